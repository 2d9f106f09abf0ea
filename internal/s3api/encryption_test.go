package s3api

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"coffer/internal/ident"
	"coffer/internal/meta"
)

const sseHeader = "X-Amz-Server-Side-Encryption"

// ownKey are the headers of a client's own key; source: of a copy's source.
func ownKey(fill byte, source bool) map[string]string {
	raw := bytes.Repeat([]byte{fill}, 32)
	sum := md5.Sum(raw)
	prefix := sseHeader + "-Customer-"
	if source {
		prefix = "X-Amz-Copy-Source-Server-Side-Encryption-Customer-"
	}
	return map[string]string{prefix + "Algorithm": "AES256", prefix + "Key": base64.StdEncoding.EncodeToString(raw), prefix + "Key-MD5": base64.StdEncoding.EncodeToString(sum[:])}
}

func both(a, b map[string]string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, a)
	maps.Copy(all, b)
	return all
}

// overTLS makes a request come as if by TLS.
func overTLS(r *http.Request) { r.TLS = &tls.ConnectionState{Version: tls.VersionTLS13} }

// secure is a request of the owner's over TLS.
func secure(method, uri, body string, header map[string]string) request {
	return request{as: "owner", method: method, uri: uri, body: body, header: header, mangle: overTLS}
}

// encryptionOf is what an answer's headers say about encryption.
func encryptionOf(a reply) string {
	h := func(name string) string { return strings.Join(a.header[name], ",") }
	return strings.TrimSpace(h("x-amz-server-side-encryption") + " " + h("x-amz-server-side-encryption-aws-kms-key-id") + " " +
		h("x-amz-server-side-encryption-bucket-key-enabled") + " " + h("x-amz-server-side-encryption-customer-algorithm"))
}

