// Package lifecycle reads, checks and writes lifecycle rules and decides, purely, what they do to a version or an upload, and when. It
// never looks at a clock, never reads or deletes anything and never knows HTTP: a job walks the buckets and asks.
package lifecycle

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of a configuration. Source: AWS S3 User Guide, "Lifecycle configuration elements".
const (
	MaxDocument = 1 << 20 // bytes
	maxRules    = 1000
	maxID       = 255 // characters
	maxPrefix   = 1024
	maxTags     = 10
	maxNewer    = 100
	maxSize     = 48 << 40 // bytes: no object is larger
	maxDays     = 1<<31 - 1
)

// Day is the length of a day outside of tests.
const Day = 24 * time.Hour

// Config is a bucket's rules. It is immutable once read.
type Config struct {
	Rules []Rule
}

// Rule is one rule. Zero numbers and times stand for elements that are not there.
type Rule struct {
	ID      string
	Enabled bool
	Filter  Filter

	Days          int64     // of current versions, since they were made
	Date          time.Time // from which current versions are removed
	Markers       *bool     // ExpiredObjectDeleteMarker
	NonCurrent    int64     // days since a version became noncurrent
	Newer         int64     // noncurrent versions that stay
	AbortUploads  int64     // days since an upload began
	hasExpiration bool
	movesOff      bool // a transition is due at another time than midnight
}

// Filter says which keys a rule is about.
type Filter struct {
	Prefix  string
	Tags    []Tag
	Greater *int64 // bytes, exclusive
	Less    *int64 // bytes, exclusive
	form    form
	named   bool // a prefix was written, if only an empty one
}

// Tag is a tag that an object must bear.
type Tag struct{ Key, Value string }

// form is how a filter was written, so that it is given back the same way.
type form byte

const (
	oldPrefix  form = iota // Prefix beside the rule's other elements
	filterNone             // Filter without anything in it
	filterOne
	filterAnd
)

// Action is what a rule does.
type Action uint8

// The actions.
const (
	Nothing       Action = iota
	Expire               // delete without naming a version: a versioned bucket gets a delete marker
	RemoveVersion        // a noncurrent version, for good
	RemoveMarker         // a delete marker behind which nothing is left
	AbortUpload
)

// Version is what a decision needs to know of a version or a delete marker.
type Version struct {
	Key      string
	Size     int64
	Modified time.Time
	Marker   bool
	Current  bool
	Since    time.Time // when it became noncurrent
	Newer    int64     // noncurrent versions of the key that are newer
	Alone    bool      // the key has no other version
	// Tags gives the version's tags. It is asked only where a rule depends on them; nil: it has none.
	Tags func() (map[string]string, error)
}

// Verdict is what is to be done and when; Rule is nil where nothing is.
type Verdict struct {
	Action Action
	Due    time.Time
	Rule   *Rule
}

// Judge returns what comes first for a version. day is the length of a day: Day outside of tests. It fails only where Tags does.
func (c *Config) Judge(v *Version, day time.Duration) (Verdict, error) {
	var first Verdict
	for i := range c.Rules {
		r := &c.Rules[i]
		a, due := r.forVersion(v, day)
		if a == Nothing || first.Action != Nothing && !due.Before(first.Due) {
			continue
		}
		ok, err := r.Filter.matches(v)
		if err != nil {
			return Verdict{}, err
		}
		if ok {
			first = Verdict{a, due, r}
		}
	}
	return first, nil
}

// JudgeUpload returns when an upload is aborted.
func (c *Config) JudgeUpload(key string, begun time.Time, day time.Duration) Verdict {
	var first Verdict
	for i := range c.Rules {
		r := &c.Rules[i]
		if !r.Enabled || r.AbortUploads == 0 || !strings.HasPrefix(key, r.Filter.Prefix) {
			continue
		}
		if due := After(begun, r.AbortUploads, day); first.Action == Nothing || due.Before(first.Due) {
			first = Verdict{AbortUpload, due, r}
		}
	}
	return first
}

