package object

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"sort"
	"strconv"
	"sync"
	"testing"
	"time"

	"coffer/internal/blob"
	"coffer/internal/engine/pebble"
	"coffer/internal/errs"
	"coffer/internal/fault"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// A world is a service over rows in memory, blobs in a map and a plan of failures.
type world struct {
	t     testing.TB
	rows  meta.Store
	blobs *memBlobs
	plan  *fault.Plan
	clock *clock
	rand  *rand.Rand
	cfg   Config
	s     *Service
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// lockedRand is a source of ids for several goroutines.
type lockedRand struct {
	mu sync.Mutex
	r  *rand.Rand
}

func (l *lockedRand) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(p)
}

const testSeed = 7

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, rows: pebble.OpenMem(), blobs: newMemBlobs(), plan: &fault.Plan{},
		clock: &clock{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}, rand: rand.New(rand.NewSource(testSeed))}
	t.Cleanup(func() {
		if err := w.rows.Close(); err != nil {
			t.Error(err)
		}
	})
	w.cfg = Config{Rand: &lockedRand{r: w.rand}, Clock: w.clock.Now, MinPart: 10, UserBuckets: 3, ContractBuckets: 5}
	w.restart()
	return w
}

// restart begins a new run over what is stored, as after a crash.
func (w *world) restart() {
	w.t.Helper()
	w.plan.FailAt(0, fault.Refuse)
	w.blobs.session++
	w.cfg.Meta, w.cfg.Blobs = fault.Meta(w.rows, w.plan), fault.Blob(w.blobs, w.plan)
	w.cfg.Names.Store = nil
	s, err := New(w.cfg)
	w.must(err)
	w.s = s
	w.must(s.Recover(w.ctx()))
}

// settle does what the jobs do.
func (w *world) settle() {
	w.t.Helper()
	w.must(w.s.Sweep(w.ctx()))
	w.must(w.s.Collect(w.ctx()))
}

func (w *world) ctx() context.Context { return context.Background() }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// wantCode fails unless err has the code.
func (w *world) wantCode(err error, code errs.Code) {
	w.t.Helper()
	if errs.CodeOf(err) != code {
		w.t.Fatalf("got %v, want %s", err, code)
	}
}

const (
	testContract ident.ContractID = 31000000
	testUser     ident.UserID     = "11111111-1111-4111-8111-111111111111"
	otherUser    ident.UserID     = "22222222-2222-4222-8222-222222222222"
)

var (
	contractRegion = ident.Region{Name: "local-1", Ownership: ident.ContractOwned}
	userRegion     = ident.Region{Name: "local-2", Ownership: ident.UserOwned}
)

func (w *world) bucket(name ident.BucketName) *Bucket {
	w.t.Helper()
	b, err := w.s.CreateBucket(w.ctx(), CreateBucket{Name: name, Region: contractRegion, Contract: testContract, User: testUser, OwnerName: "Ada"})
	w.must(err)
	return b
}

func (w *world) versioned(name ident.BucketName, v Versioning) *Bucket {
	w.t.Helper()
	b, err := w.s.SetVersioning(w.ctx(), w.bucket(name), v)
	w.must(err)
	return b
}

func body(data []byte) Body { return Body{Reader: bytes.NewReader(data), Size: int64(len(data))} }

func (w *world) put(b *Bucket, k ident.ObjectKey, data string) *Object {
	w.t.Helper()
	o, err := w.s.PutObject(w.ctx(), &PutObject{Bucket: b, Key: k, Body: body([]byte(data))})
	w.must(err)
	return o
}

// read gives a version's content.
func (w *world) read(b *Bucket, k ident.ObjectKey, v ident.VersionID) string {
	w.t.Helper()
	data, err := w.tryRead(&Get{Bucket: b, Key: k, Version: v})
	w.must(err)
	return data
}

func (w *world) tryRead(in *Get) (string, error) {
	c, err := w.s.GetObject(w.ctx(), in)
	if err != nil {
		return "", err
	}
	defer c.Close()
	var out bytes.Buffer
	if _, err := c.WriteTo(&out); err != nil {
		return "", err
	}
	if int64(out.Len()) != c.Length {
		return "", fmt.Errorf("%d bytes came, %d were announced", out.Len(), c.Length)
	}
	return out.String(), nil
}

func (w *world) delete(b *Bucket, k ident.ObjectKey, v ident.VersionID) Deleted {
	w.t.Helper()
	d, err := w.s.DeleteObject(w.ctx(), &DeleteObject{Bucket: b, Key: k, Version: v})
	w.must(err)
	return d
}

// keys lists every key and prefix by pages of max.
func (w *world) keys(b *Bucket, prefix, delimiter string, max int) []string {
	w.t.Helper()
	var all []string
	after := ""
	for range 10000 {
		page, err := w.s.List(w.ctx(), &List{Bucket: b, Prefix: prefix, Delimiter: delimiter, After: after, Max: max}, func(e *Entry) error {
			if e.Prefix != "" {
				all = append(all, "prefix "+string([]byte(e.Prefix)))
			} else {
				all = append(all, string([]byte(e.Key)))
			}
			return nil
		})
		w.must(err)
		if !page.Truncated {
			return all
		}
		after = page.Last
	}
	w.t.Fatal("the listing does not end")
	return nil
}

