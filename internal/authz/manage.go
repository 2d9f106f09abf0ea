package authz

// class says who may perform a management action.
type class uint8

const (
	anyMember     class = iota + 1 // every user of the contract, and the operator
	selfOnly                       // the user themself; for nobody else, not even the operator
	selfOrAdmin                    // the user themself; owner, administrators and the operator for others
	ownKey                         // the user themself with the privilege; owner, administrators and the operator for others (K2, K3)
	ownSecret                      // as ownKey, but never the operator, and the owner's are the owner's alone
	makeKey                        // as ownKey, the target needs the privilege (K4), and no administrator gets a key of the owner's
	logReader                      // as admin, and who is in a group with the privilege to read the activity log
	admin                          // owner, administrators, operator
	adminOverUser                  // as admin, but the owner's account is changed by the owner and the operator alone
	adminOfUsers                   // as adminOverUser, but not the operator
	selfOrOver                     // the user themself, and as adminOverUser
	ownerOnly                      // the contract's owner, and the operator
	operatorOnly
)

// management is who may do what to people, keys and the system (fact sheet, section 2). It is never changed.
var management = map[Action]class{
	CreateContract: operatorOnly, GetContract: anyMember, ListContracts: anyMember, UpdateContract: ownerOnly, DeleteContract: operatorOnly,

	CreateUser: admin, GetUser: selfOrAdmin, ListUsers: admin, UpdateUser: adminOverUser, DeleteUser: adminOverUser,
	ChangePassword: selfOnly, ResetPassword: operatorOnly, OpenStorage: adminOfUsers,

	CreateGroup: admin, GetGroup: admin, ListGroups: admin, UpdateGroup: admin, DeleteGroup: admin,
	ListMembers: admin, AddMember: admin, RemoveMember: admin,

	CreateKey: makeKey, ListKeys: ownKey, GetKey: ownKey, ReadSecret: ownSecret, UpdateKey: ownKey, RenewKey: makeKey,
	DeleteKey: ownKey, ImportKey: operatorOnly,

	ListSessions: selfOrAdmin, EndSession: selfOrOver, CreateToken: selfOnly, ListTokens: selfOrAdmin, DeleteToken: selfOrAdmin,
	SetSecondFactor: selfOnly, ResetSecondFactor: adminOverUser,

	ListRegions: anyMember, ManageRegions: operatorOnly, ReadAudit: logReader, ReadUsage: selfOrAdmin, SetQuota: adminOverUser, HandOver: adminOverUser, SetContractQuota: operatorOnly,
	ReadSystem: operatorOnly, ManageSystem: operatorOnly,
}

func evaluateManagement(r *Request) Decision {
	p, t := &r.Principal, r.Target
	c := management[r.Action]
	switch {
	case p.Anonymous():
		return deny(RuleAnonymous)
	case p.Operator:
		return operator(c, t)
	case c == operatorOnly:
		return deny(RuleNotOperator)
	case t == nil:
		return deny(RuleIncomplete)
	case t.Contract != p.Contract:
		return deny(RuleOtherContract)
	}
	self := t.User != "" && t.User == p.User
	switch c {
	case anyMember:
		return allow(RuleContractMember)
	case selfOnly:
		if self {
			return allow(RuleSelf)
		}
		return deny(RuleNotSelf)
	case ownerOnly:
		if p.Role == Owner {
			return allow(RuleContractOwner)
		}
		return deny(RuleNotContractOwner)
	case selfOrAdmin:
		if self {
			return allow(RuleSelf)
		}
	case ownKey, ownSecret, makeKey:
		return keys(p, t, c, self)
	case logReader:
		if p.ActivityLog {
			return allow(RuleLogReader)
		}
	case adminOverUser, adminOfUsers, selfOrOver:
		if self && c == selfOrOver {
			return allow(RuleSelf)
		}
		if p.Role == Administrator && t.Role == Owner {
			return deny(RuleOwnerProtected)
		}
	}
	if p.Role >= Administrator {
		return allow(RuleAdministrator)
	}
	return deny(RuleNotAdministrator)
}

// keys decides about access keys: one's own with the privilege, others' as owner or administrator.
func keys(p *Principal, t *Target, c class, self bool) Decision {
	switch {
	case !self && p.Role < Administrator:
		return deny(RuleNotAdministrator)
	case self && !p.ObjectStorage && p.Role == Plain:
		return deny(RuleNoPrivilege)
	case !self && c != ownKey && p.Role == Administrator && t.Role == Owner:
		return deny(RuleOwnerProtected)
	case c == makeKey && !t.ObjectStorage && t.Role == Plain:
		return deny(RuleTargetNoPrivilege)
	case self:
		return allow(RuleSelf)
	}
	return allow(RuleAdministrator)
}

// operator decides for who reads operator.token: everything that administers, nothing that is somebody's own.
func operator(c class, t *Target) Decision {
	switch {
	case c == selfOnly || c == ownSecret || c == adminOfUsers:
		return deny(RuleNotSelf)
	case c == makeKey && t != nil && !t.ObjectStorage && t.Role == Plain:
		return deny(RuleTargetNoPrivilege)
	}
	return allow(RuleOperator)
}
