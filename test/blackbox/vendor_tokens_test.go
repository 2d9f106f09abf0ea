package blackbox

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

// Tokens outlive the server's run, and a deleted one stays deleted. Their header is read as the vendor's command line reads it: as
// padded standard base64; and the command line of ours takes the token from the environment.
func TestVendorTokens(t *testing.T) {
	data := t.TempDir()
	s := Start(t, data)
	kept, gone := s.newToken(t, ownerEmail, ownerPassword), s.newToken(t, ownerEmail, ownerPassword)
	id := kid(t, gone)
	var said struct {
		Identity struct {
			UUID           string
			ContractNumber int
			Role           string
			Privileges     []string
		}
		Exp, Iat int64
	}
	claims, err := base64.RawURLEncoding.DecodeString(strings.Split(kept, ".")[1])
	if err != nil || json.Unmarshal(claims, &said) != nil || said.Identity.UUID == "" || said.Identity.ContractNumber < 10_000_000 ||
		said.Identity.Role != "owner" || len(said.Identity.Privileges) == 0 || said.Exp-said.Iat != 3600 {
		t.Errorf("the claims are %s", claims)
	}
	if status, body := s.CallBearer(t, kept, "DELETE", "/auth/v1/tokens/"+id, nil); status != 200 || strings.Join(strings.Fields(string(body)), "") != `{"success":true}` {
		t.Fatalf("delete a token: %d %s", status, body)
	}
	check := func(when string, s *Server) {
		for _, path := range []string{"/accesskeys", "/regions", "/cloudapi/v6/um/users", "/auth/v1/tokens"} {
			if status, body := s.CallBearer(t, kept, "GET", path, nil); status != 200 {
				t.Errorf("%s, GET %s with a token: %d %s", when, path, status, body)
			}
			if status, _ := s.CallBearer(t, gone, "GET", path, nil); status != 401 {
				t.Errorf("%s, GET %s with a deleted token: %d", when, path, status)
			}
		}
	}
	check("at once", s)
	s.Kill()
	s = Start(t, data)
	check("after a restart", s)
	out := s.Coffer(t, []string{"COFFER_TOKEN=" + kept, "COFFER_URL=" + s.ControlURL, "XDG_CONFIG_HOME=" + t.TempDir()}, "whoami")
	if !strings.Contains(out, ownerEmail) {
		t.Errorf("whoami prints %s", out)
	}
}

func kid(t *testing.T, token string) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(strings.Split(token, ".")[0])
	var header struct{ Kid string }
	if err != nil || json.Unmarshal(raw, &header) != nil || header.Kid == "" {
		t.Fatalf("the header of a token is %q: %v", raw, err)
	}
	return header.Kid
}
