package quota

import (
	"context"

	"coffer/internal/meta"
)

// A Hold is what a write under way has reserved. A nil Hold is one of a bucket that no quota bounds. It is not safe for concurrent use.
type Hold struct {
	k      *book
	a      *bucketAccount
	amount Amount
}

// Hold reserves an amount for a write to a bucket, before its content is stored: errs.Limit with code Exceeded where it does not fit.
// Release must follow, whatever becomes of the write.
func (l *Ledger) Hold(ctx context.Context, b Bucket, amount Amount) (*Hold, error) {
	k := l.book(b.Contract)
	if k == nil {
		return nil, nil
	}
	a, err := k.enter(ctx, b)
	if a == nil || err != nil {
		return nil, err
	}
	defer k.gate.RUnlock()
	h := &Hold{k: k, a: a}
	k.mu.Lock()
	defer k.mu.Unlock()
	return h, h.grow(amount.atLeast(Amount{}))
}

// grow reserves more. k.mu is held.
func (h *Hold) grow(more Amount) error {
	if err := h.k.refuse(h.a, more); err != nil {
		return err
	}
	h.k.reserve(h.a, more)
	h.amount = h.amount.plus(more)
	return nil
}

// Grow reserves more bytes, of content whose length was not said.
func (h *Hold) Grow(bytes int64) error {
	if h == nil {
		return nil
	}
	h.k.mu.Lock()
	defer h.k.mu.Unlock()
	return h.grow(Amount{Bytes: bytes})
}

// Release gives back what the write did not turn into content.
func (h *Hold) Release() {
	if h == nil {
		return
	}
	h.k.mu.Lock()
	defer h.k.mu.Unlock()
	h.k.reserve(h.a, Amount{}.minus(h.amount))
	h.amount = Amount{}
}

// Update is meta's Update of a bucket's rows that also keeps the ledger: what fn adds to the counters must fit, where it grows them, and
// is charged to the hold first. It fails with errs.Limit and code Exceeded where the rows would come to hold more than a quota permits.
func (l *Ledger) Update(ctx context.Context, h *Hold, b Bucket, r meta.Route, fn func(meta.Tx) error) error {
	k := l.book(b.Contract)
	if k == nil {
		err := l.cfg.Meta.Update(ctx, b.Rows, r, fn)
		l.missed(ctx, k, b)
		return err
	}
	a, err := k.enter(ctx, b)
	if err != nil {
		return err
	}
	if a == nil {
		return l.cfg.Meta.Update(ctx, b.Rows, r, fn)
	}
	if h == nil || h.k != k || h.a != a {
		h = nil // of a former book, or of an account that is no more
	}
	e := &entry{l: l, k: k, a: a, h: h}
	err = l.cfg.Meta.Update(ctx, b.Rows, r, func(tx meta.Tx) error {
		e.own = e.run(tx, fn)
		return e.own
	})
	unknown := e.end(err)
	k.gate.RUnlock()
	if unknown {
		k.late(ctx, b)
	}
	l.missed(ctx, k, b)
	return err
}

// missed lets another book than the one that saw an update, or none, know of it.
func (l *Ledger) missed(ctx context.Context, saw *book, b Bucket) {
	if now := l.book(b.Contract); now != nil && now != saw {
		now.late(ctx, b)
	}
}

// An entry is an update under way.
type entry struct {
	l *Ledger
	k *book
	a *bucketAccount
	h *Hold

	delta Amount // of the last run
	extra Amount // reserved beyond the hold for it
	ran   bool
	own   error // what fn or the ledger gave
}

// run lets fn do the update and reserves what it adds beyond the hold.
func (e *entry) run(tx meta.Tx, fn func(meta.Tx) error) error {
	t := tally{Tx: tx, e: e}
	e.delta, e.ran = Amount{}, true
	if err := fn(&t); err != nil {
		return err
	}
	e.k.mu.Lock()
	defer e.k.mu.Unlock()
	e.k.reserve(e.a, Amount{}.minus(e.extra))
	e.extra = Amount{}
	var has Amount
	if e.h != nil {
		has = e.h.amount
	}
	more := e.delta.minus(has).atLeast(Amount{})
	if err := e.k.refuse(e.a, more); err != nil {
		return err
	}
	e.k.reserve(e.a, more)
	e.extra = more
	return nil
}

// end turns what was reserved into what is held, or gives it back. It reports whether the update's outcome is unknown.
func (e *entry) end(err error) (unknown bool) {
	e.k.mu.Lock()
	defer e.k.mu.Unlock()
	e.k.reserve(e.a, Amount{}.minus(e.extra))
	if err != nil {
		return e.ran && e.own == nil
	}
	e.k.hold(e.a, e.delta)
	if e.h != nil {
		e.k.reserve(e.a, Amount{}.minus(e.h.amount))
		e.h.amount = Amount{}
	}
	return false
}

// tally sums up what an update adds to the counters.
type tally struct {
	meta.Tx
	e *entry
}

func (t *tally) Add(c meta.Counter, delta int64) {
	t.Tx.Add(c, delta)
	for _, one := range t.e.l.cfg.Objects {
		if one == c {
			t.e.delta.Objects += delta
		}
	}
	for _, one := range t.e.l.cfg.Bytes {
		if one == c {
			t.e.delta.Bytes += delta
		}
	}
}
