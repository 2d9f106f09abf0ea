package blackbox

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"reflect"
	"testing"
)

// Documents as the vendor's SDK writes and reads them: Go's encoding/xml with these names, in this order, and 32-bit integers for the
// ids of owners and of CORS rules.
type (
	createBucketConfiguration struct {
		XMLName            xml.Name `xml:"CreateBucketConfiguration"`
		LocationConstraint string
	}
	locationConstraint struct {
		XMLName xml.Name `xml:"LocationConstraint"`
		Region  string   `xml:",chardata"`
	}
	versioningConfiguration struct {
		XMLName   xml.Name `xml:"VersioningConfiguration"`
		Status    *string
		MfaDelete *string
	}
	tagging struct {
		XMLName xml.Name `xml:"Tagging"`
		TagSet  []tag    `xml:"TagSet>Tag"`
	}
	tag               struct{ Key, Value string }
	corsConfiguration struct {
		XMLName xml.Name   `xml:"CORSConfiguration"`
		Rules   []corsRule `xml:"CORSRule"`
	}
	corsRule struct {
		ID             *int32
		AllowedHeaders []string `xml:"AllowedHeader"`
		AllowedMethods []string `xml:"AllowedMethod"`
		AllowedOrigins []string `xml:"AllowedOrigin"`
		ExposeHeaders  []string `xml:"ExposeHeader"`
		MaxAgeSeconds  *int32
	}
	lifecycleConfiguration struct {
		XMLName xml.Name        `xml:"LifecycleConfiguration"`
		Rules   []lifecycleRule `xml:"Rule"`
	}
	lifecycleRule struct {
		ID         *string
		Prefix     *string // before provider 6.7
		Filter     *lifecycleFilter
		Status     string
		Expiration *struct {
			Date                      *string
			Days                      *int32
			ExpiredObjectDeleteMarker *bool
		}
		NoncurrentVersionExpiration    *struct{ NoncurrentDays *int32 }
		AbortIncompleteMultipartUpload *struct{ DaysAfterInitiation *int32 }
	}
	lifecycleFilter         struct{ Prefix string }
	encryptionConfiguration struct {
		XMLName xml.Name         `xml:"ServerSideEncryptionConfiguration"`
		Rules   []encryptionRule `xml:"Rule"`
	}
	encryptionRule struct {
		ApplyServerSideEncryptionByDefault struct{ SSEAlgorithm string }
	}
	publicAccessBlock struct {
		XMLName                                                                     xml.Name `xml:"PublicAccessBlockConfiguration"`
		BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets *bool
	}
	websiteConfiguration struct {
		XMLName               xml.Name `xml:"WebsiteConfiguration"`
		ErrorDocument         *struct{ Key *string }
		IndexDocument         *struct{ Suffix *string }
		RedirectAllRequestsTo *struct{ HostName, Protocol *string }
	}
	objectLockConfiguration struct {
		XMLName           xml.Name `xml:"ObjectLockConfiguration"`
		ObjectLockEnabled *string
		Rule              *struct {
			DefaultRetention *struct {
				Mode        *string
				Days, Years *int32
			}
		}
	}
	legalHold struct {
		XMLName xml.Name `xml:"LegalHold"`
		Status  string
	}
	objectRetention struct {
		XMLName               xml.Name `xml:"Retention"`
		Mode, RetainUntilDate string
	}
	bucketList struct {
		XMLName xml.Name `xml:"ListAllMyBucketsResult"`
		Owner   vendorOwner
		Buckets []struct{ Name, CreationDate string } `xml:"Buckets>Bucket"`
	}
	vendorOwner struct {
		ID          *int32
		DisplayName *string
	}
	objectVersions struct {
		XMLName     xml.Name `xml:"ListVersionsResult"`
		IsTruncated *bool
		MaxKeys     *int32
		Versions    []objectVersion `xml:"Version"`
		Markers     []objectVersion `xml:"DeleteMarker"`
	}
	objectVersion struct {
		Key, VersionId, ETag string
		IsLatest             bool
		Size                 int32
		Owner                vendorOwner
	}
	objectList struct {
		XMLName     xml.Name `xml:"ListBucketResult"`
		IsTruncated *bool
		KeyCount    *int32
		MaxKeys     *int32
		Contents    []objectVersion
	}
	deleteRequest struct {
		XMLName xml.Name       `xml:"Delete"`
		Objects []deleteObject `xml:"Object"`
		Quiet   *bool
	}
	deleteObject struct {
		Key       string
		VersionId string `xml:",omitempty"`
	}
	vendorError struct {
		XMLName                          xml.Name `xml:"Error"`
		Code, Message, RequestId, HostId string
	}
)

