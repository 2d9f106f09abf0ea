// Package website reads, checks and writes the configuration of a static website and decides, purely, where a request is redirected. It
// never serves, never reads objects and never knows HTTP beyond the numbers of statuses.
package website

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"coffer/internal/errs"
	"coffer/internal/sigv4"
	"coffer/internal/xmltree"
)

// Limits of a configuration. Source: AWS S3 API Reference, PutBucketWebsite.
const (
	MaxDocument = 128 << 10 // bytes
	maxRules    = 50
	maxKey      = 1024
	maxHost     = 255
)

// Config is a bucket's website. It is immutable once read.
type Config struct {
	All   *Redirect // every request; then nothing else is set
	Index string    // appended to keys that are empty or end with a slash
	Error string    // key of the document for errors of class 4xx; "": none
	Rules []Rule
}

// Rule redirects what its conditions match. Code 0 and a nil prefix are conditions that are not there.
type Rule struct {
	Prefix   *string
	Code     int // that would be answered otherwise
	Redirect Redirect
}

// Redirect says where to. Host and Protocol are the request's where "".
type Redirect struct {
	Host, Protocol string
	Key            *string // instead of the whole key
	KeyPrefix      *string // instead of the prefix in the rule's condition
	Status         int     // 0: 301
}

func invalidArgument(name, value, why string) error {
	if len(value) > 128 {
		value = value[:128]
	}
	return errs.New(errs.Invalid, "InvalidArgument", why).Because(sigv4.Details{{Name: "ArgumentName", Value: name}, {Name: "ArgumentValue", Value: value}})
}

func invalidRequest(why string) error { return errs.New(errs.Invalid, "InvalidRequest", why) }

