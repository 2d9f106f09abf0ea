// Package audit keeps the record of acts on people, keys and buckets, of sign-ins and of refusals: one chain of hashes for each
// contract, and one for the system (ident.System), whose heads are sealed. It never decides anything, never holds a secret, never changes a record, and removes records for their age
// alone, from the beginning of a chain on.
//
// A record begins in the outbox, a queue of the contract's or the system's partition, which the act's own update appends to: an act and its record
// are one commit. Chain then moves the outbox into the chain, in order; whatever interrupts it, nothing is moved twice.
package audit

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"time"
	"unicode/utf8"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// Rows in a contract's partition, on the route "audit".
const (
	kindRecord meta.Kind  = 96 // tail: the record's number, eight bytes, big-endian
	kindHead   meta.Kind  = 97 // the last record's number and hash, sealed
	outbox     meta.Queue = 96
)

const auditRoute meta.Route = "audit"

// systemPartition is where the rows of the system are.
const systemPartition meta.Partition = "o/system"

func partition(c ident.ContractID) meta.Partition {
	if c == ident.System {
		return systemPartition
	}
	return meta.Partition("c/" + c.String())
}

// Results of an event.
const (
	Done    = "done"
	Refused = "refused"
)

// maxText bounds each text of an event, in bytes; more is cut off.
const maxText = 256

// Event is something that happened. Texts are cut at 256 bytes.
type Event struct {
	At       time.Time       `json:"at"`
	Action   string          `json:"action"`             // "coffer:CreateAccessKey", "s3:PutBucketPolicy"
	Result   string          `json:"result"`             // Done or Refused
	Reason   string          `json:"reason,omitempty"`   // of a refusal: its stable code
	Count    int             `json:"count,omitempty"`    // of a refusal: how often in the minute that begins at At
	By       ident.UserID    `json:"by,omitempty"`       // who; "" where Operator is set or nobody was signed in
	Operator bool            `json:"operator,omitempty"` // the operator did it
	Via      string          `json:"via,omitempty"`      // session, token, password, key, operator
	Key      ident.AccessKey `json:"key,omitempty"`      // the access key that signed
	User     ident.UserID    `json:"user,omitempty"`     // on whom
	Subject  string          `json:"subject,omitempty"`  // on what: the id of a key, group or token, a bucket's name
	Detail   string          `json:"detail,omitempty"`   // what it was changed to, in words; never a secret
	Source   string          `json:"source,omitempty"`   // address
	Program  string          `json:"program,omitempty"`  // as the client calls itself
	Request  string          `json:"request,omitempty"`  // request id
}

// Sealer proves that a head was written by this server; *seal.Keyring is one. It is safe for concurrent use.
type Sealer interface {
	Seal(plaintext, aad []byte) ([]byte, error)
	Open(envelope, aad []byte) ([]byte, error)
}

// Config is what the room needs. Everything but Log is required.
type Config struct {
	Meta   meta.Store
	Sealer Sealer
	Clock  func() time.Time
	Log    *slog.Logger
}

// Service keeps the records. It is safe for concurrent use.
type Service struct {
	cfg     Config
	chain   sync.Mutex // one chaining at a time in this process; between processes the head's row decides
	refused refusals
	notes   notes
	mu      sync.Mutex
	dirty   map[ident.ContractID]struct{} // contracts with something in the outbox
	stop    context.CancelFunc
	stopped chan struct{}
}

// New makes the room. It does no I/O.
func New(cfg Config) (*Service, error) {
	if cfg.Meta == nil || cfg.Sealer == nil || cfg.Clock == nil {
		return nil, errs.Fault("audit.New", errors.New("a part of the configuration is missing"))
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{cfg: cfg, dirty: map[ident.ContractID]struct{}{}}, nil
}

// Entry is an event ready to be written with the update of its act.
type Entry struct{ row []byte }

// Prepare encodes an event. Its time is now where it has none.
func (s *Service) Prepare(e Event) (Entry, error) {
	if e.At.IsZero() {
		e.At = s.now()
	}
	if e.Result == "" {
		e.Result = Done
	}
	for _, p := range []*string{&e.Action, &e.Reason, &e.Via, &e.Subject, &e.Detail, &e.Source, &e.Program, &e.Request} {
		*p = cut(*p)
	}
	e.Key = ident.AccessKey(cut(string(e.Key)))
	raw, err := json.Marshal(e)
	if err != nil {
		return Entry{}, errs.Fault("audit.Prepare", err)
	}
	return Entry{append([]byte{rowVersion}, raw...)}, nil
}

// Append writes the entry when tx, an update of a contract's partition, commits. Call Appended after that.
func (e Entry) Append(tx meta.Tx) { tx.Append(outbox, e.row) }

// Appended tells that a contract's outbox has something to chain.
func (s *Service) Appended(c ident.ContractID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dirty[c] = struct{}{}
}

// Write records an event of its own, durably: for acts that are no update of the contract's rows.
func (s *Service) Write(ctx context.Context, c ident.ContractID, e ...Event) error {
	entries := make([]Entry, 0, len(e))
	for _, one := range e {
		entry, err := s.Prepare(one)
		if err != nil {
			return err
		}
		entries = append(entries, entry)
	}
	err := s.cfg.Meta.Update(ctx, partition(c), auditRoute, func(tx meta.Tx) error {
		for _, one := range entries {
			one.Append(tx)
		}
		return nil
	})
	if err == nil {
		s.Appended(c)
	}
	return errs.Wrap("audit.Write", err)
}

func (s *Service) now() time.Time { return s.cfg.Clock().UTC().Truncate(time.Millisecond) }

// cut shortens a text to maxText bytes of valid UTF-8.
func cut(t string) string {
	if len(t) > maxText {
		t = t[:maxText]
		for len(t) > 0 && !utf8.ValidString(t[max(0, len(t)-utf8.UTFMax):]) && !utf8.RuneStart(t[len(t)-1]) {
			t = t[:len(t)-1]
		}
	}
	return t
}

// Address is how events write a source.
func Address(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
