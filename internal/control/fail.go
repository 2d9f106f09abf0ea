package control

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"coffer/internal/errs"
	"coffer/internal/iam"
)

// statuses is the one table from kinds to HTTP. 422 is the Cloud API's habit for what is well-formed and not possible.
var statuses = [...]struct {
	kind   errs.Kind
	status int
	word   string // errorCode where the error has no code of its own
	text   string // message where the error has none
}{
	{errs.Internal, 500, "InternalError", "The server failed. The request id in the header X-Request-Id finds the cause in its log."},
	{errs.Invalid, 400, "BadRequest", "The request is not valid."},
	{errs.Unauthenticated, 401, "Unauthorized", "Sign in: send mail and password as HTTP Basic, or a bearer token that has not expired."},
	{errs.Denied, 403, "Forbidden", "You may not do this."},
	{errs.NotFound, 404, "NotFound", "There is no such resource, or it is not yours."},
	{errs.Exists, 409, "AlreadyExists", "It exists already."},
	{errs.NotEmpty, 409, "NotEmpty", "It still has content."},
	{errs.Precondition, 412, "PreconditionFailed", "The condition of the request does not hold."},
	{errs.Conflict, 409, "Conflict", "The present state does not allow it."},
	{errs.Limit, 422, "LimitExceeded", "A limit would be exceeded."},
	{errs.Busy, 429, "TooManyRequests", "Too many requests; wait and try again."},
	{errs.Unavailable, 503, "ServiceUnavailable", "The server can't do this now; try again later."},
	{errs.Unsupported, 501, "NotImplemented", "This is not implemented."},
	{errs.Corrupt, 500, "InternalError", "Stored data failed verification. The operator finds the cause in the log."},
	{errs.Canceled, 503, "Canceled", "The request was given up before it was done."},
}

// Codes with a status of their own.
const (
	codeNoPrivilege   errs.Code = "NoPrivilege"
	codeTooLarge      errs.Code = "BodyTooLarge"
	codeHeaders       errs.Code = "HeadersTooLarge"
	codeMethod        errs.Code = "MethodNotAllowed"
	codeMediaType     errs.Code = "UnsupportedMediaType"
	codeUnprocessable errs.Code = "Unprocessable"
)

func codeStatus(c errs.Code) int {
	switch c {
	case codeTooLarge:
		return http.StatusRequestEntityTooLarge
	case codeHeaders:
		return http.StatusRequestHeaderFieldsTooLarge
	case codeMethod:
		return http.StatusMethodNotAllowed
	case codeMediaType:
		return http.StatusUnsupportedMediaType
	case codeUnprocessable, iam.OwnsBuckets:
		return http.StatusUnprocessableEntity
	}
	return 0
}

type errorBody struct {
	HTTPStatus int            `json:"httpStatus"`
	Messages   []errorMessage `json:"messages"`
}

type errorMessage struct {
	ErrorCode string `json:"errorCode"`
	Message   string `json:"message"`
}

// answerFor translates an error. Nothing of its cause reaches the client.
func answerFor(err error) errorBody {
	kind := errs.KindOf(err)
	row := statuses[0]
	for _, t := range statuses {
		if t.kind == kind {
			row = t
		}
	}
	status, word, text := row.status, row.word, row.text
	if c := errs.CodeOf(err); c != "" && kind != errs.Internal && kind != errs.Corrupt {
		word = string(c)
		if n := codeStatus(c); n != 0 {
			status = n
		}
	}
	if p := errs.PublicOf(err); p != "" && kind != errs.Internal && kind != errs.Corrupt {
		text = p
	}
	return errorBody{status, []errorMessage{{word, text}}}
}

// fail answers with an error, and logs those that are a fault of ours.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && errs.KindOf(err) == errs.Internal {
		err = errs.New(errs.Canceled, "", "").Because(err)
	}
	b := answerFor(err)
	c := callOf(r)
	s.refused(r, b.HTTPStatus, b.Messages[0].ErrorCode)
	if b.HTTPStatus >= 500 {
		s.log.ErrorContext(r.Context(), "request failed", "request", c.id, "operation", c.operation, "status", b.HTTPStatus, "error", err)
	}
	h := w.Header()
	if b.HTTPStatus == http.StatusUnauthorized && !fromBrowser(r) {
		// A browser would answer this header with a dialog of its own over the console.
		h.Add("WWW-Authenticate", `Basic realm="Coffer", charset="UTF-8"`)
		h.Add("WWW-Authenticate", `Bearer realm="Coffer"`)
	}
	if b.HTTPStatus == http.StatusTooManyRequests && h.Get("Retry-After") == "" {
		h.Set("Retry-After", strconv.Itoa(retryAfter(err)))
	}
	s.write(w, r, b.HTTPStatus, b)
}

// RetryAfter is an error that knows when trying again makes sense; errors of iam may bring it as their cause.
type RetryAfter interface{ RetryAfter() time.Duration }

// retryAfter returns whole seconds, at least 1.
func retryAfter(err error) int {
	var ra RetryAfter
	if errors.As(err, &ra) {
		return max(1, int((ra.RetryAfter()+time.Second-1)/time.Second))
	}
	return 1
}

// fromBrowser reports whether a browser's page sent r. Browsers send Sec-Fetch headers only to secure origins.
func fromBrowser(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Mode") != "" || r.Header.Get("Origin") != "" || strings.HasPrefix(r.URL.Path, "/console/") ||
		strings.HasPrefix(r.UserAgent(), "Mozilla/")
}
