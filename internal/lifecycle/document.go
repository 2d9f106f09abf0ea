package lifecycle

import (
	"slices"
	"strings"
	"time"

	"coffer/internal/errs"
	"coffer/internal/xmltree"
)

func invalidArgument(why string) error { return errs.New(errs.Invalid, "InvalidArgument", why) }
func invalidRequest(why string) error  { return errs.New(errs.Invalid, "InvalidRequest", why) }

// Parse reads a LifecycleConfiguration of at most MaxDocument bytes and checks it as S3 does. Errors are errs.Invalid with S3's codes, and
// errs.Unsupported for transitions: there is one storage class. Source: AWS S3 API Reference, PutBucketLifecycleConfiguration.
func Parse(doc []byte) (*Config, error) {
	root, err := xmltree.Parse(doc, "LifecycleConfiguration")
	if err != nil {
		return nil, err
	}
	root.Only("Rule")
	all := root.All("Rule")
	if len(all) == 0 || len(all) > maxRules {
		root.Bad()
	}
	c := &Config{}
	moves := false
	for _, n := range all {
		c.Rules = append(c.Rules, readRule(n))
		moves = c.Rules[len(c.Rules)-1].readMoves(n) || moves
		if err := n.Err(); err != nil {
			return nil, err
		}
	}
	if err := root.Err(); err != nil {
		return nil, err
	}
	ids := map[string]bool{}
	for i := range c.Rules {
		r := &c.Rules[i]
		if err := r.check(moves); err != nil {
			return nil, err
		}
		r.name(i)
		if ids[r.ID] {
			return nil, invalidArgument("Rule ID must be unique. Found same ID for one or more rules")
		}
		ids[r.ID] = true
	}
	if moves {
		return nil, errs.New(errs.Unsupported, "NotImplemented", "There is one storage class, STANDARD: transitions to another are not implemented.")
	}
	return c, nil
}

// Canonical reads a document and writes it again as it is stored.
func Canonical(doc []byte) ([]byte, error) {
	c, err := Parse(doc)
	if err != nil {
		return nil, err
	}
	return c.Encode(), nil
}

func readRule(n *xmltree.Node) Rule {
	n.Only("ID", "Status", "Filter", "Prefix", "Expiration", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload", "Transition",
		"NoncurrentVersionTransition")
	r := Rule{ID: n.One("ID").Text()}
	switch n.One("Status").Word() {
	case "Enabled":
		r.Enabled = true
	case "Disabled":
	default:
		n.Bad()
	}
	r.Filter = readFilter(n)
	if e := n.One("Expiration"); e != nil {
		r.readExpiration(e)
	}
	if e := n.One("NoncurrentVersionExpiration"); e != nil {
		e.Only("NoncurrentDays", "NewerNoncurrentVersions")
		r.NonCurrent = given(e.One("NoncurrentDays"))
		r.Newer = given(e.One("NewerNoncurrentVersions"))
		if r.NonCurrent == 0 {
			e.Bad()
		}
	}
	if e := n.One("AbortIncompleteMultipartUpload"); e != nil {
		e.Only("DaysAfterInitiation")
		if r.AbortUploads = given(e.One("DaysAfterInitiation")); r.AbortUploads == 0 {
			e.Bad()
		}
	}
	return r
}

// readMoves reports whether a rule has transitions. They are refused, but what is wrong with them is told first.
func (r *Rule) readMoves(rule *xmltree.Node) bool {
	current, old := rule.All("Transition"), rule.All("NoncurrentVersionTransition")
	for _, n := range current {
		n.Only("Days", "Date", "StorageClass")
		days, date := n.One("Days"), n.One("Date")
		if days != nil {
			days.Number()
		}
		if date != nil {
			when, ok := parseDate(date.Word())
			if !ok {
				n.Bad()
			}
			r.movesOff = r.movesOff || !midnight(when, Day).Equal(when)
		}
		if (days == nil) == (date == nil) || n.One("StorageClass").Word() == "" {
			n.Bad()
		}
	}
	for _, n := range old {
		n.Only("NoncurrentDays", "NewerNoncurrentVersions", "StorageClass")
		if days := n.One("NoncurrentDays"); days == nil || days.Number() < 0 || n.One("StorageClass").Word() == "" {
			n.Bad()
		}
	}
	return len(current)+len(old) > 0
}

