package s3api

import (
	"net/http"
	"sort"
	"strings"
	"sync/atomic"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/percent"
)

// level is what a request's address names.
type level uint8

const (
	serviceLevel level = iota
	bucketLevel
	objectLevel
)

func (l level) String() string { return [...]string{"SERVICE", "BUCKET", "OBJECT"}[l] }

// target is what a request's host and path name. Bucket and key are decoded and not yet checked.
type target struct {
	level      level
	bucketName string
	key        string
	rawPath    string           // as on the wire, for the signature
	rawQuery   string           // as on the wire, for the signature
	vhost      string           // the bucket, if the host named it
	hostRegion ident.RegionName // that the host names, or ""
}

// endpoint is a host suffix that this server answers for.
type endpoint struct {
	suffix string // ".s3.local-1.example.com"
	region ident.RegionName
}

// endpoints lists the hosts under the base domains, longest first: D, s3.D, s3.REGION.D and s3-REGION.D; where D itself begins
// with "s3." the region stands after it as the vendor has it: s3.REGION.example.com.
func endpoints(domains []string, regions []ident.Region) []endpoint {
	if len(domains) == 0 {
		domains = []string{"localhost"}
	}
	var all []endpoint
	for _, d := range domains {
		d = strings.ToLower(strings.Trim(d, "."))
		parent, named := strings.CutPrefix(d, "s3.")
		all = append(all, endpoint{suffix: "." + d})
		if !named {
			all = append(all, endpoint{suffix: ".s3." + d})
		}
		for _, r := range regions {
			for _, form := range []string{".s3.", ".s3-"} {
				all = append(all, endpoint{form + string(r.Name) + "." + d, r.Name})
				if named {
					all = append(all, endpoint{form + string(r.Name) + "." + parent, r.Name})
				}
			}
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return len(all[i].suffix) > len(all[j].suffix) })
	return all
}

// hosts keeps the endpoints of the regions that there are, for each request to be compared with. It is safe for concurrent use.
type hosts struct {
	domains []string
	kept    atomic.Pointer[regionalHosts]
}

type regionalHosts struct {
	regions []ident.Region
	ends    []endpoint
}

// of returns the endpoints under the base domains; they are made again where regions is another slice than before.
func (h *hosts) of(regions []ident.Region) []endpoint {
	k := h.kept.Load()
	if k == nil || len(k.regions) != len(regions) || len(regions) > 0 && &k.regions[0] != &regions[0] {
		k = &regionalHosts{regions, endpoints(h.domains, regions)}
		h.kept.Store(k)
	}
	return k.ends
}

// Addresser returns a function that says which bucket a request addresses as a whole, and whether its host names it; ok is false where it
// addresses an object or no bucket. What it returns is safe for concurrent use.
func Addresser(domains []string, regions func() []ident.Region) func(r *http.Request) (bucket string, byHost, ok bool) {
	ends := &hosts{domains: domains}
	return func(r *http.Request) (string, bool, bool) {
		var t target
		t.readHost(r.Host, ends.of(regions()))
		err := t.readURI(r.RequestURI)
		return t.bucketName, t.vhost != "", err == nil && t.level == bucketLevel
	}
}

// readHost sets what the Host header says. A host under none of the base domains is path style.
func (t *target) readHost(host string, ends []endpoint) {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.IndexByte(host[i:], ']') < 0 {
		host = host[:i]
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for i := range ends {
		e := &ends[i]
		if host == e.suffix[1:] {
			t.hostRegion = e.region
			return
		}
		if strings.HasSuffix(host, e.suffix) {
			t.vhost, t.hostRegion = host[:len(host)-len(e.suffix)], e.region
			return
		}
	}
}

func invalidURI(why string) error { return errs.New(errs.Invalid, "InvalidURI", why) }

// readURI splits the request target. Nothing is cleaned: "//", dot segments, "+" and "%2F" stay what they are in a key.
func (t *target) readURI(uri string) error {
	if !strings.HasPrefix(uri, "/") {
		if uri == "*" || uri == "" {
			uri = "/"
		} else if i := strings.Index(uri, "://"); i >= 0 {
			rest := uri[i+3:]
			if j := strings.IndexAny(rest, "/?"); j >= 0 {
				uri = rest[j:]
			} else {
				uri = "/"
			}
		}
		if !strings.HasPrefix(uri, "/") {
			uri = "/" + uri
		}
	}
	if i := strings.IndexByte(uri, '?'); i >= 0 {
		t.rawPath, t.rawQuery = uri[:i], uri[i+1:]
	} else {
		t.rawPath = uri
	}
	rest := t.rawPath[1:]
	if t.vhost != "" {
		t.bucketName, t.level = t.vhost, bucketLevel
	} else {
		name := rest
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			name, rest = rest[:i], rest[i+1:]
		} else {
			rest = ""
		}
		if name == "" && rest == "" {
			return nil
		}
		var ok bool
		if t.bucketName, ok = unescape(name, false); !ok {
			return invalidURI("The bucket's name in the path has a broken percent escape.")
		}
		t.level = bucketLevel
	}
	if rest == "" {
		return nil
	}
	var ok bool
	if t.key, ok = unescape(rest, false); !ok {
		return invalidURI("The object key in the path has a broken percent escape.")
	}
	t.level = objectLevel
	return nil
}

func unescape(s string, plus bool) (string, bool) { return percent.Decode(s, plus) }

// maxParams bounds the parameters of a query, in count. S3's own operations use at most twenty.
const maxParams = 64

type param struct {
	name, value string
	bare        bool // without "="
}

// query is a parsed query. The zero value is empty.
type query []param

// parseQuery appends the parameters of raw to q[:0].
func parseQuery(q query, raw string) (query, error) {
	q = q[:0]
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if pair == "" {
			continue
		}
		if len(q) == maxParams {
			return q, invalidURI("The query has more than 64 parameters.")
		}
		name, value, has := strings.Cut(pair, "=")
		var ok1, ok2 bool
		p := param{bare: !has}
		p.name, ok1 = unescape(name, true)
		p.value, ok2 = unescape(value, true)
		if !ok1 || !ok2 {
			return q, invalidURI("The query has a broken percent escape.")
		}
		q = append(q, p)
	}
	return q, nil
}

// lookup returns the first value of name and whether it occurs.
func (q query) lookup(name string) (string, bool) {
	for i := range q {
		if q[i].name == name {
			return q[i].value, true
		}
	}
	return "", false
}

func (q query) get(name string) string { v, _ := q.lookup(name); return v }

func (q query) has(name string) bool { _, ok := q.lookup(name); return ok }
