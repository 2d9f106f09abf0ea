package object

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"coffer/internal/checksum"
	"coffer/internal/ident"
	"coffer/internal/object/configs"
	"coffer/internal/object/garbage"
	"coffer/internal/object/metadata"
	"coffer/internal/object/pages"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// A rowCase is a row as this release writes it; read gives back what decoding makes of it, in the same form.
type rowCase struct {
	name  string
	value any
	row   []byte
	read  func([]byte) (any, error)
}

func rowCases() []rowCase {
	etag := []byte("0123456789abcdef")
	id := "ABCDEFGHIJKLMNOP"
	at := time.Date(2026, 11, 23, 12, 0, 0, 5e6, time.UTC)
	var cases []rowCase
	record := func(name string, r record) {
		cases = append(cases, rowCase{name, r, r.encode(nil), func(b []byte) (any, error) { var r record; err := r.decode(b); return r, err }})
	}
	base := record0(etag)
	record("version empty", record0(etag))
	inline := base
	inline.flags, inline.home, inline.size, inline.attrs, inline.tags = flagNull, homeInline, 4096, []byte("attributes"), 2
	record("version inline", inline)
	blob := base
	blob.home, blob.ref, blob.size, blob.flags, blob.attrsLen, blob.attrs = homeBlob, []byte("blob-ref"), 5<<30, flagVersioned|flagAttrs, 2000, nil
	record("version blob", blob)
	multi := base
	multi.home, multi.ref, multi.pages, multi.parts, multi.sumAlg, multi.sumType, multi.sum = homeManifest, []byte(id), 40, 10000, checksum.SHA256, checksum.Composite, []byte(strings.Repeat("s", 32))
	multi.flags, multi.lock, multi.hold, multi.until = flagLock, Compliance, holdOn, at.Unix()
	record("version manifest locked", multi)
	record("version marker", markerRecord())
	off := base
	off.flags, off.hold = flagLock, holdOff
	record("version with its hold off", off)
	box := sealing{method: ByNamedKey, bucketKey: true, name: "ledger", envelope: []byte("envelope")}
	locked := multi
	locked.flags, locked.sealing = flagLock|flagSealed, box.encode(nil)
	record("version sealed", locked)
	owned := base
	owned.flags, owned.owner = flagOwned, []byte("0123456789abcdef0123456789abcdef")
	record("version of another's", owned)
	marked := markerRecord()
	marked.flags, marked.owner = marked.flags|flagOwned, owned.owner
	record("marker of another's", marked)
	h := head{marker: true, newest: 1 << 60, last: 1<<60 + 1, null: 7, change: 300}
	cases = append(cases, rowCase{"head", h, h.encode(nil), func(b []byte) (any, error) { var h head; err := h.decode(b); return h, err }})
	p := pages.Page{Start: 1 << 40, Parts: []pages.Part{{Number: 1, Size: 5 << 20, ETag: etag, Sum: []byte("sumsum"), Ref: []byte("ref")}, {Number: 10000, ETag: etag, Sum: []byte{}, Ref: []byte{}}}}
	cases = append(cases, rowCase{"page", p, p.Encode(nil), func(b []byte) (any, error) { var p pages.Page; err := p.Decode(b); return p, err }})
	sealedPage := pages.Page{Parts: []pages.Part{{Number: 1, Size: 5, ETag: etag, Sum: []byte("sum"), Ref: []byte("ref"), Salt: []byte("salt of 16 bytes")}}}
	cases = append(cases, rowCase{"page sealed", sealedPage, sealedPage.Encode(nil), func(b []byte) (any, error) { var p pages.Page; err := p.Decode(b); return p, err }})
	starts := []pages.Start{{Number: 1}, {Number: 300, Start: 1 << 40}}
	cases = append(cases, rowCase{"index", starts, pages.EncodeIndex(nil, starts), func(b []byte) (any, error) { return pages.DecodeIndex(b) }})
	u := uploadRow{change: 3, pages: 2, begun: at.UnixMilli(), bytes: 77, sumAlg: checksum.CRC32C, sumType: checksum.FullObject,
		lock: Lock{Mode: Governance, Until: at.Truncate(time.Second), LegalHold: true}, tags: 1, user: testUser, userName: "Ada", attrs: []byte{1, 2}}
	cases = append(cases, rowCase{"upload", u, u.encode(nil), func(b []byte) (any, error) { var u uploadRow; err := u.decode(b); return u, err }})
	off2 := u
	off2.lock = Lock{HoldOff: true}
	cases = append(cases, rowCase{"upload with its hold off", off2, off2.encode(nil), func(b []byte) (any, error) { var u uploadRow; err := u.decode(b); return u, err }})
	u.sealing, u.lock.LegalHold = []byte("sealing"), false
	cases = append(cases, rowCase{"upload sealed", u, u.encode(nil), func(b []byte) (any, error) { var u uploadRow; err := u.decode(b); return u, err }})
	part := partRow{size: 5 << 20, etag: etag, sumAlg: checksum.CRC64NVME, sum: []byte("sumsumsu"), modified: at.UnixMilli(), ref: []byte("ref")}
	cases = append(cases, rowCase{"part", part, part.encode(nil), func(b []byte) (any, error) { var p partRow; err := p.decode(b); return p, err }})
	part.salt = []byte("salt of 16 bytes")
	cases = append(cases, rowCase{"part sealed", part, part.encode(nil), func(b []byte) (any, error) { var p partRow; err := p.decode(b); return p, err }})
	bucket := &Bucket{ID: "00112233aabbccdd", Name: "alpha", Region: "local-2", Ownership: ident.UserOwned, Contract: testContract, User: testUser,
		Canonical: "0123456789abcdef0123456789abcdef", OwnerName: "Ada", Created: at, Versioning: Enabled, Lock: true}
	cases = append(cases, rowCase{"bucket", bucket, bucket.encode(nil), func(b []byte) (any, error) { return decodeBucket(b) }})
	named := &Bucket{ID: bucket.ID, Ownership: bucket.Ownership, Contract: bucket.Contract, User: bucket.User}
	cases = append(cases, rowCase{"bucket's name", named, bucket.named(), func(b []byte) (any, error) { return decodeNamed(b) }})
	i := &intent{step: intentDelete, bucket: bucket}
	cases = append(cases, rowCase{"intent", i, i.encode(), func(b []byte) (any, error) { return decodeIntent(b) }})
	moved := &intent{step: intentMove, bucket: bucket, from: otherUser}
	cases = append(cases, rowCase{"intent to hand over", moved, moved.encode(), func(b []byte) (any, error) { return decodeIntent(b) }})
	for _, g := range []garbage.Item{{Kind: garbage.Blob, Ref: "blob-ref"}, {Kind: garbage.Manifest, Key: "k", Upload: id, Pages: 3},
		{Kind: garbage.Parts, Key: "k", Upload: id, Pages: 3}, {Kind: garbage.Half, Key: "k", Upload: id}} {
		cases = append(cases, rowCase{fmt.Sprintf("garbage %d", g.Kind), g, g.Encode(nil), func(b []byte) (any, error) { var g garbage.Item; err := g.Decode(b); return g, err }})
	}
	headers := Headers{ContentType: "a", CacheControl: "b", ContentDisposition: "c", ContentEncoding: "d", ContentLanguage: "e", Expires: "f", WebsiteRedirect: "g",
		User: map[string]string{"y": "2", "x": "1"}}
	tags := map[string]string{"t": "u", "s": ""}
	var names []string
	readAttrs := func(b []byte) (any, error) {
		attrs, err := attrsOfRow(b)
		if err != nil {
			return nil, err
		}
		h, t, err := metadata.Decode(attrs)
		return []any{h, t}, err
	}
	cases = append(cases, rowCase{"attributes", []any{headers, tags}, metadata.Append([]byte{rowVersion}, &headers, tags, &names), readAttrs})
	headers.ACL = "acl"
	cases = append(cases, rowCase{"attributes with an ACL", []any{headers, tags}, metadata.Append([]byte{rowVersion}, &headers, tags, &names), readAttrs})
	return append(cases, configCase("config", []byte("value"), 3, 0), configCase("config in chunks", []byte{}, 4, 17))
}

