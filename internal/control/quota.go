package control

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"coffer/internal/api/console"
	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
	"coffer/internal/object"
	"coffer/internal/quota"
)

// Storage is what the listener asks the room of buckets.
type Storage interface {
	Bucket(ctx context.Context, name ident.BucketName) (*object.Bucket, error)
	// Used returns what a contract, a user's own buckets or a bucket hold.
	Used(ctx context.Context, c ident.ContractID, s quota.Subject) (quota.Amount, error)
	// EachBucket visits the buckets of a contract; it ends with the first error of visit.
	EachBucket(ctx context.Context, c ident.ContractID, visit func(*object.Bucket) error) error
	// Held returns what a bucket holds.
	Held(ctx context.Context, b *object.Bucket) (object.Held, error)
}

var errNoStorage = errs.New(errs.Unsupported, "", "This server has no storage to tell of.")

// quotaSubject reads which quota is meant: the contract's where neither a user nor a bucket is named.
func (s *server) quotaSubject(ctx context.Context, c ident.ContractID, user *console.QuotaUser, bucket *console.QuotaBucket) (iam.QuotaSubject, error) {
	var on iam.QuotaSubject
	switch {
	case s.cfg.Storage == nil:
		return on, errNoStorage
	case user != nil && bucket != nil:
		return on, invalid("Name a user or a bucket, not both.")
	case user != nil:
		on.User = ident.UserID(user.String())
	case bucket != nil:
		b, err := s.bucketOf(ctx, c, *bucket)
		if err != nil {
			return on, err
		}
		on.Bucket, on.Name = b.ID, b.Name
		if b.Ownership == ident.UserOwned {
			on.Owner = b.User
		}
	}
	return on, nil
}

// bucketOf returns a bucket of the contract.
func (s *server) bucketOf(ctx context.Context, c ident.ContractID, text string) (*object.Bucket, error) {
	if s.cfg.Storage == nil {
		return nil, errNoStorage
	}
	name, err := ident.ParseBucketName(text)
	if err != nil {
		return nil, err
	}
	b, err := s.cfg.Storage.Bucket(ctx, name)
	if errors.Is(err, errs.NotFound) || err == nil && b.Contract != c {
		return nil, errs.New(errs.NotFound, "", "There is no such bucket in this contract.").On(errs.Subject(name))
	}
	return b, err
}

// quotaWire describes a quota with what is in use.
func (s *server) quotaWire(ctx context.Context, c ident.ContractID, q *iam.Quota, name func(ident.UserID) string) (*console.Quota, error) {
	used, err := s.cfg.Storage.Used(ctx, c, q.Subject.Subject)
	if err != nil {
		return nil, err
	}
	out := &console.Quota{Of: console.QuotaOfContract, ObjectsUsed: used.Objects, BytesUsed: used.Bytes}
	user := q.Subject.User
	switch {
	case q.Subject.Bucket != "":
		out.Of, out.Bucket, user = console.QuotaOfBucket, ptr(string(q.Subject.Name)), q.Subject.Owner
	case user != "":
		out.Of = console.QuotaOfUser
	}
	if user != "" {
		out.UserId = ptr(uuidOf(string(user)))
		if n := name(user); n != "" {
			out.UserName = &n
		}
	}
	if n := q.Limit.Objects; n > 0 {
		out.Objects = &n
	}
	if n := q.Limit.Bytes; n > 0 {
		out.Bytes = &n
	}
	if !q.Set.IsZero() && q.Limit != (quota.Limit{}) {
		out.Set = ptr(stamp(q.Set))
		if q.By != "" {
			out.SetBy = ptr(string(q.By))
		}
	}
	return out, nil
}

func (s *consoleAPI) ConsoleQuotas(w http.ResponseWriter, r *http.Request, p console.ConsoleQuotasParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		all, err := s.cfg.IAM.Quotas(ctx, a, c)
		if err == nil && s.cfg.Storage == nil {
			err = errNoStorage
		}
		if err != nil {
			return err
		}
		slices.SortStableFunc(all, func(a, b *iam.Quota) int { return quotaRank(a) - quotaRank(b) })
		out := console.QuotaList{Items: []console.Quota{}}
		name := s.namer(ctx, a, c)
		for _, q := range all {
			if q.Subject.Bucket != "" {
				b, err := s.cfg.Storage.Bucket(ctx, q.Subject.Name)
				if errors.Is(err, errs.NotFound) || err == nil && b.ID != q.Subject.Bucket {
					continue // deleted since; its quota goes at the next start
				}
				if err != nil {
					return err
				}
				if b.Ownership == ident.UserOwned {
					q.Subject.Owner = b.User
				}
			}
			one, err := s.quotaWire(ctx, c, q, name)
			if err != nil {
				return err
			}
			out.Items = append(out.Items, *one)
		}
		s.write(w, r, http.StatusOK, out)
		return nil
	})
}

// quotaRank orders quotas: the contract's, users', buckets'.
func quotaRank(q *iam.Quota) int {
	switch {
	case q.Subject.Bucket != "":
		return 2
	case q.Subject.User != "":
		return 1
	}
	return 0
}

func (s *consoleAPI) ConsoleQuota(w http.ResponseWriter, r *http.Request, p console.ConsoleQuotaParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		on, err := s.quotaSubject(ctx, c, p.UserId, p.Bucket)
		if err != nil {
			return err
		}
		q, err := s.cfg.IAM.Quota(ctx, a, c, on)
		if err != nil {
			return err
		}
		q.Subject = on
		out, err := s.quotaWire(ctx, c, q, s.namer(ctx, a, c))
		if err != nil {
			return err
		}
		s.write(w, r, http.StatusOK, out)
		return nil
	})
}

func (s *consoleAPI) ConsoleQuotaSet(w http.ResponseWriter, r *http.Request, p console.ConsoleQuotaSetParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		var in console.QuotaLimits
		if err := decode(w, r, &in, refuseUnknown); err != nil {
			return err
		}
		on, err := s.quotaSubject(ctx, c, p.UserId, p.Bucket)
		if err != nil {
			return err
		}
		q, err := s.cfg.IAM.SetQuota(ctx, a, c, on, quota.Limit{Objects: or(in.Objects, 0), Bytes: or(in.Bytes, 0)})
		if err != nil {
			return err
		}
		out, err := s.quotaWire(ctx, c, q, s.namer(ctx, a, c))
		if err != nil {
			return err
		}
		s.write(w, r, http.StatusOK, out)
		return nil
	})
}

// namer returns users' names by id, each read once; "" for who is gone, or not the actor's to see.
func (s *server) namer(ctx context.Context, a iam.Actor, c ident.ContractID) func(ident.UserID) string {
	known := map[ident.UserID]string{}
	return func(id ident.UserID) string {
		name, ok := known[id]
		if !ok && id != "" {
			if u, err := s.cfg.IAM.User(ctx, a, c, id); err == nil {
				name = strings.TrimSpace(u.FirstName + " " + u.LastName)
			}
			known[id] = name
		}
		return name
	}
}
