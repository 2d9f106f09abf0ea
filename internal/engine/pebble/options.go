package pebble

import (
	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// formatMajor is Pebble's file format. Raising it makes directories unreadable to older releases of Coffer.
const formatMajor = pebble.FormatTableFormatV6

func dbOptions(o Options, s *Store) *pebble.Options {
	po := &pebble.Options{
		FS:                 o.FS,
		Lock:               s.lock,
		Cache:              s.cache,
		Logger:             dbLogger{s},
		FormatMajorVersion: formatMajor,
		MemTableSize:       uint64(memtableBytes(o)),
		// The log that a start after a crash reads is at most this many memtables.
		MemTableStopWritesThreshold: 4,
		// Writers are held back late, compactions begin early: a listing pays for each sublevel of L0.
		L0CompactionThreshold:      2,
		L0StopWritesThreshold:      24,
		LBaseMaxBytes:              64 << 20,
		BytesPerSync:               1 << 20,
		MaxOpenFiles:               1024,
		MaxManifestFileSize:        8 << 20,
		CompactionConcurrencyRange: func() (int, int) { return 1, 2 },
		EventListener:              listener(s),
	}
	if o.FS == vfs.Default {
		po.WithFSDefaults()
	}
	po.Levels[0].FilterPolicy = bloom.FilterPolicy(10)
	// Small blocks: a row that is not cached costs reading and decompressing one block.
	po.Levels[0].BlockSize = 8 << 10
	po.Levels[0].IndexBlockSize = 64 << 10
	return po
}

func memtableBytes(o Options) int64 {
	if o.Memtable == 0 {
		return defaultMemtable
	}
	return o.Memtable
}

// cacheBytes is what Pebble calls the cache: it takes the memory of memtables out of it, usually that of the one in use and of
// one kept for the next.
func cacheBytes(o Options) int64 {
	blocks := o.Cache
	if blocks == 0 {
		blocks = defaultCache
	}
	return blocks + 2*memtableBytes(o)
}

func listener(s *Store) *pebble.EventListener {
	return &pebble.EventListener{
		BackgroundError: func(err error) { s.log.Error("pebble: background work failed and will be repeated", "err", err) },
		WriteStallBegin: func(i pebble.WriteStallBeginInfo) {
			s.log.Warn("pebble: writes wait for compactions", "reason", i.Reason)
		},
		WriteStallEnd: func() { s.log.Warn("pebble: writes go on") },
		DiskSlow:      func(i pebble.DiskSlowInfo) { s.log.Warn("pebble: the disk is slow", "info", i.String()) },
	}
}
