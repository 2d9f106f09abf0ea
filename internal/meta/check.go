package meta

import (
	"context"
	"fmt"

	"coffer/internal/errs"
)

// MaxPartitionBytes is the longest name of a partition, in bytes.
const MaxPartitionBytes = 64

// CheckPartition refuses a name that no partition can have. The rooms above make these names, so a wrong one is our fault:
// errs.Internal.
func CheckPartition(p Partition) error {
	if len(p) == 0 || len(p) > MaxPartitionBytes {
		return errs.Fault("meta", fmt.Errorf("partition %q has %d bytes, 1 to %d are allowed", p, len(p), MaxPartitionBytes))
	}
	return checkPartitionBytes(p)
}

// CheckPartitionPrefix refuses what no partition's name begins with. "" begins all of them.
func CheckPartitionPrefix(p Partition) error {
	if len(p) > MaxPartitionBytes {
		return errs.Fault("meta", fmt.Errorf("partition prefix %q has %d bytes, up to %d are allowed", p, len(p), MaxPartitionBytes))
	}
	return checkPartitionBytes(p)
}

func checkPartitionBytes(p Partition) error {
	for i := 0; i < len(p); i++ {
		c := p[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '/' && c != '-' {
			return errs.Fault("meta", fmt.Errorf("partition %q: byte %d is not one of [a-z0-9/-]", p, i))
		}
	}
	return nil
}

// CheckRoute refuses a route that is too long: errs.Limit.
func (l Limits) CheckRoute(r Route) error {
	if len(r) > l.RouteBytes {
		return tooMuch("a row's route", len(r), l.RouteBytes, "bytes")
	}
	return nil
}

// CheckKey refuses a key that no row can have: errs.Internal for kind 0, errs.Limit for a part that is too long.
func (l Limits) CheckKey(k Key) error {
	if k.Kind == 0 {
		return errs.Fault("meta", fmt.Errorf("kind 0 is not a kind"))
	}
	if len(k.Tail) > l.TailBytes {
		return tooMuch("a row's tail", len(k.Tail), l.TailBytes, "bytes")
	}
	return l.CheckRoute(k.Route)
}

// CheckValue refuses a value that no row can have: errs.Internal for an empty one, errs.Limit for one that is too large.
func (l Limits) CheckValue(value []byte) error {
	if len(value) == 0 {
		return errs.Fault("meta", fmt.Errorf("a row's value is empty"))
	}
	if len(value) > l.ValueBytes {
		return tooMuch("a row's value", len(value), l.ValueBytes, "bytes")
	}
	return nil
}

// CheckUpdate refuses an update that writes more than the engine commits at once: errs.Limit.
func (l Limits) CheckUpdate(rows, bytes int) error {
	if rows > l.UpdateRows {
		return tooMuch("an update", rows, l.UpdateRows, "rows")
	}
	if bytes > l.UpdateBytes {
		return tooMuch("an update", bytes, l.UpdateBytes, "bytes")
	}
	return nil
}

// CheckCounter refuses counter 0: errs.Internal.
func CheckCounter(c Counter) error {
	if c == 0 {
		return errs.Fault("meta", fmt.Errorf("counter 0 is not a counter"))
	}
	return nil
}

// CheckQueue refuses queue 0: errs.Internal.
func CheckQueue(q Queue) error {
	if q == 0 {
		return errs.Fault("meta", fmt.Errorf("queue 0 is not a queue"))
	}
	return nil
}

// CheckOwn refuses a write to a row of another route than the update's: errs.Internal, as no request can cause it.
func CheckOwn(own Route, k Key) error {
	if k.Route != own {
		return errs.Fault("meta", fmt.Errorf("an update of route %q touches route %q", own, k.Route))
	}
	return nil
}

func tooMuch(what string, is, limit int, unit string) error {
	return errs.New(errs.Limit, "", fmt.Sprintf("%s of %d %s is above the limit of %d %s", what, is, unit, limit, unit))
}

type freeing struct{}

// Freeing marks updates made under the context as ones that give space back: deletions and clean-up. An engine that refuses
// updates because its disk is nearly full lets these draw on its reserve.
func Freeing(ctx context.Context) context.Context { return context.WithValue(ctx, freeing{}, true) }

// IsFreeing reports whether Freeing marked the context.
func IsFreeing(ctx context.Context) bool { return ctx.Value(freeing{}) != nil }
