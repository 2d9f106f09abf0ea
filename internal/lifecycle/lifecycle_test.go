package lifecycle

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"coffer/internal/errs"
)

// made is a Thursday, half past ten.
var made = time.Date(2026, 1, 15, 10, 30, 0, 0, time.UTC)

func rules(t testing.TB, inner ...string) *Config {
	t.Helper()
	c, err := Parse([]byte(document(inner...)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func document(inner ...string) string {
	return "<LifecycleConfiguration><Rule>" + strings.Join(inner, "</Rule><Rule>") + "</Rule></LifecycleConfiguration>"
}

const on = "<Status>Enabled</Status>"

func TestRefusals(t *testing.T) {
	const days = "<Expiration><Days>1</Days></Expiration>"
	tag := func(k string) string { return "<Tag><Key>" + k + "</Key><Value>v</Value></Tag>" }
	for inner, want := range map[string]string{
		days + "<Filter/>": "MalformedXML", // no status
		on + days:          "MalformedXML", // neither filter nor prefix
		"<Status>enabled</Status><Filter/>" + days: "MalformedXML",
		on + "<Filter/>" + days + "<Other/>":       "MalformedXML",
		on + "<Filter/>":                           "InvalidRequest at least one action",
		on + "<Filter/><Expiration/>":              "MalformedXML",
		on + "<Filter/><Expiration><Days>1</Days><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>":                                                          "MalformedXML",
		on + "<Filter/><Expiration><Days>0</Days></Expiration>":                                                                                                                     "InvalidArgument days",
		on + "<Filter/><Expiration><Days>x</Days></Expiration>":                                                                                                                     "MalformedXML",
		on + "<Filter/><Expiration><Days>99999999999</Days></Expiration>":                                                                                                           "MalformedXML",
		on + "<Filter/><Expiration><Days>-1</Days></Expiration>":                                                                                                                    "InvalidArgument days",
		on + "<Filter/><Expiration><Date>2026-01-01T00:00:01Z</Date></Expiration>":                                                                                                  "InvalidArgument midnight",
		on + "<Filter/><Expiration><Date>soon</Date></Expiration>":                                                                                                                  "MalformedXML",
		on + "<Filter/><Expiration><Date>2026-01-01T02:00:00+01:00</Date></Expiration>":                                                                                             "InvalidArgument midnight",
		on + "<Filter/><NoncurrentVersionExpiration/>":                                                                                                                              "MalformedXML",
		on + "<Filter/><NoncurrentVersionExpiration><NoncurrentDays>0</NoncurrentDays></NoncurrentVersionExpiration>":                                                               "InvalidArgument noncurrentdays",
		on + "<Filter/><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>101</NewerNoncurrentVersions></NoncurrentVersionExpiration>":         "InvalidArgument newer",
		on + "<Filter/><AbortIncompleteMultipartUpload><DaysAfterInitiation>-1</DaysAfterInitiation></AbortIncompleteMultipartUpload>":                                              "InvalidArgument initiation",
		on + "<Filter><Prefix>a</Prefix>" + tag("k") + "</Filter>" + days:                                                                                                           "MalformedXML",
		on + "<Filter><And><Prefix>a</Prefix></And></Filter>" + days:                                                                                                                "MalformedXML",
		on + "<Filter><And>" + tag("k") + tag("k") + "</And></Filter>" + days:                                                                                                       "InvalidRequest duplicate",
		on + "<Filter><And>" + tag("k") + tag("l") + "</And><Prefix>x</Prefix></Filter>" + days:                                                                                     "MalformedXML",
		on + "<Filter><Tag><Key>k</Key></Tag></Filter>" + days:                                                                                                                      "MalformedXML",
		on + "<Prefix>a</Prefix><Filter><Prefix>b</Prefix></Filter>" + days:                                                                                                         "MalformedXML",
		on + "<Filter>" + tag("k") + "</Filter><AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>":                       "InvalidRequest tags",
		on + "<Filter>" + tag("k") + "</Filter><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>":                                                "InvalidRequest tags",
		on + "<Filter><And><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan><ObjectSizeLessThan>5</ObjectSizeLessThan></And></Filter>" + days:                                        "InvalidRequest greater",
		on + "<Filter><ObjectSizeGreaterThan>-1</ObjectSizeGreaterThan></Filter>" + days:                                                                                            "InvalidRequest size",
		on + "<Filter/><Transition><Date>1970-08-23T00:55:27Z</Date><StorageClass>GLACIER</StorageClass></Transition>":                                                              "InvalidArgument midnight",
		on + "<Filter/><Transition><Date>20220927</Date><StorageClass>GLACIER</StorageClass></Transition>":                                                                          "MalformedXML",
		on + "<Filter/><Transition><Days>1</Days></Transition>":                                                                                                                     "MalformedXML",
		on + "<Filter/><Transition><Days>x</Days><StorageClass>GLACIER</StorageClass></Transition>":                                                                                 "MalformedXML",
		on + "<Filter/><Transition><StorageClass>GLACIER</StorageClass></Transition>":                                                                                               "MalformedXML",
		on + "<Filter/><NoncurrentVersionTransition><StorageClass>GLACIER</StorageClass></NoncurrentVersionTransition>":                                                             "MalformedXML",
		on + "<Filter/><Transition><Days>1</Days><StorageClass>STANDARD_IA</StorageClass></Transition><Transition><Days>90</Days><StorageClass>GLACIER</StorageClass></Transition>": "NotImplemented storage class",
		on + "<Filter/><Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>":                                                                                 "NotImplemented storage class",
		"<ID>" + strings.Repeat("i", 256) + "</ID>" + on + "<Filter/>" + days:                                                                                                       "InvalidArgument id",
		"<ID>i</ID>" + on + "<Filter/>" + days + "</Rule><Rule><ID>i</ID>" + on + "<Filter/>" + days:                                                                                "InvalidArgument unique",
		on + "<Prefix>" + strings.Repeat("p", 1025) + "</Prefix>" + days:                                                                                                            "InvalidRequest prefix",
		on + "<Filter/>" + days + strings.Repeat("</Rule><Rule>"+on+"<Filter/>"+days, 1000):                                                                                         "MalformedXML",
	} {
		_, err := Parse([]byte(document(inner)))
		code, word, _ := strings.Cut(want, " ")
		if string(errs.CodeOf(err)) != code || !strings.Contains(strings.ToLower(errs.PublicOf(err)), word) {
			t.Errorf("%.200s: got %v, want %s", inner, err, want)
		}
	}
	if _, err := Parse([]byte("<LifecycleConfiguration/>")); errs.CodeOf(err) != "MalformedXML" {
		t.Errorf("no rules: %v", err)
	}
}

func TestDueAtMidnight(t *testing.T) {
	for _, c := range []struct {
		at   time.Time
		days int64
		want string
	}{
		{made, 3, "2026-01-19T00:00:00Z"}, // AWS's own example
		{time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC), 1, "2026-01-17T00:00:00Z"},
		{time.Date(2026, 1, 15, 23, 59, 59, 0, time.FixedZone("", -3600)), 1, "2026-01-18T00:00:00Z"},
	} {
		if got := After(c.at, c.days, Day).Format(time.RFC3339); got != c.want {
			t.Errorf("%v + %d days: %s, want %s", c.at, c.days, got, c.want)
		}
	}
	if got := After(made, 2, 10*time.Second); got.Sub(made) != 30*time.Second {
		t.Errorf("days of ten seconds: %v", got.Sub(made))
	}
}

func TestJudge(t *testing.T) {
	current := Version{Key: "tmp/a", Size: 10, Modified: made, Current: true}
	with := func(v Version, f func(*Version)) *Version { f(&v); return &v }
	tagged := with(current, func(v *Version) {
		v.Tags = func() (map[string]string, error) { return map[string]string{"a": "1", "b": "2"}, nil }
	})
	old := with(current, func(v *Version) { v.Current, v.Since, v.Newer = false, made.Add(48*time.Hour), 2 })
	marker := with(current, func(v *Version) { v.Marker, v.Alone, v.Size = true, true, 0 })
	const days, none = "<Expiration><Days>3</Days></Expiration>", "<Filter/>"
	const noncurrent = "<NoncurrentVersionExpiration><NoncurrentDays>5</NoncurrentDays><NewerNoncurrentVersions>%d</NewerNoncurrentVersions></NoncurrentVersionExpiration>"
	const markers = "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"
	for _, c := range []struct {
		rule   string
		v      *Version
		action Action
		due    string
	}{
		{on + none + days, &current, Expire, "2026-01-19"},
		{"<Status>Disabled</Status>" + none + days, &current, Nothing, ""},
		{on + none + days, old, Nothing, ""},
		{on + none + days, marker, RemoveMarker, "2026-01-19"},
		{on + none + days, with(*marker, func(v *Version) { v.Alone = false }), Nothing, ""},
		{on + none + "<Expiration><Date>2026-02-01</Date></Expiration>", &current, Expire, "2026-02-01"},
		{on + none + markers, marker, RemoveMarker, "2026-01-15"},
		{on + none + markers, with(*marker, func(v *Version) { v.Alone = false }), Nothing, ""},
		{on + none + markers, &current, Nothing, ""},
		{on + none + fmt.Sprintf(noncurrent, 2), old, RemoveVersion, "2026-01-23"},
		{on + none + fmt.Sprintf(noncurrent, 3), old, Nothing, ""},
		{on + none + fmt.Sprintf(noncurrent, 2), &current, Nothing, ""},
		{on + "<Prefix>tmp/</Prefix>" + days, &current, Expire, "2026-01-19"},
		{on + "<Filter><Prefix>tmp/b</Prefix></Filter>" + days, &current, Nothing, ""},
		{on + "<Prefix>tmp</Prefix><Filter/>" + days, &current, Expire, "2026-01-19"},
		{on + "<Filter><ObjectSizeGreaterThan>9</ObjectSizeGreaterThan></Filter>" + days, &current, Expire, "2026-01-19"},
		{on + "<Filter><ObjectSizeGreaterThan>10</ObjectSizeGreaterThan></Filter>" + days, &current, Nothing, ""},
		{on + "<Filter><ObjectSizeLessThan>10</ObjectSizeLessThan></Filter>" + days, &current, Nothing, ""},
		{on + "<Filter><ObjectSizeLessThan>11</ObjectSizeLessThan></Filter>" + days, &current, Expire, "2026-01-19"},
		{on + "<Filter><ObjectSizeLessThan>11</ObjectSizeLessThan></Filter>" + days, marker, Nothing, ""},
		{on + "<Filter><Tag><Key>a</Key><Value>1</Value></Tag></Filter>" + days, tagged, Expire, "2026-01-19"},
		{on + "<Filter><Tag><Key>a</Key><Value>2</Value></Tag></Filter>" + days, tagged, Nothing, ""},
		{on + "<Filter><Tag><Key>a</Key><Value>1</Value></Tag></Filter>" + days, &current, Nothing, ""},
		{on + "<Filter><And><Prefix>tmp</Prefix><Tag><Key>b</Key><Value>2</Value></Tag><Tag><Key>a</Key><Value>1</Value></Tag></And></Filter>" + days, tagged, Expire, "2026-01-19"},
		{on + none + days + "</Rule><Rule>" + on + "<Filter/><Expiration><Days>1</Days></Expiration>", &current, Expire, "2026-01-17"},
	} {
		got, err := rules(t, c.rule).Judge(c.v, Day)
		due := ""
		if got.Rule != nil {
			due = got.Due.Format(time.DateOnly)
		}
		if err != nil || got.Action != c.action || due != c.due {
			t.Errorf("%s: got %d %s %v, want %d %s", c.rule, got.Action, due, err, c.action, c.due)
		}
	}
	broken := with(current, func(v *Version) { v.Tags = func() (map[string]string, error) { return nil, errors.New("disk") } })
	if _, err := rules(t, on+"<Filter><Tag><Key>a</Key><Value>1</Value></Tag></Filter>"+days).Judge(broken, Day); err == nil {
		t.Error("tags that can't be read decided something")
	}
}

func TestUploadsAndHeaders(t *testing.T) {
	c := rules(t, "<ID>r 1</ID>"+on+"<Prefix>tmp/</Prefix><AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload><Expiration><Days>3</Days></Expiration>")
	if got := c.JudgeUpload("tmp/x", made, Day); got.Action != AbortUpload || got.Due.Format(time.DateOnly) != "2026-01-18" {
		t.Errorf("got %+v", got)
	}
	if got := c.JudgeUpload("x", made, Day); got.Rule != nil {
		t.Errorf("got %+v", got)
	}
	if date, id := c.Aborting("tmp/x", made, Day); date != "Sun, 18 Jan 2026 00:00:00 GMT" || id != "r+1" {
		t.Errorf("got %s %s", date, id)
	}
	got, err := c.Expiration(&Version{Key: "tmp/x", Modified: made, Current: true}, Day)
	if want := `expiry-date="Mon, 19 Jan 2026 00:00:00 GMT", rule-id="r+1"`; got != want || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	if got, _ := c.Expiration(&Version{Key: "x", Modified: made, Current: true}, Day); got != "" {
		t.Errorf("got %s", got)
	}
}

// random makes a valid rule.
func random(r *rand.Rand, i int) string {
	pick := func(all ...string) string { return all[r.IntN(len(all))] }
	b := pick("", fmt.Sprintf("<ID>r%d</ID>", i)) + pick(on, "<Status>Disabled</Status>")
	plain := pick("<Prefix/>", "<Prefix>a/</Prefix>", "<Filter/>", "<Filter><Prefix/></Filter>", "<Filter><Prefix>&lt;b</Prefix></Filter>")
	rich := pick("<Filter><Tag><Key>k</Key><Value/></Tag></Filter>", "<Filter><ObjectSizeLessThan>9</ObjectSizeLessThan></Filter>",
		"<Filter><And><Prefix/><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter>",
		"<Filter><And><Tag><Key>z</Key><Value>v</Value></Tag><Tag><Key>a</Key><Value>v</Value></Tag><ObjectSizeGreaterThan>0</ObjectSizeGreaterThan></And></Filter>")
	days := fmt.Sprint(1 + r.IntN(4))
	any := pick("<Expiration><Days>"+days+"</Days></Expiration>", "<Expiration><Date>2026-01-1"+days+"T00:00:00Z</Date></Expiration>",
		"<NoncurrentVersionExpiration><NoncurrentDays>"+days+"</NoncurrentDays><NewerNoncurrentVersions>"+days+"</NewerNoncurrentVersions></NoncurrentVersionExpiration>")
	if r.IntN(2) == 0 {
		return b + rich + any
	}
	return b + plain + pick(any, "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>") +
		pick("", "<AbortIncompleteMultipartUpload><DaysAfterInitiation>"+days+"</DaysAfterInitiation></AbortIncompleteMultipartUpload>")
}

// TestProperties: what is written reads the same; a verdict is never due before the days of its rule have passed nor more than a day
// later, comes from an enabled rule that covers the key, and is the earliest of those that each rule alone gives.
func TestProperties(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	for range 2000 {
		var inner []string
		for i := range 1 + r.IntN(4) {
			inner = append(inner, random(r, i))
		}
		c := rules(t, inner...)
		doc := c.Encode()
		again, err := Parse(doc)
		if err != nil || !bytes.Equal(again.Encode(), doc) {
			t.Fatalf("seed %d: %s is written as %s, which reads as %v", seed, inner, doc, err)
		}
		v := Version{Key: []string{"a/x", "<b", "c"}[r.IntN(3)], Size: r.Int64N(12), Modified: made.Add(time.Duration(r.Int64N(int64(72 * time.Hour)))), Current: r.IntN(2) == 0,
			Newer: r.Int64N(5), Marker: r.IntN(3) == 0, Alone: r.IntN(2) == 0}
		v.Since = v.Modified.Add(time.Duration(r.Int64N(int64(72 * time.Hour))))
		if r.IntN(2) == 0 {
			v.Tags = func() (map[string]string, error) { return map[string]string{"k": "v", "z": "v", "a": "v"}, nil }
		}
		got, err := again.Judge(&v, Day)
		if err != nil {
			t.Fatal(err)
		}
		var first time.Time
		for i := range c.Rules {
			alone := Config{Rules: c.Rules[i : i+1]}
			if one, _ := alone.Judge(&v, Day); one.Rule != nil && (first.IsZero() || one.Due.Before(first)) {
				first = one.Due
			}
		}
		if got.Rule == nil {
			if !first.IsZero() {
				t.Fatalf("seed %d: nothing for %+v, but a rule alone does it", seed, v)
			}
			continue
		}
		if !got.Due.Equal(first) || !got.Rule.Enabled || !strings.HasPrefix(v.Key, got.Rule.Filter.Prefix) {
			t.Fatalf("seed %d: %+v for %+v, first is %v", seed, got, v, first)
		}
		since, days := v.Modified, got.Rule.Days
		if got.Action == RemoveVersion {
			since, days = v.Since, got.Rule.NonCurrent
		}
		if days > 0 {
			if passed := got.Due.Sub(since) - time.Duration(days)*Day; passed < 0 || passed > Day || !got.Due.Equal(got.Due.Truncate(Day)) {
				t.Fatalf("seed %d: %+v for %+v is due %v after the days of its rule", seed, got, v, passed)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(document(on + "<Filter/><Expiration><Days>1</Days></Expiration>"))
	f.Fuzz(func(t *testing.T, doc string) {
		c, err := Parse([]byte(doc))
		if err != nil {
			return
		}
		if _, err := Parse(c.Encode()); err != nil {
			t.Errorf("%q is accepted and written as %s, which is refused: %v", doc, c.Encode(), err)
		}
	})
}
