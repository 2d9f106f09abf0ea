package iam

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// change is a user as the API would send them back.
func change(u *User) UserChange {
	return UserChange{FirstName: &u.FirstName, LastName: &u.LastName, Email: new(string(u.Email)), Administrator: new(u.Role >= authz.Administrator),
		ForceSecAuth: &u.ForceSecAuth, Active: &u.Active}
}

func TestPrivilegeLostAndRestored(t *testing.T) {
	w := newWorld(t)
	kp := w.key(w.plain)
	id, err := w.Identify(w.ctx, kp.AccessKey)
	w.must(err)
	boss := w.as(w.owner)
	step := func(what string, want bool, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got := w.works(kp.AccessKey); got != want {
			t.Errorf("%s: the key works: %v", what, got)
		}
		if (id.Recheck() == nil) != want {
			t.Errorf("%s: a running write goes on: %v", what, !want)
		}
		u, err := w.User(w.ctx, boss, w.c, w.plain.ID)
		w.must(err)
		if u.Active && u.ObjectStorage != want {
			t.Errorf("%s: the user has the privilege: %v", what, u.ObjectStorage)
		}
	}
	_, err = w.UpdateGroup(w.ctx, boss, w.c, w.group.ID, "storage", Privileges{"createSnapshot": true})
	step("privilege taken from the group", false, err)
	_, err = w.UpdateGroup(w.ctx, boss, w.c, w.group.ID, "storage", Privileges{ObjectStoragePrivilege: true})
	step("privilege given back", true, err)
	step("membership taken", false, w.RemoveMember(w.ctx, boss, w.c, w.group.ID, w.plain.ID))
	step("membership given back", true, w.AddMember(w.ctx, boss, w.c, w.group.ID, w.plain.ID))
	in := change(w.plain)
	in.Active = new(false)
	_, err = w.UpdateUser(w.ctx, boss, w.c, w.plain.ID, in)
	step("user deactivated", false, err)
	in.Active = new(true)
	_, err = w.UpdateUser(w.ctx, boss, w.c, w.plain.ID, in)
	step("user activated", true, err)
	in.Administrator = new(true)
	_, err = w.UpdateUser(w.ctx, boss, w.c, w.plain.ID, in)
	w.must(err)
	if got, _ := w.Identify(w.ctx, kp.AccessKey); got == nil || got.Principal.Role != authz.Administrator || id.Recheck() == nil {
		t.Error("the new role is not in the identity, or a write of the old one goes on")
	}
	w.must(w.DeleteGroup(w.ctx, boss, w.c, w.group.ID))
	in.Administrator = new(false)
	_, err = w.UpdateUser(w.ctx, boss, w.c, w.plain.ID, in)
	step("group gone and no administrator any more", false, err)
	w.must(w.DeleteUser(w.ctx, boss, w.c, w.plain.ID))
	if w.works(kp.AccessKey) {
		t.Error("a deleted user's key works")
	}
	w.consistent()
}

func TestNoReadForAKeyInUse(t *testing.T) {
	w := newWorld(t)
	kp := w.key(w.plain)
	w.must(errOf(w.Identify(w.ctx, kp.AccessKey)))
	unknown, _ := ident.NewAccessKey(w.cfg.Rand)
	_ = errOf(w.Identify(w.ctx, unknown))
	reads := 0
	w.cfg.Meta = &counting{Store: w.store, reads: &reads}
	w.names.Store = w.cfg.Meta
	for range 100 {
		w.must(errOf(w.Identify(w.ctx, kp.AccessKey)))
		w.want("unknown key", errOf(w.Identify(w.ctx, unknown)), errs.Unauthenticated, "InvalidAccessKeyId")
		w.want("mistyped key", errOf(w.Identify(w.ctx, kp.AccessKey[:91]+"!")), errs.Unauthenticated, "InvalidAccessKeyId")
	}
	if reads != 0 {
		t.Errorf("%d reads", reads)
	}
	for range maxUnknown + 100 {
		k, _ := ident.NewAccessKey(w.cfg.Rand)
		_ = errOf(w.Identify(w.ctx, k))
	}
	if n := w.unknown.n.Load(); n > maxUnknown {
		t.Errorf("%d unknown keys are remembered", n)
	}
	reads = 0
	w.must(errOf(w.Identify(w.ctx, kp.AccessKey)))
	if reads != 0 {
		t.Error("unknown keys pushed out one in use")
	}
}

