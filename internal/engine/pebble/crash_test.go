package pebble

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"coffer/internal/errs"
	"coffer/internal/meta"
	"coffer/internal/meta/metatest"
)

func openOn(t *testing.T, fs vfs.FS, change func(*Options)) *Store {
	t.Helper()
	o := Options{Dir: "meta", FS: fs, Cache: 1 << 20, Memtable: 256 << 10}
	if change != nil {
		change(&o)
	}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // some tests break it before
	return s
}

// TestPowerLoss cuts the power at random instants under concurrent updates. Each update writes the same number to three rows and a queue and adds
// to a counter: after the restart all of them are there or none is, and every acknowledged one is there.
func TestPowerLoss(t *testing.T) {
	seed := metatest.Seed(t)
	rnd := rand.New(rand.NewPCG(seed, 1))
	for round := range 8 {
		powerLoss(t, rnd, round)
	}
}

const lossWriters = 8

func powerLoss(t *testing.T, rnd *rand.Rand, round int) {
	fs := vfs.NewCrashableMem()
	s := openOn(t, fs, nil)
	var acknowledged, begun [lossWriters]atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	for w := range lossWriters {
		writing.Go(func() {
			for i := int64(1); ctx.Err() == nil; i++ {
				begun[w].Store(i)
				if err := lossUpdate(ctx, s, w, i); err == nil {
					acknowledged[w].Store(i)
				} else if !errors.Is(err, errs.Canceled) {
					t.Error(err)
				}
			}
		})
	}
	for total := int64(0); total < int64(200+rnd.IntN(2000)); {
		total = 0
		for w := range lossWriters {
			total += acknowledged[w].Load()
		}
	}
	var before [lossWriters]int64
	for w := range before {
		before[w] = acknowledged[w].Load()
	}
	crashed := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rnd.IntN(101), RNG: rnd})
	var after [lossWriters]int64
	for w := range after {
		after[w] = begun[w].Load()
	}
	stop()
	writing.Wait()
	checkLoss(t, openOn(t, crashed, nil), round, before, after)
}

func lossPart(w int) meta.Partition { return meta.Partition(fmt.Sprintf("b/%d", w%2)) }

func lossUpdate(ctx context.Context, s *Store, w int, i int64) error {
	route := meta.Route(fmt.Sprint(w))
	value := binary.BigEndian.AppendUint64(nil, uint64(i))
	return s.Update(ctx, lossPart(w), route, func(tx meta.Tx) error {
		tx.Add(meta.Counter(1+w), 1)
		tx.Append(meta.Queue(1+w), value)
		for kind := meta.Kind(1); kind <= 2; kind++ {
			if err := tx.Put(meta.Key{Kind: kind, Route: route}, append(value, make([]byte, 300)...)); err != nil {
				return err
			}
		}
		return tx.Put(meta.Key{Kind: 3, Route: route, Tail: string(value)}, value)
	})
}

func checkLoss(t *testing.T, s *Store, round int, before, after [lossWriters]int64) {
	for w := range lossWriters {
		err := s.View(t.Context(), lossPart(w), func(r meta.Reader) error {
			n, err := r.Count(meta.Counter(1 + w))
			if err != nil {
				return err
			}
			if n < before[w] || n > after[w] {
				t.Errorf("round %d: writer %d had %d updates acknowledged and %d begun, %d are there", round, w, before[w], after[w], n)
			}
			for kind := meta.Kind(1); kind <= 2 && n > 0; kind++ {
				value, err := r.Get(meta.Key{Kind: kind, Route: meta.Route(fmt.Sprint(w))})
				if err != nil || int64(binary.BigEndian.Uint64(value)) != n {
					t.Errorf("round %d: writer %d counted %d, its row of kind %d is %x, %v", round, w, n, kind, value[:8], err)
				}
			}
			rows, queued := int64(0), int64(0)
			if _, err := r.Scan(3, meta.AtRoute(meta.Route(fmt.Sprint(w))), meta.AfterRoute(meta.Route(fmt.Sprint(w))), meta.Budget{}, func(_, tail, _ []byte) ([]byte, error) {
				rows++
				if int64(binary.BigEndian.Uint64(tail)) != rows {
					t.Errorf("round %d: writer %d misses row %d", round, w, rows)
				}
				return nil, nil
			}); err != nil {
				return err
			}
			if err := r.Queue(meta.Queue(1+w), 0, 1<<30, func(uint64, []byte) error { queued++; return nil }); err != nil {
				return err
			}
			if rows != n || queued != n {
				t.Errorf("round %d: writer %d counted %d, has %d rows and %d queued", round, w, n, rows, queued)
			}
			return nil
		})
		if err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		if err := lossUpdate(t.Context(), s, w, 1); err != nil {
			t.Errorf("round %d: the store does not go on: %v", round, err)
		}
	}
}

