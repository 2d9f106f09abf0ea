package seal

import (
	"context"
	"crypto/cipher"
	"io"
	"strings"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"coffer/internal/errs"
)

// Named keys are for who wants to say which key an object lies under, as SSE-KMS does. They stay on the keyring for ever: without its
// key an object is lost.
const (
	MaxNamed      = 1000 // named keys a keyring may hold
	MaxNamedBytes = 128  // of a name
	namedVersion  = 3    // of an envelope; KeyOf refuses it
	namedHead     = 1
)

// NamedInfo describes a named key without showing it.
type NamedInfo struct {
	Name    string
	Created time.Time
}

type namedKey struct {
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	Wrapped []byte    `json:"wrapped"`
}

func namedAAD(name string) []byte { return AAD("coffer named key 1", name) }

// CheckNamed refuses a name that a key can't have: 1 to 128 characters of letters, digits and - _ . / :, not beginning with arn: or alias/,
// which stand before names in the ids that clients send.
func CheckNamed(name string) error {
	bad := name == "" || len(name) > MaxNamedBytes || strings.HasPrefix(name, "arn:") || strings.HasPrefix(name, "alias/")
	for i := 0; i < len(name) && !bad; i++ {
		c := name[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		bad = !letter && !strings.ContainsRune("-_./:", rune(c))
	}
	if bad {
		return errs.New(errs.Invalid, "", "The name of a key has 1 to 128 characters of letters, digits and - _ . / : and does not begin with arn: or alias/.")
	}
	return nil
}

// AddNamed makes a named key, durably. made is false where there is one of the name already.
func (k *Keyring) AddNamed(ctx context.Context, name string) (made bool, err error) {
	if err := CheckNamed(name); err != nil {
		return false, err
	}
	k.rotate.Lock()
	defer k.rotate.Unlock()
	if k.HasNamed(name) {
		return false, nil
	}
	if len(k.ring.Named) >= MaxNamed {
		return false, errs.New(errs.Limit, "", "The keyring is full: it holds at most 1000 named keys.")
	}
	plain := make([]byte, KeyBytes)
	defer clear(plain)
	if _, err := io.ReadFull(k.cfg.Rand, plain); err != nil {
		return false, errs.Fault("seal.AddNamed", err)
	}
	n := namedKey{Name: name, Created: k.cfg.Clock().UTC().Truncate(time.Second)}
	if n.Wrapped, err = k.cfg.Master.Wrap(ctx, plain, namedAAD(name)); err != nil {
		return false, errs.Wrap("seal.AddNamed", err)
	}
	aead, err := newAEAD(plain)
	if err != nil {
		return false, err
	}
	next := ringFile{Version: namedRingVersion, Keys: k.ring.Keys, Named: append(append([]namedKey(nil), k.ring.Named...), n)}
	if err := k.store(ctx, next); err != nil {
		return false, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ring = next
	k.named[name] = aead
	return true, nil
}

// HasNamed reports whether there is a key of the name.
func (k *Keyring) HasNamed(name string) bool { return k.namedKey(name) != nil }

func (k *Keyring) namedKey(name string) cipher.AEAD {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.named[name]
}

// Named lists the named keys in the order of their making.
func (k *Keyring) Named() []NamedInfo {
	k.mu.RLock()
	defer k.mu.RUnlock()
	infos := make([]NamedInfo, 0, len(k.ring.Named))
	for _, n := range k.ring.Named {
		infos = append(infos, NamedInfo{Name: n.Name, Created: n.Created})
	}
	return infos
}

// SealNamed is Seal under a named key. errs.NotFound: there is none of the name.
func (k *Keyring) SealNamed(name string, plaintext, aad []byte) ([]byte, error) {
	if len(plaintext) > MaxPlaintext {
		return nil, errs.New(errs.Limit, "", "A sealed secret has at most 1 MiB.")
	}
	aead := k.namedKey(name)
	if aead == nil {
		return nil, errs.New(errs.NotFound, "", "There is no key of that name on the keyring.")
	}
	out := make([]byte, namedHead+chacha20poly1305.NonceSizeX, namedHead+chacha20poly1305.NonceSizeX+len(plaintext)+chacha20poly1305.Overhead)
	out[0] = namedVersion
	nonce := out[namedHead:]
	if _, err := io.ReadFull(k.cfg.Rand, nonce); err != nil {
		return nil, errs.Fault("seal.SealNamed", err)
	}
	return aead.Seal(out, nonce, plaintext, bind(out[:namedHead], aad)), nil
}

// OpenNamed opens what SealNamed made. errs.Corrupt: it was changed, belongs elsewhere, or its key is not on the keyring.
func (k *Keyring) OpenNamed(name string, envelope, aad []byte) ([]byte, error) {
	const head = namedHead + chacha20poly1305.NonceSizeX
	if len(envelope) < head+chacha20poly1305.Overhead || envelope[0] != namedVersion {
		return nil, corrupt("the envelope is cut off or of an unknown version")
	}
	aead := k.namedKey(name)
	if aead == nil {
		return nil, corrupt("its key is not on the keyring")
	}
	plain, err := aead.Open(nil, envelope[namedHead:head], envelope[head:], bind(envelope[:namedHead], aad))
	if err != nil {
		return nil, corrupt("it was changed or belongs elsewhere")
	}
	return plain, nil
}
