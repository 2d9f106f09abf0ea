package zipper

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"coffer/internal/sigv4"
)

// innerLife is how long a link that was made for one object lasts.
const innerLife = time.Minute

// ask makes a GET of the caller's to S3. w gets the answer; a connection that S3 cuts is http.ErrAbortHandler.
func (v *visit) ask(w http.ResponseWriter, path, query string) (err error) {
	inner := v.r.WithContext(v.r.Context())
	inner.Method, inner.Body, inner.ContentLength, inner.TransferEncoding = http.MethodGet, http.NoBody, 0, nil
	inner.Form, inner.PostForm, inner.MultipartForm = nil, nil, nil
	inner.Header = passedOn(v.r.Header)
	query = v.sign(inner, path, query)
	inner.RequestURI = path
	if query != "" {
		inner.RequestURI += "?" + query
	}
	if inner.URL, err = url.ParseRequestURI(inner.RequestURI); err != nil {
		return err
	}
	defer func() {
		if p := recover(); p == http.ErrAbortHandler {
			err = http.ErrAbortHandler
		} else if p != nil {
			panic(p)
		}
	}()
	v.S3.ServeHTTP(w, inner)
	return nil
}

// sign signs as the caller did and returns the query. A link's requests keep its date, so that a policy which looks at the age or the form
// of a signature sees what it would see without an archive. They last a minute from now and no longer, also when the link has ended since
// it was looked at: an archive takes its time.
func (v *visit) sign(inner *http.Request, path, query string) string {
	c := sigv4.Credential{AccessKey: v.auth.AccessKey, Secret: v.secret, Region: v.auth.Region}
	req := sigv4.Request{Method: inner.Method, Host: inner.Host, Path: path, Query: query, Header: inner.Header}
	switch v.auth.Form {
	case sigv4.Header:
		sigv4.SignHeader(&req, c, sigv4.EmptyHash, v.Clock())
	case sigv4.Presigned:
		lasts := v.Clock().Sub(v.auth.Time).Truncate(time.Second) + innerLife
		return sigv4.Presign(&req, c, min(lasts, sigv4.MaxExpires), v.auth.Time)
	}
	return query
}

// passedOn are the headers that say who asks from where, which policies may look at.
func passedOn(h http.Header) http.Header {
	out := http.Header{}
	for _, name := range [...]string{"User-Agent", "Referer", "X-Forwarded-For", "X-Forwarded-Proto", "X-Amz-Expected-Bucket-Owner", "X-Amz-Request-Payer"} {
		if values := h[name]; len(values) > 0 {
			out[name] = values
		}
	}
	return out
}

// escape encodes everything but unreserved characters, as signatures want it.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// escapeKey is escape but for slashes.
func escapeKey(key string) string { return strings.ReplaceAll(escape(key), "%2F", "/") }

// page keeps an answer of S3's, up to a bound.
type page struct {
	header http.Header
	status int
	body   []byte
}

// Header is the answer's own.
func (p *page) Header() http.Header {
	if p.header == nil {
		p.header = http.Header{}
	}
	return p.header
}

// WriteHeader keeps the status and what the headers are now: S3's own end with its answer.
func (p *page) WriteHeader(status int) {
	if p.status == 0 && status >= 200 {
		p.status, p.header = status, p.Header().Clone()
	}
}

func (p *page) Write(b []byte) (int, error) {
	p.WriteHeader(http.StatusOK)
	if len(p.body)+len(b) > maxListing {
		return 0, http.ErrContentLength
	}
	p.body = append(p.body, b...)
	return len(b), nil
}

// SetWriteDeadline is of no use to what is kept.
func (p *page) SetWriteDeadline(time.Time) error { return nil }

// SetReadDeadline is of no use to what is kept.
func (p *page) SetReadDeadline(time.Time) error { return nil }

// Flush does nothing.
func (p *page) Flush() {}
