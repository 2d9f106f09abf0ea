package names

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"coffer/internal/engine/pebble"
	"coffer/internal/errs"
	"coffer/internal/fault"
)

func open(t *testing.T) (Directory, *fault.Plan) {
	s, plan := pebble.OpenMem(), new(fault.Plan)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return Directory{Store: fault.Meta(s, plan)}, plan
}

// steps are the calls by name, on the bucket name "photos".
func steps(t *testing.T, d Directory, value string) map[string]func() error {
	ctx, v := t.Context(), []byte(value)
	return map[string]func() error{
		"Reserve":      func() error { return d.Reserve(ctx, Buckets, "photos", v) },
		"Activate":     func() error { return d.Activate(ctx, Buckets, "photos", v) },
		"MarkDeleting": func() error { return d.MarkDeleting(ctx, Buckets, "photos", v) },
		"Restore":      func() error { return d.Restore(ctx, Buckets, "photos", v) },
		"Release":      func() error { return d.Release(ctx, Buckets, "photos", v) },
	}
}

// arrive brings "photos" to a state, 0 for free, with the value "mine".
func arrive(t *testing.T, d Directory, to State) {
	t.Helper()
	s := steps(t, d, "mine")
	for _, name := range map[State][]string{0: nil, Pending: {"Reserve"}, Active: {"Reserve", "Activate"}, Deleting: {"Reserve", "Activate", "MarkDeleting"}}[to] {
		if err := s[name](); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func stateOf(t *testing.T, d Directory) State {
	t.Helper()
	e, err := d.Lookup(t.Context(), Buckets, "photos")
	if errors.Is(err, errs.NotFound) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	if string(e.Value) != "mine" {
		t.Errorf("the name stands for %q", e.Value)
	}
	return e.State
}

// TestEveryStepInEveryState is the whole table: each step, from each state, by the owner of the name and by another, done twice.
func TestEveryStepInEveryState(t *testing.T) {
	const ok = errs.Kind(255)
	for _, c := range []struct {
		step  string
		mine  [4]errs.Kind // from free, Pending, Active, Deleting
		after [4]State     // where mine leads to, or stays
		other [4]errs.Kind // with another value
	}{
		{"Reserve", [4]errs.Kind{ok, ok, ok, errs.Exists}, [4]State{Pending, Pending, Active, Deleting}, [4]errs.Kind{ok, errs.Exists, errs.Exists, errs.Exists}},
		{"Activate", [4]errs.Kind{errs.NotFound, ok, ok, errs.Conflict}, [4]State{0, Active, Active, Deleting}, [4]errs.Kind{errs.NotFound, errs.Conflict, errs.Conflict, errs.Conflict}},
		{"MarkDeleting", [4]errs.Kind{errs.NotFound, errs.Conflict, ok, ok}, [4]State{0, Pending, Deleting, Deleting}, [4]errs.Kind{errs.NotFound, errs.Conflict, errs.Conflict, errs.Conflict}},
		{"Restore", [4]errs.Kind{errs.NotFound, errs.Conflict, ok, ok}, [4]State{0, Pending, Active, Active}, [4]errs.Kind{errs.NotFound, errs.Conflict, errs.Conflict, errs.Conflict}},
		{"Release", [4]errs.Kind{ok, ok, ok, ok}, [4]State{0, 0, 0, 0}, [4]errs.Kind{ok, ok, ok, ok}},
	} {
		for from := range State(4) {
			check := func(who string, err error, want errs.Kind) {
				if want == ok && err != nil || want != ok && !errors.Is(err, want) {
					t.Errorf("%s by %s from state %d: %v, want %v", c.step, who, from, err, want)
				}
			}
			d, _ := open(t)
			arrive(t, d, from)
			for range 2 {
				check("its owner", steps(t, d, "mine")[c.step](), c.mine[from])
				if got := stateOf(t, d); got != c.after[from] {
					t.Errorf("%s from state %d leads to %d, want %d", c.step, from, got, c.after[from])
				}
			}
			if from == 0 {
				continue // the other becomes the owner
			}
			d, _ = open(t)
			arrive(t, d, from)
			check("another", steps(t, d, "other")[c.step](), c.other[from])
			if got := stateOf(t, d); got != from {
				t.Errorf("%s by another leads from state %d to %d", c.step, from, got)
			}
		}
	}
}

// TestStepsCanBeRepeatedAfterALostAnswer loses the answer of each step, then repeats it.
func TestStepsCanBeRepeatedAfterALostAnswer(t *testing.T) {
	d, plan := open(t)
	life := []string{"Reserve", "Activate", "MarkDeleting", "Restore", "MarkDeleting", "Release"}
	s := steps(t, d, "mine")
	for _, name := range life {
		plan.FailAt(1, fault.LoseAnswer)
		if err := s[name](); !errors.Is(err, errs.Unavailable) {
			t.Errorf("%s whose answer was lost: %v", name, err)
		}
		if err := s[name](); err != nil {
			t.Errorf("%s again: %v", name, err)
		}
	}
	if got := stateOf(t, d); got != 0 {
		t.Errorf("the name ends in state %d", got)
	}
}

func TestOnlyOneGetsAName(t *testing.T) {
	d, _ := open(t)
	var won atomic.Int64
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			err := d.Reserve(t.Context(), Mails, "a@example.org", fmt.Append(nil, i))
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, errs.Exists) || errs.PublicOf(err) != "this mail address is taken" || errs.SubjectOf(err) != "a@example.org" {
				t.Error(err)
			}
		})
	}
	if all.Wait(); won.Load() != 1 {
		t.Errorf("%d reservations succeeded, want one", won.Load())
	}
}

