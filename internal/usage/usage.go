// Package usage keeps when each access key was used last, how much was asked of it by day, and how much each bucket holds by day. It
// counts only what a verified signature asked for, in memory, and writes it down in batches. It never decides anything and never
// delays a request: Note does no I/O.
package usage

import (
	"context"
	"errors"
	"hash/maphash"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// Bounds. What is counted between two flushes is lost when the process is killed: at most FlushEvery of it.
const (
	FlushEvery   = 10 * time.Second
	MeasureEvery = time.Hour // of what buckets hold
	maxEntries   = 1 << 16   // keys in use between two flushes; requests of further ones are dropped and counted as such
	maxProgram   = 128       // bytes kept of what a client calls itself
	shards       = 64
)

// Use is one request whose signature verified.
type Use struct {
	Contract  ident.ContractID
	User      ident.UserID
	Key       ident.AccessKey // "" for a console session's own credential
	At        time.Time
	Operation string
	Bucket    ident.BucketName
	Source    netip.Addr
	Program   string
	Status    int
	In, Out   int64 // bytes of bodies
}

// LastUse is when, for what, from where and by which program a key was used last.
type LastUse struct {
	At        time.Time        `json:"at"`
	Operation string           `json:"operation"`
	Bucket    ident.BucketName `json:"bucket,omitempty"`
	Source    string           `json:"source,omitempty"`
	Program   string           `json:"program,omitempty"`
}

// Counts are of one key and day.
type Counts struct {
	Requests int64 `json:"requests"`
	Errors   int64 `json:"errors,omitempty"` // answered with 400 and above
	In       int64 `json:"in,omitempty"`
	Out      int64 `json:"out,omitempty"`
}

func (c *Counts) add(o Counts) {
	c.Requests, c.Errors, c.In, c.Out = c.Requests+o.Requests, c.Errors+o.Errors, c.In+o.In, c.Out+o.Out
}

// Held is what a bucket held at a measurement.
type Held struct {
	ID                       ident.BucketID
	Name                     ident.BucketName
	Region                   ident.RegionName
	Owner                    ident.UserID // "" for contract-owned ones
	Objects, Versions, Bytes int64
}

// Buckets tells what the buckets of a contract hold.
type Buckets interface {
	Held(ctx context.Context, c ident.ContractID, visit func(*Held) error) error
}

// Config is what the room needs. Everything but Log is required.
type Config struct {
	Meta      meta.Store
	Buckets   Buckets
	Contracts func(ctx context.Context) ([]ident.ContractID, error)
	Clock     func() time.Time
	Log       *slog.Logger
}

// Service counts. It is safe for concurrent use.
type Service struct {
	cfg     Config
	seed    maphash.Seed
	shards  [shards]shard
	flush   sync.Mutex // one flush at a time
	dropped atomic.Uint64
	stop    context.CancelFunc
	stopped chan struct{}
}

type shard struct {
	mu      sync.RWMutex
	entries map[who]*entry
	_       [32]byte // shards lie on cache lines of their own
}

// who is what counts as one.
type who struct {
	contract ident.ContractID
	user     ident.UserID
	key      ident.AccessKey
}

// entry is what was counted since the last flush.
type entry struct {
	mu      sync.Mutex
	day     int64 // since 1970, UTC
	counts  Counts
	former  map[int64]Counts // of days before, until the next flush
	at      time.Time
	op      string
	bucket  ident.BucketName
	source  netip.Addr
	program string
	idle    bool // nothing since the last flush
	gone    bool // out of the map: who found it before makes another
}

// New makes the room. It does no I/O.
func New(cfg Config) (*Service, error) {
	if cfg.Meta == nil || cfg.Clock == nil || cfg.Contracts == nil || cfg.Buckets == nil {
		return nil, errs.Fault("usage.New", errors.New("a part of the configuration is missing"))
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{cfg: cfg, seed: maphash.MakeSeed()}, nil
}

const daySeconds = 24 * 60 * 60

func dayOf(t time.Time) int64 { return t.Unix() / daySeconds }

// Note counts one use. For a key that was used since the last flush it allocates nothing and takes two short locks.
func (s *Service) Note(u *Use) {
	w := who{u.Contract, u.User, u.Key}
	name := string(u.Key)
	if name == "" {
		name = string(u.User)
	}
	sh := &s.shards[maphash.String(s.seed, name)%shards]
	for {
		sh.mu.RLock()
		e := sh.entries[w]
		sh.mu.RUnlock()
		if e == nil {
			if e = sh.add(w); e == nil {
				s.dropped.Add(1)
				return
			}
		}
		e.mu.Lock()
		noted := !e.gone
		if noted {
			e.note(u)
		}
		e.mu.Unlock()
		if noted {
			return
		}
	}
}

// Dropped returns how many requests were not counted since the process began, because too many keys were in use at a time.
func (s *Service) Dropped() uint64 { return s.dropped.Load() }

func (sh *shard) add(w who) *entry {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if e := sh.entries[w]; e != nil {
		return e
	}
	if len(sh.entries) >= maxEntries/shards {
		return nil
	}
	if sh.entries == nil {
		sh.entries = map[who]*entry{}
	}
	e := &entry{former: map[int64]Counts{}, idle: true}
	// What comes from a request must not keep the request's memory.
	w.user, w.key = ident.UserID(strings.Clone(string(w.user))), ident.AccessKey(strings.Clone(string(w.key)))
	sh.entries[w] = e
	return e
}

func (e *entry) note(u *Use) {
	day := dayOf(u.At)
	if e.day != day {
		e.turn(day)
	}
	e.idle = false
	e.counts.Requests++
	if u.Status >= 400 {
		e.counts.Errors++
	}
	e.counts.In += u.In
	e.counts.Out += u.Out
	if u.At.Before(e.at) {
		return
	}
	e.at, e.op, e.source = u.At, u.Operation, u.Source
	if e.bucket != u.Bucket {
		e.bucket = ident.BucketName(strings.Clone(string(u.Bucket)))
	}
	if p := clip(u.Program); e.program != p {
		e.program = strings.Clone(p)
	}
}

// turn puts what was counted on another day aside.
func (e *entry) turn(day int64) {
	if e.counts.Requests > 0 {
		c := e.former[e.day]
		c.add(e.counts)
		e.former[e.day] = c
	}
	e.day, e.counts = day, Counts{}
}

func clip(p string) string {
	if len(p) > maxProgram {
		return strings.ToValidUTF8(p[:maxProgram], "")
	}
	return p
}
