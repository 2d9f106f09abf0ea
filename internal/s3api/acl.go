package s3api

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	"coffer/internal/acl"
	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
	"coffer/internal/object"
	"coffer/internal/s3xml"
)

// aclConfig is the name under which a bucket's access control list is stored, in the form of package authz. A bucket whose list grants
// nothing beyond its owner's own has none, nor has such an object.
const aclConfig = "acl"

// Accounts answers who a grantee is; iam.Service is one. errs.NotFound where there is nobody.
type Accounts interface {
	// Account takes a canonical id, a contract's number or a contract user id.
	Account(ctx context.Context, id string) (iam.Account, error)
	AccountByMail(ctx context.Context, mail string) (iam.Account, error)
}

// grants makes ids of what a client calls its grantees, and refuses those who do not exist.
func (c *call) grants(asked []acl.Grant) ([]authz.Grant, error) {
	all := make([]authz.Grant, 0, len(asked))
	for _, a := range asked {
		g := authz.Grant{Group: a.Group, Permission: a.Permission}
		var who iam.Account
		var err error
		switch {
		case a.Mail != "":
			who, err = c.s.IAM.AccountByMail(c.ctx(), a.Mail)
			if errs.KindOf(err) == errs.NotFound {
				err = newFault(errs.New(errs.Invalid, "UnresolvableGrantByEmailAddress", ""), "EmailAddress", clip(a.Mail))
			}
		case a.Group == authz.NoGroup:
			who, err = c.s.IAM.Account(c.ctx(), a.ID)
			if errs.KindOf(err) == errs.NotFound || err == nil && who.ID == "" {
				err = invalidArgument("CanonicalUser/ID", a.ID, "Invalid id")
			}
		}
		if err != nil {
			return nil, err
		}
		g.ID = who.ID
		all = append(all, g)
	}
	return all, nil
}

// own is the grant that every new list gives its owner.
func own(id string) authz.Grant { return authz.Grant{ID: id, Permission: authz.FullControl} }

// fromHeaders makes the list that headers ask for, of a bucket or, with bucket false, of an object of owner ("": the bucket's owner).
func (c *call) fromHeaders(asked *acl.Asked, at *authz.Bucket, owner string, bucket bool) (*authz.ACL, error) {
	l := &authz.ACL{Owner: owner}
	if asked.Grants != nil {
		var err error
		l.Grants, err = c.grants(asked.Grants)
		return l, err
	}
	more, err := acl.Canned(asked.Canned, bucket, at.OwnerID())
	if err != nil {
		return nil, withDetails(err, "ArgumentName", "x-amz-acl", "ArgumentValue", clip(asked.Canned))
	}
	if owner == "" {
		owner = at.OwnerID()
	}
	l.Grants = append([]authz.Grant{own(owner)}, more...)
	return l, nil
}

// stored is the form in which a list is kept; "" where it says nothing.
func stored(l *authz.ACL, owner string) string {
	if l.Plain(owner) {
		return ""
	}
	return l.Encode()
}

// newACL reads the list of an object that is written now, in the form in which it is kept. It costs nothing where no header asks for
// one and the bucket's owner writes. A list that opens the object to a third needs the right to set lists, which an object's owner has.
func (c *call) newACL() (string, error) {
	asked, err := acl.FromHeaders(c.header)
	if err != nil {
		return "", err
	}
	at := &c.facts.Bucket
	owner := at.Writer(&c.principal)
	if asked.None() && owner == "" {
		return "", nil
	}
	if asked.Canned == "bucket-owner-full-control" && at.ObjectOwnership != authz.ObjectWriter {
		return "", nil
	}
	l, err := c.fromHeaders(&asked, at, owner, false)
	if err != nil {
		return "", err
	}
	if at.ObjectOwnership == authz.BucketOwnerEnforced {
		if asked.Canned != "" || !l.Plain(at.OwnerID()) {
			return "", noACLs()
		}
		return "", nil
	}
	if err := c.mayPublish(l); err != nil {
		return "", err
	}
	for _, g := range l.Grants {
		if g.Group == authz.NoGroup && (g.ID == owner || g.ID == at.OwnerID()) {
			continue
		}
		q := question{action: authz.PutObjectACL, at: &c.facts, key: ident.ObjectKey(c.key), acl: &authz.ACL{Owner: owner}}
		if err := c.refusal(c.judge(&q)); err != nil && !c.publicWrite() {
			return "", err
		}
		break
	}
	return stored(l, at.OwnerID()), nil
}

// publicWrite reports whether nobody signed for what the bucket's list lets everybody write: who writes so sets the list of what is
// written, as the owner of an object does, since it can't be asked for later. Source: AWS S3 User Guide, "Access control list overview".
func (c *call) publicWrite() bool {
	q := question{action: authz.PutObject, at: &c.facts, key: ident.ObjectKey(c.key)}
	return c.principal.Anonymous() && c.judge(&q).Rule == authz.RuleBucketACL
}

