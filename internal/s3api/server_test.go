package s3api

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"coffer/internal/errs"
	"coffer/internal/object"
)

// brokenObjects panics, or gives content that fails.
type brokenObjects struct {
	object.API
	get func() (*object.Content, error)
}

func (b *brokenObjects) GetObject(context.Context, *object.Get) (*object.Content, error) {
	return b.get()
}

func (b *brokenObjects) DeleteObject(context.Context, *object.DeleteObject) (object.Deleted, error) {
	panic("inside")
}

// TestPanic: a panic is an InternalError whose request id is in the log, and the handler goes on.
func TestPanic(t *testing.T) {
	var log strings.Builder
	broken := &brokenObjects{get: func() (*object.Content, error) { panic("inside") }}
	w := newWorld(t, func(c *Config) {
		broken.API, c.Objects = c.Objects, broken
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	b := w.bucket()
	a := w.refused(request{as: "owner", uri: "/" + b + "/k"}, 500, "InternalError")
	if id := a.element("RequestId"); id == "" || !strings.Contains(log.String(), id) || strings.Contains(a.body, "inside") {
		t.Errorf("answer %s, log %s", a.body, log.String())
	}
	w.refused(request{as: "owner", method: "DELETE", uri: "/" + b + "/k"}, 500, "InternalError")
	many := w.ok(request{as: "owner", method: "POST", uri: "/" + b + "?delete", body: "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>"})
	if len(many.elements("Error")) != 2 || many.code() != "InternalError" {
		t.Errorf("panics beside the handler: %s", many.body)
	}
	w.get("/" + b)
}

// TestInternalErrors: what is wrong inside is told by kind alone.
func TestInternalErrors(t *testing.T) {
	broken := &brokenObjects{}
	w := newWorld(t, func(c *Config) { broken.API, c.Objects = c.Objects, broken })
	b := w.bucket()
	for _, c := range []struct {
		err    error
		status int
		code   string
	}{
		{errs.New(errs.Corrupt, "", "block 7"), 500, "InternalError"},
		{errors.New("disk"), 500, "InternalError"},
		{errs.New(errs.Busy, "", ""), 503, "SlowDown"},
		{errs.New(errs.Unavailable, "DiskFull", ""), 503, "ServiceUnavailable"},
		{errs.New(errs.Conflict, "Fenced", ""), 409, "OperationAborted"},
	} {
		broken.get = func() (*object.Content, error) { return nil, c.err }
		if a := w.refused(request{as: "owner", uri: "/" + b + "/k"}, c.status, c.code); strings.Contains(a.body, "disk") || strings.Contains(a.body, "block") {
			t.Errorf("%v reaches the client: %s", c.err, a.body)
		}
	}
}

// serve runs the handler behind net/http.
func (w *world) serve() *httptest.Server {
	s := httptest.NewServer(w.h)
	w.t.Cleanup(s.Close)
	return s
}

// TestExpectContinue: who may not write is answered before being asked for the body; who may is asked.
func TestExpectContinue(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	s := w.serve()
	for _, c := range []struct{ as, first string }{{"owner", "HTTP/1.1 100 Continue"}, {"other", "HTTP/1.1 403 Forbidden"}} {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		q := request{as: c.as, method: "PUT", host: s.Listener.Addr().String(), uri: "/" + b + "/k", body: "data"}
		r := w.build(&q)
		fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: %s\r\nExpect: 100-continue\r\n", q.uri, q.host)
		for name, v := range r.Header {
			fmt.Fprintf(conn, "%s: %s\r\n", name, v[0])
		}
		io.WriteString(conn, "\r\n")
		in := bufio.NewReader(conn)
		line, err := in.ReadString('\n')
		if err != nil || strings.TrimSpace(line) != c.first {
			t.Errorf("%s: first line %q, %v", c.as, line, err)
		}
		conn.Close()
	}
}

// TestOverHTTP: raw request targets reach the handler as they are, and answers are framed as HTTP wants.
func TestOverHTTP(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	s := w.serve()
	host := s.Listener.Addr().String()
	send := func(q request) *http.Response {
		t.Helper()
		q.as, q.host = "owner", host
		r := w.build(&q)
		out, err := http.NewRequest(q.method, "http://"+host+"/", r.Body)
		if err != nil {
			t.Fatal(err)
		}
		path, query, _ := strings.Cut(r.RequestURI, "?")
		out.URL.Opaque, out.URL.RawQuery = "//"+host+path, query
		out.Header, out.ContentLength = r.Header, r.ContentLength
		res, err := http.DefaultTransport.RoundTrip(out)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	for _, key := range []string{"a//b", "a/../b", "./x", "%2F%2f", "a+b%20c", "trail/"} {
		if res := send(request{method: "PUT", uri: "/" + b + "/" + key, body: key}); res.StatusCode != 200 {
			t.Errorf("%s: PUT %d", key, res.StatusCode)
		}
		res := send(request{method: "GET", uri: "/" + b + "/" + key})
		got, _ := io.ReadAll(res.Body)
		if string(got) != key {
			t.Errorf("%s: GET %d %q", key, res.StatusCode, got)
		}
	}
	big := strings.Repeat("x", 3*mib)
	send(request{method: "PUT", uri: "/" + b + "/big", body: big})
	res := send(request{method: "GET", uri: "/" + b + "/big"})
	if got, err := io.ReadAll(res.Body); err != nil || string(got) != big || res.ContentLength != 3*mib {
		t.Errorf("big: %d bytes, %v", len(got), err)
	}
	res = send(request{method: "HEAD", uri: "/" + b + "/big"})
	if res.ContentLength != 3*mib || res.Header["Date"] == nil {
		t.Errorf("HEAD: %d %v", res.ContentLength, res.Header)
	}
	res = send(request{method: "GET", uri: "/" + b + "/big", header: map[string]string{"If-None-Match": "*"}})
	if body, _ := io.ReadAll(res.Body); res.StatusCode != 304 || len(body) != 0 {
		t.Errorf("304: %d %q", res.StatusCode, body)
	}
}

// TestManyAtOnce runs requests side by side: calls are pooled, and nothing of one may show in another.
func TestManyAtOnce(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	var wait sync.WaitGroup
	for g := range 8 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for i := range 25 {
				key := fmt.Sprintf("g%d-%d", g, i)
				uri := "/" + b + "/" + key
				if a := w.do(request{as: "owner", method: "PUT", uri: uri, body: key, header: map[string]string{"X-Amz-Meta-Key": key}}); a.status != 200 {
					t.Errorf("%s: %d %s", key, a.status, a.body)
				}
				if a := w.do(request{as: "owner", uri: uri}); a.body != key || a.header["x-amz-meta-key"][0] != key {
					t.Errorf("%s: %q %v", key, a.body, a.header)
				}
				if a := w.do(request{as: "other", uri: uri}); a.code() != "AccessDenied" || a.header["x-amz-meta-key"] != nil {
					t.Errorf("%s: %d %v", key, a.status, a.header)
				}
			}
		}()
	}
	wait.Wait()
}

// spoil flips a bit of the stored bytes that follow mark, in whichever file they are.
func (w *world) spoil(mark string) {
	w.t.Helper()
	err := filepath.WalkDir(filepath.Join(w.dir, "blobs"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		at := bytes.Index(raw, []byte(mark))
		if at < 0 {
			return nil
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = f.WriteAt([]byte{raw[at] ^ 1}, int64(at))
		return errors.Join(err, errFound)
	})
	if !errors.Is(err, errFound) {
		w.t.Fatalf("the stored bytes are not found: %v", err)
	}
}

var errFound = errors.New("found")

// TestSpoiledContent: content that turns out bad is an error, or where bytes went out already, never ends like a whole answer.
func TestSpoiledContent(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	s := w.serve()
	for name, at := range map[string]int{"first-block": 0, "later-block": 2 * mib} {
		mark := "mark of " + name + w.bucket()
		body := strings.Repeat("a", at) + mark + strings.Repeat("b", mib)
		w.put("/"+b+"/"+name, body)
		w.spoil(mark)
		q := request{as: "owner", host: s.Listener.Addr().String(), uri: "/" + b + "/" + name}
		r := w.build(&q)
		r.URL.Path, r.RequestURI = q.uri, ""
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		if at == 0 && (res.StatusCode != 500 || !strings.Contains(string(got), "InternalError")) {
			t.Errorf("%s: %d, %d bytes, %v", name, res.StatusCode, len(got), err)
		}
		if at > 0 && (err == nil || len(got) >= len(body) || strings.Contains(string(got), "<Error>")) {
			t.Errorf("%s: %d, %d of %d bytes, %v", name, res.StatusCode, len(got), len(body), err)
		}
	}
}

// timed is an answer that keeps the deadlines which the handler sets on its connection.
type timed struct {
	*httptest.ResponseRecorder
	read, write []time.Time
}

func (d *timed) SetReadDeadline(t time.Time) error  { d.read = append(d.read, t); return nil }
func (d *timed) SetWriteDeadline(t time.Time) error { d.write = append(d.write, t); return nil }

// TestDeadlines: a connection that stands still is given up, in both directions; once the body is read nothing is waited for.
func TestDeadlines(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	begun := time.Now()
	soon := func(at time.Time) bool { return at.After(begun) && !at.After(time.Now().Add(stall)) }
	put := request{as: "owner", method: "PUT", uri: "/" + b + "/k", body: "data"}
	a := &timed{ResponseRecorder: httptest.NewRecorder()}
	w.h.ServeHTTP(a, w.build(&put))
	if a.Code != 200 || len(a.read) == 0 || !soon(a.read[0]) || len(a.write) == 0 || !soon(a.write[0]) {
		t.Errorf("PUT: %d, read %v, write %v", a.Code, a.read, a.write)
	}
	get := request{as: "owner", uri: "/" + b + "/k"}
	a = &timed{ResponseRecorder: httptest.NewRecorder()}
	w.h.ServeHTTP(a, w.build(&get))
	if a.Code != 200 || len(a.read) != 0 || len(a.write) == 0 || !soon(a.write[0]) {
		t.Errorf("GET: %d, read %v, write %v", a.Code, a.read, a.write)
	}
	in := &bodyIn{c: &call{w: a, r: httptest.NewRequest("PUT", "/", strings.NewReader("x"))}}
	if _, err := io.ReadAll(in); err != nil || len(a.read) < 2 || !a.read[len(a.read)-1].IsZero() {
		t.Errorf("a body read to its end: %v, deadlines %v", err, a.read)
	}
}
