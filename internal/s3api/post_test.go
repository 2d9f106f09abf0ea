package s3api

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"coffer/internal/sigv4"
)

// formOf makes a form upload: fields as name, value, name, value; then the file.
func formOf(file string, fields ...string) (contentType string, body []byte) {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		_ = m.WriteField(fields[i], fields[i+1])
	}
	if file != "none" {
		f, _ := m.CreateFormFile("file", `C:\dir\up.txt`)
		_, _ = io.WriteString(f, file)
	}
	_ = m.WriteField("submit", "after the file")
	_ = m.Close()
	return m.FormDataContentType(), b.Bytes()
}

// signedForm returns the fields that sign a policy with the given conditions by role's key.
func (w *world) signedForm(as string, end time.Time, conditions string) []string {
	k := w.keys[as]
	day := now.Format("20060102")
	credential := string(k.AccessKey) + "/" + day + "/local-1/s3/aws4_request"
	policy := base64.StdEncoding.EncodeToString([]byte(fmt.Sprintf(`{"expiration":%q,"conditions":[%s]}`, end.Format("2006-01-02T15:04:05.000Z"), conditions)))
	return []string{"x-amz-algorithm", "AWS4-HMAC-SHA256", "x-amz-credential", credential, "x-amz-date", now.Format("20060102T150405Z"), "Policy", policy,
		"X-Amz-Signature", sigv4.SignPolicy(sigv4.Derive(k.Secret, day, "local-1", "s3"), policy)}
}

func (w *world) post(bucket, file string, fields ...string) reply {
	w.t.Helper()
	ct, body := formOf(file, fields...)
	return w.do(request{method: "POST", uri: "/" + bucket, raw: bytes.NewReader(body), length: int64(len(body)), header: map[string]string{"Content-Type": ct}})
}

