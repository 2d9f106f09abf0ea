package sigv4

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"coffer/internal/checksum"
)

// The examples of the AWS S3 API Reference, "Signature Calculations for the Authorization Header" (single and multiple chunks, trailing
// headers) and "Authenticating Requests: Using Query Parameters".
var (
	exampleTime = time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)
	example     = Credential{AccessKey: "AKIAIOSFODNN7EXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", Region: "us-east-1"}
)

func TestDocumentedHeaders(t *testing.T) {
	for _, c := range []struct {
		name, method, path, query, payload, signature string
		header                                        map[string]string
	}{
		{"get object", "GET", "/test.txt", "", EmptyHash, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
			map[string]string{"Range": "bytes=0-9"}},
		{"put object", "PUT", "/test$file.text", "", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
			"98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
			map[string]string{"Date": "Fri, 24 May 2013 00:00:00 GMT", "X-Amz-Storage-Class": "REDUCED_REDUNDANCY"}},
		{"get lifecycle", "GET", "/", "lifecycle", EmptyHash, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543", nil},
		{"list objects", "GET", "/", "max-keys=2&prefix=J", EmptyHash, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7", nil},
	} {
		r := &Request{Method: c.method, Host: "examplebucket.s3.amazonaws.com", Path: c.path, Query: c.query, Header: map[string][]string{}}
		for k, v := range c.header {
			r.Header[k] = []string{v}
		}
		if got := SignHeader(r, example, c.payload, exampleTime); got != c.signature {
			t.Errorf("%s: signature %s", c.name, got)
		}
		r.Path = strings.ReplaceAll(r.Path, "$", "%24")
		a, err := Parse(r)
		if err != nil {
			t.Errorf("%s: parse: %v", c.name, err)
			continue
		}
		if err := a.Verify(r, example.derive, exampleTime.Add(14*time.Minute), MaxSkew); err != nil {
			t.Errorf("%s: verify: %v", c.name, err)
		}
		if a.Form != Header || a.AccessKey != example.AccessKey || a.Date != "20130524" || a.Region != "us-east-1" || a.Service != "s3" ||
			!a.Time.Equal(exampleTime) || a.Payload != PayloadHash || a.Hash != c.payload || !a.SignedHeader("host") || a.SignedHeader("hos") {
			t.Errorf("%s: claim %+v", c.name, a)
		}
	}
}

func TestDocumentedPresigned(t *testing.T) {
	r := &Request{Method: "GET", Host: "examplebucket.s3.amazonaws.com", Path: "/test.txt", Header: map[string][]string{}}
	r.Query = Presign(r, example, 24*time.Hour, exampleTime)
	want := "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
		"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
		"&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
	if r.Query != want {
		t.Errorf("query %s", r.Query)
	}
	a, err := Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Verify(r, example.derive, exampleTime.Add(24*time.Hour), MaxSkew); err != nil {
		t.Error(err)
	}
	if a.Form != Presigned || a.Expires != 24*time.Hour || a.Payload != PayloadUnsigned {
		t.Errorf("claim %+v", a)
	}
}

// chunkedExample is the request of both chunked examples: 66,560 bytes of "a" in chunks of 64 KiB.
func chunkedExample(payload string, header map[string]string) (*Request, []byte) {
	r := &Request{Method: "PUT", Host: "s3.amazonaws.com", Path: "/examplebucket/chunkObject.txt", ContentLength: 66824,
		Header: map[string][]string{"X-Amz-Storage-Class": {"REDUCED_REDUNDANCY"}, "X-Amz-Decoded-Content-Length": {"66560"}, "Content-Encoding": {"aws-chunked"}}}
	for k, v := range header {
		r.Header[k] = []string{v}
	}
	return r, bytes.Repeat([]byte("a"), 66560)
}

func TestDocumentedChunks(t *testing.T) {
	r, data := chunkedExample(StreamChunks, map[string]string{"Content-Length": "66824"})
	seed := SignHeader(r, example, StreamChunks, exampleTime)
	if seed != "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9" {
		t.Errorf("seed %s", seed)
	}
	body := string(data)
	wire := "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" + body[:65536] + "\r\n" +
		"400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" + body[65536:] + "\r\n" +
		"0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"
	chunks := NewChunks(example, seed, exampleTime)
	if got := chunks.End(chunks.Append(chunks.Append(chunks.Append(nil, data[:65536]), data[65536:]), nil), "", ""); string(got) != wire {
		t.Error("our own framing differs")
	}
	if int64(len(wire)) != r.ContentLength {
		t.Errorf("%d bytes on the wire", len(wire))
	}
	// The header's own length is signed, whether or not the server leaves it in the header.
	delete(r.Header, "Content-Length")
	a := verified(t, r)
	got, err := io.ReadAll(a.Body(strings.NewReader(wire)))
	if err != nil || string(got) != body || a.Decoded != 66560 || a.Payload != PayloadChunks {
		t.Errorf("%d bytes, %v, claim %+v", len(got), err, a)
	}
}

func TestDocumentedTrailer(t *testing.T) {
	r, data := chunkedExample(StreamTrailer, map[string]string{"X-Amz-Trailer": "x-amz-checksum-crc32c"})
	seed := SignHeader(r, example, StreamTrailer, exampleTime)
	if seed != "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e" {
		t.Errorf("seed %s", seed)
	}
	body := string(data)
	head := "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n" + body[:65536] + "\r\n" +
		"400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n" + body[65536:] + "\r\n" +
		"0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n" +
		"x-amz-checksum-crc32c:sOO8/Q=="
	tail := "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
	chunks := NewChunks(example, seed, exampleTime)
	wire := chunks.Append(chunks.Append(chunks.Append(nil, data[:65536]), data[65536:]), nil)
	if wire = chunks.End(wire, "x-amz-checksum-crc32c", "sOO8/Q=="); string(wire) != head+"\r\n"+tail {
		t.Error("our own framing differs")
	}
	// The documentation's layout has a line feed and an empty line where the SDKs have one line end.
	for _, between := range []string{"\r\n", "\n\r\n"} {
		b := verified(t, r).Body(strings.NewReader(head + between + tail))
		got, err := io.ReadAll(b)
		if err != nil || string(got) != body {
			t.Errorf("%q: %d bytes, %v", between, len(got), err)
		}
		if s := b.Sum(); s.Algorithm != checksum.CRC32C || s.Encode() != "sOO8/Q==" {
			t.Errorf("%q: sum %+v", between, s)
		}
	}
}

func verified(t *testing.T, r *Request) *Auth {
	t.Helper()
	a, err := Parse(r)
	if err == nil {
		err = a.Verify(r, example.derive, exampleTime, MaxSkew)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}
