package control

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"coffer/internal/errs"
	"coffer/internal/iam"
)

func TestBodyFaultsAreNamed(t *testing.T) {
	w := newWorld(t)
	users := "/cloudapi/v6/um/users"
	for _, c := range []struct {
		name, target, body string
		status             int
		says               string
	}{
		{"no body", users, ``, 400, "needs a JSON body"},
		{"no JSON", users, `{"properties":`, 400, "ends early"},
		{"broken", users, `{"properties":}`, 400, "at byte 15"},
		{"wrong type", users, `{"properties":{"administrator":"yes"}}`, 400, "properties.administrator"},
		{"not an object", users, `[]`, 400, "object is needed"},
		{"trailing", users, `{"properties":{}} {}`, 400, "goes on after"},
		{"missing field", users, `{"properties":{"firstname":"A","lastname":"B","email":"c@example.org"}}`, 400, "properties.password is needed"},
		{"bad mail", users, `{"properties":{"firstname":"A","lastname":"B","email":"nonsense","password":"river-otter-42-lantern"}}`, 400, "mail"},
		{"weak password", users, `{"properties":{"firstname":"A","lastname":"B","email":"c@example.org","password":"short"}}`, 400, "password"},
		{"too large", users, `{"x":"` + strings.Repeat("y", MaxBody) + `"}`, 413, "1048576 bytes"},
		{"group without name", "/cloudapi/v6/um/groups", `{"properties":{}}`, 400, "properties.name is needed"},
		{"group with a number", "/cloudapi/v6/um/groups", `{"properties":{"name":"g","s3Privilege":1}}`, 400, "properties.s3Privilege"},
		{"member without id", "/cloudapi/v6/um/groups/" + string(w.group().ID) + "/users", `{}`, 400, "id is needed"},
		{"unknown console field", "/console/session", `{"email":"a","password":"b","remember":true}`, 400, `"remember"`},
	} {
		a := w.do("POST", c.target, as(w.admin()), c.body)
		if m := a.message(); a.Code != c.status || !strings.Contains(m, c.says) {
			t.Errorf("%s: answered %d %q, want %d and %q", c.name, a.Code, m, c.status, c.says)
		}
	}
	plainText := func(r *http.Request) { as(w.admin())(r); r.Header.Set("Content-Type", "text/plain") }
	if a := w.do("POST", users, plainText, `{}`); a.Code != 415 {
		t.Errorf("text/plain is answered %d", a.Code)
	}
	if _, n, err := w.iam.Users(t.Context(), operator(), w.contract.ID, iam.Page{Limit: 1}); err != nil || n != 2 {
		t.Errorf("refused requests changed something: %d users, %v", n, err)
	}
}

func TestParametersAreNamed(t *testing.T) {
	w := newWorld(t)
	for target, says := range map[string]string{
		"/accesskeys?limit=0":                "limit: 0",
		"/accesskeys?limit=1001":             "limit: 1001",
		"/accesskeys?offset=-1":              "offset: -1",
		"/accesskeys?limit=many":             "Parameter limit",
		"/accesskeys/not-a-uuid":             "Parameter accesskeyId",
		"/cloudapi/v6/um/users?depth=11":     "depth: 11",
		"/cloudapi/v6/um/users?pretty=maybe": "Parameter pretty",
		"/cloudapi/v6/um/users?limit=10001":  "limit: 10001",
	} {
		if a := w.do("GET", target, as(w.admin()), nil); a.Code != 400 || !strings.Contains(a.message(), says) {
			t.Errorf("%s: answered %d %s", target, a.Code, a.Body)
		}
	}
	number := func(n string) who {
		return func(r *http.Request) { as(w.admin())(r); r.Header.Set("X-Contract-Number", n) }
	}
	for n, want := range map[string]int{w.contract.ID.String(): 200, "31999999": 403, "12": 400, "x": 400} {
		if a := w.do("GET", "/cloudapi/v6/um/users", number(n), nil); a.Code != want {
			t.Errorf("X-Contract-Number %s: answered %d, want %d", n, a.Code, want)
		}
	}
	w.stranger()
	// There are two contracts, so the operator has to choose.
	if a := w.do("GET", "/cloudapi/v6/um/users", asOperator, nil); a.Code != 400 || !strings.Contains(a.message(), "X-Contract-Number") {
		t.Errorf("the operator without a contract: %d %s", a.Code, a.Body)
	}
	// Clients add these to every call.
	if a := w.do("GET", "/regions/local-1?depth=1&limit=50&pretty=true&unknown=x", as(w.admin()), nil); a.Code != 200 {
		t.Errorf("unknown parameters: answered %d %s", a.Code, a.Body)
	}
}

