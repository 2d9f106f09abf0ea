package sigv4

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"hash"
	"io"
	"strings"
	"sync"

	"coffer/internal/checksum"
)

// Source: AWS S3 API Reference, "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks" and
// "... Including Trailing Headers".

// The limits of a chunked body. A chunk itself is bounded by the decoded length only, since it is never kept.
const (
	maxTrailer    = 4 << 10  // bytes of all trailers
	minChunk      = 8 << 10  // bytes of every chunk but the last
	bodyBuffer    = 16 << 10 // bytes buffered, pooled
	maxSizeDigits = 16       // of a chunk's size; its line has these and a signature, nothing else
)

const (
	chunkExtension   = ";chunk-signature="
	trailerSignature = "x-amz-trailer-signature"
	signatureLen     = 2 * sha256.Size
)

// work is what reading a chunked body takes, kept in a pool.
type work struct {
	in   *bufio.Reader
	hash hash.Hash
	sum  [sha256.Size]byte
}

var works = sync.Pool{New: func() any { return &work{in: bufio.NewReaderSize(nil, bodyBuffer), hash: sha256.New()} }}

// chunked decodes aws-chunked framing. A chunk streams to the reader while it is hashed; its last byte, and the body's, is given when the
// signature was found right.
type chunked struct {
	claim    *Auth
	w        *work // nil once the body is over
	signed   bool
	trailers bool
	left     int64 // of the chunk
	total    int64 // bytes of all chunks begun so far
	count    int   // chunks begun
	size     int64 // of the last chunk begun
	sum      checksum.Sum
	err      error // how it ended, once it has

	previous, claimed [signatureLen]byte
}

func newChunked(a *Auth, r io.Reader) *chunked {
	c := &chunked{claim: a, w: works.Get().(*work), signed: a.Payload != PayloadUnsignedTrailer, trailers: a.Payload != PayloadChunks}
	c.w.in.Reset(r)
	c.w.hash.Reset()
	copy(c.previous[:], a.signature)
	return c
}

// Sum is the trailer's checksum, once Read returned io.EOF.
func (c *chunked) Sum() checksum.Sum {
	if c.err == io.EOF {
		return c.sum
	}
	return checksum.Sum{}
}

func (c *chunked) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	if c.left == 0 {
		if err := c.begin(); err != nil {
			return 0, c.over(err)
		}
	}
	n, err := c.w.in.Read(p[:min(int64(len(p)), c.left)])
	if n == 0 && err != nil {
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return 0, c.over(badFraming())
		}
		return 0, c.over(readError(err))
	}
	if c.signed {
		c.w.hash.Write(p[:n])
	}
	if c.left -= int64(n); c.left > 0 {
		return n, nil
	}
	err = c.endChunk()
	if err == nil && c.total == c.claim.Decoded {
		err = c.begin()
	}
	if err != nil && c.over(err) != io.EOF {
		return 0, c.err
	}
	return n, nil
}

// over ends the body: the working memory goes back.
func (c *chunked) over(err error) error {
	c.err = err
	c.w.in.Reset(nil)
	works.Put(c.w)
	c.w = nil
	return err
}

// begin reads the line before a chunk. The empty chunk is read to the end of the body: then it returns io.EOF.
func (c *chunked) begin() error {
	line, err := c.line()
	if err != nil {
		return err
	}
	size, ok := c.parseLine(line)
	switch {
	case !ok:
		return badFraming()
	case size > c.claim.Decoded-c.total, size == 0 && c.total != c.claim.Decoded:
		return otherLength()
	case size > 0 && c.count > 0 && c.size < minChunk:
		return smallChunk(c.count, c.size)
	}
	c.count, c.size, c.left, c.total = c.count+1, size, size, c.total+size
	if size > 0 {
		return nil
	}
	if err := c.checkChunk(); err != nil {
		return err
	}
	if c.trailers {
		err = c.readTrailers()
	} else {
		err = c.lineEnd()
	}
	if err != nil {
		return err
	}
	for range 2 { // minio-go ends trailers with one empty line more, others with two
		if rest, _ := c.w.in.Peek(2); c.trailers && string(rest) == "\r\n" {
			_, _ = c.w.in.Discard(2)
		}
	}
	if _, err := c.w.in.ReadByte(); err != io.EOF {
		if err != nil {
			return readError(err)
		}
		return badFraming()
	}
	return io.EOF
}

// line reads a line and takes off its end, which is CR LF. It is valid until the next read.
func (c *chunked) line() ([]byte, error) {
	line, err := c.w.in.ReadSlice('\n')
	if err != nil && err != bufio.ErrBufferFull && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, readError(err)
	}
	line, ok := bytes.CutSuffix(line, []byte("\r\n"))
	if err != nil || !ok {
		return nil, badFraming()
	}
	return line, nil
}

