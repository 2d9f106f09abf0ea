package object

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"coffer/internal/checksum"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/seal"
)

type ringShelf struct{ raw []byte }

func (s *ringShelf) Load(context.Context) ([]byte, error) {
	if s.raw == nil {
		return nil, errs.NotFound
	}
	return s.raw, nil
}

func (s *ringShelf) Store(_ context.Context, raw []byte) error { s.raw = raw; return nil }

// sealedWorld is a world with a keyring that holds the named key "ledger".
func sealedWorld(t testing.TB) (*world, *seal.Keyring) {
	t.Helper()
	w := newWorld(t)
	return w, w.addKeyring()
}

func (w *world) addKeyring() *seal.Keyring {
	w.t.Helper()
	master, err := seal.NewMaster(bytes.Repeat([]byte{7}, seal.KeyBytes), "test")
	w.must(err)
	ring, err := seal.Open(w.ctx(), seal.Config{Master: master, Shelf: &ringShelf{}, Rand: w.cfg.Rand})
	w.must(err)
	_, err = ring.AddNamed(w.ctx(), "ledger")
	w.must(err)
	w.cfg.Keyring = ring
	w.restart()
	return ring
}

func customer(fill byte) *CustomerKey {
	return (*CustomerKey)(bytes.Repeat([]byte{fill}, seal.KeyBytes))
}

// ways are the three ways of sealing, each with the key that reading needs.
func ways() map[string]*Encryption {
	return map[string]*Encryption{
		"server":   {Method: ByServer},
		"customer": {Method: ByCustomer, Customer: customer(1)},
		"named":    {Method: ByNamedKey, KeyName: "ledger", BucketKey: true},
	}
}

// secretText is content in which a word can be searched for.
func secretText(n int) string {
	return strings.Repeat("the quick brown secret jumps. ", n/30+1)[:n]
}

// stored is everything that the stores hold of a bucket, for searching.
func (w *world) stored(b *Bucket) string {
	w.t.Helper()
	var all strings.Builder
	for _, m := range w.blobs.blobs {
		all.Write(m.data)
	}
	w.must(w.rows.View(w.ctx(), b.partition(), func(r meta.Reader) error {
		for k := meta.Kind(1); k < 32; k++ {
			if err := scanAll(r, k, nil, nil, func(_, _, value []byte) error { all.Write(value); return nil }); err != nil {
				return err
			}
		}
		return nil
	}))
	return all.String()
}

// ranges are pieces of content that begin and end around chunks.
func ranges(size int64) []*Range {
	all := []*Range{nil, {Start: 0, Length: 1}, {Start: size - 1, Length: 1}, {Length: 5, Suffix: true}, {Start: size / 2, Length: -1}}
	for _, edge := range []int64{seal.ChunkPlain, 2 * seal.ChunkPlain, 4 * seal.ChunkPlain, seal.ChunkStored} {
		if edge+10 < size {
			all = append(all, &Range{Start: edge - 3, Length: 7}, &Range{Start: edge, Length: 1}, &Range{Start: 1, Length: edge})
		}
	}
	return all
}

func cutOut(data string, r *Range) string {
	if r == nil {
		return data
	}
	start, length, _ := r.Of(int64(len(data)))
	return data[start : start+length]
}

// In every home and by every way: content comes back, whole and by ranges, and nothing of it lies in the stores.
func TestSealedObjects(t *testing.T) {
	w, _ := sealedWorld(t)
	b := w.bucket("alpha")
	for _, size := range []int{0, 1, w.s.inline, w.s.inline + 1, seal.ChunkPlain, seal.ChunkPlain + 1, 5*seal.ChunkPlain + 17, 8 * seal.ChunkPlain} {
		for name, e := range ways() {
			k := ident.ObjectKey(fmt.Sprintf("%s/%d", name, size))
			data := secretText(size)
			in := &PutObject{Bucket: b, Key: k, Body: body([]byte(data)), Encrypt: e}
			if size%2 == 1 {
				in.Body.Size = -1
			}
			o, err := w.s.PutObject(w.ctx(), in)
			w.must(err)
			if o.Size != int64(size) || (o.ETag == md5Hex(data)) != (e.Method == ByServer) {
				t.Errorf("%s: put as %+v", k, o)
			}
			if o.Encryption == nil || o.Encryption.Method != e.Method || o.Encryption.KeyName != e.KeyName || o.Encryption.BucketKey != e.BucketKey || o.Encryption.Customer != nil {
				t.Errorf("%s: encryption is told as %+v", k, o.Encryption)
			}
			if size == 0 {
				continue
			}
			for _, r := range ranges(int64(size)) {
				got, err := w.tryRead(&Get{Bucket: b, Key: k, Range: r, Customer: e.Customer})
				if err != nil || got != cutOut(data, r) {
					t.Errorf("%s, range %+v: %d bytes, %v", k, r, len(got), err)
				}
			}
		}
	}
	if all := w.stored(b); strings.Contains(all, "secret") || strings.Contains(all, string(customer(1)[:8])) {
		t.Error("plaintext or a client's key lies in the stores")
	}
	if w.blobs.opened() != 0 {
		t.Errorf("%d readers or writers stay open", w.blobs.opened())
	}
}

