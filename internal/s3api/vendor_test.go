package s3api

import (
	"crypto/md5"
	"encoding/hex"
	"testing"
	"time"
)

// What the vendor's Terraform provider relies on, and others do not see.
func TestVendorTerraform(t *testing.T) {
	w := newWorld(t)
	b, locked := w.bucket(), w.lockBucket()
	put := func(bucket, inside string) request {
		return request{as: "owner", method: "PUT", uri: "/" + bucket + "?versioning", body: "<VersioningConfiguration>" + inside + "</VersioningConfiguration>"}
	}
	mfa := func(want string) {
		t.Helper()
		if a := w.get("/" + b + "?versioning"); a.element("MfaDelete") != want {
			t.Errorf("MfaDelete is not %q: %s", want, a.body)
		}
	}
	w.ok(put(b, "<Status>Enabled</Status>"))
	mfa("")
	w.ok(put(b, "<Status>Enabled</Status><MfaDelete>Disabled</MfaDelete>"))
	mfa("Disabled")
	w.ok(put(b, "<Status>Suspended</Status>"))
	mfa("Disabled")

	suspend := put(locked, "<Status>Suspended</Status>")
	if a := w.refused(suspend, 409, "InvalidBucketState"); a.element("Message") != "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed." {
		t.Errorf("to all others: %s", a.body)
	}
	suspend.header = map[string]string{"Accept": "application/xml"}
	if a := w.refused(suspend, 409, "InvalidBucketState"); a.element("Message") != "bucket versioning cannot be disabled on buckets with object lock enabled" {
		t.Errorf("to the vendor's SDK: %s", a.body)
	}

	const lock = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>"
	digested := func(of string) request {
		sum := md5.Sum([]byte(of))
		return request{as: "owner", method: "PUT", uri: "/" + locked + "?object-lock", body: lock, header: map[string]string{"Content-Md5": hex.EncodeToString(sum[:])}}
	}
	w.ok(digested(lock))
	w.refused(digested("else"), 400, "BadDigest")
	nonsense := digested(lock)
	nonsense.header["Content-Md5"] = "zz" + nonsense.header["Content-Md5"][2:]
	w.refused(nonsense, 400, "InvalidDigest")

	retain := func(inside string) request {
		return request{as: "owner", method: "PUT", uri: "/" + locked + "/kept?retention", body: "<Retention>" + inside + "</Retention>",
			header: map[string]string{"X-Amz-Bypass-Governance-Retention": "true"}}
	}
	w.ok(request{as: "owner", method: "PUT", uri: "/" + locked + "/kept", body: "x"})
	w.ok(retain("<Mode>GOVERNANCE</Mode><RetainUntilDate>" + in(time.Hour) + "</RetainUntilDate>"))
	w.refused(retain("<RetainUntilDate>"+in(time.Hour)+"</RetainUntilDate>"), 400, "MalformedXML")
	w.ok(retain("<RetainUntilDate>0001-01-01T00:00:00Z</RetainUntilDate>"))
	w.refused(request{as: "owner", uri: "/" + locked + "/kept?retention"}, 404, "NoSuchObjectLockConfiguration")
}
