package iam

import (
	"errors"
	"testing"

	"coffer/internal/errs"
	"coffer/internal/ident"
)

// TestAccounts: people and contracts are found by what lists and policies name them, and by nothing else.
func TestAccounts(t *testing.T) {
	w := newWorld(t)
	if _, err := w.AccountByMail(w.ctx, string(w.plain.Email)); !errors.Is(err, errs.NotFound) {
		t.Errorf("by mail before the first key: %v", err)
	}
	canonical := string(w.key(w.plain).Canonical)
	name := w.plain.FirstName + " " + w.plain.LastName
	for _, id := range []string{canonical, ident.ContractUserID(w.c, w.plain.ID)} {
		if a, err := w.Account(w.ctx, id); err != nil || a != (Account{canonical, name}) {
			t.Errorf("%s: %+v, %v", id, a, err)
		}
	}
	if a, err := w.AccountByMail(w.ctx, string(w.plain.Email)); err != nil || a.ID != canonical {
		t.Errorf("by mail: %+v, %v", a, err)
	}
	if a, err := w.Account(w.ctx, w.c.String()); err != nil || a.ID != w.c.String() || a.Name == "" {
		t.Errorf("contract: %+v, %v", a, err)
	}
	for _, id := range []string{"", "x", "10000001", "00000000000000000000000000000000", string(w.plain.ID), string(w.plain.Email)} {
		if a, err := w.Account(w.ctx, id); !errors.Is(err, errs.NotFound) {
			t.Errorf("%q: %+v, %v", id, a, err)
		}
	}
	for _, mail := range []string{"", "none", "none@example.com"} {
		if a, err := w.AccountByMail(w.ctx, mail); !errors.Is(err, errs.NotFound) {
			t.Errorf("%q: %+v, %v", mail, a, err)
		}
	}
}
