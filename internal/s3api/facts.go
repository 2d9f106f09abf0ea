package s3api

import (
	"crypto/tls"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"coffer/internal/acl"
	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/lifecycle"
	"coffer/internal/object"
	"coffer/internal/objectlock"
	"coffer/internal/s3xml"
	"coffer/internal/sigv4"
	"coffer/internal/sse"
	"coffer/internal/tagging"
)

// site is a bucket as decisions need it.
type site struct {
	authz.Bucket
	of       *object.Bucket
	settings *settings // nil: it has none
}

// settings are what a bucket's stored documents say, read once for each state of the bucket.
type settings struct {
	of         *object.Bucket
	policy     *authz.Policy
	block      acl.PublicBlock
	acl        *authz.ACL
	ownership  authz.ObjectOwnership
	retention  objectlock.Default // of new objects
	encryption sse.Rule           // of new objects
	lifecycle  *lifecycle.Config
	tags       map[string]string // of the bucket, where they decide
	err        error             // a stored document does not read
	once       sync.Once         // of the reading
}

// settingsCache keeps the settings of buckets that have some. An entry counts only for the very state of the bucket that it was made of.
type settingsCache struct {
	mu    sync.RWMutex
	byID  map[ident.BucketID]*settings
	bytes int
	large turns
}

// Bounds of the cache: when one is passed it is emptied. What is made of a document takes up to ten times its bytes.
const (
	cachedSettings      = 10000
	cachedSettingsBytes = 8 << 20 // of documents
)

// turns are a few who may read a document of more than maxSmallXML bytes at once: what is made of one under way takes many times its bytes.
type turns chan struct{}

// take waits for a turn to read a document of so many bytes; the caller calls done.
func (t turns) take(bytes int) (done func()) {
	if bytes <= maxSmallXML {
		return func() {}
	}
	t <- struct{}{}
	return func() { <-t }
}

// of returns the settings of b; nil: it has none.
func (k *settingsCache) of(b *object.Bucket) *settings {
	size := 0
	for _, name := range [...]string{policyConfig, blockConfig, lockConfig, aclConfig, ownershipConfig, encryptionConfig, lifecycleConfig} {
		size += len(b.Configs[name])
	}
	if size == 0 {
		return nil
	}
	k.mu.RLock()
	got := k.byID[b.ID]
	k.mu.RUnlock()
	if got == nil || got.of != b {
		got = k.enter(b, size)
	}
	got.once.Do(func() { // one reads, whoever else comes waits for it
		defer k.large.take(size)()
		got.err = errs.New(errs.Internal, "", "the settings were not read to their end") // nothing is open where the reading panics
		got.err = got.read(b)
	})
	return got
}

// enter makes the entry of a state of a bucket, which nobody has read yet.
func (k *settingsCache) enter(b *object.Bucket, size int) *settings {
	k.mu.Lock()
	defer k.mu.Unlock()
	if got := k.byID[b.ID]; got != nil && got.of == b {
		return got
	}
	if k.byID == nil || len(k.byID) >= cachedSettings || k.bytes > cachedSettingsBytes {
		k.byID, k.bytes = map[ident.BucketID]*settings{}, 0
	}
	got := &settings{of: b}
	k.byID[b.ID] = got
	k.bytes += size
	return got
}

