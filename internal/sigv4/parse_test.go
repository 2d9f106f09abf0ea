package sigv4

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"coffer/internal/checksum"
	"coffer/internal/errs"
)

// base is a signed GET of which tests change one thing.
func base() *Request {
	r := &Request{Method: "GET", Host: "localhost:9000", Path: "/bucket/key", Header: map[string][]string{}}
	SignHeader(r, example, EmptyHash, exampleTime)
	return r
}

func presigned() *Request {
	r := &Request{Method: "GET", Host: "localhost:9000", Path: "/bucket/key", Header: map[string][]string{}}
	r.Query = Presign(r, example, time.Hour, exampleTime)
	return r
}

const goodCredential = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"

type refusal struct {
	name string
	edit func(r *Request)
	kind errs.Kind
	code errs.Code
	text string // part of the public text
}

func replaceAuthorization(old, new string) func(*Request) {
	return func(r *Request) {
		r.Header["Authorization"] = []string{strings.Replace(r.Header["Authorization"][0], old, new, 1)}
	}
}

func setHeader(name, value string) func(*Request) {
	return func(r *Request) { r.Header[name] = []string{value} }
}

func replaceQuery(old, new string) func(*Request) {
	return func(r *Request) { r.Query = strings.Replace(r.Query, old, new, 1) }
}

func (c refusal) check(t *testing.T, r *Request) {
	t.Helper()
	c.edit(r)
	a, err := Parse(r)
	if a != nil || errs.KindOf(err) != c.kind || errs.CodeOf(err) != c.code || !strings.Contains(errs.PublicOf(err), c.text) {
		t.Errorf("%s: claim %v, error %v", c.name, a, err)
	}
}

