package control

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"coffer/internal/api/console"
	"coffer/internal/api/management"
	"coffer/internal/iam"
	"coffer/internal/ident"
	"coffer/internal/usage"
)

// records lists what the first contract's record holds, newest first.
func (w *world) records(query string) []console.AuditRecord {
	w.t.Helper()
	var page console.AuditPage
	w.do("GET", "/console/audit?limit=1000&"+query, inContract(w, asOperator), nil).json(&page)
	return page.Items
}

// onSystem lists what the system's record holds, newest first.
func (w *world) onSystem(query string) []console.AuditRecord {
	w.t.Helper()
	var page console.AuditPage
	w.do("GET", "/operator/audit?limit=1000&"+query, asOperator, nil).json(&page)
	return page.Items
}

// systemActs are operations whose acts are in the record of the system.
var systemActs = []string{"operatorSignIn", "operatorCreateRegion"}

// unrecorded are operations with an unsafe method that change nothing of people and keys.
var unrecorded = []string{"consoleSign", "umGroupsSharesPost", "umGroupsSharesPut", "umGroupsSharesDelete"}

// TestWhatChangesSomethingIsRecorded performs every operation with an unsafe method as an administrator or the operator: one that
// succeeded left a record, and so did one that was refused to a plain user.
func TestWhatChangesSomethingIsRecorded(t *testing.T) {
	w := newWorld(t)
	w.admin()
	w.bare()
	recorded := 0
	for _, op := range operations(t) {
		if !unsafe(op.method) && !changing[op.method+" "+op.path] || slices.Contains(unrecorded, op.id) {
			continue
		}
		row := authorization[op.id]
		by := as(w.admin())
		if row.admin != yes {
			by = inContract(w, asOperator)
		}
		list := w.records
		if slices.Contains(systemActs, op.id) {
			list = w.onSystem
		}
		before := len(list("result=done"))
		a := w.perform(op, row, by)
		if a.Code >= 300 {
			continue
		}
		recorded++
		after := list("result=done")
		if op.id == "operatorCreateContract" { // recorded in the new contract
			continue
		}
		if len(after) == before {
			t.Errorf("%s answered %d and left no record", op.id, a.Code)
			continue
		}
		if e := after[0]; e.Source == nil || e.Request == nil || e.Program == nil || *e.Program != "test/1" {
			t.Errorf("%s is recorded without where from: %+v", op.id, e)
		}
	}
	if recorded < 20 {
		t.Errorf("only %d operations succeeded", recorded)
	}
	for _, op := range operations(t) {
		row := authorization[op.id]
		if row.bare != "403" || !unsafe(op.method) || public[op.method+" "+op.path] {
			continue
		}
		w.advance(2 * time.Minute)
		before := len(w.records("result=refused&by=" + string(w.bare().ID)))
		w.perform(op, row, as(w.bare()))
		w.perform(op, row, as(w.bare()))
		after := w.records("result=refused&by=" + string(w.bare().ID))
		if len(after) != before+1 || *after[0].Count != 2 || after[0].Reason == nil {
			t.Errorf("%s refused twice left %d records", op.id, len(after)-before)
		}
	}
}

// perform calls an operation on the world's victim.
func (w *world) perform(op documented, row access, by who) answered {
	victim, keys := w.victim()
	resource := derivedID("request", "x")
	target := strings.NewReplacer("{accesskeyId}", string(keys.ID), "{region}", "local-1", "{userId}", string(victim.ID),
		"{keyId}", string(keys.AccessKey), "{groupId}", string(w.group().ID), "{resourceId}", resource, "{resourceType}", "datacenter",
		"{requestId}", resource, "{tokenId}", resource, "{sessionId}", w.session(victim, op.id), "{contractNumber}", w.contract.ID.String()).Replace(op.path)
	if op.id == "tokensDeleteByCriteria" {
		target += "?criteria=EXPIRED"
	}
	var body any
	if row.body != "" {
		text := strings.ReplaceAll(row.body, "{userId}", string(victim.ID))
		if strings.Contains(text, "%s") {
			text = fmt.Sprintf(text, w.unique())
		}
		body = text
	}
	return w.do(op.method, target, func(r *http.Request) { by(r); r.Header.Set("User-Agent", "test/1") }, body)
}

