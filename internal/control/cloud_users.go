package control

import (
	"context"
	"errors"
	"net/http"

	"coffer/internal/api/cloud"
	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
)

func (s *cloudAPI) UmUsersGet(w http.ResponseWriter, r *http.Request, p cloud.UmUsersGetParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		l, err := newListing(r, p.Offset, p.Limit, p.MaxResults, p.OrderBy, p.Depth)
		if err != nil {
			return err
		}
		users, total, err := window(&l, func(at iam.Page) ([]*iam.User, int, error) { return s.cfg.IAM.Users(ctx, a, c, at) },
			func(u *iam.User) map[string]any { return properties(userProperties(u)) })
		if err != nil {
			return err
		}
		out := cloud.Users{Id: "users", Type: "collection", Href: s.href(r, "um", "users"), Items: []cloud.User{}}
		for _, u := range users {
			item, err := s.user(ctx, r, a, u, l.depth-1)
			if err != nil {
				return err
			}
			out.Items = append(out.Items, item)
		}
		out.Offset, out.Limit, out.UnderscoreLinks = &l.offset, &l.limit, cloudLinks(&l, out.Href, r, total)
		s.write(w, r, http.StatusOK, out)
		return nil
	})
}

func (s *cloudAPI) UmUsersPost(w http.ResponseWriter, r *http.Request, p cloud.UmUsersPostParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		depth, err := depthOf(p.Depth)
		if err != nil {
			return err
		}
		var in cloud.UserPost
		if err := decode(w, r, &in, ignoreUnknown); err != nil {
			return err
		}
		f := in.Properties
		if err := needed("firstname", f.Firstname, "lastname", f.Lastname, "email", f.Email, "password", f.Password); err != nil {
			return err
		}
		u, err := s.cfg.IAM.CreateUser(ctx, a, c, iam.NewUser{
			FirstName: f.Firstname, LastName: f.Lastname, Email: f.Email, Password: f.Password,
			Administrator: or(f.Administrator, false), ForceSecAuth: or(f.ForceSecAuth, false),
			TemporaryPassword: or(f.TemporaryPassword, false), Inactive: !or(f.Active, true),
		})
		if err != nil {
			return err
		}
		return s.answerUser(ctx, w, r, a, u, depth)
	})
}

// needed fails naming the first property, of name and value pairs, whose value is "".
func needed(pairs ...string) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return invalid("Field properties.%s is needed.", pairs[i])
		}
	}
	return nil
}

// answerUser answers a change of a user that has happened.
func (s *cloudAPI) answerUser(ctx context.Context, w http.ResponseWriter, r *http.Request, a iam.Actor, u *iam.User, depth int) error {
	out, err := s.user(ctx, r, a, u, depth)
	if err != nil {
		return err
	}
	s.accepted(w, r, *out.Metadata.Etag)
	s.write(w, r, http.StatusAccepted, out)
	return nil
}

func (s *cloudAPI) UmUsersFindById(w http.ResponseWriter, r *http.Request, id cloud.UserId, p cloud.UmUsersFindByIdParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		depth, err := depthOf(p.Depth)
		if err != nil {
			return err
		}
		u, err := s.find(ctx, a, c, id)
		if err != nil {
			return err
		}
		out, err := s.user(ctx, r, a, u, depth)
		if err != nil {
			return err
		}
		w.Header().Set("ETag", `"`+*out.Metadata.Etag+`"`)
		s.write(w, r, http.StatusOK, out)
		return nil
	})
}

func (s *cloudAPI) find(ctx context.Context, a iam.Actor, c ident.ContractID, id string) (*iam.User, error) {
	u, err := userID(id)
	if err != nil {
		return nil, err
	}
	return s.cfg.IAM.User(ctx, a, c, u)
}

func (s *cloudAPI) UmUsersPut(w http.ResponseWriter, r *http.Request, id cloud.UserId, p cloud.UmUsersPutParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		depth, err := depthOf(p.Depth)
		if err != nil {
			return err
		}
		var in cloud.UserPut
		if err := decode(w, r, &in, ignoreUnknown); err != nil {
			return err
		}
		user, err := userID(id)
		if err != nil {
			return err
		}
		f := in.Properties
		u, err := s.cfg.IAM.UpdateUser(ctx, a, c, user, iam.UserChange{
			FirstName: f.Firstname, LastName: f.Lastname, Email: f.Email, Password: or(f.Password, ""),
			Administrator: f.Administrator, ForceSecAuth: f.ForceSecAuth, Active: f.Active, TemporaryPassword: or(f.TemporaryPassword, false),
		})
		if err != nil {
			return err
		}
		return s.answerUser(ctx, w, r, a, u, depth)
	})
}

func (s *cloudAPI) UmUsersDelete(w http.ResponseWriter, r *http.Request, id cloud.UserId, p cloud.UmUsersDeleteParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		u, err := userID(id)
		if err != nil {
			return err
		}
		if err := s.cfg.IAM.DeleteUser(ctx, a, c, u); err != nil {
			return err
		}
		s.accepted(w, r, "deleted")
		w.WriteHeader(http.StatusAccepted)
		return nil
	})
}

