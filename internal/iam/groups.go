package iam

import (
	"context"
	"errors"
	"slices"
	"strings"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// aliveGroup reads a group's row, or errs.NotFound.
func aliveGroup(g getter, id ident.GroupID) (*groupRow, error) {
	row, err := get[groupRow](g, groupKey(id))
	if errors.Is(err, errs.NotFound) || err == nil && row.Life != alive {
		return nil, errs.New(errs.NotFound, "", "There is no such group.").On(errs.Subject(id))
	}
	return row, err
}

func (r *groupRow) group(c ident.ContractID, id ident.GroupID) *Group {
	return &Group{ID: id, Contract: c, Name: r.Name, Privileges: privileges(r.Privileges), Created: r.Created, Modified: r.Modified,
		CreatedBy: r.CreatedBy, ModifiedBy: r.ModifiedBy, Revision: r.Revision}
}

func (s *Service) readGroup(ctx context.Context, c ident.ContractID, id ident.GroupID) (*Group, error) {
	var g *Group
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) error {
		row, err := aliveGroup(r, id)
		if err == nil {
			g = row.group(c, id)
		}
		return err
	})
	return g, err
}

// CreateGroup implements API.
func (s *Service) CreateGroup(ctx context.Context, a Actor, c ident.ContractID, name string, p Privileges) (*Group, error) {
	by, err := s.authorize(ctx, a, authz.CreateGroup, &authz.Target{Contract: c})
	if err != nil {
		return nil, err
	}
	if _, err := s.contract(ctx, c); err != nil {
		return nil, err
	}
	set, err := p.set()
	if err != nil {
		return nil, err
	}
	if err := checkName("The group's name", name); err != nil {
		return nil, err
	}
	id, err := ident.NewGroupID(s.cfg.Rand)
	if err != nil {
		return nil, err
	}
	on(ctx, string(id), name+": "+strings.Join(set, " "))
	now := s.now()
	row := &groupRow{Name: name, Privileges: set, Created: now, CreatedBy: by.User, Modified: now, ModifiedBy: by.User, Revision: 1}
	err = s.within(ctx, c, countGroups, MaxGroups, "groups", func() error {
		return s.update(ctx, c, groupRoute(id), func(tx meta.Tx) error {
			tx.Add(countGroups, 1)
			return put(tx, groupKey(id), row)
		})
	})
	if err != nil {
		return nil, errs.Wrap("iam.CreateGroup", err)
	}
	return row.group(c, id), nil
}

// Group implements API.
func (s *Service) Group(ctx context.Context, a Actor, c ident.ContractID, id ident.GroupID) (*Group, error) {
	if _, err := s.authorize(ctx, a, authz.GetGroup, &authz.Target{Contract: c}); err != nil {
		return nil, err
	}
	return s.readGroup(ctx, c, id)
}