// terraform is a server with the owner's key and a transcript, addressed at the S3 listener as IONOS_API_URL_OBJECT_STORAGE tells it.
func terraform(t *testing.T) *vendorS3 {
	s := Start(t, t.TempDir())
	return &vendorS3{T: t, wire: newWire(t, s), base: s.S3URL, pair: s.OwnerKey(t), region: "local-1"}
}

// create makes a bucket as ionoscloud_s3_bucket does, and reads it as a refresh does.
func (v *vendorS3) create(name, lock string, wantLock int) {
	v.Helper()
	v.wire.note("apply: ionoscloud_s3_bucket " + name)
	v.want(200, "PUT", "/"+name, createBucketConfiguration{LocationConstraint: "local-1"}, "x-amz-bucket-object-lock-enabled", lock)
	v.want(200, "HEAD", "/"+name, nil)
	v.wire.note("refresh: ionoscloud_s3_bucket " + name)
	v.want(200, "HEAD", "/"+name, nil)
	var where locationConstraint
	v.read("/"+name+"?location=", &where)
	if where.Region != "local-1" {
		v.Errorf("the bucket is in %q", where.Region)
	}
	v.want(wantLock, "GET", "/"+name+"?object-lock=", nil)
	v.want(404, "GET", "/"+name+"?tagging=", nil)
}

// destroy deletes the bucket and asks until it is gone.
func (v *vendorS3) destroy(name string) {
	v.Helper()
	v.wire.note("destroy: ionoscloud_s3_bucket " + name)
	v.want(204, "DELETE", "/"+name, nil)
	v.want(404, "HEAD", "/"+name, nil)
}

// setting applies a subresource, reads it twice (refresh and plan) into a value of the same type, which must be what was put, and destroys it.
func setting[T any](v *vendorS3, resource, target string, in T, gone int, header ...string) {
	v.Helper()
	v.wire.note("apply: " + resource)
	if a := v.send("PUT", target, in, header...); a.status >= 300 { // 200, or 204 for tags
		v.Fatalf("PUT %s: %d %s", target, a.status, a.body)
	}
	v.wire.note("refresh: " + resource)
	var got T
	v.read(target, &got)
	sent, err := xml.Marshal(in)
	read, err2 := xml.Marshal(got)
	if err != nil || err2 != nil || string(sent) != string(read) {
		v.Errorf("%s: a plan after the apply has a difference:\n%s\n%s", resource, sent, read)
	}
	if gone == 0 {
		return
	}
	v.wire.note("destroy: " + resource)
	if a := v.send("DELETE", target, nil); a.status >= 300 {
		v.Errorf("DELETE %s: %d %s", target, a.status, a.body)
	}
	a := v.want(gone, "GET", target, nil)
	var e vendorError
	if err := xml.Unmarshal(a.body, &e); err != nil || e.Code == "" || e.Message == "" || e.RequestId == "" || e.HostId == "" {
		v.Errorf("GET %s: %s", target, a.body)
	}
}

