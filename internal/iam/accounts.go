package iam

import (
	"context"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/names"
)

// Account is who an id of an access control list or of a bucket policy stands for.
type Account struct {
	ID   string // a user's canonical id, or a contract's number
	Name string // to show
}

// Account returns who an id means: a canonical id, a contract's number or a contract user id. errs.NotFound where it means nobody.
func (s *Service) Account(ctx context.Context, id string) (Account, error) {
	if c, err := ident.ParseContractID(id); err == nil {
		contract, err := s.contract(ctx, c)
		if err != nil {
			return Account{}, err
		}
		return Account{ID: c.String(), Name: contract.Name}, nil
	}
	if c, u, err := ident.ParseContractUserID(id); err == nil {
		return s.account(ctx, reference{contract: c, user: u})
	}
	if c, err := ident.ParseCanonicalID(id); err == nil {
		ref, err := s.lookup(ctx, names.Canonicals, string(c))
		if err != nil {
			return Account{}, err
		}
		return s.account(ctx, ref)
	}
	return Account{}, errs.New(errs.NotFound, "", "")
}

// AccountByMail returns the user with a mail address: errs.NotFound where nobody has it, or has no canonical id yet to be named by.
func (s *Service) AccountByMail(ctx context.Context, mail string) (Account, error) {
	m, err := ident.ParseEmail(mail)
	if err != nil {
		return Account{}, errs.New(errs.NotFound, "", "")
	}
	ref, err := s.lookup(ctx, names.Mails, string(m))
	if err != nil {
		return Account{}, err
	}
	a, err := s.account(ctx, ref)
	if err == nil && a.ID == "" {
		err = errs.New(errs.NotFound, "", "")
	}
	return a, err
}

func (s *Service) account(ctx context.Context, ref reference) (Account, error) {
	p, err := s.person(ctx, ref.contract, ref.user)
	if err != nil {
		return Account{}, err
	}
	return Account{ID: string(p.row.Canonical), Name: p.name()}, nil
}
