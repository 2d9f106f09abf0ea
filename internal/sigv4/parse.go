package sigv4

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"coffer/internal/checksum"
	"coffer/internal/errs"
	"coffer/internal/ident"
)

const (
	algorithm   = "AWS4-HMAC-SHA256"
	algorithmEC = "AWS4-ECDSA-P256-SHA256" // SigV4A, asymmetric: known, not served
	terminator  = "aws4_request"
)

// Parse reads a request's claim under S3's rule. An anonymous request gives Form Unsigned. Version 2 is recognised too: whether
// it is accepted is the caller's setting. Fails with errs.Invalid, Denied, Unauthenticated or Unsupported and S3's code.
func Parse(r *Request) (*Auth, error) { return S3().Parse(r) }

// Parse reads a request's claim under the service's rule.
func (s Service) Parse(r *Request) (*Auth, error) {
	a := &Auth{Decoded: r.ContentLength, generic: s.Generic}
	var q params
	if r.Query != "" {
		q = scan(r.Query)
	}
	header := r.Header["Authorization"]
	signed := len(header) > 0 && header[0] != ""
	var err error
	switch {
	case len(header) > 1, signed && (q.v4 || q.v2), q.v4 && q.v2:
		err = manyMechanisms()
	case signed:
		err = a.parseHeader(s, r, header[0])
	case q.v4:
		err = a.parsePresigned(s, r, &q)
	case q.v2:
		err = a.parsePresignedV2(&q)
	}
	if err != nil {
		return nil, err
	}
	if err := a.readPayload(r, q.contentHash); err != nil {
		return nil, err
	}
	return a, nil
}

