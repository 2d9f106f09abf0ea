package cli

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"time"

	"coffer/internal/api/cloud"
	"coffer/internal/api/console"
)

func jsonBody(v any) (io.Reader, error) {
	raw, err := json.Marshal(v)
	return bytes.NewReader(raw), err
}

const (
	passwordAlphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789" // nothing that is mixed up when retyped
	passwordLength   = 20                                                         // characters, about 116 bits
)

// newPassword reads a password from the input, or generates one.
func (e *Env) newPassword(stdin bool) (password string, generated bool, err error) {
	if stdin {
		password, err = readLine(e.Stdin)
		return password, false, err
	}
	b := make([]byte, passwordLength)
	for i := range b {
		n, err := rand.Int(e.Random, big.NewInt(int64(len(passwordAlphabet))))
		if err != nil {
			return "", false, err
		}
		b[i] = passwordAlphabet[n.Int64()]
	}
	return string(b), true, nil
}

type contractCmd struct {
	Client
	List   contractList   `cmd:"" help:"List your contracts; as the operator, all."`
	Create contractCreate `cmd:"" help:"Make a contract with its owner; for the operator."`
	Get    contractGet    `cmd:"" help:"Show a contract."`
	Set    contractSet    `cmd:"" help:"Show or change name and settings of your contract; changes are for its owner and the operator."`
}

func (c *connection) contracts(ctx context.Context) ([]cloud.Contract, error) {
	l, err := read[cloud.Contracts](c.cloud.ContractsGet(ctx, &cloud.ContractsGetParams{}))
	if err != nil {
		return nil, err
	}
	return l.Items, nil
}

type contractList struct{}

// Run lists contracts.
func (*contractList) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	found, err := conn.contracts(env.Context)
	if err != nil {
		return err
	}
	return c.show(env, found, func() [][]string {
		rows := [][]string{{"NUMBER", "NAME", "OWNER"}}
		for _, k := range found {
			rows = append(rows, []string{strconv.FormatInt(k.Properties.ContractNumber, 10), or(k.Properties.Name, ""), k.Properties.Owner})
		}
		return rows
	})
}

type contractGet struct {
	Number int32 `arg:"" help:"Contract number."`
}

// Run shows one contract.
func (g *contractGet) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	found, err := conn.contracts(env.Context)
	if err != nil {
		return err
	}
	for _, k := range found {
		if k.Properties.ContractNumber == int64(g.Number) {
			return c.show(env, k, func() [][]string {
				return [][]string{{"Number", strconv.FormatInt(k.Properties.ContractNumber, 10)}, {"Name", or(k.Properties.Name, "")},
					{"Owner", k.Properties.Owner}, {"Status", k.Properties.Status}}
			})
		}
	}
	return &Error{Code: ExitNotFound, Text: fmt.Sprintf("there is no contract %d, or it is not yours", g.Number), Hint: "'coffer contract list' shows them; --operator shows all."}
}

type contractSet struct {
	Name       *string `help:"New name."`
	Secrets    *string `enum:"retrievable,once" help:"retrievable: secrets can be read again, which is recorded; once: never after they were made."`
	MaxKeyDays *int    `name:"max-key-days" placeholder:"DAYS" help:"How long a new key is valid at most; 0 sets no maximum."`
}

// Run changes what is given and shows the contract.
func (n *contractSet) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	s, err := read[console.ContractSettings](conn.console.ConsoleContract(env.Context, &console.ConsoleContractParams{XContractNumber: conn.contract}))
	if err != nil {
		return err
	}
	if n.Name != nil || n.Secrets != nil || n.MaxKeyDays != nil {
		s.Name, s.MaxKeyDays = or(n.Name, s.Name), or(n.MaxKeyDays, s.MaxKeyDays)
		s.Secrets = console.ContractSettingsSecrets(or(n.Secrets, string(s.Secrets)))
		p := &console.ConsoleContractUpdateParams{XContractNumber: conn.contract}
		if s, err = read[console.ContractSettings](conn.console.ConsoleContractUpdate(env.Context, p, *s)); err != nil {
			return err
		}
	}
	return c.show(env, s, func() [][]string {
		return [][]string{{"Number", strconv.Itoa(int(or(s.Number, 0)))}, {"Name", s.Name}, {"Secrets", string(s.Secrets)}, {"Max key days", strconv.Itoa(s.MaxKeyDays)}}
	})
}

