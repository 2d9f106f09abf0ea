package sigv4

import (
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

// Derive makes the signing key of a secret for one day (yyyymmdd), region and service.
func Derive(secret, date, region, service string) Key { return Key{} }

// SignHeader signs every header of r and the host: it sets X-Amz-Date, X-Amz-Content-Sha256 (payload: a hash in hex, or one of the
// constants) and Authorization in r.Header. It returns the signature, from which those of chunks go on.
func SignHeader(r *Request, c Credential, payload string, now time.Time) string { return "" }

// Presign returns r's query with the parameters that make it valid for a time, at most MaxExpires. The headers of r are signed:
// who uses the URL must send them as they are.
func Presign(r *Request, c Credential, expires time.Duration, now time.Time) string { return "" }

// SignPolicy signs the policy of a form upload, which is the base64 text as it is sent. Source: AWS S3 API Reference,
// "Browser-Based Uploads Using POST".
func SignPolicy(key Key, policy string) string { return "" }

// VerifyPolicy reports whether signature is the policy's, in constant time.
func VerifyPolicy(key Key, policy, signature string) bool { return false }
