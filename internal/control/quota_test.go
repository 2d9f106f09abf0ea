package control

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"sync"
	"testing"

	"coffer/internal/api/console"
	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
	"coffer/internal/object"
	"coffer/internal/quota"
)

// storage has the buckets "photos", which is contract-owned, and "mine", which is the owner's, and keeps limits.
type storage struct {
	w      *world
	mu     sync.Mutex
	limits map[quota.Subject]quota.Limit
}

func (s *storage) Bucket(_ context.Context, name ident.BucketName) (*object.Bucket, error) {
	b := &object.Bucket{ID: ident.BucketID("id-" + name), Name: name, Contract: s.w.contract.ID}
	switch name {
	case "photos":
	case "mine":
		b.Ownership, b.User = ident.UserOwned, s.w.plain().ID
	case "foreign":
		b.Contract = 99999999
	default:
		return nil, errs.New(errs.NotFound, "NoSuchBucket", "")
	}
	return b, nil
}

func (s *storage) Used(_ context.Context, _ ident.ContractID, of quota.Subject) (quota.Amount, error) {
	if of.Bucket != "" {
		return quota.Amount{Objects: 1, Bytes: 10}, nil
	}
	return quota.Amount{Objects: 7, Bytes: 70}, nil
}

// EachBucket visits three buckets of the first contract: two in the first region, one in a region that is no more.
func (s *storage) EachBucket(_ context.Context, c ident.ContractID, visit func(*object.Bucket) error) error {
	if c != s.w.contract.ID {
		return nil
	}
	for name, region := range map[ident.BucketName]ident.RegionName{"photos": "local-1", "music": "local-1", "old": "gone-1"} {
		if err := visit(&object.Bucket{ID: ident.BucketID("id-" + name), Name: name, Contract: c, Region: region}); err != nil {
			return err
		}
	}
	return nil
}

func (s *storage) Held(context.Context, *object.Bucket) (object.Held, error) {
	return object.Held{Objects: 1, Versions: 2, Bytes: 30, PartBytes: 4}, nil
}

func (s *storage) SetLimits(_ context.Context, _ ident.ContractID, all map[quota.Subject]quota.Limit) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limits = maps.Clone(all)
	return nil
}

func (s *storage) BucketExists(context.Context, ident.ContractID, ident.BucketID, ident.BucketName) (bool, error) {
	return true, nil
}

func TestQuotas(t *testing.T) {
	w := newWorld(t)
	set := func(by *iam.User, query string, status int, body string) console.Quota {
		t.Helper()
		a := w.do("PUT", "/console/quota"+query, as(by), body)
		if a.Code != status {
			t.Fatalf("PUT %s: %d %s", query, a.Code, a.Body)
		}
		var q console.Quota
		_ = json.Unmarshal(a.Body.Bytes(), &q)
		return q
	}
	get := func(by who, query string, status int) console.Quota {
		t.Helper()
		a := w.do("GET", "/console/quota"+query, by, nil)
		if a.Code != status {
			t.Fatalf("GET %s: %d %s", query, a.Code, a.Body)
		}
		var q console.Quota
		_ = json.Unmarshal(a.Body.Bytes(), &q)
		return q
	}
	plain, admin := w.plain(), w.admin()
	user, owner := "?userId="+string(plain.ID), "?userId="+string(w.owner.ID)

	q := set(admin, "?bucket=photos", 200, `{"objects":5}`)
	if q.Of != "bucket" || or(q.Objects, 0) != 5 || q.Bytes != nil || q.BytesUsed != 10 || q.ObjectsUsed != 1 || or(q.SetBy, "") != string(admin.ID) {
		t.Errorf("%+v", q)
	}
	set(admin, user, 200, `{"objects":3,"bytes":1000}`)
	set(admin, "?bucket=mine", 200, `{"bytes":500}`)
	set(admin, "", 403, `{"bytes":1}`)           // the contract's is the operator's
	set(w.owner, "", 403, `{"bytes":1}`)         // not even the owner's
	set(admin, owner, 403, `{"bytes":1}`)        // an administrator does not bind the owner
	set(plain, user, 403, `{"bytes":9999}`)      // nobody raises their own
	set(plain, "?bucket=mine", 403, `{}`)        // nor their bucket's
	set(admin, "?bucket=foreign", 404, `{}`)     // of another contract
	set(admin, "?bucket=photos", 400, `{"x":1}`) // unknown
	set(admin, "?bucket=photos", 400, `{"bytes":-1}`)
	set(admin, user+"&bucket=photos", 400, `{}`)
	if a := w.do("PUT", "/console/quota", inContract(w, asOperator), `{"bytes":100000}`); a.Code != 200 {
		t.Fatalf("the operator: %d %s", a.Code, a.Body)
	}
	want := map[quota.Subject]quota.Limit{{}: {Bytes: 100000}, {User: plain.ID}: {Objects: 3, Bytes: 1000}, {Bucket: "id-photos"}: {Objects: 5}, {Bucket: "id-mine"}: {Bytes: 500}}
	if !maps.Equal(w.held.limits, want) {
		t.Errorf("these limits hold: %v", w.held.limits)
	}

	if q := get(as(plain), user, 200); or(q.Objects, 0) != 3 || q.ObjectsUsed != 7 || q.Of != "user" || or(q.UserName, "") == "" {
		t.Errorf("one's own: %+v", q)
	}
	if q := get(as(plain), "?bucket=mine", 200); or(q.Bytes, 0) != 500 {
		t.Errorf("one's bucket's: %+v", q)
	}
	get(as(plain), "", 403)
	get(as(plain), "?bucket=photos", 403)
	get(as(plain), owner, 403)
	get(as(w.stranger()), "?bucket=photos", 404)
	if q := get(as(admin), "", 200); or(q.Bytes, 0) != 100000 || q.SetBy != nil || q.Set == nil {
		t.Errorf("the contract's: %+v", q)
	}
	var list console.QuotaList
	a := w.do("GET", "/console/quotas", as(admin), nil)
	if err := json.Unmarshal(a.Body.Bytes(), &list); err != nil || len(list.Items) != 4 || list.Items[0].Of != "contract" || list.Items[1].Of != "user" {
		t.Errorf("%s", a.Body)
	}

	set(admin, user, 200, `{}`)
	if q := get(as(plain), user, 200); q.Objects != nil || q.Bytes != nil || q.Set != nil {
		t.Errorf("removed: %+v", q)
	}
	if len(w.held.limits) != 3 {
		t.Errorf("these limits are left: %v", w.held.limits)
	}
	found := w.do("GET", "/console/audit?action=coffer:SetQuota&result=done&user="+string(plain.ID), as(admin), nil)
	var page console.AuditPage
	if err := json.Unmarshal(found.Body.Bytes(), &page); err != nil || len(page.Items) != 3 || or(page.Items[0].Detail, "") != "any number of objects, any number of bytes" {
		t.Errorf("recorded: %s", found.Body)
	}
	if a := w.do("DELETE", "/cloudapi/v6/um/users/"+string(plain.ID), as(admin), nil); a.Code != http.StatusAccepted {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	get(as(admin), user, 404)
}
