package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/oapi-codegen/runtime/types"

	"coffer/internal/api/console"
)

type auditCmd struct {
	Client
	List   auditList   `cmd:"" default:"withargs" help:"List what was done, newest first; for owners and administrators, and with --operator and no --contract what was done on the system."`
	Verify auditVerify `cmd:"" help:"Verify the whole chain of records."`
}

type auditList struct {
	Since   string `placeholder:"TIME" help:"From then on: a time as 2026-01-31T12:00:00Z, a day, or how long ago, as 24h."`
	Until   string `placeholder:"TIME" help:"Up to then, not including it."`
	By      string `placeholder:"USER" help:"Who did it, by id or mail."`
	User    string `placeholder:"USER" help:"To whom it was done, by id or mail."`
	Subject string `placeholder:"ID" help:"To what: the id of a key, group or token, or a bucket's name."`
	Action  string `placeholder:"ACTION" help:"Action, as coffer:CreateAccessKey, or its beginning followed by *."`
	Key     string `placeholder:"KEY" help:"Access key that signed."`
	Refused bool   `xor:"result" help:"Only what was refused."`
	Done    bool   `xor:"result" help:"Only what was done."`
	Max     int    `default:"100" help:"How many records at most; 0 for all."`
}

// Run lists records.
func (l *auditList) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	if c.ofSystem() && (l.By != "" || l.User != "" || l.Key != "") {
		return usage("no user and no key acts on the system: leave --by, --user and --key out, or name a contract with --contract")
	}
	p, err := l.params(env, conn)
	if err != nil {
		return err
	}
	all := []console.AuditRecord{}
	for {
		p.Limit = ptr(pageSize)
		if l.Max > 0 {
			p.Limit = ptr(min(pageSize, l.Max-len(all)))
		}
		page, err := c.auditPage(env, conn, p)
		if err != nil {
			return err
		}
		all = append(all, page.Items...)
		if p.Before = page.Next; page.Next == nil || l.Max > 0 && len(all) >= l.Max {
			break
		}
	}
	return c.show(env, all, func() [][]string {
		rows := [][]string{{"NUMBER", "TIME", "WHO", "ACTION", "ON", "RESULT", "FROM", "PROGRAM"}}
		for i := range all {
			rows = append(rows, auditRow(&all[i]))
		}
		return rows
	})
}

// ofSystem reports whether the record meant is the system's: the operator asks, and names no contract.
func (c *Client) ofSystem() bool { return c.Operator && c.Contract == 0 }

// auditPage returns a page of the record meant.
func (c *Client) auditPage(env *Env, conn *connection, p *console.ConsoleAuditParams) (*console.AuditPage, error) {
	if !c.ofSystem() {
		return read[console.AuditPage](conn.console.ConsoleAudit(env.Context, p))
	}
	return read[console.AuditPage](conn.console.OperatorAudit(env.Context, &console.OperatorAuditParams{Before: p.Before, Limit: p.Limit, From: p.From,
		To: p.To, Subject: p.Subject, Action: p.Action, Result: (*console.OperatorAuditParamsResult)(p.Result)}))
}

// auditReport verifies the record meant.
func (c *Client) auditReport(env *Env, conn *connection) (*console.AuditReport, error) {
	if c.ofSystem() {
		return read[console.AuditReport](conn.console.OperatorAuditVerify(env.Context))
	}
	return read[console.AuditReport](conn.console.ConsoleAuditVerify(env.Context, &console.ConsoleAuditVerifyParams{XContractNumber: conn.contract}))
}

func (l *auditList) params(env *Env, conn *connection) (*console.ConsoleAuditParams, error) {
	p := &console.ConsoleAuditParams{XContractNumber: conn.contract}
	for _, t := range []struct {
		flag, text string
		to         **time.Time
	}{{"--since", l.Since, &p.From}, {"--until", l.Until, &p.To}} {
		if t.text == "" {
			continue
		}
		at, err := moment(t.text, time.Now())
		if err != nil {
			return nil, usage("%s %s: write a time as 2026-01-31T12:00:00Z, a day as 2026-01-31, or how long ago, as 24h", t.flag, t.text)
		}
		*t.to = &at
	}
	for _, u := range []struct {
		text string
		to   **string
	}{{l.By, &p.By}, {l.User, &p.User}} {
		if u.text == "" {
			continue
		}
		id, err := conn.userID(env.Context, u.text)
		if err != nil {
			return nil, err
		}
		*u.to = &id
	}
	for _, s := range []struct {
		text string
		to   **string
	}{{l.Subject, &p.Subject}, {l.Action, &p.Action}, {l.Key, &p.AccessKey}} {
		if s.text != "" {
			*s.to = &s.text
		}
	}
	switch {
	case l.Refused:
		p.Result = ptr(console.ConsoleAuditParamsResultRefused)
	case l.Done:
		p.Result = ptr(console.ConsoleAuditParamsResultDone)
	}
	return p, nil
}

