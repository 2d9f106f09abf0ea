package iam

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/quota"
)

// MaxQuotas is the most quotas of buckets that a contract has.
const MaxQuotas = 10000

// Quotas enforces quotas; quota.Ledger does.
type Quotas interface {
	// SetLimits makes the given limits all those of a contract. They hold when it returns.
	SetLimits(ctx context.Context, c ident.ContractID, limits map[quota.Subject]quota.Limit) error
	// BucketExists reports whether the bucket of a quota still is.
	BucketExists(ctx context.Context, c ident.ContractID, id ident.BucketID, name ident.BucketName) (bool, error)
}

// A QuotaSubject is what a quota is for, as people name it.
type QuotaSubject struct {
	quota.Subject
	Name  ident.BucketName // of a bucket
	Owner ident.UserID     // of a user-owned bucket
}

// Quota is a limit and what it is for.
type Quota struct {
	Subject QuotaSubject
	Limit   quota.Limit
	Set     time.Time
	By      ident.UserID // "": the operator
}

// quotaRow is kind 41.
type quotaRow struct {
	Objects int64            `json:"objects,omitempty"`
	Bytes   int64            `json:"bytes,omitempty"`
	Bucket  ident.BucketName `json:"bucket,omitempty"` // the name of the bucket that it is for
	Owner   ident.UserID     `json:"owner,omitempty"`  // of that bucket
	Set     time.Time        `json:"set"`
	By      ident.UserID     `json:"by,omitempty"`
}

const bucketTail = "b/"

// quotaKey is where a quota is: a user's on their route, so that it goes with them.
func quotaKey(s quota.Subject) meta.Key {
	switch {
	case s.Bucket != "":
		return meta.Key{Kind: kindQuota, Route: contractRoute, Tail: bucketTail + string(s.Bucket)}
	case s.User != "":
		return userKey(kindQuota, s.User)
	}
	return meta.Key{Kind: kindQuota, Route: contractRoute}
}

func (r *quotaRow) public(route meta.Route, tail string) *Quota {
	q := &Quota{Limit: quota.Limit{Objects: r.Objects, Bytes: r.Bytes}, Set: r.Set, By: r.By}
	if id, ok := strings.CutPrefix(tail, bucketTail); ok {
		q.Subject = QuotaSubject{quota.Subject{Bucket: ident.BucketID(id)}, r.Bucket, r.Owner}
	} else if route != contractRoute {
		q.Subject.User = userOf(route)
	}
	return q
}

// aboutQuota decides about an act on a quota: a user's own is a matter of that user, as is one of a bucket of theirs.
func (s *Service) aboutQuota(ctx context.Context, a Actor, act authz.Action, c ident.ContractID, on QuotaSubject) (authz.Principal, error) {
	u := on.User
	if on.Bucket != "" {
		u = on.Owner
	}
	if u == "" {
		p, err := s.authorize(ctx, a, act, &authz.Target{Contract: c})
		if err == nil {
			_, err = s.contract(ctx, c)
		}
		return p, err
	}
	p, _, err := s.about(ctx, a, act, c, u)
	return p, err
}

// Quota implements API.
func (s *Service) Quota(ctx context.Context, a Actor, c ident.ContractID, on QuotaSubject) (*Quota, error) {
	if _, err := s.aboutQuota(ctx, a, authz.ReadUsage, c, on); err != nil {
		return nil, err
	}
	q := &Quota{Subject: on}
	k := quotaKey(on.Subject)
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) error {
		row, err := get[quotaRow](r, k)
		if err == nil {
			q = row.public(k.Route, k.Tail)
		}
		return err
	})
	if errors.Is(err, errs.NotFound) {
		err = nil
	}
	return q, errs.Wrap("iam.Quota", err)
}

// Quotas implements API.
func (s *Service) Quotas(ctx context.Context, a Actor, c ident.ContractID) ([]*Quota, error) {
	if _, err := s.aboutQuota(ctx, a, authz.ReadUsage, c, QuotaSubject{}); err != nil {
		return nil, err
	}
	all, err := s.quotas(ctx, c)
	return all, errs.Wrap("iam.Quotas", err)
}

func (s *Service) quotas(ctx context.Context, c ident.ContractID) ([]*Quota, error) {
	var all []*Quota
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) error {
		return scan(r, kindQuota, func(route meta.Route, tail string, v *quotaRow) error {
			all = append(all, v.public(route, tail))
			return nil
		})
	})
	return all, err
}

