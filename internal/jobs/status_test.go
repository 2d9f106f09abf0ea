package jobs

import (
	"context"
	"errors"
	"testing"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
)

func TestStatusFollowsCollection(t *testing.T) {
	f := newFake()
	now := make(chan time.Time, 16)
	for i := range 16 {
		now <- time.Unix(int64(i), 0)
	}
	waits, resume := make(chan time.Duration, 1), make(chan time.Time)
	j := New(Config{Objects: f, Clock: func() time.Time { return <-now }, Wait: func(d time.Duration) <-chan time.Time { waits <- d; return resume }})
	if s := j.Status(); s != (Status{}) {
		t.Errorf("before the start the status is %+v", s)
	}
	j.Start()
	<-f.calls // the sweep runs
	if s := j.Status(); !s.Running || !s.Began.Equal(time.Unix(0, 0)) || !s.Ended.IsZero() {
		t.Errorf("during the sweep the status is %+v", s)
	}
	f.answers <- nil
	f.expect(t, "collect", errs.New(errs.Unavailable, "", "the disk is full").Because(errors.New("detail")))
	<-waits
	if s := j.Status(); s.Running || s.Failure != "the disk is full" || !s.Ended.Equal(time.Unix(3, 0)) {
		t.Errorf("after a failure the status is %+v", s)
	}
	resume <- time.Time{}
	f.expect(t, "collect", nil)
	stop(t, f, j)
	if s := j.Status(); s.Running || s.Failure != "" {
		t.Errorf("after it was repeated the status is %+v", s)
	}
}

func TestStatusNamesWhatFailedInARun(t *testing.T) {
	waits := make(chan time.Duration, 1)
	fails := func(context.Context, ident.ContractID, time.Time) (int, error) { return 0, errors.New("broken row") }
	r := NewRetention(RetentionConfig{
		Kept:      []Kept{{Name: "audit", For: time.Hour, Prune: fails, Batch: 1}, {Name: "usage", For: time.Hour, Prune: fails, Batch: 1}},
		Contracts: func(context.Context) ([]ident.ContractID, error) { return []ident.ContractID{31000000}, nil },
		Clock:     time.Now, Wait: func(d time.Duration) <-chan time.Time { waits <- d; return nil },
	})
	r.Start()
	<-waits
	if s := r.Status(); s.Running || s.Failure != "contract 31000000, audit: broken row" {
		t.Errorf("the status is %+v", s)
	}
	r.Stop()
}
