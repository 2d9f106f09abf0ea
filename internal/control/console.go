package control

import (
	"net/http"
	"time"

	"coffer/internal/api/console"
	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
)

// consoleAPI serves api/console.yaml: what the web console needs beyond the other two APIs, and the operator's acts.
type consoleAPI struct{ *server }

var _ console.ServerInterface = (*consoleAPI)(nil)

func (s *consoleAPI) ConsoleInfo(w http.ResponseWriter, r *http.Request) {
	hints := s.cfg.SignInHints
	if hints == nil {
		hints = []string{}
	}
	info := console.Info{Product: Product, Version: s.cfg.Version, Tls: callOf(r).peer.https, SignInHints: hints}
	if s.authority() != nil {
		info.Ca = ptr(true)
	}
	s.write(w, r, http.StatusOK, info)
}

// authority is the certificate that clients have to be told, or nil.
func (s *server) authority() []byte {
	if s.cfg.CA == nil {
		return nil
	}
	return s.cfg.CA()
}

// ConsoleCa hands out the certificate that clients have to trust.
func (s *consoleAPI) ConsoleCa(w http.ResponseWriter, r *http.Request) {
	pem := s.authority()
	if pem == nil {
		s.fail(w, r, errs.New(errs.NotFound, "", "Clients need no certificate of this server's: it speaks plain HTTP, or shows one that others signed."))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/x-pem-file")
	h.Set("Content-Disposition", `attachment; filename="coffer-ca.pem"`)
	_, _ = w.Write(pem)
}

func (s *consoleAPI) ConsoleSignIn(w http.ResponseWriter, r *http.Request) {
	var in console.SignIn
	if err := decode(w, r, &in, refuseUnknown); err != nil {
		s.fail(w, r, err)
		return
	}
	if in.Email == "" || in.Password == "" {
		s.fail(w, r, invalid("Fields email and password are needed."))
		return
	}
	c := callOf(r)
	var session *iam.Session
	var err error
	if code := or(in.Code, ""); code != "" {
		session, err = s.cfg.IAM.SignInWithCode(r.Context(), in.Email, in.Password, code, c.peer.source)
	} else {
		session, err = s.cfg.IAM.SignIn(r.Context(), in.Email, in.Password, c.peer.source)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out, err := s.describeSession(r, session)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.SetCookie(w, s.cookie(c, session.Token, session.Expires))
	s.write(w, r, http.StatusOK, out)
}

// ConsoleVisit follows a link into a user's storage.
func (s *consoleAPI) ConsoleVisit(w http.ResponseWriter, r *http.Request) {
	var in console.VisitLink
	c := callOf(r)
	err := decode(w, r, &in, refuseUnknown)
	var session *iam.Session
	if err == nil {
		session, err = s.cfg.IAM.Visit(r.Context(), in.Token, c.peer.source)
	}
	var out *console.Session
	if err == nil {
		out, err = s.describeSession(r, session)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.SetCookie(w, s.cookie(c, session.Token, session.Expires))
	s.write(w, r, http.StatusOK, out)
}

// cookie is the session's cookie; one with an empty value and a time in the past clears it.
func (s *server) cookie(c *call, value string, expires time.Time) *http.Cookie {
	return &http.Cookie{
		Name: CookieName, Value: value, Path: "/", Expires: expires, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: s.own(c).Scheme == "https",
	}
}

// sessionOnly fails for programs, which have no console session.
func sessionOnly(c *call) error {
	if c.session == nil {
		return errs.New(errs.Unauthenticated, "NoSession", "Sign in at POST /console/session: this needs a console session.")
	}
	return nil
}

// ConsoleSession says who is signed in. A program is described too: without a CSRF token, which it does not need, and as expiring
// with its token, or at once with Basic.
func (s *consoleAPI) ConsoleSession(w http.ResponseWriter, r *http.Request) {
	c := callOf(r)
	session := c.session
	err := person(c.actor)
	if err == nil && session == nil {
		session, err = s.programSession(r, c.actor)
	}
	var out *console.Session
	if err == nil {
		out, err = s.describeSession(r, session)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, r, http.StatusOK, out)
}

func (s *server) programSession(r *http.Request, a iam.Actor) (*iam.Session, error) {
	session := &iam.Session{Actor: a, Expires: s.cfg.Clock()}
	if id, ok := a.TokenID(); ok {
		t, err := s.cfg.IAM.Token(r.Context(), a, id)
		if err != nil {
			return nil, err
		}
		session.Expires = t.Expires
	}
	return session, nil
}

func (s *consoleAPI) ConsoleSignOut(w http.ResponseWriter, r *http.Request) {
	c := callOf(r)
	err := sessionOnly(c)
	if err == nil {
		err = s.cfg.IAM.SignOut(r.Context(), c.session.ID)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.SetCookie(w, s.cookie(c, "", time.Unix(1, 0)))
	w.WriteHeader(http.StatusNoContent)
}

func (s *consoleAPI) ConsolePassword(w http.ResponseWriter, r *http.Request) {
	c := callOf(r)
	var in console.PasswordChange
	err := sessionOnly(c)
	if err == nil {
		err = decode(w, r, &in, refuseUnknown)
	}
	if err == nil && (in.Old == "" || in.New == "") {
		err = invalid("Fields old and new are needed.")
	}
	if err == nil {
		err = s.cfg.IAM.ChangePassword(r.Context(), c.actor, in.Old, in.New)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *server) describeSession(r *http.Request, session *iam.Session) (*console.Session, error) {
	a, c := session.Actor, callOf(r)
	u, err := s.cfg.IAM.User(r.Context(), a, a.Contract, a.User)
	if err != nil {
		return nil, err
	}
	contract, err := s.cfg.IAM.Contract(r.Context(), a, a.Contract)
	if err != nil {
		return nil, err
	}
	out := &console.Session{
		CsrfToken: session.CSRF, Version: s.cfg.Version, Expires: stamp(session.Expires),
		User: console.SessionUser{
			Id: uuidOf(string(u.ID)), Firstname: u.FirstName, Lastname: u.LastName, Email: string(u.Email),
			Role: console.SessionUserRole(role(u.Role)), ObjectStorage: u.ObjectStorage, ActivityLog: u.ActivityLog, ContractUserId: ident.ContractUserID(u.Contract, u.ID),
			SecondFactor: console.SessionFactor{Active: u.SecAuthActive, Required: u.ForceSecAuth},
		},
		Contract: console.SessionContract{Number: int32(contract.ID), Name: contract.Name},
		S3:       console.SessionS3{Url: s.s3(c).String()},
	}
	if a.Visitor != "" { // what the user still owes is not the visitor's to do
		out.Visitor = &console.SessionVisitor{Id: uuidOf(string(a.Visitor)), Name: session.VisitorName}
		out.User.SecondFactor.Required, u.TemporaryPassword = false, false
	}
	if u.Canonical != "" {
		out.User.CanonicalUserId = ptr(string(u.Canonical))
	}
	if u.TemporaryPassword {
		out.User.MustChangePassword = ptr(true)
	}
	if s.cfg.S3Domain != "" {
		out.S3.VirtualHostDomain = ptr(s.cfg.S3Domain)
	}
	return out, nil
}
