package httphead

import (
	"slices"
	"strings"
	"testing"
	"time"

	"coffer/internal/object"
)

func TestETags(t *testing.T) {
	for v, want := range map[string][]string{`"a"`: {"a"}, `a`: {"a"}, `W/"a", "b-2" ,*`: {"a", "b-2", "*"}, ``: nil, `""`: nil, `"`: {`"`}, `,,`: nil} {
		if got := ETags([]string{v}); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", v, got, want)
		}
	}
}

func TestRange(t *testing.T) {
	for v, want := range map[string]*object.Range{
		"bytes=0-0": {Length: 1}, "bytes=5-": {Start: 5, Length: -1}, "bytes=-5": {Length: 5, Suffix: true}, "bytes=2-1": nil, "bytes=0-1,3-4": nil,
		"bytes=-": nil, "bytes=": nil, "bits=0-1": nil, "bytes=+1-2": nil, "bytes=1-9999999999999999999": nil, "Bytes=0-1": nil, "": nil,
	} {
		if got := Range(v); (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%q: %+v, want %+v", v, got, want)
		}
	}
}

func TestTime(t *testing.T) {
	want := time.Date(2026, 11, 30, 12, 0, 1, 0, time.UTC)
	for _, v := range []string{"Mon, 30 Nov 2026 12:00:01 GMT", "Monday, 30-Nov-26 12:00:01 GMT", "Mon Nov 30 12:00:01 2026", "2026-11-30T13:00:01+01:00"} {
		if got := Time(v); !got.Equal(want) {
			t.Errorf("%q: %v", v, got)
		}
	}
	for _, v := range []string{"", "yesterday", "30 Nov 2026"} {
		if got := Time(v); !got.IsZero() {
			t.Errorf("%q: %v", v, got)
		}
	}
}

func TestEncodingAndMD5(t *testing.T) {
	for v, want := range map[string]string{"aws-chunked": "", "gzip,aws-chunked": "gzip", "AWS-Chunked, gzip, br": "gzip,br", "gzip, br": "gzip, br", "": ""} {
		if got := Encoding([]string{v}); got != want {
			t.Errorf("%q: %q, want %q", v, got, want)
		}
	}
	for v, fine := range map[string]bool{"1B2M2Y8AsgTpgAmY7PhCfg==": true, strings.Repeat("0f", 16): true, "": false, "x": false, "AAAA": false, strings.Repeat("xy", 16): false} {
		if got := MD5(v); (got != nil) != fine {
			t.Errorf("%q: %x", v, got)
		}
	}
}

func TestDigits(t *testing.T) {
	for v, want := range map[string]int64{"0": 0, "007": 7, "999999999999999999": 999999999999999999, "": -1, "-1": -1, "+1": -1, "1e3": -1, "1234567890123456789": -1} {
		if n, ok := Digits(v); ok != (want >= 0) || ok && n != want {
			t.Errorf("%q: %d, %v", v, n, ok)
		}
	}
}
