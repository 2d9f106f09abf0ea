package ident

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"coffer/internal/errs"
)

// Bounds of names, in bytes.
const (
	MinBucketName = 3
	MaxBucketName = 63
	MaxObjectKey  = 1024
	MaxRegionName = 32
	MaxEmail      = 254
	maxEmailLocal = 64
	MinAccessKey  = 16
	MaxAccessKey  = 128
)

// invalid makes the error of a value that can't be what it is offered as. The value itself is the subject only when it is short
// and printable, since subjects reach clients and logs.
func invalid(code errs.Code, value, public string) error {
	e := errs.New(errs.Invalid, code, public)
	if len(value) <= 80 && printable(value) {
		e = e.On(errs.Subject(value))
	}
	return e
}

func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
func isAlnum(c byte) bool { return isDigit(c) || isLower(c) || isUpper(c) }

// System stands where a contract's number would for what belongs to no contract but to the whole system: the operator's sessions, the regions
// that were made, and the record of the acts on them. It is no valid contract number.
const System ContractID = 0

// ParseContractID parses a contract number: eight decimal digits, the first not zero.
func ParseContractID(s string) (ContractID, error) {
	if len(s) == 8 && s[0] != '0' {
		if n, err := strconv.ParseUint(s, 10, 32); err == nil {
			return ContractID(n), nil
		}
	}
	return 0, invalid("", s, "A contract number has eight decimal digits, from 10000000 to 99999999.")
}

// Valid reports whether c lies in the range of contract numbers.
func (c ContractID) Valid() bool { return c >= 10000000 && c <= 99999999 }

// String returns the eight decimal digits.
func (c ContractID) String() string { return strconv.FormatUint(uint64(c), 10) }

// parseUUID returns the lower-case form of a UUID in its 8-4-4-4-12 form, or "".
func parseUUID(s string) string {
	if len(s) != 36 {
		return ""
	}
	b := []byte(s)
	for i, c := range b {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return ""
			}
		case isDigit(c) || c >= 'a' && c <= 'f':
		case c >= 'A' && c <= 'F':
			b[i] = c + 'a' - 'A'
		default:
			return ""
		}
	}
	return string(b)
}

const uuidHint = "An id here is a UUID like 123e4567-e89b-12d3-a456-426614174000."

// ParseUserID parses a user's UUID; upper-case digits become lower-case.
func ParseUserID(s string) (UserID, error) {
	if u := parseUUID(s); u != "" {
		return UserID(u), nil
	}
	return "", invalid("", s, uuidHint)
}

// ParseGroupID parses a group's UUID; upper-case digits become lower-case.
func ParseGroupID(s string) (GroupID, error) {
	if u := parseUUID(s); u != "" {
		return GroupID(u), nil
	}
	return "", invalid("", s, uuidHint)
}

// ParseKeyID parses the UUID of a key's record; upper-case digits become lower-case.
func ParseKeyID(s string) (KeyID, error) {
	if u := parseUUID(s); u != "" {
		return KeyID(u), nil
	}
	return "", invalid("", s, uuidHint)
}

// isHex reports whether s is n lower-case hexadecimal digits.
func isHex(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := 0; i < n; i++ {
		if !isDigit(s[i]) && (s[i] < 'a' || s[i] > 'f') {
			return false
		}
	}
	return true
}

// ParseCanonicalID parses 32 lower-case hexadecimal digits.
func ParseCanonicalID(s string) (CanonicalID, error) {
	if isHex(s, 32) {
		return CanonicalID(s), nil
	}
	return "", invalid("", s, "A canonical user id has 32 lower-case hexadecimal digits.")
}

// ParseBucketID parses 16 lower-case hexadecimal digits.
func ParseBucketID(s string) (BucketID, error) {
	if isHex(s, 16) {
		return BucketID(s), nil
	}
	return "", invalid("", s, "A bucket id has 16 lower-case hexadecimal digits.")
}

// ParseOwnership reads the word that Ownership.String writes.
func ParseOwnership(s string) (Ownership, error) {
	for _, o := range []Ownership{ContractOwned, UserOwned} {
		if s == o.String() {
			return o, nil
		}
	}
	return 0, invalid("", s, "A bucket type is contract-owned or user-owned.")
}

// ParseRegionName parses a region id: 1 to 32 characters of [a-z0-9-], none of the last at its ends.
func ParseRegionName(s string) (RegionName, error) {
	ok := len(s) >= 1 && len(s) <= MaxRegionName && s[0] != '-' && s[len(s)-1] != '-'
	for i := 0; ok && i < len(s); i++ {
		ok = isDigit(s[i]) || isLower(s[i]) || s[i] == '-'
	}
	if !ok {
		return "", invalid("", s, "A region name has 1 to 32 characters: lower-case letters, digits and hyphens, these not at its ends.")
	}
	return RegionName(s), nil
}

// ContractUserID is a user's id for contract-owned buckets: `<contract number>:<user UUID>` (fact sheet, section 0).
func ContractUserID(c ContractID, u UserID) string { return c.String() + ":" + string(u) }

