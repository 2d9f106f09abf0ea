package quota

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"coffer/internal/engine/pebble"
	"coffer/internal/errs"
	"coffer/internal/fault"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

const contract ident.ContractID = 31000000

// A world is a ledger over the counters of a few buckets.
type world struct {
	t       *testing.T
	store   meta.Store
	plan    *fault.Plan
	mu      sync.Mutex
	buckets map[ident.BucketID]Bucket
	l       *Ledger
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, plan: &fault.Plan{}, buckets: map[ident.BucketID]Bucket{}}
	rows := pebble.OpenMem()
	t.Cleanup(func() { rows.Close() })
	w.store = fault.Meta(rows, w.plan)
	w.l = w.ledger(w.store)
	return w
}

func (w *world) ledger(store meta.Store) *Ledger {
	return New(Config{Meta: store, Objects: []meta.Counter{1}, Bytes: []meta.Counter{2, 3}, Log: slog.New(slog.DiscardHandler),
		Buckets: func(_ context.Context, c ident.ContractID, visit func(Bucket) error) error {
			for _, b := range w.all() {
				if err := visit(b); err != nil {
					return err
				}
			}
			return nil
		},
		Exists: func(_ context.Context, b Bucket) (bool, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			_, ok := w.buckets[b.ID]
			return ok, nil
		}})
}

func (w *world) all() []Bucket {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []Bucket
	for i := range 100 {
		if b, ok := w.buckets[ident.BucketID(fmt.Sprintf("bucket%d", i))]; ok {
			all = append(all, b)
		}
	}
	return all
}

