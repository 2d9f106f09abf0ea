package jobs

import (
	"context"
	"errors"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// kindNote rows ("", name) hold what a job keeps with a bucket. They lie in the bucket's partition and go with it.
const kindNote meta.Kind = 23

const noteVersion = 1

func noteAt(b ident.BucketID, name string) (meta.Partition, meta.Key) {
	return meta.Partition("b/" + string(b)), meta.Key{Kind: kindNote, Tail: name}
}

// note reads a note; nil if there is none.
func note(ctx context.Context, s meta.Store, b ident.BucketID, name string) ([]byte, error) {
	var value []byte
	p, k := noteAt(b, name)
	err := s.View(ctx, p, func(r meta.Reader) (err error) {
		value, err = r.Get(k)
		return err
	})
	if errors.Is(err, errs.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, errs.Wrap("jobs.note", err)
	}
	if len(value) == 0 || value[0] != noteVersion {
		return nil, errs.New(errs.Corrupt, "", "a job's note can't be read")
	}
	return append([]byte{}, value[1:]...), nil
}

// setNote keeps a note of at most 64 KiB.
func setNote(ctx context.Context, s meta.Store, b ident.BucketID, name string, value []byte) error {
	p, k := noteAt(b, name)
	return errs.Wrap("jobs.note", s.Update(ctx, p, "", func(tx meta.Tx) error {
		return tx.Put(k, append([]byte{noteVersion}, value...))
	}))
}
