package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"coffer/internal/api/cloud"
	"coffer/internal/api/console"
)

// all reads every page of a list.
func all[T any](page func(offset int) ([]T, bool, error)) ([]T, error) {
	out := []T{}
	for {
		items, more, err := page(len(out))
		if err != nil {
			return nil, err
		}
		out = append(out, items...)
		if !more || len(items) == 0 {
			return out, nil
		}
	}
}

func (c *connection) users(ctx context.Context, email string) ([]cloud.User, error) {
	return all(func(offset int) ([]cloud.User, bool, error) {
		p := &cloud.UmUsersGetParams{Offset: &offset, Limit: ptr(pageSize), XContractNumber: c.contract}
		if email != "" {
			p.FilterEmail = &email
		}
		l, err := read[cloud.Users](c.cloud.UmUsersGet(ctx, p))
		if err != nil {
			return nil, false, err
		}
		return l.Items, l.UnderscoreLinks != nil && l.UnderscoreLinks.Next != nil, nil
	})
}

// userID finds a user by id or by mail.
func (c *connection) userID(ctx context.Context, who string) (string, error) {
	if id, err := uuid.Parse(who); err == nil {
		return id.String(), nil
	}
	found, err := c.users(ctx, who)
	if err != nil {
		return "", err
	}
	for _, u := range found {
		if strings.EqualFold(u.Properties.Email, who) {
			return u.Id, nil
		}
	}
	return "", &Error{Code: ExitNotFound, Text: "there is no user " + who + " in this contract", Hint: "Name users by id or by mail; 'coffer user list' shows them."}
}

func (c *connection) user(ctx context.Context, who string) (*cloud.User, error) {
	id, err := c.userID(ctx, who)
	if err != nil {
		return nil, err
	}
	return read[cloud.User](c.cloud.UmUsersFindById(ctx, id, &cloud.UmUsersFindByIdParams{Depth: ptr(2), XContractNumber: c.contract}))
}

type userCmd struct {
	Client
	List          userList          `cmd:"" help:"List the users."`
	Create        userCreate        `cmd:"" help:"Make a user; no key is made with them."`
	Get           userGet           `cmd:"" help:"Show a user with both user ids and groups."`
	Update        userUpdate        `cmd:"" help:"Change a user; what is not named stays."`
	Handover      userHandover      `cmd:"" help:"Hand a user's buckets over to another user; for owners and administrators."`
	Delete        userDelete        `cmd:"" help:"Delete a user and their keys."`
	Storage       userStorage       `cmd:"" help:"Make a link that opens a user's storage in the console; for owners and administrators."`
	Invite        userInvite        `cmd:"" help:"Make a link with which a user sets a password of their own."`
	ResetPassword userResetPassword `cmd:"" help:"Give a user a new password."`
}

type userList struct{}

// Run lists the users of the contract.
func (*userList) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	users, err := conn.users(env.Context, "")
	if err != nil {
		return err
	}
	return c.show(env, users, func() [][]string {
		rows := [][]string{{"ID", "MAIL", "NAME", "ROLE", "ACTIVE", "OBJECT STORAGE"}}
		for _, u := range users {
			rows = append(rows, []string{u.Id, u.Properties.Email, u.Properties.Firstname + " " + u.Properties.Lastname,
				roleOf(&u), yes(u.Properties.Active), yes(u.Metadata != nil && or(u.Metadata.ObjectStorage, false))})
		}
		return rows
	})
}

func roleOf(u *cloud.User) string {
	if u.Metadata != nil && u.Metadata.Role != nil {
		return string(*u.Metadata.Role)
	}
	if u.Properties.Administrator {
		return "administrator"
	}
	return "user"
}

