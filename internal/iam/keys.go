package iam

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/names"
)

// Length of an imported secret, in characters.
const (
	MinSecret = 8
	MaxSecret = 128
)

// keysOf reads a user's keys; none is fine.
func (s *Service) keysOf(ctx context.Context, c ident.ContractID, u ident.UserID) (*keysRow, error) {
	var row *keysRow
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) (err error) {
		row, err = getOr[keysRow](r, userKey(kindKeys, u))
		return err
	})
	return row, err
}

// keyNames are the names that a key has in the directory.
func keyNames(user reference, id ident.KeyID, k ident.AccessKey) []name {
	user.key = id
	ref := user.String()
	return []name{{names.AccessKeys, string(k), ref}, {names.KeyIDs, string(id), ref}}
}

// key is what the API shows of a key.
func (r *keyRow) key(p *authz.Principal) Key {
	return Key{ID: r.ID, AccessKey: r.AccessKey, User: p.User, Contract: p.Contract, Description: r.Description, Active: r.Active, Expires: r.Expires,
		Validity: r.Validity, Administrative: r.Validity == authz.AllBuckets && p.Role >= authz.Administrator, Canonical: p.Canonical,
		Created: r.Created, Modified: r.Modified, CreatedBy: r.CreatedBy, ModifiedBy: r.ModifiedBy, Revision: r.Revision}
}

// newKey is a key about to be made.
type newKey struct {
	NewKey
	id     ident.KeyID
	access ident.AccessKey
	secret string
}

// CreateKey implements API.
func (s *Service) CreateKey(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID, description string) (*KeyPair, error) {
	return s.MakeKey(ctx, a, c, u, NewKey{Description: description})
}

// MakeKey implements API.
func (s *Service) MakeKey(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID, in NewKey) (*KeyPair, error) {
	p, who, err := s.about(ctx, a, authz.CreateKey, c, u)
	if err != nil {
		return nil, err
	}
	id, err := ident.NewKeyID(s.cfg.Rand)
	if err != nil {
		return nil, err
	}
	kp, err := s.generate(ctx, p, who, id, in)
	return kp, errs.Wrap("iam.CreateKey", err)
}

// generate makes a key of our form with a given id.
func (s *Service) generate(ctx context.Context, by authz.Principal, who *person, id ident.KeyID, in NewKey) (*KeyPair, error) {
	access, err := ident.NewAccessKey(s.cfg.Rand)
	if err != nil {
		return nil, err
	}
	secret, err := ident.NewSecret(s.cfg.Rand)
	if err != nil {
		return nil, err
	}
	return s.addKey(ctx, by, who, newKey{id: id, access: access, secret: secret, NewKey: in})
}

// addKey adds a key to a user. The user's keys are one row, so that two callers racing for the fifth can't both have it.
func (s *Service) addKey(ctx context.Context, by authz.Principal, who *person, n newKey) (*KeyPair, error) {
	if err := checkText("The description", n.Description, MaxDescription); err != nil {
		return nil, err
	}
	c, u := who.principal.Contract, who.principal.User
	var err error
	if n.Expires, err = s.expiry(ctx, c, n.Expires, n.Never); err != nil {
		return nil, err
	}
	sealed, err := s.cfg.Keyring.Seal([]byte(n.secret), secretAAD(c, u, n.id, n.access))
	if err != nil {
		return nil, err
	}
	for range 3 {
		var kp *KeyPair
		kp, err = s.tryAddKey(ctx, by, who, n, sealed)
		if err == nil || errs.CodeOf(err) != movedOn {
			return kp, err
		}
		if who, err = s.person(ctx, c, u); err != nil {
			return nil, err
		}
	}
	return nil, err
}

