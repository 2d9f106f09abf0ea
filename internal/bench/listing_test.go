package bench

import (
	"context"
	"strings"
	"testing"
)

func TestListing(t *testing.T) {
	f, s := newFake(t)
	c := short(s.URL)
	c.Listing, c.Count = 1500, 6
	report, err := Run(context.Background(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range report.Rows {
		got = append(got, string(row.Op)+" at "+row.Endpoint)
		if want := int64(6); row.Errors > 0 || row.Op != ListFirst && row.Requests != want || row.Op == ListFirst && row.Requests != 1 {
			t.Errorf("%s at %s: %d requests, %d errors: %s", row.Op, row.Endpoint, row.Requests, row.Errors, row.FirstError)
		}
	}
	if len(got) != 16 || got[0] != "list first at a few" || got[15] != "list nothing at a markers" {
		t.Errorf("rows: %s", strings.Join(got, ", "))
	}
	f.look(func() {
		if len(f.wrong) > 0 || len(f.objects) > 0 || len(f.buckets) > 0 || len(report.Left) > 0 {
			t.Errorf("wrong %v, left %d objects, %d buckets, says %v", f.wrong, len(f.objects), len(f.buckets), report.Left)
		}
		// Few has a key in each folder, many 1500 more, and so had the two in which those were deleted.
		if f.seen["listed 1000"] < 3*13 || f.seen["listed 2500"] < 13 || f.seen["versioning of markers"] != 1 {
			t.Errorf("seen %v", f.seen)
		}
	})
}

func TestListingTellsShortPages(t *testing.T) {
	f, s := newFake(t)
	c := short(s.URL)
	c.Listing, c.Count, c.Keep = 10, 1, true
	if _, err := Run(context.Background(), c, nil); err != nil {
		t.Fatal(err)
	}
	f.look(func() {
		for k := range f.objects {
			if strings.Contains(k, "-many/") {
				delete(f.objects, k)
			}
		}
	})
	r := &run{Config: c, targets: []*target{{Endpoint: c.Endpoints[0], host: strings.TrimPrefix(s.URL, "http://"), region: "r", bucket: "x-many", stock: stock{name: "many"}}}}
	if err := r.checkPages(context.Background()); err != nil || len(r.report.Left) != 2 || r.report.Left[0] != "list page at a: a page has 0 entries, not 1000" {
		t.Errorf("%v, says %v", err, r.report.Left)
	}
}
