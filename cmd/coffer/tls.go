package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"coffer/internal/config"
	"coffer/internal/errs"
)

// selfSignedLife is how long a certificate for trial is good.
const selfSignedLife = 397 * 24 * time.Hour

// tlsConfig returns what the listeners need, or nil where they speak plain HTTP.
func tlsConfig(c *config.Serve) (*tls.Config, error) {
	if !c.TLS() {
		return nil, nil
	}
	cert, key := c.TLSCert, c.TLSKey
	if c.TLSSelfSigned {
		var err error
		if cert, key, err = selfSigned(c.Data); err != nil {
			return nil, err
		}
	}
	k := &keeper{cert: cert, key: key}
	if _, err := k.get(nil); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: k.get}, nil
}

// keeper reads a certificate again when its files change; a broken new one leaves the old one in use.
type keeper struct {
	cert, key string
	mu        sync.Mutex
	looked    time.Time
	stamp     [2]time.Time
	loaded    *tls.Certificate
}

func (k *keeper) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.loaded != nil && time.Since(k.looked) < time.Second {
		return k.loaded, nil
	}
	k.looked = time.Now()
	stamp, err := stamps(k.cert, k.key)
	if err == nil && (k.loaded == nil || stamp != k.stamp) {
		var c tls.Certificate
		if c, err = tls.LoadX509KeyPair(k.cert, k.key); err == nil {
			k.loaded, k.stamp = &c, stamp
		}
	}
	if k.loaded == nil {
		return nil, errs.New(errs.Invalid, "", fmt.Sprintf("certificate %s with key %s: %v", k.cert, k.key, err))
	}
	return k.loaded, nil
}

func stamps(files ...string) (out [2]time.Time, err error) {
	for i, f := range files {
		s, err := os.Stat(f)
		if err != nil {
			return out, err
		}
		out[i] = s.ModTime()
	}
	return out, nil
}

// selfSignedCert is where a certificate for trial is kept.
func selfSignedCert(data string) string { return filepath.Join(data, "tls", "self-signed.crt") }

// selfSigned makes a certificate for this machine's names once and returns its files.
func selfSigned(data string) (cert, key string, err error) {
	cert, key = selfSignedCert(data), filepath.Join(data, "tls", "self-signed.key")
	if c, err := tls.LoadX509KeyPair(cert, key); err == nil && c.Leaf != nil && time.Now().Before(c.Leaf.NotAfter) {
		return cert, key, nil
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", errs.Fault("tls.selfSigned", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return "", "", errs.Fault("tls.selfSigned", err)
	}
	host, _ := os.Hostname()
	t := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "Coffer on " + host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(selfSignedLife), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"localhost", "*.localhost", host}, IPAddresses: addresses()}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &private.PublicKey, private)
	if err != nil {
		return "", "", errs.Fault("tls.selfSigned", err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", "", errs.Fault("tls.selfSigned", err)
	}
	if err := os.MkdirAll(filepath.Dir(cert), 0o700); err != nil {
		return "", "", errs.Fault("tls.selfSigned", err)
	}
	if err := os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600); err != nil {
		return "", "", errs.Fault("tls.selfSigned", err)
	}
	return cert, key, errs.Fault("tls.selfSigned", os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644))
}

func addresses() []net.IP {
	ips := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	all, _ := net.InterfaceAddrs()
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
			ips = append(ips, n.IP)
		}
	}
	return ips
}

// authority returns the certificate in PEM that clients have to trust to believe the listeners', nil where they need not be told: the
// last of the chain that is shown, where it is its own issuer.
func (s *system) authority() []byte {
	if s.certs == nil {
		return nil
	}
	shown, err := s.certs.GetCertificate(nil)
	if err != nil || len(shown.Certificate) == 0 {
		return nil
	}
	last, err := x509.ParseCertificate(shown.Certificate[len(shown.Certificate)-1])
	if err != nil || !bytes.Equal(last.RawIssuer, last.RawSubject) {
		return nil
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: last.Raw})
}
