package s3api

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"encoding/base64"

	"coffer/internal/authz"
	"coffer/internal/checksum"
	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
	"coffer/internal/object"
	"coffer/internal/sigv4"
)

// Bounds of a form upload. Source: AWS S3 API Reference, "POST Object": what comes before the file may have 20 KB.
const (
	maxFormBytes  = 20 << 10
	maxFormFields = 128
)

// form is a form upload: the fields before the file, by lower-case name, and the file.
type form struct {
	fields map[string]string
	names  []string // in order
	file   *multipart.Part
	name   string // of the file
}

func (f *form) get(name string) string { return f.fields[name] }

// postObject stores a form's file. The form carries what headers carry elsewhere, the signature of its policy included.
func (c *call) postObject() error {
	if _, err := ident.ParseBucketName(c.bucketName); err != nil {
		return err
	}
	c.auth = &sigv4.Auth{}
	if err := c.open(); err != nil {
		return err
	}
	f, err := c.readForm()
	if err != nil {
		return err
	}
	policy, err := c.authenticateForm(f)
	if err != nil {
		return err
	}
	key := strings.ReplaceAll(f.get("key"), "${filename}", f.name)
	if err := c.checkKey(key); err != nil {
		return err
	}
	c.key = key
	if err := policy.check(c, f); err != nil {
		return err
	}
	c.formed = f.headers()
	q := question{action: authz.PutObject, at: &c.facts, key: ident.ObjectKey(key)}
	if doc := f.get("tagging"); doc != "" {
		q.tags, _ = readTagging(newXML([]byte(doc)), maxObjectTags) // a bad one is refused below
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
	c.setVersion(o)
	return c.posted(f, o)
}

// capped lets only so many bytes through while the fields before the file are read.
type capped struct {
	r    io.Reader
	left int64 // -1: no bound any more
}

var errCapped = errors.New("form fields too large")

func (r *capped) Read(p []byte) (int, error) {
	if r.left < 0 {
		return r.r.Read(p)
	}
	if r.left == 0 {
		return 0, errCapped
	}
	n, err := r.r.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	return n, err
}

// readForm reads the fields up to the file.
func (c *call) readForm() (*form, error) {
	kind, params, err := mime.ParseMediaType(c.header("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return nil, errs.New(errs.Precondition, "PreconditionFailed", "").Because(sigv4.Details{{Name: "Condition", Value: "Bucket POST must be of the enclosure-type multipart/form-data"}})
	}
	if b := params["boundary"]; b == "" || len(b) > 70 {
		return nil, malformedPOST("The boundary is missing or longer than 70 characters.")
	}
	in := &capped{&c.in, maxFormBytes + 8<<10} // the reader looks ahead by a few KiB, into the file
	m := multipart.NewReader(in, params["boundary"])
	f := &form{fields: map[string]string{}}
	total := 0
	for len(f.names) <= maxFormFields {
		p, err := m.NextRawPart()
		switch {
		case err == io.EOF:
			return nil, errs.New(errs.Invalid, "IncorrectNumberOfFilesInPostRequest", "")
		case err != nil:
			return nil, formError(err)
		}
		name := strings.ToLower(p.FormName())
		if name == "" {
			return nil, malformedPOST("A field of the form has no name.")
		}
		if name == "file" {
			f.file, f.name = p, path.Base(strings.ReplaceAll(p.FileName(), `\`, "/"))
			if f.name == "." || f.name == "/" {
				f.name = ""
			}
			in.left = -1
			return f, nil
		}
		v, err := io.ReadAll(io.LimitReader(p, maxFormBytes+1))
		if err != nil {
			return nil, formError(err)
		}
		if total += len(name) + len(v); total > maxFormBytes {
			return nil, errs.New(errs.Invalid, "MaxPostPreDataLengthExceededError", "")
		}
		if _, twice := f.fields[name]; !twice {
			f.names = append(f.names, name)
			f.fields[name] = string(v)
		}
	}
	return nil, malformedPOST("The form has more than 128 fields.")
}

func malformedPOST(why string) error { return errs.New(errs.Invalid, "MalformedPOSTRequest", why) }

func formError(err error) error {
	var ours *errs.Error
	switch {
	case errors.Is(err, errCapped):
		return errs.New(errs.Invalid, "MaxPostPreDataLengthExceededError", "")
	case errors.As(err, &ours):
		return ours
	}
	return errs.New(errs.Invalid, "MalformedPOSTRequest", "").Because(err)
}

// authenticateForm verifies the policy's signature. A form without a policy is anonymous.
func (c *call) authenticateForm(f *form) (*policy, error) {
	doc := f.get("policy")
	v4, v2 := f.get("x-amz-signature") != "", f.get("signature") != "" || f.get("awsaccesskeyid") != ""
	if doc == "" && !v4 && !v2 {
		return &policy{most: -1}, nil
	}
	if doc == "" || !v4 && !v2 {
		return nil, invalidArgument("policy", "", "Bucket POST must contain a field named 'policy' and its signature. If it is specified, please check the order of the fields.")
	}
	id, ok, err := c.verifyForm(f, doc, v4)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, newFault(errs.New(errs.Unauthenticated, "SignatureDoesNotMatch", ""), "AWSAccessKeyId", string(id.AccessKey), "StringToSign", doc,
			"SignatureProvided", clip(f.get("x-amz-signature")+f.get("signature")))
	}
	c.id, c.principal = id, id.Principal
	return parsePolicy(doc, c.now)
}

// verifyForm finds who signed the form and whether the signature holds.
func (c *call) verifyForm(f *form, doc string, v4 bool) (*iam.Identity, bool, error) {
	if !v4 {
		if !c.s.SigV2 {
			return nil, false, invalidRequest("The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
		}
		id, err := c.formKey(f.get("awsaccesskeyid"))
		if err != nil {
			return nil, false, err
		}
		return id, sigv4.VerifyPolicyV2(id.Secret(), doc, f.get("signature")), nil
	}
	if a := f.get("x-amz-algorithm"); a != "AWS4-HMAC-SHA256" {
		return nil, false, invalidArgument("X-Amz-Algorithm", a, "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"")
	}
	scope, err := sigv4.S3().ParseScope(f.get("x-amz-credential"))
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
	return id, sigv4.VerifyPolicy(key, doc, f.get("x-amz-signature")), nil
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

// condition is one condition of a policy: eq or starts-with.
type condition struct{ op, field, value string }

// policy is what a signed form may hold. Its zero value with most -1 allows everything.
type policy struct {
	signed      bool
	conditions  []condition
	least, most int64 // of the file's size; most -1: no bound
}

// parsePolicy reads the policy document, base64 of JSON. Source: AWS S3 API Reference, "POST Policy".
func parsePolicy(doc string, now time.Time) (*policy, error) {
	raw, err := base64.StdEncoding.DecodeString(doc)
	var in struct {
		Expiration string            `json:"expiration"`
		Conditions []json.RawMessage `json:"conditions"`
	}
	if err == nil {
		err = json.Unmarshal(raw, &in)
	}
	if err != nil {
		return nil, errs.New(errs.Invalid, "InvalidPolicyDocument", "Invalid Policy: Invalid JSON.").Because(err)
	}
	end, err := time.Parse(time.RFC3339, in.Expiration)
	if err != nil {
		return nil, errs.New(errs.Invalid, "InvalidPolicyDocument", "Invalid Policy: Invalid 'expiration' value.").Because(err)
	}
	if !now.Before(end) {
		return nil, errs.New(errs.Denied, "AccessDenied", "Invalid according to Policy: Policy expired.")
	}
	if in.Conditions == nil {
		return nil, errs.New(errs.Invalid, "InvalidPolicyDocument", "Invalid Policy: Policy missing conditions.")
	}
	p := &policy{signed: true, most: -1}
	for _, c := range in.Conditions {
		if !p.add(c) {
			return nil, errs.New(errs.Invalid, "InvalidPolicyDocument", "Invalid Policy: Invalid Simple-Condition or condition list: "+clip(string(c)))
		}
	}
	return p, nil
}

// add reads one condition: {"field": "value"}, or a list of three.
func (p *policy) add(raw json.RawMessage) bool {
	var simple map[string]string
	if json.Unmarshal(raw, &simple) == nil {
		for name, value := range simple {
			p.conditions = append(p.conditions, condition{"eq", strings.ToLower(name), value})
		}
		return len(simple) == 1
	}
	var list []any
	if json.Unmarshal(raw, &list) != nil || len(list) != 3 {
		return false
	}
	op, ok := list[0].(string)
	switch op = strings.ToLower(op); {
	case !ok:
		return false
	case op == "content-length-range":
		var ok1, ok2 bool
		p.least, ok1 = sizeOf(list[1])
		p.most, ok2 = sizeOf(list[2])
		return ok1 && ok2
	case op != "eq" && op != "starts-with":
		return false
	}
	field, ok1 := list[1].(string)
	value, ok2 := list[2].(string)
	name, dollar := strings.CutPrefix(field, "$")
	p.conditions = append(p.conditions, condition{op, strings.ToLower(name), value})
	return ok1 && ok2 && dollar
}

func sizeOf(v any) (int64, bool) {
	switch n := v.(type) {
	case float64:
		return int64(n), n >= 0 && n <= 1<<53
	case string:
		return digits(n)
	}
	return 0, false
}

// check holds the form against the policy: every condition must hold, and every field be covered by one.
func (p *policy) check(c *call, f *form) error {
	if !p.signed {
		return nil
	}
	covered := map[string]bool{}
	for _, cond := range p.conditions {
		covered[cond.field] = true
		value := f.get(cond.field)
		switch cond.field {
		case "bucket":
			value = string(c.bucket.Name)
		case "key":
			value = c.key
		}
		ok := value == cond.value
		if cond.op == "starts-with" {
			ok = strings.HasPrefix(value, cond.value)
			if cond.field == "content-type" && strings.Contains(value, ",") {
				for _, v := range strings.Split(value, ",") {
					ok = ok && strings.HasPrefix(v, cond.value)
				}
			}
		}
		if !ok {
			return errs.New(errs.Denied, "AccessDenied", `Invalid according to Policy: Policy Condition failed: ["`+cond.op+`", "$`+clip(cond.field)+`", "`+clip(cond.value)+`"]`)
		}
	}
	for _, name := range f.names {
		if !covered[name] && !exempt(name) {
			return errs.New(errs.Denied, "AccessDenied", "Invalid according to Policy: Extra input fields: "+clip(name))
		}
	}
	return nil
}

// exempt reports whether a field needs no condition.
func exempt(name string) bool {
	switch name {
	case "policy", "file", "x-amz-signature", "signature", "awsaccesskeyid", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "bucket", "submit":
		return true
	}
	return strings.HasPrefix(name, "x-ignore-")
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
		err = formError(err)
	}
	return n, err
}

func (c *call) storeForm(f *form, p *policy) (*object.Object, error) {
	most := int64(maxPutContract)
	if c.bucket.Ownership == ident.UserOwned {
		most = maxPutUser
	}
	if p.most >= 0 {
		most = min(most, p.most)
	}
	file := &sized{r: f.file, most: most}
	in := &object.PutObject{Bucket: c.bucket, Key: ident.ObjectKey(c.key), Body: object.Body{Reader: file, Size: -1}}
	in.Recheck = func() error {
		if file.n < p.least {
			return newFault(errs.New(errs.Invalid, "EntityTooSmall", ""), "ProposedSize", itoa(file.n), "MinSizeAllowed", itoa(p.least))
		}
		return c.recheck()
	}
	if err := c.formHeaders(f, in); err != nil {
		return nil, err
	}
	return c.s.Objects.PutObject(c.ctx(), in)
}

// headers are the fields as the headers that they stand for.
func (f *form) headers() http.Header {
	h := http.Header{}
	for name, value := range f.fields {
		h[http.CanonicalHeaderKey(name)] = []string{value}
	}
	if acl := f.get("acl"); acl != "" {
		h["X-Amz-Acl"] = []string{acl}
	}
	return h
}

// formHeaders reads the fields that stand for headers, by the code that reads headers.
func (c *call) formHeaders(f *form, in *object.PutObject) error {
	h := c.formed
	sent := c.r.Header
	c.r.Header = h
	defer func() { c.r.Header = sent }()
	var err error
	if err = c.unsupportedHeaders(); err != nil {
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
	if doc := f.get("tagging"); doc != "" {
		return c.formTags(doc, in)
	}
	return nil
}

func (c *call) formTags(doc string, in *object.PutObject) error {
	var err error
	if in.Tags, err = readTagging(newXML([]byte(doc)), maxObjectTags); err != nil {
		return err
	}
	return c.refusal(c.judge(&question{action: authz.PutObjectTagging, at: &c.facts, key: in.Key, tags: in.Tags}))
}

// posted answers as the form asks: by a redirect, a status, or 204.
func (c *call) posted(f *form, o *object.Object) error {
	path := "/"
	if c.vhost == "" {
		path += c.bucketName + "/"
	}
	location := c.endpoint() + string(appendURL([]byte(path), c.key))
	to := f.get("success_action_redirect")
	if to == "" {
		to = f.get("redirect")
	}
	if u, err := url.Parse(to); to != "" && err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
		q := u.Query()
		q.Set("bucket", string(c.bucket.Name))
		q.Set("key", c.key)
		q.Set("etag", quoted(o.ETag))
		u.RawQuery = q.Encode()
		c.set("Location", u.String())
		return c.empty(http.StatusSeeOther)
	}
	c.set("Location", location)
	status, _ := strconv.Atoi(f.get("success_action_status"))
	switch status {
	case http.StatusOK:
		return c.empty(http.StatusOK)
	case http.StatusCreated:
		var x xmlWriter
		x.raw(xmlHeader)
		x.open("PostResponse")
		x.text("Location", location)
		x.text("Bucket", string(c.bucket.Name))
		x.text("Key", c.key)
		x.etag(o.ETag)
		x.close("PostResponse")
		return c.body(http.StatusCreated, "application/xml", x.b)
	}
	return c.empty(http.StatusNoContent)
}
