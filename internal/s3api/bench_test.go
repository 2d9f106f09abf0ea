package s3api

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// discard is an answer that goes nowhere.
type discard struct {
	h      http.Header
	status int
	n      int
}

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(p []byte) (int, error) { d.n += len(p); return len(p), nil }

// body is a request body that can be read again.
type body struct{ *strings.Reader }

func (body) Close() error { return nil }

func run(b *testing.B, q request, want int) {
	w := newWorld(b)
	bucket := w.bucket()
	w.put("/"+bucket+"/k", strings.Repeat("x", 4096))
	for i := range 1000 {
		w.put(fmt.Sprintf("/%s/list/%04d", bucket, i), "")
	}
	q.as, q.uri = "owner", "/"+bucket+q.uri
	r := w.build(&q)
	in := strings.NewReader(q.body)
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		if q.body != "" {
			in.Seek(0, io.SeekStart)
			r.Body = body{in}
		}
		d := &discard{h: http.Header{}}
		w.h.ServeHTTP(d, r)
		if d.status != want {
			b.Fatalf("got %d", d.status)
		}
	}
}

func BenchmarkGet4K(b *testing.B)   { run(b, request{uri: "/k"}, 200) }
func BenchmarkHead(b *testing.B)    { run(b, request{method: "HEAD", uri: "/k"}, 200) }
func BenchmarkDelete(b *testing.B)  { run(b, request{method: "DELETE", uri: "/none"}, 204) }
func BenchmarkMissing(b *testing.B) { run(b, request{uri: "/none"}, 404) }
func BenchmarkList1000(b *testing.B) {
	run(b, request{uri: "?list-type=2&prefix=list/"}, 200)
}
func BenchmarkPut4K(b *testing.B) {
	run(b, request{method: "PUT", uri: "/k", body: strings.Repeat("x", 4096), hash: "UNSIGNED-PAYLOAD"}, 200)
}
func BenchmarkPut4KHashed(b *testing.B) {
	run(b, request{method: "PUT", uri: "/k", body: strings.Repeat("x", 4096)}, 200)
}
