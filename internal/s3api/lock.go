package s3api

import (
	"net/http"
	"strings"
	"time"

	"coffer/internal/authz"
	"coffer/internal/checksum"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/object"
	"coffer/internal/objectlock"
	"coffer/internal/s3xml"
)

// lockConfig is the name under which the default retention of a bucket with object lock is stored, as the document that is answered.
const lockConfig = "objectLock"

func isoTime(t time.Time) string { return string(s3xml.AppendTime(nil, t)) }

// checkRetention refuses a period out of bounds.
func checkRetention(r objectlock.Default) error {
	switch {
	case r.Mode == object.NoLock:
	case r.Days < 0 || r.Years < 0 || r.Days == 0 && r.Years == 0:
		return errs.New(errs.Invalid, "InvalidArgument", "Default retention period must be a positive integer value.")
	case r.Days > objectlock.MaxDays:
		return invalidArgument("Days", itoa(r.Days), "Default retention period too large.")
	case r.Years > objectlock.MaxYears:
		return invalidArgument("Years", itoa(r.Years), "Default retention period too large.")
	}
	return nil
}

func (c *call) getLockConfig() error {
	if !c.bucket.Lock {
		return errs.New(errs.NotFound, "ObjectLockConfigurationNotFoundError", "")
	}
	return c.body(http.StatusOK, "application/xml", c.defaultRetention().Encode())
}

// putLockConfig sets the default retention, and turns object lock on where it is not. Source: AWS S3 API Reference, PutObjectLockConfiguration:
// "You can enable Object Lock for new or existing buckets."
func (c *call) putLockConfig() error {
	var r objectlock.Default
	if err := c.parse(maxSmallXML, "ObjectLockConfiguration", func(x *s3xml.Reader) { r = objectlock.Read(x) }); err != nil {
		return err
	}
	if err := checkRetention(r); err != nil {
		return err
	}
	b, err := c.s.Objects.SetBucketLock(c.ctx(), c.bucket)
	if err != nil {
		return err
	}
	c.bucket = b
	return c.setConfig(lockConfig, r.Encode(), http.StatusOK)
}

func (c *call) defaultRetention() objectlock.Default {
	if got := c.settings; got != nil {
		return got.retention
	}
	return objectlock.Default{}
}

// noLockBucket is the error of a new object's lock, and of one that is set or read, in S3's two ways of writing it.
func noLockBucket(created bool) error {
	if created {
		return invalidRequest("Bucket is missing ObjectLockConfiguration")
	}
	return invalidRequest("Bucket is missing Object Lock Configuration")
}

// lockHeaders reads the lock that a request gives a new object. What it asks for needs rights of its own, and a body that is vouched for.
func (c *call) lockHeaders() (object.Lock, error) {
	var l object.Lock
	mode, until, hold := c.header("X-Amz-Object-Lock-Mode"), c.header("X-Amz-Object-Lock-Retain-Until-Date"), c.header("X-Amz-Object-Lock-Legal-Hold")
	if mode == "" && until == "" && hold == "" {
		return l, nil
	}
	if mode != "" || until != "" {
		if mode == "" || until == "" {
			return l, errs.New(errs.Invalid, "InvalidArgument", "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied.")
		}
		if l.Mode = objectlock.Mode(mode); l.Mode == object.NoLock {
			return l, invalidArgument("x-amz-object-lock-mode", mode, "Unknown wormMode directive.")
		}
		var err error
		if l.Until, err = c.retainUntil(until); err != nil {
			return l, err
		}
	}
	if hold != "" && hold != "ON" && hold != "OFF" {
		return l, invalidArgument("x-amz-object-lock-legal-hold", hold, "Legal Hold must be either of 'ON' or 'OFF'")
	}
	if !c.bucket.Lock {
		return l, noLockBucket(true)
	}
	if l.Mode != object.NoLock {
		if err := c.ask(authz.PutObjectRetention, &c.facts, ident.ObjectKey(c.key)); err != nil {
			return l, err
		}
	}
	if hold != "" {
		l.LegalHold, l.HoldOff = hold == "ON", hold == "OFF"
		if err := c.ask(authz.PutObjectLegalHold, &c.facts, ident.ObjectKey(c.key)); err != nil {
			return l, err
		}
	}
	return l, nil
}

// retainUntil reads the end of a retention, which lies ahead.
func (c *call) retainUntil(v string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, strings.TrimSpace(v))
	if err != nil {
		return t, invalidArgument("x-amz-object-lock-retain-until-date", v, "The retain until date must be provided in ISO 8601 format")
	}
	if !t.After(c.now) {
		return t, invalidArgument("x-amz-object-lock-retain-until-date", v, "The retain until date must be in the future!")
	}
	return t, nil
}

