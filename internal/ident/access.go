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

// sessionIDLen is the length of a session's id in hexadecimal digits.
const sessionIDLen = 32

// SessionKey makes the access key of a console session's credential. It carries where the session's row is, so that finding it
// needs no directory: contract number, the user's UUID without hyphens, the session's id of 32 hexadecimal digits, zeros.
func SessionKey(c ContractID, u UserID, session string) (AccessKey, error) {
	if !c.Valid() || parseUUID(string(u)) != string(u) || !isHex(session, sessionIDLen) {
		return "", errs.New(errs.Internal, "", "").Because(errs.New(errs.Invalid, "", "a session key of malformed ids"))
	}
	b := make([]byte, 0, AccessKeyLen)
	b = append(b, SessionKeyPrefix...)
	b = append(b, c.String()...)
	b = append(b, strings.ReplaceAll(string(u), "-", "")...)
	b = append(b, session...)
	for len(b) < AccessKeyLen-checksumLen {
		b = append(b, '0')
	}
	return AccessKey(appendChecksum(b)), nil
}

// SessionKeyParts takes apart what SessionKey made; ok is false for any other access key.
func (k AccessKey) SessionKeyParts() (c ContractID, u UserID, session string, ok bool) {
	s := string(k)
	if !k.IsSessionKey() || len(s) != AccessKeyLen {
		return 0, "", "", false
	}
	body := s[len(SessionKeyPrefix):]
	c, err1 := ParseContractID(body[:8])
	h := body[8:40]
	u, err2 := ParseUserID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
	session = body[40 : 40+sessionIDLen]
	if err1 != nil || err2 != nil {
		return 0, "", "", false
	}
	made, err := SessionKey(c, u, session)
	return c, u, session, err == nil && made == k
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
