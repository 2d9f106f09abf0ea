package control

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"coffer/internal/iam"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// script talks with the listener and writes down both sides, with what differs between runs replaced by numbered names.
type script struct {
	w     *world
	out   bytes.Buffer
	known map[string]string
	kinds map[string]int
}

var variable = regexp.MustCompile(`cofferk1_[0-9A-Za-z]+|coffers1_[0-9A-Za-z]+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}|eyJ[0-9A-Za-z_.-]+`)

// otherContract is the number of a contract made by a test, which is random.
var otherContract = regexp.MustCompile(`"number": (?:[12456789][0-9]{7}|3[02-9][0-9]{6}|31[1-9][0-9]{5}|310[0-9]*[1-9][0-9]*)`)

// normal names ids, keys and secrets by their order of appearance.
func (s *script) normal(text string) string {
	text = strings.ReplaceAll(text, s.w.contract.ID.String(), "31000000")
	text = otherContract.ReplaceAllString(text, `"number": 32000000`)
	return variable.ReplaceAllStringFunc(text, func(v string) string {
		if n, ok := s.known[v]; ok {
			return n
		}
		kind := "uuid"
		switch {
		case strings.HasPrefix(v, "cofferk1_"):
			kind = fmt.Sprintf("accesskey%d", len(v))
		case strings.HasPrefix(v, "coffers1_"):
			kind = fmt.Sprintf("secret%d", len(v))
		case strings.HasPrefix(v, "eyJ"):
			kind = "jwt"
		case len(v) == 32:
			kind = "hex32"
		}
		s.kinds[kind]++
		s.known[v] = fmt.Sprintf("<%s-%d>", kind, s.kinds[kind])
		return s.known[v]
	})
}

// call sends a request and returns the answer's JSON.
func (s *script) call(by who, method, target, body string) map[string]any {
	s.w.t.Helper()
	fmt.Fprintf(&s.out, "> %s %s\n", method, s.normal(target))
	var in any
	if body != "" {
		fmt.Fprintf(&s.out, "> %s\n", s.normal(body))
		in = body
	}
	a := s.w.do(method, target, by, in)
	fmt.Fprintf(&s.out, "< %d\n", a.Code)
	names := []string{"Content-Type", "Location", "Etag", "X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Burst", "Retry-After"}
	for _, n := range names {
		if v := a.Header().Get(n); v != "" && !strings.HasPrefix(n, "X-Ratelimit-R") {
			fmt.Fprintf(&s.out, "< %s: %s\n", n, s.normal(v))
		}
	}
	var v map[string]any
	if a.Body.Len() > 0 {
		a.json(&v)
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		must(0, e.Encode(v))
		s.out.WriteString(s.normal(b.String()))
		if indented := strings.Contains(strings.TrimSpace(a.Body.String()), "\n"); indented {
			s.out.WriteString("(indented)\n")
		}
	}
	s.out.WriteByte('\n')
	return v
}

// at reads a value of an answer.
func at(v map[string]any, path ...string) string {
	var x any = v
	for _, p := range path {
		m, _ := x.(map[string]any)
		x = m[p]
	}
	s, _ := x.(string)
	return s
}

// TestWire compares whole conversations with testdata: what the vendor's clients see. Run with -rewrite after a change that is meant.
func TestWire(t *testing.T) {
	w := newWorld(t)
	for _, make := range []func() *iam.User{w.admin, w.plain, w.bare, w.stranger} {
		make()
	}
	conversations := map[string]func(*script){
		"management-keys": managementKeys, "cloud-users": cloudUsers, "cloud-groups": cloudGroups, "cloud-keys": cloudKeys,
		"tokens": tokens, "regions": regions, "resources": resources, "console": consoleCalls, "operator": operatorCalls,
	}
	names := make([]string, 0, len(conversations))
	for n := range conversations {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			w.t = t
			s := &script{w: w, known: map[string]string{}, kinds: map[string]int{}}
			conversations[name](s)
			compare(t, filepath.Join("testdata", name+".txt"), s.out.Bytes())
		})
	}
}

func compare(t *testing.T, file string, got []byte) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got, want) {
		return
	}
	g, e := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(e)) {
		a, b := "(end)", "(end)"
		if i < len(g) {
			a = g[i]
		}
		if i < len(e) {
			b = e[i]
		}
		if a != b {
			t.Fatalf("%s:%d: got\n%s\nwant\n%s\n(run with -rewrite if the change is meant)", file, i+1, a, b)
		}
	}
}

