package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"coffer/internal/errs"
)

// Every operation, size, payload and thread count against two servers: each request is verified by the fake, counted once, and
// nothing is left.
func TestRun(t *testing.T) {
	for threads, sizes := range [][]int64{1: {10, 0}, 2: {70001}} {
		if sizes == nil {
			continue
		}
		a, sa := newFake(t)
		b, sb := newFake(t)
		c := short(sa.URL, sb.URL)
		c.Threads, c.Sizes, c.Payloads = threads, sizes, Payloads()
		c.Endpoints[0].PIDs = []int{os.Getpid()}
		phases := map[string]bool{}
		report, err := Run(context.Background(), c, func(p Progress) {
			phases[p.Phase] = true
			if p.Done < 0 || p.Done > 1 {
				t.Errorf("done %v of %v", p.Done, p)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []*fake{a, b} {
			f.look(func() {
				if len(f.wrong) > 0 || len(f.objects) > 0 || len(f.buckets) > 0 {
					t.Errorf("%d threads: wrong %v, left %d objects, %d buckets", threads, f.wrong, len(f.objects), len(f.buckets))
				}
				for _, want := range []string{"listed 20", "HEAD 1", "GET 1", "DELETE 1", "PUT 0", "PUT 1", "PUT 2", "PUT 4"} {
					if f.seen[want] < 15 {
						t.Errorf("%d threads: seen %v, wants more of %q", threads, f.seen, want)
					}
				}
			})
		}
		// Of each size put and mixed by payload, and get; of the first size stat, list and delete; at both endpoints.
		if want := (len(sizes)*(4+4+1) + 3) * 2; len(report.Rows) != want {
			t.Errorf("%d rows, want %d", len(report.Rows), want)
		}
		for _, row := range report.Rows {
			checkRow(t, row)
		}
		if len(phases) != 3 || report.Failed() || len(report.Left) > 0 {
			t.Errorf("phases %v, left %v", phases, report.Left)
		}
	}
}

func checkRow(t *testing.T, row Row) {
	t.Helper()
	want := int64(60)
	if row.Op == Delete {
		want = 20
	}
	if row.Requests != want || row.Errors != 0 || row.PerSecond <= 0 || row.Seconds <= 0 || row.P50 <= 0 || row.P50 > row.P99 || row.P99 > row.Max {
		t.Errorf("row %+v", row)
	}
	if (row.MiBPerSecond > 0) != (row.Size > 10 && (row.Op == Put || row.Op == Get || row.Op == Mixed)) && row.Size > 10 {
		t.Errorf("row %+v moves no bytes, or too many", row)
	}
	if (row.Op == Mixed) != (len(row.By) > 1) || (row.Payload != "") != (row.Op == Put || row.Op == Mixed) {
		t.Errorf("row %+v", row)
	}
	if (row.Server != nil) != (row.Endpoint == "a") || runtime.GOOS == "linux" && row.Server != nil && row.Server.ResidentMiB < 1 {
		t.Errorf("row %+v: server %+v", row, row.Server)
	}
}

// With the shortest turn every connection makes one request at an endpoint before the next endpoint has its turn.
func TestTurns(t *testing.T) {
	var order []string
	a, sa := newFake(t)
	b, sb := newFake(t)
	a.name, b.name, a.order, b.order = "a", "b", &order, &order
	b.mu = a.mu
	c := short(sa.URL, sb.URL)
	c.Ops, c.Turn, c.Connections, c.Count, c.Keep = []Op{Put}, 1, 4, 40, true
	if _, err := Run(context.Background(), c, nil); err != nil {
		t.Fatal(err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	got := strings.Join(order[2:], "") // after the buckets
	if want := strings.Repeat("aaaabbbbbbbbaaaa", 5); got != want {
		t.Errorf("order %s, want %s", got, want)
	}
	if len(a.objects) != 40 || len(b.objects) != 40 || len(a.buckets) != 1 {
		t.Errorf("kept %d and %d objects", len(a.objects), len(b.objects))
	}
}

func TestDurationAndWarmup(t *testing.T) {
	f, s := newFake(t)
	c := short(s.URL)
	c.Ops, c.Count, c.Duration, c.Warmup = []Op{Stat}, 0, 30*time.Millisecond, 10*time.Millisecond
	report, err := Run(context.Background(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	row := report.Rows[0]
	if row.Seconds < 0.03 || row.Seconds > 5 || row.Requests == 0 || int64(f.seen["HEAD 1"]) <= row.Requests {
		t.Errorf("row %+v, seen %v", row, f.seen)
	}
}

// The forms of answers that servers give, on both kinds of connection.
func TestAnswers(t *testing.T) {
	for name, write := range map[string]func(http.ResponseWriter, []byte){
		"length": func(w http.ResponseWriter, b []byte) { _, _ = w.Write(b) },
		"chunks": func(w http.ResponseWriter, b []byte) {
			for ; len(b) > 0; b = b[min(len(b), 4097):] {
				_, _ = w.Write(b[:min(len(b), 4097)])
				w.(http.Flusher).Flush()
			}
		},
		"close": func(w http.ResponseWriter, b []byte) {
			w.Header().Set("Connection", "close")
			_, _ = w.Write(b)
		},
		"until close": func(w http.ResponseWriter, b []byte) {
			conn, buf, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = buf.WriteString("HTTP/1.0 200 OK\r\nX: y\r\n\r\n")
				_, _ = buf.Write(b)
				_ = buf.Flush()
				_ = conn.Close()
			}
		},
		"interim answer": func(w http.ResponseWriter, b []byte) {
			w.WriteHeader(http.StatusEarlyHints)
			_, _ = w.Write(b)
		},
	} {
		for _, secure := range []bool{false, true} {
			for _, size := range []int64{0, 10, 70000, 1 << 20} {
				f, s := newFake(t)
				if secure {
					s = httptest.NewTLSServer(f)
					t.Cleanup(s.Close)
				}
				f.spoil = func(w http.ResponseWriter, r *http.Request) bool {
					if r.Method != http.MethodGet {
						return false
					}
					f.seen["GET"]++
					write(w, f.objects[strings.TrimPrefix(r.URL.Path, "/")])
					return true
				}
				c := short(s.URL)
				c.Ops, c.Sizes, c.Count, c.Objects, c.Insecure = []Op{Get}, []int64{size}, 12, 2, true
				report, err := Run(context.Background(), c, nil)
				f.look(func() {
					if err != nil || report.Failed() || report.Rows[0].Requests != 12 || f.seen["GET"] != 12 || len(f.wrong) > 0 {
						t.Errorf("%s, https %v, %d bytes: %+v, %v, %v", name, secure, size, report.Rows, err, f.wrong)
					}
				})
			}
		}
	}
}

func TestFailuresAreCounted(t *testing.T) {
	for _, secure := range []bool{false, true} {
		for name, c := range map[string]struct {
			op    Op
			size  int64
			spoil func(w http.ResponseWriter, n int)
			good  int64
			text  string
		}{
			"refused": {Stat, 1, func(w http.ResponseWriter, n int) {
				if n%2 == 0 {
					http.Error(w, "SlowDown", http.StatusServiceUnavailable)
				}
			}, 6, "stat: status 503"},
			"another length": {Get, 6, func(w http.ResponseWriter, n int) { _, _ = w.Write([]byte("short")) }, 0, "get: 5 bytes, not 6"},
			"refused unread": {Put, 1 << 20, func(w http.ResponseWriter, n int) {
				w.Header().Set("Connection", "close")
				w.WriteHeader(http.StatusForbidden)
			}, 0, "put: "},
			"cut":  {Get, 6, func(w http.ResponseWriter, n int) { cut(w, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc") }, 0, "get: "},
			"junk": {Get, 6, func(w http.ResponseWriter, n int) { cut(w, "SSH-2.0-OpenSSH\r\n\r\n") }, 0, "get: the answer is not HTTP"},
			"endless head": {Get, 6, func(w http.ResponseWriter, n int) {
				cut(w, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 100000))
			}, 0, "get: "},
		} {
			f, s := newFake(t)
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				measured := r.Header.Get("X-Amz-Date") != "" && strings.Count(r.URL.Path, "/") > 1
				f.mu.Lock()
				fill := r.Method == http.MethodPut && c.op != Put || r.Method == http.MethodDelete
				n := f.seen["spoiled"]
				if measured && !fill {
					f.seen["spoiled"]++
				}
				f.mu.Unlock()
				if measured && !fill {
					c.spoil(w, n)
					return
				}
				f.ServeHTTP(w, r)
			})
			s.Config.Handler = h
			if secure {
				s = httptest.NewTLSServer(h)
				t.Cleanup(s.Close)
			}
			cfg := short(s.URL)
			cfg.Ops, cfg.Sizes, cfg.Count, cfg.Objects, cfg.Insecure = []Op{c.op}, []int64{c.size}, 12, 2, true
			report, err := Run(context.Background(), cfg, nil)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			row := report.Rows[0]
			if row.Requests != c.good || row.Errors != 12-c.good || !strings.HasPrefix(row.FirstError, c.text) || !report.Failed() {
				t.Errorf("%s, https %v: %+v", name, secure, row)
			}
		}
	}
}

func cut(w http.ResponseWriter, text string) {
	if conn, buf, err := w.(http.Hijacker).Hijack(); err == nil {
		_, _ = buf.WriteString(text)
		_ = buf.Flush()
		_ = conn.Close()
	}
}

// A server that closes idle connections between turns costs no request.
func TestIdleConnectionsClose(t *testing.T) {
	for _, secure := range []bool{false, true} {
		f, s := newFake(t)
		if secure {
			s = httptest.NewTLSServer(f)
			t.Cleanup(s.Close)
		}
		other, so := newFake(t)
		other.spoil = func(http.ResponseWriter, *http.Request) bool {
			s.CloseClientConnections()
			return false
		}
		c := short(s.URL, so.URL)
		c.Ops, c.Turn, c.Count, c.Insecure = []Op{Put}, 1, 30, true
		report, err := Run(context.Background(), c, nil)
		if err != nil || report.Failed() || report.Rows[0].Requests != 30 {
			t.Errorf("https %v: %+v, %v", secure, report.Rows, err)
		}
		f.look(func() {
			if len(f.wrong) > 0 {
				t.Error(f.wrong)
			}
		})
	}
}

func TestPreparationFails(t *testing.T) {
	f, s := newFake(t)
	f.spoil = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut && strings.Count(r.URL.Path, "/") > 1 {
			http.Error(w, "QuotaExceeded", http.StatusForbidden)
			return true
		}
		return false
	}
	c := short(s.URL)
	c.Ops = []Op{Get}
	if _, err := Run(context.Background(), c, nil); errs.KindOf(err) != errs.Unavailable || !strings.Contains(errs.PublicOf(err), "QuotaExceeded") {
		t.Errorf("fill: %v", err)
	}
	f.look(func() {
		if len(f.buckets) != 0 {
			t.Errorf("left %v", f.buckets)
		}
	})
	c.Endpoints[0].Secret = "another"
	if _, err := Run(context.Background(), c, nil); errs.KindOf(err) != errs.Unavailable || !strings.Contains(errs.PublicOf(err), "status 403") {
		t.Errorf("bucket: %v", err)
	}
	s.Close()
	if _, err := Run(context.Background(), c, nil); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("nobody there: %v", err)
	}
}

// A run that is ended removes what it wrote all the same, and says what it measured.
func TestCancel(t *testing.T) {
	f, s := newFake(t)
	ctx, cancel := context.WithCancel(context.Background())
	c := short(s.URL)
	c.Ops, c.Count = []Op{Put, Get}, 0
	report, err := Run(ctx, c, func(p Progress) {
		if p.Phase == "measure" && p.Done > 0 {
			cancel()
		}
	})
	if errs.KindOf(err) != errs.Canceled || len(report.Rows) != 1 || report.Rows[0].Requests == 0 {
		t.Errorf("%+v, %v", report.Rows, err)
	}
	f.look(func() {
		if len(f.objects) > 0 || len(f.buckets) > 0 || len(report.Left) > 0 {
			t.Errorf("left %d objects, %v, %v", len(f.objects), f.buckets, report.Left)
		}
	})
}

func TestConsent(t *testing.T) {
	c := short("http://192.0.2.1:9000")
	_, err := Run(context.Background(), c, nil)
	if errs.KindOf(err) != errs.Invalid || !strings.Contains(errs.PublicOf(err), "--yes-load 192.0.2.1") {
		t.Errorf("another machine: %v", err)
	}
	c.Consent = []string{"192.0.2.2"}
	if _, err = Run(context.Background(), c, nil); errs.KindOf(err) != errs.Invalid {
		t.Errorf("consent for another: %v", err)
	}
	c.Consent = []string{"192.0.2.1"}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err = Run(ctx, c, nil); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("with consent: %v", err)
	}
	if target, err := newTarget(Endpoint{Name: "a", URL: "http://localhost:1", AccessKey: "a", Secret: "b"}, &Config{}, "x"); err != nil || target.host != "localhost:1" {
		t.Errorf("this machine by name: %+v, %v", target, err)
	}
}

func TestConfigRefuses(t *testing.T) {
	for name, edit := range map[string]func(*Config){
		"no endpoint":         func(c *Config) { c.Endpoints = nil },
		"many endpoints":      func(c *Config) { c.Endpoints = make([]Endpoint, MaxEndpoints+1) },
		"scheme":              func(c *Config) { c.Endpoints[0].URL = "ftp://127.0.0.1" },
		"path":                func(c *Config) { c.Endpoints[0].URL = "http://127.0.0.1/x" },
		"user":                func(c *Config) { c.Endpoints[0].URL = "http://a:b@127.0.0.1" },
		"no host":             func(c *Config) { c.Endpoints[0].URL = "http://:80" },
		"no access key":       func(c *Config) { c.Endpoints[0].AccessKey = "" },
		"no secret":           func(c *Config) { c.Endpoints[0].Secret = "" },
		"unknown host":        func(c *Config) { c.Endpoints[0].URL = "http://nowhere.invalid" },
		"operation":           func(c *Config) { c.Ops = []Op{"copy"} },
		"payload":             func(c *Config) { c.Payloads = []Payload{"none"} },
		"size":                func(c *Config) { c.Sizes = []int64{-1} },
		"large size":          func(c *Config) { c.Sizes = []int64{MaxSize + 1} },
		"connections":         func(c *Config) { c.Connections = -1 },
		"many":                func(c *Config) { c.Connections = MaxConnections + 1 },
		"threads":             func(c *Config) { c.Threads = 4 },
		"objects":             func(c *Config) { c.Objects = -1 },
		"negative turn":       func(c *Config) { c.Turn = -1 },
		"negative count":      func(c *Config) { c.Count = -1 },
		"listing":             func(c *Config) { c.Listing = MaxObjects + 1 },
		"listing in a bucket": func(c *Config) { c.Listing, c.Bucket = 1, "mine" },
		"bucket in capitals":  func(c *Config) { c.Bucket = "Bucket" },
	} {
		c := short("http://127.0.0.1:1")
		edit(&c)
		if _, err := Run(context.Background(), c, nil); errs.KindOf(err) != errs.Invalid || errs.PublicOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOptions(t *testing.T) {
	f, s := newFake(t)
	env := map[string]string{"COFFER_BENCH_SECRET_KEY": "x", "COFFER_BENCH_SECRET_KEY_OUR_OWN": testSecret}
	getenv := func(name string) string { return env[name] }
	o := Options{Endpoint: []string{"our-own=" + s.URL}, AccessKey: []string{"other", "our-own=" + testKey}, PID: []string{"1"}, Op: []Op{Put, Mixed},
		Size: []string{"1KiB"}, Payload: []Payload{Trailer}, Connections: 2, Threads: 1, Duration: time.Second, Count: 20, Objects: 5, Output: "json"}
	var out, status bytes.Buffer
	if err := o.Do(context.Background(), getenv, &out, &status); err != nil {
		t.Fatal(err)
	}
	var report Report
	if err := json.Unmarshal(out.Bytes(), &report); err != nil || len(report.Rows) != 2 || report.Rows[0].Endpoint != "our-own" || report.Rows[0].Requests != 20 {
		t.Errorf("%s, %v", out.Bytes(), err)
	}
	f.look(func() {
		if !strings.Contains(status.String(), "put 1 KiB trailer: our-own measure") || len(f.wrong) > 0 {
			t.Errorf("status %q, wrong %v", status.String(), f.wrong)
		}
	})
	o.Output, o.Bucket = "table", "a-bucket-of-mine"
	out.Reset()
	if err := o.Do(context.Background(), getenv, &out, nil); err != nil || !strings.Contains(out.String(), "mixed 1 KiB trailer") {
		t.Errorf("%s, %v", out.Bytes(), err)
	}
	f.look(func() {
		if !f.buckets["a-bucket-of-mine"] || len(f.objects) > 0 {
			t.Errorf("buckets %v, %d objects", f.buckets, len(f.objects))
		}
	})
	for name, edit := range map[string]func(*Options){
		"size":             func(o *Options) { o.Size = []string{"4KB5"} },
		"pid":              func(o *Options) { o.PID = []string{"our-own=x"} },
		"pid of nobody":    func(o *Options) { o.PID = []string{"nobody=1"} },
		"key of nobody":    func(o *Options) { o.AccessKey = []string{"nobody=1"} },
		"a name two times": func(o *Options) { o.Endpoint = append(o.Endpoint, o.Endpoint[0]) },
	} {
		bad := o
		edit(&bad)
		if _, err := bad.Config(getenv); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.look(func() {
		f.spoil = func(w http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.URL.Path, "/r1/") && r.Method == http.MethodPut {
				w.WriteHeader(http.StatusInsufficientStorage)
				return true
			}
			return false
		}
	})
	if err := o.Do(context.Background(), getenv, &out, nil); errs.KindOf(err) != errs.Unavailable || !strings.Contains(out.String(), "first error: put: status 507") {
		t.Errorf("failed requests: %v\n%s", err, out.Bytes())
	}
}
