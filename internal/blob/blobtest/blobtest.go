// Package blobtest is the suite that every engine and every wrapper of the blob seam passes. It is for tests only and knows
// no engine, and never looks behind the seam.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"coffer/internal/blob"
	"coffer/internal/errs"
)

// Sizes lie on both sides of every boundary that an engine may have, in bytes.
var Sizes = []int64{0, 1, 511, 512, 4095, 4096, 4097, 16<<10 - 1, 16 << 10, 64<<10 - 1, 64 << 10, 64<<10 + 1, 256<<10 - 1, 256 << 10,
	256<<10 + 1, 1<<20 - 1, 1 << 20, 1<<20 + 1, 3<<20 + 12345}

// patternBytes is prime, so that no two blocks of a content are alike.
const patternBytes = 4099

// Content returns size bytes that follow from seed: a random pattern again and again.
func Content(seed uint64, size int64) []byte {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	b := make([]byte, size)
	_, _ = io.ReadFull(rand.NewChaCha8(key), b[:min(size, patternBytes)]) // never fails
	for n := patternBytes; n < len(b); n *= 2 {
		copy(b[n:], b[:n])
	}
	return b
}

// Owner returns the owner that the suite gives blob number n.
func Owner(n int) blob.Owner {
	return blob.Owner{Partition: "b/0123456789abcdef", Route: fmt.Sprintf("key/%d", n)}
}

// Put commits content for owner n, promising its size or, with unknown, not. It writes pieces of at most piece bytes and
// spoils each piece afterwards.
func Put(ctx context.Context, s blob.Store, n int, content []byte, piece int, unknown bool) (blob.Ref, error) {
	size := int64(len(content))
	if unknown {
		size = -1
	}
	w, err := s.Create(ctx, Owner(n), size)
	if err != nil {
		return "", err
	}
	p := make([]byte, min(piece, len(content)))
	for rest := content; len(rest) > 0; {
		k := copy(p, rest)
		got, err := w.Write(p[:k])
		if err == nil && got != k {
			err = fmt.Errorf("write took %d of %d bytes without an error", got, k)
		}
		if err != nil {
			w.Abort()
			return "", err
		}
		clear(p)
		rest = rest[k:]
	}
	ref, err := w.Commit()
	if err != nil {
		w.Abort()
	}
	return ref, err
}

// Get reads a blob whole.
func Get(ctx context.Context, s blob.Store, ref blob.Ref) ([]byte, error) {
	r, err := s.Open(ctx, ref)
	if err != nil {
		return nil, err
	}
	b := make([]byte, r.Size())
	err = r.ReadAt(ctx, b, 0)
	return b, errors.Join(err, r.Close())
}

