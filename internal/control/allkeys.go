package control

import (
	"context"
	"net/http"

	"coffer/internal/api/console"
	"coffer/internal/iam"
	"coffer/internal/ident"
	"coffer/internal/usage"
)

// Windows of the list of a contract's keys.
const (
	allKeysLimit    = 1000
	allKeysMaxLimit = 10_000
)

func (s *consoleAPI) ConsoleKeys(w http.ResponseWriter, r *http.Request, p console.ConsoleKeysParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		at, err := newSpan(p.Offset, p.Limit, allKeysLimit, allKeysMaxLimit)
		if err != nil {
			return err
		}
		keys, err := s.cfg.IAM.AllKeys(ctx, a, c)
		if err != nil {
			return err
		}
		out := console.ContractKeyList{Items: []console.ContractKey{}, Total: len(keys)}
		uses := map[ident.UserID]map[ident.AccessKey]usage.LastUse{}
		for _, k := range cut(keys, at) {
			last, known := uses[k.User]
			if !known {
				if last, err = s.lastUses(ctx, c, k.User); err != nil {
					return err
				}
				uses[k.User] = last
			}
			out.Items = append(out.Items, contractKey(k, last))
		}
		s.write(w, r, http.StatusOK, out)
		return nil
	})
}

func contractKey(k *iam.Key, last map[ident.AccessKey]usage.LastUse) console.ContractKey {
	out := console.ContractKey{
		Id: uuidOf(string(k.ID)), AccessKey: string(k.AccessKey), UserId: string(k.User), Description: k.Description, Active: k.Active,
		Administrative: k.Administrative, Validity: string(validity(k.Validity)), Created: stamp(k.Created),
	}
	if !k.Expires.IsZero() {
		out.Expires = ptr(stamp(k.Expires))
	}
	if u, ok := last[k.AccessKey]; ok {
		out.LastUsed, out.LastOperation = ptr(stamp(u.At)), &u.Operation
	}
	return out
}
