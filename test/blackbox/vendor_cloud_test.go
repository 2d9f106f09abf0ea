package blackbox

import (
	"reflect"
	"testing"

	cloud "github.com/ionos-cloud/sdk-go/v6"
)

const nobody = "11111111-2222-4333-8444-555555555555"

func TestVendorCloudUsers(t *testing.T) { bothWays(t, vendorUsers) }

func vendorUsers(c *caller) {
	um := c.cloud.UserManagementApi
	id, mail := c.newUser("Nora")
	u, _, err := um.UmUsersFindById(c.ctx, id).Depth(1).Execute()
	c.ok("get the user", err)
	p := u.Properties
	if *u.Id != id || *p.Email != mail || *p.Firstname != "Nora" || *p.Administrator || *p.ForceSecAuth || *p.SecAuthActive || !*p.Active {
		c.Errorf("the user is %+v", *p)
	}
	if u.Metadata.CreatedDate.IsZero() || *u.Metadata.Etag == "" || u.Entities.Owns == nil || u.Entities.Groups == nil {
		c.Errorf("metadata %+v, entities %+v", u.Metadata, u.Entities)
	}
	_, _, err = um.UmUsersPost(c.ctx).User(cloud.UserPost{Properties: &cloud.UserPropertiesPost{Firstname: p.Firstname, Lastname: p.Lastname,
		Email: &mail, Password: ptr(plainPassword)}}).Execute()
	if resp := statusOf(err); resp != 409 && resp != 422 {
		c.Errorf("a mail used twice: %v", err)
	}
	_, _, err = um.UmUsersPost(c.ctx).User(cloud.UserPost{Properties: &cloud.UserPropertiesPost{Firstname: p.Firstname, Lastname: p.Lastname,
		Email: ptr("short." + mail), Password: ptr("x")}}).Execute()
	if resp := statusOf(err); resp != 400 && resp != 422 {
		c.Errorf("a short password: %v", err)
	}

	changed, resp, err := um.UmUsersPut(c.ctx, id).User(cloud.UserPut{Id: &id, Properties: &cloud.UserPropertiesPut{Firstname: ptr("Nora"),
		Lastname: ptr("Newer"), Email: &mail, Administrator: ptr(true), ForceSecAuth: ptr(false), Active: ptr(false)}}).Execute()
	c.done("change the user", 202, resp, err)
	if q := changed.Properties; *q.Lastname != "Newer" || !*q.Administrator || *q.Active {
		c.Errorf("the changed user is %+v", *q)
	}
	kept, resp, err := um.UmUsersPut(c.ctx, id).User(cloud.UserPut{Properties: &cloud.UserPropertiesPut{Active: ptr(true)}}).Execute()
	c.done("change one property", 202, resp, err)
	if q := kept.Properties; *q.Firstname != "Nora" || *q.Lastname != "Newer" || *q.Email != mail || !*q.Administrator || !*q.Active {
		c.Errorf("changed in one property the user is %+v", *q)
	}
	found, _, err := um.UmUsersGet(c.ctx).Filter("email", mail).Depth(1).Limit(100).Offset(0).Execute()
	c.ok("list users by mail", err)
	if len(*found.Items) != 1 || *(*found.Items)[0].Id != id || found.Limit == nil || *found.Limit != 100 {
		c.Errorf("the list is %+v", found)
	}
	first, _, err := um.UmUsersGet(c.ctx).Limit(1).Execute()
	c.ok("list one user", err)
	if len(*first.Items) != 1 || first.Links == nil || first.Links.Next == nil {
		c.Errorf("the first page is %+v", first)
	}
	groups, _, err := um.UmUsersGroupsGet(c.ctx, id).Depth(1).Execute()
	c.ok("list the user's groups", err)
	owns, _, err := um.UmUsersOwnsGet(c.ctx, id).Depth(1).Execute()
	c.ok("list what the user owns", err)
	if len(*groups.Items) != 0 || len(*owns.Items) != 0 {
		c.Errorf("groups %+v, owns %+v", groups, owns)
	}
	resp, err = um.UmUsersDelete(c.ctx, id).Execute()
	c.done("delete the user", 202, resp, err)
	_, resp, err = um.UmUsersFindById(c.ctx, id).Execute()
	c.refused("get a deleted user", 404, "user", err)
	if !resp.HttpNotFound() {
		c.Error("the SDK does not see that the user is gone")
	}
	_, err = um.UmUsersDelete(c.ctx, nobody).Execute()
	c.refused("delete nobody", 404, "user", err)
	_, _, err = um.UmUsersPut(c.ctx, nobody).User(cloud.UserPut{Properties: &cloud.UserPropertiesPut{Firstname: ptr("A"), Lastname: ptr("B"),
		Email: ptr("nobody@example.test"), Administrator: ptr(false), ForceSecAuth: ptr(false)}}).Execute()
	c.refused("change nobody", 404, "user", err)
}

