package s3api

import (
	"net/http"
	"slices"

	"coffer/internal/acl"
	"coffer/internal/authz"
	"coffer/internal/cors"
	"coffer/internal/errs"
	"coffer/internal/website"
)

// operation is one row of the table that routes requests. A request belongs to the row of its method, level and sub-resource; of
// several the first whose header and further parameter are there.
type operation struct {
	name      string
	method    string
	level     level
	sub       string            // query parameter that names the sub-resource; "" for none
	with      string            // further query parameter that must be there
	header    string            // request header that must be there, in canonical form
	action    authz.Action      // asked of package authz before the handler runs; "": the handler asks
	versioned authz.Action      // asked instead where the request names a version
	makes     bool              // the bucket need not exist
	guarded   bool              // the handler reads the object with MayRead, which decides where the object's list may turn a refusal
	listed    bool              // the object's list is read before the decision
	form      bool              // signature, bucket and permission come with the body
	handle    func(*call) error // nil: answered NotImplemented
}

const copySource = "X-Amz-Copy-Source"

// operations is every operation of AWS's published S3 API (the api_op files of aws-sdk-go-v2's s3 module), the form upload and
// the preflight, and the reports on drafts, which are our own. It is a function and not a variable so that nothing can change it.
func operations() []operation {
	return slices.Concat(bucketOperations(), configOperations(), objectOperations(), absentOperations())
}

const get, put, del, post, head = http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodPost, http.MethodHead

// bucketOperations are those on buckets and their contents.
func bucketOperations() []operation {
	return []operation{
		{name: "ListBuckets", method: get, level: serviceLevel, action: authz.ListAllMyBuckets, handle: (*call).listBuckets},

		{name: "CreateBucket", method: put, level: bucketLevel, makes: true, handle: (*call).createBucket},
		{name: "HeadBucket", method: head, level: bucketLevel, action: authz.ListBucket, handle: (*call).headBucket},
		{name: "DeleteBucket", method: del, level: bucketLevel, action: authz.DeleteBucket, handle: (*call).deleteBucket},
		{name: "GetBucketLocation", method: get, level: bucketLevel, sub: "location", action: authz.GetBucketLocation, handle: (*call).getBucketLocation},
		{name: "ListObjects", method: get, level: bucketLevel, action: authz.ListBucket, handle: (*call).listObjects},
		{name: "ListObjectsV2", method: get, level: bucketLevel, sub: "list-type", action: authz.ListBucket, handle: (*call).listObjectsV2},
		{name: "ListObjectVersions", method: get, level: bucketLevel, sub: "versions", action: authz.ListBucketVersions, handle: (*call).listVersions},
		{name: "ListMultipartUploads", method: get, level: bucketLevel, sub: "uploads", action: authz.ListBucketMultipartUploads, handle: (*call).listUploads},
		{name: "DeleteObjects", method: post, level: bucketLevel, sub: "delete", handle: (*call).deleteObjects},
		{name: "PostObject", method: post, level: bucketLevel, form: true, handle: (*call).postObject},
		{name: "GetBucketVersioning", method: get, level: bucketLevel, sub: "versioning", action: authz.GetBucketVersioning, handle: (*call).getVersioning},
		{name: "PutBucketVersioning", method: put, level: bucketLevel, sub: "versioning", action: authz.PutBucketVersioning, handle: (*call).putVersioning},
		{name: "GetBucketTagging", method: get, level: bucketLevel, sub: "tagging", action: authz.GetBucketTagging, handle: (*call).getBucketTagging},
		{name: "PutBucketTagging", method: put, level: bucketLevel, sub: "tagging", action: authz.PutBucketTagging, handle: (*call).putBucketTagging},
		{name: "DeleteBucketTagging", method: del, level: bucketLevel, sub: "tagging", action: authz.PutBucketTagging, handle: (*call).deleteBucketTagging},
		{name: "GetBucketCors", method: get, level: bucketLevel, sub: "cors", action: authz.GetBucketCORS, handle: shown(corsConfig, "NoSuchCORSConfiguration")},
		{name: "PutBucketCors", method: put, level: bucketLevel, sub: "cors", action: authz.PutBucketCORS, handle: kept(corsConfig, cors.MaxDocument, cors.Canonical)},
		{name: "DeleteBucketCors", method: del, level: bucketLevel, sub: "cors", action: authz.PutBucketCORS, handle: dropped(corsConfig)},
		{name: "GetBucketAcl", method: get, level: bucketLevel, sub: "acl", action: authz.GetBucketACL, handle: (*call).getBucketACL},
		{name: "PutBucketAcl", method: put, level: bucketLevel, sub: "acl", action: authz.PutBucketACL, handle: (*call).putBucketACL},
	}
}

