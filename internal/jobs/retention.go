package jobs

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"coffer/internal/ident"
)

// Kept is something of contracts that is removed by its age, a batch at a time.
type Kept struct {
	Name string
	// System says that the system, ident.System, has some as contracts have.
	System bool
	For    time.Duration // 0: for ever
	// Prune removes at most Batch of what is older than before, and returns how many it removed.
	Prune func(ctx context.Context, c ident.ContractID, before time.Time) (int, error)
	Batch int
}

// RetentionConfig is what the retention job needs; all but Wait and Log is needed.
type RetentionConfig struct {
	Kept      []Kept
	Contracts func(context.Context) ([]ident.ContractID, error)
	Clock     func() time.Time
	Wait      func(d time.Duration) <-chan time.Time
	Log       *slog.Logger
}

// Retention removes records for their age, some of each contract every hour: what is left is removed an hour later, so that neither a
// shortened setting nor a clock that jumps ahead removes everything at once.
type Retention struct {
	cfg  RetentionConfig
	runs progress
	stop context.CancelFunc
	done chan struct{}
}

const (
	pruneEvery   = time.Hour
	pruneBatches = 40 // of a contract and kind, each hour
)

// NewRetention makes the job; Start sets it going.
func NewRetention(cfg RetentionConfig) *Retention {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Wait == nil {
		cfg.Wait = time.After
	}
	return &Retention{cfg: cfg}
}

// Status tells how the job stands.
func (r *Retention) Status() Status { return r.runs.status() }

// Start runs the job in a goroutine until Stop. It is called once.
func (r *Retention) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	r.stop, r.done = cancel, make(chan struct{})
	go func() {
		defer close(r.done)
		for ctx.Err() == nil {
			if err := r.runs.run(r.cfg.Clock, func() error { return r.Look(ctx) }); err != nil && ctx.Err() == nil {
				r.cfg.Log.Warn("old records could not be looked for and will be again", "error", err)
			}
			wait(ctx, r.cfg.Wait(pruneEvery))
		}
	}()
}

// Stop ends the job and returns when it rests. Without Start it does nothing.
func (r *Retention) Stop() {
	if r.stop != nil {
		r.stop()
		<-r.done
	}
}

// Look removes what an hour may remove of every contract and of the system. What fails in one is logged and does not keep the others.
func (r *Retention) Look(ctx context.Context) error {
	contracts, err := r.cfg.Contracts(ctx)
	if err != nil {
		return err
	}
	for _, c := range append(slices.Clip(contracts), ident.System) {
		for i := range r.cfg.Kept {
			k := &r.cfg.Kept[i]
			if k.For <= 0 || c == ident.System && !k.System {
				continue
			}
			n, err := r.prune(ctx, c, k)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				r.runs.failed(ownerOf(c)+", "+k.Name, err)
				r.cfg.Log.Warn("old records were not removed", "contract", c, "of", k.Name, "error", err)
			}
			if n > 0 {
				r.cfg.Log.Info("old records were removed", "contract", c, "of", k.Name, "records", n)
			}
		}
	}
	return nil
}

// ownerOf says in words whose something is.
func ownerOf(c ident.ContractID) string {
	if c == ident.System {
		return "the system"
	}
	return "contract " + c.String()
}

func (r *Retention) prune(ctx context.Context, c ident.ContractID, k *Kept) (removed int, err error) {
	before := r.cfg.Clock().Add(-k.For)
	for range pruneBatches {
		n, err := k.Prune(ctx, c, before)
		removed += n
		if err != nil || n < k.Batch {
			return removed, err
		}
	}
	return removed, nil
}
