package meta

import (
	"bytes"
	"strings"

	"coffer/internal/errs"
)

// A position is a place in the order of a kind's rows, as bytes that compare like (Route, Tail): the route with 00 written as
// 01 02 and 01 as 01 03, then 01 01, then the tail as it is. 01 01 sorts before every continuation of a route, so a route comes
// before those that it begins. Engines whose store orders keys by bytes use positions as keys.
const (
	escape     = 0x01
	separator  = 0x01 // after escape: the route ends
	escapedNul = 0x02 // after escape: the route has a 00
	escapedOne = 0x03 // after escape: the route has a 01
)

// MaxRouteBytes is the longest route that any engine may allow, in bytes. End lies behind every route up to it.
const MaxRouteBytes = 4096

// At returns the position of a row.
func At(r Route, tail string) []byte {
	return AppendAt(make([]byte, 0, len(r)+len(tail)+4), r, tail)
}

// AppendAt appends the position of a row to dst.
func AppendAt(dst []byte, r Route, tail string) []byte {
	dst = appendEscaped(dst, string(r))
	dst = append(dst, escape, separator)
	return append(dst, tail...)
}

// AtRoute returns the position of a route's first row.
func AtRoute(r Route) []byte { return At(r, "") }

// After returns the position just behind a row.
func After(r Route, tail string) []byte { return append(At(r, tail), 0) }

// AppendAfter appends the position just behind a row to dst.
func AppendAfter(dst []byte, r Route, tail string) []byte { return append(AppendAt(dst, r, tail), 0) }

// AfterRoute returns the first position behind every row of a route.
func AfterRoute(r Route) []byte { return AppendAfterRoute(make([]byte, 0, len(r)+4), r) }

// AppendAfterRoute appends the first position behind every row of a route to dst.
func AppendAfterRoute(dst []byte, r Route) []byte {
	// The next byte after separator: no tail begins so, and every route that r begins sorts at it or behind.
	return append(appendEscaped(dst, string(r)), escape, separator+1)
}

// FromPrefix returns the first position of the routes that begin with prefix.
func FromPrefix(prefix Route) []byte {
	return appendEscaped(make([]byte, 0, len(prefix)+4), string(prefix))
}

// AfterPrefix returns the first position behind every route that begins with prefix; End if there can be none.
func AfterPrefix(prefix Route) []byte {
	return AppendAfterPrefix(make([]byte, 0, len(prefix)+4), prefix)
}

// AppendAfterPrefix appends the first position behind every route that begins with prefix to dst.
func AppendAfterPrefix(dst []byte, prefix Route) []byte {
	head := withoutTop(string(prefix))
	if head == "" {
		return append(dst, End()...)
	}
	last := len(head) - 1
	dst = appendEscaped(dst, head[:last])
	next := head[last] + 1
	if next == escape {
		return append(dst, escape, escapedOne)
	}
	return append(dst, next)
}

// AfterTailPrefix returns the first position behind the rows of a route whose tail begins with prefix.
func AfterTailPrefix(r Route, prefix string) []byte {
	head := withoutTop(prefix)
	if head == "" {
		return AfterRoute(r)
	}
	p := At(r, head)
	p[len(p)-1]++
	return p
}

// End returns a position behind every row.
func End() []byte { return bytes.Repeat([]byte{0xff}, MaxRouteBytes+1) }

// withoutTop cuts trailing bytes ff, which have no next byte.
func withoutTop(s string) string {
	for len(s) > 0 && s[len(s)-1] == 0xff {
		s = s[:len(s)-1]
	}
	return s
}

func appendEscaped(dst []byte, s string) []byte {
	if strings.IndexByte(s, 0) < 0 && strings.IndexByte(s, escape) < 0 {
		return append(dst, s...)
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case 0:
			dst = append(dst, escape, escapedNul)
		case escape:
			dst = append(dst, escape, escapedOne)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// Splitter takes positions of rows apart, reusing one buffer. The zero value is ready. It is not safe for concurrent use.
type Splitter struct{ route []byte }

// Split returns the route and the tail of a row's position, or errs.Corrupt. Both alias encoded where nothing was escaped, else the
// route ends with the next Split.
func (s *Splitter) Split(encoded []byte) (route, tail []byte, err error) {
	i := bytes.IndexByte(encoded, escape)
	if i >= 0 && i+1 < len(encoded) && encoded[i+1] == separator && bytes.IndexByte(encoded[:i], 0) < 0 {
		return encoded[:i], encoded[i+2:], nil
	}
	out := s.route[:0]
	for i := 0; i < len(encoded); i++ {
		c := encoded[i]
		if c == 0 {
			break
		}
		if c != escape {
			out = append(out, c)
			continue
		}
		i++
		if i == len(encoded) {
			break
		}
		switch encoded[i] {
		case separator:
			s.route = out
			return out, encoded[i+1:], nil
		case escapedNul:
			out = append(out, 0)
		case escapedOne:
			out = append(out, escape)
		default:
			return nil, nil, badPosition()
		}
	}
	return nil, nil, badPosition()
}

// Split returns the route and the tail of a row's position, or errs.Corrupt. See Splitter for many positions.
func Split(encoded []byte) (route, tail []byte, err error) {
	var s Splitter
	return s.Split(encoded)
}

func badPosition() error {
	return &errs.Error{Op: "meta.Split", Kind: errs.Corrupt, Public: "not the position of a row"}
}
