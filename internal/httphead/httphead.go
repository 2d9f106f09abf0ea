// Package httphead reads the values of HTTP headers as S3 takes them: entity tags, dates, ranges and numbers. It never sees a request.
package httphead

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"coffer/internal/object"
)

// ETags splits the value of If-Match or If-None-Match. Quotes and a weak mark are dropped, as S3 does.
func ETags(values []string) []string {
	var all []string
	for _, v := range values {
		for _, e := range strings.Split(v, ",") {
			if e = Unquote(strings.TrimPrefix(strings.TrimSpace(e), "W/")); e != "" {
				all = append(all, e)
			}
		}
	}
	return all
}

// Unquote drops the quotes around an entity tag.
func Unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

// Time reads a date of HTTP; one that can't be read counts as absent, as RFC 9110 has it.
func Time(v string) time.Time {
	if v == "" {
		return time.Time{}
	}
	t, err := http.ParseTime(v)
	if err != nil {
		if t, err = time.Parse(time.RFC3339, v); err != nil {
			return time.Time{}
		}
	}
	return t
}

// Range reads a Range header. What is not a single range of bytes is ignored, as S3 and RFC 9110 have it.
func Range(v string) *object.Range {
	spec, ok := strings.CutPrefix(v, "bytes=")
	if !ok || strings.Contains(spec, ",") {
		return nil
	}
	first, last, ok := strings.Cut(spec, "-")
	if !ok {
		return nil
	}
	if first == "" {
		n, ok := Digits(last)
		if !ok {
			return nil
		}
		return &object.Range{Length: n, Suffix: true}
	}
	from, ok := Digits(first)
	if !ok {
		return nil
	}
	if last == "" {
		return &object.Range{Start: from, Length: -1}
	}
	to, ok := Digits(last)
	if !ok || to < from {
		return nil
	}
	return &object.Range{Start: from, Length: to - from + 1}
}

// Digits reads a decimal number of 1 to 18 digits without a sign.
func Digits(s string) (int64, bool) {
	if len(s) == 0 || len(s) > 18 {
		return 0, false
	}
	var n int64
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}

// Encoding is the Content-Encoding that is stored: without aws-chunked, which describes the transfer alone.
func Encoding(values []string) string {
	if len(values) == 0 {
		return ""
	}
	all := values[0]
	if len(values) > 1 {
		all = strings.Join(values, ",")
	}
	if !strings.Contains(strings.ToLower(all), "aws-chunked") {
		return all
	}
	var kept []string
	for _, v := range strings.Split(all, ",") {
		if v = strings.TrimSpace(v); v != "" && !strings.EqualFold(v, "aws-chunked") {
			kept = append(kept, v)
		}
	}
	return strings.Join(kept, ",")
}

// MD5 reads a Content-MD5; nil if it is none. The vendor's Terraform provider writes that of an object lock configuration in hexadecimal digits.
func MD5(v string) []byte {
	sum, err := base64.StdEncoding.DecodeString(v)
	if len(v) == 2*md5.Size {
		sum, err = hex.DecodeString(v)
	}
	if err != nil || len(sum) != md5.Size {
		return nil
	}
	return sum
}