// statusOf is the status in an SDK's error, 0 where there is none.
func statusOf(err error) int {
	if e, ok := err.(interface{ StatusCode() int }); ok {
		return e.StatusCode()
	}
	return 0
}

// everyFlag is a group's properties with each privilege set to on.
func everyFlag(name string, on bool) *cloud.GroupProperties {
	p := &cloud.GroupProperties{Name: &name}
	v := reflect.ValueOf(p).Elem()
	for i := range v.NumField() {
		if v.Field(i).Type() == reflect.TypeFor[*bool]() {
			v.Field(i).Set(reflect.ValueOf(&on))
		}
	}
	return p
}

func TestVendorCloudGroups(t *testing.T) { bothWays(t, vendorGroups) }

func vendorGroups(c *caller) {
	um := c.cloud.UserManagementApi
	user, _ := c.newUser("Greta")
	made, resp, err := um.UmGroupsPost(c.ctx).Group(cloud.Group{Properties: everyFlag("all of them", true)}).Execute()
	c.done("create a group", 202, resp, err)
	id := *made.Id
	got, _, err := um.UmGroupsFindById(c.ctx, id).Depth(1).Execute()
	c.ok("get the group", err)
	if !reflect.DeepEqual(got.Properties, everyFlag("all of them", true)) {
		c.Errorf("flags were lost: %+v", got.Properties)
	}
	if got.Entities == nil || got.Entities.Users == nil || len(*got.Entities.Users.Items) != 0 {
		c.Errorf("entities %+v", got.Entities)
	}
	member, resp, err := um.UmGroupsUsersPost(c.ctx, id).User(cloud.UserGroupPost{Id: &user}).Execute()
	c.done("add a member", 202, resp, err)
	members, _, err := um.UmGroupsUsersGet(c.ctx, id).Depth(1).Execute()
	c.ok("list members", err)
	if *member.Id != user || len(*members.Items) != 1 || *(*members.Items)[0].Id != user {
		c.Errorf("members are %+v, %+v was added", members, member)
	}
	u, _, err := um.UmUsersFindById(c.ctx, user).Depth(2).Execute()
	c.ok("get the member", err)
	if g := *u.Entities.Groups.Items; len(g) != 1 || *g[0].Id != id || *g[0].Properties.Name != "all of them" {
		c.Errorf("the member's groups are %+v", g)
	}
	changed, resp, err := um.UmGroupsPut(c.ctx, id).Group(cloud.Group{Properties: everyFlag("none of them", false)}).Execute()
	c.done("change the group", 202, resp, err)
	if !reflect.DeepEqual(changed.Properties, everyFlag("none of them", false)) {
		c.Errorf("the changed group is %+v", changed.Properties)
	}
	all, _, err := um.UmGroupsGet(c.ctx).Depth(1).Filter("name", "none of them").Execute()
	c.ok("list groups", err)
	if len(*all.Items) != 1 || *(*all.Items)[0].Id != id {
		c.Errorf("groups of that name: %+v", all.Items)
	}
	resources, _, err := um.UmGroupsResourcesGet(c.ctx, id).Execute()
	c.ok("list the group's resources", err)
	shares, _, err := um.UmGroupsSharesGet(c.ctx, id).Execute()
	c.ok("list the group's shares", err)
	if len(*resources.Items) != 0 || len(*shares.Items) != 0 {
		c.Errorf("resources %+v, shares %+v", resources, shares)
	}
	_, _, err = um.UmGroupsSharesFindByResourceId(c.ctx, id, nobody).Execute()
	c.refused("get a share", 404, "", err)
	share := cloud.GroupShare{Properties: &cloud.GroupShareProperties{EditPrivilege: ptr(true), SharePrivilege: ptr(false)}}
	for what, call := range map[string]func() error{
		"make a share": func() error {
			_, _, err := um.UmGroupsSharesPost(c.ctx, id, nobody).Resource(share).Execute()
			return err
		},
		"change a share": func() error {
			_, _, err := um.UmGroupsSharesPut(c.ctx, id, nobody).Resource(share).Execute()
			return err
		},
		"delete a share": func() error { _, err := um.UmGroupsSharesDelete(c.ctx, id, nobody).Execute(); return err },
	} {
		c.refused(what, 404, "", call())
	}
	resp, err = um.UmGroupsUsersDelete(c.ctx, id, user).Execute()
	c.done("remove the member", 202, resp, err)
	_, err = um.UmGroupsUsersDelete(c.ctx, id, user).Execute()
	c.refused("remove them twice", 404, "", err)
	_, _, err = um.UmGroupsUsersPost(c.ctx, id).User(cloud.UserGroupPost{Id: ptr(nobody)}).Execute()
	c.refused("add nobody", 404, "", err)
	resp, err = um.UmGroupsDelete(c.ctx, id).Execute()
	c.done("delete the group", 202, resp, err)
	_, _, err = um.UmGroupsFindById(c.ctx, id).Execute()
	c.refused("get a deleted group", 404, "group", err)
	_, err = um.UmGroupsDelete(c.ctx, id).Execute()
	c.refused("delete it twice", 404, "group", err)
}

