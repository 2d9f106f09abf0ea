// Package accesslog writes S3's server access logs: the document that asks for them, a line for each request, and the batches that become
// objects of the target bucket. It never blocks a request, never decides who may write a log, and never knows HTTP.
package accesslog

import (
	"time"

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

// Parse reads a BucketLoggingStatus; nil if it switches logging off. errs.Invalid with S3's codes; errs.Unsupported for grants on the log
// objects, which are the target's owner's.
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
	if len(on.One("TargetGrants").All("Grant")) > 0 {
		return nil, errs.New(errs.Unsupported, "NotImplemented", "Log objects belong to the owner of the target bucket: share them with its policy instead of TargetGrants.")
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
