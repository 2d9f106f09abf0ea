package tagging

import (
	"maps"
	"strings"
	"testing"

	"coffer/internal/errs"
	"coffer/internal/sigv4"
)

func TestHeader(t *testing.T) {
	got, err := FromHeader("a=1+2&b&&%C3%BC=%2B&c=x%3Dy")
	if want := (map[string]string{"a": "1 2", "b": "", "ü": "+", "c": "x=y"}); err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	for v, code := range map[string]errs.Code{"a=1&a=2": "InvalidArgument", "=1": "InvalidArgument", "a==1": "InvalidArgument", "a=1,b=2": "InvalidArgument", "a=%": "InvalidArgument", "a=%3C": "InvalidTag", "AWS:x=1": "InvalidTag", "a%0Bb=1": "InvalidTag", "a=%09": "InvalidTag", "a=%0A": "InvalidTag",
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

// FuzzTags: tags that are taken, from either form, keep their bounds and come back from the document that is stored.
func FuzzTags(f *testing.F) {
	f.Add("a=b&c=d%20e")
	f.Add("<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>")
	f.Add("=&&%")
	f.Fuzz(func(t *testing.T, text string) {
		for _, read := range []func() (map[string]string, error){
			func() (map[string]string, error) { return FromHeader(text) },
			func() (map[string]string, error) { return FromDocument([]byte(text), MaxObject) },
		} {
			tags, err := read()
			if err != nil {
				continue
			}
			if len(tags) > MaxObject {
				t.Fatalf("%q gives %d tags", text, len(tags))
			}
			again, err := FromDocument(Document(tags), MaxObject)
			if err != nil || !maps.Equal(tags, again) {
				t.Fatalf("%q gives %q, stored %q, %v", text, tags, again, err)
			}
		}
	})
}
