package file

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"coffer/internal/blob"
	"coffer/internal/errs"
)

var sample = header{
	place:  place{fileID{0x0102030405, homeSegment, 0x0a0b}, 0x1234 * alignBytes},
	serial: 0x0c0d0e0f,
	size:   70000,
	nonce:  nonce{0xf0, 0xf1, 0xf2},
	owner:  blob.Owner{Partition: "b/0123456789abcdef", Route: "photos/cat.jpg"},
}

// TestHeaderGolden holds the header's bytes still: stores of older releases carry them.
func TestHeaderGolden(t *testing.T) {
	const want = "43667242" + "0101" + "6400" + "0504030201000000" + "0b0a000000000000" + "34120000" + "7011010000000000" +
		"f0f1f200000000000000000000000000" + "1200" + "0e00" + "0f0e0d0c00000000" +
		"622f30313233343536373839616263646566" + "70686f746f732f6361742e6a7067" + "00b6fa48"
	b := make([]byte, 200)
	n := sample.put(b)
	if got := hex.EncodeToString(b[:n]); got != want {
		t.Errorf("header\n got %s\nwant %s", got, want)
	}
	if got, err := parseHeader(b); err != nil || got != sample {
		t.Errorf("parsed %+v, %v", got, err)
	}
	for i := range n {
		b[i] ^= 1
		if _, err := parseHeader(b); err == nil {
			t.Errorf("a header with byte %d changed is accepted", i)
		}
		b[i] ^= 1
	}
	for cut := range n {
		if _, err := parseHeader(b[:cut]); err == nil {
			t.Errorf("a header cut to %d bytes is accepted", cut)
		}
	}
}

func TestSegmentHeadGolden(t *testing.T) {
	const want = "43667253" + "0101" + "0000" + "0504030201000000" + "0b0a000000000000" + "f0f1f200000000000000000000000000" + "c1bc02cc"
	b := bytes.Repeat([]byte{7}, alignBytes)
	putSegmentHead(b, sample.fileID, sample.nonce)
	if got := hex.EncodeToString(b[:44]); got != want || !zero(b[44:]) {
		t.Errorf("segment header\n got %s\nwant %s", got, want)
	}
	if n, err := parseSegmentHead(b, sample.fileID); err != nil || n != sample.nonce {
		t.Errorf("parsed %x, %v", n, err)
	}
	if _, err := parseSegmentHead(b, fileID{1, homeSegment, 1}); err == nil {
		t.Error("another segment's header is accepted")
	}
}

// TestSumsGolden holds the checksums still.
func TestSumsGolden(t *testing.T) {
	seed := sample.ref().blob().seed()
	first, second := checksum(blockSeed(seed, 0), []byte("123456789")), checksum(blockSeed(seed, 1), []byte("123456789"))
	if first != 0x369b87d5 || second != 0x4b65616a {
		t.Errorf("sums %#x and %#x", first, second)
	}
}

