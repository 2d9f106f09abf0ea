package s3api

import (
	"coffer/internal/ident"
	"coffer/internal/object"
)

// Access control lists can't be changed here, so the only true list is that the owner may do everything.

func (c *call) getBucketACL() error { return c.document(c.ownerACL) }

func (c *call) getObjectACL() error {
	v, err := c.version()
	if err != nil {
		return err
	}
	o, err := c.s.Objects.HeadObject(c.ctx(), &object.Get{Bucket: c.bucket, Key: ident.ObjectKey(c.key), Version: v})
	if err != nil {
		return c.unread(&object.Get{}, o, err)
	}
	c.setVersion(&o.Object)
	return c.document(c.ownerACL)
}

func (c *call) ownerACL(x *xmlWriter) error {
	x.root("AccessControlPolicy")
	x.b = append(x.b, c.ownerElement()...)
	x.raw(`<AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">`)
	x.text("ID", ownerID(c.bucket))
	x.text("DisplayName", c.bucket.OwnerName)
	x.raw(`</Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList>`)
	x.close("AccessControlPolicy")
	return nil
}
