package control

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"coffer/internal/errs"
)

// peer is where a request came from, as far as it may be believed.
type peer struct {
	source netip.Addr
	https  bool
}

// peerOf reads the TCP peer, and the forwarding headers where that peer is a trusted proxy: the source is the last address in
// X-Forwarded-For that is not itself a trusted proxy, since everything left of it may be invented.
func (s *server) peerOf(r *http.Request) peer {
	p := peer{https: s.cfg.TLS || r.TLS != nil}
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return p
	}
	p.source = ap.Addr().Unmap().WithZone("")
	if !s.trusted(p.source) {
		return p
	}
	if proto := r.Header.Get("X-Forwarded-Proto"); proto != "" {
		p.https = strings.EqualFold(proto, "https")
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		a, err := parseHop(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		p.source = a
		if !s.trusted(a) {
			break
		}
	}
	return p
}

func parseHop(s string) (netip.Addr, error) {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), nil
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap().WithZone(""), err
}

func (s *server) trusted(a netip.Addr) bool {
	for _, n := range s.cfg.TrustedProxies {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// host returns the request's host with its port, checked: it goes into links and headers.
func host(r *http.Request) (string, error) {
	h := r.Host
	ok := h != "" && len(h) <= 255
	for i := 0; ok && i < len(h); i++ {
		c := h[i]
		ok = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._:[]", c) >= 0
	}
	if !ok {
		return "", errs.New(errs.Invalid, "InvalidHost", "The Host header is missing or is no host name.")
	}
	return h, nil
}

func scheme(https bool) string {
	if https {
		return "https"
	}
	return "http"
}

// own returns where this listener is reached, without a trailing slash.
func (s *server) own(c *call) *url.URL {
	if s.ownURL != nil {
		return s.ownURL
	}
	return &url.URL{Scheme: scheme(c.peer.https), Host: c.host}
}

// s3 returns where S3 is reached, as the caller sees it.
func (s *server) s3(c *call) *url.URL {
	if s.s3URL != nil {
		return s.s3URL
	}
	name := c.host
	if h, _, err := net.SplitHostPort(name); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	return plainPort(&url.URL{Scheme: scheme(c.peer.https), Host: net.JoinHostPort(name, strconv.Itoa(s.cfg.S3Port))})
}

// plainPort drops the port that the scheme means anyway: clients leave it out of the Host header, which is signed.
func plainPort(u *url.URL) *url.URL {
	port := ":80"
	if u.Scheme == "https" {
		port = ":443"
	}
	u.Host = strings.TrimSuffix(u.Host, port)
	return u
}
