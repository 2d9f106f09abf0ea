package object

import "coffer/internal/ident"

// garbage is an entry of the queue of things that no row names any more.
type garbage struct {
	kind   garbageKind
	ref    string          // garbageBlob
	key    ident.ObjectKey // the others
	upload string          // raw upload id
	pages  int             // garbageManifest, and of garbageParts those of the manifest
}

type garbageKind byte

const (
	garbageBlob     garbageKind = iota + 1 // a blob
	garbageManifest                        // a manifest's pages and the blobs they name
	garbageParts                           // the part rows of an ended upload, and the blobs that its manifest, if any, does not name
	garbageHalf                            // a completion was begun; if it neither ended nor runs, it is undone
)

func (g *garbage) encode(b []byte) []byte {
	b = append(b, rowVersion, byte(g.kind))
	if g.kind == garbageBlob {
		return appendBytes(b, g.ref)
	}
	b = appendBytes(b, g.key)
	b = append(b, g.upload...)
	if g.kind != garbageHalf {
		b = appendInt(b, int64(g.pages))
	}
	return b
}

func (g *garbage) decode(value []byte) error {
	d := decode(value)
	*g = garbage{kind: garbageKind(d.byte())}
	switch g.kind {
	case garbageBlob:
		g.ref = d.string()
	case garbageManifest, garbageParts, garbageHalf:
		g.key = ident.ObjectKey(d.bytes())
		g.upload = string(d.take(uploadIDBytes))
		if g.kind != garbageHalf {
			g.pages = int(d.int())
		}
	default:
		d.Fail = true
	}
	return d.end("garbage")
}
