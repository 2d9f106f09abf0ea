package authz

import (
	"strings"
	"unicode/utf8"
)

// pattern is a text with wildcards and variables. Wildcards are * (any run of characters, slashes too) and ? (one character); what a
// variable brings in is literal.
type pattern struct {
	parts []part
	fixed bool // no wildcard and no variable
}

type part struct {
	kind     byte    // 'l' literal, '*', '?', 'v' variable
	text     string  // of a literal; of a variable its key, lower-case
	fallback *string // of a variable: what stands for it when the key is absent; nil: nothing does
}

// compile makes a pattern. Variables are read where vars is set (policy version 2012-10-17), wildcards where wild is. ok is false for
// a variable that is not closed.
func compile(s string, wild, vars bool) (p pattern, ok bool) {
	p.fixed = true
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			p.parts = append(p.parts, part{kind: 'l', text: lit.String()})
			lit.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		switch {
		case wild && (s[i] == '*' || s[i] == '?'):
			flush()
			p.fixed = false
			if n := len(p.parts); s[i] != '*' || n == 0 || p.parts[n-1].kind != '*' { // ** is *
				p.parts = append(p.parts, part{kind: s[i]})
			}
		case vars && strings.HasPrefix(s[i:], "${"):
			end := strings.IndexByte(s[i:], '}')
			if end < 0 {
				return p, false
			}
			name := s[i+2 : i+end]
			i += end
			if name == "*" || name == "?" || name == "$" { // how a policy writes these characters themselves
				lit.WriteString(name)
				continue
			}
			flush()
			p.fixed = false
			v := part{kind: 'v'}
			if key, rest, found := strings.Cut(name, ","); found {
				rest = strings.TrimSpace(rest)
				if len(rest) < 2 || rest[0] != '\'' || rest[len(rest)-1] != '\'' {
					return p, false
				}
				rest = rest[1 : len(rest)-1]
				name, v.fallback = key, &rest
			}
			v.text = strings.ToLower(strings.TrimSpace(name))
			p.parts = append(p.parts, v)
		default:
			lit.WriteByte(s[i])
		}
	}
	flush()
	return p, true
}

// resolve puts in what the variables stand for. ok is false when one stands for nothing or for several values.
func (p pattern) resolve(f *facts) (pattern, bool) {
	if p.fixed || !p.hasVariable() {
		return p, true
	}
	out := pattern{fixed: true, parts: make([]part, 0, len(p.parts))}
	for _, t := range p.parts {
		if t.kind == 'v' {
			values := f.get(t.text)
			switch {
			case len(values) == 1:
				t = part{kind: 'l', text: values[0]}
			case len(values) == 0 && t.fallback != nil:
				t = part{kind: 'l', text: *t.fallback}
			default:
				return pattern{}, false
			}
		}
		out.fixed = out.fixed && t.kind == 'l'
		out.parts = append(out.parts, t)
	}
	return out, true
}

func (p pattern) hasVariable() bool {
	for _, t := range p.parts {
		if t.kind == 'v' {
			return true
		}
	}
	return false
}

// literal returns the text of a pattern without wildcards.
func (p pattern) literal() string {
	var b strings.Builder
	for _, t := range p.parts {
		b.WriteString(t.text)
	}
	return b.String()
}

// equalFold reports whether s is the text of a pattern without wildcards, whatever the case. Variables can make that text far longer than
// the policy: it is put together only where s may be as long. A letter takes at most three times the bytes of another case.
func (p pattern) equalFold(s string) bool {
	n := 0
	for _, t := range p.parts {
		if n += len(t.text); n > 3*len(s) {
			return false
		}
	}
	return strings.EqualFold(p.literal(), s)
}

// match reports whether s is what the pattern says. Its cost is at most the product of both lengths, and next to nothing without a "?",
// whose number in a policy is bounded therefore; it needs no memory. The pattern has no variables.
func (p pattern) match(s string) bool {
	at, pos := 0, 0      // part and byte of s
	star, after := -1, 0 // the last * and where the text behind it was tried
	for {
		if at < len(p.parts) {
			switch t := p.parts[at]; {
			case t.kind == '*':
				if at == len(p.parts)-1 {
					return true
				}
				star, after = at, pos
				at++
				continue
			case t.kind == '?' && pos < len(s):
				_, n := utf8.DecodeRuneInString(s[pos:])
				at, pos = at+1, pos+n
				continue
			case t.kind == 'l' && strings.HasPrefix(s[pos:], t.text):
				at, pos = at+1, pos+len(t.text)
				continue
			}
		} else if pos == len(s) {
			return true
		}
		if star < 0 || after >= len(s) {
			return false
		}
		_, n := utf8.DecodeRuneInString(s[after:])
		after += n
		at, pos = star+1, after
	}
}
