// Package policyreport says what a draft of a bucket policy would mean: its faults, whether it is public, and what somebody could do by it
// and not by the policy that holds, or the other way round. It never decides: every answer is package authz's.
package policyreport

import (
	"encoding/json"

	"coffer/internal/authz"
	"coffer/internal/errs"
)

// Question is a draft with everything that its meaning depends on.
type Question struct {
	Draft  *authz.Policy // nil: no policy, as after its deletion
	Now    *authz.Bucket // with the policy that holds
	You    authz.Principal
	Refuse bool // the public access block refuses public policies
	// Ask makes the request of somebody for an action on the bucket, without bucket and key, as it would come from where the draft comes from.
	Ask func(authz.Principal, authz.Action) authz.Request
}

type report struct {
	Valid            bool    `json:"valid"`
	Faults           []fault `json:"faults"`
	Public           bool    `json:"public"`
	PublicStatements []int   `json:"publicStatements"`
	Refused          bool    `json:"refusedByPublicAccessBlock"`
	Restricted       bool    `json:"restrictedByPublicAccessBlock"`
	You              changes `json:"you"`
	Everybody        changes `json:"everybody"`
	Complete         bool    `json:"complete"`
}

type fault struct {
	Statement int       `json:"statement,omitempty"`
	Code      errs.Code `json:"code"`
	Message   string    `json:"message"`
	Detail    string    `json:"detail,omitempty"`
}

type changes struct {
	Gains []change `json:"gains"`
	Loses []change `json:"loses"`
	// Places are the key patterns that were looked at.
	Places []string `json:"places"`
}

type change struct {
	Action authz.Action `json:"action"`
	Where  []string     `json:"where,omitempty"`
}

func empty() report {
	none := changes{[]change{}, []change{}, []string{}}
	return report{Faults: []fault{}, PublicStatements: []int{}, You: none, Everybody: none}
}

// Faulty is the report on a draft that can't be put, as JSON.
func Faulty(faults []authz.Fault) ([]byte, error) {
	r := empty()
	for _, f := range faults {
		r.Faults = append(r.Faults, fault{f.Statement, errs.CodeOf(f.Err), errs.PublicOf(f.Err), string(errs.SubjectOf(f.Err))})
	}
	return json.Marshal(&r)
}

// Of is the report on a draft without faults, as JSON.
func Of(q *Question) ([]byte, error) {
	r := empty()
	r.Valid = true
	if q.Draft != nil && q.Draft.Public() {
		r.Public, r.PublicStatements = true, q.Draft.PublicStatements()
		r.Refused, r.Restricted = q.Refuse, q.Now.RestrictPublic
	}
	you, all := q.compare(q.You)
	everybody, allOfThem := q.compare(authz.Principal{})
	r.You, r.Everybody, r.Complete = you, everybody, all && allOfThem
	return json.Marshal(&r)
}

func (q *Question) compare(who authz.Principal) (changes, bool) {
	then := *q.Now
	then.Policy = q.Draft
	all := authz.Compare(q.Now, &then, func(a authz.Action) authz.Request { return q.Ask(who, a) })
	told := changes{[]change{}, []change{}, append([]string{}, all.Places...)}
	for _, c := range all.Changes {
		list := &told.Loses
		if c.Allowed {
			list = &told.Gains
		}
		*list = append(*list, change{c.Action, c.Where})
	}
	return told, all.Complete
}
