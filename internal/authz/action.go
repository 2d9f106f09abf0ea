package authz

// Level says what an action is done to.
type Level uint8

// The levels. UnknownLevel is that of an action which nobody defined: it is always refused.
const (
	UnknownLevel    Level = iota
	ServiceLevel          // on no bucket
	BucketLevel           // on a bucket: resource arn:aws:s3:::bucket
	ObjectLevel           // on an object: resource arn:aws:s3:::bucket/key
	ManagementLevel       // on people, keys and the system
)

// Actions of S3, by the names that policies use. Source: AWS Service Authorization Reference, "Actions, resources, and condition
// keys for Amazon S3", the part that concerns general purpose buckets.
const (
	ListAllMyBuckets Action = "s3:ListAllMyBuckets"

	CreateBucket                       Action = "s3:CreateBucket"
	DeleteBucket                       Action = "s3:DeleteBucket"
	DeleteBucketPolicy                 Action = "s3:DeleteBucketPolicy"
	DeleteBucketWebsite                Action = "s3:DeleteBucketWebsite"
	GetAccelerateConfiguration         Action = "s3:GetAccelerateConfiguration"
	GetAnalyticsConfiguration          Action = "s3:GetAnalyticsConfiguration"
	GetBucketACL                       Action = "s3:GetBucketAcl"
	GetBucketCORS                      Action = "s3:GetBucketCORS"
	GetBucketLocation                  Action = "s3:GetBucketLocation"
	GetBucketLogging                   Action = "s3:GetBucketLogging"
	GetBucketNotification              Action = "s3:GetBucketNotification"
	GetBucketObjectLockConfiguration   Action = "s3:GetBucketObjectLockConfiguration"
	GetBucketOwnershipControls         Action = "s3:GetBucketOwnershipControls"
	GetBucketPolicy                    Action = "s3:GetBucketPolicy"
	GetBucketPolicyStatus              Action = "s3:GetBucketPolicyStatus"
	GetBucketPublicAccessBlock         Action = "s3:GetBucketPublicAccessBlock"
	GetBucketRequestPayment            Action = "s3:GetBucketRequestPayment"
	GetBucketTagging                   Action = "s3:GetBucketTagging"
	GetBucketVersioning                Action = "s3:GetBucketVersioning"
	GetBucketWebsite                   Action = "s3:GetBucketWebsite"
	GetEncryptionConfiguration         Action = "s3:GetEncryptionConfiguration"
	GetIntelligentTieringConfiguration Action = "s3:GetIntelligentTieringConfiguration"
	GetInventoryConfiguration          Action = "s3:GetInventoryConfiguration"
	GetLifecycleConfiguration          Action = "s3:GetLifecycleConfiguration"
	GetMetricsConfiguration            Action = "s3:GetMetricsConfiguration"
	GetReplicationConfiguration        Action = "s3:GetReplicationConfiguration"
	ListBucket                         Action = "s3:ListBucket"
	ListBucketMultipartUploads         Action = "s3:ListBucketMultipartUploads"
	ListBucketVersions                 Action = "s3:ListBucketVersions"
	PutAccelerateConfiguration         Action = "s3:PutAccelerateConfiguration"
	PutAnalyticsConfiguration          Action = "s3:PutAnalyticsConfiguration"
	PutBucketACL                       Action = "s3:PutBucketAcl"
	PutBucketCORS                      Action = "s3:PutBucketCORS"
	PutBucketLogging                   Action = "s3:PutBucketLogging"
	PutBucketNotification              Action = "s3:PutBucketNotification"
	PutBucketObjectLockConfiguration   Action = "s3:PutBucketObjectLockConfiguration"
	PutBucketOwnershipControls         Action = "s3:PutBucketOwnershipControls"
	PutBucketPolicy                    Action = "s3:PutBucketPolicy"
	PutBucketPublicAccessBlock         Action = "s3:PutBucketPublicAccessBlock"
	PutBucketRequestPayment            Action = "s3:PutBucketRequestPayment"
	PutBucketTagging                   Action = "s3:PutBucketTagging"
	PutBucketVersioning                Action = "s3:PutBucketVersioning"
	PutBucketWebsite                   Action = "s3:PutBucketWebsite"
	PutEncryptionConfiguration         Action = "s3:PutEncryptionConfiguration"
	PutIntelligentTieringConfiguration Action = "s3:PutIntelligentTieringConfiguration"
	PutInventoryConfiguration          Action = "s3:PutInventoryConfiguration"
	PutLifecycleConfiguration          Action = "s3:PutLifecycleConfiguration"
	PutMetricsConfiguration            Action = "s3:PutMetricsConfiguration"
	PutReplicationConfiguration        Action = "s3:PutReplicationConfiguration"
	CreateBucketMetadataTable          Action = "s3:CreateBucketMetadataTableConfiguration"
	DeleteBucketMetadataTable          Action = "s3:DeleteBucketMetadataTableConfiguration"
	GetBucketMetadataTable             Action = "s3:GetBucketMetadataTableConfiguration"
	UpdateBucketMetadataInventoryTable Action = "s3:UpdateBucketMetadataInventoryTableConfiguration"
	UpdateBucketMetadataJournalTable   Action = "s3:UpdateBucketMetadataJournalTableConfiguration"
	GetBucketABAC                      Action = "s3:GetBucketAbac"
	PutBucketABAC                      Action = "s3:PutBucketAbac"

	AbortMultipartUpload             Action = "s3:AbortMultipartUpload"
	BypassGovernanceRetention        Action = "s3:BypassGovernanceRetention"
	DeleteObject                     Action = "s3:DeleteObject"
	DeleteObjectTagging              Action = "s3:DeleteObjectTagging"
	DeleteObjectVersion              Action = "s3:DeleteObjectVersion"
	DeleteObjectVersionTagging       Action = "s3:DeleteObjectVersionTagging"
	GetObject                        Action = "s3:GetObject"
	GetObjectACL                     Action = "s3:GetObjectAcl"
	GetObjectAttributes              Action = "s3:GetObjectAttributes"
	GetObjectLegalHold               Action = "s3:GetObjectLegalHold"
	GetObjectRetention               Action = "s3:GetObjectRetention"
	GetObjectTagging                 Action = "s3:GetObjectTagging"
	GetObjectTorrent                 Action = "s3:GetObjectTorrent"
	GetObjectVersion                 Action = "s3:GetObjectVersion"
	GetObjectVersionACL              Action = "s3:GetObjectVersionAcl"
	GetObjectVersionAttributes       Action = "s3:GetObjectVersionAttributes"
	GetObjectVersionForReplication   Action = "s3:GetObjectVersionForReplication"
	GetObjectVersionTagging          Action = "s3:GetObjectVersionTagging"
	GetObjectVersionTorrent          Action = "s3:GetObjectVersionTorrent"
	InitiateReplication              Action = "s3:InitiateReplication"
	ListMultipartUploadParts         Action = "s3:ListMultipartUploadParts"
	ObjectOwnerOverrideToBucketOwner Action = "s3:ObjectOwnerOverrideToBucketOwner"
	PutObject                        Action = "s3:PutObject"
	PutObjectACL                     Action = "s3:PutObjectAcl"
	PutObjectLegalHold               Action = "s3:PutObjectLegalHold"
	PutObjectRetention               Action = "s3:PutObjectRetention"
	PutObjectTagging                 Action = "s3:PutObjectTagging"
	PutObjectVersionACL              Action = "s3:PutObjectVersionAcl"
	PutObjectVersionTagging          Action = "s3:PutObjectVersionTagging"
	ReplicateDelete                  Action = "s3:ReplicateDelete"
	ReplicateObject                  Action = "s3:ReplicateObject"
	ReplicateTags                    Action = "s3:ReplicateTags"
	RestoreObject                    Action = "s3:RestoreObject"
	UpdateObjectEncryption           Action = "s3:UpdateObjectEncryption"
)

