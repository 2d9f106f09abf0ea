package object

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"errors"
	"hash"
	"io"

	"coffer/internal/blob"
	"coffer/internal/checksum"
	"coffer/internal/errs"
	"coffer/internal/quota"
	"coffer/internal/seal"
)

// An intake receives content: it counts, sums and stores. It is pooled with the operation it belongs to.
type intake struct {
	s     *Service
	hold  *quota.Hold
	md5   hash.Hash
	sums  [checksum.Count]hash.Hash // by algorithm, made when first used
	sum   hash.Hash
	alg   checksum.Algorithm
	small []byte // one row version byte, then room for inline content and one byte more

	// What was received.
	size   int64
	digest [md5.Size]byte
	check  [64]byte // the checksum, sumLen bytes
	sumLen int
	home   home
	ref    blob.Ref // homeBlob
	sealed []byte   // homeInline: the row's value, where the content is sealed; else nil
	salt   []byte   // of a part's content, where it is sealed
}

func (in *intake) init(s *Service) {
	in.s = s
	in.md5 = md5.New()
	in.small = make([]byte, 1+s.inline+1)
	in.small[0] = rowVersion
}

// data returns the value of the inline row.
func (in *intake) data() []byte {
	if in.sealed != nil {
		return in.sealed
	}
	return in.small[:1+in.size]
}

// A target says where received content goes: owner's blob, or inline if that is allowed and it is small. most is the largest size.
type target struct {
	bucket *Bucket
	owner  blob.Owner
	inline bool
	most   int64
	seal   *seal.Stream // nil: content is stored as it is
	salt   []byte       // of seal
	blind  bool         // the digest must not be the content's
}

// receive reads a body to its end, stores it and verifies what the client said of it. After an error nothing is left behind.
func (in *intake) receive(ctx context.Context, b *Body, t target) error {
	if err := in.accept(ctx, b, t); err != nil {
		return err
	}
	in.enclose(&t)
	return nil
}

func (in *intake) accept(ctx context.Context, b *Body, t target) error {
	if b.Size > t.most {
		return entityTooLarge()
	}
	if err := in.reserve(ctx, &t, b.Size); err != nil {
		return err
	}
	in.reset(b.Sum)
	if !t.inline || b.Size > int64(in.s.inline) {
		return in.stream(ctx, b, t, nil)
	}
	n, err := fill(b.Reader, in.small[1:])
	switch {
	case err == nil && b.Size < 0:
		return in.stream(ctx, b, t, in.small[1:1+n])
	case err == nil:
		return tooMuchContent()
	case err != io.EOF:
		return bodyError(err)
	}
	if n > in.s.inline {
		return in.stream(ctx, b, t, in.small[1:1+n])
	}
	if n > 0 {
		in.home = homeInline
	}
	in.take(in.small[1 : 1+n])
	return in.verify(b)
}

// reset forgets what was received before and chooses the checksum; None means CRC64NVME, as at AWS.
func (in *intake) reset(alg checksum.Algorithm) {
	in.size, in.home, in.ref = 0, homeNone, ""
	in.sealed, in.salt = nil, nil
	in.md5.Reset()
	if alg == checksum.None {
		alg = checksum.CRC64NVME
	}
	if in.sums[alg] == nil {
		in.sums[alg] = alg.New()
	}
	in.alg, in.sum = alg, in.sums[alg]
	in.sum.Reset()
}

// take counts and sums a run of content.
func (in *intake) take(p []byte) {
	in.size += int64(len(p))
	in.md5.Write(p)
	in.sum.Write(p)
}

// stream writes the body into a blob, after what was read of it already.
func (in *intake) stream(ctx context.Context, b *Body, t target, before []byte) error {
	if b.Size == 0 {
		if n, err := fill(b.Reader, in.small[1:]); err != io.EOF || n > 0 {
			if n > 0 {
				return tooMuchContent()
			}
			return bodyError(err)
		}
		return in.verify(b)
	}
	w, err := in.create(ctx, &t, b.Size)
	if err != nil {
		return err
	}
	if err := in.pour(ctx, w, b, t, before); err != nil {
		w.Abort()
		return err
	}
	if in.size == 0 {
		w.Abort()
		return nil
	}
	ref, err := w.Commit()
	if err != nil {
		w.Abort()
		return err
	}
	in.home, in.ref = homeBlob, ref
	return nil
}

