package pebble

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"coffer/internal/errs"
	"coffer/internal/meta"
)

// DiskFull is the code of the errs.Unavailable that updates get while the disk has less free space than the reserve.
const DiskFull errs.Code = "DiskFull"

// spaceInterval is the time between two looks at the free space.
const spaceInterval = 100 * time.Millisecond

// health knows whether the store may write.
type health struct {
	broken    atomic.Pointer[errs.Error]
	once      sync.Once
	onFailure func(error)

	fs      vfs.FS
	dir     string
	reserve uint64 // bytes; 0: free space is not looked at
	opened  time.Time
	looked  atomic.Int64 // nanoseconds since opened
	free    atomic.Uint64
}

func (h *health) init(o Options) {
	h.onFailure, h.fs, h.dir, h.opened = o.OnFailure, o.FS, o.Dir, time.Now()
	if o.ReserveBytes > 0 {
		h.reserve = uint64(o.ReserveBytes)
	}
	h.free.Store(^uint64(0))
	h.looked.Store(-int64(spaceInterval))
}

// fail turns the store read-only for good. A failed sync is never repeated: the kernel may have dropped the pages that it could
// not write and report success the next time.
func (h *health) fail(cause error) {
	h.once.Do(func() {
		h.broken.Store(errs.New(errs.Unavailable, "", "the store of rows failed and is read-only: restart it when the disk is well").Because(cause))
		if h.onFailure != nil {
			h.onFailure(cause)
		}
	})
}

func (h *health) failure() error {
	if e := h.broken.Load(); e != nil {
		return e
	}
	return nil
}

// look refreshes what is known of the free space, at most once an interval.
func (h *health) look() {
	if h.reserve == 0 {
		return
	}
	now, last := int64(time.Since(h.opened)), h.looked.Load()
	if now-last < int64(spaceInterval) || !h.looked.CompareAndSwap(last, now) {
		return
	}
	usage, err := h.fs.GetDiskUsage(h.dir)
	if errors.Is(err, vfs.ErrUnsupported) {
		return
	}
	if err != nil {
		h.free.Store(0)
		return
	}
	h.free.Store(usage.AvailBytes)
}

// refuse returns why an update can't run now. One that gives space back may take the upper three quarters of the reserve.
func (h *health) refuse(ctx context.Context) error {
	if e := h.broken.Load(); e != nil {
		return e
	}
	free := h.free.Load()
	if free >= h.reserve || free >= h.reserve/4 && meta.IsFreeing(ctx) {
		return nil
	}
	return errs.New(errs.Unavailable, DiskFull, fmt.Sprintf("the disk has %d MiB free, less than the reserve of %d MiB: delete objects or enlarge the disk",
		free>>20, h.reserve>>20))
}

// Health returns nil while the store can write, else errs.Unavailable with the reason.
func (s *Store) Health() error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	s.health.look()
	return s.health.refuse(context.Background())
}

// Space is room on the file system of a store, in bytes.
type Space struct {
	Total, Free uint64 // Free is what may be used without being privileged
	Reserve     uint64 // updates are refused while less than this is free; 0: never
}

// Space looks at the store's file system now. It fails where that does not tell.
func (s *Store) Space() (Space, error) {
	if err := s.enter(); err != nil {
		return Space{}, err
	}
	defer s.leave()
	u, err := s.health.fs.GetDiskUsage(s.health.dir)
	if err != nil {
		return Space{}, &errs.Error{Op: "pebble.Space", Kind: errs.Unavailable, Err: err}
	}
	return Space{Total: u.TotalBytes, Free: u.AvailBytes, Reserve: s.health.reserve}, nil
}

// dbLogger hands Pebble's messages on. Pebble expects Fatalf to end the process; here it turns the store read-only and returns, so
// that the owner of the process is told and ends it in order.
type dbLogger struct{ s *Store }

func (l dbLogger) Infof(format string, args ...any) {
	l.s.log.Debug(fmt.Sprintf("pebble: "+format, args...))
}
func (l dbLogger) Errorf(format string, args ...any) {
	l.s.log.Error(fmt.Sprintf("pebble: "+format, args...))
}
func (l dbLogger) Fatalf(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	l.s.log.Error("pebble: fatal", "err", err)
	l.s.health.fail(err)
}
