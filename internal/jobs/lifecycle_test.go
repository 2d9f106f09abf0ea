package jobs

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"coffer/internal/engine/file"
	"coffer/internal/engine/pebble"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/lifecycle"
	"coffer/internal/meta"
	"coffer/internal/names"
	"coffer/internal/object"
)

// stock is the real room of objects with places for a test to step in.
type stock struct {
	*object.Service
	beforeDelete func(*object.DeleteObject)
	beforeList   func(*object.ListVersions) error
	listed       int
}

func (s *stock) DeleteObject(ctx context.Context, in *object.DeleteObject) (object.Deleted, error) {
	if s.beforeDelete != nil {
		s.beforeDelete(in)
	}
	return s.Service.DeleteObject(ctx, in)
}

func (s *stock) ListVersions(ctx context.Context, in *object.ListVersions, visit func(*object.VersionEntry) error) (object.VersionPage, error) {
	s.listed++
	if s.beforeList != nil {
		if err := s.beforeList(in); err != nil {
			return object.VersionPage{}, err
		}
	}
	return s.Service.ListVersions(ctx, in, visit)
}

type shelf struct {
	t   *testing.T
	now time.Time
	stock
	rows meta.Store
	job  *Lifecycle
}

const contract = ident.ContractID(10000001)

func newShelf(t *testing.T) *shelf {
	t.Helper()
	w := &shelf{t: t, now: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)}
	blobs, err := file.Open(file.Options{Dir: filepath.Join(t.TempDir(), "blobs"), SegmentBytes: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	rows := pebble.OpenMem()
	t.Cleanup(func() { blobs.Close(); rows.Close() })
	clock := func() time.Time { return w.now }
	w.Service, err = object.New(object.Config{Meta: rows, Blobs: blobs, Names: names.Directory{Store: rows}, Clock: clock, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	w.rows = rows
	w.restart()
	return w
}

// restart makes the job anew, as a start of the process does.
func (w *shelf) restart() {
	w.job = NewLifecycle(LifecycleConfig{Objects: &w.stock, Meta: w.rows, Clock: func() time.Time { return w.now },
		Contracts: func(context.Context) ([]ident.ContractID, error) { return []ident.ContractID{contract}, nil }})
}

func (w *shelf) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *shelf) bucket(v object.Versioning, lock bool, rule string) *object.Bucket {
	w.t.Helper()
	ctx := context.Background()
	b, err := w.CreateBucket(ctx, object.CreateBucket{Name: "shelf", Region: ident.Region{Name: "r", Ownership: ident.ContractOwned}, Contract: contract, Lock: lock})
	w.must(err)
	if v != object.Unversioned && !lock {
		b, err = w.SetVersioning(ctx, b, v)
		w.must(err)
	}
	return w.rules(b, rule)
}

func (w *shelf) rules(b *object.Bucket, rule string) *object.Bucket {
	w.t.Helper()
	b, err := w.SetConfig(context.Background(), b, LifecycleRules, []byte("<LifecycleConfiguration><Rule><ID>r</ID><Status>Enabled</Status>"+rule+"</Rule></LifecycleConfiguration>"))
	w.must(err)
	return b
}

func (w *shelf) put(b *object.Bucket, key, data string, lock object.Lock) {
	w.t.Helper()
	_, err := w.PutObject(context.Background(), &object.PutObject{Bucket: b, Key: ident.ObjectKey(key), Lock: lock,
		Body: object.Body{Reader: strings.NewReader(data), Size: int64(len(data))}})
	w.must(err)
}

// after lets days pass and the job look.
func (w *shelf) after(days int) {
	w.t.Helper()
	w.now = w.now.AddDate(0, 0, days)
	w.must(w.job.Look(context.Background()))
}

// has tells what the bucket holds: keys, with "-" for a marker, "*" for what is current and the size.
func (w *shelf) has(b *object.Bucket) string {
	w.t.Helper()
	var all []string
	_, err := w.Service.ListVersions(context.Background(), &object.ListVersions{Bucket: b, Max: 1000}, func(e *object.VersionEntry) error {
		s := strings.Clone(e.Key)
		if e.DeleteMarker {
			s += "-"
		} else {
			s += fmt.Sprint(e.Size)
		}
		if e.Latest {
			s += "*"
		}
		all = append(all, s)
		return nil
	})
	w.must(err)
	return strings.Join(all, " ")
}

func (w *shelf) want(b *object.Bucket, want string) {
	w.t.Helper()
	if got := w.has(b); got != want {
		w.t.Errorf("the bucket holds %q, want %q", got, want)
	}
}

func (w *shelf) report(b *object.Bucket) (r LifecycleReport) {
	w.t.Helper()
	raw, err := w.job.Report(context.Background(), b)
	w.must(err)
	w.must(json.Unmarshal(raw, &r))
	return r
}

const threeDays = "<Filter><Prefix>tmp/</Prefix></Filter><Expiration><Days>3</Days></Expiration>"

func TestExpiredObjectsGo(t *testing.T) {
	w := newShelf(t)
	b := w.bucket(object.Unversioned, false, threeDays)
	w.put(b, "stays", "1", object.Lock{})
	w.put(b, "tmp/a", "22", object.Lock{})
	w.after(1)
	w.put(b, "tmp/b", "333", object.Lock{})
	w.after(2) // tmp/a is three days old, but the midnight after is not there
	w.want(b, "stays1* tmp/a2* tmp/b3*")
	if r := w.report(b); r.Rules[0].Waiting != 2 || !r.Rules[0].NextDue.Equal(time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)) || r.Looked != 3 {
		t.Errorf("the report says %+v, %+v", r, r.Rules[0])
	}
	done := ""
	w.job.cfg.Done = func(_ *object.Bucket, a lifecycle.Action, key ident.ObjectKey, d object.Deleted) {
		done += fmt.Sprint(a, key, d)
	}
	w.after(1)
	w.want(b, "stays1* tmp/b3*")
	if done != "1tmp/a{ false}" {
		t.Errorf("told of %q", done)
	}
	w.after(1)
	w.want(b, "stays1*")
	if r := w.report(b).Rules[0]; r.Expired != 2 || r.Bytes != 5 || r.Waiting != 0 {
		t.Errorf("the report says %+v", r)
	}
	if h, err := w.Held(context.Background(), b); err != nil || h.Objects != 1 || h.Bytes != 1 {
		t.Errorf("counters: %+v, %v", h, err)
	}
	raw, _ := w.job.Report(context.Background(), b)
	if bytes.Contains(raw, []byte("afterKey")) || bytes.Contains(raw, []byte(`"of"`)) || !bytes.Contains(raw, []byte(`"expired":2`)) {
		t.Errorf("the report is %s", raw)
	}
	b = w.rules(b, "<Filter/><Expiration><Days>9</Days></Expiration>")
	w.after(1)
	if r := w.report(b).Rules[0]; r.Expired != 2 || r.Waiting != 1 {
		t.Errorf("after a change of the rule the report says %+v", r)
	}
}

func TestOncePerDay(t *testing.T) {
	w := newShelf(t)
	b := w.bucket(object.Unversioned, false, threeDays)
	w.put(b, "tmp/a", "1", object.Lock{})
	w.after(0)
	w.after(0)
	w.now = w.now.Add(13 * time.Hour)
	w.after(0)
	if w.listed != 1 {
		t.Errorf("walked %d times on a day", w.listed)
	}
	w.now = w.now.Add(time.Hour)
	w.after(0)
	if w.listed != 2 {
		t.Errorf("walked %d times after midnight", w.listed)
	}
}

func TestVersionsAndMarkers(t *testing.T) {
	w := newShelf(t)
	b := w.bucket(object.Enabled, false, "<Filter/><Expiration><Days>2</Days></Expiration><NoncurrentVersionExpiration><NoncurrentDays>4</NoncurrentDays></NoncurrentVersionExpiration>")
	w.put(b, "a", "1", object.Lock{})
	w.after(1)
	w.put(b, "a", "22", object.Lock{})
	w.after(2)
	w.want(b, "a2* a1")
	w.after(1) // the current version is expired, the first is noncurrent since three days
	w.want(b, "a-* a2 a1")
	w.after(2)
	w.want(b, "a-* a2")
	w.after(3)
	w.want(b, "a-*")
	w.after(1) // a marker behind which nothing is left goes at its own age
	w.want(b, "")
	if r := w.report(b).Rules[0]; r.Expired != 1 || r.Versions != 2 || r.Markers != 1 || r.Bytes != 3 {
		t.Errorf("the report says %+v", r)
	}
	w.must(w.DeleteBucket(context.Background(), b))
	w.after(1)
}

func TestNewerVersionsStay(t *testing.T) {
	w := newShelf(t)
	b := w.bucket(object.Enabled, false, "<Filter/><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>2</NewerNoncurrentVersions></NoncurrentVersionExpiration>")
	w.job.page = 3
	for i := 1; i <= 6; i++ {
		w.put(b, "a", strings.Repeat("x", i), object.Lock{})
		w.put(b, "b", strings.Repeat("x", i), object.Lock{})
	}
	w.after(5)
	w.want(b, "a6* a5 a4 b6* b5 b4")
}

func TestLocksHold(t *testing.T) {
	w := newShelf(t)
	b := w.bucket(object.Enabled, true, "<Filter/><Expiration><Days>1</Days></Expiration><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>")
	w.put(b, "free", "1", object.Lock{})
	w.put(b, "kept", "1", object.Lock{Mode: object.Governance, Until: w.now.AddDate(0, 0, 6)})
	w.after(2)
	w.after(2)
	w.want(b, "free-* kept-* kept1")
	if r := w.report(b).Rules[0]; r.Locked != 1 || r.Versions != 1 {
		t.Errorf("the report says %+v", r)
	}
	w.after(3)
	w.want(b, "kept-*") // its lock ended
}

func TestUploadsAreAborted(t *testing.T) {
	w := newShelf(t)
	b := w.bucket(object.Unversioned, false, "<Prefix>tmp/</Prefix><AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload>")
	w.job.page = 2
	for i := range 7 {
		_, err := w.CreateUpload(context.Background(), &object.CreateUpload{Bucket: b, Key: ident.ObjectKey(fmt.Sprintf("%s/%d", []string{"tmp", "other"}[i%2], i))})
		w.must(err)
	}
	left := func() int {
		p, err := w.ListUploads(context.Background(), &object.ListUploads{Bucket: b, Max: 100})
		w.must(err)
		return len(p.Uploads)
	}
	w.after(2)
	if n := left(); n != 7 {
		t.Errorf("%d uploads are left before the day", n)
	}
	w.after(1)
	if n := left(); n != 3 {
		t.Errorf("%d uploads are left", n)
	}
	if r := w.report(b).Rules[0]; r.Uploads != 4 {
		t.Errorf("the report says %+v", r)
	}
}

// TestRacingWritesStay: what was written between the look and the delete is not what was seen.
func TestRacingWritesStay(t *testing.T) {
	for _, v := range []object.Versioning{object.Unversioned, object.Enabled, object.Suspended} {
		w := newShelf(t)
		b := w.bucket(v, false, threeDays+"<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>")
		w.put(b, "tmp/a", "old", object.Lock{})
		w.now = w.now.AddDate(0, 0, 5)
		w.beforeDelete = func(*object.DeleteObject) { w.put(b, "tmp/a", "newer", object.Lock{}) }
		w.after(0)
		w.beforeDelete = nil
		if got, _, _ := strings.Cut(w.has(b), " "); got != "tmp/a5*" {
			t.Errorf("versioning %d: the bucket holds %q", v, got)
		}
		if r := w.report(b).Rules[0]; r.Expired != 0 || r.Versions != 0 {
			t.Errorf("versioning %d: the report says %+v", v, r)
		}
	}
}

func TestRemovedRulesRemoveNothingMore(t *testing.T) {
	w := newShelf(t)
	b := w.bucket(object.Unversioned, false, threeDays)
	w.job.page = 2
	for i := range 6 {
		w.put(b, fmt.Sprint("tmp/", i), "x", object.Lock{})
	}
	w.beforeList = func(*object.ListVersions) error {
		if w.listed == 2 {
			_, err := w.SetConfig(context.Background(), b, LifecycleRules, nil)
			return err
		}
		return nil
	}
	w.after(5)
	w.want(b, "tmp/31* tmp/41* tmp/51*") // the pages that were listed before
}

// TestGoesOnAfterARestart: a walk that failed goes on behind what it had done.
func TestGoesOnAfterARestart(t *testing.T) {
	w := newShelf(t)
	b := w.bucket(object.Unversioned, false, threeDays)
	for i := range 9 {
		w.put(b, fmt.Sprint("tmp/", i), "x", object.Lock{})
	}
	w.job.page, w.job.saves = 2, 1
	w.beforeList = func(*object.ListVersions) error {
		if w.listed == 3 {
			return errs.New(errs.Unavailable, "", "")
		}
		return nil
	}
	w.after(5)
	w.want(b, "tmp/31* tmp/41* tmp/51* tmp/61* tmp/71* tmp/81*")
	w.restart()
	began := ""
	w.beforeList = func(in *object.ListVersions) error { began = in.AfterKey; return nil }
	w.after(0)
	if began != "tmp/2" {
		t.Errorf("the walk went on behind %q", began)
	}
	w.want(b, "")
	if r := w.report(b).Rules[0]; r.Expired != 9 {
		t.Errorf("the report says %+v", r)
	}
}

func TestTagsAreRead(t *testing.T) {
	w := newShelf(t)
	b := w.bucket(object.Unversioned, false, "<Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter><Expiration><Days>1</Days></Expiration>")
	w.put(b, "a", "1", object.Lock{})
	w.put(b, "b", "1", object.Lock{})
	_, err := w.SetTags(context.Background(), &object.VersionRef{Bucket: b, Key: "b"}, map[string]string{"k": "v"})
	w.must(err)
	w.after(3)
	w.want(b, "a1*")
}

// TestNotesStayReadable: what a job kept is read by later releases.
func TestNotesStayReadable(t *testing.T) {
	name := filepath.Join("testdata", "lifecycle-note.json")
	kept := LifecycleReport{Of: "00ff", Started: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), AfterKey: []byte("k\xff"), AtUploads: true, AfterUpload: "u", Looked: 7,
		Rules: []*RuleReport{{ID: "r", Expired: 1, Versions: 2, Markers: 3, Uploads: 4, Bytes: 5, Waiting: 6, Locked: 7, NextDue: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)}}}
	got, err := json.Marshal(&kept)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(got)+"\n" != string(want) {
		t.Errorf("notes are written otherwise than before:\n%s", got)
	}
	var read LifecycleReport
	if err := json.Unmarshal(want, &read); err != nil || !reflect.DeepEqual(read, kept) {
		t.Errorf("read %+v, %v", read, err)
	}
}

