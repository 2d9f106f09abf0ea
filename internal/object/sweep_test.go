package object

import (
	"testing"

	"coffer/internal/blob"
)

// The sweep after a start keeps every blob that any kind of row names, and removes the others.
func TestTheSweepKeepsWhatIsNamed(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	w.put(b, "never-versioned", pattern(5000, 1))
	w.put(b, "k", pattern(5000, 2))
	u := w.upload(b, "parts")
	parts := []Part{w.part(b, u, 1, pattern(6000, 3)), w.part(b, u, 2, pattern(100, 4))}
	_, err := w.complete(b, u, parts)
	w.must(err)
	open := w.upload(b, "open")
	part := w.part(b, open, 1, pattern(7000, 5))
	b = w.mustVersion(b, Enabled)
	w.put(b, "k", pattern(5000, 6))
	w.must(w.s.Collect(w.ctx()))
	if n := w.rowsOf(b, kindPart); n != 1 {
		t.Fatalf("%d part rows, only the open upload's should be left", n)
	}
	unnamed, err := w.blobs.Create(w.ctx(), blob.Owner{Partition: string(b.partition()), Route: "k"}, 1)
	w.must(err)
	_, err = unnamed.Write([]byte("x"))
	w.must(err)
	_, err = unnamed.Commit()
	w.must(err)
	foreign, err := w.blobs.Create(w.ctx(), blob.Owner{Partition: "elsewhere", Route: "k"}, 0)
	w.must(err)
	_, err = foreign.Commit()
	w.must(err)
	w.settle()
	if n := w.blobs.count(); n != 8 {
		t.Errorf("%d blobs: those of the running session are not judged", n)
	}
	w.restart()
	w.settle()
	if n := w.blobs.count(); n != 7 {
		t.Errorf("%d blobs: six are named, one is not a bucket's", n)
	}
	if w.read(b, "never-versioned", "") != pattern(5000, 1) || w.read(b, "k", "null") != pattern(5000, 2) || w.read(b, "k", "") != pattern(5000, 6) ||
		w.read(b, "parts", "") != pattern(6000, 3)+pattern(100, 4) {
		t.Error("content differs after the sweep")
	}
	_, err = w.complete(b, open, []Part{part})
	w.must(err)
	if w.read(b, "open", "") != pattern(7000, 5) {
		t.Error("a part of an earlier session differs")
	}
}
