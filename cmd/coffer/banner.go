package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"coffer/internal/config"
)

// firstRun tells the banner how to sign in.
type firstRun struct {
	email       string
	password    string    // only where it was made by this start
	passwordSet time.Time // of the owner, when it was set before
	keys        int       // access keys of the owner
}

// printBanner says where everything is. It is the one place that shows a generated password, once.
func printBanner(w io.Writer, c *config.Serve, s *system, first firstRun, s3, control net.Addr) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\nCoffer %s is ready.\n\n", version)
	fmt.Fprintf(&b, "  Console     %s\n", shown(c.ControlURL, c.TLS(), control))
	fmt.Fprintf(&b, "  Mail        %s\n", first.email)
	switch {
	case first.password != "":
		fmt.Fprintf(&b, "  Password    %s   (shown this once)\n", first.password)
	case first.passwordSet.IsZero():
	default:
		fmt.Fprintf(&b, "  Password    set on %s; to set a new one: coffer owner reset-password --data %s\n", first.passwordSet.Format("2 Jan 2006 at 15:04 MST"), c.Data)
	}
	fmt.Fprintf(&b, "\n  S3          %s\n", shown(c.S3URL, c.TLS(), s3))
	for _, r := range s.regions.All() {
		fmt.Fprintf(&b, "    %-9s %s buckets\n", r.Name, r.Ownership)
	}
	fmt.Fprintf(&b, "  Data        %s\n", c.Data)
	if c.TLSSelfSigned {
		fmt.Fprintf(&b, "  Certificate %s   (self-signed: programs need it as their CA file)\n", selfSignedCert(c.Data))
	}
	if first.keys == 0 {
		b.WriteString("\nNo access key exists yet: sign in, open Menu > Storage > Object Storage > Key management and press \"Generate a key\".\n")
	}
	b.WriteString("\nCtrl-C stops it; everything acknowledged is on disk.\n\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// shown is the address that a person on this machine can open.
func shown(url string, tls bool, a net.Addr) string {
	if url != "" {
		return url
	}
	scheme := "http://"
	if tls {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return scheme + a.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + net.JoinHostPort(host, port)
}
