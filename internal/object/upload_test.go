package object

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"coffer/internal/checksum"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/object/pages"
)

func (w *world) upload(b *Bucket, k ident.ObjectKey) *Upload {
	w.t.Helper()
	u, err := w.s.CreateUpload(w.ctx(), &CreateUpload{Bucket: b, Key: k, Headers: Headers{ContentType: "text/u"}, Tags: map[string]string{"t": "u"}, User: testUser, UserName: "Ada"})
	w.must(err)
	return u
}

func (w *world) part(b *Bucket, u *Upload, n int, data string) Part {
	w.t.Helper()
	in := body([]byte(data))
	in.Sum = u.Sum
	p, err := w.s.UploadPart(w.ctx(), &UploadPart{Bucket: b, Key: u.Key, Upload: u.ID, Number: n, Body: in})
	w.must(err)
	if p.ETag != md5Hex(data) || p.Size != int64(len(data)) || p.Number != n {
		w.t.Errorf("part %d is %+v", n, p)
	}
	return *p
}

func (w *world) complete(b *Bucket, u *Upload, parts []Part) (*Object, error) {
	return w.s.CompleteUpload(w.ctx(), &CompleteUpload{Bucket: b, Key: u.Key, Upload: u.ID, Parts: parts, Size: -1})
}

func multiETag(parts ...string) string {
	h := md5.New()
	for _, p := range parts {
		sum := md5.Sum([]byte(p))
		h.Write(sum[:])
	}
	return fmt.Sprintf("%s-%d", hex.EncodeToString(h.Sum(nil)), len(parts))
}

func TestAnUploadBecomesAnObject(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	w.put(b, "k", pattern(9000, 1))
	u := w.upload(b, "k")
	data := []string{pattern(20, 1), pattern(70000, 2), pattern(3, 3)}
	var parts []Part
	for _, i := range []int{1, 0, 2} {
		w.part(b, u, i*5+2, "replaced later")
		w.part(b, u, i*5+2, data[i])
	}
	w.part(b, u, 3, "never named in the end")
	for i := range data {
		parts = append(parts, Part{Number: i*5 + 2, ETag: md5Hex(data[i])})
	}
	if got := w.read(b, "k", ""); got != pattern(9000, 1) {
		t.Error("an upload under way shows")
	}
	o, err := w.complete(b, u, parts)
	w.must(err)
	whole := strings.Join(data, "")
	crc := checksum.CRC64NVME.New()
	crc.Write([]byte(whole))
	if o.ETag != multiETag(data...) || o.Size != int64(len(whole)) || o.PartCount != 3 || o.Sum != checksum.Of(checksum.CRC64NVME, crc) {
		t.Errorf("completed %+v", o)
	}
	again, err := w.complete(b, u, parts)
	w.must(err)
	if again.ETag != o.ETag || !again.Modified.Equal(o.Modified) || again.Headers.ContentType != "text/u" {
		t.Errorf("asked again: %+v, at first %+v", again, o)
	}
	for range 2 {
		if got := w.read(b, "k", ""); got != whole {
			t.Error("the object differs from its parts")
		}
		w.settle()
	}
	if n := w.rowsOf(b, kindPart) + w.rowsOf(b, kindUpload); n != 0 {
		t.Errorf("%d rows of the upload stay", n)
	}
	if n := w.blobs.count(); n != 3 {
		t.Errorf("%d blobs of three parts", n)
	}
	c, err := w.s.HeadObject(w.ctx(), &Get{Bucket: b, Key: "k"})
	w.must(err)
	tags, _, err := w.s.Tags(w.ctx(), &VersionRef{Bucket: b, Key: "k"})
	w.must(err)
	if c.Headers.ContentType != "text/u" || !maps.Equal(tags, map[string]string{"t": "u"}) || c.ETag != o.ETag {
		t.Errorf("the object has %+v and the tags %v", c.Headers, tags)
	}
	w.checkPartReads(b, data, whole)
	w.delete(b, "k", "")
	w.settle()
	w.checkEmptyBucket(b)
}

