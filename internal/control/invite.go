package control

import (
	"context"
	"net/http"

	"coffer/internal/api/console"
	"coffer/internal/iam"
	"coffer/internal/ident"
)

// ConsoleInvite answers with a link whose token is the fragment: browsers do not send it, so that no proxy's log has it.
func (s *consoleAPI) ConsoleInvite(w http.ResponseWriter, r *http.Request, user console.UserId, p console.ConsoleInviteParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		token, until, err := s.cfg.IAM.Invite(ctx, a, c, ident.UserID(user.String()))
		if err != nil {
			return err
		}
		s.write(w, r, http.StatusCreated, console.Invitation{Link: s.own(callOf(r)).String() + "/invitation#" + token, Token: token, Expires: stamp(until)})
		return nil
	})
}

func (s *consoleAPI) ConsoleAcceptInvitation(w http.ResponseWriter, r *http.Request) {
	var in console.InvitationAccept
	err := decode(w, r, &in, refuseUnknown)
	if err == nil && (in.Token == "" || in.Password == "") {
		err = invalid("Fields token and password are needed.")
	}
	var mail ident.Email
	if err == nil {
		mail, err = s.cfg.IAM.AcceptInvitation(r.Context(), in.Token, in.Password, callOf(r).peer.source)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, r, http.StatusOK, console.Invited{Email: string(mail)})
}

// ConsoleHandOver hands a user's buckets over to another.
func (s *consoleAPI) ConsoleHandOver(w http.ResponseWriter, r *http.Request, user console.UserId, p console.ConsoleHandOverParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		var in console.Handover
		if err := decode(w, r, &in, refuseUnknown); err != nil {
			return err
		}
		n, err := s.cfg.IAM.HandOver(ctx, a, c, ident.UserID(user.String()), ident.UserID(in.To.String()))
		if err != nil {
			return err
		}
		s.write(w, r, http.StatusOK, console.HandedOver{Buckets: n})
		return nil
	})
}
