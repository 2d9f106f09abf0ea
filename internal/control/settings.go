package control

import (
	"context"
	"net/http"

	"coffer/internal/api/console"
	"coffer/internal/iam"
	"coffer/internal/ident"
)

func settingsWire(c *iam.Contract) console.ContractSettings {
	out := console.ContractSettings{Number: ptr(int32(c.ID)), Name: c.Name, Secrets: console.Retrievable, MaxKeyDays: c.MaxKeyDays}
	if c.SecretsOnce {
		out.Secrets = console.Once
	}
	return out
}

func (s *consoleAPI) ConsoleContract(w http.ResponseWriter, r *http.Request, p console.ConsoleContractParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, id ident.ContractID) error {
		c, err := s.cfg.IAM.Contract(ctx, a, id)
		if err != nil {
			return err
		}
		s.write(w, r, http.StatusOK, settingsWire(c))
		return nil
	})
}

func (s *consoleAPI) ConsoleContractUpdate(w http.ResponseWriter, r *http.Request, p console.ConsoleContractUpdateParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, id ident.ContractID) error {
		var in console.ContractSettings
		if err := decode(w, r, &in, refuseUnknown); err != nil {
			return err
		}
		if in.Secrets != console.Retrievable && in.Secrets != console.Once {
			return invalid("Field secrets: %.40q is none of retrievable and once.", in.Secrets)
		}
		c, err := s.cfg.IAM.UpdateContract(ctx, a, id, in.Name, iam.Settings{MaxKeyDays: in.MaxKeyDays, SecretsOnce: in.Secrets == console.Once})
		if err != nil {
			return err
		}
		s.write(w, r, http.StatusOK, settingsWire(c))
		return nil
	})
}
