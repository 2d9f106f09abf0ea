package s3api

import (
	"errors"
	"net/http"
	"strings"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/object"
	"coffer/internal/sigv4"
)

// serve takes a request through the order that S3 keeps: address, operation, signature, bucket, region, permission, operation.
func (c *call) serve() error {
	if n := headBytes(c.r); n > maxHead {
		return newFault(errs.New(errs.Invalid, "RequestHeaderSectionTooLarge", ""), "MaxSizeAllowed", itoa(maxHead))
	}
	c.readHost(c.r.Host, c.s.hosts.of(c.s.Regions()))
	if err := c.readURI(c.r.RequestURI); err != nil {
		return err
	}
	if c.rawQuery != "" {
		var err error
		if c.query, err = parseQuery(c.query, c.rawQuery); err != nil {
			return err
		}
	}
	if c.r.Method == http.MethodOptions {
		return c.preflight()
	}
	var err error
	if c.op, err = c.s.router.find(c.r.Method, c.level, c.query, c.r.Header); err != nil {
		return err
	}
	if c.op.form {
		return c.op.handle(c)
	}
	if err := c.authenticate(); err != nil {
		return err
	}
	if why := c.op.needsName(); c.id == nil && why != "" {
		return errs.New(errs.Denied, "AccessDenied", why)
	}
	if c.op.handle == nil {
		return notImplemented("The operation " + c.op.name + " is not implemented.")
	}
	if err := c.names(); err != nil {
		return err
	}
	if c.level != serviceLevel && !c.op.makes {
		if err := c.open(); err != nil {
			return err
		}
	}
	if err := c.permit(); err != nil {
		return err
	}
	if v := c.query.get("versionId"); v != "" && c.op.action == authz.PutObject {
		return invalidArgument("versionId", v, "This operation does not accept a version-id.")
	}
	return c.op.handle(c)
}

// maxHead bounds a request's query and headers, in bytes as they came. The path has the bounds of a key: three of the longest escaped
// ones, of a copy from one to another with metadata, would not fit. Source: AWS S3 API Reference, "Error responses"
// (RequestHeaderSectionTooLarge: headers and query), and PutObject: 8 KB.
const maxHead = 8 << 10

// headBytes is the size of a request's query and headers. Go has taken the host out of the headers.
func headBytes(r *http.Request) int {
	const around = len(": \r\n")
	_, query, _ := strings.Cut(r.RequestURI, "?")
	n := len(query) + len("Host") + len(r.Host) + around
	for name, values := range r.Header {
		for _, v := range values {
			n += len(name) + len(v) + around
		}
	}
	return n
}

// names checks the bucket's name and the key.
func (c *call) names() error {
	if c.level == serviceLevel {
		return nil
	}
	if c.op.makes || !plausible(c.bucketName) {
		if _, err := ident.ParseBucketName(c.bucketName); err != nil {
			return err
		}
	}
	if c.level == objectLevel {
		return c.checkKey(c.key)
	}
	return nil
}

