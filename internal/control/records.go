package control

import (
	"context"
	"net/http"
	"time"

	"github.com/oapi-codegen/runtime/types"

	"coffer/internal/api/console"
	"coffer/internal/api/management"
	"coffer/internal/audit"
	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
	"coffer/internal/usage"
)

// Windows of the records.
const (
	auditLimit = 100
	usageDays  = 30 // shown where no span is asked for
)

// Event is an act of people as the audit record keeps it.
func Event(a *iam.Act) audit.Event {
	return audit.Event{Action: string(a.Action), By: a.By, Operator: a.Operator, Via: a.Via, User: a.User, Subject: a.Subject,
		Detail: a.Detail, Source: audit.Address(a.Source), Program: a.Program, Request: a.Request}
}

// refused counts a refusal in the audit record: what nobody was permitted to do, and what was permitted and could not be done. It is kept in
// the contract of who asked or of whom it was about; what the operator was refused outside of contracts, and who was refused to be the
// operator, in the record of the system, but for reads: pages ask so whose they are. What is left is nobody's, and there is no record to keep
// it in.
func (s *server) refused(r *http.Request, status int, reason string) {
	c := callOf(r)
	act, denied := c.trace.Last()
	unable := act != nil && unsafe(r.Method) && (status == http.StatusConflict || status == http.StatusUnprocessableEntity)
	if s.cfg.Audit == nil || !denied && !unable && status != http.StatusUnauthorized && status != http.StatusForbidden {
		return
	}
	if act == nil {
		act = &iam.Act{Action: authz.Action("control:" + c.operation), By: c.actor.User, Operator: c.actor.Operator, Via: c.actor.Via(),
			Contract: c.actor.Contract, Source: c.peer.source, Program: c.trace.Program, Request: c.id}
	}
	in := c.actor.Contract
	if in == 0 {
		in = act.Contract
	}
	if in == ident.System && !act.System && (!act.Operator || !unsafe(r.Method)) {
		return
	}
	e := Event(act)
	e.Reason = reason
	s.cfg.Audit.Refuse(in, e)
}

var errNoRecords = errs.New(errs.Unsupported, "", "This server keeps no such records.")

// queryOf reads the filters of a listing.
func queryOf(p *console.ConsoleAuditParams) (audit.Query, error) {
	q := audit.Query{Limit: or(p.Limit, auditLimit), By: ident.UserID(or(p.By, "")), User: ident.UserID(or(p.User, "")), Subject: or(p.Subject, ""),
		Action: or(p.Action, ""), Result: string(or(p.Result, "")), Key: ident.AccessKey(or(p.AccessKey, "")), From: or(p.From, time.Time{}), To: or(p.To, time.Time{})}
	if before := or(p.Before, 1); before < 1 {
		return q, invalid("before: %d is below 1.", before)
	}
	q.Before = uint64(or(p.Before, 0))
	if q.Result != "" && q.Result != audit.Done && q.Result != audit.Refused {
		return q, invalid("result: %q is none of done and refused.", q.Result)
	}
	if q.Limit < 1 || q.Limit > audit.MaxLimit {
		return q, invalid("limit: %d is not in 1 to %d.", q.Limit, audit.MaxLimit)
	}
	return q, nil
}

func (s *consoleAPI) ConsoleAudit(w http.ResponseWriter, r *http.Request, p console.ConsoleAuditParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		q, err := queryOf(&p)
		if err == nil {
			err = s.cfg.IAM.May(ctx, a, authz.ReadAudit, c, "")
		}
		if err != nil {
			return err
		}
		return s.writeRecords(w, r, c, q, func(ids []ident.UserID) (map[ident.UserID]string, error) { return s.cfg.IAM.Names(ctx, a, c, ids) })
	})
}

// OperatorAudit lists the record of the system.
func (s *consoleAPI) OperatorAudit(w http.ResponseWriter, r *http.Request, p console.OperatorAuditParams) {
	q, err := queryOf(&console.ConsoleAuditParams{Before: p.Before, Limit: p.Limit, From: p.From, To: p.To, Subject: p.Subject, Action: p.Action,
		Result: (*console.ConsoleAuditParamsResult)(p.Result)})
	if err == nil {
		err = s.mayOperate(r.Context(), callOf(r).actor, authz.ReadSystem)
	}
	if err == nil {
		// No user acts on the system, so there is nobody to name.
		err = s.writeRecords(w, r, ident.System, q, func([]ident.UserID) (map[ident.UserID]string, error) { return nil, nil })
	}
	if err != nil {
		s.fail(w, r, err)
	}
}

