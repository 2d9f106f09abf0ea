package s3api

import (
	"net/http"

	"coffer/internal/errs"
	"coffer/internal/s3code"
	"coffer/internal/sigv4"
)

// answer is how an error is told to S3's clients.
type answer struct {
	status     int
	code, text string
	own        bool // the error's own public text is preferred
}

func newAnswer(a s3code.Answer) answer { return answer{a.Status, a.Code, a.Text, a.Own} }

// answers maps codes to answers. It never changes after newAnswers.
type answers map[string]answer

func newAnswers() answers {
	m := answers{}
	for _, a := range s3code.All() {
		m[a.Code] = newAnswer(a)
	}
	m["KeyTooLong"] = m["KeyTooLongError"] // the vendor's spelling
	return m
}

// of returns what a client is told about err. A code that is none of S3's, since it is a word between rooms, counts as its kind alone.
func (m answers) of(err error) answer {
	a, ok := m[string(errs.CodeOf(err))]
	if !ok {
		a = newAnswer(s3code.ByKind(errs.KindOf(err)))
		if a.text == "" {
			own := a.own
			a = m[a.code]
			a.own = own
		}
	}
	if text := errs.PublicOf(err); a.own && text != "" {
		a.text = text
	}
	return a
}

// newFault adds S3's further elements to an error: name, value, name, value.
func newFault(e *errs.Error, pairs ...string) error {
	d := make(sigv4.Details, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		d = append(d, sigv4.Detail{Name: pairs[i], Value: pairs[i+1]})
	}
	return e.Because(d)
}

func invalidArgument(name, value, why string) error {
	return newFault(errs.New(errs.Invalid, "InvalidArgument", why), "ArgumentName", name, "ArgumentValue", clip(value))
}

func invalidRequest(why string) error { return errs.New(errs.Invalid, "InvalidRequest", why) }

func malformedXML() error { return errs.New(errs.Invalid, "MalformedXML", "") }

// noBody reports whether an answer of this status has no body.
func noBody(status int) bool {
	return status == http.StatusNotModified || status == http.StatusNoContent
}
