package iam

import (
	"testing"
	"time"

	"coffer/internal/authz"
	"coffer/internal/errs"
)

func TestKeysExpire(t *testing.T) {
	w := newWorld(t)
	boss := w.as(w.owner)
	end := w.clock().Add(2 * day).Truncate(time.Second)
	kp, err := w.MakeKey(w.ctx, boss, w.c, w.plain.ID, NewKey{Expires: end})
	w.must(err)
	ever, err := w.MakeKey(w.ctx, boss, w.c, w.plain.ID, NewKey{Never: true})
	w.must(err)
	id, err := w.Identify(w.ctx, kp.AccessKey)
	w.must(err)
	w.later(2*day - time.Minute)
	if !kp.Expires.Equal(end) || !w.works(kp.AccessKey) || id.Recheck() != nil {
		t.Error("it does not work until it expires")
	}
	w.later(time.Minute)
	if w.works(kp.AccessKey) || id.Recheck() == nil {
		t.Error("it works after it expired, or a write of it goes on")
	}
	if !w.works(ever.AccessKey) {
		t.Error("one that never expires stopped")
	}
	again, err := w.RenewKey(w.ctx, boss, w.c, kp.ID)
	w.must(err)
	if !w.works(kp.AccessKey) || again.Expires.Sub(w.clock()) < 2*day-time.Minute {
		t.Errorf("renewed it expires %s", again.Expires)
	}
	k, err := w.ChangeKey(w.ctx, w.as(w.plain), w.c, kp.ID, KeyChange{Expires: w.clock().Add(time.Hour)})
	w.must(err)
	w.later(time.Hour)
	if w.works(kp.AccessKey) {
		t.Errorf("shortened to %s it still works", k.Expires)
	}
	_, err = w.ChangeKey(w.ctx, boss, w.c, kp.ID, KeyChange{Never: true})
	w.must(err)
	if !w.works(kp.AccessKey) {
		t.Error("it does not work although it never expires any more")
	}
	for _, bad := range []NewKey{{Expires: w.clock()}, {Expires: w.clock().Add(-time.Hour)}, {Expires: w.clock().Add(MaxKeyDays*day + time.Hour)}, {Expires: end, Never: true}} {
		_, err := w.MakeKey(w.ctx, boss, w.c, w.bare.ID, bad)
		w.want("a key of somebody without the privilege", err, errs.Denied, NoPrivilege)
		_, err = w.MakeKey(w.ctx, boss, w.c, w.plain.ID, bad)
		w.want("a key that expires "+bad.Expires.String(), err, errs.Invalid, "")
	}
}

func TestContractSettings(t *testing.T) {
	w := newWorld(t)
	boss := w.as(w.owner)
	set := func(in Settings) {
		t.Helper()
		c, err := w.UpdateContract(w.ctx, boss, w.c, "Renamed", in)
		w.must(err)
		if c.Name != "Renamed" || c.Settings != in {
			t.Errorf("%+v", c)
		}
	}
	for _, u := range []*User{w.admin, w.plain} {
		_, err := w.UpdateContract(w.ctx, w.as(u), w.c, "Mine", Settings{})
		w.want("settings by "+u.FirstName, err, errs.Denied, "")
	}
	_, err := w.UpdateContract(w.ctx, boss, w.c, "First", Settings{MaxKeyDays: MaxKeyDays + 1})
	w.want("too long a maximum", err, errs.Invalid, "")

	set(Settings{MaxKeyDays: 30})
	kp, err := w.MakeKey(w.ctx, boss, w.c, w.plain.ID, NewKey{})
	w.must(err)
	if left := kp.Expires.Sub(w.clock()); left > 30*day || left < 30*day-time.Minute {
		t.Errorf("a key without a choice expires in %s", left)
	}
	_, err = w.MakeKey(w.ctx, boss, w.c, w.plain.ID, NewKey{Never: true})
	w.want("never", err, errs.Limit, KeyExpiry)
	_, err = w.ChangeKey(w.ctx, boss, w.c, kp.ID, KeyChange{Expires: w.clock().Add(31 * day)})
	w.want("longer than the maximum", err, errs.Limit, KeyExpiry)

	w.must(errOf(w.KeySecret(w.ctx, boss, w.c, kp.ID)))
	set(Settings{SecretsOnce: true})
	_, err = w.KeySecret(w.ctx, boss, w.c, kp.ID)
	w.want("a secret once more", err, errs.Denied, SecretsOnce)
	if !w.works(kp.AccessKey) {
		t.Error("keys stopped with the setting")
	}
	_, err = w.UpdateContract(w.ctx, operator(), w.c, "By the operator", Settings{})
	w.must(err)
}

