package object

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"

	"coffer/internal/blob"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/object/garbage"
	"coffer/internal/object/pages"
	"coffer/internal/object/running"
)

// Bounds of one step of collection.
const (
	collectEntries = 256 // entries of a queue, and blobs of a deletion
	collectRows    = 256 // rows of an update
)

// Garbage wakes whoever runs Collect: there is a value in it when something waits.
func (s *Service) Garbage() <-chan struct{} { return s.dirty.Wake() }

// Collect removes what no row names any more, in every partition that has such, and ends intents that were left to it. It returns when
// nothing waits but what a reader holds, with the failures joined; what failed waits for the next call. One caller at a time.
func (s *Service) Collect(ctx context.Context) error {
	var failures error
	for _, p := range s.dirty.Take() {
		if err := s.collectPartition(ctx, p); err != nil {
			failures = errors.Join(failures, err)
			s.dirty.Keep(p)
		}
		if ctx.Err() != nil {
			return errors.Join(failures, ctx.Err())
		}
	}
	return failures
}

func (s *Service) collectPartition(ctx context.Context, p meta.Partition) error {
	if i := s.waiting.Get(p); i != nil {
		done, err := s.finish(ctx, i)
		if done {
			s.waiting.Drop(p)
		}
		if err != nil || i.step == intentDrop {
			return err
		}
	}
	c := s.collectors.get(p)
	err := c.run(ctx, s)
	if len(c.held) == 0 && err == nil {
		s.collectors.remove(p)
	}
	return err
}

// A collector drains the queue of a partition. Entries that a reader holds are kept and tried again; the queue is trimmed up to the
// oldest of them, and all may be done again after a restart.
type collector struct {
	bucket *Bucket // with its id alone
	after  uint64  // every entry up to here is done or held
	gone   uint64  // trimmed up to here
	held   map[uint64]garbage.Item
	refs   []blob.Ref
}

func newCollector(p meta.Partition) *collector {
	id := ident.BucketID(strings.TrimPrefix(string(p), string(bucketPrefix)))
	return &collector{bucket: &Bucket{ID: id}, held: make(map[uint64]garbage.Item)}
}

