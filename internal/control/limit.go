package control

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"coffer/internal/errs"
	"coffer/internal/iam"
)

// maxCallers bounds the limiter's memory.
const maxCallers = 8192

// limiter is a token bucket for each caller: rate a minute, all of a minute's at once at most. Safe for concurrent use.
type limiter struct {
	rate  int
	clock iam.Clock

	mu      sync.Mutex
	callers map[string]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newLimiter(rate int, clock iam.Clock) *limiter {
	return &limiter{rate: rate, clock: clock, callers: map[string]*bucket{}}
}

// take counts one request and says in the answer's headers what is left: X-RateLimit-Limit is a minute's.
func (l *limiter) take(h http.Header, c *call) error {
	left, wait := l.count(callerName(c))
	h.Set("X-RateLimit-Limit", strconv.Itoa(l.rate))
	h.Set("X-RateLimit-Burst", strconv.Itoa(l.rate))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(left))
	if wait > 0 {
		h.Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		return errs.New(errs.Busy, "", "You sent more than "+strconv.Itoa(l.rate)+" requests in a minute; wait as long as Retry-After says.")
	}
	return nil
}

func callerName(c *call) string {
	switch {
	case c.actor.Operator:
		return "operator"
	case c.actor.User != "":
		return string(c.actor.User)
	}
	return c.peer.source.String()
}

// count takes a token and returns how many are left, or how long to wait for one.
func (l *limiter) count(name string) (left int, wait time.Duration) {
	now := l.clock()
	perSecond := float64(l.rate) / 60
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.callers[name]
	if b == nil {
		if len(l.callers) >= maxCallers {
			l.forget(now)
		}
		b = &bucket{tokens: float64(l.rate), at: now}
		l.callers[name] = b
	}
	if d := now.Sub(b.at).Seconds(); d > 0 {
		b.tokens = min(float64(l.rate), b.tokens+d*perSecond)
	}
	b.at = now
	if b.tokens < 1 {
		return 0, time.Duration((1 - b.tokens) / perSecond * float64(time.Second))
	}
	b.tokens--
	return int(b.tokens), 0
}

// forget drops those whose bucket is full again, and where that frees too little, all: a caller loses nothing by it.
func (l *limiter) forget(now time.Time) {
	for name, b := range l.callers {
		if now.Sub(b.at) >= time.Minute {
			delete(l.callers, name)
		}
	}
	if len(l.callers) > maxCallers/2 {
		clear(l.callers)
	}
}
