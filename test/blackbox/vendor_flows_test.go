package blackbox

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"reflect"
	"strings"
	"testing"

	storage "github.com/ionos-cloud/sdk-go-object-storage-management"
	cloud "github.com/ionos-cloud/sdk-go/v6"
)

// recorded is a caller with both of the vendor's SDKs whose requests and answers are written down.
func recorded(t *testing.T) (*caller, *wire) {
	s := Start(t, t.TempDir())
	w := newWire(t, s)
	token := s.newToken(t, ownerEmail, ownerPassword)
	c := cloud.NewConfiguration("", "", token, s.ControlURL)
	c.HTTPClient = &http.Client{Transport: w}
	m := storage.NewConfiguration("", "", token, s.ControlURL)
	m.HTTPClient = &http.Client{Transport: w}
	return &caller{T: t, server: s, ctx: t.Context(), cloud: cloud.NewAPIClient(c), storage: storage.NewAPIClient(m)}, w
}

// applied polls the request that a change names, as the provider does before it goes on: without a Location it gives up.
func (c *caller) applied(resp *cloud.APIResponse, err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
	location := resp.Header.Get("Location")
	if location == "" {
		c.Fatal("there is no Location: the provider would stop")
	}
	status, _, err := c.cloud.GetRequestStatus(c.ctx, location)
	if err != nil || *status.Metadata.Status != "DONE" {
		c.Fatalf("%s: %+v %v", location, status, err)
	}
}

// unchanged checks that a plan finds nothing to do: a second reading is like the first.
func unchanged[T any](c *caller, what string, read func() (T, error)) T {
	c.Helper()
	first, err := read()
	c.ok(what, err)
	second, err := read()
	c.ok(what, err)
	if !reflect.DeepEqual(first, second) {
		c.Errorf("%s: a plan has a difference: %+v, then %+v", what, first, second)
	}
	return first
}

