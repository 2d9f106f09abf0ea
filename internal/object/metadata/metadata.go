// Package metadata has what is kept with an object besides its content, headers and tags, in the form in which it is stored, and its bounds. It
// never stores anything.
package metadata

import (
	"encoding/binary"
	"slices"

	"coffer/internal/errs"
	"coffer/internal/object/rowcode"
)

// Headers are what S3 stores with an object and gives back on GET and HEAD.
type Headers struct {
	ContentType, CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, Expires, WebsiteRedirect string
	User                                                                                                      map[string]string // lower-case names without x-amz-meta-
	// ACL is the access control list that is kept with them, in the form of package authz; "": the bucket's owner alone.
	ACL string
}

// Attribute numbers of the encoding. They are stored: never change one.
const (
	attrContentType byte = iota + 1
	attrCacheControl
	attrDisposition
	attrEncoding
	attrLanguage
	attrExpires
	attrRedirect
	attrUser byte = 16 // name, value
	attrTag  byte = 17 // name, value
	attrACL  byte = 18
)

// Limits of what is stored with an object.
const (
	maxUserBytes   = 2048     // names and values of user metadata (AWS)
	maxHeaderBytes = 8 << 10  // all other stored headers
	MaxACL         = 16 << 10 // bytes of an access control list
	maxTags        = 10
	maxTagKey      = 128 * 4 // bytes; the edge counts characters
	maxTagValue    = 256 * 4
)

// Append appends headers and tags, in one order whatever the maps' order. scratch holds sorted names.
func Append(b []byte, h *Headers, tags map[string]string, scratch *[]string) []byte {
	for i, v := range [...]string{h.ContentType, h.CacheControl, h.ContentDisposition, h.ContentEncoding, h.ContentLanguage, h.Expires, h.WebsiteRedirect} {
		if v != "" {
			b = run(append(b, attrContentType+byte(i)), v)
		}
	}
	b = appendPairs(b, attrUser, h.User, scratch)
	b = appendPairs(b, attrTag, tags, scratch)
	if h.ACL != "" {
		b = run(append(b, attrACL), h.ACL)
	}
	return b
}

func appendPairs(b []byte, number byte, pairs map[string]string, scratch *[]string) []byte {
	if len(pairs) == 0 {
		return b
	}
	names := (*scratch)[:0]
	for name := range pairs {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		b = run(append(b, number), name)
		b = run(b, pairs[name])
	}
	clear(names)
	*scratch = names[:0]
	return b
}

// Decode reads what Append wrote; errs.Corrupt if it is anything else.
func Decode(b []byte) (Headers, map[string]string, error) {
	var h Headers
	var tags map[string]string
	fields := [...]*string{&h.ContentType, &h.CacheControl, &h.ContentDisposition, &h.ContentEncoding, &h.ContentLanguage, &h.Expires, &h.WebsiteRedirect}
	d := rowcode.Reader{B: b}
	for len(d.B) > 0 && !d.Fail {
		switch number := d.Byte(); {
		case number >= attrContentType && number <= attrRedirect:
			*fields[number-attrContentType] = string(d.Bytes())
		case number == attrUser:
			if h.User == nil {
				h.User = make(map[string]string)
			}
			name := string(d.Bytes())
			h.User[name] = string(d.Bytes())
		case number == attrTag:
			if tags == nil {
				tags = make(map[string]string)
			}
			name := string(d.Bytes())
			tags[name] = string(d.Bytes())
		case number == attrACL:
			h.ACL = string(d.Bytes())
		default:
			d.Fail = true
		}
	}
	if !d.Done() {
		return h, tags, &errs.Error{Op: "metadata.Decode", Kind: errs.Corrupt, Public: "The stored record of the headers can't be read."}
	}
	return h, tags, nil
}

// Check refuses what is too long to be stored.
func Check(h *Headers, tags map[string]string) error {
	user := 0
	for name, value := range h.User {
		user += len(name) + len(value)
	}
	if user > maxUserBytes {
		return errs.New(errs.Invalid, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size of 2048 bytes.")
	}
	other := len(h.ContentType) + len(h.CacheControl) + len(h.ContentDisposition) + len(h.ContentEncoding) + len(h.ContentLanguage) +
		len(h.Expires) + len(h.WebsiteRedirect)
	if other > maxHeaderBytes {
		return errs.New(errs.Invalid, "MetadataTooLarge", "The headers to be stored with the object exceed 8192 bytes.")
	}
	if len(h.ACL) > MaxACL {
		return TooLongACL()
	}
	return CheckTags(tags)
}

// CheckTags refuses too many tags, and too long ones.
func CheckTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return errs.New(errs.Invalid, "BadRequest", "Object tags cannot be greater than 10")
	}
	for name, value := range tags {
		if name == "" || len(name) > maxTagKey {
			return errs.New(errs.Invalid, "InvalidTag", "The TagKey you have provided is invalid").On(errs.Subject(clip(name)))
		}
		if len(value) > maxTagValue {
			return errs.New(errs.Invalid, "InvalidTag", "The TagValue you have provided is invalid").On(errs.Subject(clip(name)))
		}
	}
	return nil
}

// TooLongACL is the refusal of an access control list of more than MaxACL bytes.
func TooLongACL() error {
	return errs.New(errs.Invalid, "MalformedACLError", "The access control list exceeds 16384 bytes; grant to fewer.")
}

func run(b []byte, value string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(value))), value...)
}

// clip shortens what a client sent to what may stand in an error.
func clip(s string) string { return s[:min(len(s), 128)] }
