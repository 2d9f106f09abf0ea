package main

import (
	"context"
	"io"

	"coffer/internal/bench"
	"coffer/internal/cli"
)

// benchCmd measures S3 endpoints side by side.
type benchCmd struct{ bench.Options }

// Run measures and prints the report.
func (c *benchCmd) Run(ctx context.Context, env *cli.Env) error {
	var status io.Writer
	if env.Interactive {
		status = env.Stderr
	}
	return c.Do(ctx, env.Getenv, env.Stdout, status)
}
