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

// TestWholeSeconds: documents and listings tell when something changed as Last-Modified does.
func TestWholeSeconds(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 89_999_999, time.UTC)
	const want = "<LastModified>2026-03-04T05:06:07.000Z</LastModified>"
	var x s3xml.Writer
	x.Time("LastModified", at)
	var l listing
	l.entry(&object.Entry{Modified: at})
	if string(x.B) != want || !bytes.HasPrefix(l.objects.B, []byte(want)) {
		t.Errorf("got %s and %s", x.B, l.objects.B)
	}
}
