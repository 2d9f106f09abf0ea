package file

import "log/slog"

// Direct says whether writes go round the page cache.
type Direct uint8

// The choices of Direct.
const (
	DirectAuto Direct = iota // where the file system allows it
	DirectOff                // never
)

// Options say how a Store runs. Only Dir is needed.
type Options struct {
	// Dir is the folder of the store, made when absent. One Store at a time uses it: the caller holds the lock.
	Dir string
	// Logger gets what an operator should know. The default drops it.
	Logger *slog.Logger
	// ReserveBytes is the free space that writes leave on the disk; below it Create fails with errs.Unavailable, code DiskFull.
	ReserveBytes int64
	// OnFailure is called once, when a failed sync turns the store read-only. It must not call the store.
	OnFailure func(error)
	// Direct says whether writes go round the page cache.
	Direct Direct
}
