// Package accesslog writes S3's server access logs: the document that asks for them, a line for each request, and the batches that become
// objects of the target bucket. It never blocks a request, never decides who may write a log, and never knows HTTP.
package accesslog

import (
	"time"

	"coffer/internal/acl"
	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/xmltree"
)

// Limits of a configuration.
const (
	MaxDocument = 64 << 10 // bytes
	maxPrefix   = 700      // bytes: what follows it must fit into a key
)

// Config says where the logs of a bucket go.
type Config struct {
	Target ident.BucketName
	Prefix string
	Format KeyFormat
	// Grants are what log objects give besides their owner's own. Clients may name grantees by mail: who stores the document puts ids in
	// their place.
	Grants []acl.Grant
}

// KeyFormat is how the keys of log objects are made.
type KeyFormat uint8

// The formats. Source: AWS S3 User Guide, "Log object key format".
const (
	Simple       KeyFormat = iota // where nothing was said
	SimplePrefix                  // the same, said
	ByDeliveryTime
	ByEventTime
)

// Parse reads a BucketLoggingStatus; nil if it switches logging off. errs.Invalid with S3's codes.
func Parse(doc []byte) (*Config, error) {
	root, err := xmltree.Parse(doc, "BucketLoggingStatus")
	if err != nil {
		return nil, err
	}
	root.Only("LoggingEnabled")
	on := root.One("LoggingEnabled")
	if on == nil {
		return nil, root.Err()
	}
	on.Only("TargetBucket", "TargetPrefix", "TargetGrants", "TargetObjectKeyFormat")
	name := on.One("TargetBucket").Word()
	c := &Config{Target: ident.BucketName(name), Prefix: on.One("TargetPrefix").Text(), Format: readFormat(on.One("TargetObjectKeyFormat"))}
	if name == "" {
		on.Bad()
	}
	if err := root.Err(); err != nil {
		return nil, err
	}
	if grants := on.One("TargetGrants"); grants != nil {
		if grants.Only("Grant"); root.Err() != nil {
			return nil, root.Err()
		}
		if c.Grants, err = acl.ReadTargetGrants(doc); err != nil {
			return nil, err
		}
	}
	if _, err := ident.ParseBucketName(name); err != nil {
		return nil, errs.New(errs.Invalid, "InvalidTargetBucketForLogging", "").Because(err)
	}
	if len(c.Prefix) > maxPrefix {
		return nil, errs.New(errs.Invalid, "InvalidArgument", "The TargetPrefix exceeds 700 bytes.")
	}
	return c, nil
}

func readFormat(n *xmltree.Node) KeyFormat {
	if n == nil {
		return Simple
	}
	n.Only("SimplePrefix", "PartitionedPrefix")
	simple, by := n.One("SimplePrefix"), n.One("PartitionedPrefix")
	if (simple == nil) == (by == nil) {
		n.Bad()
	}
	if simple != nil {
		return SimplePrefix
	}
	by.Only("PartitionDateSource")
	switch by.One("PartitionDateSource").Word() {
	case "EventTime":
		return ByEventTime
	case "DeliveryTime", "":
		return ByDeliveryTime
	}
	n.Bad()
	return Simple
}

// Encode writes the document; nil writes that logging is off.
func (c *Config) Encode() []byte {
	var w xmltree.Writer
	w.Root("BucketLoggingStatus")
	if c != nil {
		w.Open("LoggingEnabled")
		w.Text("TargetBucket", string(c.Target))
		w.Text("TargetPrefix", c.Prefix)
		if len(c.Grants) > 0 {
			w.Open("TargetGrants")
			w.Raw(acl.AppendGrants(nil, c.Granted(), func(string) string { return "" }))
			w.Close("TargetGrants")
		}
		if c.Format != Simple {
			w.Open("TargetObjectKeyFormat")
			switch c.Format {
			case SimplePrefix:
				w.Open("SimplePrefix")
				w.Close("SimplePrefix")
			default:
				w.Open("PartitionedPrefix")
				w.Text("PartitionDateSource", map[KeyFormat]string{ByEventTime: "EventTime", ByDeliveryTime: "DeliveryTime"}[c.Format])
				w.Close("PartitionedPrefix")
			}
			w.Close("TargetObjectKeyFormat")
		}
		w.Close("LoggingEnabled")
	}
	w.Close("BucketLoggingStatus")
	return w.Bytes()
}

// Granted are the grants by id and by group; one by mail gives nothing.
func (c *Config) Granted() []authz.Grant {
	var all []authz.Grant
	for _, g := range c.Grants {
		if g.Mail == "" {
			all = append(all, authz.Grant{Group: g.Group, ID: g.ID, Permission: g.Permission})
		}
	}
	return all
}

// Source is the bucket that a log is about, as keys tell it.
type Source struct {
	Owner  string
	Region ident.RegionName
	Bucket ident.BucketName
}

// Key makes the key of a log object. event is when its first request came, now when it is delivered; unique is 16 hexadecimal digits.
func (c *Config) Key(s Source, event, now time.Time, unique string) ident.ObjectKey {
	const day, stamp = "2006/01/02/", "2006-01-02-15-04-05-"
	key := c.Prefix
	switch c.Format {
	case ByEventTime:
		y, m, d := event.UTC().Date()
		now = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
		fallthrough
	case ByDeliveryTime:
		key += s.Owner + "/" + string(s.Region) + "/" + string(s.Bucket) + "/" + now.UTC().Format(day)
	}
	return ident.ObjectKey(key + now.UTC().Format(stamp) + unique)
}
