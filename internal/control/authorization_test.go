package control

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"coffer/api"
)

// access is what each kind of caller is answered by an operation on the plain user of the first contract, who is not the caller.
// "yes": permitted, whatever else the answer says. Denials are exact.
type access struct {
	stranger string // owner of another contract
	bare     string // plain user of the contract without the privilege
	admin    string
	operator string
	body     string
}

const yes = "yes"

// authorization has one row for every operation of the documents. Anonymous callers get 401 from all but those in public.
var authorization = map[string]access{
	// Object Storage Management API: the caller's own keys, or one key by its id.
	"accesskeysGet":                  {yes, "403", yes, "400", ""}, // the operator has no keys and is told to name a user
	"accesskeysPost":                 {yes, "403", yes, "403", `{"properties":{}}`},
	"accesskeysFindById":             {"404", "404", yes, yes, ""},
	"accesskeysPut":                  {"409", "403", "409", "403", `{"properties":{"description":"x"}}`},
	"accesskeysRenew":                {"404", "404", yes, yes, ""},
	"accesskeysDelete":               {"404", "404", yes, yes, ""},
	"regionsGet":                     {yes, yes, yes, yes, ""},
	"regionsFindByRegion":            {yes, yes, yes, yes, ""},
	"umUsersGet":                     {yes, "403", yes, yes, ""}, // a stranger lists their own contract
	"umUsersPost":                    {yes, "403", yes, yes, `{"properties":{"firstname":"N","lastname":"N","email":"%s@example.org","password":"river-otter-42-lantern"}}`},
	"umUsersFindById":                {"404", "403", yes, yes, ""},
	"umUsersPut":                     {"404", "403", yes, yes, `{"properties":{"firstname":"Paul","lastname":"Test","email":"paul@example.org"}}`},
	"umUsersDelete":                  {"404", "403", yes, yes, ""},
	"umUsersGroupsGet":               {"404", "403", yes, yes, ""},
	"umUsersOwnsGet":                 {"404", "403", yes, yes, ""},
	"umUsersS3keysGet":               {"404", "403", yes, yes, ""},
	"umUsersS3keysPost":              {"404", "403", yes, yes, ""},
	"umUsersS3keysFindByKeyId":       {"422", "403", yes, yes, ""},
	"umUsersS3keysPut":               {"422", "403", yes, yes, `{"properties":{"active":true}}`},
	"umUsersS3keysDelete":            {"422", "403", yes, yes, ""},
	"umUsersS3ssourlGet":             {"404", "403", yes, "403", ""}, // nobody's storage is the operator's
	"umGroupsGet":                    {yes, "403", yes, yes, ""},
	"umGroupsPost":                   {yes, "403", yes, yes, `{"properties":{"name":"%s"}}`},
	"umGroupsFindById":               {"404", "403", yes, yes, ""},
	"umGroupsPut":                    {"404", "403", yes, yes, `{"properties":{"name":"storage","s3Privilege":true}}`},
	"umGroupsDelete":                 {"404", "403", yes, yes, ""},
	"umGroupsUsersGet":               {"404", "403", yes, yes, ""},
	"umGroupsUsersPost":              {"404", "403", yes, yes, `{"id":"{userId}"}`},
	"umGroupsUsersDelete":            {"404", "403", yes, yes, ""},
	"umGroupsResourcesGet":           {"404", "403", yes, yes, ""},
	"umGroupsSharesGet":              {"404", "403", yes, yes, ""},
	"umGroupsSharesFindByResourceId": {"404", "403", yes, yes, ""},
	"umGroupsSharesPost":             {"404", "403", yes, yes, `{"properties":{}}`},
	"umGroupsSharesPut":              {"404", "403", yes, yes, `{"properties":{}}`},
	"umGroupsSharesDelete":           {"404", "403", yes, yes, ""},
	"umResourcesGet":                 {yes, "403", yes, yes, ""},
	"umResourcesFindByType":          {yes, "403", yes, yes, ""},
	"umResourcesFindByTypeAndId":     {yes, "403", yes, yes, ""},
	"apiInfoGet":                     {yes, yes, yes, yes, ""},
	"contractsGet":                   {yes, yes, yes, yes, ""},
	"requestsStatusGet":              {yes, yes, yes, yes, ""},

	// Auth API: the caller's own tokens, which the operator has none of.
	"tokensGenerate":         {yes, yes, yes, "403", ""},
	"tokensGet":              {yes, yes, yes, "403", ""},
	"tokensDeleteByCriteria": {yes, yes, yes, "403", ""},
	"tokensFindById":         {yes, yes, yes, "403", ""},
	"tokensDeleteById":       {yes, yes, yes, "403", ""},

	// Console: all but the first three need a session, which callers with Basic or the operator's token don't have.
	"consoleCa":       {yes, yes, yes, yes, ""},
	"consoleInfo":     {yes, yes, yes, yes, ""},
	"consoleSignIn":   {yes, yes, yes, yes, `{"email":"paul@example.org","password":"river-otter-42-lantern"}`},
	"consoleSession":  {yes, yes, yes, "403", ""},
	"consoleSignOut":  {"401", "401", "401", "401", ""},
	"consolePassword": {"401", "401", "401", "401", `{"old":"x","new":"y"}`},
	"consoleSign":     {"401", "401", "401", "401", `{"requests":[{"method":"GET"}]}`},

	"consoleSecondFactorBegin":   {"401", "401", "401", "401", ""},
	"consoleSecondFactorConfirm": {"401", "401", "401", "401", `{"code":"123456"}`},
	"consoleSecondFactorDisable": {"401", "401", "401", "401", `{"code":"123456"}`},
	"consoleSecondFactorReset":   {"404", "403", yes, yes, ""},
	"consoleSessions":            {"404", "403", yes, yes, ""},
	"consoleSessionEnd":          {"404", "403", yes, yes, ""},
	"consoleSessionsEnd":         {"404", "403", yes, yes, ""},
	"consoleInvite":              {"404", "403", yes, yes, ""},
	"consoleAcceptInvitation":    {"403", "403", "403", "403", `{"token":"x","password":"river-otter-43-lantern"}`},
	"consoleVisit":               {"403", "403", "403", "403", `{"token":"x"}`},
	"consoleHandOver":            {"404", "403", yes, yes, `{"to":"{userId}"}`},
	"consoleContract":            {yes, yes, yes, yes, ""},
	"consoleContractUpdate":      {yes, "403", "403", yes, `{"name":"First","secrets":"retrievable","maxKeyDays":0}`},
	// Records: of the caller's own contract; plain users see the use of their own keys.
	"consoleKeys":         {yes, "403", yes, yes, ""}, // a stranger lists their own contract
	"consoleAudit":        {yes, "403", yes, yes, ""},
	"consoleAuditVerify":  {yes, "403", yes, yes, ""},
	"consoleUsageKeys":    {yes, yes, yes, "400", ""},
	"consoleUsageUsers":   {yes, "403", yes, yes, ""},
	"consoleUsageBuckets": {yes, "403", yes, yes, ""},

	// Quotas: without a query the contract's, which the operator alone sets.
	"consoleQuotas":   {yes, "403", yes, yes, ""},
	"consoleQuota":    {yes, "403", yes, yes, ""},
	"consoleQuotaSet": {"403", "403", "403", yes, `{"bytes":1000}`},

	// Operator.
	"operatorSignIn":         {yes, yes, yes, yes, `{"token":"` + operatorToken + `"}`},
	"operatorSession":        {"403", "403", "403", yes, ""},
	"operatorAudit":          {"403", "403", "403", yes, ""},
	"operatorAuditVerify":    {"403", "403", "403", yes, ""},
	"operatorSystem":         {"403", "403", "403", yes, ""},
	"operatorRegions":        {"403", "403", "403", yes, ""},
	"operatorCreateRegion":   {"403", "403", "403", yes, `{"name":"r%s","ownership":"user-owned"}`},
	"operatorContracts":      {"403", "403", "403", yes, ""},
	"operatorCreateContract": {"403", "403", "403", yes, `{"name":"N","owner":{"firstname":"N","lastname":"N","email":"%s@example.org"}}`},
	"operatorContract":       {"403", "403", "403", yes, ""},
	"operatorImportKey":      {"403", "403", "403", yes, `{"accessKey":"IMPORTED0000000%s","secretKey":"0123456789abcdef"}`},
	"operatorResetPassword":  {"403", "403", "403", yes, `{"email":"bert@example.org","password":"river-otter-42-lantern"}`},
}