func first(h map[string][]string, name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// params are the parameters of a query that carry a signature, decoded. Of one that is given twice the first counts.
type params struct {
	v4, v2                                                         bool
	algorithm, credential, date, expires, signedHeaders, signature string
	token, contentHash                                             string
	accessKeyV2, signatureV2, expiresV2                            string
}

func scan(query string) params {
	var q params
	if !strings.Contains(query, "X-Amz-") && !strings.Contains(query, "AWSAccessKeyId") && !strings.Contains(query, "Signature") &&
		!strings.Contains(query, "%") {
		return q
	}
	for rest := query; rest != ""; {
		var pair string
		pair, rest, _ = strings.Cut(rest, "&")
		name, value, _ := strings.Cut(pair, "=")
		if to := q.field(unescape(name)); to != nil && *to == "" {
			*to = unescape(value)
		}
	}
	return q
}

// field returns where the parameter's value goes, nil for one of no concern.
func (q *params) field(name string) *string {
	switch name {
	case "X-Amz-Algorithm":
		q.v4 = true
		return &q.algorithm
	case "X-Amz-Credential":
		q.v4 = true
		return &q.credential
	case "X-Amz-Signature":
		q.v4 = true
		return &q.signature
	case "X-Amz-Date":
		return &q.date
	case "X-Amz-Expires":
		return &q.expires
	case "X-Amz-SignedHeaders":
		return &q.signedHeaders
	case "X-Amz-Security-Token":
		return &q.token
	case "X-Amz-Content-Sha256":
		return &q.contentHash
	case "AWSAccessKeyId":
		q.v2 = true
		return &q.accessKeyV2
	case "Signature":
		q.v2 = true
		return &q.signatureV2
	case "Expires":
		return &q.expiresV2
	}
	return nil
}

// parseHeader reads the Authorization header.
func (a *Auth) parseHeader(s Service, r *Request, value string) error {
	scheme, rest, found := strings.Cut(value, " ")
	switch {
	case !found:
		return badArgument("Authorization", scheme, "Authorization header is invalid -- one and only one ' ' (space) required.")
	case scheme == "AWS":
		return a.parseHeaderV2(r, rest)
	case scheme == algorithmEC:
		return otherMechanism()
	case scheme != algorithm:
		return badArgument("Authorization", scheme, "Unsupported Authorization Type")
	}
	a.Form = Header
	credential, err := a.parseComponents(rest)
	if err != nil {
		return err
	}
	if err := a.parseCredential(s, credential); err != nil {
		return err
	}
	if stamp := first(r.Header, "X-Amz-Date"); stamp != "" {
		var ok bool
		if a.Time, ok = parseStamp(stamp); !ok {
			return noDate()
		}
		a.stamp = stamp
	} else if err := a.dateHeader(r); err != nil {
		return err
	}
	if a.stamp[:8] != a.Date {
		return a.Form.malformed("Invalid credential date " + strconv.Quote(a.Date) + ". This date is not the same as X-Amz-Date: " + strconv.Quote(a.stamp[:8]) + ".")
	}
	return a.finish(s, r, first(r.Header, "X-Amz-Security-Token"))
}

func (a *Auth) dateHeader(r *Request) error {
	var ok bool
	if a.Time, ok = parseDate(first(r.Header, "Date")); !ok {
		return noDate()
	}
	a.stamp = a.Time.Format(longForm)
	return nil
}

// parseComponents reads Credential, SignedHeaders and Signature, and returns the first.
func (a *Auth) parseComponents(list string) (credential string, err error) {
	var parts [3]string
	n := 0
	for rest, more := list, true; more; n++ {
		var part string
		if part, rest, more = strings.Cut(rest, ","); n < len(parts) {
			parts[n] = strings.TrimSpace(part)
		}
	}
	if n != len(parts) {
		return "", a.Form.malformed("the authorization header requires three components: Credential, SignedHeaders, and Signature.")
	}
	for _, part := range parts {
		name, value, found := strings.Cut(part, "=")
		if !found {
			return "", a.Form.malformed("the authorization component " + strconv.Quote(part) + " is malformed.")
		}
		switch name {
		case "Credential":
			credential = value
		case "SignedHeaders":
			a.Signed = value
		case "Signature":
			a.signature = value
		}
	}
	switch {
	case credential == "":
		return "", a.Form.malformed("missing Credential.")
	case a.Signed == "":
		return "", a.Form.malformed("missing SignedHeaders.")
	case a.signature == "":
		return "", a.Form.malformed("missing Signature.")
	}
	return credential, nil
}

// parsePresigned reads the parameters of a presigned URL.
func (a *Auth) parsePresigned(s Service, r *Request, q *params) error {
	a.Form = Presigned
	if q.algorithm == "" || q.credential == "" || q.signature == "" || q.date == "" || q.signedHeaders == "" || q.expires == "" {
		return missingParameters()
	}
	if q.algorithm != algorithm {
		return a.Form.malformed(`X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"`)
	}
	if err := a.parseCredential(s, q.credential); err != nil {
		return err
	}
	var ok bool
	if a.Time, ok = parseStamp(q.date); !ok {
		return a.Form.malformed(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`)
	}
	if q.date[:8] != a.Date {
		return a.Form.malformed("Invalid credential date " + strconv.Quote(a.Date) + ". This date is not the same as X-Amz-Date: " + strconv.Quote(q.date[:8]) + ".")
	}
	seconds, err := strconv.ParseInt(q.expires, 10, 64)
	switch {
	case err != nil:
		return a.Form.malformed("X-Amz-Expires should be a number")
	case seconds < 0:
		return a.Form.malformed("X-Amz-Expires must be non-negative")
	case seconds == 0:
		return a.Form.malformed("X-Amz-Expires must be at least 1 second")
	case seconds > int64(MaxExpires/time.Second):
		return a.Form.malformed("X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")
	}
	a.Expires, a.stamp, a.Signed, a.signature = time.Duration(seconds)*time.Second, q.date, q.signedHeaders, q.signature
	token := q.token
	if token == "" {
		token = first(r.Header, "X-Amz-Security-Token")
	}
	return a.finish(s, r, token)
}

// Scope is what a credential names: an access key for one day, region and service.
type Scope struct {
	AccessKey             string
	Date, Region, Service string
}

// ParseScope reads a credential as forms and URLs carry it: key/yyyymmdd/region/service/aws4_request. Fails with errs.Invalid, code
// AuthorizationQueryParametersError.
func (s Service) ParseScope(credential string) (Scope, error) { return s.scope(Presigned, credential) }

func (s Service) scope(f Form, credential string) (Scope, error) {
	var parts [5]string
	n := 0
	for rest, more := credential, true; more; n++ {
		var part string
		if part, rest, more = strings.Cut(rest, "/"); n < len(parts) {
			parts[n] = part
		}
	}
	switch {
	case n != len(parts) || slices.Contains(parts[:], ""):
		return Scope{}, f.badCredential(`the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`)
	case parts[4] != terminator:
		return Scope{}, f.badCredential("incorrect terminal " + strconv.Quote(parts[4]) + `. This endpoint uses "aws4_request".`)
	case parts[3] != s.Name:
		return Scope{}, f.badCredential("incorrect service " + strconv.Quote(parts[3]) + ". This endpoint belongs to " + strconv.Quote(s.Name) + ".")
	case !isDay(parts[1]):
		return Scope{}, f.badCredential("incorrect date format " + strconv.Quote(parts[1]) + `. This date in the credential must be in the format "yyyyMMdd".`)
	case !isToken(parts[2]):
		return Scope{}, f.badCredential("the region has characters that no region name has.")
	}
	return Scope{parts[0], parts[1], parts[2], parts[3]}, nil
}

func (a *Auth) parseCredential(s Service, credential string) error {
	sc, err := s.scope(a.Form, credential)
	if err != nil {
		return err
	}
	a.Date, a.Region, a.Service = sc.Date, sc.Region, sc.Service
	return a.parseKey(sc.AccessKey)
}

func (a *Auth) parseKey(key string) error {
	if a.generic {
		a.AccessKey = ident.AccessKey(key)
		return nil
	}
	k, err := ident.ParseAccessKey(key)
	if err != nil {
		return unknownKey(key, err)
	}
	a.AccessKey = k
	return nil
}

// finish checks what is to be signed. S3 wants the host and every x-amz- header; the payload's hash is in the string to sign anyway.
func (a *Auth) finish(s Service, r *Request, token string) error {
	for rest, more := a.Signed, true; more; {
		var name string
		name, rest, more = strings.Cut(rest, ";")
		if !isToken(name) || strings.ToLower(name) != name {
			return a.Form.malformed("SignedHeaders must be header names in lower case, separated by semicolons.")
		}
	}
	if s.Generic {
		return nil
	}
	if token != "" {
		return fail(errs.Invalid, "InvalidToken", "The provided token is malformed or otherwise invalid.", Detail{"Token-0", token})
	}
	var missing []string
	if !listed(a.Signed, "host") {
		missing = append(missing, "host")
	}
	for name := range r.Header {
		if len(name) > 6 && strings.EqualFold(name[:6], "x-amz-") && !listed(a.Signed, name) &&
			name != "X-Amz-Content-Sha256" && name != "X-Amz-Date" {
			missing = append(missing, strings.ToLower(name))
		}
	}
	if missing != nil {
		slices.Sort(missing)
		return unsignedHeaders(strings.Join(missing, ", "))
	}
	return nil
}

// listed reports whether name, in any case, is in a list joined by semicolons.
func listed(list, name string) bool {
	for more := true; more; {
		var word string
		if word, list, more = strings.Cut(list, ";"); strings.EqualFold(word, name) {
			return true
		}
	}
	return false
}

// isToken reports whether s is a token of HTTP: neither empty nor with a separator, a space or a control character.
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !unreserved(c) && !strings.ContainsRune("!#$%&'*+^`|", rune(c)) {
			return false
		}
	}
	return s != ""
}

// readPayload reads how the body is protected. inQuery is the hash that a presigned URL carries.
func (a *Auth) readPayload(r *Request, inQuery string) error {
	sent := first(r.Header, "X-Amz-Content-Sha256")
	a.payload = UnsignedPayload
	switch {
	case a.generic && sent == "":
		a.payload = r.BodyHash
	case a.Form == Presigned && inQuery != "":
		a.payload = inQuery
	case sent != "" && (a.Form == Header || listed(a.Signed, "x-amz-content-sha256")):
		a.payload = sent
	case a.Form == Header:
		return fail(errs.Invalid, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
	}
	if sent == "" {
		sent = inQuery
	}
	switch {
	case sent == "" || sent == UnsignedPayload:
	case sent == StreamUnsigned:
		a.Payload = PayloadUnsignedTrailer
	case sent == StreamChunks:
		a.Payload = PayloadChunks
	case sent == StreamTrailer:
		a.Payload = PayloadChunksTrailer
	case isHash(sent):
		a.Payload, a.Hash = PayloadHash, strings.ToLower(sent)
	case strings.HasPrefix(sent, "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"):
		return fail(errs.Unsupported, "NotImplemented", "The chunk encoding algorithm "+sent+" is not supported.")
	case a.Form == Presigned:
		return otherHash(sent) // whoever sends the body gives it with a URL that was signed before: it is judged as the hash of that body
	default:
		return badArgument("x-amz-content-sha256", sent, "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "+
			"STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, "+
			"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.")
	}
	return a.readLength(r)
}

// readLength reads the length of the decoded body and the trailer it announces.
func (a *Auth) readLength(r *Request) error {
	if (a.Payload == PayloadChunks || a.Payload == PayloadChunksTrailer) && a.Form != Header && a.Form != Presigned {
		return fail(errs.Invalid, "InvalidRequest", "Anonymous requests don't support this x-amz-content-sha256 value. "+
			"Please use UNSIGNED-PAYLOAD or STREAMING-UNSIGNED-PAYLOAD-TRAILER.")
	}
	decoded := first(r.Header, "X-Amz-Decoded-Content-Length")
	if a.Payload.Chunked() || decoded != "" && r.ContentLength < 0 {
		n, err := strconv.ParseUint(decoded, 10, 63)
		if err != nil {
			return fail(errs.Invalid, "MissingContentLength", "You must provide the Content-Length HTTP header.")
		}
		a.Decoded = int64(n)
	}
	trailer := first(r.Header, "X-Amz-Trailer")
	if trailer == "" || a.Payload != PayloadChunksTrailer && a.Payload != PayloadUnsignedTrailer {
		return nil
	}
	var known bool
	if a.Trailer, known = checksum.ParseHeader(strings.TrimSpace(trailer)); !known {
		return fail(errs.Invalid, "InvalidRequest", "The value specified in the x-amz-trailer header is not supported")
	}
	return nil
}

func isHash(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return len(s) == 64
}
