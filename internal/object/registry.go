package object

import "coffer/internal/meta"

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
