package zipper

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"coffer/internal/engine/file"
	"coffer/internal/engine/pebble"
	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
	"coffer/internal/names"
	"coffer/internal/object"
	"coffer/internal/s3api"
	"coffer/internal/sigv4"
)

const (
	testKey    = "AKIAIOSFODNN7EXAMPLE"
	testSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

var regions = []ident.Region{{Name: "r", Ownership: ident.ContractOwned}}

// nobody signs: the world's callers are anonymous.
type nobody struct{ s3api.Identifier }

func (nobody) Identify(context.Context, ident.AccessKey) (*iam.Identity, error) {
	panic("an anonymous request was taken for a signed one")
}

func secretOf(_ context.Context, k ident.AccessKey) (string, error) {
	if k != testKey {
		return "", errs.New(errs.Unauthenticated, "InvalidAccessKeyId", "")
	}
	return testSecret, nil
}

type world struct {
	t       *testing.T
	objects *object.Service
	bucket  *object.Bucket
	server  *httptest.Server
}

// newWorld has a bucket "site" of which everybody may read all but what begins with "private".
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
	w.bucket, err = w.objects.CreateBucket(t.Context(), object.CreateBucket{Name: "site", Region: regions[0], Contract: 10000001})
	if err != nil {
		t.Fatal(err)
	}
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::site","arn:aws:s3:::site/*"]},
		{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::site/a/private*"},
		{"Effect":"Deny","Principal":"*","Action":"s3:ListBucket","Resource":"arn:aws:s3:::site","Condition":{"StringEquals":{"s3:prefix":"secret/"}}}]}`
	if _, err := w.objects.SetConfig(t.Context(), w.bucket, "policy", []byte(policy)); err != nil {
		t.Fatal(err)
	}
	s3 := s3api.New(s3api.Config{Objects: w.objects, IAM: nobody{}, Regions: ident.FixedRegions(regions...), Domains: []string{"localhost"}})
	w.server = httptest.NewServer(New(Config{S3: s3, Bucket: s3api.Addresser([]string{"localhost"}, ident.FixedRegions(regions...)), Secret: secretOf}))
	t.Cleanup(w.server.Close)
	return w
}

func (w *world) put(key, data string) {
	w.t.Helper()
	_, err := w.objects.PutObject(w.t.Context(), &object.PutObject{Bucket: w.bucket, Key: ident.ObjectKey(key),
		Body: object.Body{Reader: strings.NewReader(data), Size: int64(len(data))}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// get asks; with a form it posts that. host may be "".
func (w *world) get(host, target string, form url.Values) (int, http.Header, []byte) {
	w.t.Helper()
	method, body := http.MethodGet, io.Reader(http.NoBody)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	req, err := http.NewRequest(method, w.server.URL+target, body)
	if err != nil {
		w.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Host = host
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, res.Header, data
}

// unpack returns the files of an archive as "name=content", each checked against its sum.
func unpack(t *testing.T, data []byte) []string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatalf("%v in %.300q", err, data)
	}
	var out []string
	for _, f := range r.File {
		if f.Method != zip.Store {
			t.Errorf("%s is not stored", f.Name)
		}
		c, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(c)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f.Name+"="+string(b))
	}
	return out
}

func TestFolder(t *testing.T) {
	w := newWorld(t)
	big := strings.Repeat("0123456789abcdef", 100000)
	for key, data := range map[string]string{"a/b/1 +&ü.txt": "one", "a/b/c/2": big, "a/b/": "", "a/private": "hidden", "z": "other"} {
		w.put(key, data)
	}
	status, h, data := w.get("", "/site?zip&prefix=a/b/", nil)
	if got, want := unpack(t, data), []string{"b/=", "b/1 +&ü.txt=one", "b/c/2=" + big}; status != 200 || !slices.Equal(got, want) {
		t.Errorf("%d: %.300q", status, got)
	}
	if h.Get("Content-Type") != "application/zip" || h.Get("Content-Disposition") != "attachment; filename*=UTF-8''b.zip" {
		t.Errorf("headers %v", h)
	}
	_, h, data = w.get("site.localhost", "/?zip=", nil)
	got := unpack(t, data)
	if len(got) != 5 || h.Get("Content-Disposition") != "attachment; filename*=UTF-8''site.zip" {
		t.Fatalf("%v %.300q", h, got)
	}
	if want := "NOT-INCLUDED.txt=1 of 5 objects of the bucket site are not in this archive:\r\n\r\n\"a/private\": AccessDenied: "; !strings.HasPrefix(got[4], want) {
		t.Errorf("%q", got[4])
	}
}

func TestForm(t *testing.T) {
	w := newWorld(t)
	for _, key := range []string{"p/x/1", "p/x/2", "p/y", "p/Y", "p/z"} {
		w.put(key, key)
	}
	_, h, data := w.get("", "/site?zip", url.Values{"key": {"p/y", "p/Y", "p/gone"}, "prefix": {"p/x/"}, "base": {"p/"}, "name": {"my \"files"}})
	got := unpack(t, data)
	if len(got) != 5 || !slices.Equal(got[:4], []string{"y=p/y", "Y (2)=p/Y", "x/1=p/x/1", "x/2=p/x/2"}) || !strings.Contains(got[4], `"p/gone": NoSuchKey: `) {
		t.Errorf("%q", got)
	}
	if h.Get("Content-Disposition") != "attachment; filename*=UTF-8''my%20_files.zip" {
		t.Errorf("%v", h)
	}
}

func TestRefused(t *testing.T) {
	w := newWorld(t)
	w.put("k", "v")
	for _, c := range []struct {
		target string
		form   url.Values
		status int
		text   string
	}{
		{"/site?zip&prefix=secret/", nil, 403, "<Code>AccessDenied</Code>"},
		{"/none?zip", nil, 404, "<Code>NoSuchBucket</Code>"},
		{"/site?zip&prefix=nothing", nil, 404, "there is nothing to put into an archive"},
		{"/site?zip&prefix=" + strings.Repeat("a", 1025), nil, 400, "<Code>KeyTooLongError</Code>"},
		{"/site?zip", url.Values{"key": slices.Repeat([]string{"k"}, MaxObjects+1)}, 400, "at most 10000 objects"},
		{"/site?zip", url.Values{"key": {strings.Repeat("k", maxNames)}}, 400, "more than 4194304 bytes"},
		{"/site?zip", url.Values{"key": {""}}, 400, "A key is empty."},
		{"/site?zip&X-Amz-Algorithm=AWS4-HMAC-SHA256", nil, 400, "<Code>AuthorizationQueryParametersError</Code>"},
		{"/site/k?zip", nil, 200, "v"},
		{"/site?list-type=2&prefix=zip", nil, 200, "<ListBucketResult"},
		{"/site?zip=1", nil, 200, "<ListBucketResult"},
	} {
		if status, _, body := w.get("", c.target, c.form); status != c.status || !strings.Contains(string(body), c.text) {
			t.Errorf("%.60s: %d %.400s", c.target, status, body)
		}
	}
	req, _ := http.NewRequest("POST", w.server.URL+"/site?zip", strings.NewReader("{}"))
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != 400 {
		t.Errorf("%v %v", res, err)
	}
	res.Body.Close()
}

// checking is an S3 that accepts what is signed with the test's key, and says how.
type checking struct {
	now   func() time.Time
	seen  []string
	serve func(w http.ResponseWriter, r *http.Request)
}

func (c *checking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, query, _ := strings.Cut(r.RequestURI, "?")
	req := &sigv4.Request{Method: r.Method, Host: r.Host, Path: path, Query: query, Header: r.Header}
	a, err := sigv4.Parse(req)
	if err == nil && a.Form != sigv4.Unsigned {
		err = a.Verify(req, func(date, region, service string) sigv4.Key { return sigv4.Derive(testSecret, date, region, service) }, c.now(), sigv4.MaxSkew)
	}
	if err != nil || r.Header.Get("Cookie") != "" || r.Header.Get("Range") != "" {
		http.Error(w, fmt.Sprint(err, r.Header), 403)
		return
	}
	c.seen = append(c.seen, fmt.Sprintf("%s form %d by %s of %s", path, a.Form, a.AccessKey, a.Time.Format(time.TimeOnly)))
	c.serve(w, r)
}

func TestInnerRequestsAreSignedAsTheCaller(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	// An hour passes before every answer: an archive takes its time.
	s3 := &checking{now: clock, serve: func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "data")
		now = now.Add(time.Hour)
	}}
	f := New(Config{S3: s3, Bucket: s3api.Addresser([]string{"localhost"}, ident.FixedRegions(regions...)), Secret: secretOf, Clock: clock})
	credential := sigv4.Credential{AccessKey: testKey, Secret: testSecret, Region: "r"}
	for _, presigned := range []bool{false, true} {
		now, s3.seen = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), nil
		r := httptest.NewRequest("GET", "http://h/b?key=%2B%20x&key=1&zip=", nil)
		r.Header = http.Header{"Range": {"bytes=0-1"}, "Cookie": {"a=b"}}
		req := sigv4.Request{Method: "GET", Host: "h", Path: "/b", Query: "key=%2B%20x&key=1&zip=", Header: http.Header{}}
		want := []string{"/b/%2B%20x form 1 by " + testKey + " of 12:00:00", "/b/1 form 1 by " + testKey + " of 13:00:00"}
		if presigned {
			r.RequestURI = "/b?" + sigv4.Presign(&req, credential, time.Minute, now)
			r.URL.RawQuery = strings.TrimPrefix(r.RequestURI, "/b?")
			want = []string{"/b/%2B%20x form 2 by " + testKey + " of 12:00:00", "/b/1 form 2 by " + testKey + " of 12:00:00"}
		} else {
			r.RequestURI = "/b?" + req.Query
			sigv4.SignHeader(&req, credential, sigv4.EmptyHash, now)
			for name, values := range req.Header {
				r.Header[name] = values
			}
		}
		a := httptest.NewRecorder()
		f.ServeHTTP(a, r)
		if got := unpack(t, a.Body.Bytes()); !slices.Equal(got, []string{"+ x=data", "1=data"}) || !slices.Equal(s3.seen, want) {
			t.Errorf("presigned %v: %q, seen %q", presigned, got, s3.seen)
		}
		// Neither a signature over something else nor a link that has ended opens anything.
		for _, spoil := range []func(){func() { r.RequestURI += "&key=2"; r.URL.RawQuery += "&key=2"; now = now.Add(-2 * time.Hour) }, func() { now = now.Add(3 * time.Hour) }} {
			s3.seen = nil
			spoil()
			a = httptest.NewRecorder()
			if f.ServeHTTP(a, r); a.Code != 403 || len(s3.seen) > 0 {
				t.Errorf("presigned %v: %d %s, seen %q", presigned, a.Code, a.Body, s3.seen)
			}
		}
	}
}

func TestBrokenOffIsCut(t *testing.T) {
	for name, serve := range map[string]func(w http.ResponseWriter, r *http.Request){
		"short": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "data")
		},
		"cut":    func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"silent": func(http.ResponseWriter, *http.Request) {},
	} {
		f := New(Config{S3: &checking{now: time.Now, serve: serve}, Bucket: s3api.Addresser(nil, ident.FixedRegions(regions...)), Secret: secretOf})
		s := httptest.NewServer(f)
		res, err := http.Get(s.URL + "/b?zip&key=1")
		if err == nil {
			if _, err = io.ReadAll(res.Body); err == nil {
				t.Errorf("%s: the archive looks whole", name)
			}
			res.Body.Close()
		}
		s.Close()
	}
}

func TestAtOnce(t *testing.T) {
	f := New(Config{S3: http.NotFoundHandler(), Bucket: s3api.Addresser(nil, ident.FixedRegions(regions...)), Secret: secretOf}).(*front)
	ask := func() *httptest.ResponseRecorder {
		a := httptest.NewRecorder()
		f.ServeHTTP(a, httptest.NewRequest("GET", "/b?zip", nil))
		return a
	}
	for range maxOfOne {
		f.enter("")
	}
	if a := ask(); a.Code != 503 || !strings.Contains(a.Body.String(), "<Code>SlowDown</Code>") {
		t.Errorf("one caller: %d %s", a.Code, a.Body)
	}
	f.leave("")
	if a := ask(); a.Code != 404 || f.taken != maxOfOne-1 {
		t.Errorf("one has ended: %d %s, %d taken", a.Code, a.Body, f.taken)
	}
	for i := range maxAtOnce - maxOfOne + 1 {
		f.enter(ident.AccessKey(fmt.Sprint(i)))
	}
	if a := ask(); a.Code != 503 {
		t.Errorf("all callers: %d %s", a.Code, a.Body)
	}
}

func TestNames(t *testing.T) {
	n := newLabels("base/")
	for _, c := range [][2]string{
		{"base/a/b.txt", "a/b.txt"}, {"base/a/b.txt", "a/b (2).txt"}, {"base/A/B.TXT", "A/B (3).TXT"}, {"other/c", "other/c"}, {"base/", "base/"},
		{"../../etc/passwd", "__/__/etc/passwd"}, {"/abs", "_/abs"}, {"a//b", "a/_/b"}, {`c:\win`, "c__win"}, {"x\x00\n", "x__"}, {"base/d/", "d/"},
		{"base/NOT-INCLUDED.txt", "NOT-INCLUDED (2).txt"}, {"\xff", "_"}, {". .", "___"},
	} {
		if got := n.of(c[0]); got != c[1] {
			t.Errorf("%q is called %q, want %q", c[0], got, c[1])
		}
	}
}
