package object

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"coffer/internal/errs"
	"coffer/internal/ident"
)

// expected is what a listing gives, from the keys alone.
func expected(keys []string, prefix, delimiter, after string) []string {
	keys = slices.Clone(keys)
	slices.Sort(keys)
	var out []string
	for _, k := range keys {
		if !strings.HasPrefix(k, prefix) || k <= after {
			continue
		}
		entry := k
		if i := strings.Index(k[len(prefix):], delimiter); delimiter != "" && i >= 0 {
			common := k[:len(prefix)+i+len(delimiter)]
			if strings.HasPrefix(after, common) {
				continue
			}
			entry = "prefix " + common
		}
		if len(out) == 0 || out[len(out)-1] != entry {
			out = append(out, entry)
		}
	}
	return out
}

var awkward = []string{"a", "a/", "a/b", "a/b/c", "a/b0", "a0", "b", "b\x00", "b\x00c", "b\x01", "b\x01\x01", "b\x01/x", "b\xff", "b\xff\xff/", "c//d", "c/d",
	"é", "日本/語", "z/1", "z/2", "z/3", "/", "//", "\x01", "\xff"}

func TestListings(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	for _, k := range awkward {
		w.put(b, ident.ObjectKey(k), "v")
	}
	for _, prefix := range []string{"", "a", "a/", "a/b", "b\x01", "b\xff", "b\xff\xff", "c/", "z", "none", "\xff"} {
		for _, delimiter := range []string{"", "/", "b", "//", "\x01"} {
			for _, max := range []int{1, 2, 3, 1000} {
				want := expected(awkward, prefix, delimiter, "")
				if got := w.keys(b, prefix, delimiter, max); !slices.Equal(got, want) {
					t.Errorf("prefix %q, delimiter %q, by %d: got %q, want %q", prefix, delimiter, max, got, want)
				}
			}
		}
	}
	for _, after := range append(slices.Clone(awkward), "A", "a/z", "zz", "z/", "c/") {
		for _, delimiter := range []string{"", "/"} {
			var got []string
			page, err := w.s.List(w.ctx(), &List{Bucket: b, Delimiter: delimiter, After: after, Max: 1000}, func(e *Entry) error {
				if e.Prefix != "" {
					got = append(got, "prefix "+e.Prefix)
				} else {
					got = append(got, strings.Clone(e.Key))
				}
				return nil
			})
			w.must(err)
			if want := expected(awkward, "", delimiter, after); !slices.Equal(got, want) || page.Truncated {
				t.Errorf("after %q, delimiter %q: got %q, want %q", after, delimiter, got, want)
			}
		}
	}
	page, err := w.s.List(w.ctx(), &List{Bucket: b, Max: 0}, nil)
	if err != nil || page.Truncated {
		t.Errorf("no keys asked for: %+v, %v", page, err)
	}
}

// A marker that lies in a common prefix takes all of it for given, with or without a version or an upload beside it.
func TestMarkersInsideACommonPrefix(t *testing.T) {
	w := newWorld(t)
	b := w.versioned("alpha", Enabled)
	for _, k := range []ident.ObjectKey{"f/a/1", "f/a/2", "f/b"} {
		w.put(b, k, "v")
		w.upload(b, k)
	}
	first := w.ids(b, "f/a/1")[0]
	for _, v := range []ident.VersionID{"", first} {
		var keys []string
		_, err := w.s.ListVersions(w.ctx(), &ListVersions{Bucket: b, Prefix: "f/", Delimiter: "/", AfterKey: "f/a/1", AfterVersion: v, Max: 10}, func(e *VersionEntry) error {
			keys = append(keys, e.Prefix+strings.Clone(e.Key))
			return nil
		})
		if err != nil || !slices.Equal(keys, []string{"f/b"}) {
			t.Errorf("versions after %q: %q, %v", v, keys, err)
		}
	}
	begun := w.upload(b, "f/a/1").ID
	for _, u := range []ident.UploadID{"", begun} {
		page, err := w.s.ListUploads(w.ctx(), &ListUploads{Bucket: b, Prefix: "f/", Delimiter: "/", AfterKey: "f/a/1", AfterUpload: u, Max: 10})
		if err != nil || len(page.Prefixes) != 0 || len(page.Uploads) != 1 {
			t.Errorf("uploads after %q: %+v, %v", u, page, err)
		}
	}
}

