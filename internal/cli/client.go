package cli

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"coffer/internal/api/cloud"
	"coffer/internal/api/console"
	"coffer/internal/api/management"
)

const (
	defaultURL  = "http://localhost:9001"
	callTimeout = 60 * time.Second
	maxAnswer   = 16 << 20 // bytes
	pageSize    = 1000
)

// Client is the flags of every command that calls the server, and the connection made from them.
type Client struct {
	URL      string `name:"url" env:"COFFER_URL" placeholder:"URL" help:"Where the control API is; the profile's, or http://localhost:9001."`
	Profile  string `env:"COFFER_PROFILE" default:"default" placeholder:"NAME" help:"Profile made by 'coffer login'."`
	Output   string `short:"o" env:"COFFER_OUTPUT" default:"table" enum:"table,json" help:"table or json."`
	Contract int32  `env:"COFFER_CONTRACT" placeholder:"NUMBER" help:"Contract to act on; needed by the operator where there are several."`
	Operator bool   `help:"Act as the operator, with COFFER_OPERATOR_TOKEN or the token in the data folder."`
	Data     string `env:"COFFER_DATA" default:"./coffer-data" placeholder:"DIR" help:"Data folder whose operator.token is read."`
	CAFile   string `name:"ca-file" env:"COFFER_CA_FILE" placeholder:"FILE" help:"Certificates (PEM) that vouch for the server."`
	Insecure bool   `help:"Do not verify the server's certificate. For trials alone."`

	conn *connection
}

// AfterApply lets the commands' Run methods have the flags of their own tree.
func (c *Client) AfterApply(ctx *kong.Context) error {
	ctx.Bind(c)
	return nil
}

// connection is a server with a credential.
type connection struct {
	base       string
	http       *http.Client
	management *management.Client
	cloud      *cloud.Client
	console    *console.Client
	contract   *int32
}

// credential puts itself on a request.
type credential func(*http.Request)

// open makes the connection, once. operator forces the operator's token.
func (c *Client) open(env *Env, operator bool) (*connection, error) {
	if c.conn != nil {
		return c.conn, nil
	}
	profiles, err := readProfiles(env.ConfigDir)
	if err != nil {
		return nil, err
	}
	p := profiles.Profiles[c.Profile]
	cred, err := c.credential(env, p, operator || c.Operator)
	if err != nil {
		return nil, err
	}
	base := c.URL
	if base == "" {
		base = p.URL
	}
	if base == "" {
		base = defaultURL
	}
	conn, err := c.dial(env, base, p.CAFile, cred)
	if err != nil {
		return nil, err
	}
	c.conn = conn
	return conn, nil
}

// dial prepares requests to base; nothing is sent yet.
func (c *Client) dial(env *Env, base, caFile string, cred credential) (*connection, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, usage("--url %s: write it as http://host:port or https://host", base)
	}
	base = strings.TrimRight(base, "/")
	if c.CAFile != "" {
		caFile = c.CAFile
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if transport.TLSClientConfig, err = tlsConfig(caFile, c.Insecure); err != nil {
		return nil, err
	}
	conn := &connection{base: base, http: &http.Client{Transport: transport, Timeout: callTimeout}}
	if c.Contract != 0 {
		conn.contract = &c.Contract
	}
	edit := func(_ context.Context, r *http.Request) error {
		r.Header.Set("User-Agent", "coffer/"+env.Version)
		if cred != nil {
			cred(r)
		}
		return nil
	}
	if conn.management, err = management.NewClient(base, management.WithHTTPClient(conn.http), management.WithRequestEditorFn(edit)); err != nil {
		return nil, err
	}
	if conn.cloud, err = cloud.NewClient(base, cloud.WithHTTPClient(conn.http), cloud.WithRequestEditorFn(edit)); err != nil {
		return nil, err
	}
	conn.console, err = console.NewClient(base, console.WithHTTPClient(conn.http), console.WithRequestEditorFn(edit))
	return conn, err
}

func tlsConfig(caFile string, insecure bool) (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: insecure}
	if caFile == "" {
		return t, nil
	}
	raw, err := os.ReadFile(caFile)
	if err != nil {
		return nil, usage("--ca-file: %v", err)
	}
	t.RootCAs = x509.NewCertPool()
	if !t.RootCAs.AppendCertsFromPEM(raw) {
		return nil, usage("--ca-file %s holds no certificate in PEM", caFile)
	}
	return t, nil
}

