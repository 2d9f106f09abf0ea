package object

import (
	"context"

	"coffer/internal/authz"
	"coffer/internal/ident"
	"coffer/internal/object/metadata"
)

// ACL returns a version's access control list.
func (s *Service) ACL(ctx context.Context, in *VersionRef) (string, ident.VersionID, error) {
	f := s.borrowFind()
	defer f.release()
	if err := f.version(ctx, in.Bucket, in.Key, in.Version, wantAttrs); err != nil {
		return "", "", err
	}
	h, _, err := metadata.Decode(f.attrs)
	return h.ACL, f.rec.shown(in.Bucket), err
}

// SetACL replaces a version's access control list. The comparison is part of the update: an object that took the place of the one whose
// list was read keeps its own.
func (s *Service) SetACL(ctx context.Context, in *VersionRef, was, acl string) (ident.VersionID, error) {
	if len(acl) > metadata.MaxACL {
		return "", metadata.TooLongACL()
	}
	return s.amend(ctx, in, func(a *amendment) error {
		h, tags, err := a.attrs(in.Key)
		if err != nil {
			return err
		}
		if h.ACL != was {
			return operationAborted()
		}
		h.ACL = acl
		a.rec.setOwner(authz.ListOwner(acl))
		return a.setHeaders(in.Key, &h, tags)
	})
}
