package s3api

import (
	"net/http"
	"strconv"
	"strings"

	"coffer/internal/checksum"
	"coffer/internal/errs"
	"coffer/internal/httphead"
	"coffer/internal/ident"
	"coffer/internal/object"
	"coffer/internal/s3xml"
)

func (c *call) createUpload() error {
	in := &object.CreateUpload{Bucket: c.bucket, Key: ident.ObjectKey(c.key), User: c.principal.User}
	if c.id != nil {
		in.UserName = c.id.DisplayName
	}
	var err error
	if err = c.unsupportedHeaders(); err != nil {
		return err
	}
	if in.Headers, err = c.storedHeaders(); err != nil {
		return err
	}
	if in.Tags, err = c.taggingHeader(); err != nil {
		return err
	}
	if in.Lock, err = c.lockHeaders(); err != nil {
		return err
	}
	if in.Headers.ACL, err = c.newACL(); err != nil {
		return err
	}
	if in.Encrypt, err = c.encryption(); err != nil {
		return err
	}
	if in.Sum, in.SumType, err = checksum.ForUpload(c.header("X-Amz-Checksum-Algorithm"), c.header("X-Amz-Checksum-Type")); err != nil {
		return err
	}
	u, err := c.s.Objects.CreateUpload(c.ctx(), in)
	if err != nil {
		return err
	}
	c.tellEncryption(u.Encryption)
	c.tellAborting(u.Initiated)
	if in.Sum != checksum.None {
		c.set("x-amz-checksum-algorithm", in.Sum.String())
		c.set("x-amz-checksum-type", in.SumType.String())
	}
	return c.document(func(x *s3xml.Writer) error {
		x.Root("InitiateMultipartUploadResult")
		x.Text("Bucket", string(c.bucket.Name))
		x.Text("Key", c.key)
		x.Text("UploadId", string(u.ID))
		x.Close("InitiateMultipartUploadResult")
		return nil
	})
}

// uploadID reads uploadId.
func (c *call) uploadID() (ident.UploadID, error) {
	v := c.query.get("uploadId")
	if v == "" || len(v) > 256 {
		return "", errs.New(errs.NotFound, "NoSuchUpload", "")
	}
	return ident.UploadID(v), nil
}

// partOf reads uploadId and partNumber.
func (c *call) partOf() (ident.UploadID, int, error) {
	n, err := partNumber(c.query.get("partNumber"))
	if err != nil {
		return "", 0, err
	}
	id, err := c.uploadID()
	return id, n, err
}

func (c *call) uploadPart() error {
	in := &object.UploadPart{Bucket: c.bucket, Key: ident.ObjectKey(c.key), Recheck: c.recheck}
	var err error
	if in.Upload, in.Number, err = c.partOf(); err != nil {
		return err
	}
	if err = c.unsupportedHeaders(); err != nil {
		return err
	}
	if in.Method, in.Customer, err = c.partEncryption(); err != nil {
		return err
	}
	if in.Body, err = c.intake(c.bucket); err != nil {
		return err
	}
	c.forget()
	p, err := c.s.Objects.UploadPart(c.ctx(), in)
	if err != nil {
		return err
	}
	c.set("ETag", quoted(p.ETag))
	if p.Sum.Raw != "" {
		c.set(p.Sum.Algorithm.Header(), p.Sum.Encode())
	}
	c.tellEncryption(p.Encryption)
	return c.empty(http.StatusOK)
}

