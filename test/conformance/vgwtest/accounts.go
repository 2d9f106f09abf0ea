package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// The suite names an account by its access key, since that is an account's id at versitygw. Other servers have ids of their own and, as
// AWS does, take no access key for a principal or a grantee. The translator stands between: in policies, lists and owners it writes the
// id of an account for the key that the suite knows it by, and in answers the key for the id. What it changes it signs again by the key
// of who asked. It changes nothing else, and never what is decided.
type translator struct {
	to     *url.URL
	region string
	file   string // "ACCESS SECRET ID" a line; grows while the suite makes users
	mu     sync.Mutex
	all    []account
	client *http.Transport
}

type account struct{ access, secret, id string }

// maxTranslated bounds a document that is read to be translated, in bytes.
const maxTranslated = 4 << 20

var credential = regexp.MustCompile(`Credential=([^/]+)/`)

// translate listens on a free port of the loopback and returns the endpoint to speak to.
func translate(endpoint, region, file string, root account) (string, error) {
	to, err := url.Parse(endpoint)
	if err != nil {
		return "", err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	t := &translator{to: to, region: region, file: file, all: []account{root}, client: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}}
	s := &http.Server{Handler: t, MaxHeaderBytes: 1 << 20, ReadHeaderTimeout: time.Minute}
	go func() { fmt.Fprintln(os.Stderr, s.Serve(l)) }()
	return "http://" + l.Addr().String(), nil
}

// accounts reads those that the suite made since.
func (t *translator) accounts() []account {
	t.mu.Lock()
	defer t.mu.Unlock()
	raw, err := os.ReadFile(t.file)
	if err != nil {
		return t.all
	}
	all := t.all[:1:1]
	for _, line := range strings.Split(string(raw), "\n") {
		if f := strings.Fields(line); len(f) == 3 {
			all = append(all, account{f[0], f[1], f[2]})
		}
	}
	t.all = all
	return all
}

func (t *translator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	all := t.accounts()
	out := r.Clone(r.Context())
	out.RequestURI, out.URL.Scheme, out.URL.Host = "", t.to.Scheme, t.to.Host
	changed, err := t.rewrite(out, all)
	if err == nil && changed {
		err = t.sign(out, all)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	if !changed {
		out.URL = &url.URL{Scheme: t.to.Scheme, Host: t.to.Host, Opaque: strings.SplitN(r.RequestURI, "?", 2)[0], RawQuery: r.URL.RawQuery, ForceQuery: r.URL.ForceQuery}
	}
	in, err := t.client.RoundTrip(out)
	if err != nil {
		panic(http.ErrAbortHandler) // the server cut the connection: so does this one
	}
	defer in.Body.Close()
	t.answer(w, in, all)
}

// rewrite writes ids for keys where a request names accounts.
func (t *translator) rewrite(r *http.Request, all []account) (changed bool, err error) {
	for name, values := range r.Header {
		grant := strings.HasPrefix(name, "X-Amz-Grant-")
		if !grant && !strings.HasSuffix(name, "Expected-Bucket-Owner") {
			continue
		}
		for i, v := range values {
			for _, a := range all {
				if v == a.access && grant {
					v = `id="` + a.id + `"` // the form of the header, which the suite leaves out
				}
				v = strings.ReplaceAll(v, a.access, a.id)
			}
			changed = changed || v != values[i]
			values[i] = v
		}
	}
	q := r.URL.Query()
	if r.Method != http.MethodPut || !q.Has("policy") && !q.Has("acl") || r.ContentLength <= 0 || r.ContentLength > maxTranslated {
		return changed, nil
	}
	doc, err := io.ReadAll(r.Body)
	if err != nil {
		return false, err
	}
	was := string(doc)
	text := was
	for _, a := range all {
		text = strings.ReplaceAll(text, a.access, a.id)
	}
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	if text == was {
		return changed, nil
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Amz-Checksum-") || name == "X-Amz-Sdk-Checksum-Algorithm" || name == "Content-Md5" {
			r.Header.Del(name)
		}
	}
	sum := sha256.Sum256([]byte(text))
	r.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
	r.Header.Set("Content-Length", strconv.Itoa(len(text)))
	return true, nil
}

// sign signs a changed request by the key that had signed it.
func (t *translator) sign(r *http.Request, all []account) error {
	m := credential.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil {
		return nil
	}
	for _, a := range all {
		if a.access == m[1] {
			r.Header.Del("Authorization")
			return v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }).SignHTTP(context.Background(),
				aws.Credentials{AccessKeyID: a.access, SecretAccessKey: a.secret}, r, r.Header.Get("X-Amz-Content-Sha256"), "s3", t.region, time.Now())
		}
	}
	return nil
}

// answer passes the answer on, with keys for ids.
func (t *translator) answer(w http.ResponseWriter, in *http.Response, all []account) {
	kind := in.Header.Get("Content-Type")
	documents := (kind == "application/xml" || kind == "application/json") && in.ContentLength > 0 && in.ContentLength <= maxTranslated
	for name, values := range in.Header {
		w.Header()[name] = values
	}
	if !documents || in.Request.Method == http.MethodHead {
		w.WriteHeader(in.StatusCode)
		if _, err := io.Copy(w, in.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
		return
	}
	doc, err := io.ReadAll(in.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	for i := len(all) - 1; i >= 0; i-- {
		a := all[i]
		doc = bytes.ReplaceAll(doc, []byte("<ID>"+a.id+"</ID>"), []byte("<ID>"+a.access+"</ID>"))
		if kind == "application/json" {
			doc = bytes.ReplaceAll(doc, []byte(`"`+a.id+`"`), []byte(`"`+a.access+`"`))
		}
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(doc)))
	w.WriteHeader(in.StatusCode)
	_, _ = w.Write(doc)
}
