// Package sse reads and tells server-side encryption in the words of S3: request headers, response headers, documents and their errors. It never
// encrypts, stores or looks anything up, and it keeps no key.
package sse

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/base64"
	"strings"

	"coffer/internal/errs"
	"coffer/internal/object"
	"coffer/internal/seal"
	"coffer/internal/sigv4"
)

// The request headers, in canonical form. Source: AWS S3 API Reference, PutObject and CopyObject.
const (
	Header       = "X-Amz-Server-Side-Encryption"
	keyHeader    = Header + "-Aws-Kms-Key-Id"
	bucketHeader = Header + "-Bucket-Key-Enabled"
	// OfRequest and OfSource begin the headers of a client's own key: for the object of the request, and for the source of a copy.
	OfRequest = Header + "-Customer-"
	OfSource  = "X-Amz-Copy-Source-Server-Side-Encryption-Customer-"
)

// DefaultKey is the named key of SSE-KMS where a request names none, as AWS has one of its own for each account.
const DefaultKey = "aws/s3"

// Values of the header.
const (
	aes256 = "AES256"
	kms    = "aws:kms"
)

// A Rule is a bucket's default encryption. Its zero value encrypts nothing.
type Rule struct {
	Method       object.EncryptionMethod // 0: none; ByServer or ByNamedKey
	KeyName      string                  // ByNamedKey
	BucketKey    bool
	RefuseClient bool // new objects under a client's own key are refused
}

// Lookup gives the first value of a request header whose name is in canonical form, "" if it is absent.
type Lookup func(name string) string

// Handled reports whether a header about encryption is one that is read here. Others must be refused.
func Handled(name string) bool {
	for _, p := range [...]string{OfRequest, OfSource} {
		if rest, ok := strings.CutPrefix(name, p); ok {
			return rest == "Algorithm" || rest == "Key" || rest == "Key-Md5"
		}
	}
	return name == Header || name == keyHeader || name == bucketHeader
}

// Ask reads how a new object is to be encrypted: as its request says, else by the bucket's rule; nil: not at all.
func Ask(h Lookup, r Rule) (*object.Encryption, error) {
	method, key, bucketKey := h(Header), h(keyHeader), h(bucketHeader)
	own, err := Customer(h, OfRequest)
	if err != nil {
		return nil, err
	}
	if own != nil {
		if method != "" || key != "" {
			return nil, argument(Header, method, "Server Side Encryption with Customer provided key is incompatible with the encryption method specified")
		}
		if r.RefuseClient {
			return nil, errs.New(errs.Denied, "AccessDenied", "Access Denied because the bucket's encryption configuration blocks server-side encryption with customer-provided keys (SSE-C).")
		}
		return &object.Encryption{Method: object.ByCustomer, Customer: own}, nil
	}
	if key != "" && method != kms {
		return nil, argument(Header, method, "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms")
	}
	e, err := byMethod(method, key, r)
	if err != nil || bucketKey == "" {
		return e, err
	}
	switch strings.ToLower(bucketKey) {
	case "true", "false":
	default:
		return nil, argument(bucketHeader, bucketKey, "The value specified in the x-amz-server-side-encryption-bucket-key-enabled header must be true or false.")
	}
	if e != nil && e.Method == object.ByNamedKey {
		e.BucketKey = strings.EqualFold(bucketKey, "true")
	}
	return e, nil
}

func byMethod(method, key string, r Rule) (*object.Encryption, error) {
	switch method {
	case "":
		if r.Method == 0 {
			return nil, nil
		}
		return &object.Encryption{Method: r.Method, KeyName: r.KeyName, BucketKey: r.BucketKey}, nil
	case aes256:
		return &object.Encryption{Method: object.ByServer}, nil
	case kms:
		name, err := KeyName(key)
		return &object.Encryption{Method: object.ByNamedKey, KeyName: name, BucketKey: r.BucketKey && r.Method == object.ByNamedKey}, err
	case "aws:kms:dsse", "aws:fsx":
		return nil, errs.New(errs.Unsupported, "NotImplemented", "This server encrypts by AES256 or aws:kms.").Because(sigv4.Details{{Name: "Header", Value: strings.ToLower(Header)}})
	}
	return nil, argument(Header, method, "The encryption method specified is not supported")
}

// KeyName is the name of a key on the keyring in an id as clients send it: the name, alias/name, or an ARN that ends so.
func KeyName(id string) (string, error) {
	name := id
	if strings.HasPrefix(id, "arn:") {
		parts := strings.SplitN(id, ":", 6)
		if len(parts) != 6 || parts[2] != "kms" {
			return "", malformedKey(id)
		}
		name = strings.TrimPrefix(parts[5], "key/")
	}
	name = strings.TrimPrefix(name, "alias/")
	if name == "" && id == "" {
		name = DefaultKey
	}
	if seal.CheckNamed(name) != nil {
		return "", malformedKey(id)
	}
	return name, nil
}