func (c *call) copyPart() error {
	in := &object.CopyPart{Bucket: c.bucket, Key: ident.ObjectKey(c.key), Recheck: c.recheck}
	var err error
	if in.Upload, in.Number, err = c.partOf(); err != nil {
		return err
	}
	if err = c.unsupportedHeaders(); err != nil {
		return err
	}
	if in.Method, in.Customer, err = c.partEncryption(); err != nil {
		return err
	}
	var guard *sourceGuard
	if in.Source, guard, err = c.readSource(); err != nil {
		return err
	}
	if v := c.header("X-Amz-Copy-Source-Range"); v != "" {
		r := httphead.Range(v)
		if r == nil || r.Suffix || r.Length < 0 {
			return invalidArgument("x-amz-copy-source-range", v, "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy")
		}
		in.Source.Range = r
	}
	var p *object.Part
	return c.patiently(func() error {
		if p, err = c.s.Objects.CopyPart(c.ctx(), in); err != nil {
			return c.uncopied(&in.Source, err)
		}
		return nil
	}, func() {
		c.opt("x-amz-copy-source-version-id", string(guard.read))
		c.tellEncryption(p.Encryption)
	}, func(x *s3xml.Writer) {
		x.Root("CopyPartResult")
		x.Time("LastModified", p.Modified)
		x.ETag(p.ETag)
		if p.Sum.Raw != "" {
			x.Text("Checksum"+p.Sum.Algorithm.String(), p.Sum.Encode())
		}
		x.Close("CopyPartResult")
	})
}

// maxComplete bounds the body of CompleteMultipartUpload, in bytes: 10,000 parts with their longest checksums take half of it.
const maxComplete = 4 << 20

func (c *call) completeUpload() error {
	in := &object.CompleteUpload{Bucket: c.bucket, Key: ident.ObjectKey(c.key), Size: -1, Recheck: c.recheck}
	in.Lock = c.defaultRetention().From(c.now)
	var err error
	if in.Upload, err = c.uploadID(); err != nil {
		return err
	}
	if in.Cond, err = c.writeConditions(); err != nil {
		return err
	}
	if v := c.header("X-Amz-Mp-Object-Size"); v != "" {
		n, ok := httphead.Digits(v)
		if !ok {
			if strings.HasPrefix(v, "-") {
				return invalidRequest("Value for x-amz-mp-object-size header is less than zero: '" + clip(v) + "'")
			}
			return invalidRequest("Value for x-amz-mp-object-size header is invalid: '" + clip(v) + "'")
		}
		in.Size = n
	}
	if in.Method, in.Customer, err = c.partEncryption(); err != nil {
		return err
	}
	if in.Sum, err = c.wholeSum(); err != nil {
		return err
	}
	if in.Parts, err = c.readParts(); err != nil {
		return err
	}
	var o *object.Object
	return c.patiently(func() error {
		if o, err = c.s.Objects.CompleteUpload(c.ctx(), in); err != nil {
			return ofPart(c.unwritten(err), in)
		}
		return nil
	}, func() {
		c.setNewVersion(o)
		c.tellEncryption(o.Encryption)
		c.tellExpiration(c.key, o, c.storedTags)
	}, func(x *s3xml.Writer) {
		x.Root("CompleteMultipartUploadResult")
		x.Text("Location", c.location())
		x.Text("Bucket", string(c.bucket.Name))
		x.Text("Key", c.key)
		x.ETag(o.ETag)
		writeSum(x, o.Sum)
		x.Close("CompleteMultipartUploadResult")
	})
}

// location is the URL of the object, as the client addressed it.
func (c *call) location() string { return c.endpoint() + c.rawPath }

// endpoint is scheme and host as the client addressed them.
func (c *call) endpoint() string {
	if c.r.TLS != nil {
		return "https://" + c.r.Host
	}
	return "http://" + c.r.Host
}

// wholeSum reads what a completion says of the whole object's checksum. The header of the request's own body is not meant: a body of
// this operation has none.
func (c *call) wholeSum() (checksum.Sum, error) {
	var found checksum.Sum
	typ := checksum.FullObject
	if v := c.header("X-Amz-Checksum-Type"); v != "" {
		var err error
		if typ, err = checksum.ParseType(v); err != nil {
			return found, err
		}
	}
	for _, a := range checksum.Algorithms() {
		v := c.header(a.Canonical())
		if v == "" {
			continue
		}
		if found.Raw != "" {
			return found, invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
		}
		if strings.Contains(v, "-") {
			typ = checksum.Composite
		}
		var err error
		if found, err = checksum.DecodeObject(a, typ, v); err != nil {
			return found, err
		}
	}
	if found.Raw == "" && c.header("X-Amz-Checksum-Type") != "" {
		found.Type = typ
	}
	return found, nil
}

