package usage

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"coffer/internal/engine/pebble"
	"coffer/internal/errs"
	"coffer/internal/fault"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

var rewrite = flag.Bool("rewrite", false, "write golden files again")

const (
	contract ident.ContractID = 31000000
	paul     ident.UserID     = "paul"
)

type world struct {
	*Service
	t     testing.TB
	plan  fault.Plan
	store meta.Store
	now   time.Time
	held  []Held
}

func (w *world) Held(_ context.Context, _ ident.ContractID, visit func(*Held) error) error {
	for i := range w.held {
		if err := visit(&w.held[i]); err != nil {
			return err
		}
	}
	return nil
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	w.store = fault.Meta(pebble.OpenMem(), &w.plan)
	t.Cleanup(func() { w.store.Close() })
	var err error
	w.Service, err = New(Config{Meta: w.store, Buckets: w, Clock: func() time.Time { return w.now },
		Contracts: func(context.Context) ([]ident.ContractID, error) { return []ident.ContractID{contract}, nil }})
	w.must(err)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) use(key string, status int) *Use {
	return &Use{Contract: contract, User: paul, Key: ident.AccessKey(key), At: w.now, Operation: "GetObject", Bucket: "photos",
		Source: netip.MustParseAddr("192.0.2.7"), Program: "aws-cli/2", Status: status, In: 10, Out: 100}
}

func (w *world) keys(from, to time.Time) string {
	w.t.Helper()
	all, err := w.Keys(context.Background(), contract, paul, from, to)
	w.must(err)
	var b strings.Builder
	for _, k := range all {
		fmt.Fprintf(&b, "%s %s %d %d %d %d;", k.Day.Format(time.DateOnly), k.Key, k.Requests, k.Errors, k.In, k.Out)
	}
	return b.String()
}

func TestUsesAreCountedByKeyAndDay(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.Note(w.use("K1", 200))
	}
	w.Note(w.use("K1", 404))
	w.Note(w.use("K2", 200))
	w.Note(w.use("", 200))
	w.must(w.Flush(context.Background()))
	w.Note(w.use("K1", 200))
	w.now = w.now.Add(24 * time.Hour)
	w.Note(w.use("K1", 200))
	want := "2026-03-04  1 0 10 100;2026-03-04 K1 5 1 50 500;2026-03-04 K2 1 0 10 100;2026-03-05 K1 1 0 10 100;"
	if got := w.keys(w.now.Add(-240*time.Hour), w.now); got != want {
		t.Errorf("counted %s, want %s", got, want)
	}
	if got := w.keys(w.now, w.now); got != "2026-03-05 K1 1 0 10 100;" {
		t.Errorf("of one day %s", got)
	}
	if _, err := w.Keys(context.Background(), contract, paul, w.now, w.now.Add(-48*time.Hour)); !errors.Is(err, errs.Invalid) {
		t.Errorf("days in the wrong order: %v", err)
	}
}

func TestLastUse(t *testing.T) {
	w := newWorld(t)
	w.Note(w.use("K1", 200))
	later := w.use("K1", 403)
	later.At, later.Operation, later.Program = w.now.Add(time.Second), "PutObject", strings.Repeat("p", 1000)
	w.Note(later)
	w.Note(w.use("K1", 200)) // began earlier, ended later
	w.Note(w.use("", 200))
	last, err := w.LastUses(context.Background(), contract, paul)
	w.must(err)
	if u := last["K1"]; len(last) != 1 || u.Operation != "PutObject" || !u.At.Equal(later.At) || u.Source != "192.0.2.7" || u.Bucket != "photos" || len(u.Program) != maxProgram {
		t.Errorf("%+v", last)
	}
	for i := range 40 {
		w.now = w.now.Add(time.Minute)
		w.Note(w.use(fmt.Sprint("key-", i), 200))
		w.must(w.Flush(context.Background()))
	}
	last, err = w.LastUses(context.Background(), contract, paul)
	w.must(err)
	if _, ok := last["key-39"]; len(last) != maxLast || !ok {
		t.Errorf("%d keys are remembered, the newest %v", len(last), ok)
	}
}

