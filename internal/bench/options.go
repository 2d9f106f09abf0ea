package bench

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"coffer/internal/errs"
)

// Options are the flags of "coffer bench", for kong.
type Options struct {
	Endpoint    []string      `name:"endpoint" required:"" sep:"none" placeholder:"NAME=URL" help:"Server to load, http or https. Give several to compare them in turns."`
	AccessKey   []string      `name:"access-key" env:"COFFER_BENCH_ACCESS_KEY" sep:"none" placeholder:"[NAME=]KEY" help:"Access key, of one endpoint or all. Its secret comes from COFFER_BENCH_SECRET_KEY_NAME or COFFER_BENCH_SECRET_KEY."`
	PID         []string      `name:"pid" sep:"none" placeholder:"[NAME=]PID" help:"Process of a server on this machine: adds its processor time and memory."`
	Op          []Op          `name:"op" default:"put,get,stat,list,delete" help:"put, get, stat, list, delete, mixed (45 get, 30 stat, 15 put, 10 delete of a hundred)."`
	Size        []string      `name:"size" default:"4KiB" help:"Object sizes: 4KiB, 1MiB."`
	Payload     []Payload     `name:"payload" default:"unsigned" help:"How bodies are sent: unsigned, signed, stream (signed chunks), trailer (as today's SDKs do)."`
	Connections int           `name:"connections" short:"c" default:"16" help:"Connections to an endpoint, one request at a time on each."`
	Threads     int           `name:"threads" default:"1" help:"Threads of this program."`
	Duration    time.Duration `name:"duration" short:"d" default:"5s" help:"Time of each row."`
	Count       int64         `name:"count" short:"n" help:"Requests of each row, if that comes first."`
	Warmup      time.Duration `name:"warmup" default:"300ms" help:"Time before each row that is not counted."`
	Turn        time.Duration `name:"turn" default:"200ms" help:"How long an endpoint is loaded before the next has its turn. 1ns: one request of each connection."`
	Objects     int           `name:"objects" default:"1000" help:"Objects that get, stat, list, delete and mixed work on."`
	Listing     int           `name:"listing" placeholder:"N" help:"Instead: compare listings of a bucket with N keys, and of buckets in which N keys were deleted, with those of a small one."`
	Bucket      string        `name:"bucket" help:"Bucket to use. Without it, one of the run's own, removed at the end."`
	Region      string        `name:"region" default:"us-east-1" help:"Region to sign for."`
	YesLoad     []string      `name:"yes-load" placeholder:"HOST" help:"A host other than this machine that may be loaded."`
	Insecure    bool          `name:"insecure" help:"Take any certificate of https."`
	Keep        bool          `name:"keep" help:"Leave the objects and the bucket."`
	Seed        uint64        `name:"seed" help:"Of bodies and choices, to repeat a run."`
	Output      string        `name:"output" short:"o" enum:"table,json" default:"table" help:"table or json."`
}

// Config makes the configuration. getenv gives the secrets.
func (o *Options) Config(getenv func(string) string) (Config, error) {
	c := Config{Ops: o.Op, Payloads: o.Payload, Connections: o.Connections, Threads: o.Threads, Duration: o.Duration, Count: o.Count,
		Warmup: o.Warmup, Turn: o.Turn, Objects: o.Objects, Bucket: o.Bucket, Region: o.Region, Consent: o.YesLoad, Insecure: o.Insecure,
		Keep: o.Keep, Seed: o.Seed, Listing: o.Listing}
	if o.Warmup == 0 {
		c.Warmup = -1
	}
	for _, s := range o.Size {
		n, err := ParseSize(s)
		if err != nil {
			return c, err
		}
		c.Sizes = append(c.Sizes, n)
	}
	for _, s := range o.Endpoint {
		name, url, named := strings.Cut(s, "=")
		if !named {
			name, url = s, s
		}
		c.Endpoints = append(c.Endpoints, Endpoint{Name: name, URL: url, Secret: getenv("COFFER_BENCH_SECRET_KEY")})
	}
	for i := range c.Endpoints {
		if err := o.fill(&c.Endpoints[i], getenv); err != nil {
			return c, err
		}
	}
	return c, o.unused(c.Endpoints)
}

