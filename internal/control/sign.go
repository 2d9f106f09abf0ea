package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"coffer/internal/api/console"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/sigv4"
)

// Limits of POST /console/sign.
const (
	maxSign        = 64   // requests of one call
	maxSignHeaders = 64   // headers of one request
	maxSignQuery   = 32   // query parameters of one request
	maxSignValue   = 4096 // bytes of one header's or parameter's value

	// maxSignSeconds is the longest life of a link. Source: AWS S3 API Reference, "Authenticating Requests: Using Query Parameters".
	maxSignSeconds = 7 * 24 * 60 * 60
)

// ConsoleSign presigns S3 requests for the browser with the session's own credential. It decides nothing about them: S3 does, when
// they arrive.
func (s *consoleAPI) ConsoleSign(w http.ResponseWriter, r *http.Request) {
	c := callOf(r)
	var in console.SignRequests
	err := sessionOnly(c)
	if err == nil {
		err = person(c.actor)
	}
	if err == nil {
		err = decode(w, r, &in, refuseUnknown)
	}
	if err == nil && (len(in.Requests) < 1 || len(in.Requests) > maxSign) {
		err = invalid("Field requests: it has %d entries; send 1 to %d.", len(in.Requests), maxSign)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	key, secret, err := s.cfg.IAM.SessionCredential(r.Context(), c.session)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out := console.SignedRequests{Requests: make([]console.SignedRequest, 0, len(in.Requests))}
	session := sigv4.Credential{AccessKey: key, Secret: secret}
	for i := range in.Requests {
		cred, err := s.signer(r.Context(), c, &in.Requests[i], session)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		signed, err := s.sign(c, &in.Requests[i], cred)
		if err != nil {
			s.fail(w, r, invalid("Field requests[%d].%s", i, errs.PublicOf(err)))
			return
		}
		out.Requests = append(out.Requests, *signed)
	}
	s.write(w, r, http.StatusOK, out)
}

// signer returns what signs a request: the session's credential, or the own key that it names. A key signs reads alone, so that no
// link that was passed on changes anything.
func (s *server) signer(ctx context.Context, c *call, in *console.SignRequest, session sigv4.Credential) (sigv4.Credential, error) {
	if in.AccessKey == nil {
		return session, nil
	}
	if in.Method != console.GET && in.Method != console.HEAD {
		return session, invalid("Field accessKey: a key signs GET and HEAD alone; leave it out for %s.", in.Method)
	}
	pair, err := s.cfg.IAM.SigningKey(ctx, c.actor, ident.AccessKey(*in.AccessKey))
	if errors.Is(err, errs.Invalid) {
		return session, invalid("Field accessKey: %s", errs.PublicOf(err))
	}
	if err != nil {
		return session, err
	}
	return sigv4.Credential{AccessKey: pair.AccessKey, Secret: pair.Secret}, nil
}

// life is how long a link lasts.
func life(in *console.SignRequest) (time.Duration, error) {
	if in.ExpiresSeconds == nil {
		return signLife, nil
	}
	n := *in.ExpiresSeconds
	if n < 1 || n > maxSignSeconds {
		return 0, fault("expiresSeconds", "%d is not between 1 and %d.", n, maxSignSeconds)
	}
	return time.Duration(n) * time.Second, nil
}

// fault says what is wrong with a field of a request to sign.
func fault(field, format string, args ...any) error {
	return invalid("%s: %s", field, fmt.Sprintf(format, args...))
}

// sign presigns one request. Its errors begin with the name of the field.
func (s *server) sign(c *call, in *console.SignRequest, cred sigv4.Credential) (*console.SignedRequest, error) {
	switch in.Method {
	case console.GET, console.HEAD, console.PUT, console.POST, console.DELETE:
	default:
		return nil, fault("method", "%q is none of GET, HEAD, PUT, POST, DELETE.", in.Method)
	}
	path, err := signPath(or(in.Bucket, ""), or(in.Key, ""))
	if err != nil {
		return nil, err
	}
	cred.Region = string(s.cfg.Regions()[0].Name)
	if in.Region != nil {
		if cred.Region, err = s.regionName(*in.Region); err != nil {
			return nil, err
		}
	}
	query, err := signQuery(in.Query)
	if err != nil {
		return nil, err
	}
	header, err := signHeaders(in.Headers)
	if err != nil {
		return nil, err
	}
	lasts, err := life(in)
	if err != nil {
		return nil, err
	}
	at := *s.s3(c)
	req := &sigv4.Request{Method: string(in.Method), Host: at.Host, Path: path, Query: query, Header: header, ContentLength: -1}
	target := at.String() + path + "?" + sigv4.Presign(req, cred, lasts, s.cfg.Clock())
	back := map[string]string{}
	for name, v := range in.Headers {
		back[name] = v
	}
	return &console.SignedRequest{Url: target, Headers: back}, nil
}

func (s *server) regionName(name string) (string, error) {
	var known []string
	for _, r := range s.cfg.Regions() {
		if string(r.Name) == name {
			return name, nil
		}
		known = append(known, string(r.Name))
	}
	return "", fault("region", "%q is not known; there are %s.", name, strings.Join(known, ", "))
}

// signPath writes the path-style path as it goes over the wire.
func signPath(bucket, key string) (string, error) {
	if bucket == "" {
		if key != "" {
			return "", fault("key", "it needs a bucket.")
		}
		return "/", nil
	}
	if len(bucket) > ident.MaxBucketName || dots(bucket) || strings.Contains(bucket, "/") {
		return "", fault("bucket", "a name has at most %d characters and no slash.", ident.MaxBucketName)
	}
	path := "/" + escape(bucket)
	if key == "" {
		return path, nil
	}
	if _, err := ident.ParseObjectKey(key); err != nil {
		return "", fault("key", "%s", errs.PublicOf(err))
	}
	for _, part := range strings.Split(key, "/") {
		if dots(part) {
			// Browsers resolve dot segments before they send, however they are encoded, and would ask for another object.
			return "", fault("key", "a browser can't ask for a key with . or .. between slashes; use another S3 program.")
		}
		path += "/" + escape(part)
	}
	return path, nil
}

func dots(s string) bool { return s == "." || s == ".." }

// escape encodes everything but unreserved characters, as the signature wants it.
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

func signQuery(q map[string]string) (string, error) {
	if len(q) > maxSignQuery {
		return "", fault("query", "it has %d parameters; at most %d are signed.", len(q), maxSignQuery)
	}
	v := url.Values{}
	for name, value := range q {
		switch {
		case name == "" || len(name) > 128 || len(value) > maxSignValue:
			return "", fault("query", "%.128q is empty or too long.", name)
		case strings.HasPrefix(strings.ToLower(name), "x-amz-"):
			return "", fault("query", "%.128q belongs to the signature.", name)
		}
		v.Set(name, value)
	}
	// A plus for a space is read differently by different parsers.
	return strings.ReplaceAll(v.Encode(), "+", "%20"), nil
}

// notSigned are headers with a part in signing or in the rights of a request; what a page sends must not speak of them.
var notSigned = map[string]bool{
	"x-amz-date": true, "x-amz-security-token": true, "x-amz-content-sha256": true, "content-length": true,
	"x-amz-decoded-content-length": true,
}

func signable(name string) bool {
	if notSigned[name] {
		return false
	}
	switch name {
	case "cache-control", "expires", "range":
		return true
	}
	return strings.HasPrefix(name, "x-amz-") || strings.HasPrefix(name, "content-") || strings.HasPrefix(name, "if-")
}

func signHeaders(in map[string]string) (map[string][]string, error) {
	if len(in) > maxSignHeaders {
		return nil, fault("headers", "there are %d; at most %d are signed.", len(in), maxSignHeaders)
	}
	out := map[string][]string{}
	for name, value := range in {
		lower := strings.ToLower(name)
		if !signable(lower) || !token(lower) {
			return nil, fault("headers", "%.128q can't be signed; use x-amz-*, content-*, cache-control, expires, range and if-*.", name)
		}
		if len(value) > maxSignValue || !visible(value) {
			return nil, fault("headers", "the value of %s has control or non-ASCII characters, or more than %d bytes.", lower, maxSignValue)
		}
		canonical := textproto.CanonicalMIMEHeaderKey(lower)
		if _, twice := out[canonical]; twice {
			return nil, fault("headers", "%s is there twice.", lower)
		}
		out[canonical] = []string{value}
	}
	return out, nil
}

func token(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-_.", c) >= 0) {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 128
}

func visible(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 && s[i] != '\t' || s[i] > 0x7e {
			return false
		}
	}
	return true
}