func (w *world) checkPartReads(b *Bucket, data []string, whole string) {
	w.t.Helper()
	for i := range data {
		got, err := w.tryRead(&Get{Bucket: b, Key: "k", Part: i*5 + 2})
		if err != nil || got != data[i] {
			w.t.Errorf("part %d is %d bytes, %v", i, len(got), err)
		}
		h, err := w.s.HeadObject(w.ctx(), &Get{Bucket: b, Key: "k", Part: i*5 + 2})
		if err != nil || h.PartSize != int64(len(data[i])) || h.PartCount != len(data) {
			w.t.Errorf("head of part %d: %+v, %v", i, h, err)
		}
	}
	for _, n := range []int{1, 3, 100} {
		_, err := w.tryRead(&Get{Bucket: b, Key: "k", Part: n})
		w.wantCode(err, "InvalidPartNumber")
	}
	for _, r := range []Range{{Start: 0, Length: 1}, {Start: 19, Length: 2}, {Start: 20, Length: 70000}, {Start: 10, Length: -1}, {Suffix: true, Length: 4}} {
		got, err := w.tryRead(&Get{Bucket: b, Key: "k", Range: &r})
		start, length, _ := r.Of(int64(len(whole)))
		if err != nil || got != whole[start:start+length] {
			w.t.Errorf("range %+v gives %d bytes, %v", r, len(got), err)
		}
	}
}

func TestManyParts(t *testing.T) {
	w := newWorld(t)
	w.cfg.MinPart = 1
	w.restart()
	b := w.bucket("alpha")
	u := w.upload(b, "k")
	const n = 600
	var whole strings.Builder
	var parts []Part
	for i := range n {
		data := pattern(1+i%7, byte(i))
		whole.WriteString(data)
		parts = append(parts, w.part(b, u, 1+i*3, data))
	}
	o, err := w.complete(b, u, parts)
	w.must(err)
	if w.rowsOf(b, kindPage) != 3 || o.PartCount != n {
		t.Errorf("%d pages, %d parts", w.rowsOf(b, kindPage), o.PartCount)
	}
	for range 2 {
		if got := w.read(b, "k", ""); got != whole.String() {
			t.Fatal("the object differs from its parts")
		}
		w.settle()
	}
	for _, i := range []int{0, 255, 256, 257, 511, 512, 599} {
		got, err := w.tryRead(&Get{Bucket: b, Key: "k", Part: 1 + i*3})
		if err != nil || got != pattern(1+i%7, byte(i)) {
			t.Errorf("part %d: %q, %v", i, got, err)
		}
		start := int64(0)
		for j := range i {
			start += int64(1 + j%7)
		}
		got, err = w.tryRead(&Get{Bucket: b, Key: "k", Range: &Range{Start: start, Length: 20}})
		if err != nil || got != whole.String()[start:min(start+20, int64(whole.Len()))] {
			t.Errorf("range at part %d: %q, %v", i, got, err)
		}
	}
	var numbers []int
	for after, more := 0, true; more; {
		out, err := w.s.Parts(w.ctx(), &VersionRef{Bucket: b, Key: "k"}, after, 100)
		w.must(err)
		for _, p := range out.Parts {
			numbers = append(numbers, p.Number)
		}
		after, more = out.Next, out.Truncated
	}
	if len(numbers) != n || numbers[599] != 1+599*3 {
		t.Errorf("%d parts are listed", len(numbers))
	}
	w.delete(b, "k", "")
	w.settle()
	w.checkEmptyBucket(b)
}

