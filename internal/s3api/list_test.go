package s3api

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func (w *world) fill(keys ...string) string {
	w.t.Helper()
	b := w.bucket()
	for _, k := range keys {
		w.put("/"+b+"/"+url.PathEscape(k), k)
	}
	return b
}

func TestListGolden(t *testing.T) {
	w := newWorld(t)
	b := w.fill("a", "b&<c", "d/1", "d/2", "e/f/g", "z\x01")
	for file, query := range map[string]string{
		"list-v1.xml":           "",
		"list-v1-delimiter.xml": "delimiter=/&max-keys=3&prefix=&marker=a",
		"list-v2.xml":           "list-type=2&fetch-owner=true",
		"list-v2-url.xml":       "list-type=2&encoding-type=url&prefix=&delimiter=/&start-after=a",
		"list-versions.xml":     "versions&delimiter=/",
	} {
		a := w.get("/" + b + "?" + query)
		w.golden(file, a.body, b, "BUCKET")
		if a.header.Get("X-Amz-Bucket-Region") != "local-1" {
			t.Errorf("%s: %v", query, a.header)
		}
	}
}

// pages walks a listing to its end and returns keys and prefixes in the order of their coming.
func (w *world) pages(b, query, next, param string) (keys, prefixes []string, n int) {
	w.t.Helper()
	at := ""
	for n = 1; n < 100; n++ {
		a := w.get("/" + b + "?" + query + at)
		keys = append(keys, a.elements("Key")...)
		for _, p := range a.elements("CommonPrefixes") {
			prefixes = append(prefixes, strings.TrimSuffix(strings.TrimPrefix(p, "<Prefix>"), "</Prefix>"))
		}
		if a.element("IsTruncated") != "true" {
			return keys, prefixes, n
		}
		mark := a.element(next)
		if next == "Key" {
			mark = keys[len(keys)-1]
		}
		at = "&" + param + "=" + url.QueryEscape(mark)
	}
	w.t.Fatal("the listing does not end")
	return nil, nil, 0
}

func TestListPages(t *testing.T) {
	w := newWorld(t)
	var all []string
	for i := range 23 {
		all = append(all, fmt.Sprintf("k%02d", i))
	}
	b := w.fill(append([]string{"d/1", "d/2", "e/1"}, all...)...)
	want := strings.Join(all, " ")
	for _, c := range []struct{ query, next, param string }{
		{"max-keys=7&prefix=k", "Key", "marker"},
		{"max-keys=7&delimiter=/", "NextMarker", "marker"},
		{"list-type=2&max-keys=7&delimiter=/", "NextContinuationToken", "continuation-token"},
		{"list-type=2&max-keys=1&prefix=k", "NextContinuationToken", "continuation-token"},
	} {
		keys, prefixes, n := w.pages(b, c.query, c.next, c.param)
		if strings.Join(keys, " ") != want || n < 4 || strings.Contains(c.query, "delimiter") && strings.Join(prefixes, " ") != "d/ e/" {
			t.Errorf("%s: %d pages, %v, %v", c.query, n, keys, prefixes)
		}
	}
	for query, want := range map[string]string{"max-keys=0": "", "prefix=k1&max-keys=99999": "10", "list-type=2&start-after=k21": "1", "marker=k21": "1", "prefix=none": ""} {
		n := len(w.get("/" + b + "?" + query).elements("Key"))
		if got := itoa(int64(n)); got != want && !(n == 0 && want == "") {
			t.Errorf("%s: %s keys, want %s", query, got, want)
		}
	}
	if a := w.get("/" + b + "?list-type=2&delimiter=/&max-keys=3"); a.element("KeyCount") != "3" {
		t.Errorf("KeyCount counts prefixes too: %s", a.body)
	}
	for _, q := range []string{"max-keys=x", "max-keys=-1", "max-keys=99999999999", "encoding-type=x", "list-type=3", "list-type=2&continuation-token=%25%25", "versions&version-id-marker=x"} {
		w.refused(request{as: "owner", uri: "/" + b + "?" + q}, 400, "InvalidArgument")
	}
	w.refused(request{as: "owner", uri: "/" + b + "?prefix=" + strings.Repeat("x", 1025)}, 400, "KeyTooLongError")
}