func TestAPageHasAtMost1000Entries(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	for i := range 1001 {
		w.put(b, ident.ObjectKey(fmt.Sprintf("%04d", i)), "")
	}
	n := 0
	page, err := w.s.List(w.ctx(), &List{Bucket: b, Max: 5000}, func(*Entry) error { n++; return nil })
	if err != nil || n != 1000 || !page.Truncated || page.Last != "0999" {
		t.Errorf("%d entries, %+v, %v", n, page, err)
	}
	page, err = w.s.List(w.ctx(), &List{Bucket: b, Max: 1000, After: "0000"}, func(*Entry) error { n++; return nil })
	if err != nil || n != 2000 || page.Truncated {
		t.Errorf("%d entries, %+v, %v", n, page, err)
	}
}

func TestEntriesTellWhatIsStored(t *testing.T) {
	w := newWorld(t)
	b := w.versioned("alpha", Enabled)
	for i, size := range sizes {
		o := w.put(b, "k", pattern(size, byte(i)))
		check := func(e *Entry) {
			if e.Key != "k" || e.Size != o.Size || e.ETag != o.ETag || !e.Modified.Equal(o.Modified) || e.Sum != o.Sum.Algorithm || e.SumType != o.Sum.Type {
				t.Errorf("listed %+v, put %+v", e, o)
			}
		}
		_, err := w.s.List(w.ctx(), &List{Bucket: b, Max: 1}, func(e *Entry) error { check(e); return nil })
		w.must(err)
		_, err = w.s.ListVersions(w.ctx(), &ListVersions{Bucket: b, Max: 1}, func(e *VersionEntry) error {
			check(&e.Entry)
			if e.Version != o.Version || !e.Latest {
				t.Errorf("listed %+v, put %+v", e, o)
			}
			return nil
		})
		w.must(err)
	}
}

func TestNoPrefixOfDeletedKeys(t *testing.T) {
	w := newWorld(t)
	b := w.versioned("alpha", Enabled)
	for i := range 20 {
		w.put(b, ident.ObjectKey(fmt.Sprintf("tree/%d", i)), "x")
		w.delete(b, ident.ObjectKey(fmt.Sprintf("tree/%d", i)), "")
	}
	if got := w.keys(b, "", "/", 5); len(got) != 0 {
		t.Errorf("listed %v", got)
	}
	var prefixes []string
	_, err := w.s.ListVersions(w.ctx(), &ListVersions{Bucket: b, Delimiter: "/", Max: 5}, func(e *VersionEntry) error {
		prefixes = append(prefixes, e.Prefix)
		return nil
	})
	if err != nil || !slices.Equal(prefixes, []string{"tree/"}) {
		t.Errorf("versions are listed below %q, %v", prefixes, err)
	}
}

