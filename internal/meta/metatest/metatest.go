// Package metatest is the suite that every meta.Store and every wrapper of one passes. It knows no engine.
package metatest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"coffer/internal/errs"
	"coffer/internal/meta"
)

// Run runs the suite. open returns an empty store; the suite closes it.
func Run(t *testing.T, open func(t *testing.T) meta.Store) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s meta.Store)
	}{
		{"RowsAreKept", rowsAreKept},
		{"ValuesAreCopies", valuesAreCopies},
		{"BuffersAreAppendedTo", buffersAreAppendedTo},
		{"OwnWritesAreSeen", ownWritesAreSeen},
		{"FailedUpdateLeavesNothing", failedUpdateLeavesNothing},
		{"PanicEndsOneUpdate", panicEndsOneUpdate},
		{"ForeignRouteIsRefused", foreignRouteIsRefused},
		{"OverlookedErrorFailsTheUpdate", overlookedErrorFailsTheUpdate},
		{"LimitsAreKept", limitsAreKept},
		{"UpdatesOfARouteAreSerial", updatesOfARouteAreSerial},
		{"FailuresAmongOthersAreAlone", failuresAmongOthersAreAlone},
		{"ManyPartitionsAtOnce", manyPartitionsAtOnce},
		{"CanceledBeforeItRuns", canceledBeforeItRuns},
		{"ScanKeepsOrder", scanKeepsOrder},
		{"ScanKeepsToItsRange", scanKeepsToItsRange},
		{"ScanSeeksAhead", scanSeeksAhead},
		{"ScanGoesOnAfterItsBudget", scanGoesOnAfterItsBudget},
		{"ScanEnds", scanEnds},
		{"ScanOverDeletedRows", scanOverDeletedRows},
		{"ScanSeesOneInstant", scanSeesOneInstant},
		{"CountersAddUp", countersAddUp},
		{"QueuesKeepOrder", queuesKeepOrder},
		{"QueueNumbersAreNeverGivenTwice", queueNumbersAreNeverGivenTwice},
		{"FenceClosesAndOpens", fenceClosesAndOpens},
		{"FenceWaitsForUpdates", fenceWaitsForUpdates},
		{"DropRemovesOnePartition", dropRemovesOnePartition},
		{"PartitionsInPages", partitionsInPages},
		{"Close", closeEndsCalls},
		{"Model", againstModel},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil && !errors.Is(err, errs.Unavailable) {
					t.Errorf("Close: %v", err)
				}
			})
			c.run(t, s)
		})
	}
}

const part = meta.Partition("b/0123")

func key(k meta.Kind, route, tail string) meta.Key {
	return meta.Key{Kind: k, Route: meta.Route(route), Tail: tail}
}

// update runs fn on a route of part, and fails the test if it fails.
func update(t *testing.T, s meta.Store, route string, fn func(meta.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), part, meta.Route(route), fn); err != nil {
		t.Fatalf("Update(%q): %v", route, err)
	}
}

// put writes one row.
func put(t *testing.T, s meta.Store, k meta.Kind, route, tail, value string) {
	t.Helper()
	update(t, s, route, func(tx meta.Tx) error { return tx.Put(key(k, route, tail), []byte(value)) })
}

// get returns a row's value, or "" if it is absent.
func get(t *testing.T, s meta.Store, k meta.Kind, route, tail string) string {
	t.Helper()
	var value []byte
	err := s.View(t.Context(), part, func(r meta.Reader) (err error) {
		value, err = r.Get(key(k, route, tail))
		return err
	})
	if errors.Is(err, errs.NotFound) {
		return ""
	}
	if err != nil {
		t.Fatalf("Get(%q, %q): %v", route, tail, err)
	}
	return string(value)
}

func count(t *testing.T, s meta.Store, p meta.Partition, c meta.Counter) int64 {
	t.Helper()
	var n int64
	err := s.View(t.Context(), p, func(r meta.Reader) (err error) {
		n, err = r.Count(c)
		return err
	})
	if err != nil {
		t.Fatalf("Count(%d): %v", c, err)
	}
	return n
}

// row is a row as a scan showed it.
type row struct{ route, tail, value string }

func (r row) String() string { return fmt.Sprintf("(%q,%q)=%q", r.route, r.tail, r.value) }

// scan returns the rows of a range, going on after each used-up budget.
func scan(t *testing.T, s meta.Store, k meta.Kind, from, to []byte, budget int) []row {
	t.Helper()
	var rows []row
	for {
		next := scanOnce(t, s, k, from, to, budget, &rows)
		if next == nil {
			return rows
		}
		if bytes.Compare(next, from) <= 0 {
			t.Fatalf("Scan goes on from %q, which is not behind %q", next, from)
		}
		from = next
	}
}

func scanOnce(t *testing.T, s meta.Store, k meta.Kind, from, to []byte, budget int, rows *[]row) []byte {
	t.Helper()
	var next []byte
	err := s.View(t.Context(), part, func(r meta.Reader) (err error) {
		next, err = r.Scan(k, from, to, meta.Budget{Rows: budget}, func(route, tail, value []byte) ([]byte, error) {
			*rows = append(*rows, row{string(route), string(tail), string(value)})
			return nil, nil
		})
		return err
	})
	if err != nil {
		t.Fatalf("Scan: %v", err)
	}
	return next
}

func wantRows(t *testing.T, what string, got, want []row) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d rows, want %d\ngot  %v\nwant %v", what, len(got), len(want), got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s: row %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

func wantKind(t *testing.T, what string, err error, kind errs.Kind) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: %v, want %v", what, err, kind)
	}
}

// nothing is an update that changes nothing.
func nothing(meta.Tx) error { return nil }

func background() context.Context { return context.Background() }