// writeRecords answers with the records of a chain that the query keeps.
func (s *consoleAPI) writeRecords(w http.ResponseWriter, r *http.Request, c ident.ContractID, q audit.Query,
	namesOf func([]ident.UserID) (map[ident.UserID]string, error)) error {
	if s.cfg.Audit == nil {
		return errNoRecords
	}
	found, next, err := s.cfg.Audit.List(r.Context(), c, q)
	if err != nil {
		return err
	}
	var ids []ident.UserID
	for i := range found {
		ids = append(ids, found[i].By, found[i].User)
	}
	names, err := namesOf(ids)
	if err != nil {
		return err
	}
	out := console.AuditPage{Items: make([]console.AuditRecord, 0, len(found))}
	for i := range found {
		out.Items = append(out.Items, auditRecord(&found[i], names))
	}
	if next > 0 {
		out.Next = ptr(int64(next))
	}
	s.write(w, r, http.StatusOK, out)
	return nil
}

func auditRecord(e *audit.Record, names map[ident.UserID]string) console.AuditRecord {
	text := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	out := console.AuditRecord{
		Number: int64(e.Seq), Hash: e.Hash.String(), Time: stamp(e.At), Action: e.Action, Result: console.AuditRecordResult(e.Result),
		Reason: text(e.Reason), By: text(string(e.By)), ByName: text(names[e.By]), AccessKey: text(string(e.Key)), User: text(string(e.User)),
		UserName: text(names[e.User]), Subject: text(e.Subject), Detail: text(e.Detail), Source: text(e.Source), Program: text(e.Program),
		Request: text(e.Request),
	}
	if e.Count > 0 {
		out.Count = &e.Count
	}
	if e.Operator {
		out.Operator = &e.Operator
	}
	if e.Via != "" {
		out.Via = ptr(console.AuditRecordVia(e.Via))
	}
	return out
}

func (s *consoleAPI) ConsoleAuditVerify(w http.ResponseWriter, r *http.Request, p console.ConsoleAuditVerifyParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		if err := s.cfg.IAM.May(ctx, a, authz.ReadAudit, c, ""); err != nil {
			return err
		}
		return s.writeReport(w, r, c)
	})
}

// OperatorAuditVerify verifies the record of the system.
func (s *consoleAPI) OperatorAuditVerify(w http.ResponseWriter, r *http.Request) {
	err := s.mayOperate(r.Context(), callOf(r).actor, authz.ReadSystem)
	if err == nil {
		err = s.writeReport(w, r, ident.System)
	}
	if err != nil {
		s.fail(w, r, err)
	}
}

// writeReport verifies a chain and answers with what was found.
func (s *consoleAPI) writeReport(w http.ResponseWriter, r *http.Request, c ident.ContractID) error {
	if s.cfg.Audit == nil {
		return errNoRecords
	}
	rep, err := s.cfg.Audit.Verify(r.Context(), c)
	if err != nil {
		return err
	}
	out := console.AuditReport{Whole: rep.Whole, Records: int64(rep.Records), Head: rep.Head.String()}
	if rep.Removed > 0 {
		out.Removed, out.Anchor = ptr(int64(rep.Removed)), ptr(rep.Anchor.String())
	}
	if !rep.Whole {
		out.Broken, out.Why = ptr(int64(rep.Broken)), &rep.Why
	}
	s.write(w, r, http.StatusOK, out)
	return nil
}

// days reads a span of days.
func (s *server) days(from, to *types.Date) (first, last time.Time) {
	last = s.cfg.Clock().UTC()
	if to != nil {
		last = to.Time
	}
	first = last.AddDate(0, 0, 1-usageDays)
	if from != nil {
		first = from.Time
	}
	return first, last
}

