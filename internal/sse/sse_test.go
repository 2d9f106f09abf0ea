package sse

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"strings"
	"testing"

	"coffer/internal/errs"
	"coffer/internal/object"
)

func lookup(pairs ...string) Lookup {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

func key(n int) (value, digest string) {
	raw := bytes.Repeat([]byte{9}, n)
	sum := md5.Sum(raw)
	return base64.StdEncoding.EncodeToString(raw), base64.StdEncoding.EncodeToString(sum[:])
}

func TestAsk(t *testing.T) {
	k, digest := key(32)
	short, shortDigest := key(16)
	const algorithm, secret, sum = OfRequest + "Algorithm", OfRequest + "Key", OfRequest + "Key-Md5"
	byKey := Rule{Method: object.ByNamedKey, KeyName: "house", BucketKey: true}
	for _, c := range []struct {
		name   string
		header []string
		rule   Rule
		method object.EncryptionMethod
		key    string
		bucket bool
		code   errs.Code
	}{
		{name: "nothing"},
		{name: "rule", rule: Rule{Method: object.ByServer}, method: object.ByServer},
		{name: "rule with a key", rule: byKey, method: object.ByNamedKey, key: "house", bucket: true},
		{name: "header wins", header: []string{Header, "AES256"}, rule: byKey, method: object.ByServer},
		{name: "own key wins", header: []string{algorithm, "AES256", secret, k, sum, digest}, rule: byKey, method: object.ByCustomer},
		{name: "named", header: []string{Header, "aws:kms", keyHeader, "ledger", bucketHeader, "true"}, method: object.ByNamedKey, key: "ledger", bucket: true},
		{name: "named by ARN", header: []string{Header, "aws:kms", keyHeader, "arn:aws:kms:eu:1:key/ledger"}, method: object.ByNamedKey, key: "ledger"},
		{name: "named by alias", header: []string{Header, "aws:kms", keyHeader, "arn:aws:kms:eu:1:alias/ledger"}, method: object.ByNamedKey, key: "ledger"},
		{name: "no key named", header: []string{Header, "aws:kms"}, rule: Rule{Method: object.ByServer}, method: object.ByNamedKey, key: DefaultKey},
		{name: "bucket key off", header: []string{bucketHeader, "false"}, rule: byKey, method: object.ByNamedKey, key: "house"},
		{name: "bad ARN", header: []string{Header, "aws:kms", keyHeader, "arn:aws:s3:x"}, code: "KMS.NotFoundException"},
		{name: "bad bucket key", header: []string{Header, "aws:kms", bucketHeader, "maybe"}, code: "InvalidArgument"},
		{name: "unknown method", header: []string{Header, "rot13"}, code: "InvalidArgument"},
		{name: "two layers", header: []string{Header, "aws:kms:dsse"}, code: "NotImplemented"},
		{name: "key without method", header: []string{keyHeader, "ledger"}, code: "InvalidArgument"},
		{name: "key with AES256", header: []string{Header, "AES256", keyHeader, "ledger"}, code: "InvalidArgument"},
		{name: "two ways", header: []string{Header, "AES256", algorithm, "AES256", secret, k, sum, digest}, code: "InvalidArgument"},
		{name: "own key blocked", header: []string{algorithm, "AES256", secret, k, sum, digest}, rule: Rule{Method: object.ByServer, RefuseClient: true}, code: "AccessDenied"},
		{name: "no algorithm", header: []string{secret, k, sum, digest}, code: "InvalidArgument"},
		{name: "other algorithm", header: []string{algorithm, "DES", secret, k, sum, digest}, code: "InvalidEncryptionAlgorithmError"},
		{name: "no key", header: []string{algorithm, "AES256", sum, digest}, code: "InvalidArgument"},
		{name: "no digest", header: []string{algorithm, "AES256", secret, k}, code: "InvalidArgument"},
		{name: "wrong digest", header: []string{algorithm, "AES256", secret, k, sum, shortDigest}, code: "InvalidArgument"},
		{name: "short key", header: []string{algorithm, "AES256", secret, short, sum, shortDigest}, code: "InvalidArgument"},
		{name: "no base64", header: []string{algorithm, "AES256", secret, "§", sum, digest}, code: "InvalidArgument"},
	} {
		e, err := Ask(lookup(c.header...), c.rule)
		if errs.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %q", c.name, err, c.code)
			continue
		}
		if err != nil {
			if strings.Contains(err.Error(), k) {
				t.Errorf("%s: the error shows the key", c.name)
			}
			continue
		}
		if e == nil {
			e = &object.Encryption{}
		}
		if e.Method != c.method || e.KeyName != c.key || e.BucketKey != c.bucket || (e.Customer != nil) != (c.method == object.ByCustomer) {
			t.Errorf("%s: %+v", c.name, e)
		}
	}
}

func TestMakeRule(t *testing.T) {
	for _, c := range []struct {
		algorithm, key string
		code           errs.Code
	}{{"AES256", "", ""}, {"aws:kms", "", ""}, {"aws:kms", "ledger", ""}, {"AES256", "ledger", "InvalidArgument"}, {"aws:kms:dsse", "", "NotImplemented"}, {"", "", "MalformedXML"}} {
		r, err := MakeRule(c.algorithm, c.key, true)
		if errs.CodeOf(err) != c.code || err == nil && (r.Algorithm() != c.algorithm || !r.BucketKey) {
			t.Errorf("%+v: %+v, %v", c, r, err)
		}
	}
}

func TestHandled(t *testing.T) {
	for name, want := range map[string]bool{Header: true, keyHeader: true, bucketHeader: true, OfRequest + "Key": true, OfSource + "Key-Md5": true,
		Header + "-Context": false, OfRequest + "Other": false, "X-Amz-Server-Side-Encryptions": false} {
		if Handled(name) != want {
			t.Errorf("%s", name)
		}
	}
}
