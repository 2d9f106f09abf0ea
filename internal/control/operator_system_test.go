package control

import (
	"net/http"
	"strings"
	"testing"

	"coffer/internal/api/console"
)

// operatorSession signs the operator in to the console and returns who that is.
func (w *world) operatorSession() who {
	w.t.Helper()
	a := w.do("POST", "/operator/session", anonymous, map[string]string{"token": operatorToken + "\n"})
	var s console.OperatorSession
	a.json(&s)
	if a.Code != 200 || s.CsrfToken == "" {
		w.t.Fatalf("sign-in answers %d %s", a.Code, a.Body)
	}
	c := a.Result().Cookies()[0]
	if c.Name != CookieName || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || strings.Contains(a.Body.String(), c.Value) || strings.Contains(c.Value, operatorToken) {
		w.t.Errorf("the cookie is %s", c)
	}
	return func(r *http.Request) { r.AddCookie(c); r.Header.Set(csrfHeader, s.CsrfToken) }
}

func TestOperatorSignsInAndOut(t *testing.T) {
	w := newWorld(t)
	if a := w.do("POST", "/operator/session", anonymous, map[string]string{"token": "operator-token-of-others-0123456789012"}); a.Code != 401 {
		t.Errorf("a wrong token is answered %d", a.Code)
	}
	if a := w.do("POST", "/operator/session", anonymous, map[string]string{"token": ""}); a.Code != 400 {
		t.Errorf("no token is answered %d %s", a.Code, a.Body)
	}
	me := w.operatorSession()
	if a := w.do("GET", "/operator/session", me, nil); a.Code != 200 {
		t.Errorf("GET /operator/session answers %d %s", a.Code, a.Body)
	}
	// The cookie stands for nobody's account.
	if a := w.do("GET", "/console/session", me, nil); a.Code != 403 || !strings.Contains(a.Body.String(), `"Operator"`) {
		t.Errorf("GET /console/session answers %d %s", a.Code, a.Body)
	}
	if a := w.do("POST", "/console/sign", me, `{"requests":[{"method":"GET"}]}`); a.Code != 403 {
		t.Errorf("signing a transfer answers %d %s", a.Code, a.Body)
	}
	cookieOnly := func(r *http.Request) { me(r); r.Header.Del(csrfHeader) }
	contract := `{"name":"N","owner":{"firstname":"N","lastname":"N","email":"n@example.org"}}`
	if a := w.do("POST", "/operator/contracts", cookieOnly, contract); a.Code != 403 {
		t.Errorf("without its token the session makes a contract: %d", a.Code)
	}
	if a := w.do("POST", "/operator/contracts", me, contract); a.Code != 201 {
		t.Errorf("with it it is answered %d %s", a.Code, a.Body)
	}
	if a := w.do("DELETE", "/console/session", me, nil); a.Code != 204 {
		t.Errorf("signing out answers %d %s", a.Code, a.Body)
	}
	if a := w.do("GET", "/operator/session", me, nil); a.Code != 401 {
		t.Errorf("after signing out the session still answers %d", a.Code)
	}
}

// TestOperatorsSessionIsTheToken performs every operation by token and by session: whatever may be done by one may be done by the other.
func TestOperatorsSessionIsTheToken(t *testing.T) {
	w := newWorld(t)
	w.plain()
	for _, op := range operations(t) {
		row := authorization[op.id]
		if row.operator != yes && row.operator != "403" || op.id == "consoleSignOut" || op.id == "operatorSession" {
			continue
		}
		a := w.perform(op, row, inContract(w, asOperator))
		b := w.perform(op, row, inContract(w, w.operatorSession()))
		if a.Code/100 != b.Code/100 && a.Code != 409 && b.Code != 409 {
			t.Errorf("%s is answered %d by token and %d by session: %s", op.id, a.Code, b.Code, b.Body)
		}
	}
}

