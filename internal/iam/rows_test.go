package iam

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/names"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// The stored form of each row. A release that changes one makes data folders unreadable: add fields, never change them.
func TestGoldenRows(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 5e6, time.UTC)
	const u, g, k = "0d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6", "1d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6", "2d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6"
	for file, row := range map[string]any{
		"contract": &contractRow{Life: making, Name: "My contract", Owner: u, Created: at},
		"user": &userRow{Life: deleting, FirstName: "Ana", LastName: "Öz", Email: "ana@example.test", Role: authz.Administrator, Active: true,
			ForceSecAuth: true, SecAuthActive: true, Canonical: "00112233445566778899aabbccddeeff", Groups: []ident.GroupID{g}, Created: at,
			CreatedBy: u, Modified: at, LastLogin: at, PasswordSet: at, Revision: 7},
		"user-small": &userRow{FirstName: "Ana", LastName: "Öz", Email: "ana@example.test", Created: at, Modified: at, Revision: 1},
		"credential": &credentialRow{Hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$x"},
		"keys": &keysRow{Keys: []keyRow{{ID: k, AccessKey: "AKIAIOSFODNN7EXAMPLE", Secret: []byte{1, 2, 3}, Description: "d", Active: true,
			Validity: authz.UserOwnedOnly, Created: at, CreatedBy: u, Modified: at, ModifiedBy: u, Revision: 2}}},
		"sessions": &sessionsRow{Sessions: []sessionRow{{ID: "00112233445566778899aabbccddeeff", Hash: []byte{4}, Secret: []byte{5}, Created: at, Seen: at,
			Source: "192.0.2.1"}}},
		"tokens": &tokensRow{Tokens: []tokenRow{{ID: k, Key: []byte{6}, Created: at, Expires: at}}},
		"factor": &factorRow{Secret: []byte{7}, Active: true, Step: 59000000, Recovery: [][]byte{{8}}},
		"group":  &groupRow{Name: "storage", Privileges: []string{ObjectStoragePrivilege}, Created: at, CreatedBy: u, Modified: at, Revision: 3},
		"quota":  &quotaRow{Objects: 5, Bytes: 1000, Bucket: "photos", Owner: u, Set: at, By: u},
		// Fields that came later.
		"contract-settings": &contractRow{Name: "My contract", Owner: u, Created: at, MaxKeyDays: 90, SecretsOnce: true},
		"user-temporary": &userRow{FirstName: "Ana", LastName: "Öz", Email: "ana@example.test", TemporaryWord: true, Created: at, Modified: at,
			ModifiedBy: u, Revision: 2},
		"credential-invited": &credentialRow{Hash: "$argon2id$", Invitation: []byte{9}, InvitedUntil: at},
		"keys-expiring":      &keysRow{Keys: []keyRow{{ID: k, AccessKey: "AKIAIOSFODNN7EXAMPLE", Secret: []byte{1}, Created: at, Modified: at, Revision: 1, Expires: at, Issued: at}}},
		"sessions-visited": &sessionsRow{Visits: []visitRow{{Hash: []byte{6}, By: u, Revision: 3, Until: at}}, Sessions: []sessionRow{{ID: "00112233445566778899aabbccddeeff",
			Hash: []byte{4}, Secret: []byte{5}, Created: at, Seen: at, By: u, Revision: 3}}},
		"sessions-program": &sessionsRow{Sessions: []sessionRow{{ID: "00112233445566778899aabbccddeeff", Hash: []byte{4}, Secret: []byte{5}, Created: at, Seen: at,
			Source: "192.0.2.1", Program: "Mozilla/5.0", SeenAt: "2001:db8::1"}}},
		"group-changed": &groupRow{Name: "storage", Created: at, Modified: at, ModifiedBy: u, Revision: 3},

		"intent": &intentRow{Done: true, Make: []name{{names.Mails, "ana@example.test", "31000000/" + u}}, Drop: []name{{names.AccessKeys, "AKIA", "v"}}},
	} {
		raw, err := encode(row)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", "rows", file)
		if *rewrite {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, raw, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(raw)); d != "" {
			t.Errorf("%s is stored in another form (-kept +now):\n%s", file, d)
		}
		back, err := decodeAs(row, want)
		if err != nil || !reflect.DeepEqual(back, row) {
			t.Errorf("%s came back as %+v, %v", file, back, err)
		}
		for _, bad := range [][]byte{nil, {}, {1}, want[:len(want)-1], append([]byte{2}, want[1:]...), append([]byte("\x01{\"newer\":1,"), want[2:]...)} {
			if _, err := decodeAs(row, bad); !errors.Is(err, errs.Corrupt) {
				t.Errorf("%s: %q: %v", file, bad, err)
			}
		}
	}
}

func decodeAs(like any, raw []byte) (any, error) {
	switch like.(type) {
	case *contractRow:
		return decode[contractRow](raw)
	case *userRow:
		return decode[userRow](raw)
	case *credentialRow:
		return decode[credentialRow](raw)
	case *keysRow:
		return decode[keysRow](raw)
	case *sessionsRow:
		return decode[sessionsRow](raw)
	case *tokensRow:
		return decode[tokensRow](raw)
	case *quotaRow:
		return decode[quotaRow](raw)
	case *factorRow:
		return decode[factorRow](raw)
	case *groupRow:
		return decode[groupRow](raw)
	}
	return decode[intentRow](raw)
}

func TestReferences(t *testing.T) {
	const u, k = "0d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6", "2d1e2f3a-4b5c-6d7e-8f90-a1b2c3d4e5f6"
	for _, r := range []reference{{31000000, u, ""}, {31000000, u, k}} {
		if back, err := parseReference(r.String()); err != nil || back != r {
			t.Errorf("%v: %v %v", r, back, err)
		}
	}
	for _, bad := range []string{"", "31000000", "31000000/", "31000000/" + u + "/", "31000000/" + u + "/x", "1/" + u, "31000000/" + u + "/" + k + "/"} {
		if _, err := parseReference(bad); !errors.Is(err, errs.Corrupt) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
