package object

import (
	"context"
	"errors"
	"io"

	"coffer/internal/blob"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/object/rowcode"
	"coffer/internal/seal"
)

// Encryption is how an object's content is sealed where it is stored. It is immutable.
type Encryption struct {
	Method    EncryptionMethod
	Customer  *CustomerKey // ByCustomer, on the way in; never told
	KeyName   string       // ByNamedKey
	BucketKey bool         // ByNamedKey: what the client said; it changes nothing here, where no call to a service is saved
}

// EncryptionMethod says whose key an object's data key is sealed under. It is stored: never change a number.
type EncryptionMethod uint8

// The methods.
const (
	ByServer   EncryptionMethod = iota + 1 // the keyring's current key (SSE-S3)
	ByCustomer                             // the key that each request brings (SSE-C)
	ByNamedKey                             // a named key of the keyring (SSE-KMS)
)

// CustomerKey is a key that a client brings with each request. It is never stored and never shown.
type CustomerKey [seal.KeyBytes]byte

// String shows nothing of the key.
func (*CustomerKey) String() string { return "customer key" }

// GoString shows nothing of the key.
func (*CustomerKey) GoString() string { return "customer key" }

// A sealing is what a row keeps about encryption: the data key, sealed.
type sealing struct {
	method    EncryptionMethod
	bucketKey bool
	name      string // ByNamedKey
	envelope  []byte
}

func (e *sealing) encode(b []byte) []byte {
	flag := byte(0)
	if e.bucketKey {
		flag = 1
	}
	b = append(b, byte(e.method), flag)
	b = appendBytes(b, e.name)
	return appendBytes(b, e.envelope)
}

func decodeSealing(value []byte) (sealing, error) {
	d := decoder{rowcode.Reader{B: value}}
	e := sealing{method: EncryptionMethod(d.byte()), bucketKey: d.byte() == 1, name: d.string(), envelope: d.bytes()}
	if e.method < ByServer || e.method > ByNamedKey {
		d.Fail = true
	}
	return e, d.end("encryption")
}

// encryption is the public form; nil where value is empty. A value that does not read says so when its content is opened.
func encryption(value []byte) *Encryption {
	if len(value) == 0 {
		return nil
	}
	e, _ := decodeSealing(value)
	return &Encryption{Method: e.method, KeyName: e.name, BucketKey: e.bucketKey}
}

// blinds reports whether the ETag must not be an MD5 of the content. Source: AWS S3 API Reference, Object, "ETag".
func (m EncryptionMethod) blinds() bool { return m != ByServer }

// A lockbox is the data key of a new object, and what the row keeps of it.
type lockbox struct {
	row    []byte // encoded sealing; empty: content is not sealed
	key    []byte
	method EncryptionMethod
}

// dataKeyAAD binds a data key to the key of the object whose content it seals.
func dataKeyAAD(b *Bucket, k ident.ObjectKey) []byte {
	return seal.AAD("object data key", string(b.ID), string(k))
}

// newLockbox makes the data key of a new object; an empty lockbox where e is nil.
func (s *Service) newLockbox(b *Bucket, k ident.ObjectKey, e *Encryption) (lockbox, error) {
	if e == nil {
		return lockbox{}, nil
	}
	if s.cfg.Keyring == nil {
		return lockbox{}, errs.New(errs.Unsupported, "NotImplemented", "This server has no keyring, so it encrypts nothing.")
	}
	box := lockbox{key: make([]byte, seal.DataKey), method: e.Method}
	if _, err := io.ReadFull(s.cfg.Rand, box.key); err != nil {
		return lockbox{}, errs.Fault("object.newLockbox", err)
	}
	row := sealing{method: e.Method, bucketKey: e.BucketKey, name: e.KeyName}
	aad := dataKeyAAD(b, k)
	var err error
	switch {
	case e.Method == ByServer:
		row.envelope, err = s.cfg.Keyring.Seal(box.key, aad)
	case e.Method == ByNamedKey:
		if row.envelope, err = s.cfg.Keyring.SealNamed(e.KeyName, box.key, aad); errors.Is(err, errs.NotFound) {
			err = unknownNamedKey(e.KeyName)
		}
	case e.Method == ByCustomer && e.Customer != nil:
		row.envelope, err = seal.WrapUnder(e.Customer[:], box.key, aad, s.cfg.Rand)
	default:
		err = errs.New(errs.Internal, "", "an encryption without method or key")
	}
	if err != nil {
		return lockbox{}, err
	}
	box.row = row.encode(nil)
	return box, nil
}