func TestPostObject(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	conditions := fmt.Sprintf(`{"bucket":%q},["starts-with","$key","up/"],["eq","$Content-Type","text/p"],["content-length-range",1,10],{"x-amz-meta-a":"1"},["starts-with","$success_action_status",""],{"tagging":%q}`, b, tagDoc("t", "1"))
	end := now.Add(time.Minute)
	fields := append(w.signedForm("owner", end, conditions), "key", "up/${filename}", "Content-Type", "text/p", "x-amz-meta-a", "1", "success_action_status", "201", "tagging", tagDoc("t", "1"), "x-ignore-me", "x")
	a := w.post(b, "posted", fields...)
	if a.status != 201 || a.element("Key") != "up/up.txt" || a.element("Bucket") != b || a.header["ETag"][0] != `"`+md5Of("posted")+`"` {
		t.Fatalf("%d %s", a.status, a.body)
	}
	g := w.get("/" + b + "/up/up.txt")
	if g.body != "posted" || g.header.Get("Content-Type") != "text/p" || g.header["x-amz-meta-a"][0] != "1" || g.header["x-amz-tagging-count"][0] != "1" {
		t.Errorf("%q %v", g.body, g.header)
	}
	with := func(name, value string) []string {
		changed := append([]string(nil), fields...)
		for i := 0; i+1 < len(changed); i += 2 {
			if changed[i] == name {
				changed[i+1] = value
				return changed
			}
		}
		return append(changed, name, value)
	}
	signed := func(conditions string, more ...string) []string {
		return append(w.signedForm("owner", end, conditions), more...)
	}
	any := fmt.Sprintf(`{"bucket":%q},["starts-with","$key",""]`, b)
	for name, c := range map[string]struct {
		fields []string
		file   string
		status int
		code   string
	}{
		"other key":                   {with("key", "elsewhere"), "x", 403, "AccessDenied"},
		"other type":                  {with("Content-Type", "text/html"), "x", 403, "AccessDenied"},
		"extra field":                 {with("x-amz-meta-b", "1"), "x", 403, "AccessDenied"},
		"too large":                   {fields, "01234567890", 400, "EntityTooLarge"},
		"too small":                   {fields, "", 400, "EntityTooSmall"},
		"signature":                   {with("X-Amz-Signature", strings.Repeat("0", 64)), "x", 403, "SignatureDoesNotMatch"},
		"credential":                  {with("x-amz-credential", "x"), "x", 400, "InvalidArgument"},
		"date":                        {with("x-amz-date", "x"), "x", 400, "InvalidArgument"},
		"unknown key":                 {with("x-amz-credential", "AKIAIOSFODNN7EXAMPLE/20260601/local-1/s3/aws4_request"), "x", 403, "InvalidAccessKeyId"},
		"algorithm":                   {with("x-amz-algorithm", "x"), "x", 400, "InvalidArgument"},
		"no file":                     {fields, "none", 400, "InvalidArgument"},
		"expired":                     {append(w.signedForm("owner", now, any), "key", "k"), "x", 403, "AccessDenied"},
		"no key":                      {signed(any), "x", 400, "InvalidArgument"},
		"long key":                    {signed(any, "key", strings.Repeat("k", 1025)), "x", 400, "KeyTooLongError"},
		"bad condition":               {signed(`["near","$key","x"]`, "key", "k"), "x", 400, "InvalidPolicyDocument"},
		"no condition for the bucket": {signed(`["starts-with","$key",""]`, "key", "k"), "x", 403, "AccessDenied"},
		"no dollar":                   {signed(any+`,["eq","content-type","x"]`, "key", "k"), "x", 403, "AccessDenied"},
		"number for a text":           {signed(any+`,["eq","$key",1]`, "key", "k"), "x", 400, "InvalidPolicyDocument"},
		"two in one":                  {signed(any+`,{"a":"1","b":"2"}`, "key", "k"), "x", 400, "InvalidPolicyDocument"},
		"no condition":                {signed(`true`, "key", "k"), "x", 400, "InvalidPolicyDocument"},
		"other bucket":                {signed(`{"bucket":"other"},["starts-with","$key",""]`, "key", "k"), "x", 403, "AccessDenied"},
		"large fields":                {signed(any, "key", "k", "x-ignore-a", strings.Repeat("x", 21<<10)), "x", 400, "MaxPostPreDataLengthExceededError"},
		"anonymous":                   {[]string{"key", "k"}, "x", 403, "AccessDenied"},
		"policy alone":                {[]string{"key", "k", "policy", "x"}, "x", 400, "InvalidArgument"},
		"no permission":               {append(w.signedForm("other", end, any), "key", "k"), "x", 403, "AccessDenied"},
		"acl":                         {signed(any+`,{"acl":"public"}`, "key", "k", "acl", "public"), "x", 400, "InvalidArgument"},
		"checksum":                    {signed(any+`,["starts-with","$x-amz-checksum-crc32",""]`, "key", "k", "x-amz-checksum-crc32", "AAAAAA=="), "x", 400, "BadDigest"},
		"version 2 wrong":             {[]string{"key", "k", "policy", "e30=", "AWSAccessKeyId", string(w.keys["owner"].AccessKey), "signature", "x"}, "x", 403, "SignatureDoesNotMatch"},
	} {
		if a := w.post(b, c.file, c.fields...); a.status != c.status || a.code() != c.code {
			t.Errorf("%s: got %d %s, want %d %s\n%s", name, a.status, a.code(), c.status, c.code, a.body)
		}
	}
	if none, key := w.post(b, "none", fields...), w.post(b, "x", signed(any)...); none.element("ArgumentName") != "file" || key.element("ArgumentName") != "key" {
		t.Errorf("a form without file: %s; without key: %s", none.body, key.body)
	}
	if a := w.get("/" + b); len(a.elements("Key")) != 1 {
		t.Errorf("a refused form stored something: %s", a.body)
	}
	a = w.post(b, "x", signed(any+`,["starts-with","$success_action_redirect",""]`, "key", "r", "success_action_redirect", "https://e.com/done?a=b")...)
	if to := "https://e.com/done?a=b&bucket=" + b + "&key=r&etag=%229dd4e461268c8034f5c8564e155c67a6%22"; a.status != 303 || a.header.Get("Location") != to {
		t.Errorf("redirect: %d %v", a.status, a.header)
	}
	if a := w.post(b+"/", "x", signed(any, "key", "pl ain/+")...); a.status != 204 || a.body != "" || a.header.Get("Location") != "http://localhost:9000/"+b+"/pl%20ain/%2B" {
		t.Errorf("no status asked: %d %q %v", a.status, a.body, a.header)
	}
	if a := w.post(b, "x", signed(any, "key", "k", "", "nameless")...); a.code() != "MalformedPOSTRequest" {
		t.Errorf("a field without a name: %d %s", a.status, a.body)
	}
	policy := base64.StdEncoding.EncodeToString([]byte(fmt.Sprintf(`{"expiration":%q,"conditions":[%s]}`, end.Format(time.RFC3339), any)))
	k := w.keys["owner"]
	if a := w.post(b, "x", "key", "v2", "policy", policy, "AWSAccessKeyId", string(k.AccessKey), "signature", signV2(k.Secret, policy)); a.status != 204 {
		t.Errorf("version 2: %d %s", a.status, a.body)
	}
	w.refused(request{method: "POST", uri: "/" + b, body: "x", header: map[string]string{"Content-Type": "text/plain"}}, 412, "PreconditionFailed")
	w.refused(request{method: "POST", uri: "/" + b, body: "x", header: map[string]string{"Content-Type": "multipart/form-data; boundary=b"}}, 400, "MalformedPOSTRequest")
	if a := w.post(b+"-none", "x", signed(any, "key", "k")...); a.status != 404 || a.code() != "NoSuchBucket" {
		t.Errorf("a bucket that is not there: %d %s", a.status, a.body)
	}
}
