package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"coffer/internal/cli"
)

// grammar is the whole program's.
func grammar(t *testing.T) *kong.Kong {
	t.Helper()
	k, err := kong.New(&app{}, kong.Name("coffer"), kong.Exit(func(int) {}), kong.Bind(&cli.Env{Getenv: func(string) string { return "" }}))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// commandLine finds the words after "coffer" in a line that a shell would read.
var commandLine = regexp.MustCompile(`(?:^|[\s(;])coffer ((?:'[^']*'|"[^"]*"|[^\s;|<>)]+|[ ]+)+)`)

var word = regexp.MustCompile(`'[^']*'|"[^"]*"|\S+`)

// understood parses each command line of coffer in a line of shell.
func understood(t *testing.T, line string) {
	t.Helper()
	code, _, _ := strings.Cut(line, " #")
	for _, m := range commandLine.FindAllStringSubmatch(code, -1) {
		var args []string
		for _, w := range word.FindAllString(m[1], -1) {
			args = append(args, strings.Trim(w, `'"`))
		}
		if strings.Contains(line, "--secret-stdin") && !strings.Contains(m[1], "--secret-stdin") {
			args = append(args, "--secret-stdin") // after a redirection
		}
		if _, err := grammar(t).Parse(args); err != nil {
			t.Errorf("%s\n\tcoffer %q: %v", line, args, err)
		}
	}
}

// Every command has examples in its help, and they are command lines that the program understands; so are those of docs/cli.md.
func TestExamples(t *testing.T) {
	examples := cli.Examples()
	var walk func(n *kong.Node, path string)
	walk = func(n *kong.Node, path string) {
		leaf := true
		for _, child := range n.Children {
			if child.Type == kong.CommandNode && !child.Hidden {
				leaf = false
				walk(child, strings.TrimSpace(path+" "+child.Name))
			}
		}
		if leaf && len(examples[path]) == 0 {
			t.Errorf("the help of %q has no example", path)
		}
		for _, line := range examples[path] {
			if !strings.Contains(line, "coffer") || path != "" && !strings.Contains(line, strings.Fields(path)[0]) {
				t.Errorf("%q is no example of %q", line, path)
			}
			understood(t, line)
		}
		delete(examples, path)
	}
	walk(grammar(t).Model.Node, "")
	for path := range examples {
		t.Errorf("there is no command %q", path)
	}
	for _, file := range []string{"cli.md", "guide.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", file))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "    ") && strings.Contains(line, "coffer ") {
				understood(t, strings.TrimSpace(line))
			}
		}
	}
}

func TestHelp(t *testing.T) {
	help := func(args ...string) (int, string) {
		var out bytes.Buffer
		env := &cli.Env{Context: t.Context(), Stdout: &out, Stderr: &out, Getenv: func(string) string { return "" }}
		return run(t.Context(), args, env), out.String()
	}
	for _, args := range [][]string{{"help", "key", "create"}, {"key", "create", "--help"}} {
		if code, text := help(args...); code != 0 || !strings.Contains(text, "--expires=WHEN") || !strings.Contains(text, "Examples:\n  coffer key create -d") {
			t.Errorf("coffer %v: %d\n%s", args, code, text)
		}
	}
	if code, text := help("help"); code != 0 || !strings.Contains(text, "  serve ") || !strings.Contains(text, "Exit codes:") || !strings.Contains(text, "Examples:") {
		t.Errorf("coffer help: %d\n%s", code, text)
	}
	if code, text := help("help", "nonsense"); code != cli.ExitUsage || !strings.Contains(text, `"nonsense"`) {
		t.Errorf("coffer help nonsense: %d\n%s", code, text)
	}
	if code, text := help("key", "nonsense"); code != cli.ExitUsage || strings.Contains(text, "Examples:") {
		t.Errorf("coffer key nonsense: %d\n%s", code, text)
	}
}
