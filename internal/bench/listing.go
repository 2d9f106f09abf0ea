package bench

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/sigv4"
)

// The operations of a run with Config.Listing. Each asks for a page of at most 1000 entries.
const (
	ListFirst   Op = "list first"   // the very first page after the preparation, once: nothing was listed before
	ListPage    Op = "list page"    // of keys
	ListFolders Op = "list folders" // of common prefixes
	ListNothing Op = "list nothing" // of a prefix that no key has
)

const (
	folders   = 1000 // that the keys of every bucket are spread over: a page of common prefixes
	maxAnswer = 8 << 20
	helpers   = 4 // delete at a time
)

// A stock is a kind of bucket whose listings are compared.
type stock struct {
	name     string
	extra    bool // has Config.Listing keys besides those of every bucket
	doomed   bool // and they are deleted again, the last key of every folder stays
	versions bool // in a bucket with versioning: markers and versions stay
}

func stocks() []stock {
	return []stock{{name: "few"}, {name: "many", extra: true}, {name: "deleted", extra: true, doomed: true},
		{name: "markers", extra: true, doomed: true, versions: true}}
}

// A shape is what is asked of a listing, and how many entries answer it.
type shape struct {
	op      Op
	query   string
	entries int
}

func (t *target) shapes() []shape {
	of := func(prefix string) string { return "prefix=" + url.QueryEscape(t.prefix+prefix) }
	return []shape{
		{ListFirst, "list-type=2&max-keys=1000&" + of(""), folders},
		{ListPage, "list-type=2&max-keys=1000&" + of(""), folders},
		{ListFolders, "delimiter=%2F&list-type=2&max-keys=1000&" + of(""), folders},
		{ListNothing, "list-type=2&max-keys=1000&" + of("500/none"), 0},
	}
}

// folderKey appends a key below the prefix: key n lies in folder n modulo folders, behind all smaller ones of it.
func folderKey(b []byte, n int64) []byte {
	return fmt.Appendf(b, "%03d/%09d", n%folders, n/folders)
}

// listings compares the listings of a large bucket and of buckets in which as many keys were deleted with those of a small one.
func (r *run) listings(ctx context.Context) (err error) {
	r.stocked()
	defer func() { r.removeStock(ctx) }()
	defer r.closeLanes()
	if err := r.openLanes(); err != nil {
		return err
	}
	for i, t := range r.targets {
		if err := r.fillStock(ctx, i, t); err != nil {
			return err
		}
	}
	for n, s := range r.targets[0].shapes() {
		if err := r.listRow(ctx, n, s.op); err != nil {
			return err
		}
	}
	return r.checkPages(ctx)
}

// stocked makes a target of every bucket, small ones first.
func (r *run) stocked() {
	var all []*target
	for _, t := range r.targets {
		for _, s := range stocks() {
			one := *t
			one.stock, one.Name, one.bucket = s, t.Name+" "+s.name, t.bucket+"-"+s.name
			all = append(all, &one)
		}
	}
	r.targets = all
}

// fillStock makes a target's bucket and brings it to its state.
func (r *run) fillStock(ctx context.Context, i int, t *target) error {
	if err := t.createBucket(ctx, r.Insecure); err != nil {
		return err
	}
	if t.stock.versions {
		body := []byte(`<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`)
		if _, err := t.ask(ctx, r.Insecure, http.MethodPut, "versioning=", body); err != nil {
			return err
		}
	}
	extra := int64(0)
	if t.stock.extra {
		extra = int64(r.Listing)
	}
	puts := &plan{op: Put, kind: folded, body: r.body(1, Unsigned), limit: extra + folders}
	if err := r.bulk(ctx, string(ListPage), i, "fill", puts); err != nil {
		return err
	}
	if t.stock.doomed {
		return r.deleteFolded(ctx, t, extra)
	}
	return nil
}

