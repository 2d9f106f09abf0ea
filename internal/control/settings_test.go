package control

import (
	"strings"
	"testing"
	"time"

	"coffer/internal/api/console"
	"coffer/internal/api/management"
)

func TestExpiryOfKeys(t *testing.T) {
	w := newWorld(t)
	paul := w.plain()
	end := w.clock().Add(48 * time.Hour)
	make := func(expires string) answered {
		return w.do("POST", "/accesskeys", as(paul), `{"properties":{"description":"d","expires":"`+expires+`"}}`)
	}
	var k management.AccessKeyRead
	make(end.Format(time.RFC3339)).json(&k)
	if k.Metadata.Expires == nil || !k.Metadata.Expires.Equal(stamp(end)) {
		t.Errorf("made with %v", k.Metadata.Expires)
	}
	put := func(expires string) (out management.AccessKeyRead) {
		w.do("PUT", "/accesskeys/"+k.Id.String(), as(paul), `{"properties":{"description":"e"`+expires+`}}`).json(&out)
		return out
	}
	if out := put(""); out.Metadata.Expires == nil || out.Properties.Description != "e" {
		t.Errorf("describing changed the expiry to %v", out.Metadata.Expires)
	}
	if out := put(`,"expires":"never"`); out.Metadata.Expires != nil {
		t.Errorf("never is %v", out.Metadata.Expires)
	}
	if a := make("soon"); a.Code != 400 || !strings.Contains(a.message(), "expires") {
		t.Errorf("soon: %d %s", a.Code, a.Body)
	}
	if a := w.do("PUT", "/console/contract", as(w.owner), `{"name":"First","secrets":"once","maxKeyDays":7}`); a.Code != 200 {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	if a := make("never"); a.Code != 422 || !strings.Contains(a.Body.String(), `"KeyExpiry"`) {
		t.Errorf("never against the contract's maximum: %d %s", a.Code, a.Body)
	}
	var made management.AccessKeyRead
	make("").json(&made)
	if made.Metadata.Expires == nil || !made.Metadata.Expires.Equal(stamp(w.clock().Add(7*24*time.Hour))) {
		t.Errorf("without a choice: %v", made.Metadata.Expires)
	}
	if a := w.do("GET", "/cloudapi/v6/um/users/"+string(paul.ID)+"/s3keys/"+made.Properties.AccessKey, as(w.admin()), nil); a.Code != 200 || strings.Contains(a.Body.String(), made.Properties.SecretKey) {
		t.Errorf("a secret shown once is read again: %d", a.Code)
	}
	session, _ := w.signIn(paul)
	link := `{"requests":[{"method":"GET","bucket":"photos","key":"a","accessKey":"` + made.Properties.AccessKey + `"}]}`
	if a := w.do("POST", "/console/sign", session, link); a.Code != 200 {
		t.Errorf("a link under a key whose secret is not shown: %d %s", a.Code, a.Body)
	}
	if n := len(w.records("action=coffer:SignLink")); n != 1 {
		t.Errorf("the link left %d records", n)
	}
	var c console.ContractSettings
	w.do("GET", "/console/contract", as(paul), nil).json(&c)
	if c.Secrets != console.Once || c.MaxKeyDays != 7 || *c.Number != int32(w.contract.ID) {
		t.Errorf("%+v", c)
	}
	for _, bad := range []string{`{"name":"First","secrets":"never","maxKeyDays":7}`, `{"name":"","secrets":"once","maxKeyDays":7}`, `{"name":"First","secrets":"once","maxKeyDays":4000}`} {
		if a := w.do("PUT", "/console/contract", as(w.owner), bad); a.Code != 400 {
			t.Errorf("%s: %d", bad, a.Code)
		}
	}
}

func TestCodesThatPagesTellApart(t *testing.T) {
	w := newWorld(t)
	paul := w.plain()
	var first management.AccessKeyRead
	w.do("POST", "/accesskeys", as(paul), `{"properties":{}}`).json(&first)
	w.buckets.owned[paul.ID] = 2
	if a := w.do("DELETE", "/accesskeys/"+first.Id.String(), as(paul), nil); a.Code != 409 || !strings.Contains(a.Body.String(), `"LastKey"`) {
		t.Errorf("the only key: %d %s", a.Code, a.Body)
	}
	for range 4 {
		w.do("POST", "/accesskeys", as(paul), `{"properties":{}}`)
	}
	if a := w.do("POST", "/accesskeys", as(paul), `{"properties":{}}`); a.Code != 422 || !strings.Contains(a.Body.String(), `"TooManyKeys"`) {
		t.Errorf("a sixth key: %d %s", a.Code, a.Body)
	}
	if a := w.do("DELETE", "/cloudapi/v6/um/users/"+string(paul.ID), as(w.admin()), nil); a.Code != 422 || !strings.Contains(a.Body.String(), `"OwnsBuckets"`) ||
		!strings.Contains(a.message(), "owns 2 user-owned buckets") {
		t.Errorf("deleting who owns buckets: %d %s", a.Code, a.Body)
	}
}

func TestImportOfTheOlderKind(t *testing.T) {
	w := newWorld(t)
	path := "/operator/contracts/" + w.contract.ID.String() + "/users/" + string(w.admin().ID) + "/accesskeys"
	if a := w.do("POST", path, asOperator, `{"accessKey":"AKIAIOSFODNN7EXAMPLE","secretKey":"0123456789abcdef","validity":"user-owned-buckets-only"}`); a.Code != 201 {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	var keys management.AccessKeyReadList
	w.do("GET", "/accesskeys", as(w.admin()), nil).json(&keys)
	if k := keys.Items[0].Metadata; *k.Validity != management.UserOwnedBucketsOnly || *k.Administrative || strings.Join(k.SupportedRegions, " ") != "local-2" {
		t.Errorf("%+v", k)
	}
	if a := w.do("POST", path, asOperator, `{"accessKey":"AKIAIOSFODNN7EXAMPL2","secretKey":"0123456789abcdef","validity":"old"}`); a.Code != 400 {
		t.Errorf("an unknown validity: %d", a.Code)
	}
}
