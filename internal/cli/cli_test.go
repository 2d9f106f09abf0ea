package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"coffer/internal/api/console"
	"coffer/internal/audit"
	"coffer/internal/control"
	"coffer/internal/engine/pebble"
	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/object"
	"coffer/internal/quota"
	"coffer/internal/region"
	"coffer/internal/seal"
	metering "coffer/internal/usage"
)

const (
	testToken    = "operator-token-of-the-tests-0123456789"
	testPassword = "river-otter-42-lantern"
)

type noBuckets struct{}

func (noBuckets) CountBuckets(context.Context, ident.ContractID, ident.UserID) (int, error) {
	return 0, nil
}

func (noBuckets) Held(_ context.Context, _ ident.ContractID, visit func(*metering.Held) error) error {
	return visit(&metering.Held{ID: "b1", Name: "photos", Region: "local-1", Objects: 2, Versions: 3, Bytes: 70})
}

// SetLimits, BucketExists, Bucket and Used are of a server on which nobody has a bucket.
func (noBuckets) SetLimits(context.Context, ident.ContractID, map[quota.Subject]quota.Limit) error {
	return nil
}

func (noBuckets) BucketExists(context.Context, ident.ContractID, ident.BucketID, ident.BucketName) (bool, error) {
	return false, nil
}

func (noBuckets) Bucket(context.Context, ident.BucketName) (*object.Bucket, error) {
	return nil, errs.New(errs.NotFound, "NoSuchBucket", "")
}

func (noBuckets) Used(context.Context, ident.ContractID, quota.Subject) (quota.Amount, error) {
	return quota.Amount{Objects: 3, Bytes: 30}, nil
}

// stored is what the control listener asks of buckets.
type stored struct{ noBuckets }

func (stored) EachBucket(_ context.Context, _ ident.ContractID, visit func(*object.Bucket) error) error {
	return visit(&object.Bucket{ID: "b1", Name: "photos", Region: "local-1"})
}

func (stored) Held(context.Context, *object.Bucket) (object.Held, error) {
	return object.Held{Objects: 2, Versions: 3, Bytes: 5 << 20}, nil
}

// MoveBuckets says that there were two.
func (noBuckets) MoveBuckets(context.Context, ident.ContractID, ident.UserID, iam.BucketOwner) (int, error) {
	return 2, nil
}

// recorder writes acts as the program does.
type recorder struct{ audit *audit.Service }

func (r recorder) Record(c ident.ContractID, a *iam.Act) (func(meta.Tx), func(), error) {
	e, err := r.audit.Prepare(control.Event(a))
	return e.Append, func() { r.audit.Appended(c) }, err
}

