package cli

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

type helpCmd struct {
	Command []string `arg:"" optional:"" help:"Command to explain, such as 'key create'; all of them where absent."`
}

// Run prints the help of a command.
func (h *helpCmd) Run(ctx *kong.Context) error {
	asked, err := kong.Trace(ctx.Kong, h.Command)
	if err != nil {
		return err
	}
	if asked.Error != nil {
		return usage("there is no command %q; 'coffer help' lists them", strings.Join(h.Command, " "))
	}
	return asked.PrintUsage(false)
}

// PrintHelp is the program's help: what the grammar tells, then examples of the command.
func PrintHelp(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil || options.Summary {
		return err
	}
	lines := Examples()[commandOf(ctx.Selected())]
	if len(lines) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(ctx.Stdout, "\nExamples:\n  %s\n", strings.Join(lines, "\n  "))
	return err
}

// commandOf is a command's path without the program's name, "key create"; "" for the program.
func commandOf(n *kong.Node) string {
	var words []string
	for ; n != nil && n.Parent != nil; n = n.Parent {
		words = append([]string{n.Name}, words...)
	}
	return strings.Join(words, " ")
}

// Examples are command lines by the command that they show, "" for the program. A comment follows " # ".
func Examples() map[string][]string {
	out := map[string][]string{}
	for block := range strings.SplitSeq(strings.TrimSpace(examples), "\n\n") {
		lines := strings.Split(block, "\n")
		out[strings.Trim(lines[0], "[]")] = lines[1:]
	}
	return out
}

const examples = `
[]
coffer serve --data /var/lib/coffer                      # console at http://localhost:9001, S3 at http://localhost:9000
coffer login --url https://console.example.com anna@example.com
coffer key create -d "backup of the office"
coffer help key create

[serve]
coffer serve                                             # everything in ./coffer-data
coffer serve --data /var/lib/coffer --s3-listen 127.0.0.1:9000 --control-listen 127.0.0.1:9001

[config]
coffer config > coffer.yaml                              # every setting with what it means; --config reads it
coffer config --data /srv/coffer

[bench]
COFFER_BENCH_SECRET_KEY=... coffer bench --endpoint here=http://localhost:9000 --access-key KEY --op put,get --size 4KiB,1MiB

[keyring list]
coffer keyring list --data /var/lib/coffer

[keyring add]
coffer keyring add invoices --data /var/lib/coffer       # x-amz-server-side-encryption-aws-kms-key-id: invoices

[keyring rotate]
coffer keyring rotate --data /var/lib/coffer

[version]
coffer version

[help]
coffer help
coffer help key create

[login]
coffer login --url https://console.example.com anna@example.com
coffer login --profile work --ttl 24h anna@example.com
echo "$PASSWORD" | coffer login --password-stdin anna@example.com

[logout]
coffer logout --profile work

[whoami]
coffer whoami -o json

[key create]
coffer key create -d "backup of the office"
coffer key create --format aws >> ~/.aws/credentials
coffer key create --user paul@example.com --expires 90d

[key ensure]
coffer key ensure 5f9e1c9d-2a35-4c1b-9ad9-5d4f8a2b7f10 -d "backup of the office" --format aws

[key list]
coffer key list
coffer key list --all
coffer key list --user paul@example.com -o json

[key get]
coffer key get KEY                                       # KEY: id or access key
coffer key get KEY --format rclone                       # ready for a program, with the secret

[key activate]
coffer key activate KEY

[key deactivate]
coffer key deactivate KEY

[key renew]
coffer key renew KEY --format env

[key describe]
coffer key describe KEY "backup of the warehouse"

[key expire]
coffer key expire KEY 90d
coffer key expire KEY never

[key delete]
coffer key delete KEY

[key import]
coffer key import stan@example.com OLDACCESSKEY00000 --secret-stdin < secret.txt

[token create]
export COFFER_TOKEN=$(coffer token create --ttl 24h)

[token list]
coffer token list

[token delete]
coffer token delete ID
coffer token delete --expired

[session list]
coffer session list
coffer session list --user paul@example.com

[session delete]
coffer session delete ID
coffer session delete --all --user paul@example.com

[second-factor enable]
coffer second-factor enable

[second-factor disable]
coffer second-factor disable

[second-factor reset]
coffer second-factor reset paul@example.com

[user list]
coffer user list -o json

[user create]
coffer user create paul@example.com --firstname Paul --lastname Plain --group storage
coffer user create nina@example.com --firstname Nina --lastname New --temporary
coffer user create omar@example.com --firstname Omar --lastname Other --invite --force-2fa

[user storage]
coffer user storage paul@example.com

[user get]
coffer user get paul@example.com

[user update]
coffer user update paul@example.com --no-active
coffer user update paul@example.com --administrator --force-2fa

[user delete]
coffer user delete paul@example.com

[user handover]
coffer user handover paul@example.com anna@example.com

[user invite]
coffer user invite nina@example.com

[user reset-password]
coffer user reset-password paul@example.com --temporary

[group list]
coffer group list

[group create]
coffer group create storage --object-storage

[group get]
coffer group get storage

[group update]
coffer group update storage --no-object-storage

[group delete]
coffer group delete storage

[group add-member]
coffer group add-member storage paul@example.com

[group remove-member]
coffer group remove-member storage paul@example.com

[contract list]
coffer contract list

[contract create]
coffer contract create "Second" --owner-email stan@example.com --firstname Stan --lastname Stone

[contract get]
coffer contract get 31000000

[contract set]
coffer contract set --max-key-days 90 --secrets once

[bucket list]
coffer bucket list -o json

[bucket create]
coffer bucket create photos --region local-2
coffer bucket create records --object-lock

[bucket delete]
coffer bucket delete photos

[region list]
coffer region list

[audit list]
coffer audit --since 24h --refused
coffer audit --by paul@example.com --action 'coffer:Create*'
coffer audit --operator

[audit verify]
coffer audit verify
coffer audit verify --operator
coffer audit verify --noted 1200:9f2c0a

[usage keys]
coffer usage keys --from 2026-01-01

[usage users]
coffer usage users --from 2026-01-01

[usage buckets]
coffer usage buckets --from 2026-01-01
coffer usage buckets --bucket photos

[quota list]
coffer quota

[quota get]
coffer quota get --bucket photos

[quota set]
coffer quota set --bucket photos --bytes 50GiB
coffer quota set --user paul@example.com --objects none

[owner reset-password]
coffer owner reset-password --data /var/lib/coffer

[system status]
coffer system --data /var/lib/coffer                     # exits with 8 where the server refuses to write
coffer system status --url https://console.example.com -o json

[system contracts]
coffer system contracts "Second"

[system regions]
coffer system regions

[system add-region]
coffer system add-region berlin --type user-owned        # buckets can be made in it at once

[accept]
coffer accept 'https://console.example.com/invitation#...'

[completion bash]
source <(coffer completion bash)

[completion zsh]
source <(coffer completion zsh)

[completion fish]
coffer completion fish | source
`