func errOf[T any](_ T, err error) error { return err }

// An access key that was asked for before it existed works as soon as it does.
func TestUnknownIsNotForever(t *testing.T) {
	w := newWorld(t)
	const k = "AKIAIOSFODNN7EXAMPLE"
	if w.works(k) {
		t.Fatal("an unknown key works")
	}
	imported, err := w.ImportKey(w.ctx, operator(), w.c, w.plain.ID, k, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", NewKey{Description: "imported"})
	w.must(err)
	id, err := w.Identify(w.ctx, k)
	w.must(err)
	if id.Secret() != "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" || imported.Description != "imported" || !imported.Active {
		t.Errorf("%+v", imported)
	}
	_, err = w.ImportKey(w.ctx, operator(), w.c, w.admin.ID, k, "another secret"[:8]+"xx", NewKey{})
	w.want("the same access key again", err, errs.Invalid, "") // a space in the secret
	_, err = w.ImportKey(w.ctx, operator(), w.c, w.admin.ID, k, "anothersecret", NewKey{})
	w.want("the same access key again", err, errs.Exists, "")
	_, err = w.ImportKey(w.ctx, w.as(w.owner), w.c, w.admin.ID, "AKIAIOSFODNN7EXAMPL2", "anothersecret", NewKey{})
	w.want("import by the owner", err, errs.Denied, "")
	_, err = w.ImportKey(w.ctx, operator(), w.c, w.bare.ID, "AKIAIOSFODNN7EXAMPL2", "anothersecret", NewKey{})
	w.want("import for one without privilege", err, errs.Denied, NoPrivilege)
	for _, bad := range []ident.AccessKey{"short", "AKIA/OSFODNN7EXAMPLE", ident.AccessKeyPrefix + "aaaaaaaaaaaa", ident.AccessKey(strings.Repeat("a", 129))} {
		_, err = w.ImportKey(w.ctx, operator(), w.c, w.plain.ID, bad, "anothersecret", NewKey{})
		w.want("import of "+string(bad), err, errs.Invalid, "")
	}
	w.must(w.DeleteKey(w.ctx, w.as(w.plain), w.c, imported.ID))
	_, err = w.ImportKey(w.ctx, operator(), w.c, w.admin.ID, k, "anothersecret", NewKey{})
	w.must(err)
	w.consistent()
}

func TestLastKey(t *testing.T) {
	w := newWorld(t)
	kp := w.key(w.plain)
	w.buckets.set(w.plain.ID, 2)
	w.want("the only key", w.DeleteKey(w.ctx, w.as(w.plain), w.c, kp.ID), errs.Conflict, LastKey)
	if !w.works(kp.AccessKey) {
		t.Error("a refused deletion took the key away")
	}
	_, err := w.ChangeKey(w.ctx, w.as(w.plain), w.c, kp.ID, KeyChange{Active: new(false)})
	w.must(err)
	second := w.key(w.plain)
	w.must(w.DeleteKey(w.ctx, w.as(w.plain), w.c, kp.ID))
	w.want("now the only one", w.DeleteKey(w.ctx, w.as(w.admin), w.c, second.ID), errs.Conflict, LastKey)
	w.buckets.set(w.plain.ID, 0)
	w.must(w.DeleteKey(w.ctx, w.as(w.admin), w.c, second.ID))
	w.consistent()
}

func TestEnsureKey(t *testing.T) {
	w := newWorld(t)
	stranger := w.otherContract()
	const id ident.KeyID = "0d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6"
	kp, created, err := w.EnsureKey(w.ctx, w.as(w.plain), id, NewKey{Description: "one"})
	w.must(err)
	if !created || kp.ID != id || kp.Secret == "" || !w.works(kp.AccessKey) {
		t.Fatalf("%+v %v", kp.Key, created)
	}
	again, created, err := w.EnsureKey(w.ctx, w.as(w.plain), id, NewKey{Description: "two"})
	w.must(err)
	if created || again.AccessKey != kp.AccessKey || again.Description != "two" || again.Secret != "" {
		t.Errorf("%+v %v", again, created)
	}
	for _, u := range []*User{w.admin, w.owner, stranger} {
		_, _, err = w.EnsureKey(w.ctx, w.as(u), id, NewKey{Description: "three"})
		w.want("ensured by "+string(u.Email), err, errs.Exists, "")
	}
	_, _, err = w.EnsureKey(w.ctx, w.as(w.bare), "1d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6", NewKey{})
	w.want("without privilege", err, errs.Denied, NoPrivilege)
	_, _, err = w.EnsureKey(w.ctx, w.as(w.plain), "not a uuid", NewKey{})
	w.want("malformed id", err, errs.Invalid, "")
	w.consistent()
}

func TestKeyByAccessKey(t *testing.T) {
	w := newWorld(t)
	kp := w.key(w.plain)
	k, err := w.KeyByAccessKey(w.ctx, w.as(w.owner), w.c, w.plain.ID, kp.AccessKey)
	w.must(err)
	if k.ID != kp.ID {
		t.Errorf("%+v", k)
	}
	_, err = w.KeyByAccessKey(w.ctx, w.as(w.owner), w.c, w.admin.ID, kp.AccessKey)
	w.want("under another user", err, errs.NotFound, "")
	if !strings.Contains(errs.PublicOf(err), "double-check the key id") {
		t.Errorf("clients look for the vendor's words: %v", err)
	}
}

func TestUsers(t *testing.T) {
	w := newWorld(t)
	boss := w.as(w.owner)
	_, err := w.CreateUser(w.ctx, boss, w.c, NewUser{FirstName: "A", LastName: "B", Email: "PLAIN@example.test", Password: plainPassword})
	w.want("a mail in use", err, errs.Exists, "MailTaken")
	for what, in := range map[string]NewUser{
		"no first name":   {LastName: "B", Email: "x@example.test", Password: plainPassword},
		"no mail":         {FirstName: "A", LastName: "B", Password: plainPassword},
		"short password":  {FirstName: "A", LastName: "B", Email: "x@example.test", Password: "short"},
		"common password": {FirstName: "A", LastName: "B", Email: "x@example.test", Password: "Password1234!"},
		"long name":       {FirstName: strings.Repeat("A", 129), LastName: "B", Email: "x@example.test", Password: plainPassword},
	} {
		_, err := w.CreateUser(w.ctx, boss, w.c, in)
		w.want(what, err, errs.Invalid, "")
	}
	_, err = w.CreateUser(w.ctx, w.as(w.plain), w.c, NewUser{})
	w.want("made by a plain user", err, errs.Denied, "")

	in := change(w.plain)
	in.Email, in.FirstName = new("New@example.test"), new("Renamed")
	u, err := w.UpdateUser(w.ctx, boss, w.c, w.plain.ID, in)
	w.must(err)
	if u.Email != "new@example.test" || u.FirstName != "Renamed" || u.Revision <= w.plain.Revision || !u.ObjectStorage {
		t.Errorf("%+v", u)
	}
	w.must(errOf(w.Login(w.ctx, "new@example.test", plainPassword, here)))
	w.want("the old mail", errOf(w.Login(w.ctx, "plain@example.test", plainPassword, here)), errs.Unauthenticated, "")
	in.Email = new("admin@example.test")
	_, err = w.UpdateUser(w.ctx, boss, w.c, w.plain.ID, in)
	w.want("a mail in use", err, errs.Exists, "MailTaken")
	w.newUser("plain", false) // the old mail is free again

	page, n, err := w.Users(w.ctx, boss, w.c, Page{Offset: 1, Limit: 2})
	w.must(err)
	if n != 5 || len(page) != 2 {
		t.Errorf("%d of %d users", len(page), n)
	}
	_, _, err = w.Users(w.ctx, w.as(w.plain), w.c, Page{})
	w.want("listed by a plain user", err, errs.Denied, "")
	_, err = w.User(w.ctx, w.as(w.plain), w.c, w.admin.ID)
	w.want("another read by a plain user", err, errs.Denied, "")
	_, err = w.User(w.ctx, w.as(w.plain), w.c, "0d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6")
	w.want("nobody read by a plain user", err, errs.Denied, "")
	_, err = w.User(w.ctx, boss, w.c, "0d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6")
	w.want("nobody read by the owner", err, errs.NotFound, "")
	_, err = w.User(w.ctx, w.as(w.otherContract()), w.c, w.plain.ID)
	w.want("read from another contract", err, errs.NotFound, "")

	w.buckets.set(w.plain.ID, 3)
	err = w.DeleteUser(w.ctx, boss, w.c, w.plain.ID)
	w.want("one who owns buckets", err, errs.Conflict, OwnsBuckets)
	if !strings.Contains(errs.PublicOf(err), "3 user-owned buckets") {
		t.Errorf("the count is missing: %v", err)
	}
	w.buckets.set(w.plain.ID, 0)
	w.key(w.plain)
	w.must(w.DeleteUser(w.ctx, boss, w.c, w.plain.ID))
	w.want("deleted again", w.DeleteUser(w.ctx, boss, w.c, w.plain.ID), errs.NotFound, "")
	w.want("sign-in of a deleted user", errOf(w.Login(w.ctx, "new@example.test", plainPassword, here)), errs.Unauthenticated, "")
	w.consistent()
}

func TestDeletingAUserWhoMakesABucketMeanwhile(t *testing.T) {
	w := newWorld(t)
	kp := w.key(w.plain)
	w.cfg.Buckets = counterFunc(func() int {
		if w.works(kp.AccessKey) {
			return 0
		}
		return 1 // once the key is refused, the bucket that was under way has appeared
	})
	w.want("deletion", w.DeleteUser(w.ctx, w.as(w.owner), w.c, w.plain.ID), errs.Conflict, OwnsBuckets)
	w.cfg.Buckets = w.buckets
	if !w.works(kp.AccessKey) {
		t.Error("the user was not brought back")
	}
	w.consistent()
}

func TestOwnerAndAdministrators(t *testing.T) {
	w := newWorld(t)
	boss, adm := w.as(w.owner), w.as(w.admin)
	in := change(w.owner)
	_, err := w.UpdateUser(w.ctx, boss, w.c, w.owner.ID, in)
	w.must(err)
	_, err = w.UpdateUser(w.ctx, adm, w.c, w.owner.ID, in)
	w.want("the owner changed by an administrator", err, errs.Denied, "")
	demoted := in
	demoted.Administrator = new(false)
	_, err = w.UpdateUser(w.ctx, boss, w.c, w.owner.ID, demoted)
	w.want("the owner demoted", err, errs.Conflict, "")
	off := in
	off.Active = new(false)
	_, err = w.UpdateUser(w.ctx, boss, w.c, w.owner.ID, off)
	w.want("the owner deactivated", err, errs.Conflict, "")
	w.want("the owner deleted by an administrator", w.DeleteUser(w.ctx, adm, w.c, w.owner.ID), errs.Denied, "")
	w.want("the owner deleted by the operator", w.DeleteUser(w.ctx, operator(), w.c, w.owner.ID), errs.Conflict, "")
	w.want("oneself deleted", w.DeleteUser(w.ctx, adm, w.c, w.admin.ID), errs.Conflict, "")
	in = change(w.admin)
	in.Administrator = new(false)
	_, err = w.UpdateUser(w.ctx, adm, w.c, w.admin.ID, in)
	w.want("oneself demoted", err, errs.Conflict, "")
	in = change(w.admin)
	in.Active = new(false)
	_, err = w.UpdateUser(w.ctx, adm, w.c, w.admin.ID, in)
	w.want("oneself deactivated", err, errs.Conflict, "")

	// An administrator demoted while holding an Actor of before may nothing any more.
	in = change(w.admin)
	in.Administrator = new(false)
	_, err = w.UpdateUser(w.ctx, boss, w.c, w.admin.ID, in)
	w.must(err)
	_, _, err = w.Users(w.ctx, adm, w.c, Page{})
	w.want("a former administrator", err, errs.Denied, "")
	in.Active = new(false)
	_, err = w.UpdateUser(w.ctx, boss, w.c, w.admin.ID, in)
	w.must(err)
	_, err = w.Contract(w.ctx, adm, w.c)
	w.want("a deactivated user", err, errs.Unauthenticated, "")
	w.consistent()
}

func TestGroups(t *testing.T) {
	w := newWorld(t)
	boss := w.as(w.owner)
	all := Privileges{}
	for i, n := range PrivilegeNames() {
		all[n] = i%2 == 0
	}
	g, err := w.CreateGroup(w.ctx, boss, w.c, "everything", all)
	w.must(err)
	back, err := w.Group(w.ctx, boss, w.c, g.ID)
	w.must(err)
	if len(back.Privileges) != 25 {
		t.Errorf("%d flags", len(back.Privileges))
	}
	for n, v := range all {
		if back.Privileges[n] != v {
			t.Errorf("%s came back as %v", n, !v)
		}
	}
	_, err = w.CreateGroup(w.ctx, boss, w.c, "x", Privileges{"s3privilege": true})
	w.want("an unknown flag", err, errs.Invalid, "")
	_, err = w.CreateGroup(w.ctx, boss, w.c, " ", nil)
	w.want("no name", err, errs.Invalid, "")
	_, err = w.CreateGroup(w.ctx, w.as(w.plain), w.c, "x", nil)
	w.want("made by a plain user", err, errs.Denied, "")
	w.want("a plain user joining", w.AddMember(w.ctx, w.as(w.bare), w.c, w.group.ID, w.bare.ID), errs.Denied, "")
	w.must(w.AddMember(w.ctx, boss, w.c, g.ID, w.plain.ID))
	w.must(w.AddMember(w.ctx, boss, w.c, g.ID, w.plain.ID))
	w.want("joining nothing", w.AddMember(w.ctx, boss, w.c, "0d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6", w.plain.ID), errs.NotFound, "")
	members, err := w.Members(w.ctx, boss, w.c, g.ID)
	w.must(err)
	if len(members) != 1 || members[0].ID != w.plain.ID || len(members[0].Groups) != 2 {
		t.Errorf("%+v", members)
	}
	w.want("leaving twice", errors.Join(w.RemoveMember(w.ctx, boss, w.c, g.ID, w.bare.ID)), errs.NotFound, "")
	w.must(w.DeleteGroup(w.ctx, boss, w.c, g.ID))
	u, err := w.User(w.ctx, boss, w.c, w.plain.ID)
	w.must(err)
	if !slices.Equal(u.Groups, []ident.GroupID{w.group.ID}) {
		t.Errorf("groups %v", u.Groups)
	}
	_, err = w.Members(w.ctx, boss, w.c, g.ID)
	w.want("members of what is gone", err, errs.NotFound, "")
	list, n, err := w.Groups(w.ctx, boss, w.c, Page{Limit: 10})
	w.must(err)
	if n != 1 || list[0].ID != w.group.ID {
		t.Errorf("%d groups", n)
	}
	for i := range MaxMemberships - 1 {
		g, err := w.CreateGroup(w.ctx, boss, w.c, fmt.Sprint(i), nil)
		w.must(err)
		w.must(w.AddMember(w.ctx, boss, w.c, g.ID, w.plain.ID))
	}
	g, err = w.CreateGroup(w.ctx, boss, w.c, "one more", nil)
	w.must(err)
	w.want("too many groups", w.AddMember(w.ctx, boss, w.c, g.ID, w.plain.ID), errs.Limit, "")
	w.consistent()
}

func TestContractsAreApart(t *testing.T) {
	w := newWorld(t)
	stranger := w.otherContract()
	all, err := w.Contracts(w.ctx, operator())
	w.must(err)
	if len(all) != 2 {
		t.Errorf("%d contracts", len(all))
	}
	own, err := w.Contracts(w.ctx, w.as(stranger))
	w.must(err)
	if len(own) != 1 || own[0].ID != stranger.Contract || own[0].Name != "Other" {
		t.Errorf("%+v", own)
	}
	_, _, err = w.CreateContract(w.ctx, w.as(w.owner), "Mine", NewUser{})
	w.want("made by an owner", err, errs.Denied, "")
	_, _, err = w.CreateContract(w.ctx, operator(), "Again", NewUser{FirstName: "A", LastName: "B", Email: ownerMail, Password: plainPassword})
	w.want("an owner's mail in use", err, errs.Exists, "MailTaken")
	if all, _ := w.Contracts(w.ctx, operator()); len(all) != 2 {
		t.Errorf("a refused contract is there: %d", len(all))
	}
	w.want("a member from elsewhere", w.AddMember(w.ctx, w.as(w.owner), w.c, w.group.ID, stranger.ID), errs.NotFound, "")
	_, err = w.CreateUser(w.ctx, operator(), 99999999, NewUser{FirstName: "A", LastName: "B", Email: "a@b", Password: plainPassword})
	w.want("a user of no contract", err, errs.NotFound, "")
	w.consistent()
}

func TestUsersAreInOrderOfCreation(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.later(time.Second)
		w.newUser(fmt.Sprintf("z%d", 9-i), false)
	}
	all, _, err := w.Users(w.ctx, w.as(w.owner), w.c, Page{})
	w.must(err)
	for i := 1; i < len(all); i++ {
		if all[i].Created.Before(all[i-1].Created) {
			t.Errorf("%s before %s", all[i-1].Email, all[i].Email)
		}
	}
	if all[len(all)-1].Email != "z5@example.test" {
		t.Errorf("the last is %s", all[len(all)-1].Email)
	}
}