func TestRefs(t *testing.T) {
	for _, r := range []ref{
		sample.ref(),
		{place: place{fileID{1, homeFile, 1}, 0}, serial: 1},
		{place: place{fileID{1 << 40, homeFile, 1 << 40}, 0}, serial: 1 << 40, size: maxBytes},
		{place: place{fileID{1 << 40, homeSegment, 1 << 40}, maxSegment}, serial: 1 << 40, head: headFixed + maxPartition + maxRoute, size: packBytes},
	} {
		name := r.encode()
		if got, err := parseRef(name); err != nil || got != r {
			t.Errorf("%q of %+v parses as %+v, %v", name, r, got, err)
		}
		if len(name) > 64 {
			t.Errorf("%q has %d bytes", name, len(name))
		}
		for i := range name {
			if _, err := parseRef(name[:i]); err == nil {
				t.Errorf("%q cut to %q is accepted", name, name[:i])
			}
		}
	}
	if got := sample.ref().encode(); got != "EYWIjJAQixTwogS0JGSPnLRg" {
		t.Errorf("name %q: stored names change", got)
	}
	if got := (ref{place: place{fileID{3, homeFile, 4}, 0}, serial: 4, size: 5 << 20}).encode(); got != "EgMEgIDAAg" {
		t.Errorf("name %q: stored names change", got)
	}
	good := sample.ref()
	for what, spoil := range map[string]func(*ref){
		"session 0":       func(r *ref) { r.session = 0 },
		"number 0":        func(r *ref) { r.number = 0 },
		"home 3":          func(r *ref) { r.home = 3 },
		"offset 0":        func(r *ref) { r.off = 0 },
		"offset too far":  func(r *ref) { r.off = maxSegment + alignBytes },
		"short header":    func(r *ref) { r.head = headFixed - 1 },
		"long header":     func(r *ref) { r.head = headFixed + maxPartition + maxRoute + 1 },
		"too large":       func(r *ref) { r.size = packBytes + 1 },
		"file too large":  func(r *ref) { r.home, r.size = homeFile, maxBytes+1 },
		"negative offset": func(r *ref) { r.off = -alignBytes },
	} {
		r := good
		spoil(&r)
		if _, err := parseRef(r.encode()); !errors.Is(err, errs.Invalid) {
			t.Errorf("%s: %v, want errs.Invalid", what, err)
		}
	}
}

func FuzzRef(f *testing.F) {
	f.Add(string(sample.ref().encode()))
	f.Fuzz(func(t *testing.T, name string) {
		r, err := parseRef(blob.Ref(name))
		if err == nil && (r.data()+r.length() < 0 || r.encode() == "") {
			t.Errorf("%q parses as %+v", name, r)
		}
	})
}

func FuzzHeader(f *testing.F) {
	b := make([]byte, 200)
	f.Add(b[:sample.put(b)])
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := parseHeader(b); err == nil && (h.size < 0 || headBytes(h.owner) > len(b)) {
			t.Errorf("%x parses as %+v", b, h)
		}
	})
}

// TestForgedRecord walks over a record that has lost its header and whose bytes look like records of the same segment: without
// the nonce, which no client sees, they are none. Collection would free them at the cost of other blobs.
func TestForgedRecord(t *testing.T) {
	s, err := Open(Options{Dir: t.TempDir(), Random: rand.NewChaCha8([32]byte{1})})
	if err != nil {
		t.Fatal(err)
	}
	owner := blob.Owner{Partition: strings.Repeat("p", 28)}
	forged := header{place: place{fileID{1, homeSegment, 1}, 2 * alignBytes}, serial: 2, size: 100, nonce: nonce{1}, owner: owner}
	content := make([]byte, 3*alignBytes)
	forged.put(content[alignBytes-headBytes(owner):]) // lies at the second page of the segment's records
	var refs []ref
	for range 2 {
		w, err := s.Create(t.Context(), owner, int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
		name, err := w.Commit()
		if err != nil {
			t.Fatal(err)
		}
		r, _ := parseRef(name)
		refs = append(refs, r)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(s.o); err != nil {
		t.Fatal(err)
	}
	h, err := s.cache.acquire(refs[0].fileID)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.f.WriteAt([][]byte{make([]byte, refs[0].head)}, refs[0].off); err != nil {
		t.Fatal(err)
	}
	s.cache.release(h)
	list, _, err := s.List(t.Context(), 1, 1, "", 10)
	if err != nil || len(list) != 1 || list[0].Ref != refs[1].encode() {
		t.Errorf("listed %+v, %v; want the second blob alone", list, err)
	}
	if err := s.Delete(t.Context(), []blob.Ref{forged.ref().encode(), refs[1].encode()}); err != nil {
		t.Error(err)
	}
	r, err := s.Open(t.Context(), refs[0].encode())
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(content))
	if err := r.ReadAt(t.Context(), got, 0); err != nil || !bytes.Equal(got, content) {
		t.Errorf("the blob without its header: %v", err)
	}
	if err := errors.Join(r.Close(), s.Close()); err != nil {
		t.Error(err)
	}
}
