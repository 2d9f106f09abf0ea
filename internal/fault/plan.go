// Package fault wraps the seams meta and blob so that a test decides which call fails and how. An empty plan passes everything
// through, which makes the wrappers the do-nothing ones that every suite also runs through. It never runs in a server.
package fault

import (
	"errors"
	"sync"

	"coffer/internal/errs"
)

// Injected is the cause of every failure that a plan makes.
var Injected = errors.New("injected fault")

// Mode says how the chosen call fails.
type Mode uint8

// The modes.
const (
	Refuse     Mode = iota + 1 // the call fails and takes no effect
	LoseAnswer                 // the call takes effect, its caller is told that it failed
)

// Call is one call of a wrapped store. N counts from 1 over all wrappers that share the plan.
type Call struct {
	N       int
	Name    string // "meta.Update", "blob.Writer.Commit"
	Subject string // partition, ref: for messages
}

// Plan says which calls fail, over every wrapper that shares it. The zero Plan, and a nil one, fail none. It is safe for
// concurrent use. A test of an operation loops n = 1, 2, 3... with FailAt(n, mode) until Fired reports false: then the
// operation went through untouched.
type Plan struct {
	mu    sync.Mutex
	calls int
	at    int
	mode  Mode
	fired bool
	cut   bool
	hook  func(Call)
}

// FailAt makes the nth call from now fail, once, and forgets what was counted and chosen before. n below 1 chooses none.
func (p *Plan) FailAt(n int, mode Mode) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls, p.at, p.mode, p.fired = 0, n, mode, false
}

// CutOff makes every call fail from now on without an effect, as if the store were gone; Restore ends it.
func (p *Plan) CutOff() { p.setCut(true) }

// Restore ends CutOff.
func (p *Plan) Restore() { p.setCut(false) }

func (p *Plan) setCut(cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = cut
}

// OnCall sets a hook that runs before each call takes effect, without a lock, in the caller's goroutine: it may block to delay
// the call, or change the plan. nil removes it.
func (p *Plan) OnCall(hook func(Call)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hook = hook
}

// Calls returns how many calls were counted since the last FailAt.
func (p *Plan) Calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

// Fired reports whether the call chosen by FailAt came.
func (p *Plan) Fired() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fired
}

// Do runs one call of a wrapped store by the plan. The wrappers use it for each method.
func (p *Plan) Do(name, subject string, call func() error) error {
	if p == nil {
		return call()
	}
	c, mode, hook := p.count(name, subject)
	if hook != nil {
		hook(c)
	}
	if p.isCut() || mode == Refuse {
		return failure(c)
	}
	err := call()
	if mode == LoseAnswer && err == nil {
		return failure(c)
	}
	return err
}

func (p *Plan) count(name, subject string) (Call, Mode, func(Call)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	c := Call{N: p.calls, Name: name, Subject: subject}
	if p.calls != p.at {
		return c, 0, p.hook
	}
	p.fired = true
	return c, p.mode, p.hook
}

func (p *Plan) isCut() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cut
}

func failure(c Call) error {
	return &errs.Error{Op: errs.Op(c.Name), Kind: errs.Unavailable, Subject: errs.Subject(c.Subject), Err: Injected}
}
