package webhost

import (
	"html"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxError is how much of an error's document is read, in bytes.
const maxError = 4 << 10

// answer takes S3's answer and decides at its head: what is kept goes through as it comes, the rest is not sent.
type answer struct {
	w      http.ResponseWriter
	keep   func(status int, h http.Header) int // the status to pass on with; 0: nothing is passed on
	header http.Header
	status int
	passed bool
	body   []byte // the beginning of what was not passed on
}

// Header is the answer's own until it is passed on.
func (a *answer) Header() http.Header {
	if a.passed {
		return a.w.Header()
	}
	if a.header == nil {
		a.header = http.Header{}
	}
	return a.header
}

// WriteHeader decides.
func (a *answer) WriteHeader(status int) {
	if a.status != 0 || status < 200 {
		return
	}
	a.status = status
	as := a.keep(status, a.header)
	if as == 0 {
		a.header = a.header.Clone() // S3's own ends with its answer
		return
	}
	to := a.w.Header()
	for name, values := range a.Header() {
		to[name] = values
	}
	a.passed = true
	a.w.WriteHeader(as)
}

func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if a.passed {
		return a.w.Write(p)
	}
	a.body = append(a.body, p[:min(len(p), maxError-len(a.body))]...)
	return len(p), nil
}

// SetWriteDeadline and SetReadDeadline are those of the connection.
func (a *answer) SetWriteDeadline(t time.Time) error {
	return http.NewResponseController(a.w).SetWriteDeadline(t)
}

// SetReadDeadline is that of the connection.
func (a *answer) SetReadDeadline(t time.Time) error {
	return http.NewResponseController(a.w).SetReadDeadline(t)
}

// Flush sends what was passed on.
func (a *answer) Flush() {
	if a.passed {
		_ = http.NewResponseController(a.w).Flush() // a writer that can't is a test's
	}
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.w }

// value is a header's first value, whatever the case that it was set in.
func value(h http.Header, name string) string {
	for n, values := range h {
		if strings.EqualFold(n, name) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// page answers with an error as HTML. second is what was wrong with the error document.
func (v *visit) page(fail, second *failure) {
	title := strconv.Itoa(fail.status) + " " + http.StatusText(fail.status)
	var b strings.Builder
	b.WriteString("<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>" + title + "</title></head>\n<body>\n<h1>" + title + "</h1>\n")
	v.list(&b, fail)
	if second != nil {
		b.WriteString("<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n")
		v.list(&b, second)
	}
	b.WriteString("<hr>\n</body>\n</html>\n")
	h := v.w.Header()
	for _, name := range [...]string{"x-amz-request-id", "x-amz-id-2", "Vary", "Access-Control-Allow-Origin"} {
		if s := value(v.ids, name); s != "" {
			h.Set(name, s)
		}
	}
	h.Set("Server", "Coffer")
	h.Set("X-Amz-Error-Code", fail.code)
	h.Set("X-Amz-Error-Message", fail.text)
	if fail.status == http.StatusMethodNotAllowed {
		h.Set("Allow", "GET, HEAD")
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	v.w.WriteHeader(fail.status)
	if v.r.Method != http.MethodHead {
		_, _ = v.w.Write([]byte(b.String())) // who went away needs no page
	}
}

func (v *visit) list(b *strings.Builder, fail *failure) {
	b.WriteString("<ul>\n")
	for _, item := range [...][2]string{{"Code", fail.code}, {"Message", fail.text}, {"Key", fail.key}, {"BucketName", v.unknown(fail)},
		{"RequestId", value(v.ids, "x-amz-request-id")}, {"HostId", value(v.ids, "x-amz-id-2")}} {
		if item[1] != "" {
			b.WriteString("<li>" + item[0] + ": " + html.EscapeString(item[1]) + "</li>\n")
		}
	}
	b.WriteString("</ul>\n")
}

// unknown is the bucket's name where the error is about the bucket.
func (v *visit) unknown(fail *failure) string {
	if strings.HasPrefix(fail.code, "NoSuchBucket") || strings.HasPrefix(fail.code, "NoSuchWebsite") {
		return v.bucket
	}
	return ""
}
