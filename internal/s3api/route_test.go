package s3api

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/s3code"
)

var testRegions = []ident.Region{{Name: "local-1", Ownership: ident.ContractOwned}, {Name: "local-2", Ownership: ident.UserOwned}}

func TestTarget(t *testing.T) {
	ends := endpoints([]string{"localhost", "s3.example.com"}, testRegions)
	for _, c := range []struct{ host, uri, bucket, key, region string }{
		{"localhost:9000", "/", "", "", ""},
		{"localhost", "/?a=b", "", "", ""},
		{"127.0.0.1:9000", "/b", "b", "", ""},
		{"127.0.0.1", "/b/", "b", "", ""},
		{"[::1]:9000", "/b/k", "b", "k", ""},
		{"other.host", "/b/a/../c//d/./%2e%2E/", "b", "a/../c//d/./../", ""},
		{"localhost", "/b//", "b", "/", ""},
		{"localhost", "/b/%2F%2f+%20%C3%BC%00?x", "b", "//+ ü\x00", ""},
		{"localhost", "//k", "", "k", ""},
		{"localhost", "/b%2Fc/k", "b/c", "k", ""},
		{"Bkt.LocalHost.:9000", "/k", "bkt", "k", ""},
		{"bkt.localhost", "/", "bkt", "", ""},
		{"bkt.localhost", "//k", "bkt", "/k", ""},
		{"a.b.localhost", "/k", "a.b", "k", ""},
		{"s3.localhost", "/b/k", "b", "k", ""},
		{"s3.local-2.localhost", "/b/k", "b", "k", "local-2"},
		{"bkt.s3.local-2.localhost", "/k", "bkt", "k", "local-2"},
		{"bkt.s3-local-1.localhost", "/k", "bkt", "k", "local-1"},
		{"s3.local-2.example.com", "/b/k", "b", "k", "local-2"},
		{"bkt.s3.example.com", "/k", "bkt", "k", ""},
		{"notlocalhost", "/b/k", "b", "k", ""},
		{"x", "http://h:1/b/k?q=1", "b", "k", ""},
		{"x", "http://h", "", "", ""},
		{"x", "http://h?q", "", "", ""},
		{"x", "*", "", "", ""},
	} {
		var tg target
		tg.readHost(c.host, ends)
		if err := tg.readURI(c.uri); err != nil {
			t.Errorf("%s%s: %v", c.host, c.uri, err)
			continue
		}
		if tg.bucketName != c.bucket || tg.key != c.key || string(tg.hostRegion) != c.region {
			t.Errorf("%s%s: got bucket %q key %q region %q; want %q %q %q", c.host, c.uri, tg.bucketName, tg.key, tg.hostRegion, c.bucket, c.key, c.region)
		}
	}
	for _, uri := range []string{"/b/%", "/b/%2", "/b/%zz", "/%4/k"} {
		var tg target
		if err := tg.readURI(uri); errs.CodeOf(err) != "InvalidURI" {
			t.Errorf("%s: got %v, want InvalidURI", uri, err)
		}
	}
}

func TestQuery(t *testing.T) {
	q, err := parseQuery(nil, "&a=1+2&b&c=&a=3&%64=%2B&&=x")
	if err != nil || q.get("a") != "1 2" || !q.has("b") || q.get("c") != "" || q.get("d") != "+" || q.has("e") {
		t.Errorf("got %v, %v", q, err)
	}
	for _, raw := range []string{"a=%", "%x=1", strings.Repeat("a&", 65)} {
		if _, err := parseQuery(nil, raw); errs.CodeOf(err) != "InvalidURI" {
			t.Errorf("%s: got %v, want InvalidURI", raw, err)
		}
	}
}

