package s3api

import (
	"net/http"
	"strings"

	"coffer/internal/errs"
	"coffer/internal/object"
	"coffer/internal/s3xml"
	"coffer/internal/sse"
)

// encryptionConfig is the name under which a bucket's default encryption is stored, as the document that is answered.
const encryptionConfig = "encryption"

// encryptionRule returns the bucket's default encryption; its zero value if it has none.
func (c *call) encryptionRule() sse.Rule {
	if c.bucket.Configs[encryptionConfig] == nil {
		return sse.Rule{}
	}
	return c.s.settings.of(c.bucket).encryption
}

// encryption says how a new object is encrypted; nil: not at all. unsupportedHeaders has looked at the headers before.
func (c *call) encryption() (*object.Encryption, error) {
	rule := c.encryptionRule()
	if !c.asksEncryption && rule.Method == 0 {
		return nil, nil
	}
	if err := c.secret(sse.OfRequest); err != nil {
		return nil, err
	}
	e, err := sse.Ask(c.header, rule)
	if err != nil {
		return nil, err
	}
	return e, c.s.Objects.CheckKey(e)
}

// customerKey reads the key that the request brings for an object that is there already; nil: none. Who reads an object can't say how it
// is encrypted otherwise.
func (c *call) customerKey() (*object.CustomerKey, error) {
	if v := c.r.Header[sse.Header]; len(v) > 0 {
		return nil, sse.Unsupported(v[0])
	}
	return c.ownKey()
}

// partEncryption reads what a part's request says of encryption: the client's key, and what some clients repeat of the upload's method.
func (c *call) partEncryption() (object.EncryptionMethod, *object.CustomerKey, error) {
	own, err := c.ownKey()
	if v := c.header(sse.Header); err == nil && v != "" {
		e, err := sse.Ask(c.header, sse.Rule{})
		if err != nil {
			return 0, nil, err
		}
		return e.Method, own, nil
	}
	return 0, own, err
}

func (c *call) ownKey() (*object.CustomerKey, error) {
	h := c.r.Header
	if len(h[sse.OfRequest+"Algorithm"]) == 0 && len(h[sse.OfRequest+"Key"]) == 0 && len(h[sse.OfRequest+"Key-Md5"]) == 0 {
		return nil, nil
	}
	if err := c.secret(sse.OfRequest); err != nil {
		return nil, err
	}
	return sse.Customer(c.header, sse.OfRequest)
}

// sourceKey reads the key of a copy's source.
func (c *call) sourceKey() (*object.CustomerKey, error) {
	if err := c.secret(sse.OfSource); err != nil {
		return nil, err
	}
	return sse.Customer(c.header, sse.OfSource)
}

// secret refuses a client's key that came where others may have read it. The one exception is a test on this machine itself, which a
// setting allows.
func (c *call) secret(prefix string) error {
	if len(c.r.Header[prefix+"Key"]) == 0 || c.secure() || c.s.InsecureSSEC && c.source.IsLoopback() {
		return nil
	}
	return sse.Insecure()
}

// tellEncryption says how an object is encrypted.
func (c *call) tellEncryption(e *object.Encryption) {
	if e != nil {
		sse.Tell(c.set, e, c.header)
	}
}

// readEncryption reads a ServerSideEncryptionConfiguration whose root is open.
func readEncryption(x *s3xml.Reader) (r sse.Rule, err error) {
	rules := 0
	for name := range x.Children() {
		if rules++; name != "Rule" || rules > 1 {
			x.Fail()
			break
		}
		r, err = readEncryptionRule(x)
	}
	if rules == 0 {
		x.Fail()
	}
	return r, err
}

func readEncryptionRule(x *s3xml.Reader) (sse.Rule, error) {
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
		return sse.Rule{}, nil
	}
	r, err := sse.MakeRule(algorithm, key, bucketKey)
	r.RefuseClient = refuse
	return r, err
}

func (x *xmlWriter) encryption(r sse.Rule) {
	x.root("ServerSideEncryptionConfiguration")
	x.open("Rule")
	x.open("ApplyServerSideEncryptionByDefault")
	x.text("SSEAlgorithm", r.Algorithm())
	x.opt("KMSMasterKeyID", r.KeyName)
	x.close("ApplyServerSideEncryptionByDefault")
	x.flag("BucketKeyEnabled", r.BucketKey)
	if r.RefuseClient {
		x.open("BlockedEncryptionTypes")
		x.text("EncryptionType", "SSE-C")
		x.close("BlockedEncryptionTypes")
	}
	x.close("Rule")
	x.close("ServerSideEncryptionConfiguration")
}

// storedEncryption reads the stored document.
func storedEncryption(doc []byte) (sse.Rule, error) {
	x := s3xml.New(doc)
	x.Open("ServerSideEncryptionConfiguration")
	r, err := readEncryption(x)
	if wrong := x.Done(); wrong != nil {
		return r, wrong
	}
	return r, err
}

func (c *call) getEncryption() error {
	doc := c.bucket.Configs[encryptionConfig]
	if doc == nil {
		return errs.New(errs.NotFound, "ServerSideEncryptionConfigurationNotFoundError", "")
	}
	return c.body(http.StatusOK, "application/xml", doc)
}

func (c *call) putEncryption() error {
	var r sse.Rule
	var wrong error
	err := c.parse(maxSmallXML, "ServerSideEncryptionConfiguration", func(x *s3xml.Reader) { r, wrong = readEncryption(x) })
	if err != nil {
		return err
	}
	if wrong != nil {
		return wrong
	}
	if err := c.s.Objects.CheckKey(&object.Encryption{Method: r.Method, KeyName: r.KeyName}); err != nil {
		return err
	}
	var x xmlWriter
	x.encryption(r)
	return c.setConfig(encryptionConfig, x.b, http.StatusOK)
}

func (c *call) deleteEncryption() error {
	return c.setConfig(encryptionConfig, nil, http.StatusNoContent)
}