// Actions on people, keys and the system.
const (
	CreateContract Action = "coffer:CreateContract"
	GetContract    Action = "coffer:GetContract"
	ListContracts  Action = "coffer:ListContracts" // those the actor belongs to; the operator: all
	UpdateContract Action = "coffer:UpdateContract"
	DeleteContract Action = "coffer:DeleteContract"

	CreateUser     Action = "coffer:CreateUser"
	GetUser        Action = "coffer:GetUser"
	ListUsers      Action = "coffer:ListUsers"
	UpdateUser     Action = "coffer:UpdateUser"
	DeleteUser     Action = "coffer:DeleteUser"
	ChangePassword Action = "coffer:ChangePassword" // one's own
	ResetPassword  Action = "coffer:ResetPassword"
	OpenStorage    Action = "coffer:OpenStorage" // of another user, in the console

	CreateGroup  Action = "coffer:CreateGroup"
	GetGroup     Action = "coffer:GetGroup"
	ListGroups   Action = "coffer:ListGroups"
	UpdateGroup  Action = "coffer:UpdateGroup"
	DeleteGroup  Action = "coffer:DeleteGroup"
	ListMembers  Action = "coffer:ListMembers"
	AddMember    Action = "coffer:AddMember"
	RemoveMember Action = "coffer:RemoveMember"

	CreateKey  Action = "coffer:CreateAccessKey"
	ListKeys   Action = "coffer:ListAccessKeys"
	GetKey     Action = "coffer:GetAccessKey"
	ReadSecret Action = "coffer:ReadSecretKey"
	UpdateKey  Action = "coffer:UpdateAccessKey" // activate, deactivate, describe
	RenewKey   Action = "coffer:RenewAccessKey"
	DeleteKey  Action = "coffer:DeleteAccessKey"
	ImportKey  Action = "coffer:ImportAccessKey"

	ListSessions      Action = "coffer:ListSessions"
	EndSession        Action = "coffer:EndSession"
	CreateToken       Action = "coffer:CreateToken"
	ListTokens        Action = "coffer:ListTokens"
	DeleteToken       Action = "coffer:DeleteToken"
	SetSecondFactor   Action = "coffer:SetSecondFactor"   // one's own
	ResetSecondFactor Action = "coffer:ResetSecondFactor" // of somebody who lost it

	ListRegions      Action = "coffer:ListRegions"
	ManageRegions    Action = "coffer:ManageRegions"
	ReadAudit        Action = "coffer:ReadAudit"
	ReadUsage        Action = "coffer:ReadUsage"
	SetQuota         Action = "coffer:SetQuota"        // of a user or a bucket
	HandOver         Action = "coffer:HandOverBuckets" // of one user to another
	SetContractQuota Action = "coffer:SetContractQuota"
	ReadSystem       Action = "coffer:ReadSystem"
	ManageSystem     Action = "coffer:ManageSystem"
)