// bench is a server with one contract, and a person's home.
type bench struct {
	t     *testing.T
	url   string
	env   map[string]string
	home  string
	data  string
	usage *metering.Service
	audit *audit.Service
	first ident.ContractID
	// health is what the server tells of itself; tests change it.
	health console.System
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newBench(t *testing.T) *bench {
	t.Helper()
	store := pebble.OpenMem()
	t.Cleanup(func() { store.Close() })
	ring := must(seal.OpenDir(t.Context(), t.TempDir(), ""))
	records := must(audit.New(audit.Config{Meta: store, Sealer: ring, Clock: time.Now}))
	counted := must(metering.New(metering.Config{Meta: store, Buckets: noBuckets{}, Clock: time.Now,
		Contracts: func(context.Context) ([]ident.ContractID, error) { return nil, nil }}))
	people := must(iam.New(iam.Config{Meta: store, Keyring: ring, Buckets: noBuckets{}, Clock: time.Now,
		Rand: rand.Reader, OperatorToken: testToken, Records: recorder{records}, Quotas: noBuckets{}, Mover: noBuckets{}}))
	regions := must(region.Open(t.Context(), store, people.UpdateSystem, []ident.Region{{Name: "local-1", Ownership: ident.ContractOwned}, {Name: "local-2", Ownership: ident.UserOwned}}))
	var operator iam.Actor
	operator.Operator = true
	first, _, err := people.CreateContract(t.Context(), operator, "First", iam.NewUser{FirstName: "Olga", LastName: "Owner", Email: "olga@example.org", Password: testPassword})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, env: map[string]string{}, home: t.TempDir(), data: t.TempDir()}
	b.health = console.System{Version: "test", Ready: true, Disk: console.SystemDisk{Folder: "/var/lib/coffer", Bytes: 100 << 30, Free: 40 << 30, Reserve: 1 << 30},
		Listeners: []console.SystemListener{{Name: console.S3}}, Stores: []console.SystemStore{{Name: console.Rows, Ready: true}},
		Jobs: []console.SystemJob{{Name: console.Lifecycle, State: console.Waiting}}, Problems: []string{}}
	h := must(control.New(control.Config{IAM: people, Audit: records, Usage: counted, Storage: stored{}, System: func(context.Context) (*console.System, error) { s := b.health; return &s, nil }, S3Port: 9000, Clock: time.Now, Rand: rand.Reader, Version: "test",
		Regions: regions.All, MakeRegion: regions.Make}))
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	b.url = srv.URL
	if err := os.WriteFile(filepath.Join(b.data, "operator.token"), []byte(testToken+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.usage, b.audit, b.first = counted, records, first.ID
	return b
}

// run runs a command line and returns its output, what it told people, and its error.
func (b *bench) run(stdin string, args ...string) (string, string, error) {
	b.t.Helper()
	var out, said bytes.Buffer
	env := &Env{Context: b.t.Context(), Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &said,
		Getenv: func(k string) string { return b.env[k] }, ConfigDir: b.home, Random: rand.Reader, Version: "test"}
	var grammar struct {
		Commands
	}
	p := must(kong.New(&grammar, kong.Name("coffer"), kong.Bind(env), kong.Exit(func(int) {}), kong.Writers(io.Discard, io.Discard)))
	ctx, err := p.Parse(args)
	if err != nil {
		return "", "", &Error{Code: ExitUsage, Text: err.Error()}
	}
	err = ctx.Run()
	return out.String(), said.String(), err
}

// ok runs a command that has to succeed.
func (b *bench) ok(args ...string) string {
	b.t.Helper()
	out, _, err := b.run("", args...)
	if err != nil {
		b.t.Fatalf("coffer %s: %v", strings.Join(args, " "), err)
	}
	return out
}

func (b *bench) login() {
	b.t.Helper()
	if _, _, err := b.run(testPassword+"\n", "login", "--url", b.url, "--password-stdin", "olga@example.org"); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) fails(code int, says string, args ...string) {
	b.t.Helper()
	_, _, err := b.run("", args...)
	if ExitCode(err) != code || err == nil || !strings.Contains(err.Error(), says) {
		b.t.Errorf("coffer %s: exit %d (%v), want %d and %q", strings.Join(args, " "), ExitCode(err), err, code, says)
	}
}

func TestLoginAndProfile(t *testing.T) {
	b := newBench(t)
	b.fails(ExitSignIn, "nobody is signed in", "key", "list", "--url", b.url)
	if _, _, err := b.run("wrong password\n", "login", "--url", b.url, "--password-stdin", "olga@example.org"); ExitCode(err) != ExitSignIn {
		t.Errorf("a wrong password exits with %d (%v)", ExitCode(err), err)
	}
	b.login()
	path := profilePath(b.home)
	info := must(os.Stat(path))
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the profiles have mode %v", info.Mode())
	}
	if strings.Contains(string(must(os.ReadFile(path))), testPassword) {
		t.Error("the password is in the profile")
	}
	if out := b.ok("whoami"); !strings.Contains(out, "olga@example.org") || !strings.Contains(out, "Contract User ID") {
		t.Errorf("whoami prints %s", out)
	}
	b.fails(ExitSignIn, "profile other", "whoami", "--profile", "other")
	b.ok("logout")
	b.fails(ExitSignIn, "nobody is signed in", "whoami")
}

func TestKeyStory(t *testing.T) {
	b := newBench(t)
	b.login()
	out := b.ok("key", "create", "-d", "backup", "--format", "env")
	m := regexp.MustCompile(`(?s)^export AWS_ACCESS_KEY_ID='(cofferk1_\w{83})'
export AWS_SECRET_ACCESS_KEY='(coffers1_\w{55})'
export AWS_REGION='local-1'
export AWS_DEFAULT_REGION='local-1'
export AWS_ENDPOINT_URL='http://127.0.0.1:9000'
$`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("key create prints %s", out)
	}
	access, secret := m[1], m[2]
	list := b.ok("key", "list")
	if !strings.Contains(list, access) || strings.Contains(list, secret) {
		t.Errorf("key list prints %s", list)
	}
	if got := b.ok("key", "get", access); strings.Contains(got, secret) || !strings.Contains(got, "backup") {
		t.Errorf("key get prints %s", got)
	}
	if got := b.ok("key", "get", access, "--secret", "--format", "csv"); got != "Access key ID,Secret access key\n"+access+","+secret+"\n" {
		t.Errorf("key get --secret prints %s", got)
	}
	if got := b.ok("key", "deactivate", access); !strings.Contains(got, "Active             no") {
		t.Errorf("key deactivate prints %s", got)
	}
	var k struct {
		Metadata   struct{ Active bool }
		Properties struct{ SecretKey, Description string }
	}
	if err := json.Unmarshal([]byte(b.ok("key", "activate", access, "-o", "json")), &k); err != nil || !k.Metadata.Active {
		t.Errorf("key activate: %v %+v", err, k)
	}
	if err := json.Unmarshal([]byte(b.ok("key", "renew", access, "--format", "json")), &k); err != nil || k.Properties.SecretKey == secret || len(k.Properties.SecretKey) != 64 {
		t.Errorf("key renew: %v %+v", err, k)
	}
	if err := json.Unmarshal([]byte(b.ok("key", "describe", access, "another", "-o", "json")), &k); err != nil || k.Properties.Description != "another" {
		t.Errorf("key describe: %v %+v", err, k)
	}
	b.ok("key", "delete", access)
	b.fails(ExitNotFound, "no such key", "key", "get", access)
	b.fails(ExitNotFound, "cannot be found", "key", "get", "11111111-2222-4333-8444-555555555555")
	for range 5 {
		b.ok("key", "create")
	}
	b.fails(ExitRefused, "at most five", "key", "create")
}

func TestPeopleStory(t *testing.T) {
	b := newBench(t)
	b.login()
	if out := b.ok("group", "create", "storage", "--object-storage"); !strings.Contains(out, "s3Privilege") {
		t.Errorf("group create prints %s", out)
	}
	out := b.ok("user", "create", "paul@example.org", "--firstname", "Paul", "--lastname", "Plain", "--group", "storage")
	m := regexp.MustCompile(`Password  (\w{20})   \(shown this once\)`).FindStringSubmatch(out)
	if m == nil || !strings.Contains(out, "Use Object Storage  yes") {
		t.Fatalf("user create prints %s", out)
	}
	b.fails(ExitConflict, "", "user", "create", "paul@example.org", "--firstname", "P", "--lastname", "P")
	pair := b.ok("key", "create", "--user", "paul@example.org", "-d", "for paul", "--format", "rclone", "--region", "local-2")
	if !strings.Contains(pair, "region = local-2\n") || !strings.Contains(pair, "secret_access_key = coffers1_") {
		t.Errorf("key create --user prints %s", pair)
	}
	if list := b.ok("key", "list", "--user", "paul@example.org"); !strings.Contains(list, "for paul") {
		t.Errorf("key list --user prints %s", list)
	}
	if list := b.ok("key", "list"); strings.Contains(list, "for paul") {
		t.Errorf("key list shows another's key: %s", list)
	}

	// Paul signs in with Basic from the environment and may do less.
	b.env["COFFER_EMAIL"], b.env["COFFER_PASSWORD"] = "paul@example.org", m[1]
	b.ok("key", "list", "--url", b.url)
	b.fails(ExitDenied, "", "user", "list", "--url", b.url)
	delete(b.env, "COFFER_EMAIL")

	if out := b.ok("user", "update", "paul@example.org", "--lastname", "Plainer", "--no-active", "-o", "json"); !strings.Contains(out, `"active": false`) || !strings.Contains(out, "Plainer") {
		t.Errorf("user update prints %s", out)
	}
	if out := b.ok("user", "update", "paul@example.org", "--active"); !strings.Contains(out, "Plainer") || !strings.Contains(out, "Active              yes") {
		t.Errorf("user update prints %s", out)
	}
	if out := b.ok("user", "reset-password", "paul@example.org"); !strings.Contains(out, "shown this once") {
		t.Errorf("user reset-password prints %s", out)
	}
	if out := b.ok("user", "get", "paul@example.org"); !strings.Contains(out, "storage") {
		t.Errorf("user get prints %s", out)
	}
	if out := b.ok("group", "get", "storage"); !strings.Contains(out, "paul@example.org") {
		t.Errorf("group get prints %s", out)
	}
	if out := b.ok("group", "update", "storage", "--privilege", "reserveIp"); !strings.Contains(out, "reserveIp s3Privilege") {
		t.Errorf("group update lost a privilege: %s", out)
	}
	if out := b.ok("group", "update", "storage", "--no-object-storage", "--name", "stores"); strings.Contains(out, "s3Privilege") || !strings.Contains(out, "stores") {
		t.Errorf("group update prints %s", out)
	}
	b.fails(ExitRefused, "ACCESS_S3_OBJECT_STORAGE", "key", "create", "--user", "paul@example.org")
	b.ok("group", "remove-member", "stores", "paul@example.org")
	b.ok("group", "add-member", "stores", "paul@example.org")
	b.ok("group", "delete", "stores")
	b.fails(ExitNotFound, "no group", "group", "get", "stores")
	b.ok("user", "delete", "paul@example.org")
	b.fails(ExitNotFound, "no user", "user", "get", "paul@example.org")
	if out := b.ok("user", "list"); strings.Count(out, "\n") != 2 {
		t.Errorf("user list prints %s", out)
	}
}

func TestOperatorStory(t *testing.T) {
	b := newBench(t)
	at := []string{"--url", b.url, "--data", b.data}
	out, _, err := b.run("", append([]string{"owner", "reset-password", "-o", "json"}, at...)...)
	var reset struct{ Email, Password string }
	if err != nil || json.Unmarshal([]byte(out), &reset) != nil || reset.Email != "olga@example.org" || len(reset.Password) < 10 {
		t.Fatalf("owner reset-password: %v %s", err, out)
	}
	if _, _, err := b.run(reset.Password+"\n", "login", "--url", b.url, "--password-stdin", "olga@example.org"); err != nil {
		t.Errorf("the new password does not sign in: %v", err)
	}
	if _, _, err := b.run(testPassword+"\n", append([]string{"owner", "reset-password", "olga@example.org", "--password-stdin"}, at...)...); err != nil {
		t.Errorf("a password from the input: %v", err)
	}
	out = b.ok(append([]string{"contract", "create", "Second", "--owner-email", "stan@example.org", "--firstname", "Stan", "--lastname", "S"}, at...)...)
	number := regexp.MustCompile(`Number +(\d{8})`).FindStringSubmatch(out)
	if number == nil || !strings.Contains(out, "shown this once") {
		t.Fatalf("contract create prints %s", out)
	}
	if out := b.ok(append([]string{"contract", "list", "--operator"}, at...)...); strings.Count(out, "\n") != 3 {
		t.Errorf("contract list prints %s", out)
	}
	b.fails(ExitUsage, "name the owner's mail", append([]string{"owner", "reset-password"}, at...)...)
	imported := append([]string{"key", "import", "stan@example.org", "IMPORTED-ACCESS-KEY", "--secret-stdin", "--contract", number[1]}, at...)
	if out, _, err := b.run("imported+secret/0123456789\n", imported...); err != nil || !strings.Contains(out, "IMPORTED-ACCESS-KEY") {
		t.Errorf("key import: %v %s", err, out)
	}
	if _, _, err := b.run("imported+secret/0123456789\n", imported...); ExitCode(err) != ExitConflict {
		t.Errorf("importing a key twice exits with %d (%v)", ExitCode(err), err)
	}
	b.env["COFFER_OPERATOR_TOKEN"] = "wrong"
	b.fails(ExitSignIn, "", append([]string{"contract", "list", "--operator"}, at...)...)
	delete(b.env, "COFFER_OPERATOR_TOKEN")
	b.fails(ExitSignIn, "operator's token", "owner", "reset-password", "--url", b.url, "--data", filepath.Join(b.data, "nowhere"))
}

func TestRegionsAndFormats(t *testing.T) {
	b := newBench(t)
	b.login()
	if out := b.ok("region", "list"); !strings.Contains(out, "local-2  user-owned      http://127.0.0.1:9000") {
		t.Errorf("region list prints %s", out)
	}
	if out := b.ok("contract", "list"); !strings.Contains(out, "First") || !strings.Contains(out, "olga@example.org") {
		t.Errorf("contract list prints %s", out)
	}
	if out := b.ok("key", "create", "--format", "aws"); !strings.HasPrefix(out, "[coffer]\naws_access_key_id = cofferk1_") || !strings.Contains(out, "endpoint_url = http://127.0.0.1:9000\n") {
		t.Errorf("--format aws prints %s", out)
	}
	if out := b.ok("key", "create"); !strings.Contains(out, "shown this once") || !strings.Contains(out, "ADMIN KEY") {
		t.Errorf("key create prints %s", out)
	}
	b.fails(ExitNotFound, "no region", "key", "create", "--format", "env", "--region", "mars")
	if quote("it's") != `'it'\''s'` {
		t.Errorf("quote gives %s", quote("it's"))
	}
}

func TestExitCodes(t *testing.T) {
	b := newBench(t)
	b.fails(ExitUsage, "", "key", "nothing")
	b.fails(ExitUsage, "must be one of", "key", "list", "-o", "xml")
	b.env["COFFER_TOKEN"] = "wrong"
	b.fails(ExitSignIn, "", "key", "list", "--url", b.url)
	b.fails(ExitUnavailable, "can't be reached", "key", "list", "--url", "http://127.0.0.1:1")
	b.fails(ExitUsage, "--url", "key", "list", "--url", "nonsense")
	for status, want := range map[int]int{401: 3, 403: 4, 404: 5, 409: 6, 412: 6, 400: 7, 413: 7, 422: 7, 501: 7, 429: 8, 500: 8, 503: 8} {
		if got := codeOf(status); got != want {
			t.Errorf("status %d exits with %d, want %d", status, got, want)
		}
	}
	if ExitCode(errors.New("x")) != ExitFailure || ExitCode(nil) != ExitOK || ExitCode(context.Canceled) != ExitUnavailable {
		t.Error("exit codes of other errors changed")
	}
}

func TestTablesAreClean(t *testing.T) {
	var b bytes.Buffer
	if err := writeTable(&b, [][]string{{"A", "B"}, {"\x1b[31mred\a", ""}}); err != nil || b.String() != "A          B\n [31mred   -\n" {
		t.Errorf("%v %q", err, b.String())
	}
}

func TestCompletion(t *testing.T) {
	b := newBench(t)
	for line, want := range map[string]string{
		"k":                     "key",
		"key ":                  "activate create deactivate delete describe ensure expire get import list renew",
		"key de":                "deactivate delete describe",
		"key create --f":        "--format",
		"key create --format ":  "aws csv env json rclone table",
		"key create --format e": "env",
		"key list --o":          "--operator --output",
		"key list -o ":          "json table",
		"completion ":           "bash fish zsh",
		"help completion ":      "bash fish zsh",
		"group --profile x add": "add-member",
	} {
		words := strings.Split(line, " ")
		out := b.ok(append([]string{"completion", "words", "--"}, words...)...)
		if got := strings.Join(strings.Fields(out), " "); got != want {
			t.Errorf("after %q come %q, want %q", line, got, want)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if out := b.ok("completion", shell); !strings.Contains(out, "coffer completion words") {
			t.Errorf("completion %s prints %s", shell, out)
		}
	}
}

func TestEveryCommandHelps(t *testing.T) {
	var grammar struct{ Commands }
	p := must(kong.New(&grammar, kong.Name("coffer")))
	var walk func(n *kong.Node)
	walk = func(n *kong.Node) {
		if n.Type == kong.CommandNode && n.Help == "" && !n.Hidden && n.Name != "words" {
			t.Errorf("the command %s says nothing about itself", n.FullPath())
		}
		for _, f := range n.Flags {
			if f.Help == "" {
				t.Errorf("the flag --%s of %s says nothing about itself", f.Name, n.FullPath())
			}
		}
		for _, c := range n.Children {
			walk(c)
		}
	}
	walk(p.Model.Node)
}