func TestCompletionIsRefused(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	u := w.upload(b, "k")
	one, two, three := w.part(b, u, 1, pattern(10, 1)), w.part(b, u, 2, pattern(9, 2)), w.part(b, u, 3, pattern(10, 3))
	wrong := one
	wrong.ETag = two.ETag
	wrongSum := one
	wrongSum.Sum = two.Sum
	otherSum := one
	otherSum.Sum = checksum.Sum{Algorithm: checksum.SHA1, Raw: "x"}
	absent := Part{Number: 4, ETag: one.ETag}
	between := Part{Number: 2, ETag: one.ETag}
	for i, c := range []struct {
		in   CompleteUpload
		code errs.Code
	}{
		{CompleteUpload{Parts: nil}, "MalformedXML"},
		{CompleteUpload{Parts: []Part{two, one}}, "InvalidPartOrder"},
		{CompleteUpload{Parts: []Part{one, one}}, "InvalidPartOrder"},
		{CompleteUpload{Parts: []Part{wrong, two}}, "InvalidPart"},
		{CompleteUpload{Parts: []Part{wrongSum, two}}, "InvalidPart"},
		{CompleteUpload{Parts: []Part{otherSum, two}}, "BadDigest"},
		{CompleteUpload{Parts: []Part{one, absent}}, "InvalidPart"},
		{CompleteUpload{Parts: []Part{one, between, three}}, "InvalidPart"},
		{CompleteUpload{Parts: []Part{one, two, three}}, "EntityTooSmall"},
		{CompleteUpload{Parts: []Part{one, two}, Size: 5}, "InvalidRequest"},
		{CompleteUpload{Parts: []Part{one, two}, Sum: one.Sum}, "BadDigest"},
		{CompleteUpload{Parts: []Part{one, two}, Cond: Conditions{IfMatch: []string{"*"}}}, "NoSuchKey"},
		{CompleteUpload{Parts: []Part{one, two}, Upload: "nonsense"}, "NoSuchUpload"},
		{CompleteUpload{Parts: []Part{one, two}, Key: "l"}, "NoSuchUpload"},
	} {
		c.in.Bucket = b
		if c.in.Key == "" {
			c.in.Key = "k"
		}
		if c.in.Upload == "" {
			c.in.Upload = u.ID
		}
		if c.in.Size == 0 {
			c.in.Size = -1
		}
		_, err := w.s.CompleteUpload(w.ctx(), &c.in)
		if errs.CodeOf(err) != c.code {
			t.Errorf("%d: got %v, want %s", i, err, c.code)
		}
	}
	w.put(b, "k", "x")
	_, err := w.s.CompleteUpload(w.ctx(), &CompleteUpload{Bucket: b, Key: "k", Upload: u.ID, Parts: []Part{one, two}, Size: 19, Cond: Conditions{IfNoneMatch: []string{"*"}}})
	w.wantCode(err, "PreconditionFailed")
	_, err = w.s.CompleteUpload(w.ctx(), &CompleteUpload{Bucket: b, Key: "k", Upload: u.ID, Parts: []Part{one, two}, Size: 19})
	w.must(err)
}

func TestEndedUploads(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	u := w.upload(b, "k")
	p := w.part(b, u, 1, pattern(5000, 1))
	w.must(w.s.AbortUpload(w.ctx(), b, "k", u.ID))
	w.wantCode(w.s.AbortUpload(w.ctx(), b, "k", u.ID), "NoSuchUpload")
	_, err := w.s.UploadPart(w.ctx(), &UploadPart{Bucket: b, Key: "k", Upload: u.ID, Number: 2, Body: body([]byte("x"))})
	w.wantCode(err, "NoSuchUpload")
	_, err = w.complete(b, u, []Part{p})
	w.wantCode(err, "NoSuchUpload")
	_, err = w.s.ListParts(w.ctx(), &ListParts{Bucket: b, Key: "k", Upload: u.ID, Max: 10})
	w.wantCode(err, "NoSuchUpload")
	for _, n := range []int{0, 10001} {
		_, err = w.s.UploadPart(w.ctx(), &UploadPart{Bucket: b, Key: "k", Upload: u.ID, Number: n, Body: body(nil)})
		w.wantCode(err, "InvalidArgument")
	}
	w.settle()
	w.checkEmptyBucket(b)
}

func TestChecksumsOfUploads(t *testing.T) {
	data := []string{pattern(5000, 1), pattern(7000, 2)}
	whole := data[0] + data[1]
	for _, alg := range checksum.Algorithms() {
		for _, typ := range []checksum.Type{checksum.FullObject, checksum.Composite} {
			if !alg.Allows(typ) {
				continue
			}
			w := newWorld(t)
			b := w.bucket("alpha")
			u, err := w.s.CreateUpload(w.ctx(), &CreateUpload{Bucket: b, Key: "k", Sum: alg, SumType: typ})
			w.must(err)
			parts := []Part{w.part(b, u, 1, data[0]), w.part(b, u, 2, data[1])}
			h := alg.New()
			want := checksum.Sum{Algorithm: alg, Type: typ}
			if typ == checksum.FullObject {
				h.Write([]byte(whole))
			} else {
				want.Parts = 2
				_, err := w.s.UploadPart(w.ctx(), &UploadPart{Bucket: b, Key: "k", Upload: u.ID, Number: 1, Body: body([]byte(data[0]))})
				w.wantCode(err, "InvalidRequest") // the object's sum is made of sums that the client vouched for
				h.Write([]byte(parts[0].Sum.Raw + parts[1].Sum.Raw))
				_, err = w.complete(b, u, []Part{{Number: 1, ETag: parts[0].ETag}, {Number: 2, ETag: parts[1].ETag}})
				w.wantCode(err, "InvalidRequest")
			}
			want.Raw = string(h.Sum(nil))
			o, err := w.s.CompleteUpload(w.ctx(), &CompleteUpload{Bucket: b, Key: "k", Upload: u.ID, Parts: parts, Sum: want, Size: -1})
			w.must(err)
			if o.Sum != want {
				t.Errorf("%v %v: got %+v, want %+v", alg, typ, o.Sum, want)
			}
			c, err := w.s.HeadObject(w.ctx(), &Get{Bucket: b, Key: "k"})
			if err != nil || c.Sum != want {
				t.Errorf("%v %v: head gives %+v, %v", alg, typ, c.Sum, err)
			}
		}
	}
	w := newWorld(t)
	b := w.bucket("alpha")
	u, err := w.s.CreateUpload(w.ctx(), &CreateUpload{Bucket: b, Key: "k", Sum: checksum.SHA256})
	w.must(err)
	_, err = w.s.UploadPart(w.ctx(), &UploadPart{Bucket: b, Key: "k", Upload: u.ID, Number: 1, Body: Body{Reader: strings.NewReader("x"), Size: 1, Sum: checksum.CRC32}})
	w.wantCode(err, "InvalidRequest")
	// Parts that say nothing in common leave the object without a checksum.
	u = w.upload(b, "k")
	one, err := w.s.UploadPart(w.ctx(), &UploadPart{Bucket: b, Key: "k", Upload: u.ID, Number: 1, Body: Body{Reader: strings.NewReader(data[0]), Size: 5000, Sum: checksum.CRC32}})
	w.must(err)
	o, err := w.complete(b, u, []Part{*one, w.part(b, u, 2, "x")})
	if err != nil || o.Sum != (checksum.Sum{}) {
		t.Errorf("mixed parts give %+v, %v", o.Sum, err)
	}
}

