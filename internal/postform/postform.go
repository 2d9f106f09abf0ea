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
	if b := params["boundary"]; b == "" || len(b) > 70 {
		return nil, malformed("The boundary is missing or longer than 70 characters.")
	}
	in := &capped{body, maxBytes + 8<<10} // the reader looks ahead by a few KiB, into the file
	m := multipart.NewReader(in, params["boundary"])
	f := &Form{Fields: map[string]string{}}
	total := 0
	for len(f.names) <= maxFields {
		p, err := m.NextRawPart()
		switch {
		case err == io.EOF:
			return nil, errs.New(errs.Invalid, "IncorrectNumberOfFilesInPostRequest", "")
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
type condition struct{ op, field, value string }

// Policy is what a signed form may hold.
type Policy struct {
	Least, Most int64 // of the file's size; Most -1: no bound
	signed      bool
	conditions  []condition
}

// Open is the policy of a form that has none: it allows everything.
func Open() *Policy { return &Policy{Most: -1} }

// ParsePolicy reads the policy document, base64 of JSON. Source: AWS S3 API Reference, "POST Policy".
func ParsePolicy(doc string, now time.Time) (*Policy, error) {
	raw, err := base64.StdEncoding.DecodeString(doc)
	var in struct {
		Expiration string            `json:"expiration"`
		Conditions []json.RawMessage `json:"conditions"`
	}
	if err == nil {
		err = json.Unmarshal(raw, &in)
	}
	if err != nil {
		return nil, errs.New(errs.Invalid, "InvalidPolicyDocument", "Invalid Policy: Invalid JSON.").Because(err)
	}
	end, err := time.Parse(time.RFC3339, in.Expiration)
	if err != nil {
		return nil, errs.New(errs.Invalid, "InvalidPolicyDocument", "Invalid Policy: Invalid 'expiration' value.").Because(err)
	}
	if !now.Before(end) {
		return nil, errs.New(errs.Denied, "AccessDenied", "Invalid according to Policy: Policy expired.")
	}
	if in.Conditions == nil {
		return nil, errs.New(errs.Invalid, "InvalidPolicyDocument", "Invalid Policy: Policy missing conditions.")
	}
	p := &Policy{signed: true, Most: -1}
	for _, c := range in.Conditions {
		if !p.add(c) {
			return nil, errs.New(errs.Invalid, "InvalidPolicyDocument", "Invalid Policy: Invalid Simple-Condition or condition list: "+clip(string(c)))
		}
	}
	return p, nil
}

// add reads one condition: {"field": "value"}, or a list of three.
func (p *Policy) add(raw json.RawMessage) bool {
	var simple map[string]string
	if json.Unmarshal(raw, &simple) == nil {
		for name, value := range simple {
			p.conditions = append(p.conditions, condition{"eq", strings.ToLower(name), value})
		}
		return len(simple) == 1
	}
	var list []any
	if json.Unmarshal(raw, &list) != nil || len(list) != 3 {
		return false
	}
	op, ok := list[0].(string)
	switch op = strings.ToLower(op); {
	case !ok:
		return false
	case op == "content-length-range":
		var ok1, ok2 bool
		p.Least, ok1 = sizeOf(list[1])
		p.Most, ok2 = sizeOf(list[2])
		return ok1 && ok2
	case op != "eq" && op != "starts-with":
		return false
	}
	field, ok1 := list[1].(string)
	value, ok2 := list[2].(string)
	name, dollar := strings.CutPrefix(field, "$")
	p.conditions = append(p.conditions, condition{op, strings.ToLower(name), value})
	return ok1 && ok2 && dollar
}

func sizeOf(v any) (int64, bool) {
	switch n := v.(type) {
	case float64:
		return int64(n), n >= 0 && n <= 1<<53
	case string:
		size, err := strconv.ParseInt(n, 10, 64)
		return size, err == nil && size >= 0 && size <= 1<<53
	}
	return 0, false
}

// Check holds the form against the policy, where it is stored as key in a bucket: every condition must hold, and every field be covered by one.
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
		ok := value == cond.value
		if cond.op == "starts-with" {
			ok = strings.HasPrefix(value, cond.value)
			if cond.field == "content-type" && strings.Contains(value, ",") {
				for _, v := range strings.Split(value, ",") {
					ok = ok && strings.HasPrefix(v, cond.value)
				}
			}
		}
		if !ok {
			return errs.New(errs.Denied, "AccessDenied", `Invalid according to Policy: Policy Condition failed: ["`+cond.op+`", "$`+clip(cond.field)+`", "`+clip(cond.value)+`"]`)
		}
	}
	for _, name := range f.names {
		if !covered[name] && !exempt(name) {
			return errs.New(errs.Denied, "AccessDenied", "Invalid according to Policy: Extra input fields: "+clip(name))
		}
	}
	return nil
}

// exempt reports whether a field needs no condition.
func exempt(name string) bool {
	switch name {
	case "policy", "file", "x-amz-signature", "signature", "awsaccesskeyid", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "bucket", "submit":
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