func TestPathsAndMethods(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/accesskeys/x/y/z", 404, ""},
		{"GET", "/cloudapi/v6/um", 404, ""},
		{"GET", "/cloudapi/v5/um/users", 404, ""},
		{"GET", "/console/nothing", 404, ""},
		{"GET", "/accesskeys/", 404, ""},
		{"GET", "//accesskeys", 404, ""},
		{"GET", "/regions/../accesskeys", 404, ""},
		{"PATCH", "/accesskeys", 405, "GET, HEAD, POST"},
		{"POST", "/regions", 405, "GET, HEAD"},
		{"POST", "/healthz", 405, "GET, HEAD"},
		{"DELETE", "/openapi/", 405, "GET, HEAD"},
		{"POST", "/somewhere", 405, "GET, HEAD"},
	} {
		html := func(r *http.Request) { r.Header.Set("Accept", "text/html"); as(w.admin())(r) }
		a := w.do(c.method, c.path, html, nil)
		if a.Code != c.status || a.Header().Get("Allow") != c.allow || a.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s %s: answered %d, Allow %q, %s", c.method, c.path, a.Code, a.Header().Get("Allow"), a.Header().Get("Content-Type"))
		}
	}
	if a := w.do("HEAD", "/accesskeys", as(w.admin()), nil); a.Code != 200 || a.Body.Len() != 0 {
		t.Errorf("HEAD: answered %d with %d bytes", a.Code, a.Body.Len())
	}
}

func TestLargeHeadsAreRefused(t *testing.T) {
	w := newWorld(t)
	big := func(r *http.Request) { r.Header.Set("X-Big", strings.Repeat("x", MaxHeaders)) }
	if a := w.do("GET", "/regions", big, nil); a.Code != 431 {
		t.Errorf("large headers: answered %d", a.Code)
	}
	if a := w.do("GET", "/regions?x="+strings.Repeat("x", MaxTarget), anonymous, nil); a.Code != 431 {
		t.Errorf("a long query: answered %d", a.Code)
	}
	r := w.request("GET", "/regions", anonymous, nil)
	r.Host = "bad host/<script>"
	if a := w.serve(r); a.Code != 400 {
		t.Errorf("a host that is none: answered %d", a.Code)
	}
}

func TestRateLimit(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Rate = 5 })
	for i := range 5 {
		a := w.do("GET", "/regions", as(w.admin()), nil)
		if want := string(rune('4' - i)); a.Code != 200 || a.Header().Get("X-RateLimit-Remaining") != want || a.Header().Get("X-RateLimit-Limit") != "5" ||
			a.Header().Get("X-RateLimit-Burst") != "5" {
			t.Errorf("request %d: answered %d %v", i, a.Code, a.Header())
		}
	}
	if a := w.do("GET", "/regions", as(w.admin()), nil); a.Code != 429 || a.Header().Get("Retry-After") != "12" {
		t.Errorf("the sixth: answered %d, Retry-After %q", a.Code, a.Header().Get("Retry-After"))
	}
	if a := w.do("GET", "/regions", as(w.plain()), nil); a.Code != 200 {
		t.Errorf("another caller pays for the first: %d", a.Code)
	}
	w.advance(12 * time.Second)
	if a := w.do("GET", "/regions", as(w.admin()), nil); a.Code != 200 {
		t.Errorf("after the time that Retry-After named: %d", a.Code)
	}
}

