package authz

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"coffer/internal/errs"
)

// Codes of policies that can't be taken.
const (
	MalformedPolicy       errs.Code = "MalformedPolicy"
	InvalidPolicyDocument errs.Code = "InvalidPolicyDocument"
)

func malformed(public string) *errs.Error { return errs.New(errs.Invalid, MalformedPolicy, public) }

// node is a value of a JSON document as written. Unlike a Go map it keeps order and shows names that occur twice, which two
// readers of one policy could understand differently.
type node struct {
	kind   byte // '{', '[', 's', 'n', 'b', '0'
	text   string
	fields []field
	items  []*node
}

type field struct {
	name  string
	value *node
}

const (
	maxDepth = 12     // of a policy's JSON
	maxNodes = 50_000 // values in a policy's JSON: names in a document of the largest size have 20 bytes or more
)

var errJSON error = malformed("This policy contains invalid Json")

// readDocument parses a policy's JSON: one object, no name twice, nothing after it.
func readDocument(raw []byte) (*node, error) {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	if len(raw) == 0 || raw[0] != '{' {
		return nil, malformed("Policies must be valid JSON and the first byte must be '{'")
	}
	if !utf8.Valid(raw) {
		return nil, errJSON
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	left := maxNodes
	n, err := readNode(d, 0, &left)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errJSON
	}
	return n, nil
}

func readNode(d *json.Decoder, depth int, left *int) (*node, error) {
	t, err := d.Token()
	if err != nil {
		return nil, errJSON
	}
	if *left--; *left < 0 || depth > maxDepth {
		return nil, errs.New(errs.Invalid, InvalidPolicyDocument, "The policy is nested too deeply or has too many elements.")
	}
	switch v := t.(type) {
	case string:
		return &node{kind: 's', text: v}, nil
	case json.Number:
		return &node{kind: 'n', text: v.String()}, nil
	case bool:
		if v {
			return &node{kind: 'b', text: "true"}, nil
		}
		return &node{kind: 'b', text: "false"}, nil
	case json.Delim:
		if v == '{' {
			return readObject(d, depth, left)
		}
		n := &node{kind: '['}
		for d.More() {
			item, err := readNode(d, depth+1, left)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
		return n, closing(d)
	}
	return &node{kind: '0'}, nil
}

func readObject(d *json.Decoder, depth int, left *int) (*node, error) {
	n := &node{kind: '{'}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, errJSON
		}
		if seen[name] {
			return nil, malformed("The field " + short(name) + " occurs twice")
		}
		seen[name] = true
		value, err := readNode(d, depth+1, left)
		if err != nil {
			return nil, err
		}
		n.fields = append(n.fields, field{name, value})
	}
	return n, closing(d)
}

func closing(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return errJSON
	}
	return nil
}

// short makes what a policy says fit into a message.
func short(s string) string {
	if len(s) > 100 {
		s = strings.ToValidUTF8(s[:100], "") + "..."
	}
	return s
}

// strings returns the texts of a string or of an array of strings; with scalars also those of numbers and booleans.
func (n *node) strings(scalars bool) ([]string, bool) {
	if n.kind == 's' || scalars && (n.kind == 'n' || n.kind == 'b') {
		return []string{n.text}, true
	}
	if n.kind != '[' {
		return nil, false
	}
	all := make([]string, 0, len(n.items))
	for _, item := range n.items {
		if item.kind != 's' && (!scalars || item.kind != 'n' && item.kind != 'b') {
			return nil, false
		}
		all = append(all, item.text)
	}
	return all, true
}
