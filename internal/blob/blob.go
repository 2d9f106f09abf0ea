// Package blob is the seam for bulk bytes: immutable runs under names that the store chooses. It knows neither S3 nor people.
// It never overwrites and never shares a blob between two owners.
package blob

import "context"

// Ref names a committed blob, opaquely: at most 64 bytes. It carries the session that wrote it.
type Ref string

// Owner says whose blob it is, so that "is it named?" is one read of the rows of (Partition, Route) in package meta.
// Partition is at most 64 bytes, Route at most 1,280.
type Owner struct{ Partition, Route string }

// Store keeps blobs. It is safe for concurrent use.
type Store interface {
	// Create begins a blob of exactly size bytes, or of any size up to Limits.MaxBytes when size is -1.
	Create(ctx context.Context, o Owner, size int64) (Writer, error)
	// Open returns a reader of a committed blob, or errs.NotFound. The blob stays readable until Close, even when deleted meanwhile.
	// It may take no I/O: of a blob deleted by an ended session an engine may say errs.Corrupt at the first ReadAt instead.
	Open(ctx context.Context, r Ref) (Reader, error)
	// Delete removes blobs; an absent one is fine, one that is no name of this store is errs.Invalid. It returns when the removal
	// is durable or will be repeated by collection; space is given back when the last reader has closed.
	Delete(ctx context.Context, refs []Ref) error
	// Session is the number of the run of the store that is writing now: persisted, one more at each start.
	Session() uint64
	// List visits the committed blobs of sessions from first to last, both included, after cursor ("" to begin). It is for collection:
	// blobs of the running session are never listed; some whose Commit never returned may be. A page may hold fewer than max, and
	// none, before the end, where the returned cursor is "".
	List(ctx context.Context, first, last uint64, cursor string, max int) ([]Info, string, error)
	Limits() Limits
	// Close ends the store; readers and writers still open fail.
	Close() error
}

// Info describes a committed blob.
type Info struct {
	Ref     Ref
	Owner   Owner
	Session uint64
	Size    int64
}

// Writer writes one blob, by one goroutine. Exactly one of Commit and Abort is called, once; Abort after a failed Commit is
// fine. Write may keep nothing of p after it returned.
type Writer interface {
	Write(p []byte) (int, error)
	// Commit returns when the bytes and their name are durable. It fails with errs.Invalid when fewer bytes were written than promised.
	Commit() (Ref, error)
	Abort()
}

// Reader reads one blob. ReadAt is safe for concurrent use, verifies every byte it returns and fills p whole or fails:
// errs.Corrupt when the stored bytes are not those written, errs.Invalid when the range lies outside the blob.
type Reader interface {
	ReadAt(ctx context.Context, p []byte, off int64) error
	Size() int64
	Close() error
}

// Limits are an engine's bounds in bytes.
type Limits struct {
	MaxBytes  int64 // the largest blob
	ReadBytes int   // the read size that serves the engine best; reads begin best at a multiple of it
}
