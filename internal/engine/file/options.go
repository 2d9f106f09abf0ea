package file

import (
	"crypto/rand"
	"io"
	"log/slog"
	"path/filepath"
)

// Direct says whether writes go round the page cache.
type Direct uint8

// The choices of Direct.
const (
	DirectAuto Direct = iota // where the file system allows it
	DirectOff                // never
)

// Defaults and bounds of Options, in bytes.
const (
	defaultBufferBytes  = 64 << 20
	defaultSegmentBytes = 128 << 20
	firstSegmentBytes   = 16 << 20 // the first segment of a session; each next one is twice as long, up to SegmentBytes
	minSegmentBytes     = 2 << 20
)

// Options say how a Store runs. Only Dir is needed.
type Options struct {
	// Dir is the folder of the store, made when absent; its parent must exist. One Store at a time uses it: the caller sees to that.
	Dir string
	// Logger gets what an operator should know. The default drops it.
	Logger *slog.Logger
	// ReserveBytes is the free space that writes leave on the disk; below it Create fails with errs.Unavailable, code DiskFull.
	ReserveBytes int64
	// OnFailure is called once, by the goroutine that met it, when a failed sync turns the store read-only. It must not call
	// the store.
	OnFailure func(error)
	// Direct says whether writes go round the page cache.
	Direct Direct
	// BufferBytes bounds the memory of writers, 64 MiB by default: past it a writer gets no more than 16 KiB at a time and writes
	// to a file of its own sooner. Reads add at most 264 KiB for each of the 64 that run at once.
	BufferBytes int64
	// SegmentBytes is the size of a segment, 128 MiB by default, from 2 MiB to 1 GiB.
	SegmentBytes int64
	// Random makes the nonces of segments. The default is the system's.
	Random io.Reader
	// FS is the file system. The default is the system's.
	FS FS
}

func (o *Options) setDefaults() {
	o.Dir = filepath.Clean(o.Dir)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.OnFailure == nil {
		o.OnFailure = func(error) {}
	}
	if o.BufferBytes <= 0 {
		o.BufferBytes = defaultBufferBytes
	}
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = defaultSegmentBytes
	}
	o.SegmentBytes = min(max(roundUp(o.SegmentBytes, alignBytes), minSegmentBytes), maxSegment)
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.FS == nil {
		o.FS = osFS{}
	}
}
