package authz

import (
	"encoding/hex"
	"os"
	"reflect"
	"strings"
	"testing"

	"coffer/internal/ident"
)

const friendID, strangerID = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"

func aclOf(grants ...Grant) *ACL { return &ACL{Grants: grants} }

// TestAccessControlLists: who may do what by a bucket's and an object's list, and what takes the effect away.
func TestAccessControlLists(t *testing.T) {
	friend := Principal{Contract: home, User: "friend", Canonical: friendID, ObjectStorage: true}
	other := Principal{Contract: other, User: "stranger", Canonical: strangerID, Role: Owner, ObjectStorage: true}
	nobody := Principal{}
	byNumber := Grant{ID: other.Contract.String(), Permission: FullControl}
	everybody, accounts := Grant{Group: AllUsers, Permission: Read}, Grant{Group: AuthenticatedUsers, Permission: Read}
	own := Grant{ID: home.String(), Permission: FullControl}
	of := func(b *Bucket, change func(*Bucket)) *Bucket { c := *b; change(&c); return &c }
	with := func(b *Bucket, a *ACL) *Bucket { return of(b, func(b *Bucket) { b.ACL = a }) }
	theirs := &ACL{Owner: strangerID, Grants: []Grant{{ID: strangerID, Permission: FullControl}}}
	for _, c := range []struct {
		name string
		p    Principal
		a    Action
		b    *Bucket
		acl  *ACL
		want Rule
		ok   bool
	}{
		{"everybody reads", nobody, GetObject, shared, aclOf(everybody), RuleObjectACL, true},
		{"everybody reads a version", nobody, GetObjectVersion, shared, aclOf(everybody), RuleObjectACL, true},
		{"reading is not writing", nobody, PutObject, shared, aclOf(everybody), RuleAnonymous, false},
		{"an object's list does not delete", nobody, DeleteObject, shared, aclOf(Grant{Group: AllUsers, Permission: FullControl}), RuleAnonymous, false},
		{"reading is not reading the list", nobody, GetObjectACL, shared, aclOf(everybody), RuleAnonymous, false},
		{"reading the list", nobody, GetObjectACL, shared, aclOf(Grant{Group: AllUsers, Permission: ReadACP}), RuleObjectACL, true},
		{"changing the list", other, PutObjectVersionACL, shared, aclOf(Grant{ID: strangerID, Permission: WriteACP}), RuleObjectACL, true},
		{"tags are nobody's by a list", other, GetObjectTagging, shared, aclOf(byNumber), RuleOtherContract, false},
		{"the bucket's list does not read objects", nobody, GetObject, with(shared, aclOf(everybody)), &ACL{}, RuleAnonymous, false},
		{"everybody lists", nobody, ListBucket, with(shared, aclOf(everybody)), nil, RuleBucketACL, true},
		{"everybody writes", nobody, PutObject, with(shared, aclOf(Grant{Group: AllUsers, Permission: Write})), nil, RuleBucketACL, true},
		{"everybody deletes", nobody, DeleteObject, with(shared, aclOf(Grant{Group: AllUsers, Permission: Write})), nil, RuleBucketACL, true},
		{"but not versions", nobody, DeleteObjectVersion, with(shared, aclOf(Grant{Group: AllUsers, Permission: Write})), nil, RuleAnonymous, false},
		{"full control reads and writes the list", other, PutBucketACL, with(shared, aclOf(byNumber)), nil, RuleBucketACL, true},
		{"full control is not the policy", other, PutBucketPolicy, with(shared, aclOf(byNumber)), nil, RuleOtherContract, false},
		{"accounts: signed", other, GetObject, shared, aclOf(accounts), RuleObjectACL, true},
		{"accounts: a plain user of the contract", plain, GetObject, shared, aclOf(accounts), RuleObjectACL, true},
		{"accounts: not signed", nobody, GetObject, shared, aclOf(accounts), RuleAnonymous, false},
		{"log delivery is no person", other, PutObject, with(shared, aclOf(Grant{Group: LogDelivery, Permission: Write})), nil, RuleOtherContract, false},
		{"by canonical id", friend, GetObject, shared, aclOf(Grant{ID: friendID, Permission: Read}), RuleObjectACL, true},
		{"by another's canonical id", friend, GetObject, shared, aclOf(Grant{ID: strangerID, Permission: Read}), RulePlainContractOwned, false},
		{"by contract", other, GetObject, shared, aclOf(byNumber), RuleObjectACL, true},
		{"the owner's grant gives the contract's plain users nothing", plain, GetObject, shared, aclOf(own), RulePlainContractOwned, false},
		{"by contract at a user-owned bucket", friend, GetObject, mine, aclOf(own), RuleObjectACL, true},
		{"an empty id is nobody", Principal{Contract: home, User: "late", ObjectStorage: true}, GetObject, mine, aclOf(Grant{Permission: Read}), RuleOtherUser, false},
		{"an old key at a contract-owned bucket", oldKey, GetObject, shared, aclOf(everybody), RuleKeyValidity, false},
		{"without the privilege", bare, GetObject, shared, aclOf(everybody), RuleNoPrivilege, false},
		{"public grants ignored", nobody, GetObject, of(shared, func(b *Bucket) { b.IgnorePublicACLs = true }), aclOf(everybody), RuleAnonymous, false},
		{"accounts are public", other, GetObject, of(shared, func(b *Bucket) { b.IgnorePublicACLs = true }), aclOf(accounts), RuleOtherContract, false},
		{"others are not ignored", other, GetObject, of(shared, func(b *Bucket) { b.IgnorePublicACLs = true }), aclOf(everybody, byNumber), RuleObjectACL, true},
		{"enforced", nobody, GetObject, of(shared, func(b *Bucket) { b.ObjectOwnership = BucketOwnerEnforced }), aclOf(everybody), RuleAnonymous, false},
		{"enforced bucket", nobody, ListBucket, of(with(shared, aclOf(everybody)), func(b *Bucket) { b.ObjectOwnership = BucketOwnerEnforced }), nil, RuleAnonymous, false},
		{"preferred is not enforced", nobody, GetObject, of(shared, func(b *Bucket) { b.ObjectOwnership = BucketOwnerPreferred }), aclOf(everybody), RuleObjectACL, true},
		{"an object of somebody else's", owner, GetObject, shared, theirs, RuleForeignObject, false},
		{"whose list the bucket's owner can't change", owner, PutObjectACL, shared, theirs, RuleForeignObject, false},
		{"but which they may delete", owner, DeleteObject, shared, theirs, RuleContractAdmin, true},
		{"and own where ownership is enforced", owner, GetObject, of(shared, func(b *Bucket) { b.ObjectOwnership = BucketOwnerEnforced }), theirs, RuleContractAdmin, true},
		{"unless its list names them", adminUser, GetObject, shared, &ACL{Owner: strangerID, Grants: []Grant{own}}, RuleObjectACL, true},
		{"which means no plain user", plain, GetObject, shared, &ACL{Owner: strangerID, Grants: []Grant{own}}, RulePlainContractOwned, false},
		{"its owner reads it", other, GetObject, shared, theirs, RuleObjectACL, true},
		{"its owner always changes the list", other, PutObjectACL, shared, &ACL{Owner: strangerID}, RuleObjectOwner, true},
		{"but reads by grant alone", other, GetObject, shared, &ACL{Owner: strangerID}, RuleOtherContract, false},
	} {
		d := Evaluate(&Request{Principal: c.p, Action: c.a, Bucket: c.b, Key: "k", ACL: c.acl})
		if d.Rule != c.want || d.Allowed != c.ok || d.Reason == "" || d.ByObject {
			t.Errorf("%s: %+v", c.name, d)
		}
	}
}

