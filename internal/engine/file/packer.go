package file

import (
	"encoding/binary"
	"errors"
	"io"
	"sync"

	"coffer/internal/blob"
)

// segment is a file that the running session packs blobs into, one behind the other.
type segment struct {
	id    fileID
	f     File
	nonce nonce
	size  int64

	// Guarded by packer.mu.
	next int64 // the first free place
	busy int   // batches placed and not yet synced
	full bool  // no more places are given

	followed bool // the segment after it was asked for, once
}

// packer gives places in segments to records.
type packer struct {
	s *Store

	mu     sync.Mutex
	cur    *segment // nil before the first record
	spare  *segment // made ahead of need
	number uint64   // of the newest segment
	open   map[uint64]bool

	queue   []*record // waiting for a batch
	queued  int       // their bytes
	leading int       // batches being written
}

// How records are put together: at most maxBatch of them, and no more once batchBytes are reached. A second batch is written
// beside the first when leadBytes wait.
const (
	maxBatch   = 256
	batchBytes = 4 << 20
	maxLeaders = 2
	leadBytes  = 1 << 20
)

// record is a blob on its way into a segment: its header's room, its bytes and its table, in a buffer of aligned length.
type record struct {
	header
	seg  *segment
	buf  []byte
	turn chan []*record // says what to do: lead this batch, or with none that the record's own batch is done
	err  error
}

// seal completes a record around the size bytes that stand in buf behind a gap for the header: all but its place.
func (s *Store) seal(buf []byte, owner blob.Owner, size int64) *record {
	h := header{place: place{fileID: fileID{home: homeSegment, session: s.session}}, serial: s.records.Add(1), size: size, owner: owner}
	r := h.ref()
	data := buf[r.head : int64(r.head)+size]
	seed := r.blob().seed()
	table := buf[len(data)+r.head:]
	for i := int64(0); i < blockCount(size); i++ {
		block := data[i*blockBytes : min((i+1)*blockBytes, size)]
		binary.LittleEndian.PutUint32(table, checksum(blockSeed(seed, i), block))
		table = table[sumBytes:]
	}
	clear(buf[int64(r.head)+size+blockCount(size)*sumBytes : r.length()])
	return &record{header: h, buf: buf[:r.length()], turn: make(chan []*record, 1)}
}

// pack returns when a record is durable, and its name. Records that come while others are written and synced wait, and then go
// to the disk together: one write, one sync. The first of them does that for all, in its own goroutine.
func (k *packer) pack(r *record) (blob.Ref, error) {
	k.mu.Lock()
	k.queue = append(k.queue, r)
	k.queued += len(r.buf)
	k.lead()
	k.mu.Unlock()
	if batch := <-r.turn; batch != nil {
		err := k.write(batch)
		k.mu.Lock()
		k.leading--
		seg := batch[0].seg
		seg.busy--
		if seg.full && seg.busy == 0 {
			k.s.background.Go(func() { k.finish(seg) })
		}
		k.lead()
		k.mu.Unlock()
		r.err = err
		for _, other := range batch[1:] {
			other.err = err
			other.turn <- nil
		}
	}
	return r.ref().encode(), r.err
}

// lead gives the first who waits a batch to write, while that pays: one at a time, a second one beside it when much waits. The
// caller holds mu.
func (k *packer) lead() {
	for len(k.queue) > 0 && (k.leading == 0 || k.leading < maxLeaders && k.queued >= leadBytes) {
		batch, err := k.take()
		if err != nil {
			for _, r := range batch {
				r.err = err
				r.turn <- nil
			}
			continue
		}
		k.leading++
		batch[0].turn <- batch
	}
}

// take moves records from the queue to places in one segment. With an error none has a place. The caller holds mu.
func (k *packer) take() (batch []*record, err error) {
	if first := int64(len(k.queue[0].buf)); k.cur == nil || k.cur.next+first > k.cur.size {
		err = k.roll()
	}
	bytes := 0
	for len(k.queue) > len(batch) && len(batch) < maxBatch && (len(batch) == 0 || bytes < batchBytes) {
		r := k.queue[len(batch)]
		if err == nil {
			if k.cur.next+int64(len(r.buf)) > k.cur.size {
				break
			}
			r.place = place{k.cur.id, k.cur.next}
			r.nonce = k.cur.nonce
			r.seg = k.cur
			k.cur.next += int64(len(r.buf))
		}
		batch = append(batch, r)
		bytes += len(r.buf)
	}
	k.queue = append(k.queue[:0], k.queue[len(batch):]...)
	k.queued -= bytes
	if err != nil {
		return batch, err
	}
	k.cur.busy++
	if k.cur.next > k.cur.size/2 && !k.cur.followed {
		k.cur.followed = true
		if k.spare == nil {
			k.s.background.Go(k.makeSpare)
		}
	}
	return batch, nil
}

// write writes a batch, whose records lie one behind the other, and syncs it.
func (k *packer) write(batch []*record) error {
	buffers := make([][]byte, len(batch))
	for i, r := range batch {
		r.put(r.buf)
		buffers[i] = r.buf
	}
	seg := batch[0].seg
	if err := seg.f.WriteAt(buffers, batch[0].off); err != nil {
		return err
	}
	return k.s.syncFile(seg.f)
}

// roll puts a fresh segment in the place of the current one. The caller holds mu: all who need a place wait for it anyway.
func (k *packer) roll() error {
	fresh := k.spare
	k.spare = nil
	if fresh == nil {
		id, size := k.reserve()
		var err error
		if fresh, err = k.make(id, size); err != nil {
			delete(k.open, id.number)
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

// reserve takes the next number and says how long its segment is to be. The caller holds mu.
func (k *packer) reserve() (fileID, int64) {
	k.number++
	if k.open == nil {
		k.open = make(map[uint64]bool)
	}
	k.open[k.number] = true
	size := min(int64(firstSegmentBytes)<<min(k.number-1, 6), k.s.o.SegmentBytes)
	return fileID{k.s.session, homeSegment, k.number}, size
}

func (k *packer) makeSpare() {
	k.mu.Lock()
	id, size := k.reserve()
	k.mu.Unlock()
	seg, err := k.make(id, size)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		delete(k.open, id.number)
		k.s.o.Logger.Warn("no segment could be made ahead of need", "error", err)
		return
	}
	if k.spare != nil { // another was quicker
		delete(k.open, id.number)
		k.discard(seg)
		return
	}
	k.spare = seg
}

// make makes a segment whose name is durable; its header becomes so with the first batch. It is shorter when the disk is
// nearly full.
func (k *packer) make(id fileID, size int64) (*segment, error) {
	if k.s.room(size) != nil {
		size = minSegmentBytes
		if err := k.s.room(size); err != nil {
			return nil, err
		}
	}
	seg := &segment{id: id, size: size, next: alignBytes}
	if _, err := io.ReadFull(k.s.o.Random, seg.nonce[:]); err != nil {
		return nil, err
	}
	if err := k.s.dirs.need(k.s.folder(id)); err != nil {
		return nil, err
	}
	f, err := k.s.o.FS.Create(k.s.path(id), k.s.direct)
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
	if err := errors.Join(seg.f.Close(), k.s.o.FS.Remove(k.s.path(seg.id))); err != nil {
		k.s.o.Logger.Warn("an unused segment could not be removed", "path", k.s.path(seg.id), "error", err)
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
		k.s.o.Logger.Warn("a full segment could not be closed", "path", k.s.path(seg.id), "error", err)
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
