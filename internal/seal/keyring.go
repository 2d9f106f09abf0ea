// Package seal keeps secrets that must be readable again: a keyring of data keys, itself wrapped under a master key, and
// envelopes that bind a secret to the row it belongs to. It never logs, never stores what it seals and never knows whose it is.
package seal

import (
	"context"
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"coffer/internal/errs"
)

// Sizes in bytes and counts.
const (
	KeyBytes = chacha20poly1305.KeySize // of the master key and of each data key
	MaxKeys  = 1000                     // data keys a keyring may hold
	// Overhead is what an envelope is longer than its plaintext.
	Overhead  = headBytes + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead
	headBytes = 5
	// MaxPlaintext is the largest secret that is sealed: this is for secrets, not for object bytes.
	MaxPlaintext = 1 << 20

	envelopeVersion = 1
	ringVersion     = 1
	// namedRingVersion is that of a keyring with named keys. A release that does not know them must not write it again without them.
	namedRingVersion = 2
)

// Master wraps and unwraps data keys. It is a key of ours in a file, or a key that a service keeps and never shows. It is safe for
// concurrent use.
type Master interface {
	// Name says which master key it is, for messages; it gives nothing away.
	Name() string
	Wrap(ctx context.Context, plaintext, aad []byte) ([]byte, error)
	// Unwrap fails with errs.Corrupt when the master key is another one or the bytes were changed.
	Unwrap(ctx context.Context, wrapped, aad []byte) ([]byte, error)
}

// Shelf keeps the wrapped keyring. Store replaces it atomically and durably. Load fails with errs.NotFound before the first Store.
type Shelf interface {
	Load(ctx context.Context) ([]byte, error)
	Store(ctx context.Context, ring []byte) error
}

// Config is what a keyring needs.
type Config struct {
	Master Master
	Shelf  Shelf
	Rand   io.Reader        // cryptographically strong
	Clock  func() time.Time // nil: the wall clock
}

// KeyInfo describes a data key without showing it.
type KeyInfo struct {
	ID      uint32
	Created time.Time
	Current bool // new secrets are sealed with this one
}

// Keyring seals and opens. It is safe for concurrent use.
type Keyring struct {
	cfg Config

	mu      sync.RWMutex
	keys    map[uint32]*dataKey
	named   map[string]cipher.AEAD
	current uint32
	ring    ringFile
	rotate  sync.Mutex
}

type dataKey struct {
	aead    cipher.AEAD
	created time.Time
}

// ringFile is the stored form. Fields are only ever added.
type ringFile struct {
	Version int        `json:"version"`
	Keys    []ringKey  `json:"keys"`
	Named   []namedKey `json:"named,omitempty"`
}

type ringKey struct {
	ID      uint32    `json:"id"`
	Created time.Time `json:"created"`
	Wrapped []byte    `json:"wrapped"`
}

// Open loads the keyring from its shelf, or makes one with a first key when the shelf is empty. errs.Corrupt: the master key is
// not the one that wrapped it.
func Open(ctx context.Context, cfg Config) (*Keyring, error) {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	k := &Keyring{cfg: cfg, keys: map[uint32]*dataKey{}, named: map[string]cipher.AEAD{}}
	raw, err := cfg.Shelf.Load(ctx)
	if errs.KindOf(err) == errs.NotFound && err != nil {
		k.ring.Version = ringVersion
		if _, err := k.Rotate(ctx); err != nil {
			return nil, err
		}
		return k, nil
	}
	if err != nil {
		return nil, errs.Wrap("seal.Open", err)
	}
	if err := json.Unmarshal(raw, &k.ring); err != nil || !k.ring.sound() {
		return nil, errs.New(errs.Corrupt, "", "The keyring is damaged or was written by a newer release; restore it from a backup.").Because(err)
	}
	for _, rk := range k.ring.Keys {
		if err := k.unwrap(ctx, rk); err != nil {
			return nil, err
		}
	}
	for _, n := range k.ring.Named {
		if k.named[n.Name], err = k.unwrapKey(ctx, n.Wrapped, namedAAD(n.Name)); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func (r *ringFile) sound() bool {
	known := r.Version == ringVersion || r.Version == namedRingVersion
	return known && len(r.Keys) > 0 && len(r.Keys) <= MaxKeys && len(r.Named) <= MaxNamed
}

func (k *Keyring) unwrapKey(ctx context.Context, wrapped, aad []byte) (cipher.AEAD, error) {
	plain, err := k.cfg.Master.Unwrap(ctx, wrapped, aad)
	if err != nil {
		if errs.KindOf(err) != errs.Corrupt {
			return nil, errs.Wrap("seal.Open", err)
		}
		return nil, errs.New(errs.Corrupt, "WrongMasterKey", "The master key ("+k.cfg.Master.Name()+
			") is not the one that the keyring was made with; give the former one.").Because(err)
	}
	defer clear(plain)
	return newAEAD(plain)
}

func (k *Keyring) unwrap(ctx context.Context, rk ringKey) error {
	aead, err := k.unwrapKey(ctx, rk.Wrapped, ringAAD(rk.ID))
	if err != nil {
		return err
	}
	k.keys[rk.ID] = &dataKey{aead: aead, created: rk.Created}
	k.current = max(k.current, rk.ID)
	return nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	a, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, errs.New(errs.Corrupt, "", "A key of the keyring has the wrong length.").Because(err)
	}
	return a, nil
}

func ringAAD(id uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte("coffer keyring 1 "), id)
}

