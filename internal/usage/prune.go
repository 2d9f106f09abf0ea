package usage

import (
	"context"
	"errors"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// PruneBatch is the most rows that one call of Prune removes.
const PruneBatch = 256

// Prune removes what was counted of a contract's keys and measured of its buckets on days before the one of before: at most 256 rows. It returns
// how many; fewer than 256 means that none is left. When keys were used last stays.
func (s *Service) Prune(ctx context.Context, c ident.ContractID, before time.Time) (int, error) {
	keys, err := s.stale(ctx, c, dayText(dayOf(before)))
	for i := 0; i < len(keys) && err == nil; {
		route, end := keys[i].Route, i
		for end < len(keys) && keys[end].Route == route {
			end++
		}
		err = s.cfg.Meta.Update(ctx, partition(c), route, func(tx meta.Tx) error {
			for _, k := range keys[i:end] {
				if err := tx.Delete(k); err != nil {
					return err
				}
			}
			return nil
		})
		i = end
	}
	if err != nil {
		return 0, errs.Wrap("usage.Prune", err)
	}
	return len(keys), nil
}

// stale lists rows of days before a day. Those of a route come in order of days, so that one look at a route that has none is enough.
func (s *Service) stale(ctx context.Context, c ident.ContractID, day string) (keys []meta.Key, err error) {
	err = s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) error {
		for _, kind := range []meta.Kind{kindKey, kindHeld} {
			for from := meta.AtRoute(""); from != nil && len(keys) < PruneBatch; {
				if err := ctx.Err(); err != nil {
					return errs.New(errs.Canceled, "", "").Because(err)
				}
				stopped := false
				next, err := r.Scan(kind, from, nil, meta.Budget{}, func(route, tail, _ []byte) ([]byte, error) {
					if string(tail) >= day {
						return meta.AfterRoute(meta.Route(route)), nil
					}
					keys = append(keys, meta.Key{Kind: kind, Route: meta.Route(route), Tail: string(tail)})
					if stopped = len(keys) == PruneBatch; stopped {
						return nil, meta.Stop
					}
					return nil, nil
				})
				if err != nil && !errors.Is(err, meta.Stop) {
					return err
				}
				if from = next; stopped {
					return nil
				}
			}
		}
		return nil
	})
	return keys, err
}
