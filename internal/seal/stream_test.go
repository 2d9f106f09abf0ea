package seal

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"coffer/internal/errs"
)

func stream(t testing.TB, fill byte, salt string, part int) *Stream {
	t.Helper()
	s, err := NewStream(bytes.Repeat([]byte{fill}, DataKey), []byte(salt), part)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sizes are those around which chunks begin and end.
func sizes(t *rapid.T) int {
	return rapid.SampledFrom([]int{1, 15, 16, 17, ChunkPlain - 1, ChunkPlain, ChunkPlain + 1, ChunkStored, 2 * ChunkPlain, 2*ChunkPlain + 1, 3*ChunkPlain + 77}).Draw(t, "size")
}

// Whatever the size, what was sealed opens again whole and chunk by chunk, takes the announced room and shows nothing of itself.
func TestStreamRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := sizes(t)
		plain := bytes.Repeat([]byte("In plain sight. "), n/16+1)[:n]
		s, err := NewStream(bytes.Repeat([]byte{1}, DataKey), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		stored := s.SealAll(nil, plain)
		if int64(len(stored)) != StoredSize(int64(len(plain))) {
			t.Fatalf("%d bytes took %d, announced were %d", len(plain), len(stored), StoredSize(int64(len(plain))))
		}
		if bytes.Contains(stored, []byte("plain sight")) {
			t.Fatal("the content shows")
		}
		if got, err := s.OpenAll(stored); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%d bytes came back, %v", len(got), err)
		}
		last := (len(plain) - 1) / ChunkPlain
		at := rapid.IntRange(0, last).Draw(t, "chunk")
		end := min(len(stored), (at+1)*ChunkStored)
		got, err := s.OpenChunk(nil, stored[at*ChunkStored:end], int64(at), at == last)
		if err != nil || !bytes.Equal(got, plain[at*ChunkPlain:min(len(plain), (at+1)*ChunkPlain)]) {
			t.Fatalf("chunk %d: %v", at, err)
		}
	})
}

type inMemory []byte

func (m inMemory) ReadAt(_ context.Context, p []byte, off int64) error {
	if off+int64(len(p)) > int64(len(m)) {
		return errs.Corrupt
	}
	copy(p, m[off:])
	return nil
}

// Written in any pieces and read in any range through a buffer of any length, content is what it was.
func TestWriterAndCopy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := make([]byte, sizes(t))
		for i := range plain {
			plain[i] = byte(i * 7 >> 3)
		}
		s, err := NewStream(bytes.Repeat([]byte{1}, DataKey), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		var stored bytes.Buffer
		w := NewWriter(&stored, s, make([]byte, ChunkStored))
		for rest := plain; len(rest) > 0; {
			n := min(len(rest), rapid.SampledFrom([]int{1, 100, ChunkPlain - 1, ChunkPlain, ChunkPlain + 1, 1 << 20}).Draw(t, "piece"))
			if n == 1 && len(rest) > 50 {
				n = 50
			}
			if m, err := w.Write(rest[:n]); m != n || err != nil {
				t.Fatal(m, err)
			}
			rest = rest[n:]
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(stored.Bytes(), s.SealAll(nil, plain)) {
			t.Fatal("written in pieces it is another thing")
		}
		start := rapid.IntRange(0, len(plain)-1).Draw(t, "start")
		length := rapid.IntRange(1, len(plain)-start).Draw(t, "length")
		var out bytes.Buffer
		buf := make([]byte, rapid.SampledFrom([]int{ChunkStored, 3*ChunkStored + 5, 4 * ChunkStored}).Draw(t, "buffer"))
		n, err := s.Copy(context.Background(), &out, inMemory(stored.Bytes()), int64(len(plain)), int64(start), int64(length), buf)
		if err != nil || n != int64(length) || !bytes.Equal(out.Bytes(), plain[start:start+length]) {
			t.Fatalf("%d bytes, %v", n, err)
		}
		stored.Bytes()[start/ChunkPlain*ChunkStored] ^= 1
		out.Reset()
		if n, err := s.Copy(context.Background(), &out, inMemory(stored.Bytes()), int64(len(plain)), int64(start), int64(length), buf); !errors.Is(err, errs.Corrupt) || n != 0 || out.Len() > 0 {
			t.Fatalf("%d bytes of changed content, %v", n, err)
		}
	})
}

