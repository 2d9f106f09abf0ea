package s3api

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"coffer/internal/s3xml"
	"coffer/internal/sigv4"
)

func md5Of(s string) string { sum := md5.Sum([]byte(s)); return hex.EncodeToString(sum[:]) }

func crc32Of(s string) string {
	n := crc32.ChecksumIEEE([]byte(s))
	return base64.StdEncoding.EncodeToString([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// awkward are keys that survive every route, as they are.
var awkward = []string{"a+b", "a b", "a%2Fb", "a//b", "/lead", "trail/", "a/./b", "a/../b", "..", ".", "ü/€/😀", "a&b<c>\"d'", "?q#f", "%", "a\x01b\tc\nd\re",
	"a=b;c,d:e@f$g!h*i(j)k", strings.Repeat("x", 1024), "\x7f"}

func TestAwkwardKeys(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	for _, key := range awkward {
		uri := "/" + b + "/" + url.PathEscape(key)
		w.put(uri, key)
		if a := w.get(uri); a.body != key {
			t.Errorf("%q: GET gives %q", key, a.body)
		}
		if a := w.ok(request{as: "owner", host: b + ".localhost", uri: "/" + url.PathEscape(key)}); a.body != key {
			t.Errorf("%q: virtual-host GET gives %q", key, a.body)
		}
		if a := w.ok(request{as: "owner", uri: uri, presign: time.Minute}); a.body != key {
			t.Errorf("%q: presigned GET gives %q", key, a.body)
		}
		w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "-copy-of", mangle: nil, header: nil}.ifAbsent(w, b+"-copy-of"))
		w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "-copy-of/k", header: map[string]string{copySource: b + "/" + url.PathEscape(key)}})
		if a := w.get("/" + b + "-copy-of/k"); a.body != key {
			t.Errorf("%q: the copy is %q", key, a.body)
		}
	}
	a := w.get("/" + b + "?encoding-type=url")
	listed := map[string]bool{}
	for _, k := range a.elements("Key") {
		plain, err := url.PathUnescape(k)
		if err != nil {
			t.Errorf("%q: %v", k, err)
		}
		listed[plain] = true
	}
	for _, key := range awkward {
		if !listed[key] {
			t.Errorf("%q is not listed", key)
		}
	}
	var doc strings.Builder
	for _, key := range awkward {
		fmt.Fprintf(&doc, "<Object><Key>%s</Key></Object>", s3xml.AppendText(nil, key))
	}
	a = w.ok(request{as: "owner", method: "POST", uri: "/" + b + "?delete", body: "<Delete>" + doc.String() + "</Delete>"})
	if n := len(a.elements("Deleted")); n != len(awkward) || strings.Contains(a.body, "<Error>") {
		t.Errorf("%d of %d deleted: %s", n, len(awkward), a.body)
	}
	w.ok(request{as: "owner", method: "DELETE", uri: "/" + b})
}

// ifAbsent makes the request a HEAD of the bucket where it is there already.
func (q request) ifAbsent(w *world, bucket string) request {
	if w.do(request{as: "owner", method: "HEAD", uri: "/" + bucket}).status == 200 {
		return request{as: "owner", method: "HEAD", uri: "/" + bucket}
	}
	return q
}

