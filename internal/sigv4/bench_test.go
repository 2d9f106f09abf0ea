package sigv4

import (
	"bytes"
	"io"
	"testing"
	"time"
)

// A GET as an SDK sends it; the key is kept, as a server does.
func BenchmarkHeader(b *testing.B) {
	r := &Request{Method: "GET", Host: "localhost:9000", Path: "/bucket/folder/key-of-some-length.txt", Header: map[string][]string{}}
	SignHeader(r, example, EmptyHash, exampleTime)
	for name, value := range map[string]string{"User-Agent": "aws-sdk-go-v2/1.0", "Accept-Encoding": "gzip", "Amz-Sdk-Invocation-Id": "5a6b", "Amz-Sdk-Request": "attempt=1; max=3"} {
		r.Header[name] = []string{value}
	}
	benchmarkVerify(b, r)
}

func BenchmarkPresigned(b *testing.B) {
	r := &Request{Method: "GET", Host: "localhost:9000", Path: "/bucket/folder/key-of-some-length.txt", Header: map[string][]string{}}
	r.Query = Presign(r, example, time.Hour, exampleTime)
	benchmarkVerify(b, r)
}

func benchmarkVerify(b *testing.B, r *Request) {
	key := example.derive("20130524", "us-east-1", "s3")
	keep := func(_, _, _ string) Key { return key }
	b.ReportAllocs()
	for b.Loop() {
		a, err := Parse(r)
		if err == nil {
			err = a.Verify(r, keep, exampleTime, MaxSkew)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSignedChunks(b *testing.B) {
	data := make([]byte, 1<<20)
	r := put(StreamChunks, len(data), nil)
	benchmarkBody(b, r, frame(r, data, "", "", 64<<10), len(data))
}

func BenchmarkUnsignedTrailer(b *testing.B) {
	data := bytes.Repeat([]byte("a"), 4096)
	r := put(StreamUnsigned, len(data), map[string]string{"X-Amz-Trailer": "x-amz-checksum-crc32"})
	wire := append(append([]byte("1000\r\n"), data...), "\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"...)
	benchmarkBody(b, r, wire, len(data))
}

func benchmarkBody(b *testing.B, r *Request, wire []byte, size int) {
	a, err := Parse(r)
	if err == nil {
		err = a.Verify(r, example.derive, exampleTime, MaxSkew)
	}
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 256<<10)
	in := bytes.NewReader(nil)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		in.Reset(wire)
		body := a.Body(in)
		for err = nil; err == nil; {
			_, err = body.Read(buf)
		}
		if err != io.EOF {
			b.Fatal(err)
		}
	}
}