// Run runs the suite on stores that open makes, each empty and used by one test. A test closes its store.
func Run(t *testing.T, open func(t *testing.T) blob.Store) {
	for name, test := range map[string]func(*testing.T, blob.Store){
		"Sizes": sizes, "Ranges": ranges, "Concurrent": concurrent, "Bounds": bounds, "Promise": promise, "Abort": abort,
		"Delete": remove, "DeleteWhileReading": removeWhileReading, "SlowWriter": slowWriter, "Canceled": canceled,
		"OneReaderManyThreads": oneReader, "UnknownNames": unknownNames, "Closed": closed, "ListsNothingOfNow": listsNothing,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			test(t, s)
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
}

func put(t *testing.T, s blob.Store, n int, content []byte) blob.Ref {
	t.Helper()
	ref, err := Put(t.Context(), s, n, content, len(content), false)
	if err != nil {
		t.Fatalf("put %d bytes: %v", len(content), err)
	}
	return ref
}

func wantContent(t *testing.T, s blob.Store, ref blob.Ref, want []byte) {
	t.Helper()
	got, err := Get(t.Context(), s, ref)
	if err != nil {
		t.Fatalf("get %q: %v", ref, err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("get %q: %d bytes that differ from the %d written", ref, len(got), len(want))
	}
}

func wantKind(t *testing.T, what string, err error, kinds ...errs.Kind) {
	t.Helper()
	for _, k := range kinds {
		if errors.Is(err, k) {
			return
		}
	}
	t.Errorf("%s: error %v, want kind %v", what, err, kinds)
}

func sizes(t *testing.T, s blob.Store) {
	type stored struct {
		ref  blob.Ref
		want []byte
	}
	var all []stored
	for i, size := range Sizes {
		want := Content(uint64(i), size)
		for _, how := range []struct {
			piece   int
			unknown bool
		}{{5 << 20, false}, {7919, false}, {64 << 10, true}, {5 << 20, true}} {
			ref, err := Put(t.Context(), s, i, want, how.piece, how.unknown)
			if err != nil {
				t.Fatalf("put %d bytes, unknown size %v, in pieces of %d: %v", size, how.unknown, how.piece, err)
			}
			if len(ref) == 0 || len(ref) > 64 {
				t.Errorf("name %q has %d bytes, want 1 to 64", ref, len(ref))
			}
			all = append(all, stored{ref, want})
		}
	}
	names := make(map[blob.Ref]bool)
	for _, b := range all {
		wantContent(t, s, b.ref, b.want)
		names[b.ref] = true
	}
	if len(names) != len(all) {
		t.Errorf("%d names for %d blobs", len(names), len(all))
	}
}

func ranges(t *testing.T, s blob.Store) {
	for _, size := range []int64{1, 4097, 65537, 300000, 1 << 20, 2<<20 + 77} {
		want := Content(uint64(size), size)
		r, err := s.Open(t.Context(), put(t, s, 1, want))
		if err != nil {
			t.Fatal(err)
		}
		if r.Size() != size {
			t.Errorf("size %d, want %d", r.Size(), size)
		}
		edges := []int64{0, 1, 4096, 65535, 65536, 65537, 131072, 262143, 262144, 262145, 1 << 20, size / 2, size - 1, size}
		for _, from := range edges {
			for _, to := range edges {
				if from > to || to > size {
					continue
				}
				p := make([]byte, to-from)
				if err := r.ReadAt(t.Context(), p, from); err != nil {
					t.Fatalf("read %d to %d of %d: %v", from, to, size, err)
				}
				if !bytes.Equal(p, want[from:to]) {
					t.Fatalf("read %d to %d of %d: wrong bytes", from, to, size)
				}
			}
		}
		wantKind(t, "read before the blob", r.ReadAt(t.Context(), make([]byte, 1), -1), errs.Invalid)
		wantKind(t, "read past the blob", r.ReadAt(t.Context(), make([]byte, 2), size-1), errs.Invalid)
		wantKind(t, "read behind the blob", r.ReadAt(t.Context(), make([]byte, 1), size+1), errs.Invalid)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func concurrent(t *testing.T, s blob.Store) {
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(g), 1))
			for i := range 12 {
				n := g*100 + i
				want := Content(uint64(n), rnd.Int64N(1<<uint(rnd.IntN(12)+10)))
				ref, err := Put(t.Context(), s, n, want, 50000, i%3 == 0)
				if err != nil {
					t.Errorf("put %d: %v", n, err)
					return
				}
				if got, err := Get(t.Context(), s, ref); err != nil || !bytes.Equal(got, want) {
					t.Errorf("get %d: %d bytes, %v", n, len(got), err)
				}
				if i%2 == 0 {
					if err := s.Delete(t.Context(), []blob.Ref{ref}); err != nil {
						t.Errorf("delete %d: %v", n, err)
					}
				}
			}
		})
	}
	wg.Wait()
}

func bounds(t *testing.T, s blob.Store) {
	limits := s.Limits()
	if limits.MaxBytes < 5<<30 || limits.ReadBytes < 4096 {
		t.Errorf("limits %+v: too low for S3", limits)
	}
	long := func(n int) string { return string(bytes.Repeat([]byte{'x'}, n)) }
	for _, o := range []blob.Owner{{Partition: long(65)}, {Route: long(1281)}} {
		_, err := s.Create(t.Context(), o, 1)
		wantKind(t, "owner too long", err, errs.Invalid)
	}
	_, err := s.Create(t.Context(), Owner(1), -2)
	wantKind(t, "size -2", err, errs.Invalid)
	_, err = s.Create(t.Context(), Owner(1), limits.MaxBytes+1)
	wantKind(t, "size above the limit", err, errs.Limit)
	for _, size := range []int{0, 10, 64 << 10, 1 << 20, 2 << 20} {
		w, err := s.Create(t.Context(), blob.Owner{Partition: long(64), Route: long(1280)}, int64(size))
		if err != nil {
			t.Fatal(err)
		}
		want := Content(9, int64(size))
		if _, err := w.Write(want); err != nil {
			t.Fatal(err)
		}
		ref, err := w.Commit()
		if err != nil {
			t.Fatalf("longest owner, %d bytes: %v", size, err)
		}
		wantContent(t, s, ref, want)
	}
}

