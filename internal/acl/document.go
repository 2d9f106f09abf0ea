package acl

import (
	"bytes"
	"encoding/xml"
	"slices"

	"coffer/internal/authz"
	"coffer/internal/errs"
)

// MaxDocument bounds a document, in bytes: 100 grants with names take a third of it.
const MaxDocument = 64 << 10

const (
	xsiSpace  = "http://www.w3.org/2001/XMLSchema-instance"
	namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
)

func malformed(why string) *errs.Error { return errs.New(errs.Invalid, "MalformedACLError", why) }

type document struct {
	XMLName xml.Name `xml:"AccessControlPolicy"`
	Owner   *struct {
		ID          string
		DisplayName string
	}
	List *struct {
		Grants []element `xml:"Grant"`
	} `xml:"AccessControlList"`
}

type element struct {
	Grantee struct {
		Attrs        []xml.Attr `xml:",any,attr"`
		ID           string
		DisplayName  string
		EmailAddress string
		URI          string
	}
	Permission string
}

// Read reads an AccessControlPolicy of at most MaxDocument bytes: its owner and what it grants. errs.Invalid with code MalformedACLError
// or InvalidArgument. Source: AWS S3 API Reference, AccessControlPolicy.
func Read(doc []byte) (owner string, grants []Grant, err error) {
	if len(doc) > MaxDocument {
		return "", nil, malformed("The access control list exceeds 65536 bytes.")
	}
	var d document
	r := xml.NewDecoder(bytes.NewReader(doc))
	if err := r.Decode(&d); err != nil {
		return "", nil, malformed("").Because(err)
	}
	if err := atEnd(r); err != nil {
		return "", nil, malformed("").Because(err)
	}
	if d.Owner == nil || d.Owner.ID == "" || d.List == nil {
		return "", nil, malformed("")
	}
	if len(d.List.Grants) > authz.MaxGrants {
		return "", nil, tooMany()
	}
	for i := range d.List.Grants {
		g, err := d.List.Grants[i].grant()
		if err != nil {
			return "", nil, err
		}
		grants = append(grants, g)
	}
	return d.Owner.ID, grants, nil
}

// grant reads one element. The grantee's type and what names it must agree.
func (e *element) grant() (Grant, error) {
	g := Grant{}
	var ok bool
	if g.Permission, ok = authz.ParsePermission(e.Permission); !ok {
		return g, malformed("")
	}
	kind := ""
	for _, a := range e.Grantee.Attrs {
		if a.Name.Local == "type" && (a.Name.Space == xsiSpace || a.Name.Space == "xsi") {
			kind = a.Value
		}
	}
	switch kind {
	case "CanonicalUser":
		g.ID = e.Grantee.ID
	case "AmazonCustomerByEmail":
		g.Mail = e.Grantee.EmailAddress
	case "Group":
		if g.Group, ok = authz.ParseGroup(e.Grantee.URI); !ok {
			return g, errs.New(errs.Invalid, "InvalidArgument", "Invalid group uri")
		}
	}
	if g.ID == "" && g.Mail == "" && g.Group == authz.NoGroup {
		return g, malformed("")
	}
	return g, nil
}

// Party is somebody with a name to show; Name "" shows none.
type Party struct{ ID, Name string }

// Append appends the document of a list to b. name gives the name to show of an id, "" for none. Grants have no order of their own; those to
// groups come first, as programs that look for the owner's grant at the end expect it.
func Append(b []byte, owner Party, grants []authz.Grant, name func(id string) string) []byte {
	b = append(b, xml.Header...)
	b = append(b, `<AccessControlPolicy xmlns="`+namespace+`"><Owner>`...)
	b = append(party(b, owner), `</Owner><AccessControlList>`...)
	ordered := slices.Clone(grants)
	slices.SortStableFunc(ordered, func(x, y authz.Grant) int { return rank(x) - rank(y) })
	return append(AppendGrants(b, ordered, name), `</AccessControlList></AccessControlPolicy>`...)
}

func rank(g authz.Grant) int {
	if g.Group != authz.NoGroup {
		return 0
	}
	return 1
}

// AppendGrants appends the elements of grants to b; name as in Append.
func AppendGrants(b []byte, grants []authz.Grant, name func(id string) string) []byte {
	for _, g := range grants {
		b = append(b, `<Grant><Grantee xmlns:xsi="`+xsiSpace+`" xsi:type="`...)
		if g.Group != authz.NoGroup {
			b = text(append(b, `Group">`...), "URI", g.Group.URI())
		} else {
			b = party(append(b, `CanonicalUser">`...), Party{g.ID, name(g.ID)})
		}
		b = text(append(b, `</Grantee>`...), "Permission", g.Permission.String())
		b = append(b, `</Grant>`...)
	}
	return b
}

// ReadTargetGrants reads the grants of a BucketLoggingStatus, which access logs are delivered with. errs.Invalid with code MalformedACLError
// or InvalidArgument. Source: AWS S3 API Reference, TargetGrant: only these three permissions.
func ReadTargetGrants(doc []byte) ([]Grant, error) {
	var d struct {
		Grants []element `xml:"LoggingEnabled>TargetGrants>Grant"`
	}
	if err := xml.Unmarshal(doc, &d); err != nil {
		return nil, malformed("").Because(err)
	}
	if len(d.Grants) >= authz.MaxGrants {
		return nil, malformed("A log has at most 99 target grants, besides that of the bucket's owner.")
	}
	var grants []Grant
	for i := range d.Grants {
		g, err := d.Grants[i].grant()
		if err != nil {
			return nil, err
		}
		if g.Permission != authz.FullControl && g.Permission != authz.Read && g.Permission != authz.Write {
			return nil, malformed("A target grant gives FULL_CONTROL, READ or WRITE.")
		}
		grants = append(grants, g)
	}
	return grants, nil
}

func party(b []byte, p Party) []byte {
	b = text(b, "ID", p.ID)
	if p.Name == "" {
		return b
	}
	return text(b, "DisplayName", p.Name)
}

func text(b []byte, name, value string) []byte {
	var w bytes.Buffer
	_ = xml.EscapeText(&w, []byte(value)) // a buffer takes everything
	b = append(append(append(b, '<'), name...), '>')
	b = append(b, w.Bytes()...)
	return append(append(append(b, '<', '/'), name...), '>')
}
