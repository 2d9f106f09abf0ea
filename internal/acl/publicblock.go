package acl

import (
	"bytes"

	"coffer/internal/errs"
	"coffer/internal/s3xml"
	"coffer/internal/xmltree"
)

// PublicBlock is a bucket's public access block: what it refuses, and what it takes the effect from.
type PublicBlock struct {
	ACLs       bool // new public ACLs are refused
	IgnoreACLs bool // public ACLs give nothing
	Policy     bool // new public policies are refused
	Restrict   bool // a public policy counts for the contract's own people alone
}

// ReadPublicBlock reads a PublicAccessBlockConfiguration: errs.Invalid with S3's code.
func ReadPublicBlock(doc []byte) (b PublicBlock, err error) {
	if len(bytes.TrimSpace(doc)) == 0 {
		return b, errs.New(errs.Invalid, "MissingRequestBodyError", "")
	}
	x := s3xml.New(doc)
	x.Open("PublicAccessBlockConfiguration")
	for name := range x.Children() {
		switch name {
		case "BlockPublicAcls":
			b.ACLs = x.Flag()
		case "IgnorePublicAcls":
			b.IgnoreACLs = x.Flag()
		case "BlockPublicPolicy":
			b.Policy = x.Flag()
		case "RestrictPublicBuckets":
			b.Restrict = x.Flag()
		default:
			x.Fail()
		}
	}
	return b, x.Done()
}

// CanonicalPublicBlock reads a document and writes it again: the form in which it is stored and answered.
func CanonicalPublicBlock(doc []byte) ([]byte, error) {
	b, err := ReadPublicBlock(doc)
	if err != nil {
		return nil, err
	}
	var w xmltree.Writer
	w.Root("PublicAccessBlockConfiguration")
	w.Flag("BlockPublicAcls", b.ACLs)
	w.Flag("IgnorePublicAcls", b.IgnoreACLs)
	w.Flag("BlockPublicPolicy", b.Policy)
	w.Flag("RestrictPublicBuckets", b.Restrict)
	w.Close("PublicAccessBlockConfiguration")
	return w.Bytes(), nil
}
