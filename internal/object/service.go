package object

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"coffer/internal/blob"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/names"
	"coffer/internal/object/running"
	"coffer/internal/quota"
	"coffer/internal/seal"
)

// Config is what a Service is made of. Meta and Blobs are needed; the others have defaults.
type Config struct {
	Meta  meta.Store
	Blobs blob.Store
	Names names.Directory  // default: in Meta
	Clock func() time.Time // default time.Now
	Rand  io.Reader        // of ids; default crypto/rand
	Log   *slog.Logger     // default: nothing is logged
	// Keyring seals the data keys of objects that are encrypted. Without one a request for encryption is refused.
	Keyring *seal.Keyring

	MaxPut          int64 // largest object of one PUT, bytes; default 5 GiB
	MaxObject       int64 // largest object of an upload, bytes; default 5 TiB
	MinPart         int64 // smallest part but the last, bytes; default 5 MiB
	ContractBuckets int   // contract-owned buckets of a contract; default 1000
	UserBuckets     int   // user-owned buckets of a user; default 500
}

// Service implements API over the two seams. It is safe for concurrent use.
type Service struct {
	cfg     Config
	meta    meta.Store
	blobs   blob.Store
	names   names.Directory
	log     *slog.Logger
	quota   *quota.Ledger
	inline  int // content up to this many bytes is kept in a row
	readLen int // bytes of a read buffer

	buckets running.Cache[ident.BucketName, *Bucket]
	stripes [64]sync.Mutex // by bucket name: whoever changes a bucket or fills the cache

	pins        running.Pins
	waiting     running.Cache[meta.Partition, *intent] // left to collection
	completions running.Turns
	dirty       running.Dirty
	collectors  collectors

	puts    sync.Pool // *put
	finds   sync.Pool // *find
	buffers sync.Pool // *[]byte of readLen bytes
	rows    sync.Pool // *[]byte that a row of inline content fits in
}

// Bounds of the configuration.
const (
	maxKeyBytes    = 1024
	maxParts       = 10000
	streamBytes    = 256 << 10
	maxInlineBytes = 64 << 10
	sealedExtra    = 32 // bytes that inline content grows by at most when it is sealed
)

// New returns a Service. Call Recover before the first request and see package jobs for what runs beside it.
func New(cfg Config) (*Service, error) {
	if cfg.Meta == nil || cfg.Blobs == nil {
		return nil, errs.New(errs.Internal, "", "object.New needs Meta and Blobs")
	}
	setDefaults(&cfg)
	limits := cfg.Meta.Limits()
	if limits.RouteBytes < maxKeyBytes || limits.UpdateRows < 16 {
		return nil, errs.New(errs.Internal, "", "the engine's limits are too small for object keys of 1024 bytes")
	}
	s := &Service{cfg: cfg, meta: cfg.Meta, blobs: cfg.Blobs, names: cfg.Names, log: cfg.Log}
	s.inline = min(limits.InlineBytes, limits.ValueBytes-1-sealedExtra, maxInlineBytes)
	s.readLen = max(cfg.Blobs.Limits().ReadBytes, seal.ChunkStored)
	s.puts.New = func() any { return newPut(s) }
	s.finds.New = func() any { return newFind(s) }
	s.buffers.New = func() any { b := make([]byte, s.readLen); return &b }
	s.rows.New = func() any { b := make([]byte, 0, 1+s.inline+sealedExtra); return &b }
	s.buckets.Init(running.Bound{Values: cacheBuckets, Bytes: cacheBytes}, (*Bucket).weight)
	s.pins.Init()
	s.waiting.Init(running.Bound{}, nil)
	s.completions.Init()
	s.dirty.Init()
	s.quota = s.newLedger()
	return s, nil
}

func setDefaults(cfg *Config) {
	if cfg.Names.Store == nil {
		cfg.Names.Store = cfg.Meta
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = defaultRandom
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	for _, d := range []struct {
		field *int64
		value int64
	}{{&cfg.MaxPut, 5 << 30}, {&cfg.MaxObject, 5 << 40}, {&cfg.MinPart, 5 << 20}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if cfg.ContractBuckets == 0 {
		cfg.ContractBuckets = 1000
	}
	if cfg.UserBuckets == 0 {
		cfg.UserBuckets = 500
	}
}

// partition returns the name of the bucket's rows.
func (b *Bucket) partition() meta.Partition {
	if b.rows != "" {
		return b.rows
	}
	return bucketPrefix + meta.Partition(b.ID)
}

// buffer lends one pooled buffer of readLen bytes.
func (s *Service) buffer() *[]byte { return s.buffers.Get().(*[]byte) }

// update runs an update of a bucket's partition. A partition that is closed is one being deleted: then it waits for the end of that
// and gives NoSuchBucket, or goes on where the deletion was given up.
func (s *Service) update(ctx context.Context, b *Bucket, r meta.Route, fn func(meta.Tx) error) error {
	return s.updateHolding(ctx, nil, b, r, fn)
}

// updateHolding is update for a write that reserved what it adds.
func (s *Service) updateHolding(ctx context.Context, h *quota.Hold, b *Bucket, r meta.Route, fn func(meta.Tx) error) error {
	for range maxRaces {
		err := s.quota.Update(ctx, h, b.account(), r, fn)
		if !isFenced(err) {
			return err
		}
		if err := s.awaitDeletion(ctx, b); err != nil {
			return err
		}
	}
	return operationAborted()
}

// view runs fn over a bucket's rows.
func (s *Service) view(ctx context.Context, b *Bucket, fn func(meta.Reader) error) error {
	return s.meta.View(ctx, b.partition(), fn)
}

// updateHeld is update for a caller that holds the bucket's stripe: no deletion of it can run in this process.
func (s *Service) updateHeld(ctx context.Context, b *Bucket, r meta.Route, fn func(meta.Tx) error) error {
	err := s.meta.Update(ctx, b.partition(), r, fn)
	if isFenced(err) {
		return operationAborted().Because(err)
	}
	return err
}

// awaitDeletion returns when no deletion of b runs: nil if b still exists. The cache is passed by, so that what a failed deletion
// left is settled.
func (s *Service) awaitDeletion(ctx context.Context, b *Bucket) error {
	mu := s.stripe(b.Name)
	mu.Lock()
	defer mu.Unlock()
	s.buckets.Drop(b.Name)
	now, err := s.load(ctx, b.Name)
	if err != nil {
		return err
	}
	if now.ID != b.ID {
		return noSuchBucket(b.Name)
	}
	return nil
}

// stripe returns the mutex of a bucket name.
func (s *Service) stripe(n ident.BucketName) *sync.Mutex {
	var h uint32 = 2166136261
	for i := 0; i < len(n); i++ {
		h = (h ^ uint32(n[i])) * 16777619
	}
	return &s.stripes[h%uint32(len(s.stripes))]
}
