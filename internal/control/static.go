package control

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"coffer/internal/errs"
)

// Limits of the console's files, which are held in memory.
const (
	maxFiles     = 2000
	maxFilesSize = 64 << 20 // bytes of all
	gzipFrom     = 1 << 10  // bytes from which compressing pays
)

// files are the console as it is served.
type files struct{ byName map[string]*file }

// file is one of them, compressed when it is first asked for.
type file struct {
	raw       []byte
	kind      string // content type
	tag       string // entity tag
	immutable bool   // the name carries a hash of the content

	once   sync.Once
	zipped []byte
}

func readFiles(console fs.FS) (*files, error) {
	f := &files{byName: map[string]*file{}}
	total := 0
	err := fs.WalkDir(console, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(console, name)
		if err != nil {
			return err
		}
		if total += len(raw); total > maxFilesSize || len(f.byName) >= maxFiles {
			return errs.New(errs.Limit, "", "control: the console has too many or too large files")
		}
		sum := sha256.Sum256(raw)
		f.byName[name] = &file{raw: raw, kind: contentType(name), tag: `"` + hex.EncodeToString(sum[:12]) + `"`, immutable: strings.HasPrefix(name, "assets/")}
		return nil
	})
	return f, errs.Wrap("control.readFiles", err)
}

// contentType is by extension alone, from a list of our own: the system's table differs between machines.
func contentType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	case ".wasm":
		return "application/wasm"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

// page serves the console: a file by its name, and index.html for every other address that a browser navigates to.
func (s *server) page(w http.ResponseWriter, r *http.Request, c *call) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		s.notAllowed(w, r, "GET, HEAD")
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if s.console != nil && name != "" && name != "index.html" && !strings.HasPrefix(path.Base(name), ".") {
		if f := s.console.byName[name]; f != nil {
			s.serveFile(w, r, f)
			return
		}
	}
	if !navigates(r) || strings.HasPrefix(name, "assets/") || strings.Contains(r.URL.Path, "//") {
		s.fail(w, r, noSuchPath(r))
		return
	}
	var index *file
	if s.console != nil {
		index = s.console.byName["index.html"]
	}
	if index == nil {
		s.fail(w, r, errs.New(errs.NotFound, "NoConsole", "The console is not part of this build: run make build. The APIs work; see /openapi/."))
		return
	}
	h := w.Header()
	if s.cfg.ConsolePolicy != nil {
		at := s.s3(c)
		h.Set("Content-Security-Policy", s.cfg.ConsolePolicy([]string{at.Scheme + "://" + at.Host}))
	}
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	s.serveFile(w, r, index)
}

// navigates reports whether a browser asks for a page.
func navigates(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept"), ",") {
		if t, _, err := mime.ParseMediaType(strings.TrimSpace(part)); err == nil && t == "text/html" {
			return true
		}
	}
	return false
}

func (s *server) serveFile(w http.ResponseWriter, r *http.Request, f *file) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Vary", "Accept-Encoding")
	switch {
	case f.immutable:
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	case !strings.HasPrefix(f.kind, "text/html"):
		h.Set("Cache-Control", "no-cache")
	}
	if h.Get("Cache-Control") != "no-store" {
		h.Set("ETag", f.tag)
		if strings.Contains(r.Header.Get("If-None-Match"), f.tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	body := f.raw
	if z := f.gzip(); z != nil && accepts(r, "gzip") {
		body = z
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

func accepts(r *http.Request, coding string) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), coding) && strings.ReplaceAll(q, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

// gzip returns the file compressed, or nil where that gains nothing.
func (f *file) gzip() []byte {
	f.once.Do(func() {
		if len(f.raw) < gzipFrom || strings.HasPrefix(f.kind, "image/png") || strings.HasPrefix(f.kind, "font/") {
			return
		}
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			return
		}
		if _, err := z.Write(f.raw); err != nil || z.Close() != nil {
			return
		}
		if b.Len() < len(f.raw) {
			f.zipped = b.Bytes()
		}
	})
	return f.zipped
}
