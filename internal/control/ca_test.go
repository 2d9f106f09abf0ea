package control

import (
	"strings"
	"testing"
)

func TestTheCertificateToTrustIsHandedOut(t *testing.T) {
	w := newWorld(t)
	if a := w.do("GET", "/console/ca", anonymous, nil); a.Code != 404 {
		t.Errorf("where there is none the answer is %d", a.Code)
	}
	if a := w.do("GET", "/console/info", anonymous, nil); strings.Contains(a.Body.String(), `"ca"`) {
		t.Errorf("where there is none the information says %s", a.Body)
	}
	with := newWorld(t, func(c *Config) { c.CA = func() []byte { return []byte("-----BEGIN CERTIFICATE-----\n") } })
	a := with.do("GET", "/console/ca", anonymous, nil)
	if a.Code != 200 || a.Header().Get("Content-Type") != "application/x-pem-file" || a.Body.String() != "-----BEGIN CERTIFICATE-----\n" {
		t.Errorf("the answer is %d %v %s", a.Code, a.Header(), a.Body)
	}
	if a := with.do("GET", "/console/info", anonymous, nil); !strings.Contains(a.Body.String(), `"ca":true`) {
		t.Errorf("the information says %s", a.Body)
	}
}
