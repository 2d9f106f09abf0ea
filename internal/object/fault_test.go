package object

import (
	"fmt"
	"strings"
	"testing"

	"coffer/internal/errs"
	"coffer/internal/fault"
	"coffer/internal/object/pages"
)

// A failing is a scenario whose operation fails at its nth call. prepare runs before, act is the operation.
type failing struct {
	prepare func(w *world) *Bucket
	act     func(w *world, b *Bucket) error
	old     string // content of "k" before; "absent" for none
	new     string
}

// everywhere fails each call of the operation in each way, with and without a crash after it: the object is then wholly the old or
// wholly the new one, the new one if that was acknowledged, and after collection no blob is left that nothing names.
func everywhere(t *testing.T, f failing) {
	for _, mode := range []fault.Mode{fault.Refuse, fault.LoseAnswer} {
		for _, cut := range []bool{false, true} {
			n := 1
			for ; ; n++ {
				when := fmt.Sprintf("call %d, mode %d, cut off %v", n, mode, cut)
				if !f.once(t, when, n, mode, cut) {
					break
				}
			}
			if n < 3 {
				t.Fatalf("only %d calls were seen", n)
			}
		}
	}
}

func (f *failing) once(t *testing.T, when string, n int, mode fault.Mode, cut bool) bool {
	w := newWorld(t)
	b := f.prepare(w)
	w.plan.FailAt(n, mode)
	if cut {
		// The process dies there: nothing after the failure reaches a store.
		w.plan.OnCall(func(c fault.Call) {
			if c.N == n+1 {
				w.plan.CutOff()
			}
		})
	}
	err := f.act(w, b)
	fired := w.plan.Fired()
	w.plan.FailAt(0, mode)
	w.plan.OnCall(nil)
	w.plan.Restore()
	if cut || n%2 == 0 {
		w.restart()
		b, _ = w.s.Bucket(w.ctx(), b.Name)
	}
	for range 2 {
		got, gerr := w.tryRead(&Get{Bucket: b, Key: "k"})
		if errs.CodeOf(gerr) == "NoSuchKey" {
			got, gerr = "absent", nil
		}
		switch {
		case gerr != nil:
			t.Fatalf("%s: reading fails: %v", when, gerr)
		case err == nil && got != f.new:
			t.Fatalf("%s: acknowledged, but not there", when)
		case got != f.old && got != f.new:
			t.Fatalf("%s: neither old nor new but %d bytes", when, len(got))
		}
		w.settle()
	}
	// Everything goes; what then stays is a leak. Blobs of a session that ended are judged at the next start.
	u, lerr := w.s.ListUploads(w.ctx(), &ListUploads{Bucket: b, Max: 100})
	w.must(lerr)
	for _, up := range u.Uploads {
		w.must(w.s.AbortUpload(w.ctx(), b, up.Key, up.ID))
	}
	for _, k := range []string{"k", "src"} {
		for _, v := range w.ids(b, "k") {
			w.delete(b, "k", v)
		}
		if k == "src" {
			w.delete(b, "src", "null")
		}
	}
	w.restart()
	w.settle()
	if t.Failed() {
		return false
	}
	w.checkEmptyBucket(b)
	if t.Failed() {
		t.Fatal(when)
	}
	return fired
}

func TestPutMayFailAnywhere(t *testing.T) {
	for _, size := range []int{100, 10000} {
		for _, v := range []Versioning{Unversioned, Enabled, Suspended} {
			everywhere(t, failing{
				prepare: func(w *world) *Bucket {
					b := w.bucket("alpha")
					w.put(b, "k", "first")
					w.put(b, "k", pattern(size, 1))
					if v != Unversioned {
						b = w.mustVersion(b, v)
					}
					return b
				},
				act: func(w *world, b *Bucket) error {
					_, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: "k", Body: body([]byte(pattern(size, 2)))})
					return err
				},
				old: pattern(size, 1), new: pattern(size, 2),
			})
		}
	}
}