func TestSpacesAreApart(t *testing.T) {
	d, _ := open(t)
	for s := Buckets; s <= KeyIDs; s++ {
		if err := d.Reserve(t.Context(), s, "same", []byte{byte(s)}); err != nil {
			t.Error(err)
		}
	}
	for s := Buckets; s <= KeyIDs; s++ {
		if e, err := d.Lookup(t.Context(), s, "same"); err != nil || !bytes.Equal(e.Value, []byte{byte(s)}) || e.State != Pending {
			t.Errorf("%s: %v, %v", s, e, err)
		}
	}
}

func TestBadInputIsRefused(t *testing.T) {
	d, _ := open(t)
	ctx, v := t.Context(), []byte("v")
	for name, c := range map[string]struct {
		err  error
		want errs.Kind
	}{
		"no name":         {d.Reserve(ctx, Buckets, "", v), errs.Invalid},
		"too long a name": {d.Reserve(ctx, Buckets, strings.Repeat("x", MaxName+1), v), errs.Invalid},
		"no value":        {d.Reserve(ctx, Buckets, "n", nil), errs.Internal},
		"too long value":  {d.Reserve(ctx, Buckets, "n", make([]byte, MaxValue+1)), errs.Internal},
		"space 0":         {d.Reserve(ctx, 0, "n", v), errs.Internal},
		"space 6":         {d.Release(ctx, 6, "n", v), errs.Internal},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", name, c.err, c.want)
		}
	}
	if _, err := d.Lookup(ctx, Buckets, strings.Repeat("x", MaxName+1)); !errors.Is(err, errs.Invalid) {
		t.Errorf("Lookup of too long a name: %v", err)
	}
	if err := d.Reserve(ctx, Buckets, strings.Repeat("x", MaxName), make([]byte, MaxValue)); err != nil {
		t.Errorf("the longest name and value: %v", err)
	}
}

// TestGoldenRowsAndPlaces fails when names that were stored would not be found, or not be read, again.
func TestGoldenRowsAndPlaces(t *testing.T) {
	for name, want := range map[string]string{"photos": "d/e6", "a": "d/99", "my-bucket": "d/ee"} {
		if got := string(partition(Buckets, name)); got != want {
			t.Errorf("%q lies in %s, want %s", name, got, want)
		}
	}
	row := encode(Entry{[]byte("owner"), Deleting})
	if string(row) != "\x01\x03owner" {
		t.Errorf("a row is %q", row)
	}
	if e, err := decode(row); err != nil || string(e.Value) != "owner" || e.State != Deleting {
		t.Errorf("it reads as %v, %v", e, err)
	}
	for _, bad := range []string{"", "\x01", "\x01\x01", "\x02\x01v", "\x01\x00v", "\x01\x04v"} {
		if _, err := decode([]byte(bad)); !errors.Is(err, errs.Corrupt) {
			t.Errorf("row %q: %v, want corrupt", bad, err)
		}
	}
}

func TestNamesSpreadEvenly(t *testing.T) {
	counts := map[string]int{}
	const each = 200
	for i := range 256 * each {
		counts[string(partition(AccessKeys, fmt.Sprintf("key-%06d", i)))]++
	}
	if len(counts) != 256 {
		t.Fatalf("%d partitions are used, want 256", len(counts))
	}
	for p, n := range counts {
		if n < each/2 || n > each*2 {
			t.Errorf("partition %s has %d of %d names, want about %d", p, n, 256*each, each)
		}
	}
}

// TestClaims: of two who reserve a name for the same value one has it, and the other neither confirms nor frees it.
func TestClaims(t *testing.T) {
	ctx, value := t.Context(), []byte("mine")
	first, second := []byte("mine#1"), []byte("mine#2")
	d, _ := open(t)
	must := func(what string, err error, want errs.Kind) {
		t.Helper()
		if want == 0 && err != nil || want != 0 && !errors.Is(err, want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	must("confirm a free name", d.Confirm(ctx, Buckets, "photos", first, value), errs.NotFound)
	must("cancel a free name", d.Cancel(ctx, Buckets, "photos", first, value), 0)
	must("reserve", d.Reserve(ctx, Buckets, "photos", first), 0)
	must("reserve, the other", d.Reserve(ctx, Buckets, "photos", second), errs.Exists)
	must("cancel, the other", d.Cancel(ctx, Buckets, "photos", second, value), 0)
	must("confirm, the other", d.Confirm(ctx, Buckets, "photos", second, value), errs.Conflict)
	must("cancel", d.Cancel(ctx, Buckets, "photos", first, value), 0)
	must("reserve, the other, of a name that is free again", d.Reserve(ctx, Buckets, "photos", second), 0)
	for range 2 { // repeated after a crash
		must("confirm", d.Confirm(ctx, Buckets, "photos", second, value), 0)
		if got := stateOf(t, d); got != Active {
			t.Errorf("confirmed it is in state %d", got)
		}
	}
	for _, claim := range [][]byte{first, second} {
		must("cancel what is active", d.Cancel(ctx, Buckets, "photos", claim, value), 0)
		must("reserve what is active", d.Reserve(ctx, Buckets, "photos", claim), errs.Exists)
	}
	if got := stateOf(t, d); got != Active {
		t.Errorf("what is active is in state %d", got)
	}
	// As an earlier release left it.
	must("reserve for the value itself", d.Reserve(ctx, Buckets, "old", value), 0)
	must("confirm it", d.Confirm(ctx, Buckets, "old", first, value), 0)
	must("reserve another so", d.Reserve(ctx, Buckets, "older", value), 0)
	must("cancel it", d.Cancel(ctx, Buckets, "older", first, value), 0)
	must("reserve it", d.Reserve(ctx, Buckets, "older", second), 0)
}
