package cli

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"coffer/internal/api/console"
)

type sessionCmd struct {
	Client
	List   sessionList   `cmd:"" help:"List the browsers that are signed in, the one used last first."`
	Delete sessionDelete `cmd:"" help:"Sign browsers out; their sessions are refused at once."`
}

// sessionsOf returns the user whose sessions are meant: the one named, or who is signed in.
func (c *connection) sessionsOf(env *Env, who string) (uuid.UUID, error) {
	if who == "" {
		s, err := read[console.Session](c.console.ConsoleSession(env.Context))
		if err != nil {
			return uuid.UUID{}, err
		}
		return s.User.Id, nil
	}
	id, err := c.userID(env.Context, who)
	if err != nil {
		return uuid.UUID{}, err
	}
	return uuid.Parse(id)
}

type sessionList struct {
	User string `help:"Of this user, by id or mail, instead of oneself."`
}

// Run lists sessions.
func (l *sessionList) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	user, err := conn.sessionsOf(env, l.User)
	if err != nil {
		return err
	}
	all, err := read[console.UserSessions](conn.console.ConsoleSessions(env.Context, user, &console.ConsoleSessionsParams{XContractNumber: conn.contract}))
	if err != nil {
		return err
	}
	return c.show(env, all.Items, func() [][]string {
		rows := [][]string{{"ID", "LAST USED", "SIGNED IN", "ADDRESS", "WHO", "PROGRAM"}}
		for _, s := range all.Items {
			rows = append(rows, sessionRow(&s))
		}
		return rows
	})
}

func sessionRow(s *console.UserSession) []string {
	from, who := "-", "user"
	if s.LastSource != nil {
		from = *s.LastSource
	}
	if s.Visitor != nil {
		who = "visit of " + s.Visitor.Name
	}
	return []string{s.Id, s.LastSeen.UTC().Format(time.RFC3339), s.Created.UTC().Format(time.RFC3339), from, who, s.Program}
}

type sessionDelete struct {
	IDs  []string `arg:"" optional:"" name:"id" help:"Sessions, by id."`
	All  bool     `help:"All sessions."`
	User string   `help:"Of this user, by id or mail, instead of oneself."`
}

// Run ends the sessions named, or all.
func (d *sessionDelete) Run(env *Env, c *Client) error {
	if d.All == (len(d.IDs) > 0) {
		return usage("name sessions by id, or give --all")
	}
	for _, id := range d.IDs {
		if id == "" || id == "." || id == ".." {
			return usage("%q is no id of a session; coffer session list shows them", id)
		}
	}
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	user, err := conn.sessionsOf(env, d.User)
	if err != nil {
		return err
	}
	if d.All {
		out, err := read[console.EndedSessions](conn.console.ConsoleSessionsEnd(env.Context, user, &console.ConsoleSessionsEndParams{XContractNumber: conn.contract}))
		if err != nil {
			return err
		}
		return c.show(env, out, func() [][]string { return [][]string{{"Ended", fmt.Sprint(out.Ended)}} })
	}
	for _, id := range d.IDs {
		if _, err := answer(conn.console.ConsoleSessionEnd(env.Context, user, id, &console.ConsoleSessionEndParams{XContractNumber: conn.contract})); err != nil {
			return fmt.Errorf("session %s: %w", clean(id), err)
		}
	}
	return nil
}
