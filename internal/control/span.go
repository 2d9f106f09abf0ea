package control

import (
	"net/url"
	"slices"
	"strconv"

	"coffer/internal/iam"
)

// span is a listing's window.
type span struct{ offset, limit int }

// newSpan reads offset and limit. The error names the parameter and its bounds.
func newSpan(offset, limit *int, def, most int) (span, error) {
	p := span{or(offset, 0), or(limit, def)}
	if p.offset < 0 {
		return p, invalid("offset: %d is below 0.", p.offset)
	}
	if p.limit < 1 || p.limit > most {
		return p, invalid("limit: %d is not in 1 to %d.", p.limit, most)
	}
	return p, nil
}

// cut returns the window of all.
func cut[T any](all []T, p span) []T {
	from := min(p.offset, len(all))
	return all[from:min(from+p.limit, len(all))]
}

func (p span) page() iam.Page { return iam.Page{Offset: p.offset, Limit: p.limit} }

// links returns the addresses of the windows before, at and after p in a list of total entries; prev and next only where there is
// something.
func (p span) links(href string, q url.Values, total int) (prev, self, next *string) {
	at := func(offset int) *string {
		v := url.Values{}
		for name, values := range q {
			v[name] = slices.Clone(values)
		}
		v.Set("offset", strconv.Itoa(offset))
		v.Set("limit", strconv.Itoa(p.limit))
		return ptr(href + "?" + v.Encode())
	}
	self = at(p.offset)
	if p.offset > 0 {
		prev = at(max(0, p.offset-p.limit))
	}
	if p.offset+p.limit < total {
		next = at(p.offset + p.limit)
	}
	return prev, self, next
}
