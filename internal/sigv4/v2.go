package sigv4

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"coffer/internal/errs"
)

// Version 2. Source: AWS S3 API Reference, "Signing and authenticating REST requests (AWS Signature Version 2)".

// parseHeaderV2 reads what follows the word AWS.
func (a *Auth) parseHeaderV2(r *Request, value string) error {
	a.Form = HeaderV2
	key, signature, found := strings.Cut(strings.TrimSpace(value), ":")
	if !found || key == "" || signature == "" {
		return badArgument("Authorization", "AWS", "AWS authorization header is invalid. Expected AwsAccessKeyId:signature")
	}
	a.signature = signature
	if err := a.parseKey(key); err != nil {
		return err
	}
	if amz := r.Header["X-Amz-Date"]; len(amz) > 0 { // an empty one is no date either, whatever Date says
		var ok bool
		if a.Time, ok = parseDate(amz[0]); !ok {
			return noDate()
		}
		return nil
	}
	if err := a.dateHeader(r); err != nil {
		return err
	}
	a.stamp = first(r.Header, "Date")
	return nil
}

func (a *Auth) parsePresignedV2(q *params) error {
	a.Form = PresignedV2
	if q.accessKeyV2 == "" || q.signatureV2 == "" || q.expiresV2 == "" {
		return fail(errs.Denied, "AccessDenied", "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters")
	}
	seconds, err := strconv.ParseInt(q.expiresV2, 10, 64)
	if err != nil || seconds < 0 || seconds > 1<<40 {
		return fail(errs.Denied, "AccessDenied", "Invalid date (should be seconds since epoch): "+q.expiresV2)
	}
	a.Time, a.stamp, a.signature = time.Unix(seconds, 0).UTC(), q.expiresV2, q.signatureV2
	return a.parseKey(q.accessKeyV2)
}

// VerifyV2 checks a HeaderV2 or PresignedV2 claim: the request's time, then the signature with the access key's secret. It fails as
// Verify does.
func (a *Auth) VerifyV2(r *Request, secret string, now time.Time, maxSkew time.Duration) error {
	if !a.Form.V2() {
		return errs.Fault("sigv4.Auth.VerifyV2", errs.New(errs.Internal, "", "the claim is not one of version 2"))
	}
	if err := a.checkTime(now, maxSkew); err != nil {
		return err
	}
	if !a.signedV2(r, secret) {
		return wrongSignature(a, a.signature, a.textV2(r, false))
	}
	a.verified = true
	return nil
}

// signedV2 reports whether the signature is that of one of the texts that clients sign for the request. They differ on whether a
// sub-resource with an empty value has its equals sign, and on whether a bucket alone in the path (/bucket) ends with a slash.
func (a *Auth) signedV2(r *Request, secret string) bool {
	ways := []Request{*r}
	if r.Bucket == "" && len(r.Path) > 1 && strings.LastIndexByte(r.Path, '/') == 0 {
		ways = append(ways, *r)
		ways[1].Path += "/"
	}
	for i := range ways {
		for _, bare := range [...]bool{false, true} {
			if same(signV2(secret, a.textV2(&ways[i], bare)), a.signature) {
				return true
			}
		}
	}
	return false
}

func signV2(secret string, text []byte) []byte {
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write(text)
	return base64.StdEncoding.AppendEncode(nil, mac.Sum(nil))
}

// textV2 is the string to sign. bare leaves the equals sign out where a sub-resource has an empty value.
func (a *Auth) textV2(r *Request, bare bool) []byte {
	b := make([]byte, 0, 256)
	for _, s := range [...]string{r.Method, first(r.Header, "Content-Md5"), first(r.Header, "Content-Type"), a.stamp} {
		b = append(append(b, s...), '\n')
	}
	var names []string
	for name := range r.Header {
		if len(name) > 6 && strings.EqualFold(name[:6], "x-amz-") {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	for _, name := range names {
		b = append(append(b, strings.ToLower(name)...), ':')
		for i, v := range r.Header[name] {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, strings.TrimSpace(v)...)
		}
		b = append(b, '\n')
	}
	if r.Bucket != "" {
		b = append(append(b, '/'), r.Bucket...)
	}
	if r.Path == "" {
		b = append(b, '/')
	}
	return appendSubresources(append(b, r.Path...), r.Query, bare)
}

// appendSubresources appends the parameters that version 2 signs, sorted, values decoded.
func appendSubresources(dst []byte, query string, bare bool) []byte {
	var kept []string
	for rest := query; rest != ""; {
		var part string
		part, rest, _ = strings.Cut(rest, "&")
		name, value, found := strings.Cut(part, "=")
		if !subresource(name) {
			continue
		}
		if found && (value != "" || !bare) {
			name += "=" + unescape(value)
		}
		kept = append(kept, name)
	}
	slices.Sort(kept)
	for i, s := range kept {
		dst = append(append(dst, "?&"[min(i, 1)]), s...)
	}
	return dst
}

func subresource(name string) bool {
	switch name {
	case "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "encryption", "inventory", "lifecycle", "location", "logging",
		"metrics", "notification", "object-lock", "partNumber", "policy", "publicAccessBlock", "replication", "requestPayment", "restore",
		"select", "select-type", "storageClass", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website",
		"response-cache-control", "response-content-disposition", "response-content-encoding", "response-content-language",
		"response-content-type", "response-expires":
		return true
	}
	return false
}
