package pebble

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// Bounds of what counts as a range full of deleted rows.
const (
	gapFloor   = 4096 // deleted rows that a scan may step over without consequence
	gapPerRow  = 10   // deleted rows a visited one, above which the range is compacted
	gapMeasure = 256  // deleted rows between two measurements that mark the range between them
)

// gap is where a scan stepped over rows that are no more: deleted or overwritten ones that the database still holds.
type gap struct {
	deleted  int    // rows stepped over so far
	points   int    // what the iterator had counted at the last measurement
	visited  int    // rows visited at the last measurement
	last     []byte // where the last measurement was
	from, to []byte // hull of the stretches with many deleted rows
}

func (g *gap) reset(at []byte) { g.last = append(g.last[:0], at...) }

// measure adds what the iterator stepped over since the last time. The iterator counts inside a single step too, so that one step over a
// million deleted rows is seen.
func (s *scan) measure() {
	g := &s.gap
	stats := s.it.Stats()
	points := int(stats.InternalStats.PointCount)
	deleted := (points - g.points) - (s.visited - g.visited)
	g.points, g.visited = points, s.visited
	if deleted > 0 {
		g.deleted += deleted
	}
	if deleted >= gapMeasure {
		if g.from == nil {
			g.from = bytes.Clone(g.last)
		}
		g.to = append(g.to[:0], s.here()...)
	}
	g.last = append(g.last[:0], s.here()...)
}

// here returns the key under the iterator, or the end of its range.
func (s *scan) here() []byte {
	if s.it.Valid() {
		return s.it.Key()
	}
	return s.upper
}

// compactor compacts ranges that scans found full of deleted rows, one at a time, so that the next scan of them is fast.
type compactor struct {
	store  *Store
	busy   atomic.Bool
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
}

func (c *compactor) init(s *Store) {
	c.store = s
	c.ctx, c.cancel = context.WithCancel(context.Background())
}

// ask begins to compact the range in which a scan stepped over too many deleted rows, unless another range is being compacted.
func (c *compactor) ask(g *gap, visited int) {
	if g.from == nil || g.deleted < gapFloor+gapPerRow*visited || bytes.Compare(g.from, g.to) >= 0 {
		return
	}
	if c.ctx.Err() != nil || c.store.health.failure() != nil || !c.busy.CompareAndSwap(false, true) {
		return
	}
	from, to := bytes.Clone(g.from), bytes.Clone(g.to)
	c.work.Go(func() {
		defer c.busy.Store(false)
		if err := c.store.db.Compact(c.ctx, from, to, false); err != nil && c.ctx.Err() == nil && err != pebble.ErrClosed {
			c.store.log.Warn("pebble: a range full of deleted rows can't be compacted", "err", err)
			return
		}
		c.store.stats.compactions.Add(1)
	})
}

// stop ends compactions under way. No call is under way any more.
func (c *compactor) stop() {
	c.cancel()
	c.work.Wait()
}
