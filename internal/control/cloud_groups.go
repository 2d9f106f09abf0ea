package control

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"coffer/internal/api/cloud"
	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
)

// groupWire is cloud.Group with its flags as a map.
type groupWire struct {
	Id         string               `json:"id"`
	Type       string               `json:"type"`
	Href       string               `json:"href"`
	Metadata   *cloud.GroupMetadata `json:"metadata,omitempty"`
	Properties map[string]any       `json:"properties,omitempty"`
	Entities   *cloud.GroupEntities `json:"entities,omitempty"`
}

type groupsWire struct {
	Id     string                 `json:"id"`
	Type   string                 `json:"type"`
	Href   string                 `json:"href"`
	Items  []groupWire            `json:"items"`
	Offset *int                   `json:"offset,omitempty"`
	Limit  *int                   `json:"limit,omitempty"`
	Links  *cloud.PaginationLinks `json:"_links,omitempty"`
}

type groupInput struct {
	ID         *string        `json:"id"`
	Properties map[string]any `json:"properties"`
}

// read splits the properties into the name and the flags. An absent flag is false, and so is a flag of tomorrow's clients that is
// sent as false; to grant what does not exist here is an error.
func (in *groupInput) read() (string, iam.Privileges, error) {
	name, ok := in.Properties["name"].(string)
	if _, sent := in.Properties["name"]; sent && !ok {
		return "", nil, invalid("Field properties.name: it is a string.")
	}
	if name == "" {
		return "", nil, invalid("Field properties.name is needed.")
	}
	flags := iam.Privileges{}
	for key, v := range in.Properties {
		if key == "name" || v == nil {
			continue
		}
		b, ok := v.(bool)
		if !ok {
			return "", nil, invalid("Field properties.%.64s: it is a boolean.", key)
		}
		switch known := slices.Contains(groupFlags[:], key); {
		case known:
			flags[key] = b
		case b:
			return "", nil, invalid("Field properties.%.64s: there is no such privilege; GET a group to see them all.", key)
		}
	}
	return name, flags, nil
}

// groupFlags are the flags that every answer names, as the vendor does.
var groupFlags = [...]string{
	"createDataCenter", "createSnapshot", "reserveIp", "accessActivityLog", "createPcc", "s3Privilege", "createBackupUnit",
	"createInternetAccess", "createK8sCluster", "createFlowLog", "accessAndManageMonitoring", "accessAndManageCertificates",
	"manageDBaaS", "accessAndManageDns", "manageRegistry", "manageDataplatform", "accessAndManageLogging", "accessAndManageCdn",
	"accessAndManageVpn", "accessAndManageApiGateway", "accessAndManageKaas", "accessAndManageNetworkFileStorage",
	"accessAndManageAiModelHub", "accessAndManageIamResources", "createNetworkSecurityGroups",
}

func groupProperties(g *iam.Group) map[string]any {
	m := make(map[string]any, len(groupFlags)+1)
	for _, f := range groupFlags {
		m[f] = false
	}
	for f, v := range g.Privileges {
		m[f] = v
	}
	m["name"] = g.Name
	return m
}

func (s *cloudAPI) group(r *http.Request, g *iam.Group) groupWire {
	return groupWire{
		Id: string(g.ID), Type: "group", Href: s.href(r, "um", "groups", string(g.ID)), Properties: groupProperties(g),
		Metadata: &cloud.GroupMetadata{
			Etag:        ptr(etag("group", g.ID, g.Revision)),
			CreatedDate: ptr(stamp(g.Created)), CreatedBy: ptr(urn(g.CreatedBy)), CreatedByUserId: ptr(string(g.CreatedBy)),
			LastModifiedDate: ptr(stamp(g.Modified)), LastModifiedBy: ptr(urn(g.ModifiedBy)), LastModifiedByUserId: ptr(string(g.ModifiedBy)),
		},
	}
}

