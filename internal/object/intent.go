package object

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/names"
)

// Making and deleting a bucket spans three partitions: the contract's, the directory's and the bucket's own. Each is recorded as an
// intent with the owner before anything else is written, and each step may be repeated, so that resume finishes it after a failure
// or a crash at any point.
//
//	make:   intent and count | name pending | header | name active: it exists | bucket listed, intent cleared
//	delete: intent | name deleting | fence, empty? | name released: it is gone | bucket unlisted, intent says drop | rows dropped, intent cleared

// An intent is a bucket being made, deleted or handed over.
type intent struct {
	step   intentStep
	bucket *Bucket
	from   ident.UserID // whose a bucket was that is handed over; the bucket is as it will be
}

type intentStep byte

const (
	intentMake   intentStep = iota + 1
	intentDelete            // may still be given up
	intentDrop              // deleted; its rows and blobs remain to be removed
	intentMove              // changes its owner
)

func (i *intent) encode() []byte {
	b := []byte{rowVersion, byte(i.step)}
	if i.step == intentMove {
		b = appendBytes(b, i.from)
	}
	return i.bucket.encode(b)
}

func decodeIntent(value []byte) (*intent, error) {
	i, d := &intent{}, decode(value)
	step := intentStep(d.byte())
	if step == intentMove {
		i.from = ident.UserID(d.bytes())
	}
	if d.Fail || step < intentMake || step > intentMove {
		return nil, badRow("intent")
	}
	i.step = step
	var err error
	i.bucket, err = decodeBucket(d.B)
	return i, err
}

// ownerRoute is the route of the owner's rows in the contract's partition.
func (b *Bucket) ownerRoute() meta.Route {
	if b.Ownership == ident.UserOwned {
		return meta.Route(b.User)
	}
	return ownerContract
}

func contractPartition(c ident.ContractID) meta.Partition {
	return contractPrefix + meta.Partition(fmt.Sprintf("%08d", uint32(c)))
}

func (b *Bucket) intentKey() meta.Key {
	return meta.Key{Kind: kindIntent, Route: b.ownerRoute(), Tail: string(b.ID)}
}

// key is where the intent is: a handover's beside the others, with the new owner.
func (i *intent) key() meta.Key {
	k := i.bucket.intentKey()
	if i.step == intentMove {
		k.Tail += "/move"
	}
	return k
}

func (b *Bucket) ownedKey() meta.Key {
	return meta.Key{Kind: kindOwned, Route: b.ownerRoute(), Tail: string(b.Name)}
}

func (b *Bucket) countKey() meta.Key {
	return meta.Key{Kind: kindCount, Route: b.ownerRoute()}
}

// updateOwner runs an update of the owner's rows.
func (s *Service) updateOwner(ctx context.Context, b *Bucket, fn func(meta.Tx) error) error {
	return s.meta.Update(ctx, contractPartition(b.Contract), b.ownerRoute(), fn)
}

// begin records an intent. Making counts against the owner's limit at once.
func (s *Service) begin(ctx context.Context, i *intent) error {
	return s.updateOwner(ctx, i.bucket, func(tx meta.Tx) error {
		if i.step == intentMake || i.step == intentMove {
			if err := s.addToCount(tx, i.bucket, 1); err != nil {
				return err
			}
		}
		return tx.Put(i.key(), i.encode())
	})
}

