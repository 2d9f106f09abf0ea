package blobtest

import (
	"maps"
	"testing"

	"coffer/internal/blob"
	"coffer/internal/errs"
)

// RunSessions runs the part of the suite that ends a store and opens it again. start is called once for each test and
// returns a function that opens the test's store; the test closes it before it calls that again.
func RunSessions(t *testing.T, start func(t *testing.T) func() blob.Store) {
	for name, test := range map[string]func(*testing.T, func() blob.Store){
		"Numbers": numbers, "Reopen": reopen, "List": list, "DeleteOfEndedSession": removeEnded,
	} {
		t.Run(name, func(t *testing.T) { test(t, start(t)) })
	}
}

func closeStore(t *testing.T, s blob.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

func numbers(t *testing.T, open func() blob.Store) {
	var last uint64
	for i := range 5 {
		s := open()
		if i > 0 && s.Session() != last+1 {
			t.Errorf("session %d follows session %d", s.Session(), last)
		}
		if last = s.Session(); last == 0 {
			t.Errorf("session 0")
		}
		if i%2 == 0 {
			put(t, s, 1, Content(1, 100))
		}
		closeStore(t, s)
	}
}

func reopen(t *testing.T, open func() blob.Store) {
	refs := make(map[blob.Ref][]byte)
	for round := range 3 {
		s := open()
		for i, size := range Sizes {
			want := Content(uint64(100*round+i), size)
			refs[put(t, s, i, want)] = want
		}
		for ref, want := range refs {
			wantContent(t, s, ref, want)
		}
		closeStore(t, s)
	}
	if len(refs) != 3*len(Sizes) {
		t.Errorf("%d names for %d blobs", len(refs), 3*len(Sizes))
	}
}

// ListAll returns all that List has of the sessions from first to last, in pages of max. It fails on a blob listed twice.
func ListAll(t *testing.T, s blob.Store, first, last uint64, max int) map[blob.Ref]blob.Info {
	t.Helper()
	all := make(map[blob.Ref]blob.Info)
	cursor := ""
	for {
		page, next, err := s.List(t.Context(), first, last, cursor, max)
		if err != nil {
			t.Fatalf("list: %v", err)
		}
		if len(page) > max {
			t.Fatalf("a page of %d, at most %d wanted", len(page), max)
		}
		for _, info := range page {
			if _, twice := all[info.Ref]; twice {
				t.Fatalf("%q is listed twice", info.Ref)
			}
			all[info.Ref] = info
		}
		if next == "" {
			return all
		}
		if next == cursor {
			t.Fatalf("the listing stands still at %q", cursor)
		}
		cursor = next
	}
}

func list(t *testing.T, open func() blob.Store) {
	want := make(map[uint64]map[blob.Ref]blob.Info)
	var sessions []uint64
	for range 3 {
		s := open()
		n := s.Session()
		sessions, want[n] = append(sessions, n), make(map[blob.Ref]blob.Info)
		for i, size := range Sizes {
			ref := put(t, s, i, Content(n, size))
			want[n][ref] = blob.Info{Ref: ref, Owner: Owner(i), Session: n, Size: size}
			if i%4 == 3 {
				if err := s.Delete(t.Context(), []blob.Ref{ref}); err != nil {
					t.Fatal(err)
				}
				delete(want[n], ref)
			}
			w, err := s.Create(t.Context(), Owner(i), size+1)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(Content(n, size)); err != nil {
				t.Fatal(err)
			}
			w.Abort()
		}
		closeStore(t, s)
	}
	s := open()
	for _, max := range []int{1, 7, 1000} {
		for i, first := range sessions {
			for _, last := range sessions[i:] {
				all := make(map[blob.Ref]blob.Info)
				for n := first; n <= last; n++ {
					maps.Copy(all, want[n])
				}
				if got := ListAll(t, s, first, last, max); !maps.Equal(got, all) {
					t.Errorf("sessions %d to %d in pages of %d: %d blobs listed, want %d", first, last, max, len(got), len(all))
				}
			}
		}
	}
	closeStore(t, s)
}

func removeEnded(t *testing.T, open func() blob.Store) {
	s := open()
	contents := make(map[blob.Ref][]byte)
	var refs []blob.Ref
	for i, size := range Sizes {
		want := Content(uint64(i), size)
		refs = append(refs, put(t, s, i, want))
		contents[refs[i]] = want
	}
	closeStore(t, s)
	for half := range 2 {
		s = open()
		for range 2 {
			for i := half; i < len(refs); i += 2 {
				if err := s.Delete(t.Context(), refs[i:i+1]); err != nil {
					t.Fatalf("delete: %v", err)
				}
				delete(contents, refs[i])
			}
		}
		for ref, want := range contents {
			wantContent(t, s, ref, want)
		}
		if got := ListAll(t, s, 0, s.Session(), 1000); len(got) != len(contents) {
			t.Errorf("%d blobs listed, want %d", len(got), len(contents))
		}
		closeStore(t, s)
	}
	s = open()
	if err := s.Delete(t.Context(), refs); err != nil {
		t.Errorf("delete after a restart: %v", err)
	}
	for _, ref := range refs {
		_, err := Get(t.Context(), s, ref)
		wantKind(t, "get of a deleted blob", err, errs.NotFound, errs.Corrupt)
	}
	closeStore(t, s)
}