// withChildren adds members and resources as depth asks.
func (s *cloudAPI) withChildren(r *http.Request, out groupWire, members []*iam.User, depth int) groupWire {
	users := cloud.Children{Id: "users", Type: "collection", Href: out.Href + "/users", Items: []cloud.Child{}}
	for _, u := range members {
		child := cloud.Child{Id: string(u.ID), Type: "user", Href: s.href(r, "um", "users", string(u.ID))}
		if depth > 1 {
			child.Properties = properties(userProperties(u))
		}
		users.Items = append(users.Items, child)
	}
	out.Entities = &cloud.GroupEntities{Users: &users, Resources: &cloud.Children{Id: "resources", Type: "collection", Href: out.Href + "/resources", Items: []cloud.Child{}}}
	return out
}

func (s *cloudAPI) UmGroupsGet(w http.ResponseWriter, r *http.Request, p cloud.UmGroupsGetParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		l, err := newListing(r, p.Offset, p.Limit, p.MaxResults, p.OrderBy, p.Depth)
		if err != nil {
			return err
		}
		groups, total, err := window(&l, func(at iam.Page) ([]*iam.Group, int, error) { return s.cfg.IAM.Groups(ctx, a, c, at) }, groupProperties)
		if err != nil {
			return err
		}
		var members map[ident.GroupID][]*iam.User
		if l.depth > 1 {
			if members, err = s.cfg.IAM.AllMembers(ctx, a, c); err != nil {
				return err
			}
		}
		out := groupsWire{Id: "groups", Type: "collection", Href: s.href(r, "um", "groups"), Items: []groupWire{}, Offset: &l.offset, Limit: &l.limit}
		for _, g := range groups {
			item := s.group(r, g)
			if l.depth > 1 {
				item = s.withChildren(r, item, members[g.ID], l.depth-1)
			}
			out.Items = append(out.Items, item)
		}
		out.Links = cloudLinks(&l, out.Href, r, total)
		s.write(w, r, http.StatusOK, out)
		return nil
	})
}

func (s *cloudAPI) UmGroupsPost(w http.ResponseWriter, r *http.Request, p cloud.UmGroupsPostParams) {
	s.changeGroup(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID, name string, f iam.Privileges) (*iam.Group, error) {
		return s.cfg.IAM.CreateGroup(ctx, a, c, name, f)
	})
}

func (s *cloudAPI) UmGroupsPut(w http.ResponseWriter, r *http.Request, id cloud.GroupId, p cloud.UmGroupsPutParams) {
	s.changeGroup(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID, name string, f iam.Privileges) (*iam.Group, error) {
		g, err := groupID(id)
		if err != nil {
			return nil, err
		}
		return s.cfg.IAM.UpdateGroup(ctx, a, c, g, name, f)
	})
}

func (s *cloudAPI) changeGroup(w http.ResponseWriter, r *http.Request, number *int32, change func(context.Context, iam.Actor, ident.ContractID, string, iam.Privileges) (*iam.Group, error)) {
	s.in(w, r, number, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		var in groupInput
		if err := decode(w, r, &in, ignoreUnknown); err != nil {
			return err
		}
		name, flags, err := in.read()
		if err != nil {
			return err
		}
		g, err := change(ctx, a, c, name, flags)
		if err != nil {
			return err
		}
		out := s.group(r, g)
		s.accepted(w, r, *out.Metadata.Etag)
		s.write(w, r, http.StatusAccepted, out)
		return nil
	})
}

func (s *cloudAPI) UmGroupsFindById(w http.ResponseWriter, r *http.Request, id cloud.GroupId, p cloud.UmGroupsFindByIdParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		depth, err := depthOf(p.Depth)
		if err != nil {
			return err
		}
		g, err := s.findGroup(ctx, a, c, id)
		if err != nil {
			return err
		}
		out := s.group(r, g)
		if depth > 0 {
			members, err := s.cfg.IAM.Members(ctx, a, c, g.ID)
			if err != nil {
				return err
			}
			out = s.withChildren(r, out, members, depth)
		}
		w.Header().Set("ETag", `"`+*out.Metadata.Etag+`"`)
		s.write(w, r, http.StatusOK, out)
		return nil
	})
}

func (s *cloudAPI) findGroup(ctx context.Context, a iam.Actor, c ident.ContractID, id string) (*iam.Group, error) {
	g, err := groupID(id)
	if err != nil {
		return nil, err
	}
	return s.cfg.IAM.Group(ctx, a, c, g)
}

