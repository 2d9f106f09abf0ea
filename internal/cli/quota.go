package cli

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"coffer/internal/api/console"
)

type quotaCmd struct {
	Client
	List quotaList `cmd:"" default:"1" help:"List the quotas of the contract with what is in use; for owners and administrators."`
	Get  quotaGet  `cmd:"" help:"Show quota and use of a bucket, a user's own buckets, or the contract."`
	Set  quotaSet  `cmd:"" help:"Set or remove a quota; the contract's is set by the operator (--operator)."`
}

// quotaOf says what a quota is for.
type quotaOf struct {
	Bucket string `xor:"of" placeholder:"NAME" help:"Of a bucket."`
	User   string `xor:"of" placeholder:"USER" help:"Of all user-owned buckets of a user together, by id or mail."`
}

func (q *quotaOf) read(env *Env, conn *connection) (user *uuid.UUID, bucket *string, err error) {
	if q.Bucket != "" {
		bucket = &q.Bucket
	}
	if q.User != "" {
		id, err := conn.userID(env.Context, q.User)
		if err != nil {
			return nil, nil, err
		}
		u, err := uuid.Parse(id)
		return &u, nil, err
	}
	return nil, bucket, nil
}

type quotaList struct{}

// Run lists quotas.
func (*quotaList) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	found, err := read[console.QuotaList](conn.console.ConsoleQuotas(env.Context, &console.ConsoleQuotasParams{XContractNumber: conn.contract}))
	if err != nil {
		return err
	}
	return c.show(env, found.Items, func() [][]string {
		rows := [][]string{{"OF", "NAME", "OBJECTS", "AT MOST", "BYTES", "AT MOST"}}
		for i := range found.Items {
			q := &found.Items[i]
			rows = append(rows, []string{string(q.Of), quotaName(q), strconv.FormatInt(q.ObjectsUsed, 10), atMost(q.Objects),
				strconv.FormatInt(q.BytesUsed, 10), atMost(q.Bytes)})
		}
		return rows
	})
}

func quotaName(q *console.Quota) string {
	switch {
	case q.Bucket != nil:
		return *q.Bucket
	case q.UserId != nil:
		return or(q.UserName, q.UserId.String())
	}
	return ""
}

func atMost(n *int64) string {
	if n == nil {
		return "any"
	}
	return strconv.FormatInt(*n, 10)
}

type quotaGet struct{ quotaOf }

// Run shows a quota.
func (g *quotaGet) Run(env *Env, c *Client) error {
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	user, bucket, err := g.read(env, conn)
	if err != nil {
		return err
	}
	p := &console.ConsoleQuotaParams{UserId: user, Bucket: bucket, XContractNumber: conn.contract}
	q, err := read[console.Quota](conn.console.ConsoleQuota(env.Context, p))
	if err != nil {
		return err
	}
	return c.show(env, q, func() [][]string { return quotaRows(q) })
}

func quotaRows(q *console.Quota) [][]string {
	rows := [][]string{{"Of", strings.TrimSpace(string(q.Of) + " " + quotaName(q))},
		{"Objects", strconv.FormatInt(q.ObjectsUsed, 10) + " of " + atMost(q.Objects)},
		{"Bytes", strconv.FormatInt(q.BytesUsed, 10) + " of " + atMost(q.Bytes)}}
	if q.Set != nil {
		rows = append(rows, []string{"Set", q.Set.UTC().Format(time.RFC3339) + " by " + or(q.SetBy, "the operator")})
	}
	return rows
}

type quotaSet struct {
	quotaOf
	Objects string `placeholder:"N" help:"The most objects, each version counting as one; none for any number. Left as it is where absent."`
	Bytes   string `placeholder:"SIZE" help:"The most bytes, as 500, 10MiB, 5GiB or 2TiB; none for any number. Left as it is where absent."`
}

// Run changes what is given and shows the quota.
func (s *quotaSet) Run(env *Env, c *Client) error {
	if s.Objects == "" && s.Bytes == "" {
		return usage("say --objects N, --bytes SIZE, or both; none removes one")
	}
	objects, err := amount("--objects", s.Objects, nil)
	if err != nil {
		return err
	}
	bytes, err := amount("--bytes", s.Bytes, map[string]int64{"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
		"kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12})
	if err != nil {
		return err
	}
	conn, err := c.open(env, false)
	if err != nil {
		return err
	}
	user, bucket, err := s.read(env, conn)
	if err != nil {
		return err
	}
	is, err := read[console.Quota](conn.console.ConsoleQuota(env.Context, &console.ConsoleQuotaParams{UserId: user, Bucket: bucket, XContractNumber: conn.contract}))
	if err != nil {
		return err
	}
	in := console.QuotaLimits{Objects: is.Objects, Bytes: is.Bytes}
	if objects != nil {
		in.Objects = objects
	}
	if bytes != nil {
		in.Bytes = bytes
	}
	p := &console.ConsoleQuotaSetParams{UserId: user, Bucket: bucket, XContractNumber: conn.contract}
	q, err := read[console.Quota](conn.console.ConsoleQuotaSet(env.Context, p, in))
	if err != nil {
		return err
	}
	return c.show(env, q, func() [][]string { return quotaRows(q) })
}

// amount reads a number above 0 with one of the units, none as 0, and nothing as nil.
func amount(flag, text string, units map[string]int64) (*int64, error) {
	switch text {
	case "":
		return nil, nil
	case "none":
		return ptr(int64(0)), nil
	}
	digits := strings.TrimRight(text, "BKMGTiBk")
	factor := int64(1)
	if unit := text[len(digits):]; unit != "" {
		factor = units[unit]
	}
	n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
	if err != nil || n < 1 || factor == 0 || n > math.MaxInt64/factor {
		if units == nil {
			return nil, usage("%s %s: write a whole number above 0, or none", flag, text)
		}
		return nil, usage("%s %s: write a size as 500, 10MiB, 5GiB or 2TiB, or none", flag, text)
	}
	return ptr(n * factor), nil
}
