package cli

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// pair is a key pair with where it is used.
type pair struct{ access, secret, endpoint, region string }

// write prints the pair in a format that a program reads.
func (p pair) write(w io.Writer, format string) error {
	var err error
	switch format {
	case "csv":
		c := csv.NewWriter(w)
		err = c.WriteAll([][]string{{"Access key ID", "Secret access key"}, {p.access, p.secret}})
	case "aws":
		_, err = fmt.Fprintf(w, "[coffer]\naws_access_key_id = %s\naws_secret_access_key = %s\nregion = %s\nendpoint_url = %s\n",
			p.access, p.secret, p.region, p.endpoint)
	case "env":
		for _, v := range [][2]string{{"AWS_ACCESS_KEY_ID", p.access}, {"AWS_SECRET_ACCESS_KEY", p.secret}, {"AWS_REGION", p.region},
			{"AWS_DEFAULT_REGION", p.region}, {"AWS_ENDPOINT_URL", p.endpoint}} {
			if _, err = fmt.Fprintf(w, "export %s=%s\n", v[0], quote(v[1])); err != nil {
				break
			}
		}
	case "rclone":
		_, err = fmt.Fprintf(w, "[coffer]\ntype = s3\nprovider = Other\naccess_key_id = %s\nsecret_access_key = %s\nregion = %s\nendpoint = %s\nforce_path_style = true\n",
			p.access, p.secret, p.region, p.endpoint)
	default:
		err = usage("--format %s is not known", format)
	}
	return err
}

// quote makes one word of a POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
