package fault_test

import (
	"bytes"
	"errors"
	"testing"

	"coffer/internal/blob"
	"coffer/internal/blob/blobtest"
	"coffer/internal/engine/file"
	"coffer/internal/errs"
	"coffer/internal/fault"
)

// blobOperation makes nine calls: Create, Write and Commit, Open and ReadAt, List, Open and ReadAt of the first blob, Delete.
func blobOperation(t *testing.T, s blob.Store, first blob.Ref) (blob.Ref, error) {
	ref, err := blobtest.Put(t.Context(), s, 1, []byte("content"), 100, false)
	if err != nil {
		return "", err
	}
	if _, err := blobtest.Get(t.Context(), s, ref); err != nil {
		return "", err
	}
	if _, _, err := s.List(t.Context(), 0, 9, "", 1); err != nil {
		return "", err
	}
	if _, err := blobtest.Get(t.Context(), s, first); err != nil {
		return "", err
	}
	return ref, s.Delete(t.Context(), []blob.Ref{first})
}

const blobOperationCalls = 9

func TestBlobFailsAtEveryCall(t *testing.T) {
	for _, mode := range []fault.Mode{fault.Refuse, fault.LoseAnswer} {
		for n := 1; n <= blobOperationCalls+1; n++ {
			inner, err := file.Open(file.Options{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			first, err := blobtest.Put(t.Context(), inner, 0, []byte("first"), 100, false)
			if err != nil {
				t.Fatal(err)
			}
			plan := new(fault.Plan)
			s := fault.Blob(inner, plan)
			plan.FailAt(n, mode)
			ref, err := blobOperation(t, s, first)
			if fails := n <= blobOperationCalls; plan.Fired() != fails || errors.Is(err, fault.Injected) != fails ||
				fails && !errors.Is(err, errs.Unavailable) {
				t.Errorf("mode %d, call %d: fired %v, error %v", mode, n, plan.Fired(), err)
			}
			if n > blobOperationCalls {
				if got, err := blobtest.Get(t.Context(), inner, ref); err != nil || !bytes.Equal(got, []byte("content")) {
					t.Errorf("mode %d, no failure: %q, %v", mode, got, err)
				}
			}
			_, err = blobtest.Get(t.Context(), inner, first)
			deleted := n > blobOperationCalls || n == blobOperationCalls && mode == fault.LoseAnswer
			if errors.Is(err, errs.NotFound) != deleted {
				t.Errorf("mode %d, call %d: the first blob reads with %v; deleted: %v", mode, n, err, deleted)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestBlobCutOff(t *testing.T) {
	inner, err := file.Open(file.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	plan := new(fault.Plan)
	s := fault.Blob(inner, plan)
	w, err := s.Create(t.Context(), blobtest.Owner(1), 1)
	if err != nil {
		t.Fatal(err)
	}
	plan.CutOff()
	if _, err := w.Write([]byte{1}); !errors.Is(err, fault.Injected) {
		t.Errorf("write to a store cut off: %v", err)
	}
	if _, err := s.Create(t.Context(), blobtest.Owner(1), 1); !errors.Is(err, fault.Injected) {
		t.Errorf("create in a store cut off: %v", err)
	}
	plan.Restore()
	if _, err := w.Write([]byte{1}); err != nil {
		t.Errorf("write after the store is back: %v", err)
	}
	if _, err := w.Commit(); err != nil {
		t.Errorf("commit after the store is back: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
