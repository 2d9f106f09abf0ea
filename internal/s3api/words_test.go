package s3api

import (
	"net/http"
	"strings"
	"testing"
)

// TestMisplaced: what makes no sense where it stands is refused before anything is looked up, in S3's words.
func TestMisplaced(t *testing.T) {
	w := newWorld(t)
	source := map[string]string{"X-Amz-Copy-Source": "b/k"}
	for _, c := range []struct {
		q      request
		status int
		code   string
	}{
		{request{uri: "/bucket/k?uploads"}, 400, "InvalidRequest"},
		{request{uri: "/bucket/k?versions"}, 400, "InvalidRequest"},
		{request{method: "PUT", uri: "/bucket/k?partNumber=1"}, 400, "InvalidArgument"},
		{request{method: "PUT", uri: "/bucket/k?uploadId=x"}, 405, "MethodNotAllowed"},
		{request{uri: "/bucket", header: source}, 400, "InvalidArgument"},
		{request{method: "HEAD", uri: "/bucket/k", header: source}, 400, ""},
		{request{method: "DELETE", uri: "/bucket/k", header: source}, 400, "InvalidArgument"},
		{request{method: "POST", uri: "/bucket/k?uploadId=x", header: source}, 400, "InvalidArgument"},
	} {
		c.q.as = "owner"
		w.refused(c.q, c.status, c.code)
	}
	if a := w.do(request{as: "owner", method: "PUT", uri: "/bucket/k?uploadId=x"}); a.header.Get("Allow") != "DELETE, POST, GET" {
		t.Errorf("an upload allows %v", a.header)
	}
}

// TestNameless: some operations need a name even where a policy lets everybody do everything.
func TestNameless(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "?policy", body: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::` + b + `","arn:aws:s3:::` + b + `/*"]}]}`})
	w.ok(request{method: "PUT", uri: "/" + b + "/k", body: "x"})
	for _, q := range []request{{method: "POST", uri: "/" + b + "/k?uploads"}, {method: "PUT", uri: "/" + b + "/l", header: map[string]string{"X-Amz-Copy-Source": b + "/k"}},
		{method: "PUT", uri: "/" + b + "?acl", header: map[string]string{"X-Amz-Acl": "private"}}, {uri: "/" + b + "?ownershipControls"}, {method: "PUT", uri: "/of-nobody"}} {
		if a := w.refused(q, 403, "AccessDenied"); !strings.Contains(strings.ToLower(a.element("Message")), "anonymous") {
			t.Errorf("%s %s: %s", q.method, q.uri, a.body)
		}
	}
}

// TestRangesOfNothing: a suffix of an empty object is the object; every other range of it is none.
func TestRangesOfNothing(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.put("/"+b+"/empty", "")
	w.put("/"+b+"/full", "0123456789")
	for rg, status := range map[string]int{"bytes=-1": 200, "bytes=-0": 416, "bytes=0-": 416, "bytes=0-0": 416, "bytes= -1": 200} {
		if a := w.do(request{as: "owner", uri: "/" + b + "/empty", header: map[string]string{"Range": rg}}); a.status != status || status == 200 && a.header.Get("Content-Range") != "" {
			t.Errorf("%s: %d %v", rg, a.status, a.header)
		}
	}
	if a := w.ok(request{as: "owner", uri: "/" + b + "/full", header: map[string]string{"Range": "bytes= -1"}}); a.status != http.StatusOK || a.body != "0123456789" {
		t.Errorf("a range with a space: %d %q", a.status, a.body)
	}
}

// TestRedirectsAreNotCopied. Source: AWS S3 API Reference, CopyObject, x-amz-website-redirect-location.
func TestRedirectsAreNotCopied(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	const header = "X-Amz-Website-Redirect-Location"
	w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "/src", body: "x", header: map[string]string{header: "/there"}})
	cp := func(to string) reply {
		h := map[string]string{"X-Amz-Copy-Source": b + "/src"}
		if to != "" {
			h[header] = to
		}
		return w.do(request{as: "owner", method: "PUT", uri: "/" + b + "/dst", header: h})
	}
	for _, to := range []string{"", "/elsewhere"} {
		if a := cp(to); a.status != 200 {
			t.Fatal(a.body)
		}
		if got := w.get("/" + b + "/dst").header["x-amz-website-redirect-location"]; strings.Join(got, "") != to {
			t.Errorf("copied with %q it redirects to %q", to, got)
		}
	}
	if a := cp("ftp://x"); a.code() != "InvalidRedirectLocation" {
		t.Error(a.body)
	}
}
