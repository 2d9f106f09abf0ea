package sigv4

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"coffer/internal/errs"
)

// The errors of this package in S3's words. Source: AWS S3 API Reference, "Error responses", and what S3 answers.

func fail(k errs.Kind, code errs.Code, text string, d ...Detail) error {
	e := errs.New(k, code, text)
	if len(d) > 0 {
		e.Err = Details(d)
	}
	return e
}

func badArgument(name, value, text string) error {
	return fail(errs.Invalid, "InvalidArgument", text, Detail{"ArgumentName", name}, Detail{"ArgumentValue", value})
}

// malformed is the error for a claim that can't be read, in the words of the place it stands in.
func (f Form) malformed(text string) error {
	if f == Presigned {
		return fail(errs.Invalid, "AuthorizationQueryParametersError", text)
	}
	return fail(errs.Invalid, "AuthorizationHeaderMalformed", "The authorization header is malformed; "+text)
}

// badCredential is malformed for the credential alone.
func (f Form) badCredential(text string) error {
	if f == Presigned {
		text = "Error parsing the X-Amz-Credential parameter; " + text
	}
	return f.malformed(text)
}

func missingParameters() error {
	return Presigned.malformed("Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, " +
		"X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
}

func manyMechanisms() error {
	return badArgument("Authorization", "", "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "+
		"Signature query string parameter or the Authorization header should be specified")
}

func otherMechanism() error {
	return fail(errs.Invalid, "InvalidRequest", "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
}

func unknownKey(key string, cause error) error {
	text := "The AWS Access Key Id you provided does not exist in our records."
	if hint := errs.PublicOf(cause); hint != "" {
		text += " " + hint
	}
	return fail(errs.Unauthenticated, "InvalidAccessKeyId", text, Detail{"AWSAccessKeyId", key})
}

func unsignedHeaders(names string) error {
	return fail(errs.Denied, "AccessDenied", "There were headers present in the request which were not signed", Detail{"HeadersNotSigned", names})
}

func noDate() error {
	return fail(errs.Denied, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header.")
}

func skewed(request, now time.Time, most time.Duration) error {
	return fail(errs.Unauthenticated, "RequestTimeTooSkewed", "The difference between the request time and the server's time is too large.",
		Detail{"RequestTime", request.UTC().Format(longForm)}, Detail{"ServerTime", now.UTC().Format(time.RFC3339)},
		Detail{"MaxAllowedSkewMilliseconds", strconv.FormatInt(most.Milliseconds(), 10)})
}

func tooEarly(request, now time.Time) error {
	return fail(errs.Denied, "AccessDenied", "Request is not valid yet", Detail{"X-Amz-Date", request.UTC().Format(longForm)},
		Detail{"ServerTime", now.UTC().Format(time.RFC3339)})
}

func expired(life time.Duration, end, now time.Time) error {
	d := []Detail{{"Expires", end.UTC().Format(time.RFC3339)}, {"ServerTime", now.UTC().Format(time.RFC3339)}}
	if life > 0 {
		d = append([]Detail{{"X-Amz-Expires", strconv.FormatInt(int64(life/time.Second), 10)}}, d...)
	}
	return fail(errs.Denied, "AccessDenied", "Request has expired.", d...)
}

func notMatching(a *Auth, toSign, canonical []byte) error {
	return wrongSignature(a, a.signature, toSign, Detail{"CanonicalRequest", string(canonical)}, Detail{"CanonicalRequestBytes", spaced(canonical)})
}

func wrongSignature(a *Auth, provided string, toSign []byte, more ...Detail) error {
	d := append([]Detail{{"AWSAccessKeyId", string(a.AccessKey)}, {"StringToSign", string(toSign)}, {"SignatureProvided", provided},
		{"StringToSignBytes", spaced(toSign)}}, more...)
	return fail(errs.Unauthenticated, "SignatureDoesNotMatch",
		"The request signature we calculated does not match the signature you provided. Check your key and signing method.", d...)
}

// spaced is b in hexadecimal, a space between bytes.
func spaced(b []byte) string {
	var s strings.Builder
	for i := range b {
		if i > 0 {
			s.WriteByte(' ')
		}
		s.WriteString(hex.EncodeToString(b[i : i+1]))
	}
	return s.String()
}

// otherHash is the error for a claimed hash that is not the body's. computed is the body's, where it was read.
func otherHash(claimed string, computed ...Detail) error {
	return fail(errs.Invalid, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.",
		append([]Detail{{"ClientComputedContentSHA256", claimed}}, computed...)...)
}

func otherLength() error {
	return fail(errs.Invalid, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header")
}

func badFraming() error {
	return fail(errs.Invalid, "IncompleteBody", "The request body terminated unexpectedly")
}

func badTrailer() error {
	return fail(errs.Invalid, "MalformedTrailerError",
		"The request contained trailing data that was not well-formed or did not conform to our published schema.")
}

func smallChunk(number int, size int64) error {
	return fail(errs.Invalid, "InvalidChunkSizeError", "Only the last chunk is allowed to have a size less than 8192 bytes",
		Detail{"Chunk", strconv.Itoa(number)}, Detail{"BadChunkSize", strconv.FormatInt(size, 10)})
}