func TestPutGetHead(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	stored := map[string]string{"Content-Type": "text/x", "Cache-Control": "no-cache", "Content-Disposition": "attachment", "Content-Encoding": "aws-chunked, gzip,x-e",
		"Content-Language": "de", "Expires": "Thu, 01 Dec 2033 16:00:00 GMT", "X-Amz-Meta-One": "1", "X-Amz-Meta-Two": "ü", "X-Amz-Website-Redirect-Location": "/x",
		"X-Amz-Storage-Class": "STANDARD"}
	p := w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "/k", body: "hello", header: stored})
	if p.header["ETag"][0] != `"`+md5Of("hello")+`"` || p.header["x-amz-checksum-crc64nvme"] == nil {
		t.Errorf("PUT answers %v", p.header)
	}
	for _, method := range []string{"GET", "HEAD"} {
		a := w.ok(request{as: "owner", method: method, uri: "/" + b + "/k"})
		if method == "GET" && a.body != "hello" || method == "HEAD" && a.body != "" {
			t.Errorf("%s: body %q", method, a.body)
		}
		want := map[string]string{"Content-Type": "text/x", "Cache-Control": "no-cache", "Content-Disposition": "attachment", "Content-Encoding": "gzip,x-e", "Content-Language": "de",
			"Expires": "Thu, 01 Dec 2033 16:00:00 GMT", "x-amz-meta-one": "1", "x-amz-meta-two": "ü", "x-amz-website-redirect-location": "/x", "Content-Length": "5",
			"ETag": `"` + md5Of("hello") + `"`, "Accept-Ranges": "bytes", "Last-Modified": now.Format(http.TimeFormat), "Server": "Coffer"}
		for name, v := range want {
			if got := a.header[name]; len(got) != 1 || got[0] != v {
				t.Errorf("%s: %s is %q, want %q", method, name, got, v)
			}
		}
		for _, absent := range []string{"x-amz-checksum-crc64nvme", "x-amz-version-id", "Content-Range", "x-amz-mp-parts-count"} {
			if a.header[absent] != nil {
				t.Errorf("%s: %s is %q and should not be there", method, absent, a.header[absent])
			}
		}
	}
	w.put("/"+b+"/empty", "")
	if a := w.get("/" + b + "/empty"); a.body != "" || a.header.Get("Content-Type") != "binary/octet-stream" || a.header.Get("Content-Length") != "0" {
		t.Errorf("empty: %q %v", a.body, a.header)
	}
}

func TestOverrides(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.put("/"+b+"/k", "x")
	q := "response-content-type=a/b&response-cache-control=c&response-content-disposition=d%0Ae&response-content-encoding=f&response-content-language=g&response-expires=h"
	for _, presign := range []time.Duration{0, time.Minute} {
		a := w.ok(request{as: "owner", uri: "/" + b + "/k?" + q, presign: presign})
		for name, v := range map[string]string{"Content-Type": "a/b", "Cache-Control": "c", "Content-Encoding": "f", "Content-Language": "g", "Expires": "h"} {
			if a.header.Get(name) != v {
				t.Errorf("%s is %q, want %q", name, a.header.Get(name), v)
			}
		}
	}
}

func TestRanges(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.put("/"+b+"/k", "0123456789")
	for rng, want := range map[string]string{"bytes=0-0": "0", "bytes=2-4": "234", "bytes=7-": "789", "bytes=-3": "789", "bytes=5-999": "56789", "bytes=-99": "0123456789"} {
		for _, method := range []string{"GET", "HEAD"} {
			a := w.ok(request{as: "owner", method: method, uri: "/" + b + "/k", header: map[string]string{"Range": rng}})
			at := strings.Index("0123456789", want)
			cr := fmt.Sprintf("bytes %d-%d/10", at, at+len(want)-1)
			if a.status != 206 || method == "GET" && a.body != want || a.header.Get("Content-Range") != cr || a.header.Get("Content-Length") != itoa(int64(len(want))) {
				t.Errorf("%s %s: %d %q %v", method, rng, a.status, a.body, a.header)
			}
		}
	}
	for _, rng := range []string{"bytes=a-b", "bytes=4-2", "items=1-2", "bytes=", "bytes=-", "bytes=0-1,3-4", "bytes=--1", "0-4"} {
		if a := w.ok(request{as: "owner", uri: "/" + b + "/k", header: map[string]string{"Range": rng}}); a.status != 200 || a.body != "0123456789" {
			t.Errorf("%s: %d %q", rng, a.status, a.body)
		}
	}
	for _, rng := range []string{"bytes=10-", "bytes=10-12", "bytes=-0"} {
		a := w.refused(request{as: "owner", uri: "/" + b + "/k", header: map[string]string{"Range": rng}}, 416, "InvalidRange")
		if a.header.Get("Content-Range") != "bytes */10" || a.element("ActualObjectSize") != "10" || a.element("RangeRequested") != rng {
			t.Errorf("%s: %v %s", rng, a.header, a.body)
		}
	}
	w.refused(request{as: "owner", uri: "/" + b + "/k?partNumber=1", header: map[string]string{"Range": "bytes=0-1"}}, 400, "InvalidRequest")
}

