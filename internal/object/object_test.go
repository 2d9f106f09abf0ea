package object

import (
	"crypto/md5"
	"fmt"
	"io"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"coffer/internal/checksum"
	"coffer/internal/errs"
	"coffer/internal/ident"
)

// sizes round every home of content: none, inline, blob, and the borders of read buffers.
var sizes = []int{0, 1, 100, 4095, 4096, 4097, 10000, 65535, 65536, 65537, 300000}

func TestWhatIsPutIsRead(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	for i, size := range sizes {
		for _, known := range []bool{true, false} {
			key := ident.ObjectKey(fmt.Sprintf("k/%d/%v", size, known))
			data := pattern(size, byte(i))
			in := &PutObject{Bucket: b, Key: key, Body: Body{Reader: slowReader{strings.NewReader(data), 1000}, Size: -1}}
			if known {
				in.Body.Size = int64(size)
			}
			o, err := w.s.PutObject(w.ctx(), in)
			w.must(err)
			if o.ETag != md5Hex(data) || o.Size != int64(size) || o.Version != "" || o.Sum.Algorithm != checksum.CRC64NVME || len(o.Sum.Raw) != 8 {
				t.Fatalf("%s: put gives %+v", key, o)
			}
			if got := w.read(b, key, ""); got != data {
				t.Fatalf("%s: read %d bytes, other than written", key, len(got))
			}
			h, err := w.s.HeadObject(w.ctx(), &Get{Bucket: b, Key: key})
			w.must(err)
			if h.ETag != o.ETag || h.Size != o.Size || !h.Modified.Equal(o.Modified) || h.Sum != o.Sum {
				t.Fatalf("%s: head gives %+v, put %+v", key, h.Object, o)
			}
		}
	}
	if n := w.count(b, countObjects); n != int64(2*len(sizes)) {
		t.Errorf("%d objects are counted", n)
	}
	for _, k := range w.keys(b, "", "", 1000) {
		w.delete(b, ident.ObjectKey(k), "")
	}
	w.settle()
	w.checkEmptyBucket(b)
}

func TestContentHeldOpenIsItsOwn(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	first, second := pattern(1000, 1), pattern(1000, 2)
	w.put(b, "first", first)
	w.put(b, "second", second)
	for range 3 { // buffers come back and are used again
		held, err := w.s.GetObject(w.ctx(), &Get{Bucket: b, Key: "first"})
		w.must(err)
		if got := w.read(b, "second", ""); got != second {
			t.Fatal("another object's content is read while one is held open")
		}
		var got strings.Builder
		_, err = held.WriteTo(&got)
		w.must(err)
		if got.String() != first {
			t.Fatal("content held open changed when another object was read")
		}
		w.must(held.Close())
		w.must(held.Close())
	}
}

// checkEmptyBucket: no row of an object, no count and no blob stays behind.
func (w *world) checkEmptyBucket(b *Bucket) {
	w.t.Helper()
	for k := kindLive; k <= kindPart; k++ {
		if n := w.rowsOf(b, k); n != 0 {
			w.t.Errorf("%d rows of kind %d stay", n, k)
		}
	}
	for c := countObjects; c <= countPartBytes; c++ {
		if n := w.count(b, c); n != 0 {
			w.t.Errorf("counter %d is %d", c, n)
		}
	}
	if n := w.blobs.count(); n != 0 {
		w.t.Errorf("%d blobs stay", n)
	}
	if n := w.blobs.opened(); n != 0 {
		w.t.Errorf("%d readers or writers of blobs are open", n)
	}
}

