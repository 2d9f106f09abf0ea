package object

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"coffer/internal/errs"
	"coffer/internal/fault"
	"coffer/internal/ident"
	"coffer/internal/object/configs"
)

func (w *world) tryBucket(name ident.BucketName, r ident.Region, c ident.ContractID, u ident.UserID) (*Bucket, error) {
	return w.s.CreateBucket(w.ctx(), CreateBucket{Name: name, Region: r, Contract: c, User: u})
}

func (w *world) names(in ListBuckets) string {
	w.t.Helper()
	page, err := w.s.ListBuckets(w.ctx(), in)
	w.must(err)
	var all []string
	for _, b := range page.Buckets {
		all = append(all, string(b.Name))
	}
	if page.Next != "" {
		all = append(all, "> "+string(page.Next))
	}
	return strings.Join(all, " ")
}

func TestBucketNamesAreTakenOnce(t *testing.T) {
	w := newWorld(t)
	made := w.bucket("alpha")
	if made.ID == "" || made.Versioning != Unversioned || made.Region != "local-1" || made.OwnerName != "Ada" {
		t.Fatalf("made %+v", made)
	}
	for _, c := range []struct {
		region   ident.Region
		contract ident.ContractID
		user     ident.UserID
		code     errs.Code
	}{
		{contractRegion, testContract, testUser, "BucketAlreadyOwnedByYou"},
		{contractRegion, testContract, otherUser, "BucketAlreadyOwnedByYou"},
		{contractRegion, testContract + 1, testUser, "BucketAlreadyExists"},
		{userRegion, testContract, testUser, "BucketAlreadyExists"},
	} {
		_, err := w.tryBucket("alpha", c.region, c.contract, c.user)
		w.wantCode(err, c.code)
	}
	_, err := w.tryBucket("beta", userRegion, testContract, testUser)
	w.must(err)
	_, err = w.tryBucket("beta", userRegion, testContract, otherUser)
	w.wantCode(err, "BucketAlreadyExists")
	_, err = w.tryBucket("beta", userRegion, testContract, testUser)
	w.wantCode(err, "BucketAlreadyOwnedByYou")
	_, err = w.s.Bucket(w.ctx(), "gamma")
	w.wantCode(err, "NoSuchBucket")
}

func TestBucketsSurviveARestart(t *testing.T) {
	w := newWorld(t)
	b := w.versioned("alpha", Suspended)
	large := []byte(strings.Repeat("x", 1<<20))
	b, err := w.s.SetConfig(w.ctx(), b, "policy", large)
	w.must(err)
	_, err = w.s.SetConfig(w.ctx(), b, "cors", []byte("c"))
	w.must(err)
	_, err = w.s.SetConfig(w.ctx(), b, "cors", nil)
	w.must(err)
	_, err = w.s.SetConfig(w.ctx(), b, "tagging", []byte{})
	w.must(err)
	for range 2 {
		got, err := w.s.Bucket(w.ctx(), "alpha")
		w.must(err)
		if got.Versioning != Suspended || string(got.Configs["policy"]) != string(large) || len(got.Configs) != 2 || got.Configs["tagging"] == nil {
			t.Fatalf("got %d configs, versioning %d", len(got.Configs), got.Versioning)
		}
		w.restart()
	}
	_, err = w.s.SetConfig(w.ctx(), b, "policy", []byte("small"))
	w.must(err)
	if n := w.rowsOf(b, kindChunk); n != 0 {
		t.Errorf("%d chunks of the former policy stay", n)
	}
	_, err = w.s.SetConfig(w.ctx(), b, "policy", make([]byte, configs.MaxBytes+1))
	w.wantCode(err, "MaxMessageLengthExceeded")
}

func TestBucketsAreListedByOwnerAndCounted(t *testing.T) {
	w := newWorld(t)
	for i, name := range []ident.BucketName{"delta", "bravo", "foxtrot"} {
		r := contractRegion
		if i == 2 {
			r.Name = "other"
		}
		_, err := w.tryBucket(name, r, testContract, testUser)
		w.must(err)
	}
	for _, name := range []ident.BucketName{"alpha", "echo", "golf"} {
		_, err := w.tryBucket(name, userRegion, testContract, testUser)
		w.must(err)
	}
	_, err := w.tryBucket("charlie", userRegion, testContract, otherUser)
	w.must(err)
	for _, c := range []struct {
		in   ListBuckets
		want string
	}{
		{ListBuckets{Contract: testContract}, "bravo delta foxtrot"},
		{ListBuckets{Contract: testContract, User: testUser}, "alpha bravo delta echo foxtrot golf"},
		{ListBuckets{Contract: testContract, User: otherUser}, "bravo charlie delta foxtrot"},
		{ListBuckets{Contract: testContract + 1, User: testUser}, ""},
		{ListBuckets{Contract: testContract, User: testUser, Max: 2}, "alpha bravo > bravo"},
		{ListBuckets{Contract: testContract, User: testUser, Max: 2, After: "bravo"}, "delta echo > echo"},
		{ListBuckets{Contract: testContract, User: testUser, Max: 2, After: "echo"}, "foxtrot golf"},
		{ListBuckets{Contract: testContract, User: testUser, Region: "other"}, "foxtrot"},
		{ListBuckets{Contract: testContract, User: testUser, Prefix: "e"}, "echo"},
		{ListBuckets{Contract: testContract, User: testUser, Prefix: "e", After: "alpha"}, "echo"},
		{ListBuckets{Contract: testContract, User: testUser, Prefix: "e", After: "echo"}, ""},
	} {
		if got := w.names(c.in); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.in, got, c.want)
		}
	}
	_, err = w.tryBucket("hotel", userRegion, testContract, testUser)
	w.wantCode(err, "TooManyBuckets")
	golf, err := w.s.Bucket(w.ctx(), "golf")
	w.must(err)
	w.must(w.s.DeleteBucket(w.ctx(), golf))
	if n, err := w.s.CountBuckets(w.ctx(), testContract, testUser); err != nil || n != 2 {
		t.Errorf("%d buckets are counted, %v", n, err)
	}
	_, err = w.tryBucket("hotel", userRegion, testContract, testUser)
	w.must(err)
}

