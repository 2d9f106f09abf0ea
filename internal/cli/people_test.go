package cli

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

func TestUsersMadeInOneCommand(t *testing.T) {
	b := newBench(t)
	b.login()
	create := func(mail string, flags ...string) []string {
		return append([]string{"user", "create", mail, "--firstname", "N", "--lastname", "N"}, flags...)
	}
	out := b.ok(create("omar@example.org", "--invite", "--force-2fa")...)
	link := regexp.MustCompile(`http\S+/invitation#\S+`).FindString(out)
	if link == "" || strings.Contains(out, "Password") {
		t.Fatalf("an invited user: %s", out)
	}
	if _, _, err := b.run("own-password-of-omar-7\n", "accept", link, "--password-stdin"); err != nil {
		t.Error(err)
	}
	var got struct {
		Properties struct{ ForceSecAuth, Active bool }
	}
	if err := json.Unmarshal([]byte(b.ok("user", "get", "omar@example.org", "-o", "json")), &got); err != nil || !got.Properties.ForceSecAuth || !got.Properties.Active {
		t.Errorf("%+v %v", got, err)
	}
	b.ok(create("ina@example.org", "--inactive")...)
	if err := json.Unmarshal([]byte(b.ok("user", "get", "ina@example.org", "-o", "json")), &got); err != nil || got.Properties.Active {
		t.Errorf("%+v %v", got, err)
	}
	for _, both := range [][]string{{"--invite", "--inactive"}, {"--invite", "--temporary"}, {"--invite", "--password-stdin"}} {
		b.fails(ExitUsage, "can't be used together", create("both@example.org", both...)...)
	}
	b.fails(ExitNotFound, "no user", "user", "get", "both@example.org")
}

func TestStorageOfAnother(t *testing.T) {
	b := newBench(t)
	b.login()
	b.ok("user", "create", "anna@example.org", "--firstname", "Anna", "--lastname", "Admin", "--administrator")
	if out := b.ok("user", "storage", "anna@example.org"); !strings.Contains(out, b.url+"/visit#") {
		t.Errorf("%s", out)
	}
	b.ok("user", "create", "bert@example.org", "--firstname", "Bert", "--lastname", "Bare")
	b.fails(ExitConflict, "privilege", "user", "storage", "bert@example.org")
}

func TestKeysOfEverybody(t *testing.T) {
	b := newBench(t)
	b.login()
	b.ok("user", "create", "anna@example.org", "--firstname", "Anna", "--lastname", "Admin", "--administrator")
	b.ok("key", "create", "-d", "mine")
	b.ok("key", "create", "--user", "anna@example.org", "-d", "hers")
	out := b.ok("key", "list", "--all")
	for _, want := range []string{"olga@example.org", "anna@example.org", "mine", "hers"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in the list: %s", want, out)
		}
	}
	if strings.Contains(b.ok("key", "list"), "hers") {
		t.Error("one's own keys are everybody's")
	}
	b.fails(ExitUsage, "can't be used together", "key", "list", "--all", "--user", "anna@example.org")
}

func TestEnsuringAKey(t *testing.T) {
	b := newBench(t)
	b.login()
	const id = "5f9e1c9d-2a35-4c1b-9ad9-5d4f8a2b7f10"
	made := b.ok("key", "ensure", id, "-d", "backup", "--format", "csv")
	if !strings.Contains(made, "Access key ID,Secret access key") || !strings.Contains(made, "coffers1_") {
		t.Errorf("%s", made)
	}
	again := b.ok("key", "ensure", id, "-d", "backup of the office")
	if strings.Contains(again, "coffers1_") || !strings.Contains(again, "backup of the office") {
		t.Errorf("%s", again)
	}
	if n := strings.Count(b.ok("key", "list"), "cofferk1_"); n != 1 {
		t.Errorf("%d keys", n)
	}
	b.fails(ExitUsage, "no UUID", "key", "ensure", "no-uuid")
}
