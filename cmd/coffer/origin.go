package main

import (
	"net"
	"net/http"
	"strconv"

	"coffer/internal/config"
)

// consoleOrigin tells the S3 listener which origin the console has as seen from a request: the configured URL, or the host that
// the request itself used, with the control listener's port.
func consoleOrigin(c *config.Serve, controlPort int) func(*http.Request) string {
	return func(r *http.Request) string {
		if c.ControlURL != "" {
			return c.ControlURL
		}
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		scheme := "http://"
		if r.TLS != nil {
			scheme = "https://"
		}
		return scheme + net.JoinHostPort(host, strconv.Itoa(controlPort))
	}
}