func TestSignInsAreRecorded(t *testing.T) {
	w := newWorld(t)
	paul := w.plain()
	w.signIn(paul)
	for range 3 {
		w.do("POST", "/console/session", anonymous, map[string]string{"email": string(paul.Email), "password": "wrong-password-123"})
	}
	w.do("GET", "/accesskeys", func(r *http.Request) { r.SetBasicAuth(string(paul.Email), "other-wrong-password") }, nil)
	done, refused := w.records("action=coffer:SignIn&result=done"), w.records("action=coffer:SignIn&result=refused")
	if len(done) != 1 || *done[0].By != string(paul.ID) || *done[0].ByName != "Paul Test" {
		t.Errorf("signed in: %+v", done)
	}
	if len(refused) != 1 || *refused[0].Count != 4 || *refused[0].User != string(paul.ID) || refused[0].By != nil {
		t.Errorf("refused: %+v", refused)
	}
}

func TestReadingASecretIsRecorded(t *testing.T) {
	w := newWorld(t)
	paul := w.plain()
	k := must(w.iam.CreateKey(t.Context(), operator(), w.contract.ID, paul.ID, ""))
	for _, path := range []string{"/s3keys", "/s3keys/" + string(k.AccessKey)} {
		before := len(w.records("action=coffer:ReadSecretKey"))
		if a := w.do("GET", "/cloudapi/v6/um/users/"+string(paul.ID)+path, as(w.admin()), nil); !strings.Contains(a.Body.String(), k.Secret) {
			t.Fatalf("%s answers %d without the secret", path, a.Code)
		}
		after := w.records("action=coffer:ReadSecretKey")
		if len(after) != before+1 || *after[0].Subject != string(k.ID) || *after[0].By != string(w.admin().ID) || *after[0].User != string(paul.ID) {
			t.Errorf("%s: recorded %+v", path, after)
		}
	}
}

func TestTheRecordVerifiesAndIsOnesOwnContracts(t *testing.T) {
	w := newWorld(t)
	w.plain()
	w.signIn(w.stranger())
	w.signIn(w.owner)
	var rep console.AuditReport
	w.do("GET", "/console/audit/verify", as(w.owner), nil).json(&rep)
	if first := w.records(""); !rep.Whole || rep.Records != int64(len(first)) || rep.Head != first[0].Hash {
		t.Errorf("%+v", rep)
	}
	if rep.Removed != nil || rep.Anchor != nil {
		t.Errorf("nothing was removed: %+v", rep)
	}
	before := rep
	w.advance(time.Hour)
	if n := must(w.audit.Prune(t.Context(), w.contract.ID, w.clock())); int64(n) != before.Records {
		t.Errorf("%d records removed of %d", n, before.Records)
	}
	w.signIn(w.owner)
	rep = console.AuditReport{}
	w.do("GET", "/console/audit/verify", as(w.owner), nil).json(&rep)
	if left := w.records(""); !rep.Whole || len(left) != 1 || left[0].Number != rep.Records || rep.Removed == nil || *rep.Removed != before.Records || *rep.Anchor != before.Head {
		t.Errorf("%+v after %+v, left %+v", rep, before, left)
	}
	var page console.AuditPage
	w.do("GET", "/console/audit", as(w.stranger()), nil).json(&page)
	if len(page.Items) != 1 || *page.Items[0].By != string(w.stranger().ID) {
		t.Errorf("a stranger reads %+v", page.Items)
	}
	for query, name := range map[string]string{"limit=0": "limit", "limit=1001": "limit", "result=x": "result", "before=0": "before", "from=x": "from"} {
		if a := w.do("GET", "/console/audit?"+query, as(w.owner), nil); a.Code != 400 || !strings.Contains(a.message(), name) {
			t.Errorf("%s: %d %s", query, a.Code, a.Body)
		}
	}
}

