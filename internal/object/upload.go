package object

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/binary"
	"io"
	"time"

	"coffer/internal/authz"
	"coffer/internal/checksum"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/object/garbage"
	"coffer/internal/object/metadata"
	"coffer/internal/object/running"
	"coffer/internal/seal"
)

// An upload id is the time of its beginning and as many random bytes, so that ids sort by time.
const uploadIDBytes = garbage.UploadBytes

func formatUpload(raw string) ident.UploadID {
	return ident.UploadID(idEncoding.EncodeToString([]byte(raw)))
}

func parseUpload(id ident.UploadID) (string, error) {
	raw, err := idEncoding.DecodeString(string(id))
	if err != nil || len(raw) != uploadIDBytes {
		return "", noSuchUpload(id)
	}
	return string(raw), nil
}

// An uploadRow is an upload under way. It guards its parts: each part's update counts change up.
type uploadRow struct {
	change   uint64
	pages    int   // above 0: a completion of so many pages was begun, and parts are refused
	begun    int64 // Unix milliseconds
	bytes    int64 // of its parts
	sumAlg   checksum.Algorithm
	sumType  checksum.Type
	lock     Lock
	tags     int
	user     ident.UserID
	userName string
	attrs    []byte // headers and tags, as the value of an attributes row
	sealing  []byte // how the parts are sealed; empty: they are not
}

// Flags of an upload's row.
const (
	uploadHold    = 1 << iota // legal hold
	uploadSealed              // the parts are sealed
	uploadHoldOff             // legal hold, said to be off
)

func (u *uploadRow) encode(b []byte) []byte {
	flags := byte(0)
	if u.lock.LegalHold {
		flags |= uploadHold
	}
	if u.lock.HoldOff {
		flags |= uploadHoldOff
	}
	if len(u.sealing) > 0 {
		flags |= uploadSealed
	}
	b = append(b, rowVersion)
	b = binary.AppendUvarint(b, u.change)
	b = appendInt(b, int64(u.pages))
	b = appendInt(b, u.begun)
	b = appendInt(b, u.bytes)
	b = append(b, byte(u.sumAlg), byte(u.sumType), byte(u.lock.Mode), flags)
	until := int64(0)
	if u.lock.Mode != NoLock {
		until = u.lock.Until.Unix()
	}
	b = appendInt(b, until)
	b = appendInt(b, int64(u.tags))
	b = appendBytes(b, u.user)
	b = appendBytes(b, u.userName)
	b = appendBytes(b, u.attrs)
	if len(u.sealing) > 0 {
		b = appendBytes(b, u.sealing)
	}
	return b
}

func (u *uploadRow) decode(value []byte) error {
	d := decode(value)
	*u = uploadRow{change: d.uvarint(), pages: int(d.int()), begun: d.int(), bytes: d.int(), sumAlg: checksum.Algorithm(d.byte()), sumType: checksum.Type(d.byte())}
	mode, flags := LockMode(d.byte()), d.byte()
	u.lock = Lock{Mode: mode, LegalHold: flags&uploadHold != 0, HoldOff: flags&uploadHoldOff != 0}
	if until := d.int(); u.lock.Mode != NoLock {
		u.lock.Until = time.Unix(until, 0).UTC()
	}
	u.tags = int(d.int())
	u.user = ident.UserID(d.bytes())
	u.userName = d.string()
	u.attrs = d.bytes()
	if flags&uploadSealed != 0 {
		u.sealing = d.bytes()
	}
	return d.end("upload")
}

func (u *uploadRow) public(key ident.ObjectKey, id string) Upload {
	return Upload{ID: formatUpload(id), Key: key, Initiated: time.UnixMilli(u.begun).UTC(), Sum: u.sumAlg, SumType: u.sumType,
		User: u.user, UserName: u.userName, Owner: u.owner(), Encryption: encryption(u.sealing)}
}

