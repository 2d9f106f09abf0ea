package iam

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"pgregory.net/rapid"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
)

// modelCredential is a token or a console session that somebody got in a random history.
type modelCredential struct {
	user    *modelUser // who one is with it
	visitor *modelUser // who looks into the user's storage with it; nil where it is the user
	text    string     // the token, or the session's cookie
	id      string     // of the token; SessionInfo.ID of the session
	session *Session   // nil of tokens
	gone    bool
}

func (c *modelCredential) token() bool { return c.session == nil }

// credentials of a user that are tokens, or sessions.
func (m *model) credentials(u *modelUser, tokens bool) []*modelCredential {
	return slices.DeleteFunc(slices.Clone(m.creds), func(c *modelCredential) bool { return c.user != u || c.token() != tokens || c.gone })
}

func (m *model) endSessions(u *modelUser) {
	for _, c := range m.credentials(u, false) {
		c.gone = true
	}
}

// passwordSet is what any new password does: nothing that was got with the old one goes on.
func (m *model) passwordSet(u *modelUser, password string) {
	u.password, u.temporary, u.invited = password, false, ""
	m.endSessions(u)
	for _, c := range m.credentials(u, true) {
		c.gone = true
	}
}

func (m *model) newPassword() string {
	m.names++
	return fmt.Sprintf("river otter %d lantern", m.names)
}

// source is an address of its own each time: histories are not about limits by source.
func (m *model) source() netip.Addr {
	m.names++
	return netip.AddrFrom4([4]byte{10, byte(m.names >> 16), byte(m.names >> 8), byte(m.names)})
}

// code is what the user's authenticator shows at a time at which no code was used yet.
func (m *model) code(u *modelUser) string {
	m.later(2 * factorPeriod * time.Second)
	return m.world.code(u.factor)
}

// checkCredential compares a credential with the model: it signs its user in with the user's rights of now, or nobody.
func (m *model) checkCredential(c *modelCredential) {
	var a Actor
	var err error
	if c.token() {
		a, err = m.TokenActor(m.ctx, c.text, m.source())
	} else {
		var s *Session
		if s, err = m.Session(m.ctx, c.text, m.source()); err == nil {
			a = s.Actor
		}
	}
	want := !c.gone && c.user.live()
	if v := c.visitor; v != nil && want {
		// Any change of the visitor's account ends a visit too, so one that ended is not looked into further.
		c.gone = err != nil
		want = err == nil && v.live() && v.role >= authz.Administrator && v.role >= c.user.role
	}
	if (err == nil) != want {
		m.t.Fatalf("credential %+v of %+v: %v, should count: %v", c, c.user, err, want)
	}
	if err != nil {
		return
	}
	if a.User != c.user.id || a.Contract != c.user.contract || a.Role != c.user.role || a.Operator || (a.Visitor != "") != (c.visitor != nil) {
		m.t.Fatalf("credential %+v makes %+v", c, a)
	}
	if !c.token() {
		m.checkStorage(c)
	}
	m.checkReach(c, a)
}

// checkStorage checks the credential with which a session's transfers are signed: also one that was got before its user owed something.
func (m *model) checkStorage(c *modelCredential) {
	may := c.visitor != nil || !c.user.owes()
	_, _, err := m.SessionCredential(m.ctx, c.session)
	if (err == nil) != may {
		m.t.Fatalf("the storage of session %+v: %v, may: %v", c, err, may)
	}
	k, err := ident.SessionKey(c.user.contract, c.user.id, c.id)
	m.must(err)
	id, err := m.Identify(m.ctx, k)
	if may = may && c.user.privileged(); (err == nil) != may {
		m.t.Fatalf("the key of session %+v: %v, may: %v", c, err, may)
	}
	if err == nil && (id.Principal.User != c.user.id || id.Principal.Role != c.user.role) {
		m.t.Fatalf("the session's key makes %+v", id.Principal)
	}
}

// checkReach checks what nobody may reach with a credential who may not as its user.
func (m *model) checkReach(c *modelCredential, a Actor) {
	if c.user.contract != m.c {
		return
	}
	who := actor{Actor: a, user: c.user}
	visiting := c.visitor != nil
	_, _, err := m.Users(m.ctx, a, m.c, Page{Limit: 1})
	m.expect("list users", who, err, !visiting && who.admin(m))
	_, err = m.KeySecrets(m.ctx, a, m.c, c.user.id)
	m.expect("read secrets", who, err, !visiting && m.maySecret(who, c.user))
	_, err = m.Contracts(m.ctx, a)
	m.expect("list contracts", who, err, true)
	if visiting {
		_, _, err = m.GenerateToken(m.ctx, a, 0)
		m.expect("a token on a visit", who, err, false)
		_, _, err = m.OpenStorage(m.ctx, a, m.c, c.user.id)
		m.expect("a visit on a visit", who, err, false)
	}
}

