package jobs

import (
	"context"
	"errors"
	"testing"
	"time"
)

// fake is a Collector whose calls a test sees, and answers.
type fake struct {
	calls   chan string
	answers chan error
	garbage chan struct{}
}

func newFake() *fake {
	return &fake{calls: make(chan string), answers: make(chan error), garbage: make(chan struct{}, 1)}
}

func (f *fake) call(name string) error {
	f.calls <- name
	return <-f.answers
}

func (f *fake) Sweep(context.Context) error   { return f.call("sweep") }
func (f *fake) Collect(context.Context) error { return f.call("collect") }
func (f *fake) Garbage() <-chan struct{}      { return f.garbage }

func (f *fake) expect(t *testing.T, name string, answer error) {
	t.Helper()
	if got := <-f.calls; got != name {
		t.Fatalf("%s was called, want %s", got, name)
	}
	f.answers <- answer
}

func start(f *fake) (j *Runner, waits chan time.Duration, resume chan time.Time) {
	waits, resume = make(chan time.Duration, 1), make(chan time.Time)
	j = New(Config{Objects: f, Wait: func(d time.Duration) <-chan time.Time { waits <- d; return resume }})
	j.Start()
	return j, waits, resume
}

// stop ends the jobs, which then collect once more.
func stop(t *testing.T, f *fake, j *Runner) {
	t.Helper()
	done := make(chan struct{})
	go func() { j.Stop(); close(done) }()
	f.expect(t, "collect", nil)
	<-done
}

func TestCollectionRunsWhenSomethingWaits(t *testing.T) {
	f := newFake()
	j, _, _ := start(f)
	f.expect(t, "sweep", nil)
	f.expect(t, "collect", nil)
	f.garbage <- struct{}{}
	f.expect(t, "collect", nil)
	stop(t, f, j)
}

func TestFailuresAreRepeatedAfterAPause(t *testing.T) {
	f := newFake()
	j, waits, again := start(f)
	failure := errors.New("the store is away")
	f.expect(t, "sweep", failure)
	if d := <-waits; d != time.Second {
		t.Errorf("the first pause is %v", d)
	}
	again <- time.Time{}
	f.expect(t, "sweep", nil)
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		f.expect(t, "collect", failure)
		if d := <-waits; d != want*time.Second {
			t.Errorf("the pause is %v, want %ds", d, want)
		}
		again <- time.Time{}
	}
	f.expect(t, "collect", nil)
	f.garbage <- struct{}{}
	f.expect(t, "collect", failure)
	if d := <-waits; d != time.Second {
		t.Errorf("after a success the pause is %v", d)
	}
	stop(t, f, j)
}

func TestStopWithoutStart(t *testing.T) { New(Config{Objects: newFake()}).Stop() }
