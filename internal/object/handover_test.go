package object

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"coffer/internal/errs"
	"coffer/internal/fault"
	"coffer/internal/ident"
	"coffer/internal/quota"
)

const otherCanonical ident.CanonicalID = "fedcba9876543210fedcba9876543210"

func (w *world) own(n ident.BucketName, u ident.UserID) *Bucket {
	w.t.Helper()
	b, err := w.s.CreateBucket(w.ctx(), CreateBucket{Name: n, Region: userRegion, Contract: testContract, User: u, Canonical: "0123456789abcdef0123456789abcdef", OwnerName: "Ada"})
	w.must(err)
	return b
}

func (w *world) handOver(b *Bucket) (*Bucket, error) {
	return w.s.HandOver(w.ctx(), b, NewOwner{User: otherUser, Canonical: otherCanonical, Name: "Bob"})
}

// ownedBy fails unless the bucket is u's in every row, and nobody else's.
func (w *world) ownedBy(when string, name ident.BucketName, u ident.UserID) {
	w.t.Helper()
	b, err := w.s.Bucket(w.ctx(), name)
	w.must(err)
	if b.User != u {
		w.t.Fatalf("%s: the bucket is %s's, not %s's", when, b.User, u)
	}
	for _, who := range []ident.UserID{testUser, otherUser} {
		page, err := w.s.ListBuckets(w.ctx(), ListBuckets{Contract: testContract, User: who})
		w.must(err)
		n, err := w.s.CountBuckets(w.ctx(), testContract, who)
		w.must(err)
		want := 0
		if who == u {
			want = 1
		}
		if len(page.Buckets) != want || n != want || want == 1 && page.Buckets[0].User != u {
			w.t.Fatalf("%s: %s has %d buckets listed, %d counted; want %d", when, who, len(page.Buckets), n, want)
		}
	}
	_, err = w.tryBucket(name, userRegion, testContract, u)
	w.wantCode(err, "BucketAlreadyOwnedByYou")
}

func TestHandOver(t *testing.T) {
	w := newWorld(t)
	b := w.own("alpha", testUser)
	b, err := w.s.SetVersioning(w.ctx(), b, Enabled)
	w.must(err)
	w.put(b, "k", "one")
	up := w.upload(b, "big")
	now, err := w.handOver(b)
	w.must(err)
	if now.Canonical != otherCanonical || now.OwnerName != "Bob" || now.Versioning != Enabled || now.ID != b.ID {
		t.Errorf("%+v", now)
	}
	w.ownedBy("handed over", "alpha", otherUser)
	// Who was at work on it goes on.
	part := w.part(b, up, 1, "part of an upload")
	w.put(b, "k", "two")
	_, err = w.complete(now, up, []Part{part})
	w.must(err)
	w.restart()
	w.ownedBy("after a restart", "alpha", otherUser)
	if got := w.read(now, "k", ""); got != "two" {
		t.Errorf("the object is %q", got)
	}
	again, err := w.handOver(now)
	if err != nil || again.User != otherUser {
		t.Errorf("once more: %v, %v", again, err)
	}
	if _, err := w.handOver(w.bucket("bravo")); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a contract-owned bucket: %v", err)
	}
}

// TestHandOverHeedsLimits: the new owner's number of buckets and quota hold.
func TestHandOverHeedsLimits(t *testing.T) {
	w := newWorld(t)
	b := w.own("alpha", testUser)
	w.put(b, "k", "123456")
	w.limit(quota.Subject{User: otherUser}, quota.Limit{Bytes: 5})
	_, err := w.handOver(b)
	w.wantCode(err, quota.Exceeded)
	w.limit(quota.Subject{User: otherUser}, quota.Limit{Bytes: 6})
	for i := range 3 {
		w.own(ident.BucketName(fmt.Sprint("theirs", i)), otherUser)
	}
	_, err = w.handOver(b)
	w.wantCode(err, "TooManyBuckets")
	theirs, err := w.s.Bucket(w.ctx(), "theirs0")
	w.must(err)
	w.must(w.s.DeleteBucket(w.ctx(), theirs))
	b, err = w.handOver(b)
	w.must(err)
	w.wantCode(w.tryPut(b, "l", "1"), quota.Exceeded)
	w.delete(b, "k", "")
	w.must(w.tryPut(b, "l", "1"))
}

