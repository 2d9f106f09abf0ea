package s3api

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
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

// overHTTP sends one prepared request again and again over connections of its own to net/http, and reads answers of a fixed size.
func overHTTP(b *testing.B, h func(w *world) http.Handler, q request) {
	w := newWorld(b)
	bucket := w.bucket()
	w.put("/"+bucket+"/k", strings.Repeat("x", 4096))
	s := httptest.NewServer(h(w))
	defer s.Close()
	q.as, q.uri, q.host = "owner", "/"+bucket+q.uri, s.Listener.Addr().String()
	r := w.build(&q)
	var head strings.Builder
	fmt.Fprintf(&head, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.Method, r.RequestURI, q.host)
	for name, v := range r.Header {
		fmt.Fprintf(&head, "%s: %s\r\n", name, v[0])
	}
	message := head.String() + "\r\n" + q.body
	b.ReportAllocs()
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		conn, err := net.Dial("tcp", q.host)
		if err != nil {
			b.Error(err)
			return
		}
		defer conn.Close()
		buf := make([]byte, 16<<10)
		size := 0
		for p.Next() {
			io.WriteString(conn, message)
			if size == 0 {
				size = answerSize(b, conn, buf)
				continue
			}
			if _, err := io.ReadFull(conn, buf[:size]); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// answerSize reads the first answer and returns its length in bytes; all others have the same.
func answerSize(b *testing.B, conn net.Conn, buf []byte) int {
	n := 0
	for {
		m, err := conn.Read(buf[n:])
		if err != nil {
			b.Fatal(err)
		}
		n += m
		head, _, ok := strings.Cut(string(buf[:n]), "\r\n\r\n")
		if !ok {
			continue
		}
		if !strings.HasPrefix(head, "HTTP/1.1 200") {
			b.Fatal(head)
		}
		_, rest, _ := strings.Cut(head, "Content-Length: ")
		length, _, _ := strings.Cut(rest, "\r\n")
		size, err := strconv.Atoi(length)
		if err != nil {
			b.Fatal(err)
		}
		if n >= len(head)+4+size {
			return n
		}
	}
}

func served(w *world) http.Handler { return w.h }

// bare answers the same bytes without doing anything: what net/http costs by itself.
func bare(*world) http.Handler {
	content := []byte(strings.Repeat("x", 4096))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Content-Length"] = []string{"4096"}
		h["Content-Type"] = []string{"binary/octet-stream"}
		w.Write(content)
	})
}

func BenchmarkHTTPGet4K(b *testing.B)  { overHTTP(b, served, request{uri: "/k"}) }
func BenchmarkHTTPBare4K(b *testing.B) { overHTTP(b, bare, request{uri: "/k"}) }
func BenchmarkHTTPPut4K(b *testing.B) {
	overHTTP(b, served, request{method: "PUT", uri: "/k", body: strings.Repeat("x", 4096), hash: "UNSIGNED-PAYLOAD"})
}
