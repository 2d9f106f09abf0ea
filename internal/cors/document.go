package cors

import (
	"strings"

	"coffer/internal/errs"
	"coffer/internal/s3xml"
	"coffer/internal/xmltree"
)

// Limits of CORS. Source: AWS S3 User Guide, "Elements of a CORS configuration"; the vendor's 64 KB a document.
const (
	maxRules    = 100
	MaxDocument = 64 << 10 // bytes
)

// Parse reads a CORSConfiguration: errs.Invalid with code MalformedXML or InvalidRequest.
func Parse(doc []byte) ([]Rule, error) {
	var rules []Rule
	x := s3xml.New(doc)
	x.Open("CORSConfiguration")
	for name := range x.Children() {
		if name != "CORSRule" {
			x.Fail()
			break
		}
		rules = append(rules, readRule(x))
	}
	if err := x.Done(); err != nil {
		return nil, err
	}
	if len(rules) == 0 {
		return nil, errs.New(errs.Invalid, "MalformedXML", "")
	}
	if len(rules) > maxRules {
		return nil, invalid("The number of CORS rules should not exceed allowed limit of 100 rules.")
	}
	for i := range rules {
		if err := rules[i].Check(); err != nil {
			return nil, err
		}
	}
	return rules, nil
}

func readRule(x *s3xml.Reader) Rule {
	r := Rule{MaxAge: NoMaxAge}
	for name := range x.Children() {
		switch name {
		case "ID":
			r.ID = x.Text()
		case "AllowedOrigin":
			r.Origins = append(r.Origins, strings.TrimSpace(x.Text()))
		case "AllowedMethod":
			r.Methods = append(r.Methods, strings.TrimSpace(x.Text()))
		case "AllowedHeader":
			r.Headers = append(r.Headers, strings.TrimSpace(x.Text()))
		case "ExposeHeader":
			r.Expose = append(r.Expose, strings.TrimSpace(x.Text()))
		case "MaxAgeSeconds":
			if r.MaxAge = x.Number(); r.MaxAge < -1<<31 || r.MaxAge > 1<<31-1 {
				x.Fail()
			}
		default:
			x.Fail()
		}
	}
	return r
}

// Canonical reads a document as Parse does and writes it again: the form in which it is stored and answered.
func Canonical(doc []byte) ([]byte, error) {
	rules, err := Parse(doc)
	if err != nil {
		return nil, err
	}
	var w xmltree.Writer
	w.Root("CORSConfiguration")
	for i := range rules {
		r := &rules[i]
		w.Open("CORSRule")
		w.Opt("ID", r.ID)
		for _, list := range []struct {
			name   string
			values []string
		}{{"AllowedOrigin", r.Origins}, {"AllowedMethod", r.Methods}, {"AllowedHeader", r.Headers}, {"ExposeHeader", r.Expose}} {
			for _, v := range list.values {
				w.Text(list.name, v)
			}
		}
		if r.MaxAge != NoMaxAge {
			w.Number("MaxAgeSeconds", r.MaxAge)
		}
		w.Close("CORSRule")
	}
	w.Close("CORSConfiguration")
	return w.Bytes(), nil
}
