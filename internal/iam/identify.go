package iam

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/names"
	"coffer/internal/seal"
)

// userKeyed addresses a user over all contracts.
type userKeyed struct {
	contract ident.ContractID
	user     ident.UserID
}

// person is a user with the rights that role and groups give, as last read. It is never changed.
type person struct {
	row       userRow
	groups    []ident.GroupID // those that exist
	principal authz.Principal // of a key valid for all buckets
}

// name is what listings show as the user's name.
func (p *person) name() string {
	if n := strings.TrimSpace(p.row.FirstName + " " + p.row.LastName); n != "" {
		return n
	}
	return string(p.row.Email)
}

// person returns a user, active or not, or errs.NotFound. Cached.
func (s *Service) person(ctx context.Context, c ident.ContractID, u ident.UserID) (*person, error) {
	k := userKeyed{c, u}
	if e := s.people.get(k); e != nil && e.fresh() {
		return e.value, nil
	}
	m := markOf(s.epochs.slot(c))
	var p *person
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) error {
		row, err := get[userRow](r, userKey(kindUser, u))
		if err != nil {
			return err
		}
		p, err = assemble(r, c, u, row, nil)
		return err
	})
	if errors.Is(err, errs.NotFound) || err == nil && p.row.Life != alive {
		return nil, errs.New(errs.NotFound, "", "There is no such user.").On(errs.Subject(u))
	}
	if err != nil {
		return nil, errs.Wrap("iam.person", err)
	}
	s.people.put(k, m, p)
	return p, nil
}

// assemble computes a user's rights. known are groups already read, or nil.
func assemble(r getter, c ident.ContractID, u ident.UserID, row *userRow, known map[ident.GroupID]*groupRow) (*person, error) {
	p := &person{row: *row, principal: authz.Principal{Contract: c, User: u, Canonical: row.Canonical, Role: row.Role}}
	p.principal.ObjectStorage = row.Role >= authz.Administrator
	for _, g := range row.Groups {
		group := known[g]
		if known == nil {
			var err error
			if group, err = get[groupRow](r, groupKey(g)); errors.Is(err, errs.NotFound) {
				continue
			} else if err != nil {
				return nil, err
			}
		}
		if group == nil || group.Life != alive {
			continue
		}
		p.groups = append(p.groups, g)
		p.principal.ObjectStorage = p.principal.ObjectStorage || slices.Contains(group.Privileges, ObjectStoragePrivilege)
		p.principal.ActivityLog = p.principal.ActivityLog || slices.Contains(group.Privileges, ActivityLogPrivilege)
	}
	return p, nil
}

// signer is what an access key stands for: an identity, or the reason it is refused for now.
type signer struct {
	identity *Identity
	refused  string    // for the log
	until    time.Time // zero: as long as nothing changes
}

// errUnknownKey is the one answer for every access key that does not count: before a signature verified, nothing more may be said.
func errUnknownKey(k ident.AccessKey, why string) error {
	e := errs.New(errs.Unauthenticated, "InvalidAccessKeyId", "The access key does not exist here, or is not active.")
	e.Err = errors.New(why)
	return e
}

// Identify implements API. A key in use costs no I/O; one that nobody has costs one read, then none until a key is made.
func (s *Service) Identify(ctx context.Context, k ident.AccessKey) (*Identity, error) {
	if e := s.keys.get(k); e != nil && e.fresh() && (e.value.until.IsZero() || s.cfg.Clock().Before(e.value.until)) {
		return e.value.answer(k)
	}
	if e := s.unknown.get(k); e != nil && e.fresh() {
		return nil, errUnknownKey(k, "unknown")
	}
	return s.identify(ctx, k)
}

func (g *signer) answer(k ident.AccessKey) (*Identity, error) {
	if g.identity == nil {
		return nil, errUnknownKey(k, g.refused)
	}
	return g.identity, nil
}

