package object

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"coffer/internal/engine/file"
	"coffer/internal/engine/pebble"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// benchService is a service on the engines as they ship, in a folder that goes with the benchmark, or with rows in memory.
func benchService(b *testing.B, disk bool) (*Service, *Bucket) {
	b.Helper()
	var rows meta.Store = pebble.OpenMem()
	if disk {
		onDisk, err := pebble.Open(pebble.Options{Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		rows = onDisk
	}
	blobs, err := file.Open(file.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { blobs.Close(); rows.Close() })
	s, err := New(Config{Meta: rows, Blobs: blobs})
	if err != nil {
		b.Fatal(err)
	}
	bucket, err := s.CreateBucket(context.Background(), CreateBucket{Name: "bench", Region: contractRegion, Contract: testContract})
	if err != nil {
		b.Fatal(err)
	}
	return s, bucket
}

func benchPut(b *testing.B, disk bool, size, writers int) {
	s, bucket := benchService(b, disk)
	data := []byte(pattern(size, 1))
	var n atomic.Int64
	b.SetBytes(int64(size))
	b.SetParallelism(max(1, writers/2))
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		r := bytes.NewReader(nil)
		in := &PutObject{Bucket: bucket, Body: Body{Reader: r, Size: int64(size)}, Headers: Headers{ContentType: "binary/octet-stream"}}
		key := make([]byte, 0, 32)
		for pb.Next() {
			key = fmt.Appendf(key[:0], "key/%012d", n.Add(1))
			r.Reset(data)
			in.Key = ident.ObjectKey(key)
			if _, err := s.PutObject(context.Background(), in); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkPut4K(b *testing.B) {
	b.Run("mem", func(b *testing.B) { benchPut(b, false, 4096, 16) })
	b.Run("disk", func(b *testing.B) { benchPut(b, true, 4096, 16) })
}

func BenchmarkPutDisk(b *testing.B) {
	for _, size := range []int{64 << 10, 1 << 20, 16 << 20} {
		b.Run(fmt.Sprint(size), func(b *testing.B) { benchPut(b, true, size, min(16, 64<<20/size)) })
	}
}

func benchGet(b *testing.B, size int, head bool) {
	s, bucket := benchService(b, true)
	const keys = 64
	for i := range keys {
		in := &PutObject{Bucket: bucket, Key: ident.ObjectKey(fmt.Sprint(i)), Body: body([]byte(pattern(size, 1))), Headers: Headers{ContentType: "binary/octet-stream"}}
		if _, err := s.PutObject(context.Background(), in); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(size))
	b.SetParallelism(8)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		names := make([]ident.ObjectKey, keys)
		for i := range names {
			names[i] = ident.ObjectKey(fmt.Sprint(i))
		}
		in := &Get{Bucket: bucket}
		for i := 0; pb.Next(); i++ {
			in.Key = names[i%keys]
			get := s.GetObject
			if head {
				get = s.HeadObject
			}
			c, err := get(context.Background(), in)
			if err != nil {
				b.Error(err)
				return
			}
			if !head {
				if _, err := c.WriteTo(io.Discard); err != nil {
					b.Error(err)
				}
				c.Close()
			}
		}
	})
}

func BenchmarkGet(b *testing.B) {
	for _, size := range []int{4096, 64 << 10, 1 << 20} {
		b.Run(fmt.Sprint(size), func(b *testing.B) { benchGet(b, size, false) })
	}
}

func BenchmarkHead(b *testing.B) { benchGet(b, 4096, true) }

func BenchmarkList(b *testing.B) {
	s, bucket := benchService(b, false)
	for i := range 20000 {
		in := &PutObject{Bucket: bucket, Key: ident.ObjectKey(fmt.Sprintf("dir%03d/%08d", i/200, i)), Body: body(nil)}
		if _, err := s.PutObject(context.Background(), in); err != nil {
			b.Fatal(err)
		}
	}
	for _, c := range []struct{ name, delimiter, prefix string }{{"flat", "", ""}, {"prefixes", "/", ""}, {"folder", "/", "dir050/"}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				_, err := s.List(context.Background(), &List{Bucket: bucket, Prefix: c.prefix, Delimiter: c.delimiter, Max: 1000}, func(*Entry) error { n++; return nil })
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)/float64(b.N), "entries/op")
		})
	}
}
