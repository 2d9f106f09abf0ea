package main

import (
	"net/http"
	"net/netip"
	"strings"

	"coffer/internal/s3api"
	"coffer/internal/webhost"
)

// websites serves static websites by Host in front of S3.
func (s *system) websites(s3 http.Handler) http.Handler {
	return webhost.New(webhost.Config{Buckets: s.objects, S3: s3, Domains: s.config.WebsiteDomain, Mark: s3api.ForWebsite, Secure: s.secure})
}

// websiteDomain is the first base domain of websites; "" where none are served.
func (s *system) websiteDomain() string {
	if len(s.config.WebsiteDomain) == 0 {
		return ""
	}
	return s.config.WebsiteDomain[0]
}

// secure reports whether the client came by TLS: here, or as a trusted proxy says, there.
func (s *system) secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		return false
	}
	for _, p := range s.Proxies {
		if p.Contains(peer.Addr().Unmap()) {
			return true
		}
	}
	return false
}
