package iam

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

func TestLogin(t *testing.T) {
	w := newWorld(t)
	a, err := w.Login(w.ctx, "Plain@Example.Test", plainPassword, here)
	w.must(err)
	if a.User != w.plain.ID || a.Contract != w.c || a.Role != authz.Plain || !a.ObjectStorage || a.Source != here || a.Session != "" {
		t.Errorf("%+v", a)
	}
	var texts []string
	for _, pair := range [][2]string{{"plain@example.test", "wrong password 1"}, {"nobody@example.test", plainPassword}, {"no mail", plainPassword},
		{"plain@example.test", ""}, {"", ""}, {"plain@example.test", strings.Repeat("x", 10000)}} {
		_, err := w.Login(w.ctx, pair[0], pair[1], here)
		w.want(fmt.Sprintf("%.20s", pair), err, errs.Unauthenticated, "")
		texts = append(texts, errs.PublicOf(err))
	}
	for _, s := range texts {
		if s != texts[0] || s == "" {
			t.Errorf("the answers tell what was wrong: %q and %q", s, texts[0])
		}
	}
	in := change(w.plain)
	in.Active = new(false)
	_, err = w.UpdateUser(w.ctx, w.as(w.owner), w.c, w.plain.ID, in)
	w.must(err)
	w.want("a deactivated user", errOf(w.Login(w.ctx, "plain@example.test", plainPassword, here)), errs.Unauthenticated, "")
}

// hashes counts the passwords hashed while fn runs, by filling all slots but one and watching: here simply by the time the pair is
// known. It replaces the stored hash by one that nothing fits, so that only what is remembered can pass.
func (w *world) forgetsPassword(u *User) {
	w.t.Helper()
	w.must(w.cfg.Meta.Update(w.ctx, partition(w.c), userRoute(u.ID), func(tx meta.Tx) error {
		return put(tx, userKey(kindCredential, u.ID), &credentialRow{Hash: w.hasher.dummy})
	}))
}

func TestVerifiedPairIsRememberedForAMinute(t *testing.T) {
	w := newWorld(t)
	login := func() error { return errOf(w.Login(w.ctx, "plain@example.test", plainPassword, here)) }
	w.must(login())
	w.forgetsPassword(w.plain)
	w.must(login())
	w.later(verifiedFor + time.Second)
	w.want("after a minute", login(), errs.Unauthenticated, "")
}

func TestVerifiedPairIsForgottenAtAnyChange(t *testing.T) {
	for what, act := range map[string]func(w *world) error{
		"password": func(w *world) error {
			in := change(w.plain)
			in.Password = "an entirely new one 1"
			return errOf(w.UpdateUser(w.ctx, w.as(w.owner), w.c, w.plain.ID, in))
		},
		"role": func(w *world) error {
			in := change(w.plain)
			in.Administrator = new(true)
			return errOf(w.UpdateUser(w.ctx, w.as(w.owner), w.c, w.plain.ID, in))
		},
		"reset": func(w *world) error {
			return errOf(w.ResetPassword(w.ctx, operator(), "plain@example.test", ""))
		},
		"own change": func(w *world) error {
			return w.ChangePassword(w.ctx, w.as(w.plain), plainPassword, "an entirely new one 2")
		},
	} {
		w := newWorld(t)
		login := func() error { return errOf(w.Login(w.ctx, "plain@example.test", plainPassword, here)) }
		w.must(login())
		w.must(act(w))
		if what == "role" {
			w.forgetsPassword(w.plain) // the password is the same: only the memory may not count
		}
		w.want(what, login(), errs.Unauthenticated, "")
	}
}

