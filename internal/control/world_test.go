package control

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"coffer/internal/api/console"
	"coffer/internal/audit"
	"coffer/internal/engine/pebble"
	"coffer/internal/iam"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/region"
	"coffer/internal/seal"
	"coffer/internal/usage"
)

const (
	operatorToken = "operator-token-of-the-tests-0123456789"
	goodPassword  = "river-otter-42-lantern"
)

type buckets struct {
	mu    sync.Mutex
	owned map[ident.UserID]int
}

func (b *buckets) CountBuckets(_ context.Context, _ ident.ContractID, u ident.UserID) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.owned[u], nil
}

// Held says that there is one bucket.
func (b *buckets) Held(_ context.Context, _ ident.ContractID, visit func(*usage.Held) error) error {
	if err := visit(&usage.Held{ID: "id-photos", Name: "photos", Region: "local-1", Objects: 2, Versions: 3, Bytes: 70}); err != nil {
		return err
	}
	return visit(&usage.Held{ID: "id-mine", Name: "mine", Region: "local-2", Objects: 1, Versions: 1, Bytes: 5})
}

// recorder writes acts as the program does.
type recorder struct{ audit *audit.Service }

func (r recorder) Record(c ident.ContractID, a *iam.Act) (func(meta.Tx), func(), error) {
	e, err := r.audit.Prepare(Event(a))
	return e.Append, func() { r.audit.Appended(c) }, err
}

// world is a control listener over a real iam in memory, with two contracts and people in each role.
type world struct {
	t        *testing.T
	handler  http.Handler
	iam      *iam.Service
	audit    *audit.Service
	usage    *usage.Service
	regions  *region.Registry
	buckets  *buckets
	held     *storage
	now      time.Time
	mu       sync.Mutex
	contract *iam.Contract
	owner    *iam.User            // of contract
	people   map[string]*iam.User // made when first asked for: each costs a password hash
	storage  *iam.Group           // with the privilege
	cfg      Config
	target   *iam.User // of victim
	counter  int
}

func (w *world) clock() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }

func (w *world) advance(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.now = w.now.Add(d) }

// must is for set-up that can't fail in a test that means something.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newWorld(t *testing.T, change ...func(*Config)) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{t: t, people: map[string]*iam.User{}, now: time.Date(2026, 3, 4, 5, 6, 7, 890_000_000, time.UTC), buckets: &buckets{owned: map[ident.UserID]int{}}}
	w.held = &storage{w: w}
	store := pebble.OpenMem()
	t.Cleanup(func() { store.Close() })
	ring := must(seal.OpenDir(ctx, t.TempDir(), ""))
	w.audit = must(audit.New(audit.Config{Meta: store, Sealer: ring, Clock: w.clock}))
	w.usage = must(usage.New(usage.Config{Meta: store, Buckets: w.buckets, Clock: w.clock,
		Contracts: func(context.Context) ([]ident.ContractID, error) { return []ident.ContractID{w.contract.ID}, nil }}))
	w.iam = must(iam.New(iam.Config{Meta: store, Keyring: ring, Buckets: w.buckets, Clock: w.clock,
		Rand: rand.Reader, OperatorToken: operatorToken, Records: recorder{w.audit}, Quotas: w.held, Mover: w.buckets}))
	w.regions = must(region.Open(ctx, store, w.iam.UpdateSystem, []ident.Region{{Name: "local-1", Ownership: ident.ContractOwned}, {Name: "local-2", Ownership: ident.UserOwned}}))
	op := must(w.iam.OperatorActor(ctx, operatorToken, netip.Addr{}))
	w.contract, w.owner, _ = must3(w.iam.CreateContract(ctx, op, "First", newUser("Olga")))
	w.cfg = Config{
		IAM: w.iam, Audit: w.audit, Usage: w.usage, Storage: w.held, S3Port: 9000, S3Domain: "localhost", Clock: w.clock, Rand: rand.Reader, Version: "1.2.3",
		Regions: w.regions.All, MakeRegion: w.regions.Make,
		Console: fstest.MapFS{
			"index.html":         {Data: []byte("<!doctype html><title>Coffer</title>" + strings.Repeat(" ", 2000))},
			"assets/app-1a2b.js": {Data: []byte("console.log(1)" + strings.Repeat(";", 3000))},
			"favicon.svg":        {Data: []byte("<svg/>")},
		},
		System: func(context.Context) (*console.System, error) {
			return &console.System{Version: "1.2.3", Ready: true, Listeners: []console.SystemListener{{Name: console.S3}, {Name: console.Control}}}, nil
		},
		ConsolePolicy: func(s3 []string) string { return "default-src 'none'; connect-src 'self' " + strings.Join(s3, " ") },
	}
	for _, f := range change {
		f(&w.cfg)
	}
	w.handler = must(New(w.cfg))
	return w
}

func must3[A, B any](a A, b B, err error) (A, B, error) {
	if err != nil {
		panic(err)
	}
	return a, b, nil
}

func newUser(first string) iam.NewUser {
	return iam.NewUser{FirstName: first, LastName: "Test", Email: strings.ToLower(first) + "@example.org", Password: goodPassword}
}

func operator() (a iam.Actor) { a.Operator = true; return a }

func (w *world) person(first string, make func(iam.NewUser) *iam.User) *iam.User {
	if w.people[first] == nil {
		w.people[first] = make(newUser(first))
	}
	return w.people[first]
}