func (c *chunked) lineEnd() error {
	line, err := c.line()
	if err == nil && len(line) > 0 {
		err = badFraming()
	}
	return err
}

// parseLine reads the size in hexadecimal and, of a signed body, the signature.
func (c *chunked) parseLine(line []byte) (size int64, ok bool) {
	digits := line
	if c.signed {
		var signature []byte
		if digits, signature, ok = bytes.Cut(line, []byte(chunkExtension)); !ok || len(signature) != signatureLen {
			return 0, false
		}
		copy(c.claimed[:], signature)
	}
	if len(digits) == 0 || len(digits) > maxSizeDigits {
		return 0, false
	}
	for _, d := range digits {
		v, ok := unhex(d)
		if !ok || size >= 1<<59 {
			return 0, false
		}
		size = size<<4 | int64(v)
	}
	return size, true
}

// endChunk reads the line end after a chunk's data and checks its signature.
func (c *chunked) endChunk() error {
	if err := c.lineEnd(); err != nil {
		return err
	}
	return c.checkChunk()
}

func (c *chunked) checkChunk() error {
	if !c.signed {
		return nil
	}
	c.w.hash.Sum(c.w.sum[:0])
	c.w.hash.Reset()
	s := scratches.Get().(*scratch)
	defer s.free()
	s.beginChunk(c.claim, c.previous[:], c.w.sum)
	return c.check(s)
}

// check compares the signature of the string to sign with the claimed one, which the next one goes on from.
func (c *chunked) check(s *scratch) error {
	want := s.sign(&c.claim.key)
	if !same(want[:], c.claimed[:]) {
		return wrongSignature(c.claim, string(c.claimed[:]), s.text())
	}
	c.previous = want
	return nil
}

func (s *scratch) beginChunk(a *Auth, previous []byte, sum [sha256.Size]byte) {
	s.begin(algorithm+"-PAYLOAD", a)
	s.toSign = append(append(s.toSign, previous...), '\n')
	s.toSign = append(append(s.toSign, EmptyHash...), '\n')
	s.addHash(sum)
}

func (s *scratch) beginTrailer(a *Auth, previous []byte, sum [sha256.Size]byte) {
	s.begin(algorithm+"-TRAILER", a)
	s.toSign = append(append(s.toSign, previous...), '\n')
	s.addHash(sum)
}

// readTrailers reads the announced trailer and, of a signed body, the signature over it, up to the empty line.
func (c *chunked) readTrailers() error {
	var value string
	var found, signed bool
	for room := maxTrailer; ; {
		line, err := c.trailerLine(&room)
		if err != nil {
			return err
		}
		if len(line) == 0 {
			if c.signed && !signed {
				continue // S3's own example has an empty line before the signature
			}
			break
		}
		name, v, ok := strings.Cut(string(line), ":")
		v = strings.Trim(v, " \t")
		switch {
		case c.signed && name == trailerSignature && !signed:
			if len(v) != signatureLen {
				return badFraming()
			}
			signed = true
			copy(c.claimed[:], v)
		case found || signed:
			return badFraming()
		case !ok || name == "" || !strings.EqualFold(name, c.claim.Trailer.Header()):
			return badTrailer()
		default:
			value, found = v, true
		}
	}
	if c.claim.Trailer != checksum.None && !found {
		return badTrailer()
	}
	return c.acceptTrailer(value, found)
}

// trailerLine reads a line that ends in LF, with or without CR before it: S3's own example has both.
func (c *chunked) trailerLine(room *int) ([]byte, error) {
	line, err := c.w.in.ReadSlice('\n')
	if *room -= len(line); err == bufio.ErrBufferFull || err == nil && *room < 0 {
		return nil, badTrailer()
	}
	if err != nil {
		return nil, badFraming()
	}
	line = bytes.TrimSuffix(line[:len(line)-1], []byte("\r"))
	if bytes.IndexByte(line, '\r') >= 0 {
		return nil, badFraming()
	}
	return line, nil
}

// acceptTrailer checks the signature over the trailer, and reads its value.
func (c *chunked) acceptTrailer(value string, found bool) (err error) {
	if c.signed {
		text := ""
		if found {
			text = c.claim.Trailer.Header() + ":" + value + "\n"
		}
		s := scratches.Get().(*scratch)
		defer s.free()
		s.beginTrailer(c.claim, c.previous[:], sha256.Sum256([]byte(text)))
		if err := c.check(s); err != nil {
			return err
		}
	}
	if found {
		c.sum, err = checksum.DecodeTrailer(c.claim.Trailer, value)
	}
	return err
}
