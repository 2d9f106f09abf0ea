package cli

import (
	"strings"
	"testing"

	"coffer/internal/api/console"
)

func TestSystem(t *testing.T) {
	b := newBench(t)
	at := []string{"--url", b.url, "--data", b.data}
	out := b.ok(append([]string{"system"}, at...)...)
	for _, want := range []string{"/var/lib/coffer", "40.0 GiB of 100.0 GiB, reserve 1.0 GiB", "Store of rows", "Job lifecycle", "waiting"} {
		if !strings.Contains(out, want) {
			t.Errorf("system does not print %q: %s", want, out)
		}
	}
	out = b.ok(append([]string{"system", "contracts", "olga@"}, at...)...)
	if !strings.Contains(out, "First") || !strings.Contains(out, "olga@example.org") || !strings.Contains(out, "30 B") {
		t.Errorf("system contracts prints %s", out)
	}
	if out := b.ok(append([]string{"system", "contracts", "nobody"}, at...)...); strings.Count(out, "\n") != 1 {
		t.Errorf("contracts of nobody are %s", out)
	}
	if out := b.ok(append([]string{"system", "regions"}, at...)...); !strings.Contains(out, "local-2") || !strings.Contains(out, "5.0 MiB") {
		t.Errorf("system regions prints %s", out)
	}
	if out := b.ok(append([]string{"system", "add-region", "berlin", "--type", "user-owned"}, at...)...); !strings.Contains(out, "user-owned") {
		t.Errorf("system add-region prints %s", out)
	}
	if out := b.ok(append([]string{"system", "regions"}, at...)...); !strings.Contains(out, "berlin") {
		t.Errorf("system regions prints %s", out)
	}
	b.fails(ExitConflict, "region", append([]string{"system", "add-region", "berlin", "--type", "user-owned"}, at...)...)
	text := "the disk is full"
	b.health.Ready, b.health.Stores = false, []console.SystemStore{{Name: console.Rows, Problem: &text}}
	b.fails(ExitUnavailable, "not ready", append([]string{"system", "status"}, at...)...)
	b.fails(ExitSignIn, "operator's token", "system", "--url", b.url, "--data", b.home)
}

func TestSizes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 1 << 30: "1.0 GiB", 5 << 50: "5120.0 TiB"} {
		if got := size(n); got != want {
			t.Errorf("%d bytes are written %q, want %q", n, got, want)
		}
	}
}
