package iam

import (
	"context"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// Acts that nobody has to be permitted, and are recorded all the same.
const (
	SignInAct   authz.Action = "coffer:SignIn"
	SignOutAct  authz.Action = "coffer:SignOut"
	SignLinkAct authz.Action = "coffer:SignLink" // with one of the user's own keys
)

// Act is what somebody did, or tried to do, as records of it need to know.
type Act struct {
	Action   authz.Action
	Contract ident.ContractID // in which, 0 where that is not known
	System   bool             // on the system, not in a contract
	By       ident.UserID     // who; "" for the operator, and for who did not sign in
	Operator bool
	Via      string       // how By signed in: session, token, password, operator
	User     ident.UserID // on whom, or whose
	Subject  string       // on what: the id of a key, group or token
	Detail   string       // what it was changed to; never a secret
	Source   netip.Addr
	Program  string
	Request  string
}

// Recorder keeps records of acts. It is safe for concurrent use.
type Recorder interface {
	// Record prepares a record for the contract, or for ident.System. write puts it into the update that does the act, as often as that runs; done is
	// called once the update is durable.
	Record(c ident.ContractID, a *Act) (write func(meta.Tx), done func(), err error)
}

// Trace accompanies one request through the room: it tells records what the acts alone do not say, and gathers what was asked for.
// The edge puts one into the context of each request. It is not safe for concurrent use.
type Trace struct {
	Request string // id
	Program string // as the client calls itself, as much of it as records keep
	Client  string // the same in full; a session that begins keeps it
	Source  netip.Addr

	act     *Act         // decided about last
	again   func() error // decides about it once more; nil where nobody has to be permitted
	written bool         // act has its record
	denied  bool
}

type traceKey struct{}

// WithTrace returns a context whose acts are traced by t.
func WithTrace(ctx context.Context, t *Trace) context.Context {
	return context.WithValue(ctx, traceKey{}, t)
}

func traceOf(ctx context.Context) *Trace {
	t, _ := ctx.Value(traceKey{}).(*Trace)
	return t
}

// Last returns the act that was decided about last, and whether it was refused; nil if there was none.
func (t *Trace) Last() (a *Act, denied bool) {
	if t == nil {
		return nil, false
	}
	return t.act, t.denied
}

// Via names how an actor signed in.
func (a *Actor) Via() string {
	_, token := a.TokenID()
	switch {
	case a.Operator:
		return "operator"
	case token:
		return "token"
	case a.Session != "":
		return "session"
	case a.User != "":
		return "password"
	}
	return ""
}

// intend notes what an actor is about to do.
func intend(ctx context.Context, a Actor, act authz.Action, t *authz.Target) {
	trace := traceOf(ctx)
	if trace == nil {
		return
	}
	next := &Act{Action: act, Contract: a.Contract, By: a.User, Operator: a.Operator, Via: a.Via(), Source: a.Source, Program: trace.Program,
		Request: trace.Request}
	if a.Visitor != "" {
		next.By = a.Visitor
	}
	if !next.Source.IsValid() {
		next.Source = trace.Source
	}
	if t != nil {
		next.Contract, next.User = t.Contract, t.User
	}
	next.System = t == nil && next.Contract == ident.System
	trace.act, trace.again, trace.written, trace.denied = next, nil, false, false
}

// intendSignIn notes that somebody, who has not proved yet to be who, is about to sign in.
func intendSignIn(ctx context.Context, who *person, source netip.Addr) {
	intend(ctx, Actor{Source: source}, SignInAct, &authz.Target{Contract: who.principal.Contract, User: who.principal.User})
}

// on says on what the act that was decided about is, and what it changes.
func on(ctx context.Context, subject, detail string) {
	if trace := traceOf(ctx); trace != nil && trace.act != nil {
		trace.act.Subject, trace.act.Detail = subject, detail
	}
}

// onUser says on whom the act is, where that was not known when it was decided about.
func onUser(ctx context.Context, u ident.UserID, detail string) {
	if trace := traceOf(ctx); trace != nil && trace.act != nil {
		trace.act.User, trace.act.Detail = u, detail
	}
}

// changes says in words what an update of a user changes.
func changes(who *person, in UserChange) string {
	var all []string
	say := func(differs bool, text string) {
		if differs {
			all = append(all, text)
		}
	}
	r := &who.row
	say(differs(in.FirstName, r.FirstName) || differs(in.LastName, r.LastName), "name")
	say(differs(in.Email, string(r.Email)), "mail: "+or(in.Email, ""))
	say(in.Password != "", "password")
	say(in.TemporaryPassword, "password to be changed")
	say(differs(in.Active, r.Active), "active: "+strconv.FormatBool(or(in.Active, false)))
	say(r.Role != authz.Owner && differs(in.Administrator, r.Role == authz.Administrator), "administrator: "+strconv.FormatBool(or(in.Administrator, false)))
	say(differs(in.ForceSecAuth, r.ForceSecAuth), "second factor required: "+strconv.FormatBool(or(in.ForceSecAuth, false)))
	return strings.Join(all, ", ")
}

// differs reports whether a change is asked for, and to something else.
func differs[T comparable](to *T, now T) bool { return to != nil && *to != now }

// stillMay decides once more about the act that was decided about last, unless it has begun: what a request waited for since (names, a hash,
// others) may have taken the right away, and from then on it holds.
func stillMay(ctx context.Context) error {
	trace := traceOf(ctx)
	if trace == nil || trace.again == nil || trace.written {
		return nil
	}
	if err := trace.again(); err != nil {
		trace.denied = true
		return err
	}
	return nil
}

// perform is record, where the actor still may.
func (s *Service) perform(ctx context.Context, c ident.ContractID, route meta.Route, fn func(meta.Tx) error) error {
	if err := stillMay(ctx); err != nil {
		return err
	}
	return s.record(ctx, c, route, fn)
}

// record changes rows of one route and writes the record of the act that was decided about last, if it has none yet, in the same
// update.
func (s *Service) record(ctx context.Context, c ident.ContractID, route meta.Route, fn func(meta.Tx) error) error {
	trace := traceOf(ctx)
	if trace == nil || trace.act == nil || trace.written || s.cfg.Records == nil {
		return s.cfg.Meta.Update(ctx, partition(c), route, fn)
	}
	write, done, err := s.cfg.Records.Record(c, trace.act)
	if err != nil {
		return err
	}
	err = s.cfg.Meta.Update(ctx, partition(c), route, func(tx meta.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		write(tx)
		return nil
	})
	if err == nil {
		trace.written = true
		done()
	}
	return err
}

// May decides about an act on a user, or on the contract where u is "", that another room performs. The error is the refusal.
func (s *Service) May(ctx context.Context, a Actor, act authz.Action, c ident.ContractID, u ident.UserID) error {
	if u == "" {
		if _, err := s.authorize(ctx, a, act, &authz.Target{Contract: c}); err != nil {
			return err
		}
		_, err := s.contract(ctx, c)
		return err
	}
	_, _, err := s.about(ctx, a, act, c, u)
	return err
}

// wait is the cause of an errs.Busy that knows when trying again makes sense.
type wait time.Duration

func (w wait) Error() string { return "wait " + time.Duration(w).String() }

// RetryAfter returns how long to wait.
func (w wait) RetryAfter() time.Duration { return time.Duration(w) }

// busy says that something is tried too often, and for how long yet.
func busy(text string, d time.Duration) error {
	return errs.New(errs.Busy, "", text).Because(wait(d))
}
