package blackbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// coffer runs the command line signed in as the owner, and returns its output and exit code.
func (s *Server) coffer(t *testing.T, env []string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command(program(t), args...)
	cmd.Env = append(append(os.Environ(), "HOME="+t.TempDir(), "COFFER_URL="+s.ControlURL, "COFFER_EMAIL="+ownerEmail, "COFFER_PASSWORD="+ownerPassword), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	var failed *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// TestBucketCommands makes, lists and deletes buckets of both types, with a key found by itself and with one that is named.
func TestBucketCommands(t *testing.T) {
	s := Start(t, t.TempDir())
	if out, code := s.coffer(t, nil, "bucket", "list"); code != 4 || !strings.Contains(out, "coffer key create") {
		t.Errorf("without a key: %d %s", code, out)
	}
	pair := s.OwnerKey(t)
	for _, args := range [][]string{{"bucket", "create", "of-all"}, {"bucket", "create", "of-mine", "--region", "local-2", "--object-lock"}} {
		if out, code := s.coffer(t, nil, args...); code != 0 {
			t.Fatalf("coffer %s: %d %s", strings.Join(args, " "), code, out)
		}
	}
	out, code := s.coffer(t, []string{"COFFER_ACCESS_KEY=" + pair.Access, "COFFER_SECRET_KEY=" + pair.Secret}, "bucket", "list", "-o", "json")
	var listed []struct{ Name, Region, Type, Created string }
	if err := json.Unmarshal([]byte(out), &listed); code != 0 || err != nil || len(listed) != 2 {
		t.Fatalf("bucket list: %d %v %s", code, err, out)
	}
	if a, b := listed[0], listed[1]; a.Name != "of-all" || a.Type != "contract-owned" || b.Name != "of-mine" || b.Region != "local-2" || b.Type != "user-owned" || b.Created == "" {
		t.Errorf("%+v", listed)
	}
	for _, c := range []struct {
		says string
		code int
		args []string
	}{
		{"already own", 6, []string{"bucket", "create", "of-all"}}, {"no region", 5, []string{"bucket", "create", "another", "--region", "nowhere"}},
		{"", 7, []string{"bucket", "create", "No_Name"}}, {"does not exist", 5, []string{"bucket", "delete", "nothing"}},
		{"", 0, []string{"bucket", "delete", "of-all"}},
	} {
		if out, code := s.coffer(t, nil, c.args...); code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("coffer %s: %d %s", strings.Join(c.args, " "), code, out)
		}
	}
	if out, code := s.coffer(t, []string{"COFFER_ACCESS_KEY=" + pair.Access}, "bucket", "list"); code != 2 {
		t.Errorf("half a pair: %d %s", code, out)
	}
}
