package s3api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"coffer/internal/authz"
	"coffer/internal/cors"
	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
	"coffer/internal/lifecycle"
	"coffer/internal/object"
	"coffer/internal/s3xml"
	"coffer/internal/sigv4"
)

// call is one request on its way. Calls are pooled: nothing may keep one after ServeHTTP returned.
type call struct {
	s *server
	w http.ResponseWriter
	r *http.Request
	target
	op        *operation
	query     query
	sig       sigv4.Request
	auth      *sigv4.Auth
	id        *iam.Identity // nil: anonymous
	principal authz.Principal
	bucket    *object.Bucket
	settings  *settings         // of the bucket as the request met it; nil: it has none
	lifecycle *lifecycle.Config // the same
	forgot    bool              // forget was called
	facts     site
	acl       *authz.ACL     // of the object, where the operation's row wants it
	kept      string         // the same as it is stored; "": it has none of its own
	pending   authz.Decision // a refusal that the object's list may turn: whoever reads it asks MayRead
	guarded   bool           // MayRead was asked
	sent      http.Header    // the request's own headers, whatever a handler puts in their place
	formed    http.Header    // of a form upload: its fields as headers
	source    netip.Addr
	now       time.Time // the server's clock when the request came
	reqID     string

	cors  *cors.Rule // of the bucket, that the request's origin and method match
	in    bodyIn
	hdr   http.Header
	vals  [40]string // backs the header's values, so that setting one allocates nothing
	nvals int
	// asksEncryption: a header says how a new object is encrypted.
	asksEncryption bool
	wrote          bool // the head went out
	abort          bool // the answer can't be completed: the connection must be cut
	status         int
	code           string
	out            int64
	deadline       time.Time // of writing
}

// stall is how long a connection may stand still before it is given up, and renew how often its deadline is moved on at most.
const (
	stall = 60 * time.Second
	renew = 10 * time.Second
)

func (c *call) begin(s *server, w http.ResponseWriter, r *http.Request) {
	c.s, c.w, c.r, c.hdr = s, w, r, w.Header()
	c.sent = r.Header
	c.now = s.Clock()
	c.reqID = s.RequestID()
	c.source = s.source(r)
	c.in = bodyIn{c: c}
	c.base()
}

// base sets what every answer bears.
func (c *call) base() {
	c.set("X-Amz-Request-Id", c.reqID)
	c.set("X-Amz-Id-2", c.s.hostID)
	c.set("Server", "Coffer")
	c.crossOrigin()
}

// end catches a panic, reports the request and gives the call back.
func (c *call) end() {
	if p := recover(); p != nil {
		c.panicked(p)
	}
	if c.s.Observe != nil {
		c.s.Observe(c.observation())
	}
	if c.s.AccessLog != nil {
		c.logAccess()
	}
	s, abort, q := c.s, c.abort, c.query[:0]
	*c = call{query: q}
	s.calls.Put(c)
	if abort {
		panic(http.ErrAbortHandler)
	}
}

func (c *call) panicked(p any) {
	if p == http.ErrAbortHandler {
		c.abort = true
		return
	}
	c.s.Log.Error("s3api: panic", "request", c.reqID, "panic", p, "stack", string(debug.Stack()))
	if c.wrote {
		c.abort = true
		return
	}
	c.fail(errs.New(errs.Internal, "", ""))
}

func (c *call) observation() Observation {
	o := Observation{Operation: "Unknown", Status: c.status, Code: c.code, RequestID: c.reqID, Source: c.source, BytesIn: c.in.n,
		BytesOut: c.out, Start: c.now, Duration: c.s.Clock().Sub(c.now)}
	if p := c.sent["User-Agent"]; len(p) > 0 {
		o.Program = p[0]
	}
	if c.op != nil {
		o.Operation = c.op.name
	}
	if c.id != nil {
		o.AccessKey, o.Contract, o.User = c.id.AccessKey, c.principal.Contract, c.principal.User
	}
	switch {
	case c.bucket != nil:
		o.Bucket, o.Region = c.bucket.Name, c.bucket.Region
	case c.op != nil && c.op.makes:
		o.Bucket, o.Region = ident.BucketName(clip(c.bucketName)), c.addressed().Name
	default:
		o.Region = c.addressed().Name
	}
	return o
}

