package s3api

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"time"

	"coffer/internal/errs"
	"coffer/internal/object"
	"coffer/internal/s3xml"
)

// readDelete reads a document as DeleteObjects does and shows what it found.
func readDelete(doc string) (string, error) {
	var out strings.Builder
	x := s3xml.New([]byte(doc))
	x.Open("Delete")
	for name := range x.Children() {
		if name == "Quiet" {
			fmt.Fprintf(&out, "quiet=%v;", x.Flag())
			continue
		}
		if name != "Object" {
			x.Fail()
			break
		}
		d := readDeletion(x)
		fmt.Fprintf(&out, "%q@%s;", d.key, d.in.Version)
	}
	return out.String(), x.Done()
}

func TestXMLReader(t *testing.T) {
	for doc, want := range map[string]string{
		`<Delete><Object><Key>a</Key></Object></Delete>`:                                                                  `"a"@;`,
		"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Delete xmlns=\"x\">\n <Quiet>true</Quiet>\n</Delete>\n": `quiet=true;`,
		`<s3:Delete xmlns:s3='y'><s3:Object><s3:Key>a</s3:Key><s3:VersionId>v</s3:VersionId></s3:Object></s3:Delete>`:     `"a"@v;`,
		`<Delete><!-- c --><Object ><Key a="1>2" >a &lt;&amp;&#x1;&#10;b</Key ></Object></Delete ><!-- end -->`:           `"a <&\x01\nb"@;`,
		`<Delete><Object><Key><![CDATA[<a>&]]>z</Key></Object></Delete>`:                                                  `"<a>&z"@;`,
		"<Delete><Object><Key>a\r\nb\rc</Key></Object></Delete>":                                                          `"a\nb\nc"@;`,
		`<Delete/>`: ``,
		`<?xml version='1.0' encoding='utf-8' standalone="yes"?><Delete></Delete>`: ``,
	} {
		got, err := readDelete(doc)
		if err != nil || got != want {
			t.Errorf("%s: got %s, %v; want %s", doc, got, err, want)
		}
	}
}

func TestXMLReaderRefuses(t *testing.T) {
	deep := strings.Repeat("<a>", 40)
	for _, doc := range []string{
		``, `x`, `<`, `<Delete>`, `<Delete></Other>`, `<Other></Other>`, `<Delete></Delete>x`, `<Delete></Delete><Delete/>`,
		`<!DOCTYPE Delete [<!ENTITY x "y">]><Delete/>`, `<Delete><?pi x?></Delete>`, `<Delete>text</Delete>`,
		`<Delete><Object></Object></Delete>`, `<Delete><Object><Key></Key></Object></Delete>`, `<Delete><Object><Key>a</Object></Key></Delete>`,
		`<Delete><Object><Key>a&x;</Key></Object></Delete>`, `<Delete><Object><Key>a&#0;</Key></Object></Delete>`,
		`<Delete><Object><Key>a&#xd800;</Key></Object></Delete>`, `<Delete><Object><Key>a&#1</Key></Object></Delete>`,
		`<Delete><Object><Key>a&amp</Key></Object></Delete>`, `<Delete><Object><Key><b/></Key></Object></Delete>`,
		"<Delete><Object><Key>a\x01</Key></Object></Delete>", "<Delete><Object><Key>\xff</Key></Object></Delete>",
		`<Delete><Object><Unknown>a</Unknown></Object></Delete>`, `<Delete><Quiet>maybe</Quiet></Delete>`,
		`<Delete a><Quiet>true</Quiet></Delete>`, `<Delete a=1></Delete>`, `<Delete a="<"></Delete>`, `<Deletea="1"></Delete>`,
		`<?xml version="1.0" encoding="UTF-16"?><Delete/>`, `<Delete><!-- </Delete>`, `<Delete><![CDATA[ x ]]></Delete>`,
		`<Delete><Object><Key><![CDATA[a</Key></Object></Delete>`, `<Delete>` + deep,
	} {
		if got, err := readDelete(doc); errs.CodeOf(err) != "MalformedXML" {
			t.Errorf("%q: got %s, %v; want MalformedXML", doc, got, err)
		}
	}
}

// FuzzXML holds the reader against the library's: what it takes, the library takes and reads alike, but for references to control characters.
func FuzzXML(f *testing.F) {
	for _, s := range []string{`<Delete><Object><Key>a&lt;</Key></Object></Delete>`, `<Delete><Quiet>true</Quiet><!-- --></Delete>`,
		`<d:Delete xmlns:d="x"><d:Object><d:Key><![CDATA[x]]></d:Key></d:Object></d:Delete>`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		got, err := readDelete(doc)
		if err != nil || strings.Contains(doc, "&#") || strings.Contains(doc, ":") {
			return
		}
		var want struct {
			XMLName xml.Name `xml:"Delete"`
			Object  []struct{ Key, VersionId string }
		}
		d := xml.NewDecoder(strings.NewReader(doc))
		if err := d.Decode(&want); err != nil {
			return // the library is stricter about names and attributes
		}
		for _, o := range want.Object {
			if !strings.Contains(got, fmt.Sprintf("%q@", o.Key)) {
				t.Errorf("%q: got %s, want %q", doc, got, o.Key)
			}
		}
	})
}

func TestAppendXML(t *testing.T) {
	for in, want := range map[string]string{
		"plain/ü€😀":         "plain/ü€😀",
		`<&>"'`:             `&lt;&amp;&gt;&quot;'`,
		"a\tb\nc\rd":        "a&#9;b&#10;c&#13;d",
		"\x00\x01\x7f":      "&#x0;&#x1;&#x7f;",
		"\xffx\ufffe\uffff": "\ufffdx\ufffd\ufffd",
	} {
		if got := string(appendXML(nil, in)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestAppendURL(t *testing.T) {
	if got, want := string(appendURL(nil, "a b+c/%&ü\x01~*")), "a%20b%2Bc/%25%26%C3%BC%01~*"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAppendISO(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 89_999_999, time.FixedZone("", 3600))
	if got := string(appendISO(nil, at)); got != "2026-03-04T04:06:07.089Z" {
		t.Errorf("got %s", got)
	}
}

// TestWholeSeconds: documents and listings tell when something changed as Last-Modified does.
func TestWholeSeconds(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 89_999_999, time.UTC)
	const want = "<LastModified>2026-03-04T05:06:07.000Z</LastModified>"
	var x xmlWriter
	x.time("LastModified", at)
	var l listing
	l.entry(&object.Entry{Modified: at})
	if string(x.b) != want || !bytes.HasPrefix(l.objects.b, []byte(want)) {
		t.Errorf("got %s and %s", x.b, l.objects.b)
	}
}

func FuzzAppendXML(f *testing.F) {
	f.Add("a<b")
	f.Fuzz(func(t *testing.T, s string) {
		x := s3xml.New(append(appendXML([]byte("<a>"), s), "</a>"...))
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
