package bench

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/sigv4"
)

// run is one run under way.
type run struct {
	Config
	id       string
	random   *rand.Rand
	progress func(Progress)
	targets  []*target
	lanes    [][]lane // of each target, one a thread
	report   Report
	filled   map[int64]bool // sizes whose objects are there
	written  []leftover
	rows     int
}

// leftover is what a row left at a target.
type leftover struct {
	target int
	dir    string
	kind   byte
	count  int64
}

func (r *run) all(ctx context.Context) error {
	r.filled = map[int64]bool{}
	defer r.closeLanes()
	for i, t := range r.targets {
		if err := t.createBucket(ctx, r.Insecure); err != nil {
			r.targets = r.targets[:i]
			r.clean(ctx)
			return err
		}
	}
	err := r.openLanes()
	for _, size := range r.Sizes {
		for _, op := range r.Ops {
			if err == nil && (size == r.Sizes[0] || op == Put || op == Get || op == Mixed) {
				err = r.each(ctx, op, size)
			}
		}
	}
	r.clean(ctx)
	return err
}

// each measures an operation with every payload that makes a difference to it.
func (r *run) each(ctx context.Context, op Op, size int64) error {
	payloads := r.Payloads
	if op != Put && op != Mixed {
		payloads = payloads[:1]
	}
	for _, p := range payloads {
		if err := r.row(ctx, op, size, p); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) openLanes() error {
	for i, t := range r.targets {
		r.lanes = append(r.lanes, nil)
		for n := range r.Threads {
			connections := r.Connections / r.Threads
			if n < r.Connections%r.Threads {
				connections++
			}
			l, err := newLane(t, connections, r.Seed+uint64(n+1))
			if err != nil {
				return err
			}
			r.lanes[i] = append(r.lanes[i], l)
		}
	}
	return nil
}

func (r *run) closeLanes() {
	for _, lanes := range r.lanes {
		for _, l := range lanes {
			l.close()
		}
	}
}

// body is the same for every target of a row.
func (r *run) body(size int64, kind Payload) *payload {
	data := make([]byte, size)
	var seed [32]byte
	copy(seed[:], strconv.FormatUint(r.Seed, 10))
	_, _ = rand.NewChaCha8(seed).Read(data)
	return newPayload(data, kind)
}

// row measures one operation at all targets, which take turns.
func (r *run) row(ctx context.Context, op Op, size int64, kind Payload) error {
	r.rows++
	name := rowName(op, size, kind)
	body := r.body(size, kind)
	plans := make([]*plan, len(r.targets))
	for i := range plans {
		plans[i] = &plan{op: op, dir: strconv.FormatInt(size, 10), out: "r" + strconv.Itoa(r.rows), kind: fresh, size: size, body: body,
			objects: int64(r.Objects), limit: r.Count}
		if op == Delete {
			plans[i].kind = doom
		}
	}
	if err := r.prepare(ctx, name, plans); err != nil {
		return err
	}
	sums := make([]measured, len(r.targets))
	for i, t := range r.targets {
		sums[i].cpu = cpuOf(t.PIDs)
	}
	err := r.measure(ctx, name, plans, sums)
	for i, t := range r.targets {
		sums[i].cpu = cpuOf(t.PIDs) - sums[i].cpu
		r.report.Rows = append(r.report.Rows, newRow(t, op, size, kind, &sums[i]))
		if n := plans[i].written.Load(); n > 0 {
			r.written = append(r.written, leftover{i, plans[i].out, fresh, n})
		}
	}
	return err
}

// measured is what a row came to at one target.
type measured struct {
	tally
	busy time.Duration // its turns together
	own  float64       // processor seconds of this program in its turns
	cpu  float64       // processor seconds of the server in the whole row
}

// measure lets the targets take turns, forwards and backwards, until each had its time.
func (r *run) measure(ctx context.Context, name string, plans []*plan, sums []measured) error {
	turn := r.Turn
	if len(plans) == 1 {
		turn = max(turn, time.Second) // nobody to wait for
	}
	order := make([]int, len(plans))
	for i := range order {
		order[i] = i
	}
	for open := true; open; slices.Reverse(order) {
		open = false
		for _, i := range order {
			if ctx.Err() != nil {
				return errs.New(errs.Canceled, "", "The run was ended before its time.").Because(ctx.Err())
			}
			s := &sums[i]
			left := r.Duration - s.busy
			if left <= 0 || plans[i].done() {
				continue
			}
			open = true
			r.progress(Progress{name, r.targets[i].Name, "measure", done(s.busy, r.Duration, plans[i])})
			own, start := ownCPU(), time.Now()
			r.turn(i, plans[i], start.Add(min(left, turn)), &s.tally)
			s.busy += time.Since(start)
			s.own += ownCPU() - own
		}
	}
	return nil
}

func done(busy, whole time.Duration, p *plan) float64 {
	part := float64(busy) / float64(whole)
	if most := max(p.limit, 0); most > 0 {
		part = max(part, float64(p.next.Load())/float64(most))
	}
	return min(part, 1)
}

// turn loads one target on all threads, and adds what came of it to sum.
func (r *run) turn(i int, p *plan, until time.Time, sum *tally) {
	var all sync.WaitGroup
	var together sync.Mutex
	for _, l := range r.lanes[i] {
		all.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			mine := new(tally)
			l.turn(&turn{plan: p, until: until, timeout: r.Timeout, tally: mine})
			together.Lock()
			defer together.Unlock()
			sum.merge(mine)
		})
	}
	all.Wait()
}