func TestLockout(t *testing.T) {
	w := newWorld(t)
	source := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(i / 250), byte(i % 250)}) }
	for _, mail := range []string{"plain@example.test", "nobody@example.test"} {
		for i := range freeFailures {
			w.want("wrong", errOf(w.Login(w.ctx, mail, "wrong password 1", source(i))), errs.Unauthenticated, "")
		}
		w.want("locked: "+mail, errOf(w.Login(w.ctx, mail, plainPassword, source(100))), errs.Busy, "")
	}
	w.later(firstLock + time.Second)
	w.want("still wrong", errOf(w.Login(w.ctx, "plain@example.test", "wrong password 1", source(101))), errs.Unauthenticated, "")
	w.later(firstLock + time.Second)
	w.want("locked for longer", errOf(w.Login(w.ctx, "plain@example.test", plainPassword, source(102))), errs.Busy, "")
	w.later(firstLock)
	w.must(errOf(w.Login(w.ctx, "plain@example.test", plainPassword, source(103))))
	for i := range freeFailures - 1 {
		w.want("counted anew", errOf(w.Login(w.ctx, "plain@example.test", "wrong password 1", source(i))), errs.Unauthenticated, "")
	}
	w.later(time.Hour)
	for i := range 40 {
		w.later(longestLock + time.Second)
		w.want("wrong", errOf(w.Login(w.ctx, "plain@example.test", "wrong password 1", source(i))), errs.Unauthenticated, "")
	}
	w.later(longestLock + time.Second)
	w.must(errOf(w.Login(w.ctx, "plain@example.test", plainPassword, source(1))))
	// A reset unlocks.
	for i := range freeFailures {
		_ = errOf(w.Login(w.ctx, "plain@example.test", "wrong password 1", source(i)))
	}
	pw, err := w.ResetPassword(w.ctx, operator(), "plain@example.test", "")
	w.must(err)
	w.must(errOf(w.Login(w.ctx, "plain@example.test", pw, source(2))))
}

func TestSourcesAreLimited(t *testing.T) {
	w := newWorld(t)
	for i := range sourceBurst {
		w.want("wrong", errOf(w.Login(w.ctx, fmt.Sprintf("user%d@example.test", i), "wrong password 1", here)), errs.Unauthenticated, "")
	}
	w.want("too often from here", errOf(w.Login(w.ctx, "plain@example.test", plainPassword, here)), errs.Busy, "")
	w.want("a wrong token from here", errOf(w.OperatorActor(w.ctx, "wrong", here)), errs.Unauthenticated, "")
	w.must(errOf(w.OperatorActor(w.ctx, operatorToken, here)))
	w.must(errOf(w.Login(w.ctx, "plain@example.test", plainPassword, netip.MustParseAddr("198.51.100.1"))))
	w.later(3 * time.Second)
	w.must(errOf(w.Login(w.ctx, "admin@example.test", plainPassword, here)))
	// An IPv6 source is its /64, and an IPv4 address stays one when mapped.
	for i := range sourceBurst {
		from := netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i+1))
		_ = errOf(w.Login(w.ctx, fmt.Sprintf("user%d@example.test", i), "wrong password 1", from))
	}
	w.want("the same network", errOf(w.Login(w.ctx, "owner@example.test", ownerPassword, netip.MustParseAddr("2001:db8::ffff"))), errs.Busy, "")
	w.must(errOf(w.Login(w.ctx, "owner@example.test", ownerPassword, netip.MustParseAddr("2001:db8:0:1::1"))))
}

// Wrong tokens are limited apart from passwords: a program with a deleted one keeps nobody beside it from signing in.
func TestWrongTokensAreLimitedApart(t *testing.T) {
	w := newWorld(t)
	for range tokenBurst / 2 {
		w.want("a wrong token", errOf(w.TokenActor(w.ctx, "a.b.c", here)), errs.Unauthenticated, "")
		w.want("a wrong operator's token", errOf(w.OperatorActor(w.ctx, "wrong", here)), errs.Unauthenticated, "")
	}
	w.want("too many", errOf(w.TokenActor(w.ctx, "a.b.c", here)), errs.Busy, "")
	w.want("too many of the operator's", errOf(w.OperatorActor(w.ctx, "wrong", here)), errs.Busy, "")
	w.must(errOf(w.OperatorActor(w.ctx, operatorToken, here)))
	w.must(errOf(w.Login(w.ctx, "plain@example.test", plainPassword, here)))
	w.later(time.Second)
	w.want("a while later", errOf(w.TokenActor(w.ctx, "a.b.c", here)), errs.Unauthenticated, "")
}

