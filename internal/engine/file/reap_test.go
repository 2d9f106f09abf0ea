package file

import (
	"errors"
	"io/fs"
	"testing"

	"coffer/internal/blob"
)

// TestReapAfterALookAmidAPunch deletes the last record of a segment after another goroutine looked for data while part of the
// record was zeros already: the segment goes all the same.
func TestReapAfterALookAmidAPunch(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.Create(t.Context(), blob.Owner{}, -1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 600<<10)); err != nil {
		t.Fatal(err)
	}
	name, err := w.Commit()
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	s.Settle()
	r, err := parseRef(name)
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.cache.acquire(r.fileID)
	if err != nil {
		t.Fatal(err)
	}
	h.frees.first = r.off + readBytes
	if err := s.Delete(t.Context(), []blob.Ref{name}); err != nil {
		t.Error(err)
	}
	s.cache.release(h)
	if _, err := s.o.FS.Open(s.path(r.fileID), true); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the empty segment is still there: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
