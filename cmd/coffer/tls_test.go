package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
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

func TestAuthorityIsWhatClientsHaveToTrust(t *testing.T) {
	cert, key, err := selfSigned(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	s := &system{}
	if s.authority() != nil {
		t.Error("without TLS there is a certificate to trust")
	}
	k := &keeper{cert: cert, key: key}
	s.certs = &tls.Config{GetCertificate: k.get}
	if got := s.authority(); string(got) != string(own) {
		t.Errorf("of a certificate for trial clients are told %q", got)
	}

	// One that others signed is not handed out.
	root := k.loaded.Leaf
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "s3.example.test"}, NotAfter: root.NotAfter}
	der, err := x509.CreateCertificate(rand.Reader, leaf, root, &private.PublicKey, k.loaded.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	shown := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}
	s.certs = &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return shown, nil }}
	if got := s.authority(); got != nil {
		t.Errorf("of a certificate that others signed clients are told %q", got)
	}
	shown.Certificate = append(shown.Certificate, root.Raw)
	if got := s.authority(); string(got) != string(own) {
		t.Errorf("of a chain with its root clients are told %q", got)
	}
}
