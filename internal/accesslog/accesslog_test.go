package accesslog

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/object"
)

var at = time.Date(2026, 2, 6, 13, 0, 38, 0, time.UTC)

func status(inner string) []byte {
	return []byte("<BucketLoggingStatus><LoggingEnabled>" + inner + "</LoggingEnabled></BucketLoggingStatus>")
}

const target = "<TargetBucket>logs</TargetBucket><TargetPrefix>p/</TargetPrefix>"

func format(inner string) string {
	return target + "<TargetObjectKeyFormat>" + inner + "</TargetObjectKeyFormat>"
}

func grants(grantee, permission string) string {
	return `<TargetGrants><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">` + grantee + `</Grantee><Permission>` + permission + `</Permission></Grant></TargetGrants>`
}

func TestDocuments(t *testing.T) {
	s := Source{"10000001", "r", "b"}
	for inner, key := range map[string]string{
		target:                                "p/2026-02-06-14-00-38-U",
		format("<SimplePrefix/>"):             "p/2026-02-06-14-00-38-U",
		target + grants("<ID>x</ID>", "READ"): "p/2026-02-06-14-00-38-U",
		format("<PartitionedPrefix/>"):        "p/10000001/r/b/2026/02/06/2026-02-06-14-00-38-U",
		format("<PartitionedPrefix><PartitionDateSource>DeliveryTime</PartitionDateSource></PartitionedPrefix>"): "p/10000001/r/b/2026/02/06/2026-02-06-14-00-38-U",
		format("<PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource></PartitionedPrefix>"):    "p/10000001/r/b/2026/02/06/2026-02-06-00-00-00-U",
	} {
		c, err := Parse(status(inner))
		if err != nil {
			t.Fatalf("%s: %v", inner, err)
		}
		if got := c.Key(s, at, at.Add(time.Hour), "U"); string(got) != key {
			t.Errorf("%s: key %s, want %s", inner, got, key)
		}
		again, err := Parse(c.Encode())
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Errorf("%s is written as %s, which reads as %v, %v", inner, c.Encode(), again, err)
		}
	}
	if c, err := Parse([]byte("<BucketLoggingStatus/>")); c != nil || err != nil {
		t.Errorf("off: %v, %v", c, err)
	}
	if c, err := Parse((*Config)(nil).Encode()); c != nil || err != nil {
		t.Errorf("off: %v, %v", c, err)
	}
	for inner, code := range map[string]errs.Code{
		"": "MalformedXML", "<TargetBucket/>": "MalformedXML", "<TargetBucket>No</TargetBucket>": "InvalidTargetBucketForLogging", target + "<X/>": "MalformedXML",
		format(""): "MalformedXML", format("<SimplePrefix/><PartitionedPrefix/>"): "MalformedXML",
		format("<PartitionedPrefix><PartitionDateSource>x</PartitionDateSource></PartitionedPrefix>"):    "MalformedXML",
		target + "<TargetGrants><Grant/></TargetGrants>":                                                 "MalformedACLError",
		target + "<TargetGrants><X/></TargetGrants>":                                                     "MalformedXML",
		target + grants("<ID>x</ID>", "READ_ACP"):                                                        "MalformedACLError",
		target + "<TargetGrants>" + strings.Repeat("<Grant/>", 100) + "</TargetGrants>":                  "MalformedACLError",
		"<TargetBucket>logs</TargetBucket><TargetPrefix>" + strings.Repeat("p", 701) + "</TargetPrefix>": "InvalidArgument",
	} {
		if _, err := Parse(status(inner)); errs.CodeOf(err) != code {
			t.Errorf("%.80s: %v, want %s", inner, err, code)
		}
	}
}

func TestLine(t *testing.T) {
	e := Entry{Owner: "10000001", Bucket: "b", Time: at, Source: netip.MustParseAddr("192.0.2.3"), Requester: "c", RequestID: "R1", Operation: "REST.GET.OBJECT",
		Key: "a b/ü", Method: "GET", URI: "/b/a%20b?X-Amz-Signature=secret&x=\"1", Proto: "HTTP/1.1", Status: 200, Sent: 5, Size: 7, Total: 12 * time.Millisecond,
		Agent: "x\"\n y", Version: "v", HostID: "h", Signature: "SigV4", Auth: "QueryString", Host: "h:1", Region: "r"}
	const want = `10000001 b [06/Feb/2026:13:00:38 +0000] 192.0.2.3 c R1 REST.GET.OBJECT a%20b%2F%C3%BC "GET /b/a%20b?X-Amz-Signature=-&x=%221 HTTP/1.1" 200 - 5 7 12 12 "-" "x%22%0A y" v h SigV4 - QueryString h:1 - - - r` + "\n"
	if got := string(e.Append(nil)); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
	gone := Expired(&object.Bucket{Name: "b", Contract: 10000001, Region: "r"}, "S3.EXPIRE.OBJECT", "k", "v", "U", at)
	const rule = "10000001 b [06/Feb/2026:13:00:38 +0000] - AmazonS3 U S3.EXPIRE.OBJECT k \"-\" - - - - - - \"-\" \"-\" v - - - - - - - - r\n"
	if got := string(gone.Append(nil)); got != rule {
		t.Errorf("got  %swant %s", got, rule)
	}
	empty := Entry{Size: -1}
	if got := string(empty.Append(nil)); strings.Count(got, "\n") != 1 || !strings.HasSuffix(got, "-\n") {
		t.Errorf("got %q", got)
	}
	long := Entry{Agent: strings.Repeat("a", 1<<20), Key: strings.Repeat(" ", 1<<20), URI: strings.Repeat("u", 1<<20)}
	if got := long.Append(nil); len(got) > 20<<10 {
		t.Errorf("a line has %d bytes", len(got))
	}
}

