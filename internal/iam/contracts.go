package iam

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"time"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

var contractKey = meta.Key{Kind: kindContract, Route: contractRoute}

// contract reads a contract, or errs.NotFound.
func (s *Service) contract(ctx context.Context, c ident.ContractID) (*Contract, error) {
	var row *contractRow
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) (err error) {
		row, err = get[contractRow](r, contractKey)
		return err
	})
	if errors.Is(err, errs.NotFound) || err == nil && row.Life != alive {
		return nil, errs.New(errs.NotFound, "", "There is no such contract.").On(errs.Subject(c.String()))
	}
	if err != nil {
		return nil, errs.Wrap("iam.Contract", err)
	}
	return &Contract{ID: c, Name: row.Name, Owner: row.Owner, Created: row.Created,
		Settings: Settings{MaxKeyDays: row.MaxKeyDays, SecretsOnce: row.SecretsOnce}}, nil
}

// Contract implements API.
func (s *Service) Contract(ctx context.Context, a Actor, id ident.ContractID) (*Contract, error) {
	if _, err := s.authorize(ctx, a, authz.GetContract, &authz.Target{Contract: id}); err != nil {
		return nil, err
	}
	return s.contract(ctx, id)
}

// Contracts implements API: the contracts that the actor belongs to; for the operator all.
func (s *Service) Contracts(ctx context.Context, a Actor) ([]*Contract, error) {
	if _, err := s.authorize(ctx, a, authz.ListContracts, &authz.Target{Contract: a.Contract}); err != nil {
		return nil, err
	}
	ids := []ident.ContractID{a.Contract}
	if a.Operator {
		var err error
		if ids, err = s.partitions(ctx); err != nil {
			return nil, err
		}
	}
	var all []*Contract
	for _, id := range ids {
		c, err := s.contract(ctx, id)
		if errors.Is(err, errs.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// CreateContract implements API. The number is chosen here.
func (s *Service) CreateContract(ctx context.Context, a Actor, name string, owner NewUser) (*Contract, *User, error) {
	if _, err := s.authorize(ctx, a, authz.CreateContract, nil); err != nil {
		return nil, nil, err
	}
	return s.createContract(ctx, name, owner)
}

func (s *Service) createContract(ctx context.Context, name string, in NewUser) (*Contract, *User, error) {
	if err := checkName("The contract's name", name); err != nil {
		return nil, nil, err
	}
	draft, err := s.draft(ctx, in, authz.Owner, "")
	if err != nil {
		return nil, nil, err
	}
	ctx = context.WithoutCancel(ctx)
	now := s.now()
	row := &contractRow{Life: making, Name: name, Owner: draft.id, Created: now}
	c, err := s.claimNumber(ctx, row)
	if err != nil {
		return nil, nil, err
	}
	if err := s.commit(ctx, c, draft); err != nil {
		if e := s.finishContract(ctx, c, draft.id); e != nil && !errors.Is(e, errs.NotFound) {
			s.cfg.Log.Warn("a contract that could not be made is removed at the next start", "contract", c.String(), "error", e)
		}
		return nil, nil, err
	}
	if err := s.finishContract(ctx, c, draft.id); err != nil {
		return nil, nil, err
	}
	u, err := s.person(ctx, c, draft.id)
	if err != nil {
		return nil, nil, err
	}
	return &Contract{ID: c, Name: name, Owner: draft.id, Created: now}, u.user(), nil
}

// claimNumber writes a new contract's row under a number that is free.
func (s *Service) claimNumber(ctx context.Context, row *contractRow) (ident.ContractID, error) {
	taken := errs.New(errs.Exists, "", "")
	for range 100 {
		var b [4]byte
		if _, err := io.ReadFull(s.cfg.Rand, b[:]); err != nil {
			return 0, errs.Fault("iam.CreateContract", err)
		}
		c := ident.ContractID(10000000 + binary.BigEndian.Uint32(b[:])%90000000)
		on(ctx, c.String(), row.Name)
		err := s.update(ctx, c, contractRoute, func(tx meta.Tx) error {
			if _, err := tx.Get(contractKey); err == nil {
				return taken
			} else if !errors.Is(err, errs.NotFound) {
				return err
			}
			return put(tx, contractKey, row)
		})
		if err == nil || !errors.Is(err, errs.Exists) {
			return c, err
		}
	}
	return 0, errs.New(errs.Busy, "", "No free contract number was found; try again.")
}

// finishContract ends the making of a contract: it exists when its owner does, else its row goes.
func (s *Service) finishContract(ctx context.Context, c ident.ContractID, owner ident.UserID) error {
	_, err := s.person(ctx, c, owner)
	if err != nil && !errors.Is(err, errs.NotFound) {
		return err
	}
	made := err == nil
	return s.update(meta.Freeing(ctx), c, contractRoute, func(tx meta.Tx) error {
		row, err := get[contractRow](tx, contractKey)
		if err != nil || row.Life != making {
			return err
		}
		if !made {
			return tx.Delete(contractKey)
		}
		row.Life = alive
		return put(tx, contractKey, row)
	})
}

// FirstOwner says how to make the first contract; empty fields get defaults, an empty Password a generated one.
type FirstOwner struct {
	Contract string // its name
	Email    string
	Password string
}

// Bootstrapped says who signs in.
type Bootstrapped struct {
	First       bool // this call made the contract
	Contract    ident.ContractID
	Email       ident.Email
	Password    string    // only if this call generated it
	PasswordSet time.Time // when the owner's password was set last
	Keys        int       // access keys the owner has
}

// DefaultOwnerEmail is the mail address of the first owner where none is configured.
const DefaultOwnerEmail = "owner@coffer.localhost"

// Bootstrap makes the first contract with its owner where there is none, and else says whose the oldest contract is. It is called
// once, after Recover.
func (s *Service) Bootstrap(ctx context.Context, f FirstOwner) (*Bootstrapped, error) {
	all, err := s.Contracts(ctx, Actor{Principal: authz.Principal{Operator: true}})
	if err != nil {
		return nil, errs.Wrap("iam.Bootstrap", err)
	}
	if len(all) == 0 {
		return s.firstContract(ctx, f)
	}
	oldest := all[0]
	for _, c := range all[1:] {
		if c.Created.Before(oldest.Created) {
			oldest = c
		}
	}
	who, err := s.person(ctx, oldest.ID, oldest.Owner)
	if err != nil {
		return nil, errs.Wrap("iam.Bootstrap", err)
	}
	keys, err := s.keysOf(ctx, oldest.ID, oldest.Owner)
	if err != nil {
		return nil, errs.Wrap("iam.Bootstrap", err)
	}
	return &Bootstrapped{Contract: oldest.ID, Email: who.row.Email, PasswordSet: who.row.PasswordSet, Keys: len(keys.Keys)}, nil
}

func (s *Service) firstContract(ctx context.Context, f FirstOwner) (*Bootstrapped, error) {
	b := &Bootstrapped{First: true}
	in := NewUser{FirstName: "Contract", LastName: "Owner", Email: f.Email, Password: f.Password}
	if in.Email == "" {
		in.Email = DefaultOwnerEmail
	}
	if in.Password == "" {
		var err error
		if b.Password, err = newPassword(s.cfg.Rand); err != nil {
			return nil, err
		}
		in.Password = b.Password
	}
	name := f.Contract
	if name == "" {
		name = "My contract"
	}
	intend(ctx, Actor{Principal: authz.Principal{Operator: true}}, authz.CreateContract, nil)
	c, u, err := s.createContract(ctx, name, in)
	if err != nil {
		return nil, errs.Wrap("iam.Bootstrap", err)
	}
	b.Contract, b.Email, b.PasswordSet = c.ID, u.Email, u.PasswordSet
	return b, nil
}
