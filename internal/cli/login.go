package cli

import (
	"fmt"
	"net/http"
	"time"

	"coffer/internal/api/cloud"
	"coffer/internal/api/console"
)

type loginCmd struct {
	Client
	Email         string        `arg:"" optional:"" help:"Mail address; asked for where absent."`
	PasswordStdin bool          `name:"password-stdin" help:"Read the password from the input, one line; a code of the second factor follows as the next."`
	TTL           time.Duration `name:"ttl" default:"720h" help:"How long to stay signed in: 1m to 8760h."`
}

// Run signs in, has a token made, and keeps that in the profile. The session that the password opened ends at once.
func (l *loginCmd) Run(env *Env) error {
	ttl, err := seconds(l.TTL)
	if err != nil {
		return err
	}
	all, err := readProfiles(env.ConfigDir)
	if err != nil {
		return err
	}
	old := all.Profiles[l.Profile]
	base := l.URL
	if base == "" {
		base = old.URL
	}
	if base == "" {
		base = defaultURL
	}
	mail := l.Email
	if mail == "" {
		if mail, err = env.ask("Mail"); err != nil {
			return err
		}
	}
	password, err := env.password(l.PasswordStdin, "Password")
	if err != nil {
		return err
	}
	p := profile{URL: base, CAFile: l.CAFile}
	if p.CAFile == "" {
		p.CAFile = old.CAFile
	}
	s, err := l.signIn(env, &p, mail, password, ttl)
	if err != nil {
		return err
	}
	all.Profiles[l.Profile] = p
	if err := all.write(env.ConfigDir); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stderr, "Signed in as %s (%s of contract %d) at %s until %s.\n",
		clean(p.Email), s.User.Role, s.Contract.Number, p.URL, p.Expires.Local().Format(time.DateTime))
	return err
}

// signIn fills p with a token and whose it is.
func (l *loginCmd) signIn(env *Env, p *profile, mail, password string, ttl int) (*console.Session, error) {
	conn, s, err := l.openSession(env, p, mail, password, l.PasswordStdin)
	if err != nil {
		return nil, err
	}
	if or(s.User.MustChangePassword, false) {
		if err := conn.ownPassword(env, password, l.PasswordStdin); err != nil {
			return nil, err
		}
	}
	if f := s.User.SecondFactor; f.Required && !f.Active {
		fmt.Fprintln(env.Stderr, "An administrator requires a second factor of you.")
		if err := conn.enrol(env, l.PasswordStdin); err != nil {
			return nil, err
		}
	}
	made, err := read[cloud.GeneratedToken](conn.cloud.TokensGenerate(env.Context, &cloud.TokensGenerateParams{Ttl: &ttl}))
	if _, end := answer(conn.console.ConsoleSignOut(env.Context)); err == nil && end != nil {
		fmt.Fprintf(env.Stderr, "coffer: the session of this sign-in stays open at the server until it expires: %v\n", end)
	}
	if err != nil {
		return nil, err
	}
	p.Token, p.URL, p.Email, p.UserID = made.Token, conn.base, s.User.Email, s.User.Id.String()
	if conn, err = l.dial(env, p.URL, p.CAFile, bearer(p.Token)); err != nil {
		return nil, err
	}
	if s, err = read[console.Session](conn.console.ConsoleSession(env.Context)); err != nil {
		return nil, err
	}
	p.Expires = s.Expires
	return s, nil
}

// ownPassword changes a password that somebody else chose.
func (c *connection) ownPassword(env *Env, old string, stdin bool) error {
	fmt.Fprintln(env.Stderr, "Your password was chosen by somebody else: choose one of your own, of 10 to 128 characters.")
	password, err := env.password(stdin, "New password")
	if err != nil {
		return err
	}
	if !stdin {
		again, err := env.password(false, "New password again")
		if err != nil {
			return err
		}
		if again != password {
			return usage("the two passwords differ")
		}
	}
	_, err = answer(c.console.ConsolePassword(env.Context, console.PasswordChange{Old: old, New: password}))
	return err
}

// sessionOf reads what signing in is answered with.
func sessionOf(resp *http.Response, err error) (*console.Session, []*http.Cookie, error) {
	var cookies []*http.Cookie
	if resp != nil {
		cookies = resp.Cookies()
	}
	s, err := read[console.Session](resp, err)
	return s, cookies, err
}

// sessionCredential sends the cookies of a console session, and its CSRF token.
func sessionCredential(cookies []*http.Cookie, csrf string) credential {
	return func(r *http.Request) {
		for _, c := range cookies {
			r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
		}
		r.Header.Set("X-CSRF-Token", csrf)
	}
}

// signInError drops the hint to sign in: that is what was tried.
func signInError(err error) error {
	if e, ok := err.(*Error); ok && e.Code == ExitSignIn {
		return &Error{Code: e.Code, Text: e.Text, Word: e.Word, Hint: "The operator can set a new password: 'coffer owner reset-password --data DIR'."}
	}
	return err
}

type logoutCmd struct{ Client }

// Run deletes the token at the server, as far as that can be reached, and forgets it in any case.
func (l *logoutCmd) Run(env *Env) error {
	all, err := readProfiles(env.ConfigDir)
	if err != nil {
		return err
	}
	p, ok := all.Profiles[l.Profile]
	if !ok {
		return &Error{Code: ExitNotFound, Text: "there is no profile " + l.Profile}
	}
	if conn, err := l.dial(env, p.URL, p.CAFile, bearer(p.Token)); err == nil {
		current := &cloud.TokensDeleteByCriteriaParams{Criteria: cloud.TokensDeleteByCriteriaParamsCriteriaCURRENT}
		if _, err := answer(conn.cloud.TokensDeleteByCriteria(env.Context, current)); err != nil && ExitCode(err) != ExitSignIn {
			fmt.Fprintf(env.Stderr, "coffer: the token counts at the server until it expires: %v\n", err)
		}
	}
	delete(all.Profiles, l.Profile)
	return all.write(env.ConfigDir)
}

type whoamiCmd struct{ Client }

// Run shows the signed-in user of a profile.
func (c *whoamiCmd) Run(env *Env) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	s, err := read[console.Session](conn.console.ConsoleSession(env.Context))
	if err != nil {
		return err
	}
	return c.show(env, s, func() [][]string {
		return [][]string{
			{"Name", s.User.Firstname + " " + s.User.Lastname}, {"Mail", s.User.Email}, {"Role", string(s.User.Role)},
			{"Contract", fmt.Sprintf("%d %s", s.Contract.Number, s.Contract.Name)},
			{"Contract User ID", s.User.ContractUserId}, {"Canonical User ID", or(s.User.CanonicalUserId, "")},
			{"Use Object Storage", yes(s.User.ObjectStorage)}, {"S3", s.S3.Url},
		}
	})
}