func (m *model) token() {
	a := m.actor()
	text, tok, err := m.GenerateToken(m.ctx, a.Actor, 0)
	m.expect("token", a, err, a.user != nil && a.is(a.user))
	if err == nil {
		m.creds = append(m.creds, &modelCredential{user: a.user, text: text, id: tok.ID})
	}
}

func (m *model) dropToken() {
	a := m.actor()
	if len(m.creds) == 0 {
		return
	}
	c := rapid.SampledFrom(m.creds).Draw(m.t, "credential")
	if !c.token() {
		return
	}
	err := m.DeleteToken(m.ctx, a.Actor, c.id)
	m.expect("delete token", a, err, a.user == c.user && a.is(c.user) && !c.gone)
	c.gone = c.gone || err == nil
}

func (m *model) signIn() {
	u := rapid.SampledFrom(m.users).Draw(m.t, "who")
	var s *Session
	var err error
	if u.factor != nil && rapid.Bool().Draw(m.t, "code") {
		s, err = m.SignInWithCode(m.ctx, u.mail, u.password, m.code(u), m.source())
	} else if s, err = m.SignIn(m.ctx, u.mail, u.password, m.source()); u.factor != nil && u.live() {
		if errs.CodeOf(err) != SecondFactor {
			m.t.Fatalf("signing in without a code: %v", err)
		}
		return
	}
	m.expect("sign in", actor{user: u}, err, u.live())
	_, basic := m.Login(m.ctx, u.mail, u.password, m.source())
	m.expect("Basic", actor{user: u}, basic, u.live() && u.factor == nil && !u.force)
	if err == nil {
		_, id, _ := parseSessionID(s.ID)
		m.creds = append(m.creds, &modelCredential{user: u, text: s.Token, id: id, session: s})
	}
	// The user's oldest session ends when there are too many.
	if own := m.credentials(u, false); err == nil && len(own) > MaxSessions {
		own[0].gone = true
	}
}

func (m *model) endSession() {
	a := m.actor()
	if len(m.creds) == 0 {
		return
	}
	c := rapid.SampledFrom(m.creds).Draw(m.t, "credential")
	if c.token() || c.user.contract != m.c {
		return
	}
	err := m.EndSession(m.ctx, a.Actor, m.c, c.user.id, c.id)
	may := a.is(c.user) || a.over(m, c.user)
	if c.visitor != nil && err == nil && may {
		c.gone = true // it may have ended with the visitor's rights, and its row is still there
		return
	}
	m.expect("end session", a, err, may && !c.gone)
	c.gone = c.gone || err == nil
}

// visit opens a user's storage and follows the link, late at times.
func (m *model) visit() {
	a, u := m.actor(), m.user()
	link, _, err := m.OpenStorage(m.ctx, a.Actor, m.c, u.id)
	m.expect("open storage", a, err, !a.Operator && a.over(m, u) && u.live() && u.privileged())
	if err != nil {
		return
	}
	late := rapid.IntRange(0, 4).Draw(m.t, "late") == 4
	if late {
		m.later(VisitLinkLife + time.Second)
	}
	s, err := m.Visit(m.ctx, link, m.source())
	m.expect("visit", a, err, !late)
	_, again := m.Visit(m.ctx, link, m.source())
	m.expect("the same link again", a, again, false)
	if err != nil {
		return
	}
	_, id, _ := parseSessionID(s.ID)
	visits := slices.DeleteFunc(m.credentials(u, false), func(c *modelCredential) bool { return c.visitor == nil })
	if len(visits) >= maxVisits {
		visits[0].gone = true
	}
	m.creds = append(m.creds, &modelCredential{user: u, visitor: a.user, text: s.Token, id: id, session: s})
}

func (m *model) invite() {
	a, u := m.actor(), m.user()
	token, _, err := m.Invite(m.ctx, a.Actor, m.c, u.id)
	m.expect("invite", a, err, a.over(m, u) && u.active)
	if err == nil {
		u.invited = token
	}
}

func (m *model) accept() {
	u := m.user()
	if u.invited == "" {
		return
	}
	token, password := u.invited, m.newPassword()
	_, err := m.AcceptInvitation(m.ctx, token, password, m.source())
	m.expect("accept", actor{user: u}, err, u.live())
	if err == nil {
		m.passwordSet(u, password)
		_, err = m.AcceptInvitation(m.ctx, token, m.newPassword(), m.source())
		m.expect("accept again", actor{user: u}, err, false)
	}
}

