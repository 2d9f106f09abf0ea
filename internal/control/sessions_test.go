package control

import (
	"net/http"
	"strings"
	"testing"

	"coffer/internal/api/console"
)

// calling makes requests bear the name of a program.
func calling(by who, program string) who {
	return func(r *http.Request) { by(r); r.Header.Set("User-Agent", program) }
}

func TestOneEndsOnesOtherSessions(t *testing.T) {
	w := newWorld(t)
	paul := w.plain()
	path := "/console/users/" + string(paul.ID) + "/sessions"
	list := func(by who) (out console.UserSessions) {
		t.Helper()
		w.do("GET", path, by, nil).json(&out)
		return out
	}
	here, _ := w.signIn(paul)
	firefox := "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	a := w.do("POST", "/console/session", calling(anonymous, firefox), map[string]string{"email": string(paul.Email), "password": goodPassword})
	cookie := a.Result().Cookies()[0]
	there := func(r *http.Request) { r.AddCookie(cookie) }
	all := list(here)
	if len(all.Items) != 2 {
		t.Fatalf("%d sessions are listed", len(all.Items))
	}
	other := all.Items[0]
	if other.Current {
		other = all.Items[1]
	}
	if other.Program != firefox || *other.Source != "192.0.2.1" || *other.LastSource != "192.0.2.1" || other.Current || other.Visitor != nil {
		t.Errorf("%+v", other)
	}
	if body := w.do("GET", path, here, nil).Body.String(); strings.Contains(body, cookie.Value) || strings.Contains(cookie.Value, other.Id) {
		t.Error("the list holds what signs somebody in")
	}
	if a := w.do("DELETE", path+"/"+other.Id, there, nil); a.Code != 403 {
		t.Errorf("a session is ended without the CSRF token: %d", a.Code)
	}
	if a := w.do("DELETE", path+"/"+other.Id, here, nil); a.Code != 204 {
		t.Fatalf("ending the other one is answered %d %s", a.Code, a.Body)
	}
	if a := w.do("GET", "/console/session", there, nil); a.Code != 401 {
		t.Errorf("the session that was ended answers %d", a.Code)
	}
	if a := w.do("DELETE", path+"/"+other.Id, here, nil); a.Code != 404 {
		t.Errorf("ended twice: %d", a.Code)
	}
	if r := w.records("action=coffer:EndSession&result=done"); len(r) != 1 || *r[0].Subject != other.Id || *r[0].By != string(paul.ID) || *r[0].User != string(paul.ID) {
		t.Errorf("recorded %+v", r)
	}

	// An administrator ends what is left, and the user is out.
	var ended console.EndedSessions
	w.signIn(paul)
	w.do("DELETE", path, as(w.admin()), nil).json(&ended)
	if a := w.do("GET", "/console/session", here, nil); a.Code != 401 || ended.Ended != 2 {
		t.Errorf("an administrator ended %d, and the session answers %d", ended.Ended, a.Code)
	}
	if len(list(as(paul)).Items) != 0 {
		t.Error("sessions are listed that have ended")
	}
	if a := w.do("DELETE", "/console/users/"+string(w.owner.ID)+"/sessions", as(w.admin()), nil); a.Code != 403 {
		t.Errorf("an administrator ends the owner's sessions: %d", a.Code)
	}
}