// configOperations are those on a bucket's stored settings.
func configOperations() []operation {
	return []operation{
		{name: "GetBucketPolicy", method: get, level: bucketLevel, sub: "policy", action: authz.GetBucketPolicy, handle: (*call).getBucketPolicy},
		{name: "PutBucketPolicy", method: put, level: bucketLevel, sub: "policy", action: authz.PutBucketPolicy, handle: (*call).putBucketPolicy},
		{name: "ReportBucketPolicy", method: post, level: bucketLevel, sub: "policyReport", action: authz.PutBucketPolicy, handle: (*call).reportBucketPolicy},
		{name: "DeleteBucketPolicy", method: del, level: bucketLevel, sub: "policy", action: authz.DeleteBucketPolicy, handle: (*call).deleteBucketPolicy},
		{name: "GetBucketPolicyStatus", method: get, level: bucketLevel, sub: "policyStatus", action: authz.GetBucketPolicyStatus, handle: (*call).getBucketPolicyStatus},
		{name: "GetPublicAccessBlock", method: get, level: bucketLevel, sub: "publicAccessBlock", action: authz.GetBucketPublicAccessBlock, handle: shown(blockConfig, "NoSuchPublicAccessBlockConfiguration")},
		{name: "PutPublicAccessBlock", method: put, level: bucketLevel, sub: "publicAccessBlock", action: authz.PutBucketPublicAccessBlock, handle: kept(blockConfig, maxSmallXML, acl.CanonicalPublicBlock)},
		{name: "DeletePublicAccessBlock", method: del, level: bucketLevel, sub: "publicAccessBlock", action: authz.PutBucketPublicAccessBlock, handle: dropped(blockConfig)},
		{name: "GetBucketOwnershipControls", method: get, level: bucketLevel, sub: "ownershipControls", action: authz.GetBucketOwnershipControls, handle: (*call).getOwnership},
		{name: "PutBucketOwnershipControls", method: put, level: bucketLevel, sub: "ownershipControls", action: authz.PutBucketOwnershipControls, handle: (*call).putOwnership},
		{name: "DeleteBucketOwnershipControls", method: del, level: bucketLevel, sub: "ownershipControls", action: authz.PutBucketOwnershipControls, handle: (*call).deleteOwnership},
		{name: "GetBucketEncryption", method: get, level: bucketLevel, sub: "encryption", action: authz.GetEncryptionConfiguration, handle: shown(encryptionConfig, "ServerSideEncryptionConfigurationNotFoundError")},
		{name: "PutBucketEncryption", method: put, level: bucketLevel, sub: "encryption", action: authz.PutEncryptionConfiguration, handle: (*call).putEncryption},
		{name: "DeleteBucketEncryption", method: del, level: bucketLevel, sub: "encryption", action: authz.PutEncryptionConfiguration, handle: dropped(encryptionConfig)},
		{name: "GetBucketLifecycleConfiguration", method: get, level: bucketLevel, sub: "lifecycle", action: authz.GetLifecycleConfiguration, handle: (*call).getLifecycle},
		{name: "PutBucketLifecycleConfiguration", method: put, level: bucketLevel, sub: "lifecycle", action: authz.PutLifecycleConfiguration, handle: (*call).putLifecycle},
		{name: "ReportBucketLifecycle", method: post, level: bucketLevel, sub: "lifecycleReport", action: authz.PutLifecycleConfiguration, handle: (*call).forecastLifecycle},
		{name: "DeleteBucketLifecycle", method: del, level: bucketLevel, sub: "lifecycle", action: authz.PutLifecycleConfiguration, handle: (*call).deleteLifecycle},
		{name: "GetBucketWebsite", method: get, level: bucketLevel, sub: "website", action: authz.GetBucketWebsite, handle: shown(websiteConfig, "NoSuchWebsiteConfiguration")},
		{name: "PutBucketWebsite", method: put, level: bucketLevel, sub: "website", action: authz.PutBucketWebsite, handle: kept(websiteConfig, website.MaxDocument, website.Canonical)},
		{name: "DeleteBucketWebsite", method: del, level: bucketLevel, sub: "website", action: authz.DeleteBucketWebsite, handle: dropped(websiteConfig)},
		{name: "GetBucketLogging", method: get, level: bucketLevel, sub: "logging", action: authz.GetBucketLogging, handle: (*call).getLogging},
		{name: "PutBucketLogging", method: put, level: bucketLevel, sub: "logging", action: authz.PutBucketLogging, handle: (*call).putLogging},
		{name: "GetBucketReplication", method: get, level: bucketLevel, sub: "replication", action: authz.GetReplicationConfiguration, handle: absent("ReplicationConfigurationNotFoundError")},
		{name: "PutBucketReplication", method: put, level: bucketLevel, sub: "replication", action: authz.PutReplicationConfiguration},
		{name: "DeleteBucketReplication", method: del, level: bucketLevel, sub: "replication", action: authz.PutReplicationConfiguration, handle: (*call).removed},
		{name: "GetBucketNotificationConfiguration", method: get, level: bucketLevel, sub: "notification", action: authz.GetBucketNotification, handle: empties("NotificationConfiguration")},
		{name: "PutBucketNotificationConfiguration", method: put, level: bucketLevel, sub: "notification", action: authz.PutBucketNotification, handle: (*call).putNotification},
		{name: "GetBucketRequestPayment", method: get, level: bucketLevel, sub: "requestPayment", action: authz.GetBucketRequestPayment, handle: (*call).getRequestPayment},
		{name: "PutBucketRequestPayment", method: put, level: bucketLevel, sub: "requestPayment", action: authz.PutBucketRequestPayment, handle: (*call).putRequestPayment},
		{name: "GetBucketAccelerateConfiguration", method: get, level: bucketLevel, sub: "accelerate", action: authz.GetAccelerateConfiguration, handle: empties("AccelerateConfiguration")},
		{name: "PutBucketAccelerateConfiguration", method: put, level: bucketLevel, sub: "accelerate", action: authz.PutAccelerateConfiguration},
		{name: "GetBucketAbac", method: get, level: bucketLevel, sub: "abac", action: authz.GetBucketABAC, handle: (*call).getABAC},
		{name: "PutBucketAbac", method: put, level: bucketLevel, sub: "abac", action: authz.PutBucketABAC, handle: (*call).putABAC},
		{name: "GetObjectLockConfiguration", method: get, level: bucketLevel, sub: "object-lock", action: authz.GetBucketObjectLockConfiguration, handle: (*call).getLockConfig},
		{name: "PutObjectLockConfiguration", method: put, level: bucketLevel, sub: "object-lock", action: authz.PutBucketObjectLockConfiguration, handle: (*call).putLockConfig},
	}
}

