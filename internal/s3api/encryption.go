package s3api

import (
	"net/http"

	"coffer/internal/object"
	"coffer/internal/sse"
)

// encryptionConfig is the name under which a bucket's default encryption is stored, as the document that is answered.
const encryptionConfig = "encryption"

// encryptionRule returns the bucket's default encryption; its zero value if it has none.
func (c *call) encryptionRule() sse.Rule {
	if c.bucket.Configs[encryptionConfig] == nil {
		return sse.Rule{}
	}
	return c.settings.encryption
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

// partEncryption reads what the request of a part, or one that completes an upload, says of encryption: the client's key, and what some clients repeat of the upload's method.
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

// putEncryption sets the default. A key that the keyring does not hold is found by the first upload. Source: AWS S3 API Reference,
// PutBucketEncryption ("does not validate the KMS key ID").
func (c *call) putEncryption() error {
	buf, err := c.readAll(maxSmallXML)
	if err != nil {
		return err
	}
	defer c.s.giveBack(buf)
	r, err := sse.ParseRule(*buf)
	if err != nil {
		return err
	}
	return c.setConfig(encryptionConfig, r.Encode(), http.StatusOK)
}

// updateEncryption puts an object's data key under another key. Source: AWS S3 API Reference, UpdateObjectEncryption.
func (c *call) updateEncryption() error {
	if c.auth.Form.V2() {
		return invalidRequest("Requests that modify an object encryption configuration require AWS Signature Version 4. Modify the request to use AWS Signature Version 4, and then try again.")
	}
	buf, err := c.readAll(maxSmallXML)
	if err != nil {
		return err
	}
	defer c.s.giveBack(buf)
	e, err := sse.ParseUpdate(*buf)
	if err != nil {
		return err
	}
	ref, err := c.versionRef()
	if err != nil {
		return err
	}
	v, err := c.s.Objects.SetEncryption(c.ctx(), ref, e)
	if err != nil {
		return c.missing(err)
	}
	c.opt("x-amz-version-id", string(v))
	return c.empty(http.StatusOK)
}
