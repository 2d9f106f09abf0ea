package sigv4

import (
	"testing"
	"time"

	"coffer/internal/errs"
)

// The examples of the AWS S3 API Reference, "Signing and authenticating REST requests (AWS Signature Version 2)".
func TestDocumentedV2(t *testing.T) {
	for _, c := range []struct {
		name, method, host, bucket, path, query, signature string
		header                                             map[string]string
	}{
		{"get", "GET", "johnsmith.s3.amazonaws.com", "johnsmith", "/photos/puppy.jpg", "", "bWq2s1WEIj+Ydj0vQ697zp+IXMU=",
			map[string]string{"Date": "Tue, 27 Mar 2007 19:36:42 +0000"}},
		{"put", "PUT", "johnsmith.s3.amazonaws.com", "johnsmith", "/photos/puppy.jpg", "", "MyyxeRY7whkBe+bq8fHCL/2kKUg=",
			map[string]string{"Date": "Tue, 27 Mar 2007 21:15:45 +0000", "Content-Type": "image/jpeg"}},
		{"list", "GET", "johnsmith.s3.amazonaws.com", "johnsmith", "/", "prefix=photos&max-keys=50&marker=puppy", "htDYFYduRNen8P9ZfE/s9SuKy0U=",
			map[string]string{"Date": "Tue, 27 Mar 2007 19:42:41 +0000"}},
		{"get acl", "GET", "johnsmith.s3.amazonaws.com", "johnsmith", "/", "acl", "c2WLPFtWHVgbEmeEG93a4cG37dM=",
			map[string]string{"Date": "Tue, 27 Mar 2007 19:44:46 +0000"}},
		{"delete", "DELETE", "s3.amazonaws.com", "", "/johnsmith/photos/puppy.jpg", "", "lx3byBScXR6KzyMaifNkardMwNk=",
			map[string]string{"Date": "Tue, 27 Mar 2007 21:20:26 +0000"}},
		{"upload", "PUT", "static.johnsmith.net:8080", "static.johnsmith.net", "/db-backup.dat.gz", "", "ilyl83RwaSoYIEdixDQcA4OnAnc=",
			map[string]string{"Date": "Tue, 27 Mar 2007 21:06:08 +0000", "X-Amz-Acl": "public-read", "Content-Type": "application/x-download",
				"Content-Md5": "4gJE4saaMU4BqNR0kLY+lw==", "X-Amz-Meta-Reviewedby": "joe@johnsmith.net,jane@johnsmith.net",
				"X-Amz-Meta-Filechecksum": "0x02661779", "X-Amz-Meta-Checksumalgorithm": "crc32", "Content-Encoding": "gzip"}},
		{"list all", "GET", "s3.amazonaws.com", "", "/", "", "qGdzdERIC03wnaRNKh6OqZehG9s=",
			map[string]string{"Date": "Wed, 28 Mar 2007 01:29:59 +0000"}},
		{"unicode", "GET", "s3.amazonaws.com", "", "/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re", "", "DNEZGsoieTZ92F3bUfSPQcbGmlM=",
			map[string]string{"Date": "Wed, 28 Mar 2007 01:49:49 +0000"}},
	} {
		r := &Request{Method: c.method, Host: c.host, Bucket: c.bucket, Path: c.path, Query: c.query,
			Header: map[string][]string{"Authorization": {"AWS AKIAIOSFODNN7EXAMPLE:" + c.signature}}}
		for k, v := range c.header {
			r.Header[k] = []string{v}
		}
		a, err := Parse(r)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if a.Form != HeaderV2 || !a.Form.V2() || a.AccessKey != example.AccessKey {
			t.Errorf("%s: claim %+v", c.name, a)
		}
		if err := a.VerifyV2(r, example.Secret, a.Time, MaxSkew); err != nil {
			t.Errorf("%s: %v\n%s", c.name, err, a.textV2(r, false))
		}
		if err := a.VerifyV2(r, example.Secret, a.Time.Add(MaxSkew+time.Second), MaxSkew); errs.CodeOf(err) != "RequestTimeTooSkewed" {
			t.Errorf("%s: late: %v", c.name, err)
		}
		if err := a.VerifyV2(r, example.Secret+"x", a.Time, MaxSkew); errs.CodeOf(err) != "SignatureDoesNotMatch" || len(DetailsOf(err)) != 4 {
			t.Errorf("%s: other secret: %v", c.name, err)
		}
	}
}

