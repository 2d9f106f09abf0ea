package file

import (
	"context"
	"encoding/binary"
	"fmt"

	"coffer/internal/blob"
	"coffer/internal/errs"
)

// tailBytes is what a record in a buffer needs behind its bytes: the largest table of a blob in a segment.
const tailBytes = packBytes / blockBytes * sumBytes

// writer implements blob.Writer. A blob that may still fit a segment is gathered in one buffer, which grows as bytes come; it
// takes its place at Commit, so that a slow sender holds nothing but its buffer. Any other blob flows to a file of its own.
type writer struct {
	s     *Store
	owner blob.Owner
	head  int   // room for the header at the front of buf; 0 once there is an out
	size  int64 // promised, or -1
	n     int64 // received
	buf   []byte
	fill  int      // bytes of buf in use
	out   *outFile // nil while the blob may fit a segment
	owed  int64    // of Store.promised, still to be paid back
	state writerState
	err   error // the first failure: all further calls fail with it
}

type writerState uint8

const (
	writing writerState = iota
	committed
	aborted
)

// Create implements blob.Store. No buffer and no room on the disk is taken before bytes come.
func (s *Store) Create(ctx context.Context, o blob.Owner, size int64) (blob.Writer, error) {
	w, err := s.create(ctx, o, size)
	if err != nil {
		return nil, errs.Wrap("file.Create", err)
	}
	return w, nil
}

func (s *Store) create(ctx context.Context, o blob.Owner, size int64) (*writer, error) {
	switch {
	case len(o.Partition) > maxPartition || len(o.Route) > maxRoute:
		return nil, errs.New(errs.Invalid, "", fmt.Sprintf("an owner of %d and %d bytes: at most %d and %d are possible",
			len(o.Partition), len(o.Route), maxPartition, maxRoute))
	case size < -1:
		return nil, errs.New(errs.Invalid, "", fmt.Sprintf("a blob of %d bytes: give -1 when the size is unknown", size))
	case size > maxBytes:
		return nil, errTooLarge(size)
	}
	if err := canceled(ctx); err != nil {
		return nil, err
	}
	if err := s.writable(); err != nil {
		return nil, err
	}
	defer s.leave()
	if err := s.room(max(size, 0)); err != nil {
		return nil, err
	}
	w := &writer{s: s, owner: o, size: size, head: headBytes(o), owed: max(size, 0)}
	s.promised.Add(w.owed)
	w.fill = w.head
	return w, nil
}

func errTooLarge(size int64) error {
	return errs.New(errs.Limit, "", fmt.Sprintf("a blob of %d bytes: at most %d are possible", size, int64(maxBytes)))
}

// Write implements blob.Writer. It waits for the disk only when the bytes before the last buffer are not written yet.
func (w *writer) Write(p []byte) (int, error) {
	if w.state != writing {
		return 0, errs.Wrap("file.Write", errs.New(errs.Invalid, "", "the writer has ended"))
	}
	done := 0
	if w.err == nil {
		w.err = w.accept(len(p))
	}
	for w.err == nil && done < len(p) {
		if w.fill == w.usable() {
			w.err = w.grow(len(p) - done)
			continue
		}
		n := copy(w.buf[w.fill:w.usable()], p[done:])
		w.fill += n
		w.n += int64(n)
		done += n
	}
	return done, errs.Wrap("file.Write", ioError(w.err))
}

// accept checks that n more bytes may come.
func (w *writer) accept(n int) error {
	if w.size >= 0 && w.n+int64(n) > w.size {
		return errs.New(errs.Invalid, "", fmt.Sprintf("%d bytes promised, at least %d given", w.size, w.n+int64(n)))
	}
	if w.n+int64(n) > maxBytes {
		return errTooLarge(w.n + int64(n))
	}
	return nil
}

// usable is how much of buf may be filled.
func (w *writer) usable() int {
	switch {
	case w.buf == nil:
		return w.fill
	case w.out == nil:
		return min(len(w.buf)-tailBytes, w.head+packBytes)
	}
	return chunk(len(w.buf))
}

// chunk is how much of a buffer of n bytes is written to a file at a time: whole blocks where it holds one.
func chunk(n int) int {
	if n < blockBytes {
		return n
	}
	return n / blockBytes * blockBytes
}

// grow makes room for more bytes, of which n are at hand.
func (w *writer) grow(n int) error {
	if err := w.s.writable(); err != nil {
		return err
	}
	defer w.s.leave()
	if w.out == nil && w.n+int64(n) <= packBytes && w.size <= packBytes {
		if b := w.s.pool.tryGet(w.gatherClass(n)); b != nil {
			if w.buf != nil {
				copy(b, w.buf[:w.fill])
				w.s.pool.put(w.buf)
			}
			w.buf = b
			return nil
		}
		// No memory to gather more: what there is goes to the disk.
	}
	if w.out == nil {
		return w.moveOut(n)
	}
	return w.flush(w.usable(), n)
}

