package iam

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"coffer/internal/errs"
	"coffer/internal/fault"
	"coffer/internal/ident"
	"coffer/internal/meta"
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
		in.Email = &mail
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

// afterRead is a store that runs something once after the nth read from now, before who reads goes on.
type afterRead struct {
	meta.Store
	left int
	run  func()
}

func (a *afterRead) View(ctx context.Context, p meta.Partition, fn func(meta.Reader) error) error {
	err := a.Store.View(ctx, p, fn)
	if a.left--; a.left == 0 {
		a.run()
	}
	return err
}

// meanwhile lets something happen after the nth read of Identify and reports whether there were as many.
func (w *world) meanwhile(n int, k ident.AccessKey, run func()) bool {
	w.t.Helper()
	a := &afterRead{Store: w.store, left: n, run: run}
	w.cfg.Meta, w.names.Store = a, a
	_, _ = w.Identify(w.ctx, k)
	w.cfg.Meta, w.names.Store = w.store, w.store
	return a.left <= 0
}

// A key that is deleted while somebody looks it up is refused once the deletion returned, whatever the look-up saw.
func TestLookUpDuringDeletion(t *testing.T) {
	for n := 1; ; n++ {
		w := newWorld(t)
		kp := w.key(w.plain)
		w.must(w.AddMember(w.ctx, w.as(w.owner), w.c, w.group.ID, w.bare.ID)) // nothing read so far counts
		came := w.meanwhile(n, kp.AccessKey, func() { w.must(w.DeleteKey(w.ctx, w.as(w.plain), w.c, kp.ID)) })
		if w.works(kp.AccessKey) != !came {
			t.Errorf("deleted after read %d, the key works: %v", n, came)
		}
		if !came {
			return
		}
	}
}

// A key made while somebody asks for it is known once the making returned.
func TestLookUpDuringImport(t *testing.T) {
	w := newWorld(t)
	const k = "AKIAIOSFODNN7EXAMPLE"
	if !w.meanwhile(1, k, func() { w.must(errOf(w.ImportKey(w.ctx, operator(), w.c, w.plain.ID, k, "wJalrXUtnFEMI", NewKey{}))) }) {
		t.Fatal("the moment never came")
	}
	if !w.works(k) {
		t.Error("it is not known")
	}
}

func callNamed(name string) func(fault.Call) bool {
	return func(c fault.Call) bool { return c.Name == name }
}

// The same key ensured many times at once is made once, and told to the others.
func TestTheSameKeyEnsuredAtOnce(t *testing.T) {
	w := newWorld(t)
	w.cfg.Meta, w.names.Store = yielding{w.store}, yielding{w.store}
	const id = "11111111-2222-4333-8444-555555555555"
	var all sync.WaitGroup
	var made, told atomic.Int32
	for range 8 {
		all.Go(func() {
			switch _, created, err := w.EnsureKey(w.ctx, w.as(w.plain), id, NewKey{Description: "once"}); {
			case err != nil:
				t.Error(err)
			case created:
				made.Add(1)
			default:
				told.Add(1)
			}
		})
	}
	all.Wait()
	if made.Load() != 1 || told.Load() != 7 {
		t.Errorf("made %d times, told %d times", made.Load(), told.Load())
	}
	keys, err := w.Keys(w.ctx, w.as(w.plain), w.c, w.plain.ID)
	w.must(err)
	if len(keys) != 1 || !w.works(keys[0].AccessKey) {
		t.Errorf("%+v", keys)
	}
	w.consistent()
}

