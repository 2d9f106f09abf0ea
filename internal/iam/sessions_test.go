package iam

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"coffer/internal/errs"
)

// from signs the plain user in as a client that calls itself so.
func (w *world) from(program string, source netip.Addr) *Session {
	w.t.Helper()
	s, err := w.SignIn(WithTrace(w.ctx, &Trace{Client: program}), "plain@example.test", plainPassword, source)
	w.must(err)
	return s
}

func (w *world) sessionsOf(a Actor) []*SessionInfo {
	w.t.Helper()
	all, err := w.Sessions(w.ctx, a, w.c, w.plain.ID)
	w.must(err)
	return all
}

func TestSessionsAreListed(t *testing.T) {
	w := newWorld(t)
	elsewhere := netip.MustParseAddr("203.0.113.9")
	one := w.from(strings.Repeat("ä", MaxProgram), here)
	w.later(time.Minute)
	two := w.from("Browser/2", netip.Addr{})
	all := w.sessionsOf(one.Actor)
	if len(all) != 2 || all[0].Current || !all[1].Current || all[0].Program != "Browser/2" || all[0].Source != "" || all[1].Source != here.String() ||
		all[1].SeenAt != here.String() || !all[1].Created.Equal(one.Created) || !all[1].Seen.Equal(one.Created) || !all[1].Expires.Equal(one.Expires) {
		t.Fatalf("%+v %+v", all[0], all[1])
	}
	if all[1].Program != strings.Repeat("ä", MaxProgram/2) {
		t.Errorf("of a long name %d bytes are kept", len(all[1].Program))
	}
	for _, i := range all {
		if strings.Contains(one.Token+two.Token, i.ID) || len(i.ID) != 32 {
			t.Errorf("the id %s is no id", i.ID)
		}
	}

	// Use is written down once in a while, with where from.
	w.later(touchEvery - time.Minute - time.Second)
	w.must(errOf(w.Session(w.ctx, one.Token, elsewhere)))
	if i := w.sessionsOf(one.Actor)[1]; !i.Seen.Equal(one.Created) {
		t.Errorf("a use soon after the last was written down: %+v", i)
	}
	w.later(2 * time.Second)
	w.must(errOf(w.Session(w.ctx, one.Token, elsewhere)))
	if i := w.sessionsOf(one.Actor)[0]; !i.Current || !i.Seen.Equal(w.clock()) || i.SeenAt != elsewhere.String() || i.Source != here.String() {
		t.Errorf("the use from elsewhere is not seen: %+v", i)
	}
	w.later(SessionIdle - time.Minute)
	if all := w.sessionsOf(w.as(w.owner)); len(all) != 1 || all[0].Current {
		t.Errorf("what ended unused is listed: %+v", all)
	}
}

func TestSessionsAreEnded(t *testing.T) {
	w := newWorld(t)
	one, two, three := w.from("a", here), w.from("b", here), w.from("c", here)
	k, _, err := w.SessionCredential(w.ctx, two)
	w.must(err)
	_, _, id, _ := k.SessionKeyParts()
	w.must(errOf(w.Identify(w.ctx, k)))
	w.must(w.EndSession(w.ctx, one.Actor, w.c, w.plain.ID, id))
	w.want("the one ended", errOf(w.Session(w.ctx, two.Token, here)), errs.Unauthenticated, "")
	if w.works(k) {
		t.Error("its credential goes on")
	}
	w.must(errOf(w.Session(w.ctx, three.Token, here)))
	w.want("ended twice", w.EndSession(w.ctx, one.Actor, w.c, w.plain.ID, id), errs.NotFound, "")
	w.want("nonsense", w.EndSession(w.ctx, one.Actor, w.c, w.plain.ID, "../x"), errs.NotFound, "")

	n, err := w.EndSessions(w.ctx, one.Actor, w.c, w.plain.ID)
	if err != nil || n != 1 {
		t.Errorf("ended %d, %v", n, err)
	}
	w.must(errOf(w.Session(w.ctx, one.Token, here)))
	w.want("another", errOf(w.Session(w.ctx, three.Token, here)), errs.Unauthenticated, "")
	n, err = w.EndSessions(w.ctx, w.as(w.owner), w.c, w.plain.ID)
	if err != nil || n != 1 {
		t.Errorf("the owner ended %d, %v", n, err)
	}
	w.want("ended by the owner", errOf(w.Session(w.ctx, one.Token, here)), errs.Unauthenticated, "")
	w.must(errOf(w.EndSessions(w.ctx, w.as(w.plain), w.c, w.plain.ID)))

	// Nobody ends, or sees, what is not theirs to.
	s, err := w.SignIn(w.ctx, "owner@example.test", ownerPassword, here)
	w.must(err)
	w.want("the owner's, by an administrator", errOf(w.EndSessions(w.ctx, w.as(w.admin), w.c, w.owner.ID)), errs.Denied, "")
	w.want("the owner's, by a user", errOf(w.Sessions(w.ctx, w.as(w.plain), w.c, w.owner.ID)), errs.Denied, "")
	w.must(errOf(w.Session(w.ctx, s.Token, here)))
}

