package fault

import (
	"context"

	"coffer/internal/meta"
)

// Meta wraps a meta.Store by a plan. Every method is a call, and so is each read of a Reader and each Get of a Tx. A lost
// answer of an update means: it committed, and its caller gets errs.Unavailable.
func Meta(inner meta.Store, plan *Plan) meta.Store { return &metaStore{inner: inner, plan: plan} }

type metaStore struct {
	inner meta.Store
	plan  *Plan
}

func (s *metaStore) View(ctx context.Context, p meta.Partition, fn func(meta.Reader) error) error {
	return s.plan.Do("meta.View", string(p), func() error {
		return s.inner.View(ctx, p, func(r meta.Reader) error {
			return fn(&metaReader{inner: r, plan: s.plan, partition: string(p)})
		})
	})
}

func (s *metaStore) Update(ctx context.Context, p meta.Partition, r meta.Route, fn func(meta.Tx) error) error {
	return s.plan.Do("meta.Update", string(p), func() error {
		return s.inner.Update(ctx, p, r, func(tx meta.Tx) error {
			return fn(&metaTx{Tx: tx, plan: s.plan, partition: string(p)})
		})
	})
}

func (s *metaStore) Fence(ctx context.Context, p meta.Partition, closed bool) error {
	return s.plan.Do("meta.Fence", string(p), func() error { return s.inner.Fence(ctx, p, closed) })
}

func (s *metaStore) Drop(ctx context.Context, p meta.Partition) error {
	return s.plan.Do("meta.Drop", string(p), func() error { return s.inner.Drop(ctx, p) })
}

func (s *metaStore) Trim(ctx context.Context, p meta.Partition, q meta.Queue, upTo uint64) error {
	return s.plan.Do("meta.Trim", string(p), func() error { return s.inner.Trim(ctx, p, q, upTo) })
}

func (s *metaStore) Partitions(ctx context.Context, prefix, cursor meta.Partition, max int) ([]meta.Partition, meta.Partition, error) {
	var list []meta.Partition
	var next meta.Partition
	err := s.plan.Do("meta.Partitions", string(prefix), func() (err error) {
		list, next, err = s.inner.Partitions(ctx, prefix, cursor, max)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return list, next, nil
}

// Limits and Close are never failed: the first does no I/O, and a test must be able to end its stores.
func (s *metaStore) Limits() meta.Limits { return s.inner.Limits() }
func (s *metaStore) Close() error        { return s.inner.Close() }

type metaReader struct {
	inner     meta.Reader
	plan      *Plan
	partition string
}

func (r *metaReader) Get(k meta.Key) ([]byte, error) { return r.Append(nil, k) }

// Append counts as a Get: a caller that keeps a buffer meets the same faults.
func (r *metaReader) Append(to []byte, k meta.Key) ([]byte, error) {
	with := to
	err := r.plan.Do("meta.Reader.Get", r.partition, func() (err error) {
		with, err = r.inner.Append(to, k)
		return err
	})
	if err != nil {
		return to, err
	}
	return with, nil
}

func (r *metaReader) Scan(k meta.Kind, from, to []byte, b meta.Budget, visit meta.Visit) ([]byte, error) {
	var next []byte
	err := r.plan.Do("meta.Reader.Scan", r.partition, func() (err error) {
		next, err = r.inner.Scan(k, from, to, b, visit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return next, nil
}

func (r *metaReader) Count(c meta.Counter) (int64, error) {
	var n int64
	err := r.plan.Do("meta.Reader.Count", r.partition, func() (err error) {
		n, err = r.inner.Count(c)
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

func (r *metaReader) Queue(q meta.Queue, after uint64, max int, visit func(n uint64, row []byte) error) error {
	return r.plan.Do("meta.Reader.Queue", r.partition, func() error { return r.inner.Queue(q, after, max, visit) })
}

type metaTx struct {
	meta.Tx
	plan      *Plan
	partition string
}

func (t *metaTx) Get(k meta.Key) ([]byte, error) {
	var value []byte
	err := t.plan.Do("meta.Tx.Get", t.partition, func() (err error) {
		value, err = t.Tx.Get(k)
		return err
	})
	if err != nil {
		return nil, err
	}
	return value, nil
}