// ofPart tells at which part an upload can't be completed, as S3 does.
func ofPart(err error, in *object.CompleteUpload) error {
	number, of := strings.CutPrefix(string(errs.SubjectOf(err)), "part ")
	for i := range in.Parts {
		if p := &in.Parts[i]; of && itoa(int64(p.Number)) == number {
			return withDetails(err, "UploadId", string(in.Upload), "PartNumber", number, "ETag", p.ETag)
		}
	}
	return err
}

// readParts reads the parts that a completion names.
func (c *call) readParts() ([]object.Part, error) {
	buf, err := c.readUnsummed(maxComplete)
	if err != nil {
		return nil, err
	}
	defer c.s.giveBack(buf)
	if len(*buf) == 0 {
		return nil, invalidRequest("You must specify at least one part")
	}
	var parts []object.Part
	x := s3xml.New(*buf)
	x.Open("CompleteMultipartUpload")
	for name := range x.Children() {
		if name != "Part" {
			x.Fail()
			break
		}
		p, err := readPart(x)
		if err != nil {
			return nil, err
		}
		if parts = append(parts, p); len(parts) > maxParts {
			return nil, malformedXML()
		}
	}
	if err := x.Done(); err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return nil, malformedXML()
	}
	return parts, nil
}

func readPart(x *s3xml.Reader) (object.Part, error) {
	var p object.Part
	number, tag := false, false
	for name := range x.Children() {
		switch alg, sum := strings.CutPrefix(name, "Checksum"); {
		case name == "PartNumber":
			p.Number, number = int(x.Number()), true
		case name == "ETag":
			p.ETag, tag = httphead.Unquote(strings.TrimSpace(x.Text())), true
		case sum:
			v := x.Text()
			a, err := checksum.ParseAlgorithm(alg)
			if err != nil {
				x.Fail()
				break
			}
			twice := p.Sum.Raw != ""
			if p.Sum, err = checksum.Decode(a, v); err != nil || twice {
				return p, invalidArgument("Checksum", v, "Invalid Base64 or multiple checksums present in request")
			}
		default:
			x.Fail()
		}
	}
	if !number || !tag {
		x.Fail()
	}
	if x.Err() == nil && p.Number < 1 {
		return p, invalidArgument("PartNumber", strconv.Itoa(p.Number), "PartNumber must be >= 1")
	}
	if x.Err() == nil && p.Number > maxParts {
		return p, invalidArgument("PartNumber", strconv.Itoa(p.Number), "PartNumber must be >= 1 and <= 10000")
	}
	return p, nil
}

func (c *call) abortUpload() error {
	id, err := c.uploadID()
	if err != nil {
		return err
	}
	if err := c.s.Objects.AbortUpload(c.ctx(), c.bucket, ident.ObjectKey(c.key), id); err != nil {
		return err
	}
	return c.empty(http.StatusNoContent)
}

func (c *call) listParts() error {
	in := &object.ListParts{Bucket: c.bucket, Key: ident.ObjectKey(c.key)}
	var err error
	if in.Upload, err = c.uploadID(); err != nil {
		return err
	}
	if in.Max, err = c.pageSize("max-parts", maxListed); err != nil {
		return err
	}
	if in.After, err = c.pageSize("part-number-marker", 1<<31-1); err != nil {
		return err
	}
	if !c.query.has("part-number-marker") {
		in.After = 0
	}
	page, err := c.s.Objects.ListParts(c.ctx(), in)
	if err != nil {
		return err
	}
	c.tellAborting(page.Upload.Initiated)
	return c.document(func(x *s3xml.Writer) error {
		x.Root("ListPartsResult")
		x.Text("Bucket", string(c.bucket.Name))
		x.Text("Key", c.key)
		x.Text("UploadId", string(in.Upload))
		c.person(x, "Initiator", page.Upload.User, page.Upload.UserName)
		x.B = append(x.B, c.ownerElementOf(page.Upload.Owner)...)
		x.Raw("<StorageClass>STANDARD</StorageClass>")
		if page.Upload.Sum != checksum.None {
			x.Text("ChecksumAlgorithm", page.Upload.Sum.String())
			x.Opt("ChecksumType", page.Upload.SumType.String())
		}
		x.Num("PartNumberMarker", int64(in.After))
		x.Num("NextPartNumberMarker", int64(page.Next))
		x.Num("MaxParts", int64(in.Max))
		x.Flag("IsTruncated", page.Truncated)
		for i := range page.Parts {
			writePart(x, &page.Parts[i])
		}
		x.Close("ListPartsResult")
		return nil
	})
}

