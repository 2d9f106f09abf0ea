// Package checksum computes the checksums that S3 knows: as headers, as trailers, of parts and combined over parts. It never does I/O.
// Source: AWS S3 User Guide, "Checking object integrity".
package checksum

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/minio/crc64nvme"
	"github.com/zeebo/xxh3"

	"coffer/internal/errs"
)

// Algorithm is one of S3's checksum algorithms.
type Algorithm uint8

// The algorithms; None is no checksum. Their numbers are stored: never change one.
const (
	None Algorithm = iota
	CRC32
	CRC32C
	CRC64NVME
	SHA1
	SHA256
	SHA512
	MD5
	XXHASH64
	XXHASH3
	XXHASH128
	algorithms
)

// Count is above every algorithm's number, for tables by algorithm.
const Count = int(algorithms)

// Type says whether a multipart checksum covers the object's bytes or the checksums of its parts.
type Type uint8

// The types.
const (
	FullObject Type = iota + 1
	Composite
)

// MaxParts is the most parts an upload has, and so the largest number after the dash of a composite sum.
const MaxParts = 10000

// Sum is a checksum with its algorithm. The raw bytes are big-endian, as S3 encodes them in base64.
type Sum struct {
	Algorithm Algorithm
	Type      Type
	Raw       string // raw digest bytes; "" if absent
	Parts     int    // of a Composite sum: the number of parts after the dash
}

// A spec is what is fixed about an algorithm.
type spec struct {
	name      string // as in x-amz-checksum-algorithm
	header    string // as on the wire
	canonical string // as the keys of a parsed header
	size      int    // bytes
	def       Type   // of an upload that names no type
	full      bool   // FullObject is possible over parts
	composite bool   // Composite is possible
}

func (a Algorithm) spec() spec {
	switch a {
	case CRC32:
		return spec{"CRC32", "x-amz-checksum-crc32", "X-Amz-Checksum-Crc32", 4, Composite, true, true}
	case CRC32C:
		return spec{"CRC32C", "x-amz-checksum-crc32c", "X-Amz-Checksum-Crc32c", 4, Composite, true, true}
	case CRC64NVME:
		return spec{"CRC64NVME", "x-amz-checksum-crc64nvme", "X-Amz-Checksum-Crc64nvme", 8, FullObject, true, false}
	case SHA1:
		return spec{"SHA1", "x-amz-checksum-sha1", "X-Amz-Checksum-Sha1", sha1.Size, Composite, false, true}
	case SHA256:
		return spec{"SHA256", "x-amz-checksum-sha256", "X-Amz-Checksum-Sha256", sha256.Size, Composite, false, true}
	case SHA512:
		return spec{"SHA512", "x-amz-checksum-sha512", "X-Amz-Checksum-Sha512", sha512.Size, Composite, false, true}
	case MD5:
		return spec{"MD5", "x-amz-checksum-md5", "X-Amz-Checksum-Md5", md5.Size, Composite, false, true}
	case XXHASH64:
		return spec{"XXHASH64", "x-amz-checksum-xxhash64", "X-Amz-Checksum-Xxhash64", 8, Composite, false, true}
	case XXHASH3:
		return spec{"XXHASH3", "x-amz-checksum-xxhash3", "X-Amz-Checksum-Xxhash3", 8, Composite, false, true}
	case XXHASH128:
		return spec{"XXHASH128", "x-amz-checksum-xxhash128", "X-Amz-Checksum-Xxhash128", 16, Composite, false, true}
	}
	return spec{}
}

// Algorithms lists the algorithms, None left out.
func Algorithms() []Algorithm {
	return []Algorithm{CRC32, CRC32C, CRC64NVME, SHA1, SHA256, SHA512, MD5, XXHASH64, XXHASH3, XXHASH128}
}

// String returns S3's name, "CRC32", and "" for None.
func (a Algorithm) String() string { return a.spec().name }

// Header returns the name of the header and trailer that carries the sum, in lower case; "" for None.
func (a Algorithm) Header() string { return a.spec().header }

// Canonical returns Header as a parsed header's map spells it: "X-Amz-Checksum-Crc32".
func (a Algorithm) Canonical() string { return a.spec().canonical }

// Size returns the length of a raw sum in bytes, 0 for None.
func (a Algorithm) Size() int { return a.spec().size }