// TestTheSystemHasARecordOfItsOwn: the operator's acts outside of contracts are chained, and refused ones are there as refusals alone.
func TestTheSystemHasARecordOfItsOwn(t *testing.T) {
	w := newWorld(t)
	me := w.operatorSession()
	for range 3 {
		if a := w.do("POST", "/operator/session", anonymous, map[string]string{"token": "operator-token-of-others-0123456789012"}); a.Code != 401 {
			t.Fatalf("a wrong token is answered %d", a.Code)
		}
	}
	for range 2 { // the second finds the name taken
		w.do("POST", "/operator/regions", me, `{"name":"berlin","ownership":"user-owned"}`)
	}
	w.do("POST", "/operator/regions", me, `{"name":"-x","ownership":"user-owned"}`)
	w.do("POST", "/console/sign", me, `{"requests":[{"method":"GET"}]}`) // for people alone
	w.do("GET", "/console/session", me, nil)                             // so is this, which is a read
	w.do("DELETE", "/console/session", me, nil)
	said := map[string][]console.AuditRecord{}
	for _, e := range w.onSystem("") {
		key := strings.TrimPrefix(e.Action, "coffer:") + " " + string(e.Result)
		said[key] = append(said[key], e)
	}
	for key, want := range map[string]struct {
		operator        bool
		subject, detail string
		count           int
	}{
		"SignIn done":                        {operator: true},
		"SignIn refused":                     {count: 3},
		"ManageRegions done":                 {operator: true, subject: "berlin", detail: "user-owned"},
		"ManageRegions refused":              {operator: true, subject: "berlin", detail: "user-owned", count: 1},
		"SignOut done":                       {operator: true},
		"control:POST /console/sign refused": {operator: true, count: 1},
	} {
		all := said[key]
		if len(all) != 1 || or(all[0].Operator, false) != want.operator || or(all[0].Subject, "") != want.subject || or(all[0].Detail, "") != want.detail ||
			or(all[0].Count, 0) != want.count || all[0].By != nil || all[0].Source == nil || all[0].Request == nil {
			t.Errorf("%s: %+v", key, all)
		}
		delete(said, key)
	}
	if len(said) > 0 {
		t.Errorf("besides there are %+v", said)
	}
	var rep console.AuditReport
	w.do("GET", "/operator/audit/verify", asOperator, nil).json(&rep)
	if first := w.onSystem("")[0]; !rep.Whole || rep.Records != 6 || rep.Head != first.Hash {
		t.Errorf("verified: %+v, the newest is %+v", rep, first)
	}
	if got := w.onSystem("subject=berlin&result=done&action=coffer:Manage*"); len(got) != 1 {
		t.Errorf("filtered: %+v", got)
	}
	for _, e := range w.records("") {
		if e.Action == "coffer:ManageRegions" || e.Action == "coffer:SignIn" {
			t.Errorf("a contract's record holds %+v", e)
		}
	}
	for query, name := range map[string]string{"limit=0": "limit", "result=x": "result", "before=0": "before"} {
		if a := w.do("GET", "/operator/audit?"+query, asOperator, nil); a.Code != 400 || !strings.Contains(a.message(), name) {
			t.Errorf("%s: %d %s", query, a.Code, a.Body)
		}
	}
}

// TestTheSystemsRecordIsTheOperatorsAlone: not even a contract's owner reads it, nor is what people are refused there in it.
func TestTheSystemsRecordIsTheOperatorsAlone(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/operator/audit", "/operator/audit/verify"} {
		for name, c := range map[string]struct {
			by     who
			status int
		}{"nobody": {anonymous, 401}, "the owner": {as(w.owner), 403}, "an administrator": {as(w.admin()), 403}, "a user": {as(w.plain()), 403}} {
			if a := w.do("GET", path, c.by, nil); a.Code != c.status || strings.Contains(a.Body.String(), "hash") {
				t.Errorf("%s by %s is answered %d %s", path, name, a.Code, a.Body)
			}
		}
	}
	w.do("POST", "/console/session", anonymous, map[string]string{"email": "nobody@example.org", "password": "wrong-password-123"})
	if a := w.do("GET", "/console/audit?before=1000&result=refused", inContract(w, asOperator), nil); !strings.Contains(a.Body.String(), "GET /operator/audit") {
		t.Errorf("the refusals are not in the contract: %s", a.Body)
	}
	if got := w.onSystem(""); len(got) != 0 {
		t.Errorf("the system's record holds %+v", got)
	}
	none := newWorld(t, func(c *Config) { c.Audit = nil })
	for _, path := range []string{"/operator/audit", "/operator/audit/verify"} {
		if a := none.do("GET", path, asOperator, nil); a.Code != 501 {
			t.Errorf("where nothing is recorded %s is answered %d", path, a.Code)
		}
	}
}

