package jobs

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/lifecycle"
	"coffer/internal/meta"
	"coffer/internal/object"
)

// Stock is what lifecycle rules act on: ordinary deletes and aborts, so that locks, markers, counters and blobs come out as if a client had
// sent them. object.Service has it.
type Stock interface {
	EachBucket(ctx context.Context, c ident.ContractID, visit func(*object.Bucket) error) error
	Bucket(ctx context.Context, name ident.BucketName) (*object.Bucket, error)
	ListVersions(ctx context.Context, in *object.ListVersions, visit func(*object.VersionEntry) error) (object.VersionPage, error)
	ListUploads(ctx context.Context, in *object.ListUploads) (object.UploadPage, error)
	Tags(ctx context.Context, in *object.VersionRef) (map[string]string, ident.VersionID, error)
	DeleteObject(ctx context.Context, in *object.DeleteObject) (object.Deleted, error)
	AbortUpload(ctx context.Context, b *object.Bucket, k ident.ObjectKey, u ident.UploadID) error
}

// LifecycleConfig is what the lifecycle job needs; all but Day, Done, Wait and Log is needed.
type LifecycleConfig struct {
	Objects   Stock
	Meta      meta.Store // where the notes are
	Contracts func(context.Context) ([]ident.ContractID, error)
	Clock     func() time.Time
	Day       time.Duration // length of a day; 0: 24 hours. Shorter in tests alone
	// Done is told of each deletion, by several goroutines at once; it must not block. nil: nobody is.
	Done func(b *object.Bucket, a lifecycle.Action, key ident.ObjectKey, d object.Deleted)
	Wait func(d time.Duration) <-chan time.Time
	Log  *slog.Logger
}

// Lifecycle walks the buckets that have rules once a day, and at once where rules changed. A walk is kept in pages and goes on behind the
// last key after a restart. It never deletes what changed since it was seen.
type Lifecycle struct {
	cfg         LifecycleConfig
	page, saves int // as lifecyclePage and savePages
	forecast    int // as maxForecast
	runs        progress
	stop        context.CancelFunc
	done        chan struct{}
}

// LifecycleRules is the name under which a bucket's rules are stored, and the job's note is kept.
const LifecycleRules = "lifecycle"

const (
	lookEvery     = 10 * time.Minute // between looks at which buckets are due
	lifecyclePage = 1000             // versions or uploads
	savePages     = 16               // between two notes of how far a walk is
	deleters      = 16               // deletes at once: they share a sync of the disk
	maxForecast   = 100_000          // versions, and uploads, that a forecast looks at: somebody waits for it
)

// NewLifecycle makes the job; Start sets it going.
func NewLifecycle(cfg LifecycleConfig) *Lifecycle {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Wait == nil {
		cfg.Wait = time.After
	}
	if cfg.Day <= 0 {
		cfg.Day = lifecycle.Day
	}
	return &Lifecycle{cfg: cfg, page: lifecyclePage, saves: savePages, forecast: maxForecast}
}

// Status tells how the job stands.
func (l *Lifecycle) Status() Status { return l.runs.status() }

// Start runs the job in a goroutine until Stop. It is called once.
func (l *Lifecycle) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	l.stop, l.done = cancel, make(chan struct{})
	go func() {
		defer close(l.done)
		for ctx.Err() == nil {
			if err := l.runs.run(l.cfg.Clock, func() error { return l.Look(ctx) }); err != nil && ctx.Err() == nil {
				l.cfg.Log.Warn("lifecycle rules could not be looked at and will be again", "error", err)
			}
			wait(ctx, l.cfg.Wait(min(lookEvery, l.cfg.Day/4)))
		}
	}()
}

// Stop ends the job and returns when it rests. Without Start it does nothing.
func (l *Lifecycle) Stop() {
	if l.stop != nil {
		l.stop()
		<-l.done
	}
}

