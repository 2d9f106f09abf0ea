package iam

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/names"
)

// How long a verified pair of mail and password is remembered, and how many are.
const (
	verifiedFor = 60 * time.Second
	maxVerified = 4096
)

// verified remembers pairs that a hash was computed for, under an HMAC whose key this process alone has: programs that send Basic
// with every call cost one hash a minute. It is safe for concurrent use.
type verified struct {
	key [32]byte

	mu    sync.Mutex
	pairs map[[sha256.Size]byte]verifiedPair
}

type verifiedPair struct {
	userKeyed
	revision uint64 // of the user's row: password, role and second factor change it
	until    time.Time
}

func (v *verified) sum(mail ident.Email, password string) [sha256.Size]byte {
	h := hmac.New(sha256.New, v.key[:])
	h.Write([]byte(mail))
	h.Write([]byte{0})
	h.Write([]byte(password))
	return [sha256.Size]byte(h.Sum(nil))
}

func (v *verified) find(sum [sha256.Size]byte, now time.Time) (verifiedPair, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	p, ok := v.pairs[sum]
	if ok && now.After(p.until) {
		delete(v.pairs, sum)
		ok = false
	}
	return p, ok
}

func (v *verified) add(sum [sha256.Size]byte, p verifiedPair, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.pairs) >= maxVerified {
		for k, old := range v.pairs {
			if now.After(old.until) {
				delete(v.pairs, k)
			}
		}
	}
	if v.pairs == nil || len(v.pairs) >= maxVerified {
		v.pairs = map[[sha256.Size]byte]verifiedPair{}
	}
	v.pairs[sum] = p
}

// Lockout: after this many wrong passwords in a row a mail address is refused for a while, twice as long after each further one.
const (
	freeFailures  = 10
	firstLock     = 30 * time.Second
	longestLock   = 15 * time.Minute
	forgetFailure = 24 * time.Hour
	maxLockout    = 10000
)

// lockout counts wrong passwords by mail, of known and unknown ones alike. It is safe for concurrent use.
type lockout struct {
	mu    sync.Mutex
	mails map[ident.Email]failures
	swept time.Time
}

type failures struct {
	count int
	last  time.Time
	until time.Time
}

// locked returns how long the mail is refused yet, or 0.
func (l *lockout) locked(mail ident.Email, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(0, l.mails[mail].until.Sub(now))
}

func (l *lockout) failed(mail ident.Email, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.mails[mail]
	if now.Sub(f.last) > forgetFailure {
		f = failures{}
	}
	f.count, f.last = f.count+1, now
	if over := f.count - freeFailures; over >= 0 {
		f.until = now.Add(min(longestLock, firstLock<<min(over, 10)))
	}
	if _, known := l.mails[mail]; !known && len(l.mails) >= maxLockout {
		l.makeRoom(now)
	}
	if l.mails == nil {
		l.mails = map[ident.Email]failures{}
	}
	l.mails[mail] = f
}

// makeRoom forgets what is old, at most once a minute, and else one of a few that is not locked, so that a flood costs little.
func (l *lockout) makeRoom(now time.Time) {
	if now.Sub(l.swept) >= time.Minute {
		l.swept = now
		for m, f := range l.mails {
			if now.Sub(f.last) > longestLock {
				delete(l.mails, m)
			}
		}
	}
	if len(l.mails) < maxLockout {
		return
	}
	looked := 0
	for m, f := range l.mails { // begins at a random one
		if looked++; !f.until.After(now) || looked == 64 {
			delete(l.mails, m)
			return
		}
	}
}

func (l *lockout) forget(mail ident.Email) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.mails, mail)
}

// Rates of failing attempts from one source: an IPv4 address or an IPv6 /64. What people choose or type is guessed slowly; tokens are
// random, so that their limit is there for the work that wrong ones make, and a program with one that was deleted keeps nobody beside it from
// signing in.
const (
	sourceRate  = rate.Limit(1) // a second
	sourceBurst = 20
	tokenRate   = rate.Limit(20)
	tokenBurst  = 1000
	maxSources  = 16384
)

