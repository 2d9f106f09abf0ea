package bench

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"hash/crc32"
	"strconv"
	"time"

	"coffer/internal/sigv4"
)

const chunkLen = 64 << 10 // bytes of a signed chunk

// signer writes signed heads of HTTP/1.1 requests. It belongs to one thread: signing key, HMAC state and dates are kept between
// requests, so that a head costs one SHA-256 of its canonical form and one HMAC.
type signer struct {
	t         *target
	second    int64 // that date is of
	date      string
	day       string
	scope     string
	mac       hash.Hash
	canonical []byte
	toSign    []byte
	sum       [sha256.Size]byte
	signature [2 * sha256.Size]byte
}

func (s *signer) tick(now time.Time) {
	if u := now.Unix(); u != s.second {
		s.second = u
		s.date = now.UTC().Format("20060102T150405Z")
	}
	if day := s.date[:8]; day != s.day {
		s.day = day
		key := sigv4.Derive(s.t.Secret, day, s.t.region, "s3")
		s.mac = hmac.New(sha256.New, key[:])
		s.scope = day + "/" + s.t.region + "/s3/aws4_request"
	}
}

// finish leaves the signature of the string to sign whose first and last lines are given.
func (s *signer) finish(kind string, last func([]byte) []byte) {
	b := append(append(s.toSign[:0], kind...), '\n')
	b = append(append(b, s.date...), '\n')
	b = append(append(b, s.scope...), '\n')
	s.toSign = last(b)
	s.mac.Reset()
	s.mac.Write(s.toSign)
	s.mac.Sum(s.sum[:0])
	hex.Encode(s.signature[:], s.sum[:])
}

// head appends a complete signed head. body is nil where the request has none.
func (s *signer) head(dst []byte, method string, path []byte, query string, body *payload) []byte {
	content, names := sigv4.EmptyHash, "host;x-amz-content-sha256;x-amz-date"
	chunked := body != nil && body.chunked
	if body != nil {
		content, names = body.content, body.signed
	}
	c := append(append(s.canonical[:0], method...), '\n')
	c = append(append(c, path...), '\n')
	c = append(append(c, query...), '\n')
	if chunked {
		c = append(c, "content-encoding:aws-chunked\n"...)
	}
	c = append(append(c, "host:"...), s.t.host...)
	c = append(append(c, "\nx-amz-content-sha256:"...), content...)
	c = append(append(c, "\nx-amz-date:"...), s.date...)
	if chunked {
		c = strconv.AppendInt(append(c, "\nx-amz-decoded-content-length:"...), int64(len(body.data)), 10)
		if body.trailer {
			c = append(c, "\nx-amz-trailer:x-amz-checksum-crc32"...)
		}
	}
	c = append(append(c, "\n\n"...), names...)
	s.canonical = append(append(c, '\n'), content...)
	s.finish("AWS4-HMAC-SHA256", func(b []byte) []byte {
		sum := sha256.Sum256(s.canonical)
		return hex.AppendEncode(b, sum[:])
	})

	dst = append(append(append(dst, method...), ' '), path...)
	if query != "" {
		dst = append(append(dst, '?'), query...)
	}
	dst = append(append(dst, " HTTP/1.1\r\nHost: "...), s.t.host...)
	dst = append(append(dst, "\r\nX-Amz-Content-Sha256: "...), content...)
	dst = append(append(dst, "\r\nX-Amz-Date: "...), s.date...)
	if chunked {
		dst = strconv.AppendInt(append(dst, "\r\nContent-Encoding: aws-chunked\r\nX-Amz-Decoded-Content-Length: "...), int64(len(body.data)), 10)
		if body.trailer {
			dst = append(dst, "\r\nX-Amz-Trailer: x-amz-checksum-crc32"...)
		}
	}
	dst = append(append(dst, "\r\nAuthorization: AWS4-HMAC-SHA256 Credential="...), s.t.AccessKey...)
	dst = append(append(append(dst, '/'), s.scope...), ", SignedHeaders="...)
	dst = append(append(append(dst, names...), ", Signature="...), s.signature[:]...)
	if body != nil {
		dst = strconv.AppendInt(append(dst, "\r\nContent-Length: "...), int64(body.wire), 10)
	}
	return append(dst, "\r\n\r\n"...)
}

