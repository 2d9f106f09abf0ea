package iam

import (
	"sync"

	"coffer/internal/authz"
	"coffer/internal/errs"
	"coffer/internal/ident"
)

// Identity is who signs with an access key, as it was when it was looked up. It is safe for concurrent use.
type Identity struct {
	AccessKey   ident.AccessKey
	Principal   authz.Principal
	DisplayName string
	Email       ident.Email

	secret  string
	current func() bool
	derived sync.Map
}

// Secret returns the secret, for verifying signatures alone: never log or send it.
func (i *Identity) Secret() string { return i.secret }

// Derive returns make(secret) and remembers it under name: signing keys are kept per day and scope. It remembers at most 64 names.
func (i *Identity) Derive(name string, make func(secret string) [32]byte) [32]byte {
	if k, ok := i.derived.Load(name); ok {
		return k.([32]byte)
	}
	k := make(i.secret)
	n := 0
	i.derived.Range(func(any, any) bool { n++; return n < 64 })
	if n < 64 {
		i.derived.Store(name, k)
	}
	return k
}

// Recheck fails with errs.Unauthenticated when the identity's rights changed since it was looked up: a write that is under way
// calls it just before its row.
func (i *Identity) Recheck() error {
	if i.current == nil || i.current() {
		return nil
	}
	return errs.New(errs.Unauthenticated, "InvalidAccessKeyId", "The access key was changed while the request was under way; send it again.")
}