// owner is whose the object will be; "" for the bucket's owner, and for what can't be read: the completion tells that.
func (u *uploadRow) owner() string {
	attrs, err := attrsOfRow(u.attrs)
	if err != nil || len(attrs) == 0 {
		return ""
	}
	h, _, _ := metadata.Decode(attrs)
	return authz.ListOwner(h.ACL)
}

// A partRow is a part of an upload under way. Its slices alias the row.
type partRow struct {
	size     int64
	etag     []byte
	sumAlg   checksum.Algorithm
	sum      []byte
	modified int64
	ref      []byte
	salt     []byte // of sealed content; nil: it is not sealed
}

func (p *partRow) encode(b []byte) []byte {
	version := byte(rowVersion)
	if p.salt != nil {
		version = saltedVersion
	}
	b = append(b, version)
	b = appendInt(b, p.size)
	b = append(b, p.etag...)
	b = append(b, byte(p.sumAlg))
	b = appendBytes(b, p.sum)
	b = appendInt(b, p.modified)
	b = appendBytes(b, p.ref)
	return append(b, p.salt...)
}

func (p *partRow) decode(value []byte) error {
	d, salted := decodeSalted(value)
	*p = partRow{size: d.int(), etag: d.take(md5.Size), sumAlg: checksum.Algorithm(d.byte()), sum: d.bytes(), modified: d.int(), ref: d.bytes()}
	if salted {
		p.salt = d.take(seal.SaltBytes)
	}
	return d.end("part")
}

func (p *partRow) public(number int) Part {
	return Part{Number: number, Size: p.size, ETag: etagString(p.etag, 0), Modified: time.UnixMilli(p.modified).UTC(),
		Sum: checksum.Sum{Algorithm: p.sumAlg, Type: checksum.FullObject, Raw: string(p.sum)}}
}

func uploadKey(k ident.ObjectKey, id string) meta.Key {
	return meta.Key{Kind: kindUpload, Route: meta.Route(k), Tail: id}
}

func partKey(k ident.ObjectKey, id string, number int) meta.Key {
	return meta.Key{Kind: kindPart, Route: meta.Route(k), Tail: numberTail(id, number)}
}

// CreateUpload begins a multipart upload.
func (s *Service) CreateUpload(ctx context.Context, in *CreateUpload) (*Upload, error) {
	if err := metadata.Check(&in.Headers, in.Tags); err != nil {
		return nil, err
	}
	if err := checkNewLock(in.Bucket, in.Lock); err != nil {
		return nil, err
	}
	typ := in.SumType
	if in.Sum != checksum.None && typ == 0 {
		typ = in.Sum.DefaultType()
	}
	now := s.cfg.Clock()
	var raw [uploadIDBytes]byte
	binary.BigEndian.PutUint64(raw[:8], uint64(now.UnixNano()))
	if _, err := io.ReadFull(s.cfg.Rand, raw[8:]); err != nil {
		return nil, errs.Fault("object.CreateUpload", err)
	}
	id := string(raw[:])
	box, err := s.newLockbox(in.Bucket, in.Key, in.Encrypt)
	if err != nil {
		return nil, err
	}
	var names []string
	row := uploadRow{begun: now.UnixMilli(), sumAlg: in.Sum, sumType: typ, lock: in.Lock, tags: len(in.Tags), user: in.User, userName: in.UserName,
		attrs: metadata.Append([]byte{rowVersion}, &in.Headers, in.Tags, &names), sealing: box.row}
	value := row.encode(nil)
	err = s.update(ctx, in.Bucket, meta.Route(in.Key), func(tx meta.Tx) error {
		tx.Add(countUploads, 1)
		return tx.Put(uploadKey(in.Key, id), value)
	})
	if err != nil {
		return nil, err
	}
	u := row.public(in.Key, id)
	return &u, nil
}

