package object

import (
	"flag"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
)

var (
	modelSeed  = flag.Int64("model-seed", 0, "run the model test with this seed alone")
	modelSteps = flag.Int("model-steps", 250, "operations of each model run")
)

// A model is a bucket as a plain map.
type model struct {
	w     *world
	r     *rand.Rand
	b     *Bucket
	state Versioning
	locks bool                      // object lock is on
	keys  map[string][]modelVersion // newest first
	log   []string
	next  int
}

type modelVersion struct {
	id     ident.VersionID
	marker bool
	data   string
	etag   string
	hold   bool
	mode   LockMode
	until  time.Time
}

// kept reports whether S3 keeps the version from being deleted.
func (v *modelVersion) kept(now time.Time, bypass bool) bool {
	retained := v.mode == Compliance || v.mode == Governance && !bypass
	return v.hold || retained && now.Before(v.until)
}

var modelKeys = []string{"a", "a/1", "a/2", "a/b/c", "b", "b/", "c", "d/1", "d/2", "e\x00", "é"}

func TestModel(t *testing.T) {
	seeds := []int64{*modelSeed}
	if *modelSeed == 0 {
		seeds = seeds[:0]
		for s := int64(1); s <= 12; s++ {
			seeds = append(seeds, s)
		}
	}
	for _, seed := range seeds {
		w := newWorld(t)
		w.cfg.MinPart = 1
		w.restart()
		m := &model{w: w, r: rand.New(rand.NewSource(seed)), keys: make(map[string][]modelVersion)}
		if m.locks = seed%3 == 0; m.locks {
			var err error
			m.b, err = w.s.CreateBucket(w.ctx(), CreateBucket{Name: "alpha", Region: contractRegion, Contract: testContract, Lock: true})
			w.must(err)
			m.state = Enabled
		} else {
			m.b = w.bucket("alpha")
		}
		for range *modelSteps {
			m.step()
			if t.Failed() {
				break
			}
		}
		if t.Failed() {
			tail := m.log[max(0, len(m.log)-15):]
			t.Fatalf("seed %d; the last steps:\n%s", seed, strings.Join(tail, "\n"))
		}
		m.finish()
	}
}

func (m *model) key() string { return modelKeys[m.r.Intn(len(modelKeys))] }

func (m *model) content() string {
	m.next++
	return pattern([]int{0, 1, 50, 4096, 4097, 9000}[m.r.Intn(6)], byte(m.next)) + fmt.Sprint(m.next)
}

func (m *model) note(format string, args ...any) { m.log = append(m.log, fmt.Sprintf(format, args...)) }

func (m *model) fail(format string, args ...any) {
	m.w.t.Helper()
	m.w.t.Errorf(format, args...)
}

func (m *model) step() {
	k := m.key()
	if m.locks && m.r.Intn(4) == 0 {
		m.lock(k)
		return
	}
	switch n := m.r.Intn(100); {
	case n < 18:
		m.put(k)
	case n < 25:
		m.putIf(k)
	case n < 35:
		m.delete(k)
	case n < 47:
		m.deleteVersion(k)
	case n < 55:
		m.upload(k)
	case n < 60:
		m.copy(k, m.key())
	case n < 63:
		m.versioning()
	case n < 66:
		m.w.settle()
	case n < 67:
		m.note("restart")
		m.w.restart()
	case n < 70:
		m.tag(k)
	case n < 71:
		m.note("an hour later")
		m.w.clock.add(time.Hour)
	case n < 85:
		m.list()
	case n < 92:
		m.listVersions()
	default:
		m.get(k)
	}
}

// add makes a version the newest, as S3 says.
func (m *model) add(k string, v modelVersion) {
	list := m.keys[k]
	if m.state != Enabled {
		v.id = ident.NullVersion
		list = slices.DeleteFunc(slices.Clone(list), func(o modelVersion) bool { return o.id == ident.NullVersion })
	}
	m.keys[k] = append([]modelVersion{v}, list...)
}