// TestVendorTerraformPeople is a plan of ionoscloud_user, ionoscloud_group with the user in it, and ionoscloud_s3_key: applied, planned,
// changed, destroyed, with the calls and in the order in which the provider makes them.
func TestVendorTerraformPeople(t *testing.T) {
	c, w := recorded(t)
	um, keys := c.cloud.UserManagementApi, c.cloud.UserS3KeysApi
	user := cloud.UserPropertiesPost{Firstname: ptr("Tara"), Lastname: ptr("Form"), Email: ptr("tara@example.test"), Password: ptr(plainPassword),
		Administrator: ptr(false), ForceSecAuth: ptr(false), Active: ptr(true)}

	w.note("apply: ionoscloud_user")
	made, resp, err := um.UmUsersPost(c.ctx).User(cloud.UserPost{Properties: &user}).Execute()
	c.applied(resp, err)
	id := *made.Id
	readUser := func() (cloud.User, error) {
		u, _, err := um.UmUsersFindById(c.ctx, id).Depth(1).Execute()
		return u, err
	}
	w.note("refresh, plan: ionoscloud_user")
	u := unchanged(c, "the user", readUser)
	if p := u.Properties; *p.Firstname != *user.Firstname || *p.Lastname != *user.Lastname || *p.Email != *user.Email || *p.Administrator || *p.ForceSecAuth || !*p.Active {
		t.Errorf("the user is %+v", *p)
	}

	w.note("apply: ionoscloud_group")
	group := everyFlag("storage", false)
	group.S3Privilege = ptr(true)
	g, resp, err := um.UmGroupsPost(c.ctx).Group(cloud.Group{Properties: group}).Execute()
	c.applied(resp, err)
	_, resp, err = um.UmGroupsUsersPost(c.ctx, *g.Id).User(cloud.UserGroupPost{Id: &id}).Execute()
	c.applied(resp, err)
	w.note("refresh, plan: ionoscloud_group")
	got := unchanged(c, "the group", func() (cloud.Group, error) {
		g, _, err := um.UmGroupsFindById(c.ctx, *g.Id).Execute()
		return g, err
	})
	if !reflect.DeepEqual(got.Properties, group) {
		t.Errorf("the group is %+v", got.Properties)
	}
	members := unchanged(c, "the members", func() (cloud.GroupMembers, error) {
		m, _, err := um.UmGroupsUsersGet(c.ctx, *g.Id).Depth(1).Execute()
		return m, err
	})
	if len(*members.Items) != 1 || *(*members.Items)[0].Id != id {
		t.Errorf("the members are %+v", members.Items)
	}

	w.note("apply: ionoscloud_s3_key")
	key, resp, err := keys.UmUsersS3keysPost(c.ctx, id).Execute()
	c.applied(resp, err)
	_, resp, err = keys.UmUsersS3keysPut(c.ctx, id, *key.Id).S3Key(cloud.S3Key{Properties: &cloud.S3KeyProperties{Active: ptr(true)}}).Depth(1).Execute()
	c.applied(resp, err)
	w.note("refresh, plan: ionoscloud_s3_key")
	k := unchanged(c, "the key", func() (cloud.S3Key, error) {
		k, _, err := keys.UmUsersS3keysFindByKeyId(c.ctx, id, *key.Id).Execute()
		return k, err
	})
	if !*k.Properties.Active || *k.Properties.SecretKey != *key.Properties.SecretKey {
		t.Errorf("the key is %+v", k.Properties)
	}

	w.note("apply: another name, another member list, a key that rests")
	now, err := readUser()
	c.ok("read the user", err)
	_, resp, err = um.UmUsersPut(c.ctx, id).User(cloud.UserPut{Properties: &cloud.UserPropertiesPut{Firstname: now.Properties.Firstname, Lastname: ptr("Former"),
		Email: now.Properties.Email, Administrator: ptr(false), ForceSecAuth: ptr(false), SecAuthActive: now.Properties.SecAuthActive, Active: now.Properties.Active}}).Execute()
	c.applied(resp, err)
	_, resp, err = keys.UmUsersS3keysPut(c.ctx, id, *key.Id).S3Key(cloud.S3Key{Properties: &cloud.S3KeyProperties{Active: ptr(false)}}).Execute()
	c.applied(resp, err)

	w.note("destroy: ionoscloud_s3_key")
	_, err = keys.UmUsersS3keysDelete(c.ctx, id, *key.Id).Execute()
	c.ok("delete the key", err)
	_, _, err = keys.UmUsersS3keysFindByKeyId(c.ctx, id, *key.Id).Execute()
	c.refused("the deleted key", 422, missingS3Key, err)
	w.note("destroy: ionoscloud_group, ionoscloud_user")
	resp, err = um.UmGroupsUsersDelete(c.ctx, *g.Id, id).Execute()
	c.applied(resp, err)
	resp, err = um.UmGroupsDelete(c.ctx, *g.Id).Execute()
	c.applied(resp, err)
	resp, err = um.UmUsersDelete(c.ctx, id).Execute()
	c.applied(resp, err)
	_, resp, _ = um.UmUsersFindById(c.ctx, id).Depth(1).Execute()
	if !resp.HttpNotFound() {
		t.Errorf("the deleted user: %d", resp.StatusCode)
	}
	w.golden("terraform-people")
}

