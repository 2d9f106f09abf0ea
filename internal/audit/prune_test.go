package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"coffer/internal/errs"
	"coffer/internal/fault"
	"coffer/internal/meta"
)

const day = 24 * time.Hour

// aged writes a record on each of n days, "a:1" on the first.
func aged(w *world, n int) (start time.Time) {
	start = w.now
	for i := range n {
		w.write(fmt.Sprintf("a:%d", i+1))
		w.now = w.now.Add(day)
	}
	w.must(w.Chain(context.Background(), contract))
	return start
}

func (w *world) prune(before time.Time) int {
	w.t.Helper()
	n, err := w.Prune(context.Background(), contract, before)
	w.must(err)
	return n
}

// TestPrunedChainsVerify: what is left of a chain verifies from its anchor on, also when nothing is left, and goes on growing.
func TestPrunedChainsVerify(t *testing.T) {
	w := newWorld(t)
	start := aged(w, 10)
	all, _ := w.list(Query{})
	if n := w.prune(start); n != 0 {
		t.Errorf("%d records removed that are not older", n)
	}
	if n := w.prune(start.Add(4 * day)); n != 4 {
		t.Errorf("%d records removed", n)
	}
	check := func(removed, last uint64, listed string) {
		t.Helper()
		r := w.verify()
		if !r.Whole || r.Removed != removed || r.Records != last || r.Anchor != all[10-removed].Hash {
			t.Errorf("verified: %+v", r)
		}
		if got, next := w.list(Query{}); actions(got) != listed || next != 0 {
			t.Errorf("listed %q, next %d, want %q", actions(got), next, listed)
		}
	}
	check(4, 10, "a:10 a:9 a:8 a:7 a:6 a:5")
	if got, next := w.list(Query{Limit: 4, Before: 8}); actions(got) != "a:7 a:6 a:5" || next != 0 {
		t.Errorf("the last page is %q, next %d", actions(got), next)
	}
	if n := w.prune(start.Add(7 * day)); n != 3 {
		t.Errorf("%d records removed", n)
	}
	check(7, 10, "a:10 a:9 a:8")
	if n := w.prune(start.Add(100 * day)); n != 3 {
		t.Errorf("%d records removed", n)
	}
	check(10, 10, "")
	w.write("b:1")
	check(10, 11, "b:1")
	if n, err := w.Prune(context.Background(), contract+1, w.now); n != 0 || err != nil {
		t.Errorf("of a contract without records: %d, %v", n, err)
	}
}

func TestPruneInBatches(t *testing.T) {
	w := newWorld(t)
	for range PruneBatch + 10 {
		w.must(w.Write(context.Background(), contract, Event{Action: "a"}))
	}
	w.must(w.Chain(context.Background(), contract))
	w.now = w.now.Add(day)
	if n, again := w.prune(w.now), w.prune(w.now); n != PruneBatch || again != 10 {
		t.Errorf("%d and %d records removed", n, again)
	}
	if r := w.verify(); !r.Whole || r.Removed != PruneBatch+10 {
		t.Errorf("%+v", r)
	}
}

// TestTamperingWithWhatIsLeft: neither the rest of a chain nor its anchor can be changed by who has the files alone, and what was changed is
// not removed.
func TestTamperingWithWhatIsLeft(t *testing.T) {
	update := func(w *world, fn func(tx meta.Tx) error) {
		w.must(w.store.Update(context.Background(), partition(contract), auditRoute, fn))
	}
	for _, c := range []struct {
		name   string
		do     func(w *world)
		broken uint64
	}{
		{"the first record that is left goes", func(w *world) {
			update(w, func(tx meta.Tx) error { return tx.Delete(recordKey(4)) })
		}, 4},
		{"the anchor goes", func(w *world) {
			update(w, func(tx meta.Tx) error { return tx.Delete(anchorKey()) })
		}, 1},
		{"one record more goes, and the anchor is made anew without the keyring", func(w *world) {
			update(w, func(tx meta.Tx) error {
				row, err := tx.Get(recordKey(4))
				if err != nil {
					return err
				}
				raw, err := tx.Get(anchorKey())
				if err != nil {
					return err
				}
				hash, former := hashOf(contract, row), Hash(row[9:recordHead])
				raw = bytes.Replace(bytes.Clone(raw), base64Of(former), base64Of(hash), 1)
				raw = bytes.Replace(raw, []byte(`"seq":3`), []byte(`"seq":4`), 1)
				return errors.Join(tx.Delete(recordKey(4)), tx.Put(anchorKey(), raw))
			})
		}, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			start := aged(w, 6)
			if n := w.prune(start.Add(3 * day)); n != 3 || !w.verify().Whole {
				t.Fatalf("%d removed, %+v", n, w.verify())
			}
			c.do(w)
			if r := w.verify(); r.Whole || r.Broken != c.broken || r.Why == "" {
				t.Errorf("%+v, want it broken at %d", r, c.broken)
			}
			if n, err := w.Prune(context.Background(), contract, w.now); n != 0 || errs.KindOf(err) != errs.Corrupt {
				t.Errorf("of a broken chain %d records are removed: %v", n, err)
			}
		})
	}
}

// TestInterruptedPruning lets every call to the store fail in turn: the chain is whole at each.
func TestInterruptedPruning(t *testing.T) {
	for at := 2; at < 10; at++ {
		mode := fault.Refuse + fault.Mode(at%2)
		plan := &fault.Plan{}
		w := newWorld(t, func(s meta.Store) meta.Store { return fault.Meta(s, plan) })
		start := aged(w, 6)
		plan.FailAt(at/2, mode)
		_, _ = w.Prune(context.Background(), contract, start.Add(3*day))
		plan.FailAt(0, mode)
		if r := w.verify(); !r.Whole || r.Removed != 0 && r.Removed != 3 {
			t.Fatalf("failing at call %d, mode %d: %+v", at/2, mode, r)
		}
		w.prune(start.Add(3 * day))
		if r := w.verify(); !r.Whole || r.Removed != 3 {
			t.Fatalf("failing at call %d, mode %d, then again: %+v", at/2, mode, r)
		}
	}
}

// TestVerifyDuringPruning: a walk that is overtaken by a removal begins again.
func TestVerifyDuringPruning(t *testing.T) {
	w := newWorld(t)
	start := aged(w, 300)
	done := make(chan error, 1)
	go func() {
		for i := range 300 {
			if _, err := w.Prune(context.Background(), contract, start.Add(time.Duration(i)*day)); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for {
		select {
		case err := <-done:
			w.must(err)
			return
		default:
			if r := w.verify(); !r.Whole {
				t.Fatalf("%+v", r)
			}
		}
	}
}
