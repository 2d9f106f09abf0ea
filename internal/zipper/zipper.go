// Package zipper answers GET and POST of a bucket with ?zip: many objects as one archive, an extension of S3. It is a front of the S3
// handler: the caller's signature is verified once, and then every page of a listing and every object is a request of the same caller
// to S3, signed with the same key, so that rights are decided where they always are. It never reads an object or decides about rights
// itself, and keeps nothing but the names.
package zipper

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/s3code"
	"coffer/internal/sigv4"
)

// The limits of an archive.
const (
	MaxObjects = 10000   // in one archive
	maxNames   = 4 << 20 // bytes of their keys together, and of a form that names them
	maxAtOnce  = 16      // archives that are being sent
	maxOfOne   = 4       // of them to one access key, or to all who have none
	maxListing = 4 << 20 // bytes of a page of a listing
	maxProblem = 4 << 10 // bytes that are read of an error
)

// Config is what archives are made of; S3, Bucket and Secret are required.
type Config struct {
	S3 http.Handler // also serves what asks for no archive
	// Bucket returns the bucket that a request addresses as a whole; byHost: its host names it, and the path is the key alone.
	Bucket func(r *http.Request) (name string, byHost, ok bool)
	// Secret returns the secret of an access key that is active, as iam.Service.Identify has it.
	Secret func(ctx context.Context, k ident.AccessKey) (string, error)
	Clock  func() time.Time // nil: the system's
}

// formTime is how long a client may take to send a form.
const formTime = time.Minute

// front is the handler.
type front struct {
	Config

	mu     sync.Mutex
	places map[ident.AccessKey]int // archives under way by who asked; "": anonymous
	taken  int                     // their sum
}

// enter takes a place for an archive, if one is left.
func (f *front) enter(k ident.AccessKey) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.taken == maxAtOnce || f.places[k] == maxOfOne {
		return false
	}
	f.taken++
	f.places[k]++
	return true
}

func (f *front) leave(k ident.AccessKey) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.taken--
	if f.places[k]--; f.places[k] == 0 {
		delete(f.places, k)
	}
}

// New makes the handler. It is safe for concurrent use.
func New(c Config) http.Handler {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return &front{Config: c, places: map[ident.AccessKey]int{}}
}

// ServeHTTP sends an archive where one is asked for, else hands on to S3.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := visit{front: f, w: w, r: r}
	if !v.asks() {
		f.S3.ServeHTTP(w, r)
		return
	}
	if err := v.serve(); err != nil {
		v.fail(err)
	}
}

// A visit is one request for an archive.
type visit struct {
	*front
	w      http.ResponseWriter
	r      *http.Request
	bucket string
	path   string // of the bucket on the wire, ends in a slash
	query  url.Values
	auth   *sigv4.Auth
	secret string
	keys   []string
	bytes  int // of keys
}

// asks reports whether the request is one for an archive: GET or POST of a bucket with zip among its parameters, without a value. No
// operation of S3's has that parameter.
func (v *visit) asks() bool {
	if v.r.Method != http.MethodGet && v.r.Method != http.MethodPost || !strings.Contains(v.r.URL.RawQuery, "zip") {
		return false
	}
	query, err := url.ParseQuery(v.r.URL.RawQuery)
	if zip, has := query["zip"]; err != nil || !has || len(zip) != 1 || zip[0] != "" {
		return false
	}
	name, byHost, ok := v.Bucket(v.r)
	if !ok {
		return false
	}
	v.bucket, v.query, v.path = name, query, "/"
	if !byHost {
		v.path = "/" + escape(name) + "/"
	}
	return true
}

// refusal is S3's own answer to a request made for the archive, which the caller gets as it is.
type refusal struct{ answer *page }

func (refusal) Error() string { return "S3 refused a listing" }

// serve sends the archive, or says why there is none. Once the head went out it ends well or cuts the connection.
func (v *visit) serve() error {
	if err := v.authenticate(); err != nil {
		return err
	}
	if !v.enter(v.auth.AccessKey) {
		return errs.New(errs.Busy, "SlowDown", fmt.Sprintf("%d archives are being sent to you, or %d to all, which is the most: try again when one of them has ended.", maxOfOne, maxAtOnce))
	}
	defer v.leave(v.auth.AccessKey)
	wish, err := v.wish()
	if err != nil {
		return err
	}
	for _, key := range wish.keys {
		if err := v.take(key); err != nil {
			return err
		}
	}
	for _, prefix := range wish.prefixes {
		if err := v.list(prefix); err != nil {
			return err
		}
	}
	if len(v.keys) == 0 {
		return errs.New(errs.NotFound, "NoSuchKey", "Nothing in the bucket has the given prefix or key, so there is nothing to put into an archive.")
	}
	v.send(wish)
	return nil
}

// authenticate verifies the caller's signature. Without one the caller is anonymous, and S3 decides what that allows.
func (v *visit) authenticate() (err error) {
	path, query, _ := strings.Cut(v.r.RequestURI, "?")
	req := sigv4.Request{Method: v.r.Method, Host: v.r.Host, Path: path, Query: query, Header: v.r.Header, ContentLength: v.r.ContentLength}
	if v.auth, err = sigv4.Parse(&req); err != nil || v.auth.Form == sigv4.Unsigned {
		return err
	}
	if v.auth.Form.V2() {
		return errs.New(errs.Unsupported, "NotImplemented", "Archives are signed with Signature Version 4: sign the request with AWS4-HMAC-SHA256.")
	}
	if v.secret, err = v.Secret(v.r.Context(), v.auth.AccessKey); err != nil {
		return err
	}
	return v.auth.Verify(&req, func(date, region, service string) sigv4.Key { return sigv4.Derive(v.secret, date, region, service) }, v.Clock(), sigv4.MaxSkew)
}

