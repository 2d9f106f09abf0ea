package s3api

import (
	"bytes"
	"context"
	"crypto/tls"
	"net/http"
	"strconv"
	"strings"

	"coffer/internal/accesslog"
	"coffer/internal/acl"
	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/object"
	"coffer/internal/objectlock"
	"coffer/internal/sigv4"
	"coffer/internal/sse"
)

const loggingConfig = accesslog.Document

func (c *call) getLogging() error {
	if c.bucket.Configs[loggingConfig] == nil {
		return empties("BucketLoggingStatus")(c)
	}
	return shown(loggingConfig, "")(c)
}

func (c *call) putLogging() error {
	doc, err := c.canonical(accesslog.MaxDocument, func(doc []byte) ([]byte, error) {
		asked, err := accesslog.Parse(doc)
		if err != nil || asked == nil {
			return nil, err
		}
		if err := c.checkLogTarget(asked); err != nil {
			return nil, err
		}
		return asked.Encode(), nil
	})
	if err != nil {
		return err
	}
	return c.setConfig(loggingConfig, doc, http.StatusOK)
}

// checkLogTarget refuses a target that logs can't go to. Source: AWS S3 User Guide, "Logging requests with server access logging": the same
// owner and region, and no default retention. Whether the log's writer is let in is asked when it writes.
// Grants become grants by id; a target without lists takes none ("Controlling ownership of objects": requests to set lists fail there).
func (c *call) checkLogTarget(asked *accesslog.Config) error {
	name := asked.Target
	target, err := c.s.Objects.Bucket(c.ctx(), name)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	invalid := newFault(errs.New(errs.Invalid, "InvalidTargetBucketForLogging", ""), "TargetBucket", string(name))
	if err != nil || ownerID(target) != ownerID(c.bucket) {
		return invalid
	}
	if target.Region != c.bucket.Region {
		return newFault(errs.New(errs.Denied, "CrossLocationLoggingProhibited", ""), "SourceBucketLocation", string(c.bucket.Region),
			"TargetBucketLocation", string(target.Region))
	}
	got := c.s.settings.of(target)
	if got == nil {
		got = &settings{}
	}
	if got.retention != (objectlock.Default{}) {
		return invalid
	}
	if len(asked.Grants) > 0 && got.ownership == authz.BucketOwnerEnforced {
		return noACLs()
	}
	ids, err := c.grants(asked.Grants)
	for i, g := range ids {
		asked.Grants[i].Grantee = acl.Grantee{Group: g.Group, ID: g.ID}
	}
	if l := (authz.ACL{Grants: ids}); err == nil && got.block.ACLs && l.Public() {
		return publicBlocked()
	}
	return err
}

// logACL is the list of a log object, in the form that is kept: full control of the target's owner, and what the logged bucket's document
// grants, as far as the target still takes lists.
func (s *server) logACL(at *authz.Bucket, block acl.PublicBlock, grants []authz.Grant) string {
	l := authz.ACL{Grants: append([]authz.Grant{own(at.OwnerID())}, grants...)}
	if at.ObjectOwnership == authz.BucketOwnerEnforced || block.ACLs && l.Public() {
		return ""
	}
	return stored(&l, at.OwnerID())
}

// WriteLog puts a log object into its target, as a program that signs with no key: it needs the target's policy or list to let it in, and is
// encrypted as the target's new objects are, and shared as the source's document says. The handler that New makes is an accesslog.Writer.
func (s *server) WriteLog(ctx context.Context, source *object.Bucket, to *accesslog.Config, key ident.ObjectKey, body []byte) error {
	target, err := s.Objects.Bucket(ctx, to.Target)
	if err != nil {
		return err
	}
	facts, rule, block := bareFacts(target), sse.Rule{}, acl.PublicBlock{}
	got := s.settings.of(target)
	if got != nil {
		if got.err != nil {
			return errs.New(errs.Denied, "", "The settings of the target bucket can't be read.").Because(got.err)
		}
		got.tell(&facts)
		rule, block = got.encryption, got.block
	}
	have := authz.Conditions{"aws:sourcearn": {"arn:aws:s3:::" + string(source.Name)}, "aws:sourceaccount": {source.Contract.String()}, "aws:securetransport": {"true"}}
	bucketFacts(have, target, got)
	d := authz.Evaluate(&authz.Request{Principal: authz.Principal{Service: accesslog.Service}, Action: authz.PutObject, Bucket: &facts, Key: key, Time: s.Clock(), Conditions: have})
	if !d.Allowed || ownerID(target) != ownerID(source) || target.Region != source.Region {
		return errs.New(errs.Denied, "", "The target bucket lets no logs in: its policy allows s3:PutObject to the service "+accesslog.Service+", or its list WRITE to the log delivery group.")
	}
	in := &object.PutObject{Bucket: target, Key: key, Headers: object.Headers{ContentType: "text/plain"}, Body: object.Body{Reader: bytes.NewReader(body), Size: int64(len(body))}}
	in.Headers.ACL = s.logACL(&facts, block, to.Granted())
	if in.Encrypt, err = sse.Ask(func(string) string { return "" }, rule); err != nil {
		return err
	}
	_, err = s.Objects.PutObject(ctx, in)
	return err
}

