package s3api

import (
	"net/http"
	"strings"

	"coffer/internal/authz"
	"coffer/internal/checksum"
	"coffer/internal/httphead"
	"coffer/internal/ident"
	"coffer/internal/object"
	"coffer/internal/s3xml"
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
	return c.document(func(x *s3xml.Writer) error {
		x.Root("GetObjectAttributesResponse")
		writeAttributes(x, w, &o.Object)
		if w.parts && o.PartCount > 0 {
			writeObjectParts(x, &parts, o.PartCount, marker, most)
		}
		x.Close("GetObjectAttributesResponse")
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

func writeAttributes(x *s3xml.Writer, w wanted, o *object.Object) {
	if w.etag {
		x.Text("ETag", o.ETag)
	}
	if w.checksum && o.Sum.Raw != "" {
		x.Open("Checksum")
		sum := o.Sum
		sum.Parts = 0 // the number of parts stands beside it
		x.Text("Checksum"+sum.Algorithm.String(), sum.Encode())
		x.Opt("ChecksumType", sum.Type.String())
		x.Close("Checksum")
	}
	if w.class {
		x.Text("StorageClass", "STANDARD")
	}
	if w.size {
		x.Num("ObjectSize", o.Size)
	}
}

func writeObjectParts(x *s3xml.Writer, p *object.ObjectParts, total, marker, most int) {
	x.Open("ObjectParts")
	x.Num("PartsCount", int64(total))
	x.Num("PartNumberMarker", int64(marker))
	x.Num("NextPartNumberMarker", int64(p.Next))
	x.Num("MaxParts", int64(most))
	x.Flag("IsTruncated", p.Truncated)
	for i := range p.Parts {
		part := &p.Parts[i]
		if part.Sum.Algorithm == checksum.None {
			continue
		}
		x.Open("Part")
		x.Num("PartNumber", int64(part.Number))
		x.Num("Size", part.Size)
		x.Opt("Checksum"+part.Sum.Algorithm.String(), part.Sum.Encode())
		x.Close("Part")
	}
	x.Close("ObjectParts")
}
