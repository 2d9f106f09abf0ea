// Package pebble serves the seam meta from one Pebble database in a directory. All partitions share the database, its log and
// its syncs. It knows rows by partition, kind, route and tail and never what they mean.
package pebble

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"coffer/internal/errs"
	"coffer/internal/meta"
)

// Options configure a store. The zero value of each field but Dir has a default.
type Options struct {
	Dir          string       // made when absent
	FS           vfs.FS       // nil: the disk
	Cache        int64        // bytes of the block cache; 0: 32 MiB
	Memtable     int64        // bytes of a memtable, of which up to four are held; 0: 16 MiB
	ReserveBytes int64        // updates are refused while less than this is free on the disk; 0: no check
	Logger       *slog.Logger // nil: silent
	// OnFailure is called once, from any goroutine, when the store turned read-only for good: the process had better say why and
	// exit. It must not call the store. nil: nobody is told.
	OnFailure func(error)
}

// Defaults and bounds.
const (
	defaultCache    = 32 << 20
	defaultMemtable = 16 << 20
	keptPartitions  = 4096 // partitions whose fence and counters stay in memory while nobody uses them
)

// Store is a meta.Store over Pebble.
type Store struct {
	db     *pebble.DB
	cache  *pebble.Cache
	lock   *pebble.Lock
	dir    string
	limits meta.Limits
	log    *slog.Logger

	mu     sync.Mutex
	parts  map[meta.Partition]*part
	active int        // calls under way
	idle   *sync.Cond // on mu: active became 0
	closed bool

	seed     maphash.Seed // of the overlays' indexes
	requests sync.Pool    // *request
	batches  sync.Pool    // *batch
	readers  sync.Pool    // *reader

	health  health
	compact compactor
	stats   counts
}

type counts struct{ updates, commits, commitBytes, compactions atomic.Int64 }

// Stats are sums since the store was opened.
type Stats struct {
	Updates     int64 // updates that were run, failed ones included
	Commits     int64 // synced commits, each shared by the updates of one partition that waited together
	CommitBytes int64 // bytes of rows handed to commits
	Compactions int64 // ranges compacted because scans stepped over many deleted rows
	DiskBytes   int64 // bytes on disk now
}

// Open opens the store in a directory, making it if it is absent. Only one process can have it open.
func Open(o Options) (*Store, error) {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{
		dir:    o.Dir,
		limits: limits(),
		log:    o.Logger,
		parts:  make(map[meta.Partition]*part),
		seed:   maphash.MakeSeed(),
	}
	s.requests.New = func() any { return &request{wake: make(chan struct{}, 1)} }
	s.batches.New = func() any { return new(batch) }
	s.readers.New = func() any { return new(reader) }
	s.idle = sync.NewCond(&s.mu)
	s.health.init(o)
	s.compact.init(s)
	if err := o.FS.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, unusable(o.Dir, err)
	}
	lock, err := pebble.LockDirectory(o.Dir, o.FS)
	if err != nil {
		return nil, lockError(o.Dir, err)
	}
	s.lock = lock
	if err := s.open(o); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

func (s *Store) open(o Options) error {
	s.cache = pebble.NewCache(cacheBytes(o))
	db, err := pebble.Open(o.Dir, dbOptions(o, s))
	if err != nil {
		s.cache.Unref()
		return unusable(o.Dir, err)
	}
	s.db = db
	if err := s.checkFormat(); err != nil {
		err = errors.Join(err, db.Close())
		s.cache.Unref()
		return err
	}
	return nil
}

// OpenMem opens an empty store in memory, for tests.
func OpenMem() *Store {
	s, err := Open(Options{Dir: "meta", FS: vfs.NewMem(), Cache: 1 << 20, Memtable: 1 << 20})
	if err != nil {
		panic(fmt.Sprintf("a store in memory can't be opened: %v", err))
	}
	return s
}

// limits of this engine. A row is copied into the log and rewritten by compactions, so that large values cost more than a blob.
func limits() meta.Limits {
	return meta.Limits{RouteBytes: 1280, TailBytes: 1024, ValueBytes: 256 << 10, UpdateRows: 1024, UpdateBytes: 1 << 20, InlineBytes: 4 << 10}
}

// Limits returns the engine's bounds.
func (s *Store) Limits() meta.Limits { return s.limits }

// Stats returns what the store did so far. It is cheap enough for every scrape of metrics.
func (s *Store) Stats() Stats {
	st := Stats{
		Updates:     s.stats.updates.Load(),
		Commits:     s.stats.commits.Load(),
		CommitBytes: s.stats.commitBytes.Load(),
		Compactions: s.stats.compactions.Load(),
	}
	if s.enter() == nil {
		st.DiskBytes = int64(s.db.Metrics().DiskSpaceUsage())
		s.leave()
	}
	return st
}

// Close waits for calls under way and closes the database. After a failure of the disk it waits for nothing, as calls may hang in
// it, and returns that failure.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return closedError()
	}
	s.closed = true
	if err := s.health.failure(); err != nil {
		s.mu.Unlock()
		return errors.Join(err, s.lock.Close())
	}
	for s.active > 0 {
		s.idle.Wait()
	}
	s.mu.Unlock()
	s.compact.stop()
	err := s.db.Close()
	s.cache.Unref()
	return errors.Join(errs.Fault("pebble.Close", err), s.lock.Close())
}

// enter counts a call that uses the database, leave ends it.
func (s *Store) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return closedError()
	}
	s.active++
	return nil
}

func (s *Store) leave() {
	s.mu.Lock()
	s.leaveLocked()
	s.mu.Unlock()
}

func (s *Store) leaveLocked() {
	s.active--
	if s.active == 0 && s.closed {
		s.idle.Broadcast()
	}
}

// acquire counts a call and returns the partition's state, shared by all who use it; release ends it.
func (s *Store) acquire(p meta.Partition) (*part, error) {
	if err := meta.CheckPartition(p); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, closedError()
	}
	s.active++
	pt := s.parts[p]
	if pt == nil {
		pt = newPart(s, p)
		s.parts[p] = pt
	}
	pt.users++
	return pt, nil
}

func (s *Store) release(pt *part) {
	s.mu.Lock()
	pt.users--
	// A flight that failed must be remembered: its rows are in the database, but are not durable.
	if pt.users == 0 && len(s.parts) > keptPartitions && pt.flight.Load() == nil {
		delete(s.parts, pt.name)
	}
	s.leaveLocked()
	s.mu.Unlock()
}

func closedError() error {
	return errs.New(errs.Unavailable, "", "the store is closed")
}

func unusable(dir string, err error) error {
	return errs.New(errs.Unavailable, "", "the rows in "+dir+" can't be opened").Because(err)
}

func lockError(dir string, err error) error {
	// A lock held elsewhere comes as a bare errno, one held by this process as a text of Pebble's; a path that can't be used comes
	// with its path.
	var path *fs.PathError
	if errors.As(err, &path) {
		return unusable(dir, err)
	}
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EACCES) || strings.Contains(err.Error(), "lock held") {
		return errs.New(errs.Unavailable, "", "another coffer uses "+dir+": stop it, or choose another data folder").Because(err)
	}
	return unusable(dir, err)
}
