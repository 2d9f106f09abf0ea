package s3api

import (
	"net/http"
	"strings"

	"coffer/internal/errs"
	"coffer/internal/ident"
)

// corsConfig is the name under which a bucket's CORS rules are stored, as the document that GetBucketCors answers.
const corsConfig = "cors"

// Limits of CORS. Source: AWS S3 User Guide, "Elements of a CORS configuration"; the vendor's 64 KB a document.
const (
	maxCORSRules = 100
	maxCORSBytes = 64 << 10
)

// corsRule is one CORSRule of a bucket.
type corsRule struct {
	id                                string
	origins, methods, headers, expose []string
	maxAge                            int64 // seconds; -1: not said
}

// What the console may send and read at every bucket. It sends no cookies there, so it is allowed no credentials.
const (
	consoleMethods = "GET, HEAD, PUT, POST, DELETE"
	// Every header: metadata, locks and what else a page shows. Without credentials the star means that. Source: Fetch Standard, "CORS
	// protocol and credentials".
	consoleExpose = "*"
	corsVary      = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
)

// origin returns the request's Origin, "" if it has none.
func (c *call) origin() string { return c.header("Origin") }

func (c *call) fromConsole(origin string) bool {
	return origin != "" && c.s.ConsoleOrigin != nil && origin == c.s.ConsoleOrigin(c.r)
}

// crossOrigin sets the headers that let a page of another origin read the answer.
func (c *call) crossOrigin() {
	origin := c.origin()
	switch {
	case origin == "":
	case c.fromConsole(origin):
		c.set("Access-Control-Allow-Origin", origin)
		c.set("Access-Control-Expose-Headers", consoleExpose)
		c.set("Vary", corsVary)
	case c.cors != nil:
		c.allow(c.cors, origin)
		if len(c.cors.expose) > 0 {
			c.set("Access-Control-Expose-Headers", strings.Join(c.cors.expose, ", "))
		}
	}
}

// allow sets what a matching rule says of origin and methods. Credentials are allowed as S3 does: wherever the rule does not
// speak of every origin.
func (c *call) allow(r *corsRule, origin string) {
	if contains(r.origins, "*") {
		origin = "*"
	} else {
		c.set("Access-Control-Allow-Credentials", "true")
	}
	c.set("Access-Control-Allow-Origin", origin)
	c.set("Access-Control-Allow-Methods", strings.Join(r.methods, ", "))
	c.set("Vary", corsVary)
}

// applyRules finds the rule of the bucket for a request that comes from a page, for which later answers bear headers. A request
// that names a method and headers as a preflight does is judged by them, as S3 does.
func (c *call) applyRules(doc []byte) {
	origin := c.origin()
	if origin == "" || c.fromConsole(origin) {
		return
	}
	rules, err := readRules(newXML(doc))
	if err != nil {
		c.s.Log.Error("s3api: stored CORS rules do not read", "bucket", c.bucket.ID, "err", err)
		return
	}
	method := c.header("Access-Control-Request-Method")
	if method == "" {
		method = c.r.Method
	}
	asked := splitList(c.r.Header["Access-Control-Request-Headers"])
	if c.cors = match(rules, origin, method, asked); c.cors != nil {
		c.crossOrigin()
	}
}

// preflight answers OPTIONS. Source: AWS S3 API Reference, "OPTIONS object".
func (c *call) preflight() error {
	c.op = &operation{name: "Preflight"}
	origin, method := c.origin(), c.header("Access-Control-Request-Method")
	if origin == "" {
		return errs.New(errs.Invalid, "BadRequest", "Insufficient information. Origin request header needed.")
	}
	if method == "" {
		return errs.New(errs.Invalid, "BadRequest", "Invalid Access-Control-Request-Method: null")
	}
	asked := splitList(c.r.Header["Access-Control-Request-Headers"])
	if c.fromConsole(origin) {
		c.set("Access-Control-Allow-Methods", consoleMethods)
		if len(asked) > 0 {
			c.set("Access-Control-Allow-Headers", strings.Join(asked, ", "))
		}
		c.set("Access-Control-Max-Age", "3000")
		return c.empty(http.StatusOK)
	}
	if c.level == serviceLevel {
		return noCORS("CORS is not enabled for this address.")
	}
	if _, err := ident.ParseBucketName(c.bucketName); err != nil {
		return err
	}
	b, err := c.s.Objects.Bucket(c.ctx(), ident.BucketName(c.bucketName))
	if err != nil {
		return err
	}
	c.bucket = b
	doc := b.Configs[corsConfig]
	if doc == nil {
		return noCORS("CORS is not enabled for this bucket.")
	}
	rules, err := readRules(newXML(doc))
	if err != nil {
		return errs.Fault("s3api.preflight", err)
	}
	r := match(rules, origin, method, asked)
	if r == nil {
		return noCORS("This CORS request is not allowed. This is usually because the evalution of Origin, request method / " +
			"Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.")
	}
	c.cors = r
	c.crossOrigin()
	if len(asked) > 0 {
		c.set("Access-Control-Allow-Headers", strings.Join(asked, ", "))
	}
	if r.maxAge >= 0 {
		c.set("Access-Control-Max-Age", itoa(r.maxAge))
	}
	return c.empty(http.StatusOK)
}

func noCORS(why string) error {
	return errs.New(errs.Denied, "AccessForbidden", "CORSResponse: "+why)
}