func TestContentThatIsNotAsSaidIsRefused(t *testing.T) {
	data := pattern(6000, 1)
	right := md5.Sum([]byte(data))
	crc := func(alg checksum.Algorithm, data string) checksum.Sum {
		h := alg.New()
		h.Write([]byte(data))
		return checksum.Of(alg, h)
	}
	says := func(s checksum.Sum, err error) func() (checksum.Sum, error) {
		return func() (checksum.Sum, error) { return s, err }
	}
	for _, c := range []struct {
		name string
		body Body
		code errs.Code
	}{
		{"right", Body{Reader: strings.NewReader(data), Size: 6000, MD5: right[:], Sum: checksum.SHA256, Want: says(crc(checksum.SHA256, data), nil)}, ""},
		{"nothing said", Body{Reader: strings.NewReader(data), Size: 6000, Want: says(checksum.Sum{}, nil)}, ""},
		{"wrong md5", Body{Reader: strings.NewReader(data), Size: 6000, MD5: make([]byte, 16)}, "BadDigest"},
		{"wrong sum", Body{Reader: strings.NewReader(data), Size: 6000, Sum: checksum.CRC32, Want: says(crc(checksum.CRC32, "x"), nil)}, "BadDigest"},
		{"trailer fails", Body{Reader: strings.NewReader(data), Size: 6000, Want: says(checksum.Sum{}, invalidRequest("trailer"))}, "InvalidRequest"},
		{"too short", Body{Reader: strings.NewReader(data[:5999]), Size: 6000}, "IncompleteBody"},
		{"too short, small", Body{Reader: strings.NewReader("ab"), Size: 3}, "IncompleteBody"},
		{"too long", Body{Reader: strings.NewReader(data), Size: 5999}, "InvalidRequest"},
		{"too long, small", Body{Reader: strings.NewReader("abc"), Size: 2}, "InvalidRequest"},
		{"too long, empty", Body{Reader: strings.NewReader("abc"), Size: 0}, "InvalidRequest"},
		{"too large", Body{Reader: strings.NewReader(data), Size: 1 << 30}, "EntityTooLarge"},
		{"too large, unknown", Body{Reader: strings.NewReader(pattern(70000, 1)), Size: -1}, "EntityTooLarge"},
		{"breaks", Body{Reader: brokenReader(data[:5000], errReader), Size: 6000}, "RequestTimeout"},
		{"cut", Body{Reader: brokenReader(data[:5000], io.ErrUnexpectedEOF), Size: 6000}, "IncompleteBody"},
		{"edge refuses", Body{Reader: brokenReader(data[:100], errs.New(errs.Denied, "SignatureDoesNotMatch", "")), Size: 6000}, "SignatureDoesNotMatch"},
	} {
		w := newWorld(t)
		w.cfg.MaxPut = 65536
		w.restart()
		b := w.bucket("alpha")
		w.put(b, "k", "former")
		_, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: "k", Body: c.body})
		if errs.CodeOf(err) != c.code {
			t.Errorf("%s: got %v, want %s", c.name, err, c.code)
		}
		if err != nil {
			if got := w.read(b, "k", ""); got != "former" {
				t.Errorf("%s: a refused write left %q", c.name, got)
			}
			if n := w.blobs.count(); n != 0 || w.blobs.opened() != 0 {
				t.Errorf("%s: %d blobs, %d open", c.name, n, w.blobs.opened())
			}
		}
	}
}

func TestRecheckEndsAWrite(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	denied := errs.New(errs.Denied, "AccessDenied", "")
	for _, size := range []int{10, 10000} {
		calls := 0
		_, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: "k", Body: body([]byte(pattern(size, 0))),
			Recheck: func() error { calls++; return denied }})
		if err != denied || calls != 1 {
			t.Errorf("got %v after %d calls", err, calls)
		}
	}
	w.checkEmptyBucket(b)
}

