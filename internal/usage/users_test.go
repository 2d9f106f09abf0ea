package usage

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
)

func TestEverybodysUseByDay(t *testing.T) {
	w := newWorld(t)
	note := func(user ident.UserID, key string, times int) {
		for range times {
			u := w.use(key, 200)
			u.User = user
			w.Note(u)
		}
	}
	tell := func(from, to time.Time) string {
		all, err := w.Users(t.Context(), contract, from, to)
		w.must(err)
		var b strings.Builder
		for _, d := range all {
			fmt.Fprintf(&b, "%s %s %d %d;", d.Day.Format(time.DateOnly), d.User, d.Requests, d.Out)
		}
		return b.String()
	}
	first := w.now
	note("paul", "K1", 2)
	note("paul", "K2", 1)
	note("anna", "K3", 1)
	w.now = w.now.AddDate(0, 0, 1)
	note("paul", "K1", 4)
	second := w.now
	w.now = w.now.AddDate(0, 0, 1)
	note("anna", "K3", 5)
	for _, c := range []struct {
		from, to time.Time
		want     string
	}{
		{first, w.now, "2026-03-04 anna 1 100;2026-03-04 paul 3 300;2026-03-05 paul 4 400;2026-03-06 anna 5 500;"},
		{second, second, "2026-03-05 paul 4 400;"},
		{first, first, "2026-03-04 anna 1 100;2026-03-04 paul 3 300;"},
		{w.now, w.now, "2026-03-06 anna 5 500;"},
		{first.AddDate(0, -1, 0), first.AddDate(0, 0, -1), ""},
	} {
		if got := tell(c.from, c.to); got != c.want {
			t.Errorf("from %v to %v: %s, want %s", c.from, c.to, got, c.want)
		}
	}
	if _, err := w.Users(t.Context(), contract, w.now, first); !errors.Is(err, errs.Invalid) {
		t.Errorf("a span that ends before it begins is answered %v", err)
	}
}

func TestUsersBeyondTheFirstAreTogether(t *testing.T) {
	w := newWorld(t)
	for i := range TopUsers + 2 {
		for range TopUsers + 2 - i {
			u := w.use("K", 200)
			u.User = ident.UserID(fmt.Sprintf("user-%02d", i))
			w.Note(u)
		}
	}
	all, err := w.Users(t.Context(), contract, w.now, w.now)
	w.must(err)
	if len(all) != TopUsers+1 || all[0].User != "" || all[0].Requests != 2+1 || all[1].User != "user-00" || all[TopUsers].User != "user-19" {
		t.Errorf("%d rows: %+v", len(all), all)
	}
}
