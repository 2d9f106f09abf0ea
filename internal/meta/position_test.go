package meta

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"coffer/internal/errs"
)

// awkward draws strings of the bytes that encodings get wrong.
func awkward(max int) *rapid.Generator[string] {
	b := rapid.SampledFrom([]byte{0, 1, 2, 3, 'a', 'b', 0xfe, 0xff})
	return rapid.Map(rapid.SliceOfN(b, 0, max), func(b []byte) string { return string(b) })
}

func TestPositionsKeepOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r1, r2, t1, t2 := awkward(5).Draw(t, "r1"), awkward(5).Draw(t, "r2"), awkward(3).Draw(t, "t1"), awkward(3).Draw(t, "t2")
		want := strings.Compare(r1, r2)
		if want == 0 {
			want = strings.Compare(t1, t2)
		}
		if got := bytes.Compare(At(Route(r1), t1), At(Route(r2), t2)); got != want {
			t.Fatalf("positions of (%q,%q) and (%q,%q) compare %d, want %d", r1, t1, r2, t2, got, want)
		}
	})
}

func TestPlacesLieWhereTheySay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		route, tail := awkward(5).Draw(t, "route"), awkward(3).Draw(t, "tail")
		pr, pt := awkward(5).Draw(t, "place route"), awkward(3).Draw(t, "place tail")
		places := []struct {
			name     string
			position []byte
			reached  bool // the row lies at the place or behind it
		}{
			{"At", At(Route(pr), pt), route > pr || route == pr && tail >= pt},
			{"After", After(Route(pr), pt), route > pr || route == pr && tail > pt},
			{"AtRoute", AtRoute(Route(pr)), route >= pr},
			{"AfterRoute", AfterRoute(Route(pr)), route > pr},
			{"FromPrefix", FromPrefix(Route(pr)), route >= pr},
			{"AfterPrefix", AfterPrefix(Route(pr)), route > pr && !strings.HasPrefix(route, pr)},
			{"AfterTailPrefix", AfterTailPrefix(Route(pr), pt), route > pr || route == pr && tail > pt && !strings.HasPrefix(tail, pt)},
			{"End", End(), false},
		}
		for _, p := range places {
			if got := bytes.Compare(At(Route(route), tail), p.position) >= 0; got != p.reached {
				t.Fatalf("row (%q,%q) at or behind %s(%q,%q): %v, want %v", route, tail, p.name, pr, pt, got, p.reached)
			}
		}
	})
}

func TestEndIsBehindTheLongestRoute(t *testing.T) {
	r := Route(strings.Repeat("\xff", MaxRouteBytes))
	if bytes.Compare(After(r, strings.Repeat("\xff", 100)), End()) >= 0 {
		t.Error("a row lies behind End")
	}
}

func TestSplitUndoesAt(t *testing.T) {
	var s Splitter
	rapid.Check(t, func(t *rapid.T) {
		route, tail := awkward(9).Draw(t, "route"), awkward(9).Draw(t, "tail")
		gotRoute, gotTail, err := s.Split(At(Route(route), tail))
		if err != nil || string(gotRoute) != route || string(gotTail) != tail {
			t.Fatalf("Split(At(%q,%q)) = %q, %q, %v", route, tail, gotRoute, gotTail, err)
		}
	})
}

func TestAppendReusesTheBuffer(t *testing.T) {
	buf := make([]byte, 0, 256)
	var s Splitter
	plain, escaped := AppendAt(nil, "docs/a", "t"), AppendAt(nil, "d\x00\x01", "t")
	n := testing.AllocsPerRun(100, func() {
		buf = AppendAt(buf[:0], "docs/a", "t")
		buf = AppendAfter(buf[:0], "docs/\x00", "t")
		buf = AppendAfterRoute(buf[:0], "docs/a")
		buf = AppendAfterPrefix(buf[:0], "docs/")
		for _, p := range [][]byte{plain, escaped} {
			if _, _, err := s.Split(p); err != nil {
				t.Fatal(err)
			}
		}
	})
	if n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func TestGoldenPositions(t *testing.T) {
	for _, c := range []struct{ route, tail, want string }{
		{"", "", "\x01\x01"},
		{"a/b", "x", "a/b\x01\x01x"},
		{"\x00\x01\x02", "\x00\x01", "\x01\x02\x01\x03\x02\x01\x01\x00\x01"},
	} {
		if got := string(At(Route(c.route), c.tail)); got != c.want {
			t.Errorf("At(%q,%q) = %q, want %q: stored rows would be lost", c.route, c.tail, got, c.want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", "\x01", "\x01\x01", "a\x01\x01t", "\x01\x02\x01\x03\x01\x01", "\x00\x01\x01", "a\x01\x04", "a"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, encoded []byte) {
		route, tail, err := Split(encoded)
		if err != nil {
			if !errors.Is(err, errs.Corrupt) {
				t.Fatalf("Split(%q) = %v, want corrupt", encoded, err)
			}
			return
		}
		if again := At(Route(route), string(tail)); !bytes.Equal(again, encoded) {
			t.Fatalf("Split(%q) = %q, %q, which is the position %q", encoded, route, tail, again)
		}
	})
}
