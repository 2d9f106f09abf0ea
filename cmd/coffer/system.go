package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"coffer/internal/accesslog"
	"coffer/internal/audit"
	"coffer/internal/config"
	"coffer/internal/control"
	"coffer/internal/engine/file"
	"coffer/internal/engine/pebble"
	"coffer/internal/errs"
	"coffer/internal/iam"
	"coffer/internal/jobs"
	"coffer/internal/object"
	"coffer/internal/obs"
	"coffer/internal/region"
	"coffer/internal/s3api"
	"coffer/internal/usage"
	"coffer/web"
)

// system is every room, opened on one data folder.
type system struct {
	*config.Parsed
	config  *config.Serve
	regions *region.Registry
	log     *slog.Logger
	metrics *obs.Metrics
	meta    *pebble.Store
	blobs   *file.Store
	objects *object.Service
	people  *iam.Service
	audit   *audit.Service
	usage   *usage.Service
	jobs    *jobs.Runner
	rules   *jobs.Lifecycle
	records *jobs.Retention
	started time.Time
	certs   *tls.Config // nil: plain HTTP
	lines   *accesslog.Sink
	failed  chan error     // a store's failure that ends the process
	closers []func() error // in the order of opening
}

// open opens the rooms, lower ones first. On an error it closes what it opened.
func open(ctx context.Context, c *config.Serve, p *config.Parsed, log *slog.Logger) (_ *system, err error) {
	s := &system{Parsed: p, config: c, log: log, metrics: obs.NewMetrics(version), started: time.Now(), failed: make(chan error, 2)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	dir, err := openDataDir(c.Data)
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, func() error { dir.close(); return nil })
	if err := s.openStores(dir); err != nil {
		return nil, err
	}
	keyring, err := openKeyring(ctx, c)
	if err != nil {
		return nil, err
	}
	if s.objects, err = object.New(object.Config{Meta: s.meta, Blobs: s.blobs, Clock: time.Now, Rand: rand.Reader, Log: log, Keyring: keyring}); err != nil {
		return nil, err
	}
	token, err := dir.secretFile("operator.token", newToken)
	if err != nil {
		return nil, err
	}
	if s.audit, err = audit.New(audit.Config{Meta: s.meta, Sealer: keyring, Clock: time.Now, Log: log}); err != nil {
		return nil, err
	}
	if s.people, err = iam.New(iam.Config{Meta: s.meta, Keyring: keyring, Buckets: s.objects, Clock: time.Now, Rand: rand.Reader,
		Log: log, OperatorToken: token, Records: recorder{s.audit}, Quotas: s.objects.Quotas(), Mover: mover{s.objects, userBuckets}}); err != nil {
		return nil, err
	}
	if s.regions, err = region.Open(ctx, s.meta, s.people.UpdateSystem, p.Regions); err != nil {
		return nil, err
	}
	s.usage, err = usage.New(usage.Config{Meta: s.meta, Buckets: heldBuckets{s.objects}, Contracts: s.contracts, Clock: time.Now, Log: log})
	return s, err
}

func (s *system) openStores(dir *dataDir) (err error) {
	report := func(err error) {
		select {
		case s.failed <- err:
		default:
		}
	}
	reserve := s.config.ReserveMiB << 20
	if s.meta, err = pebble.Open(pebble.Options{Dir: dir.file("meta"), Cache: s.config.CacheMiB << 20, ReserveBytes: reserve,
		Logger: s.log, OnFailure: report}); err != nil {
		return err
	}
	s.closers = append(s.closers, s.meta.Close)
	if s.blobs, err = file.Open(file.Options{Dir: dir.file("blobs"), ReserveBytes: reserve, Logger: s.log, OnFailure: report}); err != nil {
		return err
	}
	s.closers = append(s.closers, s.blobs.Close)
	return nil
}

