//go:build unix && !linux

package file

import (
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

// directFlag of 0 says: no writes round the page cache here.
const directFlag = 0

func adviseRandom(int) {}

func readPair(fd int, p, q []byte, off int64) (int, error) {
	if len(p) > 0 {
		return unix.Pread(fd, p, off)
	}
	return unix.Pread(fd, q, off)
}

func writeVector(fd int, buffers [][]byte, off int64) (int, error) {
	return unix.Pwrite(fd, buffers[0], off)
}

func allocate(int, int64) error     { return errors.ErrUnsupported }
func punch(int, int64, int64) error { return errors.ErrUnsupported }

// nextData can't tell holes from data; it ends at the file's end.
func nextData(fd int, off int64) (int64, error) {
	var st unix.Stat_t
	if err := retry(func() error { return unix.Fstat(fd, &st) }); err != nil {
		return 0, err
	}
	if off >= st.Size {
		return 0, io.EOF
	}
	return off, nil
}

// datasync is a full sync: these systems have no lesser one that is durable.
func datasync(fd int) error { return unix.Fsync(fd) }
