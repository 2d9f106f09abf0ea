package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"coffer/internal/errs"
)

// Content is sealed in chunks, each on its own, so that a range is read without what lies before it. A stored chunk has 64 KiB, the
// unit in which blobs are checked, so that a chunk costs one block of the disk's.
const (
	ChunkStored = 64 << 10             // bytes of a whole chunk as stored
	ChunkPlain  = ChunkStored - gcmTag // bytes of content in a whole chunk
	DataKey     = 32                   // bytes of the key that an object's content is sealed under
	SaltBytes   = 16                   // bytes of a part's salt
	gcmTag      = 16
	gcmNonce    = 12
	maxContent  = 1 << 60 // bytes of content of one stream
	streamLabel = "coffer object content 1"
)

// StoredSize returns how many bytes n bytes of content take when they are sealed. No content takes none.
func StoredSize(n int64) int64 {
	if n <= 0 || n > maxContent {
		return 0
	}
	return n + (n+ChunkPlain-1)/ChunkPlain*gcmTag
}

// Stream seals and opens the chunks of one run of content with AES-256-GCM. The key belongs to that run alone, so that the number of a
// chunk makes its nonce; the nonce of the last one is marked, so that content cut off at the end of a chunk does not open. It is safe
// for concurrent use. It never holds content.
type Stream struct {
	aead  cipher.AEAD
	blind []byte
}

// NewStream makes the stream of a run of content: part 0 for a whole object, else the number of a part. Runs under the same data key
// need different salts, or different parts.
func NewStream(key, salt []byte, part int) (*Stream, error) {
	if len(key) != DataKey {
		return nil, errs.New(errs.Corrupt, "", "A data key has the wrong length.")
	}
	info := binary.BigEndian.AppendUint32([]byte(streamLabel), uint32(part))
	keys, err := hkdf.Key(sha256.New, key, salt, string(info), 2*DataKey)
	if err != nil {
		return nil, errs.Fault("seal.NewStream", err)
	}
	aead, err := newGCM(keys[:DataKey])
	if err != nil {
		return nil, err
	}
	return &Stream{aead: aead, blind: keys[DataKey:]}, nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, errs.Fault("seal.newGCM", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, errs.Fault("seal.newGCM", err)
	}
	return aead, nil
}

func chunkNonce(index int64, last bool) (n [gcmNonce]byte) {
	binary.BigEndian.PutUint64(n[:8], uint64(index))
	if last {
		n[gcmNonce-1] = 1
	}
	return n
}

// SealChunk appends chunk index of the content to dst. Every chunk but the last has ChunkPlain bytes. dst may be plain[:0], which then
// needs room for the tag; else they must not overlap.
func (s *Stream) SealChunk(dst, plain []byte, index int64, last bool) []byte {
	nonce := chunkNonce(index, last)
	return s.aead.Seal(dst, nonce[:], plain, nil)
}

// OpenChunk appends the content of a stored chunk to dst, which may be stored[:0]. errs.Corrupt: it was changed, cut off, or is another
// chunk than the one asked for.
func (s *Stream) OpenChunk(dst, stored []byte, index int64, last bool) ([]byte, error) {
	nonce := chunkNonce(index, last)
	out, err := s.aead.Open(dst, nonce[:], stored, nil)
	if err != nil {
		return nil, &errs.Error{Op: "seal.OpenChunk", Kind: errs.Corrupt, Public: "The stored content was changed or is incomplete.", Err: err}
	}
	return out, nil
}

// SealAll appends a whole run of content, sealed.
func (s *Stream) SealAll(dst, plain []byte) []byte {
	for i := int64(0); len(plain) > 0; i++ {
		n := min(len(plain), ChunkPlain)
		dst = s.SealChunk(dst, plain[:n], i, n == len(plain))
		plain = plain[n:]
	}
	return dst
}

// OpenAll opens a whole run of content.
func (s *Stream) OpenAll(stored []byte) ([]byte, error) {
	plain := make([]byte, 0, len(stored))
	for i := int64(0); len(stored) > 0; i++ {
		n := min(len(stored), ChunkStored)
		var err error
		if plain, err = s.OpenChunk(plain, stored[:n], i, n == len(stored)); err != nil {
			return nil, err
		}
		stored = stored[n:]
	}
	return plain, nil
}

// Blind makes of a digest of the content one that tells nothing about it to who does not hold the key: 16 bytes, the same for the same
// digest. Source: AWS S3 API Reference, "ETag": that of an object under SSE-C or SSE-KMS is not an MD5 of its data.
func (s *Stream) Blind(digest []byte) [16]byte {
	h := hmac.New(sha256.New, s.blind)
	h.Write(digest)
	return [16]byte(h.Sum(nil)[:16])
}
