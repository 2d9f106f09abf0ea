package object

import (
	"encoding/binary"

	"coffer/internal/errs"
	"coffer/internal/object/rowcode"
)

// rowVersion is the first byte of every row's value. A release that changes a layout counts up and goes on reading the former ones.
const rowVersion = 1

// saltedVersion is that of parts whose content is sealed: each part has a salt.
const saltedVersion = 2

// A decoder reads a row's value. After a fault every read gives zero; end tells.
type decoder struct{ rowcode.Reader }

// decode begins to read a row's value.
func decode(value []byte) decoder {
	if len(value) == 0 || value[0] != rowVersion {
		return decoder{rowcode.Reader{Fail: true}}
	}
	return decoder{rowcode.Reader{B: value[1:]}}
}

// decodeSalted is decode for a row that may be of saltedVersion.
func decodeSalted(value []byte) (d decoder, salted bool) {
	if len(value) > 0 && value[0] == saltedVersion {
		return decoder{rowcode.Reader{B: value[1:]}}, true
	}
	return decode(value), false
}

func (d *decoder) byte() byte        { return d.Byte() }
func (d *decoder) uint64() uint64    { return d.Uint64() }
func (d *decoder) uvarint() uint64   { return d.Uvarint() }
func (d *decoder) int() int64        { return d.Int() } // never negative
func (d *decoder) bytes() []byte     { return d.Bytes() }
func (d *decoder) string() string    { return string(d.Bytes()) }
func (d *decoder) take(n int) []byte { return d.Take(n) }

// end tells whether all was read and right.
func (d *decoder) end(what string) error {
	if !d.Done() {
		return badRow(what)
	}
	return nil
}

func badRow(what string) error {
	return &errs.Error{Op: "object.decode", Kind: errs.Corrupt, Public: "The stored record of the " + what + " can't be read."}
}

func appendBytes[T ~string | ~[]byte](b []byte, run T) []byte {
	b = binary.AppendUvarint(b, uint64(len(run)))
	return append(b, run...)
}

func appendInt(b []byte, v int64) []byte { return binary.AppendUvarint(b, uint64(v)) }