// ParseContractUserID parses what ContractUserID makes; the old form with `|` is accepted too.
func ParseContractUserID(s string) (ContractID, UserID, error) {
	if i := strings.IndexAny(s, ":|"); i == 8 {
		c, err1 := ParseContractID(s[:i])
		u, err2 := ParseUserID(s[i+1:])
		if err1 == nil && err2 == nil {
			return c, u, nil
		}
	}
	return 0, "", invalid("", s, "A contract user id is the contract number, a colon and the user's UUID.")
}

// ParseEmail parses a mail address of the plain form local@domain and lower-cases it. Quoted local parts, comments and
// addresses outside ASCII are refused.
func ParseEmail(s string) (Email, error) {
	s = strings.TrimSpace(s)
	at := strings.LastIndexByte(s, '@')
	if len(s) > MaxEmail || at < 1 || at > maxEmailLocal || !dotAtoms(s[:at], isMailByte) || !hostName(s[at+1:]) {
		return "", invalid("", s, "This is not a mail address; one has the form name@example.com, at most 254 ASCII characters.")
	}
	return Email(strings.ToLower(s)), nil
}

func isMailByte(c byte) bool { return isAlnum(c) || strings.IndexByte("!#$%&'*+/=?^_`{|}~-", c) >= 0 }

// dotAtoms reports whether s is parts of at least one character that ok holds for, with single dots between.
func dotAtoms(s string, ok func(byte) bool) bool {
	for _, part := range strings.Split(s, ".") {
		if part == "" {
			return false
		}
		for i := 0; i < len(part); i++ {
			if !ok(part[i]) {
				return false
			}
		}
	}
	return true
}

func hostName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for _, label := range strings.Split(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := 0; i < len(label); i++ {
			if !isAlnum(label[i]) && label[i] != '-' {
				return false
			}
		}
	}
	return true
}

// InvalidBucketName is S3's code of a name that no bucket can have.
const InvalidBucketName errs.Code = "InvalidBucketName"

// ParseBucketName checks a name against the rules for general purpose buckets (AWS S3 User Guide, "Bucket naming rules"; fact
// sheet, section 3). The error says which rule it breaks.
func ParseBucketName(s string) (BucketName, error) {
	if why := bucketNameFault(s); why != "" {
		return "", invalid(InvalidBucketName, s, "The specified bucket is not valid: "+why)
	}
	return BucketName(s), nil
}

// Words that AWS keeps for itself at either end of a name. Tools treat such names specially.
var (
	reservedPrefixes = [...]string{"xn--", "sthree-", "amzn-s3-demo-"}
	reservedSuffixes = [...]string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}
)

func bucketNameFault(s string) string {
	if len(s) < MinBucketName || len(s) > MaxBucketName {
		return "a bucket name has 3 to 63 characters."
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case isDigit(c) || isLower(c):
		case c != '-' && c != '.':
			return "a bucket name has lower-case letters, digits, hyphens and dots only."
		case i == 0 || i == len(s)-1:
			return "a bucket name begins and ends with a letter or digit."
		case c == '.' && s[i-1] == '.':
			return "a bucket name has no two dots in a row."
		case c == '.' && s[i-1] == '-' || c == '-' && s[i-1] == '.':
			return "a bucket name has no hyphen beside a dot."
		}
	}
	if _, err := netip.ParseAddr(s); err == nil || looksLikeIPv4(s) {
		return "a bucket name must not look like an IP address."
	}
	for _, p := range reservedPrefixes {
		if strings.HasPrefix(s, p) {
			return "names that begin with " + p + " are reserved."
		}
	}
	for _, p := range reservedSuffixes {
		if strings.HasSuffix(s, p) {
			return "names that end with " + p + " are reserved."
		}
	}
	return ""
}

// looksLikeIPv4 reports whether s is four groups of one to three digits, also where a group is above 255: clients that guess the
// addressing style from the host take these for addresses.
func looksLikeIPv4(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 4 {
		return false
	}
	for _, p := range parts {
		if len(p) < 1 || len(p) > 3 {
			return false
		}
		for i := 0; i < len(p); i++ {
			if !isDigit(p[i]) {
				return false
			}
		}
	}
	return true
}

// Codes of an object key that can't be.
const (
	KeyTooLong             errs.Code = "KeyTooLongError"
	UserKeyMustBeSpecified errs.Code = "UserKeyMustBeSpecified"
)

// ParseObjectKey checks an object's name: 1 to 1,024 bytes of UTF-8. Any character may occur, dot segments and control
// characters included; listings encode what XML cannot carry.
func ParseObjectKey(s string) (ObjectKey, error) {
	switch {
	case s == "":
		return "", errs.New(errs.Invalid, UserKeyMustBeSpecified, "The request names no object key.")
	case len(s) > MaxObjectKey:
		return "", errs.New(errs.Invalid, KeyTooLong, "Your key is too long: it has "+strconv.Itoa(len(s))+
			" bytes, the most is "+strconv.Itoa(MaxObjectKey)+".")
	case !utf8.ValidString(s):
		return "", errs.New(errs.Invalid, "InvalidURI", "The object key is not valid UTF-8.")
	}
	return ObjectKey(s), nil
}
