package file_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"coffer/internal/engine/file"
)

const (
	simPage   = 4096
	simSector = 512
)

var errKilled = errors.New("the process was killed")

// simFS is a file system in memory that loses in a crash what was not synced: of names any suffix of a folder's changes, of bytes
// any sectors. It counts calls, and fails or kills at a chosen one.
type simFS struct {
	mu     sync.Mutex
	dirs   map[string]*simDir
	free   int64
	holes  bool
	calls  int
	failAt int                // 0: the first call that fail has an error for
	fail   func(string) error // the error of the chosen call, by its name; errKilled kills; nil: none fails
	killed bool
	failed string // the name of the call that failed
	rnd    *rand.Rand
	synced map[string]int // successful syncs by path
}

type simDir struct {
	live, durable map[string]any
	log           []map[string]any // changes since the last sync; a nil value removes the name
}

type simFile struct {
	fs            *simFS
	name          string
	direct        bool
	live, durable map[int64]*[simPage]byte
	dirty         map[int64]bool
	size, saved   int64
}

type simHandle struct {
	*simFile
	direct bool
}

func newSimFS(seed uint64) *simFS {
	root := &simDir{live: map[string]any{}, durable: map[string]any{}}
	return &simFS{dirs: map[string]*simDir{"/": root}, free: 1 << 40, holes: true, rnd: rand.New(rand.NewPCG(seed, 0)),
		synced: map[string]int{}}
}

// step counts a call and returns the error it is to fail with. The caller holds mu.
func (s *simFS) step(name string) error {
	if s.killed {
		return errKilled
	}
	s.calls++
	if s.fail == nil || s.failAt != 0 && s.calls != s.failAt {
		return nil
	}
	err := s.fail(name)
	if err != nil {
		s.failed, s.fail = name, nil
	}
	s.killed = errors.Is(err, errKilled)
	return err
}

