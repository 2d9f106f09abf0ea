package iam

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"io"
	"net/netip"
	"slices"
	"time"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// Lives of a look into another user's storage.
const (
	VisitLinkLife = time.Minute // of the link, which counts once
	VisitLife     = time.Hour   // of the session that it begins
	maxVisits     = 5           // links, and sessions, into one user's storage at a time
)

// VisitAct is what following such a link is recorded as; making it is coffer:OpenStorage.
const VisitAct authz.Action = "coffer:VisitStorage"

var (
	errNoVisit  = errs.New(errs.Denied, "VisitOver", "The link is not known here, was used already or is older than a minute; open the storage again.")
	errVisiting = errs.New(errs.Denied, "Visiting", "You are looking into another user's storage: sign in as yourself for this.")
)

// visitRow is a link into a user's storage that was not followed yet.
type visitRow struct {
	Hash     []byte       `json:"hash"` // SHA-256 of the link's random part
	By       ident.UserID `json:"by"`
	Revision uint64       `json:"revision"` // of By's account: any change of it ends the visit
	Until    time.Time    `json:"until"`
}

// whileVisiting are the acts that a visitor may perform in the name of the user: what shows the console. Buckets and objects are reached
// over S3, with all rights of the user.
func whileVisiting(a authz.Action) bool {
	switch a {
	case authz.GetUser, authz.GetContract, authz.ListContracts, authz.ListRegions, authz.ReadUsage, authz.ListKeys, authz.GetKey:
		return true
	}
	return false
}

// OpenStorage implements API. Of the link only a hash is stored.
func (s *Service) OpenStorage(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID) (string, time.Time, error) {
	p, who, err := s.about(ctx, a, authz.OpenStorage, c, u)
	if err != nil {
		return "", time.Time{}, err
	}
	switch {
	case !who.row.Active:
		return "", time.Time{}, errs.New(errs.Conflict, "", "The user is deactivated; activate them to look into their storage.")
	case !who.principal.ObjectStorage:
		return "", time.Time{}, errs.New(errs.Conflict, NoPrivilege, "The user lacks the privilege Use Object Storage; add them to a group that has it.")
	}
	by, err := s.person(ctx, p.Contract, p.User)
	if err != nil {
		return "", time.Time{}, err
	}
	random := make([]byte, 16+tokenRandom)
	if _, err := io.ReadFull(s.cfg.Rand, random); err != nil {
		return "", time.Time{}, errs.Fault("iam.OpenStorage", err)
	}
	token, err := newToken(c, u, hex.EncodeToString(random[:16]), random[16:])
	if err != nil {
		return "", time.Time{}, err
	}
	now, hash := s.now(), sha256.Sum256(random[16:])
	row := visitRow{Hash: hash[:], By: p.User, Revision: by.row.Revision, Until: now.Add(VisitLinkLife)}
	err = s.perform(ctx, c, userRoute(u), func(tx meta.Tx) error {
		if _, err := aliveUser(tx, u); err != nil {
			return err
		}
		all, err := getOr[sessionsRow](tx, userKey(kindSessions, u))
		if err != nil {
			return err
		}
		all.Visits = slices.DeleteFunc(all.Visits, func(v visitRow) bool { return now.After(v.Until) })
		all.Visits = append(all.Visits[max(0, len(all.Visits)+1-maxVisits):], row)
		return put(tx, userKey(kindSessions, u), all)
	})
	return token, row.Until, errs.Wrap("iam.OpenStorage", err)
}

// visitor returns who looks into a user's storage, or errNoSession where they may no longer.
func (s *Service) visitor(ctx context.Context, c ident.ContractID, by ident.UserID, revision uint64, of *person) (*person, error) {
	who, err := s.person(ctx, c, by)
	if errors.Is(err, errs.NotFound) {
		return nil, errNoSession
	}
	if err != nil {
		return nil, err
	}
	if !who.row.Active || who.row.Revision != revision || who.row.Role < authz.Administrator || who.row.Role < of.row.Role {
		return nil, errNoSession
	}
	return who, nil
}

