package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestCertificateIsReadAgainWhenItChanges(t *testing.T) {
	dir := t.TempDir()
	cert, key, err := selfSigned(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := selfSigned(filepath.Join(dir, "a"))
	if err != nil || again != cert {
		t.Fatalf("a certificate that is still good was made again: %v", err)
	}
	k := &keeper{cert: cert, key: key}
	first, err := k.get(nil)
	if err != nil {
		t.Fatal(err)
	}
	otherCert, otherKey, err := selfSigned(filepath.Join(dir, "b"))
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{otherCert: cert, otherKey: key} {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
		later := time.Now().Add(time.Minute)
		if err := os.Chtimes(to, later, later); err != nil {
			t.Fatal(err)
		}
	}
	k.looked = time.Time{}
	second, err := k.get(nil)
	if err != nil || second.Leaf.SerialNumber.Cmp(first.Leaf.SerialNumber) == 0 {
		t.Fatalf("the new certificate was not taken: %v", err)
	}
	if err := os.WriteFile(cert, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	k.looked = time.Time{}
	third, err := k.get(nil)
	if err != nil || third != second {
		t.Fatalf("a broken file took the good certificate away: %v", err)
	}
}
