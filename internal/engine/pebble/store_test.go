package pebble

import (
	"testing"

	"coffer/internal/fault"
	"coffer/internal/meta"
	"coffer/internal/meta/metatest"
)

func TestSuiteInMemory(t *testing.T) {
	metatest.Run(t, func(*testing.T) meta.Store { return OpenMem() })
}

func TestSuiteOnDisk(t *testing.T) {
	metatest.Run(t, func(t *testing.T) meta.Store { return openDisk(t, t.TempDir()) })
}

func TestSuiteThroughTheEmptyWrapper(t *testing.T) {
	metatest.Run(t, func(*testing.T) meta.Store { return fault.Meta(OpenMem(), new(fault.Plan)) })
}

func openDisk(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