func TestVersionListingsByPages(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	var want []string
	// Keys that were never versioned, keys with many versions, and both at once.
	for i := range 40 {
		w.put(b, ident.ObjectKey(fmt.Sprintf("k%02d", i)), "null")
	}
	b = w.mustVersion(b, Enabled)
	for i := 0; i < 40; i += 3 {
		for j := range i % 5 {
			w.put(b, ident.ObjectKey(fmt.Sprintf("k%02d", i)), fmt.Sprint(j))
		}
	}
	w.delete(b, "k12", "")
	w.put(b, "dir/one", "x")
	w.put(b, "dir/two", "x")
	w.delete(b, "dir/two", "")
	all := func(max int, prefix, delimiter string) []string {
		var out []string
		in := &ListVersions{Bucket: b, Prefix: prefix, Delimiter: delimiter, Max: max}
		for range 1000 {
			page, err := w.s.ListVersions(w.ctx(), in, func(e *VersionEntry) error {
				out = append(out, fmt.Sprintf("%s%s %s latest %v marker %v", e.Prefix, e.Key, e.Version, e.Latest, e.DeleteMarker))
				return nil
			})
			w.must(err)
			if !page.Truncated {
				return out
			}
			in.AfterKey, in.AfterVersion = page.NextKey, page.NextVersion
		}
		t.Fatal("the listing does not end")
		return nil
	}
	for _, c := range [][2]string{{"", ""}, {"k1", ""}, {"", "/"}, {"k", "1"}, {"none", ""}} {
		want = all(1000, c[0], c[1])
		for _, max := range []int{1, 2, 7} {
			if got := all(max, c[0], c[1]); !slices.Equal(got, want) {
				t.Errorf("prefix %q, delimiter %q: by %d the listing is %q, at once %q", c[0], c[1], max, got, want)
			}
		}
	}
	latest := 0
	for _, e := range all(1000, "", "") {
		if strings.Contains(e, "latest true") {
			latest++
		}
	}
	if latest != 42 {
		t.Errorf("%d latest versions of 42 keys", latest)
	}
	_, err := w.s.ListVersions(w.ctx(), &ListVersions{Bucket: b, AfterVersion: "null", Max: 1}, nil)
	w.wantCode(err, "InvalidArgument")
	_, err = w.s.ListVersions(w.ctx(), &ListVersions{Bucket: b, AfterKey: "k", AfterVersion: "nonsense", Max: 1}, nil)
	if errs.CodeOf(err) != "InvalidArgument" {
		t.Errorf("got %v", err)
	}
}

// TestVersionsGoOnAfterDeletion: who deletes a page of versions before asking for the next, is told which of what is left is the latest.
func TestVersionsGoOnAfterDeletion(t *testing.T) {
	w := newWorld(t)
	b := w.mustVersion(w.bucket("alpha"), Enabled)
	var ids []ident.VersionID
	for i := range 4 {
		ids = append(ids, w.put(b, "k", fmt.Sprint(i)).Version)
	}
	after := func(id ident.VersionID) (out []string) {
		_, err := w.s.ListVersions(w.ctx(), &ListVersions{Bucket: b, AfterKey: "k", AfterVersion: id, Max: 10}, func(e *VersionEntry) error {
			out = append(out, fmt.Sprint(slices.Index(ids, e.Version), e.Latest))
			return nil
		})
		w.must(err)
		return out
	}
	for _, c := range []struct {
		gone, after int
		want        []string
	}{
		{3, 2, []string{"1 false", "0 false"}},
		{2, 2, []string{"1 true", "0 false"}},
		{1, 3, []string{"0 true"}},
		{0, 3, nil},
	} {
		w.delete(b, "k", ids[c.gone])
		if got := after(ids[c.after]); !slices.Equal(got, c.want) {
			t.Errorf("without %d, after %d: %q", c.gone, c.after, got)
		}
	}
}

// TestPageOfDeleted: a page steps over many more deleted rows than it gives, so that what was deleted leaves no short pages behind.
func TestPageOfDeleted(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	for i := range 600 {
		k := ident.ObjectKey(fmt.Sprintf("%04d", i))
		w.put(b, k, "v")
		if i%6 != 5 {
			w.delete(b, k, "")
		}
	}
	given := 0
	page, err := w.s.List(w.ctx(), &List{Bucket: b, Max: 100}, func(*Entry) error { given++; return nil })
	if err != nil || given != 100 || page.Truncated {
		t.Errorf("%d entries, truncated %v, %v; the bucket has 100", given, page.Truncated, err)
	}
}
