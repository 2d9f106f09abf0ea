package bench

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"time"
)

// A lane drives some connections of one target on one thread.
type lane interface {
	// turn makes requests until the time is up or the plan is done, and waits for the answers. Every connection makes at least one.
	turn(t *turn)
	close()
}

// turn is an endpoint's time to be loaded.
type turn struct {
	plan    *plan
	until   time.Time
	timeout time.Duration
	tally   *tally // of the thread
}

const (
	keepSigned = 4 * time.Minute // how long a signed head is used again; servers take 15
	maxKept    = 20000           // signed heads a lane keeps
	tries      = 3               // to connect
)

// driver is what the lanes of both kinds share: it writes requests and judges answers. It belongs to one thread.
type driver struct {
	t      *target
	signer signer
	own    own
	plan   *plan // that kept belongs to
	kept   map[request]kept
	path   []byte
}

type kept struct {
	second int64
	head   []byte
}

func newDriver(t *target, seed uint64) driver {
	return driver{t: t, signer: signer{t: t}, own: own{random: rand.New(rand.NewPCG(seed, 2))}}
}

// exchange is a request under way on a connection, and its answer.
type exchange struct {
	request
	start    time.Time
	unsent   [][]byte // what of the request is not written yet
	segments [][]byte // memory of unsent
	head     []byte
	lines    []byte
	answer   answer
}

// begin writes the next request into x; false when the turn is over.
func (d *driver) begin(x *exchange, t *turn, now time.Time) bool {
	if d.plan != t.plan {
		d.plan, d.kept, d.own.mine = t.plan, map[request]kept{}, nil
	}
	r, ok := t.plan.pick(&d.own)
	if !ok {
		return false
	}
	x.request, x.start = r, now
	d.write(x)
	return true
}

// write fills in the request's bytes, and makes x ready for its answer.
func (d *driver) write(x *exchange) {
	d.signer.tick(x.start)
	x.answer.expect(x.verb == doStat)
	keep := x.kind == fill && x.verb != doPut
	if k, ok := d.kept[x.request]; keep && ok && d.signer.second-k.second < int64(keepSigned/time.Second) {
		x.segments = append(x.segments[:0], k.head)
		x.unsent = x.segments
		return
	}
	d.path = d.t.appendPath(d.path[:0], d.plan.dirOf(x.kind), x.request)
	var body *payload
	query := ""
	switch x.verb {
	case doPut:
		body = d.plan.body
	case doList:
		query = d.plan.query
		if query == "" {
			query = "list-type=2&max-keys=1000&prefix=" + url.QueryEscape(d.t.prefix+d.plan.dir+"/")
		}
	}
	x.head = d.signer.head(x.head[:0], [numVerbs]string{"PUT", "GET", "HEAD", "GET", "DELETE"}[x.verb], d.path, query, body)
	if keep && len(d.kept) < maxKept {
		d.kept[x.request] = kept{d.signer.second, append([]byte(nil), x.head...)}
	}
	if body == nil {
		x.segments = append(x.segments[:0], x.head)
	} else if body.fixed != nil && body.wire <= 32<<10 {
		for _, f := range body.fixed { // one buffer, one plain write
			x.head = append(x.head, f...)
		}
		x.segments = append(x.segments[:0], x.head)
	} else {
		x.segments, x.lines = d.signer.segments(append(x.segments[:0], x.head), body, x.lines)
	}
	x.unsent = x.segments
}

// end judges a complete answer.
func (d *driver) end(x *exchange, t *turn, now time.Time) {
	a := &x.answer
	switch {
	case a.status < 200 || a.status >= 300:
		t.tally.fail(fmt.Sprintf("%v: status %d: %s", x.verb, a.status, a.problem))
		return
	case x.verb == doGet && a.length != t.plan.size:
		t.tally.fail(fmt.Sprintf("get: %d bytes, not %d", a.length, t.plan.size))
		return
	}
	t.tally.latency[x.verb].add(now.Sub(x.start))
	if x.verb == doPut || x.verb == doGet {
		t.tally.bytes += t.plan.size
	}
}

// broken counts a request that got no answer.
func (d *driver) broken(x *exchange, t *turn, what string) {
	t.tally.fail(fmt.Sprintf("%v: %s", x.verb, what))
}
