package pebble

import (
	"bytes"
	"context"

	"github.com/cockroachdb/pebble/v2"

	"coffer/internal/errs"
	"coffer/internal/meta"
)

// trimRows is the number of a queue's rows that one commit removes.
const trimRows = 512

// Fence closes or opens a partition in turn with its updates; see meta.Store. A dropped partition stays closed: errs.Conflict.
func (s *Store) Fence(ctx context.Context, p meta.Partition, closed bool) error {
	return s.submit(meta.Freeing(ctx), p, "", nil, func(b *batch) error {
		switch {
		case b.fence == fenceDropped && !closed:
			return errs.New(errs.Conflict, meta.Fenced, "a dropped partition is never used again").On(errs.Subject(p))
		case closed == (b.fence != fenceOpen):
			return nil
		case closed:
			b.setFence(fenceClosed)
		default:
			b.setFence(fenceOpen)
		}
		return nil
	})
}

// Drop removes a closed partition; see meta.Store. One that is open gets errs.Conflict, one that was dropped before nil.
func (s *Store) Drop(ctx context.Context, p meta.Partition) error {
	return s.submit(meta.Freeing(ctx), p, "", nil, func(b *batch) error {
		switch b.fence {
		case fenceOpen:
			return errs.New(errs.Conflict, "", "a partition is closed before it is dropped").On(errs.Subject(p))
		case fenceClosed:
			b.drop()
			b.setFence(fenceDropped)
		}
		return nil
	})
}

func (b *batch) setFence(f fence) {
	b.fence = f
	if f == fenceOpen {
		b.set(fenceKey(b.part.name), nil)
		return
	}
	b.set(fenceKey(b.part.name), []byte{rowVersion, byte(f)})
}

// Trim removes the oldest rows of a queue, some hundred a commit, oldest first; see meta.Store. The rows are deleted one by one, since a
// range deletion a call would leave a pile of them.
func (s *Store) Trim(ctx context.Context, p meta.Partition, q meta.Queue, upTo uint64) error {
	if err := meta.CheckQueue(q); err != nil {
		return err
	}
	for {
		var keys [][]byte
		err := s.View(ctx, p, func(r meta.Reader) error {
			pt := r.(*reader).part
			return r.Queue(q, 0, trimRows, func(n uint64, _ []byte) error {
				if n > upTo {
					return meta.Stop
				}
				keys = append(keys, appendQueue(nil, pt.prefix, q, n))
				return nil
			})
		})
		if err != nil || len(keys) == 0 {
			return err
		}
		err = s.submit(meta.Freeing(ctx), p, "", nil, func(b *batch) error {
			for _, key := range keys {
				b.set(key, nil)
			}
			return nil
		})
		if err != nil || len(keys) < trimRows {
			return err
		}
	}
}

// Partitions lists partitions by seeking from one to the next; see meta.Store. One whose only commit is under way may be listed.
func (s *Store) Partitions(ctx context.Context, prefix, cursor meta.Partition, max int) ([]meta.Partition, meta.Partition, error) {
	if err := meta.CheckPartitionPrefix(prefix); err != nil {
		return nil, "", err
	}
	if err := meta.CheckPartitionPrefix(cursor); err != nil {
		return nil, "", err
	}
	if err := s.enter(); err != nil {
		return nil, "", err
	}
	defer s.leave()
	lower := []byte(prefix)
	if cursor != "" && cursor >= prefix {
		lower = endOf(cursor)
	}
	if prefix == "" && cursor == "" {
		lower = []byte{own + 1}
	}
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: afterBytes(prefix)})
	if err != nil {
		return nil, "", readError(err)
	}
	var list []meta.Partition
	var next meta.Partition
	for ok := it.First(); ok && ctx.Err() == nil; ok = it.SeekGE(endOf(list[len(list)-1])) {
		if len(list) >= max {
			if max > 0 {
				next = list[max-1]
			}
			break
		}
		key := it.Key()
		i := bytes.IndexByte(key, partitionEnd)
		if i < 0 {
			return nil, "", closeIter(it, &errs.Error{Op: "pebble.Partitions", Kind: errs.Corrupt, Public: "a stored row belongs to no partition"})
		}
		list = append(list, meta.Partition(key[:i]))
	}
	if err := closeIter(it, nil); err != nil {
		return nil, "", err
	}
	if err := ctx.Err(); err != nil {
		return nil, "", canceled(err)
	}
	return list, next, nil
}

// afterBytes returns the first key behind those of partitions that begin with prefix. No byte of a name is ff.
func afterBytes(prefix meta.Partition) []byte {
	if prefix == "" {
		return []byte{0xff}
	}
	end := []byte(prefix)
	end[len(end)-1]++
	return end
}
