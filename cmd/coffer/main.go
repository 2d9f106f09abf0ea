// Command coffer is the whole of Coffer: the server, and the command line that is a client of its control API. This package reads
// configuration and wires rooms together; it is the only place that knows every room.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"coffer/internal/cli"
	"coffer/internal/config"
	"coffer/internal/errs"
)

// version is set by the build.
var version = "dev"

type app struct {
	Serve   serveCmd   `cmd:"" help:"Run the server: S3, console and management APIs."`
	Config  configCmd  `cmd:"" help:"Print the configuration in effect, every setting explained."`
	Bench   benchCmd   `cmd:"" help:"Measure S3 endpoints side by side with real requests."`
	Keyring keyringCmd `cmd:"" help:"Keys that seal stored secrets and objects; in the data folder."`
	Version versionCmd `cmd:"" help:"Print the version."`
	cli.Commands
}

type serveCmd struct{ config.Serve }

type configCmd struct{ config.Serve }

type versionCmd struct{}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], newEnv(ctx)))
}

// run is main without its globals; it returns the exit code.
func run(ctx context.Context, args []string, env *cli.Env) int {
	options := []kong.Option{
		kong.Name("coffer"),
		kong.Description("Self-hosted S3-compatible object storage in which access keys are first class. " + cli.ExitHelp),
		kong.Writers(env.Stdout, env.Stderr),
		kong.ShortUsageOnError(),
		kong.Help(cli.PrintHelp),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(env),
	}
	if path := config.PathFrom(args, env.Getenv); path != "" {
		file, err := config.ReadFile(path, env.Getenv)
		if err != nil {
			return fail(env, err)
		}
		options = append(options, kong.Resolvers(file))
	}
	exited := -1
	options = append(options, kong.Exit(func(code int) { exited = code }))
	parser, err := kong.New(&app{}, options...)
	if err != nil {
		return fail(env, err)
	}
	parsed, err := parser.Parse(args)
	switch {
	case exited >= 0:
		return exited
	case err != nil:
		parser.FatalIfErrorf(err)
		return cli.ExitUsage
	}
	if err := parsed.Run(); err != nil {
		return fail(env, err)
	}
	return cli.ExitOK
}

// fail says what went wrong: errors of rooms by what they may say in public, those of the command line with their hint.
func fail(env *cli.Env, err error) int {
	var known *cli.Error
	if !errors.As(err, &known) {
		err = &cli.Error{Code: exitCode(err), Text: describe(err)}
	}
	cli.PrintError(env.Stderr, err)
	return cli.ExitCode(err)
}

func exitCode(err error) int {
	switch errs.KindOf(err) {
	case errs.Invalid:
		return cli.ExitUsage
	case errs.Conflict, errs.Exists:
		return cli.ExitConflict
	case errs.Denied:
		return cli.ExitDenied
	}
	return cli.ExitFailure
}

// Run prints the configuration.
func (c *configCmd) Run(env *cli.Env) error {
	if _, err := c.Check(); err != nil {
		return err
	}
	return config.Print(env.Stdout, &c.Serve)
}

// Run prints the version.
func (versionCmd) Run(env *cli.Env) error {
	_, err := fmt.Fprintln(env.Stdout, env.Version)
	return err
}

// newEnv is the world as the process sees it.
func newEnv(ctx context.Context) *cli.Env {
	dir, _ := os.UserConfigDir() // "" where there is no home; commands that need it say so
	in := int(os.Stdin.Fd())
	e := &cli.Env{Context: ctx, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, ConfigDir: dir,
		Interactive: term.IsTerminal(in), Random: rand.Reader, Version: version}
	e.ReadPassword = func(prompt string) (string, error) {
		fmt.Fprint(os.Stderr, prompt)
		p, err := term.ReadPassword(in)
		fmt.Fprintln(os.Stderr)
		return string(p), err
	}
	return e
}
