package cli

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// idRow is a row of the list of tokens.
var idRow = regexp.MustCompile(`(?m)^([0-9a-f-]{36})  20\d\d-\S+Z  20\d\d-\S+Z$`)

func TestLoginKeepsAToken(t *testing.T) {
	b := newBench(t)
	b.login()
	stored := must(readProfiles(b.home)).Profiles["default"]
	if strings.Count(stored.Token, ".") != 2 || stored.Expires.IsZero() {
		t.Fatalf("the profile is %+v", stored)
	}
	if out := b.ok("token", "list"); len(idRow.FindAllString(out, -1)) != 1 {
		t.Errorf("token list prints %s", out)
	}
	b.ok("logout")
	b.env["COFFER_TOKEN"] = stored.Token
	b.fails(ExitSignIn, "", "key", "list", "--url", b.url)
	delete(b.env, "COFFER_TOKEN")
	b.fails(ExitUsage, "--ttl", "login", "--url", b.url, "--password-stdin", "--ttl", "59s", "olga@example.org")
}

func TestTokenCommands(t *testing.T) {
	b := newBench(t)
	b.login()
	text := strings.TrimSpace(b.ok("token", "create", "--ttl", "1h"))
	if !strings.HasPrefix(text, "eyJ") || strings.ContainsAny(text, " \n") {
		t.Fatalf("token create prints %q", text)
	}
	if out := b.ok("token", "create", "-o", "json"); !strings.Contains(out, `"token": "eyJ`) {
		t.Errorf("token create -o json prints %s", out)
	}
	b.fails(ExitUsage, "--ttl", "token", "create", "--ttl", "8761h")
	b.fails(ExitUsage, "name tokens", "token", "delete")
	b.fails(ExitUsage, "name tokens", "token", "delete", "--all", "x")
	b.fails(ExitUsage, "", "token", "delete", "--all", "--current")
	b.fails(ExitNotFound, "no such token", "token", "delete", "11111111-2222-4333-8444-555555555555")

	// The token alone is enough elsewhere.
	if err := os.Remove(profilePath(b.home)); err != nil {
		t.Fatal(err)
	}
	b.env["COFFER_TOKEN"], b.env["COFFER_URL"] = text, b.url
	at := []string{"--url", b.url}
	if out := b.ok(append([]string{"whoami"}, at...)...); !strings.Contains(out, "olga@example.org") {
		t.Errorf("whoami prints %s", out)
	}
	rows := idRow.FindAllStringSubmatch(b.ok(append([]string{"token", "list"}, at...)...), -1)
	if len(rows) != 3 {
		t.Fatalf("there are %d tokens, want 3", len(rows))
	}
	b.ok(append([]string{"token", "delete", rows[0][1], rows[2][1]}, at...)...)
	b.ok(append([]string{"token", "delete", "--expired"}, at...)...)
	if rows := idRow.FindAllString(b.ok(append([]string{"token", "list"}, at...)...), -1); len(rows) != 1 {
		t.Errorf("%d tokens are left, want 1", len(rows))
	}
	b.ok(append([]string{"token", "delete", "--current"}, at...)...)
	b.fails(ExitSignIn, "", append([]string{"token", "list"}, at...)...)
}
