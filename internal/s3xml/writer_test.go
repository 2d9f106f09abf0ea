package s3xml

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestAppendText(t *testing.T) {
	for in, want := range map[string]string{
		"plain/ü€😀":         "plain/ü€😀",
		`<&>"'`:             `&lt;&amp;&gt;&quot;'`,
		"a\tb\nc\rd":        "a&#9;b&#10;c&#13;d",
		"\x00\x01\x7f":      "&#x0;&#x1;&#x7f;",
		"\xffx\ufffe\uffff": "\ufffdx\ufffd\ufffd",
	} {
		if got := string(AppendText(nil, in)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestAppendURL(t *testing.T) {
	if got, want := string(AppendURL(nil, "a b+c/%&ü\x01~*")), "a%20b%2Bc/%25%26%C3%BC%01~*"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAppendTime(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 89_999_999, time.FixedZone("", 3600))
	if got := string(AppendTime(nil, at)); got != "2026-03-04T04:06:07.089Z" {
		t.Errorf("got %s", got)
	}
}

func FuzzAppendText(f *testing.F) {
	f.Add("a<b")
	f.Fuzz(func(t *testing.T, s string) {
		x := New(append(AppendText([]byte("<a>"), s), "</a>"...))
		if bytes.IndexByte([]byte(s), 0) >= 0 {
			return // no document can carry NUL
		}
		x.Open("a")
		got := x.Text()
		if err := x.Done(); err != nil || got != strings.ToValidUTF8(clean(s), "\ufffd") {
			t.Errorf("%q came back as %q, %v", s, got, err)
		}
	})
}

// clean replaces, byte by byte, what is not UTF-8, and the two code points that XML has not.
func clean(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == 0xfffe || r == 0xffff {
			r = 0xfffd
		}
		b.WriteRune(r)
	}
	return b.String()
}
