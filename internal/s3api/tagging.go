package s3api

import (
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/object"
)

// Limits of tags. Source: AWS S3 User Guide, "Categorizing your objects using tags" and "Using cost allocation S3 bucket tags".
const (
	maxObjectTags = 10
	maxBucketTags = 50
	maxTagKey     = 128 // characters
	maxTagValue   = 256 // characters
)

// taggingConfig is the name under which a bucket's tags are stored, as the document that GetBucketTagging answers.
const taggingConfig = "tagging"

func invalidTag(why, key string) error {
	return newFault(errs.New(errs.Invalid, "InvalidTag", why), "TagKey", clip(key))
}

// checkTag refuses a tag that S3 refuses.
func checkTag(key, value string) error {
	switch {
	case key == "" || utf8.RuneCountInString(key) > maxTagKey || !tagText(key):
		return invalidTag("The TagKey you have provided is invalid", key)
	case utf8.RuneCountInString(value) > maxTagValue || !tagText(value):
		return invalidTag("The TagValue you have provided is invalid", key)
	case strings.HasPrefix(strings.ToLower(key), "aws:"):
		return invalidTag("System tags cannot be added/updated by requester", key)
	}
	return nil
}

func tagText(s string) bool {
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsSpace(r) && !strings.ContainsRune("+-=._:/@", r) {
			return false
		}
	}
	return utf8.ValidString(s)
}

// addTag checks a tag and adds it.
func addTag(tags map[string]string, key, value string) error {
	if err := checkTag(key, value); err != nil {
		return err
	}
	if _, twice := tags[key]; twice {
		return invalidTag("Cannot provide multiple Tags with the same key", key)
	}
	tags[key] = value
	return nil
}

func tooManyTags(most int) error {
	if most == maxBucketTags {
		return errs.New(errs.Invalid, "BadRequest", "Bucket tag count cannot be greater than 50")
	}
	return errs.New(errs.Invalid, "BadRequest", "Object tags cannot be greater than 10")
}

// parseTagging reads tags in the form of x-amz-tagging: a query string.
func parseTagging(v string) (map[string]string, error) {
	q, err := parseQuery(nil, v)
	if err != nil {
		return nil, errs.New(errs.Invalid, "InvalidArgument", "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
	}
	if len(q) > maxObjectTags {
		return nil, tooManyTags(maxObjectTags)
	}
	tags := make(map[string]string, len(q))
	for i := range q {
		if err := addTag(tags, q[i].name, q[i].value); err != nil {
			return nil, err
		}
	}
	return tags, nil
}

// readTagging reads the Tagging document of the request's body.
func (c *call) readTagging(most int) (map[string]string, error) {
	buf, err := c.readAll(maxSmallXML)
	if err != nil {
		return nil, err
	}
	defer c.s.giveBack(buf)
	return readTagging(newXML(*buf), most)
}

// readTagging reads a Tagging document with at most most tags.
func readTagging(x *xmlReader, most int) (map[string]string, error) {
	tags := map[string]string{}
	var wrong error
	sets := 0
	x.open("Tagging")
	for name := range x.children() {
		if sets++; name != "TagSet" || sets > 1 {
			x.fail()
			break
		}
		for name := range x.children() {
			key, value, ok := readTag(x, name)
			if !ok {
				x.fail()
				break
			}
			if err := addTag(tags, key, value); err != nil && wrong == nil {
				wrong = err
			}
		}
	}
	err := x.done()
	switch {
	case err != nil:
		return nil, err
	case sets == 0:
		return nil, malformedXML()
	case wrong != nil:
		return nil, wrong
	case len(tags) > most:
		return nil, tooManyTags(most)
	}
	return tags, nil
}

func readTag(x *xmlReader, name string) (key, value string, ok bool) {
	keys, values := 0, 0
	if name != "Tag" {
		return "", "", false
	}
	for name := range x.children() {
		switch name {
		case "Key":
			key = x.text()
			keys++
		case "Value":
			value = x.text()
			values++
		default:
			x.fail()
		}
	}
	return key, value, keys == 1 && values == 1
}

// tagging appends a Tagging document, tags in order of their keys.
func (x *xmlWriter) tagging(tags map[string]string) {
	keys := make([]string, 0, len(tags))
	for k := range tags {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	x.root("Tagging")
	x.open("TagSet")
	for _, k := range keys {
		x.open("Tag")
		x.text("Key", k)
		x.text("Value", tags[k])
		x.close("Tag")
	}
	x.close("TagSet")
	x.close("Tagging")
}

func (c *call) versionRef() (*object.VersionRef, error) {
	v, err := c.version()
	return &object.VersionRef{Bucket: c.bucket, Key: ident.ObjectKey(c.key), Version: v}, err
}

func (c *call) getObjectTagging() error {
	ref, err := c.versionRef()
	if err != nil {
		return err
	}
	tags, v, err := c.s.Objects.Tags(c.ctx(), ref)
	if err != nil {
		return c.missing(err)
	}
	c.opt("x-amz-version-id", string(v))
	return c.document(func(x *xmlWriter) error { x.tagging(tags); return nil })
}

func (c *call) putObjectTagging() error {
	ref, err := c.versionRef()
	if err != nil {
		return err
	}
	tags, err := c.readTagging(maxObjectTags)
	if err != nil {
		return err
	}
	if c.needsBody() {
		q := question{action: c.action(), at: &c.facts, key: ref.Key, version: ref.Version, tags: tags}
		if err := c.refusal(c.judge(&q)); err != nil {
			return err
		}
	}
	return c.setTags(ref, tags, http.StatusOK)
}

func (c *call) deleteObjectTagging() error {
	ref, err := c.versionRef()
	if err != nil {
		return err
	}
	return c.setTags(ref, nil, http.StatusNoContent)
}

func (c *call) setTags(ref *object.VersionRef, tags map[string]string, status int) error {
	v, err := c.s.Objects.SetTags(c.ctx(), ref, tags)
	if err != nil {
		return c.missing(err)
	}
	c.opt("x-amz-version-id", string(v))
	return c.empty(status)
}

func (c *call) getBucketTagging() error {
	doc := c.bucket.Configs[taggingConfig]
	if doc == nil {
		return errs.New(errs.NotFound, "NoSuchTagSet", "")
	}
	return c.body(http.StatusOK, "application/xml", doc)
}

func (c *call) putBucketTagging() error {
	tags, err := c.readTagging(maxBucketTags)
	if err != nil {
		return err
	}
	var x xmlWriter
	x.tagging(tags)
	return c.setConfig(taggingConfig, x.b, http.StatusNoContent)
}

func (c *call) deleteBucketTagging() error {
	return c.setConfig(taggingConfig, nil, http.StatusNoContent)
}

// setConfig stores a subresource of the bucket, or with nil removes it.
func (c *call) setConfig(name string, value []byte, status int) error {
	if _, err := c.s.Objects.SetConfig(c.ctx(), c.bucket, name, value); err != nil {
		return err
	}
	return c.empty(status)
}
