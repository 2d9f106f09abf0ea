package control

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"coffer/internal/iam"
	"coffer/internal/sigv4"
)

func TestSignedRequestsVerify(t *testing.T) {
	w := newWorld(t)
	me, _ := w.signIn(w.plain())
	a := w.do("POST", "/console/sign", me, map[string]any{"requests": []map[string]any{
		{"method": "GET"},
		{"method": "GET", "bucket": "pictures", "query": map[string]string{"list-type": "2", "prefix": "a b/ü+", "uploads": ""}},
		{"method": "PUT", "bucket": "pictures", "key": "a b/ü+&?#%/c", "region": "local-2",
			"headers": map[string]string{"content-type": "image/png", "X-Amz-Meta-Note": "hello  world"}},
	}})
	if a.Code != 200 {
		t.Fatalf("answered %d %s", a.Code, a.Body)
	}
	var out struct {
		Requests []struct {
			URL     string
			Headers map[string]string
		}
	}
	a.json(&out)
	methods := []string{"GET", "GET", "PUT"}
	for i, signed := range out.Requests {
		u := must(url.Parse(signed.URL))
		if u.Host != "coffer.test:9000" || u.Scheme != "http" {
			t.Errorf("request %d goes to %s", i, signed.URL)
		}
		header := map[string][]string{}
		for name, v := range signed.Headers {
			header[map[string]string{"content-type": "Content-Type", "X-Amz-Meta-Note": "X-Amz-Meta-Note"}[name]] = []string{v}
		}
		req := &sigv4.Request{Method: methods[i], Host: u.Host, Path: u.EscapedPath(), Query: u.RawQuery, Header: header, ContentLength: -1}
		auth, err := sigv4.Parse(req)
		if err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
		if !auth.AccessKey.IsSessionKey() {
			t.Errorf("request %d is signed with %s, which is a key of the user", i, auth.AccessKey)
		}
		if auth.Expires != 15*time.Minute || auth.Region != []string{"local-1", "local-1", "local-2"}[i] {
			t.Errorf("request %d: %v in %s", i, auth.Expires, auth.Region)
		}
		id := must(w.iam.Identify(t.Context(), auth.AccessKey))
		if id.Principal.User != w.plain().ID {
			t.Errorf("request %d is signed for %s", i, id.Principal.User)
		}
		secretFor := func(date, region, service string) sigv4.Key { return sigv4.Derive(id.Secret(), date, region, service) }
		if err := auth.Verify(req, secretFor, w.clock(), sigv4.MaxSkew); err != nil {
			t.Errorf("request %d does not verify: %v", i, err)
		}
		if strings.Contains(a.Body.String(), id.Secret()) {
			t.Error("the answer holds the session's secret")
		}
	}
	if !strings.Contains(out.Requests[2].URL, "/pictures/a%20b/%C3%BC%2B%26%3F%23%25/c?") {
		t.Errorf("the path is %s", out.Requests[2].URL)
	}
	w.do("DELETE", "/console/session", me, nil)
	auth := must(sigv4.Parse(&sigv4.Request{Method: "GET", Query: must(url.Parse(out.Requests[0].URL)).RawQuery, Path: "/"}))
	if _, err := w.iam.Identify(t.Context(), auth.AccessKey); err == nil {
		t.Error("the session's credential outlives the session")
	}
}

