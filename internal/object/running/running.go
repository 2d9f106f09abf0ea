// Package running is what one process knows of its operations on uploads and manifests: who reads, who ends an upload, what waits for
// collection. It never stores anything: several gateways over one engine need leases in its place. Everything is safe for concurrent use.
package running

import (
	"sync"

	"coffer/internal/meta"
)

// A Key names an upload, under way or completed, by the partition of its bucket and its id.
type Key struct {
	Partition meta.Partition
	Upload    string
}

// At makes a Key.
func At(p meta.Partition, upload string) Key { return Key{Partition: p, Upload: upload} }

// Pins counts the readers of manifests. Collection leaves pinned ones for later. Call Init first.
type Pins struct {
	mu    sync.Mutex
	count map[Key]int
	asked map[Key]bool // collection came by
}

// Init makes it ready.
func (p *Pins) Init() { p.count, p.asked = make(map[Key]int), make(map[Key]bool) }

// Take begins one reading.
func (p *Pins) Take(k Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count[k]++
}

// Drop ends one reading and reports whether collection waits for it. More drops than takes do nothing.
func (p *Pins) Drop(k Key) bool {
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

// Held reports whether a manifest is being read; the last reader then tells collection.
func (p *Pins) Held(k Key) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count[k] == 0 {
		return false
	}
	p.asked[k] = true
	return true
}

// Reading reports whether any manifest of a partition is being read; the last reader of each then tells collection.
func (p *Pins) Reading(in meta.Partition) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := false
	for k := range p.count {
		if k.Partition == in {
			p.asked[k] = true
			found = true
		}
	}
	return found
}

// Turns serialises what ends an upload, and says which completions run. Call Init first.
type Turns struct {
	mu   sync.Mutex
	runs map[Key]*turn
}

type turn struct {
	mu    sync.Mutex
	users int
}

// Init makes it ready.
func (c *Turns) Init() { c.runs = make(map[Key]*turn) }

// Lock waits for the upload's turn. The caller calls the returned function once.
func (c *Turns) Lock(k Key) func() {
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

// Running reports whether a completion or an abort of the upload is under way.
func (c *Turns) Running(k Key) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.runs[k] != nil
}

// Dirty is the set of partitions whose garbage waits. Call Init first.
type Dirty struct {
	mu   sync.Mutex
	set  map[meta.Partition]bool
	wake chan struct{}
}

// Init makes it ready.
func (d *Dirty) Init() {
	d.set = make(map[meta.Partition]bool)
	d.wake = make(chan struct{}, 1)
}

// Wake gets a value when partitions were marked.
func (d *Dirty) Wake() <-chan struct{} { return d.wake }

// Mark puts a partition in and wakes who collects.
func (d *Dirty) Mark(p meta.Partition) {
	d.mu.Lock()
	d.set[p] = true
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Keep puts a partition back without waking anyone.
func (d *Dirty) Keep(p meta.Partition) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.set[p] = true
}

// Take empties the set and returns what it held.
func (d *Dirty) Take() []meta.Partition {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]meta.Partition, 0, len(d.set))
	for p := range d.set {
		all = append(all, p)
	}
	clear(d.set)
	return all
}
