package iam

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"strings"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/names"
)

// reference is what a mail address, access key, canonical id or key id stands for: contract, user and, of keys, the key.
type reference struct {
	contract ident.ContractID
	user     ident.UserID
	key      ident.KeyID
}

func (r reference) String() string {
	s := r.contract.String() + "/" + string(r.user)
	if r.key != "" {
		s += "/" + string(r.key)
	}
	return s
}

func parseReference(s string) (reference, error) {
	parts := strings.Split(s, "/")
	var r reference
	var err error
	if len(parts) == 2 || len(parts) == 3 {
		if r.contract, err = ident.ParseContractID(parts[0]); err == nil {
			r.user, err = ident.ParseUserID(parts[1])
		}
		if err == nil && len(parts) == 3 {
			r.key, err = ident.ParseKeyID(parts[2])
		}
		if err == nil {
			return r, nil
		}
	}
	return reference{}, errs.New(errs.Corrupt, "", "An entry of the directory of names can't be read.").Because(err)
}

// lookup returns what an active name stands for, or errs.NotFound.
func (s *Service) lookup(ctx context.Context, sp names.Space, n string) (reference, error) {
	e, err := s.names.Lookup(ctx, sp, n)
	if err != nil {
		return reference{}, err
	}
	if e.State != names.Active {
		return reference{}, errs.New(errs.NotFound, "", "")
	}
	return parseReference(string(e.Value))
}

// change commits rows of one route together with the names that come and go with them. Names to be made are reserved first, under
// a recorded intent; the update that writes the rows settles the intent; then names become active or free. Whatever interrupts it,
// Recover ends with either all of it or nothing. When it returns, what the change took away is refused and what it gave works.
func (s *Service) change(ctx context.Context, c ident.ContractID, route meta.Route, make, drop []name, fn func(meta.Tx) error) error {
	defer s.epochs.bump(c)
	if len(make) == 0 && len(drop) == 0 {
		return s.update(ctx, c, route, fn)
	}
	id, err := s.newIntentID()
	if err != nil {
		return err
	}
	key := intentKey(route, id)
	if err := s.reserve(ctx, c, key, make); err != nil {
		return err
	}
	// From here on the outcome must be known, even when the caller goes away.
	ctx = context.WithoutCancel(ctx)
	refused := stillMay(ctx)
	if refused != nil && len(make) > 0 {
		s.tidy(ctx, c, key, &intentRow{Make: make})
	}
	if refused != nil {
		return refused
	}
	err = s.record(ctx, c, route, func(tx meta.Tx) error {
		if refused = fn(tx); refused != nil {
			return refused
		}
		return put(tx, key, &intentRow{Done: true, Make: make, Drop: drop})
	})
	if err != nil {
		if refused == nil {
			return err // the store failed and nobody knows whether it is committed: Recover finds out
		}
		if len(make) > 0 {
			s.tidy(ctx, c, key, &intentRow{Make: make})
		}
		return err
	}
	return s.settle(ctx, c, key, &intentRow{Done: true, Make: make, Drop: drop})
}

// update changes rows of one route where the actor still may, with the record of the act, and makes every cached identity of the contract look again.
func (s *Service) update(ctx context.Context, c ident.ContractID, route meta.Route, fn func(meta.Tx) error) error {
	defer s.epochs.bump(c)
	return s.perform(ctx, c, route, fn)
}