func managementKeys(s *script) {
	me := as(s.w.plain())
	s.call(me, "GET", "/accesskeys", "")
	// As Terraform sends it.
	made := s.call(me, "POST", "/accesskeys", `{"properties":{"description":"backup","accessKey":"","secretKey":""}}`)
	id := at(made, "id")
	s.call(me, "GET", "/accesskeys/"+id, "")
	s.call(me, "PUT", "/accesskeys/"+id, `{"id":"`+id+`","properties":{"description":"changed","accessKey":"","secretKey":""}}`)
	s.call(me, "PUT", "/accesskeys/"+id+"/renew", "")
	s.call(me, "PUT", "/accesskeys/11111111-2222-4333-8444-555555555555", `{"properties":{"description":"ensured"}}`)
	s.call(me, "GET", "/accesskeys?limit=1", "")
	s.call(me, "GET", "/accesskeys?offset=1&limit=1", "")
	s.call(me, "GET", "/accesskeys?filter.accesskeyId="+at(made, "properties", "accessKey"), "")
	s.call(me, "GET", "/accesskeys?filter.accesskeyId=unknown", "")
	for range 3 {
		s.w.key(s.w.plain())
	}
	s.call(me, "POST", "/accesskeys", `{"properties":{"description":"the sixth"}}`)
	s.call(me, "DELETE", "/accesskeys/"+id, "")
	s.call(me, "GET", "/accesskeys/"+id, "")
	s.call(me, "DELETE", "/accesskeys/"+id, "")
	s.call(as(s.w.stranger()), "PUT", "/accesskeys/11111111-2222-4333-8444-555555555555", `{"properties":{"description":"not mine"}}`)
	s.call(as(s.w.bare()), "POST", "/accesskeys", `{"properties":{"description":"no privilege"}}`)
	s.call(as(s.w.admin()), "POST", "/accesskeys", `{"properties":{"description":"administrative"}}`)
	s.call(anonymous, "GET", "/accesskeys", "")
}

func cloudUsers(s *script) {
	admin := as(s.w.admin())
	made := s.call(admin, "POST", "/cloudapi/v6/um/users?depth=0", `{"properties":{"firstname":"Nora","lastname":"New","email":"nora@example.org","password":"river-otter-42-lantern","administrator":false,"forceSecAuth":false,"active":true}}`)
	id := at(made, "id")
	s.call(admin, "GET", "/cloudapi/v6/um/users/"+id+"?depth=1", "")
	s.call(admin, "PUT", "/cloudapi/v6/um/users/"+id, `{"id":"`+id+`","properties":{"firstname":"Nora","lastname":"Newer","email":"nora@example.org","administrator":true,"forceSecAuth":false,"active":true}}`)
	s.call(admin, "PUT", "/cloudapi/v6/um/users/"+id, `{"properties":{"firstname":"Nora","lastname":"Newer","email":"nora@example.org","administrator":false}}`)
	s.call(admin, "GET", "/cloudapi/v6/um/users?filter.email=NORA&depth=1", "")
	s.call(admin, "GET", "/cloudapi/v6/um/users?filter.administrator=true&orderBy=firstname&limit=1", "")
	s.call(admin, "GET", "/cloudapi/v6/um/users/"+string(s.w.plain().ID)+"?depth=2&pretty=false", "")
	s.call(as(s.w.plain()), "GET", "/cloudapi/v6/um/users/"+string(s.w.plain().ID)+"?depth=2", "")
	s.call(admin, "GET", "/cloudapi/v6/um/users/"+string(s.w.plain().ID)+"/groups", "")
	s.call(as(s.w.plain()), "GET", "/cloudapi/v6/um/users/"+string(s.w.plain().ID)+"/groups", "")
	s.call(admin, "GET", "/cloudapi/v6/um/users/"+id+"/owns", "")
	s.call(admin, "POST", "/cloudapi/v6/um/users", `{"properties":{"firstname":"Nora","lastname":"Twice","email":"Nora@example.org","password":"river-otter-42-lantern"}}`)
	s.call(admin, "DELETE", "/cloudapi/v6/um/users/"+id, "")
	s.call(admin, "GET", "/cloudapi/v6/um/users/"+id, "")
	s.call(admin, "DELETE", "/cloudapi/v6/um/users/"+id, "")
	s.call(admin, "GET", "/cloudapi/v6/um/users/nonsense", "")
	s.call(admin, "DELETE", "/cloudapi/v6/um/users/"+string(s.w.owner.ID), "")
}

