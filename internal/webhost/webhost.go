// Package webhost serves static websites by Host, as a front of the S3 handler: each page is an anonymous GET of an object there, so that
// rights, ranges, conditions and encryption are decided where they always are. It never reads an object or decides about rights itself.
package webhost

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/object"
	"coffer/internal/s3code"
	"coffer/internal/website"
)

// Buckets finds a bucket by name, without I/O for one in use. object.Service has it.
type Buckets interface {
	Bucket(ctx context.Context, name ident.BucketName) (*object.Bucket, error)
}

// Config is what the websites are made of; Buckets and S3 are needed.
type Config struct {
	Buckets Buckets
	S3      http.Handler // also serves what is no website's
	Domains []string     // base domains: a bucket's site is at <bucket>.<domain>; none: no websites
	// Mark lets S3 know that a request is for a page of a website at the given host; nil: it does not.
	Mark   func(r *http.Request, host string) *http.Request
	Secure func(r *http.Request) bool // whether the client came by TLS; nil: what the connection says
}

// Document is the name under which a bucket's website is stored.
const Document = "website"

// front is the handler.
type front struct {
	Config
	suffixes []string
	texts    map[string]string // of error codes

	mu    sync.RWMutex
	sites map[ident.BucketID]*site
}

// site is a bucket's website as read once for each state of the bucket.
type site struct {
	of *object.Bucket
	*website.Config
}

// maxSites bounds what is kept of websites; when it is passed all is read again.
const maxSites = 10000

// New makes the handler. It is safe for concurrent use.
func New(c Config) http.Handler {
	f := &front{Config: c, texts: map[string]string{}, sites: map[ident.BucketID]*site{}}
	for _, d := range c.Domains {
		f.suffixes = append(f.suffixes, "."+strings.ToLower(strings.Trim(d, ".")))
	}
	for _, a := range s3code.All() {
		f.texts[a.Code] = a.Text
	}
	if f.Secure == nil {
		f.Secure = func(r *http.Request) bool { return r.TLS != nil }
	}
	return f
}

// ServeHTTP serves a website's page where the Host names one, else hands on to S3.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, ours := f.bucketOf(r.Host)
	if !ours {
		f.S3.ServeHTTP(w, r)
		return
	}
	v := &visit{f: f, w: w, r: r, bucket: name}
	if fail := v.serve(); fail != nil {
		v.page(fail, nil)
	}
}

// bucketOf returns the bucket that a Host names, and whether it is a website's host.
func (f *front) bucketOf(host string) (string, bool) {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, s := range f.suffixes {
		if name, ok := strings.CutSuffix(host, s); ok {
			return name, true
		}
		if host == s[1:] {
			return "", true
		}
	}
	return "", false
}

// failure is an error as a page tells it.
type failure struct {
	status    int
	code      string
	text, key string
}

func (f *front) failure(status int, code, key string) *failure {
	return &failure{status, code, f.texts[code], key}
}

// A visit is one request to a website.
type visit struct {
	f      *front
	w      http.ResponseWriter
	r      *http.Request
	bucket string
	site   *website.Config
	key    string // as asked for
	ids    http.Header
}

// site finds the bucket and its website.
func (v *visit) find() *failure {
	_, err := ident.ParseBucketName(v.bucket)
	var b *object.Bucket
	if err == nil {
		b, err = v.f.Buckets.Bucket(v.r.Context(), ident.BucketName(v.bucket))
	}
	switch {
	case err != nil && (errs.KindOf(err) == errs.NotFound || errs.KindOf(err) == errs.Invalid):
		return v.f.failure(404, "NoSuchBucket", "")
	case err != nil:
		return v.f.failure(503, "ServiceUnavailable", "")
	case b.Configs[Document] == nil:
		return v.f.failure(404, "NoSuchWebsiteConfiguration", "")
	}
	v.f.mu.RLock()
	known := v.f.sites[b.ID]
	v.f.mu.RUnlock()
	if known == nil || known.of != b {
		c, err := website.Parse(b.Configs[Document])
		if err != nil {
			return v.f.failure(500, "InternalError", "")
		}
		known = &site{b, c}
		v.f.mu.Lock()
		if len(v.f.sites) >= maxSites {
			clear(v.f.sites)
		}
		v.f.sites[b.ID] = known
		v.f.mu.Unlock()
	}
	v.site = known.Config
	return nil
}

// serve answers, or says what the error page is about.
func (v *visit) serve() *failure {
	uri := v.r.URL.EscapedPath()
	var err error
	if v.key, err = url.PathUnescape(strings.TrimPrefix(uri, "/")); err != nil {
		return v.f.failure(400, "InvalidURI", "")
	}
	if v.r.Method == http.MethodOptions && v.bucket != "" { // what other origins may is told without a website too
		v.f.S3.ServeHTTP(v.w, v.inner(v.r.Method, v.key, true))
		return nil
	}
	if fail := v.find(); fail != nil {
		return fail
	}
	if v.r.Method != http.MethodGet && v.r.Method != http.MethodHead {
		return v.f.failure(405, "MethodNotAllowed", "")
	}
	if v.site.All != nil {
		if v.r.URL.RawQuery != "" {
			uri += "?" + v.r.URL.RawQuery
		}
		v.redirect(v.site.AllTo(uri, v.scheme()))
		return nil
	}
	if rule := v.site.Before(v.key); rule != nil {
		v.redirect(rule.To(v.key, v.scheme(), v.r.Host, v.r.URL.RawQuery))
		return nil
	}
	return v.object()
}