func writePart(x *s3xml.Writer, p *object.Part) {
	x.Open("Part")
	x.Num("PartNumber", int64(p.Number))
	x.Time("LastModified", p.Modified)
	x.ETag(p.ETag)
	x.Num("Size", p.Size)
	if p.Sum.Raw != "" {
		x.Text("Checksum"+p.Sum.Algorithm.String(), p.Sum.Encode())
	}
	x.Close("Part")
}

// person appends who began an upload. At contract-owned buckets it is the contract user id, as the vendor names people there.
func (c *call) person(x *s3xml.Writer, element string, user ident.UserID, name string) {
	x.Open(element)
	if c.bucket.Ownership == ident.UserOwned && user == c.bucket.User {
		x.Text("ID", string(c.bucket.Canonical))
	} else {
		x.Text("ID", ident.ContractUserID(c.bucket.Contract, user))
	}
	x.Text("DisplayName", name)
	x.Close(element)
}

func (c *call) listUploads() error {
	url, err := c.urlEncoded()
	if err != nil {
		return err
	}
	in := &object.ListUploads{Bucket: c.bucket, Prefix: c.query.get("prefix"), Delimiter: c.query.get("delimiter"),
		AfterKey: c.query.get("key-marker"), AfterUpload: ident.UploadID(c.query.get("upload-id-marker"))}
	if in.Max, err = c.pageSize("max-uploads", maxListed); err != nil {
		return err
	}
	if err := checkListed(in.Prefix, in.Delimiter, in.AfterKey, string(in.AfterUpload)); err != nil {
		return err
	}
	if in.AfterKey == "" {
		in.AfterUpload = "" // S3 ignores it without a key
	}
	page, err := c.s.Objects.ListUploads(c.ctx(), in)
	if err != nil {
		return err
	}
	return c.document(func(x *s3xml.Writer) error {
		x.Root("ListMultipartUploadsResult")
		x.Text("Bucket", string(c.bucket.Name))
		x.Encoded("KeyMarker", in.AfterKey, url)
		x.Text("UploadIdMarker", string(in.AfterUpload))
		x.Encoded("NextKeyMarker", page.NextKey, url)
		x.Text("NextUploadIdMarker", string(page.NextUpload))
		x.Encoded("Prefix", in.Prefix, url)
		if in.Delimiter != "" {
			x.Encoded("Delimiter", in.Delimiter, url)
		}
		if url {
			x.Text("EncodingType", "url")
		}
		x.Num("MaxUploads", int64(in.Max))
		x.Flag("IsTruncated", page.Truncated)
		c.uploads(x, &page, url)
		x.Close("ListMultipartUploadsResult")
		return nil
	})
}

func (c *call) uploads(x *s3xml.Writer, page *object.UploadPage, url bool) {
	l := listing{c: c, owner: c.ownerElement()}
	for i := range page.Uploads {
		u := &page.Uploads[i]
		x.Open("Upload")
		x.Encoded("Key", string(u.Key), url)
		x.Text("UploadId", string(u.ID))
		c.person(x, "Initiator", u.User, u.UserName)
		x.B = append(x.B, l.ownerOf(&object.Entry{Owner: u.Owner})...)
		x.Raw("<StorageClass>STANDARD</StorageClass>")
		x.Time("Initiated", u.Initiated)
		if u.Sum != checksum.None {
			x.Text("ChecksumAlgorithm", u.Sum.String())
			x.Opt("ChecksumType", u.SumType.String())
		}
		x.Close("Upload")
	}
	for _, p := range page.Prefixes {
		x.Open("CommonPrefixes")
		x.Encoded("Prefix", p, url)
		x.Close("CommonPrefixes")
	}
}
