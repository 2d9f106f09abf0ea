//go:build unix

package file

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// osFS is the operating system's own. Files are plain descriptors: os.File would add a poller that regular files can't use.
type osFS struct{}

func (osFS) Mkdir(name string) error {
	if err := os.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func (osFS) ReadDir(name string) ([]string, error) {
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

func (osFS) OpenDir(name string) (Dir, error) { return os.Open(name) }

func (osFS) Create(name string, direct bool) (File, error) {
	flags := unix.O_RDWR | unix.O_CREAT | unix.O_EXCL | unix.O_CLOEXEC
	if direct {
		if directFlag == 0 {
			return nil, errors.ErrUnsupported
		}
		flags |= directFlag
	}
	return openFile(name, flags)
}

func (osFS) Open(name string, random bool) (File, error) {
	f, err := openFile(name, unix.O_RDWR|unix.O_CLOEXEC)
	if err != nil {
		return nil, err
	}
	if random {
		adviseRandom(f.fd)
	}
	return f, nil
}

func (osFS) Rename(from, to string) error { return os.Rename(from, to) }
func (osFS) Remove(name string) error     { return os.Remove(name) }

func (osFS) Free(name string) (int64, error) {
	var st unix.Statfs_t
	err := retry(func() error { return unix.Statfs(name, &st) })
	if err != nil {
		return 0, &fs.PathError{Op: "statfs", Path: name, Err: err}
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}

// osFile is an open descriptor.
type osFile struct {
	fd   int
	name string
}

func openFile(name string, flags int) (*osFile, error) {
	fd := -1
	err := retry(func() (err error) {
		fd, err = unix.Open(name, flags, 0o600)
		return err
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &osFile{fd: fd, name: name}, nil
}

// retry repeats a call that a signal interrupted before it did anything. A sync is never passed here: it is not repeated.
func retry(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}

func (f *osFile) fail(op string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: f.name, Err: err}
}

func (f *osFile) ReadAt(p, q []byte, off int64) (int, error) {
	done := 0
	for len(p)+len(q) > 0 {
		n, err := readPair(f.fd, p, q, off+int64(done))
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return done, f.fail("read", err)
		}
		if n == 0 {
			return done, nil
		}
		done += n
		if n < len(p) {
			p = p[n:]
			continue
		}
		p, q = nil, q[n-len(p):]
	}
	return done, nil
}

// maxVector is how many buffers one call writes (POSIX grants 16, Linux and the BSDs 1,024).
const maxVector = 1024

func (f *osFile) WriteAt(buffers [][]byte, off int64) error {
	for len(buffers) > 0 {
		n, err := writeVector(f.fd, buffers[:min(len(buffers), maxVector)], off)
		if err == unix.EINTR {
			continue
		}
		if err == nil && n == 0 {
			err = unix.EIO
		}
		if err != nil {
			return f.fail("write", err)
		}
		off += int64(n)
		for len(buffers) > 0 && n >= len(buffers[0]) {
			n -= len(buffers[0])
			buffers = buffers[1:]
		}
		if n > 0 {
			buffers[0] = buffers[0][n:]
		}
	}
	return nil
}

func (f *osFile) Size() (int64, error) {
	var st unix.Stat_t
	err := retry(func() error { return unix.Fstat(f.fd, &st) })
	return st.Size, f.fail("stat", err)
}

func (f *osFile) Allocate(size int64) error {
	return f.fail("allocate", retry(func() error { return allocate(f.fd, size) }))
}

func (f *osFile) Truncate(size int64) error {
	return f.fail("truncate", retry(func() error { return unix.Ftruncate(f.fd, size) }))
}

func (f *osFile) Punch(off, n int64) error {
	return f.fail("punch", retry(func() error { return punch(f.fd, off, n) }))
}

func (f *osFile) NextData(off int64) (int64, error) { return nextData(f.fd, off) }
func (f *osFile) Sync() error                       { return f.fail("sync", datasync(f.fd)) }
func (f *osFile) Close() error                      { return f.fail("close", unix.Close(f.fd)) }
