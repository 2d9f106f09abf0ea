// Package garbage has the entries of the queue of things that no row names any more, in the form in which they are stored. It never
// collects: package object does.
package garbage

import (
	"encoding/binary"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/object/rowcode"
)

// Item is an entry of the queue.
type Item struct {
	Kind   Kind
	Ref    string          // Blob
	Key    ident.ObjectKey // the others
	Upload string          // raw upload id, of UploadBytes
	Pages  int             // Manifest, and of Parts those of the manifest
}

// Kind says what is garbage.
type Kind byte

// The kinds. They are stored: never change a number.
const (
	Blob     Kind = iota + 1 // a blob
	Manifest                 // a manifest's pages and the blobs they name
	Parts                    // the part rows of an ended upload, and the blobs that its manifest, if any, does not name
	Half                     // a completion was begun; if it neither ended nor runs, it is undone
)

// UploadBytes is the length of a raw upload id.
const UploadBytes = 16

const rowVersion = 1

func bad() error {
	return &errs.Error{Op: "garbage.Decode", Kind: errs.Corrupt, Public: "The stored record of what is to be collected can't be read."}
}

// Encode appends the entry's row to b.
func (g *Item) Encode(b []byte) []byte {
	run := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	b = append(b, rowVersion, byte(g.Kind))
	if g.Kind == Blob {
		run(g.Ref)
		return b
	}
	run(string(g.Key))
	b = append(b, g.Upload...)
	if g.Kind != Half {
		b = binary.AppendUvarint(b, uint64(g.Pages))
	}
	return b
}

// Decode reads what Encode wrote; errs.Corrupt if it is anything else.
func (g *Item) Decode(value []byte) error {
	if len(value) == 0 || value[0] != rowVersion {
		return bad()
	}
	d := rowcode.Reader{B: value[1:]}
	*g = Item{Kind: Kind(d.Byte())}
	switch g.Kind {
	case Blob:
		g.Ref = string(d.Bytes())
	case Manifest, Parts, Half:
		g.Key = ident.ObjectKey(d.Bytes())
		g.Upload = string(d.Take(UploadBytes))
		if g.Kind != Half {
			g.Pages = int(d.Int())
		}
	default:
		return bad()
	}
	if !d.Done() {
		return bad()
	}
	return nil
}
