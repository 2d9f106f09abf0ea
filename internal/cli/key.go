package cli

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"coffer/internal/api/cloud"
	"coffer/internal/api/console"
	"coffer/internal/api/management"
)

type keyCmd struct {
	Client
	Create     keyCreate     `cmd:"" help:"Generate a key; its secret is shown this once."`
	Ensure     keyEnsure     `cmd:"" help:"Make a key of your own with a given id, or describe the one that there is."`
	List       keyList       `cmd:"" help:"List keys."`
	Get        keyGet        `cmd:"" help:"Show a key, with its secret where asked for."`
	Activate   keyActivate   `cmd:"" help:"Let a key authenticate again."`
	Deactivate keyDeactivate `cmd:"" help:"Stop a key from authenticating, and keep it."`
	Renew      keyRenew      `cmd:"" help:"Give a key a new secret; the old one is refused at once."`
	Describe   keyDescribe   `cmd:"" help:"Change a key's description."`
	Expire     keyExpire     `cmd:"" help:"Change when a key expires."`
	Delete     keyDelete     `cmd:"" help:"Delete a key for good."`
	Import     keyImport     `cmd:"" help:"Give a user a key with a given access key and secret; for the operator."`
}

// whose names the user whose keys are meant.
type whose struct {
	User string `placeholder:"USER" help:"Another user's keys, by id or mail; your own where absent."`
}

func (w *whose) id(ctx context.Context, c *connection) (string, error) {
	if w.User == "" {
		return "", nil
	}
	return c.userID(ctx, w.User)
}

func (c *connection) keys(ctx context.Context, user, accessKey string) ([]management.AccessKeyRead, error) {
	p := &management.AccesskeysGetParams{Limit: ptr(pageSize), XContractNumber: c.contract}
	if user != "" {
		id, err := uuid.Parse(user)
		if err != nil {
			return nil, err
		}
		p.FilterUserId = &id
	}
	if accessKey != "" {
		p.FilterAccesskeyId = &accessKey
	}
	l, err := read[management.AccessKeyReadList](c.management.AccesskeysGet(ctx, p))
	if err != nil {
		return nil, err
	}
	return l.Items, nil
}

// key finds a key by id or by access key.
func (c *connection) key(ctx context.Context, user, which string) (*management.AccessKeyRead, error) {
	if id, err := uuid.Parse(which); err == nil {
		return read[management.AccessKeyRead](c.management.AccesskeysFindById(ctx, id, &management.AccesskeysFindByIdParams{XContractNumber: c.contract}))
	}
	found, err := c.keys(ctx, user, which)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, &Error{Code: ExitNotFound, Text: "there is no such key", Hint: "Name keys by id or access key; for another user's add --user."}
	}
	return &found[0], nil
}

// ownerOf returns the user id in a key's contract user id.
func ownerOf(k *management.AccessKeyRead) string {
	_, id, _ := strings.Cut(or(k.Properties.ContractUserId, ""), ":")
	return id
}

// endpoints returns what the export formats need to know.
func (c *connection) endpoint(ctx context.Context, region string) (url, name string, err error) {
	l, err := read[management.RegionReadList](c.management.RegionsGet(ctx, &management.RegionsGetParams{Limit: ptr(pageSize)}))
	if err != nil {
		return "", "", err
	}
	for _, r := range l.Items {
		if region == "" || r.Id == region {
			return or(r.Properties.EndpointUrl, "https://"+r.Properties.Endpoint), r.Id, nil
		}
	}
	return "", "", &Error{Code: ExitNotFound, Text: "there is no region " + region, Hint: "'coffer region list' shows them."}
}

// pairFlags say how a key pair is printed.
type pairFlags struct {
	Format string `enum:"table,json,csv,aws,env,rclone," default:"" placeholder:"FORMAT" help:"table, json, csv, aws (credentials file), env (shell) or rclone (its configuration); table where absent."`
	Region string `placeholder:"NAME" help:"Region written into aws, env and rclone; the first where absent."`
}