func (c *call) ctx() context.Context { return c.r.Context() }

// set sets a header. The key must be in the form that it goes out in.
func (c *call) set(key, value string) {
	if c.nvals == len(c.vals) {
		c.hdr[key] = []string{value}
		return
	}
	c.vals[c.nvals] = value
	c.hdr[key] = c.vals[c.nvals : c.nvals+1 : c.nvals+1]
	c.nvals++
}

func (c *call) opt(key, value string) {
	if value != "" {
		c.set(key, value)
	}
}

// head sends status and headers, once. length is the body's, -1 if unknown.
func (c *call) head(status int, length int64) {
	if length >= 0 && !noBody(status) {
		c.set("Content-Length", strconv.FormatInt(length, 10))
	}
	c.renewWrite(time.Now())
	c.wrote, c.status = true, status
	c.w.WriteHeader(status)
}

// Write sends body bytes after head, moving the deadline on.
func (c *call) Write(p []byte) (int, error) {
	if now := time.Now(); c.deadline.Sub(now) < stall-renew {
		c.renewWrite(now)
	}
	n, err := c.w.Write(p)
	c.out += int64(n)
	return n, err
}

func (c *call) renewWrite(now time.Time) {
	if d, ok := c.w.(interface{ SetWriteDeadline(time.Time) error }); ok {
		c.deadline = now.Add(stall)
		_ = d.SetWriteDeadline(c.deadline) // a writer without deadlines is a test's
	}
}

// empty answers without a body.
func (c *call) empty(status int) error {
	c.head(status, 0)
	return nil
}

// body answers with a whole document.
func (c *call) body(status int, contentType string, parts ...[]byte) error {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	c.set("Content-Type", contentType)
	c.head(status, int64(n))
	for _, p := range parts {
		if _, err := c.Write(p); err != nil {
			c.abort = true
			return nil
		}
	}
	return nil
}

// document lets build append an XML document and answers 200 with it, or fails with the error of build.
func (c *call) document(build func(x *s3xml.Writer) error) error {
	buf := c.s.buffer()
	defer c.s.giveBack(buf)
	x := s3xml.Writer{B: (*buf)[:0]}
	err := build(&x)
	*buf = x.B
	if err != nil {
		return err
	}
	return c.body(http.StatusOK, "application/xml", x.B)
}

// fail answers with an error. Once the head went out the connection is cut instead, so that no client takes a torn answer for whole.
func (c *call) fail(err error) {
	a := c.s.answers.of(err)
	if a.code == "NoSuchBucket" && c.op != nil && (c.op.name == "DeleteBucket" || c.op.name == "GetBucketLocation") {
		a.text = strings.TrimSuffix(a.text, ".") // as AWS sends it: programs that delete, or look first where, compare this one sentence (minio-go)
	}
	c.code = a.code
	c.report(a, err)
	if c.wrote {
		c.abort = true
		return
	}
	clear(c.hdr)
	c.nvals = 0
	c.base()
	var h *headerFault
	if errors.As(err, &h) {
		for i := 0; i+1 < len(h.pairs); i += 2 {
			c.opt(h.pairs[i], h.pairs[i+1])
		}
	}
	if noBody(a.status) || c.r.Method == http.MethodHead {
		if !noBody(a.status) {
			c.set("Content-Type", "application/xml")
		}
		c.head(a.status, -1)
		return
	}
	buf := c.s.buffer()
	defer c.s.giveBack(buf)
	x := s3xml.Writer{B: (*buf)[:0]}
	x.Raw(s3xml.Header)
	c.errorElement(&x, a, err)
	*buf = x.B
	_ = c.body(a.status, "application/xml", x.B)
}