func (m *model) changePassword() {
	a := m.actor()
	old, next := plainPassword+"?", m.newPassword()
	right := a.user != nil && rapid.Bool().Draw(m.t, "right")
	if right {
		old = a.user.password
	}
	a.Source = m.source()
	err := m.ChangePassword(m.ctx, a.Actor, old, next)
	m.expect("change password", a, err, right && a.user.live())
	if err == nil {
		m.passwordSet(a.user, next)
	} else if a.user != nil {
		m.lockout.forget(ident.Email(a.user.mail))
	}
}

func (m *model) resetPassword() {
	a, u := m.actor(), m.user()
	password := m.newPassword()
	_, err := m.ResetPassword(m.ctx, a.Actor, ident.Email(u.mail), password)
	m.expect("reset password", a, err, a.Operator && !u.gone)
	if err == nil {
		m.passwordSet(u, password)
	}
}

func (m *model) enrolFactor() {
	a := m.actor()
	e, err := m.BeginSecondFactor(m.ctx, a.Actor)
	m.expect("begin second factor", a, err, a.user != nil && a.user.live() && a.user.factor == nil)
	if err != nil {
		return
	}
	a.Source = m.source()
	_, err = m.ConfirmSecondFactor(m.ctx, a.Actor, m.world.code(e))
	m.expect("confirm second factor", a, err, true)
	a.user.factor = e
	m.endSessions(a.user)
}

func (m *model) disableFactor() {
	a := m.actor()
	u := a.user
	if u == nil || u.factor == nil {
		return
	}
	a.Source = m.source()
	err := m.DisableSecondFactor(m.ctx, a.Actor, m.code(u))
	m.expect("disable second factor", a, err, u.live() && !u.force)
	if err == nil {
		u.factor = nil
	}
}

func (m *model) resetFactor() {
	a, u := m.actor(), m.user()
	err := m.ResetSecondFactor(m.ctx, a.Actor, m.c, u.id)
	m.expect("reset second factor", a, err, a.over(m, u) && a.user != u)
	if err == nil {
		u.factor = nil
		m.endSessions(u)
	}
}

// ensureKey asks for a key with an id that is free, one's own or somebody else's.
func (m *model) ensureKey() {
	a, k := m.actor(), m.key()
	id, free := k.pair.ID, k.gone
	if rapid.Bool().Draw(m.t, "new id") {
		m.names++
		id, free = ident.KeyID(fmt.Sprintf("00000000-0000-4000-8000-%012d", m.names)), true
	}
	kp, created, err := m.EnsureKey(m.ctx, a.Actor, id, NewKey{Description: "ensured"})
	may := a.user != nil && a.is(a.user) && a.user.privileged()
	if free {
		may = may && m.keysOfUser(a.user) < MaxKeys
	} else {
		may = may && k.user == a.user
	}
	m.expect("ensure key", a, err, may)
	if err == nil && (created != free || created != (kp.Secret != "")) {
		m.t.Fatalf("created: %v, with a secret: %v, the id was free: %v", created, kp.Secret != "", free)
	}
	if created {
		if k.pair.ID == id { // the one that is gone keeps its access key alone
			was := *k.pair
			m.names++
			was.ID = ident.KeyID(fmt.Sprintf("00000000-0000-4000-9000-%012d", m.names))
			k.pair = &was
		}
		m.keys, a.user.canonical = append(m.keys, &modelKey{pair: kp, user: a.user, active: true}), true
	}
}

func (m *model) readRecords() {
	a := m.actor()
	m.expect("read records", a, m.May(m.ctx, a.Actor, authz.ReadAudit, m.c, ""), a.admin(m) || a.user != nil && a.user.contract == m.c && a.is(a.user) && a.user.logReader())
}

func (m *model) handOver() {
	a, from, to := m.actor(), m.user(), m.user()
	n, err := m.HandOver(m.ctx, a.Actor, m.c, from.id, to.id)
	m.expect("hand over", a, err, a.over(m, from) && from != to && to.live() && to.privileged() && to.canonical)
	if err == nil {
		if n != from.buckets {
			m.t.Fatalf("%d of %d buckets were handed over", n, from.buckets)
		}
		from.buckets, to.buckets = 0, to.buckets+n
	}
}

func (m *model) createContract() {
	a := m.actor()
	m.names++
	mail := fmt.Sprintf("o%d@example.test", m.names)
	c, u, err := m.CreateContract(m.ctx, a.Actor, "Another", NewUser{FirstName: "O", LastName: "O", Email: mail, Password: plainPassword})
	m.expect("create contract", a, err, a.Operator)
	if err != nil {
		return
	}
	if _, err := m.Contract(m.ctx, m.as(m.owner), c.ID); !errors.Is(err, errs.NotFound) {
		m.t.Fatalf("another contract is shown: %v", err)
	}
	m.users = append(m.users, &modelUser{id: u.ID, contract: c.ID, role: authz.Owner, active: true, groups: map[*modelGroup]bool{}, mail: mail, password: plainPassword})
}