func TestUsageIsShown(t *testing.T) {
	w := newWorld(t)
	paul := w.plain()
	k := must(w.iam.CreateKey(t.Context(), operator(), w.contract.ID, paul.ID, ""))
	must(w.iam.CreateKey(t.Context(), operator(), w.contract.ID, paul.ID, "never used"))
	for _, key := range []ident.AccessKey{k.AccessKey, ""} {
		w.usage.Note(&usage.Use{Contract: w.contract.ID, User: paul.ID, Key: key, At: w.clock(), Operation: "PutObject", Bucket: "photos",
			Source: netip.MustParseAddr("192.0.2.7"), Program: "aws-cli/2", Status: 200, In: 10, Out: 100})
	}
	var keys management.AccessKeyReadList
	w.do("GET", "/accesskeys?filter.userId="+string(paul.ID), as(w.admin()), nil).json(&keys)
	if l := keys.Items[0].Metadata.LastUsed; l == nil || l.Operation != "PutObject" || *l.Bucket != "photos" || *l.Source != "192.0.2.7" ||
		*l.Program != "aws-cli/2" || !l.Date.Equal(stamp(w.clock())) || keys.Items[1].Metadata.LastUsed != nil {
		t.Errorf("%+v", keys.Items)
	}
	var days console.KeyUsageList
	w.do("GET", "/console/usage/keys", as(paul), nil).json(&days)
	if len(days.Items) != 2 || days.Items[0].AccessKey != nil || *days.Items[1].AccessKey != string(k.AccessKey) || days.Items[1].BytesIn != 10 ||
		days.Items[1].Requests != 1 || days.Items[1].Day.Format(time.DateOnly) != "2026-03-04" {
		t.Errorf("%+v", days.Items)
	}
	if a := w.do("GET", "/console/usage/keys?userId="+string(paul.ID), as(w.bare()), nil); a.Code != 403 {
		t.Errorf("another plain user is answered %d", a.Code)
	}
	var held console.BucketUsageList
	w.do("GET", "/console/usage/buckets?from=2026-03-01&to=2026-03-04", as(w.admin()), nil).json(&held)
	if len(held.Items) != 2 || held.Items[1].Bucket != "photos" || held.Items[1].Bytes != 70 {
		t.Errorf("%+v", held.Items)
	}
	if a := w.do("GET", "/console/usage/buckets?from=2020-03-01&to=2026-03-04", as(w.admin()), nil); a.Code != 400 {
		t.Errorf("six years are answered %d", a.Code)
	}
}

// TestUsageOfOneBucket: managers see any bucket of the contract by itself, and others those that are theirs.
func TestUsageOfOneBucket(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		by     *iam.User
		bucket string
		status int
	}{
		{w.admin(), "photos", 200}, {w.admin(), "mine", 200}, {w.plain(), "mine", 200},
		{w.plain(), "photos", 403}, {w.bare(), "mine", 403}, {w.stranger(), "mine", 404},
		{w.admin(), "foreign", 404}, {w.admin(), "none", 404}, {w.admin(), "NO", 400},
	} {
		a := w.do("GET", "/console/usage/buckets?bucket="+c.bucket, as(c.by), nil)
		if a.Code != c.status {
			t.Errorf("%s by %s: %d %s", c.bucket, c.by.Email, a.Code, a.Body)
			continue
		}
		var held console.BucketUsageList
		if a.json(&held); c.status == 200 && (len(held.Items) != 1 || held.Items[0].Bucket != c.bucket) {
			t.Errorf("%s by %s: %+v", c.bucket, c.by.Email, held.Items)
		}
	}
}

