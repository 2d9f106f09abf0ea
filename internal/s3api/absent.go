package s3api

import (
	"net/http"

	"coffer/internal/errs"
)

// Settings that nothing here can switch on are answered as S3 answers where they are off: reading says so and removing has nothing
// to remove. Writing them is refused, so that these answers stay true.

// absent makes a handler that answers S3's error for a setting that a bucket does not have.
func absent(code errs.Code) func(*call) error {
	return func(*call) error { return errs.New(errs.NotFound, code, "") }
}

// removed answers the removal of a setting that no bucket has.
func (c *call) removed() error { return c.empty(http.StatusNoContent) }

// empties makes a handler that answers a document without content, which is how S3 says that a setting is off.
func empties(root string) func(*call) error {
	return func(c *call) error {
		return c.document(func(x *xmlWriter) error {
			x.root(root)
			x.close(root)
			return nil
		})
	}
}

func (c *call) getRequestPayment() error {
	return c.document(func(x *xmlWriter) error {
		x.root("RequestPaymentConfiguration")
		x.text("Payer", "BucketOwner")
		x.close("RequestPaymentConfiguration")
		return nil
	})
}