type websiteKey struct{}

// ForWebsite marks a request that is made for a page of a website at the given host: access logs tell it, and absent keys are told as such.
func ForWebsite(r *http.Request, host string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), websiteKey{}, host))
}

// website returns the host of the website that the request is made for.
func (c *call) website() (host string, page bool) {
	host, page = c.ctx().Value(websiteKey{}).(string)
	return host, page
}

// logAccess notes the request for the bucket's log, if it has one. Whoever was refused before the bucket was looked at is in it too.
func (c *call) logAccess() {
	b := c.bucket
	if b == nil && c.code != "" && c.code != "NoSuchBucket" && plausible(c.bucketName) {
		b, _ = c.s.Objects.Bucket(context.WithoutCancel(c.ctx()), ident.BucketName(c.bucketName))
	}
	if b == nil || b.Configs[loggingConfig] == nil || c.op == nil {
		return
	}
	e := accesslog.Entry{Owner: ownerID(b), Bucket: b.Name, Time: c.now, Source: c.source, RequestID: c.reqID, Key: c.key, Method: c.r.Method,
		Operation: accesslog.Operation(c.r.Method, c.level == objectLevel, c.op.sub, c.op.header == copySource), URI: c.r.RequestURI, Proto: c.r.Proto,
		Status: c.status, Code: c.code, Sent: c.out, Size: c.objectSize(), Total: c.s.Clock().Sub(c.now), Referer: c.sent.Get("Referer"),
		Agent: c.sent.Get("User-Agent"), HostID: c.s.hostID, Host: c.r.Host, Region: b.Region}
	if host, page := c.website(); page {
		e.Host, e.Operation = host, "WEBSITE"+strings.TrimPrefix(e.Operation, "REST")
	}
	if v := c.hdr["x-amz-version-id"]; len(v) > 0 {
		e.Version = v[0]
	}
	if t := c.r.TLS; t != nil {
		e.Cipher, e.TLS = tls.CipherSuiteName(t.CipherSuite), strings.ReplaceAll(tls.VersionName(t.Version), "TLS ", "TLSv")
	}
	if c.id != nil {
		if e.Requester = string(c.principal.Canonical); e.Requester == "" {
			e.Requester = ident.ContractUserID(c.principal.Contract, c.principal.User)
		}
	}
	if c.signed() {
		e.Signature, e.Auth = "SigV4", "AuthHeader"
		if c.auth.Form.V2() {
			e.Signature = "SigV2"
		}
		if c.auth.Form == sigv4.Presigned || c.auth.Form == sigv4.PresignedV2 {
			e.Auth = "QueryString"
		}
	}
	c.s.AccessLog(b, &e)
}

// objectSize is the size of the object that was read or written, -1 where that is not known.
func (c *call) objectSize() int64 {
	said := ""
	switch {
	case c.level != objectLevel || c.op.sub != "" || c.status >= 300:
	case c.r.Method == http.MethodPut && c.auth != nil && c.op.header == "":
		return c.auth.Decoded
	case c.status == http.StatusPartialContent:
		if v := c.hdr["Content-Range"]; len(v) > 0 {
			_, said, _ = strings.Cut(v[0], "/")
		}
	case c.r.Method == http.MethodGet || c.r.Method == http.MethodHead:
		if v := c.hdr["Content-Length"]; len(v) > 0 {
			said = v[0]
		}
	}
	n, err := strconv.ParseInt(said, 10, 64)
	if err != nil {
		return -1
	}
	return n
}
