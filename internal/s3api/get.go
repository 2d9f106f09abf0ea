package s3api

import (
	"net/http"

	"coffer/internal/errs"
	"coffer/internal/httphead"
	"coffer/internal/ident"
	"coffer/internal/object"
)

// readGet reads what GET and HEAD ask for.
func (c *call) readGet() (*object.Get, error) {
	in := &object.Get{Bucket: c.bucket, Key: ident.ObjectKey(c.key), Cond: c.readConditions(""), Guard: c}
	if v := c.header("Range"); v != "" {
		in.Range = httphead.Range(v)
	}
	if len(c.query) == 0 {
		return in, nil
	}
	var err error
	if in.Version, err = c.version(); err != nil {
		return nil, err
	}
	if v, ok := c.query.lookup("partNumber"); ok {
		if in.Part, err = partNumber(v); err != nil {
			return nil, err
		}
		if in.Range != nil {
			return nil, invalidRequest("Cannot specify both Range header and partNumber query parameter")
		}
	}
	return in, nil
}

// version reads versionId; "" if it is absent or names nothing, as SDKs send it for a version that was left out.
func (c *call) version() (ident.VersionID, error) {
	v := c.query.get("versionId")
	if len(v) > 1024 {
		return "", invalidArgument("versionId", v, "Invalid version id specified")
	}
	return ident.VersionID(v), nil
}

func partNumber(v string) (int, error) {
	n, ok := httphead.Digits(v)
	if !ok || n < 1 || n > maxParts {
		return 0, invalidArgument("partNumber", v, "Part number must be an integer between 1 and 10000, inclusive.")
	}
	return int(n), nil
}

func (c *call) getObject() error  { return c.read(true) }
func (c *call) headObject() error { return c.read(false) }

// read answers GET and HEAD.
func (c *call) read(withBody bool) error {
	in, err := c.readGet()
	if err != nil {
		return err
	}
	if err := c.checkOverrides(); err != nil {
		return err
	}
	in.ShowKey = true
	if in.Customer, err = c.customerKey(); err != nil {
		return err
	}
	var o *object.Content
	if withBody {
		o, err = c.s.Objects.GetObject(c.ctx(), in)
	} else {
		o, err = c.s.Objects.HeadObject(c.ctx(), in)
	}
	if err != nil {
		return c.unread(in, o, err)
	}
	status := c.describe(in, o)
	c.forget()
	if !withBody {
		c.head(status, o.Length)
		return nil
	}
	defer o.Close()
	if o.Length == 0 {
		c.head(status, 0)
		return nil
	}
	c.status = status
	return c.whole(o.Length, func() error {
		if n, err := o.WriteTo(&contentOut{c, o.Length}); err != nil || n != o.Length {
			return c.torn(err)
		}
		return nil
	})
}

// contentOut sends the head with the first bytes, so that content which can't be read is still answered with an error.
type contentOut struct {
	c      *call
	length int64
}

func (w *contentOut) Write(p []byte) (int, error) {
	if !w.c.wrote {
		w.c.head(w.c.status, w.length)
	}
	return w.c.Write(p)
}

// torn is what a body that could not be sent whole comes to: the client's doing if it is gone.
func (c *call) torn(err error) error {
	if c.ctx().Err() != nil || c.wrote && errs.KindOf(err) == errs.Internal {
		return errs.New(errs.Canceled, "", "").Because(err)
	}
	if err == nil {
		return errs.New(errs.Corrupt, "", "")
	}
	return err
}

// describe sets the headers of an object that is read, and returns the status.
func (c *call) describe(in *object.Get, o *object.Content) int {
	c.validators(&o.Object)
	c.setVersion(&o.Object)
	c.tellEncryption(o.Encryption)
	c.set("Accept-Ranges", "bytes")
	c.entityHeaders(&o.Headers)
	if in.Version == "" {
		c.tellExpiration(c.key, &o.Object, c.storedTags)
	}
	if o.TagCount > 0 {
		c.set("x-amz-tagging-count", itoa(int64(o.TagCount)))
	}
	if o.Lock != (object.Lock{}) {
		c.describeLock(o.Lock)
	}
	status := http.StatusOK
	if in.Range != nil && o.Length > 0 || in.Part > 0 && o.Size > 0 {
		status = http.StatusPartialContent
		c.set("Content-Range", "bytes "+itoa(o.Start)+"-"+itoa(o.Start+o.Length-1)+"/"+itoa(o.Size))
	}
	if in.Part > 0 && o.PartCount > 0 {
		c.set("x-amz-mp-parts-count", itoa(int64(o.PartCount)))
	}
	if mode := c.r.Header["X-Amz-Checksum-Mode"]; len(mode) > 0 && (in.Part > 0 || o.Start == 0 && o.Length == o.Size) {
		c.setSum(o.Sum)
	}
	return status
}