func TestOperatorFindsContracts(t *testing.T) {
	w := newWorld(t)
	w.plain()
	other, _, _ := must3(w.iam.CreateContract(t.Context(), operator(), "Zebra GmbH", newUser("Zoe")))
	list := func(query string, status int) (l console.ContractList) {
		t.Helper()
		if a := w.do("GET", "/operator/contracts?"+query, asOperator, nil); a.Code != status {
			t.Fatalf("%s answers %d %s", query, a.Code, a.Body)
		} else if status == 200 {
			a.json(&l)
		}
		return l
	}
	for query, want := range map[string]int{"": 2, "find=zebra": 1, "find=ZOE@": 1, "find=" + other.ID.String(): 1, "find=nothing+such": 0} {
		if l := list(query, 200); l.Total != want || len(l.Items) != want {
			t.Errorf("%q finds %d of %d, want %d", query, len(l.Items), l.Total, want)
		}
	}
	if l := list("limit=1&offset=1", 200); l.Total != 2 || len(l.Items) != 1 {
		t.Errorf("a window holds %+v", l)
	}
	if l := list("offset=9", 200); l.Total != 2 || len(l.Items) != 0 {
		t.Errorf("behind the end there is %+v", l)
	}
	list("limit=1001", 400)
	if a := w.do("PUT", "/console/quota", inContract(w, asOperator), `{"bytes":1000}`); a.Code != 200 {
		t.Fatalf("the quota answers %d %s", a.Code, a.Body)
	}
	one := list("find="+w.contract.ID.String(), 200).Items[0]
	if *one.OwnerName != "Olga Test" || *one.OwnerEmail != "olga@example.org" || *one.Users != 2 || *one.Buckets != 3 || *one.Objects != 7 || *one.Bytes != 70 ||
		*one.QuotaBytes != 1000 || one.QuotaObjects != nil {
		t.Errorf("the first contract is told as %+v", one)
	}
	var alone console.OperatorContract
	w.do("GET", "/operator/contracts/"+w.contract.ID.String(), asOperator, nil).json(&alone)
	if *alone.Bytes != 70 || *alone.OwnerName != "Olga Test" {
		t.Errorf("alone it is told as %+v", alone)
	}
}

func TestOperatorSeesRegionsAndSystem(t *testing.T) {
	w := newWorld(t)
	var regions console.OperatorRegions
	w.do("GET", "/operator/regions", asOperator, nil).json(&regions)
	if len(regions.Items) != 2 {
		t.Fatalf("%+v", regions)
	}
	if r := regions.Items[0]; r.Name != "local-1" || r.Ownership != "contract-owned" || r.Buckets != 2 || r.Objects != 4 || r.Bytes != 68 ||
		r.Endpoint != "http://coffer.test:9000" {
		t.Errorf("the first region is told as %+v", r)
	}
	if r := regions.Items[1]; r.Name != "local-2" || r.Buckets != 0 {
		t.Errorf("the second region is told as %+v", r)
	}
	var system console.System
	w.do("GET", "/operator/system", asOperator, nil).json(&system)
	if len(system.Listeners) != 2 || system.Listeners[0].Url != "http://coffer.test:9000" || system.Listeners[1].Url != "http://coffer.test:9001" {
		t.Errorf("the listeners are told as %+v", system.Listeners)
	}
	bare := newWorld(t, func(c *Config) { c.System = nil })
	if a := bare.do("GET", "/operator/system", asOperator, nil); a.Code != 501 {
		t.Errorf("where nothing tells of the system the answer is %d", a.Code)
	}
}

func TestOperatorMakesRegions(t *testing.T) {
	w := newWorld(t)
	me := w.operatorSession()
	var made console.OperatorRegion
	if a := w.do("POST", "/operator/regions", me, `{"name":"berlin","ownership":"user-owned"}`); a.Code != 201 {
		t.Fatalf("a region is answered %d %s", a.Code, a.Body)
	} else if a.json(&made); made.Name != "berlin" || made.Ownership != "user-owned" || made.Endpoint != "http://coffer.test:9000" {
		t.Errorf("it is told as %+v", made)
	}
	// Everybody sees it at once, and keys reach it.
	if a := w.do("GET", "/regions/berlin", as(w.plain()), nil); a.Code != 200 || !strings.Contains(a.Body.String(), `"user-owned"`) {
		t.Errorf("GET /regions/berlin answers %d %s", a.Code, a.Body)
	}
	must(w.iam.CreateKey(t.Context(), operator(), w.contract.ID, w.plain().ID, ""))
	if a := w.do("GET", "/accesskeys", as(w.plain()), nil); !strings.Contains(a.Body.String(), `"berlin"`) {
		t.Errorf("a key's regions are %s", a.Body)
	}
	for body, status := range map[string]int{
		`{"name":"berlin","ownership":"user-owned"}`:  409,
		`{"name":"local-1","ownership":"user-owned"}`: 409,
		`{"name":"-x","ownership":"user-owned"}`:      400,
		`{"name":"paris","ownership":"mine"}`:         400,
		`{"name":"paris"}`:                            400,
	} {
		if a := w.do("POST", "/operator/regions", me, body); a.Code != status {
			t.Errorf("%s is answered %d %s, want %d", body, a.Code, a.Body, status)
		}
	}
	if n := len(w.regions.All()); n != 3 {
		t.Errorf("there are %d regions", n)
	}
	fixed := newWorld(t, func(c *Config) { c.MakeRegion = nil })
	if a := fixed.do("POST", "/operator/regions", asOperator, `{"name":"paris","ownership":"user-owned"}`); a.Code != 501 {
		t.Errorf("where none are made the answer is %d", a.Code)
	}
}
