package iam

import "sync"

// turns lets those who want the same go one after the other. What depends on it holds without it too: the second of two would be told
// that the name is taken. It is safe for concurrent use.
type turns struct {
	mu    sync.Mutex
	those map[string]*turn
}

type turn struct {
	sync.Mutex
	n int // who has it or waits for it
}

// take waits for one's turn at what; leave ends it.
func (t *turns) take(what string) (leave func()) {
	t.mu.Lock()
	one := t.those[what]
	if one == nil {
		if t.those == nil {
			t.those = map[string]*turn{}
		}
		one = &turn{}
		t.those[what] = one
	}
	one.n++
	t.mu.Unlock()
	one.Lock()
	return func() {
		one.Unlock()
		t.mu.Lock()
		defer t.mu.Unlock()
		if one.n--; one.n == 0 {
			delete(t.those, what)
		}
	}
}
