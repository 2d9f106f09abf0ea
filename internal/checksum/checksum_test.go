package checksum

import (
	"encoding/hex"
	"strings"
	"testing"

	"coffer/internal/errs"
)

// The check values of the CRC catalogue, of RFC 1321 and the SHA standards, and of xxHash for no bytes.
func TestKnownSums(t *testing.T) {
	for _, c := range []struct {
		algorithm Algorithm
		data, hex string
		header    string
	}{
		{CRC32, "123456789", "cbf43926", "y/Q5Jg=="},
		{CRC32C, "123456789", "e3069283", "4waSgw=="},
		{CRC64NVME, "123456789", "ae8b14860a799888", "rosUhgp5mIg="},
		{SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="},
		{SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="},
		{SHA512, "abc", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
			"3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw=="},
		{MD5, "abc", "900150983cd24fb0d6963f7d28e17f72",
			"kAFQmDzST7DWlj99KOF/cg=="},
		{XXHASH64, "", "ef46db3751d8e999",
			"70bbN1HY6Zk="},
		{XXHASH3, "", "2d06800538d394c2",
			"LQaABTjTlMI="},
		{XXHASH128, "", "99aa06d3014798d86001c324468d497f",
			"maoG0wFHmNhgAcMkRo1Jfw=="},
	} {
		s := sumOf(c.algorithm, c.data)
		if got := hex.EncodeToString([]byte(s.Raw)); got != c.hex {
			t.Errorf("%v: %s, want %s", c.algorithm, got, c.hex)
		}
		if got := s.Encode(); got != c.header {
			t.Errorf("%v: encodes to %s, want %s", c.algorithm, got, c.header)
		}
		back, err := Decode(c.algorithm, c.header)
		if err != nil || back != s || !back.Matches(s) {
			t.Errorf("%v: decodes to %+v, %v", c.algorithm, back, err)
		}
	}
}

func sumOf(a Algorithm, data string) Sum {
	h := a.New()
	h.Write([]byte(data))
	return Of(a, h)
}

func TestNames(t *testing.T) {
	for _, a := range Algorithms() {
		if got, err := ParseAlgorithm(strings.ToLower(a.String())); got != a || err != nil {
			t.Errorf("%v: parsed as %v, %v", a, got, err)
		}
		if got, ok := ParseHeader(a.Canonical()); got != a || !ok {
			t.Errorf("%v: header parsed as %v, %v", a, got, ok)
		}
		if a.New().Size() != a.Size() {
			t.Errorf("%v: size %d, hash gives %d", a, a.Size(), a.New().Size())
		}
		if !a.Allows(a.DefaultType()) {
			t.Errorf("%v does not allow its default type", a)
		}
	}
	if len(Algorithms()) != int(algorithms)-1 {
		t.Error("Algorithms leaves one out")
	}
	if None.String() != "" || None.Header() != "" || None.New() != nil || None.Size() != 0 || None.Allows(FullObject) {
		t.Error("None has properties")
	}
	if _, ok := ParseHeader(""); ok {
		t.Error("the empty name is a header")
	}
	wantInvalid(t, "InvalidRequest", func() error { _, err := ParseAlgorithm(""); return err })
	wantInvalid(t, "InvalidRequest", func() error { _, err := ParseAlgorithm("MD4"); return err })
	wantInvalid(t, "InvalidRequest", func() error { _, err := ParseType("HALF"); return err })
}

// Source: AWS S3 User Guide, "Checking object integrity", table of algorithms and types.
func TestTypes(t *testing.T) {
	for _, c := range []struct {
		algorithm, typ string
		want           Algorithm
		wantType       Type
		ok             bool
	}{
		{"", "", None, 0, true},
		{"", "FULL_OBJECT", None, 0, false},
		{"CRC32", "", CRC32, Composite, true},
		{"CRC32", "FULL_OBJECT", CRC32, FullObject, true},
		{"CRC32", "COMPOSITE", CRC32, Composite, true},
		{"CRC32C", "", CRC32C, Composite, true},
		{"CRC32C", "FULL_OBJECT", CRC32C, FullObject, true},
		{"CRC64NVME", "", CRC64NVME, FullObject, true},
		{"CRC64NVME", "FULL_OBJECT", CRC64NVME, FullObject, true},
		{"CRC64NVME", "COMPOSITE", None, 0, false},
		{"SHA1", "", SHA1, Composite, true},
		{"SHA1", "FULL_OBJECT", None, 0, false},
		{"SHA256", "COMPOSITE", SHA256, Composite, true},
		{"SHA256", "FULL_OBJECT", None, 0, false},
		{"SHA256", "WHOLE", None, 0, false},
		{"SHA257", "", None, 0, false},
	} {
		a, typ, err := ForUpload(c.algorithm, c.typ)
		if a != c.want || typ != c.wantType || (err == nil) != c.ok {
			t.Errorf("%q %q: %v, %v, %v", c.algorithm, c.typ, a, typ, err)
		}
		if err != nil && (errs.KindOf(err) != errs.Invalid || errs.CodeOf(err) != "InvalidRequest") {
			t.Errorf("%q %q: error %v", c.algorithm, c.typ, err)
		}
		if _, err := NewJoiner(a, typ); c.ok && a != None && err != nil {
			t.Errorf("%q %q: no joiner: %v", c.algorithm, c.typ, err)
		}
	}
	if _, err := NewJoiner(SHA256, FullObject); errs.PublicOf(err) != "The FULL_OBJECT checksum type cannot be used with the sha256 checksum algorithm." {
		t.Errorf("joiner: %v", err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, value := range []string{"", "y/Q5Jg=", "y/Q5Jg", "y/Q5Jh==", "y_Q5Jg==", "y/Q5Jg==\n", "\ny/Q5Jg=", "y/Q5Jg==-2", "4waSgwAAAAA=", "!!!!!!=="} {
		wantInvalid(t, "InvalidRequest", func() error { _, err := Decode(CRC32, value); return err })
		wantInvalid(t, "InvalidRequest", func() error { _, err := DecodeTrailer(CRC32, value); return err })
	}
	wantInvalid(t, "InvalidRequest", func() error { _, err := Decode(None, ""); return err })
	for _, value := range []string{"y/Q5Jg==-", "y/Q5Jg==-0", "y/Q5Jg==--1", "y/Q5Jg==-10001", "y/Q5Jg==-01", "y/Q5Jg==-+1", "y/Q5Jg-1"} {
		wantInvalid(t, "InvalidRequest", func() error { _, err := DecodeObject(CRC32, Composite, value); return err })
	}
	wantInvalid(t, "InvalidRequest", func() error { _, err := DecodeObject(CRC32, FullObject, "y/Q5Jg==-2"); return err })
	s, err := DecodeObject(CRC32, Composite, "y/Q5Jg==-10000")
	if err != nil || s.Parts != 10000 || s.Type != Composite || s.Encode() != "y/Q5Jg==-10000" {
		t.Errorf("composite: %+v, %v", s, err)
	}
	if s, err = DecodeObject(CRC32, Composite, "y/Q5Jg=="); err != nil || s.Parts != 0 || s.Type != Composite || s.Encode() != "y/Q5Jg==" {
		t.Errorf("composite without a number: %+v, %v", s, err)
	}
}

func TestMatches(t *testing.T) {
	two := Sum{Algorithm: CRC32, Type: Composite, Raw: "abcd", Parts: 2}
	three, unsaid, other, c := two, two, two, two
	three.Parts, unsaid.Parts, other.Raw, c.Algorithm = 3, 0, "abce", CRC32C
	if !two.Matches(two) || !two.Matches(unsaid) || !unsaid.Matches(two) || two.Matches(three) || two.Matches(other) || two.Matches(c) {
		t.Error("Matches does not compare algorithm, bytes and parts")
	}
	if err := Mismatch(CRC32C); errs.CodeOf(err) != "BadDigest" || errs.PublicOf(err) != "The CRC32C you specified did not match the calculated checksum." {
		t.Errorf("mismatch: %v", err)
	}
	if (Sum{Algorithm: CRC32}).Encode() != "" {
		t.Error("an absent sum encodes to something")
	}
}

func TestFromRequest(t *testing.T) {
	const crc, sha = "y/Q5Jg==", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="
	for name, c := range map[string]struct {
		header  map[string]string
		trailer Algorithm
		want    Algorithm
		raw     bool
		ok      bool
	}{
		"nothing":        {nil, None, None, false, true},
		"header":         {map[string]string{"X-Amz-Checksum-Crc32": crc}, None, CRC32, true, true},
		"trailer":        {nil, SHA1, SHA1, false, true},
		"both":           {map[string]string{"X-Amz-Checksum-Crc32": crc}, CRC32, None, false, false},
		"two":            {map[string]string{"X-Amz-Checksum-Crc32": crc, "X-Amz-Checksum-Sha1": sha}, None, None, false, false},
		"bad":            {map[string]string{"X-Amz-Checksum-Crc32": "x"}, None, None, false, false},
		"empty":          {map[string]string{"X-Amz-Checksum-Crc32": ""}, None, None, false, false},
		"unknown":        {map[string]string{"X-Amz-Checksum-Crc16": "x"}, None, None, false, false},
		"not a sum":      {map[string]string{"X-Amz-Checksum-Mode": "ENABLED", "X-Amz-Checksum-Algorithm": "CRC32", "X-Amz-Checksum-Type": "COMPOSITE"}, None, None, false, true},
		"sdk agrees":     {map[string]string{"X-Amz-Checksum-Crc32": crc, "X-Amz-Sdk-Checksum-Algorithm": "crc32"}, None, CRC32, true, true},
		"sdk by trailer": {map[string]string{"X-Amz-Sdk-Checksum-Algorithm": "CRC64NVME"}, CRC64NVME, CRC64NVME, false, true},
		"sdk differs":    {map[string]string{"X-Amz-Checksum-Crc32": crc, "X-Amz-Sdk-Checksum-Algorithm": "SHA1"}, None, None, false, false},
		"sdk alone":      {map[string]string{"X-Amz-Sdk-Checksum-Algorithm": "SHA1"}, None, None, false, false},
		"sdk unknown":    {map[string]string{"X-Amz-Checksum-Crc32": crc, "X-Amz-Sdk-Checksum-Algorithm": "CRC16"}, None, None, false, false},
	} {
		h := map[string][]string{"Content-Type": {"x/y"}}
		for k, v := range c.header {
			h[k] = []string{v}
		}
		s, err := FromRequest(h, c.trailer)
		if (err == nil) != c.ok || err == nil && (s.Algorithm != c.want || (s.Raw != "") != c.raw) {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		if err != nil && (errs.KindOf(err) != errs.Invalid || errs.CodeOf(err) != "InvalidRequest") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	wantInvalid(t, "InvalidRequest", func() error {
		_, err := FromRequest(map[string][]string{"X-Amz-Checksum-Crc32": {crc, crc}}, None)
		return err
	})
}

func wantInvalid(t *testing.T, code errs.Code, f func() error) {
	t.Helper()
	if err := f(); errs.KindOf(err) != errs.Invalid || errs.CodeOf(err) != code || errs.PublicOf(err) == "" {
		t.Errorf("error %v, want invalid with code %s", err, code)
	}
}