// moment reads a time, a day, or how long ago.
func moment(text string, now time.Time) (time.Time, error) {
	if d, err := time.ParseDuration(text); err == nil {
		return now.Add(-d).UTC(), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	return time.Parse(time.DateOnly, text)
}

func auditRow(e *console.AuditRecord) []string {
	first := func(all ...string) string {
		for _, s := range all {
			if s != "" {
				return s
			}
		}
		return ""
	}
	who := first(or(e.ByName, ""), or(e.By, ""))
	if or(e.Operator, false) {
		who = "operator"
	}
	result := string(e.Result)
	if e.Reason != nil {
		result += ": " + *e.Reason
	}
	if n := or(e.Count, 1); n > 1 {
		result += fmt.Sprintf(" (%d times)", n)
	}
	var target []string
	for _, s := range []string{first(or(e.UserName, ""), or(e.User, "")), or(e.Subject, ""), or(e.Detail, "")} {
		if s != "" {
			target = append(target, s)
		}
	}
	return []string{strconv.FormatInt(e.Number, 10), e.Time.UTC().Format(time.RFC3339), who, strings.TrimPrefix(e.Action, "coffer:"),
		strings.Join(target, ", "), result, or(e.Source, ""), or(e.Program, "")}
}

type auditVerify struct {
	Noted string `placeholder:"NUMBER:HASH" help:"A record's number and hash noted earlier: it must still have that hash."`
}

// Run verifies the chain; a broken one is a failure.
func (v *auditVerify) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	number, hash, err := v.noted()
	if err != nil {
		return err
	}
	rep, err := c.auditReport(env, conn)
	if err != nil {
		return err
	}
	if err := c.show(env, rep, func() [][]string {
		rows := [][]string{{"Whole", yes(rep.Whole)}, {"Records", strconv.FormatInt(rep.Records, 10)}, {"Head", rep.Head}}
		if rep.Removed != nil {
			rows = append(rows, []string{"Begins after", strconv.FormatInt(*rep.Removed, 10)}, []string{"Anchor", or(rep.Anchor, "")})
		}
		if !rep.Whole {
			rows = append(rows, []string{"Broken at", strconv.FormatInt(or(rep.Broken, 0), 10)}, []string{"Why", or(rep.Why, "")})
		}
		return rows
	}); err != nil {
		return err
	}
	if !rep.Whole {
		return &Error{Code: ExitFailure, Text: "the audit record is not as it was written"}
	}
	if hash == "" {
		return nil
	}
	if removed := or(rep.Removed, 0); number == removed && hash == or(rep.Anchor, "") {
		return nil
	} else if number < removed {
		return &Error{Code: ExitFailure, Text: fmt.Sprintf("record %d was removed for its age, as were all up to %d: compare with a record noted later", number, removed)}
	}
	p := &console.ConsoleAuditParams{Before: ptr(number + 1), Limit: ptr(1), XContractNumber: conn.contract}
	page, err := c.auditPage(env, conn, p)
	if err != nil {
		return err
	}
	if len(page.Items) != 1 || page.Items[0].Number != number || page.Items[0].Hash != hash {
		return &Error{Code: ExitFailure, Text: fmt.Sprintf("record %d is not the one that was noted: an older state was put back", number)}
	}
	return nil
}

func (v *auditVerify) noted() (number int64, hash string, err error) {
	if v.Noted == "" {
		return 0, "", nil
	}
	n, hash, _ := strings.Cut(v.Noted, ":")
	if number, err = strconv.ParseInt(n, 10, 64); err != nil || number < 1 || len(hash) != 64 {
		return 0, "", usage("--noted %s: write it as NUMBER:HASH, as 'coffer audit verify' shows Records and Head", v.Noted)
	}
	return number, hash, nil
}

type usageCmd struct {
	Client
	Keys    usageKeys    `cmd:"" help:"Requests, errors and bytes of access keys by day."`
	Users   usageUsers   `cmd:"" help:"The same of everybody, by user; for owners and administrators."`
	Buckets usageBuckets `cmd:"" help:"Objects and bytes of buckets by day; for owners and administrators."`
}

