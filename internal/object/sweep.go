package object

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"

	"coffer/internal/blob"
	"coffer/internal/meta"
	"coffer/internal/object/pages"
)

// Sweep looks, once after a start, for what earlier runs left: queues that were not drained, which Collect then does, and blobs of
// ended sessions that no row names. It needs no clock: nobody writes for an ended session, so what is unnamed stays so.
func (s *Service) Sweep(ctx context.Context) error {
	err := s.eachPartition(ctx, bucketPrefix, func(p meta.Partition) error {
		return s.meta.View(ctx, p, func(r meta.Reader) error {
			return r.Queue(queueGarbage, 0, 1, func(uint64, []byte) error {
				s.dirty.Mark(p)
				return nil
			})
		})
	})
	if err != nil {
		return err
	}
	return s.collectSessions(ctx)
}

var collectedKey = meta.Key{Kind: kindCollected}

// collectSessions goes over the blobs of the sessions that ended since it last came to its end.
func (s *Service) collectSessions(ctx context.Context) error {
	var done uint64
	err := s.meta.View(ctx, systemPartition, func(r meta.Reader) error {
		value, err := r.Get(collectedKey)
		if isNotFound(err) {
			return nil
		} else if err != nil {
			return err
		}
		d := decode(value)
		done = d.uint64()
		return d.end("collected sessions")
	})
	if err != nil {
		return err
	}
	first, last := done+1, s.blobs.Session()-1
	if first > last || s.blobs.Session() == 0 {
		return nil
	}
	if err := s.collectBlobs(ctx, first, last); err != nil {
		return err
	}
	return s.meta.Update(ctx, systemPartition, "", func(tx meta.Tx) error {
		return tx.Put(collectedKey, binary.BigEndian.AppendUint64([]byte{rowVersion}, last))
	})
}

func (s *Service) collectBlobs(ctx context.Context, first, last uint64) error {
	var j judge
	var cursor string
	for {
		list, next, err := s.blobs.List(ctx, first, last, cursor, collectEntries)
		if err != nil {
			return err
		}
		var unnamed []blob.Ref
		for i := range list {
			named, err := j.named(ctx, s, &list[i])
			if err != nil {
				return err
			}
			if !named {
				unnamed = append(unnamed, list[i].Ref)
			}
		}
		if len(unnamed) > 0 {
			s.log.Info("removing content that no object names", "blobs", len(unnamed))
			if err := s.blobs.Delete(ctx, unnamed); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		cursor = next
	}
}

// A judge says whether blobs are named. It keeps the names of the last key, since an upload's parts come together.
type judge struct {
	owner blob.Owner
	refs  map[blob.Ref]bool
}

// named reports whether a row names the blob. A name found earlier counts: what loses its name later goes through the queue.
func (j *judge) named(ctx context.Context, s *Service, info *blob.Info) (bool, error) {
	if !strings.HasPrefix(info.Owner.Partition, string(bucketPrefix)) {
		return true, nil
	}
	if info.Owner == j.owner && j.refs[info.Ref] {
		return true, nil
	}
	j.owner, j.refs = info.Owner, make(map[blob.Ref]bool)
	err := s.meta.View(ctx, meta.Partition(info.Owner.Partition), func(r meta.Reader) error {
		return j.read(r, meta.Route(info.Owner.Route))
	})
	return j.refs[info.Ref], err
}

// read gathers what a key's rows name. A name only ever moves from a part to a page and from the live row to ver, so reading in that
// order misses none.
func (j *judge) read(r meta.Reader, route meta.Route) error {
	from, to := meta.AtRoute(route), meta.AfterRoute(route)
	var p pages.Page
	var part partRow
	var rec record
	return errors.Join(
		scanAll(r, kindPart, from, to, func(_, _, value []byte) error {
			err := part.decode(value)
			j.refs[blob.Ref(part.ref)] = true
			return err
		}),
		scanAll(r, kindPage, from, to, func(_, _, value []byte) error {
			err := p.Decode(value)
			for i := range p.Parts {
				j.refs[blob.Ref(p.Parts[i].Ref)] = true
			}
			return err
		}),
		scanAll(r, kindLive, from, to, j.record(&rec)),
		scanAll(r, kindVer, from, to, j.record(&rec)))
}

func (j *judge) record(rec *record) func(_, _, value []byte) error {
	return func(_, _, value []byte) error {
		err := rec.decode(value)
		if rec.home == homeBlob {
			j.refs[blob.Ref(rec.ref)] = true
		}
		return err
	}
}
