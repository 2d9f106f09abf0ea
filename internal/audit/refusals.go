package audit

import (
	"context"
	"strings"
	"sync"
	"time"

	"coffer/internal/ident"
)

// Bounds of what waits in memory. What does not fit is dropped and counted.
const (
	maxRefusals = 4096 // different refusals of the present minutes
	maxNotes    = 4096
	flushEvery  = time.Second
)

// refusalKey is what refusals of one minute have in common.
type refusalKey struct {
	contract ident.ContractID
	minute   int64
	action   string
	reason   string
	by       ident.UserID
	operator bool
	via      string
	key      ident.AccessKey
	user     ident.UserID
	source   string
}

// refusals counts what was refused, by minute: somebody who tries a thousand times leaves one record.
type refusals struct {
	mu      sync.Mutex
	counts  map[refusalKey]*refusal
	dropped uint64
}

// refusal keeps of the first one what the others need not share.
type refusal struct {
	count int
	first Event
}

// Refuse counts something that was refused. It does no I/O: within two minutes it becomes a record, together with others like it,
// and is lost if the process is killed before. Its texts are copied where they are kept.
func (s *Service) Refuse(c ident.ContractID, e Event) {
	if e.At.IsZero() {
		e.At = s.now()
	}
	minute := e.At.Truncate(time.Minute)
	k := refusalKey{c, minute.Unix(), cut(e.Action), cut(e.Reason), e.By, e.Operator, e.Via, e.Key, e.User, e.Source}
	r := &s.refused
	r.mu.Lock()
	defer r.mu.Unlock()
	if have := r.counts[k]; have != nil {
		have.count++
		return
	}
	if len(r.counts) >= maxRefusals {
		r.dropped++
		return
	}
	if r.counts == nil {
		r.counts = map[refusalKey]*refusal{}
	}
	e.At, e.Result = minute, Refused
	e.Program, e.Subject, e.Detail = strings.Clone(cut(e.Program)), strings.Clone(cut(e.Subject)), strings.Clone(cut(e.Detail))
	r.counts[k] = &refusal{1, e}
}

// takeBefore returns what is counted of minutes before now's.
func (r *refusals) takeBefore(now time.Time) map[ident.ContractID][]Event {
	present := now.Truncate(time.Minute).Unix()
	return r.take(func(k *refusalKey) bool { return k.minute < present })
}

// takeOf returns what is counted of c, of all minutes.
func (r *refusals) takeOf(c ident.ContractID) map[ident.ContractID][]Event {
	return r.take(func(k *refusalKey) bool { return k.contract == c })
}

func (r *refusals) take(wanted func(*refusalKey) bool) map[ident.ContractID][]Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[ident.ContractID][]Event{}
	for k, v := range r.counts {
		if !wanted(&k) {
			continue
		}
		v.first.Count = v.count
		out[k.contract] = append(out[k.contract], v.first)
		delete(r.counts, k)
	}
	return out
}

// notes are events that wait to be written.
type notes struct {
	mu      sync.Mutex
	waiting map[ident.ContractID][]Event
	n       int
	dropped uint64
}

// Note records an event soon, without I/O now: within a second it is durable, and lost if the process is killed before. For acts
// that are no update of the contract's rows and may not wait.
func (s *Service) Note(c ident.ContractID, e Event) {
	if e.At.IsZero() {
		e.At = s.now()
	}
	n := &s.notes
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.n >= maxNotes {
		n.dropped++
		return
	}
	if n.waiting == nil {
		n.waiting = map[ident.ContractID][]Event{}
	}
	e.Program, e.Subject = strings.Clone(cut(e.Program)), strings.Clone(cut(e.Subject))
	n.waiting[c] = append(n.waiting[c], e)
	n.n++
}

// takeAll returns what waits.
func (n *notes) takeAll() map[ident.ContractID][]Event {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := n.waiting
	n.waiting, n.n = nil, 0
	return out
}

// takeOf returns what waits of c.
func (n *notes) takeOf(c ident.ContractID) map[ident.ContractID][]Event {
	n.mu.Lock()
	defer n.mu.Unlock()
	found := n.waiting[c]
	if found == nil {
		return nil
	}
	delete(n.waiting, c)
	n.n -= len(found)
	return map[ident.ContractID][]Event{c: found}
}

// Dropped returns how many refusals and notes did not fit into memory since the process began.
func (s *Service) Dropped() uint64 {
	s.refused.mu.Lock()
	defer s.refused.mu.Unlock()
	s.notes.mu.Lock()
	defer s.notes.mu.Unlock()
	return s.refused.dropped + s.notes.dropped
}

// writeAll writes events by contract, at most chainBatch in one update.
func (s *Service) writeAll(ctx context.Context, all map[ident.ContractID][]Event) error {
	var failed error
	for c, events := range all {
		for len(events) > 0 {
			n := min(len(events), chainBatch)
			if err := s.Write(ctx, c, events[:n]...); err != nil {
				failed = err
				s.notes.dropMore(len(events))
				break
			}
			events = events[n:]
		}
	}
	return failed
}

func (n *notes) dropMore(k int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dropped += uint64(k)
}

// Settle writes what waits in memory for a contract and chains its outbox.
func (s *Service) Settle(ctx context.Context, c ident.ContractID) error {
	if err := s.writeAll(ctx, s.notes.takeOf(c)); err != nil {
		return err
	}
	if err := s.writeAll(ctx, s.refused.takeOf(c)); err != nil {
		return err
	}
	return s.Chain(ctx, c)
}

// Start chains what a former run left, of the contracts and of the system, and goes on in the background until Stop.
func (s *Service) Start(contracts []ident.ContractID) {
	s.Appended(ident.System)
	for _, c := range contracts {
		s.Appended(c)
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop, s.stopped = stop, make(chan struct{})
	go func() {
		defer close(s.stopped)
		tick := time.NewTicker(flushEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			s.round(ctx, false)
		}
	}()
}

// Stop ends the background work and makes everything durable that waits.
func (s *Service) Stop() {
	if s.stop == nil {
		return
	}
	s.stop()
	<-s.stopped
	s.stop = nil
	s.round(context.Background(), true)
}

// round is one turn of the background work; final takes the present minute's refusals too.
func (s *Service) round(ctx context.Context, final bool) {
	now := s.now()
	if final {
		now = now.Add(2 * time.Minute)
	}
	before := s.Dropped()
	err := s.writeAll(ctx, s.notes.takeAll())
	if e := s.writeAll(ctx, s.refused.takeBefore(now)); err == nil {
		err = e
	}
	if err != nil {
		s.cfg.Log.Error("audit: events were lost", "events", s.Dropped()-before, "error", err)
	}
	s.mu.Lock()
	todo := s.dirty
	s.dirty = map[ident.ContractID]struct{}{}
	s.mu.Unlock()
	for c := range todo {
		if err := s.Chain(ctx, c); err != nil && ctx.Err() == nil {
			s.cfg.Log.Error("audit: the outbox waits to be chained", "contract", c.String(), "error", err)
			s.Appended(c)
		}
	}
}