// chooseFailure makes the nth call from now fail with what choose returns for its name; nil lets it pass.
func (s *simFS) chooseFailure(n int, choose func(string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls, s.failAt, s.fail, s.failed = 0, n, choose, ""
}

// failFirst makes the first call from now whose name begins with prefix fail, whatever else goes on beside it.
func (s *simFS) failFirst(prefix string) {
	s.chooseFailure(0, func(name string) error {
		if strings.HasPrefix(name, prefix) {
			return syscall.EIO
		}
		return nil
	})
}

func (s *simFS) failure() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

func (s *simFS) begin(name string) (func(), error) {
	s.mu.Lock()
	if err := s.step(name); err != nil {
		s.mu.Unlock()
		return nil, err
	}
	return s.mu.Unlock, nil
}

func notFound(name string) error { return &fs.PathError{Op: "find", Path: name, Err: syscall.ENOENT} }

func (d *simDir) change(c map[string]any) {
	d.log = append(d.log, c)
	apply(d.live, c)
}

func apply(names, c map[string]any) {
	for name, node := range c {
		if node == nil {
			delete(names, name)
			continue
		}
		names[name] = node
	}
}

func (s *simFS) Mkdir(name string) error {
	end, err := s.begin("mkdir")
	if err != nil {
		return err
	}
	defer end()
	if s.dirs[name] != nil {
		return nil
	}
	parent := s.dirs[filepath.Dir(name)]
	if parent == nil {
		return notFound(name)
	}
	d := &simDir{live: map[string]any{}, durable: map[string]any{}}
	s.dirs[name] = d
	parent.change(map[string]any{filepath.Base(name): d})
	return nil
}

func (s *simFS) ReadDir(name string) ([]string, error) {
	end, err := s.begin("readdir")
	if err != nil {
		return nil, err
	}
	defer end()
	d := s.dirs[name]
	if d == nil {
		return nil, notFound(name)
	}
	return slices.Sorted(maps.Keys(d.live)), nil
}

type simDirHandle struct {
	s *simFS
	d *simDir
}

func (s *simFS) OpenDir(name string) (file.Dir, error) {
	end, err := s.begin("opendir")
	if err != nil {
		return nil, err
	}
	defer end()
	d := s.dirs[name]
	if d == nil {
		return nil, notFound(name)
	}
	return &simDirHandle{s, d}, nil
}

func (h *simDirHandle) Sync() error {
	end, err := h.s.begin("syncdir")
	if err != nil {
		return err
	}
	defer end()
	h.d.durable, h.d.log = maps.Clone(h.d.live), nil
	return nil
}

func (h *simDirHandle) Close() error { return nil }

func (s *simFS) Create(name string, direct bool) (file.File, error) {
	end, err := s.begin("create")
	if err != nil {
		return nil, err
	}
	defer end()
	parent := s.dirs[filepath.Dir(name)]
	if parent == nil {
		return nil, notFound(name)
	}
	if parent.live[filepath.Base(name)] != nil {
		return nil, &fs.PathError{Op: "create", Path: name, Err: syscall.EEXIST}
	}
	f := &simFile{fs: s, name: name, live: map[int64]*[simPage]byte{}, durable: map[int64]*[simPage]byte{}, dirty: map[int64]bool{}}
	parent.change(map[string]any{filepath.Base(name): f})
	return &simHandle{f, direct}, nil
}

func (s *simFS) Open(name string, _ bool) (file.File, error) {
	end, err := s.begin("open")
	if err != nil {
		return nil, err
	}
	defer end()
	if parent := s.dirs[filepath.Dir(name)]; parent != nil {
		if f, ok := parent.live[filepath.Base(name)].(*simFile); ok {
			return &simHandle{f, false}, nil
		}
	}
	return nil, notFound(name)
}

func (s *simFS) Rename(from, to string) error {
	end, err := s.begin("rename")
	if err != nil {
		return err
	}
	defer end()
	a, b := s.dirs[filepath.Dir(from)], s.dirs[filepath.Dir(to)]
	if a == nil || b == nil || a.live[filepath.Base(from)] == nil {
		return notFound(from)
	}
	node := a.live[filepath.Base(from)]
	if a == b {
		a.change(map[string]any{filepath.Base(from): nil, filepath.Base(to): node})
		return nil
	}
	a.change(map[string]any{filepath.Base(from): nil})
	b.change(map[string]any{filepath.Base(to): node})
	return nil
}

func (s *simFS) Remove(name string) error {
	end, err := s.begin("remove")
	if err != nil {
		return err
	}
	defer end()
	parent := s.dirs[filepath.Dir(name)]
	if parent == nil || parent.live[filepath.Base(name)] == nil {
		return notFound(name)
	}
	if d := s.dirs[name]; d != nil {
		if len(d.live) > 0 {
			return &fs.PathError{Op: "remove", Path: name, Err: syscall.ENOTEMPTY}
		}
		delete(s.dirs, name)
	}
	parent.change(map[string]any{filepath.Base(name): nil})
	return nil
}

func (s *simFS) Free(string) (int64, error) {
	end, err := s.begin("free")
	if err != nil {
		return 0, err
	}
	defer end()
	return s.free, nil
}

func (f *simHandle) ReadAt(p, q []byte, off int64) (int, error) {
	end, err := f.fs.begin("read")
	if err != nil {
		return 0, err
	}
	defer end()
	done := 0
	for _, b := range [][]byte{p, q} {
		n := int(min(int64(len(b)), max(f.size-off, 0)))
		for at := 0; at < n; {
			page, in := (off+int64(at))/simPage, int((off+int64(at))%simPage)
			k := min(simPage-in, n-at)
			if data := f.live[page]; data != nil {
				copy(b[at:at+k], data[in:])
			} else {
				clear(b[at : at+k])
			}
			at += k
		}
		done, off = done+n, off+int64(n)
	}
	return done, nil
}

func (f *simHandle) WriteAt(buffers [][]byte, off int64) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	err := f.fs.step("write")
	part := -1 // all of it
	if err != nil {
		part = f.fs.rnd.IntN(1 << 21)
	}
	for _, b := range buffers {
		if f.direct && (off%simPage != 0 || len(b)%simPage != 0) {
			return fmt.Errorf("a direct write of %d bytes at %d to %s is not aligned", len(b), off, f.name)
		}
		if part >= 0 {
			b = b[:min(len(b), part)]
			part -= len(b)
		}
		f.put(b, off)
		off += int64(len(b))
	}
	return err
}

func (f *simFile) put(b []byte, off int64) {
	for at := 0; at < len(b); {
		page, in := (off+int64(at))/simPage, int((off+int64(at))%simPage)
		fresh := new([simPage]byte)
		if old := f.live[page]; old != nil {
			*fresh = *old
		}
		at += copy(fresh[in:], b[at:])
		f.live[page], f.dirty[page] = fresh, true
	}
	f.size = max(f.size, off+int64(len(b)))
}

func (f *simHandle) Size() (int64, error) {
	end, err := f.fs.begin("size")
	if err != nil {
		return 0, err
	}
	defer end()
	return f.size, nil
}

func (f *simHandle) Allocate(size int64) error {
	end, err := f.fs.begin("allocate")
	if err != nil {
		return err
	}
	defer end()
	if !f.fs.holes {
		return errors.ErrUnsupported
	}
	f.size = max(f.size, size)
	return nil
}