// check compares the id given for a new version with the bucket's state.
func (m *model) check(id ident.VersionID) {
	switch {
	case m.state == Unversioned && id != "", m.state == Suspended && id != ident.NullVersion, m.state == Enabled && len(id) != 16:
		m.fail("a new version has the id %q in state %d", id, m.state)
	}
}

func (m *model) put(k string) {
	data := m.content()
	o := m.w.put(m.b, ident.ObjectKey(k), data)
	m.note("put %q %d bytes: %s", k, len(data), o.Version)
	m.check(o.Version)
	m.add(k, modelVersion{id: o.Version, data: data, etag: o.ETag})
}

// putIf puts under a condition on the current object.
func (m *model) putIf(k string) {
	c, data := m.current(k), m.content()
	in := &PutObject{Bucket: m.b, Key: ident.ObjectKey(k), Body: body([]byte(data))}
	want := errs.Code("")
	switch m.r.Intn(3) {
	case 0:
		if in.Cond.IfNoneMatch = []string{"*"}; c != nil {
			want = "PreconditionFailed"
		}
	case 1:
		if in.Cond.IfMatch = []string{"00000000000000000000000000000000"}; c != nil {
			want = "PreconditionFailed"
		} else {
			want = "NoSuchKey"
		}
	default:
		if c == nil {
			return
		}
		in.Cond.IfMatch = []string{c.etag}
	}
	o, err := m.w.s.PutObject(m.w.ctx(), in)
	m.note("put %q if %+v: %v", k, in.Cond, err)
	if errs.CodeOf(err) != want || want == "" && err != nil {
		m.fail("put %q if %+v gives %v, want %q", k, in.Cond, err, want)
	}
	if err == nil {
		m.add(k, modelVersion{id: o.Version, data: data, etag: o.ETag})
	}
}

// lock sets or ends a legal hold, or sets a retention, which is prolonged, or changed by who may bypass one in governance mode.
func (m *model) lock(k string) {
	list := m.keys[k]
	if len(list) == 0 || !m.locks {
		return
	}
	v := &list[m.r.Intn(len(list))]
	now := m.w.clock.Now()
	in := &SetLock{VersionRef: VersionRef{Bucket: m.b, Key: ident.ObjectKey(k), Version: v.id}, BypassGovernance: m.r.Intn(2) == 0}
	after, allowed := *v, true
	if m.r.Intn(2) == 0 {
		hold := m.r.Intn(2) == 0
		in.Hold, after.hold = &hold, hold
	} else {
		l := Lock{Mode: LockMode(1 + m.r.Intn(2)), Until: now.Add(time.Duration(1+m.r.Intn(4)) * time.Hour).Truncate(time.Second).UTC()}
		in.Retention, after.mode, after.until = &l, l.Mode, l.Until
		runs := v.mode != NoLock && now.Before(v.until)
		allowed = !runs || v.mode == l.Mode && !l.Until.Before(v.until) || v.mode == Governance && in.BypassGovernance
	}
	_, err := m.w.s.SetLock(m.w.ctx(), in)
	m.note("lock %q %s as %+v: %v", k, v.id, after, err)
	switch {
	case v.marker:
		if errs.CodeOf(err) != "MethodNotAllowed" {
			m.fail("locking the marker %q %s gives %v", k, v.id, err)
		}
	case (err == nil) != allowed || err != nil && errs.CodeOf(err) != "AccessDenied":
		m.fail("locking %q %s, which is %+v, as %+v gives %v", k, v.id, *v, after, err)
	case allowed:
		*v = after
	}
}

func (m *model) upload(k string) {
	u := m.w.upload(m.b, ident.ObjectKey(k))
	var parts []Part
	var whole string
	for i := range 1 + m.r.Intn(4) {
		data := m.content()
		whole += data
		parts = append(parts, m.w.part(m.b, u, 1+i*2, data))
	}
	if m.r.Intn(4) == 0 {
		m.note("abort of an upload of %q", k)
		m.w.must(m.w.s.AbortUpload(m.w.ctx(), m.b, u.Key, u.ID))
		return
	}
	o, err := m.w.complete(m.b, u, parts)
	m.w.must(err)
	m.note("upload %q %d parts: %s", k, len(parts), o.Version)
	m.check(o.Version)
	m.add(k, modelVersion{id: o.Version, data: whole, etag: o.ETag})
}

