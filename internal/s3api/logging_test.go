package s3api

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"coffer/internal/accesslog"
	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/object"
)

func loggingDoc(target string) string {
	return "<BucketLoggingStatus><LoggingEnabled><TargetBucket>" + target + "</TargetBucket><TargetPrefix>log/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>"
}

// logged is a world whose access log is a text.
func logged(t *testing.T) (*world, *strings.Builder) {
	var log strings.Builder
	return newWorld(t, func(c *Config) {
		c.AccessLog = func(_ *object.Bucket, e *accesslog.Entry) { log.Write(e.Append(nil)) }
	}), &log
}

func TestLogging(t *testing.T) {
	w, log := logged(t)
	b, target := w.bucket(), w.bucket()
	uri := "/" + b + "?logging"
	w.put("/"+b+"/before", "x")
	if log.Len() > 0 {
		t.Errorf("requests are logged that nobody asked for: %s", log)
	}
	w.put(uri, loggingDoc(target))
	if a := w.get(uri); a.element("TargetBucket") != target || a.element("TargetPrefix") != "log/" {
		t.Errorf("got %s", a.body)
	}
	log.Reset()
	w.ok(request{as: "owner", method: "PUT", uri: "/" + b + "/a%20b", body: "hello", header: map[string]string{"User-Agent": "prog/1 \"x\"", "Referer": "http://r/"}})
	w.get("/" + b + "/a%20b")
	w.ok(request{as: "owner", uri: "/" + b + "/a%20b", header: map[string]string{"Range": "bytes=1-2"}})
	w.ok(request{as: "owner", uri: "/" + b + "?list-type=2", presign: 60e9})
	w.refused(request{uri: "/" + b + "/a%20b"}, 403, "AccessDenied")
	w.refused(request{as: "owner", uri: "/" + b + "/a%20b", secret: "wrong"}, 403, "SignatureDoesNotMatch")
	owner, canonical, key := w.users["owner"].Contract.String(), string(w.users["owner"].Canonical), " "+b+" "
	want := []string{
		owner + key + "[01/Jun/2026:12:00:00 +0000] 192.0.2.7 " + canonical + " REQ REST.PUT.OBJECT a%20b \"PUT /" + b + "/a%20b HTTP/1.1\" 200 - - 5 0 0 \"http://r/\" \"prog/1 %22x%22\" - HOST SigV4 - AuthHeader localhost:9000 - - - local-1",
		"REST.GET.OBJECT a%20b \"GET /" + b + "/a%20b HTTP/1.1\" 200 - 5 5 0 0 ",
		"\" 206 - 2 5 0 0 ",
		"REST.GET.BUCKET - \"GET /" + b + "?",
		" - REQ REST.GET.OBJECT a%20b \"GET /" + b + "/a%20b HTTP/1.1\" 403 AccessDenied ",
		" - REQ REST.GET.OBJECT a%20b \"GET /" + b + "/a%20b HTTP/1.1\" 403 SignatureDoesNotMatch ",
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d lines:\n%s", len(lines), log)
	}
	for i, line := range lines {
		f := strings.Fields(line)
		line = strings.ReplaceAll(strings.ReplaceAll(line, f[6], "REQ"), w.do(request{uri: "/"}).header.Get("X-Amz-Id-2"), "HOST")
		if !strings.Contains(line, want[i]) {
			t.Errorf("line %d is\n%s\nwant\n%s", i, line, want[i])
		}
	}
	if !strings.Contains(lines[3], "X-Amz-Signature=-") {
		t.Errorf("a signature that still counts is logged: %s", lines[3])
	}
	w.put(uri, "<BucketLoggingStatus/>")
	if a := w.get(uri); strings.Contains(a.body, "Target") {
		t.Errorf("got %s", a.body)
	}
	log.Reset()
	w.get("/" + b + "/before")
	if log.Len() > 0 {
		t.Errorf("logging goes on: %s", log)
	}
}

func TestLogTargets(t *testing.T) {
	w, _ := logged(t)
	b := w.bucket()
	put := func(target string) request {
		return request{as: "owner", method: "PUT", uri: "/" + b + "?logging", body: loggingDoc(target)}
	}
	w.refused(put("no-such-bucket-anywhere"), 400, "InvalidTargetBucketForLogging")
	w.ok(request{as: "other", method: "PUT", uri: "/others-log"})
	w.refused(put("others-log"), 400, "InvalidTargetBucketForLogging")
	w.ok(request{as: "owner", method: "PUT", uri: "/far-away", region: "local-2"})
	w.refused(put("far-away"), 400, "InvalidTargetBucketForLogging")
	w.refused(request{as: "owner", method: "PUT", uri: "/" + b + "?logging", body: "<BucketLoggingStatus><X/></BucketLoggingStatus>"}, 400, "MalformedXML")
	plain := put(b)
	plain.as = "plain"
	w.refused(plain, 403, "AccessDenied")
	w.ok(put(b))
}

