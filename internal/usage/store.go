package usage

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// Rows in a contract's partition.
const (
	kindLast  meta.Kind = 112 // route u/<id>: when each of the user's keys was used last
	kindKey   meta.Kind = 113 // route u/<id>, tail day/access key: counts of a day
	kindHeld  meta.Kind = 114 // route b/<bucket id>, tail day: what a bucket held
	kindToday meta.Kind = 115 // route "usage": when the buckets were measured last
)

// rowVersion is the first byte of every row; JSON follows.
const rowVersion = 1

// maxLast is how many keys of a user are remembered, those used last: five are there at once, and old ones are of interest for a while.
const maxLast = 16

const (
	usageRoute meta.Route = "usage"
	dayForm               = "20060102"
)

func partition(c ident.ContractID) meta.Partition { return meta.Partition("c/" + c.String()) }
func userRoute(u ident.UserID) meta.Route         { return meta.Route("u/" + u) }
func bucketRoute(b ident.BucketID) meta.Route     { return meta.Route("b/" + b) }
func dayText(day int64) string                    { return time.Unix(day*daySeconds, 0).UTC().Format(dayForm) }

type lastRow struct {
	Keys map[ident.AccessKey]LastUse `json:"keys"`
}

type heldRow struct {
	Name     ident.BucketName `json:"name"`
	Region   ident.RegionName `json:"region,omitempty"`
	Owner    ident.UserID     `json:"owner,omitempty"`
	Objects  int64            `json:"objects"`
	Versions int64            `json:"versions"`
	Bytes    int64            `json:"bytes"`
}

func put(tx meta.Tx, k meta.Key, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return errs.Fault("usage.put", err)
	}
	return tx.Put(k, append([]byte{rowVersion}, raw...))
}

func decode(raw []byte, v any) error {
	if len(raw) == 0 || raw[0] != rowVersion {
		return errs.New(errs.Corrupt, "", "A row of usage is of an unknown version.")
	}
	if err := json.Unmarshal(raw[1:], v); err != nil {
		return errs.New(errs.Corrupt, "", "A row of usage can't be read.").Because(err)
	}
	return nil
}