// Groups implements API: a page, the oldest first, and how many there are in all. A Limit of 0 means no limit.
func (s *Service) Groups(ctx context.Context, a Actor, c ident.ContractID, p Page) ([]*Group, int, error) {
	if _, err := s.authorize(ctx, a, authz.ListGroups, &authz.Target{Contract: c}); err != nil {
		return nil, 0, err
	}
	var all []*Group
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) error {
		return scan(r, kindGroup, func(route meta.Route, _ string, row *groupRow) error {
			if row.Life == alive {
				all = append(all, row.group(c, groupOf(route)))
			}
			return nil
		})
	})
	if err != nil {
		return nil, 0, errs.Wrap("iam.Groups", err)
	}
	slices.SortFunc(all, func(a, b *Group) int {
		if n := a.Created.Compare(b.Created); n != 0 {
			return n
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
	page, n := pageOf(all, p)
	return page, n, nil
}

// UpdateGroup implements API. Keys of members who lose Use Object Storage by it stop working before it returns, and work again when
// the privilege is back.
func (s *Service) UpdateGroup(ctx context.Context, a Actor, c ident.ContractID, id ident.GroupID, name string, p Privileges) (*Group, error) {
	by, err := s.authorize(ctx, a, authz.UpdateGroup, &authz.Target{Contract: c})
	if err != nil {
		return nil, err
	}
	set, err := p.set()
	if err != nil {
		return nil, err
	}
	if err := checkName("The group's name", name); err != nil {
		return nil, err
	}
	on(ctx, string(id), name+": "+strings.Join(set, " "))
	var g *Group
	now := s.now()
	err = s.update(ctx, c, groupRoute(id), func(tx meta.Tx) error {
		row, err := aliveGroup(tx, id)
		if err != nil {
			return err
		}
		row.Name, row.Privileges, row.Modified, row.ModifiedBy, row.Revision = name, set, now, by.User, row.Revision+1
		g = row.group(c, id)
		return put(tx, groupKey(id), row)
	})
	return g, errs.Wrap("iam.UpdateGroup", err)
}

// DeleteGroup implements API. The group counts for nothing from the first update on; its memberships are tidied up after it.
func (s *Service) DeleteGroup(ctx context.Context, a Actor, c ident.ContractID, id ident.GroupID) error {
	if _, err := s.authorize(ctx, a, authz.DeleteGroup, &authz.Target{Contract: c}); err != nil {
		return err
	}
	on(ctx, string(id), "")
	ctx = meta.Freeing(context.WithoutCancel(ctx))
	err := s.update(ctx, c, groupRoute(id), func(tx meta.Tx) error {
		row, err := aliveGroup(tx, id)
		if err != nil {
			return err
		}
		row.Life = deleting
		return put(tx, groupKey(id), row)
	})
	if err != nil {
		return errs.Wrap("iam.DeleteGroup", err)
	}
	return errs.Wrap("iam.DeleteGroup", s.finishGroup(ctx, c, id))
}

// finishGroup removes the memberships of a group that was marked as deleted, then its row.
func (s *Service) finishGroup(ctx context.Context, c ident.ContractID, id ident.GroupID) error {
	var members []ident.UserID
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) error {
		return scan(r, kindUser, func(route meta.Route, _ string, row *userRow) error {
			if slices.Contains(row.Groups, id) {
				members = append(members, userOf(route))
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	for _, u := range members {
		if err := s.membership(ctx, c, u, "", func(groups []ident.GroupID) ([]ident.GroupID, error) { return without(groups, id), nil }); err != nil &&
			!errors.Is(err, errs.NotFound) {
			return err
		}
	}
	return s.update(ctx, c, groupRoute(id), func(tx meta.Tx) error {
		if _, err := tx.Get(groupKey(id)); errors.Is(err, errs.NotFound) {
			return nil // somebody else finished it
		} else if err != nil {
			return err
		}
		tx.Add(countGroups, -1)
		return tx.Delete(groupKey(id))
	})
}

func without(groups []ident.GroupID, id ident.GroupID) []ident.GroupID {
	return slices.DeleteFunc(slices.Clone(groups), func(g ident.GroupID) bool { return g == id })
}

// membership changes the groups of a user. A user being deleted has their memberships changed too.
func (s *Service) membership(ctx context.Context, c ident.ContractID, u, by ident.UserID, fn func([]ident.GroupID) ([]ident.GroupID, error)) error {
	now := s.now()
	return s.update(ctx, c, userRoute(u), func(tx meta.Tx) error {
		row, err := get[userRow](tx, userKey(kindUser, u))
		if errors.Is(err, errs.NotFound) {
			return errs.New(errs.NotFound, "", "There is no such user.").On(errs.Subject(u))
		}
		if err != nil {
			return err
		}
		groups, err := fn(row.Groups)
		if err != nil || len(groups) == len(row.Groups) {
			return err
		}
		row.Groups, row.Modified, row.ModifiedBy, row.Revision = groups, now, by, row.Revision+1
		return put(tx, userKey(kindUser, u), row)
	})
}

// AddMember implements API. Who is a member already stays one.
func (s *Service) AddMember(ctx context.Context, a Actor, c ident.ContractID, g ident.GroupID, u ident.UserID) error {
	by, who, err := s.about(ctx, a, authz.AddMember, c, u)
	if err != nil {
		return err
	}
	if _, err := s.readGroup(ctx, c, g); err != nil {
		return err
	}
	on(ctx, string(g), "")
	return errs.Wrap("iam.AddMember", s.membership(ctx, c, u, by.User, func(groups []ident.GroupID) ([]ident.GroupID, error) {
		if slices.Contains(groups, g) {
			return groups, nil
		}
		if len(groups) >= MaxMemberships {
			// Groups that are gone make room: a membership may be left of a group deleted at the moment it was joined.
			groups = slices.DeleteFunc(slices.Clone(groups), func(id ident.GroupID) bool { return !slices.Contains(who.groups, id) })
		}
		if len(groups) >= MaxMemberships {
			return nil, errs.New(errs.Limit, "", "A user is in at most 100 groups.").On(errs.Subject(u))
		}
		return append(slices.Clone(groups), g), nil
	}))
}

// RemoveMember implements API. errs.NotFound if the user is not a member.
func (s *Service) RemoveMember(ctx context.Context, a Actor, c ident.ContractID, g ident.GroupID, u ident.UserID) error {
	by, _, err := s.about(ctx, a, authz.RemoveMember, c, u)
	if err != nil {
		return err
	}
	on(ctx, string(g), "")
	return errs.Wrap("iam.RemoveMember", s.membership(ctx, c, u, by.User, func(groups []ident.GroupID) ([]ident.GroupID, error) {
		if !slices.Contains(groups, g) {
			return nil, errs.New(errs.NotFound, "", "The user is not a member of this group.").On(errs.Subject(u))
		}
		return without(groups, g), nil
	}))
}

// Members implements API: the oldest user first.
func (s *Service) Members(ctx context.Context, a Actor, c ident.ContractID, g ident.GroupID) ([]*User, error) {
	if _, err := s.authorize(ctx, a, authz.ListMembers, &authz.Target{Contract: c}); err != nil {
		return nil, err
	}
	if _, err := s.readGroup(ctx, c, g); err != nil {
		return nil, err
	}
	return s.everybody(ctx, c, func(row *userRow) bool { return slices.Contains(row.Groups, g) })
}

// AllMembers implements API.
func (s *Service) AllMembers(ctx context.Context, a Actor, c ident.ContractID) (map[ident.GroupID][]*User, error) {
	if _, err := s.authorize(ctx, a, authz.ListMembers, &authz.Target{Contract: c}); err != nil {
		return nil, err
	}
	users, err := s.everybody(ctx, c, func(row *userRow) bool { return len(row.Groups) > 0 })
	if err != nil {
		return nil, err
	}
	all := map[ident.GroupID][]*User{}
	for _, u := range users {
		for _, g := range u.Groups {
			all[g] = append(all[g], u)
		}
	}
	return all, nil
}
