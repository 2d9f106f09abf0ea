package file

import (
	"io"

	"golang.org/x/sys/unix"
)

const directFlag = unix.O_DIRECT

// adviseRandom turns read-ahead off: it would put pages of places not written yet into the cache, beside which a direct write
// could leave them stale.
func adviseRandom(fd int) { _ = unix.Fadvise(fd, 0, 0, unix.FADV_RANDOM) }

func readPair(fd int, p, q []byte, off int64) (int, error) {
	switch {
	case len(q) == 0:
		return unix.Pread(fd, p, off)
	case len(p) == 0:
		return unix.Pread(fd, q, off)
	}
	return unix.Preadv(fd, [][]byte{p, q}, off)
}

func writeVector(fd int, buffers [][]byte, off int64) (int, error) {
	if len(buffers) == 1 {
		return unix.Pwrite(fd, buffers[0], off)
	}
	return unix.Pwritev(fd, buffers, off)
}

func allocate(fd int, size int64) error { return unix.Fallocate(fd, 0, 0, size) }

func punch(fd int, off, n int64) error {
	return unix.Fallocate(fd, unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, off, n)
}

func nextData(fd int, off int64) (int64, error) {
	next, err := unix.Seek(fd, off, unix.SEEK_DATA)
	switch err {
	case nil:
		return next, nil
	case unix.ENXIO:
		return 0, io.EOF
	}
	return off, nil // the file system can't tell: all may be data
}

func datasync(fd int) error { return unix.Fdatasync(fd) }
