package metatest

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"coffer/internal/errs"
	"coffer/internal/meta"
)

func countersAddUp(t *testing.T, s meta.Store) {
	const writers, each = 16, 30
	parallel(writers, func(w int) {
		for i := range each {
			must(t, s.Update(background(), part, meta.Route(fmt.Sprint(w)), func(tx meta.Tx) error {
				tx.Add(1, 1)
				tx.Add(2, int64(i))
				tx.Add(2, -int64(w))
				tx.Add(65535, -3)
				return nil
			}))
		}
	})
	for c, want := range map[meta.Counter]int64{
		1:     writers * each,
		2:     writers*each*(each-1)/2 - each*writers*(writers-1)/2,
		65535: -3 * writers * each,
		3:     0,
	} {
		if got := count(t, s, part, c); got != want {
			t.Errorf("counter %d is %d, want %d", c, got, want)
		}
	}
	if got := count(t, s, "b/other", 1); got != 0 {
		t.Errorf("the counter of another partition is %d", got)
	}
	update(t, s, "r", func(tx meta.Tx) error { tx.Add(1, -writers*each); return nil })
	update(t, s, "r", func(tx meta.Tx) error { tx.Add(1, 4); return nil })
	if got := count(t, s, part, 1); got != 4 {
		t.Errorf("a counter that went back to 0 and on is %d, want 4", got)
	}
	err := s.View(t.Context(), part, func(r meta.Reader) error { _, err := r.Count(0); return err })
	wantKind(t, "Count(0)", err, errs.Internal)
}

type queued struct {
	n   uint64
	row string
}

func drain(t *testing.T, s meta.Store, q meta.Queue, after uint64, max int) []queued {
	t.Helper()
	var rows []queued
	err := s.View(t.Context(), part, func(r meta.Reader) error {
		return r.Queue(q, after, max, func(n uint64, row []byte) error {
			rows = append(rows, queued{n, string(row)})
			return nil
		})
	})
	if err != nil {
		t.Fatalf("Queue(%d): %v", q, err)
	}
	return rows
}

// queuesKeepOrder appends from many goroutines while a job drains and trims: every row comes once, each writer's in its order.
func queuesKeepOrder(t *testing.T, s meta.Store) {
	const writers, each = 8, 40
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				must(t, s.Update(background(), part, meta.Route(fmt.Sprint(w)), func(tx meta.Tx) error {
					tx.Append(3, fmt.Appendf(nil, "%d %d", w, 2*i))
					tx.Append(4, []byte("other queue"))
					tx.Append(3, fmt.Appendf(nil, "%d %d", w, 2*i+1))
					return nil
				}))
			}
		})
	}
	var done atomic.Bool
	go func() { writing.Wait(); done.Store(true) }()
	next := make([]int, writers)
	var after uint64
	got := 0
	for {
		ended := done.Load()
		rows := drain(t, s, 3, after, 7)
		for _, r := range rows {
			var w, i int
			if _, err := fmt.Sscanf(r.row, "%d %d", &w, &i); err != nil {
				t.Fatalf("queue row %q", r.row)
			}
			if r.n <= after || i != next[w] {
				t.Fatalf("row %d %q came after row %d, want writer %d's row %d", r.n, r.row, after, w, next[w])
			}
			after, next[w] = r.n, i+1
			got++
		}
		must(t, s.Trim(background(), part, 3, after))
		if ended && len(rows) == 0 {
			break
		}
	}
	if got != writers*each*2 {
		t.Errorf("%d rows drained, want %d", got, writers*each*2)
	}
	if rows := drain(t, s, 3, 0, 10); len(rows) != 0 {
		t.Errorf("trimmed rows are still there: %v", rows)
	}
	if rows := drain(t, s, 4, 0, 10000); len(rows) != writers*each {
		t.Errorf("the other queue has %d rows, want %d", len(rows), writers*each)
	}
}

