package s3api

import (
	"crypto/md5"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"coffer/internal/ident"
)

// lockBucket makes a bucket of the owner's with object lock.
func (w *world) lockBucket() string {
	w.t.Helper()
	b := w.bucket() + "-lock"
	w.ok(request{as: "owner", method: "PUT", uri: "/" + b, header: map[string]string{"X-Amz-Bucket-Object-Lock-Enabled": "true"}})
	return b
}

// locked puts an object with headers about its lock and returns the version.
func (w *world) locked(uri string, h ...string) string {
	w.t.Helper()
	return w.ok(lockedPut(uri, h...)).header["x-amz-version-id"][0]
}

func lockedPut(uri string, h ...string) request {
	q := request{as: "owner", method: "PUT", uri: uri, body: "x", header: map[string]string{"Content-MD5": md5Header("x")}}
	for i := 0; i+1 < len(h); i += 2 {
		q.header["X-Amz-Object-Lock-"+h[i]] = h[i+1]
	}
	return q
}

func md5Header(s string) string {
	sum := md5.Sum([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func in(d time.Duration) string { return now.Add(d).Format(time.RFC3339) }

func first(h http.Header, name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// TestLockAfterwards: object lock is turned on for a bucket that keeps versions already, and holds what is written from then on, and no more.
func TestLockAfterwards(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "?versioning", body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"})
	before := w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "/k", body: "x"}).header["x-amz-version-id"][0]
	doc := "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>3</Days></DefaultRetention></Rule></ObjectLockConfiguration>"
	w.refused(request{as: "other", method: "PUT", uri: "/" + b + "?object-lock", body: doc}, 403, "AccessDenied")
	w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "?object-lock", body: doc})
	if a := w.get("/" + b + "?object-lock"); a.element("Days") != "3" {
		t.Error(a.body)
	}
	after := w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "/k", body: "y"}).header["x-amz-version-id"][0]
	w.refused(request{as: "owner", method: "DELETE", uri: "/" + b + "/k?versionId=" + after}, 403, "AccessDenied")
	w.ok(request{as: "owner", method: "DELETE", uri: "/" + b + "/k?versionId=" + before})
	w.refused(request{as: "owner", method: "PUT", uri: "/" + b + "?versioning", body: "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"}, 409, "InvalidBucketState")
}

func TestLockBucket(t *testing.T) {
	w := newWorld(t)
	b, free := w.lockBucket(), w.bucket()
	if a := w.get("/" + b + "?versioning"); a.element("Status") != "Enabled" {
		t.Errorf("versioning: %s", a.body)
	}
	suspend := "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"
	w.refused(request{as: "owner", method: "PUT", uri: "/" + b + "?versioning", body: suspend}, 409, "InvalidBucketState")
	w.refused(request{as: "owner", method: "PUT", uri: "/" + free + "x", header: map[string]string{"X-Amz-Bucket-Object-Lock-Enabled": "yes"}}, 400, "InvalidArgument")
	w.refused(request{as: "owner", uri: "/" + free + "?object-lock"}, 404, "ObjectLockConfigurationNotFoundError")
	config := func(rule string) string {
		return "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>" + rule + "</ObjectLockConfiguration>"
	}
	rule := func(terms string) string {
		return config("<Rule><DefaultRetention>" + terms + "</DefaultRetention></Rule>")
	}
	days := rule("<Mode>GOVERNANCE</Mode><Days>3</Days>")
	w.refused(request{as: "owner", method: "PUT", uri: "/" + free + "?object-lock", body: days}, 409, "InvalidBucketState")
	suspended := w.bucket()
	w.ok(request{as: "owner", method: "PUT", uri: "/" + suspended + "?versioning", body: suspend})
	w.refused(request{as: "owner", method: "PUT", uri: "/" + suspended + "?object-lock", body: days}, 409, "InvalidBucketState")
	if a := w.get("/" + b + "?object-lock"); a.element("ObjectLockEnabled") != "Enabled" || a.element("Rule") != "" {
		t.Errorf("a new bucket: %s", a.body)
	}
	for doc, code := range map[string]string{
		rule("<Mode>GOVERNANCE</Mode><Days>0</Days>"):                 "InvalidArgument",
		rule("<Mode>GOVERNANCE</Mode><Days>-1</Days>"):                "InvalidArgument",
		rule("<Mode>GOVERNANCE</Mode><Days>36501</Days>"):             "InvalidArgument",
		rule("<Mode>GOVERNANCE</Mode><Years>101</Years>"):             "InvalidArgument",
		rule("<Mode>GOVERNANCE</Mode>"):                               "MalformedXML",
		rule("<Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years>"): "MalformedXML",
		rule("<Mode>governance</Mode><Days>1</Days>"):                 "MalformedXML",
		rule("<Days>1</Days>"):                                        "MalformedXML",
		config("<Rule/>"):                                             "MalformedXML",
		"<ObjectLockConfiguration/>":                                  "MalformedXML",
		strings.Replace(days, "Enabled</", "Disabled</", 1):           "MalformedXML",
		strings.Replace(days, "</Rule>", "</Rule><Rule/>", 1):         "MalformedXML",
		"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><x/></ObjectLockConfiguration>": "MalformedXML",
	} {
		w.refused(request{as: "owner", method: "PUT", uri: "/" + b + "?object-lock", body: doc}, 400, code)
	}
	w.refused(request{as: "other", method: "PUT", uri: "/" + b + "?object-lock", body: days}, 403, "AccessDenied")
	w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "?object-lock", body: days})
	w.golden("objectlock.xml", w.get("/"+b+"?object-lock").body)
}

