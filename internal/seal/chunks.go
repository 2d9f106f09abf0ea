package seal

import (
	"context"
	"io"

	"coffer/internal/errs"
)

// Writer seals content on its way, chunk by chunk. It is not safe for concurrent use.
type Writer struct {
	w      io.Writer
	stream *Stream
	buf    []byte
	n      int // bytes of content in buf
	index  int64
}

// NewWriter makes a writer that seals into w through buf, which has at least ChunkStored bytes and is the writer's until Close.
func NewWriter(w io.Writer, s *Stream, buf []byte) *Writer { return &Writer{w: w, stream: s, buf: buf} }

// Write takes content. What it seals it writes at once; the last chunk stays until Close.
func (w *Writer) Write(p []byte) (int, error) {
	done := 0
	for len(p) > 0 {
		if w.n == ChunkPlain {
			if err := w.flush(false); err != nil {
				return done, err
			}
		}
		n := copy(w.buf[w.n:ChunkPlain], p)
		w.n, done, p = w.n+n, done+n, p[n:]
	}
	return done, nil
}

func (w *Writer) flush(last bool) error {
	plain := w.buf[:w.n]
	stored := w.stream.SealChunk(plain[:0], plain, w.index, last)
	w.n = 0
	w.index++
	_, err := w.w.Write(stored)
	return err
}

// Close writes the last chunk, marked as such. It does not close what lies below.
func (w *Writer) Close() error {
	if w.n == 0 && w.index == 0 {
		return nil
	}
	return w.flush(true)
}

// Stored is sealed content that can be read in pieces; a blob's reader is one.
type Stored interface {
	ReadAt(ctx context.Context, p []byte, off int64) error
}

// Copy writes a range of content to w, opened. size is the whole content's; buf has at least ChunkStored bytes, and more of them make
// fewer reads. Nothing that does not open is written: errs.Corrupt.
func (s *Stream) Copy(ctx context.Context, w io.Writer, from Stored, size, start, length int64, buf []byte) (int64, error) {
	if start < 0 || length < 0 || start+length > size || len(buf) < ChunkStored {
		return 0, errs.New(errs.Internal, "", "a range outside of the content, or a short buffer")
	}
	var done int64
	for done < length {
		first := (start + done) / ChunkPlain
		chunks := min(int64(len(buf)/ChunkStored), (start+length-1)/ChunkPlain-first+1)
		stored := buf[:min(chunks*ChunkStored, StoredSize(size)-first*ChunkStored)]
		if err := from.ReadAt(ctx, stored, first*ChunkStored); err != nil {
			return done, err
		}
		n, err := s.open(w, stored, first, size, start+done, length-done)
		done += n
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// open writes what the chunks from number first on hold of the range that begins at start.
func (s *Stream) open(w io.Writer, stored []byte, first, size, start, length int64) (int64, error) {
	var done int64
	for i := first; len(stored) > 0; i++ {
		n := min(len(stored), ChunkStored)
		plain, err := s.OpenChunk(stored[:0], stored[:n], i, (i+1)*ChunkPlain >= size)
		if err != nil {
			return done, err
		}
		stored = stored[n:]
		plain = plain[start+done-i*ChunkPlain:]
		m, err := w.Write(plain[:min(int64(len(plain)), length-done)])
		done += int64(m)
		if err != nil {
			return done, err
		}
	}
	return done, nil
}
