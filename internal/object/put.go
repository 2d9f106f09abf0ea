package object

import (
	"context"
	"crypto/rand"
	"io"

	"coffer/internal/authz"
	"coffer/internal/blob"
	"coffer/internal/checksum"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/object/metadata"
)

var defaultRandom io.Reader = rand.Reader

// A put is a write of one object under way: what was received and the update that makes it the newest version. It is pooled, so
// that a small object allocates next to nothing.
type put struct {
	intake
	change
	fn   func(meta.Tx) error // write, bound once
	own  error               // what write gave when it last ran
	rec  record
	cond *Conditions
	mode Versioning
	time uint64 // the clock, in Unix nanoseconds
	row  []byte // the attributes, as the value of their row
	keys []string
	sub  subUpdate
	box  []byte // what the record keeps about encryption
}

// A subUpdate is what else belongs into the update that makes the object.
type subUpdate interface {
	before(tx meta.Tx, p *put) error
}

func newPut(s *Service) *put {
	p := &put{}
	p.intake.init(s)
	p.fn = func(tx meta.Tx) error {
		p.own = p.write(tx)
		return p.own
	}
	return p
}

func (s *Service) borrowPut() *put { return s.puts.Get().(*put) }

// release gives the put back without what it borrowed.
func (p *put) release() {
	const keep = 16 << 10
	if cap(p.arena) > keep {
		p.arena = nil
	}
	p.tx, p.cond, p.own, p.sub = nil, nil, nil, nil
	p.hold.Release()
	p.hold = nil
	p.box, p.sealed, p.salt = nil, nil, nil
	p.rec = record{}
	p.live = record{}
	p.key, p.ref = "", ""
	p.s.puts.Put(p)
}

// PutObject stores an object. Content up to Limits.InlineBytes is one update; larger content is a blob, durable before its row.
func (s *Service) PutObject(ctx context.Context, in *PutObject) (*Object, error) {
	if err := s.checkPut(ctx, in); err != nil {
		return nil, err
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
	if err := p.receive(ctx, &in.Body, t); err != nil {
		return nil, err
	}
	p.box = box.row
	p.describe(&in.Headers, in.Tags, in.Lock)
	return p.commit(ctx, in.Bucket, in.Key, &in.Cond, in.Recheck, &in.Headers)
}

// checkPut refuses what can't be stored before the body is received.
func (s *Service) checkPut(ctx context.Context, in *PutObject) error {
	if err := metadata.Check(&in.Headers, in.Tags); err != nil {
		return err
	}
	if err := checkNewLock(in.Bucket, in.Lock); err != nil {
		return err
	}
	if !in.Cond.any() {
		return nil
	}
	return s.precheck(ctx, in.Bucket, in.Key, &in.Cond)
}

// precheck fails early where the conditions don't hold already now. The update decides again.
func (s *Service) precheck(ctx context.Context, b *Bucket, k ident.ObjectKey, c *Conditions) error {
	f := s.borrowFind()
	defer f.release()
	err := f.current(ctx, b, k)
	switch {
	case err == nil:
		return c.forWrite(k, &f.rec)
	case isNotFound(err):
		return c.forWrite(k, nil)
	}
	return err
}

func (b *Bucket) owner(k ident.ObjectKey) blob.Owner {
	return blob.Owner{Partition: string(b.partition()), Route: string(k)}
}

// describe fills the record from what was received and the attributes.
func (p *put) describe(h *Headers, tags map[string]string, l Lock) {
	p.rec = record{size: p.size, etag: p.digest[:], sumAlg: p.alg, sumType: checksum.FullObject, home: p.home, sum: p.check[:p.sumLen]}
	if p.home == homeBlob {
		p.rec.ref = []byte(p.ref)
	}
	p.rec.setSealing(p.box)
	p.attributes(h, tags, l)
}

func (p *put) attributes(h *Headers, tags map[string]string, l Lock) {
	p.rec.setLock(l)
	p.rec.setOwner(authz.ListOwner(h.ACL))
	p.rec.tags = len(tags)
	p.row = metadata.Append(append(p.row[:0], rowVersion), h, tags, &p.keys)
	p.setAttrs(p.row)
}

// setAttrs says where the attributes, given as the value of their row, are kept.
func (p *put) setAttrs(row []byte) {
	p.row = row
	p.rec.flags &^= flagAttrs
	p.rec.attrs, p.rec.attrsLen = nil, 0
	if len(row)-1 > attrsInline {
		p.rec.flags |= flagAttrs
		p.rec.attrsLen = len(row)
	} else if len(row) > 1 {
		p.rec.attrs = row[1:]
	}
}

// rechecked looks at who writes once more, where that is asked for.
func rechecked(recheck func() error) error {
	if recheck == nil {
		return nil
	}
	return recheck()
}

// commit makes the object in one update. Where that fails for certain the blob is removed; where the outcome is unknown the blob
// stays, and collection after the next start decides.
func (p *put) commit(ctx context.Context, b *Bucket, k ident.ObjectKey, c *Conditions, recheck func() error, h *Headers) (*Object, error) {
	s := p.s
	if err := rechecked(recheck); err != nil {
		p.abandon(ctx)
		return nil, err
	}
	now := s.cfg.Clock()
	p.rec.modified, p.time = now.UnixMilli(), uint64(now.UnixNano())
	p.key, p.cond, p.mode, p.own = k, c, b.Versioning, nil
	if err := s.updateHolding(ctx, p.hold, b, meta.Route(k), p.fn); err != nil {
		if !uncertain(err, p.own) {
			p.abandon(ctx)
		}
		return nil, err
	}
	if p.garbage {
		s.dirty.Mark(b.partition())
	}
	o := p.rec.object(k, b.Versioning != Unversioned)
	o.Latest, o.Headers = true, *h
	return &o, nil
}

// write is the update. It may run again.
func (p *put) write(tx meta.Tx) error {
	if err := p.begin(tx, p.key); err != nil {
		return err
	}
	if err := p.cond.forWrite(p.key, p.current()); err != nil {
		return err
	}
	if p.sub != nil {
		if err := p.sub.before(tx, p); err != nil {
			return err
		}
	}
	p.rec.seq = p.next(p.time)
	if p.rec.home == homeInline {
		if err := tx.Put(dataKey(p.key, p.rec.seq), p.data()); err != nil {
			return err
		}
	}
	if p.rec.is(flagAttrs) {
		if err := tx.Put(attrsKey(p.key, p.rec.seq), p.row); err != nil {
			return err
		}
	}
	return p.add(&p.rec, p.mode)
}
