package pebble

import (
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"coffer/internal/errs"
	"coffer/internal/meta"
)

// part is the state of one partition that somebody uses.
type part struct {
	store  *Store
	name   meta.Partition
	prefix []byte
	users  int // on store.mu

	mu      sync.Mutex
	queue   []*request // waiting updates, oldest first
	leading bool       // a caller runs a batch, or the first of the queue was told to

	// What the leader knows; only it reads and writes these.
	loaded   bool
	fence    fence
	number   uint64
	counters map[meta.Counter]int64

	flight atomic.Pointer[flight]
}

func newPart(s *Store, name meta.Partition) *part {
	return &part{store: s, name: name, prefix: prefixOf(name), counters: make(map[meta.Counter]int64)}
}

// flight is a commit between the moment Pebble shows it and the moment it is durable. Readers that come in between read from an
// iterator begun before, so that nothing is ever seen that a power loss could take back.
type flight struct {
	mu     sync.Mutex
	before *pebble.Iterator // nil: the flight has ended
}

func (p *part) begin(before *pebble.Iterator) *flight {
	f := &flight{before: before}
	p.flight.Store(f)
	return f
}

func (p *part) end(f *flight) {
	p.flight.Store(nil)
	f.mu.Lock()
	defer f.mu.Unlock()
	p.store.discard(f.before)
	f.before = nil
}

// iterate returns an iterator over durable rows only.
func (p *part) iterate(o *pebble.IterOptions) (*pebble.Iterator, error) {
	for {
		if f := p.flight.Load(); f != nil {
			it, err := f.clone(o)
			if it != nil || err != nil {
				return it, err
			}
			continue
		}
		it, err := p.store.db.NewIter(o)
		if err != nil {
			return nil, readError(err)
		}
		// Without a flight now, every commit that the iterator sees has become durable.
		if p.flight.Load() == nil {
			return it, nil
		}
		if err := it.Close(); err != nil {
			return nil, readError(err)
		}
	}
}

// clone returns an iterator over the rows before the flight, or nil if it has ended.
func (f *flight) clone(o *pebble.IterOptions) (*pebble.Iterator, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.before == nil {
		return nil, nil
	}
	it, err := f.before.Clone(pebble.CloneOptions{IterOptions: o})
	if err != nil {
		return nil, readError(err)
	}
	return it, nil
}

// read appends the durable value of one row to a buffer.
func (p *part) read(to, key []byte) ([]byte, error) {
	if p.flight.Load() == nil {
		with, err := p.store.get(to, key)
		if p.flight.Load() == nil {
			return with, err
		}
	}
	it, err := p.iterate(&pebble.IterOptions{})
	if err != nil {
		return to, err
	}
	with, err := readAt(to, it, key)
	if cerr := it.Close(); cerr != nil && err == nil {
		return to, readError(cerr)
	}
	return with, err
}

func readAt(to []byte, it *pebble.Iterator, key []byte) ([]byte, error) {
	if !it.SeekPrefixGE(key) {
		if err := it.Error(); err != nil {
			return to, readError(err)
		}
		return to, errs.NotFound
	}
	value, err := it.ValueAndErr()
	if err != nil {
		return to, readError(err)
	}
	return append(to, value...), nil
}

// load reads the fence and the last number when the leader needs them for the first time.
func (p *part) load() error {
	if p.loaded {
		return nil
	}
	value, err := p.store.get(nil, fenceKey(p.name))
	if err == nil {
		p.fence, err = decodeFence(value)
	}
	if err != nil && err != errs.NotFound {
		return err
	}
	value, err = p.store.get(nil, appendLastNumber(nil, p.prefix))
	if err == nil {
		var n int64
		n, err = decodeNumber(value)
		p.number = uint64(n)
	}
	if err != nil && err != errs.NotFound {
		return err
	}
	p.loaded = true
	return nil
}

// count returns a counter as the leader sees it.
func (p *part) count(c meta.Counter) (int64, error) {
	if n, ok := p.counters[c]; ok {
		return n, nil
	}
	value, err := p.store.get(nil, appendCounter(nil, p.prefix, c))
	if err == errs.NotFound {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return decodeNumber(value)
}
