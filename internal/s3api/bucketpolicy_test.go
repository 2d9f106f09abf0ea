package s3api

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"coffer/internal/ident"
)

// statement makes a policy of one statement for everybody, with B for the bucket.
func statement(bucket, effect, action, resource, condition string) string {
	s := `{"Effect":"` + effect + `","Principal":"*","Action":"` + action + `","Resource":"arn:aws:s3:::` + bucket + resource + `"`
	if condition != "" {
		s += `,"Condition":` + condition
	}
	return `{"Version":"2012-10-17","Statement":[` + s + `}]}`
}

// allowAll makes a policy that allows everybody the actions on objects.
func allowAll(bucket string, actions ...string) string {
	return strings.Replace(statement(bucket, "Allow", "s3:*", "/*", ""), `"s3:*"`, `["`+strings.Join(actions, `","`)+`"]`, 1)
}

// ownerOwns makes all objects of a bucket its owner's, whoever writes them.
func (w *world) ownerOwns(bucket string) string {
	w.t.Helper()
	w.ok(send("/"+bucket+"?ownershipControls", "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>"))
	return bucket
}

func (w *world) policy(bucket, doc string) {
	w.t.Helper()
	if a := w.ok(request{as: "owner", method: "PUT", uri: "/" + bucket + "?policy", body: doc}); a.status != 204 {
		w.t.Errorf("put policy: %d", a.status)
	}
}

func TestBucketPolicyDocuments(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	uri := "/" + b + "?policy"
	w.refused(request{as: "owner", uri: uri}, 404, "NoSuchBucketPolicy")
	w.refused(request{as: "owner", uri: uri + "Status"}, 404, "NoSuchBucketPolicy")
	w.ok(request{as: "owner", method: "DELETE", uri: uri})
	doc := statement(b, "Allow", "s3:GetObject", "/*", "")
	w.policy(b, doc)
	if a := w.get(uri); a.body != doc || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %s %q", a.header.Get("Content-Type"), a.body)
	}
	w.golden("policystatus.xml", w.get(uri+"Status").body)
	for bad, code := range map[string]string{
		"":                              "MalformedPolicy",
		"x":                             "MalformedPolicy",
		"{}":                            "MalformedPolicy",
		doc + "x":                       "MalformedPolicy",
		strings.ReplaceAll(doc, b, "b"): "MalformedPolicy",
		strings.Replace(doc, "s3:GetObject", "s3:None", 1):             "MalformedPolicy",
		strings.Replace(doc, "Allow", "allow", 1):                      "MalformedPolicy",
		statement(b, "Allow", "s3:GetObject", "", ""):                  "MalformedPolicy",
		statement(b, "Allow", "s3:GetObject", "/*", `{"Never":{}}`):    "MalformedPolicy",
		doc + strings.Repeat(" ", 1<<20):                               "MaxMessageLengthExceeded",
		statement(b, "Allow", "s3:Get*", "/*", `{"Bool":{"a:b":"x"}}`): "MalformedPolicy",
	} {
		w.refused(request{as: "owner", method: "PUT", uri: uri, body: bad}, 400, code)
	}
	if a := w.get(uri); a.body != doc {
		t.Errorf("a refused document took the policy's place: %s", a.body)
	}
	w.policy(b, statement(b, "Allow", "s3:GetObject", "/*", `{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`))
	if a := w.get(uri + "Status"); a.element("IsPublic") != "false" {
		t.Errorf("bound to addresses: %s", a.body)
	}
	w.ok(request{as: "owner", method: "DELETE", uri: uri})
	w.refused(request{as: "owner", uri: uri}, 404, "NoSuchBucketPolicy")
	own := w.bucket() + "-own"
	w.ok(request{as: "plain", region: "local-2", method: "PUT", uri: "/" + own, host: "s3.local-2.localhost:9000"})
	large := statement(own, "Allow", "s3:GetObject", "/*", "") + strings.Repeat(" ", 20<<10)
	w.refused(request{as: "plain", method: "PUT", uri: "/" + own + "?policy", body: large}, 400, "InvalidPolicyDocument")
	w.policy(b, statement(b, "Allow", "s3:GetObject", "/*", "")+strings.Repeat(" ", 900<<10))
}

