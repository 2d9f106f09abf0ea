package sigv4

import (
	"crypto/subtle"
	"time"

	"coffer/internal/errs"
)

// Verify checks a Header or Presigned claim: the request's time first (within maxSkew of now, and within its life if presigned),
// then the signature, with the key that secretFor gives for its scope. The scope's region is taken as sent. Fails with
// errs.Unauthenticated (SignatureDoesNotMatch, RequestTimeTooSkewed) or errs.Denied (AccessDenied: expired), with Details.
// Compares in constant time. Not safe for concurrent use with itself or Body.
func (a *Auth) Verify(r *Request, secretFor func(date, region, service string) Key, now time.Time, maxSkew time.Duration) error {
	if a.Form != Header && a.Form != Presigned {
		return errs.Fault("sigv4.Auth.Verify", errs.New(errs.Internal, "", "the claim is not one of version 4"))
	}
	if err := a.checkTime(now, maxSkew); err != nil {
		return err
	}
	key := secretFor(a.Date, a.Region, a.Service)
	s := scratches.Get().(*scratch)
	defer s.free()
	want := s.signature(a, r, &key)
	if !same(want[:], a.signature) {
		return notMatching(a, s.text(), s.canonical)
	}
	a.key, a.verified = key, true
	return nil
}

// same compares in constant time for the length that want has.
func same[T string | []byte](want []byte, got T) bool {
	var buf [64]byte
	if len(got) != len(want) || len(got) > len(buf) {
		return false
	}
	copy(buf[:], got)
	return subtle.ConstantTimeCompare(want, buf[:len(got)]) == 1
}
