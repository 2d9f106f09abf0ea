package object

import (
	"time"

	"coffer/internal/ident"
)

// any reports whether there is a condition at all.
func (c *Conditions) any() bool {
	return len(c.IfMatch) > 0 || len(c.IfNoneMatch) > 0 || !c.IfModifiedSince.IsZero() || !c.IfUnmodifiedSince.IsZero() ||
		c.IfMatchSize != nil || !c.IfMatchModified.IsZero()
}

// matchETag reports whether one of the ETags is r's, or "*".
func matchETag(list []string, r *record) bool {
	var buf [48]byte
	etag := appendETag(buf[:0], r.etag, r.parts)
	for _, want := range list {
		if want == "*" || want == string(etag) {
			return true
		}
	}
	return false
}

// forRead decides about a GET, HEAD or copy source: RFC 9110 section 13.2.2, as S3 has it. Times of HTTP have no fractions.
func (c *Conditions) forRead(r *record) error {
	modified := time.UnixMilli(r.modified).Truncate(time.Second)
	switch {
	case len(c.IfMatch) > 0:
		if !matchETag(c.IfMatch, r) {
			return preconditionFailed("If-Match")
		}
	case !c.IfUnmodifiedSince.IsZero() && modified.After(c.IfUnmodifiedSince):
		return preconditionFailed("If-Unmodified-Since")
	}
	switch {
	case len(c.IfNoneMatch) > 0:
		if matchETag(c.IfNoneMatch, r) {
			return notModified("If-None-Match")
		}
	case !c.IfModifiedSince.IsZero() && !modified.After(c.IfModifiedSince):
		return notModified("If-Modified-Since")
	}
	return nil
}

// forWrite decides about a PUT or a completed upload, from the current object; nil if there is none.
func (c *Conditions) forWrite(k ident.ObjectKey, current *record) error {
	if len(c.IfMatch) > 0 {
		if current == nil {
			return noSuchKey(k)
		}
		if !matchETag(c.IfMatch, current) {
			return preconditionFailed("If-Match")
		}
	}
	if len(c.IfNoneMatch) > 0 && current != nil && matchETag(c.IfNoneMatch, current) {
		return preconditionFailed("If-None-Match")
	}
	return nil
}

// forDelete decides about a DELETE of key k. An absent object has no ETag that could match, so that who compares and deletes is not told that
// it was theirs; of sizes and times it is deleted already. Source: AWS S3 User Guide, "How to perform conditional deletes", and
// S3 itself, which answers 404 where the guide has 412.
func (c *Conditions) forDelete(k ident.ObjectKey, r *record) error {
	if r == nil {
		if len(c.IfMatch) > 0 {
			return noSuchKey(k)
		}
		return nil
	}
	if len(c.IfMatch) > 0 && (r.is(flagMarker) || !matchETag(c.IfMatch, r)) {
		return preconditionFailed("If-Match")
	}
	if c.IfMatchSize != nil && *c.IfMatchSize != r.size {
		return preconditionFailed("x-amz-if-match-size")
	}
	if !c.IfMatchModified.IsZero() && !c.IfMatchModified.Truncate(time.Second).Equal(time.UnixMilli(r.modified).Truncate(time.Second)) {
		return preconditionFailed("x-amz-if-match-last-modified-time")
	}
	return nil
}