// TestVendorTerraformAccessKey is ionoscloud_object_storage_accesskey and the data source of regions.
func TestVendorTerraformAccessKey(t *testing.T) {
	c, w := recorded(t)
	api := c.storage.AccesskeysApi
	w.note("apply: ionoscloud_object_storage_accesskey")
	made, _, err := api.AccesskeysPost(c.ctx).AccessKeyCreate(storage.AccessKeyCreate{
		Properties: &storage.AccessKey{Description: ptr("my key"), AccessKey: ptr(""), SecretKey: ptr("")}}).Execute()
	c.ok("create", err)
	id := *made.Id
	read := func() (storage.AccessKeyRead, error) {
		k, _, err := api.AccesskeysFindById(c.ctx, id).Execute()
		return k, err
	}
	w.note("wait until AVAILABLE, refresh, plan")
	k := unchanged(c, "the key", read)
	if *k.Metadata.Status != "AVAILABLE" || *k.Properties.Description != "my key" || *k.Properties.AccessKey != *made.Properties.AccessKey {
		t.Errorf("the key is %+v", k)
	}
	w.note("apply: another description")
	put, _, err := api.AccesskeysPut(c.ctx, id).AccessKeyEnsure(storage.AccessKeyEnsure{Id: &id,
		Properties: &storage.AccessKey{Description: ptr("renamed"), AccessKey: ptr(""), SecretKey: ptr("")}}).Execute()
	c.ok("change", err)
	if k := unchanged(c, "the changed key", read); *k.Properties.Description != "renamed" || *put.Properties.AccessKey != *made.Properties.AccessKey {
		t.Errorf("the changed key is %+v", k)
	}
	w.note("data ionoscloud_object_storage_accesskey, ionoscloud_object_storage_region")
	all, _, err := api.AccesskeysGet(c.ctx).FilterAccesskeyId(*made.Properties.AccessKey).Execute()
	c.ok("list", err)
	if len(*all.Items) != 1 {
		t.Errorf("the list is %+v", all.Items)
	}
	region, _, err := c.storage.RegionsApi.RegionsFindByRegion(c.ctx, "local-1").Execute()
	c.ok("the region", err)
	if *region.Id != "local-1" {
		t.Errorf("the region is %+v", region)
	}
	w.note("destroy: ionoscloud_object_storage_accesskey")
	_, err = api.AccesskeysDelete(c.ctx, id).Execute()
	c.ok("delete", err)
	_, _, err = api.AccesskeysFindById(c.ctx, id).Execute()
	c.refused("the deleted key", 404, "", err)
	w.golden("terraform-accesskey")
}

// TestVendorTokenCommands is `ionosctl token generate|list|get|delete|parse` and `ionosctl cfg whoami`, which read the claims themselves.
func TestVendorTokenCommands(t *testing.T) {
	s := Start(t, t.TempDir())
	w := newWire(t, s)
	call := func(method, path string, want int, out any) {
		t.Helper()
		req := must(http.NewRequest(method, s.ControlURL+path, nil))
		req.SetBasicAuth(ownerEmail, ownerPassword)
		req.Header.Set("Accept", "application/json")
		resp, err := w.RoundTrip(req)
		if err != nil || resp.StatusCode != want || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
			t.Fatalf("%s %s: %v %v", method, path, resp, err)
		}
		if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
			t.Fatal(err)
		}
	}
	var made struct{ Token string }
	var all struct {
		Tokens []struct{ Id, Href, CreatedDate, ExpirationDate string }
	}
	var gone struct{ Success bool }
	w.note("token generate")
	call("GET", "/auth/v1/tokens/generate?ttl=3600", 200, &made)
	w.note("token list")
	call("GET", "/auth/v1/tokens", 200, &all)
	if len(all.Tokens) != 1 || all.Tokens[0].Id != kid(t, made.Token) || !strings.HasSuffix(all.Tokens[0].Href, "/tokens/"+all.Tokens[0].Id) {
		t.Errorf("the list is %+v", all)
	}
	w.note("token get")
	call("GET", "/auth/v1/tokens/"+all.Tokens[0].Id, 200, &all.Tokens[0])
	w.note("token delete")
	call("DELETE", "/auth/v1/tokens/"+all.Tokens[0].Id, 200, &gone)
	if !gone.Success {
		t.Error("the deletion has no success")
	}
	w.note("token delete --expired, --all")
	call("DELETE", "/auth/v1/tokens?criteria=EXPIRED", 200, &gone)
	call("DELETE", "/auth/v1/tokens?criteria=ALL", 200, &gone)
	w.golden("ionosctl-tokens")
}

// TestVendorObjectStorageCommands is `ionosctl object-storage ...` told one address for all, the control listener's: it signs for
// eu-central-3 and asks for that location, which no region here has.
func TestVendorObjectStorageCommands(t *testing.T) {
	s := Start(t, t.TempDir())
	v := &vendorS3{T: t, wire: newWire(t, s), base: s.ControlURL, pair: s.OwnerKey(t), region: "eu-central-3"}
	const b = "/ctl-bucket"
	v.wire.note("bucket create --object-lock")
	v.want(200, "PUT", b, createBucketConfiguration{LocationConstraint: "eu-central-3"}, "x-amz-bucket-object-lock-enabled", "true")
	v.wire.note("bucket list, get, head")
	var buckets bucketList
	v.read("/", &buckets)
	if len(buckets.Buckets) != 1 || buckets.Owner.ID == nil {
		t.Errorf("the buckets are %+v", buckets)
	}
	var where locationConstraint
	v.read(b+"?location=", &where)
	v.want(200, "HEAD", b, nil)
	v.wire.note("object put, head, get, copy, list")
	v.want(200, "PUT", b+"/photos/image.jpg", "picture", "Content-Type", "image/jpeg")
	v.want(200, "HEAD", b+"/photos/image.jpg", nil)
	if a := v.want(200, "GET", b+"/photos/image.jpg", nil); string(a.body) != "picture" {
		t.Errorf("the object is %q", a.body)
	}
	v.commands(b)
	v.wire.golden("ionosctl-object-storage")
}