func cloudGroups(s *script) {
	admin := as(s.w.admin())
	made := s.call(admin, "POST", "/cloudapi/v6/um/groups", `{"properties":{"name":"backup","s3Privilege":true,"createDataCenter":true,"aFlagOfTomorrow":false}}`)
	s.call(admin, "POST", "/cloudapi/v6/um/groups", `{"properties":{"name":"x","aFlagOfTomorrow":true}}`)
	id := at(made, "id")
	s.call(admin, "POST", "/cloudapi/v6/um/groups/"+id+"/users", `{"id":"`+string(s.w.bare().ID)+`"}`)
	s.call(admin, "GET", "/cloudapi/v6/um/groups/"+id+"?depth=1", "")
	s.call(admin, "GET", "/cloudapi/v6/um/groups/"+id+"?depth=2", "")
	s.call(admin, "GET", "/cloudapi/v6/um/groups/"+id+"/users", "")
	s.call(admin, "PUT", "/cloudapi/v6/um/groups/"+id, `{"properties":{"name":"backups","s3Privilege":false}}`)
	s.call(admin, "GET", "/cloudapi/v6/um/groups?filter.name=backups", "")
	s.call(admin, "DELETE", "/cloudapi/v6/um/groups/"+id+"/users/"+string(s.w.bare().ID), "")
	s.call(admin, "DELETE", "/cloudapi/v6/um/groups/"+id+"/users/"+string(s.w.bare().ID), "")
	s.call(admin, "GET", "/cloudapi/v6/um/groups/"+id+"/resources", "")
	s.call(admin, "GET", "/cloudapi/v6/um/groups/"+id+"/shares", "")
	s.call(admin, "DELETE", "/cloudapi/v6/um/groups/"+id, "")
	s.call(admin, "GET", "/cloudapi/v6/um/groups/"+id, "")
}

func cloudKeys(s *script) {
	admin, user := as(s.w.admin()), "/cloudapi/v6/um/users/"+string(s.w.plain().ID)+"/s3keys"
	made := s.call(admin, "POST", user, "")
	key := user + "/" + at(made, "id")
	s.call(admin, "GET", strings.SplitN(s.location(admin, "PUT", key, `{"properties":{"active":false}}`), "9001", 2)[1], "")
	s.call(admin, "GET", key+"?depth=1", "")
	s.call(admin, "PUT", key, `{"id":"x","properties":{"secretKey":"ignored","active":true}}`)
	s.call(admin, "PUT", key, `{"properties":{}}`)
	s.call(admin, "GET", user+"?depth=1", "")
	s.call(inContract(s.w, asOperator), "GET", user, "")
	s.call(admin, "GET", user+"/00000000000000000000", "")
	s.call(admin, "GET", user+"/no", "")
	s.call(admin, "PUT", user+"/00000000000000000000", `{"properties":{"active":false}}`)
	s.call(admin, "POST", "/cloudapi/v6/um/users/"+string(s.w.bare().ID)+"/s3keys", "")
	s.w.buckets.owned[s.w.plain().ID] = 1
	s.call(admin, "DELETE", key, "")
	s.w.buckets.owned[s.w.plain().ID] = 0
	s.call(admin, "DELETE", key, "")
	s.call(admin, "DELETE", key, "")
	owners := "/cloudapi/v6/um/users/" + string(s.w.owner.ID)
	s.call(admin, "GET", owners+"/s3ssourl", "")
	s.call(admin, "POST", owners+"/s3keys", "")
	s.w.key(s.w.owner)
	s.call(admin, "GET", owners+"/s3keys", "")
}

// location makes a call and returns its Location header.
func (s *script) location(by who, method, target, body string) string {
	a := s.w.do(method, target, by, body)
	if a.Code != 202 {
		s.w.t.Fatalf("%s %s: %d %s", method, target, a.Code, a.Body)
	}
	return a.Header().Get("Location")
}