// An upload's parts are sealed each on its own, however often one is written; reading crosses them.
func TestSealedUpload(t *testing.T) {
	for name, e := range ways() {
		w, _ := sealedWorld(t)
		b := w.bucket("alpha")
		u, err := w.s.CreateUpload(w.ctx(), &CreateUpload{Bucket: b, Key: "k", User: testUser, Encrypt: e})
		w.must(err)
		src := w.put(b, "src", secretText(200))
		data := []string{secretText(70000), secretText(20), secretText(2*seal.ChunkPlain + 5)}
		var parts []Part
		for n, d := range data {
			for _, content := range []string{"replaced later, secret", d} {
				p, err := w.s.UploadPart(w.ctx(), &UploadPart{Bucket: b, Key: "k", Upload: u.ID, Number: n*3 + 1, Body: body([]byte(content)), Customer: e.Customer})
				w.must(err)
				if (p.ETag == md5Hex(content)) != (e.Method == ByServer) || p.Encryption == nil {
					t.Errorf("%s: part %+v", name, p)
				}
				if content == d {
					parts = append(parts, *p)
				}
			}
		}
		p, err := w.s.CopyPart(w.ctx(), &CopyPart{Source: Get{Bucket: b, Key: "src", Range: &Range{Start: 10, Length: 50}}, Bucket: b, Key: "k", Upload: u.ID, Number: 9, Customer: e.Customer})
		w.must(err)
		parts, data = append(parts, *p), append(data, secretText(200)[10:60])
		o, err := w.complete(b, u, parts)
		w.must(err)
		if o.Encryption == nil || o.Encryption.Method != e.Method || o.Sum.Algorithm != checksum.CRC64NVME {
			t.Errorf("%s: completed %+v", name, o)
		}
		whole := strings.Join(data, "")
		for _, r := range append(ranges(int64(len(whole))), &Range{Start: 69990, Length: 100}) {
			if got, err := w.tryRead(&Get{Bucket: b, Key: "k", Range: r, Customer: e.Customer}); err != nil || got != cutOut(whole, r) {
				t.Errorf("%s, range %+v: %d bytes, %v", name, r, len(got), err)
			}
		}
		if got, err := w.tryRead(&Get{Bucket: b, Key: "k", Part: 4, Customer: e.Customer}); err != nil || got != data[1] {
			t.Errorf("%s: part 4 is %q, %v", name, got, err)
		}
		w.delete(b, "src", "")
		w.settle()
		if src.Size != 200 || strings.Contains(w.stored(b), "secret") {
			t.Errorf("%s: plaintext lies in the stores", name)
		}
	}
}

