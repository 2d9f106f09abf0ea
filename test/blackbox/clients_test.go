package blackbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
)

// shortClients are the programs of the short form; the full form runs every one.
const shortClients = "awscli s3cmd rclone boto3 aws-sdk-go-v2 aws-sdk-js"

// TestClients runs real S3 programs step by step against the server. A step may only fail if docs/conformance.md lists it with
// the feature it waits for; one that is listed and passes must leave the list.
func TestClients(t *testing.T) {
	clients := shortClients
	if os.Getenv("COFFER_FULL") != "" {
		clients = "awscli s3cmd rclone restic s3fs mc duplicity boto3 aws-sdk-js aws-sdk-go-v2"
	}
	var run []string
	for _, c := range strings.Fields(clients) {
		if pkg := packageOf(c); pkg != "" && missing(t, pkg) {
			t.Logf("SKIPPED: %s (%s is not installed)", c, pkg)
			continue
		}
		run = append(run, c)
	}
	s := Start(t, t.TempDir())
	suite(t, s, "clients", "run-clients.sh", run, s.suiteKeys(t))
}

// TestMinioGo runs minio-go's functional tests, with the same rule.
func TestMinioGo(t *testing.T) {
	s := Start(t, t.TempDir())
	suite(t, s, "minio-go", "run-minio-go.sh", nil, s.suiteKeys(t))
}

// TestVersityGW runs versitygw's integration tests, with the same rule, in the full form alone: they wait out locks for minutes. The
// server is set as the gateway is: strict about regions, without Signature Version 2, and with access control lists off at new buckets.
func TestVersityGW(t *testing.T) {
	if os.Getenv("COFFER_FULL") == "" {
		t.Skip("only in the full form (COFFER_FULL)")
	}
	s := Start(t, t.TempDir(), "--region-strict", "--sigv2=false", "--object-ownership", "BucketOwnerEnforced")
	token, err := os.ReadFile(filepath.Join(s.Data, "operator.token"))
	if err != nil {
		t.Fatal(err)
	}
	operator := strings.TrimSpace(string(token))
	status, body := s.CallBearer(t, operator, "GET", "/operator/contracts", nil)
	var contracts struct {
		Items []struct{ Number json.Number }
	}
	if err := json.Unmarshal(body, &contracts); status != 200 || err != nil || len(contracts.Items) != 1 {
		t.Fatalf("GET /operator/contracts: %d %s", status, body)
	}
	main := contracts.Items[0].Number.String()
	suite(t, s, "versitygw", "run-versitygw.sh", nil, append(s.suiteKeys(t), "S3_REGION=local-1", "COFFER_CONTROL_URL="+s.ControlURL, "COFFER_OPERATOR_TOKEN="+operator,
		"COFFER_OWNER_EMAIL="+ownerEmail, "COFFER_OWNER_PASSWORD="+ownerPassword, "COFFER_CONTRACT="+main, "VGW_MAIN_ID="+main,
		"VGW_ADMIN_HOOK="+filepath.Join(root(t), "test", "hooks", "versitygw.py")))
}

func packageOf(client string) string {
	return map[string]string{"awscli": "awscli", "s3cmd": "s3cmd", "rclone": "rclone", "restic": "restic", "s3fs": "s3fs",
		"duplicity": "duplicity", "boto3": "python3-boto3"}[client]
}

// suiteKeys makes the users that a suite needs: the owner, and somebody of another contract.
func (s *Server) suiteKeys(t *testing.T) []string {
	t.Helper()
	main, alt := s.OwnerKey(t), s.otherContract(t)
	return []string{"S3_ENDPOINT=" + s.S3URL, "S3_ACCESS_KEY=" + main.Access, "S3_SECRET_KEY=" + main.Secret,
		"S3_ALT_ACCESS_KEY=" + alt.Access, "S3_ALT_SECRET_KEY=" + alt.Secret}
}

// otherContract makes a second contract as the operator does, and a key of its owner.
func (s *Server) otherContract(t *testing.T) Pair {
	t.Helper()
	const mail, password = "owner@other.test", "another long enough passphrase 7"
	token, err := os.ReadFile(filepath.Join(s.Data, "operator.token"))
	if err != nil {
		t.Fatal(err)
	}
	status, body := s.CallBearer(t, strings.TrimSpace(string(token)), "POST", "/operator/contracts", map[string]any{"name": "Other",
		"owner": map[string]any{"firstname": "Other", "lastname": "Owner", "email": mail, "password": password}})
	if status != 201 {
		t.Fatalf("POST /operator/contracts: %d %s", status, body)
	}
	return s.NewKey(t, mail, password)
}

func suite(t *testing.T, s *Server, name, script string, args, env []string) {
	t.Helper()
	out := outDir(t, name)
	cmd := exec.Command("bash", append([]string{filepath.Join(root(t), "test", "conformance", script), out}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	log, err := cmd.CombinedOutput()
	if _, ended := err.(*exec.ExitError); err != nil && !ended {
		t.Fatal(err)
	}
	results := outcomes(t, filepath.Join(out, "results.jsonl"))
	if len(results) == 0 {
		t.Fatalf("%s gave no result: %s", script, log)
	}
	waiting := waitingFor(t, name)
	var wrong []string
	passed := 0
	for test, r := range results {
		_, listed := waiting[test]
		switch {
		case r.Outcome == "pass":
			passed++
			if listed {
				wrong = append(wrong, test+" passes: take it out of docs/conformance.md")
			}
		case r.Outcome == "skip":
		case !listed:
			wrong = append(wrong, test+" fails: "+r.Reason)
		}
	}
	sort.Strings(wrong)
	t.Logf("%s: %d of %d pass, %d wait for a feature; results in test/out/%s", name, passed, len(results), len(waiting), name)
	if len(wrong) > 0 {
		t.Errorf("%d surprises:\n%s", len(wrong), strings.Join(wrong, "\n"))
	}
}

type outcome struct{ Test, Outcome, Reason string }

func outcomes(t *testing.T, path string) map[string]outcome {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]outcome{}
	for sc := bufio.NewScanner(bytes.NewReader(raw)); sc.Scan(); {
		var o outcome
		if json.Unmarshal(sc.Bytes(), &o) == nil && o.Test != "" {
			all[o.Test] = o
		}
	}
	return all
}

// waitingFor reads the rows under the heading of a suite in docs/conformance.md.
func waitingFor(t *testing.T, suite string) map[string]string {
	t.Helper()
	return listed(t, "conformance.md", suite)
}

// listed reads the rows "| `name` | reason |" under a heading of a document.
func listed(t *testing.T, document, heading string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root(t), "docs", document))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(raw), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("docs/%s has no section %q", document, heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	rows := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (.+) \\|$").FindAllStringSubmatch(section, -1) {
		rows[m[1]] = m[2]
	}
	return rows
}
