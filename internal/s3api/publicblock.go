package s3api

import (
	"net/http"

	"coffer/internal/errs"
	"coffer/internal/s3xml"
)

// blockConfig is the name under which a bucket's public access block is stored, as the document that is answered.
const blockConfig = "publicAccessBlock"

// publicBlock is a bucket's public access block: what it refuses, and what it takes the effect from.
type publicBlock struct {
	acls            bool // new public ACLs are refused
	ignoreACLs      bool // public ACLs give nothing
	policy          bool // new public policies are refused
	restrictBuckets bool // a public policy counts for the contract's own people alone
}

// block returns the bucket's public access block; all off if it has none.
func (c *call) block() publicBlock {
	if got := c.s.settings.of(c.bucket); got != nil {
		return got.block
	}
	return publicBlock{}
}

func readBlock(x *s3xml.Reader) (publicBlock, error) {
	var b publicBlock
	x.Open("PublicAccessBlockConfiguration")
	b.read(x)
	return b, x.Done()
}

func (b *publicBlock) read(x *s3xml.Reader) {
	for name := range x.Children() {
		switch name {
		case "BlockPublicAcls":
			b.acls = x.Flag()
		case "IgnorePublicAcls":
			b.ignoreACLs = x.Flag()
		case "BlockPublicPolicy":
			b.policy = x.Flag()
		case "RestrictPublicBuckets":
			b.restrictBuckets = x.Flag()
		default:
			x.Fail()
		}
	}
}

func (x *xmlWriter) block(b publicBlock) {
	x.root("PublicAccessBlockConfiguration")
	x.flag("BlockPublicAcls", b.acls)
	x.flag("IgnorePublicAcls", b.ignoreACLs)
	x.flag("BlockPublicPolicy", b.policy)
	x.flag("RestrictPublicBuckets", b.restrictBuckets)
	x.close("PublicAccessBlockConfiguration")
}

func (c *call) getPublicBlock() error {
	doc := c.bucket.Configs[blockConfig]
	if doc == nil {
		return errs.New(errs.NotFound, "NoSuchPublicAccessBlockConfiguration", "")
	}
	return c.body(http.StatusOK, "application/xml", doc)
}

func (c *call) putPublicBlock() error {
	var b publicBlock
	if err := c.parse(maxSmallXML, "PublicAccessBlockConfiguration", b.read); err != nil {
		return err
	}
	var x xmlWriter
	x.block(b)
	return c.setConfig(blockConfig, x.b, http.StatusOK)
}

func (c *call) deletePublicBlock() error {
	return c.setConfig(blockConfig, nil, http.StatusNoContent)
}
