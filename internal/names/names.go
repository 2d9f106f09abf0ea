// Package names keeps the names that are unique over the whole system: of buckets, mail addresses, access keys and canonical ids.
// They are spread over 256 partitions by a hash that never changes. What a name stands for is opaque here: the id of its owner, as
// the owner's room encodes it. It never decides who may have a name.
//
// A name becomes someone's in two steps, so that it can be part of an intent that spans partitions: Reserve, then Activate, which is
// the instant; and it ends by MarkDeleting, then Release, or Restore. Every step may be repeated after a crash with the same result.
package names

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"

	"coffer/internal/errs"
	"coffer/internal/meta"
)

// Space is a kind of name. The same name may be in several spaces.
type Space byte

// The spaces. Their numbers are stored.
const (
	Buckets    Space = 1
	Mails      Space = 2
	AccessKeys Space = 3
	Canonicals Space = 4
	KeyIDs     Space = 5
)

var spaceNames = [...]string{Buckets: "bucket name", Mails: "mail address", AccessKeys: "access key", Canonicals: "canonical id", KeyIDs: "key id"}

// String says what a name of the space is.
func (s Space) String() string {
	if s >= Buckets && s <= KeyIDs {
		return spaceNames[s]
	}
	return "unknown space"
}

// State is where a name is in its life. The numbers are stored.
type State byte

// The states.
const (
	Pending  State = 1 // reserved: nobody else can have it, it does not count yet
	Active   State = 2
	Deleting State = 3 // on its way out: still taken
)

// Limits of a name and of what it stands for, in bytes.
const (
	MaxName  = 320
	MaxValue = 1024
)

// Entry is what a name stands for.
type Entry struct {
	Value []byte
	State State
}

// Directory is the directory of names in a store. It holds nothing but the store and is safe for concurrent use.
type Directory struct{ Store meta.Store }

// Lookup returns the entry of a name in any state, or errs.NotFound.
func (d Directory) Lookup(ctx context.Context, s Space, name string) (Entry, error) {
	if err := check(s, name); err != nil {
		return Entry{}, err
	}
	var e Entry
	err := d.Store.View(ctx, partition(s, name), func(r meta.Reader) error {
		row, err := r.Get(key(s, name))
		if err != nil {
			return err
		}
		e, err = decode(row)
		return err
	})
	if err != nil {
		return Entry{}, about(s, name, err)
	}
	return e, nil
}

// Reserve takes a name for value. It returns nil when the name is pending or active with that value already, and errs.Exists when it
// stands for another one or is being deleted.
func (d Directory) Reserve(ctx context.Context, s Space, name string, value []byte) error {
	return d.change(ctx, s, name, value, func(e Entry, found bool) (State, error) {
		switch {
		case !found:
			return Pending, nil
		case !bytes.Equal(e.Value, value) || e.State == Deleting:
			return 0, errs.New(errs.Exists, "", "this "+s.String()+" is taken")
		}
		return e.State, nil
	})
}

// Activate makes a reserved name active. It returns nil when it is already, errs.NotFound when the name is free and errs.Conflict when
// it stands for another value or is being deleted.
func (d Directory) Activate(ctx context.Context, s Space, name string, value []byte) error {
	return d.change(ctx, s, name, value, func(e Entry, found bool) (State, error) {
		return move(s, e, found, value, Active, Pending)
	})
}

// Confirm makes a name that is reserved for claim active, standing for value from then on. Two who reserve a name for the same value are
// told apart by what they claim it for. It returns nil when the name is active with value already, errs.NotFound when it is free and
// errs.Conflict else. A name that is reserved for value itself is confirmed too: earlier releases reserved so.
func (d Directory) Confirm(ctx context.Context, s Space, name string, claim, value []byte) error {
	return d.change(ctx, s, name, value, func(e Entry, found bool) (State, error) {
		if found && e.State == Pending && bytes.Equal(e.Value, claim) {
			return Active, nil
		}
		return move(s, e, found, value, Active, Pending)
	})
}

// Cancel frees a name that is reserved for claim, or for value as in earlier releases. It returns nil when it is in no such state: then
// it is free, or somebody else's.
func (d Directory) Cancel(ctx context.Context, s Space, name string, claim, value []byte) error {
	return d.change(meta.Freeing(ctx), s, name, value, func(e Entry, found bool) (State, error) {
		if found && e.State == Pending && (bytes.Equal(e.Value, claim) || bytes.Equal(e.Value, value)) {
			return 0, nil
		}
		return e.State, nil
	})
}

// MarkDeleting begins the end of an active name. It returns nil when it began already, errs.NotFound when the name is free and
// errs.Conflict when it stands for another value or was never active.
func (d Directory) MarkDeleting(ctx context.Context, s Space, name string, value []byte) error {
	return d.change(ctx, s, name, value, func(e Entry, found bool) (State, error) {
		return move(s, e, found, value, Deleting, Active)
	})
}

// Restore makes a name that is being deleted active again. It returns nil when it is already, errs.NotFound when the name is free and
// errs.Conflict when it stands for another value or was never active.
func (d Directory) Restore(ctx context.Context, s Space, name string, value []byte) error {
	return d.change(ctx, s, name, value, func(e Entry, found bool) (State, error) {
		return move(s, e, found, value, Active, Deleting)
	})
}