func TestMemoriesAreBounded(t *testing.T) {
	var l lockout
	s := sources{rate: sourceRate, burst: sourceBurst}
	var v verified
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range maxSources + 100 {
		l.failed(ident.Email(fmt.Sprint(i)), now)
		s.failed(netip.AddrFrom4([4]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)}), now)
		v.add(v.sum("a@b", fmt.Sprint(i)), verifiedPair{until: now.Add(verifiedFor)}, now)
	}
	if len(l.mails) > maxLockout || len(s.limiters) > maxSources || len(v.pairs) > maxVerified {
		t.Errorf("%d mails, %d sources, %d pairs", len(l.mails), len(s.limiters), len(v.pairs))
	}
	// A locked mail is not pushed out by others.
	l = lockout{}
	for range freeFailures {
		l.failed("target", now)
	}
	for i := range maxLockout + 100 {
		l.failed(ident.Email(fmt.Sprint(i)), now)
	}
	if l.locked("target", now) == 0 {
		t.Error("a flood of other mails ended a lock")
	}
}

func TestHashesAreBounded(t *testing.T) {
	w := newWorld(t)
	for range hashesAtOnce {
		w.must(w.hasher.enter(w.ctx))
	}
	ctx, cancel := context.WithCancel(w.ctx)
	var wg sync.WaitGroup
	for range hashesWaiting {
		wg.Go(func() {
			if err := w.hasher.enter(ctx); !errors.Is(err, errs.Canceled) {
				t.Errorf("a waiting one: %v", err)
			}
		})
	}
	for w.hasher.waiting.Load() < hashesWaiting+hashesAtOnce {
		time.Sleep(time.Microsecond)
	}
	w.want("one too many", w.hasher.enter(w.ctx), errs.Busy, "")
	cancel()
	wg.Wait()
	w.hasher.leave()
	w.must(w.hasher.enter(w.ctx))
}

func TestPasswordRules(t *testing.T) {
	for pw, ok := range map[string]bool{
		"correct horse battery staple 42": true, "abc123-321CBA": true, "üöäßüöäß12": true, "kx7#mQ2!pz": true,
		"short": false, "ninechar9": false, "": false, strings.Repeat("ab", 65): false, strings.Repeat("ü", 129): false,
		"password123": false, "Passw0rd2026!": false, "QWERTYUIOP": false, "1234567890": false, "aaaaaaaaaaaa": false, "tab\tin the middle": false,
		"anna.example@example.test": false, "anna.example1": false, "bad \xff utf-8 here": false,
	} {
		if err := checkPassword(pw, "anna.example@example.test"); (err == nil) != ok {
			t.Errorf("%q: %v", pw, err)
		} else if err != nil && (errs.CodeOf(err) != WeakWord || pw != "" && strings.Contains(err.Error(), pw)) {
			t.Errorf("%q: %v", pw, err)
		}
	}
}

