/** The history of objects, and what keeps a version from being deleted. */
import { s3, s3Text, xmlHeaders } from './client.ts';
import type { LockMode, Version } from './types.ts';
import { bareEtag, date, decodeKey, parseXml, text } from './xml.ts';

const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

export interface VersionPage {
  versions: Version[];
  /** Where the next page begins; null after the last. */
  next: { key: string; versionId: string } | null;
}

/** Reads a page of ListObjectVersions that was asked for with encoding-type=url; newest first for each key. */
export function parseVersions(answer: string): VersionPage {
  const root = parseXml(answer, 'ListVersionsResult');
  const decode = text(root, 'EncodingType') === 'url' ? decodeKey : (value: string) => value;
  const versions: Version[] = [];
  for (const element of Array.from(root.children)) {
    if (element.localName !== 'Version' && element.localName !== 'DeleteMarker') continue;
    versions.push({
      key: decode(text(element, 'Key')),
      versionId: text(element, 'VersionId'),
      kind: element.localName === 'Version' ? 'version' : 'marker',
      latest: text(element, 'IsLatest') === 'true',
      modified: date(text(element, 'LastModified')),
      size: Number(text(element, 'Size')) || 0,
      etag: bareEtag(text(element, 'ETag')),
    });
  }
  const key = decode(text(root, 'NextKeyMarker'));
  const more = text(root, 'IsTruncated') === 'true' && key !== '';
  return { versions, next: more ? { key, versionId: text(root, 'NextVersionIdMarker') } : null };
}

export interface VersionsOptions {
  bucket: string;
  prefix: string;
  after?: { key: string; versionId: string } | null;
  delimiter?: boolean;
  signal?: AbortSignal;
}

export async function listVersions({
  bucket,
  prefix,
  after,
  delimiter,
  signal,
}: VersionsOptions): Promise<VersionPage> {
  const query: Record<string, string> = { versions: '', 'encoding-type': 'url', 'max-keys': '1000', prefix };
  if (delimiter) query.delimiter = '/';
  if (after) query['key-marker'] = after.key;
  if (after?.versionId) query['version-id-marker'] = after.versionId;
  return parseVersions(await s3Text({ method: 'GET', bucket, query }, { signal }));
}

/** Versions of one key that are read at most. */
export const historyLimit = 5000;

/** Returns the history of one key, newest first. */
export async function history(bucket: string, key: string, signal?: AbortSignal): Promise<Version[]> {
  const all: Version[] = [];
  let after: VersionPage['next'] = null;
  do {
    const page: VersionPage = await listVersions({ bucket, prefix: key, after, signal });
    all.push(...page.versions.filter(version => version.key === key));
    // The key itself sorts before every other one that begins with it.
    after = page.next?.key === key && all.length < historyLimit ? page.next : null;
  } while (after);
  return all;
}

/** Makes a former version the current one again by storing it anew; the versions in between stay. */
export async function restoreVersion(bucket: string, key: string, versionId: string): Promise<void> {
  const path = key.split('/').map(encodeURIComponent).join('/');
  const source = `/${bucket}/${path}?versionId=${encodeURIComponent(versionId)}`;
  const answer = await s3Text({ method: 'PUT', bucket, key, headers: { 'x-amz-copy-source': source } });
  parseXml(answer, 'CopyObjectResult');
}

/** Deletes one version, or a delete marker, for good. */
export async function deleteVersion(bucket: string, key: string, versionId: string, bypass = false): Promise<void> {
  const headers: Record<string, string> = bypass ? { 'x-amz-bypass-governance-retention': 'true' } : {};
  await s3({ method: 'DELETE', bucket, key, query: { versionId }, headers });
}

export async function putLegalHold(bucket: string, key: string, on: boolean): Promise<void> {
  const body = `<LegalHold ${namespace}><Status>${on ? 'ON' : 'OFF'}</Status></LegalHold>`;
  await s3({ method: 'PUT', bucket, key, query: { 'legal-hold': '' }, headers: xmlHeaders(body) }, { body });
}

/** Keeps the current version until then. What governance protects is shortened by those alone who may bypass it. */
export async function putRetention(
  bucket: string,
  key: string,
  retention: { mode: LockMode; until: Date } | null,
  bypass: boolean,
): Promise<void> {
  const inner = retention
    ? `<Mode>${retention.mode}</Mode><RetainUntilDate>${retention.until.toISOString()}</RetainUntilDate>`
    : '';
  const body = `<Retention ${namespace}>${inner}</Retention>`;
  const headers: Record<string, string> = xmlHeaders(body);
  if (bypass) headers['x-amz-bypass-governance-retention'] = 'true';
  await s3({ method: 'PUT', bucket, key, query: { retention: '' }, headers }, { body });
}
