package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDataDirIsLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	d, err := openDataDir(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openDataDir(path); err == nil || !strings.Contains(err.Error(), "--data") {
		t.Fatalf("opened twice: %v", err)
	}
	d.close()
	d, err = openDataDir(path)
	if err != nil {
		t.Fatalf("after the first closed it: %v", err)
	}
	d.close()
}

func TestSecretFileIsMadeOnce(t *testing.T) {
	d, err := openDataDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	n := 0
	make := func() (string, error) { n++; return "made-up", nil }
	for range 2 {
		if s, err := d.secretFile("operator.token", make); err != nil || s != "made-up" {
			t.Fatalf("%q %v", s, err)
		}
	}
	st, err := os.Stat(d.file("operator.token"))
	if err != nil || st.Mode().Perm() != 0o600 || n != 1 {
		t.Fatalf("mode %v, made %d times, %v", st.Mode(), n, err)
	}
	if err := os.WriteFile(d.file("operator.token"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.secretFile("operator.token", make); err == nil {
		t.Fatal("an empty secret file was accepted")
	}
}
