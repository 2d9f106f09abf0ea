package iam

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
)

// model is what the rules of the fact sheet say, written down a second time and simply: who exists, who is in which group, which key
// is whose. Random histories run against both.
type model struct {
	*world
	t      *rapid.T
	users  []*modelUser
	groups []*modelGroup
	keys   []*modelKey
	creds  []*modelCredential
	names  int
}

type modelUser struct {
	id        ident.UserID
	contract  ident.ContractID
	role      authz.Role
	active    bool
	gone      bool
	groups    map[*modelGroup]bool
	buckets   int
	mail      string
	canonical bool // had a key

	password  string
	temporary bool       // the password is to be changed before anything else
	force     bool       // a second factor is required
	factor    *Enrolment // nil: none
	invited   string     // the invitation that counts, "" for none
}

type modelGroup struct {
	id         ident.GroupID
	privileged bool
	log        bool // lets members read the activity log
	gone       bool
}

type modelKey struct {
	pair   *KeyPair
	user   *modelUser
	active bool
	gone   bool
}

func (u *modelUser) privileged() bool {
	if u.role >= authz.Administrator {
		return true
	}
	for g := range u.groups {
		if g.privileged && !g.gone {
			return true
		}
	}
	return false
}

func (u *modelUser) live() bool { return u.active && !u.gone }

// owes reports whether the user has to do something before anything else.
func (u *modelUser) owes() bool { return u.temporary || u.force && u.factor == nil }

func (u *modelUser) logReader() bool {
	for g := range u.groups {
		if g.log && !g.gone {
			return true
		}
	}
	return false
}

// actor is somebody who may try: a user by index, the operator, or nobody.
type actor struct {
	Actor
	user *modelUser
}

// admin reports whether the actor may administer the home contract.
func (a actor) admin(m *model) bool {
	return a.Operator || a.user != nil && a.user.live() && !a.user.owes() && a.user.contract == m.c && a.user.role >= authz.Administrator
}

func (a actor) is(u *modelUser) bool { return a.user == u && u.live() && !u.owes() }

// over reports whether the actor may change the user's account: the owner's is the owner's and the operator's.
func (a actor) over(m *model, u *modelUser) bool {
	return a.admin(m) && !u.gone && (u.role != authz.Owner || a.Operator || a.user == u)
}

func (m *model) actor() actor {
	i := rapid.IntRange(-2, len(m.users)-1).Draw(m.t, "actor")
	switch i {
	case -2:
		return actor{Actor: operator()}
	case -1:
		return actor{Actor: Actor{Source: here}}
	}
	u := m.users[i]
	// Role and privilege as an attacker would claim them: they must not count.
	return actor{Actor: Actor{Source: here, Principal: authz.Principal{Contract: u.contract, User: u.id, Role: authz.Owner, ObjectStorage: true}}, user: u}
}

func (m *model) user() *modelUser {
	home := slices.DeleteFunc(slices.Clone(m.users), func(u *modelUser) bool { return u.contract != m.c })
	return rapid.SampledFrom(home).Draw(m.t, "user")
}

func (m *model) group() *modelGroup { return rapid.SampledFrom(m.groups).Draw(m.t, "group") }
func (m *model) key() *modelKey     { return rapid.SampledFrom(m.keys).Draw(m.t, "key") }

// expect compares whether a call went through with whether it may.
func (m *model) expect(what string, a actor, err error, may bool) {
	m.t.Helper()
	if (err == nil) != may {
		m.t.Fatalf("%s by %+v: %v, may: %v", what, a.Principal, err, may)
	}
	if err != nil && errs.KindOf(err) == errs.Internal {
		m.t.Fatalf("%s: %v", what, err)
	}
}

func (m *model) mayKeys(a actor, u *modelUser) bool {
	if u.gone || u.contract != m.c {
		return false
	}
	return a.admin(m) || a.is(u) && u.privileged()
}

// maySecret reports whether the actor may get a secret with which one is the user: no administrator gets the owner's.
func (m *model) maySecret(a actor, u *modelUser) bool {
	return m.mayKeys(a, u) && (u.role != authz.Owner || a.Operator || a.user == u)
}

