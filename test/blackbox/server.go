// Package blackbox drives the built binary through its real edges: HTTP, real S3 programs, signals and a browser. It knows no
// package of the server, and runs against loopback only.
package blackbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The owner that tests start the server with.
const (
	ownerEmail    = "owner@example.test"
	ownerPassword = "correct horse battery staple 42"
)

// Server is one run of bin/coffer on a data folder.
type Server struct {
	S3URL, ControlURL, Data string

	client *http.Client // of the control listener

	cmd    *exec.Cmd
	mu     sync.Mutex
	output bytes.Buffer
	done   chan struct{}
	err    error
}

// root is the top of the checkout.
func root(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func program(t testing.TB) string {
	t.Helper()
	bin := os.Getenv("COFFER_BIN") // for one who tests another build than bin/coffer
	if bin == "" {
		bin = filepath.Join(root(t), "bin", "coffer")
	}
	if _, err := os.Stat(bin); err != nil {
		t.Fatalf("%v: `make build` first", err)
	}
	return bin
}

var lines = struct{ s3, control *regexp.Regexp }{
	regexp.MustCompile(`(?m)^\s+S3\s+(https?://\S+)`), regexp.MustCompile(`(?m)^\s+Console\s+(https?://\S+)`),
}

// Start runs a server on data and waits until it is ready. It is killed when the test ends.
func Start(t testing.TB, data string, args ...string) *Server {
	t.Helper()
	return StartWith(t, http.DefaultClient, data, args...)
}

// StartWith is Start, asking whether it is ready with a client of one's own.
func StartWith(t testing.TB, client *http.Client, data string, args ...string) *Server {
	t.Helper()
	s := &Server{Data: data, client: client, done: make(chan struct{})}
	s.cmd = exec.Command(program(t), append([]string{"serve", "--data", "./" + filepath.Base(data), "--s3-listen", "127.0.0.1:0", "--control-listen", "127.0.0.1:0"}, args...)...)
	s.cmd.Dir = filepath.Dir(data)
	s.cmd.Env = append(os.Environ(), "COFFER_OWNER_EMAIL="+ownerEmail, "COFFER_OWNER_PASSWORD="+ownerPassword)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	pipe, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stderr = s.cmd.Stdout
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go s.collect(pipe)
	t.Cleanup(func() { s.Kill() })
	s.waitReady(t, client)
	return s
}

func (s *Server) collect(pipe io.Reader) {
	r := bufio.NewReader(pipe)
	for {
		line, err := r.ReadBytes('\n')
		s.mu.Lock()
		s.output.Write(line)
		s.mu.Unlock()
		if err != nil {
			break
		}
	}
	s.err = s.cmd.Wait()
	close(s.done)
}

// Output is what the server wrote so far.
func (s *Server) Output() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.output.String()
}

func (s *Server) waitReady(t testing.TB, client *http.Client) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		select {
		case <-s.done:
			t.Fatalf("the server ended: %v\n%s", s.err, s.Output())
		default:
		}
		out := s.Output()
		s3, control := lines.s3.FindStringSubmatch(out), lines.control.FindStringSubmatch(out)
		if s3 == nil || control == nil {
			continue
		}
		s.S3URL, s.ControlURL = s3[1], control[1]
		if r, err := client.Get(s.ControlURL + "/readyz"); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
		}
	}
	t.Fatalf("the server was not ready in a minute:\n%s", s.Output())
}

// Kill ends the server with SIGKILL and waits for its end.
func (s *Server) Kill() {
	s.cmd.Process.Kill()
	<-s.done
}

// Stop ends the server with SIGTERM and returns its exit code.
func (s *Server) Stop(t testing.TB) int {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.done:
	case <-time.After(60 * time.Second):
		t.Fatal("the server did not end in a minute after SIGTERM")
	}
	return s.cmd.ProcessState.ExitCode()
}

// Pid is the server's process id.
func (s *Server) Pid() int { return s.cmd.Process.Pid }

// Call makes a request of the control listener as a user with Basic credentials and returns status and body.
func (s *Server) Call(t testing.TB, user, password, method, path string, body any) (int, []byte) {
	t.Helper()
	return s.call(t, method, path, body, func(r *http.Request) {
		if user != "" {
			r.SetBasicAuth(user, password)
		}
	})
}

// CallBearer is Call with a bearer token.
func (s *Server) CallBearer(t testing.TB, token, method, path string, body any) (int, []byte) {
	t.Helper()
	return s.call(t, method, path, body, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) })
}

func (s *Server) call(t testing.TB, method, path string, body any, sign func(*http.Request)) (int, []byte) {
	t.Helper()
	var in io.Reader
	if body != nil {
		in = bytes.NewReader(must(json.Marshal(body)))
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.ControlURL+path, in)
	if err != nil {
		t.Fatal(err)
	}
	sign(req)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := s.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, out
}

// Pair is an access key with its secret.
type Pair struct{ Access, Secret string }

// NewKey makes a key for a user over the Object Storage Management API.
func (s *Server) NewKey(t testing.TB, user, password string) Pair {
	t.Helper()
	status, body := s.Call(t, user, password, "POST", "/accesskeys", map[string]any{"properties": map[string]any{"description": "test"}})
	var key struct {
		Properties struct{ AccessKey, SecretKey string }
	}
	if err := json.Unmarshal(body, &key); status != http.StatusCreated || err != nil || key.Properties.SecretKey == "" {
		t.Fatalf("POST /accesskeys: %d %s", status, body)
	}
	return Pair{key.Properties.AccessKey, key.Properties.SecretKey}
}

// OwnerKey makes a key for the owner.
func (s *Server) OwnerKey(t testing.TB) Pair { return s.NewKey(t, ownerEmail, ownerPassword) }

// Coffer runs the command line with args and returns its standard output; it fails the test unless the exit code is 0.
func (s *Server) Coffer(t testing.TB, env []string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program(t), args...)
	cmd.Env = append(os.Environ(), env...)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("coffer %s: %v\n%s%s", strings.Join(args, " "), err, out.String(), log.String())
	}
	return out.String()
}

// missing reports whether a Debian package that tests need could not be installed; scripts/test lists them in COFFER_MISSING.
func missing(t testing.TB, pkg string) bool {
	t.Helper()
	for _, m := range strings.Fields(os.Getenv("COFFER_MISSING")) {
		if m == pkg {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is missing: under CI nothing is skipped", pkg)
			}
			return true
		}
	}
	return false
}

// outDir makes a folder for logs and results under test/out.
func outDir(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join(root(t), "test", "out", name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprint("test set-up: ", err))
	}
	return v
}