// findUpload reads an upload's row: NoSuchUpload if it has ended or is being completed. A completion that an earlier run began is undone.
func (s *Service) findUpload(ctx context.Context, b *Bucket, k ident.ObjectKey, id ident.UploadID) (string, *uploadRow, error) {
	raw, err := parseUpload(id)
	if err != nil {
		return "", nil, err
	}
	row, err := s.readUpload(ctx, b, k, raw)
	if err == nil && row.pages > 0 {
		err = noSuchUpload(id)
		if !s.completions.Running(running.At(b.partition(), raw)) {
			if err = s.undoCompletion(ctx, b, k, raw); err == nil {
				row, err = s.readUpload(ctx, b, k, raw)
			}
		}
	}
	if err != nil {
		return "", nil, err
	}
	return raw, row, nil
}

func (s *Service) readUpload(ctx context.Context, b *Bucket, k ident.ObjectKey, id string) (*uploadRow, error) {
	row := &uploadRow{}
	err := s.view(ctx, b, func(r meta.Reader) error {
		value, err := r.Get(uploadKey(k, id))
		if isNotFound(err) {
			return noSuchUpload(formatUpload(id))
		} else if err != nil {
			return err
		}
		return row.decode(value)
	})
	return row, err
}

// UploadPart writes a part. The blob is durable before the row; a part that it replaces is collected.
func (s *Service) UploadPart(ctx context.Context, in *UploadPart) (*Part, error) {
	if in.Number < 1 || in.Number > maxParts {
		return nil, invalidArgument("Part number must be an integer between 1 and 10000, inclusive.")
	}
	id, row, err := s.findUpload(ctx, in.Bucket, in.Key, in.Upload)
	if err != nil {
		return nil, err
	}
	body := in.Body
	if err := row.partSum(&body); err != nil {
		return nil, err
	}
	if err := row.agrees(in.Method); err != nil {
		return nil, err
	}
	t, err := s.partTarget(in.Bucket, in.Key, row, in.Number, in.Customer)
	if err != nil {
		return nil, err
	}
	p := s.borrowPut()
	defer p.release()
	if err := p.receive(ctx, &body, t); err != nil {
		return nil, err
	}
	return s.keepPart(ctx, p, in.Bucket, in.Key, id, row, in.Number, in.Recheck)
}

// partSum says which checksum of a part is computed: the upload's, if it has one. Where the object's sum is made of the parts' sums,
// every part comes with its own.
func (u *uploadRow) partSum(b *Body) error {
	switch {
	case u.sumAlg == checksum.None || b.Sum == u.sumAlg:
		return nil
	case b.Sum == checksum.None && u.sumType == checksum.FullObject:
		b.Sum = u.sumAlg
		return nil
	}
	sent := "null"
	if b.Sum != checksum.None {
		sent = b.Sum.String()
	}
	return invalidRequest("Checksum Type mismatch occurred, expected checksum Type: " + u.sumAlg.String() + ", actual checksum Type: " + sent)
}

func lower(s string) string { return string(bytes.ToLower([]byte(s))) }

// partTarget says where a part's content goes, and how it is sealed.
func (s *Service) partTarget(b *Bucket, k ident.ObjectKey, row *uploadRow, number int, customer *CustomerKey) (target, error) {
	t := target{bucket: b, owner: b.owner(k), most: s.cfg.MaxPut}
	box, err := s.partLockbox(b, k, row, customer)
	if err == nil {
		err = s.lockPart(&t, &box, number)
	}
	return t, err
}

// keepPart writes the row of a part that was received.
func (s *Service) keepPart(ctx context.Context, p *put, b *Bucket, k ident.ObjectKey, id string, upload *uploadRow, number int, recheck func() error) (*Part, error) {
	if err := rechecked(recheck); err != nil {
		p.abandon(ctx)
		return nil, err
	}
	row := partRow{size: p.size, etag: p.digest[:], sumAlg: p.alg, sum: p.check[:p.sumLen], modified: s.cfg.Clock().UnixMilli(), ref: []byte(p.ref), salt: p.salt}
	value := row.encode(nil)
	replaced := false
	var own error
	err := s.updateHolding(ctx, p.hold, b, meta.Route(k), func(tx meta.Tx) error {
		replaced, own = writePart(tx, k, id, number, row.size, value)
		return own
	})
	if err != nil {
		if !uncertain(err, own) {
			p.abandon(ctx)
		}
		return nil, err
	}
	if replaced {
		s.dirty.Mark(b.partition())
	}
	part := row.public(number)
	part.Encryption = encryption(upload.sealing)
	return &part, nil
}