// Rotate makes a new data key, durably, and seals with it from now on. Envelopes of the older keys still open.
func (k *Keyring) Rotate(ctx context.Context) (KeyInfo, error) {
	k.rotate.Lock()
	defer k.rotate.Unlock()
	if len(k.ring.Keys) >= MaxKeys {
		return KeyInfo{}, errs.New(errs.Limit, "", "The keyring is full: it holds at most 1000 keys.")
	}
	rk, aead, err := k.newKey(ctx)
	if err != nil {
		return KeyInfo{}, err
	}
	next := ringFile{Version: k.ring.Version, Keys: append(append([]ringKey(nil), k.ring.Keys...), rk), Named: k.ring.Named}
	if err := k.store(ctx, next); err != nil {
		return KeyInfo{}, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ring, k.current = next, rk.ID
	k.keys[rk.ID] = &dataKey{aead: aead, created: rk.Created}
	return KeyInfo{ID: rk.ID, Created: rk.Created, Current: true}, nil
}

func (k *Keyring) newKey(ctx context.Context) (ringKey, cipher.AEAD, error) {
	plain := make([]byte, KeyBytes)
	defer clear(plain)
	if _, err := io.ReadFull(k.cfg.Rand, plain); err != nil {
		return ringKey{}, nil, errs.Fault("seal.Rotate", err)
	}
	rk := ringKey{ID: k.current + 1, Created: k.cfg.Clock().UTC().Truncate(time.Second)}
	var err error
	if rk.Wrapped, err = k.cfg.Master.Wrap(ctx, plain, ringAAD(rk.ID)); err != nil {
		return ringKey{}, nil, errs.Wrap("seal.Rotate", err)
	}
	aead, err := newAEAD(plain)
	return rk, aead, err
}

func (k *Keyring) store(ctx context.Context, r ringFile) error {
	raw, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return errs.Fault("seal.store", err)
	}
	return errs.Wrap("seal.store", k.cfg.Shelf.Store(ctx, append(raw, '\n')))
}

// Rewrap wraps every data key under another master key, durably. Envelopes stay as they are.
func (k *Keyring) Rewrap(ctx context.Context, to Master) error {
	k.rotate.Lock()
	defer k.rotate.Unlock()
	next := ringFile{Version: k.ring.Version}
	for _, rk := range k.ring.Keys {
		var err error
		if rk.Wrapped, err = rewrap(ctx, k.cfg.Master, to, rk.Wrapped, ringAAD(rk.ID)); err != nil {
			return err
		}
		next.Keys = append(next.Keys, rk)
	}
	for _, n := range k.ring.Named {
		var err error
		if n.Wrapped, err = rewrap(ctx, k.cfg.Master, to, n.Wrapped, namedAAD(n.Name)); err != nil {
			return err
		}
		next.Named = append(next.Named, n)
	}
	if err := k.store(ctx, next); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ring, k.cfg.Master = next, to
	return nil
}

func rewrap(ctx context.Context, from, to Master, wrapped, aad []byte) ([]byte, error) {
	plain, err := from.Unwrap(ctx, wrapped, aad)
	if err != nil {
		return nil, errs.Wrap("seal.Rewrap", err)
	}
	defer clear(plain)
	wrapped, err = to.Wrap(ctx, plain, aad)
	return wrapped, errs.Wrap("seal.Rewrap", err)
}

