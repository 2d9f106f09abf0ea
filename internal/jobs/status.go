package jobs

import (
	"sync"
	"time"

	"coffer/internal/errs"
)

// Status is how a job stands. Began and Ended are of the last run, zero before the first.
type Status struct {
	Running      bool
	Began, Ended time.Time
	// Failure says why the last run that ended failed, or what in it did first; "": nothing. Every job repeats what failed.
	Failure string
}

// progress follows the runs of a job. It is safe for concurrent use.
type progress struct {
	mu   sync.Mutex
	now  Status
	part string // what failed first in the present run without ending it
}

// run does one run of a job and notes how it went.
func (p *progress) run(clock func() time.Time, work func() error) error {
	p.mu.Lock()
	p.now.Running, p.now.Began, p.part = true, clock(), ""
	p.mu.Unlock()
	err := work()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now.Running, p.now.Ended, p.now.Failure = false, clock(), p.part
	if err != nil {
		p.now.Failure = failure(err)
	}
	return err
}

// failed notes that a part of the present run failed, which goes on with the next. on names the part.
func (p *progress) failed(on string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.part == "" {
		p.part = on + ": " + failure(err)
	}
}

// failure is what the operator is told of an error, who may know all of it.
func failure(err error) string {
	if text := errs.PublicOf(err); text != "" {
		return text
	}
	return err.Error()
}

func (p *progress) status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}
