package iam

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/seal"
)

// tokenKeyBytes is the length of the key that signs one token.
const tokenKeyBytes = 32

// maxToken is the longest bearer token that is looked at, in bytes.
const maxToken = 4096

// tokenPrefix begins what Actor.Session holds for a token.
const tokenPrefix = "token."

// claims are what a token says (fact sheet, section 7). Rights are never taken from them: clients read them, this server looks the
// user up.
type claims struct {
	Identity claimedIdentity `json:"identity"`
	Issued   int64           `json:"iat"`
	Expires  int64           `json:"exp"`
}

type claimedIdentity struct {
	UUID       ident.UserID     `json:"uuid"`
	Contract   ident.ContractID `json:"contractNumber"`
	Role       string           `json:"role"`
	Privileges []string         `json:"privileges"`
}

// Privileges as tokens and the vendor's messages spell them.
const (
	storagePrivilege = "ACCESS_S3_OBJECT_STORAGE"
	logPrivilege     = "ACCESS_ACTIVITY_LOG"
)

// TokenID returns the id of the token that the actor came with.
func (a Actor) TokenID() (id string, ok bool) { return strings.CutPrefix(a.Session, tokenPrefix) }

var errNoToken = errs.New(errs.Unauthenticated, "", "The token is not known here, has expired or was deleted.")

func tokenAAD(c ident.ContractID, u ident.UserID, id string) []byte {
	return seal.AAD("iam token 1", c.String(), string(u), id)
}

func (r *tokenRow) token() *Token { return &Token{ID: r.ID, Created: r.Created, Expires: r.Expires} }

// GenerateToken implements API. Each token has a key of its own, so that no key signs for two.
func (s *Service) GenerateToken(ctx context.Context, a Actor, ttl time.Duration) (string, *Token, error) {
	_, who, err := s.about(ctx, a, authz.CreateToken, a.Contract, a.User)
	if err != nil {
		return "", nil, err
	}
	if ttl == 0 {
		ttl = MaxTokenTTL
	}
	if ttl < MinTokenTTL || ttl > MaxTokenTTL {
		return "", nil, invalid("A token lives for 60 to 31536000 seconds.")
	}
	id, err := ident.NewKeyID(s.cfg.Rand)
	if err != nil {
		return "", nil, err
	}
	key := make([]byte, tokenKeyBytes)
	defer clear(key)
	if _, err := io.ReadFull(s.cfg.Rand, key); err != nil {
		return "", nil, errs.Fault("iam.GenerateToken", err)
	}
	c, u := who.principal.Contract, who.principal.User
	sealed, err := s.cfg.Keyring.Seal(key, tokenAAD(c, u, string(id)))
	if err != nil {
		return "", nil, err
	}
	on(ctx, string(id), "")
	now := s.now().Truncate(time.Second)
	row := tokenRow{ID: string(id), Key: sealed, Created: now, Expires: now.Add(ttl)}
	signed, err := signToken(who, &row, key)
	if err != nil {
		return "", nil, errs.Fault("iam.GenerateToken", err)
	}
	err = s.update(ctx, c, userRoute(u), func(tx meta.Tx) error {
		if err := stillSignedIn(tx, a); err != nil {
			return err
		}
		all, err := getOr[tokensRow](tx, userKey(kindTokens, u))
		if err != nil {
			return err
		}
		if len(all.Tokens) >= MaxTokens { // those that expired make room
			all.Tokens = slices.DeleteFunc(all.Tokens, func(r tokenRow) bool { return !now.Before(r.Expires) })
		}
		if len(all.Tokens) >= MaxTokens {
			return errs.New(errs.Limit, "", "A user has at most 100 tokens; delete one first.").On(errs.Subject(u))
		}
		all.Tokens = append(all.Tokens, row)
		return put(tx, userKey(kindTokens, u), all)
	})
	if err != nil {
		return "", nil, errs.Wrap("iam.GenerateToken", err)
	}
	return signed, row.token(), nil
}

