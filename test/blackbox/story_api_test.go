package blackbox

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
)

// TestFirstKeyOpensBothTypesOfBucket is the story over the API: a key made by one request makes a bucket in each region, and
// moves small and large files in and out.
func TestFirstKeyOpensBothTypesOfBucket(t *testing.T) {
	s := Start(t, t.TempDir())
	if !strings.Contains(s.Output(), "No access key exists yet") {
		t.Errorf("the first start does not say that no key exists:\n%s", s.Output())
	}
	pair := s.OwnerKey(t)
	if len(pair.Access) != 92 {
		t.Errorf("the access key has %d characters, not 92", len(pair.Access))
	}
	client := s.Minio(t, pair)
	for bucket, region := range map[string]string{"shared-things": "local-1", "own-things": "local-2"} {
		if err := client.MakeBucket(t.Context(), bucket, minio.MakeBucketOptions{Region: region}); err != nil {
			t.Fatal(err)
		}
		if got, err := client.GetBucketLocation(t.Context(), bucket); err != nil || got != region {
			t.Errorf("%s is in %q (%v), wanted %s", bucket, got, err, region)
		}
		for name, size := range map[string]int{"empty": 0, "small": 1000, "ü/a+b %.txt": 70_000, "large": 21 << 20} {
			moveThere(t, client, bucket, name, size)
		}
		listed := 0
		for o := range client.ListObjects(t.Context(), bucket, minio.ListObjectsOptions{Recursive: true}) {
			if o.Err != nil {
				t.Fatal(o.Err)
			}
			listed++
			if err := client.RemoveObject(t.Context(), bucket, o.Key, minio.RemoveObjectOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		if listed != 4 {
			t.Errorf("%d objects listed in %s, wanted 4", listed, bucket)
		}
		if err := client.RemoveBucket(t.Context(), bucket); err != nil {
			t.Fatal(err)
		}
	}
}

func moveThere(t *testing.T, client *minio.Client, bucket, name string, size int) {
	t.Helper()
	body := make([]byte, size)
	rand.Read(body)
	if _, err := client.PutObject(t.Context(), bucket, name, bytes.NewReader(body), int64(size), minio.PutObjectOptions{PartSize: 5 << 20}); err != nil {
		t.Fatalf("put %s: %v", name, err)
	}
	o, err := client.GetObject(t.Context(), bucket, name, minio.GetObjectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if got, err := io.ReadAll(o); err != nil || !bytes.Equal(got, body) {
		t.Fatalf("get %s: %d bytes of %d, %v", name, len(got), size, err)
	}
	link, err := client.PresignedGetObject(t.Context(), bucket, name, time.Minute, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(link.String())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got, err := io.ReadAll(resp.Body); err != nil || !bytes.Equal(got, body) {
		t.Fatalf("presigned get of %s: %d, %d bytes of %d, %v", name, resp.StatusCode, len(got), size, err)
	}
}

// TestSecondStartRemembersEverything: keys, buckets and objects outlive the process, and the banner says when the password was set.
func TestSecondStartRemembersEverything(t *testing.T) {
	data := t.TempDir()
	s := Start(t, data)
	pair := s.OwnerKey(t)
	if err := s.Minio(t, pair).MakeBucket(t.Context(), "kept", minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	if code := s.Stop(t); code != 0 {
		t.Fatalf("exit code %d after SIGTERM", code)
	}
	s = Start(t, data)
	out := s.Output()
	if !strings.Contains(out, "reset-password") || strings.Contains(out, ownerPassword) || strings.Contains(out, "No access key") {
		t.Errorf("the second start says:\n%s", out)
	}
	if ok, err := s.Minio(t, pair).BucketExists(t.Context(), "kept"); err != nil || !ok {
		t.Errorf("the bucket is gone: %v", err)
	}
}

// TestKeyIsRefusedWhenTheCallReturns: a key deactivated, activated, renewed and deleted over the Cloud and management APIs.
func TestKeyIsRefusedWhenTheCallReturns(t *testing.T) {
	s := Start(t, t.TempDir())
	me := s.me(t)
	pair := s.OwnerKey(t)
	works := func(p Pair) string {
		_, err := s.Minio(t, p).ListBuckets(t.Context())
		return minio.ToErrorResponse(err).Code
	}
	toggle := func(active bool) {
		t.Helper()
		status, body := s.Call(t, ownerEmail, ownerPassword, "PUT", "/cloudapi/v6/um/users/"+me+"/s3keys/"+pair.Access, map[string]any{"properties": map[string]any{"active": active}})
		if status != http.StatusAccepted && status != http.StatusOK {
			t.Fatalf("PUT s3key: %d %s", status, body)
		}
	}
	for range 3 {
		if code := works(pair); code != "" {
			t.Fatalf("an active key is refused: %s", code)
		}
		toggle(false)
		if code := works(pair); code != "InvalidAccessKeyId" {
			t.Fatalf("a deactivated key answers %q", code)
		}
		toggle(true)
	}
	_, body := s.Call(t, ownerEmail, ownerPassword, "GET", "/accesskeys", nil)
	var list struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(body, &list); err != nil || len(list.Items) != 1 {
		t.Fatalf("GET /accesskeys: %s", body)
	}
	if bytes.Contains(body, []byte(pair.Secret)) {
		t.Error("GET /accesskeys gives the secret away")
	}
	for n := 2; n <= 5; n++ {
		s.OwnerKey(t)
	}
	status, body := s.Call(t, ownerEmail, ownerPassword, "POST", "/accesskeys", map[string]any{"properties": map[string]any{"description": "sixth"}})
	if status < 400 || status >= 500 || !bytes.Contains(bytes.ToLower(body), []byte("five")) && !bytes.Contains(body, []byte("5")) {
		t.Errorf("the sixth key: %d %s", status, body)
	}
	status, _ = s.Call(t, ownerEmail, ownerPassword, "DELETE", "/accesskeys/"+list.Items[0].ID, nil)
	if status != http.StatusAccepted {
		t.Errorf("DELETE: %d", status)
	}
	if code := works(pair); code != "InvalidAccessKeyId" {
		t.Errorf("a deleted key answers %q", code)
	}
}

// me is the owner's user id.
func (s *Server) me(t *testing.T) string {
	t.Helper()
	_, body := s.Call(t, ownerEmail, ownerPassword, "GET", "/cloudapi/v6/um/users?depth=1", nil)
	var users struct {
		Items []struct {
			ID         string
			Properties struct{ Email string }
		}
	}
	if err := json.Unmarshal(body, &users); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	for _, u := range users.Items {
		if u.Properties.Email == ownerEmail {
			return u.ID
		}
	}
	t.Fatalf("the owner is not among the users: %s", body)
	return ""
}

// TestUserNeedsThePrivilege: a plain user gets a key with the privilege, loses the key's effect with it, and has it back.
func TestUserNeedsThePrivilege(t *testing.T) {
	s := Start(t, t.TempDir())
	const mail, password = "user@example.test", "a passphrase of a user 9"
	owner := func(method, path string, body any, want int) map[string]any {
		t.Helper()
		status, raw := s.Call(t, ownerEmail, ownerPassword, method, path, body)
		var out map[string]any
		if status != want {
			t.Fatalf("%s %s: %d %s", method, path, status, raw)
		}
		json.Unmarshal(raw, &out)
		return out
	}
	user := owner("POST", "/cloudapi/v6/um/users", map[string]any{"properties": map[string]any{"firstname": "U", "lastname": "Ser", "email": mail, "password": password, "administrator": false}}, 202)["id"].(string)
	if status, body := s.Call(t, mail, password, "POST", "/accesskeys", map[string]any{"properties": map[string]any{"description": ""}}); status < 400 || status > 499 {
		t.Fatalf("a key without the privilege: %d %s", status, body)
	}
	owner("POST", "/cloudapi/v6/um/users/"+user+"/s3keys", nil, 422)
	group := owner("POST", "/cloudapi/v6/um/groups", map[string]any{"properties": map[string]any{"name": "storage", "s3Privilege": true}}, 202)["id"].(string)
	owner("POST", "/cloudapi/v6/um/groups/"+group+"/users", map[string]any{"id": user}, 202)
	pair := s.NewKey(t, mail, password)
	client := s.Minio(t, pair)
	if err := client.MakeBucket(t.Context(), "users-own", minio.MakeBucketOptions{Region: "local-2"}); err != nil {
		t.Fatal(err)
	}
	err := client.MakeBucket(t.Context(), "not-theirs", minio.MakeBucketOptions{Region: "local-1"})
	if r := minio.ToErrorResponse(err); r.Code != "AccessDenied" || !strings.Contains(r.Message, "local-2") {
		t.Errorf("a plain user making a contract-owned bucket reads %v: it should name the region to use", err)
	}
	owner("DELETE", "/cloudapi/v6/um/groups/"+group+"/users/"+user, nil, 202)
	if _, err := client.ListBuckets(t.Context()); minio.ToErrorResponse(err).StatusCode != http.StatusForbidden {
		t.Errorf("after the privilege was lost: %v", err)
	}
	owner("POST", "/cloudapi/v6/um/groups/"+group+"/users", map[string]any{"id": user}, 202)
	if _, err := client.ListBuckets(t.Context()); err != nil {
		t.Errorf("after the privilege was restored: %v", err)
	}
}

// TestS3OnTheControlListener: clients that know one URL may send S3 requests there, signed in the header.
func TestS3OnTheControlListener(t *testing.T) {
	s := Start(t, t.TempDir())
	pair := s.OwnerKey(t)
	there := &Server{S3URL: s.ControlURL}
	client := there.Minio(t, pair)
	if err := client.MakeBucket(t.Context(), "by-control", minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	link, err := client.PresignedGetObject(t.Context(), "by-control", "x", time.Minute, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(link.String())
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if strings.Contains(resp.Header.Get("Content-Type"), "xml") {
		t.Errorf("a presigned request reached S3 on the control listener: %d", resp.StatusCode)
	}
}