// SetQuota implements API.
func (s *Service) SetQuota(ctx context.Context, a Actor, c ident.ContractID, on QuotaSubject, l quota.Limit) (*Quota, error) {
	act := authz.SetQuota
	if on.Subject == (quota.Subject{}) {
		act = authz.SetContractQuota
	}
	p, err := s.aboutQuota(ctx, a, act, c, on)
	if err != nil {
		return nil, err
	}
	if l.Objects < 0 || l.Bytes < 0 {
		return nil, invalid("A quota is a number of objects or bytes above 0; 0 sets none.")
	}
	if s.cfg.Quotas == nil {
		return nil, errs.New(errs.Unsupported, "", "This server keeps no quotas.")
	}
	s.quotaTurn.Lock()
	defer s.quotaTurn.Unlock()
	if on.Bucket != "" && l != (quota.Limit{}) {
		if err := s.roomForQuota(ctx, c, on.Subject); err != nil {
			return nil, err
		}
	}
	noteQuota(ctx, c, on, l)
	row := &quotaRow{Objects: l.Objects, Bytes: l.Bytes, Bucket: on.Name, Owner: on.Owner, Set: s.now(), By: p.User}
	k := quotaKey(on.Subject)
	ctx = context.WithoutCancel(ctx)
	err = s.perform(ctx, c, k.Route, func(tx meta.Tx) error {
		if on.User != "" {
			if _, err := aliveUser(tx, on.User); err != nil {
				return err
			}
		}
		if l == (quota.Limit{}) {
			return tx.Delete(k)
		}
		return put(tx, k, row)
	})
	if err == nil {
		err = s.enforce(ctx, c)
	}
	if err != nil {
		return nil, errs.Wrap("iam.SetQuota", err)
	}
	return &Quota{Subject: on, Limit: l, Set: row.Set, By: row.By}, nil
}

func noteQuota(ctx context.Context, c ident.ContractID, of QuotaSubject, l quota.Limit) {
	subject := c.String()
	switch {
	case of.Bucket != "":
		subject = string(of.Name)
	case of.User != "":
		subject = ""
	}
	word := func(n int64, unit string) string {
		if n == 0 {
			return "any number of " + unit
		}
		return fmt.Sprintf("at most %d %s", n, unit)
	}
	on(ctx, subject, word(l.Objects, "objects")+", "+word(l.Bytes, "bytes"))
}

// roomForQuota fails where another bucket's quota would be one too many.
func (s *Service) roomForQuota(ctx context.Context, c ident.ContractID, on quota.Subject) error {
	all, err := s.quotas(ctx, c)
	if err != nil {
		return err
	}
	n := 0
	for _, q := range all {
		if q.Subject.Bucket != "" && q.Subject.Bucket != on.Bucket {
			n++
		}
	}
	if n >= MaxQuotas {
		return errs.New(errs.Limit, "", fmt.Sprintf("At most %d buckets of a contract have a quota of their own; remove one first.", MaxQuotas))
	}
	return nil
}

// enforce makes the quotas that are stored hold.
func (s *Service) enforce(ctx context.Context, c ident.ContractID) error {
	all, err := s.quotas(ctx, c)
	if err != nil {
		return err
	}
	limits := make(map[quota.Subject]quota.Limit, len(all))
	for _, q := range all {
		limits[q.Subject.Subject] = q.Limit
	}
	return s.cfg.Quotas.SetLimits(ctx, c, limits)
}

// StartQuotas lets the quotas of every contract hold, and drops those of buckets that are gone. It is called before the first request.
func (s *Service) StartQuotas(ctx context.Context) error {
	contracts, err := s.partitions(ctx)
	for i := 0; err == nil && s.cfg.Quotas != nil && i < len(contracts); i++ {
		if err = s.dropQuotas(ctx, contracts[i]); err == nil {
			err = s.enforce(ctx, contracts[i])
		}
	}
	return errs.Wrap("iam.StartQuotas", err)
}

func (s *Service) dropQuotas(ctx context.Context, c ident.ContractID) error {
	all, err := s.quotas(ctx, c)
	if err != nil {
		return err
	}
	for _, q := range all {
		if q.Subject.Bucket == "" {
			continue
		}
		there, err := s.cfg.Quotas.BucketExists(ctx, c, q.Subject.Bucket, q.Subject.Name)
		if err == nil && !there {
			err = s.cfg.Meta.Update(ctx, partition(c), contractRoute, func(tx meta.Tx) error { return tx.Delete(quotaKey(q.Subject.Subject)) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}
