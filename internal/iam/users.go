package iam

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/names"
)

// checkName holds the rules of every name that a person types: not empty, short, no control characters.
func checkName(what, s string) error {
	if err := checkText(what, s, MaxName); err != nil {
		return err
	}
	if strings.TrimSpace(s) == "" {
		return invalid(what + " must not be empty.")
	}
	return nil
}

func checkText(what, s string, most int) error {
	switch {
	case len(s) > most*utf8.UTFMax || utf8.RuneCountInString(s) > most:
		return invalid(fmt.Sprintf("%s is too long: it has at most %d characters.", what, most))
	case !utf8.ValidString(s) || strings.ContainsRune(s, utf8.RuneError):
		return invalid(what + " is not valid UTF-8.")
	case strings.ContainsFunc(s, unicode.IsControl):
		return invalid(what + " must not contain control characters.")
	case strings.ContainsFunc(s, reorders):
		return invalid(what + " must not contain characters that change the order of the text around them.")
	}
	return nil
}

// reorders reports whether r ends a line or turns the direction of what is shown next to it: a name with it could pass for another
// in lists and records (Unicode Standard Annex 9, explicit formatting characters).
func reorders(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029
}

// aliveUser reads a user's row in an update, or errs.NotFound.
func aliveUser(tx getter, u ident.UserID) (*userRow, error) {
	row, err := get[userRow](tx, userKey(kindUser, u))
	if errors.Is(err, errs.NotFound) || err == nil && row.Life != alive {
		return nil, errs.New(errs.NotFound, "", "There is no such user.").On(errs.Subject(u))
	}
	return row, err
}

// user is what the API shows of a person.
func (p *person) user() *User {
	r := &p.row
	return &User{
		ID: p.principal.User, Contract: p.principal.Contract, FirstName: r.FirstName, LastName: r.LastName, Email: r.Email, Role: r.Role,
		Active: r.Active, ForceSecAuth: r.ForceSecAuth, SecAuthActive: r.SecAuthActive, TemporaryPassword: r.TemporaryWord, Canonical: r.Canonical,
		ObjectStorage: p.principal.ObjectStorage, ActivityLog: p.principal.ActivityLog || r.Role >= authz.Administrator, Groups: slices.Clone(p.groups), Created: r.Created, Modified: r.Modified,
		CreatedBy: r.CreatedBy, ModifiedBy: r.ModifiedBy, LastLogin: r.LastLogin, PasswordSet: r.PasswordSet, Revision: r.Revision,
	}
}

// userDraft is a user about to be made.
type userDraft struct {
	id   ident.UserID
	row  userRow
	hash string
}

// draft checks what makes a user and does what is slow, before anything is written.
func (s *Service) draft(ctx context.Context, in NewUser, role authz.Role, by ident.UserID) (*userDraft, error) {
	mail, err := ident.ParseEmail(in.Email)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(checkName("The first name", in.FirstName), checkName("The last name", in.LastName)); err != nil {
		return nil, err
	}
	if err := checkPassword(in.Password, mail); err != nil {
		return nil, err
	}
	id, err := ident.NewUserID(s.cfg.Rand)
	if err != nil {
		return nil, err
	}
	hash, err := s.hasher.hash(ctx, s.cfg.Rand, in.Password)
	if err != nil {
		return nil, err
	}
	now := s.now()
	return &userDraft{id: id, hash: hash, row: userRow{FirstName: in.FirstName, LastName: in.LastName, Email: mail, Role: role, Active: !in.Inactive,
		ForceSecAuth: in.ForceSecAuth, TemporaryWord: in.TemporaryPassword, Created: now, CreatedBy: by, Modified: now, ModifiedBy: by, PasswordSet: now, Revision: 1}}, nil
}

// commit makes the user of a draft.
func (s *Service) commit(ctx context.Context, c ident.ContractID, d *userDraft) error {
	mail := name{names.Mails, string(d.row.Email), reference{contract: c, user: d.id}.String()}
	err := s.change(ctx, c, userRoute(d.id), []name{mail}, nil, func(tx meta.Tx) error {
		if err := put(tx, userKey(kindUser, d.id), &d.row); err != nil {
			return err
		}
		tx.Add(countUsers, 1)
		return put(tx, userKey(kindCredential, d.id), &credentialRow{Hash: d.hash})
	})
	return mailTaken(err, d.row.Email)
}

// mailTaken says in words of people that a mail address is in use.
func mailTaken(err error, mail ident.Email) error {
	if errors.Is(err, errs.Exists) {
		return errs.New(errs.Exists, "MailTaken", "This mail address is in use; mail addresses are unique over the whole system.").On(errs.Subject(mail)).Because(err)
	}
	return err
}