// codeAt computes a code as an authenticator program does, from the secret shown.
func (w *world) codeAt(secret string) string {
	key := must(base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret))
	return authenticator(key, w.clock())
}

func TestSecondFactor(t *testing.T) {
	w := newWorld(t)
	paul := w.plain()
	session, _ := w.signIn(paul)
	var e console.Enrolment
	w.do("POST", "/console/second-factor", session, nil).json(&e)
	if !strings.HasPrefix(e.Url, "otpauth://totp/") {
		t.Errorf("%+v", e)
	}
	if a := w.do("PUT", "/console/second-factor", session, map[string]string{"code": "000000"}); a.Code != 403 || !strings.Contains(a.Body.String(), `"SecondFactor"`) {
		t.Errorf("a wrong code is answered %d %s", a.Code, a.Body)
	}
	var codes console.RecoveryCodes
	w.do("PUT", "/console/second-factor", session, map[string]string{"code": w.codeAt(e.Secret)}).json(&codes)
	if len(codes.RecoveryCodes) < 5 {
		t.Errorf("recovery codes %v", codes)
	}
	if a := w.do("GET", "/accesskeys", as(paul), nil); a.Code != 401 || !strings.Contains(a.Body.String(), `"SecondFactor"`) {
		t.Errorf("Basic is answered %d %s", a.Code, a.Body)
	}
	signIn := func(code string) answered {
		return w.do("POST", "/console/session", anonymous, map[string]string{"email": string(paul.Email), "password": goodPassword, "code": code})
	}
	if a := signIn(""); a.Code != 401 || !strings.Contains(a.Body.String(), `"SecondFactor"`) {
		t.Errorf("without a code: %d %s", a.Code, a.Body)
	}
	w.advance(time.Minute)
	code := w.codeAt(e.Secret)
	a := signIn(code)
	var s console.Session
	a.json(&s)
	if a.Code != 200 || !s.User.SecondFactor.Active || s.User.SecondFactor.Required {
		t.Errorf("with a code: %d %+v", a.Code, s.User.SecondFactor)
	}
	if a := signIn(code); a.Code != 403 {
		t.Errorf("the same code again: %d", a.Code)
	}
	if a := signIn(codes.RecoveryCodes[0]); a.Code != 200 {
		t.Errorf("a recovery code: %d %s", a.Code, a.Body)
	}
	w.advance(time.Minute)
	if a := w.do("POST", "/console/second-factor/disable", session, map[string]string{"code": "000000"}); a.Code != 403 {
		t.Errorf("disabling with a wrong code: %d", a.Code)
	}
	if a := w.do("POST", "/console/second-factor/disable", session, map[string]string{"code": w.codeAt(e.Secret)}); a.Code != 204 {
		t.Errorf("disabling: %d %s", a.Code, a.Body)
	}
	if a := w.do("GET", "/accesskeys", as(paul), nil); a.Code != 200 {
		t.Errorf("Basic after that: %d", a.Code)
	}
}