// DefaultType is the type of an upload that names an algorithm alone.
func (a Algorithm) DefaultType() Type { return a.spec().def }

// Allows reports whether an upload in parts may use the algorithm with the type.
func (a Algorithm) Allows(t Type) bool {
	s := a.spec()
	return t == FullObject && s.full || t == Composite && s.composite
}

// New returns a fresh hash, nil for None. Its Sum is the raw bytes of a Sum.
func (a Algorithm) New() hash.Hash {
	switch a {
	case CRC32:
		return crc32.NewIEEE()
	case CRC32C:
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case CRC64NVME:
		return crc64nvme.New()
	case SHA1:
		return sha1.New()
	case SHA256:
		return sha256.New()
	case SHA512:
		return sha512.New()
	case MD5:
		return md5.New()
	case XXHASH64:
		return xxhash.New()
	case XXHASH3:
		return xxh3.New()
	case XXHASH128:
		return xxh3.New128()
	}
	return nil
}

// Of returns the sum that h, made by a.New, has come to.
func Of(a Algorithm, h hash.Hash) Sum {
	var buf [sha512.Size]byte
	return Sum{Algorithm: a, Type: FullObject, Raw: string(h.Sum(buf[:0]))}
}

// ParseAlgorithm reads the value of x-amz-checksum-algorithm or x-amz-sdk-checksum-algorithm, in any case; errs.Invalid with code
// InvalidRequest.
func ParseAlgorithm(name string) (Algorithm, error) {
	for a := CRC32; a < algorithms; a++ {
		if strings.EqualFold(a.String(), name) {
			return a, nil
		}
	}
	return None, invalid("Checksum algorithm provided is unsupported. Please try again with any of the valid types: " +
		"[CRC32, CRC32C, CRC64NVME, MD5, SHA1, SHA256, SHA512, XXHASH128, XXHASH3, XXHASH64]")
}

// ParseHeader returns the algorithm whose header is name, in any case.
func ParseHeader(name string) (Algorithm, bool) {
	for a := CRC32; a < algorithms; a++ {
		if strings.EqualFold(a.Header(), name) {
			return a, true
		}
	}
	return None, false
}

// String returns S3's word: FULL_OBJECT, COMPOSITE, or "".
func (t Type) String() string {
	switch t {
	case FullObject:
		return "FULL_OBJECT"
	case Composite:
		return "COMPOSITE"
	}
	return ""
}

// ParseType reads the value of x-amz-checksum-type; errs.Invalid with code InvalidRequest.
func ParseType(word string) (Type, error) {
	switch {
	case strings.EqualFold(word, "FULL_OBJECT"):
		return FullObject, nil
	case strings.EqualFold(word, "COMPOSITE"):
		return Composite, nil
	}
	return 0, invalid("Value for x-amz-checksum-type header is invalid.")
}