func TestRandomHistories(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		m := &model{world: w, t: rt}
		g := &modelGroup{id: w.group.ID, privileged: true}
		m.groups = []*modelGroup{g}
		stranger := w.otherContract()
		for _, u := range []*User{w.owner, w.admin, w.plain, w.bare, stranger} {
			m.users = append(m.users, &modelUser{id: u.ID, contract: u.Contract, role: u.Role, active: true, groups: map[*modelGroup]bool{}, mail: string(u.Email),
				password: plainPassword})
		}
		m.users[0].password, m.users[2].canonical = ownerPassword, true
		m.users[2].groups[g] = true
		m.keys = []*modelKey{{pair: w.key(w.plain), user: m.users[2], active: true}}
		rt.Repeat(map[string]func(*rapid.T){
			"":             func(rt *rapid.T) { m.t = rt; m.check() },
			"create user":  func(rt *rapid.T) { m.t = rt; m.createUser() },
			"update user":  func(rt *rapid.T) { m.t = rt; m.updateUser() },
			"delete user":  func(rt *rapid.T) { m.t = rt; m.deleteUser() },
			"create group": func(rt *rapid.T) { m.t = rt; m.createGroup() },
			"update group": func(rt *rapid.T) { m.t = rt; m.updateGroup() },
			"delete group": func(rt *rapid.T) { m.t = rt; m.deleteGroup() },
			"join":         func(rt *rapid.T) { m.t = rt; m.join() },
			"leave":        func(rt *rapid.T) { m.t = rt; m.leave() },
			"create key":   func(rt *rapid.T) { m.t = rt; m.createKey() },
			"import key":   func(rt *rapid.T) { m.t = rt; m.importKey() },
			"toggle key":   func(rt *rapid.T) { m.t = rt; m.toggleKey() },
			"renew key":    func(rt *rapid.T) { m.t = rt; m.renewKey() },
			"read secret":  func(rt *rapid.T) { m.t = rt; m.readSecret() },
			"delete key":   func(rt *rapid.T) { m.t = rt; m.deleteKey() },
			"expire key":   func(rt *rapid.T) { m.t = rt; m.expireKey() },
			"ensure key":   func(rt *rapid.T) { m.t = rt; m.ensureKey() },
			"settings":     func(rt *rapid.T) { m.t = rt; m.settings() },
			"read records": func(rt *rapid.T) { m.t = rt; m.readRecords() },
			"hand over":    func(rt *rapid.T) { m.t = rt; m.handOver() },
			"contract":     func(rt *rapid.T) { m.t = rt; m.createContract() },
			"token":        func(rt *rapid.T) { m.t = rt; m.token() },
			"drop token":   func(rt *rapid.T) { m.t = rt; m.dropToken() },
			"sign in":      func(rt *rapid.T) { m.t = rt; m.signIn() },
			"end session":  func(rt *rapid.T) { m.t = rt; m.endSession() },
			"visit":        func(rt *rapid.T) { m.t = rt; m.visit() },
			"invite":       func(rt *rapid.T) { m.t = rt; m.invite() },
			"accept":       func(rt *rapid.T) { m.t = rt; m.accept() },
			"password":     func(rt *rapid.T) { m.t = rt; m.changePassword() },
			"reset":        func(rt *rapid.T) { m.t = rt; m.resetPassword() },
			"enrol":        func(rt *rapid.T) { m.t = rt; m.enrolFactor() },
			"disable":      func(rt *rapid.T) { m.t = rt; m.disableFactor() },
			"reset factor": func(rt *rapid.T) { m.t = rt; m.resetFactor() },
			"buckets": func(rt *rapid.T) {
				m.t = rt
				u := m.user()
				u.buckets = rapid.IntRange(0, 1).Draw(rt, "n")
				w.buckets.set(u.id, u.buckets)
			},
		})
		w.consistent()
	})
}

// check compares every key with the model: it identifies its user with the user's rights, or is refused.
func (m *model) check() {
	for _, k := range m.keys {
		id, err := m.Identify(m.ctx, k.pair.AccessKey)
		if want := !k.gone && k.active && k.user.live() && k.user.privileged(); (err == nil) != want {
			m.t.Fatalf("key %s: %v, should work: %v", k.pair.AccessKey, err, want)
		}
		if err == nil && (id.Principal.User != k.user.id || id.Principal.Role != k.user.role || id.Principal.Contract != k.user.contract || id.Secret() != k.pair.Secret) {
			m.t.Fatalf("key %s: %+v", k.pair.AccessKey, id.Principal)
		}
	}
	for _, c := range m.creds {
		m.checkCredential(c)
	}
}

