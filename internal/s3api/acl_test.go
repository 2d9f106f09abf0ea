package s3api

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"coffer/internal/authz"
	"coffer/internal/ident"
	"coffer/internal/object"
	"coffer/internal/s3xml"
)

// userBucket makes a user-owned bucket of the plain user's.
func (w *world) userBucket(header ...string) string {
	w.t.Helper()
	name := w.bucket() + "-own"
	w.ok(request{as: "plain", region: "local-2", method: "PUT", uri: "/" + name, host: "s3.local-2.localhost:9000", header: pairs(header)})
	return name
}

func pairs(list []string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(list); i += 2 {
		m[list[i]] = list[i+1]
	}
	return m
}

// aclDoc makes a document: owner, then grantee and permission, a grantee being an id, a mail or a group's name.
func aclDoc(owner string, grants ...string) string {
	var b strings.Builder
	b.WriteString(`<AccessControlPolicy xmlns="` + s3xml.Namespace + `"><Owner><ID>` + owner + `</ID></Owner><AccessControlList>`)
	for i := 0; i+1 < len(grants); i += 2 {
		who, kind, element := grants[i], "CanonicalUser", "ID"
		switch {
		case strings.Contains(who, "@"):
			kind, element = "AmazonCustomerByEmail", "EmailAddress"
		case strings.Contains(who, "/"):
			kind, element, who = "Group", "URI", "http://acs.amazonaws.com/groups/"+who
		}
		b.WriteString(`<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="` + kind + `"><` + element + `>` + who +
			`</` + element + `></Grantee><Permission>` + grants[i+1] + `</Permission></Grant>`)
	}
	return b.String() + `</AccessControlList></AccessControlPolicy>`
}

const everybodyGroup, accountsGroup = "global/AllUsers", "global/AuthenticatedUsers"

// send is a PUT of the owner's with headers.
func send(uri, body string, header ...string) request {
	return request{as: "owner", method: "PUT", uri: uri, body: body, header: pairs(header)}
}

func (q request) by(role string) request { q.as = role; return q }