func (s *cloudAPI) UmUsersGroupsGet(w http.ResponseWriter, r *http.Request, id cloud.UserId, p cloud.UmUsersGroupsGetParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		u, err := s.find(ctx, a, c, id)
		if err != nil {
			return err
		}
		out := groupsWire{Id: "groups", Type: "collection", Href: s.href(r, "um", "users", string(u.ID), "groups"), Items: []groupWire{}}
		for _, g := range u.Groups {
			group, err := s.cfg.IAM.Group(ctx, a, c, g)
			switch {
			case errors.Is(err, errs.NotFound): // deleted since
				continue
			case errors.Is(err, errs.Denied): // a plain user knows that they are a member, and no more
				out.Items = append(out.Items, groupWire{Id: string(g), Type: "group", Href: s.href(r, "um", "groups", string(g))})
			case err != nil:
				return err
			default:
				out.Items = append(out.Items, s.group(r, group))
			}
		}
		s.write(w, r, http.StatusOK, out)
		return nil
	})
}

// UmUsersOwnsGet answers an empty list: buckets are not resources of this API, and there are no others.
func (s *cloudAPI) UmUsersOwnsGet(w http.ResponseWriter, r *http.Request, id cloud.UserId, p cloud.UmUsersOwnsGetParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		u, err := s.find(ctx, a, c, id)
		if err != nil {
			return err
		}
		s.write(w, r, http.StatusOK, cloud.ResourcesUsers{Id: "owns", Type: "collection",
			Href: s.href(r, "um", "users", string(u.ID), "owns"), Items: []cloud.Resource{}})
		return nil
	})
}

func role(r authz.Role) string {
	switch r {
	case authz.Owner:
		return "owner"
	case authz.Administrator:
		return "administrator"
	}
	return "user"
}

func userProperties(u *iam.User) cloud.UserProperties {
	p := cloud.UserProperties{
		Firstname: u.FirstName, Lastname: u.LastName, Email: string(u.Email), Administrator: u.Role >= authz.Administrator,
		ForceSecAuth: u.ForceSecAuth, SecAuthActive: u.SecAuthActive, Active: u.Active,
	}
	if u.TemporaryPassword {
		p.TemporaryPassword = ptr(true)
	}
	if u.Canonical != "" {
		p.S3CanonicalUserId = ptr(string(u.Canonical))
	}
	return p
}

// user is the wire form of a user; children come from depth 1 on.
func (s *cloudAPI) user(ctx context.Context, r *http.Request, a iam.Actor, u *iam.User, depth int) (cloud.User, error) {
	path := []string{"um", "users", string(u.ID)}
	out := cloud.User{
		Id: string(u.ID), Type: "user", Href: s.href(r, path...), Properties: userProperties(u),
		Metadata: &cloud.UserMetadata{
			Etag:        ptr(etag("user", u.ID, u.Revision)),
			CreatedDate: ptr(stamp(u.Created)), CreatedBy: ptr(urn(u.CreatedBy)), CreatedByUserId: ptr(string(u.CreatedBy)),
			LastModifiedDate: ptr(stamp(u.Modified)), LastModifiedBy: ptr(urn(u.ModifiedBy)), LastModifiedByUserId: ptr(string(u.ModifiedBy)),
			Role: ptr(cloud.UserMetadataRole(role(u.Role))), ObjectStorage: ptr(u.ObjectStorage),
			ContractUserId: ptr(ident.ContractUserID(u.Contract, u.ID)),
		},
	}
	if !u.LastLogin.IsZero() {
		out.Metadata.LastLogin = ptr(stamp(u.LastLogin))
	}
	if depth < 1 {
		return out, nil
	}
	owns := cloud.Children{Id: "owns", Type: "collection", Href: s.href(r, append(path, "owns")...), Items: []cloud.Child{}}
	groups := cloud.Children{Id: "groups", Type: "collection", Href: s.href(r, append(path, "groups")...), Items: []cloud.Child{}}
	for _, g := range u.Groups {
		child := cloud.Child{Id: string(g), Type: "group", Href: s.href(r, "um", "groups", string(g))}
		if depth > 1 {
			group, err := s.cfg.IAM.Group(ctx, a, u.Contract, g)
			switch {
			case err == nil:
				child.Properties = groupProperties(group)
			case !errors.Is(err, errs.Denied) && !errors.Is(err, errs.NotFound):
				return out, err
			}
		}
		groups.Items = append(groups.Items, child)
	}
	out.Entities = &cloud.UserEntities{Owns: &owns, Groups: &groups}
	return out, nil
}

// maxScan bounds how many entries of a contract a filter or an order looks at.
const maxScan = 100_000

// window reads the part of a list that l asks for, and how long the whole is. Where l filters or orders, everything is read.
func window[T any](l *listing, read func(iam.Page) ([]T, int, error), of func(T) map[string]any) ([]T, int, error) {
	if l.plain() {
		return read(l.page())
	}
	var all []T
	for len(all) < maxScan {
		part, total, err := read(iam.Page{Offset: len(all), Limit: managementMaxLimit})
		if err != nil {
			return nil, 0, err
		}
		all = append(all, part...)
		if len(part) == 0 || len(all) >= total {
			break
		}
	}
	all = arrange(l, all, of)
	return cut(all, l.span), len(all), nil
}
