/** The actions that a bucket policy can name, and the groups in which people think of them. */

const words = (text: string) => text.split(/\s+/).map(name => `s3:${name}`);

/** What is asked of a bucket as a whole; the list that the evaluator knows (internal/authz). */
export const bucketActions: readonly string[] =
  words(`CreateBucket DeleteBucket DeleteBucketPolicy DeleteBucketWebsite GetAccelerateConfiguration
GetAnalyticsConfiguration GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging GetBucketNotification
GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus
GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite
GetEncryptionConfiguration GetIntelligentTieringConfiguration GetInventoryConfiguration GetLifecycleConfiguration
GetMetricsConfiguration GetReplicationConfiguration ListBucket ListBucketMultipartUploads ListBucketVersions
PutAccelerateConfiguration PutAnalyticsConfiguration PutBucketAcl PutBucketCORS PutBucketLogging PutBucketNotification
PutBucketObjectLockConfiguration PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock
PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration
PutIntelligentTieringConfiguration PutInventoryConfiguration PutLifecycleConfiguration PutMetricsConfiguration
PutReplicationConfiguration CreateBucketMetadataTableConfiguration DeleteBucketMetadataTableConfiguration
GetBucketMetadataTableConfiguration UpdateBucketMetadataInventoryTableConfiguration
UpdateBucketMetadataJournalTableConfiguration GetBucketAbac PutBucketAbac`);

/** What is asked of one file. */
export const fileActions: readonly string[] =
  words(`AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectTagging DeleteObjectVersion
DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention
GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes
GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent InitiateReplication
ListMultipartUploadParts ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention
PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging ReplicateDelete ReplicateObject ReplicateTags RestoreObject
UpdateObjectEncryption`);

const known = [...bucketActions, ...fileActions];
const service = 's3:ListAllMyBuckets';
const properCase = new Map([...known, service].map(name => [name.toLowerCase(), name]));

/** Returns an action as it is usually written; what is no action, or has a wildcard, stays as it is. */
export function properAction(name: string): string {
  return properCase.get(name.toLowerCase()) ?? name;
}

/** Whether a text is what a pattern with * and ? means. */
export function like(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll(/\*+/g, '[^]*')
    .replaceAll('?', '[^]');
  return new RegExp(`^${source}$`, 'u').test(text);
}

/** Returns the actions that a name with or without wildcards means. */
export function meant(name: string): string[] {
  const exact = properCase.get(name.toLowerCase());
  if (exact) return [exact];
  if (!/[*?]/.test(name)) return [];
  return [...known, service].filter(one => like(name.toLowerCase(), one.toLowerCase()));
}

const ofBuckets = new Set(bucketActions);

export const isBucketAction = (name: string): boolean => ofBuckets.has(name);

/** A group of actions: people read its name where all of `signs` are there. */
export interface ActionGroup {
  id: GroupId;
  signs: readonly string[];
  /** Chosen with the group, and not worth a word beside it. */
  quiet: readonly string[];
  /** Of the same kind, chosen one by one. */
  more: readonly string[];
}

export const groupIds = [
  'read',
  'list',
  'write',
  'remove',
  'readVersions',
  'removeVersions',
  'tags',
  'locks',
  'access',
  'settings',
  'changeSettings',
  'other',
] as const;
export type GroupId = (typeof groupIds)[number];

const group = (id: GroupId, signs: string, quiet = '', more = ''): ActionGroup => ({
  id,
  signs: signs ? words(signs) : [],
  quiet: quiet ? words(quiet) : [],
  more: more ? words(more) : [],
});

const named: ActionGroup[] = [
  group('read', 'GetObject', 'GetObjectAttributes', 'GetObjectTorrent'),
  group('list', 'ListBucket', 'GetBucketLocation ListBucketMultipartUploads'),
  group('write', 'PutObject', 'AbortMultipartUpload ListMultipartUploadParts', 'RestoreObject UpdateObjectEncryption'),
  group('remove', 'DeleteObject'),
  group(
    'readVersions',
    'GetObjectVersion',
    'ListBucketVersions GetObjectVersionAttributes',
    'GetObjectVersionTorrent GetObjectVersionForReplication',
  ),
  group('removeVersions', 'DeleteObjectVersion'),
  group(
    'tags',
    'GetObjectTagging PutObjectTagging',
    'DeleteObjectTagging',
    'GetObjectVersionTagging PutObjectVersionTagging DeleteObjectVersionTagging',
  ),
  group(
    'locks',
    'PutObjectRetention PutObjectLegalHold',
    'GetObjectRetention GetObjectLegalHold',
    'BypassGovernanceRetention',
  ),
  group(
    'access',
    'PutBucketPolicy PutBucketAcl',
    'GetBucketPolicy DeleteBucketPolicy GetBucketPolicyStatus GetBucketAcl GetBucketPublicAccessBlock PutBucketPublicAccessBlock GetBucketOwnershipControls PutBucketOwnershipControls',
    'GetObjectAcl PutObjectAcl GetObjectVersionAcl PutObjectVersionAcl ObjectOwnerOverrideToBucketOwner',
  ),
  group(
    'settings',
    'GetBucketVersioning GetLifecycleConfiguration GetBucketCORS',
    'GetBucketWebsite GetEncryptionConfiguration GetBucketTagging GetBucketLogging GetBucketObjectLockConfiguration',
    'GetBucketNotification GetReplicationConfiguration GetBucketRequestPayment',
  ),
  group(
    'changeSettings',
    'PutBucketVersioning PutLifecycleConfiguration PutBucketCORS',
    'PutBucketWebsite DeleteBucketWebsite PutEncryptionConfiguration PutBucketTagging PutBucketLogging PutBucketObjectLockConfiguration',
    'PutBucketNotification PutReplicationConfiguration PutBucketRequestPayment',
  ),
];

const placed = new Set(named.flatMap(({ signs, quiet, more }) => [...signs, ...quiet, ...more]));

/** The groups in the order in which they are shown; every action is in one of them. */
export const actionGroups: readonly ActionGroup[] = [
  ...named,
  { id: 'other', signs: [], quiet: [], more: known.filter(name => !placed.has(name)).sort() },
];

/** Whether a name stands for everything. */
export const isEverything = (name: string): boolean => name === '*' || name.toLowerCase() === 's3:*';

/** Returns the groups that a list of actions has, and the names that no group's word covers. */
export function inGroups(actions: readonly string[]): { groups: GroupId[]; rest: string[]; everything: boolean } {
  if (actions.some(isEverything)) return { groups: [], rest: [], everything: true };
  const chosen = new Set(actions.map(properAction));
  const has = actionGroups.filter(({ signs }) => signs.length > 0 && signs.every(name => chosen.has(name)));
  const covered = new Set(has.flatMap(({ signs, quiet }) => [...signs, ...quiet]));
  return {
    groups: has.map(({ id }) => id),
    rest: [...chosen].filter(name => !covered.has(name)),
    everything: false,
  };
}
