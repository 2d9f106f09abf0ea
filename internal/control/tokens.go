package control

import (
	"net/http"

	"coffer/internal/api/cloud"
	"coffer/internal/errs"
)

// noTokens is the answer of the Auth API until package iam keeps tokens.
func (s *cloudAPI) noTokens(w http.ResponseWriter, r *http.Request) {
	s.fail(w, r, errs.New(errs.Unsupported, "", "This server does not give out tokens; send mail and password as HTTP Basic."))
}

func (s *cloudAPI) TokensDeleteByCriteria(w http.ResponseWriter, r *http.Request, _ cloud.TokensDeleteByCriteriaParams) {
	s.noTokens(w, r)
}

func (s *cloudAPI) TokensGet(w http.ResponseWriter, r *http.Request, _ cloud.TokensGetParams) {
	s.noTokens(w, r)
}

func (s *cloudAPI) TokensGenerate(w http.ResponseWriter, r *http.Request, _ cloud.TokensGenerateParams) {
	s.noTokens(w, r)
}

func (s *cloudAPI) TokensDeleteById(w http.ResponseWriter, r *http.Request, _ cloud.TokenId, _ cloud.TokensDeleteByIdParams) {
	s.noTokens(w, r)
}

func (s *cloudAPI) TokensFindById(w http.ResponseWriter, r *http.Request, _ cloud.TokenId, _ cloud.TokensFindByIdParams) {
	s.noTokens(w, r)
}
