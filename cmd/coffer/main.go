// Command coffer is the whole of Coffer: the server, and the command line that is a client of its control API. This package reads
// configuration and wires rooms together; it is the only place that knows every room.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"coffer/internal/cli"
	"coffer/internal/config"
)

// version is set by the build.
var version = "dev"

type app struct {
	Serve   serveCmd   `cmd:"" help:"Run the server: S3, console and management APIs."`
	Config  configCmd  `cmd:"" help:"Print the configuration in effect, every setting explained."`
	Version versionCmd `cmd:"" help:"Print the version."`
	cli.Commands
}

type serveCmd struct{ config.Serve }

type configCmd struct{ config.Serve }

type versionCmd struct{}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// run is main without its globals; it returns the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, out, log io.Writer) int {
	options := []kong.Option{
		kong.Name("coffer"),
		kong.Description("Self-hosted S3-compatible object storage in which access keys are first class."),
		kong.Writers(out, log),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(&console{out: out, log: log}),
	}
	options = append(options, cli.Options(version, out, log)...)
	if path := config.PathFrom(args, getenv); path != "" {
		file, err := config.ReadFile(path, getenv)
		if err != nil {
			return fail(log, err)
		}
		options = append(options, kong.Resolvers(file))
	}
	var exited *int
	options = append(options, kong.Exit(func(code int) { exited = &code }))
	parser, err := kong.New(&app{}, options...)
	if err != nil {
		return fail(log, err)
	}
	parsed, err := parser.Parse(args)
	if exited != nil {
		return *exited
	}
	if err != nil {
		parser.Errorf("%s", err)
		return cli.ExitUsage
	}
	if err := parsed.Run(); err != nil {
		return fail(log, err)
	}
	return 0
}

// console is where commands of this package write.
type console struct{ out, log io.Writer }

func fail(log io.Writer, err error) int {
	var silent interface{ Silent() bool }
	if !errors.As(err, &silent) || !silent.Silent() {
		fmt.Fprintln(log, "coffer:", describe(err))
	}
	return cli.ExitCode(err)
}

// Run prints the configuration.
func (c *configCmd) Run(to *console) error {
	if _, err := c.Check(); err != nil {
		return err
	}
	return config.Print(to.out, &c.Serve)
}

// Run prints the version.
func (versionCmd) Run(to *console) error {
	_, err := fmt.Fprintln(to.out, version)
	return err
}