func promise(t *testing.T, s blob.Store) {
	for _, size := range []int64{1, 4096, 1 << 20, 2 << 20} {
		w, err := s.Create(t.Context(), Owner(1), size)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(Content(1, size-1)); err != nil {
			t.Fatal(err)
		}
		_, err = w.Commit()
		wantKind(t, "commit of fewer bytes than promised", err, errs.Invalid)
		w.Abort()

		if w, err = s.Create(t.Context(), Owner(1), size); err != nil {
			t.Fatal(err)
		}
		_, err = w.Write(Content(1, size+1))
		wantKind(t, "more bytes than promised", err, errs.Invalid)
		_, err = w.Commit()
		wantKind(t, "commit after that", err, errs.Invalid)
		w.Abort()
	}
}

func abort(t *testing.T, s blob.Store) {
	for _, size := range []int64{-1, 0, 100, 3 << 20} {
		for _, sent := range []int64{0, 50, 2 << 20} {
			if size >= 0 && sent > size {
				continue
			}
			w, err := s.Create(t.Context(), Owner(1), size)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(Content(1, sent)); err != nil {
				t.Fatal(err)
			}
			w.Abort()
			w.Abort()
			_, err = w.Write([]byte{1})
			wantKind(t, "write after abort", err, errs.Invalid)
			_, err = w.Commit()
			wantKind(t, "commit after abort", err, errs.Invalid)
		}
	}
}

func remove(t *testing.T, s blob.Store) {
	var refs []blob.Ref
	var all [][]byte
	for i, size := range []int64{0, 100, 5000, 64 << 10, 1 << 20, 3 << 20} {
		for j := range 2 {
			all = append(all, Content(uint64(10*i+j), size))
			refs = append(refs, put(t, s, i, all[len(all)-1]))
		}
	}
	var gone []blob.Ref
	for i := 0; i < len(refs); i += 2 {
		gone = append(gone, refs[i], refs[i])
	}
	for range 2 {
		if err := s.Delete(t.Context(), gone); err != nil {
			t.Fatalf("delete: %v", err)
		}
	}
	if err := s.Delete(t.Context(), nil); err != nil {
		t.Errorf("delete of nothing: %v", err)
	}
	for i, ref := range refs {
		if i%2 == 0 {
			_, err := s.Open(t.Context(), ref)
			wantKind(t, fmt.Sprintf("open of deleted blob %d", i), err, errs.NotFound)
			continue
		}
		wantContent(t, s, ref, all[i])
	}
}

