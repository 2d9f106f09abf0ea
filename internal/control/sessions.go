package control

import (
	"context"
	"net/http"

	"coffer/internal/api/console"
	"coffer/internal/iam"
	"coffer/internal/ident"
)

func (s *consoleAPI) ConsoleSessions(w http.ResponseWriter, r *http.Request, user console.UserId, p console.ConsoleSessionsParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		all, err := s.cfg.IAM.Sessions(ctx, a, c, ident.UserID(user.String()))
		if err != nil {
			return err
		}
		out := console.UserSessions{Items: make([]console.UserSession, 0, len(all))}
		for _, i := range all {
			out.Items = append(out.Items, userSession(i))
		}
		s.write(w, r, http.StatusOK, out)
		return nil
	})
}

func userSession(i *iam.SessionInfo) console.UserSession {
	out := console.UserSession{Id: i.ID, Created: stamp(i.Created), LastSeen: stamp(i.Seen), Expires: stamp(i.Expires), Program: i.Program, Current: i.Current}
	if i.Source != "" {
		out.Source = &i.Source
	}
	if i.SeenAt != "" {
		out.LastSource = &i.SeenAt
	}
	if i.Visitor != "" {
		out.Visitor = &console.SessionVisitor{Id: uuidOf(string(i.Visitor)), Name: i.VisitorName}
	}
	return out
}

func (s *consoleAPI) ConsoleSessionEnd(w http.ResponseWriter, r *http.Request, user console.UserId, id string, p console.ConsoleSessionEndParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		if err := s.cfg.IAM.EndSession(ctx, a, c, ident.UserID(user.String()), id); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
}

func (s *consoleAPI) ConsoleSessionsEnd(w http.ResponseWriter, r *http.Request, user console.UserId, p console.ConsoleSessionsEndParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		n, err := s.cfg.IAM.EndSessions(ctx, a, c, ident.UserID(user.String()))
		if err != nil {
			return err
		}
		s.write(w, r, http.StatusOK, console.EndedSessions{Ended: n})
		return nil
	})
}
