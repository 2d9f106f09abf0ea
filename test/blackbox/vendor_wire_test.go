package blackbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// wire is an HTTP transport that writes down both sides of what it carries, with what differs between runs replaced by numbered names.
type wire struct {
	t      *testing.T
	server *Server
	out    bytes.Buffer
	number string // of the contract, which is random
	known  map[string]string
	kinds  map[string]int
}

func newWire(t *testing.T, s *Server) *wire {
	t.Helper()
	status, body := s.Call(t, ownerEmail, ownerPassword, "GET", "/cloudapi/v6/contracts?depth=1", nil)
	var all struct {
		Items []struct {
			Properties struct{ ContractNumber json.Number }
		}
	}
	if err := json.Unmarshal(body, &all); status != 200 || err != nil || len(all.Items) != 1 {
		t.Fatalf("GET /contracts: %d %s", status, body)
	}
	return &wire{t: t, server: s, number: all.Items[0].Properties.ContractNumber.String(), known: map[string]string{}, kinds: map[string]int{}}
}

// note begins a step of the transcript.
func (w *wire) note(text string) { fmt.Fprintf(&w.out, "## %s\n\n", text) }

// variable matches what a server makes up.
var variable = regexp.MustCompile(`cofferk1_[0-9A-Za-z]+|coffers1_[0-9A-Za-z]+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|` +
	`\b[0-9a-f]{32}\b|eyJ[0-9A-Za-z_.-]+|\b20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-9:.]+Z`)

// constant are the matches that a test sends itself.
var constant = map[string]bool{"2040-01-01T00:00:00Z": true, "2040-01-01T00:00:00.000Z": true, "2022-01-01T00:00:00Z": true, "2039-01-13T16:27:42Z": true, nobody: true}

// named replaces one value made up by the server with its kind and number.
func (w *wire) named(kind, v string) string {
	if v == "" {
		return ""
	}
	if n, ok := w.known[v]; ok {
		return n
	}
	w.kinds[kind]++
	w.known[v] = fmt.Sprintf("<%s-%d>", kind, w.kinds[kind])
	return w.known[v]
}

func (w *wire) normal(text string) string {
	text = strings.NewReplacer(w.server.ControlURL, "<control>", w.server.S3URL, "<s3>", strings.TrimPrefix(w.server.S3URL, "http://"), "<s3-host>", w.number, "<contract>").Replace(text)
	return variable.ReplaceAllStringFunc(text, func(v string) string {
		switch {
		case constant[v]:
			return v
		case strings.HasPrefix(v, "cofferk1_"):
			return w.named(fmt.Sprintf("accesskey%d", len(v)), v)
		case strings.HasPrefix(v, "coffers1_"):
			return w.named("secret", v)
		case strings.HasPrefix(v, "eyJ"):
			return w.named("jwt", v)
		case strings.HasPrefix(v, "20") && strings.Contains(v, "T"):
			return "<time>"
		case len(v) == 32:
			return w.named("hex32", v)
		}
		return w.named("uuid", v)
	})
}

// Headers that the transcript leaves out: connection matters, and what tells nothing of the protocol.
var unwritten = []string{"Authorization", "Accept-Encoding", "Connection", "Content-Length", "Date", "Last-Modified", "User-Agent", "X-Amz-Date",
	"X-Amz-Content-Sha256", "X-Amz-Request-Id", "X-Amz-Id-2", "X-Request-Id", "Server", "Content-Security-Policy", "X-Content-Type-Options", "X-Ratelimit-Remaining",
	"Cache-Control", "Vary", "Content-Disposition", "Referrer-Policy", "X-Frame-Options", "Accept-Ranges", "Strict-Transport-Security", "Cross-Origin-Resource-Policy"}

