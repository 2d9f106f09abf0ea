package file

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
)

// folderFiles is how many files a folder holds. Numbers count up, so that only the newest folders change.
const folderFiles = 1024

const (
	segmentsName = "segments"
	filesName    = "files"
	tempName     = "tmp"
)

func (s *Store) sessionsDir() string { return filepath.Join(s.o.Dir, "sessions") }
func (s *Store) sessionDir(session uint64) string {
	return filepath.Join(s.sessionsDir(), hex16(session))
}
func hex16(n uint64) string { return fmt.Sprintf("%016x", n) }
func hex8(n uint64) string  { return fmt.Sprintf("%08x", n) }

// tempPath is where a file lies until it is committed.
func (s *Store) tempPath(id fileID) string {
	return filepath.Join(s.sessionDir(id.session), tempName, hex8(id.number))
}

// folder returns the folder of a committed file.
func (s *Store) folder(id fileID) string {
	if id.home == homeSegment {
		return filepath.Join(s.sessionDir(id.session), segmentsName)
	}
	return filepath.Join(s.sessionDir(id.session), filesName, hex8(id.number/folderFiles))
}

func (s *Store) path(id fileID) string { return filepath.Join(s.folder(id), hex8(id.number)) }

func (s *Store) openFile(id fileID) (File, error) {
	return s.o.FS.Open(s.path(id), id.home == homeSegment)
}

// dirs makes folders and syncs them, each sync for all who wait.
type dirs struct {
	s *Store

	making sync.Mutex
	made   map[string]bool // folders that this session made, durably

	mu      sync.Mutex
	syncing map[string]*dirSync
}

type dirSync struct {
	group
	users int
}

// need makes a folder of the running session and those above it, durably. Its parents up to the store's own come first.
func (d *dirs) need(name string) error {
	d.making.Lock()
	defer d.making.Unlock()
	return d.makeAll(name)
}

func (d *dirs) makeAll(name string) error {
	if d.made[name] || name == d.s.o.Dir {
		return nil
	}
	parent := filepath.Dir(name)
	if err := d.makeAll(parent); err != nil {
		return err
	}
	if err := d.s.o.FS.Mkdir(name); err != nil {
		return err
	}
	if err := d.sync(parent); err != nil {
		return err
	}
	if d.made == nil {
		d.made = make(map[string]bool)
	}
	d.made[name] = true
	return nil
}

// sync returns when the names in a folder are durable.
func (d *dirs) sync(name string) error {
	d.mu.Lock()
	g := d.syncing[name]
	if g == nil {
		if d.syncing == nil {
			d.syncing = make(map[string]*dirSync)
		}
		g = new(dirSync)
		d.syncing[name] = g
	}
	g.users++
	d.mu.Unlock()
	err := g.wait(func() error { return d.syncNow(name) })
	d.mu.Lock()
	defer d.mu.Unlock()
	if g.users--; g.users == 0 {
		delete(d.syncing, name)
	}
	return err
}

// syncNow tells a folder that can't be opened, which harms nothing, from a sync that failed, which ends writing.
func (d *dirs) syncNow(name string) error {
	if e := d.s.failure.Load(); e != nil {
		return e
	}
	f, err := d.s.o.FS.OpenDir(name)
	if err != nil {
		return err
	}
	err = d.s.synced(f.Sync())
	_ = f.Close()
	return err
}

// syncGone is sync for a folder from which files were removed. Another may have removed the folder itself since: then it is
// its parent that has to be durable.
func (d *dirs) syncGone(name string) error {
	for {
		err := d.sync(name)
		if !errors.Is(err, fs.ErrNotExist) || name == d.s.o.Dir {
			return err
		}
		name = filepath.Dir(name)
	}
}

// prune removes a folder of an ended session, and those above it, as far as they are empty.
func (d *dirs) prune(name string) {
	for name != d.s.sessionsDir() && d.s.o.FS.Remove(name) == nil {
		name = filepath.Dir(name)
	}
}
