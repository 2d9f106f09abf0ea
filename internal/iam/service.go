package iam

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/names"
	"coffer/internal/seal"
)

// Limits of a contract.
const (
	MaxUsers        = 10000
	MaxGroups       = 1000
	MaxMemberships  = 100 // groups a user is in
	MaxName         = 128 // characters of a person's, group's or contract's name
	MaxDescription  = 255 // characters of a key's description
	MaxSessions     = 20  // of one user; the oldest ends when another begins
	MaxProgram      = 256 // bytes kept of what a session's client calls itself
	minOperatorSize = 32
)

// BucketCounter counts buckets: the user-owned ones of a user, or the contract-owned ones of the contract when user is "".
type BucketCounter interface {
	CountBuckets(ctx context.Context, c ident.ContractID, user ident.UserID) (int, error)
}

// Config is what the room needs. Everything but Log, OperatorToken, Records, Quotas and Mover is required.
type Config struct {
	Meta          meta.Store
	Keyring       *seal.Keyring
	Buckets       BucketCounter
	Clock         Clock
	Rand          io.Reader // cryptographically strong, safe for concurrent use
	Log           *slog.Logger
	OperatorToken string      // content of operator.token, at least 32 characters; "": nobody is the operator
	Records       Recorder    // nil: no act is recorded
	Quotas        Quotas      // nil: there are none
	Mover         BucketMover // nil: buckets are not handed over
}

// Service implements API. It is safe for concurrent use.
type Service struct {
	cfg      Config
	names    names.Directory
	epochs   epochs
	people   cache[userKeyed, *person]
	keys     cache[ident.AccessKey, *signer]
	unknown  cache[ident.AccessKey, struct{}]
	sessions cache[string, *liveSession]
	hasher   hasher
	verified verified
	lockout  lockout
	codes    lockout // of second factors: the right password must not begin the counting anew
	sources  sources
	// wrongTokens limits tokens as sources does what people know.
	wrongTokens sources
	operator    [sha256.Size]byte

	turns     turns      // of who wants the same name for the same user
	roomTurn  sync.Mutex // of who makes users and groups, so that a contract's limits hold
	quotaTurn sync.Mutex // of who changes quotas, so that what holds is what is stored
}

var _ API = (*Service)(nil)

