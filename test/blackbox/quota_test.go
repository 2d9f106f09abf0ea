package blackbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// TestQuotaHolds: of many writers at once as many succeed as the bucket's quota has room for, also after a kill, and what is deleted
// makes room.
func TestQuotaHolds(t *testing.T) {
	data := t.TempDir()
	s := Start(t, data)
	pair := s.OwnerKey(t)
	client, ctx, bucket := awsClient(s, pair), context.Background(), "small-house"
	must(client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket}))
	if status, body := s.Call(t, ownerEmail, ownerPassword, "PUT", "/console/quota?bucket="+bucket, map[string]any{"bytes": 1_000_000}); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	race := func(round string) (stored int64) {
		var all sync.WaitGroup
		var done atomic.Int64
		for i := range 24 {
			all.Go(func() {
				key := fmt.Sprintf("%s/%d", round, i)
				_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(make([]byte, 100_000))})
				var refused smithy.APIError
				switch {
				case err == nil:
					done.Add(1)
				case !errors.As(err, &refused) || refused.ErrorCode() != "QuotaExceeded":
					t.Error(err)
				}
			})
		}
		all.Wait()
		return done.Load()
	}
	if n := race("first"); n != 10 {
		t.Errorf("%d objects of 100,000 bytes fit into 1,000,000", n)
	}
	s.Kill()
	s = Start(t, data)
	client = awsClient(s, pair)
	if n := race("second"); n != 0 {
		t.Errorf("%d more fit after a kill", n)
	}
	list := must(client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket}))
	for _, o := range list.Contents[:3] {
		must(client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: o.Key}))
	}
	if n := race("third"); n != 3 {
		t.Errorf("%d fit where three were deleted", n)
	}
}
