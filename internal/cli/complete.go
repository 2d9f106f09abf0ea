package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Bash  completionBash  `cmd:"" help:"For bash: source <(coffer completion bash)"`
	Zsh   completionZsh   `cmd:"" help:"For zsh: source <(coffer completion zsh)"`
	Fish  completionFish  `cmd:"" help:"For fish: coffer completion fish | source"`
	Words completionWords `cmd:"" hidden:"" help:"What may follow the words given; for the scripts."`
}

type (
	completionBash struct{}
	completionZsh  struct{}
	completionFish struct{}
)

const bashScript = `_coffer() {
	local words=("${COMP_WORDS[@]:1:COMP_CWORD}")
	mapfile -t COMPREPLY < <(coffer completion words -- "${words[@]}" 2>/dev/null)
}
complete -o default -F _coffer coffer
`

const zshScript = `#compdef coffer
_coffer() {
	local -a found
	found=("${(@f)$(coffer completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
	compadd -a found
}
compdef _coffer coffer
`

const fishScript = `function __coffer_words
	set -l words (commandline -opc) (commandline -ct)
	coffer completion words -- $words[2..-1] 2>/dev/null
end
complete -c coffer -f -a '(__coffer_words)'
`

// Run prints the script.
func (*completionBash) Run(env *Env) error { return print(env, bashScript) }

// Run prints the script.
func (*completionZsh) Run(env *Env) error { return print(env, zshScript) }

// Run prints the script.
func (*completionFish) Run(env *Env) error { return print(env, fishScript) }

func print(env *Env, s string) error {
	_, err := fmt.Fprint(env.Stdout, s)
	return err
}

type completionWords struct {
	Words []string `arg:"" optional:"" passthrough:""`
}

// Run prints what may stand in place of the last word.
func (c *completionWords) Run(env *Env, ctx *kong.Context) error {
	words := c.Words
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	for _, w := range candidates(ctx.Model.Node, words) {
		if _, err := fmt.Fprintln(env.Stdout, w); err != nil {
			return err
		}
	}
	return nil
}

// candidates walks the grammar along words and returns what may stand in place of the last one, sorted.
func candidates(node *kong.Node, words []string) []string {
	if len(words) > 1 && words[0] == "help" { // takes the words of a command
		words = words[1:]
	}
	last := ""
	if len(words) > 0 {
		last, words = words[len(words)-1], words[:len(words)-1]
	}
	var pending *kong.Flag // a flag that still wants its value
	for _, w := range words {
		switch {
		case pending != nil:
			pending = nil
		case strings.HasPrefix(w, "-"):
			if f := flagOf(node, w); f != nil && !f.IsBool() && !strings.Contains(w, "=") {
				pending = f
			}
		default:
			for _, child := range node.Children {
				if child.Type == kong.CommandNode && child.Name == w {
					node = child
					break
				}
			}
		}
	}
	var out []string
	add := func(w string) {
		if strings.HasPrefix(w, last) && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	switch {
	case pending != nil:
		for _, v := range pending.EnumSlice() {
			add(v)
		}
	case strings.HasPrefix(last, "-"):
		for _, f := range flagsOf(node) {
			add("--" + f.Name)
		}
	default:
		for _, child := range node.Children {
			if child.Type == kong.CommandNode && !child.Hidden {
				add(child.Name)
			}
		}
	}
	slices.Sort(out)
	return out
}

// flagsOf lists the flags that may stand at node: its own and its parents'.
func flagsOf(node *kong.Node) []*kong.Flag {
	var out []*kong.Flag
	for n := node; n != nil; n = n.Parent {
		for _, f := range n.Flags {
			if !f.Hidden {
				out = append(out, f)
			}
		}
	}
	return out
}

func flagOf(node *kong.Node, word string) *kong.Flag {
	name, _, _ := strings.Cut(word, "=")
	for _, f := range flagsOf(node) {
		if name == "--"+f.Name || f.Short != 0 && name == "-"+string(f.Short) {
			return f
		}
	}
	return nil
}
