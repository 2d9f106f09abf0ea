package file_test

import (
	"testing"

	"coffer/internal/blob"
	"coffer/internal/blob/blobtest"
	"coffer/internal/engine/file"
	"coffer/internal/fault"
)

// variants are the ways in which a store may run. The suites run on each.
var variants = map[string]file.Options{
	"direct":       {},
	"buffered":     {Direct: file.DirectOff},
	"small memory": {BufferBytes: 64 << 10, SegmentBytes: 4 << 20},
}

func open(t *testing.T, o file.Options) *file.Store {
	t.Helper()
	s, err := file.Open(o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return s
}

func TestSuite(t *testing.T) {
	for name, o := range variants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			blobtest.Run(t, func(t *testing.T) blob.Store {
				o := o
				o.Dir = t.TempDir()
				return open(t, o)
			})
			blobtest.RunSessions(t, func(t *testing.T) func() blob.Store {
				o := o
				o.Dir = t.TempDir()
				return func() blob.Store { return open(t, o) }
			})
		})
	}
}

func TestSuiteThroughWrapper(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, func(t *testing.T) blob.Store {
		return fault.Blob(open(t, file.Options{Dir: t.TempDir()}), new(fault.Plan))
	})
	blobtest.RunSessions(t, func(t *testing.T) func() blob.Store {
		dir := t.TempDir()
		return func() blob.Store { return fault.Blob(open(t, file.Options{Dir: dir}), nil) }
	})
}