func TestDocumentedPresignedV2(t *testing.T) {
	r := &Request{Method: "GET", Host: "johnsmith.s3.amazonaws.com", Bucket: "johnsmith", Path: "/photos/puppy.jpg", Header: map[string][]string{},
		Query: "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620"}
	a, err := Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.VerifyV2(r, example.Secret, time.Unix(1175139620, 0), MaxSkew); err != nil {
		t.Errorf("%v\n%s", err, a.textV2(r, false))
	}
	err = a.VerifyV2(r, example.Secret, time.Unix(1175139621, 0), MaxSkew)
	if errs.KindOf(err) != errs.Denied || errs.PublicOf(err) != "Request has expired." || DetailsOf(err)[0].Name != "Expires" {
		t.Errorf("late: %v, %v", err, DetailsOf(err))
	}
}

func TestV2Resources(t *testing.T) {
	for query, want := range map[string]string{
		"":                                "",
		"prefix=a&delimiter=/":            "",
		"uploads":                         "?uploads",
		"uploads=":                        "?uploads=",
		"versionId=3&acl":                 "?acl&versionId=3",
		"partNumber=2&uploadId=x":         "?partNumber=2&uploadId=x",
		"response-content-type=text%2Fx":  "?response-content-type=text/x",
		"response-expires=a+b&x=y&cors=1": "?cors=1&response-expires=a b",
	} {
		if got := string(appendSubresources(nil, query, false)); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
	// A client may sign a sub-resource with an empty value without its equals sign.
	r := &Request{Method: "GET", Host: "h", Path: "/b", Query: "acl=", Header: map[string][]string{"Date": {"Tue, 27 Mar 2007 19:36:42 +0000"},
		"X-Amz-Meta-B": {" two ", "three"}, "X-Amz-Acl": {"private"}, "Content-Md5": {"md5"}}}
	for _, text := range []string{"acl", "acl="} {
		want := "GET\nmd5\n\nTue, 27 Mar 2007 19:36:42 +0000\nx-amz-acl:private\nx-amz-meta-b:two,three\n/b?" + text
		r.Header["Authorization"] = []string{"AWS AKIAIOSFODNN7EXAMPLE:" + string(signV2("secret", []byte(want)))}
		a, err := Parse(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.VerifyV2(r, "secret", a.Time, MaxSkew); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	// x-amz-date stands for the date, whose line is then empty.
	r.Header["X-Amz-Date"] = []string{"Tue, 27 Mar 2007 19:36:40 +0000"}
	text := "GET\nmd5\n\n\nx-amz-acl:private\nx-amz-date:Tue, 27 Mar 2007 19:36:40 +0000\nx-amz-meta-b:two,three\n/b?acl="
	r.Header["Authorization"] = []string{"AWS AKIAIOSFODNN7EXAMPLE:" + string(signV2("secret", []byte(text)))}
	a, err := Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.VerifyV2(r, "secret", a.Time, 0); err != nil {
		t.Error(err)
	}
	if a.Verify(r, nil, a.Time, 0) == nil {
		t.Error("version 4 verifies a claim of version 2")
	}
	if !VerifyPolicyV2("secret", "policy", string(signV2("secret", []byte("policy")))) || VerifyPolicyV2("secret", "policy", "x") {
		t.Error("policies of version 2")
	}
}

// An x-amz-date counts before Date, also where it is none; before 1970 there is none.
func TestV2WithoutADate(t *testing.T) {
	for _, amz := range []string{"", "Bad Date", "Tue, 07 Jul 1950 21:53:04 GMT"} {
		_, err := Parse(&Request{Method: "GET", Host: "s3.example.com", Path: "/", Header: map[string][]string{
			"Date": {"Tue, 27 Mar 2007 19:36:42 +0000"}, "X-Amz-Date": {amz}, "Authorization": {"AWS " + string(example.AccessKey) + ":x"}}})
		if errs.CodeOf(err) != "AccessDenied" {
			t.Errorf("%q: %v", amz, err)
		}
	}
}

// boto3 asks for /bucket and signs /bucket/, other clients sign what they ask for; nothing else may differ.
func TestV2SlashAfterABucket(t *testing.T) {
	for _, c := range []struct {
		path, signed string
		ok           bool
	}{
		{"/bucket", "/bucket", true},
		{"/bucket", "/bucket/", true},
		{"/bucket/", "/bucket/", true},
		{"/bucket/", "/bucket", false},
		{"/bucket/key", "/bucket/key/", false},
		{"/", "//", false},
	} {
		r := &Request{Method: "PUT", Host: "s3.example.com", Path: c.signed, Query: "acl=", Header: map[string][]string{
			"Date": {"Tue, 27 Mar 2007 19:36:42 +0000"}, "Authorization": {"AWS " + string(example.AccessKey) + ":x"}}}
		a, err := Parse(r)
		if err != nil {
			t.Fatal(err)
		}
		a.signature = string(signV2(example.Secret, a.textV2(r, true)))
		r.Path = c.path
		if err := a.VerifyV2(r, example.Secret, a.Time, MaxSkew); (err == nil) != c.ok {
			t.Errorf("asked for %s, signed %s: %v", c.path, c.signed, err)
		}
	}
}
