package webhost

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"coffer/internal/accesslog"
	"coffer/internal/engine/file"
	"coffer/internal/engine/pebble"
	"coffer/internal/iam"
	"coffer/internal/ident"
	"coffer/internal/names"
	"coffer/internal/object"
	"coffer/internal/s3api"
)

// nobody signs for a page.
type nobody struct{ s3api.Identifier }

func (nobody) Identify(context.Context, ident.AccessKey) (*iam.Identity, error) {
	panic("a website's request was taken for a signed one")
}

type world struct {
	t       *testing.T
	objects *object.Service
	bucket  *object.Bucket
	h       http.Handler
	log     strings.Builder
}

// newWorld has a bucket "site" that everybody may read and list.
func newWorld(t *testing.T) *world {
	t.Helper()
	blobs, err := file.Open(file.Options{Dir: filepath.Join(t.TempDir(), "blobs"), SegmentBytes: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	rows := pebble.OpenMem()
	t.Cleanup(func() { blobs.Close(); rows.Close() })
	w := &world{t: t}
	if w.objects, err = object.New(object.Config{Meta: rows, Blobs: blobs, Names: names.Directory{Store: rows}, Clock: time.Now, Rand: rand.Reader}); err != nil {
		t.Fatal(err)
	}
	w.bucket, err = w.objects.CreateBucket(context.Background(), object.CreateBucket{Name: "site", Region: ident.Region{Name: "r", Ownership: ident.ContractOwned}, Contract: 10000001})
	if err != nil {
		t.Fatal(err)
	}
	w.config("policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::site","arn:aws:s3:::site/*"]},
		{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::site/private*"}]}`)
	s3 := s3api.New(s3api.Config{Objects: w.objects, IAM: nobody{}, Regions: ident.FixedRegions(ident.Region{Name: "r", Ownership: ident.ContractOwned}), Domains: []string{"localhost"},
		AccessLog: func(_ *object.Bucket, e *accesslog.Entry) { w.log.Write(e.Append(nil)) }})
	w.h = New(Config{Buckets: w.objects, S3: s3, Mark: s3api.ForWebsite, Domains: []string{"other.example", "s3-website.localhost"}})
	return w
}

func (w *world) config(name, doc string) {
	w.t.Helper()
	if _, err := w.objects.SetConfig(context.Background(), w.bucket, name, []byte(doc)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) site(inner string) {
	w.config(Document, "<WebsiteConfiguration>"+inner+"</WebsiteConfiguration>")
}

func (w *world) put(key, data string, h object.Headers) {
	w.t.Helper()
	_, err := w.objects.PutObject(context.Background(), &object.PutObject{Bucket: w.bucket, Key: ident.ObjectKey(key), Headers: h,
		Body: object.Body{Reader: strings.NewReader(data), Size: int64(len(data))}})
	if err != nil {
		w.t.Fatal(err)
	}
}

type reply struct {
	status int
	h      http.Header
	body   string
}

func (w *world) do(method, url string, header ...string) reply {
	w.t.Helper()
	r := httptest.NewRequest(method, url, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.h.ServeHTTP(rec, r)
	body, _ := io.ReadAll(rec.Result().Body)
	return reply{rec.Code, rec.Result().Header, string(body)}
}

const at = "http://site.s3-website.localhost:9000"

const plain = "<IndexDocument><Suffix>index.html</Suffix></IndexDocument><ErrorDocument><Key>oops.html</Key></ErrorDocument>"

// want asks for a page and compares status and body, or the Location of a redirect.
func (w *world) want(path string, status int, body string) reply {
	w.t.Helper()
	a := w.do("GET", at+path)
	got := a.body
	if status/100 == 3 {
		got = a.h.Get("Location")
	}
	if a.status != status || got != body {
		w.t.Errorf("%s: got %d %q, want %d %q", path, a.status, got, status, body)
	}
	return a
}

func TestPages(t *testing.T) {
	w := newWorld(t)
	w.site(plain)
	w.put("index.html", "home", object.Headers{ContentType: "text/html"})
	w.put("docs/index.html", "docs", object.Headers{ContentType: "text/html"})
	w.put("a b+ü", "odd", object.Headers{})
	w.put("moved", "", object.Headers{WebsiteRedirect: "/docs/"})
	w.put("private.html", "secret", object.Headers{})
	if a := w.want("/", 200, "home"); a.h.Get("Content-Type") != "text/html" || value(a.h, "ETag") == "" {
		t.Errorf("headers %v", a.h)
	}
	w.want("/index.html?acl&versionId=x", 200, "home") // a page has no subresources
	w.want("/docs/", 200, "docs")
	w.want("/docs", 302, "/docs/")
	w.want("/a%20b+%C3%BC", 200, "odd")
	w.want("/moved", 301, "/docs/")
	w.put("/evil.example/index.html", "x", object.Headers{})
	if a := w.do("GET", at+"//evil.example"); a.status != 404 {
		t.Errorf("a key that looks like a host is redirected to: %+v", a)
	}
	if a := w.do("HEAD", at+"/"); a.status != 200 || a.body != "" || a.h.Get("Content-Length") != "4" {
		t.Errorf("HEAD: %+v", a)
	}
	if a := w.do("GET", at+"/", "Range", "bytes=1-2"); a.status != 206 || a.body != "om" {
		t.Errorf("range: %+v", a)
	}
	etag := value(w.do("GET", at+"/").h, "ETag")
	if a := w.do("GET", at+"/", "If-None-Match", etag); a.status != 304 {
		t.Errorf("condition: %+v", a)
	}
	for _, method := range []string{"PUT", "POST", "DELETE"} {
		if a := w.do(method, at+"/index.html"); a.status != 405 || a.h.Get("X-Amz-Error-Code") != "MethodNotAllowed" {
			t.Errorf("%s: %+v", method, a)
		}
	}
	if a := w.do("GET", at+"/index.html", "Authorization", "AWS4-HMAC-SHA256 Credential=x"); a.status != 200 {
		t.Errorf("a signature counts at a website: %+v", a)
	}
	if a := w.do("GET", at+"/index.html?X-Amz-Algorithm=AWS4-HMAC-SHA256"); a.status != 200 {
		t.Errorf("a presigned query counts at a website: %+v", a)
	}
	if a := w.do("GET", "http://localhost:9000/site/index.html"); a.body != "home" {
		t.Errorf("S3 itself: %+v", a)
	}
	if a := w.do("GET", "http://SITE.other.example/"); a.body != "home" {
		t.Errorf("the other domain: %+v", a)
	}
}

func TestErrors(t *testing.T) {
	w := newWorld(t)
	if a := w.do("GET", at+"/x"); a.status != 404 || !strings.Contains(a.body, "<li>Code: NoSuchWebsiteConfiguration</li>") || !strings.Contains(a.body, "<li>BucketName: site</li>") {
		t.Errorf("no website: %+v", a)
	}
	for _, host := range []string{"none", "No_Name", "a.b.c"} {
		if a := w.do("GET", "http://"+host+".s3-website.localhost/"); a.status != 404 || a.h.Get("X-Amz-Error-Code") != "NoSuchBucket" {
			t.Errorf("%s: %+v", host, a)
		}
	}
	if a := w.do("GET", "http://s3-website.localhost/"); a.status != 404 {
		t.Errorf("no bucket: %+v", a)
	}
	w.site("<IndexDocument><Suffix>index.html</Suffix></IndexDocument>")
	a := w.do("GET", at+"/%3Cnone%3E")
	if a.status != 404 || !strings.Contains(a.body, "<li>Code: NoSuchKey</li>") || !strings.Contains(a.body, "<li>Key: &lt;none&gt;</li>") || strings.Contains(a.body, "<none>") ||
		a.h.Get("Content-Type") != "text/html; charset=utf-8" || a.h.Get("X-Amz-Error-Code") != "NoSuchKey" || a.h.Get("X-Amz-Request-Id") == "" {
		t.Errorf("no error document: %+v", a)
	}
	w.site(plain)
	a = w.do("GET", at+"/none")
	if a.status != 404 || !strings.Contains(a.body, "Custom Error Document") || !strings.Contains(a.body, "<li>Key: oops.html</li>") {
		t.Errorf("an error document that is not there: %+v", a)
	}
	w.put("oops.html", "sorry", object.Headers{ContentType: "text/html"})
	w.put("private.html", "secret", object.Headers{})
	if a := w.want("/none", 404, "sorry"); a.h.Get("Content-Type") != "text/html" || a.h.Get("Content-Length") != "5" {
		t.Errorf("headers %v", a.h)
	}
	w.want("/private.html", 403, "sorry")
	if a := w.do("GET", at+"/none", "Range", "bytes=9-"); a.status != 404 || a.body != "sorry" {
		t.Errorf("a range of a page that is not there: %+v", a)
	}
	if a := w.do("HEAD", at+"/none"); a.status != 404 || a.body != "" {
		t.Errorf("HEAD: %+v", a)
	}
	w.config("policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::site/*"}]}`)
	w.want("/none", 404, "sorry") // nobody may list, but everybody may read it if it were there
	if a := w.do("GET", "http://localhost:9000/site/none"); a.status != 403 {
		t.Errorf("S3 itself tells what is there: %+v", a)
	}
	w.config("policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::site/index.html"}]}`)
	if a := w.do("GET", at+"/none"); a.status != 403 || strings.Contains(a.body, "sorry") || a.h.Get("X-Amz-Error-Code") != "AccessDenied" {
		t.Errorf("an error document that nobody may read: %+v", a)
	}
}

func TestRules(t *testing.T) {
	w := newWorld(t)
	w.put("oops.html", "sorry", object.Headers{})
	w.put("old/page", "still here", object.Headers{})
	w.site(plain + `<RoutingRules>
		<RoutingRule><Condition><KeyPrefixEquals>old/</KeyPrefixEquals></Condition><Redirect><ReplaceKeyPrefixWith>new/</ReplaceKeyPrefixWith></Redirect></RoutingRule>
		<RoutingRule><Condition><KeyPrefixEquals>app/</KeyPrefixEquals><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition>
			<Redirect><Protocol>https</Protocol><HostName>app.example</HostName><ReplaceKeyWith>start</ReplaceKeyWith><HttpRedirectCode>307</HttpRedirectCode></Redirect></RoutingRule></RoutingRules>`)
	w.want("/old/page", 301, at+"/new/page")
	w.want("/old/page?x=1", 301, at+"/new/page?x=1")
	w.want("/app/x", 307, "https://app.example/start")
	w.want("/none", 404, "sorry")
	w.site("<RedirectAllRequestsTo><HostName>www.example.com</HostName><Protocol>https</Protocol></RedirectAllRequestsTo>")
	w.want("/any/path%20here?x=1", 301, "https://www.example.com/any/path%20here?x=1")
}

func TestCrossOrigin(t *testing.T) {
	w := newWorld(t)
	w.site(plain)
	w.put("index.html", "home", object.Headers{})
	w.config("cors", "<CORSConfiguration><CORSRule><AllowedOrigin>http://e.com</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>")
	if a := w.do("OPTIONS", at+"/", "Origin", "http://e.com", "Access-Control-Request-Method", "GET"); a.status != 200 || a.h.Get("Access-Control-Allow-Origin") != "http://e.com" {
		t.Errorf("preflight: %+v", a)
	}
	if a := w.do("GET", at+"/", "Origin", "http://e.com"); a.h.Get("Access-Control-Allow-Origin") != "http://e.com" || a.body != "home" {
		t.Errorf("got %+v", a)
	}
}

func TestPagesAreLogged(t *testing.T) {
	w := newWorld(t)
	w.site(plain)
	w.put("index.html", "home", object.Headers{})
	w.config("logging", "<BucketLoggingStatus><LoggingEnabled><TargetBucket>site</TargetBucket></LoggingEnabled></BucketLoggingStatus>")
	w.want("/", 200, "home")
	if log := w.log.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, " WEBSITE.GET.OBJECT index.html ") || !strings.Contains(log, " site.s3-website.localhost:9000 ") {
		t.Errorf("the log says %s", log)
	}
}
