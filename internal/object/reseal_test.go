package object

import (
	"strings"
	"testing"
	"time"

	"coffer/internal/checksum"
	"coffer/internal/ident"
	"coffer/internal/seal"
)

// A data key moves under another key, in every home: what it seals, the ETag and the time stay, and the row tells the new key.
func TestEncryptionIsChanged(t *testing.T) {
	w, ring := sealedWorld(t)
	_, err := ring.AddNamed(w.ctx(), "archive")
	w.must(err)
	b := w.versioned("alpha", Enabled)
	want := &Encryption{Method: ByNamedKey, KeyName: "archive", BucketKey: true}
	for _, size := range []int{3, w.s.inline + 1, 2 * seal.ChunkPlain} {
		for _, from := range []string{"server", "named"} {
			k, data := ident.ObjectKey(from+strings.Repeat("x", size%7)), secretText(size)
			first, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: k, Body: body([]byte(data)), Encrypt: ways()[from]})
			w.must(err)
			second, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: k, Body: body([]byte(data)), Encrypt: ways()[from]})
			w.must(err)
			w.clock.add(time.Hour)
			v, err := w.s.SetEncryption(w.ctx(), &VersionRef{Bucket: b, Key: k}, want)
			w.must(err)
			if v != second.Version {
				t.Errorf("%s: changed version %s, want %s", k, v, second.Version)
			}
			o, err := w.s.HeadObject(w.ctx(), &Get{Bucket: b, Key: k})
			w.must(err)
			if *o.Encryption != *want || o.ETag != second.ETag || !o.Modified.Equal(second.Modified) {
				t.Errorf("%s: %+v, %+v", k, o.Object, o.Encryption)
			}
			if got := w.read(b, k, ""); got != data {
				t.Errorf("%s: reads %d bytes", k, len(got))
			}
			if o, err = w.s.HeadObject(w.ctx(), &Get{Bucket: b, Key: k, Version: first.Version}); err != nil || *o.Encryption == *want {
				t.Errorf("%s: the other version is %+v, %v", k, o, err)
			}
			if _, err = w.s.SetEncryption(w.ctx(), &VersionRef{Bucket: b, Key: k, Version: first.Version}, want); err != nil || w.read(b, k, first.Version) != data {
				t.Errorf("%s: the other version: %v", k, err)
			}
		}
	}
}

func TestEncryptionOfAnUploadIsChanged(t *testing.T) {
	w, _ := sealedWorld(t)
	b := w.bucket("alpha")
	data := secretText(int(w.cfg.MinPart) + 100)
	u, err := w.s.CreateUpload(w.ctx(), &CreateUpload{Bucket: b, Key: "k", Encrypt: ways()["server"]})
	w.must(err)
	var parts []Part
	for n, piece := range []string{data[:w.cfg.MinPart], data[w.cfg.MinPart:]} {
		p, err := w.s.UploadPart(w.ctx(), &UploadPart{Bucket: b, Key: "k", Upload: u.ID, Number: n + 1, Body: body([]byte(piece))})
		w.must(err)
		parts = append(parts, Part{Number: n + 1, ETag: p.ETag})
	}
	_, err = w.s.CompleteUpload(w.ctx(), &CompleteUpload{Bucket: b, Key: "k", Upload: u.ID, Parts: parts, Size: -1, Sum: checksum.Sum{}})
	w.must(err)
	_, err = w.s.SetEncryption(w.ctx(), &VersionRef{Bucket: b, Key: "k"}, ways()["named"])
	w.must(err)
	if got := w.read(b, "k", ""); got != data {
		t.Errorf("reads %d bytes, want %d", len(got), len(data))
	}
}

func TestEncryptionIsNotChanged(t *testing.T) {
	w, _ := sealedWorld(t)
	b := w.bucket("alpha")
	named := ways()["named"]
	change := func(b *Bucket, k ident.ObjectKey, v ident.VersionID, e *Encryption) error {
		_, err := w.s.SetEncryption(w.ctx(), &VersionRef{Bucket: b, Key: k, Version: v}, e)
		return err
	}
	w.wantCode(change(b, "none", "", named), "NoSuchKey")
	w.put(b, "plain", "x")
	w.wantCode(change(b, "plain", "", named), "InvalidRequest")
	for name, e := range ways() {
		_, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: ident.ObjectKey(name), Body: body([]byte("x")), Encrypt: e})
		w.must(err)
	}
	w.wantCode(change(b, "customer", "", named), "InvalidRequest")
	w.wantCode(change(b, "server", "", &Encryption{Method: ByNamedKey, KeyName: "unknown"}), "KMS.NotFoundException")

	lock, err := w.s.CreateBucket(w.ctx(), CreateBucket{Name: "locked", Region: contractRegion, Contract: testContract, Lock: true})
	w.must(err)
	for name, l := range map[ident.ObjectKey]Lock{"hold": {LegalHold: true}, "kept": {Mode: Governance, Until: w.clock.Now().Add(time.Hour)}} {
		_, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: lock, Key: name, Body: body([]byte("x")), Encrypt: ways()["server"], Lock: l})
		w.must(err)
		w.wantCode(change(lock, name, "", named), "AccessDenied")
	}
	w.clock.add(2 * time.Hour)
	w.must(change(lock, "kept", "", named))
	d := w.delete(lock, "kept", "")
	w.wantCode(change(lock, "kept", d.Version, named), "MethodNotAllowed")
}
