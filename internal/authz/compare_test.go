package authz

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
)

// policyOf makes a policy of statements.
func policyOf(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func says(effect, principal, action, resource, condition string) string {
	_, s, _ := strings.Cut(doc(effect, principal, action, resource, condition), "[")
	return strings.TrimSuffix(s, "]}")
}

// TestCheckPolicyFindsAll: each statement's fault is told with its place and the text that is wrong, and the first of them is ParsePolicy's.
func TestCheckPolicyFindsAll(t *testing.T) {
	good := says("Allow", `"*"`, `"s3:GetObject"`, onObjects, "")
	named := strings.Replace(good, "{", `{"Sid":"a",`, 1)
	raw := policyOf(named, says("Permit", `"*"`, `"s3:GetObject"`, onObjects, ""), good, named,
		says("Allow", `"anna"`, `"s3:GetObject"`, onObjects, ""), says("Allow", `"*"`, `["s3:GetObject","s3:Read"]`, onObjects, ""),
		says("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::else/*"`, ""), says("Allow", `"*"`, `"s3:GetObject"`, onObjects, `{"IpAddress":{"aws:SourceIp":"here"}}`),
		says("Allow", `"*"`, `"s3:GetObject"`, onObjects, `{"StringEquals":{"a:b":"x"}}`))
	p, faults := CheckPolicy([]byte(raw), contractBucket())
	if p != nil {
		t.Error("a policy with faults is returned")
	}
	got := ""
	for _, f := range faults {
		got += fmt.Sprintf("%d %s (%s)\n", f.Statement, errs.PublicOf(f.Err), errs.SubjectOf(f.Err))
	}
	want := `2 Invalid effect: Permit ()
4 Statement IDs (SID) in a single policy must be unique. (a)
5 Invalid principal in policy (anna)
6 Policy has invalid action (s3:Read)
7 Policy has invalid resource (arn:aws:s3:::else/*)
8 Invalid IP address in Conditions (here)
9 Policy has an invalid condition key (a:b)
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if _, err := ParsePolicy([]byte(raw), contractBucket()); err != faults[0].Err && err.Error() != faults[0].Err.Error() {
		t.Errorf("parsing says %v", err)
	}
	_, faults = CheckPolicy([]byte(policyOf(slices.Repeat([]string{"{}"}, 100)...)), contractBucket())
	if len(faults) != MaxFaults {
		t.Errorf("%d faults are told", len(faults))
	}
	for _, raw := range []string{"", "{", `{"Statement":[]}`, `{"Statement":[{}],"More":1}`} {
		if _, faults := CheckPolicy([]byte(raw), contractBucket()); len(faults) != 1 || faults[0].Statement != 0 {
			t.Errorf("%s: %v", raw, faults)
		}
	}
}

// compared tells in words what changes for somebody.
func compared(t *testing.T, who Principal, b *Bucket, before, after string) string {
	t.Helper()
	was, is := *b, *b
	if before != "" {
		was.Policy = parse(t, b, before)
	}
	if after != "" {
		is.Policy = parse(t, b, after)
	}
	got := Compare(&was, &is, func(a Action) Request {
		return Request{Principal: who, Action: a, Time: time.Unix(0, 0), Conditions: Conditions{"aws:securetransport": {"false"}}}
	})
	if !got.Complete {
		t.Error("not complete")
	}
	var all []string
	for _, c := range got.Changes {
		sign := "-"
		if c.Allowed {
			sign = "+"
		}
		all = append(all, sign+strings.TrimPrefix(string(c.Action), "s3:")+strings.Join(append([]string{""}, c.Where...), " "))
	}
	return strings.Join(all, ", ")
}

// TestCompare: what a draft gives and takes is told by action and key pattern, for who owns the bucket, who was let in, and everybody.
func TestCompare(t *testing.T) {
	b := contractBucket()
	open := policyOf(says("Allow", `"*"`, `"s3:GetObject"`, `"arn:aws:s3:::pics/open/*"`, ""))
	let := policyOf(says("Allow", `"`+ident.ContractUserID(home, plainID)+`"`, `["s3:ListBucket","s3:GetObject","s3:PutBucketPolicy"]`, onBoth, ""))
	for _, c := range []struct {
		name          string
		who           Principal
		before, after string
		want          string
	}{
		{"opened", nobody, "", open, "+GetObject open/*"},
		{"opened to its owner, who has it", chief, "", open, ""},
		{"closed again", nobody, open, "", "-GetObject open/*"},
		{"the same in other words", nobody, open, strings.ReplaceAll(open, ",", " ,"), ""},
		{"taken from who had it, who can't mend it", ana, let, open, "-ListBucket, -PutBucketPolicy, -GetObject *"},
		{"refused to the owner, but for the policy", chief, "", policyOf(says("Deny", `"*"`, `["s3:PutBucketPolicy","s3:PutBucketCORS","s3:DeleteObject"]`, onBoth, "")), "-PutBucketCORS, -DeleteObject *"},
		{"refused as they ask now", chief, "", policyOf(says("Deny", `"*"`, `"s3:GetObject"`, onObjects, `{"Bool":{"aws:SecureTransport":"false"}}`)), "-GetObject *"},
		{"refused to who asks otherwise", chief, "", policyOf(says("Deny", `"*"`, `"s3:GetObject"`, onObjects, `{"Bool":{"aws:SecureTransport":"true"}}`)), ""},
		{"all but one folder", nobody, "", policyOf(says("Allow", `"*"`, `"s3:GetObject"`, onObjects, ""), says("Deny", `"*"`, `"s3:GetObject"`, `["arn:aws:s3:::pics/secret/*","arn:aws:s3:::pics/*.key","arn:aws:s3:::pics/a?"]`, "")), "+GetObject *"},
		{"one of two places", nobody, open, policyOf(says("Allow", `"*"`, `"s3:GetObject"`, `["arn:aws:s3:::pics/open/a","arn:aws:s3:::pics/new/*"]`, "")), "+GetObject new/*, -GetObject open/*"},
		{"a folder of one's own", ana, "", policyOf(says("Allow", `"`+ident.ContractUserID(home, plainID)+`"`, `"s3:PutObject"`, `"arn:aws:s3:::pics/home/${aws:userid}/*"`, "")), "+PutObject home/" + string(plainID) + "/*"},
	} {
		if got := compared(t, c.who, b, c.before, c.after); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestCompareIsBounded: a policy of many places is looked at in part, one that is larger still not at all, and that is said.
func TestCompareIsBounded(t *testing.T) {
	for _, c := range []struct{ statements, least, most int }{{60, 61, 61}, {500, 2, maxPlaces}, {3000, 2, maxPlaces}, {9000, 0, 0}} {
		var many []string
		for i := range c.statements {
			many = append(many, says("Allow", `"*"`, `"s3:GetObject"`, fmt.Sprintf(`"arn:aws:s3:::pics/%d/*"`, i), ""))
		}
		was, is := *contractBucket(), *contractBucket()
		is.Policy = parse(t, &is, policyOf(many...))
		got := Compare(&was, &is, func(a Action) Request { return Request{Action: a} })
		if n := len(got.Places); n < c.least || n > c.most || got.Complete != (n > c.statements) || (len(got.Changes) == 1) != (n > 1) {
			t.Errorf("%d statements: %d places, complete %v, %d changes", c.statements, n, got.Complete, len(got.Changes))
		}
	}
}