// count reads a counter of a bucket.
func (w *world) count(b *Bucket, c meta.Counter) int64 {
	w.t.Helper()
	var n int64
	w.must(w.rows.View(w.ctx(), b.partition(), func(r meta.Reader) (err error) {
		n, err = r.Count(c)
		return err
	}))
	return n
}

// rowsOf counts the rows of a kind.
func (w *world) rowsOf(b *Bucket, k meta.Kind) int {
	w.t.Helper()
	n := 0
	w.must(w.rows.View(w.ctx(), b.partition(), func(r meta.Reader) error {
		return scanAll(r, k, nil, nil, func(_, _, _ []byte) error { n++; return nil })
	}))
	return n
}

func md5Hex(data string) string {
	sum := md5.Sum([]byte(data))
	return hex.EncodeToString(sum[:])
}

// pattern is content that differs from place to place.
func pattern(n int, seed byte) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7+i>>8*13) + seed
	}
	return string(b)
}

// memBlobs is a blob.Store in a map, with every rule of the contract that object relies on.
type memBlobs struct {
	mu      sync.Mutex
	session uint64
	next    int
	blobs   map[blob.Ref]memBlob
	open    int // readers and writers not closed
}

type memBlob struct {
	owner   blob.Owner
	session uint64
	data    []byte
}

func newMemBlobs() *memBlobs { return &memBlobs{blobs: make(map[blob.Ref]memBlob)} }

func (m *memBlobs) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.blobs)
}

func (m *memBlobs) opened() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.open
}

func (m *memBlobs) Create(_ context.Context, o blob.Owner, size int64) (blob.Writer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open++
	return &memWriter{m: m, owner: o, size: size}, nil
}

type memWriter struct {
	m     *memBlobs
	owner blob.Owner
	size  int64
	data  []byte
	done  bool
}

func (w *memWriter) Write(p []byte) (int, error) {
	w.data = append(w.data, p...)
	return len(p), nil
}

func (w *memWriter) end() {
	if !w.done {
		w.done = true
		w.m.open--
	}
}

func (w *memWriter) Commit() (blob.Ref, error) {
	w.m.mu.Lock()
	defer w.m.mu.Unlock()
	w.end()
	if w.size >= 0 && int64(len(w.data)) != w.size {
		return "", errs.New(errs.Invalid, "", "another size than promised")
	}
	w.m.next++
	ref := blob.Ref(fmt.Sprintf("%d-%d", w.m.session, w.m.next))
	w.m.blobs[ref] = memBlob{w.owner, w.m.session, w.data}
	return ref, nil
}

func (w *memWriter) Abort() {
	w.m.mu.Lock()
	defer w.m.mu.Unlock()
	w.end()
}

func (m *memBlobs) Open(_ context.Context, r blob.Ref) (blob.Reader, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.blobs[r]
	if !ok {
		return nil, errs.New(errs.NotFound, "", "no such blob")
	}
	m.open++
	return &memReader{m: m, data: b.data}, nil
}

type memReader struct {
	m    *memBlobs
	data []byte
}

func (r *memReader) ReadAt(_ context.Context, p []byte, off int64) error {
	if off < 0 || off+int64(len(p)) > int64(len(r.data)) {
		return errs.New(errs.Invalid, "", "outside")
	}
	copy(p, r.data[off:])
	return nil
}

func (r *memReader) Size() int64 { return int64(len(r.data)) }
func (r *memReader) Close() error {
	r.m.mu.Lock()
	defer r.m.mu.Unlock()
	r.m.open--
	return nil
}

func (m *memBlobs) Delete(_ context.Context, refs []blob.Ref) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range refs {
		delete(m.blobs, r)
	}
	return nil
}

func (m *memBlobs) Session() uint64 { return m.session }

func (m *memBlobs) List(_ context.Context, first, last uint64, cursor string, max int) ([]blob.Info, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var refs []string
	for r, b := range m.blobs {
		if b.session >= first && b.session <= last && string(r) > cursor {
			refs = append(refs, string(r))
		}
	}
	sort.Strings(refs)
	next := ""
	if len(refs) > max {
		refs = refs[:max]
		next = refs[max-1]
	}
	var list []blob.Info
	for _, r := range refs {
		b := m.blobs[blob.Ref(r)]
		list = append(list, blob.Info{Ref: blob.Ref(r), Owner: b.owner, Session: b.session, Size: int64(len(b.data))})
	}
	return list, next, nil
}

func (m *memBlobs) Limits() blob.Limits { return blob.Limits{MaxBytes: 1 << 40, ReadBytes: 64 << 10} }
func (m *memBlobs) Close() error        { return nil }

// slowReader gives a few bytes at a time.
type slowReader struct {
	r io.Reader
	n int
}

func (s slowReader) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), s.n)]) }

var errReader = errors.New("the connection broke")

// brokenReader ends with an error.
func brokenReader(data string, err error) io.Reader {
	return io.MultiReader(bytes.NewReader([]byte(data)), readerFunc(func([]byte) (int, error) { return 0, err }))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func itoa(n int) string { return strconv.Itoa(n) }