// Release frees a name that stands for value, whatever its state. It returns nil when the name is free or stands for another value:
// then it was released before.
func (d Directory) Release(ctx context.Context, s Space, name string, value []byte) error {
	return d.change(meta.Freeing(ctx), s, name, value, func(e Entry, found bool) (State, error) {
		if !found || !bytes.Equal(e.Value, value) {
			return e.State, nil
		}
		return 0, nil
	})
}

// Replace lets an active name stand for next in place of value, in one step. It returns nil when it does already, errs.NotFound when the name
// is free and errs.Conflict when it stands for something else or is not active.
func (d Directory) Replace(ctx context.Context, s Space, name string, value, next []byte) error {
	if err := check(s, name); err != nil {
		return err
	}
	if len(next) == 0 || len(next) > MaxValue {
		return errs.Fault("names", fmt.Errorf("a value of %d bytes, 1 to %d are allowed", len(next), MaxValue))
	}
	k := key(s, name)
	return about(s, name, d.Store.Update(ctx, partition(s, name), k.Route, func(tx meta.Tx) error {
		e, found, err := read(tx, k)
		if err != nil || found && e.State == Active && bytes.Equal(e.Value, next) {
			return err
		}
		if _, err := move(s, e, found, value, Active, Active); err != nil {
			return err
		}
		return tx.Put(k, encode(Entry{next, Active}))
	}))
}

// move is the next state of a name that goes from one state to another, or stays there.
func move(s Space, e Entry, found bool, value []byte, to, from State) (State, error) {
	switch {
	case !found:
		return 0, errs.New(errs.NotFound, "", "there is no such "+s.String())
	case !bytes.Equal(e.Value, value) || e.State != to && e.State != from:
		return 0, errs.New(errs.Conflict, "", "this "+s.String()+" is in use or about to change")
	}
	return to, nil
}

// change puts a name into the state that next tells: 0 frees it. Where nothing changes nothing is written.
func (d Directory) change(ctx context.Context, s Space, name string, value []byte, next func(Entry, bool) (State, error)) error {
	if err := check(s, name); err != nil {
		return err
	}
	if len(value) == 0 || len(value) > MaxValue {
		return errs.Fault("names", fmt.Errorf("a value of %d bytes, 1 to %d are allowed", len(value), MaxValue))
	}
	k := key(s, name)
	err := d.Store.Update(ctx, partition(s, name), k.Route, func(tx meta.Tx) error {
		e, found, err := read(tx, k)
		if err != nil {
			return err
		}
		state, err := next(e, found)
		if err != nil || state == e.State {
			return err
		}
		if state == 0 {
			return tx.Delete(k)
		}
		return tx.Put(k, encode(Entry{value, state}))
	})
	return about(s, name, err)
}

func read(tx meta.Tx, k meta.Key) (Entry, bool, error) {
	row, err := tx.Get(k)
	if errors.Is(err, errs.NotFound) {
		return Entry{}, false, nil
	}
	if err != nil {
		return Entry{}, false, err
	}
	e, err := decode(row)
	return e, err == nil, err
}

// about says which name an error is about. An access key is no secret; its secret is never a name.
func about(s Space, name string, err error) error {
	if err == nil {
		return nil
	}
	public := errs.PublicOf(err)
	if public == "" && errors.Is(err, errs.NotFound) {
		public = "there is no such " + s.String()
	}
	return &errs.Error{Op: "names", Kind: errs.KindOf(err), Code: errs.CodeOf(err), Subject: errs.Subject(name), Public: public, Err: err}
}

func check(s Space, name string) error {
	if s < Buckets || s > KeyIDs {
		return errs.Fault("names", fmt.Errorf("space %d is not a space", s))
	}
	if len(name) == 0 || len(name) > MaxName {
		return errs.New(errs.Invalid, "", fmt.Sprintf("a %s of %d bytes: 1 to %d are allowed", s, len(name), MaxName))
	}
	return nil
}

// partition spreads names evenly. It can never change: the names are where it said when they were made.
func partition(s Space, name string) meta.Partition {
	h := fnv.New32a()
	h.Write([]byte{byte(s)})
	h.Write([]byte(name))
	sum := h.Sum32()
	return meta.Partition(fmt.Sprintf("d/%02x", byte(sum>>24^sum>>16^sum>>8^sum)))
}

func key(s Space, name string) meta.Key { return meta.Key{Kind: meta.Kind(s), Route: meta.Route(name)} }

// A row is the version, the state and the value.
const rowVersion = 1

func encode(e Entry) []byte { return append([]byte{rowVersion, byte(e.State)}, e.Value...) }

func decode(row []byte) (Entry, error) {
	if len(row) < 3 || row[0] != rowVersion || row[1] < byte(Pending) || row[1] > byte(Deleting) {
		return Entry{}, &errs.Error{Op: "names", Kind: errs.Corrupt, Public: "the row of a name can't be read"}
	}
	return Entry{Value: row[2:], State: State(row[1])}, nil
}
