package control

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"coffer/internal/errs"
)

// documents are the OpenAPI documents as they are served: YAML as written, JSON, and one page that people read.
type documents struct {
	yaml, json map[string][]byte // by name without extension
	page       []byte
}

func readDocuments(docs fs.FS) (*documents, error) {
	d := &documents{yaml: map[string][]byte{}, json: map[string][]byte{}}
	names, err := fs.Glob(docs, "*.yaml")
	if err != nil {
		return nil, errs.Fault("control.readDocuments", err)
	}
	// The order in which people learn them; others after that.
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	var parts []docPart
	for _, file := range names {
		raw, err := fs.ReadFile(docs, file)
		if err != nil {
			return nil, errs.Fault("control.readDocuments", err)
		}
		var tree map[string]any
		if err := yaml.Unmarshal(raw, &tree); err != nil {
			return nil, errs.New(errs.Invalid, "", "control: "+file+" is no YAML").Because(err)
		}
		asJSON, err := json.Marshal(tree)
		if err != nil {
			return nil, errs.New(errs.Invalid, "", "control: "+file+" can't be written as JSON").Because(err)
		}
		name := strings.TrimSuffix(file, ".yaml")
		d.yaml[name], d.json[name] = raw, asJSON
		var doc openAPI
		if err := yaml.Unmarshal(raw, &doc); err != nil {
			return nil, errs.New(errs.Invalid, "", "control: "+file+" has an unexpected shape").Because(err)
		}
		parts = append(parts, doc.part(name))
	}
	var b bytes.Buffer
	if err := referencePage.Execute(&b, parts); err != nil {
		return nil, errs.Fault("control.readDocuments", err)
	}
	d.page = b.Bytes()
	return d, nil
}

func rank(file string) int {
	if i := slices.Index([]string{"management.yaml", "cloud.yaml", "console.yaml"}, file); i >= 0 {
		return i
	}
	return 99
}

// reference serves /openapi/: the page, its style, and each document.
func (s *server) reference(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		s.notAllowed(w, r, "GET, HEAD")
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	name := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/openapi"), "/")
	base, ext := strings.TrimSuffix(name, path.Ext(name)), path.Ext(name)
	var body []byte
	switch {
	case r.URL.Path == "/openapi":
		http.Redirect(w, r, "/openapi/", http.StatusMovedPermanently)
		return
	case name == "":
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Content-Type", "text/html; charset=utf-8")
		body = s.documents.page
	case name == "reference.css":
		h.Set("Content-Type", "text/css; charset=utf-8")
		body = []byte(referenceStyle)
	case ext == ".yaml" && s.documents.yaml[base] != nil:
		h.Set("Content-Type", "application/yaml")
		body = s.documents.yaml[base]
	case ext == ".json" && s.documents.json[base] != nil:
		h.Set("Content-Type", "application/json")
		body = s.documents.json[base]
	default:
		s.fail(w, r, noSuchPath(r))
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// openAPI is as much of a document as the page shows.
type openAPI struct {
	Info struct {
		Title, Version, Description string
	}
	Paths      yaml.Node
	Components struct {
		Parameters map[string]parameter
		Schemas    yaml.Node
	}
}

type parameter struct {
	Ref         string `yaml:"$ref"`
	Name        string
	In          string
	Required    bool
	Description string
	Schema      schema
}

type schema struct {
	Ref         string `yaml:"$ref"`
	Type        string
	Format      string
	Description string
	Enum        []any
	Default     any
	Minimum     any
	Maximum     any
	MinLength   any `yaml:"minLength"`
	MaxLength   any `yaml:"maxLength"`
	Required    []string
	Items       *schema
	Properties  yaml.Node
	Additional  any `yaml:"additionalProperties"`
}

type media map[string]struct{ Schema schema }

type operation struct {
	Tags        []string
	OperationID string `yaml:"operationId"`
	Summary     string
	Description string
	Parameters  []parameter
	RequestBody struct {
		Required bool
		Content  media
	} `yaml:"requestBody"`
	Responses yaml.Node
}

// What the template sees.
type (
	docPart struct {
		Name, Title, Version, Description string
		Operations                        []docOperation
		Schemas                           []docSchema
	}
	docOperation struct {
		ID, Method, Path, Summary, Description string
		Parameters                             []docField
		Body                                   docType
		BodyRequired                           bool
		Responses                              []docResponse
	}
	docField struct {
		Name, In, Description, Limits string
		Type                          docType
		Required                      bool
	}
	docResponse struct {
		Status, Description string
		Type                docType
	}
	docSchema struct {
		Name, Description string
		Type              docType
		Fields            []docField
	}
	docType struct{ Text, Link string }
)

// pairs walks a mapping in its written order.
func pairs(n *yaml.Node, visit func(key string, value *yaml.Node)) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		visit(n.Content[i].Value, n.Content[i+1])
	}
}

