package iam

import (
	"context"
	"fmt"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// BucketOwner is who gets buckets.
type BucketOwner struct {
	User      ident.UserID
	Canonical ident.CanonicalID
	Name      string
	// Recheck fails where they may own buckets no longer. It is asked for each bucket once that counts as theirs.
	Recheck func() error
}

// BucketMover changes who owns buckets.
type BucketMover interface {
	// MoveBuckets hands all user-owned buckets of a user over to another of the contract and returns how many it did. It refuses before
	// the first where the new owner has no room for all of them; after a failure it may be asked again.
	MoveBuckets(ctx context.Context, c ident.ContractID, from ident.UserID, to BucketOwner) (int, error)
}

// NoCanonical is the code of the refusal to hand buckets over to somebody who has no canonical user id yet (K7).
const NoCanonical errs.Code = "NoCanonicalId"

// HandOver implements API.
func (s *Service) HandOver(ctx context.Context, a Actor, c ident.ContractID, from, to ident.UserID) (int, error) {
	_, who, err := s.about(ctx, a, authz.HandOver, c, from)
	if err != nil {
		return 0, err
	}
	switch {
	case s.cfg.Mover == nil:
		return 0, errs.New(errs.Unsupported, "", "This server hands no buckets over.")
	case from == to:
		return 0, invalid("The buckets are that user's already; name another user.")
	}
	next, err := s.mayOwn(ctx, c, to)
	if err != nil {
		return 0, err
	}
	n, err := s.cfg.Buckets.CountBuckets(ctx, c, from)
	if err != nil {
		return 0, errs.Wrap("iam.HandOver", err)
	}
	// Recorded first: no bucket changes its owner without a record of why.
	on(ctx, string(to), fmt.Sprintf("%d buckets of %s to %s", n, who.row.Email, next.row.Email))
	if err := s.perform(ctx, c, userRoute(from), func(tx meta.Tx) error {
		_, err := aliveUser(tx, from)
		return err
	}); err != nil {
		return 0, errs.Wrap("iam.HandOver", err)
	}
	ctx = context.WithoutCancel(ctx)
	moved, err := s.cfg.Mover.MoveBuckets(ctx, c, from, BucketOwner{User: to, Canonical: next.row.Canonical, Name: next.name(), Recheck: func() error {
		_, err := s.mayOwn(ctx, c, to)
		return err
	}})
	return moved, errs.Wrap("iam.HandOver", err)
}

// mayOwn returns a user to whom buckets can be handed over, or says why they can't be.
func (s *Service) mayOwn(ctx context.Context, c ident.ContractID, u ident.UserID) (*person, error) {
	p, err := s.person(ctx, c, u)
	switch {
	case err != nil:
		return nil, err
	case !p.row.Active:
		return nil, errs.New(errs.Conflict, "", "The new owner's account is deactivated.").On(errs.Subject(u))
	case !p.principal.ObjectStorage:
		return nil, errs.New(errs.Conflict, NoPrivilege, "The new owner lacks the privilege Use Object Storage; add them to a group that has it.").On(errs.Subject(u))
	case p.row.Canonical == "":
		return nil, errs.New(errs.Conflict, NoCanonical, "The new owner has no canonical user id yet; generate an access key for them first.").On(errs.Subject(u))
	}
	return p, nil
}
