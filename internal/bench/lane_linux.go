package bench

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// epollLane drives all its connections by one epoll loop on raw sockets: a small request is one write, its answer one read, and the body of a
// large answer is dropped in the kernel.
type epollLane struct {
	driver
	conns  []*rawConn
	epoll  int
	to     unix.Sockaddr
	family int
	events []unix.EpollEvent
	unseen []byte // never touched: the kernel drops what would go there
	active int
}

type rawConn struct {
	exchange
	fd      int // -1: not connected
	at      int32
	busy    bool
	writing bool // waiting for room to write
	used    bool // an answer came over fd
}

func newLane(t *target, connections int, seed uint64) (lane, error) {
	if t.tls != nil {
		return newNetLane(t, connections, seed), nil
	}
	host, port, err := net.SplitHostPort(t.addr)
	if err != nil {
		return nil, invalid("endpoint %s: %v", t.Name, err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	ip := net.ParseIP(host)
	if err != nil || ip == nil {
		return nil, invalid("endpoint %s: no address and port in %s", t.Name, t.addr)
	}
	l := &epollLane{driver: newDriver(t, seed), events: make([]unix.EpollEvent, 256), unseen: make([]byte, 1<<20)}
	if v4 := ip.To4(); v4 != nil {
		l.family, l.to = unix.AF_INET, &unix.SockaddrInet4{Port: int(number), Addr: [4]byte(v4)}
	} else {
		l.family, l.to = unix.AF_INET6, &unix.SockaddrInet6{Port: int(number), Addr: [16]byte(ip.To16())}
	}
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	for i := range connections {
		c := &rawConn{fd: -1, at: int32(i)}
		c.answer.buf = make([]byte, answerBuffer)
		l.conns = append(l.conns, c)
	}
	return l, nil
}

func (l *epollLane) close() {
	for _, c := range l.conns {
		l.disconnect(c)
	}
	_ = unix.Close(l.epoll)
}

func (l *epollLane) disconnect(c *rawConn) {
	if c.fd >= 0 {
		_ = unix.Close(c.fd)
	}
	c.fd, c.used, c.writing = -1, false, false
}

func (l *epollLane) connect(c *rawConn) error {
	fd, err := unix.Socket(l.family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err = unix.Connect(fd, l.to); err == nil {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		err = unix.SetNonblock(fd, true)
	}
	if err == nil {
		err = unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: c.at})
	}
	if err != nil {
		_ = unix.Close(fd)
		return err
	}
	c.fd = fd
	return nil
}

func (l *epollLane) turn(t *turn) {
	for _, c := range l.conns {
		l.next(c, t, time.Now(), true)
	}
	end := t.until
	if now := time.Now(); end.Before(now) {
		end = now
	}
	end = end.Add(t.timeout)
	for l.active > 0 {
		n, err := unix.EpollWait(l.epoll, l.events, 500)
		if err != nil && err != unix.EINTR {
			l.giveUp(t, "epoll: "+err.Error())
			return
		}
		for _, e := range l.events[:max(n, 0)] {
			l.ready(l.conns[e.Fd], e.Events, t)
		}
		if n <= 0 && time.Now().After(end) {
			l.giveUp(t, "no answer in time")
		}
	}
}

func (l *epollLane) giveUp(t *turn, why string) {
	for _, c := range l.conns {
		if c.busy {
			l.broken(&c.exchange, t, why)
			l.disconnect(c)
			c.busy = false
		}
	}
	l.active = 0
}

// next starts a request on an idle connection, if the turn has one left.
func (l *epollLane) next(c *rawConn, t *turn, now time.Time, must bool) {
	for must || now.Before(t.until) {
		must = false
		if !l.begin(&c.exchange, t, now) {
			return
		}
		c.busy = true
		l.active++
		if err := l.send(c); err == nil {
			return
		} else {
			l.lost(c, t, err)
		}
		if c.busy {
			return
		}
		now = time.Now()
	}
}

// send connects if need be and writes what can be written.
func (l *epollLane) send(c *rawConn) error {
	for i := 1; c.fd < 0; i++ {
		if err := l.connect(c); err != nil && i == tries {
			return err
		}
	}
	return l.flush(c)
}

// flush writes what the socket takes.
func (l *epollLane) flush(c *rawConn) error {
	for len(c.unsent) > 0 {
		var n int
		var err error
		if len(c.unsent) == 1 {
			n, err = unix.Write(c.fd, c.unsent[0])
		} else {
			n, err = unix.Writev(c.fd, c.unsent[:min(len(c.unsent), 256)])
		}
		switch err {
		case nil:
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			return l.watch(c, true)
		default:
			return err
		}
		for n > 0 && n >= len(c.unsent[0]) {
			n -= len(c.unsent[0])
			c.unsent = c.unsent[1:]
		}
		if n > 0 {
			c.unsent[0] = c.unsent[0][n:]
		}
	}
	return l.watch(c, false)
}

func (l *epollLane) watch(c *rawConn, writing bool) error {
	if c.writing == writing {
		return nil
	}
	c.writing = writing
	e := unix.EpollEvent{Events: unix.EPOLLIN, Fd: c.at}
	if writing {
		e.Events |= unix.EPOLLOUT
	}
	return unix.EpollCtl(l.epoll, unix.EPOLL_CTL_MOD, c.fd, &e)
}

// ready does what a connection is ready for.
func (l *epollLane) ready(c *rawConn, events uint32, t *turn) {
	if !c.busy { // an idle connection is readable only when the server closed it
		l.disconnect(c)
		return
	}
	var failed error
	if events&unix.EPOLLOUT != 0 {
		failed = l.flush(c)
	}
	done := false
	if events&(unix.EPOLLIN|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		var err error
		if done, err = l.read(c); err != nil {
			failed = err
		}
	}
	if done {
		l.done(c, t)
	} else if failed != nil {
		l.lost(c, t, failed)
		if !c.busy {
			l.next(c, t, time.Now(), false)
		}
	}
}

func (l *epollLane) done(c *rawConn, t *turn) {
	now := time.Now()
	l.end(&c.exchange, t, now)
	c.busy, c.used = false, true
	l.active--
	if c.answer.ending || len(c.unsent) > 0 { // the second: answered before it read all of the request
		l.disconnect(c)
	}
	l.next(c, t, now, false)
}

// lost ends a request whose connection broke, or sends it again if the server had closed an idle connection.
func (l *epollLane) lost(c *rawConn, t *turn, err error) {
	again := c.used && !c.answer.begun()
	l.disconnect(c)
	if again {
		l.write(&c.exchange)
		if err = l.send(c); err == nil {
			return
		}
		l.disconnect(c)
	}
	l.broken(&c.exchange, t, err.Error())
	c.busy = false
	l.active--
}

// read takes what there is; done when the answer is complete.
func (l *epollLane) read(c *rawConn) (done bool, err error) {
	for {
		if want := c.answer.droppable(); want > 0 {
			want = min(want, int64(len(l.unseen)))
			n, _, err := unix.Recvfrom(c.fd, l.unseen[:want], unix.MSG_TRUNC|unix.MSG_DONTWAIT)
			switch {
			case err == unix.EAGAIN:
				return false, nil
			case err == unix.EINTR:
				continue
			case err != nil || n == 0:
				return false, fmt.Errorf("connection ended in the body: %v", err)
			case c.answer.dropped(int64(n)):
				return true, nil
			}
			continue
		}
		space := c.answer.space()
		n, err := unix.Read(c.fd, space)
		switch {
		case err == unix.EAGAIN:
			return false, nil
		case err == unix.EINTR:
			continue
		case err != nil:
			return false, err
		case n == 0 && c.answer.closed():
			c.answer.ending = true
			return true, nil
		case n == 0:
			return false, fmt.Errorf("connection ended before the answer did")
		}
		if done, err = c.answer.take(n); done || err != nil {
			return done, err
		}
		if n < len(space) {
			return false, nil
		}
	}
}

// ownCPU is the processor time that this program used.
func ownCPU() (seconds float64) {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}