// plausible reports whether a bucket may have the name, by its length and characters alone. It spares requests on buckets that
// exist the whole rules; where none is found, they decide which error is told.
func plausible(name string) bool {
	if len(name) < ident.MinBucketName || len(name) > ident.MaxBucketName {
		return false
	}
	for i := 0; i < len(name); i++ {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

func (c *call) checkKey(key string) error {
	if len(key) > ident.MaxObjectKey {
		return newFault(errs.New(errs.Invalid, "KeyTooLongError", ""), "Size", itoa(int64(len(key))), "MaxSizeAllowed", itoa(ident.MaxObjectKey))
	}
	_, err := ident.ParseObjectKey(key)
	return err
}

// open finds the bucket and checks that it is addressed where it is.
func (c *call) open() error {
	b, err := c.s.Objects.Bucket(c.ctx(), ident.BucketName(c.bucketName))
	if err != nil {
		if _, wrong := ident.ParseBucketName(c.bucketName); wrong != nil {
			return wrong
		}
		return err
	}
	if err := c.use(b); err != nil {
		return err
	}
	if c.hostRegion != "" && c.hostRegion != b.Region {
		return c.elsewhere(b)
	}
	if c.s.StrictRegion && c.signed() && c.op.sub != "location" && c.auth.Region != "" && c.auth.Region != string(b.Region) {
		return c.wrongScope(b.Region)
	}
	if want := c.r.Header["X-Amz-Expected-Bucket-Owner"]; len(want) > 0 && !owned(b, want[0]) {
		return errs.New(errs.Denied, "AccessDenied", "")
	}
	return nil
}

// use makes b the request's bucket.
func (c *call) use(b *object.Bucket) error {
	c.bucket, c.settings = b, c.s.settings.of(b)
	if c.settings != nil {
		c.lifecycle = c.settings.lifecycle
	}
	var err error
	c.facts, err = c.siteOf(b)
	if doc := b.Configs[corsConfig]; doc != nil {
		c.applyRules(doc)
	}
	return err
}

// forget lets go of what decisions needed before a body is sent or received, which may take hours: nothing is asked after it. A slow client must
// not keep a policy that is long replaced.
func (c *call) forget() {
	c.settings, c.facts.settings, c.facts.Policy = nil, nil, nil
	c.forgot = true
}

// ownerID is the owner's id as S3 shows it: the contract's number, which the vendor's clients read as a 32-bit integer, or a canonical id.
func ownerID(b *object.Bucket) string {
	if b.Ownership == ident.UserOwned {
		return string(b.Canonical)
	}
	return b.Contract.String()
}

// owned reports whether an expected owner's id is the owner's: as S3 shows it, or the number of their contract, which is what an account is here.
func owned(b *object.Bucket, id string) bool { return id == ownerID(b) || id == b.Contract.String() }

// elsewhere is S3's answer to a bucket named at the host of another region.
func (c *call) elsewhere(b *object.Bucket) error {
	endpoint := "s3." + string(b.Region) + "." + strings.TrimPrefix(c.domain(), "s3.")
	err := newFault(errs.New(errs.Invalid, "PermanentRedirect", ""), "Bucket", string(b.Name), "Endpoint", endpoint)
	return withHeaders(err, "X-Amz-Bucket-Region", string(b.Region))
}

func (c *call) domain() string {
	if len(c.s.Domains) == 0 {
		return "localhost"
	}
	return c.s.Domains[0]
}

// wrongScope is the error of a signature made for another region, as S3 words it for the place that the signature was in.
func (c *call) wrongScope(want ident.RegionName) error {
	code, where := errs.Code("AuthorizationHeaderMalformed"), "The authorization header is malformed; "
	if c.auth.Form == sigv4.Presigned {
		code, where = "AuthorizationQueryParametersError", "Error parsing the X-Amz-Credential parameter; "
	}
	return newFault(errs.New(errs.Invalid, code, where+"the region '"+clip(c.auth.Region)+"' is wrong; expecting '"+string(want)+"'"), "Region", string(want))
}

func (c *call) signed() bool { return c.auth != nil && c.auth.Form != sigv4.Unsigned }

func noSigV2() error {
	return invalidRequest("The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
}

// authenticate verifies the signature, if there is one, and looks up who signed.
func (c *call) authenticate() error {
	c.sig = sigv4.Request{Method: c.r.Method, Host: c.r.Host, Bucket: c.vhost, Path: c.rawPath, Query: c.rawQuery, Header: c.r.Header,
		ContentLength: c.r.ContentLength}
	var err error
	if c.auth, err = sigv4.Parse(&c.sig); err != nil {
		if !c.s.SigV2 && strings.HasPrefix(c.header("Authorization"), "AWS ") {
			return noSigV2()
		}
		return err
	}
	if !c.signed() {
		return nil
	}
	v2 := c.auth.Form.V2()
	if v2 && !c.s.SigV2 {
		return noSigV2()
	}
	id, err := c.s.IAM.Identify(c.ctx(), c.auth.AccessKey)
	if err != nil {
		return c.unknownKey(err)
	}
	if v2 {
		err = c.auth.VerifyV2(&c.sig, id.Secret(), c.now, sigv4.MaxSkew)
	} else {
		var name string
		var key sigv4.Key
		err = c.auth.Verify(&c.sig, func(date, region, service string) sigv4.Key {
			name = date + "/" + region + "/" + service
			key = id.Derive(name, func(secret string) [32]byte { return sigv4.Derive(secret, date, region, service) })
			return key
		}, c.now, sigv4.MaxSkew)
		if err == nil {
			id.Remember(name, key)
		}
	}
	if err != nil {
		return err
	}
	c.id, c.principal = id, id.Principal
	if c.s.StrictRegion && !v2 && c.level == serviceLevel {
		if _, ours := c.s.region(ident.RegionName(c.auth.Region)); !ours {
			return c.wrongScope(c.s.firstRegion().Name)
		}
	}
	return nil
}

// unknownKey says what is most often behind an access key that is not known: it was made for another server.
func (c *call) unknownKey(err error) error {
	if errs.CodeOf(err) != "InvalidAccessKeyId" {
		return err
	}
	e := errs.New(errs.Unauthenticated, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records. "+
		"Check that the key is active and that "+clip(c.r.Host)+" is the endpoint it was made for.")
	var cause *errs.Error
	if errors.As(err, &cause) {
		c.s.Log.Debug("s3api: key refused", "request", c.reqID, "err", cause)
	}
	return newFault(e, "AWSAccessKeyId", string(c.auth.AccessKey))
}

// action is that of the operation's row.
func (c *call) action() authz.Action {
	if c.op.versioned != "" && c.query.get("versionId") != "" {
		return c.op.versioned
	}
	return c.op.action
}

// permit asks package authz for the operation's action. One whose body the policy wants to know asks when it has read it.
func (c *call) permit() error {
	a := c.action()
	if a == "" || c.needsBody() {
		return nil
	}
	if c.bucket == nil {
		return c.ask(a, nil, "")
	}
	if c.op.listed {
		return c.askListed(a)
	}
	d := c.decide(a, &c.facts, ident.ObjectKey(c.key))
	if d.ByUpload {
		return c.askInitiator(a, d)
	}
	if c.op.guarded && d.ByObject {
		c.pending = d
		return nil
	}
	return c.refusal(d)
}

// askInitiator asks again with who began the upload. Source: AWS S3 User Guide, "Multipart upload API and permissions": the bucket's owner and the
// initiator may abort an upload and list its parts.
func (c *call) askInitiator(a authz.Action, refused authz.Decision) error {
	id, err := c.uploadID()
	if err != nil {
		return c.denied(refused)
	}
	page, err := c.s.Objects.ListParts(c.ctx(), &object.ListParts{Bucket: c.bucket, Key: ident.ObjectKey(c.key), Upload: id})
	if err != nil {
		return c.denied(refused) // there is no upload, which is not to be told
	}
	return c.refusal(c.judge(&question{action: a, at: &c.facts, key: ident.ObjectKey(c.key), initiator: page.Upload.User}))
}

// decide asks package authz about an action of the caller's.
func (c *call) decide(a authz.Action, at *site, key ident.ObjectKey) authz.Decision {
	q := question{action: a, at: at, key: key}
	if key != "" && string(key) == c.key {
		q.version, q.acl = ident.VersionID(c.query.get("versionId")), c.acl
	}
	return c.judge(&q)
}

// ask is decide with the refusal as S3's error.
func (c *call) ask(a authz.Action, at *site, key ident.ObjectKey) error {
	return c.refusal(c.decide(a, at, key))
}

// refusal is the error of a decision; nil if it allows.
func (c *call) refusal(d authz.Decision) error {
	if d.Allowed {
		return nil
	}
	return c.denied(d)
}

// denied is AccessDenied. Clients that compare texts find S3's; why stands in an element of its own. Only who can help themselves
// by what they read, finds it in the message.
func (c *call) denied(d authz.Decision) error {
	text := "Access Denied."
	switch {
	case d.Rule == authz.RuleOutsidersPolicy:
		return newFault(errs.New(errs.Invalid, "MethodNotAllowed", ""), "Method", c.r.Method, "ResourceType", "BUCKETPOLICY", "Reason", d.Reason)
	case d.Rule.SuggestUserOwned():
		text += " " + d.Reason
		if r := c.s.userOwnedRegion(); r != "" {
			text += " For buckets of your own use the region " + string(r) + "."
		}
	case d.Rule == authz.RuleKeyValidity, d.Rule == authz.RuleNoPrivilege:
		text += " " + d.Reason
	}
	e := errs.New(errs.Denied, "AccessDenied", text)
	if d.Rule.Hidden() || d.Reason == "" {
		return e
	}
	return newFault(e, "Reason", d.Reason)
}

// mayList reports whether the caller may know which keys exist: who may not gets 403 for a key that does not.
func (c *call) mayList() bool { return c.decide(authz.ListBucket, &c.facts, "").Allowed }

// missing turns the absence of a key into AccessDenied for who may not list the bucket. A website tells it to who may read the key. Source:
// AWS S3 User Guide, "Configuring a custom error document", on 403 and 404.
func (c *call) missing(err error) error {
	if _, page := c.website(); page {
		return err
	}
	if code := errs.CodeOf(err); errs.KindOf(err) == errs.NotFound && (code == "NoSuchKey" || code == "NoSuchVersion") && !c.mayList() {
		return errs.New(errs.Denied, "AccessDenied", "").Because(err)
	}
	return err
}

// notOfMarker is missing for changes of a version and for its tags: S3 refuses them at a delete marker, named by its version or the current one.
// Source: S3's answers to PutObjectTagging, GetObjectTagging, DeleteObjectTagging, PutObjectAcl and PutObjectRetention.
func (c *call) notOfMarker(err error) error {
	if object.Hidden(err) && c.mayList() {
		err = errs.New(errs.Conflict, "MethodNotAllowed", "").On(errs.SubjectOf(err))
	}
	if errs.CodeOf(err) == "MethodNotAllowed" {
		return withDetails(err, "Method", c.r.Method, "ResourceType", "DeleteMarker")
	}
	return c.missing(err)
}

// recheck is called by package object just before a write's row.
func (c *call) recheck() error {
	if c.id == nil {
		return nil
	}
	return c.id.Recheck()
}
