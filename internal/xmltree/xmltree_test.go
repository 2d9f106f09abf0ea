package xmltree

import (
	"strings"
	"testing"
	"time"

	"coffer/internal/errs"
)

func TestParse(t *testing.T) {
	n, err := Parse([]byte("\xef\xbb\xbf<?xml version=\"1.0\"?><!-- c --><a xmlns=\"x\"><n> 7 </n><f>TRUE</f><l>1</l><l>&amp;<![CDATA[<]]></l></a>"), "a")
	if err != nil {
		t.Fatal(err)
	}
	n.Only("n", "f", "l")
	if n.One("n").Number() != 7 || !n.One("f").Flag() || len(n.All("l")) != 2 || n.All("l")[1].Text() != "&<" || n.One("none").Text() != "" || n.Err() != nil {
		t.Errorf("got %+v, %v", n, n.Err())
	}
	for name, ask := range map[string]func(*Node){
		"unknown":  func(n *Node) { n.Only("n", "f") },
		"twice":    func(n *Node) { n.One("l") },
		"number":   func(n *Node) { n.One("f").Number() },
		"flag":     func(n *Node) { n.One("n").Flag() },
		"children": func(n *Node) { n.Text() },
	} {
		n, err := Parse([]byte("<a><n>7</n><f>true</f><l>1</l><l/></a>"), "a")
		if err != nil {
			t.Fatal(err)
		}
		if ask(n); errs.CodeOf(n.Err()) != "MalformedXML" {
			t.Errorf("%s: got %v", name, n.Err())
		}
	}
	for _, doc := range []string{"", "x", "<b/>", "<a>", "<a/><a/>", "<a></b>", "<!DOCTYPE a><a/>", "<a>&x;</a>", strings.Repeat("<a>", 17) + strings.Repeat("</a>", 17)} {
		if _, err := Parse([]byte(doc), "a"); errs.CodeOf(err) != "MalformedXML" {
			t.Errorf("%q: got %v", doc, err)
		}
	}
}

func TestWriter(t *testing.T) {
	var w Writer
	w.Root("A")
	w.Open("B")
	w.Text("C", "<&>")
	w.Opt("D", "")
	w.Number("E", -3)
	w.Time("F", time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.FixedZone("", 3600)))
	w.Close("B")
	w.Close("A")
	const want = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<A xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><B><C>&lt;&amp;&gt;</C><E>-3</E><F>2026-01-02T02:04:05.006Z</F></B></A>`
	if got := string(w.Bytes()); got != want {
		t.Errorf("got %s", got)
	}
}