func TestReadConditions(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	etag := w.put("/"+b+"/k", "x").header["ETag"][0]
	before, after := now.Add(-time.Hour).Format(http.TimeFormat), now.Add(time.Hour).Format(http.TimeFormat)
	for _, c := range []struct {
		name, value string
		status      int
	}{
		{"If-Match", etag, 200}, {"If-Match", strings.Trim(etag, `"`), 200}, {"If-Match", `"x", ` + etag, 200}, {"If-Match", "*", 200}, {"If-Match", `"x"`, 412},
		{"If-None-Match", etag, 304}, {"If-None-Match", "W/" + etag, 304}, {"If-None-Match", "*", 304}, {"If-None-Match", `"x"`, 200},
		{"If-Modified-Since", before, 200}, {"If-Modified-Since", now.Format(http.TimeFormat), 304}, {"If-Modified-Since", "nonsense", 200},
		{"If-Modified-Since", after, 200}, // of a time to come
		{"If-Unmodified-Since", before, 412}, {"If-Unmodified-Since", after, 200},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			a := w.do(request{as: "owner", method: method, uri: "/" + b + "/k", header: map[string]string{c.name: c.value}})
			if a.status != c.status {
				t.Errorf("%s %s %s: got %d", method, c.name, c.value, a.status)
			}
			if c.status == 304 && (a.body != "" || a.header["ETag"] == nil || a.header.Get("Last-Modified") == "" || a.header.Get("Content-Length") != "") {
				t.Errorf("%s %s: 304 with %q %v", method, c.name, a.body, a.header)
			}
			if c.status == 412 && method == "GET" && (a.code() != "PreconditionFailed" || a.element("Condition") != c.name) {
				t.Errorf("%s: %s", c.name, a.body)
			}
		}
	}
}

func TestWriteConditions(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	put := func(status int, code string, header ...string) {
		t.Helper()
		q := request{as: "owner", method: "PUT", uri: "/" + b + "/k", body: "new", header: map[string]string{header[0]: header[1]}}
		if status == 200 {
			w.ok(q)
			return
		}
		w.refused(q, status, code)
	}
	put(404, "NoSuchKey", "If-Match", "*")
	put(200, "", "If-None-Match", "*")
	put(412, "PreconditionFailed", "If-None-Match", "*")
	put(412, "PreconditionFailed", "If-Match", `"x"`)
	put(200, "", "If-Match", `"`+md5Of("new")+`"`)
	put(501, "NotImplemented", "If-None-Match", `"x"`)
	del := func(status int, code string, header ...string) {
		t.Helper()
		w.refused(request{as: "owner", method: "DELETE", uri: "/" + b + "/k", header: map[string]string{header[0]: header[1]}}, status, code)
	}
	del(412, "PreconditionFailed", "If-Match", `"x"`)
	del(412, "PreconditionFailed", "X-Amz-If-Match-Size", "4")
	del(412, "PreconditionFailed", "X-Amz-If-Match-Last-Modified-Time", now.Add(time.Hour).Format(http.TimeFormat))
	del(400, "InvalidArgument", "X-Amz-If-Match-Size", "x")
	w.ok(request{as: "owner", method: "DELETE", uri: "/" + b + "/k", header: map[string]string{"If-Match": `"` + md5Of("new") + `"`, "X-Amz-If-Match-Size": "3",
		"X-Amz-If-Match-Last-Modified-Time": now.Format(http.TimeFormat)}})
}