// Copies are sealed as asked, from whatever their source is, and open with the target's key alone.
func TestSealedCopies(t *testing.T) {
	w, _ := sealedWorld(t)
	b := w.bucket("alpha")
	all := ways()
	all["plain"] = nil
	for from, e := range all {
		for to, f := range all {
			for _, size := range []int{100, 2*seal.ChunkPlain + 9} {
				src, dst := ident.ObjectKey("from "+from), ident.ObjectKey(from+" to "+to)
				data := secretText(size)
				_, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: src, Body: body([]byte(data)), Encrypt: e})
				w.must(err)
				var old, key *CustomerKey
				if e != nil {
					old = e.Customer
				}
				target := f
				if f != nil && f.Customer != nil {
					key = customer(2)
					target = &Encryption{Method: ByCustomer, Customer: key}
				}
				o, err := w.s.CopyObject(w.ctx(), &CopyObject{Source: Get{Bucket: b, Key: src, Customer: old}, Bucket: b, Key: dst, Encrypt: target})
				w.must(err)
				if (o.Encryption == nil) != (f == nil) {
					t.Errorf("%s: %+v", dst, o)
				}
				if got, err := w.tryRead(&Get{Bucket: b, Key: dst, Customer: key}); err != nil || got != data {
					t.Errorf("%s: %d bytes, %v", dst, len(got), err)
				}
			}
		}
	}
	_, err := w.s.CopyObject(w.ctx(), &CopyObject{Source: Get{Bucket: b, Key: "from plain"}, Bucket: b, Key: "from plain", Renews: true, Encrypt: &Encryption{Method: ByServer}})
	w.must(err)
	if got := w.read(b, "from plain", ""); got != secretText(2*seal.ChunkPlain+9) {
		t.Error("an object copied onto itself to be sealed is another one")
	}
}

// A wrong key, a missing one, one too many and an unknown one are refused in the words of S3.
func TestSealedRefusals(t *testing.T) {
	w, _ := sealedWorld(t)
	b := w.bucket("alpha")
	put := func(k ident.ObjectKey, e *Encryption) error {
		_, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: k, Body: body([]byte(secretText(50))), Encrypt: e})
		return err
	}
	w.must(put("own", &Encryption{Method: ByCustomer, Customer: customer(1)}))
	w.must(put("server", &Encryption{Method: ByServer}))
	w.must(put("plain", nil))
	w.wantCode(put("x", &Encryption{Method: ByNamedKey, KeyName: "nobody's"}), "KMS.NotFoundException")
	for _, c := range []struct {
		k    ident.ObjectKey
		key  *CustomerKey
		want errs.Code
	}{{"own", nil, "InvalidRequest"}, {"own", customer(2), "AccessDenied"}, {"server", customer(1), "InvalidRequest"}, {"plain", customer(1), "InvalidRequest"}} {
		in := &Get{Bucket: b, Key: c.k, Customer: c.key, ShowKey: true}
		_, err := w.s.GetObject(w.ctx(), in)
		w.wantCode(err, c.want)
		_, err = w.s.HeadObject(w.ctx(), in)
		w.wantCode(err, c.want)
		_, err = w.s.CopyObject(w.ctx(), &CopyObject{Source: *in, Bucket: b, Key: "copy"})
		w.wantCode(err, c.want)
	}
	// What needs no content needs no key.
	o, err := w.s.HeadObject(w.ctx(), &Get{Bucket: b, Key: "own"})
	w.must(err)
	if o.Encryption.Method != ByCustomer {
		t.Errorf("told as %+v", o.Encryption)
	}
	_, err = w.s.SetTags(w.ctx(), &VersionRef{Bucket: b, Key: "own"}, map[string]string{"a": "b"})
	w.must(err)
	if got, err := w.tryRead(&Get{Bucket: b, Key: "own", Customer: customer(1)}); err != nil || got != secretText(50) {
		t.Errorf("after tagging: %q, %v", got, err)
	}
	own, err := w.s.CreateUpload(w.ctx(), &CreateUpload{Bucket: b, Key: "u", Encrypt: &Encryption{Method: ByCustomer, Customer: customer(1)}})
	w.must(err)
	plain, err := w.s.CreateUpload(w.ctx(), &CreateUpload{Bucket: b, Key: "u"})
	w.must(err)
	for _, c := range []struct {
		u   *Upload
		key *CustomerKey
	}{{own, nil}, {own, customer(2)}, {plain, customer(1)}} {
		_, err := w.s.UploadPart(w.ctx(), &UploadPart{Bucket: b, Key: "u", Upload: c.u.ID, Number: 1, Body: body([]byte("x")), Customer: c.key})
		w.wantCode(err, "InvalidRequest")
	}
}