// fill adds what the other flags say of an endpoint.
func (o *Options) fill(e *Endpoint, getenv func(string) string) error {
	if s := getenv("COFFER_BENCH_SECRET_KEY_" + strings.ToUpper(strings.ReplaceAll(e.Name, "-", "_"))); s != "" {
		e.Secret = s
	}
	for _, s := range o.AccessKey {
		if name, value := cutName(s); name == e.Name || name == "" && e.AccessKey == "" {
			e.AccessKey = value
		}
	}
	for _, s := range o.PID {
		name, value := cutName(s)
		pid, err := strconv.Atoi(value)
		if err != nil || pid < 1 {
			return invalid("pid: a process number is wanted, not %q", value)
		}
		if name == e.Name || name == "" {
			e.PIDs = append(e.PIDs, pid)
		}
	}
	return nil
}

// unused refuses flags that name no endpoint.
func (o *Options) unused(endpoints []Endpoint) error {
	names := map[string]bool{"": true}
	for _, e := range endpoints {
		if names[e.Name] {
			return invalid("endpoint %s: every endpoint needs a name of its own", e.Name)
		}
		names[e.Name] = true
	}
	for _, s := range append(append([]string(nil), o.AccessKey...), o.PID...) {
		if name, _ := cutName(s); !names[name] {
			return invalid("%s: no endpoint has the name %s", s, name)
		}
	}
	return nil
}

func cutName(s string) (name, value string) {
	if name, value, found := strings.Cut(s, "="); found {
		return name, value
	}
	return "", s
}

// Do runs and writes the report to out; what it is at goes to status, a line that is written over, or nowhere if status is nil. It fails
// with errs.Unavailable if a request failed, after the report.
func (o *Options) Do(ctx context.Context, getenv func(string) string, out, status io.Writer) error {
	c, err := o.Config(getenv)
	if err != nil {
		return err
	}
	progress := func(p Progress) {}
	if status != nil {
		progress = func(p Progress) {
			fmt.Fprintf(status, "\r\033[K%s: %s %s %.0f %%", p.Row, p.Endpoint, p.Phase, 100*p.Done)
		}
		defer fmt.Fprint(status, "\r\033[K")
	}
	report, err := Run(ctx, c, progress)
	if status != nil {
		fmt.Fprint(status, "\r\033[K")
	}
	if len(report.Rows) > 0 {
		write := report.Table
		if o.Output == "json" {
			write = report.JSON
		}
		if failed := write(out); err == nil {
			err = failed
		}
	}
	if err == nil && report.Failed() {
		err = errs.New(errs.Unavailable, "", "Some requests failed; the report counts them and shows the first error of each row.")
	}
	return err
}

// ParseSize reads a size: a number, and B, KiB, MiB, GiB, kB, MB or GB.
func ParseSize(s string) (int64, error) {
	digits := strings.TrimRight(s, "KMGkiB")
	factor, known := map[string]int64{"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30,
		"kB": 1e3, "MB": 1e6, "GB": 1e9}[s[len(digits):]]
	n, err := strconv.ParseFloat(digits, 64)
	if size := n * float64(factor); err == nil && known && size >= 0 && size <= math.MaxInt64/2 {
		return int64(size), nil
	}
	return 0, invalid("size %q: a number and B, KiB, MiB or GiB are wanted", s)
}

// FormatSize writes a size as people read it.
func FormatSize(n int64) string {
	for _, u := range []struct {
		name string
		size int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= u.size {
			return strconv.FormatFloat(math.Round(float64(n)/float64(u.size)*100)/100, 'f', -1, 64) + " " + u.name
		}
	}
	return strconv.FormatInt(n, 10) + " B"
}