// stillSignedIn fails in an update of the actor's rows where what the actor came with has ended meanwhile: a token that is made at the moment
// of a change of password must not outlive it.
func stillSignedIn(tx meta.Tx, a Actor) error {
	user, err := aliveUser(tx, a.User)
	if err != nil {
		return err
	}
	if id, ok := a.TokenID(); ok {
		all, err := getOr[tokensRow](tx, userKey(kindTokens, a.User))
		if err == nil && !slices.ContainsFunc(all.Tokens, func(r tokenRow) bool { return r.ID == id }) {
			err = errNoToken
		}
		return err
	}
	if a.Session != "" {
		all, err := getOr[sessionsRow](tx, userKey(kindSessions, a.User))
		if err == nil && !slices.ContainsFunc(all.Sessions, func(r sessionRow) bool { return sessionID(a.Contract, a.User, r.ID) == a.Session }) {
			err = errNoSession
		}
		return err
	}
	if !a.PasswordSet.IsZero() && !a.PasswordSet.Equal(user.PasswordSet) {
		return errWrong()
	}
	return nil
}

// signToken makes the token's text. Its header has 72 ASCII bytes, a multiple of three without ~ ? >, since a client of the vendor's
// decodes it as padded standard base64 (fact sheet, section 7).
func signToken(who *person, row *tokenRow, key []byte) (string, error) {
	role := map[authz.Role]string{authz.Owner: "owner", authz.Administrator: "admin"}[who.principal.Role]
	if role == "" {
		role = "user"
	}
	said := claims{Identity: claimedIdentity{UUID: who.principal.User, Contract: who.principal.Contract, Role: role, Privileges: []string{}},
		Issued: row.Created.Unix(), Expires: row.Expires.Unix()}
	if who.principal.ObjectStorage {
		said.Identity.Privileges = append(said.Identity.Privileges, storagePrivilege)
	}
	if who.principal.ActivityLog || who.principal.Role >= authz.Administrator {
		said.Identity.Privileges = append(said.Identity.Privileges, logPrivilege)
	}
	payload, err := json.Marshal(said)
	if err != nil {
		return "", err
	}
	opts := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", row.ID)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: key}, opts)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// TokenActor implements API. Tokens that do not count are limited by where they come from.
func (s *Service) TokenActor(ctx context.Context, token string, source netip.Addr) (Actor, error) {
	a, err := s.tokenActor(ctx, token, source)
	if !errors.Is(err, errs.Unauthenticated) {
		return a, err
	}
	now := s.cfg.Clock()
	if d := s.wrongTokens.exhausted(source, now); d > 0 {
		return Actor{}, busy("Too many wrong tokens from your address; try again in a minute.", d)
	}
	s.wrongTokens.failed(source, now)
	return Actor{}, err
}

// tokenActor finds whose a token is. What it claims only says where its row is; the row's key then proves it.
func (s *Service) tokenActor(ctx context.Context, token string, source netip.Addr) (Actor, error) {
	if len(token) > maxToken {
		return Actor{}, errNoToken
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.HS256})
	if err != nil || len(signed.Signatures) != 1 {
		return Actor{}, errNoToken
	}
	var said claims
	if json.Unmarshal(signed.UnsafePayloadWithoutVerification(), &said) != nil || !said.Identity.Contract.Valid() {
		return Actor{}, errNoToken
	}
	u, err := ident.ParseUserID(string(said.Identity.UUID))
	if err != nil {
		return Actor{}, errNoToken
	}
	c := said.Identity.Contract
	who, err := s.person(ctx, c, u)
	if errors.Is(err, errs.NotFound) || err == nil && !who.row.Active {
		return Actor{}, errNoToken
	}
	if err != nil {
		return Actor{}, err
	}
	row, err := s.tokenRow(ctx, c, u, signed.Signatures[0].Header.KeyID)
	if err != nil {
		return Actor{}, err
	}
	if row == nil || !s.cfg.Clock().Before(row.Expires) {
		return Actor{}, errNoToken
	}
	key, err := s.cfg.Keyring.Open(row.Key, tokenAAD(c, u, row.ID))
	if err != nil {
		return Actor{}, errs.Wrap("iam.TokenActor", err)
	}
	defer clear(key)
	if _, err := signed.Verify(key); err != nil {
		return Actor{}, errNoToken
	}
	return Actor{Principal: who.principal, Session: tokenPrefix + row.ID, Source: source}, nil
}

// tokensOf reads a user's tokens; none is fine.
func (s *Service) tokensOf(ctx context.Context, c ident.ContractID, u ident.UserID) (*tokensRow, error) {
	var row *tokensRow
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) (err error) {
		row, err = getOr[tokensRow](r, userKey(kindTokens, u))
		return err
	})
	return row, err
}

