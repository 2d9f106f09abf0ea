package object

import "time"

// checkNewLock refuses a lock that a new version can't have.
func checkNewLock(b *Bucket, l Lock) error {
	if l == (Lock{}) {
		return nil
	}
	if !b.Lock {
		return invalidRequest("Bucket is missing ObjectLockConfiguration")
	}
	return nil
}

// held reports whether the lock keeps its version from being removed at the given time.
func (l Lock) held(now time.Time, bypass bool) bool {
	switch {
	case l.LegalHold:
		return true
	case l.Mode == NoLock || !now.Before(l.Until):
		return false
	}
	return l.Mode == Compliance || !bypass
}