func (s *Service) tryAddKey(ctx context.Context, by authz.Principal, who *person, n newKey, sealed []byte) (*KeyPair, error) {
	c, u := who.principal.Contract, who.principal.User
	ref := reference{contract: c, user: u}
	// Read before any name is taken: a full user must not cost anything. The update asks again.
	if have, err := s.keysOf(ctx, c, u); err != nil {
		return nil, err
	} else if len(have.Keys) >= MaxKeys {
		return nil, errTooManyKeys(u)
	}
	take := keyNames(ref, n.id, n.access)
	canonical := who.row.Canonical
	if canonical == "" {
		var err error
		if canonical, err = ident.NewCanonicalID(s.cfg.Rand); err != nil {
			return nil, err
		}
		take = append(take, name{names.Canonicals, string(canonical), ref.String()})
	}
	on(ctx, string(n.id), strings.TrimSpace(n.Description+until(n.Expires)))
	now := s.now()
	row := keyRow{ID: n.id, AccessKey: n.access, Secret: sealed, Description: n.Description, Active: true, Validity: n.Validity, Expires: n.Expires,
		Created: now, CreatedBy: by.User, Modified: now, ModifiedBy: by.User, Revision: 1}
	err := s.change(ctx, c, userRoute(u), take, nil, func(tx meta.Tx) error {
		user, err := aliveUser(tx, u)
		if err != nil {
			return err
		}
		if user.Canonical != who.row.Canonical {
			return errMovedOn() // the other of two first keys was faster
		}
		keys, err := getOr[keysRow](tx, userKey(kindKeys, u))
		if err != nil {
			return err
		}
		if len(keys.Keys) >= MaxKeys {
			return errTooManyKeys(u)
		}
		if slices.ContainsFunc(keys.Keys, func(k keyRow) bool { return k.ID == n.id }) {
			return errs.New(errs.Exists, "", "The user has a key with this id.")
		}
		keys.Keys = append(keys.Keys, row)
		if user.Canonical == "" {
			user.Canonical, user.Modified, user.Revision = canonical, now, user.Revision+1
			if err := put(tx, userKey(kindUser, u), user); err != nil {
				return err
			}
		}
		return put(tx, userKey(kindKeys, u), keys)
	})
	if err != nil {
		return nil, err
	}
	p := who.principal
	p.Canonical = canonical
	return &KeyPair{Key: row.key(&p), Secret: n.secret}, nil
}

func errTooManyKeys(u ident.UserID) error {
	return errs.New(errs.Limit, TooManyKeys, "A user has at most five access keys, active and inactive together; delete one first.").On(errs.Subject(u))
}

// Keys implements API: the oldest first.
func (s *Service) Keys(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID) ([]*Key, error) {
	_, who, err := s.about(ctx, a, authz.ListKeys, c, u)
	if err != nil {
		return nil, err
	}
	row, err := s.keysOf(ctx, c, u)
	if err != nil {
		return nil, errs.Wrap("iam.Keys", err)
	}
	all := make([]*Key, 0, len(row.Keys))
	for i := range row.Keys {
		k := row.Keys[i].key(&who.principal)
		all = append(all, &k)
	}
	return all, nil
}

// AllKeys implements API.
func (s *Service) AllKeys(ctx context.Context, a Actor, c ident.ContractID) ([]*Key, error) {
	if _, err := s.authorize(ctx, a, authz.ListUsers, &authz.Target{Contract: c}); err != nil {
		return nil, err
	}
	var all []*Key
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) error {
		all = nil
		return scan(r, kindKeys, func(route meta.Route, _ string, keys *keysRow) error {
			u := userOf(route)
			row, err := get[userRow](r, userKey(kindUser, u))
			if errors.Is(err, errs.NotFound) || err == nil && row.Life != alive {
				return nil
			}
			if err != nil {
				return err
			}
			// Of whose a key is, its row's validity and the user's role decide what is shown, and no group does.
			p := &authz.Principal{Contract: c, User: u, Canonical: row.Canonical, Role: row.Role}
			for i := range keys.Keys {
				k := keys.Keys[i].key(p)
				all = append(all, &k)
			}
			return nil
		})
	})
	slices.SortFunc(all, func(a, b *Key) int {
		return cmp.Or(a.Created.Compare(b.Created), strings.Compare(string(a.ID), string(b.ID)))
	})
	return all, errs.Wrap("iam.AllKeys", err)
}

func errNoKey(subject string) error {
	if len(subject) > ident.MaxAccessKey {
		subject = ""
	}
	return errs.New(errs.NotFound, "NoSuchKeyPair", "The access key cannot be found, please double-check the key id and try again.").On(errs.Subject(subject))
}

// keyOwner returns whose a key id is in a contract, or errs.NotFound.
func (s *Service) keyOwner(ctx context.Context, c ident.ContractID, id ident.KeyID) (ident.UserID, error) {
	ref, err := s.lookup(ctx, names.KeyIDs, string(id))
	if errors.Is(err, errs.NotFound) || err == nil && ref.contract != c {
		return "", errNoKey(string(id))
	}
	return ref.user, err
}