type documented struct{ id, method, path string }

// operations lists every operation of the documents.
func operations(t *testing.T) []documented {
	t.Helper()
	var out []documented
	for _, name := range []string{"management.yaml", "cloud.yaml", "console.yaml"} {
		var doc struct {
			Paths map[string]map[string]yaml.Node
		}
		if err := yaml.Unmarshal(must(api.Documents.ReadFile(name)), &doc); err != nil {
			t.Fatal(err)
		}
		for path, item := range doc.Paths {
			for method, n := range item {
				var op struct {
					OperationID string `yaml:"operationId"`
				}
				if method == "parameters" {
					continue
				}
				if err := n.Decode(&op); err != nil || op.OperationID == "" {
					t.Fatalf("%s: %s %s has no operationId", name, method, path)
				}
				out = append(out, documented{op.OperationID, strings.ToUpper(method), path})
			}
		}
	}
	slices.SortFunc(out, func(a, b documented) int { return strings.Compare(a.id, b.id) })
	return out
}

func TestEveryOperationIsAuthorized(t *testing.T) {
	ops := operations(t)
	if len(ops) != len(authorization) {
		t.Errorf("the documents have %d operations and the table %d rows", len(ops), len(authorization))
	}
	w := newWorld(t)
	w.bare()
	w.plain()
	w.stranger()
	for _, op := range ops {
		row, ok := authorization[op.id]
		if !ok {
			t.Errorf("%s (%s %s) has no row in the authorization table: say who may call it before it is there", op.id, op.method, op.path)
		}
		t.Run(op.id, func(t *testing.T) { w.t = t; checkAccess(w, op, row) })
	}
}

