// Package quota bounds what buckets, users and contracts hold, exactly and under concurrent writers, on one process: a ledger in memory
// of what is committed and of what writes under way have reserved. What is committed is read from the counters that buckets keep, so
// that nothing has to be repaired after a crash. It never decides who may set a quota, and it stores none.
package quota

import (
	"fmt"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// Amount is a number of objects, each version that has content counting as one, and of content bytes, those of parts of uploads under
// way included.
type Amount struct{ Objects, Bytes int64 }

func (a Amount) plus(b Amount) Amount  { return Amount{a.Objects + b.Objects, a.Bytes + b.Bytes} }
func (a Amount) minus(b Amount) Amount { return Amount{a.Objects - b.Objects, a.Bytes - b.Bytes} }

// atLeast returns the larger of each.
func (a Amount) atLeast(b Amount) Amount {
	return Amount{max(a.Objects, b.Objects), max(a.Bytes, b.Bytes)}
}

// Limit is the most that a subject may hold; 0 sets no limit.
type Limit struct{ Objects, Bytes int64 }

// Subject is what a quota is for: a bucket, the user-owned buckets of a user, or with neither the contract.
type Subject struct {
	User   ident.UserID
	Bucket ident.BucketID
}

// Bucket says where a bucket's rows are and who answers for what it holds.
type Bucket struct {
	ID       ident.BucketID
	Name     ident.BucketName
	Contract ident.ContractID
	User     ident.UserID // the owner of a user-owned bucket, else ""
	Rows     meta.Partition
}

// Exceeded is the code of the errs.Limit that a write gets which a quota does not permit.
const Exceeded errs.Code = "QuotaExceeded"

// exceeded says which quota is in the way, and what to do.
func exceeded(whose string, most, used int64, unit string) error {
	return errs.New(errs.Limit, Exceeded, fmt.Sprintf("The quota of %s would be exceeded: at most %d %s, %d are in use or being written. Delete something, or ask an administrator for a larger quota.", whose, most, unit, used))
}

// An account is what one subject holds, and what writes under way may add to it.
type account struct {
	held     Amount
	reserved Amount
}

// refuse returns why more does not fit into the account; what does not grow always fits.
func (a *account) refuse(l Limit, more Amount, whose string) error {
	used := a.held.plus(a.reserved)
	if l.Objects > 0 && more.Objects > 0 && used.Objects+more.Objects > l.Objects {
		return exceeded(whose, l.Objects, used.Objects, "objects")
	}
	if l.Bytes > 0 && more.Bytes > 0 && used.Bytes+more.Bytes > l.Bytes {
		return exceeded(whose, l.Bytes, used.Bytes, "bytes")
	}
	return nil
}
