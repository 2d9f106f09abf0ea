package audit

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"coffer/internal/engine/pebble"
	"coffer/internal/errs"
	"coffer/internal/fault"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/seal"
)

var rewrite = flag.Bool("rewrite", false, "write golden files again")

const contract ident.ContractID = 31000000

type world struct {
	*Service
	t     *testing.T
	store meta.Store
	now   time.Time
}

func newWorld(t *testing.T, wrap ...func(meta.Store) meta.Store) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), store: pebble.OpenMem()}
	t.Cleanup(func() { w.store.Close() })
	for _, f := range wrap {
		w.store = f(w.store)
	}
	ring, err := seal.OpenDir(context.Background(), t.TempDir(), "")
	w.must(err)
	w.Service, err = New(Config{Meta: w.store, Sealer: ring, Clock: func() time.Time { return w.now }})
	w.must(err)
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) write(actions ...string) {
	w.t.Helper()
	for _, a := range actions {
		w.must(w.Write(context.Background(), contract, Event{Action: a, By: "anna"}))
	}
}

func (w *world) list(q Query) ([]Record, uint64) {
	w.t.Helper()
	if q.Limit == 0 {
		q.Limit = MaxLimit
	}
	found, next, err := w.List(context.Background(), contract, q)
	w.must(err)
	return found, next
}

func (w *world) verify() *Report {
	w.t.Helper()
	r, err := w.Verify(context.Background(), contract)
	w.must(err)
	return r
}

func actions(all []Record) string {
	var out []string
	for _, r := range all {
		out = append(out, r.Action)
	}
	return strings.Join(out, " ")
}

func TestEventsAreListedNewestFirst(t *testing.T) {
	w := newWorld(t)
	var all []string
	for i := range 700 {
		all = append(all, fmt.Sprintf("a:%d", i))
	}
	w.write(all...)
	first, next := w.list(Query{Limit: 500})
	rest, end := w.list(Query{Limit: 500, Before: next})
	if len(first) != 500 || len(rest) != 200 || end != 0 || first[0].Action != "a:699" || first[0].Seq != 700 || rest[199].Action != "a:0" || rest[199].Seq != 1 {
		t.Errorf("pages of %d and %d records, next %d, %d", len(first), len(rest), next, end)
	}
	if r := w.verify(); !r.Whole || r.Records != 700 || r.Head != first[0].Hash {
		t.Errorf("verified: %+v", r)
	}
}

func TestFilters(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	for _, e := range []Event{
		{Action: "coffer:SignIn", By: "anna", Source: "10.0.0.1"},
		{Action: "coffer:CreateAccessKey", By: "anna", User: "paul", Subject: "k1"},
		{Action: "coffer:DeleteAccessKey", By: "bert", User: "paul", Subject: "k1", Result: Refused},
	} {
		w.now = w.now.Add(time.Hour)
		w.must(w.Write(ctx, contract, e))
	}
	w.must(w.Write(ctx, contract+1, Event{Action: "coffer:SignIn", By: "stan"}))
	for _, c := range []struct {
		q    Query
		want string
	}{
		{Query{}, "coffer:DeleteAccessKey coffer:CreateAccessKey coffer:SignIn"},
		{Query{By: "anna"}, "coffer:CreateAccessKey coffer:SignIn"},
		{Query{User: "paul", Result: Done}, "coffer:CreateAccessKey"},
		{Query{Subject: "k1", Limit: 1}, "coffer:DeleteAccessKey"},
		{Query{Action: "coffer:Sign*"}, "coffer:SignIn"},
		{Query{Action: "coffer:Sign"}, ""},
		{Query{From: w.now.Add(-time.Hour), To: w.now}, "coffer:CreateAccessKey"},
	} {
		if got, _ := w.list(c.q); actions(got) != c.want {
			t.Errorf("%+v lists %q, want %q", c.q, actions(got), c.want)
		}
	}
	if _, _, err := w.List(ctx, contract, Query{}); !errors.Is(err, errs.Invalid) {
		t.Errorf("a page without a limit: %v", err)
	}
}