func tokens(s *script) {
	me := as(s.w.bare())
	text := at(s.call(me, "GET", "/auth/v1/tokens/generate?ttl=60", ""), "token")
	by := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+text) }
	s.call(by, "GET", "/auth/v1/tokens/generate", "")
	all := s.call(by, "GET", "/auth/v1/tokens", "")["tokens"].([]any)
	id := at(all[1].(map[string]any), "id")
	s.call(by, "GET", "/auth/v1/tokens/"+id, "")
	s.call(by, "DELETE", "/auth/v1/tokens/"+id, "")
	s.call(by, "GET", "/auth/v1/tokens/"+id, "")
	s.call(by, "DELETE", "/auth/v1/tokens/"+id, "")
	s.call(me, "GET", "/auth/v1/tokens/generate?ttl=59", "")
	s.call(me, "GET", "/auth/v1/tokens/generate?ttl=31536001", "")
	s.call(me, "GET", "/auth/v1/tokens/generate?ttl=0", "")
	s.call(me, "GET", "/auth/v1/tokens/generate?ttl=x", "")
	s.call(me, "DELETE", "/auth/v1/tokens", "")
	s.call(me, "DELETE", "/auth/v1/tokens?criteria=SOME", "")
	s.call(me, "DELETE", "/auth/v1/tokens?criteria=CURRENT", "")
	s.call(by, "DELETE", "/auth/v1/tokens?criteria=CURRENT", "")
	s.call(by, "GET", "/auth/v1/tokens", "")
	s.call(me, "DELETE", "/auth/v1/tokens?criteria=ALL", "")
	s.call(me, "GET", "/auth/v1/tokens", "")
}

func regions(s *script) {
	s.call(as(s.w.bare()), "GET", "/regions", "")
	s.call(as(s.w.bare()), "GET", "/regions?offset=1&limit=1", "")
	s.call(as(s.w.bare()), "GET", "/regions/local-2", "")
	s.call(as(s.w.bare()), "GET", "/regions/nowhere", "")
}

func resources(s *script) {
	s.call(as(s.w.owner), "GET", "/cloudapi/v6/contracts?depth=1", "")
	s.call(as(s.w.bare()), "GET", "/cloudapi/v6/contracts?pretty=false", "")
	s.call(as(s.w.admin()), "GET", "/cloudapi/v6/um/resources", "")
	s.call(as(s.w.admin()), "GET", "/cloudapi/v6/um/resources/datacenter", "")
	s.call(as(s.w.admin()), "GET", "/cloudapi/v6/um/resources/datacenter/x", "")
	s.call(as(s.w.admin()), "GET", "/cloudapi/v6/requests/11111111-2222-4333-8444-555555555555/status", "")
}

func consoleCalls(s *script) {
	s.call(anonymous, "GET", "/console/info", "")
	me, _ := s.w.signIn(s.w.admin())
	a := s.w.do("GET", "/console/session", me, nil)
	var v map[string]any
	a.json(&v)
	v["csrfToken"] = "token"
	fmt.Fprintf(&s.out, "session\n%s\n\n", s.normal(string(must(json.MarshalIndent(v, "", "  ")))))
	sessions := "/console/users/" + string(s.w.admin().ID) + "/sessions"
	s.w.signIn(s.w.admin())
	s.call(me, "GET", sessions, "")
	s.call(me, "DELETE", sessions+"/"+strings.Repeat("0", 32), "")
	s.call(me, "DELETE", sessions, "")
	s.call(me, "POST", "/console/password", `{"old":"wrong","new":"harbour-mule-77-candle"}`)
	s.call(anonymous, "POST", "/console/session", `{"email":"anna@example.org"}`)
}

func operatorCalls(s *script) {
	s.call(asOperator, "POST", "/operator/contracts", `{"name":"Third","owner":{"firstname":"T","lastname":"T","email":"third@example.org","password":"river-otter-42-lantern"}}`)
	s.call(asOperator, "GET", "/operator/contracts/"+s.w.contract.ID.String(), "")
	s.call(asOperator, "POST", "/operator/contracts/"+s.w.contract.ID.String()+"/users/"+string(s.w.admin().ID)+"/accesskeys", `{"accessKey":"IMPORTEDIMPORTED","secretKey":"imported+secret/of=forty0characters","description":"from elsewhere"}`)
	s.call(asOperator, "POST", "/operator/contracts/"+s.w.contract.ID.String()+"/users/"+string(s.w.admin().ID)+"/accesskeys", `{"accessKey":"short","secretKey":"x"}`)
	s.call(asOperator, "POST", "/operator/password-reset", `{"email":"nobody@example.org"}`)
	s.call(asOperator, "POST", "/operator/password-reset", `{"email":"third@example.org","password":"harbour-mule-77-candle"}`)
	s.call(asOperator, "POST", "/accesskeys", `{"properties":{"description":"x"}}`)
	s.call(asOperator, "GET", "/operator/contracts/12", "")
	s.call(as(s.w.owner), "GET", "/operator/contracts", "")
}
