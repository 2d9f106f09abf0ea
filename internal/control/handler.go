package control

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
)

// call is what is known of one request. It is made first and then filled by authentication; no other goroutine sees it.
type call struct {
	id        string // for the log and the header X-Request-Id
	operation string // from a closed set, for the metrics
	peer      peer
	host      string
	pretty    bool
	actor     iam.Actor
	session   *iam.Session // nil for programs
	trace     *iam.Trace
}

type callKey struct{}

// callOf returns the request's call; an empty one where the middleware did not run.
func callOf(r *http.Request) *call {
	if c, ok := r.Context().Value(callKey{}).(*call); ok {
		return c
	}
	return &call{trace: &iam.Trace{}}
}

// maxProgram is how much is kept of what a client calls itself, in bytes.
const maxProgram = 128

func clip(text string, most int) string {
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "")
	}
	return text
}

// apiPrefixes are the first path segments of the APIs: what is below them and not in a document is answered as JSON, never as a page.
var apiPrefixes = [...]string{"accesskeys", "regions", "cloudapi", "auth", "console", "operator"}

func isAPI(p string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(p, "/"), "/")
	for _, a := range apiPrefixes {
		if first == a {
			return true
		}
	}
	return false
}

// handler wraps everything: request id, safe headers, limits, recovery, counting.
func (s *server) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.cfg.Clock()
		c := &call{id: s.requestID(), operation: "other", peer: s.peerOf(r)}
		c.trace = &iam.Trace{Request: c.id, Program: clip(r.UserAgent(), maxProgram), Client: r.UserAgent(), Source: c.peer.source}
		r = r.WithContext(iam.WithTrace(context.WithValue(r.Context(), callKey{}, c), c.trace))
		sw := &statusWriter{ResponseWriter: w}
		safeHeaders(sw.Header(), c.id)
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				s.log.ErrorContext(r.Context(), "panic", "request", c.id, "operation", c.operation, "value", fmt.Sprint(p), "stack", string(debug.Stack()))
				if sw.status == 0 {
					s.fail(sw, r, errs.New(errs.Internal, "", ""))
				}
			}
			if s.cfg.Observe != nil {
				s.cfg.Observe(c.operation, sw.status, max(0, r.ContentLength), sw.bytes, s.cfg.Clock().Sub(start))
			}
		}()
		if err := s.admit(r, c); err != nil {
			s.fail(sw, r, err)
			return
		}
		s.route(sw, r, c)
	})
}

func (s *server) requestID() string {
	var b [8]byte
	if _, err := io.ReadFull(s.cfg.Rand, b[:]); err != nil {
		return "none"
	}
	return hex.EncodeToString(b[:])
}

func safeHeaders(h http.Header, id string) {
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
}

// admit refuses requests that are too large before anything looks at them.
func (s *server) admit(r *http.Request, c *call) error {
	if len(r.RequestURI) > MaxTarget {
		return errs.New(errs.Invalid, codeHeaders, fmt.Sprintf("Path and query have more than %d bytes.", MaxTarget))
	}
	n := 0
	for name, values := range r.Header {
		for _, v := range values {
			n += len(name) + len(v)
		}
	}
	if n > MaxHeaders {
		return errs.New(errs.Invalid, codeHeaders, fmt.Sprintf("The headers have more than %d bytes.", MaxHeaders))
	}
	var err error
	c.host, err = host(r)
	return err
}

func (s *server) route(w http.ResponseWriter, r *http.Request, c *call) {
	p := r.URL.Path
	switch {
	case p == "/healthz":
		c.operation = "healthz"
		s.health(w, r, nil)
	case p == "/readyz":
		c.operation = "readyz"
		s.health(w, r, s.cfg.Ready)
	case p == "/metrics" && s.cfg.Metrics != nil:
		c.operation = "metrics"
		s.cfg.Metrics.ServeHTTP(w, r)
	case p == "/openapi" || strings.HasPrefix(p, "/openapi/"):
		c.operation = "reference"
		s.reference(w, r)
	case isAPI(p):
		s.operate(w, r, c)
	default:
		c.operation = "page"
		s.page(w, r, c)
	}
}

func (s *server) health(w http.ResponseWriter, r *http.Request, ready func() error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		s.notAllowed(w, r, "GET, HEAD")
		return
	}
	if ready != nil {
		if err := ready(); err != nil {
			text := errs.PublicOf(err)
			if text == "" {
				text = "The server is not ready; its log says why."
			}
			s.fail(w, r, errs.New(errs.Unavailable, "NotReady", text).Because(err))
			return
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n")
}

// operate serves an operation of the documents: found, allowed by the rate, authenticated, then handled.
func (s *server) operate(w http.ResponseWriter, r *http.Request, c *call) {
	if path.Clean(r.URL.Path) != r.URL.Path && r.URL.Path != cloudPrefix+"/" {
		s.fail(w, r, noSuchPath(r))
		return
	}
	_, pattern := s.operations.Handler(r)
	if pattern == "" {
		if allowed := s.allowed(r); allowed != "" {
			s.notAllowed(w, r, allowed)
		} else {
			s.fail(w, r, noSuchPath(r))
		}
		return
	}
	c.operation = pattern
	c.pretty = strings.HasPrefix(r.URL.Path, "/cloudapi/") && r.URL.Query().Get("pretty") != "false"
	if err := s.authenticate(r, c, pattern); err != nil {
		s.fail(w, r, err)
		return
	}
	if err := s.limits.take(w.Header(), c); err != nil {
		s.fail(w, r, err)
		return
	}
	s.operations.ServeHTTP(w, r)
}

// in runs an operation on the contract that the request means, and answers with its error.
func (s *server) in(w http.ResponseWriter, r *http.Request, number *int32, fn func(context.Context, iam.Actor, ident.ContractID) error) {
	a := callOf(r).actor
	c, err := s.contract(r, a, number)
	if err == nil {
		err = fn(r.Context(), a, c)
	}
	if err != nil {
		s.fail(w, r, err)
	}
}

func noSuchPath(r *http.Request) error {
	return errs.New(errs.NotFound, "", "There is nothing at "+r.URL.Path+"; see /openapi/.")
}

// allowed lists the methods that the path knows, or "".
func (s *server) allowed(r *http.Request) string {
	var known []string
	for _, m := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		probe := r.Clone(r.Context())
		probe.Method = m
		if _, pattern := s.operations.Handler(probe); pattern != "" {
			known = append(known, m)
		}
	}
	return strings.Join(known, ", ")
}

func (s *server) notAllowed(w http.ResponseWriter, r *http.Request, allowed string) {
	w.Header().Set("Allow", allowed)
	s.fail(w, r, errs.New(errs.Invalid, codeMethod, "The method "+r.Method+" is not known here; use "+allowed+"."))
}

// statusWriter remembers what was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the real writer.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// stamp cuts a time to what the wire carries: whole seconds, UTC, ending in Z.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
