package file_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"coffer/internal/blob"
	"coffer/internal/blob/blobtest"
	"coffer/internal/engine/file"
	"coffer/internal/errs"
)

// used returns how many files a simulated disk holds under the sessions, and the bytes of data in them.
func used(sim *simFS) (files int, data int64) {
	for _, f := range sim.find("/blobs/sessions") {
		sim.mu.Lock()
		files, data = files+1, data+int64(len(f.live))*simPage
		sim.mu.Unlock()
	}
	return files, data
}

func TestAbortLeavesNothing(t *testing.T) {
	sim := newSimFS(1)
	s := open(t, simOptions(sim))
	for _, size := range []int64{0, 1000, 1 << 20, 3 << 20} {
		for _, unknown := range []bool{false, true} {
			promised := size + 1
			if unknown {
				promised = -1
			}
			w, err := s.Create(t.Context(), blobtest.Owner(1), promised)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(blobtest.Content(1, size)); err != nil {
				t.Fatal(err)
			}
			w.Abort()
		}
	}
	if files, _ := used(sim); files != 0 {
		t.Errorf("%d files are left: %v", files, sim.find("/blobs/sessions"))
	}
	l := newLedger()
	for i, size := range []int64{0, 1000, 1 << 20, 3<<20 + 5} {
		if _, err := l.put(t, s, i, size, i%2 == 0); err != nil {
			t.Fatal(err)
		}
	}
	l.checkReads(t, s)
	s.Settle()
	if lent := s.Lent(); lent != 0 {
		t.Errorf("%d bytes of buffers were not given back", lent)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestRoomComesBack deletes everything, in the session that wrote it or in a later one, and wants the disk empty.
func TestRoomComesBack(t *testing.T) {
	for _, holes := range []bool{true, false} {
		for _, later := range []bool{false, true} {
			sim := newSimFS(1)
			sim.holes = holes
			s := open(t, simOptions(sim))
			var refs []blob.Ref
			l := newLedger()
			for i := range 12 {
				ref, err := l.put(t, s, i, []int64{700 << 10, 10, 2 << 20}[i%3], false)
				if err != nil {
					t.Fatal(err)
				}
				refs = append(refs, ref)
			}
			reopen := func() {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				s = open(t, simOptions(sim))
			}
			if later {
				reopen()
			}
			for i := range refs {
				if err := s.Delete(t.Context(), refs[i:i+1]); err != nil {
					t.Fatal(err)
				}
			}
			if !later { // the segment in use goes at the next start
				reopen()
			}
			s.Settle()
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if files, data := used(sim); files != 0 {
				t.Errorf("holes %v, later %v: %d files with %d bytes are left", holes, later, files, data)
			}
			if dirs := len(sim.dirs); dirs != 3 {
				t.Errorf("holes %v, later %v: %d folders are left, want 3", holes, later, dirs)
			}
		}
	}
}

// TestHolesBeforeTheSegmentEnds frees the room of a blob whose neighbours stay.
func TestHolesBeforeTheSegmentEnds(t *testing.T) {
	sim := newSimFS(1)
	s := open(t, simOptions(sim))
	l := newLedger()
	var refs []blob.Ref
	for i := range 3 {
		ref, err := l.put(t, s, i, 500<<10, false)
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, ref)
	}
	s.Settle() // the next segment is being made
	_, before := used(sim)
	r, err := s.Open(t.Context(), refs[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := l.remove(t, s, refs[1]); err != nil {
		t.Fatal(err)
	}
	if _, data := used(sim); data != before {
		t.Errorf("%d bytes were freed under a reader", before-data)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, data := used(sim); before-data != 504<<10 {
		t.Errorf("%d bytes were freed, want those of the record: 504 KiB", before-data)
	}
	l.checkReads(t, s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestTidy opens a store that was killed with writers at work: what they left goes away by itself.
func TestTidy(t *testing.T) {
	sim := newSimFS(1)
	s := open(t, simOptions(sim))
	l := newLedger()
	for i, size := range []int64{1000, 2 << 20} {
		if _, err := l.put(t, s, i, size, false); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		w, err := s.Create(t.Context(), blobtest.Owner(1), 5<<20)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, 4<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if files, _ := used(sim); files != 5 {
		t.Fatalf("%d files while writers are at work, want 5", files)
	}
	sim = sim.crash(1)
	s = open(t, simOptions(sim))
	s.Settle()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	left := sim.find("/blobs/sessions")
	if len(left) != 2 {
		t.Errorf("files left: %v", left)
	}
	for path, f := range left {
		if strings.Contains(path, "/segments/") && f.size != 2*simPage {
			t.Errorf("the segment takes %d bytes, want its header and one record", f.size)
		}
	}
	s = open(t, simOptions(sim))
	l.checkReads(t, s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestLostSessionFile finds the number of the session in the folders, and refuses to guess when the file is damaged.
func TestLostSessionFile(t *testing.T) {
	sim := newSimFS(1)
	s := open(t, simOptions(sim))
	l := newLedger()
	if _, err := l.put(t, s, 1, 100, false); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	sim.find("/blobs")["/blobs/session"].flip(10)
	if _, err := file.Open(simOptions(sim)); !errors.Is(err, errs.Corrupt) || !strings.Contains(err.Error(), "/blobs/session") {
		t.Errorf("open with a damaged session file: %v", err)
	}
	if err := sim.Remove("/blobs/session"); err != nil {
		t.Fatal(err)
	}
	s = open(t, simOptions(sim))
	if s.Session() != 2 {
		t.Errorf("session %d, want 2", s.Session())
	}
	l.checkReads(t, s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestStorm writes, reads and deletes at random from many goroutines, over several segments, and ends with an empty disk.
func TestStorm(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, file.Options{Dir: dir, SegmentBytes: 2 << 20, BufferBytes: 4 << 20})
	var mu sync.Mutex
	live := map[blob.Ref][]byte{}
	pick := func(rnd *rand.Rand, remove bool) (blob.Ref, []byte) {
		mu.Lock()
		defer mu.Unlock()
		skip := rnd.IntN(len(live) + 1)
		for ref, want := range live {
			if skip--; skip <= 0 {
				if remove {
					delete(live, ref)
				}
				return ref, want
			}
		}
		return "", nil
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(g), 3))
			for i := range 60 {
				n := 1000*g + i
				want := blobtest.Content(uint64(n), rnd.Int64N(1<<(6+rnd.IntN(16))))
				ref, err := blobtest.Put(t.Context(), s, n, want, 64<<10, i%5 == 0)
				if err != nil {
					t.Errorf("put: %v", err)
					return
				}
				mu.Lock()
				live[ref] = want
				mu.Unlock()
				if ref, want := pick(rnd, false); ref != "" {
					got, err := blobtest.Get(t.Context(), s, ref)
					if !(err == nil && bytes.Equal(got, want)) && !gone(&mu, live, ref) {
						t.Errorf("get %q of %d bytes: %d bytes, %v", ref, len(want), len(got), err)
					}
				}
				if ref, _ := pick(rnd, true); ref != "" && i%4 != 0 {
					if err := s.Delete(t.Context(), []blob.Ref{ref}); err != nil {
						t.Errorf("delete: %v", err)
					}
				} else if ref != "" {
					_ = ref // forgotten: collection finds it
				}
			}
		})
	}
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, file.Options{Dir: dir})
	listed := blobtest.ListAll(t, s, 0, s.Session(), 50)
	var all []blob.Ref
	for ref := range live {
		if _, ok := listed[ref]; !ok {
			t.Errorf("%q is live and not listed", ref)
		}
	}
	for ref := range listed {
		all = append(all, ref)
	}
	if err := s.Delete(t.Context(), all); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	s = open(t, file.Options{Dir: dir})
	if left := blobtest.ListAll(t, s, 0, s.Session(), 50); len(left) != 0 {
		t.Errorf("%d blobs are left", len(left))
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func gone(mu *sync.Mutex, live map[blob.Ref][]byte, ref blob.Ref) bool {
	mu.Lock()
	defer mu.Unlock()
	_, there := live[ref]
	return !there
}

// TestDeleteRepeated fails a deletion once: repeated, it takes the blob away.
func TestDeleteRepeated(t *testing.T) {
	for call, size := range map[string]int64{"punch": 5000, "read": 5001, "remove": 2 << 20} {
		sim := newSimFS(1)
		s := open(t, simOptions(sim))
		ref, err := newLedger().put(t, s, 1, size, false)
		if err != nil {
			t.Fatal(err)
		}
		s.Settle()
		sim.failFirst(call)
		if err := s.Delete(t.Context(), []blob.Ref{ref}); !errors.Is(err, errs.Unavailable) {
			t.Errorf("deletion with a failed %s: %v", call, err)
		}
		if err := s.Delete(t.Context(), []blob.Ref{ref}); err != nil {
			t.Errorf("repeated after a failed %s: %v", call, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, simOptions(sim))
		if left := blobtest.ListAll(t, s, 0, 1, 10); len(left) != 0 {
			t.Errorf("after a failed %s and a repetition %v is left", call, left)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
