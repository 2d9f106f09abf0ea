package s3api

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"coffer/internal/authz"
	"coffer/internal/engine/file"
	"coffer/internal/engine/pebble"
	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/names"
	"coffer/internal/object"
	"coffer/internal/seal"
	"coffer/internal/sigv4"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files again")

// now is the time of the tests' clock.
var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// rooms are the real rooms below this one, over a store in memory and a folder that goes with the test process.
type rooms struct {
	dir     string
	rows    meta.Store
	ring    *seal.Keyring
	clock   atomic.Int64
	objects *object.Service
	iam     *iam.Service
	owner   iam.Actor
	keys    map[string]*iam.KeyPair // by role: owner, plain, other
	users   map[string]*iam.User
}

func (r *rooms) time() time.Time { return time.Unix(0, r.clock.Load()) }

// shelf keeps a keyring in memory.
type shelf struct{ ring []byte }

func (s *shelf) Load(context.Context) ([]byte, error) {
	if s.ring == nil {
		return nil, errs.NotFound
	}
	return s.ring, nil
}

func (s *shelf) Store(_ context.Context, ring []byte) error { s.ring = ring; return nil }

// buckets lets the rooms of people and of objects meet, as cmd does.
type buckets struct{ objects **object.Service }

func (b buckets) CountBuckets(ctx context.Context, c ident.ContractID, u ident.UserID) (int, error) {
	return (*b.objects).CountBuckets(ctx, c, u)
}

var sharedRooms = sync.OnceValue(func() *rooms {
	r, err := newRooms()
	if err != nil {
		panic(err)
	}
	return r
})

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	os.RemoveAll(sharedRooms().dir)
	os.Exit(code)
}

func newRooms() (*rooms, error) {
	r := &rooms{keys: map[string]*iam.KeyPair{}, users: map[string]*iam.User{}}
	r.clock.Store(now.UnixNano())
	var err error
	if r.dir, err = os.MkdirTemp("", "coffer-s3api-"); err != nil {
		return nil, err
	}
	blobs, err := file.Open(file.Options{Dir: filepath.Join(r.dir, "blobs"), SegmentBytes: 4 << 20})
	if err != nil {
		return nil, err
	}
	rows := pebble.OpenMem()
	master, err := seal.NewMaster(bytes.Repeat([]byte{7}, seal.KeyBytes), "test")
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	ring, err := seal.Open(ctx, seal.Config{Master: master, Shelf: &shelf{}, Rand: rand.Reader})
	if err != nil {
		return nil, err
	}
	r.rows, r.ring = rows, ring
	r.objects, err = object.New(object.Config{Meta: rows, Blobs: blobs, Names: names.Directory{Store: rows}, Clock: r.time, Rand: rand.Reader, Keyring: ring})
	if err != nil {
		return nil, err
	}
	r.iam, err = iam.New(iam.Config{Meta: rows, Keyring: ring, Buckets: buckets{&r.objects}, Clock: r.time, Rand: rand.Reader})
	if err != nil {
		return nil, err
	}
	return r, r.people(ctx)
}

// people makes two contracts: one with an owner and a plain user who has the privilege, and another with its owner.
func (r *rooms) people(ctx context.Context) error {
	operator := iam.Actor{Principal: authz.Principal{Operator: true}}
	const password = "correct horse battery staple"
	c, owner, err := r.iam.CreateContract(ctx, operator, "First", iam.NewUser{FirstName: "Olga", LastName: "Owner", Email: "olga@example.com", Password: password})
	if err != nil {
		return err
	}
	_, other, err := r.iam.CreateContract(ctx, operator, "Second", iam.NewUser{FirstName: "Otto", LastName: "Other", Email: "otto@example.com", Password: password})
	if err != nil {
		return err
	}
	r.owner = actor(owner)
	plain, err := r.iam.CreateUser(ctx, r.owner, c.ID, iam.NewUser{FirstName: "Paul", LastName: "Plain", Email: "paul@example.com", Password: password})
	if err != nil {
		return err
	}
	g, err := r.iam.CreateGroup(ctx, r.owner, c.ID, "Storage", iam.Privileges{iam.ObjectStoragePrivilege: true})
	if err != nil {
		return err
	}
	if err := r.iam.AddMember(ctx, r.owner, c.ID, g.ID, plain.ID); err != nil {
		return err
	}
	for role, u := range map[string]*iam.User{"owner": owner, "plain": plain, "other": other} {
		a := r.owner
		if role == "other" {
			a = actor(other)
		}
		if r.keys[role], err = r.iam.CreateKey(ctx, a, u.Contract, u.ID, role); err != nil {
			return err
		}
		u.Canonical = r.keys[role].Canonical
		r.users[role] = u
	}
	return nil
}