func TestPartsAreCopied(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	data := pattern(30000, 5)
	w.put(b, "src", data)
	u := w.upload(b, "k")
	var parts []Part
	for i, r := range []*Range{{Start: 0, Length: 10000}, {Start: 10000, Length: 20000}, nil} {
		p, err := w.s.CopyPart(w.ctx(), &CopyPart{Source: Get{Bucket: b, Key: "src", Range: r}, Bucket: b, Key: "k", Upload: u.ID, Number: i + 1})
		w.must(err)
		parts = append(parts, *p)
	}
	for _, r := range []Range{{Start: 0, Length: 30001}, {Start: 30000, Length: 1}} {
		_, err := w.s.CopyPart(w.ctx(), &CopyPart{Source: Get{Bucket: b, Key: "src", Range: &r}, Bucket: b, Key: "k", Upload: u.ID, Number: 9})
		w.wantCode(err, "InvalidArgument")
	}
	_, err := w.complete(b, u, parts)
	w.must(err)
	if w.read(b, "k", "") != data+data {
		t.Error("the copies differ")
	}
	_, err = w.s.CopyObject(w.ctx(), &CopyObject{Source: Get{Bucket: b, Key: "k"}, Bucket: b, Key: "dst"})
	w.must(err)
	if w.read(b, "dst", "") != data+data || w.blobs.opened() != 0 {
		t.Errorf("the copy of an object made of parts differs, or %d readers are open", w.blobs.opened())
	}
}

func TestUploadsAreListed(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	var want []string
	for _, k := range []ident.ObjectKey{"a", "a", "b/1", "b/2", "b/2", "c"} {
		u := w.upload(b, k)
		want = append(want, string(k)+" "+string(u.ID))
	}
	list := func(prefix, delimiter string, max int) []string {
		var out []string
		in := &ListUploads{Bucket: b, Prefix: prefix, Delimiter: delimiter, Max: max}
		for {
			page, err := w.s.ListUploads(w.ctx(), in)
			w.must(err)
			for _, u := range page.Uploads {
				if u.User != testUser || u.UserName != "Ada" || u.Initiated.IsZero() {
					t.Errorf("listed %+v", u)
				}
				out = append(out, string(u.Key)+" "+string(u.ID))
			}
			for _, p := range page.Prefixes {
				out = append(out, "prefix "+p)
			}
			if !page.Truncated {
				return out
			}
			in.AfterKey, in.AfterUpload = page.NextKey, page.NextUpload
		}
	}
	for _, max := range []int{1, 2, 1000} {
		if got := fmt.Sprint(list("", "", max)); got != fmt.Sprint(want) {
			t.Errorf("by %d: %v, want %v", max, got, want)
		}
		if got := fmt.Sprint(list("b", "", max)); got != fmt.Sprint(want[2:5]) {
			t.Errorf("by %d: %v", max, got)
		}
	}
	if got := fmt.Sprint(list("", "/", 1)); got != fmt.Sprint([]string{want[0], want[1], "prefix b/", want[5]}) {
		t.Errorf("with a delimiter: %v", got)
	}
	u := w.upload(b, "k")
	for _, n := range []int{3, 1, 7, 10000} {
		w.part(b, u, n, itoa(n))
	}
	var numbers []int
	for after, more := 0, true; more; {
		page, err := w.s.ListParts(w.ctx(), &ListParts{Bucket: b, Key: "k", Upload: u.ID, After: after, Max: 2})
		w.must(err)
		for _, p := range page.Parts {
			numbers = append(numbers, p.Number)
			if p.ETag != md5Hex(itoa(p.Number)) {
				t.Errorf("part %+v", p)
			}
		}
		after, more = page.Next, page.Truncated
	}
	if fmt.Sprint(numbers) != "[1 3 7 10000]" {
		t.Errorf("parts %v", numbers)
	}
}

