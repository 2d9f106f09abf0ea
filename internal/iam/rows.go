package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
	"coffer/internal/names"
)

// Kinds of rows in a contract's partition. What one user has lies on the user's route, so that five keys, or the memberships, are
// one update; a group's row lies on the group's. A membership is in the user's row alone: a group's members are found by reading
// the users, and a group that is gone counts for nothing.
const (
	kindContract   meta.Kind = 32 // route "c"
	kindUser       meta.Kind = 33 // route u/<id>: the user with memberships
	kindCredential meta.Kind = 34 // route u/<id>: the password's hash
	kindKeys       meta.Kind = 35 // route u/<id>: at most five keys with their sealed secrets
	kindSessions   meta.Kind = 36 // route u/<id>: console sessions
	kindGroup      meta.Kind = 37 // route g/<id>
	kindIntent     meta.Kind = 38 // on the route of what it is about; tail: its id
	kindTokens     meta.Kind = 39 // route u/<id>: API tokens
	kindFactor     meta.Kind = 40 // route u/<id>: the second factor
	kindQuota      meta.Kind = 41 // route c: the contract's, tail b/<id>: a bucket's; route u/<id>: the user's
)

// Counters of a contract's partition.
const (
	countUsers  meta.Counter = 32
	countGroups meta.Counter = 33
)

const contractRoute meta.Route = "c"

// Rows of the system's partition: kind 42, and those of other rooms.
const (
	systemPartition meta.Partition = "o/system"
	operatorRoute   meta.Route     = "operator"
)

func partition(c ident.ContractID) meta.Partition {
	if c == ident.System {
		return systemPartition
	}
	return meta.Partition("c/" + c.String())
}

func userRoute(u ident.UserID) meta.Route          { return meta.Route("u/" + u) }
func groupRoute(g ident.GroupID) meta.Route        { return meta.Route("g/" + g) }
func userKey(k meta.Kind, u ident.UserID) meta.Key { return meta.Key{Kind: k, Route: userRoute(u)} }
func groupKey(g ident.GroupID) meta.Key            { return meta.Key{Kind: kindGroup, Route: groupRoute(g)} }
func intentKey(r meta.Route, id string) meta.Key {
	return meta.Key{Kind: kindIntent, Route: r, Tail: id}
}

// life is where a row is in a change that spans partitions.
type life string

// The stages. A row that is being made or deleted counts as absent.
const (
	alive    life = ""
	making   life = "making"
	deleting life = "deleting"
)

// contractRow is kind 32.
type contractRow struct {
	Life    life         `json:"life,omitempty"`
	Name    string       `json:"name"`
	Owner   ident.UserID `json:"owner"`
	Created time.Time    `json:"created"`
	// Settings of the contract.
	MaxKeyDays  int  `json:"maxKeyDays,omitempty"`
	SecretsOnce bool `json:"secretsOnce,omitempty"`
}

// userRow is kind 33.
type userRow struct {
	Life          life              `json:"life,omitempty"`
	FirstName     string            `json:"firstName"`
	LastName      string            `json:"lastName"`
	Email         ident.Email       `json:"email"`
	Role          authz.Role        `json:"role,omitempty"`
	Active        bool              `json:"active"`
	ForceSecAuth  bool              `json:"forceSecAuth,omitempty"`
	SecAuthActive bool              `json:"secAuthActive,omitempty"`
	TemporaryWord bool              `json:"temporaryPassword,omitempty"`
	Canonical     ident.CanonicalID `json:"canonical,omitempty"`
	Groups        []ident.GroupID   `json:"groups,omitempty"`
	Created       time.Time         `json:"created"`
	CreatedBy     ident.UserID      `json:"createdBy,omitempty"`
	Modified      time.Time         `json:"modified"`
	ModifiedBy    ident.UserID      `json:"modifiedBy,omitempty"`
	LastLogin     time.Time         `json:"lastLogin,omitzero"`
	PasswordSet   time.Time         `json:"passwordSet,omitzero"`
	Revision      uint64            `json:"revision"`
}

// credentialRow is kind 34.
type credentialRow struct {
	Hash         string    `json:"hash"`                 // argon2id in PHC form
	Invitation   []byte    `json:"invitation,omitempty"` // SHA-256 of the invitation's random part
	InvitedUntil time.Time `json:"invitedUntil,omitzero"`
}

// keysRow is kind 35.
type keysRow struct {
	Keys []keyRow `json:"keys"`
}

type keyRow struct {
	ID          ident.KeyID     `json:"id"`
	AccessKey   ident.AccessKey `json:"accessKey"`
	Secret      []byte          `json:"secret"` // sealed
	Description string          `json:"description,omitempty"`
	Active      bool            `json:"active"`
	Validity    authz.Validity  `json:"validity,omitempty"`
	Created     time.Time       `json:"created"`
	CreatedBy   ident.UserID    `json:"createdBy,omitempty"`
	Modified    time.Time       `json:"modified"`
	ModifiedBy  ident.UserID    `json:"modifiedBy,omitempty"`
	Revision    uint64          `json:"revision"`
	Expires     time.Time       `json:"expires,omitzero"` // zero: never
	Issued      time.Time       `json:"issued,omitzero"`  // of the present secret; zero: when it was made
}

