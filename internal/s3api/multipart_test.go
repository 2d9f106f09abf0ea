package s3api

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"coffer/internal/errs"
	"coffer/internal/object"
	"coffer/internal/s3xml"
)

const mib = 1 << 20

// begin starts an upload and returns its id.
func (w *world) begin(uri string, header map[string]string) string {
	w.t.Helper()
	return w.ok(request{as: "owner", method: "POST", uri: uri + "?uploads", header: header}).element("UploadId")
}

// complete asks for completion with the parts given as number, ETag, number, ETag.
func complete(uri, id string, parts ...string) request {
	var b strings.Builder
	for i := 0; i+1 < len(parts); i += 2 {
		etag := &strings.Builder{}
		_ = xml.EscapeText(etag, []byte(parts[i+1]))
		fmt.Fprintf(&b, "<Part><PartNumber>%s</PartNumber><ETag>%s</ETag></Part>", parts[i], etag)
	}
	return request{as: "owner", method: "POST", uri: uri + "?uploadId=" + id, body: "<CompleteMultipartUpload>" + b.String() + "</CompleteMultipartUpload>"}
}

func TestMultipart(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	uri := "/" + b + "/dir/big&key"
	made := w.ok(request{as: "owner", method: "POST", uri: uri + "?uploads=", header: map[string]string{"Content-Type": "text/m", "X-Amz-Meta-A": "1", "X-Amz-Tagging": "t=1"}})
	id := made.element("UploadId")
	w.golden("create-upload.xml", made.body, b, "BUCKET", id, "UPLOAD")
	one, two := strings.Repeat("1", 5*mib), "two"
	part := func(n int, body string) string {
		a := w.put(fmt.Sprintf("%s?partNumber=%d&uploadId=%s", uri, n, id), body)
		return a.header["ETag"][0]
	}
	e2 := part(2, two)
	e1 := part(1, one)
	if e2 != `"`+md5Of(two)+`"` {
		t.Errorf("a part's ETag is %s", e2)
	}
	w.golden("list-parts.xml", w.get(uri+"?uploadId="+id).body, b, "BUCKET", id, "UPLOAD")
	w.golden("list-uploads.xml", w.get("/"+b+"?uploads&delimiter=/&prefix=dir/").body, b, "BUCKET", id, "UPLOAD")
	if a := w.get("/" + b + "?uploads&delimiter=/"); a.element("CommonPrefixes") != "<Prefix>dir/</Prefix>" || a.element("Upload") != "" {
		t.Error(a.body)
	}
	if a := w.get(uri + "?max-parts=1&uploadId=" + id); a.element("IsTruncated") != "true" || a.element("NextPartNumberMarker") != "1" {
		t.Error(a.body)
	}
	if a := w.get(uri + "?part-number-marker=1&uploadId=" + id); len(a.elements("Part")) != 1 || a.element("PartNumber") != "2" {
		t.Error(a.body)
	}
	w.refused(request{as: "owner", uri: uri}, 404, "NoSuchKey")
	w.refused(complete(uri, id, "2", e2, "1", e1), 400, "InvalidPartOrder")
	if a := w.refused(complete(uri, id, "1", e1, "2", `"0123"`), 400, "InvalidPart"); a.element("PartNumber") != "2" || a.element("ETag") != "0123" || a.element("UploadId") != id {
		t.Error(a.body)
	}
	w.refused(complete(uri, id, "1", e1, "3", e2), 400, "InvalidPart")
	w.refused(complete(uri, id, "0", e1), 400, "InvalidArgument")
	w.refused(complete(uri, "nonsense", "1", e1), 404, "NoSuchUpload")
	for _, body := range []string{"<CompleteMultipartUpload/>", "x", "<CompleteMultipartUpload><Part/></CompleteMultipartUpload>", "<CompleteMultipartUpload><Part><PartNumber>x</PartNumber><ETag>y</ETag></Part></CompleteMultipartUpload>"} {
		w.refused(request{as: "owner", method: "POST", uri: uri + "?uploadId=" + id, body: body}, 400, "MalformedXML")
	}
	w.refused(request{as: "owner", method: "POST", uri: uri + "?uploadId=" + id}, 400, "InvalidRequest")
	done := w.ok(complete(uri, id, "1", e1, "2", e2))
	w.golden("complete-upload.xml", done.body, b, "BUCKET")
	a := w.ok(request{as: "owner", method: "HEAD", uri: uri})
	if !strings.HasSuffix(a.header["ETag"][0], `-2"`) || a.header.Get("Content-Length") != itoa(5*mib+3) || a.header.Get("Content-Type") != "text/m" || a.header["x-amz-meta-a"][0] != "1" || a.header["x-amz-tagging-count"][0] != "1" {
		t.Errorf("the object: %v", a.header)
	}
	if a := w.get(uri + "?partNumber=2"); a.status != 206 || a.body != two || a.header["x-amz-mp-parts-count"][0] != "2" || a.header.Get("Content-Range") != fmt.Sprintf("bytes %d-%d/%d", 5*mib, 5*mib+2, 5*mib+3) {
		t.Errorf("part 2: %d %q %v", a.status, a.body, a.header)
	}
	a = w.refused(request{as: "owner", uri: uri + "?partNumber=3"}, 416, "InvalidPartNumber")
	w.refused(request{as: "owner", uri: uri + "?partNumber=10001"}, 400, "InvalidArgument")
	if a := w.ok(request{as: "owner", uri: uri, header: map[string]string{"Range": "bytes=5242878-5242881"}}); a.body != "11tw" {
		t.Errorf("a range over parts: %q", a.body)
	}
	w.refused(request{as: "owner", uri: uri + "?uploadId=" + id}, 404, "NoSuchUpload")
}

