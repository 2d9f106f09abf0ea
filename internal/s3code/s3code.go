// Package s3code is the list of S3's published error codes, each with status and sentence, and what is told where no code is known. It holds
// nothing else: package s3api answers with it.
package s3code

import "coffer/internal/errs"

// Answer is how an error code is told to S3's clients.
type Answer struct {
	Status int
	Code   string // as S3 spells it
	Text   string // S3's published sentence
	Own    bool   // the error's own public text says more than S3's and is preferred
}

// ByKind is the answer where no finer code is known.
func ByKind(k errs.Kind) Answer {
	switch k {
	case errs.Invalid:
		return Answer{400, "InvalidRequest", "The request is not valid.", true}
	case errs.Unauthenticated:
		return Answer{403, "AccessDenied", "Access Denied.", true}
	case errs.Denied:
		return Answer{403, "AccessDenied", "Access Denied.", true}
	case errs.NotFound:
		return Answer{404, "NoSuchKey", "The specified key does not exist.", false}
	case errs.Exists:
		return Answer{409, "BucketAlreadyExists", "", false}
	case errs.NotEmpty:
		return Answer{409, "BucketNotEmpty", "", false}
	case errs.Precondition:
		return Answer{412, "PreconditionFailed", "", false}
	case errs.Conflict:
		return Answer{409, "OperationAborted", "", false}
	case errs.Limit:
		return Answer{403, "QuotaExceeded", "A limit of this server would be exceeded.", true}
	case errs.Busy:
		return Answer{503, "SlowDown", "", false}
	case errs.Unavailable:
		return Answer{503, "ServiceUnavailable", "", false}
	case errs.Unsupported:
		return Answer{501, "NotImplemented", "", true}
	case errs.Canceled:
		return Answer{400, "RequestTimeout", "", false}
	}
	return Answer{500, "InternalError", "", false} // Internal, Corrupt
}

