package seal

import (
	"context"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"coffer/internal/errs"
)

// Names of the files in the data folder.
const (
	MasterFileName  = "master.key"
	KeyringFileName = "keyring.json"
)

// maxFile bounds what is read of a key file or keyring, in bytes.
const maxFile = 1 << 20

// OpenDir opens the keyring of a data folder. masterFile names the file with the master key; "" means master.key in the folder,
// which is generated with mode 0600 when neither it nor a keyring is there yet.
func OpenDir(ctx context.Context, dir, masterFile string) (*Keyring, error) {
	shelf := FileShelf(filepath.Join(dir, KeyringFileName))
	path := masterFile
	if path == "" {
		path = filepath.Join(dir, MasterFileName)
		if err := generate(ctx, path, shelf); err != nil {
			return nil, err
		}
	}
	m, err := MasterFromFile(path)
	if err != nil {
		return nil, err
	}
	return Open(ctx, Config{Master: m, Shelf: shelf, Rand: rand.Reader})
}

// generate makes the master key file if it is absent, but not where a keyring says that there once was one.
func generate(ctx context.Context, path string, shelf Shelf) error {
	if _, err := os.Lstat(path); err == nil || !os.IsNotExist(err) {
		return nil
	}
	if _, err := shelf.Load(ctx); err == nil {
		return errs.New(errs.NotFound, "", "The master key file "+path+" is gone, and without it no stored secret can be read. "+
			"Put it back, or name it with COFFER_MASTER_KEY_FILE.")
	}
	key := make([]byte, KeyBytes)
	defer clear(key)
	if _, err := io.ReadFull(rand.Reader, key); err != nil {
		return errs.Fault("seal.generate", err)
	}
	return writeFile(path, []byte(base64.StdEncoding.EncodeToString(key)+"\n"))
}

// MasterFromFile reads a master key: 32 bytes as base64 or as 64 hexadecimal digits, as `openssl rand -base64 32` prints them.
// A file that everybody may write is refused; one that everybody may read is not, since containers mount their secrets so.
func MasterFromFile(path string) (Master, error) {
	raw, err := readFile(path)
	if err != nil {
		return nil, errs.New(errs.KindOf(err), "", "The master key file "+path+" cannot be read.").Because(err)
	}
	st, err := os.Stat(path)
	if err != nil {
		return nil, errs.Fault("seal.MasterFromFile", err)
	}
	if st.Mode().Perm()&0o002 != 0 {
		return nil, errs.New(errs.Invalid, "", "The master key file "+path+" may be written by everybody; run chmod 600 on it.")
	}
	key := decodeKey(strings.TrimSpace(string(raw)))
	clear(raw)
	if key == nil {
		return nil, errs.New(errs.Invalid, "", "The master key file "+path+
			" must hold 32 bytes as base64 or hexadecimal, as `openssl rand -base64 32` prints them.")
	}
	defer clear(key)
	return NewMaster(key, path)
}

func decodeKey(s string) []byte {
	if b, err := hex.DecodeString(s); err == nil && len(b) == KeyBytes {
		return b
	}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if b, err := enc.DecodeString(s); err == nil && len(b) == KeyBytes {
			return b
		}
	}
	return nil
}

// localMaster is a master key that this process holds.
type localMaster struct {
	aead cipher.AEAD
	name string
}

// NewMaster makes a master of a 32-byte key. name says where it is from.
func NewMaster(key []byte, name string) (Master, error) {
	if len(key) != KeyBytes {
		return nil, errs.New(errs.Invalid, "", "A master key has 32 bytes.")
	}
	sub, err := hkdf.Key(sha256.New, key, nil, "coffer master wrap 1", KeyBytes)
	if err != nil {
		return nil, errs.Fault("seal.NewMaster", err)
	}
	print, err := hkdf.Key(sha256.New, key, nil, "coffer master name 1", 4)
	if err != nil {
		return nil, errs.Fault("seal.NewMaster", err)
	}
	aead, err := newAEAD(sub)
	clear(sub)
	if err != nil {
		return nil, err
	}
	return &localMaster{aead: aead, name: name + ", " + fingerprint(print)}, nil
}

func (m *localMaster) Name() string { return m.name }

func (m *localMaster) Wrap(_ context.Context, plaintext, aad []byte) ([]byte, error) {
	nonce := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(plaintext)+chacha20poly1305.Overhead)
	if _, err := io.ReadFull(rand.Reader, nonce); err != nil {
		return nil, errs.Fault("seal.Wrap", err)
	}
	return m.aead.Seal(nonce, nonce, plaintext, aad), nil
}

func (m *localMaster) Unwrap(_ context.Context, wrapped, aad []byte) ([]byte, error) {
	if len(wrapped) < chacha20poly1305.NonceSizeX+chacha20poly1305.Overhead {
		return nil, corrupt("a wrapped key is cut off")
	}
	plain, err := m.aead.Open(nil, wrapped[:chacha20poly1305.NonceSizeX], wrapped[chacha20poly1305.NonceSizeX:], aad)
	if err != nil {
		return nil, corrupt("the master key is another one")
	}
	return plain, nil
}

// String shows nothing of the key.
func (m *localMaster) String() string { return "master key (" + m.name + ")" }

// GoString shows nothing of the key.
func (m *localMaster) GoString() string { return m.String() }

// FileShelf keeps the keyring in a file of mode 0600, replaced by rename.
func FileShelf(path string) Shelf { return fileShelf(path) }

type fileShelf string

func (f fileShelf) Load(context.Context) ([]byte, error) { return readFile(string(f)) }

func (f fileShelf) Store(_ context.Context, ring []byte) error { return writeFile(string(f), ring) }

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		if os.IsNotExist(err) {
			return nil, errs.New(errs.NotFound, "", "The file "+path+" is absent.").Because(err)
		}
		return nil, errs.New(errs.Unavailable, "", "The file "+path+" cannot be opened.").Because(err)
	}
	defer func() { _ = file.Close() }()
	raw, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(raw) > maxFile {
		err = fs.ErrInvalid
	}
	if err != nil {
		return nil, errs.New(errs.Unavailable, "", "The file "+path+" cannot be read.").Because(err)
	}
	return raw, nil
}

// writeFile replaces a file durably: content, then name, each synced.
func writeFile(path string, content []byte) (err error) {
	defer func() {
		if err != nil {
			err = errs.New(errs.Unavailable, "", "The file "+path+" cannot be written.").Because(err)
		}
	}()
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".seal-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name())
		}
	}()
	if _, err = tmp.Write(content); err == nil {
		err = tmp.Sync()
	}
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	if err = os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if e := d.Close(); err == nil {
		err = e
	}
	return err
}