// TestDefaultRetention: what is made in the bucket by whichever way is kept, from the time that it is made.
func TestDefaultRetention(t *testing.T) {
	w := newWorld(t)
	b := w.lockBucket()
	w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "?object-lock", body: "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>" +
		"<Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Years>1</Years></DefaultRetention></Rule></ObjectLockConfiguration>"})
	w.put("/"+b+"/put", "x")
	w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "/copy", header: map[string]string{copySource: b + "/put"}})
	up := w.ok(request{as: "owner", method: "POST", uri: "/" + b + "/parts?uploads"}).element("UploadId")
	etag := first(w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "/parts?partNumber=1&uploadId=" + up, body: "x"}).header, "ETag")
	w.ok(request{as: "owner", method: "POST", uri: "/" + b + "/parts?uploadId=" + up,
		body: "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + etag + "</ETag></Part></CompleteMultipartUpload>"})
	for _, key := range []string{"put", "copy", "parts"} {
		a := w.get("/" + b + "/" + key)
		if first(a.header, "x-amz-object-lock-mode") != "COMPLIANCE" || first(a.header, "x-amz-object-lock-retain-until-date") != "2027-06-01T12:00:00.000Z" {
			t.Errorf("%s: %v", key, a.header)
		}
		v := first(a.header, "x-amz-version-id")
		w.refused(request{as: "owner", method: "DELETE", uri: "/" + b + "/" + key + "?versionId=" + v}, 403, "AccessDenied")
		w.refused(request{as: "owner", method: "DELETE", uri: "/" + b + "/" + key + "?versionId=" + v, header: map[string]string{"X-Amz-Bypass-Governance-Retention": "true"}}, 403, "AccessDenied")
	}
	v := w.locked("/"+b+"/own", "Mode", "GOVERNANCE", "Retain-Until-Date", in(time.Hour))
	if a := w.get("/" + b + "/own?retention&versionId=" + v); a.element("Mode") != "GOVERNANCE" || a.element("RetainUntilDate") != "2026-06-01T13:00:00.000Z" {
		t.Errorf("the request's own: %s", a.body)
	}
	if a := w.ok(request{as: "owner", method: "DELETE", uri: "/" + b + "/put"}); first(a.header, "x-amz-delete-marker") != "true" {
		t.Errorf("a delete without a version: %v", a.header)
	}
}

func TestLockHeaders(t *testing.T) {
	w := newWorld(t)
	b, free := w.lockBucket(), w.bucket()
	for _, c := range []struct {
		h    []string
		code string
	}{
		{[]string{"Mode", "GOVERNANCE"}, "InvalidArgument"},
		{[]string{"Retain-Until-Date", in(time.Hour)}, "InvalidArgument"},
		{[]string{"Mode", "governance", "Retain-Until-Date", in(time.Hour)}, "InvalidArgument"},
		{[]string{"Mode", "GOVERNANCE", "Retain-Until-Date", "tomorrow"}, "InvalidArgument"},
		{[]string{"Mode", "GOVERNANCE", "Retain-Until-Date", in(0)}, "InvalidArgument"},
		{[]string{"Legal-Hold", "on"}, "InvalidArgument"},
	} {
		w.refused(lockedPut("/"+b+"/k", c.h...), 400, c.code)
	}
	w.refused(lockedPut("/"+free+"/k", "Legal-Hold", "OFF"), 400, "InvalidRequest")
	w.refused(lockedPut("/"+b+"/k?uploadId=u&partNumber=1", "Legal-Hold", "ON"), 501, "NotImplemented")
	bare := lockedPut("/"+b+"/k", "Legal-Hold", "ON")
	delete(bare.header, "Content-MD5")
	w.refused(bare, 400, "InvalidRequest")

	w.policy(b, strings.Replace(statement(b, "Allow", "s3:PutObject", "/*", ""), `"s3:PutObject"`, `["s3:PutObject","s3:GetObject"]`, 1))
	v := w.locked("/"+b+"/k", "Legal-Hold", "ON", "Mode", "COMPLIANCE", "Retain-Until-Date", in(time.Hour))
	theirs := lockedPut("/"+b+"/k", "Legal-Hold", "ON")
	theirs.as = "other"
	w.refused(theirs, 403, "AccessDenied")
	head := w.ok(request{as: "owner", method: "HEAD", uri: "/" + b + "/k?versionId=" + v})
	if first(head.header, "x-amz-object-lock-legal-hold") != "ON" || first(head.header, "x-amz-object-lock-mode") != "COMPLIANCE" {
		t.Errorf("HEAD: %v", head.header)
	}
	if a := w.ok(request{as: "other", uri: "/" + b + "/k"}); first(a.header, "x-amz-object-lock-mode") != "" || first(a.header, "x-amz-object-lock-legal-hold") != "" {
		t.Errorf("told to who may not read it: %v", a.header)
	}
	up := w.ok(request{as: "owner", method: "POST", uri: "/" + b + "/parts?uploads", header: map[string]string{"X-Amz-Object-Lock-Legal-Hold": "ON"}}).element("UploadId")
	etag := first(w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "/parts?partNumber=1&uploadId=" + up, body: "x"}).header, "ETag")
	w.ok(request{as: "owner", method: "POST", uri: "/" + b + "/parts?uploadId=" + up,
		body: "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + etag + "</ETag></Part></CompleteMultipartUpload>"})
	if a := w.get("/" + b + "/parts?legal-hold"); a.element("Status") != "ON" {
		t.Errorf("an upload's: %s", a.body)
	}
	w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "/copy", header: map[string]string{copySource: b + "/k"}})
	w.refused(request{as: "owner", uri: "/" + b + "/copy?legal-hold"}, 404, "NoSuchObjectLockConfiguration") // a copy takes no lock along
	if a := w.ok(request{as: "owner", method: "HEAD", uri: "/" + b + "/copy"}); first(a.header, "x-amz-object-lock-legal-hold") != "" {
		t.Errorf("a hold is told that never was: %v", a.header)
	}
	w.locked("/"+b+"/off", "Legal-Hold", "OFF")
	if a := w.get("/" + b + "/off?legal-hold"); a.element("Status") != "OFF" {
		t.Errorf("got %s", a.body)
	}
	if a := w.ok(request{as: "owner", method: "HEAD", uri: "/" + b + "/off"}); first(a.header, "x-amz-object-lock-legal-hold") != "OFF" {
		t.Errorf("got %v", a.header)
	}
	up = w.ok(request{as: "owner", method: "POST", uri: "/" + b + "/off?uploads", header: map[string]string{"X-Amz-Object-Lock-Legal-Hold": "OFF"}}).element("UploadId")
	etag = first(w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "/off?partNumber=1&uploadId=" + up, body: "x"}).header, "ETag")
	w.ok(request{as: "owner", method: "POST", uri: "/" + b + "/off?uploadId=" + up,
		body: "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + etag + "</ETag></Part></CompleteMultipartUpload>"})
	if a := w.get("/" + b + "/off?legal-hold"); a.element("Status") != "OFF" {
		t.Errorf("an upload's: %s", a.body)
	}
}

// TestRetention walks a version through governance and compliance: shortened and removed only with the right to bypass, or never.
func TestRetention(t *testing.T) {
	w := newWorld(t)
	b, free := w.lockBucket(), w.bucket()
	w.put("/"+free+"/k", "x")
	uri := "/" + b + "/k"
	v := w.locked(uri)
	retain := func(mode, until string) string {
		return "<Retention><Mode>" + mode + "</Mode><RetainUntilDate>" + until + "</RetainUntilDate></Retention>"
	}
	set := func(as, doc string, bypass bool) request {
		q := request{as: as, method: "PUT", uri: uri + "?retention", body: doc, header: map[string]string{}}
		if bypass {
			q.header["X-Amz-Bypass-Governance-Retention"] = "true"
		}
		return q
	}
	w.refused(request{as: "owner", uri: uri + "?retention"}, 404, "NoSuchObjectLockConfiguration")
	w.refused(request{as: "owner", uri: "/" + free + "/k?retention"}, 400, "InvalidRequest")
	w.refused(request{as: "owner", method: "PUT", uri: "/" + free + "/k?retention", body: retain("GOVERNANCE", in(time.Hour))}, 400, "InvalidRequest")
	w.refused(request{as: "owner", uri: "/" + b + "/none?retention"}, 404, "NoSuchKey")
	for doc, code := range map[string]string{
		retain("GOVERNANCE", in(0)):       "InvalidArgument",
		retain("GOVERNANCE", "tomorrow"):  "MalformedXML",
		retain("governance", in(1)):       "MalformedXML",
		retain("", in(time.Hour)):         "MalformedXML",
		retain("GOVERNANCE", ""):          "MalformedXML",
		"<Retention><Other/></Retention>": "MalformedXML",
		"":                                "MalformedXML",
	} {
		w.refused(set("owner", doc, false), 400, code)
	}
	w.ok(set("owner", retain("GOVERNANCE", in(2*time.Hour)), false))
	w.golden("retention.xml", w.get(uri+"?retention").body)
	remove := request{as: "owner", method: "DELETE", uri: uri + "?versionId=" + v}
	w.refused(remove, 403, "AccessDenied")
	w.refused(set("owner", retain("GOVERNANCE", in(time.Hour)), false), 403, "AccessDenied")
	w.refused(set("owner", "<Retention/>", false), 403, "AccessDenied")

	plain := w.users["plain"]
	named := `"Principal":{"AWS":"arn:aws:iam:::user/` + ident.ContractUserID(plain.Contract, plain.ID) + `"}`
	w.policy(b, strings.Replace(statement(b, "Allow", "s3:PutObjectRetention", "/*", `{"NumericGreaterThan":{"s3:object-lock-remaining-retention-days":"4"}}`), `"Principal":"*"`, named, 1))
	w.ok(set("plain", retain("GOVERNANCE", in(5*24*time.Hour)), false))
	w.refused(set("plain", retain("GOVERNANCE", in(4*24*time.Hour)), false), 403, "AccessDenied")
	w.refused(set("plain", retain("GOVERNANCE", in(5*24*time.Hour)), true), 403, "AccessDenied")
	w.ok(set("owner", retain("GOVERNANCE", in(time.Hour)), true))
	w.ok(set("owner", "<Retention/>", true))
	w.refused(request{as: "owner", uri: uri + "?retention"}, 404, "NoSuchObjectLockConfiguration")
	w.ok(set("owner", retain("GOVERNANCE", in(time.Hour)), false))
	bulk := "<Delete><Object><Key>k</Key><VersionId>" + v + "</VersionId></Object></Delete>"
	if a := w.ok(request{as: "owner", method: "POST", uri: "/" + b + "?delete", body: bulk, header: map[string]string{"Content-MD5": md5Header(bulk)}}); a.element("Code") != "AccessDenied" {
		t.Errorf("DeleteObjects: %s", a.body)
	}
	remove.header = map[string]string{"X-Amz-Bypass-Governance-Retention": "true"}
	w.ok(remove)

	v = w.locked(uri, "Mode", "COMPLIANCE", "Retain-Until-Date", in(time.Hour))
	remove.uri = uri + "?versionId=" + v
	w.refused(remove, 403, "AccessDenied")
	w.refused(set("owner", retain("GOVERNANCE", in(2*time.Hour)), true), 403, "AccessDenied")
	w.ok(set("owner", retain("COMPLIANCE", in(2*time.Hour)), false))
}

func TestLegalHold(t *testing.T) {
	w := newWorld(t)
	b, free := w.lockBucket(), w.bucket()
	w.put("/"+free+"/k", "x")
	uri := "/" + b + "/k"
	v := w.locked(uri)
	set := func(uri, status string) request {
		return request{as: "owner", method: "PUT", uri: uri + "?legal-hold", body: "<LegalHold><Status>" + status + "</Status></LegalHold>"}
	}
	w.refused(set("/"+free+"/k", "ON"), 400, "InvalidRequest")
	w.refused(request{as: "owner", uri: "/" + free + "/k?legal-hold"}, 400, "InvalidRequest")
	w.refused(set("/"+b+"/none", "ON"), 404, "NoSuchKey")
	w.refused(set(uri, "on"), 400, "MalformedXML")
	w.refused(set(uri, ""), 400, "MalformedXML")
	w.refused(request{as: "owner", method: "PUT", uri: uri + "?legal-hold"}, 400, "MalformedXML")
	w.ok(set(uri, "ON"))
	w.golden("legalhold.xml", w.get(uri+"?legal-hold").body)
	w.refused(request{as: "other", uri: uri + "?legal-hold"}, 403, "AccessDenied")
	remove := request{as: "owner", method: "DELETE", uri: uri + "?versionId=" + v, header: map[string]string{"X-Amz-Bypass-Governance-Retention": "true"}}
	w.refused(remove, 403, "AccessDenied")
	w.ok(set(uri, "OFF"))
	if a := w.get(uri + "?legal-hold"); a.element("Status") != "OFF" {
		t.Error(a.body)
	}
	w.ok(remove)
}