func TestHeadersAndTagsComeBack(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	long := strings.Repeat("v", 500)
	for i, h := range []Headers{
		{},
		{ContentType: "text/plain"},
		{ContentType: "a", CacheControl: "b", ContentDisposition: "c", ContentEncoding: "d", ContentLanguage: "e", Expires: "f", WebsiteRedirect: "/g",
			User: map[string]string{"one": "1", "two": ""}},
		{ContentType: "text/plain", User: map[string]string{"long": long}},
	} {
		key := ident.ObjectKey(itoa(i))
		tags := map[string]string{"a": "b", "c": ""}
		_, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: key, Body: body([]byte("x")), Headers: h, Tags: tags})
		w.must(err)
		c, err := w.s.HeadObject(w.ctx(), &Get{Bucket: b, Key: key})
		w.must(err)
		if fmt.Sprint(c.Headers) != fmt.Sprint(h) || c.TagCount != 2 {
			t.Errorf("put %+v, got %+v with %d tags", h, c.Headers, c.TagCount)
		}
		got, _, err := w.s.Tags(w.ctx(), &VersionRef{Bucket: b, Key: key})
		w.must(err)
		if !maps.Equal(got, tags) {
			t.Errorf("tags are %v", got)
		}
	}
	if n := w.rowsOf(b, kindAttrs); n != 1 {
		t.Errorf("%d rows of attributes, only the long one needs one", n)
	}
	_, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: "k", Body: body(nil), Headers: Headers{User: map[string]string{"k": strings.Repeat("v", 2048)}}})
	w.wantCode(err, "MetadataTooLarge")
	many := map[string]string{}
	for i := range 11 {
		many[itoa(i)] = ""
	}
	_, err = w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: "k", Body: body(nil), Tags: many})
	w.wantCode(err, "BadRequest")
}

func TestTagsAreReplaced(t *testing.T) {
	for _, v := range []Versioning{Unversioned, Enabled, Suspended} {
		w := newWorld(t)
		b := w.bucket("alpha")
		if v != Unversioned {
			var err error
			b, err = w.s.SetVersioning(w.ctx(), b, v)
			w.must(err)
		}
		o := w.put(b, "k", "v")
		w.put(b, "k", "w")
		long := map[string]string{"a": strings.Repeat("x", 200)}
		for _, tags := range []map[string]string{long, {"b": "c"}, long, nil} {
			id, err := w.s.SetTags(w.ctx(), &VersionRef{Bucket: b, Key: "k", Version: ""}, tags)
			w.must(err)
			got, gid, err := w.s.Tags(w.ctx(), &VersionRef{Bucket: b, Key: "k"})
			w.must(err)
			if !maps.Equal(got, tags) || gid != id {
				t.Errorf("versioning %d: set %d tags of %q, got %d of %q", v, len(tags), id, len(got), gid)
			}
			if v == Enabled {
				if got, _, err := w.s.Tags(w.ctx(), &VersionRef{Bucket: b, Key: "k", Version: id}); err != nil || !maps.Equal(got, tags) {
					t.Errorf("by version: %v, %v", got, err)
				}
				_, err := w.s.SetTags(w.ctx(), &VersionRef{Bucket: b, Key: "k", Version: o.Version}, map[string]string{"old": ""})
				w.must(err)
			}
		}
		if n := w.rowsOf(b, kindAttrs); n != 0 {
			t.Errorf("%d rows of attributes stay", n)
		}
		if got := w.read(b, "k", ""); got != "w" {
			t.Errorf("read %q", got)
		}
		_, err := w.s.SetTags(w.ctx(), &VersionRef{Bucket: b, Key: "none"}, nil)
		w.wantCode(err, "NoSuchKey")
	}
}

func TestRanges(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	for _, size := range []int{10, 200000} {
		data := pattern(size, 3)
		w.put(b, "k", data)
		n := int64(size)
		for _, c := range []struct {
			r         Range
			from, to  int64
			satisfied bool
		}{
			{Range{Start: 0, Length: 1}, 0, 1, true},
			{Range{Start: 3, Length: 4}, 3, 7, true},
			{Range{Start: 3, Length: -1}, 3, n, true},
			{Range{Start: n - 1, Length: 100}, n - 1, n, true},
			{Range{Start: 0, Length: n + 1}, 0, n, true},
			{Range{Suffix: true, Length: 4}, n - 4, n, true},
			{Range{Suffix: true, Length: n + 4}, 0, n, true},
			{Range{Suffix: true, Length: 0}, 0, 0, false},
			{Range{Start: n, Length: 1}, 0, 0, false},
			{Range{Start: n, Length: -1}, 0, 0, false},
			{Range{Start: n / 3, Length: n / 2}, n / 3, n/3 + n/2, true},
		} {
			got, err := w.tryRead(&Get{Bucket: b, Key: "k", Range: &c.r})
			if !c.satisfied {
				w.wantCode(err, "InvalidRange")
				continue
			}
			w.must(err)
			if got != data[c.from:c.to] {
				t.Errorf("%+v of %d gives %d bytes", c.r, size, len(got))
			}
		}
	}
	w.put(b, "empty", "")
	c, err := w.s.GetObject(w.ctx(), &Get{Bucket: b, Key: "empty", Range: &Range{Length: -1}})
	w.wantCode(err, "InvalidRange")
	if c == nil || c.Key != "empty" {
		t.Error("the object is not described with the failure")
	}
	if got, err := w.tryRead(&Get{Bucket: b, Key: "k", Part: 1}); err != nil || len(got) != 200000 {
		t.Errorf("part 1 of a plain object: %d bytes, %v", len(got), err)
	}
	_, err = w.tryRead(&Get{Bucket: b, Key: "k", Part: 2})
	w.wantCode(err, "InvalidPartNumber")
}

