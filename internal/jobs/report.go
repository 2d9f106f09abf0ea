package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/lifecycle"
	"coffer/internal/object"
)

// LifecycleReport is what a bucket's rules did and will do, as its last walk found it. While one goes on, Finished is zero.
type LifecycleReport struct {
	Rules    []*RuleReport `json:"rules"`
	Started  time.Time     `json:"started"`
	Finished time.Time     `json:"finished,omitzero"`
	Next     time.Time     `json:"next,omitzero"` // when the bucket is walked again at the latest
	Looked   int64         `json:"looked"`        // versions and markers seen
	Failed   int64         `json:"failed"`        // what was due and could not be done: it is tried again

	Of          string         `json:"of"` // which document the walk is about
	AfterKey    []byte         `json:"afterKey,omitempty"`
	AfterUpload ident.UploadID `json:"afterUpload,omitempty"`
	AtUploads   bool           `json:"atUploads,omitempty"`
}

// RuleReport is about one rule. What was done counts since the rule has its id; the rest is of the last walk.
type RuleReport struct {
	ID       string    `json:"id"`
	Expired  int64     `json:"expired"`         // current objects deleted
	Versions int64     `json:"removedVersions"` // noncurrent versions removed for good
	Markers  int64     `json:"removedMarkers"`
	Uploads  int64     `json:"abortedUploads"`
	Bytes    int64     `json:"freedBytes"`
	Waiting  int64     `json:"waiting"` // covered and not yet due
	Locked   int64     `json:"locked"`  // due and kept by a lock
	NextDue  time.Time `json:"nextDue,omitzero"`
}

func hashOf(doc []byte) string {
	sum := sha256.Sum256(doc)
	return hex.EncodeToString(sum[:8])
}

func (r *LifecycleReport) walking() bool { return r.Finished.IsZero() }

// begin starts a walk: what was done stays for rules that still have their id.
func (r *LifecycleReport) begin(doc []byte, c *lifecycle.Config, now time.Time) {
	former := map[string]*RuleReport{}
	for _, old := range r.Rules {
		former[old.ID] = old
	}
	*r = LifecycleReport{Of: hashOf(doc), Started: now.UTC(), Rules: []*RuleReport{}}
	for i := range c.Rules {
		next := &RuleReport{ID: c.Rules[i].ID}
		if old := former[next.ID]; old != nil {
			*next = *old
			next.Waiting, next.Locked, next.NextDue = 0, 0, time.Time{}
		}
		r.Rules = append(r.Rules, next)
	}
}

// finish ends a walk. New versions are due a day later at the earliest, so the next midnight is soon enough.
func (r *LifecycleReport) finish(now time.Time, day time.Duration) {
	r.AfterKey, r.AfterUpload, r.AtUploads = nil, "", false
	r.Finished, r.Next = now.UTC(), lifecycle.NextMidnight(r.Started, day)
	if r.Failed > 0 {
		r.Next = now.UTC()
	}
}

// rule finds a rule's part. A report too long to be kept lost some of its rules: they count from nought again.
func (r *LifecycleReport) rule(id string) *RuleReport {
	for _, one := range r.Rules {
		if one.ID == id {
			return one
		}
	}
	one := &RuleReport{ID: id}
	r.Rules = append(r.Rules, one)
	return one
}

func (r *RuleReport) await(due time.Time) {
	r.Waiting++
	if r.NextDue.IsZero() || due.Before(r.NextDue) {
		r.NextDue = due
	}
}

func (r *RuleReport) did(a lifecycle.Action, size int64, versioned bool) {
	switch a {
	case lifecycle.Expire:
		r.Expired++
		if !versioned {
			r.Bytes += size
		}
	case lifecycle.RemoveVersion:
		r.Versions++
		r.Bytes += size
	case lifecycle.RemoveMarker:
		r.Markers++
	case lifecycle.AbortUpload:
		r.Uploads++
	}
}

// maxReport is the longest report that is kept, in bytes.
const maxReport = 60 << 10

func (w *walk) save(ctx context.Context) error {
	kept := *w.rep
	for {
		raw, err := json.Marshal(&kept)
		if err != nil {
			return errs.Fault("jobs.lifecycle", err)
		}
		if len(raw) <= maxReport || len(kept.Rules) == 0 {
			return setNote(ctx, w.l.cfg.Meta, w.b.ID, LifecycleRules, raw)
		}
		kept.Rules = kept.Rules[:len(kept.Rules)/2]
	}
}

func (l *Lifecycle) read(ctx context.Context, b *object.Bucket) (*LifecycleReport, error) {
	r := &LifecycleReport{}
	raw, err := note(ctx, l.cfg.Meta, b.ID, LifecycleRules)
	if err != nil || raw == nil {
		return r, err
	}
	if err := json.Unmarshal(raw, r); err != nil {
		return &LifecycleReport{}, nil // the walk begins anew
	}
	return r, nil
}

// Report tells as JSON what the rules of a bucket did and will do. The rules are those of the document as it is now; before their first
// walk they did nothing.
func (l *Lifecycle) Report(ctx context.Context, b *object.Bucket) ([]byte, error) {
	r, err := l.read(ctx, b)
	if err != nil {
		return nil, err
	}
	if doc := b.Configs[LifecycleRules]; doc == nil || r.Of != hashOf(doc) {
		c := &lifecycle.Config{}
		if doc != nil {
			if c, err = lifecycle.Parse(doc); err != nil {
				return nil, err
			}
		}
		r.begin(doc, c, time.Time{})
	}
	type public struct {
		*LifecycleReport
		Of          omitted `json:"of,omitempty"`
		AfterKey    omitted `json:"afterKey,omitempty"`
		AfterUpload omitted `json:"afterUpload,omitempty"`
		AtUploads   omitted `json:"atUploads,omitempty"`
	}
	raw, err := json.Marshal(public{LifecycleReport: r})
	return raw, errs.Fault("jobs.lifecycle", err)
}

// Forecast tells as JSON what the rules of a document would do in a bucket if they were kept now: in the report of each rule what is due
// counts as done, but for what a lock keeps. Nothing is done or kept. complete is false where the bucket holds more than maxForecast
// versions or uploads: the rest was not looked at. errs.Invalid for rules that S3 does not take.
func (l *Lifecycle) Forecast(ctx context.Context, b *object.Bucket, doc []byte) ([]byte, error) {
	rules, err := lifecycle.Parse(doc)
	if err != nil {
		return nil, err
	}
	now := l.cfg.Clock()
	rep := &LifecycleReport{}
	rep.begin(doc, rules, now)
	w := &walk{l: l, b: b, doc: doc, rules: rules, rep: rep, now: now, dry: true}
	if _, err := w.versions(ctx); err != nil {
		return nil, err
	}
	rep.AfterKey = nil
	if _, err := w.uploads(ctx); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(struct {
		Rules    []*RuleReport `json:"rules"`
		Looked   int64         `json:"looked"`
		Complete bool          `json:"complete"`
	}{rep.Rules, rep.Looked, !w.cut})
	return raw, errs.Fault("jobs.lifecycle", err)
}

// omitted hides a field of an embedded struct.
type omitted *struct{}
