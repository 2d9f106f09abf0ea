package control

import (
	"context"
	"strings"
	"testing"

	"coffer/internal/iam"
	"coffer/internal/ident"
)

// MoveBuckets moves counts.
func (b *buckets) MoveBuckets(_ context.Context, _ ident.ContractID, from ident.UserID, to iam.BucketOwner) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.owned[from]
	b.owned[to.User] += n
	delete(b.owned, from)
	return n, nil
}

func TestHandOver(t *testing.T) {
	w := newWorld(t)
	from, to, admin := w.plain(), w.admin(), w.admin()
	hand := func(by, from, to *iam.User, status int, code string) {
		t.Helper()
		a := w.do("POST", "/console/users/"+string(from.ID)+"/handover", as(by), `{"to":"`+string(to.ID)+`"}`)
		if a.Code != status || !strings.Contains(a.Body.String(), code) {
			t.Fatalf("%d %s, want %d %s", a.Code, a.Body, status, code)
		}
	}
	w.buckets.owned[from.ID] = 3
	remove := func() int { return w.do("DELETE", "/cloudapi/v6/um/users/"+string(from.ID), as(admin), nil).Code }
	if code := remove(); code != 422 {
		t.Fatalf("a user with buckets: %d", code)
	}
	hand(from, from, to, 403, "")
	hand(admin, w.owner, to, 403, "")        // the owner's account is the owner's
	hand(admin, from, w.stranger(), 404, "") // of another contract
	hand(admin, from, w.bare(), 409, "NoPrivilege")
	hand(admin, from, to, 409, "NoCanonicalId")
	if _, err := w.iam.CreateKey(context.Background(), operator(), w.contract.ID, to.ID, ""); err != nil {
		t.Fatal(err)
	}
	hand(admin, from, from, 400, "")
	hand(admin, from, to, 200, `"buckets":3`)
	if w.buckets.owned[to.ID] != 3 {
		t.Errorf("%v", w.buckets.owned)
	}
	found := w.do("GET", "/console/audit?action=coffer:HandOverBuckets&result=done", as(admin), nil).Body.String()
	if !strings.Contains(found, `3 buckets of paul@example.org to anna@example.org`) {
		t.Errorf("recorded: %s", found)
	}
	if code := remove(); code != 202 {
		t.Errorf("a user without buckets: %d", code)
	}
}

// TestListingSecretsIsOneRecord: a listing of several keys with their secrets is recorded once, with every key's id.
func TestListingSecretsIsOneRecord(t *testing.T) {
	w := newWorld(t)
	paul := w.plain()
	var ids []string
	for range 3 {
		k := must(w.iam.CreateKey(context.Background(), operator(), w.contract.ID, paul.ID, ""))
		ids = append(ids, string(k.ID))
	}
	a := w.do("GET", "/cloudapi/v6/um/users/"+string(paul.ID)+"/s3keys", as(w.admin()), nil)
	if n := strings.Count(a.Body.String(), `"secretKey":"`) - strings.Count(a.Body.String(), `"secretKey":""`); a.Code != 200 || n < 3 && !strings.Contains(a.Body.String(), `"secretKey": "`) {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	found := w.do("GET", "/console/audit?action=coffer:ReadSecretKey&result=done", as(w.admin()), nil).Body.String()
	if strings.Count(found, `"number"`) != 1 || !strings.Contains(found, strings.Join(ids, ", ")) {
		t.Errorf("recorded: %s", found)
	}
}
