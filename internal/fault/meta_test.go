package fault_test

import (
	"errors"
	"testing"

	"coffer/internal/engine/pebble"
	"coffer/internal/errs"
	"coffer/internal/fault"
	"coffer/internal/meta"
	"coffer/internal/meta/metatest"
)

func TestEmptyPlanPassesTheSuite(t *testing.T) {
	metatest.Run(t, func(*testing.T) meta.Store { return fault.Meta(pebble.OpenMem(), nil) })
}

// operation makes eight calls: Update with a Get, View with Get, Scan, Count, Queue, and Partitions.
func operation(t *testing.T, s meta.Store) error {
	k := meta.Key{Kind: 1, Route: "r"}
	err := s.Update(t.Context(), "b/1", "r", func(tx meta.Tx) error {
		if _, err := tx.Get(k); err != nil && !errors.Is(err, errs.NotFound) {
			return err
		}
		tx.Add(1, 1)
		tx.Append(1, []byte("row"))
		return tx.Put(k, []byte("v"))
	})
	if err != nil {
		return err
	}
	err = s.View(t.Context(), "b/1", func(r meta.Reader) error {
		if _, err := r.Get(k); err != nil {
			return err
		}
		if _, err := r.Scan(1, nil, nil, meta.Budget{}, func(_, _, _ []byte) ([]byte, error) { return nil, nil }); err != nil {
			return err
		}
		if _, err := r.Count(1); err != nil {
			return err
		}
		return r.Queue(1, 0, 1, func(uint64, []byte) error { return nil })
	})
	if err != nil {
		return err
	}
	_, _, err = s.Partitions(t.Context(), "", "", 1)
	return err
}

const operationCalls = 8

func committed(t *testing.T, s meta.Store) bool {
	t.Helper()
	there := false
	err := s.View(t.Context(), "b/1", func(r meta.Reader) error {
		n, err := r.Count(1)
		there = n > 0
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return there
}

func TestFailAtEachCall(t *testing.T) {
	for _, mode := range []fault.Mode{fault.Refuse, fault.LoseAnswer} {
		for n := 1; ; n++ {
			inner, plan := pebble.OpenMem(), new(fault.Plan)
			plan.FailAt(n, mode)
			err := operation(t, fault.Meta(inner, plan))
			if !plan.Fired() {
				if err != nil || plan.Calls() != operationCalls || n != operationCalls+1 {
					t.Errorf("untouched at n = %d: %v after %d calls, want none and %d", n, err, plan.Calls(), operationCalls)
				}
				break
			}
			if n > operationCalls {
				t.Fatalf("call %d of %d fired", n, operationCalls)
			}
			// An absent row is an answer of its own: losing it shows as the failure too, unless the call failed before.
			if lostNothing := mode == fault.LoseAnswer && n == 2; !lostNothing && !(errors.Is(err, errs.Unavailable) && errors.Is(err, fault.Injected)) {
				t.Errorf("mode %d, call %d: %v", mode, n, err)
			}
			want := n > 2 || mode == fault.LoseAnswer // calls 1 and 2 are the update and its Get
			if got := committed(t, inner); got != want {
				t.Errorf("mode %d, call %d: committed %v, want %v", mode, n, got, want)
			}
			if err := inner.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestFenceDropAndTrimFail(t *testing.T) {
	inner, plan := pebble.OpenMem(), new(fault.Plan)
	defer inner.Close()
	s := fault.Meta(inner, plan)
	for name, call := range map[string]func() error{
		"Fence": func() error { return s.Fence(t.Context(), "b/1", true) },
		"Drop":  func() error { return s.Drop(t.Context(), "b/1") },
		"Trim":  func() error { return s.Trim(t.Context(), "b/1", 1, 1) },
	} {
		plan.FailAt(1, fault.Refuse)
		if err := call(); !errors.Is(err, fault.Injected) || !plan.Fired() {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := inner.Update(t.Context(), "b/1", "r", func(meta.Tx) error { return nil }); err != nil {
		t.Errorf("a refused Fence took effect: %v", err)
	}
}

func TestCutOffAndRestore(t *testing.T) {
	inner, plan := pebble.OpenMem(), new(fault.Plan)
	defer inner.Close()
	s := fault.Meta(inner, plan)
	plan.CutOff()
	for range 2 {
		if err := operation(t, s); !errors.Is(err, fault.Injected) {
			t.Errorf("cut off: %v", err)
		}
	}
	if committed(t, inner) {
		t.Error("a call took effect while the store was cut off")
	}
	plan.Restore()
	if err := operation(t, s); err != nil {
		t.Errorf("restored: %v", err)
	}
}

// TestHookSeesEachCallBeforeItsEffect delays nothing but looks.
func TestHookSeesEachCallBeforeItsEffect(t *testing.T) {
	inner, plan := pebble.OpenMem(), new(fault.Plan)
	defer inner.Close()
	s := fault.Meta(inner, plan)
	var calls []fault.Call
	plan.OnCall(func(c fault.Call) {
		if c.Name == "meta.Update" && committed(t, inner) {
			t.Error("the hook ran after the update")
		}
		calls = append(calls, c)
	})
	if err := operation(t, s); err != nil {
		t.Fatal(err)
	}
	if len(calls) != operationCalls || calls[0] != (fault.Call{N: 1, Name: "meta.Update", Subject: "b/1"}) {
		t.Errorf("the hook saw %v", calls)
	}
	plan.OnCall(func(fault.Call) { plan.CutOff() })
	if err := operation(t, s); !errors.Is(err, fault.Injected) {
		t.Errorf("a hook that cuts off: %v", err)
	}
}