func TestParseHeaderRefuses(t *testing.T) {
	const malformed = "AuthorizationHeaderMalformed"
	credential := func(s string) func(*Request) { return replaceAuthorization(goodCredential, s) }
	for _, c := range []refusal{
		{"no space", setHeader("Authorization", "invalid"), errs.Invalid, "InvalidArgument", "one and only one ' '"},
		{"other scheme", setHeader("Authorization", "Bearer x"), errs.Invalid, "InvalidArgument", "Unsupported Authorization Type"},
		{"scheme of case", replaceAuthorization("AWS4", "aws4"), errs.Invalid, "InvalidArgument", "Unsupported Authorization Type"},
		{"asymmetric", replaceAuthorization("HMAC", "ECDSA-P256"), errs.Invalid, "InvalidRequest", "Please use AWS4-HMAC-SHA256"},
		{"two components", replaceAuthorization(", Signature=", "; Signature="), errs.Invalid, malformed, "requires three components"},
		{"four components", replaceAuthorization("Credential=", "A=b, Credential="), errs.Invalid, malformed, "requires three components"},
		{"no equals sign", replaceAuthorization("SignedHeaders=", "SignedHeaders-"), errs.Invalid, malformed, `the authorization component "SignedHeaders-host`},
		{"no credential", replaceAuthorization("Credential=", "Credentials="), errs.Invalid, malformed, "missing Credential."},
		{"no signed headers", replaceAuthorization("SignedHeaders=", "Signed="), errs.Invalid, malformed, "missing SignedHeaders."},
		{"no signature", replaceAuthorization("Signature=", "Sig="), errs.Invalid, malformed, "missing Signature."},
		{"short credential", credential("AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3"), errs.Invalid, malformed, "the Credential is mal-formed"},
		{"long credential", credential("AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/extra/things"), errs.Invalid, malformed, "the Credential is mal-formed"},
		{"empty region", credential("AKIAIOSFODNN7EXAMPLE/20130524//s3/aws4_request"), errs.Invalid, malformed, "the Credential is mal-formed"},
		{"strange region", credential("AKIAIOSFODNN7EXAMPLE/20130524/a b/s3/aws4_request"), errs.Invalid, malformed, "the region"},
		{"terminator", credential("AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws5_request"), errs.Invalid, malformed, `incorrect terminal "aws5_request"`},
		{"service", credential("AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/ec2/aws4_request"), errs.Invalid, malformed, `incorrect service "ec2"`},
		{"short day", credential("AKIAIOSFODNN7EXAMPLE/2013052/us-east-1/s3/aws4_request"), errs.Invalid, malformed, `incorrect date format "2013052"`},
		{"no such day", credential("AKIAIOSFODNN7EXAMPLE/20130231/us-east-1/s3/aws4_request"), errs.Invalid, malformed, `incorrect date format "20130231"`},
		{"other day", credential("AKIAIOSFODNN7EXAMPLE/20130525/us-east-1/s3/aws4_request"), errs.Invalid, malformed, `not the same as X-Amz-Date: "20130524"`},
		{"short key", credential("AKIAIOSFODNN7EX/20130524/us-east-1/s3/aws4_request"), errs.Unauthenticated, "InvalidAccessKeyId", "does not exist in our records"},
		{"strange key", credential("AKIAIOSFODNN7EXAMPL+/20130524/us-east-1/s3/aws4_request"), errs.Unauthenticated, "InvalidAccessKeyId", "does not exist in our records"},
		{"long key", credential(strings.Repeat("A", 129) + "/20130524/us-east-1/s3/aws4_request"), errs.Unauthenticated, "InvalidAccessKeyId", ""},
		{"header name in capitals", replaceAuthorization("host;", "Host;"), errs.Invalid, malformed, "SignedHeaders must be"},
		{"empty header name", replaceAuthorization("host;", "host;;"), errs.Invalid, malformed, "SignedHeaders must be"},
		{"no header name", replaceAuthorization("host;", "host\n;"), errs.Invalid, malformed, "SignedHeaders must be"},
		{"host not signed", replaceAuthorization("host;", "range;"), errs.Denied, "AccessDenied", "headers present in the request which were not signed"},
		{"header not signed", setHeader("X-Amz-Tagging", "a=b"), errs.Denied, "AccessDenied", "headers present in the request which were not signed"},
		{"no date", func(r *Request) { delete(r.Header, "X-Amz-Date") }, errs.Denied, "AccessDenied", "valid Date or x-amz-date header"},
		{"bad date", setHeader("X-Amz-Date", "03032006"), errs.Denied, "AccessDenied", "valid Date or x-amz-date header"},
		{"date with letters", setHeader("X-Amz-Date", "2013O524T000000Z"), errs.Denied, "AccessDenied", "valid Date or x-amz-date header"},
		{"no such time", setHeader("X-Amz-Date", "20130524T006000Z"), errs.Denied, "AccessDenied", "valid Date or x-amz-date header"},
		{"bad Date", func(r *Request) { delete(r.Header, "X-Amz-Date"); r.Header["Date"] = []string{"yesterday"} }, errs.Denied, "AccessDenied", "valid Date"},
		{"token", setHeader("X-Amz-Security-Token", "t"), errs.Invalid, "InvalidToken", "malformed or otherwise invalid"},
		{"two Authorizations", func(r *Request) { r.Header["Authorization"] = append(r.Header["Authorization"], "x") }, errs.Invalid, "InvalidArgument", "Only one auth mechanism"},
		{"header and query", func(r *Request) { r.Query = presigned().Query }, errs.Invalid, "InvalidArgument", "Only one auth mechanism"},
		{"header and query of version 2", func(r *Request) { r.Query = "AWSAccessKeyId=x" }, errs.Invalid, "InvalidArgument", "Only one auth mechanism"},
		{"no payload hash", func(r *Request) { delete(r.Header, "X-Amz-Content-Sha256") }, errs.Invalid, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256"},
		{"bad payload hash", setHeader("X-Amz-Content-Sha256", EmptyHash[1:]), errs.Invalid, "InvalidArgument", "or a valid sha256 value"},
		{"payload hash with g", setHeader("X-Amz-Content-Sha256", "g"+EmptyHash[1:]), errs.Invalid, "InvalidArgument", "or a valid sha256 value"},
		{"asymmetric chunks", setHeader("X-Amz-Content-Sha256", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"), errs.Unsupported, "NotImplemented", "is not supported"},
		{"chunks without a length", setHeader("X-Amz-Content-Sha256", StreamChunks), errs.Invalid, "MissingContentLength", "Content-Length"},
		{"version 2 without a colon", setHeader("Authorization", "AWS seed_signature"), errs.Invalid, "InvalidArgument", "Expected AwsAccessKeyId:signature"},
		{"version 2 with a short key", setHeader("Authorization", "AWS AKIA:x"), errs.Unauthenticated, "InvalidAccessKeyId", ""},
		{"version 2 with a bad date", func(r *Request) {
			r.Header["Authorization"], r.Header["X-Amz-Date"] = []string{"AWS AKIAIOSFODNN7EXAMPLE:x"}, []string{"x"}
		}, errs.Denied, "AccessDenied", "valid Date or x-amz-date header"},
		{"version 2 without a date", func(r *Request) {
			r.Header = map[string][]string{"Authorization": {"AWS AKIAIOSFODNN7EXAMPLE:x"}}
		}, errs.Denied, "AccessDenied", "valid Date or x-amz-date header"},
	} {
		c.check(t, base())
	}
}

func TestParsePresignedRefuses(t *testing.T) {
	const code = "AuthorizationQueryParametersError"
	credential := func(s string) func(*Request) {
		return replaceQuery(strings.ReplaceAll(goodCredential, "/", "%2F"), s)
	}
	list := []refusal{
		{"algorithm", replaceQuery("AWS4-HMAC", "AWS4"), errs.Invalid, code, "X-Amz-Algorithm only supports"},
		{"asymmetric", replaceQuery("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), errs.Invalid, code, "X-Amz-Algorithm only supports"},
		{"credential", credential("access/hello/world"), errs.Invalid, code, "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed"},
		{"terminator", replaceQuery("aws4_request", "aws5_request"), errs.Invalid, code, `Error parsing the X-Amz-Credential parameter; incorrect terminal "aws5_request"`},
		{"service", replaceQuery("%2Fs3%2F", "%2Fsns%2F"), errs.Invalid, code, `incorrect service "sns"`},
		{"day", replaceQuery("%2F20130524%2F", "%2F32234Z34%2F"), errs.Invalid, code, `incorrect date format "32234Z34"`},
		{"other day", replaceQuery("%2F20130524%2F", "%2F20060102%2F"), errs.Invalid, code, `Invalid credential date "20060102". This date is not the same as X-Amz-Date: "20130524".`},
		{"date", replaceQuery("20130524T000000Z", "2013-05-24"), errs.Invalid, code, "X-Amz-Date must be in the ISO8601 Long Format"},
		{"expires", replaceQuery("X-Amz-Expires=3600", "X-Amz-Expires=abc"), errs.Invalid, code, "X-Amz-Expires should be a number"},
		{"negative expires", replaceQuery("X-Amz-Expires=3600", "X-Amz-Expires=-3"), errs.Invalid, code, "X-Amz-Expires must be non-negative"},
		{"no time at all", replaceQuery("X-Amz-Expires=3600", "X-Amz-Expires=0"), errs.Invalid, code, "X-Amz-Expires must be at least 1"},
		{"long expires", replaceQuery("X-Amz-Expires=3600", "X-Amz-Expires=604801"), errs.Invalid, code, "must be less than 604800 seconds"},
		{"huge expires", replaceQuery("X-Amz-Expires=3600", "X-Amz-Expires=99999999999999999999"), errs.Invalid, code, "should be a number"},
		{"key", replaceQuery("AKIAIOSFODNN7EXAMPLE", "AKIA"), errs.Unauthenticated, "InvalidAccessKeyId", ""},
		{"host not signed", replaceQuery("SignedHeaders=host", "SignedHeaders=range"), errs.Denied, "AccessDenied", "not signed"},
		{"line end in the signed headers", replaceQuery("SignedHeaders=host", "SignedHeaders=host%0A"), errs.Invalid, code, "SignedHeaders must be"},
		{"header not signed", setHeader("X-Amz-Acl", "private"), errs.Denied, "AccessDenied", "not signed"},
		{"payload hash that is none", setHeader("X-Amz-Content-Sha256", "x"), errs.Invalid, "XAmzContentSHA256Mismatch", "does not match what was computed"},
		{"payload hash that is none in the URL", func(r *Request) { r.Query += "&X-Amz-Content-Sha256=x" }, errs.Invalid, "XAmzContentSHA256Mismatch", "does not match"},
		{"token", func(r *Request) { r.Query += "&X-Amz-Security-Token=t" }, errs.Invalid, "InvalidToken", ""},
		{"token in the header", setHeader("X-Amz-Security-Token", "t"), errs.Invalid, "InvalidToken", ""},
		{"both versions", func(r *Request) { r.Query += "&AWSAccessKeyId=x" }, errs.Invalid, "InvalidArgument", "Only one auth mechanism"},
		{"version 2 incomplete", func(r *Request) { r.Query = "AWSAccessKeyId=x&Expires=1" }, errs.Denied, "AccessDenied", "requires the Signature, Expires and AWSAccessKeyId"},
		{"version 2 expires", func(r *Request) { r.Query = "AWSAccessKeyId=x&Expires=x&Signature=x" }, errs.Denied, "AccessDenied", "Invalid date"},
		{"version 2 expires before all time", func(r *Request) { r.Query = "AWSAccessKeyId=x&Expires=-1&Signature=x" }, errs.Denied, "AccessDenied", "Invalid date"},
		{"version 2 expires after all time", func(r *Request) { r.Query = "AWSAccessKeyId=x&Expires=9999999999999&Signature=x" }, errs.Denied, "AccessDenied", "Invalid date"},
		{"version 2 key", func(r *Request) { r.Query = "AWSAccessKeyId=x&Expires=1&Signature=x" }, errs.Unauthenticated, "InvalidAccessKeyId", ""},
	}
	for _, name := range []string{"Algorithm", "Credential", "Signature", "Date", "SignedHeaders", "Expires"} {
		list = append(list, refusal{"no " + name, replaceQuery("X-Amz-"+name+"=", "X-Amz-No"+name+"="), errs.Invalid, code, "Query-string authentication version 4 requires"})
	}
	for _, c := range list {
		c.check(t, presigned())
	}
}

func TestRefusalDetails(t *testing.T) {
	r := base()
	r.Header["X-Amz-Tagging"], r.Header["X-Amz-Acl"] = []string{"a=b"}, []string{"private"}
	_, err := Parse(r)
	if d := DetailsOf(err); len(d) != 1 || d[0] != (Detail{"HeadersNotSigned", "x-amz-acl, x-amz-tagging"}) {
		t.Errorf("details %v", d)
	}
	r = base()
	r.Header["Authorization"] = []string{"Bearer secret-of-mine"}
	_, err = Parse(r)
	if d := DetailsOf(err); len(d) != 2 || d[0] != (Detail{"ArgumentName", "Authorization"}) || d[1] != (Detail{"ArgumentValue", "Bearer"}) {
		t.Errorf("details %v", d)
	}
	if strings.Contains(err.Error(), "secret-of-mine") {
		t.Errorf("the error shows a token: %v", err)
	}
	if DetailsOf(nil) != nil {
		t.Error("details of no error")
	}
}

func TestParseAccepts(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*Request)
		want func(*Auth) bool
	}{
		"anonymous":            {func(r *Request) { r.Header = nil }, func(a *Auth) bool { return a.Form == Unsigned && a.Payload == PayloadUnsigned && a.Decoded == 0 }},
		"anonymous with query": {func(r *Request) { r.Header, r.Query = nil, "prefix=X-Amz-&x=%41" }, func(a *Auth) bool { return a.Form == Unsigned }},
		"empty Authorization":  {func(r *Request) { r.Header = map[string][]string{"Authorization": {""}} }, func(a *Auth) bool { return a.Form == Unsigned }},
		"anonymous hash": {func(r *Request) { r.Header = map[string][]string{"X-Amz-Content-Sha256": {strings.ToUpper(EmptyHash)}} },
			func(a *Auth) bool { return a.Payload == PayloadHash && a.Hash == EmptyHash }},
		"anonymous trailer": {func(r *Request) {
			r.Header = map[string][]string{"X-Amz-Content-Sha256": {StreamUnsigned}, "X-Amz-Decoded-Content-Length": {"5"}, "X-Amz-Trailer": {"X-Amz-Checksum-Sha1"}}
		}, func(a *Auth) bool {
			return a.Payload == PayloadUnsignedTrailer && a.Decoded == 5 && a.Trailer == checksum.SHA1 && a.Payload.Chunked()
		}},
		"unknown length": {func(r *Request) { r.ContentLength = -1 }, func(a *Auth) bool { return a.Decoded == -1 }},
		"length of a body in transfer encoding": {func(r *Request) {
			r.ContentLength = -1
			r.Header["X-Amz-Decoded-Content-Length"] = []string{"7"}
			replaceAuthorization("x-amz-date", "x-amz-date;x-amz-decoded-content-length")(r)
		}, func(a *Auth) bool { return a.Decoded == 7 }},
		"no spaces":   {replaceAuthorization(", ", ","), func(a *Auth) bool { return a.Form == Header }},
		"more spaces": {replaceAuthorization(", ", "  ,  "), func(a *Auth) bool { return a.Form == Header }},
		"key of hyphens": {replaceAuthorization("AKIAIOSFODNN7EXAMPLE", "abc_DEF-0123456789"+strings.Repeat("x", 110)),
			func(a *Auth) bool { return len(a.AccessKey) == 128 }},
		"Date": {func(r *Request) {
			delete(r.Header, "X-Amz-Date")
			r.Header["Date"] = []string{"Fri, 24 May 2013 01:00:00 +0100"}
		}, func(a *Auth) bool { return a.Time.Equal(exampleTime) && a.stamp == "20130524T000000Z" }},
		"names of parameters with escapes": {func(r *Request) {
			r.Header, r.Query = nil, strings.ReplaceAll(presigned().Query, "X-Amz-", "%58%2dAmz%2D")
		}, func(a *Auth) bool { return a.Form == Presigned && a.Expires == time.Hour }},
		"a parameter given twice": {func(r *Request) { r.Header, r.Query = nil, presigned().Query+"&X-Amz-Expires=5" },
			func(a *Auth) bool { return a.Expires == time.Hour }},
		"an Amazon trace id": {setHeader("X-Amzn-Trace-Id", "Root=1"), func(a *Auth) bool { return a.Form == Header }},
	} {
		r := base()
		c.edit(r)
		if a, err := Parse(r); err != nil || !c.want(a) {
			t.Errorf("%s: claim %+v, %v", name, a, err)
		}
	}
	for name, edit := range map[string]func(*Request){
		"signed chunks":            setHeader("X-Amz-Content-Sha256", StreamChunks),
		"unknown trailer":          setHeader("X-Amz-Trailer", "x-amz-checksum-crc16"),
		"negative length":          setHeader("X-Amz-Decoded-Content-Length", "-5"),
		"length with a plus":       setHeader("X-Amz-Decoded-Content-Length", "+5"),
		"length beyond 63 bits":    setHeader("X-Amz-Decoded-Content-Length", "9223372036854775808"),
		"length that is no number": setHeader("X-Amz-Decoded-Content-Length", "12x"),
	} {
		r := &Request{Method: "PUT", Header: map[string][]string{"X-Amz-Content-Sha256": {StreamUnsigned}, "X-Amz-Decoded-Content-Length": {"5"}}}
		if _, err := Parse(r); err != nil {
			t.Errorf("before %s: %v", name, err)
		}
		edit(r)
		if _, err := Parse(r); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a presigned request says of its payload is signed as the URL or a signed header says, and holds for the body as sent.
func TestPresignedPayload(t *testing.T) {
	r := presigned()
	r.Header["X-Amz-Content-Sha256"] = []string{EmptyHash}
	if a := verified(t, r); a.Payload != PayloadHash || a.payload != UnsignedPayload {
		t.Errorf("header not signed: %+v", a)
	}
	r = &Request{Method: "PUT", Host: "h", Path: "/b/k", Query: "X-Amz-Content-Sha256=" + UnsignedPayload, Header: map[string][]string{}}
	r.Query = Presign(r, example, time.Hour, exampleTime)
	if a := verified(t, r); a.Payload != PayloadUnsigned {
		t.Errorf("in the URL: %+v", a)
	}
	r.Query = strings.Replace(r.Query, UnsignedPayload, EmptyHash, 1)
	a, err := Parse(r)
	if err != nil || a.Payload != PayloadHash || a.payload != EmptyHash {
		t.Fatalf("%+v, %v", a, err)
	}
	if err := a.Verify(r, example.derive, exampleTime, MaxSkew); errs.CodeOf(err) != "SignatureDoesNotMatch" {
		t.Errorf("another hash in the URL: %v", err)
	}
}

func TestTime(t *testing.T) {
	at := func(r *Request, d time.Duration) error {
		a, err := Parse(r)
		if err != nil {
			t.Fatal(err)
		}
		return a.Verify(r, example.derive, exampleTime.Add(d), MaxSkew)
	}
	for _, c := range []struct {
		name string
		r    *Request
		d    time.Duration
		code errs.Code
		text string
		want map[string]string
	}{
		{"now", base(), 0, "", "", nil},
		{"late", base(), MaxSkew, "", "", nil},
		{"early", base(), -MaxSkew, "", "", nil},
		{"too late", base(), MaxSkew + time.Second, "RequestTimeTooSkewed", "The difference between the request time and the server's time is too large.",
			map[string]string{"RequestTime": "20130524T000000Z", "ServerTime": "2013-05-24T00:15:01Z", "MaxAllowedSkewMilliseconds": "900000"}},
		{"too early", base(), -MaxSkew - time.Second, "RequestTimeTooSkewed", "too large", nil},
		{"presigned, last second", presigned(), time.Hour, "", "", nil},
		{"presigned, expired", presigned(), time.Hour + time.Second, "AccessDenied", "Request has expired",
			map[string]string{"X-Amz-Expires": "3600", "Expires": "2013-05-24T01:00:00Z", "ServerTime": "2013-05-24T01:00:01Z"}},
		{"presigned, early", presigned(), -MaxSkew, "", "", nil},
		{"presigned, too early", presigned(), -MaxSkew - time.Second, "AccessDenied", "Request is not valid yet", nil},
	} {
		err := at(c.r, c.d)
		if errs.CodeOf(err) != c.code || !strings.Contains(errs.PublicOf(err), c.text) || (err == nil) != (c.code == "") {
			t.Errorf("%s: %v", c.name, err)
		}
		got := map[string]string{}
		for _, d := range DetailsOf(err) {
			got[d.Name] = d.Value
		}
		if c.want != nil && !maps.Equal(got, c.want) {
			t.Errorf("%s: details %v", c.name, got)
		}
	}
}

func TestMismatchDetails(t *testing.T) {
	r := base()
	r.Path += "x"
	a, err := Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	err = a.Verify(r, example.derive, exampleTime, MaxSkew)
	if errs.KindOf(err) != errs.Unauthenticated || errs.CodeOf(err) != "SignatureDoesNotMatch" {
		t.Fatal(err)
	}
	canonical := "GET\n/bucket/keyx\n\nhost:localhost:9000\nx-amz-content-sha256:" + EmptyHash + "\nx-amz-date:20130524T000000Z\n\n" +
		"host;x-amz-content-sha256;x-amz-date\n" + EmptyHash
	for i, want := range []Detail{{"AWSAccessKeyId", "AKIAIOSFODNN7EXAMPLE"}, {"StringToSign", "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n"},
		{"SignatureProvided", a.signature}, {"StringToSignBytes", "41 57 53 34 2d "}, {"CanonicalRequest", canonical}, {"CanonicalRequestBytes", "47 45 54 0a 2f "}} {
		if d := DetailsOf(err)[i]; d.Name != want.Name || !strings.HasPrefix(d.Value, want.Value) {
			t.Errorf("detail %v, want %v", d, want)
		}
	}
	if strings.Contains(err.Error(), canonical) {
		t.Error("the log shows the canonical request")
	}
	if _, err := a.Body(strings.NewReader("")).Read(make([]byte, 1)); !errors.Is(err, errs.Internal) {
		t.Errorf("a body of a claim that is not verified: %v", err)
	}
}

// The example of the AWS S3 API Reference, "Example: Browser-Based Upload using HTTP POST".
const examplePolicy = "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tldCI6ICJzaWd2NGV4YW1w" +
	"bGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAg" +
	"IHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2Fk" +
	"Lmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUx" +
	"MjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXot" +
	"bWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3" +
	"czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlU" +
	"MDAwMDAwWiIgfQ0KICBdDQp9"

func TestPolicy(t *testing.T) {
	key := Derive(example.Secret, "20151229", "us-east-1", "s3")
	if got := SignPolicy(key, examplePolicy); got != "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e" {
		t.Errorf("the documented policy is signed %s", got)
	}
	signature := SignPolicy(key, "eyJ4IjoxfQ==")
	if !VerifyPolicy(key, "eyJ4IjoxfQ==", signature) || VerifyPolicy(key, "eyJ4IjoyfQ==", signature) || VerifyPolicy(key, "eyJ4IjoxfQ==", signature[1:]) {
		t.Error("policies do not verify as signed")
	}
	sc, err := S3().ParseScope(goodCredential)
	if err != nil || sc != (Scope{"AKIAIOSFODNN7EXAMPLE", "20130524", "us-east-1", "s3"}) {
		t.Errorf("scope %v, %v", sc, err)
	}
	if _, err := S3().ParseScope("x"); errs.CodeOf(err) != "AuthorizationQueryParametersError" {
		t.Error(err)
	}
}