// TestBadPuts: what can't be stored is refused with S3's code before anything changes.
func TestBadPuts(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	sum := sha256.Sum256([]byte("other"))
	for name, c := range map[string]struct {
		q      request
		status int
		code   string
	}{
		"md5 wrong":                    {request{header: map[string]string{"Content-Md5": "AAAAAAAAAAAAAAAAAAAAAA=="}}, 400, "BadDigest"},
		"md5 malformed":                {request{header: map[string]string{"Content-Md5": "x"}}, 400, "InvalidDigest"},
		"md5 short":                    {request{header: map[string]string{"Content-Md5": "AAAA"}}, 400, "InvalidDigest"},
		"hash wrong":                   {request{hash: hex.EncodeToString(sum[:])}, 400, "XAmzContentSHA256Mismatch"},
		"crc wrong":                    {request{header: map[string]string{"X-Amz-Checksum-Crc32": "AAAAAA=="}}, 400, "BadDigest"},
		"crc malformed":                {request{header: map[string]string{"X-Amz-Checksum-Crc32": "xx"}}, 400, "InvalidRequest"},
		"two sums":                     {request{header: map[string]string{"X-Amz-Checksum-Crc32": crc32Of("body"), "X-Amz-Checksum-Crc32c": "AAAAAA=="}}, 400, "InvalidRequest"},
		"no sum":                       {request{header: map[string]string{"X-Amz-Sdk-Checksum-Algorithm": "CRC32"}}, 400, "InvalidRequest"},
		"metadata":                     {request{header: map[string]string{"X-Amz-Meta-A": strings.Repeat("x", 2048)}}, 400, "MetadataTooLarge"},
		"redirect":                     {request{header: map[string]string{"X-Amz-Website-Redirect-Location": "x"}}, 400, "InvalidRedirectLocation"},
		"storage class":                {request{header: map[string]string{"X-Amz-Storage-Class": "glacier"}}, 400, "InvalidStorageClass"},
		"class of other buckets":       {request{header: map[string]string{"X-Amz-Storage-Class": "OUTPOSTS"}}, 400, "InvalidStorageClass"},
		"other storage class":          {request{header: map[string]string{"X-Amz-Storage-Class": "GLACIER"}}, 501, "NotImplemented"},
		"encryption":                   {request{header: map[string]string{"X-Amz-Server-Side-Encryption": "DES"}}, 400, "InvalidArgument"},
		"encryption context":           {request{header: map[string]string{"X-Amz-Server-Side-Encryption-Context": "e30="}}, 501, "NotImplemented"},
		"customer key":                 {request{header: map[string]string{"X-Amz-Server-Side-Encryption-Customer-Algorithm": "AES256"}}, 400, "InvalidArgument"},
		"acl":                          {request{header: map[string]string{"X-Amz-Acl": "public"}}, 400, "InvalidArgument"},
		"grant":                        {request{header: map[string]string{"X-Amz-Grant-Read": "id=x"}}, 400, "InvalidArgument"},
		"lock":                         {request{header: map[string]string{"X-Amz-Object-Lock-Mode": "GOVERNANCE"}}, 400, "InvalidArgument"},
		"append":                       {request{header: map[string]string{"X-Amz-Write-Offset-Bytes": "0"}}, 501, "NotImplemented"},
		"tags":                         {request{header: map[string]string{"X-Amz-Tagging": "a=1&a=2"}}, 400, "InvalidArgument"},
		"too many tags":                {request{header: map[string]string{"X-Amz-Tagging": "a&b&c&d&e&f&g&h&i&j&k"}}, 400, "BadRequest"},
		"no length":                    {request{raw: strings.NewReader("x"), length: -1, hash: "UNSIGNED-PAYLOAD"}, 411, "MissingContentLength"},
		"nothing":                      {request{raw: strings.NewReader(""), length: 0, hash: "UNSIGNED-PAYLOAD"}, 411, "MissingContentLength"},
		"too large":                    {request{raw: strings.NewReader(""), length: 5<<30 + 1, hash: "UNSIGNED-PAYLOAD"}, 400, "EntityTooLarge"},
		"short body":                   {request{raw: strings.NewReader("abc"), length: 10, hash: "UNSIGNED-PAYLOAD"}, 400, "IncompleteBody"},
		"key too long":                 {request{uri: strings.Repeat("k", 1025)}, 400, "KeyTooLongError"},
		"key not UTF-8":                {request{uri: "%ff"}, 400, "InvalidURI"},
		"escape":                       {request{uri: "a%zz"}, 400, "InvalidURI"},
		"unknown resource":             {request{uri: "k?unheardOf"}, 501, "NotImplemented"},
		"annotation":                   {request{uri: "k?annotation"}, 501, "NotImplemented"},
		"part of no upload":            {request{uri: "k?uploadId=x&partNumber=1"}, 404, "NoSuchUpload"},
		"part number":                  {request{uri: "k?uploadId=x&partNumber=0"}, 400, "InvalidArgument"},
		"no part number":               {request{uri: "k?uploadId=x"}, 405, "MethodNotAllowed"},
		"signed chunks without length": {request{hash: sigv4.StreamChunks}, 411, "MissingContentLength"},
	} {
		c.q.as, c.q.method = "owner", "PUT"
		if c.q.uri == "" {
			c.q.uri = "k"
		}
		c.q.uri = "/" + b + "/" + c.q.uri
		if c.q.raw == nil && c.q.body == "" {
			c.q.body = "body"
		}
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.refused(c.q, c.status, c.code)
		})
	}
	if a := w.get("/" + b); len(a.elements("Key")) != 0 {
		t.Errorf("something was stored: %s", a.body)
	}
	if a := w.get("/" + b + "?uploads"); len(a.elements("Upload")) != 0 {
		t.Errorf("an upload was made: %s", a.body)
	}
}

