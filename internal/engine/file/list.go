package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"coffer/internal/blob"
	"coffer/internal/errs"
)

// maxList is the most that one call of List returns.
const maxList = 1000

// windowBytes is what a walk through a segment reads at a time.
const windowBytes = 64 << 10

// cursor is where a listing goes on: at the first blob not before it. Sessions come in order, in each the segments and then the
// files, by number.
type cursor place

func (c cursor) String() string {
	return fmt.Sprintf("%x-%x-%x-%x", c.session, uint8(c.home), c.number, c.off)
}

func parseCursor(s string, first uint64) (cursor, error) {
	c := cursor{fileID: fileID{session: first}}
	if s == "" {
		return c, nil
	}
	if n, err := fmt.Sscanf(s, "%x-%x-%x-%x", &c.session, &c.home, &c.number, &c.off); err != nil || n != 4 || c.off < 0 ||
		c.home > homeFile {
		return c, errs.New(errs.Invalid, "", "not a cursor of a listing of blobs")
	}
	return c, nil
}

// listing gathers the blobs of one call of List.
type listing struct {
	s    *Store
	max  int
	list []blob.Info
	next cursor // the first blob that did not fit
	full bool
}

// add appends a blob, or notes that it did not fit.
func (l *listing) add(h header) {
	if len(l.list) == l.max {
		l.next, l.full = cursor(h.place), true
		return
	}
	l.list = append(l.list, blob.Info{Ref: h.ref().encode(), Owner: h.owner, Session: h.session, Size: h.size})
}

// List implements blob.Store. It walks the headers of segments and files; what was written but never committed before a crash
// may be listed too. A damaged header hides its blob from listings only: it is never freed for that.
func (s *Store) List(ctx context.Context, first, last uint64, from string, max int) ([]blob.Info, string, error) {
	list, next, err := s.listFrom(ctx, first, last, from, max)
	if err != nil {
		return nil, "", errs.Wrap("file.List", ioError(err))
	}
	return list, next, nil
}

func (s *Store) listFrom(ctx context.Context, first, last uint64, from string, max int) ([]blob.Info, string, error) {
	if max < 1 {
		return nil, "", errs.New(errs.Invalid, "", fmt.Sprintf("a listing of at most %d blobs: at least 1 is needed", max))
	}
	at, err := parseCursor(from, first)
	if err != nil {
		return nil, "", err
	}
	if err := s.enter(); err != nil {
		return nil, "", err
	}
	defer s.leave()
	l := &listing{s: s, max: min(max, maxList)}
	sessions, err := s.sessions()
	if err != nil {
		return nil, "", err
	}
	for _, n := range sessions {
		if n < first || n > last || n >= s.session || n < at.session {
			continue
		}
		if n > at.session {
			at = cursor{fileID: fileID{session: n}}
		}
		if err := l.session(ctx, at); err != nil {
			return nil, "", err
		}
		if l.full {
			return l.list, l.next.String(), nil
		}
	}
	return l.list, "", nil
}

// session lists one session from a place on.
func (l *listing) session(ctx context.Context, at cursor) error {
	if at.home <= homeSegment {
		if err := l.folder(ctx, fileID{session: at.session, home: homeSegment}, at, l.segment); err != nil || l.full {
			return err
		}
		at = cursor{fileID: fileID{session: at.session, home: homeFile}}
	}
	folders, err := l.s.numbers(l.s.sessionDir(at.session)+"/"+filesName, 8)
	if err != nil {
		return err
	}
	for _, n := range folders {
		if n < at.number/folderFiles {
			continue
		}
		id := fileID{session: at.session, home: homeFile, number: n * folderFiles}
		if err := l.folder(ctx, id, at, l.file); err != nil || l.full {
			return err
		}
	}
	return nil
}

// folder calls visit for the files of the folder that holds id, from a place on.
func (l *listing) folder(ctx context.Context, id fileID, at cursor, visit func(context.Context, *handle, int64) error) error {
	numbers, err := l.s.numbers(l.s.folder(id), 8)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if n < at.number {
			continue
		}
		if err := canceled(ctx); err != nil {
			return err
		}
		from := int64(0)
		if n == at.number {
			from = at.off
		}
		id.number = n
		h, err := l.s.cache.acquire(id)
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted meanwhile
		}
		if err != nil {
			return err
		}
		err = visit(ctx, h, from)
		l.s.cache.release(h)
		if err != nil || l.full {
			return err
		}
	}
	return nil
}

// file lists the blob of a file of its own, whose header is its last block.
func (l *listing) file(_ context.Context, h *handle, _ int64) error {
	size, err := h.f.Size()
	if err != nil {
		return err
	}
	b := l.s.pool.must(smallest)
	defer l.s.pool.put(b)
	n, err := h.f.ReadAt(b[:alignBytes], nil, max(size-alignBytes, 0))
	if err != nil {
		return err
	}
	head, err := parseHeader(b[:n])
	if err != nil || head.place != (place{fileID: h.id}) || head.serial != h.id.number || head.ref().length() != size {
		l.s.o.Logger.Error("a blob's file has a damaged header", "path", l.s.path(h.id))
		return nil
	}
	l.add(head)
	return nil
}

// segment lists the records of a segment from an offset on.
func (l *listing) segment(ctx context.Context, h *handle, from int64) error {
	nonce, err := l.s.segmentNonce(h)
	if errors.Is(err, errs.Corrupt) {
		l.s.o.Logger.Error("a segment has a damaged header", "path", l.s.path(h.id))
		return nil
	}
	if err != nil {
		return err
	}
	b := l.s.pool.must(classFor(windowBytes))
	defer l.s.pool.put(b)
	b = b[:windowBytes]
	for off := max(from, alignBytes); !l.full; {
		if err := canceled(ctx); err != nil {
			return err
		}
		if off, err = h.f.NextData(off); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		off = off / alignBytes * alignBytes
		n, err := h.f.ReadAt(b, nil, off)
		if err != nil {
			return err
		}
		if n < headFixed {
			return nil
		}
		off += l.records(b[:n], h.id, off, nonce)
	}
	return nil
}

// records lists the records that begin in a window of a segment at off, and returns how far the walk has come from there.
// Between records there are holes and what a crash left half written.
func (l *listing) records(b []byte, id fileID, off int64, n nonce) int64 {
	at := int64(0)
	for at < int64(len(b)) && !l.full {
		head, err := parseHeader(b[at:])
		if err != nil || head.nonce != n || head.place != (place{fileID: id, off: off + at}) {
			at += alignBytes
			continue
		}
		l.add(head)
		at += head.ref().length()
	}
	return at
}
