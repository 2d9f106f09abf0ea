package metatest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"coffer/internal/errs"
	"coffer/internal/meta"
)

func rowsAreKept(t *testing.T, s meta.Store) {
	put(t, s, 1, "a", "", "1")
	put(t, s, 1, "a", "x", "2")
	put(t, s, 2, "a", "", "3")
	put(t, s, 255, "\x00", "\xff", "4")
	put(t, s, 1, "a", "", "1 again")
	update(t, s, "a", func(tx meta.Tx) error { return tx.Delete(key(2, "a", "")) })
	update(t, s, "a", func(tx meta.Tx) error { return tx.Delete(key(9, "a", "never there")) })
	for _, c := range []struct {
		kind              meta.Kind
		route, tail, want string
	}{
		{1, "a", "", "1 again"}, {1, "a", "x", "2"}, {2, "a", "", ""}, {255, "\x00", "\xff", "4"}, {1, "", "", ""}, {1, "ax", "", ""},
	} {
		if got := get(t, s, c.kind, c.route, c.tail); got != c.want {
			t.Errorf("row (%d, %q, %q) is %q, want %q", c.kind, c.route, c.tail, got, c.want)
		}
	}
	err := s.View(t.Context(), part, func(r meta.Reader) error {
		_, err := r.Get(key(1, "absent", ""))
		return err
	})
	wantKind(t, "Get of an absent row", err, errs.NotFound)
	err = s.View(t.Context(), "b/other", func(r meta.Reader) error {
		_, err := r.Get(key(1, "a", ""))
		return err
	})
	wantKind(t, "Get in another partition", err, errs.NotFound)
}

