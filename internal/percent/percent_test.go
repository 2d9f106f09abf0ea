package percent

import "testing"

func TestDecode(t *testing.T) {
	for s, want := range map[string]string{"": "", "a/../b": "a/../b", "%2F%2f+%20%C3%BC%00": "//+ ü\x00", "+": "+"} {
		if got, ok := Decode(s, false); got != want || !ok {
			t.Errorf("%q: got %q, %v", s, got, ok)
		}
	}
	if got, ok := Decode("a+b%2B+", true); got != "a b+ " || !ok {
		t.Errorf("got %q, %v", got, ok)
	}
	for _, bad := range []string{"%", "%2", "a%zz", "%4", "%%41"} {
		if got, ok := Decode(bad, true); ok {
			t.Errorf("%q is decoded as %q", bad, got)
		}
	}
}