// A changed bit, a cut at the end of a chunk, chunks in another order, another key, salt or part: none opens.
func TestStreamNoticesChange(t *testing.T) {
	plain := bytes.Repeat([]byte{5}, 2*ChunkPlain+100)
	stored := stream(t, 1, "salt", 2).SealAll(nil, plain)
	swapped := append(append(append([]byte(nil), stored[ChunkStored:2*ChunkStored]...), stored[:ChunkStored]...), stored[2*ChunkStored:]...)
	for name, c := range map[string]struct {
		s      *Stream
		stored []byte
	}{
		"cut after a chunk": {stream(t, 1, "salt", 2), stored[:2*ChunkStored]},
		"cut in a chunk":    {stream(t, 1, "salt", 2), stored[:len(stored)-1]},
		"swapped":           {stream(t, 1, "salt", 2), swapped},
		"another key":       {stream(t, 2, "salt", 2), stored},
		"another salt":      {stream(t, 1, "salz", 2), stored},
		"another part":      {stream(t, 1, "salt", 3), stored},
		"longer":            {stream(t, 1, "salt", 2), append(append([]byte(nil), stored...), 0)},
	} {
		if _, err := c.s.OpenAll(c.stored); !errors.Is(err, errs.Corrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		bad := bytes.Clone(stored)
		bad[rapid.IntRange(0, len(bad)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		s, err := NewStream(bytes.Repeat([]byte{1}, DataKey), []byte("salt"), 2)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.OpenAll(bad); !errors.Is(err, errs.Corrupt) {
			t.Fatalf("a changed bit is not noticed: %v", err)
		}
	})
}

func TestBlind(t *testing.T) {
	d := bytes.Repeat([]byte{9}, 16)
	if a, b := stream(t, 1, "", 0).Blind(d), stream(t, 1, "", 0).Blind(d); a != b || bytes.Equal(a[:], d) {
		t.Error("a blinded digest is not stable, or not blind")
	}
	if stream(t, 1, "", 0).Blind(d) == stream(t, 2, "", 0).Blind(d) {
		t.Error("two keys blind alike")
	}
	if _, err := NewStream([]byte("short"), nil, 0); err == nil {
		t.Error("a short key is taken")
	}
}

func TestCustomerKey(t *testing.T) {
	key, other, aad := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32), []byte("here")
	data := bytes.Repeat([]byte{3}, DataKey)
	w, err := WrapUnder(key, data, aad, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(w, key[:8]) || bytes.Contains(w, data[:8]) {
		t.Error("a key shows in what is stored")
	}
	if got, err := UnwrapUnder(key, w, aad); err != nil || !bytes.Equal(got, data) {
		t.Fatalf("got %x, %v", got, err)
	}
	if _, err := UnwrapUnder(other, w, aad); !errors.Is(err, errs.Denied) {
		t.Errorf("another key: %v", err)
	}
	if _, err := UnwrapUnder(key, w, []byte("there")); !errors.Is(err, errs.Corrupt) {
		t.Errorf("moved: %v", err)
	}
	for n := range w {
		bad := bytes.Clone(w)
		bad[n] ^= 1
		if _, err := UnwrapUnder(key, bad, aad); err == nil {
			t.Errorf("byte %d changed and unnoticed", n)
		}
		if _, err := UnwrapUnder(key, w[:n], aad); err == nil {
			t.Errorf("cut at %d and unnoticed", n)
		}
	}
	if _, err := WrapUnder(key[:16], data, aad, rand.Reader); err == nil {
		t.Error("a short key is taken")
	}
}

// Named keys outlive the process, a rotation and a change of the master key.
func TestNamedKeys(t *testing.T) {
	ctx, shelf := context.Background(), &memShelf{}
	k := open(t, shelf, master(t, 1))
	if made, err := k.AddNamed(ctx, "backup/2026"); err != nil || !made {
		t.Fatal(made, err)
	}
	if made, err := k.AddNamed(ctx, "backup/2026"); err != nil || made {
		t.Fatal("made twice", err)
	}
	env, err := k.SealNamed("backup/2026", []byte("data key"), []byte("row"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Rotate(ctx); err != nil {
		t.Fatal(err)
	}
	if err := k.Rewrap(ctx, master(t, 2)); err != nil {
		t.Fatal(err)
	}
	k = open(t, shelf, master(t, 2))
	if got, err := k.OpenNamed("backup/2026", env, []byte("row")); err != nil || string(got) != "data key" {
		t.Fatalf("%q, %v", got, err)
	}
	if n := k.Named(); len(n) != 1 || n[0].Name != "backup/2026" || len(k.Keys()) != 2 {
		t.Errorf("listed %v", n)
	}
	if _, err := k.OpenNamed("backup/2026", env, []byte("other row")); !errors.Is(err, errs.Corrupt) {
		t.Errorf("moved: %v", err)
	}
	if _, err := k.OpenNamed("none", env, []byte("row")); !errors.Is(err, errs.Corrupt) {
		t.Errorf("unknown key: %v", err)
	}
	if _, err := k.SealNamed("none", nil, nil); !errors.Is(err, errs.NotFound) {
		t.Errorf("unknown key: %v", err)
	}
	for _, bad := range []string{"", "arn:aws:kms:x", "alias/x", "with space", "ä", string(bytes.Repeat([]byte{'a'}, 129))} {
		if _, err := k.AddNamed(ctx, bad); !errors.Is(err, errs.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
