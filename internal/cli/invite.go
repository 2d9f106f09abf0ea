package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"coffer/internal/api/cloud"
	"coffer/internal/api/console"
)

type userInvite struct {
	User string `arg:"" help:"User, by id or mail."`
}

// Run makes an invitation and shows its link once.
func (u *userInvite) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	id, err := conn.userID(env.Context, u.User)
	if err != nil {
		return err
	}
	user, err := uuid.Parse(id)
	if err != nil {
		return err
	}
	out, err := read[console.Invitation](conn.console.ConsoleInvite(env.Context, user, &console.ConsoleInviteParams{XContractNumber: conn.contract}))
	if err != nil {
		return err
	}
	return c.show(env, out, func() [][]string { return inviteRows(out) })
}

func inviteRows(i *console.Invitation) [][]string {
	return [][]string{{"Link", i.Link + "   (shown this once)"}, {"Expires", i.Expires.UTC().Format(time.RFC3339)}, {"Or", "coffer accept '" + i.Link + "'"}}
}

// invite invites a user who was just made, and shows them with the link.
func (c *Client) invite(env *Env, conn *connection, u *cloud.User) error {
	id, err := uuid.Parse(u.Id)
	if err != nil {
		return err
	}
	out, err := read[console.Invitation](conn.console.ConsoleInvite(env.Context, id, &console.ConsoleInviteParams{XContractNumber: conn.contract}))
	if err != nil {
		return fmt.Errorf("the user was made, but not invited: %w", err)
	}
	if c.Output == "json" {
		return writeJSON(env.Stdout, map[string]any{"user": u, "invitation": out})
	}
	if err := c.showUser(env, u); err != nil {
		return err
	}
	return writeTable(env.Stdout, inviteRows(out))
}

type userStorage struct {
	User string `arg:"" help:"User, by id or mail."`
}

// Run makes a link into a user's storage.
func (u *userStorage) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	id, err := conn.userID(env.Context, u.User)
	if err != nil {
		return err
	}
	out, err := read[cloud.S3ObjectStorageSSO](conn.cloud.UmUsersS3ssourlGet(env.Context, id, &cloud.UmUsersS3ssourlGetParams{XContractNumber: conn.contract}))
	if err != nil {
		return err
	}
	return c.show(env, out, func() [][]string { return [][]string{{"Link", out.SsoUrl + "   (once, within a minute)"}} })
}

type acceptCmd struct {
	Client
	Link          string `arg:"" help:"The link of the invitation."`
	PasswordStdin bool   `name:"password-stdin" help:"Read the new password from the input, one line."`
}

// Run sets the password. It needs nobody to be signed in.
func (a *acceptCmd) Run(env *Env) error {
	base, token, ok := strings.Cut(a.Link, "/invitation#")
	if !ok || token == "" {
		return usage("give the whole link: it ends with /invitation# and a long word")
	}
	conn, err := a.dial(env, firstOf(a.URL, base), a.CAFile, nil)
	if err != nil {
		return err
	}
	password, err := env.password(a.PasswordStdin, "New password")
	if err != nil {
		return err
	}
	out, err := read[console.Invited](conn.console.ConsoleAcceptInvitation(env.Context, console.InvitationAccept{Token: token, Password: password}))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stderr, "The password is set. Sign in with: coffer login --url %s %s\n", conn.base, clean(out.Email))
	return err
}
