package s3api

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"

	"coffer/internal/authz"
	"coffer/internal/checksum"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/object"
	"coffer/internal/s3xml"
	"coffer/internal/tagging"
)

// maxParts is the highest part number of an upload.
const maxParts = checksum.MaxParts

func (c *call) putObject() error {
	in := &object.PutObject{Bucket: c.bucket, Key: ident.ObjectKey(c.key), Recheck: c.recheck}
	var err error
	if err = c.unsupportedHeaders(); err != nil {
		return err
	}
	if in.Headers, err = c.storedHeaders(); err != nil {
		return err
	}
	if in.Cond, err = c.writeConditions(); err != nil {
		return err
	}
	if in.Tags, err = c.taggingHeader(); err != nil {
		return err
	}
	if in.Lock, err = c.newLock(); err != nil {
		return err
	}
	if in.Headers.ACL, err = c.newACL(); err != nil {
		return err
	}
	if in.Encrypt, err = c.encryption(); err != nil {
		return err
	}
	if in.Body, err = c.intake(c.bucket); err != nil {
		return err
	}
	if err = c.vouched(&in.Body); err != nil {
		return err
	}
	c.forget()
	o, err := c.s.Objects.PutObject(c.ctx(), in)
	if err != nil {
		return c.unwritten(err)
	}
	c.set("ETag", quoted(o.ETag))
	c.setSum(o.Sum)
	c.setNewVersion(o)
	c.tellExpiration(c.key, o, func() (map[string]string, error) { return in.Tags, nil })
	c.tellEncryption(o.Encryption)
	return c.empty(http.StatusOK)
}

// unwritten adds S3's elements to the error of a write.
func (c *call) unwritten(err error) error {
	switch errs.CodeOf(err) {
	case "PreconditionFailed":
		return withDetails(err, "Condition", string(errs.SubjectOf(err)))
	case "BadDigest":
		if want, _ := c.contentMD5(); want != nil && errs.SubjectOf(err) != "" {
			return withDetails(err, "CalculatedDigest", string(errs.SubjectOf(err)), "ExpectedDigest", hex.EncodeToString(want))
		}
	}
	return err
}

// taggingHeader reads x-amz-tagging, which needs the right to tag.
func (c *call) taggingHeader() (map[string]string, error) {
	v := c.header("X-Amz-Tagging")
	if v == "" {
		return nil, nil
	}
	if err := c.ask(authz.PutObjectTagging, &c.facts, ident.ObjectKey(c.key)); err != nil {
		return nil, err
	}
	return tagging.FromHeader(v)
}

func (c *call) deleteObject() error {
	in := &object.DeleteObject{Bucket: c.bucket, Key: ident.ObjectKey(c.key), Owner: c.facts.Writer(&c.principal)}
	var err error
	if in.Version, err = c.version(); err != nil {
		return err
	}
	if in.Cond, err = c.deleteConditions(); err != nil {
		return err
	}
	if err = c.mayCompare(&in.Cond, in.Key, in.Version); err != nil {
		return err
	}
	if in.BypassGovernance, err = c.bypass(in.Key); err != nil {
		return err
	}
	d, err := c.s.Objects.DeleteObject(c.ctx(), in)
	if err != nil {
		return c.unwritten(err)
	}
	c.opt("x-amz-version-id", string(d.Version))
	if d.DeleteMarker {
		c.set("x-amz-delete-marker", "true")
	}
	return c.empty(http.StatusNoContent)
}

// bypass reads x-amz-bypass-governance-retention, which needs a right of its own.
func (c *call) bypass(key ident.ObjectKey) (bool, error) {
	if !strings.EqualFold(c.header("X-Amz-Bypass-Governance-Retention"), "true") {
		return false, nil
	}
	return true, c.ask(authz.BypassGovernanceRetention, &c.facts, key)
}

