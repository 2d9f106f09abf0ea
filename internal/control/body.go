package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"coffer/internal/errs"
)

func invalid(format string, args ...any) *errs.Error {
	return errs.New(errs.Invalid, "", fmt.Sprintf(format, args...))
}

// badParameter turns an error of the generated code into ours, which names the parameter.
func badParameter(err error) error {
	text := err.Error()
	if strings.Contains(text, "required") {
		return invalid("%s.", strings.TrimSuffix(text, ".")).Because(err)
	}
	name := text
	if _, rest, ok := strings.Cut(text, "parameter "); ok {
		name, _, _ = strings.Cut(rest, ":")
	}
	return invalid("Parameter %.64s: use a value of the type that the reference at /openapi/ names.", name).Because(err)
}

// unknown says what happens to fields that a body's type does not have.
type unknown bool

const (
	refuseUnknown unknown = true  // our own APIs: a misspelt field is an error that names it
	ignoreUnknown unknown = false // the vendor's APIs: clients newer than the documents go on working
)

var errNoBody = invalid("The request needs a JSON body.")

// decode reads a JSON body into v. Errors name the field, and the offset where the text is no JSON.
func decode(w http.ResponseWriter, r *http.Request, v any, u unknown) error {
	raw, err := readBody(w, r)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return errNoBody
	}
	return decodeBytes(raw, v, u)
}

// decodeProperties is decode for the vendor's bodies that have to carry properties, empty as they may be: nothing is made of a body that
// says nothing.
func decodeProperties(w http.ResponseWriter, r *http.Request, v any) error {
	raw, err := readBody(w, r)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return errNoBody
	}
	var has struct{ Properties *struct{} }
	if err := decodeBytes(raw, &has, ignoreUnknown); err != nil {
		return err
	}
	if has.Properties == nil {
		return invalid("Field properties is needed: an object.")
	}
	return decodeBytes(raw, v, ignoreUnknown)
}

// decodeOptional is decode for operations that also work without a body.
func decodeOptional(w http.ResponseWriter, r *http.Request, v any, u unknown) error {
	if r.ContentLength == 0 {
		return nil
	}
	raw, err := readBody(w, r)
	if err != nil || len(bytes.TrimSpace(raw)) == 0 {
		return err
	}
	return decodeBytes(raw, v, u)
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, errs.New(errs.Invalid, codeTooLarge, fmt.Sprintf("The body has more than %d bytes.", MaxBody))
	case err != nil:
		return nil, errs.New(errs.Canceled, "", "The body ended early.").Because(err)
	}
	if ct := r.Header.Get("Content-Type"); len(raw) > 0 {
		if t, _, err := mime.ParseMediaType(ct); err != nil || t != "application/json" {
			return nil, errs.New(errs.Invalid, codeMediaType, fmt.Sprintf("Content-Type is %q: send application/json.", ct))
		}
	}
	return raw, nil
}

func decodeBytes(raw []byte, v any, u unknown) error {
	if !utf8.Valid(raw) {
		return invalid("The body is no JSON: it is not valid UTF-8.")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if u == refuseUnknown {
		d.DisallowUnknownFields()
	}
	if err := d.Decode(v); err != nil {
		return jsonFault(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return invalid("The body goes on after its JSON value, at byte %d.", d.InputOffset())
	}
	return nil
}

func jsonFault(err error) error {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &typ) && typ.Field != "":
		return invalid("Field %s: a JSON %s can't be used, it is a %s.", typ.Field, typ.Value, jsonType(typ.Type.Kind().String())).Because(err)
	case errors.As(err, &typ):
		return invalid("The body is a JSON %s where an object is needed.", typ.Value).Because(err)
	case errors.As(err, &syntax):
		return invalid("The body is no JSON: %s at byte %d.", strings.TrimPrefix(syntax.Error(), "json: "), syntax.Offset).Because(err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return invalid("The body is no JSON: it ends early.").Because(err)
	case strings.Contains(err.Error(), "unknown field"):
		_, name, _ := strings.Cut(err.Error(), "unknown field ")
		return invalid("There is no field %s here; see the reference at /openapi/.", name).Because(err)
	}
	return invalid("The body can't be read: a field has a value of the wrong form.").Because(err)
}

func jsonType(kind string) string {
	switch kind {
	case "bool":
		return "boolean"
	case "struct", "map":
		return "object"
	case "slice", "array":
		return "array"
	case "string":
		return "string"
	}
	return "number"
}

// write answers with v as JSON. Nothing of these APIs is kept by caches: much of it is secret and all of it changes.
func (s *server) write(w http.ResponseWriter, r *http.Request, status int, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if callOf(r).pretty {
		e.SetIndent("", "  ")
	}
	err := e.Encode(v)
	if err != nil {
		s.log.ErrorContext(r.Context(), "answer can't be encoded", "request", callOf(r).id, "error", err)
		status = http.StatusInternalServerError
		b.Reset()
		b.WriteString(`{"httpStatus":500,"messages":[{"errorCode":"InternalError","message":"The server failed."}]}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(b.Bytes()) // a client that went away is no error of ours
	}
}

func ptr[T any](v T) *T { return &v }

// or returns what p points to, or def.
func or[T any](p *T, def T) T {
	if p == nil {
		return def
	}
	return *p
}