func TestReadConditions(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	o := w.put(b, "k", "v")
	at := o.Modified.Truncate(time.Second)
	early, late := at.Add(-time.Second), at.Add(time.Second)
	is, other := []string{o.ETag}, []string{"00000000000000000000000000000000"}
	for i, c := range []struct {
		cond Conditions
		code errs.Code
	}{
		{Conditions{IfMatch: is}, ""},
		{Conditions{IfMatch: []string{"*"}}, ""},
		{Conditions{IfMatch: append(other, is...)}, ""},
		{Conditions{IfMatch: other}, "PreconditionFailed"},
		{Conditions{IfNoneMatch: is}, "NotModified"},
		{Conditions{IfNoneMatch: []string{"*"}}, "NotModified"},
		{Conditions{IfNoneMatch: other}, ""},
		{Conditions{IfModifiedSince: early}, ""},
		{Conditions{IfModifiedSince: at}, "NotModified"},
		{Conditions{IfModifiedSince: late}, "NotModified"},
		{Conditions{IfUnmodifiedSince: early}, "PreconditionFailed"},
		{Conditions{IfUnmodifiedSince: at}, ""},
		{Conditions{IfMatch: is, IfUnmodifiedSince: early}, ""},
		{Conditions{IfNoneMatch: other, IfModifiedSince: late}, ""},
		{Conditions{IfMatch: other, IfNoneMatch: is}, "PreconditionFailed"},
	} {
		for _, get := range []func() (*Content, error){
			func() (*Content, error) { return w.s.GetObject(w.ctx(), &Get{Bucket: b, Key: "k", Cond: c.cond}) },
			func() (*Content, error) { return w.s.HeadObject(w.ctx(), &Get{Bucket: b, Key: "k", Cond: c.cond}) },
		} {
			got, err := get()
			if errs.CodeOf(err) != c.code || got == nil || got.ETag != o.ETag {
				t.Errorf("%d: got %v with %v, want %q", i, err, got, c.code)
			}
		}
	}
}

func TestWriteConditions(t *testing.T) {
	other := []string{"00000000000000000000000000000000"}
	for i, c := range []struct {
		cond    func(etag string) Conditions
		present errs.Code
		absent  errs.Code
	}{
		{func(e string) Conditions { return Conditions{IfMatch: []string{e}} }, "", "NoSuchKey"},
		{func(string) Conditions { return Conditions{IfMatch: other} }, "PreconditionFailed", "NoSuchKey"},
		{func(string) Conditions { return Conditions{IfMatch: []string{"*"}} }, "", "NoSuchKey"},
		{func(string) Conditions { return Conditions{IfNoneMatch: []string{"*"}} }, "PreconditionFailed", ""},
		{func(e string) Conditions { return Conditions{IfNoneMatch: []string{e}} }, "PreconditionFailed", ""},
		{func(string) Conditions { return Conditions{IfNoneMatch: other} }, "", ""},
	} {
		for _, v := range []Versioning{Unversioned, Enabled} {
			w := newWorld(t)
			b := w.bucket("alpha")
			if v == Enabled {
				b = w.mustVersion(b, Enabled)
				// A delete marker is no object.
				w.put(b, "absent", "x")
				w.delete(b, "absent", "")
			}
			o := w.put(b, "present", "v")
			for key, code := range map[ident.ObjectKey]errs.Code{"present": c.present, "absent": c.absent} {
				_, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: key, Body: body([]byte("new")), Cond: c.cond(o.ETag)})
				if errs.CodeOf(err) != code {
					t.Errorf("%d, %s: got %v, want %q", i, key, err, code)
				}
			}
		}
	}
}

