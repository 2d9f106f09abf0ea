package bench

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"coffer/internal/checksum"
	"coffer/internal/sigv4"
)

const (
	testKey    = "AKIAIOSFODNN7EXAMPLE"
	testSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

// fake is a small S3 server in memory. It verifies every signature, body and trailer with package sigv4, so that what is measured is
// what a real server would accept.
type fake struct {
	mu      *sync.Mutex // its own, or shared by the fakes of a test
	buckets map[string]bool
	objects map[string][]byte
	seen    map[string]int                                // "PUT unsigned"
	order   *[]string                                     // of all fakes of a test: who answered
	name    string                                        // in order
	wrong   []string                                      // what was not as it should be
	spoil   func(http.ResponseWriter, *http.Request) bool // answers instead, if it returns true
}

func newFake(t *testing.T) (*fake, *httptest.Server) {
	f := &fake{mu: new(sync.Mutex), buckets: map[string]bool{}, objects: map[string][]byte{}, seen: map[string]int{}}
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return f, s
}

// look lets a test see or change a fake that may still be serving.
func (f *fake) look(at func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at()
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, payload, err := f.verify(r)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.spoil != nil && f.spoil(w, r) {
		return
	}
	if err != nil {
		f.wrong = append(f.wrong, fmt.Sprintf("%s %s: %v", r.Method, r.URL, err))
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	if f.order != nil {
		*f.order = append(*f.order, f.name)
	}
	f.seen[fmt.Sprintf("%s %v", r.Method, payload)]++
	bucket, key, inBucket := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if !inBucket {
		f.serveBucket(w, r, bucket, body)
		return
	}
	f.serveObject(w, r, bucket+"/"+key, body)
}

// verify checks the request as a server does, and returns its decoded body.
func (f *fake) verify(r *http.Request) ([]byte, sigv4.Payload, error) {
	in := &sigv4.Request{Method: r.Method, Host: r.Host, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: r.Header, ContentLength: r.ContentLength}
	a, err := sigv4.Parse(in)
	if err != nil {
		return nil, 0, err
	}
	if a.Form != sigv4.Header || a.AccessKey != testKey {
		return nil, 0, fmt.Errorf("form %d, key %s", a.Form, a.AccessKey)
	}
	derive := func(date, region, service string) sigv4.Key { return sigv4.Derive(testSecret, date, region, service) }
	if err := a.Verify(in, derive, time.Now(), sigv4.MaxSkew); err != nil {
		return nil, 0, err
	}
	reader := a.Body(r.Body)
	body, err := io.ReadAll(reader)
	if err == nil && a.Trailer != checksum.None {
		h := a.Trailer.New()
		h.Write(body)
		if !checksum.Of(a.Trailer, h).Matches(reader.Sum()) {
			err = checksum.Mismatch(a.Trailer)
		}
	}
	return body, a.Payload, err
}

func (f *fake) serveBucket(w http.ResponseWriter, r *http.Request, bucket string, body []byte) {
	q := r.URL.Query()
	switch {
	case q.Has("versioning"):
		f.seen["versioning of "+bucket[strings.LastIndexByte(bucket, '-')+1:]]++
		return
	case q.Has("delete"):
		f.serveDeletion(w, bucket, body)
		return
	case q.Has("versions"):
		f.serveVersions(w, bucket)
		return
	}
	switch r.Method {
	case http.MethodPut:
		f.buckets[bucket] = true
	case http.MethodDelete:
		for k := range f.objects {
			if strings.HasPrefix(k, bucket+"/") {
				http.Error(w, "BucketNotEmpty", http.StatusConflict)
				return
			}
		}
		delete(f.buckets, bucket)
		w.WriteHeader(http.StatusNoContent)
	case http.MethodGet:
		var page struct {
			XMLName  xml.Name `xml:"ListBucketResult"`
			Key      []string
			Contents []struct{} // a thousand keys or folders at most: as many as there are here
		}
		for k := range f.objects {
			if strings.HasPrefix(k, bucket+"/"+q.Get("prefix")) {
				page.Key = append(page.Key, k)
			}
		}
		page.Contents = make([]struct{}, min(len(page.Key), 1000))
		f.seen[fmt.Sprintf("listed %d", len(page.Key))]++
		page.Key = nil
		_ = xml.NewEncoder(w).Encode(page)
	}
}

func (f *fake) serveObject(w http.ResponseWriter, r *http.Request, key string, body []byte) {
	object, found := f.objects[key]
	switch {
	case r.Method == http.MethodPut:
		if found {
			f.wrong = append(f.wrong, "put twice: "+key)
		}
		f.objects[key] = body
	case r.Method == http.MethodDelete:
		delete(f.objects, key)
		w.WriteHeader(http.StatusNoContent)
	case !found:
		f.wrong = append(f.wrong, "not there: "+key)
		http.Error(w, "NoSuchKey", http.StatusNotFound)
	default:
		w.Header().Set("Content-Length", fmt.Sprint(len(object)))
		_, _ = w.Write(object)
	}
}

// short is a run of a few requests.
func short(urls ...string) Config {
	c := Config{Ops: Ops(), Connections: 3, Duration: 20 * time.Second, Count: 60, Turn: 5 * time.Millisecond, Objects: 20, Timeout: 10 * time.Second}
	for i, u := range urls {
		c.Endpoints = append(c.Endpoints, Endpoint{Name: string(rune('a' + i)), URL: u, AccessKey: testKey, Secret: testSecret})
	}
	return c
}

func (f *fake) serveDeletion(w http.ResponseWriter, bucket string, body []byte) {
	var doc deletion
	if err := xml.Unmarshal(body, &doc); err != nil || len(doc.Objects) > 1000 || !doc.Quiet {
		f.wrong = append(f.wrong, fmt.Sprintf("deletion of %d: %v", len(doc.Objects), err))
	}
	for _, o := range doc.Objects {
		if f.objects[bucket+"/"+o.Key] == nil {
			f.wrong = append(f.wrong, "not there: "+o.Key)
		}
		delete(f.objects, bucket+"/"+o.Key)
	}
	_, _ = w.Write([]byte("<DeleteResult></DeleteResult>"))
}

func (f *fake) serveVersions(w http.ResponseWriter, bucket string) {
	var page struct {
		XMLName       xml.Name `xml:"ListVersionsResult"`
		Version       []victim
		IsTruncated   bool
		NextKeyMarker string
	}
	for k := range f.objects {
		if key, mine := strings.CutPrefix(k, bucket+"/"); mine {
			if page.IsTruncated = len(page.Version) == 1000; page.IsTruncated {
				page.NextKeyMarker = "more"
				break
			}
			page.Version = append(page.Version, victim{Key: key})
		}
	}
	_ = xml.NewEncoder(w).Encode(page)
}