// commands goes through the settings and ends with an empty bucket that is deleted.
func (v *vendorS3) commands(b string) {
	v.Helper()
	var list objectList
	v.want(200, "PUT", b+"/photos/copy.jpg", nil, "x-amz-copy-source", b+"/photos/image.jpg")
	v.read(b+"?list-type=2&max-keys=1000&prefix=photos%2F", &list)
	if len(list.Contents) != 2 || *list.IsTruncated {
		v.Errorf("the list is %+v", list)
	}
	v.wire.note("object retention put, get, legal-hold put, get, tagging put, get, delete")
	v.want(200, "PUT", b+"/photos/copy.jpg?retention=", objectRetention{Mode: "GOVERNANCE", RetainUntilDate: "2040-01-01T00:00:00Z"})
	var kept objectRetention
	v.read(b+"/photos/copy.jpg?retention=", &kept)
	if kept.Mode != "GOVERNANCE" || !strings.HasPrefix(kept.RetainUntilDate, "2040-01-01T00:00:00") {
		v.Errorf("the retention is %+v", kept)
	}
	v.want(200, "PUT", b+"/photos/copy.jpg?legal-hold=", legalHold{Status: "ON"})
	v.want(200, "PUT", b+"/photos/copy.jpg?legal-hold=", legalHold{Status: "OFF"})
	v.want(200, "PUT", b+"/photos/copy.jpg?tagging=", tagging{TagSet: []tag{{"k", "v"}}})
	v.want(204, "DELETE", b+"/photos/copy.jpg?tagging=", nil)
	v.wire.note("bucket policy put, status")
	v.want(204, "PUT", b+"?policy=", `{"Statement":[{"Action":["s3:GetObject"],"Effect":"Allow","Principal":{"AWS":["*"]},"Resource":["arn:aws:s3:::`+b[1:]+`/*"],"Sid":"PublicReadGetObject"}],"Version":"2012-10-17"}`,
		"Content-Type", "application/json")
	var status struct {
		XMLName  xml.Name `xml:"PolicyStatus"`
		IsPublic bool
	}
	v.read(b+"?policyStatus=", &status)
	v.want(204, "DELETE", b+"?policy=", nil)
	v.wire.note("bucket versioning get; lock settings get; replication get of a bucket without")
	var versioning versioningConfiguration
	v.read(b+"?versioning=", &versioning)
	if *versioning.Status != "Enabled" {
		v.Errorf("versioning is %+v", versioning)
	}
	var lock objectLockConfiguration
	v.read(b+"?object-lock=", &lock)
	v.want(404, "GET", b+"?replication=", nil)
	v.wire.note("object delete --all --bypass-governance-retention, bucket delete")
	v.want(200, "POST", b+"?delete=", deleteRequest{Objects: []deleteObject{{Key: "photos/copy.jpg"}, {Key: "photos/image.jpg"}}, Quiet: ptr(true)}, "x-amz-bypass-governance-retention", "true")
	all := v.versions(b)
	if len(all.Versions) != 2 || len(all.Markers) != 2 {
		v.Fatalf("versions are %+v", all)
	}
	var gone []deleteObject
	for _, o := range append(all.Versions, all.Markers...) {
		gone = append(gone, deleteObject{o.Key, o.VersionId})
	}
	a := v.want(200, "POST", b+"?delete=", deleteRequest{Objects: gone, Quiet: ptr(true)}, "x-amz-bypass-governance-retention", "true")
	if bytes.Contains(a.body, []byte("<Error>")) {
		v.Errorf("objects stay: %s", a.body)
	}
	v.want(204, "DELETE", b, nil)
}
