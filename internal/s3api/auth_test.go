package s3api

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
)

func TestSignedForms(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.put("/"+b+"/k", "body")
	for name, q := range map[string]request{
		"header":           {as: "owner"},
		"unsigned payload": {as: "owner", hash: "UNSIGNED-PAYLOAD"},
		"presigned":        {as: "owner", presign: time.Minute},
		"foreign region":   {as: "owner", region: "eu-central-3"},
		"slow clock":       {as: "owner", at: now.Add(-14 * time.Minute)},
	} {
		q.uri = "/" + b + "/k"
		if a := w.ok(q); a.body != "body" {
			t.Errorf("%s: got %q", name, a.body)
		}
	}
	if a := w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "/p", presign: time.Minute, body: "x"}); a.header["ETag"] == nil {
		t.Error("a presigned PUT has no ETag")
	}
	q := request{as: "owner", host: b + ".localhost:9000", uri: "/k"}
	if a := w.ok(q); a.body != "body" {
		t.Errorf("virtual-host style: got %q", a.body)
	}
}

// TestRefusedSignatures: each way of not being who one says, with S3's code and elements, changes nothing.
func TestRefusedSignatures(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.put("/"+b+"/k", "body")
	for name, c := range map[string]struct {
		q        request
		status   int
		code     string
		elements []string
	}{
		"wrong secret":    {request{as: "owner", secret: "wrong"}, 403, "SignatureDoesNotMatch", []string{"AWSAccessKeyId", "StringToSign", "SignatureProvided", "StringToSignBytes", "CanonicalRequest", "CanonicalRequestBytes"}},
		"wrong presigned": {request{as: "owner", secret: "wrong", presign: time.Minute}, 403, "SignatureDoesNotMatch", []string{"CanonicalRequest"}},
		"unknown key":     {request{as: "owner", key: "AKIAIOSFODNN7EXAMPLE"}, 403, "InvalidAccessKeyId", []string{"AWSAccessKeyId"}},
		"odd key":         {request{as: "owner", key: "short"}, 403, "InvalidAccessKeyId", []string{"AWSAccessKeyId"}},
		"skewed":          {request{as: "owner", at: now.Add(-16 * time.Minute)}, 403, "RequestTimeTooSkewed", []string{"RequestTime", "ServerTime", "MaxAllowedSkewMilliseconds"}},
		"early":           {request{as: "owner", at: now.Add(16 * time.Minute)}, 403, "RequestTimeTooSkewed", nil},
		"expired":         {request{as: "owner", at: now.Add(-2 * time.Minute), presign: time.Minute}, 403, "AccessDenied", []string{"Expires", "ServerTime"}},
		"header added":    {request{as: "owner", mangle: func(r *http.Request) { r.Header.Set("X-Amz-Meta-A", "b") }}, 403, "AccessDenied", []string{"HeadersNotSigned"}},
		"method changed":  {request{as: "owner", mangle: func(r *http.Request) { r.Method = "DELETE" }}, 403, "SignatureDoesNotMatch", nil},
		"path changed":    {request{as: "owner", mangle: func(r *http.Request) { r.RequestURI += "2" }}, 403, "SignatureDoesNotMatch", nil},
		"malformed":       {request{mangle: func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 x") }}, 400, "AuthorizationHeaderMalformed", nil},
		"other scheme":    {request{mangle: func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }}, 400, "InvalidArgument", nil},
		"token":           {request{as: "owner", header: map[string]string{"X-Amz-Security-Token": "t"}}, 400, "InvalidToken", nil},
		"anonymous":       {request{}, 403, "AccessDenied", nil},
	} {
		c.q.uri = "/" + b + "/k"
		a := w.refused(c.q, c.status, c.code)
		for _, e := range c.elements {
			if a.element(e) == "" {
				t.Errorf("%s: the answer has no %s: %s", name, e, a.body)
			}
		}
		if a.header.Get("X-Amz-Request-Id") == "" || a.header.Get("X-Amz-Request-Id") != a.element("RequestId") || a.element("HostId") == "" {
			t.Errorf("%s: request id %q in the header, body %s", name, a.header.Get("X-Amz-Request-Id"), a.body)
		}
	}
	if a := w.get("/" + b + "/k"); a.body != "body" {
		t.Errorf("the object changed: %q", a.body)
	}
	a := w.do(request{as: "owner", key: "AKIAIOSFODNN7EXAMPLE", uri: "/"})
	if !strings.Contains(a.body, "localhost:9000") {
		t.Errorf("the message does not name the endpoint: %s", a.body)
	}
}

// TestRefusedKeys: a key that is inactive, or whose user lost the privilege, is as unknown as any.
func TestRefusedKeys(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	u := w.users["owner"]
	k, err := w.iam.CreateKey(ctx, w.owner, u.Contract, u.ID, "second")
	if err != nil {
		t.Fatal(err)
	}
	w.keys["second"] = k
	defer delete(w.keys, "second")
	w.ok(request{as: "second", uri: "/"})
	if _, err := w.iam.ChangeKey(ctx, w.owner, u.Contract, k.ID, iam.KeyChange{Active: new(false)}); err != nil {
		t.Fatal(err)
	}
	w.refused(request{as: "second", uri: "/"}, 403, "InvalidAccessKeyId")
	if err := w.iam.DeleteKey(ctx, w.owner, u.Contract, k.ID); err != nil {
		t.Fatal(err)
	}
	w.refused(request{as: "second", uri: "/"}, 403, "InvalidAccessKeyId")
}

// TestKeyTakenAwayDuringPut: a write whose key goes while the body comes makes no object.
func TestKeyTakenAwayDuringPut(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	u := w.users["owner"]
	k, err := w.iam.CreateKey(ctx, w.owner, u.Contract, u.ID, "third")
	if err != nil {
		t.Fatal(err)
	}
	w.keys["third"] = k
	defer delete(w.keys, "third")
	b := w.bucket()
	body := readerFunc(func(p []byte) (int, error) {
		if k := w.keys["third"]; k.Active {
			if _, err := w.iam.ChangeKey(ctx, w.owner, u.Contract, k.ID, iam.KeyChange{Active: new(false)}); err != nil {
				t.Error(err)
			}
			k.Active = false
		}
		return copy(p, "data"), nil
	})
	w.refused(request{as: "third", method: "PUT", uri: "/" + b + "/k", hash: "UNSIGNED-PAYLOAD", raw: body, length: 4}, 403, "InvalidAccessKeyId")
	w.refused(request{as: "owner", uri: "/" + b + "/k"}, 404, "NoSuchKey")
	if err := w.iam.DeleteKey(ctx, iam.Actor{Principal: w.owner.Principal}, u.Contract, k.ID); err != nil {
		t.Fatal(err)
	}
}

// TestKeyTakenAwayDuringCreateBucket: a bucket whose maker's key goes while the request is read is not made.
func TestKeyTakenAwayDuringCreateBucket(t *testing.T) {
	w := newWorld(t)
	u := w.users["owner"]
	k, err := w.iam.CreateKey(t.Context(), w.owner, u.Contract, u.ID, "third")
	if err != nil {
		t.Fatal(err)
	}
	w.keys["third"] = k
	defer delete(w.keys, "third")
	text := strings.NewReader("<CreateBucketConfiguration><LocationConstraint>local-1</LocationConstraint></CreateBucketConfiguration>")
	length := text.Size()
	body := readerFunc(func(p []byte) (int, error) {
		if text.Len() == int(length) {
			if err := w.iam.DeleteKey(t.Context(), w.owner, u.Contract, k.ID); err != nil {
				t.Error(err)
			}
		}
		return text.Read(p)
	})
	w.refused(request{as: "third", method: "PUT", uri: "/taken-away", hash: "UNSIGNED-PAYLOAD", raw: body, length: length}, 403, "InvalidAccessKeyId")
	w.refused(request{as: "owner", uri: "/taken-away"}, 404, "NoSuchBucket")
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestWhoMay: the decision is package authz's; here is seen that it is asked, and what the refused read.
func TestWhoMay(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.put("/"+b+"/k", "body")
	w.ok(request{as: "plain", region: "local-2", method: "PUT", uri: "/who-plain"})
	w.ok(request{as: "plain", method: "PUT", uri: "/who-plain/k", body: "x"})
	for _, as := range []string{"", "plain", "other"} {
		for _, q := range []request{{uri: "/" + b}, {uri: "/" + b + "/k"}, {method: "PUT", uri: "/" + b + "/k", body: "y"}, {method: "DELETE", uri: "/" + b + "/k"},
			{method: "DELETE", uri: "/" + b}, {uri: "/" + b + "/none"}, {method: "POST", uri: "/" + b + "/k?uploads"}, {uri: "/" + b + "?versioning"}} {
			q.as = as
			a := w.refused(q, 403, "AccessDenied")
			message := a.element("Message")
			if as == "plain" != strings.Contains(message, "use the region local-2") {
				t.Errorf("%q at %s reads %q", as, q.uri, message)
			}
			if as == "" && strings.HasSuffix(q.uri, "?uploads") {
				if message != "Anonymous users cannot initiate multipart uploads. Please authenticate." {
					t.Errorf("a nameless upload: %s", message)
				}
				continue
			}
			if as != "plain" && message != "Access Denied." {
				t.Errorf("%q at %s reads %q", as, q.uri, message)
			}
		}
		w.refused(request{as: as, uri: "/" + b + "-none"}, 404, "NoSuchBucket")
	}
	w.ok(request{as: "plain", uri: "/" + b + "?location"})
	w.refused(request{as: "plain", method: "PUT", uri: "/who-contract"}, 403, "AccessDenied")
	for _, as := range []string{"owner", "other"} {
		w.refused(request{as: as, uri: "/who-plain/k"}, 403, "AccessDenied")
	}
	if a := w.get("/" + b + "/k"); a.body != "body" {
		t.Errorf("the object changed: %q", a.body)
	}
	w.golden("error-denied-plain.xml", w.do(request{as: "plain", uri: "/" + b + "/k"}).body, b, "BUCKET")
}

// TestExpectedOwner: a bucket of another owner than expected is refused, whoever asks and for whatever; so is the source of a copy.
func TestExpectedOwner(t *testing.T) {
	w := newWorld(t)
	b, mine := w.bucket(), w.userBucket()
	w.put("/"+b+"/k", "x")
	w.ok(request{as: "plain", method: "PUT", uri: "/" + mine + "/k", body: "x"})
	w.ok(send("/"+b+"?acl", "", "X-Amz-Acl", "public-read"))
	contract, canonical := w.users["owner"].Contract.String(), string(w.users["plain"].Canonical)
	expect := func(id string) map[string]string { return map[string]string{"X-Amz-Expected-Bucket-Owner": id} }
	upload := w.ok(request{as: "owner", method: "POST", uri: "/" + b + "/up?uploads", header: expect(contract)}).element("UploadId")
	for _, c := range []struct {
		q    request
		good []string
	}{
		{request{as: "owner", uri: "/" + b}, []string{contract}},
		{request{as: "owner", method: "HEAD", uri: "/" + b}, []string{contract}},
		{request{as: "", uri: "/" + b}, []string{contract}},
		{request{as: "owner", uri: "/" + b + "/k"}, []string{contract}},
		{request{as: "owner", method: "PUT", uri: "/" + b + "/k", body: "y"}, []string{contract}},
		{request{as: "owner", method: "PUT", uri: "/" + b + "/up?partNumber=1&uploadId=" + upload, body: "y"}, []string{contract}},
		{request{as: "owner", uri: "/" + b + "?acl"}, []string{contract}},
		{request{as: "owner", uri: "/" + b + "?versioning"}, []string{contract}},
		{request{as: "owner", method: "DELETE", uri: "/" + b + "?policy"}, []string{contract}},
		{request{as: "plain", uri: "/" + mine + "/k"}, []string{canonical, contract}},
		{request{as: "plain", method: "DELETE", uri: "/" + mine + "/none"}, []string{canonical, contract}},
	} {
		for _, id := range c.good {
			c.q.header = expect(id)
			w.ok(c.q)
		}
		for _, id := range []string{"123456789012", w.users["other"].Contract.String(), string(w.users["other"].Canonical)} {
			c.q.header = expect(id)
			w.refused(c.q, 403, "AccessDenied")
		}
	}
	for id, ok := range map[string]bool{contract: true, w.users["other"].Contract.String(): false} {
		for _, uri := range []string{"/" + b + "/copy", "/" + b + "/up?partNumber=2&uploadId=" + upload} {
			q := request{as: "owner", method: "PUT", uri: uri, header: map[string]string{copySource: b + "/k", "X-Amz-Source-Expected-Bucket-Owner": id}}
			if a := w.do(q); (a.status == 200) != ok || !ok && a.code() != "AccessDenied" {
				t.Errorf("a source of %s: %d %s", id, a.status, a.body)
			}
		}
	}
}

// TestNobodyAndOthers: without a policy or a list, who did not sign and whoever has another contract do nothing at all to a bucket and
// its contents, and learn nothing of them.
func TestNobodyAndOthers(t *testing.T) {
	w := newWorld(t)
	for _, b := range []string{"/" + w.bucket(), "/" + w.userBucket()} {
		owner := "owner"
		if strings.HasSuffix(b, "-own") {
			owner = "plain"
		}
		w.ok(request{as: owner, method: "PUT", uri: b + "/k", body: "x"})
		upload := w.ok(request{as: owner, method: "POST", uri: b + "/up?uploads"}).element("UploadId")
		n := 0
		for _, o := range operations() {
			if o.handle == nil || o.level == serviceLevel || o.makes || o.form {
				continue
			}
			uri, h := b, map[string]string{}
			if o.level == objectLevel {
				uri += "/k"
			}
			if o.sub != "" {
				uri += "?" + o.sub
			}
			if o.sub == "uploadId" {
				uri = b + "/up?partNumber=1&uploadId=" + upload
			}
			if o.header != "" {
				h[o.header] = b + "/k"
			}
			if o.name == "GetObjectAttributes" {
				h["X-Amz-Object-Attributes"] = "ETag"
			}
			body := ""
			if o.name == "DeleteObjects" {
				body = "<Delete><Object><Key>k</Key></Object></Delete>"
				h["X-Amz-Checksum-Crc32"] = crc32Of(body)
			}
			for _, as := range []string{"", "other"} {
				n++
				a := w.do(request{as: as, method: o.method, uri: uri, header: h, body: body})
				if o.name == "DeleteObjects" && strings.Contains(a.body, "<Error><Key>k</Key><Code>AccessDenied</Code>") && !strings.Contains(a.body, "<Deleted>") {
					continue
				}
				if a.status != 403 || a.header["ETag"] != nil {
					t.Errorf("%s at %s by %q: %d %s", o.name, uri, as, a.status, a.body)
				}
			}
		}
		if n < 100 {
			t.Errorf("only %d requests were tried", n)
		}
		if a := w.ok(request{as: owner, uri: b + "/k"}); a.body != "x" {
			t.Errorf("the object changed: %q", a.body)
		}
	}
}

func TestSigV2(t *testing.T) {
	w := newWorld(t)
	off := newWorld(t, func(c *Config) { c.SigV2 = false })
	b := w.bucket()
	q := func(sig string) request {
		return request{uri: "/" + b + "/k", header: map[string]string{"Date": now.Format(http.TimeFormat),
			"Authorization": "AWS " + string(w.keys["owner"].AccessKey) + ":" + sig}}
	}
	w.refused(q("c2lnbmF0dXJlIG9mIDIwIGI="), 403, "SignatureDoesNotMatch")
	off.refused(q("c2lnbmF0dXJlIG9mIDIwIGI="), 400, "InvalidRequest")
	right := w.do(q("c2lnbmF0dXJlIG9mIDIwIGI=")).element("StringToSign")
	if right == "" {
		t.Fatal("no string to sign")
	}
	w.refused(q(signV2(w.keys["owner"].Secret, right)), 404, "NoSuchKey")
}

// TestSource: the address is the peer's unless the peer is a proxy that is trusted.
func TestSource(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	for _, c := range []struct {
		trusted []netip.Prefix
		forward string
		want    string
	}{
		{nil, "198.51.100.9", "192.0.2.7"},
		{proxies, "", "192.0.2.7"},
		{proxies, "198.51.100.9", "198.51.100.9"},
		{proxies, "203.0.113.1, 198.51.100.9, 192.0.2.33", "198.51.100.9"},
		{proxies, "198.51.100.9, nonsense", "192.0.2.7"},
		{proxies, "192.0.2.1", "192.0.2.1"},
	} {
		w := newWorld(t, func(cfg *Config) { cfg.TrustedProxies = c.trusted })
		q := request{as: "owner", uri: "/"}
		if c.forward != "" {
			q.mangle = func(r *http.Request) { r.Header.Set("X-Forwarded-For", c.forward) }
		}
		w.ok(q)
		if got := w.observed[0].Source.String(); got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
}

// TestObservation: the key is told only where its signature verified.
func TestObservation(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.put("/"+b+"/k", "body")
	w.get("/" + b + "/k")
	w.do(request{as: "owner", secret: "wrong", uri: "/" + b + "/k"})
	w.do(request{method: "PATCH", uri: "/" + b + "/k"})
	if len(w.observed) != 5 {
		t.Fatalf("%d observations of 5 requests", len(w.observed))
	}
	put, get, wrong, odd := w.observed[1], w.observed[2], w.observed[3], w.observed[4]
	if put.Operation != "PutObject" || put.BytesIn != 4 || put.Status != 200 || put.Bucket != "" && string(put.Bucket) != b ||
		put.AccessKey != w.keys["owner"].AccessKey || put.Contract != w.users["owner"].Contract || put.Region != "local-1" {
		t.Errorf("put: %+v", put)
	}
	if get.Operation != "GetObject" || get.BytesOut != 4 || get.RequestID == "" || get.RequestID == put.RequestID {
		t.Errorf("get: %+v", get)
	}
	if wrong.AccessKey != "" || wrong.User != "" || wrong.Status != 403 || wrong.Code != "SignatureDoesNotMatch" || wrong.BytesOut == 0 {
		t.Errorf("wrong: %+v", wrong)
	}
	if odd.Operation != "Unknown" || odd.Status != 405 {
		t.Errorf("odd: %+v", odd)
	}
}

func signV2(secret, text string) string {
	text = strings.NewReplacer("&#10;", "\n", "&amp;", "&").Replace(text)
	m := hmac.New(sha1.New, []byte(secret))
	m.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// TestMissingIsSecret: who may read a key but not list the bucket is not told which keys exist.
func TestMissingIsSecret(t *testing.T) {
	w := newWorld(t)
	b, err := w.objects.Bucket(context.Background(), ident.BucketName(w.bucket()))
	if err != nil {
		t.Fatal(err)
	}
	absent := errs.New(errs.NotFound, "NoSuchKey", "")
	for role, want := range map[string]errs.Code{"owner": "NoSuchKey", "other": "AccessDenied", "plain": "AccessDenied"} {
		id, err := w.iam.Identify(context.Background(), w.keys[role].AccessKey)
		if err != nil {
			t.Fatal(err)
		}
		c := &call{r: w.build(&request{uri: "/"}), principal: id.Principal, facts: site{Bucket: bareFacts(b), of: b}}
		if got := errs.CodeOf(c.missing(absent)); got != want {
			t.Errorf("%s: got %s, want %s", role, got, want)
		}
		c.r = ForWebsite(c.r, "site")
		if got := errs.CodeOf(c.missing(absent)); got != "NoSuchKey" {
			t.Errorf("%s at a website: got %s", role, got)
		}
	}
}