// TestBucketPolicyEffect: a policy opens to the anonymous and to others what it says and no more, and ends with its removal.
func TestBucketPolicyEffect(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.put("/"+b+"/open/k", "x")
	w.put("/"+b+"/shut", "y")
	w.refused(request{uri: "/" + b + "/open/k"}, 403, "AccessDenied")
	w.policy(b, statement(b, "Allow", "s3:GetObject", "/open/*", ""))
	if a := w.ok(request{uri: "/" + b + "/open/k"}); a.body != "x" {
		t.Errorf("got %q", a.body)
	}
	w.refused(request{uri: "/" + b + "/shut"}, 403, "AccessDenied")
	w.refused(request{uri: "/" + b + "/open/none"}, 403, "AccessDenied")
	w.refused(request{uri: "/" + b}, 403, "AccessDenied")
	w.refused(request{method: "DELETE", uri: "/" + b + "/open/k"}, 403, "AccessDenied")
	for _, role := range []string{"plain", "other"} {
		w.ok(request{as: role, uri: "/" + b + "/open/k"})
		w.refused(request{as: role, uri: "/" + b + "?policy"}, 403, "AccessDenied")
		w.refused(request{as: role, method: "PUT", uri: "/" + b + "?policy", body: "{}"}, 403, "AccessDenied")
		w.refused(request{as: role, method: "DELETE", uri: "/" + b + "?policy"}, 403, "AccessDenied")
	}
	plain := w.users["plain"]
	w.policy(b, strings.Replace(statement(b, "Allow", "s3:*", "/*", ""), `"Principal":"*"`,
		`"Principal":{"AWS":"arn:aws:iam:::user/`+ident.ContractUserID(plain.Contract, plain.ID)+`"}`, 1))
	w.ok(request{as: "plain", method: "PUT", uri: "/" + b + "/theirs", body: "z"})
	w.ok(request{as: "plain", method: "PUT", uri: "/" + b + "/copy", header: map[string]string{copySource: b + "/shut"}})
	w.refused(request{as: "other", uri: "/" + b + "/shut"}, 403, "AccessDenied")
	w.refused(request{uri: "/" + b + "/open/k"}, 403, "AccessDenied")
	w.ok(request{as: "owner", method: "DELETE", uri: "/" + b + "?policy"})
	w.refused(request{as: "plain", uri: "/" + b + "/theirs"}, 403, "AccessDenied")
}

