package pebble

import (
	"errors"

	"coffer/internal/errs"
	"coffer/internal/meta"
)

// tx is the meta.Tx of one update. An error of a write stays with it: an update that overlooks one fails all the same.
type tx struct {
	route meta.Route
	batch *batch // nil: the update has ended
	from  mark
	err   error
}

func (t *tx) begin(b *batch) { t.batch, t.from, t.err = b, b.mark(), nil }

func (t *tx) Get(k meta.Key) ([]byte, error) {
	if err := t.check(k); err != nil {
		return nil, err
	}
	start := len(t.batch.arena)
	value, err := t.batch.get(t.batch.rowKey(k))
	t.batch.arena = t.batch.arena[:start]
	return value, err
}

func (t *tx) Put(k meta.Key, value []byte) error {
	if err := t.check(k); err != nil {
		return err
	}
	if err := t.batch.part.store.limits.CheckValue(value); err != nil {
		return t.fail(err)
	}
	t.batch.set(t.batch.rowKey(k), value)
	return t.within()
}

func (t *tx) Delete(k meta.Key) error {
	if err := t.check(k); err != nil {
		return err
	}
	t.batch.set(t.batch.rowKey(k), nil)
	return t.within()
}

func (t *tx) Add(c meta.Counter, delta int64) {
	if t.ended() != nil {
		return
	}
	if err := meta.CheckCounter(c); err != nil {
		t.fail(err)
		return
	}
	t.batch.adds = append(t.batch.adds, add{c, delta})
}

func (t *tx) Append(q meta.Queue, row []byte) {
	if t.ended() != nil {
		return
	}
	if err := meta.CheckQueue(q); err != nil {
		t.fail(err)
		return
	}
	if err := t.batch.part.store.limits.CheckValue(row); err != nil {
		t.fail(err)
		return
	}
	t.batch.append(q, row)
	_ = t.within() // kept in t.err
}

func (t *tx) check(k meta.Key) error {
	if err := t.ended(); err != nil {
		return err
	}
	if err := meta.CheckOwn(t.route, k); err != nil {
		return t.fail(err)
	}
	if err := t.batch.part.store.limits.CheckKey(k); err != nil {
		return t.fail(err)
	}
	return nil
}

// within refuses an update that grew above what one may write.
func (t *tx) within() error {
	rows, bytes := len(t.batch.writes)-t.from.writes, t.batch.bytes-t.from.bytes
	if err := t.batch.part.store.limits.CheckUpdate(rows, bytes); err != nil {
		return t.fail(err)
	}
	return nil
}

func (t *tx) ended() error {
	if t.batch == nil {
		return errs.Fault("pebble.Update", errors.New("an update is used after its function returned"))
	}
	return nil
}

func (t *tx) fail(err error) error {
	if t.err == nil {
		t.err = err
	}
	return err
}
