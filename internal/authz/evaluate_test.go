package authz

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"coffer/internal/ident"
)

const (
	home  ident.ContractID = 31000000
	other ident.ContractID = 32000000
)

var (
	owner     = Principal{Contract: home, User: "owner", Role: Owner, ObjectStorage: true}
	adminUser = Principal{Contract: home, User: "admin", Role: Administrator, ObjectStorage: true}
	plain     = Principal{Contract: home, User: "plain", ObjectStorage: true}
	bare      = Principal{Contract: home, User: "bare"}
	stranger  = Principal{Contract: other, User: "stranger", Role: Owner, ObjectStorage: true}
	operatorP = Principal{Operator: true}

	logReaderP = Principal{Contract: home, User: "reader", ActivityLog: true}
	oldKey     = Principal{Contract: home, User: "admin", Role: Administrator, ObjectStorage: true, Validity: UserOwnedOnly}
	oldPlain   = Principal{Contract: home, User: "plain", ObjectStorage: true, Validity: UserOwnedOnly}

	shared = &Bucket{Name: "shared", Ownership: ident.ContractOwned, Contract: home, User: "admin"}
	mine   = &Bucket{Name: "mine", Ownership: ident.UserOwned, Contract: home, User: "plain"}

	contractRegion = ident.Region{Name: "local-1", Ownership: ident.ContractOwned}
	userRegion     = ident.Region{Name: "local-2", Ownership: ident.UserOwned}
)

func TestStorage(t *testing.T) {
	type who = Principal
	for _, c := range []struct {
		name   string
		p      who
		a      Action
		b      *Bucket
		region ident.Region
		want   Rule
		ok     bool
	}{
		{"owner reads contract-owned", owner, GetObject, shared, ident.Region{}, RuleContractAdmin, true},
		{"owner reads policy", owner, PutBucketPolicy, shared, ident.Region{}, RuleContractAdmin, true},
		{"admin writes contract-owned", adminUser, PutObject, shared, ident.Region{}, RuleContractAdmin, true},
		{"admin of another contract", stranger, GetObject, shared, ident.Region{}, RuleOtherContract, false},
		{"plain reads contract-owned", plain, GetObject, shared, ident.Region{}, RulePlainContractOwned, false},
		{"plain lists contract-owned", plain, ListBucket, shared, ident.Region{}, RulePlainContractOwned, false},
		{"plain asks the location", plain, GetBucketLocation, shared, ident.Region{}, RuleContractMember, true},
		{"plain of another contract asks the location", stranger, GetBucketLocation, shared, ident.Region{}, RuleOtherContract, false},
		{"nobody reads", who{}, GetObject, shared, ident.Region{}, RuleAnonymous, false},
		{"nobody asks the location", who{}, GetBucketLocation, shared, ident.Region{}, RuleAnonymous, false},
		{"operator reads", operatorP, GetObject, shared, ident.Region{}, RuleOperatorNoData, false},
		{"without privilege", bare, GetBucketLocation, shared, ident.Region{}, RuleNoPrivilege, false},
		{"old key of an admin", oldKey, GetObject, shared, ident.Region{}, RuleKeyValidity, false},
		{"old key asks the location", oldPlain, GetBucketLocation, shared, ident.Region{}, RuleKeyValidity, false},
		{"old key at a user-owned bucket", oldPlain, GetObject, mine, ident.Region{}, RuleBucketOwner, true},
		{"owning user", plain, DeleteBucket, mine, ident.Region{}, RuleBucketOwner, true},
		{"administrator at a user-owned bucket", adminUser, GetObject, mine, ident.Region{}, RuleOtherUser, false},
		{"contract owner at a user-owned bucket", owner, GetBucketLocation, mine, ident.Region{}, RuleOtherUser, false},
		{"same user id in another contract", who{Contract: other, User: "plain", ObjectStorage: true}, GetObject, mine, ident.Region{}, RuleOtherContract, false},
		{"plain lists buckets", plain, ListAllMyBuckets, nil, ident.Region{}, RuleListOwn, true},
		{"without privilege lists buckets", bare, ListAllMyBuckets, nil, ident.Region{}, RuleNoPrivilege, false},
		{"nobody lists buckets", who{}, ListAllMyBuckets, nil, ident.Region{}, RuleAnonymous, false},
		{"operator lists buckets", operatorP, ListAllMyBuckets, nil, ident.Region{}, RuleOperatorNoData, false},
		{"admin makes contract-owned", adminUser, CreateBucket, nil, contractRegion, RuleCreateBucket, true},
		{"plain makes contract-owned", plain, CreateBucket, nil, contractRegion, RulePlainCreates, false},
		{"plain makes user-owned", plain, CreateBucket, nil, userRegion, RuleCreateBucket, true},
		{"without privilege makes user-owned", bare, CreateBucket, nil, userRegion, RuleNoPrivilege, false},
		{"nobody makes user-owned", who{}, CreateBucket, nil, userRegion, RuleAnonymous, false},
		{"old key makes contract-owned", oldKey, CreateBucket, nil, contractRegion, RuleKeyValidity, false},
		{"old key makes user-owned", oldKey, CreateBucket, nil, userRegion, RuleCreateBucket, true},
		{"no region", owner, CreateBucket, nil, ident.Region{}, RuleIncomplete, false},
		{"no bucket", owner, GetObject, nil, ident.Region{}, RuleIncomplete, false},
		{"bucket of no type", owner, GetObject, &Bucket{Contract: home}, ident.Region{}, RuleIncomplete, false},
		{"unknown action", owner, "s3:Everything", shared, ident.Region{}, RuleUnknownAction, false},
		{"no action", owner, "", shared, ident.Region{}, RuleUnknownAction, false},
	} {
		r := Request{Principal: c.p, Action: c.a, Bucket: c.b, Region: c.region, Key: "k"}
		if d := Evaluate(&r); d.Allowed != c.ok || d.Rule != c.want || d.Reason == "" {
			t.Errorf("%s: %+v, want %v by %s", c.name, d, c.ok, c.want)
		}
	}
}

