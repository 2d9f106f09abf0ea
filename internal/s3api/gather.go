package s3api

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
)

// Gathering is what a connection may offer to spare system calls: between Hold and Release it keeps what is written, and Release
// sends it at once. net/http alone sends a head and a body of 4 KiB in two writes, which cost more than all the rest of such an
// answer. It is used by the goroutine that serves the connection alone.
type Gathering interface {
	Hold()
	// Release sends what was kept, and later writes go out as they come. Without Hold before it does nothing.
	Release() error
}

// maxGathered is the longest body, in bytes, that is sent in one write together with its head.
const maxGathered = 16 << 10

type gatheringKey struct{}

// ConnContext is the http.Server's ConnContext that makes a connection which is a Gathering known to the handler, TLS or not.
func ConnContext(ctx context.Context, conn net.Conn) context.Context {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	if g, ok := conn.(Gathering); ok {
		return context.WithValue(ctx, gatheringKey{}, g)
	}
	return ctx
}

// whole runs send, which answers with a body of the given length, and lets its writes leave together where that saves any.
func (c *call) whole(length int64, send func() error) error {
	g, ok := c.ctx().Value(gatheringKey{}).(Gathering)
	if !ok || length > maxGathered {
		return send()
	}
	g.Hold()
	err := send()
	if f, ok := c.w.(http.Flusher); ok && err == nil {
		f.Flush()
	}
	if rerr := g.Release(); err == nil {
		err = rerr
	}
	return err
}
