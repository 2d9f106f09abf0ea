// Package s3xml reads the documents in S3 requests and writes those of answers: a pull reader that allocates for what it finds alone, and
// a writer that appends. It never resolves document types, entities or encodings, and never looks outside of the document it was given.
package s3xml

import (
	"bytes"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"

	"coffer/internal/errs"
)

// maxXMLDepth bounds the nesting of elements. S3's deepest document (website routing rules) has five.
const maxXMLDepth = 16

// Reader pulls elements out of a document held in memory. It knows what S3's requests use: elements with or without a
// namespace, attributes, character data, CDATA, comments and references. Document types and processing instructions are refused.
// Unlike XML 1.0 it takes references to control characters, since object keys have them. The first error sticks; after
// it nothing more is found.
type Reader struct {
	in     []byte
	at     int
	stack  []string // names of open elements as written, prefix included
	empty  bool     // the element just opened was "<a/>"
	attrs  []byte   // of the element just opened
	broken bool
	buf    [8]string
}

func New(doc []byte) *Reader {
	x := &Reader{in: bytes.TrimPrefix(doc, []byte("\xef\xbb\xbf"))}
	x.stack = x.buf[:0]
	if !utf8.Valid(x.in) {
		x.broken = true
	}
	return x
}

func (x *Reader) Fail() { x.broken = true }