func (w *world) mustVersion(b *Bucket, v Versioning) *Bucket {
	w.t.Helper()
	b, err := w.s.SetVersioning(w.ctx(), b, v)
	w.must(err)
	return b
}

func TestDeleteConditions(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	size, wrong := int64(1), int64(2)
	for i, c := range []struct {
		cond func(o *Object) Conditions
		code errs.Code
	}{
		{func(o *Object) Conditions { return Conditions{IfMatch: []string{o.ETag}} }, ""},
		{func(o *Object) Conditions { return Conditions{IfMatch: []string{"*"}} }, ""},
		{func(o *Object) Conditions { return Conditions{IfMatch: []string{"x"}} }, "PreconditionFailed"},
		{func(o *Object) Conditions { return Conditions{IfMatchSize: &size} }, ""},
		{func(o *Object) Conditions { return Conditions{IfMatchSize: &wrong} }, "PreconditionFailed"},
		{func(o *Object) Conditions { return Conditions{IfMatchModified: o.Modified} }, ""},
		{func(o *Object) Conditions { return Conditions{IfMatchModified: o.Modified.Add(time.Second)} }, "PreconditionFailed"},
	} {
		o := w.put(b, "k", "v")
		for _, v := range []ident.VersionID{"", ident.NullVersion} {
			_, err := w.s.DeleteObject(w.ctx(), &DeleteObject{Bucket: b, Key: "k", Version: v, Cond: c.cond(o)})
			if errs.CodeOf(err) != c.code {
				t.Errorf("%d: got %v, want %q", i, err, c.code)
			}
			o = w.put(b, "k", "v")
		}
	}
	v := w.versioned("beta", Enabled)
	w.put(v, "marked", "v")
	w.delete(v, "marked", "")
	for k, at := range map[ident.ObjectKey]*Bucket{"absent": b, "none": v, "marked": v} {
		for _, tag := range []string{"*", "x"} {
			_, err := w.s.DeleteObject(w.ctx(), &DeleteObject{Bucket: at, Key: k, Cond: Conditions{IfMatch: []string{tag}}})
			w.wantCode(err, "NoSuchKey")
		}
		d, err := w.s.DeleteObject(w.ctx(), &DeleteObject{Bucket: at, Key: k, Cond: Conditions{IfMatchSize: &wrong}})
		if err != nil || d.DeleteMarker != (at == v) {
			t.Errorf("%s: %+v, %v", k, d, err)
		}
	}
}

func TestOneOfManyConditionalWritesWins(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	first := w.put(b, "swap", "0")
	for round, cond := range []Conditions{{IfNoneMatch: []string{"*"}}, {IfMatch: []string{first.ETag}}} {
		key := ident.ObjectKey([]string{"create", "swap"}[round])
		var wg sync.WaitGroup
		results := make([]error, 32)
		for i := range results {
			wg.Go(func() {
				data := pattern(1+i%2*5000, byte(i))
				_, results[i] = w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: key, Body: body([]byte(data)), Cond: cond})
			})
		}
		wg.Wait()
		won := -1
		for i, err := range results {
			if err != nil {
				if errs.CodeOf(err) != "PreconditionFailed" {
					t.Fatal(err)
				}
				continue
			}
			if won >= 0 {
				t.Fatalf("round %d: %d and %d both won", round, won, i)
			}
			won = i
		}
		if won < 0 || w.read(b, key, "") != pattern(1+won%2*5000, byte(won)) {
			t.Fatalf("round %d: the winner is %d, the content another's", round, won)
		}
	}
	w.settle()
	if n := w.blobs.count(); n > 2 {
		t.Errorf("%d blobs stay", n)
	}
}