// Parse reads a WebsiteConfiguration of at most MaxDocument bytes and checks it as S3 does. errs.Invalid with S3's codes.
func Parse(doc []byte) (*Config, error) {
	root, err := xmltree.Parse(doc, "WebsiteConfiguration")
	if err != nil {
		return nil, err
	}
	root.Only("RedirectAllRequestsTo", "IndexDocument", "ErrorDocument", "RoutingRules")
	all, index, fail, routing := root.One("RedirectAllRequestsTo"), root.One("IndexDocument"), root.One("ErrorDocument"), root.One("RoutingRules")
	c := &Config{}
	if all != nil {
		all.Only("HostName", "Protocol")
		if c.All = readRedirect(all); c.All.Host == "" {
			all.Bad()
		}
	}
	index.Only("Suffix")
	fail.Only("Key")
	c.Index, c.Error = index.One("Suffix").Text(), fail.One("Key").Text()
	routing.Only("RoutingRule")
	rules := routing.All("RoutingRule")
	for _, n := range rules {
		c.Rules = append(c.Rules, readRule(n))
	}
	if err := root.Err(); err != nil {
		return nil, err
	}
	switch {
	case all != nil && (index != nil || fail != nil || routing != nil):
		return nil, invalidArgument("RedirectAllRequestsTo", "not null", "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.")
	case all != nil:
		return c, c.All.check()
	case index == nil:
		return nil, invalidArgument("IndexDocument", "null", "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty")
	case c.Index == "" || strings.Contains(c.Index, "/") || len(c.Index) > maxKey:
		return nil, invalidArgument("IndexDocument", c.Index, "The IndexDocument Suffix is not well formed")
	case fail != nil && (c.Error == "" || len(c.Error) > maxKey):
		return nil, invalidArgument("ErrorDocument", c.Error, "The ErrorDocument Key is not well formed")
	case len(rules) > maxRules:
		return nil, invalidRequest(fmt.Sprintf("%d routing rules provided, the number of routing rules in a website configuration is limited to 50.", len(rules)))
	}
	for i := range c.Rules {
		if err := c.Rules[i].check(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Canonical reads a document and writes it again as it is stored.
func Canonical(doc []byte) ([]byte, error) {
	c, err := Parse(doc)
	if err != nil {
		return nil, err
	}
	return c.Encode(), nil
}

func readRedirect(n *xmltree.Node) *Redirect {
	r := &Redirect{Host: n.One("HostName").Word(), Protocol: n.One("Protocol").Word(), Status: number(n.One("HttpRedirectCode"))}
	if k := n.One("ReplaceKeyWith"); k != nil {
		v := k.Text()
		r.Key = &v
	}
	if k := n.One("ReplaceKeyPrefixWith"); k != nil {
		v := k.Text()
		r.KeyPrefix = &v
	}
	return r
}

// number is that of an element that is there; what is out of range is refused later.
func number(n *xmltree.Node) int {
	if n == nil {
		return 0
	}
	v := n.Number()
	if v <= 0 || v > 1<<30 {
		return -1
	}
	return int(v)
}

func readRule(n *xmltree.Node) Rule {
	n.Only("Condition", "Redirect")
	var r Rule
	if cond := n.One("Condition"); cond != nil {
		cond.Only("KeyPrefixEquals", "HttpErrorCodeReturnedEquals")
		if p := cond.One("KeyPrefixEquals"); p != nil {
			v := p.Text()
			r.Prefix = &v
		}
		if r.Code = number(cond.One("HttpErrorCodeReturnedEquals")); r.Code == 0 && r.Prefix == nil {
			cond.Bad()
		}
	}
	to := n.One("Redirect")
	if to == nil {
		n.Bad()
	}
	to.Only("HostName", "Protocol", "ReplaceKeyWith", "ReplaceKeyPrefixWith", "HttpRedirectCode")
	if r.Redirect = *readRedirect(to); r.Redirect == (Redirect{}) {
		to.Bad()
	}
	return r
}

func (r *Redirect) check() error {
	switch {
	case r.Protocol != "" && r.Protocol != "http" && r.Protocol != "https":
		return invalidRequest("Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.")
	case len(r.Host) > maxHost || strings.ContainsFunc(r.Host, notInHost):
		return invalidArgument("HostName", r.Host, "The HostName of a redirect is not well formed")
	case r.Key != nil && r.KeyPrefix != nil:
		return invalidRequest("You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
	case r.Status != 0 && !slices.Contains([]int{301, 302, 303, 304, 305, 307, 308}, r.Status):
		return invalidRequest(fmt.Sprintf("The provided HTTP redirect code (%d) is not valid. Valid codes are 3XX except 300.", r.Status))
	}
	return nil
}

// notInHost keeps what would end a host name out of the Location header.
func notInHost(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune(`/\?#@"<>`, r)
}

func (r *Rule) check() error {
	if r.Code != 0 && (r.Code < 400 || r.Code > 417 && r.Code < 500 || r.Code > 505) {
		return invalidRequest(fmt.Sprintf("The provided HTTP error code (%d) is not valid. Valid codes are 4XX or 5XX.", r.Code))
	}
	return r.Redirect.check()
}

// Encode writes the document; Parse reads it to the same.
func (c *Config) Encode() []byte {
	var w xmltree.Writer
	w.Root("WebsiteConfiguration")
	if c.All != nil {
		w.Open("RedirectAllRequestsTo")
		c.All.write(&w)
		w.Close("RedirectAllRequestsTo")
	}
	if c.Index != "" {
		w.Open("IndexDocument")
		w.Text("Suffix", c.Index)
		w.Close("IndexDocument")
	}
	if c.Error != "" {
		w.Open("ErrorDocument")
		w.Text("Key", c.Error)
		w.Close("ErrorDocument")
	}
	if len(c.Rules) > 0 {
		w.Open("RoutingRules")
		for i := range c.Rules {
			c.Rules[i].write(&w)
		}
		w.Close("RoutingRules")
	}
	w.Close("WebsiteConfiguration")
	return w.Bytes()
}

func (r *Rule) write(w *xmltree.Writer) {
	w.Open("RoutingRule")
	if r.Prefix != nil || r.Code != 0 {
		w.Open("Condition")
		if r.Code != 0 {
			w.Number("HttpErrorCodeReturnedEquals", int64(r.Code))
		}
		if r.Prefix != nil {
			w.Text("KeyPrefixEquals", *r.Prefix)
		}
		w.Close("Condition")
	}
	w.Open("Redirect")
	r.Redirect.write(w)
	w.Close("Redirect")
	w.Close("RoutingRule")
}

func (r *Redirect) write(w *xmltree.Writer) {
	w.Opt("HostName", r.Host)
	if r.Status != 0 {
		w.Number("HttpRedirectCode", int64(r.Status))
	}
	w.Opt("Protocol", r.Protocol)
	if r.KeyPrefix != nil {
		w.Text("ReplaceKeyPrefixWith", *r.KeyPrefix)
	}
	if r.Key != nil {
		w.Text("ReplaceKeyWith", *r.Key)
	}
}

// Before is the first rule for a key that needs no answer first; nil: none.
func (c *Config) Before(key string) *Rule { return c.first(key, 0) }

// After is the first rule for a key that would be answered with an error's status; nil: none.
func (c *Config) After(key string, status int) *Rule { return c.first(key, status) }

func (c *Config) first(key string, status int) *Rule {
	for i := range c.Rules {
		r := &c.Rules[i]
		if r.Code == status && (r.Prefix == nil || strings.HasPrefix(key, *r.Prefix)) {
			return r
		}
	}
	return nil
}

// To is where the rule redirects a request for a key, and with which status. scheme, host and query are those of the request. What
// the rule writes may hold a query or a fragment of its own ("#!/"); then the request's query is left out.
func (r *Rule) To(key, scheme, host, query string) (location string, status int) {
	to := &r.Redirect
	path := escape(key)
	switch {
	case to.Key != nil:
		path = written(*to.Key)
	case to.KeyPrefix != nil:
		prefix := ""
		if r.Prefix != nil {
			prefix = *r.Prefix
		}
		path = written(*to.KeyPrefix) + escape(strings.TrimPrefix(key, prefix))
	}
	if query != "" && !strings.ContainsAny(path, "?#") {
		path += "?" + query
	}
	return to.address(scheme, host) + "/" + path, to.status()
}

// written keeps what a rule says as it is, but for bytes that no address has.
func written(s string) string {
	const hex = "0123456789ABCDEF"
	var b []byte
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"<>\^{|}`+"`", c) >= 0 {
			b = append(b, '%', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

// AllTo is where every request goes: the raw path and query stay.
func (c *Config) AllTo(rawURI, scheme string) (location string, status int) {
	return c.All.address(scheme, "") + rawURI, c.All.status()
}

func (r *Redirect) address(scheme, host string) string {
	if r.Protocol != "" {
		scheme = r.Protocol
	}
	if r.Host != "" {
		host = r.Host
	}
	return scheme + "://" + host
}

func (r *Redirect) status() int {
	if r.Status != 0 {
		return r.Status
	}
	return 301
}

// escape writes a key as a path.
func escape(key string) string {
	return strings.TrimPrefix((&url.URL{Path: "/" + key}).EscapedPath(), "/")
}

// Document is the key of the object that a key stands for: the index of a folder, else itself.
func (c *Config) Document(key string) string {
	if key == "" || strings.HasSuffix(key, "/") {
		return key + c.Index
	}
	return key
}
