package file

import (
	"encoding/binary"
	"errors"
	"io"
	"sync"

	"coffer/internal/blob"
)

// segment is a file that the running session packs blobs into. Places are given in order, written side by side, and synced
// together.
type segment struct {
	id    fileID
	f     File
	nonce nonce
	size  int64
	syncs group

	// Guarded by packer.mu.
	next int64 // the first free place
	busy int   // records placed and not yet synced
	full bool  // no more places are given
}

// packer gives places in segments to records.
type packer struct {
	s *Store

	mu     sync.Mutex
	cur    *segment // nil before the first record
	spare  *segment // made ahead of need
	making bool     // a spare is being made
	number uint64   // of the newest segment
	open   map[uint64]bool
}

// pack writes the record that fills buf up to data+size after a gap of head bytes for its header, and returns its name when it
// is durable. buf must have room for the table and the padding.
func (k *packer) pack(buf []byte, owner blob.Owner, head int, size int64) (blob.Ref, error) {
	r := ref{place: place{fileID: fileID{home: homeSegment}}, head: head, size: size}
	seg, off, err := k.take(r.length())
	if err != nil {
		return "", err
	}
	defer k.leave(seg)
	r.place = place{fileID: seg.id, off: off}
	seal(buf, header{place: r.place, size: size, nonce: seg.nonce, owner: owner}, r)
	if err := k.s.write(seg.f, buf[:r.length()], off); err != nil {
		return "", err
	}
	if err := seg.syncs.wait(func() error { return k.s.syncFile(seg.f) }); err != nil {
		return "", err
	}
	return r.encode(), nil
}

// seal completes a record around its bytes: header before, table and zeros after.
func seal(buf []byte, h header, r ref) {
	h.put(buf)
	data := buf[r.head : int64(r.head)+r.size]
	seed := r.seed()
	table := buf[len(data)+r.head:]
	for i := int64(0); i < blockCount(r.size); i++ {
		block := data[i*blockBytes : min((i+1)*blockBytes, r.size)]
		binary.LittleEndian.PutUint32(table, checksum(blockSeed(seed, i), block))
		table = table[sumBytes:]
	}
	clear(buf[int64(r.head)+r.size+blockCount(r.size)*sumBytes : r.length()])
}

// take gives a place of n bytes. The segment stays open until leave.
func (k *packer) take(n int64) (*segment, int64, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.cur == nil || k.cur.next+n > k.cur.size {
		if err := k.roll(); err != nil {
			return nil, 0, err
		}
	}
	seg := k.cur
	off := seg.next
	seg.next += n
	seg.busy++
	if seg.next > seg.size/2 && k.spare == nil && !k.making {
		k.making = true
		k.s.background.Go(k.makeSpare)
	}
	return seg, off, nil
}

// roll puts a fresh segment in the place of the current one. The caller holds mu: all who need a place wait for it anyway.
func (k *packer) roll() error {
	fresh := k.spare
	k.spare = nil
	if fresh == nil {
		var err error
		if fresh, err = k.make(k.reserve()); err != nil {
			return err
		}
	}
	old := k.cur
	k.cur = fresh
	if old != nil {
		old.full = true
		if old.busy == 0 {
			k.s.background.Go(func() { k.finish(old) })
		}
	}
	return nil
}

// leave ends a record's hold on its segment.
func (k *packer) leave(seg *segment) {
	k.mu.Lock()
	defer k.mu.Unlock()
	seg.busy--
	if seg.full && seg.busy == 0 {
		k.s.background.Go(func() { k.finish(seg) })
	}
}

// reserve takes the next number and says how long its segment is to be. The caller holds mu.
func (k *packer) reserve() (fileID, int64) {
	k.number++
	if k.open == nil {
		k.open = make(map[uint64]bool)
	}
	k.open[k.number] = true
	size := min(int64(firstSegmentBytes)<<min(k.number-1, 6), k.s.SegmentBytes)
	return fileID{k.s.session, homeSegment, k.number}, size
}

func (k *packer) makeSpare() {
	k.mu.Lock()
	id, size := k.reserve()
	k.mu.Unlock()
	seg, err := k.make(id, size)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.making = false
	switch {
	case err != nil:
		k.s.Logger.Warn("no segment could be made ahead of need", "error", err)
	case k.spare == nil:
		k.spare = seg
	default:
		k.discard(seg)
	}
}

// make makes a segment whose name, room and nonce are durable. It is shorter when the disk is nearly full.
func (k *packer) make(id fileID, size int64) (*segment, error) {
	if k.s.room(size) != nil {
		size = minSegmentBytes
		if err := k.s.room(size); err != nil {
			return nil, err
		}
	}
	seg := &segment{id: id, size: size, next: alignBytes}
	if _, err := io.ReadFull(k.s.Random, seg.nonce[:]); err != nil {
		return nil, err
	}
	if err := k.s.dirs.need(k.s.folder(id)); err != nil {
		return nil, err
	}
	f, err := k.s.FS.Create(k.s.path(id), k.s.direct)
	if err != nil {
		return nil, err
	}
	seg.f = f
	if err = f.Allocate(size); errors.Is(err, errors.ErrUnsupported) {
		err = f.Truncate(size)
	}
	if err == nil {
		head := k.s.pool.must(smallest)
		putSegmentHead(head, id, seg.nonce)
		err = k.s.write(f, head[:alignBytes], 0)
		k.s.pool.put(head)
	}
	if err == nil {
		err = k.s.syncFile(f)
	}
	if err == nil {
		err = k.s.dirs.sync(k.s.folder(id))
	}
	if err != nil {
		k.discard(seg)
		return nil, err
	}
	return seg, nil
}

// discard removes a segment that was never used.
func (k *packer) discard(seg *segment) {
	if err := errors.Join(seg.f.Close(), k.s.FS.Remove(k.s.path(seg.id))); err != nil {
		k.s.Logger.Warn("an unused segment could not be removed", "path", k.s.path(seg.id), "error", err)
	}
}

// finish closes a full segment for good: it gives back the room behind its last record, and all of it when every blob is gone.
func (k *packer) finish(seg *segment) {
	err := errors.Join(seg.f.Truncate(seg.next), seg.f.Close())
	k.mu.Lock()
	delete(k.open, seg.id.number)
	k.mu.Unlock()
	if err == nil {
		err = k.s.reapID(seg.id)
	}
	if err != nil {
		k.s.Logger.Warn("a full segment could not be closed", "path", k.s.path(seg.id), "error", err)
	}
}

// isOpen reports whether a segment may still get records.
func (k *packer) isOpen(id fileID) bool {
	if id.session != k.s.session {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.open[id.number]
}

// close ends packing. Nobody else uses the packer any more.
func (k *packer) close() error {
	var err error
	if k.spare != nil {
		k.discard(k.spare)
	}
	if k.cur != nil {
		err = errors.Join(k.cur.f.Truncate(k.cur.next), k.cur.f.Close())
	}
	k.spare, k.cur = nil, nil
	return err
}
