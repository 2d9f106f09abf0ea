package iam

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/seal"
)

// The second factor is TOTP (RFC 6238) as every authenticator program makes it: SHA-1, six digits, 30 seconds.
const (
	factorBytes   = 20
	factorPeriod  = 30 // seconds
	factorDrift   = 1  // steps before and after that are taken: clocks differ
	recoveryCodes = 10
	recoveryBytes = 10 // of randomness in each
)

// Codes of refusals around the second factor.
const (
	SecondFactor         errs.Code = "SecondFactor"         // a code is needed, or programs need a token instead of the password
	SecondFactorRequired errs.Code = "SecondFactorRequired" // it must be set up before anything else

	PasswordChangeRequired errs.Code = "PasswordChangeRequired" // a temporary password must be changed before anything else
)

var base32Plain = base32.StdEncoding.WithPadding(base32.NoPadding)

// totp returns the code of a time step.
func totp(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1000000)
}

func factorAAD(c ident.ContractID, u ident.UserID) []byte {
	return seal.AAD("iam second factor 1", c.String(), string(u))
}

func recoverySum(code string) []byte {
	sum := sha256.Sum256([]byte("coffer recovery 1 " + strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))))
	return sum[:]
}

// takeCode checks a code against a factor and marks it as used. A code counts once, and none counts that is older than the last.
func takeCode(row *factorRow, secret []byte, code string, now time.Time) bool {
	step := now.Unix() / factorPeriod
	for s := max(step-factorDrift, row.Step+1); s <= step+factorDrift; s++ {
		if subtle.ConstantTimeCompare([]byte(totp(secret, s)), []byte(strings.ReplaceAll(code, " ", ""))) == 1 {
			row.Step = s
			return true
		}
	}
	sum := recoverySum(code)
	for i, r := range row.Recovery {
		if row.Active && subtle.ConstantTimeCompare(sum, r) == 1 {
			row.Recovery = slices.Delete(row.Recovery, i, i+1)
			return true
		}
	}
	return false
}

// Enrolment is what an authenticator program needs. It is shown once.
type Enrolment struct {
	Secret string // base 32
	URL    string // otpauth://, for a QR code
}

// factor reads a user's second factor with its secret; nil where there is none.
func (s *Service) factor(ctx context.Context, c ident.ContractID, u ident.UserID) (*factorRow, []byte, error) {
	var row *factorRow
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) (err error) {
		row, err = get[factorRow](r, userKey(kindFactor, u))
		return err
	})
	if errors.Is(err, errs.NotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, errs.Wrap("iam.factor", err)
	}
	secret, err := s.cfg.Keyring.Open(row.Secret, factorAAD(c, u))
	return row, secret, err
}

// BeginSecondFactor implements API.
func (s *Service) BeginSecondFactor(ctx context.Context, a Actor) (*Enrolment, error) {
	_, who, err := s.about(ctx, a, authz.SetSecondFactor, a.Contract, a.User)
	if err != nil {
		return nil, err
	}
	secret := make([]byte, factorBytes)
	defer clear(secret)
	if _, err := io.ReadFull(s.cfg.Rand, secret); err != nil {
		return nil, errs.Fault("iam.BeginSecondFactor", err)
	}
	sealed, err := s.cfg.Keyring.Seal(secret, factorAAD(a.Contract, a.User))
	if err != nil {
		return nil, err
	}
	err = s.update(ctx, a.Contract, userRoute(a.User), func(tx meta.Tx) error {
		row, err := aliveUser(tx, a.User)
		if err != nil {
			return err
		}
		if row.SecAuthActive {
			return errs.New(errs.Conflict, "", "The second factor is active already; switch it off first.")
		}
		return put(tx, userKey(kindFactor, a.User), &factorRow{Secret: sealed})
	})
	if err != nil {
		return nil, errs.Wrap("iam.BeginSecondFactor", err)
	}
	text := base32Plain.EncodeToString(secret)
	link := url.URL{Scheme: "otpauth", Host: "totp", Path: "/Coffer:" + string(who.row.Email),
		RawQuery: url.Values{"secret": {text}, "issuer": {"Coffer"}}.Encode()}
	return &Enrolment{Secret: text, URL: link.String()}, nil
}