// TestListEndsEarly: a page of long keys ends before it becomes too large, and the next goes on.
func TestListEndsEarly(t *testing.T) {
	w := newWorld(t)
	var keys []string
	for i := range 300 {
		keys = append(keys, fmt.Sprintf("%03d%s", i, strings.Repeat("&", 1020)))
	}
	b := w.fill(keys...)
	for _, c := range []struct{ query, next, param string }{{"", "Key", "marker"}, {"list-type=2", "NextContinuationToken", "continuation-token"}} {
		at, n, pages := "", 0, 0
		for ; pages < 10; pages++ {
			a := w.get("/" + b + "?" + c.query + at)
			got := a.elements("Key")
			n += len(got)
			if len(a.body) > maxListBytes+64<<10 {
				t.Errorf("a page of %d bytes", len(a.body))
			}
			if a.element("IsTruncated") != "true" {
				break
			}
			mark := a.element(c.next)
			if c.next == "Key" {
				mark = strings.ReplaceAll(got[len(got)-1], "&amp;", "&")
			}
			at = "&" + c.param + "=" + url.QueryEscape(mark)
		}
		if n != 300 || pages < 1 {
			t.Errorf("%q: %d keys on %d pages", c.query, n, pages+1)
		}
	}
}

func TestVersions(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	if a := w.get("/" + b + "?versioning"); a.element("Status") != "" {
		t.Error(a.body)
	}
	w.put("/"+b+"/k", "null")
	set := func(body string) reply {
		return w.do(request{as: "owner", method: "PUT", uri: "/" + b + "?versioning", body: body})
	}
	for body, code := range map[string]string{"": "MissingRequestBodyError", "x": "MalformedXML", "<VersioningConfiguration/>": "IllegalVersioningConfigurationException",
		"<VersioningConfiguration><Status>On</Status></VersioningConfiguration>":                                    "MalformedXML",
		"<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>": "NotImplemented",
		"<VersioningConfiguration><Other/></VersioningConfiguration>":                                               "MalformedXML"} {
		if a := set(body); a.code() != code {
			t.Errorf("%s: got %s", body, a.code())
		}
	}
	set(`<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>`)
	if a := w.get("/" + b + "?versioning"); a.element("Status") != "Enabled" {
		t.Error(a.body)
	}
	v1 := w.put("/"+b+"/k", "one").header["x-amz-version-id"][0]
	v2 := w.put("/"+b+"/k", "two").header["x-amz-version-id"][0]
	a := w.get("/" + b + "/k?versionId=" + v1)
	if a.body != "one" || a.header["x-amz-version-id"][0] != v1 || w.get("/"+b+"/k?versionId=null").body != "null" || w.get("/"+b+"/k").body != "two" {
		t.Errorf("by version: %q %v", a.body, a.header)
	}
	copies := w.bucket()
	for source, want := range map[string]string{"k": v2, "k?versionId=" + v1: v1, "k?versionId=null": "null"} {
		if c := w.ok(send("/"+copies+"/copy", "", copySource, b+"/"+source)); c.header["x-amz-copy-source-version-id"][0] != want {
			t.Errorf("a copy of %s tells %v", source, c.header)
		}
	}
	d := w.ok(request{as: "owner", method: "DELETE", uri: "/" + b + "/k"})
	marker := d.header["x-amz-version-id"][0]
	if d.header["x-amz-delete-marker"][0] != "true" {
		t.Errorf("delete: %v", d.header)
	}
	a = w.refused(request{as: "owner", uri: "/" + b + "/k"}, 404, "NoSuchKey")
	if a.header["x-amz-delete-marker"][0] != "true" || a.header["x-amz-version-id"][0] != marker {
		t.Errorf("a deleted key: %v", a.header)
	}
	a = w.refused(request{as: "owner", uri: "/" + b + "/k?versionId=" + marker}, 405, "MethodNotAllowed")
	if a.header.Get("Allow") != "DELETE" || a.header["x-amz-delete-marker"][0] != "true" {
		t.Errorf("a marker by its version: %v", a.header)
	}
	for uri, body := range map[string]string{"k?tagging": "<Tagging><TagSet/></Tagging>", "k?acl": ""} {
		for _, at := range []string{"", "&versionId=" + marker} {
			a := w.refused(send("/"+b+"/"+uri+at, body, "x-amz-acl", "private"), 405, "MethodNotAllowed")
			if a.element("ResourceType") != "DeleteMarker" || a.element("Method") != "PUT" || a.element("Message") == "" {
				t.Errorf("%s%s of a marker: %s", uri, at, a.body)
			}
		}
	}
	w.refused(request{as: "owner", uri: "/" + b + "/k?tagging"}, 405, "MethodNotAllowed")
	w.refused(request{as: "owner", method: "DELETE", uri: "/" + b + "/k?tagging"}, 405, "MethodNotAllowed")
	w.refused(request{as: "owner", uri: "/" + b + "/k?acl"}, 404, "NoSuchKey")
	w.refused(request{as: "owner", uri: "/" + b + "/none?tagging"}, 404, "NoSuchKey")
	w.golden("list-versions-marker.xml", w.get("/"+b+"?versions").body, b, "BUCKET", v1, "V1", v2, "V2", marker, "MARKER")
	keys := []string{}
	at := ""
	for range 6 {
		a := w.get("/" + b + "?versions&max-keys=1" + at)
		keys = append(keys, a.elements("VersionId")...)
		if a.element("IsTruncated") != "true" {
			break
		}
		at = "&key-marker=" + a.element("NextKeyMarker") + "&version-id-marker=" + a.element("NextVersionIdMarker")
	}
	if strings.Join(keys, " ") != strings.Join([]string{marker, v2, v1, "null"}, " ") {
		t.Errorf("page by page: %v", keys)
	}
	// Deleting the marker brings the newest version back; deleting by version removes for good.
	d = w.ok(request{as: "owner", method: "DELETE", uri: "/" + b + "/k?versionId=" + marker})
	if d.header["x-amz-delete-marker"][0] != "true" || w.get("/"+b+"/k").body != "two" {
		t.Errorf("the marker's deletion: %v", d.header)
	}
	a = w.ok(request{as: "owner", method: "POST", uri: "/" + b + "?delete", body: "<Delete><Object><Key>k</Key><VersionId>" + v2 + "</VersionId></Object><Object><Key>k</Key></Object></Delete>"})
	if len(a.elements("DeleteMarkerVersionId")) != 1 || a.element("VersionId") != v2 {
		t.Error(a.body)
	}
	a = w.ok(request{as: "owner", method: "POST", uri: "/" + b + "?delete", body: "<Delete><Object><Key>k</Key><VersionId>no-id</VersionId></Object><Object><Key>k</Key><VersionId>" + strings.Repeat("Z", 32) + "</VersionId></Object></Delete>"})
	if strings.Join(a.elements("Code"), " ") != "NoSuchVersion" || len(a.elements("Deleted")) != 1 {
		t.Error(a.body)
	}
	w.refused(request{as: "owner", uri: "/" + b + "/k?versionId=" + v2}, 404, "NoSuchVersion")
	w.refused(request{as: "owner", uri: "/" + b + "/k?versionId=nonsense"}, 400, "InvalidArgument")
	w.refused(request{as: "owner", uri: "/" + b + "/k?versionId=" + strings.Repeat("Z", 32)}, 404, "NoSuchVersion")
	w.ok(request{as: "owner", method: "DELETE", uri: "/" + b + "/k?versionId=" + strings.Repeat("Z", 32)})
	if a := w.get("/" + b); len(a.elements("Key")) != 0 {
		t.Errorf("a deleted key is listed: %s", a.body)
	}
	set("<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>")
	if p := w.put("/"+b+"/k", "again"); p.header["x-amz-version-id"] != nil {
		t.Errorf("a PUT while suspended: %v", p.header)
	}
}
