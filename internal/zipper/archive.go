package zipper

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// Missing is the name of the text file that lists what is not in an archive, and why; it is there only if something is.
const Missing = "NOT-INCLUDED.txt"

// send streams the archive: each object stored as it is, since what is large is compressed already. An object that S3 does not give is
// listed in the file Missing; one that breaks off cuts the connection, so that nobody takes half an archive for a whole one.
func (v *visit) send(w *wish) {
	h := v.w.Header()
	h.Set("Server", "Coffer")
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+escape(v.title(w)))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	v.w.WriteHeader(http.StatusOK)
	out := zip.NewWriter(v.w)
	names := newLabels(w.base)
	var missing []string
	for _, key := range v.keys {
		e := &entry{visit: v, out: out, name: names.of(key)}
		if err := v.ask(e, v.path+escapeKey(key), ""); err != nil || e.broken() {
			panic(http.ErrAbortHandler)
		}
		if e.status != http.StatusOK {
			missing = append(missing, fmt.Sprintf("%q: %s", key, e.why()))
		}
	}
	if err := v.finish(out, missing); err != nil {
		panic(http.ErrAbortHandler)
	}
}

func (v *visit) finish(out *zip.Writer, missing []string) error {
	if len(missing) > 0 {
		file, err := out.CreateHeader(&zip.FileHeader{Name: Missing, Method: zip.Store, Modified: v.Clock()})
		if err == nil {
			_, err = io.WriteString(file, fmt.Sprintf("%d of %d objects of the bucket %s are not in this archive:\r\n\r\n%s\r\n",
				len(missing), len(v.keys), v.bucket, strings.Join(missing, "\r\n")))
		}
		if err != nil {
			return err
		}
	}
	return out.Close()
}

// title is what the archive is called.
func (v *visit) title(w *wish) string {
	name := w.name
	if name == "" && len(w.prefixes) == 1 && len(w.keys) == 0 {
		name = path.Base(strings.TrimSuffix(w.prefixes[0], "/"))
	}
	if name = clean(strings.TrimSuffix(name, ".zip")); name == "" || name == "_" {
		name = v.bucket
	}
	return name + ".zip"
}

// entry takes S3's answer to the request for one object and writes it into the archive as it comes.
type entry struct {
	*visit
	out     *zip.Writer
	name    string
	header  http.Header
	status  int
	into    io.Writer
	length  int64 // announced; -1: not
	written int64
	failed  error
	problem []byte // the beginning of an error
}

// Header is the entry's own.
func (e *entry) Header() http.Header {
	if e.header == nil {
		e.header = http.Header{}
	}
	return e.header
}

// WriteHeader begins the entry.
func (e *entry) WriteHeader(status int) {
	if e.status != 0 || status < 200 {
		return
	}
	if e.status = status; status != http.StatusOK {
		return
	}
	head := &zip.FileHeader{Name: e.name, Method: zip.Store}
	e.length = -1
	for name, values := range e.header { // S3 keeps some in a case of its own
		switch http.CanonicalHeaderKey(name) {
		case "Last-Modified":
			head.Modified, _ = http.ParseTime(values[0])
		case "Content-Length":
			if n, err := strconv.ParseInt(values[0], 10, 64); err == nil {
				e.length = n
			}
		}
	}
	if strings.HasSuffix(e.name, "/") && e.length != 0 {
		head.Name = strings.TrimSuffix(e.name, "/") + "/_" // a folder holds nothing itself
	}
	e.into, e.failed = e.out.CreateHeader(head)
}

func (e *entry) Write(p []byte) (int, error) {
	e.WriteHeader(http.StatusOK)
	if e.status != http.StatusOK {
		e.problem = append(e.problem, p[:min(len(p), maxProblem-len(e.problem))]...)
		return len(p), nil
	}
	if e.failed != nil {
		return 0, e.failed
	}
	n, err := e.into.Write(p)
	e.written += int64(n)
	e.failed = err
	return n, err
}

// broken reports whether the object is not whole in the archive.
func (e *entry) broken() bool {
	return e.status == 0 || e.failed != nil || e.status == http.StatusOK && e.length >= 0 && e.written != e.length
}

// why is S3's code and sentence.
func (e *entry) why() string {
	var told struct{ Code, Message string }
	if xml.Unmarshal(e.problem, &told) != nil || told.Code == "" {
		return "status " + strconv.Itoa(e.status)
	}
	return told.Code + ": " + told.Message
}

// SetWriteDeadline is that of the connection.
func (e *entry) SetWriteDeadline(t time.Time) error {
	return http.NewResponseController(e.w).SetWriteDeadline(t)
}

// SetReadDeadline is of no use: the request was read.
func (e *entry) SetReadDeadline(time.Time) error { return nil }

// Flush does nothing: the archive is sent as it fills.
func (e *entry) Flush() {}

// labels gives each key a name in the archive that no program unpacks outside of its folder, and none twice.
type labels struct {
	base string
	used map[string]int // by name in lower case: the last number that was tried for it
}

func newLabels(base string) *labels {
	return &labels{base, map[string]int{strings.ToLower(Missing): 1}}
}

// of returns the name of a key: what follows the base, each part made harmless.
func (n *labels) of(key string) string {
	rest := strings.TrimPrefix(key, n.base)
	if rest == "" {
		rest = key
	}
	folder := strings.HasSuffix(rest, "/")
	var parts []string
	for _, part := range strings.Split(strings.TrimSuffix(rest, "/"), "/") {
		parts = append(parts, clean(part))
	}
	name := strings.Join(parts, "/")
	if folder {
		return name + "/"
	}
	return n.free(name)
}

// free returns the name, or one with a number where it is taken, also by one that differs in case alone.
func (n *labels) free(name string) string {
	ext, lower := path.Ext(name), strings.ToLower(name)
	try := name
	for n.used[strings.ToLower(try)] > 0 {
		n.used[lower] = max(n.used[lower], 1) + 1
		try = fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, ext), n.used[lower], ext)
	}
	n.used[strings.ToLower(try)] = 1
	return try
}

// clean makes one part of a name harmless: no dot segments, nothing that some system takes for a separator, a drive or a device's
// control. It is never empty.
func clean(part string) string {
	part = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r == 0xfffd || strings.ContainsRune(`\/:*?"<>|`, r) {
			return '_'
		}
		return r
	}, part)
	if strings.Trim(part, ". ") == "" {
		return "_" + strings.Repeat("_", max(len(part)-1, 0))
	}
	return part
}
