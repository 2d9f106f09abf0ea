// Package config is the one typed configuration of the server: a field has a flag, an environment variable and a key in the
// configuration file, one default and one sentence that explains it. It never reads anything but those three.
package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
)

// Serve is the configuration of `coffer serve`. Flags win over the environment, the environment over the file, the file over defaults.
type Serve struct {
	Config string `env:"COFFER_CONFIG" placeholder:"FILE" help:"YAML file with any of the settings below, named like their flags."`
	Data   string `env:"COFFER_DATA" default:"./coffer-data" placeholder:"DIR" help:"Folder that holds everything; made if absent, locked while running."`

	S3Listen      string `name:"s3-listen" env:"COFFER_S3_LISTEN" default:":9000" placeholder:"ADDR" help:"Address of the S3 listener."`
	ControlListen string `name:"control-listen" env:"COFFER_CONTROL_LISTEN" default:":9001" placeholder:"ADDR" help:"Address of the console, the management APIs and the metrics."`

	S3URL          string   `name:"s3-url" env:"COFFER_S3_URL" placeholder:"URL" help:"Where clients reach S3 from outside, as https://s3.example.com. Unset: the host a client used, with the S3 port."`
	ControlURL     string   `name:"control-url" env:"COFFER_CONTROL_URL" placeholder:"URL" help:"Where people reach the console from outside, as https://console.example.com."`
	S3Domain       []string `name:"s3-domain" env:"COFFER_S3_DOMAIN" default:"localhost" placeholder:"DOMAIN" help:"Base domains under which a bucket's name may stand in the host (virtual-host style)."`
	WebsiteDomain  []string `name:"website-domain" env:"COFFER_WEBSITE_DOMAIN" default:"s3-website.localhost" placeholder:"DOMAIN" help:"Base domains of static websites: a bucket's pages are at <bucket>.<domain> on the S3 listener. Empty: none are served."`
	Regions        []string `env:"COFFER_REGIONS" default:"local-1=contract-owned,local-2=user-owned" placeholder:"NAME=TYPE" help:"Regions in order, each with the type of its buckets: contract-owned or user-owned. The first is the default; the operator can make more."`
	RegionStrict   bool     `name:"region-strict" env:"COFFER_REGION_STRICT" help:"Refuse signatures and locations that name a region which is not configured."`
	SigV2          bool     `name:"sigv2" env:"COFFER_SIGV2" default:"true" negatable:"" help:"Accept Signature Version 2, which older clients use for presigned links."`
	Ownership      string   `name:"object-ownership" env:"COFFER_OBJECT_OWNERSHIP" default:"ObjectWriter" enum:"ObjectWriter,BucketOwnerPreferred,BucketOwnerEnforced" help:"Object ownership of new buckets whose request names none: ObjectWriter, BucketOwnerPreferred, or BucketOwnerEnforced, which switches access control lists off."`
	TrustedProxies []string `name:"trusted-proxies" env:"COFFER_TRUSTED_PROXIES" placeholder:"CIDR" help:"Networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."`

	TLSCert       string `name:"tls-cert" env:"COFFER_TLS_CERT" placeholder:"FILE" help:"Certificate chain in PEM, read again when it changes; needs tls-key."`
	TLSKey        string `name:"tls-key" env:"COFFER_TLS_KEY" placeholder:"FILE" help:"Private key in PEM of tls-cert."`
	TLSSelfSigned bool   `name:"tls-self-signed" env:"COFFER_TLS_SELF_SIGNED" help:"Serve TLS with a certificate made at first start, for trial."`

	OwnerEmail    string   `name:"owner-email" env:"COFFER_OWNER_EMAIL" default:"owner@coffer.localhost" placeholder:"MAIL" help:"Mail of the contract owner made at first start."`
	OwnerPassword string   `name:"owner-password" env:"COFFER_OWNER_PASSWORD" placeholder:"PASSWORD" help:"Password of that owner; one is generated and printed if unset. Prefer the environment to the flag, which others can see."`
	MasterKeyFile string   `name:"master-key-file" env:"COFFER_MASTER_KEY_FILE" placeholder:"FILE" help:"32 random bytes (raw, or in base64 or hex) that seal the stored secrets; made in the data folder if unset."`
	KMSKeys       []string `name:"kms-keys" env:"COFFER_KMS_KEYS" placeholder:"NAME" help:"Named keys for aws:kms encryption, made on the keyring at start where they are absent and kept for ever; aws/s3 always is there."`
	// AllowInsecureSSEC is for tests: keys of clients then cross the loopback unencrypted.
	AllowInsecureSSEC bool `name:"allow-insecure-sse-c" env:"COFFER_ALLOW_INSECURE_SSE_C" help:"Accept customer-provided keys (SSE-C) without TLS from this machine itself; for tests."`

	CacheMiB      int64  `name:"cache-mib" env:"COFFER_CACHE_MIB" default:"32" placeholder:"MIB" help:"Cache of metadata blocks, in MiB."`
	MemoryMiB     int64  `name:"memory-mib" env:"COFFER_MEMORY_MIB" default:"208" placeholder:"MIB" help:"Soft limit of the process's memory, in MiB; 0: none."`
	ReserveMiB    int64  `name:"reserve-mib" env:"COFFER_RESERVE_MIB" default:"1024" placeholder:"MIB" help:"Free disk space, in MiB, below which writes are refused and deletes still work."`
	MaxConns      int    `name:"max-connections" env:"COFFER_MAX_CONNECTIONS" default:"8192" placeholder:"N" help:"Connections a listener holds at once."`
	DrainSecs     int    `name:"drain-seconds" env:"COFFER_DRAIN_SECONDS" default:"20" placeholder:"S" help:"How long requests under way may take to finish after SIGTERM, in seconds."`
	AccessLogSecs int    `name:"access-log-seconds" env:"COFFER_ACCESS_LOG_SECONDS" default:"300" placeholder:"S" help:"How long lines of access logs are gathered before they are delivered to their bucket, in seconds. Those not yet delivered are lost if the process is killed."`
	AuditDays     int    `name:"audit-days" env:"COFFER_AUDIT_DAYS" default:"400" placeholder:"N" help:"Days for which audit records are kept; 0: for ever. Older ones are removed from the beginning of each contract's chain, whose rest still verifies."`
	UsageDays     int    `name:"usage-days" env:"COFFER_USAGE_DAYS" default:"400" placeholder:"N" help:"Days for which usage by key and by bucket is kept; 0: for ever."`
	LifecycleDay  int    `name:"lifecycle-day" env:"COFFER_LIFECYCLE_DAY" default:"86400" hidden:"" placeholder:"S" help:"Length of a day in lifecycle rules, in seconds. Only for tests: objects go sooner than their rules, and x-amz-expiration, say."`
	LogLevel      string `name:"log-level" env:"COFFER_LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"Least level logged: debug, info, warn or error."`
	LogFormat     string `name:"log-format" env:"COFFER_LOG_FORMAT" default:"text" enum:"text,json" help:"Format of the log: text or json."`
}