// read reads the documents of b: an error if one does not read.
func (got *settings) read(b *object.Bucket) (wrong error) {
	if doc := b.Configs[policyConfig]; doc != nil {
		facts := bareFacts(b)
		got.policy, wrong = authz.ParsePolicy(doc, &facts)
	}
	if doc := b.Configs[blockConfig]; doc != nil {
		var err error
		if got.block, err = acl.ReadPublicBlock(doc); err != nil {
			wrong = err
		}
	}
	if doc := b.Configs[aclConfig]; doc != nil {
		if l, err := authz.DecodeACL(string(doc)); err != nil {
			wrong = err
		} else {
			got.acl = l
		}
	}
	if v := b.Configs[ownershipConfig]; v != nil {
		var ok bool
		if got.ownership, ok = authz.ParseObjectOwnership(string(v)); !ok {
			wrong = errs.New(errs.Corrupt, "", "The bucket's ownership controls can't be read.")
		}
	}
	if doc := b.Configs[encryptionConfig]; doc != nil {
		var err error
		if got.encryption, err = sse.ParseRule(doc); err != nil {
			wrong = err
		}
	}
	if doc := b.Configs[lifecycleConfig]; doc != nil {
		got.lifecycle, _ = lifecycle.Parse(doc) // it decides nothing here: the job that follows the rules reports what it can't read
	}
	if doc := b.Configs[taggingConfig]; doc != nil && b.Configs[abacConfig] != nil {
		var err error
		if got.tags, err = tagging.FromDocument(doc, tagging.MaxBucket); err != nil {
			wrong = err
		}
	}
	if doc := b.Configs[lockConfig]; doc != nil {
		x := s3xml.New(doc)
		x.Open("ObjectLockConfiguration")
		got.retention = objectlock.Read(x)
		if err := x.Done(); err != nil {
			wrong = err
		}
	}
	return wrong
}

func bareFacts(b *object.Bucket) authz.Bucket {
	return authz.Bucket{Name: b.Name, Ownership: b.Ownership, Contract: b.Contract, User: b.User, Canonical: b.Canonical}
}

// siteOf returns what decisions about b need. Settings that do not read any more open nothing: all is refused but mending them.
func (c *call) siteOf(b *object.Bucket) (site, error) {
	got := c.settings
	if b != c.bucket {
		got = c.s.settings.of(b)
	}
	at := site{bareFacts(b), b, got}
	if got == nil {
		return at, nil
	}
	if got.err != nil && (c.op == nil || c.op.sub != "policy" && c.op.sub != "policyReport" && c.op.sub != "publicAccessBlock" || c.bucket != b) {
		return at, errs.Fault("s3api.settings", got.err)
	}
	got.tell(&at.Bucket)
	return at, nil
}

// tell puts the settings into the facts of a decision.
func (k *settings) tell(at *authz.Bucket) {
	at.Policy, at.RestrictPublic, at.IgnorePublicACLs = k.policy, k.block.Restrict, k.block.IgnoreACLs
	at.ACL, at.ObjectOwnership = k.acl, k.ownership
}

// question is one decision that is asked for, with what only who asks knows.
type question struct {
	action  authz.Action
	at      *site // nil: about no bucket
	key     ident.ObjectKey
	version ident.VersionID
	acl     *authz.ACL // of the object, where it is known
	// initiator is who began the upload, where it is known.
	initiator ident.UserID
	tags      map[string]string // that the request sets
	lock      *object.Lock      // that the request sets, where no header says it
}

// judge asks package authz.
func (c *call) judge(q *question) authz.Decision {
	r := authz.Request{Principal: c.principal, Action: q.action, Key: q.key, ACL: q.acl, Initiator: q.initiator, Source: c.source, Time: c.now}
	if q.at != nil && !c.forgot { // without a bucket all is refused: who asks too late
		r.Bucket = &q.at.Bucket
		if q.at.Policy != nil {
			r.Conditions = c.conditions(q)
		}
	}
	return authz.Evaluate(&r)
}

// fromHeaders are the condition keys whose value is a header as it was sent.
var fromHeaders = [...]struct{ key, header string }{
	{"s3:if-match", "If-Match"},
	{"s3:if-none-match", "If-None-Match"},
	{"s3:object-lock-legal-hold", "X-Amz-Object-Lock-Legal-Hold"},
	{"s3:object-lock-mode", "X-Amz-Object-Lock-Mode"},
	{"s3:object-lock-retain-until-date", "X-Amz-Object-Lock-Retain-Until-Date"},
	{"s3:x-amz-acl", "X-Amz-Acl"},
	{"s3:x-amz-content-sha256", "X-Amz-Content-Sha256"},
	{"s3:x-amz-copy-source", copySource},
	{"s3:x-amz-grant-full-control", "X-Amz-Grant-Full-Control"},
	{"s3:x-amz-grant-read", "X-Amz-Grant-Read"},
	{"s3:x-amz-grant-read-acp", "X-Amz-Grant-Read-Acp"},
	{"s3:x-amz-grant-write", "X-Amz-Grant-Write"},
	{"s3:x-amz-grant-write-acp", "X-Amz-Grant-Write-Acp"},
	{"s3:x-amz-metadata-directive", "X-Amz-Metadata-Directive"},
	{"s3:x-amz-object-ownership", "X-Amz-Object-Ownership"},
	{"s3:x-amz-server-side-encryption", "X-Amz-Server-Side-Encryption"},
	{"s3:x-amz-server-side-encryption-aws-kms-key-id", "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"},
	{"s3:x-amz-server-side-encryption-customer-algorithm", "X-Amz-Server-Side-Encryption-Customer-Algorithm"},
	{"s3:x-amz-storage-class", "X-Amz-Storage-Class"},
	{"s3:x-amz-website-redirect-location", "X-Amz-Website-Redirect-Location"},
}