func checkAccess(w *world, op documented, row access) {
	t := w.t
	victim, keys := w.victim()
	resource := derivedID("request", "x")
	target := strings.NewReplacer("{accesskeyId}", string(keys.ID), "{region}", "local-1", "{userId}", string(victim.ID),
		"{keyId}", string(keys.AccessKey), "{groupId}", string(w.group().ID), "{resourceId}", resource, "{resourceType}", "datacenter",
		"{requestId}", resource, "{tokenId}", resource, "{sessionId}", w.session(victim, op.id), "{contractNumber}", w.contract.ID.String()).Replace(op.path)
	if op.id == "tokensDeleteByCriteria" {
		target += "?criteria=EXPIRED"
	}
	call := func(by who) answered {
		var body any
		if row.body != "" {
			text := strings.ReplaceAll(row.body, "{userId}", string(victim.ID))
			if strings.Contains(text, "%s") {
				text = fmt.Sprintf(text, w.unique())
			}
			body = text
		}
		return w.do(op.method, target, by, body)
	}
	open := public[op.method+" "+op.path]
	if a := call(anonymous); open != (a.Code != http.StatusUnauthorized) {
		t.Errorf("an anonymous caller is answered %d: %s", a.Code, a.Body)
	}
	if a := call(func(r *http.Request) { r.Header.Set("Authorization", "Bearer wrong") }); !open && a.Code != http.StatusUnauthorized {
		t.Errorf("a wrong token is answered %d", a.Code)
	}
	w.advance(time.Second) // failed attempts are limited
	for _, c := range []struct {
		name string
		by   who
		want string
	}{{"a stranger", as(w.stranger()), row.stranger}, {"a plain user", as(w.bare()), row.bare},
		{"an administrator", as(w.admin()), row.admin}, {"the operator", inContract(w, asOperator), row.operator}} {
		a := call(c.by)
		got := fmt.Sprint(a.Code)
		if c.want == yes && a.Code != 401 && a.Code != 403 {
			got = yes
		}
		if got != c.want {
			t.Errorf("%s is answered %d, want %s: %s", c.name, a.Code, c.want, a.Body)
		}
	}
}

// inContract names the first contract, which the operator has to.
func inContract(w *world, by who) who {
	return func(r *http.Request) { by(r); r.Header.Set("X-Contract-Number", w.contract.ID.String()) }
}