func (c *call) validators(o *object.Object) {
	c.set("ETag", quoted(o.ETag))
	c.set("Last-Modified", httpDate(o.Modified))
}

// entityHeaders tells the headers stored with an object, each replaced by the response- parameter of a signed request if there is one.
func (c *call) entityHeaders(h *object.Headers) {
	contentType := h.ContentType
	if contentType == "" {
		contentType = "binary/octet-stream"
	}
	c.set("Content-Type", contentType)
	c.opt("Cache-Control", h.CacheControl)
	c.opt("Content-Disposition", h.ContentDisposition)
	c.opt("Content-Encoding", h.ContentEncoding)
	c.opt("Content-Language", h.ContentLanguage)
	c.opt("Expires", h.Expires)
	c.opt("x-amz-website-redirect-location", h.WebsiteRedirect)
	for name, value := range h.User {
		c.set("x-amz-meta-"+name, value)
	}
	for i := range c.query {
		if name := override(c.query[i].name); name != "" {
			c.set(name, c.query[i].value)
		}
	}
}

// override returns the header that a response- parameter sets, or "".
func override(parameter string) string {
	switch parameter {
	case "response-content-type":
		return "Content-Type"
	case "response-cache-control":
		return "Cache-Control"
	case "response-content-disposition":
		return "Content-Disposition"
	case "response-content-encoding":
		return "Content-Encoding"
	case "response-content-language":
		return "Content-Language"
	case "response-expires":
		return "Expires"
	}
	return ""
}

// checkOverrides refuses response- parameters of anonymous requests, so that nobody can make a public object be taken for what it is not.
func (c *call) checkOverrides() error {
	if c.signed() {
		return nil
	}
	for i := range c.query {
		if override(c.query[i].name) != "" {
			return invalidRequest("Request specific response headers cannot be used for anonymous GET requests.")
		}
	}
	return nil
}

// unread adds to the error of a read what S3 tells of the object all the same.
func (c *call) unread(in *object.Get, o *object.Content, err error) error {
	if c.pending.ByObject && !c.guarded && !c.mayList() {
		return c.denied(c.pending) // there is no object whose list could have allowed it, which is not to be told
	}
	code := errs.CodeOf(err)
	switch {
	case code == "NotModified" && o != nil:
		c.code = "NotModified"
		c.validators(&o.Object)
		c.setVersion(&o.Object)
		c.opt("Cache-Control", o.Headers.CacheControl)
		c.opt("Expires", o.Headers.Expires)
		c.head(http.StatusNotModified, -1)
		return nil
	case code == "PreconditionFailed":
		return withDetails(err, "Condition", string(errs.SubjectOf(err)))
	case code == "InvalidRange" && o != nil:
		err = withDetails(err, "RangeRequested", clip(c.header("Range")), "ActualObjectSize", itoa(o.Size))
		return withHeaders(err, "Content-Range", "bytes */"+itoa(o.Size))
	case code == "InvalidPartNumber" && o != nil:
		return withDetails(err, "PartNumberRequested", itoa(int64(in.Part)), "ActualPartCount", itoa(int64(max(1, o.PartCount))))
	case o != nil && o.DeleteMarker && code == "MethodNotAllowed":
		err = withDetails(err, "Method", c.r.Method, "ResourceType", "DeleteMarker")
		return withHeaders(err, "x-amz-delete-marker", "true", "x-amz-version-id", string(o.Version), "Allow", "DELETE",
			"Last-Modified", httpDate(o.Modified))
	case o != nil && o.DeleteMarker:
		return withHeaders(c.missing(err), "x-amz-delete-marker", "true", "x-amz-version-id", string(o.Version))
	}
	return c.missing(err)
}

// withDetails adds elements to the answer of an error of another room.
func withDetails(err error, pairs ...string) error {
	e := errs.New(errs.KindOf(err), errs.CodeOf(err), errs.PublicOf(err))
	e.Subject = errs.SubjectOf(err)
	return newFault(e, pairs...)
}