func TestAbortUpload(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	id := w.begin("/"+b+"/k", nil)
	w.put("/"+b+"/k?partNumber=1&uploadId="+id, "x")
	if a := w.ok(request{as: "owner", method: "DELETE", uri: "/" + b + "/k?uploadId=" + id}); a.status != 204 {
		t.Errorf("got %d", a.status)
	}
	a := w.refused(request{as: "owner", method: "DELETE", uri: "/" + b + "/k?uploadId=" + id}, 404, "NoSuchUpload")
	if a.element("UploadId") != id {
		t.Error(a.body)
	}
	w.refused(request{as: "owner", method: "PUT", uri: "/" + b + "/k?partNumber=1&uploadId=" + id, body: "x"}, 404, "NoSuchUpload")
	w.refused(request{as: "owner", uri: "/" + b + "/k?uploadId="}, 404, "NoSuchUpload")
}

func TestSmallParts(t *testing.T) {
	w := newWorld(t)
	uri := "/" + w.bucket() + "/k"
	id := w.begin(uri, nil)
	e1 := w.put(uri+"?partNumber=1&uploadId="+id, "small").header["ETag"][0]
	e2 := w.put(uri+"?partNumber=2&uploadId="+id, "last").header["ETag"][0]
	if a := w.refused(complete(uri, id, "1", e1, "2", e2), 400, "EntityTooSmall"); a.element("PartNumber") != "1" {
		t.Error(a.body)
	}
	w.ok(complete(uri, id, "1", e1))
	if a := w.get(uri); a.body != "small" {
		t.Errorf("got %q", a.body)
	}
}

