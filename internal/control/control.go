// Package control is the listener of people and of management programs: the Object Storage Management API, the Cloud API subset, the
// Auth API, the console with its sessions, the operator's API, the reference, metrics and health. It translates between HTTP and
// package iam and never decides who may do what; it never speaks S3.
package control

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"coffer/api"
	"coffer/internal/api/cloud"
	"coffer/internal/api/console"
	"coffer/internal/api/management"
	"coffer/internal/audit"
	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/ident"
	"coffer/internal/usage"
)

// Limits of a request.
const (
	MaxBody    = 1 << 20  // bytes of a body
	MaxHeaders = 16 << 10 // bytes of names and values of all headers; for http.Server.MaxHeaderBytes as well
	MaxTarget  = 8 << 10  // bytes of path and query
	maxRate    = 6000     // requests a minute of one caller, by default
	signLife   = 15 * time.Minute
)

// Config is what the listener needs. IAM, Regions, Clock and Rand are required.
type Config struct {
	IAM        iam.API
	Regions    func() []ident.Region // in order; the first is the default and never changes
	S3URL      string                // where clients reach S3, without a path; "": the host of the request with S3Port
	ControlURL string                // where people reach this listener, without a path; "": the host of the request
	S3Port     int                   // used where S3URL is ""
	// WebsiteDomain is the base domain of static websites; "" where there are none.
	WebsiteDomain string
	S3Domain      string // base domain of virtual-host style; "" where there is none

	Audit *audit.Service // nil: nothing is recorded
	Usage *usage.Service // nil: nothing is counted
	// Storage tells of buckets; nil: there are no quotas.
	Storage Storage
	// System tells the operator how the process is, all but the listeners' addresses; nil: nothing is told.
	System func(context.Context) (*console.System, error)

	// MakeRegion makes a region that Regions tells of from then on; nil: regions are those of the configuration.
	MakeRegion func(ctx context.Context, r ident.Region) error
	// CA returns the certificate in PEM that clients have to trust to believe the listeners', nil where they need not be told; nil: none.
	CA func() []byte

	Console       fs.FS                                                                 // the built console; nil: none
	ConsolePolicy func(s3Origins []string) string                                       // its Content-Security-Policy; nil: a policy that allows nothing but itself
	Docs          fs.FS                                                                 // the OpenAPI documents; nil: those of package api
	Metrics       http.Handler                                                          // nil: none
	Ready         func() error                                                          // nil: always ready
	Observe       func(operation string, status int, in, out int64, took time.Duration) // nil: nothing is counted

	TrustedProxies []netip.Prefix // whose X-Forwarded-For and X-Forwarded-Proto are believed
	TLS            bool           // the listener speaks TLS itself
	Rate           int            // requests a minute of one caller; 0: 6000
	SignInHints    []string       // what the sign-in page tells somebody who can't sign in; no secrets

	Clock   iam.Clock
	Rand    io.Reader
	Log     *slog.Logger
	Version string
}

// Product is the name the APIs give themselves.
const Product = "Coffer"

type server struct {
	cfg        Config
	log        *slog.Logger
	cross      *http.CrossOriginProtection
	limits     *limiter
	operations *http.ServeMux // every operation of the OpenAPI documents
	documents  *documents
	console    *files
	s3URL      *url.URL // of Config.S3URL; nil: derived
	ownURL     *url.URL // of Config.ControlURL; nil: derived
}

// New makes the listener's handler. The handler is safe for concurrent use. It fails with errs.Invalid for a configuration that
// can't work.
func New(cfg Config) (http.Handler, error) {
	s := &server{cfg: cfg, log: cfg.Log, cross: http.NewCrossOriginProtection()}
	if cfg.IAM == nil || cfg.Clock == nil || cfg.Rand == nil || cfg.Regions == nil || len(cfg.Regions()) == 0 {
		return nil, errs.New(errs.Invalid, "", "control: IAM, Clock, Rand and at least one region are needed")
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if s.s3URL, err = baseURL("S3URL", cfg.S3URL); err != nil {
		return nil, err
	}
	if s.ownURL, err = baseURL("ControlURL", cfg.ControlURL); err != nil {
		return nil, err
	}
	if s.ownURL != nil {
		if err := s.cross.AddTrustedOrigin(s.ownURL.Scheme + "://" + s.ownURL.Host); err != nil {
			return nil, errs.New(errs.Invalid, "", "control: ControlURL "+cfg.ControlURL+" is no origin").Because(err)
		}
	}
	rate := cfg.Rate
	if rate <= 0 {
		rate = maxRate
	}
	s.limits = newLimiter(rate, cfg.Clock)
	docs := cfg.Docs
	if docs == nil {
		docs = api.Documents
	}
	if s.documents, err = readDocuments(docs); err != nil {
		return nil, err
	}
	if cfg.Console != nil {
		if s.console, err = readFiles(cfg.Console); err != nil {
			return nil, err
		}
	}
	s.operations = s.mux()
	return s.handler(), nil
}

// mux registers every operation of the documents. Parameters that can't be read answer as errors of ours.
func (s *server) mux() *http.ServeMux {
	m := http.NewServeMux()
	bad := func(w http.ResponseWriter, r *http.Request, err error) { s.fail(w, r, badParameter(err)) }
	management.HandlerWithOptions(&managementAPI{s}, management.StdHTTPServerOptions{BaseRouter: m, ErrorHandlerFunc: bad})
	cloud.HandlerWithOptions(&cloudAPI{s}, cloud.StdHTTPServerOptions{BaseRouter: m, ErrorHandlerFunc: bad})
	console.HandlerWithOptions(&consoleAPI{s}, console.StdHTTPServerOptions{BaseRouter: m, ErrorHandlerFunc: bad})
	return m
}

func baseURL(name, raw string) (*url.URL, error) {
	if raw == "" {
		return nil, nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return nil, errs.New(errs.Invalid, "", "control: "+name+" "+raw+": write it as https://host or http://host:port, without a path")
	}
	return plainPort(&url.URL{Scheme: u.Scheme, Host: u.Host}), nil
}