// readSource reads x-amz-copy-source, finds its bucket and asks for the right to read there.
func (c *call) readSource() (in object.Get, guard *sourceGuard, err error) {
	v := strings.TrimPrefix(c.header(copySource), "/")
	path, version, has := strings.Cut(v, "?versionId=")
	name, rawKey, ok := strings.Cut(path, "/")
	if !ok {
		// Some clients encode the whole value, its slash included.
		if whole, fine := unescape(path, false); fine {
			name, rawKey, ok = strings.Cut(strings.TrimPrefix(whole, "/"), "/")
			rawKey = url.PathEscape(rawKey)
		}
	}
	bad := invalidArgument(strings.ToLower(copySource), v, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
	key, fine := unescape(rawKey, false)
	if bucketName, fine2 := unescape(name, false); fine2 {
		name = bucketName
	} else {
		fine = false
	}
	if !ok || !fine || name == "" || key == "" {
		return in, nil, bad
	}
	if has && version == "" {
		return in, nil, invalidArgument("versionId", "", "Version id cannot be the empty string")
	}
	if version, fine = unescape(version, false); !fine || len(version) > 1024 {
		return in, nil, bad
	}
	if _, err := ident.ParseBucketName(name); err != nil {
		return in, nil, err
	}
	if err := c.checkKey(key); err != nil {
		return in, nil, err
	}
	b, err := c.s.Objects.Bucket(c.ctx(), ident.BucketName(name))
	if err != nil {
		return in, nil, withDetails(err, "BucketName", name)
	}
	facts, err := c.siteOf(b)
	if err != nil {
		return in, nil, err
	}
	action := authz.GetObject
	if version != "" {
		action = authz.GetObjectVersion
	}
	if want := c.header("X-Amz-Source-Expected-Bucket-Owner"); want != "" && !owned(b, want) {
		return in, nil, errs.New(errs.Denied, "AccessDenied", "")
	}
	q := question{action: action, at: &facts, key: ident.ObjectKey(key), version: ident.VersionID(version)}
	d := c.judge(&q)
	if !d.Allowed && !d.ByObject {
		return in, nil, c.denied(d)
	}
	own, err := c.sourceKey()
	if err != nil {
		return in, nil, err
	}
	guard = &sourceGuard{c: c, q: q, first: d}
	in = object.Get{Customer: own, Guard: guard, Bucket: b, Key: ident.ObjectKey(key), Version: ident.VersionID(version), Cond: c.readConditions("X-Amz-Copy-Source-")}
	return in, guard, nil
}

// uncopied fits an error about the source of a copy: conditions on it fail with 412 whichever they are, and an absent source is told
// only to who may list its bucket.
func (c *call) uncopied(src *object.Get, err error) error {
	switch code := errs.CodeOf(err); {
	case code == "PreconditionFailed":
		return newFault(errs.New(errs.Precondition, "PreconditionFailed", ""), "Condition", "x-amz-copy-source-"+string(errs.SubjectOf(err)))
	case (code == "NoSuchKey" || code == "NoSuchVersion") && errs.SubjectOf(err) == errs.Subject(src.Key):
		facts, wrong := c.siteOf(src.Bucket)
		if wrong != nil || !c.decide(authz.ListBucket, &facts, "").Allowed {
			return errs.New(errs.Denied, "AccessDenied", "").Because(err)
		}
		return withDetails(err, "Key", string(src.Key))
	}
	return err
}

// replaces reads a directive: COPY (or nothing) or REPLACE.
func (c *call) replaces(name string) (bool, error) {
	switch v := c.header(http.CanonicalHeaderKey(name)); v {
	case "", "COPY":
		return false, nil
	case "REPLACE":
		return true, nil
	default:
		return false, invalidArgument(name, v, "Unknown "+strings.ReplaceAll(strings.TrimPrefix(name, "x-amz-"), "-", " ")+".")
	}
}

func (c *call) copyObject() error {
	src, guard, err := c.readSource()
	if err != nil {
		return err
	}
	in := &object.CopyObject{Source: src, Bucket: c.bucket, Key: ident.ObjectKey(c.key), Recheck: c.recheck}
	if err := c.readCopy(in); err != nil {
		return err
	}
	guard.tags = !in.ReplaceTags
	var o *object.Object
	return c.patiently(func() error {
		o, err = c.s.Objects.CopyObject(c.ctx(), in)
		if err != nil {
			return c.uncopied(&in.Source, err)
		}
		return nil
	}, func() {
		c.opt("x-amz-copy-source-version-id", string(guard.read))
		c.setNewVersion(o)
		c.tellExpiration(c.key, o, c.storedTags)
		c.tellEncryption(o.Encryption)
	}, func(x *s3xml.Writer) {
		x.Root("CopyObjectResult")
		x.ETag(o.ETag)
		x.Time("LastModified", o.Modified)
		writeSum(x, o.Sum)
		x.Close("CopyObjectResult")
	})
}

// readCopy reads what is asked about the target of a copy.
func (c *call) readCopy(in *object.CopyObject) error {
	err := c.unsupportedHeaders()
	if err != nil {
		return err
	}
	if in.Lock, err = c.newLock(); err != nil {
		return err
	}
	if in.ACL, err = c.newACL(); err != nil {
		return err
	}
	if in.Encrypt, err = c.encryption(); err != nil {
		return err
	}
	if in.ReplaceHeaders, err = c.replaces("x-amz-metadata-directive"); err != nil {
		return err
	}
	if in.ReplaceTags, err = c.replaces("x-amz-tagging-directive"); err != nil {
		return err
	}
	if in.ReplaceHeaders || c.header("X-Amz-Metadata-Directive") == "" { // who says COPY knows that the headers beside it are unused
		in.Headers, err = c.storedHeaders()
	} else {
		in.Headers.WebsiteRedirect, err = c.websiteRedirect()
	}
	if err != nil {
		return err
	}
	tags, err := c.taggingHeader() // asks for the right to tag and reads the tags, also where the directive leaves them unused
	if err != nil {
		return err
	}
	if in.ReplaceTags {
		in.Tags = tags
	}
	if in.Cond, err = c.writeConditions(); err != nil {
		return err
	}
	if v := c.header("X-Amz-Checksum-Algorithm"); v != "" {
		if in.Sum, err = checksum.ParseAlgorithm(v); err != nil {
			return err
		}
	}
	in.Renews = c.asksEncryption || c.header("X-Amz-Storage-Class") != ""
	return nil
}

// sum appends a checksum as elements.
func writeSum(x *s3xml.Writer, s checksum.Sum) {
	if s.Raw == "" {
		return
	}
	x.Text("Checksum"+s.Algorithm.String(), s.Encode())
	x.Opt("ChecksumType", s.Type.String())
}
