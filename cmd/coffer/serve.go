package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"runtime/debug"
	"time"

	"coffer/internal/cli"
	"coffer/internal/config"
	"coffer/internal/errs"
	"coffer/internal/obs"
)

// Run serves until the context ends, then drains.
func (c *serveCmd) Run(ctx context.Context, env *cli.Env) error {
	log, err := obs.NewLogger(env.Stderr, c.LogLevel, c.LogFormat)
	if err != nil {
		return errs.New(errs.Invalid, "", err.Error())
	}
	parsed, err := c.Check()
	if err != nil {
		return err
	}
	limitMemory(c.MemoryMiB)
	return serve(ctx, &c.Serve, parsed, env.Stdout, log)
}

// limitMemory lets the collector run less often while the heap is small, within the limit; GOGC and GOMEMLIMIT win where they are set.
func limitMemory(mib int64) {
	if os.Getenv("GOMEMLIMIT") == "" && mib > 0 {
		debug.SetMemoryLimit(min(mib, math.MaxInt64>>20) << 20)
	}
	if os.Getenv("GOGC") == "" && mib > 0 {
		debug.SetGCPercent(400)
	}
}

// serve opens the listeners before the stores, so that a busy port changes nothing on disk.
func serve(ctx context.Context, c *config.Serve, parsed *config.Parsed, out io.Writer, log *slog.Logger) error {
	s3, err := listen(ctx, c.S3Listen, "s3-listen", c.MaxConns)
	if err != nil {
		return err
	}
	defer s3.Close()
	control, err := listen(ctx, c.ControlListen, "control-listen", c.MaxConns)
	if err != nil {
		return err
	}
	defer control.Close()
	certs, err := tlsConfig(c)
	if err != nil {
		return err
	}
	sys, err := open(ctx, c, parsed, log)
	if err != nil {
		return err
	}
	sys.certs = certs
	first, err := sys.start(ctx)
	if err != nil {
		return errors.Join(err, sys.close())
	}
	s3Handler, controlHandler, err := sys.handlers(port(s3), port(control))
	if err != nil {
		return errors.Join(err, sys.close())
	}
	servers := []*server{newServer(s3, s3Handler, certs, log), newServer(control, controlHandler, certs, log)}
	if err := printBanner(out, c, sys, first, s3.Addr(), control.Addr()); err != nil {
		return errors.Join(err, sys.close())
	}
	err = runServers(ctx, servers, sys.failed, time.Duration(c.DrainSecs)*time.Second, log)
	return errors.Join(err, sys.close())
}

// runServers serves until ctx ends, a server fails or a store reports a failure, then lets requests under way finish.
func runServers(ctx context.Context, servers []*server, failed <-chan error, drain time.Duration, log *slog.Logger) error {
	ended := make(chan error, len(servers))
	for _, s := range servers {
		go func() { ended <- s.serve() }()
	}
	var cause error
	select {
	case <-ctx.Done():
		log.Info("stopping: waiting for requests under way", "at most", drain)
	case cause = <-ended:
	case cause = <-failed:
		log.Error("stopping: storage failed and nothing more can be made durable", "error", cause)
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, s := range servers {
			s.drain(limit)
		}
	}()
	<-done
	return cause
}

func describe(err error) string {
	if p := errs.PublicOf(err); p != "" {
		return p
	}
	return fmt.Sprint(err)
}
