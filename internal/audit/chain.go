package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// rowVersion is the first byte of every row and outbox entry.
const rowVersion = 1

// chainBatch is the most records that one update chains.
const chainBatch = 128

// maxBusy is how often chaining begins anew because another process was faster.
const maxBusy = 10

// Hash is a record's: SHA-256 of the contract's number and the record's row, which holds its number and the hash before it.
type Hash [sha256.Size]byte

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// head is kind 97.
type head struct {
	Seq    uint64 `json:"seq"`    // of the last record
	Hash   []byte `json:"hash"`   // of the last record
	Queue  uint64 `json:"queue"`  // number of the last outbox entry that was chained
	Sealed []byte `json:"sealed"` // the hash, sealed for this contract and number
}

// recordHead is what comes before the event in a record's row: version, number, hash before it.
const recordHead = 1 + 8 + sha256.Size

func headKey() meta.Key { return meta.Key{Kind: kindHead, Route: auditRoute} }

func recordKey(seq uint64) meta.Key {
	return meta.Key{Kind: kindRecord, Route: auditRoute, Tail: string(binary.BigEndian.AppendUint64(nil, seq))}
}

func hashOf(c ident.ContractID, row []byte) Hash {
	h := sha256.New()
	h.Write([]byte("coffer audit 1 " + c.String() + "\x00"))
	h.Write(row)
	return Hash(h.Sum(nil))
}

func headAAD(c ident.ContractID, seq uint64) []byte {
	return append([]byte("coffer audit head 1 "+c.String()+" "), binary.BigEndian.AppendUint64(nil, seq)...)
}

// readHead returns the head with its row as stored; an empty one, and nil, where there is none yet.
func readHead(g interface {
	Get(meta.Key) ([]byte, error)
}) (head, []byte, error) {
	raw, err := g.Get(headKey())
	if errors.Is(err, errs.NotFound) {
		return head{Hash: make([]byte, sha256.Size)}, nil, nil
	}
	if err != nil {
		return head{}, nil, err
	}
	var h head
	if len(raw) == 0 || raw[0] != rowVersion || json.Unmarshal(raw[1:], &h) != nil || len(h.Hash) != sha256.Size {
		return head{}, nil, errs.New(errs.Corrupt, "", "The head of the audit record can't be read.")
	}
	return h, raw, nil
}

var errMoved = errs.New(errs.Busy, "", "The audit record was written by another process at the same moment; try again.")

// Chain moves what is in a contract's outbox into its chain.
func (s *Service) Chain(ctx context.Context, c ident.ContractID) error {
	s.chain.Lock()
	defer s.chain.Unlock()
	for busy := 0; ; {
		n, err := s.chainSome(ctx, c)
		if errors.Is(err, errs.Busy) && busy < maxBusy {
			busy++ // another process was faster
			continue
		}
		if err != nil || n < chainBatch {
			return errs.Wrap("audit.Chain", err)
		}
	}
}

// chainSome chains at most chainBatch entries and returns how many there were.
func (s *Service) chainSome(ctx context.Context, c ident.ContractID) (int, error) {
	var h head
	var seen []byte
	var entries [][]byte
	var last uint64
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) (err error) {
		if h, seen, err = readHead(r); err != nil {
			return err
		}
		return r.Queue(outbox, h.Queue, chainBatch, func(n uint64, row []byte) error {
			entries, last = append(entries, slices.Clone(row)), n
			return nil
		})
	})
	if err != nil || len(entries) == 0 {
		return 0, err
	}
	rows := make([][]byte, len(entries))
	first := h.Seq + 1
	for i, e := range entries {
		if e[0] != rowVersion {
			return 0, errs.New(errs.Corrupt, "", "An entry of the audit record is of an unknown version.")
		}
		h.Seq++
		row := binary.BigEndian.AppendUint64([]byte{rowVersion}, h.Seq)
		row = append(append(row, h.Hash...), e[1:]...)
		hash := hashOf(c, row)
		h.Hash, rows[i] = hash[:], row
	}
	h.Queue = last
	if h.Sealed, err = s.cfg.Sealer.Seal(h.Hash, headAAD(c, h.Seq)); err != nil {
		return 0, err
	}
	raw, err := json.Marshal(h)
	if err != nil {
		return 0, errs.Fault("audit.Chain", err)
	}
	raw = append([]byte{rowVersion}, raw...)
	err = s.cfg.Meta.Update(ctx, partition(c), auditRoute, func(tx meta.Tx) error {
		now, err := tx.Get(headKey())
		if err != nil && !errors.Is(err, errs.NotFound) {
			return err
		}
		if !bytes.Equal(now, seen) {
			return errMoved
		}
		for i, row := range rows {
			if err := tx.Put(recordKey(first+uint64(i)), row); err != nil {
				return err
			}
		}
		return tx.Put(headKey(), raw)
	})
	if err != nil {
		return 0, err
	}
	// Interrupted before this, the entries stay, and the head says that they are done with.
	return len(entries), s.cfg.Meta.Trim(ctx, partition(c), outbox, last)
}

// Record is an event in its place in the chain.
type Record struct {
	Seq  uint64 // from 1, without gaps but for what was removed at the beginning
	Hash Hash
	Event
}

