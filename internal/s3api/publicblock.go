package s3api

import "coffer/internal/acl"

// blockConfig is the name under which a bucket's public access block is stored, as the document that is answered.
const blockConfig = "publicAccessBlock"

// block returns the bucket's public access block; all off if it has none.
func (c *call) block() acl.PublicBlock {
	if got := c.settings; got != nil {
		return got.block
	}
	return acl.PublicBlock{}
}
