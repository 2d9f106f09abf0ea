package checksum

import (
	"encoding/binary"
	"hash"

	"coffer/internal/errs"
)

// Joiner computes an upload's checksum from those of its parts, without reading a byte again. Add the parts in order. It keeps
// constant memory and is not safe for concurrent use.
type Joiner struct {
	algorithm Algorithm
	typ       Type
	parts     int

	composite hash.Hash

	field  field
	crc    uint64
	size   int64  // of the part that factor belongs to
	factor uint64 // x to the power of the bits of size
}

// NewJoiner makes a Joiner; errs.Invalid with code InvalidRequest where the algorithm does not allow the type.
func NewJoiner(a Algorithm, t Type) (*Joiner, error) {
	if !a.Allows(t) {
		return nil, notAllowed(a, t)
	}
	j := &Joiner{algorithm: a, typ: t, size: -1}
	if t == Composite {
		j.composite = a.New()
	} else {
		j.field = a.field()
	}
	return j, nil
}

// Add takes the next part's sum and its size in bytes; errs.Corrupt where they can't be a part's.
func (j *Joiner) Add(part Sum, size int64) error {
	if part.Algorithm != j.algorithm || len(part.Raw) != j.algorithm.Size() || size < 0 {
		return errs.New(errs.Corrupt, "", "A part's checksum is not of the upload's algorithm.")
	}
	j.parts++
	if j.composite != nil {
		_, err := j.composite.Write([]byte(part.Raw))
		return errs.Fault("checksum.Joiner.Add", err)
	}
	if size != j.size {
		j.size, j.factor = size, j.field.power(size)
	}
	j.crc = j.field.mul(j.crc, j.factor) ^ j.field.read(part.Raw)
	return nil
}

// Sum returns the checksum of the parts so far.
func (j *Joiner) Sum() Sum {
	if j.composite != nil {
		s := Of(j.algorithm, j.composite)
		s.Type, s.Parts = Composite, j.parts
		return s
	}
	return Sum{Algorithm: j.algorithm, Type: FullObject, Raw: j.field.write(j.crc)}
}

// A field is polynomials over two elements modulo a CRC's generator, in the CRC's reflected order: the highest bit is x^0. A CRC
// with complemented start and end obeys crc(ab) = crc(a) * x^(8 len b) + crc(b), since the complements cancel.
type field struct {
	generator uint64 // reflected, without its highest term
	one       uint64 // x^0: the highest of the CRC's bits
}

func (a Algorithm) field() field {
	switch a {
	case CRC32:
		return field{0xedb88320, 1 << 31}
	case CRC32C:
		return field{0x82f63b78, 1 << 31}
	case CRC64NVME:
		return field{0x9a6c9329ac4bc9b5, 1 << 63}
	}
	return field{}
}

func (f field) mul(a, b uint64) uint64 {
	var product uint64
	for bit := f.one; bit != 0 && a != 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
			a ^= bit
		}
		carry := b & 1
		b >>= 1
		if carry != 0 {
			b ^= f.generator
		}
	}
	return product
}

// power returns x^(8n).
func (f field) power(n int64) uint64 {
	result, square := f.one, f.one>>8
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			result = f.mul(result, square)
		}
		square = f.mul(square, square)
	}
	return result
}

func (f field) read(raw string) uint64 {
	var v uint64
	for i := 0; i < len(raw); i++ {
		v = v<<8 | uint64(raw[i])
	}
	return v
}

func (f field) write(crc uint64) string {
	if f.one == 1<<31 {
		return string(binary.BigEndian.AppendUint32(nil, uint32(crc)))
	}
	return string(binary.BigEndian.AppendUint64(nil, crc))
}
