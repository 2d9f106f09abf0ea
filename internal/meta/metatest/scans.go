package metatest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"coffer/internal/errs"
	"coffer/internal/meta"
)

// strange are routes and tails that encodings get wrong, in their order.
var strange = [...]string{"", "\x00", "\x00\x00", "\x00\x01", "\x01", "\x01\x01", "\x01\x02", "\x02", "a", "a\x00", "a\x00b", "a\x01", "a\x01\x01",
	"a\x02", "a/", "a/b", "aa", "b", "\xfe", "\xff", "\xff\x00", "\xff\xff"}

func fillStrange(t *testing.T, s meta.Store) []row {
	t.Helper()
	var want []row
	for _, route := range strange {
		update(t, s, route, func(tx meta.Tx) error {
			for _, tail := range strange {
				if err := tx.Put(key(7, route, tail), []byte(route+"|"+tail)); err != nil {
					return err
				}
			}
			// Neighbouring kinds must not leak into the scan.
			must(t, tx.Put(key(6, route, "six"), []byte("six")))
			return tx.Put(key(8, route, "eight"), []byte("eight"))
		})
		for _, tail := range strange {
			want = append(want, row{route, tail, route + "|" + tail})
		}
	}
	return want
}

func scanKeepsOrder(t *testing.T, s meta.Store) {
	want := fillStrange(t, s)
	if !slices.IsSorted(strange[:]) {
		t.Fatal("strange is not in order")
	}
	for _, budget := range []int{0, 1, 2, 7, 1000} {
		wantRows(t, fmt.Sprintf("budget %d", budget), scan(t, s, 7, nil, nil, budget), want)
	}
	if rows := scan(t, s, 9, nil, nil, 0); len(rows) != 0 {
		t.Errorf("a kind without rows shows %v", rows)
	}
}

func scanKeepsToItsRange(t *testing.T, s meta.Store) {
	all := fillStrange(t, s)
	within := func(from, to func(r row) bool) []row {
		return slices.DeleteFunc(slices.Clone(all), func(r row) bool { return from != nil && !from(r) || to != nil && to(r) })
	}
	for _, route := range strange {
		for _, tail := range []string{"", "\x00", "a", "\xff\xff"} {
			less := func(r row) bool { return r.route < route || r.route == route && r.tail < tail }
			equal := func(r row) bool { return r.route == route && r.tail == tail }
			at, after := func(r row) bool { return !less(r) }, func(r row) bool { return !less(r) && !equal(r) }
			name := fmt.Sprintf("(%q,%q)", route, tail)
			wantRows(t, "from At"+name, scan(t, s, 7, meta.At(meta.Route(route), tail), nil, 0), within(at, nil))
			wantRows(t, "to At"+name, scan(t, s, 7, nil, meta.At(meta.Route(route), tail), 0), within(nil, at))
			wantRows(t, "from After"+name, scan(t, s, 7, meta.After(meta.Route(route), tail), nil, 0), within(after, nil))
		}
		r := meta.Route(route)
		wantRows(t, fmt.Sprintf("route %q", route), scan(t, s, 7, meta.AtRoute(r), meta.AfterRoute(r), 3),
			slices.DeleteFunc(slices.Clone(all), func(r row) bool { return r.route != route }))
		wantRows(t, fmt.Sprintf("prefix %q", route), scan(t, s, 7, meta.FromPrefix(r), meta.AfterPrefix(r), 5),
			slices.DeleteFunc(slices.Clone(all), func(r row) bool { return !strings.HasPrefix(r.route, route) }))
	}
	if rows := scan(t, s, 7, meta.At("b", ""), meta.At("a", ""), 0); len(rows) != 0 {
		t.Errorf("a range that ends before it begins shows %v", rows)
	}
	if rows := scan(t, s, 7, meta.End(), nil, 0); len(rows) != 0 {
		t.Errorf("the range behind End shows %v", rows)
	}
}

func scanSeeksAhead(t *testing.T, s meta.Store) {
	all := fillStrange(t, s)
	var visited, want []string
	err := s.View(t.Context(), part, func(r meta.Reader) error {
		next, err := r.Scan(7, nil, nil, meta.Budget{}, func(route, tail, _ []byte) ([]byte, error) {
			visited = append(visited, string(route))
			if string(tail) != "" {
				t.Errorf("visited (%q,%q), which the seek leaps over", route, tail)
			}
			return meta.AfterRoute(meta.Route(route)), nil
		})
		if next != nil {
			t.Errorf("the scan goes on from %q", next)
		}
		return err
	})
	must(t, err)
	for _, r := range all {
		if r.tail == "" {
			want = append(want, r.route)
		}
	}
	if !slices.Equal(visited, want) {
		t.Errorf("visited %q, want %q", visited, want)
	}
	// Seeking back goes on to the next row; seeking to the end ends.
	n := 0
	must(t, s.View(t.Context(), part, func(r meta.Reader) error {
		_, err := r.Scan(7, nil, nil, meta.Budget{}, func(route, tail, _ []byte) ([]byte, error) {
			n++
			if n == 10 {
				return meta.End(), nil
			}
			return meta.AtRoute(""), nil
		})
		return err
	}))
	if n != 10 {
		t.Errorf("%d rows visited, want 10", n)
	}
	// A seek behind the range ends the scan.
	n = 0
	must(t, s.View(t.Context(), part, func(r meta.Reader) error {
		next, err := r.Scan(7, nil, meta.AtRoute("a"), meta.Budget{}, func(route, tail, _ []byte) ([]byte, error) {
			n++
			return meta.AtRoute("b"), nil
		})
		if next != nil {
			t.Errorf("the scan goes on from %q", next)
		}
		return err
	}))
	if n != 1 {
		t.Errorf("%d rows visited before a seek behind the range, want 1", n)
	}
}

