package object

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/names"
	"coffer/internal/object/configs"
)

// CreateBucket makes a bucket. errs.Exists with code BucketAlreadyOwnedByYou where the same owner has one of the name, else with
// BucketAlreadyExists; errs.Limit with code TooManyBuckets.
func (s *Service) CreateBucket(ctx context.Context, in CreateBucket) (*Bucket, error) {
	id, err := ident.NewBucketID(s.cfg.Rand)
	if err != nil {
		return nil, err
	}
	b := &Bucket{ID: id, Name: in.Name, Region: in.Region.Name, Ownership: in.Region.Ownership, Contract: in.Contract, User: in.User,
		Canonical: in.Canonical, OwnerName: in.OwnerName, Created: s.cfg.Clock().UTC().Truncate(time.Millisecond), Lock: in.Lock}
	if in.Lock {
		b.Versioning = Enabled
	}
	if b.Configs, err = firstConfigs(in.Configs); err != nil {
		return nil, err
	}
	mu := s.stripe(b.Name)
	mu.Lock()
	defer mu.Unlock()
	if e, err := s.lookup(ctx, b.Name); err == nil {
		return nil, s.taken(b, e)
	} else if !isNotFound(err) {
		return nil, err
	}
	return s.makeBucket(context.WithoutCancel(ctx), b, in.Recheck)
}

// firstConfigs copies the subresources of a new bucket; each must fit into one row.
func firstConfigs(given map[string][]byte) (map[string][]byte, error) {
	all := make(map[string][]byte, len(given))
	for name, value := range given {
		if name == "" || len(name) > configs.MaxName || len(value) > configs.Chunk || len(given) > 8 {
			return nil, errs.New(errs.Internal, "", "a new bucket has at most 8 configurations of at most 65536 bytes, with names of 1 to 64 bytes")
		}
		all[name] = append([]byte{}, value...)
	}
	return all, nil
}

// makeBucket records the intent, takes the steps and ends the intent. The caller holds the name's stripe.
func (s *Service) makeBucket(ctx context.Context, b *Bucket, recheck func() error) (*Bucket, error) {
	i := &intent{step: intentMake, bucket: b}
	err := s.begin(ctx, i)
	if err != nil && !uncertain(err, nil) {
		return nil, err
	}
	if err == nil {
		err = s.make(ctx, b, recheck)
	}
	made, serr := s.settleMake(ctx, i)
	if serr != nil {
		s.log.Warn("the making of a bucket is left to collection", "bucket", b.Name, "error", serr)
		s.later(i)
	}
	switch {
	case made:
		s.remember(b)
		return b, nil
	case errors.Is(err, errs.Exists):
		if e, lerr := s.names.Lookup(ctx, names.Buckets, string(b.Name)); lerr == nil {
			return nil, s.taken(b, e)
		}
		return nil, operationAborted().Because(err)
	case err == nil:
		err = serr
	}
	return nil, err
}

// make takes the steps between the intent and its end. Who makes the bucket is looked at again when it counts already: whoever deletes its
// owner now sees the count, and who did so before is seen.
func (s *Service) make(ctx context.Context, b *Bucket, recheck func() error) error {
	if err := s.names.Reserve(ctx, names.Buckets, string(b.Name), b.named()); err != nil {
		return err
	}
	if err := s.updateHeld(ctx, b, "", func(tx meta.Tx) error {
		for name, value := range b.Configs {
			if err := configRows().Put(tx, name, value); err != nil {
				return err
			}
		}
		return tx.Put(meta.Key{Kind: kindBucket}, b.encode(nil))
	}); err != nil {
		return err
	}
	if err := rechecked(recheck); err != nil {
		return err
	}
	return s.names.Activate(ctx, names.Buckets, string(b.Name), b.named())
}