// prepare puts the objects that a row works on, and warms up.
func (r *run) prepare(ctx context.Context, name string, plans []*plan) error {
	op, size := plans[0].op, plans[0].size
	kind := byte(0)
	switch {
	case op == Delete:
		kind = doom
	case op != Put && !r.filled[size]:
		kind, r.filled[size] = fill, true
	}
	for i, p := range plans {
		if kind != 0 {
			puts := &plan{op: Put, dir: p.dir, kind: kind, size: size, body: r.body(size, Unsigned), limit: p.objects}
			r.written = append(r.written, leftover{i, p.dir, kind, p.objects})
			if err := r.bulk(ctx, name, i, "fill", puts); err != nil {
				return err
			}
		}
		if r.Warmup > 0 && op != Delete && r.Count == 0 && ctx.Err() == nil {
			r.turn(i, p, time.Now().Add(r.Warmup), new(tally))
		}
	}
	return nil
}

// bulk does all of a plan, uncounted.
func (r *run) bulk(ctx context.Context, name string, i int, phase string, p *plan) error {
	var sum tally
	whole := max(p.limit, p.objects)
	for !p.done() {
		if ctx.Err() != nil {
			return errs.New(errs.Canceled, "", "The run was ended before its time.").Because(ctx.Err())
		}
		r.progress(Progress{name, r.targets[i].Name, phase, min(1, float64(p.next.Load())/float64(max(whole, 1)))})
		r.turn(i, p, time.Now().Add(time.Second), &sum)
		if sum.errors > 0 {
			return errs.New(errs.Unavailable, "", fmt.Sprintf("%s failed at %s: %s", phase, r.targets[i].Name, sum.first))
		}
	}
	return nil
}

// maxCleaning bounds how long a run that was ended goes on to remove what it wrote.
const maxCleaning = 15 * time.Second

// clean removes what the run wrote, and says in the report what it could not.
func (r *run) clean(ctx context.Context) {
	if r.Keep {
		return
	}
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), maxCleaning)
		defer cancel()
	}
	failed := map[int]error{}
	for _, w := range r.written {
		if failed[w.target] == nil && len(r.lanes) > w.target {
			p := &plan{op: Delete, dir: w.dir, out: w.dir, kind: w.kind, objects: w.count}
			failed[w.target] = r.bulk(ctx, "cleaning", w.target, "clean", p)
		}
	}
	for i, t := range r.targets {
		err := failed[i]
		if err == nil && r.Bucket == "" {
			err = t.do(ctx, "DELETE", r.Insecure, 204, 404)
		}
		if err != nil {
			r.report.Left = append(r.report.Left, fmt.Sprintf("%s: bucket %s still holds what was written: %v", t.Name, t.bucket, err))
		}
	}
}

// createBucket makes the target's bucket; one that is the caller's already is fine.
func (t *target) createBucket(ctx context.Context, insecure bool) error {
	return t.do(ctx, "PUT", insecure, 200, 409)
}

// do sends one request about the bucket.
func (t *target) do(ctx context.Context, method string, insecure bool, fine ...int) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	scheme := "http://"
	transport := &http.Transport{DisableKeepAlives: true}
	if t.tls != nil {
		scheme, transport.TLSClientConfig = "https://", t.tls.Clone()
	}
	req, err := http.NewRequestWithContext(ctx, method, scheme+t.host+"/"+t.bucket, http.NoBody)
	if err != nil {
		return invalid("endpoint %s: %v", t.Name, err)
	}
	signed := sigv4.Request{Method: method, Host: t.host, Path: "/" + t.bucket, Header: req.Header}
	sigv4.SignHeader(&signed, sigv4.Credential{AccessKey: ident.AccessKey(t.AccessKey), Secret: t.Secret, Region: t.region}, sigv4.EmptyHash, time.Now())
	res, err := transport.RoundTrip(req)
	if err != nil {
		return errs.New(errs.Unavailable, "", fmt.Sprintf("endpoint %s does not answer: %v", t.Name, err)).Because(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, _ := io.ReadAll(io.LimitReader(res.Body, problemText))
	if !slices.Contains(fine, res.StatusCode) {
		return errs.New(errs.Unavailable, "", fmt.Sprintf("endpoint %s: %s of bucket %s: status %d: %s", t.Name, method, t.bucket, res.StatusCode, text))
	}
	return nil
}
