package sigv4

import (
	"io"
	"time"

	"coffer/internal/checksum"
	"coffer/internal/errs"
)

// Parse reads a request's claim under S3's rule. An anonymous request gives Form Unsigned. Version 2 is recognised too: whether
// it is accepted is the caller's setting. Fails with errs.Invalid, Denied or Unauthenticated and S3's code.
func Parse(r *Request) (*Auth, error) { return S3().Parse(r) }

// Parse reads a request's claim under the service's rule.
func (s Service) Parse(r *Request) (*Auth, error) {
	return nil, errs.New(errs.Unsupported, "NotImplemented", "Signatures are not read yet.")
}

// Verify checks the signature of a Header or Presigned claim with the key that secretFor gives for its scope, then the request's
// time: within maxSkew of now, and within its life if presigned. The scope's region is taken as sent. Fails with
// errs.Unauthenticated (SignatureDoesNotMatch, RequestTimeTooSkewed) or errs.Denied (AccessDenied: expired), with Details.
func (a *Auth) Verify(r *Request, secretFor func(date, region, service string) Key, now time.Time, maxSkew time.Duration) error {
	return errs.New(errs.Unsupported, "NotImplemented", "Signatures are not verified yet.")
}

// VerifyV2 checks a HeaderV2 or PresignedV2 claim with the access key's secret, and the request's time.
func (a *Auth) VerifyV2(r *Request, secret string, now time.Time, maxSkew time.Duration) error {
	return errs.New(errs.Unsupported, "NotImplemented", "Signatures are not verified yet.")
}

// Body reads the request's body from r. Call it after Verify, or with an Unsigned claim.
func (a *Auth) Body(r io.Reader) BodyReader { return plain{r} }

type plain struct{ io.Reader }

func (plain) Sum() checksum.Sum { return checksum.Sum{} }
