package object

import (
	"context"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/object/metadata"
)

// Tags returns a version's tags.
func (s *Service) Tags(ctx context.Context, in *VersionRef) (map[string]string, ident.VersionID, error) {
	f := s.borrowFind()
	defer f.release()
	if err := f.version(ctx, in.Bucket, in.Key, in.Version, wantAttrs); err != nil {
		return nil, "", err
	}
	_, tags, err := metadata.Decode(f.attrs)
	return tags, f.rec.shown(in.Bucket), err
}

// shown is the version id that a client of the bucket sees.
func (r *record) shown(b *Bucket) ident.VersionID {
	if b.Versioning == Unversioned {
		return ""
	}
	return r.version()
}

// SetTags replaces a version's tags.
func (s *Service) SetTags(ctx context.Context, in *VersionRef, tags map[string]string) (ident.VersionID, error) {
	if err := metadata.CheckTags(tags); err != nil {
		return "", err
	}
	return s.amend(ctx, in, func(a *amendment) error {
		headers, _, err := a.attrs(in.Key)
		if err != nil {
			return err
		}
		return a.setHeaders(in.Key, &headers, tags)
	})
}

// SetLock changes legal hold or retention of a version. Retention may be prolonged by anyone; shortened, or put under the other mode, only
// in governance mode with the right to bypass it.
func (s *Service) SetLock(ctx context.Context, in *SetLock) (ident.VersionID, error) {
	if !in.Bucket.Lock {
		return "", invalidRequest("Bucket is missing Object Lock Configuration")
	}
	now := s.cfg.Clock()
	return s.amend(ctx, &in.VersionRef, func(a *amendment) error {
		l := a.rec.lockOf()
		if in.Hold != nil {
			l.LegalHold, l.HoldOff = *in.Hold, !*in.Hold
		}
		if in.Retention != nil {
			want := Lock{Mode: in.Retention.Mode, Until: in.Retention.Until.Truncate(time.Second).UTC()}
			if err := mayRetain(l, want, now, in.BypassGovernance); err != nil {
				return err
			}
			l.Mode, l.Until = want.Mode, want.Until
			if l.Mode == NoLock {
				l.Until = time.Time{}
			}
		}
		a.rec.setLock(l)
		return nil
	})
}

// mayRetain decides whether a retention may be put in the place of another.
func mayRetain(has, want Lock, now time.Time, bypass bool) error {
	if has.Mode == NoLock || !now.Before(has.Until) {
		return nil
	}
	if prolongs := want.Mode == has.Mode && !want.Until.Before(has.Until); prolongs || has.Mode == Governance && bypass {
		return nil
	}
	return errs.New(errs.Denied, "AccessDenied", "Access Denied because object protected by object lock.")
}

// An amendment is a change of a version's record under way.
type amendment struct {
	c   change
	rec record
}

// attrs reads the version's headers and tags.
func (a *amendment) attrs(k ident.ObjectKey) (Headers, map[string]string, error) {
	attrs := a.rec.attrs
	if a.rec.is(flagAttrs) {
		value, err := a.c.tx.Get(attrsKey(k, a.rec.seq))
		if err == nil {
			attrs, err = attrsOfRow(value)
		}
		if err != nil {
			return Headers{}, nil, err
		}
	}
	return metadata.Decode(attrs)
}

func (a *amendment) setHeaders(k ident.ObjectKey, h *Headers, tags map[string]string) error {
	var names []string
	return a.setAttrs(k, metadata.Append([]byte{rowVersion}, h, tags, &names), len(tags))
}

func (a *amendment) setAttrs(k ident.ObjectKey, row []byte, tags int) error {
	had := a.rec.is(flagAttrs)
	p := put{rec: a.rec}
	p.setAttrs(row)
	a.rec = p.rec
	a.rec.tags = tags
	if a.rec.is(flagAttrs) {
		return a.c.tx.Put(attrsKey(k, a.rec.seq), row)
	}
	if had {
		return a.c.tx.Delete(attrsKey(k, a.rec.seq))
	}
	return nil
}

// amend changes the record of an existing version and returns its id.
func (s *Service) amend(ctx context.Context, in *VersionRef, fn func(*amendment) error) (ident.VersionID, error) {
	seq, err := sequenceOf(in.Version, in.Key)
	if err != nil {
		return "", err
	}
	var a amendment
	err = s.update(ctx, in.Bucket, meta.Route(in.Key), func(tx meta.Tx) error {
		if err := a.c.begin(tx, in.Key); err != nil {
			return err
		}
		if err := a.pick(in, seq); err != nil {
			return err
		}
		if err := fn(&a); err != nil {
			return err
		}
		return a.c.rewrite(&a.rec)
	})
	return a.rec.shown(in.Bucket), err
}

// pick reads the version's record.
func (a *amendment) pick(in *VersionRef, seq uint64) error {
	c := &a.c
	null := in.Version == ident.NullVersion
	switch {
	case in.Version == "" && !c.hasLive && c.hasHead && c.head.marker:
		return hidden(in.Key)
	case in.Version == "" && !c.hasLive, null && !c.hasHead && !c.hasLive:
		return noSuchKey(in.Key)
	case in.Version == "", null && !c.hasHead:
		a.rec = c.live
		return nil
	case !c.hasHead:
		return noSuchVersion(in.Key)
	case null:
		seq = c.head.null
	case seq == c.head.null:
		return noSuchVersion(in.Key)
	}
	value, err := c.tx.Get(verKey(in.Key, seq))
	if isNotFound(err) {
		return noSuchVersion(in.Key)
	} else if err != nil {
		return err
	}
	if err := a.rec.decode(value); err != nil {
		return err
	}
	if a.rec.is(flagMarker) {
		return isMarker(in.Key)
	}
	return nil
}
