package object

import "coffer/internal/meta"

// The rows of a bucket's partition, b/<bucket id>. All rows of an object key have the key as their route; the bucket's own rows have
// the empty route. docs/decisions/0004-rows-of-a-bucket.md says why each exists.
const (
	kindLive   meta.Kind = 1 // (key): the current version, if it is an object
	kindVer    meta.Kind = 2 // (key, inverted sequence): every version and marker of a key that was ever versioned
	kindHead   meta.Kind = 3 // (key): guard of a key that was ever versioned
	kindData   meta.Kind = 4 // (key, sequence): content kept inline
	kindAttrs  meta.Kind = 5 // (key, sequence): headers, metadata and tags too long for the version's row
	kindPage   meta.Kind = 6 // (key, upload id, page): a manifest's page of at most pages.Max parts
	kindIndex  meta.Kind = 7 // (key, upload id): where each page of a manifest begins; only with two pages or more
	kindUpload meta.Kind = 8 // (key, upload id): an upload under way
	kindPart   meta.Kind = 9 // (key, upload id, number): a part of one

	kindBucket meta.Kind = 16 // (""): the bucket's header
	kindConfig meta.Kind = 17 // ("", name): a subresource
	kindChunk  meta.Kind = 22 // ("", name, generation, number): a piece of a subresource too long for one row
	// 23 ("", name) is what package jobs keeps with the bucket.
)

// The rows of a contract's partition, c/<number>, routed by owner: ownerContract or a user id.
const (
	kindOwned  meta.Kind = 18 // (owner, bucket name): a bucket of the owner
	kindCount  meta.Kind = 19 // (owner): how many buckets count against the owner's limit
	kindIntent meta.Kind = 20 // (owner, bucket id): a bucket being made, deleted or, with "/move", handed over
)

// The rows of the partition "sys".
const (
	kindCollected meta.Kind = 21 // (""): the last session whose blobs were collected
)

const (
	systemPartition meta.Partition = "sys"
	ownerContract   meta.Route     = "contract"
)

// Counters of a bucket's partition, changed in the update of the row they count.
const (
	countObjects   meta.Counter = 1 // live rows
	countVersions  meta.Counter = 2 // versions that are objects, the current ones too
	countMarkers   meta.Counter = 3 // delete markers
	countBytes     meta.Counter = 4 // content bytes of all versions
	countUploads   meta.Counter = 5 // uploads under way
	countPartBytes meta.Counter = 6 // content bytes of parts of uploads under way
)

// queueGarbage lists what no row names any more, for Collect.
const queueGarbage meta.Queue = 1

const bucketPrefix, contractPrefix meta.Partition = "b/", "c/"
