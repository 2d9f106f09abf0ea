package control

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"

	"coffer/internal/api/management"
	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
)

// Windows of the Object Storage Management API.
const (
	managementLimit    = 100
	managementMaxLimit = 1000
)

// managementAPI serves api/management.yaml.
type managementAPI struct{ *server }

var _ management.ServerInterface = (*managementAPI)(nil)

func (s *managementAPI) AccesskeysGet(w http.ResponseWriter, r *http.Request, p management.AccesskeysGetParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		at, err := newSpan(p.Offset, p.Limit, managementLimit, managementMaxLimit)
		if err != nil {
			return err
		}
		user := a.User
		if p.FilterUserId != nil {
			user = ident.UserID(p.FilterUserId.String())
		} else if a.Operator {
			return invalid("The operator has no keys of its own: name a user with filter.userId.")
		}
		keys, err := s.cfg.IAM.Keys(ctx, a, c, user)
		if err != nil {
			return err
		}
		if want := p.FilterAccesskeyId; want != nil {
			keys = filter(keys, func(k *iam.Key) bool { return string(k.AccessKey) == *want })
		}
		list := management.AccessKeyReadList{
			Id: uuid.MustParse(derivedID("accesskeys", string(user))), Type: "collection", Href: "/accesskeys",
			Items: []management.AccessKeyRead{}, Offset: at.offset, Limit: at.limit,
		}
		last, err := s.lastUses(ctx, c, user)
		if err != nil {
			return err
		}
		for _, k := range cut(keys, at) {
			list.Items = append(list.Items, used(s.accessKey(k, ""), last))
		}
		l := &list.UnderscoreLinks
		l.Prev, l.Self, l.Next = at.links("/accesskeys", keep(r.URL.Query(), "filter.accesskeyId", "filter.userId"), len(keys))
		s.write(w, r, http.StatusOK, list)
		return nil
	})
}

func (s *managementAPI) AccesskeysPost(w http.ResponseWriter, r *http.Request, p management.AccesskeysPostParams) {
	if err := person(callOf(r).actor); err != nil {
		s.fail(w, r, err)
		return
	}
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		var in management.AccessKeyCreate
		if err := decodeProperties(w, r, &in); err != nil {
			return err
		}
		terms, err := newKey(in.Properties.Description, in.Properties.Expires)
		if err != nil {
			return err
		}
		k, err := s.cfg.IAM.MakeKey(ctx, a, c, a.User, terms)
		if err != nil {
			return err
		}
		s.write(w, r, http.StatusCreated, s.accessKey(&k.Key, k.Secret))
		return nil
	})
}

func (s *managementAPI) AccesskeysFindById(w http.ResponseWriter, r *http.Request, id management.AccesskeyId, p management.AccesskeysFindByIdParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		k, err := s.cfg.IAM.Key(ctx, a, c, ident.KeyID(id.String()))
		if err != nil {
			return err
		}
		last, err := s.lastUses(ctx, c, k.User)
		if err != nil {
			return err
		}
		s.write(w, r, http.StatusOK, used(s.accessKey(k, ""), last))
		return nil
	})
}

// AccesskeysPut describes a key of the caller's own, and makes one where the id is free.
func (s *managementAPI) AccesskeysPut(w http.ResponseWriter, r *http.Request, id management.AccesskeyId, p management.AccesskeysPutParams) {
	if err := person(callOf(r).actor); err != nil {
		s.fail(w, r, err)
		return
	}
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, _ ident.ContractID) error {
		var in management.AccessKeyEnsure
		if err := decodeProperties(w, r, &in); err != nil {
			return err
		}
		if in.Id != nil && *in.Id != id.String() {
			return invalid("Field id: %q is not the id in the path.", *in.Id)
		}
		terms, err := newKey(in.Properties.Description, in.Properties.Expires)
		if err != nil {
			return err
		}
		k, created, err := s.cfg.IAM.EnsureKey(ctx, a, ident.KeyID(id.String()), terms)
		if err != nil {
			return err
		}
		status := http.StatusOK
		if created {
			status = http.StatusCreated
		}
		s.write(w, r, status, s.accessKey(&k.Key, k.Secret))
		return nil
	})
}

func (s *managementAPI) AccesskeysRenew(w http.ResponseWriter, r *http.Request, id management.AccesskeyId, p management.AccesskeysRenewParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		k, err := s.cfg.IAM.RenewKey(ctx, a, c, ident.KeyID(id.String()))
		if err != nil {
			return err
		}
		s.write(w, r, http.StatusOK, s.accessKey(&k.Key, k.Secret))
		return nil
	})
}

func (s *managementAPI) AccesskeysDelete(w http.ResponseWriter, r *http.Request, id management.AccesskeyId, p management.AccesskeysDeleteParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		if err := s.cfg.IAM.DeleteKey(ctx, a, c, ident.KeyID(id.String())); err != nil {
			return err
		}
		w.WriteHeader(http.StatusAccepted)
		return nil
	})
}

