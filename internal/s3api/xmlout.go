package s3api

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	xmlHeader    = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	xmlNamespace = `http://s3.amazonaws.com/doc/2006-03-01/`
)

// xmlWriter appends a document to a buffer that its owner pools.
type xmlWriter struct{ b []byte }

func (x *xmlWriter) raw(s string) { x.b = append(x.b, s...) }

func (x *xmlWriter) open(name string) { x.b = append(append(append(x.b, '<'), name...), '>') }

func (x *xmlWriter) close(name string) { x.b = append(append(append(x.b, '<', '/'), name...), '>') }

// root opens a document with S3's namespace.
func (x *xmlWriter) root(name string) {
	x.raw(xmlHeader)
	x.raw("<")
	x.raw(name)
	x.raw(` xmlns="` + xmlNamespace + `">`)
}

// text appends an element with character data.
func (x *xmlWriter) text(name, value string) {
	x.open(name)
	x.b = appendXML(x.b, value)
	x.close(name)
}

// quoting is text whose quotation marks stay: S3 escapes them in listings and not in the sentences of errors.
func (x *xmlWriter) quoting(name, value string) {
	x.open(name)
	for more := true; more; {
		var part string
		if part, value, more = strings.Cut(value, `"`); more {
			x.b = append(appendXML(x.b, part), '"')
		} else {
			x.b = appendXML(x.b, part)
		}
	}
	x.close(name)
}

// opt appends an element if it has a value.
func (x *xmlWriter) opt(name, value string) {
	if value != "" {
		x.text(name, value)
	}
}

func (x *xmlWriter) num(name string, n int64) {
	x.open(name)
	x.b = strconv.AppendInt(x.b, n, 10)
	x.close(name)
}

func (x *xmlWriter) flag(name string, v bool) {
	x.open(name)
	x.b = strconv.AppendBool(x.b, v)
	x.close(name)
}

// time writes when something was made or changed: in whole seconds, as the header Last-Modified tells it. Source: S3 itself.
func (x *xmlWriter) time(name string, t time.Time) {
	x.open(name)
	x.b = appendISO(x.b, t.Truncate(time.Second))
	x.close(name)
}

func (x *xmlWriter) etag(v string) {
	x.raw("<ETag>&quot;")
	x.b = appendXML(x.b, v)
	x.raw("&quot;</ETag>")
}

// appendISO appends t as S3 writes times in XML, in UTC with milliseconds.
func appendISO(b []byte, t time.Time) []byte {
	t = t.UTC()
	y, m, d := t.Date()
	hh, mm, ss := t.Clock()
	b = appendDigits(b, y, 4)
	b = appendDigits(append(b, '-'), int(m), 2)
	b = appendDigits(append(b, '-'), d, 2)
	b = appendDigits(append(b, 'T'), hh, 2)
	b = appendDigits(append(b, ':'), mm, 2)
	b = appendDigits(append(b, ':'), ss, 2)
	b = appendDigits(append(b, '.'), t.Nanosecond()/1e6, 3)
	return append(b, 'Z')
}

func appendDigits(b []byte, n, width int) []byte {
	var d [8]byte
	for i := width - 1; i >= 0; i-- {
		d[i] = byte('0' + n%10)
		n /= 10
	}
	return append(b, d[:width]...)
}

// plainXML marks the bytes that stand for themselves in character data. It is built once and never changed.
var plainXML = func() (t [256]bool) {
	for c := 0x20; c < 0x7f; c++ {
		t[c] = c != '&' && c != '<' && c != '>' && c != '"'
	}
	return t
}()

// appendXML appends character data. Control characters become references, as S3 writes them: XML 1.0 cannot carry them, which is what
// encoding-type=url is for. Bytes that are not UTF-8 become U+FFFD.
func appendXML(b []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plainXML[c] {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			b = appendEscaped(append(b, s[from:i]...), c)
			i++
			from = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || r == 0xfffe || r == 0xffff {
			b = append(append(b, s[from:i]...), "\uFFFD"...)
			from = i + n
		}
		i += n
	}
	return append(b, s[from:]...)
}

func appendEscaped(b []byte, c byte) []byte {
	switch c {
	case '&':
		return append(b, "&amp;"...)
	case '<':
		return append(b, "&lt;"...)
	case '>':
		return append(b, "&gt;"...)
	case '"':
		return append(b, "&quot;"...)
	case '\t':
		return append(b, "&#9;"...)
	case '\n':
		return append(b, "&#10;"...)
	case '\r':
		return append(b, "&#13;"...)
	}
	b = strconv.AppendUint(append(b, "&#x"...), uint64(c), 16)
	return append(b, ';')
}

// appendURL appends s percent-encoded for encoding-type=url. "/" stays; a space is %20 and "+" is %2B, which every reader decodes alike.
func appendURL(b []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' || c == '~' || c == '/' || c == '*' {
			b = append(b, c)
			continue
		}
		b = append(b, '%', hex[c>>4], hex[c&15])
	}
	return b
}

// encoded is text, percent-encoded if url is set.
func (x *xmlWriter) encoded(name, value string, url bool) {
	x.open(name)
	if url {
		x.b = appendURL(x.b, value)
	} else {
		x.b = appendXML(x.b, value)
	}
	x.close(name)
}
