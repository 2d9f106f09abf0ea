package control

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"coffer/internal/iam"
)

// visit follows a link and returns who the session is.
func (w *world) visit(link string, status int, code string) (who, *iam.Session) {
	w.t.Helper()
	_, token, _ := strings.Cut(link, "/visit#")
	a := w.do("POST", "/console/visit", anonymous, map[string]string{"token": token})
	if a.Code != status || !strings.Contains(a.Body.String(), code) {
		w.t.Fatalf("the link is answered %d %s", a.Code, a.Body)
	}
	if status != 200 {
		return nil, nil
	}
	cookie := a.Result().Cookies()[0]
	var s struct{ CsrfToken string }
	a.json(&s)
	session := must(w.iam.Session(context.Background(), cookie.Value, netip.Addr{}))
	return func(r *http.Request) { r.AddCookie(cookie); r.Header.Set(csrfHeader, s.CsrfToken) }, session
}

func (w *world) ssoLink(by, of *iam.User, status int) string {
	w.t.Helper()
	a := w.do("GET", "/cloudapi/v6/um/users/"+string(of.ID)+"/s3ssourl", as(by), nil)
	if a.Code != status {
		w.t.Fatalf("%d %s", a.Code, a.Body)
	}
	var s struct{ SsoUrl string }
	if status == 200 {
		a.json(&s)
	}
	return s.SsoUrl
}

func TestVisitingAnothersStorage(t *testing.T) {
	w := newWorld(t)
	ctx, paul, anna := context.Background(), w.plain(), w.admin()
	if link := w.ssoLink(paul, paul, 200); strings.Contains(link, "visit") {
		t.Errorf("oneself gets %s", link)
	}
	w.ssoLink(paul, anna, 403)
	w.ssoLink(anna, w.owner, 403) // an administrator would become the owner
	w.ssoLink(w.stranger(), paul, 404)
	link := w.ssoLink(anna, paul, 200)
	visitor, session := w.visit(link, 200, `"visitor":{"id":"`+string(anna.ID)+`","name":"Anna Test"}`)
	w.visit(link, 403, "VisitOver") // it counts once

	// The user's storage, and nothing else of theirs.
	key, _, err := w.iam.SessionCredential(ctx, session)
	if err != nil {
		t.Fatal(err)
	}
	id, err := w.iam.Identify(ctx, key)
	if err != nil || id.Principal.User != paul.ID || w.iam.Visitor(ctx, key) != anna.ID {
		t.Errorf("the session signs as %+v, %v", id, err)
	}
	for _, c := range []struct{ method, path, body string }{
		{"POST", "/console/password", `{"old":"` + goodPassword + `","new":"river-otter-43-lantern"}`},
		{"POST", "/accesskeys", `{"properties":{"description":"x"}}`},
		{"GET", "/auth/v1/tokens/generate", ""},
		{"POST", "/console/second-factor", ""},
		{"GET", "/console/audit", ""},
	} {
		if a := w.do(c.method, c.path, visitor, c.body); a.Code != 403 || !strings.Contains(a.Body.String(), "Visiting") {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.Code, a.Body)
		}
	}
	if a := w.do("GET", "/console/session", visitor, nil); a.Code != 200 || !strings.Contains(a.Body.String(), "paul@example.org") {
		t.Errorf("the session: %d %s", a.Code, a.Body)
	}
	found := w.do("GET", "/console/audit?result=done&user="+string(paul.ID)+"&by="+string(anna.ID), as(anna), nil).Body.String()
	if !strings.Contains(found, "coffer:OpenStorage") || !strings.Contains(found, "coffer:VisitStorage") {
		t.Errorf("recorded: %s", found)
	}

	// Who is no administrator any more has no visit any more, at once, nor a key of it.
	if _, err := w.iam.UpdateUser(ctx, operator(), w.contract.ID, anna.ID, iam.UserChange{Administrator: new(false)}); err != nil {
		t.Fatal(err)
	}
	if a := w.do("GET", "/console/session", visitor, nil); a.Code != 401 {
		t.Errorf("a visitor who lost the role: %d", a.Code)
	}
	if _, err := w.iam.Identify(ctx, key); err == nil {
		t.Error("the key of the visit still counts")
	}
}

func TestVisitsEnd(t *testing.T) {
	w := newWorld(t)
	link := w.ssoLink(w.owner, w.plain(), 200)
	w.advance(61 * time.Second)
	w.visit(link, 403, "VisitOver")
	visitor, _ := w.visit(w.ssoLink(w.owner, w.plain(), 200), 200, "visitor")
	w.advance(30 * time.Minute)
	if a := w.do("GET", "/console/session", visitor, nil); a.Code != 200 {
		t.Errorf("after half an hour: %d", a.Code)
	}
	w.advance(31 * time.Minute)
	if a := w.do("GET", "/console/session", visitor, nil); a.Code != 401 {
		t.Errorf("after an hour: %d", a.Code)
	}
}
