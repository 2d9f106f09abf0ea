package main

import (
	"context"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"coffer/internal/audit"
	"coffer/internal/config"
	"coffer/internal/engine/pebble"
	"coffer/internal/ident"
	"coffer/internal/obs"
	"coffer/internal/s3api"
	"coffer/internal/seal"
	"coffer/internal/usage"
)

func recording(t *testing.T) *system {
	t.Helper()
	store := pebble.OpenMem()
	t.Cleanup(func() { store.Close() })
	ring, err := seal.OpenDir(t.Context(), t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	s := &system{}
	if s.audit, err = audit.New(audit.Config{Meta: store, Sealer: ring, Clock: time.Now}); err != nil {
		t.Fatal(err)
	}
	if s.usage, err = usage.New(usage.Config{Meta: store, Buckets: heldBuckets{}, Clock: time.Now,
		Contracts: func(context.Context) ([]ident.ContractID, error) { return nil, nil }}); err != nil {
		t.Fatal(err)
	}
	return s
}

const paul ident.UserID = "4c1e7b4c-6f0a-4f5e-8f0e-0b9a4d0a6f11"

func observed(operation string, status int, code string) *s3api.Observation {
	return &s3api.Observation{Operation: operation, Status: status, Code: code, RequestID: "R1", Bucket: "photos", AccessKey: "COFFER0000000KEY", Contract: 31000000,
		User: paul, Source: netip.MustParseAddr("192.0.2.7"), Program: "aws-cli/2", Start: time.Now(), BytesIn: 5}
}

func TestS3RequestsAreCountedAndRecorded(t *testing.T) {
	s := recording(t)
	s.note(observed("CreateBucket", 200, ""))
	s.note(observed("PutBucketPolicy", 204, ""))
	s.note(observed("PutBucketPolicy", 400, "MalformedPolicy"))
	for range 5 {
		s.note(observed("GetObject", 403, "AccessDenied"))
		s.note(observed("GetObject", 200, ""))
	}
	unknown := observed("GetObject", 403, "InvalidAccessKeyId")
	unknown.User = ""
	s.note(unknown)
	found, _, err := s.audit.List(t.Context(), 31000000, audit.Query{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]audit.Record{}
	for _, r := range found {
		said[r.Action+" "+r.Result] = r
	}
	if len(found) != 3 || said["s3:CreateBucket done"].Subject != "photos" || said["s3:PutBucketPolicy done"].Via != "key" ||
		said["s3:GetObject refused"].Count != 5 || said["s3:GetObject refused"].Reason != "AccessDenied" || said["s3:GetObject refused"].Key != "COFFER0000000KEY" {
		t.Errorf("%+v", found)
	}
	days, err := s.usage.Keys(t.Context(), 31000000, paul, time.Now(), time.Now())
	if err != nil || len(days) == 0 || days[0].Requests+days[len(days)-1].Requests < 13 {
		t.Errorf("%+v %v", days, err)
	}
	last, err := s.usage.LastUses(t.Context(), 31000000, paul)
	if u := last["COFFER0000000KEY"]; err != nil || u.Operation != "GetObject" || u.Program != "aws-cli/2" {
		t.Errorf("%+v %v", last, err)
	}
}

func TestNotingARequestAllocatesNothing(t *testing.T) {
	s := recording(t)
	r := observed("GetObject", 200, "")
	s.note(r)
	if n := testing.AllocsPerRun(1000, func() { s.note(r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestRetention: audit records and usage go after their settings' days, and stay where a setting is 0.
func TestRetention(t *testing.T) {
	const contract, day = 31000000, 24 * time.Hour
	now := time.Now()
	for _, c := range []struct{ auditDays, usageDays, records, days int }{{30, 0, 1, 2}, {0, 30, 2, 1}, {1, 1, 1, 1}, {400, 400, 2, 2}} {
		s := recording(t)
		s.config = &config.Serve{AuditDays: c.auditDays, UsageDays: c.usageDays}
		for _, at := range []time.Time{now.Add(-100 * day), now} {
			for _, of := range []ident.ContractID{contract, ident.System} {
				if err := s.audit.Write(t.Context(), of, audit.Event{At: at, Action: "coffer:SignIn"}); err != nil {
					t.Fatal(err)
				}
			}
			u := usage.Use{Contract: contract, User: paul, Key: "K", At: at, Operation: "GetObject", Status: 200}
			s.usage.Note(&u)
			if err := s.usage.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for _, of := range []ident.ContractID{contract, ident.System} {
			if err := s.audit.Settle(t.Context(), of); err != nil {
				t.Fatal(err)
			}
		}
		job := s.retention(func(context.Context) ([]ident.ContractID, error) { return []ident.ContractID{contract}, nil })
		if err := job.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, of := range []ident.ContractID{contract, ident.System} {
			records, _, err := s.audit.List(t.Context(), of, audit.Query{Limit: 10})
			if err != nil || len(records) != c.records {
				t.Errorf("%+v of %s: %d records, %v", c, of, len(records), err)
			}
			if rep, err := s.audit.Verify(t.Context(), of); err != nil || !rep.Whole || rep.Records != 2 || int(rep.Removed) != 2-c.records {
				t.Errorf("%+v of %s: verified %+v, %v", c, of, rep, err)
			}
		}
		days, err := s.usage.Keys(t.Context(), contract, paul, now.Add(-200*day), now)
		if err != nil || len(days) != c.days {
			t.Errorf("%+v: %d days of usage, %v", c, len(days), err)
		}
	}
}

// What was refused beyond what memory holds is in the metrics, and nowhere else.
func TestDropsAreCounted(t *testing.T) {
	s := recording(t)
	s.metrics = obs.NewMetrics("test")
	s.countDrops()
	for i := range 5000 {
		o := observed("GetObject", 403, "AccessDenied")
		o.Source = netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		s.note(o)
	}
	rec := httptest.NewRecorder()
	s.metrics.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{"\ncoffer_audit_dropped_total 904\n", "\ncoffer_usage_dropped_total 0\n"} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("the metrics lack %q", want)
		}
	}
}
