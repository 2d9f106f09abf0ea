package control

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"coffer/internal/api/console"
	"coffer/internal/ident"
	"coffer/internal/usage"
)

// TestAllKeys lists the keys of several users to an administrator, with what each was used for, and those of no other contract.
func TestAllKeys(t *testing.T) {
	w := newWorld(t)
	paul, key := w.victim()
	stranger := w.stranger()
	w.do("POST", "/accesskeys", as(stranger), `{"properties":{}}`)
	w.advance(time.Minute)
	w.do("POST", "/accesskeys", as(w.admin()), `{"properties":{"description":"backup","expires":"2036-01-31T00:00:00Z"}}`)
	w.usage.Note(&usage.Use{Contract: w.contract.ID, User: paul.ID, Key: key.AccessKey, At: w.clock(), Operation: "GetObject", Status: http.StatusOK})

	var list console.ContractKeyList
	w.do("GET", "/console/keys", as(w.admin()), nil).json(&list)
	byUser := map[ident.UserID]console.ContractKey{}
	for _, k := range list.Items {
		byUser[ident.UserID(k.UserId)] = k
	}
	if list.Total != len(list.Items) || list.Total < 2 {
		t.Fatalf("listed %d of %d keys", len(list.Items), list.Total)
	}
	if _, ok := byUser[stranger.ID]; ok {
		t.Error("a key of another contract is listed")
	}
	if k := byUser[paul.ID]; k.AccessKey != string(key.AccessKey) || k.LastUsed == nil || *k.LastOperation != "GetObject" || k.Expires != nil || k.Administrative {
		t.Errorf("the user's key: %+v", k)
	}
	if k := byUser[w.admin().ID]; k.Description != "backup" || k.LastUsed != nil || k.Expires == nil || !k.Administrative {
		t.Errorf("the administrator's key: %+v", k)
	}
	for i, want := range list.Items[:2] {
		var page console.ContractKeyList
		w.do("GET", fmt.Sprintf("/console/keys?limit=1&offset=%d", i), as(w.admin()), nil).json(&page)
		if len(page.Items) != 1 || page.Items[0].AccessKey != want.AccessKey || page.Total != list.Total {
			t.Errorf("page %d: %+v", i, page)
		}
	}
	if a := w.do("GET", "/console/keys?limit=10001", as(w.admin()), nil); a.Code != http.StatusBadRequest {
		t.Errorf("too large a limit answered %d", a.Code)
	}
}
