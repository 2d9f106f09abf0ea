package file

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"

	"coffer/internal/blob"
	"coffer/internal/errs"
)

// sumsKept is how many checksums a reader of a large blob keeps: those of 64 MiB of it.
const sumsKept = 1024

// fewSums is how many checksums a reader has room for by itself: those of any blob in a segment.
const fewSums = packBytes / blockBytes

// reader implements blob.Reader.
type reader struct {
	s      *Store
	h      *handle
	ref    ref
	name   blob.Ref
	closed atomic.Bool

	mu   sync.Mutex
	from int64    // the block of sums[0]
	sums []uint32 // as many as were read
	few  [fewSums]uint32
}

// Open implements blob.Store. It reads nothing: the first ReadAt tells whether the bytes are whole.
func (s *Store) Open(ctx context.Context, name blob.Ref) (blob.Reader, error) {
	r, err := s.openRef(ctx, name)
	if err != nil {
		return nil, errs.Wrap("file.Open", err)
	}
	return r, nil
}

func (s *Store) openRef(ctx context.Context, name blob.Ref) (*reader, error) {
	r, err := parseRef(name)
	if err != nil {
		return nil, err
	}
	if err := canceled(ctx); err != nil {
		return nil, err
	}
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	h, err := s.cache.acquire(r.fileID)
	if err != nil {
		return nil, ioError(err)
	}
	if r.home == homeSegment && !h.pin(r.off) {
		s.cache.release(h)
		return nil, errNoBlob()
	}
	return &reader{s: s, h: h, ref: r, name: name}, nil
}

func (r *reader) Size() int64 { return r.ref.size }

// Close ends the reader. It frees the blob when that was deleted meanwhile and this was its last reader.
func (r *reader) Close() error {
	if r.closed.Swap(true) {
		return nil
	}
	defer r.s.cache.release(r.h)
	if r.ref.home != homeSegment {
		return nil
	}
	gone, free := r.h.unpin(r.ref.off)
	if !free || r.s.writable() != nil {
		return nil
	}
	defer r.s.leave()
	freed := []ref{gone}
	err := r.s.punchAll(r.h, freed)
	if err == nil {
		err = r.s.reap(r.h, freed)
	}
	if err != nil {
		r.s.o.Logger.Warn("the room of a deleted blob could not be given back", "ref", r.name, "error", err)
	}
	return nil
}

// ReadAt implements blob.Reader. Ranges of whole blocks go straight into p.
func (r *reader) ReadAt(ctx context.Context, p []byte, off int64) error {
	if off < 0 || off > r.ref.size || int64(len(p)) > r.ref.size-off {
		return errs.Wrap("file.ReadAt", errs.New(errs.Invalid, "", fmt.Sprintf("%d bytes at %d lie outside the blob of %d", len(p),
			off, r.ref.size)))
	}
	if err := r.s.enter(); err != nil {
		return errs.Wrap("file.ReadAt", err)
	}
	defer r.s.leave()
	if r.closed.Load() {
		return errs.Wrap("file.ReadAt", errs.New(errs.Invalid, "", "the reader is closed"))
	}
	for len(p) > 0 {
		n, err := r.readSpan(ctx, p, off)
		if err != nil {
			return errs.Wrap("file.ReadAt", ioError(err))
		}
		p, off = p[n:], off+int64(n)
	}
	return nil
}

// readSpan fills the front of p from off, as far as one read reaches, and returns how much that is.
func (r *reader) readSpan(ctx context.Context, p []byte, off int64) (int, error) {
	if err := canceled(ctx); err != nil {
		return 0, err
	}
	select {
	case r.s.reads <- struct{}{}:
	case <-ctx.Done():
		return 0, canceled(ctx)
	}
	defer func() { <-r.s.reads }()
	begin := off / blockBytes * blockBytes
	end := min(begin+readBytes, r.ref.size)
	if want := off + int64(len(p)); want < end {
		end = min((want+blockBytes-1)/blockBytes*blockBytes, r.ref.size)
	}
	if begin == off && end-begin <= int64(len(p)) {
		return int(end - begin), r.readBlocks(p[:end-begin], begin)
	}
	b := r.s.pool.must(classFor(int(end - begin)))
	defer r.s.pool.put(b)
	if err := r.readBlocks(b[:end-begin], begin); err != nil {
		return 0, err
	}
	return copy(p, b[off-begin:end-begin]), nil
}

// readBlocks fills b with whole blocks from off and verifies them.
func (r *reader) readBlocks(b []byte, off int64) error {
	first, count := off/blockBytes, blockCount(int64(len(b)))
	var want [readBytes / blockBytes]uint32
	known, err := r.known(want[:count], first)
	if err != nil {
		return err
	}
	var table []byte
	if !known { // the blocks reach the end, where the table begins: one read gets both
		table = make([]byte, count*sumBytes)
	}
	n, err := r.h.f.ReadAt(b, table, r.ref.data()+off)
	if err != nil {
		return err
	}
	if n < len(b)+len(table) {
		return r.corrupt("the file ends too early")
	}
	seed := r.ref.blob().seed()
	for i := range count {
		if !known {
			want[i] = binary.LittleEndian.Uint32(table[i*sumBytes:])
		}
		block := b[i*blockBytes : min((i+1)*blockBytes, int64(len(b)))]
		if checksum(blockSeed(seed, first+i), block) != want[i] {
			return r.corrupt(fmt.Sprintf("block %d does not match its checksum", first+i))
		}
	}
	return nil
}

// known gets the checksums of blocks from first on, reading the table when they are not at hand. It reports false when the
// blocks are all that the blob has: then they are best read together with the table.
func (r *reader) known(want []uint32, first int64) (bool, error) {
	total := blockCount(r.ref.size)
	if first == 0 && int64(len(want)) == total {
		return false, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if first < r.from || first+int64(len(want)) > r.from+int64(len(r.sums)) {
		if err := r.readSums(first, total); err != nil {
			return false, err
		}
	}
	copy(want, r.sums[first-r.from:])
	return true, nil
}

// readSums reads the part of the table that begins with block first.
func (r *reader) readSums(first, total int64) error {
	count := min(total-first, sumsKept)
	if total <= fewSums {
		first, count = 0, total
	}
	b := make([]byte, count*sumBytes)
	n, err := r.h.f.ReadAt(b, nil, r.ref.data()+r.ref.size+first*sumBytes)
	if err != nil {
		return err
	}
	if n < len(b) {
		return r.corrupt("the table of checksums is cut short")
	}
	if r.sums = r.few[:0]; count > fewSums {
		r.sums = make([]uint32, 0, count)
	}
	for ; len(b) > 0; b = b[sumBytes:] {
		r.sums = append(r.sums, binary.LittleEndian.Uint32(b))
	}
	r.from = first
	return nil
}

func (r *reader) corrupt(why string) error {
	return errs.New(errs.Corrupt, "", "stored bytes are damaged").On(errs.Subject(r.name)).Because(fmt.Errorf("%s at %d: %s",
		r.s.path(r.ref.fileID), r.ref.off, why))
}