// deleteFolded deletes the first count keys of a bucket, in thousands.
func (r *run) deleteFolded(ctx context.Context, t *target, count int64) error {
	var next atomic.Int64
	var work sync.WaitGroup
	var once sync.Once
	var failed error
	for range helpers {
		work.Go(func() {
			for from := next.Add(1000) - 1000; from < count && ctx.Err() == nil; from = next.Add(1000) - 1000 {
				var doc deletion
				for n := from; n < min(from+1000, count); n++ {
					doc.Objects = append(doc.Objects, victim{Key: string(folderKey([]byte(t.prefix), n))})
				}
				r.progress(Progress{string(ListPage), t.Name, "delete", float64(from) / float64(count)})
				if err := t.remove(ctx, r.Insecure, &doc); err != nil {
					once.Do(func() { failed = err })
					return
				}
			}
		})
	}
	work.Wait()
	if failed == nil && ctx.Err() != nil {
		failed = errs.New(errs.Canceled, "", "The run was ended before its time.").Because(ctx.Err())
	}
	return failed
}

// listRow measures one shape at all buckets, which take turns.
func (r *run) listRow(ctx context.Context, n int, op Op) error {
	plans, sums := make([]*plan, len(r.targets)), make([]measured, len(r.targets))
	for i, t := range r.targets {
		plans[i] = &plan{op: List, query: t.shapes()[n].query, limit: r.Count}
		if op == ListFirst {
			plans[i].limit = 1
		} else if r.Warmup > 0 && r.Count == 0 {
			r.turn(i, plans[i], time.Now().Add(r.Warmup), new(tally))
		}
		sums[i].cpu = cpuOf(t.PIDs)
	}
	err := r.measure(ctx, string(op), plans, sums)
	for i, t := range r.targets {
		sums[i].cpu = cpuOf(t.PIDs) - sums[i].cpu
		r.report.Rows = append(r.report.Rows, newRow(t, op, 1, "", &sums[i]))
	}
	return err
}

// checkPages says in the report which pages were shorter than they should be: a fast page that ends early is no fast listing.
func (r *run) checkPages(ctx context.Context) error {
	for _, t := range r.targets {
		for _, s := range t.shapes()[1:] {
			answer, err := t.ask(ctx, r.Insecure, http.MethodGet, s.query, nil)
			if err != nil {
				return err
			}
			var page struct {
				Contents       []struct{} `xml:"Contents"`
				CommonPrefixes []struct{} `xml:"CommonPrefixes"`
			}
			if err := xml.Unmarshal(answer, &page); err != nil {
				return errs.New(errs.Unavailable, "", fmt.Sprintf("%s at %s: the answer is no XML: %v", s.op, t.Name, err))
			}
			if is := len(page.Contents) + len(page.CommonPrefixes); is != s.entries {
				r.report.Left = append(r.report.Left, fmt.Sprintf("%s at %s: a page has %d entries, not %d", s.op, t.Name, is, s.entries))
			}
		}
	}
	return nil
}

// removeStock removes the buckets with all that is in them.
func (r *run) removeStock(ctx context.Context) {
	if r.Keep {
		return
	}
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), maxCleaning)
		defer cancel()
	}
	for _, t := range r.targets {
		if err := r.emptyStock(ctx, t); err != nil {
			r.report.Left = append(r.report.Left, fmt.Sprintf("%s: bucket %s still holds what was written: %v", t.Name, t.bucket, err))
		}
	}
}

// emptyStock deletes versions page by page, then the bucket. One that was never made is fine.
func (r *run) emptyStock(ctx context.Context, t *target) error {
	after := url.Values{}
	for page := 1; ; page++ {
		answer, err := t.ask(ctx, r.Insecure, http.MethodGet, after.Encode()+"&versions=", nil, 200, 404)
		if err != nil {
			return err
		}
		var list struct {
			Version             []victim
			DeleteMarker        []victim
			IsTruncated         bool
			NextKeyMarker       string
			NextVersionIdMarker string
		}
		if err := xml.Unmarshal(answer, &list); err != nil {
			return errs.New(errs.Unavailable, "", "the answer is no XML").Because(err)
		}
		doc := deletion{Objects: append(list.Version, list.DeleteMarker...)}
		r.progress(Progress{"cleaning", t.Name, "clean", float64(page) / float64(page+1)})
		if len(doc.Objects) > 0 {
			if err := t.remove(ctx, r.Insecure, &doc); err != nil {
				return err
			}
		}
		if !list.IsTruncated {
			return t.do(ctx, http.MethodDelete, r.Insecure, 204, 404)
		}
		after = url.Values{"key-marker": {list.NextKeyMarker}}
		if list.NextVersionIdMarker != "" {
			after.Set("version-id-marker", list.NextVersionIdMarker)
		}
	}
}

