package ident

import (
	"encoding/hex"
	"io"

	"coffer/internal/errs"
)

// newUUID makes a random (version 4) UUID in lower case.
func newUUID(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", errs.Fault("ident.newUUID", err)
	}
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], nil
}

// NewUserID makes a user's id from random.
func NewUserID(random io.Reader) (UserID, error) { s, err := newUUID(random); return UserID(s), err }

// NewGroupID makes a group's id from random.
func NewGroupID(random io.Reader) (GroupID, error) { s, err := newUUID(random); return GroupID(s), err }

// NewKeyID makes the id of a key's record from random.
func NewKeyID(random io.Reader) (KeyID, error) { s, err := newUUID(random); return KeyID(s), err }

func newHex(random io.Reader, bytes int) (string, error) {
	b := make([]byte, bytes)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", errs.Fault("ident.newHex", err)
	}
	return hex.EncodeToString(b), nil
}

// NewCanonicalID makes a canonical user id from random.
func NewCanonicalID(random io.Reader) (CanonicalID, error) {
	s, err := newHex(random, 16)
	return CanonicalID(s), err
}

// NewBucketID makes the id of one life of a bucket from random.
func NewBucketID(random io.Reader) (BucketID, error) {
	s, err := newHex(random, 8)
	return BucketID(s), err
}
