package object

import (
	"context"

	"coffer/internal/checksum"
	"coffer/internal/errs"
	"coffer/internal/object/metadata"
)

// GetObject opens a version for reading. Where the error is a precondition, a range that can't be satisfied or a delete marker, the
// content returned with it describes the object (or the marker), has no reader and needs no Close.
func (s *Service) GetObject(ctx context.Context, in *Get) (*Content, error) {
	return s.get(ctx, in, true)
}

// HeadObject is GetObject without a reader.
func (s *Service) HeadObject(ctx context.Context, in *Get) (*Content, error) {
	return s.get(ctx, in, false)
}

func (s *Service) get(ctx context.Context, in *Get, open bool) (*Content, error) {
	f := s.borrowFind()
	defer f.release()
	want := wantAttrs
	if open {
		want |= wantData
	}
	for range maxRaces {
		o := &opened{}
		err := f.version(ctx, in.Bucket, in.Key, in.Version, want)
		if err != nil {
			return f.unopened(in, err)
		}
		err = s.open(ctx, in, f, o, open)
		if err == errMoved {
			continue
		}
		if err != nil {
			if k := errs.KindOf(err); k != errs.Precondition && errs.CodeOf(err) != "InvalidRange" && errs.CodeOf(err) != "InvalidPartNumber" {
				return nil, err
			}
			o.reader = noContent{}
		}
		return &o.Content, err
	}
	return nil, raced("object.Get")
}

// unopened describes a delete marker that was met; any other failure has nothing to describe.
func (f *find) unopened(in *Get, err error) (*Content, error) {
	if !f.rec.is(flagMarker) {
		return nil, err
	}
	return &Content{Object: f.rec.object(in.Key, true), reader: noContent{}}, err
}

// open fills o from what f found.
func (s *Service) open(ctx context.Context, in *Get, f *find, o *opened, reader bool) error {
	o.Object = f.rec.object(in.Key, in.Bucket.Versioning != Unversioned)
	o.Latest = in.Version == ""
	o.reader = noContent{}
	var err error
	if o.Headers, o.tags, err = metadata.Decode(f.attrs); err != nil {
		return err
	}
	if in.Guard != nil {
		if err := in.Guard.MayRead(&o.Object); err != nil {
			return err
		}
	}
	if err := s.unlock(in, f, reader); err != nil {
		return err
	}
	if err := in.Cond.forRead(&f.rec); err != nil {
		return err
	}
	o.Length = f.rec.size
	switch {
	case in.Part != 0:
		if err := s.selectPart(ctx, in, f, o); err != nil {
			return err
		}
	case in.Range != nil:
		if o.Start, o.Length, err = in.Range.Of(f.rec.size); err != nil {
			return err
		}
	}
	if !reader || o.Length == 0 {
		return nil
	}
	return s.openReader(ctx, in, f, o)
}

// Of returns which bytes of an object of the given size the range means: errs.Invalid with code InvalidRange if none.
func (r *Range) Of(size int64) (start, length int64, err error) {
	switch {
	case r.Suffix && size == 0 && r.Length > 0: // satisfied by nothing: RFC 9110, 14.1.2
		return 0, 0, nil
	case r.Suffix:
		start = max(0, size-r.Length)
		length = size - start
	case r.Length < 0:
		start, length = r.Start, size-r.Start
	default:
		start, length = r.Start, min(r.Length, size-r.Start)
	}
	if start < 0 || length <= 0 {
		return 0, 0, errs.New(errs.Invalid, "InvalidRange", "The requested range is not satisfiable")
	}
	return start, length, nil
}

// selectPart restricts o to one part, whose own checksum then stands for the object's.
func (s *Service) selectPart(ctx context.Context, in *Get, f *find, o *opened) error {
	if f.rec.parts == 0 {
		if in.Part != 1 {
			return invalidPartNumber()
		}
		o.PartSize = f.rec.size
		return nil
	}
	m := manifest{s: s, bucket: in.Bucket, key: in.Key, id: string(f.rec.ref), pages: f.rec.pages}
	part, start, err := m.byNumber(ctx, in.Part)
	if err != nil {
		return err
	}
	o.Start, o.Length, o.PartSize = start, part.Size, part.Size
	o.Sum = checksum.Sum{}
	if f.rec.sumAlg != checksum.None && len(part.Sum) > 0 {
		o.Sum = checksum.Sum{Algorithm: f.rec.sumAlg, Type: f.rec.sumType, Raw: string(part.Sum)}
	}
	return nil
}

func invalidPartNumber() *errs.Error {
	return errs.New(errs.Invalid, "InvalidPartNumber", "The requested partnumber is not satisfiable")
}