// victim is an entry of a request to delete several objects.
type victim struct {
	Key       string
	VersionID string `xml:"VersionId,omitempty"`
}

type deletion struct {
	XMLName xml.Name `xml:"Delete"`
	Quiet   bool
	Objects []victim `xml:"Object"`
}

// remove deletes what the document names. An object that could not be deleted is an error.
func (t *target) remove(ctx context.Context, insecure bool, doc *deletion) error {
	doc.Quiet = true
	body, err := xml.Marshal(doc)
	if err != nil {
		return errs.Fault("bench.remove", err)
	}
	answer, err := t.ask(ctx, insecure, http.MethodPost, "delete=", body)
	if err == nil && bytes.Contains(answer, []byte("<Error>")) {
		err = errs.New(errs.Unavailable, "", fmt.Sprintf("%s did not delete all: %.300s", t.Name, answer))
	}
	return err
}

// ask sends one signed request about the bucket and returns the answer's body. query is in canonical form.
func (t *target) ask(ctx context.Context, insecure bool, method, query string, body []byte, fine ...int) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	scheme := "http://"
	transport := &http.Transport{DisableKeepAlives: true}
	if t.tls != nil {
		scheme, transport.TLSClientConfig = "https://", t.tls.Clone()
	}
	query = canonical(query)
	req, err := http.NewRequestWithContext(ctx, method, scheme+t.host+"/"+t.bucket+"?"+query, bytes.NewReader(body))
	if err != nil {
		return nil, invalid("endpoint %s: %v", t.Name, err)
	}
	if body != nil {
		sum := md5.Sum(body)
		req.Header.Set("Content-Md5", base64.StdEncoding.EncodeToString(sum[:]))
	}
	sum := sha256.Sum256(body)
	signed := sigv4.Request{Method: method, Host: t.host, Path: "/" + t.bucket, Query: query, Header: req.Header}
	sigv4.SignHeader(&signed, sigv4.Credential{AccessKey: ident.AccessKey(t.AccessKey), Secret: t.Secret, Region: t.region}, hex.EncodeToString(sum[:]), time.Now())
	res, err := transport.RoundTrip(req)
	if err != nil {
		return nil, errs.New(errs.Unavailable, "", fmt.Sprintf("endpoint %s does not answer: %v", t.Name, err)).Because(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, errs.New(errs.Unavailable, "", fmt.Sprintf("endpoint %s stopped answering: %v", t.Name, err)).Because(err)
	}
	if !slices.Contains(orElse(fine, http.StatusOK), res.StatusCode) {
		return nil, errs.New(errs.Unavailable, "", fmt.Sprintf("endpoint %s: %s of bucket %s: status %d: %.500s", t.Name, method, t.bucket, res.StatusCode, answer))
	}
	return answer, nil
}

// canonical sorts a query and encodes it as signatures want it.
func canonical(query string) string {
	values, _ := url.ParseQuery(query) // ours: it parses
	return string(bytes.ReplaceAll([]byte(values.Encode()), []byte("+"), []byte("%20")))
}

// appendFolded appends the path of a key of a listing's bucket.
func (t *target) appendFolded(b []byte, n int64) []byte {
	return folderKey(append(append(b, '/'), t.prefix...), n)
}

// checkListing bounds Config.Listing. What such a run removes must be what it made.
func (c *Config) checkListing() error {
	if c.Listing > 0 && c.Bucket != "" {
		return invalid("listing: it makes buckets of its own; leave the bucket out")
	}
	if c.Listing < 0 || c.Listing > MaxObjects {
		return invalid("listing: 0 to %d keys, not %d", MaxObjects, c.Listing)
	}
	return nil
}
