package object

import (
	"context"
	"errors"
	"fmt"

	"coffer/internal/blob"
	"coffer/internal/checksum"
	"coffer/internal/errs"
	"coffer/internal/object/metadata"
)

// CopyObject copies an object's current or named version: bytes through bounded memory, never shared.
func (s *Service) CopyObject(ctx context.Context, in *CopyObject) (*Object, error) {
	if err := checkCopy(in); err != nil {
		return nil, err
	}
	if in.Cond.any() {
		if err := s.precheck(ctx, in.Bucket, in.Key, &in.Cond); err != nil {
			return nil, err
		}
	}
	src, err := s.openSource(ctx, &in.Source, s.cfg.MaxPut)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	headers, tags, alg := &src.Headers, src.tags, in.Sum
	if in.ReplaceHeaders {
		headers = &in.Headers
	}
	if in.ReplaceTags {
		tags = in.Tags
	}
	headers.ACL, headers.WebsiteRedirect = in.ACL, in.Headers.WebsiteRedirect // neither is copied
	if alg == checksum.None {
		alg = src.Sum.Algorithm
	}
	t := target{bucket: in.Bucket, owner: in.Bucket.owner(in.Key), inline: true, most: s.cfg.MaxPut}
	box, err := s.newLockbox(in.Bucket, in.Key, in.Encrypt)
	if err != nil {
		return nil, err
	}
	if err := t.lock(&box); err != nil {
		return nil, err
	}
	p := s.borrowPut()
	defer p.release()
	if err := p.copyFrom(ctx, src, alg, t); err != nil {
		return nil, err
	}
	p.box = box.row
	p.describe(headers, tags, in.Lock)
	return p.commit(ctx, in.Bucket, in.Key, &in.Cond, in.Recheck, headers)
}

// checkCopy refuses a copy that would change nothing, and what can't be stored.
func checkCopy(in *CopyObject) error {
	same := in.Source.Bucket.ID == in.Bucket.ID && in.Source.Key == in.Key && in.Source.Version == ""
	if same && !in.ReplaceHeaders && !in.ReplaceTags && in.Sum == checksum.None && !in.Renews && in.Source.Customer == nil && in.Headers.WebsiteRedirect == "" {
		return invalidRequest("This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
	}
	if err := checkNewLock(in.Bucket, in.Lock); err != nil {
		return err
	}
	h := in.Headers
	h.ACL = in.ACL
	return metadata.Check(&h, in.Tags)
}

// openSource opens what is copied. Failures are told in the words of a copy.
func (s *Service) openSource(ctx context.Context, in *Get, most int64) (*Content, error) {
	c, err := s.get(ctx, in, true)
	switch {
	case errs.CodeOf(err) == "NotModified":
		return nil, preconditionFailed(string(errs.SubjectOf(err)))
	case errs.CodeOf(err) == "MethodNotAllowed":
		return nil, invalidRequest("The source of a copy request may not specifically refer to a delete marker by version id.")
	case errs.CodeOf(err) == "InvalidRange":
		return nil, invalidArgument(fmt.Sprintf("Range specified is not valid for source object of size: %d", c.Size))
	case err != nil:
		return nil, err
	}
	if r := in.Range; r != nil && !r.Suffix && r.Length >= 0 && r.Start+r.Length > c.Size {
		c.Close()
		return nil, invalidArgument(fmt.Sprintf("Range specified is not valid for source object of size: %d", c.Size))
	}
	if c.Length > most {
		c.Close()
		return nil, invalidRequest(fmt.Sprintf("The specified copy source is larger than the maximum allowable size for a copy source: %d", most))
	}
	return c, nil
}

// copyFrom receives stored content.
func (in *intake) copyFrom(ctx context.Context, c *Content, alg checksum.Algorithm, t target) error {
	if err := in.reserve(ctx, &t, c.Length); err != nil {
		return err
	}
	in.reset(alg)
	switch {
	case c.Length == 0:
	case t.inline && c.Length <= int64(in.s.inline):
		into := intoRow{in: in}
		if _, err := c.WriteTo(&into); err != nil {
			return err
		}
		in.home = homeInline
	default:
		if err := in.copyBlob(ctx, c, &t); err != nil {
			return err
		}
	}
	if in.size != c.Length {
		in.abandon(ctx)
		return &errs.Error{Op: "object.copy", Kind: errs.Corrupt, Err: errors.New("the source gave another number of bytes than its record says")}
	}
	in.finish()
	in.enclose(&t)
	return nil
}

func (in *intake) copyBlob(ctx context.Context, c *Content, t *target) error {
	w, err := in.create(ctx, t, c.Length)
	if err != nil {
		return err
	}
	if _, err := c.WriteTo(&intoBlob{in: in, w: w}); err != nil {
		w.Abort()
		return err
	}
	ref, err := w.Commit()
	if err != nil {
		w.Abort()
		return err
	}
	in.home, in.ref = homeBlob, ref
	return nil
}

// intoRow collects content for an inline row.
type intoRow struct{ in *intake }

func (r *intoRow) Write(p []byte) (int, error) {
	if r.in.size+int64(len(p)) > int64(r.in.s.inline) {
		return 0, errs.Fault("object.copy", errors.New("more content than was announced"))
	}
	copy(r.in.small[1+r.in.size:], p)
	r.in.take(p)
	return len(p), nil
}

// intoBlob sums content on its way into a blob.
type intoBlob struct {
	in *intake
	w  blob.Writer
}

func (b *intoBlob) Write(p []byte) (int, error) {
	b.in.take(p)
	return b.w.Write(p)
}
