package s3api

import (
	"net/http"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/policyreport"
	"coffer/internal/s3xml"
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
	refuse := c.block().Policy
	c.forget() // there may be as many policies as requests that wait for each other
	if err := c.checkPolicy(*buf, refuse); err != nil {
		return err
	}
	return c.setConfig(policyConfig, *buf, http.StatusNoContent)
}

// checkPolicy refuses a policy that can't be taken, or with refuse one that opens the bucket to everybody.
func (c *call) checkPolicy(doc []byte, refuse bool) error {
	defer c.s.settings.large.take(len(doc))()
	facts := bareFacts(c.bucket)
	p, err := authz.ParsePolicy(doc, &facts)
	if err != nil {
		return withDetail(err)
	}
	unknown, err := c.unknown(p)
	if err != nil {
		return err
	}
	if len(unknown) > 0 {
		return withDetail(unknown[0].Err)
	}
	if p.Public() && refuse {
		return errs.New(errs.Denied, "AccessDenied", "User is not authorized to perform: s3:PutBucketPolicy because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.")
	}
	return nil
}

// withDetail tells which text of a policy is wrong.
func withDetail(err error) error {
	if text := errs.SubjectOf(err); text != "" {
		return withDetails(err, "Detail", string(text))
	}
	return err
}

// unknown finds canonical ids or contracts in a policy that do not exist: most likely somebody mistyped whom they mean. A user's
// ARN is taken as it is, as the vendor does: its provider's examples name people of elsewhere, and a user who was deleted must
// not make the policy impossible to put again.
func (c *call) unknown(p *authz.Policy) ([]authz.Fault, error) {
	var faults []authz.Fault
	for _, named := range p.Named() {
		_, err := c.s.IAM.Account(c.ctx(), named.ID)
		if errs.KindOf(err) == errs.NotFound {
			e := errs.New(errs.Invalid, authz.MalformedPolicy, "Invalid principal in policy").On(errs.Subject(named.ID))
			if faults = append(faults, authz.Fault{Statement: named.Statement, Err: e}); len(faults) == authz.MaxFaults {
				break
			}
			continue
		}
		if err != nil {
			return nil, err
		}
	}
	return faults, nil
}

// reportBucketPolicy judges the policy in the body as putBucketPolicy would, and keeps nothing. An empty body stands for no policy.
func (c *call) reportBucketPolicy() error {
	buf, err := c.readAll(authz.MaxContractPolicy)
	if err != nil {
		return err
	}
	defer c.s.giveBack(buf)
	defer c.s.settings.large.take(len(*buf))()
	q := policyreport.Question{Now: &c.facts.Bucket, You: c.principal, Refuse: c.block().Policy, Ask: c.asks}
	var faults []authz.Fault
	if len(*buf) > 0 {
		facts := bareFacts(c.bucket)
		q.Draft, faults = authz.CheckPolicy(*buf, &facts)
	}
	if q.Draft != nil {
		if faults, err = c.unknown(q.Draft); err != nil {
			return err
		}
	}
	doc, err := policyreport.Faulty(faults)
	if len(faults) == 0 {
		doc, err = policyreport.Of(&q)
	}
	if err != nil {
		return errs.Fault("s3api.policyReport", err)
	}
	return c.body(http.StatusOK, "application/json", doc)
}

// asks is a request of somebody for an action on this bucket, as this request came.
func (c *call) asks(who authz.Principal, a authz.Action) authz.Request {
	have := c.conditions(&question{action: a, at: &c.facts})
	if who.Anonymous() {
		for _, key := range [...]string{"s3:authtype", "s3:signatureversion", "s3:signatureage", "aws:principalisawsservice"} {
			delete(have, key) // which tell of who signed
		}
	}
	return authz.Request{Principal: who, Action: a, Source: c.source, Time: c.now, Conditions: have}
}

func (c *call) deleteBucketPolicy() error {
	return c.setConfig(policyConfig, nil, http.StatusNoContent)
}

func (c *call) getBucketPolicyStatus() error {
	if c.facts.Policy == nil {
		return noPolicy()
	}
	public := c.facts.Policy.Public()
	return c.document(func(x *s3xml.Writer) error {
		x.Root("PolicyStatus")
		x.Flag("IsPublic", public)
		x.Close("PolicyStatus")
		return nil
	})
}