// TestTamperingShows changes what is stored as somebody with the files could, and expects to be told where.
func TestTamperingShows(t *testing.T) {
	change := func(seq uint64, fn func(tx meta.Tx, row []byte) error) func(w *world) {
		return func(w *world) {
			w.must(w.store.Update(context.Background(), partition(contract), auditRoute, func(tx meta.Tx) error {
				row, err := tx.Get(recordKey(seq))
				if err != nil {
					return err
				}
				return fn(tx, bytes.Clone(row))
			}))
		}
	}
	for _, c := range []struct {
		name   string
		do     func(*world)
		broken uint64
	}{
		{"a changed record", change(3, func(tx meta.Tx, row []byte) error {
			return tx.Put(recordKey(3), bytes.Replace(row, []byte("anna"), []byte("bert"), 1))
		}), 4},
		{"a removed record", change(3, func(tx meta.Tx, _ []byte) error { return tx.Delete(recordKey(3)) }), 3},
		{"a removed end", change(5, func(tx meta.Tx, _ []byte) error { return tx.Delete(recordKey(5)) }), 5},
		{"a changed end", change(5, func(tx meta.Tx, row []byte) error {
			return tx.Put(recordKey(5), bytes.Replace(row, []byte("anna"), []byte("bert"), 1))
		}), 5},
		{"an end and a head that were made anew without the keyring", change(5, func(tx meta.Tx, row []byte) error {
			row = bytes.Replace(row, []byte("anna"), []byte("bert"), 1)
			raw, err := tx.Get(headKey())
			if err != nil {
				return err
			}
			old, new := hashOf(contract, bytes.Replace(row, []byte("bert"), []byte("anna"), 1)), hashOf(contract, row)
			raw = bytes.Replace(raw, base64Of(old), base64Of(new), 1)
			return errors.Join(tx.Put(recordKey(5), row), tx.Put(headKey(), raw))
		}), 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.write("a:1", "a:2", "a:3", "a:4", "a:5")
			if r := w.verify(); !r.Whole || r.Records != 5 {
				t.Fatalf("before: %+v", r)
			}
			c.do(w)
			if r := w.verify(); r.Whole || r.Broken != c.broken || r.Why == "" {
				t.Errorf("after: %+v, want it broken at %d", r, c.broken)
			}
		})
	}
}

// TestInterruptedChainingMovesNothingTwice lets every call to the store fail in turn.
func TestInterruptedChainingMovesNothingTwice(t *testing.T) {
	for at := 2; at < 26; at++ {
		mode := fault.Refuse + fault.Mode(at%2)
		plan := &fault.Plan{}
		w := newWorld(t, func(s meta.Store) meta.Store { return fault.Meta(s, plan) })
		w.write("a:1", "a:2")
		w.must(w.Chain(context.Background(), contract))
		w.write("a:3", "a:4")
		plan.FailAt(at/2, mode)
		_ = w.Chain(context.Background(), contract)
		plan.FailAt(0, mode)
		w.write("a:5")
		if got, _ := w.list(Query{}); actions(got) != "a:5 a:4 a:3 a:2 a:1" {
			t.Fatalf("failing at call %d, mode %d: %q", at/2, mode, actions(got))
		}
		if r := w.verify(); !r.Whole {
			t.Fatalf("failing at call %d, mode %d: %+v", at/2, mode, r)
		}
	}
}

func TestRefusalsOfAMinuteAreOneRecord(t *testing.T) {
	w := newWorld(t)
	for range 1000 {
		w.Refuse(contract, Event{Action: "s3:GetObject", Key: "K1", Reason: "AccessDenied", Source: "10.0.0.1"})
	}
	w.Refuse(contract, Event{Action: "s3:GetObject", Key: "K1", Reason: "AccessDenied", Source: "10.0.0.2"})
	w.round(context.Background(), false)
	w.must(w.Chain(context.Background(), contract))
	if r := w.verify(); r.Records != 2 { // reading settles what waits
		t.Fatalf("%d records", r.Records)
	}
	got, _ := w.list(Query{Result: Refused, Key: "K1"})
	if len(got) != 2 || got[0].Count+got[1].Count != 1001 || !got[0].At.Equal(w.now.Truncate(time.Minute)) {
		t.Errorf("%+v", got)
	}
	w.Refuse(contract, Event{Action: "s3:GetObject", Key: "K1", Reason: "AccessDenied", Source: "10.0.0.1"})
	w.now = w.now.Add(time.Minute)
	w.round(context.Background(), false)
	if got, _ := w.list(Query{}); len(got) != 3 {
		t.Errorf("%d records after another minute", len(got))
	}
}