// TestHandOverAnywhereInterrupted fails each call of a handover in each way, with and without a crash: the bucket is wholly one of both
// owners' in the end, the new one's if that was acknowledged, and can be deleted.
func TestHandOverAnywhereInterrupted(t *testing.T) {
	for _, mode := range []fault.Mode{fault.Refuse, fault.LoseAnswer} {
		for _, after := range []string{"crash", "collection", "deletion"} {
			n := 1
			for ; handOverFailing(t, n, mode, after); n++ {
			}
			if n < 6 {
				t.Fatalf("only %d calls were seen", n)
			}
		}
	}
}

func handOverFailing(t *testing.T, n int, mode fault.Mode, after string) bool {
	when := fmt.Sprintf("call %d, mode %d, then %s", n, mode, after)
	w := newWorld(t)
	b := w.own("alpha", testUser)
	w.plan.FailAt(n, mode)
	if after == "crash" {
		w.plan.OnCall(func(c fault.Call) {
			if c.N == n+1 {
				w.plan.CutOff()
			}
		})
	}
	_, err := w.handOver(b)
	fired := w.plan.Fired()
	w.plan.FailAt(0, mode)
	w.plan.OnCall(nil)
	w.plan.Restore()
	switch after {
	case "crash":
		w.restart()
	case "deletion":
		now, berr := w.s.Bucket(w.ctx(), "alpha")
		w.must(berr)
		w.must(w.s.DeleteBucket(w.ctx(), now))
		w.settle()
		w.settle()
		w.restart()
		for _, who := range []ident.UserID{testUser, otherUser} {
			if n, err := w.s.CountBuckets(w.ctx(), testContract, who); err != nil || n != 0 {
				t.Fatalf("%s: %s still has %d buckets counted, %v", when, who, n, err)
			}
		}
		return fired
	}
	w.settle()
	now, berr := w.s.Bucket(w.ctx(), "alpha")
	w.must(berr)
	if err == nil && now.User != otherUser {
		t.Fatalf("%s: acknowledged, but not done", when)
	}
	w.ownedBy(when, "alpha", now.User)
	w.must(w.s.DeleteBucket(w.ctx(), now))
	return fired
}

// TestHandOverRacesChanges: a change of the bucket meanwhile is neither lost nor gives the bucket back.
func TestHandOverRacesChanges(t *testing.T) {
	for range 20 {
		w := newWorld(t)
		b := w.own("alpha", testUser)
		var all sync.WaitGroup
		all.Go(func() { _, err := w.handOver(b); w.check(err) })
		all.Go(func() { _, err := w.s.SetVersioning(context.Background(), b, Enabled); w.check(err) })
		all.Go(func() { w.check(w.tryPut(b, "k", "x")) })
		all.Wait()
		now, err := w.s.Bucket(w.ctx(), "alpha")
		w.must(err)
		if now.Versioning != Enabled {
			t.Fatal("the change is lost")
		}
		w.ownedBy("changed meanwhile", "alpha", otherUser)
	}
}

func (w *world) check(err error) {
	if err != nil {
		w.t.Error(err)
	}
}

// Who is to own a bucket is looked at again when it counts as theirs: refused, nothing is left of it.
func TestOwnersAreRechecked(t *testing.T) {
	w := newWorld(t)
	gone, calls := errs.New(errs.NotFound, "Gone", ""), 0
	recheck := func(u ident.UserID) func() error {
		return func() error {
			calls++
			n, err := w.s.CountBuckets(w.ctx(), testContract, u)
			w.must(err)
			if n != 1 {
				t.Errorf("when they are looked at they have %d buckets", n)
			}
			return gone
		}
	}
	_, err := w.s.CreateBucket(w.ctx(), CreateBucket{Name: "never", Region: userRegion, Contract: testContract, User: otherUser, Canonical: otherCanonical, Recheck: recheck(otherUser)})
	w.wantCode(err, "Gone")
	b := w.own("alpha", testUser)
	_, err = w.s.HandOver(w.ctx(), b, NewOwner{User: otherUser, Canonical: otherCanonical, Name: "Bob", Recheck: recheck(otherUser)})
	w.wantCode(err, "Gone")
	if calls != 2 {
		t.Errorf("looked at %d times", calls)
	}
	w.settle()
	w.ownedBy("after refusals", "alpha", testUser)
	w.own("never", testUser) // the name is free
}