func actor(u *iam.User) iam.Actor {
	return iam.Actor{Principal: authz.Principal{Contract: u.Contract, User: u.ID, Role: u.Role, ObjectStorage: true}, Source: netip.MustParseAddr("192.0.2.1")}
}

// world is a handler over the shared rooms.
type world struct {
	*rooms
	t        testing.TB
	h        http.Handler
	observed []Observation
	mu       sync.Mutex
}

const consoleOrigin = "http://localhost:9001"

func newWorld(t testing.TB, change ...func(*Config)) *world {
	t.Helper()
	w := &world{rooms: sharedRooms(), t: t}
	var n atomic.Int64
	c := Config{Objects: w.objects, IAM: w.iam, Regions: ident.FixedRegions(testRegions...), Domains: []string{"localhost"}, SigV2: true, Clock: w.time,
		ConsoleOrigin: func(*http.Request) string { return consoleOrigin },
		RequestID:     func() string { return fmt.Sprintf("REQ%013d", n.Add(1)) },
		Observe: func(o Observation) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.observed = append(w.observed, o)
		}}
	for _, f := range change {
		f(&c)
	}
	w.h = New(c)
	return w
}

// request is one to be sent. The zero value of as is anonymous.
type request struct {
	as      string // role of the key, "" for none
	region  string // of the signature; "" is local-1
	method  string
	host    string // "" is localhost:9000
	uri     string // raw path and query
	header  map[string]string
	body    string
	hash    string        // x-amz-content-sha256; "" is the body's
	presign time.Duration // sign the query instead of the header
	secret  string        // instead of the key's
	key     string        // access key instead of the role's
	at      time.Time     // instead of now
	raw     io.Reader     // body as on the wire, instead of body
	length  int64         // Content-Length with raw
	mangle  func(*http.Request)
}

// build makes the request as net/http would hand it over.
func (w *world) build(q *request) *http.Request {
	w.t.Helper()
	if q.host == "" {
		q.host = "localhost:9000"
	}
	if q.method == "" {
		q.method = http.MethodGet
	}
	r := httptest.NewRequest(q.method, "http://"+q.host+"/", nil)
	r.Header = http.Header{}
	r.RequestURI = q.uri
	r.RemoteAddr = "192.0.2.7:4711"
	for k, v := range q.header {
		r.Header.Set(k, v)
	}
	if q.raw != nil {
		r.Body, r.ContentLength = io.NopCloser(q.raw), q.length
	} else if q.body != "" || q.method == http.MethodPut || q.method == http.MethodPost {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(q.body)), int64(len(q.body))
	}
	if r.ContentLength > 0 || q.raw == nil && (q.method == http.MethodPut || q.method == http.MethodPost) {
		r.Header.Set("Content-Length", itoa(r.ContentLength))
	}
	w.sign(q, r)
	if q.mangle != nil {
		q.mangle(r)
	}
	return r
}

func (w *world) credential(q *request) sigv4.Credential {
	c := sigv4.Credential{Region: q.region}
	if c.Region == "" {
		c.Region = "local-1"
	}
	if k := w.keys[q.as]; k != nil {
		c.AccessKey, c.Secret = k.AccessKey, k.Secret
	}
	if q.key != "" {
		c.AccessKey = ident.AccessKey(q.key)
	}
	if q.secret != "" {
		c.Secret = q.secret
	}
	return c
}

