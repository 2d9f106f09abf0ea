// Package rowcode reads the values of rows: numbers and runs of bytes one after the other. It knows no layout.
package rowcode

import "encoding/binary"

// A Reader reads a row's value. After a fault every read gives zero, and Fail stays set: it is asked once, at the end.
type Reader struct {
	B    []byte // what is left
	Fail bool
}

// Byte reads one byte.
func (d *Reader) Byte() byte {
	if len(d.B) == 0 {
		d.Fail = true
		return 0
	}
	c := d.B[0]
	d.B = d.B[1:]
	return c
}

// Uint64 reads eight bytes, the highest first.
func (d *Reader) Uint64() uint64 {
	if len(d.B) < 8 {
		d.Fail = true
		return 0
	}
	v := binary.BigEndian.Uint64(d.B)
	d.B = d.B[8:]
	return v
}

// Uvarint reads a number of variable length.
func (d *Reader) Uvarint() uint64 {
	v, n := binary.Uvarint(d.B)
	if n <= 0 {
		d.Fail = true
		return 0
	}
	d.B = d.B[n:]
	return v
}

// Int reads a number that must not be negative.
func (d *Reader) Int() int64 {
	v := d.Uvarint()
	if v > 1<<62 {
		d.Fail = true
		return 0
	}
	return int64(v)
}

// Bytes reads a run with its length before it. It aliases the value.
func (d *Reader) Bytes() []byte {
	n := d.Uvarint()
	if d.Fail || n > uint64(len(d.B)) {
		d.Fail = true
		return nil
	}
	return d.Take(int(n))
}

// Take reads n bytes. It aliases the value.
func (d *Reader) Take(n int) []byte {
	if len(d.B) < n {
		d.Fail = true
		return nil
	}
	run := d.B[:n:n]
	d.B = d.B[n:]
	return run
}

// Done reports whether all was read and right.
func (d *Reader) Done() bool { return !d.Fail && len(d.B) == 0 }