// splitList splits a header's comma-separated tokens. What is no token of HTTP is left out, since the answer repeats them.
func splitList(values []string) []string {
	var all []string
	for _, v := range values {
		for _, t := range strings.Split(v, ",") {
			if t = strings.TrimSpace(t); t != "" && isToken(t) {
				all = append(all, strings.ToLower(t))
			}
		}
	}
	return all
}

func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("()<>@,;:\\\"/[]?={}", c) >= 0 {
			return false
		}
	}
	return true
}

// match returns the first rule that allows the origin, the method and all headers.
func match(rules []corsRule, origin, method string, headers []string) *corsRule {
	for i := range rules {
		r := &rules[i]
		if !anyMatches(r.origins, origin) || !contains(r.methods, method) {
			continue
		}
		all := true
		for _, h := range headers {
			all = all && anyMatches(lower(r.headers), h)
		}
		if all {
			return r
		}
	}
	return nil
}

// lower returns the names of headers as they are compared.
func lower(names []string) []string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = strings.ToLower(n)
	}
	return all
}

func contains(list []string, v string) bool {
	for _, s := range list {
		if s == v {
			return true
		}
	}
	return false
}

// anyMatches reports whether one of the patterns, each with at most one "*", is v.
func anyMatches(patterns []string, v string) bool {
	for _, p := range patterns {
		before, after, star := strings.Cut(p, "*")
		if !star && p == v || star && len(v) >= len(before)+len(after) && strings.HasPrefix(v, before) && strings.HasSuffix(v, after) {
			return true
		}
	}
	return false
}

// readRules reads a CORSConfiguration.
func readRules(x *xmlReader) ([]corsRule, error) {
	var rules []corsRule
	x.open("CORSConfiguration")
	for name := range x.children() {
		if name != "CORSRule" || len(rules) == maxCORSRules {
			x.fail()
			break
		}
		rules = append(rules, readRule(x))
	}
	if err := x.done(); err != nil {
		return nil, err
	}
	if len(rules) == 0 {
		return nil, malformedXML()
	}
	for i := range rules {
		if err := rules[i].check(); err != nil {
			return nil, err
		}
	}
	return rules, nil
}

func readRule(x *xmlReader) corsRule {
	r := corsRule{maxAge: -1}
	for name := range x.children() {
		switch name {
		case "ID":
			r.id = x.text()
		case "AllowedOrigin":
			r.origins = append(r.origins, strings.TrimSpace(x.text()))
		case "AllowedMethod":
			r.methods = append(r.methods, strings.TrimSpace(x.text()))
		case "AllowedHeader":
			r.headers = append(r.headers, strings.TrimSpace(x.text()))
		case "ExposeHeader":
			r.expose = append(r.expose, strings.TrimSpace(x.text()))
		case "MaxAgeSeconds":
			if r.maxAge = x.number(); r.maxAge < 0 || r.maxAge > 1<<31-1 {
				x.fail()
			}
		default:
			x.fail()
		}
	}
	return r
}

// check refuses what S3 refuses of a rule.
func (r *corsRule) check() error {
	if len(r.origins) == 0 || len(r.methods) == 0 || len(r.id) > 255 {
		return malformedXML()
	}
	for _, m := range r.methods {
		if !contains([]string{"GET", "PUT", "HEAD", "POST", "DELETE"}, m) {
			return invalidRequest("Found unsupported HTTP method in CORS config. Unsupported method is " + clip(m))
		}
	}
	for _, o := range r.origins {
		if strings.Count(o, "*") > 1 {
			return invalidRequest("AllowedOrigin \"" + clip(o) + "\" can not have more than one wildcard.")
		}
	}
	for _, h := range r.headers {
		if strings.Count(h, "*") > 1 {
			return invalidRequest("AllowedHeader \"" + clip(h) + "\" can not have more than one wildcard.")
		}
	}
	for _, h := range r.expose {
		if strings.Contains(h, "*") || !isToken(h) {
			return invalidRequest("ExposeHeader \"" + clip(h) + "\" contains wildcard. We currently do not support wildcard for ExposeHeader.")
		}
	}
	return nil
}

func (x *xmlWriter) rules(rules []corsRule) {
	x.root("CORSConfiguration")
	for i := range rules {
		r := &rules[i]
		x.open("CORSRule")
		x.opt("ID", r.id)
		for _, list := range []struct {
			name   string
			values []string
		}{{"AllowedOrigin", r.origins}, {"AllowedMethod", r.methods}, {"AllowedHeader", r.headers}, {"ExposeHeader", r.expose}} {
			for _, v := range list.values {
				x.text(list.name, v)
			}
		}
		if r.maxAge >= 0 {
			x.num("MaxAgeSeconds", r.maxAge)
		}
		x.close("CORSRule")
	}
	x.close("CORSConfiguration")
}

func (c *call) getBucketCORS() error {
	doc := c.bucket.Configs[corsConfig]
	if doc == nil {
		return errs.New(errs.NotFound, "NoSuchCORSConfiguration", "")
	}
	return c.body(http.StatusOK, "application/xml", doc)
}

func (c *call) putBucketCORS() error {
	buf, err := c.readAll(maxCORSBytes)
	if err != nil {
		return err
	}
	defer c.s.giveBack(buf)
	rules, err := readRules(newXML(*buf))
	if err != nil {
		return err
	}
	var x xmlWriter
	x.rules(rules)
	return c.setConfig(corsConfig, x.b, http.StatusOK)
}

func (c *call) deleteBucketCORS() error { return c.setConfig(corsConfig, nil, http.StatusNoContent) }
