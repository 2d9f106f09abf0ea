package s3api

import (
	"net/http"
	"strings"
	"testing"

	"coffer/internal/cors"
)

func tagDoc(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		b.WriteString("<Tag><Key>" + pairs[i] + "</Key><Value>" + pairs[i+1] + "</Value></Tag>")
	}
	return "<Tagging><TagSet>" + b.String() + "</TagSet></Tagging>"
}

func many(n int) string {
	var pairs []string
	for i := range n {
		pairs = append(pairs, "k"+itoa(int64(i)), "v")
	}
	return tagDoc(pairs...)
}

func TestObjectTagging(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	uri := "/" + b + "/k?tagging"
	set := func(body string) reply { return w.do(request{as: "owner", method: "PUT", uri: uri, body: body}) }
	if a := set(tagDoc("a", "1")); a.code() != "NoSuchKey" {
		t.Errorf("an absent object: %d %s", a.status, a.body)
	}
	w.refused(request{as: "owner", uri: uri}, 404, "NoSuchKey")
	w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "/k", body: "x", header: map[string]string{"X-Amz-Tagging": "b=c%20d&a="}})
	w.golden("tagging.xml", w.get(uri).body)
	if a := set(tagDoc("x", "y z")); a.status != 200 {
		t.Errorf("set: %d %s", a.status, a.body)
	}
	if a := w.get(uri); a.element("Key") != "x" || a.element("Value") != "y z" {
		t.Error(a.body)
	}
	for body, code := range map[string]string{
		many(11):                                     "BadRequest",
		tagDoc("a", "1", "a", "2"):                   "InvalidTag",
		tagDoc("", "1"):                              "InvalidTag",
		tagDoc(strings.Repeat("k", 129), "1"):        "InvalidTag",
		tagDoc("k", strings.Repeat("v", 257)):        "InvalidTag",
		tagDoc("k", "v!"):                            "InvalidTag",
		tagDoc("aws:x", "v"):                         "InvalidTag",
		"<Tagging/>":                                 "MalformedXML",
		"<Tagging><TagSet><Tag/></TagSet></Tagging>": "MalformedXML",
		"<Tagging><Other/></Tagging>":                "MalformedXML",
		"x":                                          "MalformedXML",
	} {
		if a := set(body); a.code() != code {
			t.Errorf("%.60s: got %s, want %s", body, a.code(), code)
		}
	}
	if a := w.get(uri); a.element("Key") != "x" {
		t.Errorf("a refused document changed the tags: %s", a.body)
	}
	if a := set(tagDoc(strings.Repeat("ü", 128), strings.Repeat("é", 256))); a.status != 200 {
		t.Errorf("the longest tag: %d %s", a.status, a.body)
	}
	if a := w.ok(request{as: "owner", method: "DELETE", uri: uri}); a.status != 204 {
		t.Errorf("delete: %d", a.status)
	}
	if a := w.get(uri); a.element("Tag") != "" {
		t.Error(a.body)
	}
}

func TestBucketTagging(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	uri := "/" + b + "?tagging"
	w.refused(request{as: "owner", uri: uri}, 404, "NoSuchTagSet")
	if a := w.ok(request{as: "owner", method: "PUT", uri: uri, body: many(50)}); a.status != 204 {
		t.Errorf("put: %d", a.status)
	}
	if a := w.get(uri); len(a.elements("Tag")) != 50 {
		t.Error(a.body)
	}
	w.refused(request{as: "owner", method: "PUT", uri: uri, body: many(51)}, 400, "BadRequest")
	w.ok(request{as: "owner", method: "DELETE", uri: uri})
	w.refused(request{as: "owner", uri: uri}, 404, "NoSuchTagSet")
}

const corsDoc = `<CORSConfiguration><CORSRule><ID>one</ID><AllowedOrigin>http://e.com</AllowedOrigin><AllowedOrigin>http://*.f.com</AllowedOrigin>` +
	`<AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod><AllowedHeader>X-Amz-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule>` +
	`<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>HEAD</AllowedMethod></CORSRule></CORSConfiguration>`

