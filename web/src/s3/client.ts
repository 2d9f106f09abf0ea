import { asFailure, offline } from '../api/failure.ts';
import type { SignedRequest, SignRequest } from '../api/types.ts';
import { crc32OfText } from './crc32.ts';
import { sign } from './sign.ts';
import type { Bucket, Deleted, ObjectFacts, Page, StoredPart } from './types.ts';
import * as xml from './xml.ts';

/** Objects a page of a listing holds at most; S3's own limit. */
export const pageSize = 1000;
/** Objects that one multi-delete names at most; S3's own limit. */
export const deleteBatch = 1000;

interface Options {
  body?: string | Blob;
  signal?: AbortSignal;
}

/**
 * Returns the headers to send. To a request with a condition browsers add a Cache-Control of their own, which S3 would keep as the
 * object's, unless there is one: an empty one says nothing.
 */
function headersOf(signed: SignedRequest): Record<string, string> {
  const names = Object.keys(signed.headers).map(name => name.toLowerCase());
  const conditional = names.some(name => name.startsWith('if-'));
  return conditional && !names.includes('cache-control') ? { ...signed.headers, 'cache-control': '' } : signed.headers;
}

/** Sends one signed request to the S3 endpoint, never with cookies; an answer other than 2xx is thrown as a Failure. */
export async function s3(request: SignRequest, options: Options = {}): Promise<Response> {
  const signed = await sign(request);
  let response: Response;
  try {
    response = await fetch(signed.url, {
      method: request.method,
      headers: headersOf(signed),
      credentials: 'omit',
      // With a body, 'no-store' would send a Cache-Control header of its own, which S3 keeps as the object's.
      cache: request.method === 'GET' || request.method === 'HEAD' ? 'no-store' : 'default',
      referrerPolicy: 'no-referrer',
      body: options.body,
      signal: options.signal,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw offline(error);
  }
  if (!response.ok) throw xml.parseError(response.status, await response.text().catch(() => ''), response.headers);
  return response;
}

/** The same for an answer that is read as text. */
export async function s3Text(request: SignRequest, options: Options = {}): Promise<string> {
  const response = await s3(request, options);
  try {
    return await response.text();
  } catch (error) {
    throw asFailure(error);
  }
}

/** Returns the headers of a request with an XML body. */
export function xmlHeaders(text: string): Record<string, string> {
  return { 'content-type': 'application/xml', 'x-amz-checksum-crc32': crc32OfText(text) };
}

export async function listBuckets(signal?: AbortSignal): Promise<Bucket[]> {
  const buckets: Bucket[] = [];
  let next = '';
  do {
    const query: Record<string, string> = { 'max-buckets': '1000' };
    if (next) query['continuation-token'] = next;
    const page = xml.parseBuckets(await s3Text({ method: 'GET', query }, { signal }));
    buckets.push(...page.buckets);
    next = page.next;
  } while (next);
  return buckets;
}

/** Makes a bucket; whether its objects can be locked is said here or never. */
export async function createBucket(bucket: string, region: string, lock = false): Promise<void> {
  const text = xml.createBucketXml(region);
  const headers: Record<string, string> = { 'content-type': 'application/xml' };
  if (lock) headers['x-amz-bucket-object-lock-enabled'] = 'true';
  await s3({ method: 'PUT', bucket, region, headers }, { body: text });
}

export async function deleteBucket(bucket: string): Promise<void> {
  await s3({ method: 'DELETE', bucket });
}

export interface ListOptions {
  bucket: string;
  /** The folder whose rows are wanted; empty or ending with a slash. */
  folder: string;
  /** Only names below the folder that begin so. */
  find?: string;
  /** Names the page, as the one before told. */
  token?: string;
  /** Every key below, instead of folders. */
  flat?: boolean;
  max?: number;
  signal?: AbortSignal;
}

export async function listObjects(options: ListOptions): Promise<Page> {
  const query: Record<string, string> = {
    'list-type': '2',
    'encoding-type': 'url',
    'max-keys': String(options.max ?? pageSize),
    prefix: options.folder + (options.find ?? ''),
  };
  if (!options.flat) query.delimiter = '/';
  if (options.token) query['continuation-token'] = options.token;
  const text = await s3Text({ method: 'GET', bucket: options.bucket, query }, { signal: options.signal });
  return xml.parseObjects(text, options.folder);
}

const told = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-retain-until-date',
  'x-amz-object-lock-legal-hold',
  'x-amz-website-redirect-location',
];

export async function headObject(bucket: string, key: string, signal?: AbortSignal): Promise<ObjectFacts> {
  const headers = { 'x-amz-checksum-mode': 'ENABLED' };
  const answer = (await s3({ method: 'HEAD', bucket, key, headers }, { signal })).headers;
  const modified = Date.parse(answer.get('last-modified') ?? '');
  const pairs = [...answer.entries()];
  const type = answer.get('x-amz-checksum-type') ?? '';
  return {
    size: Number(answer.get('content-length')) || 0,
    modified: Number.isNaN(modified) ? null : new Date(modified),
    etag: xml.bareEtag(answer.get('etag') ?? ''),
    contentType: answer.get('content-type') ?? '',
    storageClass: answer.get('x-amz-storage-class') ?? '',
    versionId: answer.get('x-amz-version-id') ?? '',
    checksums: pairs
      .filter(([name]) => name.startsWith('x-amz-checksum-') && name !== 'x-amz-checksum-type')
      .map(([name, value]) => ({ algorithm: name.slice('x-amz-checksum-'.length).toUpperCase(), value, type })),
    metadata: pairs
      .filter(([name]) => name.startsWith('x-amz-meta-'))
      .map(([name, value]) => [name.slice('x-amz-meta-'.length), value]),
    headers: pairs.filter(([name]) => told.includes(name)),
  };
}

/** Deletes up to deleteBatch objects or versions; returns those that were refused, and the markers made. */
export async function deleteObjects(
  bucket: string,
  objects: xml.Doomed[],
  signal?: AbortSignal,
  bypass = false,
): Promise<Deleted> {
  const text = xml.deleteXml(objects);
  const headers = xmlHeaders(text);
  if (bypass) headers['x-amz-bypass-governance-retention'] = 'true';
  return xml.parseDeleted(
    await s3Text({ method: 'POST', bucket, query: { delete: '' }, headers }, { body: text, signal }),
  );
}

export async function deleteObject(bucket: string, key: string): Promise<void> {
  await s3({ method: 'DELETE', bucket, key });
}

/** Makes the empty object that stands for a folder; fails with the kind precondition when it is there already. */
export async function createFolder(bucket: string, key: string): Promise<void> {
  await s3(
    { method: 'PUT', bucket, key, headers: { 'content-type': 'application/x-directory', 'if-none-match': '*' } },
    { body: '' },
  );
}

/** Returns a link that downloads the object under its own name; it ends after a quarter of an hour and with the session. */
export async function downloadLink(bucket: string, key: string, versionId?: string): Promise<string> {
  const query: Record<string, string> = { 'response-content-disposition': attachment(key) };
  if (versionId) query.versionId = versionId;
  return (await sign({ method: 'GET', bucket, key, query })).url;
}

function attachment(key: string): string {
  const name = key.replace(/\/$/, '').split('/').at(-1) ?? 'download';
  return `attachment; filename*=UTF-8''${encodeURIComponent(name).replaceAll("'", '%27')}`;
}

/** Returns a link of an archive, a POST with a form of keys and prefixes: see docs/archives.md. */
export async function archiveLink(bucket: string): Promise<string> {
  return (await sign({ method: 'POST', bucket, query: { zip: '' } })).url;
}

export interface LinkOptions {
  /** Seconds until it ends. */
  expiresSeconds?: number;
  /** One of the user's own active keys, to outlive the session. */
  accessKey?: string;
  /** Saves the object instead of showing it. */
  download?: boolean;
}

/** Returns a link that anybody may follow, without signing in; it ends with what signed it, too. */
export async function shareLink(bucket: string, key: string, options: LinkOptions = {}): Promise<string> {
  const { expiresSeconds, accessKey, download } = options;
  const query = download ? { 'response-content-disposition': attachment(key) } : undefined;
  return (await sign({ method: 'GET', bucket, key, query, expiresSeconds, accessKey })).url;
}

/** Returns a link for the page itself to show the object; it may say of which type it is to be taken. */
export async function previewLink(bucket: string, key: string, type: string): Promise<string> {
  const query = { 'response-content-type': type, 'response-content-disposition': 'inline' };
  return (await sign({ method: 'GET', bucket, key, query })).url;
}

/** Reads the beginning of an object as text; `whole` says whether that was all of it. */
export async function readBeginning(
  bucket: string,
  key: string,
  bytes: number,
  signal?: AbortSignal,
): Promise<{ text: string; whole: boolean }> {
  const response = await s3({ method: 'GET', bucket, key, headers: { range: `bytes=0-${bytes - 1}` } }, { signal });
  const data = await response.arrayBuffer();
  const total = Number(response.headers.get('content-range')?.split('/')[1] ?? data.byteLength);
  return { text: new TextDecoder().decode(data), whole: !(total > data.byteLength) };
}

export async function createUpload(
  bucket: string,
  key: string,
  contentType: string,
  signal?: AbortSignal,
): Promise<string> {
  const headers = { 'content-type': contentType, 'x-amz-checksum-algorithm': 'CRC32' };
  return xml.parseUploadId(await s3Text({ method: 'POST', bucket, key, query: { uploads: '' }, headers }, { signal }));
}

export async function completeUpload(
  bucket: string,
  key: string,
  uploadId: string,
  parts: StoredPart[],
  headers: Record<string, string>,
  signal?: AbortSignal,
): Promise<void> {
  const text = xml.completeXml(parts);
  const answer = await s3Text(
    { method: 'POST', bucket, key, query: { uploadId }, headers: { 'content-type': 'application/xml', ...headers } },
    { body: text, signal },
  );
  // S3 may begin a 200 before it knows the outcome, and then tell an error inside.
  if (answer.includes('<Error')) throw xml.parseError(500, answer, new Headers());
}

export async function abortUpload(bucket: string, key: string, uploadId: string): Promise<void> {
  await s3({ method: 'DELETE', bucket, key, query: { uploadId } });
}

/** Returns the parts of an upload that the server holds already. */
export async function listParts(
  bucket: string,
  key: string,
  uploadId: string,
  signal?: AbortSignal,
): Promise<StoredPart[]> {
  const parts: StoredPart[] = [];
  let next = '';
  do {
    const query: Record<string, string> = { uploadId, 'max-parts': '1000' };
    if (next) query['part-number-marker'] = next;
    const page = xml.parseParts(await s3Text({ method: 'GET', bucket, key, query }, { signal }));
    parts.push(...page.parts);
    next = page.next;
  } while (next);
  return parts;
}

/** How bytes are sent with progress; told apart so that tests need no network. */
export type Send = (
  signed: SignedRequest,
  data: Blob,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
) => Promise<Headers>;

/** Sends a blob by PUT with true progress (fetch has none for uploads); the browser reads it from disk as it goes. */
export const send: Send = (signed, data, onSent, signal) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    request.open('PUT', signed.url);
    for (const [name, value] of Object.entries(headersOf(signed))) request.setRequestHeader(name, value);
    request.upload.onprogress = event => onSent(event.loaded);
    request.onload = () => {
      signal.removeEventListener('abort', stop);
      const headers = new Headers();
      for (const line of request
        .getAllResponseHeaders()
        .trim()
        .split(/[\r\n]+/)) {
        const colon = line.indexOf(':');
        if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
      }
      if (request.status >= 200 && request.status < 300) resolve(headers);
      else reject(xml.parseError(request.status, request.responseText, headers));
    };
    request.onerror = () => {
      signal.removeEventListener('abort', stop);
      reject(offline(new Error('network')));
    };
    request.onabort = () => reject(signal.reason ?? new DOMException('aborted', 'AbortError'));
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    signal.addEventListener('abort', stop, { once: true });
    request.send(data);
  });
