package object

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"

	"coffer/internal/authz"
	"coffer/internal/checksum"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/object/garbage"
	"coffer/internal/object/metadata"
	"coffer/internal/object/pages"
	"coffer/internal/object/running"
)

// A completion is an upload's way to an object. Nothing of it is visible before its last update.
type completion struct {
	s      *Service
	in     *CompleteUpload
	id     string
	upload uploadRow
	pages  [][]byte // encoded
	starts []pages.Start

	// Of the parts so far.
	page  pages.Page
	size  int64
	md5   hash.Hash
	join  *checksum.Joiner
	noSum bool
}

// CompleteUpload makes an object of the parts named. Up to 256 parts it is one update. With more, the upload is marked first, so that
// its parts stay as they are; then the manifest's pages are written, which nothing names yet; then one small update makes the object.
// Asked again for an upload that became the current object with these parts, it answers as the first time.
func (s *Service) CompleteUpload(ctx context.Context, in *CompleteUpload) (*Object, error) {
	id, err := parseUpload(in.Upload)
	if err != nil {
		return nil, err
	}
	if err := checkParts(in.Parts); err != nil {
		return nil, err
	}
	defer s.completions.Lock(running.At(in.Bucket.partition(), id))()
	for range maxRaces {
		c := &completion{s: s, in: in, id: id, md5: md5.New()}
		o, err := c.run(ctx)
		if err != errMoved {
			return o, err
		}
	}
	return nil, raced("object.CompleteUpload")
}

func checkParts(parts []Part) error {
	if len(parts) == 0 || len(parts) > maxParts {
		return errs.New(errs.Invalid, "MalformedXML", "You must name 1 to 10000 parts.")
	}
	for i := range parts {
		if n := parts[i].Number; n < 1 {
			return invalidArgument("PartNumber must be >= 1")
		} else if n > maxParts {
			return invalidArgument("PartNumber must be >= 1 and <= 10000")
		}
		if i > 0 && parts[i].Number <= parts[i-1].Number {
			return errs.New(errs.Invalid, "InvalidPartOrder", "The list of parts was not in ascending order. The parts list must be specified in order by part number.")
		}
	}
	return nil
}

func (c *completion) run(ctx context.Context) (*Object, error) {
	row, err := c.s.readUpload(ctx, c.in.Bucket, c.in.Key, c.id)
	if isNotFound(err) {
		return c.again(ctx, err)
	} else if err != nil {
		return nil, err
	}
	if row.pages > 0 {
		// Nobody completes it now: the caller holds its lock.
		if err := c.s.undoCompletion(ctx, c.in.Bucket, c.in.Key, c.id); err != nil {
			return nil, err
		}
		return nil, errMoved
	}
	c.upload = *row
	if err := row.agrees(c.in.Method); err != nil {
		return nil, err
	}
	if c.in.Customer != nil {
		if _, err := c.s.partLockbox(c.in.Bucket, c.in.Key, row, c.in.Customer); err != nil {
			return nil, err
		}
	}
	if err := c.gather(ctx); err != nil {
		return nil, err
	}
	if len(c.pages) == 1 {
		return c.finish(ctx)
	}
	if err := c.mark(ctx); err != nil {
		return nil, err
	}
	o, err := c.finishMarked(ctx)
	if err != nil {
		c.undo(ctx)
	}
	return o, err
}

