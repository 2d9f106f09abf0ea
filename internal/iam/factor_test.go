package iam

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"coffer/internal/errs"
)

// RFC 6238, appendix B, SHA-1, the last six digits.
func TestTOTPVectors(t *testing.T) {
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if got := totp([]byte("12345678901234567890"), at/factorPeriod); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

// code is what an authenticator program shows now.
func (w *world) code(e *Enrolment) string {
	w.t.Helper()
	secret, err := base32Plain.DecodeString(e.Secret)
	w.must(err)
	return totp(secret, w.clock().Unix()/factorPeriod)
}

func (w *world) enrol(a Actor) (*Enrolment, []string) {
	w.t.Helper()
	e, err := w.BeginSecondFactor(w.ctx, a)
	w.must(err)
	codes, err := w.ConfirmSecondFactor(w.ctx, a, w.code(e))
	w.must(err)
	w.later(time.Minute)
	return e, codes
}

const plainMail = "plain@example.test"

func TestSecondFactor(t *testing.T) {
	w := newWorld(t)
	before, err := w.SignIn(w.ctx, plainMail, plainPassword, here)
	w.must(err)
	kept, err := w.SignIn(w.ctx, plainMail, plainPassword, here)
	w.must(err)
	jwt, _, err := w.GenerateToken(w.ctx, kept.Actor, 0)
	w.must(err)
	w.must(errOf(w.Login(w.ctx, plainMail, plainPassword, here)))
	e, err := w.BeginSecondFactor(w.ctx, kept.Actor)
	w.must(err)
	if !strings.HasPrefix(e.URL, "otpauth://totp/Coffer:plain@example.test?") || !strings.Contains(e.URL, e.Secret) {
		t.Errorf("%s", e.URL)
	}
	w.must(errOf(w.Login(w.ctx, plainMail, plainPassword, here))) // not confirmed: counts for nothing
	_, err = w.ConfirmSecondFactor(w.ctx, kept.Actor, "000000")
	w.want("a wrong first code", err, errs.Denied, SecondFactor)
	codes, err := w.ConfirmSecondFactor(w.ctx, kept.Actor, w.code(e))
	w.must(err)
	if len(codes) != recoveryCodes {
		t.Errorf("%d recovery codes", len(codes))
	}
	w.want("a session from before", errOf(w.Session(w.ctx, before.Token, here)), errs.Unauthenticated, "")
	w.must(errOf(w.Session(w.ctx, kept.Token, here)))
	w.want("Basic, remembered a moment ago", errOf(w.Login(w.ctx, plainMail, plainPassword, here)), errs.Unauthenticated, SecondFactor)
	w.want("without a code", errOf(w.SignIn(w.ctx, plainMail, plainPassword, here)), errs.Unauthenticated, SecondFactor)
	w.must(errOf(w.TokenActor(w.ctx, jwt, here)))
	in := func(code string) error { return errOf(w.SignInWithCode(w.ctx, plainMail, plainPassword, code, here)) }
	w.want("the code that confirmed it", in(w.code(e)), errs.Denied, SecondFactor)
	w.later(time.Minute)
	code := w.code(e)
	w.want("the wrong password", errOf(w.SignInWithCode(w.ctx, plainMail, "wrong password 1", code, here)), errs.Unauthenticated, "")
	w.must(in(code[:3] + " " + code[3:]))
	w.want("the same code again", in(code), errs.Denied, SecondFactor)
	w.later(10 * time.Minute)
	w.want("an old code", in(code), errs.Denied, SecondFactor)
	for _, bad := range []string{"", "12345", "abcdef", strings.Repeat("1", 100)} {
		w.want("code "+bad[:min(9, len(bad))], in(bad), errs.Denied, SecondFactor)
	}
	w.must(in(strings.ToLower(codes[3])))
	w.want("a recovery code again", in(codes[3]), errs.Denied, SecondFactor)
	w.must(in(codes[4]))
	_, err = w.BeginSecondFactor(w.ctx, kept.Actor)
	w.want("set up twice", err, errs.Conflict, "")

	w.later(time.Hour)
	w.want("off with a wrong code", w.DisableSecondFactor(w.ctx, w.as(w.plain), "000000"), errs.Denied, SecondFactor)
	w.must(w.DisableSecondFactor(w.ctx, w.as(w.plain), w.code(e)))
	w.must(errOf(w.Login(w.ctx, plainMail, plainPassword, here)))
	w.want("off twice", w.DisableSecondFactor(w.ctx, w.as(w.plain), "000000"), errs.Conflict, "")
}

func TestCodesAreLimited(t *testing.T) {
	w := newWorld(t)
	e, _ := w.enrol(w.as(w.plain))
	for i := range freeFailures {
		w.later(verifiedFor + time.Second) // the password is hashed anew each time, and the source is not what stops it
		w.want(fmt.Sprint(i), errOf(w.SignInWithCode(w.ctx, plainMail, plainPassword, "000000", here)), errs.Denied, SecondFactor)
		// The password is right each time; that must not begin the counting anew.
	}
	w.want("the right code", errOf(w.SignInWithCode(w.ctx, plainMail, plainPassword, w.code(e), here)), errs.Busy, "")
	w.later(2 * time.Minute)
	w.must(errOf(w.SignInWithCode(w.ctx, plainMail, plainPassword, w.code(e), here)))
}

func TestForcedSecondFactor(t *testing.T) {
	w := newWorld(t)
	kp := w.key(w.plain)
	in := change(w.plain)
	in.ForceSecAuth = new(true)
	w.must(errOf(w.UpdateUser(w.ctx, w.as(w.owner), w.c, w.plain.ID, in)))
	if !w.works(kp.AccessKey) {
		t.Error("requiring a second factor stopped the user's keys")
	}
	w.want("Basic", errOf(w.Login(w.ctx, plainMail, plainPassword, here)), errs.Unauthenticated, SecondFactor)
	s, err := w.SignIn(w.ctx, plainMail, plainPassword, here)
	w.must(err)
	_, err = w.CreateKey(w.ctx, s.Actor, w.c, w.plain.ID, "")
	w.want("a key before the set-up", err, errs.Denied, SecondFactorRequired)
	_, _, err = w.SessionCredential(w.ctx, s)
	w.want("storage before the set-up", err, errs.Denied, SecondFactorRequired)
	w.must(errOf(w.User(w.ctx, s.Actor, w.c, w.plain.ID)))
	e, _ := w.enrol(s.Actor)
	w.must(errOf(w.CreateKey(w.ctx, s.Actor, w.c, w.plain.ID, "")))
	k, _, err := w.SessionCredential(w.ctx, s)
	w.must(err)
	if !w.works(k) {
		t.Error("no storage after the set-up")
	}
	w.want("off", w.DisableSecondFactor(w.ctx, s.Actor, w.code(e)), errs.Denied, "")
	w.want("reset by a plain user", w.ResetSecondFactor(w.ctx, w.as(w.bare), w.c, w.plain.ID), errs.Denied, "")
	w.must(w.ResetSecondFactor(w.ctx, w.as(w.admin), w.c, w.plain.ID))
	w.want("the session of before", errOf(w.Session(w.ctx, s.Token, here)), errs.Unauthenticated, "")
	if w.works(k) {
		t.Error("its credential outlived it")
	}
	w.enrol(w.as(w.owner))
	w.want("the owner's, by an administrator", w.ResetSecondFactor(w.ctx, w.as(w.admin), w.c, w.owner.ID), errs.Denied, "")
	w.must(w.ResetSecondFactor(w.ctx, operator(), w.c, w.owner.ID))
}

// Two sign-ins with one code at a time: one session.
func TestOneCodeOneSession(t *testing.T) {
	w, plan := faultWorld(t)
	e, _ := w.enrol(w.as(w.plain))
	code := w.code(e)
	var second error
	updating := callNamed("meta.Update")
	w.between(plan, updating, func() { second = errOf(w.SignInWithCode(w.ctx, plainMail, plainPassword, code, here)) }, func() {
		w.want("the first, which came later", errOf(w.SignInWithCode(w.ctx, plainMail, plainPassword, code, here)), errs.Denied, SecondFactor)
	})
	w.must(second)
}

// Who is required to have a second factor can't get out of it, whatever their role.
func TestNobodyLiftsTheirOwnSecondFactor(t *testing.T) {
	w := newWorld(t)
	w.must(errOf(w.UpdateUser(w.ctx, w.as(w.owner), w.c, w.admin.ID, UserChange{ForceSecAuth: new(true)})))
	e, _ := w.enrol(w.as(w.admin))
	lift := UserChange{ForceSecAuth: new(false)}
	w.want("lifted by oneself", errOf(w.UpdateUser(w.ctx, w.as(w.admin), w.c, w.admin.ID, lift)), errs.Conflict, "")
	w.want("removed by oneself, without a code", w.ResetSecondFactor(w.ctx, w.as(w.admin), w.c, w.admin.ID), errs.Conflict, "")
	w.want("switched off", w.DisableSecondFactor(w.ctx, w.as(w.admin), w.code(e)), errs.Denied, "")
	w.must(errOf(w.UpdateUser(w.ctx, w.as(w.admin), w.c, w.admin.ID, UserChange{FirstName: new("Renamed")})))
	w.must(errOf(w.UpdateUser(w.ctx, w.as(w.owner), w.c, w.admin.ID, lift)))
	w.must(w.DisableSecondFactor(w.ctx, w.as(w.admin), w.code(e)))
	// Nobody requires it of the owner but the owner.
	w.must(errOf(w.UpdateUser(w.ctx, w.as(w.owner), w.c, w.owner.ID, UserChange{ForceSecAuth: new(true)})))
	w.enrol(w.as(w.owner))
	w.must(errOf(w.UpdateUser(w.ctx, w.as(w.owner), w.c, w.owner.ID, lift)))
}
