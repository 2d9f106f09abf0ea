package s3api

import (
	"bytes"
	"net/http"
	"runtime/debug"
	"time"

	"coffer/internal/errs"
	"coffer/internal/s3xml"
)

// patiently runs an operation that may take longer than clients wait for a first byte. If it does, the answer begins with status 200
// and blanks in front of the document, as S3 does; an error then comes as the document. headers and build run after success.
func (c *call) patiently(run func() error, headers func(), build func(x *s3xml.Writer)) error {
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				c.s.Log.Error("s3api: panic", "request", c.reqID, "panic", p, "stack", string(debug.Stack()))
				done <- errs.New(errs.Internal, "", "")
			}
		}()
		done <- run()
	}()
	tick := time.NewTimer(c.s.Patience)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return c.finish(err, headers, build)
		case <-tick.C:
			c.blank()
			tick.Reset(c.s.Patience)
		}
	}
}

// blank sends white space that keeps the connection alive.
func (c *call) blank() {
	text := " "
	if !c.wrote {
		c.set("Content-Type", "application/xml")
		c.head(http.StatusOK, -1)
		text = s3xml.Header
	}
	_, _ = c.Write([]byte(text)) // who is gone is noticed when the operation ends
	if f, ok := c.w.(http.Flusher); ok {
		f.Flush()
	}
}

func (c *call) finish(err error, headers func(), build func(x *s3xml.Writer)) error {
	whole := func(x *s3xml.Writer) error { build(x); return nil }
	if !c.wrote {
		if err != nil {
			return err
		}
		headers()
		return c.document(whole)
	}
	buf := c.s.buffer()
	defer c.s.giveBack(buf)
	x := s3xml.Writer{B: (*buf)[:0]}
	if err != nil {
		a := c.s.answers.of(err)
		c.code = a.code
		c.report(a, err)
		c.errorElement(&x, a, err)
	} else {
		build(&x)
	}
	*buf = x.B
	if _, err := c.Write(bytes.TrimPrefix(x.B, []byte(s3xml.Header))); err != nil {
		c.abort = true
	}
	return nil
}