func TestWhatCouldNotBeWrittenIsWrittenLater(t *testing.T) {
	w := newWorld(t)
	w.Note(w.use("K1", 200))
	w.plan.FailAt(1, fault.Refuse)
	if err := w.Flush(context.Background()); err == nil {
		t.Fatal("the flush did not fail")
	}
	w.Note(w.use("K1", 200))
	if got := w.keys(w.now, w.now); got != "2026-03-04 K1 2 0 20 200;" {
		t.Errorf("counted %s", got)
	}
}

func TestNothingIsLostBetweenUsesAndFlushes(t *testing.T) {
	w := newWorld(t)
	const users, each = 4, 2000
	var wg sync.WaitGroup
	for range users {
		wg.Go(func() {
			for range each {
				w.Note(w.use("K1", 200))
			}
		})
	}
	wg.Go(func() {
		for range 50 {
			w.must(w.Flush(context.Background()))
		}
	})
	wg.Wait()
	if got, want := w.keys(w.now, w.now), fmt.Sprintf("2026-03-04 K1 %d 0 %d %d;", users*each, users*each*10, users*each*100); got != want {
		t.Errorf("counted %s, want %s", got, want)
	}
}

func TestIdleKeysAreForgotten(t *testing.T) {
	w := newWorld(t)
	for i := range 3 * maxEntries / 2 {
		w.Note(w.use(fmt.Sprint(i), 200))
	}
	n := w.entriesInMemory()
	if n > maxEntries || n < maxEntries/2 {
		t.Errorf("%d entries", n)
	}
	w.collect(0, "")
	w.collect(0, "")
	if n := w.entriesInMemory(); n != 0 {
		t.Errorf("%d entries after two flushes", n)
	}
}

func (w *world) entriesInMemory() (n int) {
	for i := range w.shards {
		n += len(w.shards[i].entries)
	}
	return n
}

