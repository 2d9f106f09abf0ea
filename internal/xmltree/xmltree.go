// Package xmltree reads S3's configuration documents into a small tree and writes them. It is for documents of at most some hundred
// kilobytes that are read when they are set; it never streams and never resolves entities, document types or encodings.
package xmltree

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"coffer/internal/errs"
)

// Namespace is that of S3's documents.
const Namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

const (
	maxDepth = 16
	maxNodes = 100_000
)

// Malformed is S3's error for a document that does not fit its schema.
func Malformed() error { return errs.New(errs.Invalid, "MalformedXML", "") }

// Node is an element. What does not fit the schema is noted in the document and told by Err of any of its nodes: a reader goes on with zero
// values until it asks. A nil Node is an absent element, of which every question has the zero answer. Not safe for concurrent use.
type Node struct {
	Name     string
	text     []byte
	children []*Node
	doc      *document
}

type document struct{ bad bool }

// Parse reads a document whose root element has the given name. errs.Invalid with code MalformedXML.
func Parse(doc []byte, root string) (*Node, error) {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(doc, []byte("\xef\xbb\xbf"))))
	var stack []*Node
	var top *Node
	of := &document{}
	for nodes := 0; ; {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errs.New(errs.Invalid, "MalformedXML", "").Because(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			n := &Node{Name: t.Name.Local, doc: of}
			nodes++
			if len(stack) == maxDepth || nodes > maxNodes || len(stack) == 0 && top != nil {
				return nil, Malformed()
			}
			if len(stack) == 0 {
				top = n
			} else {
				over := stack[len(stack)-1]
				over.children = append(over.children, n)
			}
			stack = append(stack, n)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if len(stack) > 0 {
				n := stack[len(stack)-1]
				n.text = append(n.text, t...)
			}
		case xml.Directive:
			return nil, Malformed()
		}
	}
	if top == nil || top.Name != root {
		return nil, Malformed()
	}
	return top, nil
}

// Bad notes that the document does not fit.
func (n *Node) Bad() {
	if n != nil {
		n.doc.bad = true
	}
}

// Err is MalformedXML where anything did not fit.
func (n *Node) Err() error {
	if n != nil && n.doc.bad {
		return Malformed()
	}
	return nil
}

// Only notes children of other names than these, and text beside them.
func (n *Node) Only(names ...string) {
	if n == nil {
		return
	}
	for _, c := range n.children {
		if !slices.Contains(names, c.Name) {
			n.Bad()
		}
	}
	if len(bytes.TrimSpace(n.text)) > 0 {
		n.Bad()
	}
}

// All returns the children of a name, in order.
func (n *Node) All(name string) []*Node {
	if n == nil {
		return nil
	}
	var all []*Node
	for _, c := range n.children {
		if c.Name == name {
			all = append(all, c)
		}
	}
	return all
}

// One returns the child of a name, nil if there is none; two do not fit.
func (n *Node) One(name string) *Node {
	all := n.All(name)
	if len(all) == 0 {
		return nil
	}
	if len(all) > 1 {
		n.Bad()
	}
	return all[0]
}

// Text returns an element's character data; child elements do not fit.
func (n *Node) Text() string {
	if n == nil {
		return ""
	}
	if len(n.children) > 0 {
		n.Bad()
	}
	return string(n.text)
}

// Word is Text without white space around it.
func (n *Node) Word() string { return strings.TrimSpace(n.Text()) }

// Number returns the element as a decimal number.
func (n *Node) Number() int64 {
	if n == nil {
		return 0
	}
	v, err := strconv.ParseInt(n.Word(), 10, 64)
	if err != nil {
		n.Bad()
	}
	return v
}

// Flag returns the element as "true" or "false".
func (n *Node) Flag() bool {
	if n == nil {
		return false
	}
	switch strings.ToLower(n.Word()) {
	case "true":
		return true
	case "false":
	default:
		n.Bad()
	}
	return false
}

// Writer appends a document.
type Writer struct{ b []byte }

// Bytes is what was written.
func (w *Writer) Bytes() []byte { return w.b }

// Root opens the document's element.
func (w *Writer) Root(name string) {
	w.b = append(w.b, `<?xml version="1.0" encoding="UTF-8"?>`+"\n<"+name+` xmlns="`+Namespace+`">`...)
}

// Open opens an element.
func (w *Writer) Open(name string) { w.b = append(w.b, "<"+name+">"...) }

// Close closes an element.
func (w *Writer) Close(name string) { w.b = append(w.b, "</"+name+">"...) }

// Raw appends what is XML already.
func (w *Writer) Raw(b []byte) { w.b = append(w.b, b...) }

// Text writes an element with character data.
func (w *Writer) Text(name, value string) {
	w.Open(name)
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(value)) // a buffer takes everything
	w.b = append(w.b, b.Bytes()...)
	w.Close(name)
}

// Opt is Text unless the value is "".
func (w *Writer) Opt(name, value string) {
	if value != "" {
		w.Text(name, value)
	}
}

// Number writes an element with a decimal number.
func (w *Writer) Number(name string, v int64) { w.Text(name, strconv.FormatInt(v, 10)) }

// Flag writes an element with true or false.
func (w *Writer) Flag(name string, v bool) { w.Text(name, strconv.FormatBool(v)) }

// Time writes an element with a time in UTC with milliseconds, as S3 does.
func (w *Writer) Time(name string, t time.Time) {
	w.Text(name, t.UTC().Format("2006-01-02T15:04:05.000Z"))
}
