package object

import (
	"sync"

	"coffer/internal/meta"
)

// What one process knows of its running operations. Several gateways over one engine need leases in their place.

// A pin names a manifest that is being read.
type pin struct {
	partition meta.Partition
	upload    string
}

// pins counts the readers of manifests. Collection leaves pinned ones for later.
type pins struct {
	mu    sync.Mutex
	count map[pin]int
	asked map[pin]bool // collection came by
}

func (p *pins) init() { p.count, p.asked = make(map[pin]int), make(map[pin]bool) }

func (p *pins) take(k pin) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count[k]++
}

// drop ends one reading and reports whether collection waits for it. More drops than takes do nothing.
func (p *pins) drop(k pin) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count[k] > 1 {
		p.count[k]--
		return false
	}
	delete(p.count, k)
	waits := p.asked[k]
	delete(p.asked, k)
	return waits
}

// held reports whether a manifest is being read; the last reader then tells collection.
func (p *pins) held(k pin) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count[k] == 0 {
		return false
	}
	p.asked[k] = true
	return true
}

// reading reports whether any manifest of a partition is being read; the last reader of each then tells collection.
func (p *pins) reading(in meta.Partition) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := false
	for k := range p.count {
		if k.partition == in {
			p.asked[k] = true
			found = true
		}
	}
	return found
}

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

// completions serialises what ends an upload, and says which completions run.
type completions struct {
	mu   sync.Mutex
	runs map[pin]*turn
}

type turn struct {
	mu    sync.Mutex
	users int
}

func (c *completions) init() { c.runs = make(map[pin]*turn) }

// lock waits for the upload's turn. The caller calls the returned function once.
func (c *completions) lock(k pin) func() {
	c.mu.Lock()
	run := c.runs[k]
	if run == nil {
		run = &turn{}
		c.runs[k] = run
	}
	run.users++
	c.mu.Unlock()
	run.mu.Lock()
	return func() {
		run.mu.Unlock()
		c.mu.Lock()
		defer c.mu.Unlock()
		if run.users--; run.users == 0 {
			delete(c.runs, k)
		}
	}
}

// running reports whether a completion or an abort of the upload is under way.
func (c *completions) running(k pin) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.runs[k] != nil
}

// dirty is the set of partitions whose garbage waits.
type dirty struct {
	mu   sync.Mutex
	set  map[meta.Partition]bool
	wake chan struct{}
}

func (d *dirty) init() {
	d.set = make(map[meta.Partition]bool)
	d.wake = make(chan struct{}, 1)
}

func (d *dirty) mark(p meta.Partition) {
	d.mu.Lock()
	d.set[p] = true
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// keep puts a partition back without waking anyone.
func (d *dirty) keep(p meta.Partition) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.set[p] = true
}

// take empties the set.
func (d *dirty) take() []meta.Partition {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]meta.Partition, 0, len(d.set))
	for p := range d.set {
		all = append(all, p)
	}
	clear(d.set)
	return all
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