// pour moves the body into w and verifies it. The sums are computed while the store writes.
func (in *intake) pour(ctx context.Context, w blob.Writer, b *Body, t target, before []byte) error {
	if len(before) > 0 {
		in.take(before)
		if _, err := w.Write(before); err != nil {
			return err
		}
	}
	buf := in.s.buffer()
	defer in.s.buffers.Put(buf)
	for {
		n, end := fill(b.Reader, *buf)
		if end != nil && end != io.EOF {
			return bodyError(end)
		}
		if b.Size >= 0 && in.size+int64(n) > b.Size {
			return tooMuchContent()
		}
		if in.size+int64(n) > t.most {
			return entityTooLarge()
		}
		if b.Size < 0 {
			if err := in.hold.Grow(int64(n)); err != nil {
				return err
			}
		}
		in.take((*buf)[:n])
		if n > 0 {
			if _, err := w.Write((*buf)[:n]); err != nil {
				return err
			}
		}
		if end == io.EOF {
			return in.verify(b)
		}
		if err := ctx.Err(); err != nil {
			return bodyError(err)
		}
	}
}

// verify compares what came with what was said.
func (in *intake) verify(b *Body) error {
	switch {
	case b.Size >= 0 && in.size < b.Size:
		return incompleteBody()
	case b.Size >= 0 && in.size > b.Size:
		return tooMuchContent()
	}
	in.finish()
	if b.MD5 != nil && !bytes.Equal(b.MD5, in.digest[:]) {
		return errs.New(errs.Invalid, "BadDigest", "The Content-MD5 you specified did not match what we received.").On(errs.Subject(base64.StdEncoding.EncodeToString(in.digest[:])))
	}
	if b.Want == nil {
		return nil
	}
	want, err := b.Want()
	if err != nil {
		return err
	}
	if want.Raw != "" && (want.Algorithm != in.alg || want.Raw != string(in.check[:in.sumLen])) {
		return checksum.Mismatch(want.Algorithm)
	}
	return nil
}

// finish computes the sums.
func (in *intake) finish() {
	in.md5.Sum(in.digest[:0])
	in.sumLen = len(in.sum.Sum(in.check[:0]))
}

// abandon removes a stored blob that no row will name. Where that fails, collection finds it after the next start.
func (in *intake) abandon(ctx context.Context) {
	if in.home != homeBlob {
		return
	}
	refs := []blob.Ref{in.ref}
	in.home, in.ref = homeNone, ""
	if err := in.s.blobs.Delete(context.WithoutCancel(ctx), refs); err != nil {
		in.s.log.Warn("an unnamed blob stays until the next start", "ref", refs[0], "error", err)
	}
}

// fill reads until p is full or the reader ends; the error is nil only for a full p.
func fill(r io.Reader, p []byte) (int, error) {
	n, idle := 0, 0
	for n < len(p) {
		m, err := r.Read(p[n:])
		n += m
		if err != nil {
			return n, err
		}
		if m > 0 {
			idle = 0
		} else if idle++; idle > 100 {
			return n, io.ErrNoProgress
		}
	}
	return n, nil
}

func tooMuchContent() *errs.Error {
	return invalidRequest("The request has more content than its Content-Length says.")
}

// bodyError says why content stopped coming. Errors of the edge's own readers pass as they are.
func bodyError(err error) error {
	var e *errs.Error
	switch {
	case errors.As(err, &e):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return incompleteBody().Because(err)
	}
	return errs.New(errs.Canceled, "RequestTimeout", "Your socket connection to the server was not read from or written to within the timeout period.").Because(err)
}