// ConfirmSecondFactor implements API. The user's other sessions end: they were begun without it.
func (s *Service) ConfirmSecondFactor(ctx context.Context, a Actor, code string) ([]string, error) {
	if _, _, err := s.about(ctx, a, authz.SetSecondFactor, a.Contract, a.User); err != nil {
		return nil, err
	}
	codes, sums := make([]string, recoveryCodes), make([][]byte, recoveryCodes)
	for i := range codes {
		var b [recoveryBytes]byte
		if _, err := io.ReadFull(s.cfg.Rand, b[:]); err != nil {
			return nil, errs.Fault("iam.ConfirmSecondFactor", err)
		}
		text := base32Plain.EncodeToString(b[:])
		codes[i] = text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
		sums[i] = recoverySum(codes[i])
	}
	err := s.withCode(ctx, a, code, func(tx meta.Tx, user *userRow, row *factorRow) error {
		if row.Active {
			return errs.New(errs.Conflict, "", "The second factor is active already.")
		}
		row.Active, row.Recovery = true, sums
		user.SecAuthActive = true
		if err := endSessions(tx, a.Contract, a.User, a.Session); err != nil {
			return err
		}
		return put(tx, userKey(kindFactor, a.User), row)
	})
	if err != nil {
		return nil, errs.Wrap("iam.ConfirmSecondFactor", err)
	}
	return codes, nil
}

// DisableSecondFactor implements API.
func (s *Service) DisableSecondFactor(ctx context.Context, a Actor, code string) error {
	_, who, err := s.about(ctx, a, authz.SetSecondFactor, a.Contract, a.User)
	if err != nil {
		return err
	}
	if who.row.ForceSecAuth {
		return errs.New(errs.Denied, "", "An administrator requires your second factor; it can't be switched off.")
	}
	return errs.Wrap("iam.DisableSecondFactor", s.withCode(ctx, a, code, func(tx meta.Tx, user *userRow, row *factorRow) error {
		if user.ForceSecAuth {
			return errs.New(errs.Denied, "", "An administrator requires your second factor; it can't be switched off.")
		}
		user.SecAuthActive = false
		return tx.Delete(userKey(kindFactor, a.User))
	}))
}

// withCode runs fn in an update of the actor's rows if the code is right. Wrong ones lock it for a while, as wrong passwords lock a mail. The hashing is done
// before the update: the update then only sees whether the factor is still the one that was checked.
func (s *Service) withCode(ctx context.Context, a Actor, code string, fn func(meta.Tx, *userRow, *factorRow) error) error {
	who, err := s.person(ctx, a.Contract, a.User)
	if err != nil {
		return err
	}
	checked, err := s.checkCode(ctx, who, code, false, a.Source)
	if err != nil {
		return err
	}
	now := s.now()
	return s.update(ctx, a.Contract, userRoute(a.User), func(tx meta.Tx) error {
		user, err := aliveUser(tx, a.User)
		if err != nil {
			return err
		}
		row, err := sameFactor(tx, a.User, checked)
		if err != nil {
			return err
		}
		if err := fn(tx, user, row); err != nil {
			return err
		}
		user.Modified, user.Revision = now, user.Revision+1
		return put(tx, userKey(kindUser, a.User), user)
	})
}

// checkedCode is a factor as it was read, and as it is once the code counted.
type checkedCode struct {
	step     int64
	recovery int
	after    *factorRow
}

var errWrongCode = errs.New(errs.Denied, SecondFactor, "The code is wrong or was used before.")

