package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"coffer/internal/api/cloud"
	"coffer/internal/api/console"
	"coffer/internal/api/management"
	"coffer/internal/ident"
	"coffer/internal/sigv4"
)

type bucketCmd struct {
	Client
	List   bucketList   `cmd:"" help:"List the buckets that you may see."`
	Create bucketCreate `cmd:"" help:"Make a bucket; the region decides whose it is."`
	Delete bucketDelete `cmd:"" help:"Delete an empty bucket."`
}

// pairOf returns the access key that signs S3 requests: of the environment, or one of the caller's own that is active and whose secret
// can be read, which is recorded.
func (c *connection) pairOf(env *Env) (pair, error) {
	p := pair{access: env.Getenv("COFFER_ACCESS_KEY"), secret: env.Getenv("COFFER_SECRET_KEY")}
	if (p.access == "") != (p.secret == "") {
		return p, usage("COFFER_ACCESS_KEY and COFFER_SECRET_KEY go together")
	}
	if p.access != "" {
		return p, nil
	}
	me, err := read[console.Session](c.console.ConsoleSession(env.Context))
	if err != nil {
		return p, err
	}
	keys, err := read[cloud.S3Keys](c.cloud.UmUsersS3keysGet(env.Context, me.User.Id.String(), &cloud.UmUsersS3keysGetParams{XContractNumber: c.contract}))
	if err != nil {
		return p, err
	}
	for _, k := range keys.Items {
		older := k.Metadata != nil && or(k.Metadata.Validity, "") == cloud.UserOwnedBucketsOnly
		expired := k.Metadata != nil && k.Metadata.Expires != nil && !time.Now().Before(*k.Metadata.Expires)
		if k.Properties.Active && k.Properties.SecretKey != "" && !expired && (p.access == "" || !older) {
			p = pair{access: k.Id, secret: k.Properties.SecretKey}
		}
	}
	if p.access == "" {
		return p, &Error{Code: ExitDenied, Text: "you have no active access key whose secret can be read",
			Hint: "Make one with 'coffer key create', or set COFFER_ACCESS_KEY and COFFER_SECRET_KEY."}
	}
	return p, nil
}

// s3 sends a request to S3, which the control listener passes on where it is signed.
func (c *connection) s3(env *Env, p pair, method, path, query, region, body string, header map[string]string) ([]byte, error) {
	target := c.base + path
	if query != "" {
		target += "?" + query
	}
	r, err := http.NewRequestWithContext(env.Context, method, target, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", "coffer/"+env.Version)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	sum := sha256.Sum256([]byte(body))
	signed := sigv4.Request{Method: method, Host: r.URL.Host, Path: path, Query: query, Header: r.Header, ContentLength: int64(len(body))}
	sigv4.SignHeader(&signed, sigv4.Credential{AccessKey: ident.AccessKey(p.access), Secret: p.secret, Region: region}, hex.EncodeToString(sum[:]), time.Now())
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, unreachable(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, unreachable(err)
	}
	if resp.StatusCode < 300 {
		return raw, nil
	}
	var said struct{ Code, Message string }
	e := &Error{Code: codeOf(resp.StatusCode), Text: resp.Status}
	if xml.Unmarshal(raw, &said) == nil && said.Message != "" {
		e.Text, e.Word = said.Message, said.Code
	}
	return nil, e
}

// regions are the regions by id; the first one is the default.
func (c *connection) regions(ctx context.Context) (first string, by map[string]management.RegionRead, err error) {
	l, err := read[management.RegionReadList](c.management.RegionsGet(ctx, &management.RegionsGetParams{Limit: ptr(pageSize)}))
	if err != nil {
		return "", nil, err
	}
	by = map[string]management.RegionRead{}
	for i, r := range l.Items {
		if i == 0 {
			first = r.Id
		}
		by[r.Id] = r
	}
	return first, by, nil
}

type bucketList struct{}

// listedBucket is a bucket as it is shown.
type listedBucket struct {
	Name    string `json:"name" xml:"Name"`
	Region  string `json:"region" xml:"BucketRegion"`
	Type    string `json:"type" xml:"-"` // contract-owned or user-owned
	Created string `json:"created,omitempty" xml:"CreationDate"`
}

// Run lists buckets, a page of S3's after the other.
func (*bucketList) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	p, err := conn.pairOf(env)
	if err != nil {
		return err
	}
	first, regions, err := conn.regions(env.Context)
	if err != nil {
		return err
	}
	found := []listedBucket{}
	for from := ""; ; {
		query := url.Values{"max-buckets": {"1000"}}
		if from != "" {
			query.Set("continuation-token", from)
		}
		raw, err := conn.s3(env, p, http.MethodGet, "/", query.Encode(), first, "", nil)
		if err != nil {
			return err
		}
		var page struct {
			Buckets           []listedBucket `xml:"Buckets>Bucket"`
			ContinuationToken string
		}
		if err := xml.Unmarshal(raw, &page); err != nil {
			return &Error{Code: ExitFailure, Text: "the server's answer can't be read: " + err.Error()}
		}
		for _, b := range page.Buckets {
			b.Type = string(regions[b.Region].Properties.BucketOwnership)
			found = append(found, b)
		}
		if from = page.ContinuationToken; from == "" {
			break
		}
	}
	return c.show(env, found, func() [][]string {
		rows := [][]string{{"NAME", "REGION", "TYPE", "CREATED"}}
		for _, b := range found {
			rows = append(rows, []string{b.Name, b.Region, b.Type, b.Created})
		}
		return rows
	})
}

type bucketCreate struct {
	Name       string `arg:"" help:"Name, unique on the server: 3 to 63 lower-case letters, digits and hyphens."`
	Region     string `placeholder:"NAME" help:"Region; the first where absent. 'coffer region list' shows which type of bucket each has."`
	ObjectLock bool   `name:"object-lock" help:"Let objects be locked against deletion; turns versions on."`
}

// Run makes a bucket.
func (b *bucketCreate) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	first, regions, err := conn.regions(env.Context)
	if err != nil {
		return err
	}
	region := b.Region
	if region == "" {
		region = first
	}
	if _, known := regions[region]; !known {
		return &Error{Code: ExitNotFound, Text: "there is no region " + region, Hint: "'coffer region list' shows them."}
	}
	p, err := conn.pairOf(env)
	if err != nil {
		return err
	}
	header := map[string]string{"Content-Type": "application/xml"}
	if b.ObjectLock {
		header["X-Amz-Bucket-Object-Lock-Enabled"] = "true"
	}
	body := "<CreateBucketConfiguration><LocationConstraint>" + region + "</LocationConstraint></CreateBucketConfiguration>"
	if _, err := conn.s3(env, p, http.MethodPut, "/"+url.PathEscape(b.Name), "", region, body, header); err != nil {
		return err
	}
	made := listedBucket{Name: b.Name, Region: region, Type: string(regions[region].Properties.BucketOwnership)}
	return c.show(env, made, func() [][]string {
		return [][]string{{"Name", made.Name}, {"Region", made.Region}, {"Type", made.Type}}
	})
}

type bucketDelete struct {
	Name string `arg:"" help:"Name of the bucket."`
}

// Run deletes a bucket.
func (b *bucketDelete) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	p, err := conn.pairOf(env)
	if err != nil {
		return err
	}
	first, _, err := conn.regions(env.Context)
	if err != nil {
		return err
	}
	_, err = conn.s3(env, p, http.MethodDelete, "/"+url.PathEscape(b.Name), "", first, "", nil)
	return err
}
