package object

import (
	"testing"
)

func TestHeldIsWhatTheRowsSay(t *testing.T) {
	w := newWorld(t)
	b := w.versioned("alpha", Enabled)
	w.bucket("bravo")
	w.put(b, "k", "12345")
	w.put(b, "k", "123")
	w.put(b, "l", "1")
	w.delete(b, "l", "")
	h, err := w.s.Held(w.ctx(), b)
	w.must(err)
	if h != (Held{Objects: 1, Versions: 3, Bytes: 9}) {
		t.Errorf("%+v", h)
	}
	var names []string
	w.must(w.s.EachBucket(w.ctx(), testContract, func(b *Bucket) error { names = append(names, string(b.Name)); return nil }))
	if len(names) != 2 {
		t.Errorf("buckets %v", names)
	}
}