func TestManagement(t *testing.T) {
	toPlain := &Target{Contract: home, User: "plain", ObjectStorage: true}
	toBare := &Target{Contract: home, User: "bare"}
	toAdmin := &Target{Contract: home, User: "admin", Role: Administrator, ObjectStorage: true}
	toOwner := &Target{Contract: home, User: "owner", Role: Owner, ObjectStorage: true}
	toContract := &Target{Contract: home}
	for _, c := range []struct {
		name string
		p    Principal
		a    Action
		t    *Target
		want Rule
		ok   bool
	}{
		{"own key with privilege", plain, CreateKey, toPlain, RuleSelf, true},
		{"own key without privilege", bare, CreateKey, toBare, RuleNoPrivilege, false},
		{"own key list without privilege", bare, ListKeys, toBare, RuleNoPrivilege, false},
		{"another's key as plain", plain, CreateKey, toBare, RuleNotAdministrator, false},
		{"another's key deleted as plain", plain, DeleteKey, toAdmin, RuleNotAdministrator, false},
		{"another's key as admin", adminUser, CreateKey, toPlain, RuleAdministrator, true},
		{"another's key, target lacks the privilege", adminUser, CreateKey, toBare, RuleTargetNoPrivilege, false},
		{"another's key deleted, target lacks the privilege", adminUser, DeleteKey, toBare, RuleAdministrator, true},
		{"operator, target lacks the privilege", operatorP, CreateKey, toBare, RuleTargetNoPrivilege, false},
		{"owner's own key", owner, CreateKey, toOwner, RuleSelf, true},
		{"owner's key made by admin", adminUser, CreateKey, toOwner, RuleOwnerProtected, false},
		{"owner's key renewed by admin", adminUser, RenewKey, toOwner, RuleOwnerProtected, false},
		{"owner's secret as admin", adminUser, ReadSecret, toOwner, RuleOwnerProtected, false},
		{"owner's keys listed by admin", adminUser, ListKeys, toOwner, RuleAdministrator, true},
		{"owner's key deactivated by admin", adminUser, UpdateKey, toOwner, RuleAdministrator, true},
		{"owner's key by operator", operatorP, CreateKey, toOwner, RuleOperator, true},
		{"activity log as plain", plain, ReadAudit, toContract, RuleNotAdministrator, false},
		{"activity log with the privilege", logReaderP, ReadAudit, toContract, RuleLogReader, true},
		{"activity log of another contract", logReaderP, ReadAudit, &Target{Contract: other}, RuleOtherContract, false},
		{"users with the privilege for the activity log", logReaderP, ListUsers, toContract, RuleNotAdministrator, false},
		{"activity log as admin", adminUser, ReadAudit, toContract, RuleAdministrator, true},
		{"another's secret as admin", adminUser, ReadSecret, toPlain, RuleAdministrator, true},
		{"a secret as operator", operatorP, ReadSecret, toPlain, RuleNotSelf, false},
		{"import as owner", owner, ImportKey, toPlain, RuleNotOperator, false},
		{"import as operator", operatorP, ImportKey, toPlain, RuleOperator, true},
		{"reset as owner", owner, ResetPassword, toPlain, RuleNotOperator, false},
		{"reset as operator", operatorP, ResetPassword, toOwner, RuleOperator, true},
		{"contract as owner", owner, CreateContract, toContract, RuleNotOperator, false},
		{"contract as operator", operatorP, CreateContract, nil, RuleOperator, true},
		{"settings as admin", adminUser, UpdateContract, toContract, RuleNotContractOwner, false},
		{"settings as owner", owner, UpdateContract, toContract, RuleContractOwner, true},
		{"user made by plain", plain, CreateUser, toContract, RuleNotAdministrator, false},
		{"user made by admin", adminUser, CreateUser, toContract, RuleAdministrator, true},
		{"group made by admin", adminUser, CreateGroup, toContract, RuleAdministrator, true},
		{"member added by plain", plain, AddMember, toPlain, RuleNotAdministrator, false},
		{"owner changed by admin", adminUser, UpdateUser, toOwner, RuleOwnerProtected, false},
		{"owner deleted by admin", adminUser, DeleteUser, toOwner, RuleOwnerProtected, false},
		{"owner's session ended by admin", adminUser, EndSession, toOwner, RuleOwnerProtected, false},
		{"owner's session ended by owner", owner, EndSession, toOwner, RuleSelf, true},
		{"own session ended", bare, EndSession, toBare, RuleSelf, true},
		{"another's session ended as plain", plain, EndSession, toBare, RuleNotAdministrator, false},
		{"another's session ended as admin", adminUser, EndSession, toPlain, RuleAdministrator, true},
		{"owner changed by owner", owner, UpdateUser, toOwner, RuleAdministrator, true},
		{"admin changed by admin", adminUser, UpdateUser, toAdmin, RuleAdministrator, true},
		{"oneself read", plain, GetUser, toPlain, RuleSelf, true},
		{"oneself changed as plain", plain, UpdateUser, toPlain, RuleNotAdministrator, false},
		{"another read as plain", plain, GetUser, toAdmin, RuleNotAdministrator, false},
		{"own password", bare, ChangePassword, toBare, RuleSelf, true},
		{"another's password", owner, ChangePassword, toPlain, RuleNotSelf, false},
		{"contract read as plain", bare, GetContract, toContract, RuleContractMember, true},
		{"from another contract", stranger, GetUser, toPlain, RuleOtherContract, false},
		{"contract read from another", stranger, GetContract, toContract, RuleOtherContract, false},
		{"nobody", Principal{}, GetContract, toContract, RuleAnonymous, false},
		{"no target", owner, GetUser, nil, RuleIncomplete, false},
		{"no target user is not oneself", Principal{Contract: home, User: "x"}, GetUser, toContract, RuleNotAdministrator, false},
	} {
		if d := Evaluate(&Request{Principal: c.p, Action: c.a, Target: c.t}); d.Allowed != c.ok || d.Rule != c.want || d.Reason == "" {
			t.Errorf("%s: %+v, want %v by %s", c.name, d, c.ok, c.want)
		}
	}
}