// showPair prints a key with its secret in the format asked for.
func (c *Client) showPair(env *Env, conn *connection, k *management.AccessKeyRead, f pairFlags) error {
	format := f.Format
	if format == "" {
		format = c.Output
	}
	switch format {
	case "json":
		return writeJSON(env.Stdout, k)
	case "table":
		return writeTable(env.Stdout, append(keyRows(k), []string{"Secret Key", k.Properties.SecretKey + "   (shown this once)"}))
	}
	p := pair{access: k.Properties.AccessKey, secret: k.Properties.SecretKey}
	if format != "csv" {
		var err error
		if p.endpoint, p.region, err = conn.endpoint(env.Context, f.Region); err != nil {
			return err
		}
	}
	return p.write(env.Stdout, format)
}

func keyRows(k *management.AccessKeyRead) [][]string {
	rows := [][]string{{"ID", k.Id.String()}, {"Access Key", k.Properties.AccessKey}, {"Description", k.Properties.Description},
		{"Active", yes(or(k.Metadata.Active, true))}, {"Valid for", validFor(k)}, {"ADMIN KEY", yes(or(k.Metadata.Administrative, false))},
		{"Contract User ID", or(k.Properties.ContractUserId, "")}, {"Canonical User ID", or(k.Properties.CanonicalUserId, "")}}
	if t := k.Metadata.CreatedDate; t != nil {
		rows = append(rows, []string{"Created", t.UTC().Format(time.RFC3339)})
	}
	rows = append(rows, []string{"Expires", expires(k)}, []string{"Last used", lastUsed(k)})
	if u := k.Metadata.LastUsed; u != nil {
		rows = append(rows, []string{"Last request", strings.TrimSpace(u.Operation + " " + or(u.Bucket, ""))},
			[]string{"Last from", or(u.Source, "")}, []string{"Last program", or(u.Program, "")})
	}
	return rows
}

func expires(k *management.AccessKeyRead) string {
	if k.Metadata.Expires == nil {
		return "never"
	}
	return k.Metadata.Expires.UTC().Format(time.RFC3339)
}

// expiry reads when a key is to expire: days from now, a day, a time, or never; nil where nothing is said.
func expiry(text string, now time.Time) (*string, error) {
	if text == "" || text == "never" {
		if text == "" {
			return nil, nil
		}
		return &text, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if n, days := strings.CutSuffix(text, "d"); err != nil && days {
		var count int
		if count, err = strconv.Atoi(n); err == nil {
			at = now.AddDate(0, 0, count)
		}
	} else if err != nil {
		at, err = time.Parse(time.DateOnly, text)
	}
	if err != nil {
		return nil, usage("%s is no time: write 90d, a day as 2027-01-31, a time as 2027-01-31T12:00:00Z, or never", text)
	}
	return ptr(at.UTC().Truncate(time.Second).Format(time.RFC3339)), nil
}

func lastUsed(k *management.AccessKeyRead) string {
	if k.Metadata.LastUsed == nil {
		return "never"
	}
	return k.Metadata.LastUsed.Date.UTC().Format(time.RFC3339)
}

func validFor(k *management.AccessKeyRead) string {
	if or(k.Metadata.Validity, "") == management.UserOwnedBucketsOnly {
		return "user-owned buckets"
	}
	return "all buckets"
}

type keyCreate struct {
	whose
	Description string `short:"d" help:"Free text, such as the program that will use it."`
	Expires     string `placeholder:"WHEN" help:"When it expires: 90d, a day, a time, or never; where absent the contract's maximum, or never where there is none."`
	pairFlags
}

// Run generates a key and prints the pair once.
func (k *keyCreate) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	user, err := k.id(env.Context, conn)
	if err != nil {
		return err
	}
	expires, err := expiry(k.Expires, time.Now())
	if err != nil {
		return err
	}
	if user == "" {
		in := management.AccessKeyCreate{Properties: management.AccessKeyInput{Description: &k.Description, Expires: expires}}
		out, err := read[management.AccessKeyRead](conn.management.AccesskeysPost(env.Context, &management.AccesskeysPostParams{XContractNumber: conn.contract}, in))
		if err != nil {
			return err
		}
		return c.showPair(env, conn, out, k.pairFlags)
	}
	in := cloud.S3KeyPost{Properties: &struct {
		Description *string `json:"description,omitempty"`

		// Expires When the key expires: a time, or `never`; as in the Object Storage Management API.
		Expires *string `json:"expires,omitempty"`
	}{&k.Description, expires}}
	made, err := read[cloud.S3Key](conn.cloud.UmUsersS3keysPost(env.Context, user, &cloud.UmUsersS3keysPostParams{XContractNumber: conn.contract}, in))
	if err != nil {
		return err
	}
	out, err := conn.key(env.Context, user, made.Id)
	if err != nil {
		return err
	}
	out.Properties.SecretKey = made.Properties.SecretKey
	return c.showPair(env, conn, out, k.pairFlags)
}

