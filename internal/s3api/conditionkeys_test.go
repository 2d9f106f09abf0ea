package s3api

import (
	"crypto/tls"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"coffer/internal/accesslog"
	"coffer/internal/ident"
)

// documentedKeys reads the two tables of docs/policies.md: keys that requests have, and keys that none has.
func documentedKeys(t *testing.T) (has, none []string) {
	doc, err := os.ReadFile("../../docs/policies.md")
	if err != nil {
		t.Fatal(err)
	}
	_, tables, _ := strings.Cut(string(doc), "## Keys that requests have")
	first, second, ok := strings.Cut(tables, "## Keys that no request has")
	if !ok {
		t.Fatal("docs/policies.md has no longer its two tables")
	}
	keys := func(table string) (all []string) {
		for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| \\S.* \\|$").FindAllStringSubmatch(table, -1) {
			all = append(all, m[1])
		}
		return all
	}
	return keys(first), keys(second)
}

// TestConditionKeys: every condition key that AWS documents for S3 is one that requests tell of, which is seen here, or is listed with the
// reason why there is none; and every one may stand in a policy. testdata/condition-keys.txt has the names of AWS's pages ("Condition keys for
// Amazon S3" and "AWS global condition context keys"). A user of another contract is let in by a policy if the request has the key.
func TestConditionKeys(t *testing.T) {
	w := newWorld(t)
	names, err := os.ReadFile("testdata/condition-keys.txt")
	if err != nil {
		t.Fatal(err)
	}
	has, none := documentedKeys(t)
	want, got := strings.Fields(string(names)), slices.Concat(has, none)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Fatalf("docs/policies.md has the keys\n%s\nAWS documents\n%s", got, want)
	}
	b := w.bucket()
	w.put("/"+b+"/k", "x")
	w.put("/"+b+"/k?tagging", "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>")
	w.put("/"+b+"?tagging", "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>")
	w.put("/"+b+"?abac", "<AbacStatus><Status>Enabled</Status></AbacStatus>")
	requests := keyRequests(b)
	ask := func(key string) reply {
		t.Helper()
		key = strings.NewReplacer("${TagKey}", "k", "<key>", "k").Replace(key)
		condition := `{"Null":{"` + key + `":"false"}}`
		if key == "aws:SourceIp" { // it takes addresses alone, whatever the operator
			condition = `{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`
		}
		w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "?policy", body: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*",` +
			`"Resource":["arn:aws:s3:::` + b + `","arn:aws:s3:::` + b + `/*"],"Condition":` + condition + `}]}`})
		if strings.HasPrefix(requests[key].as, "service") {
			return w.writeLog(b)
		}
		q := requests[key]
		if q.method == "" && q.uri == "" {
			q.uri = "/" + b + "?list-type=2"
		}
		q.as = "other"
		return w.do(q)
	}
	for _, key := range has {
		if a := ask(key); a.status == 403 {
			t.Errorf("no request has %s: %s", key, a.body)
		}
	}
	for _, key := range none {
		if a := ask(key); a.status != 403 {
			t.Errorf("a request has %s: %d %s", key, a.status, a.body)
		}
	}
}

// writeLog is a log that is delivered to a bucket about itself, as an answer.
func (w *world) writeLog(b string) reply {
	source, err := w.objects.Bucket(w.t.Context(), ident.BucketName(b))
	if err == nil {
		err = w.h.(accesslog.Writer).WriteLog(w.t.Context(), source, &accesslog.Config{Target: source.Name}, "log", []byte("line"))
	}
	if err != nil {
		return reply{status: 403, body: err.Error()}
	}
	return reply{status: 200}
}

// keyRequests gives, by key, a request that has it, where the listing of the bucket is none.
func keyRequests(b string) map[string]request {
	put := func(header ...string) request {
		return request{method: "PUT", uri: "/" + b + "/n", body: "x", header: pairs(header)}
	}
	const until = "2027-01-01T00:00:00Z"
	all := map[string]request{
		"s3:authType":                                        {},
		"s3:delimiter":                                       {uri: "/" + b + "?delimiter=/"},
		"s3:max-keys":                                        {uri: "/" + b + "?max-keys=1"},
		"s3:prefix":                                          {uri: "/" + b + "?prefix=x"},
		"s3:ExistingObjectTag/k":                             {uri: "/" + b + "/k"},
		"s3:versionid":                                       {uri: "/" + b + "/k?versionId=null"},
		"s3:ObjectCreationOperation":                         put(),
		"s3:RequestObjectTag/k":                              put("X-Amz-Tagging", "k=v"),
		"s3:RequestObjectTagKeys":                            put("X-Amz-Tagging", "k=v"),
		"s3:if-match":                                        put("If-Match", "e"),
		"s3:if-none-match":                                   put("If-None-Match", "*"),
		"s3:object-lock-legal-hold":                          put("X-Amz-Object-Lock-Legal-Hold", "ON"),
		"s3:object-lock-mode":                                put("X-Amz-Object-Lock-Mode", "GOVERNANCE", "X-Amz-Object-Lock-Retain-Until-Date", until),
		"s3:object-lock-remaining-retention-days":            put("X-Amz-Object-Lock-Mode", "GOVERNANCE", "X-Amz-Object-Lock-Retain-Until-Date", until),
		"s3:object-lock-retain-until-date":                   put("X-Amz-Object-Lock-Mode", "GOVERNANCE", "X-Amz-Object-Lock-Retain-Until-Date", until),
		"s3:TlsVersion":                                      {uri: "/" + b, mangle: func(r *http.Request) { r.TLS = &tls.ConnectionState{Version: tls.VersionTLS13} }},
		"s3:x-amz-copy-source":                               put("X-Amz-Copy-Source", b+"/k"),
		"s3:x-amz-metadata-directive":                        put("X-Amz-Copy-Source", b+"/k", "X-Amz-Metadata-Directive", "REPLACE"),
		"aws:RequestTag/k":                                   {method: "PUT", uri: "/" + b + "?tagging", body: "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>"},
		"aws:referer":                                        {uri: "/" + b, header: pairs([]string{"Referer", "http://r/"})},
		"aws:UserAgent":                                      {uri: "/" + b, header: pairs([]string{"User-Agent", "prog/1"})},
		"aws:SourceAccount":                                  {as: "service"},
		"aws:SourceArn":                                      {as: "service"},
		"aws:PrincipalServiceName":                           {as: "service"},
		"aws:PrincipalServiceNamesList":                      {as: "service"},
		"s3:x-amz-acl":                                       put("X-Amz-Acl", "private"),
		"s3:x-amz-object-ownership":                          put("X-Amz-Object-Ownership", "ObjectWriter"),
		"s3:x-amz-server-side-encryption":                    put("X-Amz-Server-Side-Encryption", "AES256"),
		"s3:x-amz-storage-class":                             put("X-Amz-Storage-Class", "STANDARD"),
		"s3:x-amz-website-redirect-location":                 put("X-Amz-Website-Redirect-Location", "/x"),
		"s3:x-amz-server-side-encryption-aws-kms-key-id":     put("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", "x"),
		"s3:x-amz-server-side-encryption-customer-algorithm": put("X-Amz-Server-Side-Encryption-Customer-Algorithm", "AES256"),
	}
	all["aws:TagKeys"] = all["aws:RequestTag/k"]
	for _, p := range []string{"Full-Control", "Read", "Read-Acp", "Write", "Write-Acp"} {
		all["s3:x-amz-grant-"+strings.ToLower(p)] = put("X-Amz-Grant-"+p, `uri="http://acs.amazonaws.com/groups/global/AuthenticatedUsers"`)
	}
	return all
}