// TestUserOwnedLimit: a single PUT has 5,000,000,000 bytes at most at user-owned buckets.
func TestUserOwnedLimit(t *testing.T) {
	w := newWorld(t)
	w.ok(request{as: "owner", region: "local-2", method: "PUT", uri: "/limit-user"})
	a := w.refused(request{as: "owner", method: "PUT", uri: "/limit-user/k", raw: strings.NewReader(""), length: 5_000_000_001, hash: "UNSIGNED-PAYLOAD"}, 400, "EntityTooLarge")
	if a.element("MaxSizeAllowed") != "5000000000" || a.element("ProposedSize") != "5000000001" {
		t.Error(a.body)
	}
}

// TestAuthBeforeBody: who may not write is told so without a byte of the body being read.
func TestAuthBeforeBody(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	for _, as := range []string{"", "plain", "other"} {
		read := readerFunc(func([]byte) (int, error) { t.Errorf("%q: the body was read", as); return 0, fmt.Errorf("no") })
		w.refused(request{as: as, method: "PUT", uri: "/" + b + "/k", raw: read, length: 5, hash: "UNSIGNED-PAYLOAD"}, 403, "AccessDenied")
	}
}

// TestChecksums: each algorithm in a header and in a trailer is verified, kept, and told on request.
func TestChecksums(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	body := "123456789"
	for name, sum := range map[string]string{"Crc32": "y/Q5Jg==", "Crc32c": "4waSgw==", "Crc64nvme": "rosUhgp5mIg=", "Sha1": "98O8HYCOBHMq32eZZczDTKeuNEE=",
		"Sha256": "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="} {
		lower := "x-amz-checksum-" + strings.ToLower(name)
		forms := map[string]request{
			"header": {body: body, header: map[string]string{"X-Amz-Checksum-" + name: sum, "X-Amz-Sdk-Checksum-Algorithm": strings.ToUpper(name)}},
			"minio-go": {raw: strings.NewReader("9\r\n" + body + "\r\n0\r\n" + lower + ":" + sum + "\n\r\n\r\n"), length: int64(len("9\r\n\r\n0\r\n:\n\r\n\r\n") + len(body) + len(lower) + len(sum)),
				hash: sigv4.StreamUnsigned, header: map[string]string{"X-Amz-Trailer": lower, "X-Amz-Decoded-Content-Length": "9", "Content-Encoding": "aws-chunked"}},
			"trailer": {raw: strings.NewReader("9\r\n" + body + "\r\n0\r\n" + lower + ":" + sum + "\r\n\r\n"), length: int64(len("9\r\n\r\n0\r\n:\r\n\r\n") + len(body) + len(lower) + len(sum)),
				hash: sigv4.StreamUnsigned, header: map[string]string{"X-Amz-Trailer": lower, "X-Amz-Decoded-Content-Length": "9", "Content-Encoding": "aws-chunked"}},
		}
		for form, q := range forms {
			q.as, q.method, q.uri = "owner", "PUT", "/"+b+"/"+name+form
			if a := w.ok(q); len(a.header[lower]) != 1 || a.header[lower][0] != sum || a.header["x-amz-checksum-type"][0] != "FULL_OBJECT" {
				t.Errorf("%s %s: PUT answers %v", name, form, a.header)
			}
			for _, method := range []string{"GET", "HEAD"} {
				a := w.ok(request{as: "owner", method: method, uri: q.uri, header: map[string]string{"X-Amz-Checksum-Mode": "ENABLED"}})
				if len(a.header[lower]) != 1 || a.header[lower][0] != sum || a.header.Get("Content-Encoding") != "" {
					t.Errorf("%s %s: %s answers %v", name, form, method, a.header)
				}
			}
			if a := w.ok(request{as: "owner", uri: q.uri, header: map[string]string{"X-Amz-Checksum-Mode": "ENABLED", "Range": "bytes=0-1"}}); a.header[lower] != nil {
				t.Errorf("%s: a range bears the checksum of the whole", name)
			}
		}
		bad := forms["trailer"]
		wrong := strings.Replace("9\r\n"+body+"\r\n0\r\n"+lower+":"+sum+"\r\n\r\n", "123456789", "123456780", 1)
		bad.as, bad.method, bad.uri, bad.raw, bad.length = "owner", "PUT", "/"+b+"/bad", strings.NewReader(wrong), int64(len(wrong))
		w.refused(bad, 400, "BadDigest")
	}
	w.refused(request{as: "owner", uri: "/" + b + "/bad"}, 404, "NoSuchKey")
}