func TestOnlyEmptyBucketsAreDeleted(t *testing.T) {
	w := newWorld(t)
	b := w.versioned("alpha", Enabled)
	o := w.put(b, "k", "v")
	w.wantCode(w.s.DeleteBucket(w.ctx(), b), "BucketNotEmpty")
	w.put(b, "k2", "after a deletion that was refused")
	w.delete(b, "k2", "")
	m := w.delete(b, "k", "")
	w.delete(b, "k", o.Version)
	w.wantCode(w.s.DeleteBucket(w.ctx(), b), "BucketNotEmpty")
	w.delete(b, "k", m.Version)
	var versions []ident.VersionID
	_, err := w.s.ListVersions(w.ctx(), &ListVersions{Bucket: b, Max: 10}, func(e *VersionEntry) error {
		versions = append(versions, e.Version)
		return nil
	})
	w.must(err)
	for _, v := range versions {
		w.delete(b, "k2", v)
	}
	w.must(w.s.DeleteBucket(w.ctx(), b))
	w.wantCode(w.s.DeleteBucket(w.ctx(), b), "NoSuchBucket")
	_, err = w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: "k", Body: body([]byte("x"))})
	w.wantCode(err, "NoSuchBucket")
	again := w.bucket("alpha")
	if again.ID == b.ID {
		t.Fatal("a new life has the old id")
	}
	w.wantCode(w.s.DeleteBucket(w.ctx(), b), "NoSuchBucket")
	if got := w.keys(again, "", "", 10); len(got) != 0 {
		t.Errorf("the new bucket has %v", got)
	}
}

func TestABucketTakesItsUploadsWithIt(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	u, err := w.s.CreateUpload(w.ctx(), &CreateUpload{Bucket: b, Key: "k"})
	w.must(err)
	_, err = w.s.UploadPart(w.ctx(), &UploadPart{Bucket: b, Key: "k", Upload: u.ID, Number: 1, Body: body([]byte("part"))})
	w.must(err)
	w.must(w.s.DeleteBucket(w.ctx(), b))
	w.must(w.s.Collect(w.ctx()))
	if n := w.blobs.count(); n != 0 {
		t.Errorf("%d blobs stay", n)
	}
	w.restart()
	w.settle()
}

// Each call of making a bucket fails once, in both ways; whatever was left behind, the name works afterwards and counts are right.
func TestMakingABucketMayFailAnywhere(t *testing.T) {
	for _, mode := range []fault.Mode{fault.Refuse, fault.LoseAnswer} {
		for _, restart := range []bool{false, true} {
			for n := 1; ; n++ {
				w := newWorld(t)
				w.plan.FailAt(n, mode)
				made, err := w.tryBucket("alpha", userRegion, testContract, testUser)
				fired := w.plan.Fired()
				w.plan.FailAt(0, mode)
				if restart {
					w.restart()
				}
				got, gerr := w.s.Bucket(w.ctx(), "alpha")
				if err == nil && (gerr != nil || got.ID != made.ID) {
					t.Fatalf("call %d, mode %d: an acknowledged bucket is %v, %v", n, mode, got, gerr)
				}
				if gerr != nil {
					w.wantCode(gerr, "NoSuchBucket")
					if got, err = w.tryBucket("alpha", userRegion, testContract, testUser); err != nil {
						t.Fatalf("call %d, mode %d: the name can't be had after a failure: %v", n, mode, err)
					}
				}
				w.settle()
				w.put(got, "k", "v")
				if list := w.names(ListBuckets{Contract: testContract, User: testUser}); list != "alpha" {
					t.Fatalf("call %d, mode %d, restart %v: listed %q", n, mode, restart, list)
				}
				w.checkCounts(fmt.Sprintf("call %d, mode %d, restart %v", n, mode, restart), 1)
				if !fired {
					break
				}
			}
		}
	}
}