func (w *world) create(in iam.NewUser) *iam.User {
	return must(w.iam.CreateUser(context.Background(), operator(), w.contract.ID, in))
}

func (w *world) admin() *iam.User {
	return w.person("Anna", func(in iam.NewUser) *iam.User { in.Administrator = true; return w.create(in) })
}

// bare lacks the privilege.
func (w *world) bare() *iam.User { return w.person("Bert", w.create) }

// plain has the privilege.
func (w *world) plain() *iam.User {
	return w.person("Paul", func(in iam.NewUser) *iam.User {
		u := w.create(in)
		if err := w.iam.AddMember(context.Background(), operator(), w.contract.ID, w.group().ID, u.ID); err != nil {
			w.t.Fatal(err)
		}
		return u
	})
}

// stranger owns another contract.
func (w *world) stranger() *iam.User {
	return w.person("Stan", func(in iam.NewUser) *iam.User {
		_, u, err := w.iam.CreateContract(context.Background(), operator(), "Second", in)
		return must(u, err)
	})
}

func (w *world) group() *iam.Group {
	if w.storage == nil {
		w.storage = must(w.iam.CreateGroup(context.Background(), operator(), w.contract.ID, "storage", iam.Privileges{iam.ObjectStoragePrivilege: true}))
	}
	return w.storage
}

// who puts a credential on a request.
type who func(*http.Request)

func anonymous(*http.Request) {}

func as(u *iam.User) who {
	return func(r *http.Request) { r.SetBasicAuth(string(u.Email), goodPassword) }
}

func asOperator(r *http.Request) { r.Header.Set("Authorization", "Bearer "+operatorToken) }

// signIn opens a console session and returns its credential.
func (w *world) signIn(u *iam.User) (who, string) {
	w.t.Helper()
	a := w.do("POST", "/console/session", anonymous, map[string]string{"email": string(u.Email), "password": goodPassword})
	if a.Code != 200 {
		w.t.Fatalf("sign in as %s: %d %s", u.Email, a.Code, a.Body)
	}
	var s struct{ CsrfToken string }
	a.json(&s)
	cookie := a.Result().Cookies()[0]
	return func(r *http.Request) {
		r.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value})
		if unsafe(r.Method) {
			r.Header.Set("X-CSRF-Token", s.CsrfToken)
		}
	}, s.CsrfToken
}

type answered struct {
	*httptest.ResponseRecorder
	t *testing.T
}

func (a answered) json(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.Body.Bytes(), v); err != nil {
		a.t.Fatalf("answer %d is no JSON: %v: %s", a.Code, err, a.Body)
	}
}

// message is the first message of an error answer.
func (a answered) message() string {
	a.t.Helper()
	var e errorBody
	a.json(&e)
	if e.HTTPStatus != a.Code || len(e.Messages) == 0 {
		a.t.Fatalf("answer %d has the body %s", a.Code, a.Body)
	}
	return e.Messages[0].Message
}

func (w *world) request(method, target string, by who, body any) *http.Request {
	w.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		in = bytes.NewReader(must(json.Marshal(b)))
	}
	r := httptest.NewRequest(method, target, in)
	r.Host = "coffer.test:9001"
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	by(r)
	return r
}

func (w *world) serve(r *http.Request) answered {
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return answered{rec, w.t}
}

func (w *world) do(method, target string, by who, body any) answered {
	w.t.Helper()
	return w.serve(w.request(method, target, by, body))
}

// key makes a key for a user.
func (w *world) key(u *iam.User) *iam.KeyPair {
	w.t.Helper()
	return must(w.iam.CreateKey(context.Background(), operator(), u.Contract, u.ID, "for a test"))
}

// session returns the id of a session of the user's, made for an operation that is about one where the user can sign in.
func (w *world) session(u *iam.User, operation string) string {
	w.t.Helper()
	if operation == "consoleSessionEnd" {
		w.do("POST", "/console/session", anonymous, map[string]string{"email": string(u.Email), "password": goodPassword})
	}
	for _, s := range must(w.iam.Sessions(context.Background(), operator(), u.Contract, u.ID)) {
		return s.ID
	}
	return strings.Repeat("0", 32)
}

// unique returns a short string that no call returned before.
func (w *world) unique() string {
	w.counter++
	return fmt.Sprintf("u%03d", w.counter)
}

// victim returns a plain user with the privilege and exactly one key; the same one as long as nobody deleted them.
func (w *world) victim() (*iam.User, *iam.KeyPair) {
	w.t.Helper()
	ctx := context.Background()
	op := operator()
	c := w.contract.ID
	if w.target == nil {
		w.target = w.plain()
	}
	if _, err := w.iam.User(ctx, op, c, w.target.ID); err != nil {
		w.target = must(w.iam.CreateUser(ctx, op, c, iam.NewUser{FirstName: "V", LastName: "T", Email: w.unique() + "@example.org", Password: goodPassword}))
	}
	if _, err := w.iam.Group(ctx, op, c, w.group().ID); err != nil {
		w.storage = must(w.iam.CreateGroup(ctx, op, c, "storage", iam.Privileges{iam.ObjectStoragePrivilege: true}))
	}
	_ = w.iam.AddMember(ctx, op, c, w.group().ID, w.target.ID) // they may be in it
	for _, k := range must(w.iam.Keys(ctx, op, c, w.target.ID)) {
		if err := w.iam.DeleteKey(ctx, op, c, k.ID); err != nil {
			w.t.Fatal(err)
		}
	}
	return w.target, w.key(w.target)
}
