package checksum

import (
	"testing"

	"pgregory.net/rapid"

	"coffer/internal/errs"
)

// Joining the sums of any cut of any bytes gives the sum of the bytes, or the sum of the parts' sums.
func TestJoinIsSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SampledFrom(Algorithms()).Draw(t, "algorithm")
		parts := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 300), 0, 8).Draw(t, "parts")
		if rapid.Bool().Draw(t, "long") {
			long := make([]byte, rapid.IntRange(0, 70000).Draw(t, "length"))
			for i := range long {
				long[i] = byte(i * 7)
			}
			parts = append(parts, long, long)
		}
		for _, typ := range []Type{FullObject, Composite} {
			if !a.Allows(typ) {
				continue
			}
			j, err := NewJoiner(a, typ)
			if err != nil {
				t.Fatal(err)
			}
			whole, sums := a.New(), a.New()
			for _, p := range parts {
				s := sumOf(a, string(p))
				whole.Write(p)
				sums.Write([]byte(s.Raw))
				if err := j.Add(s, int64(len(p))); err != nil {
					t.Fatal(err)
				}
			}
			want := Of(a, whole)
			if typ == Composite {
				want = Of(a, sums)
				want.Type, want.Parts = Composite, len(parts)
			}
			if got := j.Sum(); got != want {
				t.Fatalf("%v %v: %+v, want %+v", a, typ, got, want)
			}
		}
	})
}

// A part of 5 GiB of zeros: the sum of zeros is known by doubling.
func TestJoinLongParts(t *testing.T) {
	for _, a := range []Algorithm{CRC32, CRC32C, CRC64NVME} {
		const mib = 1 << 20
		part, size := sumOf(a, string(make([]byte, mib))), int64(mib)
		for range 12 {
			j, _ := NewJoiner(a, FullObject)
			if j.Add(part, size) != nil || j.Add(part, size) != nil {
				t.Fatal("not added")
			}
			part, size = j.Sum(), 2*size
		}
		j, _ := NewJoiner(a, FullObject)
		small := sumOf(a, string(make([]byte, mib)))
		for range 4096 {
			if err := j.Add(small, mib); err != nil {
				t.Fatal(err)
			}
		}
		if j.Sum() != part {
			t.Errorf("%v: 4096 parts of 1 MiB differ from doubling twelve times", a)
		}
	}
}

func TestJoinRefuses(t *testing.T) {
	j, _ := NewJoiner(CRC32, FullObject)
	good := sumOf(CRC32, "a")
	short := good
	short.Raw = short.Raw[:3]
	for _, err := range []error{j.Add(sumOf(CRC32C, "a"), 1), j.Add(Sum{Algorithm: CRC32}, 1), j.Add(short, 1), j.Add(good, -1)} {
		if errs.KindOf(err) != errs.Corrupt {
			t.Errorf("error %v, want corrupt", err)
		}
	}
	if err := j.Add(good, 1); err != nil || j.Sum() != good {
		t.Errorf("after refusals: %+v, %v", j.Sum(), err)
	}
	if _, err := NewJoiner(None, FullObject); err == nil {
		t.Error("a joiner of no algorithm")
	}
}

func BenchmarkJoin(b *testing.B) {
	part := sumOf(CRC64NVME, "part")
	j, _ := NewJoiner(CRC64NVME, FullObject)
	b.ReportAllocs()
	for b.Loop() {
		_ = j.Add(part, 5<<20)
	}
}
