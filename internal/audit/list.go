package audit

import (
	"context"
	"slices"
	"strings"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// Bounds of a listing.
const (
	MaxLimit  = 1000  // records of one page
	maxLooked = 50000 // records looked at for one page; a filter that finds too few of them gets a shorter page that goes on
	window    = 256   // records read at once
)

// Query says which records. Zero fields filter nothing.
type Query struct {
	Before  uint64 // only records with a smaller number: where the page before ended
	Limit   int    // 1 to MaxLimit
	From    time.Time
	To      time.Time // up to, not including
	By      ident.UserID
	User    ident.UserID
	Subject string
	Action  string // a whole action, or its beginning followed by *
	Result  string
	Key     ident.AccessKey
}

// keep reports whether a record is among those asked for.
func (q *Query) keep(e *Record) bool {
	action := q.Action == "" || q.Action == e.Action
	if head, more := strings.CutSuffix(q.Action, "*"); more {
		action = strings.HasPrefix(e.Action, head)
	}
	return action && (q.From.IsZero() || !e.At.Before(q.From)) && (q.To.IsZero() || e.At.Before(q.To)) &&
		(q.By == "" || q.By == e.By) && (q.User == "" || q.User == e.User) && (q.Subject == "" || q.Subject == e.Subject) &&
		(q.Result == "" || q.Result == e.Result) && (q.Key == "" || q.Key == e.Key)
}

// List returns the newest records that the query keeps, newest first, and where the next page begins: its Before, 0 at the end. What
// was recorded before the call is in it.
func (s *Service) List(ctx context.Context, c ident.ContractID, q Query) ([]Record, uint64, error) {
	if q.Limit < 1 || q.Limit > MaxLimit {
		return nil, 0, errs.New(errs.Invalid, "", "limit: a page of the audit record has 1 to 1000 records.")
	}
	if err := s.Settle(ctx, c); err != nil {
		return nil, 0, err
	}
	var out []Record
	var next uint64
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) error {
		h, _, err := readHead(r)
		if err != nil {
			return err
		}
		a, _, err := readAnchor(r)
		if err != nil {
			return err
		}
		before, first := h.Seq+1, a.Seq+1
		if q.Before > 0 {
			before = min(before, q.Before)
		}
		for looked := 0; before > first; looked += window {
			if looked >= maxLooked {
				next = before
				return nil
			}
			from := max(first, before-min(before-1, window))
			page, err := readWindow(ctx, r, c, from, before)
			if err != nil {
				return err
			}
			for i := range page {
				if !q.keep(&page[i]) {
					continue
				}
				if len(out) == q.Limit {
					next = out[len(out)-1].Seq
					return nil
				}
				out = append(out, page[i])
			}
			before = from
		}
		return nil
	})
	return out, next, errs.Wrap("audit.List", err)
}

// readWindow returns the records numbered from up to before, newest first.
func readWindow(ctx context.Context, r meta.Reader, c ident.ContractID, from, before uint64) ([]Record, error) {
	var page []Record
	lo, hi := recordKey(from), recordKey(before)
	err := scanRecords(ctx, r, meta.At(lo.Route, lo.Tail), meta.At(hi.Route, hi.Tail), func(_, row []byte) error {
		rec, _, err := parse(c, row)
		page = append(page, rec)
		return err
	})
	slices.Reverse(page)
	return page, err
}
