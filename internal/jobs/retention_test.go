package jobs

import (
	"context"
	"errors"
	"testing"
	"time"

	"coffer/internal/ident"
)

// stack is something kept: how many old ones each contract has.
type stack struct {
	old    map[ident.ContractID]int
	before time.Time
	fail   ident.ContractID
}

func (s *stack) Prune(_ context.Context, c ident.ContractID, before time.Time) (int, error) {
	s.before = before
	if c == s.fail {
		return 0, errors.New("no")
	}
	n := min(s.old[c], 10)
	s.old[c] -= n
	return n, nil
}

// TestRetention: an hour removes a bounded number of each contract; what fails in one and what is kept for ever keeps nothing else.
func TestRetention(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	records, eternal := &stack{old: map[ident.ContractID]int{1: 25, 3: 10*pruneBatches + 5}, fail: 2}, &stack{old: map[ident.ContractID]int{1: 5}}
	records.old[ident.System] = 4
	used := &stack{old: map[ident.ContractID]int{1: 5, ident.System: 5}}
	r := NewRetention(RetentionConfig{Clock: func() time.Time { return now },
		Contracts: func(context.Context) ([]ident.ContractID, error) { return []ident.ContractID{1, 2, 3}, nil },
		Kept:      []Kept{{Name: "eternal", System: true, Prune: eternal.Prune, Batch: 10}, {Name: "used", For: time.Hour, Prune: used.Prune, Batch: 10}, {Name: "records", System: true, For: 48 * time.Hour, Prune: records.Prune, Batch: 10}}})
	if err := r.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if records.old[1] != 0 || records.old[3] != 5 || eternal.old[1] != 5 || !records.before.Equal(now.Add(-48*time.Hour)) {
		t.Errorf("left: %v, %v, removed before %v", records.old, eternal.old, records.before)
	}
	if records.old[ident.System] != 0 || eternal.old[ident.System] != 0 || used.old[ident.System] != 5 || used.old[1] != 0 {
		t.Errorf("left of the system: %v, %v, %v", records.old, eternal.old, used.old)
	}
	if err := r.Look(t.Context()); err != nil || records.old[3] != 0 {
		t.Errorf("an hour later: %v, %v", records.old, err)
	}
	ticks := make(chan time.Time)
	r.cfg.Wait = func(time.Duration) <-chan time.Time { return ticks }
	records.old[1] = 3
	r.Start()
	ticks <- now // after the first look
	r.Stop()
	if records.old[1] != 0 {
		t.Errorf("left by the running job: %v", records.old)
	}
}
