package region

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"coffer/internal/engine/pebble"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

var configured = []ident.Region{{Name: "local-1", Ownership: ident.ContractOwned}, {Name: "local-2", Ownership: ident.UserOwned}}

// plainly updates without a record.
func plainly(store meta.Store) Update {
	return func(ctx context.Context, r meta.Route, _, _ string, fn func(meta.Tx) error) error {
		return store.Update(ctx, partition, r, fn)
	}
}

func open(t *testing.T, store meta.Store, regions []ident.Region) *Registry {
	t.Helper()
	r, err := Open(t.Context(), store, plainly(store), regions)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func names(r *Registry) string {
	out := ""
	for _, one := range r.All() {
		out += fmt.Sprintf("%s=%s ", one.Name, one.Ownership)
	}
	return out
}

func TestMadeRegionsStay(t *testing.T) {
	store := pebble.OpenMem()
	t.Cleanup(func() { store.Close() })
	r := open(t, store, configured)
	before := r.All()
	if err := r.Make(t.Context(), ident.Region{Name: "berlin", Ownership: ident.UserOwned}); err != nil {
		t.Fatal(err)
	}
	const want = "local-1=contract-owned local-2=user-owned berlin=user-owned "
	if got := names(r); got != want || len(before) != 2 {
		t.Errorf("the regions are %s, before %v", got, before)
	}
	if got := names(open(t, store, configured)); got != want {
		t.Errorf("after another start the regions are %s", got)
	}
	// One that is configured later stands where the configuration has it, once.
	again := open(t, store, append([]ident.Region{{Name: "berlin", Ownership: ident.UserOwned}}, configured...))
	if got := names(again); got != "berlin=user-owned local-1=contract-owned local-2=user-owned " {
		t.Errorf("configured as well the regions are %s", got)
	}
	if _, err := Open(t.Context(), store, plainly(store), []ident.Region{{Name: "berlin", Ownership: ident.ContractOwned}}); !errors.Is(err, errs.Conflict) {
		t.Errorf("configured with another type it opens: %v", err)
	}
}

func TestRefusedRegionsChangeNothing(t *testing.T) {
	store := pebble.OpenMem()
	t.Cleanup(func() { store.Close() })
	r := open(t, store, configured)
	for name, c := range map[string]struct {
		region ident.Region
		kind   errs.Kind
	}{
		"a configured name": {ident.Region{Name: "local-1", Ownership: ident.UserOwned}, errs.Exists},
		"a malformed name":  {ident.Region{Name: "Berlin", Ownership: ident.UserOwned}, errs.Invalid},
		"no name":           {ident.Region{Ownership: ident.UserOwned}, errs.Invalid},
		"no type":           {ident.Region{Name: "berlin"}, errs.Invalid},
	} {
		if err := r.Make(t.Context(), c.region); !errors.Is(err, c.kind) {
			t.Errorf("%s is answered %v", name, err)
		}
	}
	for i := len(configured); i < Most; i++ {
		if err := r.Make(t.Context(), ident.Region{Name: ident.RegionName(fmt.Sprintf("r-%d", i)), Ownership: ident.UserOwned}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Make(t.Context(), ident.Region{Name: "more", Ownership: ident.UserOwned}); !errors.Is(err, errs.Limit) {
		t.Errorf("one more than the most is answered %v", err)
	}
	if err := r.Make(t.Context(), ident.Region{Name: "r-7", Ownership: ident.UserOwned}); !errors.Is(err, errs.Exists) {
		t.Errorf("a made name is answered %v", err)
	}
	if n := len(r.All()); n != Most {
		t.Errorf("there are %d regions", n)
	}
}

func TestRegionsMadeAtOnceAreAllKnown(t *testing.T) {
	store := pebble.OpenMem()
	t.Cleanup(func() { store.Close() })
	r := open(t, store, configured)
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			if err := r.Make(t.Context(), ident.Region{Name: ident.RegionName(fmt.Sprintf("r-%d", i)), Ownership: ident.UserOwned}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(r.All()); n != 18 {
		t.Errorf("%d regions are known", n)
	}
}