func (c *Client) showUser(env *Env, u *cloud.User) error {
	return c.show(env, u, func() [][]string {
		rows := [][]string{{"ID", u.Id}, {"Mail", u.Properties.Email}, {"Name", u.Properties.Firstname + " " + u.Properties.Lastname},
			{"Role", roleOf(u)}, {"Active", yes(u.Properties.Active)}}
		if m := u.Metadata; m != nil {
			rows = append(rows, []string{"Use Object Storage", yes(or(m.ObjectStorage, false))}, []string{"Contract User ID", or(m.ContractUserId, "")})
		}
		rows = append(rows, []string{"Canonical User ID", or(u.Properties.S3CanonicalUserId, "")},
			[]string{"Second factor", yes(u.Properties.SecAuthActive)})
		if u.Entities != nil && u.Entities.Groups != nil {
			for _, g := range u.Entities.Groups.Items {
				name, _ := g.Properties["name"].(string)
				rows = append(rows, []string{"Group", strings.TrimSpace(g.Id + " " + name)})
			}
		}
		return rows
	})
}

type userCreate struct {
	Email         string `arg:"" help:"Mail address, unique on the server."`
	Firstname     string `required:"" help:"First name."`
	Lastname      string `required:"" help:"Last name."`
	Administrator bool   `help:"Make them an administrator."`
	Force2FA      bool   `name:"force-2fa" help:"Demand a second factor of them."`
	Inactive      bool   `xor:"invite" help:"Do not let them in yet."`
	Temporary     bool   `xor:"temporary" help:"Let them choose a password of their own at the first sign-in, before anything else."`
	Invite        bool   `xor:"invite,temporary,password" help:"Show a link with which they set a password of their own, instead of a password."`
	Group         string `placeholder:"GROUP" help:"Also add them to this group (id or name)."`
	PasswordStdin bool   `name:"password-stdin" xor:"password" help:"Read the password from the input; one is generated and shown once where absent."`
}

// Run makes the user and shows a generated password once.
func (u *userCreate) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	group := ""
	if u.Group != "" {
		if group, err = conn.groupID(env.Context, u.Group); err != nil {
			return err
		}
	}
	password, generated, err := env.newPassword(u.PasswordStdin)
	if err != nil {
		return err
	}
	in := cloud.UserPost{Properties: cloud.UserPropertiesPost{Email: u.Email, Firstname: u.Firstname, Lastname: u.Lastname,
		Password: password, Administrator: &u.Administrator, ForceSecAuth: &u.Force2FA, Active: ptr(!u.Inactive), TemporaryPassword: &u.Temporary}}
	out, err := read[cloud.User](conn.cloud.UmUsersPost(env.Context, &cloud.UmUsersPostParams{XContractNumber: conn.contract}, in))
	if err != nil {
		return err
	}
	if group != "" {
		p := &cloud.UmGroupsUsersPostParams{XContractNumber: conn.contract}
		if _, err := answer(conn.cloud.UmGroupsUsersPost(env.Context, group, p, cloud.UserGroupPost{Id: out.Id})); err != nil {
			return fmt.Errorf("the user was made, but not added to the group: %w", err)
		}
		if out, err = conn.user(env.Context, out.Id); err != nil {
			return err
		}
	}
	if u.Invite {
		return c.invite(env, conn, out)
	}
	return c.showWithPassword(env, out, password, generated)
}

// showWithPassword shows a user, and their password where it was generated.
func (c *Client) showWithPassword(env *Env, u *cloud.User, password string, generated bool) error {
	if c.Output == "json" {
		v := map[string]any{"user": u}
		if generated {
			v["password"] = password
		}
		return writeJSON(env.Stdout, v)
	}
	if err := c.showUser(env, u); err != nil || !generated {
		return err
	}
	_, err := fmt.Fprintf(env.Stdout, "Password  %s   (shown this once)\n", password)
	return err
}

type userGet struct {
	User string `arg:"" help:"User, by id or mail."`
}

// Run shows one user.
func (u *userGet) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	out, err := conn.user(env.Context, u.User)
	if err != nil {
		return err
	}
	return c.showUser(env, out)
}

