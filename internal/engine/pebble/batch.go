package pebble

import (
	"bytes"
	"hash/maphash"

	"github.com/cockroachdb/pebble/v2"

	"coffer/internal/errs"
	"coffer/internal/meta"
)

// Bounds of a batch: updates that one commit takes, and bytes after which it takes no more.
const (
	batchUpdates = 128
	batchBytes   = 4 << 20
	keptArena    = 256 << 10 // bytes of keys a pooled batch keeps
	indexSlots   = 1024
)

// batch is what the updates of one commit have written so far. It is an overlay over the committed rows: updates run one after
// the other, each sees those before it, and one that fails is taken back alone. It is used by one goroutine.
type batch struct {
	part     *part
	requests []*request
	before   *pebble.Iterator // the rows before the batch; nil: not needed yet
	arena    []byte           // encoded keys
	writes   []write
	index    [indexSlots]int32 // 1 + the newest write of a slot; 0: none
	adds     []add
	sums     []add
	number   uint64 // the last number given to a queue's row
	bytes    int
	fence    fence
}

// write is one row set or deleted. All of its bytes stay as they are until the commit ended.
type write struct {
	key     []byte
	value   []byte // nil: deleted
	end     []byte // not nil: every key from key to end, exclusive, is deleted
	hash    uint64
	earlier int32 // 1 + the write before it in its slot
}

type add struct {
	counter meta.Counter
	delta   int64
}

// mark is a state of the batch to go back to.
type mark struct {
	arena, writes, adds int
	bytes               int
	number              uint64
	fence               fence
}

func (b *batch) mark() mark {
	return mark{len(b.arena), len(b.writes), len(b.adds), b.bytes, b.number, b.fence}
}

// undo takes back everything since m.
func (b *batch) undo(m mark) {
	for i := len(b.writes) - 1; i >= m.writes; i-- {
		w := &b.writes[i]
		b.index[w.hash%indexSlots] = w.earlier
		*w = write{}
	}
	b.arena, b.writes, b.adds = b.arena[:m.arena], b.writes[:m.writes], b.adds[:m.adds]
	b.bytes, b.number, b.fence = m.bytes, m.number, m.fence
}

// reset lets go of everything, so that the batch can be used again.
func (b *batch) reset() {
	b.undo(mark{})
	if b.before != nil {
		b.part.store.discard(b.before)
		b.before = nil
	}
	clear(b.requests)
	b.requests, b.sums, b.part = b.requests[:0], b.sums[:0], nil
	if cap(b.arena) > keptArena {
		b.arena = nil
	}
}

// key returns the arena's newest key, begun at start.
func (b *batch) key(start int) []byte { return b.arena[start:len(b.arena):len(b.arena)] }

func (b *batch) rowKey(k meta.Key) []byte {
	start := len(b.arena)
	b.arena = appendRow(b.arena, b.part.prefix, k)
	return b.key(start)
}

// set keeps a row to be written; the value nil deletes it.
func (b *batch) set(key, value []byte) {
	h := maphash.Bytes(b.part.store.seed, key)
	slot := &b.index[h%indexSlots]
	b.writes = append(b.writes, write{key: key, value: value, hash: h, earlier: *slot})
	*slot = int32(len(b.writes))
	b.bytes += len(key) + len(value)
}

// drop deletes the whole partition, whatever the batch wrote before.
func (b *batch) drop() {
	b.set(b.part.prefix, nil)
	b.writes[len(b.writes)-1].end = endOf(b.part.name)
	b.adds, b.number = b.adds[:0], b.part.number
}

// find returns the newest write of a key in this batch.
func (b *batch) find(key []byte) (value []byte, found bool) {
	h := maphash.Bytes(b.part.store.seed, key)
	for i := b.index[h%indexSlots]; i != 0; i = b.writes[i-1].earlier {
		if w := &b.writes[i-1]; w.hash == h && bytes.Equal(w.key, key) {
			return w.value, true
		}
	}
	return nil, false
}

// rows returns an iterator over the rows before the batch. One serves all reads of the batch and, while it commits, the readers.
func (b *batch) rows() (*pebble.Iterator, error) {
	if b.before != nil {
		return b.before, nil
	}
	// Most updates ask whether a key that is new exists; a filter on every level answers that without reading a block.
	it, err := b.part.store.db.NewIter(&pebble.IterOptions{UseL6Filters: true})
	if err != nil {
		return nil, readError(err)
	}
	b.before = it
	return it, nil
}

