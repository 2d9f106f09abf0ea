package cli

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"coffer/internal/ident"
	metering "coffer/internal/usage"
)

func TestAuditCommands(t *testing.T) {
	b := newBench(t)
	b.login()
	b.ok("key", "create", "-d", "backup")
	b.fails(ExitNotFound, "", "user", "get", "nobody@example.org")
	out := b.ok("audit")
	for _, want := range []string{"CreateAccessKey", "SignIn", "CreateToken", "SignOut", "Olga Owner", "backup", "coffer/test", "done"} {
		if !strings.Contains(out, want) {
			t.Errorf("audit does not print %q:\n%s", want, out)
		}
	}
	if out := b.ok("audit", "list", "--action", "coffer:Create*Key"); strings.Count(out, "\n") != 1 {
		t.Errorf("an action with a star inside prints %s", out)
	}
	if out := b.ok("audit", "--action", "coffer:CreateA*", "--by", "olga@example.org", "--since", "1h", "--done", "--max", "1"); strings.Count(out, "\n") != 2 {
		t.Errorf("filtered: %s", out)
	}
	if out := b.ok("audit", "--refused"); strings.Count(out, "\n") != 1 {
		t.Errorf("refused: %s", out)
	}
	b.fails(ExitUsage, "--since", "audit", "--since", "yesterday")
	out = b.ok("audit", "verify")
	found := regexp.MustCompile(`Records  (\d+)\nHead     ([0-9a-f]{64})\n`).FindStringSubmatch(out)
	if found == nil || !strings.Contains(out, "Whole    yes") {
		t.Fatalf("verify prints %s", out)
	}
	b.ok("key", "create")
	b.ok("audit", "verify", "--noted", found[1]+":"+found[2])
	b.fails(ExitFailure, "older state", "audit", "verify", "--noted", found[1]+":"+strings.Repeat("0", 64))
	b.fails(ExitUsage, "NUMBER:HASH", "audit", "verify", "--noted", "x")

	// Everything so far is removed for its age: the chain goes on behind it.
	earlier := "1:" + strings.Repeat("0", 64)
	out = b.ok("audit", "verify")
	last := regexp.MustCompile(`Records  (\d+)\nHead     ([0-9a-f]{64})\n`).FindStringSubmatch(out)
	if strings.Contains(out, "Begins") || last == nil {
		t.Errorf("verify prints %s", out)
	}
	if n, err := b.audit.Prune(t.Context(), b.first, time.Now().Add(time.Hour)); n == 0 || err != nil {
		t.Fatalf("%d removed, %v", n, err)
	}
	b.ok("key", "create")
	out = b.ok("audit", "verify")
	if regexp.MustCompile(`Whole         yes\nRecords       \d+\nHead          [0-9a-f]{64}\nBegins after  `+last[1]+`\nAnchor        `+last[2]+`\n`).FindString(out) == "" {
		t.Errorf("verify prints %s", out)
	}
	b.ok("audit", "verify", "--noted", last[1]+":"+last[2])
	b.fails(ExitFailure, "removed for its age", "audit", "verify", "--noted", earlier)
	if out := b.ok("audit"); strings.Count(out, "\n") != 2 || !strings.Contains(out, "CreateAccessKey") {
		t.Errorf("audit prints %s", out)
	}
}

// TestAuditOfTheSystem: the operator who names no contract is told of the system, and of a contract with its number.
func TestAuditOfTheSystem(t *testing.T) {
	b := newBench(t)
	op := func(args ...string) string {
		return b.ok(append(args, "--operator", "--data", b.data, "--url", b.url)...)
	}
	b.login()
	op("system", "add-region", "berlin", "--type", "user-owned")
	out := op("audit")
	if !strings.Contains(out, "operator  ManageRegions  berlin, user-owned  done") || strings.Contains(out, "SignIn") {
		t.Errorf("audit prints %s", out)
	}
	if out := op("audit", "--refused"); strings.Count(out, "\n") != 1 {
		t.Errorf("refused: %s", out)
	}
	if out := op("audit", "--contract", b.first.String()); !strings.Contains(out, "Olga Owner  SignIn") || strings.Contains(out, "berlin") {
		t.Errorf("of the contract it prints %s", out)
	}
	found := regexp.MustCompile(`Records  (1)\nHead     ([0-9a-f]{64})\n`).FindStringSubmatch(op("audit", "verify"))
	if found == nil {
		t.Fatal("verify prints no head")
	}
	op("audit", "verify", "--noted", found[1]+":"+found[2])
	b.fails(ExitFailure, "older state", "audit", "verify", "--noted", found[1]+":"+strings.Repeat("0", 64), "--operator", "--data", b.data, "--url", b.url)
	b.fails(ExitUsage, "--contract", "audit", "--by", "olga@example.org", "--operator", "--data", b.data, "--url", b.url)
}

