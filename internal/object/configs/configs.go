// Package configs keeps a bucket's subresources in rows: a short one in its own row, a longer one in rows of one length that its own row
// names once all of them are durable. It never knows what a subresource says.
package configs

import (
	"encoding/binary"

	"coffer/internal/errs"
	"coffer/internal/meta"
)

// Bounds of a subresource.
const (
	MaxBytes = 2 << 20  // of its value
	MaxName  = 64       // bytes of its name
	Chunk    = 64 << 10 // bytes of a row; a longer value is written in rows of this length

	chunksInUpdate = 8
	rowVersion     = 1
)

// Rows says of which kinds the rows are. All of them have the empty route.
type Rows struct{ Config, Chunk meta.Kind }

// Update runs an update on the empty route of the bucket's partition.
type Update func(fn func(meta.Tx) error) error

// Encode returns the row of a subresource: the value itself, or in how many rows of which generation it is.
func Encode(value []byte, generation uint64, chunks int) []byte {
	b := []byte{rowVersion}
	b = binary.AppendUvarint(b, generation)
	b = binary.AppendUvarint(b, uint64(chunks))
	if chunks == 0 {
		b = append(b, value...)
	}
	return b
}

// Decode reads what Encode made; errs.Corrupt for anything else. The value aliases the row.
func Decode(row []byte) (value []byte, generation uint64, chunks int, err error) {
	if len(row) == 0 || row[0] != rowVersion {
		return nil, 0, 0, unreadable()
	}
	row = row[1:]
	generation, n := binary.Uvarint(row)
	if n <= 0 {
		return nil, 0, 0, unreadable()
	}
	row = row[n:]
	many, n := binary.Uvarint(row)
	if n <= 0 || many > MaxBytes/Chunk || many > 0 && len(row) > n {
		return nil, 0, 0, unreadable()
	}
	return row[n:], generation, int(many), nil
}

func unreadable() error {
	return &errs.Error{Op: "configs.Decode", Kind: errs.Corrupt, Public: "The stored record of the bucket's configuration can't be read."}
}

// Row returns the key of a subresource's own row.
func (k Rows) Row(name string) meta.Key { return meta.Key{Kind: k.Config, Tail: name} }

func (k Rows) chunk(name string, generation uint64, n int) meta.Key {
	tail := append([]byte(name), 0)
	tail = binary.BigEndian.AppendUint64(tail, generation)
	return meta.Key{Kind: k.Chunk, Tail: string(append(tail, byte(n)))}
}

// Put writes a subresource of a bucket that has none of the name, in an update. The value has at most Chunk bytes.
func (k Rows) Put(tx meta.Tx, name string, value []byte) error {
	return tx.Put(k.Row(name), Encode(value, 1, 0))
}

// Read returns all subresources by name.
func (k Rows) Read(r meta.Reader) (map[string][]byte, error) {
	all := make(map[string][]byte)
	type split struct {
		name       string
		generation uint64
		chunks     int
	}
	var splits []split
	from, to := meta.AtRoute(""), meta.AfterRoute("")
	for from != nil {
		next, err := r.Scan(k.Config, from, to, meta.Budget{}, func(_, tail, row []byte) ([]byte, error) {
			value, generation, chunks, err := Decode(row)
			if err != nil {
				return nil, err
			}
			if chunks > 0 {
				splits = append(splits, split{string(tail), generation, chunks})
			}
			all[string(tail)] = append([]byte{}, value...)
			return nil, nil
		})
		if err != nil {
			return nil, err
		}
		from = next
	}
	for _, sp := range splits {
		var whole []byte
		for n := range sp.chunks {
			row, err := r.Get(k.chunk(sp.name, sp.generation, n))
			if err != nil || len(row) == 0 || row[0] != rowVersion {
				return nil, unreadable()
			}
			whole = append(whole, row[1:]...)
		}
		all[sp.name] = whole
	}
	return all, nil
}

// Write makes a value of at most MaxBytes durable, or with nil removes it: chunks first, then the row that names them. old is the row as
// it is, nil where there is none. Writers of a bucket's subresources must be serial.
func (k Rows) Write(update Update, old []byte, name string, value []byte) error {
	var generation uint64
	oldChunks, chunks := 0, 0
	var err error
	if old != nil {
		if _, generation, oldChunks, err = Decode(old); err != nil {
			return err
		}
	}
	if len(value) > Chunk {
		if chunks, err = k.writeChunks(update, name, generation+1, value); err != nil {
			return err
		}
	}
	return update(func(tx meta.Tx) error {
		for n := range oldChunks {
			if err := tx.Delete(k.chunk(name, generation, n)); err != nil {
				return err
			}
		}
		if value == nil {
			return tx.Delete(k.Row(name))
		}
		return tx.Put(k.Row(name), Encode(value, generation+1, chunks))
	})
}

func (k Rows) writeChunks(update Update, name string, generation uint64, value []byte) (int, error) {
	chunks := (len(value) + Chunk - 1) / Chunk
	for first := 0; first < chunks; first += chunksInUpdate {
		err := update(func(tx meta.Tx) error {
			for n := first; n < min(first+chunksInUpdate, chunks); n++ {
				part := value[n*Chunk : min((n+1)*Chunk, len(value))]
				if err := tx.Put(k.chunk(name, generation, n), append([]byte{rowVersion}, part...)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return chunks, nil
}
