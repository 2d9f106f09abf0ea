// Package bench is the load generator behind "coffer bench": closed-loop load for S3 endpoints, one or several side by side in one
// run, which leaves the processor to the servers. Requests are signed with a kept key and, where their number is bounded, kept signed;
// all writes send one random body that is hashed once; answers are read by a small parser and large ones are dropped in the kernel.
// It never loads a machine other than this one without a word that names it, and removes what it wrote.
package bench

import (
	"context"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
)

// Op is an operation to measure.
type Op string

// The operations. Mixed is 45 get, 30 stat, 15 put and 10 delete of a hundred.
const (
	Put    Op = "put"
	Get    Op = "get"
	Stat   Op = "stat"
	List   Op = "list"
	Delete Op = "delete"
	Mixed  Op = "mixed"
)

// Ops lists the operations in the order in which they are best measured.
func Ops() []Op { return []Op{Put, Get, Stat, List, Delete, Mixed} }

// Payload is how a body is sent.
type Payload string

// The payloads.
const (
	Unsigned Payload = "unsigned" // UNSIGNED-PAYLOAD
	Signed   Payload = "signed"   // the SHA-256 of the body in the head
	Stream   Payload = "stream"   // signed chunks of 64 KiB
	Trailer  Payload = "trailer"  // an unsigned chunk with a CRC32 behind it, as today's SDKs do
)

// Payloads lists the payloads.
func Payloads() []Payload { return []Payload{Unsigned, Signed, Stream, Trailer} }

// The limits of a run.
const (
	MaxEndpoints   = 16
	MaxConnections = 4096
	MaxSize        = 1 << 30 // bytes of an object; the body is kept in memory
	MaxObjects     = 1 << 24
	MaxThreads     = 64
)

// Endpoint is a server to load.
type Endpoint struct {
	Name      string // in the report
	URL       string // http or https, host and port, nothing else
	AccessKey string
	Secret    string
	PIDs      []int // of the server on this machine: its processor time and memory are reported
}

// Config is what to measure. The zero value of a field means its default.
type Config struct {
	Endpoints   []Endpoint
	Ops         []Op          // default: put, get, stat, list, delete
	Sizes       []int64       // bytes; default 4 KiB. Stat, list and delete use the first only
	Payloads    []Payload     // default unsigned. Only put and mixed differ by it
	Connections int           // one request at a time on each; default 16
	Threads     int           // of this program; default 1, more where its own share of the processor nears 1
	Duration    time.Duration // of each row; default 5 s
	Count       int64         // requests of each row, if it comes first; 0: no bound
	Warmup      time.Duration // before each row, not counted; default 300 ms, negative: none
	Turn        time.Duration // how long an endpoint is loaded before the next has its turn; default 200 ms. Every connection makes at least one request
	Objects     int           // that get, stat, list, delete and mixed work on; default 1000
	Listing     int           // keys of the large buckets whose listings are compared with a small one's; 0: none. With it nothing else is measured
	Bucket      string        // default: one of the run's own, removed at the end
	Region      string        // to sign for; default us-east-1
	Timeout     time.Duration // for an answer after the end of a turn; default 60 s
	Consent     []string      // hosts other than this machine that may be loaded
	Insecure    bool          // take any certificate of https
	Keep        bool          // leave the objects and the bucket
	Seed        uint64        // of body and choice; 0: by the clock
}

// Progress is what a run is at.
type Progress struct {
	Row      string // "put 4 KiB unsigned"
	Endpoint string
	Phase    string  // fill, measure or clean
	Done     float64 // 0 to 1
}