// objectOperations are those on objects and uploads.
func objectOperations() []operation {
	return []operation{
		{name: "GetObject", method: get, level: objectLevel, action: authz.GetObject, versioned: authz.GetObjectVersion, guarded: true, handle: (*call).getObject},
		{name: "HeadObject", method: head, level: objectLevel, action: authz.GetObject, versioned: authz.GetObjectVersion, guarded: true, handle: (*call).headObject},
		{name: "CopyObject", method: put, level: objectLevel, header: copySource, action: authz.PutObject, handle: (*call).copyObject},
		{name: "PutObject", method: put, level: objectLevel, action: authz.PutObject, handle: (*call).putObject},
		{name: "DeleteObject", method: del, level: objectLevel, action: authz.DeleteObject, versioned: authz.DeleteObjectVersion, handle: (*call).deleteObject},
		{name: "GetObjectAttributes", method: get, level: objectLevel, sub: "attributes", action: authz.GetObjectAttributes, versioned: authz.GetObjectVersionAttributes, listed: true, handle: (*call).getObjectAttributes},
		{name: "GetObjectTagging", method: get, level: objectLevel, sub: "tagging", action: authz.GetObjectTagging, versioned: authz.GetObjectVersionTagging, handle: (*call).getObjectTagging},
		{name: "PutObjectTagging", method: put, level: objectLevel, sub: "tagging", action: authz.PutObjectTagging, versioned: authz.PutObjectVersionTagging, handle: (*call).putObjectTagging},
		{name: "DeleteObjectTagging", method: del, level: objectLevel, sub: "tagging", action: authz.DeleteObjectTagging, versioned: authz.DeleteObjectVersionTagging, handle: (*call).deleteObjectTagging},
		{name: "GetObjectAcl", method: get, level: objectLevel, sub: "acl", action: authz.GetObjectACL, versioned: authz.GetObjectVersionACL, listed: true, handle: (*call).getObjectACL},
		{name: "PutObjectAcl", method: put, level: objectLevel, sub: "acl", action: authz.PutObjectACL, versioned: authz.PutObjectVersionACL, listed: true, handle: (*call).putObjectACL},

		{name: "CreateMultipartUpload", method: post, level: objectLevel, sub: "uploads", action: authz.PutObject, handle: (*call).createUpload},
		{name: "UploadPartCopy", method: put, level: objectLevel, sub: "uploadId", header: copySource, action: authz.PutObject, handle: (*call).copyPart},
		{name: "UploadPart", method: put, level: objectLevel, sub: "uploadId", action: authz.PutObject, handle: (*call).uploadPart},
		{name: "CompleteMultipartUpload", method: post, level: objectLevel, sub: "uploadId", action: authz.PutObject, handle: (*call).completeUpload},
		{name: "AbortMultipartUpload", method: del, level: objectLevel, sub: "uploadId", action: authz.AbortMultipartUpload, handle: (*call).abortUpload},
		{name: "ListParts", method: get, level: objectLevel, sub: "uploadId", action: authz.ListMultipartUploadParts, handle: (*call).listParts},

		{name: "GetObjectLegalHold", method: get, level: objectLevel, sub: "legal-hold", action: authz.GetObjectLegalHold, handle: (*call).getLegalHold},
		{name: "PutObjectLegalHold", method: put, level: objectLevel, sub: "legal-hold", action: authz.PutObjectLegalHold, handle: (*call).putLegalHold},
		{name: "GetObjectRetention", method: get, level: objectLevel, sub: "retention", action: authz.GetObjectRetention, handle: (*call).getRetention},
		{name: "PutObjectRetention", method: put, level: objectLevel, sub: "retention", action: authz.PutObjectRetention, handle: (*call).putRetention},
		{name: "RestoreObject", method: post, level: objectLevel, sub: "restore", action: authz.RestoreObject, handle: (*call).restoreObject},
		{name: "SelectObjectContent", method: post, level: objectLevel, sub: "select", action: authz.GetObject},
		{name: "GetObjectTorrent", method: get, level: objectLevel, sub: "torrent", action: authz.GetObjectTorrent},
		{name: "RenameObject", method: put, level: objectLevel, sub: "renameObject", action: authz.PutObject},
		{name: "UpdateObjectEncryption", method: put, level: objectLevel, sub: "encryption", action: authz.UpdateObjectEncryption, handle: (*call).updateEncryption},
		{name: "GetObjectAnnotation", method: get, level: objectLevel, sub: "annotation", with: "annotationName"},
		{name: "ListObjectAnnotations", method: get, level: objectLevel, sub: "annotation"},
		{name: "PutObjectAnnotation", method: put, level: objectLevel, sub: "annotation"},
		{name: "DeleteObjectAnnotation", method: del, level: objectLevel, sub: "annotation"},
	}
}

