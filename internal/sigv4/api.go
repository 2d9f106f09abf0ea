// Package sigv4 signs and verifies AWS Signature Version 4 (and, where enabled, 2) in every form that S3 clients use. It has no
// HTTP server, no storage and no clock. Source: AWS S3 API Reference, "Authenticating Requests (AWS Signature Version 4)".
package sigv4

import (
	"errors"
	"io"
	"strings"
	"time"

	"coffer/internal/checksum"
	"coffer/internal/ident"
)

// Request is the part of an HTTP request that is signed. Path and Query are as they came on the wire, undecoded.
type Request struct {
	Method        string
	Host          string
	Bucket        string // the bucket that Host names (virtual-host style), "" for path style; only SigV2 signs it apart
	Path          string
	Query         string
	Header        map[string][]string // canonical MIME names; Host is not among them
	ContentLength int64               // -1: unknown
	BodyHash      string              // hex SHA-256 of the body, for a Generic service and a client that does not send it
}

// Form says how a request is signed.
type Form uint8

// The forms.
const (
	Unsigned Form = iota // anonymous
	Header
	Presigned
	HeaderV2
	PresignedV2
)

// V2 reports whether the form is one of Signature Version 2, which a server may refuse.
func (f Form) V2() bool { return f == HeaderV2 || f == PresignedV2 }

// Payload says how the body is protected.
type Payload uint8

// The payload forms (values of x-amz-content-sha256).
const (
	PayloadUnsigned        Payload = iota // UNSIGNED-PAYLOAD, or not said
	PayloadHash                           // a SHA-256 in hex
	PayloadChunks                         // STREAMING-AWS4-HMAC-SHA256-PAYLOAD
	PayloadChunksTrailer                  // STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
	PayloadUnsignedTrailer                // STREAMING-UNSIGNED-PAYLOAD-TRAILER
)

// Chunked reports whether the body is framed as aws-chunked.
func (p Payload) Chunked() bool { return p >= PayloadChunks }

// Values of x-amz-content-sha256 other than a hash.
const (
	UnsignedPayload = "UNSIGNED-PAYLOAD"
	StreamChunks    = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	StreamTrailer   = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
	StreamUnsigned  = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
	// EmptyHash is the SHA-256 of nothing, in hex.
	EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// MaxExpires is the longest life of a presigned URL of version 4.
const MaxExpires = 7 * 24 * time.Hour

// MaxSkew is how far S3 lets a request's time differ from the server's.
const MaxSkew = 15 * time.Minute

// Key is a signing key for one day, region and service.
type Key [32]byte

// Service is a verifier's rule. S3's own differs from that of the other services.
type Service struct {
	Name    string // the last-but-one word of the scope
	Generic bool   // path normalised and encoded twice, payload hash not required, any access key: every service but S3
}

// S3 is S3's rule.
func S3() Service { return Service{Name: "s3"} }

// Auth is a request's claim to be signed, parsed but not yet verified.
type Auth struct {
	Form      Form
	AccessKey ident.AccessKey
	Date      string // yyyymmdd of the scope
	Region    string
	Service   string
	Time      time.Time
	Expires   time.Duration // presigned only
	Signed    string        // names of the signed headers, lower-case, joined by semicolons
	Payload   Payload
	Hash      string             // of PayloadHash, lower-case hex
	Decoded   int64              // length of the body decoded: x-amz-decoded-content-length, or the Content-Length, or -1
	Trailer   checksum.Algorithm // announced in x-amz-trailer

	signature string // as claimed: 64 hex digits, or base64 in version 2
	stamp     string // the time as it stands in the string to sign
	payload   string // last line of the canonical request
	generic   bool
	key       Key // of a verified signature, for the chunks
	verified  bool
}

// SignedHeader reports whether the header, named in lower case, is among the signed ones.
func (a *Auth) SignedHeader(name string) bool { return listed(a.Signed, name) }

// BodyReader gives a request's decoded body. At its end it has verified what the payload form promises: the last byte and io.EOF
// are given only then. A failure comes as the error of Read: errs.Invalid with code XAmzContentSHA256Mismatch, IncompleteBody,
// InvalidChunkSizeError, MalformedTrailerError, InvalidRequest or RequestTimeout, errs.Unauthenticated with code
// SignatureDoesNotMatch for a chunk or a trailer, errs.Canceled for a client that went away. Needs no closing. Not safe for
// concurrent use.
type BodyReader interface {
	io.Reader
	// Sum is the trailer's checksum once Read returned io.EOF; its Raw is empty if there was none.
	Sum() checksum.Sum
}

// Detail is an element that S3 puts into an error answer besides code and message.
type Detail struct{ Name, Value string }

// Details are the further elements of an error answer, in S3's order.
type Details []Detail

// Error names the elements, not their values: it is what the log shows.
func (d Details) Error() string {
	names := make([]string, len(d))
	for i := range d {
		names[i] = d[i].Name
	}
	return "details: " + strings.Join(names, " ")
}

// DetailsOf returns the further elements that an error of this package brings for the client, or nil.
func DetailsOf(err error) Details {
	var d Details
	if errors.As(err, &d) {
		return d
	}
	return nil
}
