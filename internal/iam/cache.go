package iam

import (
	"sync"
	"sync/atomic"

	"coffer/internal/ident"
)

// Bounds of what is remembered, in entries.
const (
	maxPeople       = 16384
	maxSigners      = 32768
	maxUnknown      = 8192
	maxSessionCache = 16384
	epochSlots      = 1024
)

// epochs counts changes of people and keys. What was read of a contract counts as long as its epoch is the one from before the
// reading. Contracts share a fixed number of slots: a change in one makes those that share its slot read again, nothing worse.
// With several processes the slot is where a lease would be asked.
type epochs struct {
	slots   [epochSlots]atomic.Uint64
	unknown atomic.Uint64 // changes of the directory: what was unknown may be known now
}

func (e *epochs) slot(c ident.ContractID) *atomic.Uint64 { return &e.slots[uint32(c)%epochSlots] }
func (e *epochs) bump(c ident.ContractID)                { e.slot(c).Add(1) }
func (e *epochs) bumpUnknown()                           { e.unknown.Add(1) }

// mark is an epoch as it was before something was read.
type mark struct {
	slot *atomic.Uint64
	seen uint64
}

func markOf(slot *atomic.Uint64) mark { return mark{slot, slot.Load()} }

// fresh reports whether nothing changed since.
func (m mark) fresh() bool { return m.slot.Load() == m.seen }

// entry is what a cache remembers, and since when.
type entry[V any] struct {
	mark
	value V
}

// cache is a bounded map that forgets everything when it is full: simple, and right because everything can be read again. It is
// safe for concurrent use; reads take no lock.
type cache[K comparable, V any] struct {
	m   sync.Map // K -> *entry[V]
	n   atomic.Int64
	max int64
}

// get returns the entry of k, fresh or not, or nil.
func (c *cache[K, V]) get(k K) *entry[V] {
	if e, ok := c.m.Load(k); ok {
		return e.(*entry[V])
	}
	return nil
}

// put remembers v as read under m.
func (c *cache[K, V]) put(k K, m mark, v V) {
	if c.n.Load() >= c.max {
		c.m.Clear()
		c.n.Store(0)
	}
	if _, had := c.m.Swap(k, &entry[V]{m, v}); !had {
		c.n.Add(1)
	}
}

// drop forgets k.
func (c *cache[K, V]) drop(k K) {
	if _, had := c.m.LoadAndDelete(k); had {
		c.n.Add(-1)
	}
}
