// Package checksum computes the checksums that S3 knows: as headers, as trailers, of parts and combined over parts. It never does I/O.
// Source: AWS S3 User Guide, "Checking object integrity".
package checksum

// Algorithm is one of S3's checksum algorithms.
type Algorithm uint8

// The algorithms; None is no checksum.
const (
	None Algorithm = iota
	CRC32
	CRC32C
	CRC64NVME
	SHA1
	SHA256
)

// Type says whether a multipart checksum covers the object's bytes or the checksums of its parts.
type Type uint8

// The types.
const (
	FullObject Type = iota + 1
	Composite
)

// Sum is a checksum with its algorithm. The raw bytes are big-endian, as S3 encodes them in base64.
type Sum struct {
	Algorithm Algorithm
	Type      Type
	Raw       string // raw digest bytes; "" if absent
	Parts     int    // of a Composite sum: the number of parts after the dash
}