func queueNumbersAreNeverGivenTwice(t *testing.T, s meta.Store) {
	app := func(rows ...string) {
		update(t, s, "r", func(tx meta.Tx) error {
			for _, r := range rows {
				tx.Append(1, []byte(r))
			}
			return nil
		})
	}
	app("a", "b", "c", "d")
	first := drain(t, s, 1, 0, 10)
	if len(first) != 4 {
		t.Fatalf("%d rows, want 4", len(first))
	}
	if rest := drain(t, s, 1, first[1].n, 1); len(rest) != 1 || rest[0] != first[2] {
		t.Errorf("one row after the second: %v, want %v", rest, first[2])
	}
	must(t, s.Trim(t.Context(), part, 1, first[1].n))
	if rest := drain(t, s, 1, 0, 10); !slices.Equal(rest, first[2:]) {
		t.Errorf("after Trim: %v, want %v", rest, first[2:])
	}
	must(t, s.Trim(t.Context(), part, 1, first[3].n+100))
	app("e")
	if rest := drain(t, s, 1, 0, 10); len(rest) != 1 || rest[0].n <= first[3].n || rest[0].row != "e" {
		t.Errorf("after the queue was empty: %v, want a number above %d", rest, first[3].n)
	}
	n := 0
	must(t, s.View(t.Context(), part, func(r meta.Reader) error {
		return r.Queue(1, 0, 10, func(uint64, []byte) error { n++; return meta.Stop })
	}))
	if n != 1 {
		t.Errorf("Stop ended a queue after %d rows", n)
	}
	const many = 1500
	for left := many; left > 0; left -= 100 {
		app(slices.Repeat([]string{"row"}, 100)...)
	}
	rows := drain(t, s, 1, 0, many+1)
	must(t, s.Trim(t.Context(), part, 1, rows[len(rows)-2].n))
	if rest := drain(t, s, 1, 0, 10); len(rows) != many+1 || !slices.Equal(rest, rows[many:]) {
		t.Errorf("of %d rows Trim left %v, want the last", len(rows), rest)
	}
	wantKind(t, "Trim of queue 0", s.Trim(t.Context(), part, 0, 1), errs.Internal)
}

func fenceClosesAndOpens(t *testing.T, s meta.Store) {
	put(t, s, 1, "a", "", "v")
	for range 2 {
		must(t, s.Fence(t.Context(), part, true))
		err := s.Update(t.Context(), part, "a", func(tx meta.Tx) error { t.Error("an update of a closed partition ran"); return nil })
		if wantKind(t, "Update of a closed partition", err, errs.Conflict); errs.CodeOf(err) != meta.Fenced {
			t.Errorf("code %q, want %q", errs.CodeOf(err), meta.Fenced)
		}
		if get(t, s, 1, "a", "") != "v" {
			t.Error("a closed partition can't be read")
		}
	}
	must(t, s.Update(t.Context(), "b/other", "a", nothing))
	for range 2 {
		must(t, s.Fence(t.Context(), part, false))
		put(t, s, 1, "a", "", "again")
	}
}

// fenceWaitsForUpdates closes and opens a partition while updates run: between the two nothing changes, and no update is lost.
func fenceWaitsForUpdates(t *testing.T, s meta.Store) {
	const writers, each = 8, 50
	var succeeded atomic.Int64
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for range each {
				err := s.Update(background(), part, meta.Route(fmt.Sprint(w)), func(tx meta.Tx) error {
					tx.Add(1, 1)
					return tx.Put(key(1, fmt.Sprint(w), ""), []byte("v"))
				})
				if err == nil {
					succeeded.Add(1)
				} else if errs.CodeOf(err) != meta.Fenced {
					t.Errorf("update: %v", err)
				}
			}
		})
	}
	var done atomic.Bool
	go func() { writing.Wait(); done.Store(true) }()
	for !done.Load() {
		must(t, s.Fence(background(), part, true))
		before := count(t, s, part, 1)
		for range 3 {
			if after := count(t, s, part, 1); after != before {
				t.Fatalf("the counter went from %d to %d while the partition was closed", before, after)
			}
		}
		must(t, s.Fence(background(), part, false))
	}
	writing.Wait()
	if n := count(t, s, part, 1); n != succeeded.Load() {
		t.Errorf("%d updates succeeded, the counter is %d", succeeded.Load(), n)
	}
}

