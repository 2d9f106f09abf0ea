package iam

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// How long a console session of the operator lives: unused, and at all. It reaches every contract, so it is shorter than a user's.
const (
	OperatorIdle = time.Hour
	OperatorLife = 12 * time.Hour
)

// operatorPrefix begins the tokens and ids of the operator's sessions; no user's begin so.
const operatorPrefix = "operator."

// The operator's sessions lie apart from every contract, in the partition of the system.
const kindOperator meta.Kind = 42

var operatorKey = meta.Key{Kind: kindOperator, Route: operatorRoute}

// operatorRow is kind 42.
type operatorRow struct {
	Sessions []operatorSession `json:"sessions"`
}

type operatorSession struct {
	ID      string    `json:"id"`    // 32 hexadecimal digits
	Hash    []byte    `json:"hash"`  // SHA-256 of the token's random part
	Token   []byte    `json:"token"` // SHA-256 of the operator.token that began it: another token ends it
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	Source  string    `json:"source,omitempty"`
	Program string    `json:"program,omitempty"`
}

func (o *operatorSession) until() time.Time {
	life, idle := o.Created.Add(OperatorLife), o.Seen.Add(OperatorIdle)
	if idle.Before(life) {
		return idle
	}
	return life
}

// counts reports whether a session is neither over nor of an earlier operator.token.
func (s *Service) counts(o *operatorSession, now time.Time) bool {
	return !now.After(o.until()) && subtle.ConstantTimeCompare(o.Token, s.operator[:]) == 1
}

// SignInOperator implements API.
func (s *Service) SignInOperator(ctx context.Context, token string, source netip.Addr) (*Session, error) {
	intend(ctx, Actor{Source: source}, SignInAct, nil) // nobody has proved yet to be the operator
	a, err := s.OperatorActor(ctx, token, source)
	if err != nil {
		return nil, err
	}
	intend(ctx, a, SignInAct, nil)
	random := make([]byte, 16+tokenRandom)
	if _, err := io.ReadFull(s.cfg.Rand, random); err != nil {
		return nil, errs.Fault("iam.SignInOperator", err)
	}
	id, random := hex.EncodeToString(random[:16]), random[16:]
	hash, now := sha256.Sum256(random), s.now()
	row := operatorSession{ID: id, Hash: hash[:], Token: s.operator[:], Created: now, Seen: now}
	if source.IsValid() {
		row.Source = source.String()
	}
	if trace := traceOf(ctx); trace != nil {
		row.Program = cutText(trace.Client, MaxProgram)
	}
	err = s.changeOperator(ctx, func(all *operatorRow) error {
		all.Sessions = slices.DeleteFunc(all.Sessions, func(o operatorSession) bool { return !s.counts(&o, now) })
		all.Sessions = append(all.Sessions[max(0, len(all.Sessions)+1-MaxSessions):], row)
		return nil
	})
	if err != nil {
		return nil, errs.Wrap("iam.SignInOperator", err)
	}
	a.Session = operatorPrefix + id
	return &Session{ID: a.Session, Token: operatorPrefix + id + "." + base64.RawURLEncoding.EncodeToString(random), CSRF: csrf(random), Actor: a,
		Created: now, Expires: row.until()}, nil
}

// MaySystem implements API.
func (s *Service) MaySystem(ctx context.Context, a Actor, act authz.Action) error {
	_, err := s.authorize(ctx, a, act, nil)
	return err
}

// UpdateSystem changes rows of one route of the system's partition for another room, as meta.Store's Update does, where the actor whom MaySystem
// decided about last still may. The act's record, which says on what it is and what it makes of that, is in the same commit.
func (s *Service) UpdateSystem(ctx context.Context, route meta.Route, subject, detail string, fn func(meta.Tx) error) error {
	on(ctx, subject, detail)
	return s.perform(ctx, ident.System, route, fn)
}

// changeOperator changes the operator's sessions, with the record of the act where it is one.
func (s *Service) changeOperator(ctx context.Context, fn func(*operatorRow) error) error {
	return s.record(ctx, ident.System, operatorRoute, func(tx meta.Tx) error {
		all, err := getOr[operatorRow](tx, operatorKey)
		if err != nil {
			return err
		}
		if err := fn(all); err != nil {
			return err
		}
		if len(all.Sessions) == 0 {
			return tx.Delete(operatorKey)
		}
		return put(tx, operatorKey, all)
	})
}

// operatorSession returns the session of a token without its prefix, or errNoSession. It is read from the store each time: only the
// pages of one person ask.
func (s *Service) operatorSession(ctx context.Context, rest string, source netip.Addr) (*Session, error) {
	id, encoded, _ := strings.Cut(rest, ".")
	random, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil || len(random) != tokenRandom || s.cfg.OperatorToken == "" {
		return nil, errNoSession
	}
	var found *operatorSession
	err = s.cfg.Meta.View(ctx, systemPartition, func(r meta.Reader) error {
		all, err := getOr[operatorRow](r, operatorKey)
		if err != nil {
			return err
		}
		if i := all.find(id); i >= 0 {
			found = &all.Sessions[i]
		}
		return nil
	})
	if err != nil {
		return nil, errs.Wrap("iam.Session", err)
	}
	hash, now := sha256.Sum256(random), s.now()
	if found == nil || subtle.ConstantTimeCompare(hash[:], found.Hash) != 1 || !s.counts(found, now) {
		return nil, errNoSession
	}
	if now.Sub(found.Seen) > touchEvery {
		err := s.changeOperator(ctx, func(all *operatorRow) error {
			i := all.find(id)
			if i < 0 {
				return errNoSession
			}
			all.Sessions[i].Seen = now
			return nil
		})
		if err != nil {
			return nil, err
		}
		found.Seen = now
	}
	a := Actor{Principal: authz.Principal{Operator: true}, Session: operatorPrefix + id, Source: source}
	return &Session{ID: a.Session, CSRF: csrf(random), Actor: a, Created: found.Created, Expires: found.until()}, nil
}

func (r *operatorRow) find(id string) int {
	return slices.IndexFunc(r.Sessions, func(o operatorSession) bool { return o.ID == id })
}

// signOutOperator ends one session of the operator. One that has ended already is fine.
func (s *Service) signOutOperator(ctx context.Context, id string) error {
	intend(ctx, Actor{Principal: authz.Principal{Operator: true}, Session: operatorPrefix + id}, SignOutAct, nil)
	return s.changeOperator(meta.Freeing(ctx), func(all *operatorRow) error {
		all.Sessions = slices.DeleteFunc(all.Sessions, func(o operatorSession) bool { return o.ID == id })
		return nil
	})
}