func (s *cloudAPI) UmGroupsDelete(w http.ResponseWriter, r *http.Request, id cloud.GroupId, p cloud.UmGroupsDeleteParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		g, err := groupID(id)
		if err != nil {
			return err
		}
		if err := s.cfg.IAM.DeleteGroup(ctx, a, c, g); err != nil {
			return err
		}
		s.accepted(w, r, "deleted")
		w.WriteHeader(http.StatusAccepted)
		return nil
	})
}

func (s *cloudAPI) UmGroupsUsersGet(w http.ResponseWriter, r *http.Request, id cloud.GroupId, p cloud.UmGroupsUsersGetParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		l, err := newListing(r, p.Offset, p.Limit, p.MaxResults, p.OrderBy, p.Depth)
		if err != nil {
			return err
		}
		g, err := groupID(id)
		if err != nil {
			return err
		}
		members, err := s.cfg.IAM.Members(ctx, a, c, g)
		if err != nil {
			return err
		}
		members = arrange(&l, members, func(u *iam.User) map[string]any { return properties(userProperties(u)) })
		out := cloud.GroupMembers{Id: derivedID("members", string(g)), Type: "collection", Href: s.href(r, "um", "groups", string(g), "users"), Items: []cloud.User{}}
		for _, u := range cut(members, l.span) {
			item, err := s.user(ctx, r, a, u, l.depth-1)
			if err != nil {
				return err
			}
			out.Items = append(out.Items, item)
		}
		out.Offset, out.Limit, out.UnderscoreLinks = &l.offset, &l.limit, cloudLinks(&l, out.Href, r, len(members))
		s.write(w, r, http.StatusOK, out)
		return nil
	})
}

func (s *cloudAPI) UmGroupsUsersPost(w http.ResponseWriter, r *http.Request, id cloud.GroupId, p cloud.UmGroupsUsersPostParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		var in cloud.UserGroupPost
		if err := decode(w, r, &in, ignoreUnknown); err != nil {
			return err
		}
		if in.Id == "" {
			return invalid("Field id is needed: the id of the user.")
		}
		g, err := groupID(id)
		if err != nil {
			return err
		}
		u, err := userID(in.Id)
		if err != nil {
			return err
		}
		if err := s.cfg.IAM.AddMember(ctx, a, c, g, u); err != nil {
			return err
		}
		user, err := s.cfg.IAM.User(ctx, a, c, u)
		if err != nil {
			return err
		}
		return s.answerUser(ctx, w, r, a, user, 0)
	})
}

func (s *cloudAPI) UmGroupsUsersDelete(w http.ResponseWriter, r *http.Request, group cloud.GroupId, user cloud.UserId, p cloud.UmGroupsUsersDeleteParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		g, err := groupID(group)
		if err != nil {
			return err
		}
		u, err := userID(user)
		if err != nil {
			return err
		}
		if err := s.cfg.IAM.RemoveMember(ctx, a, c, g, u); err != nil {
			return err
		}
		s.accepted(w, r, "removed")
		w.WriteHeader(http.StatusAccepted)
		return nil
	})
}

// noResources is the answer about resources and shares, which stand for products this server does not have.
func noResources(what, id string) error {
	return errs.New(errs.NotFound, "", fmt.Sprintf("There is no %s %s.", what, id))
}

func (s *cloudAPI) UmGroupsResourcesGet(w http.ResponseWriter, r *http.Request, id cloud.GroupId, p cloud.UmGroupsResourcesGetParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		g, err := s.findGroup(ctx, a, c, id)
		if err != nil {
			return err
		}
		s.write(w, r, http.StatusOK, cloud.ResourceGroups{Id: "resources", Type: "collection",
			Href: s.href(r, "um", "groups", string(g.ID), "resources"), Items: []cloud.Resource{}})
		return nil
	})
}

func (s *cloudAPI) UmGroupsSharesGet(w http.ResponseWriter, r *http.Request, id cloud.GroupId, p cloud.UmGroupsSharesGetParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		g, err := s.findGroup(ctx, a, c, id)
		if err != nil {
			return err
		}
		s.write(w, r, http.StatusOK, cloud.GroupShares{Id: "shares", Type: "collection",
			Href: s.href(r, "um", "groups", string(g.ID), "shares"), Items: []cloud.GroupShare{}})
		return nil
	})
}

