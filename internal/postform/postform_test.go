package postform

import (
	"encoding/base64"
	"io"
	"strings"
	"testing"
	"time"

	"coffer/internal/errs"
)

const boundary = "multipart/form-data; boundary=b"

// FuzzRead: whatever comes as a form, what is read of it is bounded, and a fault has a code of S3's.
func FuzzRead(f *testing.F) {
	f.Add("--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\\b/c.txt\"\r\n\r\ntext\r\n--b--\r\n")
	f.Add("--b\r\n\r\n--b--")
	f.Add("--b\r\nContent-Disposition: form-data; name=key\r\n\r\n" + strings.Repeat("x", maxBytes+1) + "\r\n--b--\r\n")
	f.Fuzz(func(t *testing.T, body string) {
		form, err := Read(strings.NewReader(body), boundary)
		if err != nil {
			if errs.CodeOf(err) == "" {
				t.Fatalf("an error without a code: %v", err)
			}
			return
		}
		total := 0
		for name, v := range form.Fields {
			total += len(name) + len(v)
		}
		if total > maxBytes || len(form.Fields) > maxFields || strings.ContainsAny(form.Name, "/\\") {
			t.Fatalf("%d bytes in %d fields, file %q", total, len(form.Fields), form.Name)
		}
		if n, err := io.Copy(io.Discard, form.File); n > int64(len(body)) {
			t.Fatalf("%d bytes of a file in %d, %v", n, len(body), err)
		}
	})
}

// FuzzParsePolicy: a policy that is taken has not expired, and lets no field through that it does not name.
func FuzzParsePolicy(f *testing.F) {
	f.Add(`{"expiration":"2027-01-01T00:00:00Z","conditions":[{"bucket":"b"},["starts-with","$key",""],["content-length-range",1,"2"]]}`)
	f.Add(`{"expiration":"2027-01-01T00:00:00Z","conditions":[["eq","key",null],[],{},0]}`)
	f.Add(`{"expiration":"2020-01-01T00:00:00Z","conditions":[]}`)
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, doc string) {
		p, err := ParsePolicy(base64.StdEncoding.EncodeToString([]byte(doc)), now)
		if err != nil {
			if c := errs.CodeOf(err); c != "InvalidPolicyDocument" && c != "AccessDenied" {
				t.Fatalf("%s: %v", doc, err)
			}
			return
		}
		if p.Least < 0 || p.Most < -1 {
			t.Fatalf("%s allows %d to %d bytes", doc, p.Least, p.Most)
		}
		if strings.Contains(strings.ToLower(doc), "unheard") || strings.Contains(doc, `\`) {
			return
		}
		form := &Form{Fields: map[string]string{"unheard-of": "x"}, names: []string{"unheard-of"}}
		if p.Check(form, "b", "k") == nil {
			t.Fatalf("%s lets a field through that it does not name", doc)
		}
	})
}