// given is the number of an element that is there: what is not positive becomes -1, so that it is refused and not taken for absent.
func given(n *xmltree.Node) int64 {
	if n == nil {
		return 0
	}
	v := n.Number()
	if v > maxDays {
		n.Bad()
	}
	if v <= 0 {
		return -1
	}
	return v
}

func (r *Rule) readExpiration(n *xmltree.Node) {
	n.Only("Days", "Date", "ExpiredObjectDeleteMarker")
	r.hasExpiration = true
	r.Days = given(n.One("Days"))
	said := 0
	if n.One("Days") != nil {
		said++
	}
	if d := n.One("Date"); d != nil {
		said++
		var ok bool
		if r.Date, ok = parseDate(d.Word()); !ok {
			n.Bad()
		}
	}
	if m := n.One("ExpiredObjectDeleteMarker"); m != nil {
		said++
		v := m.Flag()
		r.Markers = &v
	}
	if said != 1 {
		n.Bad()
	}
}

// parseDate reads an ISO 8601 date or time.
func parseDate(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.999999999", "2006-01-02", "2006-01-02Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// readFilter reads Filter and the older Prefix. The vendor's clients write both; one of them must then say all.
func readFilter(rule *xmltree.Node) Filter {
	n, old := rule.One("Filter"), rule.One("Prefix")
	if n == nil {
		if old == nil {
			rule.Bad()
		}
		return Filter{Prefix: old.Text()}
	}
	n.Only("Prefix", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan", "And")
	var f Filter
	and := n.One("And")
	if and == nil {
		switch read := f.read(n); read {
		case 0:
			f.form = filterNone
		case 1:
			f.form = filterOne
		default:
			n.Bad()
		}
	} else {
		and.Only("Prefix", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan")
		f.form = filterAnd
		if new(Filter).read(n) > 0 || f.read(and) < 2 {
			n.Bad()
		}
	}
	if p := old.Text(); p != "" && p != f.Prefix {
		if f.form != filterNone {
			n.Bad()
		}
		f = Filter{Prefix: p}
	}
	return f
}

// read reads the conditions among an element's children and returns how many there are.
func (f *Filter) read(n *xmltree.Node) int {
	count := 0
	if p := n.One("Prefix"); p != nil {
		f.Prefix, f.named = p.Text(), true
		count++
	}
	for _, t := range n.All("Tag") {
		t.Only("Key", "Value")
		if t.One("Key") == nil || t.One("Value") == nil || t.One("Key").Text() == "" {
			t.Bad()
		}
		f.Tags = append(f.Tags, Tag{t.One("Key").Text(), t.One("Value").Text()})
		count++
	}
	for name, to := range map[string]**int64{"ObjectSizeGreaterThan": &f.Greater, "ObjectSizeLessThan": &f.Less} {
		if s := n.One(name); s != nil {
			v := s.Number()
			*to = &v
			count++
		}
	}
	sortTags(f.Tags)
	return count
}

// check refuses what the schema lets through.
func (r *Rule) check(moves bool) error {
	f := &r.Filter
	switch {
	case runes(r.ID) > maxID:
		return invalidArgument("ID length should not exceed allowed limit of 255")
	case len(f.Prefix) > maxPrefix:
		return invalidRequest("The maximum size of a prefix is 1024.")
	case !moves && !r.hasExpiration && r.NonCurrent == 0 && r.AbortUploads == 0:
		return invalidRequest("At least one action needs to be specified in a rule.")
	case r.Days < 0:
		return invalidArgument("'Days' for Expiration action must be a positive integer")
	case r.NonCurrent < 0:
		return invalidArgument("'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer")
	case r.Newer < 0 || r.Newer > maxNewer:
		return invalidArgument("'NewerNoncurrentVersions' for NoncurrentVersionExpiration action must be a positive integer between 1 and 100")
	case r.AbortUploads < 0:
		return invalidArgument("'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer")
	case r.movesOff || !r.Date.IsZero() && !midnight(r.Date, Day).Equal(r.Date):
		return invalidArgument("'Date' must be at midnight GMT")
	case r.Date.Year() > 9999:
		return invalidArgument("'Date' must not lie after the year 9999")
	case len(f.Tags) > maxTags:
		return invalidRequest("A filter has at most 10 tags.")
	case len(f.Tags) > 0 && r.AbortUploads != 0:
		return invalidRequest("AbortIncompleteMultipartUpload cannot be specified with Tags.")
	case len(f.Tags) > 0 && r.Markers != nil:
		return invalidRequest("ExpiredObjectDeleteMarker cannot be specified with Tags.")
	case (f.Greater != nil || f.Less != nil) && r.AbortUploads != 0:
		return invalidRequest("AbortIncompleteMultipartUpload cannot be specified with Object Size.")
	case (f.Greater != nil || f.Less != nil) && r.Markers != nil:
		return invalidRequest("ExpiredObjectDeleteMarker cannot be specified with Object Size.")
	}
	return f.check()
}

func (f *Filter) check() error {
	if f.Greater != nil && (*f.Greater < 0 || *f.Greater > maxSize) {
		return invalidRequest("'ObjectSizeGreaterThan' must be a number of bytes from 0 to the size of the largest object.")
	}
	if f.Less != nil && (*f.Less < 1 || *f.Less > maxSize) {
		return invalidRequest("'ObjectSizeLessThan' must be a number of bytes from 1 to the size of the largest object.")
	}
	if f.Greater != nil && f.Less != nil && *f.Greater >= *f.Less {
		return invalidRequest("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.")
	}
	if slices.ContainsFunc(f.Tags, func(t Tag) bool {
		return runes(t.Key) > 128 || runes(t.Value) > 256 || strings.HasPrefix(t.Key, "aws:")
	}) {
		return invalidRequest("A tag's key has at most 128 characters and does not begin with aws:, its value has at most 256.")
	}
	for i := 1; i < len(f.Tags); i++ {
		if f.Tags[i].Key == f.Tags[i-1].Key {
			return invalidRequest("Duplicate Tag Keys are not allowed.")
		}
	}
	return nil
}

// Encode writes the document; Parse reads it to the same rules.
func (c *Config) Encode() []byte {
	var w xmltree.Writer
	w.Root("LifecycleConfiguration")
	for i := range c.Rules {
		c.Rules[i].write(&w)
	}
	w.Close("LifecycleConfiguration")
	return w.Bytes()
}

func (r *Rule) write(w *xmltree.Writer) {
	w.Open("Rule")
	if r.hasExpiration {
		w.Open("Expiration")
		if r.Days != 0 {
			w.Number("Days", r.Days)
		}
		if !r.Date.IsZero() {
			w.Text("Date", r.Date.UTC().Format(time.RFC3339)) // a midnight, as it is commonly put: the vendor's Terraform provider compares the text
		}
		if r.Markers != nil {
			w.Text("ExpiredObjectDeleteMarker", map[bool]string{true: "true", false: "false"}[*r.Markers])
		}
		w.Close("Expiration")
	}
	w.Text("ID", r.ID)
	r.Filter.write(w)
	w.Text("Status", map[bool]string{true: "Enabled", false: "Disabled"}[r.Enabled])
	if r.NonCurrent != 0 {
		w.Open("NoncurrentVersionExpiration")
		w.Number("NoncurrentDays", r.NonCurrent)
		if r.Newer != 0 {
			w.Number("NewerNoncurrentVersions", r.Newer)
		}
		w.Close("NoncurrentVersionExpiration")
	}
	if r.AbortUploads != 0 {
		w.Open("AbortIncompleteMultipartUpload")
		w.Number("DaysAfterInitiation", r.AbortUploads)
		w.Close("AbortIncompleteMultipartUpload")
	}
	w.Close("Rule")
}

func (f *Filter) write(w *xmltree.Writer) {
	if f.form == oldPrefix {
		w.Text("Prefix", f.Prefix)
		return
	}
	w.Open("Filter")
	if f.form == filterAnd {
		w.Open("And")
	}
	if f.named {
		w.Text("Prefix", f.Prefix)
	}
	for _, t := range f.Tags {
		w.Open("Tag")
		w.Text("Key", t.Key)
		w.Text("Value", t.Value)
		w.Close("Tag")
	}
	if f.Greater != nil {
		w.Number("ObjectSizeGreaterThan", *f.Greater)
	}
	if f.Less != nil {
		w.Number("ObjectSizeLessThan", *f.Less)
	}
	if f.form == filterAnd {
		w.Close("And")
	}
	w.Close("Filter")
}
