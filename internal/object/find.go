package object

import (
	"context"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// A find is a look at one version under way. It is pooled. Its record aliases rows that are its own.
type find struct {
	s     *Service
	look  func(meta.Reader) error // run, bound once
	key   ident.ObjectKey
	id    ident.VersionID
	seq   uint64 // that id encodes
	want  wanted
	rec   record
	attrs []byte  // encoded
	buf   *[]byte // holds the row of inline content; whoever takes it over gives it back to s.rows. nil: not borrowed yet
	data  []byte  // inline content, as stored, in buf
	// secret is the data key that the content is sealed under; nil: it is not.
	secret []byte
}

// wanted says what else than the version's row is read.
type wanted byte

const (
	wantAttrs wanted = 1 << iota
	wantData
)

func newFind(s *Service) *find {
	f := &find{s: s}
	f.look = f.run
	return f
}

func (s *Service) borrowFind() *find { return s.finds.Get().(*find) }

func (f *find) release() {
	f.rec, f.attrs, f.data, f.key, f.id, f.secret = record{}, nil, nil, "", "", nil
	f.s.finds.Put(f)
}

// sequenceOf is the sequence number of a version that a client names by one, and else 0.
func sequenceOf(id ident.VersionID, k ident.ObjectKey) (uint64, error) {
	if id == "" || id == ident.NullVersion {
		return 0, nil
	}
	seq, err := id.Sequence()
	if isNotFound(err) {
		return 0, noSuchVersion(k)
	}
	return seq, err
}

// current looks at the current object alone: NoSuchKey if there is none.
func (f *find) current(ctx context.Context, b *Bucket, k ident.ObjectKey) error {
	return f.version(ctx, b, k, "", 0)
}

// version looks at a version, "" being the current one. Where there is none it gives NoSuchKey or NoSuchVersion; f.rec is then the
// current delete marker, if that is why. A marker that was asked for by its id gives MethodNotAllowed.
func (f *find) version(ctx context.Context, b *Bucket, k ident.ObjectKey, id ident.VersionID, w wanted) error {
	f.key, f.id, f.want = k, id, w
	var err error
	if f.seq, err = sequenceOf(id, k); err != nil {
		return err
	}
	for range maxRaces {
		f.rec, f.attrs, f.data = record{}, nil, nil
		err = f.s.view(ctx, b, f.look)
		if err != errMoved {
			return f.refine(ctx, b, err)
		}
	}
	return raced("object.find")
}

// refine tells a marker from an absent key.
func (f *find) refine(ctx context.Context, b *Bucket, err error) error {
	if err == nil && f.rec.is(flagMarker) {
		return isMarker(f.key)
	}
	if f.id == "" && isNotFound(err) && b.Versioning != Unversioned {
		if ferr := f.marker(ctx, b); ferr != nil && !isNotFound(ferr) {
			return ferr
		}
		if f.rec.is(flagMarker) {
			return hidden(f.key)
		}
	}
	return err
}

// marker reads which delete marker hides the key, if one does.
func (f *find) marker(ctx context.Context, b *Bucket) error {
	return f.s.view(ctx, b, func(r meta.Reader) error {
		var h head
		value, err := r.Get(headKey(f.key))
		if err != nil {
			return err
		}
		if err := h.decode(value); err != nil || !h.marker {
			return err
		}
		value, err = r.Get(verKey(f.key, h.newest))
		if err != nil {
			return err
		}
		return f.rec.decode(value)
	})
}

// errMoved says that a row named another that had gone meanwhile: the key changed between two reads.
var errMoved = errs.New(errs.Conflict, "", "the key changed between two reads")

// run reads the version's row and what else is wanted.
func (f *find) run(r meta.Reader) error {
	value, err := f.row(r)
	if err != nil {
		return err
	}
	if err := f.rec.decode(value); err != nil {
		return err
	}
	if f.id != "" && f.id != ident.NullVersion && f.rec.is(flagNull) {
		return noSuchVersion(f.key)
	}
	if f.want&wantAttrs != 0 {
		f.attrs = f.rec.attrs
		if f.rec.is(flagAttrs) {
			value, err := r.Get(attrsKey(f.key, f.rec.seq))
			if err != nil {
				return moved(err)
			}
			if f.attrs, err = attrsOfRow(value); err != nil {
				return err
			}
		}
	}
	if f.want&wantData != 0 && f.rec.home == homeInline {
		if f.buf == nil {
			f.buf = f.s.rows.Get().(*[]byte)
		}
		value, err := r.Append((*f.buf)[:0], dataKey(f.key, f.rec.seq))
		if err != nil {
			return moved(err)
		}
		*f.buf = value
		if len(value) == 0 || value[0] != rowVersion || int64(len(value)-1) != storedSize(f.rec.size, f.rec.is(flagSealed)) {
			return badRow("content")
		}
		f.data = value[1:]
	}
	return nil
}

func moved(err error) error {
	if isNotFound(err) {
		return errMoved
	}
	return err
}

// row reads the version's row.
func (f *find) row(r meta.Reader) ([]byte, error) {
	switch f.id {
	case "":
		value, err := r.Get(liveKey(f.key))
		if isNotFound(err) {
			return nil, noSuchKey(f.key)
		}
		return value, err
	case ident.NullVersion:
		return f.nullRow(r)
	}
	value, err := r.Get(verKey(f.key, f.seq))
	if isNotFound(err) {
		return nil, noSuchVersion(f.key)
	}
	return value, err
}

// nullRow reads the null version, which is the live row of a key that was never versioned.
func (f *find) nullRow(r meta.Reader) ([]byte, error) {
	value, err := r.Get(liveKey(f.key))
	switch {
	case err == nil:
		var live record
		if err := live.decode(value); err != nil {
			return nil, err
		}
		if live.is(flagNull) {
			return value, nil
		}
	case !isNotFound(err):
		return nil, err
	}
	value, err = r.Get(headKey(f.key))
	if isNotFound(err) {
		return nil, noSuchVersion(f.key)
	}
	if err != nil {
		return nil, err
	}
	var h head
	if err := h.decode(value); err != nil {
		return nil, err
	}
	if h.null == 0 {
		return nil, noSuchVersion(f.key)
	}
	value, err = r.Get(verKey(f.key, h.null))
	return value, moved(err)
}