// Visit implements API.
func (s *Service) Visit(ctx context.Context, token string, source netip.Addr) (*Session, error) {
	now := s.now()
	if d := s.sources.exhausted(source, now); d > 0 {
		return nil, busy("Too many failed attempts from your address; try again in a minute.", d)
	}
	ref, _, random, err := parseToken(token)
	if err != nil {
		s.sources.failed(source, now)
		return nil, errNoVisit
	}
	of, err := s.person(ctx, ref.contract, ref.user)
	var visit *visitRow
	if err == nil {
		err = s.cfg.Meta.View(ctx, partition(ref.contract), func(r meta.Reader) error {
			all, err := getOr[sessionsRow](r, userKey(kindSessions, ref.user))
			if err == nil {
				visit = all.visit(random, now)
			}
			return err
		})
	}
	if errors.Is(err, errs.NotFound) || err == nil && (visit == nil || !of.row.Active) {
		s.sources.failed(source, now)
		return nil, errNoVisit
	}
	if err != nil {
		return nil, errs.Wrap("iam.Visit", err)
	}
	who, err := s.visitor(ctx, ref.contract, visit.By, visit.Revision, of)
	if errors.Is(err, errs.Unauthenticated) {
		return nil, errNoVisit
	}
	if err != nil {
		return nil, err
	}
	row, fresh, cookie, err := s.newSession(ctx, ref.contract, ref.user, source)
	if err != nil {
		return nil, err
	}
	row.By, row.Revision = visit.By, visit.Revision
	intend(ctx, Actor{Principal: of.principal, Visitor: visit.By, Source: source}, VisitAct, &authz.Target{Contract: ref.contract, User: ref.user})
	err = s.record(ctx, ref.contract, userRoute(ref.user), func(tx meta.Tx) error { return visitIn(tx, ref.user, random, row, now) })
	if err != nil {
		return nil, errs.Wrap("iam.Visit", err)
	}
	a := Actor{Principal: of.principal, Session: sessionID(ref.contract, ref.user, row.ID), Visitor: visit.By, Source: source}
	return &Session{ID: a.Session, Token: cookie, CSRF: csrf(fresh), Actor: a, VisitorName: who.name(), Created: now, Expires: row.until()}, nil
}

// visit returns the link with the random part, if it counts.
func (r *sessionsRow) visit(random []byte, now time.Time) *visitRow {
	hash := sha256.Sum256(random)
	for i := range r.Visits {
		if v := &r.Visits[i]; subtle.ConstantTimeCompare(hash[:], v.Hash) == 1 && !now.After(v.Until) {
			return v
		}
	}
	return nil
}

// visitIn turns a link into a session. The user's own sessions stay.
func visitIn(tx meta.Tx, u ident.UserID, random []byte, row sessionRow, now time.Time) error {
	if _, err := aliveUser(tx, u); err != nil {
		return err
	}
	all, err := getOr[sessionsRow](tx, userKey(kindSessions, u))
	if err != nil {
		return err
	}
	v := all.visit(random, now)
	if v == nil {
		return errNoVisit // used meanwhile
	}
	used := v.Hash
	all.Visits = slices.DeleteFunc(all.Visits, func(v visitRow) bool { return string(v.Hash) == string(used) || now.After(v.Until) })
	visits := 0
	for _, r := range all.Sessions {
		if r.By != "" {
			visits++
		}
	}
	all.Sessions = slices.DeleteFunc(all.Sessions, func(r sessionRow) bool {
		if r.By != "" && visits >= maxVisits {
			visits--
			return true
		}
		return r.ended(now)
	})
	all.Sessions = append(all.Sessions, row)
	return put(tx, userKey(kindSessions, u), all)
}

// Visitor returns who looks into the storage of a user, by a session's own access key; "" for every other key.
func (s *Service) Visitor(ctx context.Context, k ident.AccessKey) ident.UserID {
	c, u, id, ok := k.SessionKeyParts()
	if !ok {
		return ""
	}
	live, err := s.findSession(ctx, reference{contract: c, user: u}, id)
	if err != nil {
		return ""
	}
	return live.row.By
}
