package blackbox

import (
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// TestLarge follows what is large in a real browser: web/e2e/large.ts. The short form has 20,000 keys and an upload of 40 MiB, the full one
// (COFFER_FULL) a million and 2 GiB.
func TestLarge(t *testing.T) {
	if missing(t, "chromium") {
		t.Skip("SKIPPED: chromium is not installed")
	}
	keys, mebibytes := 20_000, 40
	if os.Getenv("COFFER_FULL") != "" {
		keys, mebibytes = 1_000_000, 2048
	}
	s := Start(t, t.TempDir())
	s.fill(t, "many-keys", keys)
	s.browse(t, "e2e:large", "COFFER_BUCKET=many-keys", "COFFER_PREFIX=coffer-bench/1/1/", "COFFER_KEYS="+strconv.Itoa(keys),
		"COFFER_UPLOAD_MIB="+strconv.Itoa(mebibytes))
}

// fill makes a bucket with objects of one byte, as coffer bench leaves them: below coffer-bench/1/1/, named by number.
func (s *Server) fill(t *testing.T, bucket string, keys int) {
	t.Helper()
	pair := s.OwnerKey(t)
	cmd := exec.Command(program(t), "bench", "--endpoint", s.S3URL, "--access-key", pair.Access, "--bucket", bucket, "--op", "stat", "--size", "1B",
		"--objects", strconv.Itoa(keys), "--count", "1", "--connections", "32", "--seed", "1", "--keep")
	cmd.Env = append(os.Environ(), "COFFER_BENCH_SECRET_KEY="+pair.Secret)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