// A membership left of a group that was deleted at the moment somebody joined it counts for nothing.
func TestMembershipOfNothing(t *testing.T) {
	w := newWorld(t)
	w.must(w.update(w.ctx, w.c, userRoute(w.bare.ID), func(tx meta.Tx) error {
		row, err := aliveUser(tx, w.bare.ID)
		if err != nil {
			return err
		}
		row.Groups = append(row.Groups, "0d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6")
		return put(tx, userKey(kindUser, w.bare.ID), row)
	}))
	u, err := w.User(w.ctx, w.as(w.owner), w.c, w.bare.ID)
	w.must(err)
	if len(u.Groups) != 0 || u.ObjectStorage {
		t.Errorf("%+v", u)
	}
}

// Names are counted in characters, as the documents of the API do.
func TestNamesOfPeople(t *testing.T) {
	w := newWorld(t)
	for name, ok := range map[string]bool{
		strings.Repeat("漢", MaxName): true, strings.Repeat("漢", MaxName+1): false, strings.Repeat("x", MaxName): true, "Zoë 🙂": true, "אבי": true,
		"turned\u202eround": false, "iso\u2066lated": false, "two\u2028lines": false, "tab\t": false, "no \ufffd text": false, "\xff": false, " ": false,
	} {
		_, err := w.UpdateUser(w.ctx, w.as(w.owner), w.c, w.plain.ID, UserChange{FirstName: &name})
		if (err == nil) != ok || err != nil && !errors.Is(err, errs.Invalid) {
			t.Errorf("%q: %v", name, err)
		}
	}
	long := strings.Repeat("é", MaxDescription)
	w.must(errOf(w.CreateKey(w.ctx, w.as(w.plain), w.c, w.plain.ID, long)))
	w.want("a description that is too long", errOf(w.CreateKey(w.ctx, w.as(w.plain), w.c, w.plain.ID, long+"é")), errs.Invalid, "")
}

