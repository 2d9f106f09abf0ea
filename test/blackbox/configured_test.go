package blackbox

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func put(t *testing.T, client *s3.Client, bucket, key, body string) *s3.PutObjectOutput {
	t.Helper()
	out, err := client.PutObject(context.Background(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(body)})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestLifecycleDeletes: with days of a second, an object goes and another stays.
func TestLifecycleDeletes(t *testing.T) {
	s := Start(t, t.TempDir(), "--lifecycle-day", "1")
	client, ctx, bucket := awsClient(s, s.OwnerKey(t)), context.Background(), "goes-and-stays"
	must(client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket}))
	must(client.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: &bucket, LifecycleConfiguration: &types.BucketLifecycleConfiguration{
		Rules: []types.LifecycleRule{{ID: aws.String("old"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("tmp/")},
			Expiration: &types.LifecycleExpiration{Days: aws.Int32(1)}}}}}))
	put(t, client, bucket, "stays", "x")
	if out := put(t, client, bucket, "tmp/goes", "x"); !strings.Contains(aws.ToString(out.Expiration), `rule-id="old"`) {
		t.Errorf("the answer says %q", aws.ToString(out.Expiration))
	}
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		_, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String("tmp/goes")})
		var gone *types.NotFound
		if errors.As(err, &gone) {
			break
		}
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("the object is still there: %v", err)
		}
	}
	must(client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String("stays")}))
}

// TestLogsSurviveAStop: lines that wait are delivered when the server is stopped in order.
func TestLogsSurviveAStop(t *testing.T) {
	data := t.TempDir()
	s := Start(t, data)
	pair := s.OwnerKey(t)
	client, ctx, bucket, target := awsClient(s, pair), context.Background(), "looked-at", "logs-of-it"
	must(client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket}))
	must(client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &target}))
	must(client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &target, Policy: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
		"Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::logs-of-it/a/*"}]}`)}))
	must(client.PutBucketLogging(ctx, &s3.PutBucketLoggingInput{Bucket: &bucket, BucketLoggingStatus: &types.BucketLoggingStatus{
		LoggingEnabled: &types.LoggingEnabled{TargetBucket: &target, TargetPrefix: aws.String("a/")}}}))
	put(t, client, bucket, "key", "x")
	if code := s.Stop(t); code != 0 {
		t.Fatalf("the server ended with %d", code)
	}
	s = Start(t, data)
	client = awsClient(s, pair)
	list := must(client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &target}))
	if len(list.Contents) != 1 || !strings.HasPrefix(aws.ToString(list.Contents[0].Key), "a/2") {
		t.Fatalf("the target holds %+v", list.Contents)
	}
	log := must(client.GetObject(ctx, &s3.GetObjectInput{Bucket: &target, Key: list.Contents[0].Key}))
	defer log.Body.Close()
	if text := string(must(io.ReadAll(log.Body))); !strings.Contains(text, " REST.PUT.OBJECT key \"PUT /looked-at/key") {
		t.Errorf("the log says %s", text)
	}
}

// TestWebsiteByHost: a page is served to everybody under the website's host, and S3 under its own.
func TestWebsiteByHost(t *testing.T) {
	s := Start(t, t.TempDir(), "--website-domain", "pages.test")
	client, ctx, bucket := awsClient(s, s.OwnerKey(t)), context.Background(), "my-site"
	must(client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket}))
	must(client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
		"Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::my-site/*"}]}`)}))
	must(client.PutBucketWebsite(ctx, &s3.PutBucketWebsiteInput{Bucket: &bucket, WebsiteConfiguration: &types.WebsiteConfiguration{
		IndexDocument: &types.IndexDocument{Suffix: aws.String("index.html")}}}))
	put(t, client, bucket, "docs/index.html", "welcome")
	page := func(path string) (int, string) {
		r := must(http.NewRequest("GET", s.S3URL+path, nil))
		r.Host = "my-site.pages.test"
		a := must(http.DefaultTransport.RoundTrip(r))
		defer a.Body.Close()
		return a.StatusCode, a.Header.Get("Location") + string(must(io.ReadAll(a.Body)))
	}
	for path, want := range map[string]string{"/docs/": "welcome", "/docs": "/docs/"} {
		if status, body := page(path); body != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if status, body := page("/none"); status != 404 || !strings.Contains(body, "<h1>404 Not Found</h1>") {
		t.Errorf("a page that is not there: %d %s", status, body)
	}
}
