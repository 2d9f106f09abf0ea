package object

import (
	"errors"
	"testing"

	"coffer/internal/errs"
	"coffer/internal/fault"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// A key that becomes versioned between the two scans of a listing of versions is given once, by the later scan.
func TestListingVersionsRacesWithEnabling(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	w.put(b, "k", "old")
	scans := 0
	w.plan.OnCall(func(c fault.Call) {
		if c.Name != "meta.Reader.Scan" {
			return
		}
		if scans++; scans == 2 {
			b2 := w.mustVersion(b, Enabled)
			w.put(b2, "k", "new")
		}
	})
	var latest, all int
	_, err := w.s.ListVersions(w.ctx(), &ListVersions{Bucket: b, Max: 10}, func(e *VersionEntry) error {
		all++
		if e.Latest {
			latest++
		}
		return nil
	})
	w.must(err)
	if scans < 2 || all != 2 || latest != 1 {
		t.Errorf("%d scans gave %d versions, %d of them the latest", scans, all, latest)
	}
}

func TestDamagedInlineContentIsNotServed(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	w.put(b, "k", "content")
	for _, damaged := range []string{"c0ntent", "conten"} {
		w.must(w.rows.Update(w.ctx(), b.partition(), "k", func(tx meta.Tx) error {
			var live record
			value, err := tx.Get(liveKey("k"))
			if err != nil {
				return err
			}
			if err := live.decode(value); err != nil {
				return err
			}
			return tx.Put(dataKey("k", live.seq), append([]byte{rowVersion}, damaged...))
		}))
		if got, err := w.tryRead(&Get{Bucket: b, Key: "k"}); !errors.Is(err, errs.Corrupt) {
			t.Errorf("damaged content is served as %q, %v", got, err)
		}
	}
}

// The null version has no other name.
func TestTheNullVersionHasOneName(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	w.put(b, "k", "null")
	b = w.mustVersion(b, Enabled)
	w.put(b, "k", "new")
	var h head
	w.must(w.rows.View(w.ctx(), b.partition(), func(r meta.Reader) error {
		value, err := r.Get(headKey("k"))
		if err != nil {
			return err
		}
		return h.decode(value)
	}))
	alias := ident.VersionOf(h.null)
	_, err := w.tryRead(&Get{Bucket: b, Key: "k", Version: alias})
	w.wantCode(err, "NoSuchVersion")
	_, err = w.s.SetTags(w.ctx(), &VersionRef{Bucket: b, Key: "k", Version: alias}, nil)
	w.wantCode(err, "NoSuchVersion")
	w.delete(b, "k", alias)
	if got := w.read(b, "k", ident.NullVersion); got != "null" {
		t.Errorf("read %q", got)
	}
}

// A change whose answer was lost is what the rows say, not what the cache had.
func TestALostAnswerOfABucketsChange(t *testing.T) {
	for n := 1; ; n++ {
		w := newWorld(t)
		b := w.bucket("alpha")
		w.plan.FailAt(n, fault.LoseAnswer)
		_, err := w.s.SetConfig(w.ctx(), b, "cors", []byte("rules"))
		fired := w.plan.Fired()
		w.plan.FailAt(0, fault.LoseAnswer)
		before, berr := w.s.Bucket(w.ctx(), "alpha")
		w.must(berr)
		w.restart()
		after, aerr := w.s.Bucket(w.ctx(), "alpha")
		w.must(aerr)
		if string(before.Configs["cors"]) != string(after.Configs["cors"]) || err == nil && string(after.Configs["cors"]) != "rules" {
			t.Errorf("call %d: %v, then %q before and %q after a restart", n, err, before.Configs["cors"], after.Configs["cors"])
		}
		if !fired {
			return
		}
	}
}

// What a reader held back is still in the queue after a crash.
func TestHeldGarbageSurvivesACrash(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	u := w.upload(b, "k")
	_, err := w.complete(b, u, []Part{w.part(b, u, 1, pattern(5000, 1))})
	w.must(err)
	c, err := w.s.GetObject(w.ctx(), &Get{Bucket: b, Key: "k"})
	w.must(err)
	w.delete(b, "k", "")
	w.put(b, "l", pattern(5000, 2))
	w.delete(b, "l", "")
	w.must(w.s.Collect(w.ctx()))
	if n := w.rowsOf(b, kindPage); n != 1 {
		t.Errorf("%d pages while a reader is at work", n)
	}
	w.restart()
	w.settle()
	w.must(c.Close())
	w.checkEmptyBucket(b)
}
