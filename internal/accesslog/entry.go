package accesslog

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"coffer/internal/ident"
	"coffer/internal/object"
)

// Entry is one request. What is "" or negative is written as "-".
type Entry struct {
	Owner     string
	Bucket    ident.BucketName
	Time      time.Time
	Source    netip.Addr
	Requester string
	RequestID string
	Operation string
	Key       string
	Method    string
	URI       string // as on the wire
	Proto     string
	Status    int
	Code      string
	Sent      int64 // bytes
	Size      int64 // bytes of the object
	Total     time.Duration
	Referer   string
	Agent     string
	Version   string
	HostID    string
	Signature string // SigV2 or SigV4
	Cipher    string
	Auth      string // AuthHeader or QueryString
	Host      string
	TLS       string
	Region    ident.RegionName // of the bucket
}

// maxField bounds what a client can put into a field, in bytes.
const maxField = 2 << 10

// Append appends the line. Source: AWS S3 User Guide, "Amazon S3 server access log format". What would end a field or a line, and
// signatures in the query, are not written as they came.
func (e *Entry) Append(b []byte) []byte {
	b = plain(b, e.Owner)
	b = plain(b, string(e.Bucket))
	b = append(e.Time.UTC().AppendFormat(append(b, '['), "02/Jan/2006:15:04:05 +0000"), "] "...)
	if e.Source.IsValid() {
		b = append(e.Source.AppendTo(b), ' ')
	} else {
		b = plain(b, "")
	}
	b = plain(b, e.Requester)
	b = plain(b, e.RequestID)
	b = plain(b, e.Operation)
	b = plain(b, clip(url.PathEscape(e.Key)))
	line := ""
	if e.Method != "" {
		line = e.Method + " " + hideSignature(e.URI) + " " + e.Proto
	}
	b = quoted(b, line)
	b = positive(b, int64(e.Status))
	b = plain(b, e.Code)
	b = positive(b, e.Sent)
	b = number(b, e.Size)
	total := e.Total.Milliseconds()
	if e.Method == "" {
		total = -1
	}
	b = number(b, total)
	b = number(b, total) // the head goes out when all is known
	b = quoted(b, e.Referer)
	b = quoted(b, e.Agent)
	b = plain(b, e.Version)
	b = plain(b, e.HostID)
	b = plain(b, e.Signature)
	b = plain(b, e.Cipher)
	b = plain(b, e.Auth)
	b = plain(b, e.Host)
	b = plain(b, e.TLS)
	b = plain(b, "") // access points are none here
	b = plain(b, "") // nor is it noted whether a list was needed
	b = plain(b, string(e.Region))
	b[len(b)-1] = '\n'
	return b
}

func clip(s string) string {
	if len(s) > maxField {
		return s[:maxField]
	}
	return s
}

// plain appends a word and a space.
func plain(b []byte, s string) []byte {
	if s == "" {
		return append(b, "- "...)
	}
	return append(safe(b, clip(s), ' '), ' ')
}

// quoted appends words in quotation marks and a space.
func quoted(b []byte, s string) []byte {
	if s == "" {
		return append(b, `"-" `...)
	}
	return append(safe(append(b, '"'), clip(s), '"'), `" `...)
}

// safe appends s; control characters and the byte that would end the field are percent-encoded.
func safe(b []byte, s string, end byte) []byte {
	const hex = "0123456789ABCDEF"
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == 0x7f || c == end {
			b = append(b, '%', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return b
}

func number(b []byte, v int64) []byte {
	if v < 0 {
		return append(b, "- "...)
	}
	return append(strconv.AppendInt(b, v, 10), ' ')
}

func positive(b []byte, v int64) []byte {
	if v == 0 {
		v = -1
	}
	return number(b, v)
}

// hideSignature takes out of a presigned request what would let a reader of the log send it again.
func hideSignature(uri string) string {
	at := strings.IndexByte(uri, '?')
	if at < 0 {
		return uri
	}
	pairs := strings.Split(uri[at+1:], "&")
	for i, p := range pairs {
		name, _, _ := strings.Cut(p, "=")
		switch strings.ToLower(name) {
		case "x-amz-signature", "signature", "x-amz-security-token":
			pairs[i] = name + "=-"
		}
	}
	return uri[:at+1] + strings.Join(pairs, "&")
}

// Expired makes the entry of what a lifecycle rule did: S3.EXPIRE.OBJECT, S3.CREATE.DELETEMARKER or S3.DELETE.UPLOAD. unique is an id for it.
func Expired(b *object.Bucket, operation string, key ident.ObjectKey, version ident.VersionID, unique string, now time.Time) Entry {
	return Entry{Owner: owner(b), Bucket: b.Name, Time: now, Requester: "AmazonS3", RequestID: unique, Operation: operation, Key: string(key), Version: string(version),
		Size: -1, Region: b.Region}
}

// owner is the id of a bucket's owner as S3 shows it.
func owner(b *object.Bucket) string {
	if b.Ownership == ident.UserOwned {
		return string(b.Canonical)
	}
	return b.Contract.String()
}

// Operation is the log's name of an operation: REST, the method and the kind of resource. sub is the sub-resource of the query.
func Operation(method string, object bool, sub string, copies bool) string {
	if copies {
		method = "COPY"
	}
	return "REST." + method + "." + resource(method, object, sub)
}

func resource(method string, object bool, sub string) string {
	if object {
		switch sub {
		case "":
			return "OBJECT"
		case "uploadId":
			if method == "PUT" || method == "COPY" {
				return "PART"
			}
			return "UPLOAD"
		case "tagging":
			return "OBJECT_TAGGING"
		case "retention":
			return "OBJECT_LOCK_RETENTION"
		case "legal-hold":
			return "OBJECT_LOCK_LEGALHOLD"
		case "attributes":
			return "OBJECT_ATTRIBUTES"
		}
		return words(sub)
	}
	switch sub {
	case "", "list-type":
		return "BUCKET"
	case "delete":
		return "MULTI_OBJECT_DELETE"
	case "versions":
		return "BUCKETVERSIONS"
	case "policy":
		return "BUCKETPOLICY"
	case "logging":
		return "LOGGING_STATUS"
	case "object-lock":
		return "OBJECT_LOCK_CONFIGURATION"
	}
	return words(sub)
}

// words writes a sub-resource's name in capitals, with a line between its words.
func words(sub string) string {
	var b []byte
	for i := 0; i < len(sub); i++ {
		c := sub[i]
		if c >= 'A' && c <= 'Z' {
			b = append(b, '_')
		}
		if c == '-' {
			c = '_'
		}
		b = append(b, c)
	}
	return strings.ToUpper(string(b))
}
