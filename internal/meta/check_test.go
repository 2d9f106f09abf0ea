package meta

import (
	"context"
	"errors"
	"strings"
	"testing"

	"coffer/internal/errs"
)

func TestChecks(t *testing.T) {
	l := Limits{RouteBytes: 4, TailBytes: 3, ValueBytes: 5, UpdateRows: 2, UpdateBytes: 10}
	long := Partition(strings.Repeat("a", MaxPartitionBytes))
	for _, c := range []struct {
		name string
		err  error
		want error
	}{
		{"partition", CheckPartition("b/0a-1"), nil},
		{"longest partition", CheckPartition(long), nil},
		{"partition too long", CheckPartition(long + "a"), errs.Internal},
		{"no partition", CheckPartition(""), errs.Internal},
		{"upper case", CheckPartition("B"), errs.Internal},
		{"nul", CheckPartition("b\x00"), errs.Internal},
		{"any prefix", CheckPartitionPrefix(""), nil},
		{"bad prefix", CheckPartitionPrefix("_"), errs.Internal},
		{"prefix too long", CheckPartitionPrefix(long + "a"), errs.Internal},
		{"key", l.CheckKey(Key{1, "abcd", "abc"}), nil},
		{"empty key", l.CheckKey(Key{1, "", ""}), nil},
		{"kind 0", l.CheckKey(Key{0, "a", "a"}), errs.Internal},
		{"route too long", l.CheckKey(Key{1, "abcde", ""}), errs.Limit},
		{"tail too long", l.CheckKey(Key{1, "", "abcd"}), errs.Limit},
		{"value", l.CheckValue(make([]byte, 5)), nil},
		{"no value", l.CheckValue(nil), errs.Internal},
		{"value too large", l.CheckValue(make([]byte, 6)), errs.Limit},
		{"update", l.CheckUpdate(2, 10), nil},
		{"too many rows", l.CheckUpdate(3, 1), errs.Limit},
		{"too many bytes", l.CheckUpdate(1, 11), errs.Limit},
		{"own route", CheckOwn("a", Key{1, "a", ""}), nil},
		{"foreign route", CheckOwn("a", Key{1, "b", ""}), errs.Internal},
		{"counter 0", CheckCounter(0), errs.Internal},
		{"queue 0", CheckQueue(0), errs.Internal},
	} {
		if c.want == nil && c.err != nil || c.want != nil && !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.err, c.want)
		}
	}
	if got := errs.PublicOf(l.CheckUpdate(3, 1)); got != "an update of 3 rows is above the limit of 2 rows" {
		t.Errorf("the error says %q", got)
	}
}

func TestFreeing(t *testing.T) {
	if ctx := context.Background(); IsFreeing(ctx) || !IsFreeing(Freeing(ctx)) {
		t.Error("Freeing does not mark the context, or everything is marked")
	}
}