// identify reads what an access key stands for and remembers it.
func (s *Service) identify(ctx context.Context, k ident.AccessKey) (*Identity, error) {
	unknown := markOf(&s.epochs.unknown)
	ref, err := s.findKey(ctx, k)
	if errors.Is(err, errs.NotFound) {
		s.keys.drop(k)
		s.unknown.put(k, unknown, struct{}{})
		return nil, errUnknownKey(k, "unknown")
	}
	if err != nil {
		return nil, errs.Wrap("iam.Identify", err)
	}
	m := markOf(s.epochs.slot(ref.contract))
	g, err := s.signer(ctx, ref, k)
	if err != nil {
		return nil, errs.Wrap("iam.Identify", err)
	}
	if old := s.keys.get(k); old != nil && g.identity != nil && g.identity.same(old.value.identity) {
		g.identity = old.value.identity // keeps the signing keys derived so far
	}
	s.keys.put(k, m, g)
	return g.answer(k)
}

// findKey returns whose an access key is, or errs.NotFound.
func (s *Service) findKey(ctx context.Context, k ident.AccessKey) (reference, error) {
	if _, err := ident.ParseAccessKey(string(k)); err != nil {
		return reference{}, errs.New(errs.NotFound, "", "")
	}
	if k.IsSessionKey() {
		c, u, _, ok := k.SessionKeyParts()
		if !ok {
			return reference{}, errs.New(errs.NotFound, "", "")
		}
		// A user who does not exist is unknown, not refused: only what is in the store may take room among the known.
		if _, err := s.person(ctx, c, u); err != nil {
			return reference{}, err
		}
		return reference{contract: c, user: u}, nil
	}
	return s.lookup(ctx, names.AccessKeys, string(k))
}

// signer makes the identity of an access key, or says why there is none.
func (s *Service) signer(ctx context.Context, ref reference, k ident.AccessKey) (*signer, error) {
	who, err := s.person(ctx, ref.contract, ref.user)
	switch {
	case errors.Is(err, errs.NotFound):
		return &signer{refused: "the user is gone"}, nil
	case err != nil:
		return nil, err
	case !who.row.Active:
		return &signer{refused: "the user is deactivated"}, nil
	case !who.principal.ObjectStorage:
		return &signer{refused: "the user lacks the privilege Use Object Storage"}, nil
	}
	var secret []byte
	var until time.Time
	p := who.principal
	if k.IsSessionKey() {
		secret, until, err = s.sessionSecret(ctx, ref, k)
	} else {
		secret, p.Validity, until, err = s.keySecret(ctx, ref, k)
	}
	if errors.Is(err, errs.NotFound) {
		return &signer{refused: "the key is not active or has expired, or its session has ended"}, nil
	}
	if err != nil {
		return nil, err
	}
	i := &Identity{AccessKey: k, Principal: p, DisplayName: who.name(), Email: who.row.Email, secret: string(secret)}
	i.current = func() bool { return s.current(i) }
	return &signer{identity: i, until: until}, nil
}

// keySecret reads an active key's secret, validity and expiry, or errs.NotFound.
func (s *Service) keySecret(ctx context.Context, ref reference, k ident.AccessKey) ([]byte, authz.Validity, time.Time, error) {
	var row keyRow
	now := s.cfg.Clock()
	err := s.cfg.Meta.View(ctx, partition(ref.contract), func(r meta.Reader) error {
		keys, err := getOr[keysRow](r, userKey(kindKeys, ref.user))
		if err != nil {
			return err
		}
		for _, candidate := range keys.Keys {
			if candidate.AccessKey == k && candidate.Active && !candidate.expired(now) {
				row = candidate
				return nil
			}
		}
		return errs.NotFound
	})
	if err != nil {
		return nil, 0, time.Time{}, err
	}
	secret, err := s.cfg.Keyring.Open(row.Secret, secretAAD(ref.contract, ref.user, row.ID, row.AccessKey))
	return secret, row.Validity, row.Expires, err
}

// secretAAD binds a key's secret to its row.
func secretAAD(c ident.ContractID, u ident.UserID, id ident.KeyID, k ident.AccessKey) []byte {
	return seal.AAD("iam access key 1", c.String(), string(u), string(id), string(k))
}

// current reports whether an identity still has the rights and the secret it was made with; a new name or mail address changes neither.
func (s *Service) current(i *Identity) bool {
	again, err := s.Identify(context.Background(), i.AccessKey)
	return err == nil && (again == i || again.Principal == i.Principal && again.secret == i.secret)
}

// same reports whether two identities have the same rights, secret and name.
func (i *Identity) same(o *Identity) bool {
	return o != nil && i.Principal == o.Principal && i.secret == o.secret && i.DisplayName == o.DisplayName && i.Email == o.Email
}
