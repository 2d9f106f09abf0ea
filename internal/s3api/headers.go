package s3api

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"coffer/internal/checksum"
	"coffer/internal/errs"
	"coffer/internal/httphead"
	"coffer/internal/ident"
	"coffer/internal/object"
	"coffer/internal/sse"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// header returns a request header's first value. name is in canonical form.
func (c *call) header(name string) string {
	if v := c.r.Header[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// MaxUserMetadata bounds names and values of x-amz-meta- headers together, in bytes. Source: AWS S3 User Guide, "User-defined metadata".
const maxUserMetadata = 2 << 10

// storedHeaders reads the headers that are kept with an object.
func (c *call) storedHeaders() (object.Headers, error) {
	h := object.Headers{
		ContentType:        c.header("Content-Type"),
		CacheControl:       c.header("Cache-Control"),
		ContentDisposition: c.header("Content-Disposition"),
		ContentEncoding:    httphead.Encoding(c.r.Header["Content-Encoding"]),
		ContentLanguage:    c.header("Content-Language"),
		Expires:            c.header("Expires"),
	}
	size := 0
	for name, values := range c.r.Header {
		short, ok := strings.CutPrefix(name, "X-Amz-Meta-")
		if !ok {
			continue
		}
		if h.User == nil {
			h.User = make(map[string]string, 4)
		}
		value := values[0]
		if len(values) > 1 {
			value = strings.Join(values, ",")
		}
		size += len(short) + len(value)
		h.User[strings.ToLower(short)] = value
	}
	if size > maxUserMetadata {
		return h, newFault(errs.New(errs.Invalid, "MetadataTooLarge", ""), "Size", itoa(int64(size)), "MaxSizeAllowed", itoa(maxUserMetadata))
	}
	var err error
	h.WebsiteRedirect, err = c.websiteRedirect()
	return h, err
}

// websiteRedirect is where the object's page at a website leads, "" if it leads nowhere.
func (c *call) websiteRedirect() (string, error) {
	r := c.header("X-Amz-Website-Redirect-Location")
	if r != "" && !strings.HasPrefix(r, "/") && !strings.HasPrefix(r, "http://") && !strings.HasPrefix(r, "https://") {
		return "", errs.New(errs.Invalid, "InvalidRedirectLocation", "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.")
	}
	return r, nil
}

// readConditions reads the preconditions of GET and HEAD, or with prefix "X-Amz-Copy-Source-" those on the source of a copy.
func (c *call) readConditions(prefix string) object.Conditions {
	h := c.r.Header
	var cond object.Conditions
	if v := h[prefix+"If-Match"]; v != nil {
		cond.IfMatch = httphead.ETags(v)
	}
	if v := h[prefix+"If-None-Match"]; v != nil {
		cond.IfNoneMatch = httphead.ETags(v)
	}
	if t := httphead.Time(c.header(prefix + "If-Modified-Since")); !t.After(c.now) { // a time to come says nothing: RFC 2616 section 14.25, and S3
		cond.IfModifiedSince = t
	}
	cond.IfUnmodifiedSince = httphead.Time(c.header(prefix + "If-Unmodified-Since"))
	return cond
}

// writeConditions reads the preconditions of a write. S3 knows "*" alone for If-None-Match there.
func (c *call) writeConditions() (object.Conditions, error) {
	h := c.r.Header
	var cond object.Conditions
	if v := h["If-Match"]; v != nil {
		cond.IfMatch = httphead.ETags(v)
		if err := c.mayCompare(&cond, ident.ObjectKey(c.key), ""); err != nil {
			return cond, err
		}
	}
	if v := h["If-None-Match"]; v != nil {
		cond.IfNoneMatch = httphead.ETags(v)
		if len(cond.IfNoneMatch) != 1 || cond.IfNoneMatch[0] != "*" {
			return cond, newFault(errs.New(errs.Unsupported, "NotImplemented", ""), "Header", "If-None-Match", "additionalMessage", "Only * is allowed")
		}
		if len(cond.IfMatch) > 0 {
			return cond, newFault(errs.New(errs.Unsupported, "NotImplemented", ""), "Header", "If-None-Match", "additionalMessage", "Only one of If-Match and If-None-Match is allowed")
		}
	}
	return cond, nil
}

// deleteConditions reads the preconditions of a DELETE.
func (c *call) deleteConditions() (object.Conditions, error) {
	var cond object.Conditions
	if v := c.r.Header["If-Match"]; v != nil {
		cond.IfMatch = httphead.ETags(v)
	}
	cond.IfMatchModified = httphead.Time(c.header("X-Amz-If-Match-Last-Modified-Time"))
	if v := c.header("X-Amz-If-Match-Size"); v != "" {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n < 0 {
			return cond, invalidArgument("x-amz-if-match-size", v, "The value of x-amz-if-match-size must be a size in bytes.")
		}
		cond.IfMatchSize = &n
	}
	return cond, nil
}

// contentMD5 reads the Content-MD5 header; nil if there is none.
func (c *call) contentMD5() ([]byte, error) {
	values := c.r.Header["Content-Md5"]
	if len(values) == 0 {
		return nil, nil
	}
	sum := httphead.MD5(values[0])
	if sum == nil {
		return nil, newFault(errs.New(errs.Invalid, "InvalidDigest", ""), "Content-MD5", clip(values[0]))
	}
	return sum, nil
}

// setSum tells an object's checksum.
func (c *call) setSum(s checksum.Sum) {
	if s.Raw == "" {
		return
	}
	c.set(s.Algorithm.Header(), s.Encode())
	if s.Type != 0 {
		c.set("x-amz-checksum-type", s.Type.String())
	}
}

// setVersion tells a version's id where the bucket ever had versions.
func (c *call) setVersion(o *object.Object) {
	if o.Version != "" {
		c.set("x-amz-version-id", string(o.Version))
	}
}

// setNewVersion is setVersion for one that was written now: its id is told where versioning made one, not where it is suspended.
func (c *call) setNewVersion(o *object.Object) {
	if o.Version != ident.NullVersion {
		c.setVersion(o)
	}
}

func quoted(etag string) string { return `"` + etag + `"` }

// httpDate is t in the form of HTTP.
func httpDate(t time.Time) string {
	var b [29]byte
	return string(t.UTC().AppendFormat(b[:0], http.TimeFormat))
}

// otherClass tells of a storage class that buckets of S3 have besides the one that there is here: no mistake of the client's, as an
// unknown word is, but a function that is not done.
func otherClass(name string) bool {
	switch name {
	case "DEEP_ARCHIVE", "GLACIER", "GLACIER_IR", "INTELLIGENT_TIERING", "ONEZONE_IA", "REDUCED_REDUNDANCY", "STANDARD_IA":
		return true
	}
	return false
}

// unsupportedHeaders refuses headers that ask for what is not done here. They are refused rather than ignored: a client that asks
// for encryption or a grant must not believe that it got them.
func (c *call) unsupportedHeaders() error {
	for name, values := range c.r.Header {
		if len(name) < 8 || name[:6] != "X-Amz-" {
			continue
		}
		refused := false
		switch {
		case strings.HasPrefix(name, "X-Amz-Server-Side-Encryption"), strings.HasPrefix(name, "X-Amz-Copy-Source-Server-Side-Encryption"):
			c.asksEncryption = true
			refused = c.op.makes || !sse.Handled(name) || strings.HasPrefix(name, sse.OfSource) && c.op.header != copySource
		case name == "X-Amz-Write-Offset-Bytes", name == "X-Amz-Mfa":
			refused = true
		case strings.HasPrefix(name, "X-Amz-Object-Lock-"):
			refused = c.op.sub == "uploadId" || c.op.makes
		case name == "X-Amz-Storage-Class":
			if refused = otherClass(values[0]); !refused && values[0] != "STANDARD" {
				return newFault(errs.New(errs.Invalid, "InvalidStorageClass", ""), "StorageClassRequested", clip(values[0]))
			}
		}
		if refused {
			return newFault(errs.New(errs.Unsupported, "NotImplemented", ""), "Header", strings.ToLower(name))
		}
	}
	return nil
}