func (s *Service) newIntentID() (string, error) {
	var b [8]byte
	if _, err := io.ReadFull(s.cfg.Rand, b[:]); err != nil {
		return "", errs.Fault("iam.change", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// reserve takes the names for a change to come, after it recorded which; when one is taken, all are given back.
func (s *Service) reserve(ctx context.Context, c ident.ContractID, intent meta.Key, make []name) error {
	if len(make) == 0 {
		return nil
	}
	row := &intentRow{Make: make}
	if err := s.cfg.Meta.Update(ctx, partition(c), intent.Route, func(tx meta.Tx) error { return put(tx, intent, row) }); err != nil {
		return err
	}
	for _, n := range make {
		if err := s.names.Reserve(ctx, n.Space, n.Name, n.claim(intent)); err != nil {
			s.tidy(context.WithoutCancel(ctx), c, intent, row)
			return err
		}
	}
	return nil
}

// claim is what a name is reserved for: two changes of one user that want the same name at a time are not the same.
func (n *name) claim(intent meta.Key) []byte { return []byte(n.Value + "#" + intent.Tail) }

// tidy undoes an intent whose change was refused. What fails is left to Recover: the names stay reserved until then.
func (s *Service) tidy(ctx context.Context, c ident.ContractID, intent meta.Key, row *intentRow) {
	if err := s.settle(ctx, c, intent, row); err != nil {
		s.cfg.Log.Warn("an interrupted change of people or keys is finished at the next start", "contract", c.String(), "error", err)
	}
}

// settle does what an intent says, as often as it takes, and removes it.
func (s *Service) settle(ctx context.Context, c ident.ContractID, intent meta.Key, row *intentRow) error {
	end := s.names.Cancel
	if row.Done {
		end = s.names.Confirm
	}
	for _, n := range row.Make {
		if err := end(ctx, n.Space, n.Name, n.claim(intent), []byte(n.Value)); err != nil {
			return errs.Wrap("iam.settle", err)
		}
	}
	for _, n := range row.Drop {
		if err := s.names.Release(ctx, n.Space, n.Name, []byte(n.Value)); err != nil {
			return errs.Wrap("iam.settle", err)
		}
	}
	s.epochs.bumpUnknown()
	return s.cfg.Meta.Update(meta.Freeing(ctx), partition(c), intent.Route, func(tx meta.Tx) error { return tx.Delete(intent) })
}

// Recover finishes what a crash interrupted. It is called once, before the listeners open, and may be called again after a failure.
func (s *Service) Recover(ctx context.Context) error {
	contracts, err := s.partitions(ctx)
	if err != nil {
		return errs.Wrap("iam.Recover", err)
	}
	for _, c := range contracts {
		if err := s.recoverContract(ctx, c); err != nil {
			return errs.Wrap("iam.Recover", err)
		}
		s.epochs.bump(c)
	}
	return nil
}

// pending is what a crash left half done in a contract.
type pending struct {
	intents map[meta.Key]*intentRow
	users   []ident.UserID  // being deleted
	groups  []ident.GroupID // being deleted
	owner   *contractRow    // of a contract that is being made
}

func (s *Service) recoverContract(ctx context.Context, c ident.ContractID) error {
	p, err := s.findPending(ctx, c)
	if err != nil {
		return err
	}
	for k, row := range p.intents {
		if err := s.settle(ctx, c, k, row); err != nil {
			return err
		}
	}
	for _, g := range p.groups {
		if err := s.finishGroup(ctx, c, g); err != nil {
			return err
		}
	}
	for _, u := range p.users {
		if err := s.finishUser(ctx, c, u); err != nil && !errors.Is(err, errs.Conflict) {
			return err
		}
	}
	if p.owner != nil {
		return s.finishContract(ctx, c, p.owner.Owner)
	}
	return nil
}

func (s *Service) findPending(ctx context.Context, c ident.ContractID) (*pending, error) {
	p := &pending{intents: map[meta.Key]*intentRow{}}
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) error {
		if err := scan(r, kindIntent, func(route meta.Route, tail string, v *intentRow) error {
			p.intents[intentKey(route, tail)] = v
			return nil
		}); err != nil {
			return err
		}
		if err := scan(r, kindUser, func(route meta.Route, _ string, v *userRow) error {
			if v.Life == deleting {
				p.users = append(p.users, userOf(route))
			}
			return nil
		}); err != nil {
			return err
		}
		if err := scan(r, kindGroup, func(route meta.Route, _ string, v *groupRow) error {
			if v.Life == deleting {
				p.groups = append(p.groups, groupOf(route))
			}
			return nil
		}); err != nil {
			return err
		}
		row, err := get[contractRow](r, meta.Key{Kind: kindContract, Route: contractRoute})
		if errors.Is(err, errs.NotFound) {
			return nil
		}
		if err == nil && row.Life == making {
			p.owner = row
		}
		return err
	})
	return p, err
}

// partitions lists the contracts that have rows, also those being made.
func (s *Service) partitions(ctx context.Context) ([]ident.ContractID, error) {
	var all []ident.ContractID
	cursor := meta.Partition("")
	for {
		page, next, err := s.cfg.Meta.Partitions(ctx, "c/", cursor, 1000)
		if err != nil {
			return nil, err
		}
		for _, p := range page {
			if c, err := ident.ParseContractID(strings.TrimPrefix(string(p), "c/")); err == nil {
				all = append(all, c)
			}
		}
		if next == "" {
			return all, nil
		}
		cursor = next
	}
}
