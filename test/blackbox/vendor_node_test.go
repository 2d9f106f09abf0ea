package blackbox

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestVendorNode runs the vendor's SDK for Node through its own script.
func TestVendorNode(t *testing.T) {
	dir := filepath.Join(root(t), "test", "conformance", "clients", "ionos-node")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "@ionos-cloud", "sdk-nodejs")); err != nil {
		install := exec.Command("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
		install.Dir = dir
		if out, err := install.CombinedOutput(); err != nil {
			t.Fatalf("npm ci: %v\n%s", err, out)
		}
	}
	s := Start(t, t.TempDir())
	for name, credential := range map[string][]string{
		"Basic":  {"EMAIL=" + ownerEmail, "PASSWORD=" + ownerPassword},
		"Bearer": {"TOKEN=" + s.newToken(t, ownerEmail, ownerPassword)},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), "node", filepath.Join(dir, "flow.mjs"))
			cmd.Env = append(os.Environ(), append(credential, "CONTROL_URL="+s.ControlURL, "OWNER="+ownerEmail)...)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