func (m *model) createUser() {
	a := m.actor()
	m.names++
	mail := fmt.Sprintf("u%d@example.test", m.names)
	admin, inactive := rapid.Bool().Draw(m.t, "admin"), rapid.Bool().Draw(m.t, "inactive")
	u, err := m.CreateUser(m.ctx, a.Actor, m.c, NewUser{FirstName: "U", LastName: "U", Email: mail, Password: plainPassword, Administrator: admin, Inactive: inactive})
	m.expect("create user", a, err, a.admin(m))
	if err == nil {
		role := authz.Plain
		if admin {
			role = authz.Administrator
		}
		m.users = append(m.users, &modelUser{id: u.ID, contract: m.c, role: role, active: !inactive, groups: map[*modelGroup]bool{}, mail: mail, password: plainPassword})
	}
}

func (m *model) updateUser() {
	a, u := m.actor(), m.user()
	var in UserChange
	draw := func(what string, to **bool) {
		if rapid.Bool().Draw(m.t, "change "+what) {
			*to = new(rapid.Bool().Draw(m.t, what))
		}
	}
	draw("admin", &in.Administrator)
	draw("active", &in.Active)
	draw("force", &in.ForceSecAuth)
	if rapid.Bool().Draw(m.t, "new mail") {
		m.names++
		in.Email = new(fmt.Sprintf("u%d@example.test", m.names))
	}
	in.TemporaryPassword = rapid.IntRange(0, 9).Draw(m.t, "temporary") == 9
	if rapid.IntRange(0, 4).Draw(m.t, "new password") == 4 {
		in.Password = m.newPassword()
	}
	_, err := m.UpdateUser(m.ctx, a.Actor, m.c, u.id, in)
	may := a.over(m, u)
	if u.role == authz.Owner || a.is(u) {
		may = may && or(in.Administrator, true) && or(in.Active, true)
	}
	if a.is(u) && u.role != authz.Owner {
		may = may && (or(in.ForceSecAuth, true) || !u.force)
	}
	m.expect("update user", a, err, may)
	if err != nil {
		return
	}
	u.active, u.mail, u.force = or(in.Active, u.active), or(in.Email, u.mail), or(in.ForceSecAuth, u.force)
	if u.role != authz.Owner && in.Administrator != nil {
		u.role = authz.Plain
		if *in.Administrator {
			u.role = authz.Administrator
		}
	}
	if in.Password != "" {
		m.passwordSet(u, in.Password)
	}
	u.temporary = u.temporary || in.TemporaryPassword
	if !u.active {
		m.endSessions(u)
	}
}

func (m *model) deleteUser() {
	a, u := m.actor(), m.user()
	err := m.DeleteUser(m.ctx, a.Actor, m.c, u.id)
	m.expect("delete user", a, err, a.over(m, u) && u.role != authz.Owner && !a.is(u) && u.buckets == 0)
	if err == nil {
		u.gone = true
		for _, k := range m.keys {
			k.gone = k.gone || k.user == u
		}
	}
}

func (m *model) createGroup() {
	a := m.actor()
	p, log := rapid.Bool().Draw(m.t, "privileged"), rapid.Bool().Draw(m.t, "log")
	g, err := m.CreateGroup(m.ctx, a.Actor, m.c, "g", Privileges{ObjectStoragePrivilege: p, ActivityLogPrivilege: log, "createPcc": true})
	m.expect("create group", a, err, a.admin(m))
	if err == nil {
		m.groups = append(m.groups, &modelGroup{id: g.ID, privileged: p, log: log})
	}
}

func (m *model) updateGroup() {
	a, g := m.actor(), m.group()
	p, log := rapid.Bool().Draw(m.t, "privileged"), rapid.Bool().Draw(m.t, "log")
	_, err := m.UpdateGroup(m.ctx, a.Actor, m.c, g.id, "h", Privileges{ObjectStoragePrivilege: p, ActivityLogPrivilege: log})
	m.expect("update group", a, err, a.admin(m) && !g.gone)
	if err == nil {
		g.privileged, g.log = p, log
	}
}

func (m *model) deleteGroup() {
	a, g := m.actor(), m.group()
	err := m.DeleteGroup(m.ctx, a.Actor, m.c, g.id)
	m.expect("delete group", a, err, a.admin(m) && !g.gone)
	if err == nil {
		g.gone = true
	}
}

func (m *model) join() {
	a, g, u := m.actor(), m.group(), m.user()
	err := m.AddMember(m.ctx, a.Actor, m.c, g.id, u.id)
	m.expect("join", a, err, a.admin(m) && !g.gone && !u.gone)
	if err == nil {
		u.groups[g] = true
	}
}

