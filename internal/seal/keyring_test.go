package seal

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"coffer/internal/errs"
)

type memShelf struct {
	raw  []byte
	fail error
}

func (m *memShelf) Load(context.Context) ([]byte, error) {
	if m.raw == nil {
		return nil, errs.NotFound
	}
	return m.raw, nil
}

func (m *memShelf) Store(_ context.Context, raw []byte) error {
	if m.fail != nil {
		return m.fail
	}
	m.raw = raw
	return nil
}

func master(t testing.TB, fill byte) Master {
	t.Helper()
	m, err := NewMaster(bytes.Repeat([]byte{fill}, KeyBytes), "test")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func open(t testing.TB, s Shelf, m Master) *Keyring {
	t.Helper()
	k, err := Open(context.Background(), Config{Master: m, Shelf: s, Rand: rand.Reader, Clock: func() time.Time { return time.Unix(1e9, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealAndOpen(t *testing.T) {
	k := open(t, &memShelf{}, master(t, 1))
	aad := AAD("31000000", "user", "key")
	env, err := k.Seal([]byte("secret"), aad)
	if err != nil || len(env) != Overhead+6 || bytes.Contains(env, []byte("secret")) {
		t.Fatalf("%x %v", env, err)
	}
	if got, err := k.Open(env, aad); err != nil || string(got) != "secret" {
		t.Fatalf("%q %v", got, err)
	}
	again, _ := k.Seal([]byte("secret"), aad)
	if bytes.Equal(env, again) {
		t.Error("two envelopes of one secret are alike: the nonce is not fresh")
	}
	refused := func(name string, env, aad []byte) {
		t.Helper()
		if got, err := k.Open(env, aad); !errors.Is(err, errs.Corrupt) || got != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	refused("another row", env, AAD("31000000", "user", "other"))
	refused("no row", env, nil)
	refused("nothing", nil, aad)
	for n := range env {
		refused(fmt.Sprintf("cut off at %d", n), env[:n], aad)
	}
	for n := range env {
		changed := bytes.Clone(env)
		changed[n] ^= 1
		refused(fmt.Sprintf("changed at %d", n), changed, aad)
	}
	refused("lengthened", append(bytes.Clone(env), 0), aad)
	if _, err := k.Seal(make([]byte, MaxPlaintext+1), aad); !errors.Is(err, errs.Limit) {
		t.Errorf("too large a secret: %v", err)
	}
}

func TestRoundTrip(t *testing.T) {
	k := open(t, &memShelf{}, master(t, 1))
	rapid.Check(t, func(t *rapid.T) {
		plain, aad := rapid.SliceOf(rapid.Byte()).Draw(t, "plain"), rapid.SliceOf(rapid.Byte()).Draw(t, "aad")
		env, err := k.Seal(plain, aad)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := k.Open(env, aad); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%x %v", got, err)
		}
	})
}

func TestAADIsUnambiguous(t *testing.T) {
	for _, pair := range [][2][]string{{{"ab", "c"}, {"a", "bc"}}, {{"a"}, {"a", ""}}, {{}, {""}}} {
		if bytes.Equal(AAD(pair[0]...), AAD(pair[1]...)) {
			t.Errorf("%q and %q give the same bytes", pair[0], pair[1])
		}
	}
}

func TestRotate(t *testing.T) {
	shelf, ctx, aad := &memShelf{}, context.Background(), []byte("row")
	k := open(t, shelf, master(t, 1))
	first, _ := k.Seal([]byte("old"), aad)
	info, err := k.Rotate(ctx)
	if err != nil || info.ID != 2 || !info.Current {
		t.Fatalf("%+v %v", info, err)
	}
	second, _ := k.Seal([]byte("new"), aad)
	for _, ring := range []*Keyring{k, open(t, shelf, master(t, 1))} {
		for env, want := range map[string]string{string(first): "old", string(second): "new"} {
			if got, err := ring.Open([]byte(env), aad); err != nil || string(got) != want {
				t.Errorf("%q %v, want %q", got, err, want)
			}
		}
		if keys := ring.Keys(); len(keys) != 2 || keys[0].Current || !keys[1].Current {
			t.Errorf("keys: %+v", keys)
		}
	}
	if id, _ := KeyOf(second); id != 2 {
		t.Errorf("sealed with key %d after the rotation", id)
	}
	again, changed, err := k.Reseal(first, aad)
	if err != nil || !changed {
		t.Fatal(changed, err)
	}
	if id, _ := KeyOf(again); id != 2 {
		t.Errorf("resealed with key %d", id)
	}
	if same, changed, err := k.Reseal(again, aad); err != nil || changed || !bytes.Equal(same, again) {
		t.Error("what is current was sealed again")
	}
	if _, _, err := k.Reseal(first, []byte("other")); !errors.Is(err, errs.Corrupt) {
		t.Errorf("resealing with another row: %v", err)
	}
	shelf.fail = errs.Unavailable
	if _, err := k.Rotate(ctx); !errors.Is(err, errs.Unavailable) {
		t.Errorf("rotation without a store: %v", err)
	}
	if env, _ := k.Seal(nil, aad); len(k.Keys()) != 2 || env[4] != 2 {
		t.Error("a key that was not stored is used")
	}
}

func TestMasterKey(t *testing.T) {
	shelf, ctx := &memShelf{}, context.Background()
	k := open(t, shelf, master(t, 1))
	env, _ := k.Seal([]byte("secret"), nil)
	if _, err := Open(ctx, Config{Master: master(t, 2), Shelf: shelf, Rand: rand.Reader}); !errors.Is(err, errs.Corrupt) || errs.CodeOf(err) != "WrongMasterKey" {
		t.Errorf("another master key: %v", err)
	}
	if err := k.Rewrap(ctx, master(t, 2)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, Config{Master: master(t, 1), Shelf: shelf, Rand: rand.Reader}); !errors.Is(err, errs.Corrupt) {
		t.Errorf("the former master key still opens: %v", err)
	}
	if got, err := open(t, shelf, master(t, 2)).Open(env, nil); err != nil || string(got) != "secret" {
		t.Errorf("after the change of the master key: %q %v", got, err)
	}
	if _, err := k.Rotate(ctx); err != nil {
		t.Fatal(err)
	}
	open(t, shelf, master(t, 2))
	// A wrapped key put under another id must not open.
	shelf.raw = bytes.Replace(shelf.raw, []byte(`"id": 1`), []byte(`"id": 9`), 1)
	if _, err := Open(ctx, Config{Master: master(t, 2), Shelf: shelf, Rand: rand.Reader}); !errors.Is(err, errs.Corrupt) {
		t.Errorf("a key under another id: %v", err)
	}
	for _, raw := range []string{"", "{", `{"version":2,"keys":[]}`, `{"version":1,"keys":[]}`} {
		if _, err := Open(ctx, Config{Master: master(t, 1), Shelf: &memShelf{raw: []byte(raw)}, Rand: rand.Reader}); !errors.Is(err, errs.Corrupt) {
			t.Errorf("keyring %q: %v", raw, err)
		}
	}
}

func TestNothingShowsKeys(t *testing.T) {
	key := bytes.Repeat([]byte("K"), KeyBytes)
	m, _ := NewMaster(key, "test")
	k := open(t, &memShelf{}, m)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("start", "keyring", k, "master", m)
	for _, s := range []string{log.String(), fmt.Sprintf("%v %+v %#v %s", k, k, k, k), fmt.Sprintf("%v %+v %#v", m, m, m)} {
		if strings.Contains(s, "KKK") || strings.Contains(s, "aead") {
			t.Errorf("shows the key: %s", s)
		}
	}
}

func TestDataFolder(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	k, err := OpenDir(ctx, dir, "")
	if err != nil {
		t.Fatal(err)
	}
	env, _ := k.Seal([]byte("secret"), nil)
	for _, name := range []string{MasterFileName, KeyringFileName} {
		st, err := os.Stat(filepath.Join(dir, name))
		if err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, st.Mode(), err)
		}
	}
	if k, err = OpenDir(ctx, dir, ""); err != nil {
		t.Fatal(err)
	}
	if got, err := k.Open(env, nil); err != nil || string(got) != "secret" {
		t.Errorf("after reopening: %q %v", got, err)
	}
	named := filepath.Join(t.TempDir(), "m")
	if err := os.Rename(filepath.Join(dir, MasterFileName), named); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenDir(ctx, dir, ""); !errors.Is(err, errs.NotFound) || !strings.Contains(errs.PublicOf(err), "COFFER_MASTER_KEY_FILE") {
		t.Errorf("without its master key: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, MasterFileName)); err == nil {
		t.Error("a new master key was made beside an old keyring")
	}
	if k, err = OpenDir(ctx, dir, named); err != nil {
		t.Fatal(err)
	}
	if got, err := k.Open(env, nil); err != nil || string(got) != "secret" {
		t.Errorf("with the named master key: %q %v", got, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".seal-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestMasterFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m")
	key := bytes.Repeat([]byte{0xfb}, KeyBytes)
	for name, c := range map[string]struct {
		content string
		mode    os.FileMode
		kind    error
	}{
		"base64":          {base64.StdEncoding.EncodeToString(key) + "\n", 0o600, nil},
		"url base64":      {base64.RawURLEncoding.EncodeToString(key), 0o400, nil},
		"hexadecimal":     {fmt.Sprintf("%x\n", key), 0o444, nil},
		"too short":       {base64.StdEncoding.EncodeToString(key[1:]), 0o600, errs.Invalid},
		"a password":      {"correct horse battery staple", 0o600, errs.Invalid},
		"empty":           {"", 0o600, errs.Invalid},
		"world can write": {base64.StdEncoding.EncodeToString(key), 0o666, errs.Invalid},
	} {
		_ = os.Remove(path)
		if err := os.WriteFile(path, []byte(c.content), c.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		_, err := MasterFromFile(path)
		if c.kind == nil && err != nil || c.kind != nil && !errors.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && c.content != "" && strings.Contains(err.Error(), strings.TrimSpace(c.content)) {
			t.Errorf("%s: the error repeats the key", name)
		}
	}
	if _, err := MasterFromFile(path + "x"); !errors.Is(err, errs.NotFound) {
		t.Errorf("absent: %v", err)
	}
}