func configCase(name string, value []byte, generation uint64, chunks int) rowCase {
	return rowCase{name, []any{value, generation, chunks}, configs.Encode(value, generation, chunks), func(b []byte) (any, error) {
		v, g, c, err := configs.Decode(b)
		return []any{v, g, c}, err
	}}
}

func record0(etag []byte) record {
	return record{seq: 1<<60 + 5, modified: 1764000000123, etag: etag, sumAlg: checksum.CRC64NVME, sumType: checksum.FullObject, sum: []byte("12345678"), attrs: []byte{}}
}

func markerRecord() record {
	return record{flags: flagMarker | flagNull, seq: 9, modified: 1764000000123}
}

// Rows that an older release wrote are read for ever: what the golden file has may only be added to.
func TestRowsStayReadable(t *testing.T) {
	name := filepath.Join("testdata", "rows.golden")
	var out strings.Builder
	for _, c := range rowCases() {
		fmt.Fprintf(&out, "%s: %s\n", c.name, hex.EncodeToString(c.row))
		got, err := c.read(c.row)
		if err != nil || !reflect.DeepEqual(got, c.value) {
			t.Errorf("%s: wrote %+v, read %+v, %v", c.name, c.value, got, err)
		}
		unknown := append([]byte{saltedVersion + 1}, c.row[1:]...)
		if _, err := c.read(unknown); err == nil {
			t.Errorf("%s: a row of a later release is read", c.name)
		}
		for n := range c.row {
			// Attributes and small configurations have no end of their own; the rest must notice a cut.
			if _, err := c.read(c.row[:n]); err == nil && !strings.HasPrefix(c.name, "config") && !strings.HasPrefix(c.name, "attributes") {
				t.Errorf("%s: read with %d of %d bytes", c.name, n, len(c.row))
			}
		}
	}
	if *rewrite {
		if err := os.WriteFile(name, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != out.String() {
		t.Errorf("rows are written otherwise than before: count the row version up and keep reading the former\ngot\n%s\nwant\n%s", out.String(), want)
	}
}

// No bytes make a decoder panic or take more memory than they paid for.
func FuzzRows(f *testing.F) {
	for i, c := range rowCases() {
		f.Add(i, c.row)
	}
	readers := rowCases()
	f.Fuzz(func(t *testing.T, i int, row []byte) {
		if i < 0 || i >= len(readers) {
			return
		}
		v, err := readers[i].read(row)
		if r, ok := v.(record); ok && err == nil {
			var again record
			if err := again.decode(r.encode(nil)); err != nil || !reflect.DeepEqual(again, r) {
				t.Errorf("read %+v, wrote and read %+v, %v", r, again, err)
			}
		}
	})
}
