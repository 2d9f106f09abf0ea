package object

import (
	"context"
	"errors"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// The errors that several operations share. Texts and codes: AWS S3 API Reference, "Error responses".

func noSuchKey(k ident.ObjectKey) *errs.Error {
	return errs.New(errs.NotFound, "NoSuchKey", "The specified key does not exist.").On(errs.Subject(k))
}

func noSuchVersion(k ident.ObjectKey) *errs.Error {
	return errs.New(errs.NotFound, "NoSuchVersion", "The specified version does not exist.").On(errs.Subject(k))
}

func noSuchBucket(n ident.BucketName) *errs.Error {
	return errs.New(errs.NotFound, "NoSuchBucket", "The specified bucket does not exist").On(errs.Subject(n))
}

// notEmpty is the sentence of BucketNotEmpty. One with versioning may look empty: what hides in it is named.
func notEmpty(b *Bucket) string {
	if b.Versioning == Unversioned {
		return "The bucket you tried to delete is not empty."
	}
	return "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
}

func noSuchUpload(id ident.UploadID) *errs.Error {
	return errs.New(errs.NotFound, "NoSuchUpload", "The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.").On(errs.Subject(clip(string(id))))
}

// isMarker is what reading a delete marker by its version gives.
func isMarker(k ident.ObjectKey) *errs.Error {
	return errs.New(errs.Conflict, "MethodNotAllowed", "The specified method is not allowed against this resource.").On(errs.Subject(k))
}

// errHidden is why a key is not found whose newest version is a delete marker.
var errHidden = errors.New("its newest version is a delete marker")

func hidden(k ident.ObjectKey) *errs.Error { return noSuchKey(k).Because(errHidden) }

// Hidden tells whether err says NoSuchKey because the key's newest version is a delete marker.
func Hidden(err error) bool { return errors.Is(err, errHidden) }

func preconditionFailed(condition string) *errs.Error {
	return errs.New(errs.Precondition, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold").On(errs.Subject(condition))
}

// notModified is the error of a read, and names the condition for a copy.
func notModified(condition string) *errs.Error {
	return errs.New(errs.Precondition, "NotModified", "Not Modified").On(errs.Subject(condition))
}

func incompleteBody() *errs.Error {
	return errs.New(errs.Invalid, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header")
}

func entityTooLarge() *errs.Error {
	return errs.New(errs.Invalid, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
}

func invalidArgument(text string) *errs.Error { return errs.New(errs.Invalid, "InvalidArgument", text) }
func invalidRequest(text string) *errs.Error  { return errs.New(errs.Invalid, "InvalidRequest", text) }

func operationAborted() *errs.Error {
	return errs.New(errs.Conflict, "OperationAborted", "A conflicting conditional operation is currently in progress against this resource. Try again.")
}

// raced is what an operation gives that lost more races than it may repeat.
func raced(op errs.Op) *errs.Error {
	return &errs.Error{Op: op, Kind: errs.Busy, Code: "SlowDown", Public: "Please reduce your request rate."}
}

// maxRaces is how often an operation begins again when a row changed between a look and a step.
const maxRaces = 32

func isNotFound(err error) bool { return errors.Is(err, errs.NotFound) }

func isFenced(err error) bool { return err != nil && errs.CodeOf(err) == meta.Fenced }

// uncertain reports whether an update that failed with err may have been committed all the same. A failure of the update's own
// function, and a refusal before it ran, are certain.
func uncertain(err, own error) bool {
	if err == nil || own != nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	switch errs.KindOf(err) {
	case errs.Busy, errs.Canceled, errs.Conflict, errs.Invalid, errs.Limit:
		return false
	}
	return true
}
