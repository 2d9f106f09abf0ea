package file

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"coffer/internal/blob"
	"coffer/internal/errs"
)

// Sizes in bytes. They are part of the format: docs/decisions/0003-where-bytes-live.md.
const (
	blockBytes  = 64 << 10  // one checksum covers this much of a blob
	alignBytes  = 4 << 10   // records, files and direct writes are multiples of it
	packBytes   = 1 << 20   // larger blobs have a file of their own
	readBytes   = 256 << 10 // one read, a multiple of blockBytes
	sumBytes    = 4
	maxBytes    = 64 << 30 // the largest blob: its table of checksums takes 4 MiB of memory while it is written
	maxSegment  = 1 << 30
	recordBytes = 2 << 20 // no record of a segment is longer

	maxPartition = 64
	maxRoute     = 1280
)

const (
	formatVersion = 1
	recordMagic   = "CfrB"
	segmentMagic  = "CfrS"
	headFixed     = 68 // a header without its owner
)

// home says what kind of file holds a blob.
type home uint8

const (
	homeSegment home = 1
	homeFile    home = 2
)

// fileID names a file of the store. Numbers count within a session and a home, and are never used again.
type fileID struct {
	session uint64
	home    home
	number  uint64
}

// place is where a blob begins: in a segment at off, or in a file of its own at 0.
type place struct {
	fileID
	off int64
}

// blobID names a blob whatever its place: serials count within a session and a home. In a file of its own a blob has the
// file's number. It starts every checksum, so that bytes of another blob never verify, and is known before the place is.
type blobID struct {
	session uint64
	home    home
	serial  uint64
}

func (b blobID) seed() uint32 {
	var p [17]byte
	p[0] = byte(b.home)
	binary.LittleEndian.PutUint64(p[1:], b.session)
	binary.LittleEndian.PutUint64(p[9:], b.serial)
	return checksum(0, p[:])
}

// nonce is a random value of a segment, in each record's header: a blob whose bytes look like a record can't know it.
type nonce [16]byte

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(seed uint32, p []byte) uint32 { return crc32.Update(seed, castagnoli, p) }

// blockSeed makes the checksum of a block depend on its index: two seeds never give the same bytes the same sum.
func blockSeed(seed uint32, index int64) uint32 { return seed ^ uint32(index+1)*0x9e3779b1 }

func blockCount(size int64) int64 { return (size + blockBytes - 1) / blockBytes }

func roundUp(n, to int64) int64 { return (n + to - 1) / to * to }

func headBytes(o blob.Owner) int { return headFixed + len(o.Partition) + len(o.Route) }

// header says whose bytes these are. It stands before a blob in a segment and in the last 4,096 bytes of a file.
type header struct {
	place
	serial uint64
	size   int64
	nonce  nonce
	owner  blob.Owner
}

// put encodes h into b, which holds at least headBytes(h.owner), and returns that length.
func (h header) put(b []byte) int {
	n := headBytes(h.owner)
	copy(b, recordMagic)
	b[4], b[5] = formatVersion, byte(h.home)
	binary.LittleEndian.PutUint16(b[6:], uint16(n))
	binary.LittleEndian.PutUint64(b[8:], h.session)
	binary.LittleEndian.PutUint64(b[16:], h.number)
	binary.LittleEndian.PutUint32(b[24:], uint32(h.off/alignBytes))
	binary.LittleEndian.PutUint64(b[28:], uint64(h.size))
	copy(b[36:], h.nonce[:])
	binary.LittleEndian.PutUint16(b[52:], uint16(len(h.owner.Partition)))
	binary.LittleEndian.PutUint16(b[54:], uint16(len(h.owner.Route)))
	binary.LittleEndian.PutUint64(b[56:], h.serial)
	copy(b[64:], h.owner.Partition)
	copy(b[64+len(h.owner.Partition):], h.owner.Route)
	binary.LittleEndian.PutUint32(b[n-4:], checksum(0, b[:n-4]))
	return n
}

var errHeader = errors.New("no valid header")

// parseHeader decodes a header at the start of b.
func parseHeader(b []byte) (h header, err error) {
	if len(b) < headFixed || string(b[:4]) != recordMagic || b[4] != formatVersion {
		return h, errHeader
	}
	n := int(binary.LittleEndian.Uint16(b[6:]))
	partition, route := int(binary.LittleEndian.Uint16(b[52:])), int(binary.LittleEndian.Uint16(b[54:]))
	if partition > maxPartition || route > maxRoute || n != headFixed+partition+route || n > len(b) ||
		binary.LittleEndian.Uint32(b[n-4:]) != checksum(0, b[:n-4]) {
		return h, errHeader
	}
	h.home = home(b[5])
	h.session = binary.LittleEndian.Uint64(b[8:])
	h.number = binary.LittleEndian.Uint64(b[16:])
	h.off = int64(binary.LittleEndian.Uint32(b[24:])) * alignBytes
	h.size = int64(binary.LittleEndian.Uint64(b[28:]))
	copy(h.nonce[:], b[36:])
	h.serial = binary.LittleEndian.Uint64(b[56:])
	h.owner.Partition = string(b[64 : 64+partition])
	h.owner.Route = string(b[64+partition : 64+partition+route])
	if h.size < 0 || h.size > maxBytes {
		return h, errHeader
	}
	return h, nil
}

