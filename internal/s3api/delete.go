package s3api

import (
	"strings"
	"sync"
	"sync/atomic"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/httphead"
	"coffer/internal/ident"
	"coffer/internal/object"
	"coffer/internal/s3xml"
)

// Bounds of DeleteObjects: keys of a request, bytes of its body, and deletions under way at once for one request. Those under way
// together share the store's syncs.
const (
	maxDelete      = 1000
	maxDeleteBytes = 2 << 20
	deletesAtOnce  = 32
)

// deletion is one key of a DeleteObjects, and what became of it.
type deletion struct {
	key  string
	in   object.DeleteObject
	done object.Deleted
	err  error
}

func (c *call) deleteObjects() error {
	var quiet bool
	var all []deletion
	err := c.parse(maxDeleteBytes, "Delete", func(x *s3xml.Reader) {
		for name := range x.Children() {
			switch name {
			case "Quiet":
				quiet = x.Flag()
			case "Object":
				if all = append(all, readDeletion(x)); len(all) > maxDelete {
					x.Fail()
				}
			default:
				x.Fail()
			}
		}
	})
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return malformedXML()
	}
	c.deleteAll(all)
	return c.document(func(x *s3xml.Writer) error {
		x.Root("DeleteResult")
		for i := range all {
			c.deletionElement(x, &all[i], quiet)
		}
		x.Close("DeleteResult")
		return nil
	})
}

func readDeletion(x *s3xml.Reader) deletion {
	var d deletion
	for name := range x.Children() {
		switch name {
		case "Key":
			d.key = x.Text()
		case "VersionId":
			d.in.Version = ident.VersionID(strings.TrimSpace(x.Text()))
		case "ETag":
			if e := httphead.Unquote(strings.TrimSpace(x.Text())); e != "" {
				d.in.Cond.IfMatch = []string{e}
			}
		case "LastModifiedTime":
			d.in.Cond.IfMatchModified = httphead.Time(strings.TrimSpace(x.Text()))
		case "Size":
			n := x.Number()
			d.in.Cond.IfMatchSize = &n
		default:
			x.Fail()
		}
	}
	if d.key == "" {
		x.Fail()
	}
	return d
}

// deleteAll carries out deletions, some at once, in no order.
func (c *call) deleteAll(all []deletion) {
	bypass := strings.EqualFold(c.header("X-Amz-Bypass-Governance-Retention"), "true")
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(len(all), deletesAtOnce) {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for {
				i := int(next.Add(1)) - 1
				if i >= len(all) {
					return
				}
				c.deleteOne(&all[i], bypass)
			}
		}()
	}
	wait.Wait()
}

// deleteOne carries out one deletion. A panic must not end the process: it runs beside the handler.
func (c *call) deleteOne(d *deletion, bypass bool) {
	defer func() {
		if p := recover(); p != nil {
			c.s.Log.Error("s3api: panic", "request", c.reqID, "panic", p)
			d.err = errs.New(errs.Internal, "", "")
		}
	}()
	if d.err = c.checkKey(d.key); d.err != nil {
		return
	}
	d.in.Bucket, d.in.Key, d.in.BypassGovernance = c.bucket, ident.ObjectKey(d.key), bypass
	d.in.Owner = c.facts.Writer(&c.principal)
	action := authz.DeleteObject
	if d.in.Version != "" {
		action = authz.DeleteObjectVersion
	}
	q := question{action: action, at: &c.facts, key: d.in.Key, version: d.in.Version}
	if d.err = c.refusal(c.judge(&q)); d.err != nil {
		return
	}
	if d.err = c.mayCompare(&d.in.Cond, d.in.Key, d.in.Version); d.err != nil {
		return
	}
	if bypass {
		q.action = authz.BypassGovernanceRetention
		if d.err = c.refusal(c.judge(&q)); d.err != nil {
			return
		}
	}
	if d.err = c.ctx().Err(); d.err != nil {
		d.err = errs.New(errs.Canceled, "", "").Because(d.err)
		return
	}
	d.done, d.err = c.s.Objects.DeleteObject(c.ctx(), &d.in)
	if d.in.Version != "" && errs.CodeOf(d.err) == "InvalidArgument" {
		d.err = errs.New(errs.NotFound, "NoSuchVersion", "").Because(d.err) // so S3 names what can be no version id, here alone
	}
}

func (c *call) deletionElement(x *s3xml.Writer, d *deletion, quiet bool) {
	if d.err != nil {
		a := c.s.answers.of(d.err)
		c.report(a, d.err)
		x.Open("Error")
		x.Text("Key", d.key)
		x.Opt("VersionId", string(d.in.Version))
		x.Text("Code", a.code)
		x.Text("Message", a.text)
		x.Close("Error")
		return
	}
	if quiet {
		return
	}
	x.Open("Deleted")
	x.Text("Key", d.key)
	if d.in.Version != "" {
		x.Text("VersionId", string(d.in.Version))
	}
	if d.done.DeleteMarker {
		x.Flag("DeleteMarker", true)
		x.Text("DeleteMarkerVersionId", string(d.done.Version))
	}
	x.Close("Deleted")
}