func TestOperations(t *testing.T) {
	for want, got := range map[string]string{
		"REST.GET.OBJECT": Operation("GET", true, "", false), "REST.COPY.OBJECT": Operation("PUT", true, "", true), "REST.COPY.PART": Operation("PUT", true, "uploadId", true),
		"REST.PUT.PART": Operation("PUT", true, "uploadId", false), "REST.POST.UPLOAD": Operation("POST", true, "uploadId", false), "REST.POST.UPLOADS": Operation("POST", true, "uploads", false),
		"REST.GET.BUCKET": Operation("GET", false, "list-type", false), "REST.POST.MULTI_OBJECT_DELETE": Operation("POST", false, "delete", false),
		"REST.PUT.LOGGING_STATUS": Operation("PUT", false, "logging", false), "REST.GET.PUBLIC_ACCESS_BLOCK": Operation("GET", false, "publicAccessBlock", false),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// shelf takes logs, and fails when told.
type shelf struct {
	got  []string
	body []byte
	fail error
}

func (s *shelf) WriteLog(_ context.Context, source *object.Bucket, c *Config, key ident.ObjectKey, body []byte) error {
	if s.fail != nil {
		return s.fail
	}
	s.got = append(s.got, fmt.Sprintf("%s>%s/%s %d", source.Name, c.Target, key, bytes.Count(body, []byte("\n"))))
	s.body = append(s.body, body...)
	return nil
}

func newSink() *Sink {
	n := 0
	return NewSink(SinkConfig{Clock: func() time.Time { return at }, Unique: func() string { n++; return fmt.Sprintf("%016X", n) },
		Wait: func(time.Duration) <-chan time.Time { return nil }})
}

func bucket(name string) *object.Bucket {
	return &object.Bucket{ID: ident.BucketID(name), Name: ident.BucketName(name), Configs: map[string][]byte{Document: status(target)}}
}

func TestBatches(t *testing.T) {
	s, to := newSink(), &shelf{}
	a := bucket("a")
	for range 3 {
		s.Note(a, &Entry{Bucket: "a", Time: at})
	}
	s.Deliver(context.Background(), to)
	s.Deliver(context.Background(), to)
	if len(to.got) != 1 || to.got[0] != "a>logs/p/2026-02-06-13-00-38-0000000000000001 3" || s.held != 0 {
		t.Fatalf("got %q, %d bytes held", to.got, s.held)
	}
	to.fail = errs.New(errs.Unavailable, "", "")
	s.Note(a, &Entry{Bucket: "a"})
	s.Deliver(context.Background(), to)
	to.fail = nil
	s.Deliver(context.Background(), to)
	if len(to.got) != 2 {
		t.Errorf("what failed was not delivered again: %q", to.got)
	}
	to.fail = errs.New(errs.Denied, "", "")
	s.Note(a, &Entry{Bucket: "a"})
	s.Deliver(context.Background(), to)
	to.fail = nil
	s.Deliver(context.Background(), to)
	if len(to.got) != 2 || s.held != 0 {
		t.Errorf("what is refused is kept: %q, %d bytes held", to.got, s.held)
	}
	s.Note(a, &Entry{Bucket: "a", Time: at})
	s.Note(a, &Entry{Bucket: "a", Time: at.AddDate(0, 0, 1)})
	s.Deliver(context.Background(), to)
	if len(to.got) != 4 || s.held != 0 {
		t.Errorf("requests of two days: %q", to.got)
	}
	off := bucket("off")
	off.Configs = nil
	s.Note(off, &Entry{})
	s.Deliver(context.Background(), to)
	if len(to.got) != 4 || s.held != 0 {
		t.Errorf("logs of a bucket that has logging off no more: %q", to.got)
	}
}

// TestFullBatchesGoAtOnce, and Stop delivers the rest.
func TestFullBatchesGoAtOnce(t *testing.T) {
	s, a := newSink(), bucket("a")
	line := Entry{Agent: strings.Repeat("x", 2000)}
	n := 0
	for len(s.full) == 0 {
		s.Note(a, &line)
		n++
	}
	s.Note(a, &line)
	to := &shelf{}
	s.Start(to)
	s.Stop()
	if total := bytes.Count(to.body, []byte("\n")); total != n+1 || len(to.got) != 2 || n > 600 {
		t.Errorf("%d of %d lines in %d logs", total, n+1, len(to.got))
	}
}

func TestMemoryIsBounded(t *testing.T) {
	s := newSink()
	line := Entry{Agent: strings.Repeat("x", 2000)}
	for i := range 30000 {
		s.Note(bucket(fmt.Sprint(i%40)), &line)
	}
	if s.held > maxHeld+1<<20 || s.dropped == 0 {
		t.Errorf("%d bytes are held, %d lines dropped", s.held, s.dropped)
	}
}
