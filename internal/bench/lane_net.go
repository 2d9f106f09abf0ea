package bench

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"sync"
	"time"
)

// netLane drives each connection by a goroutine of its own: for https, and where there is no epoll.
type netLane struct {
	conns []*netConn
}

type netConn struct {
	driver
	exchange
	conn net.Conn // nil: not connected
	used bool     // an answer came over conn
	mine tally
}

func newNetLane(t *target, connections int, seed uint64) *netLane {
	l := &netLane{}
	for i := range connections {
		c := &netConn{driver: newDriver(t, seed+uint64(i)<<32)}
		c.answer.buf = make([]byte, answerBuffer)
		l.conns = append(l.conns, c)
	}
	return l
}

func (l *netLane) turn(t *turn) {
	var all sync.WaitGroup
	var together sync.Mutex
	for _, c := range l.conns {
		all.Go(func() {
			mine := *t
			mine.tally = &c.mine
			c.turn(&mine)
			together.Lock()
			defer together.Unlock()
			t.tally.merge(&c.mine)
			c.mine = tally{}
		})
	}
	all.Wait()
}

func (l *netLane) close() {
	for _, c := range l.conns {
		c.disconnect()
	}
}

func (c *netConn) turn(t *turn) {
	now := time.Now()
	for first := true; first || now.Before(t.until); first = false {
		if !c.begin(&c.exchange, t, now) {
			return
		}
		err := c.do(t)
		if err != nil && c.used && !c.answer.begun() { // the server had closed an idle connection
			c.disconnect()
			c.write(&c.exchange)
			err = c.do(t)
		}
		now = time.Now()
		if err != nil {
			c.disconnect()
			c.broken(&c.exchange, t, err.Error())
			continue
		}
		c.end(&c.exchange, t, now)
		if c.used = true; c.answer.ending {
			c.disconnect()
		}
	}
}

func (c *netConn) disconnect() {
	if c.conn != nil {
		_ = c.conn.Close()
	}
	c.conn, c.used = nil, false
}

func (c *netConn) connect() (err error) {
	d := net.Dialer{Timeout: 10 * time.Second}
	if c.t.tls == nil {
		c.conn, err = d.Dial("tcp", c.t.addr)
	} else {
		c.conn, err = (&tls.Dialer{NetDialer: &d, Config: c.t.tls}).DialContext(context.Background(), "tcp", c.t.addr)
	}
	if err != nil {
		c.conn = nil
	}
	return err
}

// do sends the request and reads the answer.
func (c *netConn) do(t *turn) error {
	for i := 1; c.conn == nil; i++ {
		if err := c.connect(); err != nil && i == tries {
			return err
		}
	}
	_ = c.conn.SetDeadline(time.Now().Add(t.timeout))
	// A server may answer before it read all of a body: a failed write is told by the answer, if there is one.
	segments := net.Buffers(c.unsent)
	_, sent := segments.WriteTo(c.conn)
	for {
		n, err := c.conn.Read(c.answer.space())
		done, bad := c.answer.take(n)
		switch {
		case done || err == io.EOF && c.answer.closed():
			c.answer.ending = c.answer.ending || sent != nil
			return nil
		case bad != nil:
			return bad
		case err != nil && sent != nil:
			return sent
		case err != nil:
			return err
		}
	}
}