// absentOperations are those of services around S3 that this server has no counterpart of.
func absentOperations() []operation {
	return []operation{
		{name: "GetBucketAnalyticsConfiguration", method: get, level: bucketLevel, sub: "analytics", with: "id", action: authz.GetAnalyticsConfiguration, handle: absent("NoSuchConfiguration")},
		{name: "ListBucketAnalyticsConfigurations", method: get, level: bucketLevel, sub: "analytics", action: authz.GetAnalyticsConfiguration, handle: noneListed("ListBucketAnalyticsConfigurationResult")},
		{name: "PutBucketAnalyticsConfiguration", method: put, level: bucketLevel, sub: "analytics", action: authz.PutAnalyticsConfiguration},
		{name: "DeleteBucketAnalyticsConfiguration", method: del, level: bucketLevel, sub: "analytics", action: authz.PutAnalyticsConfiguration, handle: absent("NoSuchConfiguration")},
		{name: "GetBucketIntelligentTieringConfiguration", method: get, level: bucketLevel, sub: "intelligent-tiering", with: "id", action: authz.GetIntelligentTieringConfiguration, handle: absent("NoSuchConfiguration")},
		{name: "ListBucketIntelligentTieringConfigurations", method: get, level: bucketLevel, sub: "intelligent-tiering", action: authz.GetIntelligentTieringConfiguration, handle: noneListed("ListBucketIntelligentTieringConfigurationsOutput")},
		{name: "PutBucketIntelligentTieringConfiguration", method: put, level: bucketLevel, sub: "intelligent-tiering", action: authz.PutIntelligentTieringConfiguration},
		{name: "DeleteBucketIntelligentTieringConfiguration", method: del, level: bucketLevel, sub: "intelligent-tiering", action: authz.PutIntelligentTieringConfiguration, handle: absent("NoSuchConfiguration")},
		{name: "GetBucketInventoryConfiguration", method: get, level: bucketLevel, sub: "inventory", with: "id", action: authz.GetInventoryConfiguration, handle: absent("NoSuchConfiguration")},
		{name: "ListBucketInventoryConfigurations", method: get, level: bucketLevel, sub: "inventory", action: authz.GetInventoryConfiguration, handle: noneListed("ListInventoryConfigurationsResult")},
		{name: "PutBucketInventoryConfiguration", method: put, level: bucketLevel, sub: "inventory", action: authz.PutInventoryConfiguration},
		{name: "DeleteBucketInventoryConfiguration", method: del, level: bucketLevel, sub: "inventory", action: authz.PutInventoryConfiguration, handle: absent("NoSuchConfiguration")},
		{name: "GetBucketMetricsConfiguration", method: get, level: bucketLevel, sub: "metrics", with: "id", action: authz.GetMetricsConfiguration, handle: absent("NoSuchConfiguration")},
		{name: "ListBucketMetricsConfigurations", method: get, level: bucketLevel, sub: "metrics", action: authz.GetMetricsConfiguration, handle: noneListed("ListMetricsConfigurationsResult")},
		{name: "PutBucketMetricsConfiguration", method: put, level: bucketLevel, sub: "metrics", action: authz.PutMetricsConfiguration},
		{name: "DeleteBucketMetricsConfiguration", method: del, level: bucketLevel, sub: "metrics", action: authz.PutMetricsConfiguration, handle: absent("NoSuchConfiguration")},
		{name: "CreateBucketMetadataConfiguration", method: post, level: bucketLevel, sub: "metadataConfiguration", action: authz.CreateBucketMetadataTable},
		{name: "GetBucketMetadataConfiguration", method: get, level: bucketLevel, sub: "metadataConfiguration", action: authz.GetBucketMetadataTable},
		{name: "DeleteBucketMetadataConfiguration", method: del, level: bucketLevel, sub: "metadataConfiguration", action: authz.DeleteBucketMetadataTable},
		{name: "CreateBucketMetadataTableConfiguration", method: post, level: bucketLevel, sub: "metadataTable", action: authz.CreateBucketMetadataTable},
		{name: "GetBucketMetadataTableConfiguration", method: get, level: bucketLevel, sub: "metadataTable", action: authz.GetBucketMetadataTable},
		{name: "DeleteBucketMetadataTableConfiguration", method: del, level: bucketLevel, sub: "metadataTable", action: authz.DeleteBucketMetadataTable},
		{name: "UpdateBucketMetadataInventoryTableConfiguration", method: put, level: bucketLevel, sub: "metadataInventoryTable", action: authz.UpdateBucketMetadataInventoryTable},
		{name: "UpdateBucketMetadataJournalTableConfiguration", method: put, level: bucketLevel, sub: "metadataJournalTable", action: authz.UpdateBucketMetadataJournalTable},
		{name: "UpdateBucketMetadataAnnotationTableConfiguration", method: put, level: bucketLevel, sub: "metadataAnnotationTable"},
		{name: "CreateSession", method: get, level: bucketLevel, sub: "session"},
	}
}

