package ident

import (
	"bytes"
	"crypto/rand"
	"regexp"
	"strings"
	"testing"
)

// published is what the documentation gives scanners to look for.
var published = regexp.MustCompile(`^(cofferk1_|cofferc1_)[0-9A-Za-z]{83}$|^coffers1_[0-9A-Za-z]{55}$`)

func TestAccessKeysAndSecrets(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		k, err := NewAccessKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		s, err := NewSecret(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for str, n := range map[string]int{string(k): AccessKeyLen, s: SecretLen} {
			if len(str) != n || !published.MatchString(str) || !ValidChecksum(str) || seen[str] {
				t.Fatalf("malformed or repeated: %q", str)
			}
			seen[str] = true
		}
		if back, err := ParseAccessKey(string(k)); err != nil || back != k || k.IsSessionKey() {
			t.Fatalf("%q: %v", k, err)
		}
	}
}

func TestChecksumFindsTypingErrors(t *testing.T) {
	k, _ := NewAccessKey(rand.Reader)
	for i := len(AccessKeyPrefix); i < len(k); i++ {
		b := []byte(k)
		b[i] = base62[(strings.IndexByte(base62, b[i])+1)%62]
		if _, err := ParseAccessKey(string(b)); err == nil {
			t.Errorf("a change at %d was not noticed", i)
		}
	}
	if _, err := ParseAccessKey(string(k[:91])); err == nil {
		t.Error("a key cut off was not noticed")
	}
}

func TestForeignAccessKeys(t *testing.T) {
	for s, ok := range map[string]bool{
		"AKIAIOSFODNN7EXAMPLE": true, strings.Repeat("a", 16): true, strings.Repeat("_", 128): true, "00000-" + strings.Repeat("Z", 86): true,
		strings.Repeat("a", 15): false, strings.Repeat("a", 129): false, "AKIA/IOSFODNN7EXAMPLE": false, "": false, "aaaaaaaaaaaaaaa\n": false,
	} {
		if _, err := ParseAccessKey(s); (err == nil) != ok {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestFormIsKept(t *testing.T) {
	// The form is published: scanners and stored keys rely on it.
	k, err := NewAccessKey(bytes.NewReader(make([]byte, 4096)))
	if want := AccessKey(AccessKeyPrefix + strings.Repeat("0", 77) + "3dXF0f"); err != nil || k != want {
		t.Errorf("got %q, want %q", k, want)
	}
}

func TestSessionKeys(t *testing.T) {
	const u, s = UserID("0d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6"), "00112233445566778899aabbccddeeff"
	k, err := SessionKey(31000000, u, s)
	if err != nil || len(k) != AccessKeyLen || !k.IsSessionKey() || !published.MatchString(string(k)) {
		t.Fatalf("%q, %v", k, err)
	}
	if _, err := ParseAccessKey(string(k)); err != nil {
		t.Error(err)
	}
	if c, user, sess, ok := k.SessionKeyParts(); !ok || c != 31000000 || user != u || sess != s {
		t.Errorf("%v %v %v %v", c, user, sess, ok)
	}
	for _, bad := range []AccessKey{"", k[:91], k + "0", AccessKey(strings.Replace(string(k), "3100", "3101", 1)), AccessKeyPrefix + k[len(AccessKeyPrefix):]} {
		if _, _, _, ok := bad.SessionKeyParts(); ok {
			t.Errorf("%q taken for a session's", bad)
		}
	}
	if _, err := SessionKey(1, u, s); err == nil {
		t.Error("a contract number out of range was taken")
	}
}

func TestNewIDs(t *testing.T) {
	u, err := NewUserID(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ParseUserID(string(u)); err != nil || back != u || u[14] != '4' {
		t.Errorf("%q %v", u, err)
	}
	c, _ := NewCanonicalID(rand.Reader)
	if _, err := ParseCanonicalID(string(c)); err != nil {
		t.Error(err)
	}
	b, _ := NewBucketID(rand.Reader)
	if _, err := ParseBucketID(string(b)); err != nil {
		t.Error(err)
	}
	if _, err := NewUserID(strings.NewReader("short")); err == nil {
		t.Error("too little randomness was not noticed")
	}
}
