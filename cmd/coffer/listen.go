package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"coffer/internal/errs"
	"coffer/internal/s3api"
)

const (
	// maxHeaderBytes bounds a request's head: S3's documented 8 KB and room for long names and presigned queries.
	maxHeaderBytes = 32 << 10
	// headTimeout bounds the time a client may take to send a head, and an idle connection to be kept.
	headTimeout, idleTimeout = 15 * time.Second, 2 * time.Minute
)

// listen opens a TCP listener; a busy address is named with the flag that changes it.
func listen(ctx context.Context, addr, flag string, max int) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, errs.New(errs.Conflict, "", fmt.Sprintf("the address %s is in use by another program: choose another one with --%s", addr, flag))
	case errors.Is(err, syscall.EACCES):
		return nil, errs.New(errs.Denied, "", fmt.Sprintf("no permission to listen on %s: choose a port above 1023 with --%s", addr, flag))
	case err != nil:
		return nil, errs.New(errs.Invalid, "", fmt.Sprintf("cannot listen on %s (--%s): %v", addr, flag, err))
	}
	return &limited{Listener: l, slots: make(chan struct{}, max)}, nil
}

// limited accepts at most cap(slots) connections at once; more wait in the kernel's queue.
type limited struct {
	net.Listener
	slots chan struct{}
	kept  sync.Pool // *[]byte of maxKept capacity, for connections that hold what they write
}

func (l *limited) Accept() (net.Conn, error) {
	l.slots <- struct{}{}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &slotted{Conn: c, l: l, free: sync.OnceFunc(func() { <-l.slots })}, nil
}

// slotted is one of the connections accepted. It is a s3api.Gathering.
type slotted struct {
	net.Conn
	l    *limited
	free func()
	kept *[]byte // nil: nothing is held
}

// maxKept bounds what is kept between Hold and Release, in bytes; what is above goes out at once.
const maxKept = 24 << 10

func (c *slotted) Hold() {
	if c.kept != nil {
		return
	}
	if b, ok := c.l.kept.Get().(*[]byte); ok {
		c.kept = b
		return
	}
	b := make([]byte, 0, maxKept)
	c.kept = &b
}

func (c *slotted) Release() error {
	if c.kept == nil {
		return nil
	}
	err := c.send()
	c.l.kept.Put(c.kept)
	c.kept = nil
	return err
}

// send writes what was kept.
func (c *slotted) send() error {
	if c.kept == nil || len(*c.kept) == 0 {
		return nil
	}
	_, err := c.Conn.Write(*c.kept)
	*c.kept = (*c.kept)[:0]
	return err
}

func (c *slotted) Write(p []byte) (int, error) {
	if c.kept != nil && len(*c.kept)+len(p) <= maxKept {
		*c.kept = append(*c.kept, p...)
		return len(p), nil
	}
	if err := c.send(); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

func (c *slotted) Close() error {
	defer c.free()
	return c.Conn.Close()
}

// ReadFrom lets the answer's writer use the kernel's copy where it can.
func (c *slotted) ReadFrom(r io.Reader) (int64, error) {
	if err := c.send(); err != nil {
		return 0, err
	}
	if rf, ok := c.Conn.(interface {
		ReadFrom(io.Reader) (int64, error)
	}); ok {
		return rf.ReadFrom(r)
	}
	return io.Copy(struct{ io.Writer }{c.Conn}, r)
}

// server is one listener with its handler.
type server struct {
	http *http.Server
	l    net.Listener
}

func newServer(l net.Listener, h http.Handler, certs *tls.Config, log *slog.Logger) *server {
	s := &server{l: l, http: &http.Server{
		Handler: h, MaxHeaderBytes: maxHeaderBytes, ReadHeaderTimeout: headTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug), TLSConfig: certs, ConnContext: s3api.ConnContext,
	}}
	return s
}

// serve runs until the server is shut down.
func (s *server) serve() error {
	var err error
	if s.http.TLSConfig != nil {
		err = s.http.ServeTLS(s.l, "", "")
	} else {
		err = s.http.Serve(s.l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// drain lets requests under way finish until ctx ends, then cuts them off.
func (s *server) drain(ctx context.Context) {
	if s.http.Shutdown(ctx) != nil {
		s.http.Close()
	}
}

func port(l net.Listener) int {
	if a, ok := l.Addr().(*net.TCPAddr); ok {
		return a.Port
	}
	return 0
}
