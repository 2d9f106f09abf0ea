package s3api

import (
	"net/http"
	"strings"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/object"
	"coffer/internal/s3xml"
	"coffer/internal/tagging"
)

// taggingConfig is the name under which a bucket's tags are stored, as the document that GetBucketTagging answers.
const taggingConfig = "tagging"

// readTagging reads the Tagging document of the request's body.
func (c *call) readTagging(most int) (map[string]string, error) {
	buf, err := c.readAll(maxSmallXML)
	if err != nil {
		return nil, err
	}
	defer c.s.giveBack(buf)
	return tagging.FromDocument(*buf, most)
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
		return c.notOfMarker(err)
	}
	c.opt("x-amz-version-id", string(v))
	return c.body(http.StatusOK, "application/xml", tagging.Document(tags))
}

func (c *call) putObjectTagging() error {
	ref, err := c.versionRef()
	if err != nil {
		return err
	}
	tags, err := c.readTagging(tagging.MaxObject)
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
		return c.notOfMarker(err)
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
	tags, err := c.readTagging(tagging.MaxBucket)
	if err != nil {
		return err
	}
	if c.needsBody() {
		q := question{action: c.action(), at: &c.facts, tags: tags}
		if err := c.refusal(c.judge(&q)); err != nil {
			return err
		}
	}
	return c.setConfig(taggingConfig, tagging.Document(tags), http.StatusNoContent)
}

func (c *call) deleteBucketTagging() error {
	return c.setConfig(taggingConfig, nil, http.StatusNoContent)
}

// abacConfig is stored for a bucket whose tags decide: conditions of its policy then know them.
const abacConfig = "abac"

func (c *call) getABAC() error {
	status := "Disabled"
	if c.bucket.Configs[abacConfig] != nil {
		status = "Enabled"
	}
	return c.document(func(x *s3xml.Writer) error {
		x.Root("AbacStatus")
		x.Text("Status", status)
		x.Close("AbacStatus")
		return nil
	})
}

func (c *call) putABAC() error {
	status := ""
	err := c.parse(maxSmallXML, "AbacStatus", func(x *s3xml.Reader) {
		for name := range x.Children() {
			if name != "Status" {
				x.Fail()
				break
			}
			status = strings.TrimSpace(x.Text())
		}
		if status != "Enabled" && status != "Disabled" {
			x.Fail()
		}
	})
	if err != nil {
		return err
	}
	if status == "Disabled" {
		return c.setConfig(abacConfig, nil, http.StatusOK)
	}
	return c.setConfig(abacConfig, []byte(status), http.StatusOK)
}

// setConfig stores a subresource of the bucket, or with nil removes it.
func (c *call) setConfig(name string, value []byte, status int) error {
	if _, err := c.s.Objects.SetConfig(c.ctx(), c.bucket, name, value); err != nil {
		return err
	}
	return c.empty(status)
}
