package s3api

import (
	"strings"
	"testing"
)

// owners gives the owner of each key in a listing, in its order: "key=id".
func owners(a reply, element string) string {
	var all []string
	for _, e := range a.elements(element) {
		r := reply{body: e}
		all = append(all, r.element("Key")+"="+reply{body: r.element("Owner")}.element("ID"))
	}
	return strings.Join(all, " ")
}

// TestListedOwners: every listing names who wrote an object, a marker or an upload, as long as that is whose it is.
func TestListedOwners(t *testing.T) {
	w := newWorld(t)
	other := w.users["other"]
	for _, c := range []struct{ bucket, owner, is, writer string }{
		{w.bucket(), "owner", w.users["owner"].Contract.String(), other.Contract.String()},
		{w.userBucket(), "plain", string(w.users["plain"].Canonical), string(other.Canonical)},
	} {
		b := "/" + c.bucket
		own := func(q request) request { return q.by(c.owner) }
		upload := func(key string) string {
			return w.ok(request{as: "other", method: "POST", uri: b + "/" + key + "?uploads"}).element("UploadId")
		}
		w.ok(own(send(b+"?acl", "", "X-Amz-Grant-Write", "id="+string(other.Canonical))))
		w.ok(own(send(b+"?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")))
		w.ok(own(send(b+"/a", "mine")))
		w.ok(send(b+"/b", "theirs").by("other"))
		w.ok(send(b+"/c", "", copySource, c.bucket+"/b").by("other"))
		id := upload("d")
		etag := w.ok(send(b+"/d?partNumber=1&uploadId="+id, "x").by("other")).header["ETag"][0]
		w.ok(request{as: "other", method: "POST", uri: b + "/d?uploadId=" + id,
			body: "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + etag + "</ETag></Part></CompleteMultipartUpload>"})
		// A list of many grants makes long attributes, which have a row of their own; a tag rewrites the version.
		w.ok(send(b+"/e", "x", "X-Amz-Meta-Long", strings.Repeat("l", 500), "X-Amz-Grant-Read", "id="+c.writer+", id="+c.is).by("other"))
		w.ok(send(b+"/e?acl", "", "X-Amz-Acl", "bucket-owner-full-control").by("other"))
		w.ok(own(send(b+"/e?tagging", "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>")))
		w.ok(send(b+"/f", "x").by("other"))
		w.ok(request{as: "other", method: "DELETE", uri: b + "/f"})
		w.ok(send(b+"/g", "x").by("other"))
		w.ok(request{as: "other", method: "POST", uri: b + "?delete", body: "<Delete><Object><Key>g</Key></Object></Delete>"})
		under := upload("h")
		check := func(mine, theirs string) {
			t.Helper()
			want := strings.NewReplacer("M", mine, "T", theirs).Replace("a=M b=T c=T d=T e=T")
			list := func(q, element string) string { return owners(w.ok(request{as: c.owner, uri: b + q}), element) }
			for _, q := range []string{"", "?list-type=2&fetch-owner=true"} {
				if got := list(q, "Contents"); got != want {
					t.Errorf("%q lists %q, want %q", q, got, want)
				}
			}
			if a := w.ok(request{as: c.owner, uri: b + "?list-type=2"}); strings.Contains(a.body, "<Owner>") {
				t.Errorf("owners are listed that nobody asked for: %s", a.body)
			}
			if got := list("?versions", "Version"); got != want+" f="+theirs+" g="+theirs {
				t.Errorf("versions are listed as %q", got)
			}
			if got := list("?versions", "DeleteMarker"); got != "f="+theirs+" g="+theirs {
				t.Errorf("delete markers are listed as %q", got)
			}
			if got := list("?uploads", "Upload"); got != "h="+theirs {
				t.Errorf("uploads are listed as %q", got)
			}
			if a := w.ok(request{as: "other", uri: b + "/h?uploadId=" + under}); (reply{body: a.element("Owner")}).element("ID") != theirs {
				t.Errorf("parts are listed as %s", a.body)
			}
		}
		check(c.is, c.writer)
		if a := w.ok(request{as: c.owner, uri: b}); (reply{body: reply{body: a.elements("Contents")[1]}.element("Owner")}).element("DisplayName") == "" {
			t.Errorf("a writer has no name: %s", a.body)
		}
		w.ok(own(send(b+"?acl", "", "X-Amz-Acl", "private")))
		w.ok(own(send(b+"?ownershipControls", ownershipDoc("BucketOwnerEnforced"))))
		w.ok(own(send(b+"?policy", `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:ListMultipartUploadParts","Resource":"arn:aws:s3:::`+c.bucket+`/*"}]}`)))
		check(c.is, c.is)
	}
}
