package control

import (
	"context"
	"errors"
	"net/http"

	"coffer/internal/api/cloud"
	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
)

func (s *cloudAPI) UmUsersS3keysGet(w http.ResponseWriter, r *http.Request, user cloud.UserId, p cloud.UmUsersS3keysGetParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		l, err := newListing(r, p.Offset, p.Limit, p.MaxResults, p.OrderBy, p.Depth)
		if err != nil {
			return err
		}
		u, err := userID(user)
		if err != nil {
			return err
		}
		pairs, err := s.pairs(ctx, a, c, u)
		if err != nil {
			return err
		}
		path := []string{"um", "users", string(u), "s3keys"}
		out := cloud.S3Keys{Id: derivedID(path...), Type: "collection", Href: s.href(r, path...), Items: []cloud.S3Key{}}
		for _, k := range pairs {
			out.Items = append(out.Items, s.s3Key(r, &k.Key, k.Secret))
		}
		out.Items = arrange(&l, out.Items, func(k cloud.S3Key) map[string]any { return properties(k.Properties) })
		total := len(out.Items)
		out.Items = append([]cloud.S3Key{}, cut(out.Items, l.span)...)
		out.Offset, out.Limit, out.UnderscoreLinks = &l.offset, &l.limit, cloudLinks(&l, out.Href, r, total)
		s.write(w, r, http.StatusOK, out)
		return nil
	})
}

func (s *cloudAPI) UmUsersS3keysPost(w http.ResponseWriter, r *http.Request, user cloud.UserId, p cloud.UmUsersS3keysPostParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		var in cloud.S3KeyPost
		if err := decodeOptional(w, r, &in, ignoreUnknown); err != nil {
			return err
		}
		u, err := userID(user)
		if err != nil {
			return err
		}
		var terms iam.NewKey
		if in.Properties != nil {
			if terms, err = newKey(in.Properties.Description, in.Properties.Expires); err != nil {
				return err
			}
		}
		k, err := s.cfg.IAM.MakeKey(ctx, a, c, u, terms)
		if err != nil {
			return lackingPrivilege(err)
		}
		s.accepted(w, r, string(k.ID))
		s.write(w, r, http.StatusOK, s.s3Key(r, &k.Key, k.Secret))
		return nil
	})
}

func (s *cloudAPI) UmUsersS3keysFindByKeyId(w http.ResponseWriter, r *http.Request, user cloud.UserId, key cloud.KeyId, p cloud.UmUsersS3keysFindByKeyIdParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		k, err := s.key(ctx, a, c, user, key)
		if err != nil {
			return err
		}
		secret, err := s.secret(ctx, a, c, k)
		if err != nil {
			return err
		}
		out := s.s3Key(r, k, secret)
		w.Header().Set("ETag", `"`+*out.Metadata.Etag+`"`)
		s.write(w, r, http.StatusOK, out)
		return nil
	})
}

func (s *cloudAPI) UmUsersS3keysPut(w http.ResponseWriter, r *http.Request, user cloud.UserId, key cloud.KeyId, p cloud.UmUsersS3keysPutParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		var in cloud.S3KeyPut
		if err := decode(w, r, &in, ignoreUnknown); err != nil {
			return err
		}
		if in.Properties.Active == nil && in.Properties.Description == nil && in.Properties.Expires == nil {
			return invalid("Field properties.active is needed: true or false.")
		}
		terms, err := newKey(nil, in.Properties.Expires)
		if err != nil {
			return err
		}
		k, err := s.key(ctx, a, c, user, key)
		if err != nil {
			return err
		}
		to := iam.KeyChange{Expires: terms.Expires, Never: terms.Never}
		if text := in.Properties.Description; text != nil && *text != k.Description {
			to.Description = text
		}
		if on := in.Properties.Active; on != nil && *on != k.Active {
			to.Active = on
		}
		if to != (iam.KeyChange{}) {
			if k, err = s.cfg.IAM.ChangeKey(ctx, a, c, k.ID, to); err != nil {
				return missingKey(err)
			}
		}
		secret, err := s.secret(ctx, a, c, k)
		if err != nil {
			return err
		}
		out := s.s3Key(r, k, secret)
		s.accepted(w, r, *out.Metadata.Etag)
		s.write(w, r, http.StatusAccepted, out)
		return nil
	})
}

