package object

import (
	"encoding/base32"
	"encoding/binary"

	"coffer/internal/errs"
	"coffer/internal/ident"
)

// A version id is a sequence number made opaque, followed by a check, in lower-case base32 with digits first: 16 characters. It
// hides nothing that the version's time does not tell; the check tells a mistyped id from one that does not exist.
const (
	idMask  = 0x9c3f61d8a54be207
	idMul   = 0xd6e8feb86659fd93 // odd, so that it can be undone
	idUnmul = 0xcfee444d8b59a89b // idMul * idUnmul = 1 modulo 2^64
)

var idEncoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

func versionID(seq uint64) ident.VersionID {
	var raw [10]byte
	var text [16]byte
	v := (seq ^ idMask) * idMul
	binary.BigEndian.PutUint64(raw[:8], v)
	binary.BigEndian.PutUint16(raw[8:], idCheck(v))
	idEncoding.Encode(text[:], raw[:])
	return ident.VersionID(text[:])
}

func idCheck(v uint64) uint16 { return uint16(v ^ v>>16 ^ v>>32 ^ v>>48 ^ 0x5ac3) }

// parseVersion returns the sequence that an id encodes; errs.Invalid with code InvalidArgument for what can be no id.
func parseVersion(id ident.VersionID) (uint64, error) {
	var raw [10]byte
	if len(id) == 16 {
		if n, err := idEncoding.Decode(raw[:], []byte(id)); err == nil && n == len(raw) {
			v := binary.BigEndian.Uint64(raw[:8])
			if binary.BigEndian.Uint16(raw[8:]) == idCheck(v) {
				return v*idUnmul ^ idMask, nil
			}
		}
	}
	return 0, errs.New(errs.Invalid, "InvalidArgument", "Invalid version id specified").On(errs.Subject(clip(string(id))))
}

// clip shortens what a client sent to what may stand in an error.
func clip(s string) string {
	const most = 128
	if len(s) > most {
		return s[:most]
	}
	return s
}
