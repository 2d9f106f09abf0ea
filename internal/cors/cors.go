// Package cors decides by a bucket's CORS rules what a page of another origin may send and read. It never reads or writes HTTP.
package cors

import (
	"math"
	"slices"
	"strings"

	"coffer/internal/errs"
)

// A Rule is one CORSRule of a bucket.
type Rule struct {
	ID                                string
	Origins, Methods, Headers, Expose []string
	MaxAge                            int64 // seconds; NoMaxAge: not said
}

// NoMaxAge stands for a rule that does not say how long a preflight's answer may be kept. S3 takes negative times, too: they keep it no time.
const NoMaxAge = math.MinInt64

// CheckAsked refuses what a preflight can't ask for: a method that S3 has not, in S3's spelling, and names that no header can have.
// errs.Invalid with code BadRequest.
func CheckAsked(method string, headers []string) error {
	if !slices.Contains(methods(), method) {
		return errs.New(errs.Invalid, "BadRequest", "Invalid Access-Control-Request-Method: "+clip(method))
	}
	for _, v := range headers {
		for _, t := range strings.Split(v, ",") {
			if !isToken(strings.TrimSpace(t)) {
				return errs.New(errs.Invalid, "BadRequest", "Access-Control-Request-Headers \""+clip(t)+"\" contains invalid character.")
			}
		}
	}
	return nil
}

func methods() []string { return []string{"GET", "PUT", "HEAD", "POST", "DELETE"} }

// Split splits a header's comma-separated tokens. What is no token of HTTP is left out, since the answer repeats them.
func Split(values []string) []string {
	var all []string
	for _, v := range values {
		for _, t := range strings.Split(v, ",") {
			if t = strings.TrimSpace(t); t != "" && isToken(t) {
				all = append(all, strings.ToLower(t))
			}
		}
	}
	return all
}

func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("()<>@,;:\\\"/[]?={}", c) >= 0 {
			return false
		}
	}
	return true
}

// Match returns the first rule that allows the origin, the method and all headers.
func Match(rules []Rule, origin, method string, headers []string) *Rule {
	for i := range rules {
		r := &rules[i]
		if !anyMatches(r.Origins, origin) || !slices.Contains(r.Methods, method) {
			continue
		}
		all := true
		for _, h := range headers {
			all = all && anyMatches(lower(r.Headers), h)
		}
		if all {
			return r
		}
	}
	return nil
}

// lower returns the names of headers as they are compared.
func lower(names []string) []string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = strings.ToLower(n)
	}
	return all
}

// anyMatches reports whether one of the patterns, each with at most one "*", is v.
func anyMatches(patterns []string, v string) bool {
	for _, p := range patterns {
		before, after, star := strings.Cut(p, "*")
		if !star && p == v || star && len(v) >= len(before)+len(after) && strings.HasPrefix(v, before) && strings.HasSuffix(v, after) {
			return true
		}
	}
	return false
}

// Check refuses what S3 refuses of a rule.
func (r *Rule) Check() error {
	if len(r.Origins) == 0 || len(r.Methods) == 0 || len(r.ID) > 255 {
		return errs.New(errs.Invalid, "MalformedXML", "")
	}
	for _, m := range r.Methods {
		if !slices.Contains(methods(), m) {
			return invalid("Found unsupported HTTP method in CORS config. Unsupported method is " + clip(m))
		}
	}
	for _, o := range r.Origins {
		if strings.Count(o, "*") > 1 {
			return invalid("AllowedOrigin \"" + clip(o) + "\" can not have more than one wildcard.")
		}
	}
	for _, h := range r.Headers {
		if !isToken(h) {
			return badHeader(h)
		}
		if strings.Count(h, "*") > 1 {
			return invalid("AllowedHeader \"" + clip(h) + "\" can not have more than one wildcard.")
		}
	}
	for _, h := range r.Expose {
		if !isToken(h) {
			return badHeader(h)
		}
		if strings.Contains(h, "*") {
			return invalid("ExposeHeader \"" + clip(h) + "\" contains wildcard. We currently do not support wildcard for ExposeHeader.")
		}
	}
	return nil
}

// badHeader words S3's refusal of a name that no header can have; it says AllowedHeader of ExposeHeader, too.
func badHeader(name string) error {
	return invalid("AllowedHeader \"" + clip(name) + "\" contains invalid character.")
}

func invalid(why string) error { return errs.New(errs.Invalid, "InvalidRequest", why) }

// clip bounds a client's word that an answer repeats, in bytes.
func clip(s string) string {
	if len(s) > 128 {
		return s[:128]
	}
	return s
}