var bucketActions = [...]Action{
	CreateBucket, DeleteBucket, DeleteBucketPolicy, DeleteBucketWebsite, GetAccelerateConfiguration, GetAnalyticsConfiguration,
	GetBucketACL, GetBucketCORS, GetBucketLocation, GetBucketLogging, GetBucketNotification, GetBucketObjectLockConfiguration,
	GetBucketOwnershipControls, GetBucketPolicy, GetBucketPolicyStatus, GetBucketPublicAccessBlock, GetBucketRequestPayment,
	GetBucketTagging, GetBucketVersioning, GetBucketWebsite, GetEncryptionConfiguration, GetIntelligentTieringConfiguration,
	GetInventoryConfiguration, GetLifecycleConfiguration, GetMetricsConfiguration, GetReplicationConfiguration, ListBucket,
	ListBucketMultipartUploads, ListBucketVersions, PutAccelerateConfiguration, PutAnalyticsConfiguration, PutBucketACL,
	PutBucketCORS, PutBucketLogging, PutBucketNotification, PutBucketObjectLockConfiguration, PutBucketOwnershipControls,
	PutBucketPolicy, PutBucketPublicAccessBlock, PutBucketRequestPayment, PutBucketTagging, PutBucketVersioning,
	PutBucketWebsite, PutEncryptionConfiguration, PutIntelligentTieringConfiguration, PutInventoryConfiguration,
	PutLifecycleConfiguration, PutMetricsConfiguration, PutReplicationConfiguration, CreateBucketMetadataTable,
	DeleteBucketMetadataTable, GetBucketMetadataTable, UpdateBucketMetadataInventoryTable, UpdateBucketMetadataJournalTable,
	GetBucketABAC, PutBucketABAC,
}

var objectActions = [...]Action{
	AbortMultipartUpload, BypassGovernanceRetention, DeleteObject, DeleteObjectTagging, DeleteObjectVersion,
	DeleteObjectVersionTagging, GetObject, GetObjectACL, GetObjectAttributes, GetObjectLegalHold, GetObjectRetention,
	GetObjectTagging, GetObjectTorrent, GetObjectVersion, GetObjectVersionACL, GetObjectVersionAttributes,
	GetObjectVersionForReplication, GetObjectVersionTagging, GetObjectVersionTorrent, InitiateReplication,
	ListMultipartUploadParts, ObjectOwnerOverrideToBucketOwner, PutObject, PutObjectACL, PutObjectLegalHold,
	PutObjectRetention, PutObjectTagging, PutObjectVersionACL, PutObjectVersionTagging, ReplicateDelete, ReplicateObject,
	ReplicateTags, RestoreObject, UpdateObjectEncryption,
}

// levels is built once and never changed.
var levels = func() map[Action]Level {
	m := map[Action]Level{ListAllMyBuckets: ServiceLevel}
	for _, a := range bucketActions {
		m[a] = BucketLevel
	}
	for _, a := range objectActions {
		m[a] = ObjectLevel
	}
	for a := range management {
		m[a] = ManagementLevel
	}
	return m
}()

// LevelOf returns what the action is done to, or UnknownLevel.
func LevelOf(a Action) Level { return levels[a] }

// Actions lists every action, in no order.
func Actions() []Action {
	all := make([]Action, 0, len(levels))
	for a := range levels {
		all = append(all, a)
	}
	return all
}
