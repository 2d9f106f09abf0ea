package ident

import (
	"hash/crc32"
	"io"
	"strings"

	"coffer/internal/errs"
)

// The form of what we make: a prefix that says what it is, random base-62 digits, and six base-62 digits of checksum, so that a
// program can tell offline that a string is a real access key, secret or session credential and not a typing error. Base 62 has
// neither the hyphen, which command lines take for an option, nor anything that a double click stops at.
const (
	AccessKeyPrefix  = "cofferk1_" // access keys: 92 characters, the vendor's length
	SecretPrefix     = "coffers1_" // their secrets: 64 characters
	SessionKeyPrefix = "cofferc1_" // access keys of a console session's own credential: 92 characters, never one of the five keys

	AccessKeyLen = 92
	SecretLen    = 64
	checksumLen  = 6
)

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// ParseAccessKey checks the form of an access key: 16 to 128 characters of [A-Za-z0-9_-]. One with a prefix of ours must also
// have the right length and checksum.
func ParseAccessKey(s string) (AccessKey, error) {
	ok := len(s) >= MinAccessKey && len(s) <= MaxAccessKey
	for i := 0; ok && i < len(s); i++ {
		ok = isAlnum(s[i]) || s[i] == '_' || s[i] == '-'
	}
	if !ok {
		return "", errs.New(errs.Invalid, "InvalidAccessKeyId", "An access key has 16 to 128 characters: letters, digits, underscores and hyphens.")
	}
	if hasOurPrefix(s) && (len(s) != AccessKeyLen || !ValidChecksum(s)) {
		return "", errs.New(errs.Invalid, "InvalidAccessKeyId", "The access key is mistyped or cut off: its checksum is wrong.")
	}
	return AccessKey(s), nil
}

func hasOurPrefix(s string) bool {
	return strings.HasPrefix(s, AccessKeyPrefix) || strings.HasPrefix(s, SessionKeyPrefix)
}

// IsSessionKey reports whether k names a console session's credential and not an access key of a user.
func (k AccessKey) IsSessionKey() bool { return strings.HasPrefix(string(k), SessionKeyPrefix) }

// NewAccessKey makes an access key from random, which must be cryptographically strong.
func NewAccessKey(random io.Reader) (AccessKey, error) {
	s, err := newToken(AccessKeyPrefix, AccessKeyLen, random)
	return AccessKey(s), err
}

// NewSessionKey makes the access key of a console session's credential.
func NewSessionKey(random io.Reader) (AccessKey, error) {
	s, err := newToken(SessionKeyPrefix, AccessKeyLen, random)
	return AccessKey(s), err
}

// NewSecret makes a secret key: 64 characters with about 290 bits of randomness.
func NewSecret(random io.Reader) (string, error) { return newToken(SecretPrefix, SecretLen, random) }

// newToken makes a string of n characters: prefix, random digits, checksum.
func newToken(prefix string, n int, random io.Reader) (string, error) {
	b := make([]byte, 0, n)
	b = append(b, prefix...)
	var buf [64]byte
	for len(b) < n-checksumLen {
		if _, err := io.ReadFull(random, buf[:]); err != nil {
			return "", errs.Fault("ident.newToken", err)
		}
		for _, c := range buf {
			// 248 is the largest multiple of 62 below 256: dropping the rest keeps the digits uniform.
			if c < 248 && len(b) < n-checksumLen {
				b = append(b, base62[c%62])
			}
		}
	}
	return string(appendChecksum(b)), nil
}

// appendChecksum appends the CRC-32 (IEEE) of b as six base-62 digits, the most significant first.
func appendChecksum(b []byte) []byte {
	sum := crc32.ChecksumIEEE(b)
	var d [checksumLen]byte
	for i := checksumLen - 1; i >= 0; i-- {
		d[i] = base62[sum%62]
		sum /= 62
	}
	return append(b, d[:]...)
}

// ValidChecksum reports whether the last six characters of s are the checksum of what stands before them.
func ValidChecksum(s string) bool {
	if len(s) <= checksumLen {
		return false
	}
	b := appendChecksum([]byte(s[:len(s)-checksumLen]))
	return string(b) == s
}
