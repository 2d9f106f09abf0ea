package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"coffer/internal/ident"
)

// Credential is what a client signs with.
type Credential struct {
	AccessKey ident.AccessKey
	Secret    string
	Region    string
	Service   Service // the zero value: S3
}

// Derive makes the signing key of a secret for one day (yyyymmdd), region and service. It takes four HMACs: keep the key for the day.
func Derive(secret, date, region, service string) Key {
	key := []byte("AWS4" + secret)
	for _, word := range [...]string{date, region, service, terminator} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(word))
		key = mac.Sum(key[:0])
	}
	return Key(key)
}

func (c Credential) claim(f Form, now time.Time) *Auth {
	if c.Service.Name == "" {
		c.Service = S3()
	}
	now = now.UTC().Truncate(time.Second)
	stamp := now.Format(longForm)
	return &Auth{Form: f, AccessKey: c.AccessKey, Date: stamp[:8], Region: c.Region, Service: c.Service.Name, Time: now, stamp: stamp,
		generic: c.Service.Generic, payload: UnsignedPayload, key: Derive(c.Secret, stamp[:8], c.Region, c.Service.Name)}
}

func (a *Auth) credential() string {
	return string(a.AccessKey) + "/" + a.Date + "/" + a.Region + "/" + a.Service + "/" + terminator
}

// signAll names the host and every header of r, but those that a proxy may change on the way.
func (a *Auth) signAll(r *Request) {
	names := []string{"host"}
	for name := range r.Header {
		switch name {
		case "Authorization", "User-Agent", "Accept-Encoding", "Connection", "Expect":
		default:
			names = append(names, strings.ToLower(name))
		}
	}
	slices.Sort(names)
	a.Signed = strings.Join(names, ";")
}

func (a *Auth) sign(r *Request) string {
	s := scratches.Get().(*scratch)
	defer s.free()
	signature := s.signature(a, r, &a.key)
	a.signature = string(signature[:])
	return a.signature
}

// SignHeader signs the host and every header of r but Authorization, User-Agent, Accept-Encoding, Connection and Expect: it sets
// X-Amz-Date, X-Amz-Content-Sha256 (payload: a hash in hex, or one of the constants) and Authorization in r.Header, which must not be
// nil. It returns the signature, from which those of chunks go on.
func SignHeader(r *Request, c Credential, payload string, now time.Time) string {
	a := c.claim(Header, now)
	a.payload = payload
	r.Header["X-Amz-Date"] = []string{a.stamp}
	if !a.generic {
		r.Header["X-Amz-Content-Sha256"] = []string{payload}
	}
	a.signAll(r)
	signature := a.sign(r)
	r.Header["Authorization"] = []string{algorithm + " Credential=" + a.credential() + ", SignedHeaders=" + a.Signed + ", Signature=" + signature}
	return signature
}

// Presign returns r's query with the parameters that make it valid for a time, from a second to MaxExpires. The headers of r are
// signed: who uses the URL must send them as they are.
func Presign(r *Request, c Credential, expires time.Duration, now time.Time) string {
	a := c.claim(Presigned, now)
	a.signAll(r)
	query := r.Query
	if query != "" {
		query += "&"
	}
	query += "X-Amz-Algorithm=" + algorithm + "&X-Amz-Credential=" + a.credential() + "&X-Amz-Date=" + a.stamp +
		"&X-Amz-Expires=" + strconv.FormatInt(int64(expires/time.Second), 10) + "&X-Amz-SignedHeaders=" + a.Signed
	s := scratches.Get().(*scratch)
	query = string(s.appendQuery(nil, query, ""))
	s.free()
	signed := *r
	signed.Query = query
	return query + "&X-Amz-Signature=" + a.sign(&signed)
}

// SignPolicy signs the policy of a form upload, which is the base64 text as it is sent. Source: AWS S3 API Reference,
// "Browser-Based Uploads Using POST".
func SignPolicy(key Key, policy string) string {
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte(policy))
	return hex.EncodeToString(mac.Sum(nil))
}

// VerifyPolicy reports whether signature is the policy's, in constant time.
func VerifyPolicy(key Key, policy, signature string) bool {
	return same([]byte(SignPolicy(key, policy)), signature)
}

// VerifyPolicyV2 is VerifyPolicy for a form signed by version 2.
func VerifyPolicyV2(secret, policy, signature string) bool {
	return same(signV2(secret, []byte(policy)), signature)
}

// Chunks frames and signs a body for StreamChunks and StreamTrailer, as a client does.
type Chunks struct {
	claim    *Auth
	previous []byte
}

// NewChunks goes on from the signature that SignHeader returned for the same credential and time.
func NewChunks(c Credential, seed string, now time.Time) *Chunks {
	return &Chunks{claim: c.claim(Header, now), previous: []byte(seed)}
}

// Append appends a chunk of data to dst. The chunk without data ends the body, or comes before Trailer.
func (c *Chunks) Append(dst, data []byte) []byte {
	s := scratches.Get().(*scratch)
	s.beginChunk(c.claim, c.previous, sha256.Sum256(data))
	signature := s.sign(&c.claim.key)
	s.free()
	c.previous = signature[:]
	dst = strconv.AppendInt(dst, int64(len(data)), 16)
	dst = append(append(append(dst, chunkExtension...), c.previous...), "\r\n"...)
	if len(data) == 0 {
		return dst
	}
	return append(append(dst, data...), "\r\n"...)
}

// End appends what follows the empty chunk: nothing but a line end, or a trailer with its signature.
func (c *Chunks) End(dst []byte, name, value string) []byte {
	if name == "" {
		return append(dst, "\r\n"...)
	}
	s := scratches.Get().(*scratch)
	s.beginTrailer(c.claim, c.previous, sha256.Sum256([]byte(name+":"+value+"\n")))
	signature := s.sign(&c.claim.key)
	s.free()
	dst = append(dst, name+":"+value+"\r\n"+trailerSignature+":"...)
	return append(append(dst, signature[:]...), "\r\n\r\n"...)
}