func valuesAreCopies(t *testing.T, s meta.Store) {
	value := []byte("first")
	update(t, s, "a", func(tx meta.Tx) error { return tx.Put(key(1, "a", ""), value) })
	copy(value, "XXXXX")
	err := s.View(t.Context(), part, func(r meta.Reader) error {
		got, err := r.Get(key(1, "a", ""))
		if string(got) != "first" {
			t.Errorf("the value is %q after its giver changed the slice", got)
		}
		copy(got, "YYYYY")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := get(t, s, 1, "a", ""); got != "first" {
		t.Errorf("the value is %q after a reader changed its copy", got)
	}
}

func buffersAreAppendedTo(t *testing.T, s meta.Store) {
	put(t, s, 1, "a", "", "a value that outgrows the buffer")
	put(t, s, 1, "a", "short", "value")
	buf := append(make([]byte, 0, 16), "kept"...)
	err := s.View(t.Context(), part, func(r meta.Reader) error {
		got, err := r.Append(buf, key(1, "a", "absent"))
		wantKind(t, "Append of an absent row", err, errs.NotFound)
		if string(got) != "kept" {
			t.Errorf("Append of an absent row gives %q, want the buffer as it was", got)
		}
		for tail, want := range map[string]string{"": "kepta value that outgrows the buffer", "short": "keptvalue"} {
			if got, err := r.Append(buf, key(1, "a", tail)); err != nil || string(got) != want {
				t.Errorf("Append(%q) = %q, %v, want %q", tail, got, err, want)
			}
		}
		got, err = r.Append(buf, key(1, "a", "short"))
		if err == nil && &got[0] != &buf[0] {
			t.Error("Append took another buffer although the value fits")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func ownWritesAreSeen(t *testing.T, s meta.Store) {
	put(t, s, 1, "a", "old", "committed")
	update(t, s, "a", func(tx meta.Tx) error {
		see := func(tail, want string) {
			got, err := tx.Get(key(1, "a", tail))
			if want == "" && !errors.Is(err, errs.NotFound) || want != "" && (err != nil || string(got) != want) {
				t.Errorf("Get(%q) in the update = %q, %v, want %q", tail, got, err, want)
			}
		}
		see("old", "committed")
		see("new", "")
		must(t, tx.Put(key(1, "a", "new"), []byte("1")))
		see("new", "1")
		must(t, tx.Put(key(1, "a", "new"), []byte("2")))
		see("new", "2")
		must(t, tx.Delete(key(1, "a", "new")))
		see("new", "")
		must(t, tx.Delete(key(1, "a", "old")))
		see("old", "")
		must(t, tx.Put(key(1, "a", "old"), []byte("back")))
		see("old", "back")
		return nil
	})
	if got := get(t, s, 1, "a", "old") + get(t, s, 1, "a", "new"); got != "back" {
		t.Errorf("the last write of each row does not hold: %q", got)
	}
}

func failedUpdateLeavesNothing(t *testing.T, s meta.Store) {
	put(t, s, 1, "a", "", "before")
	mine := errors.New("mine")
	err := s.Update(t.Context(), part, "a", func(tx meta.Tx) error {
		must(t, tx.Put(key(1, "a", ""), []byte("after")))
		must(t, tx.Put(key(1, "a", "new"), []byte("after")))
		tx.Add(1, 5)
		tx.Append(1, []byte("row"))
		return mine
	})
	if err != mine {
		t.Errorf("Update returned %v, want the function's own error", err)
	}
	if got := get(t, s, 1, "a", "") + get(t, s, 1, "a", "new"); got != "before" {
		t.Errorf("rows after a failed update: %q", got)
	}
	if n := count(t, s, part, 1); n != 0 {
		t.Errorf("the counter is %d after a failed update", n)
	}
	if rows := drain(t, s, 1, 0, 10); len(rows) != 0 {
		t.Errorf("the queue holds %v after a failed update", rows)
	}
}

func panicEndsOneUpdate(t *testing.T, s meta.Store) {
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic of an update did not reach its caller")
			}
		}()
		_ = s.Update(t.Context(), part, "a", func(tx meta.Tx) error {
			must(t, tx.Put(key(1, "a", ""), []byte("half")))
			panic("in an update")
		})
	}()
	if got := get(t, s, 1, "a", ""); got != "" {
		t.Errorf("an update that panicked left %q", got)
	}
	put(t, s, 1, "a", "", "goes on")
}

func foreignRouteIsRefused(t *testing.T, s meta.Store) {
	for name, touch := range map[string]func(tx meta.Tx) error{
		"Put":    func(tx meta.Tx) error { return tx.Put(key(1, "b", ""), []byte("v")) },
		"Delete": func(tx meta.Tx) error { return tx.Delete(key(1, "b", "")) },
		"Get":    func(tx meta.Tx) error { _, err := tx.Get(key(1, "b", "")); return err },
	} {
		err := s.Update(t.Context(), part, "a", func(tx meta.Tx) error {
			must(t, tx.Put(key(1, "a", ""), []byte("v")))
			return touch(tx)
		})
		wantKind(t, name+" of a foreign route", err, errs.Internal)
		if get(t, s, 1, "a", "") != "" || get(t, s, 1, "b", "") != "" {
			t.Errorf("%s of a foreign route left rows", name)
		}
	}
}

func overlookedErrorFailsTheUpdate(t *testing.T, s meta.Store) {
	for name, c := range map[string]struct {
		do   func(tx meta.Tx)
		want errs.Kind
	}{
		"foreign route": {func(tx meta.Tx) { _ = tx.Put(key(1, "b", ""), []byte("v")) }, errs.Internal},
		"empty value":   {func(tx meta.Tx) { _ = tx.Put(key(1, "a", ""), nil) }, errs.Internal},
		"kind 0":        {func(tx meta.Tx) { _ = tx.Put(key(0, "a", ""), []byte("v")) }, errs.Internal},
		"counter 0":     {func(tx meta.Tx) { tx.Add(0, 1) }, errs.Internal},
		"queue 0":       {func(tx meta.Tx) { tx.Append(0, []byte("v")) }, errs.Internal},
		"empty row":     {func(tx meta.Tx) { tx.Append(1, nil) }, errs.Internal},
	} {
		err := s.Update(t.Context(), part, "a", func(tx meta.Tx) error {
			must(t, tx.Put(key(1, "a", "x"), []byte("v")))
			c.do(tx)
			return nil
		})
		wantKind(t, name, err, c.want)
		if get(t, s, 1, "a", "x") != "" {
			t.Errorf("%s: the update left a row", name)
		}
	}
}

func limitsAreKept(t *testing.T, s meta.Store) {
	l := s.Limits()
	if l.RouteBytes < 1280 || l.TailBytes < 256 || l.ValueBytes < 64<<10 || l.UpdateRows < 256 || l.UpdateBytes < 256<<10 {
		t.Errorf("limits %+v are below what the rooms above need", l)
	}
	longest := strings.Repeat("\x00", l.RouteBytes)
	put(t, s, 1, longest, strings.Repeat("\xff", l.TailBytes), strings.Repeat("v", l.ValueBytes))
	if got := get(t, s, 1, longest, strings.Repeat("\xff", l.TailBytes)); len(got) != l.ValueBytes {
		t.Errorf("the largest row has a value of %d bytes, want %d", len(got), l.ValueBytes)
	}
	try := func(what, route string, fn func(tx meta.Tx) error) {
		t.Helper()
		err := s.Update(t.Context(), part, meta.Route(route), fn)
		wantKind(t, what, err, errs.Limit)
		if errs.PublicOf(err) == "" {
			t.Errorf("%s: the error does not say what to change", what)
		}
	}
	try("too long a route", longest+"x", nothing)
	try("too long a tail", "a", func(tx meta.Tx) error {
		return tx.Put(key(1, "a", strings.Repeat("x", l.TailBytes+1)), []byte("v"))
	})
	try("too large a value", "a", func(tx meta.Tx) error { return tx.Put(key(1, "a", ""), make([]byte, l.ValueBytes+1)) })
	try("too many rows", "a", func(tx meta.Tx) (err error) {
		for i := 0; i <= l.UpdateRows && err == nil; i++ {
			err = tx.Put(key(1, "a", fmt.Sprint(i)), []byte("v"))
		}
		return err
	})
	try("too many bytes", "a", func(tx meta.Tx) (err error) {
		for i := 0; i <= l.UpdateBytes/l.ValueBytes && err == nil; i++ {
			err = tx.Put(key(1, "a", fmt.Sprint(i)), make([]byte, l.ValueBytes))
		}
		return err
	})
	wantKind(t, "a bad partition", s.Update(t.Context(), "B_", "a", nothing), errs.Internal)
	wantKind(t, "a bad partition to read", s.View(t.Context(), "", func(meta.Reader) error { return nil }), errs.Internal)
	if rows := scan(t, s, 1, nil, nil, 0); len(rows) != 1 {
		t.Errorf("refused updates left rows: %d, want 1", len(rows))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// updatesOfARouteAreSerial counts up a row by reading and writing it, from many goroutines.
func updatesOfARouteAreSerial(t *testing.T, s meta.Store) {
	const writers, each = 16, 25
	seen := make([]map[uint64]bool, writers)
	parallel(writers, func(w int) {
		seen[w] = make(map[uint64]bool)
		for range each {
			var got uint64
			err := s.Update(background(), part, "n", func(tx meta.Tx) error {
				got = 0
				value, err := tx.Get(key(1, "n", ""))
				if err == nil {
					got = binary.BigEndian.Uint64(value)
				} else if !errors.Is(err, errs.NotFound) {
					return err
				}
				got++
				return tx.Put(key(1, "n", ""), binary.BigEndian.AppendUint64(nil, got))
			})
			must(t, err)
			seen[w][got] = true
		}
	})
	all := make(map[uint64]bool)
	for _, m := range seen {
		for n := range m {
			all[n] = true
		}
	}
	if last := binary.BigEndian.Uint64([]byte(get(t, s, 1, "n", ""))); last != writers*each || len(all) != writers*each {
		t.Errorf("%d updates counted to %d and saw %d numbers", writers*each, last, len(all))
	}
}

// failuresAmongOthersAreAlone mixes updates that fail, late and after writing, with updates of the same route that do not.
func failuresAmongOthersAreAlone(t *testing.T, s meta.Store) {
	const writers, each = 16, 20
	mine := errors.New("mine")
	parallel(writers, func(w int) {
		for i := range each {
			fails := (w+i)%3 == 0
			tail := fmt.Sprintf("%d-%d", w, i)
			err := s.Update(background(), part, "r", func(tx meta.Tx) error {
				if err := tx.Put(key(1, "r", tail), []byte("v")); err != nil {
					return err
				}
				if err := tx.Put(key(1, "r", "last"), []byte(tail)); err != nil {
					return err
				}
				tx.Add(1, 1)
				tx.Append(1, []byte(tail))
				if fails {
					return mine
				}
				return nil
			})
			if fails && err != mine || !fails && err != nil {
				t.Errorf("update %s: %v", tail, err)
			}
		}
	})
	want := 0
	for w := range writers {
		for i := range each {
			fails := (w+i)%3 == 0
			if !fails {
				want++
			}
			if there := get(t, s, 1, "r", fmt.Sprintf("%d-%d", w, i)) != ""; there == fails {
				t.Errorf("row %d-%d there: %v, its update failed: %v", w, i, there, fails)
			}
		}
	}
	if n := count(t, s, part, 1); n != int64(want) {
		t.Errorf("the counter is %d, want %d", n, want)
	}
	rows := drain(t, s, 1, 0, writers*each+1)
	if len(rows) != want {
		t.Errorf("the queue holds %d rows, want %d", len(rows), want)
	}
	if last := get(t, s, 1, "r", "last"); last != rows[len(rows)-1].row {
		t.Errorf("the last row written is %q, the queue ends with %q: they are not in one order", last, rows[len(rows)-1].row)
	}
}

func manyPartitionsAtOnce(t *testing.T, s meta.Store) {
	parallel(8, func(w int) {
		for i := range 40 {
			p := meta.Partition(fmt.Sprintf("b/%d", (w+i)%10))
			err := s.Update(background(), p, "r", func(tx meta.Tx) error {
				tx.Add(1, 1)
				return tx.Put(key(1, "r", ""), []byte(p))
			})
			must(t, err)
		}
	})
	total := int64(0)
	for i := range 10 {
		p := meta.Partition(fmt.Sprintf("b/%d", i))
		total += count(t, s, p, 1)
		must(t, s.View(t.Context(), p, func(r meta.Reader) error {
			value, err := r.Get(key(1, "r", ""))
			if string(value) != string(p) {
				t.Errorf("partition %s holds the row of %s", p, value)
			}
			return err
		}))
	}
	if total != 8*40 {
		t.Errorf("the counters add up to %d, want %d", total, 8*40)
	}
}

// canceledBeforeItRuns cancels an update that waits while another runs.
func canceledBeforeItRuns(t *testing.T, s meta.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	running, finish := make(chan struct{}), make(chan struct{})
	var both sync.WaitGroup
	both.Go(func() {
		first := sync.OnceFunc(func() { close(running) })
		must(t, s.Update(background(), part, "a", func(tx meta.Tx) error {
			first()
			<-finish
			return tx.Put(key(1, "a", ""), []byte("first"))
		}))
	})
	<-running
	ran := false
	both.Go(func() {
		err := s.Update(ctx, part, "a", func(tx meta.Tx) error { ran = true; return nil })
		wantKind(t, "the update canceled while it waits", err, errs.Canceled)
		close(finish)
	})
	cancel()
	both.Wait()
	if ran {
		t.Error("the canceled update ran")
	}
	wantKind(t, "Update with a canceled context", s.Update(ctx, part, "a", nothing), errs.Canceled)
	wantKind(t, "View with a canceled context", s.View(ctx, part, func(meta.Reader) error { return nil }), errs.Canceled)
	put(t, s, 1, "a", "", "goes on")
}

func parallel(n int, fn func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { fn(i) })
	}
	wg.Wait()
}
