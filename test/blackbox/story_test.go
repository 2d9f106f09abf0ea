package blackbox

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	// The console shows the operator where the data is; the guide's pictures need not show where tests put it.
	Start(t, filepath.Join(t.TempDir(), "coffer-data")).browse(t, script)
}

// browse runs a browser test of the console; settings are further variables of its environment.
func (s *Server) browse(t *testing.T, script string, settings ...string) {
	t.Helper()
	cmd := exec.Command("npm", "run", "--silent", script)
	cmd.Dir = filepath.Join(root(t), "web")
	token, err := os.ReadFile(filepath.Join(s.Data, "operator.token"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "COFFER_OPERATOR_TOKEN="+strings.TrimSpace(string(token)), "COFFER_CONTROL_URL="+s.ControlURL, "COFFER_OWNER_EMAIL="+ownerEmail, "COFFER_OWNER_PASSWORD="+ownerPassword)
	cmd.Env = append(cmd.Env, settings...)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}