// payload is the one body that every write of a row sends. What can be hashed about it is hashed once, before the row.
type payload struct {
	data    []byte
	content string   // value of x-amz-content-sha256
	signed  string   // names of the signed headers
	wire    int      // bytes on the wire
	chunked bool     // framed as aws-chunked
	trailer bool     // and with a trailer
	fixed   [][]byte // the body as sent, where it does not depend on the signature
	chunks  [][]byte // of a body in signed chunks; the last is empty
	hashes  []string // of the chunks, in hex
}

func newPayload(data []byte, kind Payload) *payload {
	p := &payload{data: data, wire: len(data), signed: "host;x-amz-content-sha256;x-amz-date"}
	if len(data) > 0 {
		p.fixed = [][]byte{data}
	}
	switch kind {
	case Unsigned:
		p.content = sigv4.UnsignedPayload
	case Signed:
		sum := sha256.Sum256(data)
		p.content = hex.EncodeToString(sum[:])
	case Stream:
		p.inChunks()
	case Trailer:
		p.withTrailer()
	}
	return p
}

func (p *payload) inChunks() {
	p.chunked, p.content, p.fixed, p.wire = true, sigv4.StreamChunks, nil, 0
	p.signed = "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length"
	for rest, n := p.data, -1; n != 0; rest = rest[n:] {
		n = min(len(rest), chunkLen)
		sum := sha256.Sum256(rest[:n])
		p.chunks = append(p.chunks, rest[:n])
		p.hashes = append(p.hashes, hex.EncodeToString(sum[:]))
		p.wire += len(strconv.FormatInt(int64(n), 16)) + len(";chunk-signature=") + 2*sha256.Size + 2 + n + 2
	}
}

func (p *payload) withTrailer() {
	p.chunked, p.trailer, p.content, p.fixed, p.wire = true, true, sigv4.StreamUnsigned, nil, 0
	p.signed = "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-trailer"
	sum := base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(p.data)))
	end := "0\r\nx-amz-checksum-crc32:" + sum + "\r\n\r\n"
	if len(p.data) > 0 {
		p.fixed = append(p.fixed, []byte(strconv.FormatInt(int64(len(p.data)), 16)+"\r\n"), p.data)
		end = "\r\n" + end
	}
	p.fixed = append(p.fixed, []byte(end))
	for _, f := range p.fixed {
		p.wire += len(f)
	}
}

// segments appends the pieces of the body to dst. Lines of signed chunks are written into scratch, going on from the head's signature.
func (s *signer) segments(dst [][]byte, p *payload, scratch []byte) (segments [][]byte, used []byte) {
	if p.chunks == nil {
		return append(dst, p.fixed...), scratch
	}
	if need := len(p.chunks) * 128; cap(scratch) < need {
		scratch = make([]byte, 0, need) // before the loop: dst keeps pieces of it
	}
	scratch = scratch[:0]
	for i, chunk := range p.chunks {
		s.finish("AWS4-HMAC-SHA256-PAYLOAD", func(b []byte) []byte {
			b = append(append(b, s.signature[:]...), '\n')
			b = append(append(b, sigv4.EmptyHash...), '\n')
			return append(b, p.hashes[i]...)
		})
		from := len(scratch)
		if i > 0 {
			scratch = append(scratch, "\r\n"...)
		}
		scratch = strconv.AppendInt(scratch, int64(len(chunk)), 16)
		scratch = append(append(append(scratch, ";chunk-signature="...), s.signature[:]...), "\r\n"...)
		if len(chunk) == 0 {
			dst = append(dst, append(scratch[from:], "\r\n"...))
			break
		}
		dst = append(dst, scratch[from:], chunk)
	}
	return dst, scratch
}