type userUpdate struct {
	User          string  `arg:"" help:"User, by id or mail."`
	Email         *string `help:"New mail address."`
	Firstname     *string `help:"New first name."`
	Lastname      *string `help:"New last name."`
	Administrator *bool   `negatable:"" help:"Make them an administrator, or no longer."`
	Active        *bool   `negatable:"" help:"Let them in, or lock them out without deleting them."`
	ForceSecAuth  *bool   `name:"force-2fa" negatable:"" help:"Demand a second factor, or no longer."`
}

// Run changes what is named.
func (u *userUpdate) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	now, err := conn.user(env.Context, u.User)
	if err != nil {
		return err
	}
	in := cloud.UserPut{Properties: cloud.UserPropertiesPut{Email: u.Email, Firstname: u.Firstname, Lastname: u.Lastname,
		Administrator: u.Administrator, Active: u.Active, ForceSecAuth: u.ForceSecAuth,
	}}
	out, err := read[cloud.User](conn.cloud.UmUsersPut(env.Context, now.Id, &cloud.UmUsersPutParams{XContractNumber: conn.contract}, in))
	if err != nil {
		return err
	}
	return c.showUser(env, out)
}

type userHandover struct {
	From string `arg:"" help:"Whose user-owned buckets, by id or mail."`
	To   string `arg:"" help:"Who gets them, by id or mail; they need the privilege, and to have had an access key."`
}

// Run hands buckets over.
func (h *userHandover) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	out, err := conn.handOver(env.Context, h.From, h.To)
	if err != nil {
		return err
	}
	return c.show(env, out, func() [][]string { return [][]string{{"Buckets handed over", strconv.Itoa(out.Buckets)}} })
}

func (c *connection) handOver(ctx context.Context, from, to string) (*console.HandedOver, error) {
	var ids [2]uuid.UUID
	for i, who := range []string{from, to} {
		id, err := c.userID(ctx, who)
		if err != nil {
			return nil, err
		}
		if ids[i], err = uuid.Parse(id); err != nil {
			return nil, err
		}
	}
	p := &console.ConsoleHandOverParams{XContractNumber: c.contract}
	return read[console.HandedOver](c.console.ConsoleHandOver(ctx, ids[0], p, console.Handover{To: ids[1]}))
}

type userDelete struct {
	User       string `arg:"" help:"User, by id or mail."`
	HandOverTo string `name:"hand-over-to" placeholder:"USER" help:"Hand the user's buckets over to this user first."`
}

// Run deletes a user.
func (u *userDelete) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	id, err := conn.userID(env.Context, u.User)
	if err != nil {
		return err
	}
	if u.HandOverTo != "" {
		if _, err := conn.handOver(env.Context, id, u.HandOverTo); err != nil {
			return err
		}
	}
	_, err = answer(conn.cloud.UmUsersDelete(env.Context, id, &cloud.UmUsersDeleteParams{XContractNumber: conn.contract}))
	return err
}

type userResetPassword struct {
	User          string `arg:"" help:"User, by id or mail."`
	Temporary     bool   `help:"Let them choose a password of their own at the next sign-in, before anything else."`
	PasswordStdin bool   `name:"password-stdin" help:"Read the password from the input; one is generated and shown once where absent."`
}

// Run sets a password as an administrator of the contract.
func (u *userResetPassword) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	now, err := conn.user(env.Context, u.User)
	if err != nil {
		return err
	}
	password, generated, err := env.newPassword(u.PasswordStdin)
	if err != nil {
		return err
	}
	in := cloud.UserPut{Properties: cloud.UserPropertiesPut{Password: &password, TemporaryPassword: &u.Temporary}}
	out, err := read[cloud.User](conn.cloud.UmUsersPut(env.Context, now.Id, &cloud.UmUsersPutParams{XContractNumber: conn.contract}, in))
	if err != nil {
		return err
	}
	return c.showWithPassword(env, out, password, generated)
}

