package ident

import (
	"encoding/base32"
	"encoding/binary"

	"coffer/internal/errs"
)

// A version id is a sequence number made opaque, followed by a check, in lower-case base32 with digits first: 16 characters. It
// hides nothing that the version's time does not tell; the check tells a mistyped id from one that does not exist.
const (
	versionMask  = 0x9c3f61d8a54be207
	versionMul   = 0xd6e8feb86659fd93 // odd, so that it can be undone
	versionUnmul = 0xcfee444d8b59a89b // versionMul * versionUnmul = 1 modulo 2^64
)

var versionEncoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// VersionOf returns the id of the version with a sequence number.
func VersionOf(seq uint64) VersionID {
	var raw [10]byte
	var text [16]byte
	v := (seq ^ versionMask) * versionMul
	binary.BigEndian.PutUint64(raw[:8], v)
	binary.BigEndian.PutUint16(raw[8:], versionCheck(v))
	versionEncoding.Encode(text[:], raw[:])
	return VersionID(text[:])
}

func versionCheck(v uint64) uint16 { return uint16(v ^ v>>16 ^ v>>32 ^ v>>48 ^ 0x5ac3) }

// Sequence returns the sequence number that an id encodes. errs.NotFound with code NoSuchVersion for what may be the id of a version
// elsewhere: 16 to 1,024 letters and digits, ids being opaque to clients; errs.Invalid with code InvalidArgument for what can be no id.
func (id VersionID) Sequence() (uint64, error) {
	var raw [10]byte
	if len(id) == 16 {
		if n, err := versionEncoding.Decode(raw[:], []byte(id)); err == nil && n == len(raw) {
			v := binary.BigEndian.Uint64(raw[:8])
			if binary.BigEndian.Uint16(raw[8:]) == versionCheck(v) {
				return v*versionUnmul ^ versionMask, nil
			}
		}
	}
	if plausible(id) {
		return 0, errs.New(errs.NotFound, "NoSuchVersion", "The specified version does not exist.")
	}
	shown := id
	if len(shown) > 128 {
		shown = shown[:128]
	}
	return 0, errs.New(errs.Invalid, "InvalidArgument", "Invalid version id specified").On(errs.Subject(shown))
}

// maxVersionID is the longest id in bytes. Source: AWS S3 User Guide, "How S3 Versioning works".
const maxVersionID = 1024

func plausible(id VersionID) bool {
	for i := 0; i < len(id); i++ {
		if c := id[i]; (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return len(id) >= 16 && len(id) <= maxVersionID
}
