package file_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"coffer/internal/blob"
	"coffer/internal/blob/blobtest"
	"coffer/internal/engine/file"
)

// benchStore opens a store in a folder of COFFER_BENCH_DIR, else of the system's temporary folder.
func benchStore(b *testing.B, direct file.Direct) *file.Store {
	dir, err := os.MkdirTemp(os.Getenv("COFFER_BENCH_DIR"), "blobs")
	if err != nil {
		b.Fatal(err)
	}
	s, err := file.Open(file.Options{Dir: dir, Direct: direct})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
		_ = os.RemoveAll(dir)
	})
	return s
}

func mode(d file.Direct) string { return []string{"direct", "buffered"}[d] }

// cpuTime returns the processor time that this process took, in the kernel too.
func cpuTime() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func report(b *testing.B, before time.Duration) {
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(b.N), "cpu-us/op")
}

// BenchmarkPut writes durably from several writers at once, in pieces of 256 KiB. Blobs are deleted now and then.
func BenchmarkPut(b *testing.B) {
	for _, direct := range []file.Direct{file.DirectAuto, file.DirectOff} {
		for _, c := range []struct{ size, writers int }{{4 << 10, 16}, {64 << 10, 16}, {1 << 20, 16}, {16 << 20, 4}} {
			b.Run(fmt.Sprintf("%s/%dKiB/%d", mode(direct), c.size>>10, c.writers), func(b *testing.B) {
				s := benchStore(b, direct)
				content := blobtest.Content(1, int64(c.size))
				b.SetBytes(int64(c.size))
				b.ReportAllocs()
				b.SetParallelism(max(c.writers/runtime.GOMAXPROCS(0), 1))
				before := cpuTime()
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						write(b, s, content)
					}
				})
				b.StopTimer()
				report(b, before)
			})
		}
	}
}

// BenchmarkGet opens, reads and verifies one of 256 blobs, from 16 readers.
func BenchmarkGet(b *testing.B) {
	for _, size := range []int{64 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			s := benchStore(b, file.DirectAuto)
			refs := make([]blob.Ref, 256)
			for i := range refs {
				var err error
				if refs[i], err = blobtest.Put(context.Background(), s, i, blobtest.Content(uint64(i), int64(size)), size, false); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			b.SetParallelism(max(16/runtime.GOMAXPROCS(0), 1))
			var next atomic.Uint64
			before := cpuTime()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				p := make([]byte, min(size, s.Limits().ReadBytes))
				for pb.Next() {
					read(b, s, refs[next.Add(1)%uint64(len(refs))], p)
				}
			})
			b.StopTimer()
			report(b, before)
		})
	}
}

func read(b *testing.B, s blob.Store, ref blob.Ref, p []byte) {
	r, err := s.Open(context.Background(), ref)
	if err != nil {
		b.Error(err)
		return
	}
	for off := int64(0); off < r.Size() && err == nil; off += int64(len(p)) {
		err = r.ReadAt(context.Background(), p[:min(int64(len(p)), r.Size()-off)], off)
	}
	if err != nil {
		b.Error(err)
	}
	_ = r.Close()
}

func write(b *testing.B, s blob.Store, content []byte) {
	w, err := s.Create(context.Background(), blobtest.Owner(1), int64(len(content)))
	if err != nil {
		b.Error(err)
		return
	}
	for p := content; len(p) > 0; p = p[min(len(p), 256<<10):] {
		if _, err := w.Write(p[:min(len(p), 256<<10)]); err != nil {
			b.Error(err)
		}
	}
	if _, err := w.Commit(); err != nil {
		b.Error(err)
	}
}