func TestDeleteMayFailAnywhere(t *testing.T) {
	for _, v := range []Versioning{Unversioned, Enabled, Suspended} {
		everywhere(t, failing{
			prepare: func(w *world) *Bucket {
				b := w.bucket("alpha")
				if v != Unversioned {
					b = w.mustVersion(b, v)
				}
				w.put(b, "k", pattern(5000, 1))
				return b
			},
			act: func(w *world, b *Bucket) error {
				_, err := w.s.DeleteObject(w.ctx(), &DeleteObject{Bucket: b, Key: "k"})
				return err
			},
			old: pattern(5000, 1), new: "absent",
		})
	}
	everywhere(t, failing{
		prepare: func(w *world) *Bucket {
			b := w.versioned("alpha", Enabled)
			w.put(b, "k", pattern(5000, 1))
			w.put(b, "k", pattern(5000, 2))
			return b
		},
		act: func(w *world, b *Bucket) error {
			ids := []VersionRef{{Bucket: b, Key: "k"}}
			o, err := w.s.HeadObject(w.ctx(), &Get{Bucket: b, Key: ids[0].Key})
			if err != nil {
				return err
			}
			_, err = w.s.DeleteObject(w.ctx(), &DeleteObject{Bucket: b, Key: "k", Version: o.Version})
			return err
		},
		old: pattern(5000, 2), new: pattern(5000, 1),
	})
}

func TestCopyMayFailAnywhere(t *testing.T) {
	everywhere(t, failing{
		prepare: func(w *world) *Bucket {
			b := w.bucket("alpha")
			w.put(b, "src", pattern(9000, 2))
			w.put(b, "k", pattern(9000, 1))
			return b
		},
		act: func(w *world, b *Bucket) error {
			_, err := w.s.CopyObject(w.ctx(), &CopyObject{Source: Get{Bucket: b, Key: "src"}, Bucket: b, Key: "k"})
			return err
		},
		old: pattern(9000, 1), new: pattern(9000, 2),
	})
}

func TestCompletionMayFailAnywhere(t *testing.T) {
	for _, n := range []int{3, pages.Max + 2} {
		var whole strings.Builder
		for i := range n {
			whole.WriteString(pattern(1+i%3, byte(i)))
		}
		everywhere(t, failing{
			prepare: func(w *world) *Bucket {
				w.cfg.MinPart = 1
				w.restart()
				b := w.bucket("alpha")
				w.put(b, "k", pattern(5000, 1))
				u := w.upload(b, "k")
				for i := range n {
					w.part(b, u, i+1, pattern(1+i%3, byte(i)))
				}
				w.part(b, u, n+5, "unused")
				return b
			},
			act: func(w *world, b *Bucket) error {
				page, err := w.s.ListUploads(w.ctx(), &ListUploads{Bucket: b, Max: 1})
				if err != nil {
					return err
				}
				u := page.Uploads[0]
				var parts []Part
				for i := range n {
					parts = append(parts, Part{Number: i + 1, ETag: md5Hex(pattern(1+i%3, byte(i)))})
				}
				_, err = w.complete(b, &u, parts)
				return err
			},
			old: pattern(5000, 1), new: whole.String(),
		})
	}
}

// A part's failure leaves the upload as it was, or with the part.
func TestPartsMayFailAnywhere(t *testing.T) {
	everywhere(t, failing{
		prepare: func(w *world) *Bucket {
			b := w.bucket("alpha")
			w.put(b, "k", "v")
			w.part(b, w.upload(b, "l"), 1, pattern(5000, 1))
			return b
		},
		act: func(w *world, b *Bucket) error {
			page, err := w.s.ListUploads(w.ctx(), &ListUploads{Bucket: b, Max: 1})
			if err != nil {
				return err
			}
			_, err = w.s.UploadPart(w.ctx(), &UploadPart{Bucket: b, Key: "l", Upload: page.Uploads[0].ID, Number: 1, Body: body([]byte(pattern(6000, 2)))})
			return err
		},
		old: "v", new: "v",
	})
}

// Collection that fails anywhere loses nothing and goes on later.
func TestCollectionMayFailAnywhere(t *testing.T) {
	everywhere(t, failing{
		prepare: func(w *world) *Bucket {
			w.cfg.MinPart = 1
			w.restart()
			b := w.bucket("alpha")
			w.put(b, "k", pattern(5000, 1))
			u := w.upload(b, "l")
			parts := []Part{w.part(b, u, 1, "one"), w.part(b, u, 2, "two")}
			w.part(b, u, 3, "three")
			if _, err := w.complete(b, u, parts); err != nil {
				w.t.Fatal(err)
			}
			w.delete(b, "l", "")
			w.put(b, "k", pattern(5000, 2))
			u = w.upload(b, "m")
			w.part(b, u, 3, "three")
			w.must(w.s.AbortUpload(w.ctx(), b, "m", u.ID))
			return b
		},
		act: func(w *world, b *Bucket) error {
			if err := w.s.Sweep(w.ctx()); err != nil {
				return err
			}
			return w.s.Collect(w.ctx())
		},
		old: pattern(5000, 2), new: pattern(5000, 2),
	})
}