func noACLs() error { return errs.New(errs.Invalid, "AccessControlListNotSupported", "") }

// mayPublish refuses a public list where the public access block keeps new ones out.
func (c *call) mayPublish(l *authz.ACL) error {
	if l.Public() && c.block().ACLs {
		return publicBlocked()
	}
	return nil
}

func publicBlocked() error {
	return errs.New(errs.Denied, "AccessDenied", "Access Denied because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access.")
}

// askListed asks for an action that the object's own list may give or, if the object is not the bucket owner's, refuse. It keeps the list.
func (c *call) askListed(a authz.Action) error {
	v, err := c.version()
	if err != nil {
		return err
	}
	ref := &object.VersionRef{Bucket: c.bucket, Key: ident.ObjectKey(c.key), Version: v}
	kept, _, missing := c.s.Objects.ACL(c.ctx(), ref)
	if missing == nil {
		c.kept = kept
		if c.acl, err = decodeACL(kept); err != nil {
			return err
		}
	}
	if err := c.ask(a, &c.facts, ref.Key); err != nil {
		return err
	}
	if missing != nil {
		if c.op.name == "GetObjectAttributes" { // a wrong question is told before there is nothing to answer it
			if _, err := c.readWanted(); err != nil {
				return err
			}
		}
		if c.op.name == "PutObjectAcl" {
			return c.notOfMarker(missing)
		}
		return c.missing(missing)
	}
	return nil
}

// decodeACL reads a list as it is kept; the zero list for "".
func decodeACL(kept string) (*authz.ACL, error) {
	if kept == "" {
		return &authz.ACL{}, nil
	}
	return authz.DecodeACL(kept)
}

// MayRead implements object.Guard: it decides with the object's own list where that could change the answer.
func (c *call) MayRead(o *object.Object) error {
	c.guarded = true
	switch {
	case o.Headers.ACL == "" && c.pending.ByObject:
		return c.denied(c.pending)
	case o.Headers.ACL == c.kept: // as decided already, or none at all
		return nil
	}
	q := question{action: c.action(), at: &c.facts, key: ident.ObjectKey(c.key), version: ident.VersionID(c.query.get("versionId"))}
	return c.decideWith(&q, o)
}

func (c *call) decideWith(q *question, o *object.Object) error {
	var err error
	if q.acl, err = decodeACL(o.Headers.ACL); err != nil {
		return err
	}
	return c.refusal(c.judge(q))
}

// sourceGuard decides about the source of a copy. first is the decision without its list.
type sourceGuard struct {
	c     *call
	q     question
	first authz.Decision
	tags  bool            // tags are copied
	read  ident.VersionID // that is copied; "" where the bucket never had versions
}

// MayRead implements object.Guard.
func (g *sourceGuard) MayRead(o *object.Object) error {
	g.read = o.Version
	err := g.c.refusal(g.first)
	if o.Headers.ACL != "" {
		err = g.c.decideWith(&g.q, o)
	}
	if err == nil && g.tags && o.TagCount > 0 {
		err = g.mayCopyTags()
	}
	return err
}

// mayCopyTags asks for the rights to read tags at the source and to set them at the target: a copy must not give an object tags, which
// decide in policies, that its maker could not give. Source: AWS S3 User Guide, "Object tagging and additional information".
func (g *sourceGuard) mayCopyTags() error {
	q := question{action: authz.GetObjectTagging, at: g.q.at, key: g.q.key, version: g.q.version}
	if q.version != "" {
		q.action = authz.GetObjectVersionTagging
	}
	if err := g.c.refusal(g.c.judge(&q)); err != nil {
		return err
	}
	to := question{action: authz.PutObjectTagging, at: &g.c.facts, key: ident.ObjectKey(g.c.key)}
	if g.c.facts.Policy != nil {
		var err error
		if to.tags, _, err = g.c.s.Objects.Tags(g.c.ctx(), &object.VersionRef{Bucket: q.at.of, Key: q.key, Version: q.version}); err != nil {
			return err
		}
	}
	return g.c.refusal(g.c.judge(&to))
}

// mayCompare asks for the right to read an object whose ETag a condition of a write or delete names: whether it holds tells what the object is.
// Source: AWS S3 User Guide, "How to prevent object overwrites with conditional writes" and "How to perform conditional deletes".
func (c *call) mayCompare(cond *object.Conditions, key ident.ObjectKey, v ident.VersionID) error {
	if len(cond.IfMatch) == 0 {
		return nil
	}
	q := question{action: authz.GetObject, at: &c.facts, key: key, version: v}
	if v != "" {
		q.action = authz.GetObjectVersion
	}
	d := c.judge(&q)
	if !d.Allowed && d.ByObject {
		if kept, _, err := c.s.Objects.ACL(c.ctx(), &object.VersionRef{Bucket: c.bucket, Key: key, Version: v}); err == nil {
			if q.acl, err = decodeACL(kept); err != nil {
				return err
			}
			d = c.judge(&q)
		}
	}
	return c.refusal(d)
}