func (c *collector) run(ctx context.Context, s *Service) error {
	for n, g := range c.held {
		done, err := c.process(ctx, s, g)
		if err != nil {
			return err
		}
		if done {
			delete(c.held, n)
		}
	}
	for {
		last, err := c.batch(ctx, s)
		if err != nil {
			return err
		}
		if err := c.flush(ctx, s); err != nil {
			return err
		}
		c.after = max(c.after, last)
		if err := c.trim(ctx, s); err != nil {
			return err
		}
		if last == 0 || ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// batch processes some entries and returns the number of the last; 0 if there is none.
func (c *collector) batch(ctx context.Context, s *Service) (uint64, error) {
	type entry struct {
		n uint64
		g garbage.Item
	}
	var entries []entry
	err := s.view(ctx, c.bucket, func(r meta.Reader) error {
		return r.Queue(queueGarbage, c.after, collectEntries, func(n uint64, row []byte) error {
			e := entry{n: n}
			if err := e.g.Decode(row); err != nil {
				return err
			}
			entries = append(entries, e)
			return nil
		})
	})
	if err != nil || len(entries) == 0 {
		return 0, err
	}
	for _, e := range entries {
		done, err := c.process(ctx, s, e.g)
		if err != nil {
			return 0, err
		}
		if !done {
			c.held[e.n] = e.g
		}
	}
	return entries[len(entries)-1].n, nil
}

func (c *collector) trim(ctx context.Context, s *Service) error {
	upTo := c.after
	for n := range c.held {
		upTo = min(upTo, n-1)
	}
	if upTo <= c.gone {
		return nil
	}
	err := s.meta.Trim(ctx, c.bucket.partition(), queueGarbage, upTo)
	if err == nil {
		c.gone = upTo
	}
	return err
}

// remove deletes a blob with the next flush.
func (c *collector) remove(ctx context.Context, s *Service, ref []byte) error {
	if len(ref) == 0 {
		return nil
	}
	c.refs = append(c.refs, blob.Ref(ref))
	if len(c.refs) < collectEntries {
		return nil
	}
	return c.flush(ctx, s)
}

func (c *collector) flush(ctx context.Context, s *Service) error {
	if len(c.refs) == 0 {
		return nil
	}
	err := s.blobs.Delete(ctx, c.refs)
	if err == nil {
		c.refs = c.refs[:0]
	}
	return err
}

// process does what an entry asks for, and reports false where that must wait.
func (c *collector) process(ctx context.Context, s *Service, g garbage.Item) (bool, error) {
	switch g.Kind {
	case garbage.Blob:
		return true, c.remove(ctx, s, []byte(g.Ref))
	case garbage.Manifest:
		if s.pins.Held(running.At(c.bucket.partition(), g.Upload)) {
			return false, nil
		}
		return true, c.manifest(ctx, s, g)
	case garbage.Parts:
		return true, c.parts(ctx, s, g)
	}
	return true, c.half(ctx, s, g)
}

// manifest removes the blobs of an object that is gone, then the pages that name them.
func (c *collector) manifest(ctx context.Context, s *Service, g garbage.Item) error {
	err := c.pages(ctx, s, g, func(p *pages.Part) error { return c.remove(ctx, s, p.Ref) })
	if err != nil {
		return err
	}
	if err := c.flush(ctx, s); err != nil {
		return err
	}
	return c.deleteRows(ctx, s, g.Key, pageKeys(g.Key, g.Upload, g.Pages))
}

// pages visits the parts of a manifest. Pages that are gone were dealt with before.
func (c *collector) pages(ctx context.Context, s *Service, g garbage.Item, visit func(*pages.Part) error) error {
	m := manifest{s: s, bucket: c.bucket, key: g.Key, id: g.Upload, pages: g.Pages}
	for n := range g.Pages {
		err := m.load(ctx, n)
		if err == errMoved {
			continue
		}
		if err != nil {
			return err
		}
		for i := range m.page.Parts {
			if err := visit(&m.page.Parts[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// parts removes the part rows of an ended upload, and the blobs that its manifest does not name.
func (c *collector) parts(ctx context.Context, s *Service, g garbage.Item) error {
	named := make(map[int]string)
	err := c.pages(ctx, s, g, func(p *pages.Part) error {
		named[p.Number] = string(p.Ref)
		return nil
	})
	if err != nil {
		return err
	}
	var rows []meta.Key
	route := meta.Route(g.Key)
	err = s.view(ctx, c.bucket, func(r meta.Reader) error {
		return scanAll(r, kindPart, meta.At(route, g.Upload), meta.AfterTailPrefix(route, g.Upload), func(_, tail, value []byte) error {
			var part partRow
			if err := part.decode(value); err != nil {
				return err
			}
			number := int(binary.BigEndian.Uint16(tail[uploadIDBytes:]))
			rows = append(rows, partKey(g.Key, g.Upload, number))
			if named[number] == string(part.ref) {
				return nil
			}
			return c.remove(ctx, s, part.ref)
		})
	})
	if err != nil {
		return err
	}
	if err := c.flush(ctx, s); err != nil {
		return err
	}
	return c.deleteRows(ctx, s, g.Key, rows)
}

// half undoes a completion that was begun and neither ended nor runs.
func (c *collector) half(ctx context.Context, s *Service, g garbage.Item) error {
	defer s.completions.Lock(running.At(c.bucket.partition(), g.Upload))()
	err := c.update(ctx, s, g.Key, func(tx meta.Tx) error { return undoMark(tx, g.Key, g.Upload) })
	if isNotFound(err) {
		return nil
	}
	return err
}

func (c *collector) deleteRows(ctx context.Context, s *Service, k ident.ObjectKey, rows []meta.Key) error {
	most := min(collectRows, s.meta.Limits().UpdateRows)
	for len(rows) > 0 {
		some := rows[:min(most, len(rows))]
		err := c.update(ctx, s, k, func(tx meta.Tx) error {
			for _, row := range some {
				if err := tx.Delete(row); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		rows = rows[len(some):]
	}
	return nil
}

// update changes rows of a bucket that may be closed: then they go with its partition.
func (c *collector) update(ctx context.Context, s *Service, k ident.ObjectKey, fn func(meta.Tx) error) error {
	err := s.meta.Update(ctx, c.bucket.partition(), meta.Route(k), fn)
	if isFenced(err) {
		return nil
	}
	return err
}

// deleteAllBlobs removes every blob that a row or the queue of an empty, closed bucket still names: parts of uploads under way, and
// what collection had not come to.
func (s *Service) deleteAllBlobs(ctx context.Context, b *Bucket) error {
	c := newCollector(b.partition())
	c.held = nil
	err := s.view(ctx, b, func(r meta.Reader) error {
		if err := scanAll(r, kindPart, nil, nil, func(_, _, value []byte) error {
			var part partRow
			if err := part.decode(value); err != nil {
				return err
			}
			return c.remove(ctx, s, part.ref)
		}); err != nil {
			return err
		}
		return scanAll(r, kindPage, nil, nil, func(_, _, value []byte) error {
			var p pages.Page
			if err := p.Decode(value); err != nil {
				return err
			}
			for i := range p.Parts {
				if err := c.remove(ctx, s, p.Parts[i].Ref); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	for {
		n := 0
		err := s.view(ctx, b, func(r meta.Reader) error {
			return r.Queue(queueGarbage, c.after, collectEntries, func(number uint64, row []byte) error {
				var g garbage.Item
				c.after, n = number, n+1
				if err := g.Decode(row); err != nil {
					return err
				}
				return c.remove(ctx, s, []byte(g.Ref))
			})
		})
		if err != nil {
			return err
		}
		if n == 0 {
			return c.flush(ctx, s)
		}
	}
}
