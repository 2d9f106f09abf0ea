package s3xml

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// Header begins every document.
	Header = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	// Namespace is that of S3's documents.
	Namespace = `http://s3.amazonaws.com/doc/2006-03-01/`
)

// Writer appends a document to B, a buffer that its owner pools. It is not safe for concurrent use.
type Writer struct{ B []byte }

// Raw appends s as it stands.
func (x *Writer) Raw(s string) { x.B = append(x.B, s...) }

// Open appends a start tag.
func (x *Writer) Open(name string) { x.B = append(append(append(x.B, '<'), name...), '>') }

// Close appends an end tag.
func (x *Writer) Close(name string) { x.B = append(append(append(x.B, '<', '/'), name...), '>') }

// Root opens a document with S3's namespace.
func (x *Writer) Root(name string) {
	x.Raw(Header)
	x.Raw("<")
	x.Raw(name)
	x.Raw(` xmlns="` + Namespace + `">`)
}

// Text appends an element with character data.
func (x *Writer) Text(name, value string) {
	x.Open(name)
	x.B = AppendText(x.B, value)
	x.Close(name)
}

// Quoting is Text whose quotation marks stay: S3 escapes them in listings and not in the sentences of errors.
func (x *Writer) Quoting(name, value string) {
	x.Open(name)
	for more := true; more; {
		var part string
		if part, value, more = strings.Cut(value, `"`); more {
			x.B = append(AppendText(x.B, part), '"')
		} else {
			x.B = AppendText(x.B, part)
		}
	}
	x.Close(name)
}

// Opt appends an element if it has a value.
func (x *Writer) Opt(name, value string) {
	if value != "" {
		x.Text(name, value)
	}
}

// Num appends an element with a decimal number.
func (x *Writer) Num(name string, n int64) {
	x.Open(name)
	x.B = strconv.AppendInt(x.B, n, 10)
	x.Close(name)
}

// Flag appends an element with true or false.
func (x *Writer) Flag(name string, v bool) {
	x.Open(name)
	x.B = strconv.AppendBool(x.B, v)
	x.Close(name)
}

// Time writes when something was made or changed: in whole seconds, as the header Last-Modified tells it. Source: S3 itself.
func (x *Writer) Time(name string, t time.Time) {
	x.Open(name)
	x.B = AppendTime(x.B, t.Truncate(time.Second))
	x.Close(name)
}

// ETag appends an element ETag with its quotation marks.
func (x *Writer) ETag(v string) {
	x.Raw("<ETag>&quot;")
	x.B = AppendText(x.B, v)
	x.Raw("&quot;</ETag>")
}

// AppendTime appends t as S3 writes times in XML, in UTC with milliseconds.
func AppendTime(b []byte, t time.Time) []byte {
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

// AppendText appends character data. Control characters become references, as S3 writes them: XML 1.0 cannot carry them, which is what
// encoding-type=url is for. Bytes that are not UTF-8 become U+FFFD.
func AppendText(b []byte, s string) []byte {
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

// AppendURL appends s percent-encoded for encoding-type=url. "/" stays; a space is %20 and "+" is %2B, which every reader decodes alike.
func AppendURL(b []byte, s string) []byte {
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

// Encoded is Text, percent-encoded if url is set.
func (x *Writer) Encoded(name, value string, url bool) {
	x.Open(name)
	if url {
		x.B = AppendURL(x.B, value)
	} else {
		x.B = AppendText(x.B, value)
	}
	x.Close(name)
}
