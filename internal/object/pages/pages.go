// Package pages has the pages of the manifests of objects made of parts, and the index of pages, in the form in which they are stored. It
// never reads or writes a store: package object does.
package pages

import (
	"crypto/md5"
	"encoding/binary"

	"coffer/internal/errs"
	"coffer/internal/object/rowcode"
	"coffer/internal/seal"
)

// Max is the most parts of a page, and maxIndex the most pages that an index may name: an object has at most 10,000 parts.
const (
	Max      = 256
	maxIndex = 10000/Max + 1
)

// The first byte of a row: of one whose parts are sealed, each has a salt. They are stored: never change a number.
const (
	rowVersion    = 1
	saltedVersion = 2
)

// Part is one part of a completed object. Its slices alias the row that it was decoded from.
type Part struct {
	Number int
	Size   int64 // bytes
	ETag   []byte
	Sum    []byte
	Ref    []byte // empty for a part without content
	Salt   []byte // of sealed content; nil: it is not sealed
}

// Page is some of a manifest's parts; Start is where its first part begins in the object, in bytes.
type Page struct {
	Start int64
	Parts []Part
}

func bad() error {
	return &errs.Error{Op: "pages.Decode", Kind: errs.Corrupt, Public: "The stored record of the manifest can't be read."}
}

func run(b, value []byte) []byte { return append(number(b, int64(len(value))), value...) }

func number(b []byte, v int64) []byte { return binary.AppendUvarint(b, uint64(v)) }

// Encode appends the page's row to b.
func (p *Page) Encode(b []byte) []byte {
	version := byte(rowVersion)
	if len(p.Parts) > 0 && p.Parts[0].Salt != nil {
		version = saltedVersion
	}
	b = number(number(append(b, version), p.Start), int64(len(p.Parts)))
	for i := range p.Parts {
		m := &p.Parts[i]
		b = number(number(b, int64(m.Number)), m.Size)
		b = run(run(append(b, m.ETag...), m.Sum), m.Ref)
		b = append(b, m.Salt...)
	}
	return b
}

// Decode reads what Encode wrote; errs.Corrupt if it is anything else.
func (p *Page) Decode(value []byte) error {
	if len(value) == 0 || value[0] != rowVersion && value[0] != saltedVersion {
		return bad()
	}
	d := rowcode.Reader{B: value[1:]}
	p.Start = d.Int()
	n := d.Int()
	if n > Max {
		return bad()
	}
	p.Parts = make([]Part, n)
	for i := range p.Parts {
		p.Parts[i] = Part{Number: int(d.Int()), Size: d.Int(), ETag: d.Take(md5.Size), Sum: d.Bytes(), Ref: d.Bytes()}
		if value[0] == saltedVersion {
			p.Parts[i].Salt = d.Take(seal.SaltBytes)
		}
	}
	if !d.Done() {
		return bad()
	}
	return nil
}

// Start says where a page begins.
type Start struct {
	Number int   // of its first part
	Start  int64 // byte of the object
}

// EncodeIndex appends the row of an index to b.
func EncodeIndex(b []byte, starts []Start) []byte {
	b = number(append(b, rowVersion), int64(len(starts)))
	for _, p := range starts {
		b = number(number(b, int64(p.Number)), p.Start)
	}
	return b
}

// DecodeIndex reads what EncodeIndex wrote; errs.Corrupt if it is anything else.
func DecodeIndex(value []byte) ([]Start, error) {
	if len(value) == 0 || value[0] != rowVersion {
		return nil, bad()
	}
	d := rowcode.Reader{B: value[1:]}
	n := d.Int()
	if n > maxIndex {
		return nil, bad()
	}
	starts := make([]Start, n)
	for i := range starts {
		starts[i] = Start{Number: int(d.Int()), Start: d.Int()}
	}
	if !d.Done() {
		return nil, bad()
	}
	return starts, nil
}
