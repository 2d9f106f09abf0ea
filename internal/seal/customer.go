package seal

import (
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"io"

	"coffer/internal/errs"
)

// A key that a client brings is never stored. What is kept of it is a verifier under a salt of its own, which tells a wrong key from
// damage and gives nothing back, and a data key wrapped under what is derived from it.
const (
	customerVersion  = 1
	customerSalt     = 16
	customerVerifier = 16
	customerHead     = 1 + customerSalt + customerVerifier
	customerLabel    = "coffer customer key 1"
)

// WrapUnder wraps a data key under a client's key of 32 bytes. rand must be cryptographically strong; aad binds the result to where it is kept.
func WrapUnder(customer, dataKey, aad []byte, rand io.Reader) ([]byte, error) {
	out := make([]byte, customerHead, customerHead+len(dataKey)+gcmTag)
	out[0] = customerVersion
	if _, err := io.ReadFull(rand, out[1:1+customerSalt]); err != nil {
		return nil, errs.Fault("seal.WrapUnder", err)
	}
	derived, err := customerKeys(customer, out[1:1+customerSalt])
	if err != nil {
		return nil, err
	}
	defer clear(derived)
	copy(out[1+customerSalt:], derived[DataKey:])
	aead, err := newGCM(derived[:DataKey])
	if err != nil {
		return nil, err
	}
	// The key is used once, since its salt is: a fixed nonce is right.
	return aead.Seal(out, make([]byte, gcmNonce), dataKey, aad), nil
}

func customerKeys(customer, salt []byte) ([]byte, error) {
	if len(customer) != KeyBytes {
		return nil, errs.New(errs.Invalid, "", "A customer key has 32 bytes.")
	}
	keys, err := hkdf.Key(sha256.New, customer, salt, customerLabel, DataKey+customerVerifier)
	if err != nil {
		return nil, errs.Fault("seal.customerKeys", err)
	}
	return keys, nil
}

// UnwrapUnder opens what WrapUnder made. errs.Denied: the client's key is another one. errs.Corrupt: the bytes were changed or belong elsewhere.
func UnwrapUnder(customer, wrapped, aad []byte) ([]byte, error) {
	if len(wrapped) < customerHead+gcmTag || wrapped[0] != customerVersion {
		return nil, corrupt("the wrapped key is cut off or of an unknown version")
	}
	derived, err := customerKeys(customer, wrapped[1:1+customerSalt])
	if err != nil {
		return nil, err
	}
	defer clear(derived)
	if subtle.ConstantTimeCompare(derived[DataKey:], wrapped[1+customerSalt:customerHead]) != 1 {
		return nil, errs.New(errs.Denied, "AccessDenied", "Access Denied")
	}
	aead, err := newGCM(derived[:DataKey])
	if err != nil {
		return nil, err
	}
	key, err := aead.Open(nil, make([]byte, gcmNonce), wrapped[customerHead:], aad)
	if err != nil {
		return nil, corrupt("the wrapped key was changed or belongs elsewhere")
	}
	return key, nil
}
