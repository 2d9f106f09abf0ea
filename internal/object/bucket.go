package object

import (
	"context"
	"encoding/binary"
	"maps"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/names"
	"coffer/internal/object/configs"
)

// encode appends the bucket's header; the subresources have rows of their own.
func (b *Bucket) encode(dst []byte) []byte {
	lock := byte(0)
	if b.Lock {
		lock = 1
	}
	dst = append(dst, rowVersion, byte(b.Ownership), byte(b.Versioning), lock)
	dst = binary.BigEndian.AppendUint32(dst, uint32(b.Contract))
	dst = appendBytes(dst, b.ID)
	dst = appendBytes(dst, b.Name)
	dst = appendBytes(dst, b.Region)
	dst = appendBytes(dst, b.User)
	dst = appendBytes(dst, b.Canonical)
	dst = appendBytes(dst, b.OwnerName)
	return appendInt(dst, b.Created.UnixMilli())
}

func (d *decoder) bucket() *Bucket {
	b := &Bucket{Ownership: ident.Ownership(d.byte()), Versioning: Versioning(d.byte()), Lock: d.byte() == 1}
	if raw := d.take(4); raw != nil {
		b.Contract = ident.ContractID(binary.BigEndian.Uint32(raw))
	}
	b.ID = ident.BucketID(d.bytes())
	b.Name = ident.BucketName(d.bytes())
	b.Region = ident.RegionName(d.bytes())
	b.User = ident.UserID(d.bytes())
	b.Canonical = ident.CanonicalID(d.bytes())
	b.OwnerName = d.string()
	b.Created = time.UnixMilli(d.int()).UTC()
	return b
}

func decodeBucket(value []byte) (*Bucket, error) {
	d := decode(value)
	b := d.bucket()
	return b, d.end("bucket")
}

// named is what the bucket's name stands for in the directory: whose it is, and which life of the name.
func (b *Bucket) named() []byte {
	v := []byte{rowVersion, byte(b.Ownership)}
	v = binary.BigEndian.AppendUint32(v, uint32(b.Contract))
	v = appendBytes(v, b.ID)
	return appendBytes(v, b.User)
}

func decodeNamed(value []byte) (*Bucket, error) {
	d := decode(value)
	b := &Bucket{Ownership: ident.Ownership(d.byte())}
	if raw := d.take(4); raw != nil {
		b.Contract = ident.ContractID(binary.BigEndian.Uint32(raw))
	}
	b.ID = ident.BucketID(d.bytes())
	b.User = ident.UserID(d.bytes())
	return b, d.end("bucket's name")
}

// Bounds of the cache of buckets. What is in it is as last committed: whoever changes a bucket holds the name's stripe and changes the
// cache too. Several gateways need an epoch beside each entry.
const (
	cacheBuckets = 50000
	cacheBytes   = 32 << 20
)

// remember puts a bucket into the cache.
func (s *Service) remember(b *Bucket) {
	b.rows = b.partition()
	s.buckets.Put(b.Name, b)
}

func (b *Bucket) weight() int {
	w := 512
	for name, value := range b.Configs {
		w += len(name) + len(value) + 64
	}
	return w
}

// Bucket returns a bucket by name: NoSuchBucket if there is none. It does no I/O for a bucket in use.
func (s *Service) Bucket(ctx context.Context, name ident.BucketName) (*Bucket, error) {
	if b := s.buckets.Get(name); b != nil {
		return b, nil
	}
	mu := s.stripe(name)
	mu.Lock()
	defer mu.Unlock()
	return s.load(ctx, name)
}

// load returns a bucket, from the rows if it is not cached. The caller holds the name's stripe.
func (s *Service) load(ctx context.Context, name ident.BucketName) (*Bucket, error) {
	if b := s.buckets.Get(name); b != nil {
		return b, nil
	}
	e, err := s.lookup(ctx, name)
	if err != nil {
		return nil, err
	}
	if e.State != names.Active {
		return nil, noSuchBucket(name)
	}
	known, err := decodeNamed(e.Value)
	if err != nil {
		return nil, err
	}
	b, err := s.readBucket(ctx, known)
	if err != nil {
		return nil, err
	}
	s.remember(b)
	return b, nil
}

// lookup reads the directory, after settling what a failed operation left of the name.
func (s *Service) lookup(ctx context.Context, name ident.BucketName) (names.Entry, error) {
	e, err := s.names.Lookup(ctx, names.Buckets, string(name))
	if err == nil && e.State != names.Active {
		if err = s.settle(ctx, e); err == nil {
			e, err = s.names.Lookup(ctx, names.Buckets, string(name))
		}
	}
	if isNotFound(err) {
		return e, noSuchBucket(name)
	}
	return e, err
}