// sources limits failing attempts by where they come from. It is safe for concurrent use.
type sources struct {
	rate  rate.Limit // a second
	burst int

	mu       sync.Mutex
	limiters map[netip.Prefix]*rate.Limiter
}

// exhausted returns how long to wait yet because too many attempts from there failed, or 0.
func (s *sources) exhausted(from netip.Addr, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.limiters[prefixOf(from)]
	if l == nil {
		return 0
	}
	return max(0, time.Duration((1-l.TokensAt(now))/float64(s.rate)*float64(time.Second)))
}

// failed counts an attempt that failed.
func (s *sources) failed(from netip.Addr, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := prefixOf(from)
	l := s.limiters[p]
	if l == nil {
		s.makeRoom(now)
		l = rate.NewLimiter(s.rate, s.burst)
		s.limiters[p] = l
	}
	l.AllowN(now, 1)
}

func (s *sources) makeRoom(now time.Time) {
	if len(s.limiters) >= maxSources {
		for k, old := range s.limiters {
			if old.TokensAt(now) >= float64(s.burst) {
				delete(s.limiters, k)
			}
		}
	}
	if s.limiters == nil || len(s.limiters) >= maxSources {
		s.limiters = map[netip.Prefix]*rate.Limiter{}
	}
}

// prefixOf is what counts as one source. Those that come from nowhere share one.
func prefixOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// errWrong is the one answer to a sign-in that fails, whatever was wrong.
func errWrong() error {
	return errs.New(errs.Unauthenticated, "", "Mail address or password is wrong.")
}

// Login implements API.
func (s *Service) Login(ctx context.Context, mail, password string, source netip.Addr) (Actor, error) {
	who, err := s.login(ctx, mail, password, source)
	if err != nil {
		return Actor{}, err
	}
	if who.row.SecAuthActive || who.row.ForceSecAuth {
		return Actor{}, errs.New(errs.Unauthenticated, SecondFactor, "This user signs in with a second factor: programs use a token instead of the password.")
	}
	return Actor{Principal: who.principal, PasswordSet: who.row.PasswordSet, Source: source}, nil
}

// login finds the user whose mail and password these are.
func (s *Service) login(ctx context.Context, mail, password string, source netip.Addr) (*person, error) {
	address, parseErr := ident.ParseEmail(mail)
	now := s.cfg.Clock()
	sum := s.verified.sum(address, password)
	if pair, ok := s.verified.find(sum, now); ok && parseErr == nil {
		who, err := s.person(ctx, pair.contract, pair.user)
		if err == nil && who.row.Active && who.row.Revision == pair.revision && who.row.Email == address {
			return who, nil
		}
		if err != nil && !errors.Is(err, errs.NotFound) {
			return nil, err
		}
	}
	if d := s.sources.exhausted(source, now); d > 0 {
		return nil, busy("Too many failed attempts to sign in from your address; try again in a minute.", d)
	}
	if wait := s.lockout.locked(address, now); wait > 0 && parseErr == nil {
		return nil, busy("Too many wrong passwords for this mail address; try again in "+wait.Round(time.Second).String()+".", wait)
	}
	who, stored, err := s.credential(ctx, address, parseErr == nil)
	if err != nil {
		return nil, err
	}
	ok, err := s.hasher.check(ctx, stored, password)
	if err != nil {
		return nil, err
	}
	if !ok || who == nil || !who.row.Active {
		s.sources.failed(source, now)
		if who != nil {
			intendSignIn(ctx, who, source)
		}
		if parseErr == nil && !ok {
			s.lockout.failed(address, now)
		}
		return nil, errWrong()
	}
	s.lockout.forget(address)
	s.verified.add(sum, verifiedPair{userKeyed{who.principal.Contract, who.principal.User}, who.row.Revision, now.Add(verifiedFor)}, now)
	return who, nil
}

