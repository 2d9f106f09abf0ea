package object

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/quota"
)

// limit sets a quota of the contract, a user or a bucket.
func (w *world) limit(s quota.Subject, l quota.Limit) {
	w.t.Helper()
	w.must(w.s.Quotas().SetLimits(w.ctx(), testContract, map[quota.Subject]quota.Limit{s: l}))
}

func (w *world) tryPut(b *Bucket, k ident.ObjectKey, data string) error {
	_, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: k, Body: body([]byte(data))})
	return err
}

// used fails unless the ledger and the counters say that the contract holds so much, with nothing left reserved.
func (w *world) used(objects, bytes int64) {
	w.t.Helper()
	want := quota.Amount{Objects: objects, Bytes: bytes}
	if got, err := w.s.Quotas().Used(w.ctx(), testContract, quota.Subject{}); err != nil || got != want {
		w.t.Fatalf("the ledger says %+v, %v; want %+v", got, err, want)
	}
	var held quota.Amount
	w.must(w.s.EachBucket(w.ctx(), testContract, func(b *Bucket) error {
		h, err := w.s.Held(w.ctx(), b)
		held.Objects += h.Versions
		held.Bytes += h.Bytes + h.PartBytes
		return err
	}))
	if held != want {
		w.t.Fatalf("the rows hold %+v; want %+v", held, want)
	}
}

// TestWritersRaceForTheLastBytes: puts, copies and parts of many writers together get exactly what the quota of the contract has room for.
func TestWritersRaceForTheLastBytes(t *testing.T) {
	w := newWorld(t)
	alpha, bravo := w.bucket("alpha"), w.versioned("bravo", Enabled)
	w.put(alpha, "source", pattern(1000, 1))
	up := w.upload(alpha, "big")
	w.limit(quota.Subject{}, quota.Limit{Bytes: 16000})
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			var err error
			switch key := ident.ObjectKey(fmt.Sprint("k", i)); i % 4 {
			case 0:
				err = w.tryPut(alpha, key, pattern(1000, byte(i)))
			case 1:
				in := &PutObject{Bucket: bravo, Key: "same", Body: Body{Reader: strings.NewReader(pattern(1000, byte(i))), Size: -1}}
				_, err = w.s.PutObject(w.ctx(), in)
			case 2:
				_, err = w.s.CopyObject(w.ctx(), &CopyObject{Source: Get{Bucket: alpha, Key: "source"}, Bucket: bravo, Key: key})
			case 3:
				_, err = w.s.UploadPart(w.ctx(), &UploadPart{Bucket: alpha, Key: "big", Upload: up.ID, Number: i, Body: body([]byte(pattern(1000, byte(i))))})
			}
			if err != nil && errs.CodeOf(err) != quota.Exceeded {
				t.Error(err)
			}
		})
	}
	all.Wait()
	got, err := w.s.Quotas().Used(w.ctx(), testContract, quota.Subject{})
	w.must(err)
	w.used(got.Objects, 16000)
}

// TestUploadsCount: parts count as they come, replaced ones by their difference, a completed upload as one object of their bytes, and
// what is aborted or not named is given back.
func TestUploadsCount(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	w.limit(quota.Subject{Bucket: b.ID}, quota.Limit{Objects: 1, Bytes: 60})
	up := w.upload(b, "k")
	parts := []Part{w.part(b, up, 1, strings.Repeat("a", 20)), w.part(b, up, 2, strings.Repeat("b", 20))}
	w.used(0, 40)
	parts[1] = w.part(b, up, 2, strings.Repeat("c", 10))
	w.part(b, up, 3, strings.Repeat("d", 30))
	w.used(0, 60)
	_, err := w.s.UploadPart(w.ctx(), &UploadPart{Bucket: b, Key: "k", Upload: up.ID, Number: 4, Body: body([]byte("e"))})
	w.wantCode(err, quota.Exceeded)
	_, err = w.complete(b, up, parts)
	w.must(err)
	w.used(1, 30)
	other := w.upload(b, "l")
	parts = []Part{w.part(b, other, 1, strings.Repeat("f", 20))}
	_, err = w.complete(b, other, parts)
	w.wantCode(err, quota.Exceeded) // the object, not its bytes
	w.used(1, 50)
	w.must(w.s.AbortUpload(w.ctx(), b, "l", other.ID))
	w.used(1, 30)
	w.settle()
	w.used(1, 30)
}

