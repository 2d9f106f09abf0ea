package cli

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// sessionRows are the ids of the sessions in a list, and what follows them.
var sessionRows = regexp.MustCompile(`(?m)^([0-9a-f]{32})  20\d\d-\S+Z  20\d\d-\S+Z  (.*)$`)

func (b *bench) browser(program string) {
	b.t.Helper()
	r := must(http.NewRequestWithContext(b.t.Context(), "POST", b.url+"/console/session", strings.NewReader(`{"email":"olga@example.org","password":"`+testPassword+`"}`)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", program)
	resp := must(http.DefaultClient.Do(r))
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b.t.Fatalf("signing in is answered %d", resp.StatusCode)
	}
}

func TestSessionCommands(t *testing.T) {
	b := newBench(t)
	b.login()
	for _, program := range []string{"Browser/1", "Browser/2", "Browser/3"} {
		b.browser(program)
	}
	rows := sessionRows.FindAllStringSubmatch(b.ok("session", "list"), -1)
	if len(rows) != 3 || !strings.HasPrefix(rows[0][2], "127.0.0.1  user  Browser/") {
		t.Fatalf("session list shows %q", rows)
	}
	b.fails(ExitUsage, "name sessions", "session", "delete")
	b.fails(ExitUsage, "name sessions", "session", "delete", "--all", rows[0][1])
	b.fails(ExitUsage, "no id", "session", "delete", "..")
	b.ok("session", "delete", rows[0][1])
	b.fails(ExitNotFound, "no such session", "session", "delete", rows[0][1])
	if left := sessionRows.FindAllStringSubmatch(b.ok("session", "list", "--user", "olga@example.org"), -1); len(left) != 2 || left[0][1] == rows[0][1] || left[1][1] == rows[0][1] {
		t.Errorf("after one was ended: %q", left)
	}
	if out := b.ok("session", "delete", "--all", "-o", "json"); !strings.Contains(out, `"ended": 2`) {
		t.Errorf("session delete --all prints %s", out)
	}
	if out := b.ok("session", "list"); sessionRows.MatchString(out) {
		t.Errorf("sessions are left: %s", out)
	}
	b.ok("whoami") // the token is no session
}
