package sigv4

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// scratch is the working memory of one signature, kept in a pool.
type scratch struct {
	canonical []byte
	toSign    []byte // begins with a block for the key
	encoded   []byte // the parameters of a query
	pairs     []pair
}

type pair struct{ name, value span } // places in scratch.encoded

type span struct{ from, to int }

const maxKept = 64 << 10 // bytes of working memory that go back into the pool

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func (s *scratch) free() {
	if cap(s.canonical)+cap(s.encoded) <= maxKept {
		scratches.Put(s)
	}
}

const (
	upperHex  = "0123456789ABCDEF"
	blockSize = sha256.BlockSize
)

// unreserved reports whether c stands for itself in a canonical path or query.
func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' || c == '~'
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// decodeAt returns the byte that begins at s[i] and how many bytes it takes. A percent sign without two digits stands for itself.
func decodeAt(s string, i int) (byte, int) {
	if s[i] == '%' && i+2 < len(s) {
		hi, ok1 := unhex(s[i+1])
		lo, ok2 := unhex(s[i+2])
		if ok1 && ok2 {
			return hi<<4 | lo, 3
		}
	}
	return s[i], 1
}

func appendEncoded(dst []byte, c byte) []byte {
	if unreserved(c) {
		return append(dst, c)
	}
	return append(dst, '%', upperHex[c>>4], upperHex[c&15])
}

// appendURI appends s decoded and encoded again, so that every way of writing it comes out the same. In a query a plus sign is a space
// and a slash is encoded.
func appendURI(dst []byte, s string, query bool) []byte {
	for i := 0; i < len(s); {
		c, n := decodeAt(s, i)
		switch {
		case query && n == 1 && c == '+':
			c = ' '
		case !query && c == '/':
			dst = append(dst, '/')
			i += n
			continue
		}
		dst = appendEncoded(dst, c)
		i += n
	}
	return dst
}

// unescape decodes a query's name or value.
func unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		c, n := decodeAt(s, i)
		if n == 1 && c == '+' {
			c = ' '
		}
		b = append(b, c)
		i += n
	}
	return string(b)
}

func (a *Auth) appendPath(dst []byte, path string) []byte {
	from := len(dst)
	if !a.generic {
		dst = appendURI(dst, path, false)
	} else {
		for _, c := range []byte(normalize(path)) {
			if c == '/' {
				dst = append(dst, c)
			} else {
				dst = appendEncoded(dst, c)
			}
		}
	}
	if len(dst) == from {
		dst = append(dst, '/')
	}
	return dst
}

// normalize takes "." and ".." and empty segments out of a path, as every service but S3 does.
func normalize(path string) string {
	var kept []string
	last := ""
	for _, last = range strings.Split(path, "/") {
		switch last {
		case "", ".":
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		default:
			kept = append(kept, last)
		}
	}
	clean := "/" + strings.Join(kept, "/")
	if len(kept) > 0 && (last == "" || last == "." || last == "..") {
		clean += "/"
	}
	return clean
}

// appendQuery appends the parameters encoded and sorted by name and value; the one named without is left out.
func (s *scratch) appendQuery(dst []byte, query, without string) []byte {
	s.encoded, s.pairs = s.encoded[:0], s.pairs[:0]
	for rest := query; rest != ""; {
		var part string
		if part, rest, _ = strings.Cut(rest, "&"); part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		var p pair
		p.name = s.encode(name)
		if without != "" && string(s.at(p.name)) == without {
			continue
		}
		p.value = s.encode(value)
		s.pairs = append(s.pairs, p)
	}
	if len(s.pairs) > 1 {
		slices.SortFunc(s.pairs, s.compare)
	}
	for i, p := range s.pairs {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(append(append(dst, s.at(p.name)...), '='), s.at(p.value)...)
	}
	return dst
}

func (s *scratch) encode(text string) span {
	from := len(s.encoded)
	s.encoded = appendURI(s.encoded, text, true)
	return span{from, len(s.encoded)}
}

func (s *scratch) at(p span) []byte { return s.encoded[p.from:p.to] }

func (s *scratch) compare(a, b pair) int {
	if c := bytes.Compare(s.at(a.name), s.at(b.name)); c != 0 {
		return c
	}
	return bytes.Compare(s.at(a.value), s.at(b.value))
}

