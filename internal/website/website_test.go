package website

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"coffer/internal/errs"
)

func doc(inner string) []byte {
	return []byte("<WebsiteConfiguration>" + inner + "</WebsiteConfiguration>")
}

const index = "<IndexDocument><Suffix>index.html</Suffix></IndexDocument>"

func routing(rules ...string) string {
	return index + "<RoutingRules><RoutingRule>" + strings.Join(rules, "</RoutingRule><RoutingRule>") + "</RoutingRule></RoutingRules>"
}

func to(inner string) string { return "<Redirect>" + inner + "</Redirect>" }

func TestRefusals(t *testing.T) {
	const host = "<HostName>example.com</HostName>"
	cases := map[string]string{
		"":         "InvalidArgument must be provided",
		"<Other/>": "MalformedXML",
		"<IndexDocument><Suffix/></IndexDocument>":                                            "InvalidArgument not well formed",
		"<IndexDocument/>":                                                                    "InvalidArgument not well formed",
		"<IndexDocument><Suffix>/index.html</Suffix></IndexDocument>":                         "InvalidArgument not well formed",
		index + "<ErrorDocument><Key/></ErrorDocument>":                                       "InvalidArgument ErrorDocument",
		"<RedirectAllRequestsTo/>":                                                            "MalformedXML",
		"<RedirectAllRequestsTo>" + host + "</RedirectAllRequestsTo>" + index:                 "InvalidArgument in conjunction with",
		"<RedirectAllRequestsTo>" + host + "<Protocol>ftp</Protocol></RedirectAllRequestsTo>": "InvalidRequest Invalid protocol",
		"<RedirectAllRequestsTo><HostName>a/b\r</HostName></RedirectAllRequestsTo>":           "InvalidArgument HostName",
		routing(to("")):                    "MalformedXML",
		routing("<Condition/>" + to(host)): "MalformedXML",
		routing("<Condition><KeyPrefixEquals>a</KeyPrefixEquals></Condition>"):                          "MalformedXML",
		routing(to(host + "<Protocol>ftp</Protocol>")):                                                  "InvalidRequest Invalid protocol",
		routing(to("<ReplaceKeyWith>a</ReplaceKeyWith><ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith>")): "InvalidRequest but not both",
		routing(strings.Split(strings.Repeat(to(host)+"|", 50)+to(host), "|")...):                       "InvalidRequest 51 routing rules",
	}
	for _, code := range []string{"300", "306", "309", "399", "0", "-5"} {
		cases[routing(to(host+"<HttpRedirectCode>"+code+"</HttpRedirectCode>"))] = "InvalidRequest redirect code"
	}
	for _, code := range []string{"399", "418", "499", "506"} {
		cases[routing("<Condition><HttpErrorCodeReturnedEquals>"+code+"</HttpErrorCodeReturnedEquals></Condition>"+to(host))] = "InvalidRequest (" + code + ")"
	}
	cases[routing(to("<HttpRedirectCode>3xx</HttpRedirectCode>"))] = "MalformedXML"
	for inner, want := range cases {
		_, err := Parse(doc(inner))
		code, words, _ := strings.Cut(want, " ")
		if string(errs.CodeOf(err)) != code || !strings.Contains(errs.PublicOf(err), words) {
			t.Errorf("%.150s: got %v, want %s", inner, err, want)
		}
	}
}

func TestRouting(t *testing.T) {
	c, err := Parse(doc(routing(
		"<Condition><KeyPrefixEquals>docs/</KeyPrefixEquals></Condition>"+to("<ReplaceKeyPrefixWith>documents/</ReplaceKeyPrefixWith>"),
		"<Condition><KeyPrefixEquals>app/</KeyPrefixEquals></Condition>"+to("<ReplaceKeyPrefixWith>#!/</ReplaceKeyPrefixWith>"),
		"<Condition><KeyPrefixEquals>images/</KeyPrefixEquals></Condition>"+to("<ReplaceKeyWith>gone &amp; away.html</ReplaceKeyWith><HttpRedirectCode>302</HttpRedirectCode>"),
		"<Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals><KeyPrefixEquals>a</KeyPrefixEquals></Condition>"+to("<HostName>old.example.com</HostName><Protocol>https</Protocol>"),
		"<Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition>"+to("<ReplaceKeyPrefixWith>report-404/</ReplaceKeyPrefixWith>"),
	)))
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(c.Encode())
	if err != nil || !bytes.Equal(again.Encode(), c.Encode()) {
		t.Fatalf("%s reads as %v", c.Encode(), err)
	}
	for _, x := range []struct {
		key    string
		status int
		want   string
		query  string
	}{
		{"docs/a b", 0, "http://h:9/documents/a%20b 301", ""},
		{"images/x", 0, "http://h:9/gone%20&%20away.html 302", ""},
		{"index.html", 0, "", ""},
		{"docs/a", 404, "http://h:9/report-404/docs/a 301", ""},
		{"abc", 404, "https://old.example.com/abc 301", ""},
		{"abc", 403, "", ""},
		{"docs/a", 0, "http://h:9/documents/a?x=1 301", "x=1"},
		{"app/a ?", 0, "http://h:9/#!/a%20%3F 301", "x=1"},
	} {
		got := ""
		r := again.After(x.key, x.status)
		if x.status == 0 {
			r = again.Before(x.key)
		}
		if r != nil {
			location, status := r.To(x.key, "http", "h:9", x.query)
			got = fmt.Sprint(location, " ", status)
		}
		if got != x.want {
			t.Errorf("%s after %d: got %q, want %q", x.key, x.status, got, x.want)
		}
	}
	if c.Document("") != "index.html" || c.Document("a/") != "a/index.html" || c.Document("a") != "a" {
		t.Error("index documents")
	}
}

func TestRedirectAll(t *testing.T) {
	for inner, want := range map[string]string{"": "http://www.example.com/any/path?x=1 301", "<Protocol>https</Protocol>": "https://www.example.com/any/path?x=1 301"} {
		c, err := Parse(doc("<RedirectAllRequestsTo><HostName>www.example.com</HostName>" + inner + "</RedirectAllRequestsTo>"))
		if err != nil {
			t.Fatal(err)
		}
		location, status := c.AllTo("/any/path?x=1", "http")
		if got := fmt.Sprint(location, " ", status); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if again, err := Parse(c.Encode()); err != nil || *again.All != *c.All {
			t.Errorf("%s reads as %v", c.Encode(), err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(string(doc(routing(to("<HostName>h</HostName>")))))
	f.Fuzz(func(t *testing.T, d string) {
		c, err := Parse([]byte(d))
		if err != nil {
			return
		}
		if _, err := Parse(c.Encode()); err != nil {
			t.Errorf("%q is accepted and written as %s, which is refused: %v", d, c.Encode(), err)
		}
	})
}
