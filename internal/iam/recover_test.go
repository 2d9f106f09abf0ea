package iam

import (
	"errors"
	"fmt"
	"testing"

	"coffer/internal/errs"
	"coffer/internal/fault"
	"coffer/internal/ident"
)

// acts are the changes that span partitions or routes. Each gets a fresh world.
func acts() map[string]func(w *world) error {
	return map[string]func(w *world) error{
		"CreateKey": func(w *world) error { return errOf(w.CreateKey(w.ctx, w.as(w.plain), w.c, w.plain.ID, "")) },
		"second key": func(w *world) error {
			return errOf(w.CreateKey(w.ctx, w.as(w.admin), w.c, w.admin.ID, ""))
		},
		"EnsureKey": func(w *world) error {
			kp, _, err := w.EnsureKey(w.ctx, w.as(w.plain), "0d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6", NewKey{})
			return errOf(kp, err)
		},
		"ImportKey": func(w *world) error {
			return errOf(w.ImportKey(w.ctx, operator(), w.c, w.plain.ID, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI", NewKey{}))
		},
		"DeleteKey": func(w *world) error {
			keys, err := w.Keys(w.ctx, w.as(w.admin), w.c, w.admin.ID)
			if err != nil {
				return err
			}
			return w.DeleteKey(w.ctx, w.as(w.admin), w.c, keys[0].ID)
		},
		"RenewKey": func(w *world) error {
			keys, err := w.Keys(w.ctx, w.as(w.admin), w.c, w.admin.ID)
			if err != nil {
				return err
			}
			return errOf(w.RenewKey(w.ctx, w.as(w.admin), w.c, keys[0].ID))
		},
		"CreateUser": func(w *world) error {
			return errOf(w.CreateUser(w.ctx, w.as(w.owner), w.c, NewUser{FirstName: "N", LastName: "N", Email: "new@example.test", Password: plainPassword}))
		},
		"change of mail": func(w *world) error {
			in := change(w.plain)
			in.Email = new("new@example.test")
			return errOf(w.UpdateUser(w.ctx, w.as(w.owner), w.c, w.plain.ID, in))
		},
		"DeleteUser":  func(w *world) error { return w.DeleteUser(w.ctx, w.as(w.owner), w.c, w.admin.ID) },
		"DeleteGroup": func(w *world) error { return w.DeleteGroup(w.ctx, w.as(w.owner), w.c, w.group.ID) },
		"CreateContract": func(w *world) error {
			_, u, err := w.CreateContract(w.ctx, operator(), "Other", NewUser{FirstName: "S", LastName: "T", Email: "new@example.test", Password: plainPassword})
			return errOf(u, err)
		},
		"taken mail": func(w *world) error {
			err := errOf(w.CreateUser(w.ctx, w.as(w.owner), w.c, NewUser{FirstName: "N", LastName: "N", Email: "plain@example.test", Password: plainPassword}))
			if errors.Is(err, errs.Exists) {
				return nil
			}
			return errors.Join(err, errors.New("a mail was given twice"))
		},
	}
}

// Each change is made to fail at its 1st, 2nd, 3rd... call of the store, with and without an effect of that call. After a restart it
// has happened or it has not: names and rows agree, nothing is half done, keys of others work, and the change can be made again.
func TestRecoveryAfterEveryCall(t *testing.T) {
	for what, act := range acts() {
		for _, mode := range []fault.Mode{fault.Refuse, fault.LoseAnswer} {
			t.Run(fmt.Sprint(what, mode), func(t *testing.T) {
				for n := 1; failAt(t, act, n, mode); n++ {
					if n > 200 {
						t.Fatal("the change never went through")
					}
				}
			})
		}
	}
}

// failAt reports whether the nth call came.
func failAt(t *testing.T, act func(*world) error, n int, mode fault.Mode) bool {
	t.Helper()
	var plan fault.Plan
	w := bareWorld(t, fault.Meta(newMemStore(), &plan))
	w.populate()
	before := w.key(w.admin)
	bystander := w.key(w.owner)
	w.consistent()
	plan.FailAt(n, mode)
	err := act(w)
	if !plan.Fired() {
		if err != nil {
			t.Fatalf("without a fault: %v", err)
		}
		return false
	}
	if err != nil && errs.KindOf(err) != errs.Unavailable && errs.KindOf(err) != errs.Exists {
		t.Errorf("call %d: %v", n, err)
	}
	plan.FailAt(0, 0)
	// What the failed call took away must not work before the restart either, or must still work whole: nothing in between.
	live := w.works(before.AccessKey)
	w.start()
	w.must(w.Recover(w.ctx))
	w.consistent()
	if t.Failed() {
		t.Fatalf("at call %d", n)
	}
	if got := w.works(before.AccessKey); got && !live {
		t.Logf("call %d: a key that was refused came back with the restart: the change had not happened", n)
	}
	if !w.works(bystander.AccessKey) {
		t.Fatalf("call %d: another user's key stopped working", n)
	}
	checkEverybody(t, w, n)
	w.must(w.Recover(w.ctx))
	w.consistent()
	return true
}

// checkEverybody reads all that can be read: every row decodes and every active key of a user with the privilege works.
func checkEverybody(t *testing.T, w *world, n int) {
	t.Helper()
	contracts, err := w.Contracts(w.ctx, operator())
	w.must(err)
	for _, c := range contracts {
		users, _, err := w.Users(w.ctx, operator(), c.ID, Page{})
		w.must(err)
		for _, u := range users {
			keys, err := w.Keys(w.ctx, operator(), c.ID, u.ID)
			w.must(err)
			for _, k := range keys {
				if w.works(k.AccessKey) != (k.Active && u.Active && u.ObjectStorage) {
					t.Errorf("call %d: key %s of %s", n, k.AccessKey, u.Email)
				}
				if k.Canonical == "" || k.Canonical != u.Canonical {
					t.Errorf("call %d: key %s has canonical id %q, its user %q", n, k.AccessKey, k.Canonical, u.Canonical)
				}
			}
		}
	}
}

// After a failure whose outcome nobody knows, the same act again must end well once the store is back, also without a restart,
// whenever it concerns nothing that the first try has made already.
func TestAnotherTryWithoutRestart(t *testing.T) {
	for n := 1; n < 40; n++ {
		var plan fault.Plan
		w := bareWorld(t, fault.Meta(newMemStore(), &plan))
		w.populate()
		plan.FailAt(n, fault.Refuse)
		_, err := w.CreateKey(w.ctx, w.as(w.plain), w.c, w.plain.ID, "")
		if !plan.Fired() {
			return
		}
		plan.FailAt(0, 0)
		kp, again := w.CreateKey(w.ctx, w.as(w.plain), w.c, w.plain.ID, "")
		if again != nil {
			t.Errorf("call %d failed with %v, then: %v", n, err, again)
			continue
		}
		if !w.works(kp.AccessKey) {
			t.Errorf("call %d: the second try's key does not work", n)
		}
	}
}

// A crash, not an error: everything fails from the nth call on, then a new process starts.
func TestRecoveryAfterACrash(t *testing.T) {
	for what, act := range acts() {
		t.Run(what, func(t *testing.T) {
			for n := 1; n < 60; n++ {
				var plan fault.Plan
				w := bareWorld(t, fault.Meta(newMemStore(), &plan))
				w.populate()
				w.key(w.admin)
				plan.OnCall(func(c fault.Call) {
					if c.N >= n {
						plan.CutOff()
					}
				})
				plan.FailAt(0, 0)
				err := act(w)
				plan.OnCall(nil)
				plan.Restore()
				w.start()
				w.must(w.Recover(w.ctx))
				w.consistent()
				checkEverybody(t, w, n)
				if t.Failed() {
					t.Fatalf("at call %d", n)
				}
				if err == nil {
					return
				}
			}
			t.Fatal("the change never went through")
		})
	}
}

func TestKeyOfAnotherContractStaysHidden(t *testing.T) {
	w := newWorld(t)
	kp := w.key(w.plain)
	s := w.otherContract()
	_, err := w.KeyByAccessKey(w.ctx, w.as(s), s.Contract, s.ID, kp.AccessKey)
	w.want("by access key", err, errs.NotFound, "")
	_, err = w.Key(w.ctx, w.as(s), s.Contract, ident.KeyID(kp.ID))
	w.want("by id", err, errs.NotFound, "")
}
