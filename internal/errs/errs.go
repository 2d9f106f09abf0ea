// Package errs is the error vocabulary of Coffer: one closed set of kinds, an optional finer code where S3 has a word of its
// own, a text that may reach clients and a cause that may not. It never formats for a protocol: each edge has its own table.
package errs

import (
	"errors"
	"strings"
)

// Kind says what class of failure an error is. A Kind is itself an error, so errors.Is(err, errs.NotFound) works.
type Kind uint8

// The kinds, closed: an edge's table covers them all.
const (
	Internal        Kind = iota // a fault of ours
	Invalid                     // the request can't be right at any time
	Unauthenticated             // who is asking could not be established
	Denied                      // the one who asks may not
	NotFound                    // absent, or its existence is secret
	Exists                      // already there
	NotEmpty                    // still has content
	Precondition                // a condition that the caller set does not hold
	Conflict                    // the state forbids it now
	Limit                       // a limit or quota would be exceeded
	Busy                        // try again soon
	Unavailable                 // the store can't serve now
	Unsupported                 // not implemented, and said so
	Corrupt                     // stored bytes failed verification
	Canceled                    // the caller went away
	kinds
)

var kindNames = [kinds]string{"internal", "invalid", "unauthenticated", "denied", "not found", "exists", "not empty",
	"precondition failed", "conflict", "limit exceeded", "busy", "unavailable", "unsupported", "corrupt", "canceled"}

// Kinds lists every kind, for the tests of each edge's table.
func Kinds() []Kind {
	all := make([]Kind, kinds)
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

func (k Kind) Error() string { return k.String() }

// String returns the kind's name in lower case.
func (k Kind) String() string {
	if k < kinds {
		return kindNames[k]
	}
	return "unknown kind"
}

type (
	// Op names the operation that failed, as "object.Put".
	Op string
	// Subject names what it failed on: a bucket name, a user id. It may reach clients; never put a secret in it.
	Subject string
	// Code is a finer word where S3 needs one, spelled as S3 spells it: "NoSuchKey".
	Code string
)

// Error is the one error type of Coffer. Public may reach clients and says what to change; Err only reaches the log.
type Error struct {
	Op      Op
	Kind    Kind
	Subject Subject
	Code    Code
	Public  string
	Err     error
}

// New makes an error with a text that may reach clients.
func New(k Kind, c Code, public string) *Error { return &Error{Kind: k, Code: c, Public: public} }

// On returns a copy of e about the given subject.
func (e *Error) On(s Subject) *Error { c := *e; c.Subject = s; return &c }

// Because returns a copy of e whose cause, for the log alone, is err.
func (e *Error) Because(err error) *Error { c := *e; c.Err = err; return &c }

// Wrap marks err with the operation that failed, keeping kind, code, subject and public text. It returns nil for nil.
func Wrap(op Op, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Op: op, Kind: KindOf(err), Subject: SubjectOf(err), Code: CodeOf(err), Public: PublicOf(err), Err: err}
}

// Fault makes an Internal error of an unexpected err, for the log. It returns nil for nil.
func Fault(op Op, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Op: op, Kind: Internal, Err: err}
}

func (e *Error) Error() string {
	var b strings.Builder
	for _, s := range []string{string(e.Op), e.Kind.String(), string(e.Code), string(e.Subject), e.Public} {
		if s == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(s)
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is e's kind. A wrapped cause of another kind does not change what e is to its callers.
func (e *Error) Is(target error) bool { k, ok := target.(Kind); return ok && e.Kind == k }

func find(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// KindOf returns err's outermost kind: Internal for an error that is none of ours.
func KindOf(err error) Kind {
	if e := find(err); e != nil {
		return e.Kind
	}
	var k Kind
	if errors.As(err, &k) {
		return k
	}
	return Internal
}

// CodeOf returns err's outermost code, or "".
func CodeOf(err error) Code {
	if e := find(err); e != nil {
		return e.Code
	}
	return ""
}

// PublicOf returns the text that may reach clients, or "".
func PublicOf(err error) string {
	if e := find(err); e != nil {
		return e.Public
	}
	return ""
}

// SubjectOf returns what err is about, or "".
func SubjectOf(err error) Subject {
	if e := find(err); e != nil {
		return e.Subject
	}
	return ""
}