// Parsed is what the strings of a configuration mean.
type Parsed struct {
	Regions []ident.Region
	Proxies []netip.Prefix
}

// Check parses what can be wrong in ways that a type does not catch. The error names the setting.
func (s *Serve) Check() (*Parsed, error) {
	p := &Parsed{}
	if err := s.regions(p); err != nil {
		return nil, err
	}
	for _, c := range s.TrustedProxies {
		n, err := parsePrefix(c)
		if err != nil {
			return nil, invalid("trusted-proxies", c, "write networks as 10.0.0.0/8 or single addresses")
		}
		p.Proxies = append(p.Proxies, n)
	}
	for name, u := range map[string]string{"s3-url": s.S3URL, "control-url": s.ControlURL} {
		if u == "" {
			continue
		}
		v, err := url.Parse(u)
		if err != nil || v.Scheme != "http" && v.Scheme != "https" || v.Host == "" || strings.Trim(v.Path, "/") != "" || v.RawQuery != "" {
			return nil, invalid(name, u, "write it as https://host or http://host:port, without a path")
		}
	}
	s.S3URL, s.ControlURL = strings.TrimRight(s.S3URL, "/"), strings.TrimRight(s.ControlURL, "/")
	if (s.TLSCert == "") != (s.TLSKey == "") {
		return nil, invalid("tls-cert", s.TLSCert, "tls-cert and tls-key go together")
	}
	if s.TLSCert != "" && s.TLSSelfSigned {
		return nil, invalid("tls-self-signed", "true", "leave it out where tls-cert is given")
	}
	for name, n := range map[string]int64{"cache-mib": s.CacheMiB, "reserve-mib": s.ReserveMiB, "max-connections": int64(s.MaxConns), "lifecycle-day": int64(s.LifecycleDay),
		"access-log-seconds": int64(s.AccessLogSecs)} {
		if n < 1 || n > 1<<30 {
			return nil, invalid(name, fmt.Sprint(n), "use a number from 1 to 1073741824")
		}
	}
	for name, n := range map[string]int{"audit-days": s.AuditDays, "usage-days": s.UsageDays} {
		if n < 0 || n > 36500 {
			return nil, invalid(name, fmt.Sprint(n), "use a number of days from 1 to 36500, or 0 to keep everything")
		}
	}
	return p, nil
}

// Day is the length of a day in lifecycle rules.
func (s *Serve) Day() time.Duration { return time.Duration(s.LifecycleDay) * time.Second }

// TLS reports whether the listeners speak TLS themselves.
func (s *Serve) TLS() bool { return s.TLSCert != "" || s.TLSSelfSigned }

func (s *Serve) regions(p *Parsed) error {
	seen := map[string]bool{}
	for _, r := range s.Regions {
		name, kind, _ := strings.Cut(strings.TrimSpace(r), "=")
		o, err := ident.ParseOwnership(kind)
		if err != nil {
			return invalid("regions", r, "write each as NAME=contract-owned or NAME=user-owned")
		}
		if _, err := ident.ParseRegionName(name); err != nil || seen[name] {
			return invalid("regions", r, "a name is 1 to 32 characters of a-z, 0-9 and -, used once")
		}
		seen[name] = true
		p.Regions = append(p.Regions, ident.Region{Name: ident.RegionName(name), Ownership: o})
	}
	if len(p.Regions) == 0 {
		return invalid("regions", "", "name at least one region")
	}
	return nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	return netip.ParsePrefix(s)
}

func invalid(name, value, hint string) error {
	return errs.New(errs.Invalid, "", fmt.Sprintf("setting %s: %q is not usable: %s", name, value, hint))
}
