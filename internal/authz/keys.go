package authz

import (
	"strings"

	"coffer/internal/errs"
)

// globalKeys are the condition keys that every action knows. Source: AWS IAM User Guide, "AWS global condition context keys". Those that
// nothing here gives a value to are absent from every request, as they are at AWS for a request that lacks them: docs/policies.md says why.
// Never changed.
var globalKeys = wordSet(`aws:CalledVia aws:CalledViaFirst aws:CalledViaLast aws:CurrentTime aws:Ec2InstanceSourcePrivateIPv4
	aws:Ec2InstanceSourceVpc aws:EpochTime aws:FederatedProvider aws:MultiFactorAuthAge aws:MultiFactorAuthPresent aws:PrincipalAccount
	aws:PrincipalArn aws:PrincipalIsAWSService aws:PrincipalOrgID aws:PrincipalOrgPaths aws:PrincipalServiceName
	aws:PrincipalServiceNamesList aws:PrincipalType aws:Referer aws:RequestedRegion aws:ResourceAccount aws:ResourceOrgID
	aws:ResourceOrgPaths aws:SecureTransport aws:SourceAccount aws:SourceArn aws:SourceIdentity aws:SourceIp aws:SourceOrgID
	aws:SourceOrgPaths aws:SourceOwner aws:SourceVpc aws:SourceVpcArn aws:SourceVpce aws:TagKeys aws:TokenIssueTime aws:UserAgent
	aws:userid aws:username aws:ViaAWSService aws:VpceAccount aws:VpceOrgID aws:VpceOrgPaths aws:VpcSourceIp
	aws:AssumedRoot aws:SignInSessionArn aws:ChatbotSourceArn aws:CalledViaAWSMCP aws:ViaAWSMCPService aws:IsMcpServiceAction
	ec2:RoleDelivery ec2:SourceInstanceArn glue:RoleAssumedBy glue:CredentialIssuingService codebuild:BuildArn codebuild:ProjectArn
	lambda:SourceFunctionArn ssm:SourceInstanceArn identitystore:UserId`)

// s3Keys are the condition keys of S3. Source: AWS Service Authorization Reference, "Condition keys for Amazon S3". Never changed.
var s3Keys = wordSet(`s3:authType s3:delimiter s3:ExistingJobOperation s3:ExistingJobPriority s3:if-match s3:if-none-match s3:InventoryAccessibleOptionalFields
	s3:JobSuspendedCause s3:LocationConstraint s3:locationconstraint s3:max-keys s3:object-lock-legal-hold s3:object-lock-mode
	s3:object-lock-remaining-retention-days s3:object-lock-retain-until-date s3:ObjectCreationOperation s3:prefix s3:RequestJobOperation
	s3:RequestJobPriority s3:ResourceAccount s3:signatureAge s3:signatureversion s3:TlsVersion s3:versionid s3:x-amz-acl
	s3:x-amz-bucket-namespace s3:x-amz-content-sha256 s3:x-amz-copy-source s3:x-amz-grant-full-control s3:x-amz-grant-read
	s3:x-amz-grant-read-acp s3:x-amz-grant-write s3:x-amz-grant-write-acp s3:x-amz-metadata-directive s3:x-amz-object-ownership
	s3:x-amz-server-side-encryption s3:x-amz-server-side-encryption-aws-kms-key-id
	s3:x-amz-server-side-encryption-customer-algorithm s3:x-amz-storage-class s3:x-amz-website-redirect-location
	s3:DataAccessPointAccount s3:DataAccessPointArn s3:AccessPointNetworkOrigin s3:AccessGrantsInstanceArn s3:BucketTag s3:destinationRegion s3:isReplicationPauseRequest
	s3:AccessGrantScope s3:AccessGrantsLocationScope s3:annotation-prefix s3:deliverySourceArn s3:logType s3:max-annotation-results
	s3:resourceArnBeingAuthorized s3:x-amz-object-annotation-directive s3:x-amz-object-if-match`)

// tagKeys are the beginnings of keys that end with the name of a tag. Never changed.
var tagKeys = [...]string{"aws:principaltag/", "aws:requesttag/", "aws:resourcetag/", "s3:existingobjecttag/", "s3:requestobjecttag/",
	"s3:requestobjecttagkeys", "s3:buckettag/", "s3:accesspointtag/"}

// keyActions says which actions know a key, for keys that only some do: a statement that joins others with them could never apply.
// The same source as s3Keys. Never changed.
var keyActions = map[string][]Action{
	"s3:prefix":    {ListBucket, ListBucketVersions},
	"s3:delimiter": {ListBucket, ListBucketVersions},
	"s3:max-keys":  {ListBucket, ListBucketVersions},
	"s3:versionid": {DeleteObjectVersion, DeleteObjectVersionTagging, GetObjectVersion, GetObjectVersionACL, GetObjectVersionAttributes,
		GetObjectVersionForReplication, GetObjectVersionTagging, GetObjectVersionTorrent, PutObjectVersionACL, PutObjectVersionTagging,
		InitiateReplication, UpdateObjectEncryption},
	"s3:x-amz-acl":                aclActions,
	"s3:x-amz-grant-full-control": aclActions,
	"s3:x-amz-grant-read":         aclActions,
	"s3:x-amz-grant-read-acp":     aclActions,
	"s3:x-amz-grant-write":        aclActions,
	"s3:x-amz-grant-write-acp":    aclActions,
	"s3:x-amz-copy-source":        {PutObject},
	"s3:x-amz-metadata-directive": {PutObject},
}

var aclActions = []Action{CreateBucket, PutBucketACL, PutObject, PutObjectACL, PutObjectVersionACL}

func wordSet(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[strings.ToLower(w)] = true
	}
	return m
}

// parseKey returns a condition key in lower case, or says that there is no such key.
func parseKey(name string) (string, error) {
	k := strings.ToLower(name)
	if globalKeys[k] || s3Keys[k] {
		return k, nil
	}
	for _, p := range tagKeys {
		// A tag's name keeps its case: two tags may differ in nothing else.
		if strings.HasPrefix(k, p) && (len(k) > len(p) || p[len(p)-1] != '/') && len(k) <= len(p)+128 {
			return p + name[len(p):], nil
		}
	}
	return "", malformed("Policy has an invalid condition key").On(errs.Subject(short(name)))
}

// knows reports whether an action can have a key.
func knows(a Action, key string) bool {
	list, limited := keyActions[key]
	if !limited {
		return true
	}
	for _, b := range list {
		if a == b {
			return true
		}
	}
	return false
}