// TestBucketTagsDecide: tags of a bucket count once its owner says so, and by their values.
func TestBucketTagsDecide(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	abac := "/" + b + "?abac"
	tag := func(k, v string) string {
		return "<Tagging><TagSet><Tag><Key>" + k + "</Key><Value>" + v + "</Value></Tag></TagSet></Tagging>"
	}
	list := request{as: "other", uri: "/" + b}
	w.put("/"+b+"?tagging", tag("stage", "open"))
	w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "?policy", body: `{"Statement":[` +
		`{"Effect":"Allow","Principal":"*","Action":"s3:ListBucket","Resource":"arn:aws:s3:::` + b + `","Condition":{"StringEquals":{"s3:BucketTag/stage":"open","aws:ResourceTag/stage":"open"}}},` +
		`{"Effect":"Allow","Principal":"*","Action":"s3:PutBucketTagging","Resource":"arn:aws:s3:::` + b + `","Condition":{"StringEquals":{"aws:RequestTag/stage":"shut"},"ForAllValues:StringEquals":{"aws:TagKeys":"stage"}}}]}`})
	if a := w.get(abac); a.element("Status") != "Disabled" {
		t.Errorf("got %s", a.body)
	}
	w.refused(list, 403, "AccessDenied")
	for _, bad := range []string{"<AbacStatus/>", "<AbacStatus><Status>On</Status></AbacStatus>", "<x/>"} {
		w.refused(send(abac, bad), 400, "MalformedXML")
	}
	w.refused(send(abac, "<AbacStatus><Status>Enabled</Status></AbacStatus>").by("other"), 403, "AccessDenied")
	w.put(abac, "<AbacStatus><Status>Enabled</Status></AbacStatus>")
	w.golden("abac.xml", w.get(abac).body)
	w.ok(list)
	w.refused(send("/"+b+"?tagging", tag("stage", "open")).by("other"), 403, "AccessDenied")
	w.refused(send("/"+b+"?tagging", tag("Stage", "shut")).by("other"), 403, "AccessDenied")
	w.ok(send("/"+b+"?tagging", tag("stage", "shut")).by("other"))
	w.refused(list, 403, "AccessDenied")
	w.put("/"+b+"?tagging", tag("stage", "open"))
	w.ok(list)
	w.put(abac, "<AbacStatus><Status>Disabled</Status></AbacStatus>")
	w.refused(list, 403, "AccessDenied")
}

// TestAccountOfNobody: who signs nothing has an account that no contract has, so that a condition on it holds for nobody else, and one for it
// opens a bucket to everybody.
func TestAccountOfNobody(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.put("/"+b+"/k", "x")
	other := w.users["other"].Contract.String()
	policy := func(operator, account string) string {
		return `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + b + `/*","Condition":{"` + operator + `":{"aws:PrincipalAccount":"` + account + `"}}}]}`
	}
	w.policy(b, policy("StringEqualsIfExists", other))
	w.ok(request{as: "other", uri: "/" + b + "/k"})
	w.refused(request{uri: "/" + b + "/k"}, 403, "AccessDenied")
	w.policy(b, policy("StringEqualsIgnoreCase", "Anonymous"))
	w.ok(request{uri: "/" + b + "/k"})
	w.refused(request{as: "other", uri: "/" + b + "/k"}, 403, "AccessDenied")
	if a := w.get("/" + b + "?policyStatus"); a.element("IsPublic") != "true" {
		t.Errorf("got %s", a.body)
	}
	w.policy(b, policy("StringEquals", other))
	if a := w.get("/" + b + "?policyStatus"); a.element("IsPublic") != "false" {
		t.Errorf("got %s", a.body)
	}
}
