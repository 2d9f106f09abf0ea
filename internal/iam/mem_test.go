package iam

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// memStore is the part of a meta.Store that this room uses, in memory: quick enough for thousands of random histories. It refuses
// foreign routes as engines do.
type memStore struct {
	mu    sync.RWMutex
	parts map[meta.Partition]*memPart
}

type memPart struct {
	rows   map[meta.Kind]map[string]memRow // by position
	counts map[meta.Counter]int64
	queue  [][]byte // the only one there is
}

type memRow struct {
	route, tail string
	value       []byte
}

func newMemStore() *memStore { return &memStore{parts: map[meta.Partition]*memPart{}} }

func (s *memStore) View(ctx context.Context, p meta.Partition, fn func(meta.Reader) error) error {
	if ctx.Err() != nil {
		return errs.New(errs.Canceled, "", "").Because(ctx.Err())
	}
	if err := meta.CheckPartition(p); err != nil {
		return err
	}
	return fn(memReader{s, p})
}

func (s *memStore) Update(ctx context.Context, p meta.Partition, r meta.Route, fn func(meta.Tx) error) error {
	if ctx.Err() != nil {
		return errs.New(errs.Canceled, "", "").Because(ctx.Err())
	}
	if err := meta.CheckPartition(p); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	part := s.parts[p]
	if part == nil {
		part = &memPart{rows: map[meta.Kind]map[string]memRow{}, counts: map[meta.Counter]int64{}}
		s.parts[p] = part
	}
	tx := &memTx{part: part, route: r, written: map[meta.Key][]byte{}, added: map[meta.Counter]int64{}}
	if err := fn(tx); err != nil {
		return err
	}
	for k, v := range tx.written {
		at := string(meta.At(k.Route, k.Tail))
		if part.rows[k.Kind] == nil {
			part.rows[k.Kind] = map[string]memRow{}
		}
		if v == nil {
			delete(part.rows[k.Kind], at)
		} else {
			part.rows[k.Kind][at] = memRow{string(k.Route), k.Tail, v}
		}
	}
	part.queue = append(part.queue, tx.queued...)
	for c, n := range tx.added {
		part.counts[c] += n
	}
	return nil
}

type memTx struct {
	part    *memPart
	route   meta.Route
	written map[meta.Key][]byte
	added   map[meta.Counter]int64
	queued  [][]byte
}

func (t *memTx) Get(k meta.Key) ([]byte, error) {
	if err := meta.CheckOwn(t.route, k); err != nil {
		return nil, err
	}
	if v, ok := t.written[k]; ok {
		if v == nil {
			return nil, errs.NotFound
		}
		return v, nil
	}
	return t.part.get(k)
}

func (p *memPart) get(k meta.Key) ([]byte, error) {
	if row, ok := p.rows[k.Kind][string(meta.At(k.Route, k.Tail))]; ok {
		return bytes.Clone(row.value), nil
	}
	return nil, errs.NotFound
}

func (t *memTx) Put(k meta.Key, v []byte) error {
	if err := meta.CheckOwn(t.route, k); err != nil {
		return err
	}
	t.written[k] = bytes.Clone(v)
	return nil
}

func (t *memTx) Delete(k meta.Key) error {
	if err := meta.CheckOwn(t.route, k); err != nil {
		return err
	}
	t.written[k] = nil
	return nil
}

func (t *memTx) Add(c meta.Counter, n int64)                          { t.added[c] += n }
func (t *memTx) Append(_ meta.Queue, row []byte)                      { t.queued = append(t.queued, row) }
func (s *memStore) Close() error                                      { return nil }
func (s *memStore) Limits() meta.Limits                               { return meta.Limits{} }
func (s *memStore) Drop(context.Context, meta.Partition) error        { panic("not used") }
func (s *memStore) Fence(context.Context, meta.Partition, bool) error { panic("not used") }
func (s *memStore) Trim(context.Context, meta.Partition, meta.Queue, uint64) error {
	panic("not used")
}

func (s *memStore) Partitions(_ context.Context, prefix, cursor meta.Partition, most int) ([]meta.Partition, meta.Partition, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []meta.Partition
	for p := range s.parts {
		if strings.HasPrefix(string(p), string(prefix)) && p > cursor {
			all = append(all, p)
		}
	}
	slices.Sort(all)
	if len(all) > most {
		return all[:most], all[most-1], nil
	}
	return all, "", nil
}

type memReader struct {
	s *memStore
	p meta.Partition
}

func (r memReader) Get(k meta.Key) ([]byte, error) {
	r.s.mu.RLock()
	defer r.s.mu.RUnlock()
	if part := r.s.parts[r.p]; part != nil {
		return part.get(k)
	}
	return nil, errs.NotFound
}

func (r memReader) Append(to []byte, k meta.Key) ([]byte, error) {
	value, err := r.Get(k)
	return append(to, value...), err
}

// Scan stops after three rows, so that whoever does not go on is found out.
func (r memReader) Scan(k meta.Kind, from, to []byte, _ meta.Budget, visit meta.Visit) ([]byte, error) {
	r.s.mu.RLock()
	var at []string
	rows := map[string]memRow{}
	if part := r.s.parts[r.p]; part != nil {
		for pos, row := range part.rows[k] {
			if pos >= string(from) && (to == nil || pos < string(to)) {
				at, rows[pos] = append(at, pos), row
			}
		}
	}
	r.s.mu.RUnlock()
	slices.Sort(at)
	for i, pos := range at {
		if i == 3 {
			return []byte(pos), nil
		}
		row := rows[pos]
		if _, err := visit([]byte(row.route), []byte(row.tail), bytes.Clone(row.value)); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (r memReader) Count(c meta.Counter) (int64, error) {
	r.s.mu.RLock()
	defer r.s.mu.RUnlock()
	if part := r.s.parts[r.p]; part != nil {
		return part.counts[c], nil
	}
	return 0, nil
}

func (r memReader) Queue(_ meta.Queue, after uint64, most int, visit func(uint64, []byte) error) error {
	r.s.mu.RLock()
	defer r.s.mu.RUnlock()
	if part := r.s.parts[r.p]; part != nil {
		for n := after; n < min(uint64(len(part.queue)), after+uint64(most)); n++ {
			if err := visit(n+1, part.queue[n]); err != nil {
				return err
			}
		}
	}
	return nil
}

// counting counts reads of a store.
type counting struct {
	meta.Store
	reads *int
}

func (c *counting) View(ctx context.Context, p meta.Partition, fn func(meta.Reader) error) error {
	*c.reads++
	return c.Store.View(ctx, p, fn)
}

// counterFunc is a BucketCounter.
type counterFunc func() int

func (f counterFunc) CountBuckets(context.Context, ident.ContractID, ident.UserID) (int, error) {
	return f(), nil
}