func TestCopyPart(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	w.put("/"+b+"/src", "0123456789")
	uri := "/" + b + "/k"
	id := w.begin(uri, nil)
	cp := func(header ...string) request {
		h := map[string]string{copySource: b + "/src"}
		for i := 0; i+1 < len(header); i += 2 {
			h[header[i]] = header[i+1]
		}
		return request{as: "owner", method: "PUT", uri: uri + "?partNumber=1&uploadId=" + id, header: h}
	}
	a := w.ok(cp("X-Amz-Copy-Source-Range", "bytes=2-5"))
	w.golden("copy-part.xml", a.body)
	for _, r := range []string{"2-5", "bytes=-5", "bytes=2-", "bytes=5-2", "x"} {
		w.refused(cp("X-Amz-Copy-Source-Range", r), 400, "InvalidArgument")
	}
	if a := w.do(cp("X-Amz-Copy-Source-Range", "bytes=5-99")); a.status/100 != 4 {
		t.Errorf("a range past the end: %d %s", a.status, a.body)
	}
	w.refused(cp(copySource, b+"/none"), 404, "NoSuchKey")
	w.refused(cp("X-Amz-Copy-Source-If-Match", "x"), 412, "PreconditionFailed")
	w.ok(complete(uri, id, "1", strings.ReplaceAll(a.element("ETag"), "&quot;", `"`)))
	if a := w.get(uri); a.body != "2345" {
		t.Errorf("got %q", a.body)
	}
}

