package control

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strings"

	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
)

// CookieName is the console session's cookie. The S3 listener must neither read nor log it.
const CookieName = "coffer_session"

// csrfHeader carries the session's CSRF token.
const csrfHeader = "X-CSRF-Token"

// public lists the operations that need nobody. Everything else is closed.
var public = map[string]bool{
	"GET /console/info":        true,
	"GET /console/ca":          true,
	"POST /console/session":    true,
	"POST /console/invitation": true,
	"POST /console/visit":      true,
	"POST /operator/session":   true,
	"GET /cloudapi/v6/":        true,
}

// tried lists the public operations by which clients try a credential: where one is sent it has to be good.
var tried = map[string]bool{"GET /cloudapi/v6/": true}

// changing lists the operations whose method is safe by HTTP and which change something all the same.
var changing = map[string]bool{
	"GET /auth/v1/tokens/generate":                true,
	"GET /cloudapi/v6/um/users/{userId}/s3ssourl": true,
}

// authenticate finds out who asks. A header wins over the cookie: programs send one, pages the other.
func (s *server) authenticate(r *http.Request, c *call, pattern string) error {
	header := r.Header.Get("Authorization")
	operation := strings.TrimSuffix(pattern, "{$}")
	if public[operation] && (header == "" || !tried[operation]) {
		return s.sameOrigin(r)
	}
	if header != "" {
		a, err := s.fromHeader(r.Context(), header, c)
		if err != nil {
			return err
		}
		c.actor = a
		return nil
	}
	ck, err := r.Cookie(CookieName)
	if err != nil || ck.Value == "" {
		return errs.New(errs.Unauthenticated, "", "")
	}
	if err := s.sameOrigin(r); err != nil {
		return err
	}
	session, err := s.cfg.IAM.Session(r.Context(), ck.Value, c.peer.source)
	if err != nil {
		return err
	}
	if unsafe(r.Method) || changing[pattern] {
		sent := r.Header.Get(csrfHeader)
		if subtle.ConstantTimeCompare([]byte(sent), []byte(session.CSRF)) != 1 || session.CSRF == "" {
			return errs.New(errs.Denied, "CSRF", "Send the session's token in the header "+csrfHeader+"; GET /console/session returns it.")
		}
	}
	c.session, c.actor = session, session.Actor
	return nil
}

func unsafe(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// sameOrigin refuses what a page of another origin sent, be it on another port of this host: the cookie would go along.
func (s *server) sameOrigin(r *http.Request) error {
	cross := errs.New(errs.Denied, "CrossOrigin", "A page of another origin sent this request; the console's API answers its own pages alone.")
	if err := s.cross.Check(r); err != nil {
		return cross.Because(err)
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return nil
	}
	return cross
}

// fromHeader reads Basic and Bearer credentials.
func (s *server) fromHeader(ctx context.Context, header string, c *call) (iam.Actor, error) {
	kind, rest, _ := strings.Cut(header, " ")
	switch {
	case strings.EqualFold(kind, "Basic"):
		mail, password, ok := (&http.Request{Header: http.Header{"Authorization": {header}}}).BasicAuth()
		if !ok {
			return iam.Actor{}, errs.New(errs.Unauthenticated, "", "The Authorization header is no Basic credential: send base64 of mail:password.")
		}
		return s.cfg.IAM.Login(ctx, mail, password, c.peer.source)
	case strings.EqualFold(kind, "Bearer"):
		return s.fromToken(ctx, strings.TrimSpace(rest), c)
	}
	return iam.Actor{}, errs.New(errs.Unauthenticated, "", "Use the scheme Basic or Bearer in the Authorization header.")
}

// fromToken tells users' tokens, which are JWTs, from the operator's by their two dots.
func (s *server) fromToken(ctx context.Context, token string, c *call) (iam.Actor, error) {
	if strings.Count(token, ".") == 2 {
		return s.cfg.IAM.TokenActor(ctx, token, c.peer.source)
	}
	return s.cfg.IAM.OperatorActor(ctx, token, c.peer.source)
}

// contract returns the contract that a request is about: the actor's own, which a header may repeat; for the operator the one in
// the header, or the only one there is.
func (s *server) contract(r *http.Request, a iam.Actor, number *int32) (ident.ContractID, error) {
	if number != nil && !ident.ContractID(*number).Valid() {
		return 0, invalid("X-Contract-Number: %d is no contract number; one has eight digits.", *number)
	}
	if !a.Operator {
		if number != nil && ident.ContractID(*number) != a.Contract {
			return 0, errs.New(errs.Denied, "", "You don't belong to the contract in the header X-Contract-Number.")
		}
		return a.Contract, nil
	}
	if number != nil {
		c, err := s.cfg.IAM.Contract(r.Context(), a, ident.ContractID(*number))
		if err != nil {
			return 0, err
		}
		return c.ID, nil
	}
	all, err := s.cfg.IAM.Contracts(r.Context(), a)
	if err != nil {
		return 0, err
	}
	if len(all) != 1 {
		return 0, invalid("There are %d contracts: name one in the header X-Contract-Number, or with --contract on the command line.", len(all))
	}
	return all[0].ID, nil
}

// codeOperator tells pages that whoever is signed in is the operator.
const codeOperator errs.Code = "Operator"

// person refuses the operator, who has nothing of their own.
func person(a iam.Actor) error {
	if a.Operator {
		return errs.New(errs.Denied, codeOperator, "The operator is no user and has no keys, password or storage; sign in as a user.")
	}
	return nil
}

// operatorOnly refuses everybody else. Package iam decides the same again for each act.
func operatorOnly(a iam.Actor) error {
	if !a.Operator {
		return errs.New(errs.Denied, "", "Only the operator may do this: sign in with the content of operator.token, or send it as bearer token.")
	}
	return nil
}
