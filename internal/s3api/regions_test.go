package s3api

import (
	"testing"

	"coffer/internal/ident"
)

func TestHostsOfARegionThatIsMadeLater(t *testing.T) {
	all := []ident.Region{{Name: "local-1", Ownership: ident.ContractOwned}}
	h := &hosts{domains: []string{"example.com"}}
	read := func(host string) (t target) {
		t.readHost(host, h.of(all))
		return t
	}
	if got := read("b.s3.berlin.example.com"); got.hostRegion != "" {
		t.Errorf("before it is made the host names region %q", got.hostRegion)
	}
	kept := h.kept.Load()
	read("s3.local-1.example.com")
	if h.kept.Load() != kept {
		t.Error("the same regions were looked at again")
	}
	all = append(all[:1:1], ident.Region{Name: "berlin", Ownership: ident.UserOwned})
	if got := read("b.s3.berlin.example.com"); got.hostRegion != "berlin" || got.vhost != "b" {
		t.Errorf("once it is made the host names region %q and bucket %q", got.hostRegion, got.vhost)
	}
}
