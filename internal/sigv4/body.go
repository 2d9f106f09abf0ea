package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	"coffer/internal/checksum"
	"coffer/internal/errs"
)

// Body reads the request's body from r. Call it after Verify or VerifyV2, or with an Unsigned claim.
func (a *Auth) Body(r io.Reader) BodyReader {
	if a.Form != Unsigned && !a.verified {
		return &plain{err: errs.Fault("sigv4.Auth.Body", errs.New(errs.Internal, "", "the claim was not verified"))}
	}
	switch a.Payload {
	case PayloadHash:
		return &plain{r: r, want: a.Decoded, hash: sha256.New(), claimed: a.Hash}
	case PayloadUnsigned:
		return &plain{r: r, want: a.Decoded}
	}
	return newChunked(a, r)
}

// plain is a body sent as it is: its length is checked, and its hash where one is claimed.
type plain struct {
	r       io.Reader
	want    int64 // -1: unknown
	got     int64
	hash    hash.Hash // nil: none claimed
	claimed string
	err     error // how it ended, once it has
}

// Sum is always empty: trailers need framing.
func (p *plain) Sum() checksum.Sum { return checksum.Sum{} }

func (p *plain) Read(b []byte) (int, error) {
	if p.err != nil {
		return 0, p.err
	}
	if p.want >= 0 && p.got == p.want {
		return 0, p.end()
	}
	n, err := p.r.Read(b)
	p.got += int64(n)
	if p.hash != nil {
		p.hash.Write(b[:n])
	}
	switch {
	case p.want >= 0 && p.got > p.want:
		p.err = otherLength()
	case err == io.EOF || err == nil && n > 0 && p.got == p.want:
		err = p.end()
	case err != nil:
		p.err = readError(err)
	}
	if p.err != nil && p.err != io.EOF {
		return 0, p.err
	}
	if n > 0 {
		return n, nil
	}
	return 0, err
}

// end checks what can be checked when the body is over, and decides p.err.
func (p *plain) end() error {
	p.err = io.EOF
	if p.want >= 0 && p.got != p.want {
		p.err = otherLength()
	} else if p.hash != nil {
		var sum [sha256.Size]byte
		if got := hex.EncodeToString(p.hash.Sum(sum[:0])); got != p.claimed {
			p.err = otherHash(p.claimed, Detail{"S3ComputedContentSHA256", got})
		}
	}
	return p.err
}

// readError tells an error of the connection in the vocabulary of errs.
func readError(err error) error {
	var ours *errs.Error
	var timed interface{ Timeout() bool }
	switch {
	case errors.As(err, &ours):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return otherLength()
	case errors.As(err, &timed) && timed.Timeout():
		return errs.New(errs.Invalid, "RequestTimeout", "Your socket connection to the server was not read from or written to within the timeout period. "+
			"Idle connections will be closed.").Because(err)
	}
	return errs.New(errs.Canceled, "", "The request body could not be read.").Because(err)
}
