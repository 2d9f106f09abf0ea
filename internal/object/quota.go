package object

import (
	"context"

	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/names"
	"coffer/internal/quota"
)

// Quotas returns the ledger of what buckets hold. Its limits are set by who keeps the quotas.
func (s *Service) Quotas() *quota.Ledger { return s.quota }

func (s *Service) newLedger() *quota.Ledger {
	return quota.New(quota.Config{
		Meta: s.meta, Log: s.log, Objects: []meta.Counter{countVersions}, Bytes: []meta.Counter{countBytes, countPartBytes},
		Buckets: func(ctx context.Context, c ident.ContractID, visit func(quota.Bucket) error) error {
			return s.EachBucket(ctx, c, func(b *Bucket) error { return visit(b.account()) })
		},
		Exists: func(ctx context.Context, b quota.Bucket) (bool, error) {
			state, err := s.stateOf(ctx, b.Name, b.ID)
			return state != 0, err
		},
	})
}

// stateOf returns the state of a bucket's name, 0 where it does not stand for the bucket.
func (s *Service) stateOf(ctx context.Context, name ident.BucketName, id ident.BucketID) (names.State, error) {
	e, err := s.names.Lookup(ctx, names.Buckets, string(name))
	if isNotFound(err) {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	known, err := decodeNamed(e.Value)
	if err != nil || known.ID != id {
		return 0, err
	}
	return e.State, nil
}

// account says where what the bucket holds is counted.
func (b *Bucket) account() quota.Bucket {
	q := quota.Bucket{ID: b.ID, Name: b.Name, Contract: b.Contract, Rows: b.partition()}
	if b.Ownership == ident.UserOwned {
		q.User = b.User
	}
	return q
}

// reserve reserves what is about to be received: size bytes, -1 where that is not known. Where there is no room and no version is kept,
// what the object replaces counts as room: the update decides exactly.
func (in *intake) reserve(ctx context.Context, t *target, size int64) error {
	want := quota.Amount{Bytes: size}
	if t.inline {
		want.Objects = 1
	}
	hold, err := in.s.quota.Hold(ctx, t.bucket.account(), want)
	if err != nil && t.inline && t.bucket.Versioning == Unversioned {
		f := in.s.borrowFind()
		defer f.release()
		if f.current(ctx, t.bucket, ident.ObjectKey(t.owner.Route)) == nil {
			hold, err = in.s.quota.Hold(ctx, t.bucket.account(), quota.Amount{Bytes: size - f.rec.size})
		}
	}
	in.hold = hold
	return err
}
