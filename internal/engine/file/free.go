package file

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"sync"

	"coffer/internal/blob"
	"coffer/internal/errs"
)

// freeState is what the store knows in memory of the records of one segment. It is lost with the handle, which stays as long as
// a record is pinned.
type freeState struct {
	mu     sync.Mutex
	pins   map[int64]int // readers of the record at an offset
	doomed map[int64]ref // deleted while it was read: the last reader frees it
	freed  []uint64      // a bit for each place whose record was freed while this handle was open: not to be opened again
	syncs  group

	reaping sync.Mutex
	first   int64 // where the first data lay when that was last looked up, perhaps amid a record being punched; 0 before
}

// isFreed reports whether the record at off was freed. The caller holds mu.
func (f *freeState) isFreed(off int64) bool {
	i := off / alignBytes
	return i/64 < int64(len(f.freed)) && f.freed[i/64]>>(i%64)&1 != 0
}

// setFreed says whether the record at off was freed. The caller holds mu.
func (f *freeState) setFreed(off int64, freed bool) {
	i := off / alignBytes
	for int64(len(f.freed)) <= i/64 {
		f.freed = append(f.freed, 0)
	}
	f.freed[i/64] &^= 1 << (i % 64)
	if freed {
		f.freed[i/64] |= 1 << (i % 64)
	}
}

// pin holds a record for a reader. It reports false when the record was deleted.
func (h *handle) pin(off int64) bool {
	h.frees.mu.Lock()
	defer h.frees.mu.Unlock()
	if _, doomed := h.frees.doomed[off]; doomed || h.frees.isFreed(off) {
		return false
	}
	if h.frees.pins == nil {
		h.frees.pins = make(map[int64]int)
	}
	h.frees.pins[off]++
	return true
}

// unpin ends a reader's hold. It returns the record when it is now to be freed.
func (h *handle) unpin(off int64) (r ref, free bool) {
	h.frees.mu.Lock()
	defer h.frees.mu.Unlock()
	if h.frees.pins[off]--; h.frees.pins[off] > 0 {
		return r, false
	}
	delete(h.frees.pins, off)
	if r, free = h.frees.doomed[off]; free {
		delete(h.frees.doomed, off)
		h.frees.setFreed(off, true)
	}
	return r, free
}

// doom chooses of the records to delete those that nobody reads, and marks them freed.
func (h *handle) doom(list []ref) []ref {
	h.frees.mu.Lock()
	defer h.frees.mu.Unlock()
	idle := list[:0:0]
	for _, r := range list {
		switch {
		case h.frees.isFreed(r.off):
		case h.frees.pins[r.off] > 0:
			if h.frees.doomed == nil {
				h.frees.doomed = make(map[int64]ref)
			}
			h.frees.doomed[r.off] = r
		default:
			h.frees.setFreed(r.off, true)
			idle = append(idle, r)
		}
	}
	return idle
}

// undo forgets that records were freed, so that their deletion can be repeated.
func (h *handle) undo(list []ref) {
	h.frees.mu.Lock()
	defer h.frees.mu.Unlock()
	for _, r := range list {
		h.frees.setFreed(r.off, false)
	}
}

// Delete implements blob.Store. A blob that is being read is freed when its last reader closes; if the process ends before, it
// is still there afterwards, for collection to find.
func (s *Store) Delete(ctx context.Context, refs []blob.Ref) error {
	list := make([]ref, len(refs))
	for i, name := range refs {
		r, err := parseRef(name)
		if err != nil {
			return errs.Wrap("file.Delete", err)
		}
		list[i] = r
	}
	slices.SortFunc(list, func(a, b ref) int {
		return cmp.Or(cmp.Compare(a.session, b.session), cmp.Compare(a.home, b.home), cmp.Compare(a.number, b.number),
			cmp.Compare(a.off, b.off))
	})
	if err := s.writable(); err != nil {
		return errs.Wrap("file.Delete", err)
	}
	defer s.leave()
	for len(list) > 0 {
		if err := canceled(ctx); err != nil {
			return errs.Wrap("file.Delete", err)
		}
		n := 1
		same := func(a, b ref) bool { return a.fileID == b.fileID }
		free := s.freeRecords
		if list[0].home == homeFile {
			same = func(a, b ref) bool { return a.home == b.home && s.folder(a.fileID) == s.folder(b.fileID) }
			free = s.freeFiles
		}
		for n < len(list) && same(list[0], list[n]) {
			n++
		}
		if err := free(list[:n]); err != nil {
			return errs.Wrap("file.Delete", ioError(err))
		}
		list = list[n:]
	}
	return nil
}

