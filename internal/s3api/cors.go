package s3api

import (
	"net/http"
	"slices"
	"strings"

	"coffer/internal/cors"
	"coffer/internal/errs"
	"coffer/internal/ident"
)

// corsConfig is the name under which a bucket's CORS rules are stored, as the document that GetBucketCors answers.
const corsConfig = "cors"

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
		if len(c.cors.Expose) > 0 {
			c.set("Access-Control-Expose-Headers", strings.Join(c.cors.Expose, ", "))
		}
	}
}

// allow sets what a matching rule says of origin and methods. Credentials are allowed as S3 does: wherever the rule does not
// speak of every origin.
func (c *call) allow(r *cors.Rule, origin string) {
	if slices.Contains(r.Origins, "*") {
		origin = "*"
	} else {
		c.set("Access-Control-Allow-Credentials", "true")
	}
	c.set("Access-Control-Allow-Origin", origin)
	c.set("Access-Control-Allow-Methods", strings.Join(r.Methods, ", "))
	c.set("Vary", corsVary)
}

// applyRules finds the rule of the bucket for a request that comes from a page, for which later answers bear headers. A request
// that names a method and headers as a preflight does is judged by them, as S3 does.
func (c *call) applyRules(doc []byte) {
	origin := c.origin()
	if origin == "" || c.fromConsole(origin) {
		return
	}
	rules, err := cors.Parse(doc)
	if err != nil {
		c.s.Log.Error("s3api: stored CORS rules do not read", "bucket", c.bucket.ID, "err", err)
		return
	}
	method := c.header("Access-Control-Request-Method")
	if method == "" {
		method = c.r.Method
	}
	asked := cors.Split(c.r.Header["Access-Control-Request-Headers"])
	if c.cors = cors.Match(rules, origin, method, asked); c.cors != nil {
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
	if err := cors.CheckAsked(method, c.r.Header["Access-Control-Request-Headers"]); err != nil {
		return err
	}
	asked := cors.Split(c.r.Header["Access-Control-Request-Headers"])
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
	rules, err := cors.Parse(doc)
	if err != nil {
		return errs.Fault("s3api.preflight", err)
	}
	r := cors.Match(rules, origin, method, asked)
	if r == nil {
		return noCORS("This CORS request is not allowed. This is usually because the evalution of Origin, request method / " +
			"Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.")
	}
	c.cors = r
	c.crossOrigin()
	if len(asked) > 0 {
		c.set("Access-Control-Allow-Headers", strings.Join(asked, ", "))
	}
	if r.MaxAge != cors.NoMaxAge {
		c.set("Access-Control-Max-Age", itoa(r.MaxAge))
	}
	return c.empty(http.StatusOK)
}

func noCORS(why string) error {
	return errs.New(errs.Denied, "AccessForbidden", "CORSResponse: "+why)
}
