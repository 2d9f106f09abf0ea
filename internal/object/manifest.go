package object

import (
	"context"
	"encoding/binary"
	"io"
	"sort"

	"coffer/internal/blob"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/object/pages"
	"coffer/internal/object/running"
)

func pageKey(k ident.ObjectKey, id string, page int) meta.Key {
	return meta.Key{Kind: kindPage, Route: meta.Route(k), Tail: numberTail(id, page)}
}

func indexKey(k ident.ObjectKey, id string) meta.Key {
	return meta.Key{Kind: kindIndex, Route: meta.Route(k), Tail: id}
}

// numberTail is the tail of a row that belongs to an upload and has a number.
func numberTail(id string, number int) string {
	var b [uploadIDBytes + 2]byte
	copy(b[:], id)
	binary.BigEndian.PutUint16(b[uploadIDBytes:], uint16(number))
	return string(b[:])
}

// pageKeys lists the rows of a manifest of that many pages.
func pageKeys(k ident.ObjectKey, id string, pages int) []meta.Key {
	keys := make([]meta.Key, 0, pages+1)
	for n := range pages {
		keys = append(keys, pageKey(k, id, n))
	}
	if pages > 1 {
		keys = append(keys, indexKey(k, id))
	}
	return keys
}

// A manifest finds parts of a completed object. It holds one page at a time.
type manifest struct {
	s      *Service
	bucket *Bucket
	key    ident.ObjectKey
	id     string
	pages  int
	page   pages.Page
	at     int // which page is held
}

// load reads page n: errMoved if the manifest is gone.
func (m *manifest) load(ctx context.Context, n int) error {
	var value []byte
	err := m.s.view(ctx, m.bucket, func(r meta.Reader) (err error) {
		value, err = r.Get(pageKey(m.key, m.id, n))
		return moved(err)
	})
	if err != nil {
		return err
	}
	m.at = n
	return m.page.Decode(value)
}

// pick loads the last page for whose beginning the test holds; the first page's must.
func (m *manifest) pick(ctx context.Context, test func(pages.Start) bool) error {
	if m.pages == 1 {
		return m.load(ctx, 0)
	}
	var value []byte
	err := m.s.view(ctx, m.bucket, func(r meta.Reader) (err error) {
		value, err = r.Get(indexKey(m.key, m.id))
		return moved(err)
	})
	if err != nil {
		return err
	}
	starts, err := pages.DecodeIndex(value)
	if err != nil {
		return err
	}
	n := sort.Search(len(starts), func(i int) bool { return !test(starts[i]) })
	return m.load(ctx, max(0, n-1))
}

// byNumber finds a part by its number, and where it begins: InvalidPartNumber if there is none.
func (m *manifest) byNumber(ctx context.Context, number int) (pages.Part, int64, error) {
	if err := m.pick(ctx, func(p pages.Start) bool { return p.Number <= number }); err != nil {
		return pages.Part{}, 0, err
	}
	start := m.page.Start
	for _, p := range m.page.Parts {
		if p.Number == number {
			return p, start, nil
		}
		start += p.Size
	}
	return pages.Part{}, 0, invalidPartNumber()
}

// openManifest opens a range of an object made of parts. The manifest is pinned before its row is read again, so that collection
// either sees the pin or has not begun.
func (s *Service) openManifest(ctx context.Context, in *Get, f *find, o *opened) error {
	id, pages, seq := string(f.rec.ref), f.rec.pages, f.rec.seq
	pin := running.At(in.Bucket.partition(), id)
	s.pins.Take(pin)
	r := &manifestReader{ctx: ctx, pin: pin, left: o.Length, secret: f.secret,
		manifest: manifest{s: s, bucket: in.Bucket, key: in.Key, id: id, pages: pages}}
	err := f.version(ctx, in.Bucket, in.Key, in.Version, wantAttrs|wantData)
	switch {
	case err == nil && (f.rec.home != homeManifest || string(f.rec.ref) != id || f.rec.seq != seq), isNotFound(err):
		err = errMoved
	case err == nil:
		err = r.seek(ctx, o.Start)
	}
	if err != nil {
		r.Close()
		return err
	}
	o.reader = r
	return nil
}

// A manifestReader gives a range of an object made of parts, opening them one after the other.
type manifestReader struct {
	manifest
	ctx  context.Context
	pin  running.Key
	next int   // the part of the page that is open
	part run   // its content; without a reader before it is opened
	skip int64 // bytes of the part before the range
	left int64 // bytes still to give

	secret []byte // the data key that the parts are sealed under; nil: they are not
}

// seek finds the part at an offset of the object and opens it.
func (r *manifestReader) seek(ctx context.Context, offset int64) error {
	if err := r.pick(ctx, func(p pages.Start) bool { return p.Start <= offset }); err != nil {
		return err
	}
	at := r.page.Start
	for r.next = range r.page.Parts {
		size := r.page.Parts[r.next].Size
		if offset < at+size {
			r.skip = offset - at
			return r.open()
		}
		at += size
	}
	return badRow("manifest")
}

func (r *manifestReader) open() error {
	p := &r.page.Parts[r.next]
	part, err := r.s.openRun(r.ctx, blob.Ref(p.Ref), p.Size, r.secret, p.Salt, p.Number)
	if err != nil {
		return err
	}
	r.part = part
	return nil
}

// advance closes the part that is open and opens the next that has content.
func (r *manifestReader) advance() error {
	err := r.part.r.Close()
	r.part.r, r.skip = nil, 0
	if err != nil {
		return err
	}
	for {
		r.next++
		if r.next == len(r.page.Parts) {
			if r.at+1 == r.pages {
				return badRow("manifest")
			}
			if err := r.load(r.ctx, r.at+1); err != nil {
				return err
			}
			r.next = 0
		}
		if r.page.Parts[r.next].Size > 0 {
			return r.open()
		}
	}
}

func (r *manifestReader) WriteTo(w io.Writer) (int64, error) {
	buf := r.s.buffer()
	defer r.s.buffers.Put(buf)
	var done int64
	for r.left > 0 {
		n := min(r.left, r.page.Parts[r.next].Size-r.skip)
		m, err := r.part.copy(r.ctx, w, r.skip, n, *buf)
		done, r.left = done+m, r.left-m
		if err != nil {
			return done, err
		}
		if r.left > 0 {
			if err := r.advance(); err != nil {
				return done, err
			}
		}
	}
	return done, nil
}

// Close lets go of the part that is open and of the pin.
func (r *manifestReader) Close() error {
	var err error
	if r.part.r != nil {
		err = r.part.r.Close()
		r.part.r = nil
	}
	if r.s.pins.Drop(r.pin) {
		r.s.dirty.Mark(r.pin.Partition)
	}
	return err
}