func (w *world) sign(q *request, r *http.Request) {
	if q.as == "" {
		return
	}
	path, query, _ := strings.Cut(q.uri, "?")
	s := sigv4.Request{Method: q.method, Host: q.host, Path: path, Query: query, Header: r.Header, ContentLength: r.ContentLength}
	at := q.at
	if at.IsZero() {
		at = w.time()
	}
	if q.presign > 0 {
		r.Header.Del("Content-Length")
		r.RequestURI = path + "?" + sigv4.Presign(&s, w.credential(q), q.presign, at)
		if r.ContentLength > 0 {
			r.Header.Set("Content-Length", itoa(r.ContentLength))
		}
		return
	}
	hash := q.hash
	if hash == "" {
		sum := sha256.Sum256([]byte(q.body))
		hash = hex.EncodeToString(sum[:])
	}
	sigv4.SignHeader(&s, w.credential(q), hash, at)
}

// reply is an answer.
type reply struct {
	status int
	header http.Header
	body   string
}

func (w *world) do(q request) reply {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.h.ServeHTTP(rec, w.build(&q))
	res := rec.Result()
	b, _ := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, string(b)}
}

var codeRE = regexp.MustCompile(`<Code>([^<]*)</Code>`)

// code is S3's error code in the body, or the status.
func (r reply) code() string {
	if m := codeRE.FindStringSubmatch(r.body); m != nil {
		return m[1]
	}
	return itoa(int64(r.status))
}

// element returns the text of the first element of that name, as it stands.
func (r reply) element(name string) string {
	m := regexp.MustCompile(`(?s)<` + name + `(?: [^>]*)?>(.*?)</` + name + `>`).FindStringSubmatch(r.body)
	if m == nil {
		return ""
	}
	return m[1]
}

// elements returns the texts of all elements of that name.
func (r reply) elements(name string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`(?s)<`+name+`>(.*?)</`+name+`>`).FindAllStringSubmatch(r.body, -1) {
		all = append(all, m[1])
	}
	return all
}

// ok sends a request that must succeed.
func (w *world) ok(q request) reply {
	w.t.Helper()
	a := w.do(q)
	if a.status/100 != 2 {
		w.t.Fatalf("%s %s: %d %s", q.method, q.uri, a.status, a.body)
	}
	return a
}

// refused sends a request that must fail with the status and code.
func (w *world) refused(q request, status int, code string) reply {
	w.t.Helper()
	a := w.do(q)
	if a.status != status || a.status != 304 && q.method != http.MethodHead && a.code() != code {
		w.t.Errorf("%s %s: got %d %s, want %d %s\n%s", q.method, q.uri, a.status, a.code(), status, code, a.body)
	}
	return a
}

func (w *world) put(uri, body string) reply {
	w.t.Helper()
	return w.ok(request{as: "owner", method: "PUT", uri: uri, body: body})
}

func (w *world) get(uri string) reply {
	w.t.Helper()
	return w.ok(request{as: "owner", uri: uri})
}

var bucketNumber atomic.Int64

// bucket makes a bucket of the owner's in the default region.
func (w *world) bucket() string {
	w.t.Helper()
	name := fmt.Sprintf("bucket-%d", bucketNumber.Add(1))
	w.ok(request{as: "owner", method: "PUT", uri: "/" + name})
	return name
}

var (
	timeRE   = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)
	hostIDRE = regexp.MustCompile(`<HostId>[^<]*</HostId>`)
)

// golden compares text with a file of testdata, after replacing what differs between runs.
func (w *world) golden(name, text string, replace ...string) {
	w.t.Helper()
	text = timeRE.ReplaceAllString(text, "TIME")
	text = hostIDRE.ReplaceAllString(text, "<HostId>HOST</HostId>")
	for _, role := range []string{"owner", "plain", "other"} {
		u := w.users[role]
		text = strings.NewReplacer(string(u.Canonical), "CANONICAL-"+role, string(u.ID), "USER-"+role, u.Contract.String(), "CONTRACT-"+role,
			string(w.keys[role].AccessKey), "KEY-"+role).Replace(text)
	}
	text = strings.NewReplacer(replace...).Replace(text)
	text = strings.ReplaceAll(text, "><", ">\n<") + "\n"
	file := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			w.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatalf("%v (go test -rewrite makes it)", err)
	}
	if string(want) != text {
		w.t.Errorf("%s: got\n%s\nwant\n%s", name, text, want)
	}
}