func TestKeysOfTheOlderKind(t *testing.T) {
	w := newWorld(t)
	k, err := w.ImportKey(w.ctx, operator(), w.c, w.admin.ID, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI", NewKey{Validity: authz.UserOwnedOnly})
	w.must(err)
	id, err := w.Identify(w.ctx, k.AccessKey)
	w.must(err)
	if id.Principal.Validity != authz.UserOwnedOnly || k.Administrative {
		t.Errorf("%+v %+v", id.Principal, k)
	}
}

// A renewed key has a new secret, so it heeds what the contract allows by now.
func TestRenewalHeedsTheMaximum(t *testing.T) {
	w := newWorld(t)
	boss := w.as(w.owner)
	renewed := func(k *KeyPair) time.Duration {
		t.Helper()
		r, err := w.RenewKey(w.ctx, boss, w.c, k.ID)
		w.must(err)
		if r.Expires.IsZero() {
			return 0
		}
		return r.Expires.Sub(w.clock()).Round(time.Hour)
	}
	never := w.key(w.plain)
	long, err := w.MakeKey(w.ctx, boss, w.c, w.plain.ID, NewKey{Expires: w.clock().Add(100 * day)})
	w.must(err)
	short, err := w.MakeKey(w.ctx, boss, w.c, w.plain.ID, NewKey{Expires: w.clock().Add(10 * day)})
	w.must(err)
	w.later(5 * day)
	if a, b, c := renewed(never), renewed(long), renewed(short); a != 0 || b != 100*day || c != 10*day {
		t.Errorf("without a maximum: %s, %s, %s", a, b, c)
	}
	w.must(errOf(w.UpdateContract(w.ctx, boss, w.c, "First", Settings{MaxKeyDays: 30})))
	if a, b, c := renewed(never), renewed(long), renewed(short); a != 30*day || b != 30*day || c != 10*day {
		t.Errorf("with a maximum of 30 days: %s, %s, %s", a, b, c)
	}
}

// A change of a key of which one part is refused changes nothing.
func TestKeysChangeWhollyOrNotAtAll(t *testing.T) {
	w := newWorld(t)
	boss := w.as(w.owner)
	kp, err := w.MakeKey(w.ctx, boss, w.c, w.plain.ID, NewKey{Description: "before"})
	w.must(err)
	w.must(errOf(w.UpdateContract(w.ctx, boss, w.c, "First", Settings{MaxKeyDays: 30})))
	far := w.clock().Add(100 * day)
	w.want("changed", errOf(w.ChangeKey(w.ctx, boss, w.c, kp.ID, KeyChange{Description: new("after"), Active: new(false), Expires: far})), errs.Limit, KeyExpiry)
	_, _, err = w.EnsureKey(w.ctx, w.as(w.plain), kp.ID, NewKey{Description: "after", Expires: far})
	w.want("ensured", err, errs.Limit, KeyExpiry)
	k, err := w.Key(w.ctx, boss, w.c, kp.ID)
	w.must(err)
	if k.Description != "before" || !k.Active || !k.Expires.IsZero() || k.Revision != kp.Revision {
		t.Errorf("%+v", k)
	}
	k, err = w.ChangeKey(w.ctx, boss, w.c, kp.ID, KeyChange{Description: new("after"), Active: new(false), Expires: w.clock().Add(day)})
	w.must(err)
	if k.Description != "after" || k.Active || k.Expires.IsZero() || k.Revision != kp.Revision+1 {
		t.Errorf("%+v", k)
	}
}
