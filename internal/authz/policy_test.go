package authz

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unsafe"

	"pgregory.net/rapid"

	"coffer/internal/errs"
	"coffer/internal/ident"
)

const (
	plainID   ident.UserID      = "0d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6"
	otherID   ident.UserID      = "1d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6"
	adminID   ident.UserID      = "2d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6"
	canonical ident.CanonicalID = "00112233445566778899aabbccddeeff"
)

var (
	ana     = Principal{Contract: home, User: plainID, Canonical: canonical, ObjectStorage: true}
	ben     = Principal{Contract: home, User: otherID, ObjectStorage: true}
	chief   = Principal{Contract: home, User: adminID, Role: Administrator, ObjectStorage: true}
	foreign = Principal{Contract: other, User: otherID, ObjectStorage: true}
	nobody  = Principal{}
)

func contractBucket() *Bucket {
	return &Bucket{Name: "pics", Ownership: ident.ContractOwned, Contract: home, User: adminID}
}
func userBucket() *Bucket {
	return &Bucket{Name: "pics", Ownership: ident.UserOwned, Contract: home, User: plainID}
}

// doc makes a policy of one statement. Empty arguments leave the element out.
func doc(effect, principal, action, resource, condition string) string {
	s := `{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Principal":` + principal + `,"Action":` + action + `,"Resource":` + resource
	if condition != "" {
		s += `,"Condition":` + condition
	}
	return s + `}]}`
}

const (
	onBucket  = `"arn:aws:s3:::pics"`
	onObjects = `"arn:aws:s3:::pics/*"`
	onBoth    = `["arn:aws:s3:::pics","arn:aws:s3:::pics/*"]`
)

func parse(t testing.TB, b *Bucket, raw string) *Policy {
	t.Helper()
	p, err := ParsePolicy([]byte(raw), b)
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return p
}

func ask(b *Bucket, p *Policy, who Principal, a Action, key string, facts Conditions) Decision {
	bucket := *b
	bucket.Policy = p
	return Evaluate(&Request{Principal: who, Action: a, Bucket: &bucket, Key: ident.ObjectKey(key), Conditions: facts,
		Source: netip.MustParseAddr("192.0.2.7"), Time: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)})
}

func TestPrincipalForms(t *testing.T) {
	id := ident.ContractUserID(home, plainID)
	for form, want := range map[string][]Principal{
		`"*"`:           {ana, ben, foreign, nobody},
		`{"AWS":"*"}`:   {ana, ben, foreign, nobody},
		`{"AWS":["*"]}`: {ana, ben, foreign, nobody},
		`{"AWS":"arn:aws:iam:::user/` + id + `"}`: {ana},
		`{"AWS":["arn:aws:iam:::user/` + id + `","arn:aws:iam:::user/` + ident.ContractUserID(home, otherID) + `"]}`: {ana, ben},
		`{"AWS":"arn:aws:iam::31000000:user/` + id + `"}`:                                                            {ana},
		`{"AWS":"arn:aws:iam::31000000:user/` + string(plainID) + `"}`:                                               {ana},
		`{"AWS":"arn:aws:iam::31000000:root"}`:                                                                       {ana, ben},
		`{"AWS":"31000000"}`:                                                                                         {ana, ben},
		`{"AWS":"32000000"}`:                                                                                         {foreign},
		`{"AWS":"` + id + `"}`:                                                                                       {ana},
		`"` + id + `"`:                                                                                               {ana},
		`["` + id + `","32000000"]`:                                                                                  {ana, foreign},
		`"arn:aws:iam:::user/` + id + `"`:                                                                            {ana},
		`{"CanonicalUser":"` + string(canonical) + `"}`:                                                              {ana},
		`{"CanonicalUser":["` + string(canonical) + `"]}`:                                                            {ana},
		`"` + string(canonical) + `"`:                                                                                {ana},
		`{"AWS":"arn:aws:iam:::user/` + string(canonical) + `"}`:                                                     {ana},
		`{"AWS":"32000000","CanonicalUser":"` + string(canonical) + `"}`:                                             {ana, foreign},
		`{"Service":"logging.s3.amazonaws.com"}`:                                                                     {},
	} {
		b := contractBucket()
		p := parse(t, b, doc("Allow", form, `"s3:GetObject"`, onObjects, ""))
		for _, who := range []Principal{ana, ben, foreign, nobody} {
			wanted := false
			for _, w := range want {
				wanted = wanted || w == who
			}
			d := ask(b, p, who, GetObject, "cat.jpg", nil)
			if d.Allowed != wanted || wanted && d.Rule != RulePolicyAllow {
				t.Errorf("%s, %+v: %+v", form, who, d)
			}
		}
	}
}

