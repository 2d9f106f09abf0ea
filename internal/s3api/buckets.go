package s3api

import (
	"encoding/base64"
	"net/http"
	"strings"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/httphead"
	"coffer/internal/ident"
	"coffer/internal/object"
	"coffer/internal/s3xml"
	"coffer/internal/tagging"
)

// maxListBuckets is the most buckets of a page of ListBuckets. Source: AWS S3 API Reference, ListBuckets.
const maxListBuckets = 10000

// listBuckets shows every bucket that the caller may see. A host or scope that names a region other than the first, or bucket-region, narrows it.
func (c *call) listBuckets() error {
	in := object.ListBuckets{Contract: c.principal.Contract, User: c.principal.User, Prefix: c.query.get("prefix")}
	region := c.addressed()
	if region.Name != c.s.firstRegion().Name {
		in.Region = region.Name
	}
	if v := c.query.get("bucket-region"); v != "" {
		r, ok := c.s.region(ident.RegionName(v))
		switch {
		case !ok:
			return invalidArgument("bucket-region", v, "Argument value "+clip(v)+" is not a valid AWS Region")
		case in.Region != "" && in.Region != r.Name:
			return invalidArgument("bucket-region", v, "Requests with bucket-region specified must be made to the corresponding regional endpoint")
		}
		in.Region, region = r.Name, r
	}
	most := maxListBuckets
	if v := c.query.get("max-buckets"); v != "" {
		n, ok := httphead.Digits(v)
		if !ok || n < 1 || n > maxListBuckets {
			return invalidArgument("max-buckets", v, "Argument max-buckets must be an integer between 1 and 10000.")
		}
		most = int(n)
	}
	if v := c.query.get("continuation-token"); v != "" {
		after, err := readToken(v)
		if err != nil {
			return err
		}
		in.After = ident.BucketName(after)
	}
	name, err := c.ownerName(region.Ownership)
	if err != nil {
		return err
	}
	return c.document(func(x *s3xml.Writer) error {
		x.Root("ListAllMyBucketsResult")
		x.Open("Buckets")
		next, err := c.bucketElements(x, in, most)
		x.Close("Buckets")
		x.Open("Owner")
		if region.Ownership == ident.UserOwned {
			x.Text("ID", string(c.principal.Canonical))
		} else {
			x.Text("ID", c.principal.Contract.String())
		}
		x.Text("DisplayName", name)
		x.Close("Owner")
		if next != "" {
			x.Text("ContinuationToken", writeToken(string(next)))
		}
		x.Opt("Prefix", in.Prefix)
		x.Close("ListAllMyBucketsResult")
		return err
	})
}

// ownerName is the name that goes with the id of an owner of the caller's: the contract's, or the user's own.
func (c *call) ownerName(o ident.Ownership) (string, error) {
	if o == ident.UserOwned {
		return c.id.DisplayName, nil
	}
	who, err := c.s.IAM.Account(c.ctx(), c.principal.Contract.String())
	return who.Name, err
}

// bucketElements appends up to most buckets and returns where the next page begins, "" at the end.
func (c *call) bucketElements(x *s3xml.Writer, in object.ListBuckets, most int) (ident.BucketName, error) {
	for n := 0; ; {
		in.Max = min(1000, most-n)
		page, err := c.s.Objects.ListBuckets(c.ctx(), in)
		if err != nil {
			return "", err
		}
		for _, b := range page.Buckets {
			if b.Ownership == ident.ContractOwned && c.principal.Validity == authz.UserOwnedOnly {
				continue
			}
			n++
			x.Open("Bucket")
			x.Text("Name", string(b.Name))
			x.Time("CreationDate", b.Created)
			x.Text("BucketRegion", string(b.Region))
			x.Close("Bucket")
		}
		if page.Next == "" || n >= most {
			return page.Next, nil
		}
		in.After = page.Next
	}
}

// readToken and writeToken make a place in a listing opaque.
func readToken(v string) (string, error) {
	b, err := base64.RawURLEncoding.DecodeString(v)
	if err != nil || len(b) == 0 || len(b) > 2*ident.MaxObjectKey {
		return "", invalidArgument("continuation-token", v, "The continuation token provided is incorrect")
	}
	return string(b), nil
}

func writeToken(v string) string { return base64.RawURLEncoding.EncodeToString([]byte(v)) }

// maxCreateBucket bounds the body of CreateBucket, in bytes.
const maxCreateBucket = 64 << 10

