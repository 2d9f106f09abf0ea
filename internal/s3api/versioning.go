package s3api

import (
	"net/http"
	"strings"

	"coffer/internal/errs"
	"coffer/internal/object"
	"coffer/internal/s3xml"
)

// maxSmallXML bounds the bodies of settings that have a few elements, in bytes.
const maxSmallXML = 64 << 10

// mfaDeleteConfig is stored for a bucket whose owner once said that deleting needs no second factor: only then is it told, as S3 does.
// The vendor's Terraform provider always says it and has a difference for ever where it is not told back.
const mfaDeleteConfig = "mfadelete"

func (c *call) getVersioning() error {
	return c.document(func(x *s3xml.Writer) error {
		x.Root("VersioningConfiguration")
		switch c.bucket.Versioning {
		case object.Enabled:
			x.Text("Status", "Enabled")
		case object.Suspended:
			x.Text("Status", "Suspended")
		}
		if c.bucket.Configs[mfaDeleteConfig] != nil {
			x.Text("MfaDelete", "Disabled")
		}
		x.Close("VersioningConfiguration")
		return nil
	})
}

func (c *call) putVersioning() error {
	var status, mfa string
	err := c.parse(maxSmallXML, "VersioningConfiguration", func(x *s3xml.Reader) {
		for name := range x.Children() {
			switch name {
			case "Status":
				status = strings.TrimSpace(x.Text())
			case "MfaDelete":
				mfa = strings.TrimSpace(x.Text())
			default:
				x.Fail()
			}
		}
	})
	if err != nil {
		return err
	}
	var v object.Versioning
	switch status {
	case "Enabled":
		v = object.Enabled
	case "Suspended":
		v = object.Suspended
	case "":
		return errs.New(errs.Invalid, "IllegalVersioningConfigurationException", "")
	default:
		return malformedXML()
	}
	switch mfa {
	case "", "Disabled":
	case "Enabled":
		return notImplemented("Deleting with multi-factor authentication is not implemented.")
	default:
		return malformedXML()
	}
	b, err := c.s.Objects.SetVersioning(c.ctx(), c.bucket, v)
	if err != nil {
		return c.lockedVersioning(err)
	}
	if mfa != "" && b.Configs[mfaDeleteConfig] == nil {
		if _, err := c.s.Objects.SetConfig(c.ctx(), b, mfaDeleteConfig, []byte(mfa)); err != nil {
			return err
		}
	}
	return c.empty(http.StatusOK)
}

// lockedVersioning gives the refusal to suspend a locked bucket's versioning the vendor's text, where the vendor's SDK asks, which alone
// names application/xml in Accept: its Terraform provider compares the text to know that nothing is left to destroy. All others get S3's.
func (c *call) lockedVersioning(err error) error {
	if c.header("Accept") != "application/xml" || errs.CodeOf(err) != "InvalidBucketState" {
		return err
	}
	return errs.New(errs.Conflict, "InvalidBucketState", "bucket versioning cannot be disabled on buckets with object lock enabled")
}
