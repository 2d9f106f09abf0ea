package iam

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"io"
	"net/netip"
	"time"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// InvitationLife is how long an invitation counts.
const InvitationLife = 7 * 24 * time.Hour

// AcceptInvitationAct is what accepting an invitation is recorded as: whoever holds it may.
const AcceptInvitationAct authz.Action = "coffer:AcceptInvitation"

var errNoInvitation = errs.New(errs.Denied, "InvitationOver", "The invitation is not known here, was used already or has expired; ask an administrator for another one.")

// Invite implements API. Of the invitation only a hash is stored.
func (s *Service) Invite(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID) (string, time.Time, error) {
	if _, _, err := s.about(ctx, a, authz.UpdateUser, c, u); err != nil {
		return "", time.Time{}, err
	}
	random := make([]byte, 16+tokenRandom)
	if _, err := io.ReadFull(s.cfg.Rand, random); err != nil {
		return "", time.Time{}, errs.Fault("iam.Invite", err)
	}
	token, err := newToken(c, u, hex.EncodeToString(random[:16]), random[16:])
	if err != nil {
		return "", time.Time{}, err
	}
	hash, until := sha256.Sum256(random[16:]), s.now().Add(InvitationLife)
	on(ctx, "", "invitation until "+until.Format(time.RFC3339))
	err = s.update(ctx, c, userRoute(u), func(tx meta.Tx) error {
		user, err := aliveUser(tx, u)
		if err != nil {
			return err
		}
		if !user.Active {
			return errs.New(errs.Conflict, "", "The user is deactivated; activate them before inviting them.")
		}
		row, err := getOr[credentialRow](tx, userKey(kindCredential, u))
		if err != nil {
			return err
		}
		row.Invitation, row.InvitedUntil = hash[:], until
		return put(tx, userKey(kindCredential, u), row)
	})
	if err != nil {
		return "", time.Time{}, errs.Wrap("iam.Invite", err)
	}
	return token, until, nil
}

// invited reports whether random is that of the invitation in a row, and counts now.
func (r *credentialRow) invited(random []byte, now time.Time) bool {
	hash := sha256.Sum256(random)
	return len(r.Invitation) > 0 && now.Before(r.InvitedUntil) && subtle.ConstantTimeCompare(hash[:], r.Invitation) == 1
}

// AcceptInvitation implements API.
func (s *Service) AcceptInvitation(ctx context.Context, token, password string, source netip.Addr) (ident.Email, error) {
	now := s.cfg.Clock()
	if d := s.sources.exhausted(source, now); d > 0 {
		return "", busy("Too many failed attempts from your address; try again in a minute.", d)
	}
	ref, _, random, err := parseToken(token)
	if err != nil {
		s.sources.failed(source, now)
		return "", errNoInvitation
	}
	who, err := s.person(ctx, ref.contract, ref.user)
	var row *credentialRow
	if err == nil {
		err = s.cfg.Meta.View(ctx, partition(ref.contract), func(r meta.Reader) (err error) {
			row, err = getOr[credentialRow](r, userKey(kindCredential, ref.user))
			return err
		})
	}
	if errors.Is(err, errs.NotFound) || err == nil && (!who.row.Active || !row.invited(random, now)) {
		s.sources.failed(source, now)
		return "", errNoInvitation
	}
	if err != nil {
		return "", errs.Wrap("iam.AcceptInvitation", err)
	}
	by := Actor{Principal: who.principal, Source: source}
	intend(ctx, by, AcceptInvitationAct, &authz.Target{Contract: ref.contract, User: ref.user})
	hash, err := s.newHash(ctx, who, password)
	if err != nil {
		return "", err
	}
	return who.row.Email, errs.Wrap("iam.AcceptInvitation", s.update(ctx, ref.contract, userRoute(ref.user), func(tx meta.Tx) error {
		now, err := getOr[credentialRow](tx, userKey(kindCredential, ref.user))
		if err != nil {
			return err
		}
		if subtle.ConstantTimeCompare(now.Invitation, row.Invitation) != 1 {
			return errNoInvitation // used or replaced meanwhile
		}
		return s.putPassword(tx, ref.contract, ref.user, ref.user, hash, "")
	}))
}

// newHash checks a new password of a user and hashes it.
func (s *Service) newHash(ctx context.Context, who *person, password string) (string, error) {
	if err := checkPassword(password, who.row.Email); err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, s.cfg.Rand, password)
}

// putPassword sets a user's password in an update of the user's rows, ends sessions and tokens but for the one that keep names, and any invitation.
func (s *Service) putPassword(tx meta.Tx, c ident.ContractID, u, by ident.UserID, hash, keep string) error {
	row, err := aliveUser(tx, u)
	if err != nil {
		return err
	}
	now := s.now()
	row.TemporaryWord = false
	row.PasswordSet, row.Modified, row.ModifiedBy, row.Revision = now, now, by, row.Revision+1
	if err := put(tx, userKey(kindUser, u), row); err != nil {
		return err
	}
	if err := put(tx, userKey(kindCredential, u), &credentialRow{Hash: hash}); err != nil {
		return err
	}
	if err := endTokens(tx, u, keep); err != nil {
		return err
	}
	return endSessions(tx, c, u, keep)
}
