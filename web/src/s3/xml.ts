import { Failure, kindOf, retryAfter } from '../api/failure.ts';
import type { Bucket, Deleted, Entry, Page, StoredPart } from './types.ts';

/** Reads an XML answer; an answer that is no well-formed XML with the expected root is a Failure. */
export function parseXml(text: string, root: string): Element {
  const document = new DOMParser().parseFromString(text, 'application/xml');
  const element = document.documentElement;
  if (!element || document.querySelector('parsererror') || element.localName !== root) {
    throw new Failure({
      kind: 'server',
      status: 0,
      code: 'BadAnswer',
      message: `The S3 endpoint answered something else than ${root}. Check that its address leads to this server.`,
      requestId: '',
      retryAfter: 0,
    });
  }
  return element;
}

/** Returns the children of an element that have the name. */
export function children(parent: Element, name: string): Element[] {
  return Array.from(parent.children).filter(child => child.localName === name);
}

/** Returns the text of the first child of the name; empty without one. */
export function text(parent: Element, name: string): string {
  return children(parent, name)[0]?.textContent ?? '';
}

/** Returns a time as S3 writes it, or null. */
export function date(value: string): Date | null {
  const time = Date.parse(value);
  return Number.isNaN(time) ? null : new Date(time);
}

/** Undoes encoding-type=url; text that is not encoded so is kept as it is. */
export function decodeKey(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return value;
  }
}

/** Returns an ETag without its quotes. */
export function bareEtag(value: string): string {
  return value.replace(/^"|"$/g, '');
}

export function parseBuckets(xml: string): { buckets: Bucket[]; next: string } {
  const root = parseXml(xml, 'ListAllMyBucketsResult');
  const list = children(root, 'Buckets')[0];
  const buckets = list
    ? children(list, 'Bucket').map(bucket => ({
        name: text(bucket, 'Name'),
        created: date(text(bucket, 'CreationDate')),
        region: text(bucket, 'BucketRegion'),
      }))
    : [];
  return { buckets, next: text(root, 'ContinuationToken') };
}

/** Reads a page of ListObjectsV2 that was asked for with encoding-type=url below the folder given. */
export function parseObjects(xml: string, folder: string): Page {
  const root = parseXml(xml, 'ListBucketResult');
  const decode = text(root, 'EncodingType') === 'url' ? decodeKey : (value: string) => value;
  const folders: Entry[] = children(root, 'CommonPrefixes').map(prefix => {
    const key = decode(text(prefix, 'Prefix'));
    return { kind: 'folder', key, name: key.slice(folder.length), size: 0, modified: null, etag: '', storageClass: '' };
  });
  const objects: Entry[] = children(root, 'Contents').map(object => {
    const key = decode(text(object, 'Key'));
    return {
      kind: 'object',
      key,
      name: key.slice(folder.length),
      size: Number(text(object, 'Size')) || 0,
      modified: date(text(object, 'LastModified')),
      etag: bareEtag(text(object, 'ETag')),
      storageClass: text(object, 'StorageClass'),
    };
  });
  // The marker object of the open folder itself is no row of it.
  const entries = [...folders, ...objects.filter(object => object.key !== folder || folder === '')];
  return { entries, next: text(root, 'IsTruncated') === 'true' ? text(root, 'NextContinuationToken') : '' };
}

export function parseUploadId(xml: string): string {
  return text(parseXml(xml, 'InitiateMultipartUploadResult'), 'UploadId');
}

export function parseParts(xml: string): { parts: StoredPart[]; next: string } {
  const root = parseXml(xml, 'ListPartsResult');
  const parts = children(root, 'Part').map(part => ({
    number: Number(text(part, 'PartNumber')),
    etag: text(part, 'ETag'),
    size: Number(text(part, 'Size')) || 0,
    crc32: text(part, 'ChecksumCRC32'),
  }));
  return { parts, next: text(root, 'IsTruncated') === 'true' ? text(root, 'NextPartNumberMarker') : '' };
}

/** Reads what a multi-delete refused, and the delete markers that it made: removing those undoes it. */
export function parseDeleted(xml: string): Deleted {
  const root = parseXml(xml, 'DeleteResult');
  return {
    errors: children(root, 'Error').map(error => ({
      key: text(error, 'Key'),
      code: text(error, 'Code'),
      message: text(error, 'Message'),
    })),
    markers: children(root, 'Deleted')
      .map(one => ({ key: text(one, 'Key'), versionId: text(one, 'DeleteMarkerVersionId') }))
      .filter(one => one.versionId !== ''),
  };
}

/** Reads S3's error document; without one, the status alone decides. */
export function parseError(status: number, xml: string, headers: Headers): Failure {
  let code = '';
  let message = '';
  let requestId = headers.get('x-amz-request-id') ?? '';
  const document = xml ? new DOMParser().parseFromString(xml, 'application/xml') : null;
  const root = document?.documentElement;
  if (root?.localName === 'Error') {
    code = text(root, 'Code');
    message = text(root, 'Message');
    requestId = text(root, 'RequestId') || requestId;
  }
  // A refused signature is no end of the console's session: S3 says 403 for it, never 401.
  return new Failure({
    kind: kindOf(status),
    status,
    code,
    message: message || `HTTP ${status}`,
    requestId,
    retryAfter: retryAfter(headers),
  });
}

/** Escapes text for element content. */
export function escapeXml(value: string): string {
  const out: string[] = [];
  for (const char of value) {
    const code = char.codePointAt(0) ?? 0;
    if (char === '&') out.push('&amp;');
    else if (char === '<') out.push('&lt;');
    else if (char === '>') out.push('&gt;');
    else if (code < 32) out.push(`&#${code};`);
    else out.push(char);
  }
  return out.join('');
}

export function createBucketXml(region: string): string {
  return `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${escapeXml(region)}</LocationConstraint></CreateBucketConfiguration>`;
}

/** An object to delete; with a version that one alone, for good. */
export interface Doomed {
  key: string;
  versionId?: string;
}

export function deleteXml(objects: Doomed[]): string {
  const list = objects.map(({ key, versionId }) => {
    const version = versionId ? `<VersionId>${escapeXml(versionId)}</VersionId>` : '';
    return `<Object><Key>${escapeXml(key)}</Key>${version}</Object>`;
  });
  return `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${list.join('')}</Delete>`;
}

export function completeXml(parts: StoredPart[]): string {
  const list = parts.map(part => {
    const sum = part.crc32 ? `<ChecksumCRC32>${escapeXml(part.crc32)}</ChecksumCRC32>` : '';
    return `<Part><PartNumber>${part.number}</PartNumber><ETag>${escapeXml(part.etag)}</ETag>${sum}</Part>`;
  });
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${list.join('')}</CompleteMultipartUpload>`;
}