// needsName is the sentence with which S3 refuses an operation to who comes without a name, whatever policies and lists say; "": it does not.
func (o *operation) needsName() string {
	switch o.name {
	case "CreateBucket", "PutBucketAcl", "PutObjectAcl", "SelectObjectContent":
		return "Anonymous users cannot invoke this API. Please authenticate."
	case "CreateMultipartUpload":
		return "Anonymous users cannot initiate multipart uploads. Please authenticate."
	case "CopyObject":
		return "Anonymous users cannot copy objects. Please authenticate."
	case "PutBucketOwnershipControls", "DeleteBucketOwnershipControls":
		return "s3:PutBucketOwnershipControls does not support Anonymous requests!"
	case "GetBucketOwnershipControls":
		return "s3:GetBucketOwnershipControls does not support Anonymous requests!"
	}
	return ""
}

// elsewhere names the operations of the published API that no request to this server can address, with the reason.
func elsewhere() map[string]string {
	return map[string]string{
		"ListDirectoryBuckets":   "its request is that of ListBuckets, sent to the endpoint of another service (S3 Express)",
		"WriteGetObjectResponse": "it is sent to the endpoint of another service (S3 Object Lambda)",
	}
}

type routeKey struct {
	method string
	level  level
	sub    string
}

// router finds a request's operation. It is built once and never changes.
type router struct {
	rows map[routeKey][]*operation
	subs map[string]bool // names of sub-resources at any level
	at   map[routeKey]bool
}

