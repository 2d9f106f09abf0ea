// Package object holds every S3 rule about buckets, objects, uploads and listings, once, above the seams meta and blob. It never
// knows HTTP, XML or signatures, and it does not decide who may: its callers ask package authz first.
package object

import (
	"context"
	"io"
	"time"

	"coffer/internal/checksum"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/object/metadata"
)

// Bucket is one bucket as last committed. It is immutable: a change makes a new one.
type Bucket struct {
	ID         ident.BucketID
	Name       ident.BucketName
	Region     ident.RegionName
	Ownership  ident.Ownership
	Contract   ident.ContractID
	User       ident.UserID      // who made it; the owner if user-owned
	Canonical  ident.CanonicalID // the owner's, if user-owned
	OwnerName  string            // display name of the owner at creation
	Created    time.Time
	Versioning Versioning
	Lock       bool
	Configs    map[string][]byte // stored subresources by name ("policy", "cors", ...): never changed in place

	rows meta.Partition // where its rows are; "" where it was not asked for often
}

// Versioning is a bucket's state.
type Versioning uint8

// The states.
const (
	Unversioned Versioning = iota
	Enabled
	Suspended
)

// CreateBucket is what makes a bucket.
type CreateBucket struct {
	Name      ident.BucketName
	Region    ident.Region
	Contract  ident.ContractID
	User      ident.UserID
	Canonical ident.CanonicalID
	OwnerName string
	Lock      bool
	Configs   map[string][]byte // subresources that it has from the beginning, of at most 64 KiB each
	// Recheck is called once when the bucket counts as its owner's, just before it exists; its error ends the making. nil: none.
	Recheck func() error
}

// ListBuckets asks for buckets of a contract: its contract-owned ones, and the user-owned ones of User unless that is "".
type ListBuckets struct {
	Contract ident.ContractID
	User     ident.UserID
	Region   ident.RegionName // "": all
	Prefix   string
	After    ident.BucketName // exclusive
	Max      int
}

// BucketPage is a page of buckets in order of names; Next is "" at the end.
type BucketPage struct {
	Buckets []*Bucket
	Next    ident.BucketName
}

// Headers are what S3 stores with an object and gives back on GET and HEAD.
type Headers = metadata.Headers

// Conditions are the preconditions of a request; the zero value holds always. ETags are without quotes; "*" matches any object.
type Conditions struct {
	IfMatch, IfNoneMatch               []string
	IfModifiedSince, IfUnmodifiedSince time.Time
	IfMatchSize                        *int64    // DELETE only
	IfMatchModified                    time.Time // DELETE only
}

// Body is content on its way in. Size is -1 when unknown. The reader is read to its end before Want is called, so that a trailer may name the sum.
type Body struct {
	Reader io.Reader
	Size   int64
	MD5    []byte                       // expected Content-MD5, or nil
	Sum    checksum.Algorithm           // to compute and keep; None: CRC64NVME is kept
	Want   func() (checksum.Sum, error) // what the client says the sum is, once the body was read; nil or an empty Raw: nothing said
}

// PutObject is a write of one object.
type PutObject struct {
	Bucket  *Bucket
	Key     ident.ObjectKey
	Body    Body
	Headers Headers
	Cond    Conditions
	Tags    map[string]string
	Lock    Lock
	Encrypt *Encryption  // nil: stored as it is
	Recheck func() error // called once, just before the row is written; its error ends the write. nil: none
}

// Lock is what keeps a version from being removed. Its zero value keeps nothing.
type Lock struct {
	Mode      LockMode
	Until     time.Time // of Mode
	LegalHold bool
	HoldOff   bool // a legal hold was taken off, or said to be off: it keeps nothing and is told
}

// LockMode is a retention's mode.
type LockMode uint8

// The modes.
const (
	NoLock LockMode = iota
	Governance
	Compliance
)

