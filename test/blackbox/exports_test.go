package blackbox

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// export is what the console offers for one client.
type export struct{ ID, SaveAs, Text string }

// TestExports puts what the console offers for each client into the real program, which sees the object of the bucket that was chosen: over
// TLS with the certificate for trial, in path style and, where the program finds names below localhost, with the bucket in the host.
func TestExports(t *testing.T) {
	insecure := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	s := StartWith(t, insecure, t.TempDir(), "--tls-self-signed")
	p := s.OwnerKey(t)
	r, err := insecure.Get(s.ControlURL + "/console/ca")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	ca, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != 200 {
		t.Fatalf("GET /console/ca: %d %v", r.StatusCode, err)
	}
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "coffer-ca.pem"), ca, 0o644); err != nil {
		t.Fatal(err)
	}
	all := exports(t, map[string]string{"accessKey": p.Access, "secretKey": p.Secret, "endpoint": s.S3URL, "region": "local-1", "style": "path", "bucket": "exported",
		"ca": string(ca)})
	for id, e := range all {
		if err := os.WriteFile(filepath.Join(home, e.SaveAs), []byte(e.Text), 0o600); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
	}
	const seen = "hello.txt"
	tell := map[string]struct{ program, script string }{
		"env": {"awscli", "set -a; . ./coffer.env; s3() { aws --endpoint-url $AWS_ENDPOINT_URL_S3 s3 \"$@\"; }; " +
			"s3 mb s3://$S3_BUCKET; echo hello > hello.txt; s3 cp hello.txt s3://$S3_BUCKET/hello.txt; s3 ls s3://$S3_BUCKET"},
		"aws":    {"awscli", "export AWS_CONFIG_FILE=aws-config; " + commented(all["aws"].Text, "before version 2.13: ")},
		"rclone": {"rclone", "export RCLONE_CONFIG=rclone.conf; " + commented(all["rclone"].Text, "")},
		"s3cmd":  {"s3cmd", "s3cmd -c s3cfg " + commented(all["s3cmd"].Text, "s3cmd ")},
		"boto3":  {"python3-boto3", "python3 coffer.py"},
		"go":     {"", "cd " + filepath.Join(root(t), "test", "blackbox") + " && SSL_CERT_FILE=$HOME/coffer-ca.pem go run $HOME/coffer.go"},
		"restic": {"restic", "export RESTIC_PASSWORD=hello.txt; . ./restic.sh && echo hello.txt"},
	}
	for _, id := range []string{"env", "aws", "rclone", "s3cmd", "boto3", "go", "restic"} {
		t.Run(id, func(t *testing.T) {
			if missing(t, tell[id].program) {
				t.Skipf("SKIPPED: %s is not installed", tell[id].program)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, "bash", "-ec", tell[id].script)
			cmd.Dir, cmd.Env = home, append(goEnv(t), "HOME="+home, "PATH=/usr/bin:/bin:"+filepath.Join(runtime.GOROOT(), "bin"), "LC_ALL=C.UTF-8")
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), seen) {
				t.Errorf("%v:\n%s", err, out)
			}
		})
	}
}

// goEnv is where the Go command keeps what it fetched and built, which is not in the folder of a test.
func goEnv(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS").Output()
	if err != nil {
		t.Fatal(err)
	}
	kept := strings.Split(string(out), "\n")
	return []string{"GOCACHE=" + kept[0], "GOMODCACHE=" + kept[1], "GOPROXY=" + kept[2], "GOFLAGS=" + kept[3], "CGO_ENABLED=0"}
}

// commented returns the command that a snippet names in a comment, behind what begins it.
func commented(text, begins string) string {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "# "+begins); ok {
			return strings.TrimRight(rest, "\n")
		}
	}
	return "false"
}

// exports asks the console's own code what it offers.
func exports(t *testing.T, facts map[string]string) map[string]export {
	t.Helper()
	raw, err := json.Marshal(facts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("npm", "run", "--silent", "snippets")
	cmd.Dir, cmd.Env = filepath.Join(root(t), "web"), append(os.Environ(), "COFFER_SNIPPET_FACTS="+string(raw))
	out, err := cmd.Output()
	var list []export
	if err == nil {
		err = json.Unmarshal(out, &list)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	all := map[string]export{}
	for _, e := range list {
		all[e.ID] = e
	}
	return all
}