func TestNotPrincipal(t *testing.T) {
	b := contractBucket()
	p := parse(t, b, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":`+onObjects+`}}`)
	if d := ask(b, p, nobody, GetObject, "k", nil); !d.Allowed {
		t.Errorf("a single statement without an array: %+v", d)
	}
	p = parse(t, b, `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":`+onObjects+`},
		{"Sid":"only ana","Effect":"Deny","NotPrincipal":{"AWS":"`+ident.ContractUserID(home, plainID)+`"},"Action":"s3:GetObject","Resource":`+onObjects+`}]}`)
	for _, who := range []Principal{ana, ben, foreign, nobody, chief} {
		d := ask(b, p, who, GetObject, "k", nil)
		if d.Allowed != (who == ana) || who != ana && (d.Rule != RulePolicyDeny || d.Statement != "only ana") {
			t.Errorf("%+v: %+v", who, d)
		}
	}
}

func TestActionsAndResources(t *testing.T) {
	for _, c := range []struct {
		action, resource string
		a                Action
		key              string
		ok               bool
	}{
		{`"s3:GetObject"`, onObjects, GetObject, "a/b", true},
		{`"s3:getobject"`, onObjects, GetObject, "a/b", true},
		{`"S3:Get*"`, onObjects, GetObjectTagging, "a", true},
		{`"s3:Get*"`, onObjects, PutObject, "a", false},
		{`"s3:Get*"`, onObjects, GetBucketPolicy, "", false},
		{`"s3:*"`, onObjects, DeleteObject, "a", true},
		{`"s3:*"`, onObjects, ListBucket, "", false},
		{`"s3:*"`, onBucket, ListBucket, "", true},
		{`"s3:*"`, onBucket, GetObject, "a", false},
		{`"*"`, onBoth, PutBucketPolicy, "", true},
		{`["s3:ListBucket","s3:GetObject"]`, onBoth, GetObject, "a", true},
		{`["s3:ListBucket","s3:GetObject"]`, onBoth, ListBucketVersions, "", false},
		{`"s3:GetObjec?"`, onObjects, GetObject, "a", true},
		{`"s3:GetObject"`, `"arn:aws:s3:::pics/a/*"`, GetObject, "a/b", true},
		{`"s3:GetObject"`, `"arn:aws:s3:::pics/a/*"`, GetObject, "ab", false},
		{`"s3:GetObject"`, `"arn:aws:s3:::pics/A/*"`, GetObject, "a/b", false},
		{`"s3:GetObject"`, `"arn:aws:s3:::pics/*/*"`, GetObject, "a", false},
		{`"s3:GetObject"`, `"arn:aws:s3:::pics/*/*"`, GetObject, "a/b/c", true},
		{`"s3:GetObject"`, `"arn:aws:s3:::pics/m?-x/*"`, GetObject, "mé-x/y", true},
		{`"s3:GetObject"`, `"arn:aws:s3:::pics/m?-x/*"`, GetObject, "m-x/y", false},
		{`"s3:GetObject"`, `"arn:aws:s3:::pics*"`, GetObject, "any", true},
		{`"s3:ListBucket"`, `"arn:aws:s3:::pi*"`, ListBucket, "", true},
		{`"s3:GetObject"`, `"*"`, GetObject, "any", true},
		{`"s3:GetObject"`, `"arn:aws:s3:::pics/${aws:userid}/*"`, GetObject, string(plainID) + "/x", true},
		{`"s3:GetObject"`, `"arn:aws:s3:::pics/${aws:userid}/*"`, GetObject, string(otherID) + "/x", false},
		{`"s3:GetObject"`, `"arn:aws:s3:::pics/${s3:nothing, 'all'}/*"`, GetObject, "all/x", true},
		{`"s3:GetObject"`, `"arn:aws:s3:::pics/${s3:nothing}/*"`, GetObject, "${s3:nothing}/x", false},
		{`"s3:GetObject"`, `"arn:aws:s3:::pics/${*}/*"`, GetObject, "*/x", true},
		{`"s3:GetObject"`, `"arn:aws:s3:::pics/${*}/*"`, GetObject, "y/x", false},
		{`"s3:GetObject"`, `"arn:aws:s3:::pics/${$}{x}"`, GetObject, "${x}", true},
	} {
		b := contractBucket()
		p := parse(t, b, doc("Allow", `"*"`, c.action, c.resource, ""))
		if d := ask(b, p, ana, c.a, c.key, nil); d.Allowed != c.ok {
			t.Errorf("%s on %s: %s %q: %+v", c.action, c.resource, c.a, c.key, d)
		}
	}
}

func TestNotActionAndNotResource(t *testing.T) {
	b := contractBucket()
	p := parse(t, b, `{"Statement":[{"Effect":"Allow","Principal":"*","NotAction":"s3:Delete*","Resource":`+onBoth+`}]}`)
	for a, ok := range map[Action]bool{GetObject: true, PutObject: true, DeleteObject: false, DeleteObjectVersion: false} {
		if d := ask(b, p, ben, a, "k", nil); d.Allowed != ok {
			t.Errorf("NotAction: %s: %+v", a, d)
		}
	}
	p = parse(t, b, `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","NotResource":"arn:aws:s3:::pics/private/*"}]}`)
	for key, ok := range map[string]bool{"public/x": true, "private/x": false} {
		if d := ask(b, p, nobody, GetObject, key, nil); d.Allowed != ok {
			t.Errorf("NotResource: %s: %+v", key, d)
		}
	}
}

func TestPolicyKeepsOutsidersFromItself(t *testing.T) {
	for _, b := range []*Bucket{contractBucket(), userBucket()} {
		p := parse(t, b, `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":`+onBoth+`}]}`)
		for _, who := range []*Principal{&foreign, &nobody} {
			for _, a := range []Action{GetBucketPolicy, PutBucketPolicy, DeleteBucketPolicy} {
				if d := ask(b, p, *who, a, "", nil); d.Allowed || d.Rule != RuleOutsidersPolicy {
					t.Errorf("%s, %s: %+v", b.Ownership, a, d)
				}
			}
			if d := ask(b, p, *who, PutBucketLogging, "", nil); d.Allowed || d.Rule != nearest(who, b) {
				t.Errorf("%s: %+v", b.Ownership, d)
			}
			if d := ask(b, p, *who, PutBucketCORS, "", nil); d.Rule != RulePolicyAllow {
				t.Errorf("%s: %+v", b.Ownership, d)
			}
		}
		if d := ask(b, p, ben, PutBucketPolicy, "", nil); d.Rule != RulePolicyAllow {
			t.Errorf("%s: somebody of the contract: %+v", b.Ownership, d)
		}
	}
}

func TestDenyWins(t *testing.T) {
	id := ident.ContractUserID(home, plainID)
	raw := `{"Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":"` + id + `"},"Action":"s3:*","Resource":` + onBoth + `},
		{"Sid":"d","Effect":"Deny","Principal":"*","Action":["s3:DeleteObject","s3:PutBucketPolicy","s3:DeleteBucket","s3:PutBucketPublicAccessBlock"],"Resource":` + onBoth + `}]}`
	for _, b := range []*Bucket{contractBucket(), userBucket()} {
		p := parse(t, b, raw)
		boss := chief
		if b.Ownership == ident.UserOwned {
			boss = ana
		}
		for _, c := range []struct {
			who  Principal
			a    Action
			rule Rule
			ok   bool
		}{
			{boss, DeleteObject, RulePolicyDeny, false},
			{boss, DeleteBucket, RulePolicyDeny, false},
			{boss, PutBucketPolicy, RuleOwnPolicy, true},
			{boss, PutBucketPublicAccessBlock, RuleOwnPolicy, true},
			{foreign, PutBucketPolicy, RulePolicyDeny, false},
			{nobody, DeleteObject, RulePolicyDeny, false},
		} {
			if d := ask(b, p, c.who, c.a, "k", nil); d.Allowed != c.ok || d.Rule != c.rule {
				t.Errorf("%s, %s: %+v", b.Ownership, c.a, d)
			}
		}
	}
	b := contractBucket()
	p := parse(t, b, raw)
	if d := ask(b, p, ana, PutObject, "k", nil); !d.Allowed || d.Rule != RulePolicyAllow || d.Statement != "a" {
		t.Errorf("%+v", d)
	}
	if d := ask(b, p, ana, PutBucketPolicy, "", nil); d.Allowed {
		t.Errorf("a plain user is no owner of the policy: %+v", d)
	}
	old := ana
	old.Validity = UserOwnedOnly
	if d := ask(b, p, old, PutObject, "k", nil); d.Rule != RuleKeyValidity {
		t.Errorf("a policy opened a contract-owned bucket to a key of the older kind: %+v", d)
	}
	bare := ana
	bare.ObjectStorage = false
	if d := ask(b, p, bare, PutObject, "k", nil); d.Rule != RuleNoPrivilege {
		t.Errorf("a policy replaced the privilege: %+v", d)
	}
	if d := ask(b, p, ben, PutObject, "k", nil); d.Rule != RulePlainContractOwned {
		t.Errorf("%+v", d)
	}
}

func TestRestrictPublicBuckets(t *testing.T) {
	b := contractBucket()
	b.RestrictPublic = true
	p := parse(t, b, doc("Allow", `"*"`, `"s3:GetObject"`, onObjects, ""))
	for _, c := range []struct {
		who Principal
		ok  bool
	}{{nobody, false}, {foreign, false}, {ana, true}, {chief, true}} {
		if d := ask(b, p, c.who, GetObject, "k", nil); d.Allowed != c.ok || !c.ok && d.Rule != RuleRestricted {
			t.Errorf("%+v: %+v", c.who, d)
		}
	}
	p = parse(t, b, doc("Allow", `{"AWS":"32000000"}`, `"s3:GetObject"`, onObjects, ""))
	if d := ask(b, p, foreign, GetObject, "k", nil); !d.Allowed {
		t.Errorf("a policy that is not public was restricted: %+v", d)
	}
}

func TestConditions(t *testing.T) {
	for _, c := range []struct {
		condition string
		facts     Conditions
		ok        bool
	}{
		{`{"StringEquals":{"s3:prefix":"a/"}}`, Conditions{"s3:prefix": {"a/"}}, true},
		{`{"StringEquals":{"s3:prefix":["b/","a/"]}}`, Conditions{"s3:prefix": {"a/"}}, true},
		{`{"StringEquals":{"S3:PREFIX":"a/"}}`, Conditions{"s3:prefix": {"a/"}}, true},
		{`{"StringEquals":{"s3:prefix":"a/"}}`, Conditions{"s3:prefix": {"A/"}}, false},
		{`{"StringEquals":{"s3:prefix":"a/"}}`, nil, false},
		{`{"StringEquals":{"s3:prefix":""}}`, Conditions{"s3:prefix": {""}}, true},
		{`{"StringEquals":{"s3:prefix":"a*"}}`, Conditions{"s3:prefix": {"ab"}}, false},
		{`{"StringEqualsIfExists":{"s3:prefix":"a/"}}`, nil, true},
		{`{"StringEqualsIfExists":{"s3:prefix":"a/"}}`, Conditions{"s3:prefix": {"b/"}}, false},
		{`{"StringNotEquals":{"s3:prefix":["a/","b/"]}}`, Conditions{"s3:prefix": {"b/"}}, false},
		{`{"StringNotEquals":{"s3:prefix":["a/","b/"]}}`, Conditions{"s3:prefix": {"c/"}}, true},
		{`{"StringNotEquals":{"s3:prefix":"a/"}}`, nil, true},
		{`{"StringEqualsIgnoreCase":{"s3:prefix":"A/É"}}`, Conditions{"s3:prefix": {"a/é"}}, true},
		{`{"StringNotEqualsIgnoreCase":{"s3:prefix":"A/"}}`, Conditions{"s3:prefix": {"a/"}}, false},
		{`{"StringLike":{"s3:prefix":"home/*/x?"}}`, Conditions{"s3:prefix": {"home/a/b/xy"}}, true},
		{`{"StringLike":{"s3:prefix":"home/${aws:userid}/*"}}`, Conditions{"s3:prefix": {"home/" + string(plainID) + "/x"}}, true},
		{`{"StringLike":{"s3:prefix":"home/${aws:userid}/*"}}`, Conditions{"s3:prefix": {"home/*/x"}}, false},
		{`{"StringNotLike":{"s3:prefix":"home/*"}}`, Conditions{"s3:prefix": {"home/x"}}, false},
		{`{"StringNotLike":{"s3:prefix":"home/*"}}`, Conditions{"s3:prefix": {"work/x"}}, true},
		{`{"StringNotEquals":{"s3:prefix":"${aws:PrincipalTag/team}"}}`, Conditions{"s3:prefix": {"x"}}, false},
		{`{"StringEquals":{"aws:username":"${aws:userid}"}}`, nil, true},
		{`{"NumericEquals":{"s3:max-keys":5}}`, Conditions{"s3:max-keys": {"5"}}, true},
		{`{"NumericEquals":{"s3:max-keys":"5.0"}}`, Conditions{"s3:max-keys": {"5"}}, true},
		{`{"NumericNotEquals":{"s3:max-keys":"5"}}`, Conditions{"s3:max-keys": {"5"}}, false},
		{`{"NumericNotEquals":{"s3:max-keys":"5"}}`, nil, true},
		{`{"NumericLessThan":{"s3:max-keys":"10"}}`, Conditions{"s3:max-keys": {"9"}}, true},
		{`{"NumericLessThan":{"s3:max-keys":"10"}}`, Conditions{"s3:max-keys": {"10"}}, false},
		{`{"NumericLessThanEquals":{"s3:max-keys":"10"}}`, Conditions{"s3:max-keys": {"10"}}, true},
		{`{"NumericLessThanEquals":{"s3:max-keys":"10"}}`, nil, false},
		{`{"NumericGreaterThan":{"s3:max-keys":"10"}}`, Conditions{"s3:max-keys": {"10"}}, false},
		{`{"NumericGreaterThanEquals":{"s3:max-keys":"10"}}`, Conditions{"s3:max-keys": {"10"}}, true},
		{`{"NumericEquals":{"s3:max-keys":"5"}}`, Conditions{"s3:max-keys": {"five"}}, false},
		{`{"DateGreaterThan":{"aws:CurrentTime":"2026-11-23T11:59:59Z"}}`, nil, true},
		{`{"DateGreaterThan":{"aws:CurrentTime":"2026-11-23T13:00:00+01:00"}}`, nil, false},
		{`{"DateGreaterThanEquals":{"aws:CurrentTime":"2026-11-23T13:00:00+01:00"}}`, nil, true},
		{`{"DateLessThan":{"aws:CurrentTime":"2026-11-24"}}`, nil, true},
		{`{"DateLessThan":{"aws:EpochTime":"1795435200"}}`, nil, false},
		{`{"DateLessThanEquals":{"aws:EpochTime":"1795435200"}}`, nil, true},
		{`{"DateEquals":{"aws:CurrentTime":"2026-11-23T12:00:00Z"}}`, nil, true},
		{`{"DateNotEquals":{"aws:CurrentTime":"2026-11-23T12:00:00Z"}}`, nil, false},
		{`{"NumericGreaterThan":{"aws:EpochTime":"1795435199"}}`, nil, true},
		{`{"Bool":{"aws:SecureTransport":"true"}}`, Conditions{"aws:securetransport": {"true"}}, true},
		{`{"Bool":{"aws:SecureTransport":true}}`, Conditions{"aws:securetransport": {"false"}}, false},
		{`{"Bool":{"aws:SecureTransport":"false"}}`, nil, false},
		{`{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`, nil, true},
		{`{"BinaryEquals":{"s3:prefix":"cGhvdG9zLw=="}}`, Conditions{"s3:prefix": {"photos/"}}, true},
		{`{"BinaryEquals":{"s3:prefix":"cGhvdG9zLw=="}}`, Conditions{"s3:prefix": {"photos"}}, false},
		{`{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, nil, true},
		{`{"IpAddress":{"aws:SourceIp":["198.51.100.0/24","192.0.2.7"]}}`, nil, true},
		{`{"IpAddress":{"aws:SourceIp":"192.0.2.8"}}`, nil, false},
		{`{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}}`, nil, false},
		{`{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, nil, false},
		{`{"NotIpAddress":{"aws:SourceIp":["198.51.100.0/24","203.0.113.0/24"]}}`, nil, true},
		{`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam:::user/31000000:*"}}`, nil, true},
		{`{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam:::user/${aws:PrincipalAccount}:${aws:userid}"}}`, nil, true},
		{`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam:*:user/31000000:*"}}`, nil, false},
		{`{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam:::user/31000000:*"}}`, nil, false},
		{`{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam:::user/32000000:*"}}`, nil, true},
		{`{"ArnNotLike":{"aws:SourceArn":"arn:aws:s3:::x"}}`, nil, true},
		{`{"Null":{"s3:prefix":"true"}}`, nil, true},
		{`{"Null":{"s3:prefix":"true"}}`, Conditions{"s3:prefix": {""}}, false},
		{`{"Null":{"s3:prefix":false}}`, Conditions{"s3:prefix": {"x"}}, true},
		{`{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}`, Conditions{"aws:tagkeys": {"a", "b"}}, true},
		{`{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}`, Conditions{"aws:tagkeys": {"a", "c"}}, false},
		{`{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}`, nil, true},
		{`{"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}}`, Conditions{"aws:tagkeys": {"c", "b"}}, true},
		{`{"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}}`, Conditions{"aws:tagkeys": {"c", "d"}}, false},
		{`{"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}}`, nil, false},
		{`{"ForAnyValue:StringNotEquals":{"aws:TagKeys":["a","b"]}}`, Conditions{"aws:tagkeys": {"a", "c"}}, true},
		{`{"ForAnyValue:StringNotEquals":{"aws:TagKeys":["a","b"]}}`, Conditions{"aws:tagkeys": {"a", "b"}}, false},
		{`{"ForAnyValue:StringNotEquals":{"aws:TagKeys":["a","b"]}}`, nil, false},
		{`{"ForAllValues:StringNotEquals":{"aws:TagKeys":["a","b"]}}`, Conditions{"aws:tagkeys": {"c", "b"}}, false},
		{`{"ForAllValues:StringLikeIfExists":{"aws:TagKeys":["a*"]}}`, Conditions{"aws:tagkeys": {"ab", "ac"}}, true},
		{`{"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"a"}}`, nil, true},
		{`{"StringEquals":{"s3:prefix":"a"},"IpAddress":{"aws:SourceIp":"192.0.2.7"}}`, Conditions{"s3:prefix": {"a"}}, true},
		{`{"StringEquals":{"s3:prefix":"a"},"IpAddress":{"aws:SourceIp":"192.0.2.9"}}`, Conditions{"s3:prefix": {"a"}}, false},
		{`{"StringNotEquals":{"aws:TagKeys":"a"}}`, Conditions{"aws:tagkeys": {"c", "a"}}, false},
		{`{"StringNotEquals":{"aws:TagKeys":"a"}}`, Conditions{"aws:tagkeys": {"c", "d"}}, true},
		{`{"StringEquals":{"s3:prefix":"a","s3:delimiter":"/"}}`, Conditions{"s3:prefix": {"a"}}, false},
		{`{"StringEquals":{"aws:ResourceTag/Team":"x"}}`, Conditions{"aws:resourcetag/Team": {"x"}}, true},
		{`{"StringEquals":{"aws:resourcetag/team":"x"}}`, Conditions{"aws:resourcetag/Team": {"x"}}, false},
		{`{}`, nil, true},
	} {
		b := contractBucket()
		p := parse(t, b, doc("Allow", `"*"`, `"s3:ListBucket"`, onBucket, c.condition))
		if d := ask(b, p, ana, ListBucket, "", c.facts); d.Allowed != c.ok {
			t.Errorf("%s with %v: %+v", c.condition, c.facts, d)
		}
	}
}

// What a variable stands for is literal, and one that stands for nothing gives nothing but still denies.
func TestUnresolvedVariables(t *testing.T) {
	b := contractBucket()
	deny := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":` + onObjects + `},
		{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":` + onObjects + `,"Condition":{"StringNotEquals":{"aws:userid":"${aws:PrincipalTag/owner}"}}}]}`
	if d := ask(b, parse(t, b, deny), ana, GetObject, "k", nil); d.Rule != RulePolicyDeny {
		t.Errorf("%+v", d)
	}
	old := strings.Replace(deny, "2012-10-17", "2008-10-17", 1)
	if d := ask(b, parse(t, b, old), ana, GetObject, "k", nil); d.Rule != RulePolicyDeny {
		t.Errorf("version 2008: %+v", d)
	}
	p := parse(t, b, strings.Replace(doc("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::pics/${aws:userid}"`, ""), "2012", "2008", 1))
	other := parse(t, b, strings.Replace(doc("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::pics/${aws:PrincipalTag/owner}/*"`, ""), `"Resource"`, `"NotResource"`, 1))
	if d := ask(b, other, ana, GetObject, "k", nil); d.Allowed {
		t.Error("everything but what nobody can tell was given")
	}
	if !ask(b, p, ana, GetObject, "${aws:userid}", nil).Allowed || ask(b, p, ana, GetObject, string(plainID), nil).Allowed {
		t.Error("version 2008-10-17 has no variables")
	}
	p = parse(t, b, doc("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::pics/${aws:username}"`, ""))
	if d := ask(b, p, ana, GetObject, "anything", Conditions{"aws:username": {"*"}}); d.Allowed {
		t.Error("a user named * reads everything")
	}
}

func TestMalformedPolicies(t *testing.T) {
	ok := doc("Allow", `"*"`, `"s3:GetObject"`, onObjects, "")
	with := func(element, value string) string { // replaces an element of ok
		start := strings.Index(ok, `"`+element+`":`) + len(element) + 3
		end := start + strings.IndexAny(ok[start:], ",}")
		return ok[:start] + value + ok[end:]
	}
	cond := func(c string) string { return doc("Allow", `"*"`, `"s3:GetObject"`, onObjects, c) }
	for raw, want := range map[string]string{
		``:                              "first byte must be '{'",
		`false`:                         "first byte must be '{'",
		`[]`:                            "first byte must be '{'",
		`{true}`:                        "invalid Json",
		`{"Principal": "*" `:            "invalid Json",
		ok + `x`:                        "invalid Json",
		ok + `{}`:                       "invalid Json",
		"{\"Id\":\"\xff\"}":             "invalid Json",
		`{}`:                            "Missing required field Statement",
		`{"Statement":[]}`:              "Statement is empty!",
		`{"Statement":"x"}`:             "invalid Json",
		`{"Statement":[1]}`:             "invalid Json",
		`{"Statement":[{}]}`:            "Missing required field Effect",
		`{"Foo":1,"Statement":[]}`:      "Unknown field Foo",
		`{"Version":"","Statement":[]}`: "valid version string",
		`{"Version":"2012-10-16","Statement":[]}`:                                      "valid version string",
		`{"Version":2012,"Statement":[]}`:                                              "valid version string",
		`{"Statement":[],"Statement":[]}`:                                              "occurs twice",
		strings.Replace(ok, `"Effect"`, `"Foo":1,"Effect"`, 1):                         "Unknown field Foo",
		strings.Replace(ok, `"Effect"`, `"Sid":1,"Effect"`, 1):                         "Sid",
		strings.Replace(ok, `"Effect"`, `"Effect":"Deny","Effect"`, 1):                 "occurs twice",
		strings.Replace(ok, `"Action"`, `"NotAction":"s3:*","Action"`, 1):              "opposite",
		with("Effect", `"invalid_effect"`):                                             "Invalid effect: invalid_effect",
		with("Effect", `"allow"`):                                                      "Invalid effect: allow",
		with("Principal", `""`):                                                        "Invalid principal",
		with("Principal", `[]`):                                                        "Invalid principal",
		with("Principal", `"AKIAIOSFODNN7EXAMPLE"`):                                    "Invalid principal",
		with("Principal", `"arn:aws:iam:::user/*"`):                                    "Invalid principal",
		with("Principal", `"arn:aws:iam::123456789012:root"`):                          "Invalid principal",
		with("Principal", `"arn:aws:iam:::user/31000000"`):                             "Invalid principal",
		with("Principal", `"arn:aws:iam::32000000:user/31000000:`+string(plainID)+`"`): "Invalid principal",
		strings.Replace(ok, `"Principal":"*"`, `"Principal":{}`, 1):                    "Invalid principal",
		strings.Replace(ok, `"Principal":"*"`, `"Principal":{"AWS":[]}`, 1):            "Invalid principal",
		strings.Replace(ok, `"Principal":"*"`, `"Principal":{"AWS":""}`, 1):            "Invalid principal",
		strings.Replace(ok, `"Principal":"*"`, `"Principal":{"Federated":"x"}`, 1):     "Invalid principal",
		strings.Replace(ok, `"Principal":"*"`, `"Principal":{"CanonicalUser":"*"}`, 1): "Invalid principal",
		strings.Replace(ok, `"Principal":"*",`, ``, 1):                                 "Missing required field Principal",
		with("Action", `""`):                                                           "invalid action",
		with("Action", `[]`):                                                           "invalid action",
		with("Action", `1`):                                                            "invalid action",
		with("Action", `"s3"`):                                                         "invalid action",
		with("Action", `"s3:"`):                                                        "invalid action",
		with("Action", `"s4:GetObject"`):                                               "invalid action",
		with("Action", `"GetObject"`):                                                  "invalid action",
		with("Action", `"*GetObject"`):                                                 "invalid action",
		with("Action", `"s3:????"`):                                                    "invalid action",
		with("Action", `"s3:GetObject:"`):                                              "invalid action",
		with("Action", `"coffer:CreateAccessKey"`):                                     "invalid action",
		with("Action", `"s3:ListBucket"`):                                              "does not apply to any resource",
		with("Action", `"s3:GetBucket*"`):                                              "does not apply to any resource",
		with("Action", `"s3:ListAllMyBuckets"`):                                        "does not apply to any resource",
		with("Resource", onBucket):                                                     "does not apply to any resource",
		with("Resource", `""`):                                                         "invalid resource",
		with("Resource", `[]`):                                                         "invalid resource",
		with("Resource", `"pics/*"`):                                                   "invalid resource",
		with("Resource", `"arn:aws:iam:::pics"`):                                       "invalid resource",
		with("Resource", `"arn:aws:s3:::/pics"`):                                       "invalid resource",
		with("Resource", `"arn:aws:s3:::other/*"`):                                     "invalid resource",
		with("Resource", `"arn:aws:s3:eu::pics/*"`):                                    "invalid resource",
		with("Resource", `"arn:aws:s3:::pics/${x"`):                                    "invalid resource",
		with("Resource", `["arn:aws:s3:::pics/*",1]`):                                  "invalid resource",
		cond(`[]`): "must be an object",
		cond(`{"NotARealOperator":{"aws:Referer":"x"}}`):                     "Invalid Condition type : NotARealOperator",
		cond(`{"stringequals":{"aws:UserAgent":"foo"}}`):                     "Invalid Condition type : stringequals",
		cond(`{"NullIfExists":{"aws:UserAgent":"true"}}`):                    "Invalid Condition type : NullIfExists",
		cond(`{"ForSomeValues:StringEquals":{"aws:Referer":"x"}}`):           "Invalid Condition type : ForSomeValues:StringEquals",
		cond(`{"ForAnyValue:Null":{"aws:Referer":"true"}}`):                  "Invalid Condition type",
		cond(`{"StringEquals":{"s3:FakeKeyDoesNotExist":"foo"}}`):            "invalid condition key",
		cond(`{"StringEquals":{"s3:ExistingObjectTag/":"foo"}}`):             "invalid condition key",
		cond(`{"StringEquals":{"aws:Referer":[]}}`):                          "must have a value",
		cond(`{"StringEquals":{"aws:Referer":{"a":1}}}`):                     "must have a value",
		cond(`{"StringEquals":"x"}`):                                         "must hold an object",
		cond(`{"StringEquals":{"s3:prefix":"foo"}}`):                         "Conditions do not apply",
		cond(`{"StringEquals":{"s3:x-amz-acl":"public-read"}}`):              "Conditions do not apply",
		cond(`{"StringEquals":{"s3:VersionId":"abc"}}`):                      "Conditions do not apply",
		cond(`{"IpAddress":{"aws:SourceIp":"not-an-ip"}}`):                   "Invalid IP address",
		cond(`{"NotIpAddress":{"aws:SourceIp":"300.1.1.1/40"}}`):             "Invalid IP address",
		cond(`{"Null":{"aws:SourceIp":"true"}}`):                             "Invalid IP address",
		cond(`{"NumericEquals":{"s3:signatureAge":"many"}}`):                 "does not fit",
		cond(`{"NumericEquals":{"s3:signatureAge":"1e9999999"}}`):            "does not fit",
		cond(`{"DateEquals":{"aws:CurrentTime":"tomorrow"}}`):                "does not fit",
		cond(`{"Bool":{"aws:SecureTransport":"yes"}}`):                       "does not fit",
		cond(`{"BinaryEquals":{"aws:Referer":"***"}}`):                       "does not fit",
		cond(`{"ArnLike":{"aws:PrincipalArn":"x"}}`):                         "does not fit",
		`{"Id":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`: "nested too deeply",
		`{"Statement":[{"Sid":"a","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":` + onBoth + `},{"Sid":"a","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":` + onBoth + `}]}`: "must be unique",
	} {
		_, err := ParsePolicy([]byte(raw), contractBucket())
		code := errs.CodeOf(err)
		if !errors.Is(err, errs.Invalid) || code != MalformedPolicy && code != InvalidPolicyDocument || !strings.Contains(errs.PublicOf(err), want) {
			t.Errorf("%.200s\n\t%v, want %q", raw, err, want)
		}
	}
	if _, err := ParsePolicy([]byte(ok), contractBucket()); err != nil {
		t.Error(err)
	}
}

func TestPolicySize(t *testing.T) {
	pad := func(n int) []byte {
		s := doc("Allow", `"*"`, `"s3:GetObject"`, onObjects, "")
		return []byte(s + strings.Repeat(" ", n-len(s)))
	}
	for n, kinds := range map[int][2]bool{MaxUserPolicy: {true, true}, MaxUserPolicy + 1: {true, false}, MaxContractPolicy: {true, false}, MaxContractPolicy + 1: {false, false}} {
		for i, b := range []*Bucket{contractBucket(), userBucket()} {
			_, err := ParsePolicy(pad(n), b)
			if (err == nil) != kinds[i] || err != nil && errs.CodeOf(err) != InvalidPolicyDocument {
				t.Errorf("%d bytes on a %s bucket: %v", n, b.Ownership, err)
			}
		}
	}
}

func TestPublic(t *testing.T) {
	id := ident.ContractUserID(home, plainID)
	for raw, want := range map[string]bool{
		doc("Allow", `"*"`, `"s3:GetObject"`, onObjects, ""):                                                           true,
		doc("Allow", `{"AWS":"*"}`, `"s3:GetObject"`, onObjects, ""):                                                   true,
		doc("Deny", `"*"`, `"s3:GetObject"`, onObjects, ""):                                                            false,
		doc("Allow", `"`+id+`"`, `"s3:GetObject"`, onObjects, ""):                                                      false,
		doc("Allow", `"*"`, `"s3:GetObject"`, onObjects, `{"IpAddress":{"aws:SourceIp":"10.0.0.0/32"}}`):               false,
		doc("Allow", `"*"`, `"s3:GetObject"`, onObjects, `{"IpAddress":{"aws:SourceIp":["10.0.0.0/32","0.0.0.0/1"]}}`): true,
		doc("Allow", `"*"`, `"s3:GetObject"`, onObjects, `{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/32"}}`):            true,
		doc("Allow", `"*"`, `"s3:GetObject"`, onObjects, `{"StringEquals":{"aws:userid":"x"}}`):                        false,
		doc("Allow", `"*"`, `"s3:GetObject"`, onObjects, `{"StringLike":{"aws:userid":"x*"}}`):                         true,
		doc("Allow", `"*"`, `"s3:GetObject"`, onObjects, `{"StringEqualsIfExists":{"aws:userid":"x"}}`):                true,
		doc("Allow", `"*"`, `"s3:GetObject"`, onObjects, `{"StringLike":{"aws:Referer":"https://example.com/*"}}`):     true,
		doc("Allow", `"*"`, `"s3:GetObject"`, onObjects, `{"StringEquals":{"aws:SourceVpc":"vpc-1"}}`):                 false,
		strings.Replace(doc("Allow", `"`+id+`"`, `"s3:GetObject"`, onObjects, ""), `"Principal"`, `"NotPrincipal"`, 1): true,
		strings.Replace(doc("Deny", `"`+id+`"`, `"s3:GetObject"`, onObjects, ""), `"Principal"`, `"NotPrincipal"`, 1):  false,
	} {
		if got := parse(t, contractBucket(), raw).Public(); got != want {
			t.Errorf("%s: public %v", raw, got)
		}
	}
}

func TestNeedsAndNamed(t *testing.T) {
	p := parse(t, contractBucket(), `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["32000000","`+ident.ContractUserID(home, plainID)+`"],"CanonicalUser":"`+string(canonical)+`"},
		"Action":"s3:GetObject","Resource":"arn:aws:s3:::pics/${aws:username}/*","Condition":{"StringEquals":{"s3:ExistingObjectTag/Team":"a"}}}]}`)
	for key, want := range map[string]bool{"s3:existingobjecttag/": true, "s3:existingobjecttag/Team": true, "aws:username": true, "s3:requestobjecttag/": false, "s3:prefix": false} {
		if p.Needs(key) != want {
			t.Errorf("needs %s: %v", key, !want)
		}
	}
	n := p.Named()
	if fmt.Sprint(n) != "[{"+string(canonical)+" 1} {32000000 1}]" {
		t.Errorf("%v", n)
	}
}

func TestActionsFitTheirSet(t *testing.T) {
	if len(s3Actions) > 128 {
		t.Fatalf("%d actions: the set holds 128", len(s3Actions))
	}
	var all actionSet
	for i := range s3Actions {
		all.add(i)
	}
	n := 0
	all.each(func(a Action) {
		if a != s3Actions[n] {
			t.Errorf("action %d is %s", n, a)
		}
		n++
	})
	if n != len(s3Actions) {
		t.Errorf("%d of %d", n, len(s3Actions))
	}
}

// slowMatch is the definition of matching, without cleverness.
func slowMatch(p, s []rune) bool {
	if len(p) == 0 {
		return len(s) == 0
	}
	if p[0] == '*' {
		return slowMatch(p[1:], s) || len(s) > 0 && slowMatch(p, s[1:])
	}
	return len(s) > 0 && (p[0] == '?' || p[0] == s[0]) && slowMatch(p[1:], s[1:])
}

func TestPatternsAgainstTheirDefinition(t *testing.T) {
	letters := rapid.SampledFrom([]rune("ab/é€*?"))
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(letters, 0, 8).Draw(t, "pattern")
		s := rapid.SliceOfN(rapid.SampledFrom([]rune("ab/é€")), 0, 10).Draw(t, "text")
		c, ok := compile(string(p), true, true)
		if !ok {
			t.Fatal("refused")
		}
		if got, want := c.match(string(s)), slowMatch(p, s); got != want {
			t.Fatalf("%q matches %q: %v", string(p), string(s), got)
		}
	})
}

// Explicit Deny wins whatever else a policy says, and nobody but those who own it and those it names gets anything.
func TestPoliciesGiveNoMoreThanTheySay(t *testing.T) {
	actions := []string{`"s3:*"`, `"s3:Get*"`, `"s3:GetObject"`, `["s3:PutObject","s3:ListBucket"]`, `"s3:PutBucketPolicy"`}
	whom := []string{`"*"`, `"31000000"`, `"` + ident.ContractUserID(home, plainID) + `"`, `"32000000"`}
	// What of whom names each of them; nobody else's statements may decide anything.
	names := map[Principal][]string{ana: {`"*"`, `"31000000"`, `"` + ident.ContractUserID(home, plainID) + `"`}, ben: {`"*"`, `"31000000"`}, foreign: {`"*"`, `"32000000"`}, nobody: {`"*"`}, chief: {`"*"`, `"31000000"`}}
	rapid.Check(t, func(t *rapid.T) {
		b := contractBucket()
		if rapid.Bool().Draw(t, "user-owned") {
			b = userBucket()
		}
		var list []string
		for range rapid.IntRange(0, 5).Draw(t, "statements") {
			effect := rapid.SampledFrom([]string{"Allow", "Deny"}).Draw(t, "effect")
			list = append(list, fmt.Sprintf(`{"Effect":%q,"Principal":%s,"Action":%s,"Resource":%s}`, effect, rapid.SampledFrom(whom).Draw(t, "whom"),
				rapid.SampledFrom(actions).Draw(t, "action"), onBoth))
		}
		who := rapid.SampledFrom([]Principal{ana, ben, foreign, nobody, chief}).Draw(t, "who")
		a := rapid.SampledFrom([]Action{GetObject, PutObject, ListBucket, PutBucketPolicy, DeleteObject}).Draw(t, "asked")
		decide := func(list []string) Decision {
			if len(list) == 0 {
				return ask(b, nil, who, a, "k", nil)
			}
			p, err := ParsePolicy([]byte(`{"Statement":[`+strings.Join(list, ",")+`]}`), b)
			if err != nil {
				t.Fatal(err)
			}
			return ask(b, p, who, a, "k", nil)
		}
		d := decide(list)
		with := append(append([]string(nil), list...), `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":`+onBoth+`}`)
		if e := decide(with); e.Allowed && e.Rule != RuleOwnPolicy {
			t.Fatalf("allowed against an explicit Deny: %+v", e)
		}
		var denies, naming []string
		for _, s := range list {
			if strings.Contains(s, "Deny") {
				denies = append(denies, s)
			}
			for _, w := range names[who] {
				if strings.Contains(s, `"Principal":`+w+`,`) {
					naming = append(naming, s)
				}
			}
		}
		if e := decide(naming); e.Allowed != d.Allowed {
			t.Fatalf("what names somebody else decided: %+v, without it %+v", d, e)
		}
		if less := decide(denies); less.Allowed && !d.Allowed {
			t.Fatalf("an Allow took something away: %+v", d)
		}
		if none := decide(nil); len(denies) == len(list) && d.Allowed && !none.Allowed {
			t.Fatalf("a policy of denials gave something: %+v", d)
		}
	})
}

func FuzzParsePolicy(f *testing.F) {
	f.Add(doc("Allow", `"*"`, `"s3:GetObject"`, onObjects, `{"StringLike":{"aws:Referer":"${aws:userid, 'x'}*"}}`))
	f.Add(`{"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":["*"]},"NotAction":["s3:*"],"NotResource":"*"}}`)
	f.Fuzz(func(t *testing.T, raw string) {
		b := contractBucket()
		p, err := ParsePolicy([]byte(raw), b)
		if err != nil {
			if !errors.Is(err, errs.Invalid) || errs.PublicOf(err) == "" {
				t.Fatalf("%q: %v", raw, err)
			}
			return
		}
		for _, who := range []Principal{ana, nobody, chief} {
			d := ask(b, p, who, GetObject, "k", Conditions{"aws:referer": {"x", "y"}})
			if d.Reason == "" || d.Allowed && d.Rule != RulePolicyAllow && d.Rule != RuleContractAdmin {
				t.Fatalf("%q: %+v", raw, d)
			}
		}
	})
}

func BenchmarkEvaluate(b *testing.B) {
	bucket := contractBucket()
	p, err := ParsePolicy([]byte(doc("Allow", `{"AWS":"`+ident.ContractUserID(home, plainID)+`"}`, `["s3:GetObject","s3:PutObject"]`, `"arn:aws:s3:::pics/home/${aws:userid}/*"`,
		`{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`)), bucket)
	if err != nil {
		b.Fatal(err)
	}
	bucket.Policy = p
	r := &Request{Principal: ana, Action: GetObject, Bucket: bucket, Key: ident.ObjectKey("home/" + string(plainID) + "/cat.jpg"),
		Source: netip.MustParseAddr("192.0.2.7"), Time: time.Now()}
	b.ReportAllocs()
	for b.Loop() {
		if !Evaluate(r).Allowed {
			b.Fatal("denied")
		}
	}
}

// TestCostlyPolicies: whoever writes a policy does not decide what a request costs: what is dear to match is bounded, and what variables bring
// in is put together only where it can be equal.
func TestCostlyPolicies(t *testing.T) {
	with := func(condition string) error {
		_, err := ParsePolicy([]byte(doc("Deny", `"*"`, `"s3:GetObject"`, onObjects, condition)), contractBucket())
		return err
	}
	for value, fine := range map[string]bool{
		strings.Repeat("a?", maxMarks):                      true,
		strings.Repeat("a?", maxMarks+1):                    false,
		strings.Repeat("${aws:UserAgent}", maxVariables):    true,
		strings.Repeat("${aws:UserAgent}", maxVariables+1):  false,
		strings.Repeat("*a", 10*maxMarks):                   true,
		strings.Repeat("${?}${*}", 2*maxMarks+maxVariables): true,
	} {
		err := with(`{"StringLike":{"aws:UserAgent":"` + value + `"}}`)
		if (err == nil) != fine || err != nil && errs.CodeOf(err) != InvalidPolicyDocument {
			t.Errorf("%.40s...: %v", value, err)
		}
	}
	if err := with(`{"ArnLike":{"aws:SourceArn":"arn:` + strings.Repeat("?", maxMarks+1) + `:a:b:c:d"}}`); errs.CodeOf(err) != InvalidPolicyDocument {
		t.Errorf("in an ARN: %v", err)
	}
	if _, err := ParsePolicy([]byte(doc("Deny", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::*/`+strings.Repeat("?", maxMarks+1)+`"`, "")), contractBucket()); errs.CodeOf(err) != InvalidPolicyDocument {
		t.Errorf("in a resource: %v", err)
	}
	if err := with(`{"StringLike":{"aws:UserAgent":"` + strings.Repeat("*a", maxParts/2) + `"}}`); errs.CodeOf(err) != InvalidPolicyDocument {
		t.Errorf("a policy of very many pieces: %v", err)
	}
	if n := unsafe.Sizeof(part{}); n > 32 {
		t.Errorf("a piece of a pattern takes %d bytes, of which a policy may have %d", n, maxParts)
	}
	for n, fine := range map[int]bool{maxNodes - 20: true, maxNodes: false} {
		if err := with(`{"StringLike":{"aws:UserAgent":[` + strings.Repeat(`"a",`, n-1) + `"a"]}}`); (err == nil) != fine {
			t.Errorf("%d values: %v", n, err)
		}
	}
	if n := unsafe.Sizeof(conditionValue{}); n > 96 {
		t.Errorf("a value of a condition takes %d bytes, of which a policy may have %d", n, maxNodes)
	}
	grown, _ := compile(strings.Repeat("${aws:UserAgent}", maxVariables), false, true)
	long, ok := grown.resolve(&facts{&Request{Conditions: Conditions{"aws:useragent": {strings.Repeat("a", 8000)}}}})
	if !ok {
		t.Fatal("not resolved")
	}
	if n := testing.AllocsPerRun(10, func() { long.equalFold(strings.Repeat("a", 8)[:7]) }); n > 1 {
		t.Errorf("comparing with what is far too long allocates %v times", n)
	}
	for _, pair := range [][2]string{{"Kelvin", "\u212Aelvin"}, {"\u212A", "k"}, {"", ""}, {"a", "A"}} {
		if p, _ := compile(pair[0], false, true); !p.equalFold(pair[1]) || p.equalFold(pair[1]+"x") {
			t.Errorf("%q and %q", pair[0], pair[1])
		}
	}
}