// Run measures. It returns what was measured so far together with an error, errs.Invalid if the configuration is wrong and
// errs.Unavailable if an endpoint does not do the preparations. Failed requests are counted in the rows and are no error. progress may be nil.
func Run(ctx context.Context, c Config, progress func(Progress)) (Report, error) {
	if err := c.complete(); err != nil {
		return Report{}, err
	}
	if progress == nil {
		progress = func(Progress) {}
	}
	r := &run{Config: c, progress: progress, id: strconv.FormatUint(c.Seed%(36*36*36*36*36*36), 36), random: rand.New(rand.NewPCG(c.Seed, 1))}
	r.report = Report{Started: time.Now().UTC(), CPUs: runtime.NumCPU(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Connections: c.Connections,
		Threads: c.Threads, DurationSeconds: c.Duration.Seconds(), TurnSeconds: c.Turn.Seconds(), Objects: c.Objects, Seed: c.Seed}
	for _, e := range c.Endpoints {
		t, err := newTarget(e, &c, r.id)
		if err != nil {
			return Report{}, err
		}
		r.targets = append(r.targets, t)
	}
	if c.Listing > 0 {
		err := r.listings(ctx)
		return r.report, err
	}
	err := r.all(ctx)
	return r.report, err
}

func invalid(format string, args ...any) error {
	return errs.New(errs.Invalid, "", fmt.Sprintf(format, args...))
}

// complete fills in defaults and checks every bound.
func (c *Config) complete() error {
	c.Ops = orElse(c.Ops, Put, Get, Stat, List, Delete)
	c.Sizes = orElse(c.Sizes, 4<<10)
	c.Payloads = orElse(c.Payloads, Unsigned)
	setDefault(&c.Connections, 16)
	setDefault(&c.Threads, 1)
	setDefault(&c.Duration, 5*time.Second)
	setDefault(&c.Warmup, 300*time.Millisecond)
	setDefault(&c.Turn, 200*time.Millisecond)
	setDefault(&c.Objects, 1000)
	setDefault(&c.Region, "us-east-1")
	setDefault(&c.Timeout, time.Minute)
	setDefault(&c.Seed, uint64(time.Now().UnixNano()))
	switch {
	case len(c.Endpoints) == 0:
		return invalid("no endpoint to load: give at least one")
	case len(c.Endpoints) > MaxEndpoints:
		return invalid("%d endpoints: at most %d", len(c.Endpoints), MaxEndpoints)
	case c.Connections < 1 || c.Connections > MaxConnections:
		return invalid("connections: 1 to %d, not %d", MaxConnections, c.Connections)
	case c.Threads < 1 || c.Threads > MaxThreads || c.Threads > c.Connections:
		return invalid("threads: 1 to %d and no more than connections, not %d", MaxThreads, c.Threads)
	case c.Objects < 1 || c.Objects > MaxObjects:
		return invalid("objects: 1 to %d, not %d", MaxObjects, c.Objects)
	case c.Duration < 0 || c.Turn < 0 || c.Timeout < 0 || c.Count < 0:
		return invalid("duration, turn, timeout and count must not be negative")
	}
	if c.Bucket != "" {
		if _, err := ident.ParseBucketName(c.Bucket); err != nil {
			return err
		}
	}
	if err := c.checkListing(); err != nil {
		return err
	}
	for _, op := range c.Ops {
		if !slices.Contains(Ops(), op) {
			return invalid("operation %q: one of %v", op, Ops())
		}
	}
	for _, p := range c.Payloads {
		if !slices.Contains(Payloads(), p) {
			return invalid("payload %q: one of %v", p, Payloads())
		}
	}
	for _, s := range c.Sizes {
		if s < 0 || s > MaxSize {
			return invalid("size: 0 to %d bytes, not %d", MaxSize, s)
		}
	}
	return nil
}

func orElse[T any](list []T, otherwise ...T) []T {
	if len(list) == 0 {
		return otherwise
	}
	return list
}

func setDefault[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}

// A target is an endpoint ready to be loaded.
type target struct {
	Endpoint
	host   string // as in the Host header
	addr   string // host and port to connect to
	tls    *tls.Config
	bucket string
	region string
	prefix string // of every key, ends in a slash
	stock  stock  // of a run of listings
}

func newTarget(e Endpoint, c *Config, id string) (*target, error) {
	u, err := url.Parse(e.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.User != nil {
		return nil, invalid("endpoint %s: http://host:port or https://host:port is wanted", e.Name)
	}
	if e.AccessKey == "" || e.Secret == "" {
		return nil, invalid("endpoint %s: an access key and its secret are wanted", e.Name)
	}
	t := &target{Endpoint: e, host: u.Host, addr: u.Host, region: c.Region, bucket: c.Bucket, prefix: "coffer-bench/" + id + "/"}
	if t.bucket == "" {
		t.bucket = "coffer-bench-" + id
	}
	if u.Port() == "" {
		t.addr = net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	if u.Scheme == "https" {
		t.tls = &tls.Config{ServerName: u.Hostname(), InsecureSkipVerify: c.Insecure, NextProtos: []string{"http/1.1"}}
	}
	return t, t.checkConsent(u.Hostname(), c.Consent)
}

// checkConsent refuses to load another machine, unless the user named it.
func (t *target) checkConsent(host string, consent []string) error {
	ips, err := net.LookupIP(host)
	if err != nil || len(ips) == 0 {
		return invalid("endpoint %s: the host %s has no address", t.Name, host)
	}
	local := true
	for _, ip := range ips {
		local = local && ip.IsLoopback()
	}
	if !local && !slices.ContainsFunc(consent, func(s string) bool { return strings.EqualFold(s, host) }) {
		return invalid("endpoint %s: %s is another machine; if its owner agrees to be loaded, name it in the consent: --yes-load %s", t.Name, host, host)
	}
	_, port, _ := net.SplitHostPort(t.addr)
	t.addr = net.JoinHostPort(ips[0].String(), port)
	return nil
}