// readBucket reads header and subresources.
func (s *Service) readBucket(ctx context.Context, known *Bucket) (*Bucket, error) {
	var b *Bucket
	err := s.view(ctx, known, func(r meta.Reader) error {
		value, err := r.Get(meta.Key{Kind: kindBucket})
		if isNotFound(err) {
			return badRow("bucket")
		} else if err != nil {
			return err
		}
		if b, err = decodeBucket(value); err != nil {
			return err
		}
		b.Configs, err = configRows().Read(r)
		return err
	})
	return b, err
}

// configRows are a bucket's subresources.
func configRows() configs.Rows { return configs.Rows{Config: kindConfig, Chunk: kindChunk} }

// SetConfig stores, or with nil removes, a subresource of at most 2 MiB.
func (s *Service) SetConfig(ctx context.Context, b *Bucket, name string, value []byte) (*Bucket, error) {
	if name == "" || len(name) > configs.MaxName {
		return nil, errs.New(errs.Internal, "", "the name of a bucket's configuration has 1 to 64 bytes")
	}
	if len(value) > configs.MaxBytes {
		return nil, errs.New(errs.Limit, "MaxMessageLengthExceeded", "A bucket's configuration has at most 2097152 bytes.")
	}
	return s.changeBucket(ctx, b, func(ctx context.Context, now *Bucket) error {
		if err := s.writeConfig(ctx, now, name, value); err != nil {
			return err
		}
		now.Configs = maps.Clone(now.Configs)
		if value == nil {
			delete(now.Configs, name)
		} else {
			now.Configs[name] = append([]byte{}, value...)
		}
		return nil
	})
}

// writeConfig makes the value durable.
func (s *Service) writeConfig(ctx context.Context, b *Bucket, name string, value []byte) error {
	var old []byte
	err := s.view(ctx, b, func(r meta.Reader) (err error) {
		old, err = r.Get(configRows().Row(name))
		return err
	})
	if err != nil && !isNotFound(err) {
		return err
	}
	update := func(fn func(meta.Tx) error) error { return s.updateHeld(ctx, b, "", fn) }
	return configRows().Write(update, old, name, value)
}

// SetVersioning sets a bucket's versioning. It can't become Unversioned again, nor be suspended where objects are locked.
func (s *Service) SetVersioning(ctx context.Context, b *Bucket, v Versioning) (*Bucket, error) {
	return s.changeBucket(ctx, b, func(ctx context.Context, now *Bucket) error {
		switch {
		case v == now.Versioning:
			return nil
		case v != Enabled && v != Suspended:
			return errs.New(errs.Invalid, "IllegalVersioningConfigurationException", "The versioning configuration specified in the request is invalid.")
		case v == Suspended && now.Lock:
			return errs.New(errs.Conflict, "InvalidBucketState", "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.")
		}
		now.Versioning = v
		return s.writeHeader(ctx, now)
	})
}

// SetBucketLock turns object lock on for a bucket whose versioning is enabled. It can't be turned off.
func (s *Service) SetBucketLock(ctx context.Context, b *Bucket) (*Bucket, error) {
	return s.changeBucket(ctx, b, func(ctx context.Context, now *Bucket) error {
		if now.Lock {
			return nil
		}
		if now.Versioning != Enabled {
			return errs.New(errs.Conflict, "InvalidBucketState", "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
		}
		now.Lock = true
		return s.writeHeader(ctx, now)
	})
}

func (s *Service) writeHeader(ctx context.Context, b *Bucket) error {
	return s.updateHeld(ctx, b, "", func(tx meta.Tx) error {
		return tx.Put(meta.Key{Kind: kindBucket}, b.encode(nil))
	})
}

// changeBucket lets change alter a copy of the bucket and its rows; the cache then has the copy. Changes of a bucket are serial.
// They begin from the rows, so that no failed change before leaves anything behind in the cache.
func (s *Service) changeBucket(ctx context.Context, b *Bucket, change func(context.Context, *Bucket) error) (*Bucket, error) {
	mu := s.stripe(b.Name)
	mu.Lock()
	defer mu.Unlock()
	now, err := s.load(ctx, b.Name)
	if err != nil {
		return nil, err
	}
	if now.ID != b.ID {
		return nil, noSuchBucket(b.Name)
	}
	next := *now
	if err := change(ctx, &next); err != nil {
		s.buckets.Drop(b.Name)
		return nil, err
	}
	s.remember(&next)
	return &next, nil
}
