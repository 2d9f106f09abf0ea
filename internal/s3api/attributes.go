package s3api

import (
	"net/http"
	"strings"

	"coffer/internal/authz"
	"coffer/internal/checksum"
	"coffer/internal/httphead"
	"coffer/internal/ident"
	"coffer/internal/object"
)

// wanted is what a GetObjectAttributes asks for.
type wanted struct{ etag, checksum, parts, class, size bool }

func (c *call) readWanted() (wanted, error) {
	var w wanted
	values := c.r.Header["X-Amz-Object-Attributes"]
	if strings.Join(values, "") == "" {
		return w, invalidRequest("The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty")
	}
	for _, name := range strings.Split(strings.Join(values, ","), ",") {
		switch strings.TrimSpace(name) {
		case "ETag":
			w.etag = true
		case "Checksum":
			w.checksum = true
		case "ObjectParts":
			w.parts = true
		case "StorageClass":
			w.class = true
		case "ObjectSize":
			w.size = true
		default:
			return w, invalidArgument("x-amz-object-attributes", name, "Invalid attribute name specified.")
		}
	}
	return w, nil
}

func (c *call) getObjectAttributes() error {
	v, err := c.version()
	if err != nil {
		return err
	}
	read := authz.GetObject
	if v != "" {
		read = authz.GetObjectVersion
	}
	if err := c.ask(read, &c.facts, ident.ObjectKey(c.key)); err != nil {
		return err
	}
	w, err := c.readWanted()
	if err != nil {
		return err
	}
	most, marker, err := c.partPage()
	if err != nil {
		return err
	}
	own, err := c.customerKey()
	if err != nil {
		return err
	}
	get := &object.Get{Bucket: c.bucket, Key: ident.ObjectKey(c.key), Version: v, Customer: own, ShowKey: true, Guard: c}
	o, err := c.s.Objects.HeadObject(c.ctx(), get)
	if err != nil {
		return c.unread(get, o, err)
	}
	var parts object.ObjectParts
	if w.parts && o.PartCount > 0 {
		ref := &object.VersionRef{Bucket: c.bucket, Key: get.Key, Version: v}
		if o.Version != "" {
			ref.Version = o.Version
		}
		if parts, err = c.s.Objects.Parts(c.ctx(), ref, marker, most); err != nil {
			return err
		}
	}
	c.set("Last-Modified", httpDate(o.Modified))
	c.setVersion(&o.Object)
	return c.document(func(x *xmlWriter) error {
		x.root("GetObjectAttributesResponse")
		x.attributes(w, &o.Object)
		if w.parts && o.PartCount > 0 {
			x.objectParts(&parts, o.PartCount, marker, most)
		}
		x.close("GetObjectAttributesResponse")
		return nil
	})
}

// partPage reads the headers that page through parts.
func (c *call) partPage() (most, marker int, err error) {
	most = maxListed
	if v := c.header("X-Amz-Max-Parts"); v != "" {
		n, ok := httphead.Digits(v)
		if !ok {
			return 0, 0, invalidArgument("x-amz-max-parts", v, "Provided x-amz-max-parts not an integer or within integer range")
		}
		most = int(min(n, maxListed))
	}
	if v := c.header(http.CanonicalHeaderKey("x-amz-part-number-marker")); v != "" {
		n, ok := httphead.Digits(v)
		if !ok {
			return 0, 0, invalidArgument("x-amz-part-number-marker", v, "Provided x-amz-part-number-marker not an integer or within integer range")
		}
		marker = int(min(n, maxParts))
	}
	return most, marker, nil
}

func (x *xmlWriter) attributes(w wanted, o *object.Object) {
	if w.etag {
		x.text("ETag", o.ETag)
	}
	if w.checksum && o.Sum.Raw != "" {
		x.open("Checksum")
		sum := o.Sum
		sum.Parts = 0 // the number of parts stands beside it
		x.text("Checksum"+sum.Algorithm.String(), sum.Encode())
		x.opt("ChecksumType", sum.Type.String())
		x.close("Checksum")
	}
	if w.class {
		x.text("StorageClass", "STANDARD")
	}
	if w.size {
		x.num("ObjectSize", o.Size)
	}
}

func (x *xmlWriter) objectParts(p *object.ObjectParts, total, marker, most int) {
	x.open("ObjectParts")
	x.num("PartsCount", int64(total))
	x.num("PartNumberMarker", int64(marker))
	x.num("NextPartNumberMarker", int64(p.Next))
	x.num("MaxParts", int64(most))
	x.flag("IsTruncated", p.Truncated)
	for i := range p.Parts {
		part := &p.Parts[i]
		if part.Sum.Algorithm == checksum.None {
			continue
		}
		x.open("Part")
		x.num("PartNumber", int64(part.Number))
		x.num("Size", part.Size)
		x.opt("Checksum"+part.Sum.Algorithm.String(), part.Sum.Encode())
		x.close("Part")
	}
	x.close("ObjectParts")
}