func TestVendorCloudKeys(t *testing.T) { bothWays(t, vendorS3Keys) }

// missingS3Key is the text by which the vendor's own clients know that a key is gone.
const missingS3Key = "The access key cannot be found, please double-check the key id and try again."

func vendorS3Keys(c *caller) {
	keys := c.cloud.UserS3KeysApi
	user, mail := c.newUser("Kim")
	_, _, err := keys.UmUsersS3keysPost(c.ctx, user).Execute()
	c.refused("a key without the privilege", 422, "ACCESS_S3_OBJECT_STORAGE", err)
	group := c.newGroup("storage of Kim", user)
	made, resp, err := keys.UmUsersS3keysPost(c.ctx, user).Execute()
	c.done("create a key", 200, resp, err)
	id := *made.Id
	pair := Pair{id, *made.Properties.SecretKey}
	c.works("a new key", pair, true)
	got, _, err := keys.UmUsersS3keysFindByKeyId(c.ctx, user, id).Depth(1).Execute()
	c.ok("get the key", err)
	if *got.Properties.SecretKey != pair.Secret || !*got.Properties.Active || got.Metadata.CreatedDate.IsZero() {
		c.Errorf("the key is %+v %+v", got.Properties, got.Metadata)
	}
	for _, on := range []bool{false, true} {
		_, resp, err := keys.UmUsersS3keysPut(c.ctx, user, id).S3Key(cloud.S3Key{Properties: &cloud.S3KeyProperties{Active: &on}}).Execute()
		c.done("switch the key", 202, resp, err)
		got, _, err := keys.UmUsersS3keysFindByKeyId(c.ctx, user, id).Execute()
		c.ok("get the switched key", err)
		if *got.Properties.Active != on {
			c.Errorf("switched to %v it says %v", on, *got.Properties.Active)
		}
		c.works("a switched key", pair, on)
	}
	for range 4 {
		_, resp, err := keys.UmUsersS3keysPost(c.ctx, user).Execute()
		c.done("create a key", 200, resp, err)
	}
	_, _, err = keys.UmUsersS3keysPost(c.ctx, user).Execute()
	c.refused("a sixth key", 422, "five access keys", err)
	all, _, err := keys.UmUsersS3keysGet(c.ctx, user).Depth(1).Execute()
	c.ok("list keys", err)
	if len(*all.Items) != 5 {
		c.Errorf("there are %d keys", len(*all.Items))
	}
	sso, _, err := keys.UmUsersS3ssourlGet(c.ctx, user).Execute()
	c.ok("the address of the console", err)
	if *sso.SsoUrl == "" {
		c.Error("the address of the console is empty")
	}
	u, _, err := c.cloud.UserManagementApi.UmUsersFindById(c.ctx, user).Execute()
	c.ok("get the user", err)
	if u.Properties.S3CanonicalUserId == nil || len(*u.Properties.S3CanonicalUserId) != 32 {
		c.Errorf("the canonical id is %v", u.Properties.S3CanonicalUserId)
	}

	// The user sees their own keys and nobody else's.
	self := c.server.withPassword(c.T, mail, plainPassword)
	_, _, err = self.cloud.UserS3KeysApi.UmUsersS3keysGet(c.ctx, user).Execute()
	c.ok("list one's own keys", err)
	_, _, err = self.cloud.UserManagementApi.UmUsersGet(c.ctx).Execute()
	c.refused("a plain user lists users", 403, "", err)

	// Losing the privilege stops the key, getting it back starts it again.
	resp, err = c.cloud.UserManagementApi.UmGroupsUsersDelete(c.ctx, group, user).Execute()
	c.done("take the privilege", 202, resp, err)
	c.works("a key without the privilege", pair, false)
	_, resp, err = c.cloud.UserManagementApi.UmGroupsUsersPost(c.ctx, group).User(cloud.UserGroupPost{Id: &user}).Execute()
	c.done("give it back", 202, resp, err)
	c.works("a key with the privilege again", pair, true)

	resp, err = keys.UmUsersS3keysDelete(c.ctx, user, id).Execute()
	c.done("delete the key", 202, resp, err)
	c.works("a deleted key", pair, false)
	_, _, err = keys.UmUsersS3keysFindByKeyId(c.ctx, user, id).Execute()
	c.refused("get a deleted key", 422, missingS3Key, err)
	_, err = keys.UmUsersS3keysDelete(c.ctx, user, id).Execute()
	c.refused("delete it twice", 422, missingS3Key, err)
	_, _, err = keys.UmUsersS3keysPut(c.ctx, user, id).S3Key(cloud.S3Key{Properties: &cloud.S3KeyProperties{Active: ptr(true)}}).Execute()
	c.refused("switch a deleted key", 422, missingS3Key, err)
}

