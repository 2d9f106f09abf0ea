// Package web holds the built console and hands it to the control listener. It serves nothing itself, knows no request and
// decides nothing: what a browser may load is said by Policy, and whoever serves the files sends that with them.
package web

import (
	"embed"
	"io/fs"
	"strings"
)

// The folder always has .keep, so that the program builds before the console was built.
//
//go:embed all:dist
var dist embed.FS

// FS returns the console's files; index.html is at the root and everything below assets/ carries a hash of its content in its
// name, so that it may be kept by caches for ever. Built reports whether the console is there.
func FS() (fs.FS, error) { return fs.Sub(dist, "dist") }

// Built reports whether the console was built into this program.
func Built() bool {
	_, err := fs.Stat(dist, "dist/index.html")
	return err == nil
}

// Policy returns the Content-Security-Policy of the console's pages. The origins (scheme://host:port) are the S3 endpoints that
// the page moves objects to and from, posts forms to for archives, and whose images, sounds, films and framed documents it shows as a
// preview: an origin of its own, from which nothing reaches the session. Nothing inline, no script from elsewhere and no framing of the console is allowed.
func Policy(origins []string) string {
	s3 := ""
	if len(origins) > 0 {
		s3 = " " + strings.Join(origins, " ")
	}
	frames := s3
	if frames == "" {
		frames = " 'none'"
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:" + s3 + "; font-src 'self'; " +
		"media-src" + frames + "; frame-src" + frames + "; connect-src 'self'" + s3 +
		"; worker-src 'self'; manifest-src 'self'; form-action 'self'" + s3 + "; base-uri 'none'; frame-ancestors 'none'"
}