func (m *model) current(k string) *modelVersion {
	if list := m.keys[k]; len(list) > 0 && !list[0].marker {
		return &list[0]
	}
	return nil
}

func (m *model) copy(from, to string) {
	src := m.current(from)
	o, err := m.w.s.CopyObject(m.w.ctx(), &CopyObject{Source: Get{Bucket: m.b, Key: ident.ObjectKey(from)}, Bucket: m.b, Key: ident.ObjectKey(to), ReplaceHeaders: true})
	m.note("copy %q to %q: %v", from, to, err)
	if src == nil {
		if errs.CodeOf(err) != "NoSuchKey" {
			m.fail("copying an absent key gives %v", err)
		}
		return
	}
	m.w.must(err)
	m.add(to, modelVersion{id: o.Version, data: src.data, etag: o.ETag})
}

func (m *model) delete(k string) {
	d := m.w.delete(m.b, ident.ObjectKey(k), "")
	m.note("delete %q: %+v", k, d)
	m.check(d.Version)
	if m.state == Unversioned {
		delete(m.keys, k)
		return
	}
	m.add(k, modelVersion{id: d.Version, marker: true})
}

func (m *model) deleteVersion(k string) {
	list := m.keys[k]
	id := ident.VersionOf(12345)
	i := -1
	if len(list) > 0 && m.r.Intn(5) > 0 {
		i = m.r.Intn(len(list))
		if id = list[i].id; m.state == Unversioned {
			id = ident.NullVersion
		}
	}
	bypass := m.r.Intn(3) == 0
	d, err := m.w.s.DeleteObject(m.w.ctx(), &DeleteObject{Bucket: m.b, Key: ident.ObjectKey(k), Version: id, BypassGovernance: bypass})
	m.note("delete %q version %s, bypassing %v: %+v, %v", k, id, bypass, d, err)
	if i >= 0 && list[i].kept(m.w.clock.Now(), bypass) {
		if errs.CodeOf(err) != "AccessDenied" {
			m.fail("deleting %q %s, which is locked, gives %+v, %v", k, id, d, err)
		}
		return
	}
	m.w.must(err)
	if i < 0 {
		return
	}
	if d.DeleteMarker != list[i].marker {
		m.fail("deleting %q %s gives %+v", k, id, d)
	}
	m.keys[k] = slices.Delete(slices.Clone(list), i, i+1)
}

func (m *model) versioning() {
	v := []Versioning{Enabled, Suspended}[m.r.Intn(2)]
	if m.locks && v == Suspended {
		_, err := m.w.s.SetVersioning(m.w.ctx(), m.b, v)
		m.w.wantCode(err, "InvalidBucketState")
		return
	}
	m.note("versioning %d", v)
	m.b = m.w.mustVersion(m.b, v)
	m.state = v
	for _, list := range m.keys {
		for i := range list {
			if list[i].id == "" {
				list[i].id = ident.NullVersion
			}
		}
	}
}

func (m *model) tag(k string) {
	_, err := m.w.s.SetTags(m.w.ctx(), &VersionRef{Bucket: m.b, Key: ident.ObjectKey(k)}, map[string]string{"n": strings.Repeat("x", m.r.Intn(300))})
	m.note("tag %q: %v", k, err)
	if (err == nil) != (m.current(k) != nil) {
		m.fail("tagging %q gives %v", k, err)
	}
}