func TestNoteAllocatesNothing(t *testing.T) {
	w := newWorld(t)
	u := w.use("K1", 200)
	w.Note(u)
	if n := testing.AllocsPerRun(1000, func() { w.Note(u) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkNote(b *testing.B) {
	w := newWorld(b)
	u := w.use("00000"+strings.Repeat("k", 87), 200)
	for b.Loop() {
		w.Note(u)
	}
}

func TestBucketsAreMeasuredByDay(t *testing.T) {
	w := newWorld(t)
	w.held = []Held{{ID: "b2", Name: "videos", Region: "local-2", Owner: paul, Objects: 1, Versions: 1, Bytes: 5}, {ID: "b1", Name: "photos", Region: "local-1", Objects: 2, Versions: 3, Bytes: 70}}
	w.must(w.Measure(context.Background(), contract))
	w.held = w.held[1:]
	w.held[0].Bytes = 90
	w.measureAll(context.Background(), w.now.Add(time.Minute)) // not its turn
	w.now = w.now.Add(24 * time.Hour)
	w.measureAll(context.Background(), w.now)
	w.held[0].Bytes = 91
	all, err := w.Buckets(context.Background(), contract, "", w.now.Add(-72*time.Hour), w.now)
	w.must(err)
	var b strings.Builder
	for _, d := range all {
		fmt.Fprintf(&b, "%s %s %s %s %d %d %d;", d.Day.Format(time.DateOnly), d.Name, d.Region, d.Owner, d.Objects, d.Versions, d.Bytes)
	}
	want := "2026-03-04 photos local-1  2 3 70;2026-03-04 videos local-2 paul 1 1 5;2026-03-05 photos local-1  2 3 91;"
	if b.String() != want {
		t.Errorf("measured %s, want %s", b.String(), want)
	}
	one, err := w.Buckets(context.Background(), contract, "b1", w.now, w.now)
	w.must(err)
	if len(one) != 1 || one[0].Name != "photos" || one[0].Bytes != 91 {
		t.Errorf("photos alone on its second day: %+v", one)
	}
	if gone, err := w.Buckets(context.Background(), contract, "b2", w.now.Add(-72*time.Hour), w.now); err != nil || len(gone) != 1 || gone[0].Name != "videos" {
		t.Errorf("videos alone: %+v, %v", gone, err)
	}
}

func TestStopWritesWhatWasCounted(t *testing.T) {
	w := newWorld(t)
	w.Start()
	w.Note(w.use("K1", 200))
	w.Stop()
	if w.entriesInMemory() == 0 {
		t.Fatal("nothing was counted")
	}
	for i := range w.shards {
		w.shards[i].entries = nil
	}
	if got := w.keys(w.now, w.now); got != "2026-03-04 K1 1 0 10 100;" {
		t.Errorf("written: %s", got)
	}
}

func TestGoldenRows(t *testing.T) {
	w := newWorld(t)
	w.held = []Held{{ID: "b1", Name: "photos", Region: "local-1", Owner: paul, Objects: 2, Versions: 3, Bytes: 70}}
	w.Note(w.use("K1", 404))
	w.must(w.Flush(context.Background()))
	w.must(w.Measure(context.Background(), contract))
	var out bytes.Buffer
	w.must(w.store.View(context.Background(), partition(contract), func(r meta.Reader) error {
		for _, k := range []meta.Kind{kindLast, kindKey, kindHeld, kindToday} {
			if err := scan(r, k, nil, nil, func(route, tail string, row []byte) error {
				_, err := fmt.Fprintf(&out, "%d %q %q %q\n", k, route, tail, row)
				return err
			}); err != nil {
				return err
			}
		}
		return nil
	}))
	path := filepath.Join("testdata", "rows.txt")
	if *rewrite {
		w.must(os.WriteFile(path, out.Bytes(), 0o644))
	}
	want, err := os.ReadFile(path)
	w.must(err)
	if out.String() != string(want) {
		t.Errorf("rows are stored as\n%s, want\n%s: what was counted could not be read any more", out.String(), want)
	}
}

// TestPrune: days before the one named go, of every key and bucket, a batch at a time; the others and when keys were used last stay.
func TestPrune(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	first := w.now
	w.held = []Held{{ID: "b1", Name: "one", Objects: 1}, {ID: "b2", Name: "two", Objects: 2}}
	for range 100 {
		w.Note(w.use("K1", 200))
		w.Note(w.use("K2", 200))
		w.must(w.Flush(ctx))
		w.must(w.Measure(ctx, contract))
		w.now = w.now.Add(24 * time.Hour)
	}
	before := first.Add(90 * 24 * time.Hour)
	var removed []int
	for {
		n, err := w.Prune(ctx, contract, before)
		w.must(err)
		if removed = append(removed, n); n < PruneBatch {
			break
		}
	}
	if fmt.Sprint(removed) != "[256 104]" {
		t.Errorf("removed %v, want 2 keys and 2 buckets on 90 days", removed)
	}
	days, err := w.Keys(ctx, contract, paul, first, w.now)
	w.must(err)
	if len(days) != 20 || !days[0].Day.Equal(before.Truncate(24*time.Hour)) {
		t.Errorf("%d days of keys are left, from %v", len(days), days[0].Day)
	}
	held, err := w.Buckets(ctx, contract, "", first, w.now.Add(-24*time.Hour))
	w.must(err)
	if len(held) != 20 || held[0].Name != "one" || !held[0].Day.Equal(before.Truncate(24*time.Hour)) {
		t.Errorf("%d days of buckets are left: %+v", len(held), held[:min(1, len(held))])
	}
	if n, err := w.Prune(ctx, contract, w.now.Add(1000*24*time.Hour)); err != nil || n < 40 {
		t.Errorf("%d removed, %v", n, err)
	}
	if last, err := w.LastUses(ctx, contract, paul); err != nil || len(last) != 2 {
		t.Errorf("when keys were used last is %v, %v", last, err)
	}
}
