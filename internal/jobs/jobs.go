// Package jobs runs what goes on beside requests: the collection of what no row names any more, lifecycle rules, and the removal of old
// records. It decides nothing about rows or blobs itself, and collection never needs a clock to know what may go.
package jobs

import (
	"context"
	"log/slog"
	"time"
)

// Collector is what the garbage of a bucket store needs done; package object has it.
type Collector interface {
	// Sweep looks once for what earlier runs left.
	Sweep(ctx context.Context) error
	// Garbage has a value when something waits for Collect.
	Garbage() <-chan struct{}
	// Collect removes what waits. What failed waits for the next call.
	Collect(ctx context.Context) error
}

// Config is what the jobs need. Objects is needed.
type Config struct {
	Objects Collector
	Log     *slog.Logger
	Clock   func() time.Time // tells when a run began and ended; default time.Now
	// Wait returns a channel that has a value after d; default time.After. It paces the repetition of what failed.
	Wait func(d time.Duration) <-chan time.Time
}

// Runner runs the jobs beside the requests.
type Runner struct {
	cfg  Config
	runs progress
	stop context.CancelFunc
	done chan struct{}
}

// Pauses and limits.
const (
	firstPause = time.Second // after a failure; doubled up to lastPause
	lastPause  = time.Minute
	drainTime  = 5 * time.Second // for what waits when the server stops; the rest is found at the next start
)

// New makes a runner; Start or Run sets it going.
func New(cfg Config) *Runner {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Wait == nil {
		cfg.Wait = time.After
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	return &Runner{cfg: cfg}
}

// Status tells how collection stands.
func (j *Runner) Status() Status { return j.runs.status() }

// Start runs the jobs in a goroutine until Stop. It is called once.
func (j *Runner) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	j.stop, j.done = cancel, make(chan struct{})
	go func() {
		defer close(j.done)
		j.Run(ctx)
	}()
}

// Stop ends the jobs and returns when they have done what waits, for at most 5 seconds. Without Start it does nothing.
func (j *Runner) Stop() {
	if j.stop == nil {
		return
	}
	j.stop()
	<-j.done
}

// Run works until ctx ends, then does what waits, for at most 5 seconds.
func (j *Runner) Run(ctx context.Context) {
	j.sweep(ctx)
	pause := firstPause
	for ctx.Err() == nil {
		if err := j.runs.run(j.cfg.Clock, func() error { return j.cfg.Objects.Collect(ctx) }); err != nil && ctx.Err() == nil {
			j.cfg.Log.Warn("collection failed and will be repeated", "after", pause, "error", err)
			wait(ctx, j.cfg.Wait(pause))
			pause = min(2*pause, lastPause)
			continue
		}
		pause = firstPause
		select {
		case <-ctx.Done():
		case <-j.cfg.Objects.Garbage():
		}
	}
	j.drain(ctx)
}

// sweep repeats Sweep until it went through.
func (j *Runner) sweep(ctx context.Context) {
	for pause := firstPause; ctx.Err() == nil; pause = min(2*pause, lastPause) {
		err := j.runs.run(j.cfg.Clock, func() error { return j.cfg.Objects.Sweep(ctx) })
		if err == nil || ctx.Err() != nil {
			return
		}
		j.cfg.Log.Warn("the sweep after the start failed and will be repeated", "after", pause, "error", err)
		wait(ctx, j.cfg.Wait(pause))
	}
}

func wait(ctx context.Context, c <-chan time.Time) {
	select {
	case <-ctx.Done():
	case <-c:
	}
}

func (j *Runner) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := j.cfg.Objects.Collect(ctx); err != nil {
		j.cfg.Log.Warn("what collection could not do is left to the next start", "error", err)
	}
}