// checkCode checks a code for a user, with the limits of a sign-in. active says whether the factor must be confirmed already.
func (s *Service) checkCode(ctx context.Context, who *person, code string, active bool, source netip.Addr) (*checkedCode, error) {
	now := s.cfg.Clock()
	if d := s.sources.exhausted(source, now); d > 0 {
		return nil, busy("Too many failed attempts from your address; try again in a minute.", d)
	}
	if wait := s.codes.locked(who.row.Email, now); wait > 0 {
		return nil, busy("Too many wrong codes; try again in "+wait.Round(time.Second).String()+".", wait)
	}
	row, secret, err := s.factor(ctx, who.principal.Contract, who.principal.User)
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	if row == nil || active && !row.Active {
		return nil, errs.New(errs.Conflict, "", "No second factor was set up.")
	}
	c := &checkedCode{step: row.Step, recovery: len(row.Recovery), after: row}
	if len(code) > 64 || !takeCode(row, secret, code, now) {
		s.sources.failed(source, now)
		s.codes.failed(who.row.Email, now)
		return nil, errWrongCode
	}
	s.codes.forget(who.row.Email)
	return c, nil
}

// sameFactor returns the factor with the checked code used up, unless it changed since: then somebody else used the code.
func sameFactor(tx meta.Tx, u ident.UserID, c *checkedCode) (*factorRow, error) {
	row, err := get[factorRow](tx, userKey(kindFactor, u))
	if errors.Is(err, errs.NotFound) {
		return nil, errWrongCode
	}
	if err != nil {
		return nil, err
	}
	if row.Step != c.step || len(row.Recovery) != c.recovery || string(row.Secret) != string(c.after.Secret) {
		return nil, errWrongCode
	}
	row.Step, row.Recovery = c.after.Step, slices.Clone(c.after.Recovery)
	return row, nil
}

// ResetSecondFactor implements API: for a user who lost it.
func (s *Service) ResetSecondFactor(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID) error {
	p, _, err := s.about(ctx, a, authz.ResetSecondFactor, c, u)
	if err != nil {
		return err
	}
	if u == p.User && !p.Operator {
		return errs.New(errs.Conflict, "", "Switch your own second factor off with a code of it; if you lost it, ask another administrator, or the operator.")
	}
	now := s.now()
	return errs.Wrap("iam.ResetSecondFactor", s.update(ctx, c, userRoute(u), func(tx meta.Tx) error {
		user, err := aliveUser(tx, u)
		if err != nil {
			return err
		}
		user.SecAuthActive, user.Modified, user.Revision = false, now, user.Revision+1
		if err := put(tx, userKey(kindUser, u), user); err != nil {
			return err
		}
		if err := endSessions(tx, c, u, ""); err != nil {
			return err
		}
		return tx.Delete(userKey(kindFactor, u))
	}))
}

// SignInWithCode implements API.
func (s *Service) SignInWithCode(ctx context.Context, mail, password, code string, source netip.Addr) (*Session, error) {
	who, err := s.login(ctx, mail, password, source)
	if err != nil {
		return nil, err
	}
	if !who.row.SecAuthActive {
		return s.begin(ctx, who, source)
	}
	c, u := who.principal.Contract, who.principal.User
	intendSignIn(ctx, who, source)
	checked, err := s.checkCode(ctx, who, code, true, source)
	if err != nil {
		return nil, err
	}
	// Used up first: a code that opened one session opens no second one, whatever happens then.
	err = s.cfg.Meta.Update(ctx, partition(c), userRoute(u), func(tx meta.Tx) error {
		row, err := sameFactor(tx, u, checked)
		if err != nil {
			return err
		}
		return put(tx, userKey(kindFactor, u), row)
	})
	if err != nil {
		return nil, errs.Wrap("iam.SignInWithCode", err)
	}
	return s.begin(ctx, who, source)
}

// owes returns the refusal that a user gets who has to do something before anything else; nil for everybody else.
func (p *person) owes() error {
	switch {
	case p.row.TemporaryWord:
		return errs.New(errs.Denied, PasswordChangeRequired, "Your password was chosen by somebody else: change it first.")
	case p.row.ForceSecAuth && !p.row.SecAuthActive:
		return errs.New(errs.Denied, SecondFactorRequired, "An administrator requires a second factor of you; set it up first.")
	}
	return nil
}

// beforeEnrolment are the acts that somebody may perform who has yet to set up a required second factor or to change a temporary password.
func beforeEnrolment(a authz.Action) bool {
	return a == authz.SetSecondFactor || a == authz.ChangePassword || a == authz.GetUser || a == authz.GetContract || a == authz.ListContracts
}
