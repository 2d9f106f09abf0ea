import { crc32, crc32Base64 } from '../src/s3/crc32.ts';
import type { State, StoredBucket, StoredObject } from './state.ts';
import { newId } from './state.ts';

/** The prefix under which the mock serves S3. */
export const root = '/__s3';

const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

function xml(status: number, text: string): Response {
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`, {
    status,
    headers: { 'Content-Type': 'application/xml' },
  });
}

function refuse(status: number, code: string, message: string): Response {
  return xml(status, `<Error><Code>${code}</Code><Message>${message}</Message><RequestId>mock</RequestId></Error>`);
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const encode = (key: string) => encodeURIComponent(key).replaceAll('%2F', '/');

interface Call {
  state: State;
  request: Request;
  query: URLSearchParams;
  bucketName: string;
  key: string;
}

/** Answers a request to the S3 endpoint. It trusts every signature and keeps everything in memory. */
export async function s3(state: State, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const [, bucketName = '', ...rest] = url.pathname.slice(root.length).split('/');
  const call: Call = {
    state,
    request,
    query: url.searchParams,
    bucketName,
    key: rest.map(decodeURIComponent).join('/'),
  };
  if (bucketName === '') return listBuckets(call);
  const bucket = state.buckets.get(bucketName);
  if (call.key === '' && request.method === 'PUT' && !(bucket && [...call.query.keys()].some(name => name in settings)))
    return createBucket(call, bucket);
  if (!bucket) return refuse(404, 'NoSuchBucket', 'The specified bucket does not exist.');
  return call.key === '' ? onBucket(call, bucket) : onObject(call, bucket);
}

function listBuckets({ state }: Call): Response {
  const buckets = [...state.buckets].map(
    ([name, { created, region }]) =>
      `<Bucket><Name>${name}</Name><CreationDate>${created.toISOString()}</CreationDate><BucketRegion>${region}</BucketRegion></Bucket>`,
  );
  return xml(
    200,
    `<ListAllMyBucketsResult ${namespace}><Owner><ID>31000000</ID></Owner><Buckets>${buckets.join('')}</Buckets></ListAllMyBucketsResult>`,
  );
}

async function createBucket({ state, request, bucketName }: Call, bucket: StoredBucket | undefined): Promise<Response> {
  if (bucket) return refuse(409, 'BucketAlreadyOwnedByYou', 'You own a bucket of this name already.');
  const region = /<LocationConstraint>([^<]*)</.exec(await request.text())?.[1] ?? 'local-1';
  state.buckets.set(bucketName, { region, created: new Date(), objects: new Map(), settings: new Map() });
  return new Response(null, { status: 200 });
}

/** The settings that the mock stores as they were sent, and what is answered where there is none. Nothing follows from them. */
const settings: Record<string, string> = {
  versioning: '',
  'object-lock': 'ObjectLockConfigurationNotFoundError',
  publicAccessBlock: 'NoSuchPublicAccessBlockConfiguration',
  policy: 'NoSuchBucketPolicy',
  policyStatus: 'NoSuchBucketPolicy',
  lifecycle: 'NoSuchLifecycleConfiguration',
  website: 'NoSuchWebsiteConfiguration',
  encryption: 'ServerSideEncryptionConfigurationNotFoundError',
  ownershipControls: 'OwnershipControlsNotFoundError',
  acl: '',
  logging: '',
  cors: 'NoSuchCORSConfiguration',
  tagging: 'NoSuchTagSet',
};

async function onSetting(request: Request, name: string, stored: Map<string, string>): Promise<Response> {
  const kept = stored.get(name);
  switch (request.method) {
    case 'PUT': {
      const text = await request.text();
      stored.set(name, text);
      if (name === 'policy')
        stored.set(
          'policyStatus',
          `<PolicyStatus ${namespace}><IsPublic>${/"Principal":\s*"\*"/.test(text)}</IsPublic></PolicyStatus>`,
        );
      return new Response(null, { status: 200 });
    }
    case 'DELETE':
      stored.delete(name);
      if (name === 'policy') stored.delete('policyStatus');
      return new Response(null, { status: 204 });
    default:
      if (kept !== undefined) return new Response(kept, { status: 200 });
      if (name === 'versioning') return xml(200, `<VersioningConfiguration ${namespace}/>`);
      if (name === 'logging') return xml(200, `<BucketLoggingStatus ${namespace}/>`);
      return refuse(404, settings[name] ?? '', 'There is no such setting.');
  }
}

async function onBucket(call: Call, bucket: StoredBucket): Promise<Response> {
  const { request, state, query, bucketName } = call;
  if (request.method === 'POST' && query.has('policyReport')) {
    const report = state.reportPolicy(await request.text());
    return report ? Response.json(report) : refuse(403, 'AccessDenied', 'Access Denied.');
  }
  if (request.method === 'POST' && query.has('lifecycleReport')) return Response.json(state.forecast);
  const setting = Object.keys(settings).find(name => query.has(name));
  if (setting) return onSetting(request, setting, bucket.settings);
  if (request.method === 'DELETE') {
    if (bucket.objects.size > 0) return refuse(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty.');
    state.buckets.delete(bucketName);
    return new Response(null, { status: 204 });
  }
  if (request.method === 'POST' && query.has('delete')) {
    const keys = [...(await request.text()).matchAll(/<Key>([^<]*)<\/Key>/g)].map(match =>
      (match[1] ?? '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
    );
    for (const key of keys) bucket.objects.delete(key);
    return xml(200, `<DeleteResult ${namespace}></DeleteResult>`);
  }
  return list(call, bucket);
}

function list({ query, bucketName }: Call, bucket: StoredBucket): Response {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const after = query.get('continuation-token') ?? '';
  const max = Number(query.get('max-keys') ?? 1000);
  const rows: string[] = [];
  const seen = new Set<string>();
  let last = '';
  let truncated = false;
  for (const key of [...bucket.objects.keys()].sort()) {
    if (!key.startsWith(prefix)) continue;
    const cut = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    const name = cut < 0 ? key : key.slice(0, cut + 1);
    if (name <= after || seen.has(name)) continue;
    if (seen.size === max) {
      truncated = true;
      break;
    }
    seen.add(name);
    last = name;
    const object = bucket.objects.get(key) as StoredObject;
    rows.push(
      cut < 0
        ? `<Contents><Key>${escapeXml(encode(key))}</Key><LastModified>${object.modified.toISOString()}</LastModified><ETag>"${object.etag}"</ETag><Size>${object.body.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`
        : `<CommonPrefixes><Prefix>${escapeXml(encode(name))}</Prefix></CommonPrefixes>`,
    );
  }
  const next = truncated ? `<NextContinuationToken>${escapeXml(last)}</NextContinuationToken>` : '';
  return xml(
    200,
    `<ListBucketResult ${namespace}><Name>${bucketName}</Name><EncodingType>url</EncodingType><IsTruncated>${truncated}</IsTruncated>${next}${rows.join('')}</ListBucketResult>`,
  );
}

async function onObject(call: Call, bucket: StoredBucket): Promise<Response> {
  const { request, query, key, state } = call;
  const uploadId = query.get('uploadId');
  if (query.has('uploads')) {
    const id = newId();
    state.uploads.set(id, { bucket: call.bucketName, key, headers: kept(request), parts: new Map() });
    return xml(
      200,
      `<InitiateMultipartUploadResult ${namespace}><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    );
  }
  if (uploadId) return onUpload(call, bucket, uploadId);
  if (query.has('tagging')) {
    const object = bucket.objects.get(key);
    if (!object) return refuse(404, 'NoSuchKey', 'The specified key does not exist.');
    object.tags ??= new Map();
    return onSetting(request, 'tagging', object.tags);
  }
  switch (request.method) {
    case 'PUT': {
      if (request.headers.get('If-None-Match') === '*' && bucket.objects.has(key))
        return refuse(412, 'PreconditionFailed', 'The object exists.');
      const source = request.headers.get('x-amz-copy-source');
      if (source) return copy(call, bucket, source);
      const object = await store(request);
      if (object instanceof Response) return object;
      bucket.objects.set(key, object);
      return new Response(null, { status: 200, headers: { ETag: `"${object.etag}"` } });
    }
    case 'DELETE':
      bucket.objects.delete(key);
      return new Response(null, { status: 204 });
    default:
      return read(call, bucket.objects.get(key));
  }
}

