package s3api

import (
	"net/http"

	"coffer/internal/authz"
	"coffer/internal/errs"
)

// policyConfig is the name under which a bucket's policy is stored, as the document that the client sent: policies are compared as texts.
const policyConfig = "policy"

func noPolicy() error { return errs.New(errs.NotFound, "NoSuchBucketPolicy", "") }

func (c *call) getBucketPolicy() error {
	doc := c.bucket.Configs[policyConfig]
	if doc == nil {
		return noPolicy()
	}
	return c.body(http.StatusOK, "application/json", doc)
}

func (c *call) putBucketPolicy() error {
	buf, err := c.readAll(authz.MaxContractPolicy)
	if err != nil {
		return err
	}
	defer c.s.giveBack(buf)
	facts := bareFacts(c.bucket)
	p, err := authz.ParsePolicy(*buf, &facts)
	if err != nil {
		return err
	}
	if err := c.known(p); err != nil {
		return err
	}
	if p.Public() && c.block().policy {
		return errs.New(errs.Denied, "AccessDenied", "User is not authorized to perform: s3:PutBucketPolicy because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.")
	}
	return c.setConfig(policyConfig, *buf, http.StatusNoContent)
}

// known refuses a policy that names canonical ids or contracts that do not exist: most likely somebody mistyped whom they mean. A user's
// ARN is taken as it is, as the vendor does: its provider's examples name people of elsewhere, and a user who was deleted must
// not make the policy impossible to put again.
func (c *call) known(p *authz.Policy) error {
	all := p.Named()
	ids := make([]string, 0, len(all.Canonical)+len(all.Contracts))
	for _, id := range all.Canonical {
		ids = append(ids, string(id))
	}
	for _, id := range all.Contracts {
		ids = append(ids, id.String())
	}
	for _, id := range ids {
		_, err := c.s.IAM.Account(c.ctx(), id)
		if errs.KindOf(err) == errs.NotFound {
			return newFault(errs.New(errs.Invalid, authz.MalformedPolicy, "Invalid principal in policy"), "Detail", id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *call) deleteBucketPolicy() error {
	return c.setConfig(policyConfig, nil, http.StatusNoContent)
}

func (c *call) getBucketPolicyStatus() error {
	if c.facts.Policy == nil {
		return noPolicy()
	}
	public := c.facts.Policy.Public()
	return c.document(func(x *xmlWriter) error {
		x.root("PolicyStatus")
		x.flag("IsPublic", public)
		x.close("PolicyStatus")
		return nil
	})
}
