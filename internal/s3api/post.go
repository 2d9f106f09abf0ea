package s3api

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"coffer/internal/authz"
	"coffer/internal/checksum"
	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
	"coffer/internal/object"
	"coffer/internal/postform"
	"coffer/internal/s3xml"
	"coffer/internal/sigv4"
	"coffer/internal/tagging"
)

// postObject stores a form's file. The form carries what headers carry elsewhere, the signature of its policy included.
func (c *call) postObject() error {
	if _, err := ident.ParseBucketName(c.bucketName); err != nil {
		return err
	}
	c.auth = &sigv4.Auth{}
	f, err := postform.Read(&c.in, c.header("Content-Type"))
	if err != nil {
		return err
	}
	policy, err := c.authenticateForm(f)
	if err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	if f.Get("key") == "" {
		return missingField("key")
	}
	key := strings.ReplaceAll(f.Get("key"), "${filename}", f.Name)
	if err := c.checkKey(key); err != nil {
		return err
	}
	c.key = key
	if err := policy.Check(f, string(c.bucket.Name), key); err != nil {
		return err
	}
	c.formed = headersOf(f)
	q := question{action: authz.PutObject, at: &c.facts, key: ident.ObjectKey(key)}
	if doc := f.Get("tagging"); doc != "" {
		q.tags, _ = tagging.FromDocument([]byte(doc), tagging.MaxObject) // a bad one is refused below
	}
	if err := c.refusal(c.judge(&q)); err != nil {
		return err
	}
	o, err := c.storeForm(f, policy)
	if err != nil {
		return err
	}
	c.set("ETag", quoted(o.ETag))
	c.setSum(o.Sum)
	c.setNewVersion(o)
	c.tellEncryption(o.Encryption)
	return c.posted(f, o)
}

func missingField(name string) error {
	return invalidArgument(name, "", "Bucket POST must contain a field named '"+name+"'.  If it is specified, please check the order of the fields.")
}

// authenticateForm verifies the policy's signature. A form without a policy is anonymous.
func (c *call) authenticateForm(f *postform.Form) (*postform.Policy, error) {
	needs := []string{"policy", "x-amz-signature", "x-amz-credential", "x-amz-date", "x-amz-algorithm"}
	_, v2 := f.Fields["awsaccesskeyid"]
	if _, signed := f.Fields["signature"]; v2 || signed {
		v2, needs = true, []string{"policy", "awsaccesskeyid", "signature"}
	}
	missing := 0
	for _, name := range needs {
		if _, has := f.Fields[name]; !has {
			missing++
		}
	}
	if missing == len(needs) {
		return postform.Open(), nil
	}
	for _, name := range needs {
		if _, has := f.Fields[name]; !has {
			return nil, missingField(name)
		}
	}
	doc := f.Get("policy")
	id, ok, err := c.verifyForm(f, doc, !v2)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, newFault(errs.New(errs.Unauthenticated, "SignatureDoesNotMatch", ""), "AWSAccessKeyId", string(id.AccessKey), "StringToSign", doc,
			"SignatureProvided", clip(f.Get("x-amz-signature")+f.Get("signature")), "StringToSignBytes", fmt.Sprintf("% x", doc))
	}
	c.id, c.principal = id, id.Principal
	return postform.ParsePolicy(doc, c.now)
}

// verifyForm finds who signed the form and whether the signature holds.
func (c *call) verifyForm(f *postform.Form, doc string, v4 bool) (*iam.Identity, bool, error) {
	if !v4 {
		if !c.s.SigV2 {
			return nil, false, noSigV2()
		}
		id, err := c.formKey(f.Get("awsaccesskeyid"))
		if err != nil {
			return nil, false, err
		}
		return id, sigv4.VerifyPolicyV2(id.Secret(), doc, f.Get("signature")), nil
	}
	if a := f.Get("x-amz-algorithm"); a != "AWS4-HMAC-SHA256" {
		return nil, false, invalidArgument("X-Amz-Algorithm", a, "Only AWS4-HMAC-SHA256 is supported")
	}
	if d := f.Get("x-amz-date"); !sigv4.IsStamp(d) {
		return nil, false, invalidArgument("X-Amz-Date", d, "X-Amz-Date must be formated via ISO8601 Long format")
	}
	scope, err := c.formScope(f.Get("x-amz-credential"))
	if err != nil {
		return nil, false, err
	}
	id, err := c.formKey(scope.AccessKey)
	if err != nil {
		return nil, false, err
	}
	key := id.Derive(scope.Date+"/"+scope.Region+"/"+scope.Service, func(secret string) [32]byte {
		return sigv4.Derive(secret, scope.Date, scope.Region, scope.Service)
	})
	return id, sigv4.VerifyPolicy(key, doc, f.Get("x-amz-signature")), nil
}

// formScope reads the credential of a form, whose faults are those of an argument.
func (c *call) formScope(credential string) (sigv4.Scope, error) {
	scope, err := sigv4.S3().ParseScope(credential)
	if err != nil {
		_, why, _ := strings.Cut(errs.PublicOf(err), "; ")
		return scope, invalidArgument("x-amz-credential", credential, why)
	}
	if _, ours := c.s.region(ident.RegionName(scope.Region)); c.s.StrictRegion && !ours {
		return scope, invalidArgument("x-amz-credential", credential, "the region "+strconv.Quote(clip(scope.Region))+" is wrong; expecting "+strconv.Quote(string(c.s.firstRegion().Name)))
	}
	return scope, nil
}