// writePart is the update that keeps a part.
func writePart(tx meta.Tx, k ident.ObjectKey, id string, number int, size int64, value []byte) (replaced bool, err error) {
	var upload uploadRow
	guard, err := tx.Get(uploadKey(k, id))
	if isNotFound(err) {
		return false, noSuchUpload(formatUpload(id))
	} else if err != nil {
		return false, err
	}
	if err := upload.decode(guard); err != nil {
		return false, err
	}
	if upload.pages > 0 {
		return false, noSuchUpload(formatUpload(id))
	}
	old, err := tx.Get(partKey(k, id, number))
	switch {
	case err == nil:
		var former partRow
		if err := former.decode(old); err != nil {
			return false, err
		}
		size -= former.size
		if len(former.ref) > 0 {
			replaced = true
			g := garbage.Item{Kind: garbage.Blob, Ref: string(former.ref)}
			tx.Append(queueGarbage, g.Encode(nil))
		}
	case !isNotFound(err):
		return false, err
	}
	tx.Add(countPartBytes, size)
	upload.bytes += size
	upload.change++
	if err := tx.Put(uploadKey(k, id), upload.encode(nil)); err != nil {
		return false, err
	}
	return replaced, tx.Put(partKey(k, id, number), value)
}

// AbortUpload ends an upload without an object. Its parts are collected.
func (s *Service) AbortUpload(ctx context.Context, b *Bucket, k ident.ObjectKey, id ident.UploadID) error {
	raw, err := parseUpload(id)
	if err != nil {
		return err
	}
	defer s.completions.Lock(running.At(b.partition(), raw))()
	err = s.update(ctx, b, meta.Route(k), func(tx meta.Tx) error {
		value, err := tx.Get(uploadKey(k, raw))
		if isNotFound(err) {
			return noSuchUpload(id)
		} else if err != nil {
			return err
		}
		var row uploadRow
		if err := row.decode(value); err != nil {
			return err
		}
		for _, page := range pageKeys(k, raw, row.pages) {
			if err := tx.Delete(page); err != nil {
				return err
			}
		}
		tx.Add(countUploads, -1)
		tx.Add(countPartBytes, -row.bytes)
		g := garbage.Item{Kind: garbage.Parts, Key: k, Upload: raw}
		tx.Append(queueGarbage, g.Encode(nil))
		return tx.Delete(uploadKey(k, raw))
	})
	if err == nil {
		s.dirty.Mark(b.partition())
	}
	return err
}

// CopyPart copies a range of an object into a part.
func (s *Service) CopyPart(ctx context.Context, in *CopyPart) (*Part, error) {
	if in.Number < 1 || in.Number > maxParts {
		return nil, invalidArgument("Part number must be an integer between 1 and 10000, inclusive.")
	}
	id, row, err := s.findUpload(ctx, in.Bucket, in.Key, in.Upload)
	if err != nil {
		return nil, err
	}
	if err := row.agrees(in.Method); err != nil {
		return nil, err
	}
	src, err := s.openSource(ctx, &in.Source, s.cfg.MaxPut)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	t, err := s.partTarget(in.Bucket, in.Key, row, in.Number, in.Customer)
	if err != nil {
		return nil, err
	}
	p := s.borrowPut()
	defer p.release()
	if err := p.copyFrom(ctx, src, row.sumAlg, t); err != nil {
		return nil, err
	}
	part, err := s.keepPart(ctx, p, in.Bucket, in.Key, id, row, in.Number, in.Recheck)
	if err == nil && row.sumAlg == checksum.None {
		part.Sum = checksum.Sum{} // nobody asked for it
	}
	return part, err
}