func TestCORSDocuments(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	uri := "/" + b + "?cors"
	w.refused(request{as: "owner", uri: uri}, 404, "NoSuchCORSConfiguration")
	w.ok(request{as: "owner", method: "PUT", uri: uri, body: corsDoc})
	w.golden("cors.xml", w.get(uri).body)
	rule := func(inner string) string {
		return "<CORSConfiguration><CORSRule>" + inner + "</CORSRule></CORSConfiguration>"
	}
	for body, code := range map[string]string{
		"": "MissingRequestBodyError", "<CORSConfiguration/>": "MalformedXML", rule(""): "MalformedXML",
		rule("<AllowedOrigin>*</AllowedOrigin>"):                                                                                                                        "MalformedXML",
		rule("<AllowedMethod>GET</AllowedMethod>"):                                                                                                                      "MalformedXML",
		rule("<AllowedOrigin>*</AllowedOrigin><AllowedMethod>OPTIONS</AllowedMethod>"):                                                                                  "InvalidRequest",
		rule("<AllowedOrigin>*</AllowedOrigin><AllowedMethod>get</AllowedMethod>"):                                                                                      "InvalidRequest",
		rule("<AllowedOrigin>a*b*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"):                                                                                   "InvalidRequest",
		rule("<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedHeader>**</AllowedHeader>"):                                                     "InvalidRequest",
		rule("<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><ExposeHeader>x-*</ExposeHeader>"):                                                      "InvalidRequest",
		rule("<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>9876543210</MaxAgeSeconds>"):                                             "MalformedXML",
		rule("<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedHeader>a b</AllowedHeader>"):                                                    "InvalidRequest",
		rule("<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><Other/>"):                                                                              "MalformedXML",
		"<CORSConfiguration>" + strings.Repeat("<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>", 101) + "</CORSConfiguration>": "InvalidRequest",
		strings.Repeat(" ", cors.MaxDocument+1):                                                                                                                         "MaxMessageLengthExceeded",
	} {
		if a := w.do(request{as: "owner", method: "PUT", uri: uri, body: body}); a.code() != code {
			t.Errorf("%.100s: got %s, want %s", body, a.code(), code)
		}
	}
	w.ok(request{as: "owner", method: "DELETE", uri: uri})
	w.refused(request{as: "owner", uri: uri}, 404, "NoSuchCORSConfiguration")
}

// TestCORSRules sees the effect of a bucket's rules on preflights and on answers, refusals included.
func TestCORSRules(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.put("/"+b+"/k", "x")
	flight := func(origin, method, headers string) request {
		h := map[string]string{"Origin": origin, "Access-Control-Request-Method": method}
		if headers != "" {
			h["Access-Control-Request-Headers"] = headers
		}
		return request{method: "OPTIONS", uri: "/" + b + "/k", header: h}
	}
	w.refused(flight("http://e.com", "GET", ""), 403, "AccessForbidden")
	w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "?cors", body: corsDoc})
	for _, c := range []struct{ origin, method, headers, allow string }{
		{"http://e.com", "GET", "", "http://e.com"},
		{"http://a.f.com", "PUT", "x-amz-date, X-Amz-Content-Sha256", "http://a.f.com"},
		{"http://anyone", "HEAD", "", "*"},
		{"http://e.com", "HEAD", "", "*"},
		{"http://e.com", "DELETE", "", ""},
		{"http://other", "GET", "", ""},
		{"http://e.com.evil", "GET", "", ""},
		{"http://e.com", "GET", "content-type", ""},
		{"http://anyone", "HEAD", "x-amz-date", ""},
	} {
		if c.allow == "" {
			a := w.refused(flight(c.origin, c.method, c.headers), 403, "AccessForbidden")
			if a.header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%+v: refused, but allowed by header", c)
			}
			continue
		}
		a := w.ok(flight(c.origin, c.method, c.headers))
		if a.header.Get("Access-Control-Allow-Origin") != c.allow || c.headers != "" && a.header.Get("Access-Control-Allow-Headers") != strings.ToLower(c.headers) ||
			(a.header.Get("Access-Control-Allow-Credentials") == "true") != (c.allow != "*") || !strings.Contains(a.header.Get("Access-Control-Allow-Methods"), c.method) {
			t.Errorf("%+v: %v", c, a.header)
		}
	}
	a := w.ok(request{as: "owner", uri: "/" + b + "/k", header: map[string]string{"Origin": "http://e.com"}})
	if a.header.Get("Access-Control-Allow-Origin") != "http://e.com" || a.header.Get("Access-Control-Expose-Headers") != "ETag" || !strings.Contains(a.header.Get("Vary"), "Origin") {
		t.Errorf("GET: %v", a.header)
	}
	a = w.ok(request{as: "owner", uri: "/" + b + "/k", header: map[string]string{"Origin": "http://a.f.com", "Access-Control-Request-Method": "PUT"}})
	if a.header.Get("Access-Control-Allow-Origin") != "http://a.f.com" {
		t.Errorf("a GET that names PUT as a preflight does: %v", a.header)
	}
	a = w.refused(request{uri: "/" + b + "/k", header: map[string]string{"Origin": "http://e.com"}}, 403, "AccessDenied")
	if a.header.Get("Access-Control-Allow-Origin") != "http://e.com" {
		t.Errorf("a refusal can't be read by the page: %v", a.header)
	}
	if a := w.ok(request{as: "owner", uri: "/" + b + "/k", header: map[string]string{"Origin": "http://other"}}); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another origin: %v", a.header)
	}
	w.refused(request{method: "OPTIONS", uri: "/" + b + "/k"}, 400, "BadRequest")
	w.refused(request{method: "OPTIONS", uri: "/" + b + "/k", header: map[string]string{"Origin": "http://e.com"}}, 400, "BadRequest")
	w.refused(request{method: "OPTIONS", uri: "/" + b + "/k", header: map[string]string{"Origin": "http://e.com", "Access-Control-Request-Method": "get"}}, 400, "BadRequest")
	w.refused(request{method: "OPTIONS", uri: "/" + b + "/k", header: map[string]string{"Origin": "http://e.com", "Access-Control-Request-Method": "GET",
		"Access-Control-Request-Headers": "a, b(c)"}}, 400, "BadRequest")
	w.refused(request{method: "OPTIONS", uri: "/none-such/k", header: map[string]string{"Origin": "http://e.com", "Access-Control-Request-Method": "GET"}}, 404, "NoSuchBucket")
}