// appendHeaders appends a line for each signed header.
func appendHeaders(dst []byte, r *Request, signed string) []byte {
	for rest, more := signed, true; more; {
		var name string
		name, rest, more = strings.Cut(rest, ";")
		dst = append(append(dst, name...), ':')
		dst = appendValues(dst, r, name)
		dst = append(dst, '\n')
	}
	return dst
}

func appendValues(dst []byte, r *Request, name string) []byte {
	if name == "host" {
		return appendTrimmed(dst, r.Host)
	}
	values := lookup(r.Header, name)
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendTrimmed(dst, v)
	}
	if len(values) > 0 {
		return dst
	}
	// An HTTP server takes these out of the header.
	switch {
	case name == "content-length" && r.ContentLength >= 0:
		dst = strconv.AppendInt(dst, r.ContentLength, 10)
	case name == "transfer-encoding" && r.ContentLength < 0:
		dst = append(dst, "chunked"...)
	case name == "expect":
		dst = append(dst, "100-continue"...)
	}
	return dst
}

// lookup finds the values of a header named in lower case.
func lookup(h map[string][]string, name string) []string {
	var buf [64]byte
	key := append(buf[:0], name...)
	upper := true
	for i, c := range key {
		if upper && c >= 'a' && c <= 'z' {
			key[i] = c - ('a' - 'A')
		}
		upper = c == '-'
	}
	return h[string(key)]
}

// appendTrimmed appends v without spaces around it and with single ones inside.
func appendTrimmed(dst []byte, v string) []byte {
	v = strings.Trim(v, " \t")
	if !strings.Contains(v, "  ") {
		return append(dst, v...)
	}
	for i := 0; i < len(v); i++ {
		if v[i] != ' ' || v[i-1] != ' ' {
			dst = append(dst, v[i])
		}
	}
	return dst
}

// canonicalize leaves the canonical request in s.canonical.
func (s *scratch) canonicalize(a *Auth, r *Request) {
	without := ""
	if a.Form == Presigned {
		without = "X-Amz-Signature"
	}
	b := append(append(s.canonical[:0], r.Method...), '\n')
	b = append(a.appendPath(b, r.Path), '\n')
	b = append(s.appendQuery(b, r.Query, without), '\n')
	b = append(appendHeaders(b, r, a.Signed), '\n')
	b = append(append(b, a.Signed...), '\n')
	s.canonical = append(b, a.payload...)
}

// begin starts the string to sign, behind room for the key.
func (s *scratch) begin(kind string, a *Auth) {
	if s.toSign == nil {
		s.toSign = make([]byte, blockSize, 512)
	}
	b := append(append(s.toSign[:blockSize], kind...), '\n')
	b = append(append(b, a.stamp...), '\n')
	b = append(append(b, a.Date...), '/')
	b = append(append(b, a.Region...), '/')
	b = append(append(b, a.Service...), '/')
	s.toSign = append(append(b, terminator...), '\n')
}

func (s *scratch) addHash(sum [sha256.Size]byte) { s.toSign = hex.AppendEncode(s.toSign, sum[:]) }

func (s *scratch) text() []byte { return s.toSign[blockSize:] }

// sign computes the HMAC-SHA256 of the string to sign, in hex. The block before it takes the key, so that nothing is copied.
func (s *scratch) sign(key *Key) [2 * sha256.Size]byte {
	pad(s.toSign, key, 0x36)
	inner := sha256.Sum256(s.toSign)
	var outer [blockSize + sha256.Size]byte
	pad(outer[:], key, 0x5c)
	copy(outer[blockSize:], inner[:])
	sum := sha256.Sum256(outer[:])
	var text [2 * sha256.Size]byte
	hex.Encode(text[:], sum[:])
	clear(s.toSign[:blockSize])
	return text
}

func pad(block []byte, key *Key, with byte) {
	for i := range blockSize {
		block[i] = with
	}
	for i, c := range key {
		block[i] ^= c
	}
}

// signature leaves canonical request and string to sign in s and returns what the key makes of them.
func (s *scratch) signature(a *Auth, r *Request, key *Key) [2 * sha256.Size]byte {
	s.canonicalize(a, r)
	s.begin(algorithm, a)
	s.addHash(sha256.Sum256(s.canonical))
	return s.sign(key)
}
