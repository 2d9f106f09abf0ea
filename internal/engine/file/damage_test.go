package file_test

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"testing"

	"coffer/internal/blob"
	"coffer/internal/blob/blobtest"
	"coffer/internal/engine/file"
	"coffer/internal/errs"
)

// damaged is a closed store with blobs of every home, to be damaged.
func damaged(t *testing.T) (*simFS, *ledger) {
	sim := newSimFS(1)
	s := open(t, simOptions(sim))
	l := newLedger()
	for i, size := range []int64{0, 1, 5000, 70000, 300000, 1<<20 + 70000} {
		if _, err := l.put(t, s, i, size, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return sim, l
}

// flip inverts one byte on the disk, and back when called again.
func (f *simFile) flip(at int64) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	page := f.live[at/simPage]
	if page == nil {
		page = new([simPage]byte)
		f.live[at/simPage] = page
	}
	page[at%simPage] ^= 0xff
}

// verdicts reads every blob and returns how many are corrupt. A read gives the bytes written or errs.Corrupt.
func (l *ledger) verdicts(t *testing.T, s blob.Store) int {
	t.Helper()
	corrupt := 0
	for ref, want := range l.content {
		got, err := blobtest.Get(t.Context(), s, ref)
		switch {
		case errors.Is(err, errs.Corrupt):
			corrupt++
		case err != nil:
			t.Fatalf("%q of %d bytes: %v, want errs.Corrupt", ref, len(want), err)
		case !bytes.Equal(got, want):
			t.Fatalf("%q of %d bytes: wrong bytes without an error", ref, len(want))
		}
	}
	return corrupt
}

func TestFlippedBytes(t *testing.T) {
	sim, l := damaged(t)
	s := open(t, simOptions(sim))
	if n := l.verdicts(t, s); n != 0 {
		t.Fatalf("%d blobs are corrupt before any damage", n)
	}
	all := blobtest.ListAll(t, s, 0, 1, 100)
	files := sim.find("/blobs/sessions")
	for _, path := range slices.Sorted(maps.Keys(files)) {
		f := files[path]
		step := f.size/80 + 13
		hits := 0
		for at := int64(0); at < f.size; at += step {
			f.flip(at)
			n := l.verdicts(t, s)
			if n > 1 {
				t.Fatalf("one byte of %s, at %d, damages %d blobs", path, at, n)
			}
			hits += n
			for ref, info := range blobtest.ListAll(t, s, 0, 1, 100) {
				if all[ref] != info {
					t.Fatalf("with byte %d of %s damaged %q is listed as %+v", at, path, ref, info)
				}
			}
			f.flip(at)
		}
		if hits < 70 {
			t.Errorf("%d flipped bytes of %s were noticed: most lie in a blob", hits, path)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestEveryByteOfASmallBlob flips each byte of a blob and of its checksum.
func TestEveryByteOfASmallBlob(t *testing.T) {
	sim := newSimFS(1)
	s := open(t, simOptions(sim))
	l := newLedger()
	if _, err := l.put(t, s, 1, 700, false); err != nil {
		t.Fatal(err)
	}
	for _, f := range sim.find("/blobs/sessions") {
		hits := 0
		for at := int64(simPage); at < 2*simPage; at++ {
			f.flip(at)
			hits += l.verdicts(t, s)
			f.flip(at)
		}
		if hits != 700+4 {
			t.Errorf("%d flipped bytes were noticed, want those of 700 bytes and a checksum of 4", hits)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestNothingOfOthersOnTheDisk writes a small blob from a buffer that held a larger one: behind it the record is zeros.
func TestNothingOfOthersOnTheDisk(t *testing.T) {
	for _, sizes := range [][]int64{{9000, 10}, {1<<20 + 300<<10, 1<<20 + 10}} {
		sim := newSimFS(1)
		s := open(t, simOptions(sim))
		for _, size := range sizes {
			if _, err := blobtest.Put(t.Context(), s, 1, bytes.Repeat([]byte{0xee}, int(size)), 4<<20, false); err != nil {
				t.Fatal(err)
			}
		}
		total := int64(0)
		for _, f := range sim.find("/blobs/sessions") {
			for _, page := range f.live {
				total += int64(bytes.Count(page[:], []byte{0xee}))
			}
		}
		if extra := total - sizes[0] - sizes[1]; extra < 0 || extra > 64 { // checksums may have such a byte
			t.Errorf("%d bytes of content on the disk, %d were written", total, sizes[0]+sizes[1])
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestSwappedFiles puts the whole, valid bytes of one blob in the place of another.
func TestSwappedFiles(t *testing.T) {
	sim := newSimFS(1)
	s := open(t, simOptions(sim))
	l := newLedger()
	for n := range 2 {
		if _, err := l.put(t, s, n, 2<<20, false); err != nil {
			t.Fatal(err)
		}
	}
	files := sim.find("/blobs/sessions")
	paths := slices.Sorted(maps.Keys(files))
	if len(paths) != 2 {
		t.Fatalf("files %q, want two", paths)
	}
	a, b := files[paths[0]], files[paths[1]]
	a.live, b.live = b.live, a.live
	if n := l.verdicts(t, s); n != 2 {
		t.Errorf("%d of 2 swapped blobs are corrupt", n)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestSwappedBlocks puts two whole blocks of a blob, with their checksums, in each other's place.
func TestSwappedBlocks(t *testing.T) {
	const size = 2 << 20
	sim := newSimFS(1)
	s := open(t, simOptions(sim))
	l := newLedger()
	if _, err := l.put(t, s, 1, size, false); err != nil {
		t.Fatal(err)
	}
	for _, f := range sim.find("/blobs/sessions") {
		const pages = 64 << 10 / simPage
		for i := range int64(pages) {
			f.live[i], f.live[pages+i] = f.live[pages+i], f.live[i]
		}
		table := f.live[size/simPage]
		for i := range 4 {
			table[i], table[4+i] = table[4+i], table[i]
		}
	}
	if n := l.verdicts(t, s); n != 1 {
		t.Errorf("%d blobs with swapped blocks are corrupt, want 1", n)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestTornAndLost cuts files short and makes holes in them.
func TestTornAndLost(t *testing.T) {
	for name, damage := range map[string]func(*simHandle) error{
		"cut":     func(f *simHandle) error { return f.Truncate(f.size / 2 / simPage * simPage) },
		"punched": func(f *simHandle) error { return f.Punch(simPage, f.size/2/simPage*simPage) },
	} {
		t.Run(name, func(t *testing.T) {
			sim, l := damaged(t)
			for _, f := range sim.find("/blobs/sessions") {
				if err := damage(&simHandle{f, false}); err != nil {
					t.Fatal(err)
				}
			}
			s := open(t, simOptions(sim))
			if n := l.verdicts(t, s); n < 2 {
				t.Errorf("%d blobs are corrupt", n)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

var _ file.FS = (*simFS)(nil)
