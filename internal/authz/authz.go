// Package authz decides, purely: facts in, decision with its reason out. The data plane, the management APIs, "what can this key
// do" and the explanation of a denial all call Evaluate. It never does I/O, never looks at a clock and never knows HTTP.
package authz

import (
	"net/netip"
	"time"

	"coffer/internal/ident"
)

// Role is a user's place in the contract.
type Role uint8

// The roles (fact sheet, section 2).
const (
	Plain Role = iota
	Administrator
	Owner
)

// Validity says which buckets a key may touch (fact sheet K9, K10).
type Validity uint8

// The validities of a key.
const (
	AllBuckets Validity = iota
	UserOwnedOnly
)

// Principal is who asks. The zero Principal is anonymous.
type Principal struct {
	Operator      bool // whoever reads operator.token
	Contract      ident.ContractID
	User          ident.UserID
	Canonical     ident.CanonicalID // "" before the first key
	Role          Role
	ObjectStorage bool // has the privilege Use Object Storage, or a role that needs none
	ActivityLog   bool // has the privilege to read the activity log from a group
	Validity      Validity
	// Service is a program of this system that acts on its own, by the name that policies call it: "logging.s3.amazonaws.com". It has no
	// user: what does not name it takes it for anonymous.
	Service string
}

// Anonymous reports whether nobody is known to ask.
func (p *Principal) Anonymous() bool { return !p.Operator && p.User == "" }

// Admin reports whether p has an administrator's rights in contract c.
func (p *Principal) Admin(c ident.ContractID) bool {
	return p.Operator || p.User != "" && p.Contract == c && p.Role >= Administrator
}

// Action is what is asked, in S3's or our own words: "s3:GetObject", "coffer:CreateAccessKey".
type Action string

// Bucket is what the evaluator knows of the bucket asked for.
type Bucket struct {
	Name      ident.BucketName
	Ownership ident.Ownership
	Contract  ident.ContractID
	User      ident.UserID // the owner of a user-owned bucket
	Canonical ident.CanonicalID
	Policy    *Policy // nil: none
	// RestrictPublic is the public access block's RestrictPublicBuckets: a public policy counts for the bucket's contract alone.
	RestrictPublic bool
	// IgnorePublicACLs is the public access block's IgnorePublicAcls: grants to everybody give nothing.
	IgnorePublicACLs bool
	ObjectOwnership  ObjectOwnership
	ACL              *ACL // nil: the owner alone
}

// Target is whom or what a management action is about.
type Target struct {
	Contract      ident.ContractID
	User          ident.UserID
	Role          Role
	ObjectStorage bool // the target user's privilege (fact sheet K4)
}

// Request is everything a decision may depend on.
type Request struct {
	Principal Principal
	Action    Action
	Bucket    *Bucket // nil for actions on no bucket
	Key       ident.ObjectKey
	Region    ident.Region // where a new bucket would be made
	Target    *Target      // of management actions
	ACL       *ACL         // the object's, where it is known; of an object without one the zero ACL
	Initiator ident.UserID // who began the upload, where it is known
	Source    netip.Addr
	Time      time.Time
	// Conditions are further facts for policies, by lower-case key; Evaluate itself knows who, from where and when. See Policy.Needs.
	Conditions Conditions
}

// Decision is the answer with its reason.
type Decision struct {
	Allowed bool
	Rule    Rule   // which rule decided, stable, for tests, audit and metrics
	Reason  string // one sentence for who asks; it gives nothing away that they may not know
	// ByObject says that the object's own list may turn the refusal into a permission: ask again with it.
	ByObject bool
	// ByUpload says that who began the upload may do it all the same: ask again with the Initiator.
	ByUpload  bool
	Statement string // Sid of the policy's statement that decided; for who may read the policy
}
