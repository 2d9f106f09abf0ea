package object

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"time"

	"coffer/internal/checksum"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// A record is a version of an object or a delete marker, as rows of the kinds live and ver hold it. What a listing needs comes
// first. Its slices alias the row they were read from.
type record struct {
	flags    recordFlags
	seq      uint64 // place among the key's versions; rises
	modified int64  // Unix milliseconds
	owner    []byte // who wrote it, where that is not the bucket's owner; flagOwned
	size     int64
	etag     []byte // MD5, of the content or of the parts' sums
	parts    int    // 0: not made by an upload
	sumAlg   checksum.Algorithm
	sumType  checksum.Type

	home     home
	ref      []byte // homeBlob: the blob; homeManifest: the upload id
	pages    int    // homeManifest
	sum      []byte
	lock     LockMode
	hold     holdState
	until    int64  // Unix seconds, of lock
	sealing  []byte // how the content is sealed; flagSealed
	tags     int
	attrs    []byte // encoded, unless flagAttrs
	attrsLen int    // with flagAttrs: length of the row's value
}

type recordFlags byte

const (
	flagNull      recordFlags = 1 << iota // the null version
	flagMarker                            // a delete marker
	flagVersioned                         // a live row only: the key has a head and its versions in ver
	flagAttrs                             // the attributes are in a row of their own
	flagLock                              // a lock was set on the version
	flagSealed                            // the content is sealed
	flagOwned                             // somebody else than the bucket's owner wrote it
)

// holdState is a version's legal hold.
type holdState byte

const (
	holdNever holdState = iota // none was ever set
	holdOn
	holdOff
)

// home says where the content is.
type home byte

const (
	homeNone     home = iota // no content
	homeInline               // row of kind data
	homeBlob                 // one blob
	homeManifest             // pages of parts
)

func (r *record) is(f recordFlags) bool { return r.flags&f != 0 }

// encode appends the row's value.
func (r *record) encode(b []byte) []byte {
	b = append(b, rowVersion, byte(r.flags))
	b = binary.BigEndian.AppendUint64(b, r.seq)
	b = appendInt(b, r.modified)
	if r.is(flagOwned) {
		b = appendBytes(b, r.owner)
	}
	if r.is(flagMarker) {
		return b
	}
	b = appendInt(b, r.size)
	b = appendBytes(b, r.etag)
	b = appendInt(b, int64(r.parts))
	b = append(b, byte(r.sumAlg), byte(r.sumType))
	b = append(b, byte(r.home))
	switch r.home {
	case homeBlob:
		b = appendBytes(b, r.ref)
	case homeManifest:
		b = append(b, r.ref...)
		b = appendInt(b, int64(r.pages))
	}
	b = appendBytes(b, r.sum)
	if r.is(flagLock) {
		b = append(b, byte(r.lock), byte(r.hold))
		b = appendInt(b, r.until)
	}
	if r.is(flagSealed) {
		b = appendBytes(b, r.sealing)
	}
	b = appendInt(b, int64(r.tags))
	if r.is(flagAttrs) {
		return appendInt(b, int64(r.attrsLen))
	}
	return appendBytes(b, r.attrs)
}

// listed reads what a listing needs of a row's value.
func (r *record) listed(value []byte) decoder {
	d := decode(value)
	r.flags = recordFlags(d.byte())
	r.seq = d.uint64()
	r.modified = d.int()
	r.owner = nil
	if r.is(flagOwned) {
		r.owner = d.bytes()
	}
	if r.is(flagMarker) {
		r.size, r.etag, r.parts, r.sumAlg, r.sumType = 0, nil, 0, 0, 0
		return d
	}
	r.size = d.int()
	r.etag = d.bytes()
	r.parts = int(d.int())
	r.sumAlg = checksum.Algorithm(d.byte())
	r.sumType = checksum.Type(d.byte())
	return d
}

// decode reads a row's value whole.
func (r *record) decode(value []byte) error {
	*r = record{}
	d := r.listed(value)
	if r.is(flagMarker) {
		return d.end("version")
	}
	r.home = home(d.byte())
	switch r.home {
	case homeNone, homeInline:
	case homeBlob:
		r.ref = d.bytes()
	case homeManifest:
		r.ref = d.take(uploadIDBytes)
		r.pages = int(d.int())
	default:
		d.Fail = true
	}
	r.sum = d.bytes()
	if r.is(flagLock) {
		r.lock = LockMode(d.byte())
		r.hold = holdState(d.byte())
		r.until = d.int()
	}
	if r.is(flagSealed) {
		r.sealing = d.bytes()
	}
	r.tags = int(d.int())
	if r.is(flagAttrs) {
		r.attrsLen = int(d.int())
	} else {
		r.attrs = d.bytes()
	}
	return d.end("version")
}

