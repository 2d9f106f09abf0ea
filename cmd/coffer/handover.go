package main

import (
	"context"
	"fmt"

	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
	"coffer/internal/object"
)

// userBuckets is how many user-owned buckets a user has at most (package object's default).
const userBuckets = 500

// mover lets package iam hand buckets over.
type mover struct {
	objects *object.Service
	most    int // user-owned buckets of a user
}

func (m mover) MoveBuckets(ctx context.Context, c ident.ContractID, from ident.UserID, to iam.BucketOwner) (int, error) {
	var all []*object.Bucket
	var ids []ident.BucketID
	err := m.objects.EachBucket(ctx, c, func(b *object.Bucket) error {
		if b.Ownership == ident.UserOwned && b.User == from {
			all, ids = append(all, b), append(ids, b.ID)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	has, err := m.objects.CountBuckets(ctx, c, to.User)
	if err != nil {
		return 0, err
	}
	if has+len(all) > m.most {
		return 0, errs.New(errs.Limit, "TooManyBuckets", fmt.Sprintf("The new owner has %d buckets and would get %d more; a user has at most %d.", has, len(all), m.most))
	}
	if err := m.objects.Quotas().Fits(c, to.User, ids); err != nil {
		return 0, err
	}
	for i, b := range all {
		if _, err := m.objects.HandOver(ctx, b, object.NewOwner{User: to.User, Canonical: to.Canonical, Name: to.Name, Recheck: to.Recheck}); err != nil {
			return i, err
		}
	}
	return len(all), nil
}