func TestWhatDoesNotFitIsCounted(t *testing.T) {
	w := newWorld(t)
	for i := range maxRefusals + 5 {
		w.Refuse(contract, Event{Action: "s3:GetObject", Source: fmt.Sprint(i)})
	}
	for range maxNotes + 3 {
		w.Note(contract, Event{Action: "s3:CreateBucket"})
	}
	if n := w.Dropped(); n != 8 {
		t.Errorf("%d dropped, want 8", n)
	}
	w.must(w.Settle(context.Background(), contract))
	if r := w.verify(); r.Records != maxRefusals+maxNotes || !r.Whole {
		t.Errorf("%+v", r)
	}
}

func TestStopWritesWhatWaits(t *testing.T) {
	w := newWorld(t)
	w.Start(nil)
	w.Note(contract, Event{Action: "s3:CreateBucket", Program: strings.Repeat("ö", 400)})
	w.Refuse(contract, Event{Action: "s3:GetObject"})
	w.Stop()
	again := *w
	got, _ := again.list(Query{})
	if len(got) != 2 || len(got[1].Program)+len(got[0].Program) != maxText {
		t.Errorf("%+v", got)
	}
}

func TestGoldenRows(t *testing.T) {
	w := newWorld(t)
	w.must(w.Write(context.Background(), contract, Event{Action: "coffer:CreateAccessKey", By: "u1", Via: "session", User: "u2", Subject: "k",
		Detail: "d", Source: "10.0.0.1", Program: "p", Request: "r"}, Event{Action: "s3:GetObject", Result: Refused, Reason: "AccessDenied", Count: 3, Key: "K", Operator: true}))
	w.must(w.Chain(context.Background(), contract))
	var out bytes.Buffer
	w.must(w.store.View(context.Background(), partition(contract), func(r meta.Reader) error {
		for seq := range uint64(2) {
			row, err := r.Get(recordKey(seq + 1))
			if err != nil {
				return err
			}
			fmt.Fprintf(&out, "%q\n", row)
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
		t.Errorf("rows are stored as\n%s, want\n%s: chains that exist could not be verified any more", out.String(), want)
	}
}

func base64Of(h Hash) []byte { return []byte(base64.StdEncoding.EncodeToString(h[:])) }

// TestTheSystemHasAChain: it is kept as contracts' are, apart from theirs, with refusals of the present minute, and is chained by itself after a
// start.
func TestTheSystemHasAChain(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	w.write("coffer:CreateGroup")
	w.must(w.Write(ctx, ident.System, Event{Action: "coffer:ManageRegions", Operator: true}))
	w.Note(contract, Event{Action: "s3:CreateBucket"})
	w.Refuse(contract, Event{Action: "coffer:DeleteGroup"})
	w.Refuse(ident.System, Event{Action: "coffer:SignIn"})
	found, _, err := w.List(ctx, ident.System, Query{Limit: 10})
	w.must(err)
	if got := actions(found); got != "coffer:SignIn coffer:ManageRegions" {
		t.Errorf("the system's record is %s", got)
	}
	if len(w.notes.waiting[contract]) != 1 || len(w.refused.counts) != 1 {
		t.Error("what waits for a contract was taken with the system's")
	}
	if all, _ := w.list(Query{}); len(all) != 3 {
		t.Errorf("the contract's record is %s", actions(all))
	}
	rep, err := w.Verify(ctx, ident.System)
	if w.must(err); !rep.Whole || rep.Records != 2 {
		t.Errorf("verified: %+v", rep)
	}

	w.must(w.Write(ctx, ident.System, Event{Action: "coffer:SignOut", Operator: true}))
	again := &Service{cfg: w.cfg, dirty: map[ident.ContractID]struct{}{}}
	again.Start(nil)
	again.Stop()
	w.must(w.store.View(ctx, "o/system", func(r meta.Reader) error {
		h, _, err := readHead(r)
		if h.Seq != 3 {
			t.Errorf("after a start %d records are chained", h.Seq)
		}
		return err
	}))
	if n, err := w.Prune(ctx, ident.System, w.now.Add(time.Hour)); n != 3 || err != nil {
		t.Errorf("%d removed, %v", n, err)
	}
}
