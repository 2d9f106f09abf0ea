package file

import (
	"sync"
	"unsafe"
)

// bufferSizes are the sizes of buffers in bytes. The odd 8 KiB hold a header and a table beside a power of two. Each is four
// times the one before, so that a writer holds at most about four times what it was sent.
var bufferSizes = [...]int{16 << 10, 72 << 10, 264 << 10, 1032 << 10}

const smallest, largest = 0, len(bufferSizes) - 1

// classFor returns the smallest class whose buffers hold n bytes, or the largest class.
func classFor(n int) int {
	for c, size := range bufferSizes {
		if n <= size {
			return c
		}
	}
	return largest
}

// pool lends aligned buffers. What is lent and what lies idle together stay at limit bytes; past it only the smallest class
// is still lent, which a writer needs to make any progress, and the buffers of must.
type pool struct {
	limit int64

	mu   sync.Mutex
	lent int64
	idle int64
	free [len(bufferSizes)][][]byte
}

// tryGet lends a buffer of a class, or nil when that would go past the limit.
func (p *pool) tryGet(class int) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if class != smallest && p.lent+int64(bufferSizes[class]) > p.limit {
		return nil
	}
	return p.take(class)
}

// atMost lends a buffer of a class, or of the largest lesser one that the limit allows.
func (p *pool) atMost(class int) []byte {
	for ; class > smallest; class-- {
		if b := p.tryGet(class); b != nil {
			return b
		}
	}
	return p.tryGet(smallest)
}

// must lends a buffer of a class whatever the limit. Its callers are bounded in number by other means.
func (p *pool) must(class int) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.take(class)
}

func (p *pool) take(class int) []byte {
	size := bufferSizes[class]
	p.lent += int64(size)
	if free := p.free[class]; len(free) > 0 {
		b := free[len(free)-1]
		p.free[class] = free[:len(free)-1]
		p.idle -= int64(size)
		return b
	}
	for c := largest; c >= smallest && p.lent+p.idle > p.limit; c-- {
		p.drop(c)
	}
	return aligned(size)
}

// drop forgets idle buffers of a class until lent and idle ones are within the limit.
func (p *pool) drop(class int) {
	for free := p.free[class]; len(free) > 0 && p.lent+p.idle > p.limit; free = p.free[class] {
		free[len(free)-1] = nil
		p.free[class] = free[:len(free)-1]
		p.idle -= int64(bufferSizes[class])
	}
}

// put takes a lent buffer back. nil is fine.
func (p *pool) put(b []byte) {
	if b == nil {
		return
	}
	size := int64(cap(b))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lent -= size
	if p.lent+p.idle+size > p.limit {
		return
	}
	class := classFor(cap(b))
	p.free[class] = append(p.free[class], b[:cap(b)])
	p.idle += size
}

// aligned makes a buffer of size bytes that a direct write accepts.
func aligned(size int) []byte {
	b := make([]byte, size+alignBytes)
	skip := 0
	if rest := int(uintptr(unsafe.Pointer(unsafe.SliceData(b))) % alignBytes); rest != 0 {
		skip = alignBytes - rest
	}
	return b[skip : skip+size : skip+size]
}
