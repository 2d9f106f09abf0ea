package s3api

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"coffer/internal/ident"
)

// server is the handler. Everything in it is set once.
type server struct {
	Config
	hosts    hosts
	router   *router
	answers  answers
	hostID   string
	calls    sync.Pool // *call
	buffers  sync.Pool // *[]byte
	settings settingsCache
}

// New makes the handler of the S3 data plane. It is safe for concurrent use.
func New(c Config) http.Handler {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.RequestID == nil {
		c.RequestID = requestIDs()
	}
	if c.Patience == 0 {
		c.Patience = 10 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &server{Config: c, hosts: hosts{domains: c.Domains}, router: newRouter(operations()), answers: newAnswers()}
	sum := sha256.Sum256([]byte(c.RequestID() + "host"))
	s.settings.large = make(turns, 2)
	s.hostID = base64.StdEncoding.EncodeToString(sum[:])
	s.calls.New = func() any { return &call{} }
	s.buffers.New = func() any { b := make([]byte, 0, 8<<10); return &b }
	return s
}

// requestIDs gives ids of 16 hexadecimal digits: a bijection of a counter that starts anywhere, so that none comes twice.
func requestIDs() func() string {
	var seed [8]byte
	rand.Read(seed[:])
	var n atomic.Uint64
	n.Store(binary.LittleEndian.Uint64(seed[:]))
	return func() string {
		const hex = "0123456789ABCDEF"
		z := n.Add(0x9e3779b97f4a7c15)
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
		var b [16]byte
		for i := range b {
			b[i] = hex[z&15]
			z >>= 4
		}
		return string(b[:])
	}
}

// maxPooled is the largest buffer that goes back to the pool, in bytes. Larger ones are left to the collector.
const maxPooled = 1 << 20

func (s *server) buffer() *[]byte { return s.buffers.Get().(*[]byte) }

func (s *server) giveBack(b *[]byte) {
	if cap(*b) <= maxPooled {
		*b = (*b)[:0]
		s.buffers.Put(b)
	}
}

// ServeHTTP answers one request.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := s.calls.Get().(*call)
	c.begin(s, w, r)
	defer c.end()
	if err := c.serve(); err != nil {
		c.fail(err)
	}
}

// region returns the region of the given name, and whether it is one of ours.
func (s *server) region(name ident.RegionName) (ident.Region, bool) {
	for _, r := range s.Regions() {
		if r.Name == name {
			return r, true
		}
	}
	return ident.Region{}, false
}

// firstRegion is the default.
func (s *server) firstRegion() ident.Region {
	if all := s.Regions(); len(all) > 0 {
		return all[0]
	}
	return ident.Region{}
}

// userOwnedRegion returns the first region of user-owned buckets, or "".
func (s *server) userOwnedRegion() ident.RegionName {
	for _, r := range s.Regions() {
		if r.Ownership == ident.UserOwned {
			return r.Name
		}
	}
	return ""
}

func (s *server) trusted(a netip.Addr) bool {
	for _, p := range s.TrustedProxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// source returns where a request comes from: the TCP peer, or, where that is a trusted proxy, the last address of X-Forwarded-For
// that is none.
func (s *server) source(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	a := peer.Addr().Unmap()
	if len(s.TrustedProxies) == 0 || !s.trusted(a) {
		return a
	}
	hops := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		if a = hop.Unmap(); !s.trusted(a) {
			break
		}
	}
	return a
}
