package bench

import (
	"bytes"
	"errors"
	"strconv"
)

// answer reads one HTTP/1.1 response after the other from the bytes that a connection gives.
type answer struct {
	buf      []byte
	from, to int // what is not read yet
	state    state
	bodyless bool  // the request was a HEAD
	left     int64 // of the body or chunk
	status   int
	length   int64 // bytes of body so far
	ending   bool  // the server closes the connection after this
	problem  []byte
}

type state uint8

const (
	inHead state = iota
	inBody
	inChunkSize
	inChunk
	inChunkEnd
	inTrailer
	untilClose
)

const (
	answerBuffer = 64 << 10 // bytes; a head must fit
	problemText  = 600      // bytes kept of an error's body
	dropFrom     = 16 << 10 // bytes: of a larger rest the kernel lets go
)

var errLarge = errors.New("the answer's head, or a line of it, is too large")

// expect gets ready for the answer to a request.
func (a *answer) expect(bodyless bool) {
	*a = answer{buf: a.buf, bodyless: bodyless, problem: a.problem[:0]}
}

// begun reports whether any byte of the answer came.
func (a *answer) begun() bool { return a.state != inHead || a.to > 0 }

// space is where the next bytes go. It is never empty.
func (a *answer) space() []byte { return a.buf[a.to:] }

// droppable is how many bytes may be taken from the connection unseen.
func (a *answer) droppable() int64 {
	if a.state == inBody && a.status < 300 && a.from == a.to && a.left > dropFrom {
		return a.left
	}
	return 0
}

// dropped counts bytes taken unseen, and reports whether the answer is complete.
func (a *answer) dropped(n int64) bool {
	a.length += n
	a.left -= n
	return a.left == 0
}

// closed is called when the connection ended, and reports whether that completes the answer.
func (a *answer) closed() bool { return a.state == untilClose }

// take reads n bytes that were put into space; done when the answer is complete.
func (a *answer) take(n int) (done bool, err error) {
	a.to += n
	for {
		b := a.buf[a.from:a.to]
		switch a.state {
		case inHead:
			end := bytes.Index(b, []byte("\r\n\r\n"))
			if end < 0 {
				return false, a.compact()
			}
			a.from += end + 4
			if done, err = a.parseHead(b[:end+2]); done || err != nil {
				return done, err
			}
		case inBody, inChunk, untilClose:
			if a.body(b) {
				return true, nil
			}
			if a.state != inChunkEnd {
				return false, nil
			}
		case inChunkEnd, inChunkSize, inTrailer:
			end := bytes.IndexByte(b, '\n')
			if end < 0 {
				return false, a.compact()
			}
			a.from += end + 1
			if done, err = a.line(bytes.TrimSuffix(b[:end], []byte("\r"))); done || err != nil {
				return done, err
			}
		}
	}
}

// compact makes room for more of what is not complete.
func (a *answer) compact() error {
	a.to = copy(a.buf, a.buf[a.from:a.to])
	a.from = 0
	if a.to == len(a.buf) {
		return errLarge
	}
	return nil
}

// body counts bytes of the body, and reports whether it is complete.
func (a *answer) body(b []byte) bool {
	if a.state != untilClose {
		b = b[:min(int64(len(b)), a.left)]
	}
	if a.status >= 300 && len(a.problem) < problemText {
		a.problem = append(a.problem, b[:min(len(b), problemText-len(a.problem))]...)
	}
	a.length += int64(len(b))
	a.left -= int64(len(b))
	if a.from += len(b); a.from == a.to {
		a.from, a.to = 0, 0
	}
	if a.left == 0 && a.state == inChunk {
		a.state = inChunkEnd
	}
	return a.left == 0 && a.state == inBody
}

// line reads a line of chunked framing.
func (a *answer) line(l []byte) (done bool, err error) {
	switch a.state {
	case inChunkEnd:
		a.state = inChunkSize
	case inTrailer:
		return len(l) == 0, nil
	case inChunkSize:
		digits, _, _ := bytes.Cut(l, []byte(";"))
		size, err := strconv.ParseInt(string(bytes.TrimSpace(digits)), 16, 64)
		if err != nil || size < 0 {
			return false, errors.New("the answer's chunk has no size")
		}
		a.left, a.state = size, inChunk
		if size == 0 {
			a.state = inTrailer
		}
	}
	return false, nil
}

// parseHead reads a complete head.
func (a *answer) parseHead(head []byte) (done bool, err error) {
	if len(head) < 12 || !bytes.HasPrefix(head, []byte("HTTP/1.")) {
		return false, errors.New("the answer is not HTTP/1.1")
	}
	status, err := strconv.Atoi(string(head[9:12]))
	if err != nil || status < 100 {
		return false, errors.New("the answer has no status")
	}
	if status < 200 {
		return false, nil // an interim answer: the head of the real one follows
	}
	a.status, a.state, a.left = status, untilClose, -1
	a.ending = head[7] == '0'
	for rest := head; len(rest) > 0; {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		a.header(line)
	}
	switch {
	case a.bodyless || status == 204 || status == 304:
		a.state, a.left = inBody, 0
	case a.state == untilClose && a.left >= 0:
		a.state = inBody
	case a.state == untilClose:
		a.ending = true
	}
	return a.state == inBody && a.left == 0, nil
}

// header looks for the few headers that matter.
func (a *answer) header(line []byte) {
	if len(line) == 0 || line[0]|0x20 != 'c' && line[0]|0x20 != 't' {
		return
	}
	name, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimSpace(value)
	switch {
	case bytes.EqualFold(name, []byte("content-length")):
		if n, err := strconv.ParseInt(string(value), 10, 64); err == nil && n >= 0 {
			a.left = n
		}
	case bytes.EqualFold(name, []byte("transfer-encoding")):
		if bytes.EqualFold(value, []byte("chunked")) {
			a.state = inChunkSize
		}
	case bytes.EqualFold(name, []byte("connection")):
		a.ending = a.ending || bytes.EqualFold(value, []byte("close"))
	}
}
