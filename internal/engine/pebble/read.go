package pebble

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"

	"github.com/cockroachdb/pebble/v2"

	"coffer/internal/errs"
	"coffer/internal/meta"
)

// defaultBudget is the number of rows that a scan without a budget steps over, deleted ones included.
const defaultBudget = 1 << 20

// checkEvery is the number of rows between two looks at what a scan cost and whether its caller is still there.
const checkEvery = 64

// View calls fn with a reader of durable rows; see meta.Store.
func (s *Store) View(ctx context.Context, p meta.Partition, fn func(meta.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return canceled(err)
	}
	pt, err := s.acquire(p)
	if err != nil {
		return err
	}
	defer s.release(pt)
	r := s.readers.Get().(*reader)
	r.ctx, r.part = ctx, pt
	defer func() {
		r.ctx, r.part = nil, nil
		s.readers.Put(r)
	}()
	return fn(r)
}

// reader is the meta.Reader of one View.
type reader struct {
	ctx  context.Context
	part *part
	key  []byte // scratch of Get and Count
}

func (r *reader) check() error {
	if r.part == nil {
		return errs.Fault("pebble.View", errors.New("a reader is used after its function returned"))
	}
	if err := r.ctx.Err(); err != nil {
		return canceled(err)
	}
	return nil
}

func (r *reader) Get(k meta.Key) ([]byte, error) { return r.Append(nil, k) }

func (r *reader) Append(to []byte, k meta.Key) ([]byte, error) {
	if err := r.check(); err != nil {
		return to, err
	}
	if err := r.part.store.limits.CheckKey(k); err != nil {
		return to, err
	}
	r.key = appendRow(r.key[:0], r.part.prefix, k)
	return r.part.read(to, r.key)
}

func (r *reader) Count(c meta.Counter) (int64, error) {
	if err := r.check(); err != nil {
		return 0, err
	}
	if err := meta.CheckCounter(c); err != nil {
		return 0, err
	}
	r.key = appendCounter(r.key[:0], r.part.prefix, c)
	value, err := r.part.read(nil, r.key)
	if err == errs.NotFound {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return decodeNumber(value)
}

func (r *reader) Queue(q meta.Queue, after uint64, max int, visit func(n uint64, row []byte) error) error {
	if err := r.check(); err != nil {
		return err
	}
	if err := meta.CheckQueue(q); err != nil {
		return err
	}
	if max <= 0 || after == ^uint64(0) {
		return nil
	}
	lower, upper := appendQueue(nil, r.part.prefix, q, after+1), queueEnd(r.part.prefix, q)
	it, err := r.part.iterate(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return err
	}
	err = visitQueue(it, max, visit)
	return closeIter(it, err)
}

// queueEnd returns the first key behind a queue's rows.
func queueEnd(prefix []byte, q meta.Queue) []byte {
	end := append(appendQueue(nil, prefix, q, ^uint64(0)), 0)
	return end
}

func visitQueue(it *pebble.Iterator, max int, visit func(n uint64, row []byte) error) error {
	for ok := it.First(); ok && max > 0; ok = it.Next() {
		row, err := it.ValueAndErr()
		if err != nil {
			return readError(err)
		}
		key := it.Key()
		if err := visit(binary.BigEndian.Uint64(key[len(key)-queueTail:]), row); err != nil {
			if errors.Is(err, meta.Stop) {
				return nil
			}
			return err
		}
		max--
	}
	return nil
}

// closeIter ends an iterator and returns err, or else what the iterator met.
func closeIter(it *pebble.Iterator, err error) error {
	if cerr := it.Close(); cerr != nil && err == nil {
		return readError(cerr)
	}
	return err
}

func (r *reader) Scan(k meta.Kind, from, to []byte, b meta.Budget, visit meta.Visit) ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := r.part.store.limits.CheckKey(meta.Key{Kind: k}); err != nil {
		return nil, err
	}
	if to != nil && bytes.Compare(from, to) >= 0 {
		return nil, nil
	}
	prefix := r.part.prefix
	lower := appendPosition(make([]byte, 0, len(prefix)+1+len(from)), prefix, k, from)
	var upper []byte
	if to == nil {
		upper = appendKindEnd(nil, prefix, k)
	} else {
		upper = appendPosition(make([]byte, 0, len(prefix)+1+len(to)), prefix, k, to)
	}
	it, err := r.part.iterate(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return nil, err
	}
	s := scan{ctx: r.ctx, it: it, upper: upper, head: len(prefix) + 1, budget: b.Rows, visit: visit}
	if s.budget <= 0 {
		s.budget = defaultBudget
	}
	s.gap.reset(lower)
	next, err := s.run()
	s.measure()
	if err := closeIter(it, err); err != nil {
		return nil, err
	}
	r.part.store.compact.ask(&s.gap, s.visited)
	return next, nil
}

// scan is one Scan under way.
type scan struct {
	ctx     context.Context
	it      *pebble.Iterator
	split   meta.Splitter
	upper   []byte // the first key behind the range
	head    int    // bytes of a key before the position
	visit   meta.Visit
	budget  int
	visited int
	seek    []byte // scratch
	gap     gap
}

func (s *scan) run() (next []byte, err error) {
	for ok := s.it.First(); ok; {
		if s.visited+s.gap.deleted >= s.budget {
			return bytes.Clone(s.it.Key()[s.head:]), nil
		}
		seek, err := s.row()
		if err != nil {
			if errors.Is(err, meta.Stop) {
				return nil, nil
			}
			return nil, err
		}
		s.visited++
		if s.visited%checkEvery == 0 {
			if err := s.ctx.Err(); err != nil {
				return nil, canceled(err)
			}
			s.measure()
		}
		ok = s.advance(seek)
	}
	if err := s.it.Error(); err != nil {
		return nil, readError(err)
	}
	return nil, nil
}

func (s *scan) row() (seek []byte, err error) {
	route, tail, err := s.split.Split(s.it.Key()[s.head:])
	if err != nil {
		return nil, err
	}
	value, err := s.it.ValueAndErr()
	if err != nil {
		return nil, readError(err)
	}
	return s.visit(route, tail, value)
}

// advance goes to the next row, or to the first one at or after the position seek if that lies ahead.
func (s *scan) advance(seek []byte) bool {
	key := s.it.Key()
	if seek == nil || bytes.Compare(seek, key[s.head:]) <= 0 {
		return s.it.Next()
	}
	s.seek = append(append(s.seek[:0], key[:s.head]...), seek...)
	return s.it.SeekGE(s.seek)
}