// gatherClass is the class of a buffer to gather n more bytes in: with room for what was promised, as far as that is at most
// four times what came.
func (w *writer) gatherClass(n int) int {
	want := int64(n)
	if w.size >= 0 {
		want = max(want, min(4*(w.n+want), w.size)-w.n)
	}
	return classFor(w.fill + int(want) + tailBytes)
}

// moveOut begins a file of its own, for a blob too large for a segment or one that there is no memory to gather.
func (w *writer) moveOut(n int) error {
	out, err := w.s.newOutFile()
	if err != nil {
		return err
	}
	w.out = out
	if w.buf == nil {
		w.head, w.fill = 0, 0
		w.buf = w.s.pool.atMost(classFor(n))
		return nil
	}
	w.fill = copy(w.buf, w.buf[w.head:w.fill])
	w.head = 0
	return w.flush(min(chunk(len(w.buf)), w.fill/alignBytes*alignBytes), n)
}

// flush hands the first k bytes of buf to the disk and goes on in another buffer, of a size for what came so far and n more.
func (w *writer) flush(k, n int) error {
	if w.size < 0 {
		if err := w.s.room(int64(k)); err != nil {
			return err
		}
	}
	rest := w.fill - k
	next := w.s.pool.atMost(max(w.nextClass(), classFor(rest+min(n, 1))))
	copy(next, w.buf[k:w.fill])
	full := w.buf
	w.buf, w.fill = next, rest
	w.pay(int64(k))
	return w.out.write(full, k)
}

// pay takes back the promise of k bytes that are on their way to the disk.
func (w *writer) pay(k int64) {
	k = min(k, w.owed)
	w.owed -= k
	w.s.promised.Add(-k)
}

// nextClass is the class of the next buffer of a file: four times what came so far, within what is still to come.
func (w *writer) nextClass() int {
	want := min(4*w.n, int64(bufferSizes[largest]))
	if w.size >= 0 {
		want = min(want, w.size-w.n+alignBytes)
	}
	return classFor(int(want))
}

// Commit implements blob.Writer.
func (w *writer) Commit() (blob.Ref, error) {
	if w.state != writing {
		return "", errs.Wrap("file.Commit", errs.New(errs.Invalid, "", "the writer has ended"))
	}
	name, err := w.commit()
	if err != nil {
		w.err = err
		w.Abort()
		return "", errs.Wrap("file.Commit", ioError(err))
	}
	w.end(committed)
	return name, nil
}

func (w *writer) commit() (blob.Ref, error) {
	if w.err != nil {
		return "", w.err
	}
	if w.size >= 0 && w.n != w.size {
		return "", errs.New(errs.Invalid, "", fmt.Sprintf("%d bytes promised, only %d given", w.size, w.n))
	}
	if err := w.s.writable(); err != nil {
		return "", err
	}
	defer w.s.leave()
	if w.out != nil {
		return w.finishOut()
	}
	if w.buf == nil { // an empty blob
		w.buf = w.s.pool.tryGet(smallest)
	}
	return w.s.packer.pack(w.s.seal(w.buf, w.owner, w.n))
}

// finishOut writes what is left of the bytes, the table and the header, and gives the file its name.
func (w *writer) finishOut() (blob.Ref, error) {
	r := ref{place: w.out.place, serial: w.out.number, size: w.n}
	if err := w.out.settle(w.buf[:w.fill]); err != nil {
		return "", err
	}
	table := make([]byte, 0, alignBytes)
	for i, sum := range w.out.sums {
		table = binary.LittleEndian.AppendUint32(table, sum)
		if len(table) == cap(table) || i == len(w.out.sums)-1 {
			if err := w.emit(table); err != nil {
				return "", err
			}
			table = table[:0]
		}
	}
	end := make([]byte, r.length()-w.n-int64(len(w.out.sums))*sumBytes)
	header{place: r.place, serial: r.serial, size: r.size, owner: w.owner}.put(end[len(end)-alignBytes:])
	if err := w.emit(end); err != nil {
		return "", err
	}
	k := w.fill
	full := w.buf
	w.buf, w.fill = nil, 0
	if err := w.out.write(full, k); err != nil {
		return "", err
	}
	return r.encode(), w.out.publish()
}

// emit appends bytes that are no part of the blob.
func (w *writer) emit(p []byte) error {
	for len(p) > 0 {
		if w.fill == w.usable() {
			if err := w.flush(w.fill, len(p)); err != nil {
				return err
			}
		}
		n := copy(w.buf[w.fill:w.usable()], p)
		w.fill += n
		p = p[n:]
	}
	return nil
}

// Abort implements blob.Writer.
func (w *writer) Abort() {
	if w.state == writing {
		w.end(aborted)
	}
}

func (w *writer) end(state writerState) {
	w.state = state
	w.pay(w.owed)
	w.s.pool.put(w.buf)
	w.buf = nil
	if w.out != nil && state == aborted {
		w.out.discard()
	}
}