type keyEnsure struct {
	ID          string `arg:"" help:"UUID of the key: running it again changes nothing but what is said below."`
	Description string `short:"d" help:"Free text, such as the program that will use it."`
	Expires     string `placeholder:"WHEN" help:"When it expires: 90d, a day, a time, or never; where absent it stays as it is."`
	pairFlags
}

// Run makes the key where there is none of the id, and prints the pair once.
func (k *keyEnsure) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	expires, err := expiry(k.Expires, time.Now())
	if err != nil {
		return err
	}
	id, err := uuid.Parse(k.ID)
	if err != nil {
		return usage("%s is no UUID: 'uuidgen' makes one", k.ID)
	}
	in := management.AccessKeyEnsure{Properties: management.AccessKeyInput{Description: &k.Description, Expires: expires}}
	p := &management.AccesskeysPutParams{XContractNumber: conn.contract}
	out, err := read[management.AccessKeyRead](conn.management.AccesskeysPut(env.Context, id, p, in))
	if err != nil {
		return err
	}
	if out.Properties.SecretKey == "" { // it was there
		return c.show(env, out, func() [][]string { return keyRows(out) })
	}
	return c.showPair(env, conn, out, k.pairFlags)
}

type keyList struct {
	User string `placeholder:"USER" xor:"whose" help:"Another user's keys, by id or mail; your own where absent."`
	All  bool   `xor:"whose" help:"The keys of everybody in the contract; for owners and administrators."`
}

// Run lists keys without secrets.
func (k *keyList) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	if k.All {
		return c.listAllKeys(env, conn)
	}
	user, err := (&whose{k.User}).id(env.Context, conn)
	if err != nil {
		return err
	}
	found, err := conn.keys(env.Context, user, "")
	if err != nil {
		return err
	}
	return c.show(env, found, func() [][]string {
		rows := [][]string{{"ID", "ACTIVE", "VALID FOR", "CREATED", "EXPIRES", "LAST USED", "DESCRIPTION", "ACCESS KEY"}}
		for i := range found {
			k := &found[i]
			created := ""
			if t := k.Metadata.CreatedDate; t != nil {
				created = t.UTC().Format(time.DateOnly)
			}
			rows = append(rows, []string{k.Id.String(), yes(or(k.Metadata.Active, true)), validFor(k), created, expires(k), lastUsed(k), k.Properties.Description, k.Properties.AccessKey})
		}
		return rows
	})
}

// listAllKeys lists the keys of every user, with whose they are.
func (c *Client) listAllKeys(env *Env, conn *connection) error {
	found, err := all(func(offset int) ([]console.ContractKey, bool, error) {
		l, err := read[console.ContractKeyList](conn.console.ConsoleKeys(env.Context, &console.ConsoleKeysParams{Offset: &offset, Limit: ptr(pageSize), XContractNumber: conn.contract}))
		if err != nil {
			return nil, false, err
		}
		return l.Items, offset+len(l.Items) < l.Total, nil
	})
	if err != nil {
		return err
	}
	users, err := conn.users(env.Context, "")
	if err != nil {
		return err
	}
	mails := map[string]string{}
	for _, u := range users {
		mails[u.Id] = u.Properties.Email
	}
	date := func(t *time.Time) string {
		if t == nil {
			return "never"
		}
		return t.UTC().Format(time.DateOnly)
	}
	return c.show(env, found, func() [][]string {
		rows := [][]string{{"USER", "ID", "ACTIVE", "VALID FOR", "CREATED", "EXPIRES", "LAST USED", "DESCRIPTION", "ACCESS KEY"}}
		for _, k := range found {
			valid := "all buckets"
			if k.Validity == string(management.UserOwnedBucketsOnly) {
				valid = "user-owned buckets"
			}
			rows = append(rows, []string{mails[k.UserId], k.Id.String(), yes(k.Active), valid, date(&k.Created), date(k.Expires), date(k.LastUsed), k.Description, k.AccessKey})
		}
		return rows
	})
}

