package blackbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestRecipes runs every command of the recipes in docs/clients whose programs can be installed here, as a reader would: with the
// server's address and a key filled in.
func TestRecipes(t *testing.T) {
	s := Start(t, t.TempDir())
	p := s.OwnerKey(t)
	if err := s.Minio(t, p).MakeBucket(context.Background(), "duplicity-backup", minioNoOptions); err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"restic", "rclone", "duplicity"} {
		t.Run(program, func(t *testing.T) {
			if missing(t, program) {
				t.Logf("SKIPPED: %s is not installed", program)
				return
			}
			home := t.TempDir()
			fillFolder(t, filepath.Join(home, "documents"))
			script := recipe(t, program)
			script = strings.NewReplacer("http://localhost:9000", s.S3URL, "ACCESS_KEY_ID=ACCESS_KEY", "ACCESS_KEY_ID="+p.Access,
				"=SECRET_KEY", "="+p.Secret, "access_key_id=ACCESS_KEY", "access_key_id="+p.Access).Replace(script)
			run(t, home, script)
			restored, _ := exec.Command("diff", "-r", filepath.Join(home, "documents"), findRestored(t, home)).CombinedOutput()
			if len(restored) > 0 {
				t.Errorf("what came back differs:\n%s", restored)
			}
		})
	}
}

// recipe returns the commands of a page: its blocks marked sh.
func recipe(t *testing.T, program string) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root(t), "docs", "clients", program+".md"))
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllSubmatch(page, -1) {
		script.Write(block[1])
	}
	if script.Len() == 0 {
		t.Fatalf("docs/clients/%s.md has no commands", program)
	}
	return script.String()
}

func run(t *testing.T, home, script string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-eu", "-c", script)
	cmd.Dir = home
	cmd.Env = []string{"HOME=" + home, "PATH=/usr/local/bin:/usr/bin:/bin", "TMPDIR=" + t.TempDir(), "AWS_EC2_METADATA_DISABLED=true"}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// fillFolder makes files: empty, small, with a name that needs escaping, and one that goes in several parts.
func fillFolder(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "sub folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	big := make([]byte, 12<<20)
	rand.Read(big)
	for name, content := range map[string][]byte{"empty": nil, "note.txt": []byte("hello\n"), "sub folder/ü + %41.txt": bytes.Repeat([]byte("x"), 5000), "big": big} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// findRestored returns the folder under ~/restored that holds the files; restic keeps the whole path in it.
func findRestored(t *testing.T, home string) string {
	t.Helper()
	found := ""
	filepath.WalkDir(filepath.Join(home, "restored"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() == "note.txt" {
			found = filepath.Dir(path)
		}
		return nil
	})
	if found == "" {
		t.Fatal("nothing was restored")
	}
	return found
}
