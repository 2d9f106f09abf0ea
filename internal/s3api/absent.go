package s3api

import (
	"net/http"
	"strings"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/object"
	"coffer/internal/s3xml"
	"coffer/internal/xmltree"
)

// Settings that nothing here can switch on are answered as S3 answers where they are off: reading says so, switching off changes nothing
// and removing has nothing to remove. Switching them on is refused, so that these answers stay true.

// absent makes a handler that answers S3's error for a setting that a bucket does not have.
func absent(code errs.Code) func(*call) error {
	return func(*call) error { return errs.New(errs.NotFound, code, "") }
}

// removed answers the removal of a setting that no bucket has.
func (c *call) removed() error { return c.empty(http.StatusNoContent) }

// empties makes a handler that answers a document without content, which is how S3 says that a setting is off.
func empties(root string) func(*call) error {
	return func(c *call) error {
		return c.document(func(x *s3xml.Writer) error {
			x.Root(root)
			x.Close(root)
			return nil
		})
	}
}

// noneListed makes a handler that answers a page of configurations without any.
func noneListed(root string) func(*call) error {
	return func(c *call) error {
		return c.document(func(x *s3xml.Writer) error {
			x.Root(root)
			x.Flag("IsTruncated", false)
			x.Close(root)
			return nil
		})
	}
}

// putRequestPayment takes what is so anyhow: the bucket's owner pays.
func (c *call) putRequestPayment() error {
	payer := ""
	err := c.parse(maxSmallXML, "RequestPaymentConfiguration", func(x *s3xml.Reader) {
		for name := range x.Children() {
			if name != "Payer" {
				x.Fail()
				break
			}
			payer = strings.TrimSpace(x.Text())
		}
	})
	switch {
	case err != nil:
		return err
	case payer == "BucketOwner":
		return c.empty(http.StatusOK)
	case payer == "Requester":
		return notImplemented("Nobody is billed here, so no requester pays: the payer is BucketOwner.")
	}
	return malformedXML()
}

// putNotification takes a document without destinations, which is how notifications are switched off.
func (c *call) putNotification() error {
	asked := ""
	err := c.parse(maxSmallXML, "NotificationConfiguration", func(x *s3xml.Reader) {
		for name := range x.Children() {
			asked = name
			x.Fail()
		}
	})
	switch {
	case asked != "":
		return notImplemented("This server sends no notifications: leave " + clip(asked) + " out.")
	case err != nil:
		return err
	}
	return c.empty(http.StatusOK)
}

// restoreObject says of an object that there is nothing to restore: none is archived.
func (c *call) restoreObject() error {
	buf, err := c.readAll(maxSmallXML)
	if err != nil {
		return err
	}
	_, err = xmltree.Parse(*buf, "RestoreRequest")
	c.s.giveBack(buf)
	if err != nil {
		return err
	}
	v, err := c.version()
	if err != nil {
		return err
	}
	in := &object.Get{Bucket: c.bucket, Key: ident.ObjectKey(c.key), Version: v}
	if o, err := c.s.Objects.HeadObject(c.ctx(), in); err != nil {
		return c.unread(in, o, err)
	}
	return newFault(errs.New(errs.Denied, "InvalidObjectState", "Restore is not allowed for the object's current storage class"), "StorageClass", "STANDARD")
}

func (c *call) getRequestPayment() error {
	return c.document(func(x *s3xml.Writer) error {
		x.Root("RequestPaymentConfiguration")
		x.Text("Payer", "BucketOwner")
		x.Close("RequestPaymentConfiguration")
		return nil
	})
}