// Object is a version of an object as stored.
type Object struct {
	Key          ident.ObjectKey
	Version      ident.VersionID
	DeleteMarker bool
	Latest       bool
	Size         int64
	ETag         string // without quotes
	Modified     time.Time
	Sum          checksum.Sum
	PartCount    int // 0: not made by a multipart upload
	Headers      Headers
	TagCount     int
	Lock         Lock
	Encryption   *Encryption // nil: stored as it is
}

// Get names the object to read. Part is 0 or a part number; Range is nil for all.
type Get struct {
	Bucket  *Bucket
	Key     ident.ObjectKey
	Version ident.VersionID // "": the current one
	Part    int
	Range   *Range
	Cond    Conditions
	Guard   Guard // nil: none
	// Customer is the key of an object under a client's own key. Reading content needs it; telling of an object needs it where ShowKey is set.
	Customer *CustomerKey
	ShowKey  bool
}

// A Guard is asked about a version before anything of it is told; its error ends the read.
type Guard interface {
	MayRead(o *Object) error
}

// Range is a byte range as asked. Suffix: the last Length bytes. Length -1: to the end.
type Range struct {
	Start, Length int64
	Suffix        bool
}

// Content is an object opened for reading. Start and Length say which bytes it gives; WriteTo streams verified bytes through one
// pooled buffer. Close must be called.
type Content struct {
	Object
	Start, Length int64
	PartSize      int64 // of the part asked for
	tags          map[string]string
	reader        contentReader
}

type contentReader interface {
	io.WriterTo
	io.Closer
}

// WriteTo writes the bytes asked for to w.
func (c *Content) WriteTo(w io.Writer) (int64, error) { return c.reader.WriteTo(w) }

// Close lets go of the content.
func (c *Content) Close() error { return c.reader.Close() }

// DeleteObject removes an object or one version.
type DeleteObject struct {
	Bucket           *Bucket
	Key              ident.ObjectKey
	Version          ident.VersionID
	Cond             Conditions
	BypassGovernance bool
	Owner            string // of the marker that is made, as in Entry
}

// Deleted says what a delete did.
type Deleted struct {
	Version      ident.VersionID // of the version removed or the marker made; "" if unversioned
	DeleteMarker bool
}

// CopyObject copies within the server.
type CopyObject struct {
	Source         Get // Range only for parts
	Bucket         *Bucket
	Key            ident.ObjectKey
	Cond           Conditions
	ReplaceHeaders bool
	Headers        Headers
	ACL            string // of the copy: an ACL is never copied
	ReplaceTags    bool
	Tags           map[string]string
	Lock           Lock
	Encrypt        *Encryption        // of the copy: it is never copied
	Renews         bool               // encryption or storage class are asked for, which is a reason to copy an object onto itself; a bucket's default is none
	Sum            checksum.Algorithm // None: the source's
	Recheck        func() error
}

// List asks for a page of current objects (ListObjects and ListObjectsV2).
type List struct {
	Bucket            *Bucket
	Prefix, Delimiter string
	After             string // exclusive, and with it the common prefix that it is or lies in
	Max               int    // 0 to 1000
}

// Page is a listing's page.
type Page struct {
	Truncated bool
	Last      string // the key or common prefix to go on after; "" if the page is empty
}

// Entry is an object of a listing, or a common prefix.
type Entry struct {
	Prefix   string // a common prefix; then nothing else is set
	Key      string
	Owner    string // who wrote it, as package authz names owners; "": the bucket's owner
	Size     int64
	ETag     string
	Modified time.Time
	Sum      checksum.Algorithm
	SumType  checksum.Type
}

// ListVersions asks for a page of versions and delete markers, newest first within a key.
type ListVersions struct {
	Bucket            *Bucket
	Prefix, Delimiter string
	AfterKey          string          // exclusive with AfterVersion "", and with it the common prefix that it is or lies in
	AfterVersion      ident.VersionID // go on after this version of AfterKey
	Max               int             // 0 to 1000
}

