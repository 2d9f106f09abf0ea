package iam

import (
	"context"
	"fmt"
	"time"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// MaxKeyDays is the longest maximum that a contract may set, and the longest time ahead that a key may expire, in days.
const MaxKeyDays = 3650

const day = 24 * time.Hour

// expired reports whether the key's time is over.
func (r *keyRow) expired(now time.Time) bool { return !r.Expires.IsZero() && !now.Before(r.Expires) }

// until says in words when a key expires.
func until(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " until " + t.Format(time.RFC3339)
}

// expiry returns when a key expires that is asked to at a time, or never: within what the contract allows.
func (s *Service) expiry(ctx context.Context, c ident.ContractID, at time.Time, never bool) (time.Time, error) {
	contract, err := s.contract(ctx, c)
	if err != nil {
		return at, err
	}
	now, most := s.now(), contract.MaxKeyDays
	limit := now.Add(time.Duration(most) * day)
	switch {
	case never && !at.IsZero():
		return at, invalid("A key either expires at a time or never.")
	case at.IsZero() && most == 0:
		return time.Time{}, nil
	case at.IsZero() && !never:
		return limit, nil
	case never && most == 0:
		return time.Time{}, nil
	case !at.IsZero() && (!at.After(now) || at.After(now.Add(MaxKeyDays*day))):
		return at, invalid(fmt.Sprintf("A key expires in the future, at most %d days from now.", MaxKeyDays))
	case most > 0 && (never || at.After(limit)):
		return at, errs.New(errs.Limit, KeyExpiry, fmt.Sprintf("Keys of this contract expire after %d days at most: choose a time up to %s.", most, limit.Format(time.RFC3339)))
	}
	return at.UTC().Truncate(time.Second), nil
}

// renewed returns when the key expires if it is renewed now: as long from now as it was made for, where the contract sets a maximum at
// most that; zero for never.
func (r *keyRow) renewed(now time.Time, maxDays int) time.Time {
	var at time.Time
	if !r.Expires.IsZero() {
		issued := r.Issued
		if issued.IsZero() {
			issued = r.Created
		}
		at = now.Add(r.Expires.Sub(issued))
	}
	if limit := now.Add(time.Duration(maxDays) * day); maxDays > 0 && (at.IsZero() || at.After(limit)) {
		at = limit
	}
	return at
}

// UpdateContract implements API.
func (s *Service) UpdateContract(ctx context.Context, a Actor, c ident.ContractID, name string, in Settings) (*Contract, error) {
	if _, err := s.authorize(ctx, a, authz.UpdateContract, &authz.Target{Contract: c}); err != nil {
		return nil, err
	}
	if _, err := s.contract(ctx, c); err != nil {
		return nil, err
	}
	if err := checkName("The contract's name", name); err != nil {
		return nil, err
	}
	if in.MaxKeyDays < 0 || in.MaxKeyDays > MaxKeyDays {
		return nil, invalid(fmt.Sprintf("Keys are valid for 1 to %d days at most; 0 sets no maximum.", MaxKeyDays))
	}
	on(ctx, c.String(), fmt.Sprintf("%s, keys valid for at most %d days, secrets shown once: %v", name, in.MaxKeyDays, in.SecretsOnce))
	err := s.update(ctx, c, contractRoute, func(tx meta.Tx) error {
		row, err := get[contractRow](tx, contractKey)
		if err != nil {
			return err
		}
		row.Name, row.MaxKeyDays, row.SecretsOnce = name, in.MaxKeyDays, in.SecretsOnce
		return put(tx, contractKey, row)
	})
	if err != nil {
		return nil, errs.Wrap("iam.UpdateContract", err)
	}
	return s.contract(ctx, c)
}
