package main

import (
	"context"
	"net/http"
	"strings"
	"time"

	"coffer/internal/audit"
	"coffer/internal/control"
	"coffer/internal/iam"
	"coffer/internal/ident"
	"coffer/internal/jobs"
	"coffer/internal/meta"
	"coffer/internal/object"
	"coffer/internal/quota"
	"coffer/internal/s3api"
	"coffer/internal/usage"
)

// recorder lets acts of package iam be recorded in the update that does them.
type recorder struct{ audit *audit.Service }

func (r recorder) Record(c ident.ContractID, a *iam.Act) (func(meta.Tx), func(), error) {
	e, err := r.audit.Prepare(control.Event(a))
	return e.Append, func() { r.audit.Appended(c) }, err
}

// countDrops shows what was not recorded for want of memory.
func (s *system) countDrops() {
	s.metrics.Counter("coffer_audit_dropped_total", "Refusals and acts on buckets that left no audit record: too many at a time, or the store failed.", s.audit.Dropped)
	s.metrics.Counter("coffer_usage_dropped_total", "Requests that were not counted as usage: too many keys in use at a time.", s.usage.Dropped)
}

// heldBuckets tells package usage what buckets hold.
type heldBuckets struct{ objects *object.Service }

func (h heldBuckets) Held(ctx context.Context, c ident.ContractID, visit func(*usage.Held) error) error {
	return h.objects.EachBucket(ctx, c, func(b *object.Bucket) error {
		n, err := h.objects.Held(ctx, b)
		if err != nil {
			return err
		}
		u := usage.Held{ID: b.ID, Name: b.Name, Region: b.Region, Objects: n.Objects, Versions: n.Versions, Bytes: n.Bytes + n.PartBytes}
		if b.Ownership == ident.UserOwned {
			u.Owner = b.User
		}
		return visit(&u)
	})
}

// storage tells package control of buckets.
type storage struct{ *object.Service }

func (s storage) Used(ctx context.Context, c ident.ContractID, of quota.Subject) (quota.Amount, error) {
	return s.Quotas().Used(ctx, c, of)
}

// contracts lists every contract.
func (s *system) contracts(ctx context.Context) ([]ident.ContractID, error) {
	op := iam.Actor{}
	op.Operator = true
	all, err := s.people.Contracts(ctx, op)
	ids := make([]ident.ContractID, 0, len(all))
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	return ids, err
}

// retention makes the job that removes records for their age.
func (s *system) retention(contracts func(context.Context) ([]ident.ContractID, error)) *jobs.Retention {
	days := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
	return jobs.NewRetention(jobs.RetentionConfig{Contracts: contracts, Clock: time.Now, Log: s.log, Kept: []jobs.Kept{
		{Name: "audit", System: true, For: days(s.config.AuditDays), Prune: s.audit.Prune, Batch: audit.PruneBatch},
		{Name: "usage", For: days(s.config.UsageDays), Prune: s.usage.Prune, Batch: usage.PruneBatch},
	}})
}

// forget starts that job.
func (s *system) forget() {
	s.records = s.retention(s.contracts)
	s.records.Start()
	s.closers = append(s.closers, func() error { s.records.Stop(); return nil })
}

// managesBucket reports whether an S3 operation makes, removes or configures a bucket: such acts are recorded one by one.
func managesBucket(operation string) bool {
	switch operation {
	case "CreateBucket", "PutObjectLockConfiguration", "PutPublicAccessBlock", "DeletePublicAccessBlock":
		return true
	}
	return strings.HasPrefix(operation, "PutBucket") || strings.HasPrefix(operation, "DeleteBucket")
}

// visitor returns who looks into another user's storage with a session's key.
func (s *system) visitor(k ident.AccessKey) ident.UserID {
	if s.people == nil || !k.IsSessionKey() {
		return ""
	}
	return s.people.Visitor(context.Background(), k)
}

// note counts an S3 request whose signature verified, and records what it did to a bucket, or that it was refused.
func (s *system) note(r *s3api.Observation) {
	if r.User == "" {
		return
	}
	key, via := r.AccessKey, "key"
	if key.IsSessionKey() {
		key, via = "", "session"
	}
	s.usage.Note(&usage.Use{Contract: r.Contract, User: r.User, Key: key, At: r.Start, Operation: r.Operation, Bucket: r.Bucket, Source: r.Source,
		Program: r.Program, Status: r.Status, In: r.BytesIn, Out: r.BytesOut})
	refused := r.Status == http.StatusForbidden || r.Status == http.StatusUnauthorized
	acted := r.Status < http.StatusMultipleChoices && managesBucket(r.Operation)
	if !refused && !acted {
		return
	}
	by, of := r.User, ident.UserID("")
	if visitor := s.visitor(r.AccessKey); visitor != "" {
		by, of = visitor, r.User
	}
	e := audit.Event{Action: "s3:" + r.Operation, By: by, User: of, Via: via, Key: key, Subject: string(r.Bucket), Source: audit.Address(r.Source),
		Program: r.Program, Request: r.RequestID}
	if refused {
		e.Reason = r.Code
		s.audit.Refuse(r.Contract, e)
		return
	}
	s.audit.Note(r.Contract, e)
}
