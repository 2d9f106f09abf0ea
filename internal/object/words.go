package object

import "encoding/base32"

// idEncoding is that of upload ids: lower-case base32 with digits first, so that ids sort as what they encode.
var idEncoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// clip shortens what a client sent to what may stand in an error.
func clip(s string) string {
	const most = 128
	if len(s) > most {
		return s[:most]
	}
	return s
}
