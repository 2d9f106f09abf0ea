package file_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"

	"coffer/internal/blob"
	"coffer/internal/blob/blobtest"
	"coffer/internal/engine/file"
	"coffer/internal/errs"
)

// ledger is what a client of a store knows after a run: what was acknowledged, and what may or may not have happened.
type ledger struct {
	mu      sync.Mutex
	kept    map[blob.Ref]blob.Info
	content map[blob.Ref][]byte
	gone    map[blob.Ref]bool // the deletion was acknowledged
	unsure  map[blob.Ref]bool // the deletion failed or was cut off
	session uint64            // the newest that a store told
}

func newLedger() *ledger {
	return &ledger{kept: map[blob.Ref]blob.Info{}, content: map[blob.Ref][]byte{}, gone: map[blob.Ref]bool{}, unsure: map[blob.Ref]bool{}}
}

func (l *ledger) put(t *testing.T, s blob.Store, n int, size int64, unknown bool) (blob.Ref, error) {
	want := blobtest.Content(uint64(n), size)
	ref, err := blobtest.Put(t.Context(), s, n, want, 100<<10, unknown)
	if err != nil {
		return "", err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept[ref] = blob.Info{Ref: ref, Owner: blobtest.Owner(n), Session: s.Session(), Size: size}
	l.content[ref] = want
	return ref, nil
}

func (l *ledger) remove(t *testing.T, s blob.Store, refs ...blob.Ref) error {
	err := s.Delete(t.Context(), refs)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, ref := range refs {
		delete(l.kept, ref)
		l.gone[ref], l.unsure[ref] = err == nil, err != nil
	}
	return err
}

// script uses a store in two sessions: blobs of each home from several writers, deletions of new and of old blobs. It ends at the
// first error.
func script(t *testing.T, l *ledger, open func() (*file.Store, error)) error {
	var old []blob.Ref
	for session := range 2 {
		s, err := open()
		if err != nil {
			return err
		}
		l.session = s.Session()
		if err := errors.Join(play(t, l, s, session, &old), s.Close()); err != nil {
			return err
		}
	}
	return nil
}

func play(t *testing.T, l *ledger, s *file.Store, session int, old *[]blob.Ref) error {
	if session > 0 {
		if err := l.remove(t, s, (*old)[0], (*old)[2]); err != nil {
			return err
		}
	}
	sizes := []int64{100, 70000, 1<<20 + 5, 600 << 10}
	refs := make([]blob.Ref, len(sizes)+2)
	failures := make([]error, len(refs))
	var wg sync.WaitGroup
	for i, size := range sizes {
		wg.Go(func() { refs[i], failures[i] = l.put(t, s, 10*session+i, size, i%2 == 0) })
	}
	wg.Wait()
	for i := len(sizes); i < len(refs); i++ {
		refs[i], failures[i] = l.put(t, s, 10*session+i, 600<<10-int64(i), false)
	}
	if err := errors.Join(failures...); err != nil {
		return err
	}
	if err := l.remove(t, s, refs[1], refs[4]); err != nil {
		return err
	}
	*old = refs
	return nil
}

// check opens a store as a crash left it and holds it against the ledger.
func (l *ledger) check(t *testing.T, o file.Options) {
	t.Helper()
	s := open(t, o)
	if s.Session() <= l.session {
		t.Errorf("session %d after session %d", s.Session(), l.session)
	}
	l.checkReads(t, s)
	listed := blobtest.ListAll(t, s, 0, s.Session(), 3)
	var strays []blob.Ref
	for ref, info := range l.kept {
		if listed[ref] != info {
			t.Errorf("listed as %+v, committed as %+v", listed[ref], info)
		}
	}
	for ref := range listed {
		if l.gone[ref] {
			t.Errorf("%q is listed, its deletion was acknowledged", ref)
		}
		if _, kept := l.kept[ref]; !kept {
			strays = append(strays, ref)
		}
	}
	if err := s.Delete(t.Context(), strays); err != nil {
		t.Errorf("delete of what was never committed: %v", err)
	}
	if listed = blobtest.ListAll(t, s, 0, s.Session(), 1000); !maps.Equal(listed, l.kept) {
		t.Errorf("%d blobs listed after collection, want %d", len(listed), len(l.kept))
	}
	if _, err := l.put(t, s, 99, 1<<20+1, false); err != nil {
		t.Errorf("put after a crash: %v", err)
	}
	if _, err := l.put(t, s, 98, 1000, false); err != nil {
		t.Errorf("put after a crash: %v", err)
	}
	l.checkReads(t, s)
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func (l *ledger) checkReads(t *testing.T, s blob.Store) {
	t.Helper()
	for ref := range l.kept {
		if got, err := blobtest.Get(t.Context(), s, ref); err != nil || !bytes.Equal(got, l.content[ref]) {
			t.Errorf("%q, %d bytes, was committed and reads as %d bytes, %v", ref, len(l.content[ref]), len(got), err)
		}
	}
	for ref := range l.gone {
		got, err := blobtest.Get(t.Context(), s, ref)
		if err == nil && (l.gone[ref] || !bytes.Equal(got, l.content[ref])) {
			t.Errorf("%q reads as %d bytes; deletion acknowledged: %v", ref, len(got), l.gone[ref])
		}
	}
}

// simOptions are small enough for a test to fill segments.
func simOptions(fs *simFS) file.Options {
	return file.Options{Dir: "/blobs", FS: fs, SegmentBytes: 2 << 20, BufferBytes: 2 << 20, Random: rand.NewChaCha8([32]byte{1})}
}

// TestKilledAtEveryCall kills the process at each call of the file system in turn, takes the power away, and opens again.
func TestKilledAtEveryCall(t *testing.T) {
	for stride, holes := range map[int]bool{1: true, 3: false} {
		t.Run(fmt.Sprintf("holes=%v", holes), func(t *testing.T) {
			t.Parallel()
			for n := 1; ; n += stride {
				sim := newSimFS(uint64(n))
				sim.holes = holes
				sim.chooseFailure(n, func(string) error { return errKilled })
				l := newLedger()
				err := script(t, l, func() (*file.Store, error) { return file.Open(simOptions(sim)) })
				if err == nil && sim.failure() == "" {
					t.Logf("%d calls", n-1)
					return
				}
				l.check(t, simOptions(sim.crash(uint64(n))))
				if t.Failed() {
					t.Fatalf("killed at call %d, %s; the script's error: %v", n, sim.failure(), err)
				}
			}
		})
	}
}

// TestErrorAtEveryCall fails each call of the file system in turn, once. What was acknowledged stays readable, at once and
// after a crash.
func TestErrorAtEveryCall(t *testing.T) {
	t.Parallel()
	for n := 1; ; n++ {
		sim := newSimFS(uint64(n))
		failures := 0
		sim.chooseFailure(n, func(string) error { return syscall.EIO })
		l := newLedger()
		var s *file.Store
		err := script(t, l, func() (*file.Store, error) {
			o := simOptions(sim)
			o.OnFailure = func(error) { failures++ }
			var err error
			s, err = file.Open(o)
			return s, err
		})
		if sim.failure() == "" {
			return
		}
		if strings.HasPrefix(sim.failure(), "sync") != (failures == 1) || failures > 1 {
			t.Errorf("a failed %s was reported %d times", sim.failure(), failures)
		}
		if failures == 1 && s != nil && s.Health() == nil {
			t.Errorf("a failed %s leaves the store healthy", sim.failure())
		}
		l.check(t, simOptions(sim.crash(uint64(n))))
		if t.Failed() {
			t.Fatalf("error at call %d, %s; the script's error: %v", n, sim.failure(), err)
		}
	}
}

// TestFailedSyncEndsWriting holds the store to its word: nothing is written after a failed sync, reads go on.
func TestFailedSyncEndsWriting(t *testing.T) {
	for _, size := range []int64{1000, 2 << 20} {
		sim := newSimFS(1)
		var heard []error
		o := simOptions(sim)
		o.OnFailure = func(err error) { heard = append(heard, err) }
		s := open(t, o)
		l := newLedger()
		for i, size := range []int64{1000, 2 << 20} {
			if _, err := l.put(t, s, i, size, false); err != nil {
				t.Fatal(err)
			}
		}
		s.Settle() // no segment is being made, so the first sync is the put's own
		sim.failFirst("sync")
		if _, err := l.put(t, s, 5, size, false); !errors.Is(err, errs.Unavailable) {
			t.Errorf("commit with a failed sync: %v, want errs.Unavailable", err)
		}
		if err := s.Health(); !errors.Is(err, errs.Unavailable) {
			t.Errorf("health after a failed sync: %v", err)
		}
		for range 2 {
			if _, err := s.Create(t.Context(), blobtest.Owner(1), 1); !errors.Is(err, errs.Unavailable) {
				t.Errorf("create after a failed sync: %v", err)
			}
			if err := s.Delete(t.Context(), nil); !errors.Is(err, errs.Unavailable) {
				t.Errorf("delete after a failed sync: %v", err)
			}
		}
		l.checkReads(t, s)
		if len(heard) != 1 {
			t.Errorf("the failure was reported %d times", len(heard))
		}
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		l.check(t, simOptions(sim.crash(1)))
	}
}

// TestFullDisk refuses what the reserve has no room for and goes on when there is room again.
func TestFullDisk(t *testing.T) {
	sim := newSimFS(1)
	o := simOptions(sim)
	o.ReserveBytes = 100 << 20
	s := open(t, o)
	setFree := func(n int64) {
		sim.mu.Lock()
		defer sim.mu.Unlock()
		sim.free = n
	}
	full := func(err error) bool { return errors.Is(err, errs.Unavailable) && errs.CodeOf(err) == "DiskFull" }
	setFree(109 << 20)
	w, err := s.Create(t.Context(), blobtest.Owner(1), 6<<20)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(t.Context(), blobtest.Owner(1), 6<<20); !full(err) {
		t.Errorf("a second 6 MiB of 9 MiB above the reserve: %v", err)
	}
	w.Abort()
	if w, err = s.Create(t.Context(), blobtest.Owner(1), 6<<20); err != nil {
		t.Errorf("after the first was aborted: %v", err)
	} else {
		w.Abort()
	}
	setFree(100<<20 - 1)
	if _, err := s.Create(t.Context(), blobtest.Owner(1), 0); !full(err) {
		t.Errorf("create below the reserve: %v", err)
	}
	setFree(100 << 20)
	if _, err := blobtest.Put(t.Context(), s, 1, make([]byte, 3<<20), 1<<20, true); !full(err) {
		t.Errorf("unknown size without room: %v", err)
	}
	setFree(1 << 40)
	for n := 1; n < 30; n++ {
		sim.chooseFailure(n, func(name string) error {
			if name == "write" || name == "allocate" {
				return syscall.ENOSPC
			}
			return nil
		})
		for _, size := range []int64{1000, 2 << 20} {
			if _, err := blobtest.Put(t.Context(), s, 1, make([]byte, size), 1<<20, true); err != nil && !full(err) {
				t.Errorf("%s without room: %v", sim.failure(), err)
			}
		}
	}
	if err := s.Health(); err != nil {
		t.Errorf("health after a full disk: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