// aboutKey decides whether the actor may do something to a key. Of a key that is somebody else's, who may not is told that it does
// not exist.
func (s *Service) aboutKey(ctx context.Context, a Actor, act authz.Action, c ident.ContractID, id ident.KeyID) (authz.Principal, *person, error) {
	u, lost := s.keyOwner(ctx, c, id)
	if lost != nil && !errors.Is(lost, errs.NotFound) {
		return authz.Principal{}, nil, lost
	}
	if lost != nil {
		u = a.User // may they ask about a key of their own?
		if a.Operator {
			return authz.Principal{}, nil, lost
		}
	}
	p, who, err := s.about(ctx, a, act, c, u)
	on(ctx, string(id), "")
	switch {
	case err == nil && lost != nil:
		return p, nil, lost
	case errors.Is(err, errs.Denied) && u != a.User && !a.Operator && p.Role < authz.Administrator:
		return p, nil, errNoKey(string(id))
	}
	return p, who, err
}

// readKey returns a key's row, or errs.NotFound.
func (s *Service) readKey(ctx context.Context, who *person, match func(*keyRow) bool, subject string) (*keyRow, error) {
	keys, err := s.keysOf(ctx, who.principal.Contract, who.principal.User)
	if err != nil {
		return nil, err
	}
	for i := range keys.Keys {
		if match(&keys.Keys[i]) {
			return &keys.Keys[i], nil
		}
	}
	return nil, errNoKey(subject)
}

func byID(id ident.KeyID) func(*keyRow) bool { return func(r *keyRow) bool { return r.ID == id } }

// Key implements API.
func (s *Service) Key(ctx context.Context, a Actor, c ident.ContractID, id ident.KeyID) (*Key, error) {
	_, who, err := s.aboutKey(ctx, a, authz.GetKey, c, id)
	if err != nil {
		return nil, err
	}
	row, err := s.readKey(ctx, who, byID(id), string(id))
	if err != nil {
		return nil, errs.Wrap("iam.Key", err)
	}
	k := row.key(&who.principal)
	return &k, nil
}

// KeyByAccessKey implements API.
func (s *Service) KeyByAccessKey(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID, access ident.AccessKey) (*Key, error) {
	_, who, err := s.about(ctx, a, authz.GetKey, c, u)
	if err != nil {
		return nil, err
	}
	row, err := s.readKey(ctx, who, func(r *keyRow) bool { return r.AccessKey == access }, string(access))
	if err != nil {
		return nil, errs.Wrap("iam.KeyByAccessKey", err)
	}
	k := row.key(&who.principal)
	return &k, nil
}

// KeySecret implements API.
func (s *Service) KeySecret(ctx context.Context, a Actor, c ident.ContractID, id ident.KeyID) (*KeyPair, error) {
	_, who, err := s.aboutKey(ctx, a, authz.ReadSecret, c, id)
	if err != nil {
		return nil, err
	}
	row, err := s.readKey(ctx, who, byID(id), string(id))
	if err != nil {
		return nil, errs.Wrap("iam.KeySecret", err)
	}
	contract, err := s.contract(ctx, c)
	if err != nil {
		return nil, err
	}
	if contract.SecretsOnce {
		return nil, errs.New(errs.Denied, SecretsOnce, "This contract shows a secret when it is made, and never again: renew the key for a new one.").On(errs.Subject(row.AccessKey))
	}
	kp, err := s.openRecorded(ctx, who, row)
	return kp, errs.Wrap("iam.KeySecret", err)
}

// openRecorded opens a key's secret, and records it before it is handed out: a secret whose use could not be recorded is not used.
func (s *Service) openRecorded(ctx context.Context, who *person, row *keyRow) (*KeyPair, error) {
	c, u := who.principal.Contract, who.principal.User
	secret, err := s.cfg.Keyring.Open(row.Secret, secretAAD(c, u, row.ID, row.AccessKey))
	if err != nil {
		return nil, err
	}
	on(ctx, string(row.ID), "")
	if err := s.perform(ctx, c, userRoute(u), func(meta.Tx) error { return nil }); err != nil {
		return nil, err
	}
	return &KeyPair{Key: row.key(&who.principal), Secret: string(secret)}, nil
}

// SigningKey implements API.
func (s *Service) SigningKey(ctx context.Context, a Actor, access ident.AccessKey) (*KeyPair, error) {
	_, who, err := s.about(ctx, a, authz.ReadSecret, a.Contract, a.User)
	if err != nil {
		return nil, err
	}
	row, err := s.readKey(ctx, who, func(r *keyRow) bool { return r.AccessKey == access }, string(access))
	if err != nil {
		return nil, errs.Wrap("iam.SigningKey", err)
	}
	if !row.Active || row.expired(s.cfg.Clock()) {
		return nil, invalid("The key is inactive or has expired: activate or renew it, or name another.")
	}
	intend(ctx, a, SignLinkAct, &authz.Target{Contract: a.Contract, User: a.User})
	kp, err := s.openRecorded(ctx, who, row)
	return kp, errs.Wrap("iam.SigningKey", err)
}

