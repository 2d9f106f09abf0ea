package iam

import (
	"log/slog"
	"sync"
	"sync/atomic"

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
	derived sync.Map     // name -> [32]byte
	count   atomic.Int64 // of derived, about
}

// Secret returns the secret, for verifying signatures alone: never log or send it.
func (i *Identity) Secret() string { return i.secret }

// maxDerived is how many derived keys an identity remembers: days and scopes come and go, so it forgets all when there are more.
const maxDerived = 64

// Derive returns make(secret), from memory where Remember was told of it under name: signing keys are kept per day and scope.
func (i *Identity) Derive(name string, make func(secret string) [32]byte) [32]byte {
	if k, ok := i.derived.Load(name); ok {
		return k.([32]byte)
	}
	return make(i.secret)
}

// Remember keeps what Derive returned for name. Call it only once a signature verified with it: names come from the request, and
// somebody who knows no secret must not be able to fill the memory with them.
func (i *Identity) Remember(name string, k [32]byte) {
	if _, ok := i.derived.Load(name); ok {
		return
	}
	if i.count.Add(1) > maxDerived {
		i.derived.Clear()
		i.count.Store(1)
	}
	i.derived.Store(name, k)
}

// String shows whose identity it is and nothing of the secret.
func (i *Identity) String() string { return string(i.AccessKey) + " of " + string(i.Principal.User) }

// GoString shows nothing of the secret.
func (i *Identity) GoString() string { return i.String() }

// LogValue shows nothing of the secret.
func (i *Identity) LogValue() slog.Value { return slog.StringValue(i.String()) }

// Recheck fails with errs.Unauthenticated when the identity's rights changed since it was looked up: a write that is under way
// calls it just before its row.
func (i *Identity) Recheck() error {
	if i.current == nil || i.current() {
		return nil
	}
	return errs.New(errs.Unauthenticated, "InvalidAccessKeyId", "The access key was changed while the request was under way; send it again.")
}