func TestUsageCommands(t *testing.T) {
	b := newBench(t)
	b.login()
	b.ok("key", "create", "-d", "backup")
	if out := b.ok("key", "list"); !strings.Contains(out, "LAST USED") || !strings.Contains(out, "never") {
		t.Errorf("key list prints %s", out)
	}
	var me struct {
		User     struct{ ID ident.UserID }
		Contract struct{ Number ident.ContractID }
	}
	decodeJSON(t, b.ok("whoami", "-o", "json"), &me)
	var keys []struct {
		Properties struct{ AccessKey ident.AccessKey }
	}
	decodeJSON(t, b.ok("key", "list", "-o", "json"), &keys)
	now := time.Now()
	b.usage.Note(&metering.Use{Contract: me.Contract.Number, User: me.User.ID, Key: keys[0].Properties.AccessKey, At: now, Operation: "PutObject",
		Bucket: "photos", Source: netip.MustParseAddr("192.0.2.7"), Program: "aws-cli/2", Status: 200, In: 11, Out: 22})
	if out := b.ok("key", "list"); !strings.Contains(out, now.UTC().Format(time.RFC3339)) {
		t.Errorf("key list prints %s", out)
	}
	if out := b.ok("key", "get", string(keys[0].Properties.AccessKey)); !strings.Contains(out, "PutObject photos") || !strings.Contains(out, "192.0.2.7") {
		t.Errorf("key get prints %s", out)
	}
	if out := b.ok("usage", "keys"); !strings.Contains(out, "11        22         "+string(keys[0].Properties.AccessKey)) {
		t.Errorf("usage keys prints %s", out)
	}
	if out := b.ok("usage", "users"); !strings.Contains(out, "11        22         "+string(me.User.ID)) {
		t.Errorf("usage users prints %s", out)
	}
	if out := b.ok("usage", "buckets", "--from", now.UTC().Format(time.DateOnly)); !strings.Contains(out, "photos  local-1  2        3         70") {
		t.Errorf("usage buckets prints %s", out)
	}
	b.fails(ExitNotFound, "no such bucket", "usage", "buckets", "--bucket", "photos")
	b.fails(ExitUsage, "--from", "usage", "keys", "--from", "31.1.2026")
}

// typist types lines that may depend on what was shown before.
type typist struct {
	lines []func() string
	now   *strings.Reader
}

func (p *typist) Read(b []byte) (int, error) {
	if p.now == nil || p.now.Len() == 0 {
		if len(p.lines) == 0 {
			return 0, io.EOF
		}
		p.now, p.lines = strings.NewReader(p.lines[0]()+"\n"), p.lines[1:]
	}
	return p.now.Read(b)
}

// types runs a command for which somebody types, and returns what it told them.
func (b *bench) types(args []string, lines ...func(said string) string) (string, error) {
	b.t.Helper()
	var said bytes.Buffer
	in := &typist{}
	for _, l := range lines {
		in.lines = append(in.lines, func() string { return l(said.String()) })
	}
	env := &Env{Context: b.t.Context(), Stdin: in, Stdout: io.Discard, Stderr: &said, Getenv: func(k string) string { return b.env[k] },
		ConfigDir: b.home, Random: rand.Reader, Version: "test"}
	var grammar struct{ Commands }
	ctx := must(must(kong.New(&grammar, kong.Name("coffer"), kong.Bind(env))).Parse(args))
	err := ctx.Run()
	return said.String(), err
}

func typed(line string) func(string) string { return func(string) string { return line } }

// authenticator reads the secret that was shown and computes its code (RFC 6238).
func authenticator(said string) string {
	secret := regexp.MustCompile(`secret  ([A-Z2-7]+)`).FindStringSubmatch(said)[1]
	mac := hmac.New(sha1.New, must(base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)))
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(time.Now().Unix()/30)))
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[from:])&0x7fffffff%1000000)
}

func TestSecondFactorCommands(t *testing.T) {
	b := newBench(t)
	b.login()
	said, err := b.types([]string{"second-factor", "enable", "--password-stdin"}, typed(testPassword), authenticator)
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	recovery := regexp.MustCompile(`(?m)^  ([A-Z2-7-]{16,})$`).FindAllStringSubmatch(said, -1)
	if len(recovery) != 10 {
		t.Fatalf("recovery codes: %s", said)
	}
	login := []string{"login", "--url", b.url, "--password-stdin", "olga@example.org"}
	if _, err := b.types(login, typed(testPassword)); ExitCode(err) != ExitUsage {
		t.Errorf("without a code: %v", err)
	}
	if _, err := b.types(login, typed(testPassword), typed("000000")); ExitCode(err) != ExitDenied {
		t.Errorf("with a wrong code: %v", err)
	}
	if said, err := b.types(login, typed(testPassword), typed(recovery[0][1])); err != nil {
		t.Fatalf("with a recovery code: %v %s", err, said)
	}
	b.ok("key", "list")
	if _, err := b.types([]string{"second-factor", "disable", "--password-stdin"}, typed(testPassword), typed(recovery[1][1]), typed(recovery[2][1])); err != nil {
		t.Fatal(err)
	}
	b.login()
}

