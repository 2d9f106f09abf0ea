package acl

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"

	"coffer/internal/authz"
	"coffer/internal/errs"
)

// ReadOwnership reads an OwnershipControls document: errs.Invalid with code MalformedXML where it is not one rule with one of the three
// settings. Source: AWS S3 API Reference, PutBucketOwnershipControls.
func ReadOwnership(doc []byte) (authz.ObjectOwnership, error) {
	var d struct {
		XMLName xml.Name `xml:"OwnershipControls"`
		Rules   []struct {
			Set   []string   `xml:"ObjectOwnership"`
			Other []xml.Name `xml:",any"`
		} `xml:"Rule"`
		Other []xml.Name `xml:",any"`
	}
	r := xml.NewDecoder(bytes.NewReader(doc))
	err := r.Decode(&d)
	if err == nil {
		err = atEnd(r)
	}
	if err == nil && len(d.Rules) == 1 && len(d.Rules[0].Set) == 1 && len(d.Rules[0].Other)+len(d.Other) == 0 {
		if set, ok := authz.ParseObjectOwnership(d.Rules[0].Set[0]); ok {
			return set, nil
		}
	}
	return 0, errs.New(errs.Invalid, "MalformedXML", "").Because(err)
}

// atEnd fails where more than white space follows the document.
func atEnd(r *xml.Decoder) error {
	t, err := r.Token()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if text, ok := t.(xml.CharData); ok && len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	return errors.New("something follows the document")
}

// AppendOwnership appends the document of a setting to b.
func AppendOwnership(b []byte, set string) []byte {
	b = append(b, xml.Header...)
	b = append(b, `<OwnershipControls xmlns="`+namespace+`"><Rule>`...)
	return append(text(b, "ObjectOwnership", set), `</Rule></OwnershipControls>`...)
}
