// Package ident holds the typed ids and names of Coffer. Parsing is validating: a value that came through a Parse function, or
// was made by a New function, is right wherever it goes. It never does I/O.
package ident

// Immutable ids. Everything hangs on these, never on a name.
type (
	// ContractID is a contract number of eight decimal digits, 10000000 to 99999999 (fact: clients decode it as a 32-bit integer).
	ContractID uint32
	// UserID is a lower-case UUID.
	UserID string
	// GroupID is a lower-case UUID.
	GroupID string
	// KeyID is the lower-case UUID of an access key's record, unchanged by renewal.
	KeyID string
	// AccessKey is the public half of a key pair: 16 to 128 characters of [A-Za-z0-9_-].
	AccessKey string
	// CanonicalID is 32 lower-case hexadecimal digits; it identifies a user to user-owned buckets.
	CanonicalID string
	// Email is a mail address, lower-cased.
	Email string
)

// Names of storage.
type (
	// BucketID is the immutable id of one life of a bucket: 16 lower-case hexadecimal digits. A name used again gets a new one.
	BucketID string
	// BucketName follows S3's naming rules: 3 to 63 characters.
	BucketName string
	// ObjectKey is an object's name: 1 to 1,024 bytes of UTF-8.
	ObjectKey string
	// UploadID names a multipart upload, opaquely.
	UploadID string
	// VersionID names a version of an object, opaquely; NullVersion is the one of an unversioned write.
	VersionID string
	// RegionName is a region id: 1 to 32 characters of [a-z0-9-], none of the last at its ends: it stands in host names.
	RegionName string
)

// NullVersion is the version id of objects written while versioning is not enabled.
const NullVersion VersionID = "null"

// Ownership is a bucket's type, decided by the region it is made in.
type Ownership uint8

// The two types of bucket (fact sheet, section 3).
const (
	ContractOwned Ownership = iota + 1
	UserOwned
)

// String returns the word that the regions API uses.
func (o Ownership) String() string {
	switch o {
	case ContractOwned:
		return "contract-owned"
	case UserOwned:
		return "user-owned"
	}
	return "unknown"
}

// FixedRegions are regions that never change, for what asks which there are.
func FixedRegions(all ...Region) func() []Region { return func() []Region { return all } }

// Region is a place that buckets are made in, as the operator named it.
type Region struct {
	Name      RegionName
	Ownership Ownership
}