// TestMultipartChecksums: a full-object checksum over parts, said at completion, is verified and told with each part.
func TestMultipartChecksums(t *testing.T) {
	w := newWorld(t)
	b := w.bucket()
	for _, typ := range []string{"FULL_OBJECT", "COMPOSITE"} {
		uri := "/" + b + "/" + typ
		a := w.ok(request{as: "owner", method: "POST", uri: uri + "?uploads", header: map[string]string{"X-Amz-Checksum-Algorithm": "CRC32", "X-Amz-Checksum-Type": typ}})
		id := a.element("UploadId")
		if a.header["x-amz-checksum-algorithm"][0] != "CRC32" || a.header["x-amz-checksum-type"][0] != typ {
			t.Errorf("create: %v", a.header)
		}
		one := strings.Repeat("a", 5*mib)
		var doc strings.Builder
		for i, body := range []string{one, "tail"} {
			p := w.ok(request{as: "owner", method: "PUT", uri: fmt.Sprintf("%s?partNumber=%d&uploadId=%s", uri, i+1, id), body: body, header: map[string]string{"X-Amz-Checksum-Crc32": crc32Of(body)}})
			if p.header["x-amz-checksum-crc32"][0] != crc32Of(body) {
				t.Errorf("part: %v", p.header)
			}
			fmt.Fprintf(&doc, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag><ChecksumCRC32>%s</ChecksumCRC32></Part>", i+1, md5Of(body), crc32Of(body))
		}
		q := request{as: "owner", method: "POST", uri: uri + "?uploadId=" + id, body: "<CompleteMultipartUpload>" + doc.String() + "</CompleteMultipartUpload>"}
		if typ == "FULL_OBJECT" {
			q.header = map[string]string{"X-Amz-Checksum-Crc32": "AAAAAA==", "X-Amz-Checksum-Type": typ}
			w.refused(q, 400, "BadDigest")
			q.header = map[string]string{"X-Amz-Checksum-Crc32": crc32Of(one + "tail"), "X-Amz-Checksum-Type": typ, "X-Amz-Mp-Object-Size": itoa(5*mib + 4)}
		}
		a = w.ok(q)
		want := crc32Of(one + "tail")
		if typ == "COMPOSITE" {
			want = a.element("ChecksumCRC32")
			if !strings.HasSuffix(want, "-2") {
				t.Errorf("composite: %s", a.body)
			}
		}
		if a.element("ChecksumCRC32") != want || a.element("ChecksumType") != typ {
			t.Error(a.body)
		}
		h := w.ok(request{as: "owner", method: "HEAD", uri: uri, header: map[string]string{"X-Amz-Checksum-Mode": "ENABLED"}})
		if h.header["x-amz-checksum-crc32"][0] != want || h.header["x-amz-checksum-type"][0] != typ {
			t.Errorf("HEAD: %v", h.header)
		}
		g := w.ok(request{as: "owner", uri: uri + "?partNumber=2", header: map[string]string{"X-Amz-Checksum-Mode": "ENABLED"}})
		if sum := g.header["x-amz-checksum-crc32"]; len(sum) != 1 || sum[0] != crc32Of("tail") {
			t.Errorf("a part's checksum: %v", g.header)
		}
		at := w.ok(request{as: "owner", uri: uri + "?attributes", header: map[string]string{"X-Amz-Object-Attributes": "ETag,Checksum,ObjectParts,StorageClass,ObjectSize"}})
		w.golden("attributes-"+typ+".xml", at.body)
		at = w.ok(request{as: "owner", uri: uri + "?attributes", header: map[string]string{"X-Amz-Object-Attributes": "ObjectParts", "X-Amz-Max-Parts": "1", "X-Amz-Part-Number-Marker": "1"}})
		if len(at.elements("Part")) != 1 || at.element("PartNumber") != "2" || at.element("IsTruncated") != "false" {
			t.Error(at.body)
		}
	}
	w.refused(request{as: "owner", method: "POST", uri: "/" + b + "/k?uploads", header: map[string]string{"X-Amz-Checksum-Type": "COMPOSITE"}}, 400, "InvalidRequest")
	w.refused(request{as: "owner", uri: "/" + b + "/FULL_OBJECT?attributes"}, 400, "InvalidRequest")
	w.refused(request{as: "owner", uri: "/" + b + "/FULL_OBJECT?attributes", header: map[string]string{"X-Amz-Object-Attributes": "Size"}}, 400, "InvalidArgument")
	w.refused(request{as: "owner", uri: "/" + b + "/none?attributes", header: map[string]string{"X-Amz-Object-Attributes": "Size"}}, 400, "InvalidArgument")
	w.refused(request{as: "owner", uri: "/" + b + "/none?attributes", header: map[string]string{"X-Amz-Object-Attributes": "ETag"}}, 404, "NoSuchKey")
}

// slowObjects takes its time to complete.
type slowObjects struct {
	object.API
	wait chan struct{}
	fail error
}

func (s *slowObjects) CompleteUpload(ctx context.Context, in *object.CompleteUpload) (*object.Object, error) {
	<-s.wait
	if s.fail != nil {
		return nil, s.fail
	}
	return s.API.CompleteUpload(ctx, in)
}

// TestPatience: an operation that takes long begins its answer with blanks; what follows is one well-formed document, also of an error.
func TestPatience(t *testing.T) {
	for _, fail := range []bool{false, true} {
		slow := &slowObjects{wait: make(chan struct{})}
		w := newWorld(t, func(c *Config) {
			slow.API = c.Objects
			c.Objects, c.Patience = slow, time.Microsecond
		})
		if fail {
			slow.fail = errs.New(errs.Invalid, "InvalidPart", "")
		}
		uri := "/" + w.bucket() + "/k"
		id := w.begin(uri, nil)
		e := w.put(uri+"?partNumber=1&uploadId="+id, "x").header["ETag"][0]
		rec := &flushWatch{flushed: make(chan struct{}, 100)}
		done := make(chan struct{})
		q := complete(uri, id, "1", e)
		r := w.build(&q)
		go func() { defer close(done); w.h.ServeHTTP(rec.start(), r) }()
		<-rec.flushed
		<-rec.flushed
		close(slow.wait)
		<-done
		a := rec.reply()
		want := "CompleteMultipartUploadResult"
		if fail {
			want = "Error"
		}
		if a.status != 200 || !strings.HasPrefix(a.body, s3xml.Header+" ") || a.element(want) == "" || strings.Count(a.body, "<?xml") != 1 {
			t.Errorf("got %d %q", a.status, a.body)
		}
		if fail && a.code() != "InvalidPart" {
			t.Errorf("the error: %s", a.body)
		}
	}
}

// flushWatch is a recorder that tells of each flush.
type flushWatch struct {
	*httptest.ResponseRecorder
	flushed chan struct{}
}

func (f *flushWatch) start() http.ResponseWriter {
	f.ResponseRecorder = httptest.NewRecorder()
	return f
}

func (f *flushWatch) Flush() {
	f.ResponseRecorder.Flush()
	f.flushed <- struct{}{}
}

func (f *flushWatch) reply() reply {
	res := f.Result()
	b, _ := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, string(b)}
}