// atRest reports whether the stores hold the text: in the folder of blobs, or in a row of the bucket.
func (w *world) atRest(bucket, text string) bool {
	w.t.Helper()
	found := false
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		found = found || bytes.Contains(raw, []byte(text))
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	b, err := w.objects.Bucket(context.Background(), ident.BucketName(bucket))
	if err != nil {
		w.t.Fatal(err)
	}
	err = w.rows.View(context.Background(), "b/"+meta.Partition(b.ID), func(r meta.Reader) error {
		for k := meta.Kind(1); k < 32; k++ {
			_, err := r.Scan(k, nil, nil, meta.Budget{Rows: 1000}, func(_, _, value []byte) ([]byte, error) {
				found = found || bytes.Contains(value, []byte(text))
				return nil, nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// secretBody is content in which a mark can be searched for.
func secretBody(mark string, n int) string { return strings.Repeat(mark+" ", n/(len(mark)+1)+1)[:n] }

// kmsKey makes a named key once.
func (w *world) kmsKey(name string) string {
	w.t.Helper()
	if _, err := w.ring.AddNamed(context.Background(), name); err != nil {
		w.t.Fatal(err)
	}
	return name
}

// TestEncryption: by each way, in each home, an object is told as encrypted, reads back whole and by range, and does not lie in the stores.
func TestEncryption(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	key := w.kmsKey("ledger")
	for _, size := range []int{100, 50_000, 3 << 20} {
		for name, c := range map[string]struct {
			ask, show map[string]string
			told      string
		}{
			"s3":     {map[string]string{sseHeader: "AES256"}, nil, "AES256"},
			"kms":    {map[string]string{sseHeader: "aws:kms", sseHeader + "-Aws-Kms-Key-Id": key, sseHeader + "-Bucket-Key-Enabled": "true"}, nil, "aws:kms ledger true"},
			"client": {ownKey(1, false), ownKey(1, false), "AES256"},
		} {
			mark := fmt.Sprintf("mark-%s-%d", name, size)
			body := secretBody(mark, size)
			uri := fmt.Sprintf("/%s/%s/%d", b, name, size) // keys do lie in the stores
			p := w.ok(secure("PUT", uri, body, c.ask))
			if got := encryptionOf(p); got != c.told {
				t.Errorf("%s: PUT tells %q, want %q", mark, got, c.told)
			}
			if plain := p.header["ETag"][0] == `"`+md5Of(body)+`"`; plain != (name == "s3") {
				t.Errorf("%s: ETag %v", mark, p.header["ETag"])
			}
			g := w.ok(secure("GET", uri, "", c.show))
			if g.body != body || encryptionOf(g) != c.told || g.header["ETag"][0] != p.header["ETag"][0] {
				t.Errorf("%s: GET gives %d bytes and tells %q", mark, len(g.body), encryptionOf(g))
			}
			if h := w.ok(secure("HEAD", uri, "", c.show)); encryptionOf(h) != c.told || h.header.Get("Content-Length") != itoa(int64(size)) {
				t.Errorf("%s: HEAD tells %q", mark, encryptionOf(h))
			}
			if r := w.ok(secure("GET", uri, "", both(c.show, map[string]string{"Range": fmt.Sprintf("bytes=%d-%d", size/2, size-3)}))); r.status != 206 || r.body != body[size/2:size-2] {
				t.Errorf("%s: a range gives %d bytes", mark, len(r.body))
			}
			attributes := w.ok(secure("GET", uri+"?attributes", "", both(c.show, map[string]string{"X-Amz-Object-Attributes": "ObjectSize"})))
			if attributes.element("ObjectSize") != itoa(int64(size)) {
				t.Errorf("%s: %s", mark, attributes.body)
			}
			if w.atRest(b, mark) {
				t.Errorf("%s lies in the stores", mark)
			}
		}
	}
	w.put("/"+b+"/unsealed", secretBody("mark-plain", 50_000))
	if !w.atRest(b, "mark-plain") {
		t.Error("the search finds nothing that is stored as it is")
	}
	w.put("/"+b+"/unsealed", "mark-small")
	if !w.atRest(b, "mark-small") {
		t.Error("the search finds no content of rows")
	}
}

// TestCustomerKeyRefusals: what is wrong with a client's key is told in S3's words, and nothing is given for it.
func TestCustomerKeyRefusals(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	own, plain := "/"+b+"/own", "/"+b+"/plain"
	w.ok(secure("PUT", own, "content", ownKey(1, false)))
	w.put(plain, "content")
	for _, method := range []string{"GET", "HEAD"} {
		w.refused(secure(method, own, "", nil), 400, "InvalidRequest")
		w.refused(secure(method, own, "", ownKey(2, false)), 403, "AccessDenied")
		w.refused(secure(method, plain, "", ownKey(1, false)), 400, "InvalidRequest")
		w.refused(secure(method, plain, "", map[string]string{sseHeader: "AES256"}), 400, "InvalidArgument")
		w.refused(request{as: "owner", method: method, uri: own, header: ownKey(1, false)}, 400, "InvalidRequest")
	}
	a := w.refused(request{as: "owner", method: "PUT", uri: plain, body: "x", header: ownKey(1, false)}, 400, "InvalidRequest")
	if !strings.Contains(a.body, "must be made over a secure connection") {
		t.Error(a.body)
	}
	w.refused(secure("GET", own+"?attributes", "", map[string]string{"X-Amz-Object-Attributes": "ETag"}), 400, "InvalidRequest")
	damaged := ownKey(1, false)
	damaged[sseHeader+"-Customer-Key-MD5"] = ownKey(2, false)[sseHeader+"-Customer-Key-MD5"]
	w.refused(secure("PUT", plain, "x", damaged), 400, "InvalidArgument")
	w.refused(secure("PUT", plain, "x", both(ownKey(1, false), map[string]string{sseHeader: "AES256"})), 400, "InvalidArgument")
	w.refused(secure("PUT", plain, "x", map[string]string{sseHeader: "aws:kms", sseHeader + "-Aws-Kms-Key-Id": "nobody"}), 400, "KMS.NotFoundException")
	w.refused(secure("PUT", "/"+b+"2", "", map[string]string{sseHeader: "AES256"}), 501, "NotImplemented")
	if a := w.get(plain); a.body != "content" {
		t.Errorf("a refused write left %q", a.body)
	}
	// The setting opens it to this machine alone.
	loose := newWorld(t, func(c *Config) { c.InsecureSSEC = true })
	loose.refused(request{as: "owner", uri: own, header: ownKey(1, false)}, 400, "InvalidRequest")
	here := request{as: "owner", uri: own, header: ownKey(1, false), mangle: func(r *http.Request) { r.RemoteAddr = "127.0.0.1:5" }}
	if a := loose.ok(here); a.body != "content" {
		t.Errorf("%q", a.body)
	}
}

// TestEncryptedCopies: a copy is encrypted as its own request and bucket say, and opens its source with the source's key.
func TestEncryptedCopies(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	src := "/" + b + "/src"
	w.ok(secure("PUT", src, "content", ownKey(1, false)))
	from := map[string]string{"X-Amz-Copy-Source": src}
	w.refused(secure("PUT", "/"+b+"/a", "", from), 400, "InvalidRequest")
	w.refused(secure("PUT", "/"+b+"/a", "", both(from, ownKey(2, true))), 403, "AccessDenied")
	w.refused(request{as: "owner", method: "PUT", uri: "/" + b + "/a", header: both(from, ownKey(1, true))}, 400, "InvalidRequest")
	w.refused(secure("PUT", "/"+b+"/a", "x", ownKey(1, true)), 501, "NotImplemented")
	w.ok(secure("PUT", "/"+b+"/plain", "", both(from, ownKey(1, true))))
	if a := w.get("/" + b + "/plain"); a.body != "content" || encryptionOf(a) != "" {
		t.Errorf("%q %q", a.body, encryptionOf(a))
	}
	if a := w.ok(secure("PUT", "/"+b+"/own", "", both(both(from, ownKey(1, true)), ownKey(2, false)))); encryptionOf(a) != "AES256" {
		t.Errorf("a copy tells %q", encryptionOf(a))
	}
	if a := w.ok(secure("GET", "/"+b+"/own", "", ownKey(2, false))); a.body != "content" {
		t.Errorf("%q", a.body)
	}
	w.ok(secure("PUT", src, "", both(from, both(ownKey(1, true), ownKey(3, false)))))
	w.ok(secure("PUT", src, "", both(from, ownKey(3, true))))
	if a := w.get(src); a.body != "content" || encryptionOf(a) != "" {
		t.Errorf("decrypted in place: %q %q", a.body, encryptionOf(a))
	}
	// Changing its encryption is a reason to copy an object onto itself.
	self := map[string]string{"X-Amz-Copy-Source": "/" + b + "/plain"}
	w.refused(secure("PUT", "/"+b+"/plain", "", self), 400, "InvalidRequest")
	w.ok(secure("PUT", "/"+b+"/plain", "", both(self, map[string]string{"X-Amz-Storage-Class": "STANDARD"})))
	w.ok(secure("PUT", "/"+b+"/plain", "", both(self, map[string]string{"X-Amz-Website-Redirect-Location": "/there"})))
	w.ok(secure("PUT", "/"+b+"/plain", "", both(self, map[string]string{sseHeader: "AES256"})))
	w.ok(secure("PUT", "/"+b+"?encryption", "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>", nil))
	w.refused(secure("PUT", "/"+b+"/plain", "", self), 400, "InvalidRequest") // the bucket's default asks for nothing
	w.ok(secure("DELETE", "/"+b+"?encryption", "", nil))
	if a := w.get("/" + b + "/plain"); a.body != "content" || encryptionOf(a) != "AES256" {
		t.Errorf("%q %q", a.body, encryptionOf(a))
	}
}

// TestEncryptedUploads: every part of an upload under a client's key needs that key.
func TestEncryptedUploads(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	uri := "/" + b + "/up"
	start := w.ok(secure("POST", uri+"?uploads", "", ownKey(1, false)))
	if encryptionOf(start) != "AES256" {
		t.Errorf("told as %q", encryptionOf(start))
	}
	id := start.element("UploadId")
	part := func(n int) string { return fmt.Sprintf("%s?partNumber=%d&uploadId=%s", uri, n, id) }
	body := secretBody("mark-part", 5<<20)
	w.refused(secure("PUT", part(1), body, nil), 400, "InvalidRequest")
	w.refused(secure("PUT", part(1), body, ownKey(2, false)), 400, "InvalidRequest")
	w.refused(secure("PUT", part(1), body, map[string]string{sseHeader: "AES256"}), 400, "InvalidRequest")
	p1 := w.ok(secure("PUT", part(1), body, ownKey(1, false)))
	w.put("/"+b+"/src", "0123456789")
	p2 := w.ok(secure("PUT", part(2), "", both(ownKey(1, false), map[string]string{"X-Amz-Copy-Source": "/" + b + "/src", "X-Amz-Copy-Source-Range": "bytes=2-5"})))
	if encryptionOf(p1) != "AES256" || encryptionOf(p2) != "AES256" {
		t.Errorf("parts are told as %q and %q", encryptionOf(p1), encryptionOf(p2))
	}
	doc := fmt.Sprintf("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>%s</ETag></Part><Part><PartNumber>2</PartNumber><ETag>%s</ETag></Part></CompleteMultipartUpload>",
		p1.header["ETag"][0], p2.element("ETag"))
	w.refused(secure("POST", uri+"?uploadId="+id, doc, ownKey(2, false)), 400, "InvalidRequest")
	w.ok(secure("POST", uri+"?uploadId="+id, doc, nil))
	w.refused(secure("GET", uri, "", ownKey(2, false)), 403, "AccessDenied")
	if a := w.ok(secure("GET", uri, "", ownKey(1, false))); a.body != body+"2345" {
		t.Errorf("%d bytes", len(a.body))
	}
	if a := w.ok(secure("GET", uri+"?partNumber=2", "", ownKey(1, false))); a.body != "2345" {
		t.Errorf("part 2 is %q", a.body)
	}
	// Some clients repeat the method with each part and at the end: it must be the upload's.
	for method, told := range map[string]string{"": "", "AES256": "AES256"} {
		var ask map[string]string
		if method != "" {
			ask = map[string]string{sseHeader: method}
		}
		id := w.ok(secure("POST", uri+"?uploads", "", ask)).element("UploadId")
		up := uri + "?partNumber=1&uploadId=" + id
		if told == "" {
			w.refused(secure("PUT", up, "x", map[string]string{sseHeader: "AES256"}), 400, "InvalidRequest")
		} else if a := w.ok(secure("PUT", up, "x", map[string]string{sseHeader: "AES256"})); encryptionOf(a) != told {
			t.Errorf("a part is told as %q", encryptionOf(a))
		}
		w.refused(secure("PUT", up, "x", map[string]string{sseHeader: "aws:kms"}), 400, "InvalidRequest")
		doc := "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + w.ok(secure("PUT", up, "x", ask)).header["ETag"][0] +
			"</ETag></Part></CompleteMultipartUpload>"
		w.refused(secure("POST", uri+"?uploadId="+id, doc, map[string]string{sseHeader: "aws:kms"}), 400, "InvalidRequest")
		if a := w.ok(secure("POST", uri+"?uploadId="+id, doc, ask)); encryptionOf(a) != told {
			t.Errorf("the object is told as %q", encryptionOf(a))
		}
	}
	if w.atRest(b, "mark-part") {
		t.Error("a part lies in the stores")
	}
}

func encryptionDoc(inner string) string {
	return `<ServerSideEncryptionConfiguration><Rule>` + inner + `</Rule></ServerSideEncryptionConfiguration>`
}

func byDefault(algorithm, key string) string {
	if key != "" {
		key = "<KMSMasterKeyID>" + key + "</KMSMasterKeyID>"
	}
	return "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>" + algorithm + "</SSEAlgorithm>" + key + "</ApplyServerSideEncryptionByDefault>"
}

// TestBucketEncryption: a bucket's rule is what new objects are encrypted by, however they come; the request's own word wins.
func TestBucketEncryption(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	uri := "/" + b + "?encryption"
	w.refused(request{as: "owner", uri: uri}, 404, "ServerSideEncryptionConfigurationNotFoundError")
	w.put("/"+b+"/before", "content")
	w.ok(secure("PUT", uri, encryptionDoc(byDefault("AES256", "")), nil))
	w.golden("encryption.xml", w.get(uri).body)
	for name, a := range map[string]reply{
		"put":    w.put("/"+b+"/put", "mark-default"),
		"copy":   w.ok(secure("PUT", "/"+b+"/copy", "", map[string]string{"X-Amz-Copy-Source": "/" + b + "/before"})),
		"upload": w.ok(secure("POST", "/"+b+"/upload?uploads", "", nil)),
		"form":   w.post(b, "mark-default", append(w.signedForm("owner", now.Add(60e9), `["eq","$key","form"],{"bucket":"`+b+`"}`), "key", "form")...),
		"get":    w.get("/" + b + "/put"),
	} {
		if encryptionOf(a) != "AES256" {
			t.Errorf("%s: told as %q (%d %s)", name, encryptionOf(a), a.status, a.body)
		}
	}
	if w.atRest(b, "mark-default") {
		t.Error("what the bucket encrypts lies in the stores")
	}
	if a := w.get("/" + b + "/before"); encryptionOf(a) != "" || a.body != "content" {
		t.Errorf("an object from before: %q", encryptionOf(a))
	}
	key := w.kmsKey("house")
	w.ok(secure("PUT", uri, encryptionDoc(byDefault("aws:kms", key)+"<BucketKeyEnabled>true</BucketKeyEnabled><BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>"), nil))
	w.golden("encryptionkms.xml", w.get(uri).body)
	if a := w.put("/"+b+"/kms", "x"); encryptionOf(a) != "aws:kms house true" {
		t.Errorf("told as %q", encryptionOf(a))
	}
	if a := w.ok(secure("PUT", "/"+b+"/s3", "x", map[string]string{sseHeader: "AES256"})); encryptionOf(a) != "AES256" {
		t.Errorf("told as %q", encryptionOf(a))
	}
	w.refused(secure("PUT", "/"+b+"/own", "x", ownKey(1, false)), 403, "AccessDenied")
	w.ok(secure("DELETE", uri, "", nil))
	w.refused(request{as: "owner", uri: uri}, 404, "ServerSideEncryptionConfigurationNotFoundError")
	if a := w.put("/"+b+"/after", "x"); encryptionOf(a) != "" {
		t.Errorf("told as %q", encryptionOf(a))
	}
	for _, as := range []string{"other", ""} {
		w.refused(request{as: as, uri: uri}, 403, "AccessDenied")
		w.refused(request{as: as, method: "PUT", uri: uri, body: encryptionDoc(byDefault("AES256", ""))}, 403, "AccessDenied")
		w.refused(request{as: as, method: "DELETE", uri: uri}, 403, "AccessDenied")
	}
}

func TestBadBucketEncryption(t *testing.T) {
	w := newWorld(t)
	uri := "/" + w.bucket() + "?encryption"
	for doc, code := range map[string]string{
		"":                                  "MissingRequestBodyError",
		"<x/>":                              "MalformedXML",
		encryptionDoc(""):                   "MalformedXML",
		encryptionDoc(byDefault("", "")):    "MalformedXML",
		encryptionDoc(byDefault("DES", "")): "MalformedXML",
		encryptionDoc(byDefault("AES256", "house")):                                        "InvalidArgument",
		encryptionDoc(byDefault("aws:kms:dsse", "")):                                       "NotImplemented",
		encryptionDoc(byDefault("AES256", "") + "<Other/>"):                                "MalformedXML",
		encryptionDoc(byDefault("AES256", "") + "<BucketKeyEnabled>2</BucketKeyEnabled>"):  "MalformedXML",
		encryptionDoc(byDefault("AES256", "") + "</Rule><Rule>" + byDefault("AES256", "")): "MalformedXML",
		"<ServerSideEncryptionConfiguration></ServerSideEncryptionConfiguration>":          "MalformedXML",
	} {
		if a := w.do(secure("PUT", uri, doc, nil)); a.code() != code {
			t.Errorf("%s: got %d %s, want %s", doc, a.status, a.code(), code)
		}
	}
	w.refused(request{as: "owner", uri: uri}, 404, "ServerSideEncryptionConfigurationNotFoundError")
}

// TestUnknownDefaultKey: S3 does not look whether the key of a default exists; nothing is stored under one that does not.
func TestUnknownDefaultKey(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.ok(secure("PUT", "/"+b+"?encryption", encryptionDoc(byDefault("aws:kms", "nobody")), nil))
	if a := w.get("/" + b + "?encryption"); a.element("KMSMasterKeyID") != "nobody" {
		t.Errorf("told back as %s", a.body)
	}
	w.refused(secure("PUT", "/"+b+"/k", "x", nil), 400, "KMS.NotFoundException")
	w.refused(request{as: "owner", uri: "/" + b + "/k"}, 404, "NoSuchKey")
	w.ok(secure("PUT", "/"+b+"/k", "x", map[string]string{sseHeader: "AES256"}))
}

// TestUpdateEncryption: an object moves under a named key and reads as before; what can't be changed is refused in AWS's words.
func TestUpdateEncryption(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	key := w.kmsKey("vault")
	doc := func(inner string) string {
		return `<ObjectEncryption xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` + inner + "</ObjectEncryption>"
	}
	to := func(name string) string { return doc("<SSE-KMS><KMSKeyArn>" + name + "</KMSKeyArn></SSE-KMS>") }
	uri := "/" + b + "/k"
	p := w.ok(secure("PUT", uri, "content", map[string]string{sseHeader: "AES256"}))
	w.ok(secure("PUT", uri+"?encryption", doc("<SSE-KMS><BucketKeyEnabled>true</BucketKeyEnabled><KMSKeyArn>arn:aws:kms:local-1:1:key/"+key+"</KMSKeyArn></SSE-KMS>"), nil))
	g := w.get(uri)
	if g.body != "content" || encryptionOf(g) != "aws:kms vault true" || g.header.Get("ETag") != p.header.Get("ETag") {
		t.Errorf("%q, %q, %v", g.body, encryptionOf(g), g.header)
	}
	w.put("/"+b+"/plain", "x")
	w.ok(secure("PUT", "/"+b+"/client", "x", ownKey(1, false)))
	for _, c := range []struct{ uri, body, code string }{
		{uri, "", "MissingRequestBodyError"},
		{uri, "<x/>", "MalformedXML"},
		{uri, doc(""), "InvalidRequest"},
		{uri, doc("<SSE-S3/>"), "InvalidRequest"},
		{uri, doc("<SSE-KMS/>"), "InvalidRequest"},
		{uri, doc("<SSE-KMS><KMSKeyArn>vault</KMSKeyArn><BucketKeyEnabled>maybe</BucketKeyEnabled></SSE-KMS>"), "InvalidRequest"},
		{uri, to("unheard-of"), "KMS.NotFoundException"},
		{"/" + b + "/none", to(key), "NoSuchKey"},
		{"/" + b + "/plain", to(key), "InvalidRequest"},
		{"/" + b + "/client", to(key), "InvalidRequest"},
	} {
		if a := w.do(secure("PUT", c.uri+"?encryption", c.body, nil)); a.code() != c.code {
			t.Errorf("%s %s: got %s, want %s", c.uri, c.body, a.body, c.code)
		}
	}
	w.refused(request{as: "other", method: "PUT", uri: uri + "?encryption", body: to(key)}, 403, "AccessDenied")
	w.refused(request{as: "other", method: "PUT", uri: "/" + b + "/none?encryption", body: to(key)}, 403, "AccessDenied")
}
