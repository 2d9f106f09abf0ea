package quota

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// Config is what a Ledger is made of. All of it is required.
type Config struct {
	Meta meta.Store
	// Objects and Bytes are the counters of a bucket's partition whose sums are what it holds.
	Objects, Bytes []meta.Counter
	// Buckets visits every bucket of a contract.
	Buckets func(ctx context.Context, c ident.ContractID, visit func(Bucket) error) error
	// Exists reports whether the bucket still is, one being deleted included.
	Exists func(ctx context.Context, b Bucket) (bool, error)
	Log    *slog.Logger
}

// Ledger knows what the buckets of contracts with quotas hold. It is safe for concurrent use. Where no contract has a quota it costs
// one look at a pointer.
type Ledger struct {
	cfg   Config
	turn  sync.Mutex // of who changes books
	books atomic.Pointer[map[ident.ContractID]*book]
}

// New returns a ledger without quotas.
func New(cfg Config) *Ledger { return &Ledger{cfg: cfg} }

func (l *Ledger) book(c ident.ContractID) *book {
	all := l.books.Load()
	if all == nil {
		return nil
	}
	return (*all)[c]
}

// SetLimits makes the given limits those of the contract, in place of the former. The first ones read what all its buckets hold. A write
// that reserved its room before may finish, and so may one that is being committed when a contract gets its first limits.
func (l *Ledger) SetLimits(ctx context.Context, c ident.ContractID, limits map[Subject]Limit) error {
	l.turn.Lock()
	defer l.turn.Unlock()
	limits = maps.Clone(limits)
	maps.DeleteFunc(limits, func(_ Subject, v Limit) bool { return v == Limit{} })
	k := l.book(c)
	switch {
	case k == nil && len(limits) == 0:
		return nil
	case len(limits) == 0:
		l.publish(c, nil)
		return nil
	case k != nil:
		k.mu.Lock()
		defer k.mu.Unlock()
		k.limits = limits
		return nil
	}
	k = newBook(l, limits)
	k.gate.Lock()
	defer k.gate.Unlock()
	l.publish(c, k)
	err := l.cfg.Buckets(ctx, c, func(b Bucket) error {
		if err := k.readAlone(ctx, b); !errors.Is(err, errs.NotFound) {
			return err
		}
		return nil
	})
	if err != nil {
		l.publish(c, nil)
	}
	return errs.Wrap("quota.SetLimits", err)
}

// publish makes k the contract's book. l.turn is held.
func (l *Ledger) publish(c ident.ContractID, k *book) {
	next := map[ident.ContractID]*book{}
	if all := l.books.Load(); all != nil {
		next = maps.Clone(*all)
	}
	if k == nil {
		delete(next, c)
	} else {
		next[c] = k
	}
	if len(next) == 0 {
		l.books.Store(nil)
		return
	}
	l.books.Store(&next)
}

// counters reads what a bucket holds.
func (l *Ledger) counters(ctx context.Context, b Bucket) (Amount, error) {
	var a Amount
	err := l.cfg.Meta.View(ctx, b.Rows, func(r meta.Reader) error {
		a = Amount{}
		for sum, list := range map[*int64][]meta.Counter{&a.Objects: l.cfg.Objects, &a.Bytes: l.cfg.Bytes} {
			for _, c := range list {
				n, err := r.Count(c)
				if err != nil {
					return err
				}
				*sum += n
			}
		}
		return nil
	})
	return a, err
}

// Used returns what a subject holds. Where its contract has no quota the counters are read.
func (l *Ledger) Used(ctx context.Context, c ident.ContractID, s Subject) (Amount, error) {
	if k := l.book(c); k != nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		switch {
		case s.Bucket != "":
			if a := k.buckets[s.Bucket]; a != nil && !a.stale {
				return a.held, nil
			}
		case s.User != "":
			return k.user(s.User).held, nil
		default:
			return k.total.held, nil
		}
	}
	var sum Amount
	err := l.cfg.Buckets(ctx, c, func(b Bucket) error {
		if s.Bucket != "" && s.Bucket != b.ID || s.User != "" && s.User != b.User {
			return nil
		}
		a, err := l.counters(ctx, b)
		sum = sum.plus(a)
		return err
	})
	return sum, errs.Wrap("quota.Used", err)
}

// Forget gives back what a bucket held that was deleted.
func (l *Ledger) Forget(b Bucket) {
	k := l.book(b.Contract)
	if k == nil {
		return
	}
	k.gate.Lock()
	defer k.gate.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	if a := k.buckets[b.ID]; a != nil {
		held, reserved := a.held, a.reserved
		k.hold(a, Amount{}.minus(held))
		k.reserve(a, Amount{}.minus(reserved))
		delete(k.buckets, b.ID)
		a.reserved = reserved // of holds that are still to be released
	}
}

// Fits fails where user u can't take over the buckets without exceeding a quota of their own.
func (l *Ledger) Fits(c ident.ContractID, u ident.UserID, buckets []ident.BucketID) error {
	k := l.book(c)
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	var more Amount
	for _, id := range buckets {
		if a := k.buckets[id]; a != nil && a.bucket.User != u {
			more = more.plus(a.held).plus(a.reserved)
		}
	}
	return k.user(u).refuse(k.limits[Subject{User: u}], more, "the new owner")
}

// Move counts a bucket for the user who owns it from now on.
func (l *Ledger) Move(b Bucket) {
	k := l.book(b.Contract)
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.buckets[b.ID]
	if a == nil {
		return
	}
	held, reserved := a.held, a.reserved
	k.hold(a, Amount{}.minus(held))
	k.reserve(a, Amount{}.minus(reserved))
	a.bucket = b
	k.hold(a, held)
	k.reserve(a, reserved)
}

// Contracts lists the contracts that have a quota, in order.
func (l *Ledger) Contracts() []ident.ContractID {
	all := l.books.Load()
	if all == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(*all))
}

// BucketExists reports whether the bucket of a quota still is.
func (l *Ledger) BucketExists(ctx context.Context, c ident.ContractID, id ident.BucketID, name ident.BucketName) (bool, error) {
	return l.cfg.Exists(ctx, Bucket{ID: id, Name: name, Contract: c})
}
