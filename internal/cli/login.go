package cli

import (
	"fmt"
	"net/http"
	"time"

	"coffer/internal/api/console"
)

type loginCmd struct {
	Client
	Email         string `arg:"" optional:"" help:"Mail address; asked for where absent."`
	PasswordStdin bool   `name:"password-stdin" help:"Read the password from the input, one line."`
}

// Run opens a session and keeps it in the profile.
func (l *loginCmd) Run(env *Env) error {
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
	conn, err := l.dial(env, base, old.CAFile, nil)
	if err != nil {
		return err
	}
	resp, err := conn.console.ConsoleSignIn(env.Context, console.SignIn{Email: mail, Password: password})
	var cookies []*http.Cookie
	if resp != nil {
		cookies = resp.Cookies()
	}
	s, err := read[console.Session](resp, err)
	if err != nil {
		return signInError(err)
	}
	p := profile{URL: conn.base, Email: s.User.Email, UserID: s.User.Id.String(), CSRF: s.CsrfToken, Expires: s.Expires, CAFile: l.CAFile}
	if p.CAFile == "" {
		p.CAFile = old.CAFile
	}
	for _, c := range cookies {
		if c.Name == sessionCookie {
			p.Session = c.Value
		}
	}
	if p.Session == "" {
		return &Error{Code: ExitFailure, Text: "the server answered without a session"}
	}
	all.Profiles[l.Profile] = p
	if err := all.write(env.ConfigDir); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stderr, "Signed in as %s (%s of contract %d) at %s until %s.\n",
		clean(p.Email), s.User.Role, s.Contract.Number, p.URL, p.Expires.Local().Format(time.DateTime))
	return err
}

// signInError drops the hint to sign in: that is what was tried.
func signInError(err error) error {
	if e, ok := err.(*Error); ok && e.Code == ExitSignIn {
		return &Error{Code: e.Code, Text: e.Text, Hint: "The operator can set a new password: 'coffer owner reset-password --data DIR'."}
	}
	return err
}

type logoutCmd struct{ Client }

// Run ends the session at the server, as far as that can be reached, and forgets it in any case.
func (l *logoutCmd) Run(env *Env) error {
	all, err := readProfiles(env.ConfigDir)
	if err != nil {
		return err
	}
	p, ok := all.Profiles[l.Profile]
	if !ok {
		return &Error{Code: ExitNotFound, Text: "there is no profile " + l.Profile}
	}
	if conn, err := l.dial(env, p.URL, p.CAFile, p.credential()); err == nil {
		if _, err := answer(conn.console.ConsoleSignOut(env.Context)); err != nil && ExitCode(err) != ExitSignIn {
			fmt.Fprintf(env.Stderr, "coffer: the session stays open at the server until it expires: %v\n", err)
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