func (w *wire) headers(mark string, h http.Header) {
	names := make([]string, 0, len(h))
	for n := range h {
		if !slices.Contains(unwritten, http.CanonicalHeaderKey(n)) {
			names = append(names, n)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	for _, n := range names {
		v := h[n][0]
		if k := http.CanonicalHeaderKey(n); (k == "X-Amz-Version-Id" || k == "X-Amz-Copy-Source-Version-Id") && v != "null" {
			v = w.named("version", v)
		}
		fmt.Fprintf(&w.out, "%s %s: %s\n", mark, http.CanonicalHeaderKey(n), w.normal(v))
	}
}

var inXML = regexp.MustCompile(`<(VersionId|RequestId|HostId)>([^<]*)</`)

// body writes a body, XML one element a line.
func (w *wire) body(mark string, b []byte) {
	text := string(b)
	if strings.HasPrefix(text, "<") {
		text = inXML.ReplaceAllStringFunc(text, func(m string) string {
			p := inXML.FindStringSubmatch(m)
			if p[2] == "null" {
				return m
			}
			if p[1] != "VersionId" {
				return "<" + p[1] + ">...</"
			}
			return "<VersionId>" + w.named("version", p[2]) + "</"
		})
		text = strings.ReplaceAll(text, "><", ">\n<")
	}
	for line := range strings.Lines(w.normal(text)) {
		fmt.Fprintf(&w.out, "%s %s\n", mark, strings.TrimRight(line, "\n"))
	}
}

var versionQuery = regexp.MustCompile(`versionId=([^&]+)`)

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil {
		sent = must(io.ReadAll(r.Body))
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	uri := versionQuery.ReplaceAllStringFunc(r.URL.RequestURI(), func(m string) string {
		if v := strings.TrimPrefix(m, "versionId="); v != "null" {
			return "versionId=" + w.named("version", v)
		}
		return m
	})
	fmt.Fprintf(&w.out, "> %s %s\n", r.Method, w.normal(uri))
	w.headers(">", r.Header)
	w.body(">", sent)
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	got := must(io.ReadAll(resp.Body))
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(got))
	fmt.Fprintf(&w.out, "< %d\n", resp.StatusCode)
	w.headers("<", resp.Header)
	w.body("<", got)
	w.out.WriteByte('\n')
	return resp, nil
}

// golden compares the transcript with testdata/vendor/NAME.txt.
func (w *wire) golden(name string) {
	w.t.Helper()
	file := filepath.Join("testdata", "vendor", name+".txt")
	if *rewrite {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			w.t.Fatal(err)
		}
		if err := os.WriteFile(file, w.out.Bytes(), 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	if got := w.out.String(); got != string(want) {
		a, b := strings.Split(got, "\n"), strings.Split(string(want), "\n")
		n := 0
		for n < len(a) && n < len(b) && a[n] == b[n] {
			n++
		}
		w.t.Errorf("%s: line %d: the wire says\n%s\nwant\n%s\n(-rewrite writes it anew)", file, n+1, excerpt(a, n), excerpt(b, n))
	}
}

func excerpt(lines []string, at int) string {
	return strings.Join(lines[max(0, at-4):min(len(lines), at+4)], "\n")
}

// vendorS3 sends S3 requests as the vendor's SDK for contract-owned buckets does, which ionosctl and the Terraform provider use: path
// style, subresources with an empty value, `Accept: application/xml`, the payload's hash signed. The SDK itself can't be had as a module,
// so its requests are written out here and its answers read into types like its own.
type vendorS3 struct {
	*testing.T
	wire   *wire
	base   string // the address told to the tool
	pair   Pair
	region string // of the signature
}

// answered is what came back.
type answered struct {
	status int
	header http.Header
	body   []byte
}

// send sends one request; in is nil, a string, or a value to write as XML.
func (v *vendorS3) send(method, target string, in any, header ...string) answered {
	v.Helper()
	var body []byte
	req := must(http.NewRequest(method, v.base+target, nil))
	req.Header = http.Header{"Accept": {"application/xml"}, "User-Agent": {"sdk-go-bundle/1.0.0"}}
	switch in := in.(type) {
	case nil:
	case string:
		body = []byte(in)
	default:
		body = must(xml.Marshal(in))
		req.Header.Set("Content-Type", "application/xml")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header[header[i]] = []string{header[i+1]}
	}
	if body != nil {
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	req.Header.Set("X-Amz-Content-Sha256", hash)
	credentials := aws.Credentials{AccessKeyID: v.pair.Access, SecretAccessKey: v.pair.Secret}
	if err := v4.NewSigner().SignHTTP(v.Context(), credentials, req, hash, "s3", v.region, time.Now()); err != nil {
		v.Fatal(err)
	}
	resp, err := v.wire.RoundTrip(req)
	if err != nil {
		v.Fatalf("%s %s: %v", method, target, err)
	}
	return answered{resp.StatusCode, resp.Header, must(io.ReadAll(resp.Body))}
}

// want sends a request and checks the status.
func (v *vendorS3) want(status int, method, target string, in any, header ...string) answered {
	v.Helper()
	a := v.send(method, target, in, header...)
	if a.status != status {
		v.Fatalf("%s %s: %d %s, want %d", method, target, a.status, a.body, status)
	}
	return a
}

// read sends a GET and reads the answer into out as the SDK does: by its Content-Type, or not at all.
func (v *vendorS3) read(target string, out any) {
	v.Helper()
	a := v.want(200, "GET", target, nil)
	if !strings.Contains(a.header.Get("Content-Type"), "application/xml") {
		v.Fatalf("GET %s: Content-Type %q: the SDK reads application/xml", target, a.header.Get("Content-Type"))
	}
	if err := xml.Unmarshal(a.body, out); err != nil {
		v.Fatalf("GET %s: %v\n%s", target, err, a.body)
	}
}
