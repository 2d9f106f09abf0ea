package control

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"coffer/internal/api/console"
)

func TestInvitations(t *testing.T) {
	w := newWorld(t)
	paul := w.plain()
	invite := func() (i console.Invitation) {
		w.do("POST", "/console/users/"+string(paul.ID)+"/invitation", as(w.admin()), nil).json(&i)
		return i
	}
	accept := func(token, password string) answered {
		return w.do("POST", "/console/invitation", anonymous, map[string]string{"token": token, "password": password})
	}
	first := invite()
	if !strings.HasSuffix(first.Link, "/invitation#"+first.Token) || !first.Expires.Equal(stamp(w.clock().Add(7*24*time.Hour))) {
		t.Errorf("%+v", first)
	}
	second := invite()
	refused := func(what, token string) {
		t.Helper()
		if a := accept(token, "own-password-of-paul-7"); a.Code != 403 || !strings.Contains(a.Body.String(), `"InvitationOver"`) {
			t.Errorf("%s: %d %s", what, a.Code, a.Body)
		}
	}
	refused("one that was replaced", first.Token)
	refused("one that was changed", second.Token[:len(second.Token)-4]+"AAAA")
	refused("nonsense", "x")
	if a := accept(second.Token, "short"); a.Code != 400 {
		t.Errorf("a weak password: %d", a.Code)
	}
	session, _ := w.signIn(paul)
	if a := accept(second.Token, "own-password-of-paul-7"); a.Code != 200 || !strings.Contains(a.Body.String(), string(paul.Email)) {
		t.Fatalf("accepted: %d %s", a.Code, a.Body)
	}
	refused("one that was used", second.Token)
	if a := w.do("GET", "/accesskeys", session, nil); a.Code != 401 {
		t.Errorf("a session from before goes on: %d", a.Code)
	}
	if a := w.do("GET", "/accesskeys", func(r *http.Request) { r.SetBasicAuth(string(paul.Email), "own-password-of-paul-7") }, nil); a.Code != 200 {
		t.Errorf("the new password: %d", a.Code)
	}
	if a := w.do("GET", "/accesskeys", as(paul), nil); a.Code != 401 {
		t.Errorf("the old password: %d", a.Code)
	}
	if done := w.records("action=coffer:AcceptInvitation"); len(done) != 1 || *done[0].By != string(paul.ID) {
		t.Errorf("recorded %+v", done)
	}
	late := invite()
	w.advance(7 * 24 * time.Hour)
	refused("one that has expired", late.Token)
	if a := w.do("POST", "/console/users/"+string(w.owner.ID)+"/invitation", as(w.admin()), nil); a.Code != 403 {
		t.Errorf("an administrator invites the owner: %d", a.Code)
	}
}
