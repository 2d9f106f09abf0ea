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

/** A part of an upload that the server holds. */
export interface StoredPart {
  number: number;
  etag: string;
  size: number;
  crc32: string;
}
