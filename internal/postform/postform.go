// Package postform reads form uploads as browsers send them, and the policies that say what a signed one may hold. It never verifies a
// signature and never stores anything.
package postform

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"path"
	"strconv"
	"strings"
	"time"

	"coffer/internal/errs"
	"coffer/internal/sigv4"
)

// Bounds of a form upload. Source: AWS S3 API Reference, "POST Object": what comes before the file may have 20 KB.
const (
	maxBytes  = 20 << 10
	maxFields = 128
)

// Form is a form upload: the fields before the file, and the file.
type Form struct {
	Fields map[string]string // by lower-case name
	File   *multipart.Part
	Name   string   // of the file
	names  []string // of the fields, in order
}

// Get returns a field, "" if it is absent.
func (f *Form) Get(name string) string { return f.Fields[name] }

// capped lets only so many bytes through while the fields before the file are read.
type capped struct {
	r    io.Reader
	left int64 // -1: no bound any more
}

var errCapped = errors.New("form fields too large")

func (r *capped) Read(p []byte) (int, error) {
	if r.left < 0 {
		return r.r.Read(p)
	}
	if r.left == 0 {
		return 0, errCapped
	}
	n, err := r.r.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	return n, err
}

// Read reads the fields up to the file, which the caller reads next. Errors of body pass as they are where they are errs.Errors.
func Read(body io.Reader, contentType string) (*Form, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/form-data" {
		return nil, errs.New(errs.Precondition, "PreconditionFailed", "").Because(sigv4.Details{{Name: "Condition", Value: "Bucket POST must be of the enclosure-type multipart/form-data"}})
	}
	switch b := params["boundary"]; {
	case b == "":
		return nil, malformed("")
	case len(b) > 70:
		return nil, malformed("The boundary is longer than 70 characters.")
	}
	in := &capped{body, maxBytes + 8<<10} // the reader looks ahead by a few KiB, into the file
	m := multipart.NewReader(in, params["boundary"])
	f := &Form{Fields: map[string]string{}}
	total := 0
	for len(f.names) <= maxFields {
		p, err := m.NextRawPart()
		switch {
		case err == io.EOF:
			return nil, errs.New(errs.Invalid, "InvalidArgument", "POST requires exactly one file upload per request.").
				Because(sigv4.Details{{Name: "ArgumentName", Value: "file"}, {Name: "ArgumentValue", Value: "0"}})
		case err != nil:
			return nil, Fault(err)
		}
		name := strings.ToLower(p.FormName())
		if name == "" {
			return nil, malformed("A field of the form has no name.")
		}
		if name == "file" {
			f.File, f.Name = p, path.Base(strings.ReplaceAll(p.FileName(), `\`, "/"))
			if f.Name == "." || f.Name == "/" {
				f.Name = ""
			}
			in.left = -1
			return f, nil
		}
		v, err := io.ReadAll(io.LimitReader(p, maxBytes+1))
		if err != nil {
			return nil, Fault(err)
		}
		if total += len(name) + len(v); total > maxBytes {
			return nil, errs.New(errs.Invalid, "MaxPostPreDataLengthExceededError", "")
		}
		if _, twice := f.Fields[name]; !twice {
			f.names = append(f.names, name)
			f.Fields[name] = string(v)
		}
	}
	return nil, malformed("The form has more than 128 fields.")
}

func malformed(why string) error { return errs.New(errs.Invalid, "MalformedPOSTRequest", why) }

// Fault is the error of a form that stops in the middle.
func Fault(err error) error {
	var ours *errs.Error
	switch {
	case errors.Is(err, errCapped):
		return errs.New(errs.Invalid, "MaxPostPreDataLengthExceededError", "")
	case errors.As(err, &ours):
		return ours
	}
	return errs.New(errs.Invalid, "MalformedPOSTRequest", "").Because(err)
}

// condition is one condition of a policy: eq or starts-with.
type condition struct{ op, field, value, shown string }

// Policy is what a signed form may hold.
type Policy struct {
	Least, Most int64 // of the file's size; Most -1: no bound
	signed      bool
	conditions  []condition
}

// Open is the policy of a form that has none: it allows everything.
func Open() *Policy { return &Policy{Most: -1} }

func badPolicy(why string) *errs.Error {
	return errs.New(errs.Invalid, "InvalidPolicyDocument", "Invalid Policy: "+why)
}

func badJSON() error { return badPolicy("Invalid JSON.") }

// ParsePolicy reads the policy document, base64 of JSON. errs.Invalid with code InvalidPolicyDocument, errs.Denied where it has expired.
// Source: AWS S3 API Reference, "POST Policy".
func ParsePolicy(doc string, now time.Time) (*Policy, error) {
	raw, err := base64.StdEncoding.DecodeString(doc)
	if err != nil {
		return nil, badPolicy("invalid Base64 encoding.").Because(err)
	}
	if len(raw) == 0 {
		return nil, badPolicy("Expecting '{' but found End-of-Input")
	}
	var in map[string]json.RawMessage
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, badPolicy("Invalid JSON.").Because(err)
	}
	for name := range in {
		if name != "expiration" && name != "conditions" {
			return nil, badPolicy("Unexpected: " + strconv.Quote(clip(name)))
		}
	}
	if err := checkExpiration(in["expiration"], now); err != nil {
		return nil, err
	}
	if in["conditions"] == nil {
		return nil, badPolicy("Policy missing conditions.")
	}
	var conditions []json.RawMessage
	if json.Unmarshal(in["conditions"], &conditions) != nil {
		return nil, badPolicy("Invalid 'conditions' value: must be a List.")
	}
	p := &Policy{signed: true, Most: -1}
	for _, c := range conditions {
		if err := p.add(c); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func checkExpiration(raw json.RawMessage, now time.Time) error {
	if raw == nil {
		return badPolicy("Policy missing expiration.")
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return badJSON()
	}
	end, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return badPolicy("Invalid 'expiration' value: '" + clip(text) + "'").Because(err)
	}
	if !now.Before(end) {
		return errs.New(errs.Denied, "AccessDenied", "Invalid according to Policy: Policy expired.")
	}
	return nil
}

// add reads one condition: {"field": "value"}, or a list of three.
func (p *Policy) add(raw json.RawMessage) error {
	switch raw[0] {
	case '{':
		return p.addSimple(raw)
	case '[':
		return p.addList(raw)
	}
	return badPolicy("Invalid condition test: must be a List or Object.")
}

func (p *Policy) addSimple(raw json.RawMessage) error {
	var simple map[string]json.RawMessage
	if json.Unmarshal(raw, &simple) != nil {
		return badJSON()
	}
	if len(simple) != 1 {
		return badPolicy("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.")
	}
	for name, v := range simple {
		var value string
		if json.Unmarshal(v, &value) != nil {
			return badPolicy("Invalid Simple-Condition: value must be a string.")
		}
		shown := `["eq", "$` + clip(name) + `", "` + clip(value) + `"]`
		p.conditions = append(p.conditions, condition{"eq", strings.ToLower(name), value, shown})
	}
	return nil
}

func (p *Policy) addList(raw json.RawMessage) error {
	var list []json.RawMessage
	var op string
	if json.Unmarshal(raw, &list) != nil {
		return badJSON()
	}
	if len(list) == 0 {
		return badPolicy("Invalid Condition: missing operation identifier.")
	}
	if json.Unmarshal(list[0], &op) != nil {
		return badJSON()
	}
	known := strings.ToLower(op)
	switch {
	case known != "eq" && known != "starts-with" && known != "content-length-range":
		return badPolicy("Invalid Condition: unknown operation '" + clip(op) + "'.")
	case len(list) != 3:
		return badPolicy("Invalid " + known + ": wrong number of arguments.")
	case known == "content-length-range":
		var ok1, ok2 bool
		p.Least, ok1 = sizeOf(list[1])
		p.Most, ok2 = sizeOf(list[2])
		if !ok1 || !ok2 {
			return badJSON()
		}
		return nil
	}
	var field, value string
	if json.Unmarshal(list[1], &field) != nil || json.Unmarshal(list[2], &value) != nil {
		return badJSON()
	}
	// A field without its dollar is none of the form's: the condition is there and never holds.
	name, dollar := strings.CutPrefix(field, "$")
	if !dollar {
		name = ""
	}
	shown := `["` + known + `", "` + clip(field) + `", "` + clip(value) + `"]`
	p.conditions = append(p.conditions, condition{known, strings.ToLower(name), value, shown})
	return nil
}

// sizeOf reads a size in bytes, which policies write as a number or as a string.
func sizeOf(raw json.RawMessage) (int64, bool) {
	text := string(raw)
	if raw[0] == '"' && json.Unmarshal(raw, &text) != nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	return int64(n), err == nil && n >= 0 && n <= 1<<53
}

// Check holds the form against the policy, where it is stored as key in a bucket: every condition must hold, and every field be covered by
// one, the bucket and the key, too.
func (p *Policy) Check(f *Form, bucket, key string) error {
	if !p.signed {
		return nil
	}
	covered := map[string]bool{}
	for _, cond := range p.conditions {
		covered[cond.field] = true
		value := f.Get(cond.field)
		switch cond.field {
		case "bucket":
			value = bucket
		case "key":
			value = key
		}
		if cond.field == "" || !cond.holds(value) {
			return errs.New(errs.Denied, "AccessDenied", "Invalid according to Policy: Policy Condition failed: "+cond.shown)
		}
	}
	for _, name := range append([]string{"bucket", "key"}, f.names...) {
		if !covered[name] && !exempt(name) {
			return errs.New(errs.Denied, "AccessDenied", "Invalid according to Policy: Extra input fields: "+clip(name))
		}
	}
	return nil
}

func (c *condition) holds(value string) bool {
	if c.op == "eq" {
		return value == c.value
	}
	if c.field != "content-type" {
		return strings.HasPrefix(value, c.value)
	}
	for _, v := range strings.Split(value, ",") { // each type of a list
		if !strings.HasPrefix(strings.TrimSpace(v), c.value) {
			return false
		}
	}
	return true
}

// exempt reports whether a field needs no condition.
func exempt(name string) bool {
	switch name {
	case "policy", "file", "x-amz-signature", "signature", "awsaccesskeyid", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "submit":
		return true
	}
	return strings.HasPrefix(name, "x-ignore-")
}

// clip bounds a client's word that an answer repeats, in bytes.
func clip(s string) string {
	if len(s) > 128 {
		return s[:128]
	}
	return s
}