// tokenRow returns one token's row, or nil.
func (s *Service) tokenRow(ctx context.Context, c ident.ContractID, u ident.UserID, id string) (*tokenRow, error) {
	all, err := s.tokensOf(ctx, c, u)
	if err != nil {
		return nil, errs.Wrap("iam.Token", err)
	}
	for i := range all.Tokens {
		if all.Tokens[i].ID == id {
			return &all.Tokens[i], nil
		}
	}
	return nil, nil
}

// Tokens implements API.
func (s *Service) Tokens(ctx context.Context, a Actor) ([]*Token, error) {
	if _, _, err := s.about(ctx, a, authz.ListTokens, a.Contract, a.User); err != nil {
		return nil, err
	}
	rows, err := s.tokensOf(ctx, a.Contract, a.User)
	if err != nil {
		return nil, errs.Wrap("iam.Tokens", err)
	}
	all := make([]*Token, 0, len(rows.Tokens))
	for i := range rows.Tokens {
		all = append(all, rows.Tokens[i].token())
	}
	return all, nil
}

// endTokens removes a user's tokens, but for the one that keep, an Actor.Session, names: a token must not outlive the password of who
// made it.
func endTokens(tx meta.Tx, u ident.UserID, keep string) error {
	all, err := getOr[tokensRow](tx, userKey(kindTokens, u))
	if err != nil || len(all.Tokens) == 0 {
		return err
	}
	all.Tokens = slices.DeleteFunc(all.Tokens, func(r tokenRow) bool { return tokenPrefix+r.ID != keep })
	if len(all.Tokens) == 0 {
		return tx.Delete(userKey(kindTokens, u))
	}
	return put(tx, userKey(kindTokens, u), all)
}

var errTokenGone = errs.New(errs.NotFound, "", "There is no such token.")

// Token implements API.
func (s *Service) Token(ctx context.Context, a Actor, id string) (*Token, error) {
	if _, _, err := s.about(ctx, a, authz.ListTokens, a.Contract, a.User); err != nil {
		return nil, err
	}
	row, err := s.tokenRow(ctx, a.Contract, a.User, id)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, errTokenGone
	}
	return row.token(), nil
}

// DeleteToken implements API.
func (s *Service) DeleteToken(ctx context.Context, a Actor, id string) error {
	n, err := s.dropTokens(ctx, a, id, func(r *tokenRow) bool { return r.ID == id })
	if err == nil && n == 0 {
		return errTokenGone
	}
	return err
}

// DeleteTokens implements API.
func (s *Service) DeleteTokens(ctx context.Context, a Actor, which TokenCriterion) (int, error) {
	now := s.now()
	switch which {
	case AllTokens:
		return s.dropTokens(ctx, a, string(which), func(*tokenRow) bool { return true })
	case ExpiredTokens:
		return s.dropTokens(ctx, a, string(which), func(r *tokenRow) bool { return !now.Before(r.Expires) })
	case CurrentToken:
		id, ok := a.TokenID()
		if !ok {
			return 0, invalid("This request did not come with a token: CURRENT names none.")
		}
		return s.dropTokens(ctx, a, string(which), func(r *tokenRow) bool { return r.ID == id })
	}
	return 0, invalid("The criteria are ALL, EXPIRED and CURRENT.")
}

func (s *Service) dropTokens(ctx context.Context, a Actor, name string, which func(*tokenRow) bool) (int, error) {
	if _, _, err := s.about(ctx, a, authz.DeleteToken, a.Contract, a.User); err != nil {
		return 0, err
	}
	on(ctx, name, "")
	gone := 0
	err := s.update(meta.Freeing(ctx), a.Contract, userRoute(a.User), func(tx meta.Tx) error {
		all, err := getOr[tokensRow](tx, userKey(kindTokens, a.User))
		if err != nil {
			return err
		}
		before := len(all.Tokens)
		all.Tokens = slices.DeleteFunc(all.Tokens, func(r tokenRow) bool { return which(&r) })
		switch gone = before - len(all.Tokens); {
		case gone == 0:
			return nil
		case len(all.Tokens) == 0:
			return tx.Delete(userKey(kindTokens, a.User))
		}
		return put(tx, userKey(kindTokens, a.User), all)
	})
	return gone, errs.Wrap("iam.DeleteTokens", err)
}