// freeFiles removes files of one folder. Who reads them keeps their bytes.
func (s *Store) freeFiles(list []ref) error {
	dir := s.folder(list[0].fileID)
	for _, r := range list {
		if err := s.o.FS.Remove(s.path(r.fileID)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		s.cache.drop(r.fileID)
	}
	if err := s.dirs.syncGone(dir); err != nil {
		return err
	}
	if list[0].session != s.session { // writers of the running session may be about to use its folders
		s.dirs.prune(dir)
	}
	return nil
}

// freeRecords frees records of one segment.
func (s *Store) freeRecords(list []ref) error {
	h, err := s.cache.acquire(list[0].fileID)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer s.cache.release(h)
	idle := h.doom(list)
	if len(idle) == 0 {
		return nil
	}
	if err := s.punchAll(h, idle); err != nil {
		h.undo(idle)
		return err
	}
	return s.reap(h, idle)
}

// punchAll gives back the room of records, durably. Only a record that still carries its own header is touched.
func (s *Store) punchAll(h *handle, list []ref) error {
	n, err := s.segmentNonce(h)
	if err != nil {
		return err
	}
	b := make([]byte, headFixed+maxPartition+maxRoute)
	for _, r := range list {
		got, err := h.f.ReadAt(b[:r.head], nil, r.off)
		if err != nil {
			return err
		}
		head, err := parseHeader(b[:got])
		if err != nil || head.nonce != n || head.ref() != r {
			if !zero(b[:got]) {
				s.o.Logger.Error("a blob to delete has a damaged header: its room stays taken", "path", s.path(r.fileID), "offset", r.off)
			}
			continue
		}
		if err := punchOrClear(h.f, r.off, r.length()); err != nil {
			return err
		}
	}
	return h.frees.syncs.wait(func() error { return s.syncFile(h.f) })
}

// punchOrClear punches a hole, or writes zeros where the file system has no holes.
func punchOrClear(f File, off, n int64) error {
	err := f.Punch(off, n)
	if !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	zeros := make([]byte, min(n, readBytes))
	for ; n > 0; off, n = off+int64(len(zeros)), n-int64(len(zeros)) {
		if err := f.WriteAt([][]byte{zeros[:min(n, int64(len(zeros)))]}, off); err != nil {
			return err
		}
	}
	return nil
}

func zero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// segmentNonce reads the nonce of a segment, or fails with errs.Corrupt.
func (s *Store) segmentNonce(h *handle) (nonce, error) {
	b := make([]byte, headFixed)
	got, err := h.f.ReadAt(b, nil, 0)
	if err != nil {
		return nonce{}, err
	}
	n, err := parseSegmentHead(b[:got], h.id)
	if err != nil {
		return n, errs.New(errs.Corrupt, "", "a segment has a damaged header").On(errs.Subject(s.path(h.id)))
	}
	return n, nil
}

// reapID is reap for a segment that the caller does not hold.
func (s *Store) reapID(id fileID) error {
	h, err := s.cache.acquire(id)
	if err != nil {
		return err
	}
	defer s.cache.release(h)
	return s.reap(h, nil)
}

// reap removes a segment that gets no more records and holds no data: not even what can't be read, which is never hidden. freed
// are records punched just before: nothing else can have emptied a segment whose first data is known.
func (s *Store) reap(h *handle, freed []ref) error {
	if s.packer.isOpen(h.id) {
		return nil
	}
	h.frees.reaping.Lock()
	defer h.frees.reaping.Unlock()
	known := h.frees.first
	covers := func(r ref) bool { return r.off <= known && known < r.off+r.length() }
	if known > 0 && !slices.ContainsFunc(freed, covers) {
		return nil
	}
	first, err := firstData(h.f, max(known, alignBytes))
	if err == nil {
		h.frees.first = first
	}
	if err != io.EOF {
		return err
	}
	if err := s.o.FS.Remove(s.path(h.id)); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	s.cache.drop(h.id)
	if err := s.dirs.syncGone(s.folder(h.id)); err != nil {
		return err
	}
	if h.id.session != s.session {
		s.dirs.prune(s.folder(h.id))
	}
	return nil
}

// firstData returns the first block from off on that is not all zeros, or io.EOF.
func firstData(f File, off int64) (int64, error) {
	b := make([]byte, 4*alignBytes)
	for {
		next, err := f.NextData(off)
		if err != nil {
			return off, err
		}
		off = next / alignBytes * alignBytes
		n, err := f.ReadAt(b, nil, off)
		if err != nil {
			return off, err
		}
		if n == 0 {
			return off, io.EOF
		}
		for at := 0; at < n; at += alignBytes {
			if !zero(b[at:min(at+alignBytes, n)]) {
				return off + int64(at), nil
			}
		}
		off += int64(n)
	}
}
