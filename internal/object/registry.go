package object

import (
	"sync"

	"coffer/internal/meta"
)

// waiting are the intents that were left to collection, by the bucket's partition.
type waiting struct {
	mu   sync.Mutex
	wait map[meta.Partition]*intent
}

func (d *waiting) init() { d.wait = make(map[meta.Partition]*intent) }

func (d *waiting) add(i *intent) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wait[i.bucket.partition()] = i
}

func (d *waiting) remove(p meta.Partition) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.wait, p)
}

func (d *waiting) get(p meta.Partition) *intent {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.wait[p]
}

// collectors are those that hold entries back. Only Collect uses them.
type collectors struct{ held map[meta.Partition]*collector }

func (c *collectors) get(p meta.Partition) *collector {
	if c.held == nil {
		c.held = make(map[meta.Partition]*collector)
	}
	if c.held[p] == nil {
		c.held[p] = newCollector(p)
	}
	return c.held[p]
}

func (c *collectors) remove(p meta.Partition) { delete(c.held, p) }
