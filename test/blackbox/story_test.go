package blackbox

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestStory follows the story of a first key in a real browser: web/e2e does it by role and label.
func TestStory(t *testing.T) {
	if missing(t, "chromium") {
		t.Skip("SKIPPED: chromium is not installed")
	}
	s := Start(t, t.TempDir())
	cmd := exec.Command("npm", "run", "--silent", "e2e")
	cmd.Dir = filepath.Join(root(t), "web")
	cmd.Env = append(os.Environ(), "COFFER_CONTROL_URL="+s.ControlURL, "COFFER_OWNER_EMAIL="+ownerEmail, "COFFER_OWNER_PASSWORD="+ownerPassword)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}
