package cli

import (
	"strconv"
	"time"

	"coffer/internal/api/console"
)

type systemCmd struct {
	Client
	Status    systemStatus    `cmd:"" default:"1" help:"Health of the server: disk, stores, jobs, certificate."`
	Contracts systemContracts `cmd:"" help:"Every contract with its owner and what it holds."`
	Regions   systemRegions   `cmd:"" help:"Every region with what it holds."`
	AddRegion systemAddRegion `cmd:"" help:"Make a region; it stays, with its name and type."`
}

type systemStatus struct{}

// Run shows the health of the system and fails with ExitUnavailable where it is not ready.
func (*systemStatus) Run(env *Env, c *Client) error {
	conn, err := c.open(env, true)
	if err != nil {
		return err
	}
	s, err := read[console.System](conn.console.OperatorSystem(env.Context))
	if err != nil {
		return err
	}
	if err := c.show(env, s, func() [][]string { return systemRows(s) }); err != nil {
		return err
	}
	if !s.Ready {
		return &Error{Code: ExitUnavailable, Text: "the server is not ready: it refuses to write"}
	}
	return nil
}

func systemRows(s *console.System) [][]string {
	rows := [][]string{{"Version", s.Version}, {"Running since", s.Started.Format(time.DateTime)}, {"Ready", yes(s.Ready)},
		{"Data folder", s.Disk.Folder}, {"Disk free", size(s.Disk.Free) + " of " + size(s.Disk.Bytes) + ", reserve " + size(s.Disk.Reserve)},
		{"Memory", size(s.Memory.Used)}}
	for _, l := range s.Listeners {
		text := l.Url
		if l.CertificateExpires != nil {
			text += ", certificate until " + l.CertificateExpires.Format(time.DateOnly)
		}
		rows = append(rows, []string{"Listener " + string(l.Name), text})
	}
	for _, st := range s.Stores {
		text := "ready"
		if st.Problem != nil {
			text = *st.Problem
		}
		rows = append(rows, []string{"Store of " + string(st.Name), text})
	}
	for _, j := range s.Jobs {
		text := string(j.State)
		if j.Ended != nil {
			text += ", ended last " + j.Ended.Format(time.DateTime)
		}
		if j.Failure != nil {
			text += ": " + *j.Failure
		}
		rows = append(rows, []string{"Job " + string(j.Name), text})
	}
	for _, p := range s.Problems {
		rows = append(rows, []string{"Problem", p})
	}
	return rows
}

type systemContracts struct {
	Find  string `arg:"" optional:"" help:"Part of number, name, or owner's name or mail."`
	Limit int    `default:"100" help:"At most so many, up to 1000."`
}

// Run lists contracts with what they hold.
func (l *systemContracts) Run(env *Env, c *Client) error {
	conn, err := c.open(env, true)
	if err != nil {
		return err
	}
	p := &console.OperatorContractsParams{Limit: &l.Limit}
	if l.Find != "" {
		p.Find = &l.Find
	}
	all, err := read[console.ContractList](conn.console.OperatorContracts(env.Context, p))
	if err != nil {
		return err
	}
	return c.show(env, all, func() [][]string {
		rows := [][]string{{"NUMBER", "NAME", "OWNER", "USERS", "BUCKETS", "OBJECTS", "BYTES", "CREATED"}}
		for _, k := range all.Items {
			rows = append(rows, []string{strconv.Itoa(int(k.Number)), k.Name, or(k.OwnerEmail, ""), strconv.Itoa(or(k.Users, 0)), strconv.Itoa(or(k.Buckets, 0)),
				strconv.FormatInt(or(k.Objects, 0), 10), size(or(k.Bytes, 0)), k.CreatedDate.Format(time.DateOnly)})
		}
		return rows
	})
}

type systemRegions struct{}

// Run lists regions with what they hold.
func (*systemRegions) Run(env *Env, c *Client) error {
	conn, err := c.open(env, true)
	if err != nil {
		return err
	}
	all, err := read[console.OperatorRegions](conn.console.OperatorRegions(env.Context))
	if err != nil {
		return err
	}
	return c.show(env, all.Items, func() [][]string {
		rows := [][]string{{"NAME", "BUCKETS ARE", "ENDPOINT", "BUCKETS", "OBJECTS", "BYTES"}}
		for _, r := range all.Items {
			rows = append(rows, []string{r.Name, string(r.Ownership), r.Endpoint, strconv.Itoa(r.Buckets), strconv.FormatInt(r.Objects, 10), size(r.Bytes)})
		}
		return rows
	})
}

type systemAddRegion struct {
	Name string `arg:"" help:"Name: 1 to 32 characters of a-z, 0-9 and -."`
	Type string `required:"" enum:"contract-owned,user-owned" help:"Whose the buckets in it are: contract-owned or user-owned."`
}

// Run makes a region as the operator.
func (n *systemAddRegion) Run(env *Env, c *Client) error {
	conn, err := c.open(env, true)
	if err != nil {
		return err
	}
	r, err := read[console.OperatorRegion](conn.console.OperatorCreateRegion(env.Context, console.NewRegion{Name: n.Name, Ownership: console.NewRegionOwnership(n.Type)}))
	if err != nil {
		return err
	}
	return c.show(env, r, func() [][]string {
		return [][]string{{"Name", r.Name}, {"Buckets are", string(r.Ownership)}, {"Endpoint", r.Endpoint}}
	})
}
