package authz

import "coffer/internal/ident"

// Evaluate decides a request. It is pure: the same facts give the same decision. Order: what nobody may; explicit Deny; what
// ownership and role give; what a policy allows; what access control lists grant; else a refusal that names the nearest reason. Who owns
// an object that belongs to another than the bucket's owner is asked before ownership of the bucket and its policy.
func Evaluate(r *Request) Decision {
	switch LevelOf(r.Action) {
	case ManagementLevel:
		return evaluateManagement(r)
	case ServiceLevel:
		return evaluateService(r)
	case BucketLevel, ObjectLevel:
		if r.Action == CreateBucket {
			return evaluateCreate(r)
		}
		return evaluateBucket(r)
	}
	return deny(RuleUnknownAction)
}

// barred returns the refusal of principals that may do nothing at S3, whatever is asked.
func barred(p *Principal) (Decision, bool) {
	switch {
	case p.Operator:
		return deny(RuleOperatorNoData), true
	case !p.Anonymous() && !p.ObjectStorage && p.Role == Plain:
		return deny(RuleNoPrivilege), true
	}
	return Decision{}, false
}

func evaluateService(r *Request) Decision {
	if d, no := barred(&r.Principal); no {
		return d
	}
	if r.Principal.Anonymous() {
		return deny(RuleAnonymous)
	}
	return allow(RuleListOwn)
}

// evaluateCreate decides where somebody may make a bucket: in user-owned regions everybody with the privilege, in contract-owned
// ones the owner and administrators (fact sheet, section 2, the safest of its readings).
func evaluateCreate(r *Request) Decision {
	p := &r.Principal
	if d, no := barred(p); no {
		return d
	}
	switch {
	case p.Anonymous():
		return deny(RuleAnonymous)
	case r.Region.Ownership == ident.UserOwned:
		return allow(RuleCreateBucket)
	case r.Region.Ownership != ident.ContractOwned:
		return deny(RuleIncomplete)
	case p.Validity == UserOwnedOnly:
		return deny(RuleKeyValidity)
	case p.Role < Administrator:
		return deny(RulePlainCreates)
	}
	return allow(RuleCreateBucket)
}

func evaluateBucket(r *Request) Decision {
	p, b := &r.Principal, r.Bucket
	if d, no := barred(p); no {
		return d
	}
	if b == nil || b.Ownership != ident.ContractOwned && b.Ownership != ident.UserOwned {
		return deny(RuleIncomplete)
	}
	if b.Ownership == ident.ContractOwned && p.Validity == UserOwnedOnly && !p.Anonymous() {
		return deny(RuleKeyValidity)
	}
	said, sid := silent, ""
	if b.Policy != nil {
		said, sid = b.Policy.judge(r)
	}
	own := ownership(p, b, r.Action)
	foreign := objectGrants[r.Action] != 0 && b.Foreign(r.ACL)
	switch {
	case said == denies && ownsPolicy(own.Rule, r.Action):
		return allow(RuleOwnPolicy)
	case said == denies:
		d := deny(RulePolicyDeny)
		d.Statement = sid
		return d
	case own.Allowed && !foreign:
		return own
	}
	outsider := p.Anonymous() || p.Contract != b.Contract
	restricted := b.RestrictPublic && said == allows && b.Policy.Public() && outsider
	kept := said == allows && outsider && (reachesPolicy(r.Action) || r.Action == PutBucketLogging)
	if said == allows && !restricted && !foreign && !kept { // a bucket's policy disposes of what its owner owns
		d := allow(RulePolicyAllow)
		d.Statement = sid
		return d
	}
	if d := byACL(r); d.Allowed {
		return d
	}
	begun := r.Action == AbortMultipartUpload || r.Action == ListMultipartUploadParts
	if begun && r.Initiator != "" && r.Initiator == p.User {
		return allow(RuleInitiator)
	}
	d := deny(nearest(p, b))
	d.ByUpload = begun && r.Initiator == "" && !p.Anonymous()
	switch {
	case restricted:
		d = deny(RuleRestricted)
	case kept && reachesPolicy(r.Action):
		d = deny(RuleOutsidersPolicy)
	case foreign && own.Allowed:
		d = deny(RuleForeignObject)
	}
	d.ByObject = r.ACL == nil && objectGrants[r.Action] != 0 && b.ObjectOwnership != BucketOwnerEnforced
	return d
}

// reachesPolicy reports whether an action is one on a bucket's policy, which lets nobody outside of the bucket's contract at itself. Source:
// AWS S3 API Reference, GetBucketPolicy, PutBucketPolicy and DeleteBucketPolicy ("belong to the bucket owner's account"). PutBucketLogging
// there says the same of itself.
func reachesPolicy(a Action) bool {
	return a == GetBucketPolicy || a == PutBucketPolicy || a == DeleteBucketPolicy
}

// ownsPolicy reports whether an owner may do it whatever the policy says: otherwise a policy could lock out everybody for good.
func ownsPolicy(own Rule, a Action) bool {
	if !reachesPolicy(a) && a != GetBucketPublicAccessBlock && a != PutBucketPublicAccessBlock {
		return false
	}
	return own == RuleBucketOwner || own == RuleContractAdmin
}

// ownership returns what the principal has without any policy.
func ownership(p *Principal, b *Bucket, a Action) Decision {
	switch {
	case p.Anonymous() || p.Contract != b.Contract:
	case b.Ownership == ident.UserOwned && p.User == b.User:
		return allow(RuleBucketOwner)
	case b.Ownership == ident.ContractOwned && p.Role >= Administrator:
		return allow(RuleContractAdmin)
	case b.Ownership == ident.ContractOwned && a == GetBucketLocation:
		return allow(RuleContractMember)
	}
	return Decision{}
}

// nearest names why somebody whom nothing allows is refused.
func nearest(p *Principal, b *Bucket) Rule {
	switch {
	case p.Anonymous():
		return RuleAnonymous
	case p.Contract != b.Contract:
		return RuleOtherContract
	case b.Ownership == ident.UserOwned:
		return RuleOtherUser
	}
	return RulePlainContractOwned
}