func (w *world) bucket(n int, u ident.UserID) Bucket {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := fmt.Sprintf("bucket%d", n)
	b := Bucket{ID: ident.BucketID(id), Name: ident.BucketName(id), Contract: contract, User: u, Rows: meta.Partition("b/" + id)}
	w.buckets[b.ID] = b
	return b
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func add(delta Amount) func(meta.Tx) error {
	return func(tx meta.Tx) error {
		tx.Add(1, delta.Objects)
		tx.Add(2, delta.Bytes-1)
		tx.Add(3, 1)
		return nil
	}
}

func (w *world) counted(b Bucket) Amount {
	w.t.Helper()
	a, err := w.l.counters(context.Background(), b)
	w.must(err)
	return a
}

// TestManyRaceForTheLast: whatever the limit and whoever writes, exactly as much is written as fits, and everything that fits is.
func TestManyRaceForTheLast(t *testing.T) {
	for _, s := range []Subject{{}, {User: "ada"}, {Bucket: "bucket1"}} {
		for _, limit := range []Limit{{Objects: 10}, {Bytes: 1000}, {Objects: 10, Bytes: 1000}} {
			w := newWorld(t)
			one, other := w.bucket(1, "ada"), w.bucket(2, "ada")
			if s.Bucket != "" {
				other = one
			}
			w.must(w.l.SetLimits(context.Background(), contract, map[Subject]Limit{s: limit}))
			var done atomic.Int64
			var all sync.WaitGroup
			for i := range 40 {
				all.Go(func() {
					b := one
					if i%2 == 0 {
						b = other
					}
					h, err := w.l.Hold(context.Background(), b, Amount{1, 100})
					defer h.Release()
					if err == nil {
						err = w.l.Update(context.Background(), h, b, "k", add(Amount{1, 100}))
					}
					if err == nil {
						done.Add(1)
					} else if errs.CodeOf(err) != Exceeded {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if sum := w.counted(one).plus(w.counted(other)); done.Load() != 10 || s.Bucket == "" && sum != (Amount{10, 1000}) {
				t.Errorf("%+v, %+v: %d writes, %+v held", s, limit, done.Load(), sum)
			}
		}
	}
}

// TestLimitsSetWhileWritersWork: what was written before, meanwhile and after is counted, without the writers waiting for it.
func TestLimitsSetWhileWritersWork(t *testing.T) {
	w := newWorld(t)
	b := w.bucket(1, "")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				w.must(w.l.Update(context.Background(), nil, b, "k", add(Amount{1, 1})))
			}
		})
	}
	for i := range 20 {
		limits := map[Subject]Limit{{}: {Objects: 1000}}
		if i%2 == 1 {
			limits = nil
		}
		w.must(w.l.SetLimits(context.Background(), contract, limits))
	}
	w.must(w.l.SetLimits(context.Background(), contract, map[Subject]Limit{{}: {Objects: 400}}))
	all.Wait()
	used, err := w.l.Used(context.Background(), contract, Subject{})
	w.must(err)
	if used != (Amount{400, 400}) || w.counted(b) != used {
		t.Errorf("the ledger says %+v, the counters %+v", used, w.counted(b))
	}
	if err := w.l.Update(context.Background(), nil, b, "k", add(Amount{1, 1})); errs.CodeOf(err) != Exceeded {
		t.Errorf("the object above the limit: %v", err)
	}
}

var errOwn = errors.New("the update does not want to")

// TestLedgerAgreesWithCounters runs seeded random histories of writes that succeed, fail, are given up or whose outcome is unknown, of
// limits set, and of buckets deleted and handed over. After each step the ledger holds what the counters say and has reserved what
// holds say, and no write that grew anything went past a limit.
func TestLedgerAgreesWithCounters(t *testing.T) {
	for seed := range int64(60) {
		w := newWorld(t)
		r := rand.New(rand.NewSource(seed))
		h := history{world: w, r: r}
		for step := range 120 {
			what := h.step()
			h.check(fmt.Sprintf("seed %d, step %d: %s", seed, step, what))
			if t.Failed() {
				return
			}
		}
	}
}

type history struct {
	*world
	r      *rand.Rand
	holds  []*Hold
	of     []Bucket
	at     []int // which rules each hold was reserved under
	rules  int   // how often limits or owners changed
	limits map[Subject]Limit
	next   int
}

func (h *history) any() (Bucket, bool) {
	all := h.all()
	if len(all) == 0 {
		return Bucket{}, false
	}
	return all[h.r.Intn(len(all))], true
}

func (h *history) step() string {
	ctx := context.Background()
	users := []ident.UserID{"", "ada", "bob"}
	b, ok := h.any()
	op := h.r.Intn(12)
	switch {
	case !ok || op == 0 && h.next < 99:
		h.next++
		h.bucket(h.next, users[h.r.Intn(3)])
		return "a bucket is made"
	case op == 1:
		h.limits = map[Subject]Limit{}
		for _, s := range []Subject{{}, {User: "ada"}, {User: "bob"}, {Bucket: b.ID}} {
			if h.r.Intn(2) == 0 {
				h.limits[s] = Limit{int64(h.r.Intn(30)), int64(h.r.Intn(3000))}
			}
		}
		h.rules++
		h.must(h.l.SetLimits(ctx, contract, h.limits))
		return "limits are set"
	case op == 2:
		h.mu.Lock()
		delete(h.buckets, b.ID)
		h.mu.Unlock()
		h.l.Forget(b)
		return "a bucket is deleted"
	case op == 3 && b.User != "":
		b.User = users[1+h.r.Intn(2)]
		h.mu.Lock()
		h.buckets[b.ID] = b
		h.mu.Unlock()
		h.rules++
		h.l.Move(b)
		return "a bucket is handed over"
	case op <= 6:
		hold, err := h.l.Hold(ctx, b, Amount{1, int64(h.r.Intn(200)) - 1})
		if err == nil {
			h.holds, h.of, h.at = append(h.holds, hold), append(h.of, b), append(h.at, h.rules)
		}
		return fmt.Sprint("a write begins: ", err)
	case op == 7:
		before := h.counted(b)
		err := h.l.Update(ctx, nil, b, "k", add(Amount{-before.Objects / 2, -before.Bytes / 2}))
		return fmt.Sprint("half is deleted: ", err)
	case len(h.holds) > 0:
		return h.write(ctx)
	}
	return "nothing"
}

// write lets one write that began grow, and ends it in one of the ways that there are.
func (h *history) write(ctx context.Context) string {
	i := h.r.Intn(len(h.holds))
	hold, b, under := h.holds[i], h.of[i], h.at[i]
	h.holds, h.of, h.at = slices.Delete(h.holds, i, i+1), slices.Delete(h.of, i, i+1), slices.Delete(h.at, i, i+1)
	defer hold.Release()
	grown := hold.Grow(int64(h.r.Intn(100)))
	if h.r.Intn(4) == 0 {
		return fmt.Sprint("a write is given up, grown: ", grown)
	}
	h.mu.Lock()
	_, there := h.buckets[b.ID]
	h.mu.Unlock()
	if !there {
		return "a write to a bucket that is gone is given up"
	}
	before := h.counted(b)
	fn := add(Amount{int64(h.r.Intn(2)), int64(h.r.Intn(300))})
	switch h.r.Intn(4) {
	case 0:
		fn = func(tx meta.Tx) error { tx.Add(1, 7); return errOwn }
	case 1:
		// The store fails around the commit: before or after it, nobody can tell.
		h.plan.FailAt(1, fault.Mode(1+h.r.Intn(2)))
		defer h.plan.FailAt(0, 0)
	}
	err := h.l.Update(ctx, hold, b, "k", fn)
	if under == h.rules { // who reserved before a limit was lowered may finish
		h.within(b, before)
	}
	return fmt.Sprint("a write ends: ", err)
}

// within fails where a write grew a bucket past a limit.
func (h *history) within(b Bucket, before Amount) {
	h.plan.FailAt(0, 0)
	now := h.counted(b)
	for s, l := range h.limits {
		var sum Amount
		for _, other := range h.all() {
			if s.Bucket != "" && s.Bucket != other.ID || s.User != "" && s.User != other.User {
				continue
			}
			sum = sum.plus(h.counted(other))
		}
		if s.Bucket != "" && s.Bucket != b.ID || s.User != "" && s.User != h.buckets[b.ID].User {
			continue
		}
		if now.Objects > before.Objects && l.Objects > 0 && sum.Objects > l.Objects || now.Bytes > before.Bytes && l.Bytes > 0 && sum.Bytes > l.Bytes {
			h.t.Errorf("a write took %+v to %+v, past %+v of %+v", before, sum, l, s)
		}
	}
}

func (h *history) check(what string) {
	h.t.Helper()
	k := h.l.book(contract)
	if k == nil {
		return
	}
	var total, reserved Amount
	users := map[ident.UserID]Amount{}
	for _, b := range h.all() {
		now := h.counted(b)
		total = total.plus(now)
		users[b.User] = users[b.User].plus(now)
		a := k.buckets[b.ID]
		if a != nil && !a.stale && a.held != now {
			h.t.Errorf("%s: %s holds %+v, the ledger says %+v", what, b.ID, now, a.held)
		}
	}
	for i, hold := range h.holds {
		if _, there := h.buckets[h.of[i].ID]; there && hold != nil && hold.k == k && k.buckets[hold.a.bucket.ID] == hold.a {
			reserved = reserved.plus(hold.amount)
		}
	}
	if k.total.held != total || k.total.reserved != reserved {
		h.t.Errorf("%s: the contract holds %+v and has reserved %+v, the ledger says %+v", what, total, reserved, k.total)
	}
	for _, u := range []ident.UserID{"ada", "bob"} {
		if k.user(u).held != users[u] {
			h.t.Errorf("%s: %s holds %+v, the ledger says %+v", what, u, users[u], k.user(u).held)
		}
	}
}