func (s *consoleAPI) ConsoleUsageKeys(w http.ResponseWriter, r *http.Request, p console.ConsoleUsageKeysParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		user := a.User
		if p.UserId != nil {
			user = ident.UserID(p.UserId.String())
		} else if a.Operator {
			return invalid("The operator has no keys of its own: name a user with userId.")
		}
		if err := s.cfg.IAM.May(ctx, a, authz.ReadUsage, c, user); err != nil {
			return err
		}
		if s.cfg.Usage == nil {
			return errNoRecords
		}
		from, to := s.days(p.From, p.To)
		found, err := s.cfg.Usage.Keys(ctx, c, user, from, to)
		if err != nil {
			return err
		}
		out := console.KeyUsageList{Items: make([]console.KeyUsage, 0, len(found))}
		for _, d := range found {
			one := console.KeyUsage{Day: types.Date{Time: d.Day}, Requests: d.Requests, Errors: d.Errors, BytesIn: d.In, BytesOut: d.Out}
			if d.Key != "" {
				one.AccessKey = ptr(string(d.Key))
			}
			out.Items = append(out.Items, one)
		}
		s.write(w, r, http.StatusOK, out)
		return nil
	})
}

// ConsoleUsageUsers tells what was asked of everybody's keys.
func (s *consoleAPI) ConsoleUsageUsers(w http.ResponseWriter, r *http.Request, p console.ConsoleUsageUsersParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		if err := s.cfg.IAM.May(ctx, a, authz.ReadUsage, c, ""); err != nil {
			return err
		}
		if s.cfg.Usage == nil {
			return errNoRecords
		}
		from, to := s.days(p.From, p.To)
		found, err := s.cfg.Usage.Users(ctx, c, from, to)
		if err != nil {
			return err
		}
		out := console.UserUsageList{Items: make([]console.UserUsage, 0, len(found))}
		for _, d := range found {
			one := console.UserUsage{Day: types.Date{Time: d.Day}, Requests: d.Requests, Errors: d.Errors, BytesIn: d.In, BytesOut: d.Out}
			if d.User != "" {
				one.UserId = ptr(uuidOf(string(d.User)))
			}
			out.Items = append(out.Items, one)
		}
		s.write(w, r, http.StatusOK, out)
		return nil
	})
}

func (s *consoleAPI) ConsoleUsageBuckets(w http.ResponseWriter, r *http.Request, p console.ConsoleUsageBucketsParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		var of ident.BucketID
		var owner ident.UserID
		if p.Bucket != nil {
			b, err := s.bucketOf(ctx, c, *p.Bucket)
			if err != nil {
				return err
			}
			of = b.ID
			if b.Ownership == ident.UserOwned {
				owner = b.User
			}
		}
		if err := s.cfg.IAM.May(ctx, a, authz.ReadUsage, c, owner); err != nil {
			return err
		}
		if s.cfg.Usage == nil {
			return errNoRecords
		}
		from, to := s.days(p.From, p.To)
		found, err := s.cfg.Usage.Buckets(ctx, c, of, from, to)
		if err != nil {
			return err
		}
		out := console.BucketUsageList{Items: make([]console.BucketUsage, 0, len(found))}
		for _, d := range found {
			one := console.BucketUsage{Day: types.Date{Time: d.Day}, Bucket: string(d.Name), Region: ptr(string(d.Region)), Objects: d.Objects, Versions: d.Versions, Bytes: d.Bytes}
			if d.Owner != "" {
				one.Owner = ptr(string(d.Owner))
			}
			out.Items = append(out.Items, one)
		}
		s.write(w, r, http.StatusOK, out)
		return nil
	})
}

// lastUses returns when a user's keys were used last. Whoever may see the keys may see it.
func (s *server) lastUses(ctx context.Context, c ident.ContractID, u ident.UserID) (map[ident.AccessKey]usage.LastUse, error) {
	if s.cfg.Usage == nil {
		return nil, nil
	}
	return s.cfg.Usage.LastUses(ctx, c, u)
}

// used adds its last use to a key.
func used(k management.AccessKeyRead, last map[ident.AccessKey]usage.LastUse) management.AccessKeyRead {
	u, ok := last[ident.AccessKey(k.Properties.AccessKey)]
	if !ok {
		return k
	}
	l := &management.LastUse{Date: stamp(u.At), Operation: u.Operation}
	for to, text := range map[**string]string{&l.Bucket: string(u.Bucket), &l.Source: u.Source, &l.Program: u.Program} {
		if text != "" {
			*to = ptr(text)
		}
	}
	k.Metadata.LastUsed = l
	return k
}