func TestEveryActionHasALevelAndEveryRuleASentence(t *testing.T) {
	for _, a := range Actions() {
		l := LevelOf(a)
		if s3 := strings.HasPrefix(string(a), "s3:"); s3 == (l == ManagementLevel) || l == UnknownLevel {
			t.Errorf("%s has level %d", a, l)
		}
	}
	if len(bucketActions)+len(objectActions)+len(management)+1 != len(Actions()) {
		t.Error("an action is listed twice")
	}
	for r, s := range reasons {
		if s == "" || r == "" {
			t.Errorf("rule %q has no sentence", r)
		}
	}
}

func drawPrincipal(t *rapid.T) Principal {
	if rapid.IntRange(0, 9).Draw(t, "kind") == 0 {
		return Principal{}
	}
	p := Principal{
		Contract:      rapid.SampledFrom([]ident.ContractID{home, other}).Draw(t, "contract"),
		User:          rapid.SampledFrom([]ident.UserID{"u1", "u2"}).Draw(t, "user"),
		Role:          rapid.SampledFrom([]Role{Plain, Administrator, Owner}).Draw(t, "role"),
		ObjectStorage: rapid.Bool().Draw(t, "privilege"),
		ActivityLog:   rapid.Bool().Draw(t, "activity log"),
		Validity:      rapid.SampledFrom([]Validity{AllBuckets, UserOwnedOnly}).Draw(t, "validity"),
	}
	p.ObjectStorage = p.ObjectStorage || p.Role >= Administrator
	return p
}