// Err is MalformedXML if anything was wrong.
func (x *Reader) Err() error {
	if x.broken {
		return errs.New(errs.Invalid, "MalformedXML", "")
	}
	return nil
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (x *Reader) space() {
	for x.at < len(x.in) && isSpace(x.in[x.at]) {
		x.at++
	}
}

func (x *Reader) prefix(s string) bool {
	return len(x.in)-x.at >= len(s) && string(x.in[x.at:x.at+len(s)]) == s
}

// past moves behind the next occurrence of s.
func (x *Reader) past(s string) {
	i := bytes.Index(x.in[x.at:], []byte(s))
	if i < 0 {
		x.Fail()
		return
	}
	x.at += i + len(s)
}

// misc skips white space and comments.
func (x *Reader) misc() {
	for !x.broken {
		x.space()
		if !x.prefix("<!--") {
			return
		}
		x.at += 4
		x.past("-->")
	}
}

// Open enters the root element, which must have the given name.
func (x *Reader) Open(root string) {
	if x.prefix("<?xml") && x.at+5 < len(x.in) && isSpace(x.in[x.at+5]) {
		end := bytes.Index(x.in, []byte("?>"))
		if end < 0 || !utf8Declared(string(x.in[:end])) {
			x.Fail()
			return
		}
		x.at = end + 2
	}
	x.misc()
	if name, ok := x.start(); !ok || name != root {
		x.Fail()
	}
}

// utf8Declared reports whether an XML declaration names no other encoding.
func utf8Declared(decl string) bool {
	_, rest, named := strings.Cut(decl, "encoding")
	if !named {
		return true
	}
	enc := strings.Trim(strings.TrimLeft(rest, " \t\r\n="), "'\" \t\r\n")
	enc, _, _ = strings.Cut(enc, "'")
	enc, _, _ = strings.Cut(enc, "\"")
	return strings.EqualFold(enc, "utf-8") || strings.EqualFold(enc, "us-ascii")
}

// Done checks that nothing but white space and comments follows the root element.
func (x *Reader) Done() error {
	x.misc()
	if x.at != len(x.in) || len(x.stack) != 0 {
		x.Fail()
	}
	return x.Err()
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c == ':' || c >= 0x80
}

func (x *Reader) name() string {
	from := x.at
	for x.at < len(x.in) && nameByte(x.in[x.at]) {
		x.at++
	}
	return string(x.in[from:x.at])
}

// start reads a start tag and returns its local name.
func (x *Reader) start() (string, bool) {
	if x.broken || !x.prefix("<") {
		x.Fail()
		return "", false
	}
	x.at++
	full := x.name()
	if full == "" || len(x.stack) == maxXMLDepth {
		x.Fail()
		return "", false
	}
	from := x.at
	x.empty = x.attributes()
	if x.broken {
		return "", false
	}
	x.attrs = x.in[from:x.at]
	x.stack = append(x.stack, full)
	return local(full), true
}

func local(name string) string { return name[strings.IndexByte(name, ':')+1:] }

// attributes moves behind the tag's ">" and reports whether it was "/>".
func (x *Reader) attributes() bool {
	for {
		before := x.at
		x.space()
		switch {
		case x.prefix("/>"):
			x.at += 2
			return true
		case x.prefix(">"):
			x.at++
			return false
		case x.at == before:
			x.Fail()
			return false
		}
		if x.name() == "" {
			x.Fail()
			return false
		}
		x.space()
		if !x.prefix("=") {
			x.Fail()
			return false
		}
		x.at++
		x.space()
		if x.at >= len(x.in) || x.in[x.at] != '"' && x.in[x.at] != '\'' {
			x.Fail()
			return false
		}
		quote := x.in[x.at]
		x.at++
		end := bytes.IndexByte(x.in[x.at:], quote)
		if end < 0 || bytes.IndexByte(x.in[x.at:x.at+end], '<') >= 0 {
			x.Fail()
			return false
		}
		x.at += end + 1
	}
}

// end reads the end tag of the innermost open element.
func (x *Reader) end() {
	if x.empty {
		x.empty = false
		x.stack = x.stack[:len(x.stack)-1]
		return
	}
	want := x.stack[len(x.stack)-1]
	x.at += 2
	if x.name() != want {
		x.Fail()
		return
	}
	x.space()
	if !x.prefix(">") {
		x.Fail()
		return
	}
	x.at++
	x.stack = x.stack[:len(x.stack)-1]
}

// Children visits the child elements of the element just opened and leaves it. The body must take each child whole: by text, by
// Children or by fail.
func (x *Reader) Children() iter.Seq[string] {
	return func(yield func(string) bool) {
		for !x.broken {
			if x.empty {
				x.end()
				return
			}
			x.misc()
			if x.prefix("</") {
				x.end()
				return
			}
			depth := len(x.stack)
			name, ok := x.start()
			if !ok || !yield(name) {
				return
			}
			if len(x.stack) != depth {
				x.Fail()
			}
		}
	}
}

// Text returns the character data of the element just opened and leaves it. A child element is an error.
func (x *Reader) Text() string {
	if x.broken {
		return ""
	}
	if x.empty {
		x.end()
		return ""
	}
	var out []byte
	from := x.at
	for x.at < len(x.in) {
		switch c := x.in[x.at]; {
		case c == '<' && x.prefix("</"):
			out = append(out, x.in[from:x.at]...)
			x.end()
			return string(out)
		case c == '<' && x.prefix("<![CDATA["):
			out = append(out, x.in[from:x.at]...)
			x.at += 9
			from = x.at
			x.past("]]>")
			if x.broken {
				return ""
			}
			out = append(out, x.in[from:x.at-3]...)
			from = x.at
		case c == '<' && x.prefix("<!--"):
			out = append(out, x.in[from:x.at]...)
			x.past("-->")
			from = x.at
		case c == '&':
			out = append(out, x.in[from:x.at]...)
			out = x.reference(out)
			from = x.at
		case c == '\r': // a literal line end is a single newline; a carriage return that is meant comes as a reference
			out = append(append(out, x.in[from:x.at]...), '\n')
			if x.at++; x.at < len(x.in) && x.in[x.at] == '\n' {
				x.at++
			}
			from = x.at
		case c == '<' || c < 0x20 && c != '\t' && c != '\n':
			x.Fail()
		default:
			x.at++
		}
		if x.broken {
			return ""
		}
	}
	x.Fail()
	return ""
}

// reference appends what the reference at x.at stands for.
func (x *Reader) reference(out []byte) []byte {
	window := x.in[x.at:min(len(x.in), x.at+12)]
	end := bytes.IndexByte(window, ';')
	if end < 2 {
		x.Fail()
		return out
	}
	ref := string(window[1:end])
	x.at += end + 1
	switch ref {
	case "amp":
		return append(out, '&')
	case "lt":
		return append(out, '<')
	case "gt":
		return append(out, '>')
	case "quot":
		return append(out, '"')
	case "apos":
		return append(out, '\'')
	}
	if ref[0] != '#' {
		x.Fail()
		return out
	}
	digits, base := ref[1:], 10
	if strings.HasPrefix(digits, "x") {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n == 0 || n > utf8.MaxRune || n >= 0xd800 && n <= 0xdfff {
		x.Fail()
		return out
	}
	return utf8.AppendRune(out, rune(n))
}

// Number reads the element as a decimal number of at most 18 digits.
func (x *Reader) Number() int64 {
	s := strings.TrimSpace(x.Text())
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || len(s) > 18 {
		x.Fail()
	}
	return n
}

// Flag reads the element as "true" or "false".
func (x *Reader) Flag() bool {
	switch strings.ToLower(strings.TrimSpace(x.Text())) {
	case "true":
		return true
	case "false":
	default:
		x.Fail()
	}
	return false
}

// Skip leaves the element just opened, whatever it holds.
func (x *Reader) Skip() {
	for depth := len(x.stack); len(x.stack) >= depth && !x.broken; {
		switch {
		case x.empty:
			x.end()
		case x.prefix("</"):
			x.end()
		case x.prefix("<!--"):
			x.past("-->")
		case x.prefix("<![CDATA["):
			x.past("]]>")
		case x.prefix("<"):
			x.start()
		case x.at >= len(x.in):
			x.Fail()
		default:
			x.at++
		}
	}
}
