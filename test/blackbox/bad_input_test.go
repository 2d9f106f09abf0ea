package blackbox

import (
	"bytes"
	"crypto/tls"
	"encoding/xml"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7/pkg/signer"
)

// s3Error is S3's error document.
type s3Error struct {
	XMLName                  xml.Name `xml:"Error"`
	Code, Message, RequestID string
}

// TestBadRequestsGetTheExactError sends what is wrong in each way and reads S3's code and status; nothing changes.
func TestBadRequestsGetTheExactError(t *testing.T) {
	s := Start(t, t.TempDir())
	pair := s.OwnerKey(t)
	if err := s.Minio(t, pair).MakeBucket(t.Context(), "bucket", minioNoOptions); err != nil {
		t.Fatal(err)
	}
	wrongSecret := Pair{pair.Access, strings.Repeat("w", 40)}
	unknown := Pair{"AAAAAAAAAAAAAAAAAAAA", strings.Repeat("w", 40)}
	long := strings.Repeat("k", 1025)
	for _, c := range []struct {
		name         string
		pair         Pair
		method, path string
		body         string
		edit, after  func(*http.Request) // before and after signing
		status       int
		code         string
	}{
		{"unknown access key", unknown, "GET", "/", "", nil, nil, 403, "InvalidAccessKeyId"},
		{"wrong secret", wrongSecret, "GET", "/", "", nil, nil, 403, "SignatureDoesNotMatch"},
		{"changed after signing", pair, "GET", "/bucket", "", nil, func(r *http.Request) { r.URL.RawQuery = "prefix=x" }, 403, "SignatureDoesNotMatch"},
		{"skewed clock", pair, "GET", "/", "", nil, func(r *http.Request) { resign(r, pair, time.Now().Add(-20*time.Minute)) }, 403, "RequestTimeTooSkewed"},
		{"no signature", pair, "GET", "/bucket", "", nil, func(r *http.Request) { r.Header.Del("Authorization") }, 403, "AccessDenied"},
		{"malformed authorization", pair, "GET", "/", "", nil, func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=x") }, 400, "AuthorizationHeaderMalformed"},
		{"bad bucket name", pair, "PUT", "/Bad_Bucket!", "", nil, nil, 400, "InvalidBucketName"},
		{"no such bucket", pair, "GET", "/absent-bucket", "", nil, nil, 404, "NoSuchBucket"},
		{"no such key", pair, "GET", "/bucket/absent", "", nil, nil, 404, "NoSuchKey"},
		{"key too long", pair, "PUT", "/bucket/" + long, "x", nil, nil, 400, "KeyTooLongError"},
		{"malformed XML", pair, "POST", "/bucket?delete", "<Delete><Object>", nil, nil, 400, "MalformedXML"},
		{"wrong digest", pair, "PUT", "/bucket/x", "x", func(r *http.Request) { r.Header.Set("Content-Md5", "1B2M2Y8AsgTpgAmY7PhCfg==") }, nil, 400, "BadDigest"},
		{"malformed digest", pair, "PUT", "/bucket/x", "x", func(r *http.Request) { r.Header.Set("Content-Md5", "nonsense") }, nil, 400, "InvalidDigest"},
		{"wrong checksum", pair, "PUT", "/bucket/x", "x", func(r *http.Request) { r.Header.Set("X-Amz-Checksum-Crc32", "AAAAAA==") }, nil, 400, "BadDigest"},
		{"absent operation", pair, "GET", "/bucket?metadataTable", "", nil, nil, 501, "NotImplemented"},
		{"bucket exists", pair, "PUT", "/bucket", "", nil, nil, 409, "BucketAlreadyOwnedByYou"},
		{"bad list argument", pair, "GET", "/bucket?list-type=2&max-keys=many", "", nil, nil, 400, "InvalidArgument"},
	} {
		t.Run(c.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), c.method, s.S3URL+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if c.edit != nil {
				c.edit(req)
			}
			req.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
			req = signer.SignV4(*req, c.pair.Access, c.pair.Secret, "", "local-1")
			if c.after != nil {
				c.after(req)
			}
			status, e := do(t, req)
			if status != c.status || e.Code != c.code || e.Message == "" {
				t.Errorf("got %d %s %q, wanted %d %s", status, e.Code, e.Message, c.status, c.code)
			}
		})
	}
	for o := range s.Minio(t, pair).ListObjects(t.Context(), "bucket", minioListAll) {
		t.Errorf("a refused request left %q behind (%v)", o.Key, o.Err)
	}
}

// resign signs a request as if it were made at another time.
func resign(r *http.Request, p Pair, at time.Time) {
	r.Header.Del("Authorization")
	r.Header.Set("X-Amz-Date", at.UTC().Format("20060102T150405Z"))
	day := at.UTC().Format("20060102")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+p.Access+"/"+day+
		"/local-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature="+strings.Repeat("0", 64))
}

func do(t *testing.T, req *http.Request) (int, s3Error) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var e s3Error
	if len(raw) > 0 {
		if err := xml.Unmarshal(raw, &e); err != nil {
			t.Errorf("no error document: %v in %q", err, raw)
		}
	}
	if resp.Header.Get("X-Amz-Request-Id") == "" {
		t.Error("no x-amz-request-id")
	}
	return resp.StatusCode, e
}

// TestOversizedHead: a head above the limit is refused and the connection closed, on both listeners.
func TestOversizedHead(t *testing.T) {
	s := Start(t, t.TempDir())
	for _, url := range []string{s.S3URL, s.ControlURL} {
		c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(20 * time.Second))
		go c.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\nX-Large: " + strings.Repeat("a", 200<<10) + "\r\n\r\n"))
		answer, _ := io.ReadAll(c)
		if !bytes.HasPrefix(answer, []byte("HTTP/1.1 431")) && !bytes.HasPrefix(answer, []byte("HTTP/1.1 400")) {
			t.Errorf("%s: %.60q", url, answer)
		}
	}
}

// TestSelfSignedTLS: both listeners speak TLS with a certificate made for trial.
func TestSelfSignedTLS(t *testing.T) {
	insecure := http.DefaultTransport.(*http.Transport).Clone()
	insecure.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	s := StartWith(t, &http.Client{Transport: insecure}, t.TempDir(), "--tls-self-signed")
	for _, url := range []string{s.S3URL, s.ControlURL} {
		if !strings.HasPrefix(url, "https://") {
			t.Errorf("the banner says %s", url)
		}
	}
}