func drawRequest(t *rapid.T) Request {
	all := Actions()
	slices.Sort(all)
	r := Request{Principal: drawPrincipal(t), Action: rapid.SampledFrom(all).Draw(t, "action"), Key: "k"}
	if LevelOf(r.Action) == ManagementLevel {
		r.Target = &Target{
			Contract:      rapid.SampledFrom([]ident.ContractID{home, other}).Draw(t, "target contract"),
			User:          rapid.SampledFrom([]ident.UserID{"u1", "u2", ""}).Draw(t, "target user"),
			Role:          rapid.SampledFrom([]Role{Plain, Administrator, Owner}).Draw(t, "target role"),
			ObjectStorage: rapid.Bool().Draw(t, "target privilege"),
		}
		return r
	}
	r.Region = rapid.SampledFrom([]ident.Region{contractRegion, userRegion}).Draw(t, "region")
	r.Bucket = &Bucket{Name: "b", Ownership: r.Region.Ownership, Contract: home, User: "u1"}
	return r
}

// A higher role never may less, a key's narrower validity never gives more, and losing the privilege never gives more.
func TestMonotony(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRequest(t)
		d := Evaluate(&r)
		if d != Evaluate(&r) {
			t.Fatal("the same facts gave two decisions")
		}
		if d.Allowed && r.Principal.Anonymous() {
			t.Fatalf("anonymous may %s by %s", r.Action, d.Rule)
		}
		if !r.Principal.Anonymous() && r.Principal.Role < Owner {
			up := r
			up.Principal.Role++
			up.Principal.ObjectStorage = true
			if d.Allowed && !Evaluate(&up).Allowed {
				t.Fatalf("role %d may %s, role %d may not", r.Principal.Role, r.Action, up.Principal.Role)
			}
		}
		narrow := r
		narrow.Principal.Validity = UserOwnedOnly
		if !d.Allowed && Evaluate(&narrow).Allowed && r.Principal.Validity == AllBuckets {
			t.Fatalf("a key for user-owned buckets alone may %s, a full one may not", r.Action)
		}
		if r.Principal.Role == Plain {
			less := r
			less.Principal.ObjectStorage = false
			if Evaluate(&less).Allowed && !d.Allowed {
				t.Fatalf("without the privilege one may %s, with it not", r.Action)
			}
			if LevelOf(r.Action) != ManagementLevel && Evaluate(&less).Allowed {
				t.Fatalf("without the privilege one may %s", r.Action)
			}
		}
	})
}

// Nobody reaches into another contract, and the operator administers whatever an owner may, except what is somebody's own.
func TestBoundaries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRequest(t)
		d := Evaluate(&r)
		foreign := r.Target != nil && r.Target.Contract != r.Principal.Contract ||
			r.Target == nil && r.Action != CreateBucket && r.Action != ListAllMyBuckets && r.Principal.Contract != r.Bucket.Contract
		if foreign && d.Allowed {
			t.Fatalf("%+v may %s in another contract by %s", r.Principal, r.Action, d.Rule)
		}
		op := r
		op.Principal = Principal{Operator: true}
		o := Evaluate(&op)
		if LevelOf(r.Action) != ManagementLevel {
			if o.Allowed {
				t.Fatalf("the operator may %s", r.Action)
			}
			return
		}
		own := o.Rule == RuleNotSelf
		if d.Allowed && !own && !o.Allowed {
			t.Fatalf("%+v may %s, the operator not by %s", r.Principal, r.Action, o.Rule)
		}
	})
}