/** Copies an object of any bucket, with the headers of the request where they are to replace those of the source. */
function copy({ state, request, key }: Call, bucket: StoredBucket, source: string): Response {
  const [, from = '', ...rest] = (source.split('?')[0] ?? '').split('/');
  const object = state.buckets.get(from)?.objects.get(rest.map(decodeURIComponent).join('/'));
  if (!object) return refuse(404, 'NoSuchKey', 'The specified key does not exist.');
  const wanted = request.headers.get('x-amz-copy-source-if-match');
  if (wanted && wanted !== `"${object.etag}"`) return refuse(412, 'PreconditionFailed', 'The object was changed.');
  const headers = request.headers.get('x-amz-metadata-directive') === 'REPLACE' ? kept(request) : object.headers;
  bucket.objects.set(key, { ...object, headers, modified: new Date() });
  return xml(200, `<CopyObjectResult ${namespace}><ETag>"${object.etag}"</ETag></CopyObjectResult>`);
}

function read({ request, query }: Call, object: StoredObject | undefined): Response {
  if (!object)
    return request.method === 'HEAD'
      ? new Response(null, { status: 404 })
      : refuse(404, 'NoSuchKey', 'The specified key does not exist.');
  const headers: Record<string, string> = {
    ...object.headers,
    'Content-Length': String(object.body.length),
    ETag: `"${object.etag}"`,
    'Last-Modified': object.modified.toUTCString(),
  };
  const disposition = query.get('response-content-disposition');
  if (disposition) headers['Content-Disposition'] = disposition;
  return new Response(request.method === 'HEAD' ? null : object.body, { status: 200, headers });
}

