package tagging

import (
	"maps"
	"strings"
	"testing"

	"coffer/internal/errs"
	"coffer/internal/sigv4"
)

func TestHeader(t *testing.T) {
	got, err := FromHeader("a=1+2&b&&%C3%BC=%2B&c=x=y")
	if want := (map[string]string{"a": "1 2", "b": "", "ü": "+", "c": "x=y"}); err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	for v, code := range map[string]errs.Code{"a=1&a=2": "InvalidArgument", "=1": "InvalidArgument", "a=%": "InvalidArgument", "a=%3C": "InvalidTag", "AWS:x=1": "InvalidTag",
		strings.Repeat("k", 129) + "=": "InvalidTag", "k=" + strings.Repeat("v", 257): "InvalidTag", "a&b&c&d&e&f&g&h&i&j&k": "BadRequest"} {
		if _, err := FromHeader(v); errs.CodeOf(err) != code {
			t.Errorf("%q: %v, want %s", v, err, code)
		}
	}
	_, err = FromHeader("<=1")
	if d := sigv4.DetailsOf(err); len(d) != 1 || d[0].Value != "<" {
		t.Errorf("the error bears %v", d)
	}
}

func TestDocuments(t *testing.T) {
	want := map[string]string{"b": "c d", "a": ""}
	doc := Document(want)
	if got, err := FromDocument(doc, MaxObject); err != nil || !maps.Equal(got, want) || strings.Index(string(doc), ">a<") > strings.Index(string(doc), ">b<") {
		t.Errorf("%s reads as %v, %v", doc, got, err)
	}
	for _, bad := range []string{"<Tagging/>", "<Tagging><TagSet/><TagSet/></Tagging>", "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>"} {
		if _, err := FromDocument([]byte(bad), MaxObject); errs.CodeOf(err) != "MalformedXML" {
			t.Errorf("%s: %v", bad, err)
		}
	}
	many := map[string]string{}
	for c := range 11 {
		many[string(rune('a'+c))] = ""
	}
	if _, err := FromDocument(Document(many), MaxBucket); err != nil {
		t.Error(err)
	}
	if _, err := FromDocument(Document(many), MaxObject); errs.CodeOf(err) != "BadRequest" {
		t.Errorf("eleven tags of an object: %v", err)
	}
}