// TestConsoleOrigin: the console may speak to every bucket, without credentials, and no other origin gains by it.
func TestConsoleOrigin(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.put("/"+b+"/k", "x")
	a := w.ok(request{method: "OPTIONS", uri: "/" + b + "/k", header: map[string]string{"Origin": consoleOrigin, "Access-Control-Request-Method": "PUT",
		"Access-Control-Request-Headers": "content-type,x-amz-checksum-crc32"}})
	if a.header.Get("Access-Control-Allow-Origin") != consoleOrigin || !strings.Contains(a.header.Get("Access-Control-Allow-Methods"), "PUT") ||
		a.header.Get("Access-Control-Allow-Headers") != "content-type, x-amz-checksum-crc32" || a.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("preflight: %v", a.header)
	}
	for _, q := range []request{{as: "owner", uri: "/" + b + "/k"}, {uri: "/" + b + "/k"}, {as: "owner", uri: "/none-such/k"}, {as: "owner", uri: "/"}} {
		q.header = map[string]string{"Origin": consoleOrigin, "Cookie": "session=x"}
		a := w.do(q)
		expose := a.header.Get("Access-Control-Expose-Headers")
		if a.header.Get("Access-Control-Allow-Origin") != consoleOrigin || expose != "*" ||
			!strings.Contains(a.header.Get("Vary"), "Origin") || a.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %d %v", q.uri, a.status, a.header)
		}
	}
	if a := w.ok(request{as: "owner", uri: "/" + b + "/k", header: map[string]string{"Origin": consoleOrigin + ".evil"}}); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another origin: %v", a.header)
	}
	none := newWorld(t, func(c *Config) { c.ConsoleOrigin = func(*http.Request) string { return "" } })
	if a := none.ok(request{as: "owner", uri: "/" + b + "/k", header: map[string]string{"Origin": ""}}); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("no origin: %v", a.header)
	}
}

// TestAbsentSettings: what can't be switched on is told to be off, and is not switched on by being written.
func TestAbsentSettings(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.put("/"+b+"/k", "x")
	for sub, code := range map[string]string{"replication": "ReplicationConfigurationNotFoundError"} {
		w.refused(request{as: "owner", uri: "/" + b + "?" + sub}, 404, code)
		w.refused(request{as: "other", uri: "/" + b + "?" + sub}, 403, "AccessDenied")
		w.refused(request{as: "owner", method: "PUT", uri: "/" + b + "?" + sub, body: "<x/>"}, 501, "NotImplemented")
		w.ok(request{as: "owner", method: "DELETE", uri: "/" + b + "?" + sub})
		w.refused(request{as: "other", method: "DELETE", uri: "/" + b + "?" + sub}, 403, "AccessDenied")
	}
	for sub, root := range map[string]string{"notification": "NotificationConfiguration", "accelerate": "AccelerateConfiguration", "requestPayment": "RequestPaymentConfiguration"} {
		if a := w.get("/" + b + "?" + sub); !strings.Contains(a.body, "<"+root+" ") {
			t.Errorf("%s: %s", sub, a.body)
		}
	}
	if a := w.get("/" + b + "/k"); a.body != "x" {
		t.Errorf("the bucket's content: %q", a.body)
	}
}

