package blackbox

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	storage "github.com/ionos-cloud/sdk-go-object-storage-management"
	cloud "github.com/ionos-cloud/sdk-go/v6"
)

// plainPassword is that of every user these tests make.
const plainPassword = "harbour mule candle 77 lantern"

// caller is one user with both of the vendor's SDKs, told nothing but the base address and a credential.
type caller struct {
	*testing.T
	server  *Server
	ctx     context.Context
	cloud   *cloud.APIClient
	storage *storage.APIClient
}

// withPassword sends Basic.
func (s *Server) withPassword(t *testing.T, mail, password string) *caller {
	t.Helper()
	return s.caller(t, mail, password, "")
}

// withToken sends Bearer, with a token of that user.
func (s *Server) withToken(t *testing.T, mail, password string) *caller {
	t.Helper()
	return s.caller(t, "", "", s.newToken(t, mail, password))
}

func (s *Server) newToken(t *testing.T, mail, password string) string {
	t.Helper()
	status, body := s.Call(t, mail, password, "GET", "/auth/v1/tokens/generate?ttl=3600", nil)
	var made struct{ Token string }
	if err := json.Unmarshal(body, &made); status != 200 || err != nil || made.Token == "" {
		t.Fatalf("generate a token: %d %s", status, body)
	}
	return made.Token
}

func (s *Server) caller(t *testing.T, mail, password, token string) *caller {
	t.Helper()
	return &caller{T: t, server: s, ctx: t.Context(),
		cloud:   cloud.NewAPIClient(cloud.NewConfiguration(mail, password, token, s.ControlURL)),
		storage: storage.NewAPIClient(storage.NewConfiguration(mail, password, token, s.ControlURL))}
}

// bothWays runs a test with each way to sign in as the owner, on a server of its own.
func bothWays(t *testing.T, test func(*caller)) {
	s := Start(t, t.TempDir())
	t.Run("Basic", func(t *testing.T) { test(s.withPassword(t, ownerEmail, ownerPassword)) })
	t.Run("Bearer", func(t *testing.T) { test(s.withToken(t, ownerEmail, ownerPassword)) })
}

// done checks a change of the Cloud API: its status, and that its request is done where Location says.
func (c *caller) done(what string, want int, resp *cloud.APIResponse, err error) {
	c.Helper()
	if err != nil {
		c.Fatalf("%s: %v", what, err)
	}
	if resp.StatusCode != want {
		c.Fatalf("%s: status %d, want %d", what, resp.StatusCode, want)
	}
	location := resp.Header.Get("Location")
	if !strings.HasPrefix(location, c.server.ControlURL+"/cloudapi/v6/requests/") || !strings.HasSuffix(location, "/status") {
		c.Fatalf("%s: Location is %q", what, location)
	}
	for _, h := range []string{"X-RateLimit-Remaining", "X-RateLimit-Limit", "X-RateLimit-Burst"} {
		if resp.Header.Get(h) == "" {
			c.Errorf("%s: there is no header %s", what, h)
		}
	}
	if _, err := c.cloud.WaitForRequest(c.ctx, location); err != nil {
		c.Fatalf("%s: waiting for %s: %v", what, location, err)
	}
	id := strings.Split(strings.TrimPrefix(location, c.server.ControlURL+"/cloudapi/v6/requests/"), "/")[0]
	status, _, err := c.cloud.RequestsApi.RequestsStatusGet(c.ctx, id).Execute()
	if err != nil || *status.Metadata.Status != "DONE" || *status.Id == "" {
		c.Fatalf("%s: its request: %+v %v", what, status, err)
	}
}

// ok fails the test unless err is nil.
func (c *caller) ok(what string, err error) {
	c.Helper()
	if err != nil {
		c.Fatalf("%s: %v", what, err)
	}
}

// refused checks that an SDK returned an error of its own kind, which it decoded, with a status and a text in its first message.
func (c *caller) refused(what string, want int, says string, err error) {
	c.Helper()
	var e interface {
		error
		StatusCode() int
		Body() []byte
	}
	if !errors.As(err, &e) {
		c.Fatalf("%s: %v (%T) is no error of the SDK, want %d", what, err, err, want)
	}
	var body struct {
		HTTPStatus int
		Messages   []struct{ ErrorCode, Message string }
	}
	if json.Unmarshal(e.Body(), &body) != nil || body.HTTPStatus != want || e.StatusCode() != want || len(body.Messages) == 0 ||
		body.Messages[0].ErrorCode == "" || !strings.Contains(body.Messages[0].Message, says) {
		c.Errorf("%s: status %d %s, want %d and %q", what, e.StatusCode(), e.Body(), want, says)
	}
}

func ptr[T any](v T) *T { return &v }

// newUser makes a user over the Cloud API.
func (c *caller) newUser(first string) (id, mail string) {
	c.Helper()
	mail = strings.ToLower(first) + "." + strings.ToLower(strings.ReplaceAll(c.Name(), "/", ".")) + "@example.test"
	u, resp, err := c.cloud.UserManagementApi.UmUsersPost(c.ctx).User(cloud.UserPost{Properties: &cloud.UserPropertiesPost{
		Firstname: &first, Lastname: ptr("Test"), Email: &mail, Password: ptr(plainPassword), Administrator: ptr(false), ForceSecAuth: ptr(false), Active: ptr(true)}}).Execute()
	c.done("create a user", 202, resp, err)
	return *u.Id, mail
}

// newGroup makes a group with Use Object Storage and these members.
func (c *caller) newGroup(name string, members ...string) string {
	c.Helper()
	g, resp, err := c.cloud.UserManagementApi.UmGroupsPost(c.ctx).Group(cloud.Group{Properties: &cloud.GroupProperties{Name: &name, S3Privilege: ptr(true)}}).Execute()
	c.done("create a group", 202, resp, err)
	for _, m := range members {
		_, resp, err := c.cloud.UserManagementApi.UmGroupsUsersPost(c.ctx, *g.Id).User(cloud.UserGroupPost{Id: &m}).Execute()
		c.done("add a member", 202, resp, err)
	}
	return *g.Id
}