// version returns the version's id.
func (r *record) version() ident.VersionID {
	if r.is(flagNull) {
		return ident.NullVersion
	}
	return ident.VersionOf(r.seq)
}

// setLock puts a lock into the record.
func (r *record) setLock(l Lock) {
	if l == (Lock{}) {
		r.flags &^= flagLock
		r.lock, r.hold, r.until = NoLock, holdNever, 0
		return
	}
	r.flags |= flagLock
	r.lock, r.hold, r.until = l.Mode, holdNever, 0
	if l.HoldOff {
		r.hold = holdOff
	}
	if l.LegalHold {
		r.hold = holdOn
	}
	if l.Mode != NoLock {
		r.until = l.Until.Unix()
	}
}

// setOwner says who wrote the version; "" for the bucket's owner.
func (r *record) setOwner(id string) {
	r.flags &^= flagOwned
	r.owner = nil
	if id != "" {
		r.flags |= flagOwned
		r.owner = []byte(id)
	}
}

// setSealing puts what is kept about encryption into the record.
func (r *record) setSealing(value []byte) {
	r.sealing = value
	r.flags &^= flagSealed
	if len(value) > 0 {
		r.flags |= flagSealed
	}
}

func (r *record) lockOf() Lock {
	l := Lock{Mode: r.lock, LegalHold: r.hold == holdOn, HoldOff: r.hold == holdOff}
	if r.lock != NoLock {
		l.Until = time.Unix(r.until, 0).UTC()
	}
	return l
}

// object makes the public form, without headers. versioned: the version's id is given too.
func (r *record) object(key ident.ObjectKey, versioned bool) Object {
	o := Object{Key: key, DeleteMarker: r.is(flagMarker), Size: r.size, ETag: etagString(r.etag, r.parts),
		Modified: time.UnixMilli(r.modified).UTC(), PartCount: r.parts, TagCount: r.tags, Lock: r.lockOf(), Encryption: encryption(r.sealing)}
	if versioned {
		o.Version = r.version()
	}
	if len(r.sum) > 0 {
		o.Sum = checksum.Sum{Algorithm: r.sumAlg, Type: r.sumType, Raw: string(r.sum)}
		if r.sumType == checksum.Composite {
			o.Sum.Parts = r.parts
		}
	}
	return o
}

// appendETag appends an ETag without quotes: hexadecimal digits, and a dash with the number of parts of an upload.
func appendETag(b, sum []byte, parts int) []byte {
	b = hex.AppendEncode(b, sum)
	if parts > 0 {
		b = append(b, '-')
		b = strconv.AppendInt(b, int64(parts), 10)
	}
	return b
}

func etagString(sum []byte, parts int) string {
	var buf [48]byte
	return string(appendETag(buf[:0], sum, parts))
}

// A head is the guard of a key that was ever versioned: every change of the key rewrites it.
type head struct {
	marker bool   // the current version is a delete marker
	newest uint64 // sequence of the current version
	last   uint64 // the highest sequence ever given
	null   uint64 // sequence of the null version, 0 if there is none
	change uint64 // counts the changes
}

func (h *head) encode(b []byte) []byte {
	marker := byte(0)
	if h.marker {
		marker = 1
	}
	b = append(b, rowVersion, marker)
	b = binary.BigEndian.AppendUint64(b, h.newest)
	b = binary.BigEndian.AppendUint64(b, h.last)
	b = binary.BigEndian.AppendUint64(b, h.null)
	return binary.AppendUvarint(b, h.change)
}

func (h *head) decode(value []byte) error {
	d := decode(value)
	*h = head{marker: d.byte() == 1, newest: d.uint64(), last: d.uint64(), null: d.uint64(), change: d.uvarint()}
	return d.end("key")
}

// Keys of the rows of an object key.

func liveKey(k ident.ObjectKey) meta.Key { return meta.Key{Kind: kindLive, Route: meta.Route(k)} }
func headKey(k ident.ObjectKey) meta.Key { return meta.Key{Kind: kindHead, Route: meta.Route(k)} }

func verKey(k ident.ObjectKey, seq uint64) meta.Key {
	return meta.Key{Kind: kindVer, Route: meta.Route(k), Tail: sequenceTail(^seq)}
}

func dataKey(k ident.ObjectKey, seq uint64) meta.Key {
	return meta.Key{Kind: kindData, Route: meta.Route(k), Tail: sequenceTail(seq)}
}

func attrsKey(k ident.ObjectKey, seq uint64) meta.Key {
	return meta.Key{Kind: kindAttrs, Route: meta.Route(k), Tail: sequenceTail(seq)}
}

func sequenceTail(v uint64) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], v)
	return string(b[:])
}
