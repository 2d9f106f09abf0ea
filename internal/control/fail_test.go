package control

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"coffer/internal/errs"
)

func TestEveryKindHasAStatus(t *testing.T) {
	for _, k := range errs.Kinds() {
		found := 0
		for _, row := range statuses {
			if row.kind == k {
				found++
			}
		}
		if found != 1 {
			t.Errorf("kind %q has %d rows in the table of statuses; each kind has one, so that no error is answered by accident", k, found)
		}
		b := answerFor(&errs.Error{Kind: k})
		if http.StatusText(b.HTTPStatus) == "" || b.HTTPStatus < 400 || b.Messages[0].ErrorCode == "" || b.Messages[0].Message == "" {
			t.Errorf("kind %q answers %+v", k, b)
		}
	}
	if got := answerFor(errs.Kind(200)).HTTPStatus; got != 500 {
		t.Errorf("a kind that nobody knows answers %d, not 500", got)
	}
}

func TestCausesStayInside(t *testing.T) {
	secret := errors.New("secret of the cause")
	for _, k := range errs.Kinds() {
		b := answerFor((&errs.Error{Kind: k, Op: "inner.Op", Public: "Public words."}).Because(secret))
		m := b.Messages[0].Message
		if strings.Contains(m, "secret") || strings.Contains(m, "inner") {
			t.Errorf("kind %q tells clients %q", k, m)
		}
		if shown := m == "Public words."; shown == (k == errs.Internal || k == errs.Corrupt) {
			t.Errorf("kind %q answers %q", k, m)
		}
	}
	if b := answerFor(secret); b.HTTPStatus != 500 || strings.Contains(b.Messages[0].Message, "secret") {
		t.Errorf("an error that is none of ours answers %+v", b)
	}
}

func TestCodesWithStatuses(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		word   string
	}{
		{errs.New(errs.Invalid, codeTooLarge, ""), 413, "BodyTooLarge"},
		{errs.New(errs.Invalid, codeHeaders, ""), 431, "HeadersTooLarge"},
		{errs.New(errs.Invalid, codeMethod, ""), 405, "MethodNotAllowed"},
		{errs.New(errs.Invalid, codeMediaType, ""), 415, "UnsupportedMediaType"},
		{errs.New(errs.NotFound, codeUnprocessable, ""), 422, "Unprocessable"},
		{errs.New(errs.Denied, codeNoPrivilege, ""), 403, "NoPrivilege"},
		{errs.New(errs.Internal, "Leak", ""), 500, "InternalError"},
	} {
		if b := answerFor(c.err); b.HTTPStatus != c.status || b.Messages[0].ErrorCode != c.word {
			t.Errorf("%v answers %+v; want %d %s", c.err, b, c.status, c.word)
		}
	}
}
