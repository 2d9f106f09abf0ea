package authz

import (
	"encoding/binary"
	"slices"
	"strings"

	"coffer/internal/errs"
	"coffer/internal/ident"
)

// ObjectOwnership says whose the objects of a bucket are, and whether access control lists count. Source: AWS S3 User Guide,
// "Controlling ownership of objects".
type ObjectOwnership uint8

// The three settings.
const (
	ObjectWriter         ObjectOwnership = iota // whoever writes an object owns it; ACLs count
	BucketOwnerPreferred                        // the same, but what is written with bucket-owner-full-control is the bucket owner's
	BucketOwnerEnforced                         // all is the bucket owner's; ACLs count for nothing and can't be set
)

var ownershipNames = [...]string{ObjectWriter: "ObjectWriter", BucketOwnerPreferred: "BucketOwnerPreferred", BucketOwnerEnforced: "BucketOwnerEnforced"}

// String is the setting's name in S3's documents.
func (o ObjectOwnership) String() string { return ownershipNames[o] }

// ParseObjectOwnership reads a setting by its name.
func ParseObjectOwnership(s string) (ObjectOwnership, bool) {
	i := slices.Index(ownershipNames[:], s)
	return ObjectOwnership(max(i, 0)), i >= 0
}

// Permission is what a grant of an access control list gives.
type Permission uint8

// The permissions. They are stored: never change a number.
const (
	FullControl Permission = 1
	Read        Permission = 2 // of a bucket: list it
	Write       Permission = 3 // of a bucket: make, replace and delete its objects
	ReadACP     Permission = 4
	WriteACP    Permission = 5
)

var permissionNames = [...]string{FullControl: "FULL_CONTROL", Read: "READ", Write: "WRITE", ReadACP: "READ_ACP", WriteACP: "WRITE_ACP"}

// String is the permission's name in S3's documents.
func (p Permission) String() string { return permissionNames[p] }

// ParsePermission reads a permission by its name.
func ParsePermission(s string) (Permission, bool) {
	i := slices.Index(permissionNames[1:], s)
	return Permission(i + 1), i >= 0
}

// Group is a grantee that stands for many.
type Group uint8

// The groups. They are stored: never change a number.
const (
	NoGroup            Group = 0 // the grantee is named by id
	AllUsers           Group = 1 // everybody, signed or not
	AuthenticatedUsers Group = 2 // everybody with an account of this system
	LogDelivery        Group = 3 // this system when it writes access logs
)

// logDelivery is the only member of LogDelivery.
const logDelivery = "logging.s3.amazonaws.com"

const groupURI = "http://acs.amazonaws.com/groups/"

var groupNames = [...]string{NoGroup: "", AllUsers: "global/AllUsers", AuthenticatedUsers: "global/AuthenticatedUsers", LogDelivery: "s3/LogDelivery"}

// URI is the group's name in S3's documents.
func (g Group) URI() string { return groupURI + groupNames[g] }

// ParseGroup reads a group by its URI.
func ParseGroup(uri string) (Group, bool) {
	name, ok := strings.CutPrefix(uri, groupURI)
	i := slices.Index(groupNames[1:], name)
	return Group(i + 1), ok && i >= 0
}

// Grant gives one grantee one permission.
type Grant struct {
	Group      Group
	ID         string // with NoGroup: a canonical id, or a contract's number, which means its people
	Permission Permission
}

// ACL is an access control list of a bucket or of an object's version. It is immutable.
type ACL struct {
	Owner  string // of an object: a canonical id or contract number; "": the bucket's owner
	Grants []Grant
}

// MaxGrants bounds the grants of an ACL. Source: AWS S3 User Guide, "Access control list (ACL) overview".
const MaxGrants = 100

// Public reports whether the list gives something to everybody or to everybody with an account.
func (a *ACL) Public() bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.public() })
}

// Plain reports whether the list says no more than that the bucket's owner, of the given id, may do everything: then it need not be kept.
func (a *ACL) Plain(owner string) bool {
	if slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Group != NoGroup || g.ID != owner }) {
		return false
	}
	return a.Owner == "" && len(a.Grants) > 0 && a.Grants[0].Permission == FullControl
}

func (g *Grant) public() bool { return g.Group == AllUsers || g.Group == AuthenticatedUsers }

const (
	aclVersion = 1
	maxGrantee = 64 // bytes of an id
)