// TestCannedACLs: what each canned list opens, on an object by every way of making one and by ?acl, and on a bucket.
func TestCannedACLs(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.put("/"+b+"/source", "x")
	type opened struct{ nobody, other, plain bool }
	check := func(uri string, want opened) {
		t.Helper()
		for role, open := range map[string]bool{"": want.nobody, "other": want.other, "plain": want.plain} {
			for _, method := range []string{"GET", "HEAD"} {
				if a := w.do(request{as: role, method: method, uri: uri}); (a.status == 200) != open || !open && a.status != 403 && method == "GET" {
					t.Errorf("%s %s by %q: %d, want it open: %v", method, uri, role, a.status, open)
				}
			}
		}
	}
	for canned, want := range map[string]opened{"private": {}, "public-read": {true, true, true}, "public-read-write": {true, true, true},
		"authenticated-read": {false, true, true}, "bucket-owner-read": {}, "bucket-owner-full-control": {}, "log-delivery-write": {}} {
		h := []string{"X-Amz-Acl", canned}
		w.ok(send("/"+b+"/put-"+canned, "x", h...))
		w.ok(send("/"+b+"/copy-"+canned, "", append(h, copySource, b+"/source")...))
		id := w.ok(request{as: "owner", method: "POST", uri: "/" + b + "/up-" + canned + "?uploads", header: pairs(h)}).element("UploadId")
		etag := w.ok(send("/"+b+"/up-"+canned+"?partNumber=1&uploadId="+id, "x")).header["ETag"][0]
		w.ok(request{as: "owner", method: "POST", uri: "/" + b + "/up-" + canned + "?uploadId=" + id,
			body: "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + etag + "</ETag></Part></CompleteMultipartUpload>"})
		w.put("/"+b+"/later-"+canned, "x")
		w.ok(send("/"+b+"/later-"+canned+"?acl", "", h...))
		for _, way := range []string{"put-", "copy-", "up-", "later-"} {
			check("/"+b+"/"+way+canned, want)
			check("/"+b+"/"+way+canned+"?acl", opened{})
		}
		own := w.bucket()
		w.ok(send("/"+own+"?acl", "", h...))
		check("/"+own, want)
		check("/"+own+"?acl", opened{})
		if a := w.do(request{method: "PUT", uri: "/" + own + "/new", body: "x"}); (a.status == 200) != (canned == "public-read-write") {
			t.Errorf("%s: an anonymous write: %d", canned, a.status)
		}
	}
	// What stood before is gone with its list; a copy has the list that it asks for and not the source's.
	w.put("/"+b+"/put-public-read", "again")
	check("/"+b+"/put-public-read", opened{})
	w.ok(send("/"+b+"/copied", "", copySource, b+"/later-public-read"))
	check("/"+b+"/copied", opened{})
	w.ok(send("/"+b+"/later-public-read?acl", "", "X-Amz-Acl", "private"))
	check("/"+b+"/later-public-read", opened{})
}

// TestPublicWrite: a bucket open for writing takes objects of everybody's, which are its owner's, and lets them be replaced and removed.
func TestPublicWrite(t *testing.T) {
	w := newWorld(t)
	b := w.bucket() + "-rw"
	w.ok(send("/"+b, "", "X-Amz-Acl", "public-read-write"))
	w.ok(request{method: "PUT", uri: "/" + b + "/k", body: "nobody's"})
	w.refused(request{uri: "/" + b + "/k"}, 403, "AccessDenied")
	if a := w.get("/" + b + "/k"); a.body != "nobody's" {
		t.Errorf("got %q", a.body)
	}
	if a := w.ok(request{uri: "/" + b + "?list-type=2"}); a.element("Key") != "k" {
		t.Error(a.body)
	}
	w.ok(request{method: "PUT", uri: "/" + b + "/k", body: "again"})
	w.ok(request{method: "DELETE", uri: "/" + b + "/k"})
	doc := "<Delete><Object><Key>k</Key></Object></Delete>"
	if a := w.ok(request{method: "POST", uri: "/" + b + "?delete", body: doc, header: pairs([]string{"X-Amz-Checksum-Crc32", crc32Of(doc)})}); a.element("Deleted") == "" {
		t.Error(a.body)
	}
	w.refused(request{uri: "/" + b + "?acl"}, 403, "AccessDenied")
	w.refused(request{uri: "/" + b + "?versions&policy"}, 400, "InvalidArgument")
	w.refused(request{method: "DELETE", uri: "/" + b}, 403, "AccessDenied")
}

// TestPublicWriteOpens: who writes because the bucket's list lets everybody may set the list of what is written, then and never again; who may
// write by a policy alone needs the right to set lists.
func TestPublicWriteOpens(t *testing.T) {
	w := newWorld(t)
	b, byPolicy := w.bucket()+"-rw", w.bucket()
	open := pairs([]string{"X-Amz-Acl", "public-read"})
	w.ok(send("/"+b, "", "X-Amz-Acl", "public-read-write"))
	w.ok(request{method: "PUT", uri: "/" + b + "/p", body: "open", header: open})
	if a := w.ok(request{uri: "/" + b + "/p"}); a.body != "open" {
		t.Errorf("got %q", a.body)
	}
	if a := w.post(b, "posted", "key", "f", "acl", "public-read"); a.status != 204 {
		t.Errorf("a form: %d %s", a.status, a.body)
	}
	w.ok(request{uri: "/" + b + "/f"})
	w.refused(request{method: "PUT", uri: "/" + b + "/p?acl", header: open}, 403, "AccessDenied")
	w.ok(send("/"+byPolicy+"?policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::`+byPolicy+`/*"}]}`))
	w.ok(request{method: "PUT", uri: "/" + byPolicy + "/p", body: "x"})
	w.refused(request{method: "PUT", uri: "/" + byPolicy + "/p", body: "x", header: open}, 403, "AccessDenied")
	w.ok(send("/"+b+"?publicAccessBlock", "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>"))
	w.refused(request{method: "PUT", uri: "/" + b + "/q", body: "x", header: open}, 403, "AccessDenied")
}

// TestGrants: by every form of grantee, in headers and in documents, and each permission apart.
func TestGrants(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	uri := "/" + b + "/k"
	other := w.users["other"]
	number := w.users["owner"].Contract.String()
	for _, who := range []string{`id="` + string(other.Canonical) + `"`, "id=" + other.Contract.String(), `emailAddress="otto@example.com"`,
		`uri="http://acs.amazonaws.com/groups/global/AuthenticatedUsers"`} {
		w.ok(send(uri, "x", "X-Amz-Grant-Read", who))
		w.ok(request{as: "other", uri: uri})
		w.refused(request{uri: uri}, 403, "AccessDenied")
		w.refused(request{as: "other", uri: uri + "?acl"}, 403, "AccessDenied")
		w.ok(send(uri, "x", "X-Amz-Grant-Read-Acp", who, "X-Amz-Grant-Write-Acp", who))
		w.refused(request{as: "other", uri: uri}, 403, "AccessDenied")
		w.ok(request{as: "other", uri: uri + "?acl"})
		w.ok(request{as: "other", method: "PUT", uri: uri + "?acl", body: aclDoc(number, everybodyGroup, "READ")})
		w.ok(request{uri: uri})
		w.refused(request{as: "other", method: "PUT", uri: uri + "?acl", body: aclDoc(number)}, 403, "AccessDenied")
	}
	for _, who := range []string{string(other.Canonical), other.Contract.String(), "otto@example.com", accountsGroup} {
		w.put(uri, "x")
		w.ok(send(uri+"?acl", aclDoc(number, number, "FULL_CONTROL", who, "READ")))
		w.ok(request{as: "other", uri: uri})
		w.refused(request{uri: uri}, 403, "AccessDenied")
		w.ok(send("/"+b+"?acl", aclDoc(number, who, "WRITE")))
		w.ok(request{as: "other", method: "PUT", uri: "/" + b + "/theirs", body: "x"})
		w.refused(request{as: "other", uri: "/" + b}, 403, "AccessDenied")
		w.refused(request{uri: "/" + b}, 403, "AccessDenied")
		w.ok(send("/"+b+"?acl", aclDoc(number, number, "FULL_CONTROL")))
		w.refused(request{as: "other", method: "PUT", uri: "/" + b + "/theirs", body: "x"}, 403, "AccessDenied")
		w.ok(request{as: "owner", method: "DELETE", uri: "/" + b + "/theirs"})
	}
	w.put(uri, "x")
	w.golden("acl.xml", w.get(uri+"?acl").body)
	w.golden("acl.xml", w.get("/"+b+"?acl").body)
	w.ok(send(uri+"?acl", aclDoc(number, string(other.Canonical), "READ", "otto@example.com", "WRITE_ACP", everybodyGroup, "READ", "s3/LogDelivery", "WRITE")))
	w.golden("aclgrants.xml", w.get(uri+"?acl").body)
	w.ok(send(uri+"?acl", aclDoc(number)))
	if a := w.get(uri + "?acl"); a.element("Grant") != "" || a.element("ID") != number {
		t.Errorf("a list without grants: %s", a.body)
	}
	w.get(uri)
}

func TestBadACLs(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.put("/"+b+"/k", "x")
	number := w.users["owner"].Contract.String()
	hundred := make([]string, 0, 202)
	for range 101 {
		hundred = append(hundred, everybodyGroup, "READ")
	}
	for name, c := range map[string]struct {
		q    request
		code string
	}{
		"nothing":            {send("", ""), "MissingSecurityHeader"},
		"canned":             {send("", "", "X-Amz-Acl", "open"), "InvalidArgument"},
		"canned and grant":   {send("", "", "X-Amz-Acl", "private", "X-Amz-Grant-Read", "id="+number), "InvalidRequest"},
		"canned and body":    {send("", aclDoc(number), "X-Amz-Acl", "private"), "UnexpectedContent"},
		"grant and body":     {send("", aclDoc(number), "X-Amz-Grant-Read", "id="+number), "UnexpectedContent"},
		"bad grant and body": {send("", aclDoc(number), "X-Amz-Grant-Read", number), "UnexpectedContent"},
		"grant of no form":   {send("", "", "X-Amz-Grant-Read", number), "InvalidArgument"},
		"grant to nobody":    {send("", "", "X-Amz-Grant-Read", "id="), "InvalidArgument"},
		"grant to a group":   {send("", "", "X-Amz-Grant-Read", "uri=http://x"), "InvalidArgument"},
		"grant by mail":      {send("", "", "X-Amz-Grant-Read", "emailAddress=none@example.com"), "UnresolvableGrantByEmailAddress"},
		"not XML":            {send("", "x"), "MalformedACLError"},
		"another document":   {send("", "<Tagging/>"), "MalformedACLError"},
		"no owner":           {send("", strings.Replace(aclDoc(number), "<ID>"+number+"</ID>", "", 1)), "MalformedACLError"},
		"no such owner":      {send("", aclDoc("nobody")), "InvalidArgument"},
		"no such grantee":    {send("", aclDoc(number, strings.Repeat("0", 32), "READ")), "InvalidArgument"},
		"no such contract":   {send("", aclDoc(number, "10000001", "READ")), "InvalidArgument"},
		"an access key":      {send("", aclDoc(number, string(w.keys["other"].AccessKey), "READ")), "InvalidArgument"},
		"no such mail":       {send("", aclDoc(number, "none@example.com", "READ")), "UnresolvableGrantByEmailAddress"},
		"no such group":      {send("", aclDoc(number, "global/Some", "READ")), "InvalidArgument"},
		"no such permission": {send("", aclDoc(number, number, "ALL")), "MalformedACLError"},
		"no type":            {send("", strings.Replace(aclDoc(number, number, "READ"), "xsi:type", "xsi:kind", 1)), "MalformedACLError"},
		"no such type":       {send("", strings.Replace(aclDoc(number, number, "READ"), "CanonicalUser", "User", 1)), "MalformedACLError"},
		"too many":           {send("", aclDoc(number, hundred...)), "MalformedACLError"},
		"two documents":      {send("", aclDoc(number)+aclDoc(number)), "MalformedACLError"},
	} {
		for _, at := range []string{"/" + b + "?acl", "/" + b + "/k?acl"} {
			q := c.q
			q.uri = at
			if a := w.do(q); a.status != 400 || a.code() != c.code {
				t.Errorf("%s at %s: %d %s, want %s", name, at, a.status, a.body, c.code)
			}
		}
	}
	w.refused(send("/"+b+"/k?acl", aclDoc(w.users["other"].Contract.String())), 403, "AccessDenied")
	w.refused(send("/"+b+"/k?acl", "", "X-Amz-Acl", "aws-exec-read"), 501, "NotImplemented")
	w.refused(send("/"+b+"/none?acl", "", "X-Amz-Acl", "private"), 404, "NoSuchKey")
	w.refused(send("/"+b+"/none?acl", "", "X-Amz-Acl", "private").by("other"), 403, "AccessDenied")
	w.refused(request{as: "owner", uri: "/" + b + "/none?acl"}, 404, "NoSuchKey")
	w.refused(request{as: "other", uri: "/" + b + "/none?acl"}, 403, "AccessDenied")
	w.refused(send("/"+b+"?acl", strings.Repeat(" ", 65<<10)), 400, "MaxMessageLengthExceeded")
}

// TestVersionsHaveTheirACL: each version its own, and a list by version needs the rights of versions.
func TestVersionsHaveTheirACL(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.ok(send("/"+b+"?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"))
	first := w.ok(send("/"+b+"/k", "one", "X-Amz-Acl", "public-read")).header["x-amz-version-id"][0]
	second := w.put("/"+b+"/k", "two").header["x-amz-version-id"][0]
	w.refused(request{uri: "/" + b + "/k"}, 403, "AccessDenied")
	if a := w.ok(request{uri: "/" + b + "/k?versionId=" + first}); a.body != "one" {
		t.Errorf("got %q", a.body)
	}
	w.refused(request{uri: "/" + b + "/k?versionId=" + second}, 403, "AccessDenied")
	if a := w.ok(send("/"+b+"/k?acl&versionId="+second, "", "X-Amz-Acl", "public-read")); a.header["x-amz-version-id"][0] != second {
		t.Errorf("%v", a.header)
	}
	w.ok(request{uri: "/" + b + "/k"})
	w.ok(request{as: "owner", method: "DELETE", uri: "/" + b + "/k"})
	for _, q := range []string{"", "?versionId=null", "?versionId=" + strings.Repeat("0", len(first))} {
		a := w.do(request{uri: "/" + b + "/k" + q})
		if a.status != 403 || a.header["x-amz-delete-marker"] != nil {
			t.Errorf("%q: who may not list learns of a marker: %d %v", q, a.status, a.header)
		}
	}
	w.ok(send("/"+b+"?acl", "", "X-Amz-Acl", "public-read"))
	w.refused(request{uri: "/" + b + "/k"}, 404, "NoSuchKey")
	w.refused(request{as: "owner", uri: "/" + b + "/k?acl"}, 404, "NoSuchKey")
}

// TestObjectsOfOthers: in a bucket with ACLs an object is its writer's, whom the bucket's owner can only remove, until ownership is the
// bucket owner's.
func TestObjectsOfOthers(t *testing.T) {
	w := newWorld(t)
	other := w.users["other"]
	for _, c := range []struct{ bucket, owner, writer string }{
		{w.bucket(), "owner", other.Contract.String()},
		{w.userBucket(), "plain", string(other.Canonical)},
	} {
		b := "/" + c.bucket
		own := func(q request) request { return q.by(c.owner) }
		w.ok(own(send(b+"?acl", "", "X-Amz-Grant-Write", "id="+string(other.Canonical))))
		w.ok(send(b+"/k", "x").by("other"))
		w.ok(request{as: "other", uri: b + "/k"})
		for _, uri := range []string{b + "/k", b + "/k?acl"} {
			w.refused(request{as: c.owner, uri: uri}, 403, "AccessDenied")
		}
		w.refused(own(send(b+"/copy", "", copySource, c.bucket+"/k")), 403, "AccessDenied")
		w.refused(request{as: c.owner, uri: b + "/k?attributes", header: pairs([]string{"X-Amz-Object-Attributes", "ETag"})}, 403, "AccessDenied")
		w.refused(own(send(b+"/k?acl", "", "X-Amz-Acl", "private")), 403, "AccessDenied")
		if a := w.ok(request{as: "other", uri: b + "/k?acl"}); a.element("ID") != c.writer || a.element("Permission") != "FULL_CONTROL" {
			t.Errorf("%s", a.body)
		}
		w.ok(send(b+"/k?acl", "", "X-Amz-Acl", "bucket-owner-read").by("other"))
		if a := w.ok(request{as: "other", uri: b + "/k?acl"}); a.element("ID") != c.writer {
			t.Errorf("the list changed the owner: %s", a.body)
		}
		w.ok(request{as: c.owner, uri: b + "/k"})
		w.ok(own(send(b+"/copy", "", copySource, c.bucket+"/k")))
		w.ok(send(b+"/p", "x", "X-Amz-Acl", "public-read").by("other"))
		w.ok(request{uri: b + "/p"})
		w.refused(request{as: c.owner, uri: b + "/p?acl"}, 403, "AccessDenied")
		w.ok(request{as: c.owner, method: "DELETE", uri: b + "/p"})
		w.ok(own(send(b+"?ownershipControls", ownershipDoc("BucketOwnerPreferred"))))
		w.ok(send(b+"/given", "x", "X-Amz-Acl", "bucket-owner-full-control").by("other"))
		w.ok(request{as: c.owner, uri: b + "/given?acl"})
		w.refused(request{as: "other", uri: b + "/given"}, 403, "AccessDenied")
		w.ok(send(b+"/kept", "x").by("other"))
		w.refused(request{as: c.owner, uri: b + "/kept"}, 403, "AccessDenied")
		w.ok(own(send(b+"?acl", "", "X-Amz-Acl", "private")))
		w.ok(own(send(b+"?ownershipControls", ownershipDoc("BucketOwnerEnforced"))))
		w.ok(request{as: c.owner, uri: b + "/kept"})
		w.refused(request{as: "other", uri: b + "/kept"}, 403, "AccessDenied")
	}
}

func ownershipDoc(set string) string {
	return "<OwnershipControls><Rule><ObjectOwnership>" + set + "</ObjectOwnership></Rule></OwnershipControls>"
}

func TestOwnershipControls(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	uri := "/" + b + "?ownershipControls"
	w.refused(request{as: "owner", uri: uri}, 404, "OwnershipControlsNotFoundError")
	for _, bad := range []string{"<x/>", ownershipDoc("Mine"), "<OwnershipControls/>", "<OwnershipControls><Rule/></OwnershipControls>",
		strings.Replace(ownershipDoc("ObjectWriter"), "</Rule>", "<Other/></Rule>", 1), ownershipDoc("ObjectWriter") + "<x/>", "",
		strings.Replace(ownershipDoc("ObjectWriter"), "</OwnershipControls>", "<Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>", 1)} {
		w.refused(send(uri, bad), 400, "MalformedXML")
	}
	w.ok(send(uri, ownershipDoc("BucketOwnerPreferred")))
	w.golden("ownership.xml", w.get(uri).body)
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		w.refused(request{as: "other", method: method, uri: uri}, 403, "AccessDenied")
	}
	w.ok(send("/"+b+"/k", "x", "X-Amz-Acl", "public-read"))
	w.ok(send("/"+b+"?acl", "", "X-Amz-Acl", "public-read"))
	w.refused(send(uri, ownershipDoc("BucketOwnerEnforced")), 400, "InvalidBucketAclWithObjectOwnership")
	w.ok(send("/"+b+"?acl", "", "X-Amz-Acl", "private"))
	w.ok(send(uri, ownershipDoc("BucketOwnerEnforced")))
	w.refused(request{uri: "/" + b + "/k"}, 403, "AccessDenied")
	w.golden("acl.xml", w.get("/"+b+"/k?acl").body)
	w.golden("acl.xml", w.get("/"+b+"?acl").body)
	for _, q := range []request{send("/"+b+"/k?acl", "", "X-Amz-Acl", "private"), send("/"+b+"?acl", aclDoc("x")), send("/"+b+"/n", "x", "X-Amz-Acl", "public-read"),
		send("/"+b+"/n", "x", "X-Amz-Acl", "private"), send("/"+b+"/n", "x", "X-Amz-Grant-Read", "id="+w.users["other"].Contract.String())} {
		w.refused(q, 400, "AccessControlListNotSupported")
	}
	w.ok(send("/"+b+"/n", "x", "X-Amz-Acl", "bucket-owner-full-control"))
	w.ok(send("/"+b+"/n", "x", "X-Amz-Grant-Full-Control", "id="+w.users["owner"].Contract.String()))
	w.ok(request{as: "owner", method: "DELETE", uri: uri})
	w.refused(request{as: "owner", uri: uri}, 404, "OwnershipControlsNotFoundError")
	w.ok(request{uri: "/" + b + "/k"})
}

// TestNewBuckets: ownership and list of a bucket begin with it; a setting switches lists off.
func TestNewBuckets(t *testing.T) {
	w := newWorld(t)
	name := func() string { return "/" + w.bucket() + "-new" }
	b := name()
	w.ok(send(b, "", "X-Amz-Object-Ownership", "BucketOwnerEnforced"))
	w.refused(send(b+"?acl", "", "X-Amz-Acl", "public-read"), 400, "AccessControlListNotSupported")
	if a := w.get(b + "?ownershipControls"); a.element("ObjectOwnership") != "BucketOwnerEnforced" {
		t.Error(a.body)
	}
	b = name()
	w.ok(send(b, "", "X-Amz-Acl", "public-read", "X-Amz-Object-Ownership", "ObjectWriter"))
	w.ok(request{uri: b})
	b = name()
	w.ok(send(b, "", "X-Amz-Grant-Read", "emailAddress=otto@example.com"))
	w.ok(request{as: "other", uri: b})
	w.refused(request{uri: b}, 403, "AccessDenied")
	w.refused(send(name(), "", "X-Amz-Object-Ownership", "Mine"), 400, "InvalidArgument")
	w.refused(send(name(), "", "X-Amz-Acl", "open"), 400, "InvalidArgument")
	w.refused(send(name(), "", "X-Amz-Acl", "public-read", "X-Amz-Object-Ownership", "BucketOwnerEnforced"), 400, "InvalidBucketAclWithObjectOwnership")
	w.ok(send(name(), "", "X-Amz-Acl", "private", "X-Amz-Object-Ownership", "BucketOwnerEnforced"))
	off := newWorld(t, func(c *Config) { c.Ownership = authz.BucketOwnerEnforced })
	b = name()
	off.refused(send(b, "", "X-Amz-Acl", "public-read"), 400, "InvalidBucketAclWithObjectOwnership")
	off.ok(send(b, ""))
	off.refused(send(b+"/k", "x", "X-Amz-Acl", "public-read"), 400, "AccessControlListNotSupported")
	b = name()
	off.ok(send(b, "", "X-Amz-Object-Ownership", "ObjectWriter"))
	off.ok(send(b+"/k", "x", "X-Amz-Acl", "public-read"))
}

// TestPublicBlockOnACLs: new public lists are refused, those that are there give nothing, and both end with the setting.
func TestPublicBlockOnACLs(t *testing.T) {
	w := newWorld(t)
	b := "/" + w.bucket()
	block := func(flag string) {
		t.Helper()
		w.ok(send(b+"?publicAccessBlock", "<PublicAccessBlockConfiguration><"+flag+">true</"+flag+"></PublicAccessBlockConfiguration>"))
	}
	w.ok(send(b+"/k", "x", "X-Amz-Acl", "public-read"))
	w.ok(send(b+"?acl", "", "X-Amz-Acl", "authenticated-read"))
	block("BlockPublicAcls")
	w.ok(request{uri: b + "/k"})
	number := w.users["owner"].Contract.String()
	for _, q := range []request{send(b+"/n", "x", "X-Amz-Acl", "public-read"), send(b+"/k?acl", "", "X-Amz-Acl", "authenticated-read"),
		send(b+"?acl", aclDoc(number, everybodyGroup, "WRITE")), send(b+"/n", "", copySource, b+"/k", "X-Amz-Acl", "public-read"),
		send(b+"/n", "x", "X-Amz-Grant-Read", `uri="http://acs.amazonaws.com/groups/global/AllUsers"`)} {
		w.refused(q, 403, "AccessDenied")
	}
	w.ok(send(b+"/n", "x", "X-Amz-Grant-Read", "emailAddress=otto@example.com"))
	block("IgnorePublicAcls")
	w.refused(request{uri: b + "/k"}, 403, "AccessDenied")
	w.refused(request{as: "other", uri: b}, 403, "AccessDenied")
	w.ok(request{as: "other", uri: b + "/n"})
	w.ok(send(b+"/later", "x", "X-Amz-Acl", "public-read"))
	w.refused(request{uri: b + "/later"}, 403, "AccessDenied")
	block("RestrictPublicBuckets")
	w.ok(request{uri: b + "/later"})
	w.ok(request{as: "owner", method: "DELETE", uri: b + "?publicAccessBlock"})
	w.ok(request{as: "other", uri: b})
}

// TestPoliciesAndACLs: a policy's Deny holds against a list; who writes by a policy may open the object to others only if the policy
// lets them set lists.
func TestPoliciesAndACLs(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	uri := "/" + b + "/k"
	w.ok(send(uri, "x", "X-Amz-Acl", "public-read"))
	w.policy(b, statement(b, "Deny", "s3:GetObject", "/*", `{"Bool":{"aws:SecureTransport":"false"}}`))
	w.refused(request{uri: uri}, 403, "AccessDenied")
	plain := w.users["plain"]
	only := func(actions string) string {
		return strings.Replace(statement(b, "Allow", actions, "/*", ""), `"Principal":"*"`, `"Principal":{"AWS":"`+ident.ContractUserID(plain.Contract, plain.ID)+`"}`, 1)
	}
	w.policy(b, only("s3:PutObject"))
	w.ok(send("/"+b+"/n", "x").by("plain"))
	w.ok(send("/"+b+"/n", "x", "X-Amz-Acl", "private").by("plain"))
	w.refused(send("/"+b+"/n", "x", "X-Amz-Acl", "public-read").by("plain"), 403, "AccessDenied")
	w.policy(b, only("s3:PutObject*"))
	w.ok(send("/"+b+"/n", "x", "X-Amz-Acl", "public-read").by("plain"))
	w.ok(request{uri: "/" + b + "/n"})
	w.policy(b, statement(b, "Deny", "s3:PutObject", "/*", `{"StringEquals":{"s3:x-amz-acl":"public-read"}}`))
	w.refused(send("/"+b+"/n", "x", "X-Amz-Acl", "public-read"), 403, "AccessDenied")
	w.ok(send("/"+b+"/n", "x", "X-Amz-Acl", "authenticated-read"))
	// the vendor's examples name users who are not here; an id that leads nowhere is a slip
	w.policy(b, strings.Replace(only("s3:GetObject"), string(plain.ID), strings.Repeat("0", 8)+string(plain.ID)[8:], 1))
	nobody := strings.Replace(statement(b, "Allow", "s3:GetObject", "/*", ""), `"Principal":"*"`, `"Principal":{"CanonicalUser":"`+strings.Repeat("0", 32)+`"}`, 1)
	w.refused(request{as: "owner", method: "PUT", uri: "/" + b + "?policy", body: nobody}, 400, "MalformedPolicy")
}

// TestACLsAndConditions: a precondition tells nothing of an object that its list keeps shut.
func TestACLsAndConditions(t *testing.T) {
	w := newWorld(t)
	b := "/" + w.bucket()
	w.put(b+"/shut", "x")
	w.ok(send(b+"/open", "x", "X-Amz-Acl", "public-read"))
	for header, value := range map[string]string{"If-None-Match": "*", "If-Match": "none", "Range": "bytes=9-", "If-Modified-Since": now.Format(http.TimeFormat)} {
		q := request{uri: b + "/shut", header: pairs([]string{header, value})}
		if a := w.refused(q, 403, "AccessDenied"); a.header["ETag"] != nil {
			t.Errorf("%s: %v", header, a.header)
		}
		q.uri = b + "/open"
		if a := w.do(q); a.status == 403 || a.status == 200 {
			t.Errorf("%s of an open object: %d", header, a.status)
		}
	}
	w.refused(request{uri: b + "/open?partNumber=2"}, 416, "InvalidPartNumber")
	w.refused(request{uri: b + "/shut?partNumber=2"}, 403, "AccessDenied")
	w.refused(request{as: "other", method: "PUT", uri: b + "/copy", header: pairs([]string{copySource, b + "/open"})}, 403, "AccessDenied")
	mine := w.userBucket()
	w.ok(request{as: "plain", method: "PUT", uri: "/" + mine + "/copy", header: pairs([]string{copySource, b + "/open"})})
	w.refused(request{as: "plain", method: "PUT", uri: "/" + mine + "/copy", header: pairs([]string{copySource, b + "/shut"})}, 403, "AccessDenied")
	w.refused(request{as: "plain", method: "PUT", uri: "/" + mine + "/copy", header: pairs([]string{copySource, b + "/none"})}, 403, "AccessDenied")
}

// interrupted lets something happen between the reading of a list and what is made of it.
type interrupted struct {
	object.API
	then func()
}

func (i interrupted) ACL(ctx context.Context, in *object.VersionRef) (string, ident.VersionID, error) {
	kept, v, err := i.API.ACL(ctx, in)
	i.then()
	return kept, v, err
}

// TestListsOfReplacedObjects: who may change the list of an object gets no hold of one that takes its place meanwhile.
func TestListsOfReplacedObjects(t *testing.T) {
	w := newWorld(t)
	b := "/" + w.bucket()
	w.ok(send(b+"?acl", "", "X-Amz-Grant-Write", "emailAddress=otto@example.com"))
	w.ok(send(b+"/k", "theirs").by("other"))
	between := newWorld(t, func(c *Config) {
		c.Objects = interrupted{c.Objects, func() { w.put(b+"/k", "ours") }}
	})
	between.refused(send(b+"/k?acl", "", "X-Amz-Acl", "private").by("other"), 409, "OperationAborted")
	w.ok(request{as: "owner", method: "DELETE", uri: b + "/k"})
	w.ok(send(b+"/k", "theirs").by("other"))
	between.refused(request{as: "other", uri: b + "/k?attributes", header: pairs([]string{"X-Amz-Object-Attributes", "ETag"})}, 403, "AccessDenied")
	w.refused(request{as: "other", uri: b + "/k"}, 403, "AccessDenied")
	if a := w.get(b + "/k"); a.body != "ours" {
		t.Errorf("got %q", a.body)
	}
}

// TestUploadsOfOthers: who may write to a bucket aborts and lists the uploads that they began, and no others'.
func TestUploadsOfOthers(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.ok(send("/"+b+"?acl", "", "X-Amz-Acl", "public-read-write"))
	begin := func(as string) string {
		return "/" + b + "/k?uploadId=" + w.ok(request{as: as, method: "POST", uri: "/" + b + "/k?uploads"}).element("UploadId")
	}
	owners, others := begin("owner"), begin("other")
	for _, method := range []string{"GET", "DELETE"} {
		w.refused(request{as: "other", method: method, uri: owners}, 403, "AccessDenied")
		w.refused(request{method: method, uri: owners}, 403, "AccessDenied")
		w.refused(request{method: method, uri: others}, 403, "AccessDenied")
		w.refused(request{as: "other", method: method, uri: "/" + b + "/k?uploadId=none"}, 403, "AccessDenied")
		w.refused(request{as: "owner", method: method, uri: "/" + b + "/k?uploadId=none"}, 404, "NoSuchUpload")
		w.ok(request{as: "other", method: method, uri: others})
		others = begin("other")
		w.ok(request{as: "owner", method: method, uri: others})
		others = begin("other")
	}
	w.policy(b, statement(b, "Deny", "s3:AbortMultipartUpload", "/*", ""))
	w.refused(request{as: "other", method: "DELETE", uri: others}, 403, "AccessDenied")
	w.policy(b, statement(b, "Allow", "s3:AbortMultipartUpload", "/*", ""))
	w.ok(request{as: "other", method: "DELETE", uri: owners})
}