// All lists S3's published error codes with status and sentence. Source: AWS S3 API Reference, "Error responses"; the codes that
// the vendor lists besides are in its documents.
func All() []Answer {
	return []Answer{
		{403, "AccessDenied", "Access Denied.", true},
		{400, "AccessControlListNotSupported", "The bucket does not allow ACLs.", false},
		{403, "AccessForbidden", "CORSResponse: This CORS request is not allowed.", true},
		{403, "AccountProblem", "There is a problem with your account that prevents the operation from completing successfully.", true},
		{400, "AmbiguousGrantByEmailAddress", "The email address you provided is associated with more than one account.", false},
		{400, "AuthorizationHeaderMalformed", "The authorization header you provided is invalid.", true},
		{400, "AuthorizationQueryParametersError", "The query parameters of the signature are not valid.", true},
		{400, "BadDigest", "The Content-MD5 you specified did not match what we received.", true},
		{400, "BadRequest", "Bad Request.", true},
		{409, "BucketAlreadyExists", "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.", false},
		{409, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.", false},
		{409, "BucketNotEmpty", "The bucket you tried to delete is not empty.", true},
		{409, "ConditionalRequestConflict", "The conditional request cannot succeed due to a conflicting operation against this resource.", false},
		{403, "CrossLocationLoggingProhibited", "Cross-location logging not allowed. Buckets in one geographic location cannot log information to a bucket in another location.", false},
		{400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed object size.", false},
		{400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", false},
		{400, "ExpiredToken", "The provided token has expired.", false},
		{400, "IllegalLocationConstraintException", "The location constraint is incompatible for the region specific endpoint this request was sent to.", true},
		{400, "IllegalVersioningConfigurationException", "The Versioning element must be specified.", true},
		{400, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header", true},
		{400, "InlineDataTooLarge", "Inline data exceeds the maximum allowed size.", false},
		{500, "InternalError", "We encountered an internal error. Please try again.", false},
		{403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", true},
		{400, "InvalidArgument", "Invalid Argument.", true},
		{400, "InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting", false},
		{400, "InvalidBucketName", "The specified bucket is not valid.", true},
		{409, "InvalidBucketState", "The request is not valid for the current state of the bucket.", true},
		{400, "InvalidChunkSizeError", "Only the last chunk is allowed to have a size less than 8192 bytes.", true},
		{400, "InvalidDigest", "The Content-Md5 you specified is not valid.", true},
		{400, "InvalidEncryptionAlgorithmError", "The encryption request you specified is not valid. The valid value is AES256.", false},
		{400, "InvalidLocationConstraint", "The specified location-constraint is not valid", true},
		{403, "InvalidObjectState", "The operation is not valid for the object's storage class.", true},
		{400, "InvalidPart", "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.", false},
		{416, "InvalidPartNumber", "The requested partnumber is not satisfiable.", false},
		{400, "InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.", false},
		{400, "InvalidPolicyDocument", "The content of the form does not meet the conditions specified in the policy document.", true},
		{416, "InvalidRange", "The requested range is not satisfiable", false},
		{400, "InvalidRequest", "Invalid Request.", true},
		{400, "InvalidRedirectLocation", "The website redirect location is not valid.", true},
		{400, "KMS.NotFoundException", "The request was rejected because the specified entity or resource could not be found.", true},
		{403, "InvalidSecurity", "The provided security credentials are not valid.", false},
		{400, "InvalidStorageClass", "The storage class you specified is not valid.", false},
		{400, "InvalidTag", "The tag provided was not a valid tag.", true},
		{400, "InvalidTargetBucketForLogging", "The target bucket for logging does not exist, is not owned by you, or does not have the appropriate grants for the log-delivery group.", false},
		{400, "InvalidToken", "The provided token is malformed or otherwise invalid.", false},
		{400, "InvalidURI", "Couldn't parse the specified URI.", true},
		{400, "KeyTooLongError", "Your key is too long.", false},
		{400, "MalformedACLError", "The XML you provided was not well-formed or did not validate against our published schema.", true},
		{400, "MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.", true},
		{400, "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'", true},
		{400, "MalformedTrailerError", "The request contained trailing data that was not well-formed or did not conform to our published schema.", false},
		{400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema.", false},
		{400, "MaxMessageLengthExceeded", "Your request was too big.", true},
		{400, "MaxPostPreDataLengthExceededError", "Your POST request fields preceeding the upload file was too large.", false},
		{400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size", false},
		{405, "MethodNotAllowed", "The specified method is not allowed against this resource.", false},
		{411, "MissingContentLength", "You must provide the Content-Length HTTP header.", false},
		{400, "MissingRequestBodyError", "Request Body is empty", false},
		{400, "MissingSecurityHeader", "Your request was missing a required header.", true},
		{404, "NoSuchBucket", "The specified bucket does not exist.", false},
		{404, "NoSuchBucketPolicy", "The bucket policy does not exist.", false},
		{404, "NoSuchConfiguration", "The specified configuration does not exist.", false},
		{404, "NoSuchCORSConfiguration", "The CORS configuration does not exist", false},
		{404, "NoSuchKey", "The specified key does not exist.", false},
		{404, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist.", false},
		{404, "NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration.", false},
		{404, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found.", false},
		{404, "NoSuchReplicationConfiguration", "There is no replication configuration for this bucket.", false},
		{404, "NoSuchTagSet", "The TagSet does not exist.", false},
		{404, "NoSuchUpload", "The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.", false},
		{404, "NoSuchVersion", "The specified version does not exist.", false},
		{404, "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration", false},
		{501, "NotImplemented", "A header you provided implies functionality that is not implemented.", true},
		{304, "NotModified", "Not Modified", false},
		{404, "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket.", false},
		{409, "OperationAborted", "A conflicting conditional operation is currently in progress against this resource. Try again.", false},
		{404, "OwnershipControlsNotFoundError", "The bucket ownership controls were not found.", false},
		{301, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.", false},
		{412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.", false},
		{403, "QuotaExceeded", "A limit of this server would be exceeded.", true},
		{307, "Redirect", "Temporary redirect.", false},
		{404, "ReplicationConfigurationNotFoundError", "The replication configuration was not found.", false},
		{400, "RequestIsNotMultiPartContent", "Bucket POST must be of the enclosure-type multipart/form-data.", false},
		{400, "RequestHeaderSectionTooLarge", "Your request header section exceeds the maximum allowed size.", false},
		{400, "RequestTimeout", "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.", false},
		{403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", false},
		{409, "RestoreAlreadyInProgress", "Object restore is already in progress.", false},
		{404, "ServerSideEncryptionConfigurationNotFoundError", "The server side encryption configuration was not found.", false},
		{503, "ServiceUnavailable", "Service is unable to handle request.", false},
		{403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.", false},
		{503, "SlowDown", "Please reduce your request rate.", false},
		{307, "TemporaryRedirect", "You are being redirected to the bucket while DNS updates.", false},
		{400, "TooManyBuckets", "You have attempted to create more buckets than allowed.", false},
		{400, "UnexpectedContent", "This request does not support content.", false},
		{400, "UnresolvableGrantByEmailAddress", "The email address you provided does not match any account on record.", false},
		{400, "UserKeyMustBeSpecified", "The bucket POST must contain the specified field name. If it is specified, please check the order of the fields.", true},
		{400, "XAmzContentChecksumMismatch", "The provided 'x-amz-checksum' header does not match what was computed.", true},
		{400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.", false},
	}
}
