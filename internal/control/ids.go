package control

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"coffer/internal/ident"
)

// derivedID makes a UUID (version 8: of our own making) from words, the same one each time: for what is listed or polled by id and
// is no row.
func derivedID(words ...string) string {
	h := sha256.New()
	for _, w := range words {
		h.Write([]byte(w))
		h.Write([]byte{0})
	}
	var b [16]byte
	copy(b[:], h.Sum(nil))
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	// The last four bytes check the first twelve, so that an id that was never given out is not taken for one.
	sum := sha256.Sum256(b[:12])
	copy(b[12:], sum[:4])
	x := hex.EncodeToString(b[:])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

// isDerivedID reports whether derivedID made s.
func isDerivedID(s string) bool {
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(b) != 16 || len(s) != 36 || s != strings.ToLower(s) || b[6]>>4 != 8 || b[8]>>6 != 2 {
		return false
	}
	sum := sha256.Sum256(b[:12])
	return string(b[12:]) == string(sum[:4])
}

// urn is the vendor's way to write a user in createdBy and lastModifiedBy.
func urn(u ident.UserID) string {
	if u == "" {
		return "ionos:identity:::operator"
	}
	return "ionos:identity:::users/" + string(u)
}
