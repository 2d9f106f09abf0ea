package control

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"coffer/internal/api/console"
	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
	"coffer/internal/object"
	"coffer/internal/quota"
)

// Windows of the operator's list of contracts.
const (
	defaultContracts = 100
	maxContracts     = 1000
)

// OperatorSignIn begins a console session with the operator's token.
func (s *consoleAPI) OperatorSignIn(w http.ResponseWriter, r *http.Request) {
	var in console.OperatorSignIn
	c := callOf(r)
	err := decode(w, r, &in, refuseUnknown)
	if err == nil && in.Token == "" {
		err = invalid("Field token is needed.")
	}
	var session *iam.Session
	if err == nil {
		session, err = s.cfg.IAM.SignInOperator(r.Context(), strings.TrimSpace(in.Token), c.peer.source)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.SetCookie(w, s.cookie(c, session.Token, session.Expires))
	s.write(w, r, http.StatusOK, s.operatorSession(session))
}

func (s *consoleAPI) operatorSession(session *iam.Session) console.OperatorSession {
	return console.OperatorSession{CsrfToken: session.CSRF, Expires: stamp(session.Expires), Version: s.cfg.Version}
}

// OperatorSession describes the operator's session; a program is described as one that ends now.
func (s *consoleAPI) OperatorSession(w http.ResponseWriter, r *http.Request) {
	c := callOf(r)
	if err := operatorOnly(c.actor); err != nil {
		s.fail(w, r, err)
		return
	}
	session := c.session
	if session == nil {
		session = &iam.Session{Actor: c.actor, Expires: s.cfg.Clock()}
	}
	s.write(w, r, http.StatusOK, s.operatorSession(session))
}

// OperatorSystem tells how the process, its stores and its jobs are.
func (s *consoleAPI) OperatorSystem(w http.ResponseWriter, r *http.Request) {
	c := callOf(r)
	err := s.mayOperate(r.Context(), c.actor, authz.ReadSystem)
	if err == nil && s.cfg.System == nil {
		err = errs.New(errs.Unsupported, "", "This server tells nothing of its health.")
	}
	var out *console.System
	if err == nil {
		out, err = s.cfg.System(r.Context())
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for i := range out.Listeners {
		l := &out.Listeners[i]
		l.Url = s.own(c).String()
		if l.Name == console.S3 {
			l.Url = s.s3(c).String()
		}
	}
	s.write(w, r, http.StatusOK, out)
}

// mayOperate decides about an act on the whole system.
func (s *server) mayOperate(ctx context.Context, a iam.Actor, act authz.Action) error {
	if err := operatorOnly(a); err != nil {
		return err
	}
	return s.cfg.IAM.MaySystem(ctx, a, act)
}

// OperatorRegions lists the regions with what they hold.
func (s *consoleAPI) OperatorRegions(w http.ResponseWriter, r *http.Request) {
	c := callOf(r)
	ctx := r.Context()
	err := s.mayOperate(ctx, c.actor, authz.ReadSystem)
	out := console.OperatorRegions{Items: []console.OperatorRegion{}}
	if err == nil {
		for _, region := range s.cfg.Regions() {
			out.Items = append(out.Items, console.OperatorRegion{Name: string(region.Name), Endpoint: s.s3(c).String(),
				Ownership: console.OperatorRegionOwnership(region.Ownership.String())})
		}
		err = s.sumRegions(ctx, c.actor, out.Items)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, r, http.StatusOK, out)
}

// OperatorCreateRegion makes a region.
func (s *consoleAPI) OperatorCreateRegion(w http.ResponseWriter, r *http.Request) {
	c := callOf(r)
	err := s.mayOperate(r.Context(), c.actor, authz.ManageRegions)
	var in console.NewRegion
	if err == nil {
		err = decode(w, r, &in, refuseUnknown)
	}
	if err == nil && s.cfg.MakeRegion == nil {
		err = errs.New(errs.Unsupported, "", "The regions of this server are those of its configuration.")
	}
	var region ident.Region
	if err == nil {
		region.Name, err = ident.ParseRegionName(in.Name)
	}
	if err == nil {
		region.Ownership, err = ident.ParseOwnership(string(in.Ownership))
	}
	if err == nil {
		err = s.cfg.MakeRegion(r.Context(), region)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, r, http.StatusCreated, console.OperatorRegion{Name: in.Name, Ownership: console.OperatorRegionOwnership(in.Ownership), Endpoint: s.s3(c).String()})
}

// sumRegions adds up what the buckets of every contract hold.
func (s *consoleAPI) sumRegions(ctx context.Context, a iam.Actor, regions []console.OperatorRegion) error {
	if s.cfg.Storage == nil {
		return nil
	}
	at := map[string]*console.OperatorRegion{}
	for i := range regions {
		at[regions[i].Name] = &regions[i]
	}
	all, err := s.cfg.IAM.Contracts(ctx, a)
	if err != nil {
		return err
	}
	for _, c := range all {
		err := s.cfg.Storage.EachBucket(ctx, c.ID, func(b *object.Bucket) error {
			sum := at[string(b.Region)]
			if sum == nil { // of a region that is configured no more
				return nil
			}
			h, err := s.cfg.Storage.Held(ctx, b)
			if err != nil {
				return err
			}
			sum.Buckets++
			sum.Objects += h.Versions
			sum.Bytes += h.Bytes + h.PartBytes
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// OperatorContracts lists the contracts that match, in a window.
func (s *consoleAPI) OperatorContracts(w http.ResponseWriter, r *http.Request, p console.OperatorContractsParams) {
	a := callOf(r).actor
	ctx := r.Context()
	err := operatorOnly(a)
	var at span
	if err == nil {
		at, err = newSpan(p.Offset, p.Limit, defaultContracts, maxContracts)
	}
	var found []contractOwner
	if err == nil {
		found, err = s.findContracts(ctx, a, or(p.Find, ""))
	}
	out := console.ContractList{Items: []console.OperatorContract{}, Total: len(found)}
	for i := range found[min(at.offset, len(found)):min(at.offset+at.limit, len(found))] {
		f := &found[at.offset+i]
		var facts console.OperatorContract
		if facts, err = s.contractFacts(ctx, a, f.contract, f.owner); err != nil {
			break
		}
		out.Items = append(out.Items, facts)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.write(w, r, http.StatusOK, out)
}

type contractOwner struct {
	contract *iam.Contract
	owner    *iam.User
}

// findContracts returns the contracts in whose number, name or owner the text is.
func (s *consoleAPI) findContracts(ctx context.Context, a iam.Actor, text string) ([]contractOwner, error) {
	all, err := s.cfg.IAM.Contracts(ctx, a)
	if err != nil {
		return nil, err
	}
	text = strings.ToLower(strings.TrimSpace(text))
	var found []contractOwner
	for _, c := range all {
		owner, err := s.cfg.IAM.User(ctx, a, c.ID, c.Owner)
		if err != nil {
			return nil, err
		}
		in := strings.ToLower(strings.Join([]string{strconv.Itoa(int(c.ID)), c.Name, fullName(owner), string(owner.Email)}, "\n"))
		if strings.Contains(in, text) {
			found = append(found, contractOwner{c, owner})
		}
	}
	return found, nil
}

func fullName(u *iam.User) string { return strings.TrimSpace(u.FirstName + " " + u.LastName) }

// contractFacts describes a contract with what is in it. owner is looked up where it is nil.
func (s *consoleAPI) contractFacts(ctx context.Context, a iam.Actor, c *iam.Contract, owner *iam.User) (console.OperatorContract, error) {
	out := contractWire(c)
	var err error
	if owner == nil {
		if owner, err = s.cfg.IAM.User(ctx, a, c.ID, c.Owner); err != nil {
			return out, err
		}
	}
	out.OwnerName, out.OwnerEmail = ptr(fullName(owner)), ptr(string(owner.Email))
	users, err := s.cfg.IAM.CountUsers(ctx, a, c.ID)
	if err != nil {
		return out, err
	}
	out.Users = &users
	if s.cfg.Storage == nil {
		return out, nil
	}
	used, err := s.cfg.Storage.Used(ctx, c.ID, quota.Subject{})
	if err != nil {
		return out, err
	}
	buckets := 0
	if err := s.cfg.Storage.EachBucket(ctx, c.ID, func(*object.Bucket) error { buckets++; return nil }); err != nil {
		return out, err
	}
	out.Buckets, out.Objects, out.Bytes = &buckets, &used.Objects, &used.Bytes
	limit, err := s.cfg.IAM.Quota(ctx, a, c.ID, iam.QuotaSubject{})
	if err != nil {
		return out, err
	}
	if limit.Limit.Objects > 0 {
		out.QuotaObjects = &limit.Limit.Objects
	}
	if limit.Limit.Bytes > 0 {
		out.QuotaBytes = &limit.Limit.Bytes
	}
	return out, nil
}
