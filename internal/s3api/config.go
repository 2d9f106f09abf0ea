package s3api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"coffer/internal/accesslog"
	"coffer/internal/authz"
	"coffer/internal/iam"
	"coffer/internal/ident"
	"coffer/internal/object"
)

// Identifier answers who signs with an access key; iam.API is one. It is safe for concurrent use and cached.
type Identifier interface {
	Identify(ctx context.Context, k ident.AccessKey) (*iam.Identity, error)
	Accounts
}

// Config is what the S3 data plane is made of. Objects, IAM and Regions are required.
type Config struct {
	Objects object.API
	IAM     Identifier
	// Regions tells which there are, in order; the first is the default and never changes. Another slice says that one was made.
	Regions func() []ident.Region
	Domains []string // base domains of virtual-host style, without port; none: "localhost"
	// StrictRegion refuses a scope, LocationConstraint or Host that names no region here, or another one than the bucket's.
	StrictRegion bool
	// Ownership is that of new buckets whose request names none; BucketOwnerEnforced switches access control lists off.
	Ownership authz.ObjectOwnership
	// ConsoleOrigin returns the console's own origin as seen from the request ("https://host:port"), or ""; nil: none.
	ConsoleOrigin  func(r *http.Request) string
	TrustedProxies []netip.Prefix   // peers whose X-Forwarded-For and Forwarded are believed
	SigV2          bool             // accept Signature Version 2
	InsecureSSEC   bool             // accept a client's own key without TLS from this machine itself, for tests
	Clock          func() time.Time // nil: time.Now
	RequestID      func() string    // nil: unique over the process, not guessable from outside
	// AccessLog takes the line of each request to a bucket whose access logging is on; it must not block, and what it is given ends with the
	// call. nil: nobody does.
	AccessLog func(b *object.Bucket, e *accesslog.Entry)
	// LifecycleReport tells as JSON what a bucket's lifecycle rules did and will do; nil: the rules alone are told.
	LifecycleReport func(ctx context.Context, b *object.Bucket) ([]byte, error)
	// LifecycleForecast tells as JSON what rules in S3's form would do in a bucket if they were kept now; nil: nobody can tell.
	LifecycleForecast func(ctx context.Context, b *object.Bucket, rules []byte) ([]byte, error)
	Patience          time.Duration     // how long a copy or completion may take before its answer begins with blanks; 0: 10 s
	Log               *slog.Logger      // nil: nothing is logged
	Observe           func(Observation) // called once per request, after the answer; must not block; nil: nothing
}

// Observation is what one request came to, for metrics and last-used.
type Observation struct {
	Operation string // S3's name of the operation, "GetObject"; "Unknown" where no operation was recognised
	Status    int
	Code      string // S3's error code, "" on success
	RequestID string
	Bucket    ident.BucketName
	AccessKey ident.AccessKey // only where the signature verified
	Contract  ident.ContractID
	User      ident.UserID
	Region    ident.RegionName // of the bucket, or the one addressed
	Source    netip.Addr
	Program   string // as the client calls itself; valid as long as the request's headers
	BytesIn   int64  // of the body read
	BytesOut  int64  // of the body written
	Start     time.Time
	Duration  time.Duration
}
