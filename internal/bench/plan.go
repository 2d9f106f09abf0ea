package bench

import (
	"math/rand/v2"
	"strconv"
	"sync/atomic"
)

// A verb is what one request does.
type verb uint8

const (
	doPut verb = iota
	doGet
	doStat
	doList
	doDelete
	numVerbs
)

func (v verb) String() string { return string(Ops()[v]) }

// plan hands out the requests of a row at one endpoint to all threads.
type plan struct {
	op      Op
	dir     string // of the keys that are there before the row, below the target's prefix
	out     string // of those that the row puts
	kind    byte   // of the keys that Put puts and Delete deletes
	size    int64
	body    *payload
	objects int64  // there before the row
	limit   int64  // requests; 0: none
	query   string // of listings
	next    atomic.Int64
	written atomic.Int64 // keys handed out for putting
}

// request is one of them. Keys are numbered within their kind.
type request struct {
	verb verb
	kind byte
	n    int64
}

// The kinds of keys.
const (
	fill   = 'o' // put before the row, for reading
	doom   = 'd' // put before the row, for deleting
	fresh  = 'p' // put by the row
	folded = 'f' // in folders, for listings
)

// own is what a thread keeps of a plan: its choices, and what a mixed row put and may delete.
type own struct {
	random *rand.Rand
	mine   []int64
}

// pick chooses the next request; ok is false when there is none left.
func (p *plan) pick(o *own) (r request, ok bool) {
	n := p.next.Add(1) - 1
	if p.limit > 0 && n >= p.limit {
		return r, false
	}
	switch p.op {
	case Put:
		return request{doPut, p.kind, p.written.Add(1) - 1}, true
	case Get:
		return request{doGet, fill, o.random.Int64N(p.objects)}, true
	case Stat:
		return request{doStat, fill, o.random.Int64N(p.objects)}, true
	case List:
		return request{doList, fill, 0}, true
	case Delete:
		return request{doDelete, p.kind, n}, n < p.objects
	}
	switch c := o.random.IntN(100); {
	case c < 45:
		return request{doGet, fill, o.random.Int64N(p.objects)}, true
	case c < 75:
		return request{doStat, fill, o.random.Int64N(p.objects)}, true
	case c >= 90 && len(o.mine) > 0:
		n, o.mine = o.mine[0], o.mine[1:]
		return request{doDelete, fresh, n}, true
	}
	n = p.written.Add(1) - 1
	o.mine = append(o.mine, n)
	return request{doPut, fresh, n}, true
}

func (p *plan) dirOf(kind byte) string {
	if kind == fresh {
		return p.out
	}
	return p.dir
}

// done reports whether nothing is left to hand out.
func (p *plan) done() bool {
	n := p.next.Load()
	return p.limit > 0 && n >= p.limit || p.op == Delete && n >= p.objects
}

// appendPath appends the path of a request, which needs no escaping.
func (t *target) appendPath(b []byte, dir string, r request) []byte {
	b = append(append(b, '/'), t.bucket...)
	if r.verb == doList {
		return b
	}
	if r.kind == folded {
		return t.appendFolded(b, r.n)
	}
	b = append(append(append(b, '/'), t.prefix...), dir...)
	b = append(b, '/', r.kind)
	digits := strconv.AppendInt(make([]byte, 0, 20), r.n, 10)
	for i := len(digits); i < 9; i++ {
		b = append(b, '0')
	}
	return append(b, digits...)
}
