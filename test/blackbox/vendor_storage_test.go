package blackbox

import (
	"strings"
	"testing"

	storage "github.com/ionos-cloud/sdk-go-object-storage-management"
)

// works checks whether S3 accepts a key pair.
func (c *caller) works(what string, p Pair, want bool) {
	c.Helper()
	_, err := c.server.Minio(c.T, p).ListBuckets(c.ctx)
	if (err == nil) != want {
		c.Errorf("%s at S3: %v", what, err)
	}
}

func TestVendorStorageKeys(t *testing.T) { bothWays(t, vendorAccessKeys) }

func vendorAccessKeys(c *caller) {
	api := c.storage.AccesskeysApi
	body := func(text string) storage.AccessKeyCreate {
		return storage.AccessKeyCreate{Properties: &storage.AccessKey{Description: &text, AccessKey: ptr(""), SecretKey: ptr("")}}
	}
	made, resp, err := api.AccesskeysPost(c.ctx).AccessKeyCreate(body("backup")).Execute()
	c.ok("create a key", err)
	p := made.Properties
	if resp.StatusCode != 201 || *p.Description != "backup" || len(*p.AccessKey) != 92 || *p.SecretKey == "" || len(*p.CanonicalUserId) != 32 || !strings.Contains(*p.ContractUserId, ":") {
		c.Fatalf("the new key: %d %+v", resp.StatusCode, *p)
	}
	m := made.Metadata
	if *m.Status != "AVAILABLE" || !*m.Administrative || len(*m.SupportedRegions) < 2 || m.CreatedDate.IsZero() || m.LastModifiedDate.IsZero() {
		c.Errorf("its metadata: %+v", *m)
	}
	id, old := *made.Id, Pair{*p.AccessKey, *p.SecretKey}
	c.works("a new key", old, true)
	got, _, err := api.AccesskeysFindById(c.ctx, id).Execute()
	c.ok("get the key", err)
	if *got.Id != id || *got.Properties.AccessKey != old.Access || (got.Properties.SecretKey != nil && *got.Properties.SecretKey != "") {
		c.Errorf("the key is %+v", *got.Properties)
	}
	ensure := func(id, text string) storage.AccessKeyEnsure {
		return storage.AccessKeyEnsure{Id: &id, Properties: &storage.AccessKey{Description: &text, AccessKey: ptr(""), SecretKey: ptr("")}}
	}
	put, resp, err := api.AccesskeysPut(c.ctx, id).AccessKeyEnsure(ensure(id, "changed")).Execute()
	c.ok("describe the key", err)
	if resp.StatusCode != 200 || *put.Properties.Description != "changed" || *put.Properties.AccessKey != old.Access {
		c.Errorf("the described key: %d %+v", resp.StatusCode, *put.Properties)
	}
	renewed, _, err := api.AccesskeysRenew(c.ctx, id).Execute()
	c.ok("renew the key", err)
	fresh := Pair{*renewed.Properties.AccessKey, *renewed.Properties.SecretKey}
	if fresh.Access != old.Access || fresh.Secret == old.Secret || *renewed.Id != id {
		c.Errorf("the renewed key: %+v", *renewed.Properties)
	}
	c.works("the old secret", old, false)
	c.works("the new secret", fresh, true)
	other := "99999999-2222-4333-8444-555555555555"
	put, resp, err = api.AccesskeysPut(c.ctx, other).AccessKeyEnsure(ensure(other, "ensured")).Execute()
	c.ok("ensure a key", err)
	if resp.StatusCode != 201 || *put.Id != other {
		c.Errorf("the ensured key: %d %+v", resp.StatusCode, put)
	}
	vendorKeyLists(c, id, fresh.Access)
	for range 3 {
		_, _, err := api.AccesskeysPost(c.ctx).AccessKeyCreate(body("more")).Execute()
		c.ok("create a key", err)
	}
	_, _, err = api.AccesskeysPost(c.ctx).AccessKeyCreate(body("the sixth")).Execute()
	c.refused("a sixth key", 422, "five access keys", err)
	all, _, err := api.AccesskeysGet(c.ctx).Execute()
	c.ok("list keys", err)
	for _, k := range *all.Items {
		resp, err := api.AccesskeysDelete(c.ctx, *k.Id).Execute()
		c.ok("delete a key", err)
		if resp.StatusCode != 202 {
			c.Errorf("delete answers %d", resp.StatusCode)
		}
	}
	c.works("a deleted key", fresh, false)
	_, _, err = api.AccesskeysFindById(c.ctx, id).Execute()
	c.refused("get a deleted key", 404, "", err)
	_, err = api.AccesskeysDelete(c.ctx, id).Execute()
	c.refused("delete it twice", 404, "", err)
	_, _, err = api.AccesskeysRenew(c.ctx, id).Execute()
	c.refused("renew a deleted key", 404, "", err)
}

