package pebble

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"coffer/internal/errs"
	"coffer/internal/meta"
)

// BenchmarkUpdate does what a small PUT does: read the key's guard row, count, put a row. It reports how many updates shared a sync.
func BenchmarkUpdate(b *testing.B) {
	for _, size := range []int{200, 4096} {
		for _, writers := range []int{1, 16, 32} {
			b.Run(fmt.Sprintf("size=%d/writers=%d", size, writers), func(b *testing.B) { benchUpdate(b, size, writers) })
		}
	}
}

func benchUpdate(b *testing.B, size, writers int) {
	s := openDisk(b, b.TempDir())
	defer s.Close()
	value := bytes.Repeat([]byte("v"), size)
	var n atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	defer cpu(b)()
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for i := n.Add(1); i <= int64(b.N); i = n.Add(1) {
				route := meta.Route(fmt.Sprintf("folder/object-%08d", i*7919%1_000_000))
				err := s.Update(b.Context(), "b/0123456789abcdef", route, func(tx meta.Tx) error {
					if _, err := tx.Get(meta.Key{Kind: 2, Route: route}); err != nil && !errors.Is(err, errs.NotFound) {
						return err
					}
					tx.Add(1, 1)
					tx.Add(2, int64(size))
					return tx.Put(meta.Key{Kind: 1, Route: route}, value)
				})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	st := s.Stats()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
	b.ReportMetric(float64(st.Updates)/float64(max(st.Commits, 1)), "updates/sync")
}

// cpu reports the processor time of the whole process per operation since its start: wall time says little on a busy machine.
func cpu(b *testing.B) func() {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	start := used()
	return func() { b.ReportMetric(float64(used()-start)/float64(b.N), "cpu-ns/op") }
}

// BenchmarkRead reads at random places of a million rows.
func BenchmarkRead(b *testing.B) {
	s := openDisk(b, b.TempDir())
	defer s.Close()
	fill(b, s, 1_000_000)
	b.Run("get", func(b *testing.B) { benchGet(b, s) })
	b.Run("guard", func(b *testing.B) { benchGuard(b, s) })
	b.Run("page", func(b *testing.B) { benchPage(b, s) })
}

func benchGet(b *testing.B, s *Store) {
	b.ReportAllocs()
	b.ResetTimer()
	defer cpu(b)()
	var n atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			route := meta.Route(fmt.Sprintf("folder/object-%08d", n.Add(1)*7919%1_000_000))
			err := s.View(b.Context(), "b/0123456789abcdef", func(r meta.Reader) error {
				_, err := r.Get(meta.Key{Kind: 1, Route: route})
				return err
			})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// benchGuard does updates that read an absent row among a million others and write nothing: the part of a PUT that is not the disk's.
func benchGuard(b *testing.B, s *Store) {
	b.ReportAllocs()
	b.ResetTimer()
	defer cpu(b)()
	var n atomic.Int64
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			route := meta.Route(fmt.Sprintf("folder/object-%08d-new", n.Add(1)*7919%1_000_000))
			err := s.Update(b.Context(), "b/0123456789abcdef", route, func(tx meta.Tx) error {
				if _, err := tx.Get(meta.Key{Kind: 1, Route: route}); !errors.Is(err, errs.NotFound) {
					return fmt.Errorf("found: %w", err)
				}
				return nil
			})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func benchPage(b *testing.B, s *Store) {
	b.ReportAllocs()
	b.ResetTimer()
	defer cpu(b)()
	for i := range b.N {
		from := meta.AtRoute(meta.Route(fmt.Sprintf("folder/object-%08d", i*7919%999_000)))
		rows := 0
		err := s.View(b.Context(), "b/0123456789abcdef", func(r meta.Reader) error {
			_, err := r.Scan(1, from, nil, meta.Budget{Rows: 10_000}, func(route, tail, value []byte) ([]byte, error) {
				if rows++; rows == 1000 {
					return nil, meta.Stop
				}
				return nil, nil
			})
			return err
		})
		if err != nil || rows != 1000 {
			b.Fatal(rows, err)
		}
	}
}

// fill writes n rows of 120 bytes, as a listing reads them, and settles the database.
func fill(b *testing.B, s *Store, n int) {
	b.Helper()
	rnd := rand.NewChaCha8([32]byte{1})
	prefix := prefixOf("b/0123456789abcdef")
	batch := s.db.NewBatch()
	for i := range n {
		value := make([]byte, 120)
		rnd.Read(value[:40]) // etag, sizes and times do not compress
		key := appendRow(nil, prefix, meta.Key{Kind: 1, Route: meta.Route(fmt.Sprintf("folder/object-%08d", i))})
		if err := batch.Set(key, value, nil); err != nil {
			b.Fatal(err)
		}
		if i%1000 == 999 || i == n-1 {
			if err := batch.Commit(pebble.NoSync); err != nil {
				b.Fatal(err)
			}
			batch = s.db.NewBatch()
		}
	}
	if err := s.db.Compact(b.Context(), prefix, endOf("b/0123456789abcdef"), false); err != nil {
		b.Fatal(err)
	}
}