// published reads the names of the operations of AWS's published S3 API.
func published(t *testing.T) []string {
	raw, err := os.ReadFile("testdata/operations.txt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(raw))
}

// TestOperations walks the table: every published operation is there once, has an action that package authz knows if it has a
// handler, and is what the router finds for its own request.
func TestOperations(t *testing.T) {
	ours := map[string]bool{"PostObject": true, "ReportBucketPolicy": true, "ReportBucketLifecycle": true} // the first of the REST API and not of the SDK, the others Coffer's
	for _, name := range published(t) {
		ours[name] = true
	}
	self := map[string]string{
		"CreateBucket":  "asks about the region that the bucket goes to",
		"DeleteObjects": "asks for each key",
		"PostObject":    "who asks stands in the form",
	}
	ops := operations()
	r := newRouter(ops)
	seen := map[string]bool{}
	for i := range ops {
		o := &ops[i]
		if seen[o.name] {
			t.Errorf("%s is in the table twice", o.name)
		}
		seen[o.name] = true
		if !ours[o.name] {
			t.Errorf("%s is none of the published operations", o.name)
		}
		if o.handle != nil && authz.LevelOf(o.action) == authz.UnknownLevel && self[o.name] == "" {
			t.Errorf("%s has a handler and the action %q, which package authz does not know: nobody would be refused", o.name, o.action)
		}
		if o.versioned != "" && authz.LevelOf(o.versioned) == authz.UnknownLevel {
			t.Errorf("%s: the action %q is not known", o.name, o.versioned)
		}
		h := http.Header{}
		if o.header != "" {
			h[o.header] = []string{"x"}
		}
		raw := o.sub
		if o.sub == "list-type" {
			raw += "=2"
		}
		if o.with != "" {
			raw += "&" + o.with + "=x"
		}
		if o.method == put && o.sub == "uploadId" {
			raw += "&partNumber=1"
		}
		q, _ := parseQuery(nil, raw)
		if got, err := r.find(o.method, o.level, q, h); err != nil || got.name != o.name {
			t.Errorf("%s %s ?%s: found %v, %v; want %s", o.method, o.level, raw, got, err, o.name)
		}
	}
	away := elsewhere()
	for name := range ours {
		if !seen[name] && away[name] == "" {
			t.Errorf("%s is neither in the table nor listed as addressed elsewhere", name)
		}
	}
}

// TestRouteNeverFallsThrough: a sub-resource that is not served, or not with this method, is not the plain operation.
func TestRouteNeverFallsThrough(t *testing.T) {
	r := newRouter(operations())
	for _, c := range []struct {
		method string
		level  level
		raw    string
		want   string // operation or code
	}{
		{"GET", objectLevel, "", "GetObject"},
		{"GET", objectLevel, "x-id=GetObject&versionId=1&response-content-type=a&partNumber=1", "GetObject"},
		{"GET", objectLevel, "foo", "GetObject"},
		{"GET", objectLevel, "policy", "NotImplemented"},
		{"PUT", objectLevel, "policy", "NotImplemented"},
		{"PUT", objectLevel, "unheardOf", "NotImplemented"},
		{"DELETE", bucketLevel, "unheardOf", "NotImplemented"},
		{"DELETE", bucketLevel, "acl", "MethodNotAllowed"},
		{"DELETE", bucketLevel, "versioning", "MethodNotAllowed"},
		{"PUT", bucketLevel, "policyStatus", "MethodNotAllowed"},
		{"PUT", bucketLevel, "uploadId=x", "NotImplemented"},
		{"POST", objectLevel, "", "MethodNotAllowed"},
		{"POST", serviceLevel, "", "MethodNotAllowed"},
		{"PATCH", objectLevel, "", "MethodNotAllowed"},
		{"GET", bucketLevel, "acl&policy", "InvalidArgument"},
		{"PUT", objectLevel, "uploadId=x&partNumber=1", "UploadPart"},
		{"PUT", objectLevel, "partNumber=1&uploadId=x", "UploadPart"},
		{"GET", bucketLevel, "analytics&id=1", "GetBucketAnalyticsConfiguration"},
		{"GET", bucketLevel, "analytics", "ListBucketAnalyticsConfigurations"},
		{"GET", bucketLevel, "prefix=a&delimiter=/", "ListObjects"},
		{"GET", bucketLevel, "versions&prefix=a", "ListObjectVersions"},
	} {
		q, err := parseQuery(nil, c.raw)
		if err != nil {
			t.Fatal(err)
		}
		o, err := r.find(c.method, c.level, q, http.Header{})
		got := string(errs.CodeOf(err))
		if err == nil {
			got = o.name
		}
		if got != c.want {
			t.Errorf("%s %v ?%s: got %s, want %s", c.method, c.level, c.raw, got, c.want)
		}
	}
}

// TestAnswers walks every kind and every code: each has a status of HTTP and a sentence.
func TestAnswers(t *testing.T) {
	m := newAnswers()
	for _, k := range errs.Kinds() {
		a := m.of(errs.New(k, "", ""))
		if a.status < 300 || a.status > 599 || a.code == "" || a.text == "" {
			t.Errorf("kind %v: %+v", k, a)
		}
		if fine := m.of(errs.New(k, "Fenced", "secret")); fine.status != a.status || fine.code != a.code {
			t.Errorf("kind %v with a word between rooms: %+v, want %+v", k, fine, a)
		}
	}
	seen := map[string]bool{}
	for _, known := range s3code.All() {
		a := newAnswer(known)
		if seen[a.code] {
			t.Errorf("%s is listed twice", a.code)
		}
		seen[a.code] = true
		if a.status < 300 || a.status > 599 || a.text == "" {
			t.Errorf("%s: %+v", a.code, a)
		}
		if got := m.of(errs.New(errs.Internal, errs.Code(a.code), "")); got != a {
			t.Errorf("%s: got %+v, want %+v", a.code, got, a)
		}
	}
	if a := m.of(errs.New(errs.NotFound, "NoSuchBucket", "another text")); a.text != "The specified bucket does not exist." {
		t.Errorf("a published sentence is replaced: %q", a.text)
	}
	if a := m.of(errs.New(errs.Invalid, "InvalidArgument", "what to change")); a.text != "what to change" {
		t.Errorf("the error's own text is lost: %q", a.text)
	}
	if a := m.of(errs.New(errs.Internal, "", "inner text")); strings.Contains(a.text, "inner") {
		t.Errorf("an internal text reaches clients: %q", a.text)
	}
}