func TestCopies(t *testing.T) {
	w := newWorld(t)
	a, b := w.bucket("alpha"), w.bucket("beta")
	for _, size := range sizes {
		data := pattern(size, 9)
		h := Headers{ContentType: "text/x", User: map[string]string{"u": "v"}}
		src, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: a, Key: "src", Body: Body{Reader: strings.NewReader(data), Size: int64(size), Sum: checksum.SHA1}, Headers: h, Tags: map[string]string{"t": "1"}})
		w.must(err)
		o, err := w.s.CopyObject(w.ctx(), &CopyObject{Source: Get{Bucket: a, Key: "src"}, Bucket: b, Key: "dst"})
		w.must(err)
		if o.ETag != src.ETag || o.Sum != src.Sum || o.TagCount != 1 || fmt.Sprint(o.Headers) != fmt.Sprint(h) {
			t.Errorf("%d bytes: copied %+v as %+v", size, src, o)
		}
		if w.read(b, "dst", "") != data {
			t.Errorf("%d bytes: the copy differs", size)
		}
		o, err = w.s.CopyObject(w.ctx(), &CopyObject{Source: Get{Bucket: b, Key: "dst"}, Bucket: b, Key: "dst", ReplaceHeaders: true,
			Headers: Headers{ContentType: "new"}, ReplaceTags: true, Sum: checksum.CRC32})
		w.must(err)
		if o.Headers.ContentType != "new" || o.TagCount != 0 || o.Sum.Algorithm != checksum.CRC32 || w.read(b, "dst", "") != data {
			t.Errorf("%d bytes: the changed copy is %+v", size, o)
		}
	}
	for _, c := range []struct {
		in   CopyObject
		code errs.Code
	}{
		{CopyObject{Source: Get{Bucket: a, Key: "src"}, Bucket: a, Key: "src"}, "InvalidRequest"},
		{CopyObject{Source: Get{Bucket: a, Key: "none"}, Bucket: a, Key: "dst"}, "NoSuchKey"},
		{CopyObject{Source: Get{Bucket: a, Key: "src", Cond: Conditions{IfNoneMatch: []string{"*"}}}, Bucket: a, Key: "dst"}, "PreconditionFailed"},
		{CopyObject{Source: Get{Bucket: a, Key: "src", Cond: Conditions{IfMatch: []string{"x"}}}, Bucket: a, Key: "dst"}, "PreconditionFailed"},
		{CopyObject{Source: Get{Bucket: a, Key: "src"}, Bucket: b, Key: "dst", Cond: Conditions{IfNoneMatch: []string{"*"}}}, "PreconditionFailed"},
	} {
		_, err := w.s.CopyObject(w.ctx(), &c.in)
		w.wantCode(err, c.code)
	}
	w.settle()
	if n := w.blobs.count(); n != 2 {
		t.Errorf("%d blobs for two large objects", n)
	}
	if w.blobs.opened() != 0 {
		t.Error("a reader is left open")
	}
}

// A blob that goes between the look at the row and the opening is looked for again.
func TestReadingRacesWithReplacing(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	w.put(b, "k", pattern(5000, 0))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 1; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			w.put(b, "k", pattern(5000*(i%3)+i%3, byte(i)))
			w.must(w.s.Collect(w.ctx()))
		}
	})
	for range 300 {
		got := w.read(b, "k", "")
		if got != "" && got != pattern(len(got), got[0]) {
			t.Fatal("content of two writes is mixed")
		}
	}
	close(stop)
	wg.Wait()
}

func TestAbsentKeys(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	for _, v := range []ident.VersionID{"", "null", ident.VersionOf(5)} {
		_, err := w.tryRead(&Get{Bucket: b, Key: "none", Version: v})
		if v == "" {
			w.wantCode(err, "NoSuchKey")
		} else {
			w.wantCode(err, "NoSuchVersion")
		}
	}
	_, err := w.tryRead(&Get{Bucket: b, Key: "none", Version: "nonsense"})
	w.wantCode(err, "InvalidArgument")
	if d := w.delete(b, "none", ""); d != (Deleted{}) {
		t.Errorf("deleting nothing gives %+v", d)
	}
	if d := w.delete(b, "none", "null"); d.DeleteMarker {
		t.Errorf("deleting nothing gives %+v", d)
	}
}
