package authz

// Rule names the rule that decided. The names are stable: tests, audit records and metrics use them.
type Rule string

// Rules that allow.
const (
	RuleContractAdmin  Rule = "contract-admin"  // owner or administrator at a contract-owned bucket of the contract
	RuleBucketOwner    Rule = "bucket-owner"    // the owning user at a user-owned bucket
	RuleContractMember Rule = "contract-member" // what every user of the contract may
	RuleListOwn        Rule = "list-own"        // the list shows only what the caller may see
	RuleCreateBucket   Rule = "create-bucket"   // may make a bucket in this region
	RulePolicyAllow    Rule = "policy-allow"    // a statement of the bucket policy
	RuleBucketACL      Rule = "bucket-acl"      // a grant of the bucket's access control list
	RuleObjectACL      Rule = "object-acl"      // a grant of the object's
	RuleObjectOwner    Rule = "object-owner"    // who wrote an object into another's bucket, at its list
	RuleInitiator      Rule = "initiator"       // who began an upload, at its parts and its end
	RuleOwnPolicy      Rule = "owner-policy"    // a bucket's owner always reaches its policy, or could lock themselves out
	RuleSelf           Rule = "self"            // one's own account and keys
	RuleAdministrator  Rule = "administrator"   // owner or administrator in the contract
	RuleContractOwner  Rule = "contract-owner"  // the owner alone
	RuleLogReader      Rule = "log-reader"      // a group gives the privilege to read the activity log
	RuleOperator       Rule = "operator"        // the operator of the system
)

// Rules that refuse.
const (
	RuleUnknownAction      Rule = "unknown-action"
	RuleIncomplete         Rule = "incomplete"             // facts are missing: a fault of the caller's
	RuleAnonymous          Rule = "anonymous"              // nobody signed, and nothing is public
	RuleOperatorNoData     Rule = "operator-no-data"       // the operator has no access to stored data
	RuleNoPrivilege        Rule = "no-privilege"           // lacks Use Object Storage
	RuleTargetNoPrivilege  Rule = "target-no-privilege"    // the user a key is for lacks it (K4)
	RuleKeyValidity        Rule = "key-user-owned-only"    // a key of the older kind at a contract-owned bucket (K9)
	RulePlainContractOwned Rule = "plain-contract-owned"   // a plain user at a contract-owned bucket that no policy opens to them
	RulePlainCreates       Rule = "plain-creates-contract" // a plain user making a contract-owned bucket
	RuleOtherUser          Rule = "other-user"             // another user's bucket
	RuleOtherContract      Rule = "other-contract"
	RulePolicyDeny         Rule = "policy-deny"         // an explicit Deny of the bucket policy
	RuleRestricted         Rule = "public-access-block" // a public policy that the public access block narrows to the contract
	RuleOutsidersPolicy    Rule = "outsiders-policy"    // a policy that lets people of other contracts at itself
	RuleForeignObject      Rule = "foreign-object"      // the bucket's owner at an object of somebody else's
	RuleNotAdministrator   Rule = "not-administrator"
	RuleNotContractOwner   Rule = "not-contract-owner"
	RuleOwnerProtected     Rule = "owner-protected" // an administrator at the owner's account, secrets or storage
	RuleNotOperator        Rule = "not-operator"
	RuleNotSelf            Rule = "not-self" // somebody else's password, session or second factor
)

// SuggestUserOwned reports whether who was refused by this rule should read which region to use instead: a plain user of the
// contract at a contract-owned bucket or region.
func (r Rule) SuggestUserOwned() bool { return r == RulePlainContractOwned || r == RulePlainCreates }

// Hidden reports whether the refusal must not tell that the thing exists: management calls answer NotFound.
func (r Rule) Hidden() bool { return r == RuleOtherContract }

var reasons = map[Rule]string{
	RuleContractAdmin:  "Owners and administrators of the contract may do everything at its contract-owned buckets.",
	RuleBucketOwner:    "The bucket belongs to you.",
	RuleContractMember: "Every user of the contract may do this.",
	RuleListOwn:        "The list shows the buckets that you may see.",
	RuleCreateBucket:   "You may make buckets in this region.",
	RulePolicyAllow:    "The bucket's policy allows it.",
	RuleBucketACL:      "The bucket's access control list grants it.",
	RuleObjectACL:      "The object's access control list grants it.",
	RuleObjectOwner:    "The object belongs to you.",
	RuleInitiator:      "You began the upload.",
	RuleOwnPolicy:      "A bucket's owner always reaches its policy.",
	RuleSelf:           "It is your own.",
	RuleAdministrator:  "Owners and administrators of the contract may do this.",
	RuleContractOwner:  "The owner of the contract may do this.",
	RuleLogReader:      "You are in a group with the privilege to read the activity log.",
	RuleOperator:       "The operator may do this.",

	RuleUnknownAction:      "This action is not known.",
	RuleIncomplete:         "The request does not say what it is about.",
	RuleAnonymous:          "The request is not signed, and nothing here is public.",
	RuleOperatorNoData:     "The operator has no access to stored data.",
	RuleNoPrivilege:        "The user needs to be in a group with the privilege Use Object Storage.",
	RuleTargetNoPrivilege:  "The user needs to be part of a group that has ACCESS_S3_OBJECT_STORAGE privilege",
	RuleKeyValidity:        "This access key is valid for user-owned buckets only; generate a new key for contract-owned buckets.",
	RulePlainContractOwned: "Only the contract's owner and administrators reach this contract-owned bucket, unless its policy names you.",
	RulePlainCreates:       "Only the contract's owner and administrators may create contract-owned buckets.",
	RuleOtherUser:          "The bucket belongs to another user.",
	RuleOtherContract:      "It belongs to another contract.",
	RulePolicyDeny:         "The bucket's policy denies it.",
	RuleRestricted:         "The bucket's public access block keeps public access out.",
	RuleOutsidersPolicy:    "A bucket's policy is for people of the bucket's contract, whatever it says.",
	RuleForeignObject:      "The object belongs to whoever wrote it, and its access control list does not name you.",
	RuleNotAdministrator:   "Only the contract's owner and administrators may do this.",
	RuleNotContractOwner:   "Only the owner of the contract may do this.",
	RuleOwnerProtected:     "The owner's account, secret keys and storage are the owner's alone.",
	RuleNotOperator:        "Only the operator of this system may do this.",
	RuleNotSelf:            "One may do this for oneself only.",
}

func allow(r Rule) Decision { return Decision{Allowed: true, Rule: r, Reason: reasons[r]} }

func deny(r Rule) Decision { return Decision{Rule: r, Reason: reasons[r]} }