func sum64(in any) string {
	sum := md5.Sum(must(xml.Marshal(in)))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func TestVendorTerraformBucketSettings(t *testing.T) {
	v := terraform(t)
	const b = "/tf-settings"
	v.create("tf-settings", "false", 404)

	setting(v, "tags of ionoscloud_s3_bucket", b+"?tagging=", tagging{TagSet: []tag{{"env", "test"}, {"team", "a b"}}}, 404)
	id, age := int32(1), int32(3000)
	setting(v, "ionoscloud_s3_bucket_cors_configuration", b+"?cors=", corsConfiguration{Rules: []corsRule{
		{ID: &id, AllowedHeaders: []string{"*"}, AllowedMethods: []string{"PUT", "POST"}, AllowedOrigins: []string{"https://s3.bucket.org", "http://*"},
			ExposeHeaders: []string{"x-amz-server-side-encryption"}, MaxAgeSeconds: &age},
		{AllowedMethods: []string{"GET"}, AllowedOrigins: []string{"*"}}}}, 404)
	setting(v, "ionoscloud_s3_bucket_server_side_encryption_configuration", b+"?encryption=", encryptionConfiguration{Rules: []encryptionRule{
		{struct{ SSEAlgorithm string }{"AES256"}}}}, 404)
	yes, no := true, false
	setting(v, "ionoscloud_s3_bucket_public_access_block", b+"?publicAccessBlock=", publicAccessBlock{BlockPublicAcls: &yes, IgnorePublicAcls: &yes,
		BlockPublicPolicy: &no, RestrictPublicBuckets: &no}, 404)
	setting(v, "ionoscloud_s3_bucket_website_configuration", b+"?website=", websiteConfiguration{
		ErrorDocument: &struct{ Key *string }{ptr("error.html")}, IndexDocument: &struct{ Suffix *string }{ptr("index.html")}}, 404)
	setting(v, "ionoscloud_s3_bucket_website_configuration that redirects", b+"?website=", websiteConfiguration{
		RedirectAllRequestsTo: &struct{ HostName, Protocol *string }{ptr("example.com"), ptr("https")}}, 404)
	v.destroy("tf-settings")
	v.wire.golden("terraform-bucket-settings")
}

// The provider's default for mfa_delete is Disabled: it sends it and wants it back. Versioning can't be taken away; destroy suspends it.
func TestVendorTerraformVersioning(t *testing.T) {
	v := terraform(t)
	v.create("tf-versioning", "false", 404)
	setting(v, "ionoscloud_s3_bucket_versioning", "/tf-versioning?versioning=", versioningConfiguration{Status: ptr("Enabled"), MfaDelete: ptr("Disabled")}, 0)
	v.wire.note("destroy: ionoscloud_s3_bucket_versioning")
	v.want(200, "PUT", "/tf-versioning?versioning=", versioningConfiguration{Status: ptr("Suspended")})
	v.destroy("tf-versioning")
	v.wire.golden("terraform-versioning")
}

func TestVendorTerraformLifecycle(t *testing.T) {
	v := terraform(t)
	v.create("tf-lifecycle", "false", 404)
	one := ptr(int32(1))
	in := lifecycleConfiguration{Rules: []lifecycleRule{{ID: ptr("Logs delete"), Filter: &lifecycleFilter{"/logs"}, Status: "Enabled"},
		{ID: ptr("2"), Filter: &lifecycleFilter{""}, Status: "Disabled"}, {ID: ptr("3"), Filter: &lifecycleFilter{"tmp/"}, Status: "Enabled"},
		{ID: ptr("4"), Filter: &lifecycleFilter{"once/"}, Status: "Enabled"}}}
	for i, e := range []struct {
		date    *string
		days    *int32
		markers *bool
	}{{nil, ptr(int32(90)), nil}, {nil, nil, ptr(true)}, {}, {ptr("2040-01-01T00:00:00Z"), nil, nil}} {
		if i != 2 {
			in.Rules[i].Expiration = &struct {
				Date                      *string
				Days                      *int32
				ExpiredObjectDeleteMarker *bool
			}{e.date, e.days, e.markers}
		}
	}
	in.Rules[2].NoncurrentVersionExpiration = &struct{ NoncurrentDays *int32 }{one}
	in.Rules[2].AbortIncompleteMultipartUpload = &struct{ DaysAfterInitiation *int32 }{one}
	setting(v, "ionoscloud_s3_bucket_lifecycle_configuration", "/tf-lifecycle?lifecycle=", in, 404, "Content-MD5", sum64(in))
	old := lifecycleConfiguration{Rules: []lifecycleRule{{ID: ptr("Logs delete"), Prefix: ptr(""), Status: "Enabled", AbortIncompleteMultipartUpload: in.Rules[2].AbortIncompleteMultipartUpload}}}
	setting(v, "the same of older providers", "/tf-lifecycle?lifecycle=", old, 404, "Content-MD5", sum64(old))
	v.destroy("tf-lifecycle")
	v.wire.golden("terraform-lifecycle")
}

// policyDocument is the policy as the SDK reads it: lists where S3 permits a string as well.
type policyDocument struct {
	Id, Version *string `json:",omitempty"`
	Statement   []policyStatement
}

type policyStatement struct {
	Sid       *string `json:",omitempty"`
	Action    []string
	Effect    string
	Resource  []string
	Condition *policyCondition `json:",omitempty"`
	Principal *struct{ AWS []string }
}

type policyCondition struct {
	IpAddress, NotIpAddress       *policySource `json:",omitempty"`
	DateGreaterThan, DateLessThan *policyDate   `json:",omitempty"`
}

type (
	policySource struct {
		SourceIP []string `json:"aws:SourceIp"`
	}
	policyDate struct {
		CurrentTime string `json:"aws:CurrentTime"`
	}
)

func TestVendorTerraformPolicy(t *testing.T) {
	v := terraform(t)
	v.create("tf-policy", "false", 404)
	resources := []string{"arn:aws:s3:::tf-policy", "arn:aws:s3:::tf-policy/*"}
	user := ownContractUserID(t, v.wire.server)
	in := policyDocument{Version: ptr("2008-10-17"), Statement: []policyStatement{
		{Sid: ptr("sid 1"), Effect: "Allow", Action: []string{"s3:DeleteObject", "s3:DeleteBucketWebsite"}, Resource: resources,
			Principal: &struct{ AWS []string }{[]string{"arn:aws:iam:::user/" + user}}},
		{Sid: ptr("sid 2"), Effect: "Allow", Action: []string{"s3:GetBucketTagging"}, Resource: resources, Principal: &struct{ AWS []string }{[]string{"*"}},
			Condition: &policyCondition{IpAddress: &policySource{[]string{"1.1.1.1", "2.2.2.2"}}, NotIpAddress: &policySource{[]string{"3.3.3.3"}}, DateGreaterThan: &policyDate{"2022-01-01T00:00:00Z"}}},
		{Effect: "Deny", Action: []string{"s3:GetObject"}, Resource: resources[1:], Principal: &struct{ AWS []string }{[]string{"*"}},
			Condition: &policyCondition{IpAddress: &policySource{[]string{"6.6.6.6"}}, DateLessThan: &policyDate{"2039-01-13T16:27:42Z"}}}}}
	v.wire.note("apply: ionoscloud_s3_bucket_policy")
	put := v.send("PUT", "/tf-policy?policy=", string(must(json.Marshal(in))), "Content-Type", "application/json")
	if put.status >= 300 {
		t.Fatalf("PUT policy: %d %s", put.status, put.body)
	}
	v.wire.note("refresh: ionoscloud_s3_bucket_policy")
	var got policyDocument
	a := v.want(200, "GET", "/tf-policy?policy=", nil)
	if err := json.Unmarshal(a.body, &got); err != nil || a.header.Get("Content-Type") != "application/json" || !reflect.DeepEqual(got, in) {
		t.Errorf("the policy is %s %s, %v", a.header.Get("Content-Type"), a.body, err)
	}
	var status struct {
		XMLName  xml.Name `xml:"PolicyStatus"`
		IsPublic bool
	}
	v.read("/tf-policy?policyStatus=", &status)
	v.wire.note("destroy: ionoscloud_s3_bucket_policy")
	v.want(204, "DELETE", "/tf-policy?policy=", nil)
	v.want(404, "GET", "/tf-policy?policy=", nil)
	v.destroy("tf-policy")
	v.wire.golden("terraform-policy")
}

func ownContractUserID(t *testing.T, s *Server) string {
	t.Helper()
	_, body := s.Call(t, ownerEmail, ownerPassword, "GET", "/accesskeys", nil)
	var keys struct {
		Items []struct {
			Properties struct{ ContractUserId string }
		}
	}
	if err := json.Unmarshal(body, &keys); err != nil || len(keys.Items) == 0 {
		t.Fatalf("%v: %s", err, body)
	}
	return keys.Items[0].Properties.ContractUserId
}

// The provider puts the digest in hex for this one document. The text by which it knows that a locked bucket stays versioned is the vendor's.
func TestVendorTerraformObjectLock(t *testing.T) {
	v := terraform(t)
	const b = "/tf-lock"
	v.create("tf-lock", "true", 200)
	setting(v, "ionoscloud_s3_bucket_versioning", b+"?versioning=", versioningConfiguration{Status: ptr("Enabled"), MfaDelete: ptr("Disabled")}, 0)
	in := objectLockConfiguration{ObjectLockEnabled: ptr("Enabled")}
	in.Rule = &struct {
		DefaultRetention *struct {
			Mode        *string
			Days, Years *int32
		}
	}{&struct {
		Mode        *string
		Days, Years *int32
	}{Mode: ptr("GOVERNANCE"), Days: ptr(int32(1))}}
	sum := md5.Sum(must(xml.Marshal(in)))
	setting(v, "ionoscloud_s3_bucket_object_lock_configuration", b+"?object-lock=", in, 0, "Content-MD5", hex.EncodeToString(sum[:]))
	wrong := md5.Sum([]byte("else"))
	if a := v.send("PUT", b+"?object-lock=", in, "Content-MD5", hex.EncodeToString(wrong[:])); a.status != 400 {
		t.Errorf("a wrong digest: %d %s", a.status, a.body)
	}

	v.wire.note("apply: ionoscloud_s3_object with a legal hold")
	body := md5.Sum([]byte("held"))
	put := v.want(200, "PUT", b+"/held", "held", "Content-Type", "text/plain", "Content-MD5", base64.StdEncoding.EncodeToString(body[:]), "x-amz-object-lock-mode", "GOVERNANCE",
		"x-amz-object-lock-retain-until-date", "2040-01-01T00:00:00Z", "x-amz-object-lock-legal-hold", "ON")
	version := put.header.Get("X-Amz-Version-Id")
	v.wire.note("refresh")
	head := v.want(200, "HEAD", b+"/held?versionId="+version, nil, "If-Match", put.header.Get("Etag")[1:33])
	if head.header.Get("X-Amz-Object-Lock-Mode") != "GOVERNANCE" || head.header.Get("X-Amz-Object-Lock-Legal-Hold") != "ON" || head.header.Get("X-Amz-Version-Id") != version {
		t.Errorf("the object has %v", head.header)
	}
	v.wire.note("destroy with force_destroy")
	versions := v.versions(b)
	if len(versions.Versions) != 1 || versions.Versions[0].Owner.ID == nil {
		t.Fatalf("versions %+v", versions)
	}
	v.want(403, "DELETE", b+"/held?versionId="+version, nil, "x-amz-bypass-governance-retention", "true")
	var hold legalHold
	v.read(b+"/held?legal-hold=&versionId="+version, &hold)
	v.want(200, "PUT", b+"/held?legal-hold=&versionId="+version, legalHold{Status: "OFF"})
	v.want(204, "DELETE", b+"/held?versionId="+version, nil, "x-amz-bypass-governance-retention", "true")

	v.wire.note("destroy: ionoscloud_s3_bucket_versioning of a locked bucket")
	a := v.want(409, "PUT", b+"?versioning=", versioningConfiguration{Status: ptr("Suspended")})
	var e vendorError
	if xml.Unmarshal(a.body, &e) != nil || e.Code != "InvalidBucketState" || e.Message != "bucket versioning cannot be disabled on buckets with object lock enabled" {
		t.Errorf("the provider does not know this answer: %s", a.body)
	}
	v.destroy("tf-lock")
	v.wire.golden("terraform-object-lock")
}

func (v *vendorS3) versions(bucket string) objectVersions {
	v.Helper()
	var out objectVersions
	v.read(bucket+"?max-keys=1000&versions=", &out)
	return out
}

// An object's attributes after the apply are those that each refresh reads, with an empty version id in a bucket without versions.
func TestVendorTerraformObject(t *testing.T) {
	v := terraform(t)
	const b = "/tf-object"
	v.create("tf-object", "false", 404)
	v.wire.note("apply: ionoscloud_s3_object")
	put := v.want(200, "PUT", b+"/dir/one", "test", "Content-Type", "text/plain", "Cache-Control", "private", "Content-Disposition", `attachment; filename="test.xml"`,
		"Content-Encoding", "identity", "Content-Language", "en", "Expires", "2022-01-01T00:00:00Z", "x-amz-storage-class", "STANDARD",
		"x-amz-website-redirect-location", "https://example.com", "x-amz-tagging", "key1=value1&key2=value2", "x-amz-meta-key1", "value1")
	etag := put.header.Get("Etag")[1:33]
	for _, step := range []string{"the apply's own reading", "refresh"} {
		v.wire.note(step)
		h := v.want(200, "HEAD", b+"/dir/one?versionId=", nil, "If-Match", etag).header
		for name, want := range map[string]string{"Content-Type": "text/plain", "Cache-Control": "private", "Content-Disposition": `attachment; filename="test.xml"`,
			"Content-Encoding": "identity", "Content-Language": "en", "Expires": "2022-01-01T00:00:00Z", "X-Amz-Website-Redirect-Location": "https://example.com",
			"X-Amz-Meta-Key1": "value1", "X-Amz-Version-Id": "", "X-Amz-Server-Side-Encryption": put.header.Get("X-Amz-Server-Side-Encryption")} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", step, name, h.Get(name), want)
			}
		}
	}
	var tags tagging
	v.read(b+"/dir/one?tagging=", &tags)
	if !reflect.DeepEqual(tags.TagSet, []tag{{"key1", "value1"}, {"key2", "value2"}}) {
		t.Errorf("tags are %+v", tags.TagSet)
	}
	v.wire.note("apply: other tags, other content with what was computed before")
	v.want(200, "PUT", b+"/dir/one?tagging=", tagging{TagSet: []tag{{"key1", "value1"}, {"key3", "value3"}}})
	v.want(200, "PUT", b+"/dir/one", "changed", "Content-Type", "text/plain", "x-amz-server-side-encryption", "", "x-amz-storage-class", "STANDARD")
	v.wire.note("apply: ionoscloud_s3_object with a customer's key is refused without TLS")
	v.wire.note("apply: ionoscloud_s3_object_copy")
	v.want(200, "PUT", b+"/copy", nil, "x-amz-copy-source", "tf-object/dir/one", "x-amz-metadata-directive", "COPY", "x-amz-tagging-directive", "COPY")
	v.wire.note("data ionoscloud_s3_objects")
	var list objectList
	v.read(b+"?fetch-owner=true&list-type=2&max-keys=1000", &list)
	if len(list.Contents) != 2 || list.Contents[0].Owner.ID == nil || *list.MaxKeys != 1000 {
		t.Errorf("the list is %+v", list)
	}
	v.wire.note("destroy: every version of the key, whose id is null")
	versions := v.versions(b)
	for _, o := range versions.Versions {
		if o.VersionId != "null" || !o.IsLatest {
			t.Errorf("the version is %+v", o)
		}
		if o.Key == "copy" {
			v.want(204, "DELETE", b+"/copy?versionId=null", nil)
		}
	}
	v.wire.note("destroy with force_destroy: empty the bucket, without Content-MD5")
	a := v.want(409, "DELETE", b, nil)
	var e vendorError
	if xml.Unmarshal(a.body, &e) != nil || e.Code != "BucketNotEmpty" {
		t.Errorf("the provider does not know this answer: %s", a.body)
	}
	v.want(200, "POST", b+"?delete=", deleteRequest{Objects: []deleteObject{{"dir/one", "null"}}, Quiet: ptr(true)})
	v.destroy("tf-object")
	v.wire.golden("terraform-object")
}
