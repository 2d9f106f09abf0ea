package iam

import (
	"context"
	"strings"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// KeySecrets implements API. One record names all keys, so that a listing costs one write.
func (s *Service) KeySecrets(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID) ([]*KeyPair, error) {
	_, who, err := s.about(ctx, a, authz.ReadSecret, c, u)
	if err != nil {
		return nil, err
	}
	contract, err := s.contract(ctx, c)
	if err != nil {
		return nil, err
	}
	if contract.SecretsOnce {
		return nil, errs.New(errs.Denied, SecretsOnce, "This contract shows a secret when it is made, and never again.").On(errs.Subject(u))
	}
	rows, err := s.keysOf(ctx, c, u)
	if err != nil {
		return nil, errs.Wrap("iam.KeySecrets", err)
	}
	all := make([]*KeyPair, 0, len(rows.Keys))
	var ids []string
	for i := range rows.Keys {
		row := &rows.Keys[i]
		secret, err := s.cfg.Keyring.Open(row.Secret, secretAAD(c, u, row.ID, row.AccessKey))
		if err != nil {
			return nil, errs.Wrap("iam.KeySecrets", err)
		}
		all = append(all, &KeyPair{Key: row.key(&who.principal), Secret: string(secret)})
		ids = append(ids, string(row.ID))
	}
	if len(all) == 0 {
		return nil, nil
	}
	if len(ids) == 1 {
		on(ctx, ids[0], "")
	} else {
		on(ctx, "", strings.Join(ids, ", "))
	}
	if err := s.perform(ctx, c, userRoute(u), func(meta.Tx) error { return nil }); err != nil {
		return nil, errs.Wrap("iam.KeySecrets", err)
	}
	return all, nil
}
