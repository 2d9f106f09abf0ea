package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"coffer/internal/api/console"
	"coffer/internal/errs"
	"coffer/internal/jobs"
)

const (
	// attentionBelow is the free space, in reserves, from which on the operator is told that writes will stop.
	attentionBelow = 2
	// certificateNotice is how long before its end a certificate is mentioned.
	certificateNotice = 14 * 24 * time.Hour
)

// health is what the operator is told of the process.
func (s *system) health(context.Context) (*console.System, error) {
	host, _ := os.Hostname() // "" where the machine has no name
	cpus, now := runtime.GOMAXPROCS(0), time.Now().UTC().Truncate(time.Second)
	out := &console.System{Version: version, Started: s.started.UTC().Truncate(time.Second), Now: now, Host: &host, Processors: &cpus,
		Ready: true, Memory: memory(), Jobs: s.jobStates()}
	problems := []string{}
	note := func(text string) { problems = append(problems, text) }
	stats := s.meta.Stats()
	out.Stores = []console.SystemStore{{Name: console.Rows, Ready: true, Bytes: &stats.DiskBytes, Commits: &stats.Commits}, {Name: console.Content, Ready: true}}
	for i, err := range []error{s.meta.Health(), s.blobs.Health()} {
		if err == nil {
			continue
		}
		text := describe(err)
		out.Ready, out.Stores[i].Ready, out.Stores[i].Problem = false, false, &text
		note(text)
	}
	out.Disk = s.disk(note)
	for _, j := range out.Jobs {
		if j.Failure != nil {
			note("The job " + string(j.Name) + " failed and will be repeated: " + *j.Failure)
		}
	}
	out.Listeners = s.listeners(now, note)
	out.Problems = problems
	return out, nil
}

func (s *system) disk(note func(string)) console.SystemDisk {
	d := console.SystemDisk{Folder: s.config.Data}
	space, err := s.meta.Space()
	if err != nil {
		note("The free space of the disk can't be read: " + describe(err))
		return d
	}
	d.Bytes, d.Free, d.Reserve = int64(space.Total), int64(space.Free), int64(space.Reserve)
	if d.Reserve > 0 && d.Free >= d.Reserve && d.Free < attentionBelow*d.Reserve {
		note("The disk is nearly full: writes are refused once less than the reserve is free.")
	}
	return d
}

// memory reads what the runtime took from the machine.
func memory() console.SystemMemory {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	m := console.SystemMemory{Used: int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())}
	if limit := debug.SetMemoryLimit(-1); limit < 1<<60 {
		m.Limit = limit
	}
	return m
}

func (s *system) jobStates() []console.SystemJob {
	return []console.SystemJob{jobState(console.Collection, s.jobs.Status()), jobState(console.Lifecycle, s.rules.Status()),
		jobState(console.Retention, s.records.Status())}
}

func jobState(name console.SystemJobName, st jobs.Status) console.SystemJob {
	j := console.SystemJob{Name: name, State: console.Waiting}
	moment := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		t = t.UTC().Truncate(time.Second)
		return &t
	}
	j.Began, j.Ended = moment(st.Began), moment(st.Ended)
	if st.Failure != "" {
		j.State, j.Failure = console.Failed, &st.Failure
	}
	if st.Running {
		j.State = console.Running
	}
	return j
}

// listeners tells which certificate the two listeners show; their addresses are filled in by the edge, which knows how it was reached.
func (s *system) listeners(now time.Time, note func(string)) []console.SystemListener {
	all := []console.SystemListener{{Name: console.S3, Tls: s.certs != nil}, {Name: console.Control, Tls: s.certs != nil}}
	if s.certs == nil {
		return all
	}
	c, err := s.certs.GetCertificate(nil)
	if err != nil || c.Leaf == nil {
		note("The certificate can't be read: " + describe(errs.Wrap("health", err)))
		return all
	}
	end := c.Leaf.NotAfter.UTC()
	switch {
	case now.After(end):
		note("The certificate has expired.")
	case end.Sub(now) < certificateNotice:
		note("The certificate expires in less than two weeks.")
	}
	for i := range all {
		all[i].CertificateExpires = &end
	}
	return all
}
