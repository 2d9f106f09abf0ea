// Package cli holds the commands with which people and scripts use the control API: sign-in, contracts, users, groups, access keys,
// tokens, records and regions. It is a client like any other, with generated requests, and never touches a data folder but to read operator.token.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Commands is embedded in the program's grammar. Every Run method needs a bound *Env; those that call the server also a *Client,
// which its own flags bind.
type Commands struct {
	Login        loginCmd        `cmd:"" help:"Sign in and keep a token in a profile."`
	Logout       logoutCmd       `cmd:"" help:"Delete the token of a profile and forget it."`
	Whoami       whoamiCmd       `cmd:"" help:"Show who is signed in, with both user ids."`
	Key          keyCmd          `cmd:"" help:"Access keys: the pairs with which S3 requests are signed."`
	Token        tokenCmd        `cmd:"" help:"Tokens: what programs sign in with in place of a password."`
	Session      sessionCmd      `cmd:"" help:"Sessions: the browsers in which a user is signed in to the console."`
	SecondFactor secondFactorCmd `cmd:"" help:"Second factor of signing in: codes of an authenticator program."`
	User         userCmd         `cmd:"" help:"Users of the contract."`
	Group        groupCmd        `cmd:"" help:"Groups, their privileges and members."`
	Contract     contractCmd     `cmd:"" help:"Contracts; new ones are made by the operator."`
	Bucket       bucketCmd       `cmd:"" help:"Buckets; whatever else S3 can, S3 programs do."`
	Region       regionCmd       `cmd:"" help:"Regions and their S3 endpoints."`
	Audit        auditCmd        `cmd:"" help:"What was done by whom, and what was refused."`
	Usage        usageCmd        `cmd:"" help:"What keys were used for and what buckets hold, by day."`
	Quota        quotaCmd        `cmd:"" help:"Quotas in objects and bytes, and what is in use."`
	Owner        ownerCmd        `cmd:"" help:"The contract's owner; for the operator."`
	System       systemCmd       `cmd:"" help:"The server as a whole: health, contracts, regions; for the operator."`
	Accept       acceptCmd       `cmd:"" help:"Accept an invitation: set a password of your own."`
	Completion   completionCmd   `cmd:"" help:"Completion script for a shell."`
	Help         helpCmd         `cmd:"" help:"Explain a command, with examples."`
}

// Env is what commands use of the world around them.
type Env struct {
	Context      context.Context
	Stdin        io.Reader
	Stdout       io.Writer
	Stderr       io.Writer
	Getenv       func(string) string
	ConfigDir    string                              // of the user, as os.UserConfigDir names it
	Interactive  bool                                // Stdin is a terminal
	ReadPassword func(prompt string) (string, error) // without echo; used where Interactive
	Random       io.Reader                           // cryptographically strong
	Version      string
}

// Exit codes of the program. They are a contract that scripts rely on.
const (
	ExitOK          = 0
	ExitFailure     = 1 // none of the others
	ExitUsage       = 2 // the command line is wrong
	ExitSignIn      = 3 // not signed in, or the token expired
	ExitDenied      = 4 // not permitted
	ExitNotFound    = 5 // no such thing
	ExitConflict    = 6 // it exists already, or the present state does not allow it
	ExitRefused     = 7 // the server can't accept what was sent: malformed, too much, not possible
	ExitUnavailable = 8 // the server can't be reached, is overloaded or failed
)

// ExitHelp explains the exit codes in the program's help.
const ExitHelp = `Exit codes: 0 done; 1 failed; 2 wrong command line; 3 not signed in; 4 not permitted; 5 not found; 6 conflict; ` +
	`7 refused as malformed or not possible; 8 server not available.`

// Error is a failure with its exit code. Hint, where there is one, says what to do next.
type Error struct {
	Code int
	Text string
	Hint string
	Word string // the server's stable word for its refusal
}

func (e *Error) Error() string { return e.Text }

// ExitCode returns the program's exit code for the result of a command.
func ExitCode(err error) int {
	var e *Error
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return ExitUnavailable
	}
	return ExitFailure
}

// PrintError tells a person what went wrong.
func PrintError(w io.Writer, err error) {
	fmt.Fprintf(w, "coffer: %s\n", err)
	var e *Error
	if errors.As(err, &e) && e.Hint != "" {
		fmt.Fprintf(w, "        %s\n", e.Hint)
	}
}

func usage(format string, args ...any) error {
	return &Error{Code: ExitUsage, Text: fmt.Sprintf(format, args...)}
}

// readLine reads one line of the input without its end, at most 4 KiB.
func readLine(r io.Reader) (string, error) {
	var b strings.Builder
	var one [1]byte
	for b.Len() < 4096 {
		n, err := r.Read(one[:])
		if n == 1 {
			if one[0] == '\n' {
				break
			}
			b.WriteByte(one[0])
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
	}
	return strings.TrimSuffix(b.String(), "\r"), nil
}

// ask returns a line that a person types.
func (e *Env) ask(prompt string) (string, error) {
	if !e.Interactive {
		return "", usage("%s is needed, and the input is no terminal to ask at", strings.ToLower(prompt))
	}
	fmt.Fprint(e.Stderr, prompt+": ")
	return readLine(e.Stdin)
}

// password reads a password: from the input where stdin is set, else without echo from the terminal.
func (e *Env) password(stdin bool, prompt string) (string, error) {
	if stdin {
		return readLine(e.Stdin)
	}
	if !e.Interactive || e.ReadPassword == nil {
		return "", usage("the input is no terminal: give the password with --password-stdin")
	}
	return e.ReadPassword(prompt + ": ")
}
