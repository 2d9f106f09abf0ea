package pebble

import (
	"context"
	"fmt"
	"testing"

	"coffer/internal/meta"
)

func TestSmoke(t *testing.T) {
	s := OpenMem()
	defer s.Close()
	ctx := context.Background()
	err := s.Update(ctx, "b/1", "r", func(tx meta.Tx) error {
		tx.Add(1, 2)
		tx.Append(1, []byte("x"))
		return tx.Put(meta.Key{Kind: 1, Route: "r", Tail: "t"}, []byte("v"))
	})
	if err != nil {
		t.Fatal(err)
	}
	s.View(ctx, "b/1", func(r meta.Reader) error {
		v, err := r.Get(meta.Key{Kind: 1, Route: "r", Tail: "t"})
		fmt.Println(string(v), err)
		n, err := r.Count(1)
		fmt.Println(n, err)
		r.Scan(1, nil, nil, meta.Budget{}, func(a, b, c []byte) ([]byte, error) { fmt.Println(string(a), string(b), string(c)); return nil, nil })
		return nil
	})
	fmt.Println(s.Partitions(ctx, "", "", 10))
}
