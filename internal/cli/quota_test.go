package cli

import (
	"strings"
	"testing"
)

func TestQuotaCommands(t *testing.T) {
	b := newBench(t)
	b.login()
	if out := b.ok("quota", "get"); !strings.Contains(out, "3 of any") {
		t.Errorf("without a quota: %s", out)
	}
	out := b.ok("quota", "set", "--user", "olga@example.org", "--bytes", "5GiB", "--objects", "100")
	if !strings.Contains(out, "Bytes    30 of 5368709120") || !strings.Contains(out, "Objects  3 of 100") {
		t.Errorf("set prints %s", out)
	}
	if out := b.ok("quota", "set", "--user", "olga@example.org", "--objects", "none"); !strings.Contains(out, "30 of 5368709120") || !strings.Contains(out, "3 of any") {
		t.Errorf("one of two removed: %s", out)
	}
	b.fails(ExitDenied, "", "quota", "set", "--bytes", "1MiB")
	if out := b.ok("quota"); !strings.Contains(out, "user  Olga Owner") || strings.Count(out, "\n") != 2 {
		t.Errorf("list prints %s", out)
	}
	b.fails(ExitNotFound, "", "quota", "get", "--bucket", "nothing")
	for _, bad := range [][]string{{"--bytes", "5 parsecs"}, {"--bytes", "-1"}, {"--bytes", "0"}, {"--objects", "5GiB"}, {"--objects", "x"}, {"--bytes", "9999999TiB"}, {}} {
		b.fails(ExitUsage, "", append([]string{"quota", "set"}, bad...)...)
	}
}

func TestHandoverCommands(t *testing.T) {
	b := newBench(t)
	b.login()
	b.ok("user", "create", "paul@example.org", "--firstname", "Paul", "--lastname", "Leaves")
	b.fails(ExitConflict, "no canonical user id", "user", "handover", "paul@example.org", "olga@example.org")
	b.ok("key", "create")
	if out := b.ok("user", "handover", "paul@example.org", "olga@example.org"); !strings.Contains(out, "2") {
		t.Errorf("handover prints %s", out)
	}
	b.fails(ExitNotFound, "", "user", "delete", "paul@example.org", "--hand-over-to", "nobody@example.org")
	b.ok("user", "get", "paul@example.org")
	b.ok("user", "delete", "paul@example.org", "--hand-over-to", "olga@example.org")
	b.fails(ExitNotFound, "", "user", "get", "paul@example.org")
}