// TestPolicyAndLists: a Deny of the policy holds against every list, and its Allow does not open what belongs to others.
func TestPolicyAndLists(t *testing.T) {
	policy := func(effect, action string) *Bucket {
		b := *shared
		p, err := ParsePolicy([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"`+effect+`","Principal":"*","Action":"`+action+`","Resource":"arn:aws:s3:::shared/*"}]}`), &b)
		if err != nil {
			t.Fatal(err)
		}
		b.Policy = p
		return &b
	}
	everybody := aclOf(Grant{Group: AllUsers, Permission: Read})
	theirs := &ACL{Owner: strangerID}
	for name, c := range map[string]struct {
		b    *Bucket
		acl  *ACL
		want Rule
	}{
		"deny":            {policy("Deny", "s3:GetObject"), everybody, RulePolicyDeny},
		"allow":           {policy("Allow", "s3:GetObject"), &ACL{}, RulePolicyAllow},
		"allow foreign":   {policy("Allow", "s3:GetObject"), theirs, RuleAnonymous},
		"allow elsewhere": {policy("Allow", "s3:PutObject"), everybody, RuleObjectACL},
	} {
		if d := Evaluate(&Request{Action: GetObject, Bucket: c.b, Key: "k", ACL: c.acl}); d.Rule != c.want {
			t.Errorf("%s: %+v", name, d)
		}
	}
	restricted := policy("Allow", "s3:GetObject")
	restricted.RestrictPublic = true
	if d := Evaluate(&Request{Action: GetObject, Bucket: restricted, Key: "k", ACL: &ACL{}}); d.Rule != RuleRestricted {
		t.Errorf("%+v", d)
	}
	if d := Evaluate(&Request{Action: GetObject, Bucket: restricted, Key: "k", ACL: everybody}); d.Rule != RuleObjectACL {
		t.Errorf("restricting policies took a list's effect: %+v", d)
	}
}

// TestAskingAgain: a refusal says whether the object's list could turn it.
func TestAskingAgain(t *testing.T) {
	enforced := *shared
	enforced.ObjectOwnership = BucketOwnerEnforced
	for _, c := range []struct {
		a    Action
		b    *Bucket
		want bool
	}{{GetObject, shared, true}, {PutObjectACL, shared, true}, {PutObject, shared, false}, {ListBucket, shared, false}, {GetObject, &enforced, false}} {
		if d := Evaluate(&Request{Action: c.a, Bucket: c.b, Key: "k"}); d.Allowed || d.ByObject != c.want {
			t.Errorf("%s: %+v", c.a, d)
		}
	}
	if d := Evaluate(&Request{Principal: bare, Action: GetObject, Bucket: shared, Key: "k"}); d.ByObject {
		t.Errorf("no list helps who lacks the privilege: %+v", d)
	}
}

func TestWriters(t *testing.T) {
	friend := Principal{Contract: home, User: "friend", Canonical: friendID, ObjectStorage: true}
	enforced := *mine
	enforced.ObjectOwnership = BucketOwnerEnforced
	for _, c := range []struct {
		p    Principal
		b    *Bucket
		want string
	}{
		{Principal{}, shared, ""}, {plain, shared, ""}, {stranger, shared, other.String()}, {plain, mine, ""}, {friend, mine, friendID},
		{bare, mine, ""}, {stranger, mine, other.String()}, {friend, &enforced, ""},
	} {
		if got := c.b.Writer(&c.p); got != c.want {
			t.Errorf("%s of %s into %s: %q, want %q", c.p.User, c.p.Contract, c.b.Name, got, c.want)
		}
	}
}

func TestACLNames(t *testing.T) {
	for p := FullControl; p <= WriteACP; p++ {
		if got, ok := ParsePermission(p.String()); !ok || got != p {
			t.Errorf("%s: %v %v", p, got, ok)
		}
	}
	for g := AllUsers; g <= LogDelivery; g++ {
		if got, ok := ParseGroup(g.URI()); !ok || got != g {
			t.Errorf("%s: %v %v", g.URI(), got, ok)
		}
	}
	for o := ObjectWriter; o <= BucketOwnerEnforced; o++ {
		if got, ok := ParseObjectOwnership(o.String()); !ok || got != o {
			t.Errorf("%s: %v %v", o, got, ok)
		}
	}
	for _, bad := range []string{"", "x", "read", groupURI} {
		_, ok1 := ParsePermission(bad)
		_, ok2 := ParseGroup(bad)
		_, ok3 := ParseObjectOwnership(bad)
		if ok1 || ok2 || ok3 {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestACLCodec: lists that are stored stay readable, and nothing else is read.
func TestACLCodec(t *testing.T) {
	raw, err := os.ReadFile("testdata/acl.golden")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(raw))
	for i, a := range []*ACL{{}, {Owner: "31000000"}, {Owner: friendID, Grants: []Grant{{ID: strangerID, Permission: FullControl}, {Group: AllUsers, Permission: Read}}}} {
		s := a.Encode()
		if hex.EncodeToString([]byte(s)) != lines[i] {
			t.Errorf("list %d: %x, stored as %s", i, s, lines[i])
		}
		got, err := DecodeACL(s)
		if err != nil || !reflect.DeepEqual(got, a) {
			t.Errorf("list %d: %+v, %v", i, got, err)
		}
		for n := range s {
			if _, err := DecodeACL(s[:n]); err == nil {
				t.Errorf("list %d is read with %d of %d bytes", i, n, len(s))
			}
		}
		if _, err := DecodeACL(s + "x"); err == nil {
			t.Errorf("list %d is read with more", i)
		}
	}
	full := &ACL{Grants: make([]Grant, MaxGrants)}
	for i := range full.Grants {
		full.Grants[i] = Grant{ID: friendID, Permission: Read}
	}
	if _, err := DecodeACL(full.Encode()); err != nil {
		t.Error(err)
	}
}

func FuzzDecodeACL(f *testing.F) {
	f.Add((&ACL{Owner: friendID, Grants: []Grant{{Group: AllUsers, Permission: Read}}}).Encode())
	f.Fuzz(func(t *testing.T, s string) {
		a, err := DecodeACL(s)
		if err != nil {
			return
		}
		if again, err := DecodeACL(a.Encode()); err != nil || !reflect.DeepEqual(a, again) || len(a.Grants) > MaxGrants {
			t.Fatalf("%q: %+v, %v", s, again, err)
		}
	})
}

// TestLogDelivery: the writer of access logs is nobody but itself, and only where it is named.
func TestLogDelivery(t *testing.T) {
	b := Bucket{Name: "b", Ownership: ident.ContractOwned, Contract: 10000001}
	ask := func(service string, change func(*Bucket)) bool {
		at := b
		change(&at)
		return Evaluate(&Request{Principal: Principal{Service: service}, Action: PutObject, Bucket: &at, Key: "k"}).Allowed
	}
	const logs = "logging.s3.amazonaws.com"
	named := func(who string) func(*Bucket) {
		return func(at *Bucket) {
			p, err := ParsePolicy([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":`+who+`,"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*"}]}`), at)
			if err != nil {
				t.Fatal(err)
			}
			at.Policy = p
		}
	}
	listed := func(g Group, p Permission) func(*Bucket) {
		return func(at *Bucket) { at.ACL = &ACL{Grants: []Grant{{Group: g, Permission: p}}} }
	}
	for name, c := range map[string]struct {
		service string
		change  func(*Bucket)
		want    bool
	}{
		"nothing":          {logs, func(*Bucket) {}, false},
		"named":            {logs, named(`{"Service":"` + logs + `"}`), true},
		"another named":    {logs, named(`{"Service":"delivery.logs.amazonaws.com"}`), false},
		"another asks":     {"x.amazonaws.com", named(`{"Service":"` + logs + `"}`), false},
		"anonymous asks":   {"", named(`{"Service":"` + logs + `"}`), false},
		"listed":           {logs, listed(LogDelivery, Write), true},
		"listed to read":   {logs, listed(LogDelivery, Read), false},
		"anonymous listed": {"", listed(LogDelivery, Write), false},
		"with an account":  {logs, listed(AuthenticatedUsers, Write), false},
		"lists are off":    {logs, func(at *Bucket) { listed(LogDelivery, Write)(at); at.ObjectOwnership = BucketOwnerEnforced }, false},
	} {
		if got := ask(c.service, c.change); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

// TestInitiators: who began an upload ends it and lists its parts, where no policy denies it; a list that lets write gives nobody else's.
func TestInitiators(t *testing.T) {
	other := Principal{Contract: other, User: "stranger", Canonical: strangerID, Role: Owner, ObjectStorage: true}
	nobody := Principal{}
	writes := *shared
	writes.ACL = aclOf(Grant{Group: AllUsers, Permission: Write})
	denies := writes
	var err error
	if denies.Policy, err = ParsePolicy([]byte(`{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::shared/*"}}`), shared); err != nil {
		t.Fatal(err)
	}
	for _, a := range []Action{AbortMultipartUpload, ListMultipartUploadParts} {
		for name, c := range map[string]struct {
			p      Principal
			b      *Bucket
			began  ident.UserID
			want   Rule
			asks   bool
			allows bool
		}{
			"one's own":           {other, &writes, other.User, RuleInitiator, false, true},
			"without a list":      {other, shared, other.User, RuleInitiator, false, true},
			"another's":           {other, &writes, owner.User, RuleOtherContract, false, false},
			"not known yet":       {other, &writes, "", RuleOtherContract, true, false},
			"nobody's":            {nobody, &writes, "", RuleAnonymous, false, false},
			"denied":              {other, &denies, other.User, RulePolicyDeny, false, false},
			"the bucket's owner":  {owner, &writes, other.User, RuleContractAdmin, false, true},
			"no privilege":        {bare, &writes, bare.User, RuleNoPrivilege, false, false},
			"a key of older kind": {oldKey, &writes, oldKey.User, RuleKeyValidity, false, false},
		} {
			d := Evaluate(&Request{Principal: c.p, Action: a, Bucket: c.b, Key: "k", Initiator: c.began})
			if d.Rule != c.want || d.Allowed != c.allows || d.ByUpload != c.asks {
				t.Errorf("%s %s: %+v", a, name, d)
			}
		}
	}
	if d := Evaluate(&Request{Principal: other, Action: GetObject, Bucket: &writes, Key: "k", Initiator: other.User}); d.Allowed {
		t.Errorf("an upload gives nothing else: %+v", d)
	}
}