func (m *model) get(k string) {
	list := m.keys[k]
	m.note("get %q", k)
	got, err := m.w.tryRead(&Get{Bucket: m.b, Key: ident.ObjectKey(k)})
	if c := m.current(k); c == nil {
		if errs.CodeOf(err) != "NoSuchKey" {
			m.fail("%q: got %d bytes, %v; it is absent", k, len(got), err)
		}
	} else if err != nil || got != c.data {
		m.fail("%q: got %d bytes, %v, want %d", k, len(got), err, len(c.data))
	}
	for _, v := range list {
		got, err := m.w.tryRead(&Get{Bucket: m.b, Key: ident.ObjectKey(k), Version: v.id})
		if v.marker && errs.CodeOf(err) != "MethodNotAllowed" || !v.marker && (err != nil || got != v.data) {
			m.fail("%q %s: got %d bytes, %v", k, v.id, len(got), err)
		}
	}
}

func (m *model) list() {
	var live []string
	for k := range m.keys {
		if m.current(k) != nil {
			live = append(live, k)
		}
	}
	prefix := []string{"", "", "a", "a/", "d/", "x"}[m.r.Intn(6)]
	delimiter := []string{"", "/"}[m.r.Intn(2)]
	max := 1 + m.r.Intn(6)
	m.note("list %q %q by %d", prefix, delimiter, max)
	if got, want := m.w.keys(m.b, prefix, delimiter, max), expected(live, prefix, delimiter, ""); !slices.Equal(got, want) {
		m.fail("prefix %q, delimiter %q, by %d: got %q, want %q", prefix, delimiter, max, got, want)
	}
}

func (m *model) listVersions() {
	var names []string
	for k := range m.keys {
		names = append(names, k)
	}
	slices.Sort(names)
	var want []string
	for _, k := range names {
		for i, v := range m.keys[k] {
			id := v.id
			if id == "" {
				id = ident.NullVersion
			}
			want = append(want, fmt.Sprintf("%q %s %v %v %d", k, id, i == 0, v.marker, len(v.data)))
		}
	}
	var got []string
	in := &ListVersions{Bucket: m.b, Max: 1 + m.r.Intn(10)}
	m.note("list versions by %d", in.Max)
	for {
		page, err := m.w.s.ListVersions(m.w.ctx(), in, func(e *VersionEntry) error {
			got = append(got, fmt.Sprintf("%q %s %v %v %d", e.Key, e.Version, e.Latest, e.DeleteMarker, e.Size))
			return nil
		})
		m.w.must(err)
		if !page.Truncated {
			break
		}
		in.AfterKey, in.AfterVersion = page.NextKey, page.NextVersion
	}
	if !slices.Equal(got, want) {
		m.fail("versions are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// finish compares the counters, then removes everything and looks for leaks.
func (m *model) finish() {
	w := m.w
	w.t.Helper()
	var objects, versions, markers, bytes int64
	for k, list := range m.keys {
		if m.current(k) != nil {
			objects++
		}
		for _, v := range list {
			if v.marker {
				markers++
			} else {
				versions++
				bytes += int64(len(v.data))
			}
		}
	}
	if o, v, d, b := w.count(m.b, countObjects), w.count(m.b, countVersions), w.count(m.b, countMarkers), w.count(m.b, countBytes); o != objects || v != versions || d != markers || b != bytes {
		w.t.Fatalf("counted %d objects, %d versions, %d markers, %d bytes; there are %d, %d, %d, %d", o, v, d, b, objects, versions, markers, bytes)
	}
	w.clock.add(24 * time.Hour)
	for k, list := range m.keys {
		for _, v := range list {
			id := v.id
			if id == "" {
				id = ident.NullVersion
			}
			if v.hold {
				off := false
				_, err := w.s.SetLock(w.ctx(), &SetLock{VersionRef: VersionRef{Bucket: m.b, Key: ident.ObjectKey(k), Version: id}, Hold: &off})
				w.must(err)
			}
			w.delete(m.b, ident.ObjectKey(k), id)
		}
	}
	w.settle()
	w.checkEmptyBucket(m.b)
	w.must(w.s.DeleteBucket(w.ctx(), m.b))
}
