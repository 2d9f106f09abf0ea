package file

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"

	"coffer/internal/errs"
)

// The file "session" holds one line: the number of the newest session and the number up to which ended ones were tidied.
const sessionLine = "coffer blobs 1 session %d tidied %d"

// begin makes the store's folders, and takes the next session number durably. It returns the session up to which all is tidy.
func (s *Store) begin() (tidied uint64, err error) {
	for _, dir := range []string{s.o.Dir, s.sessionsDir()} {
		if err := errors.Join(s.o.FS.Mkdir(dir), s.dirs.sync(filepath.Dir(dir))); err != nil {
			return 0, err
		}
	}
	last, tidied, err := s.readSession()
	if err != nil {
		return 0, err
	}
	s.session = last + 1
	return tidied, s.writeSession(tidied)
}

// readSession returns the newest session number and the tidied one. Folders of sessions count too, so that a number is not used
// again even if the file is lost.
func (s *Store) readSession() (last, tidied uint64, err error) {
	f, err := s.o.FS.Open(filepath.Join(s.o.Dir, "session"), true)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return 0, 0, err
	default:
		b := make([]byte, 256)
		n, err := f.ReadAt(b, nil, 0)
		_ = f.Close()
		if err != nil {
			return 0, 0, err
		}
		var sum uint32
		if _, err := fmt.Sscanf(string(b[:n]), sessionLine+" sum %x\n", &last, &tidied, &sum); err != nil ||
			sum != checksum(0, fmt.Appendf(nil, sessionLine, last, tidied)) {
			return 0, 0, errs.New(errs.Corrupt, "", "the file is damaged: remove it when every session's folder is there").On(
				errs.Subject(filepath.Join(s.o.Dir, "session")))
		}
	}
	sessions, err := s.sessions()
	if err != nil {
		return 0, 0, err
	}
	if len(sessions) > 0 {
		last = max(last, sessions[len(sessions)-1])
	}
	return last, tidied, nil
}

// writeSession replaces the file whole, durably.
func (s *Store) writeSession(tidied uint64) error {
	name := filepath.Join(s.o.Dir, "session")
	if err := s.o.FS.Remove(name + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := s.o.FS.Create(name+".new", false)
	if err != nil {
		return err
	}
	line := fmt.Appendf(nil, sessionLine, s.session, tidied)
	line = fmt.Appendf(line, " sum %08x\n", checksum(0, line))
	err = f.WriteAt([][]byte{line}, 0)
	if err == nil {
		err = s.syncFile(f)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := s.o.FS.Rename(name+".new", name); err != nil {
		return err
	}
	return s.dirs.sync(s.o.Dir)
}

// sessions returns the numbers of the sessions that have a folder, ascending.
func (s *Store) sessions() ([]uint64, error) { return s.numbers(s.sessionsDir(), 16) }

// numbers returns the names in a folder that are hexadecimal numbers of so many digits, ascending. An absent folder has none.
func (s *Store) numbers(dir string, digits int) ([]uint64, error) {
	names, err := s.o.FS.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var list []uint64
	for _, name := range names {
		if n, err := strconv.ParseUint(name, 16, 64); err == nil && len(name) == digits {
			list = append(list, n)
		}
	}
	return list, err
}

// tidy clears what sessions from first on left half done: files never committed, room that segments held in advance, empty
// folders. It runs beside everything else and gives up at the first error, to be repeated at the next start.
func (s *Store) tidy(first uint64) {
	sessions, err := s.sessions()
	for _, n := range sessions {
		if n < first || n >= s.session || err != nil {
			continue
		}
		err = s.tidySession(n)
	}
	if err == nil && !s.stopping() {
		err = s.writeSession(s.session - 1)
	}
	if err != nil && !errors.Is(err, errStopping) {
		s.o.Logger.Warn("ended sessions of the blob store could not be tidied", "dir", s.o.Dir, "error", err)
	}
}

var errStopping = errors.New("the store is closing")

func (s *Store) tidySession(session uint64) error {
	dir := s.sessionDir(session)
	temps, err := s.o.FS.ReadDir(filepath.Join(dir, tempName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, name := range temps {
		if err := s.o.FS.Remove(filepath.Join(dir, tempName, name)); err != nil {
			return err
		}
	}
	segments, err := s.numbers(filepath.Join(dir, segmentsName), 8)
	if err != nil {
		return err
	}
	for _, n := range segments {
		if s.stopping() {
			return errStopping
		}
		if err := s.trim(fileID{session, homeSegment, n}); err != nil {
			return err
		}
	}
	folders, err := s.o.FS.ReadDir(filepath.Join(dir, filesName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, name := range folders {
		_ = s.o.FS.Remove(filepath.Join(dir, filesName, name)) // only an empty one goes
	}
	for _, name := range []string{tempName, segmentsName, filesName, ""} {
		_ = s.o.FS.Remove(filepath.Join(dir, name))
	}
	return nil
}

// trim gives back the room behind the last data of an ended session's segment, and the segment when it holds none.
func (s *Store) trim(id fileID) error {
	h, err := s.cache.acquire(id)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	defer s.cache.release(h)
	size, err := h.f.Size()
	if err != nil {
		return err
	}
	low, high := int64(1), size/alignBytes // in blocks: no data from high on
	for low < high {
		mid := (low + high) / 2
		_, err := h.f.NextData(mid * alignBytes)
		switch {
		case err == io.EOF:
			high = mid
		case err != nil:
			return err
		default:
			low = mid + 1
		}
	}
	if low*alignBytes < size {
		if err := h.f.Truncate(low * alignBytes); err != nil {
			return err
		}
	}
	return s.reap(h, nil)
}
