package iam

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/seal"
)

// How long a session lives: unused, and at all. Use is written down at most once in touchEvery.
const (
	SessionIdle = 12 * time.Hour
	SessionLife = 7 * 24 * time.Hour
	touchEvery  = 5 * time.Minute
)

// A session's token says where its row is: contract (4 bytes), user (16), session (16), then 32 random bytes whose hash is stored.
const (
	tokenPlace  = 4 + 16 + 16
	tokenRandom = 32
)

var errNoSession = errs.New(errs.Unauthenticated, "", "Your session has ended; sign in again.")

// sessionID is what Session.ID and Actor.Session hold: where the session's row is. It is no secret.
func sessionID(c ident.ContractID, u ident.UserID, id string) string {
	return c.String() + "." + string(u) + "." + id
}

func parseSessionID(s string) (ref reference, id string, err error) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || len(parts[2]) != 32 {
		return ref, "", errNoSession
	}
	if ref.contract, err = ident.ParseContractID(parts[0]); err != nil {
		return ref, "", errNoSession
	}
	if ref.user, err = ident.ParseUserID(parts[1]); err != nil {
		return ref, "", errNoSession
	}
	return ref, parts[2], nil
}

// newToken makes the token of a session.
func newToken(c ident.ContractID, u ident.UserID, id string, random []byte) (string, error) {
	b := binary.BigEndian.AppendUint32(nil, uint32(c))
	user, err1 := hex.DecodeString(strings.ReplaceAll(string(u), "-", ""))
	session, err2 := hex.DecodeString(id)
	if err := errors.Join(err1, err2); err != nil || len(user) != 16 || len(session) != 16 {
		return "", errs.Fault("iam.newToken", errors.Join(err, errors.New("malformed ids")))
	}
	b = append(append(append(b, user...), session...), random...)
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// parseToken takes a token apart.
func parseToken(token string) (ref reference, id string, random []byte, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != tokenPlace+tokenRandom {
		return ref, "", nil, errNoSession
	}
	ref.contract = ident.ContractID(binary.BigEndian.Uint32(b))
	h := hex.EncodeToString(b[4:20])
	if ref.user, err = ident.ParseUserID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]); err != nil || !ref.contract.Valid() {
		return ref, "", nil, errNoSession
	}
	return ref, hex.EncodeToString(b[20:36]), b[tokenPlace:], nil
}