// Keys lists the data keys, the oldest first.
func (k *Keyring) Keys() []KeyInfo {
	k.mu.RLock()
	defer k.mu.RUnlock()
	infos := make([]KeyInfo, 0, len(k.ring.Keys))
	for _, rk := range k.ring.Keys {
		infos = append(infos, KeyInfo{ID: rk.ID, Created: rk.Created, Current: rk.ID == k.current})
	}
	return infos
}

// Seal encrypts plaintext under the current key. aad binds the envelope to where it is kept: Open needs the same. The envelope is
// version (1 byte), key id (4), nonce (24), ciphertext with tag.
func (k *Keyring) Seal(plaintext, aad []byte) ([]byte, error) {
	if len(plaintext) > MaxPlaintext {
		return nil, errs.New(errs.Limit, "", "A sealed secret has at most 1 MiB.")
	}
	k.mu.RLock()
	id, dk := k.current, k.keys[k.current]
	k.mu.RUnlock()
	out := make([]byte, headBytes+chacha20poly1305.NonceSizeX, Overhead+len(plaintext))
	out[0] = envelopeVersion
	binary.BigEndian.PutUint32(out[1:], id)
	nonce := out[headBytes:]
	if _, err := io.ReadFull(k.cfg.Rand, nonce); err != nil {
		return nil, errs.Fault("seal.Seal", err)
	}
	return dk.aead.Seal(out, nonce, plaintext, bind(out[:headBytes], aad)), nil
}

// bind makes the associated data of an envelope: its head, so that version and key id can't be changed, then the caller's.
func bind(head, aad []byte) []byte {
	return append(append(make([]byte, 0, len(head)+len(aad)), head...), aad...)
}

// KeyOf returns the id of the data key that an envelope was sealed with.
func KeyOf(envelope []byte) (uint32, error) {
	if len(envelope) < Overhead || envelope[0] != envelopeVersion {
		return 0, corrupt("the envelope is cut off or of an unknown version")
	}
	return binary.BigEndian.Uint32(envelope[1:]), nil
}

func corrupt(why string) error {
	return errs.New(errs.Corrupt, "", "A stored secret cannot be read: "+why+".")
}

// Open decrypts an envelope. errs.Corrupt: it was changed, cut off, moved to another row, or its key is not on the keyring.
func (k *Keyring) Open(envelope, aad []byte) ([]byte, error) {
	id, err := KeyOf(envelope)
	if err != nil {
		return nil, err
	}
	k.mu.RLock()
	dk := k.keys[id]
	k.mu.RUnlock()
	if dk == nil {
		return nil, corrupt("its key is not on the keyring")
	}
	nonce, ct := envelope[headBytes:headBytes+chacha20poly1305.NonceSizeX], envelope[headBytes+chacha20poly1305.NonceSizeX:]
	plain, err := dk.aead.Open(nil, nonce, ct, bind(envelope[:headBytes], aad))
	if err != nil {
		return nil, corrupt("it was changed or belongs elsewhere")
	}
	return plain, nil
}

// Reseal seals an envelope's content under the current key. changed is false when it already is; envelope is returned then.
func (k *Keyring) Reseal(envelope, aad []byte) (out []byte, changed bool, err error) {
	id, err := KeyOf(envelope)
	if err != nil {
		return nil, false, err
	}
	plain, err := k.Open(envelope, aad)
	if err != nil {
		return nil, false, err
	}
	defer clear(plain)
	k.mu.RLock()
	current := k.current
	k.mu.RUnlock()
	if id == current {
		return envelope, false, nil
	}
	out, err = k.Seal(plain, aad)
	return out, err == nil, err
}

// AAD joins the parts that say which row a secret belongs to, each with its length, so that no two lists give the same bytes.
func AAD(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	return b
}

// String shows nothing of the keys.
func (k *Keyring) String() string { return "keyring" }

// GoString shows nothing of the keys.
func (k *Keyring) GoString() string { return "keyring" }

// LogValue shows nothing of the keys.
func (k *Keyring) LogValue() slog.Value { return slog.StringValue("keyring") }

// fingerprint names a key without giving it away.
func fingerprint(sum []byte) string { return hex.EncodeToString(sum[:4]) }
