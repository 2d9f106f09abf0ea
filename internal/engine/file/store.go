// Package file is the embedded engine of the blob seam: it keeps blobs in files of one folder. Small ones share preallocated
// segments, large ones have a file of their own; every byte that a read returns was verified. It knows neither S3 nor
// people, overwrites no committed byte, and repeats no failed sync.
package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"

	"coffer/internal/blob"
	"coffer/internal/errs"
)

// maxDisk is how many reads, and apart from them how many writes, run at once. Each holds a thread.
const maxDisk = 64

// Store implements blob.Store on a folder. Its methods are safe for concurrent use.
type Store struct {
	o       Options
	session uint64
	direct  bool

	life   sync.RWMutex // held for reading by every operation, so that Close waits for them
	closed bool

	failure  atomic.Pointer[errs.Error]
	promised atomic.Int64  // bytes that writers announced and that are not on the disk yet
	files    atomic.Uint64 // the number of the newest file of its own
	records  atomic.Uint64 // the serial of the newest record of a segment

	pool   *pool
	reads  chan struct{}
	writes chan struct{}
	cache  *cache
	packer packer
	dirs   dirs

	background sync.WaitGroup
	stop       chan struct{}
}

var _ blob.Store = (*Store)(nil)

// Open opens the store in o.Dir and begins a new session. What an ended session left half done is cleared in the background.
func Open(o Options) (*Store, error) {
	o.setDefaults()
	s := &Store{
		o:      o,
		pool:   &pool{limit: o.BufferBytes},
		reads:  make(chan struct{}, maxDisk),
		writes: make(chan struct{}, maxDisk),
		stop:   make(chan struct{}),
	}
	s.cache = newCache(s.openFile)
	s.packer.s = s
	s.dirs.s = s
	tidied, err := s.begin()
	if err != nil {
		return nil, errs.Wrap("file.Open", ioError(err))
	}
	if o.Direct == DirectAuto {
		s.direct = s.probeDirect()
	}
	s.o.Logger.Info("blob store opened", "dir", s.o.Dir, "session", s.session, "direct", s.direct)
	if tidied+1 < s.session {
		s.background.Go(func() { s.tidy(tidied + 1) })
	}
	return s, nil
}

// Session implements blob.Store.
func (s *Store) Session() uint64 { return s.session }

// Limits implements blob.Store.
func (s *Store) Limits() blob.Limits { return blob.Limits{MaxBytes: maxBytes, ReadBytes: readBytes} }

// Health returns why the store can't write any more, or nil.
func (s *Store) Health() error {
	if e := s.failure.Load(); e != nil {
		return e
	}
	if err := s.enter(); err != nil {
		return err
	}
	s.leave()
	return nil
}

// Close waits for the operations that run and ends the store. It gives back the room that segments hold in advance.
func (s *Store) Close() error {
	s.life.Lock()
	if s.closed {
		s.life.Unlock()
		return nil
	}
	s.closed = true
	close(s.stop)
	s.life.Unlock()
	s.background.Wait()
	err := s.packer.close()
	s.cache.close()
	return errs.Wrap("file.Close", ioError(err))
}

// enter begins an operation; leave ends it.
func (s *Store) enter() error {
	s.life.RLock()
	if s.closed {
		s.life.RUnlock()
		return errs.New(errs.Unavailable, "", "the blob store is closed")
	}
	return nil
}

func (s *Store) leave() { s.life.RUnlock() }

// writable is enter for operations that change something.
func (s *Store) writable() error {
	if e := s.failure.Load(); e != nil {
		return e
	}
	return s.enter()
}

func (s *Store) stopping() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// synced passes on the outcome of a sync. After the first failure nobody knows what of the unsynced bytes is on the disk, and
// a second try may report success without writing them: the store turns read-only for good.
func (s *Store) synced(err error) error {
	if err == nil {
		return nil
	}
	e := errs.New(errs.Unavailable, "", "the blob store is read-only: its disk failed to sync").Because(err)
	if s.failure.CompareAndSwap(nil, e) {
		s.o.Logger.Error("sync failed: the blob store is read-only from now on", "dir", s.o.Dir, "error", err)
		s.o.OnFailure(e)
	}
	return s.failure.Load()
}

// syncFile syncs a file unless the store failed before.
func (s *Store) syncFile(f File) error {
	if e := s.failure.Load(); e != nil {
		return e
	}
	return s.synced(f.Sync())
}

// write writes p, one of at most maxDisk writes at a time.
func (s *Store) write(f File, p []byte, off int64) error {
	s.writes <- struct{}{}
	defer func() { <-s.writes }()
	return f.WriteAt([][]byte{p}, off)
}

// room fails with DiskFull unless n more bytes leave the reserve untouched.
func (s *Store) room(n int64) error {
	free, err := s.o.FS.Free(s.o.Dir)
	if err != nil {
		return ioError(err)
	}
	if free-s.promised.Load()-n < s.o.ReserveBytes {
		return errDiskFull().Because(fmt.Errorf("%d bytes free in %s, %d promised, %d wanted, %d reserved", free, s.o.Dir,
			s.promised.Load(), n, s.o.ReserveBytes))
	}
	return nil
}

func errDiskFull() *errs.Error {
	return errs.New(errs.Unavailable, "DiskFull", "the server's disk is full: its operator must free space")
}

// ioError gives an error of the operating system its kind. Errors of ours stay as they are.
func ioError(err error) error {
	var e *errs.Error
	switch {
	case err == nil || errors.As(err, &e):
		return err
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return errDiskFull().Because(err)
	case errors.Is(err, fs.ErrNotExist):
		return errNoBlob().Because(err)
	}
	return &errs.Error{Kind: errs.Unavailable, Err: err}
}

func errNoBlob() *errs.Error { return errs.New(errs.NotFound, "", "no such blob") }

func canceled(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &errs.Error{Kind: errs.Canceled, Err: err}
	}
	return nil
}

// probeDirect reports whether the file system takes direct writes.
func (s *Store) probeDirect() bool {
	name := filepath.Join(s.o.Dir, "probe")
	_ = s.o.FS.Remove(name) // one of a run that was killed
	f, err := s.o.FS.Create(name, true)
	if err != nil {
		return false
	}
	b := s.pool.must(smallest)
	err = f.WriteAt([][]byte{b[:alignBytes]}, 0)
	s.pool.put(b)
	return errors.Join(err, f.Close(), s.o.FS.Remove(name)) == nil
}