// VersionPage is the page of a listing of versions.
type VersionPage struct {
	Truncated   bool
	NextKey     string
	NextVersion ident.VersionID
}

// VersionEntry is a version, a delete marker or a common prefix.
type VersionEntry struct {
	Entry
	Version      ident.VersionID
	Latest       bool
	DeleteMarker bool
}

// VersionRef names a version of an object; Version "" is the current one.
type VersionRef struct {
	Bucket  *Bucket
	Key     ident.ObjectKey
	Version ident.VersionID
}

// SetLock changes a version's lock. Hold and Retention are left as they are when nil.
type SetLock struct {
	VersionRef
	Hold             *bool
	Retention        *Lock // Mode and Until
	BypassGovernance bool
}

// CreateUpload begins a multipart upload.
type CreateUpload struct {
	Bucket   *Bucket
	Key      ident.ObjectKey
	Headers  Headers
	Tags     map[string]string
	Lock     Lock
	Encrypt  *Encryption // nil: stored as it is
	Sum      checksum.Algorithm
	SumType  checksum.Type
	User     ident.UserID // initiator
	UserName string
}

// Upload is a multipart upload under way.
type Upload struct {
	ID         ident.UploadID
	Key        ident.ObjectKey
	Initiated  time.Time
	Sum        checksum.Algorithm
	SumType    checksum.Type
	User       ident.UserID
	UserName   string
	Owner      string      // whose the object will be, as in Entry
	Encryption *Encryption // nil: stored as it is
}

// UploadPart writes one part; a part written again replaces the former.
type UploadPart struct {
	Bucket *Bucket
	Key    ident.ObjectKey
	Upload ident.UploadID
	Number int
	Body   Body
	// Customer is the key that the upload began with, if it is a client's own.
	Customer *CustomerKey
	Method   EncryptionMethod // that the client believes the upload to have; 0: not said
	Recheck  func() error
}

// CopyPart copies a range of an object into a part.
type CopyPart struct {
	Source   Get
	Bucket   *Bucket
	Key      ident.ObjectKey
	Upload   ident.UploadID
	Number   int
	Customer *CustomerKey     // as in UploadPart
	Method   EncryptionMethod // as in UploadPart
	Recheck  func() error
}

// Part is a part as stored or, completing, as the client names it.
type Part struct {
	Number   int
	Size     int64
	ETag     string
	Modified time.Time
	Sum      checksum.Sum

	Encryption *Encryption // of a part just written
}

// CompleteUpload makes an object of the parts named, in rising order.
type CompleteUpload struct {
	Bucket *Bucket
	Key    ident.ObjectKey
	Upload ident.UploadID
	Parts  []Part
	Cond   Conditions
	Sum    checksum.Sum // of the whole, if the client says so
	Size   int64        // -1: not said
	Lock   Lock         // retention of the object, where the upload began with none
	// Customer is the key that the upload began with. It need not be said again, but must be right if it is.
	Customer *CustomerKey
	Method   EncryptionMethod // as in UploadPart
	Recheck  func() error
}

// ListUploads asks for a page of uploads under way, by key and then by upload id.
type ListUploads struct {
	Bucket            *Bucket
	Prefix, Delimiter string
	AfterKey          string
	AfterUpload       ident.UploadID
	Max               int
}

// UploadPage is a page of uploads and common prefixes.
type UploadPage struct {
	Uploads    []Upload
	Prefixes   []string
	Truncated  bool
	NextKey    string
	NextUpload ident.UploadID
}

// ListParts asks for a page of an upload's parts.
type ListParts struct {
	Bucket *Bucket
	Key    ident.ObjectKey
	Upload ident.UploadID
	After  int
	Max    int
}

// PartPage is a page of parts.
type PartPage struct {
	Upload    Upload
	Parts     []Part
	Truncated bool
	Next      int
}

// ObjectParts is a page of the parts of a completed object. Version is the one that was read.
type ObjectParts struct {
	Object    Object
	Parts     []Part
	Truncated bool
	Next      int
}

