package cli

import (
	"fmt"
	"time"

	"coffer/internal/api/cloud"
)

type tokenCmd struct {
	Client
	Create tokenCreate `cmd:"" help:"Make a token of your own; it is shown this once, for COFFER_TOKEN."`
	List   tokenList   `cmd:"" help:"List your tokens, without what signs in."`
	Delete tokenDelete `cmd:"" help:"Delete tokens of your own; they are refused at once."`
}

// Bounds of a token's life.
const (
	minTTL = time.Minute
	maxTTL = 365 * 24 * time.Hour
)

func seconds(ttl time.Duration) (int, error) {
	if ttl < minTTL || ttl > maxTTL {
		return 0, usage("--ttl %s: a token lives for 1m to 8760h", ttl)
	}
	return int(ttl / time.Second), nil
}

type tokenCreate struct {
	TTL time.Duration `name:"ttl" default:"8760h" help:"How long the token counts: 1m to 8760h."`
}

// Run makes a token and prints it alone, so that a shell can put it into a variable.
func (t *tokenCreate) Run(env *Env, c *Client) error {
	ttl, err := seconds(t.TTL)
	if err != nil {
		return err
	}
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	made, err := read[cloud.GeneratedToken](conn.cloud.TokensGenerate(env.Context, &cloud.TokensGenerateParams{Ttl: &ttl, XContractNumber: conn.contract}))
	if err != nil {
		return err
	}
	return c.show(env, made, func() [][]string { return [][]string{{made.Token}} })
}

type tokenList struct{}

// Run lists the caller's tokens.
func (*tokenList) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	all, err := read[cloud.Tokens](conn.cloud.TokensGet(env.Context, &cloud.TokensGetParams{XContractNumber: conn.contract}))
	if err != nil {
		return err
	}
	return c.show(env, all.Tokens, func() [][]string {
		rows := [][]string{{"ID", "CREATED", "EXPIRES"}}
		for _, t := range all.Tokens {
			rows = append(rows, []string{t.Id, t.CreatedDate.UTC().Format(time.RFC3339), t.ExpirationDate.UTC().Format(time.RFC3339)})
		}
		return rows
	})
}

type tokenDelete struct {
	IDs     []string `arg:"" optional:"" name:"id" help:"Tokens, by id."`
	All     bool     `xor:"which" help:"All tokens, also that of this profile."`
	Expired bool     `xor:"which" help:"Those that have expired."`
	Current bool     `xor:"which" help:"The one that this command signs in with."`
}

// Run deletes the tokens named, or those that a criterion names.
func (t *tokenDelete) Run(env *Env, c *Client) error {
	var which cloud.TokensDeleteByCriteriaParamsCriteria
	switch {
	case t.All:
		which = cloud.TokensDeleteByCriteriaParamsCriteriaALL
	case t.Expired:
		which = cloud.TokensDeleteByCriteriaParamsCriteriaEXPIRED
	case t.Current:
		which = cloud.TokensDeleteByCriteriaParamsCriteriaCURRENT
	}
	if (which == "") == (len(t.IDs) == 0) {
		return usage("name tokens by id, or give one of --all, --expired and --current")
	}
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	if which != "" {
		p := &cloud.TokensDeleteByCriteriaParams{Criteria: which, XContractNumber: conn.contract}
		_, err := answer(conn.cloud.TokensDeleteByCriteria(env.Context, p))
		return err
	}
	for _, id := range t.IDs {
		if _, err := answer(conn.cloud.TokensDeleteById(env.Context, id, &cloud.TokensDeleteByIdParams{XContractNumber: conn.contract})); err != nil {
			return fmt.Errorf("token %s: %w", clean(id), err)
		}
	}
	return nil
}
