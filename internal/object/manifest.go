package object

import (
	"context"
	"crypto/md5"
	"encoding/binary"
	"io"
	"sort"

	"coffer/internal/blob"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/object/running"
	"coffer/internal/seal"
)

// A manifestPart is one part of a completed object. Its slices alias the page.
type manifestPart struct {
	number int
	size   int64
	etag   []byte
	sum    []byte
	ref    []byte // empty for a part without content
	salt   []byte // of sealed content; nil: it is not sealed
}

// A page is some of a manifest's parts; start is where its first part begins in the object.
type page struct {
	start int64
	parts []manifestPart
}

func (p *page) encode(b []byte) []byte {
	version := byte(rowVersion)
	if len(p.parts) > 0 && p.parts[0].salt != nil {
		version = saltedVersion
	}
	b = append(b, version)
	b = appendInt(b, p.start)
	b = appendInt(b, int64(len(p.parts)))
	for i := range p.parts {
		m := &p.parts[i]
		b = appendInt(b, int64(m.number))
		b = appendInt(b, m.size)
		b = append(b, m.etag...)
		b = appendBytes(b, m.sum)
		b = appendBytes(b, m.ref)
		b = append(b, m.salt...)
	}
	return b
}

func (p *page) decode(value []byte) error {
	d, salted := decodeSalted(value)
	p.start = d.int()
	n := d.int()
	if n > pageParts {
		return badRow("manifest")
	}
	p.parts = make([]manifestPart, n)
	for i := range p.parts {
		p.parts[i] = manifestPart{number: int(d.int()), size: d.int(), etag: d.take(md5.Size), sum: d.bytes(), ref: d.bytes()}
		if salted {
			p.parts[i].salt = d.take(seal.SaltBytes)
		}
	}
	return d.end("manifest")
}

// A pageStart says where a page begins.
type pageStart struct {
	number int // of its first part
	start  int64
}

func encodeIndex(b []byte, starts []pageStart) []byte {
	b = append(b, rowVersion)
	b = appendInt(b, int64(len(starts)))
	for _, p := range starts {
		b = appendInt(b, int64(p.number))
		b = appendInt(b, p.start)
	}
	return b
}

func decodeIndex(value []byte) ([]pageStart, error) {
	d := decode(value)
	n := d.int()
	if n > maxParts/pageParts+1 {
		return nil, badRow("manifest")
	}
	starts := make([]pageStart, n)
	for i := range starts {
		starts[i] = pageStart{number: int(d.int()), start: d.int()}
	}
	return starts, d.end("manifest")
}

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
	page   page
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
	return m.page.decode(value)
}

// pick loads the last page for whose beginning the test holds; the first page's must.
func (m *manifest) pick(ctx context.Context, test func(pageStart) bool) error {
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
	starts, err := decodeIndex(value)
	if err != nil {
		return err
	}
	n := sort.Search(len(starts), func(i int) bool { return !test(starts[i]) })
	return m.load(ctx, max(0, n-1))
}

// byNumber finds a part by its number, and where it begins: InvalidPartNumber if there is none.
func (m *manifest) byNumber(ctx context.Context, number int) (manifestPart, int64, error) {
	if err := m.pick(ctx, func(p pageStart) bool { return p.number <= number }); err != nil {
		return manifestPart{}, 0, err
	}
	start := m.page.start
	for _, p := range m.page.parts {
		if p.number == number {
			return p, start, nil
		}
		start += p.size
	}
	return manifestPart{}, 0, invalidPartNumber()
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
	if err := r.pick(ctx, func(p pageStart) bool { return p.start <= offset }); err != nil {
		return err
	}
	at := r.page.start
	for r.next = range r.page.parts {
		size := r.page.parts[r.next].size
		if offset < at+size {
			r.skip = offset - at
			return r.open()
		}
		at += size
	}
	return badRow("manifest")
}

func (r *manifestReader) open() error {
	p := &r.page.parts[r.next]
	part, err := r.s.openRun(r.ctx, blob.Ref(p.ref), p.size, r.secret, p.salt, p.number)
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
		if r.next == len(r.page.parts) {
			if r.at+1 == r.pages {
				return badRow("manifest")
			}
			if err := r.load(r.ctx, r.at+1); err != nil {
				return err
			}
			r.next = 0
		}
		if r.page.parts[r.next].size > 0 {
			return r.open()
		}
	}
}

func (r *manifestReader) WriteTo(w io.Writer) (int64, error) {
	buf := r.s.buffer()
	defer r.s.buffers.Put(buf)
	var done int64
	for r.left > 0 {
		n := min(r.left, r.page.parts[r.next].size-r.skip)
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