// TestPolicyStaysInTheContract: no policy lets people of other contracts, or nobody, at itself and at where the bucket's log goes.
func TestPolicyStaysInTheContract(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	all := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::` + b + `","arn:aws:s3:::` + b + `/*"]}]}`
	w.policy(b, all)
	for _, role := range []string{"other", ""} {
		w.ok(request{as: role, method: "PUT", uri: "/" + b + "/k", body: "x"})
		w.ok(request{as: role, uri: "/" + b + "?logging"})
		w.ok(request{as: role, uri: "/" + b + "?policyStatus"})
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			a := w.refused(request{as: role, method: method, uri: "/" + b + "?policy", body: strings.Repeat(all, len(method)%2)}, 405, "MethodNotAllowed")
			if !strings.Contains(a.body, "<ResourceType>BUCKETPOLICY</ResourceType>") {
				t.Errorf("%s: %s", method, a.body)
			}
		}
		w.refused(request{as: role, method: "PUT", uri: "/" + b + "?logging", body: "<BucketLoggingStatus/>"}, 403, "AccessDenied")
	}
	w.ok(request{as: "plain", method: "PUT", uri: "/" + b + "?logging", body: "<BucketLoggingStatus/>"})
	w.ok(request{as: "plain", method: "PUT", uri: "/" + b + "?policy", body: all})
	w.ok(request{as: "plain", uri: "/" + b + "?policy"})
	w.ok(request{as: "plain", method: "DELETE", uri: "/" + b + "?policy"})
}

// TestPolicyDeniesOwner: an explicit Deny holds for the owner too, who can always take it back.
func TestPolicyDeniesOwner(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.put("/"+b+"/k", "x")
	deny := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::` + b + `","arn:aws:s3:::` + b + `/*"]}]}`
	w.policy(b, deny)
	w.refused(request{as: "owner", uri: "/" + b + "/k"}, 403, "AccessDenied")
	w.refused(request{as: "owner", uri: "/" + b + "?cors"}, 403, "AccessDenied")
	w.get("/" + b + "?policy")
	w.policy(b, deny)
	w.ok(request{as: "owner", method: "DELETE", uri: "/" + b + "?policy"})
	w.get("/" + b + "/k")
}

// TestPolicyConditions: each fact of a request reaches the decision. Every case is allowed as given and refused with the change.
func TestPolicyConditions(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.7/32")} })
	b := w.bucket()
	w.put("/"+b+"/k", "x")
	w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "/k?tagging", body: tagDoc("open", "yes")})
	w.put("/"+b+"/untagged", "x")
	get := func(uri string, h ...string) request {
		q := request{uri: "/" + b + uri, header: map[string]string{}}
		for i := 0; i+1 < len(h); i += 2 {
			q.header[h[i]] = h[i+1]
		}
		return q
	}
	send := func(h ...string) request { q := get("/new", h...); q.method, q.body = "PUT", "x"; return q }
	by := func(q request, as string, presign time.Duration) request { q.as, q.presign = as, presign; return q }
	tagged := func(doc string) request { q := get("/k?tagging"); q.method, q.body = "PUT", doc; return q }
	for _, c := range []struct {
		action, resource, condition string
		yes, no                     request
	}{
		{"GetObject", "/*", `{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}}`, get("/k", "X-Forwarded-For", "198.51.100.9"), get("/k", "X-Forwarded-For", "203.0.113.9")},
		{"GetObject", "/*", `{"Bool":{"aws:SecureTransport":"true"}}`, get("/k", "X-Forwarded-Proto", "https"), get("/k")},
		{"GetObject", "/*", `{"StringLike":{"aws:UserAgent":"good*"}}`, get("/k", "User-Agent", "good/1"), get("/k", "User-Agent", "bad")},
		{"GetObject", "/*", `{"StringLike":{"aws:Referer":"http://e.com/*"}}`, get("/k", "Referer", "http://e.com/x"), get("/k")},
		{"GetObject", "/*", `{"StringEquals":{"s3:ExistingObjectTag/open":"yes"}}`, get("/k"), get("/untagged")},
		{"GetObject", "/*", `{"StringEquals":{"s3:authType":"REST-QUERY-STRING"}}`, by(get("/k"), "other", time.Minute), by(get("/k"), "other", 0)},
		{"GetObject", "/*", `{"NumericLessThan":{"s3:signatureAge":"60000"}}`, by(get("/k"), "other", time.Minute), get("/k")},
		{"ListBucket", "", `{"StringEquals":{"s3:prefix":"k"}}`, get("?prefix=k"), get("?prefix=")},
		{"ListBucket", "", `{"StringEquals":{"s3:delimiter":"/"}}`, get("?delimiter=%2F"), get("")},
		{"ListBucket", "", `{"NumericLessThanEquals":{"s3:max-keys":"5"}}`, get("?list-type=2&max-keys=5"), get("?list-type=2&max-keys=6")},
		{"GetObjectVersion", "/*", `{"StringEquals":{"s3:VersionId":"null"}}`, get("/k?versionId=null"), get("/k?versionId=other")},
		{"PutObject", "/*", `{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}`, send("X-Amz-Acl", "bucket-owner-full-control"), send("X-Amz-Acl", "private")},
		{"PutObject", "/*", `{"StringEquals":{"s3:x-amz-storage-class":"STANDARD"}}`, send("X-Amz-Storage-Class", "STANDARD"), send()},
		{"PutObjectTagging", "/*", `{"StringEquals":{"s3:RequestObjectTag/open":"yes"}}`, tagged(tagDoc("open", "yes")), tagged(tagDoc("open", "no"))},
		{"PutObjectTagging", "/*", `{"ForAllValues:StringEquals":{"s3:RequestObjectTagKeys":["open"]}}`, tagged(tagDoc("open", "yes")), tagged(tagDoc("shut", "1"))},
	} {
		w.policy(b, statement(b, "Allow", "s3:"+c.action, c.resource, c.condition))
		w.ok(c.yes)
		if a := w.refused(c.no, 403, "AccessDenied"); a.status != 403 {
			t.Errorf("%s", c.condition)
		}
	}
}

// TestConditionalWritesEnforced: a policy makes every new object conditional, and uploads in parts still work.
func TestConditionalWritesEnforced(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.policy(b, statement(b, "Deny", "s3:PutObject", "/*", `{"Null":{"s3:if-none-match":"true"},"Bool":{"s3:ObjectCreationOperation":"true"}}`))
	w.refused(send("/"+b+"/k", "x"), 403, "AccessDenied")
	w.ok(send("/"+b+"/k", "x", "If-None-Match", "*"))
	w.refused(send("/"+b+"/c", "", copySource, b+"/k"), 403, "AccessDenied")
	uri := "/" + b + "/up"
	id := w.ok(request{as: "owner", method: "POST", uri: uri + "?uploads"}).element("UploadId")
	etag := w.ok(send(uri+"?partNumber=1&uploadId="+id, "x")).header["ETag"][0]
	w.ok(send(uri+"?partNumber=2&uploadId="+id, "", copySource, b+"/k"))
	q := request{as: "owner", method: "POST", uri: uri + "?uploadId=" + id, body: "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + etag + "</ETag></Part></CompleteMultipartUpload>"}
	w.refused(q, 403, "AccessDenied")
	q.header = pairs([]string{"If-None-Match", "*"})
	w.ok(q)
	w.policy(b, statement(b, "Allow", "s3:GetObject", "/*", `{"Bool":{"aws:ViaAWSService":"false","aws:PrincipalIsAWSService":"false"}}`))
	w.ok(request{as: "other", uri: uri})
	w.refused(request{uri: uri}, 403, "AccessDenied") // only a signed request tells it
}

func TestPublicAccessBlock(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.put("/"+b+"/k", "x")
	uri, open := "/"+b+"?publicAccessBlock", statement(b, "Allow", "s3:GetObject", "/*", "")
	set := func(flags ...string) {
		t.Helper()
		doc := ""
		for _, f := range flags {
			doc += "<" + f + ">true</" + f + ">"
		}
		w.ok(request{as: "owner", method: "PUT", uri: uri, body: "<PublicAccessBlockConfiguration>" + doc + "</PublicAccessBlockConfiguration>"})
	}
	w.refused(request{as: "owner", uri: uri}, 404, "NoSuchPublicAccessBlockConfiguration")
	w.refused(request{as: "other", method: "PUT", uri: uri, body: "<x/>"}, 403, "AccessDenied")
	for _, bad := range []string{"<x/>", "<PublicAccessBlockConfiguration><Other/></PublicAccessBlockConfiguration>",
		"<PublicAccessBlockConfiguration><BlockPublicAcls>2</BlockPublicAcls></PublicAccessBlockConfiguration>"} {
		w.refused(request{as: "owner", method: "PUT", uri: uri, body: bad}, 400, "MalformedXML")
	}
	set("BlockPublicPolicy")
	w.golden("publicblock.xml", w.get(uri).body)
	w.refused(request{as: "owner", method: "PUT", uri: "/" + b + "?policy", body: open}, 403, "AccessDenied")
	w.policy(b, statement(b, "Allow", "s3:GetObject", "/*", `{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`))
	w.ok(request{uri: "/" + b + "/k"})
	w.ok(request{as: "owner", method: "DELETE", uri: uri})
	w.policy(b, open)
	w.ok(request{as: "other", uri: "/" + b + "/k"})
	set("RestrictPublicBuckets")
	w.refused(request{uri: "/" + b + "/k"}, 403, "AccessDenied")
	w.refused(request{as: "other", uri: "/" + b + "/k"}, 403, "AccessDenied")
	w.ok(request{as: "plain", uri: "/" + b + "/k"})
	put := request{as: "owner", method: "PUT", uri: "/" + b + "/p", body: "x", header: map[string]string{"X-Amz-Acl": "public-read"}}
	set("BlockPublicAcls", "IgnorePublicAcls")
	w.refused(put, 403, "AccessDenied")
	w.ok(request{uri: "/" + b + "/k"})
	w.ok(request{as: "owner", method: "DELETE", uri: uri})
	w.refused(request{as: "owner", uri: uri}, 404, "NoSuchPublicAccessBlockConfiguration")
}

// TestConditionsNeedReading: whether an ETag matches tells what an object is, so that a condition which asks needs the right to read.
func TestConditionsNeedReading(t *testing.T) {
	w := newWorld(t)
	b := w.ownerOwns(w.bucket())
	etag := w.put("/"+b+"/k", "x").header["ETag"][0]
	uri := "/" + b + "/k"
	ask := func(method, uri, body string, h ...string) request {
		q := send(uri, body, h...)
		q.as, q.method = "other", method
		return q
	}
	complete := func() request {
		id := w.ok(ask("POST", uri+"?uploads", "")).element("UploadId")
		part := w.ok(ask("PUT", uri+"?partNumber=1&uploadId="+id, "x")).header["ETag"][0]
		return ask("POST", uri+"?uploadId="+id, "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"+part+"</ETag></Part></CompleteMultipartUpload>", "If-Match", etag)
	}
	deletion := ask("POST", "/"+b+"?delete", "<Delete><Object><Key>k</Key><ETag>"+etag+"</ETag></Object></Delete>")
	w.policy(b, allowAll(b, "s3:PutObject", "s3:DeleteObject"))
	w.ok(ask("PUT", uri, "x"))
	w.refused(ask("PUT", uri, "x", "If-Match", etag), 403, "AccessDenied")
	w.refused(ask("PUT", uri, "x", "If-Match", `"no"`), 403, "AccessDenied")
	w.refused(ask("DELETE", uri, "", "If-Match", etag), 403, "AccessDenied")
	w.refused(complete(), 403, "AccessDenied")
	if a := w.ok(deletion); a.code() != "AccessDenied" {
		t.Errorf("DeleteObjects: %s", a.body)
	}
	w.policy(b, allowAll(b, "s3:PutObject", "s3:DeleteObject", "s3:GetObject"))
	w.ok(ask("PUT", uri, "x", "If-Match", etag))
	w.ok(complete())
	w.refused(ask("PUT", uri, "x", "If-Match", etag), 412, "PreconditionFailed")
	w.ok(ask("PUT", uri, "x"))
	w.ok(ask("DELETE", uri, "", "If-Match", etag))
	w.ok(ask("PUT", uri, "x"))
	if a := w.ok(deletion); a.element("Deleted") == "" {
		t.Errorf("DeleteObjects: %s", a.body)
	}
}

// TestTagsAreCopiedByWhoMay: a copy gives no tags that its maker may not read or set.
func TestTagsAreCopiedByWhoMay(t *testing.T) {
	w := newWorld(t)
	b := w.ownerOwns(w.bucket())
	w.ok(send("/"+b+"/from", "x", "X-Amz-Tagging", "team=red"))
	ask := func(h ...string) request {
		q := send("/"+b+"/to", "", append(h, copySource, b+"/from")...)
		q.as = "other"
		return q
	}
	w.policy(b, allowAll(b, "s3:PutObject", "s3:GetObject"))
	w.refused(ask(), 403, "AccessDenied")
	w.ok(ask("X-Amz-Tagging-Directive", "REPLACE"))
	w.policy(b, allowAll(b, "s3:PutObject", "s3:GetObject", "s3:GetObjectTagging"))
	w.refused(ask(), 403, "AccessDenied")
	w.policy(b, allowAll(b, "s3:PutObject", "s3:GetObject", "s3:PutObjectTagging"))
	w.refused(ask(), 403, "AccessDenied")
	rights := allowAll(b, "s3:PutObject", "s3:GetObject", "s3:GetObjectTagging", "s3:PutObjectTagging")
	w.policy(b, rights)
	w.ok(ask())
	if a := w.get("/" + b + "/to?tagging"); a.element("Value") != "red" {
		t.Error(a.body)
	}
	w.policy(b, strings.Replace(rights, `"Statement":[`, `"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObjectTagging","Resource":"arn:aws:s3:::`+b+`/*","Condition":{"StringEquals":{"s3:RequestObjectTag/team":"red"}}},`, 1))
	w.refused(ask(), 403, "AccessDenied")
	w.put("/"+b+"/from", "x")
	w.ok(ask())
}