// A change that names one thing leaves alone what somebody else changes at that moment.
func TestChangesDoNotUndoOthers(t *testing.T) {
	w, plan := faultWorld(t)
	boss := w.as(w.owner)
	w.between(plan, callNamed("meta.Update"), func() {
		w.must(errOf(w.UpdateUser(w.ctx, boss, w.c, w.admin.ID, UserChange{Administrator: new(false), ForceSecAuth: new(true)})))
	}, func() {
		w.must(errOf(w.UpdateUser(w.ctx, boss, w.c, w.admin.ID, UserChange{FirstName: new("Renamed")})))
	})
	u, err := w.User(w.ctx, boss, w.c, w.admin.ID)
	w.must(err)
	if u.Role != authz.Plain || !u.ForceSecAuth || u.FirstName != "Renamed" {
		t.Errorf("%+v", u)
	}
}

// yielding is a store after whose calls everybody else goes first.
type yielding struct{ meta.Store }

func yield() {
	for range 100 {
		runtime.Gosched()
	}
}

func (y yielding) View(ctx context.Context, p meta.Partition, fn func(meta.Reader) error) error {
	defer yield()
	return y.Store.View(ctx, p, fn)
}

func (y yielding) Update(ctx context.Context, p meta.Partition, r meta.Route, fn func(meta.Tx) error) error {
	defer yield()
	return y.Store.Update(ctx, p, r, fn)
}

