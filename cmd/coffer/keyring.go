package main

import (
	"context"

	"coffer/internal/config"
	"coffer/internal/seal"
	"coffer/internal/sse"
)

// openKeyring opens the keyring of the data folder and makes the named keys that are asked for, and the one that is used where a
// request for SSE-KMS names none. A key that was made once stays.
func openKeyring(ctx context.Context, c *config.Serve) (*seal.Keyring, error) {
	ring, err := seal.OpenDir(ctx, c.Data, c.MasterKeyFile)
	if err != nil {
		return nil, err
	}
	for _, name := range append([]string{sse.DefaultKey}, c.KMSKeys...) {
		if _, err := ring.AddNamed(ctx, name); err != nil {
			return nil, err
		}
	}
	return ring, nil
}
