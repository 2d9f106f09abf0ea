package running

import "sync"

// A Cache keeps values by key. It is safe for concurrent use after Init.
type Cache[K comparable, V any] struct {
	mu    sync.RWMutex
	by    map[K]V
	bytes int
	bound Bound
	weigh func(V) int
}

// Bound is the most that a cache keeps: when one of the two is passed it is emptied. 0 sets no bound.
type Bound struct{ Values, Bytes int }

// Init makes the cache ready. weigh tells about how many bytes a value takes; nil where bytes are not bounded.
func (c *Cache[K, V]) Init(b Bound, weigh func(V) int) {
	c.by, c.bound, c.weigh = make(map[K]V), b, weigh
	if weigh == nil {
		c.weigh = func(V) int { return 0 }
	}
}

// Get returns the value of a key, or the zero value.
func (c *Cache[K, V]) Get(k K) V {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.by[k]
}

// Put keeps a value, in place of the former one.
func (c *Cache[K, V]) Put(k K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(k)
	if c.bound.Values > 0 && len(c.by) >= c.bound.Values || c.bound.Bytes > 0 && c.bytes > c.bound.Bytes {
		clear(c.by)
		c.bytes = 0
	}
	c.by[k] = v
	c.bytes += c.weigh(v)
}

// Drop forgets a key.
func (c *Cache[K, V]) Drop(k K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(k)
}

func (c *Cache[K, V]) remove(k K) {
	if old, ok := c.by[k]; ok {
		c.bytes -= c.weigh(old)
		delete(c.by, k)
	}
}
