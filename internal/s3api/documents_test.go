package s3api

import (
	"context"
	"errors"
	"strings"
	"testing"

	"coffer/internal/object"
)

const lifecycleDoc = `<LifecycleConfiguration><Rule><ID>old ones</ID><Status>Enabled</Status><Filter><Prefix>tmp/</Prefix></Filter><Expiration><Days>3</Days></Expiration>` +
	`<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>` +
	`<Rule><ID>tagged</ID><Status>Enabled</Status><Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter><Expiration><Date>2027-01-01</Date></Expiration></Rule></LifecycleConfiguration>`

func TestLifecycle(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	uri := "/" + b + "?lifecycle"
	w.refused(request{as: "owner", uri: uri}, 404, "NoSuchLifecycleConfiguration")
	if a := w.put("/"+b+"/tmp/before", "x"); a.header["x-amz-expiration"] != nil {
		t.Errorf("without rules an object expires: %v", a.header)
	}
	w.put(uri, lifecycleDoc)
	a := w.get(uri)
	w.golden("lifecycle.xml", a.body)
	if a.header["x-amz-transition-default-minimum-object-size"] == nil {
		t.Errorf("the answer bears %v", a.header)
	}
	w.put(uri, a.body)

	expires := func(a reply, want string) {
		t.Helper()
		got := strings.Join(a.header["x-amz-expiration"], "")
		if got != want {
			t.Errorf("x-amz-expiration is %q, want %q", got, want)
		}
	}
	const soon, later = `expiry-date="Fri, 05 Jun 2026 00:00:00 GMT", rule-id="old+ones"`, `expiry-date="Fri, 01 Jan 2027 00:00:00 GMT", rule-id="tagged"`
	expires(w.put("/"+b+"/tmp/a", "x"), soon)
	expires(w.get("/"+b+"/tmp/a"), soon)
	expires(w.ok(request{as: "owner", method: "HEAD", uri: "/" + b + "/tmp/before"}), soon)
	expires(w.put("/"+b+"/a", "x"), "")
	expires(w.get("/"+b+"/a"), "")
	expires(w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "/t", body: "x", header: map[string]string{"X-Amz-Tagging": "k=v"}}), later)
	expires(w.get("/"+b+"/t"), later)

	up := w.ok(request{as: "owner", method: "POST", uri: "/" + b + "/tmp/u?uploads"})
	if got := up.header["x-amz-abort-date"]; len(got) != 1 || got[0] != "Wed, 03 Jun 2026 00:00:00 GMT" || up.header["x-amz-abort-rule-id"][0] != "old+ones" {
		t.Errorf("the upload's answer bears %v", up.header)
	}

	if a := w.get("/" + b + "/tmp/u?uploadId=" + up.element("UploadId")); a.header["x-amz-abort-date"] == nil {
		t.Errorf("the list of parts bears %v", a.header)
	}
	expires(w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "/tmp/copy", header: map[string]string{"X-Amz-Copy-Source": b + "/t"}}), soon)
	expires(w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "/copy", header: map[string]string{"X-Amz-Copy-Source": b + "/t"}}), later)
	w.refused(request{as: "owner", method: "PUT", uri: uri}, 400, "MissingRequestBodyError")
	w.refused(request{as: "owner", method: "PUT", uri: uri, body: "<LifecycleConfiguration/>"}, 400, "MalformedXML")
	w.refused(request{as: "plain", method: "PUT", uri: uri, body: lifecycleDoc}, 403, "AccessDenied")
	w.refused(request{as: "plain", uri: uri}, 403, "AccessDenied")
	w.refused(request{as: "plain", method: "DELETE", uri: uri}, 403, "AccessDenied")
	for range 2 {
		if a := w.ok(request{as: "owner", method: "DELETE", uri: uri}); a.status != 204 {
			t.Errorf("removing answers %d", a.status)
		}
	}
	w.refused(request{as: "owner", uri: uri}, 404, "NoSuchLifecycleConfiguration")
	expires(w.get("/"+b+"/tmp/a"), "")
}

func TestLifecycleReport(t *testing.T) {
	var fail error
	w := newWorld(t, func(c *Config) {
		c.LifecycleReport = func(_ context.Context, b *object.Bucket) ([]byte, error) {
			return []byte(`{"of":"` + b.Name + `"}`), fail
		}
	})
	b := w.bucket()
	w.put("/"+b+"?lifecycle", lifecycleDoc)
	if a := w.get("/" + b + "?lifecycle&report"); a.body != `{"of":"`+b+`"}` || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("the report is %s", a.body)
	}
	w.refused(request{as: "plain", uri: "/" + b + "?lifecycle&report"}, 403, "AccessDenied")
	fail = errors.New("no")
	w.refused(request{as: "owner", uri: "/" + b + "?lifecycle&report"}, 500, "InternalError")
}

// TestLifecycleForecast: rules are read as a put reads them, told to who follows them, and not kept.
func TestLifecycleForecast(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.LifecycleForecast = func(_ context.Context, b *object.Bucket, rules []byte) ([]byte, error) {
			return []byte(`{"of":"` + string(b.Name) + `","rules":` + itoa(int64(strings.Count(string(rules), "<Rule>"))) + `}`), nil
		}
	})
	b := w.bucket()
	uri := "/" + b + "?lifecycle"
	q := request{as: "owner", method: "POST", uri: uri + "Report", body: lifecycleDoc}
	if a := w.ok(q); !strings.Contains(a.body, `"of":"`+b+`"`) || strings.Contains(a.body, `"rules":0`) || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("the forecast is %s", a.body)
	}
	w.refused(request{as: "owner", uri: uri}, 404, "NoSuchLifecycleConfiguration")
	for _, as := range []string{"plain", ""} {
		q.as = as
		w.refused(q, 403, "AccessDenied")
	}
	w.refused(request{as: "owner", method: "POST", uri: uri + "Report", body: "<LifecycleConfiguration/>"}, 400, "MalformedXML")
	w.refused(request{as: "owner", method: "POST", uri: uri + "Report"}, 400, "MissingRequestBodyError")
}

// TestTransitionMinimum: the default for sizes that transitions leave out is told back as it was put, and goes with the rules.
func TestTransitionMinimum(t *testing.T) {
	w := newWorld(t)
	uri := "/" + w.bucket() + "?lifecycle"
	const name, own, other = "x-amz-transition-default-minimum-object-size", "all_storage_classes_128K", "varies_by_storage_class"
	is := func(a reply, want string) {
		t.Helper()
		if got := strings.Join(a.header[name], " "); got != want {
			t.Errorf("the answer bears %q, want %q", got, want)
		}
	}
	w.refused(send(uri, lifecycleDoc, name, "none"), 400, "InvalidArgument")
	w.refused(request{as: "owner", uri: uri}, 404, "NoSuchLifecycleConfiguration")
	is(w.put(uri, lifecycleDoc), own)
	is(w.get(uri), own)
	is(w.ok(send(uri, lifecycleDoc, name, other)), other)
	is(w.get(uri), other)
	w.refused(send(uri, "<LifecycleConfiguration/>", name, own), 400, "MalformedXML")
	is(w.get(uri), other)
	is(w.put(uri, lifecycleDoc), own)
	is(w.get(uri), own)
	is(w.ok(send(uri, lifecycleDoc, name, other)), other)
	w.ok(request{as: "owner", method: "DELETE", uri: uri})
	is(w.put(uri, lifecycleDoc), own)
}