// TestLogsAreLetIn: the target's policy or list names the log's writer, or nothing is written.
func TestLogsAreLetIn(t *testing.T) {
	w, _ := logged(t)
	source, target := w.bucket(), w.bucket()
	ctx := context.Background()
	from, err := w.objects.Bucket(ctx, ident.BucketName(source))
	if err != nil {
		t.Fatal(err)
	}
	write := func() error {
		return w.h.(accesslog.Writer).WriteLog(ctx, from, &accesslog.Config{Target: ident.BucketName(target)}, "log/1", []byte("a line\n"))
	}
	policy := func(who, condition string) {
		w.ok(request{as: "owner", method: "PUT", uri: "/" + target + "?policy", body: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + who +
			`"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::` + target + `/log/*"` + condition + `}]}`})
	}
	const service = "logging.s3.amazonaws.com"
	refused := func(why string) {
		t.Helper()
		if err := write(); errs.KindOf(err) != errs.Denied {
			t.Errorf("%s: %v", why, err)
		}
	}
	allowed := func(why string) {
		t.Helper()
		if err := write(); err != nil {
			t.Errorf("%s: %v", why, err)
		} else if a := w.get("/" + target + "/log/1"); a.body != "a line\n" || a.header.Get("Content-Type") != "text/plain" {
			t.Errorf("%s: got %+v", why, a)
		}
	}
	refused("nobody lets it in")
	policy("replication.s3.amazonaws.com", "")
	refused("another service is let in")
	policy(service, `,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::other"}}`)
	refused("logs of another bucket are let in")
	policy(service, `,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::`+source+`"},"StringEquals":{"aws:SourceAccount":"`+w.users["owner"].Contract.String()+`"}}`)
	allowed("policy")
	w.ok(request{as: "owner", method: "PUT", uri: "/" + target + "?encryption", body: `<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>` +
		`<SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>`})
	allowed("an encrypted target")
	if a := w.get("/" + target + "/log/1"); strings.Join(a.header["x-amz-server-side-encryption"], "")+a.header.Get("X-Amz-Server-Side-Encryption") != "AES256" {
		t.Errorf("a log is not encrypted as the bucket's objects are: %v", a.header)
	}
	w.ok(request{as: "owner", method: "DELETE", uri: "/" + target + "?policy"})
	refused("the policy is gone")
	w.ok(request{as: "owner", method: "PUT", uri: "/" + target + "?acl", header: map[string]string{"X-Amz-Acl": "log-delivery-write"}})
	allowed("list")
	w.ok(request{as: "owner", method: "DELETE", uri: "/" + target + "/log/1"})
	w.ok(request{as: "owner", method: "DELETE", uri: "/" + target})
	if err := write(); errs.KindOf(err) != errs.NotFound {
		t.Errorf("the target is gone: %v", err)
	}
}

// TestLogsAreShared: log objects carry the target grants of the logged bucket, where the target takes lists.
func TestLogsAreShared(t *testing.T) {
	var sink *accesslog.Sink
	unique := 0
	w := newWorld(t, func(c *Config) {
		c.AccessLog = func(b *object.Bucket, e *accesslog.Entry) { sink.Note(b, e) }
	})
	sink = accesslog.NewSink(accesslog.SinkConfig{Clock: w.time, Unique: func() string { unique++; return fmt.Sprintf("%016X", unique) }})
	source, target := w.bucket(), w.bucket()
	grant := func(kind, who, permission string) string {
		return `<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="` + kind + `">` + who + `</Grantee><Permission>` + permission + `</Permission></Grant>`
	}
	doc := func(grants string) string {
		return strings.Replace(loggingDoc(target), "</LoggingEnabled>", "<TargetGrants>"+grants+"</TargetGrants></LoggingEnabled>", 1)
	}
	uri := "/" + source + "?logging"
	other := string(w.users["other"].Canonical)
	mail := grant("AmazonCustomerByEmail", "<EmailAddress>otto@example.com</EmailAddress>", "READ")
	accounts := grant("Group", "<URI>http://acs.amazonaws.com/groups/global/AuthenticatedUsers</URI>", "READ")
	w.ok(send("/"+target+"?acl", "", "X-Amz-Acl", "log-delivery-write"))
	w.refused(send(uri, doc(grant("CanonicalUser", "<ID>"+strings.Repeat("0", 32)+"</ID>", "READ"))), 400, "InvalidArgument")
	w.refused(send(uri, doc(grant("CanonicalUser", "<ID>"+other+"</ID>", "WRITE_ACP"))), 400, "MalformedACLError")
	w.put(uri, doc(mail))
	if a := w.get(uri); a.element("ID") != other || a.element("Permission") != "READ" {
		t.Errorf("got %s", a.body)
	}
	deliver := func() string {
		t.Helper()
		w.get("/" + source + "?list-type=2")
		sink.Deliver(context.Background(), w.h.(accesslog.Writer))
		keys := w.get("/" + target + "?list-type=2").elements("Key")
		if len(keys) == 0 {
			t.Fatal("no log was delivered")
		}
		return "/" + target + "/" + keys[len(keys)-1]
	}
	log := deliver()
	if a := w.ok(request{as: "other", uri: log}); !strings.Contains(a.body, "REST.GET.BUCKET") {
		t.Errorf("got %s", a.body)
	}
	w.refused(request{as: "plain", uri: log}, 403, "AccessDenied")
	if a := w.get(log + "?acl"); strings.Join(a.elements("Permission"), " ") != "FULL_CONTROL READ" {
		t.Errorf("got %s", a.body)
	}
	w.put("/"+target+"?publicAccessBlock", "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>")
	w.refused(send(uri, doc(accounts)), 403, "AccessDenied")
	w.ok(request{as: "owner", method: "DELETE", uri: "/" + target + "?publicAccessBlock"})
	w.put(uri, doc(accounts))
	w.ok(request{as: "plain", uri: deliver()})
	// Where lists are off, none is set and none counts.
	w.ok(send("/"+target+"?acl", "", "X-Amz-Acl", "private"))
	w.policy(target, `{"Statement":[{"Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::`+target+`/*"}]}`)
	w.put("/"+target+"?ownershipControls", ownershipDoc("BucketOwnerEnforced"))
	w.refused(request{as: "plain", uri: deliver()}, 403, "AccessDenied")
	w.refused(send(uri, doc(mail)), 400, "AccessControlListNotSupported")
	w.put(uri, loggingDoc(target))
}