func scanGoesOnAfterItsBudget(t *testing.T, s meta.Store) {
	for i := range 10 {
		put(t, s, 1, "r", fmt.Sprint(i), "v")
	}
	var rows []row
	next := scanOnce(t, s, 1, nil, nil, 4, &rows)
	if len(rows) != 4 || next == nil {
		t.Fatalf("budget 4: %d rows, goes on from %q", len(rows), next)
	}
	next = scanOnce(t, s, 1, next, nil, 4, &rows)
	if len(rows) != 8 || next == nil || rows[4].tail != "4" {
		t.Fatalf("budget 4 again: %v, goes on from %q", rows, next)
	}
	if next = scanOnce(t, s, 1, next, nil, 4, &rows); len(rows) != 10 || next != nil {
		t.Fatalf("the rest: %d rows, goes on from %q", len(rows), next)
	}
	rows = nil
	if next = scanOnce(t, s, 1, nil, nil, 10, &rows); len(rows) != 10 || next != nil {
		t.Errorf("a budget of just the rows there are: %d rows, goes on from %q", len(rows), next)
	}
}

func scanEnds(t *testing.T, s meta.Store) {
	for i := range 10 {
		put(t, s, 1, "r", fmt.Sprint(i), "v")
	}
	n := 0
	visit := func(end error) meta.Visit {
		return func(_, _, _ []byte) ([]byte, error) {
			if n++; n == 3 {
				return nil, end
			}
			return nil, nil
		}
	}
	err := s.View(t.Context(), part, func(r meta.Reader) error {
		next, err := r.Scan(1, nil, nil, meta.Budget{Rows: 3}, visit(meta.Stop))
		if next != nil {
			t.Errorf("a scan that was stopped goes on from %q", next)
		}
		return err
	})
	if err != nil || n != 3 {
		t.Errorf("Stop: %v after %d rows", err, n)
	}
	n = 0
	mine := errs.New(errs.Busy, "", "mine")
	err = s.View(t.Context(), part, func(r meta.Reader) error {
		_, err := r.Scan(1, nil, nil, meta.Budget{}, visit(mine))
		return err
	})
	if err != mine || n != 3 {
		t.Errorf("the visit's error: %v after %d rows", err, n)
	}
}

// scanOverDeletedRows scans a range in which nearly all rows were deleted; pages may be short, but they make progress.
func scanOverDeletedRows(t *testing.T, s meta.Store) {
	const rows = 3000
	step := s.Limits().UpdateRows / 2
	for from := 0; from < rows; from += step {
		update(t, s, "r", func(tx meta.Tx) (err error) {
			for i := from; i < min(from+step, rows) && err == nil; i++ {
				err = tx.Put(key(1, "r", fmt.Sprintf("%05d", i)), []byte("v"))
			}
			return err
		})
	}
	for from := 0; from < rows; from += step {
		update(t, s, "r", func(tx meta.Tx) (err error) {
			for i := from; i < min(from+step, rows) && err == nil; i++ {
				if i%1000 != 999 {
					err = tx.Delete(key(1, "r", fmt.Sprintf("%05d", i)))
				}
			}
			return err
		})
	}
	want := []row{{"r", "00999", "v"}, {"r", "01999", "v"}, {"r", "02999", "v"}}
	for _, budget := range []int{1, 100, 0} {
		wantRows(t, fmt.Sprintf("budget %d", budget), scan(t, s, 1, nil, nil, budget), want)
	}
}

// scanSeesOneInstant scans while updates move one row back and forth between two places: it is always in exactly one.
func scanSeesOneInstant(t *testing.T, s meta.Store) {
	put(t, s, 1, "r", "a", "v")
	stop := make(chan struct{})
	var mover sync.WaitGroup
	mover.Go(func() {
		places := [2]string{"a", "z"}
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			must(t, s.Update(background(), part, "r", func(tx meta.Tx) error {
				if err := tx.Delete(key(1, "r", places[i%2])); err != nil {
					return err
				}
				return tx.Put(key(1, "r", places[(i+1)%2]), []byte("v"))
			}))
		}
	})
	for range 200 {
		if rows := scan(t, s, 1, nil, nil, 0); len(rows) != 1 {
			t.Errorf("a scan saw %v: not one instant", rows)
			break
		}
	}
	close(stop)
	mover.Wait()
}
