package object

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/object/configs"
	"coffer/internal/object/metadata"
)

// TestACLsBelongToVersions: an ACL comes with a write, is changed apart from headers and tags, and is never copied.
func TestACLsBelongToVersions(t *testing.T) {
	w := newWorld(t)
	b := w.versioned("alpha", Enabled)
	h, tags := Headers{ContentType: "text/plain", ACL: "one"}, map[string]string{"a": "b"}
	o, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: "k", Body: body([]byte("x")), Headers: h, Tags: tags})
	w.must(err)
	w.put(b, "k", "newer")
	acl := func(v ident.VersionID, want string) {
		t.Helper()
		got, _, err := w.s.ACL(w.ctx(), &VersionRef{Bucket: b, Key: "k", Version: v})
		if err != nil || got != want {
			t.Errorf("ACL of %q is %q, %v; want %q", v, got, err, want)
		}
	}
	acl("", "")
	acl(o.Version, "one")
	long := strings.Repeat("l", 5000)
	was := "one"
	for _, v := range []string{long, "", "two"} {
		id, err := w.s.SetACL(w.ctx(), &VersionRef{Bucket: b, Key: "k", Version: o.Version}, was, v)
		if err != nil || id != o.Version {
			t.Errorf("set: %q, %v", id, err)
		}
		_, err = w.s.SetACL(w.ctx(), &VersionRef{Bucket: b, Key: "k", Version: o.Version}, was, "lost")
		w.wantCode(err, "OperationAborted")
		was = v
		acl(o.Version, v)
		acl("", "")
	}
	if n := w.rowsOf(b, kindAttrs); n != 0 {
		t.Errorf("%d rows of attributes stay", n)
	}
	c, err := w.s.HeadObject(w.ctx(), &Get{Bucket: b, Key: "k", Version: o.Version})
	w.must(err)
	got, _, err := w.s.Tags(w.ctx(), &VersionRef{Bucket: b, Key: "k", Version: o.Version})
	w.must(err)
	if c.Headers.ContentType != "text/plain" || c.Headers.ACL != "two" || c.TagCount != 1 || !maps.Equal(got, tags) {
		t.Errorf("headers %+v, tags %v", c.Headers, got)
	}
	_, err = w.s.SetTags(w.ctx(), &VersionRef{Bucket: b, Key: "k", Version: o.Version}, nil)
	w.must(err)
	acl(o.Version, "two")
	for _, want := range []string{"", "three"} {
		_, err = w.s.CopyObject(w.ctx(), &CopyObject{Source: Get{Bucket: b, Key: "k", Version: o.Version}, Bucket: b, Key: "k", ACL: want})
		w.must(err)
		acl("", want)
	}
	_, err = w.s.SetACL(w.ctx(), &VersionRef{Bucket: b, Key: "none"}, "", "x")
	w.wantCode(err, "NoSuchKey")
	_, err = w.s.SetACL(w.ctx(), &VersionRef{Bucket: b, Key: "k"}, "three", strings.Repeat("x", metadata.MaxACL+1))
	w.wantCode(err, "MalformedACLError")
	_, err = w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: "k", Body: body(nil), Headers: Headers{ACL: strings.Repeat("x", metadata.MaxACL+1)}})
	w.wantCode(err, "MalformedACLError")
}

// TestUploadsKeepTheirACL: what the upload began with is the object's.
func TestUploadsKeepTheirACL(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	u, err := w.s.CreateUpload(w.ctx(), &CreateUpload{Bucket: b, Key: "k", Headers: Headers{ACL: "one"}})
	w.must(err)
	o, err := w.complete(b, u, []Part{w.part(b, u, 1, "part")})
	w.must(err)
	got, _, err := w.s.ACL(w.ctx(), &VersionRef{Bucket: b, Key: "k"})
	if err != nil || got != "one" {
		t.Errorf("ACL is %q, %v of %+v", got, err, o)
	}
}

// guard refuses objects whose ACL is not "open".
type guard struct{ asked int }

func (g *guard) MayRead(o *Object) error {
	if g.asked++; o.Headers.ACL == "open" {
		return nil
	}
	return errs.New(errs.Denied, "AccessDenied", "")
}

// TestGuardedReads: nothing of a version that the guard refuses is told, by no way of reading, nor by a precondition.
func TestGuardedReads(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	for key, acl := range map[ident.ObjectKey]string{"open": "open", "shut": "shut"} {
		_, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: key, Body: body([]byte("text")), Headers: Headers{ACL: acl}})
		w.must(err)
	}
	u := w.upload(b, "parts")
	for i, read := range []func(in Get) (*Content, error){
		func(in Get) (*Content, error) { return w.s.HeadObject(w.ctx(), &in) },
		func(in Get) (*Content, error) { return w.s.GetObject(w.ctx(), &in) },
		func(in Get) (*Content, error) {
			_, err := w.s.CopyObject(w.ctx(), &CopyObject{Source: in, Bucket: b, Key: "copy"})
			return nil, err
		},
		func(in Get) (*Content, error) {
			_, err := w.s.CopyPart(w.ctx(), &CopyPart{Source: in, Bucket: b, Key: "parts", Upload: u.ID, Number: 1})
			return nil, err
		},
	} {
		g := &guard{}
		_, err := read(Get{Bucket: b, Key: "open", Guard: g})
		w.must(err)
		for _, cond := range []Conditions{{}, {IfMatch: []string{"other"}}, {IfNoneMatch: []string{"*"}}} {
			c, err := read(Get{Bucket: b, Key: "shut", Guard: g, Cond: cond})
			if errs.KindOf(err) != errs.Denied || c != nil {
				t.Errorf("way %d, %+v: %v, %v", i, cond, c, err)
			}
		}
		if g.asked != 4 {
			t.Errorf("way %d: asked %d times", i, g.asked)
		}
	}
}

// TestBucketsBeginWithConfigs: what a bucket is made with is there at once and after a restart, and can be changed.
func TestBucketsBeginWithConfigs(t *testing.T) {
	w := newWorld(t)
	in := CreateBucket{Name: "alpha", Region: contractRegion, Contract: testContract, User: testUser, Configs: map[string][]byte{"acl": []byte("a"), "own": []byte("o")}}
	b, err := w.s.CreateBucket(w.ctx(), in)
	w.must(err)
	for range 2 {
		if got := fmt.Sprintf("%s", b.Configs); got != "map[acl:a own:o]" {
			t.Errorf("got %s", got)
		}
		w.restart()
		b, err = w.s.Bucket(w.ctx(), "alpha")
		w.must(err)
	}
	b, err = w.s.SetConfig(w.ctx(), b, "acl", nil)
	w.must(err)
	if got := fmt.Sprintf("%s", b.Configs); got != "map[own:o]" {
		t.Errorf("got %s", got)
	}
	in.Name, in.Configs = "beta", map[string][]byte{"long": make([]byte, configs.Chunk+1)}
	if _, err := w.s.CreateBucket(w.ctx(), in); errs.KindOf(err) != errs.Internal {
		t.Errorf("got %v", err)
	}
}