// errorElement appends S3's Error element.
func (c *call) errorElement(x *s3xml.Writer, a answer, err error) {
	x.Open("Error")
	x.Text("Code", a.code)
	x.Quoting("Message", a.text)
	for _, d := range c.fields(a, err) {
		x.Quoting(d.Name, d.Value)
	}
	path := c.rawPath
	if len(path) > 2048 {
		path = path[:2048]
	}
	x.Text("Resource", path)
	x.Text("RequestId", c.reqID)
	x.Text("HostId", c.s.hostID)
	x.Close("Error")
}

// fields are the further elements of an error: those the error brings, else what S3 adds by code.
func (c *call) fields(a answer, err error) sigv4.Details {
	if d := sigv4.DetailsOf(err); d != nil {
		return d
	}
	switch a.code {
	case "NoSuchBucketPolicy", "NoSuchConfiguration", "NoSuchCORSConfiguration", "NoSuchLifecycleConfiguration", "NoSuchPublicAccessBlockConfiguration",
		"NoSuchTagSet", "NoSuchWebsiteConfiguration", "ObjectLockConfigurationNotFoundError", "OwnershipControlsNotFoundError",
		"ReplicationConfigurationNotFoundError", "ServerSideEncryptionConfigurationNotFoundError",
		"NoSuchBucket", "BucketAlreadyExists", "BucketAlreadyOwnedByYou", "BucketNotEmpty", "InvalidBucketName":
		return sigv4.Details{{Name: "BucketName", Value: clip(c.bucketName)}}
	case "NoSuchKey":
		return sigv4.Details{{Name: "Key", Value: c.key}}
	case "NoSuchUpload":
		return sigv4.Details{{Name: "UploadId", Value: clip(c.query.get("uploadId"))}}
	case "NoSuchVersion":
		return sigv4.Details{{Name: "Key", Value: c.key}, {Name: "VersionId", Value: clip(c.query.get("versionId"))}}
	}
	return nil
}

// report logs what clients are not told: faults loudly, refusals only for who debugs.
func (c *call) report(a answer, err error) {
	level := slog.LevelDebug
	if a.status >= 500 && a.status != http.StatusNotImplemented && a.status != http.StatusServiceUnavailable {
		level = slog.LevelError
	}
	if !c.s.Log.Enabled(c.ctx(), level) {
		return
	}
	name := "Unknown"
	if c.op != nil {
		name = c.op.name
	}
	c.s.Log.Log(c.ctx(), level, "s3api: request failed", "request", c.reqID, "operation", name, "code", a.code, "err", err)
}

// headerFault is an error whose answer bears further headers.
type headerFault struct {
	error
	pairs []string
}

func (h *headerFault) Unwrap() error { return h.error }

func withHeaders(err error, pairs ...string) error { return &headerFault{err, pairs} }

// bodyIn reads the request's raw body, moving the read deadline on while bytes come.
type bodyIn struct {
	c        *call
	n        int64
	deadline time.Time
}

func (b *bodyIn) Read(p []byte) (int, error) {
	if now := time.Now(); b.deadline.Sub(now) < stall-renew {
		b.deadline = now.Add(stall)
		b.set(b.deadline)
	}
	n, err := b.c.r.Body.Read(p)
	b.n += int64(n)
	switch {
	case err == nil:
	case err == io.EOF:
		b.set(time.Time{}) // net/http watches the connection from here on; a deadline would look like a client gone
	default:
		err = b.failed(err)
	}
	return n, err
}

func (b *bodyIn) set(t time.Time) {
	if d, ok := b.c.w.(interface{ SetReadDeadline(time.Time) error }); ok {
		_ = d.SetReadDeadline(t) // a writer without deadlines is a test's
	}
}

func (b *bodyIn) failed(err error) error {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return errs.New(errs.Invalid, "RequestTimeout", "").Because(err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errs.New(errs.Invalid, "IncompleteBody", "").Because(err)
	}
	return errs.New(errs.Canceled, "", "").Because(err)
}

// addressed is the region that the request speaks to: its host's, else its scope's if that is one of ours, else the first.
func (c *call) addressed() ident.Region {
	name := c.hostRegion
	if name == "" && c.auth != nil {
		name = ident.RegionName(c.auth.Region)
	}
	if r, ok := c.s.region(name); ok {
		return r
	}
	return c.s.firstRegion()
}