func (f *simHandle) Truncate(size int64) error {
	end, err := f.fs.begin("truncate")
	if err != nil {
		return err
	}
	defer end()
	f.clear(size, f.size-size)
	f.size = size
	return nil
}

func (f *simFile) clear(off, n int64) {
	for page := range f.live {
		if page*simPage >= off && (page+1)*simPage <= off+n {
			delete(f.live, page)
			f.dirty[page] = true
		}
	}
}

func (f *simHandle) Punch(off, n int64) error {
	end, err := f.fs.begin("punch")
	if err != nil {
		return err
	}
	defer end()
	if !f.fs.holes {
		return errors.ErrUnsupported
	}
	f.clear(off, n)
	return nil
}

func (f *simHandle) NextData(off int64) (int64, error) {
	end, err := f.fs.begin("seek")
	if err != nil {
		return 0, err
	}
	defer end()
	if !f.fs.holes && off < f.size {
		return off, nil
	}
	for page := off / simPage; page*simPage < f.size; page++ {
		if f.live[page] != nil {
			return max(off, page*simPage), nil
		}
	}
	return 0, io.EOF
}

// Sync makes all durable. One that fails by an injected error leaves the bytes lost for good, and the next ones report success,
// as Linux does.
func (f *simHandle) Sync() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	err := f.fs.step("sync")
	if err == nil {
		for page := range f.dirty {
			if f.live[page] == nil {
				delete(f.durable, page)
				continue
			}
			f.durable[page] = f.live[page]
		}
		f.saved = f.size
		f.fs.synced[f.name]++
	}
	if !f.fs.killed {
		clear(f.dirty)
	}
	return err
}

func (f *simHandle) Close() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.fs.killed {
		return errKilled
	}
	return nil
}

// crash returns the file system as a machine finds it after the power went: what was synced, and of the rest what luck left.
func (s *simFS) crash(seed uint64) *simFS {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.killed = true
	after := newSimFS(seed)
	after.holes = s.holes
	files := map[*simFile]*simFile{}
	after.revive("/", s.dirs["/"], files)
	return after
}

func (s *simFS) revive(path string, old *simDir, files map[*simFile]*simFile) {
	names := maps.Clone(old.durable)
	if len(old.log) > 0 {
		for _, c := range old.log[:s.rnd.IntN(len(old.log)+1)] {
			apply(names, c)
		}
	}
	d := &simDir{live: map[string]any{}}
	s.dirs[path] = d
	for _, name := range slices.Sorted(maps.Keys(names)) {
		switch node := names[name].(type) {
		case *simDir:
			s.revive(filepath.Join(path, name), node, files)
			d.live[name] = s.dirs[filepath.Join(path, name)]
		case *simFile:
			if files[node] == nil {
				files[node] = s.reviveFile(node)
			}
			d.live[name] = files[node]
		}
	}
	d.durable = maps.Clone(d.live)
}

func (s *simFS) reviveFile(old *simFile) *simFile {
	f := &simFile{fs: s, name: old.name, live: maps.Clone(old.durable), dirty: map[int64]bool{}, size: old.saved}
	if s.rnd.IntN(2) == 0 {
		f.size = old.size
	}
	for _, page := range slices.Sorted(maps.Keys(old.dirty)) {
		switch s.rnd.IntN(3) {
		case 0: // lost
		case 1:
			f.live[page] = old.live[page]
			if old.live[page] == nil {
				delete(f.live, page)
			}
		case 2:
			f.live[page] = s.tear(old.durable[page], old.live[page])
		}
	}
	for page := range f.live {
		if page*simPage >= f.size {
			delete(f.live, page)
		}
	}
	f.durable, f.saved = maps.Clone(f.live), f.size
	return f
}

// tear mixes the sectors of a page's old and new content.
func (s *simFS) tear(was, is *[simPage]byte) *[simPage]byte {
	mixed := new([simPage]byte)
	if was != nil {
		*mixed = *was
	}
	for at := 0; at < simPage; at += simSector {
		if s.rnd.IntN(2) == 0 {
			continue
		}
		if is == nil {
			clear(mixed[at : at+simSector])
			continue
		}
		copy(mixed[at:], is[at:at+simSector])
	}
	return mixed
}

// find returns the files under a folder by path.
func (s *simFS) find(dir string) map[string]*simFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[string]*simFile{}
	for path, d := range s.dirs {
		if path != dir && filepath.Dir(path) != dir && !isUnder(path, dir) {
			continue
		}
		for name, node := range d.live {
			if f, ok := node.(*simFile); ok {
				found[filepath.Join(path, name)] = f
			}
		}
	}
	return found
}

func isUnder(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}