// which names one key.
type which struct {
	Key string `arg:"" help:"Key, by id or access key."`
	whose
}

func (w *which) find(env *Env, c *Client) (*connection, *management.AccessKeyRead, error) {
	conn, err := c.open(env, false)
	if err != nil {
		return nil, nil, err
	}
	user, err := w.id(env.Context, conn)
	if err != nil {
		return nil, nil, err
	}
	k, err := conn.key(env.Context, user, w.Key)
	return conn, k, err
}

type keyGet struct {
	which
	Secret bool `help:"Read the secret again, which is recorded."`
	pairFlags
}

// Run shows one key.
func (g *keyGet) Run(env *Env, c *Client) error {
	conn, k, err := g.find(env, c)
	if err != nil {
		return err
	}
	if !g.Secret {
		if g.Format != "" && g.Format != "json" && g.Format != "table" {
			return usage("--format %s prints a pair: add --secret", g.Format)
		}
		return c.show(env, k, func() [][]string { return keyRows(k) })
	}
	full, err := read[cloud.S3Key](conn.cloud.UmUsersS3keysFindByKeyId(env.Context, ownerOf(k), k.Properties.AccessKey,
		&cloud.UmUsersS3keysFindByKeyIdParams{XContractNumber: conn.contract}))
	if err != nil {
		return err
	}
	if full.Properties.SecretKey == "" {
		return &Error{Code: ExitDenied, Text: "you may see this key, but not its secret"}
	}
	k.Properties.SecretKey = full.Properties.SecretKey
	return c.showPair(env, conn, k, g.pairFlags)
}

// change changes a key, also somebody else's, and shows it.
func (w *which) change(env *Env, c *Client, set func(*cloud.S3KeyPut)) error {
	conn, k, err := w.find(env, c)
	if err != nil {
		return err
	}
	var in cloud.S3KeyPut
	set(&in)
	p := &cloud.UmUsersS3keysPutParams{XContractNumber: conn.contract}
	if _, err := answer(conn.cloud.UmUsersS3keysPut(env.Context, ownerOf(k), k.Properties.AccessKey, p, in)); err != nil {
		return err
	}
	if k, err = conn.key(env.Context, "", k.Id.String()); err != nil {
		return err
	}
	return c.show(env, k, func() [][]string { return keyRows(k) })
}

type keyActivate struct{ which }

// Run activates a key.
func (a *keyActivate) Run(env *Env, c *Client) error {
	return a.change(env, c, func(in *cloud.S3KeyPut) { in.Properties.Active = ptr(true) })
}

type keyDeactivate struct{ which }

// Run deactivates a key.
func (d *keyDeactivate) Run(env *Env, c *Client) error {
	return d.change(env, c, func(in *cloud.S3KeyPut) { in.Properties.Active = ptr(false) })
}

type keyRenew struct {
	which
	pairFlags
}

// Run renews a key and prints the pair once.
func (r *keyRenew) Run(env *Env, c *Client) error {
	conn, k, err := r.find(env, c)
	if err != nil {
		return err
	}
	p := &management.AccesskeysRenewParams{XContractNumber: conn.contract}
	out, err := read[management.AccessKeyRead](conn.management.AccesskeysRenew(env.Context, k.Id, p))
	if err != nil {
		return err
	}
	return c.showPair(env, conn, out, r.pairFlags)
}

type keyDescribe struct {
	Key  string `arg:"" help:"Key, by id or access key."`
	Text string `arg:"" help:"New description."`
	whose
}

