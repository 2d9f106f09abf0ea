package iam

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

func TestOperatorSession(t *testing.T) {
	w := newWorld(t)
	_, err := w.SignInOperator(w.ctx, operatorToken+"x", here)
	w.want("a wrong token", err, errs.Unauthenticated, "")
	one, err := w.SignInOperator(w.ctx, operatorToken, here)
	w.must(err)
	if !one.Actor.Operator || one.Actor.Via() != "operator" || one.CSRF == "" || strings.Contains(one.Token, operatorToken) {
		t.Fatalf("the session is %+v", one)
	}
	two, err := w.SignInOperator(w.ctx, operatorToken, here)
	w.must(err)
	again, err := w.Session(w.ctx, one.Token, here)
	w.must(err)
	if !again.Actor.Operator || again.CSRF != one.CSRF || again.ID != one.ID || !again.Expires.Equal(one.Created.Add(OperatorIdle)) {
		t.Errorf("read again it is %+v", again)
	}
	if _, err := w.Contracts(w.ctx, again.Actor); err != nil {
		t.Errorf("the operator's session does not list contracts: %v", err)
	}
	_, err = w.Session(w.ctx, one.Token[:len(one.Token)-2]+"AA", here)
	w.want("another random part", err, errs.Unauthenticated, "")
	_, _, err = w.SessionCredential(w.ctx, again)
	w.want("an S3 credential", err, errs.Unauthenticated, "")

	w.must(w.SignOut(w.ctx, one.ID))
	w.must(w.SignOut(w.ctx, one.ID))
	_, err = w.Session(w.ctx, one.Token, here)
	w.want("after signing out", err, errs.Unauthenticated, "")
	w.must(errOf(w.Session(w.ctx, two.Token, here)))
}

func TestOperatorSessionEnds(t *testing.T) {
	w := newWorld(t)
	begin := func() *Session {
		s, err := w.SignInOperator(w.ctx, operatorToken, netip.Addr{})
		w.must(err)
		return s
	}
	unused, used := begin(), begin()
	for left := OperatorLife; left > 0; left -= OperatorIdle - time.Minute {
		w.must(errOf(w.Session(w.ctx, used.Token, here)))
		w.later(OperatorIdle - time.Minute)
	}
	for name, s := range map[string]*Session{"unused": unused, "used to its end": used} {
		_, err := w.Session(w.ctx, s.Token, here)
		w.want(name, err, errs.Unauthenticated, "")
	}

	// Another operator.token ends what the former one began; users' sessions stay.
	s, user := begin(), w.from("x", here)
	w.Service.operator[0]++
	_, err := w.Session(w.ctx, s.Token, here)
	w.want("of an earlier token", err, errs.Unauthenticated, "")
	w.must(errOf(w.Session(w.ctx, user.Token, here)))
}

func TestOperatorSessionsAreBounded(t *testing.T) {
	w := newWorld(t)
	first, err := w.SignInOperator(w.ctx, operatorToken, here)
	w.must(err)
	for range MaxSessions {
		w.must(errOf(w.SignInOperator(w.ctx, operatorToken, here)))
	}
	_, err = w.Session(w.ctx, first.Token, here)
	w.want("the oldest of too many", err, errs.Unauthenticated, "")
	if a := (Actor{Principal: authz.Principal{Operator: true}}); a.Via() != "operator" {
		t.Errorf("the operator came via %q", a.Via())
	}
}

// TestTheOperatorsActsLeaveRecords: those that belong to no contract are in the system's, each in the update that does it; what fails leaves none.
func TestTheOperatorsActsLeaveRecords(t *testing.T) {
	w := newWorld(t)
	l := &ledger{}
	w.cfg.Records = l
	var s *Session
	key := meta.Key{Kind: 48, Route: "regions"}
	make := func(fail error) error {
		if err := w.MaySystem(w.ctx, operator(), authz.ManageRegions); err != nil {
			return err
		}
		return w.UpdateSystem(w.ctx, "regions", "berlin", "user-owned", func(tx meta.Tx) error {
			if fail != nil {
				return fail
			}
			return tx.Put(key, []byte("x"))
		})
	}
	for _, c := range []struct {
		name string
		do   func() error
		want []string
	}{
		{"sign in", func() (err error) { s, err = w.SignInOperator(w.ctx, operatorToken, here); return }, []string{"coffer:SignIn||operator||||test/1|r1"}},
		{"with a wrong token", func() error { return unauthenticated(errOf(w.SignInOperator(w.ctx, "wrong", here))) }, nil},
		{"use it much later", func() error { w.later(touchEvery + time.Minute); return errOf(w.Session(w.ctx, s.Token, here)) }, nil},
		{"make a region", func() error { return make(nil) }, []string{"coffer:ManageRegions||operator||berlin|user-owned|test/1|r1"}},
		{"fail to make one", func() error { return refused(make(errs.New(errs.NotFound, "", ""))) }, nil},
		{"not permitted", func() error { return refused(w.MaySystem(w.ctx, w.as(w.owner), authz.ManageRegions)) }, nil},
		{"sign out", func() error { return w.SignOut(w.ctx, s.ID) }, []string{"coffer:SignOut||operator||||test/1|r1"}},
	} {
		before, contract := l.done, w.recorded(w.c)
		got := w.traced(ident.System, func() { w.must(c.do()) })
		if !slices.Equal(got, c.want) || l.done != before+len(c.want) || len(w.recorded(w.c)) != len(contract) {
			t.Errorf("%s: recorded %q, told %d times, want %q", c.name, got, l.done-before, c.want)
		}
	}
}

func unauthenticated(err error) error {
	if errors.Is(err, errs.Unauthenticated) {
		return nil
	}
	return errors.New("it was not refused")
}
