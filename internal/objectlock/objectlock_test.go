package objectlock

import (
	"testing"
	"time"

	"coffer/internal/object"
	"coffer/internal/s3xml"
)

func read(doc string) (Default, error) {
	x := s3xml.New([]byte(doc))
	x.Open("ObjectLockConfiguration")
	d := Read(x)
	return d, x.Done()
}

func TestDefaults(t *testing.T) {
	made := time.Date(2026, 2, 28, 12, 0, 0, 0, time.UTC)
	for want, until := range map[Default]time.Time{
		{}:                                   {},
		{Mode: object.Governance, Days: 2}:   time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC),
		{Mode: object.Compliance, Years: 10}: time.Date(2036, 2, 28, 12, 0, 0, 0, time.UTC),
	} {
		got, err := read(string(want.Encode()))
		if err != nil || got != want {
			t.Errorf("wrote %+v, read %+v, %v", want, got, err)
		}
		if l := got.From(made); l.Mode != want.Mode || !l.Until.Equal(until) {
			t.Errorf("%+v keeps what is made at %v by %+v, want %v", want, made, l, until)
		}
	}
	const begin, end = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>", "</ObjectLockConfiguration>"
	for _, bad := range []string{"<ObjectLockConfiguration/>", begin + "<Rule/>" + end, begin + "<X/>" + end,
		begin + "<Rule><DefaultRetention><Mode>GOVERNANCE</Mode></DefaultRetention></Rule>" + end,
		begin + "<Rule><DefaultRetention><Mode>governance</Mode><Days>1</Days></DefaultRetention></Rule>" + end,
		begin + "<Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years></DefaultRetention></Rule>" + end} {
		if d, err := read(bad); err == nil {
			t.Errorf("%s is read as %+v", bad, d)
		}
	}
}

func TestVersions(t *testing.T) {
	retention := func(doc string) (string, string, error) {
		x := s3xml.New([]byte(doc))
		x.Open("Retention")
		mode, until := ReadRetention(x)
		return mode, until, x.Done()
	}
	l := object.Lock{Mode: object.Compliance, Until: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
	if mode, until, err := retention(string(EncodeRetention(l))); mode != "COMPLIANCE" || until != "2030-01-02T03:04:05.000Z" || err != nil {
		t.Errorf("read %q, %q, %v", mode, until, err)
	}
	for doc, ok := range map[string]bool{"<Retention/>": true, "<Retention><RetainUntilDate>" + noDate + "</RetainUntilDate></Retention>": true,
		"<Retention><Mode>GOVERNANCE</Mode></Retention>": false, "<Retention><Mode>X</Mode><RetainUntilDate>2030-01-01</RetainUntilDate></Retention>": false} {
		if mode, until, err := retention(doc); (err == nil) != ok || ok && mode+until != "" {
			t.Errorf("%s: %q, %q, %v", doc, mode, until, err)
		}
	}
	for _, on := range []bool{true, false} {
		x := s3xml.New(EncodeHold(on))
		x.Open("LegalHold")
		if got := ReadHold(x); got != on || x.Done() != nil {
			t.Errorf("wrote %v, read %v, %v", on, got, x.Done())
		}
	}
	x := s3xml.New([]byte("<LegalHold><Status>on</Status></LegalHold>"))
	x.Open("LegalHold")
	if ReadHold(x); x.Done() == nil {
		t.Error("a status that there is not is read")
	}
}