// Run describes a key.
func (d *keyDescribe) Run(env *Env, c *Client) error {
	w := which{Key: d.Key, whose: d.whose}
	return w.change(env, c, func(in *cloud.S3KeyPut) { in.Properties.Description = &d.Text })
}

type keyExpire struct {
	Key  string `arg:"" help:"Key, by id or access key."`
	When string `arg:"" help:"90d, a day, a time, or never."`
	whose
}

// Run changes when a key expires.
func (x *keyExpire) Run(env *Env, c *Client) error {
	when, err := expiry(x.When, time.Now())
	if err != nil {
		return err
	}
	w := which{Key: x.Key, whose: x.whose}
	return w.change(env, c, func(in *cloud.S3KeyPut) { in.Properties.Expires = when })
}

type keyDelete struct{ which }

// Run deletes a key.
func (d *keyDelete) Run(env *Env, c *Client) error {
	conn, k, err := d.find(env, c)
	if err != nil {
		return err
	}
	_, err = answer(conn.management.AccesskeysDelete(env.Context, k.Id, &management.AccesskeysDeleteParams{XContractNumber: conn.contract}))
	return err
}

type keyImport struct {
	User        string `arg:"" help:"User, by id or mail."`
	AccessKey   string `arg:"" help:"Access key of 16 to 128 characters: letters, digits, underscores and hyphens."`
	Description string `short:"d" help:"Free text."`
	Expires     string `placeholder:"WHEN" help:"When it expires: 90d, a day, a time, or never."`
	UserOwned   bool   `name:"user-owned-only" help:"Of the older kind, which reaches user-owned buckets alone."`
	SecretStdin bool   `name:"secret-stdin" help:"Read the secret from the input, one line; asked for at a terminal where absent."`
}

// Run imports a key as the operator.
func (i *keyImport) Run(env *Env, c *Client) error {
	conn, err := c.open(env, true)
	if err != nil {
		return err
	}
	id, err := conn.userID(env.Context, i.User)
	if err != nil {
		return err
	}
	user, err := uuid.Parse(id)
	if err != nil {
		return err
	}
	number, err := conn.number(env.Context)
	if err != nil {
		return err
	}
	secret, err := env.password(i.SecretStdin, "Secret key")
	if err != nil {
		return err
	}
	in := console.KeyImport{AccessKey: i.AccessKey, SecretKey: secret, Description: &i.Description}
	if in.Expires, err = expiry(i.Expires, time.Now()); err != nil {
		return err
	}
	if i.UserOwned {
		in.Validity = ptr(console.UserOwnedBucketsOnly)
	}
	out, err := read[console.ImportedKey](conn.console.OperatorImportKey(env.Context, number, user, in))
	if err != nil {
		return err
	}
	return c.show(env, out, func() [][]string {
		return [][]string{{"ID", out.Id.String()}, {"Access Key", out.AccessKey}, {"User", out.UserId.String()}, {"Active", yes(out.Active)}}
	})
}

// number is the contract to act on: the one named, or the only one.
func (c *connection) number(ctx context.Context) (int32, error) {
	if c.contract != nil {
		return *c.contract, nil
	}
	found, err := c.contracts(ctx)
	if err != nil {
		return 0, err
	}
	if len(found) != 1 {
		return 0, usage("there are %d contracts: name one with --contract", len(found))
	}
	return int32(found[0].Properties.ContractNumber), nil
}

type regionList struct{}

// Run lists the regions.
func (*regionList) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	l, err := read[management.RegionReadList](conn.management.RegionsGet(env.Context, &management.RegionsGetParams{Limit: ptr(pageSize)}))
	if err != nil {
		return err
	}
	return c.show(env, l.Items, func() [][]string {
		rows := [][]string{{"REGION", "BUCKETS", "ENDPOINT"}}
		for _, r := range l.Items {
			rows = append(rows, []string{r.Id, string(r.Properties.BucketOwnership), or(r.Properties.EndpointUrl, r.Properties.Endpoint)})
		}
		return rows
	})
}