// ref names the blob that h is the header of.
func (h header) ref() ref {
	r := ref{place: h.place, serial: h.serial, size: h.size}
	if h.home == homeSegment {
		r.head = headBytes(h.owner)
	}
	return r
}

// putSegmentHead encodes the first block of a segment: its identity and its nonce.
func putSegmentHead(b []byte, id fileID, n nonce) {
	clear(b[:alignBytes])
	copy(b, segmentMagic)
	b[4], b[5] = formatVersion, byte(id.home)
	binary.LittleEndian.PutUint64(b[8:], id.session)
	binary.LittleEndian.PutUint64(b[16:], id.number)
	copy(b[24:], n[:])
	binary.LittleEndian.PutUint32(b[40:], checksum(0, b[:40]))
}

func parseSegmentHead(b []byte, id fileID) (n nonce, err error) {
	if len(b) < 44 || string(b[:4]) != segmentMagic || b[4] != formatVersion || home(b[5]) != id.home ||
		binary.LittleEndian.Uint64(b[8:]) != id.session || binary.LittleEndian.Uint64(b[16:]) != id.number ||
		binary.LittleEndian.Uint32(b[40:]) != checksum(0, b[:40]) {
		return n, errHeader
	}
	copy(n[:], b[24:])
	return n, nil
}

// ref is a decoded blob.Ref: all that a read needs, so that opening takes no I/O.
type ref struct {
	place
	serial uint64
	head   int // length of the header before the bytes; 0 in a file of its own
	size   int64
}

func (r ref) blob() blobID { return blobID{r.session, r.home, r.serial} }

// data returns where the blob's bytes begin in its file. Its table of checksums follows them.
func (r ref) data() int64 { return r.off + int64(r.head) }

// length returns how much of its file the blob takes.
func (r ref) length() int64 {
	n := int64(r.head) + r.size + blockCount(r.size)*sumBytes
	if r.home == homeFile {
		return roundUp(n, alignBytes) + alignBytes
	}
	return roundUp(n, alignBytes)
}

var refText = base64.RawURLEncoding

func (r ref) encode() blob.Ref {
	var b [64]byte
	b[0] = formatVersion<<4 | byte(r.home)
	n := 1
	n += binary.PutUvarint(b[n:], r.session)
	n += binary.PutUvarint(b[n:], r.number)
	n += binary.PutUvarint(b[n:], uint64(r.size))
	if r.home == homeSegment {
		n += binary.PutUvarint(b[n:], uint64(r.off/alignBytes))
		n += binary.PutUvarint(b[n:], uint64(r.head))
		n += binary.PutUvarint(b[n:], r.serial)
	}
	return blob.Ref(refText.EncodeToString(b[:n]))
}

// parseRef decodes a name and checks its bounds: errs.Invalid for one that this store never gave.
func parseRef(s blob.Ref) (r ref, err error) {
	bad := errs.New(errs.Invalid, "", "not a name of a blob").On(errs.Subject(fmt.Sprintf("%.64q", string(s))))
	var b [48]byte
	if len(s) == 0 || len(s) > 64 {
		return r, bad
	}
	n, err := refText.Decode(b[:], []byte(s))
	if err != nil || b[0]>>4 != formatVersion {
		return r, bad
	}
	r.home = home(b[0] & 15)
	var v [6]uint64
	fields, at := 3, 1
	if r.home == homeSegment {
		fields = 6
	}
	for i := range fields {
		x, k := binary.Uvarint(b[at:n])
		if k <= 0 || x > math.MaxInt64 {
			return r, bad
		}
		v[i], at = x, at+k
	}
	r.session, r.number, r.size, r.off, r.head, r.serial = v[0], v[1], int64(v[2]), int64(v[3])*alignBytes, int(v[4]), v[5]
	switch {
	case at != n || r.session == 0 || r.number == 0 || r.size > maxBytes:
		return r, bad
	case r.home == homeFile:
		r.serial = r.number
		return r, nil
	case r.home != homeSegment || v[3] == 0 || v[3] > maxSegment/alignBytes || v[4] < headFixed ||
		v[4] > headFixed+maxPartition+maxRoute || r.size > packBytes:
		return r, bad
	}
	return r, nil
}