// newLock is the lock of a new object: the request's, with the bucket's default retention where the request names none.
func (c *call) newLock() (object.Lock, error) {
	l, err := c.lockHeaders()
	if err == nil && l.Mode == object.NoLock && c.bucket.Lock {
		kept := c.defaultRetention().From(c.now)
		l.Mode, l.Until = kept.Mode, kept.Until
	}
	return l, err
}

// vouched refuses a body that the request locks without saying its sum. Source: AWS S3 API Reference, PutObject: "required for any
// request to upload an object with a retention period configured using Amazon S3 Object Lock".
func (c *call) vouched(b *object.Body) error {
	if c.header("X-Amz-Object-Lock-Mode") == "" && c.header("X-Amz-Object-Lock-Legal-Hold") == "" || b.MD5 != nil || b.Sum != checksum.None {
		return nil
	}
	return invalidRequest("Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters")
}

// describeLock tells a version's lock to who may read it.
func (c *call) describeLock(l object.Lock) {
	if l.Mode != object.NoLock && c.decide(authz.GetObjectRetention, &c.facts, ident.ObjectKey(c.key)).Allowed {
		c.set("x-amz-object-lock-mode", objectlock.ModeName(l.Mode))
		c.set("x-amz-object-lock-retain-until-date", isoTime(l.Until))
	}
	if (l.LegalHold || l.HoldOff) && c.decide(authz.GetObjectLegalHold, &c.facts, ident.ObjectKey(c.key)).Allowed {
		c.set("x-amz-object-lock-legal-hold", objectlock.HoldName(l.LegalHold))
	}
}

// storedLock reads the lock of the version that the request names.
func (c *call) storedLock() (object.Lock, error) {
	v, err := c.version()
	if err != nil {
		return object.Lock{}, err
	}
	in := &object.Get{Bucket: c.bucket, Key: ident.ObjectKey(c.key), Version: v}
	o, err := c.s.Objects.HeadObject(c.ctx(), in)
	if err != nil {
		return object.Lock{}, c.unread(in, o, err)
	}
	if !c.bucket.Lock {
		return object.Lock{}, noLockBucket(false)
	}
	return o.Lock, nil
}

func (c *call) getRetention() error {
	l, err := c.storedLock()
	if err != nil {
		return err
	}
	if l.Mode == object.NoLock {
		return errs.New(errs.NotFound, "NoSuchObjectLockConfiguration", "")
	}
	return c.body(http.StatusOK, "application/xml", objectlock.EncodeRetention(l))
}

func (c *call) putRetention() error {
	var mode, until string
	err := c.parse(maxSmallXML, "Retention", func(x *s3xml.Reader) { mode, until = objectlock.ReadRetention(x) })
	if err != nil {
		return err
	}
	l := object.Lock{Mode: objectlock.Mode(mode)}
	if mode != "" {
		if _, err := time.Parse(time.RFC3339, until); err != nil {
			return malformedXML()
		}
		if l.Until, err = c.retainUntil(until); err != nil {
			return err
		}
	}
	in := &object.SetLock{Retention: &l}
	if in.BypassGovernance, err = c.bypass(ident.ObjectKey(c.key)); err != nil {
		return err
	}
	return c.setLock(in, &l)
}

// getLegalHold answers for a version that never had one as getRetention does. Source: AWS S3 API Reference, HeadObject: nothing is told of a
// hold that was never applied.
func (c *call) getLegalHold() error {
	l, err := c.storedLock()
	if err != nil {
		return err
	}
	if !l.LegalHold && !l.HoldOff {
		return errs.New(errs.NotFound, "NoSuchObjectLockConfiguration", "")
	}
	return c.body(http.StatusOK, "application/xml", objectlock.EncodeHold(l.LegalHold))
}

func (c *call) putLegalHold() error {
	var on bool
	if err := c.parse(maxSmallXML, "LegalHold", func(x *s3xml.Reader) { on = objectlock.ReadHold(x) }); err != nil {
		return err
	}
	return c.setLock(&object.SetLock{Hold: &on}, &object.Lock{LegalHold: on})
}

// setLock changes the lock of the version that the request names. asked is what the policy's conditions are about.
func (c *call) setLock(in *object.SetLock, asked *object.Lock) error {
	ref, err := c.versionRef()
	if err != nil {
		return err
	}
	in.VersionRef = *ref
	if c.needsBody() {
		q := question{action: c.action(), at: &c.facts, key: ref.Key, version: ref.Version, lock: asked}
		if err := c.refusal(c.judge(&q)); err != nil {
			return err
		}
	}
	v, err := c.s.Objects.SetLock(c.ctx(), in)
	if err != nil {
		return c.notOfMarker(err)
	}
	c.opt("x-amz-version-id", string(v))
	return c.empty(http.StatusOK)
}
