package s3api

import (
	"strings"
	"testing"
)

func constraint(region string) string {
	return "<CreateBucketConfiguration><LocationConstraint>" + region + "</LocationConstraint></CreateBucketConfiguration>"
}

// TestWhereBucketsGo: LocationConstraint, host and scope decide; what names no region here goes to the first.
func TestWhereBucketsGo(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ name, scope, host, body, want string }{
		{"place-default", "us-east-1", "", "", "local-1"},
		{"place-scope", "local-2", "", "", "local-2"},
		{"place-constraint", "us-east-1", "", constraint("local-2"), "local-2"},
		{"place-both", "local-2", "", constraint("local-1"), "local-1"},
		{"place-foreign", "eu-central-3", "", constraint("eu-central-3"), "local-1"},
		{"place-host", "us-east-1", "s3.local-2.localhost:9000", "", "local-2"},
		{"place-host-foreign", "us-east-1", "s3.local-2.localhost", constraint("eu-central-3"), "local-2"},
		{"place-empty", "local-2", "", "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>", "local-2"},
	} {
		w.ok(request{as: "owner", region: c.scope, host: c.host, method: "PUT", uri: "/" + c.name, body: c.body})
		if got := w.get("/" + c.name + "?location=").element("LocationConstraint"); got != c.want {
			t.Errorf("%s: is in %q, want %q", c.name, got, c.want)
		}
	}
	w.refused(request{as: "owner", host: "s3.local-2.localhost", method: "PUT", uri: "/place-conflict", body: constraint("local-1")}, 400, "IllegalLocationConstraintException")
}

func TestStrictRegion(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.StrictRegion = true })
	b := w.bucket()
	w.refused(request{as: "owner", method: "PUT", uri: "/strict-1", body: constraint("eu-central-3")}, 400, "InvalidLocationConstraint")
	a := w.refused(request{as: "owner", region: "us-east-1", uri: "/" + b}, 400, "AuthorizationHeaderMalformed")
	if a.element("Region") != "local-1" {
		t.Errorf("the right region is not named: %s", a.body)
	}
	w.refused(request{as: "owner", region: "us-east-1", uri: "/"}, 400, "AuthorizationHeaderMalformed")
	w.refused(request{as: "owner", region: "us-east-1", method: "PUT", uri: "/strict-2"}, 400, "AuthorizationHeaderMalformed")
	w.ok(request{as: "owner", region: "us-east-1", uri: "/" + b + "?location"})
}

// TestOtherRegionsHost: a host that names another region than the bucket's gets S3's wrong-region answer.
func TestOtherRegionsHost(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	a := w.refused(request{as: "owner", host: "s3.local-2.localhost", uri: "/" + b}, 301, "PermanentRedirect")
	if a.header.Get("X-Amz-Bucket-Region") != "local-1" || a.element("Endpoint") != "s3.local-1.localhost" {
		t.Errorf("got %v %s", a.header, a.body)
	}
	w.refused(request{as: "owner", host: b + ".s3.local-2.localhost", method: "HEAD", uri: "/"}, 301, "")
	w.ok(request{as: "owner", host: b + ".s3.local-1.localhost", uri: "/"})
	w.ok(request{as: "owner", region: "anywhere", host: b + ".localhost:9000", uri: "/"})
}

func TestCreateBucketAgain(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.refused(request{as: "owner", method: "PUT", uri: "/" + b}, 409, "BucketAlreadyOwnedByYou")
	w.ok(request{as: "owner", region: "us-east-1", method: "PUT", uri: "/" + b})
	w.refused(request{as: "owner", region: "us-east-1", method: "PUT", uri: "/" + b, body: constraint("local-1")}, 409, "BucketAlreadyOwnedByYou")
	w.refused(request{as: "other", method: "PUT", uri: "/" + b}, 409, "BucketAlreadyExists")
	w.refused(request{as: "other", region: "us-east-1", method: "PUT", uri: "/" + b}, 409, "BucketAlreadyExists")
}

func TestBadBuckets(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"ab", "Upper", "a_b", strings.Repeat("a", 64), "1.2.3.4", "a..b", "xn--abc", "a%2Fb", "a%00bc"} {
		w.refused(request{as: "owner", method: "PUT", uri: "/" + name}, 400, "InvalidBucketName")
		w.refused(request{as: "owner", uri: "/" + name + "/key"}, 400, "InvalidBucketName")
	}
	w.refused(request{as: "owner", uri: "//key"}, 400, "InvalidBucketName")
	for _, body := range []string{"x", "<Other/>", "<CreateBucketConfiguration>", strings.Repeat("<a>", 20)} {
		w.refused(request{as: "owner", method: "PUT", uri: "/bad-body", body: body}, 400, "MalformedXML")
	}
	w.refused(request{as: "owner", method: "PUT", uri: "/bad-body", body: strings.Repeat(" ", maxCreateBucket+1)}, 400, "MaxMessageLengthExceeded")
	w.refused(request{as: "owner", method: "PUT", uri: "/bad-body", body: "<CreateBucketConfiguration><Location/></CreateBucketConfiguration>"}, 501, "NotImplemented")
	w.refused(request{as: "owner", method: "PUT", uri: "/bad-body", header: map[string]string{"X-Amz-Bucket-Object-Lock-Enabled": "perhaps"}}, 400, "InvalidArgument")
	w.refused(request{as: "owner", uri: "/bad-body"}, 404, "NoSuchBucket")
	tagged := func(tags string) string {
		return "<CreateBucketConfiguration><Tags>" + tags + "</Tags></CreateBucketConfiguration>"
	}
	for tags, code := range map[string]string{
		"<Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>a</Key><Value>2</Value></Tag>": "InvalidTag",
		"<Tag><Key>a!</Key><Value>1</Value></Tag>":                                       "InvalidTag",
		"<Tag><Key>a</Key><Other/></Tag>":                                                "MalformedXML",
		"<Other/>":                                                                       "MalformedXML",
	} {
		w.refused(request{as: "owner", method: "PUT", uri: "/bad-body", body: tagged(tags)}, 400, code)
	}
	made := w.ok(request{as: "owner", method: "PUT", uri: "/born-tagged", body: tagged("<Tag><Key>a</Key><Value>1</Value></Tag>")})
	if made.header.Get("Location") != "/born-tagged" || made.header["x-amz-bucket-arn"][0] != "arn:aws:s3:::born-tagged" {
		t.Errorf("a new bucket is told as %v", made.header)
	}
	if a := w.ok(request{as: "owner", uri: "/born-tagged?tagging"}); a.element("Key") != "a" || a.element("Value") != "1" {
		t.Errorf("the first tags are %s", a.body)
	}
	w.ok(request{as: "owner", method: "PUT", uri: "/good-lock-header", header: map[string]string{"X-Amz-Bucket-Object-Lock-Enabled": "false", "X-Amz-Acl": "private"}})
}

