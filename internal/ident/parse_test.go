package ident

import (
	"errors"
	"strings"
	"testing"

	"coffer/internal/errs"
)

func TestBucketNames(t *testing.T) {
	for _, s := range []string{"abc", "my-bucket", "a.b.c", "123", "0a0", "www.example.com", strings.Repeat("a", 63), "1.2.3", "1.2.3.4.5", "1.2.3.1234"} {
		if n, err := ParseBucketName(s); err != nil || string(n) != s {
			t.Errorf("%q refused: %v", s, err)
		}
	}
	bad := map[string]string{
		"": "3 to 63", "ab": "3 to 63", strings.Repeat("a", 64): "3 to 63",
		"Abc": "lower-case", "a_b": "lower-case", "a b": "lower-case", "ab\n": "lower-case", "äbc": "lower-case", "a/b": "lower-case", "ab\x00": "lower-case",
		"-ab": "begins", ".ab": "begins", "ab-": "begins", "ab.": "begins",
		"a..b": "two dots", "a.-b": "hyphen beside", "a-.b": "hyphen beside",
		"127.0.0.1": "IP address", "999.0.0.1": "IP address",
		"xn--abc": "reserved", "sthree-x": "reserved", "abc-s3alias": "reserved", "abc--ol-s3": "reserved", "a.mrap": "reserved",
	}
	for s, part := range bad {
		_, err := ParseBucketName(s)
		if !errors.Is(err, errs.Invalid) || errs.CodeOf(err) != InvalidBucketName || !strings.Contains(errs.PublicOf(err), part) {
			t.Errorf("%q: %v, want a mention of %q", s, err, part)
		}
	}
}

func TestObjectKeys(t *testing.T) {
	for _, s := range []string{"a", "/", "..", "a/../b", "\x01\x7f", "Ünïcode", strings.Repeat("é", 512), "a b+c%20"} {
		if _, err := ParseObjectKey(s); err != nil {
			t.Errorf("%q refused: %v", s, err)
		}
	}
	for s, code := range map[string]errs.Code{"": UserKeyMustBeSpecified, strings.Repeat("a", 1025): KeyTooLong, "\xff": "InvalidURI"} {
		if _, err := ParseObjectKey(s); errs.CodeOf(err) != code || !errors.Is(err, errs.Invalid) {
			t.Errorf("%.10q: %v, want %s", s, err, code)
		}
	}
}

func TestIDs(t *testing.T) {
	const u = "0d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6"
	if id, err := ParseUserID(strings.ToUpper(u)); err != nil || id != u {
		t.Errorf("upper-case UUID: %q, %v", id, err)
	}
	for _, s := range []string{"", u + "0", u[1:], strings.Replace(u, "-", "_", 1), strings.Replace(u, "0", "g", 1), "{" + u[1:]} {
		if _, err := ParseUserID(s); err == nil {
			t.Errorf("%q taken for a UUID", s)
		}
	}
	if c, err := ParseContractID("31000000"); err != nil || c != 31000000 || c.String() != "31000000" || !c.Valid() {
		t.Errorf("contract: %v %v", c, err)
	}
	for _, s := range []string{"", "1234567", "01234567", "123456789", "-1234567", "+1234567", "1234567a"} {
		if _, err := ParseContractID(s); err == nil {
			t.Errorf("%q taken for a contract number", s)
		}
	}
	for _, sep := range []string{":", "|"} {
		if c, id, err := ParseContractUserID("31000000" + sep + u); err != nil || c != 31000000 || id != u {
			t.Errorf("contract user id with %s: %v %v %v", sep, c, id, err)
		}
	}
	for _, s := range []string{"", "31000000", "31000000:", "3100000:" + u, "31000000:" + u + "x", ":" + u} {
		if _, _, err := ParseContractUserID(s); err == nil {
			t.Errorf("%q taken for a contract user id", s)
		}
	}
	if ContractUserID(31000000, u) != "31000000:"+u {
		t.Error("contract user id has another form")
	}
	for s, ok := range map[string]bool{"de": true, "local-1": true, "": false, "DE": false, "a_b": false, strings.Repeat("a", 33): false} {
		if _, err := ParseRegionName(s); (err == nil) != ok {
			t.Errorf("region %q: %v", s, err)
		}
	}
	for s, ok := range map[string]bool{strings.Repeat("0a", 16): true, strings.Repeat("0A", 16): false, "": false, "0a": false} {
		if _, err := ParseCanonicalID(s); (err == nil) != ok {
			t.Errorf("canonical %q: %v", s, err)
		}
	}
	for s, ok := range map[string]bool{"0123456789abcdef": true, "0123456789abcdeg": false, "": false} {
		if _, err := ParseBucketID(s); (err == nil) != ok {
			t.Errorf("bucket id %q: %v", s, err)
		}
	}
}

func TestEmails(t *testing.T) {
	for s, want := range map[string]Email{"A.B+c@Example.COM": "a.b+c@example.com", " owner@coffer.localhost ": "owner@coffer.localhost", "o'neil@x": "o'neil@x"} {
		if m, err := ParseEmail(s); err != nil || m != want {
			t.Errorf("%q: %q, %v", s, m, err)
		}
	}
	for _, s := range []string{"", "a", "@b", "a@", "a b@c", "a@b c", "a..b@c", ".a@b", "a@b..c", "a@-b", "a@b-", "a:b@c", "a@b@c", "ä@b", "a@b\r\nBcc:c",
		strings.Repeat("a", 65) + "@b", "a@" + strings.Repeat("b.", 130) + "c"} {
		if m, err := ParseEmail(s); !errors.Is(err, errs.Invalid) {
			t.Errorf("%q taken for the mail address %q", s, m)
		}
	}
}

func TestSubjectsArePrintable(t *testing.T) {
	for _, s := range []string{"\x1b[2J", strings.Repeat("x", 500)} {
		if _, err := ParseBucketName(s); errs.SubjectOf(err) != "" {
			t.Errorf("the error repeats %q", s)
		}
	}
}
