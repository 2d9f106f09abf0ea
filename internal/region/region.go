// Package region keeps the regions of the system: those that the configuration names, and those that the operator makes while it runs. It
// never knows what is in them, and never takes one away: buckets may be there.
package region

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// Most is how many regions there are at most, configured and made ones together: hosts of all of them are compared for each request.
const Most = 64

// The regions that were made lie in the partition of the system, on a route of their own, in one row of kind 48.
const (
	kindMade  meta.Kind      = 48
	partition meta.Partition = "o/system"
	route     meta.Route     = "regions"
)

var madeKey = meta.Key{Kind: kindMade, Route: route}

// rowVersion is the first byte of the row; JSON follows. Fields are only ever added.
const rowVersion = 1

// made is kind 48.
type made struct {
	Regions []madeRegion `json:"regions"`
}

type madeRegion struct {
	Name      ident.RegionName `json:"name"`
	Ownership string           `json:"ownership"`
}

// Update changes rows of one route of the system's partition, as meta.Store's Update does, and writes in the same commit the record of the
// act: on what it is, and what it makes of that.
type Update func(ctx context.Context, r meta.Route, subject, detail string, fn func(meta.Tx) error) error

// Registry knows the regions. It is safe for concurrent use.
type Registry struct {
	update     Update
	configured []ident.Region
	all        atomic.Pointer[[]ident.Region]
}

// Open reads the regions that were made. It fails with errs.Conflict where the configuration names one of them with another type: the
// buckets in it would change hands. update is how Make writes.
func Open(ctx context.Context, store meta.Store, update Update, configured []ident.Region) (*Registry, error) {
	r := &Registry{update: update, configured: configured}
	var kept *made
	err := store.View(ctx, partition, func(rd meta.Reader) (err error) {
		kept, err = read(rd)
		return err
	})
	if err != nil {
		return nil, errs.Wrap("region.Open", err)
	}
	for _, m := range kept.Regions {
		i := slices.IndexFunc(configured, func(c ident.Region) bool { return c.Name == m.Name })
		if i >= 0 && configured[i].Ownership.String() != m.Ownership {
			return nil, errs.New(errs.Conflict, "", fmt.Sprintf("the region %s was made as %s and is configured as %s: change it to %s=%s in the setting regions, or take it out",
				m.Name, m.Ownership, configured[i].Ownership, m.Name, m.Ownership))
		}
	}
	return r, r.take(kept)
}

// All returns the regions in order, the configured ones first; the first never changes. The slice is never changed: another one takes its
// place.
func (r *Registry) All() []ident.Region { return *r.all.Load() }

// Make makes a region and returns when it is durable and known at every endpoint of this process. errs.Exists for a name that there is.
func (r *Registry) Make(ctx context.Context, region ident.Region) error {
	if _, err := ident.ParseRegionName(string(region.Name)); err != nil {
		return err
	}
	if _, err := ident.ParseOwnership(region.Ownership.String()); err != nil {
		return err
	}
	var kept *made
	err := r.update(ctx, route, string(region.Name), region.Ownership.String(), func(tx meta.Tx) (err error) {
		if kept, err = read(tx); err != nil {
			return err
		}
		named := func(n ident.RegionName) bool { return n == region.Name }
		if slices.ContainsFunc(r.configured, func(c ident.Region) bool { return named(c.Name) }) ||
			slices.ContainsFunc(kept.Regions, func(m madeRegion) bool { return named(m.Name) }) {
			return errs.New(errs.Exists, "", "There is a region of this name; choose another one.").On(errs.Subject(region.Name))
		}
		if len(r.configured)+len(kept.Regions) >= Most {
			return errs.New(errs.Limit, "", fmt.Sprintf("There are %d regions already, the most there can be.", Most))
		}
		kept.Regions = append(kept.Regions, madeRegion{Name: region.Name, Ownership: region.Ownership.String()})
		raw, err := json.Marshal(kept)
		if err != nil {
			return errs.Fault("region.Make", err)
		}
		return tx.Put(madeKey, append([]byte{rowVersion}, raw...))
	})
	if err != nil {
		return errs.Wrap("region.Make", err)
	}
	return r.take(kept)
}

// take puts the configured and the given regions in the place of those known; fewer than are known, read earlier than those, do not.
func (r *Registry) take(kept *made) error {
	all := slices.Clone(r.configured)
	for _, m := range kept.Regions {
		o, err := ident.ParseOwnership(m.Ownership)
		if err != nil {
			return errs.New(errs.Corrupt, "", "The row of regions can't be read.").Because(err)
		}
		if !slices.ContainsFunc(all, func(c ident.Region) bool { return c.Name == m.Name }) {
			all = append(all, ident.Region{Name: m.Name, Ownership: o})
		}
	}
	for {
		old := r.all.Load()
		if old != nil && len(*old) >= len(all) || r.all.CompareAndSwap(old, &all) {
			return nil
		}
	}
}

func read(g interface {
	Get(k meta.Key) ([]byte, error)
}) (*made, error) {
	raw, err := g.Get(madeKey)
	if errors.Is(err, errs.NotFound) {
		return &made{}, nil
	}
	if err != nil {
		return nil, err
	}
	kept := &made{}
	if len(raw) == 0 || raw[0] != rowVersion || json.Unmarshal(raw[1:], kept) != nil {
		return nil, errs.New(errs.Corrupt, "", "The row of regions is of an unknown version.")
	}
	return kept, nil
}