func unknownNamedKey(name string) *errs.Error {
	return errs.New(errs.Invalid, "KMS.NotFoundException", "Key '"+clip(name)+"' does not exist").On(errs.Subject(clip(name)))
}

// CheckKey fails with KMS.NotFoundException where e names a key that the keyring does not hold.
func (s *Service) CheckKey(e *Encryption) error {
	if e == nil || e.Method != ByNamedKey || s.cfg.Keyring != nil && s.cfg.Keyring.HasNamed(e.KeyName) {
		return nil
	}
	return unknownNamedKey(e.KeyName)
}

// wrongCustomerKey is what openLockbox gives where the client's key is another one; each operation has its own words for it.
var wrongCustomerKey = errs.New(errs.Denied, "AccessDenied", "Access Denied")

// openLockbox opens the data key that a row keeps.
func (s *Service) openLockbox(b *Bucket, k ident.ObjectKey, row []byte, customer *CustomerKey) (lockbox, error) {
	e, err := decodeSealing(row)
	if err != nil {
		return lockbox{}, err
	}
	if e.method != ByCustomer && customer != nil {
		return lockbox{}, invalidRequest("The encryption parameters are not applicable to this object.")
	}
	if s.cfg.Keyring == nil && e.method != ByCustomer {
		return lockbox{}, errs.New(errs.Corrupt, "", "The content is sealed, and the server has no keyring.")
	}
	box, aad := lockbox{row: row, method: e.method}, dataKeyAAD(b, k)
	switch e.method {
	case ByServer:
		box.key, err = s.cfg.Keyring.Open(e.envelope, aad)
	case ByNamedKey:
		box.key, err = s.cfg.Keyring.OpenNamed(e.name, e.envelope, aad)
	default:
		if customer == nil {
			return lockbox{}, invalidRequest("The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.")
		}
		if box.key, err = seal.UnwrapUnder(customer[:], e.envelope, aad); errors.Is(err, errs.Denied) {
			err = wrongCustomerKey
		}
	}
	return box, err
}

// unlock opens the data key of the version that f found, if there is one and either the content is wanted or the client must show its key.
func (s *Service) unlock(in *Get, f *find, reader bool) error {
	f.secret = nil
	if !f.rec.is(flagSealed) {
		if in.Customer != nil {
			return invalidRequest("The encryption parameters are not applicable to this object.")
		}
		return nil
	}
	asks := in.ShowKey && (in.Customer != nil || encryption(f.rec.sealing).Method == ByCustomer)
	if !reader && !asks {
		return nil
	}
	box, err := s.openLockbox(in.Bucket, in.Key, f.rec.sealing, in.Customer)
	f.secret = box.key
	return err
}

// lock says that the content of a whole object goes into t sealed.
func (t *target) lock(box *lockbox) (err error) {
	if len(box.row) > 0 {
		t.seal, err = seal.NewStream(box.key, nil, 0)
		t.blind = box.method.blinds()
	}
	return err
}

// lockPart says that the content of a part goes into t sealed, under a salt of its own: a part may be written again.
func (s *Service) lockPart(t *target, box *lockbox, number int) (err error) {
	if len(box.row) == 0 {
		return nil
	}
	t.salt, t.blind = make([]byte, seal.SaltBytes), box.method.blinds()
	if _, err := io.ReadFull(s.cfg.Rand, t.salt); err != nil {
		return errs.Fault("object.lockPart", err)
	}
	t.seal, err = seal.NewStream(box.key, t.salt, number)
	return err
}

