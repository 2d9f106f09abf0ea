package object

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"coffer/internal/errs"
	"coffer/internal/fault"
	"coffer/internal/ident"
)

// history lists a key's versions, newest first, as "content" or "marker", with a star for the latest and a 0 for the null version.
func (w *world) history(b *Bucket, key ident.ObjectKey) string {
	w.t.Helper()
	type entry struct {
		id     ident.VersionID
		marker bool
		latest bool
	}
	var all []entry
	in := &ListVersions{Bucket: b, Prefix: string(key), Max: 2}
	for {
		page, err := w.s.ListVersions(w.ctx(), in, func(e *VersionEntry) error {
			if e.Key == string(key) {
				all = append(all, entry{e.Version, e.DeleteMarker, e.Latest})
			}
			return nil
		})
		w.must(err)
		if !page.Truncated {
			break
		}
		in.AfterKey, in.AfterVersion = page.NextKey, page.NextVersion
	}
	var out []string
	for _, e := range all {
		text := "marker"
		if !e.marker {
			text = w.read(b, key, e.id)
		}
		if e.latest {
			text += "*"
		}
		if e.id == ident.NullVersion {
			text += "0"
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestVersionsOfAKey(t *testing.T) {
	type step struct {
		do   string // "put x", "delete", "delete null", "delete #i" (i-th of the list), "enable", "suspend"
		want string // the history
	}
	for name, steps := range map[string][]step{
		"enabled": {
			{"enable", ""}, {"put a", "a*"}, {"put b", "b* a"}, {"delete", "marker* b a"}, {"put c", "c* marker b a"},
			{"delete #0", "marker* b a"}, {"delete #0", "b* a"}, {"delete #1", "b*"}, {"delete #0", ""}, {"put d", "d*"},
		},
		"null version kept": {
			{"put a", "a*0"}, {"put b", "b*0"}, {"enable", "b*0"}, {"put c", "c* b0"}, {"delete", "marker* c b0"},
			{"delete null", "marker* c"}, {"delete null", "marker* c"}, {"delete #0", "c*"},
		},
		"suspended": {
			{"enable", ""}, {"put a", "a*"}, {"suspend", "a*"}, {"put b", "b*0 a"}, {"put c", "c*0 a"}, {"delete", "marker*0 a"},
			{"put d", "d*0 a"}, {"enable", "d*0 a"}, {"put e", "e* d0 a"}, {"suspend", "e* d0 a"}, {"put f", "f*0 e a"},
			{"delete #1", "f*0 a"}, {"delete #0", "a*"}, {"delete", "marker*0 a"}, {"delete null", "a*"}, {"delete #0", ""},
		},
		"suspended from the start": {
			{"suspend", ""}, {"put a", "a*0"}, {"put b", "b*0"}, {"delete", "marker*0"}, {"delete", "marker*0"}, {"put c", "c*0"},
			{"delete null", ""}, {"delete", "marker*0"}, {"delete #0", ""}, {"put d", "d*0"}, {"enable", "d*0"}, {"delete null", ""},
		},
		"marker on nothing": {
			{"enable", ""}, {"delete", "marker*"}, {"delete", "marker* marker"}, {"delete #1", "marker*"}, {"delete #0", ""},
		},
		"never versioned": {
			{"put a", "a*0"}, {"delete null", ""}, {"put b", "b*0"}, {"delete", ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			b := w.bucket("alpha")
			w.put(b, "k0", "a neighbour before")
			w.put(b, "k\x01", "a neighbour behind")
			for i, s := range steps {
				b = w.versionStep(b, s.do)
				if got := w.history(b, "k"); got != s.want {
					t.Fatalf("step %d, %s: the history is %q, want %q", i, s.do, got, s.want)
				}
				w.checkCurrent(b, s.want)
			}
			for _, v := range append(w.ids(b, "k"), w.ids(b, "k0")...) {
				w.delete(b, "k", v)
				w.delete(b, "k0", v)
				w.delete(b, "k\x01", v)
			}
			w.settle()
			w.checkEmptyBucket(b)
		})
	}
}

func (w *world) ids(b *Bucket, key ident.ObjectKey) []ident.VersionID {
	var ids []ident.VersionID
	_, err := w.s.ListVersions(w.ctx(), &ListVersions{Bucket: b, Prefix: string(key), Max: 1000}, func(e *VersionEntry) error {
		if e.Key == string(key) {
			ids = append(ids, e.Version)
		}
		return nil
	})
	w.must(err)
	return ids
}

func (w *world) versionStep(b *Bucket, do string) *Bucket {
	w.t.Helper()
	var i int
	switch {
	case do == "enable":
		return w.mustVersion(b, Enabled)
	case do == "suspend":
		return w.mustVersion(b, Suspended)
	case strings.HasPrefix(do, "put "):
		w.put(b, "k", do[4:])
	case do == "delete":
		if d := w.delete(b, "k", ""); d.DeleteMarker != (b.Versioning != Unversioned) {
			w.t.Errorf("a delete gives %+v", d)
		}
	case do == "delete null":
		w.delete(b, "k", ident.NullVersion)
	default:
		if _, err := fmt.Sscanf(do, "delete #%d", &i); err != nil {
			w.t.Fatal(do)
		}
		id := w.ids(b, "k")[i]
		if d := w.delete(b, "k", id); d.Version != id {
			w.t.Errorf("deleting %s gives %+v", id, d)
		}
	}
	return b
}

// checkCurrent compares reading without a version, and the listing, with the history.
func (w *world) checkCurrent(b *Bucket, history string) {
	w.t.Helper()
	newest, _, _ := strings.Cut(history, " ")
	newest = strings.TrimRight(newest, "*0")
	got, err := w.tryRead(&Get{Bucket: b, Key: "k"})
	listed := strings.Contains(" "+strings.Join(w.keys(b, "", "", 1000), " ")+" ", " k ")
	switch newest {
	case "", "marker":
		w.wantCode(err, "NoSuchKey")
		c, _ := w.s.HeadObject(w.ctx(), &Get{Bucket: b, Key: "k"})
		if (c != nil) != (newest == "marker") {
			w.t.Errorf("the answer about an absent key is %+v where the newest is %q", c, newest)
		}
		if c != nil && (!c.DeleteMarker || c.Version == "") {
			w.t.Errorf("the marker is not told: %+v", c.Object)
		}
	default:
		if got != newest {
			w.t.Errorf("read %q, %v, want %q", got, err, newest)
		}
	}
	if listed != (newest != "" && newest != "marker") {
		w.t.Errorf("listed: %v, newest: %q", listed, newest)
	}
}

func TestMarkersCanNotBeRead(t *testing.T) {
	w := newWorld(t)
	b := w.versioned("alpha", Enabled)
	w.put(b, "k", "v")
	m := w.delete(b, "k", "")
	for _, get := range []func(context *Get) (*Content, error){
		func(in *Get) (*Content, error) { return w.s.GetObject(w.ctx(), in) },
		func(in *Get) (*Content, error) { return w.s.HeadObject(w.ctx(), in) },
	} {
		c, err := get(&Get{Bucket: b, Key: "k", Version: m.Version})
		w.wantCode(err, "MethodNotAllowed")
		if c == nil || !c.DeleteMarker || c.Version != m.Version {
			t.Errorf("described as %+v", c)
		}
	}
	_, err := w.s.SetTags(w.ctx(), &VersionRef{Bucket: b, Key: "k", Version: m.Version}, nil)
	w.wantCode(err, "MethodNotAllowed")
	_, err = w.s.SetTags(w.ctx(), &VersionRef{Bucket: b, Key: "k"}, nil)
	w.wantCode(err, "NoSuchKey")
	_, _, unread := w.s.Tags(w.ctx(), &VersionRef{Bucket: b, Key: "k"})
	w.wantCode(unread, "NoSuchKey")
	_, none := w.s.SetTags(w.ctx(), &VersionRef{Bucket: b, Key: "l"}, nil)
	w.wantCode(none, "NoSuchKey")
	if !Hidden(err) || !Hidden(unread) || Hidden(none) {
		t.Error("a key hidden by a marker and one that never was are not told apart")
	}
	_, err = w.s.CopyObject(w.ctx(), &CopyObject{Source: Get{Bucket: b, Key: "k", Version: m.Version}, Bucket: b, Key: "l"})
	w.wantCode(err, "InvalidRequest")
	_, err = w.s.CopyObject(w.ctx(), &CopyObject{Source: Get{Bucket: b, Key: "k"}, Bucket: b, Key: "l"})
	w.wantCode(err, "NoSuchKey")
}

func TestAClockThatJumpsKeepsTheOrder(t *testing.T) {
	w := newWorld(t)
	b := w.versioned("alpha", Enabled)
	w.put(b, "k", "a")
	w.clock.add(-24 * time.Hour)
	w.put(b, "k", "b")
	w.delete(b, "k", w.ids(b, "k")[0])
	w.put(b, "k", "c")
	w.clock.add(-24 * time.Hour)
	w.put(b, "k", "d")
	if got := w.history(b, "k"); got != "d* c a" {
		t.Errorf("the history is %q", got)
	}
}

func TestLockedVersionsStay(t *testing.T) {
	w := newWorld(t)
	b, err := w.s.CreateBucket(w.ctx(), CreateBucket{Name: "locked", Region: contractRegion, Contract: testContract, Lock: true})
	w.must(err)
	until := w.clock.Now().Add(time.Hour).Truncate(time.Second)
	yes, no := true, false
	put := func(l Lock) ident.VersionID {
		o, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: "k", Body: body([]byte("v")), Lock: l})
		w.must(err)
		c, err := w.s.HeadObject(w.ctx(), &Get{Bucket: b, Key: "k", Version: o.Version})
		w.must(err)
		if c.Lock.Mode != l.Mode || c.Lock.LegalHold != l.LegalHold || !c.Lock.Until.Equal(l.Until) {
			t.Errorf("put the lock %+v, got %+v", l, c.Lock)
		}
		return o.Version
	}
	del := func(v ident.VersionID, bypass bool) errs.Code {
		_, err := w.s.DeleteObject(w.ctx(), &DeleteObject{Bucket: b, Key: "k", Version: v, BypassGovernance: bypass})
		return errs.CodeOf(err)
	}
	set := func(v ident.VersionID, hold *bool, l *Lock, bypass bool) errs.Code {
		_, err := w.s.SetLock(w.ctx(), &SetLock{VersionRef: VersionRef{Bucket: b, Key: "k", Version: v}, Hold: hold, Retention: l, BypassGovernance: bypass})
		return errs.CodeOf(err)
	}
	want := func(what string, got, want errs.Code) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	held, governed, strict := put(Lock{LegalHold: true}), put(Lock{Mode: Governance, Until: until}), put(Lock{Mode: Compliance, Until: until})
	if d := w.delete(b, "k", ""); !d.DeleteMarker {
		t.Error("a delete without a version makes a marker, locked or not")
	}
	want("held", del(held, true), "AccessDenied")
	want("release", set(held, &no, nil, false), "")
	want("released", del(held, false), "")
	want("governed", del(governed, false), "AccessDenied")
	want("shorten", set(governed, nil, &Lock{Mode: Governance, Until: until.Add(-time.Minute)}, false), "AccessDenied")
	want("clear", set(governed, nil, &Lock{}, false), "AccessDenied")
	want("other mode", set(governed, nil, &Lock{Mode: Compliance, Until: until.Add(time.Minute)}, false), "AccessDenied")
	want("prolong", set(governed, nil, &Lock{Mode: Governance, Until: until.Add(time.Minute)}, false), "")
	want("shorten by right", set(governed, nil, &Lock{Mode: Governance, Until: until}, true), "")
	want("governed, bypassed", del(governed, true), "")
	want("strict", del(strict, true), "AccessDenied")
	want("shorten strict", set(strict, nil, &Lock{Mode: Compliance, Until: until.Add(-time.Minute)}, true), "AccessDenied")
	want("weaken strict", set(strict, nil, &Lock{Mode: Governance, Until: until.Add(time.Hour)}, true), "AccessDenied")
	want("hold strict", set(strict, &yes, nil, false), "")
	w.clock.add(2 * time.Hour)
	want("expired but held", del(strict, false), "AccessDenied")
	want("release", set(strict, &no, nil, false), "")
	want("expired", del(strict, false), "")
	plain := w.bucket("plain")
	_, err = w.s.PutObject(w.ctx(), &PutObject{Bucket: plain, Key: "k", Body: body(nil), Lock: Lock{LegalHold: true}})
	w.wantCode(err, "InvalidRequest")
}

func TestVersionIDs(t *testing.T) {
	for _, seq := range []uint64{0, 1, 1 << 40, 1<<64 - 1} {
		id := ident.VersionOf(seq)
		got, err := id.Sequence()
		if err != nil || got != seq || len(id) != 16 {
			t.Errorf("%d becomes %q and %d, %v", seq, id, got, err)
		}
		for i := range id {
			wrong := []byte(id)
			wrong[i] = idEncoding.EncodeToString([]byte{wrong[i] * 37})[0]
			if string(wrong) == string(id) {
				continue
			}
			if got, err := ident.VersionID(wrong).Sequence(); err == nil {
				t.Errorf("%q is taken for %d", wrong, got)
			}
		}
	}
	// The form is stored by clients.
	if got := ident.VersionOf(1700000000000000000); got != "a9821r5s0iqga8bu" {
		t.Errorf("the version id of a sequence became %q", got)
	}
}

// between runs fn once, just before the next update of rows takes effect.
func (w *world) between(fn func()) {
	done := false
	w.plan.OnCall(func(c fault.Call) {
		if c.Name == "meta.Update" && !done {
			done = true
			fn()
		}
	})
}

// The version that becomes the newest is looked up before the update; whatever happens between, the newest that is left is the current.
func TestRemovingTheNewestRaces(t *testing.T) {
	for what, want := range map[string]string{"put": "new* b a", "delete b": "a*", "delete c": "b* a", "marker": "marker* b a"} {
		w := newWorld(t)
		b := w.versioned("alpha", Enabled)
		for _, data := range []string{"a", "b", "c"} {
			w.put(b, "k", data)
		}
		ids := w.ids(b, "k")
		w.between(func() {
			switch what {
			case "put":
				w.put(b, "k", "new")
			case "marker":
				w.delete(b, "k", "")
			default:
				w.delete(b, "k", ids['c'-what[7]])
			}
		})
		w.delete(b, "k", ids[0])
		if got := w.history(b, "k"); got != want {
			t.Errorf("%s: the history is %q, want %q", what, got, want)
		}
		w.checkCurrent(b, want)
	}
	w := newWorld(t)
	b := w.bucket("alpha")
	w.put(b, "k", "old")
	w.between(func() { b = w.mustVersion(b, Enabled); w.put(b, "k", "new") })
	w.delete(b, "k", ident.NullVersion)
	if got := w.history(b, "k"); got != "new*" {
		t.Errorf("the history is %q", got)
	}
}