// get returns a copy of a row as the next update sees it.
func (b *batch) get(key []byte) ([]byte, error) {
	value, found := b.find(key)
	switch {
	case !found:
		it, err := b.rows()
		if err != nil {
			return nil, err
		}
		return readAt(nil, it, key)
	case value == nil:
		return nil, errs.NotFound
	}
	return bytes.Clone(value), nil
}

func (b *batch) append(q meta.Queue, row []byte) {
	b.number++
	start := len(b.arena)
	b.arena = appendQueue(b.arena, b.part.prefix, q, b.number)
	b.set(b.key(start), row)
}

// finish turns what was added to counters and queues into rows.
func (b *batch) finish() error {
	for _, a := range b.adds {
		b.sum(a)
	}
	for i := range b.sums {
		a := &b.sums[i]
		before, err := b.part.count(a.counter)
		if err != nil {
			return err
		}
		a.delta += before
		start := len(b.arena)
		b.arena = appendCounter(b.arena, b.part.prefix, a.counter)
		b.setNumber(b.key(start), a.delta)
	}
	if b.number != b.part.number {
		start := len(b.arena)
		b.arena = appendLastNumber(b.arena, b.part.prefix)
		b.setNumber(b.key(start), int64(b.number))
	}
	return nil
}

func (b *batch) sum(a add) {
	for i := range b.sums {
		if b.sums[i].counter == a.counter {
			b.sums[i].delta += a.delta
			return
		}
	}
	b.sums = append(b.sums, a)
}

func (b *batch) setNumber(key []byte, n int64) {
	start := len(b.arena)
	b.arena = appendNumber(b.arena, n)
	b.set(key, b.key(start))
}

func (b *batch) empty() bool { return len(b.writes) == 0 && len(b.adds) == 0 }

// commit makes what the batch holds durable and visible. After an error the store is read-only and nothing of it is ever visible.
func (b *batch) commit() (err error) {
	if b.empty() {
		return nil
	}
	s, p := b.part.store, b.part
	if err := b.finish(); err != nil {
		return err
	}
	it, err := b.rows()
	if err != nil {
		return err
	}
	f := p.begin(it)
	b.before = nil
	if err := s.write(b); err != nil {
		return err // the flight goes on: readers never see what may not be durable
	}
	p.fence, p.number = b.fence, b.number
	for _, a := range b.sums {
		p.counters[a.counter] = a.delta
	}
	if p.fence == fenceDropped {
		clear(p.counters)
	}
	p.end(f)
	s.stats.commits.Add(1)
	s.stats.commitBytes.Add(int64(b.bytes))
	return nil
}

// write hands the batch to Pebble and waits for its sync. Pebble panics or calls Fatalf where it can't go on.
func (s *Store) write(b *batch) (err error) {
	defer func() {
		if v := recover(); v != nil {
			s.health.fail(panicError(v))
		}
		if failure := s.health.failure(); failure != nil {
			err = failure
		}
	}()
	if err := s.health.failure(); err != nil {
		return err
	}
	pb := s.db.NewBatchWithSize(b.bytes + 32*len(b.writes) + 256)
	for i := range b.writes {
		w := &b.writes[i]
		switch {
		case w.end != nil:
			err = pb.DeleteRange(w.key, w.end, nil)
		case w.value == nil:
			err = pb.Delete(w.key, nil)
		default:
			err = pb.Set(w.key, w.value, nil)
		}
		if err != nil {
			return errs.Fault("pebble.Update", err)
		}
	}
	if err := pb.Commit(pebble.Sync); err != nil {
		s.health.fail(err)
		return err
	}
	return pb.Close()
}

// get reads one row of the database as the combiner sees it: visible, if not yet durable.
func (s *Store) get(to, key []byte) ([]byte, error) {
	value, closer, err := s.db.Get(key)
	if err == pebble.ErrNotFound {
		return to, errs.NotFound
	}
	if err != nil {
		return to, readError(err)
	}
	with := append(to, value...)
	if err := closer.Close(); err != nil {
		return to, readError(err)
	}
	return with, nil
}

// discard closes an iterator whose errors were seen where it was used.
func (s *Store) discard(it *pebble.Iterator) {
	if err := it.Close(); err != nil {
		s.log.Warn("pebble: an iterator ended with an error", "err", err)
	}
}

func readError(err error) error {
	if pebble.IsCorruptionError(err) {
		return &errs.Error{Op: "pebble", Kind: errs.Corrupt, Public: "a stored row failed verification", Err: err}
	}
	return &errs.Error{Op: "pebble", Kind: errs.Unavailable, Public: "a row can't be read from the disk", Err: err}
}