func (d *openAPI) part(name string) docPart {
	p := docPart{Name: name, Title: d.Info.Title, Version: d.Info.Version, Description: d.Info.Description}
	pairs(&d.Paths, func(at string, item *yaml.Node) {
		var shared []parameter
		pairs(item, func(key string, v *yaml.Node) {
			if key == "parameters" {
				_ = v.Decode(&shared) // a document of another shape shows without them
			}
		})
		pairs(item, func(key string, v *yaml.Node) {
			var op operation
			if !slices.Contains([]string{"get", "put", "post", "delete", "head", "patch"}, key) || v.Decode(&op) != nil {
				return
			}
			p.Operations = append(p.Operations, d.operation(name, strings.ToUpper(key), at, &op, append(slices.Clone(shared), op.Parameters...)))
		})
	})
	pairs(&d.Components.Schemas, func(key string, v *yaml.Node) {
		var s schema
		if v.Decode(&s) == nil {
			p.Schemas = append(p.Schemas, docSchema{Name: key, Description: s.Description, Type: typeOf(name, &s), Fields: fields(name, &s)})
		}
	})
	return p
}

func (d *openAPI) operation(doc, method, at string, op *operation, params []parameter) docOperation {
	out := docOperation{ID: doc + "-" + op.OperationID, Method: method, Path: at, Summary: op.Summary, Description: op.Description}
	for _, p := range params {
		if p.Ref != "" {
			p = d.Components.Parameters[path.Base(p.Ref)]
		}
		out.Parameters = append(out.Parameters, docField{Name: p.Name, In: p.In, Description: p.Description, Required: p.Required,
			Type: typeOf(doc, &p.Schema), Limits: limits(&p.Schema)})
	}
	for _, m := range op.RequestBody.Content {
		out.Body, out.BodyRequired = typeOf(doc, &m.Schema), op.RequestBody.Required
	}
	pairs(&op.Responses, func(status string, v *yaml.Node) {
		var resp struct {
			Ref         string `yaml:"$ref"`
			Description string
			Content     media
		}
		if v.Decode(&resp) != nil {
			return
		}
		r := docResponse{Status: status, Description: resp.Description}
		if resp.Ref != "" {
			r.Description, r.Type = "An error.", docType{"Error", "#" + doc + "-schema-Error"}
		}
		for _, m := range resp.Content {
			r.Type = typeOf(doc, &m.Schema)
		}
		out.Responses = append(out.Responses, r)
	})
	return out
}

func fields(doc string, s *schema) []docField {
	var out []docField
	pairs(&s.Properties, func(name string, v *yaml.Node) {
		var p schema
		if v.Decode(&p) == nil {
			out = append(out, docField{Name: name, Description: p.Description, Required: slices.Contains(s.Required, name),
				Type: typeOf(doc, &p), Limits: limits(&p)})
		}
	})
	return out
}

func typeOf(doc string, s *schema) docType {
	switch {
	case s.Ref != "":
		name := path.Base(s.Ref)
		return docType{name, "#" + doc + "-schema-" + name}
	case s.Type == "array" && s.Items != nil:
		t := typeOf(doc, s.Items)
		t.Text = "list of " + t.Text
		return t
	case s.Format != "":
		return docType{Text: s.Type + " (" + s.Format + ")"}
	}
	return docType{Text: s.Type}
}

// limits says in words what a value may be.
func limits(s *schema) string {
	var words []string
	add := func(format string, v any) {
		if v == nil {
			return
		}
		if raw, err := json.Marshal(v); err == nil {
			words = append(words, fmt.Sprintf(format, strings.Trim(string(raw), `"`)))
		}
	}
	if len(s.Enum) > 0 {
		var all []string
		for _, v := range s.Enum {
			if text, ok := v.(string); ok {
				all = append(all, text)
			}
		}
		words = append(words, "one of "+strings.Join(all, ", "))
	}
	add("from %s", s.Minimum)
	add("to %s", s.Maximum)
	add("at least %s characters", s.MinLength)
	add("at most %s characters", s.MaxLength)
	add("default %s", s.Default)
	return strings.Join(words, "; ")
}

var referencePage = template.Must(template.New("reference").Funcs(template.FuncMap{"prose": prose}).Parse(referenceHTML))