// partLockbox opens the data key of an upload for one more part, whose request must bring the key that the upload began with.
func (s *Service) partLockbox(b *Bucket, k ident.ObjectKey, u *uploadRow, customer *CustomerKey) (lockbox, error) {
	if len(u.sealing) == 0 {
		if customer != nil {
			return lockbox{}, otherParameters()
		}
		return lockbox{}, nil
	}
	if e, err := decodeSealing(u.sealing); err == nil && (e.method == ByCustomer) != (customer != nil) {
		if customer != nil {
			return lockbox{}, otherParameters()
		}
		return lockbox{}, invalidRequest("The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.")
	}
	box, err := s.openLockbox(b, k, u.sealing, customer)
	if err == wrongCustomerKey {
		err = otherParameters()
	}
	return box, err
}

// agrees refuses a part or a completion whose client believes that it is sealed in another way than the upload says.
func (u *uploadRow) agrees(m EncryptionMethod) error {
	if e := encryption(u.sealing); m != 0 && (e == nil || e.Method != m) {
		return otherParameters()
	}
	return nil
}

func otherParameters() *errs.Error {
	return invalidRequest("The provided encryption parameters did not match the ones used originally.")
}

// enclose seals content that was gathered for an inline row, and blinds the digest.
func (in *intake) enclose(t *target) {
	if t.seal == nil {
		return
	}
	if in.home == homeInline {
		in.sealed = t.seal.SealAll([]byte{rowVersion}, in.small[1:1+in.size])
	}
	if t.blind {
		in.digest = t.seal.Blind(in.digest[:])
	}
	in.salt = t.salt
}

// create begins a blob for content of a size, sealed if the target says so.
func (in *intake) create(ctx context.Context, t *target, size int64) (blob.Writer, error) {
	if t.seal == nil {
		return in.s.blobs.Create(ctx, t.owner, size)
	}
	if size > 0 {
		size = seal.StoredSize(size)
	}
	w, err := in.s.blobs.Create(ctx, t.owner, size)
	if err != nil {
		return nil, err
	}
	buf := in.s.buffer()
	return &sealedWriter{Writer: w, s: in.s, seal: seal.NewWriter(w, t.seal, *buf), buf: buf}, nil
}

// A sealedWriter is a blob's writer that seals.
type sealedWriter struct {
	blob.Writer
	s    *Service
	seal *seal.Writer
	buf  *[]byte // nil when done
}

func (w *sealedWriter) Write(p []byte) (int, error) { return w.seal.Write(p) }

func (w *sealedWriter) release() {
	if w.buf != nil {
		w.s.buffers.Put(w.buf)
		w.buf = nil
	}
}

func (w *sealedWriter) Commit() (blob.Ref, error) {
	err := w.seal.Close()
	w.release()
	if err != nil {
		return "", err
	}
	return w.Writer.Commit()
}

func (w *sealedWriter) Abort() {
	w.release()
	w.Writer.Abort()
}

// storedSize is how many bytes content of a size takes in its home.
func storedSize(size int64, sealed bool) int64 {
	if sealed {
		return seal.StoredSize(size)
	}
	return size
}

// A run is a piece of stored content that is read: a whole object, or a part.
type run struct {
	r      blob.Reader
	stream *seal.Stream // nil: as it is
	size   int64        // of the content
}

// copy writes a range of the content to w by verified reads through buf, which has at least seal.ChunkStored bytes.
func (c *run) copy(ctx context.Context, w io.Writer, start, length int64, buf []byte) (int64, error) {
	if c.stream == nil {
		return copyBlob(ctx, w, c.r, start, length, buf)
	}
	return c.stream.Copy(ctx, w, c.r, c.size, start, length, buf)
}
