package quota

import (
	"context"
	"errors"
	"sync"

	"coffer/internal/errs"
	"coffer/internal/ident"
)

// A book keeps the accounts of one contract that has a quota.
type book struct {
	l *Ledger

	// gate is held shared while an update commits, and alone while counters are read, so that what is read misses no update.
	gate sync.RWMutex

	mu      sync.Mutex // held for a few additions, never during I/O
	limits  map[Subject]Limit
	total   account
	users   map[ident.UserID]*account
	buckets map[ident.BucketID]*bucketAccount
}

// bucketAccount is a bucket's account. Whose other account it adds to may change.
type bucketAccount struct {
	account
	bucket Bucket
	stale  bool // an update ended that nobody knows the outcome of: the counters must be read again
}

func newBook(l *Ledger, limits map[Subject]Limit) *book {
	return &book{l: l, limits: limits, users: map[ident.UserID]*account{}, buckets: map[ident.BucketID]*bucketAccount{}}
}

// user returns a user's account. k.mu is held.
func (k *book) user(u ident.UserID) *account {
	a := k.users[u]
	if a == nil {
		a = &account{}
		k.users[u] = a
	}
	return a
}

// hold adds to what a bucket and those above it hold. k.mu is held.
func (k *book) hold(a *bucketAccount, by Amount) {
	for _, each := range k.above(a) {
		each.held = each.held.plus(by)
	}
}

// reserve adds to what is reserved. k.mu is held.
func (k *book) reserve(a *bucketAccount, by Amount) {
	for _, each := range k.above(a) {
		each.reserved = each.reserved.plus(by)
	}
}

// above returns the accounts that a bucket's content counts in. A bucket that is gone, or was read anew, counts in its own alone.
func (k *book) above(a *bucketAccount) []*account {
	if k.buckets[a.bucket.ID] != a {
		return []*account{&a.account}
	}
	if a.bucket.User == "" {
		return []*account{&a.account, &k.total}
	}
	return []*account{&a.account, &k.total, k.user(a.bucket.User)}
}

// refuse returns why more does not fit. k.mu is held.
func (k *book) refuse(a *bucketAccount, more Amount) error {
	err := a.refuse(k.limits[Subject{Bucket: a.bucket.ID}], more, "bucket "+string(a.bucket.Name))
	if err == nil && a.bucket.User != "" {
		err = k.user(a.bucket.User).refuse(k.limits[Subject{User: a.bucket.User}], more, "the bucket's owner")
	}
	if err == nil {
		err = k.total.refuse(k.limits[Subject{}], more, "the contract")
	}
	return err
}

// enter returns the bucket's account with the gate held shared; nil, and the gate not held, for a bucket that is gone.
func (k *book) enter(ctx context.Context, b Bucket) (*bucketAccount, error) {
	for {
		k.gate.RLock()
		k.mu.Lock()
		a := k.buckets[b.ID]
		known := a != nil && !a.stale
		k.mu.Unlock()
		if known {
			return a, nil
		}
		k.gate.RUnlock()
		err := k.read(ctx, b)
		if errors.Is(err, errs.NotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// read reads a bucket's counters while none of the contract's updates commits. errs.NotFound where the bucket is gone.
func (k *book) read(ctx context.Context, b Bucket) error {
	k.gate.Lock()
	defer k.gate.Unlock()
	return k.readAlone(ctx, b)
}

// readAlone is read for who holds the gate alone.
func (k *book) readAlone(ctx context.Context, b Bucket) error {
	there, err := k.l.cfg.Exists(ctx, b)
	if err == nil && !there {
		return errs.NotFound
	}
	var now Amount
	if err == nil {
		now, err = k.l.counters(ctx, b)
	}
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.buckets[b.ID]
	if a == nil {
		a = &bucketAccount{bucket: b}
		k.buckets[b.ID] = a
	}
	k.hold(a, now.minus(a.held))
	a.stale = false
	return nil
}

// late reads a bucket again after an update that the book did not see, or does not know the outcome of. Where that fails, the next
// write tries again.
func (k *book) late(ctx context.Context, b Bucket) {
	k.mu.Lock()
	if a := k.buckets[b.ID]; a != nil {
		a.stale = true
	}
	k.mu.Unlock()
	if err := k.read(context.WithoutCancel(ctx), b); err != nil && !errors.Is(err, errs.NotFound) {
		k.l.cfg.Log.Warn("what a bucket holds is read again at its next write", "bucket", b.Name, "error", err)
	}
}
