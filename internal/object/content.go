package object

import (
	"context"
	"io"

	"coffer/internal/blob"
	"coffer/internal/checksum"
	"coffer/internal/errs"
	"coffer/internal/seal"
)

// An opened is a Content with room for its reader, so that both are one allocation.
type opened struct {
	Content
	inline inlineReader
	blob   blobReader
}

type noContent struct{}

func (noContent) WriteTo(io.Writer) (int64, error) { return 0, nil }
func (noContent) Close() error                     { return nil }

// openReader opens the content that o says. errMoved: it has gone since the row was read.
func (s *Service) openReader(ctx context.Context, in *Get, f *find, o *opened) error {
	switch f.rec.home {
	case homeInline:
		if err := f.openInline(); err != nil {
			return err
		}
		o.inline = inlineReader{s: s, buf: f.buf, data: f.data[o.Start : o.Start+o.Length]}
		f.buf = nil
		o.reader = &o.inline
		return nil
	case homeBlob:
		c, err := s.openRun(ctx, blob.Ref(f.rec.ref), f.rec.size, f.secret, nil, 0)
		if err != nil {
			return err
		}
		o.blob = blobReader{ctx: ctx, s: s, run: c, start: o.Start, length: o.Length}
		o.reader = &o.blob
		return nil
	case homeManifest:
		return s.openManifest(ctx, in, f, o)
	}
	return badRow("version")
}

// openInline makes f.data the content itself, verified.
func (f *find) openInline() error {
	if f.secret == nil {
		return verifyInline(&f.rec, f.data)
	}
	stream, err := seal.NewStream(f.secret, nil, 0)
	if err != nil {
		return err
	}
	f.data, err = stream.OpenAll(f.data)
	return err
}

// openRun opens a blob whose content has a size, sealed under secret unless that is nil.
func (s *Service) openRun(ctx context.Context, ref blob.Ref, size int64, secret, salt []byte, part int) (c run, err error) {
	if secret != nil {
		if c.stream, err = seal.NewStream(secret, salt, part); err != nil {
			return c, err
		}
	}
	c.size = size
	c.r, err = s.openBlob(ctx, ref, storedSize(size, secret != nil))
	return c, err
}

// openBlob opens a blob that a row names: errMoved if it is gone, errs.Corrupt if it is another size.
func (s *Service) openBlob(ctx context.Context, ref blob.Ref, size int64) (blob.Reader, error) {
	r, err := s.blobs.Open(ctx, ref)
	if isNotFound(err) {
		return nil, errMoved
	}
	if err != nil {
		return nil, err
	}
	if r.Size() != size {
		r.Close()
		return nil, &errs.Error{Op: "object.openBlob", Kind: errs.Corrupt, Public: "The stored content has another size than its record."}
	}
	return r, nil
}

// verifyInline checks content that came from a row against the version's checksum, where that is quick.
func verifyInline(r *record, data []byte) error {
	if r.sumType != checksum.FullObject || r.sumAlg > checksum.CRC64NVME {
		return nil
	}
	var buf [16]byte
	h := r.sumAlg.New()
	if h == nil {
		return nil
	}
	h.Write(data)
	if string(h.Sum(buf[:0])) != string(r.sum) {
		return &errs.Error{Op: "object.verifyInline", Kind: errs.Corrupt, Public: "The stored content does not match its checksum."}
	}
	return nil
}

// An inlineReader gives content that came from a row.
type inlineReader struct {
	s    *Service
	buf  *[]byte // holds the row; nil: given back
	data []byte  // of the row, or opened from it
}

func (r *inlineReader) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(r.data)
	return int64(n), err
}

func (r *inlineReader) Close() error {
	if r.buf != nil {
		r.s.rows.Put(r.buf)
		r.buf, r.data = nil, nil
	}
	return nil
}

// A blobReader gives a range of one blob.
type blobReader struct {
	ctx           context.Context
	s             *Service
	run           run
	start, length int64
}

func (r *blobReader) Close() error { return r.run.r.Close() }

func (r *blobReader) WriteTo(w io.Writer) (int64, error) {
	buf := r.s.buffer()
	defer r.s.buffers.Put(buf)
	return r.run.copy(r.ctx, w, r.start, r.length, *buf)
}

// copyBlob writes a range of a blob by verified reads that begin at multiples of the buffer's length.
func copyBlob(ctx context.Context, w io.Writer, r blob.Reader, start, length int64, buf []byte) (int64, error) {
	var done int64
	for done < length {
		at := start + done
		n := min(int64(len(buf))-at%int64(len(buf)), length-done)
		if err := r.ReadAt(ctx, buf[:n], at); err != nil {
			return done, err
		}
		m, err := w.Write(buf[:n])
		done += int64(m)
		if err != nil {
			return done, err
		}
	}
	return done, nil
}