// createBucket makes a bucket. Host, LocationConstraint and scope decide where, in this order.
func (c *call) createBucket() error {
	if err := c.unsupportedHeaders(); err != nil {
		return err
	}
	lock := c.header("X-Amz-Bucket-Object-Lock-Enabled")
	if lock != "" && !strings.EqualFold(lock, "false") && !strings.EqualFold(lock, "true") {
		return invalidArgument("x-amz-bucket-object-lock-enabled", lock, "The value of x-amz-bucket-object-lock-enabled must be true or false.")
	}
	constraint, tags, err := c.readConstraint()
	if err != nil {
		return err
	}
	region, err := c.place(constraint)
	if err != nil {
		return err
	}
	d := authz.Evaluate(&authz.Request{Principal: c.principal, Action: authz.CreateBucket, Region: region, Source: c.source, Time: c.now,
		Bucket: &authz.Bucket{Name: ident.BucketName(c.bucketName), Ownership: region.Ownership, Contract: c.principal.Contract, User: c.principal.User}})
	if !d.Allowed {
		return c.denied(d)
	}
	configs, err := c.firstAccess(region)
	if err != nil {
		return err
	}
	if len(tags) > 0 {
		configs[taggingConfig] = tagging.Document(tags)
	}
	name, err := c.ownerName(region.Ownership)
	if err != nil {
		return err
	}
	_, err = c.s.Objects.CreateBucket(c.ctx(), object.CreateBucket{Name: ident.BucketName(c.bucketName), Region: region,
		Contract: c.principal.Contract, User: c.principal.User, Canonical: c.principal.Canonical, OwnerName: name,
		Lock: strings.EqualFold(lock, "true"), Configs: configs, Recheck: c.recheck})
	if errs.CodeOf(err) == "BucketAlreadyOwnedByYou" && c.auth.Region == "us-east-1" && constraint == "" {
		err = nil // as AWS answers in its first region, which older tools rely on
	}
	if err != nil {
		return err
	}
	c.set("Location", "/"+c.bucketName)
	c.set("x-amz-bucket-arn", "arn:aws:s3:::"+c.bucketName)
	return c.empty(http.StatusOK)
}

// readConstraint reads the LocationConstraint, "" if there is none, and the bucket's first tags.
func (c *call) readConstraint() (string, map[string]string, error) {
	if c.auth.Decoded == 0 || c.auth.Decoded < 0 && c.r.Body == http.NoBody {
		return "", nil, nil
	}
	buf, err := c.readAll(maxCreateBucket)
	if err != nil {
		return "", nil, err
	}
	defer c.s.giveBack(buf)
	if len(*buf) == 0 {
		return "", nil, nil
	}
	constraint := ""
	var pairs [][2]string
	x := s3xml.New(*buf)
	x.Open("CreateBucketConfiguration")
	for name := range x.Children() {
		switch name {
		case "LocationConstraint":
			constraint = strings.TrimSpace(x.Text())
		case "Tags":
			pairs = readTags(x)
		default:
			return "", nil, notImplemented("The element " + clip(name) + " of CreateBucketConfiguration is not implemented.")
		}
	}
	if err := x.Done(); err != nil {
		return "", nil, err
	}
	tags, err := tagging.Set(pairs, tagging.MaxBucket)
	return constraint, tags, err
}

// readTags reads the Tag elements of the element that is open.
func readTags(x *s3xml.Reader) (pairs [][2]string) {
	for name := range x.Children() {
		if name != "Tag" {
			x.Fail()
			break
		}
		var p [2]string
		for name := range x.Children() {
			switch name {
			case "Key":
				p[0] = x.Text()
			case "Value":
				p[1] = x.Text()
			default:
				x.Fail()
			}
		}
		pairs = append(pairs, p)
	}
	return pairs
}

// place finds the region of a new bucket: the constraint's, the host's or the scope's if it is one of ours, else the first. With
// StrictRegion a name that is not ours is refused.
func (c *call) place(constraint string) (ident.Region, error) {
	r, ours := c.s.region(ident.RegionName(constraint))
	if constraint != "" && !ours && c.s.StrictRegion {
		return r, newFault(errs.New(errs.Invalid, "InvalidLocationConstraint", ""), "LocationConstraint", clip(constraint))
	}
	if ours && c.hostRegion != "" && c.hostRegion != r.Name {
		return r, errs.New(errs.Invalid, "IllegalLocationConstraintException", "The "+string(r.Name)+
			" location constraint is incompatible for the region specific endpoint this request was sent to.")
	}
	if ours {
		return r, nil
	}
	at := c.addressed()
	if constraint != "" && c.hostRegion == "" {
		at = c.s.firstRegion()
	}
	if c.s.StrictRegion && c.hostRegion == "" && c.auth.Region != "" && string(at.Name) != c.auth.Region {
		return r, c.wrongScope(at.Name)
	}
	return at, nil
}

func (c *call) headBucket() error {
	c.set("X-Amz-Bucket-Region", string(c.bucket.Region))
	c.set("X-Amz-Access-Point-Alias", "false")
	c.set("Content-Type", "application/xml")
	c.head(http.StatusOK, -1)
	return nil
}

func (c *call) deleteBucket() error {
	if err := c.s.Objects.DeleteBucket(c.ctx(), c.bucket); err != nil {
		return err
	}
	return c.empty(http.StatusNoContent)
}

func (c *call) getBucketLocation() error {
	return c.document(func(x *s3xml.Writer) error {
		x.Root("LocationConstraint")
		x.B = s3xml.AppendText(x.B, string(c.bucket.Region))
		x.Close("LocationConstraint")
		return nil
	})
}