func removeWhileReading(t *testing.T, s blob.Store) {
	for _, size := range []int64{1, 4097, 64 << 10, 1 << 20, 3 << 20} {
		want := Content(3, size)
		ref := put(t, s, 1, want)
		var readers []blob.Reader
		for range 2 {
			r, err := s.Open(t.Context(), ref)
			if err != nil {
				t.Fatal(err)
			}
			readers = append(readers, r)
		}
		if err := s.Delete(t.Context(), []blob.Ref{ref}); err != nil {
			t.Fatal(err)
		}
		_, err := s.Open(t.Context(), ref)
		wantKind(t, "open after delete", err, errs.NotFound)
		for _, r := range readers {
			p := make([]byte, size)
			if err := r.ReadAt(t.Context(), p, 0); err != nil || !bytes.Equal(p, want) {
				t.Errorf("read %d bytes after delete: %v", size, err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
		_, err = s.Open(t.Context(), ref)
		wantKind(t, "open after the last reader closed", err, errs.NotFound)
		if err := s.Delete(t.Context(), []blob.Ref{ref}); err != nil {
			t.Error(err)
		}
	}
}

func slowWriter(t *testing.T, s blob.Store) {
	var slow []blob.Writer
	want := Content(5, 2<<20)
	for i, size := range []int64{100, 1 << 20, 2 << 20, -1} {
		w, err := s.Create(t.Context(), Owner(i), size)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(want[:50]); err != nil {
			t.Fatal(err)
		}
		slow = append(slow, w)
	}
	for i, size := range []int64{10, 5000, 1 << 20, 2 << 20} {
		wantContent(t, s, put(t, s, i, want[:size]), want[:size])
	}
	for i, size := range []int64{100, 1 << 20, 2 << 20, 2 << 20} {
		if _, err := slow[i].Write(want[50:size]); err != nil {
			t.Fatal(err)
		}
		ref, err := slow[i].Commit()
		if err != nil {
			t.Fatal(err)
		}
		wantContent(t, s, ref, want[:size])
	}
}

func canceled(t *testing.T, s blob.Store) {
	ref := put(t, s, 1, Content(1, 100))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Create(ctx, Owner(1), 1)
	wantKind(t, "create", err, errs.Canceled)
	_, err = s.Open(ctx, ref)
	wantKind(t, "open", err, errs.Canceled)
	r, err := s.Open(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, "read", r.ReadAt(ctx, make([]byte, 100), 0), errs.Canceled)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func oneReader(t *testing.T, s blob.Store) {
	want := Content(8, 2<<20+99)
	r, err := s.Open(t.Context(), put(t, s, 1, want))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 6 {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(g), 2))
			for range 20 {
				from := rnd.IntN(len(want))
				p := make([]byte, rnd.IntN(len(want)-from+1))
				if err := r.ReadAt(t.Context(), p, int64(from)); err != nil || !bytes.Equal(p, want[from:from+len(p)]) {
					t.Errorf("read %d bytes at %d: %v", len(p), from, err)
				}
			}
		})
	}
	wg.Wait()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func unknownNames(t *testing.T, s blob.Store) {
	long := blob.Ref(bytes.Repeat([]byte{'a'}, 100))
	for _, ref := range []blob.Ref{"", "x", "../session", "\x00\xff", long} {
		_, err := s.Open(t.Context(), ref)
		wantKind(t, fmt.Sprintf("open %.20q", ref), err, errs.NotFound, errs.Invalid)
	}
}

func closed(t *testing.T, s blob.Store) {
	want := Content(1, 100)
	ref := put(t, s, 1, want)
	r, err := s.Open(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	var writers []blob.Writer
	for _, size := range []int64{100, 3 << 20} {
		w, err := s.Create(t.Context(), Owner(1), size)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(Content(1, size)); err != nil {
			t.Fatal(err)
		}
		writers = append(writers, w)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	_, err = s.Create(t.Context(), Owner(1), 1)
	wantKind(t, "create", err, errs.Unavailable)
	_, err = s.Open(t.Context(), ref)
	wantKind(t, "open", err, errs.Unavailable)
	wantKind(t, "delete", s.Delete(t.Context(), []blob.Ref{ref}), errs.Unavailable)
	_, _, err = s.List(t.Context(), 0, 9, "", 10)
	wantKind(t, "list", err, errs.Unavailable)
	wantKind(t, "read", r.ReadAt(t.Context(), make([]byte, 100), 0), errs.Unavailable)
	for _, w := range writers {
		_, err = w.Commit()
		wantKind(t, "commit", err, errs.Unavailable)
		w.Abort()
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func listsNothing(t *testing.T, s blob.Store) {
	for _, size := range []int64{1, 3 << 20} {
		put(t, s, 1, Content(1, size))
	}
	list, next, err := s.List(t.Context(), 0, s.Session(), "", 10)
	if err != nil || len(list) != 0 || next != "" {
		t.Errorf("list of the running session: %v, cursor %q, error %v", list, next, err)
	}
	_, _, err = s.List(t.Context(), 0, 1, "", 0)
	wantKind(t, "list of at most 0", err, errs.Invalid)
	_, _, err = s.List(t.Context(), 0, 1, "no cursor", 1)
	wantKind(t, "list from a cursor of nobody", err, errs.Invalid)
}