func TestNoSessionIsListedAfterWhatEndsThem(t *testing.T) {
	w := newWorld(t)
	boss := w.as(w.owner)
	for what, act := range map[string]func() error{
		"a password set by an administrator": func() error {
			in := change(w.plain)
			in.Password = plainPassword
			return errOf(w.UpdateUser(w.ctx, boss, w.c, w.plain.ID, in))
		},
		"a reset": func() error {
			return errOf(w.ResetPassword(w.ctx, operator(), "plain@example.test", plainPassword))
		},
		"deactivation": func() error {
			in := change(w.plain)
			in.Active = new(false)
			err := errOf(w.UpdateUser(w.ctx, boss, w.c, w.plain.ID, in))
			w.must(errOf(w.UpdateUser(w.ctx, boss, w.c, w.plain.ID, change(w.plain))))
			return err
		},
	} {
		s := w.from("a", here)
		w.must(act())
		if all := w.sessionsOf(boss); len(all) != 0 {
			t.Errorf("%s: %+v is listed", what, all[0])
		}
		w.want(what, errOf(w.Session(w.ctx, s.Token, here)), errs.Unauthenticated, "")
	}
	one := w.from("one", here)
	w.from("two", here)
	w.must(w.ChangePassword(w.ctx, one.Actor, plainPassword, "an entirely new one 1"))
	if all := w.sessionsOf(boss); len(all) != 1 || all[0].Program != "one" {
		t.Errorf("after a change of one's own password: %+v", all)
	}
}

func TestVisitsAreListedAsSuch(t *testing.T) {
	w := newWorld(t)
	own := w.from("own", here)
	token, _, err := w.OpenStorage(w.ctx, w.as(w.admin), w.c, w.plain.ID)
	w.must(err)
	w.later(time.Second)
	visit, err := w.Visit(w.ctx, token, here)
	w.must(err)
	all := w.sessionsOf(own.Actor)
	if len(all) != 2 || all[0].Visitor != w.admin.ID || all[0].VisitorName == "" || all[1].Visitor != "" || !all[1].Current {
		t.Fatalf("%+v", all)
	}
	w.want("the visitor reads them", errOf(w.Sessions(w.ctx, visit.Actor, w.c, w.plain.ID)), errs.Denied, "Visiting")
	w.want("the visitor ends them", errOf(w.EndSessions(w.ctx, visit.Actor, w.c, w.plain.ID)), errs.Denied, "Visiting")
	w.must(w.EndSession(w.ctx, own.Actor, w.c, w.plain.ID, all[0].ID))
	w.want("the visit", errOf(w.Session(w.ctx, visit.Token, here)), errs.Unauthenticated, "")

	token, _, err = w.OpenStorage(w.ctx, w.as(w.admin), w.c, w.plain.ID)
	w.must(err)
	w.must(errOf(w.Visit(w.ctx, token, here)))
	in := change(w.admin)
	in.Administrator = new(false)
	w.must(errOf(w.UpdateUser(w.ctx, w.as(w.owner), w.c, w.admin.ID, in)))
	if all := w.sessionsOf(own.Actor); len(all) != 1 {
		t.Errorf("a visit is listed that ended with the visitor's role: %+v", all)
	}
}