// taken says that the wanted bucket's name stands for another.
func (s *Service) taken(want *Bucket, e names.Entry) error {
	has, err := decodeNamed(e.Value)
	if err != nil {
		return err
	}
	if has.Ownership == want.Ownership && has.Contract == want.Contract && (has.Ownership == ident.ContractOwned || has.User == want.User) {
		return errs.New(errs.Exists, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.").On(errs.Subject(want.Name))
	}
	return errs.New(errs.Exists, "BucketAlreadyExists", "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.").On(errs.Subject(want.Name))
}

// DeleteBucket deletes an empty bucket; uploads under way are aborted with it, as at AWS. errs.NotEmpty with code BucketNotEmpty.
func (s *Service) DeleteBucket(ctx context.Context, b *Bucket) error {
	mu := s.stripe(b.Name)
	mu.Lock()
	defer mu.Unlock()
	now, err := s.settled(ctx, b)
	if err != nil {
		return err
	}
	if err := s.checkEmpty(ctx, b); err != nil {
		return err
	}
	i := &intent{step: intentDelete, bucket: now}
	if err := s.begin(ctx, i); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.names.MarkDeleting(ctx, names.Buckets, string(b.Name), b.named()); err != nil {
		return err
	}
	return s.closeAndRelease(ctx, i)
}

// checkEmpty fails where the bucket has an object, a version or a delete marker.
func (s *Service) checkEmpty(ctx context.Context, b *Bucket) error {
	return s.view(ctx, b, func(r meta.Reader) error {
		for _, k := range []meta.Kind{kindLive, kindVer} {
			err := scanAll(r, k, nil, nil, func(_, _, _ []byte) error {
				return errs.New(errs.NotEmpty, "BucketNotEmpty", notEmpty(b)).On(errs.Subject(b.Name))
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// CountBuckets counts the user-owned buckets of a user, those being made or deleted included.
func (s *Service) CountBuckets(ctx context.Context, c ident.ContractID, u ident.UserID) (int, error) {
	n := 0
	err := s.meta.View(ctx, contractPartition(c), func(r meta.Reader) (err error) {
		n, err = readCount(r.Get, meta.Key{Kind: kindCount, Route: meta.Route(u)})
		return err
	})
	return n, err
}

// ListBuckets gives a page of buckets by name. Versioning is that of their creation and Configs are not given: Bucket has them.
func (s *Service) ListBuckets(ctx context.Context, in ListBuckets) (BucketPage, error) {
	const most = 10000
	want := in.Max
	if want <= 0 || want > most {
		want = most
	}
	var found []*Bucket
	owners := []meta.Route{ownerContract}
	if in.User != "" {
		owners = append(owners, meta.Route(in.User))
	}
	err := s.meta.View(ctx, contractPartition(in.Contract), func(r meta.Reader) error {
		for _, owner := range owners {
			list, err := ownedBy(r, owner, &in, want+1)
			if err != nil {
				return err
			}
			found = append(found, list...)
		}
		return nil
	})
	if err != nil {
		return BucketPage{}, err
	}
	slices.SortFunc(found, func(a, b *Bucket) int { return strings.Compare(string(a.Name), string(b.Name)) })
	page := BucketPage{Buckets: found}
	if len(found) > want {
		page.Buckets = found[:want:want]
		page.Next = page.Buckets[want-1].Name
	}
	return page, nil
}

func ownedBy(r meta.Reader, owner meta.Route, in *ListBuckets, most int) ([]*Bucket, error) {
	var list []*Bucket
	from := meta.AtRoute(owner)
	if in.Prefix != "" {
		from = meta.At(owner, in.Prefix)
	}
	if string(in.After) >= in.Prefix && in.After != "" {
		from = meta.After(owner, string(in.After))
	}
	err := scanAll(r, kindOwned, from, meta.AfterTailPrefix(owner, in.Prefix), func(_, _, value []byte) error {
		b, err := decodeBucket(value)
		if err != nil {
			return err
		}
		if in.Region == "" || in.Region == b.Region {
			list = append(list, b)
		}
		if len(list) == most {
			return meta.Stop
		}
		return nil
	})
	return list, err
}