func TestHashFormat(t *testing.T) {
	// Made by the reference implementation: echo -n 'correct horse' | argon2 saltsaltsaltsalt -id -t 2 -k 19456 -p 1 -l 32 -e
	var h hasher
	if err := h.prepare(strings.NewReader(strings.Repeat("x", 64)), hashMemory); err != nil {
		t.Fatal(err)
	}
	stored, err := h.hash(context.Background(), strings.NewReader("saltsaltsaltsalt"), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if want := "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$"; !strings.HasPrefix(stored, want) {
		t.Errorf("%s", stored)
	}
	for pw, want := range map[string]bool{"correct horse": true, "correct horse ": false, "": false} {
		if ok, err := h.check(context.Background(), stored, pw); err != nil || ok != want {
			t.Errorf("%q: %v %v", pw, ok, err)
		}
	}
	for _, bad := range []string{"x", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$AA", strings.Replace(stored, "m=19456", "m=99999999", 1), strings.Replace(stored, "argon2id", "argon2i", 1)} {
		if _, err := h.check(context.Background(), bad, "x"); !errors.Is(err, errs.Corrupt) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestGeneratedPasswords(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	for range 100 {
		pw, err := newPassword(w.cfg.Rand)
		w.must(err)
		if len(pw) != 23 || seen[pw] || checkPassword(pw, "") != nil || strings.ContainsAny(pw, "lo01") {
			t.Fatalf("%q", pw)
		}
		seen[pw] = true
	}
}

func TestSessions(t *testing.T) {
	w := newWorld(t)
	s, err := w.SignIn(w.ctx, "plain@example.test", plainPassword, here)
	w.must(err)
	if s.Token == "" || s.CSRF == "" || strings.Contains(s.ID, s.Token) || s.Actor.User != w.plain.ID || s.Actor.Session != s.ID {
		t.Fatalf("%+v", s)
	}
	back, err := w.Session(w.ctx, s.Token, here)
	w.must(err)
	if back.Token != "" || back.CSRF != s.CSRF || back.ID != s.ID || back.Actor.User != w.plain.ID || !back.Actor.ObjectStorage {
		t.Errorf("%+v", back)
	}
	u, err := w.User(w.ctx, w.as(w.owner), w.c, w.plain.ID)
	w.must(err)
	if u.LastLogin.IsZero() || u.Revision != w.plain.Revision+1 { // one more: the group joined
		t.Errorf("last sign-in %v, revision %d", u.LastLogin, u.Revision)
	}
	for i := range len(s.Token) {
		b := []byte(s.Token)
		b[i] = map[bool]byte{true: 'A', false: 'B'}[b[i] != 'A']
		if _, err := w.Session(w.ctx, string(b), here); !errors.Is(err, errs.Unauthenticated) && string(b) != s.Token {
			t.Fatalf("changed at %d: %v", i, err)
		}
	}
	for _, bad := range []string{"", "x", s.Token + "A", s.Token[1:]} {
		w.want("token "+bad, errOf(w.Session(w.ctx, bad, here)), errs.Unauthenticated, "")
	}
	w.start() // sessions outlive the process
	w.must(errOf(w.Session(w.ctx, s.Token, here)))
	other, err := w.SignIn(w.ctx, "plain@example.test", plainPassword, here)
	w.must(err)
	if other.CSRF == s.CSRF || other.Token == s.Token {
		t.Error("two sessions share a token")
	}
	w.must(w.SignOut(w.ctx, s.ID))
	w.must(w.SignOut(w.ctx, s.ID))
	w.want("signed out", errOf(w.Session(w.ctx, s.Token, here)), errs.Unauthenticated, "")
	w.must(errOf(w.Session(w.ctx, other.Token, here)))
}

func TestSessionsEndWithTime(t *testing.T) {
	w := newWorld(t)
	s, err := w.SignIn(w.ctx, "plain@example.test", plainPassword, here)
	w.must(err)
	for range 13 { // in use all the time: absolute end
		w.later(12 * time.Hour)
		w.must(errOf(w.Session(w.ctx, s.Token, here)))
	}
	w.later(12*time.Hour + time.Second)
	w.want("after a week", errOf(w.Session(w.ctx, s.Token, here)), errs.Unauthenticated, "")
	s, err = w.SignIn(w.ctx, "plain@example.test", plainPassword, here)
	w.must(err)
	w.later(SessionIdle + time.Second)
	w.want("unused", errOf(w.Session(w.ctx, s.Token, here)), errs.Unauthenticated, "")
}

func TestSessionsEndWithChanges(t *testing.T) {
	w := newWorld(t)
	boss := w.as(w.owner)
	begin := func(password string) *Session {
		t.Helper()
		s, err := w.SignIn(w.ctx, "plain@example.test", password, here)
		w.must(err)
		return s
	}
	one, two := begin(plainPassword), begin(plainPassword)
	a := one.Actor
	w.want("the present password wrong", w.ChangePassword(w.ctx, a, "wrong password 1", "an entirely new one 1"), errs.Denied, "")
	w.want("a weak one", w.ChangePassword(w.ctx, a, plainPassword, "short"), errs.Invalid, WeakWord)
	w.must(w.ChangePassword(w.ctx, a, plainPassword, "an entirely new one 1"))
	w.must(errOf(w.Session(w.ctx, one.Token, here)))
	w.want("another session", errOf(w.Session(w.ctx, two.Token, here)), errs.Unauthenticated, "")
	_, err := w.ResetPassword(w.ctx, operator(), "plain@example.test", "an entirely new one 2")
	w.must(err)
	w.want("after a reset", errOf(w.Session(w.ctx, one.Token, here)), errs.Unauthenticated, "")
	one = begin("an entirely new one 2")
	in := change(w.plain)
	in.Administrator = new(true)
	w.must(errOf(w.UpdateUser(w.ctx, boss, w.c, w.plain.ID, in)))
	s, err := w.Session(w.ctx, one.Token, here)
	w.must(err)
	if s.Actor.Role != authz.Administrator {
		t.Error("the session has the role of before")
	}
	in.Active = new(false)
	w.must(errOf(w.UpdateUser(w.ctx, boss, w.c, w.plain.ID, in)))
	w.want("deactivated", errOf(w.Session(w.ctx, one.Token, here)), errs.Unauthenticated, "")
	in.Active = new(true)
	w.must(errOf(w.UpdateUser(w.ctx, boss, w.c, w.plain.ID, in)))
	w.want("the session does not come back", errOf(w.Session(w.ctx, one.Token, here)), errs.Unauthenticated, "")
	one = begin("an entirely new one 2")
	w.must(w.DeleteUser(w.ctx, boss, w.c, w.plain.ID))
	w.want("deleted", errOf(w.Session(w.ctx, one.Token, here)), errs.Unauthenticated, "")
	_, err = w.ResetPassword(w.ctx, boss, "admin@example.test", "")
	w.want("a reset by the owner", err, errs.Denied, "")
	_, err = w.ResetPassword(w.ctx, operator(), "nobody@example.test", "")
	w.want("a reset for nobody", err, errs.NotFound, "")
}

func TestTooManySessions(t *testing.T) {
	w := newWorld(t)
	var all []*Session
	for range MaxSessions + 1 {
		s, err := w.SignIn(w.ctx, "plain@example.test", plainPassword, here)
		w.must(err)
		all = append(all, s)
	}
	w.epochs.bump(w.c)
	w.want("the oldest", errOf(w.Session(w.ctx, all[0].Token, here)), errs.Unauthenticated, "")
	for _, s := range all[1:] {
		w.must(errOf(w.Session(w.ctx, s.Token, here)))
	}
}

func TestSessionCredential(t *testing.T) {
	w := newWorld(t)
	s, err := w.SignIn(w.ctx, "plain@example.test", plainPassword, here)
	w.must(err)
	k, secret, err := w.SessionCredential(w.ctx, s)
	w.must(err)
	id, err := w.Identify(w.ctx, k)
	w.must(err)
	if id.Secret() != secret || len(secret) != ident.SecretLen || id.Principal.User != w.plain.ID || !k.IsSessionKey() {
		t.Errorf("%v", id)
	}
	keys, err := w.Keys(w.ctx, w.as(w.plain), w.c, w.plain.ID)
	w.must(err)
	if len(keys) != 0 {
		t.Error("the session's credential is one of the keys")
	}
	w.must(w.RemoveMember(w.ctx, w.as(w.owner), w.c, w.group.ID, w.plain.ID))
	if w.works(k) {
		t.Error("it has rights that the user has not")
	}
	w.must(w.AddMember(w.ctx, w.as(w.owner), w.c, w.group.ID, w.plain.ID))
	if !w.works(k) || id.Recheck() != nil {
		t.Error("it did not come back with the privilege")
	}
	w.must(w.SignOut(w.ctx, s.ID))
	if w.works(k) || id.Recheck() == nil {
		t.Error("it outlived its session")
	}
	_, _, err = w.SessionCredential(w.ctx, s)
	w.want("of an ended session", err, errs.Unauthenticated, "")

	s, err = w.SignIn(w.ctx, "plain@example.test", plainPassword, here)
	w.must(err)
	k, _, err = w.SessionCredential(w.ctx, s)
	w.must(err)
	w.must(errOf(w.Identify(w.ctx, k)))
	w.later(SessionIdle + time.Second)
	if w.works(k) {
		t.Error("it outlived its unused session")
	}
	foreign, _ := ident.SessionKey(w.c, w.plain.ID, strings.Repeat("0", 32))
	if w.works(foreign) {
		t.Error("a credential of no session works")
	}
}

func TestOperator(t *testing.T) {
	w := newWorld(t)
	a, err := w.OperatorActor(w.ctx, operatorToken, here)
	w.must(err)
	if !a.Operator {
		t.Errorf("%+v", a)
	}
	for _, bad := range []string{"", operatorToken + "x", operatorToken[1:]} {
		w.want("token "+bad, errOf(w.OperatorActor(w.ctx, bad, here)), errs.Unauthenticated, "")
	}
	none, err := New(Config{Meta: w.store, Keyring: w.ring, Buckets: w.buckets, Rand: w.cfg.Rand, Clock: w.clock})
	w.must(err)
	w.want("where there is no operator", errOf(none.OperatorActor(w.ctx, "", here)), errs.Unauthenticated, "")
	if _, err := New(Config{Meta: w.store, Keyring: w.ring, Buckets: w.buckets, Rand: w.cfg.Rand, Clock: w.clock, OperatorToken: "short"}); err == nil {
		t.Error("a short operator token was taken")
	}
}
