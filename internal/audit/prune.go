package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// kindAnchor is the last record that was removed for its age: the chain goes on from there.
const kindAnchor meta.Kind = 98

// PruneBatch is the most records that one update removes.
const PruneBatch = 256

// anchor is kind 98.
type anchor struct {
	Seq    uint64    `json:"seq"`    // of the last record removed
	Hash   []byte    `json:"hash"`   // of that record
	At     time.Time `json:"at"`     // of its removal
	Sealed []byte    `json:"sealed"` // the hash, sealed for this contract and number
}

func anchorKey() meta.Key { return meta.Key{Kind: kindAnchor, Route: auditRoute} }

func anchorAAD(c ident.ContractID, seq uint64) []byte {
	return append([]byte("coffer audit anchor 1 "+c.String()+" "), binary.BigEndian.AppendUint64(nil, seq)...)
}

// readAnchor returns the anchor with its row as stored; an empty one, and nil, where nothing was ever removed.
func readAnchor(g interface {
	Get(meta.Key) ([]byte, error)
}) (anchor, []byte, error) {
	raw, err := g.Get(anchorKey())
	if errors.Is(err, errs.NotFound) {
		return anchor{Hash: make([]byte, sha256.Size)}, nil, nil
	}
	if err != nil {
		return anchor{}, nil, err
	}
	var a anchor
	if len(raw) == 0 || raw[0] != rowVersion || json.Unmarshal(raw[1:], &a) != nil || len(a.Hash) != sha256.Size {
		return anchor{}, nil, errs.New(errs.Corrupt, "", "The anchor of the audit record can't be read.")
	}
	return a, raw, nil
}

// genuine reports whether the anchor was sealed by this server.
func (s *Service) genuine(c ident.ContractID, a *anchor) bool {
	if a.Seq == 0 {
		return true
	}
	opened, err := s.cfg.Sealer.Open(a.Sealed, anchorAAD(c, a.Seq))
	return err == nil && bytes.Equal(opened, a.Hash)
}

// Prune removes records of a contract that are older than before, from the beginning of its chain on and at most 256 of them, and returns how
// many it removed; fewer than 256 means that none is left that is older. The last removed one's number and hash stay, sealed, and are
// where Verify begins. A chain that is not as it was written is left as it is: errs.Corrupt.
func (s *Service) Prune(ctx context.Context, c ident.ContractID, before time.Time) (int, error) {
	a, seen, n, err := s.prunable(ctx, c, before)
	if err != nil || n == 0 {
		return 0, errs.Wrap("audit.Prune", err)
	}
	if a.Sealed, err = s.cfg.Sealer.Seal(a.Hash, anchorAAD(c, a.Seq)); err != nil {
		return 0, errs.Wrap("audit.Prune", err)
	}
	a.At = s.now()
	raw, err := json.Marshal(a)
	if err != nil {
		return 0, errs.Fault("audit.Prune", err)
	}
	raw = append([]byte{rowVersion}, raw...)
	err = s.cfg.Meta.Update(ctx, partition(c), auditRoute, func(tx meta.Tx) error {
		_, now, err := readAnchor(tx)
		if err != nil {
			return err
		}
		if !bytes.Equal(now, seen) {
			return errMoved
		}
		for i := range uint64(n) {
			if err := tx.Delete(recordKey(a.Seq - i)); err != nil {
				return err
			}
		}
		return tx.Put(anchorKey(), raw)
	})
	if err != nil {
		return 0, errs.Wrap("audit.Prune", err)
	}
	return n, nil
}

// prunable finds the next records that are old enough: the anchor as it will be, the present one's row, and how many there are.
func (s *Service) prunable(ctx context.Context, c ident.ContractID, before time.Time) (a anchor, seen []byte, n int, err error) {
	err = s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) (err error) {
		if a, seen, err = readAnchor(r); err != nil {
			return err
		}
		if !s.genuine(c, &a) {
			return errs.New(errs.Corrupt, "", "The anchor was not sealed by this server's keyring; nothing is removed.")
		}
		first := recordKey(a.Seq + 1)
		return scanRecords(ctx, r, meta.At(first.Route, first.Tail), meta.AfterRoute(auditRoute), func(_, row []byte) error {
			rec, prev, err := parse(c, row)
			if err != nil {
				return err
			}
			if rec.Seq != a.Seq+1 || !bytes.Equal(prev[:], a.Hash) {
				return errs.New(errs.Corrupt, "", "The audit record is not as it was written; nothing of it is removed.")
			}
			if n == PruneBatch || !rec.At.Before(before) {
				return meta.Stop
			}
			n++
			a.Seq, a.Hash = rec.Seq, rec.Hash[:]
			return nil
		})
	})
	return a, seen, n, err
}