// start finishes what a crash left half done, makes the first contract where there is none, and starts the jobs.
func (s *system) start(ctx context.Context) (firstRun, error) {
	if err := errors.Join(s.objects.Recover(ctx), s.people.Recover(ctx), s.people.StartQuotas(ctx)); err != nil {
		return firstRun{}, err
	}
	// The first contract's record begins with its making.
	b, err := s.people.Bootstrap(iam.WithTrace(ctx, &iam.Trace{Program: "coffer serve"}), iam.FirstOwner{Email: s.config.OwnerEmail, Password: s.config.OwnerPassword})
	if err != nil {
		return firstRun{}, err
	}
	s.jobs = jobs.New(jobs.Config{Objects: s.objects, Log: s.log})
	s.jobs.Start()
	s.closers = append(s.closers, func() error { s.jobs.Stop(); return nil })
	contracts, err := s.contracts(ctx)
	if err != nil {
		return firstRun{}, err
	}
	s.countDrops()
	s.lines = s.accessLogs()
	s.followRules()
	s.forget()
	s.audit.Start(contracts)
	s.usage.Start()
	s.closers = append(s.closers, func() error { s.usage.Stop(); s.audit.Stop(); return nil })
	return firstRun{email: string(b.Email), password: b.Password, passwordSet: b.PasswordSet, keys: b.Keys}, nil
}

// handlers makes the two edges. The ports tell each how the other is reached where no URL is configured.
func (s *system) handlers(s3Port, controlPort int) (s3, both http.Handler, err error) {
	c := s.config
	s3 = s3api.New(s3api.Config{AccessLog: s.lines.Note, LifecycleReport: s.rules.Report, LifecycleForecast: s.rules.Forecast, Objects: s.objects, IAM: s.people, Regions: s.regions.All, Domains: c.S3Domain, StrictRegion: c.RegionStrict, Ownership: ownership(c),
		ConsoleOrigin: consoleOrigin(c, controlPort), TrustedProxies: s.Proxies, SigV2: c.SigV2, InsecureSSEC: c.AllowInsecureSSEC, Clock: time.Now, Log: s.log, Observe: s.observe()})
	if err := s.deliverLogs(s3); err != nil {
		return nil, nil, err
	}
	files, err := web.FS()
	if err != nil {
		return nil, nil, errs.Fault("handlers", err)
	}
	if !web.Built() {
		s.log.Warn("this program was built without the console: run make build")
	}
	ctl, err := control.New(control.Config{IAM: s.people, Audit: s.audit, Usage: s.usage, Storage: storage{s.objects}, System: s.health, CA: s.authority, Regions: s.regions.All, MakeRegion: s.regions.Make, S3URL: c.S3URL, ControlURL: c.ControlURL, S3Port: s3Port,
		S3Domain: c.S3Domain[0], WebsiteDomain: s.websiteDomain(), Console: files, ConsolePolicy: web.Policy, Metrics: s.metrics.Handler(), Ready: s.ready,
		Observe: s.metrics.Observer("control").Request, TrustedProxies: s.Proxies,
		Clock: time.Now, Rand: rand.Reader, Log: s.log, Version: version, TLS: c.TLS()})
	if err != nil {
		return nil, nil, err
	}
	zips := s.archives(s3)
	return s.websites(zips), dispatch(zips, ctl), nil
}

func (s *system) observe() func(s3api.Observation) {
	o := s.metrics.Observer("s3")
	return func(r s3api.Observation) {
		o.Request(r.Operation, r.Status, r.BytesIn, r.BytesOut, r.Duration)
		s.note(&r)
	}
}

// ready fails while writes can't be made durable.
func (s *system) ready() error { return errors.Join(s.meta.Health(), s.blobs.Health()) }

// close closes what is open, last opened first.
func (s *system) close() error {
	var all []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		all = append(all, s.closers[i]())
	}
	s.closers = nil
	return errors.Join(all...)
}

func newToken() (string, error) {
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		return "", errs.Fault("newToken", err)
	}
	return "coffer-operator-" + base64.RawURLEncoding.EncodeToString(b), nil
}
