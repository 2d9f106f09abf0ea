package object

import (
	"context"
	"errors"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/names"
)

// NewOwner is who gets a user-owned bucket.
type NewOwner struct {
	User      ident.UserID
	Canonical ident.CanonicalID
	Name      string // as listings show it
	// Recheck is called once when the bucket counts as theirs, before it is; its error ends the handover. nil: none.
	Recheck func() error
}

// HandOver makes a user-owned bucket another user's of the contract, with everything in it; what was the former owner's without being said is
// the new one's. errs.Limit where the new owner has as many buckets as may be, or no room in their quota. After a failure it is finished
// by collection, or at the next start.
//
//	intent and count with the new owner | recheck | header | name | unlisted with the former owner | listed, intent cleared
func (s *Service) HandOver(ctx context.Context, b *Bucket, to NewOwner) (*Bucket, error) {
	mu := s.stripe(b.Name)
	mu.Lock()
	defer mu.Unlock()
	now, err := s.settled(ctx, b)
	if err != nil || now.User == to.User && now.Ownership == ident.UserOwned {
		return now, err
	}
	if now.Ownership != ident.UserOwned || to.Canonical == "" {
		return nil, errs.New(errs.Invalid, "", "Only user-owned buckets are handed over, to a user who has a canonical id.")
	}
	if err := s.quota.Fits(now.Contract, to.User, []ident.BucketID{now.ID}); err != nil {
		return nil, err
	}
	next := *now
	next.User, next.Canonical, next.OwnerName = to.User, to.Canonical, to.Name
	i := &intent{step: intentMove, bucket: &next, from: now.User}
	ctx = context.WithoutCancel(ctx)
	err = s.begin(ctx, i)
	if err != nil && !uncertain(err, nil) {
		return nil, err
	}
	if refused := rechecked(to.Recheck); err == nil && refused != nil {
		return nil, errors.Join(refused, s.endMove(ctx, i, false))
	}
	if rerr := s.resumeMove(ctx, i); rerr != nil {
		s.later(i)
		return nil, errors.Join(err, rerr)
	}
	now, lerr := s.load(ctx, b.Name)
	if lerr == nil && now.User != to.User {
		return nil, err // the intent was not recorded
	}
	return now, lerr
}

// settled returns the bucket as it is, after it finished a handover that failed half way. The caller holds the name's stripe.
func (s *Service) settled(ctx context.Context, b *Bucket) (*Bucket, error) {
	now, err := s.load(ctx, b.Name)
	if err == nil && now.ID != b.ID {
		err = noSuchBucket(b.Name)
	}
	if err != nil || now.Ownership != ident.UserOwned {
		return now, err
	}
	if err := s.resumeMove(ctx, &intent{step: intentMove, bucket: now}); err != nil {
		return nil, err
	}
	return s.load(ctx, b.Name)
}

// resumeMove takes the steps that are left of a handover to the bucket's owner, if one is recorded; where the bucket is gone it takes back
// the count. The caller holds the name's stripe.
func (s *Service) resumeMove(ctx context.Context, i *intent) error {
	var value []byte
	err := s.meta.View(ctx, contractPartition(i.bucket.Contract), func(r meta.Reader) (err error) {
		value, err = r.Get(i.key())
		return err
	})
	if isNotFound(err) {
		return nil
	}
	if err == nil {
		i, err = decodeIntent(value)
	}
	if err != nil {
		return err
	}
	b, former := i.bucket, *i.bucket
	former.User = i.from
	state, err := s.stateOf(ctx, b.Name, b.ID)
	if err != nil {
		return err
	}
	there := state == names.Active
	if there {
		if err := s.moveHeader(ctx, b); err != nil {
			return err
		}
		s.buckets.Drop(b.Name)
		if err := s.names.Replace(ctx, names.Buckets, string(b.Name), former.named(), b.named()); err != nil {
			return err
		}
		if err := s.updateOwner(ctx, &former, func(tx meta.Tx) error { return s.removeListed(tx, &former) }); err != nil {
			return err
		}
		s.quota.Move(b.account())
	}
	return s.endMove(ctx, i, there)
}

// endMove clears the intent of a handover: the bucket is listed with its new owner where it was moved, and counts no more as theirs else.
func (s *Service) endMove(ctx context.Context, i *intent, moved bool) error {
	b := i.bucket
	return s.endIntent(ctx, b, i.key(), func(tx meta.Tx) error {
		if !moved {
			return s.addToCount(tx, b, -1)
		}
		return tx.Put(b.ownedKey(), b.encode(nil))
	})
}

// moveHeader writes the new owner into the bucket's header, whatever else of it changed since.
func (s *Service) moveHeader(ctx context.Context, b *Bucket) error {
	return s.updateHeld(ctx, b, "", func(tx meta.Tx) error {
		value, err := tx.Get(meta.Key{Kind: kindBucket})
		if err != nil {
			return err
		}
		now, err := decodeBucket(value)
		if err != nil {
			return err
		}
		now.User, now.Canonical, now.OwnerName = b.User, b.Canonical, b.OwnerName
		return tx.Put(meta.Key{Kind: kindBucket}, now.encode(nil))
	})
}

// removeListed removes the bucket from list and count, once.
func (s *Service) removeListed(tx meta.Tx, b *Bucket) error {
	value, err := tx.Get(b.ownedKey())
	if isNotFound(err) {
		return nil
	} else if err != nil {
		return err
	}
	listed, err := decodeBucket(value)
	if err != nil || listed.ID != b.ID {
		return err
	}
	return s.removeOwned(tx, b)
}