func TestOneCompletionOfMany(t *testing.T) {
	for _, n := range []int{2, 300} {
		w := newWorld(t)
		w.cfg.MinPart = 1
		w.restart()
		b := w.versioned("alpha", Enabled)
		u := w.upload(b, "k")
		var parts []Part
		for i := range n {
			parts = append(parts, w.part(b, u, i+1, "data"))
		}
		var wg sync.WaitGroup
		results := make([]error, 8)
		for i := range results {
			wg.Go(func() { _, results[i] = w.complete(b, u, parts) })
		}
		var abort error
		wg.Go(func() { abort = w.s.AbortUpload(w.ctx(), b, "k", u.ID) })
		wg.Wait()
		for _, err := range results {
			if err != nil && (abort != nil || errs.CodeOf(err) != "NoSuchUpload") {
				t.Error(err)
			}
		}
		versions := 1
		if abort == nil {
			versions = 0
		}
		if got := len(w.ids(b, "k")); got != versions {
			t.Errorf("%d versions of one upload, abort gave %v", got, abort)
		}
		w.settle()
		if versions == 0 {
			w.checkEmptyBucket(b)
		}
	}
}

// A reader of an object made of parts is served to its end, whatever happens to the object.
func TestReadersKeepTheirParts(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	u := w.upload(b, "k")
	data := []string{pattern(70000, 1), pattern(70000, 2), pattern(70000, 3)}
	var parts []Part
	for i, d := range data {
		parts = append(parts, w.part(b, u, i+1, d))
	}
	_, err := w.complete(b, u, parts)
	w.must(err)
	w.settle()
	c, err := w.s.GetObject(w.ctx(), &Get{Bucket: b, Key: "k"})
	w.must(err)
	w.delete(b, "k", "")
	w.settle()
	w.must(w.s.DeleteBucket(w.ctx(), b))
	w.settle()
	var out strings.Builder
	if _, err := c.WriteTo(&out); err != nil || out.String() != strings.Join(data, "") {
		t.Errorf("read %d bytes, %v", out.Len(), err)
	}
	if n := w.blobs.count(); n != 3 {
		t.Errorf("%d blobs while a reader is at work", n)
	}
	w.must(c.Close())
	select {
	case <-w.s.Garbage():
	default:
		t.Error("the end of the reading wakes nobody")
	}
	w.must(w.s.Collect(w.ctx()))
	if n := w.blobs.count(); n != 0 {
		t.Errorf("%d blobs after it", n)
	}
	w.checkCounts("after it", 0)
}

// A part that is written between the look at the parts and the update does not become something else's content.
func TestCompletionRacesWithParts(t *testing.T) {
	for _, n := range []int{2, pages.Max + 1} {
		w := newWorld(t)
		w.cfg.MinPart = 1
		w.restart()
		b := w.bucket("alpha")
		u := w.upload(b, "k")
		var parts []Part
		for i := range n {
			parts = append(parts, w.part(b, u, i+1, itoa(i)))
		}
		w.between(func() { w.part(b, u, 1, "another") })
		_, err := w.complete(b, u, parts)
		w.wantCode(err, "InvalidPart")
		parts[0] = Part{Number: 1, ETag: md5Hex("another")}
		w.between(func() { w.part(b, u, n+1, "not named") })
		_, err = w.complete(b, u, parts)
		w.must(err)
		w.settle()
		if got := w.read(b, "k", ""); !strings.HasPrefix(got, "another1") {
			t.Errorf("read %q", got)
		}
		if got := w.blobs.count(); got != n {
			t.Errorf("%d blobs of %d parts", got, n)
		}
	}
}