func malformedKey(id string) error {
	return errs.New(errs.Invalid, "KMS.NotFoundException", "Invalid keyId '"+clip(id)+"'")
}

// Customer reads the key that a client brings in the headers that begin with prefix; nil: none.
// Source: AWS S3 User Guide, "Using server-side encryption with customer-provided keys".
func Customer(h Lookup, prefix string) (*object.CustomerKey, error) {
	algorithm, key, digest := h(prefix+"Algorithm"), h(prefix+"Key"), h(prefix+"Key-Md5")
	const needs = "Requests specifying Server Side Encryption with Customer provided keys must provide "
	switch {
	case algorithm == "" && key == "" && digest == "":
		return nil, nil
	case algorithm == "":
		return nil, argument(prefix+"Algorithm", "", needs+"a valid encryption algorithm.")
	case algorithm != aes256:
		return nil, errs.New(errs.Invalid, "InvalidEncryptionAlgorithmError", "The encryption request you specified is not valid. The valid value is AES256.").
			Because(sigv4.Details{{Name: "ArgumentName", Value: strings.ToLower(prefix) + "algorithm"}, {Name: "ArgumentValue", Value: clip(algorithm)}})
	case key == "":
		return nil, argument(prefix+"Key", "", needs+"an appropriate secret key.")
	case digest == "":
		return nil, argument(prefix+"Key-MD5", "", needs+"the client calculated MD5 of the secret key.")
	}
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(raw) != len(object.CustomerKey{}) {
		return nil, argument(prefix+"Key", "", "The secret key was invalid for the specified algorithm.")
	}
	sum := md5.Sum(raw)
	if want, err := base64.StdEncoding.DecodeString(digest); err != nil || subtle.ConstantTimeCompare(want, sum[:]) != 1 {
		return nil, argument(prefix+"Key-MD5", digest, "The calculated MD5 hash of the key did not match the hash that was provided.")
	}
	return (*object.CustomerKey)(raw), nil
}

// Tell sets the response headers that say how an object is encrypted; e may be nil. h gives those of the request, which brought the key.
func Tell(set func(name, value string), e *object.Encryption, h Lookup) {
	if e == nil {
		return
	}
	switch e.Method {
	case object.ByServer:
		set("x-amz-server-side-encryption", aes256)
	case object.ByNamedKey:
		set("x-amz-server-side-encryption", kms)
		set("x-amz-server-side-encryption-aws-kms-key-id", e.KeyName)
		if e.BucketKey {
			set("x-amz-server-side-encryption-bucket-key-enabled", "true")
		}
	case object.ByCustomer:
		if digest := h(OfRequest + "Key-Md5"); digest != "" {
			set("x-amz-server-side-encryption-customer-algorithm", aes256)
			set("x-amz-server-side-encryption-customer-key-MD5", digest)
		}
	}
}

// Algorithm is the name of a rule's method as a bucket's configuration has it.
func (r Rule) Algorithm() string {
	if r.Method == object.ByNamedKey {
		return kms
	}
	return aes256
}

// MakeRule reads a bucket's rule from the elements of its configuration.
func MakeRule(algorithm, key string, bucketKey bool) (Rule, error) {
	switch algorithm {
	case aes256:
		if key != "" {
			return Rule{}, argument("KMSMasterKeyID", key, "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse")
		}
		return Rule{Method: object.ByServer, BucketKey: bucketKey}, nil
	case kms:
		name, err := KeyName(key)
		return Rule{Method: object.ByNamedKey, KeyName: name, BucketKey: bucketKey}, err
	case "aws:kms:dsse":
		return Rule{}, errs.New(errs.Unsupported, "NotImplemented", "This server encrypts by AES256 or aws:kms.")
	}
	return Rule{}, errs.New(errs.Invalid, "MalformedXML", "")
}

// Unsupported refuses a header that sets the encryption of an object on an operation that makes none.
func Unsupported(value string) error {
	return argument(Header, value, "x-amz-server-side-encryption header is not supported for this operation.")
}

// Insecure refuses a client's key that came over a connection on which it can be read.
func Insecure() error {
	return errs.New(errs.Invalid, "InvalidRequest", "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection.")
}

func argument(name, value, why string) error {
	return errs.New(errs.Invalid, "InvalidArgument", why).
		Because(sigv4.Details{{Name: "ArgumentName", Value: strings.ToLower(name)}, {Name: "ArgumentValue", Value: clip(value)}})
}

// clip bounds a client's word that an answer repeats, in bytes.
func clip(s string) string {
	if len(s) > 128 {
		return s[:128]
	}
	return s
}
