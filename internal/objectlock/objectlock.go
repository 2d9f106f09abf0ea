// Package objectlock reads and writes S3's documents about object lock: the default retention of a bucket, and retention and legal hold of
// a version. It never stores, never decides who may, and never looks at a clock.
package objectlock

import (
	"strings"
	"time"

	"coffer/internal/object"
	"coffer/internal/s3xml"
	"coffer/internal/xmltree"
)

// Longest default retention. Source: AWS S3 User Guide, "Default retention periods".
const (
	MaxDays  = 36500
	MaxYears = 100
)

// Default is a bucket's default retention: of the mode and for so long are new objects kept. Its zero value keeps nothing.
type Default struct {
	Mode        object.LockMode
	Days, Years int64 // one of them is 0
}

// From returns the lock of an object made at t.
func (d Default) From(t time.Time) object.Lock {
	if d.Mode == object.NoLock {
		return object.Lock{}
	}
	return object.Lock{Mode: d.Mode, Until: t.UTC().AddDate(int(d.Years), 0, int(d.Days))}
}

// Mode reads a retention mode by its name; object.NoLock where there is none of the name.
func Mode(name string) object.LockMode {
	switch name {
	case "GOVERNANCE":
		return object.Governance
	case "COMPLIANCE":
		return object.Compliance
	}
	return object.NoLock
}

// ModeName is the name of a mode that keeps.
func ModeName(m object.LockMode) string {
	if m == object.Compliance {
		return "COMPLIANCE"
	}
	return "GOVERNANCE"
}

// HoldName is a legal hold's status.
func HoldName(on bool) string {
	if on {
		return "ON"
	}
	return "OFF"
}

// Read reads an ObjectLockConfiguration whose root is open. What is wrong with it fails the reader, except for a period out of bounds.
func Read(x *s3xml.Reader) (d Default) {
	enabled, rules := false, 0
	for name := range x.Children() {
		switch name {
		case "ObjectLockEnabled":
			enabled = strings.TrimSpace(x.Text()) == "Enabled"
		case "Rule":
			rules++
			for name := range x.Children() {
				if name != "DefaultRetention" {
					x.Fail()
					break
				}
				d = readDefault(x)
			}
			if d.Mode == object.NoLock {
				x.Fail()
			}
		default:
			x.Fail()
		}
	}
	if !enabled || rules > 1 {
		x.Fail()
	}
	return d
}

func readDefault(x *s3xml.Reader) (d Default) {
	terms := 0
	for name := range x.Children() {
		switch name {
		case "Mode":
			d.Mode = Mode(strings.TrimSpace(x.Text()))
		case "Days":
			d.Days = x.Number()
			terms++
		case "Years":
			d.Years = x.Number()
			terms++
		default:
			x.Fail()
		}
	}
	if d.Mode == object.NoLock || terms != 1 {
		x.Fail()
	}
	return d
}

// Encode writes the ObjectLockConfiguration.
func (d Default) Encode() []byte {
	var w xmltree.Writer
	w.Root("ObjectLockConfiguration")
	w.Text("ObjectLockEnabled", "Enabled")
	if d.Mode != object.NoLock {
		w.Open("Rule")
		w.Open("DefaultRetention")
		w.Text("Mode", ModeName(d.Mode))
		if d.Days > 0 {
			w.Number("Days", d.Days)
		} else {
			w.Number("Years", d.Years)
		}
		w.Close("DefaultRetention")
		w.Close("Rule")
	}
	w.Close("ObjectLockConfiguration")
	return w.Bytes()
}

// noDate is Go's zero time: how the vendor's Terraform provider writes a retention that is to go.
const noDate = "0001-01-01T00:00:00Z"

// ReadRetention reads a Retention whose root is open: mode and date as they stand, which are both "" where a retention is to go.
func ReadRetention(x *s3xml.Reader) (mode, until string) {
	for name := range x.Children() {
		switch name {
		case "Mode":
			mode = strings.TrimSpace(x.Text())
		case "RetainUntilDate":
			until = strings.TrimSpace(x.Text())
		default:
			x.Fail()
		}
	}
	if mode == "" && until == noDate {
		until = ""
	}
	if (mode == "") != (until == "") || mode != "" && Mode(mode) == object.NoLock {
		x.Fail()
	}
	return mode, until
}

// EncodeRetention writes the Retention of a version that has one.
func EncodeRetention(l object.Lock) []byte {
	var w xmltree.Writer
	w.Root("Retention")
	w.Text("Mode", ModeName(l.Mode))
	w.Time("RetainUntilDate", l.Until)
	w.Close("Retention")
	return w.Bytes()
}

// ReadHold reads a LegalHold whose root is open.
func ReadHold(x *s3xml.Reader) (on bool) {
	status := ""
	for name := range x.Children() {
		if name != "Status" {
			x.Fail()
			break
		}
		status = strings.TrimSpace(x.Text())
	}
	if status != "ON" && status != "OFF" {
		x.Fail()
	}
	return status == "ON"
}

// EncodeHold writes a LegalHold.
func EncodeHold(on bool) []byte {
	var w xmltree.Writer
	w.Root("LegalHold")
	w.Text("Status", HoldName(on))
	w.Close("LegalHold")
	return w.Bytes()
}