// noShare answers every operation on one share: the group is looked up first, so that who may not see it learns nothing.
func (s *cloudAPI) noShare(w http.ResponseWriter, r *http.Request, number *int32, group, resource string) {
	s.in(w, r, number, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		if _, err := s.findGroup(ctx, a, c, group); err != nil {
			return err
		}
		return noResources("resource", resource)
	})
}

func (s *cloudAPI) UmGroupsSharesFindByResourceId(w http.ResponseWriter, r *http.Request, g cloud.GroupId, id cloud.ResourceId, p cloud.UmGroupsSharesFindByResourceIdParams) {
	s.noShare(w, r, p.XContractNumber, g, id)
}

func (s *cloudAPI) UmGroupsSharesPost(w http.ResponseWriter, r *http.Request, g cloud.GroupId, id cloud.ResourceId, p cloud.UmGroupsSharesPostParams) {
	s.noShare(w, r, p.XContractNumber, g, id)
}

func (s *cloudAPI) UmGroupsSharesPut(w http.ResponseWriter, r *http.Request, g cloud.GroupId, id cloud.ResourceId, p cloud.UmGroupsSharesPutParams) {
	s.noShare(w, r, p.XContractNumber, g, id)
}

func (s *cloudAPI) UmGroupsSharesDelete(w http.ResponseWriter, r *http.Request, g cloud.GroupId, id cloud.ResourceId, p cloud.UmGroupsSharesDeleteParams) {
	s.noShare(w, r, p.XContractNumber, g, id)
}

// resources answers an empty list to owners, administrators and the operator: who may list groups may list resources.
func (s *cloudAPI) resources(w http.ResponseWriter, r *http.Request, number *int32, path ...string) {
	s.in(w, r, number, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		if _, _, err := s.cfg.IAM.Groups(ctx, a, c, iam.Page{Limit: 1}); err != nil {
			return err
		}
		s.write(w, r, http.StatusOK, cloud.Resources{Id: "resources", Type: "collection", Href: s.href(r, path...), Items: []cloud.Resource{}})
		return nil
	})
}

func (s *cloudAPI) UmResourcesGet(w http.ResponseWriter, r *http.Request, p cloud.UmResourcesGetParams) {
	s.resources(w, r, p.XContractNumber, "um", "resources")
}

func (s *cloudAPI) UmResourcesFindByType(w http.ResponseWriter, r *http.Request, kind cloud.ResourceType, p cloud.UmResourcesFindByTypeParams) {
	s.resources(w, r, p.XContractNumber, "um", "resources", kind)
}

func (s *cloudAPI) UmResourcesFindByTypeAndId(w http.ResponseWriter, r *http.Request, kind cloud.ResourceType, id cloud.ResourceId, p cloud.UmResourcesFindByTypeAndIdParams) {
	s.in(w, r, p.XContractNumber, func(ctx context.Context, a iam.Actor, c ident.ContractID) error {
		if _, _, err := s.cfg.IAM.Groups(ctx, a, c, iam.Page{Limit: 1}); err != nil {
			return err
		}
		return noResources(kind, id)
	})
}

// ContractsGet lists the contracts of the caller. The owner's mail is left out where the caller may not see the owner.
func (s *cloudAPI) ContractsGet(w http.ResponseWriter, r *http.Request, p cloud.ContractsGetParams) {
	a := callOf(r).actor
	all, err := s.cfg.IAM.Contracts(r.Context(), a)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out := cloud.Contracts{Id: "contracts", Type: "collection", Href: s.href(r, "contracts"), Items: []cloud.Contract{}}
	for _, c := range all {
		item := cloud.Contract{ // its limits of products that this server does not have are zero
			Id: ptr(c.ID.String()), Type: "contract", Href: ptr(s.href(r, "contracts", c.ID.String())),
			Properties: cloud.ContractProperties{ContractNumber: int64(c.ID), Status: "BILLABLE", RegDomain: ptr("coffer"), Name: ptr(c.Name)},
		}
		if owner, err := s.cfg.IAM.User(r.Context(), a, c.ID, c.Owner); err == nil {
			item.Properties.Owner = string(owner.Email)
		}
		out.Items = append(out.Items, item)
	}
	s.write(w, r, http.StatusOK, out)
}
