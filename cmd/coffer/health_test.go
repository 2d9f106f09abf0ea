package main

import (
	"crypto/tls"
	"crypto/x509"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"coffer/internal/api/console"
	"coffer/internal/config"
	"coffer/internal/engine/pebble"
	"coffer/internal/jobs"
)

// noted gathers what the operator is told to look at.
type noted []string

func (n *noted) add(text string) { *n = append(*n, text) }

func TestHealthTellsOfTheDisk(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		reserve int64
		problem string
	}{"room": {1 << 20, ""}, "no reserve": {0, ""}} {
		store, err := pebble.Open(pebble.Options{Dir: filepath.Join(dir, strings.ReplaceAll(name, " ", "-")), ReserveBytes: c.reserve})
		if err != nil {
			t.Fatal(err)
		}
		s := &system{config: &config.Serve{Data: "./coffer-data"}, meta: store}
		var n noted
		d := s.disk(n.add)
		if d.Folder != "./coffer-data" || d.Bytes <= 0 || d.Free <= 0 || d.Free > d.Bytes || d.Reserve != c.reserve || len(n) > 0 {
			t.Errorf("%s: %+v %v", name, d, n)
		}
		free := d.Free
		store.Close()
		if n = nil; s.disk(n.add).Bytes != 0 || len(n) != 1 {
			t.Errorf("%s: of a store that is closed is told %v", name, n)
		}

		// Below twice the reserve the operator is told before writes stop.
		store, err = pebble.Open(pebble.Options{Dir: filepath.Join(dir, "near-"+strings.ReplaceAll(name, " ", "-")), ReserveBytes: free * 2 / 3})
		if err != nil {
			t.Fatal(err)
		}
		s.meta, n = store, nil
		if s.disk(n.add); len(n) != 1 || !strings.Contains(n[0], "nearly full") {
			t.Errorf("%s: nearly at the reserve the operator is told %v", name, n)
		}
		store.Close()
	}
}

func TestHealthTellsOfTheCertificate(t *testing.T) {
	end := time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
	shown := &tls.Certificate{Leaf: &x509.Certificate{NotAfter: end}}
	s := &system{certs: &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return shown, nil }}}
	for name, c := range map[string]struct {
		now  time.Time
		told string
	}{"long before": {end.AddDate(0, -2, 0), ""}, "a week before": {end.AddDate(0, 0, -7), "less than two weeks"}, "after": {end.Add(time.Second), "has expired"}} {
		var n noted
		all := s.listeners(c.now, n.add)
		if len(all) != 2 || !all[0].Tls || !all[1].CertificateExpires.Equal(end) || strings.Join(n, " ") == "" != (c.told == "") || !strings.Contains(strings.Join(n, " "), c.told) {
			t.Errorf("%s: %+v %v", name, all, n)
		}
	}
	var n noted
	if all := (&system{}).listeners(end, n.add); all[0].Tls || all[0].CertificateExpires != nil || len(n) > 0 {
		t.Errorf("without TLS: %+v %v", all, n)
	}
}

func TestHealthTellsOfJobs(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC)
	if j := jobState(console.Lifecycle, jobs.Status{}); j.State != console.Waiting || j.Began != nil || j.Ended != nil || j.Failure != nil {
		t.Errorf("before the first run: %+v", j)
	}
	failed := jobs.Status{Began: at, Ended: at, Failure: "photos: broken"}
	if j := jobState(console.Lifecycle, failed); j.State != console.Failed || *j.Failure != "photos: broken" || !j.Ended.Equal(at.Truncate(time.Second)) {
		t.Errorf("after a failure: %+v", j)
	}
	failed.Running = true
	if j := jobState(console.Lifecycle, failed); j.State != console.Running || j.Failure == nil {
		t.Errorf("while it is repeated: %+v", j)
	}
	if m := memory(); m.Used <= 0 || m.Limit < 0 {
		t.Errorf("memory is told as %+v", m)
	}
}