// Damage done to stored bytes, in any home, is noticed and nothing is given.
func TestTamperingIsNoticed(t *testing.T) {
	w, _ := sealedWorld(t)
	b := w.bucket("alpha")
	for _, size := range []int{100, 3 * seal.ChunkPlain} {
		_, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: "k", Body: body([]byte(secretText(size))), Encrypt: &Encryption{Method: ByServer}})
		w.must(err)
		w.settle()
		if size == 100 {
			w.spoil(b, kindData)
		} else {
			for ref, m := range w.blobs.blobs {
				m.data[10] ^= 1
				w.blobs.blobs[ref] = m
			}
		}
		if got, err := w.tryRead(&Get{Bucket: b, Key: "k"}); !errors.Is(err, errs.Corrupt) || got != "" {
			t.Errorf("%d bytes: %d read, %v", size, len(got), err)
		}
	}
	// A row that is moved to another key takes a data key with it that does not open there.
	w.must(w.rows.Update(w.ctx(), b.partition(), "moved", func(tx meta.Tx) error {
		var value []byte
		if err := w.rows.View(w.ctx(), b.partition(), func(r meta.Reader) (err error) {
			value, err = r.Get(liveKey("k"))
			return err
		}); err != nil {
			return err
		}
		return tx.Put(liveKey("moved"), value)
	}))
	if _, err := w.tryRead(&Get{Bucket: b, Key: "moved"}); !errors.Is(err, errs.Corrupt) {
		t.Errorf("a moved row: %v", err)
	}
}

// spoil changes the last byte of every row of a kind under the key "k".
func (w *world) spoil(b *Bucket, kind meta.Kind) {
	w.t.Helper()
	w.must(w.rows.Update(w.ctx(), b.partition(), "k", func(tx meta.Tx) error {
		return w.rows.View(w.ctx(), b.partition(), func(r meta.Reader) error {
			return scanAll(r, kind, nil, nil, func(_, tail, value []byte) error {
				bad := bytes.Clone(value)
				bad[len(bad)-1] ^= 1
				return tx.Put(meta.Key{Kind: kind, Route: "k", Tail: string(tail)}, bad)
			})
		})
	}))
}

// Objects and uploads that began under an older key of the keyring go on after it was rotated.
func TestRotationKeepsObjects(t *testing.T) {
	w, ring := sealedWorld(t)
	b := w.bucket("alpha")
	u, err := w.s.CreateUpload(w.ctx(), &CreateUpload{Bucket: b, Key: "u", Encrypt: &Encryption{Method: ByServer}})
	w.must(err)
	for name, e := range ways() {
		_, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: ident.ObjectKey(name), Body: body([]byte(secretText(9000))), Encrypt: e})
		w.must(err)
	}
	_, err = ring.Rotate(w.ctx())
	w.must(err)
	w.restart()
	for name, e := range ways() {
		if got, err := w.tryRead(&Get{Bucket: b, Key: ident.ObjectKey(name), Customer: e.Customer}); err != nil || got != secretText(9000) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	p, err := w.s.UploadPart(w.ctx(), &UploadPart{Bucket: b, Key: "u", Upload: u.ID, Number: 1, Body: body([]byte("part"))})
	w.must(err)
	_, err = w.complete(b, u, []Part{*p})
	w.must(err)
	if got := w.read(b, "u", ""); got != "part" {
		t.Errorf("the upload became %q", got)
	}
}

// A sealed write fails as wholly as another.
func TestSealedWriteFailsWhole(t *testing.T) {
	data := secretText(2*seal.ChunkPlain + 1)
	everywhere(t, failing{
		prepare: func(w *world) *Bucket {
			w.addKeyring()
			return w.bucket("alpha")
		},
		act: func(w *world, b *Bucket) error {
			_, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: "k", Body: body([]byte(data)), Encrypt: &Encryption{Method: ByServer}})
			return err
		},
		old: "absent", new: data,
	})
}

// Without a keyring nothing is taken for encrypted.
func TestNoKeyringNoEncryption(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	for _, e := range ways() {
		_, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: "k", Body: body([]byte("x")), Encrypt: e})
		w.wantCode(err, "NotImplemented")
	}
}

// What a row keeps about encryption reads as it was written, and not when it was cut off.
func TestSealingEncoding(t *testing.T) {
	box := sealing{method: ByNamedKey, bucketKey: true, name: "ledger", envelope: []byte("envelope")}
	value := box.encode(nil)
	if got, err := decodeSealing(value); err != nil || !reflect.DeepEqual(got, box) {
		t.Errorf("read %+v, %v", got, err)
	}
	for n := range value {
		if _, err := decodeSealing(value[:n]); err == nil {
			t.Errorf("read with %d of %d bytes", n, len(value))
		}
	}
}
