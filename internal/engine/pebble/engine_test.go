package pebble

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"coffer/internal/errs"
	"coffer/internal/meta"
)

func TestSecondStoreIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := openDisk(t, dir)
	_, err := Open(Options{Dir: dir})
	if !errors.Is(err, errs.Unavailable) || !strings.Contains(errs.PublicOf(err), "another coffer uses "+dir) {
		t.Errorf("a second store in one directory: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := openDisk(t, dir).Close(); err != nil {
		t.Errorf("after the first was closed: %v", err)
	}
	_, err = Open(Options{Dir: "/dev/null/meta"})
	if !errors.Is(err, errs.Unavailable) || strings.Contains(errs.PublicOf(err), "another") {
		t.Errorf("a directory that can't be: %v", err)
	}
}

func TestFormatIsChecked(t *testing.T) {
	fs := vfs.NewMem()
	s := openOn(t, fs, nil)
	if err := s.db.Set([]byte{own, ownFormat}, appendNumber(nil, 7), pebble.Sync); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Open(Options{Dir: "meta", FS: fs})
	if !errors.Is(err, errs.Unsupported) || errs.PublicOf(err) != "meta holds rows in format 7, this coffer reads format 1: use the release that wrote it, or a newer one" {
		t.Errorf("a store of another format: %v", err)
	}
}

func TestForeignDatabaseIsRefused(t *testing.T) {
	fs := vfs.NewMem()
	db, err := pebble.Open("meta", &pebble.Options{FS: fs, Logger: dbLogger{OpenMem()}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Set([]byte("k"), []byte("v"), pebble.Sync), db.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: "meta", FS: fs}); !errors.Is(err, errs.Unsupported) {
		t.Errorf("a database of somebody else: %v", err)
	}
}

