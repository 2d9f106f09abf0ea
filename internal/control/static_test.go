package control

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestConsoleFiles(t *testing.T) {
	w := newWorld(t)
	html := func(r *http.Request) { r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8") }
	for _, path := range []string{"/", "/storage/keys", "/index.html", "/users/123"} {
		a := w.do("GET", path, html, nil)
		if a.Code != 200 || !strings.Contains(a.Body.String(), "<title>Coffer</title>") || a.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: answered %d %v", path, a.Code, a.Header())
		}
		if csp := a.Header().Get("Content-Security-Policy"); csp != "default-src 'none'; connect-src 'self' http://coffer.test:9000" {
			t.Errorf("%s: policy %q", path, csp)
		}
	}
	a := w.do("GET", "/assets/app-1a2b.js", anonymous, nil)
	if a.Code != 200 || a.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" || a.Header().Get("Content-Type") != "text/javascript; charset=utf-8" {
		t.Errorf("asset: answered %d %v", a.Code, a.Header())
	}
	zipped := w.do("GET", "/assets/app-1a2b.js", func(r *http.Request) { r.Header.Set("Accept-Encoding", "br, gzip;q=1.0") }, nil)
	z, err := gzip.NewReader(zipped.Body)
	if err != nil || string(must(io.ReadAll(z))) != a.Body.String() || zipped.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("compressed asset: %v %v", err, zipped.Header())
	}
	tag := a.Header().Get("ETag")
	if a := w.do("GET", "/assets/app-1a2b.js", func(r *http.Request) { r.Header.Set("If-None-Match", tag) }, nil); a.Code != 304 {
		t.Errorf("unchanged asset: answered %d", a.Code)
	}
	if a := w.do("GET", "/favicon.svg", anonymous, nil); a.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("a name without a hash is kept: %v", a.Header())
	}
	for path, by := range map[string]who{"/assets/gone.js": html, "/.keep": anonymous, "/data.json": anonymous, "/assets/../index.html": anonymous} {
		if a := w.do("GET", path, by, nil); a.Code != 404 || a.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: answered %d %s", path, a.Code, a.Header().Get("Content-Type"))
		}
	}
}

func TestWithoutConsole(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Console = nil })
	html := func(r *http.Request) { r.Header.Set("Accept", "text/html") }
	if a := w.do("GET", "/", html, nil); a.Code != 404 || !strings.Contains(a.message(), "make build") {
		t.Errorf("answered %d %s", a.Code, a.Body)
	}
}

func TestReference(t *testing.T) {
	w := newWorld(t)
	a := w.do("GET", "/openapi/", anonymous, nil)
	page := a.Body.String()
	if a.Code != 200 || strings.Contains(page, "<script") || strings.Contains(page, "style=") {
		t.Fatalf("the reference answers %d or has scripts or inline styles", a.Code)
	}
	for _, op := range operations(t) {
		if !strings.Contains(page, "-"+op.id+`"`) || !strings.Contains(page, op.path) {
			t.Errorf("the reference lacks %s", op.id)
		}
	}
	for _, name := range []string{"management", "cloud", "console"} {
		if a := w.do("GET", "/openapi/"+name+".yaml", anonymous, nil); a.Code != 200 || !strings.HasPrefix(a.Body.String(), "openapi: 3") {
			t.Errorf("%s.yaml: answered %d", name, a.Code)
		}
		var doc map[string]any
		a := w.do("GET", "/openapi/"+name+".json", anonymous, nil)
		a.json(&doc)
		if a.Code != 200 || doc["openapi"] != "3.0.3" {
			t.Errorf("%s.json: answered %d", name, a.Code)
		}
	}
	if a := w.do("GET", "/openapi/../secret.yaml", anonymous, nil); a.Code != 404 {
		t.Errorf("a path outside: %d", a.Code)
	}
}

func TestProseEscapes(t *testing.T) {
	if got := string(prose("a <b> `c<d` *e<f*\n\ng")); got != "<p>a &lt;b&gt; <code>c&lt;d</code> <em>e&lt;f</em></p><p>g</p>" {
		t.Errorf("prose renders %s", got)
	}
}