// The same mail given to the same user many times at once is theirs.
func TestTheSameMailAtOnce(t *testing.T) {
	w := newWorld(t)
	w.cfg.Meta, w.names.Store = yielding{w.store}, yielding{w.store}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := w.UpdateUser(w.ctx, w.as(w.owner), w.c, w.plain.ID, UserChange{Email: new("new@example.test")}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.consistent()
	w.must(errOf(w.Login(w.ctx, "new@example.test", plainPassword, here)))
}

// Two processes do not wait for one another: the second is refused, and takes nothing from the first.
func TestTheSameNameInTwoProcesses(t *testing.T) {
	const id = "11111111-2222-4333-8444-555555555555"
	for what, act := range map[string]func(*world) error{
		"key": func(w *world) error {
			_, _, err := w.EnsureKey(w.ctx, w.as(w.plain), id, NewKey{})
			return err
		},
		"mail": func(w *world) error {
			return errOf(w.UpdateUser(w.ctx, w.as(w.owner), w.c, w.plain.ID, UserChange{Email: new("new@example.test")}))
		},
	} {
		w, plan := faultWorld(t)
		other := &world{t: t, ctx: w.ctx, store: w.store, buckets: w.buckets, log: w.log, ring: w.ring, now: w.now, c: w.c, owner: w.owner, plain: w.plain}
		other.start()
		reserved := false
		afterReserving := func(c fault.Call) bool {
			was := reserved
			reserved = reserved || reserving(c)
			return was && c.Name == "meta.Update" && !reserving(c)
		}
		w.between(plan, afterReserving, func() {
			if err := act(other); !errors.Is(err, errs.Exists) {
				t.Errorf("%s: the second: %v", what, err)
			}
		}, func() { w.must(act(w)) })
		w.consistent()
	}
}

// A key that is ensured while it is deleted is there or was made anew: whoever asked for it gets one.
func TestEnsuredWhileDeleted(t *testing.T) {
	w := newWorld(t)
	w.cfg.Meta, w.names.Store = yielding{w.store}, yielding{w.store}
	const id = "11111111-2222-4333-8444-555555555555"
	for range 20 {
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if _, _, err := w.EnsureKey(w.ctx, w.as(w.plain), id, NewKey{}); err != nil {
					t.Error(err)
				}
			})
			all.Go(func() {
				if err := w.DeleteKey(w.ctx, w.as(w.plain), w.c, id); err != nil && !errors.Is(err, errs.NotFound) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		w.consistent()
	}
}

// A token that is made while the password changes does not outlive it, whatever its maker came with.
func TestATokenMadeWhileThePasswordChanges(t *testing.T) {
	for what, come := range map[string]func(*world) (Actor, error){
		"password": func(w *world) (Actor, error) { return w.Login(w.ctx, plainMail, plainPassword, here) },
		"session": func(w *world) (Actor, error) {
			s, err := w.SignIn(w.ctx, plainMail, plainPassword, here)
			return s.Actor, err
		},
		"token": func(w *world) (Actor, error) {
			jwt, _, err := w.GenerateToken(w.ctx, w.as(w.plain), 0)
			w.must(err)
			return w.TokenActor(w.ctx, jwt, here)
		},
	} {
		w, plan := faultWorld(t)
		w.later(time.Minute)
		a, err := come(w)
		w.must(err)
		w.between(plan, callNamed("meta.Update"), func() {
			_, err := w.ResetPassword(w.ctx, operator(), plainMail, "another-word-17-lantern")
			w.must(err)
		}, func() {
			if _, _, err := w.GenerateToken(w.ctx, a, 0); !errors.Is(err, errs.Unauthenticated) {
				t.Errorf("%s: %v", what, err)
			}
		})
		all, err := w.Tokens(w.ctx, w.as(w.plain))
		w.must(err)
		if len(all) != 0 {
			t.Errorf("%s: %d tokens are left", what, len(all))
		}
		_, _, err = w.GenerateToken(w.ctx, w.as(w.plain), 0)
		w.must(err)
	}
}

// Whoever lost a right while a password was hashed has it no longer when the hash is done.
func TestRightsAfterHashing(t *testing.T) {
	for what, act := range map[string]func(context.Context, *world) error{
		"make a user": func(ctx context.Context, w *world) error {
			return errOf(w.CreateUser(ctx, w.as(w.admin), w.c, NewUser{FirstName: "N", LastName: "N", Email: "n@example.test", Password: plainPassword, Administrator: true}))
		},
		"set a password": func(ctx context.Context, w *world) error {
			return errOf(w.UpdateUser(ctx, w.as(w.admin), w.c, w.plain.ID, UserChange{Password: "another-word-17-lantern"}))
		},
	} {
		w := newWorld(t)
		random := w.cfg.Rand
		w.cfg.Rand = readerOf(func(p []byte) (int, error) {
			if len(p) == saltBytes { // the salt of a hash
				w.cfg.Rand = random
				w.must(errOf(w.UpdateUser(w.ctx, w.as(w.owner), w.c, w.admin.ID, UserChange{Administrator: new(false)})))
			}
			return random.Read(p)
		})
		w.want(what, act(WithTrace(w.ctx, &Trace{}), w), errs.Denied, "")
		w.must(errOf(w.Login(w.ctx, plainMail, plainPassword, here)))
		w.consistent()
	}
}

type readerOf func([]byte) (int, error)

func (f readerOf) Read(p []byte) (int, error) { return f(p) }

// Who knew the old password does not replace a new one that was set meanwhile.
func TestAChangeOfPasswordOvertaken(t *testing.T) {
	w := newWorld(t)
	s, err := w.SignIn(w.ctx, plainMail, plainPassword, here)
	w.must(err)
	w.later(time.Second)
	random := w.cfg.Rand
	w.cfg.Rand = readerOf(func(p []byte) (int, error) {
		if len(p) == saltBytes {
			w.cfg.Rand = random
			w.must(errOf(w.ResetPassword(w.ctx, operator(), plainMail, "another-word-17-lantern")))
		}
		return random.Read(p)
	})
	w.want("the change", w.ChangePassword(w.ctx, s.Actor, plainPassword, "a-thief-of-passwords-3"), errs.Denied, "")
	w.must(errOf(w.Login(w.ctx, plainMail, "another-word-17-lantern", here)))
}

// An act that waits for names, or was decided about a moment ago, is not performed once the right to it is gone.
func TestRightsJustBeforeTheAct(t *testing.T) {
	stored := func(prefix string) func(fault.Call) bool {
		return func(c fault.Call) bool { return c.Name == "meta.Update" && strings.HasPrefix(c.Subject, prefix) }
	}
	for what, c := range map[string]struct {
		when func(fault.Call) bool
		act  func(context.Context, *world) error
	}{
		"a key of another": {stored("d/"), func(ctx context.Context, w *world) error {
			return errOf(w.CreateKey(ctx, w.as(w.admin), w.c, w.plain.ID, ""))
		}},
		"a mail of another": {stored("d/"), func(ctx context.Context, w *world) error {
			return errOf(w.UpdateUser(ctx, w.as(w.admin), w.c, w.plain.ID, UserChange{Email: new("new@example.test")}))
		}},
		"an invitation": {callNamed("meta.View"), func(ctx context.Context, w *world) error {
			_, _, err := w.Invite(ctx, w.as(w.admin), w.c, w.plain.ID)
			return err
		}},
		"a membership": {callNamed("meta.View"), func(ctx context.Context, w *world) error {
			return w.AddMember(ctx, w.as(w.admin), w.c, w.group.ID, w.bare.ID)
		}},
	} {
		w, plan := faultWorld(t)
		ctx := WithTrace(w.ctx, &Trace{})
		demote := func() {
			w.must(errOf(w.UpdateUser(w.ctx, w.as(w.owner), w.c, w.admin.ID, UserChange{Administrator: new(false)})))
		}
		w.between(plan, c.when, demote, func() { w.want(what, c.act(ctx, w), errs.Denied, "") })
		w.consistent()
		if keys, err := w.Keys(w.ctx, w.as(w.owner), w.c, w.plain.ID); err != nil || len(keys) != 0 {
			t.Errorf("%s: %d keys, %v", what, len(keys), err)
		}
	}
}