// Two who make the last group that a contract may have at a time: one does.
func TestTheLastGroup(t *testing.T) {
	w := newWorld(t)
	boss := w.as(w.owner)
	for range MaxGroups - 2 { // one is there already
		w.must(errOf(w.CreateGroup(w.ctx, boss, w.c, "g", nil)))
	}
	w.cfg.Meta = yielding{w.store}
	var all sync.WaitGroup
	var made atomic.Int32
	for range 8 {
		all.Go(func() {
			switch _, err := w.CreateGroup(w.ctx, boss, w.c, "g", nil); {
			case err == nil:
				made.Add(1)
			case !errors.Is(err, errs.Limit):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if made.Load() != 1 {
		t.Errorf("%d groups had room for one", made.Load())
	}
	w.consistent()
}

// A new name or mail address takes no right away, so what is under way goes on.
func TestARenamedUserGoesOn(t *testing.T) {
	w := newWorld(t)
	kp := w.key(w.plain)
	id, err := w.Identify(w.ctx, kp.AccessKey)
	w.must(err)
	w.must(errOf(w.UpdateUser(w.ctx, w.as(w.owner), w.c, w.plain.ID, UserChange{FirstName: new("Renamed"), Email: new("renamed@example.test")})))
	if err := id.Recheck(); err != nil {
		t.Errorf("a write under way: %v", err)
	}
	now, err := w.Identify(w.ctx, kp.AccessKey)
	w.must(err)
	if now.DisplayName != "Renamed Test" || now.Email != "renamed@example.test" {
		t.Errorf("%s, %s", now.DisplayName, now.Email)
	}
}

// The privilege for the activity log is given by a group, opens the log and nothing else, and goes with the membership.
func TestActivityLogPrivilege(t *testing.T) {
	w := newWorld(t)
	boss, me := w.as(w.owner), w.as(w.bare)
	read := func() error { return w.May(w.ctx, me, authz.ReadAudit, w.c, "") }
	w.want("without it", read(), errs.Denied, "")
	g, err := w.CreateGroup(w.ctx, boss, w.c, "auditors", Privileges{ActivityLogPrivilege: true})
	w.must(err)
	w.must(w.AddMember(w.ctx, boss, w.c, g.ID, w.bare.ID))
	w.must(read())
	names, err := w.Names(w.ctx, me, w.c, []ident.UserID{w.admin.ID, "", "0d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6"})
	w.must(err)
	if len(names) != 1 || names[w.admin.ID] != "admin Test" {
		t.Errorf("%v", names)
	}
	w.want("users", third(w.Users(w.ctx, me, w.c, Page{})), errs.Denied, "")
	w.want("a key", errOf(w.CreateKey(w.ctx, me, w.c, w.bare.ID, "")), errs.Denied, NoPrivilege)
	w.want("another contract's log", w.May(w.ctx, me, authz.ReadAudit, w.otherContract().Contract, ""), errs.NotFound, "")
	w.must(w.RemoveMember(w.ctx, boss, w.c, g.ID, w.bare.ID))
	w.want("without it again", read(), errs.Denied, "")
	w.want("names without it", errOf(w.Names(w.ctx, me, w.c, nil)), errs.Denied, "")
}

// The members of all groups at once are those of each group.
func TestMembersOfAllGroups(t *testing.T) {
	w := newWorld(t)
	boss := w.as(w.owner)
	second, err := w.CreateGroup(w.ctx, boss, w.c, "second", nil)
	w.must(err)
	empty, err := w.CreateGroup(w.ctx, boss, w.c, "empty", nil)
	w.must(err)
	for _, u := range []*User{w.plain, w.bare} {
		w.must(w.AddMember(w.ctx, boss, w.c, second.ID, u.ID))
	}
	all, err := w.AllMembers(w.ctx, boss, w.c)
	w.must(err)
	for _, g := range []ident.GroupID{w.group.ID, second.ID, empty.ID} {
		one, err := w.Members(w.ctx, boss, w.c, g)
		w.must(err)
		if len(one) != len(all[g]) || !slices.EqualFunc(one, all[g], func(a, b *User) bool { return a.ID == b.ID }) {
			t.Errorf("%v and %v", one, all[g])
		}
	}
	if len(all) != 2 || len(all[second.ID]) != 2 {
		t.Errorf("%v", all)
	}
	w.want("asked by a plain user", errOf(w.AllMembers(w.ctx, w.as(w.plain), w.c)), errs.Denied, "")
}

// Nobody who went, or lost the right to own buckets, while they are handed over gets one.
func TestHandingOverToWhoGoes(t *testing.T) {
	for what, goes := range map[string]func(*world, *User) error{
		"deleted": func(w *world, u *User) error { return w.DeleteUser(w.ctx, w.as(w.owner), w.c, u.ID) },
		"demoted": func(w *world, u *User) error {
			return errOf(w.UpdateUser(w.ctx, w.as(w.owner), w.c, u.ID, UserChange{Administrator: new(false)}))
		},
		"shut out": func(w *world, u *User) error {
			return errOf(w.UpdateUser(w.ctx, w.as(w.owner), w.c, u.ID, UserChange{Active: new(false)}))
		},
		"unchanged": func(*world, *User) error { return nil },
	} {
		w := newWorld(t)
		w.key(w.admin)
		w.buckets.set(w.plain.ID, 2)
		w.buckets.moving = func() { w.must(goes(w, w.admin)) }
		n, err := w.HandOver(w.ctx, w.as(w.owner), w.c, w.plain.ID, w.admin.ID)
		if (err == nil) != (what == "unchanged") || err == nil && n != 2 {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
}
