package usage

import (
	"cmp"
	"context"
	"slices"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// todayRow is kind 115.
type todayRow struct {
	Measured time.Time `json:"measured"`
}

// BucketDay is what a bucket held at the last measurement of a day.
type BucketDay struct {
	Day time.Time // midnight, UTC
	Held
}

// Measure writes down what the buckets of a contract hold now, for today. A measurement later on the day takes its place.
func (s *Service) Measure(ctx context.Context, c ident.ContractID) error {
	now := s.cfg.Clock().UTC()
	tail := now.Format(dayForm)
	err := s.cfg.Buckets.Held(ctx, c, func(h *Held) error {
		row := heldRow{h.Name, h.Region, h.Owner, h.Objects, h.Versions, h.Bytes}
		route := bucketRoute(h.ID)
		return s.cfg.Meta.Update(ctx, partition(c), route, func(tx meta.Tx) error {
			return put(tx, meta.Key{Kind: kindHeld, Route: route, Tail: tail}, row)
		})
	})
	if err == nil {
		err = s.cfg.Meta.Update(ctx, partition(c), usageRoute, func(tx meta.Tx) error {
			return put(tx, meta.Key{Kind: kindToday, Route: usageRoute}, todayRow{now})
		})
	}
	return errs.Wrap("usage.Measure", err)
}

// measured returns when a contract's buckets were measured last.
func (s *Service) measured(ctx context.Context, c ident.ContractID) (time.Time, error) {
	var row todayRow
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) error {
		return get(r, meta.Key{Kind: kindToday, Route: usageRoute}, &row)
	})
	return row.Measured, err
}

// Buckets returns what buckets of a contract held on the days from the one of from to the one of to, in order of days and names: all of
// them, or the one of the id. Today is measured now.
func (s *Service) Buckets(ctx context.Context, c ident.ContractID, of ident.BucketID, from, to time.Time) ([]BucketDay, error) {
	first, last, err := span(from, to)
	if err != nil {
		return nil, err
	}
	if last >= dayOf(s.cfg.Clock()) {
		if err := s.Measure(ctx, c); err != nil {
			return nil, err
		}
	}
	lo, hi := dayText(first), dayText(last)
	var begin, end []byte
	if of != "" {
		begin, end = meta.At(bucketRoute(of), lo), meta.At(bucketRoute(of), dayText(last+1))
	}
	var all []BucketDay
	err = s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) error {
		return scan(r, kindHeld, begin, end, func(_, tail string, raw []byte) error {
			if tail < lo || tail > hi {
				return nil
			}
			var row heldRow
			if err := decode(raw, &row); err != nil {
				return err
			}
			day, err := time.Parse(dayForm, tail)
			if err != nil {
				return errs.New(errs.Corrupt, "", "A row of usage can't be read.").Because(err)
			}
			all = append(all, BucketDay{day, Held{Name: row.Name, Region: row.Region, Owner: row.Owner, Objects: row.Objects, Versions: row.Versions, Bytes: row.Bytes}})
			return nil
		})
	})
	slices.SortFunc(all, func(a, b BucketDay) int { return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.Name, b.Name)) })
	return all, errs.Wrap("usage.Buckets", err)
}

// Start flushes and measures in the background until Stop.
func (s *Service) Start() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop, s.stopped = stop, make(chan struct{})
	go func() {
		defer close(s.stopped)
		tick := time.NewTicker(FlushEvery)
		defer tick.Stop()
		var next time.Time
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if err := s.Flush(ctx); err != nil && ctx.Err() == nil {
				s.cfg.Log.Warn("usage: counts are written later", "error", err)
			}
			if now := s.cfg.Clock(); !now.Before(next) {
				s.measureAll(ctx, now)
				next = now.Add(MeasureEvery)
			}
		}
	}()
}

// measureAll measures the contracts whose turn it is.
func (s *Service) measureAll(ctx context.Context, now time.Time) {
	all, err := s.cfg.Contracts(ctx)
	for _, c := range all {
		last, e := s.measured(ctx, c)
		if e == nil && (now.Sub(last) >= MeasureEvery || dayOf(last) != dayOf(now)) {
			e = s.Measure(ctx, c)
		}
		if e != nil {
			err = e
		}
	}
	if err != nil && ctx.Err() == nil {
		s.cfg.Log.Warn("usage: buckets are measured later", "error", err)
	}
}

// Stop ends the background work and writes down what was counted.
func (s *Service) Stop() {
	if s.stop == nil {
		return
	}
	s.stop()
	<-s.stopped
	s.stop = nil
	if err := s.Flush(context.Background()); err != nil {
		s.cfg.Log.Error("usage: what was counted since the last flush is lost", "error", err)
	}
}