func (m *model) leave() {
	a, g, u := m.actor(), m.group(), m.user()
	err := m.RemoveMember(m.ctx, a.Actor, m.c, g.id, u.id)
	m.expect("leave", a, err, a.admin(m) && u.groups[g] && !g.gone && !u.gone)
	if err == nil {
		delete(u.groups, g)
	}
}

func (m *model) keysOfUser(u *modelUser) int {
	n := 0
	for _, k := range m.keys {
		if k.user == u && !k.gone {
			n++
		}
	}
	return n
}

func (m *model) createKey() {
	a, u := m.actor(), m.user()
	kp, err := m.CreateKey(m.ctx, a.Actor, m.c, u.id, "")
	m.expect("create key", a, err, m.maySecret(a, u) && u.privileged() && m.keysOfUser(u) < MaxKeys)
	if err == nil {
		m.keys, u.canonical = append(m.keys, &modelKey{pair: kp, user: u, active: true}), true
	} else if m.maySecret(a, u) && !u.privileged() && errs.CodeOf(err) != NoPrivilege {
		m.t.Fatalf("the refusal does not say that the privilege is lacking: %v", err)
	}
}

func (m *model) importKey() {
	a, u := m.actor(), m.user()
	m.names++
	ak := ident.AccessKey(fmt.Sprintf("IMPORTED%012d", m.names))
	k, err := m.ImportKey(m.ctx, a.Actor, m.c, u.id, ak, "imported-secret", NewKey{})
	m.expect("import key", a, err, a.Operator && !u.gone && u.privileged() && m.keysOfUser(u) < MaxKeys)
	if err == nil {
		m.keys, u.canonical = append(m.keys, &modelKey{pair: &KeyPair{Key: *k, Secret: "imported-secret"}, user: u, active: true}), true
	}
}

func (m *model) toggleKey() {
	a, k := m.actor(), m.key()
	on := rapid.Bool().Draw(m.t, "active")
	_, err := m.ChangeKey(m.ctx, a.Actor, m.c, k.pair.ID, KeyChange{Active: &on})
	m.expect("toggle key", a, err, !k.gone && m.mayKeys(a, k.user))
	if err == nil {
		k.active = on
	}
}

func (m *model) expireKey() {
	a, k := m.actor(), m.key()
	var at time.Time
	past := rapid.Bool().Draw(m.t, "past")
	if rapid.Bool().Draw(m.t, "ends") || past {
		at = m.clock().Add(1000 * day)
		if past {
			at = m.clock().Add(-day)
		}
	}
	_, err := m.ChangeKey(m.ctx, a.Actor, m.c, k.pair.ID, KeyChange{Expires: at, Never: at.IsZero()})
	m.expect("expire key", a, err, !k.gone && m.mayKeys(a, k.user) && !past)
}

func (m *model) settings() {
	a := m.actor()
	_, err := m.UpdateContract(m.ctx, a.Actor, m.c, "Renamed", Settings{})
	m.expect("settings", a, err, a.Operator || a.admin(m) && a.user.role == authz.Owner)
}

func (m *model) renewKey() {
	a, k := m.actor(), m.key()
	kp, err := m.RenewKey(m.ctx, a.Actor, m.c, k.pair.ID)
	m.expect("renew key", a, err, !k.gone && m.maySecret(a, k.user) && k.user.privileged())
	if err == nil {
		k.pair = kp
	}
}

func (m *model) readSecret() {
	a, k := m.actor(), m.key()
	kp, err := m.KeySecret(m.ctx, a.Actor, m.c, k.pair.ID)
	m.expect("read secret", a, err, !k.gone && !a.Operator && m.maySecret(a, k.user))
	if err == nil && kp.Secret != k.pair.Secret {
		m.t.Fatal("another secret was read")
	}
}

func (m *model) deleteKey() {
	a, k := m.actor(), m.key()
	err := m.DeleteKey(m.ctx, a.Actor, m.c, k.pair.ID)
	last := k.user.buckets > 0 && m.keysOfUser(k.user) == 1
	m.expect("delete key", a, err, !k.gone && m.mayKeys(a, k.user) && !last)
	if err == nil {
		k.gone = true
	} else if !k.gone && m.mayKeys(a, k.user) && (errs.CodeOf(err) != LastKey || !errors.Is(err, errs.Conflict)) {
		m.t.Fatalf("the last key: %v", err)
	}
}
