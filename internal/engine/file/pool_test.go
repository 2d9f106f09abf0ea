package file

import (
	"errors"
	"sync"
	"testing"
	"unsafe"
)

// TestPoolLimit lends no more than the limit, but always the smallest buffer.
func TestPoolLimit(t *testing.T) {
	p := &pool{limit: int64(bufferSizes[2] + bufferSizes[1])}
	a := p.tryGet(2)
	if a == nil || p.tryGet(2) != nil {
		t.Fatal("one buffer of class 2 and no second one fits the limit")
	}
	b := p.atMost(3)
	if len(b) != bufferSizes[1] {
		t.Fatalf("%d bytes where %d fit", len(b), bufferSizes[1])
	}
	c := p.atMost(3)
	d := p.tryGet(smallest)
	if len(c) != bufferSizes[smallest] || d == nil {
		t.Fatal("the smallest buffers are always there")
	}
	for _, buffer := range [][]byte{c, d, b, a} {
		p.put(buffer)
		if p.lent+p.idle > p.limit && p.idle > 0 {
			t.Errorf("%d lent, %d idle, limit %d", p.lent, p.idle, p.limit)
		}
	}
	if p.lent != 0 {
		t.Errorf("%d lent after all came back", p.lent)
	}
	if again := p.tryGet(2); &again[0] != &a[0] {
		t.Error("an idle buffer is not used again")
	}
	p = &pool{limit: int64(bufferSizes[3])}
	p.put(p.tryGet(2))
	if p.tryGet(3) == nil || p.idle != 0 {
		t.Errorf("an idle buffer of another class holds %d bytes of the limit", p.idle)
	}
}

func TestBuffersAreAligned(t *testing.T) {
	for class, size := range bufferSizes {
		b := new(pool).must(class)
		if len(b) != size || cap(b) != size || uintptr(unsafe.Pointer(&b[0]))%alignBytes != 0 || size%alignBytes != 0 {
			t.Errorf("class %d: %d bytes, room for %d, at %p", class, len(b), cap(b), &b[0])
		}
	}
}

// fakeFile counts how often it is closed.
type fakeFile struct {
	File
	closed *int
}

func (f fakeFile) Close() error { *f.closed++; return nil }

// TestCacheBound keeps at most maxHandles idle files open, and those in use whatever happens.
func TestCacheBound(t *testing.T) {
	opened, closed := 0, 0
	c := newCache(func(id fileID) (File, error) {
		if id.number == 0 {
			return nil, errors.New("no such file")
		}
		opened++
		return fakeFile{closed: &closed}, nil
	})
	held, err := c.acquire(fileID{number: 1})
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint64(3 * maxHandles) {
		if h, err := c.acquire(fileID{number: n + 2}); err == nil {
			c.release(h)
		}
	}
	if opened-closed != maxHandles+1 || c.n != maxHandles {
		t.Errorf("%d files are open, want %d idle ones and one in use", opened-closed, maxHandles)
	}
	if again, _ := c.acquire(fileID{number: 1}); again != held {
		t.Error("a file in use was opened a second time")
	}
	c.drop(fileID{number: 1})
	fresh, _ := c.acquire(fileID{number: 1})
	if fresh == held {
		t.Error("a dropped handle is given out")
	}
	before := closed
	c.release(held)
	if closed != before {
		t.Error("a handle was closed in use")
	}
	c.release(held)
	if closed != before+1 {
		t.Error("a dropped handle stays open after its last use")
	}
	c.release(fresh)
	if _, err := c.acquire(fileID{}); err == nil || len(c.all) != maxHandles {
		t.Errorf("error %v, %d handles", err, len(c.all))
	}
	c.close()
	if opened != closed {
		t.Errorf("%d files are open after close", opened-closed)
	}
}

// TestGroupSharesSyncs wants every waiter served by a sync that began after it came, and its outcome told to those it served.
func TestGroupSharesSyncs(t *testing.T) {
	var g group
	var mu sync.Mutex
	syncs, arrived := 0, 0
	first, release := make(chan bool), make(chan bool)
	boom := errors.New("boom")
	sync1 := func() error {
		close(first)
		<-release
		return boom
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := g.wait(sync1); err != boom {
			t.Errorf("first: %v", err)
		}
	})
	<-first
	for range 20 {
		wg.Go(func() {
			mu.Lock()
			arrived++
			mu.Unlock()
			if err := g.wait(func() error {
				mu.Lock()
				defer mu.Unlock()
				syncs++
				return nil
			}); err != nil {
				t.Errorf("a failed sync was told to one who came after it began: %v", err)
			}
		})
	}
	for waiting := 0; waiting < 20; {
		mu.Lock()
		waiting = arrived
		mu.Unlock()
	}
	close(release)
	wg.Wait()
	if syncs == 0 || syncs > 20 {
		t.Errorf("%d syncs for 20 who waited", syncs)
	}
}

// TestFailureIsToldOnce fails several syncs at once: the owner of the store hears of one.
func TestFailureIsToldOnce(t *testing.T) {
	told := 0
	s, err := Open(Options{Dir: t.TempDir(), OnFailure: func(error) { told++ }})
	if err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	for range 3 {
		if err := s.synced(boom); !errors.Is(err, boom) {
			t.Errorf("error %v", err)
		}
	}
	if told != 1 || s.Health() == nil {
		t.Errorf("told %d times, health %v", told, s.Health())
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
