package iam

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/seal"
)

// Secrets and passwords go into no log, no error and no row, whatever fails.
func TestSecretsStayInside(t *testing.T) {
	w := newWorld(t)
	kp := w.key(w.plain)
	renewed, err := w.RenewKey(w.ctx, w.as(w.plain), w.c, kp.ID)
	w.must(err)
	session, err := w.SignIn(w.ctx, ownerMail, ownerPassword, here)
	w.must(err)
	_, credential, err := w.SessionCredential(w.ctx, session)
	w.must(err)
	secrets := []string{kp.Secret, renewed.Secret, ownerPassword, plainPassword, session.Token, credential, operatorToken, "wrong-secret-here"}

	var said strings.Builder
	note := func(err error) {
		for e := err; e != nil; e = errors.Unwrap(e) {
			fmt.Fprintf(&said, "%v %+v %s %s %s\n", e, e, errs.PublicOf(e), errs.SubjectOf(e), errs.CodeOf(e))
		}
	}
	id, err := w.Identify(w.ctx, kp.AccessKey)
	w.must(err)
	note(errOf(w.Login(w.ctx, "plain@example.test", "wrong-secret-here", here)))
	note(errOf(w.SignIn(w.ctx, "plain@example.test", "wrong-secret-here", here)))
	note(errOf(w.OperatorActor(w.ctx, "wrong-secret-here", here)))
	note(errOf(w.Session(w.ctx, "wrong-secret-here", here)))
	note(errOf(w.ImportKey(w.ctx, operator(), w.c, w.plain.ID, "AKIAIOSFODNN7EXAMPLE", "wrong-secret-here ", NewKey{})))
	note(w.ChangePassword(w.ctx, w.as(w.plain), plainPassword, ownerPassword[:9]))
	note(errOf(w.CreateUser(w.ctx, w.as(w.owner), w.c, NewUser{FirstName: "A", LastName: "B", Email: "plain@example.test", Password: ownerPassword})))
	// A row that is damaged, and one moved to another key.
	w.must(w.update(w.ctx, w.c, userRoute(w.plain.ID), func(tx meta.Tx) error {
		row, err := get[keysRow](tx, userKey(kindKeys, w.plain.ID))
		if err != nil {
			return err
		}
		row.Keys[0].Secret[40] ^= 1
		return put(tx, userKey(kindKeys, w.plain.ID), row)
	}))
	note(errOf(w.Identify(w.ctx, kp.AccessKey)))
	note(errOf(w.KeySecret(w.ctx, w.as(w.plain), w.c, kp.ID)))
	note(id.Recheck())
	log := slog.New(slog.NewJSONHandler(w.log, nil))
	log.Info("x", "identity", id, "service", fmt.Sprintf("%v", w.ring))
	fmt.Fprintf(&said, "%v %+v %#v %s", id, id, id, id)
	raw, _ := json.Marshal(id)
	said.Write(raw)
	for p, part := range w.store.(*memStore).parts {
		for kind, rows := range part.rows {
			for at, row := range rows {
				fmt.Fprintf(&said, "%s %d %q %s\n", p, kind, at, row.value)
			}
		}
	}
	all := said.String() + w.log.String()
	for i, s := range secrets {
		if strings.Contains(all, s) {
			at := strings.Index(all, s)
			t.Errorf("secret %d shows: ...%s...", i, all[max(0, at-120):min(len(all), at+20)])
		}
	}
}

// A sealed secret put into another row does not open there.
func TestSecretsAreBoundToTheirRows(t *testing.T) {
	w := newWorld(t)
	a, b := w.key(w.plain), w.key(w.plain)
	w.must(w.update(w.ctx, w.c, userRoute(w.plain.ID), func(tx meta.Tx) error {
		row, err := get[keysRow](tx, userKey(kindKeys, w.plain.ID))
		if err != nil {
			return err
		}
		row.Keys[0].Secret = row.Keys[1].Secret
		return put(tx, userKey(kindKeys, w.plain.ID), row)
	}))
	w.want("a secret moved", errOf(w.Identify(w.ctx, a.AccessKey)), errs.Corrupt, "")
	w.must(errOf(w.Identify(w.ctx, b.AccessKey)))
}

// Keys go on working when the keyring was rotated.
func TestKeyringRotation(t *testing.T) {
	w := newWorld(t)
	before := w.key(w.plain)
	w.must(errOf(w.ring.Rotate(w.ctx)))
	after := w.key(w.plain)
	w.start()
	for _, kp := range []*KeyPair{before, after} {
		id, err := w.Identify(w.ctx, kp.AccessKey)
		w.must(err)
		if id.Secret() != kp.Secret {
			t.Error("another secret came back")
		}
	}
	rows, err := w.keysOf(w.ctx, w.c, w.plain.ID)
	w.must(err)
	if id, _ := seal.KeyOf(rows.Keys[1].Secret); id != 2 {
		t.Errorf("sealed with key %d after the rotation", id)
	}
}

func TestDerivedKeysAreBounded(t *testing.T) {
	i := &Identity{secret: "s"}
	made := 0
	derive := func(name string) {
		i.Remember(name, i.Derive(name, func(string) [32]byte { made++; return [32]byte{1} }))
	}
	for n := range 1000 { // signatures that do not verify
		i.Derive(fmt.Sprint(n), func(string) [32]byte { return [32]byte{2} })
	}
	if n := i.count.Load(); n != 0 {
		t.Errorf("%d names are remembered whose signatures did not verify", n)
	}
	derive("a")
	derive("a")
	if made != 1 {
		t.Errorf("derived %d times", made)
	}
	for n := range 1000 {
		derive(fmt.Sprint(n))
	}
	n := 0
	i.derived.Range(func(any, any) bool { n++; return true })
	if n > maxDerived {
		t.Errorf("%d derived keys are remembered", n)
	}
	made = 0
	derive("999")
	if made != 0 {
		t.Error("the newest is not remembered")
	}
}

func TestIdentitiesOfSessionsCarryTheUsersName(t *testing.T) {
	w := newWorld(t)
	s, err := w.SignIn(w.ctx, ownerMail, ownerPassword, here)
	w.must(err)
	k, _, err := w.SessionCredential(w.ctx, s)
	w.must(err)
	id, err := w.Identify(w.ctx, k)
	w.must(err)
	if id.DisplayName != "Contract Owner" || id.Email != ident.Email(ownerMail) || !strings.Contains(id.String(), string(w.owner.ID)) {
		t.Errorf("%v %q", id, id.DisplayName)
	}
}