// Look walks every bucket that is due.
func (l *Lifecycle) Look(ctx context.Context) error {
	contracts, err := l.cfg.Contracts(ctx)
	if err != nil {
		return err
	}
	for _, c := range contracts {
		err := l.cfg.Objects.EachBucket(ctx, c, func(b *object.Bucket) error {
			if err := l.bucket(ctx, b.Name); err != nil && ctx.Err() == nil {
				l.runs.failed(string(b.Name), err)
				l.cfg.Log.Warn("lifecycle rules of a bucket failed and will be repeated", "bucket", b.Name, "error", err)
			}
			return ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// bucket walks one bucket if it is due.
func (l *Lifecycle) bucket(ctx context.Context, name ident.BucketName) error {
	b, err := l.cfg.Objects.Bucket(ctx, name)
	if errs.KindOf(err) == errs.NotFound && err != nil {
		return nil
	}
	if err != nil {
		return err
	}
	doc := b.Configs[LifecycleRules]
	if doc == nil {
		return nil
	}
	rep, err := l.read(ctx, b)
	if err != nil {
		return err
	}
	now := l.cfg.Clock()
	fresh := rep.Rules != nil && rep.Of == hashOf(doc)
	if fresh && !rep.walking() && now.Before(rep.Next) {
		return nil
	}
	rules, err := lifecycle.Parse(doc)
	if err != nil {
		return err
	}
	if !fresh || !rep.walking() {
		rep.begin(doc, rules, now)
	}
	w := &walk{l: l, b: b, doc: doc, rules: rules, rep: rep, now: now}
	return w.run(ctx)
}

// A walk is one pass over a bucket.
type walk struct {
	l     *Lifecycle
	b     *object.Bucket
	doc   []byte
	rules *lifecycle.Config
	rep   *LifecycleReport
	now   time.Time
	tasks []task
	mu    sync.Mutex // of the report while tasks run
	dry   bool       // count what is due, do and keep nothing; see Forecast
	cut   bool       // the dry walk ended before the bucket did

	// The version seen last, which is judged when the next one is known.
	pend  *seen
	newer int64 // noncurrent objects of its key so far
}

// seen is a version of a listing's page.
type seen struct {
	lifecycle.Version
	id   ident.VersionID
	etag string
}

// task is something that is due.
type task struct {
	rule   *RuleReport
	action lifecycle.Action
	of     *seen
	upload ident.UploadID
}

// still reloads the bucket before each page, so that rules which were removed or changed remove nothing any more.
func (w *walk) still(ctx context.Context) (bool, error) {
	if w.dry {
		return true, ctx.Err()
	}
	b, err := w.l.cfg.Objects.Bucket(ctx, w.b.Name)
	if err != nil && errs.KindOf(err) == errs.NotFound {
		return false, nil
	}
	if err != nil || b.ID != w.b.ID || !bytes.Equal(b.Configs[LifecycleRules], w.doc) {
		return false, err
	}
	w.b = b
	return true, ctx.Err()
}

func (w *walk) run(ctx context.Context) error {
	if !w.rep.AtUploads {
		if done, err := w.versions(ctx); err != nil || !done {
			return err
		}
		w.rep.AtUploads, w.rep.AfterKey, w.rep.AfterUpload = true, nil, ""
	}
	if done, err := w.uploads(ctx); err != nil || !done {
		return err
	}
	w.rep.finish(w.l.cfg.Clock(), w.l.cfg.Day)
	return w.save(ctx)
}

func (w *walk) versions(ctx context.Context) (bool, error) {
	in := object.ListVersions{AfterKey: string(w.rep.AfterKey), Max: w.l.page}
	for n := 1; ; n++ {
		if ok, err := w.still(ctx); err != nil || !ok {
			return false, err
		}
		in.Bucket = w.b
		var listed []*seen
		page, err := w.l.cfg.Objects.ListVersions(ctx, &in, func(e *object.VersionEntry) error {
			listed = append(listed, copyOf(e))
			return nil
		})
		if err != nil {
			return false, err
		}
		for _, s := range listed {
			if err := w.feed(ctx, s); err != nil {
				return false, err
			}
		}
		if !page.Truncated {
			if err := w.feed(ctx, nil); err != nil {
				return false, err
			}
			return true, w.perform(ctx)
		}
		if err := w.perform(ctx); err != nil {
			return false, err
		}
		in.AfterKey, in.AfterVersion = page.NextKey, page.NextVersion
		switch {
		case w.dry && n*w.l.page >= w.l.forecast:
			w.cut = true
			return true, nil
		case !w.dry && n%w.l.saves == 0:
			if err := w.save(ctx); err != nil {
				return false, err
			}
		}
	}
}

func copyOf(e *object.VersionEntry) *seen {
	s := &seen{id: ident.VersionID([]byte(e.Version)), etag: string([]byte(e.ETag))}
	s.Key, s.Size, s.Modified, s.Marker, s.Current = string([]byte(e.Key)), e.Size, e.Modified, e.DeleteMarker, e.Latest
	return s
}

// feed judges the version before s, about which s tells whether it is alone; nil ends the walk. Versions of a key come newest first: each
// became noncurrent when the one before it was made.
func (w *walk) feed(ctx context.Context, s *seen) error {
	p := w.pend
	if p != nil {
		p.Alone = p.Current && (s == nil || s.Key != p.Key)
		if err := w.judge(ctx, p); err != nil {
			return err
		}
		if s == nil || s.Key != p.Key {
			w.rep.AfterKey = []byte(p.Key)
		}
	}
	if s != nil {
		w.rep.Looked++
		switch {
		case p == nil || p.Key != s.Key:
			w.newer = 0
		case !p.Current && !p.Marker:
			w.newer++
		}
		if p != nil && p.Key == s.Key {
			s.Since, s.Newer = p.Modified, w.newer
		}
	}
	w.pend = s
	return nil
}

func (w *walk) judge(ctx context.Context, s *seen) error {
	if !s.Marker {
		s.Tags = func() (map[string]string, error) {
			tags, _, err := w.l.cfg.Objects.Tags(ctx, &object.VersionRef{Bucket: w.b, Key: ident.ObjectKey(s.Key), Version: s.id})
			if err != nil && errs.KindOf(err) == errs.NotFound {
				return nil, nil
			}
			return tags, err
		}
	}
	v, err := w.rules.Judge(&s.Version, w.l.cfg.Day)
	if err != nil || v.Rule == nil {
		return err
	}
	r := w.rep.rule(v.Rule.ID)
	if v.Due.After(w.now) {
		r.await(v.Due)
		return nil
	}
	w.tasks = append(w.tasks, task{rule: r, action: v.Action, of: s})
	return nil
}

func (w *walk) uploads(ctx context.Context) (bool, error) {
	in := object.ListUploads{AfterKey: string(w.rep.AfterKey), AfterUpload: w.rep.AfterUpload, Max: w.l.page}
	for n := 1; ; n++ {
		if ok, err := w.still(ctx); err != nil || !ok {
			return false, err
		}
		in.Bucket = w.b
		page, err := w.l.cfg.Objects.ListUploads(ctx, &in)
		if err != nil {
			return false, err
		}
		for i := range page.Uploads {
			u := &page.Uploads[i]
			v := w.rules.JudgeUpload(string(u.Key), u.Initiated, w.l.cfg.Day)
			if v.Rule == nil {
				continue
			}
			r := w.rep.rule(v.Rule.ID)
			if v.Due.After(w.now) {
				r.await(v.Due)
				continue
			}
			w.tasks = append(w.tasks, task{rule: r, action: v.Action, upload: u.ID, of: &seen{Version: lifecycle.Version{Key: string(u.Key)}}})
		}
		if err := w.perform(ctx); err != nil || !page.Truncated {
			return err == nil, err
		}
		if w.dry && n*w.l.page >= w.l.forecast {
			w.cut = true
			return true, nil
		}
		in.AfterKey, in.AfterUpload = page.NextKey, page.NextUpload
		w.rep.AfterKey, w.rep.AfterUpload = []byte(page.NextKey), page.NextUpload
	}
}

// perform does what is due, several at once.
func (w *walk) perform(ctx context.Context) error {
	if w.dry {
		for i := range w.tasks {
			w.settle(&w.tasks[i], nil)
		}
		w.tasks = w.tasks[:0]
		return ctx.Err()
	}
	var all sync.WaitGroup
	slots := make(chan struct{}, deleters)
	for i := range w.tasks {
		if ctx.Err() != nil {
			break
		}
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			w.settle(&w.tasks[i], w.do(ctx, &w.tasks[i]))
		})
	}
	all.Wait()
	clear(w.tasks)
	w.tasks = w.tasks[:0]
	return ctx.Err()
}

// do deletes a version only if it still is what was seen: a PUT that came meanwhile stays.
func (w *walk) do(ctx context.Context, t *task) error {
	if t.action == lifecycle.AbortUpload {
		err := w.l.cfg.Objects.AbortUpload(ctx, w.b, ident.ObjectKey(t.of.Key), t.upload)
		w.tell(t, object.Deleted{}, err)
		return err
	}
	in := object.DeleteObject{Bucket: w.b, Key: ident.ObjectKey(t.of.Key)}
	in.Cond.IfMatchModified, in.Cond.IfMatchSize = t.of.Modified, &t.of.Size
	if !t.of.Marker {
		in.Cond.IfMatch = []string{t.of.etag}
	}
	if t.action != lifecycle.Expire {
		in.Version = t.of.id
	}
	d, err := w.l.cfg.Objects.DeleteObject(ctx, &in)
	w.tell(t, d, err)
	return err
}

func (w *walk) tell(t *task, d object.Deleted, err error) {
	if err == nil && w.l.cfg.Done != nil {
		w.l.cfg.Done(w.b, t.action, ident.ObjectKey(t.of.Key), d)
	}
}

// settle counts what came of a task.
func (w *walk) settle(t *task, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch kind := errs.KindOf(err); {
	case err == nil:
		t.rule.did(t.action, t.of.Size, w.b.Versioning != object.Unversioned)
	case kind == errs.Precondition || kind == errs.NotFound || kind == errs.Canceled:
	case kind == errs.Denied:
		t.rule.Locked++
	default:
		w.rep.Failed++
		w.l.cfg.Log.Warn("a lifecycle rule could not be followed and will be again", "bucket", w.b.Name, "rule", t.rule.ID, "error", err)
	}
}
