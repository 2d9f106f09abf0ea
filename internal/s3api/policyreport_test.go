package s3api

import (
	"encoding/json"
	"strings"
	"testing"

	"coffer/internal/ident"
)

// policyReport is the report as clients read it.
type policyReport struct {
	Valid      bool
	Complete   bool
	Public     bool
	Refused    bool `json:"refusedByPublicAccessBlock"`
	Restricted bool `json:"restrictedByPublicAccessBlock"`

	PublicStatements []int
	Faults           []struct {
		Statement             int
		Code, Message, Detail string
	}
	You, Everybody struct {
		Gains, Loses []policyChange
		Places       []string
	}
}

type policyChange struct {
	Action string
	Where  []string
}

// reported judges a draft and returns the report.
func (w *world) reported(as, bucket, draft string) policyReport {
	w.t.Helper()
	a := w.ok(request{as: as, method: "POST", uri: "/" + bucket + "?policyReport", body: draft})
	var r policyReport
	if err := json.Unmarshal([]byte(a.body), &r); err != nil || a.header.Get("Content-Type") != "application/json" {
		w.t.Errorf("%v: %s", err, a.body)
	}
	return r
}

func actionsOf(changes []policyChange) string {
	all := make([]string, 0, len(changes))
	for _, c := range changes {
		all = append(all, strings.Join(append([]string{c.Action}, c.Where...), " "))
	}
	return strings.Join(all, ", ")
}

// TestPolicyReport: a draft is judged as it would be if it were put, and nothing is kept.
func TestPolicyReport(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	uri := "/" + b + "?policy"
	open := statement(b, "Allow", "s3:GetObject", "/open/*", "")
	r := w.reported("owner", b, open)
	if !r.Valid || !r.Public || !r.Complete || r.Refused || r.Restricted || len(r.PublicStatements) != 1 || r.PublicStatements[0] != 1 {
		t.Errorf("%+v", r)
	}
	if got := strings.Join(r.You.Places, " "); got != "* open/*" {
		t.Errorf("places %q", got)
	}
	if got := actionsOf(r.Everybody.Gains); got != "s3:GetObject open/*" || actionsOf(r.You.Gains)+actionsOf(r.You.Loses)+actionsOf(r.Everybody.Loses) != "" {
		t.Errorf("%+v", r)
	}
	signed := statement(b, "Allow", "s3:GetObject", "/*", `{"Null":{"s3:authType":"false"}}`)
	if r := w.reported("owner", b, signed); len(r.Everybody.Gains) != 0 {
		t.Errorf("who does not sign has the signature of who asks: %+v", r)
	}
	w.refused(request{as: "owner", uri: uri}, 404, "NoSuchBucketPolicy")
	w.refused(request{uri: "/" + b + "/open/k"}, 403, "AccessDenied")

	deny := statement(b, "Deny", "s3:GetObject", "/*", `{"Bool":{"aws:SecureTransport":"false"}}`)
	if r := w.reported("owner", b, deny); !r.Valid || r.Public || actionsOf(r.You.Loses) != "s3:GetObject *" {
		t.Errorf("%+v", r)
	}
	w.policy(b, open)
	if r := w.reported("owner", b, ""); !r.Valid || r.Public || actionsOf(r.Everybody.Loses) != "s3:GetObject open/*" {
		t.Errorf("what removing the policy would mean: %+v", r)
	}
	w.refused(request{as: "plain", method: "POST", uri: uri + "Report", body: open}, 403, "AccessDenied")
	w.refused(request{method: "POST", uri: uri + "Report", body: open}, 403, "AccessDenied")
	w.refused(request{as: "owner", method: "PUT", uri: uri + "Report", body: open}, 405, "MethodNotAllowed")
	w.refused(request{as: "owner", method: "POST", uri: uri + "Report", body: strings.Repeat(" ", 1<<20+1)}, 400, "MaxMessageLengthExceeded")
}

// TestPolicyReportFaults: every faulty statement is told with what is wrong in it, those too that name nobody; a put tells the first.
func TestPolicyReportFaults(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	one := func(principal string) string {
		s := statement(b, "Allow", "s3:GetObject", "/*", "")
		return strings.Replace(s, `"Principal":"*"`, `"Principal":{"AWS":"`+principal+`"}`, 1)
	}
	two := func(p, q string) string {
		_, s, _ := strings.Cut(one(q), "[")
		return strings.TrimSuffix(one(p), "]}") + "," + s
	}
	nobody, known := "00112233445566778899aabbccddeeff", w.users["plain"].Contract.String()
	for _, c := range []struct{ draft, want string }{
		{two("anna", "ben"), "1 anna 2 ben"},
		{two(known, nobody), "2 " + nobody},
		{two("99999999", nobody), "1 99999999 2 " + nobody},
	} {
		got := ""
		r := w.reported("owner", b, c.draft)
		for _, f := range r.Faults {
			if f.Code != "MalformedPolicy" || f.Message != "Invalid principal in policy" {
				t.Errorf("%+v", f)
			}
			got += " " + itoa(int64(f.Statement)) + " " + f.Detail
		}
		if r.Valid || strings.TrimSpace(got) != c.want {
			t.Errorf("%s: %q, want %q", c.draft, got, c.want)
		}
		a := w.refused(request{as: "owner", method: "PUT", uri: "/" + b + "?policy", body: c.draft}, 400, "MalformedPolicy")
		if first := strings.Fields(c.want)[1]; a.element("Detail") != first {
			t.Errorf("the put names %q, want %q", a.element("Detail"), first)
		}
	}
	if r := w.reported("owner", b, "no policy"); r.Valid || len(r.Faults) != 1 || r.Faults[0].Statement != 0 {
		t.Errorf("%+v", r)
	}
}

// TestPolicyReportPublicBlock: the report says what the public access block does with a public draft.
func TestPolicyReportPublicBlock(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "?publicAccessBlock", body: `<PublicAccessBlockConfiguration><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>`})
	r := w.reported("owner", b, statement(b, "Allow", "s3:GetObject", "/*", ""))
	if !r.Valid || !r.Public || !r.Refused || !r.Restricted || len(r.Everybody.Gains) != 0 {
		t.Errorf("%+v", r)
	}
}

// TestPolicyReportLocksOut: who changes the policy because it lets them, learns that the draft no longer does.
func TestPolicyReportLocksOut(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	plain := w.users["plain"]
	let := strings.Replace(statement(b, "Allow", "s3:*Policy", "", ""), `"Principal":"*"`,
		`"Principal":{"AWS":"arn:aws:iam:::user/`+ident.ContractUserID(plain.Contract, plain.ID)+`"}`, 1)
	w.policy(b, let)
	r := w.reported("plain", b, statement(b, "Allow", "s3:GetObject", "/*", ""))
	if got := actionsOf(r.You.Loses); !strings.Contains(got, "s3:PutBucketPolicy") || !strings.Contains(got, "s3:DeleteBucketPolicy") || actionsOf(r.You.Gains) != "s3:GetObject *" {
		t.Errorf("%+v", r.You)
	}
}