// checkCounts: after a restart no intent is left and the owner's count is right.
func (w *world) checkCounts(when string, want int) {
	w.t.Helper()
	w.restart()
	w.settle()
	if n, err := w.s.CountBuckets(w.ctx(), testContract, testUser); err != nil || n != want {
		w.t.Fatalf("%s: %d buckets are counted, want %d, %v", when, n, want, err)
	}
	left, err := w.s.intents(w.ctx(), contractPartition(testContract))
	if err != nil || len(left) != 0 {
		w.t.Fatalf("%s: %d intents are left, %v", when, len(left), err)
	}
}

func TestDeletingABucketMayFailAnywhere(t *testing.T) {
	for _, content := range []bool{false, true} {
		for _, mode := range []fault.Mode{fault.Refuse, fault.LoseAnswer} {
			for _, restart := range []bool{false, true} {
				for n := 1; ; n++ {
					when := fmt.Sprintf("call %d, mode %d, restart %v, content %v", n, mode, restart, content)
					if !deleteFailing(t, when, n, mode, restart, content) {
						break
					}
				}
			}
		}
	}
}

func deleteFailing(t *testing.T, when string, n int, mode fault.Mode, restart, content bool) bool {
	w := newWorld(t)
	b, err := w.tryBucket("alpha", userRegion, testContract, testUser)
	w.must(err)
	w.plan.OnCall(func(c fault.Call) {
		// The object comes after the first look, so that the fenced one finds it.
		if content && c.Name == "meta.Fence" {
			content = false
			s, err := New(Config{Meta: w.rows, Blobs: w.blobs, Clock: w.clock.Now, Rand: w.cfg.Rand})
			w.must(err)
			_, err = s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: "k", Body: body([]byte("v"))})
			w.must(err)
		}
	})
	had := content
	w.plan.FailAt(n, mode)
	derr := w.s.DeleteBucket(w.ctx(), b)
	fired := w.plan.Fired()
	w.plan.FailAt(0, mode)
	w.plan.OnCall(nil)
	put := had && !content
	if restart {
		w.restart()
	}
	got, gerr := w.s.Bucket(w.ctx(), "alpha")
	switch {
	case derr == nil && gerr == nil:
		t.Fatalf("%s: an acknowledged deletion left the bucket", when)
	case put && gerr != nil:
		t.Fatalf("%s: a bucket with content is gone: %v", when, gerr)
	case put:
		if data := w.read(got, "k", ""); data != "v" {
			t.Fatalf("%s: read %q", when, data)
		}
		w.put(got, "k2", "the bucket takes writes again")
		w.checkCounts(when, 1)
	case gerr == nil:
		if _, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: got, Key: "k", Body: body([]byte("x"))}); err == nil {
			w.checkCounts(when, 1)
		} else if errs.CodeOf(err) == "NoSuchBucket" {
			w.checkCounts(when, 0)
		} else {
			t.Fatalf("%s: %v", when, err)
		}
	default:
		w.wantCode(gerr, "NoSuchBucket")
		_, err := w.tryBucket("alpha", userRegion, testContract, testUser)
		w.must(err)
		w.checkCounts(when, 1)
	}
	return fired
}

func TestOneOfManyMakesABucket(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	results := make([]error, 16)
	for i := range results {
		wg.Go(func() {
			_, results[i] = w.tryBucket("alpha", contractRegion, testContract+ident.ContractID(i%4), testUser)
		})
	}
	wg.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
		} else if !errors.Is(err, errs.Exists) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d won", won)
	}
}

// A put and the deletion of its bucket never both succeed.
func TestDeletingRacesWithWriting(t *testing.T) {
	for i := range 30 {
		w := newWorld(t)
		b := w.bucket("alpha")
		var wg sync.WaitGroup
		var puts [4]error
		var del error
		for j := range puts {
			wg.Go(func() {
				_, puts[j] = w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: ident.ObjectKey(fmt.Sprint(j)), Body: body([]byte("x"))})
			})
		}
		wg.Go(func() { del = w.s.DeleteBucket(w.ctx(), b) })
		wg.Wait()
		for _, err := range puts {
			if err == nil && del == nil {
				t.Fatalf("run %d: an object and the deletion of its bucket were both acknowledged", i)
			}
			if err != nil && errs.CodeOf(err) != "NoSuchBucket" {
				t.Fatal(err)
			}
		}
		if del != nil && errs.CodeOf(del) != "BucketNotEmpty" {
			t.Fatal(del)
		}
	}
}

func TestVersioningStates(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	_, err := w.s.SetVersioning(w.ctx(), b, Unversioned)
	w.must(err)
	b, err = w.s.SetVersioning(w.ctx(), b, Enabled)
	w.must(err)
	_, err = w.s.SetVersioning(w.ctx(), b, Unversioned)
	w.wantCode(err, "IllegalVersioningConfigurationException")
	locked, err := w.s.CreateBucket(w.ctx(), CreateBucket{Name: "locked", Region: contractRegion, Contract: testContract, Lock: true})
	w.must(err)
	if locked.Versioning != Enabled || !locked.Lock {
		t.Errorf("a bucket with object lock is %+v", locked)
	}
	_, err = w.s.SetVersioning(w.ctx(), locked, Suspended)
	w.wantCode(err, "InvalidBucketState")
}