// ForUpload reads what a new multipart upload says of its checksum: the values of x-amz-checksum-algorithm and x-amz-checksum-type,
// "" where absent. No algorithm gives None: the server may compute what it likes.
func ForUpload(algorithm, typ string) (Algorithm, Type, error) {
	if algorithm == "" {
		if typ != "" {
			if _, err := ParseType(typ); err != nil {
				return None, 0, err
			}
			return None, 0, invalid("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
		}
		return None, 0, nil
	}
	a, err := ParseAlgorithm(algorithm)
	if err != nil {
		return None, 0, err
	}
	if typ == "" {
		return a, a.DefaultType(), nil
	}
	t, err := ParseType(typ)
	if err != nil {
		return None, 0, err
	}
	if !a.Allows(t) {
		return None, 0, notAllowed(a, t)
	}
	return a, t, nil
}

// Decode reads the value of a's header: base64 of exactly the sum's bytes; errs.Invalid with code InvalidRequest.
func Decode(a Algorithm, value string) (Sum, error) {
	raw, ok := decode(a, value)
	if !ok {
		return Sum{}, invalid("Value for " + a.Header() + " header is invalid.")
	}
	return Sum{Algorithm: a, Type: FullObject, Raw: raw}, nil
}

// DecodeTrailer is Decode for a sum that came in a trailer.
func DecodeTrailer(a Algorithm, value string) (Sum, error) {
	raw, ok := decode(a, value)
	if !ok {
		return Sum{}, invalid("Value for " + a.Header() + " trailing header is invalid.")
	}
	return Sum{Algorithm: a, Type: FullObject, Raw: raw}, nil
}

// DecodeObject is Decode for the sum of a whole upload, which may be followed by a dash and the number of parts if t is Composite.
func DecodeObject(a Algorithm, t Type, value string) (Sum, error) {
	if t != Composite {
		return Decode(a, value)
	}
	parts := 0
	body, count, found := strings.Cut(value, "-")
	if found {
		n, err := strconv.Atoi(count)
		if err != nil || n < 1 || n > MaxParts || strconv.Itoa(n) != count {
			return Sum{}, invalid("Value for " + a.Header() + " header is invalid.")
		}
		parts = n
	}
	s, err := Decode(a, body)
	s.Type, s.Parts = t, parts
	if err != nil {
		return Sum{}, err
	}
	return s, nil
}

func decode(a Algorithm, value string) (string, bool) {
	var buf [sha512.Size + 4]byte
	size := a.Size()
	if size == 0 || len(value) != base64.StdEncoding.EncodedLen(size) || strings.ContainsAny(value, "\r\n") {
		return "", false
	}
	n, err := base64.StdEncoding.Strict().Decode(buf[:], []byte(value))
	if err != nil || n != size {
		return "", false
	}
	return string(buf[:n]), true
}

// Encode returns the header's value: base64, and a dash with the number of parts if Composite; "" without a sum.
func (s Sum) Encode() string {
	if s.Raw == "" {
		return ""
	}
	v := base64.StdEncoding.EncodeToString([]byte(s.Raw))
	if s.Type == Composite && s.Parts > 0 {
		v += "-" + strconv.Itoa(s.Parts)
	}
	return v
}

// Matches reports whether two sums say the same. The number of parts is compared where both have one.
func (s Sum) Matches(o Sum) bool {
	if s.Algorithm != o.Algorithm || s.Parts != o.Parts && s.Parts != 0 && o.Parts != 0 {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(s.Raw), []byte(o.Raw)) == 1
}

// Mismatch is the error for content whose sum is another than the client said: errs.Invalid with code BadDigest.
func Mismatch(a Algorithm) error {
	return errs.New(errs.Invalid, "BadDigest", "The "+a.String()+" you specified did not match the calculated checksum.")
}

// FromRequest reads what a request with a body says of its checksum. h has canonical MIME names; trailer is what x-amz-trailer
// announced. The sum's Algorithm is the one to compute, None if nothing is said; its Raw is empty if it comes in the trailer.
// Fails with errs.Invalid, code InvalidRequest.
func FromRequest(h map[string][]string, trailer Algorithm) (Sum, error) {
	s := Sum{Algorithm: trailer, Type: FullObject}
	said := 0
	if trailer != None {
		said++
	}
	value := ""
	for name, values := range h {
		rest, ok := strings.CutPrefix(name, "X-Amz-Checksum-")
		if !ok || rest == "Mode" || rest == "Algorithm" || rest == "Type" || len(values) == 0 {
			continue
		}
		a, known := ParseHeader(name)
		if !known {
			return Sum{}, invalid("The algorithm type you specified in x-amz-checksum- header is invalid.")
		}
		said += len(values)
		s.Algorithm, value = a, values[0]
	}
	switch {
	case said == 0:
		s = Sum{}
	case said > 1:
		return Sum{}, invalid("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
	case trailer == None:
		var err error
		if s, err = Decode(s.Algorithm, value); err != nil {
			return Sum{}, err
		}
	}
	return s, checkSDK(h["X-Amz-Sdk-Checksum-Algorithm"], s.Algorithm)
}

// checkSDK compares the algorithm that an SDK names with the one it sent.
func checkSDK(values []string, sent Algorithm) error {
	if len(values) == 0 {
		return nil
	}
	a, err := ParseAlgorithm(values[0])
	switch {
	case err != nil, sent != None && a != sent:
		return invalid("Value for x-amz-sdk-checksum-algorithm header is invalid.")
	case sent == None:
		return invalid("x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.")
	}
	return nil
}

func invalid(text string) error { return errs.New(errs.Invalid, "InvalidRequest", text) }

func notAllowed(a Algorithm, t Type) error {
	return invalid("The " + t.String() + " checksum type cannot be used with the " + strings.ToLower(a.String()) + " checksum algorithm.")
}
