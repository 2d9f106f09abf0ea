package s3api

import (
	"net/http"

	"coffer/internal/acl"
	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
)

// ownershipConfig is the name under which a bucket's ownership controls are stored: the name of the setting. A bucket without them is
// one whose objects belong to who writes them.
const ownershipConfig = "ownershipControls"

func (c *call) getOwnership() error {
	v := c.bucket.Configs[ownershipConfig]
	if v == nil {
		return errs.New(errs.NotFound, "OwnershipControlsNotFoundError", "")
	}
	return c.body(http.StatusOK, "application/xml", acl.AppendOwnership(nil, string(v)))
}

func (c *call) putOwnership() error {
	buf, err := c.readAll(maxSmallXML)
	if err != nil {
		return err
	}
	defer c.s.giveBack(buf)
	set, err := acl.ReadOwnership(*buf)
	if err != nil {
		return err
	}
	if set == authz.BucketOwnerEnforced && c.facts.ACL != nil {
		return errs.New(errs.Invalid, "InvalidBucketAclWithObjectOwnership", "")
	}
	return c.setConfig(ownershipConfig, []byte(set.String()), http.StatusOK)
}

func (c *call) deleteOwnership() error {
	return c.setConfig(ownershipConfig, nil, http.StatusNoContent)
}

// firstAccess reads what a new bucket begins with: its ownership controls and its list, by the headers of CreateBucket.
func (c *call) firstAccess(region ident.Region) (map[string][]byte, error) {
	set := c.s.Ownership
	configs := map[string][]byte{}
	v := c.header("X-Amz-Object-Ownership")
	if v != "" {
		var ok bool
		if set, ok = authz.ParseObjectOwnership(v); !ok {
			return nil, invalidArgument("x-amz-object-ownership", v, "Invalid x-amz-object-ownership header: "+clip(v))
		}
	}
	if v != "" || set != authz.ObjectWriter {
		configs[ownershipConfig] = []byte(set.String())
	}
	asked, err := acl.FromHeaders(c.header)
	if err != nil || asked.None() {
		return configs, err
	}
	at := authz.Bucket{Ownership: region.Ownership, Contract: c.principal.Contract, User: c.principal.User, Canonical: c.principal.Canonical}
	l, err := c.fromHeaders(&asked, &at, "", true)
	switch {
	case err != nil:
		return nil, err
	case l.Plain(at.OwnerID()):
	case set == authz.BucketOwnerEnforced:
		return nil, errs.New(errs.Invalid, "InvalidBucketAclWithObjectOwnership", "")
	default:
		configs[aclConfig] = []byte(l.Encode())
	}
	return configs, nil
}
