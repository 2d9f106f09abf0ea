/** A bucket as ListBuckets tells it. */
export interface Bucket {
  name: string;
  created: Date | null;
  /** Empty where the server does not say. */
  region: string;
}

/** One row of a listing: an object, or a folder (a common prefix). */
export interface Entry {
  kind: 'object' | 'folder';
  /** The whole key; a folder's ends with a slash. */
  key: string;
  /** The key below the listed folder. */
  name: string;
  /** Bytes; 0 for a folder. */
  size: number;
  modified: Date | null;
  etag: string;
  storageClass: string;
}

/** A page of a listing. */
export interface Page {
  entries: Entry[];
  /** Names the next page; empty after the last. */
  next: string;
}

/** What a HEAD of an object tells. */
export interface ObjectFacts {
  size: number;
  modified: Date | null;
  etag: string;
  contentType: string;
  storageClass: string;
  versionId: string;
  checksums: { algorithm: string; value: string; type: string }[];
  metadata: [string, string][];
  headers: [string, string][];
}

/** One object that a multi-delete could not delete. */
export interface DeleteError {
  key: string;
  code: string;
  message: string;
}

/** What came of a multi-delete. */
export interface Deleted {
  errors: DeleteError[];
  /** The delete markers that were made, in a bucket that keeps versions. */
  markers: { key: string; versionId: string }[];
}

/** One entry of an object's history. */
export interface Version {
  key: string;
  /** The word null names what was stored before versioning was on. */
  versionId: string;
  kind: 'version' | 'marker';
  latest: boolean;
  modified: Date | null;
  /** Bytes; 0 for a marker. */
  size: number;
  etag: string;
}

export interface Tag {
  key: string;
  value: string;
}

export type LockMode = 'GOVERNANCE' | 'COMPLIANCE';

/** How long every new object of a bucket is kept. */
export interface DefaultRetention {
  mode: LockMode;
  unit: 'Days' | 'Years';
  count: number;
}

export interface LockSettings {
  enabled: boolean;
  retention: DefaultRetention | null;
}

export type Versioning = 'off' | 'on' | 'suspended';

/** What a bucket refuses to give to everybody. */
export interface PublicBlock {
  acls: boolean;
  ignoreAcls: boolean;
  policy: boolean;
  restrict: boolean;
}

export interface CorsRule {
  origins: string[];
  methods: string[];
  headers: string[];
  expose: string[];
  /** Seconds; empty where the rule does not say. */
  maxAge: string;
  id: string;
}

/** A part of an upload that the server holds. */
export interface StoredPart {
  number: number;
  etag: string;
  size: number;
  crc32: string;
}

/** What is wrong with a draft of a policy; with which statement, from 1, unless with all of it. */
export interface PolicyFault {
  statement?: number;
  code: string;
  message: string;
  /** The text that is wrong. */
  detail?: string;
}

export interface PolicyChange {
  action: string;
  /** For an action on objects: the patterns of their keys. */
  where?: string[];
}

/** What somebody could do by a draft and cannot by the policy that holds, and the other way round. */
export interface PolicyChanges {
  gains: PolicyChange[];
  loses: PolicyChange[];
  /** The patterns that were looked at; together they are every key. */
  places: string[];
}

/** What a draft of a policy would mean (docs/policies.md). */
export interface PolicyReport {
  valid: boolean;
  faults: PolicyFault[];
  public: boolean;
  publicStatements: number[];
  refusedByPublicAccessBlock: boolean;
  restrictedByPublicAccessBlock: boolean;
  you: PolicyChanges;
  everybody: PolicyChanges;
  complete: boolean;
}
