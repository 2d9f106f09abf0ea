package sigv4

import (
	"bytes"
	"io"
	"maps"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"coffer/internal/errs"
)

// drawRequest makes any request that a client could sign: a raw path and query, a few headers.
func drawRequest(t *rapid.T) *Request {
	text := rapid.StringMatching(`[ -~é\x00]{0,12}`)
	r := &Request{
		Method: rapid.SampledFrom([]string{"GET", "PUT", "POST", "DELETE", "HEAD"}).Draw(t, "method"),
		Host:   rapid.StringMatching(`[a-z0-9.-]{1,20}(:[0-9]{1,5})?`).Draw(t, "host"),
		Path:   "/" + rapid.StringMatching(`[ -~/%é]{0,20}`).Draw(t, "path"),
		Header: map[string][]string{},
	}
	for range rapid.IntRange(0, 4).Draw(t, "parameters") {
		if r.Query != "" {
			r.Query += "&"
		}
		r.Query += string(appendURI(nil, "q"+text.Draw(t, "name"), true)) + "=" + string(appendURI(nil, text.Draw(t, "value"), true))
	}
	for range rapid.IntRange(0, 3).Draw(t, "headers") {
		name := "X-Amz-Meta-" + rapid.StringMatching(`[A-Z][a-z]{0,5}`).Draw(t, "header")
		r.Header[name] = append(r.Header[name], rapid.StringMatching(`[ -~]{0,12}`).Draw(t, "text"))
	}
	return r
}

func verify(r *Request) error {
	a, err := Parse(r)
	if err == nil && a.Form == Unsigned {
		return errs.New(errs.Unauthenticated, "", "unsigned")
	}
	if err == nil {
		err = a.Verify(r, example.derive, exampleTime, MaxSkew)
	}
	return err
}

// What was signed verifies, also when another client or a proxy writes it differently; what is changed does not.
func TestSignedVerifies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRequest(t)
		url := rapid.Bool().Draw(t, "presigned")
		if url {
			r.Query = Presign(r, example, time.Hour, exampleTime)
		} else {
			SignHeader(r, example, UnsignedPayload, exampleTime)
		}
		if err := verify(r); err != nil {
			t.Fatalf("%+v: %v, details %v", r, err, DetailsOf(err))
		}
		respelled := *r
		respelled.Path = respell(r.Path)
		respelled.Query = reverse(r.Query)
		respelled.Header = maps.Clone(r.Header)
		for name, values := range r.Header {
			if strings.HasPrefix(name, "X-Amz-Meta-") && len(values) == 1 {
				respelled.Header[name] = []string{"  " + values[0] + " "}
			}
		}
		if err := verify(&respelled); err != nil {
			t.Fatalf("respelled %+v: %v, details %v", respelled, err, DetailsOf(err))
		}
		changed := change(t, r)
		if err := verify(changed); err == nil {
			t.Fatalf("verified %+v, signed %+v", changed, r)
		}
	})
}

// respell escapes what needs no escaping.
func respell(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if c := path[i]; c >= 'a' && c <= 'z' && (i < 2 || path[i-1] != '%' && path[i-2] != '%') {
			b.WriteString("%" + string(upperHex[c>>4]) + strings.ToLower(string(upperHex[c&15])))
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func reverse(query string) string {
	parts := strings.Split(query, "&")
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, "&")
}

// change alters one part of a signed request.
func change(t *rapid.T, r *Request) *Request {
	c := *r
	c.Header = maps.Clone(r.Header)
	switch rapid.IntRange(0, 5).Draw(t, "change") {
	case 0:
		c.Method += "X"
	case 1:
		c.Host = "x" + c.Host
	case 2:
		c.Path += "x"
	case 3:
		c.Query += "&zz=1"
	case 4:
		c.Header["X-Amz-Meta-Zz"] = []string{"added"}
	case 5:
		field := func(s string, at int) string {
			last := s[at]
			other := byte('0')
			if last == '0' {
				other = '1'
			}
			return s[:at] + string(other) + s[at+1:]
		}
		at := rapid.IntRange(1, 64).Draw(t, "digit")
		if v, ok := c.Header["Authorization"]; ok {
			c.Header["Authorization"] = []string{field(v[0], len(v[0])-at)}
		} else {
			c.Query = field(c.Query, len(c.Query)-at)
		}
	}
	return &c
}

func FuzzParse(f *testing.F) {
	b, p := base(), presigned()
	f.Add(b.Header["Authorization"][0], "20130524T000000Z", EmptyHash, "", "/b/k")
	f.Add("", "", "", p.Query, "/b/k")
	f.Add("AWS AKIAIOSFODNN7EXAMPLE:x", "Tue, 27 Mar 2007 21:20:26 +0000", "", "", "")
	f.Add("", "", UnsignedPayload, "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=x&Expires=1", "/%zz")
	f.Fuzz(func(t *testing.T, authorization, date, hash, query, path string) {
		r := &Request{Method: "GET", Host: "h", Path: path, Query: query, Header: map[string][]string{"Authorization": {authorization},
			"X-Amz-Date": {date}, "X-Amz-Content-Sha256": {hash}, "X-Amz-Decoded-Content-Length": {"1"}}}
		a, err := Parse(r)
		if (a == nil) == (err == nil) || err != nil && (errs.KindOf(err) == errs.Internal || errs.CodeOf(err) == "" || errs.PublicOf(err) == "") {
			t.Fatalf("claim %v, error %v", a, err)
		}
		if err != nil || a.Form == Unsigned {
			return
		}
		// Nobody guesses a signature made with this secret.
		other := Credential{Secret: "another secret than the seeds were signed with"}
		now := a.Time
		if a.Form.V2() {
			err = a.VerifyV2(r, other.Secret, now, MaxSkew)
		} else {
			err = a.Verify(r, other.derive, now, MaxSkew)
		}
		if err == nil || errs.KindOf(err) == errs.Internal {
			t.Fatalf("claim %+v: %v", a, err)
		}
	})
}

// Whatever comes as a chunked body: no panic, no more bytes than announced, all of them only if it is right.
func FuzzChunks(f *testing.F) {
	data := []byte("hello")
	trailer := map[string]string{"X-Amz-Trailer": "x-amz-checksum-crc32"}
	claims := []*Request{put(StreamUnsigned, len(data), trailer), put(StreamChunks, len(data), nil), put(StreamTrailer, len(data), trailer)}
	f.Add(uint8(0), []byte("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"))
	f.Add(uint8(1), frame(claims[1], data, "", "", 5))
	f.Add(uint8(2), frame(claims[2], data, "x-amz-checksum-crc32", "NhCmhg==", 5))
	f.Fuzz(func(t *testing.T, which uint8, wire []byte) {
		a, err := Parse(claims[int(which)%len(claims)])
		if err == nil {
			err = a.Verify(claims[int(which)%len(claims)], example.derive, exampleTime, MaxSkew)
		}
		if err != nil {
			t.Fatal(err)
		}
		b := a.Body(bytes.NewReader(wire))
		got, err := io.ReadAll(b)
		if err != nil && (errs.KindOf(err) == errs.Internal || errs.CodeOf(err) == "") {
			t.Fatalf("error %v", err)
		}
		if len(got) > len(data) || err == nil && len(got) != len(data) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		if err == nil && a.Payload != PayloadUnsignedTrailer && !bytes.Equal(got, data) {
			t.Fatalf("accepted %q", got)
		}
	})
}