// TestAbsentReports: of what AWS reports about a bucket there is none: lists are empty, none is found by its name, and none can be set.
func TestAbsentReports(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	for sub, root := range map[string]string{"analytics": "ListBucketAnalyticsConfigurationResult", "inventory": "ListInventoryConfigurationsResult",
		"metrics": "ListMetricsConfigurationsResult", "intelligent-tiering": "ListBucketIntelligentTieringConfigurationsOutput"} {
		uri := "/" + b + "?" + sub
		if a := w.get(uri); !strings.Contains(a.body, "<"+root+" ") || a.element("IsTruncated") != "false" {
			t.Errorf("%s: %s", sub, a.body)
		}
		w.refused(request{as: "owner", uri: uri + "&id=one"}, 404, "NoSuchConfiguration")
		w.refused(request{as: "owner", method: "DELETE", uri: uri + "&id=one"}, 404, "NoSuchConfiguration")
		w.refused(request{as: "owner", method: "PUT", uri: uri + "&id=one", body: "<x/>"}, 501, "NotImplemented")
		w.refused(request{as: "other", uri: uri}, 403, "AccessDenied")
	}
}

// TestSwitchingOff: what is off anyhow can be switched off, and not on.
func TestSwitchingOff(t *testing.T) {
	w := newWorld(t)
	uri := "/" + w.bucket()
	payer := func(who string) string {
		return "<RequestPaymentConfiguration><Payer>" + who + "</Payer></RequestPaymentConfiguration>"
	}
	for _, c := range []struct{ sub, body, code string }{
		{"requestPayment", payer("BucketOwner"), ""},
		{"requestPayment", payer("Requester"), "NotImplemented"},
		{"requestPayment", payer("Nobody"), "MalformedXML"},
		{"requestPayment", "<RequestPaymentConfiguration/>", "MalformedXML"},
		{"requestPayment", "", "MissingRequestBodyError"},
		{"notification", `<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>`, ""},
		{"notification", "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>", "NotImplemented"},
		{"notification", "<NotificationConfiguration>", "MalformedXML"},
		{"notification", "x", "MalformedXML"},
		{"accelerate", "<AccelerateConfiguration><Status>Enabled</Status></AccelerateConfiguration>", "NotImplemented"},
	} {
		a := w.do(request{as: "owner", method: "PUT", uri: uri + "?" + c.sub, body: c.body})
		if c.code == "" && a.status != 200 || c.code != "" && a.code() != c.code {
			t.Errorf("%s %s: %d %s, want %q", c.sub, c.body, a.status, a.body, c.code)
		}
	}
	w.refused(request{as: "other", method: "PUT", uri: uri + "?requestPayment", body: payer("BucketOwner")}, 403, "AccessDenied")
	w.refused(request{as: "other", method: "PUT", uri: uri + "?notification", body: "<NotificationConfiguration/>"}, 403, "AccessDenied")
	if a := w.get(uri + "?requestPayment"); a.element("Payer") != "BucketOwner" {
		t.Error(a.body)
	}
}

// TestNothingToRestore: no object is archived, which S3 tells of one that is not.
func TestNothingToRestore(t *testing.T) {
	w := newWorld(t)
	uri := "/" + w.bucket() + "/k"
	ask := func(body string) request {
		return request{as: "owner", method: "POST", uri: uri + "?restore", body: body}
	}
	const days = "<RestoreRequest><Days>1</Days></RestoreRequest>"
	w.refused(ask(days), 404, "NoSuchKey")
	w.put(uri, "x")
	w.refused(ask("<RestoreRequest>"), 400, "MalformedXML")
	a := w.do(ask(days))
	if a.status != 403 || a.code() != "InvalidObjectState" || a.element("StorageClass") != "STANDARD" {
		t.Errorf("%d %s", a.status, a.body)
	}
	as := ask(days)
	as.as = "other"
	w.refused(as, 403, "AccessDenied")
}