// API is what the edges use. Errors carry S3's code where S3 has one (NoSuchBucket, NoSuchKey, NoSuchUpload, InvalidPart, ...).
// Every method is safe for concurrent use; a write that returned nil is durable.
type API interface {
	CreateBucket(ctx context.Context, in CreateBucket) (*Bucket, error)
	Bucket(ctx context.Context, name ident.BucketName) (*Bucket, error) // cached: no I/O for a bucket in use
	ListBuckets(ctx context.Context, in ListBuckets) (BucketPage, error)
	DeleteBucket(ctx context.Context, b *Bucket) error
	// SetConfig stores, or with nil removes, a bucket's subresource.
	SetConfig(ctx context.Context, b *Bucket, name string, value []byte) (*Bucket, error)
	SetVersioning(ctx context.Context, b *Bucket, v Versioning) (*Bucket, error)
	// SetBucketLock turns object lock on, for good; errs.Conflict where versioning is not enabled.
	SetBucketLock(ctx context.Context, b *Bucket) (*Bucket, error)
	// CountBuckets counts the user-owned buckets of a user.
	CountBuckets(ctx context.Context, c ident.ContractID, u ident.UserID) (int, error)

	PutObject(ctx context.Context, in *PutObject) (*Object, error)
	GetObject(ctx context.Context, in *Get) (*Content, error)
	HeadObject(ctx context.Context, in *Get) (*Content, error) // no reader: Close is not needed
	DeleteObject(ctx context.Context, in *DeleteObject) (Deleted, error)
	CopyObject(ctx context.Context, in *CopyObject) (*Object, error)
	List(ctx context.Context, in *List, visit func(*Entry) error) (Page, error) // visit gets each entry, which ends with the call
	ListVersions(ctx context.Context, in *ListVersions, visit func(*VersionEntry) error) (VersionPage, error)

	// Tags returns a version's tags and which version it is; an object without tags has none.
	Tags(ctx context.Context, in *VersionRef) (map[string]string, ident.VersionID, error)
	// SetTags replaces a version's tags; nil removes them.
	SetTags(ctx context.Context, in *VersionRef, tags map[string]string) (ident.VersionID, error)
	// ACL returns a version's access control list and which version it is; see Headers.
	ACL(ctx context.Context, in *VersionRef) (string, ident.VersionID, error)
	// SetACL replaces a version's access control list, which the caller read as was; "" removes it. errs.Conflict where it is another by now,
	// since who may change one list may not change another.
	SetACL(ctx context.Context, in *VersionRef, was, acl string) (ident.VersionID, error)
	// SetLock changes legal hold or retention of a version; errs.Denied where the present lock forbids it.
	SetLock(ctx context.Context, in *SetLock) (ident.VersionID, error)
	// SetEncryption puts the data key of a version that the keyring seals under the named key of e. Content, ETag and time stay. errs.Denied where
	// a lock keeps the version, KMS.NotFoundException where the keyring does not hold the key.
	SetEncryption(ctx context.Context, in *VersionRef, e *Encryption) (ident.VersionID, error)
	// Parts lists the parts of a completed multipart object, after part number after.
	Parts(ctx context.Context, in *VersionRef, after, max int) (ObjectParts, error)

	// CheckKey fails with KMS.NotFoundException where e names a key that the keyring does not hold.
	CheckKey(e *Encryption) error

	CreateUpload(ctx context.Context, in *CreateUpload) (*Upload, error)
	UploadPart(ctx context.Context, in *UploadPart) (*Part, error)
	CopyPart(ctx context.Context, in *CopyPart) (*Part, error)
	CompleteUpload(ctx context.Context, in *CompleteUpload) (*Object, error)
	AbortUpload(ctx context.Context, b *Bucket, k ident.ObjectKey, u ident.UploadID) error
	ListUploads(ctx context.Context, in *ListUploads) (UploadPage, error)
	ListParts(ctx context.Context, in *ListParts) (PartPage, error)
}
