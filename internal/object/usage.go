package object

import (
	"context"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// Held is what a bucket holds.
type Held struct {
	Objects   int64 // current objects
	Versions  int64 // all versions that are objects
	Bytes     int64 // content bytes of all versions
	PartBytes int64 // content bytes of parts of uploads under way
}

// Held reads what a bucket holds, from the counters that change in the update of the row they count.
func (s *Service) Held(ctx context.Context, b *Bucket) (Held, error) {
	var h Held
	err := s.meta.View(ctx, b.partition(), func(r meta.Reader) error {
		for c, n := range map[meta.Counter]*int64{countObjects: &h.Objects, countVersions: &h.Versions, countBytes: &h.Bytes, countPartBytes: &h.PartBytes} {
			v, err := r.Count(c)
			if err != nil {
				return err
			}
			*n = v
		}
		return nil
	})
	return h, errs.Wrap("object.Held", err)
}

// EachBucket visits every bucket of a contract, whoever owns it.
func (s *Service) EachBucket(ctx context.Context, c ident.ContractID, visit func(*Bucket) error) error {
	var all []*Bucket
	err := s.meta.View(ctx, contractPartition(c), func(r meta.Reader) error {
		return scanAll(r, kindOwned, nil, nil, func(_, _, value []byte) error {
			b, err := decodeBucket(value)
			all = append(all, b)
			return err
		})
	})
	for i := 0; err == nil && i < len(all); i++ {
		err = visit(all[i])
	}
	return errs.Wrap("object.EachBucket", err)
}