// After is the midnight that follows once days have passed. Source: AWS S3 User Guide, "Lifecycle rules: Based on an object's age": the days
// are added and the result is rounded up to the next midnight in UTC.
func After(t time.Time, days int64, day time.Duration) time.Time {
	return midnight(t, day).Add(day).Add(time.Duration(min(days, int64(200*365*Day/day))) * day)
}

// midnight is the beginning of t's day.
func midnight(t time.Time, day time.Duration) time.Time {
	return t.UTC().Truncate(day)
}

// NextMidnight is the beginning of the day after t's.
func NextMidnight(t time.Time, day time.Duration) time.Time { return midnight(t, day).Add(day) }

// forVersion returns what the rule does to a version that its filter lets through.
func (r *Rule) forVersion(v *Version, day time.Duration) (Action, time.Time) {
	switch {
	case !r.Enabled:
	case !v.Current:
		if r.NonCurrent > 0 && v.Newer >= r.Newer {
			return RemoveVersion, After(v.Since, r.NonCurrent, day)
		}
	case v.Marker && !v.Alone:
	case v.Marker && r.Markers != nil && *r.Markers:
		return RemoveMarker, v.Modified
	case r.Days > 0:
		return removal(v), After(v.Modified, r.Days, day)
	case !r.Date.IsZero():
		return removal(v), r.Date
	}
	return Nothing, time.Time{}
}

// removal is what expiration comes to: a marker behind which nothing is left goes as an object would.
func removal(v *Version) Action {
	if v.Marker {
		return RemoveMarker
	}
	return Expire
}

func (f *Filter) matches(v *Version) (bool, error) {
	if !strings.HasPrefix(v.Key, f.Prefix) {
		return false, nil
	}
	if (f.Greater != nil || f.Less != nil) && v.Marker {
		return false, nil // a delete marker has no size
	}
	if f.Greater != nil && v.Size <= *f.Greater || f.Less != nil && v.Size >= *f.Less {
		return false, nil
	}
	if len(f.Tags) == 0 {
		return true, nil
	}
	if v.Tags == nil {
		return false, nil
	}
	has, err := v.Tags()
	if err != nil {
		return false, err
	}
	for _, t := range f.Tags {
		if value, ok := has[t.Key]; !ok || value != t.Value {
			return false, nil
		}
	}
	return true, nil
}

// Expiration is the value of x-amz-expiration for a current version; "" where no rule expires it.
func (c *Config) Expiration(v *Version, day time.Duration) (string, error) {
	got, err := c.Judge(v, day)
	if err != nil || got.Action != Expire {
		return "", err
	}
	return `expiry-date="` + got.Due.UTC().Format("Mon, 02 Jan 2006 15:04:05") + ` GMT", rule-id="` + url.QueryEscape(got.Rule.ID) + `"`, nil
}

// Aborting are the values of x-amz-abort-date and x-amz-abort-rule-id for an upload that begins; "" where no rule aborts it.
func (c *Config) Aborting(key string, begun time.Time, day time.Duration) (date, rule string) {
	got := c.JudgeUpload(key, begun, day)
	if got.Rule == nil {
		return "", ""
	}
	return got.Due.UTC().Format("Mon, 02 Jan 2006 15:04:05") + " GMT", url.QueryEscape(got.Rule.ID)
}

// name gives a rule without an id one that depends on the rule and its place alone.
func (r *Rule) name(place int) {
	if r.ID != "" {
		return
	}
	var c Config
	c.Rules = []Rule{*r}
	sum := sha256.Sum256(append(c.Encode(), byte(place), byte(place>>8)))
	r.ID = base64.RawURLEncoding.EncodeToString(sum[:])
}

func runes(s string) int { return utf8.RuneCountInString(s) }

func sortTags(tags []Tag) {
	slices.SortFunc(tags, func(a, b Tag) int { return cmp.Compare(a.Key, b.Key) })
}
