package object

import (
	"encoding/binary"

	"coffer/internal/errs"
)

// rowVersion is the first byte of every row's value. A release that changes a layout counts up and goes on reading the former ones.
const rowVersion = 1

// saltedVersion is that of pages and parts whose content is sealed: each part has a salt.
const saltedVersion = 2

// A reader of a row's value. After a fault every read gives zero; err tells at the end.
type decoder struct {
	b    []byte
	fail bool
}

// decode begins to read a row's value.
func decode(value []byte) decoder {
	if len(value) == 0 || value[0] != rowVersion {
		return decoder{fail: true}
	}
	return decoder{b: value[1:]}
}

// decodeSalted is decode for a row that may be of saltedVersion.
func decodeSalted(value []byte) (d decoder, salted bool) {
	if len(value) > 0 && value[0] == saltedVersion {
		return decoder{b: value[1:]}, true
	}
	return decode(value), false
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail = true
		return 0
	}
	c := d.b[0]
	d.b = d.b[1:]
	return c
}

func (d *decoder) uint64() uint64 {
	if len(d.b) < 8 {
		d.fail = true
		return 0
	}
	v := binary.BigEndian.Uint64(d.b)
	d.b = d.b[8:]
	return v
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail = true
		return 0
	}
	d.b = d.b[n:]
	return v
}

// int reads a number that must not be negative.
func (d *decoder) int() int64 {
	v := d.uvarint()
	if v > 1<<62 {
		d.fail = true
		return 0
	}
	return int64(v)
}

// bytes reads a run with its length before it. It aliases the value.
func (d *decoder) bytes() []byte {
	n := d.uvarint()
	if d.fail || n > uint64(len(d.b)) {
		d.fail = true
		return nil
	}
	run := d.b[:n:n]
	d.b = d.b[n:]
	return run
}

func (d *decoder) string() string { return string(d.bytes()) }

// take reads n bytes. It aliases the value.
func (d *decoder) take(n int) []byte {
	if len(d.b) < n {
		d.fail = true
		return nil
	}
	run := d.b[:n:n]
	d.b = d.b[n:]
	return run
}

// end tells whether all was read and right.
func (d *decoder) end(what string) error {
	if d.fail || len(d.b) != 0 {
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
