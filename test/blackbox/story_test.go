package blackbox

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestStory follows the story of a first key in a real browser: web/e2e does it by role and label.
func TestStory(t *testing.T) { browse(t, "e2e") }

// TestPages follows the settings of buckets and the history of objects in a real browser: web/e2e/pages.ts.
func TestPages(t *testing.T) { browse(t, "e2e:pages") }

// browse runs a browser test of the console against a server that was just started for the first time.
func browse(t *testing.T, script string) {
	if missing(t, "chromium") {
		t.Skip("SKIPPED: chromium is not installed")
	}
	Start(t, t.TempDir()).browse(t, script)
}

// browse runs a browser test of the console; settings are further variables of its environment.
func (s *Server) browse(t *testing.T, script string, settings ...string) {
	t.Helper()
	cmd := exec.Command("npm", "run", "--silent", script)
	cmd.Dir = filepath.Join(root(t), "web")
	cmd.Env = append(os.Environ(), "COFFER_CONTROL_URL="+s.ControlURL, "COFFER_OWNER_EMAIL="+ownerEmail, "COFFER_OWNER_PASSWORD="+ownerPassword)
	cmd.Env = append(cmd.Env, settings...)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}