// parse reads a record's row; prev is the hash before it.
func parse(c ident.ContractID, row []byte) (rec Record, prev Hash, err error) {
	if len(row) < recordHead || row[0] != rowVersion {
		return rec, prev, errs.New(errs.Corrupt, "", "A record of the audit chain is of an unknown version.")
	}
	rec.Seq = binary.BigEndian.Uint64(row[1:])
	prev = Hash(row[9:recordHead])
	if err := json.Unmarshal(row[recordHead:], &rec.Event); err != nil {
		return rec, prev, errs.New(errs.Corrupt, "", "A record of the audit chain can't be read.").Because(err)
	}
	rec.Hash = hashOf(c, row)
	return rec, prev, nil
}

// Report is what verifying a chain came to.
type Report struct {
	Records uint64 // the number of the last one up to which all are linked as they should be
	Head    Hash   // of that one; zeros where there is none
	Removed uint64 // the number of the last one that was removed for its age: the walk begins behind it
	Anchor  Hash   // of that one; zeros where none was removed
	Whole   bool
	Broken  uint64 // where not whole: the number of the first record that is not as it was written, or is missing
	Why     string
}

// Verify walks a contract's whole chain: the sealed anchor before it, where records were removed, every record's number and link, and the
// sealed head at its end. A head noted earlier outside of the server also proves that no older state was put back: its record's hash must
// still be the one noted.
func (s *Service) Verify(ctx context.Context, c ident.ContractID) (*Report, error) {
	if err := s.Settle(ctx, c); err != nil {
		return nil, err
	}
	for moved := uint64(0); ; {
		rep, err := s.walk(ctx, c)
		if err != nil || rep.Whole {
			return rep, errs.Wrap("audit.Verify", err)
		}
		// What was removed during the walk is missing in it, and is behind the anchor in the next.
		var a anchor
		err = s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) (err error) {
			a, _, err = readAnchor(r)
			return err
		})
		if err != nil || a.Seq == rep.Removed || moved == maxBusy {
			return rep, errs.Wrap("audit.Verify", err)
		}
		moved++
	}
}

// walk is Verify, once.
func (s *Service) walk(ctx context.Context, c ident.ContractID) (*Report, error) {
	var end head
	rep := &Report{}
	broken := func(seq uint64, why string) error {
		rep.Broken, rep.Why = seq, why
		return meta.Stop
	}
	err := s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) (err error) {
		if end, _, err = readHead(r); err != nil {
			return err
		}
		a, _, err := readAnchor(r)
		if err != nil {
			return err
		}
		rep.Removed, rep.Anchor = a.Seq, Hash(a.Hash)
		rep.Records, rep.Head = rep.Removed, rep.Anchor
		if !s.genuine(c, &a) {
			rep.Broken, rep.Why = a.Seq, "The anchor was not sealed by this server's keyring."
			return nil
		}
		return scanRecords(ctx, r, meta.AtRoute(auditRoute), meta.AfterRoute(auditRoute), func(tail, row []byte) error {
			next := rep.Records + 1
			if next > end.Seq && len(tail) == 8 && binary.BigEndian.Uint64(tail) > end.Seq {
				// Chained while this walk was under way: its head is not the one read above.
				return meta.Stop
			}
			rec, prev, err := parse(c, row)
			switch {
			case err != nil:
				return broken(next, errs.PublicOf(err))
			case len(tail) != 8 || binary.BigEndian.Uint64(tail) != next || rec.Seq != next:
				return broken(next, "The record is missing.")
			case prev != rep.Head:
				return broken(next, "The record does not follow from the one before it.")
			}
			rep.Records, rep.Head = next, rec.Hash
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	if rep.Why == "" {
		s.checkHead(c, rep, end)
	}
	rep.Whole = rep.Why == ""
	return rep, nil
}

// checkHead compares the walk's end with the sealed head.
func (s *Service) checkHead(c ident.ContractID, rep *Report, end head) {
	switch {
	case rep.Records < end.Seq:
		rep.Broken, rep.Why = rep.Records+1, "The record is missing."
	case !bytes.Equal(rep.Head[:], end.Hash):
		rep.Broken, rep.Why = rep.Records, "The last record is not the one that the head names."
	case end.Seq > 0:
		if opened, err := s.cfg.Sealer.Open(end.Sealed, headAAD(c, end.Seq)); err != nil || !bytes.Equal(opened, end.Hash) {
			rep.Broken, rep.Why = rep.Records, "The head was not sealed by this server's keyring."
		}
	}
}

// scanRecords visits record rows between two positions.
func scanRecords(ctx context.Context, r meta.Reader, from, to []byte, visit func(tail, row []byte) error) error {
	stopped := false
	for from != nil && !stopped {
		if err := ctx.Err(); err != nil {
			return errs.New(errs.Canceled, "", "").Because(err)
		}
		next, err := r.Scan(kindRecord, from, to, meta.Budget{}, func(_, tail, row []byte) ([]byte, error) {
			err := visit(tail, row)
			stopped = errors.Is(err, meta.Stop)
			return nil, err
		})
		if err != nil {
			return err
		}
		from = next
	}
	return nil
}