type groupCmd struct {
	Client
	List         groupList         `cmd:"" help:"List the groups."`
	Create       groupCreate       `cmd:"" help:"Make a group."`
	Get          groupGet          `cmd:"" help:"Show a group with privileges and members."`
	Update       groupUpdate       `cmd:"" help:"Change a group; what is not named stays."`
	Delete       groupDelete       `cmd:"" help:"Delete a group; its members stay users."`
	AddMember    groupAddMember    `cmd:"" help:"Add a user to a group."`
	RemoveMember groupRemoveMember `cmd:"" help:"Remove a user from a group."`
}

// group is a group with its flags as a map.
type group struct {
	ID         string               `json:"id"`
	Type       string               `json:"type"`
	Href       string               `json:"href"`
	Properties map[string]any       `json:"properties"`
	Entities   *cloud.GroupEntities `json:"entities,omitempty"`
}

func (g *group) name() string { s, _ := g.Properties["name"].(string); return s }

func (g *group) privileges() []string {
	var on []string
	for f, v := range g.Properties {
		if v == true {
			on = append(on, f)
		}
	}
	slices.Sort(on)
	return on
}

type groups struct {
	Items []group                `json:"items"`
	Links *cloud.PaginationLinks `json:"_links"`
}

func (c *connection) groups(ctx context.Context) ([]group, error) {
	return all(func(offset int) ([]group, bool, error) {
		p := &cloud.UmGroupsGetParams{Offset: &offset, Limit: ptr(pageSize), XContractNumber: c.contract}
		l, err := read[groups](c.cloud.UmGroupsGet(ctx, p))
		if err != nil {
			return nil, false, err
		}
		return l.Items, l.Links != nil && l.Links.Next != nil, nil
	})
}

// groupID finds a group by id or by name.
func (c *connection) groupID(ctx context.Context, which string) (string, error) {
	if id, err := uuid.Parse(which); err == nil {
		return id.String(), nil
	}
	found, err := c.groups(ctx)
	if err != nil {
		return "", err
	}
	ids := []string{}
	for _, g := range found {
		if g.name() == which {
			ids = append(ids, g.ID)
		}
	}
	switch len(ids) {
	case 0:
		return "", &Error{Code: ExitNotFound, Text: "there is no group " + which, Hint: "Name groups by id or name; 'coffer group list' shows them."}
	case 1:
		return ids[0], nil
	}
	return "", &Error{Code: ExitConflict, Text: fmt.Sprintf("%d groups are called %s", len(ids), which), Hint: "Name the group by its id."}
}

func (c *connection) group(ctx context.Context, which string) (*group, error) {
	id, err := c.groupID(ctx, which)
	if err != nil {
		return nil, err
	}
	return read[group](c.cloud.UmGroupsFindById(ctx, id, &cloud.UmGroupsFindByIdParams{Depth: ptr(2), XContractNumber: c.contract}))
}

func (c *Client) showGroup(env *Env, g *group) error {
	return c.show(env, g, func() [][]string {
		rows := [][]string{{"ID", g.ID}, {"Name", g.name()}, {"Privileges", strings.Join(g.privileges(), " ")}}
		if g.Entities != nil && g.Entities.Users != nil {
			for _, u := range g.Entities.Users.Items {
				mail, _ := u.Properties["email"].(string)
				rows = append(rows, []string{"Member", u.Id + " " + mail})
			}
		}
		return rows
	})
}

type groupList struct{}

// Run lists the groups of the contract.
func (*groupList) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	found, err := conn.groups(env.Context)
	if err != nil {
		return err
	}
	return c.show(env, found, func() [][]string {
		rows := [][]string{{"ID", "NAME", "PRIVILEGES"}}
		for _, g := range found {
			rows = append(rows, []string{g.ID, g.name(), strings.Join(g.privileges(), " ")})
		}
		return rows
	})
}

type groupFlags struct {
	ObjectStorage *bool    `name:"object-storage" negatable:"" help:"The privilege Use Object Storage."`
	Privilege     []string `placeholder:"NAME" help:"Set another privilege by its name in the API; NAME=false takes it away."`
}