// conditions are the facts of the request for the conditions of a policy. Source: AWS Service Authorization Reference, "Condition keys
// for Amazon S3". Safe for concurrent use by several decisions of one request.
func (c *call) conditions(q *question) authz.Conditions {
	have := authz.Conditions{}
	set := func(key, value string) { have[key] = []string{value} }
	h := c.sent
	for key, name := range map[string]string{"aws:useragent": "User-Agent", "aws:referer": "Referer"} {
		if v := h[name]; len(v) > 0 {
			set(key, v[0])
		}
	}
	if c.formed != nil {
		h = c.formed
	}
	for _, f := range fromHeaders {
		if v := h[f.header]; len(v) > 0 {
			set(f.key, v[0])
		}
	}
	set("aws:securetransport", strconv.FormatBool(c.secure()))
	bucketFacts(have, q.at.of, q.at.settings)
	set("aws:viaawsservice", "false")
	if !c.principal.Anonymous() {
		set("aws:principalisawsservice", "false")
	}
	if q.action == authz.PutObject && q.at.of == c.bucket {
		set("s3:objectcreationoperation", strconv.FormatBool(c.creates()))
	}
	if c.r.TLS != nil {
		set("s3:tlsversion", strings.TrimPrefix(tls.VersionName(c.r.TLS.Version), "TLS "))
	}
	if q.action == c.op.action && (q.action == authz.ListBucket || q.action == authz.ListBucketVersions) {
		for _, p := range [...]string{"prefix", "delimiter", "max-keys"} {
			if v, ok := c.query.lookup(p); ok {
				set("s3:"+p, v)
			}
		}
	}
	if q.version != "" {
		set("s3:versionid", string(q.version))
	}
	c.signatureFacts(have)
	c.lockFacts(have, h, q.lock)
	c.tagFacts(have, h, q)
	return have
}

// bucketFacts tells of the bucket itself. Source of the tags: AWS S3 User Guide, "Enabling ABAC in general purpose buckets".
func bucketFacts(have authz.Conditions, b *object.Bucket, got *settings) {
	have["aws:requestedregion"] = []string{string(b.Region)}
	have["aws:resourceaccount"] = []string{b.Contract.String()}
	have["s3:resourceaccount"] = []string{b.Contract.String()}
	if got == nil {
		return
	}
	for k, v := range got.tags {
		have["s3:buckettag/"+k] = []string{v}
		have["aws:resourcetag/"+k] = []string{v}
	}
}

// creates reports whether an operation that asks for PutObject makes an object, and not a part of one or an upload. Source: AWS S3 User
// Guide, "Enforce conditional writes on Amazon S3 buckets", which is what policies ask it for.
func (c *call) creates() bool {
	switch c.op.name {
	case "CreateMultipartUpload", "UploadPart", "UploadPartCopy":
		return false
	}
	return true
}

