package blackbox

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// TestBucketsOfWhoLeaves: an administrator deletes a user who owns buckets and hands them to another, whose keys read them, also after a
// restart; the former owner's keys are gone.
func TestBucketsOfWhoLeaves(t *testing.T) {
	data := t.TempDir()
	s := Start(t, data)
	ctx := context.Background()
	made := func(first string) string {
		t.Helper()
		status, body := s.Call(t, ownerEmail, ownerPassword, "POST", "/cloudapi/v6/um/users", map[string]any{"properties": map[string]any{"firstname": first, "lastname": "Test",
			"email": first + "@example.test", "password": "river-otter-42-lantern", "administrator": true}})
		var u struct{ ID string }
		if err := json.Unmarshal(body, &u); status != 202 || err != nil {
			t.Fatalf("%d %s", status, body)
		}
		return u.ID
	}
	from, to := made("leaver"), made("stayer")
	leaver, stayer := s.NewKey(t, "leaver@example.test", "river-otter-42-lantern"), s.NewKey(t, "stayer@example.test", "river-otter-42-lantern")
	client := awsClient(s, leaver)
	for _, bucket := range []string{"left-one", "left-two"} {
		must(client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "local-2"}}))
		put(t, client, bucket, "key", "of "+bucket)
	}
	status, body := s.Call(t, ownerEmail, ownerPassword, "DELETE", "/cloudapi/v6/um/users/"+from, nil)
	if status != 422 {
		t.Fatalf("a user with buckets: %d %s", status, body)
	}
	if status, body = s.Call(t, ownerEmail, ownerPassword, "POST", "/console/users/"+from+"/handover", map[string]string{"to": to}); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	var refused smithy.APIError
	bucket, key := "left-one", "key"
	if _, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key}); !errors.As(err, &refused) || refused.ErrorCode() != "AccessDenied" {
		t.Errorf("the former owner: %v", err)
	}
	if status, body = s.Call(t, ownerEmail, ownerPassword, "DELETE", "/cloudapi/v6/um/users/"+from, nil); status != 202 {
		t.Fatalf("%d %s", status, body)
	}
	s.Kill()
	s = Start(t, data)
	client = awsClient(s, stayer)
	list := must(client.ListBuckets(ctx, &s3.ListBucketsInput{}))
	if len(list.Buckets) != 2 {
		t.Errorf("%d buckets are listed", len(list.Buckets))
	}
	for _, b := range list.Buckets {
		out := must(client.GetObject(ctx, &s3.GetObjectInput{Bucket: b.Name, Key: &key}))
		if got := string(must(io.ReadAll(out.Body))); got != "of "+*b.Name {
			t.Errorf("%s holds %q", *b.Name, got)
		}
		out.Body.Close()
		must(client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: b.Name, Key: &key}))
		must(client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: b.Name}))
	}
}