// TestSignedChunks: a body in signed chunks is decoded and stored, and one with a changed chunk is not.
func TestSignedChunks(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	data := strings.Repeat("0123456789abcdef", 1024)
	send := func(key string, spoil bool) reply {
		q := request{as: "owner", method: "PUT", host: "localhost:9000", uri: "/" + b + "/" + key, hash: sigv4.StreamChunks,
			header: map[string]string{"X-Amz-Decoded-Content-Length": itoa(int64(len(data))), "Content-Encoding": "aws-chunked"}}
		q.mangle = func(r *http.Request) {
			_, seed, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
			c := sigv4.NewChunks(w.credential(&q), seed, now)
			body := c.Append(nil, []byte(data[:8192]))
			body = c.Append(body, []byte(data[8192:]))
			body = c.Append(body, nil)
			body = c.End(body, "", "")
			if spoil {
				body[200] ^= 1
			}
			r.Body = readCloser{strings.NewReader(string(body))}
			r.ContentLength = int64(len(body))
		}
		return w.do(q)
	}
	if a := send("k", false); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a := w.get("/" + b + "/k"); a.body != data || a.header.Get("Content-Encoding") != "" {
		t.Errorf("%d bytes came back, encoding %q", len(a.body), a.header.Get("Content-Encoding"))
	}
	if a := send("bad", true); a.code() != "SignatureDoesNotMatch" {
		t.Errorf("a changed chunk: %d %s", a.status, a.body)
	}
	w.refused(request{as: "owner", uri: "/" + b + "/bad"}, 404, "NoSuchKey")
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

func TestMissingKey(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	a := w.refused(request{as: "owner", uri: "/" + b + "/none"}, 404, "NoSuchKey")
	if a.element("Key") != "none" || a.element("Resource") != "/"+b+"/none" {
		t.Error(a.body)
	}
	w.golden("error-no-such-key.xml", a.body, b, "BUCKET")
	w.refused(request{as: "owner", method: "HEAD", uri: "/" + b + "/none"}, 404, "")
	w.refused(request{as: "owner", uri: "/" + b + "/none?versionId=x"}, 400, "InvalidArgument")
	w.refused(request{as: "owner", uri: "/" + b + "/none?versionId="}, 404, "NoSuchKey")
	w.ok(request{as: "owner", method: "DELETE", uri: "/" + b + "/none"})
}

func TestDeleteObjects(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	var doc strings.Builder
	for i := range 100 {
		w.put(fmt.Sprintf("/%s/k%03d", b, i), "x")
		fmt.Fprintf(&doc, "<Object><Key>k%03d</Key></Object>", i)
	}
	post := func(body string, header map[string]string) reply {
		return w.do(request{as: "owner", method: "POST", uri: "/" + b + "?delete", body: body, header: header})
	}
	a := post("<Delete>"+doc.String()+"<Object><Key>never</Key></Object><Object><Key>k</Key><ETag>x</ETag></Object></Delete>", nil)
	if keys := a.elements("Key"); len(keys) != 102 || keys[0] != "k000" || keys[99] != "k099" || keys[100] != "never" {
		t.Errorf("deleted %v", keys)
	}
	w.put("/"+b+"/cond", "x")
	a = post("<Delete><Quiet>true</Quiet><Object><Key>cond</Key><ETag>&quot;wrong&quot;</ETag></Object><Object><Key>gone</Key></Object></Delete>", nil)
	if a.code() != "PreconditionFailed" || len(a.elements("Deleted")) != 0 || a.element("Key") != "cond" {
		t.Error(a.body)
	}
	if a := w.get("/" + b); strings.Join(a.elements("Key"), " ") != "cond" {
		t.Error(a.body)
	}
	for body, code := range map[string]string{"": "MissingRequestBodyError", "x": "MalformedXML", "<Delete/>": "MalformedXML", "<Delete><Object/></Delete>": "MalformedXML",
		"<Delete>" + strings.Repeat("<Object><Key>a</Key></Object>", 1001) + "</Delete>": "MalformedXML"} {
		if a := post(body, nil); a.code() != code {
			t.Errorf("%.40q: got %s", body, a.code())
		}
	}
	if a := w.do(request{as: "owner", method: "PUT", uri: "/" + b + "/other", body: "x", header: map[string]string{"Content-Md5": "AAAAAAAAAAAAAAAAAAAAAA=="}}); a.element("ExpectedDigest") != strings.Repeat("0", 32) || a.element("CalculatedDigest") != "ndTkYSaMgDT1yFZOFVxnpg==" {
		t.Errorf("another digest: %s", a.body)
	}
	if a := post("<Delete><Object><Key>cond</Key></Object></Delete>", map[string]string{"Content-Md5": "AAAAAAAAAAAAAAAAAAAAAA=="}); a.code() != "BadDigest" {
		t.Errorf("wrong digest: %s", a.body)
	}
	if a := post("<Delete><Object><Key>cond</Key></Object></Delete>", map[string]string{"X-Amz-Checksum-Crc32": "AAAAAA=="}); a.code() != "BadDigest" {
		t.Errorf("wrong checksum: %s", a.body)
	}
	w.get("/" + b + "/cond")
	q := request{as: "other", method: "POST", uri: "/" + b + "?delete", body: "<Delete><Object><Key>cond</Key></Object></Delete>"}
	if a := w.do(q); a.status != 200 || a.code() != "AccessDenied" {
		t.Errorf("another contract: %d %s", a.status, a.body)
	}
	w.get("/" + b + "/cond")
}

// TestWritesNameNoVersion: what makes a version takes no version id, and an empty one is as none.
func TestWritesNameNoVersion(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	v := "versionId=" + strings.Repeat("Z", 32)
	for _, q := range []request{send("/"+b+"/k?"+v, "x"), send("/"+b+"/k?"+v, "", copySource, b+"/k"), send("/"+b+"/k?partNumber=1&uploadId=x&"+v, "x"),
		{as: "owner", method: "POST", uri: "/" + b + "/k?uploads&" + v}} {
		if a := w.refused(q, 400, "InvalidArgument"); a.element("ArgumentName") != "versionId" {
			t.Errorf("%s %s: %s", q.method, q.uri, a.body)
		}
	}
	w.ok(send("/"+b+"/k?versionId=", "x"))
	w.refused(send("/"+b+"/k?"+v, "x").by("other"), 403, "AccessDenied")
}

func TestCopy(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "/src", body: "source", header: map[string]string{"X-Amz-Meta-K": "v", "Content-Type": "text/a", "X-Amz-Tagging": "t=1"}})
	cp := func(to string, header ...string) request {
		h := map[string]string{}
		for i := 0; i+1 < len(header); i += 2 {
			h[header[i]] = header[i+1]
		}
		if h[copySource] == "" {
			h[copySource] = "/" + b + "/src"
		}
		return request{as: "owner", method: "PUT", uri: "/" + b + "/" + to, header: h}
	}
	a := w.ok(cp("dst"))
	w.golden("copy-object.xml", a.body)
	if a := w.get("/" + b + "/dst"); a.body != "source" || a.header["x-amz-meta-k"][0] != "v" || a.header.Get("Content-Type") != "text/a" || a.header["x-amz-tagging-count"][0] != "1" {
		t.Errorf("copy: %q %v", a.body, a.header)
	}
	w.ok(cp("kept", "X-Amz-Metadata-Directive", "COPY", "X-Amz-Meta-K", strings.Repeat("x", 2048), "X-Amz-Website-Redirect-Location", "/there"))
	if a := w.get("/" + b + "/kept"); a.header["x-amz-meta-k"][0] != "v" || a.header["x-amz-website-redirect-location"][0] != "/there" {
		t.Errorf("metadata that a copy does not take: %v", a.header)
	}
	w.refused(cp("kept", "X-Amz-Website-Redirect-Location", "there"), 400, "InvalidRedirectLocation")
	w.refused(cp("kept", "X-Amz-Meta-K", strings.Repeat("x", 2048)), 400, "MetadataTooLarge")
	w.refused(cp("kept", "X-Amz-Metadata-Directive", "REPLACE", "X-Amz-Meta-K", strings.Repeat("x", 2048)), 400, "MetadataTooLarge")
	w.ok(cp("dst", "X-Amz-Metadata-Directive", "REPLACE", "X-Amz-Meta-N", "2", "X-Amz-Tagging-Directive", "REPLACE", "X-Amz-Tagging", "a=1&b=2"))
	if a := w.get("/" + b + "/dst"); a.header["x-amz-meta-k"] != nil || a.header["x-amz-meta-n"][0] != "2" || a.header["x-amz-tagging-count"][0] != "2" {
		t.Errorf("replaced: %v", a.header)
	}
	w.ok(cp("src", "X-Amz-Metadata-Directive", "REPLACE", "X-Amz-Meta-N", "2"))
	w.refused(cp("src"), 400, "InvalidRequest")
	w.refused(cp("dst", "X-Amz-Metadata-Directive", "BOTH"), 400, "InvalidArgument")
	w.refused(cp("dst", copySource, "nothing"), 400, "InvalidArgument")
	w.refused(cp("dst", copySource, b+"/%zz"), 400, "InvalidArgument")
	w.refused(cp("dst", copySource, b+"/none"), 404, "NoSuchKey")
	w.refused(cp("dst", copySource, b+"-none/k"), 404, "NoSuchBucket")
	w.refused(cp("dst", copySource, "B_/k"), 400, "InvalidBucketName")
	for condition, v := range map[string]string{"If-Match": `"x"`, "If-None-Match": "*", "If-Modified-Since": now.Format(http.TimeFormat),
		"If-Unmodified-Since": now.Add(-48 * time.Hour).Format(http.TimeFormat)} {
		a := w.refused(cp("dst", "X-Amz-Copy-Source-"+condition, v), 412, "PreconditionFailed")
		if a.element("Condition") != "x-amz-copy-source-"+condition {
			t.Errorf("%s: %s", condition, a.body)
		}
	}
	w.refused(cp("dst", "If-None-Match", "*"), 412, "PreconditionFailed")
	w.ok(cp("encoded", copySource, url.QueryEscape(b+"/src")))
	// Who may not read the source can't copy it, wherever to.
	w.ok(request{as: "plain", region: "local-2", method: "PUT", uri: "/copy-plain"})
	w.refused(request{as: "plain", method: "PUT", uri: "/copy-plain/k", header: map[string]string{copySource: b + "/src"}}, 403, "AccessDenied")
	w.refused(request{as: "plain", method: "PUT", uri: "/copy-plain/k", header: map[string]string{copySource: b + "/none"}}, 403, "AccessDenied")
	if a := w.ok(cp("sum", "X-Amz-Checksum-Algorithm", "SHA256")); a.element("ChecksumSHA256") == "" {
		t.Error(a.body)
	}
}

