package control

import (
	"net/http"
	"time"

	"coffer/internal/api/cloud"
	"coffer/internal/iam"
)

// authPrefix begins the paths of the Auth API.
const authPrefix = "/auth/v1"

// tokenOwner returns the caller, whose own tokens the Auth API is about. The operator has none; a contract number may only repeat
// the caller's own.
func (s *cloudAPI) tokenOwner(r *http.Request, number *cloud.ContractNumber) (iam.Actor, error) {
	a := callOf(r).actor
	if err := person(a); err != nil {
		return a, err
	}
	_, err := s.contract(r, a, number)
	return a, err
}

func (s *cloudAPI) token(r *http.Request, t *iam.Token) cloud.Token {
	return cloud.Token{Id: t.ID, Href: s.own(callOf(r)).String() + authPrefix + "/tokens/" + t.ID,
		CreatedDate: stamp(t.Created), ExpirationDate: stamp(t.Expires)}
}

func (s *cloudAPI) TokensGenerate(w http.ResponseWriter, r *http.Request, p cloud.TokensGenerateParams) {
	a, err := s.tokenOwner(r, p.XContractNumber)
	shortest, longest := int(iam.MinTokenTTL/time.Second), int(iam.MaxTokenTTL/time.Second)
	ttl := or(p.Ttl, longest)
	if err == nil && (ttl < shortest || ttl > longest) {
		err = invalid("ttl: %d is not in %d to %d seconds.", ttl, shortest, longest)
	}
	var text string
	if err == nil {
		text, _, err = s.cfg.IAM.GenerateToken(r.Context(), a, time.Duration(ttl)*time.Second)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, r, http.StatusOK, cloud.GeneratedToken{Token: text})
}

func (s *cloudAPI) TokensGet(w http.ResponseWriter, r *http.Request, p cloud.TokensGetParams) {
	a, err := s.tokenOwner(r, p.XContractNumber)
	var all []*iam.Token
	if err == nil {
		all, err = s.cfg.IAM.Tokens(r.Context(), a)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out := cloud.Tokens{Tokens: make([]cloud.Token, 0, len(all))}
	for _, t := range all {
		out.Tokens = append(out.Tokens, s.token(r, t))
	}
	s.write(w, r, http.StatusOK, out)
}

func (s *cloudAPI) TokensFindById(w http.ResponseWriter, r *http.Request, id cloud.TokenId, p cloud.TokensFindByIdParams) {
	a, err := s.tokenOwner(r, p.XContractNumber)
	var t *iam.Token
	if err == nil {
		t, err = s.cfg.IAM.Token(r.Context(), a, id)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, r, http.StatusOK, s.token(r, t))
}

func (s *cloudAPI) TokensDeleteById(w http.ResponseWriter, r *http.Request, id cloud.TokenId, p cloud.TokensDeleteByIdParams) {
	a, err := s.tokenOwner(r, p.XContractNumber)
	if err == nil {
		err = s.cfg.IAM.DeleteToken(r.Context(), a, id)
	}
	s.tokensDeleted(w, r, err)
}

func (s *cloudAPI) TokensDeleteByCriteria(w http.ResponseWriter, r *http.Request, p cloud.TokensDeleteByCriteriaParams) {
	a, err := s.tokenOwner(r, p.XContractNumber)
	if err == nil {
		_, err = s.cfg.IAM.DeleteTokens(r.Context(), a, iam.TokenCriterion(p.Criteria))
	}
	s.tokensDeleted(w, r, err)
}

func (s *cloudAPI) tokensDeleted(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, r, http.StatusOK, cloud.DeletedTokens{Success: true})
}
