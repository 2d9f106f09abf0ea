package object

import (
	"bytes"
	"context"

	"coffer/internal/ident"
	"coffer/internal/meta"
)

// versionBatch is how many rows of each range a listing of versions holds at most.
const versionBatch = 256

// A versionRow is a row of one of the two ranges: a version of a versioned key, or the object of a key that was never versioned.
type versionRow struct {
	key, value []byte
}

// A versionCursor gives the rows of one range, a batch at a time.
type versionCursor struct {
	kind     meta.Kind
	from, to []byte
	rows     []versionRow
	next     int
	done     bool
	batch    int
	arena    []byte
}

// fill reads the next batch. Live rows of versioned keys are left out: their versions are in the other range.
func (c *versionCursor) fill(r meta.Reader) error {
	for c.next == len(c.rows) && !c.done {
		c.rows, c.next, c.arena = c.rows[:0], 0, nil
		stepped := 0
		var last []byte
		next, err := r.Scan(c.kind, c.from, c.to, meta.Budget{}, func(route, tail, value []byte) ([]byte, error) {
			if stepped == c.batch {
				last = meta.At(meta.Route(route), string(tail))
				return nil, meta.Stop
			}
			stepped++
			if c.kind == kindLive && len(value) > 1 && recordFlags(value[1])&flagVersioned != 0 {
				return nil, nil
			}
			c.rows = append(c.rows, versionRow{c.keep(route), c.keep(value)})
			return nil, nil
		})
		if err != nil {
			return err
		}
		if last != nil {
			next = last
		}
		c.from, c.done = next, next == nil
	}
	return nil
}

func (c *versionCursor) keep(b []byte) []byte {
	start := len(c.arena)
	c.arena = append(c.arena, b...)
	return c.arena[start:len(c.arena):len(c.arena)]
}

// skip goes on at position, behind all rows that lie before it.
func (c *versionCursor) skip(position []byte, past func(key []byte) bool) {
	for c.next < len(c.rows) && past(c.rows[c.next].key) {
		c.next++
	}
	if c.next == len(c.rows) && !c.done && bytes.Compare(c.from, position) < 0 {
		c.from = position
	}
}

func (c *versionCursor) head() *versionRow {
	if c.next == len(c.rows) {
		return nil
	}
	return &c.rows[c.next]
}

// A versionLister merges the two ranges.
type versionLister struct {
	in    *ListVersions
	max   int
	visit func(*VersionEntry) error
	live  versionCursor
	ver   versionCursor
	entry VersionEntry
	etag  []byte
	rec   record
	count int
	page  VersionPage
	key   []byte // of the last entry
}

// ListVersions gives a page of versions and markers in order of keys, newest first within a key, and of common prefixes. Each key is as
// it was at one instant. The entry and its strings end with the visit.
func (s *Service) ListVersions(ctx context.Context, in *ListVersions, visit func(*VersionEntry) error) (VersionPage, error) {
	l := versionLister{in: in, max: pageSize(in.Max), visit: visit}
	if l.max <= 0 {
		return VersionPage{}, nil
	}
	from, to := start(in.Prefix, in.Delimiter, in.AfterKey), end(in.Prefix)
	batch := min(versionBatch, l.max+1)
	l.live = versionCursor{kind: kindLive, from: from, to: to, batch: batch}
	l.ver = versionCursor{kind: kindVer, from: from, to: to, batch: batch}
	if in.AfterVersion != "" {
		if err := s.resumeVersions(ctx, &l); err != nil {
			return VersionPage{}, err
		}
	}
	err := s.view(ctx, in.Bucket, l.run)
	return l.page, err
}

// resumeVersions begins behind one version of a key, whether or not it is still there.
func (s *Service) resumeVersions(ctx context.Context, l *versionLister) error {
	in := l.in
	if in.AfterKey == "" {
		return invalidArgument("A version-id marker cannot be specified without a key marker.")
	}
	var seq uint64
	if in.AfterVersion != ident.NullVersion {
		var err error
		if seq, err = in.AfterVersion.Sequence(); err != nil {
			return err
		}
	}
	if prefixOf(in.AfterKey, in.Prefix, in.Delimiter) != "" {
		return nil
	}
	return s.view(ctx, in.Bucket, func(r meta.Reader) error {
		value, err := r.Get(headKey(ident.ObjectKey(meta.Route(in.AfterKey))))
		if isNotFound(err) { // a key that was never versioned has no other version than null
			return nil
		}
		if err != nil {
			return err
		}
		var h head
		if err := h.decode(value); err != nil {
			return err
		}
		if in.AfterVersion == ident.NullVersion {
			seq = h.null // which may lie anywhere among the others
		}
		if seq == 0 {
			return nil
		}
		l.ver.from = meta.After(meta.Route(in.AfterKey), sequenceTail(^seq))
		if h.newest >= seq { // else all up to the marker are gone, and what follows it is the latest
			l.key = []byte(in.AfterKey)
		}
		return nil
	})
}

// run visits the page. Live rows are read before the others: a key that becomes versioned meanwhile is then found in both, and
// given once.
func (l *versionLister) run(r meta.Reader) error {
	for {
		if err := l.live.fill(r); err != nil {
			return err
		}
		if err := l.ver.fill(r); err != nil {
			return err
		}
		a, b := l.live.head(), l.ver.head()
		if a == nil && b == nil {
			return nil
		}
		row, from := b, &l.ver
		if b == nil || a != nil && bytes.Compare(a.key, b.key) < 0 {
			row, from = a, &l.live
		}
		if from == &l.live && bytes.Equal(l.key, a.key) {
			l.live.next++
			continue
		}
		if l.count == l.max {
			l.page.Truncated = true
			return nil
		}
		if err := l.give(row, from); err != nil {
			return err
		}
	}
}

// give visits one entry and steps over what it covers.
func (l *versionLister) give(row *versionRow, from *versionCursor) error {
	key := string(row.key)
	if common := prefixOf(key, l.in.Prefix, l.in.Delimiter); common != "" {
		l.count++
		l.entry = VersionEntry{Entry: Entry{Prefix: common}}
		if err := l.visit(&l.entry); err != nil {
			return err
		}
		l.page.NextKey, l.page.NextVersion = common, ""
		position := meta.AfterPrefix(meta.Route(common))
		covered := func(key []byte) bool { return bytes.HasPrefix(key, []byte(common)) }
		l.live.skip(position, covered)
		l.ver.skip(position, covered)
		return nil
	}
	from.next++
	if d := l.rec.listed(row.value); d.Fail {
		return badRow("version")
	}
	l.count++
	l.etag = l.rec.fill(&l.entry.Entry, l.etag)
	l.entry.Key = key
	l.entry.Version = l.rec.version()
	l.entry.DeleteMarker = l.rec.is(flagMarker)
	l.entry.Latest = !bytes.Equal(l.key, row.key)
	l.key = append(l.key[:0], row.key...)
	l.page.NextKey, l.page.NextVersion = key, l.entry.Version
	return l.visit(&l.entry)
}