// gather reads the parts, checks them against what the client named and encodes the pages.
func (c *completion) gather(ctx context.Context) error {
	route := meta.Route(c.in.Key)
	next := 0
	err := c.s.view(ctx, c.in.Bucket, func(r meta.Reader) error {
		return scanAll(r, kindPart, meta.At(route, c.id), meta.AfterTailPrefix(route, c.id), func(_, tail, value []byte) error {
			if next == len(c.in.Parts) {
				return nil
			}
			number := int(binary.BigEndian.Uint16(tail[uploadIDBytes:]))
			want := &c.in.Parts[next]
			if number < want.Number {
				return nil
			}
			if number > want.Number {
				return invalidPart(want.Number)
			}
			next++
			var part partRow
			if err := part.decode(value); err != nil {
				return err
			}
			return c.add(want, &part, next == len(c.in.Parts))
		})
	})
	if err != nil {
		return err
	}
	if next < len(c.in.Parts) {
		return invalidPart(c.in.Parts[next].Number)
	}
	if c.size > c.s.cfg.MaxObject {
		return entityTooLarge()
	}
	c.endPage()
	return c.checkWhole()
}

func invalidPart(number int) error {
	return errs.New(errs.Invalid, "InvalidPart", "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.").
		On(errs.Subject(fmt.Sprintf("part %d", number)))
}