// TestHeadTooLarge: a request's line and headers have 8 KB together, wherever they are long.
func TestHeadTooLarge(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	long := strings.Repeat("x", 8<<10)
	a := w.refused(request{as: "owner", uri: "/" + b, header: map[string]string{"X-Other": long}}, 400, "RequestHeaderSectionTooLarge")
	if a.element("MaxSizeAllowed") != "8192" {
		t.Errorf("got %s", a.body)
	}
	w.refused(request{as: "owner", uri: "/" + b + "?x=" + long}, 400, "RequestHeaderSectionTooLarge")
	w.refused(request{method: "OPTIONS", uri: "/" + b, header: map[string]string{"Origin": long}}, 400, "RequestHeaderSectionTooLarge")
	head := func(q request) int {
		r := w.build(&q)
		n := len("Host: " + r.Host + "\r\n")
		for name, values := range r.Header {
			n += len(name + ": " + values[0] + "\r\n")
		}
		return n
	}
	q := request{as: "owner", uri: "/" + b, header: map[string]string{"X-Other": ""}}
	room := 8<<10 - head(q)
	q.header = map[string]string{"X-Other": long[:room]}
	w.ok(q)
	q.header = map[string]string{"X-Other": long[:room+1]}
	w.refused(q, 400, "RequestHeaderSectionTooLarge")
	key := strings.Repeat("%C3%BC", 512)
	w.put("/"+b+"/"+key, "x")
	w.ok(send("/"+b+"/"+key, "", copySource, b+"/"+key, "X-Amz-Metadata-Directive", "REPLACE", "X-Amz-Meta-M", long[:2<<10-1]))
}
