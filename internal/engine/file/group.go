package file

import "sync"

// group lets one sync serve all who wait for it. It has no thread of its own: whoever finds no sync running runs the next one,
// for itself and for those who came while the one before ran. The zero group is ready.
type group struct {
	mu      sync.Mutex
	wake    sync.Cond
	running bool
	next    *round // what those who wait will be served by; nil when nobody waits
}

type round struct {
	done bool
	err  error
}

// wait returns after a call of sync that began after wait did. It returns what that call returned, which is never repeated.
func (g *group) wait(sync func() error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.wake.L == nil {
		g.wake.L = &g.mu
	}
	if g.next == nil {
		g.next = new(round)
	}
	r := g.next
	for !r.done {
		if g.running {
			g.wake.Wait()
			continue
		}
		g.running, g.next = true, nil
		g.mu.Unlock()
		err := sync()
		g.mu.Lock()
		g.running, r.done, r.err = false, true, err
		g.wake.Broadcast()
	}
	return r.err
}
