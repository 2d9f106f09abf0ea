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

func (c *call) getVersioning() error {
	return c.document(func(x *xmlWriter) error {
		x.root("VersioningConfiguration")
		switch c.bucket.Versioning {
		case object.Enabled:
			x.text("Status", "Enabled")
		case object.Suspended:
			x.text("Status", "Suspended")
		}
		x.close("VersioningConfiguration")
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
	if _, err := c.s.Objects.SetVersioning(c.ctx(), c.bucket, v); err != nil {
		return err
	}
	return c.empty(http.StatusOK)
}