// New makes the room. It does no I/O; Recover finishes what a crash interrupted.
func New(cfg Config) (*Service, error) {
	if cfg.Meta == nil || cfg.Keyring == nil || cfg.Buckets == nil || cfg.Clock == nil || cfg.Rand == nil {
		return nil, errs.Fault("iam.New", errors.New("a part of the configuration is missing"))
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if n := len(cfg.OperatorToken); n > 0 && n < minOperatorSize {
		return nil, invalid("The operator's token is too short: it has at least 32 characters.")
	}
	s := &Service{cfg: cfg, names: names.Directory{Store: cfg.Meta}}
	s.people.max, s.keys.max, s.unknown.max, s.sessions.max = maxPeople, maxSigners, maxUnknown, maxSessionCache
	s.sources.rate, s.sources.burst = sourceRate, sourceBurst
	s.wrongTokens.rate, s.wrongTokens.burst = tokenRate, tokenBurst
	if _, err := io.ReadFull(cfg.Rand, s.verified.key[:]); err != nil {
		return nil, errs.Fault("iam.New", err)
	}
	if err := s.hasher.prepare(cfg.Rand, hashMemory); err != nil {
		return nil, err
	}
	if cfg.OperatorToken != "" {
		s.operator = sha256.Sum256([]byte(cfg.OperatorToken))
	}
	return s, nil
}

// now is the time as rows keep it.
func (s *Service) now() time.Time { return s.cfg.Clock().UTC().Truncate(time.Millisecond) }

// authorize decides whether the actor may, by the rights that the actor has now: an Actor made a moment ago may have lost them. It
// returns the actor's present principal.
func (s *Service) authorize(ctx context.Context, a Actor, act authz.Action, t *authz.Target) (authz.Principal, error) {
	intend(ctx, a, act, t)
	p, err := s.present(ctx, a)
	if err != nil {
		return p, err
	}
	if a.Visitor != "" && !whileVisiting(act) {
		if trace := traceOf(ctx); trace != nil {
			trace.denied = true
		}
		return p, errVisiting
	}
	if !beforeEnrolment(act) && p.User != "" && a.Visitor == "" {
		if who, err := s.person(ctx, p.Contract, p.User); err == nil && who.owes() != nil {
			return p, who.owes()
		}
	}
	trace := traceOf(ctx)
	if err := s.decide(a, p, act, t); err != nil {
		if trace != nil {
			trace.denied = true
		}
		return p, err
	}
	if trace != nil {
		trace.again = func() error {
			p, err := s.present(ctx, a)
			if err != nil {
				return err
			}
			return s.decide(a, p, act, t)
		}
	}
	return p, nil
}

// decide asks package authz; the error is the refusal.
func (s *Service) decide(a Actor, p authz.Principal, act authz.Action, t *authz.Target) error {
	d := authz.Evaluate(&authz.Request{Principal: p, Action: act, Target: t, Source: a.Source, Time: s.cfg.Clock()})
	if !d.Allowed {
		return refusal(d)
	}
	return nil
}

// present returns the actor with the rights of now.
func (s *Service) present(ctx context.Context, a Actor) (authz.Principal, error) {
	if a.Operator {
		return authz.Principal{Operator: true}, nil
	}
	if a.User == "" {
		return authz.Principal{}, nil
	}
	who, err := s.person(ctx, a.Contract, a.User)
	if errors.Is(err, errs.NotFound) || err == nil && !who.row.Active {
		return authz.Principal{}, errs.New(errs.Unauthenticated, "", "Your account does not exist any more or is deactivated.")
	}
	if err != nil {
		return authz.Principal{}, err
	}
	p := who.principal
	p.Validity = a.Validity
	return p, nil
}

// Codes of refusals that edges tell apart.
const (
	NoPrivilege errs.Code = "NoPrivilege" // Use Object Storage is lacking, one's own or the target's
	TooManyKeys errs.Code = "TooManyKeys" // a sixth key (K5)
	SecretsOnce errs.Code = "SecretsOnce" // the contract shows a secret when it is made alone
	KeyExpiry   errs.Code = "KeyExpiry"   // the contract sets how long a key is valid at most
	LastKey     errs.Code = "LastKey"     // the only key of a user who owns buckets (K16)
	OwnsBuckets errs.Code = "OwnsBuckets" // a user who owns buckets can't be deleted
	WeakWord    errs.Code = "WeakPassword"
)

func refusal(d authz.Decision) error {
	switch {
	case d.Rule.Hidden():
		return errs.New(errs.NotFound, "", "There is no such thing, or it is not yours to see.")
	case d.Rule == authz.RuleAnonymous:
		return errs.New(errs.Unauthenticated, "", "Sign in first.")
	case d.Rule == authz.RuleNoPrivilege || d.Rule == authz.RuleTargetNoPrivilege:
		return errs.New(errs.Denied, NoPrivilege, d.Reason)
	}
	return errs.New(errs.Denied, "", d.Reason)
}

// about decides whether the actor may do something to a user and returns both. Somebody who may not do it to anybody of the
// contract is not told whether the user exists.
func (s *Service) about(ctx context.Context, a Actor, act authz.Action, c ident.ContractID, u ident.UserID) (authz.Principal, *person, error) {
	t := &authz.Target{Contract: c, User: u}
	who, err := s.person(ctx, c, u)
	switch {
	case err == nil:
		t.Role, t.ObjectStorage = who.principal.Role, who.principal.ObjectStorage
	case errors.Is(err, errs.NotFound):
		t.ObjectStorage = true // what decides now is whether the actor may ask at all
	default:
		return authz.Principal{}, nil, err
	}
	p, denied := s.authorize(ctx, a, act, t)
	if denied != nil {
		return p, nil, denied
	}
	return p, who, err
}
