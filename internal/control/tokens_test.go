package control

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func bearer(token string) who {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

func (w *world) token(by who, ttl int) string {
	w.t.Helper()
	var made struct{ Token string }
	w.do("GET", fmt.Sprintf("/auth/v1/tokens/generate?ttl=%d", ttl), by, nil).json(&made)
	if strings.Count(made.Token, ".") != 2 {
		w.t.Fatalf("no token was made: %+v", made)
	}
	return made.Token
}

// A token counts on each of the APIs, as its user and no more, until it is deleted or expires.
func TestTokensCountOnEveryAPI(t *testing.T) {
	w := newWorld(t)
	text := w.token(as(w.plain()), 3600)
	by := bearer(text)
	all := []string{"/accesskeys", "/regions", "/cloudapi/v6/contracts", "/cloudapi/v6/um/users/" + string(w.plain().ID), "/auth/v1/tokens", "/console/session"}
	for _, p := range all {
		if a := w.do("GET", p, by, nil); a.Code != 200 {
			t.Errorf("GET %s with a token: %d %s", p, a.Code, a.Body)
		}
	}
	for _, p := range []string{"/cloudapi/v6/um/users", "/operator/contracts"} {
		if a := w.do("GET", p, by, nil); a.Code != 403 {
			t.Errorf("GET %s with a plain user's token: %d %s", p, a.Code, a.Body)
		}
	}
	if a := w.do("GET", "/auth/v1/tokens", func(r *http.Request) { by(r); r.Header.Set("X-Contract-Number", "39999999") }, nil); a.Code != 403 {
		t.Errorf("with another contract's number: %d", a.Code)
	}
	if a := w.do("DELETE", "/auth/v1/tokens?criteria=CURRENT", by, nil); a.Code != 200 {
		t.Fatalf("delete the current one: %d %s", a.Code, a.Body)
	}
	for _, p := range all {
		if a := w.do("GET", p, by, nil); a.Code != 401 {
			t.Errorf("GET %s with a deleted token: %d", p, a.Code)
		}
	}
	by = bearer(w.token(as(w.plain()), 60))
	w.advance(61 * time.Second)
	if a := w.do("GET", "/accesskeys", by, nil); a.Code != 401 {
		t.Errorf("with an expired token: %d", a.Code)
	}
}

// What a program is told about itself ends with its token and has no CSRF token.
func TestProgramsLearnWhoTheyAre(t *testing.T) {
	w := newWorld(t)
	var s struct {
		CsrfToken string
		Expires   time.Time
		User      struct{ Email string }
	}
	w.do("GET", "/console/session", bearer(w.token(as(w.plain()), 3600)), nil).json(&s)
	if s.User.Email != "paul@example.org" || s.CsrfToken != "" || !s.Expires.Equal(stamp(w.clock()).Add(time.Hour)) {
		t.Errorf("by token: %+v", s)
	}
	w.do("GET", "/console/session", as(w.admin()), nil).json(&s)
	if s.User.Email != "anna@example.org" || s.CsrfToken != "" || !s.Expires.Equal(stamp(w.clock())) {
		t.Errorf("by password: %+v", s)
	}
}

// Generating is a GET that changes something: a page of another origin can't make a browser do it.
func TestTokensNeedTheCSRFToken(t *testing.T) {
	w := newWorld(t)
	me, csrf := w.signIn(w.plain())
	if a := w.do("GET", "/auth/v1/tokens/generate", me, nil); a.Code != 403 {
		t.Errorf("a session without its CSRF token: %d", a.Code)
	}
	a := w.do("GET", "/auth/v1/tokens/generate", func(r *http.Request) { me(r); r.Header.Set("X-CSRF-Token", csrf) }, nil)
	if a.Code != 200 {
		t.Errorf("a session with it: %d %s", a.Code, a.Body)
	}
}