func (c *call) getBucketACL() error {
	l := c.facts.ACL
	if l == nil || c.facts.ObjectOwnership == authz.BucketOwnerEnforced {
		l = &authz.ACL{Grants: []authz.Grant{own(c.facts.OwnerID())}}
	}
	return c.showACL(l)
}

func (c *call) getObjectACL() error {
	l := c.acl
	if c.kept == "" || c.facts.ObjectOwnership == authz.BucketOwnerEnforced {
		l = &authz.ACL{Grants: []authz.Grant{own(c.facts.OwnerID())}}
	}
	return c.showACL(l)
}

// showACL answers with a list. Names are those of today; who has gone has none.
func (c *call) showACL(l *authz.ACL) error {
	names := map[string]string{c.facts.OwnerID(): c.bucket.OwnerName}
	name := func(id string) string {
		n, known := names[id]
		if !known {
			who, _ := c.s.IAM.Account(c.ctx(), id)
			n = who.Name
			names[id] = n
		}
		return n
	}
	owner := l.Owner
	if owner == "" {
		owner = c.facts.OwnerID()
	}
	return c.document(func(x *s3xml.Writer) error {
		x.B = acl.Append(x.B, acl.Party{ID: owner, Name: name(owner)}, l.Grants, name)
		return nil
	})
}

func (c *call) putBucketACL() error {
	l, err := c.readACL("", true)
	if err != nil {
		return err
	}
	if l.Plain(c.facts.OwnerID()) {
		return c.setConfig(aclConfig, nil, http.StatusOK)
	}
	return c.setConfig(aclConfig, []byte(l.Encode()), http.StatusOK)
}

func (c *call) putObjectACL() error {
	l, err := c.readACL(c.acl.Owner, false)
	if err != nil {
		return err
	}
	v, err := c.version()
	if err != nil {
		return err
	}
	ref := &object.VersionRef{Bucket: c.bucket, Key: ident.ObjectKey(c.key), Version: v}
	if v, err = c.s.Objects.SetACL(c.ctx(), ref, c.kept, stored(l, c.facts.OwnerID())); err != nil {
		return c.notOfMarker(err)
	}
	c.opt("x-amz-version-id", string(v))
	return c.empty(http.StatusOK)
}

// readACL reads the list that a request sets: by a canned name, by grant headers or by a document, and by one of them alone. owner is
// the object's, "" for the bucket's owner, and stays who it is.
func (c *call) readACL(owner string, bucket bool) (*authz.ACL, error) {
	if c.facts.ObjectOwnership == authz.BucketOwnerEnforced {
		return nil, noACLs()
	}
	buf, err := c.readAll(acl.MaxDocument)
	if err != nil {
		return nil, err
	}
	defer c.s.giveBack(buf)
	asked, wrong := acl.FromHeaders(c.header)
	l, has := (*authz.ACL)(nil), len(bytes.TrimSpace(*buf)) > 0
	switch {
	case has && (wrong != nil || !asked.None()):
		return nil, errs.New(errs.Invalid, "UnexpectedContent", "")
	case wrong != nil:
		return nil, wrong
	case has:
		l, err = c.fromDocument(*buf, owner)
	case asked.None():
		return nil, newFault(errs.New(errs.Invalid, "MissingSecurityHeader", ""), "MissingHeaderName", "x-amz-acl")
	default:
		l, err = c.fromHeaders(&asked, &c.facts.Bucket, owner, bucket)
	}
	if err != nil {
		return nil, err
	}
	return l, c.mayPublish(l)
}

// fromDocument reads a document. It must name the owner that there is: owners are not changed by lists.
func (c *call) fromDocument(doc []byte, owner string) (*authz.ACL, error) {
	named, asked, err := acl.Read(doc)
	if err != nil {
		return nil, err
	}
	is := owner
	if is == "" {
		is = c.facts.OwnerID()
	}
	if !strings.EqualFold(named, is) {
		if _, err := c.s.IAM.Account(c.ctx(), named); errs.KindOf(err) == errs.NotFound {
			return nil, invalidArgument("CanonicalUser/ID", named, "Invalid id")
		}
		return nil, errs.New(errs.Denied, "AccessDenied", "Access Denied. The owner of an access control list can't be changed; name "+is+".")
	}
	l := &authz.ACL{Owner: owner}
	l.Grants, err = c.grants(asked)
	return l, err
}