// get reads a row into v; an absent one leaves v as it is.
func get(g interface {
	Get(meta.Key) ([]byte, error)
}, k meta.Key, v any) error {
	raw, err := g.Get(k)
	if errors.Is(err, errs.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return decode(raw, v)
}

// taken is what a flush takes of one entry.
type taken struct {
	who
	entry *entry
	last  LastUse
	days  map[int64]Counts
}

// collect takes what was counted of everybody, or of one user where u is not "", and forgets who was idle.
func (s *Service) collect(c ident.ContractID, u ident.UserID) map[ident.ContractID]map[ident.UserID][]taken {
	out := map[ident.ContractID]map[ident.UserID][]taken{}
	for i := range s.shards {
		sh := &s.shards[i]
		sh.mu.Lock()
		for w, e := range sh.entries {
			if u != "" && (w.contract != c || w.user != u) {
				continue
			}
			t, any := e.take(w, u == "")
			if !any {
				if u == "" {
					delete(sh.entries, w)
				}
				continue
			}
			if out[w.contract] == nil {
				out[w.contract] = map[ident.UserID][]taken{}
			}
			out[w.contract][w.user] = append(out[w.contract][w.user], t)
		}
		sh.mu.Unlock()
	}
	return out
}

// take empties the entry, or returns false if nobody used it since it was emptied last; with retire it is then gone for good.
func (e *entry) take(w who, retire bool) (taken, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.idle {
		e.gone = e.gone || retire
		return taken{}, false
	}
	e.turn(e.day)
	t := taken{who: w, entry: e, days: e.former,
		last: LastUse{At: e.at.UTC().Truncate(time.Millisecond), Operation: e.op, Bucket: e.bucket, Program: e.program}}
	if e.source.IsValid() {
		t.last.Source = e.source.String()
	}
	e.former, e.idle = map[int64]Counts{}, true
	return t, true
}

// giveBack counts again what could not be written.
func (t *taken) giveBack() {
	t.entry.mu.Lock()
	defer t.entry.mu.Unlock()
	for day, c := range t.days {
		have := t.entry.former[day]
		have.add(c)
		t.entry.former[day] = have
	}
	t.entry.idle = false
}

// Flush writes down what was counted.
func (s *Service) Flush(ctx context.Context) error { return s.flushSome(ctx, 0, "") }

func (s *Service) flushSome(ctx context.Context, c ident.ContractID, u ident.UserID) error {
	s.flush.Lock()
	defer s.flush.Unlock()
	var failed error
	for c, users := range s.collect(c, u) {
		for u, all := range users {
			if err := s.write(ctx, c, u, all); err != nil {
				failed = err
				for i := range all {
					all[i].giveBack()
				}
			}
		}
	}
	return errs.Wrap("usage.Flush", failed)
}

// write adds what was counted of one user's keys.
func (s *Service) write(ctx context.Context, c ident.ContractID, u ident.UserID, all []taken) error {
	route := userRoute(u)
	return s.cfg.Meta.Update(ctx, partition(c), route, func(tx meta.Tx) error {
		last := lastRow{}
		lastKey := meta.Key{Kind: kindLast, Route: route}
		if err := get(tx, lastKey, &last); err != nil {
			return err
		}
		if last.Keys == nil {
			last.Keys = map[ident.AccessKey]LastUse{}
		}
		for _, t := range all {
			for day, n := range t.days {
				k := meta.Key{Kind: kindKey, Route: route, Tail: dayText(day) + "/" + string(t.key)}
				var have Counts
				if err := get(tx, k, &have); err != nil {
					return err
				}
				have.add(n)
				if err := put(tx, k, have); err != nil {
					return err
				}
			}
			if t.key != "" && !t.last.At.Before(last.Keys[t.key].At) {
				last.Keys[t.key] = t.last
			}
		}
		for len(last.Keys) > maxLast {
			oldest := slices.MinFunc(slices.Collect(maps.Keys(last.Keys)), func(a, b ident.AccessKey) int {
				return cmp.Or(last.Keys[a].At.Compare(last.Keys[b].At), cmp.Compare(a, b))
			})
			delete(last.Keys, oldest)
		}
		return put(tx, lastKey, last)
	})
}

// LastUses returns when each key of a user was used last; keys that never were are absent. What was noted before the call counts.
func (s *Service) LastUses(ctx context.Context, c ident.ContractID, u ident.UserID) (map[ident.AccessKey]LastUse, error) {
	if err := s.flushSome(ctx, c, u); err != nil {
		return nil, err
	}
	var row lastRow
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) error {
		return get(r, meta.Key{Kind: kindLast, Route: userRoute(u)}, &row)
	})
	return row.Keys, errs.Wrap("usage.LastUses", err)
}

// KeyDay is what was asked of a key on one day.
type KeyDay struct {
	Day time.Time // midnight, UTC
	Key ident.AccessKey
	Counts
}

// MaxDays is how many days one reading spans at most.
const MaxDays = 367

// span checks the days of a reading.
func span(from, to time.Time) (first, last int64, err error) {
	first, last = dayOf(from), dayOf(to)
	if first > last || last-first >= MaxDays {
		return 0, 0, errs.New(errs.Invalid, "", "from, to: name a span of 1 to 367 days, its first day first.")
	}
	return first, last, nil
}

// Keys returns the days from the one of from to the one of to on which keys of a user were used, in order of days.
func (s *Service) Keys(ctx context.Context, c ident.ContractID, u ident.UserID, from, to time.Time) ([]KeyDay, error) {
	first, last, err := span(from, to)
	if err == nil {
		err = s.flushSome(ctx, c, u)
	}
	if err != nil {
		return nil, err
	}
	var all []KeyDay
	route := userRoute(u)
	err = s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) error {
		return scan(r, kindKey, meta.At(route, dayText(first)), meta.At(route, dayText(last+1)), func(_, tail string, raw []byte) error {
			day, key, _ := strings.Cut(tail, "/")
			k := KeyDay{Key: ident.AccessKey(key)}
			var err error
			if k.Day, err = time.Parse(dayForm, day); err != nil {
				return errs.New(errs.Corrupt, "", "A row of usage can't be read.").Because(err)
			}
			err = decode(raw, &k.Counts)
			all = append(all, k)
			return err
		})
	})
	return all, errs.Wrap("usage.Keys", err)
}

// scan visits rows between two positions.
func scan(r meta.Reader, k meta.Kind, from, to []byte, visit func(route, tail string, row []byte) error) error {
	for {
		next, err := r.Scan(k, from, to, meta.Budget{}, func(route, tail, row []byte) ([]byte, error) {
			return nil, visit(string(route), string(tail), row)
		})
		if err != nil || next == nil {
			return err
		}
		from = next
	}
}