// prose renders the little of Markdown that the documents use: paragraphs, `code` and *emphasis*. Everything else is escaped.
func prose(s string) template.HTML {
	var b strings.Builder
	for _, p := range strings.Split(strings.TrimSpace(s), "\n\n") {
		b.WriteString("<p>")
		for i, part := range strings.Split(p, "`") {
			if i%2 == 1 {
				b.WriteString("<code>" + template.HTMLEscapeString(part) + "</code>")
				continue
			}
			for j, word := range strings.Split(part, "*") {
				if j%2 == 1 {
					b.WriteString("<em>" + template.HTMLEscapeString(word) + "</em>")
				} else {
					b.WriteString(template.HTMLEscapeString(word))
				}
			}
		}
		b.WriteString("</p>")
	}
	return template.HTML(b.String())
}

const referenceHTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API reference</title>
<link rel="stylesheet" href="/openapi/reference.css">
</head>
<body>
<nav aria-label="Contents">
{{range .}}<h2><a href="#{{.Name}}">{{.Title}}</a></h2>
<ul>{{range .Operations}}<li><a href="#{{.ID}}"><b class="{{.Method}}">{{.Method}}</b> {{.Path}}</a></li>{{end}}</ul>
{{end}}</nav>
<main>
<h1>API reference</h1>
{{range $doc := .}}<section id="{{.Name}}">
<h2>{{.Title}} <small>{{.Version}}</small></h2>
{{prose .Description}}
<p>The document as <a href="/openapi/{{.Name}}.yaml">YAML</a> and as <a href="/openapi/{{.Name}}.json">JSON</a>.</p>
{{range .Operations}}<article id="{{.ID}}">
<h3><b class="{{.Method}}">{{.Method}}</b> <code>{{.Path}}</code></h3>
<p>{{.Summary}}.</p>
{{with .Description}}{{prose .}}{{end}}
{{with .Parameters}}<h4>Parameters</h4>
<table><thead><tr><th>Name</th><th>In</th><th>Type</th><th>Meaning</th></tr></thead><tbody>
{{range .}}<tr><td><code>{{.Name}}</code>{{if .Required}} <i>required</i>{{end}}</td><td>{{.In}}</td><td>{{template "type" .Type}}</td><td>{{with .Description}}{{prose .}}{{end}}{{.Limits}}</td></tr>
{{end}}</tbody></table>{{end}}
{{with .Body.Text}}<h4>Body</h4>{{end}}{{with .Body}}{{if .Text}}<p>{{template "type" .}}</p>{{end}}{{end}}
<h4>Answers</h4>
<table><thead><tr><th>Status</th><th>Body</th><th>Meaning</th></tr></thead><tbody>
{{range .Responses}}<tr><td>{{if eq .Status "default"}}other{{else}}{{.Status}}{{end}}</td><td>{{template "type" .Type}}</td><td>{{prose .Description}}</td></tr>
{{end}}</tbody></table>
</article>
{{end}}
<h3>Types</h3>
{{range .Schemas}}<article id="{{$doc.Name}}-schema-{{.Name}}">
<h4>{{.Name}}</h4>
{{with .Description}}{{prose .}}{{end}}
{{with .Fields}}<table><thead><tr><th>Field</th><th>Type</th><th>Meaning</th></tr></thead><tbody>
{{range .}}<tr><td><code>{{.Name}}</code>{{if .Required}} <i>required</i>{{end}}</td><td>{{template "type" .Type}}</td><td>{{with .Description}}{{prose .}}{{end}}{{.Limits}}</td></tr>
{{end}}</tbody></table>{{end}}
</article>
{{end}}</section>
{{end}}</main>
</body>
</html>
{{define "type"}}{{if .Link}}<a href="{{.Link}}">{{.Text}}</a>{{else}}{{.Text}}{{end}}{{end}}`

const referenceStyle = `:root { color-scheme: light dark; --line: #8884; --soft: #8881; --link: #1b66c9; }
@media (prefers-color-scheme: dark) { :root { --link: #7db4ff; } }
* { box-sizing: border-box; }
body { margin: 0; display: flex; font: 16px/1.5 system-ui, sans-serif; }
nav { width: 24rem; max-height: 100vh; overflow: auto; position: sticky; top: 0; padding: 1rem; border-right: 1px solid var(--line); font-size: .85rem; }
nav ul { list-style: none; padding: 0; margin: 0; }
nav h2 { font-size: 1rem; }
nav a { text-decoration: none; overflow-wrap: anywhere; }
main { flex: 1; min-width: 0; max-width: 60rem; padding: 1rem 2rem 4rem; }
article { border-top: 1px solid var(--line); padding: .5rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
td p { margin: 0; }
code { font: .9em ui-monospace, monospace; background: var(--soft); padding: .1em .25em; border-radius: 3px; }
a { color: var(--link); }
b.GET { color: #2b8a3e; } b.POST { color: #1971c2; } b.PUT { color: #b35c00; } b.DELETE { color: #c92a2a; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; width: auto; max-height: 16rem; border: 0; } main { padding: 1rem; } }
`