func readCount(get func(meta.Key) ([]byte, error), k meta.Key) (int, error) {
	value, err := get(k)
	if isNotFound(err) {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	d := decode(value)
	n := int(d.int())
	return n, d.end("bucket count")
}

func (s *Service) addToCount(tx meta.Tx, b *Bucket, delta int) error {
	n, err := readCount(tx.Get, b.countKey())
	if err != nil {
		return err
	}
	limit := s.cfg.ContractBuckets
	if b.Ownership == ident.UserOwned {
		limit = s.cfg.UserBuckets
	}
	if delta > 0 && n >= limit {
		return errs.New(errs.Limit, "TooManyBuckets", fmt.Sprintf("You have attempted to create more buckets than allowed: at most %d.", limit))
	}
	if n+delta <= 0 {
		return tx.Delete(b.countKey())
	}
	return tx.Put(b.countKey(), appendInt([]byte{rowVersion}, int64(n+delta)))
}

// resume finishes an intent or gives it up, whichever its recorded progress allows. For a deletion it returns errs.NotEmpty where
// the bucket has content. The caller holds the name's stripe.
func (s *Service) resume(ctx context.Context, i *intent) error {
	switch i.step {
	case intentMake:
		return s.resumeMake(ctx, i)
	case intentDelete:
		return s.resumeDelete(ctx, i)
	case intentMove:
		return s.resumeMove(ctx, i)
	}
	s.later(i)
	return nil
}

// standing returns the name's entry as far as it is about this life of the bucket.
func (s *Service) standing(ctx context.Context, b *Bucket) (names.State, error) {
	e, err := s.names.Lookup(ctx, names.Buckets, string(b.Name))
	if isNotFound(err) {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	if !bytes.Equal(e.Value, b.named()) {
		return 0, nil
	}
	return e.State, nil
}

// resumeMake finishes a making whose name became active, and undoes any other.
func (s *Service) resumeMake(ctx context.Context, i *intent) error {
	_, err := s.settleMake(ctx, i)
	return err
}

// settleMake is resumeMake that also says whether the bucket exists.
func (s *Service) settleMake(ctx context.Context, i *intent) (made bool, err error) {
	b := i.bucket
	state, err := s.standing(ctx, b)
	if err != nil {
		return false, err
	}
	if state == names.Active {
		return true, s.endIntent(ctx, b, b.intentKey(), func(tx meta.Tx) error { return tx.Put(b.ownedKey(), b.encode(nil)) })
	}
	if err := s.names.Release(ctx, names.Buckets, string(b.Name), b.named()); err != nil {
		return false, err
	}
	if err := s.dropHeader(ctx, b); err != nil {
		return false, err
	}
	return false, s.endIntent(ctx, b, b.intentKey(), func(tx meta.Tx) error { return s.addToCount(tx, b, -1) })
}

// dropHeader removes the partition of a bucket that never was, if it was begun.
func (s *Service) dropHeader(ctx context.Context, b *Bucket) error {
	err := s.view(ctx, b, func(r meta.Reader) error {
		_, err := r.Get(meta.Key{Kind: kindBucket})
		return err
	})
	if isNotFound(err) {
		return nil
	} else if err != nil {
		return err
	}
	return s.dropPartition(ctx, b)
}

// endIntent clears the intent, together with what fn does; nothing happens where it is cleared already.
func (s *Service) endIntent(ctx context.Context, b *Bucket, at meta.Key, fn func(meta.Tx) error) error {
	return s.updateOwner(ctx, b, func(tx meta.Tx) error {
		if _, err := tx.Get(at); isNotFound(err) {
			return nil
		} else if err != nil {
			return err
		}
		if err := tx.Delete(at); err != nil {
			return err
		}
		return fn(tx)
	})
}

// dropPartition removes all of a bucket's rows for good. The blobs that they name are removed before.
func (s *Service) dropPartition(ctx context.Context, b *Bucket) error {
	if err := s.meta.Fence(ctx, b.partition(), true); err != nil {
		return err
	}
	if err := s.deleteAllBlobs(ctx, b); err != nil {
		return err
	}
	return s.meta.Drop(ctx, b.partition())
}

// resumeDelete goes on with a deletion: a name that is still active was given up or not begun.
func (s *Service) resumeDelete(ctx context.Context, i *intent) error {
	b := i.bucket
	state, err := s.standing(ctx, b)
	if err != nil {
		return err
	}
	switch state {
	case names.Active:
		return s.endIntent(ctx, b, b.intentKey(), func(meta.Tx) error { return nil })
	case names.Deleting:
		return s.closeAndRelease(ctx, i)
	}
	return s.unlist(ctx, i)
}

// closeAndRelease closes the partition, makes sure it is empty, and frees the name: the instant at which the bucket is gone. A bucket
// that is not empty is opened again.
func (s *Service) closeAndRelease(ctx context.Context, i *intent) error {
	b := i.bucket
	if err := s.meta.Fence(ctx, b.partition(), true); err != nil {
		return err
	}
	err := s.checkEmpty(ctx, b)
	if errors.Is(err, errs.NotEmpty) {
		return errors.Join(err, s.giveUpDeletion(ctx, i))
	}
	if err != nil {
		return err
	}
	s.buckets.Drop(b.Name)
	if err := s.names.Release(ctx, names.Buckets, string(b.Name), b.named()); err != nil {
		return err
	}
	s.quota.Forget(b.account())
	return s.unlist(ctx, i)
}

func (s *Service) giveUpDeletion(ctx context.Context, i *intent) error {
	b := i.bucket
	if err := s.meta.Fence(ctx, b.partition(), false); err != nil {
		return err
	}
	if err := s.names.Restore(ctx, names.Buckets, string(b.Name), b.named()); err != nil {
		return err
	}
	return s.endIntent(ctx, b, b.intentKey(), func(meta.Tx) error { return nil })
}

// unlist takes a deleted bucket from its owner's list and count, and leaves its rows to collection.
func (s *Service) unlist(ctx context.Context, i *intent) error {
	b := i.bucket
	drop := &intent{step: intentDrop, bucket: b}
	err := s.updateOwner(ctx, b, func(tx meta.Tx) error {
		value, err := tx.Get(b.intentKey())
		if err != nil {
			return err
		}
		if now, err := decodeIntent(value); err != nil || now.step == intentDrop {
			return err
		}
		if err := s.removeOwned(tx, b); err != nil {
			return err
		}
		return tx.Put(b.intentKey(), drop.encode())
	})
	if isNotFound(err) {
		return nil
	} else if err != nil {
		return err
	}
	s.later(drop)
	return nil
}

// later leaves an intent to collection.
func (s *Service) later(i *intent) {
	s.waiting.Put(i.bucket.partition(), i)
	s.dirty.Mark(i.bucket.partition())
}

// removeOwned removes the bucket from the list, unless the name has a new life there already, and from the count.
func (s *Service) removeOwned(tx meta.Tx, b *Bucket) error {
	if err := s.addToCount(tx, b, -1); err != nil {
		return err
	}
	value, err := tx.Get(b.ownedKey())
	if isNotFound(err) {
		return nil
	} else if err != nil {
		return err
	}
	listed, err := decodeBucket(value)
	if err != nil || listed.ID != b.ID {
		return err
	}
	return tx.Delete(b.ownedKey())
}

// drop removes what is left of a deleted bucket. While a reader of its content is at work the rows stay: it reports false, and
// collection comes back.
func (s *Service) drop(ctx context.Context, i *intent) (bool, error) {
	b := i.bucket
	if s.pins.Reading(b.partition()) {
		return false, nil
	}
	if err := s.dropPartition(ctx, b); err != nil {
		return false, err
	}
	return true, s.endIntent(ctx, b, b.intentKey(), func(meta.Tx) error { return nil })
}

// finish resumes an intent that was left to collection and reports whether it ended.
func (s *Service) finish(ctx context.Context, i *intent) (bool, error) {
	if i.step == intentDrop {
		return s.drop(ctx, i)
	}
	mu := s.stripe(i.bucket.Name)
	mu.Lock()
	defer mu.Unlock()
	err := s.resume(ctx, i)
	return err == nil || errors.Is(err, errs.NotEmpty), err
}

// settle finishes what a failed operation left of a name that is neither free nor active. The caller holds the name's stripe.
func (s *Service) settle(ctx context.Context, e names.Entry) error {
	known, err := decodeNamed(e.Value)
	if err != nil {
		return err
	}
	var value []byte
	err = s.meta.View(ctx, contractPartition(known.Contract), func(r meta.Reader) (err error) {
		value, err = r.Get(known.intentKey())
		return err
	})
	if isNotFound(err) {
		return operationAborted().Because(errors.New("a bucket's name is neither free nor active and has no intent"))
	} else if err != nil {
		return err
	}
	i, err := decodeIntent(value)
	if err != nil {
		return err
	}
	err = s.resume(ctx, i)
	if errors.Is(err, errs.NotEmpty) {
		return nil
	}
	return err
}

// Recover finishes or gives up the makings and deletions of buckets that an earlier run left; what is slow is left to collection. It
// is called before the first request.
func (s *Service) Recover(ctx context.Context) error {
	return s.eachPartition(ctx, contractPrefix, func(p meta.Partition) error {
		intents, err := s.intents(ctx, p)
		if err != nil {
			return err
		}
		for _, i := range intents {
			if err := s.recoverIntent(ctx, i); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) recoverIntent(ctx context.Context, i *intent) error {
	mu := s.stripe(i.bucket.Name)
	mu.Lock()
	defer mu.Unlock()
	err := s.resume(ctx, i)
	if errors.Is(err, errs.NotEmpty) {
		return nil
	}
	return err
}

func (s *Service) intents(ctx context.Context, p meta.Partition) ([]*intent, error) {
	var all []*intent
	err := s.meta.View(ctx, p, func(r meta.Reader) error {
		return scanAll(r, kindIntent, nil, nil, func(_, _, value []byte) error {
			i, err := decodeIntent(value)
			all = append(all, i)
			return err
		})
	})
	return all, err
}

// eachPartition calls fn for every partition whose name begins with prefix.
func (s *Service) eachPartition(ctx context.Context, prefix meta.Partition, fn func(meta.Partition) error) error {
	const page = 256
	var cursor meta.Partition
	for {
		list, next, err := s.meta.Partitions(ctx, prefix, cursor, page)
		if err != nil {
			return err
		}
		for _, p := range list {
			if err := fn(p); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		cursor = next
	}
}

// scanAll visits every row of a range, whatever the engine's budget of one scan.
func scanAll(r meta.Reader, k meta.Kind, from, to []byte, visit func(route, tail, value []byte) error) error {
	for {
		next, err := r.Scan(k, from, to, meta.Budget{}, func(route, tail, value []byte) ([]byte, error) {
			return nil, visit(route, tail, value)
		})
		if err != nil || next == nil {
			return err
		}
		from = next
	}
}