type contractCreate struct {
	Name          string `arg:"" help:"Name of the contract."`
	OwnerEmail    string `required:"" help:"Mail address of the owner, unique on the server."`
	Firstname     string `required:"" help:"First name of the owner."`
	Lastname      string `required:"" help:"Last name of the owner."`
	PasswordStdin bool   `name:"password-stdin" help:"Read the owner's password from the input; one is generated and shown once where absent."`
}

// Run makes a contract as the operator.
func (n *contractCreate) Run(env *Env, c *Client) error {
	conn, err := c.open(env, true)
	if err != nil {
		return err
	}
	in := console.NewContract{Name: n.Name, Owner: console.NewOwner{Email: n.OwnerEmail, Firstname: n.Firstname, Lastname: n.Lastname}}
	if n.PasswordStdin {
		password, err := readLine(env.Stdin)
		if err != nil {
			return err
		}
		in.Owner.Password = &password
	}
	out, err := read[console.CreatedContract](conn.console.OperatorCreateContract(env.Context, in))
	if err != nil {
		return err
	}
	return c.show(env, out, func() [][]string {
		rows := [][]string{{"Number", strconv.Itoa(int(out.Contract.Number))}, {"Name", out.Contract.Name},
			{"Owner", out.Owner.Email}, {"Created", out.Contract.CreatedDate.Format(time.DateTime)}}
		if out.Password != nil {
			rows = append(rows, []string{"Password", *out.Password + "   (shown this once)"})
		}
		return rows
	})
}

type ownerCmd struct {
	Client
	ResetPassword ownerResetPassword `cmd:"" help:"Set a new password with the operator's token: for owners who lost theirs."`
}

type ownerResetPassword struct {
	Email         string `arg:"" optional:"" help:"Mail address; the owner's where there is one contract."`
	PasswordStdin bool   `name:"password-stdin" help:"Read the password from the input; one is generated and shown once where absent."`
}

// Run resets a password as the operator.
func (o *ownerResetPassword) Run(env *Env, c *Client) error {
	conn, err := c.open(env, true)
	if err != nil {
		return err
	}
	mail := o.Email
	if mail == "" {
		if mail, err = conn.onlyOwner(env.Context, c.Contract); err != nil {
			return err
		}
	}
	in := console.PasswordReset{Email: mail}
	if o.PasswordStdin {
		password, err := readLine(env.Stdin)
		if err != nil {
			return err
		}
		in.Password = &password
	}
	out, err := read[console.PasswordResetResult](conn.console.OperatorResetPassword(env.Context, in))
	if err != nil {
		return err
	}
	return c.show(env, map[string]any{"email": mail, "password": out.Password}, func() [][]string {
		rows := [][]string{{"Mail", mail}}
		if out.Password != nil {
			rows = append(rows, []string{"Password", *out.Password + "   (shown this once)"})
		}
		return rows
	})
}

// onlyOwner is the owner of the contract named, or of the only one.
func (c *connection) onlyOwner(ctx context.Context, number int32) (string, error) {
	found, err := c.contracts(ctx)
	if err != nil {
		return "", err
	}
	for _, k := range found {
		if k.Properties.Owner != "" && (len(found) == 1 && number == 0 || k.Properties.ContractNumber == int64(number)) {
			return k.Properties.Owner, nil
		}
	}
	return "", usage("there are %d contracts: name the owner's mail, or the contract with --contract", len(found))
}

type regionCmd struct {
	Client
	List regionList `cmd:"" help:"List the regions with their S3 endpoints."`
}