// csrf derives a session's CSRF token, so that it needs no storing and says nothing of the cookie.
func csrf(random []byte) string {
	h := hmac.New(sha256.New, random)
	h.Write([]byte("coffer csrf 1"))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

func sessionAAD(c ident.ContractID, u ident.UserID, id string) []byte {
	return seal.AAD("iam session 1", c.String(), string(u), id)
}

func (r *sessionRow) ended(now time.Time) bool {
	return now.After(r.Created.Add(r.life())) || now.After(r.Seen.Add(SessionIdle))
}

func (r *sessionRow) life() time.Duration {
	if r.By != "" {
		return VisitLife
	}
	return SessionLife
}

// until is when the session ends if nobody uses it.
func (r *sessionRow) until() time.Time {
	life, idle := r.Created.Add(r.life()), r.Seen.Add(SessionIdle)
	if idle.Before(life) {
		return idle
	}
	return life
}

// liveSession is a session as last read.
type liveSession struct {
	row sessionRow
}

// SignIn implements API.
func (s *Service) SignIn(ctx context.Context, mail, password string, source netip.Addr) (*Session, error) {
	who, err := s.login(ctx, mail, password, source)
	if err != nil {
		return nil, err
	}
	if who.row.SecAuthActive {
		return nil, errs.New(errs.Unauthenticated, SecondFactor, "Enter the code of your authenticator program.")
	}
	return s.begin(ctx, who, source)
}

// begin makes a session for a user who proved who they are. The user's oldest session ends when there are too many.
func (s *Service) begin(ctx context.Context, who *person, source netip.Addr) (*Session, error) {
	c, u := who.principal.Contract, who.principal.User
	row, random, token, err := s.newSession(ctx, c, u, source)
	if err != nil {
		return nil, err
	}
	id, now := row.ID, row.Created
	// A new session changes nobody's rights, so cached identities stay.
	intend(ctx, Actor{Principal: who.principal, Source: source}, SignInAct, &authz.Target{Contract: c, User: u})
	err = s.record(ctx, c, userRoute(u), func(tx meta.Tx) error {
		return beginIn(tx, u, who.row.Revision, row, now)
	})
	if err != nil {
		return nil, err
	}
	a := Actor{Principal: who.principal, Session: sessionID(c, u, id), Source: source}
	return &Session{ID: a.Session, Token: token, CSRF: csrf(random), Actor: a, Created: now, Expires: row.until()}, nil
}

// newSession makes a session's row, and the random part and the whole of the token that belongs to it.
func (s *Service) newSession(ctx context.Context, c ident.ContractID, u ident.UserID, source netip.Addr) (row sessionRow, random []byte, token string, err error) {
	random = make([]byte, 16+tokenRandom)
	if _, err := io.ReadFull(s.cfg.Rand, random); err != nil {
		return row, nil, "", errs.Fault("iam.newSession", err)
	}
	id, random := hex.EncodeToString(random[:16]), random[16:]
	secret, err := ident.NewSecret(s.cfg.Rand)
	if err != nil {
		return row, nil, "", err
	}
	sealed, err := s.cfg.Keyring.Seal([]byte(secret), sessionAAD(c, u, id))
	if err != nil {
		return row, nil, "", err
	}
	now, hash := s.now(), sha256.Sum256(random)
	row = sessionRow{ID: id, Hash: hash[:], Secret: sealed, Created: now, Seen: now}
	if source.IsValid() {
		row.Source = source.String()
	}
	if trace := traceOf(ctx); trace != nil {
		row.Program = cutText(trace.Client, MaxProgram)
	}
	token, err = newToken(c, u, id, random)
	return row, random, token, err
}

// beginIn writes a session's row. The user must be as the password was checked against: a change in between asks for another sign-in.
func beginIn(tx meta.Tx, u ident.UserID, revision uint64, row sessionRow, now time.Time) error {
	user, err := aliveUser(tx, u)
	if errors.Is(err, errs.NotFound) || err == nil && (!user.Active || user.Revision != revision) {
		return errWrong()
	}
	if err != nil {
		return err
	}
	user.LastLogin = now
	if err := put(tx, userKey(kindUser, u), user); err != nil {
		return err
	}
	all, err := getOr[sessionsRow](tx, userKey(kindSessions, u))
	if err != nil {
		return err
	}
	all.Sessions = slices.DeleteFunc(all.Sessions, func(r sessionRow) bool { return r.ended(now) })
	if over := len(all.Sessions) + 1 - MaxSessions; over > 0 {
		all.Sessions = slices.Delete(all.Sessions, 0, over)
	}
	all.Sessions = append(all.Sessions, row)
	return put(tx, userKey(kindSessions, u), all)
}

// findSession returns a session's row, or errNoSession. Cached.
func (s *Service) findSession(ctx context.Context, ref reference, id string) (*liveSession, error) {
	k := sessionID(ref.contract, ref.user, id)
	if e := s.sessions.get(k); e != nil && e.fresh() {
		return e.value, nil
	}
	m := markOf(s.epochs.slot(ref.contract))
	var found *liveSession
	err := s.cfg.Meta.View(ctx, partition(ref.contract), func(r meta.Reader) error {
		all, err := getOr[sessionsRow](r, userKey(kindSessions, ref.user))
		if err != nil {
			return err
		}
		for _, row := range all.Sessions {
			if row.ID == id {
				found = &liveSession{row: row}
			}
		}
		return nil
	})
	if err != nil {
		return nil, errs.Wrap("iam.Session", err)
	}
	if found == nil {
		s.sessions.drop(k)
		return nil, errNoSession
	}
	s.sessions.put(k, m, found)
	return found, nil
}

// Session implements API.
func (s *Service) Session(ctx context.Context, token string, source netip.Addr) (*Session, error) {
	if rest, ok := strings.CutPrefix(token, operatorPrefix); ok {
		return s.operatorSession(ctx, rest, source)
	}
	ref, id, random, err := parseToken(token)
	if err != nil {
		return nil, err
	}
	live, err := s.findSession(ctx, ref, id)
	if err != nil {
		return nil, err
	}
	hash, now := sha256.Sum256(random), s.now()
	if subtle.ConstantTimeCompare(hash[:], live.row.Hash) != 1 || live.row.ended(now) {
		return nil, errNoSession
	}
	who, err := s.person(ctx, ref.contract, ref.user)
	if errors.Is(err, errs.NotFound) || err == nil && !who.row.Active {
		return nil, errNoSession
	}
	if err != nil {
		return nil, err
	}
	row, visitor := live.row, ""
	if row.By != "" {
		by, err := s.visitor(ctx, ref.contract, row.By, row.Revision, who)
		if err != nil {
			return nil, err
		}
		visitor = by.name()
	}
	if now.Sub(row.Seen) > touchEvery {
		if row, err = s.touch(ctx, ref, id, source, now); err != nil {
			return nil, err
		}
	}
	a := Actor{Principal: who.principal, Session: sessionID(ref.contract, ref.user, id), Visitor: row.By, Source: source}
	return &Session{ID: a.Session, CSRF: csrf(random), Actor: a, VisitorName: visitor, Created: row.Created, Expires: row.until()}, nil
}

// touch writes down that a session is in use, and from where. Nobody's rights change by it, so cached identities stay.
func (s *Service) touch(ctx context.Context, ref reference, id string, source netip.Addr, now time.Time) (sessionRow, error) {
	var touched *sessionRow
	m := markOf(s.epochs.slot(ref.contract))
	err := s.cfg.Meta.Update(ctx, partition(ref.contract), userRoute(ref.user), func(tx meta.Tx) error {
		touched = nil
		all, err := getOr[sessionsRow](tx, userKey(kindSessions, ref.user))
		if err != nil {
			return err
		}
		for i := range all.Sessions {
			if r := &all.Sessions[i]; r.ID == id && !r.ended(now) {
				r.Seen, r.SeenAt = now, ""
				if source.IsValid() && source.String() != r.Source {
					r.SeenAt = source.String()
				}
				touched = r
			}
		}
		if touched == nil {
			return errNoSession
		}
		return put(tx, userKey(kindSessions, ref.user), all)
	})
	if err != nil {
		return sessionRow{}, err
	}
	s.sessions.put(sessionID(ref.contract, ref.user, id), m, &liveSession{row: *touched})
	return *touched, nil
}

// SignOut implements API. A session that has ended already is fine.
func (s *Service) SignOut(ctx context.Context, id string) error {
	if rest, ok := strings.CutPrefix(id, operatorPrefix); ok {
		return s.signOutOperator(ctx, rest)
	}
	ref, session, err := parseSessionID(id)
	if err != nil {
		return nil
	}
	by := Actor{Principal: authz.Principal{Contract: ref.contract, User: ref.user}, Session: id}
	if live, err := s.findSession(ctx, ref, session); err == nil {
		by.Visitor = live.row.By
	}
	intend(ctx, by, SignOutAct, &authz.Target{Contract: ref.contract, User: ref.user})
	return s.update(meta.Freeing(ctx), ref.contract, userRoute(ref.user), func(tx meta.Tx) error {
		all, err := getOr[sessionsRow](tx, userKey(kindSessions, ref.user))
		if err != nil {
			return err
		}
		before := len(all.Sessions)
		all.Sessions = slices.DeleteFunc(all.Sessions, func(r sessionRow) bool { return r.ID == session })
		if len(all.Sessions) == before {
			return nil
		}
		return putSessions(tx, ref.user, all)
	})
}

// endSessions ends a user's sessions, but for the one with the given full id.
func endSessions(tx meta.Tx, c ident.ContractID, u ident.UserID, keep string) error {
	all, err := getOr[sessionsRow](tx, userKey(kindSessions, u))
	if err != nil {
		return err
	}
	all.Sessions = slices.DeleteFunc(all.Sessions, func(r sessionRow) bool { return sessionID(c, u, r.ID) != keep })
	return putSessions(tx, u, all)
}

func putSessions(tx meta.Tx, u ident.UserID, all *sessionsRow) error {
	if len(all.Sessions) == 0 && len(all.Visits) == 0 {
		return tx.Delete(userKey(kindSessions, u))
	}
	return put(tx, userKey(kindSessions, u), all)
}

// sessionSecret reads the secret of a session's own credential and when it ends at the latest, or errs.NotFound.
func (s *Service) sessionSecret(ctx context.Context, ref reference, k ident.AccessKey) ([]byte, time.Time, error) {
	_, _, id, ok := k.SessionKeyParts()
	if !ok {
		return nil, time.Time{}, errs.NotFound
	}
	live, err := s.findSession(ctx, ref, id)
	if errors.Is(err, errs.Unauthenticated) || err == nil && live.row.ended(s.now()) {
		return nil, time.Time{}, errs.NotFound
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	who, err := s.person(ctx, ref.contract, ref.user)
	if err != nil {
		return nil, time.Time{}, err
	}
	if live.row.By != "" {
		if _, err := s.visitor(ctx, ref.contract, live.row.By, live.row.Revision, who); errors.Is(err, errs.Unauthenticated) {
			return nil, time.Time{}, errs.NotFound
		} else if err != nil {
			return nil, time.Time{}, err
		}
	} else if who.owes() != nil {
		return nil, time.Time{}, errs.NotFound
	}
	secret, err := s.cfg.Keyring.Open(live.row.Secret, sessionAAD(ref.contract, ref.user, id))
	return secret, live.row.until(), err
}

// SessionCredential implements API. The credential has exactly the user's rights, is none of the five keys and ends with the session.
func (s *Service) SessionCredential(ctx context.Context, session *Session) (ident.AccessKey, string, error) {
	ref, id, err := parseSessionID(session.ID)
	if err != nil {
		return "", "", err
	}
	if session.Actor.Visitor == "" {
		if who, err := s.person(ctx, ref.contract, ref.user); err == nil && who.owes() != nil {
			return "", "", who.owes()
		}
	}
	k, err := ident.SessionKey(ref.contract, ref.user, id)
	if err != nil {
		return "", "", err
	}
	secret, _, err := s.sessionSecret(ctx, ref, k)
	if errors.Is(err, errs.NotFound) {
		return "", "", errNoSession
	}
	if err != nil {
		return "", "", err
	}
	return k, string(secret), nil
}