func (s *managementAPI) RegionsGet(w http.ResponseWriter, r *http.Request, p management.RegionsGetParams) {
	at, err := newSpan(p.Offset, p.Limit, managementLimit, managementMaxLimit)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	list := management.RegionReadList{
		Id: uuid.MustParse(derivedID("regions")), Type: "collection", Href: "/regions",
		Items: []management.RegionRead{}, Offset: at.offset, Limit: at.limit,
	}
	for i := range cut(s.cfg.Regions(), at) {
		list.Items = append(list.Items, s.region(callOf(r), at.offset+i))
	}
	list.UnderscoreLinks.Prev, list.UnderscoreLinks.Self, list.UnderscoreLinks.Next = at.links("/regions", nil, len(s.cfg.Regions()))
	s.write(w, r, http.StatusOK, list)
}

func (s *managementAPI) RegionsFindByRegion(w http.ResponseWriter, r *http.Request, name string) {
	for i, region := range s.cfg.Regions() {
		if string(region.Name) == name {
			s.write(w, r, http.StatusOK, s.region(callOf(r), i))
			return
		}
	}
	s.fail(w, r, errs.New(errs.NotFound, "", "There is no region of this name; GET /regions lists them."))
}

// region is the wire form of the i-th region. All regions of one server share its endpoint.
func (s *server) region(c *call, i int) management.RegionRead {
	region, at := s.cfg.Regions()[i], s.s3(c)
	return management.RegionRead{
		Id: string(region.Name), Type: "region", Href: "/regions/" + string(region.Name), Metadata: map[string]any{},
		Properties: management.Region{
			Version: 1, Endpoint: at.Host, EndpointUrl: ptr(at.String()), Website: s.cfg.WebsiteDomain,
			StorageClasses: []string{"standard"}, Location: string(region.Name),
			BucketOwnership: management.RegionBucketOwnership(region.Ownership.String()), Default: ptr(i == 0),
		},
	}
}

// accessKey is the wire form of a key; secret is "" except right after creation and renewal.
func (s *server) accessKey(k *iam.Key, secret string) management.AccessKeyRead {
	modifier := k.ModifiedBy
	if modifier == "" {
		modifier = k.CreatedBy
	}
	out := management.AccessKeyRead{
		Id: uuidOf(string(k.ID)), Type: "accesskey", Href: "/accesskeys/" + string(k.ID),
		Metadata: management.AccessKeyMetadata{
			CreatedDate: ptr(stamp(k.Created)), CreatedBy: ptr(urn(k.CreatedBy)), CreatedByUserId: ptr(string(k.CreatedBy)),
			LastModifiedDate: ptr(stamp(k.Modified)), LastModifiedBy: ptr(urn(modifier)), LastModifiedByUserId: ptr(string(modifier)),
			ResourceURN: ptr("ionos:object-storage::" + k.Contract.String() + ":accesskeys/" + string(k.ID)),
			Status:      management.AVAILABLE, Administrative: ptr(k.Administrative), SupportedRegions: s.supported(k.Validity),
			Active: ptr(k.Active), Validity: ptr(management.AccessKeyMetadataValidity(validity(k.Validity))),
		},
		Properties: management.AccessKey{
			Description: k.Description, AccessKey: string(k.AccessKey), SecretKey: secret,
			ContractUserId: ptr(ident.ContractUserID(k.Contract, k.User)),
		},
	}
	if !k.Expires.IsZero() {
		out.Metadata.Expires = ptr(stamp(k.Expires))
	}
	if k.Canonical != "" {
		out.Properties.CanonicalUserId = ptr(string(k.Canonical))
	}
	return out
}

// newKey reads what a body says about a key.
func newKey(description, expires *string) (iam.NewKey, error) {
	n := iam.NewKey{Description: or(description, "")}
	switch text := or(expires, ""); text {
	case "":
	case "never":
		n.Never = true
	default:
		var err error
		if n.Expires, err = time.Parse(time.RFC3339, text); err != nil {
			return n, invalid("Field expires: %.40q is neither a time as 2027-01-31T00:00:00Z nor never.", text)
		}
	}
	return n, nil
}

// supported lists the regions at whose buckets a key works (K9).
func (s *server) supported(v authz.Validity) []string {
	names := []string{}
	for _, r := range s.cfg.Regions() {
		if v == authz.AllBuckets || r.Ownership == ident.UserOwned {
			names = append(names, string(r.Name))
		}
	}
	return names
}

func validity(v authz.Validity) string {
	if v == authz.UserOwnedOnly {
		return "user-owned-buckets-only"
	}
	return "all-buckets"
}

// uuidOf reads a UUID that was validated before; the zero UUID otherwise.
func uuidOf(s string) uuid.UUID { u, _ := uuid.Parse(s); return u }

func filter[T any](all []T, keep func(T) bool) []T {
	var out []T
	for _, v := range all {
		if keep(v) {
			out = append(out, v)
		}
	}
	return out
}

// keep returns the named parameters of q.
func keep(q url.Values, names ...string) url.Values {
	out := url.Values{}
	for _, n := range names {
		if v, ok := q[n]; ok {
			out[n] = v
		}
	}
	return out
}