func (v *visit) scheme() string {
	if v.f.Secure(v.r) {
		return "https"
	}
	return "http"
}

func (v *visit) redirect(location string, status int) {
	h := v.w.Header()
	h.Set("Location", location)
	h.Set("Content-Length", "0")
	h.Set("Server", "Coffer")
	v.w.WriteHeader(status)
}

// redirectHeader says where who asks for the object is sent instead.
const redirectHeader = "x-amz-website-redirect-location"

// object answers with the object that the key stands for.
func (v *visit) object() *failure {
	key := v.site.Document(v.key)
	a := &answer{w: v.w, keep: func(status int, h http.Header) int {
		if status < 300 && value(h, redirectHeader) != "" {
			return 0
		}
		if status < 400 || status == http.StatusPreconditionFailed || status == http.StatusRequestedRangeNotSatisfiable {
			return status
		}
		return 0
	}}
	v.f.S3.ServeHTTP(a, v.inner(v.r.Method, key, true))
	if a.passed {
		return nil
	}
	v.ids = a.header
	if to := value(a.header, redirectHeader); a.status < 300 && to != "" {
		v.redirect(to, http.StatusMovedPermanently)
		return nil
	}
	if key == v.key && !strings.HasPrefix(key, "/") && a.status < 500 && v.exists(key+"/"+v.site.Index) {
		v.redirect("/"+(&url.URL{Path: key}).EscapedPath()+"/", http.StatusFound)
		return nil
	}
	if rule := v.site.After(v.key, a.status); rule != nil {
		v.redirect(rule.To(v.key, v.scheme(), v.r.Host, v.r.URL.RawQuery))
		return nil
	}
	fail := v.f.failureOf(a, key)
	if v.site.Error == "" || a.status >= 500 {
		return fail
	}
	return v.document(fail)
}

// document answers with the error document, or a page about both errors.
func (v *visit) document(fail *failure) *failure {
	a := &answer{w: v.w, keep: func(status int, h http.Header) int {
		if status == http.StatusOK {
			return fail.status
		}
		return 0
	}}
	v.f.S3.ServeHTTP(a, v.inner(v.r.Method, v.site.Error, false))
	if !a.passed {
		v.page(fail, v.f.failureOf(a, v.site.Error))
	}
	return nil
}

// exists reports whether anybody may read an object of this key.
func (v *visit) exists(key string) bool {
	a := &answer{w: v.w, keep: func(int, http.Header) int { return 0 }}
	v.f.S3.ServeHTTP(a, v.inner(http.MethodHead, key, false))
	return a.status == http.StatusOK
}

// handed are the headers of a request that count for a page. Who signed or which cookies come with it does not: everybody sees the same.
var handed = [...]string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "Range", "Origin", "Access-Control-Request-Method",
	"Access-Control-Request-Headers", "Referer", "User-Agent", "X-Forwarded-For", "X-Forwarded-Proto", "Forwarded"}

// inner makes the request that S3 gets, path style and without a query.
func (v *visit) inner(method, key string, conditions bool) *http.Request {
	r := v.r.Clone(v.r.Context())
	path := "/" + v.bucket + "/" + strings.ReplaceAll(url.PathEscape(key), "%2F", "/")
	r.Method, r.RequestURI, r.Host = method, path, "website"
	r.URL = &url.URL{Path: "/"}
	r.Body, r.ContentLength = http.NoBody, 0
	r.Header = http.Header{}
	for i, name := range handed {
		if values := v.r.Header[name]; len(values) > 0 && (conditions || i > 4) {
			r.Header[name] = values
		}
	}
	if v.f.Mark != nil {
		r = v.f.Mark(r, v.r.Host)
	}
	return r
}

var (
	codeRE = regexp.MustCompile(`<Code>([A-Za-z.]{1,64})</Code>`)
	textRE = regexp.MustCompile(`<Message>([^<]{0,512})</Message>`)
)

// failureOf reads S3's error. The answer to HEAD has none: its status tells which.
func (f *front) failureOf(a *answer, key string) *failure {
	fail := f.failure(a.status, "", key)
	if m := codeRE.FindSubmatch(a.body); m != nil {
		fail.code = string(m[1])
	}
	if m := textRE.FindSubmatch(a.body); m != nil {
		fail.text = html.UnescapeString(string(m[1]))
	}
	if fail.code == "" {
		fail.code = map[int]string{400: "InvalidRequest", 403: "AccessDenied", 404: "NoSuchKey", 405: "MethodNotAllowed", 503: "ServiceUnavailable"}[a.status]
		if fail.code == "" {
			fail.code = "InternalError"
		}
		fail.text = f.texts[fail.code]
	}
	return fail
}
