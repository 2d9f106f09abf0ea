package sse

import (
	"bytes"
	"strings"

	"coffer/internal/errs"
	"coffer/internal/object"
	"coffer/internal/s3xml"
	"coffer/internal/xmltree"
)

// ParseRule reads a ServerSideEncryptionConfiguration: errs.Invalid with S3's code.
func ParseRule(doc []byte) (r Rule, err error) {
	if len(bytes.TrimSpace(doc)) == 0 {
		return r, errs.New(errs.Invalid, "MissingRequestBodyError", "")
	}
	x := s3xml.New(doc)
	x.Open("ServerSideEncryptionConfiguration")
	rules := 0
	for name := range x.Children() {
		if rules++; name != "Rule" || rules > 1 {
			x.Fail()
			break
		}
		r, err = readRule(x)
	}
	if rules == 0 {
		x.Fail()
	}
	if wrong := x.Done(); wrong != nil {
		return r, wrong
	}
	return r, err
}

func readRule(x *s3xml.Reader) (Rule, error) {
	var algorithm, key string
	var bucketKey, refuse bool
	for name := range x.Children() {
		switch name {
		case "ApplyServerSideEncryptionByDefault":
			for name := range x.Children() {
				switch name {
				case "SSEAlgorithm":
					algorithm = strings.TrimSpace(x.Text())
				case "KMSMasterKeyID":
					key = strings.TrimSpace(x.Text())
				default:
					x.Fail()
				}
			}
		case "BucketKeyEnabled":
			bucketKey = x.Flag()
		case "BlockedEncryptionTypes":
			for name := range x.Children() {
				v := strings.TrimSpace(x.Text())
				refuse = refuse || v == "SSE-C"
				if name != "EncryptionType" || v != "SSE-C" && v != "NONE" {
					x.Fail()
				}
			}
		default:
			x.Fail()
		}
	}
	if x.Err() != nil {
		return Rule{}, nil
	}
	r, err := MakeRule(algorithm, key, bucketKey)
	r.RefuseClient = refuse
	return r, err
}

// Encode writes the rule as the document that is stored and answered.
func (r Rule) Encode() []byte {
	var w xmltree.Writer
	w.Root("ServerSideEncryptionConfiguration")
	w.Open("Rule")
	w.Open("ApplyServerSideEncryptionByDefault")
	w.Text("SSEAlgorithm", r.Algorithm())
	w.Opt("KMSMasterKeyID", r.KeyName)
	w.Close("ApplyServerSideEncryptionByDefault")
	w.Flag("BucketKeyEnabled", r.BucketKey)
	if r.RefuseClient {
		w.Open("BlockedEncryptionTypes")
		w.Text("EncryptionType", "SSE-C")
		w.Close("BlockedEncryptionTypes")
	}
	w.Close("Rule")
	w.Close("ServerSideEncryptionConfiguration")
	return w.Bytes()
}

// ParseUpdate reads the ObjectEncryption of UpdateObjectEncryption, which knows SSE-KMS alone: errs.Invalid with S3's code.
func ParseUpdate(doc []byte) (*object.Encryption, error) {
	if len(bytes.TrimSpace(doc)) == 0 {
		return nil, errs.New(errs.Invalid, "MissingRequestBodyError", "")
	}
	var types []string
	var key, bucketKey string
	x := s3xml.New(doc)
	x.Open("ObjectEncryption")
	for name := range x.Children() {
		types = append(types, name)
		for name := range x.Children() {
			switch name {
			case "KMSKeyArn":
				key = strings.TrimSpace(x.Text())
			case "BucketKeyEnabled":
				bucketKey = strings.ToLower(strings.TrimSpace(x.Text()))
			default:
				x.Fail()
			}
		}
	}
	if err := x.Done(); err != nil {
		return nil, err
	}
	const again = ", and then try again."
	switch {
	case len(types) != 1 || types[0] != "SSE-KMS":
		return nil, errs.New(errs.Invalid, "InvalidRequest", "Requests that modify an object encryption configuration require a valid new encryption type. Valid values are SSEKMS. Modify the request to specify SSE-KMS for the updated encryption type"+again)
	case key == "":
		return nil, errs.New(errs.Invalid, "InvalidRequest", "Requests that modify an object's encryption type to SSE-KMS require an AWS KMS key Amazon Resource Name (ARN). Modify the request to specify a KMS key ARN"+again)
	case bucketKey != "" && bucketKey != "true" && bucketKey != "false":
		return nil, errs.New(errs.Invalid, "InvalidRequest", "The BucketKeyEnabled value isn't valid. Valid values are true or false. Modify the request to specify a valid value"+again)
	}
	name, err := KeyName(key)
	return &object.Encryption{Method: object.ByNamedKey, KeyName: name, BucketKey: bucketKey == "true"}, err
}