// hold makes syncs of the log wait, or fail.
type hold struct {
	mu   sync.Mutex
	wait chan struct{} // not nil: syncs wait until it is closed
	met  chan struct{} // closed when a sync waits
	err  error         // not nil: syncs fail
}

func (h *hold) MaybeError(op errorfs.Op) error {
	if op.Kind != errorfs.OpFileSync && op.Kind != errorfs.OpFileSyncData && op.Kind != errorfs.OpFileSyncTo || !strings.HasSuffix(op.Path, ".log") {
		return nil
	}
	h.mu.Lock()
	wait, met, err := h.wait, h.met, h.err
	h.met = nil
	h.mu.Unlock()
	if met != nil {
		close(met)
	}
	if wait != nil {
		<-wait
	}
	return err
}

func (h *hold) String() string { return "hold" }

// begin makes syncs wait until the returned release; met is closed when one does.
func (h *hold) begin() (met chan struct{}, release func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wait, h.met = make(chan struct{}), make(chan struct{})
	wait := h.wait
	return h.met, func() {
		h.mu.Lock()
		h.wait = nil
		h.mu.Unlock()
		close(wait)
	}
}

// see returns all that a partition shows, by every way of reading.
func see(t *testing.T, s *Store) string {
	t.Helper()
	var out strings.Builder
	err := s.View(t.Context(), "b/1", func(r meta.Reader) error {
		value, err := r.Get(meta.Key{Kind: 1, Route: "r"})
		if err != nil && !errors.Is(err, errs.NotFound) {
			return err
		}
		n, err := r.Count(1)
		if err != nil {
			return err
		}
		fmt.Fprintf(&out, "get %s, count %d, scan", value, n)
		if _, err := r.Scan(1, nil, nil, meta.Budget{}, func(_, _, value []byte) ([]byte, error) {
			fmt.Fprintf(&out, " %s", value)
			return nil, nil
		}); err != nil {
			return err
		}
		out.WriteString(", queue")
		return r.Queue(1, 0, 10, func(_ uint64, row []byte) error {
			fmt.Fprintf(&out, " %s", row)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func change(ctx context.Context, s *Store, value string) error {
	return s.Update(ctx, "b/1", "r", func(tx meta.Tx) error {
		tx.Add(1, 1)
		tx.Append(1, []byte(value))
		return tx.Put(meta.Key{Kind: 1, Route: "r"}, []byte(value))
	})
}

// TestReadersSeeOnlyWhatIsDurable reads while the sync of a commit waits.
func TestReadersSeeOnlyWhatIsDurable(t *testing.T) {
	h := new(hold)
	s := openOn(t, errorfs.Wrap(vfs.NewMem(), h), nil)
	if err := change(t.Context(), s, "old"); err != nil {
		t.Fatal(err)
	}
	met, release := h.begin()
	written := make(chan error)
	go func() { written <- change(context.Background(), s, "new") }()
	<-met
	if got, want := see(t, s), "get old, count 1, scan old, queue old"; got != want {
		t.Errorf("before the sync: %s, want %s", got, want)
	}
	release()
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	if got, want := see(t, s), "get new, count 2, scan new, queue old new"; got != want {
		t.Errorf("after the sync: %s, want %s", got, want)
	}
}

// TestReadersNeverRunAhead reads while a writer counts up a row, each update with a sync of its own that takes a while.
func TestReadersNeverRunAhead(t *testing.T) {
	const updates = 300
	var begun, synced atomic.Uint64
	slow := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if strings.HasSuffix(op.Path, ".log") && (op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData) {
			now := begun.Load()
			for range 20 {
				runtime.Gosched()
			}
			synced.Store(now)
		}
		return nil
	})
	s := openOn(t, errorfs.Wrap(vfs.NewMem(), slow), nil)
	k := meta.Key{Kind: 1, Route: "r"}
	var reading sync.WaitGroup
	look := func(what string, read func(r meta.Reader) (uint64, error)) {
		reading.Go(func() {
			for synced.Load() < updates && !t.Failed() {
				var n uint64
				err := s.View(t.Context(), "b/1", func(r meta.Reader) (err error) { n, err = read(r); return err })
				if limit := synced.Load(); err != nil || n > limit {
					t.Errorf("%s shows %d, %v when %d is durable", what, n, err, limit)
				}
			}
		})
	}
	look("Get", func(r meta.Reader) (uint64, error) {
		value, err := r.Get(k)
		if errors.Is(err, errs.NotFound) {
			return 0, nil
		}
		return binary.BigEndian.Uint64(value), err
	})
	look("Scan", func(r meta.Reader) (n uint64, err error) {
		_, err = r.Scan(1, nil, nil, meta.Budget{}, func(_, _, value []byte) ([]byte, error) {
			n = binary.BigEndian.Uint64(value)
			return nil, nil
		})
		return n, err
	})
	for i := uint64(1); i <= updates; i++ {
		begun.Store(i)
		if err := s.Update(t.Context(), "b/1", "r", func(tx meta.Tx) error { return tx.Put(k, binary.BigEndian.AppendUint64(nil, i)) }); err != nil {
			t.Fatal(err)
		}
	}
	synced.Store(updates)
	reading.Wait()
}

// TestFailedSyncIsFinal fails one sync of the log: the store is read-only from then on, and shows what was durable before.
func TestFailedSyncIsFinal(t *testing.T) {
	h, mem := new(hold), vfs.NewCrashableMem()
	var failures atomic.Int64
	s := openOn(t, errorfs.Wrap(mem, h), func(o *Options) { o.OnFailure = func(error) { failures.Add(1) } })
	if err := change(t.Context(), s, "old"); err != nil {
		t.Fatal(err)
	}
	if err := s.Health(); err != nil {
		t.Errorf("Health before the failure: %v", err)
	}
	h.mu.Lock()
	h.err = errors.New("the disk is gone")
	h.mu.Unlock()
	if err := change(t.Context(), s, "lost"); !errors.Is(err, errs.Unavailable) {
		t.Errorf("the update whose sync failed: %v", err)
	}
	h.mu.Lock()
	h.err = nil
	h.mu.Unlock()
	for _, p := range []meta.Partition{"b/1", "b/2"} {
		err := s.Update(t.Context(), p, "r", func(meta.Tx) error { t.Error("an update ran on a store that failed"); return nil })
		if !errors.Is(err, errs.Unavailable) {
			t.Errorf("a later update: %v", err)
		}
	}
	if err := s.Fence(t.Context(), "b/1", true); !errors.Is(err, errs.Unavailable) {
		t.Errorf("Fence: %v", err)
	}
	if err := s.Health(); !errors.Is(err, errs.Unavailable) {
		t.Errorf("Health: %v", err)
	}
	s.health.fail(errors.New("a second failure"))
	if n := failures.Load(); n != 1 {
		t.Errorf("OnFailure was called %d times, want once", n)
	}
	if got, want := see(t, s), "get old, count 1, scan old, queue old"; got != want {
		t.Errorf("readers see %s, want %s", got, want)
	}
	if err := s.Close(); !errors.Is(err, errs.Unavailable) {
		t.Errorf("Close: %v, want the failure", err)
	}
	again := openOn(t, mem.CrashClone(vfs.CrashCloneCfg{}), nil)
	if got, want := see(t, again), "get old, count 1, scan old, queue old"; got != want {
		t.Errorf("after the restart: %s, want %s", got, want)
	}
}
