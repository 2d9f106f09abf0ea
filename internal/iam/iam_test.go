package iam

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/names"
	"coffer/internal/seal"
)

// buckets is a BucketCounter that a test fills.
type buckets struct {
	mu     sync.Mutex
	m      map[ident.UserID]int
	moving func() // what happens meanwhile
}

func (b *buckets) CountBuckets(_ context.Context, _ ident.ContractID, u ident.UserID) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.m[u], nil
}

func (b *buckets) set(u ident.UserID, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.m[u] = n
}

// MoveBuckets implements BucketMover.
func (b *buckets) MoveBuckets(_ context.Context, _ ident.ContractID, from ident.UserID, to BucketOwner) (int, error) {
	if b.moving != nil {
		b.moving()
	}
	if err := to.Recheck(); err != nil {
		return 0, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.m[from]
	b.m[from], b.m[to.User] = 0, b.m[to.User]+n
	return n, nil
}

type memShelf struct{ raw []byte }

func (m *memShelf) Load(context.Context) ([]byte, error) {
	if m.raw == nil {
		return nil, errs.NotFound
	}
	return m.raw, nil
}
func (m *memShelf) Store(_ context.Context, raw []byte) error { m.raw = raw; return nil }

// world is a service with a contract, its owner, an administrator, two plain users and a group.
type world struct {
	*Service
	t       testing.TB
	ctx     context.Context
	store   meta.Store
	buckets *buckets
	log     *bytes.Buffer
	ring    *seal.Keyring

	mu  sync.Mutex
	now time.Time

	c                         ident.ContractID
	owner, admin, plain, bare *User
	group                     *Group
}

const (
	ownerMail     = "owner@example.test"
	ownerPassword = "violet tram 77 under"
	plainPassword = "plain but long 12345x"
	operatorToken = "coffer-operator-0123456789abcdef0123456789abcdef"
)

var here = netip.MustParseAddr("192.0.2.1")

func keyring(t testing.TB) *seal.Keyring {
	t.Helper()
	m, err := seal.NewMaster(bytes.Repeat([]byte{7}, seal.KeyBytes), "test")
	if err != nil {
		t.Fatal(err)
	}
	k, err := seal.Open(context.Background(), seal.Config{Master: m, Shelf: &memShelf{}, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// bareWorld is a service over a store, without anybody.
func bareWorld(t testing.TB, store meta.Store) *world {
	w := &world{t: t, ctx: context.Background(), store: store, buckets: &buckets{m: map[ident.UserID]int{}}, log: &bytes.Buffer{},
		ring: keyring(t), now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	w.start()
	return w
}

// start begins a new process over the same store.
func (w *world) start() {
	w.t.Helper()
	s, err := New(Config{Meta: w.store, Keyring: w.ring, Buckets: w.buckets, Rand: rand.Reader, OperatorToken: operatorToken, Mover: w.buckets,
		Clock: w.clock, Log: slog.New(slog.NewTextHandler(w.log, nil))})
	w.must(err)
	w.must(s.hasher.prepare(rand.Reader, 8)) // cheap hashes
	w.Service = s
}

// consistent fails unless the directory holds exactly the names that users and keys have, all active, and nothing is half done.
func (w *world) consistent() {
	w.t.Helper()
	want := map[string]string{}
	have := map[string]string{}
	contracts, err := w.partitions(w.ctx)
	w.must(err)
	for _, c := range contracts {
		p, err := w.findPending(w.ctx, c)
		w.must(err)
		if len(p.intents)+len(p.users)+len(p.groups) > 0 || p.owner != nil {
			w.t.Errorf("contract %v: left half done: %+v", c, p)
		}
		var users, groups int64
		w.must(w.store.View(w.ctx, partition(c), func(r meta.Reader) error {
			w.must(scan(r, kindUser, func(route meta.Route, _ string, u *userRow) error {
				ref := reference{contract: c, user: userOf(route)}
				users++
				want[fmt.Sprint(names.Mails, u.Email)] = ref.String()
				if u.Canonical != "" {
					want[fmt.Sprint(names.Canonicals, u.Canonical)] = ref.String()
				}
				return nil
			}))
			w.must(scan(r, kindKeys, func(route meta.Route, _ string, keys *keysRow) error {
				for _, k := range keys.Keys {
					for _, n := range keyNames(reference{contract: c, user: userOf(route)}, k.ID, k.AccessKey) {
						want[fmt.Sprint(n.Space, n.Name)] = n.Value
					}
				}
				return nil
			}))
			w.must(scan(r, kindGroup, func(meta.Route, string, *groupRow) error { groups++; return nil }))
			nu, _ := r.Count(countUsers)
			ng, _ := r.Count(countGroups)
			if nu != users || ng != groups {
				w.t.Errorf("contract %v: counted %d users and %d groups, there are %d and %d", c, nu, ng, users, groups)
			}
			return nil
		}))
	}
	parts, _, err := w.store.Partitions(w.ctx, "d/", "", 1000)
	w.must(err)
	for _, part := range parts {
		for _, sp := range []names.Space{names.Mails, names.AccessKeys, names.Canonicals, names.KeyIDs} {
			w.must(w.store.View(w.ctx, part, func(r meta.Reader) error {
				for from := []byte(nil); ; {
					next, err := r.Scan(meta.Kind(sp), from, nil, meta.Budget{}, func(route, _, _ []byte) ([]byte, error) {
						e, err := w.names.Lookup(w.ctx, sp, string(route))
						if e.State != names.Active {
							w.t.Errorf("%v %s is in state %d", sp, route, e.State)
						}
						have[fmt.Sprint(sp, string(route))] = string(e.Value)
						return nil, err
					})
					if err != nil || next == nil {
						return err
					}
					from = next
				}
			}))
		}
	}
	if d := cmp.Diff(want, have); d != "" {
		w.t.Errorf("the directory differs from what users and keys have (-want +have):\n%s", d)
	}
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := bareWorld(t, newMemStore())
	w.populate()
	return w
}

func (w *world) populate() {
	w.t.Helper()
	b, err := w.Bootstrap(w.ctx, FirstOwner{Email: ownerMail, Password: ownerPassword})
	w.must(err)
	w.c = b.Contract
	con, err := w.Contract(w.ctx, operator(), b.Contract)
	w.must(err)
	w.owner, err = w.User(w.ctx, operator(), w.c, con.Owner)
	w.must(err)
	w.admin = w.newUser("admin", true)
	w.plain = w.newUser("plain", false)
	w.bare = w.newUser("bare", false)
	w.group, err = w.CreateGroup(w.ctx, w.as(w.owner), w.c, "storage", Privileges{ObjectStoragePrivilege: true})
	w.must(err)
	w.must(w.AddMember(w.ctx, w.as(w.owner), w.c, w.group.ID, w.plain.ID))
}

func (w *world) newUser(name string, admin bool) *User {
	w.t.Helper()
	u, err := w.CreateUser(w.ctx, w.as(w.owner), w.c, NewUser{FirstName: name, LastName: "Test", Email: name + "@example.test",
		Password: plainPassword, Administrator: admin})
	w.must(err)
	return u
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func operator() Actor { return Actor{Principal: authz.Principal{Operator: true}, Source: here} }

// as is a user as actor, with what was known of them when they were last read: iam must not trust it.
func (w *world) as(u *User) Actor {
	return Actor{Source: here, Principal: authz.Principal{Contract: u.Contract, User: u.ID, Role: u.Role, ObjectStorage: u.ObjectStorage}}
}

func (w *world) key(u *User) *KeyPair {
	w.t.Helper()
	kp, err := w.CreateKey(w.ctx, w.as(w.owner), w.c, u.ID, "test")
	w.must(err)
	return kp
}

// works reports whether an access key identifies somebody.
func (w *world) works(k ident.AccessKey) bool {
	w.t.Helper()
	_, err := w.Identify(w.ctx, k)
	if err != nil && errs.CodeOf(err) != "InvalidAccessKeyId" {
		w.t.Fatalf("Identify: %v", err)
	}
	return err == nil
}

func (w *world) want(what string, err error, kind errs.Kind, code errs.Code) {
	w.t.Helper()
	if !errors.Is(err, kind) || code != "" && errs.CodeOf(err) != code {
		w.t.Errorf("%s: %v, want %s %s", what, err, kind, code)
	}
}

func TestFirstStart(t *testing.T) {
	w := bareWorld(t, newMemStore())
	w.must(w.Recover(w.ctx))
	b, err := w.Bootstrap(w.ctx, FirstOwner{})
	w.must(err)
	if !b.First || b.Email != DefaultOwnerEmail || len(b.Password) < 20 || b.Keys != 0 || !b.Contract.Valid() || b.PasswordSet.IsZero() {
		t.Fatalf("%+v", b)
	}
	a, err := w.Login(w.ctx, DefaultOwnerEmail, b.Password, here)
	w.must(err)
	if a.Role != authz.Owner || a.Contract != b.Contract || !a.ObjectStorage {
		t.Errorf("%+v", a)
	}
	_, err = w.CreateKey(w.ctx, a, b.Contract, a.User, "")
	w.must(err)
	w.start()
	w.must(w.Recover(w.ctx))
	again, err := w.Bootstrap(w.ctx, FirstOwner{Email: "other@example.test", Password: "something else 12"})
	w.must(err)
	if again.First || again.Password != "" || again.Email != DefaultOwnerEmail || !again.PasswordSet.Equal(b.PasswordSet) || again.Keys != 1 {
		t.Errorf("second start: %+v", again)
	}
	if strings.Contains(w.log.String(), b.Password) {
		t.Error("the password is in the log")
	}
}

func TestFirstStartRefusesBadInput(t *testing.T) {
	for what, f := range map[string]FirstOwner{"mail": {Email: "no mail"}, "short": {Password: "short"}, "common": {Password: "password123"}} {
		w := bareWorld(t, newMemStore())
		if _, err := w.Bootstrap(w.ctx, f); !errors.Is(err, errs.Invalid) || errs.PublicOf(err) == "" {
			t.Errorf("%s: %v", what, err)
		}
		if all, _ := w.Contracts(w.ctx, operator()); len(all) != 0 {
			t.Errorf("%s: left %v", what, all)
		}
	}
}

func TestKeyLife(t *testing.T) {
	w := newWorld(t)
	if w.plain.Canonical != "" {
		t.Error("a canonical id before the first key")
	}
	kp, err := w.CreateKey(w.ctx, w.as(w.plain), w.c, w.plain.ID, "my key")
	w.must(err)
	if !kp.Active || len(kp.AccessKey) != ident.AccessKeyLen || len(kp.Secret) != ident.SecretLen || kp.Description != "my key" ||
		kp.Canonical == "" || kp.Administrative || kp.Validity != authz.AllBuckets || kp.CreatedBy != w.plain.ID {
		t.Fatalf("%+v", kp.Key)
	}
	id, err := w.Identify(w.ctx, kp.AccessKey)
	w.must(err)
	if id.Secret() != kp.Secret || id.Principal.User != w.plain.ID || id.Principal.Canonical != kp.Canonical || !id.Principal.ObjectStorage ||
		id.DisplayName != "plain Test" || id.Email != "plain@example.test" || id.Principal.Role != authz.Plain {
		t.Errorf("%+v", id.Principal)
	}
	me, err := w.User(w.ctx, w.as(w.plain), w.c, w.plain.ID)
	w.must(err)
	if me.Canonical != kp.Canonical {
		t.Errorf("canonical id %q, the key says %q", me.Canonical, kp.Canonical)
	}
	second := w.key(w.plain)
	if second.Canonical != kp.Canonical {
		t.Error("the second key changed the canonical id")
	}
	read, err := w.KeySecret(w.ctx, w.as(w.plain), w.c, kp.ID)
	w.must(err)
	if read.Secret != kp.Secret {
		t.Error("the secret read again differs")
	}

	k, err := w.ChangeKey(w.ctx, w.as(w.plain), w.c, kp.ID, KeyChange{Active: new(false)})
	w.must(err)
	if k.Active || w.works(kp.AccessKey) || k.Revision != 2 {
		t.Errorf("deactivated: %+v", k)
	}
	w.want("recheck of a deactivated key", id.Recheck(), errs.Unauthenticated, "InvalidAccessKeyId")
	_, err = w.ChangeKey(w.ctx, w.as(w.plain), w.c, kp.ID, KeyChange{Active: new(true)})
	w.must(err)
	if !w.works(kp.AccessKey) || id.Recheck() != nil {
		t.Error("activated again, it does not work")
	}

	renewed, err := w.RenewKey(w.ctx, w.as(w.plain), w.c, kp.ID)
	w.must(err)
	if renewed.ID != kp.ID || renewed.AccessKey != kp.AccessKey || renewed.Secret == kp.Secret {
		t.Errorf("renewed: %+v", renewed.Key)
	}
	now, err := w.Identify(w.ctx, kp.AccessKey)
	w.must(err)
	if now.Secret() != renewed.Secret {
		t.Error("the old secret still counts")
	}
	w.want("recheck of a renewed key", id.Recheck(), errs.Unauthenticated, "")

	k, err = w.ChangeKey(w.ctx, w.as(w.plain), w.c, kp.ID, KeyChange{Description: new("other")})
	w.must(err)
	if k.Description != "other" {
		t.Errorf("%+v", k)
	}
	if again, err := w.Identify(w.ctx, kp.AccessKey); err != nil || again != now {
		t.Error("a description made a new identity: derived signing keys are lost")
	}
	w.must(w.DeleteKey(w.ctx, w.as(w.plain), w.c, kp.ID))
	if w.works(kp.AccessKey) {
		t.Error("a deleted key works")
	}
	_, err = w.Key(w.ctx, w.as(w.plain), w.c, kp.ID)
	w.want("read after deletion", err, errs.NotFound, "")
	w.want("deletion again", w.DeleteKey(w.ctx, w.as(w.plain), w.c, kp.ID), errs.NotFound, "")
	keys, err := w.Keys(w.ctx, w.as(w.plain), w.c, w.plain.ID)
	w.must(err)
	if len(keys) != 1 || keys[0].ID != second.ID {
		t.Errorf("%d keys left", len(keys))
	}
}

func TestAdministrativeKeys(t *testing.T) {
	w := newWorld(t)
	for u, want := range map[*User]bool{w.owner: true, w.admin: true, w.plain: false} {
		if kp := w.key(u); kp.Administrative != want {
			t.Errorf("%s: administrative %v", u.Email, kp.Administrative)
		}
	}
}

func TestWhoMakesKeys(t *testing.T) {
	w := newWorld(t)
	stranger := w.otherContract()
	try := func(a Actor, u *User) error {
		_, err := w.CreateKey(w.ctx, a, w.c, u.ID, "")
		return err
	}
	w.want("plain for the administrator", try(w.as(w.plain), w.admin), errs.Denied, "")
	w.want("plain for another", try(w.as(w.plain), w.bare), errs.Denied, "")
	w.want("without privilege for oneself", try(w.as(w.bare), w.bare), errs.Denied, NoPrivilege)
	w.want("administrator for one without privilege", try(w.as(w.admin), w.bare), errs.Denied, NoPrivilege)
	w.want("another contract", try(w.as(stranger), w.plain), errs.NotFound, "")
	w.want("nobody", try(Actor{}, w.plain), errs.Unauthenticated, "")
	w.must(try(w.as(w.admin), w.plain))
	forged := w.as(w.bare)
	forged.Role, forged.ObjectStorage = authz.Owner, true
	w.want("a forged role", try(forged, w.bare), errs.Denied, NoPrivilege)
	_, err := w.CreateKey(w.ctx, w.as(w.plain), w.c, w.plain.ID, strings.Repeat("x", 256))
	w.want("long description", err, errs.Invalid, "")
	_, err = w.CreateKey(w.ctx, w.as(w.plain), w.c, w.plain.ID, "a\x00b")
	w.want("control character", err, errs.Invalid, "")

	kp := w.key(w.admin)
	_, err = w.Key(w.ctx, w.as(w.plain), w.c, kp.ID)
	w.want("another's key as plain", err, errs.NotFound, "")
	_, err = w.KeySecret(w.ctx, w.as(w.plain), w.c, kp.ID)
	w.want("another's secret as plain", err, errs.NotFound, "")
	w.want("another's key deleted as plain", w.DeleteKey(w.ctx, w.as(w.plain), w.c, kp.ID), errs.NotFound, "")
	_, err = w.KeySecret(w.ctx, w.as(stranger), w.c, kp.ID)
	w.want("from another contract", err, errs.NotFound, "")
	_, err = w.KeySecret(w.ctx, w.as(stranger), stranger.Contract, kp.ID)
	w.want("from another contract by its own number", err, errs.NotFound, "")
	_, err = w.KeySecret(w.ctx, operator(), w.c, kp.ID)
	w.want("secret for the operator", err, errs.Denied, "")
	if _, err = w.KeySecret(w.ctx, w.as(w.owner), w.c, kp.ID); err != nil {
		t.Error(err)
	}
}

// otherContract makes a second contract and returns its owner.
func (w *world) otherContract() *User {
	w.t.Helper()
	_, u, err := w.CreateContract(w.ctx, operator(), "Other", NewUser{FirstName: "S", LastName: "T",
		Email: fmt.Sprintf("stranger%d@example.test", w.clock().UnixNano()), Password: plainPassword})
	w.must(err)
	return u
}

func TestFiveKeys(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	made := map[ident.AccessKey]bool{}
	for range 16 {
		wg.Go(func() {
			kp, err := w.CreateKey(w.ctx, w.as(w.plain), w.c, w.plain.ID, "race")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				made[kp.AccessKey] = true
			case !errors.Is(err, errs.Limit):
				t.Errorf("the sixth key: %v", err)
			}
		})
	}
	wg.Wait()
	keys, err := w.Keys(w.ctx, w.as(w.plain), w.c, w.plain.ID)
	w.must(err)
	if len(made) != MaxKeys || len(keys) != MaxKeys {
		t.Fatalf("%d made, %d there", len(made), len(keys))
	}
	for _, k := range keys {
		if !made[k.AccessKey] || !w.works(k.AccessKey) || k.Canonical != keys[0].Canonical {
			t.Errorf("%s: made %v", k.AccessKey, made[k.AccessKey])
		}
	}
	w.consistent()
	// Inactive keys count.
	_, err = w.ChangeKey(w.ctx, w.as(w.plain), w.c, keys[0].ID, KeyChange{Active: new(false)})
	w.must(err)
	_, err = w.CreateKey(w.ctx, w.as(w.plain), w.c, w.plain.ID, "")
	w.want("a sixth beside an inactive one", err, errs.Limit, "")
	w.must(w.DeleteKey(w.ctx, w.as(w.plain), w.c, keys[0].ID))
	w.key(w.plain)
}