func TestLimiterForgets(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLimiter(60, func() time.Time { return now })
	for i := range maxCallers + 10 {
		l.count(strings.Repeat("x", i%100) + string(rune(i)))
		if len(l.callers) > maxCallers {
			t.Fatalf("%d callers are remembered", len(l.callers))
		}
	}
}

func TestSafeHeaders(t *testing.T) {
	w := newWorld(t)
	for _, target := range []string{"/accesskeys", "/console/info", "/cloudapi/v6/contracts", "/nowhere"} {
		h := w.do("GET", target, as(w.admin()), nil).Header()
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
			"X-Frame-Options": "DENY", "Cross-Origin-Resource-Policy": "same-origin", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", target, name, h.Get(name))
			}
		}
		if len(h.Get("X-Request-Id")) != 16 {
			t.Errorf("%s: no request id", target)
		}
	}
}

func TestHealth(t *testing.T) {
	var fault error
	w := newWorld(t, func(c *Config) { c.Ready = func() error { return fault } })
	if a := w.do("GET", "/readyz", anonymous, nil); a.Code != 200 {
		t.Errorf("ready: answered %d", a.Code)
	}
	fault = errors.New("the disk at /srv failed")
	if a := w.do("GET", "/readyz", anonymous, nil); a.Code != 503 || strings.Contains(a.Body.String(), "/srv") {
		t.Errorf("not ready: answered %d %s", a.Code, a.Body)
	}
	fault = errs.New(errs.Unavailable, "", "The store is read-only.")
	if a := w.do("GET", "/readyz", anonymous, nil); a.Code != 503 || a.message() != "The store is read-only." {
		t.Errorf("not ready: answered %d %s", a.Code, a.Body)
	}
	if a := w.do("GET", "/healthz", anonymous, nil); a.Code != 200 {
		t.Errorf("healthz answers %d while the store is not ready", a.Code)
	}
}

type broken struct{ iam.API }

func TestPanicIsAnswered(t *testing.T) {
	w := newWorld(t)
	w.cfg.IAM = broken{}
	w.handler = must(New(w.cfg))
	a := w.do("GET", "/accesskeys", as(w.admin()), nil)
	if a.Code != 500 || strings.Contains(a.Body.String(), "nil") {
		t.Errorf("a panic answers %d %s", a.Code, a.Body)
	}
}

func TestObserved(t *testing.T) {
	var got []string
	w := newWorld(t, func(c *Config) {
		c.Observe = func(op string, status int, in, out int64, took time.Duration) { got = append(got, op) }
	})
	w.do("GET", "/accesskeys/"+string(w.plain().ID), as(w.admin()), nil)
	w.do("GET", "/secret/path/of/a/user", anonymous, nil)
	if len(got) != 2 || got[0] != "GET /accesskeys/{accesskeyId}" || got[1] != "page" {
		t.Errorf("operations counted: %q; they come from a closed set", got)
	}
}

func TestDecodeLeavesNoPanic(t *testing.T) {
	var v struct{ A []map[string]int }
	for _, raw := range []string{`{"A":[{"b":1.5}]}`, `{"A":{}}`, `{"a":null}`, `nul`, `"x"`, `{"A":[{"b":1e999}]}`} {
		if err := decodeBytes([]byte(raw), &v, refuseUnknown); err != nil && errs.PublicOf(err) == "" {
			t.Errorf("%s: %v has no words for clients", raw, err)
		}
	}
	if _, err := json.Marshal(answerFor(io.EOF)); err != nil {
		t.Error(err)
	}
}