// dayFlags are a span of days.
type dayFlags struct {
	From string `placeholder:"DAY" help:"First day (UTC), as 2026-01-31; thirty days before the last where absent."`
	To   string `placeholder:"DAY" help:"Last day; today where absent."`
}

// open reads the days and then makes the connection.
func (d *dayFlags) open(env *Env, c *Client) (conn *connection, from, to *types.Date, err error) {
	if from, to, err = d.read(); err == nil {
		conn, err = c.open(env, false)
	}
	return conn, from, to, err
}

func (d *dayFlags) read() (from, to *types.Date, err error) {
	for _, f := range []struct {
		name, text string
		to         **types.Date
	}{{"--from", d.From, &from}, {"--to", d.To, &to}} {
		if f.text == "" {
			continue
		}
		t, err := time.Parse(time.DateOnly, f.text)
		if err != nil {
			return nil, nil, usage("%s %s: write a day as 2026-01-31", f.name, f.text)
		}
		*f.to = &types.Date{Time: t}
	}
	return from, to, nil
}

type usageKeys struct {
	whose
	dayFlags
}

// Run shows what was asked of keys.
func (u *usageKeys) Run(env *Env, c *Client) error {
	conn, from, to, err := u.open(env, c)
	if err != nil {
		return err
	}
	p := &console.ConsoleUsageKeysParams{From: from, To: to, XContractNumber: conn.contract}
	id, err := u.id(env.Context, conn)
	if err != nil {
		return err
	}
	if id != "" {
		user, err := uuid.Parse(id)
		if err != nil {
			return err
		}
		p.UserId = &user
	}
	found, err := read[console.KeyUsageList](conn.console.ConsoleUsageKeys(env.Context, p))
	if err != nil {
		return err
	}
	return c.show(env, found.Items, func() [][]string {
		rows := [][]string{{"DAY", "REQUESTS", "ERRORS", "BYTES IN", "BYTES OUT", "ACCESS KEY"}}
		for _, d := range found.Items {
			rows = append(rows, requestRow(d.Day, d.Requests, d.Errors, d.BytesIn, d.BytesOut, or(d.AccessKey, "(console)")))
		}
		return rows
	})
}

// requestRow is a row of what somebody asked for on a day.
func requestRow(day types.Date, requests, errors, in, out int64, who string) []string {
	row := []string{day.Format(time.DateOnly)}
	for _, n := range []int64{requests, errors, in, out} {
		row = append(row, strconv.FormatInt(n, 10))
	}
	return append(row, who)
}

type usageUsers struct{ dayFlags }

// Run shows what was asked of everybody's keys.
func (u *usageUsers) Run(env *Env, c *Client) error {
	conn, from, to, err := u.open(env, c)
	if err != nil {
		return err
	}
	p := &console.ConsoleUsageUsersParams{From: from, To: to, XContractNumber: conn.contract}
	found, err := read[console.UserUsageList](conn.console.ConsoleUsageUsers(env.Context, p))
	if err != nil {
		return err
	}
	return c.show(env, found.Items, func() [][]string {
		rows := [][]string{{"DAY", "REQUESTS", "ERRORS", "BYTES IN", "BYTES OUT", "USER"}}
		for _, d := range found.Items {
			user := "(others)"
			if d.UserId != nil {
				user = d.UserId.String()
			}
			rows = append(rows, requestRow(d.Day, d.Requests, d.Errors, d.BytesIn, d.BytesOut, user))
		}
		return rows
	})
}

type usageBuckets struct {
	dayFlags
	Bucket string `help:"This bucket alone; also for the owner of a user-owned bucket." placeholder:"NAME"`
}

// Run shows what buckets held.
func (u *usageBuckets) Run(env *Env, c *Client) error {
	conn, from, to, err := u.open(env, c)
	if err != nil {
		return err
	}
	p := &console.ConsoleUsageBucketsParams{From: from, To: to, XContractNumber: conn.contract}
	if u.Bucket != "" {
		p.Bucket = &u.Bucket
	}
	found, err := read[console.BucketUsageList](conn.console.ConsoleUsageBuckets(env.Context, p))
	if err != nil {
		return err
	}
	return c.show(env, found.Items, func() [][]string {
		rows := [][]string{{"DAY", "BUCKET", "REGION", "OBJECTS", "VERSIONS", "BYTES"}}
		for _, d := range found.Items {
			rows = append(rows, []string{d.Day.Format(time.DateOnly), d.Bucket, or(d.Region, ""), strconv.FormatInt(d.Objects, 10),
				strconv.FormatInt(d.Versions, 10), strconv.FormatInt(d.Bytes, 10)})
		}
		return rows
	})
}
