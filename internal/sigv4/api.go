// Package sigv4 signs and verifies AWS Signature Version 4 (and, where enabled, 2) in every form that S3 clients use. It has no
// HTTP server, no storage and no clock. Source: AWS S3 API Reference, "Authenticating Requests (AWS Signature Version 4)".
package sigv4

import (
	"io"
	"time"

	"coffer/internal/checksum"
	"coffer/internal/ident"
)

// Request is the part of an HTTP request that is signed. Path and Query are as they came on the wire, undecoded.
type Request struct {
	Method        string
	Host          string
	Path          string
	Query         string
	Header        map[string][]string // canonical MIME names; Host is not among them
	ContentLength int64               // -1: unknown
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

// Payload says how the body is protected.
type Payload uint8

// The payload forms (values of x-amz-content-sha256).
const (
	PayloadUnsigned        Payload = iota // UNSIGNED-PAYLOAD
	PayloadHash                           // a SHA-256 in hex
	PayloadChunks                         // STREAMING-AWS4-HMAC-SHA256-PAYLOAD
	PayloadChunksTrailer                  // STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
	PayloadUnsignedTrailer                // STREAMING-UNSIGNED-PAYLOAD-TRAILER
)

// Key is a signing key for one day, region and service.
type Key [32]byte

// Auth is a request's claim to be signed, parsed but not yet verified.
type Auth struct {
	Form      Form
	AccessKey ident.AccessKey
	Date      string // yyyymmdd of the scope
	Region    string
	Service   string
	Time      time.Time
	Expires   time.Duration // presigned only
	Signed    []string      // signed header names, lower-case
	Payload   Payload
	Hash      string             // of PayloadHash, lower-case hex
	Decoded   int64              // x-amz-decoded-content-length, or the Content-Length, or -1
	Trailer   checksum.Algorithm // announced in x-amz-trailer
	signature string
	canonical string
}

// BodyReader gives a request's decoded body. At its end it has verified what the payload form promises; a failure comes as the
// error of Read, never after io.EOF.
type BodyReader interface {
	io.Reader
	// Sum is the trailer's checksum once Read returned io.EOF; its Raw is empty if there was none.
	Sum() checksum.Sum
}
