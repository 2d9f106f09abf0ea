package control

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"coffer/internal/iam"
	"coffer/internal/ident"
)

// overtaken is an IAM in which somebody else changes a user just before an update of theirs.
type overtaken struct {
	iam.API
	first func()
}

func (o *overtaken) UpdateUser(ctx context.Context, a iam.Actor, c ident.ContractID, id ident.UserID, in iam.UserChange) (*iam.User, error) {
	o.first()
	return o.API.UpdateUser(ctx, a, c, id, in)
}

// A PUT that names one property leaves alone what somebody else changed since the page was read.
func TestPartOfAUserIsChanged(t *testing.T) {
	w := newWorld(t)
	anna := w.admin()
	w.cfg.IAM = &overtaken{API: w.iam, first: func() {
		must(w.iam.UpdateUser(t.Context(), operator(), w.contract.ID, anna.ID, iam.UserChange{Administrator: new(false), Active: new(false)}))
	}}
	w.handler = must(New(w.cfg))
	if a := w.do("PUT", "/cloudapi/v6/um/users/"+string(anna.ID), as(w.owner), `{"properties":{"firstname":"Renamed"}}`); a.Code != 202 {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	u := must(w.iam.User(t.Context(), operator(), w.contract.ID, anna.ID))
	if u.FirstName != "Renamed" || u.Role != 0 || u.Active {
		t.Errorf("%+v", u)
	}
}

// A user made without being let in was never let in: one record, and no moment between two.
func TestMadeInactive(t *testing.T) {
	w := newWorld(t)
	a := w.do("POST", "/cloudapi/v6/um/users", as(w.owner), `{"properties":{"firstname":"N","lastname":"N","email":"n@example.org","password":"`+goodPassword+`","active":false}}`)
	var made struct {
		ID         string
		Properties struct{ Active bool }
	}
	a.json(&made)
	if a.Code != 202 || made.Properties.Active {
		t.Errorf("%d %s", a.Code, a.Body)
	}
	if a := w.do("GET", "/accesskeys", func(r *http.Request) { r.SetBasicAuth("n@example.org", goodPassword) }, nil); a.Code != 401 {
		t.Errorf("signed in: %d", a.Code)
	}
	if log := w.do("GET", "/console/audit?user="+made.ID, as(w.owner), nil).Body.String(); strings.Contains(log, "UpdateUser") || !strings.Contains(log, "CreateUser") {
		t.Errorf("recorded: %s", log)
	}
}

// Who changed a user or a group last is not who made it.
func TestWhoChangedIt(t *testing.T) {
	w := newWorld(t)
	paul, group := w.plain(), w.group()
	for target, body := range map[string]string{
		"/cloudapi/v6/um/users/" + string(paul.ID):   `{"properties":{"lastname":"Changed"}}`,
		"/cloudapi/v6/um/groups/" + string(group.ID): `{"properties":{"name":"changed","s3Privilege":true}}`,
	} {
		var got struct {
			Metadata struct{ CreatedByUserID, LastModifiedByUserID, LastModifiedBy string }
		}
		w.do("PUT", target, as(w.admin()), body).json(&got)
		if id := string(w.admin().ID); got.Metadata.LastModifiedByUserID != id || !strings.HasSuffix(got.Metadata.LastModifiedBy, id) || got.Metadata.CreatedByUserID == id {
			t.Errorf("%s: %+v", target, got.Metadata)
		}
	}
}

// The operator is told when the contract named is none, instead of being shown an empty one.
func TestTheOperatorNamesNoContract(t *testing.T) {
	w := newWorld(t)
	for _, target := range []string{"/cloudapi/v6/um/users", "/cloudapi/v6/um/groups", "/console/audit", "/console/keys", "/console/quotas"} {
		a := w.do("GET", target, func(r *http.Request) { asOperator(r); r.Header.Set("X-Contract-Number", "12345678") }, nil)
		if a.Code != 404 {
			t.Errorf("%s: %d %s", target, a.Code, a.Body)
		}
	}
}

// An administrator manages the owner's keys as anybody's, and gets no secret of theirs by it.
func TestTheOwnersSecretsAreTheOwners(t *testing.T) {
	w := newWorld(t)
	kp, anna, user := w.key(w.owner), as(w.admin()), "/cloudapi/v6/um/users/"+string(w.owner.ID)+"/s3keys"
	for _, c := range []struct {
		method, target, body string
		want                 int
	}{
		{"POST", user, "", 403}, {"PUT", "/accesskeys/" + string(kp.ID) + "/renew", "", 403}, {"GET", user, "", 200}, {"GET", user + "/" + string(kp.AccessKey), "", 200},
		{"PUT", user + "/" + string(kp.AccessKey), `{"properties":{"active":false}}`, 202}, {"PUT", user + "/" + string(kp.AccessKey), `{"properties":{"description":"x"}}`, 202},
		{"DELETE", user + "/" + string(kp.AccessKey), "", 202},
	} {
		var body any
		if c.body != "" {
			body = c.body
		}
		if a := w.do(c.method, c.target, anna, body); a.Code != c.want || strings.Contains(a.Body.String(), ident.SecretPrefix) {
			t.Errorf("%s %s: %d %s", c.method, c.target, a.Code, a.Body)
		}
	}
}

// Nothing is made of a body that says nothing, or that is no text.
func TestKeysOfBodiesThatSayNothing(t *testing.T) {
	w := newWorld(t)
	me := as(w.plain())
	for _, body := range []string{"{}", "null", `{"properties":null}`, `{"metadata":{}}`, `{"properties":[]}`, "{\"properties\":{\"description\":\"\xff\"}}", " ", "[]", "1"} {
		for _, target := range [][2]string{{"POST", "/accesskeys"}, {"PUT", "/accesskeys/11111111-2222-4333-8444-555555555555"}} {
			if a := w.do(target[0], target[1], me, body); a.Code != 400 || a.message() == "" {
				t.Errorf("%s %q: %d %s", target[0], body, a.Code, a.Body)
			}
		}
	}
	if keys := must(w.iam.Keys(t.Context(), operator(), w.contract.ID, w.plain().ID)); len(keys) != 0 {
		t.Errorf("%d keys were made", len(keys))
	}
	if a := w.do("POST", "/accesskeys", me, `{"properties":{}}`); a.Code != 201 {
		t.Errorf("properties without any: %d %s", a.Code, a.Body)
	}
}

// A session that has something to do first says what, and not that it has ended.
func TestSigningBeforeTheSecondFactor(t *testing.T) {
	w := newWorld(t)
	must(w.iam.UpdateUser(t.Context(), operator(), w.contract.ID, w.plain().ID, iam.UserChange{ForceSecAuth: new(true)}))
	me, _ := w.signIn(w.plain())
	a := w.do("POST", "/console/sign", me, `{"requests":[{"method":"GET"}]}`)
	if a.Code != 403 || !strings.Contains(a.Body.String(), string(iam.SecondFactorRequired)) {
		t.Errorf("%d %s", a.Code, a.Body)
	}
}

// The group flag accessActivityLog opens the audit log to its members, with names, and no other record.
func TestReadersOfTheActivityLog(t *testing.T) {
	w := newWorld(t)
	bert := w.bare()
	g := must(w.iam.CreateGroup(t.Context(), operator(), w.contract.ID, "auditors", iam.Privileges{iam.ActivityLogPrivilege: true}))
	if err := w.iam.AddMember(t.Context(), operator(), w.contract.ID, g.ID, bert.ID); err != nil {
		t.Fatal(err)
	}
	w.do("PUT", "/cloudapi/v6/um/groups/"+string(g.ID), as(w.owner), `{"properties":{"name":"auditors","accessActivityLog":true}}`)
	a := w.do("GET", "/console/audit", as(bert), nil)
	if a.Code != 200 || !strings.Contains(a.Body.String(), `"byName":"Olga Test"`) {
		t.Errorf("%d %s", a.Code, a.Body)
	}
	if a := w.do("GET", "/console/session", as(bert), nil); !strings.Contains(a.Body.String(), `"activityLog":true`) {
		t.Errorf("%s", a.Body)
	}
	for target, want := range map[string]int{"/console/audit/verify": 200, "/console/keys": 403, "/console/usage/buckets": 403, "/console/quotas": 403, "/cloudapi/v6/um/users": 403} {
		if a := w.do("GET", target, as(bert), nil); a.Code != want {
			t.Errorf("%s: %d %s", target, a.Code, a.Body)
		}
	}
}

// A key is described and given its end by administrators through the Cloud API: at the Object Storage Management API every id is its user's alone.
func TestChangingKeysOfOthers(t *testing.T) {
	w := newWorld(t)
	paul, kp := w.plain(), w.key(w.plain())
	for name, by := range map[string]who{"an administrator": as(w.admin()), "the owner": as(w.owner), "a stranger": as(w.stranger())} {
		if a := w.do("PUT", "/accesskeys/"+string(kp.ID), by, `{"properties":{"description":"mine now"}}`); a.Code != 409 {
			t.Errorf("%s: %d %s", name, a.Code, a.Body)
		}
	}
	key := "/cloudapi/v6/um/users/" + string(paul.ID) + "/s3keys/" + string(kp.AccessKey)
	end := w.clock().Add(48 * time.Hour).Truncate(time.Second)
	var got struct {
		Metadata   struct{ Expires *time.Time }
		Properties struct{ Description string }
	}
	w.do("PUT", key, as(w.admin()), `{"properties":{"description":"backup","expires":"`+end.Format(time.RFC3339)+`"}}`).json(&got)
	if got.Metadata.Expires == nil || !got.Metadata.Expires.Equal(end) || got.Properties.Description != "backup" {
		t.Errorf("%+v", got)
	}
	got.Metadata.Expires = nil
	w.do("PUT", key, as(w.admin()), `{"properties":{"expires":"never"}}`).json(&got)
	if got.Metadata.Expires != nil || got.Properties.Description != "backup" {
		t.Errorf("%+v", got)
	}
	if a := w.do("PUT", key, as(w.admin()), `{"properties":{"expires":"soon"}}`); a.Code != 400 || !strings.Contains(a.message(), "expires") {
		t.Errorf("%d %s", a.Code, a.Body)
	}
}
