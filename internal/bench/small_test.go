package bench

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"coffer/internal/errs"
)

func TestHistogram(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, int64(10*time.Minute)), 1, 200).Draw(t, "values")
		var h, one, two histogram
		for i, v := range values {
			h.add(time.Duration(v))
			if i%2 == 0 {
				one.add(time.Duration(v))
			} else {
				two.add(time.Duration(v))
			}
		}
		one.merge(&two)
		if one != h {
			t.Fatal("merged otherwise than added")
		}
		slices.Sort(values)
		if h.n != int64(len(values)) || h.max != time.Duration(values[len(values)-1]) {
			t.Fatalf("%d values, largest %v", h.n, h.max)
		}
		for _, q := range []float64{0.5, 0.9, 0.99, 1} {
			at := max(0, int(q*float64(len(values))+0.999999)-1)
			want, got := time.Duration(values[at]), h.quantile(q)
			if off := (got - want).Abs(); off > want/100+unit {
				t.Fatalf("quantile %v: %v, not %v", q, got, want)
			}
		}
	})
	var h histogram
	if h.quantile(0.5) != 0 {
		t.Error("a quantile of nothing")
	}
	h.add(24 * time.Hour)
	if h.quantile(0.5) != 24*time.Hour && h.quantile(0.5) < 10*time.Minute {
		t.Errorf("a day is %v", h.quantile(0.5))
	}
	for b := range numBuckets {
		if got := bucketOf(floor(b)); got != b {
			t.Fatalf("bucket %d begins at %v, which lies in %d", b, floor(b), got)
		}
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "7": 7, "7B": 7, "4KiB": 4096, "1.5MiB": 3 << 19, "1GiB": 1 << 30, "4K": 4096, "2M": 2 << 20, "1G": 1 << 30,
		"5kB": 5000, "5MB": 5e6, "1GB": 1e9} {
		if got, err := ParseSize(text); got != want || err != nil {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "KiB", "-1", "1TiB", "x", "1KiBB", "1e30", "NaN", "Inf"} {
		if n, err := ParseSize(text); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q: %d, %v", text, n, err)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 4096: "4 KiB", 3 << 19: "1.5 MiB", 1 << 30: "1 GiB"} {
		if got := FormatSize(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

func TestTable(t *testing.T) {
	r := Report{CPUs: 2, Connections: 16, Threads: 1, TurnSeconds: 0.2, Left: []string{"b: bucket x still holds what was written"}, Rows: []Row{
		{Endpoint: "coffer", Op: Put, Size: 4096, Payload: Unsigned, PerSecond: 8000, MiBPerSecond: 31.25, Latency: Latency{1, 2, 3, 4}, Client: 0.1,
			Server: &ServerUse{MicrosecondsPerRequest: 90, ResidentMiB: 120}},
		{Endpoint: "other", Op: Put, Size: 4096, Payload: Unsigned, PerSecond: 2000, Errors: 1, FirstError: "put: status 500"},
		{Endpoint: "coffer", Op: List, Size: 4096, PerSecond: 900},
	}}
	var b bytes.Buffer
	if err := r.Table(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	for i, want := range [][]string{
		{"operation", "endpoint", "per s", "ratio", "MiB/s", "p50 ms", "max ms", "errors", "client CPU", "server µs", "RSS MiB"},
		{"put 4 KiB unsigned", "coffer", "8000", "31.2", "1.00", "4.00", "0.10", "90", "120"},
		{"other", "2000", "0.25"},
		{"list", "coffer", "900"},
		{"16 connections", "turns of 0.2 s", "client CPU"},
		{"put 4 KiB unsigned at other: first error: put: status 500"},
		{"bucket x still holds"},
	} {
		for _, w := range want {
			if !strings.Contains(lines[i], w) {
				t.Errorf("line %d %q lacks %q", i, lines[i], w)
			}
		}
	}
	if len(lines[1]) != len([]rune(lines[0])) || len(lines[2]) != len(lines[1]) {
		t.Errorf("the columns do not line up:\n%s", b.String())
	}
	if strings.Contains(lines[1], "0.25") || !r.Failed() {
		t.Error("the first endpoint has a ratio, or the failure is not told")
	}
}

// A mixed row keeps its shares, and deletes each key once, after it was put.
func TestMix(t *testing.T) {
	p, o := &plan{op: Mixed, objects: 10}, &own{random: rand.New(rand.NewPCG(1, 2))}
	var shares [numVerbs]int
	there := map[int64]bool{}
	for range 20000 {
		r, ok := p.pick(o)
		if !ok {
			t.Fatal("the plan ended")
		}
		shares[r.verb]++
		switch r.verb {
		case doPut:
			there[r.n] = true
		case doDelete:
			if r.kind != fresh || !there[r.n] {
				t.Fatalf("deletes key %c%d", r.kind, r.n)
			}
			delete(there, r.n)
		default:
			if r.kind != fill || r.n < 0 || r.n >= 10 {
				t.Fatalf("reads key %c%d", r.kind, r.n)
			}
		}
	}
	for v, want := range map[verb]int{doGet: 45, doStat: 30, doPut: 15, doDelete: 10, doList: 0} {
		if got := shares[v]; (got-200*want)*(got-200*want) > 300*300 {
			t.Errorf("%v: %d of 20000, want %d %%", v, got, want)
		}
	}
}

// An answer reads the same however the network cuts it, and nonsense ends in an error or waits for more.
func TestAnswerCuts(t *testing.T) {
	for text, length := range map[string]int64{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello":                                                   5,
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length:5\r\n\r\nhello":                       5,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n": 15,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n":                5,
		"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n":                                                0,
	} {
		rapid.Check(t, func(t *rapid.T) {
			if a := feed(t, []byte(text)); !a.complete || a.length != length || a.status/100 != 2 || a.ending {
				t.Fatalf("%q: %+v", text, a.answer)
			}
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		bent := []byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
		bent[rapid.IntRange(0, len(bent)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		feed(t, bent)
	})
}

type fed struct {
	answer
	complete bool
}

func feed(t *rapid.T, wire []byte) fed {
	f := fed{answer: answer{buf: make([]byte, 256)}}
	f.expect(false)
	for len(wire) > 0 && !f.complete {
		n := copy(f.space(), wire[:rapid.IntRange(1, len(wire)).Draw(t, "piece")])
		var err error
		if f.complete, err = f.take(n); err != nil {
			return f
		}
		wire = wire[n:]
	}
	return f
}