// TestForecast: rules that nobody kept are counted and not followed, and what a forecast looks at is bounded.
func TestForecast(t *testing.T) {
	w := newShelf(t)
	b := w.bucket(object.Enabled, false, threeDays)
	b, err := w.SetConfig(context.Background(), b, LifecycleRules, nil)
	w.must(err)
	w.put(b, "stays", "1", object.Lock{})
	w.put(b, "tmp/a", "22", object.Lock{})
	w.put(b, "tmp/a", "333", object.Lock{})
	w.now = w.now.AddDate(0, 0, 5)
	w.put(b, "tmp/new", "4444", object.Lock{})
	_, err = w.CreateUpload(context.Background(), &object.CreateUpload{Bucket: b, Key: "tmp/big"})
	w.must(err)
	w.now = w.now.AddDate(0, 0, 2)
	holds := w.has(b)
	type forecast struct {
		Rules    []RuleReport
		Looked   int64
		Complete bool
	}
	ask := func(rule string) (f forecast) {
		t.Helper()
		raw, err := w.job.Forecast(context.Background(), b, []byte("<LifecycleConfiguration><Rule><ID>r</ID><Status>Enabled</Status>"+rule+"</Rule></LifecycleConfiguration>"))
		w.must(err)
		w.must(json.Unmarshal(raw, &f))
		return f
	}
	f := ask("<Filter><Prefix>tmp/</Prefix></Filter><Expiration><Days>3</Days></Expiration><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>" +
		"<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>")
	r := f.Rules[0]
	if r.Expired != 1 || r.Versions != 1 || r.Bytes != 2 || r.Waiting != 1 || r.Uploads != 1 || f.Looked != 4 || !f.Complete {
		t.Errorf("foretold %+v of %d, complete %v", r, f.Looked, f.Complete)
	}
	if due := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC); !r.NextDue.Equal(due) {
		t.Errorf("the next is due at %v, want %v", r.NextDue, due)
	}
	if now := w.has(b); now != holds {
		t.Errorf("the forecast left %s of %s", now, holds)
	}
	if u := w.report(b); len(u.Rules) != 0 {
		t.Errorf("the forecast is kept: %+v", u)
	}
	w.job.page, w.job.forecast = 1, 2
	if f := ask(threeDays); f.Complete || f.Looked != 2 {
		t.Errorf("looked at %d, complete %v", f.Looked, f.Complete)
	}
	if _, err := w.job.Forecast(context.Background(), b, []byte("<LifecycleConfiguration/>")); errs.KindOf(err) != errs.Invalid {
		t.Errorf("no rules: %v", err)
	}
}
