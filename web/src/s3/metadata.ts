import { s3Text } from './client.ts';
import type { ObjectFacts } from './types.ts';
import { parseXml } from './xml.ts';

/** The headers that an object answers with and that can be changed, in the order in which they are shown. */
export const changeable = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
] as const;
export type Changeable = (typeof changeable)[number];

/** What an object answers with besides its content. */
export interface Described {
  headers: Partial<Record<Changeable, string>>;
  /** The metadata of one's own: names without their prefix. */
  metadata: [string, string][];
}

/** Bytes that names and values of the own metadata have together at most. Source: Amazon S3 User Guide, "Working with object metadata". */
export const maxMetadataBytes = 2048;

/** Bytes of an object that one request copies at most. Source: Amazon S3 API Reference, "CopyObject". */
export const maxCopyBytes = 5 * 1024 ** 3;

/** Headers that a copy does not take along by itself, and that it keeps here. */
const carried = [
  'expires',
  'x-amz-website-redirect-location',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
];

export function describedBy(facts: ObjectFacts): Described {
  const headers: Described['headers'] = { 'content-type': facts.contentType };
  for (const [name, value] of facts.headers) {
    const known = changeable.find(one => one === name);
    if (known) headers[known] = value;
  }
  return { headers, metadata: facts.metadata };
}

export type MetadataFault = 'empty' | 'twice' | 'name' | 'value' | 'long' | null;

/** Says what is wrong with a pair of the own metadata, given all names. */
export function metadataFault([name, value]: [string, string], names: readonly string[]): MetadataFault {
  if (name === '') return 'empty';
  if (!/^[a-z0-9._-]{1,100}$/i.test(name)) return 'name';
  if (names.filter(one => one.toLowerCase() === name.toLowerCase()).length > 1) return 'twice';
  return headerFault(value);
}

/** Says what is wrong with the value of a header. */
export function headerFault(value: string): 'value' | null {
  return /^[\x20-\x7e]*$/.test(value) ? null : 'value';
}

/** Bytes that pairs of the own metadata have together, as S3 counts them. */
export function metadataBytes(pairs: readonly [string, string][]): number {
  return pairs.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}

/**
 * Stores the object anew with another description, unless it was changed meanwhile (precondition). Its tags stay; its access control list
 * becomes the default one, and where the bucket keeps versions the former one stays.
 */
export async function describeAnew(bucket: string, key: string, facts: ObjectFacts, as: Described): Promise<void> {
  const path = key.split('/').map(encodeURIComponent).join('/');
  const headers: Record<string, string> = {
    'x-amz-copy-source': `/${bucket}/${path}`,
    'x-amz-copy-source-if-match': `"${facts.etag}"`,
    'x-amz-metadata-directive': 'REPLACE',
  };
  for (const [name, value] of facts.headers) if (carried.includes(name)) headers[name] = value;
  for (const name of changeable) {
    const value = as.headers[name]?.trim();
    if (value) headers[name] = value;
  }
  for (const [name, value] of as.metadata) headers[`x-amz-meta-${name.toLowerCase()}`] = value;
  parseXml(await s3Text({ method: 'PUT', bucket, key, headers }), 'CopyObjectResult');
}
