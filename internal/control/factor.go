package control

import (
	"context"
	"net/http"

	"coffer/internal/api/console"
	"coffer/internal/iam"
	"coffer/internal/ident"
)

// ConsoleSecondFactorBegin, like what changes the factor below, needs a console session: a token that was stolen must not be able to
// lock its user out.
func (s *consoleAPI) ConsoleSecondFactorBegin(w http.ResponseWriter, r *http.Request) {
	c := callOf(r)
	err := sessionOnly(c)
	var e *iam.Enrolment
	if err == nil {
		e, err = s.cfg.IAM.BeginSecondFactor(r.Context(), c.actor)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, r, http.StatusOK, console.Enrolment{Secret: e.Secret, Url: e.URL})
}

// factorCode reads the code that a body holds.
func (s *consoleAPI) factorCode(w http.ResponseWriter, r *http.Request) (string, error) {
	var in console.FactorCode
	err := sessionOnly(callOf(r))
	if err == nil {
		err = decode(w, r, &in, refuseUnknown)
	}
	if err == nil && in.Code == "" {
		err = invalid("Field code is needed: what the authenticator program shows.")
	}
	return in.Code, err
}

func (s *consoleAPI) ConsoleSecondFactorConfirm(w http.ResponseWriter, r *http.Request) {
	code, err := s.factorCode(w, r)
	var recovery []string
	if err == nil {
		recovery, err = s.cfg.IAM.ConfirmSecondFactor(r.Context(), callOf(r).actor, code)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, r, http.StatusOK, console.RecoveryCodes{RecoveryCodes: recovery})
}

func (s *consoleAPI) ConsoleSecondFactorDisable(w http.ResponseWriter, r *http.Request) {
	code, err := s.factorCode(w, r)
	if err == nil {
		err = s.cfg.IAM.DisableSecondFactor(r.Context(), callOf(r).actor, code)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *consoleAPI) ConsoleSecondFactorReset(w http.ResponseWriter, r *http.Request, user console.UserId, p console.ConsoleSecondFactorResetParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		if err := s.cfg.IAM.ResetSecondFactor(ctx, a, c, ident.UserID(user.String())); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
}