// within makes something that a contract has a limited number of. Who makes something waits for who does, so that two can't both have the
// last place.
func (s *Service) within(ctx context.Context, c ident.ContractID, counter meta.Counter, most int64, what string, make func() error) error {
	s.roomTurn.Lock()
	defer s.roomTurn.Unlock()
	if err := s.room(ctx, c, counter, most, what); err != nil {
		return err
	}
	return make()
}

// room fails with errs.Limit when a counter of the contract reached its limit.
func (s *Service) room(ctx context.Context, c ident.ContractID, counter meta.Counter, most int64, what string) error {
	return s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) error {
		n, err := r.Count(counter)
		if err == nil && n >= most {
			return errs.New(errs.Limit, "", fmt.Sprintf("A contract has at most %d %s.", most, what))
		}
		return err
	})
}

// CreateUser implements API.
func (s *Service) CreateUser(ctx context.Context, a Actor, c ident.ContractID, in NewUser) (*User, error) {
	p, err := s.authorize(ctx, a, authz.CreateUser, &authz.Target{Contract: c})
	if err != nil {
		return nil, err
	}
	if _, err := s.contract(ctx, c); err != nil {
		return nil, err
	}
	if err := s.room(ctx, c, countUsers, MaxUsers, "users"); err != nil {
		return nil, err
	}
	role := authz.Plain
	if in.Administrator {
		role = authz.Administrator
	}
	d, err := s.draft(ctx, in, role, p.User)
	if err != nil {
		return nil, err
	}
	onUser(ctx, d.id, string(d.row.Email))
	if err := s.within(ctx, c, countUsers, MaxUsers, "users", func() error { return s.commit(ctx, c, d) }); err != nil {
		return nil, errs.Wrap("iam.CreateUser", err)
	}
	who := person{row: d.row, principal: authz.Principal{Contract: c, User: d.id, Role: role, ObjectStorage: role >= authz.Administrator}}
	return who.user(), nil
}

// User implements API.
func (s *Service) User(ctx context.Context, a Actor, c ident.ContractID, id ident.UserID) (*User, error) {
	if _, _, err := s.about(ctx, a, authz.GetUser, c, id); err != nil {
		return nil, err
	}
	var u *User
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) error {
		row, err := aliveUser(r, id)
		if err != nil {
			return err
		}
		p, err := assemble(r, c, id, row, nil)
		if err == nil {
			u = p.user()
		}
		return err
	})
	return u, err
}

// Names implements API.
func (s *Service) Names(ctx context.Context, a Actor, c ident.ContractID, ids []ident.UserID) (map[ident.UserID]string, error) {
	if _, err := s.authorize(ctx, a, authz.ReadAudit, &authz.Target{Contract: c}); err != nil {
		return nil, err
	}
	names := map[ident.UserID]string{}
	for _, id := range ids {
		if _, done := names[id]; done || id == "" {
			continue
		}
		switch p, err := s.person(ctx, c, id); {
		case err == nil:
			names[id] = p.name()
		case !errors.Is(err, errs.NotFound):
			return nil, err
		}
	}
	return names, nil
}

// everybody reads all users of a contract that filter holds for, the oldest first.
func (s *Service) everybody(ctx context.Context, c ident.ContractID, filter func(*userRow) bool) ([]*User, error) {
	var all []*User
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) error {
		groups := map[ident.GroupID]*groupRow{}
		if err := scan(r, kindGroup, func(route meta.Route, _ string, g *groupRow) error {
			groups[groupOf(route)] = g
			return nil
		}); err != nil {
			return err
		}
		return scan(r, kindUser, func(route meta.Route, _ string, row *userRow) error {
			if row.Life != alive || !filter(row) {
				return nil
			}
			p, err := assemble(r, c, userOf(route), row, groups)
			if err == nil {
				all = append(all, p.user())
			}
			return err
		})
	})
	slices.SortFunc(all, func(a, b *User) int {
		if n := a.Created.Compare(b.Created); n != 0 {
			return n
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
	return all, errs.Wrap("iam.Users", err)
}

// pageOf cuts a page out of a list and returns the list's length.
func pageOf[T any](all []T, p Page) ([]T, int) {
	n := len(all)
	from := min(max(p.Offset, 0), n)
	to := n
	if p.Limit > 0 {
		to = min(from+p.Limit, n)
	}
	return all[from:to], n
}

// Users implements API: a page, the oldest first, and how many there are in all. A Limit of 0 means no limit.
func (s *Service) Users(ctx context.Context, a Actor, c ident.ContractID, p Page) ([]*User, int, error) {
	if _, err := s.authorize(ctx, a, authz.ListUsers, &authz.Target{Contract: c}); err != nil {
		return nil, 0, err
	}
	all, err := s.everybody(ctx, c, func(*userRow) bool { return true })
	if err != nil {
		return nil, 0, err
	}
	page, n := pageOf(all, p)
	return page, n, nil
}

// CountUsers implements API.
func (s *Service) CountUsers(ctx context.Context, a Actor, c ident.ContractID) (int, error) {
	if _, err := s.authorize(ctx, a, authz.ListUsers, &authz.Target{Contract: c}); err != nil {
		return 0, err
	}
	var n int64
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) (err error) {
		n, err = r.Count(countUsers)
		return err
	})
	return int(n), errs.Wrap("iam.CountUsers", err)
}