func (c *call) formKey(key string) (*iam.Identity, error) {
	k, err := ident.ParseAccessKey(key)
	c.auth.AccessKey = ident.AccessKey(clip(key))
	if err != nil {
		return nil, c.unknownKey(errs.New(errs.Unauthenticated, "InvalidAccessKeyId", "").Because(err))
	}
	id, err := c.s.IAM.Identify(c.ctx(), k)
	if err != nil {
		return nil, c.unknownKey(err)
	}
	return id, nil
}

// sized counts the file and bounds it by the policy's content-length-range.
type sized struct {
	r    io.Reader
	n    int64
	most int64
}

func (s *sized) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if s.n += int64(n); s.n > s.most {
		return 0, newFault(errs.New(errs.Invalid, "EntityTooLarge", ""), "ProposedSize", itoa(s.n), "MaxSizeAllowed", itoa(s.most))
	}
	if err != nil && err != io.EOF {
		err = postform.Fault(err)
	}
	return n, err
}

func (c *call) storeForm(f *postform.Form, p *postform.Policy) (*object.Object, error) {
	most := int64(maxPutContract)
	if c.bucket.Ownership == ident.UserOwned {
		most = maxPutUser
	}
	if p.Most >= 0 {
		most = min(most, p.Most)
	}
	file := &sized{r: f.File, most: most}
	in := &object.PutObject{Bucket: c.bucket, Key: ident.ObjectKey(c.key), Body: object.Body{Reader: file, Size: -1}}
	in.Recheck = func() error {
		if file.n < p.Least {
			return newFault(errs.New(errs.Invalid, "EntityTooSmall", ""), "ProposedSize", itoa(file.n), "MinSizeAllowed", itoa(p.Least))
		}
		return c.recheck()
	}
	if err := c.formHeaders(f, in); err != nil {
		return nil, err
	}
	return c.s.Objects.PutObject(c.ctx(), in)
}

// headersOf are the fields as the headers that they stand for.
func headersOf(f *postform.Form) http.Header {
	h := http.Header{}
	for name, value := range f.Fields {
		h[http.CanonicalHeaderKey(name)] = []string{value}
	}
	if acl := f.Get("acl"); acl != "" {
		h["X-Amz-Acl"] = []string{acl}
	}
	return h
}

// formHeaders reads the fields that stand for headers, by the code that reads headers.
func (c *call) formHeaders(f *postform.Form, in *object.PutObject) error {
	h := c.formed
	sent := c.r.Header
	c.r.Header = h
	defer func() { c.r.Header = sent }()
	var err error
	if err = c.unsupportedHeaders(); err != nil {
		return err
	}
	if in.Encrypt, err = c.encryption(); err != nil {
		return err
	}
	if in.Headers, err = c.storedHeaders(); err != nil {
		return err
	}
	if in.Body.MD5, err = c.contentMD5(); err != nil {
		return err
	}
	sum, err := checksum.FromRequest(h, checksum.None)
	if err != nil {
		return err
	}
	if sum.Raw != "" {
		in.Body.Sum, in.Body.Want = sum.Algorithm, func() (checksum.Sum, error) { return sum, nil }
	}
	if in.Lock, err = c.newLock(); err != nil {
		return err
	}
	if in.Headers.ACL, err = c.newACL(); err != nil {
		return err
	}
	if err := c.vouched(&in.Body); err != nil {
		return err
	}
	if doc := f.Get("tagging"); doc != "" {
		return c.formTags(doc, in)
	}
	return nil
}

func (c *call) formTags(doc string, in *object.PutObject) error {
	var err error
	if in.Tags, err = tagging.FromDocument([]byte(doc), tagging.MaxObject); err != nil {
		return err
	}
	return c.refusal(c.judge(&question{action: authz.PutObjectTagging, at: &c.facts, key: in.Key, tags: in.Tags}))
}

// posted answers as the form asks: by a redirect, a status, or 204.
func (c *call) posted(f *postform.Form, o *object.Object) error {
	path := "/"
	if c.vhost == "" {
		path += c.bucketName + "/"
	}
	location := c.endpoint() + string(s3xml.AppendURL([]byte(path), c.key))
	to := f.Get("success_action_redirect")
	if to == "" {
		to = f.Get("redirect")
	}
	if u, err := url.Parse(to); to != "" && err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += "bucket=" + string(c.bucket.Name) + "&key=" + url.QueryEscape(c.key) + "&etag=" + url.QueryEscape(quoted(o.ETag))
		c.set("Location", u.String())
		return c.empty(http.StatusSeeOther)
	}
	c.set("Location", location)
	status, _ := strconv.Atoi(f.Get("success_action_status"))
	switch status {
	case http.StatusOK:
		return c.empty(http.StatusOK)
	case http.StatusCreated:
		var x s3xml.Writer
		x.Raw(s3xml.Header)
		x.Open("PostResponse")
		x.Text("Location", location)
		x.Text("Bucket", string(c.bucket.Name))
		x.Text("Key", c.key)
		x.ETag(o.ETag)
		x.Close("PostResponse")
		return c.body(http.StatusCreated, "application/xml", x.B)
	}
	return c.empty(http.StatusNoContent)
}
