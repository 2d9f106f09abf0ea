package sigv4

import "time"

// longForm is the layout of x-amz-date.
const longForm = "20060102T150405Z"

// IsStamp reports whether s is a time in the form of x-amz-date.
func IsStamp(s string) bool {
	_, ok := parseStamp(s)
	return ok
}

// parseStamp reads yyyymmddThhmmssZ.
func parseStamp(s string) (time.Time, bool) {
	if len(s) != len(longForm) || s[8] != 'T' || s[15] != 'Z' {
		return time.Time{}, false
	}
	var v [6]int
	for i, at := range [6][2]int{{0, 4}, {4, 6}, {6, 8}, {9, 11}, {11, 13}, {13, 15}} {
		for _, c := range []byte(s[at[0]:at[1]]) {
			if c < '0' || c > '9' {
				return time.Time{}, false
			}
			v[i] = v[i]*10 + int(c-'0')
		}
	}
	t := time.Date(v[0], time.Month(v[1]), v[2], v[3], v[4], v[5], 0, time.UTC)
	// A date that does not exist, such as 30 February, comes out as another.
	same := t.Month() == time.Month(v[1]) && t.Hour() == v[3] && t.Minute() == v[4] && t.Second() == v[5]
	return t, same
}

// parseDate reads a Date header in the forms that clients send.
func parseDate(s string) (time.Time, bool) {
	if t, ok := parseStamp(s); ok {
		return t, true
	}
	for _, layout := range [...]string{"Mon, 02 Jan 2006 15:04:05 GMT", time.RFC1123Z, time.RFC1123, "Mon, 2 Jan 2006 15:04:05 MST", time.RFC850,
		time.ANSIC, time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), t.Unix() >= 0
		}
	}
	return time.Time{}, false
}

// isDay reports whether s is a date of eight digits.
func isDay(s string) bool {
	_, ok := parseStamp(s + "T000000Z")
	return ok
}

// checkTime says whether a claim's time is near enough to now.
func (a *Auth) checkTime(now time.Time, maxSkew time.Duration) error {
	switch a.Form {
	case Presigned:
		if a.Time.After(now.Add(maxSkew)) {
			return tooEarly(a.Time, now)
		}
		if end := a.Time.Add(a.Expires); now.After(end) {
			return expired(a.Expires, end, now)
		}
	case PresignedV2:
		if now.After(a.Time) {
			return expired(0, a.Time, now)
		}
	default:
		if a.Time.After(now.Add(maxSkew)) || a.Time.Before(now.Add(-maxSkew)) {
			return skewed(a.Time, now, maxSkew)
		}
	}
	return nil
}
