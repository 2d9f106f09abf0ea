// Package acl reads and writes access control lists in S3's forms: canned names, grant headers and documents. It never decides who may,
// never stores and never looks anybody up: what a client calls a grantee becomes an id where it is used.
package acl

import (
	"strings"

	"coffer/internal/authz"
	"coffer/internal/errs"
)

// Grantee is whom a client names: a group, an id or a mail address.
type Grantee struct {
	Group    authz.Group
	ID, Mail string
}

// Grant is what a client wants to give.
type Grant struct {
	Grantee
	Permission authz.Permission
}

// Asked is a list as the headers of a request ask for it. The zero value asks for nothing.
type Asked struct {
	Canned string
	Grants []Grant
}

// None reports whether nothing was asked for.
func (a *Asked) None() bool { return a.Canned == "" && a.Grants == nil }

// grantHeaders are the headers that give a permission, in canonical form. Never changed.
var grantHeaders = [...]struct {
	name       string
	permission authz.Permission
}{
	{"X-Amz-Grant-Read", authz.Read},
	{"X-Amz-Grant-Write", authz.Write},
	{"X-Amz-Grant-Read-Acp", authz.ReadACP},
	{"X-Amz-Grant-Write-Acp", authz.WriteACP},
	{"X-Amz-Grant-Full-Control", authz.FullControl},
}

const cannedHeader = "X-Amz-Acl"

// FromHeaders reads x-amz-acl and the x-amz-grant- headers; header gives the value of one by its canonical name, "" if it is absent.
// Errors carry S3's codes. Source: AWS S3 API Reference, PutObjectAcl.
func FromHeaders(header func(name string) string) (Asked, error) {
	a := Asked{Canned: header(cannedHeader)}
	for _, h := range grantHeaders {
		v := header(h.name)
		if v == "" {
			continue
		}
		if a.Canned != "" {
			return a, errs.New(errs.Invalid, "InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed.")
		}
		var err error
		if a.Grants, err = grantees(a.Grants, v, h.permission); err != nil {
			return a, err
		}
	}
	return a, nil
}

// grantees reads the value of a grant header: id="...", uri="...", emailAddress="...", separated by commas.
func grantees(to []Grant, value string, p authz.Permission) ([]Grant, error) {
	for _, one := range strings.Split(value, ",") {
		kind, name, ok := strings.Cut(strings.TrimSpace(one), "=")
		name = strings.Trim(strings.TrimSpace(name), `"`)
		g := Grant{Permission: p}
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case "id":
			g.ID = name
		case "emailaddress":
			g.Mail = name
		case "uri":
			var known bool
			if g.Group, known = authz.ParseGroup(name); !known {
				return nil, errs.New(errs.Invalid, "InvalidArgument", "Invalid group uri")
			}
		default:
			ok = false
		}
		if !ok || name == "" {
			return nil, errs.New(errs.Invalid, "InvalidArgument", "Argument format not recognized")
		}
		if to = append(to, g); len(to) > authz.MaxGrants {
			return nil, tooMany()
		}
	}
	return to, nil
}

func tooMany() error {
	return errs.New(errs.Invalid, "MalformedACLError", "An access control list has at most 100 grants.")
}

// Canned returns the grants of a canned list besides the owner's own. bucket: it is a bucket's, which the lists about a bucket's owner mean
// nothing to. bucketOwner is that owner's id. Source: AWS S3 User Guide, "Canned ACL".
func Canned(name string, bucket bool, bucketOwner string) ([]authz.Grant, error) {
	group := func(g authz.Group, all ...authz.Permission) []authz.Grant {
		var grants []authz.Grant
		for _, p := range all {
			grants = append(grants, authz.Grant{Group: g, Permission: p})
		}
		return grants
	}
	owner := func(p authz.Permission) []authz.Grant {
		if bucket {
			return nil
		}
		return []authz.Grant{{ID: bucketOwner, Permission: p}}
	}
	switch name {
	case "", "private":
		return nil, nil
	case "public-read":
		return group(authz.AllUsers, authz.Read), nil
	case "public-read-write":
		return group(authz.AllUsers, authz.Read, authz.Write), nil
	case "authenticated-read":
		return group(authz.AuthenticatedUsers, authz.Read), nil
	case "bucket-owner-read":
		return owner(authz.Read), nil
	case "bucket-owner-full-control":
		return owner(authz.FullControl), nil
	case "log-delivery-write":
		if bucket {
			return group(authz.LogDelivery, authz.Write, authz.ReadACP), nil
		}
		return nil, nil
	case "aws-exec-read":
		return nil, errs.New(errs.Unsupported, "NotImplemented", "The canned ACL aws-exec-read is for a service that this system does not have.")
	}
	return nil, errs.New(errs.Invalid, "InvalidArgument", "The canned ACL must be private, public-read, public-read-write, authenticated-read, bucket-owner-read, bucket-owner-full-control or log-delivery-write.")
}