// editKey changes one key of a user in one update.
func (s *Service) editKey(ctx context.Context, by authz.Principal, who *person, id ident.KeyID, fn func(*keyRow)) (*Key, error) {
	c, u := who.principal.Contract, who.principal.User
	now := s.now()
	var k Key
	err := s.update(ctx, c, userRoute(u), func(tx meta.Tx) error {
		keys, err := getOr[keysRow](tx, userKey(kindKeys, u))
		if err != nil {
			return err
		}
		i := slices.IndexFunc(keys.Keys, func(r keyRow) bool { return r.ID == id })
		if i < 0 {
			return errNoKey(string(id))
		}
		row := &keys.Keys[i]
		fn(row)
		row.Modified, row.ModifiedBy, row.Revision = now, by.User, row.Revision+1
		k = row.key(&who.principal)
		return put(tx, userKey(kindKeys, u), keys)
	})
	if err != nil {
		return nil, err
	}
	return &k, nil
}

// ChangeKey implements API.
func (s *Service) ChangeKey(ctx context.Context, a Actor, c ident.ContractID, id ident.KeyID, in KeyChange) (*Key, error) {
	p, who, err := s.aboutKey(ctx, a, authz.UpdateKey, c, id)
	if err != nil {
		return nil, err
	}
	k, err := s.changeKey(ctx, p, who, id, in)
	return k, errs.Wrap("iam.ChangeKey", err)
}

// changeKey checks all of a change, then makes it in one update.
func (s *Service) changeKey(ctx context.Context, by authz.Principal, who *person, id ident.KeyID, in KeyChange) (*Key, error) {
	var detail []string
	if in.Active != nil {
		detail = append(detail, map[bool]string{true: "active", false: "inactive"}[*in.Active])
	}
	if in.Description != nil {
		if err := checkText("The description", *in.Description, MaxDescription); err != nil {
			return nil, err
		}
		detail = append(detail, "description: "+*in.Description)
	}
	expires := in.Never || !in.Expires.IsZero()
	if expires {
		var err error
		if in.Expires, err = s.expiry(ctx, who.principal.Contract, in.Expires, in.Never); err != nil {
			return nil, err
		}
		detail = append(detail, map[bool]string{true: "never expires", false: "valid" + until(in.Expires)}[in.Never])
	}
	on(ctx, string(id), strings.Join(detail, ", "))
	now := s.now()
	return s.editKey(ctx, by, who, id, func(r *keyRow) {
		r.Active, r.Description = or(in.Active, r.Active), or(in.Description, r.Description)
		if expires {
			r.Expires, r.Issued = in.Expires, now
		}
	})
}

// RenewKey implements API. A renewed key is valid for all buckets, as a new one is (K9, K23), and for as long again as it was made for,
// within what the contract allows by now.
func (s *Service) RenewKey(ctx context.Context, a Actor, c ident.ContractID, id ident.KeyID) (*KeyPair, error) {
	p, who, err := s.aboutKey(ctx, a, authz.RenewKey, c, id)
	if err != nil {
		return nil, err
	}
	row, err := s.readKey(ctx, who, byID(id), string(id))
	if err != nil {
		return nil, errs.Wrap("iam.RenewKey", err)
	}
	secret, err := ident.NewSecret(s.cfg.Rand)
	if err != nil {
		return nil, err
	}
	sealed, err := s.cfg.Keyring.Seal([]byte(secret), secretAAD(c, who.principal.User, id, row.AccessKey))
	if err != nil {
		return nil, err
	}
	contract, err := s.contract(ctx, c)
	if err != nil {
		return nil, err
	}
	now := s.now()
	on(ctx, string(id), strings.TrimSpace(until(row.renewed(now, contract.MaxKeyDays))))
	k, err := s.editKey(ctx, p, who, id, func(r *keyRow) {
		r.Secret, r.Validity = sealed, authz.AllBuckets
		r.Issued, r.Expires = now, r.renewed(now, contract.MaxKeyDays)
	})
	if err != nil {
		return nil, errs.Wrap("iam.RenewKey", err)
	}
	return &KeyPair{Key: *k, Secret: secret}, nil
}

