package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// show prints v as JSON, or the table that rows gives: its first row is the heading.
func (c *Client) show(env *Env, v any, rows func() [][]string) error {
	if c.Output == "json" {
		return writeJSON(env.Stdout, v)
	}
	return writeTable(env.Stdout, rows())
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func writeTable(w io.Writer, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, r := range rows {
		for i := range r {
			r[i] = clean(r[i])
		}
		if _, err := fmt.Fprintln(t, strings.TrimRight(strings.Join(r, "\t"), "\t")); err != nil {
			return err
		}
	}
	return t.Flush()
}

// clean takes out what would steer a terminal: names and descriptions come from other people.
func clean(s string) string {
	if s == "" {
		return "-"
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}

// size writes bytes for people, with one decimal and binary units.
func size(n int64) string {
	units, v := []string{"KiB", "MiB", "GiB", "TiB"}, float64(n)
	if n < 1<<10 {
		return strconv.FormatInt(n, 10) + " B"
	}
	unit := ""
	for _, unit = range units {
		if v /= 1 << 10; v < 1<<10 {
			break
		}
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + " " + unit
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
