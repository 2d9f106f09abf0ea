package file

import (
	"sync"
)

// maxHandles is how many files stay open for reading while nobody reads them.
const maxHandles = 512

// handle is a file open for reading and freeing, shared by all who use it. At most one exists of a file at any time.
type handle struct {
	id   fileID
	once sync.Once
	f    File
	err  error

	// Guarded by cache.mu.
	refs        int
	dropped     bool // no longer in the cache: the last user closes the file
	newer, prev *handle

	frees freeState
}

// cache holds the handles in use and up to maxHandles idle ones.
type cache struct {
	open func(fileID) (File, error)

	mu   sync.Mutex
	all  map[fileID]*handle
	idle handle // sentinel of the ring of idle handles: idle.newer is the oldest, idle.prev the newest
	n    int    // idle handles
}

func newCache(open func(fileID) (File, error)) *cache {
	c := &cache{open: open, all: make(map[fileID]*handle)}
	c.idle.newer, c.idle.prev = &c.idle, &c.idle
	return c
}

// acquire returns the handle of a file for use until release. Its error is that of opening the file.
func (c *cache) acquire(id fileID) (*handle, error) {
	c.mu.Lock()
	h := c.all[id]
	if h == nil {
		h = &handle{id: id}
		c.all[id] = h
	} else if h.refs == 0 {
		c.unlink(h)
	}
	h.refs++
	c.mu.Unlock()
	h.once.Do(func() { h.f, h.err = c.open(id) })
	if h.err != nil {
		err := h.err
		c.mu.Lock()
		c.forget(h)
		c.mu.Unlock()
		c.release(h)
		return nil, err
	}
	return h, nil
}

// release ends a use of h.
func (c *cache) release(h *handle) {
	c.mu.Lock()
	h.refs--
	var last *handle
	switch {
	case h.refs > 0:
	case h.dropped:
		last = h
	default:
		h.prev, h.newer = c.idle.prev, &c.idle
		h.prev.newer, h.newer.prev = h, h
		c.n++
		if c.n > maxHandles {
			last = c.idle.newer
			c.unlink(last)
			c.forget(last)
		}
	}
	c.mu.Unlock()
	if last != nil && last.f != nil {
		_ = last.f.Close() // nothing was written through it that is not synced
	}
}

// drop forgets the handle of a file that was removed. Its users keep it until they release it.
func (c *cache) drop(id fileID) {
	c.mu.Lock()
	h := c.all[id]
	if h == nil {
		c.mu.Unlock()
		return
	}
	c.forget(h)
	idle := h.refs == 0
	if idle {
		c.unlink(h)
	}
	c.mu.Unlock()
	if idle && h.f != nil {
		_ = h.f.Close()
	}
}

// close forgets every handle.
func (c *cache) close() {
	c.mu.Lock()
	ids := make([]fileID, 0, len(c.all))
	for id := range c.all {
		ids = append(ids, id)
	}
	c.mu.Unlock()
	for _, id := range ids {
		c.drop(id)
	}
}

func (c *cache) forget(h *handle) {
	h.dropped = true
	if c.all[h.id] == h {
		delete(c.all, h.id)
	}
}

func (c *cache) unlink(h *handle) {
	h.prev.newer, h.newer.prev = h.newer, h.prev
	h.prev, h.newer = nil, nil
	c.n--
}