// A wish is what an archive is to hold.
type wish struct {
	keys, prefixes []string
	base           string // what the names in the archive leave out
	name           string // of the archive
}

// wish reads what is asked for: parameters of a GET, fields of a POST.
func (v *visit) wish() (*wish, error) {
	from := v.query
	if v.r.Method == http.MethodPost {
		kind, _, err := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
		if err != nil || kind != "application/x-www-form-urlencoded" {
			return nil, invalid("Send the keys as fields of a form: Content-Type: application/x-www-form-urlencoded.")
		}
		control := http.NewResponseController(v.w)
		_ = control.SetReadDeadline(time.Now().Add(formTime)) // a writer without deadlines is a test's
		body, err := io.ReadAll(io.LimitReader(v.auth.Body(v.r.Body), maxNames+1))
		if err != nil {
			return nil, err
		}
		_ = control.SetReadDeadline(time.Time{})
		if len(body) > maxNames {
			return nil, invalid(fmt.Sprintf("The form has more than %d bytes: ask for fewer objects at a time.", maxNames))
		}
		if from, err = parseForm(string(body)); err != nil {
			return nil, err
		}
	}
	out := &wish{keys: from["key"], prefixes: from["prefix"], base: from.Get("base"), name: from.Get("name")}
	if len(out.prefixes) > MaxObjects {
		return nil, tooMany()
	}
	for _, s := range append(append([]string{out.base, out.name}, out.prefixes...), out.keys...) {
		if len(s) > ident.MaxObjectKey {
			return nil, errs.New(errs.Invalid, "KeyTooLongError", "")
		}
	}
	if len(out.keys) == 0 && len(out.prefixes) == 0 {
		out.prefixes = []string{""}
	}
	if !from.Has("base") && len(out.prefixes) == 1 && len(out.keys) == 0 {
		folder := strings.TrimSuffix(out.prefixes[0], "/")
		out.base = folder[:strings.LastIndexByte(folder, '/')+1]
	}
	return out, nil
}

// parseForm reads the fields of a form. url.ParseQuery reads fewer than an archive may name objects.
func parseForm(body string) (url.Values, error) {
	fields := url.Values{}
	for field := range strings.SplitSeq(body, "&") {
		name, value, _ := strings.Cut(field, "=")
		name, errName := url.QueryUnescape(name)
		value, errValue := url.QueryUnescape(value)
		if errName != nil || errValue != nil {
			return nil, invalid("The form has a broken percent escape.")
		}
		fields.Add(name, value)
	}
	return fields, nil
}

func invalid(text string) error { return errs.New(errs.Invalid, "InvalidRequest", text) }

func tooMany() error {
	return invalid(fmt.Sprintf("An archive holds at most %d objects with keys of %d bytes together, and more are asked for: ask for a folder below, or for fewer objects.", MaxObjects, maxNames))
}

// take adds a key.
func (v *visit) take(key string) error {
	v.bytes += len(key)
	if len(v.keys) == MaxObjects || v.bytes > maxNames {
		return tooMany()
	}
	if key == "" {
		return invalid("A key is empty.")
	}
	v.keys = append(v.keys, key)
	return nil
}

// list adds the keys that begin with prefix.
func (v *visit) list(prefix string) error {
	for token := ""; ; {
		query := "list-type=2&encoding-type=url&max-keys=1000&prefix=" + escape(prefix)
		if token != "" {
			query += "&continuation-token=" + escape(token)
		}
		answer := &page{}
		if err := v.ask(answer, cmp.Or(strings.TrimSuffix(v.path, "/"), "/"), query); err != nil {
			return err
		}
		if answer.status != http.StatusOK {
			return refusal{answer}
		}
		var list struct {
			XMLName               xml.Name `xml:"ListBucketResult"`
			Contents              []struct{ Key string }
			NextContinuationToken string
		}
		if err := xml.Unmarshal(answer.body, &list); err != nil {
			return errs.Fault("zipper.list", err)
		}
		for _, c := range list.Contents {
			key, err := url.PathUnescape(strings.ReplaceAll(c.Key, "+", "%20"))
			if err != nil {
				return errs.Fault("zipper.list", err)
			}
			if err := v.take(key); err != nil {
				return err
			}
		}
		if token = list.NextContinuationToken; token == "" {
			return nil
		}
	}
}

// fail answers with an error as S3 writes them.
func (v *visit) fail(err error) {
	h := v.w.Header()
	h.Set("Server", "Coffer")
	h.Set("Content-Type", "application/xml")
	var refused refusal
	if errors.As(err, &refused) {
		for name, values := range refused.answer.header {
			h[name] = values
		}
		h.Del("Content-Length")
		v.w.WriteHeader(refused.answer.status)
		_, _ = v.w.Write(refused.answer.body) // who went away needs no error
		return
	}
	a := s3code.ByKind(errs.KindOf(err))
	for _, known := range s3code.All() {
		if known.Code == string(errs.CodeOf(err)) {
			a = known
		}
	}
	text := errs.PublicOf(err)
	if text == "" {
		text = a.Text
	}
	body, _ := xml.Marshal(struct {
		XMLName                   xml.Name `xml:"Error"`
		Code, Message, BucketName string   `xml:",omitempty"`
	}{Code: a.Code, Message: text, BucketName: v.bucket}) // strings alone: it can't fail
	v.w.WriteHeader(a.Status)
	_, _ = v.w.Write(append([]byte(xml.Header), body...))
}
