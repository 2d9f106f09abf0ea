package object

import (
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/object/garbage"
)

// A change is one update of a key under way: what it found and what it writes. It may run again after reset. Values that it hands
// to the update live in its arena until the next reset.
type change struct {
	tx      meta.Tx
	key     ident.ObjectKey
	live    record
	head    head
	hasLive bool
	hasHead bool
	garbage bool // something was put into the queue
	arena   []byte
}

// begin reads the key's guard: its live row, and its head if it has one.
func (c *change) begin(tx meta.Tx, key ident.ObjectKey) error {
	c.tx, c.key = tx, key
	c.head = head{}
	c.hasLive, c.hasHead, c.garbage = false, false, false
	c.arena = c.arena[:0]
	value, err := tx.Get(liveKey(key))
	if err == nil {
		if err := c.live.decode(value); err != nil {
			return err
		}
		c.hasLive = true
		if !c.live.is(flagVersioned) {
			return nil
		}
	} else if !isNotFound(err) {
		return err
	}
	value, err = tx.Get(headKey(key))
	if err == nil {
		c.hasHead = true
		return c.head.decode(value)
	}
	if isNotFound(err) && !c.hasLive {
		return nil
	}
	if isNotFound(err) {
		return badRow("key")
	}
	return err
}

// current returns the current object, or nil.
func (c *change) current() *record {
	if c.hasLive {
		return &c.live
	}
	return nil
}

// next returns the sequence of a new version: above every other of the key, and the clock's if that is higher.
func (c *change) next(clock uint64) uint64 {
	last := c.head.last
	if c.hasLive {
		last = max(last, c.live.seq)
	}
	return max(last+1, clock)
}

// grow keeps what an encoder appended to the arena and returns it.
func (c *change) grow(longer []byte) []byte {
	start := len(c.arena)
	c.arena = longer
	return longer[start:len(longer):len(longer)]
}

func (c *change) putRecord(k meta.Key, r *record) error {
	return c.tx.Put(k, c.grow(r.encode(c.arena)))
}

func (c *change) putHead() error {
	c.head.change++
	return c.tx.Put(headKey(c.key), c.grow(c.head.encode(c.arena)))
}

// add makes r the key's newest version, r.seq being next. In a bucket whose versioning is not enabled r becomes the null version
// and replaces the former one wherever it lies.
func (c *change) add(r *record, v Versioning) error {
	r.flags &^= flagNull | flagVersioned
	if v != Enabled {
		r.flags |= flagNull
	}
	c.count(r, 1)
	if !c.hasHead && v != Enabled && !r.is(flagMarker) {
		return c.replace(r)
	}
	if !c.hasHead {
		if err := c.adopt(); err != nil {
			return err
		}
	}
	if v != Enabled {
		if err := c.dropNull(); err != nil {
			return err
		}
		c.head.null = r.seq
	}
	c.head.newest, c.head.last, c.head.marker = r.seq, r.seq, r.is(flagMarker)
	if err := c.putRecord(verKey(c.key, r.seq), r); err != nil {
		return err
	}
	if err := c.setLive(r); err != nil {
		return err
	}
	return c.putHead()
}

// replace puts r in the place of the live row of a key that was never versioned.
func (c *change) replace(r *record) error {
	if c.hasLive {
		if err := c.drop(&c.live); err != nil {
			return err
		}
	} else {
		c.tx.Add(countObjects, 1)
	}
	return c.putRecord(liveKey(c.key), r)
}

// adopt makes a versioned key of one that was not: its object, if any, becomes the null version in ver.
func (c *change) adopt() error {
	c.hasHead = true
	if !c.hasLive {
		return nil
	}
	c.head.null, c.head.newest, c.head.last = c.live.seq, c.live.seq, c.live.seq
	c.live.flags |= flagNull
	return c.putRecord(verKey(c.key, c.live.seq), &c.live)
}

// dropNull removes the null version of a versioned key, if there is one.
func (c *change) dropNull() error {
	if c.head.null == 0 {
		return nil
	}
	value, err := c.tx.Get(verKey(c.key, c.head.null))
	if err != nil {
		return err
	}
	var r record
	if err := r.decode(value); err != nil {
		return err
	}
	if err := c.drop(&r); err != nil {
		return err
	}
	return c.tx.Delete(verKey(c.key, r.seq))
}

// setLive makes the live row agree with the newest version.
func (c *change) setLive(r *record) error {
	if r == nil || r.is(flagMarker) {
		if !c.hasLive {
			return nil
		}
		c.tx.Add(countObjects, -1)
		return c.tx.Delete(liveKey(c.key))
	}
	if !c.hasLive {
		c.tx.Add(countObjects, 1)
	}
	r.flags |= flagVersioned
	err := c.putRecord(liveKey(c.key), r)
	r.flags &^= flagVersioned
	return err
}

// removeLive removes the object of a key that was never versioned.
func (c *change) removeLive() error {
	if err := c.drop(&c.live); err != nil {
		return err
	}
	c.tx.Add(countObjects, -1)
	return c.tx.Delete(liveKey(c.key))
}

// remove removes version r of a versioned key. successor is the sequence of the version that becomes the newest if r is: 0 for none.
func (c *change) remove(r *record, successor uint64) error {
	if err := c.drop(r); err != nil {
		return err
	}
	if err := c.tx.Delete(verKey(c.key, r.seq)); err != nil {
		return err
	}
	if c.head.null == r.seq {
		c.head.null = 0
	}
	if r.seq != c.head.newest {
		return c.putHead()
	}
	if successor == 0 {
		if err := c.setLive(nil); err != nil {
			return err
		}
		return c.tx.Delete(headKey(c.key))
	}
	value, err := c.tx.Get(verKey(c.key, successor))
	if err != nil {
		return err
	}
	var next record
	if err := next.decode(value); err != nil {
		return err
	}
	c.head.newest, c.head.marker = successor, next.is(flagMarker)
	if err := c.setLive(&next); err != nil {
		return err
	}
	return c.putHead()
}

// rewrite stores a changed record of an existing version, in every row that holds it.
func (c *change) rewrite(r *record) error {
	if !c.hasHead {
		return c.putRecord(liveKey(c.key), r)
	}
	r.flags &^= flagVersioned
	if err := c.putRecord(verKey(c.key, r.seq), r); err != nil {
		return err
	}
	if c.hasLive && c.live.seq == r.seq {
		if err := c.setLive(r); err != nil {
			return err
		}
	}
	return c.putHead()
}

// drop gives up what belongs to a version besides its row.
func (c *change) drop(r *record) error {
	c.count(r, -1)
	if r.is(flagAttrs) {
		if err := c.tx.Delete(attrsKey(c.key, r.seq)); err != nil {
			return err
		}
	}
	switch r.home {
	case homeInline:
		return c.tx.Delete(dataKey(c.key, r.seq))
	case homeBlob:
		c.discard(garbage.Item{Kind: garbage.Blob, Ref: string(r.ref)})
	case homeManifest:
		c.discard(garbage.Item{Kind: garbage.Manifest, Key: c.key, Upload: string(r.ref), Pages: r.pages})
	}
	return nil
}

func (c *change) count(r *record, n int64) {
	if r.is(flagMarker) {
		c.tx.Add(countMarkers, n)
		return
	}
	c.tx.Add(countVersions, n)
	c.tx.Add(countBytes, n*r.size)
}

// discard puts what no row names any more into the queue.
func (c *change) discard(g garbage.Item) {
	c.garbage = true
	c.tx.Append(queueGarbage, c.grow(g.Encode(c.arena)))
}
