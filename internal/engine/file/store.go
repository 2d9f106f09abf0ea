// Package file keeps blobs in files of a folder. It knows neither S3 nor people, and never overwrites a committed byte.
package file

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"

	"coffer/internal/blob"
	"coffer/internal/errs"
)

// Store implements blob.Store on a folder.
type Store struct {
	dir     string
	session uint64
	next    atomic.Uint64
}

var _ blob.Store = (*Store)(nil)

type head struct {
	Owner blob.Owner
	Size  int64
	Sum   uint32
}

// Open opens the store of a folder and begins a new session.
func Open(o Options) (*Store, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, errs.Fault("file.Open", err)
	}
	name := filepath.Join(o.Dir, "session")
	old, _ := os.ReadFile(name)
	n, _ := strconv.ParseUint(string(old), 10, 64)
	s := &Store{dir: o.Dir, session: n + 1}
	if err := writeSynced(name, []byte(strconv.FormatUint(n+1, 10))); err != nil {
		return nil, err
	}
	return s, nil
}

func writeSynced(name string, b []byte) error {
	f, err := os.OpenFile(name+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return errs.Fault("file.write", err)
	}
	_, werr := f.Write(b)
	if err := errors.Join(werr, f.Sync(), f.Close(), os.Rename(name+".tmp", name)); err != nil {
		return errs.Fault("file.write", err)
	}
	d, err := os.Open(filepath.Dir(name))
	if err != nil {
		return errs.Fault("file.write", err)
	}
	return errs.Fault("file.write", errors.Join(d.Sync(), d.Close()))
}

// Health returns why the store can't serve, or nil.
func (s *Store) Health() error { return nil }

// Session implements blob.Store.
func (s *Store) Session() uint64 { return s.session }

// Limits implements blob.Store.
func (s *Store) Limits() blob.Limits { return blob.Limits{MaxBytes: 64 << 30, ReadBytes: 256 << 10} }

// Close implements blob.Store.
func (s *Store) Close() error { return nil }

type writer struct {
	s     *Store
	owner blob.Owner
	size  int64
	b     []byte
}

// Create implements blob.Store.
func (s *Store) Create(_ context.Context, o blob.Owner, size int64) (blob.Writer, error) {
	return &writer{s: s, owner: o, size: size}, nil
}

func (w *writer) Write(p []byte) (int, error) {
	if w.size >= 0 && int64(len(w.b)+len(p)) > w.size {
		return 0, errs.New(errs.Invalid, "", "more bytes than promised")
	}
	w.b = append(w.b, p...)
	return len(p), nil
}

func (w *writer) Commit() (blob.Ref, error) {
	if w.size >= 0 && int64(len(w.b)) != w.size {
		return "", errs.New(errs.Invalid, "", "fewer bytes than promised")
	}
	ref := fmt.Sprintf("%d-%d", w.s.session, w.s.next.Add(1))
	h, err := json.Marshal(head{Owner: w.owner, Size: int64(len(w.b)), Sum: crc32.Checksum(w.b, crc32.MakeTable(crc32.Castagnoli))})
	if err != nil {
		return "", errs.Fault("file.Commit", err)
	}
	return blob.Ref(ref), writeSynced(filepath.Join(w.s.dir, ref), append(append(h, '\n'), w.b...))
}

func (w *writer) Abort() { w.b = nil }

type reader struct{ b []byte }

func (s *Store) load(r blob.Ref) (h head, body []byte, err error) {
	b, err := os.ReadFile(filepath.Join(s.dir, filepath.Base(string(r))))
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil, errs.New(errs.NotFound, "", "no such blob")
	}
	line, rest, _ := strings.Cut(string(b), "\n")
	if err == nil {
		err = json.Unmarshal([]byte(line), &h)
	}
	if err != nil || crc32.Checksum([]byte(rest), crc32.MakeTable(crc32.Castagnoli)) != h.Sum {
		return h, nil, errs.New(errs.Corrupt, "", "blob is damaged").Because(err)
	}
	return h, []byte(rest), nil
}

// Open implements blob.Store.
func (s *Store) Open(_ context.Context, r blob.Ref) (blob.Reader, error) {
	_, b, err := s.load(r)
	return &reader{b}, err
}

func (r *reader) ReadAt(_ context.Context, p []byte, off int64) error {
	if off < 0 || off+int64(len(p)) > int64(len(r.b)) {
		return errs.New(errs.Invalid, "", "range outside the blob")
	}
	copy(p, r.b[off:])
	return nil
}
func (r *reader) Size() int64  { return int64(len(r.b)) }
func (r *reader) Close() error { return nil }

// Delete implements blob.Store.
func (s *Store) Delete(_ context.Context, refs []blob.Ref) error {
	for _, r := range refs {
		if err := os.Remove(filepath.Join(s.dir, filepath.Base(string(r)))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return errs.Fault("file.Delete", err)
		}
	}
	return nil
}

// List implements blob.Store.
func (s *Store) List(_ context.Context, first, last uint64, cursor string, max int) ([]blob.Info, string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, "", errs.Fault("file.List", err)
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name() < entries[j].Name() })
	var all []blob.Info
	for _, e := range entries {
		n, _, ok := strings.Cut(e.Name(), "-")
		session, err := strconv.ParseUint(n, 10, 64)
		if !ok || err != nil || session < first || session > last || session >= s.session || e.Name() <= cursor {
			continue
		}
		if len(all) == max {
			return all, string(all[max-1].Ref), nil
		}
		h, _, err := s.load(blob.Ref(e.Name()))
		if err != nil {
			continue
		}
		all = append(all, blob.Info{Ref: blob.Ref(e.Name()), Owner: h.Owner, Session: session, Size: h.Size})
	}
	return all, "", nil
}
