package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"coffer/internal/cli"
	"coffer/internal/config"
)

func TestKeyringCommands(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	coffer := func(args ...string) (int, string) {
		var out bytes.Buffer
		env := &cli.Env{Context: t.Context(), Stdout: &out, Stderr: &out, Getenv: func(string) string { return "" }}
		code := run(t.Context(), append(args, "--data", data), env)
		return code, out.String()
	}
	if code, out := coffer("keyring", "list"); code != cli.ExitNotFound || !strings.Contains(out, "no keyring") {
		t.Errorf("where there is none: %d %s", code, out)
	}
	dir, err := openDataDir(data)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := openKeyring(t.Context(), &config.Serve{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := ring.Seal([]byte("secret"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if code, out := coffer("keyring", "rotate"); code != cli.ExitConflict || !strings.Contains(out, "in use") {
		t.Errorf("beside a running server: %d %s", code, out)
	}
	if code, out := coffer("keyring", "list"); code != 0 || strings.Count(out, "\n") != 3 {
		t.Errorf("listed beside a running server: %d %s", code, out)
	}
	dir.close()
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"rotate"}, 0, "key 2 seals"}, {[]string{"add", "invoices"}, 0, "made the key invoices"},
		{[]string{"add", "invoices"}, cli.ExitConflict, "already"}, {[]string{"add", "not a name!"}, cli.ExitUsage, "name"},
		{[]string{"list"}, 0, "what it sealed before"}, {[]string{"list"}, 0, "invoices"},
	} {
		if code, out := coffer(append([]string{"keyring"}, c.args...)...); code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("keyring %v: %d %s", c.args, code, out)
		}
	}
	again, err := openKeyring(t.Context(), &config.Serve{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := again.Open(sealed, nil); err != nil || string(plain) != "secret" {
		t.Errorf("what the older key sealed: %q %v", plain, err)
	}
	if !again.HasNamed("invoices") {
		t.Error("the server does not have the new name")
	}
}