func newRouter(ops []operation) *router {
	r := &router{rows: map[routeKey][]*operation{}, subs: map[string]bool{}, at: map[routeKey]bool{}}
	for i := range ops {
		o := &ops[i]
		k := routeKey{o.method, o.level, o.sub}
		r.rows[k] = append(r.rows[k], o)
		r.at[routeKey{"", o.level, o.sub}] = true
		if o.sub != "" {
			r.subs[o.sub] = true
		}
	}
	return r
}

// find returns the row of a request. A sub-resource that has no row never falls through to the plain operation: a "?policy" that
// is not known must not become a PUT of an object, nor a "?website" the deletion of a bucket.
func (r *router) find(method string, l level, q query, h http.Header) (*operation, error) {
	if err := misplaced(method, l, q, h); err != nil {
		return nil, err
	}
	sub := ""
	for i := range q {
		name := q[i].name
		if !r.subs[name] || name == sub {
			if q[i].bare && method != http.MethodGet && method != http.MethodHead && !r.subs[name] {
				return nil, notImplemented("The sub-resource " + clip(name) + " is not known to this server.")
			}
			continue
		}
		if sub != "" {
			return nil, errs.New(errs.Invalid, "InvalidArgument", "Conflicting query string parameters: "+sub+", "+name)
		}
		sub = name
	}
	for _, o := range r.rows[routeKey{method, l, sub}] {
		if o.header != "" && len(h[o.header]) == 0 || o.with != "" && !q.has(o.with) {
			continue
		}
		return o, nil
	}
	if sub != "" && !r.at[routeKey{"", l, sub}] {
		return nil, notImplemented("The sub-resource " + sub + " is not one of this address.")
	}
	return nil, newFault(errs.New(errs.Invalid, "MethodNotAllowed", ""), "Method", clip(method), "ResourceType", l.String())
}

// misplaced refuses what makes no sense where it stands, in the words that S3 has for it.
func misplaced(method string, l level, q query, h http.Header) error {
	if v := h[copySource]; len(v) > 0 && (method == get || method == head || method == del || method == post && q.has("uploadId")) {
		return invalidArgument("x-amz-copy-source", v[0], "You can only specify a copy source header for copy requests.")
	}
	if l != objectLevel || len(q) == 0 {
		return nil
	}
	part := q.has("partNumber")
	switch upload := q.has("uploadId"); {
	case method == get && q.has("uploads"):
		return invalidRequest("Key is not expected for the GET method ?uploads subresource")
	case method == get && q.has("versions"):
		return invalidRequest("There is no such thing as the ?versions sub-resource for a key")
	case method == put && part && !upload:
		return invalidArgument("partNumber", "partNumber", "This operation does not accept partNumber without uploadId")
	case method == put && upload && !part:
		err := newFault(errs.New(errs.Invalid, "MethodNotAllowed", ""), "Method", put, "ResourceType", "UPLOAD")
		return withHeaders(err, "Allow", "DELETE, POST, GET")
	}
	return nil
}

func notImplemented(why string) error { return errs.New(errs.Unsupported, "NotImplemented", why) }

// clip bounds a client's word that an answer repeats, in bytes.
func clip(s string) string {
	if len(s) > 128 {
		return s[:128]
	}
	return s
}
