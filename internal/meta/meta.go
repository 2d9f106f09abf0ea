// Package meta is the seam for rows: ordered maps in partitions, changed atomically one route at a time. It knows neither S3
// nor people, and nothing above it knows which engine serves it. It never stores bulk bytes: those go through package blob.
//
// A row's key is (Kind, Route, Tail). An update touches rows of one Route of one Partition, adds to the partition's counters and
// appends to its queues, and nothing else; an engine may therefore cut a partition by route, keeping all kinds of a route
// together, which is what one RADOS object can promise. Every engine refuses a foreign route. Readers see, for each kind, one
// range over the whole partition, ordered by the bytes of Route and then of Tail.
package meta

import (
	"context"
	"errors"
)

type (
	// Partition names a set of rows with counters and queues of their own: 1 to 64 bytes of [a-z0-9/-]. It needs no making.
	Partition string
	// Route is the part of a row's key that places it: at most Limits.RouteBytes bytes, any bytes, may be empty.
	Route string
	// Kind sorts the rows of a partition into tables. Package names of kinds are declared by the room that owns the rows.
	Kind byte
	// Counter is a number of the partition that updates add to. 0 is not a counter.
	Counter uint16
	// Queue is a list of rows that updates append to and a job drains. 0 is not a queue.
	Queue byte
)

// Key addresses a row. Tail is at most Limits.TailBytes bytes, any bytes, may be empty.
type Key struct {
	Kind  Kind
	Route Route
	Tail  string
}

// Store keeps partitions. It is safe for concurrent use.
type Store interface {
	// View calls fn with a reader of committed rows. Each Get sees one committed instant and so does each Scan, but two calls in a
	// View may see different ones: a caller that needs rows to agree keeps them in one row, or reads again.
	View(ctx context.Context, p Partition, fn func(Reader) error) error

	// Update runs fn and commits what it wrote, all or nothing. fn sees what committed before it plus its own writes, has no side
	// effects, does no I/O, no hashing and no cryptography, and may run again. Updates of a route are serial. An error of fn is
	// returned as it is and undoes fn's writes alone. nil means durable. Once fn ran for the last time the commit is not given up,
	// even when ctx ends. errs.Conflict with code Fenced: the partition is closed. errs.Unavailable: the store is read-only.
	Update(ctx context.Context, p Partition, r Route, fn func(Tx) error) error

	// Fence closes a partition to updates or opens it again, durably. When it returns from closing, every update begun before has
	// ended and every later one fails with Fenced. Whole-partition questions are asked between the two. Repeating it is fine;
	// opening a dropped partition gets errs.Conflict.
	Fence(ctx context.Context, p Partition, closed bool) error
	// Drop removes every row, counter and queue of a partition that is closed, and keeps it closed: its name is never used again. An
	// open one gets errs.Conflict; repeating it is fine.
	Drop(ctx context.Context, p Partition) error
	// Trim removes the rows of a queue up to and including upTo, of a closed partition too. It need not be one commit.
	Trim(ctx context.Context, p Partition, q Queue, upTo uint64) error

	// Partitions lists, in order, at most max partitions that hold rows, counters or queues and whose names begin with prefix, after
	// cursor ("" to begin); the returned cursor is "" at the end.
	Partitions(ctx context.Context, prefix, cursor Partition, max int) ([]Partition, Partition, error)

	Limits() Limits
	// Close waits for updates under way. Later calls fail with errs.Unavailable.
	Close() error
}

// Reader reads committed rows: nothing that it ever returned can be undone by a loss of power. Value slices that it hands out are the
// caller's for Get, and end with the visit for Scan and Queue. It ends with the function and is not safe for concurrent use.
type Reader interface {
	// Get returns the row's value, or errs.NotFound.
	Get(k Key) ([]byte, error)
	// Append is Get into a buffer of the caller's, which may be used again: it returns to with the row's value behind what it held, or
	// to as it was and the error.
	Append(to []byte, k Key) ([]byte, error)
	// Scan visits the rows of a kind whose position lies in [from, to), in order, until visit stops it, the range ends or the budget
	// is used up; in the last case it returns the position to go on from, else nil. nil from and to mean the whole kind.
	// Positions are made by At, AtRoute, After, AfterRoute, FromPrefix, AfterPrefix, AfterTailPrefix and End.
	Scan(k Kind, from, to []byte, b Budget, visit Visit) (next []byte, err error)
	// Count returns the counter's value, 0 if it was never added to.
	Count(c Counter) (int64, error)
	// Queue visits the rows of a queue with a number above after, oldest first, at most max. Numbers grow and are never given twice.
	// Returning Stop ends it without an error.
	Queue(q Queue, after uint64, max int, visit func(n uint64, row []byte) error) error
}

// Visit is called for each row. The slices end with the call. A nil seek goes on to the next row; a position seeks ahead to
// the first row at or after it (never back). Returning Stop ends the scan without an error.
type Visit func(route, tail, value []byte) (seek []byte, err error)

// Stop, returned by a Visit, ends the scan; Scan then returns no error.
var Stop = errors.New("stop")

// Budget bounds a scan: rows stepped over, seeks and rows deleted lately included. 0 means the engine's default. A scan visits at least
// one row if there is one, so that going on from next comes to an end.
type Budget struct{ Rows int }

// Tx is an update under way, on one route of one partition. It is not safe for concurrent use and ends with the function. An error of
// Put, Delete, Add or Append fails the update, even if fn overlooks it.
type Tx interface {
	// Get returns the row's value, or errs.NotFound. The slice must not be changed.
	Get(k Key) ([]byte, error)
	// Put sets the row. value must not be empty and must not be changed until Update returned.
	Put(k Key, value []byte) error
	// Delete removes the row; an absent one is fine.
	Delete(k Key) error
	// Add adds delta to a counter of the partition when the update commits.
	Add(c Counter, delta int64)
	// Append puts a row, which must not be empty and must not be changed until Update returned, at the end of a queue of the partition
	// when the update commits.
	Append(q Queue, row []byte)
}

// Limits are an engine's bounds, in bytes and counts.
type Limits struct {
	RouteBytes  int // the longest route
	TailBytes   int // the longest tail
	ValueBytes  int // the largest value
	UpdateRows  int // rows an update may write
	UpdateBytes int // bytes of keys and values an update may write
	InlineBytes int // object content up to this size is better kept in a row than in a blob; 0: never
}

// Fenced is the code of the errs.Conflict that an update of a closed partition gets.
const Fenced = "Fenced"
