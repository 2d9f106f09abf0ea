package acl

import (
	"reflect"
	"strings"
	"testing"

	"coffer/internal/authz"
	"coffer/internal/errs"
)

func TestHeaders(t *testing.T) {
	read := func(h map[string]string) (Asked, error) {
		return FromHeaders(func(name string) string { return h[name] })
	}
	got, err := read(map[string]string{"X-Amz-Grant-Read": `id="a", emailAddress="b@example.com"`, "X-Amz-Grant-Write-Acp": `URI=http://acs.amazonaws.com/groups/global/AllUsers`})
	want := []Grant{{Grantee{ID: "a"}, authz.Read}, {Grantee{Mail: "b@example.com"}, authz.Read}, {Grantee{Group: authz.AllUsers}, authz.WriteACP}}
	if err != nil || !reflect.DeepEqual(got.Grants, want) || got.None() {
		t.Errorf("got %+v, %v", got, err)
	}
	if a, err := read(nil); err != nil || !a.None() {
		t.Errorf("nothing: %+v, %v", a, err)
	}
	if _, err := read(map[string]string{"X-Amz-Grant-Read": strings.Repeat("id=a,", 100) + "id=a"}); errs.CodeOf(err) != "MalformedACLError" {
		t.Errorf("101 grants: %v", err)
	}
}

func TestCannedForBuckets(t *testing.T) {
	for name, n := range map[string]int{"private": 0, "public-read": 1, "public-read-write": 2, "authenticated-read": 1, "bucket-owner-read": 0,
		"bucket-owner-full-control": 0, "log-delivery-write": 2} {
		if g, err := Canned(name, true, "o"); err != nil || len(g) != n {
			t.Errorf("%s: %v, %v", name, g, err)
		}
	}
	if g, err := Canned("bucket-owner-read", false, "o"); err != nil || len(g) != 1 || g[0].ID != "o" || g[0].Permission != authz.Read {
		t.Errorf("%v, %v", g, err)
	}
}

// FuzzRead: what is read is within its limits, and is read again as written.
func FuzzRead(f *testing.F) {
	list := []authz.Grant{{ID: "a<b", Permission: authz.Read}, {Group: authz.AllUsers, Permission: authz.WriteACP}}
	f.Add(string(Append(nil, Party{"o", "n"}, list, func(string) string { return "" })))
	f.Add(`<AccessControlPolicy><Owner/><AccessControlList/></AccessControlPolicy>`)
	f.Fuzz(func(t *testing.T, doc string) {
		owner, asked, err := Read([]byte(doc))
		if err != nil {
			if code := errs.CodeOf(err); code != "MalformedACLError" && code != "InvalidArgument" {
				t.Fatalf("%v", err)
			}
			return
		}
		var grants []authz.Grant
		for _, a := range asked {
			if a.Mail != "" {
				return // a document never has one when it is written
			}
			grants = append(grants, authz.Grant{Group: a.Group, ID: a.ID, Permission: a.Permission})
		}
		again, more, err := Read(Append(nil, Party{ID: owner}, grants, func(string) string { return "" }))
		if len(doc) < MaxDocument/8 && (err != nil || again != owner || len(more) != len(grants)) {
			t.Fatalf("%q: %q, %+v, %v", doc, again, more, err)
		}
	})
}