// TestGoldenKeys fails when stored rows would not be found again.
func TestGoldenKeys(t *testing.T) {
	p := prefixOf("b/1")
	for _, c := range []struct {
		name string
		got  []byte
		want string
	}{
		{"row", appendRow(nil, p, meta.Key{Kind: 3, Route: "a\x00", Tail: "t"}), "b/1\x00\x03a\x01\x02\x01\x01t"},
		{"counter", appendCounter(nil, p, 258), "b/1\x00\x00c\x01\x02"},
		{"last number", appendLastNumber(nil, p), "b/1\x00\x00n"},
		{"queue", appendQueue(nil, p, 5, 258), "b/1\x00\x00q\x05\x00\x00\x00\x00\x00\x00\x01\x02"},
		{"fence", fenceKey("b/1"), "\x00fb/1"},
		{"number", appendNumber(nil, 258), "\x01\x00\x00\x00\x00\x00\x00\x01\x02"},
		{"end of a kind", appendKindEnd(nil, p, 3), "b/1\x00\x04"},
		{"end of the last kind", appendKindEnd(nil, p, 255), "b/1\x01"},
	} {
		if string(c.got) != c.want {
			t.Errorf("%s is %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestStateOutlivesTheStore(t *testing.T) {
	fs := vfs.NewMem()
	s := openOn(t, fs, nil)
	ctx := t.Context()
	for _, p := range []meta.Partition{"b/open", "b/closed", "b/dropped", "b/reopened"} {
		err := s.Update(ctx, p, "r", func(tx meta.Tx) error {
			tx.Add(1, 5)
			tx.Append(1, []byte("one"))
			return tx.Put(meta.Key{Kind: 1, Route: "r"}, []byte("v"))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := errors.Join(s.Fence(ctx, "b/closed", true), s.Fence(ctx, "b/dropped", true), s.Drop(ctx, "b/dropped"), s.Trim(ctx, "b/open", 1, 9),
		s.Fence(ctx, "b/reopened", true), s.Fence(ctx, "b/reopened", false), s.Close())
	if err != nil {
		t.Fatal(err)
	}
	s = openOn(t, fs, nil)
	for _, p := range []meta.Partition{"b/closed", "b/dropped"} {
		if err := s.Update(ctx, p, "r", func(meta.Tx) error { return nil }); errs.CodeOf(err) != meta.Fenced {
			t.Errorf("update of %s after a restart: %v", p, err)
		}
	}
	if err := s.Update(ctx, "b/reopened", "r", func(meta.Tx) error { return nil }); err != nil {
		t.Errorf("update of a reopened partition after a restart: %v", err)
	}
	if err := s.Fence(ctx, "b/dropped", false); !errors.Is(err, errs.Conflict) {
		t.Errorf("opening the dropped partition after a restart: %v", err)
	}
	err = s.Update(ctx, "b/open", "r", func(tx meta.Tx) error {
		tx.Add(1, 1)
		tx.Append(1, []byte("two"))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.View(ctx, "b/open", func(r meta.Reader) error {
		if n, err := r.Count(1); err != nil || n != 6 {
			t.Errorf("the counter goes on with %d, %v, want 6", n, err)
		}
		return r.Queue(1, 0, 9, func(n uint64, row []byte) error {
			if n != 2 || string(row) != "two" {
				t.Errorf("the queue goes on with %d %q, want 2 two", n, row)
			}
			return nil
		})
	})
	if err != nil {
		t.Error(err)
	}
}

// TestDropAfterUpdatesOfTheSameBatch lets updates, a fence and a drop wait together: what the updates wrote must go.
func TestDropAfterUpdatesOfTheSameBatch(t *testing.T) {
	s := OpenMem()
	defer s.Close()
	b := &batch{part: newPart(s, "b/1")}
	for _, q := range []*request{
		{ctx: t.Context(), tx: tx{route: "r"}, fn: func(tx meta.Tx) error {
			tx.Add(1, 1)
			tx.Append(1, []byte("x"))
			return tx.Put(meta.Key{Kind: 1, Route: "r"}, []byte("v"))
		}},
		{ctx: t.Context(), admin: func(b *batch) error { b.setFence(fenceClosed); return nil }},
		{ctx: t.Context(), admin: func(b *batch) error { b.drop(); b.setFence(fenceDropped); return nil }},
	} {
		if b.exec(q); q.err != nil {
			t.Fatal(q.err)
		}
	}
	if err := b.commit(); err != nil {
		t.Fatal(err)
	}
	if list, _, err := s.Partitions(t.Context(), "", "", 9); err != nil || len(list) != 0 {
		t.Errorf("partitions after the drop: %q, %v", list, err)
	}
}

// TestWaitingUpdatesShareOneSync lets many updates wait behind one.
func TestWaitingUpdatesShareOneSync(t *testing.T) {
	const waiting = 3 * batchUpdates
	s := OpenMem()
	defer s.Close()
	p, err := s.acquire("b/1")
	if err != nil {
		t.Fatal(err)
	}
	defer s.release(p)
	started, finish := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		err := s.Update(t.Context(), "b/1", "first", func(tx meta.Tx) error { close(started); <-finish; return nil })
		if err != nil {
			t.Error(err)
		}
	})
	<-started
	for i := range waiting {
		all.Go(func() {
			route := meta.Route(fmt.Sprint(i))
			err := s.Update(t.Context(), "b/1", route, func(tx meta.Tx) error { return tx.Put(meta.Key{Kind: 1, Route: route}, []byte("v")) })
			if err != nil {
				t.Error(err)
			}
		})
	}
	for n := 0; n < waiting; runtime.Gosched() {
		p.mu.Lock()
		n = len(p.queue)
		p.mu.Unlock()
	}
	close(finish)
	all.Wait()
	if st := s.Stats(); st.Commits != 3 || st.Updates != waiting+1 {
		t.Errorf("%d updates in %d commits, want %d in 3", st.Updates, st.Commits, waiting+1)
	}
}

// TestLargeUpdatesAreSplit lets more bytes wait than one commit takes: those left over come in the next ones.
func TestLargeUpdatesAreSplit(t *testing.T) {
	const waiting = 40
	s := OpenMem()
	defer s.Close()
	started, finish := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		if err := s.Update(t.Context(), "b/1", "first", func(tx meta.Tx) error { close(started); <-finish; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-started
	value := bytes.Repeat([]byte("v"), s.Limits().ValueBytes)
	for i := range waiting {
		all.Go(func() {
			route := meta.Route(fmt.Sprint(i))
			if err := s.Update(t.Context(), "b/1", route, func(tx meta.Tx) error { return tx.Put(meta.Key{Kind: 1, Route: route}, value) }); err != nil {
				t.Error(err)
			}
		})
	}
	close(finish)
	all.Wait()
	rows := 0
	err := s.View(t.Context(), "b/1", func(r meta.Reader) error {
		_, err := r.Scan(1, nil, nil, meta.Budget{}, func(_, _, got []byte) ([]byte, error) {
			if rows++; !bytes.Equal(got, value) {
				t.Error("a large value was changed")
			}
			return nil, nil
		})
		return err
	})
	if err != nil || rows != waiting {
		t.Errorf("%d rows, %v, want %d", rows, err, waiting)
	}
}

// TestLeaderThatEndsPassesOn ends the goroutine of a leader inside its update's function, as a failing test does.
func TestLeaderThatEndsPassesOn(t *testing.T) {
	s := OpenMem()
	defer s.Close()
	started, finish := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_ = s.Update(context.Background(), "b/1", "r", func(meta.Tx) error { close(started); <-finish; runtime.Goexit(); return nil })
	})
	<-started
	all.Go(func() {
		if err := change(context.Background(), s, "after"); err != nil && !errors.Is(err, errs.Internal) {
			t.Error(err)
		}
	})
	close(finish)
	all.Wait()
	if err := change(t.Context(), s, "last"); err != nil {
		t.Errorf("the partition does not go on: %v", err)
	}
}

// TestNominatedWaiterThatLeavesPassesOn cancels the one who was just told to lead.
func TestNominatedWaiterThatLeavesPassesOn(t *testing.T) {
	s := OpenMem()
	defer s.Close()
	p := newPart(s, "b/1")
	first, second := s.requests.Get().(*request), s.requests.Get().(*request)
	p.queue, p.leading = []*request{first, second}, true
	p.handOver()
	if len(first.wake) != 1 || len(second.wake) != 0 {
		t.Fatal("handing over did not wake the first alone")
	}
	if !p.leave(first) || len(second.wake) != 1 || !p.leading {
		t.Error("the first left without waking the second")
	}
	if !p.leave(second) || p.leading {
		t.Error("the last left a queue that thinks it is led")
	}
	if p.leave(second) {
		t.Error("who is not in the queue left it")
	}
}

func TestTxAndReaderEndWithTheirFunction(t *testing.T) {
	s := OpenMem()
	defer s.Close()
	var tx meta.Tx
	var reader meta.Reader
	if err := s.Update(t.Context(), "b/1", "r", func(t meta.Tx) error { tx = t; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.View(t.Context(), "b/1", func(r meta.Reader) error { reader = r; return nil }); err != nil {
		t.Fatal(err)
	}
	k := meta.Key{Kind: 1, Route: "r"}
	tx.Add(1, 1)
	tx.Append(1, []byte("x"))
	_, getErr := tx.Get(k)
	_, readErr := reader.Get(k)
	_, countErr := reader.Count(1)
	_, scanErr := reader.Scan(1, nil, nil, meta.Budget{}, nil)
	for i, err := range []error{tx.Put(k, []byte("v")), tx.Delete(k), getErr, readErr, countErr, scanErr, reader.Queue(1, 0, 1, nil)} {
		if !errors.Is(err, errs.Internal) {
			t.Errorf("call %d after the end: %v", i, err)
		}
	}
}

func TestFullDisk(t *testing.T) {
	const reserve = 1 << 30
	fs := vfs.NewMem()
	free := func(n uint64) { fs.TestingSetDiskUsage(vfs.DiskUsage{AvailBytes: n, TotalBytes: 1 << 40}) }
	free(2 * reserve)
	s := openOn(t, fs, func(o *Options) { o.ReserveBytes = reserve })
	look := func(n uint64) {
		free(n)
		s.health.looked.Store(-int64(time.Hour)) // long ago
	}
	for _, c := range []struct {
		free            uint64
		normal, freeing bool
	}{
		{2 * reserve, true, true}, {reserve, true, true}, {reserve - 1, false, true}, {reserve / 4, false, true}, {reserve/4 - 1, false, false}, {0, false, false}, {reserve, true, true},
	} {
		look(c.free)
		normal, freeing := change(t.Context(), s, "v"), change(meta.Freeing(t.Context()), s, "v")
		for what, got := range map[string]struct {
			err     error
			allowed bool
		}{"an update": {normal, c.normal}, "a freeing update": {freeing, c.freeing}} {
			if got.allowed && got.err != nil || !got.allowed && (errs.CodeOf(got.err) != DiskFull || !errors.Is(got.err, errs.Unavailable)) {
				t.Errorf("%s with %d bytes free: %v, want it allowed: %v", what, c.free, got.err, got.allowed)
			}
		}
		if err := s.Health(); (err == nil) != c.normal {
			t.Errorf("Health with %d bytes free: %v", c.free, err)
		}
	}
	look(reserve / 2)
	if err := errors.Join(s.Fence(t.Context(), "b/1", true), s.Drop(t.Context(), "b/1")); err != nil {
		t.Errorf("giving space back with half of the reserve left: %v", err)
	}
}

// TestDeletedRangeIsCompacted scans a range full of deleted rows: the first scan steps over them and has them compacted away.
func TestDeletedRangeIsCompacted(t *testing.T) {
	const rows = 30_000
	s := openOn(t, vfs.NewMem(), func(o *Options) { o.Memtable = 16 << 20 })
	prefix := prefixOf("b/1")
	all := func(change func(b *pebble.Batch, k []byte) error, from, to int) {
		b := s.db.NewBatch()
		for i := from; i < to; i++ {
			k := appendRow(nil, prefix, meta.Key{Kind: 1, Route: meta.Route(fmt.Sprintf("%06d", i))})
			if err := change(b, k); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Commit(pebble.Sync); err != nil {
			t.Fatal(err)
		}
	}
	all(func(b *pebble.Batch, k []byte) error { return b.Set(k, []byte("v"), nil) }, 0, rows)
	if err := s.db.Compact(t.Context(), prefix, endOf("b/1"), false); err != nil {
		t.Fatal(err)
	}
	all(func(b *pebble.Batch, k []byte) error { return b.Delete(k, nil) }, 1, rows-1)
	scan := func(budget int) (visited int, more bool) {
		err := s.View(t.Context(), "b/1", func(r meta.Reader) error {
			next, err := r.Scan(1, nil, nil, meta.Budget{Rows: budget}, func(_, _, _ []byte) ([]byte, error) { visited++; return nil, nil })
			more = next != nil
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return visited, more
	}
	if visited, _ := scan(0); visited != 2 {
		t.Errorf("%d rows, want 2", visited)
	}
	for range 2 { // the second scan finds nothing to compact
		s.compact.work.Wait()
		if n := s.Stats().Compactions; n != 1 {
			t.Fatalf("%d compactions, want 1", n)
		}
		if visited, more := scan(10); visited != 2 || more {
			t.Errorf("after the compaction: %d rows within a budget of 10, more: %v", visited, more)
		}
	}
}

// TestUnusedPartitionsAreForgotten uses more partitions than are kept in memory, twice.
func TestUnusedPartitionsAreForgotten(t *testing.T) {
	s := OpenMem()
	defer s.Close()
	for range 2 {
		for i := range keptPartitions + 200 {
			err := s.Update(t.Context(), meta.Partition(fmt.Sprintf("b/%d", i)), "r", func(tx meta.Tx) error { tx.Add(1, 1); return nil })
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := len(s.parts); n > keptPartitions {
		t.Errorf("%d partitions are kept, want at most %d", n, keptPartitions)
	}
	for _, i := range []int{0, keptPartitions - 1, keptPartitions + 150} {
		err := s.View(t.Context(), meta.Partition(fmt.Sprintf("b/%d", i)), func(r meta.Reader) error {
			n, err := r.Count(1)
			if n != 2 {
				t.Errorf("the counter of partition %d is %d, want 2", i, n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
