package fault

import (
	"context"
	"fmt"

	"coffer/internal/blob"
)

// Blob wraps a blob.Store by a plan. Every method is a call, and so are Write and Commit of a Writer and ReadAt of a Reader. A
// lost answer means: of a Commit, the blob is committed and its name lost; of a Write, the bytes were taken; of a Create or
// an Open, nothing is left open.
func Blob(inner blob.Store, plan *Plan) blob.Store { return &blobStore{inner: inner, plan: plan} }

type blobStore struct {
	inner blob.Store
	plan  *Plan
}

func (s *blobStore) Create(ctx context.Context, o blob.Owner, size int64) (blob.Writer, error) {
	var w blob.Writer
	err := s.plan.Do("blob.Create", o.Partition, func() (err error) {
		w, err = s.inner.Create(ctx, o, size)
		return err
	})
	if err != nil {
		if w != nil {
			w.Abort()
		}
		return nil, err
	}
	return &blobWriter{inner: w, plan: s.plan, partition: o.Partition}, nil
}

func (s *blobStore) Open(ctx context.Context, ref blob.Ref) (blob.Reader, error) {
	var r blob.Reader
	err := s.plan.Do("blob.Open", string(ref), func() (err error) {
		r, err = s.inner.Open(ctx, ref)
		return err
	})
	if err != nil {
		if r != nil {
			_ = r.Close() // the injected failure is what the caller hears
		}
		return nil, err
	}
	return &blobReader{Reader: r, plan: s.plan, ref: string(ref)}, nil
}

func (s *blobStore) Delete(ctx context.Context, refs []blob.Ref) error {
	return s.plan.Do("blob.Delete", fmt.Sprintf("%d refs", len(refs)), func() error { return s.inner.Delete(ctx, refs) })
}

func (s *blobStore) List(ctx context.Context, first, last uint64, cursor string, max int) ([]blob.Info, string, error) {
	var list []blob.Info
	var next string
	err := s.plan.Do("blob.List", cursor, func() (err error) {
		list, next, err = s.inner.List(ctx, first, last, cursor, max)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return list, next, nil
}

// Session, Limits and Close are never failed: the first two do no I/O, and a test must be able to end its stores.
func (s *blobStore) Session() uint64     { return s.inner.Session() }
func (s *blobStore) Limits() blob.Limits { return s.inner.Limits() }
func (s *blobStore) Close() error        { return s.inner.Close() }

type blobWriter struct {
	inner     blob.Writer
	plan      *Plan
	partition string
	committed bool
}

func (w *blobWriter) Write(p []byte) (int, error) {
	n := 0
	err := w.plan.Do("blob.Writer.Write", w.partition, func() (err error) {
		n, err = w.inner.Write(p)
		return err
	})
	return n, err
}

func (w *blobWriter) Commit() (blob.Ref, error) {
	var ref blob.Ref
	err := w.plan.Do("blob.Writer.Commit", w.partition, func() (err error) {
		ref, err = w.inner.Commit()
		w.committed = err == nil
		return err
	})
	if err != nil {
		return "", err
	}
	return ref, nil
}

// Abort reaches the inner writer unless that one committed and only the answer was lost: exactly one of the two is its due.
func (w *blobWriter) Abort() {
	if !w.committed {
		w.inner.Abort()
	}
}

type blobReader struct {
	blob.Reader
	plan *Plan
	ref  string
}

func (r *blobReader) ReadAt(ctx context.Context, p []byte, off int64) error {
	return r.plan.Do("blob.Reader.ReadAt", r.ref, func() error { return r.Reader.ReadAt(ctx, p, off) })
}