// The vendor's clients try a credential by asking for the API's name.
func TestVendorCloudInfo(t *testing.T) {
	bothWays(t, func(c *caller) {
		info, _, err := c.cloud.DefaultApi.ApiInfoGet(c.ctx).MaxResults(1).Depth(0).Execute()
		c.ok("ask for the API", err)
		if *info.Version != "6.0" || *info.Href != c.server.ControlURL+"/cloudapi/v6/" || *info.Name == "" {
			c.Errorf("the API is %+v", info)
		}
		wrong := c.server.withPassword(c.T, ownerEmail, "wrong")
		_, _, err = wrong.cloud.DefaultApi.ApiInfoGet(c.ctx).Execute()
		c.refused("a wrong password", 401, "", err)
	})
}

func TestVendorCloudContractsAndResources(t *testing.T) {
	bothWays(t, func(c *caller) {
		all, _, err := c.cloud.ContractResourcesApi.ContractsGet(c.ctx).Depth(1).Execute()
		c.ok("list contracts", err)
		if len(*all.Items) != 1 || *(*all.Items)[0].Properties.Owner != ownerEmail || *(*all.Items)[0].Properties.ContractNumber < 10_000_000 {
			c.Fatalf("contracts are %+v", all.Items)
		}
		number := int32(*(*all.Items)[0].Properties.ContractNumber)
		_, _, err = c.cloud.UserManagementApi.UmUsersGet(c.ctx).XContractNumber(number).Execute()
		c.ok("name the contract", err)
		_, _, err = c.cloud.UserManagementApi.UmUsersGet(c.ctx).XContractNumber(number + 1).Execute()
		c.refused("name another", 403, "contract", err)
		r, _, err := c.cloud.UserManagementApi.UmResourcesGet(c.ctx).Execute()
		c.ok("list resources", err)
		if len(*r.Items) != 0 {
			c.Errorf("resources %+v", r.Items)
		}
		_, _, err = c.cloud.UserManagementApi.UmResourcesFindByType(c.ctx, "datacenter").Execute()
		c.ok("list resources of a type", err)
		_, _, err = c.cloud.UserManagementApi.UmResourcesFindByTypeAndId(c.ctx, "datacenter", nobody).Execute()
		c.refused("get a resource", 404, "", err)
		_, _, err = c.cloud.RequestsApi.RequestsStatusGet(c.ctx, "nonsense").Execute()
		c.refused("the status of no request", 404, "", err)
	})
}