// EnsureKey implements API.
func (s *Service) EnsureKey(ctx context.Context, a Actor, id ident.KeyID, in NewKey) (*KeyPair, bool, error) {
	taken := errs.New(errs.Exists, "", "This id belongs to a key of somebody else; choose another UUID.").On(errs.Subject(id))
	p, who, err := s.about(ctx, a, authz.CreateKey, a.Contract, a.User)
	if err != nil {
		return nil, false, err
	}
	if id, err = ident.ParseKeyID(string(id)); err != nil {
		return nil, false, err
	}
	defer s.turns.take("key id " + string(id))() // who asks for the same id at the same moment finds the key
	ref, err := s.lookup(ctx, names.KeyIDs, string(id))
	switch {
	case err == nil && (ref.contract != a.Contract || ref.user != a.User):
		return nil, false, taken
	case err == nil:
		k, err := s.ChangeKey(ctx, a, a.Contract, id, KeyChange{Description: &in.Description, Expires: in.Expires, Never: in.Never})
		if err != nil {
			return nil, false, errs.Wrap("iam.EnsureKey", err)
		}
		return &KeyPair{Key: *k}, false, nil
	case !errors.Is(err, errs.NotFound):
		return nil, false, errs.Wrap("iam.EnsureKey", err)
	}
	kp, err := s.generate(ctx, p, who, id, in)
	if errors.Is(err, errs.Exists) {
		return nil, false, taken
	}
	return kp, err == nil, errs.Wrap("iam.EnsureKey", err)
}

// DeleteKey implements API.
func (s *Service) DeleteKey(ctx context.Context, a Actor, c ident.ContractID, id ident.KeyID) error {
	defer s.turns.take("key id " + string(id))() // who ensures it at the same moment finds it there or gone
	_, who, err := s.aboutKey(ctx, a, authz.DeleteKey, c, id)
	if err != nil {
		return err
	}
	u := who.principal.User
	row, err := s.readKey(ctx, who, byID(id), string(id))
	if err != nil {
		return errs.Wrap("iam.DeleteKey", err)
	}
	owned, err := s.cfg.Buckets.CountBuckets(ctx, c, u)
	if err != nil {
		return errs.Wrap("iam.DeleteKey", err)
	}
	drop := keyNames(reference{contract: c, user: u}, id, row.AccessKey)
	on(ctx, string(id), "")
	err = s.change(meta.Freeing(ctx), c, userRoute(u), nil, drop, func(tx meta.Tx) error {
		keys, err := getOr[keysRow](tx, userKey(kindKeys, u))
		if err != nil {
			return err
		}
		i := slices.IndexFunc(keys.Keys, func(r keyRow) bool { return r.ID == id })
		switch {
		case i < 0:
			return errNoKey(string(id))
		case len(keys.Keys) == 1 && owned > 0:
			return errs.New(errs.Conflict, LastKey, "This is the user's only access key, and the user owns buckets: deactivate it, generate another key first, or delete the buckets first.").On(errs.Subject(row.AccessKey))
		}
		keys.Keys = slices.Delete(keys.Keys, i, i+1)
		if len(keys.Keys) == 0 {
			return tx.Delete(userKey(kindKeys, u))
		}
		return put(tx, userKey(kindKeys, u), keys)
	})
	return errs.Wrap("iam.DeleteKey", err)
}

// ImportKey implements API.
func (s *Service) ImportKey(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID, k ident.AccessKey, secret string, in NewKey) (*Key, error) {
	p, who, err := s.about(ctx, a, authz.ImportKey, c, u)
	if err != nil {
		return nil, err
	}
	if k, err = ident.ParseAccessKey(string(k)); err != nil {
		return nil, err
	}
	if k.IsSessionKey() {
		return nil, invalid("Access keys that begin with " + ident.SessionKeyPrefix + " are those of console sessions; import another.")
	}
	if len(secret) < MinSecret || len(secret) > MaxSecret || strings.ContainsFunc(secret, func(r rune) bool { return r < '!' || r > '~' }) {
		return nil, invalid("A secret key has 8 to 128 printable ASCII characters without spaces.")
	}
	if !who.principal.ObjectStorage {
		return nil, errs.New(errs.Denied, NoPrivilege, "The user needs to be part of a group that has ACCESS_S3_OBJECT_STORAGE privilege")
	}
	id, err := ident.NewKeyID(s.cfg.Rand)
	if err != nil {
		return nil, err
	}
	kp, err := s.addKey(ctx, p, who, newKey{id: id, access: k, secret: secret, NewKey: in})
	if errors.Is(err, errs.Exists) {
		return nil, errs.New(errs.Exists, "", "This access key is in use already.").On(errs.Subject(k))
	}
	if err != nil {
		return nil, errs.Wrap("iam.ImportKey", err)
	}
	return &kp.Key, nil
}