// vendorKeyLists needs exactly two keys.
func vendorKeyLists(c *caller, id, accessKey string) {
	api := c.storage.AccesskeysApi
	page, _, err := api.AccesskeysGet(c.ctx).Limit(1).Offset(0).Execute()
	c.ok("list the first key", err)
	if len(*page.Items) != 1 || *page.Limit != 1 || *page.Offset != 0 || page.Links.Next == nil || page.Links.Prev != nil {
		c.Errorf("the first page: %+v %+v", page, page.Links)
	}
	page, _, err = api.AccesskeysGet(c.ctx).Limit(1).Offset(1).Execute()
	c.ok("list the second key", err)
	if len(*page.Items) != 1 || page.Links.Next != nil || page.Links.Prev == nil {
		c.Errorf("the second page: %+v %+v", page, page.Links)
	}
	page, _, err = api.AccesskeysGet(c.ctx).FilterAccesskeyId(accessKey).Execute()
	c.ok("find a key", err)
	if len(*page.Items) != 1 || *(*page.Items)[0].Id != id {
		c.Errorf("found: %+v", page.Items)
	}
	_, _, err = api.AccesskeysGet(c.ctx).Limit(1001).Execute()
	c.refused("a page too large", 400, "limit", err)
}

// A key is its user's: others don't find it, can't take its id, and need the privilege for one of their own.
func TestVendorStorageKeysOfOthers(t *testing.T) {
	s := Start(t, t.TempDir())
	owner := s.withToken(t, ownerEmail, ownerPassword)
	user, mail := owner.newUser("Pat")
	me := s.withToken(t, mail, plainPassword)
	text := storage.AccessKeyCreate{Properties: &storage.AccessKey{Description: ptr("mine"), AccessKey: ptr(""), SecretKey: ptr("")}}
	_, _, err := me.storage.AccesskeysApi.AccesskeysPost(me.ctx).AccessKeyCreate(text).Execute()
	me.refused("a key without the privilege", 403, "", err)
	owner.newGroup("storage", user)
	mine, _, err := me.storage.AccesskeysApi.AccesskeysPost(me.ctx).AccessKeyCreate(text).Execute()
	me.ok("a key with it", err)
	if *mine.Metadata.Administrative {
		t.Error("a plain user's key is administrative")
	}
	theirs, _, err := owner.storage.AccesskeysApi.AccesskeysPost(owner.ctx).AccessKeyCreate(text).Execute()
	owner.ok("the owner's key", err)
	_, _, err = me.storage.AccesskeysApi.AccesskeysFindById(me.ctx, *theirs.Id).Execute()
	me.refused("another's key", 404, "", err)
	_, err = me.storage.AccesskeysApi.AccesskeysDelete(me.ctx, *theirs.Id).Execute()
	me.refused("delete another's key", 404, "", err)
	_, _, err = me.storage.AccesskeysApi.AccesskeysPut(me.ctx, *theirs.Id).AccessKeyEnsure(storage.AccessKeyEnsure{Id: theirs.Id, Properties: text.Properties}).Execute()
	me.refused("take another's id", 409, "", err)
	_, _, err = owner.storage.AccesskeysApi.AccesskeysPut(owner.ctx, *mine.Id).AccessKeyEnsure(storage.AccessKeyEnsure{Id: mine.Id, Properties: text.Properties}).Execute()
	owner.refused("take the id of a user of one's own contract", 409, "", err)
	list, _, err := me.storage.AccesskeysApi.AccesskeysGet(me.ctx).Execute()
	me.ok("list keys", err)
	if len(*list.Items) != 1 || *(*list.Items)[0].Id != *mine.Id {
		t.Errorf("the list is %+v", list.Items)
	}
	for what, c := range map[string]*caller{"a wrong password": s.withPassword(t, mail, "wrong"), "a wrong token": s.caller(t, "", "", "wrong")} {
		_, _, err := c.storage.AccesskeysApi.AccesskeysGet(c.ctx).Execute()
		c.refused(what, 401, "", err)
		_, _, err = c.cloud.UserManagementApi.UmUsersGet(c.ctx).Execute()
		c.refused(what+" at the Cloud API", 401, "", err)
	}
}

func TestVendorStorageRegions(t *testing.T) {
	bothWays(t, func(c *caller) {
		all, _, err := c.storage.RegionsApi.RegionsGet(c.ctx).Limit(100).Offset(0).Execute()
		c.ok("list regions", err)
		if len(*all.Items) < 2 {
			c.Fatalf("regions are %+v", all.Items)
		}
		for _, r := range *all.Items {
			one, _, err := c.storage.RegionsApi.RegionsFindByRegion(c.ctx, *r.Id).Execute()
			c.ok("get a region", err)
			p := one.Properties
			if *one.Id != *r.Id || p.Endpoint == nil || *p.Endpoint == "" || strings.Contains(*p.Endpoint, "://") || p.Capability == nil || *p.Capability.Iam || p.Location == nil {
				c.Errorf("region %s is %+v", *r.Id, *p)
			}
		}
		_, _, err = c.storage.RegionsApi.RegionsFindByRegion(c.ctx, "nowhere").Execute()
		c.refused("no region", 404, "region", err)
	})
}
