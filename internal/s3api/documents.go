package s3api

import (
	"bytes"
	"net/http"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/lifecycle"
	"coffer/internal/object"
)

// lifecycleConfig is the name under which a bucket's lifecycle rules are stored; package jobs follows them.
const lifecycleConfig = "lifecycle"

// minimumConfig is stored for a bucket whose lifecycle document came with another default for the sizes that transitions leave out than S3's
// own. There is one storage class and so no transition: it is told back, for clients that compare.
const minimumConfig, minimumHeader = "lifecycleMinimum", "x-amz-transition-default-minimum-object-size"

const defaultMinimum, otherMinimum = "all_storage_classes_128K", "varies_by_storage_class"

// putLifecycle stores the rules. The default minimum is written first: rules never stand with that of others.
func (c *call) putLifecycle() error {
	minimum := c.header("X-Amz-Transition-Default-Minimum-Object-Size")
	switch minimum {
	case "":
		minimum = defaultMinimum
	case defaultMinimum, otherMinimum:
	default:
		return invalidArgument(minimumHeader, minimum, "Invalid value for "+minimumHeader+": use "+defaultMinimum+" or "+otherMinimum+".")
	}
	doc, err := c.canonical(lifecycle.MaxDocument, lifecycle.Canonical)
	if err != nil {
		return err
	}
	if minimum != c.transitionMinimum() {
		if err := c.setMinimum(minimum); err != nil {
			return err
		}
	}
	c.set(minimumHeader, minimum)
	return c.setConfig(lifecycleConfig, doc, http.StatusOK)
}

func (c *call) setMinimum(minimum string) error {
	var kept []byte
	if minimum != defaultMinimum {
		kept = []byte(minimum)
	}
	b, err := c.s.Objects.SetConfig(c.ctx(), c.bucket, minimumConfig, kept)
	if err == nil {
		c.bucket = b
	}
	return err
}

func (c *call) transitionMinimum() string {
	if kept := c.bucket.Configs[minimumConfig]; kept != nil {
		return string(kept)
	}
	return defaultMinimum
}

func (c *call) deleteLifecycle() error {
	if c.transitionMinimum() != defaultMinimum {
		if err := c.setMinimum(defaultMinimum); err != nil {
			return err
		}
	}
	return c.setConfig(lifecycleConfig, nil, http.StatusNoContent)
}

// websiteConfig is the name under which a bucket's website is stored; package webhost serves it.
const websiteConfig = "website"

// shown makes a handler that answers a stored document, or S3's error where the bucket has none.
func shown(name string, missing errs.Code) func(*call) error {
	return func(c *call) error {
		doc := c.bucket.Configs[name]
		if doc == nil {
			return errs.New(errs.NotFound, missing, "")
		}
		return c.body(http.StatusOK, "application/xml", doc)
	}
}

// kept makes a handler that stores what canonical makes of the body, which has at most most bytes.
func kept(name string, most int64, canonical func(doc []byte) ([]byte, error)) func(*call) error {
	return func(c *call) error {
		doc, err := c.canonical(most, canonical)
		if err != nil {
			return err
		}
		return c.setConfig(name, doc, http.StatusOK)
	}
}

func (c *call) canonical(most int64, canonical func(doc []byte) ([]byte, error)) ([]byte, error) {
	buf, err := c.readAll(most)
	if err != nil {
		return nil, err
	}
	defer c.s.giveBack(buf)
	if len(bytes.TrimSpace(*buf)) == 0 {
		return nil, errs.New(errs.Invalid, "MissingRequestBodyError", "")
	}
	defer c.s.settings.large.take(len(*buf))()
	return canonical(*buf)
}

// dropped makes a handler that removes a stored document, there or not.
func dropped(name string) func(*call) error {
	return func(c *call) error { return c.setConfig(name, nil, http.StatusNoContent) }
}

// getLifecycle answers the rules, or with the parameter "report" what they did and will do, as JSON.
func (c *call) getLifecycle() error {
	if c.query.has("report") && c.s.LifecycleReport != nil {
		report, err := c.s.LifecycleReport(c.ctx(), c.bucket)
		if err != nil {
			return err
		}
		return c.body(http.StatusOK, "application/json", report)
	}
	c.set(minimumHeader, c.transitionMinimum())
	return shown(lifecycleConfig, "NoSuchLifecycleConfiguration")(c)
}

// forecastLifecycle answers what the rules in the body would do if they were put, and keeps nothing.
func (c *call) forecastLifecycle() error {
	if c.s.LifecycleForecast == nil {
		return notImplemented("This server follows no lifecycle rules.")
	}
	doc, err := c.canonical(lifecycle.MaxDocument, lifecycle.Canonical)
	if err != nil {
		return err
	}
	report, err := c.s.LifecycleForecast(c.ctx(), c.bucket, doc)
	if err != nil {
		return err
	}
	return c.body(http.StatusOK, "application/json", report)
}

// tellExpiration sets x-amz-expiration of a current object.
func (c *call) tellExpiration(key string, o *object.Object, tags func() (map[string]string, error)) {
	rules := c.lifecycle
	if rules == nil {
		return
	}
	v := lifecycle.Version{Key: key, Size: o.Size, Modified: o.Modified, Current: true, Tags: tags}
	value, err := rules.Expiration(&v, lifecycle.Day)
	if err != nil {
		c.s.Log.Warn("s3api: an object's expiration could not be told", "request", c.reqID, "err", err)
	}
	c.opt("x-amz-expiration", value)
}

// storedTags reads an object's tags when a rule asks for them.
func (c *call) storedTags() (map[string]string, error) {
	tags, _, err := c.s.Objects.Tags(c.ctx(), &object.VersionRef{Bucket: c.bucket, Key: ident.ObjectKey(c.key)})
	return tags, err
}

// tellAborting sets when a rule will abort an upload.
func (c *call) tellAborting(begun time.Time) {
	if rules := c.lifecycle; rules != nil {
		date, rule := rules.Aborting(c.key, begun, lifecycle.Day)
		c.opt("x-amz-abort-date", date)
		c.opt("x-amz-abort-rule-id", rule)
	}
}