// TestARequiredSecondFactorComesFirst lets somebody of whom it is required do nothing else before.
func TestARequiredSecondFactorComesFirst(t *testing.T) {
	w := newWorld(t)
	paul := w.plain()
	body := `{"properties":{"firstname":"Paul","lastname":"Test","email":"paul@example.org","administrator":false,"forceSecAuth":true}}`
	if a := w.do("PUT", "/cloudapi/v6/um/users/"+string(paul.ID), as(w.admin()), body); a.Code >= 300 {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	if a := w.do("GET", "/accesskeys", as(paul), nil); a.Code != 401 {
		t.Errorf("Basic is answered %d", a.Code)
	}
	session, csrf := w.signIn(paul)
	var s console.Session
	w.do("GET", "/console/session", session, nil).json(&s)
	if !s.User.SecondFactor.Required || s.User.SecondFactor.Active {
		t.Errorf("%+v", s.User.SecondFactor)
	}
	if a := w.do("GET", "/accesskeys", session, nil); a.Code != 403 || !strings.Contains(a.Body.String(), `"SecondFactorRequired"`) {
		t.Errorf("before setting it up: %d %s", a.Code, a.Body)
	}
	var e console.Enrolment
	w.do("POST", "/console/second-factor", session, nil).json(&e)
	if a := w.do("PUT", "/console/second-factor", session, map[string]string{"code": w.codeAt(e.Secret)}); a.Code != 200 {
		t.Fatalf("confirming: %d %s", a.Code, a.Body)
	}
	if a := w.do("GET", "/accesskeys", session, nil); a.Code != 200 {
		t.Errorf("after setting it up: %d %s", a.Code, a.Body)
	}
	var made struct{ Token string }
	w.do("GET", "/auth/v1/tokens/generate", func(r *http.Request) { session(r); r.Header.Set("X-CSRF-Token", csrf) }, nil).json(&made)
	if a := w.do("GET", "/accesskeys", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+made.Token) }, nil); a.Code != 200 {
		t.Errorf("a token is answered %d", a.Code)
	}
	w.advance(time.Minute)
	if a := w.do("POST", "/console/second-factor/disable", session, map[string]string{"code": w.codeAt(e.Secret)}); a.Code != 403 {
		t.Errorf("switching it off is answered %d", a.Code)
	}
	if a := w.do("DELETE", "/console/users/"+string(paul.ID)+"/second-factor", as(w.admin()), nil); a.Code != 204 {
		t.Errorf("resetting it is answered %d", a.Code)
	}
	if a := w.do("GET", "/accesskeys", session, nil); a.Code != 401 {
		t.Errorf("the session after that is answered %d", a.Code)
	}
}

// authenticator is RFC 6238 with SHA-1, six digits and 30 seconds.
func authenticator(key []byte, at time.Time) string {
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(at.Unix()/30)))
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[from:])&0x7fffffff%1000000)
}

func TestATemporaryPasswordIsChangedFirst(t *testing.T) {
	w := newWorld(t)
	body := `{"properties":{"firstname":"Nina","lastname":"New","email":"nina@example.org","password":"river-otter-42-lantern","administrator":true,"temporaryPassword":true}}`
	if a := w.do("POST", "/cloudapi/v6/um/users", as(w.admin()), body); a.Code != 202 || !strings.Contains(a.Body.String(), "temporaryPassword") {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	signIn := func(password string) (who, console.Session) {
		a := w.do("POST", "/console/session", anonymous, map[string]string{"email": "nina@example.org", "password": password})
		var s console.Session
		a.json(&s)
		return func(r *http.Request) {
			r.AddCookie(a.Result().Cookies()[0])
			r.Header.Set("X-CSRF-Token", s.CsrfToken)
		}, s
	}
	session, s := signIn(goodPassword)
	if s.User.MustChangePassword == nil || !*s.User.MustChangePassword {
		t.Errorf("the session says nothing of it: %+v", s.User)
	}
	for _, by := range []who{session, func(r *http.Request) { r.SetBasicAuth("nina@example.org", goodPassword) }} {
		if a := w.do("GET", "/accesskeys", by, nil); a.Code != 403 || !strings.Contains(a.Body.String(), `"PasswordChangeRequired"`) {
			t.Errorf("before the change: %d %s", a.Code, a.Body)
		}
	}
	change := func(to string) int {
		return w.do("POST", "/console/password", session, map[string]string{"old": goodPassword, "new": to}).Code
	}
	if code := change(goodPassword); code != 400 {
		t.Errorf("the same password again: %d", code)
	}
	if code := change("own-password-of-nina-7"); code != 204 {
		t.Errorf("another password: %d", code)
	}
	if a := w.do("GET", "/accesskeys", session, nil); a.Code != 200 {
		t.Errorf("after the change: %d %s", a.Code, a.Body)
	}
	if _, s := signIn("own-password-of-nina-7"); s.User.MustChangePassword != nil {
		t.Error("it must be changed once more")
	}
}