func (s *cloudAPI) UmUsersS3keysDelete(w http.ResponseWriter, r *http.Request, user cloud.UserId, key cloud.KeyId, p cloud.UmUsersS3keysDeleteParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		k, err := s.key(ctx, a, c, user, key)
		if err != nil {
			return err
		}
		if err := s.cfg.IAM.DeleteKey(ctx, a, c, k.ID); err != nil {
			return missingKey(err)
		}
		s.accepted(w, r, string(k.ID))
		w.WriteHeader(http.StatusAccepted)
		return nil
	})
}

// UmUsersS3ssourlGet answers with a link into a user's storage whose token is the fragment: browsers do not send it. Oneself gets the console.
func (s *cloudAPI) UmUsersS3ssourlGet(w http.ResponseWriter, r *http.Request, user cloud.UserId, p cloud.UmUsersS3ssourlGetParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		u, err := userID(user)
		if err != nil {
			return err
		}
		link := s.own(callOf(r)).String() + "/"
		if u != a.User || a.Visitor != "" {
			token, _, err := s.cfg.IAM.OpenStorage(ctx, a, c, u)
			if err != nil {
				return err
			}
			link += "visit#" + token
		}
		s.write(w, r, http.StatusOK, cloud.S3ObjectStorageSSO{SsoUrl: link})
		return nil
	})
}

// key finds a key by the access key in the path.
func (s *cloudAPI) key(ctx context.Context, a iam.Actor, c ident.ContractID, user, key string) (*iam.Key, error) {
	u, err := userID(user)
	if err != nil {
		return nil, err
	}
	k, err := ident.ParseAccessKey(key)
	if err != nil {
		return nil, missingKey(errs.New(errs.NotFound, "", "").Because(err))
	}
	found, err := s.cfg.IAM.KeyByAccessKey(ctx, a, c, u, k)
	return found, missingKey(err)
}

// pairs lists a user's keys with their secrets, which are empty for those who may see keys and not their secrets.
func (s *cloudAPI) pairs(ctx context.Context, a iam.Actor, c ident.ContractID, u ident.UserID) ([]*iam.KeyPair, error) {
	keys, err := s.cfg.IAM.Keys(ctx, a, c, u)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	pairs, err := s.cfg.IAM.KeySecrets(ctx, a, c, u)
	if !errors.Is(err, errs.Denied) {
		return pairs, err
	}
	for _, k := range keys {
		pairs = append(pairs, &iam.KeyPair{Key: *k})
	}
	return pairs, nil
}

// secret reads a key's secret again. The operator may see keys and not their secrets: those answers leave it empty.
func (s *cloudAPI) secret(ctx context.Context, a iam.Actor, c ident.ContractID, k *iam.Key) (string, error) {
	kp, err := s.cfg.IAM.KeySecret(ctx, a, c, k.ID)
	if errors.Is(err, errs.Denied) {
		return "", nil
	}
	if err != nil {
		return "", missingKey(err)
	}
	return kp.Secret, nil
}

func (s *cloudAPI) s3Key(r *http.Request, k *iam.Key, secret string) cloud.S3Key {
	modifier := k.ModifiedBy
	if modifier == "" {
		modifier = k.CreatedBy
	}
	out := cloud.S3Key{
		Id: string(k.AccessKey), Type: "s3key", Href: s.href(r, "um", "users", string(k.User), "s3keys", string(k.AccessKey)),
		Metadata: &cloud.S3KeyMetadata{
			Etag:        ptr(etag("key", k.ID, k.Revision)),
			CreatedDate: ptr(stamp(k.Created)), CreatedBy: ptr(urn(k.CreatedBy)), CreatedByUserId: ptr(string(k.CreatedBy)),
			LastModifiedDate: ptr(stamp(k.Modified)), LastModifiedBy: ptr(urn(modifier)), LastModifiedByUserId: ptr(string(modifier)),
			AccesskeyId: ptr(uuidOf(string(k.ID))), Administrative: ptr(k.Administrative),
			Validity: ptr(cloud.S3KeyMetadataValidity(validity(k.Validity))),
		},
		Properties: cloud.S3KeyProperties{SecretKey: secret, Active: k.Active, Description: ptr(k.Description)},
	}
	if !k.Expires.IsZero() {
		out.Metadata.Expires = ptr(stamp(k.Expires))
	}
	return out
}

func cloudLinks(l *listing, href string, r *http.Request, total int) *cloud.PaginationLinks {
	var p cloud.PaginationLinks
	q := r.URL.Query()
	p.Prev, p.Self, p.Next = l.links(href, q, total)
	return &p
}
