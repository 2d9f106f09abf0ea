package iam

import (
	"strings"
	"testing"

	"coffer/internal/errs"
	"coffer/internal/fault"
)

// between runs act, and meanwhile once at the first call of the store that match holds for.
func (w *world) between(plan *fault.Plan, match func(fault.Call) bool, meanwhile func(), act func()) {
	w.t.Helper()
	done := false
	plan.OnCall(func(c fault.Call) {
		if !done && match(c) {
			done = true
			meanwhile()
		}
	})
	act()
	plan.OnCall(nil)
	if !done {
		w.t.Fatal("the moment never came")
	}
}

func faultWorld(t *testing.T) (*world, *fault.Plan) {
	plan := &fault.Plan{}
	w := bareWorld(t, fault.Meta(newMemStore(), plan))
	w.populate()
	return w, plan
}

func reserving(c fault.Call) bool {
	return c.Name == "meta.Update" && strings.HasPrefix(c.Subject, "d/")
}

// Two changes of one user's mail at a time: one name is left, and it is the row's.
func TestTwoMailsAtOnce(t *testing.T) {
	w, plan := faultWorld(t)
	set := func(mail string) {
		in := change(w.plain)
		in.Email = mail
		w.must(errOf(w.UpdateUser(w.ctx, w.as(w.owner), w.c, w.plain.ID, in)))
	}
	w.between(plan, reserving, func() { set("second@example.test") }, func() { set("first@example.test") })
	w.consistent()
	u, err := w.User(w.ctx, w.as(w.owner), w.c, w.plain.ID)
	w.must(err)
	if u.Email != "first@example.test" {
		t.Errorf("the later change was lost: %s", u.Email)
	}
	w.must(errOf(w.Login(w.ctx, "first@example.test", plainPassword, here)))
}

// Two first keys at a time: one canonical id.
func TestTwoFirstKeysAtOnce(t *testing.T) {
	w, plan := faultWorld(t)
	w.between(plan, reserving, func() { w.key(w.plain) }, func() { w.key(w.plain) })
	w.consistent()
	keys, err := w.Keys(w.ctx, w.as(w.plain), w.c, w.plain.ID)
	w.must(err)
	if len(keys) != 2 || keys[0].Canonical != keys[1].Canonical || keys[0].Canonical == "" {
		t.Errorf("%+v", keys)
	}
}

// A group counts for nothing from the moment its deletion is recorded, for all members at once, and nobody joins it any more.
func TestGroupOnItsWayOut(t *testing.T) {
	w, plan := faultWorld(t)
	kp := w.key(w.plain)
	marked := false
	afterTheMark := func(c fault.Call) bool {
		was := marked
		marked = marked || c.Name == "meta.Update"
		return was && c.Name == "meta.View"
	}
	w.between(plan, afterTheMark, func() {
		if w.works(kp.AccessKey) {
			t.Error("a member's key works")
		}
		w.want("joining", w.AddMember(w.ctx, w.as(w.owner), w.c, w.group.ID, w.bare.ID), errs.NotFound, "")
		_, n, err := w.Groups(w.ctx, w.as(w.owner), w.c, Page{})
		w.must(err)
		if n != 0 {
			t.Error("it is listed")
		}
	}, func() { w.must(w.DeleteGroup(w.ctx, w.as(w.owner), w.c, w.group.ID)) })
	w.consistent()
}

// A key that is deleted while somebody looks it up is refused once the deletion returned, whatever the look-up saw.
func TestLookUpDuringDeletion(t *testing.T) {
	for n := 1; n < 10; n++ {
		w, plan := faultWorld(t)
		kp := w.key(w.plain)
		w.epochs.bump(w.c)
		at, reads := n, 0
		plan.OnCall(func(c fault.Call) {
			if c.Name != "meta.View" && !strings.HasPrefix(c.Name, "meta.Reader") {
				return
			}
			if reads++; reads == at {
				at, reads = -1, 100
				w.must(w.DeleteKey(w.ctx, w.as(w.plain), w.c, kp.ID))
			}
		})
		_, _ = w.Identify(w.ctx, kp.AccessKey)
		plan.OnCall(nil)
		if at == -1 && w.works(kp.AccessKey) {
			t.Errorf("deleted at read %d, the key works", n)
		}
	}
}

// A key made while somebody asks for it is known once the making returned.
func TestLookUpDuringImport(t *testing.T) {
	w, plan := faultWorld(t)
	const k = "AKIAIOSFODNN7EXAMPLE"
	w.between(plan, func(c fault.Call) bool { return c.Name == "meta.Update" && reserving(c) }, func() { _ = w.works(k) },
		func() { w.must(errOf(w.ImportKey(w.ctx, operator(), w.c, w.plain.ID, k, "wJalrXUtnFEMI", ""))) })
	if !w.works(k) {
		t.Error("it is not known")
	}
}
