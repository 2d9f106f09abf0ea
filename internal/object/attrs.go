package object

import (
	"slices"

	"coffer/internal/errs"
	"coffer/internal/object/rowcode"
)

// Attributes up to this many bytes stay in the version's row, so that a listing's page stays small and the usual object costs no
// second row.
const attrsInline = 128

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
	maxACLBytes    = 16 << 10 // of an access control list
	maxTags        = 10
	maxTagKey      = 128 * 4 // bytes; the edge counts characters
	maxTagValue    = 256 * 4
)

// appendAttrs appends headers and tags, in one order whatever the maps' order. scratch holds sorted names.
func appendAttrs(b []byte, h *Headers, tags map[string]string, scratch *[]string) []byte {
	for i, v := range [...]string{h.ContentType, h.CacheControl, h.ContentDisposition, h.ContentEncoding, h.ContentLanguage, h.Expires, h.WebsiteRedirect} {
		if v != "" {
			b = appendBytes(append(b, attrContentType+byte(i)), v)
		}
	}
	b = appendPairs(b, attrUser, h.User, scratch)
	b = appendPairs(b, attrTag, tags, scratch)
	if h.ACL != "" {
		b = appendBytes(append(b, attrACL), h.ACL)
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
		b = appendBytes(append(b, number), name)
		b = appendBytes(b, pairs[name])
	}
	clear(names)
	*scratch = names[:0]
	return b
}

// decodeAttrs reads what appendAttrs wrote.
func decodeAttrs(b []byte) (Headers, map[string]string, error) {
	var h Headers
	var tags map[string]string
	fields := [...]*string{&h.ContentType, &h.CacheControl, &h.ContentDisposition, &h.ContentEncoding, &h.ContentLanguage, &h.Expires, &h.WebsiteRedirect}
	d := decoder{rowcode.Reader{B: b}}
	for len(d.B) > 0 && !d.Fail {
		switch number := d.byte(); {
		case number >= attrContentType && number <= attrRedirect:
			*fields[number-attrContentType] = d.string()
		case number == attrUser:
			if h.User == nil {
				h.User = make(map[string]string)
			}
			name := d.string()
			h.User[name] = d.string()
		case number == attrTag:
			if tags == nil {
				tags = make(map[string]string)
			}
			name := d.string()
			tags[name] = d.string()
		case number == attrACL:
			h.ACL = d.string()
		default:
			d.Fail = true
		}
	}
	return h, tags, d.end("headers")
}

// checkAttrs refuses what is too long to be stored.
func checkAttrs(h *Headers, tags map[string]string) error {
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
	if len(h.ACL) > maxACLBytes {
		return errTooLongACL
	}
	return checkTags(tags)
}

func checkTags(tags map[string]string) error {
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

// attrsRow makes the value of an attributes row.
func attrsRow(b, attrs []byte) []byte {
	return append(append(b, rowVersion), attrs...)
}

// An attributes row begins like every row; what follows is as in a version's row.
func attrsOfRow(value []byte) ([]byte, error) {
	d := decode(value)
	if d.Fail {
		return nil, badRow("headers")
	}
	return d.B, nil
}