// add takes one part into the manifest.
func (c *completion) add(want *Part, p *partRow, last bool) error {
	if want.ETag != etagString(p.etag, 0) {
		return invalidPart(want.Number)
	}
	if err := c.checkSum(want, p); err != nil {
		return err
	}
	if !last && p.size < c.s.cfg.MinPart {
		return errs.New(errs.Invalid, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size").
			On(errs.Subject(fmt.Sprintf("part %d", want.Number)))
	}
	c.md5.Write(p.etag)
	if err := c.joinSum(p); err != nil {
		return err
	}
	if len(c.page.Parts) == pages.Max {
		c.endPage()
	}
	if len(c.page.Parts) == 0 {
		c.page.Start = c.size
		c.starts = append(c.starts, pages.Start{Number: want.Number, Start: c.size})
	}
	// The row's bytes end with the visit.
	c.page.Parts = append(c.page.Parts, pages.Part{Number: want.Number, Size: p.size, ETag: bytes.Clone(p.etag), Sum: bytes.Clone(p.sum), Ref: bytes.Clone(p.ref), Salt: bytes.Clone(p.salt)})
	c.size += p.size
	return nil
}

// checkSum compares the part's checksum with the one the client names, which it must where the object's sum is made of the parts' sums.
func (c *completion) checkSum(want *Part, p *partRow) error {
	if want.Sum.Raw == "" {
		if c.upload.sumType == checksum.Composite {
			name := lower(c.upload.sumAlg.String())
			return invalidRequest(fmt.Sprintf("The upload was created using a %s checksum. The complete request must include the checksum for each part. It was missing for part %d in the request.", name, want.Number))
		}
		return nil
	}
	switch {
	case want.Sum.Algorithm == p.sumAlg && want.Sum.Raw != string(p.sum):
		return invalidPart(want.Number)
	case want.Sum.Algorithm != p.sumAlg:
		return errs.New(errs.Invalid, "BadDigest", fmt.Sprintf("The %s you specified for part %d did not match what we received.", lower(want.Sum.Algorithm.String()), want.Number))
	}
	return nil
}

// joinSum adds the part's checksum to the object's. An upload that named no algorithm gets a sum where its parts' sums allow one.
func (c *completion) joinSum(p *partRow) error {
	if c.join == nil && !c.noSum {
		alg, typ := c.upload.sumAlg, c.upload.sumType
		if alg == checksum.None {
			alg, typ = p.sumAlg, checksum.FullObject
			c.upload.sumAlg, c.upload.sumType = alg, typ
		}
		if !alg.Allows(typ) {
			c.noSum = true
			return nil
		}
		join, err := checksum.NewJoiner(alg, typ)
		if err != nil {
			return err
		}
		c.join = join
	}
	if c.noSum || p.sumAlg != c.upload.sumAlg {
		c.noSum, c.join = true, nil
		return nil
	}
	return c.join.Add(checksum.Sum{Algorithm: p.sumAlg, Type: checksum.FullObject, Raw: string(p.sum)}, p.size)
}

func (c *completion) endPage() {
	c.pages = append(c.pages, c.page.Encode(nil))
	c.page.Parts = c.page.Parts[:0]
}

// checkWhole compares the object with what the client says of it.
func (c *completion) checkWhole() error {
	if c.in.Size >= 0 && c.in.Size != c.size {
		return invalidRequest(fmt.Sprintf("The provided 'x-amz-mp-object-size' header value %d does not match what was computed: %d", c.in.Size, c.size))
	}
	if t := c.in.Sum.Type; c.in.Sum.Raw == "" && t != 0 && c.upload.sumAlg != checksum.None && t != c.upload.sumType {
		return invalidRequest("The upload was created using the " + c.upload.sumType.String() + " checksum mode. The complete request must use the same checksum mode.")
	}
	if want := c.in.Sum; want.Raw != "" {
		if c.join == nil || !want.Matches(c.join.Sum()) {
			return checksum.Mismatch(want.Algorithm)
		}
	}
	return nil
}

// mark refuses parts from now on and notes that pages may be left behind.
func (c *completion) mark(ctx context.Context) error {
	return c.s.update(ctx, c.in.Bucket, meta.Route(c.in.Key), func(tx meta.Tx) error {
		row, err := c.guard(tx, c.upload.change, 0)
		if err != nil {
			return err
		}
		row.change++
		row.pages = len(c.pages)
		g := garbage.Item{Kind: garbage.Half, Key: c.in.Key, Upload: c.id}
		tx.Append(queueGarbage, g.Encode(nil))
		return tx.Put(uploadKey(c.in.Key, c.id), row.encode(nil))
	})
}

// guard reads the upload's row: errMoved where it is not as expected.
func (c *completion) guard(tx meta.Tx, change uint64, pages int) (*uploadRow, error) {
	value, err := tx.Get(uploadKey(c.in.Key, c.id))
	if isNotFound(err) {
		return nil, errMoved
	} else if err != nil {
		return nil, err
	}
	row := &uploadRow{}
	if err := row.decode(value); err != nil {
		return nil, err
	}
	if row.change != change || row.pages != pages {
		return nil, errMoved
	}
	return row, nil
}

func (c *completion) finishMarked(ctx context.Context) (*Object, error) {
	c.upload.change++
	c.upload.pages = len(c.pages)
	if err := c.writePages(ctx); err != nil {
		return nil, err
	}
	return c.finish(ctx)
}

// writePages writes pages and index, a few to an update.
func (c *completion) writePages(ctx context.Context) error {
	const together = 8
	route := meta.Route(c.in.Key)
	for first := 0; first < len(c.pages); first += together {
		err := c.s.update(ctx, c.in.Bucket, route, func(tx meta.Tx) error {
			if _, err := c.guard(tx, c.upload.change, c.upload.pages); err != nil {
				return err
			}
			for n := first; n < min(first+together, len(c.pages)); n++ {
				if err := tx.Put(pageKey(c.in.Key, c.id, n), c.pages[n]); err != nil {
					return err
				}
			}
			if first > 0 {
				return nil
			}
			return tx.Put(indexKey(c.in.Key, c.id), pages.EncodeIndex(nil, c.starts))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// finish makes the object and ends the upload.
func (c *completion) finish(ctx context.Context) (*Object, error) {
	p := c.s.borrowPut()
	defer p.release()
	p.reset(checksum.None)
	p.home = homeNone
	attrs, err := attrsOfRow(c.upload.attrs)
	if err != nil {
		return nil, err
	}
	headers, _, err := metadata.Decode(attrs)
	if err != nil {
		return nil, err
	}
	p.rec = record{size: c.size, etag: c.md5.Sum(nil), parts: len(c.in.Parts), home: homeManifest, ref: []byte(c.id), pages: len(c.pages), tags: c.upload.tags}
	if c.join != nil {
		sum := c.join.Sum()
		p.rec.sumAlg, p.rec.sumType, p.rec.sum = sum.Algorithm, sum.Type, []byte(sum.Raw)
	}
	lock := c.upload.lock
	if lock.Mode == NoLock {
		lock.Mode, lock.Until = c.in.Lock.Mode, c.in.Lock.Until
	}
	p.rec.setLock(lock)
	p.rec.setOwner(authz.ListOwner(headers.ACL))
	p.rec.setSealing(c.upload.sealing)
	p.setAttrs(append(p.row[:0], c.upload.attrs...))
	p.sub = c
	return p.commit(ctx, c.in.Bucket, c.in.Key, &c.in.Cond, c.in.Recheck, &headers)
}

// before is what the last update does besides making the object.
func (c *completion) before(tx meta.Tx, p *put) error {
	row, err := c.guard(tx, c.upload.change, c.upload.pages)
	if err != nil {
		return err
	}
	if len(c.pages) == 1 {
		if err := tx.Put(pageKey(c.in.Key, c.id, 0), c.pages[0]); err != nil {
			return err
		}
	}
	tx.Add(countUploads, -1)
	tx.Add(countPartBytes, -row.bytes)
	p.discard(garbage.Item{Kind: garbage.Parts, Key: c.in.Key, Upload: c.id, Pages: len(c.pages)})
	return tx.Delete(uploadKey(c.in.Key, c.id))
}

// undo opens the upload again after a completion that failed. Where that fails too, collection does it.
func (c *completion) undo(ctx context.Context) {
	err := c.s.undoCompletion(context.WithoutCancel(ctx), c.in.Bucket, c.in.Key, c.id)
	if err != nil && !isNotFound(err) {
		c.s.log.Warn("the undoing of a completion is left to collection", "upload", formatUpload(c.id), "error", err)
	}
	c.s.dirty.Mark(c.in.Bucket.partition())
}

// undoCompletion removes the pages of an upload that was marked and opens it to parts again.
func (s *Service) undoCompletion(ctx context.Context, b *Bucket, k ident.ObjectKey, id string) error {
	return s.update(ctx, b, meta.Route(k), func(tx meta.Tx) error { return undoMark(tx, k, id) })
}

func undoMark(tx meta.Tx, k ident.ObjectKey, id string) error {
	var row uploadRow
	value, err := tx.Get(uploadKey(k, id))
	if isNotFound(err) {
		return noSuchUpload(formatUpload(id))
	} else if err != nil {
		return err
	}
	if err := row.decode(value); err != nil || row.pages == 0 {
		return err
	}
	for _, page := range pageKeys(k, id, row.pages) {
		if err := tx.Delete(page); err != nil {
			return err
		}
	}
	row.pages = 0
	row.change++
	return tx.Put(uploadKey(k, id), row.encode(nil))
}

// again answers a repeated completion: the current object, if the upload with these parts became it; else err.
func (c *completion) again(ctx context.Context, err error) (*Object, error) {
	f := c.s.borrowFind()
	defer f.release()
	ferr := f.version(ctx, c.in.Bucket, c.in.Key, "", wantAttrs)
	if ferr != nil {
		if isNotFound(ferr) {
			return nil, err
		}
		return nil, ferr
	}
	if f.rec.home != homeManifest || string(f.rec.ref) != c.id || f.rec.parts != len(c.in.Parts) {
		return nil, err
	}
	for i := range c.in.Parts {
		raw, herr := hex.DecodeString(c.in.Parts[i].ETag)
		if herr != nil || len(raw) != md5.Size {
			return nil, err
		}
		c.md5.Write(raw)
	}
	if !bytes.Equal(c.md5.Sum(nil), f.rec.etag) {
		return nil, err
	}
	headers, _, herr := metadata.Decode(f.attrs)
	if herr != nil {
		return nil, errors.Join(herr, err)
	}
	o := f.rec.object(c.in.Key, c.in.Bucket.Versioning != Unversioned)
	o.Latest, o.Headers = true, headers
	return &o, nil
}