// signatureFacts tells how the request is signed.
func (c *call) signatureFacts(have authz.Conditions) {
	form := sigv4.Unsigned
	if c.auth != nil {
		form = c.auth.Form
	}
	switch {
	case c.op.form && c.id != nil:
		have["s3:authtype"] = []string{"POST"}
	case form == sigv4.Header || form == sigv4.HeaderV2:
		have["s3:authtype"] = []string{"REST-HEADER"}
	case form == sigv4.Presigned || form == sigv4.PresignedV2:
		have["s3:authtype"] = []string{"REST-QUERY-STRING"}
	}
	if form == sigv4.Unsigned {
		return
	}
	version := "AWS4-HMAC-SHA256"
	if form.V2() {
		version = "AWS"
	}
	have["s3:signatureversion"] = []string{version}
	if !c.auth.Time.IsZero() {
		have["s3:signatureage"] = []string{itoa(max(0, c.now.Sub(c.auth.Time).Milliseconds()))}
	}
}

// lockFacts tells which lock is asked for, and for how many days.
func (c *call) lockFacts(have authz.Conditions, h http.Header, asked *object.Lock) {
	until, err := time.Parse(time.RFC3339, h.Get("X-Amz-Object-Lock-Retain-Until-Date"))
	dated := err == nil
	if asked != nil {
		until, dated = asked.Until, asked.Mode != object.NoLock
		if dated {
			have["s3:object-lock-mode"] = []string{objectlock.ModeName(asked.Mode)}
			have["s3:object-lock-retain-until-date"] = []string{isoTime(asked.Until)}
		}
		if c.op.action == authz.PutObjectLegalHold {
			have["s3:object-lock-legal-hold"] = []string{objectlock.HoldName(asked.LegalHold)}
		}
	}
	if dated {
		have["s3:object-lock-remaining-retention-days"] = []string{itoa(int64(until.Sub(c.now) / (24 * time.Hour)))}
	}
}

// tagFacts tells the tags of the object and of the request, where the policy asks for them: the former cost a read.
func (c *call) tagFacts(have authz.Conditions, h http.Header, q *question) {
	tags := q.tags
	if v := h.Get("X-Amz-Tagging"); tags == nil && v != "" {
		tags, _ = tagging.FromHeader(v) // who reads the header for its own sake refuses a bad one
	}
	if len(tags) > 0 {
		one, all := "s3:requestobjecttag/", "s3:requestobjecttagkeys"
		if q.action == authz.PutBucketTagging {
			one, all = "aws:requesttag/", "aws:tagkeys"
		}
		have[all] = slices.Collect(maps.Keys(tags))
		for k, v := range tags {
			have[one+k] = []string{v}
		}
	}
	if q.key == "" || authz.LevelOf(q.action) != authz.ObjectLevel || !q.at.Policy.Needs("s3:existingobjecttag/") {
		return
	}
	// An object that is not there has no tags. One that can't be read has none either, and the operation meets the same fault.
	stored, _, err := c.s.Objects.Tags(c.ctx(), &object.VersionRef{Bucket: q.at.of, Key: q.key, Version: q.version})
	if err != nil && errs.KindOf(err) != errs.NotFound {
		c.s.Log.Warn("s3api: tags for a decision do not read", "request", c.reqID, "err", err)
	}
	for k, v := range stored {
		have["s3:existingobjecttag/"+k] = []string{v}
	}
}

// needsBody reports whether the bucket's policy depends on what stands in the request's body: the handler asks when it has read it.
func (c *call) needsBody() bool {
	p := c.facts.Policy
	if p == nil {
		return false
	}
	switch c.op.name {
	case "PutBucketTagging":
		return p.Needs("aws:requesttag/") || p.Needs("aws:tagkeys")
	case "PutObjectTagging":
		return p.Needs("s3:requestobjecttag/") || p.Needs("s3:requestobjecttagkeys")
	case "PutObjectRetention":
		return p.Needs("s3:object-lock-mode") || p.Needs("s3:object-lock-retain-until-date") || p.Needs("s3:object-lock-remaining-retention-days")
	case "PutObjectLegalHold":
		return p.Needs("s3:object-lock-legal-hold")
	}
	return false
}

// secure reports whether the client came by TLS: here, or as a trusted proxy says, there.
func (c *call) secure() bool {
	if c.r.TLS != nil {
		return true
	}
	peer, err := netip.ParseAddrPort(c.r.RemoteAddr)
	return err == nil && c.s.trusted(peer.Addr().Unmap()) && strings.EqualFold(c.sent.Get("X-Forwarded-Proto"), "https")
}