// sessionsRow is kind 36.
type sessionsRow struct {
	Sessions []sessionRow `json:"sessions"`
	Visits   []visitRow   `json:"visits,omitempty"`
}

type sessionRow struct {
	ID      string    `json:"id"`     // 32 hexadecimal digits
	Hash    []byte    `json:"hash"`   // SHA-256 of the token's random part
	Secret  []byte    `json:"secret"` // sealed: of the session's own S3 credential
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	Source  string    `json:"source,omitempty"`
	Program string    `json:"program,omitempty"` // as the client called itself when it signed in, at most MaxProgram bytes
	SeenAt  string    `json:"seenAt,omitempty"`  // address of the last use that was written down; "": Source
	// Of a session in which somebody looks into the user's storage.
	By       ident.UserID `json:"by,omitempty"`
	Revision uint64       `json:"revision,omitempty"`
}

// tokensRow is kind 39.
type tokensRow struct {
	Tokens []tokenRow `json:"tokens"`
}

type tokenRow struct {
	ID      string    `json:"id"`  // UUID
	Key     []byte    `json:"key"` // sealed: signs this token alone
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
}

// factorRow is kind 40.
type factorRow struct {
	Secret   []byte   `json:"secret"`             // sealed
	Active   bool     `json:"active,omitempty"`   // confirmed by a first code
	Step     int64    `json:"step,omitempty"`     // time step of the last code taken: none counts twice
	Recovery [][]byte `json:"recovery,omitempty"` // SHA-256 of each recovery code not used yet
}

// groupRow is kind 37.
type groupRow struct {
	Life       life         `json:"life,omitempty"`
	Name       string       `json:"name"`
	Privileges []string     `json:"privileges,omitempty"` // names of the flags that are set, in order
	Created    time.Time    `json:"created"`
	CreatedBy  ident.UserID `json:"createdBy,omitempty"`
	Modified   time.Time    `json:"modified"`
	ModifiedBy ident.UserID `json:"modifiedBy,omitempty"`
	Revision   uint64       `json:"revision"`
}

// intentRow is kind 38: names that a change takes and gives back. Before the change is committed they are only reserved; the same
// update that commits it sets Done.
type intentRow struct {
	Done bool   `json:"done,omitempty"`
	Make []name `json:"make,omitempty"`
	Drop []name `json:"drop,omitempty"`
}

// name is a name of the directory with what it stands for.
type name struct {
	Space names.Space `json:"space"`
	Name  string      `json:"name"`
	Value string      `json:"value"`
}

// rowVersion is the first byte of every row; JSON follows. Fields are only ever added.
const rowVersion = 1

func encode(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, errs.Fault("iam.encode", err)
	}
	return append([]byte{rowVersion}, raw...), nil
}

// decode reads a row. A version or field that this release does not know is errs.Corrupt: dropping it would lose what a newer
// release wrote.
func decode[T any](raw []byte) (*T, error) {
	v := new(T)
	if len(raw) == 0 || raw[0] != rowVersion {
		return nil, errs.New(errs.Corrupt, "", "A row of the contract is of an unknown version.")
	}
	d := json.NewDecoder(bytes.NewReader(raw[1:]))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return nil, errs.New(errs.Corrupt, "", "A row of the contract can't be read.").Because(err)
	}
	return v, nil
}

// getter is what Reader and Tx share.
type getter interface {
	Get(k meta.Key) ([]byte, error)
}

// get reads a row, or errs.NotFound.
func get[T any](g getter, k meta.Key) (*T, error) {
	raw, err := g.Get(k)
	if err != nil {
		return nil, err
	}
	return decode[T](raw)
}

// getOr reads a row, or returns an empty one where it is absent.
func getOr[T any](g getter, k meta.Key) (*T, error) {
	v, err := get[T](g, k)
	if errors.Is(err, errs.NotFound) {
		return new(T), nil
	}
	return v, err
}

func put(tx meta.Tx, k meta.Key, v any) error {
	raw, err := encode(v)
	if err != nil {
		return err
	}
	return tx.Put(k, raw)
}

// scan visits the rows of a kind, in order of their routes, until visit fails.
func scan[T any](r meta.Reader, k meta.Kind, visit func(route meta.Route, tail string, v *T) error) error {
	var from []byte
	for {
		next, err := r.Scan(k, from, nil, meta.Budget{}, func(route, tail, value []byte) ([]byte, error) {
			v, err := decode[T](value)
			if err != nil {
				return nil, err
			}
			return nil, visit(meta.Route(route), string(tail), v)
		})
		if err != nil || next == nil {
			return err
		}
		from = next
	}
}

// userOf returns the user whose route it is.
func userOf(r meta.Route) ident.UserID { return ident.UserID(r[len("u/"):]) }

func groupOf(r meta.Route) ident.GroupID { return ident.GroupID(r[len("g/"):]) }
