package object

import (
	"context"
	"strings"
	"time"
	"unsafe"

	"coffer/internal/checksum"
	"coffer/internal/meta"
)

// maxPage is the most entries of a page.
const maxPage = 1000

// A page steps over at most stepsPerRow rows for each that it may give, and stepsPerPage more, deleted ones included; then it ends early.
// That is more than what makes an engine clear away deleted rows (meta.Reader.Scan), so that the next page of that range is a full one.
const (
	stepsPerRow  = 16
	stepsPerPage = 8192
)

// pageSize bounds what a client asks for.
func pageSize(max int) int { return min(max, maxPage) }

// borrow makes a string of bytes without copying. It is only right as long as the bytes stay: here until a visit ends.
func borrow(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// prefixOf returns the common prefix that key rolls up into; "" if it is an entry of its own.
func prefixOf(key, prefix, delimiter string) string {
	if delimiter == "" || !strings.HasPrefix(key, prefix) {
		return ""
	}
	i := strings.Index(key[len(prefix):], delimiter)
	if i < 0 {
		return ""
	}
	return key[:len(prefix)+i+len(delimiter)]
}

// start returns where a listing of keys begins: behind after, and behind all of the common prefix that after is or lies in, which S3 takes for
// given.
func start(prefix, delimiter, after string) []byte {
	if after == "" || after < prefix {
		return meta.FromPrefix(meta.Route(prefix))
	}
	if common := prefixOf(after, prefix, delimiter); common != "" {
		return meta.AfterPrefix(meta.Route(common))
	}
	return meta.AfterRoute(meta.Route(after))
}

// end returns where a listing of keys ends.
func end(prefix string) []byte {
	if prefix == "" {
		return nil
	}
	return meta.AfterPrefix(meta.Route(prefix))
}

// A lister visits a page of the live rows.
type lister struct {
	in    *List
	max   int
	visit func(*Entry) error
	entry Entry
	rec   record
	etag  []byte
	last  []byte // the last entry or common prefix given
	count int
	more  bool
	seek  []byte
}

// List gives a page of current objects and common prefixes in order of keys. It costs what it steps over: the page's rows, and one
// seek for each common prefix. The entry and its strings end with the visit.
func (s *Service) List(ctx context.Context, in *List, visit func(*Entry) error) (Page, error) {
	l := lister{in: in, max: pageSize(in.Max), visit: visit}
	if l.max <= 0 {
		return Page{}, nil
	}
	from, to := start(in.Prefix, in.Delimiter, in.After), end(in.Prefix)
	err := s.view(ctx, in.Bucket, func(r meta.Reader) error {
		for {
			next, err := r.Scan(kindLive, from, to, meta.Budget{Rows: stepsPerRow*l.max + stepsPerPage}, l.row)
			if err != nil || next == nil {
				return err
			}
			if l.count > 0 {
				l.more = true
				return nil
			}
			from = next
		}
	})
	if err != nil {
		return Page{}, err
	}
	page := Page{Truncated: l.more, Last: string(l.last)}
	return page, nil
}

// row visits one live row.
func (l *lister) row(route, _, value []byte) ([]byte, error) {
	if l.count == l.max {
		l.more = true
		return nil, meta.Stop
	}
	l.count++
	key := borrow(route)
	if common := prefixOf(key, l.in.Prefix, l.in.Delimiter); common != "" {
		l.last = append(l.last[:0], common...)
		l.entry = Entry{Prefix: common}
		if err := l.visit(&l.entry); err != nil {
			return nil, err
		}
		l.seek = meta.AppendAfterPrefix(l.seek[:0], meta.Route(borrow(l.last)))
		return l.seek, nil
	}
	l.last = append(l.last[:0], route...)
	if d := l.rec.listed(value); d.Fail {
		return nil, badRow("object")
	}
	l.etag = l.rec.fill(&l.entry, l.etag)
	l.entry.Key = key
	return nil, l.visit(&l.entry)
}

// fill sets what a listing shows; the ETag's bytes are in buf, which is returned.
func (r *record) fill(e *Entry, buf []byte) []byte {
	*e = Entry{Owner: borrow(r.owner), Size: r.size, Modified: time.UnixMilli(r.modified).UTC(), Sum: r.sumAlg, SumType: r.sumType}
	if r.sumAlg == checksum.None {
		e.SumType = 0
	}
	buf = appendETag(buf[:0], r.etag, r.parts)
	e.ETag = borrow(buf)
	return buf
}
