package file_test

import (
	"bytes"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"coffer/internal/blob"
	"coffer/internal/blob/blobtest"
	"coffer/internal/engine/file"
	"coffer/internal/errs"
)

// gateFS holds the first sync of a segment until it is let go, and then fails those that come when told to.
type gateFS struct {
	*simFS
	entered, release chan bool
	writes, syncs    atomic.Int32
	fail             atomic.Bool
}

type gateFile struct {
	file.File
	fs *gateFS
}

func (g *gateFS) Create(name string, direct bool) (file.File, error) {
	f, err := g.simFS.Create(name, direct)
	return &gateFile{f, g}, err
}

func (f *gateFile) WriteAt(b [][]byte, off int64) error {
	f.fs.writes.Add(1)
	return f.File.WriteAt(b, off)
}

func (f *gateFile) Sync() error {
	if f.fs.syncs.Add(1) == 2 { // the first is that of the session's number
		f.fs.entered <- true
		<-f.fs.release
		return f.File.Sync()
	}
	if f.fs.fail.Load() {
		return syscall.EIO
	}
	return f.File.Sync()
}

// TestOneSyncForAllWhoWait lets blobs gather behind a sync that takes its time: they go to the disk in one write and one sync,
// and all of them hear of its failure.
func TestOneSyncForAllWhoWait(t *testing.T) {
	for _, fail := range []bool{false, true} {
		g := &gateFS{simFS: newSimFS(1), entered: make(chan bool), release: make(chan bool)}
		o := simOptions(nil)
		o.FS = g
		s := open(t, o)
		const waiting = 6
		refs := make([]blob.Ref, 1+waiting)
		failures := make([]error, 1+waiting)
		put := func(n int) {
			refs[n], failures[n] = blobtest.Put(t.Context(), s, n, blobtest.Content(uint64(n), 9000), 9000, false)
		}
		var wg sync.WaitGroup
		wg.Go(func() { put(0) })
		<-g.entered
		for n := 1; n <= waiting; n++ {
			wg.Go(func() { put(n) })
		}
		for s.Queued() < waiting {
			runtime.Gosched()
		}
		writes, syncs := g.writes.Load(), g.syncs.Load()
		g.fail.Store(fail)
		close(g.release)
		wg.Wait()
		if w, n := g.writes.Load()-writes, g.syncs.Load()-syncs; w != 1 || n != 1 {
			t.Errorf("%d writes and %d syncs for %d blobs, want one each", w, n, waiting)
		}
		for n, err := range failures {
			if fail && n > 0 {
				if !errors.Is(err, errs.Unavailable) {
					t.Errorf("blob %d of a batch whose sync failed: %v", n, err)
				}
				continue
			}
			got, readErr := blobtest.Get(t.Context(), s, refs[n])
			if err != nil || readErr != nil || !bytes.Equal(got, blobtest.Content(uint64(n), 9000)) {
				t.Errorf("blob %d: %v, %v", n, err, readErr)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
