package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"coffer/internal/cli"
	"coffer/internal/errs"
	"coffer/internal/seal"
)

type keyringCmd struct {
	List   keyringList   `cmd:"" help:"List the keys that seal stored secrets and objects, without what is secret; also while the server runs."`
	Add    keyringAdd    `cmd:"" help:"Make a named key for SSE-KMS; the server has to be stopped."`
	Rotate keyringRotate `cmd:"" help:"Make a new key that seals from now on; what older keys sealed still opens. The server has to be stopped."`
}

// keyringOf says which keyring.
type keyringOf struct {
	Data          string `env:"COFFER_DATA" default:"./coffer-data" placeholder:"DIR" help:"Data folder."`
	MasterKeyFile string `name:"master-key-file" env:"COFFER_MASTER_KEY_FILE" placeholder:"FILE" help:"Master key, where it is not in the data folder."`
}

// open opens a keyring that is there; it makes none.
func (k *keyringOf) open(ctx context.Context) (*seal.Keyring, error) {
	name := filepath.Join(k.Data, seal.KeyringFileName)
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return nil, &cli.Error{Code: cli.ExitNotFound, Text: "there is no keyring at " + name, Hint: "Name the data folder with --data; a server makes the keyring at its first start."}
	}
	return seal.OpenDir(ctx, k.Data, k.MasterKeyFile)
}

// change opens the keyring under the folder's lock, so that no server holds an older state of it.
func (k *keyringOf) change(ctx context.Context, do func(*seal.Keyring) error) error {
	if _, err := os.Stat(k.Data); err != nil {
		return errs.New(errs.Invalid, "", fmt.Sprintf("data folder (--data): %v", err))
	}
	dir, err := openDataDir(k.Data)
	if err != nil {
		return err
	}
	defer dir.close()
	ring, err := k.open(ctx)
	if err != nil {
		return err
	}
	return do(ring)
}

type keyringList struct{ keyringOf }

// Run lists the keys.
func (c *keyringList) Run(env *cli.Env) error {
	ring, err := c.open(env.Context)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "KEY\tCREATED\tFOR")
	for _, k := range ring.Keys() {
		use := "what it sealed before"
		if k.Current {
			use = "new secrets and objects (SSE-S3)"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\n", k.ID, k.Created.UTC().Format(time.RFC3339), use)
	}
	for _, k := range ring.Named() {
		fmt.Fprintf(w, "%s\t%s\tSSE-KMS under this name\n", k.Name, k.Created.UTC().Format(time.RFC3339))
	}
	return w.Flush()
}

type keyringAdd struct {
	keyringOf
	Name string `arg:"" help:"Name by which requests name the key."`
}

// Run makes a named key.
func (c *keyringAdd) Run(env *cli.Env) error {
	return c.change(env.Context, func(ring *seal.Keyring) error {
		made, err := ring.AddNamed(env.Context, c.Name)
		if err != nil {
			return err
		}
		if !made {
			return errs.New(errs.Exists, "", "There is a key named "+c.Name+" already.")
		}
		_, err = fmt.Fprintf(env.Stdout, "made the key %s\n", c.Name)
		return err
	})
}

type keyringRotate struct{ keyringOf }

// Run makes a new key for all that is sealed from now on.
func (c *keyringRotate) Run(env *cli.Env) error {
	return c.change(env.Context, func(ring *seal.Keyring) error {
		k, err := ring.Rotate(env.Context)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.Stdout, "key %d seals from now on\n", k.ID)
		return err
	})
}