// TestLoginSetsUpARequiredSecondFactor signs in somebody of whom an administrator requires one.
func TestLoginSetsUpARequiredSecondFactor(t *testing.T) {
	b := newBench(t)
	b.login()
	if _, _, err := b.run(testPassword+"\n", "user", "create", "paul@example.org", "--firstname", "Paul", "--lastname", "Plain", "--administrator",
		"--password-stdin"); err != nil {
		t.Fatal(err)
	}
	b.ok("user", "update", "paul@example.org", "--force-2fa")
	home := b.home
	b.home = t.TempDir()
	said, err := b.types([]string{"login", "--url", b.url, "--password-stdin", "paul@example.org"}, typed(testPassword), authenticator)
	if err != nil || !strings.Contains(said, "requires a second factor") {
		t.Fatalf("%v\n%s", err, said)
	}
	b.ok("key", "list")
	b.home = home
	b.ok("second-factor", "reset", "paul@example.org")
}

func decodeJSON(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

func TestExpiryCommands(t *testing.T) {
	b := newBench(t)
	b.login()
	row := regexp.MustCompile(`(?m)^(\S{36})  yes     all buckets  \S+  (\S+)  never      backup`)
	b.ok("key", "create", "-d", "backup", "--expires", "90d")
	found := row.FindStringSubmatch(b.ok("key", "list"))
	if found == nil || found[2][:10] != time.Now().UTC().AddDate(0, 0, 90).Format(time.DateOnly) {
		t.Fatalf("key list prints %s", b.ok("key", "list"))
	}
	if out := b.ok("key", "expire", found[1], "never"); !strings.Contains(out, "Expires            never") || !strings.Contains(out, "backup") {
		t.Errorf("key expire prints %s", out)
	}
	b.fails(ExitUsage, "is no time", "key", "create", "--expires", "soon")
	if out := b.ok("contract", "set", "--max-key-days", "30"); !strings.Contains(out, "Max key days  30") || !strings.Contains(out, "retrievable") || !strings.Contains(out, "First") {
		t.Errorf("contract set prints %s", out)
	}
	b.fails(ExitRefused, "30 days", "key", "expire", found[1], "never")
	b.ok("contract", "set", "--secrets", "once")
	b.fails(ExitDenied, "not its secret", "key", "get", found[1], "--secret")
}

func TestLoginChangesATemporaryPassword(t *testing.T) {
	b := newBench(t)
	b.login()
	if _, _, err := b.run(testPassword+"\n", "user", "create", "paul@example.org", "--firstname", "Paul", "--lastname", "Plain", "--administrator",
		"--temporary", "--password-stdin"); err != nil {
		t.Fatal(err)
	}
	b.home = t.TempDir()
	login := []string{"login", "--url", b.url, "--password-stdin", "paul@example.org"}
	if said, err := b.types(login, typed(testPassword), typed("own-password-of-paul-7")); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	b.ok("key", "list")
	if _, err := b.types(login, typed("own-password-of-paul-7")); err != nil {
		t.Fatal(err)
	}
}

func TestInvitationCommands(t *testing.T) {
	b := newBench(t)
	b.login()
	b.ok("user", "create", "paul@example.org", "--firstname", "Paul", "--lastname", "Plain", "--administrator")
	found := regexp.MustCompile(`(http\S+/invitation#\S+)   \(shown`).FindStringSubmatch(b.ok("user", "invite", "paul@example.org"))
	if found == nil {
		t.Fatal("user invite prints no link")
	}
	b.home = t.TempDir()
	if _, said, err := b.run("own-password-of-paul-7\n", "accept", found[1], "--password-stdin"); err != nil || !strings.Contains(said, "coffer login") {
		t.Fatalf("%v %s", err, said)
	}
	if _, _, err := b.run("own-password-of-paul-7\n", "login", "--url", b.url, "--password-stdin", "paul@example.org"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.run("own-password-of-paul-8\n", "accept", found[1], "--password-stdin"); ExitCode(err) != ExitDenied {
		t.Errorf("accepted twice: %v", err)
	}
	b.fails(ExitUsage, "whole link", "accept", "x")
}