async function onUpload({ request, query, state }: Call, bucket: StoredBucket, uploadId: string): Promise<Response> {
  const upload = state.uploads.get(uploadId);
  if (!upload) return refuse(404, 'NoSuchUpload', 'The upload was ended.');
  const parts = [...upload.parts].sort(([a], [b]) => a - b);
  switch (request.method) {
    case 'PUT': {
      const part = await store(request);
      if (part instanceof Response) return part;
      upload.parts.set(Number(query.get('partNumber')), part);
      return new Response(null, { status: 200, headers: { ETag: `"${part.etag}"` } });
    }
    case 'GET': {
      const rows = parts.map(
        ([number, part]) =>
          `<Part><PartNumber>${number}</PartNumber><ETag>"${part.etag}"</ETag><Size>${part.body.length}</Size><ChecksumCRC32>${part.headers['x-amz-checksum-crc32'] ?? ''}</ChecksumCRC32></Part>`,
      );
      return xml(
        200,
        `<ListPartsResult ${namespace}><IsTruncated>false</IsTruncated>${rows.join('')}</ListPartsResult>`,
      );
    }
    case 'DELETE':
      state.uploads.delete(uploadId);
      return new Response(null, { status: 204 });
    default: {
      if (request.headers.get('If-None-Match') === '*' && bucket.objects.has(upload.key))
        return refuse(412, 'PreconditionFailed', 'The object exists.');
      const body = Buffer.concat(parts.map(([, part]) => part.body));
      const etag = `${parts[0]?.[1].etag}-${parts.length}`;
      bucket.objects.set(upload.key, {
        body: new Uint8Array(body),
        modified: new Date(),
        etag,
        headers: upload.headers,
      });
      state.uploads.delete(uploadId);
      return xml(
        200,
        `<CompleteMultipartUploadResult ${namespace}><ETag>"${etag}"</ETag></CompleteMultipartUploadResult>`,
      );
    }
  }
}

function kept(request: Request): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of request.headers) {
    if (/^(content-|cache-control$|x-amz-meta-|x-amz-checksum-crc32$)/.test(name) && name !== 'content-length')
      headers[name] = value;
  }
  return headers;
}

async function store(request: Request): Promise<StoredObject | Response> {
  const body = new Uint8Array(await request.arrayBuffer());
  const sum = crc32(body);
  const claimed = request.headers.get('x-amz-checksum-crc32');
  if (claimed && claimed !== crc32Base64(sum)) return refuse(400, 'BadDigest', 'The checksum does not match.');
  return { body, modified: new Date(), etag: sum.toString(16).padStart(32, '0'), headers: kept(request) };
}
