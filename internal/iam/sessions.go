package iam

import (
	"context"
	"errors"
	"slices"
	"strings"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// cutText keeps at most n bytes of a text, whole characters alone.
func cutText(text string, n int) string {
	return strings.ToValidUTF8(text[:min(n, len(text))], "")
}

// Sessions implements API.
func (s *Service) Sessions(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID) ([]*SessionInfo, error) {
	_, who, err := s.about(ctx, a, authz.ListSessions, c, u)
	if err != nil {
		return nil, err
	}
	var rows *sessionsRow
	err = s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) (err error) {
		rows, err = getOr[sessionsRow](r, userKey(kindSessions, u))
		return err
	})
	if err != nil {
		return nil, errs.Wrap("iam.Sessions", err)
	}
	now := s.now()
	all := make([]*SessionInfo, 0, len(rows.Sessions))
	for i := range rows.Sessions {
		row := &rows.Sessions[i]
		if row.ended(now) {
			continue
		}
		info := row.info(a.Session == sessionID(c, u, row.ID))
		if row.By != "" {
			by, err := s.visitor(ctx, c, row.By, row.Revision, who)
			if errors.Is(err, errs.Unauthenticated) {
				continue // ended with the visitor's rights
			}
			if err != nil {
				return nil, errs.Wrap("iam.Sessions", err)
			}
			info.VisitorName = by.name()
		}
		all = append(all, info)
	}
	slices.SortStableFunc(all, func(x, y *SessionInfo) int { return y.Seen.Compare(x.Seen) })
	return all, nil
}

func (r *sessionRow) info(current bool) *SessionInfo {
	i := &SessionInfo{ID: r.ID, Created: r.Created, Seen: r.Seen, Expires: r.until(), Source: r.Source, SeenAt: r.SeenAt, Program: r.Program,
		Current: current, Visitor: r.By}
	if i.SeenAt == "" {
		i.SeenAt = i.Source
	}
	return i
}

var errSessionGone = errs.New(errs.NotFound, "", "There is no such session; it may have ended already.")

// EndSession implements API.
func (s *Service) EndSession(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID, id string) error {
	if _, _, err := s.about(ctx, a, authz.EndSession, c, u); err != nil {
		return err
	}
	on(ctx, id, "")
	_, err := s.dropSessions(ctx, c, u, errSessionGone, func(r sessionRow) bool { return r.ID == id })
	return errs.Wrap("iam.EndSession", err)
}

// EndSessions implements API.
func (s *Service) EndSessions(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID) (int, error) {
	if _, _, err := s.about(ctx, a, authz.EndSession, c, u); err != nil {
		return 0, err
	}
	on(ctx, "", "all others")
	n, err := s.dropSessions(ctx, c, u, nil, func(r sessionRow) bool { return sessionID(c, u, r.ID) != a.Session })
	return n, errs.Wrap("iam.EndSessions", err)
}

// dropSessions ends those of a user's sessions that which names and returns how many there were; none fails with the given error.
func (s *Service) dropSessions(ctx context.Context, c ident.ContractID, u ident.UserID, none error, which func(sessionRow) bool) (int, error) {
	n, now := 0, s.now()
	err := s.update(meta.Freeing(ctx), c, userRoute(u), func(tx meta.Tx) error {
		all, err := getOr[sessionsRow](tx, userKey(kindSessions, u))
		if err != nil {
			return err
		}
		all.Sessions = slices.DeleteFunc(all.Sessions, func(r sessionRow) bool { return r.ended(now) })
		before := len(all.Sessions)
		all.Sessions = slices.DeleteFunc(all.Sessions, which)
		if n = before - len(all.Sessions); n == 0 && none != nil {
			return none
		}
		return putSessions(tx, u, all)
	})
	return n, err
}