// TestFullBucketsCanBeChanged: what does not grow is written, also where the quota is below what is held, and what is deleted makes room.
func TestFullBucketsCanBeChanged(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	w.put(b, "k", pattern(9000, 1))
	w.put(b, "l", "12345")
	w.limit(quota.Subject{}, quota.Limit{Objects: 1, Bytes: 5})
	w.must(w.tryPut(b, "k", pattern(9000, 2)))
	w.must(w.tryPut(b, "l", "123"))
	w.wantCode(w.tryPut(b, "l", "1234"), quota.Exceeded)
	w.wantCode(w.tryPut(b, "m", ""), quota.Exceeded)
	w.used(2, 9003)
	w.delete(b, "k", "")
	w.must(w.tryPut(b, "l", "12345"))
	w.wantCode(w.tryPut(b, "l", "123456"), quota.Exceeded)
	w.delete(b, "l", "")
	w.used(0, 0)
	w.must(w.tryPut(b, "m", "12345"))
	w.used(1, 5)
}

// TestQuotasOfUsers: what a user's own buckets hold together counts, and a bucket that is deleted gives back what its uploads held.
func TestQuotasOfUsers(t *testing.T) {
	w := newWorld(t)
	make := func(n ident.BucketName, u ident.UserID) *Bucket {
		b, err := w.tryBucket(n, userRegion, testContract, u)
		w.must(err)
		return b
	}
	w.limit(quota.Subject{User: testUser}, quota.Limit{Bytes: 30})
	one, two, theirs := make("alpha", testUser), make("bravo", testUser), make("charlie", otherUser)
	w.must(w.tryPut(theirs, "k", pattern(100, 1)))
	w.part(one, w.upload(one, "u"), 1, strings.Repeat("a", 25))
	w.wantCode(w.tryPut(two, "k", "123456"), quota.Exceeded)
	w.used(1, 125)
	w.must(w.s.DeleteBucket(w.ctx(), one))
	w.used(1, 100)
	w.must(w.tryPut(two, "k", pattern(30, 1)))
	w.settle()
	w.used(2, 130)
}

// TestNothingOfARefusedBodyIsKept: a body of unknown length is refused where it passes the quota, and what was received goes.
func TestNothingOfARefusedBodyIsKept(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	w.limit(quota.Subject{}, quota.Limit{Bytes: 1 << 20})
	read := 0
	long := &counted{Reader: strings.NewReader(pattern(8<<20, 1)), n: &read}
	_, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: "k", Body: Body{Reader: long, Size: -1}})
	w.wantCode(err, quota.Exceeded)
	if read > 2<<20 {
		t.Errorf("%d bytes were read of a body that does not fit", read)
	}
	_, err = w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: "k", Body: Body{Reader: brokenOff{}, Size: 1 << 20}})
	if err == nil {
		t.Error("a body that breaks off was stored")
	}
	w.must(w.tryPut(b, "k", pattern(1<<20, 1)))
	w.used(1, 1<<20)
}

// TestQuotaAfterRestart: what is held is read again from the rows.
func TestQuotaAfterRestart(t *testing.T) {
	w := newWorld(t)
	b := w.bucket("alpha")
	w.limit(quota.Subject{}, quota.Limit{Bytes: 10})
	w.must(w.tryPut(b, "k", "12345"))
	w.restart()
	w.limit(quota.Subject{}, quota.Limit{Bytes: 10})
	w.wantCode(w.tryPut(b, "l", "123456"), quota.Exceeded)
	w.must(w.tryPut(b, "l", "12345"))
	w.used(2, 10)
}

type counted struct {
	io.Reader
	n *int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	*c.n += n
	return n, err
}

type brokenOff struct{}

func (brokenOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