func dropRemovesOnePartition(t *testing.T, s meta.Store) {
	fill := func(p meta.Partition) {
		must(t, s.Update(t.Context(), p, "r", func(tx meta.Tx) error {
			tx.Add(1, 7)
			tx.Append(1, []byte("row"))
			must(t, tx.Put(key(255, "r", "\xff"), []byte("v")))
			return tx.Put(key(1, "r", ""), []byte("v"))
		}))
	}
	neighbours := []meta.Partition{"b/012", "b/0123-", "b/0123/", "b/01230", "b/0124"}
	for _, p := range append(neighbours, part) {
		fill(p)
	}
	wantKind(t, "Drop of an open partition", s.Drop(t.Context(), part), errs.Conflict)
	must(t, s.Fence(t.Context(), part, true))
	for range 2 {
		must(t, s.Drop(t.Context(), part))
	}
	if get(t, s, 1, "r", "") != "" || get(t, s, 255, "r", "\xff") != "" || count(t, s, part, 1) != 0 || len(drain(t, s, 1, 0, 9)) != 0 {
		t.Error("a dropped partition still holds something")
	}
	err := s.Update(t.Context(), part, "r", nothing)
	if errs.CodeOf(err) != meta.Fenced {
		t.Errorf("Update of a dropped partition: %v", err)
	}
	wantKind(t, "opening a dropped partition", s.Fence(t.Context(), part, false), errs.Conflict)
	must(t, s.Fence(t.Context(), part, true))
	list, _, err := s.Partitions(t.Context(), "", "", 100)
	if must(t, err); !slices.Equal(list, neighbours) {
		t.Errorf("partitions after Drop: %q, want %q", list, neighbours)
	}
	for _, p := range neighbours {
		if n := count(t, s, p, 1); n != 7 {
			t.Errorf("Drop changed the counter of %s to %d", p, n)
		}
		must(t, s.View(t.Context(), p, func(r meta.Reader) error {
			_, err := r.Get(key(255, "r", "\xff"))
			return err
		}))
	}
}

func partitionsInPages(t *testing.T, s meta.Store) {
	want := []meta.Partition{"a", "b/", "b/-", "b/0", "b/00", "b/1", "b/1/2", "b0", "c/10000000", "sys"}
	for i := len(want) - 1; i >= 0; i-- {
		must(t, s.Update(t.Context(), want[i], "\x00", func(tx meta.Tx) error {
			switch i % 3 {
			case 0:
				tx.Add(1, 1)
			case 1:
				tx.Append(1, []byte("r"))
			}
			if i%3 == 2 {
				return tx.Put(key(255, "\x00", "\xff"), []byte("v"))
			}
			return nil
		}))
	}
	must(t, s.Update(t.Context(), "b/nothing", "r", nothing))
	must(t, s.Fence(t.Context(), "b/fenced", true))
	for _, prefix := range []meta.Partition{"", "b", "b/", "b/1", "c/10000000", "z", "b/00"} {
		var filtered []meta.Partition
		for _, p := range want {
			if len(p) >= len(prefix) && p[:len(prefix)] == prefix {
				filtered = append(filtered, p)
			}
		}
		for _, max := range []int{1, 2, 3, 100} {
			var got []meta.Partition
			cursor := meta.Partition("")
			for {
				page, next, err := s.Partitions(t.Context(), prefix, cursor, max)
				if err != nil || len(page) > max {
					t.Fatalf("Partitions(%q, %q, %d): %q, %v", prefix, cursor, max, page, err)
				}
				got = append(got, page...)
				if cursor = next; cursor == "" {
					break
				}
			}
			if !slices.Equal(got, filtered) {
				t.Errorf("Partitions(%q) in pages of %d: %q, want %q", prefix, max, got, filtered)
			}
		}
	}
}

func closeEndsCalls(t *testing.T, s meta.Store) {
	put(t, s, 1, "a", "", "v")
	running, closed := make(chan struct{}), make(chan error, 1)
	var updating sync.WaitGroup
	updating.Go(func() {
		first := sync.OnceFunc(func() { close(running) })
		must(t, s.Update(background(), part, "a", func(tx meta.Tx) error {
			first()
			return tx.Put(key(1, "a", ""), []byte("w"))
		}))
	})
	<-running
	go func() { closed <- s.Close() }()
	updating.Wait()
	must(t, <-closed)
	for what, err := range map[string]error{
		"Update": s.Update(t.Context(), part, "a", nothing),
		"View":   s.View(t.Context(), part, func(meta.Reader) error { return nil }),
		"Fence":  s.Fence(t.Context(), part, true),
		"Drop":   s.Drop(t.Context(), part),
		"Trim":   s.Trim(t.Context(), part, 1, 1),
		"Close":  s.Close(),
	} {
		wantKind(t, what+" after Close", err, errs.Unavailable)
	}
	_, _, err := s.Partitions(t.Context(), "", "", 1)
	wantKind(t, "Partitions after Close", err, errs.Unavailable)
}
