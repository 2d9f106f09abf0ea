package object

import (
	"bytes"
	"context"
	"errors"

	"coffer/internal/errs"
	"coffer/internal/ident"
)

// SetEncryption puts the data key of a version under the named key of e: what the key seals stays as it is. Source: AWS S3 API Reference,
// UpdateObjectEncryption, with its refusals.
func (s *Service) SetEncryption(ctx context.Context, in *VersionRef, e *Encryption) (ident.VersionID, error) {
	if err := s.CheckKey(e); err != nil {
		return "", err
	}
	for range maxRaces {
		was, err := s.sealingOf(ctx, in)
		if err != nil {
			return "", err
		}
		row, err := s.reseal(in, was, e)
		if err != nil {
			return "", err
		}
		now := s.cfg.Clock()
		v, err := s.amend(ctx, in, func(a *amendment) error {
			switch {
			case !bytes.Equal(a.rec.sealing, was):
				return errMoved
			case a.rec.is(flagLock) && a.rec.lockOf().held(now, false):
				return errs.New(errs.Denied, "AccessDenied", "The encryption type for the specified object can't be updated because that object is protected by S3 Object Lock. "+
					"If the object has a governance-mode retention period or a legal hold, you must first remove the Object Lock status on the object before you issue your UpdateObjectEncryption request.").On(errs.Subject(in.Key))
			}
			a.rec.setSealing(row)
			return nil
		})
		if err != errMoved {
			return v, err
		}
	}
	return "", raced("object.SetEncryption")
}

// sealingOf reads what the version's row keeps about encryption.
func (s *Service) sealingOf(ctx context.Context, in *VersionRef) ([]byte, error) {
	f := s.borrowFind()
	defer f.release()
	if err := f.version(ctx, in.Bucket, in.Key, in.Version, 0); err != nil {
		return nil, err
	}
	return bytes.Clone(f.rec.sealing), nil
}

// reseal opens a data key and seals it under the named key of e.
func (s *Service) reseal(in *VersionRef, was []byte, e *Encryption) ([]byte, error) {
	const alone = " Only source objects encrypted with SSE-S3 or SSE-KMS are supported."
	switch has := encryption(was); {
	case has == nil:
		return nil, invalidRequest("The UpdateObjectEncryption operation doesn't support unencrypted source objects." + alone)
	case has.Method == ByCustomer:
		return nil, invalidRequest("The UpdateObjectEncryption operation doesn't support source objects with the encryption type DSSE-KMS or SSE-C." + alone)
	}
	box, err := s.openLockbox(in.Bucket, in.Key, was, nil)
	if err != nil {
		return nil, err
	}
	next := sealing{method: ByNamedKey, bucketKey: e.BucketKey, name: e.KeyName}
	if next.envelope, err = s.cfg.Keyring.SealNamed(e.KeyName, box.key, dataKeyAAD(in.Bucket, in.Key)); errors.Is(err, errs.NotFound) {
		err = unknownNamedKey(e.KeyName)
	}
	return next.encode(nil), err
}