// apply sets the named flags in properties.
func (f *groupFlags) apply(properties map[string]any) error {
	if f.ObjectStorage != nil {
		properties["s3Privilege"] = *f.ObjectStorage
	}
	for _, p := range f.Privilege {
		name, value, _ := strings.Cut(p, "=")
		switch value {
		case "", "true":
			properties[name] = true
		case "false":
			properties[name] = false
		default:
			return usage("--privilege %s: write NAME, NAME=true or NAME=false", p)
		}
	}
	return nil
}

// input turns properties into the request's body.
func groupInput(properties map[string]any) map[string]any {
	return map[string]any{"properties": properties}
}

type groupCreate struct {
	Name string `arg:"" help:"Name of the group."`
	groupFlags
}

// Run makes a group.
func (g *groupCreate) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	properties := map[string]any{"name": g.Name}
	if err := g.apply(properties); err != nil {
		return err
	}
	body, err := jsonBody(groupInput(properties))
	if err != nil {
		return err
	}
	p := &cloud.UmGroupsPostParams{XContractNumber: conn.contract}
	out, err := read[group](conn.cloud.UmGroupsPostWithBody(env.Context, p, "application/json", body))
	if err != nil {
		return err
	}
	return c.showGroup(env, out)
}

type groupGet struct {
	Group string `arg:"" help:"Group, by id or name."`
}

// Run shows one group.
func (g *groupGet) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	out, err := conn.group(env.Context, g.Group)
	if err != nil {
		return err
	}
	return c.showGroup(env, out)
}

type groupUpdate struct {
	Group string  `arg:"" help:"Group, by id or name."`
	Name  *string `help:"New name."`
	groupFlags
}

// Run changes what is named.
func (g *groupUpdate) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	now, err := conn.group(env.Context, g.Group)
	if err != nil {
		return err
	}
	if g.Name != nil {
		now.Properties["name"] = *g.Name
	}
	if err := g.apply(now.Properties); err != nil {
		return err
	}
	body, err := jsonBody(groupInput(now.Properties))
	if err != nil {
		return err
	}
	p := &cloud.UmGroupsPutParams{XContractNumber: conn.contract}
	out, err := read[group](conn.cloud.UmGroupsPutWithBody(env.Context, now.ID, p, "application/json", body))
	if err != nil {
		return err
	}
	return c.showGroup(env, out)
}

type groupDelete struct {
	Group string `arg:"" help:"Group, by id or name."`
}

// Run deletes a group.
func (g *groupDelete) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	id, err := conn.groupID(env.Context, g.Group)
	if err != nil {
		return err
	}
	_, err = answer(conn.cloud.UmGroupsDelete(env.Context, id, &cloud.UmGroupsDeleteParams{XContractNumber: conn.contract}))
	return err
}

type membership struct {
	Group string `arg:"" help:"Group, by id or name."`
	User  string `arg:"" help:"User, by id or mail."`
}

func (m *membership) find(env *Env, c *Client) (conn *connection, group, user string, err error) {
	if conn, err = c.open(env, false); err != nil {
		return nil, "", "", err
	}
	if group, err = conn.groupID(env.Context, m.Group); err != nil {
		return nil, "", "", err
	}
	user, err = conn.userID(env.Context, m.User)
	return conn, group, user, err
}

type groupAddMember struct{ membership }

// Run adds a member.
func (m *groupAddMember) Run(env *Env, c *Client) error {
	conn, g, u, err := m.find(env, c)
	if err != nil {
		return err
	}
	p := &cloud.UmGroupsUsersPostParams{XContractNumber: conn.contract}
	_, err = answer(conn.cloud.UmGroupsUsersPost(env.Context, g, p, cloud.UserGroupPost{Id: u}))
	return err
}

type groupRemoveMember struct{ membership }

// Run removes a member.
func (m *groupRemoveMember) Run(env *Env, c *Client) error {
	conn, g, u, err := m.find(env, c)
	if err != nil {
		return err
	}
	_, err = answer(conn.cloud.UmGroupsUsersDelete(env.Context, g, u, &cloud.UmGroupsUsersDeleteParams{XContractNumber: conn.contract}))
	return err
}