// UpdateUser implements API. Roles: the owner stays owner and active; nobody takes administration, access or a required second factor
// from themself, so that somebody else can always undo it.
func (s *Service) UpdateUser(ctx context.Context, a Actor, c ident.ContractID, id ident.UserID, in UserChange) (*User, error) {
	p, who, err := s.about(ctx, a, authz.UpdateUser, c, id)
	if err != nil {
		return nil, err
	}
	if in.Email != nil {
		mail, err := ident.ParseEmail(*in.Email)
		if err != nil {
			return nil, err
		}
		in.Email = new(string(mail))
		defer s.turns.take("mail " + *in.Email)() // who gives the user the same mail at the same moment finds it given
		if who, err = s.person(ctx, c, id); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(checkNewName("The first name", in.FirstName), checkNewName("The last name", in.LastName)); err != nil {
		return nil, err
	}
	hash := ""
	if in.Password != "" {
		if err := checkPassword(in.Password, ident.Email(or(in.Email, string(who.row.Email)))); err != nil {
			return nil, err
		}
		if hash, err = s.hasher.hash(ctx, s.cfg.Rand, in.Password); err != nil {
			return nil, err
		}
	}
	for range 3 {
		err = s.updateUser(ctx, a, p, who, in, hash)
		if !errors.Is(err, errs.Busy) || errs.CodeOf(err) != movedOn {
			break
		}
		if who, err = s.person(ctx, c, id); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, errs.Wrap("iam.UpdateUser", err)
	}
	if who, err = s.person(ctx, c, id); err != nil {
		return nil, err
	}
	return who.user(), nil
}

func checkNewName(what string, s *string) error {
	if s == nil {
		return nil
	}
	return checkName(what, *s)
}

// or returns what p points to, or def.
func or[T any](p *T, def T) T {
	if p == nil {
		return def
	}
	return *p
}

// movedOn marks a change that was planned on rows which changed meanwhile: it is planned again.
const movedOn errs.Code = "MovedOn"

func errMovedOn() error {
	return errs.New(errs.Busy, movedOn, "Somebody else changed this at the same moment; try again.")
}

// updateUser changes a user in one update: what is not named stays as it is there, whatever was read before. The mail of in is in its
// parsed form.
func (s *Service) updateUser(ctx context.Context, a Actor, by authz.Principal, who *person, in UserChange, hash string) error {
	c, id := who.principal.Contract, who.principal.User
	var make, drop []name
	mail := ident.Email(or(in.Email, string(who.row.Email)))
	if mail != who.row.Email {
		ref := reference{contract: c, user: id}.String()
		make = []name{{names.Mails, string(mail), ref}}
		drop = []name{{names.Mails, string(who.row.Email), ref}}
	}
	on(ctx, "", changes(who, in))
	now := s.now()
	err := s.change(ctx, c, userRoute(id), make, drop, func(tx meta.Tx) error {
		row, err := aliveUser(tx, id)
		if err != nil {
			return err
		}
		if in.Email != nil && row.Email != who.row.Email {
			return errMovedOn()
		}
		if err := applyUser(row, in, id == by.User && !by.Operator); err != nil {
			return err
		}
		row.Modified, row.ModifiedBy, row.Revision = now, by.User, row.Revision+1
		row.TemporaryWord = row.TemporaryWord && hash == "" || in.TemporaryPassword
		if hash != "" {
			row.PasswordSet = now
			if err := put(tx, userKey(kindCredential, id), &credentialRow{Hash: hash}); err != nil {
				return err
			}
			if err := endTokens(tx, id, a.Session); err != nil {
				return err
			}
		}
		if hash != "" || !row.Active {
			if err := endSessions(tx, c, id, a.Session); err != nil {
				return err
			}
		}
		return put(tx, userKey(kindUser, id), row)
	})
	return mailTaken(err, mail)
}

// applyUser changes a user's row as asked, or says why it can't be.
func applyUser(row *userRow, in UserChange, self bool) error {
	conflict := func(why string) error { return errs.New(errs.Conflict, "", why) }
	active, admin := or(in.Active, row.Active), or(in.Administrator, row.Role >= authz.Administrator)
	force := or(in.ForceSecAuth, row.ForceSecAuth)
	switch {
	case row.Role == authz.Owner && !active:
		return conflict("The owner of the contract can't be deactivated.")
	case row.Role == authz.Owner && !admin:
		return conflict("The owner of the contract always has an administrator's rights.")
	case self && !active:
		return conflict("You can't deactivate your own account; ask another administrator.")
	case self && !admin && row.Role == authz.Administrator:
		return conflict("You can't end your own administration; ask another administrator.")
	case self && !force && row.ForceSecAuth && row.Role != authz.Owner:
		return conflict("A second factor is required of you; ask another administrator to require it no longer.")
	}
	row.FirstName, row.LastName = or(in.FirstName, row.FirstName), or(in.LastName, row.LastName)
	row.Email = ident.Email(or(in.Email, string(row.Email)))
	row.Active, row.ForceSecAuth = active, force
	if row.Role != authz.Owner {
		row.Role = authz.Plain
		if admin {
			row.Role = authz.Administrator
		}
	}
	return nil
}

// DeleteUser implements API. A user who owns user-owned buckets can't be deleted: their content would be out of reach (K20).
func (s *Service) DeleteUser(ctx context.Context, a Actor, c ident.ContractID, id ident.UserID) error {
	p, who, err := s.about(ctx, a, authz.DeleteUser, c, id)
	if err != nil {
		return err
	}
	switch {
	case who.row.Role == authz.Owner:
		return errs.New(errs.Conflict, "", "The owner of the contract can't be deleted.")
	case id == p.User && !p.Operator:
		return errs.New(errs.Conflict, "", "You can't delete your own account; ask another administrator.")
	}
	if err := s.ownsNothing(ctx, c, id); err != nil {
		return err
	}
	// Marked first: from then on the user can make no bucket, so the count that follows stays true.
	ctx = meta.Freeing(context.WithoutCancel(ctx))
	err = s.update(ctx, c, userRoute(id), func(tx meta.Tx) error {
		row, err := aliveUser(tx, id)
		if err != nil {
			return err
		}
		if row.Role == authz.Owner {
			return errs.New(errs.Conflict, "", "The owner of the contract can't be deleted.")
		}
		row.Life = deleting
		return put(tx, userKey(kindUser, id), row)
	})
	if err != nil {
		return errs.Wrap("iam.DeleteUser", err)
	}
	return errs.Wrap("iam.DeleteUser", s.finishUser(ctx, c, id))
}

func (s *Service) ownsNothing(ctx context.Context, c ident.ContractID, id ident.UserID) error {
	n, err := s.cfg.Buckets.CountBuckets(ctx, c, id)
	if err != nil {
		return err
	}
	if n == 0 {
		return nil
	}
	word := "buckets"
	if n == 1 {
		word = "bucket"
	}
	return errs.New(errs.Conflict, OwnsBuckets, fmt.Sprintf("The user owns %d user-owned %s; delete them or hand them over first.", n, word)).On(errs.Subject(id))
}

// finishUser ends the deletion of a user that was marked, or takes the mark back if there is a bucket after all.
func (s *Service) finishUser(ctx context.Context, c ident.ContractID, id ident.UserID) error {
	if owns := s.ownsNothing(ctx, c, id); owns != nil {
		if !errors.Is(owns, errs.Conflict) {
			return owns
		}
		return errors.Join(owns, s.update(ctx, c, userRoute(id), func(tx meta.Tx) error {
			row, err := get[userRow](tx, userKey(kindUser, id))
			if err != nil {
				return err
			}
			row.Life = alive
			return put(tx, userKey(kindUser, id), row)
		}))
	}
	var row *userRow
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) (err error) {
		row, err = get[userRow](r, userKey(kindUser, id))
		return err
	})
	if errors.Is(err, errs.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	keys, err := s.keysOf(ctx, c, id)
	if err != nil {
		return err
	}
	ref := reference{contract: c, user: id}
	drop := []name{{names.Mails, string(row.Email), ref.String()}}
	if row.Canonical != "" {
		drop = append(drop, name{names.Canonicals, string(row.Canonical), ref.String()})
	}
	for _, k := range keys.Keys {
		drop = append(drop, keyNames(ref, k.ID, k.AccessKey)...)
	}
	return s.change(ctx, c, userRoute(id), nil, drop, func(tx meta.Tx) error {
		if _, err := tx.Get(userKey(kindUser, id)); errors.Is(err, errs.NotFound) {
			return nil // somebody else finished it
		} else if err != nil {
			return err
		}
		for _, kind := range []meta.Kind{kindUser, kindCredential, kindKeys, kindSessions, kindTokens, kindFactor, kindQuota} {
			if err := tx.Delete(userKey(kind, id)); err != nil {
				return err
			}
		}
		tx.Add(countUsers, -1)
		return nil
	})
}