func TestSignFaults(t *testing.T) {
	w := newWorld(t)
	me, _ := w.signIn(w.plain())
	many := make([]map[string]any, maxSign+1)
	for i := range many {
		many[i] = map[string]any{"method": "GET"}
	}
	for name, c := range map[string]struct {
		requests any
		says     string
	}{
		"none":             {[]any{}, "0 entries"},
		"many":             {many, "65 entries"},
		"method":           {[]any{map[string]any{"method": "TRACE"}}, "requests[0].method"},
		"key alone":        {[]any{map[string]any{"method": "GET", "key": "x"}}, "requests[0].key"},
		"long bucket":      {[]any{map[string]any{"method": "GET", "bucket": strings.Repeat("b", 64)}}, "requests[0].bucket"},
		"slash in bucket":  {[]any{map[string]any{"method": "GET", "bucket": "a/b"}}, "requests[0].bucket"},
		"long key":         {[]any{map[string]any{"method": "GET", "bucket": "bbb", "key": strings.Repeat("k", 1025)}}, "requests[0].key"},
		"dot segment":      {[]any{map[string]any{"method": "GET", "bucket": "bbb", "key": "a/../b"}}, "browser"},
		"region":           {[]any{map[string]any{"method": "GET", "region": "mars"}}, "there are local-1, local-2"},
		"signature query":  {[]any{map[string]any{"method": "GET", "query": map[string]string{"X-Amz-Expires": "999999"}}}, "belongs to the signature"},
		"host":             {[]any{map[string]any{"method": "GET", "headers": map[string]string{"Host": "evil"}}}, "requests[0].headers"},
		"security token":   {[]any{map[string]any{"method": "GET", "headers": map[string]string{"x-amz-security-token": "x"}}}, "requests[0].headers"},
		"line break":       {[]any{map[string]any{"method": "GET", "headers": map[string]string{"x-amz-meta-a": "x\r\ny"}}}, "requests[0].headers"},
		"twice":            {[]any{map[string]any{"method": "GET", "headers": map[string]string{"range": "a", "Range": "b"}}}, "twice"},
		"short life":       {[]any{map[string]any{"method": "GET", "expiresSeconds": 0}}, "requests[0].expiresSeconds"},
		"long life":        {[]any{map[string]any{"method": "GET", "expiresSeconds": 604801}}, "between 1 and 604800"},
		"key that writes":  {[]any{map[string]any{"method": "PUT", "bucket": "bbb", "key": "k", "accessKey": "x"}}, "GET and HEAD alone"},
		"unknown field":    {[]any{map[string]any{"method": "GET", "expires": 1}}, `"expires"`},
		"second is faulty": {[]any{map[string]any{"method": "GET"}, map[string]any{"method": "GO"}}, "requests[1].method"},
	} {
		a := w.do("POST", "/console/sign", me, map[string]any{"requests": c.requests})
		if a.Code != 400 || !strings.Contains(a.message(), c.says) {
			t.Errorf("%s: answered %d %s", name, a.Code, a.Body)
		}
	}
}

// TestSignWithKey: a link signed with a key of one's own lives as long as it says and outlives the session; the keys of others,
// inactive and unknown ones sign nothing.
func TestSignWithKey(t *testing.T) {
	w := newWorld(t)
	me, _ := w.signIn(w.plain())
	own, other := w.key(w.plain()), w.key(w.admin())
	ask := func(key string) answered {
		return w.do("POST", "/console/sign", me, map[string]any{"requests": []map[string]any{
			{"method": "GET", "bucket": "bbb", "key": "k", "accessKey": key, "expiresSeconds": 604800},
		}})
	}
	a := ask(string(own.AccessKey))
	if a.Code != 200 {
		t.Fatalf("answered %d %s", a.Code, a.Body)
	}
	var out struct{ Requests []struct{ URL string } }
	a.json(&out)
	w.do("DELETE", "/console/session", me, nil)
	me, _ = w.signIn(w.plain())
	u := must(url.Parse(out.Requests[0].URL))
	req := &sigv4.Request{Method: "GET", Host: u.Host, Path: u.EscapedPath(), Query: u.RawQuery, ContentLength: -1}
	auth := must(sigv4.Parse(req))
	if auth.AccessKey != own.AccessKey || auth.Expires != 7*24*time.Hour {
		t.Errorf("signed with %s for %v", auth.AccessKey, auth.Expires)
	}
	id := must(w.iam.Identify(t.Context(), auth.AccessKey))
	secretFor := func(date, region, service string) sigv4.Key { return sigv4.Derive(id.Secret(), date, region, service) }
	if err := auth.Verify(req, secretFor, w.clock(), sigv4.MaxSkew); err != nil {
		t.Errorf("it does not verify: %v", err)
	}
	if strings.Contains(a.Body.String(), own.Secret) {
		t.Error("the answer holds the secret")
	}
	for _, key := range []string{string(other.AccessKey), "00000nobody", ""} {
		if a := ask(key); a.Code < 400 || a.Code >= 500 {
			t.Errorf("key %q signs: %d %s", key, a.Code, a.Body)
		}
	}
	must(w.iam.ChangeKey(t.Context(), iam.Actor{Principal: id.Principal}, id.Principal.Contract, own.ID, iam.KeyChange{Active: new(false)}))
	if a := ask(string(own.AccessKey)); a.Code != 400 || !strings.Contains(a.message(), "inactive") {
		t.Errorf("an inactive key: %d %s", a.Code, a.Body)
	}
}