// Encode is the list in the form that is stored.
func (a *ACL) Encode() string {
	b := appendText([]byte{aclVersion}, a.Owner)
	b = binary.AppendUvarint(b, uint64(len(a.Grants)))
	for _, g := range a.Grants {
		b = appendText(append(b, byte(g.Group), byte(g.Permission)), g.ID)
	}
	return string(b)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// ListOwner returns the owner that a list in the form of Encode names; "" for the bucket's owner, for no list and for what can't be read.
func ListOwner(stored string) string {
	if len(stored) < 2 {
		return ""
	}
	d := aclReader{s: stored[1:]}
	return d.text()
}

// DecodeACL reads what Encode made; errs.Corrupt if it is anything else.
func DecodeACL(s string) (*ACL, error) {
	d := aclReader{s: s}
	version := d.byte()
	a := &ACL{Owner: d.text()}
	n := d.number()
	if version != aclVersion || n > MaxGrants {
		d.bad = true
	}
	for i := uint64(0); i < n && !d.bad; i++ {
		g := Grant{Group: Group(d.byte()), Permission: Permission(d.byte()), ID: d.text()}
		d.bad = d.bad || g.Group > LogDelivery || g.Permission < FullControl || g.Permission > WriteACP
		a.Grants = append(a.Grants, g)
	}
	if d.bad || d.s != "" {
		return nil, errs.New(errs.Corrupt, "", "A stored access control list can't be read.")
	}
	return a, nil
}

type aclReader struct {
	s   string
	bad bool
}

func (d *aclReader) byte() byte {
	if d.s == "" {
		d.bad = true
		return 0
	}
	c := d.s[0]
	d.s = d.s[1:]
	return c
}

func (d *aclReader) number() uint64 {
	n := d.byte() // everything counted here is below 128
	d.bad = d.bad || n >= 0x80
	return uint64(n)
}

func (d *aclReader) text() string {
	n := d.number()
	if n > maxGrantee || n > uint64(len(d.s)) {
		d.bad = true
		return ""
	}
	t := d.s[:n]
	d.s = d.s[n:]
	return t
}

// bucketGrants and objectGrants say which permission of a bucket's or an object's list gives an action. Source: AWS S3 User Guide,
// "Mapping of ACL permissions and access policy permissions"; WRITE deletes too, as the description of the permission has it. Never changed.
var (
	bucketGrants = map[Action]Permission{ListBucket: Read, ListBucketVersions: Read, ListBucketMultipartUploads: Read, GetBucketACL: ReadACP,
		PutBucketACL: WriteACP, PutObject: Write, DeleteObject: Write}
	objectGrants = map[Action]Permission{GetObject: Read, GetObjectVersion: Read, GetObjectTorrent: Read, GetObjectAttributes: Read,
		GetObjectVersionAttributes: Read, GetObjectACL: ReadACP, GetObjectVersionACL: ReadACP, PutObjectACL: WriteACP, PutObjectVersionACL: WriteACP}
)

// Foreign reports whether an object with the list belongs to somebody else than the bucket's owner.
func (b *Bucket) Foreign(a *ACL) bool {
	return a != nil && a.Owner != "" && a.Owner != b.OwnerID() && b.ObjectOwnership != BucketOwnerEnforced
}

// OwnerID is the owner's id as documents show it: the contract's number, or a user's canonical id.
func (b *Bucket) OwnerID() string {
	if b.Ownership == ident.UserOwned {
		return string(b.Canonical)
	}
	return b.Contract.String()
}

// Writer returns who owns an object that p writes: "" for the bucket's owner, who has what nobody signed for and what people of the
// contract write into its contract-owned buckets.
func (b *Bucket) Writer(p *Principal) string {
	same := p.Contract == b.Contract
	switch {
	case b.ObjectOwnership == BucketOwnerEnforced || p.Anonymous() || same && (b.Ownership == ident.ContractOwned || p.User == b.User):
		return ""
	case b.Ownership == ident.UserOwned && p.Canonical != "":
		return string(p.Canonical)
	case same:
		return "" // a user without a canonical id can't be named
	}
	return p.Contract.String()
}

// is reports whether id means the principal. The number of the contract that owns the bucket means its owner and administrators alone.
func (b *Bucket) is(p *Principal, id string) bool {
	if p.Anonymous() || id == "" {
		return false
	}
	if id == string(p.Canonical) {
		return true
	}
	return id == p.Contract.String() && (b.Ownership == ident.UserOwned || p.Contract != b.Contract || p.Role >= Administrator)
}

// lists reports whether the list gives the principal the permission.
func (b *Bucket) lists(p *Principal, a *ACL, want Permission) bool {
	for i := range a.Grants {
		g := &a.Grants[i]
		if g.Permission != want && g.Permission != FullControl || b.IgnorePublicACLs && g.public() {
			continue
		}
		switch g.Group {
		case AllUsers:
			return true
		case AuthenticatedUsers:
			if !p.Anonymous() {
				return true
			}
		case LogDelivery:
			if p.Service == logDelivery {
				return true
			}
		case NoGroup:
			if b.is(p, g.ID) {
				return true
			}
		}
	}
	return false
}

// byACL returns what the access control lists give.
func byACL(r *Request) Decision {
	p, b := &r.Principal, r.Bucket
	if b.ObjectOwnership == BucketOwnerEnforced {
		return Decision{}
	}
	if want := bucketGrants[r.Action]; want != 0 && b.ACL != nil && b.lists(p, b.ACL, want) {
		return allow(RuleBucketACL)
	}
	want := objectGrants[r.Action]
	switch {
	case want == 0 || r.ACL == nil:
	case want >= ReadACP && b.is(p, r.ACL.Owner):
		return allow(RuleObjectOwner)
	case b.lists(p, r.ACL, want):
		return allow(RuleObjectACL)
	}
	return Decision{}
}
