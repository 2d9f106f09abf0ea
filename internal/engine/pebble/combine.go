package pebble

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"

	"coffer/internal/errs"
	"coffer/internal/meta"
)

// request is one update on its way through the combiner. Whoever finds no leader leads one batch and then hands over to the first
// that waits, so that nobody works for others for long and no goroutine rests with a partition.
type request struct {
	ctx   context.Context
	tx    tx
	fn    func(meta.Tx) error
	admin func(*batch) error // instead of fn: Fence, Drop and Trim, which a closed partition takes too

	wake      chan struct{} // room for one
	nominated bool          // on part.mu: told to lead while waiting
	done      bool          // err and panicked are set
	err       error
	panicked  *Panic
}

// Panic is what Update panics with when its function panicked, in the goroutine that called Update.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprintf("an update panicked: %v\n%s", p.Value, p.Stack) }

// Update runs fn in the partition's next batch; see meta.Store.
func (s *Store) Update(ctx context.Context, p meta.Partition, r meta.Route, fn func(meta.Tx) error) error {
	if err := s.limits.CheckRoute(r); err != nil {
		return err
	}
	return s.submit(ctx, p, r, fn, nil)
}

func (s *Store) submit(ctx context.Context, p meta.Partition, r meta.Route, fn func(meta.Tx) error, admin func(*batch) error) error {
	if err := ctx.Err(); err != nil {
		return canceled(err)
	}
	pt, err := s.acquire(p)
	if err != nil {
		return err
	}
	defer s.release(pt)
	q := s.requests.Get().(*request)
	q.ctx, q.tx.route, q.fn, q.admin = ctx, r, fn, admin
	if err := pt.wait(ctx, q); err != nil {
		return err // not pooled again: simpler to see that nobody holds it
	}
	err, panicked := q.err, q.panicked
	*q = request{wake: q.wake}
	s.requests.Put(q)
	if panicked != nil {
		panic(panicked)
	}
	return err
}

// wait returns nil when q is done, or why it never ran.
func (p *part) wait(ctx context.Context, q *request) error {
	p.mu.Lock()
	p.queue = append(p.queue, q)
	lead := !p.leading
	p.leading = true
	p.mu.Unlock()
	if !lead {
		select {
		case <-q.wake:
		case <-ctx.Done():
			if p.leave(q) {
				return canceled(ctx.Err())
			}
			<-q.wake // a batch took it: what it writes is not given up
		}
		lead = !q.done
	}
	if lead {
		p.lead()
	}
	return nil
}

// leave takes a request out of the queue and reports whether it was still there.
func (p *part) leave(q *request) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.queue, q)
	if i < 0 {
		return false
	}
	p.queue = slices.Delete(p.queue, i, i+1)
	if q.nominated {
		p.handOver()
	}
	return true
}

// handOver makes the first of the queue lead, if there is one. p.mu is held.
func (p *part) handOver() {
	if len(p.queue) == 0 {
		p.leading = false
		return
	}
	p.queue[0].nominated = true
	p.queue[0].wake <- struct{}{}
}

// take moves the requests of the next batch out of the queue. The leader's own is the first.
func (p *part) take(b *batch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := min(len(p.queue), batchUpdates)
	b.requests = append(b.requests, p.queue[:n]...)
	p.queue = slices.Delete(p.queue, 0, n)
}

// lead runs one batch. The request of the caller is the first of the queue.
func (p *part) lead() {
	s := p.store
	b := s.batches.Get().(*batch)
	b.part = p
	runtime.Gosched() // those whom the last batch answered run first and often bring the next update: fewer, larger syncs
	p.take(b)
	own := b.requests[0]
	ended := false
	defer func() {
		if !ended { // an update's function ended the goroutine
			b.answer(errs.Fault("pebble.Update", errors.New("the leader of the batch ended")), own)
			b.reset()
		}
		p.mu.Lock()
		p.handOver()
		p.mu.Unlock()
	}()
	err := b.run()
	ended = true
	b.answer(err, own)
	b.reset()
	s.batches.Put(b)
}

// run runs the batch's updates and commits what they wrote. Its error is everyone's.
func (b *batch) run() error {
	s := b.part.store
	s.health.look()
	if err := s.health.failure(); err != nil {
		return err
	}
	if err := b.part.load(); err != nil {
		return err
	}
	b.number, b.fence = b.part.number, b.part.fence
	for i, q := range b.requests {
		if b.bytes > batchBytes {
			b.requests = b.part.giveBack(b.requests, i)
			break
		}
		b.exec(q)
	}
	s.stats.updates.Add(int64(len(b.requests)))
	return b.commit()
}

// giveBack puts the requests from i on back at the head of the queue.
func (p *part) giveBack(requests []*request, i int) []*request {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = slices.Insert(p.queue, 0, requests[i:]...)
	clear(requests[i:])
	return requests[:i]
}

// exec runs one update; if it fails, what it wrote is taken back.
func (b *batch) exec(q *request) {
	m := b.mark()
	q.err = b.call(q)
	if q.err != nil {
		b.undo(m)
	}
}

func (b *batch) call(q *request) (err error) {
	defer func() {
		if v := recover(); v != nil {
			q.panicked = &Panic{Value: v, Stack: debug.Stack()}
			err = q.panicked
		}
		q.tx.batch = nil
	}()
	if err := b.part.store.health.refuse(q.ctx); err != nil {
		return err
	}
	if q.admin != nil {
		return q.admin(b)
	}
	if b.fence != fenceOpen {
		return errs.New(errs.Conflict, meta.Fenced, "").On(errs.Subject(b.part.name))
	}
	q.tx.begin(b)
	if err := q.fn(&q.tx); err != nil {
		return err
	}
	return q.tx.err
}

// answer tells everyone but the leader. err, if any, is what befell the whole batch: then no answer that came of reading rows of the
// batch holds either.
func (b *batch) answer(err error, own *request) {
	for _, q := range b.requests {
		if err != nil && q.panicked == nil {
			q.err = err
		}
		q.done = true
		if q != own {
			q.wake <- struct{}{}
		}
	}
}

func canceled(err error) error {
	return errs.New(errs.Canceled, "", "").Because(err)
}

func panicError(v any) error {
	if err, ok := v.(error); ok {
		return err
	}
	return fmt.Errorf("%v", v)
}
