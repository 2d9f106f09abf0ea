package object

import (
	"context"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// DeleteObject deletes an object or one version; an absent one is fine. In a versioned bucket a delete without a version makes a
// delete marker. errs.Denied with code AccessDenied for a version that a lock keeps.
func (s *Service) DeleteObject(ctx context.Context, in *DeleteObject) (Deleted, error) {
	d := deletion{s: s, in: in}
	if in.Version != "" {
		return d.version(ctx)
	}
	now := s.cfg.Clock()
	d.time, d.modified = uint64(now.UnixNano()), now.UnixMilli()
	err := d.run(ctx, d.current)
	return d.out, err
}

// A deletion is a delete under way.
type deletion struct {
	s    *Service
	in   *DeleteObject
	c    change
	out  Deleted
	step func() error

	time     uint64
	modified int64

	// Of the look before the update of a version's removal.
	seq       uint64
	successor uint64
	seen      uint64 // the head's count of changes
	hasHead   bool
}

func (d *deletion) run(ctx context.Context, step func() error) error {
	err := d.s.update(ctx, d.in.Bucket, meta.Route(d.in.Key), func(tx meta.Tx) error {
		d.out = Deleted{}
		if err := d.c.begin(tx, d.in.Key); err != nil {
			return err
		}
		return step()
	})
	if err == nil && d.c.garbage {
		d.s.dirty.Mark(d.in.Bucket.partition())
	}
	return err
}

// current deletes without a version.
func (d *deletion) current() error {
	if err := d.in.Cond.forDelete(d.in.Key, d.c.current()); err != nil {
		return err
	}
	if d.in.Bucket.Versioning == Unversioned && !d.c.hasHead {
		if !d.c.hasLive {
			return nil
		}
		return d.c.removeLive()
	}
	marker := record{flags: flagMarker, seq: d.c.next(d.time), modified: d.modified}
	marker.setOwner(d.in.Owner)
	if err := d.c.add(&marker, d.in.Bucket.Versioning); err != nil {
		return err
	}
	d.out = Deleted{Version: marker.version(), DeleteMarker: true}
	return nil
}

// version deletes one version. What becomes the newest is looked up first; the update makes sure that nothing changed since.
func (d *deletion) version(ctx context.Context) (Deleted, error) {
	for range maxRaces {
		found, err := d.look(ctx)
		if err != nil {
			return Deleted{}, err
		}
		if !found {
			return Deleted{Version: d.in.Version}, nil
		}
		err = d.run(ctx, d.remove)
		if err != errMoved {
			return d.out, err
		}
	}
	return Deleted{}, raced("object.DeleteObject")
}

// look finds the version's sequence, and its successor if it is the newest.
func (d *deletion) look(ctx context.Context) (bool, error) {
	key, id := d.in.Key, d.in.Version
	var want uint64
	if id != ident.NullVersion {
		var err error
		if want, err = id.Sequence(); err != nil {
			if isNotFound(err) {
				err = nil // what is no version is deleted already
			}
			return false, err
		}
	}
	d.hasHead, d.successor, d.seq = false, 0, 0
	found := false
	err := d.s.view(ctx, d.in.Bucket, func(r meta.Reader) error {
		var h head
		value, err := r.Get(headKey(key))
		if isNotFound(err) {
			// A key that was never versioned has no version but its object.
			found = id == ident.NullVersion
			return nil
		}
		if err != nil {
			return err
		}
		if err := h.decode(value); err != nil {
			return err
		}
		if id == ident.NullVersion {
			want = h.null
		} else if want == h.null {
			return nil
		}
		if want == 0 {
			return nil
		}
		found, d.hasHead, d.seq, d.seen = true, true, want, h.change
		if want != h.newest {
			return nil
		}
		route := meta.Route(key)
		_, err = r.Scan(kindVer, meta.After(route, sequenceTail(^want)), meta.AfterRoute(route), meta.Budget{}, func(_, _, value []byte) ([]byte, error) {
			var next record
			if d := next.listed(value); d.Fail {
				return nil, badRow("version")
			}
			d.successor = next.seq
			return nil, meta.Stop
		})
		return err
	})
	return found, err
}

// remove is the update that removes the version that look found.
func (d *deletion) remove() error {
	c := &d.c
	if c.hasHead != d.hasHead || c.hasHead && c.head.change != d.seen {
		return errMoved
	}
	if !c.hasHead {
		if !c.hasLive {
			d.out = Deleted{Version: d.in.Version}
			return nil
		}
		if err := d.allowed(&c.live); err != nil {
			return err
		}
		d.out = Deleted{Version: ident.NullVersion}
		return c.removeLive()
	}
	value, err := c.tx.Get(verKey(d.in.Key, d.seq))
	if isNotFound(err) {
		d.out = Deleted{Version: d.in.Version}
		return nil
	}
	if err != nil {
		return err
	}
	var r record
	if err := r.decode(value); err != nil {
		return err
	}
	if err := d.allowed(&r); err != nil {
		return err
	}
	d.out = Deleted{Version: r.version(), DeleteMarker: r.is(flagMarker)}
	return c.remove(&r, d.successor)
}

// allowed decides by the conditions and the version's lock.
func (d *deletion) allowed(r *record) error {
	if err := d.in.Cond.forDelete(d.in.Key, r); err != nil {
		return err
	}
	if r.is(flagLock) && r.lockOf().held(d.s.cfg.Clock(), d.in.BypassGovernance) {
		return errs.New(errs.Denied, "AccessDenied", "Access Denied because object protected by object lock.").On(errs.Subject(d.in.Key))
	}
	return nil
}