// credential returns a user by mail with the stored form of the password; nil and "" where there is none.
func (s *Service) credential(ctx context.Context, mail ident.Email, valid bool) (*person, string, error) {
	if !valid {
		return nil, "", nil
	}
	ref, err := s.lookup(ctx, names.Mails, string(mail))
	if errors.Is(err, errs.NotFound) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", errs.Wrap("iam.Login", err)
	}
	// The person first: when the password changes in between, the revision remembered is the older one and counts no more.
	who, err := s.person(ctx, ref.contract, ref.user)
	if errors.Is(err, errs.NotFound) || err == nil && who.row.Email != mail {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	var row *credentialRow
	err = s.cfg.Meta.View(ctx, partition(ref.contract), func(r meta.Reader) error {
		row, err = getOr[credentialRow](r, userKey(kindCredential, ref.user))
		return err
	})
	if err != nil {
		return nil, "", errs.Wrap("iam.Login", err)
	}
	return who, row.Hash, nil
}

// OperatorActor implements API.
func (s *Service) OperatorActor(_ context.Context, token string, source netip.Addr) (Actor, error) {
	sum := sha256.Sum256([]byte(token))
	if s.cfg.OperatorToken != "" && subtle.ConstantTimeCompare(sum[:], s.operator[:]) == 1 {
		return Actor{Principal: authz.Principal{Operator: true}, Source: source}, nil
	}
	now := s.cfg.Clock()
	if d := s.wrongTokens.exhausted(source, now); d > 0 {
		return Actor{}, busy("Too many wrong tokens from your address; try again in a minute.", d)
	}
	s.wrongTokens.failed(source, now)
	return Actor{}, errs.New(errs.Unauthenticated, "", "The token is not known here, has expired or was deleted.")
}

// ChangePassword implements API.
func (s *Service) ChangePassword(ctx context.Context, a Actor, old, new string) error {
	_, who, err := s.about(ctx, a, authz.ChangePassword, a.Contract, a.User)
	if err != nil {
		return err
	}
	again, err := s.login(ctx, string(who.row.Email), old, a.Source)
	if err != nil {
		if errors.Is(err, errs.Unauthenticated) {
			return errs.New(errs.Denied, "", "The present password is wrong.")
		}
		return err
	}
	if who.row.TemporaryWord && old == new {
		return invalid("Choose another password than the one you were given.")
	}
	if again.principal.User != a.User {
		return errWrong()
	}
	intend(ctx, a, authz.ChangePassword, &authz.Target{Contract: a.Contract, User: a.User})
	return s.setPassword(ctx, a.Contract, a.User, a.User, new, a.Session, again.row.PasswordSet)
}

// setPassword sets a user's password and ends the user's sessions and tokens but for the one that keep names. was is when the present
// password was set, where that was proved: one that was set meanwhile stays.
func (s *Service) setPassword(ctx context.Context, c ident.ContractID, u, by ident.UserID, password, keep string, was time.Time) error {
	who, err := s.person(ctx, c, u)
	if err != nil {
		return err
	}
	hash, err := s.newHash(ctx, who, password)
	if err != nil {
		return err
	}
	return s.update(ctx, c, userRoute(u), func(tx meta.Tx) error {
		row, err := aliveUser(tx, u)
		if err == nil && !was.IsZero() && !row.PasswordSet.Equal(was) {
			err = errs.New(errs.Denied, "", "The password was changed meanwhile.")
		}
		if err != nil {
			return err
		}
		return s.putPassword(tx, c, u, by, hash, keep)
	})
}

// ResetPassword implements API.
func (s *Service) ResetPassword(ctx context.Context, a Actor, mail ident.Email, new string) (string, error) {
	if _, err := s.authorize(ctx, a, authz.ResetPassword, nil); err != nil {
		return "", err
	}
	mail, err := ident.ParseEmail(string(mail))
	if err != nil {
		return "", err
	}
	ref, err := s.lookup(ctx, names.Mails, string(mail))
	if errors.Is(err, errs.NotFound) {
		return "", errs.New(errs.NotFound, "", "No user has this mail address.").On(errs.Subject(mail))
	}
	if err != nil {
		return "", err
	}
	onUser(ctx, ref.user, "")
	if new == "" {
		if new, err = newPassword(s.cfg.Rand); err != nil {
			return "", err
		}
	}
	if err := s.setPassword(ctx, ref.contract, ref.user, "", new, "", time.Time{}); err != nil {
		return "", err
	}
	s.lockout.forget(mail)
	return new, nil
}