func TestHeadAndDeleteBucket(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	a := w.ok(request{as: "owner", method: "HEAD", uri: "/" + b})
	if a.header.Get("X-Amz-Bucket-Region") != "local-1" || a.body != "" {
		t.Errorf("got %v %q", a.header, a.body)
	}
	w.put("/"+b+"/k", "x")
	w.refused(request{as: "owner", method: "DELETE", uri: "/" + b}, 409, "BucketNotEmpty")
	w.ok(request{as: "owner", method: "DELETE", uri: "/" + b + "/k"})
	if a := w.ok(request{as: "owner", method: "DELETE", uri: "/" + b}); a.status != 204 {
		t.Errorf("got %d", a.status)
	}
	if a := w.do(request{as: "owner", method: "HEAD", uri: "/" + b}); a.status != 404 || a.body != "" {
		t.Errorf("HEAD of an absent bucket: %d %q", a.status, a.body)
	}
	w.refused(request{as: "owner", method: "DELETE", uri: "/" + b}, 404, "NoSuchBucket")
}

// TestListBuckets: everybody of the contract sees the names of its contract-owned buckets, user-owned ones only their owner;
// region and form of the owner follow the region addressed.
func TestListBuckets(t *testing.T) {
	w := newWorld(t)
	for name, region := range map[string]string{"lb-contract-1": "local-1", "lb-contract-2": "local-1", "lb-user": "local-2"} {
		w.ok(request{as: "owner", region: region, method: "PUT", uri: "/" + name})
	}
	w.ok(request{as: "plain", region: "local-2", method: "PUT", uri: "/lb-plain"})
	for _, c := range []struct {
		as, region, host, query, want string
	}{
		{"owner", "", "", "", "lb-contract-1 lb-contract-2 lb-user"},
		{"owner", "us-east-1", "", "", "lb-contract-1 lb-contract-2 lb-user"},
		{"plain", "", "", "", "lb-contract-1 lb-contract-2 lb-plain"},
		{"other", "", "", "", ""},
		{"owner", "local-2", "", "", "lb-user"},
		{"owner", "us-east-1", "s3.local-2.localhost", "", "lb-user"},
		{"owner", "", "", "&bucket-region=local-2", "lb-user"},
		{"owner", "local-2", "", "&bucket-region=local-2", "lb-user"},
		{"owner", "", "", "&bucket-region=", "lb-contract-1 lb-contract-2 lb-user"},
		{"owner", "", "", "&prefix=lb-u", "lb-user"},
	} {
		q := "/?prefix=lb-" + c.query
		if strings.Contains(c.query, "prefix") {
			q = "/?" + c.query[1:]
		}
		a := w.ok(request{as: c.as, region: c.region, host: c.host, uri: q})
		if got := strings.Join(a.elements("Name"), " "); got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
	w.golden("list-buckets-contract.xml", w.get("/?prefix=lb-").body)
	w.golden("list-buckets-user.xml", w.ok(request{as: "owner", region: "local-2", uri: "/?prefix=lb-&x-id=ListBuckets"}).body)
	w.refused(request{uri: "/"}, 403, "AccessDenied")
	for query, want := range map[string]string{
		"abc":     "Argument value abc is not a valid AWS Region",
		"local-1": "Requests with bucket-region specified must be made to the corresponding regional endpoint",
	} {
		a := w.refused(request{as: "owner", region: "local-2", uri: "/?bucket-region=" + query}, 400, "InvalidArgument")
		if got := a.element("Message"); got != want || a.element("ArgumentName") != "bucket-region" {
			t.Errorf("bucket-region=%s: %s", query, a.body)
		}
	}
}

func TestListBucketsPages(t *testing.T) {
	w := newWorld(t)
	for _, n := range []string{"a", "b", "c", "d", "e"} {
		w.ok(request{as: "owner", method: "PUT", uri: "/lbp-" + n})
	}
	var all []string
	token := ""
	for range 4 {
		a := w.get("/?prefix=lbp-&max-buckets=2&continuation-token=" + token)
		all = append(all, a.elements("Name")...)
		if token = a.element("ContinuationToken"); token == "" {
			break
		}
	}
	if strings.Join(all, " ") != "lbp-a lbp-b lbp-c lbp-d lbp-e" || token != "" {
		t.Errorf("got %v, token %q", all, token)
	}
	for _, q := range []string{"max-buckets=0", "max-buckets=x", "max-buckets=-1", "continuation-token=%25"} {
		w.refused(request{as: "owner", uri: "/?" + q}, 400, "InvalidArgument")
	}
}
