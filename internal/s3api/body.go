package s3api

import (
	"bytes"
	"crypto/md5"
	"crypto/subtle"
	"io"

	"coffer/internal/checksum"
	"coffer/internal/errs"
	"coffer/internal/object"
	"coffer/internal/s3xml"
	"coffer/internal/sigv4"
)

// maxPut is the largest object of a single request in bytes (fact sheet, section 3).
const (
	maxPutContract = 5 << 30
	maxPutUser     = 5_000_000_000
)

// intake makes the body of a write to b: decoded, with the length and the sums that the client promised.
func (c *call) intake(b *object.Bucket) (object.Body, error) {
	var in object.Body
	size := c.auth.Decoded
	if size < 0 || c.r.ContentLength == 0 && len(c.r.Header["Content-Length"]) == 0 && c.r.ProtoMajor == 1 {
		return in, errs.New(errs.Invalid, "MissingContentLength", "")
	}
	most := int64(maxPutContract)
	if b.Ownership.String() == "user-owned" {
		most = maxPutUser
	}
	if size > most {
		return in, newFault(errs.New(errs.Invalid, "EntityTooLarge", ""), "ProposedSize", itoa(size), "MaxSizeAllowed", itoa(most))
	}
	var err error
	if in.MD5, err = c.contentMD5(); err != nil {
		return in, err
	}
	sum, err := checksum.FromRequest(c.r.Header, c.auth.Trailer)
	if err != nil {
		return in, err
	}
	body := c.auth.Body(&c.in)
	in.Reader, in.Size, in.Sum = body, size, sum.Algorithm
	switch {
	case sum.Raw != "":
		in.Want = func() (checksum.Sum, error) { return sum, nil }
	case sum.Algorithm != checksum.None:
		in.Want = func() (checksum.Sum, error) { return body.Sum(), nil }
	}
	return in, nil
}

// readAll reads a small body, at most limit bytes of it decoded, into a pooled buffer that the caller gives back. Content-MD5
// and checksums are verified.
func (c *call) readAll(limit int64) (*[]byte, error) {
	sum, err := checksum.FromRequest(c.r.Header, c.auth.Trailer)
	if err != nil {
		return nil, err
	}
	return c.readSummed(limit, sum)
}

// readUnsummed is readAll where the checksum headers are not about the body.
func (c *call) readUnsummed(limit int64) (*[]byte, error) {
	return c.readSummed(limit, checksum.Sum{})
}

func (c *call) readSummed(limit int64, sum checksum.Sum) (*[]byte, error) {
	if c.auth.Decoded > limit {
		return nil, tooLong(limit)
	}
	if p := c.auth.Payload; c.r.Method == put && c.level == bucketLevel && p != sigv4.PayloadHash && p != sigv4.PayloadUnsigned {
		return nil, invalidRequest("The value of x-amz-content-sha256 header is invalid.") // settings do not come in chunks
	}
	want, err := c.contentMD5()
	if err != nil {
		return nil, err
	}
	body := c.auth.Body(&c.in)
	buf := c.s.buffer()
	if err := fillFrom(buf, body, limit); err != nil {
		c.s.giveBack(buf)
		return nil, err
	}
	if sum.Raw == "" && sum.Algorithm != checksum.None {
		sum = body.Sum()
	}
	if err := checkSums(*buf, want, sum); err != nil {
		c.s.giveBack(buf)
		return nil, err
	}
	return buf, nil
}

func tooLong(limit int64) error {
	return newFault(errs.New(errs.Invalid, "MaxMessageLengthExceeded", ""), "MaxMessageLengthBytes", itoa(limit))
}

// fillFrom appends r to *buf. The buffer grows with what has arrived, never with what was promised.
func fillFrom(buf *[]byte, r io.Reader, limit int64) error {
	b := (*buf)[:0]
	defer func() { *buf = b }()
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if int64(len(b)) > limit {
			return tooLong(limit)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func checkSums(b, want []byte, sum checksum.Sum) error {
	if want != nil {
		got := md5.Sum(b)
		if subtle.ConstantTimeCompare(got[:], want) != 1 {
			return errs.New(errs.Invalid, "BadDigest", "")
		}
	}
	if sum.Raw != "" {
		h := sum.Algorithm.New()
		h.Write(b)
		if !checksum.Of(sum.Algorithm, h).Matches(sum) {
			return checksum.Mismatch(sum.Algorithm)
		}
	}
	return nil
}

// parse reads an XML body of at most limit bytes and hands it to read, which takes the root element named root whole. No body at all is
// MissingRequestBodyError, but for the locks of a version, where S3 answers MalformedXML. Source: versitygw, issues 1185 and 1191, with S3's answer.
func (c *call) parse(limit int64, root string, read func(x *s3xml.Reader)) error {
	buf, err := c.readAll(limit)
	if err != nil {
		return err
	}
	defer c.s.giveBack(buf)
	if len(bytes.TrimSpace(*buf)) == 0 && root != "Retention" && root != "LegalHold" {
		return errs.New(errs.Invalid, "MissingRequestBodyError", "")
	}
	x := s3xml.New(*buf)
	x.Open(root)
	read(x)
	return x.Done()
}
