package blackbox

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Minio returns an S3 client that does not try again: what the server answers is what a test sees.
func (s *Server) Minio(t testing.TB, p Pair) *minio.Client {
	t.Helper()
	c, err := minio.New(strings.TrimPrefix(s.S3URL, "http://"), &minio.Options{Creds: credentials.NewStaticV4(p.Access, p.Secret, ""),
		MaxRetries: 1, BucketLookup: minio.BucketLookupPath})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Options that tests use as they are.
var (
	minioNoOptions = minio.MakeBucketOptions{}
	minioListAll   = minio.ListObjectsOptions{Recursive: true}
)

// runServe runs `coffer serve` that is expected to end by itself.
func runServe(t testing.TB, args ...string) ([]byte, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program(t), append([]string{"serve"}, args...)...)
	cmd.Env = append(os.Environ(), "COFFER_OWNER_PASSWORD="+ownerPassword)
	return cmd.CombinedOutput()
}
