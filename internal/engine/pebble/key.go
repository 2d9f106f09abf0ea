package pebble

import (
	"encoding/binary"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"coffer/internal/errs"
	"coffer/internal/meta"
)

// Keys of the database. The first byte 00 marks rows of the store itself:
//
//	00 'v'                          the format
//	00 'f' partition                the partition is closed, or dropped
//
// every other key belongs to a partition, whose name never holds a 00:
//
//	partition 00 00 'c' counter     a counter (2 bytes)
//	partition 00 00 'n'             the last number given to a queue's row
//	partition 00 00 'q' queue n     a row of a queue (1 and 8 bytes)
//	partition 00 kind position      a row
//
// Values of the store's own rows begin with the version byte rowVersion; rows of kinds and queues are kept as they were given.
const (
	own          = 0x00
	ownFormat    = 'v'
	ownFence     = 'f'
	partitionEnd = 0x00
	classOwn     = 0x00
	classCounter = 'c'
	classNumber  = 'n'
	classQueue   = 'q'
	rowVersion   = 1
	queueTail    = 8
)

// format is the number of this layout. A store of another one is refused.
const format = 1

func (s *Store) checkFormat() error {
	key := []byte{own, ownFormat}
	value, closer, err := s.db.Get(key)
	if err == pebble.ErrNotFound {
		if err := s.mustBeEmpty(); err != nil {
			return err
		}
		return errs.Fault("pebble.Open", s.db.Set(key, appendNumber(nil, format), pebble.Sync))
	}
	if err != nil {
		return unusable(s.dir, err)
	}
	n, err := decodeNumber(value)
	if cerr := closer.Close(); cerr != nil {
		return unusable(s.dir, cerr)
	}
	if err != nil {
		return err
	}
	if n != format {
		return errs.New(errs.Unsupported, "", fmt.Sprintf("%s holds rows in format %d, this coffer reads format %d: use the release that wrote it, or a newer one",
			s.dir, n, format))
	}
	return nil
}

// mustBeEmpty refuses a database without a format row that holds anything: it is not ours.
func (s *Store) mustBeEmpty() error {
	it, err := s.db.NewIter(nil)
	if err != nil {
		return unusable(s.dir, err)
	}
	found := it.First()
	if err := it.Close(); err != nil {
		return unusable(s.dir, err)
	}
	if found {
		return errs.New(errs.Unsupported, "", s.dir+" holds a Pebble database that is none of Coffer's: choose another data folder")
	}
	return nil
}

func fenceKey(p meta.Partition) []byte { return append([]byte{own, ownFence}, p...) }

// prefixOf returns what every key of a partition begins with.
func prefixOf(p meta.Partition) []byte { return append([]byte(p), partitionEnd) }

// endOf returns the first key behind those of a partition.
func endOf(p meta.Partition) []byte { return append([]byte(p), partitionEnd+1) }

func appendRow(dst, prefix []byte, k meta.Key) []byte {
	dst = append(append(dst, prefix...), byte(k.Kind))
	return meta.AppendAt(dst, k.Route, k.Tail)
}

func appendPosition(dst, prefix []byte, k meta.Kind, position []byte) []byte {
	dst = append(append(dst, prefix...), byte(k))
	return append(dst, position...)
}

// appendKindEnd appends the first key behind the rows of a kind.
func appendKindEnd(dst, prefix []byte, k meta.Kind) []byte {
	dst = append(dst, prefix...)
	if k == 0xff {
		dst[len(dst)-1]++
		return dst
	}
	return append(dst, byte(k)+1)
}

func appendCounter(dst, prefix []byte, c meta.Counter) []byte {
	dst = append(append(dst, prefix...), classOwn, classCounter)
	return binary.BigEndian.AppendUint16(dst, uint16(c))
}

func appendLastNumber(dst, prefix []byte) []byte {
	return append(append(dst, prefix...), classOwn, classNumber)
}

func appendQueue(dst, prefix []byte, q meta.Queue, n uint64) []byte {
	dst = append(append(dst, prefix...), classOwn, classQueue, byte(q))
	return binary.BigEndian.AppendUint64(dst, n)
}

// appendNumber encodes the value of a counter, of the last number and of the format.
func appendNumber(dst []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, rowVersion), uint64(n))
}

func decodeNumber(value []byte) (int64, error) {
	if len(value) != 9 || value[0] != rowVersion {
		return 0, &errs.Error{Op: "pebble", Kind: errs.Corrupt, Public: "a number of the store can't be read", Err: fmt.Errorf("value %x", value)}
	}
	return int64(binary.BigEndian.Uint64(value[1:])), nil
}

// fence is the state of a partition.
type fence byte

// The states, as stored; an open partition has no row.
const (
	fenceOpen    fence = 0
	fenceClosed  fence = 1
	fenceDropped fence = 2
)

func decodeFence(value []byte) (fence, error) {
	if len(value) == 2 && value[0] == rowVersion && (value[1] == byte(fenceClosed) || value[1] == byte(fenceDropped)) {
		return fence(value[1]), nil
	}
	return 0, &errs.Error{Op: "pebble", Kind: errs.Corrupt, Public: "the fence of a partition can't be read", Err: fmt.Errorf("value %x", value)}
}
