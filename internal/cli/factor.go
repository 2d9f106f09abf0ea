package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"coffer/internal/api/console"
)

// Codes of the server's refusals around the second factor.
const (
	needsCode      = "SecondFactor"
	needsEnrolment = "SecondFactorRequired"
)

// refusedWith reports whether the server refused with a code.
func refusedWith(err error, word string) bool {
	var e *Error
	return errors.As(err, &e) && e.Word == word
}

type secondFactorCmd struct {
	Client
	Enable  factorEnable  `cmd:"" help:"Set up an authenticator program: from then on signing in asks for its code."`
	Disable factorDisable `cmd:"" help:"Switch it off."`
	Reset   factorReset   `cmd:"" help:"Remove that of a user who lost it; for owners and administrators."`
}

// signInFlags open a session of one's own: a token is not enough to change how one signs in.
type signInFlags struct {
	Email         string `arg:"" optional:"" help:"Mail address; the profile's where absent."`
	PasswordStdin bool   `name:"password-stdin" help:"Read the password from the input, one line; codes follow, one a line."`
}

// session signs in, and returns the connection with a function that signs out.
func (f *signInFlags) session(env *Env, c *Client) (*connection, func(), error) {
	all, err := readProfiles(env.ConfigDir)
	if err != nil {
		return nil, nil, err
	}
	p := all.Profiles[c.Profile]
	p.URL = firstOf(c.URL, p.URL, defaultURL)
	mail := firstOf(f.Email, p.Email)
	if mail == "" {
		if mail, err = env.ask("Mail"); err != nil {
			return nil, nil, err
		}
	}
	password, err := env.password(f.PasswordStdin, "Password")
	if err != nil {
		return nil, nil, err
	}
	conn, _, err := c.openSession(env, &p, mail, password, f.PasswordStdin)
	if err != nil {
		return nil, nil, err
	}
	return conn, func() { _, _ = answer(conn.console.ConsoleSignOut(env.Context)) }, nil
}

func firstOf(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// openSession signs in with a password, and with a code where the server asks for one.
func (c *Client) openSession(env *Env, p *profile, mail, password string, stdin bool) (*connection, *console.Session, error) {
	conn, err := c.dial(env, p.URL, p.CAFile, nil)
	if err != nil {
		return nil, nil, err
	}
	in := console.SignIn{Email: mail, Password: password}
	resp, err := conn.console.ConsoleSignIn(env.Context, in)
	s, cookies, err := sessionOf(resp, err)
	if refusedWith(err, needsCode) {
		code, asked := env.code(stdin)
		if asked != nil {
			return nil, nil, asked
		}
		in.Code = &code
		resp, err = conn.console.ConsoleSignIn(env.Context, in)
		s, cookies, err = sessionOf(resp, err)
	}
	if err != nil {
		return nil, nil, signInError(err)
	}
	conn, err = c.dial(env, p.URL, p.CAFile, sessionCredential(cookies, s.CsrfToken))
	return conn, s, err
}

// code asks for a code of the second factor.
func (e *Env) code(stdin bool) (string, error) {
	if !stdin {
		code, err := e.ask("Code of your authenticator program")
		return strings.TrimSpace(code), err
	}
	code, err := readLine(e.Stdin)
	if err == nil && code == "" {
		return "", usage("this user signs in with a second factor: give its code as the input's next line")
	}
	return code, err
}

// enrol sets up a second factor in a session.
func (c *connection) enrol(env *Env, stdin bool) error {
	e, err := read[console.Enrolment](c.console.ConsoleSecondFactorBegin(env.Context))
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stderr, "Add this to your authenticator program:\n  secret  %s\n  or      %s\n", clean(e.Secret), clean(e.Url))
	code, err := env.code(stdin)
	if err != nil {
		return err
	}
	codes, err := read[console.RecoveryCodes](c.console.ConsoleSecondFactorConfirm(env.Context, console.FactorCode{Code: code}))
	if err != nil {
		return err
	}
	fmt.Fprintln(env.Stderr, "Keep these recovery codes, shown this once; each signs you in once if the authenticator is lost:")
	for _, r := range codes.RecoveryCodes {
		fmt.Fprintln(env.Stderr, "  "+clean(r))
	}
	return nil
}

type factorEnable struct{ signInFlags }

// Run sets up one's own second factor.
func (f *factorEnable) Run(env *Env, c *Client) error {
	conn, end, err := f.session(env, c)
	if err != nil {
		return err
	}
	defer end()
	return conn.enrol(env, f.PasswordStdin)
}

type factorDisable struct{ signInFlags }

// Run switches one's own second factor off.
func (f *factorDisable) Run(env *Env, c *Client) error {
	conn, end, err := f.session(env, c)
	if err != nil {
		return err
	}
	defer end()
	fmt.Fprintln(env.Stderr, "A code counts once: wait for the next one, or use a recovery code.")
	code, err := env.code(f.PasswordStdin)
	if err != nil {
		return err
	}
	_, err = answer(conn.console.ConsoleSecondFactorDisable(env.Context, console.FactorCode{Code: code}))
	return err
}

type factorReset struct {
	User string `arg:"" help:"User, by id or mail."`
}

// Run removes a user's second factor.
func (f *factorReset) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	id, err := conn.userID(env.Context, f.User)
	if err != nil {
		return err
	}
	user, err := uuid.Parse(id)
	if err != nil {
		return err
	}
	_, err = answer(conn.console.ConsoleSecondFactorReset(env.Context, user, &console.ConsoleSecondFactorResetParams{XContractNumber: conn.contract}))
	return err
}