// credential chooses what to sign in with: the operator's token where asked for, then COFFER_TOKEN, then COFFER_EMAIL with
// COFFER_PASSWORD, then the profile.
func (c *Client) credential(env *Env, p profile, operator bool) (credential, error) {
	if operator {
		token, err := c.operatorToken(env)
		if err != nil {
			return nil, err
		}
		return bearer(token), nil
	}
	if token := env.Getenv("COFFER_TOKEN"); token != "" {
		return bearer(token), nil
	}
	if mail, password := env.Getenv("COFFER_EMAIL"), env.Getenv("COFFER_PASSWORD"); mail != "" && password != "" {
		return func(r *http.Request) { r.SetBasicAuth(mail, password) }, nil
	}
	if p.Token != "" {
		return bearer(p.Token), nil
	}
	return nil, &Error{Code: ExitSignIn, Text: "nobody is signed in in profile " + c.Profile,
		Hint: "Sign in with 'coffer login', or set COFFER_TOKEN."}
}

func bearer(token string) credential {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

func (c *Client) operatorToken(env *Env) (string, error) {
	if t := strings.TrimSpace(env.Getenv("COFFER_OPERATOR_TOKEN")); t != "" {
		return t, nil
	}
	path := filepath.Join(c.Data, "operator.token")
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", &Error{Code: ExitSignIn, Text: "the operator's token can't be read: " + err.Error(),
			Hint: "Name the server's data folder with --data, or set COFFER_OPERATOR_TOKEN."}
	}
	if t := strings.TrimSpace(string(raw)); t != "" {
		return t, nil
	}
	return "", &Error{Code: ExitSignIn, Text: path + " is empty"}
}

// read sends nothing: it reads an answer into T, or its error.
func read[T any](resp *http.Response, err error) (*T, error) {
	raw, err := answer(resp, err)
	if err != nil {
		return nil, err
	}
	out := new(T)
	if len(bytes.TrimSpace(raw)) == 0 {
		return out, nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return nil, &Error{Code: ExitFailure, Text: "the server's answer can't be read: " + err.Error(), Hint: "Is --url that of Coffer's control listener?"}
	}
	return out, nil
}

// answer returns a successful answer's body.
func answer(resp *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, unreachable(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, unreachable(err)
	}
	if len(raw) > maxAnswer {
		return nil, &Error{Code: ExitFailure, Text: fmt.Sprintf("the server's answer has more than %d bytes", maxAnswer)}
	}
	if resp.StatusCode >= 300 {
		return nil, refusal(resp, raw)
	}
	return raw, nil
}

func unreachable(err error) error {
	var op *net.OpError
	var cert *tls.CertificateVerificationError
	e := &Error{Code: ExitUnavailable, Text: "the server can't be reached: " + err.Error()}
	switch {
	case errors.As(err, &cert):
		e.Hint = "Name the certificate that vouches for it with --ca-file."
	case errors.As(err, &op):
		e.Hint = "Is it running ('coffer serve'), and is --url right?"
	}
	return e
}

// refusal turns an error answer into an exit code and the server's own words.
func refusal(resp *http.Response, raw []byte) error {
	var body struct {
		Messages []struct{ ErrorCode, Message string }
	}
	e := &Error{Code: codeOf(resp.StatusCode), Text: resp.Status}
	if json.Unmarshal(raw, &body) == nil && len(body.Messages) > 0 {
		e.Text, e.Word = body.Messages[0].Message, body.Messages[0].ErrorCode
	}
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		e.Hint = "Sign in again with 'coffer login'."
	case http.StatusTooManyRequests:
		if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
			e.Hint = fmt.Sprintf("Try again in %d s.", n)
		}
	}
	return e
}

func codeOf(status int) int {
	switch {
	case status == http.StatusUnauthorized:
		return ExitSignIn
	case status == http.StatusForbidden:
		return ExitDenied
	case status == http.StatusNotFound:
		return ExitNotFound
	case status == http.StatusConflict || status == http.StatusPreconditionFailed:
		return ExitConflict
	case status == http.StatusTooManyRequests || status >= 500 && status != http.StatusNotImplemented:
		return ExitUnavailable
	case status >= 400:
		return ExitRefused
	}
	return ExitFailure
}

func ptr[T any](v T) *T { return &v }

func or[T any](p *T, def T) T {
	if p == nil {
		return def
	}
	return *p
}
