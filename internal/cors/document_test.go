package cors

import (
	"bytes"
	"strings"
	"testing"

	"coffer/internal/errs"
)

// TestMatch: the first rule counts that allows origin, method and every header.
func TestMatch(t *testing.T) {
	rules := []Rule{
		{ID: "a", Origins: []string{"http://*.e.com", "null"}, Methods: []string{"GET", "PUT"}, Headers: []string{"X-Amz-*", "content-type"}},
		{ID: "b", Origins: []string{"*"}, Methods: []string{"GET"}},
	}
	for _, c := range []struct{ origin, method, headers, want string }{
		{"http://x.e.com", "PUT", "", "a"},
		{"http://x.e.com", "PUT", "X-AMZ-date, Content-Type", "a"},
		{"http://.e.com", "PUT", "", "a"},
		{"null", "GET", "", "a"},
		{"http://x.e.com", "GET", "authorization", ""},
		{"http://x.e.com", "PUT", "authorization", ""},
		{"http://e.com", "GET", "", "b"},
		{"http://e.com", "PUT", "", ""},
		{"http://x.e.com.evil", "PUT", "", ""},
		{"http://e.com", "get", "", ""},
	} {
		got := ""
		if r := Match(rules, c.origin, c.method, Split([]string{c.headers})); r != nil {
			got = r.ID
		}
		if got != c.want {
			t.Errorf("%+v: rule %q", c, got)
		}
	}
}

func TestAtMostAHundredRules(t *testing.T) {
	for count, want := range map[int]errs.Code{0: "MalformedXML", 100: "", 101: "InvalidRequest"} {
		doc := "<CORSConfiguration>" + strings.Repeat("<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>", count) + "</CORSConfiguration>"
		if _, err := Parse([]byte(doc)); errs.CodeOf(err) != want {
			t.Errorf("%d rules: %v", count, err)
		}
	}
}

// FuzzCanonical: a document that is taken is written in a form that is read again as itself.
func FuzzCanonical(f *testing.F) {
	f.Add("<CORSConfiguration><CORSRule><ID>a&amp;b</ID><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><MaxAgeSeconds>-1</MaxAgeSeconds></CORSRule></CORSConfiguration>")
	f.Add("<CORSConfiguration/>")
	f.Add(strings.Repeat("<a>", 100))
	f.Fuzz(func(t *testing.T, doc string) {
		once, err := Canonical([]byte(doc))
		if err != nil {
			if c := errs.CodeOf(err); c != "MalformedXML" && c != "InvalidRequest" {
				t.Fatalf("%v", err)
			}
			return
		}
		twice, err := Canonical(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%s, then %s, %v", once, twice, err)
		}
	})
}
