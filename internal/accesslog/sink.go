package accesslog

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/object"
)

// Document is the name under which a bucket's logging is stored.
const Document = "logging"

// Service is what S3's documents call the writer of access logs in a bucket policy.
const Service = "logging.s3.amazonaws.com"

// Writer puts a log of the source where its document says, with the document's grants. errs.Denied where the target does not let the log's writer in, errs.NotFound where it is gone; other
// errors are tried again. Package s3api has one.
type Writer interface {
	WriteLog(ctx context.Context, source *object.Bucket, c *Config, key ident.ObjectKey, body []byte) error
}

// SinkConfig is what a Sink needs; Clock and Unique are needed.
type SinkConfig struct {
	Clock  func() time.Time
	Unique func() string // 16 hexadecimal digits, another each time
	Every  time.Duration // between deliveries; 0: 5 minutes
	Wait   func(d time.Duration) <-chan time.Time
	Log    *slog.Logger
}

// Bounds. Lines that would pass them are dropped and counted: logs are best effort, as AWS's are.
const (
	maxBatch  = 1 << 20  // bytes of one log object
	maxHeld   = 32 << 20 // bytes waiting altogether
	maxSource = 10000    // buckets with lines waiting
	maxTries  = 5        // of one log object
	drainTime = 10 * time.Second
)

// A Sink gathers lines by bucket and delivers them in batches. What waits is lost if the process is killed.
type Sink struct {
	cfg  SinkConfig
	full chan struct{} // a batch waits
	stop context.CancelFunc
	done chan struct{}

	mu      sync.Mutex
	open    map[ident.BucketID]*batch
	waiting []*batch
	held    int   // bytes in both
	dropped int64 // lines
}

// batch is what becomes one log object.
type batch struct {
	source *object.Bucket
	first  time.Time
	lines  []byte
	tries  int
}

// NewSink makes a sink; Start sets it going.
func NewSink(c SinkConfig) *Sink {
	if c.Every <= 0 {
		c.Every = 5 * time.Minute
	}
	if c.Wait == nil {
		c.Wait = time.After
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Sink{cfg: c, full: make(chan struct{}, 1), open: map[ident.BucketID]*batch{}}
}

// Note takes the line of a request to a bucket whose logging is on. It does no I/O and takes one short lock.
func (s *Sink) Note(source *object.Bucket, e *Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.open[source.ID]
	if b != nil && !sameDay(b.first, e.Time) {
		s.close(source.ID, b)
		b = nil
	}
	if s.held >= maxHeld || b == nil && len(s.open) >= maxSource {
		s.dropped++
		return
	}
	if b == nil {
		b = &batch{first: e.Time}
		s.open[source.ID] = b
	}
	before := len(b.lines)
	b.source, b.lines = source, e.Append(b.lines)
	s.held += len(b.lines) - before
	if len(b.lines) >= maxBatch {
		s.close(source.ID, b)
	}
}

// close lets a batch be delivered at once. The caller holds the lock.
func (s *Sink) close(id ident.BucketID, b *batch) {
	delete(s.open, id)
	s.waiting = append(s.waiting, b)
	select {
	case s.full <- struct{}{}:
	default:
	}
}

// sameDay keeps the requests of one log on one day, which its key may name.
func sameDay(a, b time.Time) bool {
	const day = 24 * 60 * 60
	return a.Unix()/day == b.Unix()/day
}

// Start delivers in a goroutine until Stop. It is called once.
func (s *Sink) Start(w Writer) {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop, s.done = cancel, make(chan struct{})
	go func() {
		defer close(s.done)
		tick := s.cfg.Wait(s.cfg.Every)
		for {
			select {
			case <-ctx.Done():
				drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
				defer cancel()
				s.Deliver(drain, w)
				return
			case <-s.full:
				s.deliver(ctx, w, s.take(false))
			case <-tick:
				s.Deliver(ctx, w)
				tick = s.cfg.Wait(s.cfg.Every)
			}
		}
	}()
}

// Stop delivers what waits, for at most 10 seconds, and ends. Without Start it does nothing.
func (s *Sink) Stop() {
	if s.stop != nil {
		s.stop()
		<-s.done
	}
}

// Deliver delivers all that waits.
func (s *Sink) Deliver(ctx context.Context, w Writer) { s.deliver(ctx, w, s.take(true)) }

func (s *Sink) take(all bool) []*batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.waiting
	s.waiting = nil
	if all {
		for id, b := range s.open {
			taken = append(taken, b)
			delete(s.open, id)
		}
	}
	if s.dropped > 0 {
		s.cfg.Log.Warn("lines of access logs were dropped: more came than could be delivered", "lines", s.dropped)
		s.dropped = 0
	}
	return taken
}

func (s *Sink) deliver(ctx context.Context, w Writer, all []*batch) {
	for _, b := range all {
		err := s.write(ctx, w, b)
		kind := errs.KindOf(err)
		again := err != nil && kind != errs.Denied && kind != errs.NotFound && kind != errs.Limit && b.tries < maxTries
		if err != nil && !again {
			s.cfg.Log.Warn("an access log could not be delivered and is dropped", "bucket", b.source.Name, "bytes", len(b.lines), "error", err)
		}
		s.mu.Lock()
		if again {
			b.tries++
			s.waiting = append(s.waiting, b)
		} else {
			s.held -= len(b.lines)
		}
		s.mu.Unlock()
	}
}

// write puts a batch where the bucket's last seen document says.
func (s *Sink) write(ctx context.Context, w Writer, b *batch) error {
	doc := b.source.Configs[Document]
	if doc == nil {
		return nil
	}
	c, err := Parse(doc)
	if err != nil || c == nil {
		return err
	}
	key := c.Key(Source{owner(b.source), b.source.Region, b.source.Name}, b.first, s.cfg.Clock(), s.cfg.Unique())
	return w.WriteLog(ctx, b.source, c, key, b.lines)
}
