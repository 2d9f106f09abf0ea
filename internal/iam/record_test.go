package iam

import (
	"errors"
	"strings"
	"testing"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// ledger is a Recorder that puts acts into a queue, as the audit does.
type ledger struct{ done int }

const ledgerQueue meta.Queue = 96

func (l *ledger) Record(c ident.ContractID, a *Act) (func(meta.Tx), func(), error) {
	row := strings.Join([]string{string(a.Action), string(a.By), a.Via, string(a.User), a.Subject, a.Detail, a.Program, a.Request}, "|")
	return func(tx meta.Tx) { tx.Append(ledgerQueue, []byte(row)) }, func() { l.done++ }, nil
}

// traced runs fn as one request and returns the rows that it recorded of a contract or the system.
func (w *world) traced(c ident.ContractID, fn func()) []string {
	w.t.Helper()
	before, after := w.recorded(c), w.ctx
	w.ctx = WithTrace(w.ctx, &Trace{Request: "r1", Program: "test/1", Source: here})
	fn()
	w.ctx = after
	return w.recorded(c)[len(before):]
}

func (w *world) recorded(c ident.ContractID) (rows []string) {
	w.must(w.cfg.Meta.View(w.ctx, partition(c), func(r meta.Reader) error {
		return r.Queue(ledgerQueue, 0, 1000, func(_ uint64, row []byte) error {
			rows = append(rows, string(row))
			return nil
		})
	}))
	return rows
}

func TestEveryActLeavesARecordWithItsUpdate(t *testing.T) {
	w := newWorld(t)
	l := &ledger{}
	w.cfg.Records = l
	boss, plain := w.as(w.owner), string(w.plain.ID)
	var kp *KeyPair
	var s *Session
	var g *Group
	var tok *Token
	in := change(w.bare)
	in.Active, in.Administrator = new(false), new(true)
	for _, c := range []struct {
		name string
		do   func() error
		want []string // of each record: text that it begins with, without who did it
	}{
		{"sign in", func() (err error) { s, err = w.SignIn(w.ctx, ownerMail, ownerPassword, here); return }, []string{"coffer:SignIn|" + string(w.owner.ID)}},
		{"sign out", func() error { return w.SignOut(w.ctx, s.ID) }, []string{"coffer:SignOut|" + string(w.owner.ID) + "|session"}},
		{"make a key", func() (err error) { kp, err = w.CreateKey(w.ctx, boss, w.c, w.plain.ID, "d"); return }, []string{"coffer:CreateAccessKey|"}},
		{"deactivate it", func() error { return errOf(w.ChangeKey(w.ctx, boss, w.c, kp.ID, KeyChange{Active: new(false)})) }, []string{"coffer:UpdateAccessKey|"}},
		{"read its secret", func() error { return errOf(w.KeySecret(w.ctx, boss, w.c, kp.ID)) }, []string{"coffer:ReadSecretKey|"}},
		{"read it", func() error { return errOf(w.Key(w.ctx, boss, w.c, kp.ID)) }, nil},
		{"renew it", func() error { return errOf(w.RenewKey(w.ctx, boss, w.c, kp.ID)) }, []string{"coffer:RenewAccessKey|"}},
		{"delete it", func() error { return w.DeleteKey(w.ctx, boss, w.c, kp.ID) }, []string{"coffer:DeleteAccessKey|"}},
		{"ensure one", func() error { return ensured(w.EnsureKey(w.ctx, w.as(w.plain), ensuredID, NewKey{})) }, []string{"coffer:CreateAccessKey|" + plain}},
		{"ensure it again", func() error { return ensured(w.EnsureKey(w.ctx, w.as(w.plain), ensuredID, NewKey{Description: "x"})) },
			[]string{"coffer:UpdateAccessKey|" + plain}},
		{"delete it again", func() error { return refused(w.DeleteKey(w.ctx, boss, w.c, kp.ID)) }, nil},
		{"not permitted", func() error { return refused(w.DeleteGroup(w.ctx, w.as(w.plain), w.c, w.group.ID)) }, nil},
		{"make a group", func() (err error) { g, err = w.CreateGroup(w.ctx, boss, w.c, "g", Privileges{}); return }, []string{"coffer:CreateGroup|"}},
		{"add a member", func() error { return w.AddMember(w.ctx, boss, w.c, g.ID, w.plain.ID) }, []string{"coffer:AddMember|"}},
		{"delete the group", func() error { return w.DeleteGroup(w.ctx, boss, w.c, g.ID) }, []string{"coffer:DeleteGroup|"}},
		{"change a user", func() error { return errOf(w.UpdateUser(w.ctx, boss, w.c, w.bare.ID, in)) }, []string{"coffer:UpdateUser|"}},
		{"make a token", func() (err error) { _, tok, err = w.GenerateToken(w.ctx, w.as(w.plain), time.Hour); return }, []string{"coffer:CreateToken|" + plain}},
		{"delete it", func() error { return w.DeleteToken(w.ctx, w.as(w.plain), tok.ID) }, []string{"coffer:DeleteToken|" + plain}},
		{"change a password", func() error { return w.ChangePassword(w.ctx, w.as(w.plain), plainPassword, "another-word-17-lantern") }, []string{"coffer:ChangePassword|" + plain}},
		{"delete a user", func() error { return w.DeleteUser(w.ctx, boss, w.c, w.plain.ID) }, []string{"coffer:DeleteUser|"}},
	} {
		before := l.done
		got := w.traced(w.c, func() { w.must(c.do()) })
		if len(got) != len(c.want) || l.done != before+len(got) {
			t.Errorf("%s: recorded %q, told %d times", c.name, got, l.done-before)
			continue
		}
		for i, row := range got {
			if !strings.HasPrefix(row, c.want[i]) || !strings.HasSuffix(row, "|test/1|r1") {
				t.Errorf("%s: recorded %q, want %q", c.name, row, c.want[i])
			}
		}
	}
	all := strings.Join(w.recorded(w.c), "\n")
	for _, text := range []string{"|" + plain + "|" + string(kp.ID) + "|d|", "|inactive|", "active: false, administrator: true", "|" + string(g.ID) + "|"} {
		if !strings.Contains(all, text) {
			t.Errorf("nothing says %q in\n%s", text, all)
		}
	}
	for _, secret := range []string{kp.Secret, plainPassword, "another-word-17-lantern"} {
		if strings.Contains(all, secret) {
			t.Errorf("a secret is in the records")
		}
	}
}

const ensuredID ident.KeyID = "11111111-2222-4333-8444-555555555555"

func ensured(_ *KeyPair, _ bool, err error) error { return err }

// refused turns the refusal that is expected into nil.
func refused(err error) error {
	if errors.Is(err, errs.Denied) || errors.Is(err, errs.NotFound) {
		return nil
	}
	return errors.New("it was not refused")
}

func TestPasswordChangeEndsTokens(t *testing.T) {
	w := newWorld(t)
	mine, tok, err := w.GenerateToken(w.ctx, w.as(w.plain), time.Hour)
	w.must(err)
	other, _, err := w.GenerateToken(w.ctx, w.as(w.plain), time.Hour)
	w.must(err)
	a := w.as(w.plain)
	a.Session = tokenPrefix + tok.ID
	w.must(w.ChangePassword(w.ctx, a, plainPassword, "another-word-17-lantern"))
	w.must(errOf(w.TokenActor(w.ctx, mine, here)))
	w.want("another token after the password changed", errOf(w.TokenActor(w.ctx, other, here)), errs.Unauthenticated, "")
	if _, err = w.ResetPassword(w.ctx, operator(), w.plain.Email, "third-word-18-lantern"); err != nil {
		t.Fatal(err)
	}
	w.want("a token after the password was reset", errOf(w.TokenActor(w.ctx, mine, here)), errs.Unauthenticated, "")
}

func TestBusySaysHowLong(t *testing.T) {
	w := newWorld(t)
	var err error
	for range 12 {
		_, err = w.Login(w.ctx, "plain@example.test", "wrong-password-1234", here)
	}
	var ra interface{ RetryAfter() time.Duration }
	if !errors.Is(err, errs.Busy) || !errors.As(err, &ra) || ra.RetryAfter() < time.Second || ra.RetryAfter() > longestLock {
		t.Errorf("%v does not say when to try again", err)
	}
}
